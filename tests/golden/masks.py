"""A mask, `where`, and a store where the mask holds."""

import numpy as np


def soft(x, t):
    y = np.where(np.abs(x) > t, x - t * np.sign(x), 0.0)
    y[x < -1.0] = t
    return y @ y


FUNCTION = soft
ARGS = (np.array([0.3, -1.2, 0.8, 2.0]), 0.5)
WRT = ("x", "t")
KINDS = ("grad",)
