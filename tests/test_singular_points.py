"""Derivatives at points where a partial is infinite: they don't raise, and hide nothing."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.optional import optional

special = optional("scipy.special")
inf = np.inf

ENDS = [
    ("log", lambda x: np.log(x), 0.0, inf),
    ("log2", lambda x: np.log2(x), 0.0, inf),
    ("log1p", lambda x: np.log1p(x), -1.0, inf),
    ("sqrt", lambda x: np.sqrt(x), 0.0, inf),
    ("cbrt", lambda x: np.cbrt(x), 0.0, inf),
    ("arctanh", lambda x: np.arctanh(x), 1.0, inf),
    ("arcsin", lambda x: np.arcsin(x), 1.0, inf),
    ("arccos", lambda x: np.arccos(-x), 1.0, inf),
    ("arccosh", lambda x: np.arccosh(x), 1.0, inf),
    ("reciprocal", lambda x: np.reciprocal(x), 0.0, -inf),
    ("divide", lambda x: np.divide(1.0, x), 0.0, -inf),
    ("divide by 0", lambda x: np.divide(x, 0.0), 1.0, inf),
    ("divide by an integer", lambda x: np.divide(x, 0), 1.0, inf),
    ("power", lambda x: np.power(x, -1.5), 0.0, -inf),
    ("root by power", lambda x: np.power(x, 0.5), 0.0, inf),
    ("remainder", lambda x: np.remainder(1.0, x), 0.0, -inf),
    ("a quotient of NumPy's", lambda x: np.exp(x) / x - np.exp(x), 0.0, None),
]


def check(found, slope, x):
    assert np.asarray(found).dtype == np.asarray(x).dtype
    if slope is not None:
        np.testing.assert_array_equal(found, np.broadcast_to(slope, np.shape(x)))


@pytest.mark.parametrize(("name", "f", "x", "slope"), ENDS, ids=[each[0] for each in ENDS])
@pytest.mark.parametrize(
    "kind", [float, np.float64, np.float32, np.asarray, lambda x: np.array([x])]
)
def test_a_derivative_does_not_raise_where_the_function_does_not(name, f, x, slope, kind):
    x = kind(x)
    one = np.ones_like(x) if isinstance(x, np.ndarray) else type(x)(1.0)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        f(x)
        _, forward = ad.jvp(f, (x,), (one,))
        check(forward, slope, x)
        _, pullback = ad.vjp(f, x)
        (back,) = pullback(one)
        check(back, slope, x)
        ad.hvp(lambda x: np.sum(f(x)))(x, one)


def test_a_number_made_one_of_numpys_does_not_raise():
    with np.errstate(divide="ignore"):
        assert ad.grad(lambda x: 1.0 / np.float64(x))(0.0) == -inf


def test_python_raises_in_the_derivative_as_in_the_function():
    f = lambda x: 1.0 / x  # noqa: E731
    with pytest.raises(ZeroDivisionError):
        f(0.0)
    with pytest.raises(ZeroDivisionError):
        ad.value_and_grad(f)(0.0)


def test_a_cast_to_a_python_number_does_not_widen():
    def f(x):
        return np.sum(x * float(x[0]))

    x = np.array([1.0, 2.0], dtype=np.float32)
    value, gradient = ad.value_and_grad(f)(x)
    assert value.dtype == f(x).dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, [4.0, 1.0])


# ---- lanes of np.where: what is not chosen contributes nothing, whatever its partials are


def entropy(x):
    return np.where(x > 0, x * np.log(x), 0.0)


def several_reads(x):
    r = np.sqrt(x)
    t = 3.0 * r + np.exp(r)
    return np.where(x > 0, t * t, np.sin(x))


def stable_logistic(x):
    return np.where(x > 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))


def nested(x):
    return np.where(x > 0, np.where(x > 1, np.log(x - 1), 1 / (x - 1)), x * x)


def in_a_loop(x):
    total = 0.0 * x
    for i in range(3):
        total = total + np.where(x > i, np.sqrt(x - i), 0.0)
    return total


def also_read_elsewhere(x):
    r = np.sqrt(x)
    return np.where(x > 1, np.log(r - 1.0), 0.0) + r


def otherwise(x):
    return np.where(x == 0, 1.0, np.sin(x) / x)


def slope_of_logistic(x):
    return 0.25 / np.cosh(0.5 * np.clip(x, -1000, 1000)) ** 2


LANES = [
    (lambda x: np.where(x > 0, np.sqrt(x), 0.0), 0.0, 0.0),
    (lambda x: np.where(x > 0, np.sqrt(x), 0.0), 4.0, 0.25),
    (entropy, 0.0, 0.0),
    (entropy, 2.0, np.log(2.0) + 1.0),
    (several_reads, 0.0, 1.0),
    (several_reads, 4.0, 2 * (6 + np.exp(2.0)) * (3 + np.exp(2.0)) / 4),
    (stable_logistic, 1000.0, 0.0),
    (stable_logistic, -1000.0, 0.0),
    (stable_logistic, -0.3, slope_of_logistic(-0.3)),
    (nested, 1.5, 2.0),
    (nested, -1.0, -2.0),
    (in_a_loop, 0.0, 0.0),
    (in_a_loop, 1.0, 0.5),
    (also_read_elsewhere, 1.0, 0.5),
    (also_read_elsewhere, 4.0, 0.5),
    (otherwise, 0.0, 0.0),
    (otherwise, 2.0, np.cos(2.0) / 2 - np.sin(2.0) / 4),
]


@pytest.mark.parametrize(("f", "x", "slope"), LANES)
@pytest.mark.parametrize("kind", [float, np.asarray, lambda x: np.array([x, 3.7])])
def test_what_is_not_chosen_contributes_nothing(f, x, slope, kind):
    x = kind(x)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = ad.grad(lambda x: np.sum(f(x)))(x)
        np.testing.assert_allclose(np.ravel(found)[0], slope, rtol=1e-13)
        assert np.shape(found) == np.shape(x)
        one = np.ones_like(x) if isinstance(x, np.ndarray) else 1.0
        _, tangent = ad.jvp(lambda x: np.sum(f(x)), (x,), (one,))
        np.testing.assert_allclose(tangent, np.sum(found), rtol=1e-13)
        if slope == 0.0:  # the lane that is not chosen, to second order too
            assert np.ravel(ad.hessian(lambda x: np.sum(f(x)))(x))[0] == 0.0 or f is otherwise


def test_a_nan_in_the_chosen_lane_is_not_hidden():
    f = lambda x: np.sum(np.where(x >= 0, np.sqrt(x) * x, 0.0))  # noqa: E731
    with np.errstate(all="ignore"):
        assert np.isnan(ad.grad(f)(np.zeros(1)))[0]


def test_a_lane_without_a_singular_operation_is_written_as_before():
    source = ad.grad(lambda x: np.sum(np.where(x > 0, 2.0 * x, np.sin(x)))).source_for(np.ones(3))
    assert source.count("x_gt_0, ") == 2  # masked on entry


def test_a_guarded_number_is_written_as_a_choice():
    source = ad.grad(lambda x: np.where(x > 0, np.sqrt(x), 0.0)).source_for(1.0)
    assert "x_bar = 0.5 / np.sqrt(x) if x > 0 else 0.0" in source


# ---- equal eigenvalues and singular values

SECOND = np.array([[2.0, 1.0], [1.0, 3.0]])


def root_by_vectors(a):
    w, v = np.linalg.eigh(a)
    return np.sum((v * np.sqrt(w)) @ v.T * SECOND)


def polar_by_vectors(a):
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum(u @ vt * np.array([[2.0, 1.0], [0.5, 3.0]]))


@pytest.mark.parametrize("f", [root_by_vectors, polar_by_vectors])
def test_vectors_of_equal_values_have_no_derivative(f):
    with pytest.raises(np.linalg.LinAlgError, match="have no derivative"):
        ad.grad(f)(np.eye(2))
    with pytest.raises(np.linalg.LinAlgError, match="have no derivative"):
        ad.jvp(f, (np.eye(2),), (SECOND,))
    assert np.all(np.isfinite(ad.grad(f)(SECOND)))


@pytest.mark.parametrize("a", [np.eye(3), np.zeros((3, 3)), np.diag([2.0, 2.0, 0.0])])
def test_values_alone_have_one(a):
    """The sum of squares of either is the sum of squares of the elements."""
    by_eigenvalues = ad.grad(lambda a: np.sum(np.linalg.eigh(a)[0] ** 2))(a)
    np.testing.assert_allclose(by_eigenvalues, 2.0 * a, atol=1e-14)
    by_singular = ad.grad(lambda a: np.sum(np.linalg.svd(a, full_matrices=False)[1] ** 2))(a)
    np.testing.assert_allclose(by_singular, 2.0 * a, atol=1e-14)
    _, tangent = ad.jvp(lambda a: np.sum(np.linalg.eigh(a)[0] ** 2), (a,), (np.eye(3),))
    np.testing.assert_allclose(tangent, 2.0 * np.trace(a), atol=1e-14)
