"""The lecture that the project starts from: its examples, with its numbers.

f(x1, x2) = x1 x2 + exp(x1 x2) at (1, 2), the product of five numbers, the elementary functions that
a library must have, and the higher derivatives that it names as extensions.
"""

import math

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

import adcompiler as ad

pytestmark = pytest.mark.sample

E2 = math.exp(2.0)
CLOSE = {"rtol": 1e-14, "atol": 0.0}


def f(x1, x2):
    v = x1 * x2
    return v + np.exp(v)


def f_of_vector(x):
    v = x[0] * x[1]
    return v + np.exp(v)


def product(x1, x2, x3, x4, x5):
    return x1 * x2 * x3 * x4 * x5


def product_of_vector(x):
    return x[0] * x[1] * x[2] * x[3] * x[4]


# ----- the gradient, in both modes -----


@pytest.mark.parametrize(
    ("seed", "expected"),
    [((1.0, 0.0), 2.0 * (1.0 + E2)), ((0.0, 1.0), 1.0 + E2), ((3.0, -1.0), 5.0 * (1.0 + E2))],
)
def test_a_forward_pass_for_each_direction(seed, expected):
    value, tangent = ad.jvp(f, (1.0, 2.0), seed)
    assert_allclose(value, 2.0 + E2, **CLOSE)
    assert_allclose(tangent, expected, **CLOSE)


def test_one_forward_pass_of_two_directions():
    assert_allclose(ad.jacfwd(f, argnums=(0, 1))(1.0, 2.0), (2 * (1 + E2), 1 + E2), **CLOSE)
    assert_allclose(ad.jacfwd(f_of_vector)(np.array([1.0, 2.0])), [2 * (1 + E2), 1 + E2], **CLOSE)


def test_one_reverse_pass():
    assert_allclose(ad.grad(f, argnums=(0, 1))(1.0, 2.0), (2 * (1 + E2), 1 + E2), **CLOSE)
    assert_allclose(ad.jacrev(f_of_vector)(np.array([1.0, 2.0])), [2 * (1 + E2), 1 + E2], **CLOSE)
    value, gradient = ad.value_and_grad(f, argnums=(0, 1))(1.0, 2.0)
    assert_allclose(value, 2.0 + E2, **CLOSE)
    assert_allclose(gradient, (2 * (1 + E2), 1 + E2), **CLOSE)
    value, pullback = ad.vjp(f, 1.0, 2.0)
    assert_allclose(value, 2.0 + E2, **CLOSE)
    assert_allclose(pullback(3.0), (6 * (1 + E2), 3 * (1 + E2)), **CLOSE)


@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
def test_the_mode_can_be_chosen(mode):
    g = ad.differentiate(f, argnums=("x1", "x2"), mode=mode)
    assert_allclose(g.grad(1.0, 2.0), (2 * (1 + E2), 1 + E2), **CLOSE)


# ----- the exercise -----

POINT = (2.0, 1.0, 1.0, 1.0, 1.0)
GRADIENT = (1.0, 2.0, 2.0, 2.0, 2.0)


def test_the_product_of_five_by_five_forward_passes():
    passes = [ad.jvp(product, POINT, tuple(seed))[1] for seed in np.eye(5).tolist()]
    assert passes == list(GRADIENT)


def test_the_product_of_five_by_one_reverse_pass():
    assert ad.grad(product, argnums=(0, 1, 2, 3, 4))(*POINT) == GRADIENT
    assert ad.grad(product_of_vector)(np.array(POINT)).tolist() == list(GRADIENT)
    assert ad.jacfwd(product_of_vector)(np.array(POINT)).tolist() == list(GRADIENT)


# ----- higher derivatives: with v = x1 x2, f'' = (x2² e^v, 1 + e^v + v e^v, x1² e^v) -----

HESSIAN = np.array([[4.0 * E2, 1.0 + 3.0 * E2], [1.0 + 3.0 * E2, E2]])


def test_the_mixed_derivative_in_both_orders():
    first = ad.grad(ad.grad(f, argnums=0), argnums=1)(1.0, 2.0)
    second = ad.grad(ad.grad(f, argnums=1), argnums=0)(1.0, 2.0)
    assert_allclose(first, HESSIAN[0, 1], **CLOSE)
    assert_allclose(second, HESSIAN[0, 1], **CLOSE)


def test_the_hessian_is_the_jacobian_of_the_gradient():
    x = np.array([1.0, 2.0])
    assert_allclose(ad.hessian(f_of_vector)(x), HESSIAN, **CLOSE)
    assert_allclose(ad.jacfwd(ad.grad(f_of_vector))(x), HESSIAN, **CLOSE)
    assert_allclose(ad.jacrev(ad.grad(f_of_vector))(x), HESSIAN, **CLOSE)


def test_a_hessian_times_a_vector():
    x, p = np.array([1.0, 2.0]), np.array([0.5, -2.0])
    assert_allclose(ad.differentiate(f_of_vector).hvp(x, p), HESSIAN @ p, rtol=1e-13)


def test_the_laplacian():
    x = np.array([1.0, 2.0])
    assert_allclose(ad.laplacian(f_of_vector)(x), 5.0 * E2, **CLOSE)

    def harmonic(x):
        return 1.0 / np.sqrt(np.sum(x**2))

    assert_allclose(ad.laplacian(harmonic)(np.array([1.0, 2.0, -2.0])), 0.0, atol=1e-14)


def test_third_derivatives():
    """∂³f/∂x1³ = x2³ e^v, in three nestings of the modes."""
    assert_allclose(ad.grad(ad.grad(ad.grad(f)))(1.0, 2.0), 8.0 * E2, **CLOSE)
    assert_allclose(ad.jacfwd(ad.jacfwd(ad.jacfwd(f)))(1.0, 2.0), 8.0 * E2, **CLOSE)
    assert_allclose(ad.jacfwd(ad.grad(ad.jacfwd(f)))(1.0, 2.0), 8.0 * E2, **CLOSE)


# ----- elementary functions: against derivatives at 50 digits -----

ELEMENTARY = {
    "sin": (lambda x: np.sin(x), mpmath.sin),
    "cos": (lambda x: np.cos(x), mpmath.cos),
    "tan": (lambda x: np.tan(x), mpmath.tan),
    "arcsin": (lambda x: np.arcsin(x), mpmath.asin),
    "arccos": (lambda x: np.arccos(x), mpmath.acos),
    "arctan": (lambda x: np.arctan(x), mpmath.atan),
    "exp": (lambda x: np.exp(x), mpmath.exp),
    "2**x": (lambda x: 2.0**x, lambda x: mpmath.mpf(2) ** x),
    "exp2": (lambda x: np.exp2(x), lambda x: mpmath.mpf(2) ** x),
    "log": (lambda x: np.log(x), mpmath.log),
    "log2": (lambda x: np.log2(x), lambda x: mpmath.log(x, 2)),
    "log10": (lambda x: np.log10(x), mpmath.log10),
    "log, base 7": (lambda x: np.log(x) / np.log(7.0), lambda x: mpmath.log(x, 7)),
    "math.log, base 7": (lambda x: math.log(x, 7.0), lambda x: mpmath.log(x, 7)),
    "sinh": (lambda x: np.sinh(x), mpmath.sinh),
    "cosh": (lambda x: np.cosh(x), mpmath.cosh),
    "tanh": (lambda x: np.tanh(x), mpmath.tanh),
    "logistic": (lambda x: 1.0 / (1.0 + np.exp(-x)), lambda x: 1 / (1 + mpmath.exp(-x))),
    "sqrt": (lambda x: np.sqrt(x), mpmath.sqrt),
    "math.sqrt": (lambda x: math.sqrt(x), mpmath.sqrt),
    "x**3": (lambda x: x**3, lambda x: x**3),
    "x**-1.5": (lambda x: x**-1.5, lambda x: x ** mpmath.mpf(-1.5)),
    "x**x": (lambda x: x**x, lambda x: x**x),
}


@pytest.mark.parametrize("name", ELEMENTARY)
def test_elementary_function(name):
    function, reference = ELEMENTARY[name]
    for x in (0.3, 0.9):
        with mpmath.workdps(50):
            first, second = (float(mpmath.diff(reference, mpmath.mpf(x), n)) for n in (1, 2))
        assert_allclose(ad.grad(function)(x), first, rtol=1e-13)
        assert_allclose(ad.jvp(function, (x,), (1.0,))[1], first, rtol=1e-13)
        assert_allclose(ad.grad(ad.grad(function))(x), second, rtol=1e-12)
