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
from adcompiler.backends.exprs import names_in
from adcompiler.backends.loops import Expr, Kernel, Load, Name, Nest, Store


def read_copies(kernel: Kernel) -> None:
    """In place."""
    order = Order(kernel)
    allocs = {s.array: s for s in lp.walk(kernel.body) if isinstance(s, lp.Alloc)}
    whole = {name for s in lp.walk(kernel.body) for name in lp.whole_names(s)}
    todo = [kernel.body]
    while todo:
        block = todo.pop()
        here = {s.array for s in block if isinstance(s, lp.Alloc)} - whole
        for k, stmt in enumerate(block):
            found = copied(stmt) if isinstance(stmt, Nest) else None
            if found is not None and isinstance(stmt, Nest):
                source, copy, lead = found
                first, second = allocs.get(source), allocs.get(copy)
                all_of_it = first is not None and first.lens == stmt.lens
                there = second is not None and second.lens[len(lead) :] == stmt.lens
                if all_of_it and there:
                    always = source in here and copy not in here
                    _redirect(order, block[k + 1 :], source, copy, lead, always)
            todo.extend(lp.blocks(stmt))


def copied(stmt: Nest) -> tuple[str, str, tuple[Expr, ...]] | None:
    """The arrays that a nest copies, from and to, and where in the second the first goes."""
    if len(stmt.body) != 1 or not isinstance(stmt.body[0], Store):
        return None
    store = stmt.body[0]
    at = tuple(Name(index, "int64") for index in stmt.indices)
    value = store.value
    lead = store.index[: len(store.index) - len(at)]
    if store.index[len(lead) :] == at and isinstance(value, Load) and value.index == at:
        return value.array, store.array, lead
    return None


def _redirect(
    order: Order,
    block: list[lp.Stmt],
    source: str,
    copy: str,
    lead: tuple[Expr, ...],
    always: bool,
) -> None:
    """Up to the first statement that writes to either, reads of ``source`` are of ``copy``.

    ``always``: else only if the source is overwritten at all.
    """
    roots = {order.root(source), order.root(copy)}
    names = {source, copy}.union(*map(names_in, lead))
    if len(roots) == 1:
        return
    reads: list[lp.Stmt] = []
    for stmt in block:
        found = order.of(stmt)
        if not names.isdisjoint(found.writes):
            return
        if any(order.root(array) in roots for array, _ in found.stores):
            break
        if isinstance(stmt, Nest | lp.Assign):
            reads.append(stmt)
        elif lp.blocks(stmt) and any(array == source for array, _ in found.loads):
            return
    else:
        if not always:
            return

    def change(e: Expr) -> Expr:
        if isinstance(e, Load) and e.array == source:
            return Load(copy, (*lead, *e.index), e.dtype)
        return e

    for stmt in reads:
        lp.rewrite([stmt], change)
        order.forget(stmt)
