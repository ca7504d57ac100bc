"""The lines, blocks and names of a function under construction."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

from .expressions import Expressions
from .scope import Helper, Scope, Shape, Var
from .weights import BUILTIN, COLLIDING, PLAIN, STATEMENTS, STORING, UNICODE


class Body(Expressions):
    """The state of a function's writer: statements go into `lines`, variables into `scope`."""

    def __init__(
        self,
        rng: random.Random,
        dims: tuple[int, ...],
        helpers: list[Helper],
        classes: list[Var],
        scalars_global: list[str],
        arrays_global: list[Var],
        taken: set[str],
        result: Var | None,
        budget: int,
    ) -> None:
        self.rng, self.dims = rng, dims
        self.helpers, self.classes = helpers, classes
        self.scalars_global, self.arrays_global = scalars_global, arrays_global
        self.used = taken
        self.result = result
        self.budget = budget
        self.scope = Scope()
        self.lines: list[str] = []
        self.depth = 0
        self.in_loop = 0
        self.nested = False  # whether this is a function inside a function
        self.functional = False  # whether nothing is stored into what exists

    # -- output ---

    def emit(self, line: str) -> None:
        self.lines.append("    " * (self.depth + 1) + line)

    @contextmanager
    def block(self, head: str, loop: bool = False) -> Iterator[None]:
        self.emit(head)
        self.depth += 1
        self.in_loop += loop
        self.scope.open()
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.emit("pass")
        self.scope.close()
        self.in_loop -= loop
        self.depth -= 1

    def statements(self, count: int) -> None:
        table = {k: w for k, w in STATEMENTS.items() if not (self.functional and k in STORING)}
        names, weights = list(table), list(table.values())
        done = 0
        while done < count and self.budget > 0:
            name = self.rng.choices(names, weights)[0]
            if getattr(self, f"make_{name}")() is not False:
                done += 1
                self.budget -= 1

    def body(self, low: int = 1, high: int = 4) -> None:
        self.statements(self.rng.randint(low, high))

    # -- names ---

    def fresh(self, pool: tuple[str, ...] | list[str] | None = None) -> str:
        """A name that this function has not used."""
        if pool is None:
            pool = self.rng.choices((PLAIN, COLLIDING, BUILTIN, UNICODE), (60, 30, 5, 5))[0]
        free = [n for n in pool if n not in self.used]
        name = self.rng.choice(free) if free else f"{self.rng.choice(pool)}_{len(self.used)}"
        while name in self.used:
            name += "_"
        self.used.add(name)
        return name

    def bound_name(self) -> str:
        return self.fresh(("e", "item", "j_", "k_", "val", "el"))

    def target(self) -> str:
        """A name to bind: a new one, or at the top level sometimes an old one with a new type."""
        if self.depth == 0 and not self.nested and self.chance(0.12):
            old = [
                v.name
                for v in self.scope.of("float", "array", "zerod")
                if v.rebindable and v.name.isidentifier()
            ]
            if old:
                return self.rng.choice(old)
        return self.fresh()

    def define(self, name: str, kind: str, **known: object) -> Var:
        return self.scope.define(Var(name, kind, **known))  # type: ignore[arg-type]

    def small(self) -> str:
        return self.number(0.5)

    def pick(self, *kinds: str, shape: Shape | None = None) -> Var | None:
        found = self.scope.of(*kinds, shape=shape)
        return self.rng.choice(found) if found else None

    def pick_array(self, ndim: int | None = None) -> Var | None:
        found = [v for v in self.scope.of("array") if ndim is None or len(v.shape) == ndim]
        return self.rng.choice(found) if found else None
