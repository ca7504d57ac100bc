"""Random statements on lists, dicts and tuples."""

from __future__ import annotations

from .body import Body
from .expressions import CAP
from .scope import Var


class Containers(Body):
    """Lists, dicts and tuples of active values."""

    # -- containers ---

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
