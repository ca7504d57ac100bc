"""An array bound in a branch, read by a product, then changed in a loop."""

import numpy as np


def f(x):
    if x[0] < 5.0:
        a = (0.5 * x.reshape(-1, 1)).reshape(-1)
    t = np.prod(a)
    for i in range(3):
        a *= 1.5
    return t + a.sum()


def args():
    return (np.array([0.11, -0.2, 1.25]),)


WRT = (0,)
