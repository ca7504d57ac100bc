"""A maximum, kept axes and a logarithm."""

import numpy as np


def log_sum_exp(x):
    top = np.max(x, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - top), axis=1)) + top[:, 0])


FUNCTION = log_sum_exp
ARGS = (np.array([[0.3, -1.0, 0.5], [2.0, 0.1, -0.4]]),)
WRT = "x"
KINDS = ("grad",)
