"""Absolute values, maxima and minima, elementwise and along axes.

Singular points: ``abs`` has slope 0 at 0; where several operands or elements attain the maximum
(minimum) they share its slope equally; ``clip`` has slope 1 inside its closed interval, and passes
the slope of a bound only outside.
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import elementwise, excuse, structural
from adcompiler.rules.reductions import expand, spread

# ---- absolute value


def abs_partial(x, y):
    if np.iscomplexobj(x):
        return np.conj(x) / np.where(y == 0, 1.0, y)
    return np.sign(x)


def scalar_abs_partial(x, y):
    if np.iscomplexobj(x) or np.ndim(x) > 0:
        return abs_partial(x, y)
    return float(x > 0) - float(x < 0)


elementwise(np.absolute, lambda x, y: abs_partial(x, y), bounded=True)
elementwise(np.fabs, lambda x, y: np.sign(x), bounded=True)
elementwise(abs, lambda x, y: scalar_abs_partial(x, y), bounded=True)

# ---- of two operands

elementwise(
    (np.maximum, np.minimum, np.fmax, np.fmin, max, min),
    lambda a, b, y: ((a == y) - 0.5 * (a == b), (b == y) - 0.5 * (a == b)),
    bounded=True,
)


def clip_partials(a, a_min, a_max, y):
    if a_min is None and a_max is None:
        return 1.0, None, None
    if a_max is None:
        return a >= a_min, a < a_min, None
    if a_min is None:
        return a <= a_max, None, a > a_max
    inside = (a >= a_min) & (a <= a_max)
    return inside, (a < a_min) & (a_min < a_max), (a > a_max) | (a_min >= a_max) & ~inside


elementwise(
    np.clip,
    lambda a, a_min, a_max, y: clip_partials(a, a_min, a_max, y),
    args="a, a_min=None, a_max=None",
    bounded=True,
)

# ---- along axes


def share(a, y, axis, keepdims):
    """1/k at each of the k elements that attain the extremum, 0 elsewhere."""
    hit = a == expand(y, axis, keepdims)
    return hit / np.sum(hit, axis=axis, keepdims=True)


structural(
    (np.max, np.min, np.amax, np.amin, np.nanmax, np.nanmin),
    args="a, axis=None, *, keepdims=False",
    jvp={
        "a": lambda a_dot, a, y, axis, keepdims: np.sum(
            a_dot * share(a, y, axis, keepdims), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, y, axis, keepdims: (
            spread(y_bar, a, axis, keepdims) * share(a, y, axis, keepdims)
        )
    },
)


def extent(a, axis, keepdims):
    top = share(a, np.max(a, axis=axis, keepdims=keepdims), axis, keepdims)
    return top - share(a, np.min(a, axis=axis, keepdims=keepdims), axis, keepdims)


structural(
    np.ptp,
    args="a, axis=None, *, keepdims=False",
    jvp={
        "a": lambda a_dot, a, axis, keepdims: np.sum(
            a_dot * extent(a, axis, keepdims), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "a": lambda y_bar, a, axis, keepdims: (
            spread(y_bar, a, axis, keepdims) * extent(a, axis, keepdims)
        )
    },
)

excuse((max, min), "one element", "Python's own take numbers; use np.maximum, np.minimum")
