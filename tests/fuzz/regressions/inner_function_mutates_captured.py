"""A nested function that stores into an array it captured, called in an untaken branch and after."""

import numpy as np


def f(z):
    dt = np.array([0.9, 1.16, 1.335, 0.3])

    def change(values):
        dt[1:] = np.tanh(values[0:1] / values[2:3] ** 2)

    if z**2 > 0.001:
        if z > 7.31:
            dt[::2] = z
            change(dt)
    change(dt)
    return np.sum(dt) * z


def args():
    return (-0.32,)


WRT = (0,)
