"""``scipy.special``: Bessel, Kelvin, Struve, Airy, parabolic cylinder and spheroidal functions.

Recurrences and differential equations are those of DLMF, chapters 9 to 12, 28 and 30. Derivatives
by an order or a parameter have no closed form: ``None``, or not listed. Singular points: at 0 the
second derivatives of the spherical functions are NaN, and so are the slopes of the spheroidal
derivatives at 1 and -1.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from adcompiler.rules.contract import elementwise, not_yet, structural
from adcompiler.rules.elementary import nonzero

# ---- exponentially scaled


def of_real(z):
    """Scaling by ``exp(-abs(imag(z)))`` is not holomorphic."""
    assert not np.iscomplexobj(z), "derivatives of scaled Bessel functions need real arguments"
    return z


elementwise(
    special.jve,
    lambda v, z, y: (None, 0.5 * (special.jve(v - 1, of_real(z)) - special.jve(v + 1, z))),
)
elementwise(
    special.yve,
    lambda v, z, y: (None, 0.5 * (special.yve(v - 1, of_real(z)) - special.yve(v + 1, z))),
)
elementwise(
    special.hankel1e,
    lambda v, z, y: (
        None,
        0.5 * (special.hankel1e(v - 1, z) - special.hankel1e(v + 1, z)) - 1j * y,
    ),
)
elementwise(
    special.hankel2e,
    lambda v, z, y: (
        None,
        0.5 * (special.hankel2e(v - 1, z) - special.hankel2e(v + 1, z)) + 1j * y,
    ),
)

# ---- derivatives of Bessel functions

elementwise(
    special.jvp, lambda v, z, n, y: (None, special.jvp(v, z, n + 1), None), args="v, z, n=1"
)
elementwise(
    special.yvp, lambda v, z, n, y: (None, special.yvp(v, z, n + 1), None), args="v, z, n=1"
)
elementwise(
    special.ivp, lambda v, z, n, y: (None, special.ivp(v, z, n + 1), None), args="v, z, n=1"
)
elementwise(
    special.kvp, lambda v, z, n, y: (None, special.kvp(v, z, n + 1), None), args="v, z, n=1"
)
elementwise(
    special.h1vp, lambda v, z, n, y: (None, special.h1vp(v, z, n + 1), None), args="v, z, n=1"
)
elementwise(
    special.h2vp, lambda v, z, n, y: (None, special.h2vp(v, z, n + 1), None), args="v, z, n=1"
)

# ---- spherical Bessel functions


def spherical_slope(n, z, derivative, y, slope, sign):
    """The slope, or of a slope the differential equation z² f" = -2 z f' - (sign z² - n(n+1)) f."""
    if derivative is False:
        return slope(n, z, True)
    return -2.0 * y / z - (sign - n * (n + 1) / z / z) * slope(n, z)


elementwise(
    special.spherical_jn,
    lambda n, z, derivative, y: (
        None,
        spherical_slope(n, z, derivative, y, special.spherical_jn, 1.0),
        None,
    ),
    args="n, z, derivative=False",
)
elementwise(
    special.spherical_yn,
    lambda n, z, derivative, y: (
        None,
        spherical_slope(n, z, derivative, y, special.spherical_yn, 1.0),
        None,
    ),
    args="n, z, derivative=False",
)
elementwise(
    special.spherical_in,
    lambda n, z, derivative, y: (
        None,
        spherical_slope(n, z, derivative, y, special.spherical_in, -1.0),
        None,
    ),
    args="n, z, derivative=False",
)
elementwise(
    special.spherical_kn,
    lambda n, z, derivative, y: (
        None,
        spherical_slope(n, z, derivative, y, special.spherical_kn, -1.0),
        None,
    ),
    args="n, z, derivative=False",
)

# ---- Kelvin functions


def slope_of_beip(x, y):
    return np.where(x == 0, 0.5, special.ber(x) - y / nonzero(x))


elementwise(special.ber, lambda x, y: special.berp(x))
elementwise(special.bei, lambda x, y: special.beip(x))
elementwise(special.ker, lambda x, y: special.kerp(x))
elementwise(special.kei, lambda x, y: special.keip(x))
elementwise(special.berp, lambda x, y: -special.bei(x) - y / nonzero(x))
elementwise(special.beip, lambda x, y: slope_of_beip(x, y))
elementwise(special.kerp, lambda x, y: -special.kei(x) - y / x)
elementwise(special.keip, lambda x, y: special.ker(x) - y / x)
structural(
    special.kelvin,
    args="x",
    jvp={
        "x": lambda x_dot, x, y: (
            x_dot * y[2],
            x_dot * y[3],
            x_dot * (1j * y[0] - y[2] / x),
            x_dot * (1j * y[1] - y[3] / x),
        )
    },
    vjp={
        "x": lambda y_bar, x, y: (
            y_bar[0] * y[2]
            + y_bar[1] * y[3]
            + y_bar[2] * (1j * y[0] - y[2] / x)
            + y_bar[3] * (1j * y[1] - y[3] / x)
        )
    },
)

# ---- Struve functions


def between_struve(v, x):
    return (0.5 * x) ** v * special.rgamma(v + 1.5) / np.sqrt(np.pi)


elementwise(
    special.struve,
    lambda v, x, y: (
        None,
        0.5 * (special.struve(v - 1, x) - special.struve(v + 1, x) + between_struve(v, x)),
    ),
)
elementwise(
    special.modstruve,
    lambda v, x, y: (
        None,
        0.5 * (special.modstruve(v - 1, x) + special.modstruve(v + 1, x) + between_struve(v, x)),
    ),
)

# ---- integrals of Bessel, Struve and Airy functions

elementwise(special.itstruve0, lambda x, y: special.struve(0, x))
elementwise(special.itmodstruve0, lambda x, y: special.modstruve(0, x))
elementwise(special.it2struve0, lambda x, y: -special.struve(0, x) / x)
elementwise(
    special.besselpoly,
    lambda a, lmb, nu, y: (
        special.besselpoly(a, lmb + 1.0, nu - 1.0) - special.besselpoly(a, lmb + 1.0, nu + 1.0),
        None,
        None,
    ),
)
structural(
    special.itj0y0,
    args="x",
    jvp={"x": lambda x_dot, x: (x_dot * special.j0(x), x_dot * special.y0(x))},
    vjp={"x": lambda y_bar, x: y_bar[0] * special.j0(x) + y_bar[1] * special.y0(x)},
)
structural(
    special.iti0k0,
    args="x",
    jvp={"x": lambda x_dot, x: (x_dot * special.i0(x), x_dot * special.k0(x))},
    vjp={"x": lambda y_bar, x: y_bar[0] * special.i0(x) + y_bar[1] * special.k0(x)},
)
structural(
    special.it2j0y0,
    args="x",
    jvp={
        "x": lambda x_dot, x: (
            x_dot * (1.0 - special.j0(x)) / x, -x_dot * special.y0(x) / x
        )
    },
    vjp={
        "x": lambda y_bar, x: (
            (y_bar[0] * (1.0 - special.j0(x)) - y_bar[1] * special.y0(x)) / x
        )
    },
)
structural(
    special.it2i0k0,
    args="x",
    jvp={
        "x": lambda x_dot, x: (
            x_dot * (special.i0(x) - 1.0) / x, -x_dot * special.k0(x) / x
        )
    },
    vjp={
        "x": lambda y_bar, x: (
            (y_bar[0] * (special.i0(x) - 1.0) - y_bar[1] * special.k0(x)) / x
        )
    },
)
structural(
    special.itairy,
    args="x",
    jvp={
        "x": lambda x_dot, x: (
            x_dot * special.airy(x)[0],
            x_dot * special.airy(x)[2],
            x_dot * special.airy(-x)[0],
            x_dot * special.airy(-x)[2],
        )
    },
    vjp={
        "x": lambda y_bar, x: (
            y_bar[0] * special.airy(x)[0]
            + y_bar[1] * special.airy(x)[2]
            + y_bar[2] * special.airy(-x)[0]
            + y_bar[3] * special.airy(-x)[2]
        )
    },
)


def airye_slopes(z, y):
    """Of Ai and Ai' times exp(r z / 1.5), Bi and Bi' times exp(-r z / 1.5), where r is sqrt(z)."""
    assert not np.iscomplexobj(z), "derivatives of special.airye need real arguments"
    r = np.sqrt(np.maximum(z, 0.0))
    return y[1] + r * y[0], z * y[0] + r * y[1], y[3] - r * y[2], z * y[2] - r * y[3]


def airye_tangent(z_dot, z, y):
    a, b, c, d = airye_slopes(z, y)
    return z_dot * a, z_dot * b, z_dot * c, z_dot * d


def airye_adjoint(y_bar, z, y):
    a, b, c, d = airye_slopes(z, y)
    return y_bar[0] * a + y_bar[1] * b + y_bar[2] * c + y_bar[3] * d


structural(
    special.airye,
    args="z",
    jvp={"z": lambda z_dot, z, y: airye_tangent(z_dot, z, y)},
    vjp={"z": lambda y_bar, z, y: airye_adjoint(y_bar, z, y)},
)

# ---- modified Fresnel integrals

structural(
    special.modfresnelp,
    args="x",
    jvp={
        "x": lambda x_dot, x, y: (
            -x_dot * np.exp(1j * x * x),
            x_dot * (-2j * x * y[1] - np.exp(-0.25j * np.pi) / np.sqrt(np.pi)),
        )
    },
    vjp={
        "x": lambda y_bar, x, y: (
            -y_bar[0] * np.exp(1j * x * x)
            - y_bar[1] * (2j * x * y[1] + np.exp(-0.25j * np.pi) / np.sqrt(np.pi))
        )
    },
)
structural(
    special.modfresnelm,
    args="x",
    jvp={
        "x": lambda x_dot, x, y: (
            -x_dot * np.exp(-1j * x * x),
            x_dot * (2j * x * y[1] - np.exp(0.25j * np.pi) / np.sqrt(np.pi)),
        )
    },
    vjp={
        "x": lambda y_bar, x, y: (
            -y_bar[0] * np.exp(-1j * x * x)
            + y_bar[1] * (2j * x * y[1] - np.exp(0.25j * np.pi) / np.sqrt(np.pi))
        )
    },
)

# ---- a function and its derivative, from the differential equation f" = bend


def pair_tangent(x_dot, y, bend):
    return x_dot * y[1], x_dot * bend


def pair_adjoint(y_bar, y, bend):
    return y_bar[0] * y[1] + y_bar[1] * bend


structural(
    (special.pbdv, special.pbvv),
    args="v, x",
    jvp={
        "x": lambda x_dot, v, x, y: pair_tangent(x_dot, y, (0.25 * x * x - v - 0.5) * y[0])
    },
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


elementwise(
    special.mathieu_a, lambda m, q, y: (None, mathieu_slope(special.mathieu_cem, m, q))
)
elementwise(
    special.mathieu_b, lambda m, q, y: (None, mathieu_slope(special.mathieu_sem, m, q))
)


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
