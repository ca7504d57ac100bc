"""Derivative statements built once more, now that more is known.

Pruning replaces carried values by what they equal, often a constant; what was written around them
(``s_bar * x`` with ``s_bar`` one on every trip) then simplifies further. Statements of the user's
are kept as they are.

Before::

    %b_bar = call operator.mul(1.0, %a)

After: ``%b_bar`` is ``%a``.
"""

from __future__ import annotations

from typing import Any

from adcompiler.ir import nodes as n
from adcompiler.ir.builder import Builder, is_const
from adcompiler.ir.nodes import Const, Function, Op, Region, Stmt, Var
from adcompiler.ir.rewrite import substituted


def refine(builder: Builder, function: Function) -> Function:
    """The function with its derivative statements simplified again, until nothing changes."""
    body = function.body
    for _ in range(4):
        equal = _simpler(builder, body)
        if not equal:
            break
        body = substituted(body, equal)
    return Function(function.name, function.params, body)


def _simpler(b: Builder, body: Region) -> dict[Any, Any]:
    equal: dict[Any, Any] = {}

    def settle(atom: Any) -> Any:
        while isinstance(atom, Var) and atom in equal:
            atom = equal[atom]
        return atom

    b.know(body)
    order: list[Region] = [body]
    b.simplify = True
    try:
        while order:
            region = order.pop()
            kept: list[Stmt] = []
            for stmt in region.stmts:
                if not _worth_it(stmt):
                    kept.append(stmt)
                    continue
                assert isinstance(stmt, Op)
                holder = Region()
                with b.block(holder), b.at(stmt.place):
                    args = n.map_atoms(stmt.args, settle)
                    made = b.simplifier(b, stmt.fn, args, stmt.kwargs) if b.simplifier else None
                if made is None or isinstance(made, tuple):
                    kept.append(stmt)
                    continue
                kept += holder.stmts
                (out,) = stmt.outs
                if isinstance(made, Var) and made.hint is None:
                    made.hint, made.user = out.hint, out.user
                equal[out] = made
            region.stmts[:] = kept
            for stmt in kept:
                order.extend(n.regions(stmt))
    finally:
        b.simplify = False
    return {var: settle(atom) for var, atom in equal.items()}


def _worth_it(stmt: Stmt) -> bool:
    """A derivative statement with a constant that simplification might use up."""
    return (
        isinstance(stmt, Op)
        and len(stmt.outs) == 1
        and not isinstance(stmt.fn, n.Prim)
        and (stmt.place is None or stmt.place.derived)
        and any(isinstance(a, Const) and is_const(a, 0, 1, -1) for a in stmt.args)
    )
