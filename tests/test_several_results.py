"""Functions that return several arrays, in every mode; operands that are no floats."""

from __future__ import annotations

import cmath

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.optional import optional

linalg = optional("scipy.linalg")

A = np.array([[1.7, 0.2, -0.5], [0.3, 1.9, 0.4], [-0.6, 0.1, 2.2]])


def splits(a):
    left, right = np.split(np.ravel(a)[:6], 2)
    first, second, rest = np.array_split(a, [1, 2], axis=1)
    top = np.vsplit(a, 3)[0]
    return left @ right**2 + np.sum(first * second) + np.sum(rest * top[0, 0])


def grids(a):
    x, y = np.meshgrid(a[0], a[:2, 1], indexing="ij")
    u, v = np.meshgrid(a[0], a[:2, 1], sparse=True)
    p, q = np.broadcast_arrays(a, a[:, :1])
    return np.sum(x * y**2) + np.sum(np.sin(u) * v) + np.sum(p * q)


def determinant(a):
    found = np.linalg.slogdet(a)
    return found.logabsdet * found.sign + np.linalg.slogdet(-a)[1] ** 2


def eigenvectors(a):
    w, v = np.linalg.eigh(a @ a.T)
    return np.sum(w**2) + np.sum(v[:, 0] ** 3) + np.linalg.eigh(a + a.T).eigenvalues[0]


def singular_vectors(a):
    u, s, vt = np.linalg.svd(a[:, :2], full_matrices=False)
    return np.sum(u[:, 0] * s[0]) + np.sum(vt**3) + np.linalg.svd(a, compute_uv=False)[1]


def orthogonal_factors(a):
    q, r = np.linalg.qr(a[:, :2])
    return np.sum(q**3) + np.sum(r**2 * np.arange(2.0))


def spectra(a):
    half = np.fft.rfft(a, axis=1)
    padded = np.fft.fft(a[0], n=2 * a.shape[1])
    return np.sum(np.abs(padded) ** 3) + np.sum(np.fft.irfft(half * half, n=3) ** 2)


def complex_scalars(a):
    z = complex(a[0, 0], a[1, 1])
    r, phi = cmath.polar(z)
    w = cmath.rect(r**2, phi * 0.5) + cmath.exp(z) * cmath.tanh(z) + cmath.log(z, 2)
    return abs(w) + w.real * cmath.phase(w + cmath.sqrt(z) + cmath.cosh(cmath.sin(z)))


def blocks(a):
    made = np.block([[a, a[:, :1] * 2.0], [a[:1] ** 2, 1.0]])
    row = np.block([a[0], a[1] ** 2, 0.7])
    return np.sum(made * np.arange(16.0).reshape(4, 4)) + np.sum(row * np.arange(7.0))


PROGRAMS = [
    splits, grids, determinant, eigenvectors, singular_vectors, orthogonal_factors, spectra,
    complex_scalars, blocks,
]  # fmt: skip


def differences(f, x, d, h=1e-3):
    at = {k: f(x + k * h * d) for k in (-3, -2, -1, 1, 2, 3)}
    return (45 * (at[1] - at[-1]) - 9 * (at[2] - at[-2]) + at[3] - at[-3]) / (60 * h)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_every_mode(f):
    d = np.cos(np.arange(9.0)).reshape(3, 3)
    gradient = ad.grad(f)
    g = gradient(A)
    slope = differences(f, A, d)
    assert np.sum(g * d) == pytest.approx(slope, rel=1e-7, abs=1e-7)
    assert ad.jvp(f, (A,), (d,))[1] == pytest.approx(np.sum(g * d), rel=1e-10)
    np.testing.assert_allclose(ad.jacfwd(f)(A), g, rtol=1e-10, atol=1e-10)
    bend = differences(gradient, A, d)
    np.testing.assert_allclose(ad.differentiate(f).hvp(A, d), bend, rtol=1e-6, atol=1e-6)


def test_vectors_of_equal_eigenvalues_have_no_derivative():
    def f(a):
        w, v = np.linalg.eigh(a)
        return np.sum((v * np.exp(w)) @ v.T)

    def trace(a):
        return np.sum(np.linalg.eigvalsh(a) ** 2)

    a = np.diag([2.0, 2.0, 2.0])
    with pytest.raises(np.linalg.LinAlgError, match="equal eigenvalues"):
        ad.grad(f)(a)
    np.testing.assert_allclose(ad.grad(trace)(a), 2.0 * a, atol=1e-12)


@pytest.mark.parametrize("at", [[], [0], [1], [0, 2], [1, 2], [0, 1, 3], [0, 1, 2, 3]])
@pytest.mark.parametrize("fn", [np.prod, np.cumprod], ids=lambda f: f.__name__)
def test_second_derivatives_of_products_at_zeros(fn, at):
    weights = np.arange(1.0, 6.0)

    def f(u):
        return np.sum(fn(u) * weights)

    u = np.array([0.4, 0.7, 1.3, 0.9, -0.6])
    u[at] = 0.0
    gradient = ad.grad(f)
    np.testing.assert_allclose(gradient(u), [differences(f, u, d) for d in np.eye(5)], atol=1e-9)
    rows = [differences(gradient, u, d) for d in np.eye(5)]
    np.testing.assert_allclose(ad.hessian(f)(u), rows, atol=1e-7)


def test_a_part_that_is_written_to_is_refused_or_right():
    def f(u):
        left, _ = np.split(u * 1.0, 2)
        left[0] = 3.0
        return np.sum(left**2)

    np.testing.assert_allclose(ad.grad(f)(np.array([1.0, 2.0, 3.0, 4.0])), [0.0, 4.0, 0.0, 0.0])

    def g(u):
        whole = u * 1.0
        left, _ = np.split(whole, 2)
        left[0] = 3.0
        return np.sum(whole**2)

    with pytest.raises(ad.errors.AdcompilerError):
        ad.grad(g)(np.array([1.0, 2.0, 3.0, 4.0]))


def test_operands_that_are_no_floats_have_no_tangent():
    u = np.array([0.3, 0.7, 1.3])
    one = np.ones(3)

    def chosen(u):
        return np.where(u > 0.5, u, 1)

    def from_integers(u):
        return np.where(u > 0.5, u, np.array([3, 4, 5]))

    def joined(u):
        return np.concatenate([u, np.array([1, 2])])

    for f, expected in ((chosen, [0, 1, 1]), (from_integers, [0, 1, 1]), (joined, [1, 1, 1, 0, 0])):
        np.testing.assert_array_equal(ad.jvp(f, (u,), (one,))[1], expected)
        np.testing.assert_array_equal(ad.jacfwd(f)(u).sum(axis=1), expected)


def test_the_sign_of_a_complex_number_is_refused():
    def f(x):
        return np.sign(x * 1j).imag

    with pytest.raises(ad.errors.AdcompilerError, match=r"np\.sign of complex"):
        ad.grad(f)(0.3)


@pytest.mark.skipif(optional("scipy.linalg") is None, reason="needs SciPy")
def test_scipy_linalg():
    import scipy.linalg

    def f(a):
        factor = scipy.linalg.cholesky(a @ a.T + np.eye(3))
        return np.sum(scipy.linalg.expm(0.3 * a) ** 2) + np.sum(factor**3)

    test_every_mode(f)


def gaussian_process(a, b):
    factor = linalg.cho_factor(a @ a.T + np.eye(3))
    return b @ linalg.cho_solve(factor, b) + 2.0 * np.sum(np.log(np.diag(factor[0])))


def lower_factor(a, b):
    c, low = linalg.cho_factor(a @ a.T + np.eye(3), lower=True)
    return np.sum(linalg.cho_solve((c, low), a) ** 2) + np.sum(c**2)


def exchanged_rows(a, b):
    lu, piv = linalg.lu_factor(a[::-1])
    return np.sum(linalg.lu_solve((lu, piv), a.T + b) ** 2) + np.sum(lu**3)


@pytest.mark.skipif(linalg is None, reason="needs SciPy")
@pytest.mark.parametrize("f", [gaussian_process, lower_factor, exchanged_rows])
def test_factors_that_are_kept(f):
    b, d = np.array([0.3, 0.8, -0.4]), np.cos(np.arange(9.0)).reshape(3, 3)
    gradient = ad.grad(f, argnums=(0, 1))
    by_a, by_b = gradient(A, b)
    slope = differences(lambda x: f(x, b), A, d)
    assert np.sum(by_a * d) == pytest.approx(slope, rel=1e-7, abs=1e-7)
    assert by_b[0] == pytest.approx(
        differences(lambda t: f(A, b + t * np.eye(3)[0]), 0.0, 1.0), rel=1e-7, abs=1e-7
    )
    assert ad.jvp(f, (A, b), (d, 0.0 * b))[1] == pytest.approx(np.sum(by_a * d), rel=1e-10)
    bend = differences(lambda x: ad.grad(f)(x, b), A, d)
    np.testing.assert_allclose(ad.differentiate(f).hvp(A, d, b), bend, rtol=1e-6, atol=1e-6)
