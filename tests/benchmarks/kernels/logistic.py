"""Logistic regression with a ridge penalty."""

import numpy as np

from tests.benchmarks.kernels.contract import Array, Size

title = "logistic regression"
kind = "vectorised"
wrt = (0, 1)


def arguments(size: Size = "full") -> tuple[Array, float, Array, Array, float]:
    """Weights, intercept, features, labels of -1 and 1, strength of the penalty."""
    rows, columns = (10_000, 100) if size == "full" else (6, 3)
    rng = np.random.default_rng(4)
    features = rng.standard_normal((rows, columns))
    labels = np.where(rng.uniform(size=rows) < 0.5, -1.0, 1.0)
    return 0.1 * rng.standard_normal(columns), 0.2, features, labels, 0.01


def primal(w: Array, b: float, X: Array, y: Array, ridge: float) -> float:
    """Mean logistic loss plus the penalty."""
    margin = y * (X @ w + b)
    return np.mean(np.log1p(np.exp(-margin))) + ridge * np.sum(w**2)


def gradient(w: Array, b: float, X: Array, y: Array, ridge: float) -> tuple[Array, float]:
    """Records nothing; one array is margin, then its adjoint, then that of the logits."""
    z_bar = X @ w
    z_bar += b
    z_bar *= y
    np.exp(z_bar, out=z_bar)
    z_bar += 1.0
    np.divide(y, z_bar, out=z_bar)
    z_bar *= -1.0 / len(y)
    return z_bar @ X + 2.0 * ridge * w, np.sum(z_bar)
