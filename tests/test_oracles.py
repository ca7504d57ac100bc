"""The oracles against closed forms, against each other over the whole zoo, and against a
deliberately wrong derivative.
"""

from __future__ import annotations

import cmath
import functools
import math
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pytest

from tests.oracles import (
    OracleGap,
    complex_step,
    differences,
    evaluate,
    hessian,
    jacobian,
    reference_gradient,
    reference_hvp,
    reference_jvp,
    which_oracle,
)
from tests.oracles.compare import assert_same, differences_between, direction, identical, same
from tests.oracles.dual import BINARY, BY_CASES, UNARY, Dual, binary, mp, raw, unary
from tests.oracles.trees import duplicate
from tests.zoo import PROGRAMS, TOPICS, Program

U = np.array([0.4, 1.3, -0.2])


# -- closed forms ----------------------------------------------------------------------------------


def lecture(x1, x2):
    v = x1 * x2
    return v + np.exp(v)


@pytest.mark.parametrize("oracle", ["dual", "differences"])
def test_lecture_example(oracle):
    factor = 1.0 + math.exp(2.0)
    expected = (2.0 * factor, 1.0 * factor)
    assert_same(reference_gradient(lecture, (1.0, 2.0), (0, 1), oracle), expected, 1e-10, oracle)
    value, slope = reference_jvp(lecture, (1.0, 2.0), (0.5, -1.0), oracle)
    assert value == pytest.approx(2.0 + math.exp(2.0), rel=1e-12)
    assert slope == pytest.approx(0.5 * expected[0] - expected[1], abs=1e-9)
    second = 4.0 * math.exp(2.0)
    assert reference_hvp(lecture, (1.0, 2.0), 0, 1.0, oracle) == pytest.approx(second, rel=1e-7)


def test_product_of_five():
    def product(a, b, c, d, e):
        return a * b * c * d * e

    assert reference_gradient(product, (2.0, 1.0, 1.0, 1.0, 1.0), tuple(range(5))) == (
        1.0,
        2.0,
        2.0,
        2.0,
        2.0,
    )


def test_quadratic_form_has_its_matrix_as_hessian():
    a = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.2, 0.1, 1.8]])
    v = np.array([1.0, -0.5, 2.0])

    def form(x, m):
        return x @ m @ x

    assert_same(
        reference_gradient(form, (U, a), (0, 1)), ((a + a.T) @ U, np.outer(U, U)), 1e-14, "gradient"
    )
    assert_same(reference_hvp(form, (U, a), 0, v), (a + a.T) @ v, 1e-14, "hvp")
    assert_same(hessian(form, (U, a)), a + a.T, 1e-7, "hessian")


def assert_slopes(function, point, first, second):
    """Central differences at 50 digits: good to about 20."""
    h = mp.mpf("1e-11")
    below, here, above = (raw(function(point + k * h)) for k in (-1, 0, 1))
    assert abs(raw(first) - (above - below) / (2 * h)) < 1e-16
    assert abs(raw(second) - (above - 2 * here + below) / h**2) < 1e-16


@pytest.mark.parametrize(
    "name", sorted({*UNARY, *BY_CASES} - {"real", "imag", "conjugate", "angle"})
)
def test_elementwise_rules_against_mpmath(name):
    """First and second derivative of each function of the dual numbers, by differences at 50
    digits.
    """
    point = mp.mpf("1.37") if name == "arccosh" else mp.mpf("0.37")
    y = unary(name, Dual(Dual(point, {0: mp.mpf(1)}, 1), {0: mp.mpf(1)}, 2))
    first = y.tangents.get(0, Dual(mp.mpf(0)))
    second = getattr(first, "tangents", {}).get(0, 0)

    assert_slopes(lambda t: unary(name, t), point, first, second)


@pytest.mark.parametrize("name", sorted(BINARY))
@pytest.mark.parametrize("position", [0, 1])
def test_binary_rules_against_mpmath(name, position):
    point = [mp.mpf("2.75"), mp.mpf("1.3")]

    def seeded(t):
        return [t if i == position else p for i, p in enumerate(point)]

    y = binary(name, *seeded(Dual(Dual(point[position], {0: mp.mpf(1)}, 1), {0: mp.mpf(1)}, 2)))
    first = y.tangents.get(0, Dual(mp.mpf(0)))
    second = getattr(first, "tangents", {}).get(0, 0)

    assert_slopes(lambda t: binary(name, *seeded(t)), point[position], first, second)


def test_levels_of_perturbation_are_not_confused():
    """d/dx of x * (d/dy of x + y) is 1, not 2."""

    def inner(x):
        t = x + Dual(mp.mpf(1), {"y": mp.mpf(1)}, 1)
        return t.tangents["y"]

    x = Dual(mp.mpf(1), {"x": mp.mpf(1)}, 2)
    outer = x + Dual(Dual(mp.mpf(1), {"y": mp.mpf(1)}, 1))
    assert set(outer.tangents) == {"x"}
    assert raw(inner(Dual(mp.mpf(1)))) == 1


# -- conventions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fn", "args", "expected"),
    [
        (lambda a, b: max(a, b), (2.0, 2.0), (0.5, 0.5)),
        (lambda a, b: min(a, b, 5.0), (2.0, 2.0), (0.5, 0.5)),
        (lambda a, b: np.maximum(a, b), (2.0, 2.0), (0.5, 0.5)),
        (lambda a, b: np.max(np.array([a, b, a])), (2.0, 2.0), (2.0 / 3.0, 1.0 / 3.0)),
        (lambda a, b: abs(a) + np.abs(b), (0.0, 0.0), (0.0, 0.0)),
        (lambda a, b: np.where(a > 0, np.sqrt(a), b), (-1.0, 2.0), (0.0, 1.0)),
        (lambda a, b: a**0.0 + b**2, (0.0, 0.0), (0.0, 0.0)),
        (lambda a, b: np.floor(a) * b + int(a), (2.5, 2.0), (0.0, 2.0)),
    ],
)
def test_conventions_at_special_points(fn, args, expected):
    assert_same(reference_gradient(fn, args, (0, 1), "dual"), expected, 1e-14, "convention")


def test_python_and_numpy_raise_or_not_as_on_floats():
    def caught(x):
        try:
            return math.log(x)
        except ValueError:
            return 3.0 * x

    def quotient(x):
        try:
            return 1.0 / x
        except ZeroDivisionError:
            return x

    assert reference_gradient(caught, (-1.0,), 0, "dual") == 3.0
    assert reference_gradient(quotient, (0.0,), 0, "dual") == 1.0
    assert math.isnan(evaluate.value(lambda x: np.sqrt(x), (-1.0,)))


# -- the stand-ins: programs run unmodified --------------------------------------------------------


class Model:
    scale = 2.0

    def __init__(self, k):
        self.k = k

    def __call__(self, x):
        return self.k * x**2


class Special(Model):
    def __call__(self, x):
        return super().__call__(x) * self.scale + sqrt(x)


@dataclass
class State:
    x: float
    v: np.ndarray
    label: str = ""
    n: int = 3


def fill(out, values):
    out[...] = values


def test_classes_super_globals_and_names_imported_from_math():
    gradient = reference_gradient(
        lambda x: Special(3.0)(x) + isinstance(Special(x), Model), (4.0,), 0, "dual"
    )
    assert gradient == pytest.approx(12.0 * 4.0 + 0.25, rel=1e-14)


def test_closure_partial_and_local_import():
    k = 3.0
    table = np.array([1.0, 2.0])

    def f(p, x):
        from numpy import sin

        return k * sin(x) ** p + table @ np.array([x, x])

    gradient = reference_gradient(functools.partial(f, 2), (0.7,), 0, "dual")
    assert gradient == pytest.approx(6.0 * math.sin(0.7) * math.cos(0.7) + 3.0, rel=1e-14)


def test_structures_keep_their_shape():
    def f(s, d):
        return s.x * np.sum(s.v**2) + d["a"][0] * d["a"][1] * s.n

    expected = (State(5.0, np.array([4.0, 8.0]), None, None), {"a": [9.0, 6.0]})
    actual = reference_gradient(
        f, (State(2.0, np.array([1.0, 2.0]), "s"), {"a": [2.0, 3.0]}), (0, 1), "dual"
    )
    assert_same(actual, expected, 1e-14, "structures")
    assert isinstance(actual[0], State) and actual[0].label is None


def test_in_place_work_views_and_coercions():
    def f(u):
        v = np.zeros(3)
        fill(v[1:], np.asarray(u, dtype=float)[:2])
        w = v.reshape(3, 1)
        w *= 2.0
        v[0] = float(u[2]) * v.astype(float)[1]
        return v @ v

    expected = reference_gradient(f, (U,), 0, "differences")
    assert_same(reference_gradient(f, (U,), 0, "dual"), expected, 1e-10, "in place")


def test_layouts_aliases_and_overlaps_survive():
    base = np.arange(8.0) + 1.0
    args = duplicate((base[::2], base[1:3], np.asfortranarray(base.reshape(2, 4)), base[::-1]))
    assert (
        args[0].strides == base[::2].strides
        and args[2].flags.f_contiguous
        and args[3].strides[0] < 0
    )
    args[1][1] = 100.0
    assert args[0][1] == 100.0 and args[3][5] == 100.0 and base[2] == 3.0

    def overlap(parts, x):
        parts[0][1] = x
        return parts[1][0] * x

    assert reference_gradient(overlap, ([base[:3], base[1:]], 3.0), 1) == 6.0


def test_arguments_and_globals_are_left_alone():
    seen = []

    def f(u, items):
        u += 1.0
        items.append(u[0])
        seen.append(1)
        return items[-1] * u[1]

    args = (U.copy(), [2.0])
    for oracle in ("dual", "differences"):
        reference_gradient(f, args, (0,), oracle)
        assert identical(args, (U.copy(), [2.0]))


def test_losing_a_derivative_is_an_error_and_not_a_zero():
    def leak(x):
        real = np.arange(3) / 2.0
        real[0] = x
        return real[0]

    with pytest.raises((OracleGap, TypeError, ValueError)):
        reference_gradient(leak, (1.5,), 0, "dual")
    assert which_oracle(leak, (1.5,)) == "differences"
    assert reference_gradient(leak, (1.5,)) == pytest.approx(1.0)


def test_complex_arguments_follow_jax():
    z = np.array([0.7 + 0.2j])
    gradient = reference_gradient(lambda z: np.sum(np.abs(z) ** 2), (z,), 0, "dual")
    assert_same(gradient, 2.0 * np.conj(z), 1e-14, "complex")
    assert reference_gradient(
        lambda x: abs(cmath.exp(1j * x) * x), (2.0,), 0, "dual"
    ) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "fn",
    [
        lambda u: np.quantile(u, 0.3) + np.percentile(u, 75.0) * np.median(u),
        lambda u: np.abs(np.fft.fft(u)[1]) + np.fft.ifft(np.fft.fft(u) ** 2).real[0],
        lambda u: np.logaddexp.reduce(u) + np.maximum.accumulate(u).sum(),
        lambda u: (
            np.sum(np.gradient(u) ** 2) + np.trapezoid(u, dx=0.5) + np.interp(0.7, u[::2], u[:2])
        ),
        lambda u: (
            np.std(u, ddof=1) + np.cov(np.stack([u, u**2]))[0, 1] + np.linalg.norm([u[0], 1.0])
        ),
        lambda u: np.sum(np.fromiter((x * x for x in u), dtype=float)) + np.polyval(u, 1.3),
        lambda u: (
            np.trace(np.linalg.matrix_power(np.outer(u, u) + np.eye(3), 3)) + np.exp([u[0]])[0]
        ),
    ],
)
def test_library_functions_that_the_zoo_does_not_use(fn):
    dual, difference = (reference_gradient(fn, (U,), 0, o) for o in ("dual", "differences"))
    assert_same(dual, difference, 1e-8, "library function")


# -- differences and the complex step --------------------------------------------------------------


def test_jacobian_and_complex_step():

    def f(u):
        return np.array([u[0] * u[1], np.sin(u[2]), u @ u])

    expected = np.array([[U[1], U[0], 0.0], [0.0, 0.0, math.cos(U[2])], 2.0 * U])
    assert_same(jacobian(f, (U,)), expected, 1e-10, "jacobian")
    assert_same(
        complex_step(lambda u: np.sum(np.exp(u) * u), (U,)),
        np.exp(U) * (1.0 + U),
        1e-15,
        "complex step",
    )


def test_complex_step_is_wrong_where_it_is_documented_to_be():
    assert not same(complex_step(lambda u: np.sum(np.abs(u)), (U,)), np.sign(U), 1e-3)


# -- the tester is tested --------------------------------------------------------------------------


@pytest.mark.parametrize("oracle", ["dual", "differences"])
def test_a_derivative_wrong_by_a_thousandth_is_caught(oracle):
    expected = reference_gradient(lecture, (1.0, 2.0), (0, 1), oracle)
    wrong = (expected[0], expected[1] * 1.001)
    assert not same(wrong, expected, 1e-6)
    assert [place.partition(":")[0] for place in differences_between(wrong, expected, 1e-6)] == [
        "result[1]"
    ]


def test_a_wrong_rule_is_caught(monkeypatch):
    function = UNARY["exp"][0]
    monkeypatch.setitem(UNARY, "exp", (function, lambda x, y: y * mp.mpf("1.001")))
    wrong = reference_gradient(lecture, (1.0, 2.0), (0, 1), "dual")
    assert not same(wrong, reference_gradient(lecture, (1.0, 2.0), (0, 1), "differences"), 1e-6)


@pytest.mark.parametrize("wrong", [None, 1.0, np.zeros(2), [0.0, 0.0, 0.0]])
def test_a_derivative_of_another_shape_or_kind_is_caught(wrong):
    assert not same(wrong, U, 1e-6)


# -- the zoo ---------------------------------------------------------------------------------------


def test_the_zoo_is_large_and_its_names_are_unique():
    names = [p.name for p in PROGRAMS]
    assert len(set(names)) == len(names) >= 280
    assert sum("tier2" in p.tags for p in PROGRAMS) >= 30
    assert all(any(p.fn.__module__ == topic.__name__ for p in PROGRAMS) for topic in TOPICS)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_zoo_program_runs_and_the_oracles_agree(program: Program):
    value = np.asarray(differences.primal(program.fn, program.args()))
    assert value.ndim == 0 and value.dtype.kind in "fi"
    assert identical(program.args(), program.args())
    assert which_oracle(program.fn, program.args()) == "dual"
    if "kinks" in program.tags:
        return
    first = [
        reference_gradient(program.fn, program.args(), program.wrt, o)
        for o in ("dual", "differences")
    ]
    assert_same(*first, 1e-6, "gradient")
    if program.second_order:
        argnum = program.wrt[0]
        v = direction(program.args()[argnum])
        second = [
            reference_hvp(program.fn, program.args(), argnum, v, o) for o in ("dual", "differences")
        ]
        assert_same(*second, 1e-6, "Hessian product")
