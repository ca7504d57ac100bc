"""Every program of the zoo survives lowering and emission with no differentiation in between."""

from __future__ import annotations

import inspect
import sys

import numpy as np
import pytest

from adcompiler.calling.overlaps import check_overlaps
from adcompiler.errors import AdcompilerError
from adcompiler.frontend.signature import at_end, pinned, spec_of
from adcompiler.pipeline import Request, StaticNeeded, compile_derivative
from tests.oracles.compare import identical, same
from tests.oracles.trees import rebuild
from tests.zoo import PROGRAMS, SAMPLE

# Since Python 3.12, sum() of floats carries a compensation; the emitted loop adds as 3.11 does.
COMPENSATED = {"builtins.map_and_list"}


def bound(fn, args):
    found = inspect.signature(fn).bind(*args)
    found.apply_defaults()
    return dict(found.arguments)


def compiled(fn, arguments):
    specs = {name: spec_of(value) for name, value in arguments.items()}
    for _ in range(9):
        try:
            return compile_derivative(fn, specs, Request("primal", ()))
        except StaticNeeded as needed:
            for root, steps in needed.paths:
                specs[root] = pinned(specs[root], steps, at_end(arguments[root], steps))
    raise AssertionError("static arguments do not settle")


def plain(tree):
    """Numbers as Python's own: ``float`` and ``np.float64`` are one kind."""

    def change(path, leaf):
        kinds = np.float64 | np.int64 | np.bool_ | np.complex128
        return leaf.item() if isinstance(leaf, kinds) else leaf

    return rebuild(tree, change)


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(each, id=each.name, marks=[pytest.mark.sample] * (each in SAMPLE))
        for each in PROGRAMS
    ],
)
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
    try:
        mutated = frozenset(k for k, name in enumerate(again) if name in made.mutated)
        check_overlaps(program.name, list(again), list(again.values()), mutated, lambda: None)
    except AdcompilerError:
        assert "refusable" in program.tags
        return
    actual = plain(made.function(*again.values(), *captured))
    if sys.version_info >= (3, 12) and program.name in COMPENSATED:
        assert same(actual, plain(expected), 1e-15)
        return
    assert identical(actual, plain(expected))


