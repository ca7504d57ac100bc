"""What goes wrong in a derivative is shown in the emitted text, and the user's line is named."""

from __future__ import annotations

import linecache
import os
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import adcompiler as ad


def filled(u, n):
    w = np.zeros(3)
    w[n] = u
    return w[n] * u


def quotient(x, n):
    y = x * 2.0
    for _ in range(n):
        y = y / (x - 1.0)
    return y + filled(y, n)


def shapes(x, u):
    y = np.exp(x)
    return np.sum(np.log(y @ u))


def line_of(fn: Callable[..., object], text: str) -> int:
    source = Path(__file__).read_text(encoding="utf-8").split("\n")
    first = fn.__code__.co_firstlineno
    return next(k for k in range(first, len(source)) if text in source[k - 1])


def noted(call: Callable[[], object], kind: type[Exception]) -> tuple[str, str]:
    """The emitted line where it happened, and the note."""
    with pytest.raises(kind) as caught:
        call()
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert frames[-1].filename.startswith("<adcompiler")
    (note,) = caught.value.__notes__
    return frames[-1].line or "", note


CALLS = {
    "grad": lambda *args: ad.grad(quotient)(*args),
    "value_and_grad": lambda *args: ad.value_and_grad(quotient)(*args),
    "jvp": lambda x, n: ad.jvp(quotient, (x, n), (1.0, None)),
    "vjp": lambda *args: ad.vjp(quotient, *args),
    "jacobian": lambda *args: ad.jacobian(quotient)(*args),
    "jacrev": lambda *args: ad.jacrev(quotient)(*args),
    "hvp": lambda x, n: ad.hvp(quotient)(x, 1.0, n),
    "hessian": lambda *args: ad.hessian(quotient)(*args),
    "laplacian": lambda *args: ad.laplacian(quotient)(*args),
    "derivative": lambda *args: ad.derivative(quotient)(*args),
    "grad of grad": lambda *args: ad.grad(ad.grad(quotient))(*args),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_users_line_is_named(name: str) -> None:
    line = line_of(quotient, "y = y / (x - 1.0)")
    for _ in range(2):  # when it is compiled, and later
        emitted, note = noted(lambda: CALLS[name](1.0, 2), ZeroDivisionError)
        assert "y = y / " in emitted
        assert note == f"from line {line} of {__file__}, in quotient: y = y / (x - 1.0)"
    assert np.isfinite(CALLS[name](1.5, 2)[0] if name in ("jvp", "vjp") else 0.0)


def test_a_line_of_a_function_that_is_called() -> None:
    emitted, note = noted(lambda: ad.grad(quotient)(1.5, 4), IndexError)
    assert emitted.startswith("w[n] = ")
    assert note == f"from line {line_of(filled, 'w[n] = u')} of {__file__}, in filled: w[n] = u"


def test_a_statement_of_the_reverse_sweep() -> None:
    """What only the adjoint computes is told by the line whose adjoint it is."""

    def f(x, u):
        y = x * 1.0
        return np.sum(y * u)

    _, pullback = ad.vjp(f, np.ones(3), np.ones(3))
    assert pullback(1.0)[0].tolist() == [1.0, 1.0, 1.0]
    emitted, note = noted(lambda: ad.grad(shapes)(np.ones((2, 3)), np.ones(2)), ValueError)
    assert "@" in emitted and "np.log(y @ u)" in note


def test_a_note_is_added_once() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        ad.differentiate(quotient).jacobian(1.0, 2)
    assert len(caught.value.__notes__) == 1


def test_the_text_stays_known() -> None:
    gradient = ad.grad(quotient)
    gradient(1.5, 2)
    filename = gradient.compiled(1.5, 2).__code__.co_filename
    linecache.checkcache()
    assert "".join(linecache.getlines(filename)) == gradient.source


def test_pdb_steps_through_it(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        textwrap.dedent(
            """
            import pdb
            import adcompiler as ad

            def f(x):
                y = x * x
                z = y * x
                return y * z

            compiled = ad.grad(f).compiled(2.0)
            pdb.runcall(compiled, 2.0)
            """
        )
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "PYTHON_COLORS": "0"}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "model.py")],
        input="n\nn\np y\nl\nw\nc\n",
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "f_grad_x()" in done.stdout
    assert "-> y = x * x" in done.stdout  # the line it stands at
    assert "4.0" in done.stdout  # a value there
    assert "# reverse sweep" in done.stdout  # the text around it
