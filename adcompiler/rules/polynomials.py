"""Polynomials by their coefficients, the highest power first."""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import excuse, linear, not_yet, structural
from adcompiler.rules.interpolation import convolve_left


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
linear(
    np.polyint,
    lambda y_bar, p: y_bar[:-1] / np.arange(p.size, 0, -1),
    operands=("p",),
    args="p",
)

# ---- arithmetic: leading zeros of factors are dropped, those of sums are not

linear(
    np.polyadd,
    lambda y_bar, a1, a2: (y_bar[y_bar.size - a1.size :], y_bar[y_bar.size - a2.size :]),
    operands=("a1", "a2"),
    args="a1, a2",
)
linear(
    np.polysub,
    lambda y_bar, a1, a2: (y_bar[y_bar.size - a1.size :], -y_bar[y_bar.size - a2.size :]),
    operands=("a1", "a2"),
    args="a1, a2",
)


def product(a1, a2, y):
    return np.convolve(a1, a2)[a1.size + a2.size - 1 - y.size :]


def factor_adjoint(y_bar, a1, a2):
    """The adjoint of ``a1``."""
    whole = np.pad(y_bar, (a1.size + a2.size - 1 - y_bar.size, 0))
    return convolve_left(whole, a1, a2, "full")


structural(
    np.polymul,
    args="a1, a2",
    jvp={
        "a1": lambda a1_dot, a2, y: product(a1_dot, a2, y),
        "a2": lambda a2_dot, a1, y: product(a1, a2_dot, y),
    },
    vjp={
        "a1": lambda y_bar, a1, a2: factor_adjoint(y_bar, a1, a2),
        "a2": lambda y_bar, a1, a2: factor_adjoint(y_bar, a2, a1),
    },
)

# ---- fits: least squares by the normal equations, in the triangular factor of the powers


def smoothed(g, x, deg):
    """``inv(V.T @ V) @ g`` for the matrix of powers V."""
    r = np.linalg.qr(np.vander(x, deg + 1))[1]
    return np.linalg.solve(r, np.linalg.solve(r.T, g))


def powers_back(u, x, deg):
    """``V.T @ u``."""
    return np.vander(x, deg + 1).T @ u


def slope_at(p, x):
    return np.polyval(np.polyder(p), x) if p.size > 1 else 0.0 * x


def fit_nodes_tangent(x_dot, x, fitted, deg, y):
    """By ``x``; ``fitted`` are the values."""
    residual = fitted - np.polyval(y, x)
    turned = powers_back_slope(residual * x_dot, x, deg) - powers_back(
        slope_at(y, x) * x_dot, x, deg
    )
    return smoothed(turned, x, deg)


def powers_back_slope(u, x, deg):
    """The transposed slopes of the powers, times ``u``."""
    exponents = np.arange(deg, -1, -1)
    slopes = exponents * x[:, None] ** np.maximum(exponents - 1, 0)
    return slopes.T @ u


def fit_nodes_adjoint(y_bar, x, fitted, deg, y):
    w = smoothed(y_bar, x, deg)
    residual = fitted - np.polyval(y, x)
    return residual * slope_at(w, x) - np.polyval(w, x) * slope_at(y, x)


structural(
    np.polyfit,
    args="x, fitted, deg, /",
    jvp={
        "x": lambda x_dot, x, fitted, deg, y: fit_nodes_tangent(x_dot, x, fitted, deg, y),
        "fitted": lambda fitted_dot, x, deg: smoothed(powers_back(fitted_dot, x, deg), x, deg),
    },
    vjp={
        "x": lambda y_bar, x, fitted, deg, y: fit_nodes_adjoint(y_bar, x, fitted, deg, y),
        "fitted": lambda y_bar, x, deg: np.polyval(smoothed(y_bar, x, deg), x),
    },
)
not_yet(np.roots, "whether its result is complex depends on values: solve for the roots")
not_yet(np.poly, "multiply factors with np.polymul")
not_yet(np.polydiv, "declare a rule of your own with adcompiler.rules")
excuse(np.polyder, "empty", "a polynomial has one coefficient at least")
excuse(np.polymul, "empty", "a polynomial has one coefficient at least")
