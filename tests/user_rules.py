"""A user's module: functions that no compiler can read, and the rules declared for them."""

from __future__ import annotations

import ctypes
import ctypes.util

import numpy as np

from adcompiler.rules import elementwise, linear, structural, zero

SLOPE = 3.0
STEPS: list[float] = []


def helper(x, rate):
    """Called by a rule."""
    return -rate * np.exp(-rate * x)


def compiled(text):
    """A function of which there is no source, as of one in C."""
    return eval(text, {"np": np, "SLOPE": SLOPE, "STEPS": STEPS})


decay = compiled("lambda x, rate: np.exp(-rate * x)")


class Wave:
    """A callable object."""

    def __init__(self, k):
        self.k = k
        self.of = compiled("lambda x, k: np.sin(k * x)")

    def __call__(self, x):
        return self.of(x, self.k)


wave = Wave(SLOPE)
cosine = ctypes.CDLL(ctypes.util.find_library("m")).cos
cosine.restype, cosine.argtypes = ctypes.c_double, [ctypes.c_double]
power = compiled("lambda x, *, order=2, label='': x**order")
solve = compiled("lambda A, b: (STEPS.append(len(b)), np.linalg.solve(A, b))[1]")
moments = compiled("lambda x: (np.sum(x), np.sum(x * x))")
double = compiled("lambda a: 2.0 * a")
floor = compiled("lambda x: np.floor(x)")


def declare():
    """The rules, as this module would declare them when it is imported."""
    elementwise(decay, lambda x, rate, y: (helper(x, rate), -x * y))
    elementwise(wave, lambda x, y: SLOPE * np.cos(SLOPE * x))
    elementwise(cosine, lambda x, y: -np.sin(x))
    elementwise(
        power, lambda x, y, *, order: order * x ** (order - 1), args="x, *, order=2, label=''"
    )
    structural(
        solve,
        jvp={
            "A": lambda A, y, A_dot: -np.linalg.solve(A, A_dot @ y),
            "b": lambda A, b_dot: np.linalg.solve(A, b_dot),
        },
        vjp={
            "A": lambda A, y, y_bar: -np.outer(np.linalg.solve(A.T, y_bar), y),
            "b": lambda A, y_bar: np.linalg.solve(A.T, y_bar),
        },
        shape=lambda A, b: np.zeros_like(b),
    )
    structural(
        moments,
        jvp={"x": lambda x, x_dot: (np.sum(x_dot), 2.0 * np.sum(x * x_dot))},
        vjp={"x": lambda x, y_bar: y_bar[0] + 2.0 * x * y_bar[1]},
    )
    linear(double, lambda y_bar: 2.0 * y_bar)
    zero(floor)
