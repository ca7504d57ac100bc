"""Scalars without a name of the user's that are read once are written where they are read.

Before::

    t = 2.0 * x[i]
    y[i] = t + 1.0

After::

    y[i] = 2.0 * x[i] + 1.0
"""

from __future__ import annotations

import re

from adcompiler.backends import loops as lp
from adcompiler.backends.effects import Effects, Order
from adcompiler.backends.exprs import names_in
from adcompiler.backends.loops import Assign, Call, Expr, Kernel, Load, Name

_TEMPORARY = re.compile(r"t(_\d+)?")
_LARGEST = 9  # operations in one expression
_FARTHEST = 60  # statements between


def inline(kernel: Kernel) -> None:
    """In place."""
    reads: dict[str, int] = {}
    writes: dict[str, int] = {}
    for stmt in lp.walk(kernel.body):
        if isinstance(stmt, Assign | lp.Whole):
            writes[stmt.target] = writes.get(stmt.target, 0) + 1
        for name in lp.whole_names(stmt):
            reads[name] = reads.get(name, 0) + 2
        for expr in lp.own_exprs(stmt):
            for each in lp.inside(expr):
                if isinstance(each, Name):
                    reads[each.id] = reads.get(each.id, 0) + 1
    single = {
        name
        for name, count in reads.items()
        if count == 1 and writes.get(name) == 1 and _TEMPORARY.fullmatch(name)
    }
    single -= set(kernel.params)
    order = Order(kernel)
    todo = [kernel.body]
    while todo:
        block = todo.pop()
        _block(block, single, order)
        for stmt in block:
            todo.extend(lp.blocks(stmt))


def _block(block: list[lp.Stmt], single: set[str], order: Order) -> None:
    k = 0
    while k < len(block):
        stmt = block[k]
        if isinstance(stmt, Assign) and stmt.target in single and _moved(block, k, stmt, order):
            del block[k]
        else:
            k += 1


def _moved(block: list[lp.Stmt], k: int, stmt: Assign, order: Order) -> bool:
    names = names_in(stmt.value)
    roots = {order.root(e.array) for e in lp.inside(stmt.value) if isinstance(e, Load)}
    for reader in block[k + 1 : k + 1 + _FARTHEST]:
        own = list(lp.own_exprs(reader))
        if any(stmt.target in names_in(expr) for expr in own):
            if isinstance(reader, lp.While | lp.Nest | lp.For | lp.Whole | lp.Do | lp.Return):
                return False
            if _size(stmt.value) + sum(map(_size, own)) > _LARGEST:
                return False
            _put(reader, stmt)
            order.forget(reader)
            return True
        if _changes(order.of(reader), names, roots, order):
            return False
    return False


def _changes(found: Effects, names: set[str], roots: set[object], order: Order) -> bool:
    if not found.writes.isdisjoint(names):
        return True
    return any(order.root(array) in roots for array, _ in found.stores)


def _size(e: Expr) -> int:
    return sum(isinstance(each, Call) for each in lp.inside(e))


def _put(reader: lp.Stmt, stmt: Assign) -> None:
    def change(e: Expr) -> Expr:
        return stmt.value if isinstance(e, Name) and e.id == stmt.target else e

    lp.rewrite_own(reader, change)
