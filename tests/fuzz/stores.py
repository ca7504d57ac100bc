"""Random statements that store into arrays."""

from __future__ import annotations

from .body import Body
from .expressions import CAP
from .scope import Shape, Var


class Stores(Body):
    """Stores and augmented stores to elements, slices, masks and index arrays."""

    # -- stores ---

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
