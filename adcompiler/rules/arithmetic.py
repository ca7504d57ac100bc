"""Arithmetic: operators, their NumPy ufuncs and built-ins.

Singular points: ``0 ** 0.0`` has slope 0 in the base; the slope in the exponent is 0 where the base
is 0. A remainder's slope is that of the branch taken.
"""

from __future__ import annotations

import operator

import numpy as np

from adcompiler.rules.contract import elementwise, not_yet, zero

# ---- sums and products

elementwise((operator.add, np.add), lambda a, b, y: (1.0, 1.0))
elementwise((operator.sub, np.subtract), lambda a, b, y: (1.0, -1.0))
elementwise((operator.mul, np.multiply), lambda a, b, y: (b, a))
elementwise((operator.truediv, np.divide), lambda a, b, y: (1.0 / b, -y / b))
elementwise((operator.neg, np.negative), lambda a, y: -1.0)
elementwise((operator.pos, np.positive), lambda a, y: 1.0)

# ---- powers


def power_in_base(a, b):
    if np.ndim(b) == 0:
        return b * a ** (b - 1 if b != 0 else 1)
    return b * a ** np.where(b == 0, 1, b - 1)


def power_in_exponent(a, y):
    return y * np.log(np.where(a == 0, 1.0, a))


def scalar_power_in_base(a, b, y):
    """Python's ``**`` raises where 0 gets a negative power and where a power overflows."""
    if np.iscomplexobj(y):
        return b * y / a if a else 0.0
    return b * a ** (b - 1) if b >= 1 else b * y / a if a else b * np.inf if b else 0.0


def scalar_power_in_exponent(a, y):
    return y * np.log(a) if a else 0.0


def power_partials(a, b, y):
    if np.ndim(y) == 0:
        return scalar_power_in_base(a, b, y), scalar_power_in_exponent(a, y)
    return power_in_base(a, b), power_in_exponent(a, y)


elementwise(
    (np.power, np.float_power),
    lambda a, b, y: (power_in_base(a, b), power_in_exponent(a, y)),
)
elementwise((operator.pow, pow), lambda a, b, y: power_partials(a, b, y))

# ---- quotients and remainders

zero((operator.floordiv, np.floor_divide), args="a, b")
elementwise((operator.mod, np.remainder), lambda a, b, y: (1.0, -(a // b)))
elementwise(np.fmod, lambda a, b, y: (1.0, -np.trunc(a / b)))
not_yet((divmod, np.divmod), "write a // b and a % b", args="a, b")
not_yet(np.modf, "write np.trunc(x) and x - np.trunc(x)", args="x")

# ---- rounding and bits

zero(round, args="number, ndigits=None")
zero((operator.and_, np.bitwise_and), args="a, b")
zero((operator.or_, np.bitwise_or), args="a, b")
zero((operator.xor, np.bitwise_xor), args="a, b")
zero((operator.lshift, np.left_shift), args="a, b")
zero((operator.rshift, np.right_shift), args="a, b")
zero((operator.invert, np.invert, np.bitwise_count), args="a")
