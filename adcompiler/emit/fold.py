"""Temporaries back into the expressions they came from.

A value that is read once is written where it is read, unless the user named it, it would make the
expression long, or something in between changes what it reads. A conditional expression becomes one
again. Folded operations stand in the arguments of others, which is the form that `python` prints.

Before::

    %t = call operator.mul(%dt, %v)
    %x.1 = call operator.add(%x, %t)

After::

    %x.1 = call operator.add(%x, call operator.mul(%dt, %v))
"""

from __future__ import annotations

from typing import Any

from adcompiler.analyses.flow import read_counts
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, For, Function, If, Op, Pullback, Region, Stmt, Var, While
from adcompiler.ir.types import FUNCTION, Array, List, Saved
from adcompiler.optimise.buffers import Aliases, destroys, keys_of

_USER_SIZE = 150  # operations in one expression of the user's
_DERIVED_SIZE = 8
_NAMED_SIZE = 4  # of an adjoint that has a name, folded into a statement of the same line
_STATEMENTS = (n.UPDATE, n.ADD_AT, n.APPEND, n.DROP, n.ITEM, *n.IMPLICIT)


def fold(function: Function, aliases: Aliases) -> None:
    """Fold in place."""
    _Fold(function, aliases).region(function.body, returned=True)


class _Fold:
    def __init__(self, function: Function, aliases: Aliases) -> None:
        self.aliases = aliases
        self.reads = read_counts(function.body)
        self.sizes: dict[int, int] = {}
        self.changing: dict[int, tuple[Stmt, set[Any]]] = {}  # held with its key, an id

    def region(self, region: Region, returned: bool = False) -> None:
        for k, stmt in enumerate(region.stmts):
            if isinstance(stmt, If):
                self.region(stmt.then, returned=stmt.expression)
                self.region(stmt.orelse, returned=stmt.expression)
                made = self.as_expression(stmt)
                if made is not None:
                    region.stmts[k] = made
            elif isinstance(stmt, For):
                self.region(stmt.body)
            elif isinstance(stmt, While):
                self.region(stmt.test, returned=True)
                self.region(stmt.body)
            elif isinstance(stmt, Pullback):
                self.region(stmt.body, returned=True)
        self.straight(region, returned)

    def as_expression(self, stmt: If) -> Op | None:
        if len(stmt.outs) != 1 or stmt.then.stmts or stmt.orelse.stmts:
            return None
        a, b = stmt.then.results[0], stmt.orelse.results[0]
        if isinstance(a, n.Undef) or isinstance(b, n.Undef):
            return None
        if not stmt.expression:
            return None
        made = Op(stmt.outs, stmt.place, n.CHOOSE, (stmt.cond, a, b), {})
        self.sizes[id(made)] = 1 + sum(map(self.size, (stmt.cond, a, b)))
        return made

    def size(self, arg: Any) -> int:
        """How many operations an argument holds."""
        if isinstance(arg, Op):
            return self.sizes.get(id(arg), 1)
        if isinstance(arg, tuple | list):
            return sum(map(self.size, arg))
        return 0

    def straight(self, region: Region, returned: bool) -> None:
        """One pass from the last statement to the first: readers first."""
        changes = self.changes(region)
        # for each value read once in this region: the statement that reads it
        reader: dict[Var, int] = {}
        last = len(region.stmts)
        for k, stmt in enumerate(region.stmts):
            for atom in n.operands(stmt):
                if isinstance(atom, Var) and self.reads.get(atom) == 1:
                    reader[atom] = k
        if returned:
            for atom in n.flatten(region.results):
                if isinstance(atom, Var) and self.reads.get(atom) == 1:
                    reader[atom] = last
        at: dict[int, int] = {}  # where a folded statement's text ends up
        gone: set[int] = set()
        for k in range(last - 1, -1, -1):
            stmt = region.stmts[k]
            if not isinstance(stmt, Op) or len(stmt.outs) != 1 or stmt.fn in _STATEMENTS:
                continue
            if id(stmt) in self.aliases.in_place or _next_saved(stmt):
                continue
            (out,) = stmt.outs
            j = reader.get(out)
            if j is None:
                continue
            where = at.get(j, j)
            user = region.stmts[j] if j < last else None
            if not self.wanted(stmt, user, out) or _written_twice(user, out):
                continue
            if any(k < c < where and roots & self.touches(stmt) for c, roots in changes):
                continue
            if reads_closure(stmt) and not all(i in gone for i in range(k + 1, where)):
                continue  # what the closure reads may change in between
            if not self.put(region, user, out, stmt, returned):
                continue
            at[k] = where
            gone.add(k)
        region.stmts[:] = [s for k, s in enumerate(region.stmts) if k not in gone]

    def changes(self, region: Region) -> list[tuple[int, set[Any]]]:
        """The statements that change memory, and which."""
        found = []
        for k, stmt in enumerate(region.stmts):
            roots = self.changed(stmt)
            if roots:
                found.append((k, roots))
        return found

    def changed(self, stmt: Stmt) -> set[Any]:
        """The memory that a statement or what is in it changes; what is folded changes none."""
        known = self.changing.get(id(stmt))
        if known is None:
            base = destroys(stmt, self.aliases)
            roots = set() if base is None else {self.aliases.key(base)}
            for region in n.regions(stmt):
                roots.update(*(self.changed(each) for each in region.stmts))
            known = self.changing[id(stmt)] = stmt, roots
        return known[1]

    def touches(self, op: Op) -> set[Any]:
        return {
            self.aliases.root(key)
            for atom in n.operands(op)
            if isinstance(atom, Var) and isinstance(atom.type, Array | List)
            for key in keys_of(atom)
        }

    def wanted(self, stmt: Op, user: Stmt | None, out: Var) -> bool:
        derived = stmt.place is None or stmt.place.derived
        if out.user and (not derived or user is None):
            return False
        size = 1 + self.size(stmt.args) + self.size(tuple(stmt.kwargs.values()))
        total = size + (self.sizes.get(id(user), 1) if user is not None else 0)
        if not derived:
            self.sizes[id(stmt)] = size
            return total <= _USER_SIZE
        self.sizes[id(stmt)] = size
        if out.user and user is not None:
            same_line = (
                user.place is not None
                and stmt.place is not None
                and (
                    user.place.line == stmt.place.line
                    and user.place.function == stmt.place.function
                )
            )
            if not same_line or size > _NAMED_SIZE:
                return False
        return total <= _DERIVED_SIZE or size <= 1

    def put(self, region: Region, user: Stmt | None, out: Var, op: Op, returned: bool) -> bool:
        """Write ``op`` where ``out`` is read."""

        def swap(atom: Any) -> Any:
            return op if atom is out else _inside(atom, out, op)

        if isinstance(user, Op) and destroys(user, self.aliases) is out:
            return False  # what is changed in place has to have a name
        if user is None:
            region.results[:] = [n.map_atoms(each, swap) for each in region.results]
            return True
        if isinstance(user, Op | n.Effect):
            user.args = n.map_atoms(user.args, swap)
            user.kwargs = {k: n.map_atoms(e, swap) for k, e in user.kwargs.items()}
        elif isinstance(user, n.Raise | n.Apply):
            user.args = n.map_atoms(user.args, swap)
        elif isinstance(user, If):
            user.cond = swap(user.cond)
        elif isinstance(user, For):
            if any(init is out for init in user.inits):
                return False
            user.start, user.stop, user.step = map(swap, (user.start, user.stop, user.step))
        else:
            return False
        if isinstance(user, Op):
            self.sizes[id(user)] = 1 + self.size(user.args) + self.size(tuple(user.kwargs.values()))
        return True


def _written_twice(user: Stmt | None, out: Var) -> bool:
    """Whether the text of ``user`` has ``out`` more than once."""
    many = isinstance(user, Op) and user.fn is n.FIT and "extra" in user.kwargs
    return many and user.args[0] is out


def _next_saved(op: Op) -> bool:
    """Whether this reads what a trip saved: the loop's header says so."""
    return op.fn is n.READ and isinstance(op.args[0], Var) and isinstance(op.args[0].type, Saved)


def reads_closure(op: Op) -> bool:
    """Whether ``op`` calls a closure: it has to be executed where it stands."""
    return any(isinstance(x, Var) and x.type == FUNCTION for x in n.operands(op))


def _inside(atom: Any, out: Var, op: Op) -> Any:
    """Replace ``out`` in an operation that is folded already."""
    todo = [atom] if isinstance(atom, Op) else []
    while todo:
        each = todo.pop()

        def swap(x: Any, todo: list[Any] = todo) -> Any:
            if x is out:
                return op
            if isinstance(x, Op):
                todo.append(x)
            return x

        each.args = n.map_atoms(each.args, swap)
        each.kwargs = {k: n.map_atoms(e, swap) for k, e in each.kwargs.items()}
    return atom


__all__ = ["Const", "fold"]
