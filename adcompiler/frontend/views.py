"""Views that are no indexing: transposed, flipped, with other axes, in another shape.

Where a view is certain, it is a step of the path to its array, so that a store through it is a
store into the array. Whether ``reshape`` or ``ravel`` give a view depends on the memory order:
where that is not known, what they return is linked to the array instead, and a change of one makes
the other unreadable.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.frontend import calls
from adcompiler.frontend import values as v
from adcompiler.frontend.builtin_calls import handles
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const, Slice
from adcompiler.ir.types import Array, Dim, Opaque
from adcompiler.rules.contract import REGISTRY

_NONE = const(None)
_ELLIPSIS = Const(Ellipsis, Opaque("ellipsis"))
_FULL = Slice(None, None, None)
_BACKWARDS = Slice(None, None, const(-1))


def _plain(lw: Any, a: Any) -> bool:
    """Whether a view of ``a`` can be followed."""
    return isinstance(a, v.Ref) and not lw.reading_rule


def _by_rule(lw: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return calls.apply_rule(lw, REGISTRY.find(fn), args, kwargs)


def _view(
    lw: Any, a: v.Ref, fn: Any, args: Any, kwargs: Any, t: Any, perm: Any = None, index: Any = None
) -> v.Ref:
    made = v.Ref(a.cell, (*a.path, v.View(fn, args, kwargs, t, perm, index)))
    lw.atom(made)
    return made


def _axes(lw: Any, axes: Any, rank: int) -> tuple[int, ...]:
    if v.is_number(axes):
        items: tuple[Any, ...] = (axes,)
    else:
        items = tuple(calls.iteration.items(lw, axes, None))
    found = tuple(lw.static_int(each, "an axis") for each in items)
    if any(not -rank <= k < rank for k in found):
        raise lw.refuse(
            f"an axis is out of range for an array of {rank} dimension(s)", code="AD213"
        )
    return tuple(k % rank for k in found)


def _transposed(lw: Any, a: v.Ref, fn: Any, args: Any, kwargs: Any, perm: tuple[int, ...]) -> Any:
    t = lw.type_of(a)
    if perm == tuple(range(t.ndim)):
        return a
    return _view(lw, a, fn, args, kwargs, Array(t.dtype, tuple(t.dims[k] for k in perm)), perm)


def _known_rank(lw: Any, a: Any) -> int:
    return lw.type_of(a).ndim


def _none(value: Any) -> bool:
    return value is None or (isinstance(value, v.Static) and value.value is None)


@handles(np.transpose)
def _transpose(lw: Any, a: Any, axes: Any = None) -> Any:
    if not _plain(lw, a):
        return _by_rule(lw, np.transpose, (a,), {} if axes is None else {"axes": axes})
    rank = _known_rank(lw, a)
    if _none(axes):
        return _transposed(lw, a, np.transpose, (), {}, tuple(reversed(range(rank))))
    perm = _axes(lw, axes, rank)
    if sorted(perm) != list(range(rank)):
        raise lw.refuse("these axes are no permutation", code="AD213")
    return _transposed(lw, a, np.transpose, (), {"axes": tuple(const(k) for k in perm)}, perm)


@handles(np.swapaxes)
def _swapaxes(lw: Any, a: Any, axis1: Any, axis2: Any) -> Any:
    if not _plain(lw, a):
        return _by_rule(lw, np.swapaxes, (a, axis1, axis2), {})
    rank = _known_rank(lw, a)
    (i,), (j,) = _axes(lw, axis1, rank), _axes(lw, axis2, rank)
    perm = list(range(rank))
    perm[i], perm[j] = perm[j], perm[i]
    named = {"axis1": const(i), "axis2": const(j)}
    return _transposed(lw, a, np.swapaxes, (), named, tuple(perm))


@handles(np.moveaxis)
def _moveaxis(lw: Any, a: Any, source: Any, destination: Any) -> Any:
    if not _plain(lw, a):
        return _by_rule(lw, np.moveaxis, (a, source, destination), {})
    rank = _known_rank(lw, a)
    start, end = _axes(lw, source, rank), _axes(lw, destination, rank)
    perm = [k for k in range(rank) if k not in start]
    for at, k in sorted(zip(end, start, strict=True)):
        perm.insert(at, k)
    named = {"source": _axis_atom(start), "destination": _axis_atom(end)}
    return _transposed(lw, a, np.moveaxis, (), named, tuple(perm))


def _axis_atom(axes: tuple[int, ...]) -> Any:
    return const(axes[0]) if len(axes) == 1 else tuple(const(k) for k in axes)


@handles(np.expand_dims)
def _expand_dims(lw: Any, a: Any, axis: Any) -> Any:
    if not _plain(lw, a):
        return _by_rule(lw, np.expand_dims, (a, axis), {})
    t = lw.type_of(a)
    count = 1 if v.is_number(axis) else len(calls.iteration.items(lw, axis, None))
    new = _axes(lw, axis, t.ndim + count)
    dims, index, rest = [], [], iter(t.dims)
    for k in range(t.ndim + count):
        dims.append(Dim.number(1) if k in new else next(rest))
        index.append(_NONE if k in new else _FULL)
    return _view(
        lw,
        a,
        np.expand_dims,
        (),
        {"axis": _axis_atom(new)},
        Array(t.dtype, tuple(dims)),
        index=tuple(index),
    )


@handles(np.flip)
def _flip(lw: Any, m: Any, axis: Any = None) -> Any:
    if not _plain(lw, m):
        return _by_rule(lw, np.flip, (m,), {} if axis is None else {"axis": axis})
    t = lw.type_of(m)
    if _none(axis):
        return _view(lw, m, np.flip, (), {}, t, index=(_BACKWARDS,) * t.ndim)
    axes = _axes(lw, axis, t.ndim)
    index = tuple(_BACKWARDS if k in axes else _FULL for k in range(t.ndim))
    return _view(lw, m, np.flip, (), {"axis": _axis_atom(axes)}, t, index=index)


@handles(np.flipud)
def _flipud(lw: Any, m: Any) -> Any:
    if not _plain(lw, m):
        return _by_rule(lw, np.flipud, (m,), {})
    return _view(lw, m, np.flipud, (), {}, lw.type_of(m), index=(_BACKWARDS,))


@handles(np.fliplr)
def _fliplr(lw: Any, m: Any) -> Any:
    if not _plain(lw, m) or _known_rank(lw, m) < 2:
        return _by_rule(lw, np.fliplr, (m,), {})
    return _view(lw, m, np.fliplr, (), {}, lw.type_of(m), index=(_FULL, _BACKWARDS))


def _at_least(fn: Any, rank: int, index: Any) -> None:
    @handles(fn)
    def handler(lw: Any, *arrays: Any) -> Any:
        if len(arrays) != 1 or not _plain(lw, arrays[0]):
            return _by_rule(lw, fn, arrays, {})
        (a,) = arrays
        t = lw.type_of(a)
        if t.ndim >= rank:
            return a
        ones = (Dim.number(1),) * (rank - t.ndim)
        return _view(lw, a, fn, (), {}, Array(t.dtype, (*ones, *t.dims)), index=index(t.ndim))


_at_least(np.atleast_1d, 1, lambda ndim: (_NONE,))
_at_least(np.atleast_2d, 2, lambda ndim: (_NONE,) * (2 - ndim) + (_ELLIPSIS,))


# ---- another shape


def _copies(lw: Any, a: v.Ref, t: Array) -> bool:
    """Whether flattening certainly copies: a matrix in the other memory order."""
    source = lw.type_of(a)
    if t.ndim != 1 or source.ndim != 2 or any(d.one is not False for d in source.dims):
        return False
    if not a.path:
        return a.cell in lw.layouts.f_order
    transposed = len(a.path) == 1 and isinstance(a.path[0], v.View) and a.path[0].perm == (1, 0)
    return transposed and lw.layouts.is_c(v.Ref(a.cell))


def _reshaped(lw: Any, fn: Any, a: v.Ref, shape: Any, given: Any, certain: bool) -> Any:
    args = (a,) if shape is None else (a, shape)
    rule = REGISTRY.find(fn)
    positional, named = calls.bind_rule(lw, rule, args, given)
    if certain:
        (t,) = lw.builder.type_of(fn, positional, named, lw.builder.defs)
        return _view(lw, a, fn, positional[1:], named, t)
    made = lw.wrap(lw.builder.call(fn, *positional, **named))
    copies = _is_c(given.get("order")) and _copies(lw, a, lw.type_of(made))
    if isinstance(made, v.Ref) and not copies:
        lw.link(made.cell, a.cell)
        ask = lw.layouts.ask(a)
        if ask is not None:
            lw.layouts.asks[made.cell] = ask
    return made


def _is_c(order: Any) -> bool:
    return order is None or (isinstance(order, v.Static) and order.value == "C")


@handles(np.ravel)
def _ravel(lw: Any, a: Any, order: Any = None) -> Any:
    given = {} if order is None else {"order": order}
    if not _plain(lw, a):
        return _by_rule(lw, np.ravel, (a,), given)
    certain = _is_c(order) and lw.layouts.is_c(a)
    if certain and _known_rank(lw, a) == 1:
        return a
    return _reshaped(lw, np.ravel, a, None, given, certain)


@handles(np.reshape)
def _reshape(lw: Any, a: Any, shape: Any = None, order: Any = None, **kwargs: Any) -> Any:
    given = {**kwargs, **({} if order is None else {"order": order})}
    if not _plain(lw, a) or shape is None or kwargs:
        return _by_rule(lw, np.reshape, (a,) if shape is None else (a, shape), given)
    # with one long axis at most, any strides can be seen in any shape
    one_axis = sum(dim.one is not True for dim in lw.type_of(a).dims) <= 1
    certain = one_axis or (_is_c(order) and lw.layouts.is_c(a))
    return _reshaped(lw, np.reshape, a, shape, given, certain)
