"""Every rule against differences of the function itself.

A rule's lambdas are also valid Python, so they are called here directly: tangents are compared
with directional derivatives, adjoints through the pairing ``Re(sum(y_bar * y_dot))``, which is
JAX's convention for complex numbers. Every rule with a derivative has to be covered.
"""

from __future__ import annotations

import inspect
import math
import warnings

import mpmath
import numpy as np
import pytest

import adcompiler.rules  # noqa: F401
from adcompiler.rules.contract import REGISTRY, Rule
from tests import rule_samples_numpy, rule_samples_scipy, rule_samples_special  # noqa: F401
from tests.rule_samples import SAMPLES, default_samples

TOLERANCE = 1e-7
DERIVED = [r for r in REGISTRY if r.form in ("elementwise", "linear", "structural")]


# ---- values of any structure


def leaves(value):
    if isinstance(value, list | tuple):
        return [x for each in value for x in leaves(each)]
    return [value]


def rebuild(like, flat):
    if isinstance(like, list | tuple):
        return type(like)(rebuild(each, flat) for each in like)
    return flat.pop(0)


def direction(like, rng):
    """A random tangent; None for a value that can't have one."""
    out = []
    for leaf in leaves(like):
        dtype = np.asarray(leaf).dtype
        if dtype.kind not in "fc":
            return None
        d = rng.uniform(0.3, 1.0, np.shape(leaf)) * rng.choice([-1.0, 1.0], np.shape(leaf))
        if dtype.kind == "c":
            d = d + 1j * rng.uniform(0.3, 1.0, np.shape(leaf))
        out.append(d if isinstance(leaf, np.ndarray) else d.item())
    return rebuild(like, out)


def moved(value, d, t):
    return rebuild(value, [x + t * e for x, e in zip(leaves(value), leaves(d), strict=True)])


def match(bar, operand):
    """What the compiler's ``match`` does to what a rule returns."""
    bar, shape = np.asarray(bar), np.shape(operand)
    bar = np.sum(bar, axis=tuple(range(bar.ndim - len(shape)))) if bar.ndim > len(shape) else bar
    axes = tuple(k for k, n in enumerate(bar.shape) if shape[len(shape) - bar.ndim + k] == 1 != n)
    return np.broadcast_to(np.sum(bar, axis=axes, keepdims=True), shape)


def pair(a, b):
    return sum(
        float(np.sum(np.real(np.asarray(p) * q))) for p, q in zip(leaves(a), leaves(b), strict=True)
    )


# ---- a call of a rule's function


class Call:
    """One call: its function, its arguments by the rule's names, its result."""

    def __init__(self, rule: Rule, args, kwargs):
        self.rule = rule
        self.args, self.kwargs = args, kwargs
        self.given = rule.signature.bind(*args, **kwargs)
        full = rule.signature.bind(*args, **kwargs)
        full.apply_defaults()
        self.named = dict(full.arguments)
        self.y = self.value({})

    def value(self, changes):
        found = self.called(changes)
        return tuple(found) if isinstance(found, tuple | list) else found

    def called(self, changes):
        if any(p.kind is p.VAR_POSITIONAL for p in self.rule.signature.parameters.values()):
            (args,) = (each for each in self.given.arguments.values() if isinstance(each, tuple))
            args = next((x for x in changes.values()), args)
            return self.rule.fn(*args, **self.kwargs)
        names = list(self.given.arguments)[: len(self.args)]
        args = [changes.get(name, x) for name, x in zip(names, self.args, strict=True)]
        return self.rule.fn(*args, **{k: changes.get(k, x) for k, x in self.kwargs.items()})

    def read(self, fn, **more):
        known = self.named | {"y": self.y} | more
        return fn(**{name: known[name] for name in inspect.signature(fn).parameters})

    def tangent(self, name, d):
        """What the rule says of the tangent; None where the form implies it."""
        rule = self.rule
        if rule.form == "elementwise":
            partial = self.partial(name)
            return np.real(partial * d) if np.isrealobj(self.y) else partial * d
        if rule.form == "structural":
            return self.read(rule.jvp[name], **{f"{name}_dot": d})
        return self.value({name: d} | {
            other: zeros(self.named[other]) for other in rule.operands
            if other != name and other in self.given.arguments
        })

    def partial(self, name):
        found = self.read(self.rule.partials)
        if len(self.rule.operands) == 1:
            return found
        return found[self.rule.operands.index(name)]

    def adjoint(self, name, y_bar):
        rule = self.rule
        if rule.form == "elementwise":
            bar = y_bar * self.partial(name)
        elif rule.form == "structural":
            bar = self.read(rule.vjp[name], y_bar=y_bar)
        else:
            bar = self.read(rule.transpose, y_bar=y_bar)
            bar = bar[rule.operands.index(name)] if len(rule.operands) > 1 else bar
        operand = self.named[name]
        return rebuild(operand, [
            match(b, x) for b, x in zip(leaves(bar), leaves(operand), strict=True)
        ])

    def differences(self, name, d):
        """Directional derivative: central differences of sixth order."""
        h = 1e-3
        at = {k: leaves(self.value({name: moved(self.named[name], d, k * h)}))
              for k in (-3, -2, -1, 1, 2, 3)}
        by_result = [dict(zip(at, found, strict=True)) for found in zip(*at.values(), strict=True)]
        slopes = [
            np.asarray(45 * (y[1] - y[-1]) - 9 * (y[2] - y[-2]) + y[3] - y[-3]) / (60 * h)
            for y in by_result
        ]
        return slopes if len(slopes) > 1 else slopes[0]


def adjoint_of(y, rng):
    """A random adjoint of a result."""
    if isinstance(y, tuple):
        return tuple(adjoint_of(each, rng) for each in y)
    if np.ndim(y):
        return direction(y + 0.0, rng)
    return direction(complex(y) if np.iscomplexobj(y) else float(y), rng)


def zeros(value):
    return rebuild(value, [x * 0 for x in leaves(value)])


def close(found, expected):
    scale = max(1e-2, float(np.max(np.abs(expected), initial=0.0)))
    error = float(np.max(np.abs(np.asarray(found) - expected), initial=0.0))
    return error <= TOLERANCE * scale


def check(rule: Rule, args, kwargs) -> int:
    """Compare all operands of one call; the number of those compared."""
    call, rng, compared = Call(rule, args, kwargs), np.random.default_rng(0), 0
    for name in rule.operands:
        if call.named.get(name) is None or name not in call.given.arguments:
            continue
        d = direction(call.named[name], rng)
        if d is None or (rule.form == "elementwise" and call.partial(name) is None):
            continue
        expected = call.differences(name, d)
        where = f"{rule.name}, operand {name} of {args}, {kwargs}"
        tangent = call.tangent(name, d)
        for found, slope in zip(leaves(tangent), leaves(expected), strict=True):
            assert close(found, slope), (
                f"tangent of {where}: {tangent} but differences give {expected}"
            )
        y_bar = adjoint_of(call.y, rng)
        x_bar = call.adjoint(name, y_bar)
        p, q = pair(y_bar, expected), pair(x_bar, d)
        parts = zip(leaves(y_bar), leaves(expected), strict=True)
        size = max(1e-2, sum(float(np.sum(np.abs(b * e))) for b, e in parts))
        assert abs(p - q) <= TOLERANCE * size, f"adjoint of {where}: {q}, differences give {p}"
        compared += 1
    return compared


@pytest.mark.parametrize("rule", DERIVED, ids=lambda r: r.name)
def test_rule(rule):
    samples = SAMPLES.get(rule.fn) or (default_samples(rule) if rule.form == "elementwise" else [])
    assert samples, f"no sample calls of {rule.name} in rule_samples.py"
    covered = set()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for args, kwargs in samples:
            assert check(rule, args, kwargs), f"nothing was compared in {rule.name}{args}"
            given = rule.signature.bind(*args, **kwargs).arguments
            covered |= {name for name in rule.operands if given.get(name) is not None}
    missing = set(rule.operands) - covered
    assert not missing, f"operands never sampled: {missing}"


# ---- accuracy of the elementary functions

EXACT = {
    np.exp: mpmath.exp, np.exp2: lambda x: mpmath.mpf(2) ** x, np.expm1: mpmath.expm1,
    np.log: mpmath.log, np.log2: lambda x: mpmath.log(x, 2), np.log10: mpmath.log10,
    np.log1p: mpmath.log1p, np.sqrt: mpmath.sqrt, np.cbrt: mpmath.cbrt,
    np.square: lambda x: x * x, np.reciprocal: lambda x: 1 / x,
    np.sin: mpmath.sin, np.cos: mpmath.cos, np.tan: mpmath.tan, np.arcsin: mpmath.asin,
    np.arccos: mpmath.acos, np.arctan: mpmath.atan, np.sinh: mpmath.sinh, np.cosh: mpmath.cosh,
    np.tanh: mpmath.tanh, np.arcsinh: mpmath.asinh, np.arctanh: mpmath.atanh,
    np.sinc: mpmath.sincpi,
    math.exp: mpmath.exp, math.log: mpmath.log, math.log2: lambda x: mpmath.log(x, 2),
    math.log10: mpmath.log10, math.log1p: mpmath.log1p, math.expm1: mpmath.expm1,
    math.sqrt: mpmath.sqrt, math.cbrt: mpmath.cbrt, math.sin: mpmath.sin, math.cos: mpmath.cos,
    math.tan: mpmath.tan, math.asin: mpmath.asin, math.acos: mpmath.acos, math.atan: mpmath.atan,
    math.sinh: mpmath.sinh, math.cosh: mpmath.cosh, math.tanh: mpmath.tanh,
    math.asinh: mpmath.asinh, math.atanh: mpmath.atanh, math.erf: mpmath.erf,
    math.erfc: mpmath.erfc, math.gamma: mpmath.gamma, math.lgamma: mpmath.loggamma,
}


@pytest.mark.parametrize("fn", EXACT, ids=lambda f: REGISTRY.find(f).name)
def test_partial_is_accurate(fn):
    rule = REGISTRY.find(fn)
    with mpmath.workdps(40):
        for x in (1e-6, 0.013, 0.1, 0.27, 0.5, 0.73, 0.96):
            partial = Call(rule, (x,), {}).partial(rule.operands[0])
            exact = mpmath.diff(EXACT[fn], mpmath.mpf(x))
            assert abs(partial / exact - 1) < 2e-14, (x, partial, exact)


# ---- singular points: the published conventions


def partial(fn, *args):
    rule = REGISTRY.find(fn)
    with np.errstate(all="ignore"):
        found = Call(rule, args, {}).read(rule.partials)
    return found if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize(
    ("fn", "args", "expected"),
    [
        (abs, (0.0,), (0.0,)),
        (np.abs, (0.0,), (0.0,)),
        (np.abs, (0j,), (0.0,)),
        (pow, (0.0, 0.0), (0.0, 0.0)),
        (pow, (0.0, 1), (1.0, 0.0)),
        (pow, (0.0, 2.0), (0.0, 0.0)),
        (pow, (0.0, 0.5), (np.inf, 0.0)),
        (pow, (1e-200, -1.5), (-np.inf, None)),
        (np.power, (np.zeros(3), np.array([0.0, 1.0, 2.0])), ([0.0, 1.0, 0.0], [0.0, 0.0, 0.0])),
        (np.power, (np.zeros(1), 0.5), ([np.inf], [0.0])),
        (math.pow, (0.0, 0.0), (0.0, 0.0)),
        (math.sqrt, (0.0,), (math.inf,)),
        (np.sqrt, (0.0,), (np.inf,)),
        (math.cbrt, (0.0,), (math.inf,)),
        (math.asin, (1.0,), (math.inf,)),
        (math.acos, (-1.0,), (-math.inf,)),
        (math.acosh, (1.0,), (math.inf,)),
        (math.hypot, (0.0, 0.0), (0.0, 0.0)),
        (np.hypot, (0.0, 0.0), (0.0, 0.0)),
        (np.arctan2, (0.0, 0.0), (0.0, 0.0)),
        (math.atan2, (0.0, 0.0), (0.0, 0.0)),
        (np.sinc, (0.0,), (0.0,)),
        (np.logaddexp, (-np.inf, -np.inf), (0.0, 0.0)),
        (np.maximum, (1.0, 1.0), (0.5, 0.5)),
        (min, (1.0, 1.0), (0.5, 0.5)),
        (np.fmax, (np.nan, 1.0), (0.0, 1.0)),
        (np.clip, (1.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
        (np.clip, (2.0, 0.0, 1.0), (0.0, 0.0, 1.0)),
    ],
)
def test_singular_point(fn, args, expected):
    for found, value in zip(partial(fn, *args), expected, strict=True):
        if value is not None:
            np.testing.assert_array_equal(np.asarray(found, float), value)


def test_ties_of_a_reduction_share_equally():
    call = Call(REGISTRY.find(np.max), (np.array([2.0, 1.0, 2.0]),), {})
    np.testing.assert_allclose(call.adjoint("a", 1.0), [0.5, 0.0, 0.5])


def test_norm_and_std_have_slope_zero_where_they_vanish():
    for fn in (np.linalg.norm, np.std):
        call = Call(REGISTRY.find(fn), (np.zeros(3),), {})
        np.testing.assert_array_equal(call.adjoint(call.rule.operands[0], 1.0), np.zeros(3))


def test_products_are_right_at_zeros():
    for zeros_at in ((), (1,), (1, 2)):
        x = np.array([2.0, 3.0, 4.0, 5.0])
        x[list(zeros_at)] = 0.0
        for fn in (np.prod, np.cumprod):
            with np.errstate(all="ignore"):
                assert check(REGISTRY.find(fn), (x,), {})


# ---- the tester is tested


@pytest.mark.parametrize("fn", [np.exp, np.multiply, np.linalg.solve, np.concatenate, np.std])
def test_a_rule_wrong_by_a_thousandth_is_caught(fn):
    rule = REGISTRY.find(fn)

    class Wrong(Call):
        def adjoint(self, name, y_bar):
            return moved(super().adjoint(name, y_bar), super().adjoint(name, y_bar), 1e-3)

    args, kwargs = (SAMPLES.get(fn) or default_samples(rule))[0]
    check(rule, args, kwargs)
    original = globals()["Call"]
    globals()["Call"] = Wrong
    try:
        with pytest.raises(AssertionError, match="adjoint"):
            check(rule, args, kwargs)
    finally:
        globals()["Call"] = original
