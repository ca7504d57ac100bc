"""A body that falls with drag, and how well a drag coefficient explains what was measured.

What is differentiated here is generated ahead of time: `falling_derivatives.py` is committed, and
needs no adcompiler to run. `pyproject.toml`, beside it, says what is generated.
"""

import numpy as np

g = 9.81  # m/s²


def distance(v: float, drag: float, dt: float, steps: int) -> float:
    """How far it falls in `steps` steps of `dt` seconds, from speed `v`, with `drag` in 1/m."""
    x = 0.0
    for _ in range(steps):
        v = v + dt * (g - drag * v * v)
        x = x + dt * v
    return x


def misfit(drag, scale, times, distances):
    """The mean squared difference between measured distances and those of a simple law."""
    v = np.sqrt(g / drag)
    predicted = scale * np.log(np.cosh(v * drag * times)) / drag
    return np.mean((predicted - distances) ** 2)
