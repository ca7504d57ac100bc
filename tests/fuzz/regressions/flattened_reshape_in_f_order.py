"""Flattening an array that lies in memory with the first axis running fastest gives a copy."""

import numpy as np


def f(x):
    a = np.array([1.1, -0.3, 0.7, 1.9, 0.2, -1.4]) * x
    t = a.reshape((2, 3), order="F")
    r = t.ravel()
    r[1] = x**2
    return np.sum(t**2) + 0.5 * np.sum(a**3)


def args():
    return (1.36,)


WRT = (0,)
