"""Stand-ins for `math`, `cmath` and `scipy.special`; `math` raises on duals where it raises on
floats.
"""

from __future__ import annotations

import cmath
import math

from .arrays import base, elementwise, has_dual, largest, product, total, wrap
from .dual import Dual, OracleGap, binary, lift, mp, raw, rounded, unary
from .numpy_shim import Shim, shim

NAMES = {
    "sqrt": "sqrt",
    "exp": "exp",
    "expm1": "expm1",
    "exp2": "exp2",
    "log10": "log10",
    "log2": "log2",
    "log1p": "log1p",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "cbrt": "cbrt",
    "radians": "radians",
    "degrees": "degrees",
    "fabs": "absolute",
    "erf": "erf",
    "erfc": "erfc",
    "gamma": "gamma",
    "lgamma": "gammaln",
}
PAIRS = {"pow": "power", "atan2": "arctan2", "fmod": "fmod", "copysign": "copysign"}


def _scalar(x):
    """What math functions take: a number, or an array of one element."""
    if isinstance(x, Dual):
        return x
    return base(x).item() if has_dual(x) else x


def _checked(result, name):
    if mp.isnan(raw(result)) or raw(result) in (mp.inf, -mp.inf):
        raise ValueError(f"math domain error ({name})")
    return result


def _one(name):
    real = getattr(math, name)

    def call(x):
        x = _scalar(x)
        return _checked(unary(NAMES[name], x), name) if isinstance(x, Dual) else real(x)

    return call


def _two(name):
    real = getattr(math, name)

    def call(x, y):
        x, y = _scalar(x), _scalar(y)
        return binary(PAIRS[name], x, y) if has_dual((x, y)) else real(x, y)

    return call


def _log(x, base_=None):
    x = _scalar(x)
    if not has_dual((x, base_)):
        return math.log(x) if base_ is None else math.log(x, base_)
    top = _checked(unary("log", x), "log")
    return top if base_ is None else top / unary("log", base_)


def _hypot(*xs):
    squares = total([lift(x) * lift(x) for x in xs])
    return math.hypot(*xs) if not has_dual(xs) else unary("sqrt", squares)


def _predicate(name):
    real = getattr(math, name)
    return lambda x: bool(getattr(mp, name)(raw(x))) if isinstance(x, Dual) else real(x)


def _isclose(a, b, *, rel_tol=1e-9, abs_tol=0.0):
    a, b = raw(lift(a)), raw(lift(b))
    return bool(abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol))


def _modf(x):
    whole = unary("trunc", x)
    return x - whole, whole


MATH = {name: _one(name) for name in NAMES if hasattr(math, name)}
MATH |= {name: _two(name) for name in PAIRS}
MATH |= {name: _predicate(name) for name in ("isnan", "isinf", "isfinite")}
MATH |= {
    "log": _log,
    "hypot": _hypot,
    "dist": lambda p, q: _hypot(*(a - b for a, b in zip(p, q, strict=True))),
    "fsum": lambda xs: total(xs),
    "prod": lambda xs, start=1: product([lift(start), *map(lift, xs)]),
    "sumprod": lambda p, q: total([lift(a) * b for a, b in zip(p, q, strict=True)]),
    "isclose": _isclose,
    "modf": _modf,
    "floor": lambda x: lift(_scalar(x)).__floor__(),
    "ceil": lambda x: lift(_scalar(x)).__ceil__(),
    "trunc": lambda x: int(raw(lift(_scalar(x)))),
    "remainder": lambda x, y: x - y * rounded(lift(x) / y, 0),
}
math_shim = Shim(math, MATH)


def _on_complex(name):
    """A function of the plane: real duals are made complex first, so that sqrt(-1) is 1j."""

    def call(x):
        x = lift(x)
        return unary(name, x + 0j)

    return call


CMATH = {
    name: _on_complex(name)
    for name in ("exp", "sqrt", "sin", "cos", "log", "sinh", "cosh", "tanh", "tan")
}
CMATH |= {
    "phase": lambda z: unary("angle", z),
    "polar": lambda z: (unary("absolute", z), unary("angle", z)),
    "rect": lambda r, phi: lift(r) * unary("exp", lift(phi) * 1j),
}
cmath_shim = Shim(cmath, CMATH)


def _special(name):
    return lambda *args: wrap(elementwise(name, *args))


def logsumexp(a, axis=None, b=None, keepdims=False):
    if b is not None:
        raise OracleGap("logsumexp with weights")
    top = shim.max(a, axis, keepdims=True)
    sums = shim.sum(shim.exp(a - top), axis, keepdims=True)
    result = shim.log(sums) + top
    return result if keepdims else shim.squeeze(result, axis) if axis is not None else result.item()


def softmax(x, axis=None):
    return shim.exp(x - logsumexp(x, axis, keepdims=True))


SPECIAL = {
    name: _special(name)
    for name in (
        "erf",
        "erfc",
        "gamma",
        "gammaln",
        "psi",
        "digamma",
        "expit",
        "logit",
        "ndtr",
        "log_ndtr",
        "expm1",
        "log1p",
        "xlogy",
        "xlog1py",
        "cbrt",
        "exp2",
    )
}
SPECIAL |= {
    "logsumexp": logsumexp,
    "softmax": softmax,
    "log_softmax": lambda x, axis=None: shim.log(softmax(x, axis)),
}


def builtin_max(*args, key=None, default=None, _sign=1):
    """Python's max on duals: ties share equally, unless a key decides."""
    items = list(args[0]) if len(args) == 1 else list(args)
    if key is not None or not any(isinstance(item, Dual) for item in items):
        pick = max if _sign > 0 else min
        extra = {} if default is None else {"default": default}
        return pick(items, key=key, **extra)
    best = largest([lift(item) * _sign for item in items])
    return best * _sign


def builtin_min(*args, key=None, default=None):
    return builtin_max(*args, key=key, default=default, _sign=-1)


def special_shim():
    """A stand-in for scipy.special (imported late: SciPy is optional)."""
    import scipy.special

    return Shim(scipy.special, SPECIAL)
