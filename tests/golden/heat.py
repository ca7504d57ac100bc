"""A stencil in place, linear in what is differentiated: nothing is recorded."""

import numpy as np


def heat(u, alpha, steps):
    u = u.copy()
    for step in range(steps):
        u[1:-1] = u[1:-1] + alpha * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u**2)


FUNCTION = heat
ARGS = (np.array([0.3, -1.0, 0.5, 2.0, 0.1, -0.4]), 0.2, 3)
WRT = "u"
KINDS = ("primal", "grad", "jvp")
