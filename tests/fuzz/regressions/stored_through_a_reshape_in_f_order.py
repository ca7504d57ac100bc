"""A store through what `reshape` shows of a flat array with the first axis running fastest."""

import numpy as np


def f(z):
    row = (0.5, np.array([[1.43, 0.564], [-0.7, -0.473], [-0.27, -1.06], [-0.35, 1.11]]).dot(z))
    tmp = np.reshape(np.where(0.5, row[1].ravel(), 0), (2, 4), order="F")
    tmp[-1] -= 0.5
    tmp = tmp * row[1].T
    return np.sum(tmp)


def args():
    return (1.36,)


WRT = (0,)
