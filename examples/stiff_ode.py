"""Stiff differential equations with and without the exact Jacobian.

Robertson's chemical kinetics (Hairer & Wanner, *Solving Ordinary Differential Equations II*, 1996,
section IV.1) over eleven decades of time, and the Brusselator with diffusion (ibid., section IV.10)
on 100 cells. An implicit method solves with the Jacobian of the right-hand side; where none is
given, SciPy estimates it by differences, one call for each component of the state.
"""

import time

import numpy as np
from scipy import integrate

import adcompiler as ad

try:
    from matplotlib.figure import Figure
except ImportError:
    Figure = None


@ad.differentiate
def robertson(t, y):
    a, b, c = y
    slow, fast, middle = 0.04 * a, 3e7 * b * b, 1e4 * b * c
    return np.array([middle - slow, slow - middle - fast, fast])


@ad.differentiate
def brusselator(t, y, diffusion):
    """Two concentrations on a line of cells; they are 1 and 3 at the walls."""
    n = y.size // 2
    u, v = y[:n], y[n:]
    rate = diffusion * (n + 1) ** 2
    change = np.empty_like(y)
    change[:n] = 1.0 + u**2 * v - 4.0 * u - 2.0 * rate * u
    change[n:] = 3.0 * u - u**2 * v - 2.0 * rate * v
    for part, wall, at in ((u, 1.0, 0), (v, 3.0, n)):
        change[at] += rate * wall
        change[at + 1 : at + n] += rate * part[:-1]
        change[at : at + n - 1] += rate * part[1:]
        change[at + n - 1] += rate * wall
    return change


def solve(f, span, start, method, jac=None, **options):
    """The solution, calls of `f` (those for differences included), and milliseconds."""
    calls = 0

    def counted(t, y, *args):
        nonlocal calls
        calls += 1
        return f(t, y, *args)

    if jac is not None:
        options["jac"] = jac
    begin = time.perf_counter()
    found = integrate.solve_ivp(counted, span, start, method=method, **options)
    elapsed = 1e3 * (time.perf_counter() - begin)
    if not found.success:
        raise SystemExit(f"{method}: {found.message}")
    return found, calls, elapsed


def compare(title, f, span, start, method, **options):
    jacobian = f.jacobian.wrt(1)
    jacobian(span[0], start, *options.get("args", ()))  # compile before the clock runs
    exact, *figures = solve(f, span, start, method, jacobian, **options)
    estimated, *others = solve(f, span, start, method, **options)
    print(title)
    for name, found, (calls, elapsed) in (
        ("exact Jacobian", exact, figures),
        ("differences", estimated, others),
    ):
        print(
            f"  {name:<16}{calls:7d} calls{found.njev:5d} Jacobians"
            f"{found.t.size - 1:6d} steps{elapsed:9.1f} ms"
        )
    distance = abs(exact.y[:, -1] - estimated.y[:, -1]).max()
    print(f"  distance of the two at the end: {distance:.1e}\n")
    if distance > 1e-4 or figures[0] >= others[0]:
        raise SystemExit("the two solutions differ, or differences needed fewer calls")
    return exact


def main():
    start = np.array([1.0, 0.0, 0.0])
    tolerances = {"rtol": 1e-7, "atol": 1e-11}
    kinetics = compare(
        "Robertson, 3 components, t up to 1e9, BDF",
        robertson,
        (0.0, 1e9),
        start,
        "BDF",
        **tolerances,
    )
    _, calls, elapsed = solve(robertson, (0.0, 40.0), start, "RK45", **tolerances)
    print(f"  (the explicit RK45 takes {calls} calls, {elapsed:.0f} ms, to get to t = 40)\n")

    cells = np.arange(1, 101) / 101
    mixture = np.concatenate([1.0 + np.sin(2.0 * np.pi * cells), np.full(100, 3.0)])
    compare(
        "Brusselator, 200 components, Radau",
        brusselator,
        (0.0, 10.0),
        mixture,
        "Radau",
        args=(0.02,),
        rtol=1e-5,
        atol=1e-7,
    )

    if Figure is None:
        print("no plot: matplotlib is not installed")
        return
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for row, label in zip(kinetics.y * [[1.0], [1e4], [1.0]], ("a", "10⁴ b", "c"), strict=True):
        axes.semilogx(kinetics.t[1:], row[1:], label=label)
    axes.set(xlabel="t", title="Robertson's kinetics", xlim=(1e-5, None))
    axes.legend()
    figure.savefig("stiff_ode.png", dpi=120)
    print("plot: stiff_ode.png")


if __name__ == "__main__":
    main()
