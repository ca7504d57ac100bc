"""Bratu's problem, -Δu = λ exp(u) on the unit square with u = 0 around it, by Newton's method.

With the whole Jacobian on a coarse grid; with Jacobian-vector products and a Krylov solver on a
fine one (Newton-Krylov; Nocedal & Wright, *Numerical Optimization*, 2006, section 11.1). Both are
compared with the same iteration on differences of the residual.
"""

import time

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

import adcompiler as ad

STRENGTH = 5.0  # λ; beyond 6.8 there is no solution


class Residual:
    """The discrete equation; counts its calls."""

    def __init__(self):
        self.calls = 0

    def __call__(self, u):
        self.calls += 1
        return bratu(u, STRENGTH)


@ad.differentiate
def bratu(u, strength):
    """Five-point differences of an unknown at each point inside, times the square of the mesh."""
    h = 1.0 / (u.shape[0] + 1)
    residual = 4.0 * u - h * h * strength * np.exp(u)
    residual[1:] -= u[:-1]
    residual[:-1] -= u[1:]
    residual[:, 1:] -= u[:, :-1]
    residual[:, :-1] -= u[:, 1:]
    return residual


def newton(residual, step, u, tolerance=1e-10, limit=20):
    """Newton's method; `step` solves with the Jacobian. Returns the solution and the iterations."""
    for iteration in range(limit):
        r = residual(u)
        if abs(r).max() < tolerance:
            return u, iteration
        u = u - step(u, r).reshape(u.shape)
    raise SystemExit("Newton's method did not converge")


def whole_matrix(u, r):
    return np.linalg.solve(bratu.jacobian(u, STRENGTH).reshape(u.size, u.size), r.ravel())


def matrix_of_differences(residual):
    def step(u, r, h=1e-7):
        columns = []
        for k in range(u.size):
            moved = u.copy()
            moved.flat[k] += h
            columns.append((residual(moved) - r).ravel() / h)
        return np.linalg.solve(np.stack(columns, axis=1), r.ravel())

    return step


def krylov(products):
    """Steps by GMRES; `products` gives the operator at a point."""

    def step(u, r):
        operator = products(u, r)
        found, status = gmres(operator, r.ravel(), rtol=1e-4, restart=80, maxiter=20)
        if status:
            raise SystemExit("GMRES did not converge")
        return found

    return step


def exact_products(u, r):
    return ad.linear_operator(bratu, u, STRENGTH)


def products_of_differences(residual):
    def operator(u, r, h=1e-7):
        def product(v):
            size = h * (1.0 + np.linalg.norm(u)) / max(np.linalg.norm(v), 1e-30)
            return (residual(u + size * v.reshape(u.shape)) - r).ravel() / size

        return LinearOperator((u.size, u.size), matvec=product, dtype=float)

    return operator


def main():
    found = {}
    for n, methods in (
        (20, {"Newton, Jacobian": None, "Newton, differences": matrix_of_differences}),
        (50, {"Newton-Krylov, products": None, "Newton-Krylov, differences": True}),
    ):
        print(f"{n} × {n} unknowns")
        for name, method in methods.items():
            residual = Residual()
            start = np.zeros((n, n))
            if name.startswith("Newton-Krylov"):
                step = krylov(products_of_differences(residual) if method else exact_products)
            else:
                step = method(residual) if method else whole_matrix
            step(start, bratu(start, STRENGTH))  # compile before the clock runs
            residual.calls = 0
            begin = time.perf_counter()
            u, iterations = newton(residual, step, start)
            elapsed = 1e3 * (time.perf_counter() - begin)
            found[name] = u
            print(
                f"  {name:<28}{iterations:2d} steps{residual.calls:6d} residuals"
                f"{elapsed:9.1f} ms   max u = {u.max():.8f}"
            )
    for exact, estimated in (
        ("Newton, Jacobian", "Newton, differences"),
        ("Newton-Krylov, products", "Newton-Krylov, differences"),
    ):
        if abs(found[exact] - found[estimated]).max() > 1e-7:
            raise SystemExit("the solutions differ")


if __name__ == "__main__":
    main()
