"""Sums of products become products of matrices: no array of the products is made for them.

What a broadcast operand's adjoint is summed over, ``np.sum(w[:, None] * d, axis=0)``, is ``w @ d``;
a sum of squares along the last axis is ``np.vecdot(d, d)``; the rows of ``a @ b`` are summed before
the product is taken. Numbers are multiplied last, when least is left. The terms are those of the
sum, and only the order in which they are added up differs.

Before::

    %w1 = call np.expand_dims(%w, 1)
    %t = call operator.mul(%w1, %d)
    %y = call np.sum(%t, axis=0)

After::

    %y = call operator.matmul(%w, %d)
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adcompiler.analyses.flow import read_counts
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import Builder, const
from adcompiler.ir.nodes import Const, Function, Op, Region, Slice, Stmt, Var
from adcompiler.ir.rewrite import substituted
from adcompiler.ir.types import Array, Dim, Scalar
from adcompiler.optimise.rounding import SHIFTED, SIGNED, Rounding

_MUL = (operator.mul, np.multiply)
_DIV = (operator.truediv, np.divide)
_NEG = (operator.neg, np.negative)
_POW = (operator.pow, np.power)
_ALL = Slice(None, None, None)
_NEW = const(None)
_DEEPEST = 8


def products(builder: Builder, function: Function, primal: bool) -> Function:
    """The function with sums of products written as products; in the user's own statements only
    with ``primal``, and where nothing hangs on their last digit.
    """
    body = function.body
    builder.know(body)
    equal: dict[Any, Any] = {}
    counts = read_counts(body)
    rounding = Rounding(body, builder.defs.get) if primal else None
    order = [body]
    while order:
        region = order.pop()
        kept: list[Stmt] = []
        for stmt in region.stmts:
            holder = Region()
            made = None
            if isinstance(stmt, Op) and stmt.fn is np.sum and len(stmt.outs) == 1:
                derived = stmt.place is None or stmt.place.derived
                if derived or (rounding is not None and _harmless(builder, stmt, rounding)):
                    with builder.block(holder), builder.at(stmt.place):
                        made = _Sum(builder, stmt, counts).made()
            if made is None:
                kept.append(stmt)
                order += n.regions(stmt)
                continue
            out = stmt.outs[0]
            if made.hint is None:
                made.hint, made.user = out.hint, out.user
            equal[out] = made
            kept += holder.stmts
        region.stmts[:] = kept
    if not equal:
        return function
    return Function(function.name, function.params, substituted(body, equal))


def _harmless(builder: Builder, total: Op, rounding: Rounding) -> bool:
    made = builder.defs.get(total.args[0]) if isinstance(total.args[0], Var) else None
    square = isinstance(made, Op) and (
        made.fn is np.square
        or made.fn in _POW
        or (made.fn in _MUL and made.args[0] is made.args[1])
    )
    return not rounding.decides(total.outs[0], SIGNED if square else SHIFTED)


@dataclass
class _Factors:
    """A product, taken apart."""

    numbers: list[Any] = field(default_factory=list)
    divisors: list[Any] = field(default_factory=list)
    arrays: list[Any] = field(default_factory=list)
    negative: bool = False


class _Sum:
    """One sum over one axis."""

    def __init__(self, builder: Builder, op: Op, counts: dict[Var, int]) -> None:
        self.b = builder
        self.op = op
        self.counts = counts

    def made(self) -> Any:
        """What is computed instead, or None."""
        x = self.op.args[0] if len(self.op.args) == 1 else None
        axis = self.op.kwargs.get("axis")
        if (
            not isinstance(x, Var)
            or not isinstance(x.type, Array)
            or set(self.op.kwargs) > {"axis"}
        ):
            return None
        if x.type.dtype != "float64" or not isinstance(axis, Const) or x.type.ndim < 2:
            return None
        if not isinstance(axis.value, int):
            return None
        return self.summed(x, axis.value % x.type.ndim)

    def definition(self, atom: Any, *fns: Any) -> Op | None:
        op = self.b.defs.get(atom) if isinstance(atom, Var) else None
        return op if isinstance(op, Op) and op.fn in fns else None

    def summed(self, x: Var, axis: int, keep: bool = False) -> Any:
        """The sum of ``x`` over ``axis``; with ``keep``, as an axis of length one."""
        product = self.definition(x, operator.matmul)
        if product is not None and self.counts.get(x) == 1 and not keep:
            return self.of_matrices(*product.args, axis)
        found = _Factors()
        if not self.factors(x, found, 0):
            return None
        made = self.contracted(found.arrays, x.type, axis, keep)
        if made is None:
            return None
        for number in found.numbers:
            made = self.b.raw(operator.mul, (number, made))
        for divisor in found.divisors:
            made = self.b.raw(operator.truediv, (made, divisor))
        return self.b.raw(operator.neg, (made,)) if found.negative else made

    def of_matrices(self, a: Any, b: Any, axis: int) -> Any:
        """``np.sum(a @ b, axis=k)`` over rows (or columns): those of ``a`` (of ``b``) alone."""
        rank = a.type.ndim
        if rank != b.type.ndim or rank > 3 or axis < rank - 2:
            return None
        if not all(_covers(p, q) for p, q in zip(a.type.dims[:-2], b.type.dims[:-2], strict=True)):
            return None
        rows = axis == rank - 2
        part = a if rows else b
        along = {"axis": const(axis)}
        if rank == 2:
            total = self.summed(part, axis) or self.b.raw(np.sum, (part,), along)
            return self.b.raw(operator.matmul, (total, b) if rows else (a, total))
        if not rows:
            return None
        total = self.summed(part, axis, keep=True)
        total = total or self.b.raw(np.sum, (part,), {**along, "keepdims": const(True)})
        wide = self.b.raw(operator.matmul, (total, b))
        return self.b.raw(n.READ, (wide, (_ALL, const(0), _ALL)))

    # ---- a product taken apart

    def factors(self, atom: Any, found: _Factors, depth: int) -> bool:
        """Take ``atom`` apart; False if that goes too far."""
        if isinstance(atom.type, Scalar):
            found.numbers.append(atom)
            return True
        if (square := self.definition(atom, *_POW)) and _is(square.args[1], 2):
            found.arrays += [square.args[0]] * 2
        elif product := self.definition(atom, *_MUL):
            return depth < _DEEPEST and all(
                self.factors(each, found, depth + 1) for each in product.args
            )
        elif negated := self.definition(atom, *_NEG):
            found.negative = not found.negative
            return self.factors(negated.args[0], found, depth + 1)
        elif (quotient := self.definition(atom, *_DIV)) and isinstance(
            quotient.args[1].type, Scalar
        ):
            found.divisors.append(quotient.args[1])
            return self.factors(quotient.args[0], found, depth + 1)
        else:
            found.arrays.append(atom)
        return True

    # ---- and put together

    def contracted(self, arrays: list[Any], whole: Array, axis: int, keep: bool) -> Any:
        if len(arrays) != 2 or any(x.type.dtype != "float64" or x.type.loose for x in arrays):
            return None
        rank = whole.ndim
        left, right = (_padded(each.type, rank) for each in arrays)
        if axis == rank - 1 and _covers(left[axis], right[axis]) and not left[axis].one:
            return None if keep else self.along_last(*arrays, whole)
        for (wide, thin), (full, dims) in (
            ((arrays[0], left), (arrays[1], right)),
            ((arrays[1], right), (arrays[0], left)),
        ):
            if not _covers(thin[axis], dims[axis]) or thin[axis].one:
                continue
            others = [k for k in range(rank) if k != axis]
            if axis != rank - 1 and thin[rank - 1].one and full.type.ndim == rank:
                if all(_covers(dims[k], whole.dims[k]) for k in others):
                    return self.vector_by_matrix(wide, full, rank, axis, keep)
        return None

    def along_last(self, a: Any, b: Any, whole: Array) -> Any:
        """Neither may be one value repeated: what is repeated, is repeated for both."""
        if max(a.type.ndim, b.type.ndim) < whole.ndim:
            return None
        if whole.ndim == 2 and {a.type.ndim, b.type.ndim} == {1, 2}:
            return self.b.raw(operator.matmul, (a, b) if a.type.ndim == 2 else (b, a))
        for row, matrix in ((a, b), (b, a)):
            if whole.ndim == 2 and row.type.ndim == 2 and row.type.dims[0].one:
                if not matrix.type.dims[0].one and (vector := self.without(row, 0)) is not None:
                    return self.b.raw(operator.matmul, (matrix, vector))
        return self.b.raw(np.vecdot, (a, b))

    def vector_by_matrix(self, wide: Any, full: Any, rank: int, axis: int, keep: bool) -> Any:
        """``wide`` is one value along the last axis, ``full`` is not; summed over another one."""
        vector = self.without(wide, rank - 1)
        if vector is None or vector.type.ndim != rank - 1:
            return None
        if keep and axis != rank - 2:
            return None
        if rank == 2 and not keep:
            return self.b.raw(operator.matmul, (vector, full))
        if rank != 3 or any(d.one for d in (*vector.type.dims, *full.type.dims)):
            return None
        if axis == 0:
            vector = self.b.raw(np.transpose, (vector,))
            order = tuple(map(const, (1, 0, 2)))
            full = self.b.raw(np.transpose, (full,), {"axes": order})
        rows = self.b.raw(n.READ, (vector, (_ALL, _NEW, _ALL)))
        made = self.b.raw(operator.matmul, (rows, full))
        return made if keep else self.b.raw(n.READ, (made, (_ALL, const(0), _ALL)))

    def without(self, array: Any, axis: int) -> Any:
        """An array without an axis that it was given for broadcasting; None if it was not."""
        op = self.definition(array, np.expand_dims, n.READ)
        if op is None or op.kwargs:
            return None
        source, index = op.args
        if op.fn is np.expand_dims:
            same = isinstance(index, Const) and index.value % array.type.ndim == axis
        else:
            same = isinstance(index, tuple) and len(index) == array.type.ndim
            same = same and all(
                _is_new(item) if k == axis else item == _ALL for k, item in enumerate(index)
            )
        return source if same else None


def _padded(t: Array, rank: int) -> tuple[Dim, ...]:
    return (Dim.number(1),) * (rank - t.ndim) + t.dims


def _covers(part: Dim, whole: Dim) -> bool:
    return part.same(whole) or (part.one is False and whole.one is False)


def _is_new(item: Any) -> bool:
    return isinstance(item, Const) and item.value is None


def _is(atom: Any, value: int) -> bool:
    return isinstance(atom, Const) and atom.value == value
