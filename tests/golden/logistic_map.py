"""Many directions through a loop with an array as its state."""

import numpy as np


def logistic(x, r, n):
    for i in range(n):
        x = r * x * (1.0 - x)
    return np.cumsum(x)


FUNCTION = logistic
ARGS = (np.array([0.3, 0.6, 0.1]), 2.9, 3)
WRT = "x"
KINDS = ("vjp", "jacobian")
