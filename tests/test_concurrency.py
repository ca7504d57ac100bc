"""Threads compile once and share nothing; derivatives travel to other processes."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose

import adcompiler as ad
from adcompiler.calling import dispatch

THREADS = 32
POINT = np.linspace(1.0, 2.0, 5)


def smoothed(x, n):
    """With loops that record, and stores in place."""
    y = x.copy()
    for _ in range(n):
        y[1:] = y[1:] * y[:-1]
        y = y * 1.01
    return np.sum(y)


def slope(x: Any, n: int) -> Any:
    """The gradient of `smoothed`, by hand: ∂y[k]/∂x is y[k] times the exponents over x."""
    exponents = np.eye(x.size)
    for _ in range(n):
        exponents[1:] = exponents[1:] + exponents[:-1]
    scale = np.ones(x.size)
    for _ in range(n):
        scale[1:] = scale[1:] * scale[:-1]
        scale *= 1.01
    y = scale * np.prod(x**exponents, axis=1)
    return (y[:, None] * exponents / x).sum(axis=0)


@ad.differentiate
def decorated(x, n):
    return np.sum(np.sin(x) ** n)


class Model:
    def __init__(self, scale: float) -> None:
        self.scale = scale

    @ad.differentiate
    def energy(self, x):
        return self.scale * np.sum(x**2)


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is compiled, slowly, so that threads meet while it is."""
    found: list[str] = []
    compile_derivative = dispatch.compile_derivative

    def slow(fn: Any, specs: Any, request: Any, source: Any = None) -> Any:
        found.append(f"{request.mode} of {fn.__name__}")
        time.sleep(0.05)
        return compile_derivative(fn, specs, request, source)

    monkeypatch.setattr(dispatch, "compile_derivative", slow)
    return found


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads change places as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """``work(k)`` in a thread for each k, begun together."""
    barrier = threading.Barrier(THREADS)
    results: list[Any] = [None] * THREADS
    errors: list[BaseException] = []

    def run(k: int) -> None:
        barrier.wait()
        try:
            results[k] = work(k)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not errors, errors[0]
    return results


def test_the_same_derivative_is_compiled_once(compilations: list[str], switching: None) -> None:
    def f(x, n):
        return smoothed(x, n)

    gradient = ad.grad(f)
    for k, found in enumerate(at_once(lambda k: gradient(POINT + 0.1 * k, 3))):
        assert_allclose(found, slope(POINT + 0.1 * k, 3), rtol=1e-12)
    assert compilations == ["grad of f"]


def test_objects_made_in_each_thread_compile_once(compilations: list[str]) -> None:
    def f(x, n):
        return smoothed(x, n)

    found = at_once(lambda k: ad.value_and_grad(f)(POINT, 2)[1])
    for each in found:
        assert_allclose(each, slope(POINT, 2), rtol=1e-12)
    assert compilations == ["value_and_grad of f"]


def test_different_derivatives_at_once(compilations: list[str], switching: None) -> None:
    def f(x, n):
        return smoothed(x, n)

    tangent = np.cos(np.arange(5.0))
    kinds: list[Callable[[], Any]] = [
        lambda: ad.grad(f)(POINT, 3) @ tangent,
        lambda: ad.jvp(f, (POINT, 3), (tangent, None))[1],
        lambda: ad.vjp(f, POINT, 3)[1](1.0)[0] @ tangent,
        lambda: ad.jacobian(f)(POINT, 3) @ tangent,
    ]
    expected = slope(POINT, 3) @ tangent
    for found in at_once(lambda k: kinds[k % 4]()):
        assert_allclose(found, expected, rtol=1e-12)
    assert len(compilations) == len(set(compilations))


def test_different_signatures_at_once(compilations: list[str]) -> None:
    gradient = ad.grad(lambda x: np.sum(x * x))
    arguments = [2.0, np.ones(3), np.ones((2, 3)), np.ones((1, 4)), np.float32(3.0)]
    for k, found in enumerate(at_once(lambda k: gradient(arguments[k % 5]))):
        assert_allclose(found, 2.0 * arguments[k % 5])
    assert len(compilations) == 5


def test_nothing_is_shared_between_calls(switching: None) -> None:
    """Pullbacks of many calls, pulled back in turn, keep their own records."""
    gradient = ad.grad(smoothed)

    def work(k: int) -> None:
        x = POINT + 0.01 * k
        _, pullback = ad.vjp(smoothed, x, 4)
        expected = slope(x, 4)
        for _ in range(20):
            first, second = gradient(x, 4), pullback(1.0)[0]
            assert_allclose(first, expected, rtol=1e-12)
            assert_allclose(second, expected, rtol=1e-12)
            first[:] = second[:] = 0.0

    at_once(work)


def test_a_refusal_reaches_every_thread() -> None:
    def f(x):
        return x[0] if isinstance(x, np.ndarray) else [x]

    def work(k: int) -> str:
        with pytest.raises(ad.errors.AdcompilerError) as caught:
            ad.grad(f)(2.0)
        return caught.value.code

    assert at_once(work) == ["AD503"] * THREADS


# ----- other processes -----

TRAVELLERS = {
    "grad": ad.grad(smoothed),
    "value_and_grad": ad.value_and_grad(smoothed),
    "jacobian": ad.jacobian(smoothed),
    "hessian": ad.hessian(smoothed),
    "decorated": decorated,
    "grad of decorated": decorated.grad,
    "by another argument": decorated.grad.wrt(0),
}


@pytest.mark.parametrize("name", TRAVELLERS)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickled(name: str, protocol: int) -> None:
    derivative = TRAVELLERS[name]
    expected = derivative(POINT, 3)
    found = pickle.loads(pickle.dumps(derivative, protocol))(POINT, 3)
    for each, other in zip(_parts(found), _parts(expected), strict=True):
        assert_allclose(each, other, rtol=1e-12)


def _parts(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple) else [result]


def test_methods_are_pickled() -> None:
    energy = pickle.loads(pickle.dumps(Model(3.0).energy))
    assert energy.grad(POINT).tolist() == (6.0 * POINT).tolist()


def job(derivative: Any) -> list[Any]:
    found = derivative(POINT, 3)
    return [os.getpid(), found]


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_workers(method: str) -> None:
    context = multiprocessing.get_context(method)
    wanted = [TRAVELLERS[name] for name in ("grad", "jacobian", "grad of decorated", "hessian")]
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        found = list(pool.map(job, wanted, timeout=120))
    for derivative, (process, result) in zip(wanted, found, strict=True):
        assert process != os.getpid()
        assert_allclose(result, derivative(POINT, 3), rtol=1e-12)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_fork_while_another_thread_compiles(compilations: list[str]) -> None:
    thread = threading.Thread(target=lambda: ad.grad(lambda x: x * x)(2.0))
    thread.start()
    while not compilations:
        time.sleep(0.001)
    child = multiprocessing.get_context("fork").Process(target=_in_a_child)
    child.start()
    child.join(timeout=60)
    thread.join()
    assert child.exitcode == 0


def _in_a_child() -> None:
    assert ad.grad(lambda x: x**3)(2.0) == 12.0


def test_joblib() -> None:
    jobs = [joblib.delayed(TRAVELLERS["grad"])(POINT + k, 2) for k in range(4)]
    for k, found in enumerate(joblib.Parallel(n_jobs=2)(jobs)):
        assert_allclose(found, slope(POINT + k, 2), rtol=1e-12)


def test_joblib_with_functions_of_a_script(tmp_path: Path) -> None:
    """They are sent by value: the worker has no file to read their source from."""
    (tmp_path / "script.py").write_text(
        textwrap.dedent(
            """
            import joblib, numpy as np, adcompiler as ad

            scale = 3.0

            def f(x):
                return scale * np.sum(x ** 2)

            if __name__ == "__main__":
                jobs = [joblib.delayed(ad.grad(f))(np.ones(2) * k) for k in range(3)]
                jobs += [joblib.delayed(ad.grad(lambda x: x * x))(2.0)]
                print([np.asarray(each).tolist() for each in joblib.Parallel(n_jobs=2)(jobs)])
            """
        )
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout == "[[0.0, 0.0], [6.0, 6.0], [12.0, 12.0], 4.0]\n", done.stderr
