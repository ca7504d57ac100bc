"""A transposed view, stored through a mask in one branch of a callee, read in the other."""

import numpy as np


def bump(c, v):
    if c > 0.1:
        v[v > -0.6643] += 0.5
    else:
        c = v[-1] @ np.array([-0.082, 0.228])
    return c


def f(z, B):
    B[-2] = z
    k = bump(0.6 * z, B.T)
    if k > 7.0:
        return z
    return (B**2).sum() + k


def args():
    return (0.55, np.array([[-0.46], [1.33]]))


WRT = (0,)
