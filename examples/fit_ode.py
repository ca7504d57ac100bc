"""Estimate the parameters of a differential equation from noisy measurements.

Lotka and Volterra's predators and prey, integrated by a fourth-order Runge-Kutta loop. The gradient
of the misfit by all six unknowns, two of them the starting state, goes backwards through that loop
(the discrete adjoint), and drives SciPy's L-BFGS-B. Without it, SciPy takes differences.
"""

import time

import numpy as np
from scipy import optimize

import adcompiler as ad

try:
    from matplotlib.figure import Figure
except ImportError:
    Figure = None


def rates(y, p):
    prey, predators = y
    return np.array(
        [p[0] * prey - p[1] * prey * predators, p[2] * prey * predators - p[3] * predators]
    )


def simulate(p, y, dt, steps):
    """States at every step, one row each."""
    states = np.empty((steps, 2))
    for k in range(steps):
        k1 = rates(y, p)
        k2 = rates(y + 0.5 * dt * k1, p)
        k3 = rates(y + 0.5 * dt * k2, p)
        k4 = rates(y + dt * k3, p)
        y = y + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        states[k] = y
    return states


@ad.differentiate
def misfit(logs, dt, every, measured):
    """Half the mean square distance; `logs` holds logarithms of four rates and the first state."""
    z = np.exp(logs)
    states = simulate(z[:4], z[4:], dt, every * measured.shape[0])
    return 0.5 * np.mean((states[every - 1 :: every] - measured) ** 2)


def fit(fun, start, args, jac):
    begin = time.perf_counter()
    options = {"maxiter": 300, "maxfun": 10000, "ftol": 1e-14, "gtol": 1e-7}
    found = optimize.minimize(fun, start, args=args, jac=jac, method="L-BFGS-B", options=options)
    return found, time.perf_counter() - begin


def main():
    dt, every, rows = 0.05, 10, 30
    true = np.array([1.1, 0.4, 0.1, 0.4, 10.0, 5.0])
    rng = np.random.default_rng(1)
    clean = simulate(true[:4], true[4:], dt, every * rows)[every - 1 :: every]
    measured = clean + 0.1 * rng.standard_normal(clean.shape)
    args = (dt, every, measured)
    start = np.log([1.0, 0.3, 0.15, 0.5, 8.0, 6.0])

    gradient = misfit.grad(start, *args)
    estimate = optimize.approx_fprime(start, misfit, 1e-7, *args)
    distance = abs(gradient - estimate).max() / abs(gradient).max()
    print(f"gradient, relative distance from differences: {distance:.1e}\n")

    misfit.value_and_grad(start, *args)  # compile before the clock runs
    names = ("a", "b", "c", "d", "prey", "pred.")
    print(f"{'':22}" + "".join(f"{name:>8}" for name in names) + "     misfit  calls      s")
    print(f"{'true':<22}" + "".join(f"{each:8.3f}" for each in true))
    results = {}
    for name, fun, jac in (
        ("value_and_grad", misfit.value_and_grad, True),
        ("differences", misfit, None),
    ):
        found, elapsed = fit(fun, start, args, jac)
        results[name] = np.exp(found.x)
        values = "".join(f"{each:8.3f}" for each in results[name])
        print(f"{name:<22}{values}{found.fun:11.3e}{found.nfev:7d}{elapsed:7.2f}")

    found = results["value_and_grad"]
    if distance > 1e-4 or abs(found / true - 1.0).max() > 0.05:
        raise SystemExit("the parameters were not found")
    if Figure is None:
        print("\nno plot: matplotlib is not installed")
        return
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    t = dt * np.arange(1, every * rows + 1)
    axes.plot(t, simulate(found[:4], found[4:], dt, every * rows), label=["prey", "predators"])
    axes.set_prop_cycle(None)
    axes.plot(t[every - 1 :: every], measured, "o", markersize=3)
    axes.set(xlabel="t", title="Lotka-Volterra, fitted")
    axes.legend()
    figure.savefig("fit_ode.png", dpi=120)
    print("\nplot: fit_ode.png")


if __name__ == "__main__":
    main()
