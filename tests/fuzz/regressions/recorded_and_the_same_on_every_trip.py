"""A value of every trip that is made of one that is recorded, since it takes long to make again."""

import numpy as np


def f(w, x_dot, α, grad):
    if not grad:
        pass
    else:
        bar = np.array([-1.478, 0.493, 0.756, -0.2])
        for _ in bar:
            w -= np.sin(x_dot / sum(0.33 * val * bar[(α + 1) % 4] for val in range(2)) ** 2)
        v = w
        z = np.where(np.array(1.1), v, grad)
    return z


def args():
    return (-0.66, -0.83, 3, 0.55)


WRT = (1,)
