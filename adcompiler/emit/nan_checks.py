"""A second version of an emitted function, which looks at each derivative that it assigns.

The text is read back, and after each assignment that came from a tangent or an adjoint statement
there is a check of what was assigned. The text that users see is not changed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from adcompiler.emit.lines import line_of

_CHECK = "_check_for_nan"
Leaves = Callable[[Any], Any]


def checked(function: FunctionType, text: str, infs: bool) -> FunctionType:
    """The emitted `function`, whose text this is, with checks; it raises FloatingPointError."""
    filename = function.__code__.co_filename
    tree = ast.parse(text)
    tree.body = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    for each in list(ast.walk(tree)):
        for name in ("body", "orelse"):
            body = getattr(each, name, None)
            if isinstance(body, list) and not isinstance(each, ast.Module):
                setattr(each, name, [x for stmt in body for x in _with_check(stmt, filename)])

    def check(value: Any, what: str, number: int) -> Any:
        wrong = _wrong(value, infs)
        if wrong:
            line = line_of(filename, number)
            raise FloatingPointError(f"{wrong} in {what}" + (f", {line}" if line else ""))
        return value

    namespace = {**function.__globals__, _CHECK: check}
    exec(compile(ast.fix_missing_locations(tree), filename, "exec"), namespace)
    made = namespace[function.__name__]
    assert isinstance(made, FunctionType)
    return made


def _with_check(stmt: ast.stmt, filename: str) -> list[ast.stmt]:
    line = line_of(filename, stmt.lineno)
    if isinstance(stmt, ast.Return) and stmt.value is not None:
        # what is folded into it may be a derivative
        stmt.value = _call(stmt.value, "the result", stmt)
    elif line is not None and line.derived:
        targets = [stmt.target] if isinstance(stmt, ast.AugAssign) else []
        targets = stmt.targets if isinstance(stmt, ast.Assign) else targets
        if targets:
            return [stmt, *(_check(each, stmt) for each in targets)]
        if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call) and stmt.value.args:
            return [stmt, _check(stmt.value.args[0], stmt)]  # np.add.at(x_bar, ...)
    return [stmt]


def _check(target: ast.expr, at: ast.stmt) -> ast.stmt:
    value = ast.parse(ast.unparse(target), mode="eval").body
    return ast.copy_location(ast.Expr(_call(value, ast.unparse(target), at)), at)


def _call(value: ast.expr, what: str, at: ast.stmt) -> ast.expr:
    arguments = [value, ast.Constant(what), ast.Constant(at.lineno)]
    return ast.copy_location(ast.Call(ast.Name(_CHECK, ast.Load()), arguments, []), at)


def _wrong(value: Any, infs: bool) -> str:
    """What is wrong with a number, an array, or what is in a container of them."""
    if isinstance(value, tuple | list):
        return next(filter(None, (_wrong(each, infs) for each in value)), "")
    if isinstance(value, dict):
        return _wrong(list(value.values()), infs)
    if not isinstance(value, float | complex | np.inexact | np.ndarray):
        return ""
    if isinstance(value, np.ndarray) and value.dtype.kind not in "fc":
        return ""
    if np.any(np.isnan(value)):
        return "nan"
    return "inf" if infs and np.any(np.isinf(value)) else ""
