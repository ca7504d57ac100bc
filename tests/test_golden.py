"""Emitted sources, whole: as text, and executed.

``golden/NAME.py`` has a function with arguments, ``golden/NAME.expected`` what is emitted for it.
``pytest --update-golden`` rewrites the expected texts; the difference is then to be read.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.frontend.signature import at_end, pinned, spec_of
from adcompiler.pipeline import Compiled, Request, StaticNeeded, compile_derivative
from tests.oracles import (
    differences,
    leaves,
    rebuild,
    reference_gradient,
    reference_hvp,
    reference_jvp,
)
from tests.oracles.compare import assert_same, direction

pytestmark = pytest.mark.sample

FOLDER = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))
BANNER = "########## {}\n"
over_names = pytest.mark.parametrize("name", NAMES)


def golden(name: str) -> ModuleType:
    return importlib.import_module(f"tests.golden.{name}")


def positions(module: ModuleType) -> tuple[int, ...]:
    """The positions of what is differentiated by."""
    parameters = list(inspect.signature(module.FUNCTION).parameters)
    names = (module.WRT,) if isinstance(module.WRT, str) else module.WRT
    return tuple(parameters.index(name) for name in names)


def arguments(module: ModuleType) -> tuple[Any, ...]:
    return rebuild(module.ARGS, lambda path, x: x.copy() if isinstance(x, np.ndarray) else x)


def primal(module: ModuleType) -> Compiled:
    """The function, emitted without a derivative."""
    names = inspect.signature(module.FUNCTION).parameters
    values = dict(zip(names, module.ARGS, strict=True))
    specs = {name: spec_of(value) for name, value in values.items()}
    while True:
        try:
            return compile_derivative(module.FUNCTION, specs, Request("primal", ()))
        except StaticNeeded as needed:
            for root, steps in needed.paths:
                specs[root] = pinned(specs[root], steps, at_end(values[root], steps))


def tangents(module: ModuleType) -> tuple[Any, ...]:
    """Fixed tangents along what is differentiated by, None along the rest."""
    wrt = positions(module)
    return tuple(
        direction(arg, start=3 * i) if i in wrt else None for i, arg in enumerate(module.ARGS)
    )


def with_vector(module: ModuleType) -> tuple[Any, ...]:
    """The arguments of `hvp`: after the one that is differentiated by comes the vector."""
    at = positions(module)[0]
    args = arguments(module)
    return (*args[: at + 1], direction(args[at]), *args[at + 1 :])


def emitted(module: ModuleType, kind: str) -> str:
    if kind == "primal":
        return primal(module).source
    derivative = getattr(ad.differentiate(module.FUNCTION, argnums=module.WRT), kind)
    if kind == "jvp":
        return derivative.source_for(arguments(module), tangents(module))
    if kind == "hvp":
        return derivative.source_for(*with_vector(module))
    if kind == "jacobian":
        derivative = ad.jacfwd(module.FUNCTION, module.WRT)
    return derivative.source_for(*arguments(module))


def texts(module: ModuleType) -> str:
    return "\n\n".join(BANNER.format(kind) + emitted(module, kind) for kind in module.KINDS)


@over_names
def test_the_text(name: str, request: pytest.FixtureRequest) -> None:
    path = FOLDER / f"{name}.expected"
    found = texts(golden(name))
    if request.config.getoption("--update-golden"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def check_primal(module: ModuleType, f: Any, wrt: tuple[int, ...]) -> None:
    made = primal(module)
    captured = [capture.current() for capture in made.captures]
    result = made.function(*arguments(module), *captured)
    # from Python 3.12 on, `sum` adds floats more precisely than a loop does
    assert_same(result, module.FUNCTION(*arguments(module)), 1e-14, "primal")


def check_grad(module: ModuleType, f: Any, wrt: tuple[int, ...]) -> None:
    expected = reference_gradient(module.FUNCTION, arguments(module), wrt)
    assert_same(f.grad(*arguments(module)), expected, 1e-12, "grad")


def check_value_and_grad(module: ModuleType, f: Any, wrt: tuple[int, ...]) -> None:
    value, gradient = f.value_and_grad(*arguments(module))
    assert_same(value, module.FUNCTION(*arguments(module)), 1e-14, "value")
    expected = reference_gradient(module.FUNCTION, arguments(module), wrt)
    assert_same(gradient, expected, 1e-12, "grad")


def check_jvp(module: ModuleType, f: Any, wrt: tuple[int, ...]) -> None:
    found = f.jvp(arguments(module), tangents(module))
    expected = reference_jvp(module.FUNCTION, arguments(module), tangents(module))
    assert_same(found, expected, 1e-12, "jvp")


def check_hvp(module: ModuleType, f: Any, wrt: tuple[int, ...]) -> None:
    (at,) = wrt
    found = f.hvp(*with_vector(module))
    args = arguments(module)
    expected = reference_hvp(module.FUNCTION, args, at, direction(args[at]))
    assert_same((found,), (expected,), 1e-12, "hvp")


def check_vjp(module: ModuleType, f: Any, wrt: tuple[int, ...]) -> None:
    (at,) = wrt
    value, pullback = f.vjp(*arguments(module))
    assert_same(value, module.FUNCTION(*arguments(module)), 1e-14, "value")
    matrix = differences.jacobian(module.FUNCTION, arguments(module), at)
    cotangent = direction(value)
    expected = np.tensordot(cotangent, matrix, np.ndim(value))
    for _ in range(2):
        (found,) = pullback(cotangent)
        assert_same(found, expected, 1e-9, "pullback")


def check_jacobian(module: ModuleType, f: Any, wrt: tuple[int, ...]) -> None:
    (at,) = wrt
    expected = differences.jacobian(module.FUNCTION, arguments(module), at)
    (found,) = ad.jacfwd(module.FUNCTION, wrt)(*arguments(module))
    assert_same(found, expected, 1e-9, "jacobian")


CHECKS = {
    "primal": check_primal,
    "grad": check_grad,
    "value_and_grad": check_value_and_grad,
    "jvp": check_jvp,
    "hvp": check_hvp,
    "vjp": check_vjp,
    "jacobian": check_jacobian,
}


@over_names
def test_it_runs(name: str) -> None:
    module = golden(name)
    wrt = positions(module)
    f = ad.differentiate(module.FUNCTION, argnums=wrt)
    assert any(list(leaves(module.ARGS[at])) for at in wrt)
    with contextlib.redirect_stdout(io.StringIO()):
        for kind in module.KINDS:
            CHECKS[kind](module, f, wrt)


@over_names
def test_the_text_is_a_module(name: str) -> None:
    """It defines one public function, or helpers before it, and needs nothing from outside."""
    module = golden(name)
    for kind in module.KINDS:
        defined: dict[str, Any] = {}
        exec(compile(emitted(module, kind), f"{name}.expected", "exec"), defined)
        assert any(inspect.isfunction(value) for value in defined.values())
        assert "adcompiler" not in defined


def test_no_expected_text_is_left_over() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.expected")) == NAMES
