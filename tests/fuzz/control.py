"""Random branches, loops and exits."""

from __future__ import annotations

from dataclasses import replace

from .body import Body
from .scope import Var

DEEPEST = 4  # blocks inside each other


class Control(Body):
    """Branches, loops, and ways out of them."""

    # -- control ---

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
        self.over(f"for {a}, {b} in zip({first[0]}, {second[0]}):", (a, first[1]), (b, second[1]))
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
        with (
            self.block(f"for {name} in {found[0]}:", loop=True),
            self.block(f"if {name} > {self.threshold()}:"),
        ):
            self.emit(f"{hit} = 0.9 * {name}")
            self.emit("break")
        with self.block("else:"):
            self.emit(f"{hit} = {self.number()}")
        self.define(hit, "float")
        return None

    def make_sum_from_zero(self) -> bool | None:
        """A sum of arrays that starts as a number, and stays one if nothing is added."""
        if self.deep():
            return False
        total, found = self.fresh(), self.sequence()
        self.emit(f"{total} = {self.rng.choice(('0.0', '0.0', '0'))}")
        if found and found[1].kind == "array" and self.chance(0.5):
            item, shape = self.fresh(), found[1].shape
            certain = found[0] in [v.name for v in self.scope.of("array")]  # a list may be empty
            head, var = f"for {item} in {found[0]}:", replace(found[1], name=item)
        else:
            item, shape, trips = self.fresh(), self.some_shape(), self.rng.randint(0, 3)
            certain = trips > 0
            head, var = f"for {item} in range({trips}):", Var(item, "int", high=max(trips, 1))
        with self.block(head, loop=True):
            self.scope.define(var)
            if self.chance(0.3):
                self.body(1, 1)
                certain = False
            term = self.array_text(shape, 1.0)
            forms = ("{t} = {t} + {a}", "{t} += {a}", "{t} = {a} + {t}", "{t} = {t} - 0.5 * {a}")
            self.emit(self.rng.choice(forms).format(t=total, a=term))
        if certain and self.chance(0.7):
            self.define(total, "array", shape=shape)
        else:
            name = self.fresh()
            self.emit(f"{name} = np.tanh(np.sum({total}))")
            self.define(name, "float")
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
            return f"{self.number()} + 0.3 * {self.scalar_leaf(0)[0]}"
        if self.result.kind == "pair":
            return f"{self.number()}, {self.number()}"
        return self.array_text(self.result.shape)

    # -- the rest ---

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
