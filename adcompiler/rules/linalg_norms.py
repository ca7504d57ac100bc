"""``numpy.linalg``: norms and condition numbers.

Singular points: every norm has slope 0 at 0; where several rows, columns or singular values attain
an extreme, ``inf`` and 1 norms share its slope equally, and spectral norms take the first.
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import structural
from adcompiler.rules.elementary import nonzero
from adcompiler.rules.linalg_ import on_matrix
from adcompiler.rules.reductions import expand, real_part

# ---- vector norms


def vector_slope(x, ord, axis, keepdims, y):
    conj = np.conj(x) if np.iscomplexobj(x) else x
    size = expand(y, axis, keepdims)
    if ord is None or ord == 2 or ord == "fro":
        return conj / nonzero(size)
    if ord == 1:
        return conj / nonzero(np.abs(x))
    if ord == 0:
        return np.zeros_like(x)
    if ord == np.inf or ord == -np.inf:
        hit = np.abs(x) == size
        return conj / nonzero(np.abs(x)) * hit / np.sum(hit, axis=axis, keepdims=True)
    return conj * np.abs(x) ** (ord - 2) / nonzero(size) ** (ord - 1)


structural(
    np.linalg.vector_norm,
    args="x, /, *, axis=None, keepdims=False, ord=2",
    jvp={
        "x": lambda x_dot, x, ord, axis, keepdims, y: np.sum(
            real_part(x_dot * vector_slope(x, ord, axis, keepdims, y)),
            axis=axis,
            keepdims=keepdims,
        )
    },
    vjp={
        "x": lambda y_bar, x, ord, axis, keepdims, y: (
            expand(y_bar, axis, keepdims) * vector_slope(x, ord, axis, keepdims, y)
        )
    },
)

# ---- matrix norms, on the last two axes


def of_singular_values(x, ord):
    """The sum, the largest or the smallest singular value."""
    assert not np.iscomplexobj(x), "derivatives of spectral norms need real matrices"
    u, _, vt = np.linalg.svd(x, full_matrices=False)
    if ord == "nuc":
        return u @ vt
    if ord == 2:
        return u[..., :, :1] * vt[..., :1, :]
    return u[..., :, -1:] * vt[..., -1:, :]


def of_sums(x, ord, along, extreme):
    """The largest or smallest of the sums of absolute values along an axis."""
    assert not np.iscomplexobj(x), "derivatives of this matrix norm need real matrices"
    sums = np.sum(np.abs(x), axis=along, keepdims=True)
    hit = sums == extreme(sums, axis=(-2, -1), keepdims=True)
    return np.sign(x) * hit / np.sum(hit, axis=(-2, -1), keepdims=True)


def matrix_slope(x, ord):
    if ord == "nuc" or ord == 2 or ord == -2:
        return of_singular_values(x, ord)
    if ord == 1:
        return of_sums(x, ord, -2, np.max)
    if ord == -1:
        return of_sums(x, ord, -2, np.min)
    if ord == np.inf:
        return of_sums(x, ord, -1, np.max)
    return of_sums(x, ord, -1, np.min)


def moved_slope(x, ord, axis):
    if axis is None:
        return matrix_slope(x, ord)
    return np.moveaxis(matrix_slope(np.moveaxis(x, axis, (-2, -1)), ord), (-2, -1), axis)


def norm_slope(x, ord, axis, keepdims, y):
    of_matrix = isinstance(axis, tuple) or (axis is None and x.ndim > 1)
    if of_matrix and ord is not None and ord != "fro":
        return moved_slope(x, ord, axis)
    return vector_slope(x, ord, axis, keepdims, y)


structural(
    np.linalg.norm,
    args="x, ord=None, axis=None, keepdims=False",
    jvp={
        "x": lambda x_dot, x, ord, axis, keepdims, y: np.sum(
            real_part(x_dot * norm_slope(x, ord, axis, keepdims, y)), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "x": lambda y_bar, x, ord, axis, keepdims, y: (
            expand(y_bar, axis, keepdims) * norm_slope(x, ord, axis, keepdims, y)
        )
    },
)
structural(
    np.linalg.matrix_norm,
    args="x, /, *, keepdims=False, ord='fro'",
    jvp={
        "x": lambda x_dot, x, ord, keepdims, y: np.sum(
            real_part(x_dot * norm_slope(x, ord, (-2, -1), keepdims, y)),
            axis=(-2, -1),
            keepdims=keepdims,
        )
    },
    vjp={
        "x": lambda y_bar, x, ord, keepdims, y: (
            expand(y_bar, (-2, -1), keepdims) * norm_slope(x, ord, (-2, -1), keepdims, y)
        )
    },
)

# ---- condition numbers


def cond_slope(x, p, y):
    """Of the largest over the smallest singular value."""
    assert p is None or p == 2, "derivatives of np.linalg.cond need p=None or p=2"
    s = np.linalg.svdvals(x)
    share = of_singular_values(x, 2) - on_matrix(y) * of_singular_values(x, -2)
    return share / np.expand_dims(s[..., -1], (-2, -1))


structural(
    np.linalg.cond,
    args="x, p=None",
    jvp={"x": lambda x_dot, x, p, y: np.sum(x_dot * cond_slope(x, p, y), axis=(-2, -1))},
    vjp={"x": lambda y_bar, x, p, y: on_matrix(y_bar) * cond_slope(x, p, y)},
)
