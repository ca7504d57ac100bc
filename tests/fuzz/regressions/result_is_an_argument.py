"""What is returned beside a derivative is no memory of an argument, and the pullback's no more."""

import numpy as np


def f(x, y):
    if x[0] > 0.5:
        return y
    return np.exp(x)


def args():
    return (np.array([1.32, -0.4]), np.array([0.7, -0.86]))


WRT = (0,)
