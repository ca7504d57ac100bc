"""Arrays made, put together, and seen in other shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.backends.arrays import ArrayValue, Axis, Fixed, Lazy, View, is_one, splat
from adcompiler.backends.broadcasting import aligned, fits
from adcompiler.backends.exprs import (
    INT,
    ONE,
    ZERO,
    cast,
    constant,
    minus,
    num,
    operation,
    plus,
    times,
)
from adcompiler.backends.loops import Call, Expr, Num, Store, Whole
from adcompiler.backends.reductions import static
from adcompiler.ir.nodes import Op

if TYPE_CHECKING:
    from adcompiler.backends.lower import Lower


def lengths(lo: Lower, arg: Any) -> tuple[Expr, ...]:
    """A shape: an integer or a tuple of them."""
    items = arg if isinstance(arg, tuple | list) else (arg,)
    found = tuple(cast(lo.scalar(each), INT) for each in items)
    for each in found:
        lo.at_least(each, ZERO, "a negative length")
    return found


def only(lo: Lower, op: Op, count: int, *allowed: str) -> None:
    unknown = set(op.kwargs) - set(allowed)
    if unknown or len(op.args) > count:
        name = getattr(op.fn, "__name__", op.fn)
        raise lo.refuse(f"np.{name} with {', '.join(sorted(unknown)) or 'further arguments'}")


def _fresh(lo: Lower, op: Op, value: Lazy) -> ArrayValue:
    """What the user may write to has memory of its own."""
    out = op.outs[0]
    if not value.lens:
        return value
    return lo.materialised(value, out.hint, lo.root_of(out))


def zeros(lo: Lower, op: Op) -> Any:
    only(lo, op, 1, "dtype", "shape")
    out = op.outs[0]
    value = 1 if op.fn is np.ones else 0
    shape = op.args[0] if op.args else op.kwargs["shape"]
    lens = lengths(lo, shape)
    dtype = out.type.dtype
    if value == 0 and lens:
        return lo.new_array(lens, dtype, out.hint, lo.root_of(out), fill=True)
    return _fresh(lo, op, splat(constant(value, dtype), lens))


def full(lo: Lower, op: Op) -> Any:
    only(lo, op, 2, "dtype")
    shape, value = op.args
    return _fresh(lo, op, splat(cast(lo.scalar(value), op.outs[0].type.dtype), lengths(lo, shape)))


def full_like(lo: Lower, op: Op) -> Any:
    only(lo, op, 2)
    like, value = op.args
    found = splat(cast(lo.scalar(value), op.outs[0].type.dtype), lo.array(like).lens)
    return _fresh(lo, op, found)


def eye(lo: Lower, op: Op) -> Any:
    only(lo, op, 1)
    (length,) = lengths(lo, op.args[0])
    dtype = op.outs[0].type.dtype
    one, zero = constant(1, dtype), constant(0, dtype)

    def element(at: tuple[Expr, ...]) -> Expr:
        return operation("where", (operation("==", at, "bool"), one, zero), dtype)

    return Lazy(dtype, (length, length), element)


def arange(lo: Lower, op: Op) -> Any:
    only(lo, op, 3)
    args = [lo.scalar(each) for each in op.args]
    dtype = op.outs[0].type.dtype
    start, stop, step = (ZERO, args[0], ONE) if len(args) == 1 else (*args, ONE)[:3]
    if step != ONE:
        raise lo.refuse("np.arange with a step")
    if dtype == INT and all(each.dtype == INT for each in args):
        count = minus(stop, start)
        if not isinstance(count, Num):
            lo.at_least(count, ZERO, "an empty range")
        return Lazy(INT, (count,), lambda at: plus(at[0], start))
    if dtype != "float64" or start != ZERO or stop.dtype[0] not in "fi":
        raise lo.refuse("np.arange of numbers that are no integers")
    ends = operation("<", (stop, Num(1e15, "float64")), "bool")
    lo.require(operation("and", (ends, operation(">=", (stop, ZERO), "bool")), "bool"), "a range")
    length = lo.assign(
        Call("np.int64", (Call("np.ceil", (cast(stop, dtype),), dtype),), INT), "count"
    )
    lo.bits[length.id] = 52
    return Lazy(dtype, (length,), lambda at: cast(at[0], dtype))


# ---- other shapes


def permuted(lo: Lower, value: ArrayValue, order: tuple[int, ...]) -> ArrayValue:
    where = {old: new for new, old in enumerate(order)}
    lens = tuple(value.lens[k] for k in order)
    return value.mapped(lens, lambda a: Axis(where[a.k], a.offset, a.step))


def transpose(lo: Lower, op: Op) -> Any:
    only(lo, op, 2, "axes")
    value = lo.array(op.args[0])
    ndim = len(value.lens)
    axes = static(lo, op.args[1] if len(op.args) == 2 else op.kwargs.get("axes"))
    order = tuple(a % ndim for a in axes) if axes is not None else tuple(reversed(range(ndim)))
    return permuted(lo, value, order)


def swapaxes(lo: Lower, op: Op) -> Any:
    only(lo, op, 3, "axis1", "axis2")
    value = lo.array(op.args[0])
    rest = [*op.args[1:], *op.kwargs.values()]
    a, b = (static(lo, each) % len(value.lens) for each in rest)
    order = list(range(len(value.lens)))
    order[a], order[b] = order[b], order[a]
    return permuted(lo, value, tuple(order))


def moveaxis(lo: Lower, op: Op) -> Any:
    only(lo, op, 3, "source", "destination")
    value = lo.array(op.args[0])
    ndim = len(value.lens)
    given = dict(zip(("source", "destination"), op.args[1:], strict=False)) | op.kwargs

    def axes(arg: Any) -> list[int]:
        found = static(lo, arg)
        return [a % ndim for a in (found if isinstance(found, tuple) else (found,))]

    source, destination = axes(given["source"]), axes(given["destination"])
    order = [k for k in range(ndim) if k not in source]
    for to, origin in sorted(zip(destination, source, strict=True)):
        order.insert(to, origin)
    return permuted(lo, value, tuple(order))


def expand_dims(lo: Lower, op: Op) -> Any:
    only(lo, op, 2, "axis")
    value = lo.array(op.args[0])
    axis = static(lo, op.args[1] if len(op.args) == 2 else op.kwargs["axis"])
    axes = axis if isinstance(axis, tuple) else (axis,)
    ndim = len(value.lens) + len(axes)
    new = {a % ndim for a in axes}
    places = [k for k in range(ndim) if k not in new]
    lens: list[Expr] = [ONE] * ndim
    for old, k in enumerate(places):
        lens[k] = value.lens[old]
    return value.mapped(tuple(lens), lambda a: Axis(places[a.k], a.offset, a.step))


def squeeze(lo: Lower, op: Op) -> Any:
    only(lo, op, 2, "axis")
    value = lo.array(op.args[0])
    axis = static(lo, op.args[1] if len(op.args) == 2 else op.kwargs.get("axis"))
    ndim = len(value.lens)
    if axis is None:
        gone = [k for k, length in enumerate(value.lens) if is_one(length)]
        if ndim - len(gone) != getattr(op.outs[0].type, "ndim", 0):
            raise lo.refuse("np.squeeze of lengths that are not known")
    else:
        gone = [a % ndim for a in (axis if isinstance(axis, tuple) else (axis,))]
        for k in gone:
            lo.same(value.lens[k], ONE)
    places = {k: new for new, k in enumerate(k for k in range(ndim) if k not in gone)}
    lens = tuple(value.lens[k] for k in places)

    def change(a: Axis) -> Fixed | Axis:
        return Axis(places[a.k], a.offset, a.step) if a.k in places else Fixed(a.offset)

    return value.mapped(lens, change)


def reshaped(lo: Lower, op: Op) -> Any:
    if set(op.kwargs) - {"order"} or (op.kwargs and static(lo, op.kwargs["order"]) != "C"):
        raise lo.refuse("np.reshape in another order")
    value = lo.array(op.args[0])
    out = op.outs[0]
    total: Expr = ONE
    for each in value.lens:
        total = times(total, each)
    if op.fn is np.ravel:
        if len(op.args) != 1:
            raise lo.refuse("np.ravel in another order")
        lens: list[Expr] = [total]
    else:
        shape = op.args[1]
        items = shape if isinstance(shape, tuple | list) else (shape,)
        given = [cast(lo.scalar(each), INT) for each in items]
        unknown = [k for k, e in enumerate(given) if isinstance(e, Num) and e.value == -1]
        product: Expr = ONE
        for k, each in enumerate(given):
            product = product if k in unknown else times(product, each)
            if k not in unknown:
                lo.at_least(each, ZERO, "a length that is not given")
        lens = given
        if unknown:
            if isinstance(product, Num) and product.value == 1:
                lens[unknown[0]] = total
            else:
                lo.require(Call("!=", (product, ZERO), "bool"), "a division by zero")
                lens[unknown[0]] = Call("//", (total, product), INT)
                product = times(product, lens[unknown[0]])
        if not unknown or product is not ONE:
            whole: Expr = ONE
            for each in lens:
                whole = times(whole, each)
            lo.same(whole, total)
    return in_order(lo, value, tuple(lens), out.hint, lo.root_of(out), op)


def in_order(
    lo: Lower, value: ArrayValue, lens: tuple[Expr, ...], hint: str | None, root: Any, op: Op
) -> Any:
    """The elements of a value, in C order, in memory of another shape."""
    if len(value.lens) == len(lens) == 1:
        return value
    lens = tuple(
        e if isinstance(e, Num) or not isinstance(e, Call) else lo.assign(e, "length") for e in lens
    )
    if not value.lens:
        return splat(value.element(()), lens)
    if not lens:
        return value.element(tuple(ZERO for _ in value.lens))
    source = lo.materialised(value, None, root)
    name = lo.fresh(hint)
    lo.declare(name, value.dtype, len(lens), root)
    shape = ", ".join(f"{{{k + 1}}}" for k in range(len(lens)))
    shape = f"({shape},)" if len(lens) == 1 else f"({shape})"
    lo.emit(Whole(lo.place, name, f"{{0}}.reshape({shape})", (source.array, *lens)))
    return View(name, value.dtype, lens, tuple(Axis(k) for k in range(len(lens))), root)


def broadcast_to(lo: Lower, op: Op) -> Any:
    only(lo, op, 2)
    value = lo.array(op.args[0])
    lens = lengths(lo, op.args[1])
    if len(value.lens) > len(lens):
        raise lo.refuse("np.broadcast_to fewer axes")
    fits(lo, value, lens)
    return (
        Lazy(value.dtype, lens, lambda at: aligned(value, at))
        if not isinstance(value, View)
        else stretched(value, lens)
    )


def stretched(value: View, lens: tuple[Expr, ...]) -> View:
    extra = len(lens) - len(value.lens)

    def change(a: Axis) -> Fixed | Axis:
        if is_one(value.lens[a.k]) and not is_one(lens[extra + a.k]):
            return Fixed(a.offset)
        return Axis(extra + a.k, a.offset, a.step)

    return value.mapped(lens, change)


def flip(lo: Lower, op: Op) -> Any:
    only(lo, op, 2, "axis")
    value = lo.array(op.args[0])
    axis = static(lo, op.args[1] if len(op.args) == 2 else op.kwargs.get("axis"))
    ndim = len(value.lens)
    if axis is None:
        axes = set(range(ndim))
    else:
        axes = {a % ndim for a in (axis if isinstance(axis, tuple) else (axis,))}

    def change(a: Axis) -> Axis:
        if a.k not in axes:
            return a
        last = plus(value.lens[a.k], -1)
        return Axis(a.k, plus(times(last, a.step), a.offset), times(a.step, -1))

    return value.mapped(value.lens, change)


def triangle(lo: Lower, op: Op) -> Any:
    only(lo, op, 2, "k")
    value = lo.array(op.args[0])
    k = (
        cast(lo.scalar(op.args[1] if len(op.args) == 2 else op.kwargs["k"]), INT)
        if len(op.args) == 2 or "k" in op.kwargs
        else ZERO
    )
    if len(value.lens) < 2:
        raise lo.refuse("a triangle of a vector")
    out = op.outs[0]
    sign = "<=" if op.fn is np.tril else ">="
    dtype = out.type.dtype

    def element(at: tuple[Expr, ...]) -> Expr:
        inside = operation(sign, (at[-1], plus(at[-2], k)), "bool")
        return operation("where", (inside, value.element(at), constant(0, dtype)), dtype)

    return lo.filled(value.lens, dtype, out.hint, lo.root_of(out), element)


# ---- put together


def from_items(lo: Lower, op: Op, items: Any) -> None:
    """``np.array([a, b, ...])`` of numbers, or of rows of them."""
    out = op.outs[0]
    t = out.type
    if t.ndim == 1 and not any(isinstance(e, tuple | list) for e in items):
        made = lo.new_array((num(len(items)),), t.dtype, out.hint, lo.root_of(out))
        for k, each in enumerate(items):
            lo.emit(Store(lo.place, made.array, (num(k),), cast(lo.scalar(each), t.dtype)))
    elif t.ndim == 2 and all(isinstance(e, tuple | list) for e in items):
        shape = (num(len(items)), num(len(items[0])))
        made = lo.new_array(shape, t.dtype, out.hint, lo.root_of(out))
        for i, row in enumerate(items):
            for j, each in enumerate(row):
                element = cast(lo.scalar(each), t.dtype)
                lo.emit(Store(lo.place, made.array, (num(i), num(j)), element))
    elif t.ndim == 2 and all(not isinstance(e, tuple | list) for e in items):
        stacked(lo, op, items, 0)
        return
    else:
        raise lo.refuse("np.array of nested items")
    lo.env[out] = made


def stacked(lo: Lower, op: Op, items: Any, axis: int) -> None:
    out = op.outs[0]
    values = [lo.array(each) for each in items]
    first = values[0].lens
    for each in values[1:]:
        for a, b in zip(first, each.lens, strict=True):
            lo.same(a, b)
    lens = (*first[:axis], num(len(values)), *first[axis:])
    made = lo.new_array(lens, out.type.dtype, out.hint, lo.root_of(out))
    for k, each in enumerate(values):

        def body(at: tuple[Expr, ...], k: int = k, each: ArrayValue = each) -> list[Any]:
            where = (*at[:axis], num(k), *at[axis:])
            return [Store(lo.place, made.array, where, cast(each.element(at), made.dtype))]

        lo.nest(each.lens, body)
    lo.env[out] = made


def stack(lo: Lower, op: Op) -> Any:
    only(lo, op, 2, "axis")
    axis = static(lo, op.args[1] if len(op.args) == 2 else op.kwargs.get("axis")) or 0
    if not isinstance(op.args[0], tuple | list):
        raise lo.refuse("np.stack of a list")
    stacked(lo, op, op.args[0], axis % op.outs[0].type.ndim)
    return None


def concatenate(lo: Lower, op: Op) -> Any:
    only(lo, op, 2, "axis")
    axis = static(lo, op.args[1] if len(op.args) == 2 else op.kwargs.get("axis"))
    axis = 0 if axis is None else axis
    if not isinstance(op.args[0], tuple | list):
        raise lo.refuse("np.concatenate of a list")
    out = op.outs[0]
    values = [lo.array(each) for each in op.args[0]]
    axis %= len(values[0].lens)
    total: Expr = ZERO
    offsets = []
    for each in values:
        offsets.append(total)
        total = plus(total, each.lens[axis])
        for k, (a, b) in enumerate(zip(values[0].lens, each.lens, strict=True)):
            if k != axis:
                lo.same(a, b)
    lens = tuple(total if k == axis else e for k, e in enumerate(values[0].lens))
    made = lo.new_array(lens, out.type.dtype, out.hint, lo.root_of(out))
    for offset, each in zip(offsets, values, strict=True):

        def body(at: tuple[Expr, ...], offset: Expr = offset, each: ArrayValue = each) -> list[Any]:
            where = tuple(plus(i, offset) if k == axis else i for k, i in enumerate(at))
            return [Store(lo.place, made.array, where, cast(each.element(at), made.dtype))]

        lo.nest(each.lens, body)
    return made


HANDLERS: dict[Any, Any] = {
    np.zeros: zeros,
    np.ones: zeros,
    np.empty: zeros,
    np.full: full,
    np.full_like: full_like,
    np.eye: eye,
    np.arange: arange,
    np.transpose: transpose,
    np.swapaxes: swapaxes,
    np.moveaxis: moveaxis,
    np.expand_dims: expand_dims,
    np.squeeze: squeeze,
    np.reshape: reshaped,
    np.ravel: reshaped,
    np.broadcast_to: broadcast_to,
    np.flip: flip,
    np.tril: triangle,
    np.triu: triangle,
    np.concatenate: concatenate,
    np.stack: stack,
}
