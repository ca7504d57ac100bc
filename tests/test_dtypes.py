"""Gradients and tangents have the dtype and shape of what they belong to, in every mode."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad


def wide_constant(x):
    return np.exp2(x)


def no_trips(x, n=0):
    total = x * 0.0
    for _ in range(n):
        total = total + np.sin(x)
    return total


def some_trips(x):
    total = np.zeros_like(x)
    for k in range(3):
        total = total + x * k
    return total


def branch(x):
    return x * x if np.sum(x) > 0 else 2.0 * x


def stored(x):
    y = np.zeros(2, dtype=x.dtype)
    y[0] = np.sum(x)
    return y


def unread(x):
    return np.ones_like(x)


PROGRAMS = [wide_constant, no_trips, some_trips, branch, stored, unread]


CALLS = [
    (f, dtype)
    for f in PROGRAMS
    for dtype in ("float32", "float64", "complex64", "complex128")
    if f is not branch or dtype[0] == "f"
]


@pytest.mark.parametrize(("f", "dtype"), CALLS)
@pytest.mark.parametrize("shape", [(3,), (), (0,)])
def test_dtype_and_shape_in_all_modes(f, dtype, shape):
    x = np.full(shape, 0.5, dtype=dtype)
    value, tangent = ad.jvp(f, (x,), (x,))
    assert np.asarray(tangent).dtype == np.asarray(value).dtype == x.dtype
    assert np.shape(tangent) == np.shape(value)
    _, pullback = ad.vjp(f, x)
    (bar,) = pullback(np.asarray(value) if np.ndim(value) == 0 else value)
    assert isinstance(bar, np.ndarray)
    assert (bar.shape, bar.dtype) == (x.shape, x.dtype)
    jacobian = ad.jacfwd(f, holomorphic=dtype[0] == "c")(x)
    assert np.shape(jacobian) == np.shape(value) + x.shape
    assert np.asarray(jacobian).dtype == x.dtype
    if dtype[0] == "f":
        product = ad.hvp(lambda x: np.sum(f(x)))(x, x)
        assert (np.shape(product), product.dtype) == (x.shape, x.dtype)


def test_a_number_of_numpys_has_one_for_its_gradient():
    for kind in (np.float32, np.float64):
        found = ad.grad(lambda x: np.sin(x) * 2.0)(kind(0.5))
        assert type(found) is kind


def test_integers_and_booleans_are_never_active():
    _, pullback = ad.vjp(lambda x, n, flag: x**n if flag else x, 2.0, 3, True)
    assert pullback(1.0) == (12.0, None, None)


def test_lengths_that_are_the_smaller_of_two_are_told_from_both():
    """The reduced factors of a matrix have min(m, n) columns, which is neither m nor n."""
    for a in (np.arange(12.0).reshape(3, 4) ** 2, np.arange(12.0).reshape(4, 3) ** 2):
        found = ad.grad(lambda a: np.sum(np.linalg.svd(a, full_matrices=False)[1] ** 2))(a)
        np.testing.assert_allclose(found, 2.0 * a, atol=1e-10)


def test_lengths_that_depend_on_values():
    k = np.array([0, 2, 2])
    x = np.array([0.3, 0.7, 0.5])
    found = ad.hessian(lambda x: np.sum(np.bincount(k, x) ** 2))(x)
    np.testing.assert_allclose(found, [[2, 0, 0], [0, 2, 2], [0, 2, 2]])
    found = ad.grad(lambda a: np.sum(np.arange(a, 1.75, 0.2) ** 2))(0.3)
    np.testing.assert_allclose(found, 2 * np.sum(np.arange(0.3, 1.75, 0.2)))
