"""Sums, products, extremes: accumulators, or an array of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.backends.arrays import ArrayValue, View, is_one
from adcompiler.backends.broadcasting import aligned, broadcast, cast_array
from adcompiler.backends.exprs import ONE, ZERO, cast, constant, num, operation, times
from adcompiler.backends.loops import Assign, Expr, Load, Name, Num, Store
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Op
from adcompiler.ir.types import Array

if TYPE_CHECKING:
    from adcompiler.backends.lower import Lower


def static(lo: Lower, arg: Any) -> Any:
    """The value of an argument that is known."""
    if arg is None:
        return None
    if isinstance(arg, tuple | list):
        return tuple(static(lo, each) for each in arg)
    if isinstance(arg, n.Const):
        return arg.value
    raise lo.refuse("an axis that is not a constant")


def axes_of(lo: Lower, op: Op, ndim: int) -> tuple[tuple[int, ...], bool]:
    """The axes that are reduced, and whether they stay."""
    unknown = set(op.kwargs) - {"axis", "keepdims"}
    if unknown or len(op.args) > 2:
        raise lo.refuse(f"{getattr(op.fn, '__name__', op.fn)} with {', '.join(sorted(unknown))}")
    axis = static(lo, op.args[1] if len(op.args) == 2 else op.kwargs.get("axis"))
    keepdims = bool(static(lo, op.kwargs.get("keepdims")))
    if axis is None:
        return tuple(range(ndim)), keepdims
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(int(a) % ndim for a in axes)), keepdims


_START = {"+": 0, "*": 1, "and": True, "or": False}
_REDUCTIONS = {
    np.sum: "+", np.prod: "*", np.max: "max", np.min: "min", np.amax: "max", np.amin: "min",
    np.all: "and", np.any: "or", np.mean: "mean", np.maximum.reduce: "max",
}  # fmt: skip


def reduce(lo: Lower, op: Op) -> Any:
    value = lo.array(op.args[0])
    out = op.outs[0]
    axes, keepdims = axes_of(lo, op, len(value.lens))
    dtype = out.type.dtype
    kind = _REDUCTIONS[op.fn]
    if kind in ("max", "min"):
        if dtype[0] != "f":
            raise lo.refuse(f"the {kind} of {dtype}")
        for axis in axes:
            lo.at_least(value.lens[axis], ONE, "an empty reduction")
    if kind in ("and", "or"):
        dtype = "bool"
    if kind == "mean":
        if not isinstance(out.type, Array) or dtype[0] not in "fc":
            if dtype[0] not in "fc":
                raise lo.refuse(f"the mean of {dtype}")
        total = reduced(lo, value, axes, keepdims, "+", dtype, None, None)
        count: Expr = ONE
        for axis in axes:
            count = times(count, value.lens[axis])
        return divided(lo, op, total, count, dtype)
    return reduced(
        lo,
        value,
        axes,
        keepdims,
        kind,
        dtype,
        out.hint,
        lo.root_of(out) if isinstance(out.type, Array) else None,
    )


def divided(lo: Lower, op: Op, total: Any, count: Expr, dtype: str) -> Any:
    if not isinstance(total, View):
        value = total.element(()) if hasattr(total, "element") else total
        return operation("/", (value, count), dtype)
    out = op.outs[0]
    return lo.filled(
        total.lens,
        dtype,
        out.hint,
        lo.root_of(out),
        lambda at: operation("/", (total.element(at), count), dtype),
    )


def start_of(kind: str, dtype: str) -> Expr:
    if kind in ("max", "min"):
        return Num(-np.inf if kind == "max" else np.inf, dtype)
    return constant(_START[kind], dtype)


def combined(kind: str, total: Expr, each: Expr, dtype: str) -> Expr:
    if kind in ("max", "min"):
        sign = ">" if kind == "max" else "<"
        better = operation(sign, (each, total), "bool")
        nan = operation("!=", (each, each), "bool")
        return operation("where", (operation("or", (better, nan), "bool"), each, total), dtype)
    return operation(kind, (total, cast(each, dtype)), dtype)


def reduced(
    lo: Lower,
    value: ArrayValue,
    axes: tuple[int, ...],
    keepdims: bool,
    kind: str,
    dtype: str,
    hint: str | None,
    root: Any,
) -> Any:
    """The reduction of an array over some axes: a number, or an array of them."""
    ndim = len(value.lens)
    if not ndim:
        return combined(kind, start_of(kind, dtype), value.element(()), dtype)
    if len(axes) == ndim and not keepdims:
        total = lo.fresh(hint or "total")
        lo.emit(Assign(lo.place, total, start_of(kind, dtype)))
        name = Name(total, dtype)

        def accumulate(at: tuple[Expr, ...]) -> list[Any]:
            return [Assign(lo.place, total, combined(kind, name, value.element(at), dtype))]

        lo.nest(value.lens, accumulate)
        return name
    kept = [k for k in range(ndim) if k not in axes]
    if keepdims:
        lens = tuple(ONE if k in axes else value.lens[k] for k in range(ndim))
    else:
        lens = tuple(value.lens[k] for k in kept)
    start = start_of(kind, dtype)
    zero = isinstance(start, Num) and start.value == 0
    made = lo.new_array(lens, dtype, hint, root, fill=zero)
    if not zero:
        lo.nest(lens, lambda at: [Store(lo.place, made.array, at, start)])

    def add(at: tuple[Expr, ...]) -> list[Any]:
        if keepdims:
            where = tuple(ZERO if k in axes else at[k] for k in range(ndim))
        else:
            where = tuple(at[k] for k in kept)
        total = Load(made.array, where, dtype)
        element = combined(kind, total, value.element(at), dtype)
        return [Store(lo.place, made.array, where, element)]

    lo.nest(value.lens, add)
    return made


def match(lo: Lower, op: Op) -> Any:
    """An adjoint, summed over the axes that its value was broadcast along."""
    bar, like = (lo.array(each) for each in op.args[:2])
    if op.kwargs or len(op.args) != 2:
        raise lo.refuse("match along an axis of directions")
    out = op.outs[0]
    dtype = out.type.dtype
    extra = len(bar.lens) - len(like.lens)
    if extra < 0:
        raise lo.refuse("match of an adjoint with fewer axes")
    along = []
    for k, length in enumerate(like.lens):
        if is_one(length) and not is_one(bar.lens[extra + k]):
            along.append(extra + k)
        else:
            lo.same(bar.lens[extra + k], length)
    root = lo.root_of(out) if isinstance(out.type, Array) else None
    first: Any = bar
    if along:
        first = reduced(lo, bar, tuple(along), True, "+", bar.dtype, None, root)
    if extra:
        first = reduced(lo, first, tuple(range(extra)), False, "+", bar.dtype, out.hint, root)
    if not hasattr(first, "lens"):
        return cast(first, dtype)
    if first is bar:
        return (
            lo.filled(bar.lens, dtype, out.hint, root, lambda at: cast(bar.element(at), dtype))
            if bar.lens
            else cast(bar.element(()), dtype)
        )
    return cast_array(first, dtype)


def fit(lo: Lower, op: Op) -> Any:
    if op.kwargs or len(op.args) != 2:
        raise lo.refuse("fit along an axis of directions")
    dot, like = (lo.array(each) for each in op.args)
    lens = broadcast(lo, [dot, like])
    if len(lens) != len(like.lens):
        raise lo.refuse("fit to fewer axes")
    dtype = op.outs[0].type.dtype
    if not lens:
        return cast(dot.element(()), dtype)
    out = op.outs[0]
    return lo.filled(lens, dtype, out.hint, lo.root_of(out), lambda at: aligned(dot, at))


def dim(lo: Lower, op: Op) -> Any:
    value = lo.array(op.args[0])
    axis = static(lo, op.args[1])
    lo.env[op.outs[0]] = value.lens[axis]
    return None


def size(lo: Lower, op: Op) -> Any:
    if len(op.args) != 1 or op.kwargs:
        raise lo.refuse("np.size along an axis")
    total: Expr = num(1)
    for length in lo.array(op.args[0]).lens:
        total = times(total, length)
    lo.env[op.outs[0]] = total if isinstance(total, Num | Name) else lo.assign(total, "size")
    return None


HANDLERS: dict[Any, Any] = {
    **dict.fromkeys(_REDUCTIONS, reduce),
    n.MATCH: match,
    n.FIT: fit,
    n.DIM: dim,
    np.size: size,
}
