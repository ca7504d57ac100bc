"""Fit a damped oscillation to noisy measurements, with first derivatives only.

The model y(t) = a exp(-k t) cos(w t) + c is not linear in its parameters. Three ways to the least
squares fit: gradient descent on the loss (reverse mode gives its gradient), Levenberg and
Marquardt's method on the residuals (Nocedal & Wright, *Numerical Optimization*, 2006, section 10.3;
its Jacobian has few columns), and the latter with differences in place of the Jacobian.
"""

import time

import numpy as np

import adcompiler as ad


@ad.differentiate
def residuals(p, t, y):
    """Model minus measurement at each time; `p` holds amplitude, damping, frequency, offset."""
    a, k, w, c = p
    return a * np.exp(-k * t) * np.cos(w * t) + c - y


def loss(p, t, y):
    """Half the mean square of the residuals."""
    return 0.5 * np.mean(residuals(p, t, y) ** 2)


loss_and_gradient = ad.value_and_grad(loss)


def gradient_descent(p, t, y, tolerance=1e-6, limit=2000):
    """Steps along the negative gradient, their length after Barzilai and Borwein (1988)."""
    value, gradient = loss_and_gradient(p, t, y)
    calls, length = 1, 0.1
    while np.linalg.norm(gradient) > tolerance and calls < limit:
        p_new = p - length * gradient
        value_new, gradient_new = loss_and_gradient(p_new, t, y)
        calls += 1
        if value_new > 2.0 * value:  # the method is not monotone, but it may not run away
            length *= 0.25
            continue
        change, turn = p_new - p, gradient_new - gradient
        length = abs(change @ turn) / (turn @ turn)
        p, value, gradient = p_new, value_new, gradient_new
    return p, value, calls


def levenberg_marquardt(jacobian, p, t, y, tolerance=1e-6, limit=100):
    """Damped Gauss-Newton steps; returns the parameters, the loss, and calls of `jacobian`."""
    r = residuals(p, t, y)
    damping, calls = 1e-2, 0
    for _ in range(limit):
        J = jacobian(p, t, y)
        calls += 1
        gradient = J.T @ r
        if np.linalg.norm(gradient) < tolerance * r.size:
            break
        while True:
            normal = J.T @ J
            step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), gradient)
            r_new = residuals(p - step, t, y)
            if r_new @ r_new < r @ r or damping > 1e12:
                break
            damping *= 10.0
        p, r, damping = p - step, r_new, damping / 10.0
    return p, 0.5 * np.mean(r**2), calls


class Differences:
    """The Jacobian of the residuals by central differences; counts the calls it makes."""

    def __init__(self):
        self.calls = 0

    def __call__(self, p, t, y):
        columns = []
        for i in range(p.size):
            step = np.zeros_like(p)
            step[i] = 1e-6 * max(1.0, abs(p[i]))
            columns.append(residuals(p + step, t, y) - residuals(p - step, t, y))
            columns[-1] /= 2.0 * step[i]
            self.calls += 2
        return np.stack(columns, axis=1)


def main():
    rng = np.random.default_rng(7)
    true = np.array([2.0, 0.3, 3.0, 0.5])
    t = np.linspace(0.0, 10.0, 2000)
    y = residuals(true, t, 0.0) + 0.05 * rng.standard_normal(t.size)
    start = np.array([1.5, 0.2, 2.8, 0.0])
    differences = Differences()

    residuals.jacobian(start, t, y)  # compile before the clock runs
    loss_and_gradient(start, t, y)
    print(f"{'':34}{'a':>8}{'k':>8}{'w':>8}{'c':>8}{'loss':>12}{'ms':>8}  calls")
    print(f"{'true':<34}" + "".join(f"{value:8.4f}" for value in true))
    found = []
    for name, fit in {
        "gradient descent": lambda: gradient_descent(start, t, y),
        "Levenberg-Marquardt, Jacobian": lambda: levenberg_marquardt(
            residuals.jacobian, start, t, y
        ),
        "Levenberg-Marquardt, differences": lambda: levenberg_marquardt(differences, start, t, y),
    }.items():
        begin = time.perf_counter()
        p, value, calls = fit()
        elapsed = 1e3 * (time.perf_counter() - begin)
        what = "of value_and_grad" if "descent" in name else "of jacobian"
        if "differences" in name:
            calls, what = differences.calls, "of residuals"
        parameters = "".join(f"{x:8.4f}" for x in p)
        print(f"{name:<34}{parameters}{value:12.3e}{elapsed:8.1f}  {calls} {what}")
        found.append(p)

    J, estimate = residuals.jacobian(start, t, y), differences(start, t, y)
    print(f"\nJacobian {J.shape}, largest distance from differences: {abs(J - estimate).max():.1e}")
    if abs(J - estimate).max() > 1e-6 or any(abs(p - true).max() > 0.02 for p in found):
        raise SystemExit("a fit went astray")


if __name__ == "__main__":
    main()
