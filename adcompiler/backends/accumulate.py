"""An element that an inner loop adds to, trip after trip, is held in a scalar meanwhile.

Before::

    for i in range(n):
        for j in range(m):
            s[i] += x[i, j]

After::

    for i in range(n):
        total = s[i]
        for j in range(m):
            total += x[i, j]
        s[i] = total
"""

from __future__ import annotations

from adcompiler.backends import loops as lp
from adcompiler.backends.effects import Order, effects
from adcompiler.backends.exprs import names_in
from adcompiler.backends.loops import Assign, Expr, Kernel, Load, Name, Nest, Store


def accumulate(kernel: Kernel) -> None:
    """In place."""
    order = Order(kernel)
    todo = [kernel.body]
    while todo:
        block = todo.pop()
        out: list[lp.Stmt] = []
        for stmt in block:
            held = _held(kernel, order, stmt) if isinstance(stmt, Nest) else []
            out += _around(kernel, stmt, held) if held and isinstance(stmt, Nest) else [stmt]
        block[:] = out
        for stmt in block:
            todo.extend(lp.blocks(stmt))


def _held(kernel: Kernel, order: Order, nest: Nest) -> list[Store]:
    """The stores of a nest that are to one element during its innermost loop."""
    found = effects(kernel, nest)
    assigned = {s.target for s in lp.walk(nest.body) if isinstance(s, Assign | lp.Whole)}
    assigned |= {i for s in lp.walk(nest.body) if isinstance(s, Nest) for i in s.indices}
    assigned.add(nest.indices[-1])
    held: list[Store] = []
    for stmt in nest.body:
        if not isinstance(stmt, Store) or any(names_in(e) & assigned for e in stmt.index):
            continue
        accesses = [*found.loads, *found.stores]
        root = order.root(stmt.array)
        alone = all(
            order.root(array) != root or (array == stmt.array and index == stmt.index)
            for array, index in accesses
        )
        single = sum(array == stmt.array for array, _ in found.stores) == 1
        read = any(array == stmt.array for array, _ in found.loads)
        plain = all(isinstance(e, Name | lp.Num) for e in stmt.index)
        if alone and single and read and plain and not found.ends:
            held.append(stmt)
    return held


def _around(kernel: Kernel, nest: Nest, held: list[Store]) -> list[lp.Stmt]:
    """The innermost loop between loads and stores of what it adds to."""
    before: list[lp.Stmt] = []
    after: list[lp.Stmt] = []
    for store in held:
        name = kernel.names.fresh(f"{store.array}_sum")
        dtype = store.value.dtype
        element = Load(store.array, store.index, dtype)

        def change(e: Expr, element: Load = element, name: str = name) -> Expr:
            return Name(name, e.dtype) if e == element else e

        lp.rewrite(nest.body, change)
        at = next(i for i, s in enumerate(nest.body) if s is store)
        nest.body[at] = Assign(store.place, name, store.value)
        before.append(Assign(store.place, name, element))
        after.append(Store(store.place, store.array, store.index, Name(name, dtype)))
    inner = Nest(nest.place, nest.indices[-1:], nest.lens[-1:], nest.body)
    block = [*before, inner, *after]
    if len(nest.indices) > 1:
        return [Nest(nest.place, nest.indices[:-1], nest.lens[:-1], block)]
    return block
