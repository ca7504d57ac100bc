"""Operands that meet: their lengths, and which element of each belongs to an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from adcompiler.backends.arrays import ArrayValue, Lazy, View, is_one
from adcompiler.backends.exprs import ONE, ZERO, cast
from adcompiler.backends.loops import Expr, Store

if TYPE_CHECKING:
    from adcompiler.backends.lower import Lower


def cast_array(value: ArrayValue, dtype: str) -> ArrayValue:
    if value.dtype == dtype:
        return value
    return Lazy(dtype, value.lens, lambda at: cast(value.element(at), dtype))


def broadcast(lo: Lower, values: Sequence[ArrayValue]) -> tuple[Expr, ...]:
    """The lengths of operands that meet; where they are not known to agree, they have to."""
    ndim = max(len(each.lens) for each in values)
    lens = []
    for k in range(ndim):
        found: Expr | None = None
        for each in values:
            axis = k - (ndim - len(each.lens))
            if axis < 0 or is_one(each.lens[axis]):
                continue
            if found is None:
                found = each.lens[axis]
            else:
                lo.same(found, each.lens[axis])
        lens.append(found if found is not None else ONE)
    return tuple(lens)


def aligned(value: ArrayValue, at: tuple[Expr, ...]) -> Expr:
    """The element of a broadcast operand at an index of the result."""
    own = at[len(at) - len(value.lens) :] if value.lens else ()
    return value.element(
        tuple(ZERO if is_one(length) else i for length, i in zip(value.lens, own, strict=True))
    )


def kept_apart(lo: Lower, value: ArrayValue, target: View) -> ArrayValue:
    """An operand that does not change while ``target`` is written, element by element."""
    if isinstance(value, View) and value.root == target.root and value != target:
        return lo.materialised(value, None)
    return value


def stores_into(lo: Lower, target: View, element: Any) -> None:
    """``element(indices)`` at each place of ``target``."""
    lo.nest(
        target.lens,
        lambda at: [
            Store(lo.place, target.array, target.index(at), cast(element(at), target.dtype))
        ],
    )


def fits(lo: Lower, value: ArrayValue, lens: tuple[Expr, ...]) -> ArrayValue:
    """A value that is broadcast to a place: leading axes of length one go."""
    extra = len(value.lens) - len(lens)
    if extra > 0:
        for length in value.lens[:extra]:
            lo.same(length, ONE)
        zeros = (ZERO,) * extra
        found = value
        value = Lazy(found.dtype, found.lens[extra:], lambda at: found.element((*zeros, *at)))
    for k, length in enumerate(value.lens):
        target = lens[len(lens) - len(value.lens) + k]
        if length != ONE:
            lo.same(length, target)
    return value
