"""Which values may still be read: when memory may be reused, and what a reverse sweep has left.

Statements get linear positions in one walk, a loop's test before its body. A value is live after a
statement if a read of it may follow on some path, so with ``inside(L)`` the positions within a
loop and ``else(B)`` those of the branch not taken::

    live(v, s) = ∃ use u of v:  u > s  and  u ∉ else(B) for every `if` B with s in its `then`
                 or  ∃ loop L around s, but not around v's definition:  u ∈ inside(L)

The second line is the way back to a loop's head; a value that is defined inside is made anew on
the next trip. (Appel & Palsberg 2002, section 10.1, for structured programs: no fixed point is
needed, since the nest of regions tells every path.)

A function of n statements and reads is set up in O(n); a query is O(depth · log uses).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Function, Region, Stmt, Var


class Liveness:
    """Positions and reads of one function, as it was when this was made.

    Attributes:
        position: of every statement, by ``id``; where it reads its own operands.
        end: of every statement, by ``id``; where its outs are defined. Its regions lie between.
        region_start: of every region, by ``id``; where its parameters are defined.
        region_end: of every region, by ``id``; where it reads what it yields.
    """

    def __init__(self, function: Function) -> None:
        self.function = function  # held: the keys are ids
        self.position: dict[int, int] = {}
        self.end: dict[int, int] = {}
        self.region_start: dict[int, int] = {}
        self.region_end: dict[int, int] = {}
        self._region_of: dict[int, Region] = {}  # a statement's
        self._owner_of: dict[int, Stmt] = {}  # a region's
        self._defined: dict[Var, int] = {}
        self._uses: dict[Var, list[int]] = {}
        self._next = 0
        self._number(function)

    # ---- queries

    def defined_at(self, var: Var) -> int:
        """Where ``var`` is defined: the end of its statement, or the start of its region."""
        return self._defined[var]

    def uses(self, var: Var) -> list[int]:
        """The positions that read ``var``, ascending, each once."""
        return self._uses.get(var, [])

    def live_after(self, var: Var, stmt: Stmt) -> bool:
        """Whether ``var`` may be read once ``stmt``, with its regions, has been executed."""
        return self._live(var, self.end[id(stmt)] + 1, self._region_of[id(stmt)])

    def live_at_end(self, var: Var, region: Region) -> bool:
        """Whether ``var`` may be read after the last statement of ``region``: by what it yields,
        or by anything that may follow the region."""
        return self._live(var, self.region_end[id(region)], region)

    def enclosing(self, region: Region) -> Iterator[tuple[Stmt, Region]]:
        """The statements around ``region``, innermost first, each with its region on the way."""
        owner = self._owner_of.get(id(region))
        while owner is not None:
            yield owner, region
            region = self._region_of[id(owner)]
            owner = self._owner_of.get(id(region))

    def _live(self, var: Var, first: int, region: Region) -> bool:
        """Whether a read may follow at ``first`` or later, for a place in ``region``."""
        uses = self._uses.get(var)
        if not uses:
            return False
        defined = self._defined[var]
        for owner, inner in self.enclosing(region):
            start, end = self.position[id(owner)], self.end[id(owner)]
            if isinstance(owner, n.If):
                if inner is owner.then:
                    if _any_within(uses, first, self.region_end[id(inner)]):
                        return True
                    first = end
            elif not start < defined < end and _any_within(uses, start + 1, end):
                return True
        return uses[-1] >= first

    # ---- numbering

    def _number(self, function: Function) -> None:
        todo: list[tuple[str, Any]] = [("leave", function.body), ("enter", function.body)]
        for param in function.params:
            self._defined[param] = 0
        while todo:
            what, item = todo.pop()
            if what == "stmt":
                self.position[id(item)] = self._next
                self._read(n.operands(item))
                inner = n.regions(item)
                if inner:
                    self._next += 1
                todo.append(("done", item))
                for region in reversed(inner):
                    self._owner_of[id(region)] = item
                    todo += [("leave", region), ("enter", region)]
            elif what == "done":
                self.end[id(item)] = self._next
                self._define(item.outs)
                self._next += 1
            elif what == "enter":
                self.region_start[id(item)] = self._next
                self._define(item.params)
                self._next += 1
                # above "leave", which the stack holds already
                todo.extend(("stmt", stmt) for stmt in reversed(item.stmts))
                for stmt in item.stmts:
                    self._region_of[id(stmt)] = item
            else:
                self.region_end[id(item)] = self._next
                self._read(item.results)
                self._next += 1

    def _define(self, outs: Iterable[Var]) -> None:
        for var in outs:
            self._defined.setdefault(var, self._next)  # a while's test and body may share theirs

    def _read(self, atoms: Iterable[Any]) -> None:
        for atom in n.flatten(list(atoms)):
            if isinstance(atom, Var):
                uses = self._uses.setdefault(atom, [])
                if not uses or uses[-1] != self._next:
                    uses.append(self._next)


def _any_within(uses: list[int], first: int, last: int) -> bool:
    """Whether one of the ascending ``uses`` lies in ``first..last``, both included."""
    return bisect_left(uses, first) < bisect_right(uses, last)
