"""Loops over the same places made one.

Two nests of a block that agree in their leading lengths become one, as far as no element that one
of them writes is read or written by the other at another place, and nothing between them stands in
the way. Before::

    for i in range(n):
        t[i] = 2.0 * x[i]
    for i in range(n):
        y[i] = t[i] + 1.0

After::

    for i in range(n):
        t[i] = 2.0 * x[i]
        y[i] = t[i] + 1.0
"""

from __future__ import annotations

from adcompiler.backends import loops as lp
from adcompiler.backends.effects import Index, Order
from adcompiler.backends.exprs import INT
from adcompiler.backends.loops import Expr, Kernel, Name, Nest

_LONGEST = 400  # statements in a block, beyond which only neighbours are looked at


def fuse(kernel: Kernel) -> None:
    """Fuse in place."""
    _Fuse(kernel).block(kernel.body)


class _Fuse:
    def __init__(self, kernel: Kernel) -> None:
        self.order = Order(kernel)

    def block(self, block: list[lp.Stmt]) -> None:
        has_nests = any(isinstance(stmt, Nest) for stmt in block)
        for stmt in block:
            for inner in lp.blocks(stmt):
                self.block(inner)
        if not has_nests:
            return
        out: list[lp.Stmt] = []
        reach = len(block) if len(block) <= _LONGEST else 8
        for stmt in block:
            if isinstance(stmt, lp.Assign | lp.Alloc | lp.Require):
                self.early(out, stmt, reach)
            elif not (isinstance(stmt, Nest) and self.joined(out, stmt, reach)):
                out.append(stmt)
        block[:] = out
        for stmt in block:
            if isinstance(stmt, Nest):
                self.block(stmt.body)

    def early(self, out: list[lp.Stmt], stmt: lp.Stmt, reach: int) -> None:
        """Put a statement as early as it may stand, out of the way of nests."""
        at = len(out)
        while at > 0 and len(out) - at < reach and self.may_pass(out[at - 1], stmt):
            at -= 1
        while at < len(out) and not isinstance(out[at], Nest):
            at += 1  # but behind no more than it has to
        out.insert(at, stmt)

    def may_pass(self, first: lp.Stmt, second: lp.Stmt) -> bool:
        if isinstance(second, lp.Require) and not isinstance(first, lp.Require):
            a, b = self.order.of(first), self.order.of(second)
            plain = isinstance(first, lp.Assign | lp.Alloc | lp.Store | Nest)
            if not plain or a.ends:
                return False
            return not self.order.named(a, b) and not self.order.clashes(a, b)
        return not self.order.fixed(first, second)

    def joined(self, out: list[lp.Stmt], nest: Nest, reach: int) -> bool:
        """Fuse with an earlier nest: the one that shares most loops, of those the nearest."""
        best, where = 0, -1
        for k in range(len(out) - 1, max(-1, len(out) - 1 - reach), -1):
            earlier = out[k]
            if isinstance(earlier, Nest):
                depth = self.common(earlier, nest)
                whole = len(earlier.indices) == len(nest.indices) == depth
                if depth > best and (whole or self.related(earlier, nest)):
                    best, where = depth, k
            if self.order.fixed(earlier, nest):
                break
        if not best:
            return False
        earlier = out[where]
        assert isinstance(earlier, Nest)
        out[where] = merge(earlier, nest, best)
        self.order.forget(earlier)
        return True

    def related(self, first: Nest, second: Nest) -> bool:
        """Whether one of them reads what the other made."""
        one, two = self.order.of(first), self.order.of(second)
        made = {array for array, _ in one.stores}
        return any(array in made for array, _ in two.loads)

    def common(self, first: Nest, second: Nest) -> int:
        """How many leading loops may be shared."""
        depth = 0
        for a, b in zip(first.lens, second.lens, strict=False):
            if a != b:
                break
            depth += 1
        if not depth:
            return 0
        one, two = self.order.of(first), self.order.of(second)
        if one.ends or two.ends:
            return 0
        inner_one = one.writes - set(first.indices)
        inner_two = two.writes - set(second.indices)
        if not (inner_one.isdisjoint(two.reads | two.writes) and inner_two.isdisjoint(one.reads)):
            return 0
        for _, at, _, place in self.order.clashes(one, two):
            depth = min(depth, aligned(first, at, second, place))
        for one_array, at, other, place in self.order.clashes(one, two):
            if one_array != other and (at is not None or place is not None):
                return 0
        return depth


def aligned(first: Nest, at: Index, second: Nest, place: Index) -> int:
    """How many leading loops two accesses follow in the same way."""
    if at is None or place is None:
        return 0
    depth = 0
    for a, b in zip(first.indices, second.indices, strict=False):
        here = [k for k, e in enumerate(at) if e == Name(a, INT)]
        there = [k for k, e in enumerate(place) if e == Name(b, INT)]
        if not set(here) & set(there):
            break
        depth += 1
    return depth


def merge(first: Nest, second: Nest, depth: int) -> Nest:
    """One nest of ``depth`` loops with the bodies of both."""
    swap = dict(zip(second.indices[:depth], first.indices[:depth], strict=True))

    def change(e: Expr) -> Expr:
        return Name(swap[e.id], INT) if isinstance(e, Name) and e.id in swap else e

    lp.rewrite(second.body, change)
    body = [*inner(first, depth), *inner(second, depth)]
    return Nest(first.place, first.indices[:depth], first.lens[:depth], body)


def inner(nest: Nest, depth: int) -> list[lp.Stmt]:
    """What one trip of the outer loops does."""
    if len(nest.indices) == depth:
        return nest.body
    return [Nest(nest.place, nest.indices[depth:], nest.lens[depth:], nest.body)]
