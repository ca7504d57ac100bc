"""Memory order: whether flattening an array, or seeing it in another shape, gives a view of it.

What NumPy computes from arrays in C order is in C order. Of an argument it is not known, and asked
for only where it matters: where what its flattened form shares with it decides a later value.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adcompiler.frontend import values as v
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Op, Slice, Var
from adcompiler.ir.types import Array
from adcompiler.rules.contract import REGISTRY

_FRESH = (np.zeros, np.ones, np.empty, np.full, np.eye, np.identity, np.arange, np.linspace)
_KEEP = frozenset(
    {
        operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.neg,
        operator.pos, operator.matmul, np.matmul, np.dot, np.sum, np.mean, np.where, np.stack,
        np.concatenate, np.vstack, np.hstack, np.column_stack, np.outer, np.zeros_like,
        np.ones_like, np.full_like, np.empty_like, np.roll, np.cumsum, np.cumprod, np.diff, np.sort,
        np.tile, np.repeat, np.take, np.prod, np.max, np.min, np.std, np.var, np.tril, np.triu,
        np.pad, np.kron, n.COPY, n.CAST,
    }
)  # fmt: skip


class Layouts:
    """What is known of the memory order of one lowering's arrays."""

    def __init__(self, lowering: Any) -> None:
        self.lw = lowering
        self.c_order: set[int] = set()  # cells
        self.f_order: set[int] = set()
        self.values: set[Var] = set()  # what cells in C order held
        self.unknown: dict[int, Var] = {}  # cells of arguments, whose order can be asked for
        self.asks: dict[int, Var] = {}  # cells that are views if an argument is in C order

    def argument(self, leaf: Any, order: str | None) -> None:
        if order == "C" or leaf.var.type.ndim == 0:
            self.c_order.add(leaf.cell)
            self.values.add(leaf.var)
        elif order == "F":
            self.f_order.add(leaf.cell)
        elif order is None and isinstance(leaf.root, str):
            self.unknown[leaf.cell] = leaf.var

    def made(self, cell: int, content: Any) -> None:
        if isinstance(content, Var) and self._in_c_order(content):
            self.c_order.add(cell)
            self.values.add(content)

    def read(self, ref: v.Ref, current: Any) -> None:
        if self.is_c(ref):
            self.values.add(current)

    def is_c(self, ref: v.Ref) -> bool:
        """Whether what ``ref`` stands for is known to lie in memory in C order."""
        return ref.cell in self.c_order and self._adjacent(ref)

    def ask(self, ref: v.Ref) -> Var | None:
        """The argument whose order would tell of ``ref``."""
        if not self._adjacent(ref):
            return None
        return self.unknown.get(ref.cell) or self.asks.get(ref.cell)

    def _adjacent(self, ref: v.Ref) -> bool:
        """Whether ``ref`` takes one piece of memory out of an array in C order."""
        for k, step in enumerate(ref.path):
            if isinstance(step, v.View) and step.index is None:
                if step.fn in (np.reshape, np.ravel) and not step.in_f_order:
                    continue
                t = self.lw.type_of(v.Ref(ref.cell, ref.path[: k + step.in_f_order]))
                if sum(dim.one is not True for dim in t.dims) > 1:
                    return False
            elif not _adjacent(step.index if isinstance(step, v.View) else step):
                return False
        return True

    def asked(self, *cells: int) -> Var | None:
        return next((self.asks[cell] for cell in cells if cell in self.asks), None)

    def _in_c_order(self, value: Any) -> bool:
        if not isinstance(value, Var):
            return isinstance(value, Const)
        if not isinstance(value.type, Array) or value.type.ndim == 0 or value in self.values:
            return True
        op = self.lw.builder.defs.get(value)
        if not isinstance(op, Op):
            return False
        if op.fn in (n.UPDATE, n.ADD_AT):
            return self._in_c_order(op.args[0])
        if "order" in op.kwargs:
            return False
        if op.fn in _FRESH:
            return True
        if op.fn is np.array and isinstance(op.args[0], list | tuple):
            return True
        rule = REGISTRY.find(op.fn)
        if op.fn in _KEEP or (rule is not None and rule.form == "elementwise"):
            return all(map(self._in_its_order, n.flatten((*op.args, *op.kwargs.values()))))
        return False

    def _in_its_order(self, value: Any) -> bool:
        """Whether the axes of a value follow each other in memory as those of an array in C order:
        so they do in what NumPy makes of it."""
        op = self.lw.builder.defs.get(value) if isinstance(value, Var) else None
        if isinstance(op, Op) and op.fn is n.READ and isinstance(op.args[0].type, Array):
            basic = all(
                not isinstance(getattr(x, "type", None), Array) for x in n.flatten(op.args[1:])
            )
            return basic and self._in_its_order(op.args[0])
        return self._in_c_order(value)


def _adjacent(index: Any) -> bool:
    """Whether an index takes one piece of memory out of an array in C order."""
    rest = [each for each in index if not (isinstance(each, Const) and each.value is None)]
    while rest and not isinstance(rest[0], Slice) and _is_integer(rest[0]):
        rest.pop(0)
    if rest and isinstance(rest[0], Slice) and _forward(rest[0].step):
        rest.pop(0)
    return all(
        each == Slice(None, None, None) or (isinstance(each, Const) and each.value is Ellipsis)
        for each in rest
    )


def _is_integer(item: Any) -> bool:
    t = getattr(item, "type", None)
    return not isinstance(t, Array) and getattr(t, "dtype", "") in ("int64", "int32")


def _forward(step: Any) -> bool:
    return step is None or (isinstance(step, Const) and step.value in (None, 1))
