"""Square roots of many numbers by Newton's method, each with its own ``while`` loop."""

import numpy as np

from tests.benchmarks.kernels.contract import Size

title = "Newton while"
kind = "scalar"
wrt = (0,)


def arguments(size: Size = "full") -> tuple[list[float]]:
    """Positive numbers over four orders of magnitude."""
    return (np.geomspace(0.01, 100.0, 1000 if size == "full" else 6).tolist(),)


def primal(numbers: list[float]) -> float:
    """Sum of the square roots."""
    total = 0.0
    for a in numbers:
        x = a if a > 1.0 else 1.0
        dx = x
        while abs(dx) > 1e-12 * x:
            dx = 0.5 * (x - a / x)
            x = x - dx
        total += x
    return total


def gradient(numbers: list[float]) -> tuple[list[float]]:
    """Saves x once an iteration, for one number at a time: the numbers don't interact."""
    numbers_bar = []
    for a in numbers:
        x = a if a > 1.0 else 1.0
        dx = x
        saved = []
        while abs(dx) > 1e-12 * x:
            saved.append(x)
            dx = 0.5 * (x - a / x)
            x -= dx
        x_bar = 1.0
        a_bar = 0.0
        for x in reversed(saved):
            x_bar *= 0.5
            share = x_bar / x
            a_bar += share
            x_bar -= share * a / x
        numbers_bar.append(a_bar + x_bar if a > 1.0 else a_bar)
    return (numbers_bar,)
