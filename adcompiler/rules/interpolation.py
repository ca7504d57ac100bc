"""Interpolation, convolution and integrals of sampled functions.

Singular points: at a node ``interp`` has the slope of the segment to the right (outside: 0).
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import excuse, structural
from adcompiler.rules.differences import one_axis
from adcompiler.rules.selection import scatter

# ---- interpolation


def segment(x, xp):
    """The segment that ``x`` lies in, by its left node."""
    return np.clip(np.searchsorted(xp, x, side="right") - 1, 0, xp.size - 2)


def inside(x, xp):
    return (x >= xp[0]) & (x < xp[-1])


def interp_slope(x, xp, fp):
    k = segment(x, xp)
    return np.where(inside(x, xp), (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k]), 0.0)


def fraction(x, xp):
    """How far ``x`` is from its left node to its right one, 0 to 1."""
    k = segment(x, xp)
    return np.clip((x - xp[k]) / (xp[k + 1] - xp[k]), 0.0, 1.0)


def reaches_nodes(x, xp, left, right):
    """Whether the value at ``x`` is one of the nodes': not ``left`` nor ``right``."""
    if left is None and right is None:
        return 1.0
    if left is None:
        return x <= xp[-1]
    if right is None:
        return x >= xp[0]
    return (x >= xp[0]) & (x <= xp[-1])


def interp_values_tangent(fp_dot, x, xp, left, right):
    return np.interp(x, xp, fp_dot) * reaches_nodes(x, xp, left, right)


def interp_values_adjoint(y_bar, x, xp, left, right):
    k = segment(x, xp)
    t = fraction(x, xp)
    bar = y_bar * reaches_nodes(x, xp, left, right)
    return scatter((1.0 - t) * bar, k, xp) + scatter(t * bar, k + 1, xp)


def interp_nodes_adjoint(y_bar, x, xp, fp):
    k = segment(x, xp)
    t = fraction(x, xp)
    slope = interp_slope(x, xp, fp) * y_bar
    return scatter((t - 1.0) * slope, k, xp) + scatter(-t * slope, k + 1, xp)


def interp_nodes_tangent(xp_dot, x, xp, fp):
    return -interp_slope(x, xp, fp) * np.interp(x, xp, xp_dot)


structural(
    np.interp,
    args="x, xp, fp, left=None, right=None",
    jvp={
        "x": lambda x_dot, x, xp, fp: x_dot * interp_slope(x, xp, fp),
        "xp": lambda xp_dot, x, xp, fp: interp_nodes_tangent(xp_dot, x, xp, fp),
        "fp": lambda fp_dot, x, xp, left, right: interp_values_tangent(fp_dot, x, xp, left, right),
    },
    vjp={
        "x": lambda y_bar, x, xp, fp: y_bar * interp_slope(x, xp, fp),
        "xp": lambda y_bar, x, xp, fp: interp_nodes_adjoint(y_bar, x, xp, fp),
        "fp": lambda y_bar, x, xp, left, right: interp_values_adjoint(y_bar, x, xp, left, right),
    },
)

# ---- convolution


def full_adjoint(y_bar, a, b, mode):
    """The adjoint of the full convolution, of which 'same' and 'valid' are the middle."""
    assert mode in ("full", "same", "valid"), "np.convolve's mode"
    if mode == "full":
        return y_bar
    short = min(a.size, b.size)
    left = (short - 1) // 2 if mode == "same" else short - 1
    return np.pad(y_bar, (left, a.size + b.size - 1 - left - y_bar.size))


def convolve_left(y_bar, a, b, mode):
    return np.convolve(full_adjoint(y_bar, a, b, mode), b[::-1])[b.size - 1 :][: a.size]


structural(
    np.convolve,
    args="a, v, mode='full'",
    jvp={
        "a": lambda a_dot, v, mode: np.convolve(a_dot, v, mode),
        "v": lambda v_dot, a, mode: np.convolve(a, v_dot, mode),
    },
    vjp={
        "a": lambda y_bar, a, v, mode: convolve_left(y_bar, a, v, mode),
        "v": lambda y_bar, a, v, mode: convolve_left(y_bar, v, a, mode),
    },
)


def real_correlation(v):
    assert not np.iscomplexobj(v), "derivatives of np.correlate need real sequences"
    return v[::-1]


structural(
    np.correlate,
    args="a, v, mode='valid'",
    jvp={
        "a": lambda a_dot, v, mode: np.correlate(a_dot, v, mode),
        "v": lambda v_dot, a, mode: np.correlate(a, real_correlation(v_dot)[::-1], mode),
    },
    vjp={
        "a": lambda y_bar, a, v, mode: convolve_left(y_bar, a, real_correlation(v), mode),
        "v": lambda y_bar, a, v, mode: convolve_left(y_bar, real_correlation(v), a, mode)[::-1],
    },
)


# ---- integrals


def spacing(f, x, axis):
    """Steps of ``x``, broadcasting against ``f`` with ``axis`` last."""
    return np.diff(x) if x.ndim == 1 else np.diff(np.moveaxis(x, axis, -1))


def trapezoid_back(y_bar, f, x, dx, axis):
    h = dx if x is None else spacing(f, x, axis)
    cells = np.broadcast_to(
        0.5 * np.expand_dims(y_bar, -1) * h, np.moveaxis(f, axis, -1)[..., 1:].shape
    )
    ends = one_axis(0, 1, -1, f.ndim), one_axis(1, 0, -1, f.ndim)
    bar = np.pad(cells, ends[0]) + np.pad(cells, ends[1])
    return np.moveaxis(bar[..., : f.shape[axis]], -1, axis)


def trapezoid_nodes(y_bar, f, x, axis):
    last = np.moveaxis(f, axis, -1)
    h_bar = 0.5 * np.expand_dims(y_bar, -1) * (last[..., 1:] + last[..., :-1])
    x_bar = -np.diff(np.pad(h_bar, one_axis(1, 1, -1, f.ndim)))[..., : f.shape[axis]]
    return x_bar if x.ndim == 1 else np.moveaxis(x_bar, -1, axis)


TRAPEZOID = {
    "jvp": {
        "f": lambda f_dot, x, dx, axis: np.trapezoid(f_dot, x, dx, axis),
        "x": lambda x_dot, f, axis: np.trapezoid(f, x_dot, axis=axis),
        "dx": lambda dx_dot, f, axis: dx_dot * np.trapezoid(f, axis=axis),
    },
    "vjp": {
        "f": lambda y_bar, f, x, dx, axis: trapezoid_back(y_bar, f, x, dx, axis),
        "x": lambda y_bar, f, x, axis: trapezoid_nodes(y_bar, f, x, axis),
        "dx": lambda y_bar, f, axis: y_bar * np.trapezoid(f, axis=axis),
    },
}
structural(np.trapezoid, args="f, x=None, dx=1.0, axis=-1", **TRAPEZOID)
if hasattr(np, "trapz"):  # deprecated
    structural(np.trapz, args="f, x=None, dx=1.0, axis=-1", **TRAPEZOID)

excuse(np.interp, "size-1 axes", "a single node has no segment")
excuse(np.trapezoid, "empty", "differences of nothing have no length to be told from")
