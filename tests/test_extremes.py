"""Programs far larger or deeper than people write by hand: they compile, in linear time."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import Unsupported


def made(text: str) -> ad.objects.Differentiable:
    found: dict[str, Callable[..., float]] = {}
    exec(text, {"np": np}, found)
    return ad.differentiate(found["f"], source=text)


def straight_line(n: int) -> str:
    body = ["y = y * 0.5 + x", "z = np.sin(y)", "y = z * x", "y = y - 0.1 * z"]
    return (
        "def f(x):\n    y = x\n"
        + "".join(f"    {body[k % 4]}\n" for k in range(n))
        + "    return y\n"
    )


def slope_of_straight_line(n: int, x: float) -> float:
    y, dy, z, dz = x, 1.0, 0.0, 0.0
    for k in range(n):
        if k % 4 == 0:
            y, dy = y * 0.5 + x, dy * 0.5 + 1.0
        elif k % 4 == 1:
            z, dz = math.sin(y), math.cos(y) * dy
        elif k % 4 == 2:
            y, dy = z * x, dz * x + z
        else:
            y, dy = y - 0.1 * z, dy - 0.1 * dz
    return dy


def test_ten_thousand_statements() -> None:
    f = made(straight_line(10_000))
    assert math.isclose(f.grad(1.3), slope_of_straight_line(10_000, 1.3), rel_tol=1e-9)


def test_compiling_takes_linear_time() -> None:
    """Counted in calls of Python functions, which no other load on the machine changes."""

    def calls(n: int) -> int:
        counted = 0

        def count(frame: object, event: str, arg: object) -> None:
            nonlocal counted
            counted += event == "call"

        f = made(straight_line(n))
        sys.setprofile(count)
        try:
            f.grad(1.3)
        finally:
            sys.setprofile(None)
        return counted

    made(straight_line(100)).grad(1.3)
    assert calls(1_000) < 5.0 * calls(250)  # four times as many; sixteen would be quadratic


@pytest.mark.parametrize("operator", ["+", "-"])
def test_two_thousand_terms(operator: str) -> None:
    terms = [f"x * {k}.0" for k in range(1, 2_001)]
    f = made("def f(x):\n    return " + f" {operator} ".join(terms) + "\n")
    rest = sum(range(2, 2_001))
    slope = 1.0 + rest if operator == "+" else 1.0 - rest
    assert f.grad(0.5) == slope
    assert f.jvp((0.5,), (2.0,)) == (0.5 * slope, 2.0 * slope)


def branches(n: int, first: str, other: str, last: str) -> str:
    lines = [f"def f(x, k):\n    if k == 0:\n        {first}\n"]
    lines += [f"    elif k == {k}:\n        {other.format(k)}\n" for k in range(1, n)]
    return "".join(lines) + f"    else:\n        {last}\n"


@pytest.mark.parametrize("other", ["y = np.sin(x) * x * {}.0", "y = x * {}.0"])
def test_thousand_branches(other: str) -> None:
    f = made(branches(1_000, "y = x", other, "y = x * x") + "    return y\n")
    for k in (1, 3, 500, 999):
        slope = k * (math.cos(1.3) * 1.3 + math.sin(1.3)) if "sin" in other else float(k)
        assert math.isclose(f.grad(1.3, k), slope, rel_tol=1e-14)
        assert math.isclose(f.jvp((1.3, k), (1.0, None))[1], slope, rel_tol=1e-14)
    assert f.grad(1.3, 0) == 1.0
    assert f.grad(1.3, 1_000) == 2.6


def test_thousand_branches_that_return() -> None:
    f = made(branches(1_000, "return x", "return x * {}.0", "return x * x"))
    assert [f.grad(1.5, k) for k in (0, 1, 500, 999, 1_000)] == [1.0, 1.0, 500.0, 999.0, 3.0]


def loops(n: int, trips: int, statement: str, indent: int = 1) -> str:
    headers = [" " * 4 * (indent + k) + f"for i{k} in range({trips}):\n" for k in range(n)]
    return "".join(headers) + " " * 4 * (indent + n) + statement + "\n"


def test_fifteen_nested_loops() -> None:
    text = "def f(x):\n    y = x\n" + loops(15, 1, "y = y * y") + "    return y\n"
    assert made(text).grad(3.0) == 6.0
    text = "def f(x):\n    y = x\n" + loops(15, 2, "y = 0.9999 * y + 1e-4 * x") + "    return y\n"
    slope = 1.0
    for _ in range(2**15):
        slope = 0.9999 * slope + 1e-4
    assert math.isclose(made(text).grad(3.0), slope, rel_tol=1e-9)


def test_more_nested_loops_than_python_allows(tmp_path) -> None:
    """Each function is within the limits; the one in the place of its call is not."""
    inner = "def g(y):\n" + loops(12, 1, "y = y * y") + "    return y\n"
    outer = "def f(x):\n    y = x\n" + loops(12, 1, "y = g(y)") + "    return y\n"
    (tmp_path / "m.py").write_text(inner + outer)
    found: dict[str, Callable[..., float]] = {}
    exec(compile(inner + outer, str(tmp_path / "m.py"), "exec"), found)
    for derivative in (ad.grad(found["f"]), ad.jacfwd(found["f"])):
        with pytest.raises(Unsupported) as caught:
            derivative(2.0)
        assert caught.value.code == "AD209"
        assert "function" in caught.value.remedy
        assert caught.value.place is not None and caught.value.place.function == "f"


def test_more_nested_branches_than_python_allows(tmp_path) -> None:
    def nest(n: int, statement: str) -> str:
        headers = [" " * (k + 1) + f"if y > -{k}.0:\n" for k in range(n)]
        return "".join(headers) + " " * (n + 1) + statement + "\n"

    text = "def g(y):\n" + nest(60, "y = y * y") + " return y\n"
    text += "def f(x):\n y = x\n" + nest(60, "y = g(y)") + " return y\n"
    (tmp_path / "m.py").write_text(text)
    found: dict[str, Callable[..., float]] = {}
    exec(compile(text, str(tmp_path / "m.py"), "exec"), found)
    with pytest.raises(Unsupported) as caught:
        ad.grad(found["f"])(2.0)
    assert caught.value.code == "AD209"
