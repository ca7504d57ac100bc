"""``scipy.special``: elliptic integrals and functions, hypergeometric functions.

Carlson's integrals (DLMF 19.16 to 19.20) avoid the cancellation of Legendre's at m = 0. Singular
points: ``ellipkinc``, ``ellipeinc`` and ``ellipj`` have no slope by ``m`` at ``m = 0``.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from adcompiler.rules.contract import elementwise, excuse, not_yet, structural


def ellipkinc_in_m(phi, m, y):
    s = np.sqrt(1.0 - m * np.sin(phi) ** 2)
    outer = special.ellipeinc(phi, m) / m - np.sin(2.0 * phi) / (2.0 * s)
    return 0.5 * (outer / (1.0 - m) - y / m)


def elliprd_partials(x, y, z, r):
    """Of Carlson's R_D, from the Euler-Poisson relations; needs x, y, z distinct."""
    in_x = (special.elliprd(y, z, x) - r) / (2.0 * (x - z))
    in_y = (special.elliprd(x, z, y) - r) / (2.0 * (y - z))
    return in_x, in_y, -(1.5 * r + x * in_x + y * in_y) / z


# ---- Legendre's integrals

elementwise(special.elliprd, lambda a, b, c, y: elliprd_partials(a, b, c, y))
elementwise(
    special.ellipk,
    lambda m, y: (y - special.elliprd(0.0, 1.0 - m, 1.0) / 3.0) / (2.0 * (1.0 - m)),
)
elementwise(
    special.ellipkm1,
    lambda p, y: (special.elliprd(0.0, p, 1.0) / 3.0 - y) / (2.0 * p),
)
elementwise(special.ellipe, lambda m, y: -special.elliprd(0.0, 1.0 - m, 1.0) / 6.0)
elementwise(
    special.ellipkinc,
    lambda phi, m, y: (
        1.0 / np.sqrt(1.0 - m * np.sin(phi) ** 2),
        ellipkinc_in_m(phi, m, y),
    ),
)
elementwise(
    special.ellipeinc,
    lambda phi, m, y: (
        np.sqrt(1.0 - m * np.sin(phi) ** 2),
        (y - special.ellipkinc(phi, m)) / (2.0 * m),
    ),
)


def agm_partials(a, b, y):
    """agm(a, b) = pi / 4 (a + b) / K(m), m = ((a - b) / (a + b))²."""
    total = a + b
    m = ((a - b) / total) ** 2
    rd = special.elliprd(0.0, 1.0 - m, 1.0)
    k = special.ellipk(m)
    slope = (k - rd / 3.0) / (2.0 * (1.0 - m)) / k
    turn = 4.0 * (a - b) / total / total / total * slope
    return y * (1.0 / total - b * turn), y * (1.0 / total + a * turn)


elementwise(special.agm, lambda a, b, y: agm_partials(a, b, y))

# ---- Carlson's integrals


def elliprc_partials(x, y, r):
    """R_C(x, y) is R_F(x, y, y); where y is negative, a principal value."""
    p = np.where(y < 0.0, 1.0, y)
    far = np.where(y < 0.0, 2.0 * (y - x), 1.0)
    in_x = np.where(y < 0.0, (r - 1.0 / np.sqrt(x)) / far, -special.elliprd(p, p, x) / 6.0)
    in_y = np.where(y < 0.0, (np.sqrt(x) / y - r) / far, -special.elliprd(x, p, p) / 3.0)
    return in_x, in_y


elementwise(special.elliprc, lambda a, b, y: elliprc_partials(a, b, y))
elementwise(
    special.elliprf,
    lambda a, b, c, y: (
        -special.elliprd(b, c, a) / 6.0,
        -special.elliprd(c, a, b) / 6.0,
        -special.elliprd(a, b, c) / 6.0,
    ),
)


def elliprg_partial(x, y, z):
    return 0.25 * special.elliprf(x, y, z) - x * special.elliprd(y, z, x) / 12.0


elementwise(
    special.elliprg,
    lambda a, b, c, y: (
        elliprg_partial(a, b, c),
        elliprg_partial(b, c, a),
        elliprg_partial(c, a, b),
    ),
)
not_yet(special.elliprj, "its partials cancel where arguments are close", args="x, y, z, p")

# ---- Jacobi's functions


def ellipj_tangent(u_dot, m, y):
    """By ``u``, or by a change of the amplitude by ``u_dot / dn``."""
    sn, cn, dn, _ = y
    return cn * dn * u_dot, -sn * dn * u_dot, -m * sn * cn * u_dot, dn * u_dot


def ellipj_shift(m, y):
    """A step of ``m`` acts through the amplitude as this step of ``u``."""
    amplitude = y[3]
    return -ellipkinc_in_m(amplitude, m, special.ellipkinc(amplitude, m))


def ellipj_in_m(m_dot, m, y):
    a, b, c, d = ellipj_tangent(m_dot * ellipj_shift(m, y), m, y)
    return a, b, c - 0.5 * y[0] * y[0] / y[2] * m_dot, d


def ellipj_adjoint(y_bar, m, y):
    sn, cn, dn, _ = y
    return y_bar[0] * cn * dn - y_bar[1] * sn * dn - y_bar[2] * m * sn * cn + y_bar[3] * dn


structural(
    special.ellipj,
    args="u, m",
    jvp={
        "u": lambda u_dot, m, y: ellipj_tangent(u_dot, m, y),
        "m": lambda m_dot, m, y: ellipj_in_m(m_dot, m, y),
    },
    vjp={
        "u": lambda y_bar, m, y: ellipj_adjoint(y_bar, m, y),
        "m": lambda y_bar, m, y: (
            ellipj_adjoint(y_bar, m, y) * ellipj_shift(m, y) - 0.5 * y_bar[2] * y[0] * y[0] / y[2]
        ),
    },
)

# ---- hypergeometric functions

elementwise(special.hyp0f1, lambda v, z, y: (None, special.hyp0f1(v + 1.0, z) / v))
elementwise(
    special.hyp1f1,
    lambda a, b, x, y: (None, None, a / b * special.hyp1f1(a + 1.0, b + 1.0, x)),
)
elementwise(
    special.hyp2f1,
    lambda a, b, c, z, y: (
        None,
        None,
        None,
        a * b / c * special.hyp2f1(a + 1.0, b + 1.0, c + 1.0, z),
    ),
)

elementwise(
    special.hyperu, lambda a, b, x, y: (None, None, -a * special.hyperu(a + 1.0, b + 1.0, x))
)
elementwise(
    special.wright_bessel, lambda a, b, x, y: (None, None, special.wright_bessel(a, a + b, x))
)
if hasattr(special, "log_wright_bessel"):  # SciPy 1.14
    elementwise(
        special.log_wright_bessel,
        lambda a, b, x, y: (None, None, np.exp(special.log_wright_bessel(a, a + b, x) - y)),
    )
excuse(
    (special.elliprc, special.elliprg),
    "second order",
    "it is NaN at equal operands: the partials of elliprd divide by their differences",
)
