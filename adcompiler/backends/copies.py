"""What was copied to be kept is read from the copy, once the original is about to be overwritten.

Before::

    for i in range(n):
        old[i] = u[i]
    for i in range(n - 2):
        t[i] = u[i + 2] - u[i]
    for i in range(n - 2):
        u[i + 1] = t[i]

After, the second and the third loop have no array in common but ``t``, and can be one::

    for i in range(n - 2):
        t[i] = old[i + 2] - old[i]
    for i in range(n - 2):
        u[i + 1] = t[i]
"""

from __future__ import annotations

from adcompiler.backends import loops as lp
from adcompiler.backends.effects import Order
from adcompiler.backends.loops import Expr, Kernel, Load, Name, Nest, Store


def read_copies(kernel: Kernel) -> None:
    """In place."""
    order = Order(kernel)
    lens = {s.array: s.lens for s in lp.walk(kernel.body) if isinstance(s, lp.Alloc)}
    todo = [kernel.body]
    while todo:
        block = todo.pop()
        for k, stmt in enumerate(block):
            pair = copied(stmt) if isinstance(stmt, Nest) else None
            if pair is not None and all(lens.get(a) == stmt.lens for a in pair):
                _redirect(order, block[k + 1 :], *pair)
            todo.extend(lp.blocks(stmt))


def copied(stmt: Nest) -> tuple[str, str] | None:
    """The arrays that a nest copies: from, to."""
    if len(stmt.body) != 1 or not isinstance(stmt.body[0], Store):
        return None
    store = stmt.body[0]
    at = tuple(Name(index, "int64") for index in stmt.indices)
    value = store.value
    if store.index == at and isinstance(value, Load) and value.index == at:
        return value.array, store.array
    return None


def _redirect(order: Order, block: list[lp.Stmt], source: str, copy: str) -> None:
    """Up to the first statement that writes to either, reads of ``source`` are of ``copy``."""
    roots = {order.root(source), order.root(copy)}
    if len(roots) == 1:
        return
    reads: list[lp.Stmt] = []
    for stmt in block:
        found = order.of(stmt)
        if source in found.writes or copy in found.writes:
            return
        if any(order.root(array) in roots for array, _ in found.stores):
            break
        if isinstance(stmt, Nest):
            reads.append(stmt)
        elif lp.blocks(stmt):
            return
    else:
        return  # never overwritten: no need

    def change(e: Expr) -> Expr:
        if isinstance(e, Load) and e.array == source:
            return Load(copy, e.index, e.dtype)
        return e

    for stmt in reads:
        lp.rewrite([stmt], change)
        order.forget(stmt)
