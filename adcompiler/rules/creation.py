"""Creating arrays: linear in their value operand where they have one, zero otherwise."""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import linear, structural, zero

# ---- constants

zero((np.zeros, np.ones, np.empty), args="shape, dtype=None, order='C'")
zero(
    (np.zeros_like, np.ones_like, np.empty_like),
    args="a, dtype=None, order='K', subok=True, shape=None",
)
zero(np.eye, args="N, M=None, k=0, dtype=None, order='C'")
zero(np.identity, args="n, dtype=None")
zero(np.tri, args="N, M=None, k=0, dtype=None")
zero(np.indices, args="dimensions, dtype=None")
zero((np.tril_indices, np.triu_indices), args="n, k=0, m=None")
zero(np.diag_indices, args="n, ndim=2")

# ---- one value

linear(
    np.full,
    lambda y_bar: y_bar,
    operands=("fill_value",),
    args="shape, fill_value, dtype=None, order='C'",
)
linear(
    np.full_like,
    lambda y_bar: y_bar,
    operands=("fill_value",),
    args="a, fill_value, dtype=None, order='K', subok=True, shape=None",
)

# ---- from values


def parts(y_bar, a):
    """The adjoint of a nested sequence: a nested list."""
    if isinstance(a, (list, tuple)):
        return [parts(y_bar[k], a[k]) for k in range(len(a))]
    return y_bar


linear(
    np.array,
    lambda y_bar, a: parts(y_bar, a),
    args="a, dtype=None, *, copy=True, order='K', subok=False, ndmin=0",
)
linear(
    (np.asarray, np.asanyarray),
    lambda y_bar, a: parts(y_bar, a),
    args="a, dtype=None, order=None",
    result="maybe view",
)
linear(
    (np.ascontiguousarray, np.asfortranarray, np.asarray_chkfinite),
    lambda y_bar, a: parts(y_bar, a),
    args="a, dtype=None",
    result="maybe view",
)
linear(np.copy, lambda y_bar: y_bar, args="a, order='K', subok=False")
linear(np.astype, lambda y_bar: y_bar, operands=("x",), args="x, dtype, /, *, copy=True")

# ---- ranges


def fractions(num, endpoint, like):
    """0 to 1 along the first axis of ``like``."""
    t = np.linspace(0.0, 1.0, num, endpoint=endpoint)
    return t if like.ndim == 1 else np.reshape(t, (-1,) + (1,) * (like.ndim - 1))


def linspace_back(y_bar, num, endpoint):
    t = fractions(num, endpoint, y_bar)
    return y_bar * (1.0 - t), y_bar * t


linear(
    np.linspace,
    lambda y_bar, num, endpoint: linspace_back(y_bar, num, endpoint),
    operands=("start", "stop"),
    args="start, stop, num=50, endpoint=True",
)
structural(
    np.logspace,
    args="start, stop, num=50, endpoint=True, base=10.0",
    jvp={
        "start": lambda start_dot, y, num, endpoint, base: (
            start_dot * y * np.log(base) * (1.0 - fractions(num, endpoint, y))
        ),
        "stop": lambda stop_dot, y, num, endpoint, base: (
            stop_dot * y * np.log(base) * fractions(num, endpoint, y)
        ),
    },
    vjp={
        "start": lambda y_bar, y, num, endpoint, base: (
            y_bar * y * np.log(base) * (1.0 - fractions(num, endpoint, y))
        ),
        "stop": lambda y_bar, y, num, endpoint, base: (
            y_bar * y * np.log(base) * fractions(num, endpoint, y)
        ),
    },
)
structural(
    np.geomspace,
    args="start, stop, num=50, endpoint=True",
    jvp={
        "start": lambda start_dot, start, y, num, endpoint: (
            start_dot * y / start * (1.0 - fractions(num, endpoint, y))
        ),
        "stop": lambda stop_dot, stop, y, num, endpoint: (
            stop_dot * y / stop * fractions(num, endpoint, y)
        ),
    },
    vjp={
        "start": lambda y_bar, start, y, num, endpoint: (
            y_bar * y / start * (1.0 - fractions(num, endpoint, y))
        ),
        "stop": lambda y_bar, stop, y, num, endpoint: (
            y_bar * y / stop * fractions(num, endpoint, y)
        ),
    },
)
structural(
    np.arange,
    args="start, stop=None, step=1, dtype=None",
    jvp={
        "start": lambda start_dot, stop, y: (
            np.zeros(y.shape) if stop is None else np.full(y.shape, start_dot)
        ),
        "stop": lambda y: np.zeros(y.shape),
        "step": lambda step_dot, y: step_dot * np.arange(y.size),
    },
    vjp={
        "start": lambda y_bar, stop: 0.0 if stop is None else y_bar,
        "stop": lambda: 0.0,
        "step": lambda y_bar: y_bar * np.arange(y_bar.size),
    },
)


def vander_slope(x, y, increasing):
    n = y.shape[1]
    powers = np.arange(n) if increasing else np.arange(n - 1, -1, -1)
    return powers * x[:, None] ** np.maximum(powers - 1, 0)


structural(
    np.vander,
    args="x, N=None, increasing=False",
    jvp={
        "x": lambda x_dot, x, y, increasing: x_dot[:, None] * vander_slope(x, y, increasing)
    },
    vjp={
        "x": lambda y_bar, x, y, increasing: np.sum(
            y_bar * vander_slope(x, y, increasing), axis=1
        )
    },
)


# ---- grids


def meshgrid_back(y_bar, xi, indexing):
    """What varies along one axis only is summed over all others."""
    bars = []
    for k in range(len(xi)):
        own = 1 - k if indexing == "xy" and k < 2 else k
        others = tuple(j for j in range(len(xi)) if j != own)
        bars.append(np.reshape(np.sum(y_bar[k], axis=others), np.shape(xi[k])))
    return bars


structural(
    np.meshgrid,
    args="*xi, indexing='xy'",
    jvp={"xi": lambda xi_dot, indexing: np.meshgrid(*xi_dot, indexing=indexing)},
    vjp={"xi": lambda y_bar, xi, indexing: meshgrid_back(y_bar, xi, indexing)},
)
