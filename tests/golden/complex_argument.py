"""A complex argument: the gradient is that of JAX."""

import numpy as np


def power(z, w):
    return np.sum((z * w.conj()).real ** 2)


FUNCTION = power
ARGS = (np.array([1.0 + 2.0j, 0.5 - 1.0j]), np.array([0.3 - 0.2j, 1.0 + 1.0j]))
WRT = "z"
KINDS = ("grad",)
