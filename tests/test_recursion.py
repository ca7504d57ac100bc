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
from tests.test_zoo_identity import bound, compiled

RATE = 0.7
WEIGHTS = np.array([0.5, -1.5, 2.0])


def gcd(a, b):
    return a if b == 0 else gcd(b, a % b)


def factorial(n):
    if n <= 1:
        return 1
    return n * factorial(n - 1)


def with_inactive_helpers(x, a, b):
    return x**2 * gcd(a, b) + x / factorial(b)


def simpson(k, a, b, tolerance):
    middle = 0.5 * (a + b)
    fa, fm, fb = math.exp(-k * a), math.exp(-k * middle), math.exp(-k * b)
    whole = (b - a) / 6.0 * (fa + 4.0 * fm + fb)
    left = 0.5 * (fa + fm) * (middle - a)
    right = 0.5 * (fm + fb) * (b - middle)
    if abs(whole - left - right) < tolerance:
        return whole
    return simpson(k, a, middle, tolerance) + simpson(k, middle, b, tolerance)


def adaptive_simpson(k, a, b):
    return simpson(k, a, b, 1e-3) ** 2


def smooth(u, n):
    if n == 0:
        return u
    return smooth(0.5 * (u + u[::-1] * u), n - 1)


def smoothed(u, n):
    v = smooth(u, n)
    v[0] *= 2.0
    return np.sum(v**2)


def matrix_power(a, n):
    if n == 0:
        return np.eye(2)
    half = matrix_power(a, n // 2)
    return half @ half if n % 2 == 0 else half @ half @ a


def trace_of_power(a, n):
    return np.trace(matrix_power(a, n))


def pair(x, n):
    if n == 0:
        return x, 1.0
    a, b = pair(0.9 * x, n - 1)
    return a * b + x, a + b


def of_pair(x, n):
    a, b = pair(x, n)
    return a * b


def one_of_pair(x, n):
    return pair(x, n)[1] * x


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def called_in_loop(x, m):
    s = 0.0
    for k in range(m):
        if k % 2 == 0:
            s = s * x + power(x + k, k)
    return s


def tree(x, depth, width):
    if depth == 0:
        return math.sin(x)
    s = x
    for k in range(width):
        s = s * 0.5 + tree(x * (k + 1) * 0.3, depth - 1, width) * s
    return s


def is_even(x, n):
    return x if n == 0 else is_odd(x * 1.5, n - 1)


def is_odd(x, n):
    return x * x if n == 0 else is_even(x + 0.5, n - 1)


def with_loop_inside(x, n):
    y = x
    while y > 0.5:
        y = y * y * 0.7
    if n == 0:
        return y
    return y + x * with_loop_inside(0.8 * x + 0.3, n - 1)


class Decay:
    def __init__(self, rate):
        self.rate = rate

    def after(self, x, n):
        if n == 0:
            return x
        return self.after(x - self.rate * x * x, n - 1)


def method(x, rate, n):
    return Decay(rate).after(x, n)


def with_captures(x, n):
    if n == 0:
        return np.sum(WEIGHTS * x)
    return RATE * x * with_captures(x, n - 1) + WEIGHTS[n % 3]


def nested_function(x, y, n):
    scale = x * y

    def inner(t, k):
        if k == 0:
            return t * y
        return scale * inner(t + x, k - 1) + t

    return inner(y, n) * inner(x, 2)


def rebound_between_calls(x, n):
    scale = x

    def inner(k):
        return 1.0 if k == 0 else scale * inner(k - 1)

    first = inner(n)
    scale = x * x
    return first + inner(n)


def integer_base(x, n):
    if n == 0:
        return 0
    return x * n + integer_base(x, n - 1) * x


def integer_argument(x, n):
    return widened(1, x, n)


def widened(acc, x, n):
    return acc if n == 0 else widened(acc * x + 1, x, n - 1)


def guarded(x, n):
    if n < 0:
        raise ValueError(f"n is {n}")
    if n == 0:
        return x
    assert x > 0.0
    return x * guarded(x, n - 1)


def several_exits(x, n):
    if n == 0:
        return 1.0
    if x > 2.0:
        return x * several_exits(x - 0.9, n - 1)
    y = several_exits(x + 0.4, n - 1)
    for _ in range(n):
        y = y * 0.5 + x
    return y * y


def halves(u):
    if len(u) == 1:
        return u[0] * u
    half = len(u) // 2
    left, right = halves(u[:half]), halves(u[half:])
    return np.concatenate((left * np.sum(right), right + left[0]))


def of_halves(u):
    return np.sum(halves(u) ** 2)


def horner(coefficients, x):
    if len(coefficients) == 1:
        return coefficients[0]
    return coefficients[0] + x * horner(coefficients[1:], x)


def state(p, n):
    if n == 0:
        return p["x"] * p["v"]
    return state({"x": p["x"] + 0.1 * p["v"], "v": p["v"] - 0.1 * p["x"] ** 2}, n - 1)


def with_dict(x, v, n):
    return state({"x": x, "v": v}, n)


def gradients_unused(x, y, n):
    if n == 0:
        return y
    return gradients_unused(x, y * 1.1, n - 1)


def single_precision(u, n):
    if n == 0:
        return np.sum(u)
    return single_precision(u * u, n - 1) + u[0]


CASES = {
    "inactive_helpers": (with_inactive_helpers, (1.3, 12, 4), (0,)),
    "adaptive_simpson": (adaptive_simpson, (1.3, 0.0, 4.0), (0, 1, 2)),
    "smoothed": (smoothed, (np.array([0.3, 0.9, 0.4]), 3), (0,)),
    "smoothed_not_at_all": (smoothed, (np.array([0.3, 0.9, 0.4]), 0), (0,)),
    "matrix_power": (trace_of_power, (np.array([[0.9, 0.2], [-0.3, 1.1]]), 6), (0,)),
    "of_pair": (of_pair, (0.7, 4), (0,)),
    "one_of_pair": (one_of_pair, (0.7, 4), (0,)),
    "called_in_loop": (called_in_loop, (0.8, 6), (0,)),
    "tree": (tree, (0.9, 3, 2), (0,)),
    "mutual": (is_even, (0.6, 5), (0,)),
    "with_loop_inside": (with_loop_inside, (0.9, 3), (0,)),
    "method": (method, (0.9, 0.3, 4), (0, 1)),
    "with_captures": (with_captures, (0.9, 4), (0,)),
    "nested_function": (nested_function, (0.9, 1.2, 3), (0, 1)),
    "rebound_between_calls": (rebound_between_calls, (0.9, 3), (0,)),
    "integer_base": (integer_base, (0.9, 3), (0,)),
    "integer_argument": (integer_argument, (0.9, 3), (0,)),
    "guarded": (guarded, (0.9, 3), (0,)),
    "several_exits": (several_exits, (1.9, 5), (0,)),
    "of_halves": (of_halves, (np.array([0.5, 1.5, 0.2, 0.7, 1.1]),), (0,)),
    "horner": (horner, (np.array([0.5, 1.5, 0.2]), 0.8), (0, 1)),
    "with_dict": (with_dict, (0.5, 0.3, 3), (0, 1)),
    "gradients_unused": (gradients_unused, (0.5, 0.3, 3), (0, 1)),
}
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
    assert gradient.source == '''\
def power_forward(x, n):
    """Forward sweep of ``power``: its value, and a record for ``power_reverse``."""
    if n == 0:
        result = 1.0
        power_value = 0.0
        record = None
    else:
        power_value, record = power_forward(x, n - 1)
        result = x * power_value
    return result, (x, n, power_value, record)


def power_reverse(record, result_bar):
    """Reverse sweep of ``power``: adjoints of x."""
    x, n, power_value, record = record
    if n == 0:
        return 0.0
    # L2  return 1.0 if n == 0 else x * power(x, n - 1)
    x_bar = result_bar * power_value
    inner_x_bar = power_reverse(record, result_bar * x)
    x_bar += inner_x_bar
    return x_bar


def power_grad_x(x: float, n: int) -> float:
    """Derivative of ``power`` with respect to x (reverse mode; a record of each call)."""
    _, record = power_forward(x, n)
    x_bar = power_reverse(record, 1.0)
    return x_bar
'''


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
