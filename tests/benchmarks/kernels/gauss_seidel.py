"""Gauss-Seidel sweeps for a Poisson problem, entry by entry."""

import numpy as np

from tests.benchmarks.kernels.contract import Array, Size

title = "Gauss-Seidel sweeps"
kind = "scalar"
wrt = (0, 1)


def arguments(size: Size = "full") -> tuple[Array, Array, int]:
    """Start, right-hand side (times the squared mesh width), number of sweeps."""
    cells, sweeps = (60, 5) if size == "full" else (5, 2)
    rng = np.random.default_rng(6)
    return rng.uniform(size=(cells, cells)), rng.uniform(size=(cells, cells)), sweeps


def primal(u: Array, f: Array, sweeps: int) -> float:
    """Sum of squares after ``sweeps`` sweeps; the boundary stays as it is."""
    u = u.copy()
    rows, columns = u.shape
    for _ in range(sweeps):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] + f[i, j])
    return np.sum(u**2)


def gradient(u: Array, f: Array, sweeps: int) -> tuple[Array, Array]:
    """Records nothing, as the sweeps are linear in u and f."""
    u = u.copy()
    rows, columns = u.shape
    for _ in range(sweeps):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] + f[i, j])
    u_bar = 2.0 * u
    f_bar = np.zeros_like(f)
    for _ in range(sweeps):
        for i in range(rows - 2, 0, -1):
            for j in range(columns - 2, 0, -1):
                share = 0.25 * u_bar[i, j]
                u_bar[i, j] = 0.0
                u_bar[i - 1, j] += share
                u_bar[i + 1, j] += share
                u_bar[i, j - 1] += share
                u_bar[i, j + 1] += share
                f_bar[i, j] += share
    return u_bar, f_bar


def reformulated(u: Array, f: Array, sweeps: int) -> tuple[Array, Array]:
    """Works on nested lists of floats, and keeps what the inner loops pass on in variables."""
    rows, columns = u.shape
    state, source = u.tolist(), f.tolist()
    for _ in range(sweeps):
        for i in range(1, rows - 1):
            north, row, south, row_source = state[i - 1], state[i], state[i + 1], source[i]
            west = row[0]
            for j in range(1, columns - 1):
                west = row[j] = 0.25 * (north[j] + south[j] + west + row[j + 1] + row_source[j])
    u_bar = [[2.0 * value for value in row] for row in state]
    f_bar = [[0.0] * columns for _ in range(rows)]
    for _ in range(sweeps):
        for i in range(rows - 2, 0, -1):
            north, row, south, row_source = u_bar[i - 1], u_bar[i], u_bar[i + 1], f_bar[i]
            east = row[-1]
            share = 0.0
            for j in range(columns - 2, 0, -1):
                share = 0.25 * (row[j] + share)
                row[j + 1] = east + share
                east = 0.0
                north[j] += share
                south[j] += share
                row_source[j] += share
            row[1] = east
            row[0] += share
    return np.array(u_bar), np.array(f_bar)
