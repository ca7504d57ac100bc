"""What the derivative does not need is not computed."""

import numpy as np


def unused_work(x, y):
    big = np.exp(np.sin(x) ** 3)
    z = x * y
    _ = np.sum(big)
    return np.sum(z)


FUNCTION = unused_work
ARGS = (np.array([0.3, 0.5]), np.array([1.0, 2.0]))
WRT = "x"
KINDS = ("grad",)
