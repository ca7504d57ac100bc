"""Whether the complex step f'(x) = Im f(x + ih) / h is valid for a function.

It is where the function is analytic and every operation of it takes complex numbers as it takes
real ones: not at branches, at absolute values, where numbers are stored into arrays made for real
ones, nor where they are converted. Only what is known to be safe counts; else differences are taken
(Martins, Sturdza & Alonso 2003, section 4).
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.frontend.program import Lowered
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, For, Op
from adcompiler.ir.types import is_float

_SAFE: frozenset[Callable[..., Any]] = frozenset(
    {
        operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pos,
        operator.matmul, np.add, np.subtract, np.multiply, np.divide, np.negative, np.matmul,
        np.dot, np.exp, np.log, np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh, np.sqrt,
        np.square, np.sum, np.mean, np.transpose,
    }
)  # fmt: skip
_PRIMS = frozenset((n.READ, n.DIM, n.LENGTH))
_CALLED = frozenset(each.__name__ for each in _SAFE) | {"range", "len"}


def is_analytic(lowered: Lowered) -> bool:
    """Whether the complex step is certainly valid for a function that was understood."""
    sources = lowered.program.sources
    names = _CALLED | {function.__name__ for function in sources}
    return all(map(_safe, n.walk(lowered.function.body))) and all(
        _calls_only(captured.node, names) for captured in sources.values()
    )


def _safe(stmt: Any) -> bool:
    if isinstance(stmt, For):
        return True
    if not isinstance(stmt, Op):
        return False
    if not any(is_float(each.type) for each in n.operands(stmt)):
        return not any(is_float(out.type) for out in stmt.outs)
    if stmt.fn in (operator.pow, np.power):
        exponent = stmt.args[1]
        return isinstance(exponent, Const) and type(exponent.value) is int
    return stmt.fn in _SAFE or stmt.fn in _PRIMS


def _calls_only(function: ast.AST, names: frozenset[str]) -> bool:
    """Whether the source calls nothing else: a conversion leaves no trace in what is understood."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called = node.func
            text = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if text not in names:
                return False
        elif isinstance(node, ast.If | ast.IfExp | ast.While | ast.Match | ast.Try):
            return False
    return True
