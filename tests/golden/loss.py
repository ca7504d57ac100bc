"""Vectorised code with a matrix product and a broadcast scalar."""

import numpy as np


def loss(w, b, X, y):
    r = X @ w + b - y
    return np.mean(r**2)


FUNCTION = loss
ARGS = (
    np.array([0.4, -0.2]),
    0.1,
    np.array([[1.0, 2.0], [0.5, -1.0], [0.3, 0.8]]),
    np.array([0.2, 0.7, -0.1]),
)
WRT = ("w", "b")
KINDS = ("grad", "value_and_grad")
