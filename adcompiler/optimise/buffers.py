"""Where values live: which updates are done in place, and where a copy is needed first.

The IR says ``v' = update(v, path, e)``, a new value. It may be made in ``v``'s own memory if that
memory is ours and nothing that is read later shares it; else something is copied: the slice that
is still needed, if that is all, or the array. So is what is returned, where it is not ours or
returned twice. What may share memory is one union-find over all values (views, what loops and
branches pass on, what lists hold), blind to order; what is read later is ``Liveness``.

Before::

    %t = read(%u, 1:-1)
    %u.1 = update(%u, [1:-1], %e)
    %y = call operator.mul(%t, %w)

After (``%t`` is a view of memory that the update overwrites)::

    %t.1 = copy(read(%u, 1:-1))
    %u.1 = update(%u, [1:-1], %e)          # in place
    %y = call operator.mul(%t.1, %w)
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from adcompiler.analyses.flow import incoming, read_counts
from adcompiler.analyses.liveness import Liveness
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import same_shape
from adcompiler.ir.nodes import For, Function, If, Op, Pullback, Region, Stmt, Undef, Var, While
from adcompiler.ir.rewrite import substituted
from adcompiler.ir.types import RECORD, Array, List, Scalar
from adcompiler.rules.contract import REGISTRY

_IN_PLACE = frozenset({operator.add, operator.sub})
_USED_UP = frozenset({operator.add, operator.sub, operator.mul, operator.truediv})
_COPIED = n.Place(0, "", derived=True)  # marks copies put in before an update
_READ_ONLY = (np.broadcast_to,)


def place_buffers(function: Function, owned: Iterable[int]) -> tuple[Function, Aliases]:
    """Copies put in where they are needed; what may share memory, for emission.

    Afterwards every UPDATE, ADD_AT, APPEND and DROP may be done in place, and so may the sums in
    ``Aliases.in_place``. ``owned`` are the positions of results that have to be the caller's own.
    """
    _filled(function.body)
    function = _without_needless_copies(function)
    kept_out: set[int] = set()
    parted: set[Var] = set()
    while _Repairs(function, Aliases(function, kept_out), kept_out, parted).made():
        pass
    _own_results(function.body, function.body.results, list(owned), function, kept_out)
    for stmt in n.walk(function.body):
        if isinstance(stmt, Pullback):
            everything = range(len(stmt.body.results))
            _own_results(stmt.body, stmt.body.results, list(everything), function, kept_out)
    return function, Aliases(function, kept_out)


class Aliases:
    """Which values may share memory."""

    def __init__(self, function: Function, kept_out: set[int] | None = None) -> None:
        self.parent: dict[Any, Any] = {}
        self.foreign: set[Any] = set()
        self.in_place: set[int] = set()
        self.kept_out = kept_out or set()
        self.counts = read_counts(function.body)
        self.adjoints: set[Var] = set()
        for param in function.params:
            self.mark_foreign(param)
        self.visit(function.body)
        self.foreign_roots = {self.root(key) for key in self.foreign}
        self._members: dict[Any, list[tuple[Var, str]]] = {}
        for key in list(self.parent):
            self._members.setdefault(self.root(key), []).append(key)

    # keys: (var, "m") an array's memory, (var, "s") a list itself; of what a list holds, an "e" in
    # front for each level: (var, "eem") of the arrays in the lists in a list. A record has one "e"

    def root(self, key: Any) -> Any:
        parent = self.parent
        parent.setdefault(key, key)
        while parent[key] is not key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    def union(self, a: Any, b: Any) -> None:
        a, b = self.root(a), self.root(b)
        if a is not b:
            self.parent[b] = a

    def mark_foreign(self, var: Var) -> None:
        for key in keys_of(var):
            self.root(key)
            self.foreign.add(key)

    def same(self, a: Any, b: Any) -> None:
        """Two values that may be one object."""
        if not isinstance(a, Var) or not isinstance(b, Var):
            return
        for key_a, key_b in zip(keys_of(a), keys_of(b), strict=False):
            if key_a[1] == key_b[1]:
                self.union(key_a, key_b)

    def hold(self, holder: Var, item: Any) -> None:
        """A list holds a value; or a record, which keeps arrays and lists apart."""
        if isinstance(item, Var):
            for key in keys_of(item):
                kind = key[1][0] if holder.type == RECORD else "e" + key[1]
                self.union((holder, kind), key)

    def same_elements(self, a: Var, b: Var) -> None:
        """Two lists that hold the same."""
        for key in keys_of(b):
            if key[1][0] == "e":
                self.union((a, key[1]), key)

    def key(self, var: Var) -> Any:
        """What an update of ``var`` changes."""
        return self.root((var, "m" if isinstance(var.type, Array) else "s"))

    def members(self, root: Any) -> list[tuple[Var, str]]:
        return self._members.get(root, [])

    def is_foreign(self, var: Var) -> bool:
        return self.key(var) in self.foreign_roots

    def visit(self, region: Region) -> None:
        for stmt in n.walk(region):
            if isinstance(stmt, Op):
                self.op(stmt)
            elif isinstance(stmt, If):
                for out, a, b in zip(
                    stmt.outs, stmt.then.results, stmt.orelse.results, strict=True
                ):
                    self.same(out, a)
                    self.same(out, b)
            elif isinstance(stmt, For | While):
                shift = 1 if isinstance(stmt, For) else 0
                for k, out in enumerate(stmt.outs):
                    for each in (stmt.inits[k], stmt.body.params[k + shift], stmt.body.results[k]):
                        self.same(out, each)
                    if isinstance(stmt, While):
                        self.same(out, stmt.test.params[k])
            elif isinstance(stmt, Pullback):
                for param in stmt.body.params:
                    self.mark_foreign(param)
            elif isinstance(stmt, n.Effect):
                for out in stmt.outs:
                    for key in keys_of(out):
                        self.root(key)
            elif isinstance(stmt, n.Apply):  # what it returns is its own, but for records
                for out in stmt.outs:
                    for key in keys_of(out):
                        self.root(key)
                    if out.type == RECORD:
                        for each in (*stmt.args, *(x for x in stmt.outs if x is not out)):
                            self.hold(out, each)

    def op(self, op: Op) -> None:
        fn, args = op.fn, op.args
        for out in op.outs:
            for key in keys_of(out):
                self.root(key)
        if op.place is not None and op.place.reverse:
            self.adjoints.update(op.outs)
        out = op.outs[0]
        if fn is n.READ:
            base, index = args
            if isinstance(base.type, List):
                if isinstance(out.type, List) and isinstance(index, n.Slice):
                    self.same_elements(base, out)
                else:
                    self.hold(base, out)
            elif not _gathers(index):
                self.same(base, out)
        elif fn in (n.UPDATE, n.ADD_AT, n.APPEND, n.DROP):
            self.same(args[0], out)
            if isinstance(out.type, List) and fn in (n.UPDATE, n.APPEND):
                self.hold(out, args[-1])
        elif fn in (n.LIST, n.CONCAT, n.REPEAT):
            for each in args:
                if isinstance(each, Var) and isinstance(each.type, List) and fn is not n.LIST:
                    self.same_elements(out, each)
                elif fn is n.LIST:
                    self.hold(out, each)
        elif fn is n.ITEM:  # a record is not consumed; and where one is packed, nothing follows
            self.mark_foreign(out)
        elif fn in n.IMPLICIT:
            self.same(args[0], out)
        elif fn in (n.MATCH, n.FIT):
            self.same(args[0], out)
            if fn is n.FIT and isinstance(out.type, Array):
                self.foreign.add((out, "m"))
        elif fn is list:
            self.hold(out, args[0])
        elif isinstance(fn, n.Prim):
            return
        else:
            rule = REGISTRY.find(fn)
            if rule is not None and rule.result != "fresh":
                for arg in n.flatten(args):
                    for each in op.outs:
                        self.same(arg, each)
            if fn in _READ_ONLY:
                self.foreign.add((out, "m"))
            if self.may_reuse(op):
                self.same(args[0], out)
                self.in_place.add(id(op))

    def may_reuse(self, op: Op) -> bool:
        """An adjoint added to: it may be done in the memory of the adjoint so far. So may the
        arithmetic of a statement on the adjoint of what it made, where both need a name."""
        if op.fn not in _USED_UP or id(op) in self.kept_out or len(op.args) != 2:
            return False
        first, out = op.args[0], op.outs[0]
        if op.place is None or not op.place.derived or not isinstance(first, Var):
            return False
        if not isinstance(out.type, Array) or not isinstance(first.type, Array):
            return False
        if first.type.dtype != out.type.dtype or not same_shape(first.type, out.type):
            return False
        if op.fn in _IN_PLACE and out.hint is not None and out.hint == first.hint:
            return True
        if first not in self.adjoints or out.hint is not None or self.counts.get(out, 0) < 2:
            return False
        made = op.place.text.partition("=")[0].strip()
        return self.counts[first] > 1 if first.hint is None else first.hint == f"{made}_bar"


def keys_of(var: Var) -> tuple[tuple[Var, str], ...]:
    """The memory that a value stands for, the list's own first (see ``Aliases``)."""
    return tuple((var, kind) for kind in _kinds(var.type))


def _kinds(t: Any) -> tuple[str, ...]:
    if isinstance(t, Array):
        return ("m",)
    if isinstance(t, List):
        return ("s", *("e" + kind for kind in _kinds(t.elem)))
    return ("m", "s", "e") if t == RECORD else ()


def _gathers(index: Any) -> bool:
    return any(
        isinstance(each, Var | n.Const) and isinstance(each.type, Array)
        for each in n.flatten(index)
    )


def destroys(op: Stmt, aliases: Aliases) -> Var | None:
    """The operand whose memory ``op`` changes."""
    if isinstance(op, Op):
        if op.fn in (n.UPDATE, n.ADD_AT, n.APPEND, n.DROP) or id(op) in aliases.in_place:
            return op.args[0]
    return None


class _Repairs:
    """One round: find the updates that would change something still needed, and copy."""

    def __init__(
        self, function: Function, aliases: Aliases, kept_out: set[int], parted: set[Var]
    ) -> None:
        self.function = function
        self.aliases = aliases
        self.kept_out = kept_out
        self.parted = parted  # values of which a copy was made: a second one would not help either
        self.live = Liveness(function)
        self.copy_before: list[tuple[list[Stmt], Op]] = []
        self.copy_value: dict[int, tuple[list[Stmt], Stmt]] = {}
        self.origin: dict[Var, Stmt] = {}
        self.changed = False
        self.kept_out_now = False
        self.param_of: dict[Var, Stmt] = {}
        self.holds: dict[Any, list[Op]] = {}
        self.loops = self._loop_ends()

    def made(self) -> bool:
        """Whether anything had to be done."""
        spans = self._spans()
        lists: dict[int, list[Stmt]] = {}
        regions = [self.function.body]
        ordered: list[tuple[int, Op, list[Stmt]]] = []
        holders: dict[int, Region] = {}
        while regions:
            region = regions.pop()
            for stmt in region.stmts:
                lists[id(stmt)] = region.stmts
                holders[id(stmt)] = region
                for out in stmt.outs:
                    self.origin[out] = stmt
                if isinstance(stmt, For | While):
                    for param in stmt.body.params:
                        self.param_of[param] = stmt
                if isinstance(stmt, Op) and stmt.fn in (n.APPEND, n.LIST, n.UPDATE):
                    for x in stmt.args if stmt.fn is n.LIST else stmt.args[-1:]:
                        held = isinstance(x, Var) and isinstance(x.type, Array | List)
                        if held and isinstance(stmt.outs[0].type, List):
                            self.holds.setdefault(self.aliases.key(x), []).append(stmt)
                regions.extend(n.regions(stmt))
                if isinstance(stmt, Op) and destroys(stmt, self.aliases) is not None:
                    ordered.append((self.live.position[id(stmt)], stmt, region.stmts))
        ordered.sort(key=lambda each: each[0])
        active: dict[Any, list[tuple[Var, str]]] = {}
        started: dict[Any, int] = {}
        for position, op, stmts in ordered:
            base = destroys(op, self.aliases)
            assert base is not None
            root = self.aliases.key(base)
            span = spans.get(root, [])
            at = started.get(root, 0)
            alive = [m for m in active.get(root, []) if m[1] > position]
            while at < len(span) and span[at][0] <= position:
                if span[at][1] > position:
                    alive.append((span[at][2], span[at][1]))  # type: ignore[arg-type]
                at += 1
            started[root] = at
            active[root] = alive
            clash = [
                var
                for var, _ in alive
                if var is not op.outs[0]
                and self.live.live_after(var, op)
                and not self.holds_later(var, op, base, root)
            ]
            if root in self.aliases.foreign_roots:
                self.conflict(op, stmts, base, None)
            elif clash:
                self.conflict(op, stmts, base, clash)
        if self.kept_out_now:
            return True
        self._apply(lists)
        return self.changed

    def holds_later(self, holder: Var, op: Op, base: Var, root: Any) -> bool:
        """Whether a list gets hold of ``base`` only after ``op``: what it holds of the same place
        in the program by then was made on earlier trips, and is other memory."""
        if not isinstance(holder.type, List) or self.aliases.key(holder) == root:
            return False
        if _of_records(holder.type):
            return False
        made = self.allocations(base)
        if not made:
            return False
        at = self.live.position[id(op)]
        for hold in self.holds.get(root, ()):
            when = self.live.position[id(hold)]
            for first, last in self.loops:
                if first < at < last and first < when < last:
                    if not all(first < m < last for m in made):
                        return False
                    break
            else:
                if when < at:
                    return False
                continue
            if when < at:
                return False
        return True

    def flows_from(self, base: Var, var: Var) -> bool:
        """Whether ``base`` is ``var``, updated or passed on: then a copy of ``var`` is no help."""
        todo: list[Any] = [base]
        seen: set[Var] = set()
        while todo:
            each = todo.pop()
            if not isinstance(each, Var) or each in seen:
                continue
            if each is var:
                return True
            seen.add(each)
            made = self.origin.get(each) or self.param_of.get(each)
            if found := incoming(made, each):
                todo += [atoms[k] for atoms, k in found]
            elif isinstance(made, Op) and (destroys(made, self.aliases) or _is_view(made)):
                todo += [a for a in n.flatten(made.args) if isinstance(a, Var)]
        return False

    def allocations(self, var: Var) -> list[int]:
        """Where the memory of a value was made; nothing where that can't be told."""
        found: list[int] = []
        todo: list[Any] = [var]
        seen: set[Var] = set()
        while todo:
            each = todo.pop()
            if isinstance(each, Undef) or each in seen:
                continue
            if not isinstance(each, Var):
                return []
            seen.add(each)
            made = self.origin.get(each) or self.param_of.get(each)
            if passed := incoming(made, each):
                todo += [atoms[k] for atoms, k in passed]
            elif isinstance(made, Op):
                if destroys(made, self.aliases) is not None:
                    todo.append(made.args[0])
                elif _is_view(made) or made.fn in (n.CONCAT, n.REPEAT):
                    return []
                else:
                    found.append(self.live.position[id(made)])
            else:
                return []
        return found

    def _spans(self) -> dict[Any, list[tuple[int, int, Var]]]:
        """For each memory, its values with their definition and last possible read."""
        out: dict[Any, list[tuple[int, int, Var]]] = {}
        loops = self.loops
        for key in list(self.aliases.parent):
            var = key[0]
            try:
                start = self.live.defined_at(var)
            except KeyError:
                continue
            uses = self.live.uses(var)
            if not uses:
                continue
            end = uses[-1]
            for first, last in loops:
                if first < end < last and not first < start < last:
                    end = last
            out.setdefault(self.aliases.root(key), []).append((start, end + 1, var))
        for spans in out.values():
            spans.sort(key=lambda each: (each[0], each[2].serial))
        return out

    def _loop_ends(self) -> list[tuple[int, int]]:
        found = []
        for stmt in n.walk(self.function.body):
            if isinstance(stmt, For | While | Pullback):
                found.append((self.live.position[id(stmt)], self.live.end[id(stmt)]))
        return sorted(found, key=lambda each: each[1] - each[0])

    def conflict(self, op: Op, stmts: list[Stmt], base: Var, clash: list[Var] | None) -> None:
        """``op`` changes memory that ``clash`` (None: somebody outside) still needs."""
        if id(op) in self.aliases.in_place:
            self.changed = self.kept_out_now = True
            self.kept_out.add(id(op))
            return
        made = self.origin.get(base)
        if isinstance(made, Op) and made.fn is n.COPY and made.place is _COPIED:
            return  # of its own already: what else this memory may be, it is on another trip
        self.changed = True
        if clash is not None and base not in clash:
            sources = [self._source(var, base) for var in clash]
            if all(each is not None for each in sources) and not self.parted.issuperset(clash):
                self.parted.update(clash)
                for each in sources:
                    self.copy_value[id(each)] = (each, each)
                return
        self.copy_before.append((stmts, op))

    def _source(self, var: Var, base: Var) -> Any:
        """The statement after which a copy of ``var`` keeps it apart: a view, or a record."""
        if _of_records(var.type):
            key = self.aliases.key(base)
            return _Record(key) if self._recorded_calls(key) else None
        if isinstance(var.type, List) and isinstance(base.type, Array):
            return _Record(self.aliases.key(base))
        if self.flows_from(base, var):
            return None
        made = self.origin.get(var)
        if isinstance(made, Op) and isinstance(var.type, Array) and _is_view(made):
            return made
        if isinstance(made, If):
            return _Branch(made, made.outs.index(var))
        return None

    def _apply(self, lists: dict[int, list[Stmt]]) -> None:
        records = False
        for source, _ in self.copy_value.values():
            if isinstance(source, _Record):
                records = True
            elif isinstance(source, _Branch):
                self._copy_results(source)
            else:
                self._copy_after(source, lists)  # type: ignore[arg-type]
        if records:
            self._copy_records(lists)
        for stmts, op in self.copy_before:
            base = op.args[0]
            made = Var(base.type, base.hint, base.user)
            at = next(k for k, each in enumerate(stmts) if each is op)
            stmts.insert(at, Op((made,), _COPIED, n.COPY, (base,), {}))
            op.args = (made, *op.args[1:])

    def _copy_after(self, op: Op, lists: dict[int, list[Stmt]]) -> None:
        """``%t = read(...)`` becomes ``%v = read(...); %t = copy(%v)``."""
        outs = op.outs
        op.outs = tuple(Var(out.type, None) for out in outs)
        stmts = lists[id(op)]
        at = next(k for k, each in enumerate(stmts) if each is op)
        stmts[at + 1 : at + 1] = [
            Op((out,), op.place, n.COPY, (view,), {})
            for out, view in zip(outs, op.outs, strict=True)
        ]

    def _copy_results(self, source: _Branch) -> None:
        for region in (source.stmt.then, source.stmt.orelse):
            atom = region.results[source.k]
            if isinstance(atom, Var):
                made = Var(atom.type, atom.hint, atom.user)
                region.stmts.append(Op((made,), source.stmt.place, n.COPY, (atom,), {}))
                region.results[source.k] = made

    def _copy_records(self, lists: dict[int, list[Stmt]]) -> None:
        """Arrays put into lists whose arrays are overwritten later: put copies in."""
        targets = {self.aliases.key(op.args[0]) for _, op in self.copy_before} | {
            source.root for source, _ in self.copy_value.values() if isinstance(source, _Record)
        }
        for root in targets:
            for call, arrays in self._recorded_calls(root):
                _copy_in(
                    lists[id(call)], call, {each: Var(each.type, each.hint) for each in arrays}
                )
        for stmt in list(n.walk(self.function.body)):
            if not (isinstance(stmt, Op) and isinstance(stmt.outs[0].type, List)):
                continue
            if stmt.fn not in (n.APPEND, n.LIST, n.UPDATE):
                continue
            swap = {}
            for item in stmt.args if stmt.fn is n.LIST else stmt.args[-1:]:
                if isinstance(item, Var) and isinstance(item.type, Array):
                    if self.aliases.key(item) in targets:
                        swap[item] = Var(item.type, item.hint, False)
            if not swap:
                continue
            _copy_in(lists[id(stmt)], stmt, swap)

    def _recorded_calls(self, root: Any) -> list[tuple[n.Apply, list[Var]]]:
        """The calls whose record holds this memory as they got it, and the arguments with it."""
        found = []
        for stmt in n.walk(self.function.body):
            if isinstance(stmt, n.Apply) and any(out.type == RECORD for out in stmt.outs):
                arrays = [
                    each
                    for each in dict.fromkeys(n.flatten(stmt.args))
                    if isinstance(each, Var)
                    and isinstance(each.type, Array)
                    and self.aliases.key(each) is root
                ]
                if arrays:
                    found.append((stmt, arrays))
        return found


def _copy_in(stmts: list[Stmt], stmt: Any, swap: dict[Var, Var]) -> None:
    """Have ``stmt`` read copies of some of its operands."""
    at = next(k for k, each in enumerate(stmts) if each is stmt)
    for item, made in swap.items():
        stmts.insert(at, Op((made,), stmt.place, n.COPY, (item,), {}))
    stmt.args = n.map_atoms(stmt.args, lambda a: swap.get(a, a) if isinstance(a, Var) else a)


def _of_records(t: Any) -> bool:
    return t == RECORD or (isinstance(t, List) and _of_records(t.elem))


def _is_view(op: Op) -> bool:
    """Whether the result may be a view of an operand, so that a copy of it keeps it apart."""
    if isinstance(op.fn, n.Prim):
        return op.fn in (n.READ, n.MATCH, n.FIT)
    rule = REGISTRY.find(op.fn)
    return rule is not None and rule.result != "fresh"


class _Record:
    """Memory that lists hold, or records, and that changes later: they get copies."""

    def __init__(self, root: Any) -> None:
        self.root = root


class _Branch:
    def __init__(self, stmt: If, k: int) -> None:
        self.stmt = stmt
        self.k = k


def _filled(body: Region) -> None:
    """A copy of a number that was broadcast is an array filled with it."""
    made = {out: s for s in n.walk(body) for out in s.outs}
    reads: Counter[Any] = Counter()
    regions = [body]
    for stmt in n.walk(body):
        reads.update(n.operands(stmt))
        regions += n.regions(stmt)
    for region in regions:
        reads.update(n.flatten(region.results))
    unread: set[int] = set()
    for stmt in n.walk(body):
        if isinstance(stmt, Op) and stmt.fn is n.COPY:
            source = made.get(stmt.args[0]) if isinstance(stmt.args[0], Var) else None
            if isinstance(source, Op) and source.fn is np.broadcast_to:
                value, shape = source.args
                if isinstance(value.type, Scalar):
                    stmt.fn, stmt.args = np.full, (shape, value)
                    reads[source.outs[0]] -= 1
                    if not reads[source.outs[0]]:
                        unread.add(id(source))
    for region in regions:
        region.stmts[:] = [s for s in region.stmts if id(s) not in unread]


def _without_needless_copies(function: Function) -> Function:
    """Copies of what is ours and not read again are the thing itself."""
    aliases = Aliases(function)
    live = Liveness(function)
    swap: dict[Any, Any] = {}
    for stmt in n.walk(function.body):
        if not (isinstance(stmt, Op) and stmt.fn is n.COPY):
            continue
        source, out = stmt.args[0], stmt.outs[0]
        if not isinstance(source, Var) or aliases.is_foreign(source):
            continue
        members = aliases.members(aliases.key(source))
        at = live.position[id(stmt)]
        alive = any(live.defined_at(x) < at and live.live_after(x, stmt) for x, _ in members)
        if source.type == out.type and not alive:
            swap[out] = source
            if source.hint is None or not source.user:
                source.hint, source.user = out.hint, out.user
    if not swap:
        return function

    def settle(atom: Any) -> Any:
        while atom in swap:
            atom = swap[atom]
        return atom

    gone = set(swap)
    body = _drop(function.body, gone)
    body = substituted(body, {var: settle(var) for var in swap})
    return Function(function.name, function.params, body)


def _drop(region: Region, gone: set[Var]) -> Region:
    for each in [region, *(r for s in n.walk(region) for r in n.regions(s))]:
        each.stmts[:] = [s for s in each.stmts if not (s.outs and s.outs[0] in gone)]
    return region


def _own_results(
    region: Region,
    results: list[Any],
    owned: list[int],
    function: Function,
    kept_out: set[int],
) -> None:
    """Copies of results that are not ours to give away, or given away twice."""
    aliases = Aliases(function, kept_out)
    live_roots: dict[Any, int] = {}
    for k, atom in enumerate(results):
        if k in owned or not isinstance(atom, Var) or not isinstance(atom.type, Array | List):
            continue
        live_roots.setdefault(aliases.key(atom), k)
    for stmt in region.stmts:
        if isinstance(stmt, Pullback):  # reads, after the results were given away
            live_roots |= {aliases.key(var): -1 for var in read_counts(stmt.body)}
    inside = {out for s in n.walk(region) for out in s.outs}
    for k in owned:
        atom = results[k]
        if isinstance(atom, Undef) or not isinstance(atom, Var):
            continue
        if not isinstance(atom.type, Array | List):
            continue
        root = aliases.key(atom)
        shared = root in live_roots
        shared = shared or any(aliases.root(k) in aliases.foreign_roots for k in keys_of(atom))
        if not shared and region is not function.body and atom not in inside:
            shared = True
        if shared:
            made = Var(atom.type, atom.hint, False)
            place = None
            region.stmts.append(Op((made,), place, n.COPY, (atom,), {}))
            results[k] = made
        live_roots.setdefault(root, k)
