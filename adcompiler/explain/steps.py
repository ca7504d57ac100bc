"""What an execution leaves: values, the operations that made them, and the way between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from adcompiler.ir.nodes import Op, Place, Var


@dataclass(eq=False, slots=True)
class Node:
    """A value. ``number`` is the k of v_k, for active values; ``name`` the user's, if any."""

    value: Any
    step: Step | None = None
    name: str | None = None
    active: bool = False
    number: int | None = None


@dataclass(eq=False, slots=True)
class Step:
    """An operation as it was executed."""

    op: Op
    reads: dict[Var, Node]
    outs: tuple[Node, ...] = ()
    around: dict[Var, Node] = field(default_factory=dict)  # what else its derivatives read
    fold: Fold | None = None
    depth: int = 0
    times: int = 1  # how often it is written or executed

    @property
    def active(self) -> bool:
        return any(out.active for out in self.outs)

    @property
    def place(self) -> Place | None:
        return self.op.place


@dataclass(eq=False, slots=True)
class Mark:
    """Where the path goes: a trip of a loop, a branch that is taken, a call."""

    text: str
    line: int | None
    depth: int


@dataclass(eq=False, slots=True)
class Fold:
    """The trips of a loop beyond those that are shown; with ``first`` 0, a call that is nested too
    deep.
    """

    text: str
    line: int | None
    depth: int
    first: int
    trips: int = 0
    steps: list[Step] = field(default_factory=list)
