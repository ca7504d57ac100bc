"""A function of numbers over a matrix and a row, and one of vectors along an axis."""

import numpy as np


def bent(t, k):
    return k * t * t if t > 0.0 else 3.0 * t


def energy(x, k):
    y = np.vectorize(bent)(x, k)
    norms = np.apply_along_axis(lambda row: np.sqrt(np.sum(row**2)), 1, y)
    return np.sum(norms)


FUNCTION = energy
ARGS = (np.array([[0.3, -1.2, 0.8], [1.1, 0.4, -0.5]]), np.array([0.5, 1.0, 2.0]))
WRT = ("x", "k")
KINDS = ("grad", "jvp")
