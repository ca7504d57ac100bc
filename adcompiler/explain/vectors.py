"""Tangents and adjoints of a value's own type and shape: numbers, arrays, and lists of these."""

from __future__ import annotations

from typing import Any

import numpy as np


def sum_of(a: Any, b: Any) -> Any:
    if isinstance(a, list | tuple):
        return type(a)(sum_of(p, q) for p, q in zip(a, b, strict=True))
    return a + b


def zero(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(zero, value))
    return like(np.zeros(np.shape(value)), value)


def ones(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(ones, value))
    return like(np.ones(np.shape(value)), value)


def unit(value: Any, k: int) -> Any:
    """One for the k-th number of a value."""
    if isinstance(value, list | tuple):
        return type(value)(like(float(j == k), x) for j, x in enumerate(value))
    made = np.zeros(np.shape(value))
    made.flat[k] = 1.0
    return like(made, value)


def like(x: Any, value: Any) -> Any:
    """A tangent or adjoint of a value's dtype: an array for an array, else a number."""
    if isinstance(value, np.ndarray):
        return np.array(x, dtype=value.dtype)
    if isinstance(value, np.generic):
        return value.dtype.type(x)
    return type(value)(x) if isinstance(value, complex) else float(x)
