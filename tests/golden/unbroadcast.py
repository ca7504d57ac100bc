"""Axes of unknown length that may be broadcast: the one case that needs a helper."""

import numpy as np


def spread(a, b):
    return np.sum(np.sin(a[:, :1] - b) * a)


FUNCTION = spread
ARGS = (np.array([[0.3, -1.0, 0.5], [0.2, 0.1, 1.1]]), np.array([0.2, 0.7, -0.1]))
WRT = ("a", "b")
KINDS = ("grad",)
