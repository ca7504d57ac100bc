"""Log-likelihood of a Gaussian mixture with full precision matrices and a Wishart prior."""

import numpy as np

from tests.benchmarks.kernels.contract import Array, Size

title = "GMM log-likelihood"
kind = "vectorised"
wrt = (0, 1, 2, 3)


def arguments(size: Size = "full") -> tuple[Array, Array, Array, Array, Array, float]:
    """Log-weights, means, log-diagonals, lower triangles, points, strength of the prior."""
    d, k, n = (10, 25, 10_000) if size == "full" else (2, 3, 5)
    rng = np.random.default_rng(7)
    return (
        rng.standard_normal(k),
        rng.standard_normal((k, d)),
        0.3 * rng.standard_normal((k, d)),
        0.3 * rng.standard_normal((k, d, d)),
        rng.standard_normal((n, d)),
        0.5,
    )


def primal(
    alpha: Array, means: Array, log_diagonal: Array, lower: Array, x: Array, prior: float
) -> float:
    """Log-posterior up to a constant; precisions are L.T @ L, ``lower`` is used below diagonals."""
    d = x.shape[1]
    strict = np.tril(lower, -1)
    diagonal = np.exp(log_diagonal)
    L = strict + diagonal[:, :, None] * np.eye(d)
    z = (x[None, :, :] - means[:, None, :]) @ L.transpose(0, 2, 1)
    log_density = (alpha + np.sum(log_diagonal, axis=1))[:, None] - 0.5 * np.sum(z**2, axis=2)
    top = np.max(log_density, axis=0)
    likelihood = np.sum(top + np.log(np.sum(np.exp(log_density - top), axis=0)))
    top_alpha = np.max(alpha)
    normaliser = top_alpha + np.log(np.sum(np.exp(alpha - top_alpha)))
    wishart = 0.5 * prior**2 * (np.sum(diagonal**2) + np.sum(strict**2)) - np.sum(log_diagonal)
    return likelihood - len(x) * normaliser - wishart


def gradient(
    alpha: Array, means: Array, log_diagonal: Array, lower: Array, x: Array, prior: float
) -> tuple[Array, ...]:
    """Records nothing; z becomes its own adjoint; points are summed before the last product."""
    d = x.shape[1]
    L = np.tril(lower, -1)
    diagonal = np.exp(log_diagonal)
    on_diagonal = np.arange(d)
    L[:, on_diagonal, on_diagonal] = diagonal
    centred = x[None, :, :] - means[:, None, :]
    z = centred @ L.transpose(0, 2, 1)
    density = np.einsum("kni,kni->kn", z, z)
    density *= -0.5
    density += (alpha + np.sum(log_diagonal, axis=1))[:, None]
    density -= np.max(density, axis=0)
    np.exp(density, out=density)
    share = density / np.sum(density, axis=0)
    component = np.sum(share, axis=1)
    # z_bar = -share * z, its sign left to the products
    means_bar = (share[:, None, :] @ z @ L)[:, 0, :]
    z *= share[:, :, None]
    L_bar = -(z.transpose(0, 2, 1) @ centred)
    L_bar -= prior**2 * L
    log_diagonal_bar = L_bar[:, on_diagonal, on_diagonal] * diagonal
    log_diagonal_bar += component[:, None] + 1.0
    weights = np.exp(alpha - np.max(alpha))
    alpha_bar = component - len(x) / np.sum(weights) * weights
    return alpha_bar, means_bar, log_diagonal_bar, np.tril(L_bar, -1)
