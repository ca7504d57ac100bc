"""Gravitational energy of many bodies, all pairs by broadcasting."""

import numpy as np

from tests.benchmarks.kernels.contract import Array, Size

title = "n-body energy"
kind = "vectorised"
wrt = (0, 1)


def arguments(size: Size = "full") -> tuple[Array, Array, float]:
    """Positions, masses, softening length."""
    bodies = 500 if size == "full" else 4
    rng = np.random.default_rng(3)
    return rng.standard_normal((bodies, 3)), rng.uniform(0.5, 1.5, bodies), 0.05


def primal(x: Array, m: Array, softening: float) -> float:
    """Potential energy (the constant self-terms included), with gravitational constant 1."""
    d = x[:, None, :] - x[None, :, :]
    r = np.sqrt(np.sum(d**2, axis=-1) + softening**2)
    return -0.5 * np.sum(m[:, None] * m[None, :] / r)


def gradient(x: Array, m: Array, softening: float) -> tuple[Array, Array]:
    """Records nothing; the array of differences becomes its own adjoint."""
    d = x[:, None, :] - x[None, :, :]
    r_squared = np.einsum("ijk,ijk->ij", d, d)
    r_squared += softening**2
    inverse_r = 1.0 / np.sqrt(r_squared)
    m_bar = -0.5 * (inverse_r @ m + m @ inverse_r)
    pull = inverse_r / r_squared
    pull *= m
    pull *= 0.5 * m[:, None]
    # sums over j, then over i, as products of matrices
    x_bar = (pull[:, None, :] @ d)[:, 0, :]
    x_bar -= (pull.T[:, None, :] @ d.transpose(1, 0, 2))[:, 0, :]
    return x_bar, m_bar


def reformulated(x: Array, m: Array, softening: float) -> tuple[Array, Array]:
    """Uses that forces come in opposite pairs, and |a - b|**2 = a.a + b.b - 2 a.b (less exact)."""
    norms = np.einsum("ik,ik->i", x, x) + 0.5 * softening**2
    r_squared = (-2.0 * x) @ x.T
    r_squared += norms
    r_squared += norms[:, None]
    inverse_r = 1.0 / np.sqrt(r_squared)
    m_bar = -(inverse_r @ m)
    pull = np.divide(inverse_r, r_squared, out=r_squared)
    pull *= m
    pull *= m[:, None]
    return np.sum(pull, axis=1)[:, None] * x - pull @ x, m_bar
