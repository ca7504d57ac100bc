"""Medians, quantiles and covariances.

A quantile moves with the elements next to it in order: each element's slope is a hat function of
its rank. Equal elements are ranked as NumPy sorts them. Quantiles are for one ``q``.
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import not_yet, structural
from adcompiler.rules.reductions import expand


def ranks(a, axis):
    if axis is None:
        return np.reshape(np.argsort(np.argsort(np.ravel(a))), a.shape)
    return np.argsort(np.argsort(a, axis=axis), axis=axis)


def quantile_weights(a, q, axis):
    """The share of each element in a quantile; NaNs, which rank last, have none."""
    assert np.ndim(q) == 0, "derivatives of a quantile need a single q"
    assert not isinstance(axis, tuple), "derivatives of a quantile need a single axis"
    last = np.sum(~np.isnan(a), axis=axis, keepdims=True) - 1
    return np.maximum(1.0 - np.abs(ranks(a, axis) - q * last), 0.0)


# ---- medians and quantiles

structural(
    (np.median, np.nanmedian),
    args="a, axis=None, *, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, keepdims: np.sum(
            a_dot * quantile_weights(a, 0.5, axis), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, keepdims: (
            expand(y_bar, axis, keepdims) * quantile_weights(a, 0.5, axis)
        )
    },
)
structural(
    (np.quantile, np.nanquantile),
    args="a, q, axis=None, *, keepdims=False",
    jvp={
        "a": lambda a_dot, a, q, axis, keepdims: np.sum(
            a_dot * quantile_weights(a, q, axis), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, q, axis, keepdims: (
            expand(y_bar, axis, keepdims) * quantile_weights(a, q, axis)
        )
    },
)
structural(
    (np.percentile, np.nanpercentile),
    args="a, q, axis=None, *, keepdims=False",
    jvp={
        "a": lambda a_dot, a, q, axis, keepdims: np.sum(
            a_dot * quantile_weights(a, q / 100.0, axis), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, q, axis, keepdims: (
            expand(y_bar, axis, keepdims) * quantile_weights(a, q / 100.0, axis)
        )
    },
)

# ---- covariances


def samples_last(m, rowvar):
    return m if rowvar or m.ndim == 1 else m.T


def centred(m):
    return m - np.mean(m, axis=-1, keepdims=True)


def degrees(x, bias, ddof):
    if ddof is None:
        return x.shape[-1] - (0 if bias else 1)
    return x.shape[-1] - ddof


def cov_tangent(m_dot, m, rowvar, bias, ddof):
    x = samples_last(m, rowvar)
    d = centred(x)
    half = samples_last(m_dot, rowvar) @ d.T / degrees(x, bias, ddof)
    return half + half.T


def cov_adjoint(y_bar, m, rowvar, bias, ddof):
    x = samples_last(m, rowvar)
    if x.ndim == 1:
        return 2.0 * y_bar * centred(x) / degrees(x, bias, ddof)
    return samples_last((y_bar + y_bar.T) @ centred(x) / degrees(x, bias, ddof), rowvar)


structural(
    np.cov,
    args="m, *, rowvar=True, bias=False, ddof=None",
    jvp={
        "m": lambda m_dot, m, rowvar, bias, ddof: cov_tangent(m_dot, m, rowvar, bias, ddof)
    },
    vjp={
        "m": lambda y_bar, m, rowvar, bias, ddof: cov_adjoint(y_bar, m, rowvar, bias, ddof)
    },
)
not_yet(np.corrcoef, "divide np.cov by the standard deviations", args="x")
