"""A view of an argument, made and stored through in a branch that is not taken."""

import numpy as np


def f(theta, v):
    theta *= 0.5 * v
    if max(item * 0.4 for item in theta):
        if v * 0.001 > 1.0:
            view = theta.reshape(-1, 1)
            view[::2] *= np.cos(v)
    if np.cos(0.5) > 0.2:
        theta[::2] += v
    return np.sum(theta**2)


def args():
    return (np.array([-1.03, 0.4]), 1.2)


WRT = (0, 1)
