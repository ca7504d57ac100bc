"""Every program of the zoo, forward, reverse and second order, against the independent oracles."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.oracles import leaves, rebuild, reference_gradient, reference_hvp, reference_jvp
from tests.oracles.compare import assert_same, direction, identical
from tests.oracles.trees import is_float_leaf
from tests.zoo import PROGRAMS, SAMPLE, Program

FIRST, SECOND, SINGLE = 1e-9, 1e-6, 1e-4
MAY_REFUSE = frozenset({"tier2", "refusable"})
second_tier: dict[str, Counter[str]] = {}


def over(programs: Iterable[Program]) -> pytest.MarkDecorator:
    """Parametrized by these programs; those of the sample are marked."""
    return pytest.mark.parametrize(
        "program",
        [
            pytest.param(each, id=each.name, marks=[pytest.mark.sample] * (each in SAMPLE))
            for each in programs
        ],
    )


over_programs = over(PROGRAMS)
over_smooth_programs = over(p for p in PROGRAMS if p.second_order)


@pytest.fixture(scope="module", autouse=True)
def count_the_second_tier(request: pytest.FixtureRequest) -> Iterator[None]:
    """At the end, say how much of the second tier is right and how much is refused."""
    yield
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    if reporter is None or capture is None:
        return
    with capture.global_and_fixture_disabled():
        reporter.ensure_newline()
        for mode, counts in second_tier.items():
            right, refused = counts["right"], counts["refused"]
            reporter.write_line(f"second tier, {mode}: {right} right, {refused} refused")


def tolerance(program: Program, usual: float) -> float:
    return SINGLE if "float32" in program.tags else usual


def quietly(function: Callable[..., Any], *args: Any) -> Any:
    """Call without the program's printing and warnings."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        return function(*args)


def derived(program: Program, mode: str, compute: Callable[[], Any]) -> Any:
    """What `compute` returns; a program that may be refused is skipped if it is, with the place of
    the refusal.
    """
    import adcompiler as ad

    if not MAY_REFUSE & set(program.tags):
        return quietly(compute)
    counts = second_tier.setdefault(mode, Counter())
    try:
        result = quietly(compute)
    except ad.errors.AdcompilerError as refusal:
        assert program.fn.__code__.co_filename.rpartition("/")[2] in str(refusal), (
            "a refusal names its place"
        )
        counts["refused"] += 1
        pytest.skip(f"refused: {str(refusal).splitlines()[0]}")
    counts["right"] += 1
    return result


def tangents_for(program: Program) -> tuple[Any, ...]:
    """Fixed tangents along the differentiated arguments, zero along other floats, None where there
    are none.
    """
    tangents: list[Any] = []
    for i, arg in enumerate(program.args()):
        if not list(leaves(arg)):
            tangents.append(None)
        elif i in program.wrt:
            tangents.append(direction(arg, start=3 * i))
        else:
            tangents.append(
                rebuild(
                    direction(arg), lambda path, leaf: leaf * 0 if is_float_leaf(leaf) else None
                )
            )
    return tuple(tangents)


def assert_dtypes_kept(gradients: tuple[Any, ...], program: Program) -> None:
    """Every array of the gradient has the dtype of the argument's."""
    args = program.args()
    for position, gradient in zip(program.wrt, gradients, strict=True):
        expected = [np.asarray(leaf).dtype for _, leaf in leaves(args[position])]
        assert [np.asarray(leaf).dtype for _, leaf in leaves(gradient)] == expected


@over_programs
def test_reverse(program: Program) -> None:
    import adcompiler as ad

    gradients = derived(
        program, "reverse", lambda: ad.grad(program.fn, argnums=program.wrt)(*program.args())
    )
    expected = reference_gradient(program.fn, program.args(), program.wrt)
    assert_same(gradients, expected, tolerance(program, FIRST), program.name)
    assert_dtypes_kept(gradients, program)


@over_programs
def test_forward(program: Program) -> None:
    import adcompiler as ad

    tangents = tangents_for(program)
    value, slope = derived(program, "forward", lambda: ad.jvp(program.fn, program.args(), tangents))
    expected_value, expected_slope = reference_jvp(program.fn, program.args(), tangents)
    assert_same(slope, float(np.real(expected_slope)), tolerance(program, FIRST), program.name)
    assert_same(value, float(np.real(expected_value)), tolerance(program, FIRST), program.name)


@over_smooth_programs
def test_second_order(program: Program) -> None:
    import adcompiler as ad

    argnum = program.wrt[0]
    args = program.args()
    v = direction(args[argnum], start=5)
    given = (*args[: argnum + 1], v, *args[argnum + 1 :])
    product = derived(
        program,
        "second order",
        lambda: ad.differentiate(program.fn, argnums=argnum).hvp(*given),
    )
    expected = reference_hvp(program.fn, program.args(), argnum, v)
    assert_same(product, expected, tolerance(program, SECOND), program.name)


@over_programs
def test_arguments_are_left_alone_and_calls_repeat(program: Program) -> None:
    import adcompiler as ad

    args = program.args()

    def twice() -> tuple[Any, list[Any], Any]:
        gradient = ad.grad(program.fn, argnums=program.wrt)
        first = gradient(*args)
        kept = [np.array(leaf) for _, leaf in leaves(first)]
        assert identical(args, program.args()), "the derivative changed its arguments"
        return first, kept, gradient(*args)

    first, kept, again = derived(program, "repeated", twice)
    assert identical(args, program.args()), "a second call changed its arguments"
    assert_same(again, first, 0.0, "a second call differs")
    for before, (_, leaf) in zip(kept, leaves(first), strict=True):
        assert np.array_equal(before, leaf, equal_nan=True), (
            "a second call changed the first result"
        )


@over_programs
def test_value(program: Program) -> None:
    import adcompiler as ad

    value, _ = derived(
        program,
        "value",
        lambda: ad.value_and_grad(program.fn, argnums=program.wrt)(*program.args()),
    )
    expected = quietly(program.fn, *program.args())
    assert_same(float(value), float(expected), tolerance(program, 1e-12), program.name)
