"""A loop in a loop: records of the inner one are kept in those of the outer one."""

import math


def series(x, n, m):
    total = 0.0
    for i in range(n):
        term = x
        for j in range(m):
            term = math.sin(term) * x
        total = total * term + term
    return total


FUNCTION = series
ARGS = (0.7, 3, 2)
WRT = "x"
KINDS = ("grad",)
