"""A gradient with the class of its argument."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Line:
    slope: float
    offset: float
    label: str


def misfit(line, t, y):
    r = line.slope * t + line.offset - y
    return r @ r


FUNCTION = misfit
ARGS = (Line(0.5, 0.1, "first"), np.array([0.0, 1.0, 2.0]), np.array([0.2, 0.4, 1.3]))
WRT = "line"
KINDS = ("grad", "jvp")
