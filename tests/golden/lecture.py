"""The lecture's example: a result of the primal is used again, or folded away."""

import numpy as np


def f(x1, x2):
    v = x1 * x2
    return v + np.exp(v)


FUNCTION = f
ARGS = (1.0, 2.0)
WRT = ("x1", "x2")
KINDS = ("value_and_grad", "grad", "jvp")
