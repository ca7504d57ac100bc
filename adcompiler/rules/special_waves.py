"""``scipy.special``: parabolic cylinder, Mathieu and spheroidal wave functions.

Most give a function and its derivative; the derivative of that one follows from the differential
equation (DLMF, chapters 12, 28 and 30). Characteristic values move by the mean of what perturbs
the equation. Derivatives by an order or a parameter have no closed form. Singular points:
``pro_ang1`` and its like have a NaN slope of the derivative at 1 and -1.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from adcompiler.rules.contract import elementwise, excuse, not_yet, structural
from adcompiler.rules.special_bessel import TRUSTED

# ---- a function and its derivative, from the differential equation f" = bend


def pair_tangent(x_dot, y, bend):
    return x_dot * y[1], x_dot * bend


def pair_adjoint(y_bar, y, bend):
    return y_bar[0] * y[1] + y_bar[1] * bend


structural(
    (special.pbdv, special.pbvv),
    args="v, x",
    jvp={"x": lambda x_dot, v, x, y: pair_tangent(x_dot, y, (0.25 * x * x - v - 0.5) * y[0])},
    vjp={"x": lambda y_bar, v, x, y: pair_adjoint(y_bar, y, (0.25 * x * x - v - 0.5) * y[0])},
)
structural(
    special.pbwa,
    args="a, x",
    jvp={"x": lambda x_dot, a, x, y: pair_tangent(x_dot, y, (a - 0.25 * x * x) * y[0])},
    vjp={"x": lambda y_bar, a, x, y: pair_adjoint(y_bar, y, (a - 0.25 * x * x) * y[0])},
)


def mathieu_slope(function, m, q):
    """The mean of 2 cos(2x) over the squared function, by 128 points of its period."""
    x = 360.0 / 128.0 * np.arange(128)
    f = function(np.expand_dims(m, -1), np.expand_dims(q, -1), x)[0]
    weights = f * f
    turned = 2.0 * np.cos(np.pi / 90.0 * x) * weights
    return np.sum(turned, axis=-1) / np.sum(weights, axis=-1)


elementwise(special.mathieu_a, lambda m, q, y: (None, mathieu_slope(special.mathieu_cem, m, q)))
elementwise(special.mathieu_b, lambda m, q, y: (None, mathieu_slope(special.mathieu_sem, m, q)))


def mathieu_bend(q, x, y, characteristic):
    return (2.0 * q * np.cos(np.pi / 90.0 * x) - characteristic) * y[0]


structural(
    special.mathieu_cem,
    args="m, q, x",
    jvp={
        "x": lambda x_dot, m, q, x, y: pair_tangent(
            np.pi / 180.0 * x_dot, y, mathieu_bend(q, x, y, special.mathieu_a(m, q))
        )
    },
    vjp={
        "x": lambda y_bar, m, q, x, y: (
            np.pi / 180.0 * pair_adjoint(y_bar, y, mathieu_bend(q, x, y, special.mathieu_a(m, q)))
        )
    },
)
structural(
    special.mathieu_sem,
    args="m, q, x",
    jvp={
        "x": lambda x_dot, m, q, x, y: pair_tangent(
            np.pi / 180.0 * x_dot, y, mathieu_bend(q, x, y, special.mathieu_b(m, q))
        )
    },
    vjp={
        "x": lambda y_bar, m, q, x, y: (
            np.pi / 180.0 * pair_adjoint(y_bar, y, mathieu_bend(q, x, y, special.mathieu_b(m, q)))
        )
    },
)


def modified_mathieu_bend(q, x, y, characteristic):
    return (characteristic - 2.0 * q * np.cosh(2.0 * x)) * y[0]


structural(
    (special.mathieu_modcem1, special.mathieu_modcem2),
    args="m, q, x",
    jvp={
        "x": lambda x_dot, m, q, x, y: pair_tangent(
            x_dot, y, modified_mathieu_bend(q, x, y, special.mathieu_a(m, q))
        )
    },
    vjp={
        "x": lambda y_bar, m, q, x, y: pair_adjoint(
            y_bar, y, modified_mathieu_bend(q, x, y, special.mathieu_a(m, q))
        )
    },
)
structural(
    (special.mathieu_modsem1, special.mathieu_modsem2),
    args="m, q, x",
    jvp={
        "x": lambda x_dot, m, q, x, y: pair_tangent(
            x_dot, y, modified_mathieu_bend(q, x, y, special.mathieu_b(m, q))
        )
    },
    vjp={
        "x": lambda y_bar, m, q, x, y: pair_adjoint(
            y_bar, y, modified_mathieu_bend(q, x, y, special.mathieu_b(m, q))
        )
    },
)

# ---- spheroidal wave functions: (1 - x²) f" = 2 x f' - (cv ∓ c² x² - m² / (1 - x²)) f


def mean_square(function, m, n, c):
    """The mean of x² over the squared angular function, by 64 nodes of Gauss and Legendre."""
    x, w = special.roots_legendre(64)
    f = function(np.expand_dims(m, -1), np.expand_dims(n, -1), np.expand_dims(c, -1), x)[0]
    weights = w * f * f
    return np.sum(weights * x * x, axis=-1) / np.sum(weights, axis=-1)


elementwise(
    special.pro_cv,
    lambda m, n, c, y: (None, None, 2.0 * c * mean_square(special.pro_ang1, m, n, c)),
)
elementwise(
    special.obl_cv,
    lambda m, n, c, y: (None, None, -2.0 * c * mean_square(special.obl_ang1, m, n, c)),
)


def spheroidal_bend(m, c2, cv, x, y):
    u = 1.0 - x * x
    return (2.0 * x * y[1] - (cv - c2 * x * x - m * m / u) * y[0]) / u


structural(
    (special.pro_ang1, special.pro_rad1),
    args="m, nu, c, x",
    jvp={
        "x": lambda x_dot, m, nu, c, x, y: pair_tangent(
            x_dot, y, spheroidal_bend(m, c * c, special.pro_cv(m, nu, c), x, y)
        )
    },
    vjp={
        "x": lambda y_bar, m, nu, c, x, y: pair_adjoint(
            y_bar, y, spheroidal_bend(m, c * c, special.pro_cv(m, nu, c), x, y)
        )
    },
)
structural(
    (special.pro_ang1_cv, special.pro_rad1_cv),
    args="m, nu, c, cv, x",
    jvp={
        "x": lambda x_dot, m, c, cv, x, y: pair_tangent(
            x_dot, y, spheroidal_bend(m, c * c, cv, x, y)
        )
    },
    vjp={
        "x": lambda y_bar, m, c, cv, x, y: pair_adjoint(
            y_bar, y, spheroidal_bend(m, c * c, cv, x, y)
        )
    },
)
structural(
    special.obl_ang1,
    args="m, nu, c, x",
    jvp={
        "x": lambda x_dot, m, nu, c, x, y: pair_tangent(
            x_dot, y, spheroidal_bend(m, -c * c, special.obl_cv(m, nu, c), x, y)
        )
    },
    vjp={
        "x": lambda y_bar, m, nu, c, x, y: pair_adjoint(
            y_bar, y, spheroidal_bend(m, -c * c, special.obl_cv(m, nu, c), x, y)
        )
    },
)
structural(
    special.obl_ang1_cv,
    args="m, nu, c, cv, x",
    jvp={
        "x": lambda x_dot, m, c, cv, x, y: pair_tangent(
            x_dot, y, spheroidal_bend(m, -c * c, cv, x, y)
        )
    },
    vjp={
        "x": lambda y_bar, m, c, cv, x, y: pair_adjoint(
            y_bar, y, spheroidal_bend(m, -c * c, cv, x, y)
        )
    },
)


def oblate_radial_bend(m, c2, cv, x, y):
    """(1 + x²) f" = -2 x f' + (cv - c² x² - m² / (1 + x²)) f."""
    u = 1.0 + x * x
    return ((cv - c2 * x * x - m * m / u) * y[0] - 2.0 * x * y[1]) / u


structural(
    special.obl_rad1,
    args="m, nu, c, x",
    jvp={
        "x": lambda x_dot, m, nu, c, x, y: pair_tangent(
            x_dot, y, oblate_radial_bend(m, c * c, special.obl_cv(m, nu, c), x, y)
        )
    },
    vjp={
        "x": lambda y_bar, m, nu, c, x, y: pair_adjoint(
            y_bar, y, oblate_radial_bend(m, c * c, special.obl_cv(m, nu, c), x, y)
        )
    },
)
structural(
    special.obl_rad1_cv,
    args="m, nu, c, cv, x",
    jvp={
        "x": lambda x_dot, m, c, cv, x, y: pair_tangent(
            x_dot, y, oblate_radial_bend(m, c * c, cv, x, y)
        )
    },
    vjp={
        "x": lambda y_bar, m, c, cv, x, y: pair_adjoint(
            y_bar, y, oblate_radial_bend(m, c * c, cv, x, y)
        )
    },
)

# ---- what SciPy has no accurate values of, or only as lists of all orders

not_yet(
    (special.pro_rad2, special.pro_rad2_cv, special.obl_rad2, special.obl_rad2_cv),
    "SciPy's own slopes of it are not accurate",
)
not_yet(
    (
        special.pbdv_seq, special.pbvv_seq, special.pbdn_seq, special.lmbda, special.riccati_jn,
        special.riccati_yn, special.mathieu_even_coef, special.mathieu_odd_coef,
        special.pro_cv_seq, special.obl_cv_seq,
    ),
    "it computes a list of all orders: use the function of one order",
)  # fmt: skip
if not TRUSTED:
    not_yet(
        (special.pro_rad1, special.pro_rad1_cv, special.obl_rad1, special.obl_rad1_cv),
        "this version of SciPy has wrong values of it, or crashes: update it",
    )
excuse(
    (special.mathieu_a, special.mathieu_b, special.obl_cv, special.pro_cv),
    "second order",
    "their slope has none by the same operand",
)
excuse((special.obl_cv, special.pro_cv), "float32", "SciPy's own loop does not end")
