"""Complex numbers, by JAX's convention: adjoints are transposes, nothing is conjugated.

For a holomorphic ``f`` the adjoint is ``y_bar * f'(x)``. ``np.angle`` and ``np.absolute`` (see
``extrema``) are not holomorphic: their tangents are real. At 0 the angle has slope nan (abs: 0).
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import linear, not_yet, structural

# ---- parts

linear(np.real, lambda y_bar: y_bar, operands=("val",), args="val", result="maybe view")
linear(np.imag, lambda y_bar: -1j * y_bar, operands=("val",), args="val", result="maybe view")
linear(np.conjugate, lambda y_bar: np.conj(y_bar), operands=("x",), args="x")

# ---- angles


def degrees_per_unit(deg):
    return 180.0 / np.pi if deg else 1.0


structural(
    np.angle,
    args="z, deg=False",
    jvp={"z": lambda z_dot, z, deg: np.imag(z_dot / z) * degrees_per_unit(deg)},
    vjp={"z": lambda y_bar, z, deg: -1j * y_bar / z * degrees_per_unit(deg)},
)
not_yet(np.real_if_close, "take np.real", args="a, tol=100")
