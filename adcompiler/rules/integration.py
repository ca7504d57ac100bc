"""``scipy.integrate``: integrals of sampled functions."""

from __future__ import annotations

import numpy as np
from scipy import integrate

from adcompiler.rules.contract import not_yet, structural, zero
from adcompiler.rules.differences import one_axis
from adcompiler.rules.interpolation import TRAPEZOID, spacing
from adcompiler.rules.reductions import cumsum_back

structural(integrate.trapezoid, args="f, x=None, dx=1.0, axis=-1", **TRAPEZOID)

# ---- running integrals, axis last


def cells_adjoint(y_bar, axis, initial):
    """Of the integrals over single cells: the sums of what comes after."""
    last = np.moveaxis(y_bar, axis, -1)
    return cumsum_back(last if initial is None else last[..., 1:], -1)


def steps(f, x, dx, axis):
    return dx if x is None else spacing(f, x, axis)


def running_back(y_bar, f, x, dx, axis, initial):
    cells = 0.5 * cells_adjoint(y_bar, axis, initial) * steps(f, x, dx, axis)
    ends = one_axis(0, 1, -1, f.ndim), one_axis(1, 0, -1, f.ndim)
    return np.moveaxis(np.pad(cells, ends[0]) + np.pad(cells, ends[1]), -1, axis)


def heights(f, axis):
    last = np.moveaxis(f, axis, -1)
    return 0.5 * (last[..., 1:] + last[..., :-1])


def running_nodes(y_bar, f, x, axis, initial):
    h_bar = cells_adjoint(y_bar, axis, initial) * heights(f, axis)
    x_bar = -np.diff(np.pad(h_bar, one_axis(1, 1, -1, f.ndim)))
    return x_bar if x.ndim == 1 else np.moveaxis(x_bar, -1, axis)


structural(
    integrate.cumulative_trapezoid,
    args="f, x=None, dx=1.0, axis=-1, initial=None",
    jvp={
        "f": lambda f_dot, x, dx, axis, initial: integrate.cumulative_trapezoid(
            f_dot, x, dx, axis, initial
        ),
        "x": lambda x_dot, f, axis, initial: integrate.cumulative_trapezoid(
            f, x_dot, axis=axis, initial=initial
        ),
        "dx": lambda dx_dot, f, axis, initial: (
            dx_dot * integrate.cumulative_trapezoid(f, axis=axis, initial=initial)
        ),
    },
    vjp={
        "f": lambda y_bar, f, x, dx, axis, initial: running_back(y_bar, f, x, dx, axis, initial),
        "x": lambda y_bar, f, x, axis, initial: running_nodes(y_bar, f, x, axis, initial),
        "dx": lambda y_bar, f, axis, initial: np.sum(
            cells_adjoint(y_bar, axis, initial) * heights(f, axis)
        ),
    },
)

# ---- Simpson's rule: its weights for given steps


def pair_weights(h, n):
    """Of ``n`` nodes, an odd number: parabolas through three at a time."""
    before, after = h[0 : n - 2 : 2], h[1 : n - 1 : 2]
    both = before + after
    w = np.zeros(n)
    w[0 : n - 2 : 2] += both * (2.0 - after / before) / 6.0
    w[1 : n - 1 : 2] += both * both / before * both / after / 6.0
    w[2:n:2] += both * (2.0 - before / after) / 6.0
    return w


def last_weights(before, after):
    """Of the last cell, by the parabola through the last three nodes (Cartwright 2017)."""
    both = before + after
    return np.array(
        [
            -after / before * after / both * after / 6.0,
            after * (after + 3.0 * before) / before / 6.0,
            after * (2.0 * after + 3.0 * before) / both / 6.0,
        ]
    )


def simpson_weights(h):
    n = h.size + 1
    if n == 2:
        return 0.5 * np.append(h, h)
    if n % 2 == 1:
        return pair_weights(h, n)
    w = np.append(pair_weights(h, n - 1), 0.0)
    w[-3:] += last_weights(h[-2], h[-1])
    return w


def weights_of(f, x, dx, axis):
    if x is None:
        return simpson_weights(np.full(f.shape[axis] - 1, dx))
    assert x.ndim == 1, "derivatives of integrate.simpson need x with one axis"
    return simpson_weights(np.diff(x))


structural(
    integrate.simpson,
    args="f, x=None, *, dx=1.0, axis=-1",
    jvp={
        "f": lambda f_dot, x, dx, axis: integrate.simpson(f_dot, x, dx=dx, axis=axis),
        "dx": lambda dx_dot, f, axis: dx_dot * integrate.simpson(f, axis=axis),
    },
    vjp={
        "f": lambda y_bar, f, x, dx, axis: np.moveaxis(
            np.expand_dims(y_bar, -1) * weights_of(f, x, dx, axis), -1, axis
        ),
        "dx": lambda y_bar, f, axis: y_bar * integrate.simpson(f, axis=axis),
    },
)

# ---- others

zero(integrate.newton_cotes, args="rn, equal=0")
not_yet((integrate.romb, integrate.cumulative_simpson), "use integrate.simpson", args="f")
