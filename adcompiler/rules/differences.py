"""Differences and gradients of sampled functions: linear."""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import excuse, linear
from adcompiler.rules.joining import part

# ---- differences


def one_axis(before, after, axis, ndim):
    """Padding of one axis."""
    return tuple((before, after) if k == axis % ndim else (0, 0) for k in range(ndim))


def diff_back(y_bar, n, axis):
    for _ in range(n):
        y_bar = -np.diff(np.pad(y_bar, one_axis(1, 1, axis, y_bar.ndim)), axis=axis)
    return y_bar


def length_along(part, axis):
    """How much longer ``np.diff`` makes its operand before it starts; a number is one element."""
    if part is None:
        return 0
    return 1 if np.ndim(part) == 0 else np.shape(part)[axis]


def diff_parts(y_bar, a, n, axis, prepend, append):
    bar = np.moveaxis(diff_back(y_bar, n, axis), axis, 0)
    start = length_along(prepend, axis)
    stop = start + np.shape(a)[axis]
    return (
        np.moveaxis(bar[start:stop], 0, axis),
        None if prepend is None else np.moveaxis(bar[:start], 0, axis),
        None if append is None else np.moveaxis(bar[stop:], 0, axis),
    )


def diff_adjoint(y_bar, a, n, axis, prepend, append):
    if prepend is None and append is None:
        # as long as ``a``, which may be shorter than n
        return part(diff_back(y_bar, n, axis), 0, a.shape[axis], axis), None, None
    return diff_parts(y_bar, a, n, axis, prepend, append)


linear(
    np.diff,
    lambda y_bar, a, n, axis, prepend, append: diff_adjoint(y_bar, a, n, axis, prepend, append),
    operands=("a", "prepend", "append"),
    args="a, n=1, axis=-1, prepend=None, append=None",
)
linear(
    np.ediff1d,
    lambda y_bar, ary: np.reshape(diff_back(y_bar, 1, 0)[: ary.size], ary.shape),
    operands=("ary",),
    args="ary",
)


# ---- gradients


def even_back(y_bar, f, h):
    """Adjoint of central differences inside and one-sided ones at both ends, along axis 0."""
    inner = 0.5 * y_bar[1:-1] / h
    bar = np.zeros_like(f)
    bar[2:] += inner
    bar[:-2] -= inner
    bar[1] += y_bar[0] / h
    bar[0] -= y_bar[0] / h
    bar[-1] += y_bar[-1] / h
    bar[-2] -= y_bar[-1] / h
    return bar


def uneven_back(y_bar, f, x):
    """The same where ``x`` has the places: the slopes of the steps at both sides, weighted."""
    h = np.reshape(np.diff(x), (-1,) + (1,) * (f.ndim - 1))
    before, after = h[:-1], h[1:]
    inner = y_bar[1:-1] / (before + after)
    left = inner * after / before
    right = inner * before / after
    bar = np.zeros_like(f)
    bar[2:] += right
    bar[:-2] -= left
    bar[1:-1] += left - right
    bar[1] += y_bar[0] / h[0]
    bar[0] -= y_bar[0] / h[0]
    bar[-1] += y_bar[-1] / h[-1]
    bar[-2] -= y_bar[-1] / h[-1]
    return bar


def gradient_back(y_bar, f, h):
    return even_back(y_bar, f, h) if np.ndim(h) == 0 else uneven_back(y_bar, f, h)


def gradient_adjoint(y_bar, f, h, axis):
    assert f.ndim == 1 or axis is not None, "derivatives of np.gradient need axis="
    if f.ndim == 1:
        return gradient_back(y_bar, f, h)
    moved = np.moveaxis(y_bar, axis, 0), np.moveaxis(f, axis, 0)
    return np.moveaxis(gradient_back(moved[0], moved[1], h), 0, axis)


linear(
    np.gradient,
    lambda y_bar, f, h, axis: gradient_adjoint(y_bar, f, h, axis),
    operands=("f",),
    args="f, h=1.0, /, *, axis=None",
)
excuse((np.diff, np.ediff1d), "empty", "differences of nothing have no length to be told from")
