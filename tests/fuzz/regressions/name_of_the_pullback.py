"""A variable named as the emitted nested function is."""

import numpy as np


def f(x, v):
    pullback = x**2
    v += np.cos(pullback)
    return v


def args():
    return (1.02, 0.11)


WRT = (0,)
