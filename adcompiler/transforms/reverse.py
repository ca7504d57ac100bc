"""Reverse mode: the user's statements, then a sweep that walks them backwards.

For ``y = f(x)`` the adjoint statement is ``x̄_i += ȳ · ∂f/∂x_i`` (Griewank & Walther 2008,
section 3.2). A loop's adjoint is a loop over the same trips backwards, which carries the adjoints
of what the loop carries and of what it reads from outside; a branch's adjoint is the same branch
(Hascoët & Pascual 2013, section 4). What the reverse sweep reads of the forward sweep, and how it
gets at it, is decided afterwards, loop by loop, in ``recording``.

Before::

    %v = call operator.mul(%x, %y)
    return %v

After::

    %v = call operator.mul(%x, %y)
    return %y, %x
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from adcompiler.analyses.activity import active_values
from adcompiler.analyses.lanes import Guards, guards, lane_of
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const, is_const, same_shape, zero_of
from adcompiler.ir.nodes import (
    Apply,
    Const,
    For,
    Function,
    If,
    Op,
    Pullback,
    Region,
    Slice,
    Undef,
    Var,
    While,
)
from adcompiler.ir.types import BOOL, INT, RECORD, Array, List, Scalar, is_float
from adcompiler.rules.contract import REGISTRY
from adcompiler.transforms.forward import no_rule, unlisted
from adcompiler.transforms.recording import Recording
from adcompiler.transforms.rule_calls import RuleCalls

Bars = dict[Var, Any]
_DEEP = 4  # branches around a branch; what is in there is rather computed again than handed out


def reverse(
    lowering: Any, function: Function, wrt: list[Var], outputs: list[int], *, pullback: bool = False
) -> Function:
    """``function`` with the adjoints of ``wrt`` behind its results.

    ``outputs`` are the positions of the results that are differentiated. A single real scalar is
    seeded with one; with ``pullback`` the reverse sweep becomes a function of the cotangents, which
    is returned in place of the adjoints.
    """
    return Reverse(lowering, function, wrt, outputs).run(pullback)


class Reverse:
    def __init__(
        self, lowering: Any, function: Function, wrt: list[Var], outputs: list[int]
    ) -> None:
        self.lw = lowering
        self.b = lowering.builder
        self.b.know(function.body)
        lowering.program.companions.implicit.complete(function)
        self.rules = RuleCalls(lowering)
        self.function = function
        self.wrt = wrt
        self.outputs = outputs
        wanted = [function.results[k] for k in outputs]
        self.active = active_values(function, wrt, wanted)
        self.guards = guards(function, self.active)
        self.recording = Recording(self.b, function)
        self.absorbed: set[int] = set()  # sums whose first term is the old element of a store
        self.loop_depth = 0
        self.branch_depth = 0
        self.defined: dict[Var, int] = {}
        self.spans: dict[int, tuple[int, int]] = {}  # of branches, by id: what they define between
        self.locate(function.body)

    def locate(self, region: Region) -> None:
        """Number what branches define."""
        for stmt in region.stmts:
            first = len(self.defined)
            for inner in n.regions(stmt):
                self.locate(inner)
            self.spans[id(stmt)] = first, len(self.defined) + 1
            for out in stmt.outs:
                self.defined[out] = len(self.defined) + 1

    def run(self, pullback: bool) -> Function:
        body = self.function.body
        made = Region(body.params, list(body.stmts))
        self.recording.container.update((id(each), made.stmts) for each in body.stmts)
        self.b.simplify = True
        try:
            with self.b.block(made):
                if pullback:
                    results = [*body.results, self.pullback(body)]
                else:
                    (k,) = self.outputs
                    seeds = {k: Const(1.0, _seed_type(body.results[k].type))}
                    results = [*body.results, *self.sweep(body, seeds)]
        finally:
            self.b.simplify = False
        made.results = results
        return Function(f"{self.function.name}_grad", self.function.params, made)

    def seeded(self) -> Function:
        """The adjoints of ``wrt``, with those of the results as further parameters."""
        body = self.function.body
        made = Region(body.params, list(body.stmts))
        self.recording.container.update((id(each), made.stmts) for each in body.stmts)
        bars = {k: Var(body.results[k].type, "lam", True) for k in self.outputs}
        self.b.simplify = True
        try:
            with self.b.block(made):
                made.results = self.sweep(body, bars)
        finally:
            self.b.simplify = False
        params = [*self.function.params, *bars.values()]
        return Function(f"{self.function.name}_pulled_back", params, made)

    def apart(self) -> tuple[list[Any], Region]:
        """The forward sweep, and the reverse sweep as a region of its own: of the adjoints of the
        results, yielding those of the arguments. The one may run long after the other.
        """
        body = self.function.body
        stmts = list(body.stmts)
        self.recording.container.update((id(each), stmts) for each in stmts)
        self.loop_depth = 1  # what a path doesn't define is recorded all the same
        self.b.simplify = True
        try:
            self.b.blocks.append(stmts)
            region = self.adjoint(body)
        finally:
            self.b.blocks.pop()
            self.b.simplify = False
        return stmts, region

    def pullback(self, body: Region) -> Var:
        region = self.adjoint(body)
        out = Var(const(None).type, "pullback", True)
        self.b.add_stmt(Pullback((out,), self.b.place, region))
        return out

    def adjoint(self, body: Region) -> Region:
        """The reverse sweep, a function of the results' adjoints."""
        region = Region()
        seeds = {}
        for k in self.outputs:
            result = body.results[k]
            hint = result.hint if isinstance(result, Var) and result.hint else "result"
            bar = Var(result.type, f"{hint}_bar", True)
            region.params.append(bar)
            seeds[k] = bar
        with self.b.block(region):
            region.results = self.sweep(body, seeds)
        return region

    def sweep(self, body: Region, seeds: dict[int, Any]) -> list[Any]:
        bars: Bars = {}
        for k, seed in seeds.items():
            self.accumulate(bars, body.results[k], seed)
        self.stmts(body.stmts, bars)
        return [self.gradient(x, bars) for x in self.wrt]

    def gradient(self, x: Var, bars: Bars) -> Any:
        bar = bars.get(x)
        if bar is not None:
            return self.shaped(bar, x)
        return self.b.zeros_like(x, f"{x.hint}_bar")

    # ---- adjoints

    def is_active(self, atom: Any) -> bool:
        return isinstance(atom, Var) and atom in self.active

    def accumulate(self, bars: Bars, atom: Any, bar: Any) -> None:
        """Add a contribution to an adjoint."""
        if bar is None or not self.is_active(atom):
            return
        bar = self.b.call(n.MATCH, bar, atom)
        before = bars.get(atom)
        if before is None:
            self.name(bar, atom)
            bars[atom] = bar
            return
        if isinstance(atom.type, List):
            total = self.b.raw(n.ZIP_ADD, (before, bar))
        else:
            total = self.b.add(before, bar)
        self.name(total, atom)
        bars[atom] = total

    def name(self, bar: Any, of: Var) -> None:
        if isinstance(bar, Var) and bar.hint is None and of.hint is not None:
            bar.hint = f"{of.hint}_bar"
            bar.user = of.user

    def full(self, bars: Bars, atom: Var, like: Any = None) -> Any:
        """The adjoint, zeros where nothing has contributed."""
        found = bars.get(atom)
        if found is not None:
            return found
        return self.b.zeros_like(
            atom if like is None else like, f"{atom.hint}_bar" if atom.hint else None
        )

    # ---- statements

    def stmts(self, stmts: list[Any], bars: Bars) -> None:
        for stmt in reversed(stmts):
            if not any(out in self.active for out in stmt.outs):
                continue
            place = stmt.place
            with self.b.at(
                replace(place, derived=True, reverse=True) if place is not None else None
            ):
                if isinstance(stmt, Op):
                    self.op(stmt, bars)
                elif isinstance(stmt, If):
                    self.branch(stmt, bars)
                elif isinstance(stmt, For | While):
                    self.loop(stmt, bars)
                else:
                    assert isinstance(stmt, Apply), stmt
                    self.apply(stmt, bars)

    def apply(self, stmt: Apply, bars: Bars) -> None:
        """A call: its forward sweep in its place, its reverse sweep here."""
        found = [bars.pop(out, None) for out in stmt.outs]
        active = tuple(self.is_active(a) for a in stmt.args)
        if all(bar is None for bar in found) or not any(active):
            return
        seeded = tuple(bar is not None for bar in found)
        bar_args = [
            self.b.exact(self.shaped(bar, out), out.type)
            for bar, out in zip(found, stmt.outs, strict=True)
            if bar is not None
        ]
        companions = self.lw.program.companions
        hints = companions.hints(stmt.callee, active)
        forward, reverse = companions.sweeps(stmt.callee, active, seeded)
        record = Var(RECORD, "record")
        stmt.callee, stmt.outs = forward, (*stmt.outs, record)
        self.b.defs[record] = stmt
        wanted = [a for a, each in zip(stmt.args, active, strict=True) if each]
        outs = tuple(
            Var(a.type, f"{a.hint or f'inner_{hint}'}_bar", a.user)
            for a, hint in zip(wanted, hints, strict=True)
        )
        self.b.add_stmt(Apply(outs, self.b.place, reverse, (record, *bar_args)))
        for each, out in zip(wanted, outs, strict=True):
            self.accumulate(bars, each, out)

    def shaped(self, bar: Any, of: Var) -> Any:
        """An adjoint that is handed to someone who relies on its being an array."""
        if isinstance(of.type, Array) and not of.type.ndim and isinstance(bar.type, Array):
            made = self.b.defs.get(bar)
            arrays = (n.MATCH, n.ZEROS_LIKE, n.COPY)
            if not (isinstance(made, Op) and made.fn in arrays):  # NumPy's results may be numbers
                return self.b.raw(np.asarray, (bar,), hint=bar.hint, types=(bar.type,))
        if isinstance(of.type, Array) and not isinstance(bar.type, Array):
            return self.b.raw(n.MATCH, (bar, of), hint=getattr(bar, "hint", None))
        return bar

    def number(self, bar: Any) -> Any:
        """The number that was made an array without axes, for someone who needs no array."""
        made = self.b.defs.get(bar) if isinstance(bar, Var) else None
        if isinstance(made, Op) and made.fn is n.MATCH and isinstance(made.args[0].type, Scalar):
            if isinstance(bar.type, Array) and made.args[0].type.dtype == bar.type.dtype:
                return made.args[0]
        return bar

    def branch(self, stmt: If, bars: Bars) -> None:
        out_bars = {k: bars.pop(out) for k, out in enumerate(stmt.outs) if out in bars}
        if not out_bars:
            return
        sides: list[tuple[Region, Bars]] = []
        self.branch_depth += 1
        for source in (stmt.then, stmt.orelse):
            local = dict(bars)
            region = Region()
            with self.b.block(region):
                for k, bar in out_bars.items():
                    self.accumulate(local, source.results[k], bar)
                self.stmts(source.stmts, local)
            sides.append((region, local))
        self.branch_depth -= 1
        first, last = self.spans[id(stmt)]
        changed = [
            var
            for var in dict.fromkeys([*sides[0][1], *sides[1][1]])
            if not first < self.defined.get(var, 0) < last
            and any(local.get(var) is not bars.get(var) for _, local in sides)
        ]
        for region, local in sides:
            with self.b.block(region):
                region.results = [self.full(local, var) for var in changed]
        if not changed:
            return
        outs = tuple(
            Var(var.type, f"{var.hint}_bar" if var.hint else None, var.user) for var in changed
        )
        (then, _), (orelse, _) = sides
        cond = self.recording.condition(stmt)
        made = If(outs, self.b.place, cond, then, orelse)
        self.b.add_stmt(made)
        self.recording.branch(stmt, made, self.loop_depth > 0, self.branch_depth > _DEEP)
        bars.update(zip(changed, outs, strict=True))

    def loop(self, stmt: For | While, bars: Bars) -> None:
        shift = 1 if isinstance(stmt, For) else 0
        params = stmt.body.params[shift:]
        carried = [
            k
            for k, out in enumerate(stmt.outs)
            if (out in self.active or params[k] in self.active) and is_float(out.type)
        ]
        free = self.free_active(stmt)
        inits = []
        for k in carried:
            inits.append(self.owned(bars.pop(stmt.outs[k], None), stmt.outs[k]))
        for var in free:
            inits.append(self.owned(bars.get(var), var))

        def fresh() -> list[Var]:
            made = [self.bar_var(stmt.outs[k]) for k in carried]
            return made + [self.bar_var(var) for var in free]

        bar_params = fresh()
        index = Var(INT, stmt.body.params[0].hint if shift else "k")
        region = Region([index, *bar_params])
        local: Bars = {}
        self.loop_depth += 1
        self.recording.enter(stmt)
        with self.b.block(region):
            local.update(zip(free, bar_params[len(carried) :], strict=True))
            for k, bar in zip(carried, bar_params, strict=False):
                self.accumulate(local, stmt.body.results[k], bar)
            self.stmts(stmt.body.stmts, local)
            for k, bar in zip(carried, bar_params, strict=False):
                param = params[k]
                found = local.get(param)
                if found is None:
                    found = self.zero_again(param, bar)
                region.results.append(found)
            region.results += [local[var] for var in free]
        self.loop_depth -= 1
        outs = fresh()
        with self.b.at(replace(self.b.place) if self.b.place is not None else None):
            self.recording.loop(stmt, region, inits, outs)
        bars.update(zip(free, outs[len(carried) :], strict=False))
        for k, out in zip(carried, outs, strict=False):
            self.accumulate(bars, stmt.inits[k], out)

    def bar_var(self, of: Var) -> Var:
        return Var(of.type, f"{of.hint}_bar" if of.hint else None, of.user)

    def owned(self, bar: Any, of: Var) -> Any:
        """An adjoint that a loop may add to in its own memory."""
        if bar is None:
            return self.b.zeros_like(of, f"{of.hint}_bar" if of.hint else None)
        if isinstance(of.type, Array | List) and not isinstance(bar, Undef):
            return self.b.raw(n.COPY, (bar,), hint=getattr(bar, "hint", None))
        return bar

    def zero_again(self, param: Var, bar: Var) -> Any:
        """The adjoint of a carried value that the trip does not read."""
        zero = zero_of(param.type)
        if zero is not None:
            return zero
        if isinstance(param.type, Array) and same_shape(param.type, bar.type):
            return self.b.raw(n.ZEROS_LIKE, (bar,))
        return self.b.raw(n.ZEROS_LIKE, (param,))

    def free_active(self, stmt: For | While) -> list[Var]:
        """Active values from outside that the loop reads."""
        inside = set()
        for inner in n.regions(stmt):
            inside.update(inner.params)
            for each in n.walk(inner):
                inside.update(each.outs)
                for region in n.regions(each):
                    inside.update(region.params)
        read: dict[Var, None] = {}
        for inner in n.regions(stmt):
            for each in n.walk(inner):
                if not any(out in self.active for out in each.outs):
                    continue
                for atom in n.operands(each):
                    if isinstance(atom, Var):
                        read[atom] = None
                for region in n.regions(each):
                    for atom in region.results:
                        if isinstance(atom, Var):
                            read[atom] = None
            for atom in inner.results:
                if isinstance(atom, Var):
                    read[atom] = None
        return [var for var in read if var in self.active and var not in inside]

    # ---- operations

    def op(self, op: Op, bars: Bars) -> None:
        if isinstance(op.fn, n.Prim):
            bar = bars.pop(op.outs[0], None)
            if bar is not None:
                self.primitive(op, bar, bars)
            return
        out_bars = [bars.pop(out, None) for out in op.outs]
        if all(bar is None for bar in out_bars):
            return
        rule = REGISTRY.find(op.fn)
        if rule is None or rule.form in ("undefined", "not_yet"):
            raise no_rule(self.lw, op, rule)
        bindings = self.rules.named_arguments(rule, op)
        without = None if rule.form == "zero" else unlisted(rule, bindings, self.is_active)
        if without is not None:
            raise no_rule(self.lw, op, rule, without)
        if rule.form == "elementwise":
            self.elementwise(rule, op, bindings, self.number(out_bars[0]), bars)
        elif op.fn is np.where and any(each in self.guards for each in (*op.args[1:], *op.outs)):
            self.where(op, self.number(out_bars[0]), bars)
        elif rule.form == "linear":
            bar = self.rules.call(
                rule, rule.transpose, {**bindings, "y": op.outs[0], "y_bar": out_bars[0]}
            )
            if len(rule.operands) == 1:
                self.distribute(bindings[rule.operands[0]], bar, bars)
            else:
                given = len(bar) if isinstance(bar, tuple) else 1
                self.rules.check(rule, rule.transpose, given, len(rule.operands), "adjoint(s)")
                for name, each in zip(rule.operands, bar, strict=True):
                    self.distribute(bindings.get(name), each, bars)
        elif rule.form == "structural":
            y: Any = op.outs[0]
            y_bar: Any = out_bars[0]
            if len(op.outs) > 1:
                y = op.outs
                y_bar = tuple(
                    self.b.zeros_like(out) if bar is None else bar
                    for out, bar in zip(op.outs, out_bars, strict=True)
                )
            for name, vjp in rule.vjp.items():
                value = bindings.get(name)
                if not any(self.is_active(x) for x in n.flatten(value)):
                    continue
                bar = self.rules.call(rule, vjp, {**bindings, "y": y, "y_bar": y_bar})
                self.distribute(value, bar, bars)

    def elementwise(self, rule: Any, op: Op, bindings: Any, y_bar: Any, bars: Bars) -> None:
        if isinstance(y_bar, Var) and sum(self.is_active(bindings[x]) for x in rule.operands) > 1:
            self.b.shared.add(y_bar)
        lanes = self.guards.get(op.outs[0], ())
        wanted = [
            name
            for k, name in enumerate(rule.operands)
            if self.is_active(bindings[name]) and not (k == 0 and id(op) in self.absorbed)
        ]

        def contributions() -> Iterator[Any]:
            partials = self.rules.partials(rule, op, bindings)
            by_name = dict(zip(rule.operands, partials, strict=True))
            for name in wanted:
                if by_name[name] is None:
                    raise no_rule(self.lw, op, rule, name)
                yield self.b.mul(y_bar, by_name[name])

        operands = [bindings[name] for name in wanted]
        made: Iterable[Any] = contributions()
        if lanes and isinstance(op.outs[0].type, Scalar):
            made, lanes = self.chosen(lanes, operands, made), ()
        for operand, bar in zip(operands, made, strict=True):
            self.accumulate(bars, operand, self.masked(bar, self.left(lanes, operand)))

    # ---- lanes of np.where (``analyses/lanes``)

    def left(self, lanes: Guards, operand: Any) -> Guards:
        """The lanes that an adjoint leaves on its way to an operand."""
        kept = self.guards.get(operand, ()) if isinstance(operand, Var) else ()
        return tuple(each for each in lanes if each not in kept)

    def masked(self, bar: Any, lanes: Guards) -> Any:
        """An array's adjoint, zero where its lanes are not chosen."""
        for condition, chosen in lanes:
            pair = (bar, const(0.0)) if chosen else (const(0.0), bar)
            bar = self.b.raw(np.where, (condition, *pair))
        return bar

    def chosen(self, lanes: Guards, operands: list[Any], contributions: Iterable[Any]) -> list[Any]:
        """Adjoints of numbers, computed only where the lane is chosen."""
        left = tuple(each for each in lanes if any(each in self.left(lanes, o) for o in operands))
        region = Region()
        with self.b.block(region):
            region.results = list(contributions)
        for condition, is_chosen in left:
            other = Region(results=[zero_of(bar.type) for bar in region.results])
            outs = tuple(Var(bar.type) for bar in region.results)
            sides = (region, other) if is_chosen else (other, region)
            made = If(outs, self.b.place, condition, *sides, expression=True)
            region = Region([], [made], list(outs))
        for stmt in region.stmts:
            self.b.add_stmt(stmt)
        return region.results

    def where(self, op: Op, y_bar: Any, bars: Bars) -> None:
        """Of a choice one of whose lanes is guarded, or that is in such a lane itself."""
        condition, a, b = op.args
        for operand in (a, b):
            lanes = lane_of(op, operand)
            bar = self.masked(y_bar, self.left((*lanes, *self.guards.get(op.outs[0], ())), operand))
            if not lanes:
                bar = self.masked(bar, ((condition, operand is a),))
            self.accumulate(bars, operand, bar)

    def distribute(self, operand: Any, bar: Any, bars: Bars) -> None:
        """An adjoint to an operand: to each array of a sequence, or to a list as a whole."""
        if bar is None or operand is None:
            return
        if isinstance(operand, tuple | list) and not isinstance(operand, Slice):
            if isinstance(bar, tuple):
                for each, part in zip(operand, bar, strict=True):
                    self.distribute(each, part, bars)
            else:
                for k, each in enumerate(operand):
                    if any(self.is_active(x) for x in n.flatten(each)):
                        self.distribute(each, self.b.read(bar, (const(k),)), bars)
            return
        if isinstance(operand, Var) and isinstance(operand.type, List) and operand in self.active:
            if not isinstance(getattr(bar, "type", None), List):
                bar = self.as_list(bar)
        if isinstance(bar, tuple):
            bar = self.b.raw(np.array, (list(bar),))
        self.accumulate(bars, operand, bar)

    def as_list(self, bar: Any) -> Any:
        """The rows of an array as a list."""
        if isinstance(bar, tuple):
            return self.b.raw(n.LIST, bar)
        row = self.b.type_of(n.READ, (bar, (const(0),)), {}, self.b.defs)[0]
        return self.b.raw(list, (bar,), types=(List(row),))

    def primitive(self, op: Op, bar: Any, bars: Bars) -> None:
        fn, args, b = op.fn, op.args, self.b
        if fn is n.READ:
            base, index = args
            if not self.is_active(base):
                return
            if isinstance(base.type, Array) and base.type.ndim == 0:
                self.accumulate(bars, base, bar)
                return
            bar = b.call(n.MATCH, bar, op.outs[0])
            if _only_new_axes(index):
                zeros = (const(0) if isinstance(i, Const) else i for i in index)
                self.accumulate(bars, base, b.read(bar, tuple(zeros)))
                return
            if isinstance(base.type, List) and isinstance(index, Slice):
                raise self.lw.refuse(
                    "a slice of a list of unknown length can't be differentiated",
                    "use an array",
                    code="AD210",
                )
            self.scatter(op, base, (index,), bar, bars)
        elif fn is n.UPDATE:
            self.update(op, bar, bars)
        elif fn is n.ADD_AT:
            base, path, value = args
            if self.is_active(value):
                self.accumulate(bars, value, self.read_path(bar, path))
            self.accumulate(bars, base, bar)
        elif fn in (n.COPY, n.CAST):
            self.accumulate(bars, args[0], bar)
        elif fn in (n.MATCH,):
            self.accumulate(bars, args[0], self.spread(bar, args[0]))
        elif fn is n.SOLVED:
            self.lw.program.companions.implicit.adjoint(self, op, bar, bars)
        elif fn in n.IMPLICIT:
            self.lw.program.companions.sensitivities.adjoint(self, op, bar, bars)
        elif fn is n.FIT:
            self.accumulate(bars, args[0], bar)
        elif fn is n.LIST:
            for k, each in enumerate(args):
                if self.is_active(each):
                    self.accumulate(bars, each, b.read(bar, const(k)))
        elif fn is n.APPEND:
            base, item = args
            if self.is_active(item):
                self.accumulate(bars, item, b.read(bar, const(-1)))
            if self.is_active(base):
                self.accumulate(bars, base, b.raw(n.DROP, (bar,), hint=getattr(bar, "hint", None)))
        elif fn is n.DROP:
            last = b.read(args[0], const(-1))
            self.accumulate(bars, args[0], b.raw(n.APPEND, (bar, b.zeros_like(last))))
        elif fn is n.CONCAT:
            left, right = args
            count = b.call(n.LENGTH, left)
            if self.is_active(left):
                self.accumulate(bars, left, b.raw(n.READ, (bar, Slice(None, count, None))))
            if self.is_active(right):
                self.accumulate(bars, right, b.raw(n.READ, (bar, Slice(count, None, None))))
        elif fn is n.ZIP_ADD:
            for each in args:
                self.accumulate(bars, each, bar)
        elif fn is n.REPEAT:
            total = b.raw(sum, (bar,), types=(bar.type.elem,))
            self.accumulate(bars, args[0], b.raw(n.LIST, (total,)))
        else:
            raise AssertionError(f"no adjoint for {fn}")

    def scatter(self, op: Op, base: Any, path: tuple[Any, ...], bar: Any, bars: Bars) -> None:
        """The adjoint of a read, added where it was read; of a row's element, in the matrix."""
        b = self.b
        outer = self.whole_of(base, op)
        if outer is not None and base not in bars and not _has_gather(path):
            self.scatter(op, outer.args[0], (outer.args[1], *path), bar, bars)
            return
        before = self.full(bars, base)
        cleared = b.defs.get(before) if isinstance(before, Var) else None
        if (
            isinstance(cleared, Op)
            and cleared.fn is n.UPDATE
            and is_const(cleared.args[2], 0)
            and _same_path(cleared.args[1], path)
            and not _has_gather(path)
            and same_shape(self.type_at(before, path), bar.type)
        ):  # cleared and added to: stored
            made = b.raw(n.UPDATE, (cleared.args[0], path, bar))
        elif base not in bars and not _has_gather(path):
            made = b.raw(n.UPDATE, (before, path, bar))
        else:
            made = b.raw(n.ADD_AT, (before, path, bar))
        self.name(made, base)
        bars[base] = made

    def whole_of(self, part: Any, op: Op) -> Op | None:
        """The read that made ``part``, if it is one of an active array's, beside ``op``."""
        made = self.b.defs.get(part)
        if not (isinstance(made, Op) and made.fn is n.READ and isinstance(part.type, Array)):
            return None
        base, index = made.args
        container = self.recording.container
        if container.get(id(made)) is not container[id(op)]:
            return None
        if any(isinstance(each.type, Array) for each in n.flatten(index)):
            return None  # a copy, not a view
        direct = self.is_active(base) and isinstance(base.type, Array) and base.type.ndim > 0
        return made if direct and not _only_new_axes(index) else None

    def type_at(self, base: Any, path: tuple[Any, ...]) -> Any:
        """The type of ``base[path]``."""
        for index in path[:-1]:
            base = self.b.raw(n.READ, (base, index))
        return self.b.type_of(n.READ, (base, path[-1]), {}, self.b.defs)[0]

    def spread(self, bar: Any, like: Any) -> Any:
        """The transpose of ``match``: back to the shape that was summed."""
        if isinstance(like.type, Array) and not same_shape(bar.type, like.type):
            return self.b.call(n.FIT, bar, like)
        return bar

    def update(self, op: Op, bar: Any, bars: Bars) -> None:
        base, path, value = op.args
        b = self.b
        if is_whole(path) or (isinstance(base.type, Array) and base.type.ndim == 0):
            self.accumulate(bars, value, bar)
            return
        kept = self.absorb(op)
        if self.is_active(value):
            stored = self.read_path(bar, path)
            winners = self.winners(bar, path)
            if winners is not None:
                stored = b.mul(stored, winners)
            self.accumulate(bars, value, stored)
        if not self.is_active(base):
            return
        if not kept:
            zero = const(0.0)
            if isinstance(base.type, List):
                zero = b.zeros_like(self.read_path(base, path))
            hint = getattr(bar, "hint", None)
            bar = b.raw(n.UPDATE, (bar, path, zero), hint=hint)
        self.accumulate(bars, base, bar)

    def absorb(self, op: Op) -> bool:
        """Whether this is ``u[ix] = u[ix] + e``: then ``u``'s adjoint stays as it is.

        The old element is one term of the sum, so its adjoint equals the new element's.
        """
        base, path, value = op.args
        if isinstance(base.type, List) or _has_gather(path):
            return False
        atom = value
        while isinstance(atom, Var) and self.recording.reads(atom) == 1:
            made = self.b.defs.get(atom)
            if not isinstance(made, Op) or len(made.args) != 2:
                return False
            if getattr(made.fn, "__name__", "") not in ("add", "sub", "subtract"):
                return False
            atom = made.args[0]
            if atom in self.active and atom.type == value.type and self.is_read(atom, base, path):
                self.absorbed.add(id(made))
                return True
        return False

    def is_read(self, atom: Var, base: Any, path: tuple[Any, ...]) -> bool:
        """Whether ``atom`` is ``base[path]``."""
        for index in reversed(path):
            made = self.b.defs.get(atom)
            if not (isinstance(made, Op) and made.fn is n.READ and _same_path(made.args[1], index)):
                return False
            atom = made.args[0]
        return atom is base

    def read_path(self, bar: Any, path: tuple[Any, ...]) -> Any:
        for index in path:
            bar = self.b.read(bar, index)
        return bar

    def winners(self, bar: Any, path: tuple[Any, ...]) -> Any:
        """Which of the values stored through an integer array with repeats stayed."""
        if not _has_gather(path):
            return None
        for index in path[:-1]:
            bar = self.b.read(bar, index)
        return self.b.raw(n.WINNERS, (bar, path[-1]))


def _seed_type(t: Any) -> Any:
    return (
        Scalar(t.dtype, getattr(t, "weak", True))
        if isinstance(t, Scalar)
        else Scalar(t.dtype, True)
    )


def is_whole(path: tuple[Any, ...]) -> bool:
    """Whether a store replaces all of an array: ``u[...] = e``."""
    if len(path) != 1 or not isinstance(path[0], tuple) or len(path[0]) != 1:
        return False
    (item,) = path[0]
    return isinstance(item, Const) and item.value is Ellipsis


def _only_new_axes(index: Any) -> bool:
    """``m[None, :]``: all of it, with axes of length one put in."""
    return (
        isinstance(index, tuple)
        and any(isinstance(i, Const) and i.value is None for i in index)
        and all(
            (isinstance(i, Const) and i.value is None) or i == Slice(None, None, None)
            for i in index
        )
    )


def _has_gather(path: tuple[Any, ...]) -> bool:
    return any(
        isinstance(atom, Var) and isinstance(atom.type, Array) and atom.type.dtype != "bool"
        for atom in n.flatten(path)
    )


def _same_path(a: Any, b: Any) -> bool:
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(_same_path, a, b))
    if isinstance(a, Const) and isinstance(b, Const):
        return type(a.value) is type(b.value) and a.value == b.value
    return a is b


__all__ = ["BOOL", "Reverse", "reverse"]
