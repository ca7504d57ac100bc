"""Stores through an alias in a callee, after a chain of branches that may read what it names."""

import numpy as np


def energy_0(total, y_bar):
    res = total
    res[1::-2] += 0.5


def f(theta):
    slice = tmp = theta**2
    x = 0.5
    if x + 6.43 < -0.0583:
        pass
    elif np.any(1.0997):
        pass
    else:
        theta += np.outer(slice[:, -1], 1)
    energy_0(tmp, 0.5)
    return np.sum(tmp) + theta.sum()


def args():
    return (np.array([[0.24], [-1.32], [-0.48]]),)


WRT = (0,)
