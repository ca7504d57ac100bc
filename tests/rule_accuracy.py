"""Partials of elementwise functions against mpmath, to 50 digits and more.

The partial is that of the emitted adjoint. It may be off by a few units in the last place, times
what the conditioning allows: an argument that is rounded moves the slope by ``x f''(x) / f'(x)``.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np

import adcompiler as ad
from adcompiler.optional import optional
from adcompiler.rules.contract import REGISTRY, Rule
from tests.rule_cases import Case, quietly

DIGITS = 150  # of which differences take up to a hundred: 1 - 1e-90 is what erf has far out
ULPS = 8  # as multiples of eps, before the conditioning
ULPS_SPECIAL = 4000  # what SciPy's own values allow

mp = mpmath
_two = mpmath.mpf(2)
EXACT: dict[Any, Callable[..., Any]] = {
    np.exp: mp.exp, np.exp2: lambda x: _two**x, np.expm1: mp.expm1, np.log: mp.log,
    np.log2: lambda x: mp.log(x, 2), np.log10: mp.log10, np.log1p: mp.log1p, np.sqrt: mp.sqrt,
    np.cbrt: lambda x: mp.sign(x) * mp.cbrt(abs(x)), np.square: lambda x: x * x,
    np.reciprocal: lambda x: 1 / x, np.sin: mp.sin, np.cos: mp.cos, np.tan: mp.tan,
    np.arcsin: mp.asin, np.arccos: mp.acos, np.arctan: mp.atan, np.sinh: mp.sinh,
    np.cosh: mp.cosh, np.tanh: mp.tanh, np.arcsinh: mp.asinh, np.arccosh: mp.acosh,
    np.arctanh: mp.atanh, np.sinc: mp.sincpi, np.deg2rad: mp.radians, np.rad2deg: mp.degrees,
    np.hypot: mp.hypot, np.arctan2: mp.atan2, np.power: mp.power, np.divide: lambda a, b: a / b,
    np.logaddexp: lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
    np.logaddexp2: lambda a, b: mp.log(_two**a + _two**b, 2),
    math.exp: mp.exp, math.expm1: mp.expm1, math.log1p: mp.log1p, math.log2: lambda x: mp.log(x, 2),
    math.log10: mp.log10, math.sqrt: mp.sqrt, math.cbrt: lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    math.sin: mp.sin, math.cos: mp.cos, math.tan: mp.tan, math.asin: mp.asin, math.acos: mp.acos,
    math.atan: mp.atan, math.sinh: mp.sinh, math.cosh: mp.cosh, math.tanh: mp.tanh,
    math.asinh: mp.asinh, math.acosh: mp.acosh, math.atanh: mp.atanh, math.hypot: mp.hypot,
    math.atan2: mp.atan2, math.pow: mp.power, math.log: lambda x, b: mp.log(x) / mp.log(b),
    math.erf: mp.erf, math.erfc: mp.erfc,
    pow: mp.power,
}  # fmt: skip
SPECIAL: dict[str, Callable[..., Any]] = {
    "erf": mp.erf, "erfc": mp.erfc, "erfi": mp.erfi, "expit": lambda x: 1 / (1 + mp.exp(-x)),
    "logit": lambda p: mp.log(p / (1 - p)), "log_expit": lambda x: -mp.log1p(mp.exp(-x)),
    "exprel": lambda x: mp.expm1(x) / x, "ndtr": mp.ncdf, "xlogy": lambda a, b: a * mp.log(b),
    "xlog1py": lambda a, b: a * mp.log1p(b), "log_ndtr": lambda x: mp.log(mp.ncdf(x)),
    "gamma": mp.gamma, "gammaln": lambda x: mp.log(abs(mp.gamma(x))), "digamma": mp.digamma,
    "rgamma": mp.rgamma, "j0": lambda x: mp.besselj(0, x), "j1": lambda x: mp.besselj(1, x),
    "i0": lambda x: mp.besseli(0, x), "i1": lambda x: mp.besseli(1, x), "exp1": mp.e1,
    "expi": mp.ei, "ellipk": mp.ellipk, "ellipe": mp.ellipe, "entr": lambda x: -x * mp.log(x),
    "exp10": lambda x: mp.mpf(10) ** x, "cosm1": lambda x: mp.cos(x) - 1,
    "beta": mp.beta, "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
}  # fmt: skip
_library = optional("scipy.special")
if _library is not None:
    EXACT |= {getattr(_library, name): exact for name, exact in SPECIAL.items()}
ORDINARY = set(EXACT) - {getattr(_library, name, None) for name in SPECIAL}
ORDINARY |= {cmath}  # no partial of cmath's is inspected here: its values are complex


def points(rule: Rule, count: int) -> Iterator[tuple[float, ...]]:
    """Arguments over many magnitudes at which the function is finite."""
    rng = np.random.default_rng(len(rule.name))
    operands = len(rule.operands)
    if rule.fn is math.log:
        operands = 2
    found = 0
    for _ in range(60 * count):
        x = [float(10.0 ** rng.uniform(-9, 2.3) * rng.choice([-1.0, 1.0])) for _ in range(operands)]
        if rng.random() < 0.4:
            x = [float(rng.uniform(-1.0, 1.0)) for _ in range(operands)]
        try:
            y = quietly(rule.fn, *x)
        except (ValueError, ArithmeticError):
            continue
        if isinstance(y, complex) or not np.isfinite(y) or abs(y) > 1e290:
            continue
        yield tuple(x)
        found += 1
        if found == count:
            return


def inaccurate(rule: Rule, count: int) -> list[str]:
    """Points, of ``count``, at which a partial is further from the exact one than it need be."""
    exact = EXACT.get(rule.fn)
    if exact is None or "accuracy" in rule.excused:
        return []
    allowed = ULPS if rule.fn in ORDINARY else ULPS_SPECIAL
    wrong: list[str] = []
    at = list(points(rule, count))
    fn = Case(rule, "scalar", "float64", at[0], {}).fn
    for x in at:
        for k, bar in enumerate(quietly(lambda x=x: ad.vjp(fn, *x)[1](1.0))):
            with mpmath.workdps(DIGITS):
                try:
                    slope, spread = derivatives(exact, x, k)
                except (ValueError, ZeroDivisionError, mpmath.libmp.NoConvergence):
                    continue
                if not mpmath.isfinite(slope) or not 1e-290 < abs(slope) < 1e290:
                    continue
                bound = np.finfo(float).eps * allowed * (abs(slope) + spread)
                if not abs(mpmath.mpf(float(bar)) - slope) <= bound:
                    off = float(abs(bar - slope) / bound * allowed)
                    wrong.append(
                        f"{rule.name}{x}, operand {k}: {bar!r} is {mpmath.nstr(slope, 17)},"
                        f" off by {off:.3g} ulp"
                    )
    return wrong


def derivatives(exact: Callable[..., Any], x: tuple[float, ...], k: int) -> tuple[Any, Any]:
    """A partial, and how far it moves when the arguments move by their own size."""
    at = [mpmath.mpf(each) for each in x]

    def partial(*z: Any) -> Any:
        return mpmath.diff(lambda u: exact(*z[:k], u, *z[k + 1 :]), z[k])

    spread = mpmath.mpf(0)
    orders = [0] * len(at)
    orders[k] = 1
    for j, each in enumerate(at):
        higher = list(orders)
        higher[j] += 1
        if len(at) == 1:
            spread += abs(each * mpmath.diff(exact, at[0], 2))
        else:
            spread += abs(each * mpmath.diff(exact, tuple(at), tuple(higher)))
    return partial(*at), spread


RULES = [rule for rule in REGISTRY if rule.fn in EXACT]
