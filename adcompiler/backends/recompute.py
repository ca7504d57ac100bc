"""What is cheap and read at other places than it is made at is computed where it is read.

Before::

    for j in range(n):
        t[j] = -0.5 * m[j]
    for i in range(n):
        for j in range(n):
            y[i, j] = t[j] / r[i, j]

After::

    for i in range(n):
        for j in range(n):
            y[i, j] = -0.5 * m[j] / r[i, j]
"""

from __future__ import annotations

from adcompiler.backends import loops as lp
from adcompiler.backends.effects import Order
from adcompiler.backends.loops import Alloc, Call, Expr, Kernel, Load, Name, Nest, Num, Store

_CHEAP = frozenset({"+", "-", "*", "neg", "abs"})
_MOST = 2  # operations that are computed again
_PLACES = 3  # where it is read


def recompute(kernel: Kernel) -> None:
    """In place."""
    order = Order(kernel)
    stores: dict[str, int] = {}
    loads: dict[str, int] = {}
    whole: set[str] = set(kernel.params)
    fills: set[str] = set()
    for stmt in lp.walk(kernel.body):
        if isinstance(stmt, Store):
            stores[stmt.array] = stores.get(stmt.array, 0) + 1
        if isinstance(stmt, Alloc) and stmt.fill:
            fills.add(stmt.array)
        whole.update(lp.whole_names(stmt))
        if isinstance(stmt, lp.Whole):
            whole.add(stmt.target)
        for expr in lp.own_exprs(stmt):
            for each in lp.inside(expr):
                if isinstance(each, Load):
                    loads[each.array] = loads.get(each.array, 0) + 1
    todo = [kernel.body]
    while todo:
        block = todo.pop()
        for k, stmt in enumerate(block):
            todo.extend(lp.blocks(stmt))
            store = _single(stmt)
            if store is None or store.array in whole or store.array in fills:
                continue
            name = store.array
            if stores[name] != 1 or loads.get(name, 0) > _PLACES or not _cheap(store.value):
                continue
            assert isinstance(stmt, Nest)
            _replace(order, block, k, stmt, store, loads.get(name, 0))


def _single(stmt: lp.Stmt) -> Store | None:
    """The only statement of a nest that fills an array."""
    if isinstance(stmt, Nest) and len(stmt.body) == 1 and isinstance(stmt.body[0], Store):
        store = stmt.body[0]
        if not all(isinstance(e, Name | Num) for e in store.index):
            return None
        if [e.id for e in store.index if isinstance(e, Name)] == list(stmt.indices):
            return store
    return None


def _cheap(value: Expr) -> bool:
    parts = [e for e in lp.inside(value) if isinstance(e, Call) and e.dtype[0] != "i"]
    return len(parts) <= _MOST and all(
        e.fn in _CHEAP for e in lp.inside(value) if isinstance(e, Call)
    )


def _replace(
    order: Order, block: list[lp.Stmt], k: int, nest: Nest, store: Store, loads: int
) -> None:
    """Substitute, where what it reads is the same at all readers, and not aligned with them."""
    source = order.of(nest)
    roots = {order.root(array) for array, _ in source.loads}
    readers: list[lp.Stmt] = []
    found = 0
    apart = False
    for stmt in block[k + 1 :]:
        each = order.of(stmt)
        here = sum(array == store.array for array, _ in each.loads)
        if here:
            readers.append(stmt)
            found += here
            apart = apart or not isinstance(stmt, Nest) or len(stmt.indices) > len(nest.indices)
        if found == loads:
            if here and roots & {order.root(array) for array, _ in each.stores}:
                return
            if not source.reads.isdisjoint(each.writes - {store.array}):
                return
            break
        if roots & {order.root(array) for array, _ in each.stores}:
            return
        if not source.reads.isdisjoint(each.writes - {store.array}):
            return
    if found != loads or not apart or not found:
        return

    def change(e: Expr) -> Expr:
        if not (isinstance(e, Load) and e.array == store.array):
            return e
        pairs = zip(store.index, e.index, strict=True)
        swap = {own.id: there for own, there in pairs if isinstance(own, Name)}
        return lp.mapped(
            store.value, lambda x: swap[x.id] if isinstance(x, Name) and x.id in swap else x
        )

    for stmt in readers:
        lp.rewrite([stmt], change)
        order.forget(stmt)
