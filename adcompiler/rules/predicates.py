"""Comparisons, logic, tests and rounding: zero wherever there is a derivative."""

from __future__ import annotations

import cmath
import operator

import numpy as np

from adcompiler.rules.contract import zero

# ---- comparisons and logic

zero((operator.lt, np.less), args="a, b")
zero((operator.le, np.less_equal), args="a, b")
zero((operator.gt, np.greater), args="a, b")
zero((operator.ge, np.greater_equal), args="a, b")
zero((operator.eq, np.equal), args="a, b")
zero((operator.ne, np.not_equal), args="a, b")
zero((np.logical_and, np.logical_or, np.logical_xor), args="a, b")
zero((operator.not_, operator.truth, np.logical_not), args="a")
zero((operator.is_, operator.is_not), args="a, b")

# ---- tests of values

zero((np.isnan, np.isinf, np.isfinite, np.isneginf, np.isposinf, np.signbit), args="x")
zero((np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj, np.isscalar), args="x")
zero((np.isclose, np.allclose), args="a, b, rtol=1e-05, atol=1e-08, equal_nan=False")
zero(np.array_equal, args="a1, a2, equal_nan=False")
zero(np.array_equiv, args="a1, a2")
zero(np.isin, args="element, test_elements, assume_unique=False, invert=False")

zero((cmath.isfinite, cmath.isinf, cmath.isnan), args="z")
zero(cmath.isclose, args="a, b, *, rel_tol=1e-09, abs_tol=0.0")

if hasattr(np, "in1d"):  # deprecated
    zero(np.in1d, args="ar1, ar2, assume_unique=False, invert=False")

# ---- rounding

zero((np.floor, np.ceil, np.rint, np.trunc), args="x")
zero((np.round, np.around), args="a, decimals=0")
if hasattr(np, "fix"):
    zero(np.fix, args="x")

# ---- integers and shapes

zero((np.gcd, np.lcm), args="a, b")
zero(np.shape, args="a")
zero(np.ndim, args="a")
zero(np.size, args="a, axis=None")
zero((np.result_type, np.promote_types, np.can_cast))
