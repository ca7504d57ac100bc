"""Reading and storing at repeated indices."""

import numpy as np


def scatter(values, weights, index):
    total = np.zeros(4)
    total[index] = values * weights
    picked = total[index] + values[index]
    return np.sum(picked**3)


FUNCTION = scatter
ARGS = (np.array([0.3, -1.0, 0.5]), np.array([1.0, 2.0, 0.5]), np.array([2, 0, 2]))
WRT = ("values", "weights")
KINDS = ("grad",)
