"""Sums, products, extremes and moments of duals."""

from __future__ import annotations

import numpy as np

from .arrays import (
    apply_ufunc,
    average,
    base,
    has_dual,
    largest,
    middle,
    product,
    reduce_over,
    smallest,
    total,
    wrap,
)
from .creation import asarray
from .dual import binary, lift, raw
from .replacing import OVERRIDES, override, plain


def _reduction(function):
    def reduction(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
        fold = function
        if initial is not None:

            def fold(items):
                return function([lift(initial), *items])

        result = wrap(reduce_over(a, axis, keepdims, fold, where))
        return store(out, result)

    return reduction


def store(out, result):
    if out is None:
        return result
    out[...] = result
    return out


def _on_duals(name, function):
    """Use the oracle's function for duals and floats, NumPy's for integers and booleans."""
    real = getattr(np, name)

    def call(a, *args, **kwargs):
        array_ = a if isinstance(a, np.ndarray) else None if has_dual(a) else np.asarray(a)
        if array_ is not None and array_.dtype.kind not in "fc":
            return wrap(
                real(a, *(plain(x) for x in args), **{k: plain(v) for k, v in kwargs.items()})
            )
        return function(a, *args, **kwargs)

    call.__name__ = name
    OVERRIDES[name] = call


for _name, _function in (
    ("sum", total),
    ("prod", product),
    ("max", largest),
    ("min", smallest),
    ("amax", largest),
    ("amin", smallest),
    ("mean", average),
    ("median", middle),
):
    _on_duals(_name, _reduction(_function))


def _keep(items):
    return [item for item in items if not np.isnan(float(raw(item)))]


for _name, _function in (
    ("nansum", total),
    ("nanmax", largest),
    ("nanmin", smallest),
    ("nanmean", average),
):
    _on_duals(_name, _reduction(lambda items, function=_function: function(_keep(items))))


def _truth(real):
    def call(a, axis=None, out=None, keepdims=False, **kwargs):
        return real(np.asarray(base(a)).astype(bool), axis=axis, keepdims=keepdims)

    return call


OVERRIDES["any"], OVERRIDES["all"] = _truth(np.any), _truth(np.all)


@override
def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    def variance(items):
        centre = average(items)
        return binary(
            "divide",
            total([(item - centre) * (item - centre) for item in items]),
            len(items) - ddof,
        )

    return wrap(reduce_over(a, axis, keepdims, variance))


@override
def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    return apply_ufunc(np.sqrt, "__call__", var(a, axis, ddof=ddof, keepdims=keepdims))


@override
def ptp(a, axis=None, keepdims=False):
    return OVERRIDES["max"](a, axis, keepdims=keepdims) - OVERRIDES["min"](
        a, axis, keepdims=keepdims
    )


@override
def average_(a, axis=None, weights=None):
    if weights is None:
        return OVERRIDES["mean"](a, axis)
    a, weights = asarray(a), asarray(weights)
    if axis is not None and weights.ndim != a.ndim:
        weights = weights.reshape(
            tuple(n if i == axis % a.ndim else 1 for i, n in enumerate(a.shape))
        )
    weights = weights * np.ones(a.shape)
    return OVERRIDES["sum"](a * weights, axis) / OVERRIDES["sum"](weights, axis)


@override
def quantile(a, q, axis=None, keepdims=False):
    """NumPy's default, linear interpolation between order statistics; `q` a constant number."""

    def between(items):
        ordered = sorted(lift(item) for item in items)
        place = float(raw(lift(q))) * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

    return wrap(reduce_over(a, axis, keepdims, between))


OVERRIDES["percentile"] = lambda a, q, axis=None: quantile(a, q / 100.0, axis)
