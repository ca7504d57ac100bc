"""Forward mode: after each active statement its tangent statement.

For ``y = f(x)`` with partials ``∂f/∂x_i`` the tangent is ``ẏ = Σ_i ∂f/∂x_i · ẋ_i`` (Griewank &
Walther 2008, section 3.1); nothing is stored for later. With many directions at once, every
tangent has one more axis, the last, and every other operand is expanded to meet it.

Before::

    %y = call np.sin(%x)

After::

    %y = call np.sin(%x)
    %y_dot = call operator.mul(call np.cos(%x), %x_dot)
"""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import numpy as np

from adcompiler.analyses.activity import active_values
from adcompiler.errors import NoRule
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const, zero_of
from adcompiler.ir.nodes import Const, For, Function, If, Op, Region, Slice, Undef, Var, While
from adcompiler.ir.types import (
    BOOL,
    RECORD,
    Array,
    Dim,
    List,
    Opaque,
    Scalar,
    Type,
    is_complex,
    is_float,
)
from adcompiler.rules.contract import REGISTRY
from adcompiler.transforms.rule_calls import RuleCalls

_ELLIPSIS = Const(Ellipsis, Opaque("ellipsis"))
_FULL = Slice(None, None, None)
DTYPE = Opaque("dtype")


def forward(lowering: Any, function: Function, wrt: list[Var], *, many: bool = False) -> Function:
    """``function`` with a tangent parameter for each of ``wrt``; it returns results and tangents.

    With ``many``, tangents have a last axis of directions. Results without a tangent get None.
    """
    return Forward(lowering, function, wrt, many).run()


class Forward:
    def __init__(self, lowering: Any, function: Function, wrt: list[Var], many: bool) -> None:
        self.lw = lowering
        self.b = lowering.builder
        self.b.know(function.body)
        lowering.program.companions.implicit.complete(function)
        self.rules = RuleCalls(lowering)
        self.function = function
        self.wrt = wrt
        self.many = many
        self.dots: dict[Var, Any] = {}
        self.active = active_values(function, wrt, function.results)
        self.directions: Any = None

    def run(self) -> Function:
        dot_params = [Var(self.dot_type(x.type), f"{x.hint}_dot", True) for x in self.wrt]
        self.dots.update(zip(self.wrt, dot_params, strict=True))
        body = Region(self.function.body.params)
        self.b.simplify = True
        try:
            with self.b.block(body):
                if self.many and self.directions is None:
                    first = dot_params[0]
                    axis = first.type.ndim - 1 if isinstance(first.type, Array) else 0
                    self.directions = self.b.raw(n.DIM, (first, const(axis)))
                self.stmts(self.function.body.stmts)
                results = list(self.function.results)
                dots = [self.shaped(r) if is_float(r.type) else None for r in results]
        finally:
            self.b.simplify = False
        body.results = [*results, *(d for d in dots if d is not None)]
        params = [*self.function.params, *dot_params]
        return Function(f"{self.function.name}_jvp", params, body)

    # ---- tangents

    def dot_type(self, t: Type) -> Type:
        if not self.many:
            return t
        directions = Dim("directions", 0, None)
        if isinstance(t, Scalar):
            return Array(t.dtype, (directions,))
        if isinstance(t, Array):
            return Array(t.dtype, (*t.dims, directions), t.loose)
        if t == RECORD:
            return t
        assert isinstance(t, List)
        return type(t)(self.dot_type(t.elem) if t.elem is not None else None)

    def dot(self, atom: Any) -> Any:
        """The tangent of an atom, None for a structural zero."""
        return self.dots.get(atom) if isinstance(atom, Var) else None

    def materialised(self, atom: Any) -> Any:
        """The tangent, zeros where it is a structural zero."""
        found = self.dot(atom)
        if found is not None:
            return found
        if isinstance(atom, Undef):
            return Undef(self.dot_type(atom.type))
        t = atom.type
        if isinstance(atom, Const) and atom.value is None:
            return atom  # in a record, for what was not computed
        if t == RECORD:
            return self.record_zeros(atom)
        if isinstance(t, List) and t.elem == RECORD:
            return self.b.raw(n.LIST, ())
        made = self.b.defs.get(atom) if isinstance(atom, Var) else None
        if isinstance(made, Op) and made.fn is n.LIST:
            return self.b.raw(
                n.LIST, tuple(map(self.materialised, made.args)), hint=self.dot_hint(atom)
            )
        if not self.many:
            return self.b.zeros_like(atom)
        if isinstance(t, List):
            if t.elem is None:
                return self.b.raw(n.LIST, ())
            element = self.zeros(t.elem, None)
            return self.b.raw(
                n.REPEAT, (self.b.raw(n.LIST, (element,)), self.b.call(n.LENGTH, atom))
            )
        return self.zeros(t, atom)

    def record_zeros(self, atom: Any) -> Any:
        """The tangent of a record that nothing active went into."""
        made = self.b.defs.get(atom)
        if not (isinstance(made, Op) and made.fn is n.PACK):
            raise self.lw.refuse(
                "the second derivative of this recursion needs a tangent of a call that has none",
                code="AD200",
            )
        return self.packed(made)

    def packed(self, op: Op) -> Any:
        """The record of the tangents of what a record holds."""
        dots = [self.recorded(x) if is_float(x.type) else const(None) for x in op.args]
        return self.b.raw(n.PACK, tuple(dots), types=(RECORD,))

    def recorded(self, atom: Any) -> Any:
        """The tangent of what a record holds, which is None on a path that doesn't make it."""
        branched = isinstance(atom, Var) and isinstance(self.b.defs.get(atom), If)
        if self.dot(atom) is not None or not branched or isinstance(atom.type, Scalar):
            return self.shaped(atom)
        then, orelse = Region([], [], [const(None)]), Region()
        with self.b.block(orelse):
            orelse.results = [self.shaped(atom)]
        out = Var(self.dot_type(atom.type), self.dot_hint(atom))
        cond = self.b.raw(operator.is_, (atom, const(None)), types=(BOOL,))
        self.b.add_stmt(If((out,), self.b.place, cond, then, orelse, True))
        return out

    def shaped(self, atom: Any) -> Any:
        """A tangent for someone who relies on its having its primal's shape."""
        dot = self.materialised(atom)
        t = self.dot_type(atom.type)
        if isinstance(dot, Undef) or getattr(dot, "value", 0) is None:
            return dot
        if not isinstance(t, Array):
            return self.b.exact(dot, t)
        if isinstance(dot.type, Array) and dot.type.ndim == t.ndim:
            return dot
        dot = self.b.exact(dot, t)
        return self.b.raw(n.FIT, (dot, atom), {"extra": const(1)} if self.many else {}, types=(t,))

    def apply(self, stmt: n.Apply) -> None:
        """A call of the callee's forward mode."""
        dots = [self.shaped(each) if self.dot(each) is not None else None for each in stmt.args]
        active = tuple(dot is not None for dot in dots)
        if not any(active) or not any(out in self.active for out in stmt.outs):
            self.b.add_stmt(stmt)
            return
        callee = self.lw.program.companions.jvp(stmt.callee, active, self.many)
        with_dots = [out for out in stmt.outs if is_float(out.type)]
        outs = [Var(self.dot_type(out.type), self.dot_hint(out), out.user) for out in with_dots]
        args = [*stmt.args, *(dot for dot in dots if dot is not None)]
        if self.many:
            args.append(self.directions)
        made = n.Apply((*stmt.outs, *outs), self.b.place, callee, tuple(args), stmt.effects)
        self.b.add_stmt(made)
        self.dots.update(zip(with_dots, outs, strict=True))

    def zeros(self, t: Type, atom: Any) -> Any:
        shape: list[Any] = []
        if isinstance(t, Array):
            for axis, dim in enumerate(t.dims):
                known = dim.known
                shape.append(
                    const(known) if known is not None else self.b.call(n.DIM, atom, const(axis))
                )
        dtype = getattr(t, "dtype", "float64")
        kwargs = {} if dtype == "float64" else {"dtype": Const(np.dtype(dtype).type, DTYPE)}
        made = self.b.raw(np.zeros, ((*shape, self.directions),), kwargs)
        return made

    def set(self, var: Var, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, Var) and (value.hint is None or not value.user):
            value.hint = f"{var.hint}_dot" if var.hint else value.hint
            value.user = var.user
        self.dots[var] = value

    # ---- statements

    def stmts(self, stmts: list[Any]) -> None:
        for stmt in stmts:
            place = stmt.place
            with self.b.at(replace(place, derived=True) if place is not None else None):
                if isinstance(stmt, If):
                    self.branch(stmt)
                elif isinstance(stmt, For | While):
                    self.loop(stmt)
                elif isinstance(stmt, n.Apply):
                    self.apply(stmt)
                else:
                    self.b.add_stmt(stmt)
                    if isinstance(stmt, Op) and any(out in self.active for out in stmt.outs):
                        self.op(stmt)
                        self.tangent_first(stmt)

    def tangent_first(self, op: Op) -> None:
        """``x = x + e``: its tangent reads the old ``x``, so it stands before."""
        hints = {a.hint for a in n.operands(op) if isinstance(a, Var)}
        if len(op.outs) != 1 or op.outs[0].hint not in hints or op.outs[0].hint is None:
            return
        block = self.b.blocks[-1]
        at = max(k for k, each in enumerate(block) if each is op)
        after = block[at + 1 :]
        if any(op.outs[0] in list(_reads(each)) for each in after):
            return
        block[at:] = [*after, op]

    def branch(self, stmt: If) -> None:
        live = [k for k, out in enumerate(stmt.outs) if out in self.active]
        new_regions = []
        for region in (stmt.then, stmt.orelse):
            made = Region()
            saved = dict(self.dots)
            with self.b.block(made):
                self.stmts(region.stmts)
                dots = [self.materialised(region.results[k]) for k in live]
            self.dots = saved
            made.results = [*region.results, *dots]
            new_regions.append(made)
        outs = [
            Var(self.dot_type(stmt.outs[k].type), self.dot_hint(stmt.outs[k]), stmt.outs[k].user)
            for k in live
        ]
        then, orelse = new_regions
        self.b.add_stmt(
            If(
                (*stmt.outs, *outs),
                stmt.place,
                stmt.cond,
                then,
                orelse,
                stmt.expression and not outs,
                stmt.catches,
            )
        )
        for k, out in zip(live, outs, strict=True):
            self.dots[stmt.outs[k]] = out

    def dot_hint(self, var: Var) -> str | None:
        return f"{var.hint}_dot" if var.hint else None

    def loop(self, stmt: For | While) -> None:
        shift = 1 if isinstance(stmt, For) else 0
        params = stmt.body.params[shift:]
        live = [
            k for k, out in enumerate(stmt.outs) if out in self.active or params[k] in self.active
        ]
        inits = [*stmt.inits, *(self.materialised(stmt.inits[k]) for k in live)]

        def fresh() -> list[Var]:
            return [
                Var(self.dot_type(params[k].type), self.dot_hint(params[k]), params[k].user)
                for k in live
            ]

        dot_params = fresh()
        body = Region([*stmt.body.params, *dot_params])
        saved = dict(self.dots)
        for k, dot in zip(live, dot_params, strict=True):
            self.dots[params[k]] = dot
        with self.b.block(body):
            self.stmts(stmt.body.stmts)
            dots = [self.materialised(stmt.body.results[k]) for k in live]
        self.dots = saved
        body.results = [*stmt.body.results, *dots]
        outs = fresh()
        if isinstance(stmt, For):
            made: Any = For(
                (*stmt.outs, *outs),
                stmt.place,
                stmt.start,
                stmt.stop,
                stmt.step,
                inits,
                body,
                stmt.until,
            )
        else:
            test = Region([*stmt.test.params, *fresh()], stmt.test.stmts, stmt.test.results)
            made = While((*stmt.outs, *outs), stmt.place, inits, test, body, stmt.until)
        self.b.add_stmt(made)
        for k, out in zip(live, outs, strict=True):
            self.dots[stmt.outs[k]] = out

    # ---- operations

    def op(self, op: Op) -> None:
        if isinstance(op.fn, n.Prim):
            self.set(op.outs[0], self.primitive(op))
            return
        rule = REGISTRY.find(op.fn)
        if rule is None or rule.form in ("undefined", "not_yet"):
            raise no_rule(self.lw, op, rule)
        if rule.form != "zero":
            without = unlisted(
                rule, self.rules.named_arguments(rule, op), lambda x: self.dot(x) is not None
            )
            if without is not None:
                raise no_rule(self.lw, op, rule, without)
        if rule.form == "elementwise":
            self.set(op.outs[0], self.elementwise(rule, op))
        elif rule.form == "linear":
            self.set(op.outs[0], self.linear(op))
        elif rule.form == "structural":
            self.structural(rule, op)

    def elementwise(self, rule: Any, op: Op) -> Any:
        (y,) = op.outs
        bindings = self.rules.named_arguments(rule, op)
        partials = self.rules.partials(rule, op, bindings)
        total = None
        for name, partial in zip(rule.operands, partials, strict=True):
            dot = self.dot(bindings[name])
            if dot is None:
                continue
            if partial is None:
                raise no_rule(self.lw, op, rule, name)
            if self.many and isinstance(partial.type, Array) and partial.type.ndim:
                partial = self.b.read(partial, (_ELLIPSIS, const(None)))
            term = self.b.mul(partial, dot)
            total = term if total is None else self.b.add(total, term)
        return None if total is None else self.fitted(total, y)

    def fitted(self, dot: Any, y: Var) -> Any:
        """A tangent of its primal's shape, and precision: a rule's constants may be wider."""
        dot = self.b.precise(dot, y.type)
        if self.many:
            if not isinstance(y.type, Array):
                return (
                    self.b.call(np.real, dot) if is_complex(dot.type) > is_complex(y.type) else dot
                )
            return self.b.call(n.FIT, dot, y, extra=const(1))
        return self.b.call(n.FIT, dot, y)

    def linear(self, op: Op) -> Any:
        if self.many:
            return self.each_direction(op.outs[0], lambda at: self.linear_at(op, at))
        return self.linear_at(op, lambda dot: dot)

    def linear_at(self, op: Op, at: Any) -> Any:
        rule = REGISTRY.find(op.fn)

        def swap(atom: Any) -> Any:
            t = getattr(atom, "type", None)
            if not isinstance(t, Scalar | Array | List):
                return atom
            dot = self.dot(atom) if is_float(t) else None
            if dot is not None:
                return at(dot)
            zero = zero_of(t)
            return zero if zero is not None else self.b.zeros_like(atom)

        named = rule.signature.parameters.values()
        names = [p.name for p in named if p.kind is not p.KEYWORD_ONLY]
        names += names[-1:] * (len(op.args) - len(names))
        args = [
            n.map_atoms(each, swap) if name in rule.operands else each
            for name, each in zip(names, op.args, strict=False)
        ]
        kwargs = {
            name: n.map_atoms(each, swap) if name in rule.operands else each
            for name, each in op.kwargs.items()
        }
        return self.b.call(op.fn, *args, **kwargs)

    def structural(self, rule: Any, op: Op) -> None:
        bindings = self.rules.named_arguments(rule, op)
        y: Any = op.outs[0] if len(op.outs) == 1 else op.outs

        def at_direction(at: Any) -> Any:
            total: Any = None
            for name, jvp in rule.jvp.items():
                value = bindings.get(name)
                dots = (
                    n.map_atoms(value, self.dot)
                    if isinstance(value, tuple | list)
                    else self.dot(value)
                )
                if dots is None or (
                    isinstance(dots, tuple | list)
                    and not any(d is not None for d in n.flatten(dots))
                ):
                    continue
                if isinstance(value, tuple | list):
                    dots = type(value)(at(self.materialised(x)) for x in value)
                else:
                    dots = at(dots)
                term = self.rules.call(rule, jvp, {**bindings, "y": y, f"{name}_dot": dots})
                given = len(term) if isinstance(term, tuple) else 1
                self.rules.check(rule, jvp, given, len(op.outs), "tangent(s)")
                if total is None:
                    total = term
                elif isinstance(term, tuple):
                    total = tuple(self.b.add(p, q) for p, q in zip(total, term, strict=True))
                else:
                    total = self.b.add(total, term)
            return total

        if self.many:
            wanted = [k for k, out in enumerate(op.outs) if is_float(out.type)]
            outs = tuple(op.outs[k] for k in wanted)

            def parts(at: Any) -> Any:
                total = at_direction(at)
                return tuple(total[k] for k in wanted) if isinstance(total, tuple) else (total,)

            for out, dot in zip(outs, self.in_each_direction(outs, parts), strict=True):
                self.set(out, dot)
            return
        total = at_direction(lambda dot: dot)
        for out, dot in zip(op.outs, total if isinstance(total, tuple) else (total,), strict=True):
            if dot is not None and is_float(out.type):
                self.set(out, self.fitted(dot, out))

    def each_direction(self, y: Var, body: Any) -> Any:
        """A loop over directions around what acts on one at a time."""
        return self.in_each_direction((y,), lambda at: (body(at),))[0]

    def in_each_direction(self, ys: tuple[Var, ...], body: Any) -> list[Any]:
        """The same for several results."""
        region = Region()
        index = Var(const(0).type, "direction")
        collected = [Var(List(None), "dots") for _ in ys]
        region.params = [index, *collected]
        with self.b.block(region):
            parts = body(
                lambda dot: (
                    self.b.read(dot, (_ELLIPSIS, index)) if isinstance(dot.type, Array) else dot
                )
            )
            ones = [self.b.call(n.FIT, one, y) for one, y in zip(parts, ys, strict=True)]
            for dots, one in zip(collected, ones, strict=True):
                dots.type = List(one.type)
                region.results.append(self.b.raw(n.APPEND, (dots, one)))
        outs = tuple(Var(grown.type, "dots") for grown in region.results)
        empty = [self.b.raw(n.LIST, ()) for _ in ys]
        self.b.add_stmt(For(outs, self.b.place, const(0), self.directions, const(1), empty, region))
        return [self.last_axis(out, one.type) for out, one in zip(outs, ones, strict=True)]

    def last_axis(self, dots: Var, t: Type) -> Any:
        """A list of tangents, one for each direction, as one."""
        dims = t.dims if isinstance(t, Array) else ()
        made = Array(t.dtype, (*dims, Dim("directions", 0, None)))
        if not dims:
            return self.b.raw(np.array, (dots,), types=(made,))
        return self.b.raw(np.stack, (dots,), {"axis": const(-1)}, types=(made,))

    def primitive(self, op: Op) -> Any:
        fn, args = op.fn, op.args
        b = self.b
        dot = self.dot(args[0]) if isinstance(args[0], Var) else None
        if fn is n.READ:
            if dot is None or isinstance(dot.type, Scalar):
                return dot
            return b.read(dot, self.index(args[1], args[0].type))
        if fn is n.PACK:
            return self.packed(op)
        if fn is n.SOLVED:
            return self.lw.program.companions.implicit.tangent(self, op)
        if fn in n.IMPLICIT:
            return self.lw.program.companions.sensitivities.tangent(self, op)
        if fn is n.ITEM:
            return (
                None
                if dot is None or not is_float(op.outs[0].type)
                else b.raw(
                    n.ITEM, (dot, args[1]), op.kwargs, types=(self.dot_type(op.outs[0].type),)
                )
            )
        if fn is n.COPY:
            return None if dot is None else b.raw(n.COPY, (dot,))
        if fn is n.CAST:
            return (
                None
                if dot is None or not is_float(op.outs[0].type)
                else b.raw(n.CAST, (dot, args[1]))
            )
        if fn in (n.UPDATE, n.ADD_AT):
            base, path, value = args
            value_dot = self.dot(value)
            if value_dot is None and dot is None:
                return None
            base_dot = self.materialised(base)
            if isinstance(base_dot.type, Scalar) and isinstance(base.type, Array):
                base_dot = b.raw(np.array, (base_dot,))
            path = tuple(self.index(step, base.type, last=k) for k, step in enumerate(path))
            if value_dot is None:
                if fn is n.ADD_AT:
                    return base_dot
                value_dot = const(0.0)
                if isinstance(base.type, List):
                    value_dot = self.materialised(value)
            return b.raw(fn, (base_dot, path, value_dot))
        if fn in (n.MATCH, n.FIT):
            if dot is None:
                return None
            if self.many and fn is n.MATCH:
                return self.each_direction(op.outs[0], lambda at: b.call(fn, at(dot), args[1]))
            extra = {"extra": const(1)} if self.many else {}
            return (
                b.call(fn, dot, args[1], **extra)
                if not self.many
                else b.raw(
                    fn,
                    (dot, args[1]),
                    {**op.kwargs, **extra},
                    types=(self.dot_type(op.outs[0].type),),
                )
            )
        if fn in (n.LIST, n.APPEND, n.DROP, n.CONCAT, n.ZIP_ADD):
            parts = tuple(self.materialised(each) for each in args)
            return b.raw(fn, parts)
        if fn is n.REPEAT:
            return b.raw(fn, (self.materialised(args[0]), args[1]))
        raise AssertionError(f"no tangent for {fn}")

    def index(self, index: Any, base: Type, last: int = 0) -> Any:
        """An index into a tangent: the axis of directions is taken whole."""
        if not self.many or isinstance(base, List) or last:
            return index
        if any(isinstance(i, Const) and i.value is Ellipsis for i in index):
            return (*index, _FULL)
        return index


def _reads(stmt: Any) -> Any:
    yield from n.operands(stmt)
    for region in n.regions(stmt):
        yield from region.results
        for inner in n.walk(region):
            yield from n.operands(inner)


_ONLY_CHOOSES = frozenset({"condition", "condlist", "indices"})  # locally constant


def unlisted(rule: Any, bindings: dict[str, Any], is_active: Any) -> str | None:
    """An argument that is active and that the rule has no derivative for."""
    for name, value in bindings.items():
        if name in _ONLY_CHOOSES or (rule.fn is np.full_like and name == "a"):
            continue
        if name not in rule.operands and any(
            isinstance(x, Var) and is_active(x) for x in n.flatten((value,))
        ):
            return name
    return None


def no_rule(lw: Any, op: Op, rule: Any, argument: str = "") -> Exception:
    """The refusal of a call that has no derivative rule, or none for one of its arguments."""
    name = getattr(op.fn, "__name__", None) or getattr(op.fn, "name", repr(op.fn))
    module = getattr(op.fn, "__module__", None) or ("numpy" if isinstance(op.fn, np.ufunc) else "")
    full = f"{module}.{name}".replace("numpy.", "np.") if module else name
    place = None
    if op.place is not None and op.place.source is not None and op.place.node is not None:
        place = op.place.source.place(op.place.node)
    if argument:
        return NoRule(
            f"{full} has no derivative rule for its argument '{argument}'",
            place=place,
            remedy="declare a rule for it",
            callee=full,
        )
    if rule is not None and rule.reason:
        why = "has no derivative" if rule.form == "undefined" else "has no derivative rule yet"
        code = "AD302" if rule.form == "undefined" else "AD303"
        return NoRule(f"{full} {why}: {rule.reason}", place=place, code=code)
    return NoRule(
        f"{full} has no derivative rule, and its argument depends on what is differentiated",
        place=place,
        remedy="declare a rule for it",
        callee=full,
    )


__all__ = ["Forward", "forward", "no_rule", "operator"]
