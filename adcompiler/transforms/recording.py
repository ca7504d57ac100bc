"""What the reverse sweep reads of the forward sweep, and how it gets at it.

Outside loops nothing is stored: a value is still there, under its name. Within a loop a value that
the reverse sweep reads is either *recomputed* there, if it is cheap and made of values that are
there, or *recorded*, once a trip, in a list (Hascoët & Pascual 2013, section 4.3; the choice is
``_Plan``). What a loop carries is recorded at the start of the trip and the rest is recomputed, so
a loop of n steps with a state of s floats records n·s of them.

A record is an ordinary list value, so an inner loop's record is to the loop around it one more
value to be recorded, and a derivative of the derivative needs to know nothing about it.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adcompiler.analyses.flow import incoming
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const, zero_of
from adcompiler.ir.nodes import Const, For, Function, If, Op, Region, Slice, Undef, Var, While
from adcompiler.ir.rewrite import cloned, substituted
from adcompiler.ir.types import BOOL, INT, Array, Saved, Scalar
from adcompiler.rules.contract import REGISTRY

CHEAP = frozenset(
    {
        operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pos,
        operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
        operator.floordiv, operator.mod, operator.and_, operator.or_, operator.invert,
        np.add, np.subtract, np.multiply, np.divide, np.negative, np.square, np.transpose,
        np.expand_dims, np.reshape, np.ravel, np.abs, builtins.abs, builtins.min, builtins.max,
        n.READ, n.DIM, n.LENGTH, n.TRIPS, n.NOT, np.size,
    }
)  # fmt: skip
_DESTROYING = (n.UPDATE, n.ADD_AT, n.APPEND, n.DROP)
_LONGEST = 12  # operations that are recomputed for one value


@dataclass
class _Loop:
    stmt: For | While
    stopped: Var | None = None
    inner: list[int] = field(default_factory=list)


@dataclass(eq=False)
class Kept:
    """What was decided for a loop: the lines whose adjoints read each value of a trip, and which
    values are recorded. ``made`` are the definitions in the trip.
    """

    stmt: For | While
    index: Var | None
    readers: dict[Var, list[int]]
    recorded: list[Var]
    invariant: set[Var]
    made: dict[Var, Any]
    destroyed: set[Any]


class Recording:
    """Gives the statements of a reverse sweep the values of the forward sweep. ``kept`` tells of
    its choices, for people: no pass reads it.
    """

    def __init__(self, builder: Any, function: Function) -> None:
        self.b = builder
        self.container: dict[int, list[Any]] = {}
        self.counts: dict[Var, int] = {}
        self.destroyed: set[Any] = set()
        self.loops: list[_Loop] = []
        self.loop_of: dict[Var, Any] = {}
        self.kept: list[Kept] = []
        self.outermost = {*function.params, *(out for s in function.body.stmts for out in s.outs)}
        self.reading: dict[int, tuple[Any, set[Var]]] = {}
        todo = [function.body]
        while todo:
            region = todo.pop()
            self.count(region.results)
            for stmt in region.stmts:
                if isinstance(stmt, For | While):
                    self.loop_of.update((p, stmt) for p in stmt.body.params)
                self.container[id(stmt)] = region.stmts
                self.count(n.operands(stmt))
                if isinstance(stmt, Op) and stmt.fn in _DESTROYING:
                    self.destroyed.add(stmt.args[0])
                todo.extend(n.regions(stmt))

    def count(self, atoms: Any) -> None:
        for atom in atoms:
            if isinstance(atom, Var):
                self.counts[atom] = self.counts.get(atom, 0) + 1

    def reads(self, atom: Var) -> int:
        return self.counts.get(atom, 0)

    # ---- conditions

    def enter(self, stmt: For | While) -> None:
        self.loops.append(_Loop(stmt))

    def condition(self, stmt: If) -> Any:
        """The condition of a branch's adjoint.

        A branch that leaves the loop was taken on the last trip, if at all: one flag for the loop
        tells, instead of one for each trip.
        """
        if stmt.catches:
            return stmt.outs[0]
        loop = self.loops[-1] if self.loops else None
        if loop is not None and loop.stmt.until is not None:
            flag = loop.stmt.body.results[loop.stmt.until]
            if flag in stmt.outs and any(each is stmt for each in loop.stmt.body.stmts):
                k = stmt.outs.index(flag)
                sides = (stmt.then.results[k], stmt.orelse.results[k])
                if all(isinstance(s, Const) for s in sides) and sides[0].value != sides[1].value:
                    if loop.stopped is None:
                        loop.stopped = Var(BOOL, "stopped")
                    if sides[0].value:
                        return loop.stopped
                    return self.b.raw(n.NOT, (loop.stopped,))
        return stmt.cond if self.loops else self.tested_again(stmt.cond)

    def tested_again(self, cond: Any) -> Any:
        """A comparison made in a branch, of numbers that are there after it, is made again: each
        branch of a long ``elif`` would have to hand out those of all that follow it.
        """
        made = self.b.defs.get(cond) if isinstance(cond, Var) else None
        if not isinstance(made, Op) or made.fn not in CHEAP or cond in self.outermost:
            return cond
        for each in n.operands(made):
            if not isinstance(each, Const) and each not in self.outermost:
                return cond
            if not isinstance(each.type, Scalar):
                return cond
        (again,) = cloned([made], {})
        again.place = None
        self.b.add_stmt(again)
        self.b.defs[again.outs[0]] = again
        return again.outs[0]

    # ---- branches

    def branch(self, stmt: If, made: If, in_loop: bool, deep: bool) -> None:
        """Hand values out of the branches of ``stmt`` to those of its adjoint ``made``.

        What a ``deep`` branch computes is computed again where it can be: it would have to be
        handed out of every branch around it.
        """
        for source, target, other in (
            (stmt.then, made.then, stmt.orelse),
            (stmt.orelse, made.orelse, stmt.then),
        ):
            reads = self.read_in(target)
            needed = [var for var in defined_in(source) if var in reads]
            if not needed:
                continue
            plan = _Plan(self, source, needed, recompute=in_loop or deep, elementwise=deep)
            env: dict[Any, Any] = {}
            for var in plan.recorded:
                out = Var(var.type, var.hint, var.user)
                stmt.outs = (*stmt.outs, out)
                source.results.append(var)
                other.results.append(filler(var.type) if in_loop else Undef(var.type))
                self.b.defs[out] = stmt
                env[var] = out
            self.rebuild(target, plan, env)

    def read_in(self, target: Region) -> set[Var]:
        """What a region of the reverse sweep reads; of nested statements it is kept."""
        found = {atom for atom in n.flatten(target.results) if isinstance(atom, Var)}
        for stmt in target.stmts:
            inner = n.regions(stmt)
            if not inner:
                found.update(atom for atom in n.operands(stmt) if isinstance(atom, Var))
                continue
            known = self.reading.get(id(stmt))
            if known is None:
                reads = {atom for atom in n.operands(stmt) if isinstance(atom, Var)}
                known = self.reading[id(stmt)] = stmt, reads.union(*map(self.read_in, inner))
            found |= known[1]
        return found

    def rebuild(self, target: Region, plan: _Plan, env: dict[Any, Any]) -> None:
        """Recompute what the plan says at the head of ``target``, and read it there."""
        again = [substituted(Region([], [op], []), env).stmts[0] for op in plan.recomputed]
        head = cloned(again, env)
        for stmt in head:
            stmt.place = None
            for out in stmt.outs:
                self.b.defs[out] = stmt
        fixed = substituted(Region([], target.stmts, target.results), env)
        target.stmts[:] = head + fixed.stmts
        target.results[:] = fixed.results
        for stmt in n.walk(target):
            for out in stmt.outs:
                self.b.defs[out] = stmt

    # ---- loops

    def loop(self, stmt: For | While, region: Region, inits: list[Any], outs: list[Var]) -> None:
        """Emit the reverse loop of ``stmt`` around ``region``; its first parameter counts down."""
        loop = self.loops.pop()
        k = region.params[0]
        body = stmt.body
        index = body.params[0] if isinstance(stmt, For) else None
        needed = needed_by(region, defined_in(body))
        plan = _Plan(self, body, [v for v in needed if v is not index], True, index, stmt)
        self.kept.append(self.told(stmt, region, plan, needed, index))
        records = [self.record(stmt, var) for var in plan.recorded]
        trips = self.trips(stmt, records)
        env: dict[Any, Any] = {}
        for op in plan.invariant:
            after = carried_array(stmt, op) if op.fn is n.DIM else None
            known = {op.args[0]: after} if after is not None else env
            (again,) = cloned([substituted(Region([], [op], []), known).stmts[0]], env)
            again.place = None
            self.b.add_stmt(again)
        head = Region()
        with self.b.block(head):
            for var, record in zip(plan.recorded, records, strict=True):
                again = self.b.raw(n.READ, (record, k), hint=self.stem(var))
                again.user = var.user
                env[var] = again
            if index is not None and (index in needed or plan.reads(index)):
                env[index] = self.index(stmt, k)
        self.rebuild(region, plan, env)
        region.stmts[:0] = head.stmts
        if loop.stopped is not None:
            flag = stmt.outs[stmt.until] if stmt.until is not None else const(False)
            region.params.append(loop.stopped)
            region.results.append(const(False))
            inits.append(flag)
            outs.append(Var(BOOL, "stopped"))
        last = self.b.call(operator.sub, trips, const(1))
        made = For(tuple(outs), self.b.place, last, const(-1), const(-1), inits, region)
        self.b.add_stmt(made)

    def told(
        self, stmt: For | While, region: Region, plan: _Plan, needed: list[Var], index: Var | None
    ) -> Kept:
        readers = lines_reading(region, [*needed, *plan.recorded])
        invariant = {out for op in plan.invariant for out in op.outs}
        made = {out: each for each in stmt.body.stmts for out in each.outs}
        return Kept(stmt, index, readers, plan.recorded, invariant, made, self.destroyed)

    def index(self, stmt: For, k: Var) -> Any:
        """The forward loop's counter on trip ``k``."""
        scaled = k if _is(stmt.step, 1) else self.b.call(operator.mul, stmt.step, k)
        if _is(stmt.start, 0):
            return scaled
        made = self.b.raw(operator.add, (stmt.start, scaled), hint=stmt.body.params[0].hint)
        made.user = True
        return made

    def trips(self, stmt: For | While, records: list[Var]) -> Any:
        """How many trips the loop made."""
        if isinstance(stmt, For) and stmt.until is None:
            if _is(stmt.start, 0) and _is(stmt.step, 1):
                return stmt.stop
            return self.b.call(n.TRIPS, stmt.start, stmt.stop, stmt.step)
        if records:
            return self.b.call(n.LENGTH, records[0])
        param, out = Var(INT, "trips"), Var(INT, "trips")
        body = Region()
        with self.b.block(body), self.b.at(n.Place(0, "", derived=True)):
            more = self.b.raw(operator.add, (param, const(1)), hint="trips")
        stmt.body.stmts[:0] = body.stmts
        self.carry(stmt, const(0), param, more, out)
        return out

    def record(self, stmt: For | While, var: Var) -> Var:
        """Have the forward loop append ``var`` to a list, which is a result of the loop."""
        hint = self.record_name(var)
        self.fill(var)
        t = Saved(var.type)
        container = self.container[id(stmt)]
        empty = Op((Var(t, hint, True),), stmt.place, n.LIST, (), {})
        container.insert(_position(container, stmt), empty)
        param, grown, out = (Var(t, hint, True) for _ in range(3))
        append = Op((grown,), stmt.place, n.APPEND, (param, var), {})
        stmts = stmt.body.stmts
        at = 0
        for k, each in enumerate(stmts):
            if var in each.outs:
                at = k + 1
        stmts.insert(at, append)
        self.b.defs[empty.outs[0]] = empty
        self.b.defs[grown] = append
        self.container[id(append)] = stmts
        self.carry(stmt, empty.outs[0], param, grown, out)
        return out

    def fill(self, var: Any) -> None:
        """Have something to record on paths that leave ``var`` unbound, too."""
        todo, seen = [var], set()
        while todo:
            each = todo.pop()
            if not isinstance(each, Var) or each in seen:
                continue
            seen.add(each)
            made = self.b.defs.get(each) or self.loop_of.get(each)
            for atoms, k in incoming(made, each):
                if isinstance(atoms[k], Undef):
                    atoms[k] = filler(each.type)
                else:
                    todo.append(atoms[k])

    def record_name(self, var: Var) -> str:
        """``x_saved``; for the records of an inner loop, ``x_saved_all``."""
        if isinstance(var.type, Saved):
            return f"{var.hint}_all"
        return f"{self.stem(var) or 'value'}_saved"

    def stem(self, var: Var) -> str | None:
        """What is saved: a name of the user's, ``u_i`` for ``u[i]``, ``exp_x`` for ``exp(x)``."""
        made = self.b.defs.get(var)
        if var.hint is not None or not isinstance(made, Op):
            return var.hint
        named = [a.hint for a in n.operands(made) if isinstance(a, Var) and a.hint]
        if made.fn is n.READ:
            return "_".join(named[:2]) or None
        word = "" if isinstance(made.fn, n.Prim) else getattr(made.fn, "__name__", "")
        if word in ("mul", "add", "sub", "truediv", "pow", "neg"):
            word = ""
        return "_".join(filter(None, [word, *named[:1]])) or None

    def carry(self, stmt: For | While, init: Any, param: Var, result: Any, out: Var) -> None:
        """One more value that the loop carries."""
        stmt.inits.append(init)
        stmt.body.params.append(param)
        stmt.body.results.append(result)
        if isinstance(stmt, While):
            stmt.test.params.append(Var(param.type, param.hint))
        stmt.outs = (*stmt.outs, out)
        self.b.defs[out] = stmt


class _Plan:
    """Which of the needed values of a region are recorded, and which statements are run again.

    A value is recomputed if all it takes is a few cheap operations on values that are there anyway;
    where that would need more than one further value, the value itself is recorded.
    """

    def __init__(
        self,
        recording: Recording,
        region: Region,
        needed: list[Var],
        recompute: bool,
        index: Var | None = None,
        loop: For | While | None = None,
        elementwise: bool = False,
    ) -> None:
        self.recording = recording
        self.elementwise = elementwise
        self.index = index
        self.defs = {out: stmt for stmt in region.stmts for out in stmt.outs}
        self.inside = set(region.params) | set(self.defs)
        self.fixed = self.invariants(region, loop) if loop is not None else set()
        order = {var: k for k, var in enumerate([*region.params, *self.defs])}
        self.recorded: list[Var] = []
        chosen: set[Var] = set()
        expanded: dict[Var, tuple[set[Var], list[Op]]] = {}
        ordered = sorted(needed, key=order.__getitem__)
        settled = False
        while not settled:
            chosen, expanded, settled = self.divided(ordered, chosen, recompute)
        self.recorded = sorted(chosen, key=order.__getitem__)
        wanted = {id(op) for _, ops in expanded.values() for op in ops}
        again = [s for s in region.stmts if id(s) in wanted and isinstance(s, Op)]
        self.invariant: list[Op] = []
        hoisted: set[int] = set()
        there: set[Var] = set()
        for op in again:
            lengths = op.fn is n.DIM and loop is not None and carried_array(loop, op) is not None
            reads = {x for x in n.operands(op) if isinstance(x, Var) and x in self.inside}
            if op.outs[0] in self.fixed and (lengths or reads <= there):  # not on what is recorded
                self.invariant.append(op)
                hoisted.add(id(op))
                there.add(op.outs[0])
        self.recomputed = [op for op in again if id(op) not in hoisted]

    def divided(
        self, ordered: list[Var], fixed: set[Var], recompute: bool
    ) -> tuple[set[Var], dict[Var, tuple[set[Var], list[Op]]], bool]:
        """What is recorded and what is run again, ``fixed`` being recorded. Not settled yet, if
        that turns out to record more: the rest may be had from it.
        """
        chosen = set(fixed)
        expanded: dict[Var, tuple[set[Var], list[Op]]] = {}
        for var in ordered:
            if var in chosen:
                continue
            found = self.expand(var, chosen, expanded) if recompute else None
            if found is None or var in found[0]:
                chosen.add(var)
            else:
                expanded[var] = found
        at_first = set(chosen)
        for var, (leaves, _) in expanded.items():
            if len(leaves - chosen) > 1 and not self.shared(leaves - chosen, expanded):
                return at_first | {var}, {}, False
            chosen |= leaves
        return chosen, expanded, True

    def invariants(self, region: Region, loop: For | While) -> set[Var]:
        """What comes out the same on every trip: made of nothing that the loop makes, but for the
        lengths of what it carries."""
        fixed: set[Var] = set()
        for stmt in region.stmts:
            if not isinstance(stmt, Op) or len(stmt.outs) != 1 or stmt.fn in _DESTROYING:
                continue
            if stmt.fn is n.DIM and carried_array(loop, stmt) is not None:
                fixed.add(stmt.outs[0])
                continue
            reads = [x for x in n.operands(stmt) if isinstance(x, Var)]
            if any(x in self.recording.destroyed for x in reads):
                continue
            if all(x not in self.inside or x in fixed for x in reads):
                fixed.add(stmt.outs[0])
        return fixed

    def shared(self, leaves: set[Var], expanded: dict[Var, Any]) -> bool:
        """Whether several values can be had from these leaves: then the leaves are the state."""
        users = sum(1 for other, _ in expanded.values() if other & leaves)
        return users >= len(leaves)

    def reads(self, index: Var) -> bool:
        return any(index in n.operands(op) for op in self.recomputed)

    def expand(
        self, var: Var, chosen: set[Var], expanded: dict[Var, tuple[set[Var], list[Op]]]
    ) -> tuple[set[Var], list[Op]] | None:
        """The values to be recorded, and the operations to be run again, for ``var``, where
        ``chosen`` are recorded and ``expanded`` are run again already."""
        leaves: set[Var] = set()
        ops: list[Op] = []
        todo = [var]
        seen: set[Var] = set()
        while todo:
            each = todo.pop()
            if each in seen or each not in self.inside or each is self.index:
                continue
            seen.add(each)
            if each in expanded:
                leaves |= expanded[each][0]
                continue
            op = self.defs.get(each)
            if op is None or each in chosen or not self.cheap(op):
                if each in self.recording.destroyed and each is not var and not self.whole(each):
                    return None
                leaves.add(each)
                continue
            assert isinstance(op, Op)
            ops.append(op)
            if len(ops) > _LONGEST:
                return None
            if op.fn is n.DIM and each in self.fixed:
                continue
            todo += [x for x in n.operands(op) if isinstance(x, Var)]
        return leaves, ops

    def cheap(self, op: Any) -> bool:
        if isinstance(op, Op) and len(op.outs) == 1 and op.outs[0] in self.fixed:
            return True
        if not isinstance(op, Op) or len(op.outs) != 1:
            return False
        if op.fn not in CHEAP:
            rule = REGISTRY.find(op.fn) if self.elementwise else None
            return rule is not None and rule.form == "elementwise"
        if op.fn is n.READ:
            base, index = op.args
            if base in self.recording.destroyed:
                return isinstance(base.type, Array) and self.whole(base) and _slices(index)
            return not any(
                isinstance(x, Var) and isinstance(x.type, Array) for x in n.flatten(index)
            )
        return True

    def whole(self, base: Any) -> bool:
        """Whether an array that is overwritten is best recorded as a whole: several slices of it
        are read."""
        reads = [
            s for s in self.defs.values()
            if isinstance(s, Op) and s.fn is n.READ and s.args[0] is base and _slices(s.args[1])
        ]  # fmt: skip
        return len(reads) > 1


def _slices(index: Any) -> bool:
    return (
        isinstance(index, tuple)
        and all(isinstance(item, Slice | Const) for item in index)
        and any(isinstance(item, Slice) for item in index)
    )


def planned(recording: Recording, region: Region, needed: list[Var]) -> _Plan:
    """How the reverse sweep of a whole function gets at these values, if it stands elsewhere."""
    return _Plan(recording, region, needed, recompute=True)


def carried_array(loop: For | While, dim: Op) -> Var | None:
    """After the loop, the array that it carries through and whose length ``dim`` asks for."""
    array, axis = dim.args
    params = loop.body.params[1:] if isinstance(loop, For) else loop.body.params
    if array not in params or not isinstance(array.type, Array):
        return None
    k = params.index(array)
    if any(not isinstance(each, Var) for each in (loop.inits[k], loop.body.results[k])):
        return None
    lengths = [each.type.dims[axis.value] for each in (array, loop.inits[k], loop.outs[k])]
    return loop.outs[k] if all(each.same(lengths[0]) for each in lengths) else None


def defined_in(region: Region) -> set[Var]:
    return {*region.params, *(out for stmt in region.stmts for out in stmt.outs)}


def needed_by(target: Region, defined: set[Var]) -> list[Var]:
    """What ``target`` reads of ``defined``, in order of first reading."""
    found: dict[Var, None] = {}

    def see(atoms: Any) -> None:
        for atom in n.flatten(list(atoms)):
            if isinstance(atom, Var) and atom in defined:
                found[atom] = None

    for stmt in n.walk(target):
        see(n.operands(stmt))
        for inner in n.regions(stmt):
            see(inner.results)
    see(target.results)
    return list(found)


def lines_reading(region: Region, wanted: Iterable[Var]) -> dict[Var, list[int]]:
    """The user's lines whose statements in ``region`` read each of ``wanted``, in order."""
    found: dict[Var, set[int]] = {var: set() for var in wanted}
    for stmt in n.walk(region):
        if stmt.place is None:
            continue
        for atoms in (n.operands(stmt), *(inner.results for inner in n.regions(stmt))):
            for atom in atoms:
                if isinstance(atom, Var) and atom in found:
                    found[atom].add(stmt.place.line)
    return {var: sorted(lines) for var, lines in found.items()}


def filler(t: Any) -> Any:
    """What a record holds for a trip that took the other branch."""
    if isinstance(t, Scalar):
        if t.dtype == "bool":
            return const(False)
        return zero_of(t) if t.dtype[0] in "fc" else const(0)
    return Const(None, t)


def _is(atom: Any, value: int) -> bool:
    return isinstance(atom, Const) and atom.value == value


def _position(stmts: list[Any], stmt: Any) -> int:
    return next(k for k, each in enumerate(stmts) if each is stmt)
