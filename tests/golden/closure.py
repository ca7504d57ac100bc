"""A function that is passed in, and one that captures."""

import numpy as np


def make(rate, table):
    def step(x):
        return x + rate * np.sin(x) * table

    def run(x, n):
        for i in range(n):
            x = step(x)
        return np.sum(x)

    return run


FUNCTION = make(0.3, np.array([1.0, 0.5, 2.0]))
ARGS = (np.array([0.2, 0.4, -0.3]), 3)
WRT = "x"
KINDS = ("grad",)
