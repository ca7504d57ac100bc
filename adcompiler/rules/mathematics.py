"""The standard library's ``math``, on scalars.

Its functions raise where NumPy's return inf, so partials are guarded where the primal doesn't
raise: an infinite slope is ``math.inf``. Singular points are those of ``elementary``.
"""

from __future__ import annotations

import math

from adcompiler.optional import later
from adcompiler.rules.contract import elementwise, linear, not_yet, structural, undefined, zero

special = later("scipy.special")

# ---- exponentials and logarithms

elementwise(math.exp, lambda x, y: y)
elementwise(math.exp2, lambda x, y: y * math.log(2.0))
elementwise(math.expm1, lambda x, y: math.exp(x))
elementwise(
    math.log,
    lambda x, base, y: (
        1.0 / x if base is None else 1.0 / x / math.log(base),
        None if base is None else -y / base / math.log(base),
    ),
    args="x, base=None",
)
elementwise(math.log2, lambda x, y: 1.0 / x / math.log(2.0))
elementwise(math.log10, lambda x, y: 1.0 / x / math.log(10.0))
elementwise(math.log1p, lambda x, y: 1.0 / (1.0 + x))

# ---- powers and roots


def power_in_base(a, b, y):
    return b * a ** (b - 1) if b >= 1 else b * y / a if a else b * math.inf if b else 0.0


def power_in_exponent(a, y):
    return y * math.log(a) if a > 0 else math.nan if a else 0.0


elementwise(
    math.pow,
    lambda a, b, y: (power_in_base(a, b, y), power_in_exponent(a, y)),
)
elementwise(math.sqrt, lambda x, y: 0.5 / y if y else math.inf)
elementwise(math.cbrt, lambda x, y: y / x / 3.0 if x else math.inf)


def ratio(a, y):
    return a / y if y else 0.0


elementwise(math.hypot, lambda a, b, y: (ratio(a, y), ratio(b, y)))

# ---- trigonometric functions

elementwise(math.sin, lambda x, y: math.cos(x))
elementwise(math.cos, lambda x, y: -math.sin(x))
elementwise(math.tan, lambda x, y: 1.0 + y * y)
elementwise(math.asin, lambda x, y: 1.0 / math.sqrt(1.0 - x * x) if abs(x) < 1.0 else math.inf)
elementwise(math.acos, lambda x, y: -1.0 / math.sqrt(1.0 - x * x) if abs(x) < 1.0 else -math.inf)
elementwise(math.atan, lambda x, y: 1.0 / (1.0 + x * x))


def atan2_partials(a, b):
    r = math.hypot(a, b)
    return (b / r / r if r else 0.0), (-a / r / r if r else 0.0)


elementwise(math.atan2, lambda a, b, y: atan2_partials(a, b))
elementwise(math.radians, lambda x, y: math.pi / 180.0)
elementwise(math.degrees, lambda x, y: 180.0 / math.pi)

# ---- hyperbolic functions

elementwise(math.sinh, lambda x, y: math.cosh(x))
elementwise(math.cosh, lambda x, y: math.sinh(x))
elementwise(math.tanh, lambda x, y: 1.0 / math.cosh(x) / math.cosh(x) if abs(x) < 710.0 else 0.0)
elementwise(math.asinh, lambda x, y: 1.0 / math.hypot(1.0, x))
elementwise(
    math.acosh,
    lambda x, y: 1.0 / (math.sqrt(x - 1.0) * math.sqrt(x + 1.0)) if x > 1.0 else math.inf,
)
elementwise(math.atanh, lambda x, y: 1.0 / (1.0 - x * x))

# ---- special functions

elementwise(math.erf, lambda x, y: 2.0 / math.sqrt(math.pi) * math.exp(-x * x))
elementwise(math.erfc, lambda x, y: -2.0 / math.sqrt(math.pi) * math.exp(-x * x))
if special is not None:
    elementwise(math.gamma, lambda x, y: y * special.digamma(x))
    elementwise(math.lgamma, lambda x, y: special.digamma(x))
else:
    not_yet((math.gamma, math.lgamma), "its derivative needs SciPy: install it", args="x")

# ---- absolute values, signs, remainders


def sign(x):
    return float(x > 0) - float(x < 0)


elementwise(math.fabs, lambda x, y: sign(x))
elementwise(math.copysign, lambda a, b, y: (sign(a) * math.copysign(1.0, b), 0.0))
elementwise((math.fmod, math.remainder), lambda a, b, y: (1.0, (y - a) / b))
elementwise(math.ldexp, lambda a, b, y: (math.ldexp(1.0, b), None))
elementwise(math.nextafter, lambda a, b, y: (1.0, 0.0), args="a, b")
structural(
    math.frexp,
    args="x",
    jvp={"x": lambda x_dot, y: (math.ldexp(x_dot, -y[1]), 0.0)},
    vjp={"x": lambda y_bar, y: math.ldexp(y_bar[0], -y[1])},
)
structural(
    math.modf,
    args="x",
    jvp={"x": lambda x_dot: (x_dot, 0.0)},
    vjp={"x": lambda y_bar: y_bar[0]},
)

# ---- sequences

linear(math.fsum, lambda y_bar, seq: [y_bar for _ in seq], operands=("seq",), args="seq")


def distance(p, q):
    return [a - b for a, b in zip(p, q)]  # noqa: B905 (the call has checked the lengths)


structural(
    math.dist,
    args="p, q",
    jvp={
        "p": lambda p_dot, p, q, y: sum(
            d * ratio(e, y)
            for d, e in zip(p_dot, distance(p, q))  # noqa: B905
        ),
        "q": lambda q_dot, p, q, y: sum(
            d * ratio(e, y)
            for d, e in zip(q_dot, distance(q, p))  # noqa: B905
        ),
    },
    vjp={
        "p": lambda y_bar, p, q, y: [y_bar * ratio(e, y) for e in distance(p, q)],
        "q": lambda y_bar, p, q, y: [y_bar * ratio(e, y) for e in distance(q, p)],
    },
)
if hasattr(math, "sumprod"):  # Python 3.12
    structural(
        math.sumprod,
        args="p, q",
        jvp={
            "p": lambda p_dot, q: math.sumprod(p_dot, q),
            "q": lambda q_dot, p: math.sumprod(p, q_dot),
        },
        vjp={
            "p": lambda y_bar, q: [y_bar * b for b in q],
            "q": lambda y_bar, p: [y_bar * a for a in p],
        },
    )
if hasattr(math, "fma"):  # Python 3.13
    elementwise(math.fma, lambda a, b, c, y: (b, a, 1.0))

# ---- integers and predicates

zero((math.floor, math.ceil, math.trunc, math.ulp), args="x")
zero((math.isfinite, math.isinf, math.isnan), args="x")
zero(math.isclose, args="a, b, *, rel_tol=1e-09, abs_tol=0.0")
undefined(
    (math.comb, math.perm, math.factorial, math.gcd, math.lcm, math.isqrt),
    "it is defined on integers only",
)
