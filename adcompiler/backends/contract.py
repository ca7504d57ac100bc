"""Temporary arrays that one trip of a loop writes and reads become scalars, or smaller arrays.

Before::

    t = np.empty(n)
    for i in range(n):
        t[i] = 2.0 * x[i]
        y[i] = t[i] + 1.0

After::

    for i in range(n):
        t = 2.0 * x[i]
        y[i] = t + 1.0
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adcompiler.backends import loops as lp
from adcompiler.backends.exprs import constant
from adcompiler.backends.loops import Alloc, Assign, Expr, Kernel, Load, Name, Nest, Store


@dataclass
class _Use:
    """Where an array is accessed: the nests and the other loops around, outermost first."""

    nests: tuple[Nest, ...]
    loops: tuple[lp.Stmt, ...]
    index: tuple[Expr, ...]
    store: bool
    guarded: bool


@dataclass
class _Uses:
    alloc: Alloc | None = None
    loops: tuple[lp.Stmt, ...] = ()
    allocs: int = 0
    block: list[lp.Stmt] = field(default_factory=list)
    each: list[_Use] = field(default_factory=list)
    whole: bool = False


def contract(kernel: Kernel) -> None:
    """Contract in place."""
    uses: dict[str, _Uses] = {}
    _collect(kernel.body, (), (), False, uses)
    for name, found in uses.items():
        if found.whole or found.allocs != 1 or found.alloc is None or name in kernel.params:
            continue
        if not any(not use.store for use in found.each):
            _forget(kernel, name)
            continue
        nest = _only_nest(found)
        if nest is not None:
            _to_scalar(kernel, name, found, nest)
        else:
            _to_fewer_axes(kernel, name, found)
    _without_empty(kernel.body)


def _without_empty(block: list[lp.Stmt]) -> None:
    """Nests and branches that do nothing are gone."""
    for stmt in block:
        for inner in lp.blocks(stmt):
            _without_empty(inner)
    block[:] = [s for s in block if not (isinstance(s, Nest | lp.If) and not any(lp.blocks(s)))]


def _collect(
    block: list[lp.Stmt],
    nests: tuple[Nest, ...],
    loops: tuple[lp.Stmt, ...],
    guarded: bool,
    uses: dict[str, _Uses],
) -> None:
    for stmt in block:
        for expr in lp.own_exprs(stmt):
            for each in lp.inside(expr):
                if isinstance(each, Load):
                    use = _Use(nests, loops, each.index, False, guarded)
                    uses.setdefault(each.array, _Uses()).each.append(use)
        for name in lp.whole_names(stmt):
            uses.setdefault(name, _Uses()).whole = True
        if isinstance(stmt, lp.Whole):
            uses.setdefault(stmt.target, _Uses()).whole = True
        elif isinstance(stmt, Store):
            use = _Use(nests, loops, stmt.index, True, guarded)
            uses.setdefault(stmt.array, _Uses()).each.append(use)
        elif isinstance(stmt, Alloc):
            found = uses.setdefault(stmt.array, _Uses())
            found.alloc, found.block, found.loops = stmt, block, loops
            found.allocs += 1
        if isinstance(stmt, Nest):
            _collect(stmt.body, (*nests, stmt), loops, guarded, uses)
        elif isinstance(stmt, lp.If):
            for inner in lp.blocks(stmt):
                _collect(inner, nests, (*loops, stmt), bool(nests), uses)
        else:
            for inner in lp.blocks(stmt):
                _collect(inner, nests, (*loops, stmt), guarded, uses)


def _forget(kernel: Kernel, name: str) -> None:
    """An array that nobody reads."""
    todo = [kernel.body]
    while todo:
        block = todo.pop()
        block[:] = [s for s in block if not (isinstance(s, Store | Alloc) and s.array == name)]
        for stmt in block:
            todo.extend(lp.blocks(stmt))
    kernel.arrays.pop(name, None)


def _only_nest(found: _Uses) -> tuple[Nest, ...] | None:
    """The nests, outermost first, whose indices are the index of each access."""
    first = next((use for use in found.each if use.store), found.each[0])
    if not first.store or first.guarded:
        return None
    index = first.index
    if not all(isinstance(e, Name | lp.Num) for e in index):
        return None
    wanted = [e.id for e in index if isinstance(e, Name)]
    if len(set(wanted)) != len(wanted):
        return None
    chain: list[Nest] = []
    have: set[str] = set()
    for nest in first.nests:
        if set(wanted) <= have:
            break
        chain.append(nest)
        have.update(nest.indices)
    if have != set(wanted):  # a loop around that the array does not follow
        return None
    for use in found.each:
        if use.index != index or list(use.nests[: len(chain)]) != chain:
            return None
        if use.loops != found.loops:
            return None
    return tuple(chain)


def _to_scalar(kernel: Kernel, name: str, found: _Uses, nests: tuple[Nest, ...]) -> None:
    """Every access is of this trip's element: a scalar holds it."""
    alloc = found.alloc
    assert alloc is not None
    body = nests[-1].body if nests else found.block
    if not alloc.fill and not _stores_first(body, name):
        return
    start = Assign(alloc.place, name, constant(0, alloc.dtype))
    at = next(k for k, s in enumerate(found.block) if s is alloc)
    if alloc.fill and not nests:
        found.block[at] = start
    else:
        del found.block[at]
        if alloc.fill:
            body.insert(0, start)

    def change(e: Expr) -> Expr:
        return Name(name, e.dtype) if isinstance(e, Load) and e.array == name else e

    todo = [body]
    while todo:
        block = todo.pop()
        for k, stmt in enumerate(block):
            lp.rewrite_own(stmt, change)
            if isinstance(stmt, Store) and stmt.array == name:
                block[k] = Assign(stmt.place, name, stmt.value)
            todo.extend(lp.blocks(stmt))
    kernel.arrays.pop(name, None)


def _to_fewer_axes(kernel: Kernel, name: str, found: _Uses) -> None:
    """All of an array that is read in a trip of the outer loops was written in that trip: the axes
    that follow the outer loops go.
    """
    alloc = found.alloc
    assert alloc is not None
    first = found.each[0]
    if alloc.fill or not first.store or first.guarded or len(first.nests) < 2:
        return
    outer = first.nests[0]
    depth = 0
    for axis, index in enumerate(outer.indices):
        same = all(
            len(use.index) > axis
            and use.index[axis] == Name(index, "int64")
            and use.nests[:1] == (outer,)
            and use.loops == found.loops
            for use in found.each
        )
        if not same:
            break
        depth += 1
    rest = first.index[depth:]
    if depth != len(outer.indices) or not rest:
        return
    inner = first.nests[1]
    filled = (
        len(first.nests) == 2
        and rest == tuple(Name(i, "int64") for i in inner.indices)
        and inner.lens == alloc.lens[depth:]
        and any(inner is s for s in outer.body)
        and any(isinstance(s, Store) and s.array == name for s in inner.body)
    )
    if not filled:
        return
    alloc.lens = alloc.lens[depth:]
    info = kernel.arrays[name]
    kernel.arrays[name] = lp.Array(info.dtype, info.ndim - depth, info.root)

    def change(e: Expr) -> Expr:
        if isinstance(e, Load) and e.array == name:
            return Load(name, e.index[depth:], e.dtype)
        return e

    lp.rewrite(outer.body, change)
    for stmt in lp.walk(outer.body):
        if isinstance(stmt, Store) and stmt.array == name:
            stmt.index = stmt.index[depth:]


def _stores_first(body: list[lp.Stmt], name: str) -> bool:
    """Whether the element is written, come what may, before it is read."""
    for stmt in body:
        if isinstance(stmt, Store) and stmt.array == name:
            return not any(
                isinstance(e, Load) and e.array == name
                for expr in lp.own_exprs(stmt)
                for e in lp.inside(expr)
            )
        for inner in lp.walk([stmt]):
            if isinstance(inner, Store) and inner.array == name:
                return False
            for expr in lp.own_exprs(inner):
                if any(isinstance(e, Load) and e.array == name for e in lp.inside(expr)):
                    return False
    return False
