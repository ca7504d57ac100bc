"""Writing through a view."""

import numpy as np


def stretch(u, w):
    v = u.copy()
    inner = v[1:-1]
    inner *= w
    return np.sum(v**2)


FUNCTION = stretch
ARGS = (np.array([0.3, -1.0, 0.5, 2.0]), 1.5)
WRT = ("u", "w")
KINDS = ("primal", "grad")
