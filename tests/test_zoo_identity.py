"""Every program of the zoo survives lowering and emission with no differentiation in between."""

from __future__ import annotations

import inspect

import pytest

from adcompiler.errors import AdcompilerError
from adcompiler.frontend.signature import spec_of
from adcompiler.pipeline import Request, StaticNeeded, compile_derivative
from tests.oracles.compare import identical
from tests.zoo import PROGRAMS


def bound(fn, args):
    found = inspect.signature(fn).bind(*args)
    found.apply_defaults()
    return dict(found.arguments)


def compiled(fn, arguments):
    from adcompiler.frontend.signature import StaticSpec

    specs = {name: spec_of(value) for name, value in arguments.items()}
    for _ in range(5):
        try:
            return compile_derivative(fn, specs, Request("primal", ()))
        except StaticNeeded as needed:
            for root, steps in needed.paths:
                assert not steps
                specs[root] = StaticSpec(int, arguments[root])
    raise AssertionError("static arguments do not settle")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_identity(program):
    arguments = bound(program.fn, program.args())
    try:
        made = compiled(program.fn, arguments)
    except AdcompilerError:
        if "tier2" in program.tags or "refusable" in program.tags:
            return
        raise
    captured = [capture.current() for capture in made.captures]
    expected = program.fn(*program.args())
    again = bound(program.fn, program.args())
    assert identical(made.function(*again.values(), *captured), expected)


