"""Without a single store: a view of a row takes the array's name in a branch of a loop."""

import numpy as np


def f(y, gain):
    a = y
    if a.sum() < 0.0:
        for i, r in enumerate(a):
            if gain > 7.0:
                pass
            else:
                y = r[None]
    return (y**2).sum()


def args():
    return (np.array([[0.25], [-0.96]]), 0.66)


WRT = (0,)
