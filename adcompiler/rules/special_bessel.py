"""``scipy.special``: scaled, spherical, Kelvin, Struve and integrated Bessel and Airy functions.

Recurrences and differential equations are those of DLMF, chapters 9 to 11. Derivatives by an order
have no closed form: ``None``. Singular points: at 0 the second derivatives of ``spherical_jn`` and
its like are NaN.
"""

from __future__ import annotations

import numpy as np
from scipy import __version__, special

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
    jvp={"x": lambda x_dot, x: (x_dot * (1.0 - special.j0(x)) / x, -x_dot * special.y0(x) / x)},
    vjp={"x": lambda y_bar, x: (y_bar[0] * (1.0 - special.j0(x)) - y_bar[1] * special.y0(x)) / x},
)
structural(
    special.it2i0k0,
    args="x",
    jvp={"x": lambda x_dot, x: (x_dot * (special.i0(x) - 1.0) / x, -x_dot * special.k0(x) / x)},
    vjp={"x": lambda y_bar, x: (y_bar[0] * (special.i0(x) - 1.0) - y_bar[1] * special.k0(x)) / x},
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

# ---- what older versions of SciPy compute wrong values of

TRUSTED = tuple(int(each) for each in __version__.split(".")[:2]) >= (1, 17)
if not TRUSTED:
    not_yet(special.modfresnelp, "this version of SciPy has wrong values of it: update it")
