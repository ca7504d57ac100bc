"""A pullback, and many directions at once."""

import numpy as np


def polar(p, scale):
    r, phi = p
    return np.stack([r * np.cos(phi), r * np.sin(phi)]) * scale


FUNCTION = polar
ARGS = (np.array([1.5, 0.4]), 2.0)
WRT = "p"
KINDS = ("vjp", "jacobian")
