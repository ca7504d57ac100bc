"""Memory that is the same size on every trip of a loop is made once, before the loop."""

from __future__ import annotations

from adcompiler.backends import loops as lp
from adcompiler.backends.exprs import INT, constant, names_in
from adcompiler.backends.loops import Alloc, For, Kernel, Name, Nest, Store, While


def hoist(kernel: Kernel) -> None:
    """Hoist in place."""
    whole = {name for s in lp.walk(kernel.body) for name in lp.whole_names(s)}
    whole |= {s.target for s in lp.walk(kernel.body) if isinstance(s, lp.Whole)}
    _block(kernel.body, whole)


def _block(block: list[lp.Stmt], whole: set[str]) -> None:
    out: list[lp.Stmt] = []
    for stmt in block:
        for inner in lp.blocks(stmt):
            _block(inner, whole)
        if isinstance(stmt, For | While):
            out.extend(_taken(stmt, whole))
        out.append(stmt)
    block[:] = out


def _taken(loop: For | While, whole: set[str]) -> list[lp.Stmt]:
    """The allocations that may stand before a loop."""
    defined = {s.target for s in lp.walk([loop]) if isinstance(s, lp.Assign | lp.Whole)}
    defined |= {s.index for s in lp.walk([loop]) if isinstance(s, For)}
    taken: list[lp.Stmt] = []
    for k, stmt in enumerate(loop.body):
        if not isinstance(stmt, Alloc) or stmt.array in whole:
            continue
        if any(names_in(length) & defined for length in stmt.lens):
            continue
        taken.append(Alloc(stmt.place, stmt.array, stmt.lens, stmt.dtype))
        loop.body[k] = _filled(stmt) if stmt.fill else _NOTHING
    loop.body[:] = [s for s in loop.body if s is not _NOTHING]
    return taken


_NOTHING = lp.Break(None)


def _filled(stmt: Alloc) -> Nest:
    indices = tuple(f"#{stmt.array}{k}" for k in range(len(stmt.lens)))
    at = tuple(Name(index, INT) for index in indices)
    store = Store(stmt.place, stmt.array, at, constant(0, stmt.dtype))
    return Nest(stmt.place, indices, stmt.lens, [store])
