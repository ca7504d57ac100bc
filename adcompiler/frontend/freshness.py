"""Whether what a recursive function returns is memory of its own.

A result that may be, or be a view of, an argument shares memory with what the caller passed; one
that is made anew on every path does not. A call of the function itself returns what is claimed of
it: if the claim leads to itself on every path, it holds.
"""

from __future__ import annotations

from typing import Any

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Apply, Const, For, Function, If, Op, Stmt, Undef, Var, While
from adcompiler.ir.types import Array
from adcompiler.rules.contract import REGISTRY

_PASSING = (n.UPDATE, n.ADD_AT)
_MAKING = (n.COPY, n.ZEROS_LIKE)


def fresh_results(function: Function, claimed: dict[str, list[bool]]) -> list[bool]:
    """For each result, whether no argument and no other result shares memory with it.

    ``claimed`` says it of the functions that may be called.
    """
    origin: dict[Var, tuple[Stmt, int]] = {}
    for stmt in n.walk(function.body):
        for k, out in enumerate(stmt.outs):
            origin[out] = (stmt, k)
        if isinstance(stmt, For | While):
            shift = 1 if isinstance(stmt, For) else 0
            for k, param in enumerate(stmt.body.params[shift:]):
                origin[param] = (stmt, k)
    made = [_made(atom, origin, claimed) for atom in function.results]
    return [
        mine is not None
        and not any(other is None or mine & other for j, other in enumerate(made) if j != k)
        for k, mine in enumerate(made)
    ]


def _made(atom: Any, origin: Any, claimed: dict[str, list[bool]]) -> set[Any] | None:
    """Where a value's memory is made; None if that may be outside."""
    found: set[Any] = set()
    seen: set[Var] = set()
    todo = [atom]
    while todo:
        each = todo.pop()
        if isinstance(each, Const | Undef) or each in seen or not isinstance(each.type, Array):
            continue
        seen.add(each)
        if each not in origin:
            return None
        stmt, k = origin[each]
        if isinstance(stmt, If):
            todo += [stmt.then.results[k], stmt.orelse.results[k]]
        elif isinstance(stmt, For | While):
            todo += [stmt.inits[k], stmt.body.results[k]]
        elif isinstance(stmt, Apply):
            if not claimed.get(stmt.callee, [False] * (k + 1))[k]:
                return None
            found.add((id(stmt), k))
        elif isinstance(stmt, Op) and stmt.fn in _PASSING:
            todo.append(stmt.args[0])
        elif isinstance(stmt, Op) and (stmt.fn in _MAKING or _is_fresh(stmt)):
            found.add(id(stmt))
        else:
            return None
    return found


def _is_fresh(op: Op) -> bool:
    rule = None if isinstance(op.fn, n.Prim) else REGISTRY.find(op.fn)
    return rule is not None and rule.result == "fresh"


__all__ = ["fresh_results"]
