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
