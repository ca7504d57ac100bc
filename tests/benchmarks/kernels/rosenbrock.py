"""The Rosenbrock function, vectorised."""

import numpy as np

from tests.benchmarks.kernels.contract import Array, Size

title = "Rosenbrock"
kind = "vectorised"
wrt = (0,)


def arguments(size: Size = "full") -> tuple[Array]:
    """A point of 100,000 coordinates near the minimum."""
    return (np.random.default_rng(1).uniform(0.5, 1.5, 100_000 if size == "full" else 7),)


def primal(x: Array) -> float:
    """The value of the function at ``x``."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def gradient(x: Array) -> tuple[Array]:
    """Records nothing; the valley's adjoint is computed where it is returned."""
    head = x[:-1]
    x_bar = np.empty_like(x)
    x_bar[0] = 0.0
    valley = x_bar[1:]
    np.multiply(head, head, out=valley)
    np.subtract(x[1:], valley, out=valley)
    valley *= 200.0
    head_bar = head * valley
    head_bar -= head
    head_bar += 1.0
    head_bar *= 2.0
    x_bar[:-1] -= head_bar
    return (x_bar,)
