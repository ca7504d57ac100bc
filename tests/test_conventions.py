"""Every row of the table of kinks, ties and singular points in ``docs/conventions.md``."""

from __future__ import annotations

import linecache
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from tests.rule_cases import quietly

DOCS = Path(__file__).parents[1] / "docs" / "conventions.md"
SPACE = {"np": np, "math": math, "inf": math.inf, "nan": math.nan}


def rows() -> list[tuple[str, str, str]]:
    """(expression, where, derivatives) of the rows whose first cells are code."""
    text = DOCS.read_text(encoding="utf-8")
    return re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|", text, re.MULTILINE)


def function(expression: str, names: list[str]) -> Any:
    text = f"def f({', '.join(names)}):\n    return {expression}\n"
    file = f"<convention {expression}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space = dict(SPACE)
    exec(compile(text, file, "exec"), space)
    return space["f"]


def test_the_table_is_there() -> None:
    assert len(rows()) >= 60


@pytest.mark.parametrize(("expression", "where", "expected"), rows())
def test_row(expression: str, where: str, expected: str) -> None:
    at = dict(each.split("=") for each in where.replace(" ", "").split(","))
    slopes = [eval(each, dict(SPACE)) for each in expected.split(", ")]
    kinds = [float]
    if "math." not in expression and "np.array" not in expression:
        kinds += [np.float64, np.asarray]
        if "max(" not in expression.replace("np.max", "") or "np." in expression:
            kinds.append(lambda x: np.array([x, x]))
    for kind in kinds:
        if kind is not float and re.match(r"(max|min)\(", expression):
            continue
        args = [kind(eval(x, dict(SPACE))) for x in at.values()]
        f = function(expression, list(at))
        value, pullback = quietly(lambda f=f, args=args: ad.vjp(f, *args))
        bars = quietly(pullback, np.ones_like(value) if isinstance(value, np.ndarray) else 1.0)
        for k, (bar, slope) in enumerate(zip(bars, slopes, strict=True)):
            np.testing.assert_array_equal(bar, np.broadcast_to(slope, np.shape(args[k])))
            dots = [
                (np.ones_like(x) if isinstance(x, np.ndarray) else 1.0) * float(j == k)
                for j, x in enumerate(args)
            ]
            dot = quietly(lambda f=f, args=args, dots=dots: ad.jvp(f, args, dots))[1]
            if np.isfinite(slope) and np.all(np.isfinite(slopes)):
                np.testing.assert_array_equal(dot, np.broadcast_to(slope, np.shape(value)))
