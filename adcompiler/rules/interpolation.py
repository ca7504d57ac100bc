"""Interpolation, convolution, polynomials, gradients and integrals of sampled functions.

Singular points: at a node ``interp`` has the slope of the segment to the right (outside: 0).
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import linear, not_yet, structural
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


def interp_values_adjoint(y_bar, x, xp):
    k = segment(x, xp)
    t = fraction(x, xp)
    return scatter((1.0 - t) * y_bar, k, xp) + scatter(t * y_bar, k + 1, xp)


def interp_nodes_adjoint(y_bar, x, xp, fp):
    k = segment(x, xp)
    t = fraction(x, xp)
    slope = interp_slope(x, xp, fp) * y_bar
    return scatter((t - 1.0) * slope, k, xp) + scatter(-t * slope, k + 1, xp)


def interp_nodes_tangent(xp_dot, x, xp, fp):
    return -interp_slope(x, xp, fp) * np.interp(x, xp, xp_dot)


structural(
    np.interp,
    args="x, xp, fp",
    jvp={
        "x": lambda x_dot, x, xp, fp: x_dot * interp_slope(x, xp, fp),
        "xp": lambda xp_dot, x, xp, fp: interp_nodes_tangent(xp_dot, x, xp, fp),
        "fp": lambda fp_dot, x, xp: np.interp(x, xp, fp_dot),
    },
    vjp={
        "x": lambda y_bar, x, xp, fp: y_bar * interp_slope(x, xp, fp),
        "xp": lambda y_bar, x, xp, fp: interp_nodes_adjoint(y_bar, x, xp, fp),
        "fp": lambda y_bar, x, xp: interp_values_adjoint(y_bar, x, xp),
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
not_yet(np.correlate, "use np.convolve(a, v[::-1])", args="a, v, mode='valid'")

# ---- polynomials


def coefficient_powers(p, x):
    """x to the powers n-1, ..., 0, along the last axis."""
    return np.expand_dims(x, -1) ** np.arange(p.size - 1, -1, -1)


structural(
    np.polyval,
    args="p, x",
    jvp={
        "p": lambda p_dot, x: np.polyval(p_dot, x),
        "x": lambda x_dot, p, x: np.polyval(np.polyder(p), x) * x_dot,
    },
    vjp={
        "p": lambda y_bar, p, x: np.expand_dims(y_bar, -1) * coefficient_powers(p, x),
        "x": lambda y_bar, p, x: np.polyval(np.polyder(p), x) * y_bar,
    },
)


def derivative_factors(p):
    return np.arange(p.size - 1, 0, -1)


linear(
    np.polyder,
    lambda y_bar, p: np.pad(y_bar * derivative_factors(p), (0, 1)),
    operands=("p",),
    args="p",
)
not_yet((np.polyfit, np.roots, np.poly), "declare a rule of your own with adcompiler.rules")
not_yet((np.polyadd, np.polysub, np.polymul, np.polydiv, np.polyint), "use np.convolve, np.pad")

# ---- differences


def one_axis(before, after, axis, ndim):
    """Padding of one axis."""
    return tuple((before, after) if k == axis % ndim else (0, 0) for k in range(ndim))


def diff_back(y_bar, n, axis):
    for _ in range(n):
        y_bar = -np.diff(np.pad(y_bar, one_axis(1, 1, axis, y_bar.ndim)), axis=axis)
    return y_bar


linear(
    np.diff,
    lambda y_bar, n, axis: diff_back(y_bar, n, axis),
    args="a, n=1, axis=-1",
)
not_yet(np.ediff1d, "use np.diff", args="ary, to_end=None, to_begin=None")


def gradient_back(y_bar, f, h):
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


def gradient_adjoint(y_bar, f, h, axis):
    assert np.ndim(h) == 0, "derivatives of np.gradient need a constant spacing"
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
    return np.moveaxis(np.pad(cells, ends[0]) + np.pad(cells, ends[1]), -1, axis)


def trapezoid_nodes(y_bar, f, x, axis):
    last = np.moveaxis(f, axis, -1)
    h_bar = 0.5 * np.expand_dims(y_bar, -1) * (last[..., 1:] + last[..., :-1])
    x_bar = -np.diff(np.pad(h_bar, one_axis(1, 1, -1, f.ndim)))
    return x_bar if x.ndim == 1 else np.moveaxis(x_bar, -1, axis)


if hasattr(np, "trapezoid"):
    structural(
        np.trapezoid,
        args="f, x=None, dx=1.0, axis=-1",
        jvp={
            "f": lambda f_dot, x, dx, axis: np.trapezoid(f_dot, x, dx, axis),
            "x": lambda x_dot, f, axis: np.trapezoid(f, x_dot, axis=axis),
            "dx": lambda dx_dot, f, axis: dx_dot * np.trapezoid(f, axis=axis),
        },
        vjp={
            "f": lambda y_bar, f, x, dx, axis: trapezoid_back(y_bar, f, x, dx, axis),
            "x": lambda y_bar, f, x, axis: trapezoid_nodes(y_bar, f, x, axis),
            "dx": lambda y_bar, f, axis: y_bar * np.trapezoid(f, axis=axis),
        },
    )
