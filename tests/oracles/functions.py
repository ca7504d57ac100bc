"""Choosing, products, interpolation and other functions of NumPy on duals."""

from __future__ import annotations

import numpy as np

from .arrays import (
    Array,
    apply_ufunc,
    base,
    elementwise,
    has_dual,
    lifted,
    matmul,
    plain_dtype,
    reduce_over,
    to_array,
    total,
    wrap,
)
from .creation import asarray
from .dual import Dual, OracleGap, lift, raw, rounded
from .reductions import store
from .replacing import OVERRIDES, override


@override
def where(condition, *branches):
    condition = np.asarray(base(condition)).astype(bool)
    if not branches:
        return np.where(condition)
    if not has_dual(branches):
        return wrap(np.where(condition, *branches))
    first, second = (lifted(b) if not isinstance(b, Array) else base(b) for b in branches)
    return np.asarray(np.where(condition, first, second), dtype=object).view(Array)


@override
def select(conditions, choices, default=0):
    result = default
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        result = where(condition, choice, result)
    return result


@override
def piecewise(x, conditions, functions):
    x = asarray(x)
    out = zeros_like_of(x)
    if len(functions) > len(conditions):
        conditions = [
            *conditions,
            ~np.logical_or.reduce([np.asarray(c, dtype=bool) for c in conditions]),
        ]
    for condition, function in zip(conditions, functions, strict=True):
        out[condition] = function(x[condition]) if callable(function) else function
    return out


def zeros_like_of(x):
    return OVERRIDES["zeros_like"](x)


@override
def clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None):
    low, high = a_min if a_min is not None else min, a_max if a_max is not None else max
    result = a
    if low is not None:
        result = elementwise("maximum", result, low)
    if high is not None:
        result = elementwise("minimum", result, high)
    return store(out, wrap(result))


@override
def round_(a, decimals=0, out=None):
    a = base(a) if isinstance(a, (Array, Dual)) else np.asarray(a)
    return wrap(np.frompyfunc(lambda x: rounded(lift(x), decimals), 1, 1)(a))


OVERRIDES["around"] = round_


@override
def dot(a, b, out=None):
    a_, b_ = np.asarray(base(a)), np.asarray(base(b))
    if a_.ndim == 0 or b_.ndim == 0:
        return wrap(elementwise("multiply", a, b))
    if a_.ndim <= 2 and b_.ndim <= 2:
        return store(out, wrap(matmul(a_, b_)))
    return wrap(np.dot(a_, b_))


@override
def matmul_(a, b, out=None):
    return store(out, wrap(matmul(a, b)))


@override
def vdot(a, b):
    return wrap(
        matmul(apply_ufunc(np.conjugate, "__call__", asarray(a).ravel()), asarray(b).ravel())
    )


@override
def trace(a, offset=0):
    return total(np.diagonal(np.asarray(base(a)), offset))


@override
def einsum(subscripts, *operands, **_):
    """By the definition: a sum over all index values."""
    left, _arrow, right = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if "." in left:
        raise OracleGap("einsum with an ellipsis")
    operands = [np.asarray(base(x)) for x in operands]
    if not _arrow:
        right = "".join(sorted(c for c in set("".join(terms)) if "".join(terms).count(c) == 1))
    letters = right + "".join(sorted(set("".join(terms)) - set(right)))
    expanded = []
    for term, operand in zip(terms, operands, strict=True):
        for c in sorted(set(term)):
            while term.count(c) > 1:
                i = term.index(c)
                j = term.index(c, i + 1)
                operand = np.diagonal(operand, axis1=i, axis2=j)
                term = "".join(d for k, d in enumerate(term) if k not in (i, j)) + c
        order = sorted(range(len(term)), key=lambda k, t=term: letters.index(t[k]))
        operand = np.transpose(operand, order)
        expanded.append(operand[tuple(slice(None) if c in term else None for c in letters)])
    result = expanded[0].astype(object)
    for operand in expanded[1:]:
        result = elementwise("multiply", result, operand)
    sizes = np.broadcast_shapes(*(e.shape for e in expanded))
    result = np.broadcast_to(result, sizes)
    return (
        wrap(reduce_over(result, tuple(range(len(right), len(letters))), False, total))
        if letters
        else result
    )


@override
def interp(x, xp, fp, left=None, right=None):
    xp, fp = lifted(xp), lifted(fp)

    def at(point):
        point = lift(point)
        if raw(point) <= raw(xp[0]):
            return fp[0] if left is None or raw(point) == raw(xp[0]) else lift(left)
        if raw(point) >= raw(xp[-1]):
            return fp[-1] if right is None or raw(point) == raw(xp[-1]) else lift(right)
        i = max(k for k in range(len(xp)) if raw(xp[k]) <= raw(point))
        return fp[i] + (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i]) * (point - xp[i])

    return wrap(np.frompyfunc(at, 1, 1)(base(x)))


@override
def cov(m):
    m = asarray(m)
    centred = m - OVERRIDES["mean"](m, 1, keepdims=True)
    return centred @ centred.T / (m.shape[1] - 1)


@override
def gradient_(f, dx=1.0):
    f = asarray(f)
    out = zeros_like_of(f)
    out[1:-1] = (f[2:] - f[:-2]) / (2 * dx)
    out[0], out[-1] = (f[1] - f[0]) / dx, (f[-1] - f[-2]) / dx
    return out


@override
def isclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    def close(p, q):
        return bool(abs(raw(p) - raw(q)) <= atol + rtol * abs(raw(q)))

    result = np.frompyfunc(close, 2, 1)(base(a), base(b))
    return result.astype(bool) if isinstance(result, np.ndarray) else result


@override
def allclose(a, b, rtol=1e-5, atol=1e-8):
    return bool(np.all(isclose(a, b, rtol, atol)))


@override
def array_equal(a, b):
    a, b = np.asarray(base(a)), np.asarray(base(b))
    return a.shape == b.shape and bool(np.all(a == b))


@override
def vectorize(function, **_):
    return lambda *args: wrap(np.frompyfunc(function, len(args), 1)(*(base(a) for a in args)))


@override
def apply_along_axis(function, axis, x):
    rows = np.moveaxis(np.asarray(base(x)), axis, -1)
    return to_array(
        [function(row.view(Array)) for row in rows.reshape(-1, rows.shape[-1])]
    ).reshape(rows.shape[:-1])


def _part(name):
    return lambda x: wrap(elementwise(name, x)) if has_dual(x) else wrap(getattr(np, name)(x))


for _name in ("real", "imag", "angle", "sinc"):
    OVERRIDES[_name] = _part(_name)
OVERRIDES["nan_to_num"] = lambda x: where(apply_ufunc(np.isnan, "__call__", x), 0.0, x)
OVERRIDES["iscomplexobj"] = lambda x: (
    x.dtype.kind == "c" if hasattr(x, "dtype") else isinstance(x, complex)
)
OVERRIDES["finfo"] = lambda dtype: np.finfo(plain_dtype(dtype))
OVERRIDES["dtype"] = plain_dtype
