"""Python code of libraries is read like the user's own: series, caches, tests of classes."""

from __future__ import annotations

import functools
import typing

import numpy as np
import pytest
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

import adcompiler as ad

X = np.array([0.31, 0.72, -0.45])
C = np.array([0.7, -1.1, 0.4, 0.25])
SERIES = {
    polynomial.polyval: np.polynomial.Polynomial,
    chebyshev.chebval: np.polynomial.Chebyshev,
    legendre.legval: np.polynomial.Legendre,
    laguerre.lagval: np.polynomial.Laguerre,
    hermite.hermval: np.polynomial.Hermite,
    hermite_e.hermeval: np.polynomial.HermiteE,
}


@pytest.mark.parametrize("evaluate", SERIES, ids=lambda f: f.__name__)
def test_series(evaluate):
    def at_points(x):
        return np.sum(evaluate(x, [0.7, -1.1, 0.4, 0.25]))

    expected = SERIES[evaluate](C).deriv()(X)
    np.testing.assert_allclose(ad.grad(at_points)(X), expected, rtol=1e-13)


def test_coefficients_of_a_polynomial():
    def at_points(c):
        return np.sum(polynomial.polyval(X, c))

    np.testing.assert_allclose(ad.grad(at_points)(C), [np.sum(X**k) for k in range(4)])


def test_nodes_and_weights_are_constants():
    def integral(a):
        x, w = legendre.leggauss(12)
        return np.sum(w * np.exp(a * x))

    a = 0.7
    exact = 2.0 * (a * np.cosh(a) - np.sinh(a)) / a**2
    assert ad.grad(integral)(a) == pytest.approx(exact, rel=1e-14)


@functools.lru_cache
def factor(kind):
    return {"double": 2.0, "triple": 3.0}[kind]


@functools.lru_cache
def cubed(x):
    return x**3


def test_a_cache_is_transparent():
    def f(x):
        return factor("triple") * cubed(x)

    assert ad.grad(f)(2.0) == pytest.approx(36.0)


def test_unions_of_classes_and_casts():
    def f(x):
        y = typing.cast("float", x)
        return y * y if isinstance(y, int | float) else y

    assert ad.grad(f)(3.0) == 6.0
