"""Random statements: the writer of one function's body."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from .expressions import CAP, Expressions
from .scope import Helper, Scope, Shape, Var
from .weights import BUILTIN, COLLIDING, PLAIN, STATEMENTS, UNICODE

DEEPEST = 4


class Writer(Expressions):
    """Writes one function: statements into `lines`, variables into `scope`."""

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

    # -- output ------------------------------------------------------------------------------------

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
        names, weights = list(STATEMENTS), list(STATEMENTS.values())
        done = 0
        while done < count and self.budget > 0:
            name = self.rng.choices(names, weights)[0]
            if getattr(self, f"make_{name}")() is not False:
                done += 1
                self.budget -= 1

    def body(self, low: int = 1, high: int = 4) -> None:
        self.statements(self.rng.randint(low, high))

    # -- names -------------------------------------------------------------------------------------

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

    # -- bindings ----------------------------------------------------------------------------------

    def make_new_scalar(self) -> None:
        text = self.number()
        self.bind(f"{text}", "float")

    def bind(self, text: str, kind: str, **known: object) -> Var:
        name = self.target()
        note = ": float" if kind == "float" and name.isidentifier() and self.chance(0.02) else ""
        if note and name in [v.name for v in self.scope.all()]:
            note = ""
        self.emit(f"{name}{note} = {text}")
        return self.define(name, kind, **known)

    def make_new_array(self) -> None:
        shape = self.some_shape()
        self.bind(self.array_text(shape), "array", shape=shape)

    def make_rebind(self) -> bool | None:
        found = [v for v in self.scope.of("float", "array") if v.rebindable]
        if not found:
            return False
        v = self.rng.choice(found)
        if v.kind == "float":
            if self.chance(0.4):
                self.emit(f"{v.name} = 0.6 * {v.name} + 0.4 * {self.number(1.0)}")
            else:
                self.emit(f"{v.name} = {self.number(1.0)}")
        else:
            self.emit(f"{v.name} = {self.array_text(v.shape, 1.0)}")
        return None

    def augment(self, target: str, shape: Shape | None) -> None:
        """An augmented assignment; the operand a number, or an array that broadcasts."""
        op = self.rng.choice(("+=", "+=", "+=", "-=", "*=", "/="))
        cap = 0.5 if op in ("+=", "-=") else 1.0
        if shape is None or self.chance(0.4):
            operand = self.number(cap)
        else:
            whole = shape
            if self.chance(0.25):
                whole = tuple(1 if self.chance(0.4) else d for d in shape)
            operand = self.array_text(whole, cap)
        if op == "/=":
            operand = f"1.3 + ({operand}) ** 2"
        self.emit(f"{target} {op} {operand}")

    def make_augmented_name(self) -> bool | None:
        found = [v for v in self.scope.of("float", "array", "zerod") if v.rebindable]
        if not found:
            return False
        v = self.rng.choice(found)
        self.augment(v.name, v.shape if v.kind == "array" else None)
        return None

    def make_unpack(self) -> bool | None:
        tuples = [f for f in self.callables() if f.result and f.result.kind == "pair"]
        if tuples and self.chance(0.6):
            text = self.call_text(self.rng.choice(tuples), 2)
            first, second = self.fresh(), self.fresh()
            self.emit(f"{first}, {second} = {text}")
        elif self.chance(0.25) and (v := self.pick_array(1)) and v.shape[0] >= 2:
            first, second = self.fresh(), self.fresh()
            if v.shape[0] == 2:
                self.emit(f"{first}, {second} = {v.name}")
            else:
                self.emit(f"{first}, *{self.fresh()}, {second} = {v.name}")
        else:
            text = f"{self.number()}, {self.number()}"
            first, second = self.fresh(), self.fresh()
            self.emit(f"{first}, {second} = {text}")
        self.define(first, "float")
        self.define(second, "float")
        return None

    def make_swap(self) -> bool | None:
        found = [v for v in self.scope.of("float", "array") if v.rebindable]
        pairs = [(v, w) for v in found for w in found if v.name < w.name and v.shape == w.shape]
        if not pairs:
            return False
        v, w = self.rng.choice(pairs)
        if v.kind != w.kind:
            return False
        form = self.rng.choice(("{v}, {w} = {w}, {v}", "{v}, {w} = {w}, 0.5 * {v} + 0.3 * {w}"))
        self.emit(form.format(v=v.name, w=w.name))
        return None

    def make_chained(self) -> None:
        if self.chance(0.5):
            text, known = self.number(), {"kind": "float"}
        else:
            shape = self.some_shape()
            text, known = self.array_text(shape), {"kind": "array", "shape": shape}
        first, second = self.fresh(), self.fresh()
        self.emit(f"{first} = {second} = {text}")
        self.define(first, **known)
        self.define(second, **known)

    def make_walrus(self) -> None:
        name, text, other = self.fresh(), self.number(), self.fresh()
        self.emit(f"{other} = ({name} := {text}) * 0.7 + {name} ** 2 * 0.2")
        self.define(name, "float")
        self.define(other, "float")

    def make_zero_d(self) -> bool | None:
        zerods = self.scope.of("zerod")
        if zerods and self.chance(0.6):
            v = self.rng.choice(zerods)
            form = self.rng.choice(("alias", "store", "ellipsis"))
            if form == "alias":
                name = self.fresh()
                self.emit(f"{name} = {v.name}")
                self.define(name, "zerod", rebindable=True)
            else:
                key = "()" if form == "store" else "..."
                self.emit(f"{v.name}[{key}] = {self.number()}")
            return None
        if self.depth:
            return False
        name = self.fresh()
        self.emit(f"{name} = np.array({self.number()})")
        self.define(name, "zerod")
        return None

    def make_delete(self) -> bool | None:
        found = [
            v
            for v in self.scope.blocks[-1].values()
            if v.kind in ("float", "array") and v.rebindable and v.name.isidentifier()
        ]
        if len(found) < 3 or self.nested:
            return False
        v = self.rng.choice(found)
        self.emit(f"del {v.name}")
        self.scope.forget(v.name)
        return None

    # -- stores ------------------------------------------------------------------------------------

    def make_store_element(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        self.emit(f"{self.element(v)} = {self.number()}")
        return None

    def a_slice(self, n: int) -> tuple[str, int]:
        """A slice of an axis of length n, and how long it is."""
        choices = [slice(None), slice(1, None), slice(None, -1), slice(None, None, -1)]
        choices += [slice(None, None, 2), slice(1, 3), slice(-2, None), slice(n, None, -2)]
        choices += [slice(2, 2), slice(1, -1)]
        for _ in range(8):
            s = self.rng.choice(choices)
            length = len(range(*s.indices(n)))
            if length or self.chance(0.1):
                break
        parts = ["" if p is None else str(p) for p in (s.start, s.stop)]
        return ":".join(parts) + (f":{s.step}" if s.step else ""), length

    def a_part(self, v: Var) -> tuple[str, Shape]:
        """A basic index that selects a part of an array, and the part's shape."""
        if len(v.shape) == 2 and self.chance(0.6):
            s, k = self.a_slice(v.shape[1])
            t, j = self.a_slice(v.shape[0])
            return self.rng.choice(
                (
                    (f"{v.name}[{self.index(v.shape[0])}]", (v.shape[1],)),
                    (f"{v.name}[:, {self.index(v.shape[1])}]", (v.shape[0],)),
                    (f"{v.name}[{self.index(v.shape[0])}, {s}]", (k,)),
                    (f"{v.name}[{t}, {s}]", (j, k)),
                    (f"{v.name}[..., {s}]", (v.shape[0], k)),
                    (f"{v.name}.T[{s}]", (k, v.shape[0])),
                )
            )
        s, k = self.a_slice(v.shape[0])
        return f"{v.name}[{s}]", (k, *v.shape[1:])

    def operand(self, shape: Shape, cap: float = CAP) -> str:
        """A number, or an array that may be stored where this shape is."""
        if 0 in shape or self.chance(0.3):
            return self.number(cap)
        if self.chance(0.2):
            shape = self.rng.choice((shape[1:] or (1,), (1, *shape[1:])))
        return self.array_text(shape, cap)

    def make_store_slice(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        target, shape = self.a_part(v)
        self.emit(f"{target} = {self.operand(shape)}")
        return None

    def mask(self, v: Var) -> str:
        if self.chance(0.3):
            name = self.fresh(("mask", "m_", "chosen", "keep"))
            self.emit(f"{name} = {self.array(v.shape, 1)[0]} > {self.threshold()}")
            return name
        return f"{v.name} {self.rng.choice('<>')} {self.threshold()}"

    def make_store_mask(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        self.emit(f"{v.name}[{self.mask(v)}] = {self.number()}")
        return None

    def make_augmented_mask(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        self.augment(f"{v.name}[{self.mask(v)}]", None)
        return None

    def make_store_gather(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        count = self.rng.randint(1, 4)
        indices = self.index_list(count, v.shape[0])
        self.emit(f"{v.name}[{indices}] = {self.operand((count, *v.shape[1:]))}")
        return None

    def make_augmented_gather(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        count = self.rng.randint(1, 4)
        indices = self.index_list(count, v.shape[0])
        if self.chance(0.3):
            self.emit(f"np.add.at({v.name}, {indices}, {self.operand((count, *v.shape[1:]), 0.5)})")
        else:
            self.augment(f"{v.name}[{indices}]", (count, *v.shape[1:]))
        return None

    def make_augmented_element(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        self.augment(self.element(v), None)
        return None

    def make_augmented_slice(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        target, shape = self.a_part(v)
        self.augment(target, None if 0 in shape else shape)
        return None

    def make_swap_elements(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        a, b = self.element(v), self.element(v)
        self.emit(f"{a}, {b} = {b}, {a}")
        return None

    # -- names for memory --------------------------------------------------------------------------

    def make_view(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        shapes = [(d,) for d in range(1, max(v.shape) + 1)] + [v.shape, v.shape[::-1]]
        shapes += [(v.shape[0] * v.shape[-1],), (v.shape[0], 1), (1, v.shape[-1])]
        found = [(t, s) for s in shapes for t in self.parts_of_shape(v, s)]
        if len(v.shape) == 2:
            found.append((f"{v.name}.reshape({v.shape[::-1]}, order='F')", v.shape[::-1]))
        if not found:
            return False
        text, shape = self.rng.choice(found)
        self.bind(text, "array", shape=shape)
        return None

    def make_alias(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        name = self.fresh()
        self.emit(f"{name} = {v.name}")
        self.define(name, "array", shape=v.shape)
        return None

    def make_copy(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        form = self.rng.choice(
            ("{}.copy()", "np.copy({})", "np.array({})", "np.zeros_like({})", "np.ones_like({})")
        )
        self.bind(form.format(v.name), "array", shape=v.shape)
        return None

    def make_ufunc_out(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        self.emit(f"np.multiply({self.array_text(v.shape, 1.0)}, {v.name}, out={v.name})")
        return None

    # -- control -----------------------------------------------------------------------------------

    def deep(self) -> bool:
        return self.depth >= DEEPEST

    def make_branch(self) -> bool | None:
        if self.deep():
            return False
        with self.block(f"if {self.condition(2)}:"):
            self.body()
        while self.chance(0.2):
            with self.block(f"elif {self.condition(2)}:"):
                self.body(1, 2)
        if self.chance(0.5):
            with self.block("else:"):
                self.body()
        return None

    def make_both_branches(self) -> bool | None:
        if self.deep():
            return False
        shape = self.some_shape() if self.chance(0.4) else None
        name = self.fresh()

        def branch() -> None:
            self.body(0, 2)
            text = self.number() if shape is None else self.array_text(shape)
            self.emit(f"{name} = {text}")

        with self.block(f"if {self.condition(2)}:"):
            branch()
        with self.block("else:"):
            branch()
        if shape is None:
            self.define(name, "float")
        else:
            self.define(name, "array", shape=shape)
        return None

    def a_range(self) -> tuple[str, int, int]:
        """A range, and bounds of what it yields."""
        v = self.pick_array()
        options = ["range({n})", "range({lo}, {hi})", "range({hi}, {lo}, -1)"]
        options += ["range({lo}, {hi}, 2)", "range(3, 3)", "range(5, 2)", "range({n} - 1, -1, -1)"]
        if v is not None:
            options += ["len", "shape", "inner"] * 2
        form = self.rng.choice(options)
        n, lo = self.rng.randint(1, 4), self.rng.randint(0, 2)
        hi = lo + self.rng.randint(0, 3)
        if form == "len" and v:
            return f"range(len({v.name}))", 0, v.shape[0]
        if form == "shape" and v:
            axis = self.rng.randrange(len(v.shape))
            return f"range({v.name}.shape[{axis}])", 0, v.shape[axis]
        if form == "inner" and v:
            return f"range(1, {v.name}.shape[0] - 1)", 1, max(2, v.shape[0] - 1)
        text = form.format(n=n, lo=lo, hi=hi)
        values = list(eval(text)) or [0]
        return text, min(values), max(values) + 1

    def make_for_range(self) -> bool | None:
        if self.deep():
            return False
        text, low, high = self.a_range()
        name = self.fresh(("i", "j", "k", "n_", "step", "it"))
        with self.block(f"for {name} in {text}:", loop=True):
            self.define(name, "int", low=low, high=high)
            self.body()
        self.loop_else()
        return None

    def loop_else(self) -> None:
        if self.chance(0.08):
            with self.block("else:"):
                self.body(1, 1)

    def sequence(self) -> tuple[str, Var] | None:
        """Something to iterate over, and what its items are."""
        found: list[tuple[str, Var]] = []
        for v in self.scope.of("array"):
            if len(v.shape) == 1:
                found.append((v.name, Var("", "float")))
            else:
                found.append((v.name, Var("", "array", shape=v.shape[1:])))
        for v in self.scope.of("list"):
            item = Var("", "float") if v.item is None else Var("", "array", shape=v.item)
            found.append((v.name, item))
            if v.resizable:
                found.append((f"{v.name}[:]", item))
        return self.rng.choice(found) if found else None

    def over(self, head: str, *items: tuple[str, Var]) -> None:
        """A loop that must not resize lists: `head` is its first line."""
        frozen = [v for v in self.scope.of("list") if v.resizable]
        for v in frozen:
            v.resizable = False
        with self.block(head, loop=True):
            for name, item in items:
                self.scope.define(replace(item, name=name))
            self.body()
        for v in frozen:
            v.resizable = True
        self.loop_else()

    def make_for_elements(self) -> bool | None:
        found = self.sequence()
        if self.deep() or not found:
            return False
        text, item = found
        name = self.fresh()
        self.over(f"for {name} in {text}:", (name, item))
        return None

    def make_for_enumerate(self) -> bool | None:
        found = self.sequence()
        if self.deep() or not found:
            return False
        text, item = found
        i, name = self.fresh(("i", "j", "k", "index")), self.fresh()
        self.over(
            f"for {i}, {name} in enumerate({text}):", (i, Var("", "int", high=4)), (name, item)
        )
        return None

    def make_for_zip(self) -> bool | None:
        first, second = self.sequence(), self.sequence()
        if self.deep() or not first or not second:
            return False
        a, b = self.fresh(), self.fresh()
        self.over(
            f"for {a}, {b} in zip({first[0]}, {second[0]}):", (a, first[1]), (b, second[1])
        )
        return None

    def make_for_reversed(self) -> bool | None:
        found = self.sequence()
        if self.deep() or not found:
            return False
        text, item = found
        if self.chance(0.4):
            text, item = f"range({self.rng.randint(0, 3)})", Var("", "int", high=3)
        name = self.fresh()
        self.over(f"for {name} in reversed({text}):", (name, item))
        return None

    def make_while_loop(self) -> bool | None:
        if self.deep():
            return False
        n = self.fresh(("n", "it_", "count", "steps"))
        self.emit(f"{n} = 0")
        test = f"{n} < {self.rng.randint(0, 4)}"
        if self.chance(0.6):
            test += f" and {self.compare(1)}"
        with self.block(f"while {test}:", loop=True):
            self.emit(f"{n} += 1")
            self.define(n, "int", low=1, high=5)
            self.body()
        self.loop_else()
        return None

    def make_while_true(self) -> bool | None:
        if self.deep():
            return False
        n = self.fresh(("n", "it_", "count", "steps"))
        self.emit(f"{n} = 0")
        with self.block("while True:", loop=True):
            self.emit(f"{n} += 1")  # with the test first, so that `continue` cannot skip it
            self.define(n, "int", low=1, high=5)
            self.make_rebind()
            with self.block(f"if {n} >= {self.rng.randint(1, 4)} or {self.compare(1)}:"):
                self.emit("break")
            self.body(1, 3)
        return None

    def make_search_loop(self) -> bool | None:
        found = self.sequence()
        if self.deep() or not found or found[1].kind != "float":
            return False
        name, hit = self.fresh(), self.fresh()
        self.emit(f"{hit} = {self.number()}")
        with self.block(f"for {name} in {found[0]}:", loop=True):
            with self.block(f"if {name} > {self.threshold()}:"):
                self.emit(f"{hit} = 0.9 * {name}")
                self.emit("break")
        with self.block("else:"):
            self.emit(f"{hit} = {self.number()}")
        self.define(hit, "float")
        return None

    def make_leave(self) -> bool | None:
        if not self.in_loop or self.deep():
            return False
        with self.block(f"if {self.condition(1)}:"):
            if self.chance(0.4):
                self.body(1, 1)
            self.emit(self.rng.choice(("break", "continue")))
        return None

    def make_early_return(self) -> bool | None:
        if self.deep() or self.result is None or len(self.lines) < 2 or self.chance(0.4):
            return False
        with self.block(f"if {self.condition(1)}:"):
            if self.chance(0.3):
                self.body(1, 1)
            self.emit(f"return {self.returned()}")
        return None

    def returned(self) -> str:
        """An expression of the function's result type."""
        assert self.result is not None
        if self.result.kind == "float":
            return self.number()
        if self.result.kind == "pair":
            return f"{self.number()}, {self.number()}"
        return self.array_text(self.result.shape)

    # -- calls -------------------------------------------------------------------------------------

    def make_call_for_effect(self) -> bool | None:
        fitting = [
            f
            for f in self.callables()
            if f.result is None or any(p.kind in ("array", "list") for p in f.params)
        ]
        if not fitting:
            return False
        helper = self.rng.choice(fitting)
        given = []
        for p in helper.params:
            v = self.pick(p.kind, shape=p.shape) if p.kind == "array" else None
            if v is not None:
                given.append(v.name)
            else:
                given.append(self.call_text(Helper("", (p,), None), 1)[1:-1])
        self.emit(f"{helper.name}({', '.join(given)})")
        return None

    def make_nested_function(self) -> bool | None:
        if self.depth or self.nested:
            return False
        name = self.fresh(("inner", "local_f", "rate_of", "f_inner"))
        params = [Var(self.fresh(), "float")]
        if self.chance(0.4):
            shape = self.some_shape()
            params.append(Var(self.fresh(), "array", shape=shape))
        result = self.rng.choice((Var("", "float"), Var("", "float"), None))
        if result is None and len(params) == 1:
            shape = self.some_shape()
            result = Var("", "array", shape=shape)
        inner = Writer(
            self.rng,
            self.dims,
            self.helpers,
            [],
            self.scalars_global,
            self.arrays_global,
            self.used,
            result,
            min(4, self.budget),
        )
        inner.nested = True
        for v in self.scope.all():
            if v.kind in ("float", "array", "zerod", "int", "option", "callable"):
                inner.scope.define(replace(v, rebindable=False))
        inner.scope.open()
        for p in params:
            inner.scope.define(p)
        inner.depth = 1
        self.budget -= 1
        inner.statements(self.rng.randint(1, 3))
        if result is not None:
            inner.emit(f"return {inner.returned()}")
        self.emit(f"def {name}({', '.join(p.name for p in params)}):")
        self.lines += inner.lines
        self.freeze("\n".join(inner.lines))
        self.define(
            name,
            "callable",
            params=tuple(replace(p, name="") for p in params),
            result=result,
            rebindable=False,
        )
        return None

    def freeze(self, text: str) -> None:
        """Captured variables are not bound again, which would be refused."""
        import textwrap

        names = {n.id for n in ast.walk(ast.parse(textwrap.dedent(text))) if isinstance(n, ast.Name)}
        for v in self.scope.all():
            if v.name.partition(".")[0].partition("[")[0] in names:
                v.rebindable = False

    def make_lambda_(self) -> bool | None:
        if self.depth or self.nested:
            return False
        name, param = self.fresh(("lam", "g_", "phi", "op_")), self.fresh()
        self.scope.open()
        self.define(param, "float")
        self.define(param, "float")
        text = self.number()
        self.scope.close()
        line = f"{name} = lambda {param}: {text}"
        self.emit(line)
        self.freeze(line)
        self.define(
            name, "callable", params=(Var("", "float"),), result=Var("", "float"), rebindable=False
        )
        return None

    def make_local_object(self) -> bool | None:
        if not self.classes or self.depth or self.nested:
            return False
        cls = self.rng.choice(self.classes)
        name = self.fresh(("state", "body_", "model", "sys_"))
        self.emit(f"{name} = {self.call_text(Helper(cls.name, cls.params, None), 2)}")
        self.define(name, "object", methods=cls.methods, rebindable=False)
        for p in cls.params:
            field = replace(p, name=f"{name}.{p.name}", parent=name)
            self.scope.define(field)
        return None

    def make_call_method(self) -> bool | None:
        v = self.pick("object")
        if v is None or not v.methods:
            return False
        m = self.rng.choice(v.methods)
        text = self.call_text(Helper(f"{v.name}.{m.name}", m.params, m.result), 1)
        if m.result is None or self.chance(0.4):
            self.emit(text)
        else:
            name = self.fresh()
            self.emit(f"{name} = {text}")
            self.define(name, m.result.kind, shape=m.result.shape)
        return None

    # -- containers --------------------------------------------------------------------------------

    def make_new_list(self) -> None:
        item = self.some_shape() if self.chance(0.25) else None
        count = self.rng.randint(0, 3)
        text = None
        if item is None and self.chance(0.35):
            name = self.bound_name()
            self.scope.open()
            self.define(name, "int", low=0, high=count)
            inside = self.number(CAP, 2)
            self.scope.close()
            text = f"[{inside} for {name} in range({count})]"
        elif item is None and self.chance(0.3) and (v := self.pick_array(1)):
            name = self.bound_name()
            text = f"[0.8 * {name} + {self.constant()} for {name} in {v.name}]"
            count = v.shape[0]
        if text is None:
            parts = [
                self.number(CAP, 2) if item is None else self.array_text(item, CAP, 1)
                for _ in range(count)
            ]
            text = f"[{', '.join(parts)}]"
        name = self.fresh()
        self.emit(f"{name} = {text}")
        self.define(name, "list", item=item, length=count, rebindable=False)

    def a_list(self, at_least: int = 0, resizable: bool = False) -> Var | None:
        found = [
            v
            for v in self.scope.of("list")
            if v.length >= at_least and (v.resizable or not resizable)
        ]
        return self.rng.choice(found) if found else None

    def make_append(self) -> bool | None:
        v = self.a_list(resizable=True)
        if v is None or self.nested:
            return False
        text = self.number() if v.item is None else self.array_text(v.item, CAP, 1)
        self.emit(f"{v.name}.append({text})")
        if self.depth == 0:
            v.length += 1
        return None

    def make_pop(self) -> bool | None:
        v = self.a_list(1, resizable=True)
        if v is None or self.depth or self.nested:
            return False
        v.length -= 1
        name = self.fresh()
        self.emit(f"{name} = {v.name}.pop()")
        if v.item is None:
            self.define(name, "float")
        else:
            self.define(name, "array", shape=v.item)
        return None

    def make_store_item(self) -> bool | None:
        v = self.a_list(1)
        if v is None:
            return False
        target = f"{v.name}[{self.index(v.length)}]"
        if v.item is None and self.chance(0.4):
            self.augment(target, None)
        elif v.item is None:
            self.emit(f"{target} = {self.number()}")
        elif self.chance(0.6):
            self.emit(f"{target} = {self.array_text(v.item, CAP, 1)}")
        else:
            self.augment(target, v.item)
        return None

    def make_new_dict(self) -> None:
        name = self.fresh()
        parts, fields = [], []
        for key in self.rng.sample(("k", "mass", "x", "rate_bar"), self.rng.randint(1, 3)):
            if self.chance(0.7):
                parts.append(f"'{key}': {self.number(CAP, 2)}")
                fields.append(Var(f"{name}['{key}']", "float", parent=name))
            else:
                shape = self.some_shape()
                parts.append(f"'{key}': {self.array_text(shape, CAP, 1)}")
                fields.append(Var(f"{name}['{key}']", "array", shape=shape, parent=name))
        self.emit(f"{name} = {{{', '.join(parts)}}}")
        for v in fields:
            self.scope.define(v)

    def make_new_tuple(self) -> None:
        name = self.fresh()
        shape = self.some_shape()
        self.emit(f"{name} = ({self.number(CAP, 2)}, {self.array_text(shape, CAP, 1)})")
        self.scope.define(Var(f"{name}[0]", "float", parent=name, rebindable=False))
        self.scope.define(Var(f"{name}[1]", "array", shape=shape, parent=name, rebindable=False))

    # -- the rest ----------------------------------------------------------------------------------

    def make_errstate(self) -> bool | None:
        if self.deep():
            return False
        with self.block("with np.errstate(all='ignore'):"):
            self.body(1, 2)
        return None

    def make_assertion(self) -> None:
        if self.chance(0.5):
            self.emit(f"assert abs({self.scalar(1)[0]}) < 1e6, 'too large'")
        else:
            with self.block(f"if {self.scalar(1)[0]} > 1e7:"):
                self.emit("raise ValueError(f'diverged')")
