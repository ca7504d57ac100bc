"""The derivative of a function, and the source of the derivative.

A particle on a spring moves through 200 time steps. How does its final position depend on where it
started, how fast, and on the spring? The gradient is checked against central differences.
"""

import time

import adcompiler as ad


@ad.differentiate(argnums=("x", "v", "k"))
def oscillator(x, v, k, dt, n):
    """Position after `n` steps of length `dt`, from position `x` and speed `v`, stiffness `k`."""
    for i in range(n):
        v = v - dt * k * x
        x = x + dt * v
    return x


def central_differences(f, point, *rest, step=1e-6):
    """The partials of `f` with respect to the numbers in `point`: two calls of `f` for each."""
    partials = []
    for i, value in enumerate(point):
        h = step * max(1.0, abs(value))
        above = f(*point[:i], value + h, *point[i + 1 :], *rest)
        below = f(*point[:i], value - h, *point[i + 1 :], *rest)
        partials.append((above - below) / (2.0 * h))
    return tuple(partials)


def best_time(call, repeats=20):
    """The shortest of `repeats` timings of `call`, in milliseconds."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return 1e3 * min(times)


def main():
    point, rest = (1.0, 0.0, 4.0), (0.01, 200)

    gradient = oscillator.grad(*point, *rest)
    differences = central_differences(oscillator, point, *rest)
    value, _ = oscillator.value_and_grad(*point, *rest)
    _, slope = oscillator.jvp((*point, *rest), (0.0, 0.0, 1.0, 0.0, None))

    print("The derivative, as adcompiler wrote it:\n")
    print(oscillator.grad.source)
    print(f"position after {rest[1]} steps: {value:.6f}\n")
    print("           by gradient    by differences")
    for name, exact, estimate in zip("xvk", gradient, differences, strict=True):
        print(f"d/d{name}     {exact: .10f}    {estimate: .10f}")
    print(f"d/dk in forward mode: {slope: .10f}\n")

    primal = best_time(lambda: oscillator(*point, *rest))
    reverse = best_time(lambda: oscillator.grad(*point, *rest))
    estimate = best_time(lambda: central_differences(oscillator, point, *rest))
    print(f"one call of the function       {primal:.3f} ms")
    print(f"gradient, one call             {reverse:.3f} ms")
    print(f"differences, {2 * len(point)} calls           {estimate:.3f} ms")

    error = max(abs(a - b) for a, b in zip(gradient, differences, strict=True))
    if error > 1e-7 or abs(slope - gradient[2]) > 1e-12:
        raise SystemExit(f"the derivatives disagree: by {error:.1e}")


if __name__ == "__main__":
    main()
