"""Derivatives against differences of the function itself."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from adcompiler.calling.derivatives import Grad, Options
from adcompiler.calling.kinds import Jacobian, Jvp, Vjp
from adcompiler.calling.trees import as_kind, children, filled, is_leaf, leaves, like
from adcompiler.errors import SignatureError


def check_order(
    fn: Any, args: tuple[Any, ...], order: int, rtol: float | None, atol: float | None
) -> None:
    """Check `fn`, then its derivative, and so on; see `adcompiler.check_grads`."""
    if not isinstance(order, int) or order < 1:
        raise SignatureError(f"order={order!r}", remedy="give 1, 2, ...", code="AD500")
    active = tuple(k for k, x in enumerate(args) if any(True for _ in leaves(x)))
    if not active:
        raise SignatureError(
            "check_grads got no floating argument",
            remedy="pass a tuple of the arguments, floats for integers",
            code="AD502",
        )
    single = any(np.asarray(leaf).dtype.char in "fFe" for x in args for leaf in leaves(x))
    usual = 1e-2 if single else 1e-6
    step = 3e-2 if single else 1e-3
    tolerances = usual if rtol is None else rtol, usual if atol is None else atol
    for n in range(1, order + 1):
        value = _check_first(fn, args, active, step, tolerances, n)
        if n < order:
            if is_leaf(value) and np.ndim(value) == 0 and not np.iscomplexobj(value):
                fn = Grad(fn, active[0])
            else:
                fn = Jacobian(fn, active[0], Options("forward"))


def _check_first(
    fn: Any,
    args: tuple[Any, ...],
    active: tuple[int, ...],
    step: float,
    tolerances: tuple[float, float],
    order: int,
) -> Any:
    rng = np.random.default_rng(0)
    directions = {k: _random(args[k], rng) for k in active}
    tangents = tuple(directions.get(k) for k in range(len(args)))
    value, slope = Jvp(fn)(args, tangents)

    def moved(h: float) -> Any:
        point = [
            _moved(x, directions[k], h) if k in directions else x
            for k, x in enumerate(copy.deepcopy(args))
        ]
        return list(_numbers(fn(*point)))

    rough = [(a - b) / (2.0 * step) for a, b in zip(moved(step), moved(-step), strict=True)]
    half = step / 2.0
    fine = [(a - b) / (2.0 * half) for a, b in zip(moved(half), moved(-half), strict=True)]
    differences = [(4.0 * a - b) / 3.0 for a, b in zip(fine, rough, strict=True)]
    for found, expected in zip(_numbers(slope), differences, strict=True):
        _compare(found, expected, tolerances, f"order {order}, forward mode against differences")

    _, pullback = Vjp(fn, active)(*args)
    cotangent = _random(value, rng)
    gradients = pullback(cotangent)
    pushed = sum(np.sum(c * t) for c, t in zip(_numbers(cotangent), _numbers(slope), strict=True))
    pulled = sum(
        np.sum(g * t)
        for k, gradient in zip(active, gradients, strict=True)
        for g, t in zip(_numbers(gradient), _numbers(directions[k]), strict=True)
    )
    _compare(pulled, pushed, tolerances, f"order {order}, reverse mode against forward mode")
    return value


def _numbers(x: Any) -> Iterator[Any]:
    for leaf in leaves(x):
        yield np.asarray(leaf)


def _random(x: Any, rng: np.random.Generator) -> Any:
    made = []
    for leaf in leaves(x):
        numbers = rng.standard_normal(np.shape(leaf))
        if np.iscomplexobj(leaf):
            numbers = numbers + 1j * rng.standard_normal(np.shape(leaf))
        made.append(as_kind(numbers, leaf))
    return filled(x, iter(made))


def _moved(x: Any, direction: Any, h: float) -> Any:
    """`x` moved along a direction; what holds no floating number stays as it is."""
    steps = leaves(direction)
    return _replaced(x, lambda leaf: as_kind(leaf + as_kind(h, leaf) * next(steps), leaf))


def _replaced(x: Any, change: Any) -> Any:
    if is_leaf(x):
        return change(x)
    below = children(x)
    return x if below is None else like(x, [_replaced(child, change) for _, child in below])


def _compare(found: Any, expected: Any, tolerances: tuple[float, float], what: str) -> None:
    rtol, atol = tolerances
    close = np.isclose(found, expected, rtol=rtol, atol=atol, equal_nan=True)
    if not np.all(close):
        where = np.unravel_index(np.argmin(close), np.shape(close))
        a, b = np.asarray(found)[where], np.asarray(expected)[where]
        at = f" at {tuple(int(k) for k in where)}" if where else ""
        raise AssertionError(f"{what}: {a!r} against {b!r}{at} (difference {abs(a - b):.3g})")
