"""Arithmetic: operators, their NumPy ufuncs and built-ins.

Singular points: ``0 ** 0.0`` has slope 0 in the base; the slope in the exponent is 0 where the base
is 0. A remainder's slope is that of the branch taken.
"""

from __future__ import annotations

import operator

import numpy as np

from adcompiler.rules.contract import elementwise, structural, zero

# ---- sums and products

elementwise((operator.add, np.add), lambda a, b, y: (1.0, 1.0), bounded=True)
elementwise((operator.sub, np.subtract), lambda a, b, y: (1.0, -1.0), bounded=True)
elementwise((operator.mul, np.multiply), lambda a, b, y: (b, a), bounded=True)
elementwise(
    (operator.truediv, np.divide),
    lambda a, b, y: (1.0 / b, -y / b),
    bounded=lambda a, b: bool(b),
)
elementwise((operator.neg, np.negative), lambda a, y: -1.0, bounded=True)
elementwise((operator.pos, np.positive), lambda a, y: 1.0, bounded=True)

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
    bounded=lambda a, b: b in (1, 2, 3, 4),
)
elementwise(
    (operator.pow, pow),
    lambda a, b, y: power_partials(a, b, y),
    bounded=lambda a, b: b in (1, 2, 3, 4),
)

# ---- quotients and remainders

zero((operator.floordiv, np.floor_divide), args="a, b")
elementwise((operator.mod, np.remainder), lambda a, b, y: (1.0, -(a // b)))
elementwise(np.fmod, lambda a, b, y: (1.0, -np.trunc(a / b)))
structural(
    np.divmod,
    args="a, b",
    jvp={
        "a": lambda a_dot: (0.0 * a_dot, a_dot),
        "b": lambda b_dot, y: (0.0 * b_dot, -y[0] * b_dot),
    },
    vjp={"a": lambda y_bar: y_bar[1], "b": lambda y_bar, y: -y_bar[1] * y[0]},
)
structural(
    np.modf,
    args="x",
    jvp={"x": lambda x_dot: (x_dot, 0.0 * x_dot)},
    vjp={"x": lambda y_bar: y_bar[0]},
)

# ---- rounding and bits

zero(round, args="number, ndigits=None")
zero((operator.and_, np.bitwise_and), args="a, b")
zero((operator.or_, np.bitwise_or), args="a, b")
zero((operator.xor, np.bitwise_xor), args="a, b")
zero((operator.lshift, np.left_shift), args="a, b")
zero((operator.rshift, np.right_shift), args="a, b")
zero((operator.invert, np.invert, np.bitwise_count), args="a")
