"""Functions that call themselves: their companions, in every mode, against the oracles."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import AdcompilerError
from adcompiler.frontend.program import lower
from adcompiler.frontend.signature import spec_of
from adcompiler.ir.evaluator import evaluate
from tests.oracles import reference_gradient, reference_hvp, reference_jvp
from tests.oracles.compare import assert_same, direction, identical
from tests.recursive_programs import CASES, Decay, guarded, power, single_precision, smooth
from tests.test_zoo_identity import bound, compiled

over_cases = pytest.mark.parametrize(("fn", "args", "wrt"), CASES.values(), ids=CASES)


def fresh(args):
    return tuple(x.copy() if isinstance(x, np.ndarray) else x for x in args)


@over_cases
def test_identity(fn, args, wrt):
    made = compiled(fn, bound(fn, fresh(args)))
    captured = [capture.current() for capture in made.captures]
    given = bound(fn, fresh(args)).values()
    assert identical(made.function(*given, *captured), fn(*fresh(args)))


@over_cases
def test_evaluator(fn, args, wrt):
    given = bound(fn, fresh(args))
    made = lower(fn, {key: spec_of(x) for key, x in given.items()})
    captures = {key: each.current() for key, each in made.program.captures.items()}
    values = [leaf.get({**given, **captures}[leaf.root]) for leaf in made.leaves]
    (result,) = evaluate(made.function, values, made.program.functions)
    assert_same(float(result), float(fn(*fresh(args))), 1e-13, fn.__name__)


@over_cases
def test_reverse(fn, args, wrt):
    given = fresh(args)
    gradient = ad.grad(fn, argnums=wrt)
    found = gradient(*given)
    assert_same(found, reference_gradient(fn, fresh(args), wrt), 1e-9, fn.__name__)
    assert identical(given, args)
    assert_same(gradient(*given), found, 0.0, "again")


@over_cases
def test_forward(fn, args, wrt):
    tangents = tuple(
        direction(x, start=k) if k in wrt else (0.0 if isinstance(x, float) else None)
        for k, x in enumerate(args)
    )
    value, slope = ad.jvp(fn, fresh(args), tangents)
    assert_same(slope, float(reference_jvp(fn, fresh(args), tangents)[1]), 1e-9, fn.__name__)
    assert_same(float(value), float(fn(*fresh(args))), 1e-12, fn.__name__)


@over_cases
def test_second_order(fn, args, wrt):
    first, *rest = fresh(args)
    v = direction(first, start=5)
    found = ad.differentiate(fn, argnums=0).hvp(first, v, *rest)
    assert_same(found, reference_hvp(fn, fresh(args), 0, v), 1e-6, fn.__name__)


@pytest.mark.parametrize("name", ["tree", "smoothed", "of_halves", "matrix_power", "several_exits"])
def test_hessian(name):
    fn, args, _ = CASES[name]
    derived = ad.differentiate(fn, argnums=0)
    v = direction(args[0], start=5)
    hessian = np.asarray(derived.hessian(*fresh(args)))
    axes = np.ndim(v)
    product = np.tensordot(hessian, v, axes) if axes else hessian * v
    assert_same(np.asarray(product), np.asarray(reference_hvp(fn, args, 0, v)), 1e-6, name)


def test_jacobian_of_an_array():
    u = np.array([0.3, 0.9, 0.4])
    expected = np.stack([reference_gradient(lambda u, i=i: smooth(u, 2)[i], (u,), (0,))[0]
                         for i in range(3)])  # fmt: skip
    for jacobian in (ad.jacfwd(smooth), ad.jacrev(smooth)):
        assert_same(jacobian(u, 2), expected, 1e-9, "jacobian")


def test_a_pullback_can_be_called_again():
    u = np.array([0.3, 0.9, 0.4])
    value, pullback = ad.vjp(smooth, u, 2)
    kept = value.copy()
    once = pullback(np.ones(3))
    value[:] = 7.0  # the result is the caller's own
    again = pullback(np.ones(3))
    assert_same(once, again, 0.0, "pullback")
    assert_same(kept, smooth(u, 2), 1e-14, "value")


def test_single_precision_stays():
    u = np.array([0.3, 0.9], dtype=np.float32)
    assert ad.grad(single_precision)(u, 2).dtype == np.float32


def test_effects_happen_once(capsys):
    def speaking(x, n):
        print("at", n)
        return x if n == 0 else x * speaking(x, n - 1)

    ad.grad(speaking)(0.5, 2)
    assert capsys.readouterr().out == "at 2\nat 1\nat 0\n"


def test_errors_are_the_primals():
    with pytest.raises(ValueError, match="n is -1"):
        ad.grad(guarded)(0.5, -1)
    with pytest.raises(AssertionError):
        ad.grad(guarded)(-0.5, 2)


def test_too_deep_is_a_recursion_error():
    with pytest.raises(RecursionError):
        ad.grad(power)(0.5, -1)


def test_known_depth_is_unrolled():
    def nested(x, depth):
        return x if depth == 0 else math.sin(nested(x, depth - 1))

    def fixed(x):
        return nested(x, 3)

    gradient = ad.grad(fixed)
    gradient(0.5)
    assert "def nested" not in gradient.source


def test_text():
    gradient = ad.grad(power)
    gradient(0.5, 3)
    forward, reverse, whole = gradient.source.split("\n\n\n")
    assert forward == '''\
def power_forward(x, n):
    """Forward sweep of ``power``: its value, and a record for ``power_reverse``."""
    if n == 0:
        result = 1.0
        power_value = 0.0
        record = None
    else:
        power_value, record = power_forward(x, n - 1)
        result = x * power_value
    return result, (x, n, power_value, record)'''
    assert "    x, n, power_value, record = record\n" in reverse
    assert "power_reverse(record, result_bar * x)" in reverse
    assert "    _, record = power_forward(x, n)\n" in whole
    assert "power_reverse(record, 1.0)" in whole


def test_forward_mode_is_one_function():
    derived = ad.differentiate(power)
    derived.jvp((0.5, 3), (1.0, None))
    source = derived.jvp.source
    assert source.count("def ") == 1
    assert "power_value, power_value_dot = power_jvp(x, n - 1, x_dot)" in source


def endless(x):
    return x * endless(x)


def fills_its_argument(u, n):
    if n == 0:
        return u[0]
    u[0] = u[0] * u[1]
    return fills_its_argument(u, n - 1)


def growing(x, n):
    return x if n == 0 else (growing(x, n - 1), x)


def of_growing(x, n):
    made = growing(x, n)
    return made[0]


def other_kind(x, n):
    return x if n == 0 else other_kind(np.array([x, x]) if n % 2 else x, n - 1)


REFUSED = {
    "endless": (endless, (0.5,), "on every path"),
    "fills_its_argument": (fills_its_argument, (np.ones(2), 2), "changes an argument"),
    "growing": (of_growing, (0.5, 2), "structure|one path"),
}


@pytest.mark.parametrize(("fn", "args", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(fn, args, message):
    with pytest.raises(AdcompilerError, match=message) as refusal:
        ad.grad(fn)(*args)
    assert "test_recursion.py" in str(refusal.value)


def test_an_object_as_argument():
    def total(node, x, n):
        return node.rate * x if n == 0 else x + total(Decay(node.rate * x), x * node.rate, n - 1)

    def with_object(x, rate, n):
        return total(Decay(rate), x, n)

    found = ad.grad(with_object, argnums=(0, 1))(0.5, 0.7, 3)
    expected = reference_gradient(with_object, (0.5, 0.7, 3), (0, 1))
    assert_same(found, expected, 1e-9, "with_object")
