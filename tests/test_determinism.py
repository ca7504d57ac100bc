"""Emitted text is the same, byte for byte, in every process.

The functions are compiled under several hash seeds, and in both orders, so that neither the order
of a set nor what was compiled before can leave a trace.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sample

ROOT = Path(__file__).parents[1]

PROGRAM = """
import math
import sys

import numpy as np

import adcompiler as ad


@ad.differentiate(argnums=("x1", "x2"))
def lecture(x1, x2):
    v = x1 * x2
    return v + np.exp(v)


@ad.differentiate(argnums=("x", "v", "k"))
def oscillator(x, v, k, dt, n):
    for i in range(n):
        v = v - dt * k * x
        x = x + dt * v
    return x


@ad.differentiate(argnums=("u", "alpha"))
def heat(u, alpha, steps):
    u = u.copy()
    for step in range(steps):
        u[1:-1] = u[1:-1] + alpha * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


@ad.differentiate
def newton(a):
    x = a if a > 1.0 else 1.0
    dx = x
    while abs(dx) > 1e-12 * x:
        dx = 0.5 * (x - a / x)
        x = x - dx
    return x


@ad.differentiate(argnums=("params", "X"))
def network(params, X):
    hidden = np.tanh(X @ params["W"] + params["b"])
    return np.sum(hidden, axis=1).mean()


def clamp(x, low, high):
    return min(max(x, low), high)


@ad.differentiate(argnums=(0, 1, 2, 3, 4, 5))
def many_names(zeta, alpha, mu, beta, omega, eta):
    if alpha > mu:
        first, second, third = zeta * alpha, mu * beta, omega * eta
    else:
        third, second, first = zeta + alpha, mu - beta, math.sin(omega * eta)
    return clamp(first, 0.0, 10.0) * second + third


CALLS = [
    (lecture, (1.0, 2.0)),
    (oscillator, (1.0, 0.0, 4.0, 0.1, 5)),
    (heat, (np.arange(8.0), 0.1, 3)),
    (newton, (2.0,)),
    (network, ({"W": np.ones((3, 2)), "b": np.zeros(2)}, np.ones((4, 3)))),
    (many_names, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
]


def texts(function, args):
    yield function.grad.source_for(*args)
    yield function.value_and_grad.source_for(*args)


if __name__ == "__main__":
    calls = CALLS[::-1] if sys.argv[1:] == ["reversed"] else CALLS
    found = {function.__name__: list(texts(function, args)) for function, args in calls}
    for name in sorted(found):
        print(f"##### {name}", *found[name], sep="\\n")
"""


def emitted(path: Path, seed: str, order: str) -> str:
    run = subprocess.run(
        [sys.executable, str(path), order],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_emitted_source_does_not_depend_on_the_process(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    first = emitted(path, "0", "as written")
    assert first.count("#####") == 6
    assert str(tmp_path) not in first
    assert emitted(path, "1", "as written") == first
    assert emitted(path, "2026", "reversed") == first

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = path.rename(elsewhere / "other_name.py")
    assert emitted(moved, "random", "reversed") == first
