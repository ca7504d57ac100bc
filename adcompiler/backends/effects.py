"""What a statement of the loop form reads and writes, and which two may change places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from adcompiler.backends import loops as lp
from adcompiler.backends.loops import Expr, Kernel, Load, Name

Index = tuple[Expr, ...] | None  # None: anywhere in the array


@dataclass
class Effects:
    """``names``: scalars, and what array names are bound to; ``loads`` and ``stores``: elements."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    loads: list[tuple[str, Index]] = field(default_factory=list)
    stores: list[tuple[str, Index]] = field(default_factory=list)
    ends: bool = False  # may leave the block, or the kernel


def effects(kernel: Kernel, stmt: lp.Stmt) -> Effects:
    """Of a statement and all in it."""
    found = Effects()
    for each in lp.walk([stmt]):
        _own(kernel, each, found)
    return found


def _own(kernel: Kernel, stmt: lp.Stmt, found: Effects) -> None:
    for expr in lp.own_exprs(stmt):
        for each in lp.inside(expr):
            if isinstance(each, Name):
                found.reads.add(each.id)
            elif isinstance(each, Load):
                found.reads.add(each.array)
                found.loads.append((each.array, each.index))
    if isinstance(stmt, lp.Assign):
        found.writes.add(stmt.target)
    elif isinstance(stmt, lp.Store):
        found.reads.add(stmt.array)
        found.stores.append((stmt.array, stmt.index))
    elif isinstance(stmt, lp.Alloc):
        found.writes.add(stmt.array)
    elif isinstance(stmt, lp.Nest):
        found.writes.update(stmt.indices)
    elif isinstance(stmt, lp.For):
        found.writes.add(stmt.index)
    elif isinstance(stmt, lp.Break | lp.Return | lp.Require):
        found.ends = True
    elif isinstance(stmt, lp.Whole | lp.Do):
        for name in lp.whole_names(stmt):
            found.reads.add(name)
            if not _only_shape(stmt):
                found.loads.append((name, None))
        if isinstance(stmt, lp.Whole):
            found.writes.add(stmt.target)
        else:  # a list is changed: all that has to do with it stays in order
            found.writes.add(lp.whole_names(stmt)[0])


def _only_shape(stmt: lp.Stmt) -> bool:
    return isinstance(stmt, lp.Whole) and ".shape[" in stmt.template


class Order:
    """Whether statements may change places. Elements are told apart by array and root only."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.known: dict[int, tuple[lp.Stmt, Effects]] = {}

    def of(self, stmt: lp.Stmt) -> Effects:
        found = self.known.get(id(stmt))
        if found is None:
            found = (stmt, effects(self.kernel, stmt))
            self.known[id(stmt)] = found
        return found[1]

    def forget(self, stmt: lp.Stmt) -> None:
        self.known.pop(id(stmt), None)

    def root(self, array: str) -> Any:
        info = self.kernel.arrays.get(array)
        return info.root if info is not None else ("list", array)

    def fixed(self, first: lp.Stmt, second: lp.Stmt) -> bool:
        """Whether ``second`` has to come after ``first``."""
        a, b = self.of(first), self.of(second)
        if a.ends or b.ends:
            return True
        if self.named(a, b):
            return True
        return bool(self.clashes(a, b))

    def named(self, a: Effects, b: Effects) -> bool:
        return not (
            a.writes.isdisjoint(b.reads)
            and a.writes.isdisjoint(b.writes)
            and a.reads.isdisjoint(b.writes)
        )

    def clashes(self, a: Effects, b: Effects) -> list[tuple[str, Index, str, Index]]:
        """Pairs of accesses to what may be the same memory, of which one is a store."""
        found = []
        if a.stores and (b.loads or b.stores):
            found += self.meet(a.stores, b.loads) + self.meet(a.stores, b.stores)
        if a.loads and b.stores:
            found += self.meet(a.loads, b.stores)
        return found

    def meet(
        self, first: list[tuple[str, Index]], second: list[tuple[str, Index]]
    ) -> list[tuple[str, Index, str, Index]]:
        found = []
        for one, at in first:
            root = self.root(one)
            for other, place in second:
                if one == other or self.root(other) == root:
                    found.append((one, at, other, place))
        return found
