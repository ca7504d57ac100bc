"""Common subexpressions: a derivative statement that computes what is there already, goes.

Rules state their partials on their own; written out, ``cos(phi)`` is often computed by the forward
sweep, or twice by the reverse sweep. Statements of the user's are kept; they only serve.

Before::

    %c = call np.cos(%phi)            # the user's
    %t = call np.cos(%phi)            # of a partial
    %phi_bar = call operator.mul(%bar, %t)

After::

    %c = call np.cos(%phi)
    %phi_bar = call operator.mul(%bar, %c)
"""

from __future__ import annotations

from typing import Any

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Function, Op, Region, Var
from adcompiler.ir.rewrite import substituted
from adcompiler.rules.contract import REGISTRY

_PRIMITIVES = (n.DIM, n.LENGTH, n.TRIPS, n.NOT)


def cse(function: Function) -> Function:
    """The function with equal derivative computations made once."""
    equal: dict[Any, Any] = {}
    _visit(function.body, {}, equal)
    if not equal:
        return function
    return Function(function.name, function.params, substituted(function.body, equal))


def _visit(region: Region, seen: dict[Any, Var], equal: dict[Any, Any]) -> None:
    added = []
    for stmt in region.stmts:
        if isinstance(stmt, Op) and len(stmt.outs) == 1 and _pure(stmt):
            key = (stmt.fn, _key(stmt.args, equal), _key(tuple(sorted(stmt.kwargs.items())), equal))
            known = seen.get(key)
            derived = stmt.place is None or stmt.place.derived
            if known is None:
                seen[key] = stmt.outs[0]
                added.append(key)
            elif derived and known.type == stmt.outs[0].type:
                equal[stmt.outs[0]] = known
        for inner in n.regions(stmt):
            _visit(inner, seen, equal)
    for key in added:  # what a branch or a loop computes is not there after it
        del seen[key]


def _pure(op: Op) -> bool:
    if isinstance(op.fn, n.Prim):
        return op.fn in _PRIMITIVES
    rule = REGISTRY.find(op.fn)
    return rule is not None and rule.form == "elementwise"


def _key(arg: Any, equal: dict[Any, Any]) -> Any:
    if isinstance(arg, Var):
        return equal.get(arg, arg)
    if isinstance(arg, Const):
        return ("const", type(arg.value), repr(arg.value))
    if isinstance(arg, tuple | list):
        return tuple(_key(each, equal) for each in arg)
    return arg
