"""Medians, quantiles and covariances.

A quantile moves with the elements next to it in order: each element's slope is a hat function of
its rank. Equal elements are ranked as NumPy sorts them. Quantiles are for one ``q``.
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import excuse, structural
from adcompiler.rules.reductions import expand


def ranks(a, axis):
    if axis is None:
        return np.reshape(np.argsort(np.argsort(np.ravel(a))), a.shape)
    return np.argsort(np.argsort(a, axis=axis), axis=axis)


def hat(ranked, place):
    return np.maximum(1.0 - np.abs(ranked - place), 0.0)


def quantile_weights(a, q, axis, method):
    """The share of each element in a quantile; NaNs, which rank last, have none."""
    assert np.ndim(q) == 0, "derivatives of a quantile need a single q"
    assert method in ("linear", "lower", "higher", "midpoint"), "derivatives need another method="
    place = q * (np.sum(~np.isnan(a), axis=axis, keepdims=True) - 1)
    ranked = ranks(a, axis)
    if method == "linear":
        return hat(ranked, place)
    if method == "lower":
        return hat(ranked, np.floor(place))
    if method == "higher":
        return hat(ranked, np.ceil(place))
    return 0.5 * (hat(ranked, np.floor(place)) + hat(ranked, np.ceil(place)))


# ---- medians and quantiles

structural(
    (np.median, np.nanmedian),
    args="a, axis=None, *, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, keepdims: np.sum(
            a_dot * quantile_weights(a, 0.5, axis, "linear"), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, keepdims: (
            expand(y_bar, axis, keepdims) * quantile_weights(a, 0.5, axis, "linear")
        )
    },
)
structural(
    (np.quantile, np.nanquantile),
    args="a, q, axis=None, *, method='linear', keepdims=False",
    jvp={
        "a": lambda a_dot, a, q, axis, method, keepdims: np.sum(
            a_dot * quantile_weights(a, q, axis, method), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, q, axis, method, keepdims: (
            expand(y_bar, axis, keepdims) * quantile_weights(a, q, axis, method)
        )
    },
)
structural(
    (np.percentile, np.nanpercentile),
    args="a, q, axis=None, *, method='linear', keepdims=False",
    jvp={
        "a": lambda a_dot, a, q, axis, method, keepdims: np.sum(
            a_dot * quantile_weights(a, q / 100.0, axis, method), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, q, axis, method, keepdims: (
            expand(y_bar, axis, keepdims) * quantile_weights(a, q / 100.0, axis, method)
        )
    },
)

# ---- covariances


def samples_last(m, rowvar):
    return m if rowvar or m.ndim == 1 else m.T


def centred(m):
    return m - np.mean(m, axis=-1, keepdims=True)


def variables(m, other, rowvar):
    """All variables as rows; one variable alone is a single row of numbers."""
    x = samples_last(m, rowvar)
    if other is None:
        return x
    return np.concatenate((np.atleast_2d(x), np.atleast_2d(samples_last(other, rowvar))))


def first_of(bar, m, rowvar):
    """Of the rows those of ``m``."""
    if m.ndim == 1:
        return bar[0]
    return samples_last(bar[: m.shape[0 if rowvar else 1]], rowvar)


def last_of(bar, other, rowvar):
    if other.ndim == 1:
        return bar[-1]
    return samples_last(bar[bar.shape[0] - other.shape[0 if rowvar else 1] :], rowvar)


def degrees(x, bias, ddof):
    if ddof is None:
        return x.shape[-1] - (0 if bias else 1)
    return x.shape[-1] - ddof


def cov_tangent(x_dot, x, bias, ddof):
    half = x_dot @ centred(x).T / degrees(x, bias, ddof)
    return np.squeeze(half + half.T)


def both_ways(y_bar, x):
    """``y_bar`` and its transpose; of one variable it is a number."""
    square = np.reshape(y_bar, (x.shape[0], x.shape[0]))
    return square + square.T


def cov_adjoint(y_bar, x, bias, ddof):
    if x.ndim == 1:
        return 2.0 * y_bar * centred(x) / degrees(x, bias, ddof)
    return both_ways(y_bar, x) @ centred(x) / degrees(x, bias, ddof)


def correlation_tangent(x_dot, x):
    if x.ndim == 1:
        return 0.0
    d = centred(x)
    size = np.sqrt(np.sum(d * d, axis=1, keepdims=True))
    u = d / size
    d_dot = centred(x_dot)
    half = (d_dot - u * np.sum(u * d_dot, axis=1, keepdims=True)) / size @ u.T
    return np.squeeze(half + half.T)


def correlation_adjoint(y_bar, x):
    if x.ndim == 1:
        return np.zeros_like(x)
    d = centred(x)
    size = np.sqrt(np.sum(d * d, axis=1, keepdims=True))
    u = d / size
    u_bar = both_ways(y_bar, x) @ u
    return centred((u_bar - u * np.sum(u * u_bar, axis=1, keepdims=True)) / size)


def joined_dot(m_dot, m, other, rowvar):
    """The tangent of all variables; those of ``other`` stand still."""
    return variables(m_dot, None if other is None else np.zeros_like(other), rowvar)


def mine(bar, m, other, rowvar):
    return samples_last(bar, rowvar) if other is None else first_of(bar, m, rowvar)


structural(
    np.cov,
    args="m, other=None, rowvar=True, bias=False, ddof=None",
    jvp={
        "m": lambda m_dot, m, other, rowvar, bias, ddof: cov_tangent(
            joined_dot(m_dot, m, other, rowvar), variables(m, other, rowvar), bias, ddof
        ),
        "other": lambda other_dot, m, other, rowvar, bias, ddof: cov_tangent(
            variables(np.zeros_like(m), other_dot, rowvar),
            variables(m, other, rowvar),
            bias,
            ddof,
        ),
    },
    vjp={
        "m": lambda y_bar, m, other, rowvar, bias, ddof: mine(
            cov_adjoint(y_bar, variables(m, other, rowvar), bias, ddof), m, other, rowvar
        ),
        "other": lambda y_bar, m, other, rowvar, bias, ddof: last_of(
            cov_adjoint(y_bar, variables(m, other, rowvar), bias, ddof), other, rowvar
        ),
    },
)
structural(
    np.corrcoef,
    args="m, other=None, rowvar=True",
    jvp={
        "m": lambda m_dot, m, other, rowvar: correlation_tangent(
            joined_dot(m_dot, m, other, rowvar), variables(m, other, rowvar)
        ),
        "other": lambda other_dot, m, other, rowvar: correlation_tangent(
            variables(np.zeros_like(m), other_dot, rowvar), variables(m, other, rowvar)
        ),
    },
    vjp={
        "m": lambda y_bar, m, other, rowvar: mine(
            correlation_adjoint(y_bar, variables(m, other, rowvar)), m, other, rowvar
        ),
        "other": lambda y_bar, m, other, rowvar: last_of(
            correlation_adjoint(y_bar, variables(m, other, rowvar)), other, rowvar
        ),
    },
)

excuse(np.cov, "size-1 axes", "NumPy drops the axes of the covariance of one variable")
excuse(np.corrcoef, "empty", "of no samples there is no correlation")
