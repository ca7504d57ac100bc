"""Products of vectors and matrices: BLAS by ``np.dot`` where it serves, else loops."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.backends.arrays import ArrayValue, Axis, Lazy, View, fixed
from adcompiler.backends.broadcasting import aligned, broadcast
from adcompiler.backends.exprs import ONE, ZERO, cast, constant, operation
from adcompiler.backends.loops import Assign, Expr, Load, Name, Store, Whole
from adcompiler.backends.reductions import reduced
from adcompiler.ir.nodes import Op
from adcompiler.ir.types import Array

if TYPE_CHECKING:
    from adcompiler.backends.lower import Lower


def product(lo: Lower, op: Op) -> Any:
    if op.kwargs or len(op.args) != 2:
        raise lo.refuse("a product with further arguments")
    a, b = (lo.array(each) for each in op.args)
    out = op.outs[0]
    dtype = out.type.dtype
    if dtype[0] not in "fc":
        raise lo.refuse(f"a product of {dtype}")
    ranks = len(a.lens), len(b.lens)
    if 0 in ranks:
        if op.fn is not np.dot:
            raise lo.refuse("a product with a number")
        lens = broadcast(lo, [a, b])
        scale = a if not a.lens else b
        other = b if scale is a else a
        return lo.filled(
            lens, dtype, out.hint, lo.root_of(out),
            lambda at: operation("*", (scale.element(()), other.element(at)), dtype),
        ) if lens else operation("*", (a.element(()), b.element(())), dtype)  # fmt: skip
    lo.same(a.lens[-1], b.lens[max(0, ranks[1] - 2)])
    if ranks == (1, 1):
        total = lo.fresh(out.hint or "total")
        lo.emit(Assign(lo.place, total, constant(0, dtype)))
        name = Name(total, dtype)

        def add(at: tuple[Expr, ...]) -> list[Any]:
            term = operation("*", (a.element(at), b.element(at)), dtype)
            return [Assign(lo.place, total, operation("+", (name, term), dtype))]

        lo.nest(a.lens, add)
        return name
    if max(ranks) == 2:
        return by_blas(lo, op, a, b, dtype)
    if op.fn is np.dot or ranks[0] < 2:
        raise lo.refuse("a product of arrays with three axes")
    if ranks[1] == 1:  # a column, and its axis gone again
        column = b.mapped((b.lens[0], ONE), lambda axis: axis)
        made = batched(lo, op, a, column, dtype)
        return made.mapped(
            made.lens[:-1],
            lambda axis: fixed(axis, ZERO) if axis.k == len(made.lens) - 1 else axis,
        )
    return batched(lo, op, a, b, dtype)


def operand(lo: Lower, value: ArrayValue, dtype: str) -> tuple[str, str]:
    """The name of an operand and what follows it."""
    if isinstance(value, View) and value.dtype == dtype:
        if value.plain:
            return value.array, ""
        if value.axes == (Axis(1), Axis(0)):
            return value.array, ".T"
    made = lo.filled(value.lens, dtype, "t", None, lambda at: cast(value.element(at), dtype))
    return made.array, ""


def by_blas(lo: Lower, op: Op, a: ArrayValue, b: ArrayValue, dtype: str) -> View:
    out = op.outs[0]
    first, second = operand(lo, a, dtype), operand(lo, b, dtype)
    lens = (*a.lens[:-1], *(b.lens[1:] if len(b.lens) == 2 else ()))
    name = lo.fresh(out.hint)
    root = lo.root_of(out)
    lo.declare(name, dtype, len(lens), root)
    template = f"np.dot({{0}}{first[1]}, {{1}}{second[1]})"
    lo.emit(Whole(lo.place, name, template, (first[0], second[0])))
    return View(name, dtype, lens, tuple(Axis(k) for k in range(len(lens))), root)


def batched(lo: Lower, op: Op, a: ArrayValue, b: ArrayValue, dtype: str) -> View:
    """``a[..., i, k] * b[..., k, j]``, summed over k."""
    out = op.outs[0]
    head_a, head_b = _Head(a, 2), _Head(b, 2)
    heads = broadcast(lo, [head_a, head_b])  # type: ignore[list-item]
    lens = (*heads, a.lens[-2], b.lens[-1])
    made = lo.new_array(lens, dtype, out.hint, lo.root_of(out), fill=True)

    def add(at: tuple[Expr, ...]) -> list[Any]:
        *head, i, k, j = at
        where = (*head, i, j)
        left = a.element((*head_a.at(tuple(head)), i, k))
        right = b.element((*head_b.at(tuple(head)), k, j))
        term = operation("*", (left, right), dtype)
        total = Load(made.array, where, dtype)
        return [Store(lo.place, made.array, where, operation("+", (total, term), dtype))]

    lo.nest((*heads, a.lens[-2], a.lens[-1], b.lens[-1]), add)
    return made


class _Head:
    """The leading axes of a stack of matrices."""

    def __init__(self, value: ArrayValue, core: int) -> None:
        self.lens = value.lens[: len(value.lens) - core]

    def at(self, head: tuple[Expr, ...]) -> tuple[Expr, ...]:
        from_end = head[len(head) - len(self.lens) :] if self.lens else ()
        return tuple(
            ZERO if getattr(length, "value", None) == 1 else i
            for length, i in zip(self.lens, from_end, strict=True)
        )


def outer(lo: Lower, op: Op) -> Any:
    a, b = (lo.array(each) for each in op.args)
    if op.kwargs or len(a.lens) != 1 or len(b.lens) != 1:
        raise lo.refuse("np.outer of more than vectors")
    out = op.outs[0]
    dtype = out.type.dtype
    return lo.filled(
        (a.lens[0], b.lens[0]),
        dtype,
        out.hint,
        lo.root_of(out),
        lambda at: operation("*", (a.element(at[:1]), b.element(at[1:])), dtype),
    )


def vecdot(lo: Lower, op: Op) -> Any:
    """Products along the last axis, summed."""
    a, b = (lo.array(each) for each in op.args)
    out = op.outs[0]
    dtype = out.type.dtype
    if op.kwargs or dtype[0] != "f":
        raise lo.refuse("np.vecdot along an axis, or of complex numbers")
    lens = broadcast(lo, [a, b])

    def term(at: tuple[Expr, ...]) -> Expr:
        return operation("*", (aligned(a, at), aligned(b, at)), dtype)

    terms = Lazy(dtype, lens, term)
    root = lo.root_of(out) if isinstance(out.type, Array) else None
    return reduced(lo, terms, (len(lens) - 1,), False, "+", dtype, out.hint, root)


HANDLERS: dict[Any, Any] = {
    operator.matmul: product,
    np.matmul: product,
    np.dot: product,
    np.outer: outer,
    np.vecdot: vecdot,
}
