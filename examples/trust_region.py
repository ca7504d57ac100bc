"""Minimise with Hessian-vector products, with gradients, and without derivatives.

Where do 13 atoms come to rest that attract one another as Lennard and Jones say? Trust-region
Newton methods (Nocedal & Wright, *Numerical Optimization*, 2006, section 7.1) need the Hessian only
in products with vectors, each of which costs a few energies whatever the number of unknowns.
"""

import time

import numpy as np
from scipy import optimize

import adcompiler as ad


@ad.differentiate
def energy(x):
    """Of all pairs of atoms; `x` holds three coordinates for each."""
    atoms = x.reshape(-1, 3)
    total = 0.0
    for k in range(1, atoms.shape[0]):
        apart = atoms[:k] - atoms[k]
        inverse = 1.0 / np.sum(apart * apart, axis=1) ** 3
        total += 4.0 * np.sum(inverse * inverse - inverse)
    return total


class Counted:
    """A function that counts its calls."""

    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


def icosahedron():
    """Twelve corners around one atom in the middle, at a distance of 1.08."""
    golden = (1.0 + np.sqrt(5.0)) / 2.0
    corners = [
        np.roll([0.0, a, b * golden], shift)
        for a in (-1.0, 1.0)
        for b in (-1.0, 1.0)
        for shift in range(3)
    ]
    corners = 1.08 * np.array(corners) / np.linalg.norm(corners[0])
    return np.concatenate([np.zeros((1, 3)), corners])


def main():
    rng = np.random.default_rng(5)
    start = (icosahedron() + 0.12 * rng.standard_normal((13, 3))).ravel()
    v = rng.standard_normal(start.size)
    step = 1e-5 * v
    estimate = (energy.grad(start + step) - energy.grad(start - step)) / 2e-5
    distance = abs(energy.hvp(start, v) - estimate).max() / abs(estimate).max()
    print(f"Hessian times vector, relative distance from differences: {distance:.1e}\n")

    print(f"{'':32}{'energy':>12}  calls  gradients    products      ms")
    energies = []
    for name, method, derivatives in (
        ("trust region, products", "trust-ncg", "gradient, product"),
        ("trust region, whole Hessian", "trust-exact", "gradient, hessian"),
        ("BFGS, gradient", "BFGS", "gradient"),
        ("BFGS, differences", "BFGS", ""),
        ("Nelder-Mead, no derivatives", "Nelder-Mead", ""),
    ):
        value, gradient = Counted(energy), Counted(energy.grad)
        product, hessian = Counted(energy.hvp), Counted(energy.hessian)
        given = {}
        if "gradient" in derivatives:
            given["jac"] = gradient
        if "product" in derivatives:
            given["hessp"] = product
        if "hessian" in derivatives:
            given["hess"] = hessian
        options = {"maxfev": 20000} if method == "Nelder-Mead" else {"gtol": 1e-5}
        begin = time.perf_counter()
        found = optimize.minimize(value, start, method=method, options=options, **given)
        elapsed = 1e3 * (time.perf_counter() - begin)
        products = product.calls or f"({hessian.calls} whole)" * bool(hessian.calls)
        print(
            f"{name:<32}{found.fun:12.6f}{value.calls:7d}{gradient.calls or '':>11}"
            f"{products:>12}{elapsed:8.1f}"
        )
        energies.append(found.fun)
    # the global minimum, from Northby's table (Journal of Chemical Physics 87, 1987)
    if distance > 1e-6 or max(abs(np.array(energies[:4]) + 44.326801)) > 1e-5:
        raise SystemExit("the atoms did not come to rest where they should")


if __name__ == "__main__":
    main()
