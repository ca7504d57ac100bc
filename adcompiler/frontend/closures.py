"""A function value of the user's as a closure of the IR, for a callee that calls it itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.frontend import calls
from adcompiler.frontend import values as v
from adcompiler.frontend.builtin_calls import as_array
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Region, Var
from adcompiler.ir.types import FUNCTION, Array, Scalar


def closure(
    lw: Any, fn: Any, types: list[Any], extra: tuple[Any, ...], hint: str, *, named: Any = ()
) -> n.Closure:
    """``lambda x, ...: fn(x, ..., *extra, **named)`` for parameters of these types.

    Its result is a number or an array of floats. Not yet a statement: the caller adds it just
    before the one that calls it.
    """
    params = [Var(t) for t in types]
    body = Region(list(params))
    before = lw.state
    lw.state = before.copy()
    held = dict(lw.state.heap)
    try:
        with lw.builder.block(body):
            given = tuple(lw.wrap(each) for each in params)
            result = calls.call_value(lw, fn, (*given, *extra), dict(named))
            if isinstance(result, v.ListV | v.TupleV):
                result = as_array(lw, result)
            atom = lw.atom(result)
            dead = lw.state.dead
            changed = any(lw.state.heap.get(cell) is not x for cell, x in held.items())
    finally:
        lw.state = before
    if dead:
        raise lw.refuse("the function that is passed here raises for every argument", code="AD213")
    if changed:
        raise lw.refuse(
            "the function that is passed here changes an array or a list from outside of it",
            "return what it computes instead",
            code="AD400",
        )
    if any(isinstance(each, n.Effect) for each in n.walk(body)):
        raise lw.refuse(
            "the function that is passed here prints, draws random numbers or calls something "
            "unknown",
            "leave that out of the function",
            code="AD300",
        )
    t = getattr(atom, "type", None)
    if not isinstance(t, Scalar | Array) or t.dtype != "float64":
        raise lw.refuse(
            "the function that is passed here has to return floats (float64)",
            "convert what it returns, for example with .astype(float)",
            code="AD300",
        )
    for each, name in zip(params, "xyz", strict=False):
        each.hint = each.hint or name
        each.user = True
    body.results = [atom]
    label = getattr(fn, "name", None) or getattr(getattr(fn, "value", None), "__name__", "")
    name = label if label.isidentifier() else hint
    return n.Closure((Var(FUNCTION, name, True),), lw.builder.place, body)


def as_vector(lw: Any, made: n.Closure) -> None:
    """Let a closure that returns one number return an array of it."""
    (result,) = made.body.results
    if isinstance(result.type, Array) and result.type.ndim == 1:
        return
    if isinstance(result.type, Array) and result.type.ndim:
        raise lw.refuse("the function that is passed here has to return a vector", code="AD300")
    with lw.builder.block(made.body):
        made.body.results = [lw.builder.raw(np.atleast_1d, (result,))]


def as_number(lw: Any, made: n.Closure) -> None:
    """Let a closure that returns an array of one number return the number."""
    (result,) = made.body.results
    if isinstance(result.type, Array):
        if any(d.known != 1 for d in result.type.dims):
            raise lw.refuse("the function that is passed here has to return a number", code="AD213")
        with lw.builder.block(made.body):
            index = tuple(const(0) for _ in result.type.dims)
            made.body.results = [lw.builder.raw(n.READ, (result, index))]


__all__ = ["as_number", "as_vector", "closure"]
