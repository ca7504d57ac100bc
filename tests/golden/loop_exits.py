"""``continue``, ``break`` and a loop's ``else``, over an array."""

import numpy as np


def loop_exits(x, ys, limit):
    for y in ys:
        if y < 0.0:
            continue
        x = x * y
        if x > limit:
            break
    else:
        x = 2.0 * x
    return x


FUNCTION = loop_exits
ARGS = (1.1, np.array([0.5, -1.0, 2.0, 3.0, 4.0]), 3.0)
WRT = "x"
KINDS = ("primal", "grad")
