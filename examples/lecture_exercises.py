"""Two textbook exercises with their trace tables, and what a Jacobian costs in both modes.

The gradient of x1 x2 + exp(x1 x2), and that of a product of five numbers, evaluated as on paper
(Griewank & Walther, *Evaluating Derivatives*, 2008, chapter 3), with the operations counted. Then
the time of a Jacobian with ten rows against its number of columns: forward mode takes a direction
for each input, reverse mode a sweep for each output, differences a call for each input.
"""

import time

import numpy as np

import adcompiler as ad

try:
    from matplotlib.figure import Figure
except ImportError:
    Figure = None


@ad.differentiate
def f(x1, x2):
    v = x1 * x2
    return v + np.exp(v)


@ad.differentiate
def product(x1, x2, x3, x4, x5):
    return x1 * x2 * x3 * x4 * x5


def layer(x, weights):
    """Ten outputs of any number of inputs."""
    return np.tanh(weights @ np.sin(x))


def differences(x, weights, step=1e-7):
    """The Jacobian by one-sided differences: a call for each input, and one more."""
    base = layer(x, weights)
    columns = []
    for k in range(x.size):
        moved = x.copy()
        moved[k] += step
        columns.append((layer(moved, weights) - base) / step)
    return np.stack(columns, axis=1)


def best_time(call, repeats=5):
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return 1e3 * min(times)


def exercise(title, trace):
    print(f"{title}\n\n{trace.table}\n\n{trace.reverse_table}\n\n{trace.counts}\n")


def main():
    trace = f.trace(1.0, 2.0)
    exercise("x1 x2 + exp(x1 x2) at (1, 2)", trace)
    e2 = np.exp(2.0)
    if not np.allclose([trace.adjoints["x1"], trace.adjoints["x2"]], [2 + 2 * e2, 1 + e2]):
        raise SystemExit("the gradient is not (1 + e²)·(2, 1)")
    exercise("x1 x2 x3 x4 x5 at (2, 1, 1, 1, 1)", product.trace(2.0, 1.0, 1.0, 1.0, 1.0))

    forward, reverse = ad.jacfwd(layer), ad.jacrev(layer)
    rng = np.random.default_rng(0)
    sizes = (1, 3, 10, 30, 100, 300, 1000)
    times = []
    print("A Jacobian with 10 rows, in ms:\ncolumns   forward   reverse   differences")
    for n in sizes:
        x, weights = rng.standard_normal(n), rng.standard_normal((10, n)) / n
        exact = forward(x, weights)
        if abs(exact - reverse(x, weights)).max() > 1e-13:
            raise SystemExit("the two modes disagree")
        if abs(exact - differences(x, weights)).max() > 1e-5:
            raise SystemExit("the Jacobian is not that of the function")
        ways = (forward, reverse, differences)
        times.append([best_time(lambda way=way: way(x, weights)) for way in ways])  # noqa: B023
        print(f"{n:7d}{times[-1][0]:10.3f}{times[-1][1]:10.3f}{times[-1][2]:14.3f}")

    if Figure is None:
        print("\nno plot: matplotlib is not installed")
        return
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for values, name in zip(
        zip(*times, strict=True), ("forward", "reverse", "differences"), strict=True
    ):
        axes.loglog(sizes, values, "o-", label=name)
    axes.set(xlabel="inputs", ylabel="ms", title="Jacobian of 10 outputs")
    axes.legend()
    figure.savefig("lecture_exercises.png", dpi=120)
    print("\nplot: lecture_exercises.png")


if __name__ == "__main__":
    main()
