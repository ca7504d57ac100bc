"""Random statements on complex variables, and real parts of them for the rest of the program."""

from __future__ import annotations

from .body import Body
from .scope import Var

STEPS = (
    "({v}) * (0.5 - 0.4j) + {c}",
    "0.6 * np.exp(0.3 * ({v})) - {c} * 1j",
    "np.sin(0.4 * ({v}))",
    "0.3 * ({v}) ** 2",
    "np.conj({v}) * {c}",
    "1j * ({v}) / (1.7 + np.abs({v}) ** 2)",
    "({v}) * {real}",
)
PARTS = (
    "np.real({v})",
    "({v}).imag",
    "np.imag(({v}) * (0.3 + 0.8j))",
    "(({v}) * np.conj({v})).real",
    "np.abs(({v}) + 7.3)",
    "np.angle(({v}) + 9.1)",
    "np.abs(({v}) - 6.1j) ** 2",
)


class Complexes(Body):
    """Statements for what a complex argument leads to."""

    def make_complex_step(self) -> bool | None:
        v = self.pick("complex")
        if v is None:
            return False
        text = self.rng.choice(STEPS).format(v=v.name, c=self.constant(), real=self.number(1.0, 1))
        if v.shape and not self.functional and self.chance(0.4):
            where = self.element(v)
            if self.chance(0.5):
                self.emit(f"{where} *= {self.constant(-1, 1)} - 0.3j")
            else:
                self.emit(f"{where} = {self.number(1.0, 1)} + 0.4j * {self.element(v)}")
        elif v.rebindable and self.chance(0.5):
            self.emit(f"{v.name} = {text}")
        else:
            name = self.fresh()
            self.emit(f"{name} = {text}")
            self.define(name, "complex", shape=v.shape)
        return None

    def make_complex_part(self) -> bool | None:
        v = self.pick("complex")
        if v is None:
            return False
        name = self.fresh()
        self.emit(f"{name} = np.tanh(0.4 * {self.rng.choice(PARTS).format(v=v.name)})")
        self.define(name, "array" if v.shape else "float", shape=v.shape)
        return None

    def complex_sum(self, v: Var) -> str:
        """A real number that depends on all of a complex variable."""
        return f"np.sum({self.rng.choice(PARTS).format(v=v.name)}) * {self.constant()}"
