"""NumPy's elementary functions: exponentials, logarithms, roots, trigonometry.

Singular points: ``sqrt`` and ``cbrt`` have an infinite slope at 0; ``hypot`` and ``arctan2`` have
slope 0 at the origin, ``sinc`` at 0; ``logaddexp(-inf, -inf)`` has slopes 0.
"""

from __future__ import annotations

import numpy as np

from adcompiler.optional import later
from adcompiler.rules.contract import elementwise, not_yet, structural, zero

special = later("scipy.special")

# ---- exponentials and logarithms

elementwise(np.exp, lambda x, y: y)
elementwise(np.exp2, lambda x, y: y * np.log(2.0))
elementwise(np.expm1, lambda x, y: np.exp(x))
elementwise(np.log, lambda x, y: 1.0 / x)
elementwise(np.log2, lambda x, y: 1.0 / (x * np.log(2.0)))
elementwise(np.log10, lambda x, y: 1.0 / (x * np.log(10.0)))
elementwise(np.log1p, lambda x, y: 1.0 / (1.0 + x))


def finite_below(y):
    """``-inf - -inf`` is not a number; ``-inf - 0`` is ``-inf``."""
    return np.where(y == -np.inf, 0.0, y)


def share(a, b, y):
    """exp(a - y), which has no digits of y's to lose; 0 where all are -inf."""
    return np.where(y == -np.inf, 0.0, np.exp(-np.logaddexp(0.0, b - a)))


def binary_share(a, b, y):
    return np.where(y == -np.inf, 0.0, np.exp2(-np.logaddexp2(0.0, b - a)))


elementwise(np.logaddexp, lambda a, b, y: (share(a, b, y), share(b, a, y)))
elementwise(np.logaddexp2, lambda a, b, y: (binary_share(a, b, y), binary_share(b, a, y)))

# ---- roots and reciprocals

elementwise(np.sqrt, lambda x, y: 0.5 / y)
elementwise(np.cbrt, lambda x, y: 1.0 / (3.0 * y * y))
elementwise(np.square, lambda x, y: 2.0 * x, bounded=True)
elementwise(np.reciprocal, lambda x, y: -y * y)

# ---- trigonometric functions

elementwise(np.sin, lambda x, y: np.cos(x), bounded=True)
elementwise(np.cos, lambda x, y: -np.sin(x), bounded=True)
elementwise(np.tan, lambda x, y: 1.0 + y * y)
elementwise(np.arcsin, lambda x, y: 1.0 / np.sqrt(1.0 - x * x))
elementwise(np.arccos, lambda x, y: -1.0 / np.sqrt(1.0 - x * x))
elementwise(np.arctan, lambda x, y: 1.0 / (1.0 + x * x), bounded=True)
elementwise((np.deg2rad, np.radians), lambda x, y: np.pi / 180.0, bounded=True)
elementwise((np.rad2deg, np.degrees), lambda x, y: 180.0 / np.pi, bounded=True)


def nonzero(y):
    """``y`` as a denominator: 1 where it is 0."""
    return np.where(y == 0, 1.0, y)


def arctan2_partials(a, b):
    r = nonzero(np.hypot(a, b))
    return b / r / r, -a / r / r


elementwise(np.arctan2, lambda a, b, y: arctan2_partials(a, b))
elementwise(np.hypot, lambda a, b, y: (a / nonzero(y), b / nonzero(y)), bounded=True)


def sinc_partial(x, y):
    """(cos(pi x) - sinc(x)) / x; near 0, where that cancels, its Taylor series to eps."""
    u = np.pi * x
    s = u * u
    near = 1.0 - s / 54.0 * (1.0 - s / 88.0 * (1.0 - s / 130.0))
    near = -np.pi * u / 3.0 * (1.0 - s / 10.0 * (1.0 - s / 28.0 * near))
    return np.where(s < 0.1, near, (np.cos(u) - y) / nonzero(x))


elementwise(np.sinc, lambda x, y: sinc_partial(x, y), bounded=True)
structural(
    np.unwrap,
    args="p, discont=None, axis=-1, *, period=6.283185307179586",
    jvp={"p": lambda p_dot: p_dot},
    vjp={"p": lambda y_bar: y_bar},
)

# ---- hyperbolic functions

elementwise(np.sinh, lambda x, y: np.cosh(x))
elementwise(np.cosh, lambda x, y: np.sinh(x))


def tanh_partial(x, y):
    """Far out, 1 - y * y has no digits left."""
    if np.iscomplexobj(x):
        return 1.0 - y * y
    return 1.0 / np.cosh(x) / np.cosh(x)


elementwise(np.tanh, lambda x, y: tanh_partial(x, y), bounded=True)
elementwise(np.arcsinh, lambda x, y: 1.0 / np.sqrt(x * x + 1.0), bounded=True)
elementwise(np.arccosh, lambda x, y: 1.0 / (np.sqrt(x - 1.0) * np.sqrt(x + 1.0)))
elementwise(np.arctanh, lambda x, y: 1.0 / (1.0 - x * x))

# ---- floating-point pieces

elementwise(np.copysign, lambda a, b, y: (np.sign(a) * np.copysign(1.0, b), 0.0), bounded=True)
elementwise(np.heaviside, lambda a, b, y: (0.0, a == 0))
elementwise(np.ldexp, lambda a, b, y: (np.ldexp(1.0, b), None))
elementwise(np.nextafter, lambda a, b, y: (1.0, 0.0))
elementwise(
    np.nan_to_num,
    lambda x, y: np.isfinite(x),
    args="x, copy=True, nan=0.0, posinf=None, neginf=None",
)
zero((np.spacing, np.sign), args="x")
structural(
    np.frexp,
    args="x",
    jvp={"x": lambda x_dot, y: (np.ldexp(x_dot, -y[1]), 0.0 * x_dot)},
    vjp={"x": lambda y_bar, y: np.ldexp(y_bar[0], -y[1])},
)

# ---- Bessel function of order 0, and the window made of it


def kaiser_slope(M, beta, y):
    """Of i0(beta r) / i0(beta), where r is a half circle over the window."""
    t = (2.0 * np.arange(M) - M + 1.0) / max(M - 1, 1)
    r = np.sqrt(np.maximum(1.0 - t * t, 0.0))
    return (r * special.i1(beta * r) - y * special.i1(beta)) / np.i0(beta)


if special is not None:
    elementwise(np.i0, lambda x, y: special.i1(x), args="x")
    structural(
        np.kaiser,
        args="M, beta",
        jvp={"beta": lambda beta_dot, M, beta, y: beta_dot * kaiser_slope(M, beta, y)},
        vjp={"beta": lambda y_bar, M, beta, y: np.sum(y_bar * kaiser_slope(M, beta, y))},
    )
else:
    not_yet((np.i0, np.kaiser), "its derivative needs SciPy: install it", args="x, beta=0.0")
