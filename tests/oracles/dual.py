"""Dual numbers over mpmath at 50 digits, nestable, with NumPy's behaviour at singular points.

A `Dual` is ``value + sum(tangents[k] * eps_k)`` at one level of perturbation; several directions
are carried at once. Higher orders nest: the value and the tangents of a level-2 number are level-1
numbers. A number of a lower level is a constant to a higher one, so perturbations of two levels
are never confused. Each derivative below is written once, in terms of numbers that may themselves
be dual.
"""

from __future__ import annotations

import mpmath
import numpy as np

mp = mpmath.mp.clone()
mp.dps = 50

NAN, INF = mp.nan, mp.inf


class OracleGap(TypeError):
    """The oracle can't run this program; use another oracle."""


class Dual:
    """An immutable scalar with tangents; stands in for Python's float and for NumPy's floating
    scalars.
    """

    __slots__ = ("level", "tangents", "value")

    def __init__(self, value, tangents=None, level=0):
        self.value = value
        self.tangents = tangents or {}
        self.level = level

    # -- conversions -------------------------------------------------------------------------------

    def __float__(self):
        if self.is_active():
            raise OracleGap("an active dual number reached float(): its derivative would be lost")
        return float(raw(self))

    def __complex__(self):
        if self.is_active():
            raise OracleGap("an active dual number reached complex(): its derivative would be lost")
        return complex(raw(self))

    def is_active(self):
        return bool(self.tangents) or (isinstance(self.value, Dual) and self.value.is_active())

    def __int__(self):
        return int(raw(self))

    __trunc__ = __int__

    def __floor__(self):
        return int(mp.floor(raw(self)))

    def __ceil__(self):
        return int(mp.ceil(raw(self)))

    def __bool__(self):
        return raw(self) != 0

    def __hash__(self):
        return hash(complex(raw(self))) if isinstance(raw(self), mp.mpc) else hash(float(raw(self)))

    def __repr__(self):
        number = raw(self)
        return repr(complex(number) if isinstance(number, mp.mpc) else float(number))

    def __format__(self, spec):
        number = raw(self)
        return format(complex(number) if isinstance(number, mp.mpc) else float(number), spec)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    # -- what NumPy's scalars also have ------------------------------------------------------------

    shape = ()
    ndim = 0
    size = 1

    @property
    def dtype(self):
        return np.dtype(complex if isinstance(raw(self), mp.mpc) else float)

    @property
    def real(self):
        return unary("real", self)

    @property
    def imag(self):
        return unary("imag", self)

    @property
    def T(self):
        return self

    def conjugate(self):
        return unary("conjugate", self)

    conj = conjugate

    def item(self):
        return self

    def copy(self):
        return self

    def sum(self, axis=None):
        return self

    mean = max = min = prod = sum

    def astype(self, dtype, copy=True):
        kind = np.dtype(getattr(dtype, "real_type", dtype)).kind
        return int(self) if kind in "iu" else bool(self) if kind == "b" else self

    def is_integer(self):
        return raw(self) == mp.floor(raw(self))

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        from .arrays import apply_ufunc

        return apply_ufunc(ufunc, method, *inputs, **kwargs)

    # -- Python's operators: those that raise on Python's floats raise here ------------------------

    def __neg__(self):
        return unary("negative", self)

    def __pos__(self):
        return self

    def __abs__(self):
        return unary("absolute", self)

    def __round__(self, digits=None):
        number = raw(self)
        return int(mp.nint(number)) if digits is None else rounded(self, digits)

    def __eq__(self, other):
        return compare(self, other, lambda a, b: a == b)

    def __ne__(self, other):
        return compare(self, other, lambda a, b: a != b)

    def __lt__(self, other):
        return compare(self, other, lambda a, b: a < b)

    def __le__(self, other):
        return compare(self, other, lambda a, b: a <= b)

    def __gt__(self, other):
        return compare(self, other, lambda a, b: a > b)

    def __ge__(self, other):
        return compare(self, other, lambda a, b: a >= b)

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self


def is_number(x):
    return isinstance(
        x, (Dual, int, float, complex, np.number, np.bool_, mp.mpf, mp.mpc, mp.constant)
    )


def compare(a, b, relation):
    if not is_number(b):
        return NotImplemented
    return bool(relation(raw(a), raw(b)))


def _operator(name, raises_at_zero=False):
    def forward(self, other):
        if not is_number(other):
            return NotImplemented
        if raises_at_zero and raw(other) == 0:
            raise ZeroDivisionError("float division by zero")
        return binary(name, self, other)

    def reflected(self, other):
        if not is_number(other):
            return NotImplemented
        if raises_at_zero and raw(self) == 0:
            raise ZeroDivisionError("float division by zero")
        return binary(name, other, self)

    return forward, reflected


for _method, _name, _raises in (
    ("add", "add", False),
    ("sub", "subtract", False),
    ("mul", "multiply", False),
    ("truediv", "divide", True),
    ("floordiv", "floor_divide", True),
    ("mod", "remainder", True),
    ("pow", "power", False),
):
    _forward, _reflected = _operator(_name, _raises)
    setattr(Dual, f"__{_method}__", _forward)
    setattr(Dual, f"__r{_method}__", _reflected)


# -- evaluation ------------------------------------------------------------------------------------


def number(x):
    """An mpmath number from any real or complex number without tangents."""
    if isinstance(x, (mp.mpf, mp.mpc)):
        return x
    if isinstance(x, (bool, np.bool_)):
        return mp.mpf(int(x))
    if isinstance(x, (np.integer, int)):
        return mp.mpf(int(x))
    if isinstance(x, (np.complexfloating, complex)):
        return mp.mpc(complex(x))
    return mp.mpf(float(x)) if isinstance(x, (np.floating, float)) else mp.convert(x)


def lift(x):
    """`x` as a `Dual`."""
    return x if isinstance(x, Dual) else Dual(number(x))


def raw(x):
    """The mpmath number (or Python number) under all levels."""
    while isinstance(x, Dual):
        x = x.value
    return x if isinstance(x, (mp.mpf, mp.mpc)) else number(x)


def _real_or_nan(function, *arguments):
    """NumPy's answer on the reals: nan outside the domain, no complex number, no exception."""
    try:
        result = function(*arguments)
    except (ZeroDivisionError, ValueError):
        return NAN
    if isinstance(result, mp.mpc) and not any(isinstance(a, mp.mpc) for a in arguments):
        return NAN
    return result


def unary(name, x):
    """Apply the elementwise function of this NumPy name."""
    x = lift(x)
    if name in BY_CASES:
        return BY_CASES[name](x)
    function, partial = UNARY[name]
    if x.level == 0:
        return Dual(_real_or_nan(function, x.value))
    y = unary(name, x.value)
    if partial is None:
        return y
    slope = partial(lift(x.value), y)
    return Dual(y, {k: binary("multiply", slope, t) for k, t in x.tangents.items()}, x.level)


def binary(name, a, b):
    """Apply the elementwise function of two operands of this NumPy name."""
    a, b = lift(a), lift(b)
    if name in SELECTING:
        return SELECTING[name](a, b)
    function, partial_a, partial_b = BINARY[name]
    level = max(a.level, b.level)
    if level == 0:
        return Dual(_real_or_nan(function, a.value, b.value))
    a_value, a_tangents = (a.value, a.tangents) if a.level == level else (a, {})
    b_value, b_tangents = (b.value, b.tangents) if b.level == level else (b, {})
    a_value, b_value = lift(a_value), lift(b_value)
    y = binary(name, a_value, b_value)
    tangents = {}
    for partial, own in ((partial_a, a_tangents), (partial_b, b_tangents)):
        if not own or partial is None:
            continue
        slope = partial(a_value, b_value, y)
        for k, t in own.items():
            term = t if slope is ONE else binary("multiply", slope, t)
            tangents[k] = binary("add", tangents[k], term) if k in tangents else term
    return Dual(y, tangents, level)


# -- the table of derivatives ----------------------------------------------------------------------

ONE = Dual(mp.mpf(1))
HALF = Dual(mp.mpf("0.5"))
ZERO = Dual(mp.mpf(0))


def _f(name):
    return lambda x: unary(name, x)


def div(a, b):
    return binary("divide", a, b)


def _divide(a, b):
    if b == 0:
        return NAN if a == 0 or mp.isnan(a) else INF * mp.sign(a)
    return a / b


def _log(x):
    return -INF if x == 0 else mp.log(x)


def _power(a, b):
    if a == 0 and not isinstance(b, mp.mpc) and b < 0:
        return INF
    if isinstance(a, mp.mpf) and isinstance(b, mp.mpf) and mp.isint(b):
        return a ** int(b)
    return a**b


def _power_base_slope(a, b, y):
    return ZERO if raw(b) == 0 and not b.is_active() else b * binary("power", a, b - 1)


def _power_exponent_slope(a, b, y):
    return ZERO if raw(a) == 0 else y * unary("log", a)


def _floor_divide(a, b):
    return NAN if b == 0 else mp.floor(a / b)


def _remainder(a, b):
    return NAN if b == 0 else a - b * mp.floor(a / b)


def _fmod(a, b):
    q = a / b
    return a - b * (mp.floor(q) if q >= 0 else mp.ceil(q))


def _trunc(x):
    return mp.floor(x) if x >= 0 else mp.ceil(x)


def _cbrt(x):
    return -mp.cbrt(-x) if x < 0 else mp.cbrt(x)


def _ndtr(x):
    return mp.ncdf(x)


def _normal_density(x):
    return unary("exp", -HALF * x * x) * number(1 / mp.sqrt(2 * mp.pi))


def _polygamma(order):
    name = f"polygamma{order}"
    if name not in UNARY:
        UNARY[name] = (lambda x: mp.psi(order, x), lambda x, y: unary(_polygamma(order + 1), x))
    return name


_LN2, _LN10 = mp.ln(2), mp.ln(10)
_RADIAN = mp.pi / 180
_GAUSS = 2 / mp.sqrt(mp.pi)

UNARY = {
    "exp": (mp.exp, lambda x, y: y),
    "exp2": (lambda x: mp.mpf(2) ** x, lambda x, y: y * _LN2),
    "expm1": (mp.expm1, lambda x, y: y + 1),
    "log": (_log, lambda x, y: div(1, x)),
    "log2": (lambda x: _log(x) / _LN2, lambda x, y: div(1, x * _LN2)),
    "log10": (lambda x: _log(x) / _LN10, lambda x, y: div(1, x * _LN10)),
    "log1p": (lambda x: -INF if x == -1 else mp.log1p(x), lambda x, y: div(1, 1 + x)),
    "sqrt": (mp.sqrt, lambda x, y: div(HALF, y)),
    "cbrt": (_cbrt, lambda x, y: div(1, 3 * y * y)),
    "sin": (mp.sin, lambda x, y: unary("cos", x)),
    "cos": (mp.cos, lambda x, y: -unary("sin", x)),
    "tan": (mp.tan, lambda x, y: 1 + y * y),
    "arcsin": (mp.asin, lambda x, y: div(1, unary("sqrt", 1 - x * x))),
    "arccos": (mp.acos, lambda x, y: div(-1, unary("sqrt", 1 - x * x))),
    "arctan": (mp.atan, lambda x, y: div(1, 1 + x * x)),
    "sinh": (mp.sinh, lambda x, y: unary("cosh", x)),
    "cosh": (mp.cosh, lambda x, y: unary("sinh", x)),
    "tanh": (mp.tanh, lambda x, y: 1 - y * y),
    "arcsinh": (mp.asinh, lambda x, y: div(1, unary("sqrt", x * x + 1))),
    "arccosh": (mp.acosh, lambda x, y: div(1, unary("sqrt", x * x - 1))),
    "arctanh": (mp.atanh, lambda x, y: div(1, 1 - x * x)),
    "square": (lambda x: x * x, lambda x, y: 2 * x),
    "reciprocal": (lambda x: _divide(mp.mpf(1), x), lambda x, y: -(y * y)),
    "negative": (lambda x: -x, lambda x, y: -ONE),
    "positive": (lambda x: x, lambda x, y: ONE),
    "radians": (lambda x: x * _RADIAN, lambda x, y: Dual(_RADIAN)),
    "degrees": (lambda x: x / _RADIAN, lambda x, y: Dual(1 / _RADIAN)),
    "sign": (mp.sign, None),
    "floor": (mp.floor, None),
    "ceil": (mp.ceil, None),
    "trunc": (_trunc, None),
    "rint": (mp.nint, None),
    "erf": (mp.erf, lambda x, y: _GAUSS * unary("exp", -x * x)),
    "erfc": (mp.erfc, lambda x, y: -_GAUSS * unary("exp", -x * x)),
    "gamma": (mp.gamma, lambda x, y: y * unary(_polygamma(0), x)),
    "gammaln": (lambda x: mp.log(abs(mp.gamma(x))), lambda x, y: unary(_polygamma(0), x)),
    "expit": (lambda x: 1 / (1 + mp.exp(-x)), lambda x, y: y * (1 - y)),
    "logit": (lambda x: mp.log(x / (1 - x)), lambda x, y: div(1, x * (1 - x))),
    "ndtr": (_ndtr, lambda x, y: _normal_density(x)),
    "log_ndtr": (lambda x: mp.log(_ndtr(x)), lambda x, y: _normal_density(x) / unary("ndtr", x)),
}
UNARY["psi"] = UNARY["digamma"] = (lambda x: mp.psi(0, x), lambda x, y: unary(_polygamma(1), x))
UNARY["deg2rad"], UNARY["rad2deg"] = UNARY["radians"], UNARY["degrees"]

BINARY = {
    "add": (lambda a, b: a + b, lambda a, b, y: ONE, lambda a, b, y: ONE),
    "subtract": (lambda a, b: a - b, lambda a, b, y: ONE, lambda a, b, y: -ONE),
    "multiply": (lambda a, b: a * b, lambda a, b, y: b, lambda a, b, y: a),
    "divide": (_divide, lambda a, b, y: div(1, b), lambda a, b, y: -div(y, b)),
    "power": (_power, _power_base_slope, _power_exponent_slope),
    "floor_divide": (_floor_divide, None, None),
    "remainder": (_remainder, lambda a, b, y: ONE, lambda a, b, y: -binary("floor_divide", a, b)),
    "fmod": (_fmod, lambda a, b, y: ONE, lambda a, b, y: -unary("trunc", div(a, b))),
    "arctan2": (
        mp.atan2,
        lambda a, b, y: div(b, a * a + b * b),
        lambda a, b, y: -div(a, a * a + b * b),
    ),
    "hypot": (mp.hypot, lambda a, b, y: div(a, y), lambda a, b, y: div(b, y)),
    "logaddexp": (
        lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
        lambda a, b, y: unary("exp", a - y),
        lambda a, b, y: unary("exp", b - y),
    ),
    "logaddexp2": (
        lambda a, b: mp.log(mp.mpf(2) ** a + mp.mpf(2) ** b) / _LN2,
        lambda a, b, y: unary("exp2", a - y),
        lambda a, b, y: unary("exp2", b - y),
    ),
}
BINARY["true_divide"], BINARY["mod"], BINARY["float_power"] = (
    BINARY["divide"],
    BINARY["remainder"],
    BINARY["power"],
)
BINARY["pow"] = BINARY["power"]


# -- functions that choose among their operands: no derivative of their own ------------------------


def _maximum(a, b):
    """The larger one; ties share equally, nan wins."""
    if mp.isnan(raw(a)) or mp.isnan(raw(b)):
        return a if mp.isnan(raw(a)) else b
    return a if raw(a) > raw(b) else b if raw(b) > raw(a) else HALF * (a + b)


def _minimum(a, b):
    return -_maximum(-a, -b)


def _skip_nan(choose):
    return lambda a, b: b if mp.isnan(raw(a)) else a if mp.isnan(raw(b)) else choose(a, b)


def _copysign(a, b):
    return unary("absolute", a) * (1 if raw(b) >= 0 else -1)


def _xlogy(a, b):
    return a * 0 if raw(a) == 0 and not a.is_active() else a * unary("log", b)


def _heaviside(a, b):
    return b if raw(a) == 0 else ONE if raw(a) > 0 else ZERO


SELECTING = {
    "maximum": _maximum,
    "minimum": _minimum,
    "fmax": _skip_nan(_maximum),
    "fmin": _skip_nan(_minimum),
    "copysign": _copysign,
    "xlogy": _xlogy,
    "xlog1py": lambda a, b: a * unary("log1p", b),
    "heaviside": _heaviside,
}


def _absolute(x):
    if isinstance(raw(x), mp.mpc):
        re, im = unary("real", x), unary("imag", x)
        return unary("sqrt", re * re + im * im)
    return x if raw(x) > 0 else -x if raw(x) < 0 else x if mp.isnan(raw(x)) else ZERO


def _coefficientwise(function):
    """Apply a real-linear function to the value and every tangent."""

    def apply(x):
        if not isinstance(x, Dual):
            return function(x)
        value = apply(x.value) if isinstance(x.value, Dual) else function(x.value)
        return Dual(value, {k: apply(lift(t)) for k, t in x.tangents.items()}, x.level)

    return apply


def _angle(x):
    return binary("arctan2", unary("imag", x), unary("real", x))


def _sinc(x):
    if raw(x) == 0:
        return 1 - Dual(mp.pi**2 / 6) * x * x
    t = Dual(+mp.pi) * x
    return unary("sin", t) / t


BY_CASES = {
    "absolute": _absolute,
    "fabs": _absolute,
    "real": _coefficientwise(mp.re),
    "imag": _coefficientwise(mp.im),
    "conjugate": _coefficientwise(mp.conj),
    "angle": _angle,
    "sinc": _sinc,
}


def rounded(x, digits):
    """`x` to so many decimals, a constant."""
    return Dual(mp.mpf(round(float(raw(x)), digits)))
