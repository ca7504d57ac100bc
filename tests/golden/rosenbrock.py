"""Slices of one array; a Hessian product and many directions."""

import numpy as np


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


FUNCTION = rosenbrock
ARGS = (np.array([0.3, -1.0, 0.5, 2.0]),)
WRT = "x"
KINDS = ("grad", "hvp")
