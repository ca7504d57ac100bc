"""What derivatives keep in memory, as NumPy reports it to tracemalloc."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

import adcompiler as ad


def peak(call: Callable[..., Any], *args: Any) -> int:
    """The most bytes in use at once within a call, which was made once before."""
    call(*args)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        call(*args)
        _, highest = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return highest - before


def long_chain(x: Any, wide: Any) -> Any:
    y = wide @ x
    for _ in range(40):
        y = np.sin(y) * 1.1
        y = y + 0.1 * y**2
    return y


def test_many_directions_keep_one_tangent_of_each_live_value():
    x, wide = np.linspace(0.1, 0.4, 20), np.ones((2_000, 20)) / 20
    tangent = 2_000 * 20 * 8
    used = peak(ad.differentiate(long_chain).jacobian.wrt("x"), x, wide)
    assert used < 8 * tangent  # the tangents of all 80 statements would be ten times as much


def oscillators(x: Any, v: Any, steps: int) -> Any:
    for _ in range(steps):
        force = -np.sin(x) - 0.1 * v * np.abs(v) - x**3
        v = v + 0.01 * force
        x = x + 0.01 * v
    return np.sum(x)


def test_a_loop_records_its_state():
    x, v = np.linspace(-1.0, 1.0, 500), np.linspace(0.0, 1.0, 500)
    steps, state = 300, 2 * 500 * 8
    used = peak(ad.grad(oscillators, argnums=(0, 1)), x, v, steps)
    assert used < 1.25 * steps * state + 20 * state  # seven intermediates a step would be 4 times
