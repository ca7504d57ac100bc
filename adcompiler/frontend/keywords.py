"""Arguments that say what other calls say: ``where=``, ``initial=``, several axes or quantiles.

A call with them becomes these other calls, and so has their derivatives: ``np.sum(x, where=m)`` is
``np.sum(np.where(m, x, 0))``. Methods of ufuncs are written out in the same way.
"""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from adcompiler.frontend import arithmetic, calls, indexing, iteration
from adcompiler.frontend import values as v
from adcompiler.frontend.builtin_calls import as_array, handles, op
from adcompiler.ir.builder import const
from adcompiler.ir.types import Array
from adcompiler.rules.contract import REGISTRY


def _ruled(lw: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return calls.apply_rule(lw, REGISTRY.find(fn), args, kwargs)


def _given(value: Any, default: Any = None) -> Any:
    """An argument; None where it is left out or has its default."""
    known = value is not None and v.known(value)
    return None if known and v.constant(value) is default else value


def _rank(lw: Any, value: Any) -> int:
    t = lw.type_of(value)
    return t.ndim if isinstance(t, Array) else 0


# ---- reductions over some elements, from a first value

_REDUCTIONS = {
    np.sum: (const(0), np.add),
    np.prod: (const(1), np.multiply),
    np.nansum: (const(0), np.add),
    np.nanprod: (const(1), np.multiply),
    np.max: (None, np.maximum),
    np.min: (None, np.minimum),
    np.amax: (None, np.maximum),
    np.amin: (None, np.minimum),
}


def _reduction(fn: Any) -> Any:
    neutral, combine = _REDUCTIONS[fn]

    def handler(
        lw: Any, a: Any, *args: Any, where: Any = None, initial: Any = None, **kwargs: Any
    ) -> Any:
        where, initial = _given(where, True), _given(initial)
        if where is not None:
            fill = initial if neutral is None else neutral
            if fill is None:
                raise lw.refuse(f"np.{fn.__name__} with where= needs initial=", "give initial=")
            a = op(lw, np.where, where, a, fill)
        made = _ruled(lw, fn, (a, *args), kwargs)
        return made if initial is None else op(lw, combine, made, initial)

    return handler


for _fn in _REDUCTIONS:
    handles(_fn)(_reduction(_fn))


@handles(np.mean)
def _mean(lw: Any, a: Any, *args: Any, where: Any = None, **kwargs: Any) -> Any:
    where = _given(where, True)
    if where is None:
        return _ruled(lw, np.mean, (a, *args), kwargs)
    if "dtype" in kwargs or "out" in kwargs or len(args) > 1:
        raise lw.refuse("np.mean with where= and dtype= or out= is not supported", "use np.sum")
    a = as_array(lw, a)
    chosen = op(lw, np.where, where, op(lw, np.ones_like, a), const(0))
    total = _ruled(lw, np.sum, (op(lw, np.where, where, a, const(0)), *args), dict(kwargs))
    count = _ruled(lw, np.sum, (chosen, *args), dict(kwargs))
    return arithmetic.binary(lw, ast.Div(), total, count)


# ---- medians and quantiles along several axes, for several q


def _quantile(fn: Any, parameters: tuple[str, ...]) -> Any:
    def handler(lw: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) > len(parameters):
            return _ruled(lw, fn, (a, *args), kwargs)
        given = {**dict(zip(parameters, args, strict=False)), **kwargs}
        q, axis = given.get("q"), given.get("axis")
        if isinstance(q, v.TupleV | v.ListV):
            found = [handler(lw, a, **{**given, "q": e}) for e in iteration.items(lw, q, None)]
            return op(lw, np.stack, v.TupleV(tuple(found)))
        if not isinstance(axis, v.TupleV):
            return _ruled(lw, fn, (a,), given)
        a = as_array(lw, a)
        rank = _rank(lw, a)
        axes = sorted(lw.static_int(each, "an axis") % rank for each in axis.items)
        others = [k for k in range(rank) if k not in axes]
        order = v.TupleV(tuple(const(k) for k in (*others, *axes)))
        shape = v.TupleV((*(lw.dim(a, k) for k in others), const(-1)))
        flat = op(lw, np.reshape, op(lw, np.transpose, a, axes=order), shape)
        kept = given.pop("keepdims", None)
        made = _ruled(lw, fn, (flat,), {**given, "axis": const(-1)})
        if kept is None or not lw.truth(kept):
            return made
        return op(lw, np.expand_dims, made, v.TupleV(tuple(const(k) for k in axes)))

    return handler


for _fn in (np.median, np.nanmedian):
    handles(_fn)(_quantile(_fn, ("axis",)))
for _fn in (np.quantile, np.percentile, np.nanquantile, np.nanpercentile):
    handles(_fn)(_quantile(_fn, ("q", "axis")))

# ---- other spellings


@handles(np.clip)
def _clip(
    lw: Any,
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    **kwargs: Any,
) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    bounds = (v.Static(None) if each is None else each for each in (low, high))
    return _ruled(lw, np.clip, (a, *bounds), kwargs)


@handles(np.linspace)
def _linspace(lw: Any, start: Any, stop: Any, num: Any = None, *args: Any, **kwargs: Any) -> Any:
    wants_step = kwargs.pop("retstep", None)
    given = () if num is None else (num,)
    made = _ruled(lw, np.linspace, (start, stop, *given, *args), dict(kwargs))
    if wants_step is None or not lw.truth(wants_step):
        return made
    steps = const(50) if num is None else num
    endpoint = args[0] if args else kwargs.get("endpoint")
    if endpoint is None or lw.truth(endpoint):
        steps = arithmetic.binary(lw, ast.Sub(), steps, const(1))
    width = arithmetic.binary(lw, ast.Sub(), stop, start)
    return v.TupleV((made, arithmetic.binary(lw, ast.Div(), width, steps)))


@handles(np.gradient)
def _gradient(lw: Any, f: Any, *spacing: Any, axis: Any = None, **kwargs: Any) -> Any:
    f = as_array(lw, f)
    axis = _given(axis)
    if isinstance(axis, v.TupleV):
        axes = [lw.static_int(each, "an axis") for each in axis.items]
    elif axis is not None:
        axes = [lw.static_int(axis, "an axis")]
    else:
        axes = list(range(_rank(lw, f)))
    if len(spacing) not in (0, 1, len(axes)):
        raise lw.refuse("np.gradient needs one spacing, or one for each axis")
    each = spacing * len(axes) if len(spacing) == 1 else spacing
    found = [
        _ruled(lw, np.gradient, (f, *each[k : k + 1]), {"axis": const(a), **kwargs})
        for k, a in enumerate(axes)
    ]
    return found[0] if len(found) == 1 else v.TupleV(tuple(found))


# ---- methods of ufuncs


def _outer(fn: Any) -> Any:
    def handler(lw: Any, a: Any, b: Any) -> Any:
        a, b = as_array(lw, a), as_array(lw, b)
        new = (v.Static(None),) * _rank(lw, b)
        column = indexing.get_item(lw, a, v.TupleV((v.Static(Ellipsis), *new))) if new else a
        return op(lw, fn, column, b)

    return handler


def _along_first(fn: Any) -> Any:
    """A reduction or running form, whose axis is 0 unless it is given."""

    def handler(lw: Any, a: Any, axis: Any = None, **kwargs: Any) -> Any:
        return op(lw, fn, a, axis=const(0) if axis is None else axis, **kwargs)

    return handler


for _ufunc in {getattr(np, name) for name in dir(np) if isinstance(getattr(np, name), np.ufunc)}:
    _rule = REGISTRY.find(_ufunc)
    if _rule is not None and _rule.form == "elementwise" and _ufunc.nin == 2:
        handles(_ufunc.outer)(_outer(_ufunc))
for _ufunc, _fn in (
    (np.add, np.sum),
    (np.multiply, np.prod),
    (np.maximum, np.max),
    (np.minimum, np.min),
):
    handles(_ufunc.reduce)(_along_first(_fn))
handles(np.add.accumulate)(_along_first(np.cumsum))
handles(np.multiply.accumulate)(_along_first(np.cumprod))
