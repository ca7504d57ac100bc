"""Steepest descent, conjugate gradients and biconjugate gradients, on derivatives.

A linear system A x = b is the condition for a minimum of ½ xᵀA x - bᵀx where A is symmetric and
positive definite: the gradient is the residual, and the Hessian times a vector a product with A
(Nocedal & Wright, *Numerical Optimization*, 2006, section 5.1). Without symmetry biconjugate
gradients need products with Aᵀ, too: forward mode gives the one, reverse mode the other. The matrix
itself is never formed; the way without derivatives is to form it, column by column.
"""

import time

import numpy as np

import adcompiler as ad

try:
    from matplotlib.figure import Figure
except ImportError:
    Figure = None


@ad.differentiate
def energy(u, load):
    """Of a stretched membrane under a load, held at its rim; its gradient is linear in `u`."""
    total = 0.5 * np.sum(u * u) * 0.02 - np.sum(load * u)
    total += 0.5 * np.sum((u[1:] - u[:-1]) ** 2) + 0.5 * np.sum((u[:, 1:] - u[:, :-1]) ** 2)
    rim = np.sum(u[0] ** 2) + np.sum(u[-1] ** 2) + np.sum(u[:, 0] ** 2) + np.sum(u[:, -1] ** 2)
    return total + 0.5 * rim


def transport(u, load, wind):
    """Residual of diffusion in a wind: the system that belongs to it is not symmetric."""
    residual = 4.02 * u - load
    residual[1:] -= (1.0 + wind) * u[:-1]
    residual[:-1] -= (1.0 - wind) * u[1:]
    residual[:, 1:] -= u[:, :-1]
    residual[:, :-1] -= u[:, 1:]
    return residual


def steepest_descent(gradient, product, x, tolerance, limit=5000):
    r = -gradient(x)
    history = [np.linalg.norm(r)]
    while history[-1] > tolerance * history[0] and len(history) < limit:
        Ar = product(r)
        length = np.sum(r * r) / np.sum(r * Ar)
        x, r = x + length * r, r - length * Ar
        history.append(np.linalg.norm(r))
    return x, history


def conjugate_gradients(gradient, product, x, tolerance, limit=5000):
    r = -gradient(x)
    p, square = r, np.sum(r * r)
    history = [np.sqrt(square)]
    while history[-1] > tolerance * history[0] and len(history) < limit:
        Ap = product(p)
        length = square / np.sum(p * Ap)
        x, r = x + length * p, r - length * Ap
        square, before = np.sum(r * r), square
        p = r + square / before * p
        history.append(np.sqrt(square))
    return x, history


def biconjugate_gradients(operator, r, tolerance, limit=5000):
    """Solves A x = r, for vectors; A is used in products with it and with its transpose."""
    x, shadow = np.zeros_like(r), r.copy()
    p, q = r, shadow
    inner = shadow @ r
    history = [np.linalg.norm(r)]
    while history[-1] > tolerance * history[0] and len(history) < limit:
        Ap = operator @ p
        length = inner / (q @ Ap)
        x, r, shadow = x + length * p, r - length * Ap, shadow - length * (operator.T @ q)
        inner, before = shadow @ r, inner
        p, q = r + inner / before * p, shadow + inner / before * q
        history.append(np.linalg.norm(r))
    return x, history


def by_columns(residual, shape):
    """The solution of residual(x) = 0 with the whole matrix: a call for each unknown, and one."""
    constant = residual(np.zeros(shape))
    columns = []
    for k in range(constant.size):
        unit = np.zeros(constant.size)
        unit[k] = 1.0
        columns.append((residual(unit.reshape(shape)) - constant).ravel())
    solution = np.linalg.solve(np.stack(columns, axis=1), -constant.ravel())
    return solution.reshape(shape), [np.linalg.norm(constant)] * (constant.size + 1)


def main():
    n, tolerance, wind = 30, 1e-8, 0.4
    load = np.random.default_rng(2).standard_normal((n, n))
    zero = np.zeros((n, n))

    def gradient(u):
        return energy.grad(u, load)

    def product(v):
        return energy.hvp(zero, v, load)

    def skew(u):
        return transport(u, load, wind)

    operator = ad.linear_operator(transport, zero, load, wind)
    for call in (gradient, product):  # compile before the clock runs
        call(zero)
    operator.T @ (operator @ zero.ravel())

    print(f"{n * n} unknowns{'':26}{'steps':>7}{'residual':>11}{'ms':>9}")
    solutions, histories = {}, {}
    for name, residual, solve in (
        (
            "steepest descent",
            gradient,
            lambda: steepest_descent(gradient, product, zero, tolerance),
        ),
        (
            "conjugate gradients",
            gradient,
            lambda: conjugate_gradients(gradient, product, zero, tolerance),
        ),
        ("whole matrix by columns", gradient, lambda: by_columns(gradient, zero.shape)),
        (
            "biconjugate gradients, in a wind",
            skew,
            lambda: biconjugate_gradients(operator, -skew(zero).ravel(), tolerance),
        ),
        ("whole matrix by columns, in a wind", skew, lambda: by_columns(skew, zero.shape)),
    ):
        begin = time.perf_counter()
        u, history = solve()
        elapsed = 1e3 * (time.perf_counter() - begin)
        solutions[name], histories[name] = u.reshape(n, n), history
        left = np.linalg.norm(residual(solutions[name])) / history[0]
        print(f"{name:<36}{len(history) - 1:7d}{left:11.1e}{elapsed:9.1f}")
        if left > 10.0 * tolerance:
            raise SystemExit("the system is not solved")

    if Figure is None:
        print("no plot: matplotlib is not installed")
        return
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for name, history in histories.items():
        if "matrix" not in name:
            axes.semilogy(np.array(history) / history[0], label=name)
    axes.set(xlabel="steps", title="Norm of the residual", xlim=(0, 300))
    axes.legend()
    figure.savefig("linear_solvers.png", dpi=120)
    print("plot: linear_solvers.png")


if __name__ == "__main__":
    main()
