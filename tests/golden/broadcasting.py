"""A row against a matrix."""

import numpy as np


def distances(a, b):
    d = np.sqrt((a - b) ** 2 + 1.0)
    return np.sum(d)


FUNCTION = distances
ARGS = (np.array([[0.3, -1.0, 0.5], [0.2, 0.1, 1.1]]), np.array([0.2, 0.7, -0.1]))
WRT = ("a", "b")
KINDS = ("grad",)
