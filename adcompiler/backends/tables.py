"""Functions of numbers, and how the loop form says them."""

from __future__ import annotations

import builtins
import math
import operator
from typing import Any

import numpy as np

OPERATORS: dict[Any, str] = {
    operator.add: "+", np.add: "+",
    operator.sub: "-", np.subtract: "-",
    operator.mul: "*", np.multiply: "*",
    operator.truediv: "/", np.true_divide: "/",
    operator.neg: "neg", np.negative: "neg",
    operator.lt: "<", np.less: "<",
    operator.le: "<=", np.less_equal: "<=",
    operator.gt: ">", np.greater: ">",
    operator.ge: ">=", np.greater_equal: ">=",
    operator.eq: "==", np.equal: "==",
    operator.ne: "!=", np.not_equal: "!=",
}  # fmt: skip

LOGICAL: dict[Any, str] = {
    operator.and_: "and", np.logical_and: "and",
    operator.or_: "or", np.logical_or: "or",
    operator.invert: "not", np.logical_not: "not",
    operator.xor: "!=", np.logical_xor: "!=",
}  # fmt: skip

_NUMPY = """
    exp expm1 log log1p log2 log10 sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh
    arccosh arctanh arctan2 hypot floor ceil trunc sign maximum minimum fmax fmin copysign exp2
    logaddexp isfinite isnan isinf
""".split()  # noqa: SIM905

NUMPY: dict[Any, str] = {getattr(np, name): f"np.{name}" for name in _NUMPY}

# those of `math` raise where NumPy's give inf or nan
_MATH = """
    exp expm1 log log1p log2 log10 sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh
    atan2 hypot copysign gamma lgamma erf erfc
""".split()  # noqa: SIM905

MATH: dict[Any, str] = {getattr(math, name): f"math.{name}" for name in _MATH}

OF_TWO = frozenset(
    "arctan2 atan2 hypot maximum minimum fmax fmin copysign logaddexp".split()  # noqa: SIM905
)

TESTS: dict[Any, str] = {
    math.isfinite: "math.isfinite",
    math.isnan: "math.isnan",
    math.isinf: "math.isinf",
}

ABSOLUTE = (builtins.abs, np.absolute, math.fabs, np.fabs)
POWERS = (operator.pow, np.power, np.float_power, math.pow)
DIVISIONS: dict[Any, str] = {
    operator.floordiv: "//", np.floor_divide: "//",
    operator.mod: "%", np.remainder: "%",
}  # fmt: skip
DTYPES = frozenset({"bool", "int64", "float32", "float64", "complex64", "complex128"})
