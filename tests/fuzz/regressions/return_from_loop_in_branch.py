"""A return inside a loop inside a branch: what the other branch binds is unbound on that path."""

import numpy as np


def f(x):
    if x[0] < 0.5:
        s = x[0] ** 2
        for row in x:
            return s * row
    else:
        y = x
    return np.sum(y)


def args():
    return (np.array([-0.23, 0.4]),)


WRT = (0,)
