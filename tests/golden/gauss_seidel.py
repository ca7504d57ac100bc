"""Scalar stores in a loop over an array."""

import numpy as np


def relax(u, f, sweeps):
    u = u.copy()
    for sweep in range(sweeps):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] - f[i] * u[i])
    return u @ u


FUNCTION = relax
ARGS = (np.array([0.3, -1.0, 0.5, 2.0, 0.1]), np.array([0.1, 0.2, -0.3, 0.4, 0.0]), 2)
WRT = ("u", "f")
KINDS = ("grad",)
