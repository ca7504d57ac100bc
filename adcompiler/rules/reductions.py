"""Sums, products, means and differences along axes.

Singular points: ``std`` has slope 0 where all elements are equal. ``prod`` and ``cumprod`` are
right at zeros, to the second derivative. NaNs skipped by a ``nan*`` form have slope 0.
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import linear, structural, zero
from adcompiler.rules.elementary import nonzero


def expand(y, axis, keepdims):
    """A reduction's result with the reduced axes back, as ones."""
    return y if axis is None or keepdims else np.expand_dims(y, axis)


def spread(y_bar, a, axis, keepdims):
    """A reduction's result, repeated over the axes that were reduced."""
    if a.ndim == 1 or axis == 0:
        return np.broadcast_to(y_bar, a.shape)
    return np.broadcast_to(expand(y_bar, axis, keepdims), a.shape)


def count(a, axis):
    """How many elements are reduced into one."""
    if axis is None:
        return a.size
    if not isinstance(axis, tuple):
        return a.shape[axis]
    n = 1
    for k in axis:
        n = n * a.shape[k]
    return n


# ---- sums and means

linear(
    np.sum,
    lambda y_bar, a, axis, keepdims: spread(y_bar, a, axis, keepdims),
    args="a, axis=None, dtype=None, *, keepdims=False",
)
linear(
    np.mean,
    lambda y_bar, a, axis, keepdims: spread(y_bar, a, axis, keepdims) / count(a, axis),
    args="a, axis=None, dtype=None, *, keepdims=False",
)


def valid(a):
    return ~np.isnan(a)


structural(
    np.nansum,
    args="a, axis=None, dtype=None, *, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, keepdims: np.sum(
            np.where(valid(a), a_dot, 0.0), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, keepdims: np.where(
            valid(a), spread(y_bar, a, axis, keepdims), 0.0
        )
    },
)


def valid_share(a, axis):
    """1/k at each of the k elements that are not NaN, 0 elsewhere."""
    return valid(a) / np.sum(valid(a), axis=axis, keepdims=True)


structural(
    np.nanmean,
    args="a, axis=None, dtype=None, *, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, keepdims: np.sum(
            a_dot * valid_share(a, axis), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, keepdims: (
            spread(y_bar, a, axis, keepdims) * valid_share(a, axis)
        )
    },
)


def weight_total(a, axis, weights):
    if weights.ndim == a.ndim:
        return np.sum(weights, axis=axis, keepdims=True)
    return np.sum(weights)


def aligned(a, axis, weights):
    """Weights of one axis, where they meet that axis of ``a``."""
    if weights.ndim == a.ndim:
        return weights
    shape = tuple(a.shape[k] if k == axis % a.ndim else 1 for k in range(a.ndim))
    return np.reshape(weights, shape)


def fractions(a, axis, weights):
    if weights is None:
        return 1.0 / count(a, axis)
    return aligned(a, axis, weights) / weight_total(a, axis, weights)


def weighted_residual(a, axis, weights, y, keepdims):
    return (a - expand(y, axis, keepdims)) / weight_total(a, axis, weights)


def weights_adjoint(y_bar, a, axis, weights, y, keepdims):
    bar = spread(y_bar, a, axis, keepdims) * weighted_residual(a, axis, weights, y, keepdims)
    if weights.ndim == a.ndim:
        return bar
    return np.moveaxis(bar, axis, -1)


structural(
    np.average,
    args="a, axis=None, weights=None, *, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, weights, keepdims: np.sum(
            a_dot * fractions(a, axis, weights), axis=axis, keepdims=keepdims
        ),
        "weights": lambda weights_dot, a, axis, weights, y, keepdims: np.sum(
            aligned(a, axis, weights_dot) * weighted_residual(a, axis, weights, y, keepdims),
            axis=axis,
            keepdims=keepdims,
        ),
    },
    vjp={
        "a": lambda y_bar, a, axis, weights, keepdims: (
            spread(y_bar, a, axis, keepdims) * fractions(a, axis, weights)
        ),
        "weights": lambda y_bar, a, axis, weights, y, keepdims: weights_adjoint(
            y_bar, a, axis, weights, y, keepdims
        ),
    },
)

# ---- spread around the mean


def deviation(a, axis):
    d = a - np.mean(a, axis=axis, keepdims=True)
    return np.conj(d) if np.iscomplexobj(a) else d


def real_part(y_dot):
    return np.real(y_dot) if np.iscomplexobj(y_dot) else y_dot


def var_slope(a, axis, ddof):
    return 2.0 * deviation(a, axis) / (count(a, axis) - ddof)


def std_slope(a, axis, ddof, y, keepdims):
    return deviation(a, axis) / (count(a, axis) - ddof) / nonzero(expand(y, axis, keepdims))


structural(
    np.var,
    args="a, axis=None, dtype=None, *, ddof=0, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, ddof, keepdims: np.sum(
            real_part(a_dot * var_slope(a, axis, ddof)), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, ddof, keepdims: (
            spread(y_bar, a, axis, keepdims) * var_slope(a, axis, ddof)
        )
    },
)
structural(
    np.std,
    args="a, axis=None, dtype=None, *, ddof=0, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, ddof, y, keepdims: np.sum(
            real_part(a_dot * std_slope(a, axis, ddof, y, keepdims)), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, ddof, y, keepdims: (
            spread(y_bar, a, axis, keepdims) * std_slope(a, axis, ddof, y, keepdims)
        )
    },
)


def nan_deviation(a, axis):
    return np.where(valid(a), a - np.nanmean(a, axis=axis, keepdims=True), 0.0)


def nan_var_slope(a, axis, ddof):
    n = np.sum(valid(a), axis=axis, keepdims=True)
    return 2.0 * nan_deviation(a, axis) / (n - ddof)


def nan_std_slope(a, axis, ddof, y, keepdims):
    return 0.5 * nan_var_slope(a, axis, ddof) / nonzero(expand(y, axis, keepdims))


structural(
    np.nanvar,
    args="a, axis=None, dtype=None, *, ddof=0, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, ddof, keepdims: np.sum(
            a_dot * nan_var_slope(a, axis, ddof), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, ddof, keepdims: (
            spread(y_bar, a, axis, keepdims) * nan_var_slope(a, axis, ddof)
        )
    },
)
structural(
    np.nanstd,
    args="a, axis=None, dtype=None, *, ddof=0, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, ddof, y, keepdims: np.sum(
            a_dot * nan_std_slope(a, axis, ddof, y, keepdims), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, ddof, y, keepdims: (
            spread(y_bar, a, axis, keepdims) * nan_std_slope(a, axis, ddof, y, keepdims)
        )
    },
)

# ---- products


def cofactor(a, axis, y, keepdims):
    """For each element the product of all others along ``axis``, also where elements are 0.

    At one of two zeros that is ``rest`` times the other zero: 0, but not constant.
    """
    zeros = a == 0
    n = np.sum(zeros, axis=axis, keepdims=True)
    rest = np.prod(np.where(zeros, 1.0, a), axis=axis, keepdims=True)
    other_zero = np.sum(np.where(zeros, a, 0.0), axis=axis, keepdims=True) - a
    others = expand(y, axis, keepdims) / np.where(zeros, 1.0, a)
    return np.where(zeros, rest * np.where(n == 2, other_zero, n == 1), others)


structural(
    np.prod,
    args="a, axis=None, dtype=None, *, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, y, keepdims: np.sum(
            a_dot * cofactor(a, axis, y, keepdims), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, y, keepdims: (
            spread(y_bar, a, axis, keepdims) * cofactor(a, axis, y, keepdims)
        )
    },
)

structural(
    np.nanprod,
    args="a, axis=None, dtype=None, *, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, y, keepdims: np.sum(
            np.where(valid(a), a_dot, 0.0)
            * cofactor(np.where(valid(a), a, 1.0), axis, y, keepdims),
            axis=axis,
            keepdims=keepdims,
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, y, keepdims: np.where(
            valid(a),
            spread(y_bar, a, axis, keepdims)
            * cofactor(np.where(valid(a), a, 1.0), axis, y, keepdims),
            0.0,
        )
    },
)

# ---- running sums and products


def cumsum_back(y_bar, axis):
    return np.flip(np.cumsum(np.flip(y_bar, axis), axis=axis), axis)


def cumsum_adjoint(y_bar, a, axis):
    if axis is None:
        return np.reshape(cumsum_back(y_bar, 0), a.shape)
    return cumsum_back(y_bar, axis)


def first_zero(a, axis):
    return (a == 0) & (np.cumsum(a == 0, axis=axis) == 1)


def cumprod_tangent(a_dot, a, axis, y):
    """After the first zero only its own share is left: all others have it as a factor.

    They are 0, but not constant: a second derivative reads them.
    """
    first = first_zero(a, axis)
    after = np.cumsum(first, axis=axis) == 1
    zero = np.cumsum(np.where(first, a, 0.0), axis=axis)
    others = np.where(first, 1.0, a)
    others_dot = np.where(first, 0.0, a_dot)
    rest = np.cumprod(others, axis=axis)
    at_zero = rest * np.cumsum(np.where(first, a_dot, 0.0), axis=axis)
    at_others = zero * cumprod_share(others_dot, others, axis, rest)
    return np.where(after, at_zero + at_others, y * np.cumsum(a_dot / nonzero(a), axis=axis))


def cumprod_share(a_dot, a, axis, y):
    """The tangent of ``y = cumprod(a)``."""
    first = first_zero(a, axis)
    after = np.cumsum(first, axis=axis) == 1
    rest = np.cumprod(np.where(first, 1.0, a), axis=axis)
    at_zero = rest * np.cumsum(np.where(first, a_dot, 0.0), axis=axis)
    return np.where(after, at_zero, y * np.cumsum(a_dot / nonzero(a), axis=axis))


def cumprod_adjoint(y_bar, a, axis, y):
    first = first_zero(a, axis)
    others = np.where(first, 1.0, a)
    rest = np.cumprod(others, axis=axis)
    second = first_zero(others, axis)
    zero = np.sum(np.where(first, a, 0.0), axis=axis, keepdims=True)
    rest_of_both = np.cumprod(np.where(second, 1.0, others), axis=axis)
    at_second = zero * cumsum_back(y_bar * rest_of_both, axis)
    at_others = np.where(second, at_second, cumsum_back(y_bar * y, axis) / nonzero(a))
    return np.where(first, cumsum_back(y_bar * rest, axis), at_others)


linear(
    np.cumsum,
    lambda y_bar, a, axis: cumsum_adjoint(y_bar, a, axis),
    args="a, axis=None, dtype=None",
)
structural(
    np.cumprod,
    args="a, axis=None, dtype=None",
    jvp={
        "a": lambda a_dot, a, axis, y: (
            cumprod_tangent(np.ravel(a_dot), np.ravel(a), 0, y)
            if axis is None
            else cumprod_tangent(a_dot, a, axis, y)
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, y: (
            np.reshape(cumprod_adjoint(y_bar, np.ravel(a), 0, y), a.shape)
            if axis is None
            else cumprod_adjoint(y_bar, a, axis, y)
        )
    },
)
structural(
    np.nancumsum,
    args="a, axis=None, dtype=None",
    jvp={"a": lambda a_dot, a, axis: np.cumsum(np.where(valid(a), a_dot, 0.0), axis=axis)},
    vjp={"a": lambda y_bar, a, axis: np.where(valid(a), cumsum_adjoint(y_bar, a, axis), 0.0)},
)

if hasattr(np, "cumulative_sum"):
    linear(
        np.cumulative_sum,
        lambda y_bar, axis: cumsum_back(y_bar, 0 if axis is None else axis),
        operands=("x",),
        args="x, /, *, axis=None",
    )
    structural(
        np.cumulative_prod,
        args="x, /, *, axis=None",
        jvp={
            "x": lambda x_dot, x, axis, y: cumprod_tangent(
                x_dot, x, 0 if axis is None else axis, y
            )
        },
        vjp={
            "x": lambda y_bar, x, axis, y: cumprod_adjoint(
                y_bar, x, 0 if axis is None else axis, y
            )
        },
    )


def filled(a):
    return np.where(valid(a), a, 1.0)


def nancumprod_tangent(a_dot, a, axis, y):
    known = np.where(valid(a), a_dot, 0.0)
    if axis is None:
        return cumprod_tangent(np.ravel(known), np.ravel(filled(a)), 0, y)
    return cumprod_tangent(known, filled(a), axis, y)


def nancumprod_adjoint(y_bar, a, axis, y):
    if axis is None:
        bar = np.reshape(cumprod_adjoint(y_bar, np.ravel(filled(a)), 0, y), a.shape)
    else:
        bar = cumprod_adjoint(y_bar, filled(a), axis, y)
    return np.where(valid(a), bar, 0.0)


structural(
    np.nancumprod,
    args="a, axis=None, dtype=None",
    jvp={"a": lambda a_dot, a, axis, y: nancumprod_tangent(a_dot, a, axis, y)},
    vjp={"a": lambda y_bar, a, axis, y: nancumprod_adjoint(y_bar, a, axis, y)},
)

# ---- truth and counts

zero((np.any, np.all), args="a, axis=None, *, keepdims=False")
zero(np.count_nonzero, args="a, axis=None, *, keepdims=False")
