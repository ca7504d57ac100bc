"""Random statements that bind names, to numbers or to memory."""

from __future__ import annotations

from .body import Body
from .scope import Shape, Var


class Bindings(Body):
    """Assignments of every kind, aliases and views."""

    # -- bindings ---

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

    # -- names for memory ---

    def make_view(self) -> bool | None:
        v = self.pick_array()
        if v is None:
            return False
        shapes = [(d,) for d in range(1, max(v.shape) + 1)] + [v.shape, v.shape[::-1]]
        shapes += [(v.shape[0] * v.shape[-1],), (v.shape[0], 1), (1, v.shape[-1])]
        found = [(t, s) for s in shapes for t in self.parts_of_shape(v, s)]
        if len(v.shape) == 2:
            found.append((f"{v.name}.reshape({v.shape[::-1]}, order='F')", v.shape[::-1]))
            flat = (v.shape[0] * v.shape[1],)
            found.append((f"{v.name}.{self.rng.choice(('ravel()', 'reshape(-1)'))}", flat))
        elif v.shape[0] % 2 == 0:
            folded = self.rng.choice(((2, v.shape[0] // 2), (v.shape[0] // 2, 2)))
            order = self.rng.choice(("", ", order='F'"))
            found.append((f"{v.name}.reshape({folded}{order})", folded))
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
