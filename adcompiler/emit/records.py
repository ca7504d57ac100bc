"""A companion's record, taken apart: ``x, n, record = record`` in place of one line for each."""

from __future__ import annotations

import ast
from typing import Any

from adcompiler.emit.expressions import Expressions
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Op, Stmt


def items_from(stmts: list[Stmt], first: int) -> int:
    """How many neighbours from ``first`` on are read out of records."""
    k = first
    while k < len(stmts) and _is_item(stmts[k]):
        k += 1
    return k - first


def _is_item(stmt: Any) -> bool:
    return isinstance(stmt, Op) and stmt.fn is n.ITEM


def unpacked(ex: Expressions, items: list[Any]) -> list[ast.stmt]:
    """One assignment for each record, where none of them writes what another reads."""
    records = list(dict.fromkeys(item.args[0] for item in items))
    targets = [ex.names[item.outs[0]] for item in items]
    groups = [[item for item in items if item.args[0] is record] for record in records]
    for k, mine in enumerate(groups):
        later = {ex.names[record] for record in records[k + 1 :]}
        if later & {ex.names[item.outs[0]] for item in mine} or len(set(targets)) < len(targets):
            return [_one(ex, item) for item in items]
    out: list[ast.stmt] = []
    for record, mine in zip(records, groups, strict=True):
        size = mine[0].kwargs["of"].value
        if size == 1:
            out.append(_one(ex, mine[0]))
            continue
        found = {item.args[1].value: ex.names[item.outs[0]] for item in mine}
        if len(found) < len(mine):
            out += [_one(ex, item) for item in mine]
            continue
        names: list[ast.expr] = [ast.Name(found.get(k, "_"), ast.Store()) for k in range(size)]
        out.append(ast.Assign([ast.Tuple(names, ast.Store())], ex.arg(record)))
    return out


def _one(ex: Expressions, item: Any) -> ast.stmt:
    return ast.Assign([ast.Name(ex.names[item.outs[0]], ast.Store())], ex.op(item))
