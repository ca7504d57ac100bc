"""A chain of branches that assign different names."""

import math


def piecewise(x, y):
    if x < 0.0:
        z = -x
        w = y
    elif x < 1.0:
        z = x * y
        w = math.sin(z)
    else:
        w = z = y / x
    return z * w


FUNCTION = piecewise
ARGS = (0.5, 1.2)
WRT = ("x", "y")
KINDS = ("primal", "grad")
