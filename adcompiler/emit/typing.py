"""Whether a type checker will follow the emitted text, which declares parameters only."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.emit.expressions import BINARY, COMPARE, UNARY
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, For, Function, If, Op, Undef, Var, While
from adcompiler.ir.types import Array, List, Scalar, is_float

_FOLLOWED: frozenset[Callable[..., Any]] = frozenset(
    {*BINARY, *COMPARE, *UNARY, operator.getitem, np.sum, np.dot, np.transpose, np.zeros_like,
     np.outer, np.stack, np.where, np.zeros, np.full, np.broadcast_to}
)  # fmt: skip


def is_plainly_typed(function: Function, names: dict[Var, str]) -> bool:
    """Whether each name holds values of one type, and what they come from has a known one.

    NumPy's stubs are taken for what they say of ufuncs and of the functions in a short list.
    """
    kinds: dict[str, set[str]] = {}
    anything = {out for stmt in n.walk(function.body) if _is_any(stmt) for out in stmt.outs}
    for var, name in names.items():
        if var not in anything:
            kinds.setdefault(name, set()).add(_kind(var.type))
    if any(len(each) > 1 or "nested" in each for each in kinds.values()):
        return False
    return all(map(_followed, n.walk(function.body)))


def _is_any(stmt: Any) -> bool:
    """Whether NumPy's stubs give a result that goes with every type."""
    return isinstance(stmt, Op) and stmt.fn in (np.sum, np.dot)


def _kind(t: Any) -> str:
    if isinstance(t, Scalar):
        return t.dtype if t.weak else f"numpy {t.dtype}"
    if isinstance(t, Array):
        return f"array of {t.dtype}"
    if isinstance(t, List) and isinstance(t.elem, Scalar | Array):
        return f"list of {t.elem.dtype}"
    return "nested" if isinstance(t, List) else "other"


def _followed(stmt: Any) -> bool:
    if isinstance(stmt, For | While):
        return not any(map(_differs, stmt.inits, stmt.outs))
    if isinstance(stmt, If):
        sides = (stmt.then.results, stmt.orelse.results)
        return not any(
            _differs(x, out) for side in sides for x, out in zip(side, stmt.outs, strict=True)
        )
    if not isinstance(stmt, Op) or isinstance(stmt.fn, n.Prim):
        return True
    if not any(is_float(out.type) for out in stmt.outs):
        return True
    return (
        stmt.fn in _FOLLOWED
        or isinstance(stmt.fn, np.ufunc)
        or getattr(stmt.fn, "__module__", "") == math.__name__
    )


def _differs(atom: Any, out: Var) -> bool:
    """Whether a name begins with a constant of another type than it holds later."""
    if isinstance(atom, Undef):
        return True
    if not isinstance(atom, Const):
        return _kind(atom.type) != _kind(out.type)
    return atom.value is None or _kind(atom.type) != _kind(out.type)
