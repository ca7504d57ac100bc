"""A callee that changes a dict's item in a loop, called with an array and with a number."""

import numpy as np


def fill(v):
    res = {"x": v, "mass": 0, "rate": 0.5}
    for acc in range(2):
        res["rate"] += 0.5
    return res["rate"]


def f(x):
    return x * fill(1.0 * np.array([-0.72])) * fill(1.0)


def args():
    return (0.35,)


WRT = (0,)
