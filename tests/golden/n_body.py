"""Broadcasting against new axes, as in pairwise sums."""

import numpy as np


def energy(q, m):
    d = q[:, None, :] - q[None, :, :]
    r = np.sqrt(np.sum(d**2, axis=-1) + 0.01)
    return -0.5 * np.sum(m[:, None] * m[None, :] / r)


FUNCTION = energy
ARGS = (np.array([[0.3, -1.0], [0.5, 0.2], [0.1, 1.1]]), np.array([1.0, 0.7, 0.4]))
WRT = ("q", "m")
KINDS = ("grad",)
