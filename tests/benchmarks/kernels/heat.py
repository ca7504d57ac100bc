"""The heat equation in two dimensions: five-point stencil, explicit steps, in-place slices."""

import numpy as np

from tests.benchmarks.kernels.contract import Array, Size

title = "heat 2-D"
kind = "vectorised"
wrt = (0,)


def arguments(size: Size = "full") -> tuple[Array, float, int]:
    """Initial temperature, diffusion number, number of steps."""
    cells, steps = (200, 100) if size == "full" else (5, 4)
    return np.random.default_rng(2).uniform(size=(cells, cells)), 0.2, steps


def primal(u: Array, alpha: float, steps: int) -> float:
    """Sum of squares after ``steps`` steps; the boundary stays as it is."""
    u = u.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] = u[1:-1, 1:-1] + alpha * (
            u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
        )
    return np.sum(u**2)


def gradient(u: Array, alpha: float, steps: int) -> tuple[Array]:
    """Records nothing, as the loop is linear in u; adjoints are gathered, not scattered."""
    u = u.copy()
    inner, south, north, east, west = _stencil(u)
    flux = np.empty_like(inner)
    for _ in range(steps):
        np.add(south, north, out=flux)
        flux += east
        flux += west
        flux *= alpha
        inner *= 1.0 - 4.0 * alpha
        inner += flux
    u *= 2.0
    # every cell gets what its four neighbours give; those outside, and the boundary, give 0
    given = np.zeros((u.shape[0] + 2, u.shape[1] + 2))
    given_inside = given[2:-2, 2:-2]
    _, south, north, east, west = _stencil(given)
    gathered = np.empty_like(u)
    for _ in range(steps):
        np.multiply(inner, alpha, out=given_inside)
        np.add(south, north, out=gathered)
        gathered += east
        gathered += west
        inner *= 1.0 - 4.0 * alpha
        u += gathered
    return (u,)


def reformulated(u: Array, alpha: float, steps: int) -> tuple[Array]:
    """Runs over flat, contiguous arrays; factors that vary hold the boundary columns fixed."""
    width = u.shape[1]
    flat = u.flatten()
    inner = flat[width + 1 : -width - 1]
    count = len(inner)
    neighbours = [flat[i : i + count] for i in (1, width, width + 2, 2 * width + 1)]
    give = np.zeros_like(u)
    give[1:-1, 1:-1] = alpha
    give = give.ravel()[width + 1 : -width - 1]
    keep = 1.0 - 4.0 * give
    flux = np.empty_like(inner)
    for _ in range(steps):
        np.add(neighbours[0], neighbours[1], out=flux)
        flux += neighbours[2]
        flux += neighbours[3]
        flux *= give
        inner *= keep
        inner += flux
    flat *= 2.0
    for _ in range(steps):
        np.multiply(inner, give, out=flux)
        inner *= keep
        for neighbour in neighbours:
            neighbour += flux
    return (flat.reshape(u.shape),)


def _stencil(u: Array) -> tuple[Array, ...]:
    """Views of the inner points and of their four neighbours."""
    return u[1:-1, 1:-1], u[2:, 1:-1], u[:-2, 1:-1], u[1:-1, 2:], u[1:-1, :-2]
