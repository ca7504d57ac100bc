"""Burgers' equation in one dimension: central differences, explicit steps, in-place slices."""

from itertools import pairwise

import numpy as np

from tests.benchmarks.kernels.contract import Array, Size

title = "Burgers 1-D"
kind = "vectorised"
wrt = (0,)


def arguments(size: Size = "full") -> tuple[Array, float, float, float, int]:
    """Initial velocity, viscosity, cell width, time step, number of steps."""
    cells, steps = (1000, 100) if size == "full" else (9, 5)
    dx = 1.0 / cells
    u = 1.0 + 0.5 * np.sin(2.0 * np.pi * np.arange(cells) * dx)
    return u, 0.5 * dx, dx, 0.2 * dx, steps


def primal(u: Array, nu: float, dx: float, dt: float, steps: int) -> float:
    """Twice the kinetic energy after ``steps`` steps; the two end cells stay as they are."""
    u = u.copy()
    for _ in range(steps):
        advection = u[1:-1] * (u[2:] - u[:-2]) / (2.0 * dx)
        diffusion = nu * (u[2:] - 2.0 * u[1:-1] + u[:-2]) / dx**2
        u[1:-1] = u[1:-1] + dt * (diffusion - advection)
    return np.sum(u**2)


def gradient(u: Array, nu: float, dx: float, dt: float, steps: int) -> tuple[Array]:
    """Saves u once a step; the constant factors are merged."""
    advect = dt / (2.0 * dx)
    diffuse = dt * nu / dx**2
    saved = np.empty((steps + 1, len(u)))
    saved[:, 0] = u[0]
    saved[:, -1] = u[-1]
    saved[0] = u
    for u, after in pairwise(saved):
        left, inner, right = u[:-2], u[1:-1], u[2:]
        new = right + left
        new *= diffuse
        slope = right - left
        slope *= advect
        slope -= 1.0 - 2.0 * diffuse
        slope *= inner
        np.subtract(new, slope, out=after[1:-1])
    u_bar = 2.0 * saved[-1]
    left_bar, inner_bar, right_bar = u_bar[:-2], u_bar[1:-1], u_bar[2:]
    for u in saved[-2::-1]:
        carried = u[1:-1] * inner_bar
        carried *= advect
        spread = diffuse * inner_bar
        slope = u[2:] - u[:-2]
        slope *= advect
        slope -= 1.0 - 2.0 * diffuse
        inner_bar *= slope
        np.negative(inner_bar, out=inner_bar)
        right_bar += spread - carried
        spread += carried
        left_bar += spread
    return (u_bar,)
