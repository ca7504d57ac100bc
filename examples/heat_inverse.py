"""Find out what a rod is made of from how heat spreads through it.

The conductivity of each of 40 cells is unknown; temperatures were recorded while the rod cooled.
The simulation is an ordinary time loop that updates one array in place. Its gradient with respect
to all 40 conductivities takes one forward and one reverse sweep, and drives an L-BFGS iteration
(Nocedal & Wright, *Numerical Optimization*, 2006, algorithm 7.4).
"""

import time

import numpy as np

import adcompiler as ad


def simulate(kappa, start, dt, steps):
    """Temperatures at every step, one row each; the ends of the rod keep theirs."""
    history = np.zeros((steps, start.size))
    u = start.copy()
    for step in range(steps):
        flux = kappa * (u[1:] - u[:-1])
        u[1:-1] += dt * (flux[1:] - flux[:-1])
        history[step] = u
    return history


@ad.differentiate(argnums="log_kappa")
def misfit(log_kappa, start, dt, observed):
    """Mean squared distance between simulated and observed temperatures."""
    history = simulate(np.exp(log_kappa), start, dt, observed.shape[0])
    return np.mean((history - observed) ** 2)


def lbfgs(value_and_gradient, x, tolerance=1e-9, limit=300, memory=10):
    """Minimise; returns the minimiser, its value, and how often the gradient was computed."""
    value, gradient = value_and_gradient(x)
    calls, pairs = 1, []
    while np.linalg.norm(gradient) > tolerance and calls < limit:
        direction, weights = gradient.copy(), []
        for change, turn in reversed(pairs):
            weights.append((change @ direction) / (change @ turn))
            direction -= weights[-1] * turn
        if pairs:
            change, turn = pairs[-1]
            direction *= (change @ turn) / (turn @ turn)
        else:
            direction *= 0.1 / np.linalg.norm(direction)
        for (change, turn), weight in zip(pairs, reversed(weights), strict=True):
            direction += (weight - (turn @ direction) / (change @ turn)) * change

        length = 1.0
        while True:
            x_new = x - length * direction
            value_new, gradient_new = value_and_gradient(x_new)
            calls += 1
            if value_new <= value - 1e-4 * length * (gradient @ direction) or length < 1e-10:
                break
            length *= 0.5
        change, turn = x_new - x, gradient_new - gradient
        if change @ turn > 1e-12 * (turn @ turn):
            pairs = [*pairs[1 - memory :], (change, turn)]
        x, value, gradient = x_new, value_new, gradient_new
    return x, value, calls


def differences(f, x, step=1e-6):
    """The gradient of `f` by central differences: two calls for each component of `x`."""
    gradient = np.zeros_like(x)
    for i in range(x.size):
        h = np.zeros_like(x)
        h[i] = step
        gradient[i] = (f(x + h) - f(x - h)) / (2.0 * step)
    return gradient


def milliseconds(call):
    begin = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - begin)


def main():
    cells, steps, dt = 40, 400, 0.2
    x = (np.arange(cells) + 0.5) / cells
    true = 1.0 + 0.8 * np.sin(2.0 * np.pi * x) * (x < 0.7)
    rng = np.random.default_rng(3)
    start = rng.uniform(0.0, 1.0, cells + 1)
    observed = simulate(true, start, dt, steps)
    guess = np.zeros(cells)

    value, gradient = misfit.value_and_grad(guess, start, dt, observed)
    estimate = differences(lambda p: misfit(p, start, dt, observed), guess)
    distance = abs(gradient - estimate).max() / abs(gradient).max()
    print(f"gradient by {cells} parameters, relative distance from differences: {distance:.1e}")
    primal = milliseconds(lambda: misfit(guess, start, dt, observed))
    reverse = milliseconds(lambda: misfit.grad(guess, start, dt, observed))
    central = milliseconds(lambda: differences(lambda p: misfit(p, start, dt, observed), guess))
    print(f"one simulation                 {primal:8.2f} ms")
    print(f"gradient, one call             {reverse:8.2f} ms")
    print(f"differences, {2 * cells} simulations   {central:8.2f} ms\n")

    found, final, calls = lbfgs(lambda p: misfit.value_and_grad(p, start, dt, observed), guess)
    kappa = np.exp(found)
    print(f"misfit {value:.2e} -> {final:.2e} with {calls} gradients")
    print(f"differences would have taken {2 * cells * calls} simulations")
    print("cell   true  found")
    for i in range(2, cells, 5):
        print(f"{i:4d} {true[i]:6.3f} {kappa[i]:6.3f}")
    error = abs(kappa - true).max()
    print(f"largest error of the conductivity: {error:.1e}")
    if distance > 1e-6 or error > 0.02:
        raise SystemExit("the conductivity was not recovered")


if __name__ == "__main__":
    main()
