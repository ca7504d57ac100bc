"""Gradients beside autograd and JAX, where these are installed. From the repository's root:

    python -m tests.benchmarks.peers

Each program is written as its tool wants it. Best times of one second of calls, on one core.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import adcompiler as ad
from adcompiler.optional import optional
from tests.benchmarks.timing import run_on_one_core

STEPS = 1000


def logistic_map(x, n):
    for i in range(n):
        x = 3.6 * x * (1.0 - x)
    return x


def rosenbrock(np: Any) -> Callable[..., Any]:
    def f(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    return f


def regression(np: Any) -> Callable[..., Any]:
    def f(w, X, y):
        return np.mean(np.log(1.0 + np.exp(X @ w)) - y * (X @ w))

    return f


def problems() -> dict[str, tuple[Callable[[Any], Any], tuple[Any, ...]]]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((10000, 100))
    labels = (X[:, 0] > 0.0) * 1.0
    return {
        "loop of 1000 scalar steps": (lambda np: logistic_map, (0.3, STEPS)),
        "Rosenbrock, 100,000 unknowns": (rosenbrock, (rng.uniform(size=100000),)),
        "logistic regression, 10,000 × 100": (regression, (np.zeros(100), X, labels)),
    }


def ways(make: Callable[[Any], Any], args: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    f = make(np)
    yield "function", lambda: f(*args)
    gradient, native = ad.grad(f), ad.grad(f, backend="native")
    yield "adcompiler", lambda: gradient(*args)
    yield "adcompiler, native", lambda: native(*args)
    autograd, jax = optional("autograd"), optional("jax")
    if autograd is not None:
        traced = autograd.grad(make(optional("autograd.numpy")))
        yield "autograd", lambda: traced(*args)
    if jax is not None:
        jax.config.update("jax_enable_x64", True)
        compiled = jax.jit(jax.grad(scanned(jax) if f is logistic_map else make(jax.numpy)))
        there = args[:1] if f is logistic_map else tuple(map(jax.numpy.asarray, args))
        yield "JAX, jit", lambda: compiled(*there).block_until_ready()


def scanned(jax: Any) -> Callable[..., Any]:
    """The loop as JAX differentiates it in reverse mode."""

    def f(x):
        return jax.lax.scan(lambda x, _: (3.6 * x * (1.0 - x), None), x, None, length=STEPS)[0]

    return f


def measured(call: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds of the first call, and of the fastest later one."""
    begin = time.perf_counter()
    call()
    first = time.perf_counter() - begin
    best, end = first, time.perf_counter() + 1.0
    while time.perf_counter() < end:
        begin = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - begin)
    return 1e3 * first, 1e3 * best


def main() -> None:
    run_on_one_core()
    for title, (make, args) in problems().items():
        print(f"{title:<36}{'first':>10}{'then':>10}  ms")
        for name, call in ways(make, args):
            first, best = measured(call)
            print(f"  {name:<34}{first:10.1f}{best:10.3f}")


if __name__ == "__main__":
    main()
