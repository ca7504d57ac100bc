"""Whether anything hangs on the last digit of a value.

A value of the user's that is computed in another order differs in rounding; where that could
decide something, it must not be: a comparison, a maximum and its ties, an index, a root or a
quotient of what is zero or not. What follows from the value is followed through the function, in
one of two states::

    SIGNED    not negative, and zero exactly where it was: safe below a root, and to divide by
    SHIFTED   any value, off by a rounding: safe in sums, products and entire functions only

An operation that is not known to be safe for the state of what it reads is taken to decide.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Op, Region, Var

SIGNED, SHIFTED = "signed", "shifted"

_ADD = frozenset({operator.add, np.add})
_MUL = frozenset({operator.mul, np.multiply})
_DIV = frozenset({operator.truediv, np.divide})
_POW = frozenset({operator.pow, np.power})
_KEEPING = frozenset(  # what is not negative, and zero where it was, stays so
    {
        np.sqrt, np.sum, np.mean, np.square, np.expand_dims, np.transpose, np.swapaxes, np.reshape,
        np.broadcast_to, n.READ, n.COPY, n.MATCH,
    }
)  # fmt: skip
_ENTIRE = frozenset(
    {
        operator.sub, np.subtract, operator.neg, np.negative, operator.matmul, np.matmul, np.vecdot,
        np.exp, np.sin, np.cos, np.tanh, np.arctan, n.ADD_AT, n.UPDATE, *_ADD, *_MUL, *_KEEPING,
    }
) - {np.sqrt}  # fmt: skip


class Rounding:
    """What reads what, in one function."""

    def __init__(self, body: Region, definition: Callable[[Any], Any]) -> None:
        self.definition = definition
        self.readers: dict[Var, list[Any]] = {}
        self.deciding: set[Var] = set()  # what branches, loops and the outside get
        outer = body
        todo = [body]
        while todo:
            region = todo.pop()
            if region is not outer:
                self.deciding.update(x for x in n.flatten(region.results) if isinstance(x, Var))
            for stmt in region.stmts:
                for atom in n.operands(stmt):
                    if isinstance(atom, Var):
                        self.readers.setdefault(atom, []).append(stmt)
                todo += n.regions(stmt)

    def decides(self, value: Var, state: str) -> bool:
        """Whether a rounding of ``value`` may change more than roundings."""
        states: dict[Var, str] = {value: state}
        todo = [value]
        while todo:
            var = todo.pop()
            if var in self.deciding:
                return True
            for stmt in self.readers.get(var, ()):
                after = self.after(stmt, states) if isinstance(stmt, Op) else None
                if after is None or len(stmt.outs) != 1:
                    return True
                (out,) = stmt.outs
                if out not in states or (states[out], after) == (SIGNED, SHIFTED):
                    states[out] = after
                    todo.append(out)
        return False

    def after(self, op: Op, states: dict[Var, str]) -> str | None:
        """The state of a result; None where something is decided."""
        fn, args = op.fn, op.args
        found = [states.get(x) if isinstance(x, Var) else None for x in args]
        beside = n.flatten([x for x in args if not isinstance(x, Var)])
        if any(x in states for x in beside if isinstance(x, Var)) or op.kwargs.keys() - {
            "axis", "axes", "keepdims"
        }:  # fmt: skip
            return None
        if fn in _DIV:
            below = found[1]
            if below == SHIFTED:
                return None
            return (
                SIGNED if below is None and found[0] == SIGNED and _positive(args[1]) else SHIFTED
            )
        if fn in _POW:
            return self.power(args[1], found)
        if fn in _ADD and all(
            s == SIGNED or self.square(x) for s, x in zip(found, args, strict=True)
        ):
            return SIGNED
        if fn in _MUL and all(
            s == SIGNED or _positive(x) for s, x in zip(found, args, strict=True)
        ):
            return SIGNED
        if fn in _KEEPING and found[0] == SIGNED and all(s is None for s in found[1:]):
            return SIGNED
        return SHIFTED if fn in _ENTIRE else None

    def power(self, exponent: Any, found: list[str | None]) -> str | None:
        if found[1] is not None or not isinstance(exponent, Const):
            return None
        if found[0] == SIGNED:
            return SIGNED if exponent.value >= 0 else SHIFTED
        whole = float(exponent.value).is_integer() and exponent.value >= 0
        return SHIFTED if whole else None

    def square(self, atom: Any) -> bool:
        """Whether ``atom``, which is as it was, is certainly not negative."""
        if isinstance(atom, Const):
            return _positive(atom) or atom.value == 0
        op = self.definition(atom)
        if not isinstance(op, Op):
            return False
        if op.fn in _POW:
            return isinstance(op.args[1], Const) and op.args[1].value == 2
        return op.fn is np.square or (op.fn in _MUL and op.args[0] is op.args[1])


def _positive(atom: Any) -> bool:
    return isinstance(atom, Const) and isinstance(atom.value, int | float) and atom.value > 0
