"""The derivative of one executed operation, by the transforms and rules that compile it.

An operation is a small function of its operands; forward mode of it is its tangent statement,
reverse mode its adjoint statement. Both are made once for each statement of the program (and each
pattern of active operands), then evaluated wherever the statement was executed.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adcompiler.analyses.lanes import Guards
from adcompiler.explain.arithmetic import Count, cost
from adcompiler.explain.steps import Step
from adcompiler.ir import evaluator
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Function, Op, Prim, Region, Var
from adcompiler.ir.types import Array, Scalar, is_float
from adcompiler.rules.contract import REGISTRY
from adcompiler.transforms.forward import Forward
from adcompiler.transforms.reverse import Reverse
from adcompiler.transforms.rule_calls import RuleCalls


class Piece:
    """Statements of a derivative: from what an operation read and made, and from tangents
    (adjoints) that are ``given``, to tangents (adjoints).
    """

    def __init__(self, region: Region, given: list[Var]) -> None:
        _without_unread(region)
        self.region = region
        self.given = given
        self.reads = _reads(region, given)
        self.spent = Count()
        self.counted = _counted(region, self.spent)

    def run(self, values: Mapping[Var, Any], given: list[Any]) -> tuple[list[Any], Count]:
        """The results, and what they cost."""
        self.spent.clear()
        function = Function("piece", [*self.given, *self.reads], self.counted)
        found = evaluator.evaluate(function, [*given, *(values[var] for var in self.reads)])
        return found, self.spent + Count()

    @property
    def negates(self) -> bool:
        """Whether the result is a number with its sign changed."""
        defs = {out: stmt for stmt in self.region.stmts for out in stmt.outs}
        made = defs.get(self.region.results[0])
        while isinstance(made, Op) and made.fn in (n.MATCH, n.FIT, n.CAST):
            made = defs.get(made.args[0])
        return isinstance(made, Op) and made.fn in (operator.neg, np.negative)


@dataclass(eq=False)
class Local:
    """``tangent`` takes tangents of the ``wrt`` and gives those of the results ``outs``;
    ``adjoints`` of an operand takes adjoints of the ``outs``. ``partials`` has ∂out/∂operand where
    that is one number for each element.
    """

    op: Op
    wrt: list[Var]
    outs: list[Var]
    tangent: Piece
    adjoints: dict[Var, Piece]
    partials: dict[Var, Piece]

    @property
    def around(self) -> set[Var]:
        """What is read beside the operation's own operands and results."""
        pieces = [self.tangent, *self.adjoints.values(), *self.partials.values()]
        own = {*self.op.outs, *_variables(self.op)}
        return {var for piece in pieces for var in piece.reads} - own


class Locals:
    """The derivatives of the operations of one program."""

    def __init__(self, lowering: Any) -> None:
        self.lowering = lowering
        self.made: dict[Any, Local] = {}
        self.guards: dict[Var, Guards] = {}  # of the functions that the operations are of

    def of(self, op: Op, active: frozenset[Var]) -> Local:
        key = (id(op), active)
        if key not in self.made:
            named = [(var, var.hint, var.user) for var in (*op.outs, *_variables(op))]
            self.made[key] = self.make(op, active)
            for var, hint, user in named:  # a value that is a partial as it is gets renamed
                var.hint, var.user = hint, user
        return self.made[key]

    def at(self, step: Step) -> Local:
        """Of a step, by what is active there."""
        return self.of(step.op, frozenset(var for var, node in step.reads.items() if node.active))

    def make(self, op: Op, active: frozenset[Var]) -> Local:
        operands = _variables(op)
        wrt = [var for var in operands if var in active and is_float(var.type)]
        outs = [out for out in op.outs if is_float(out.type)]
        tangent = self.forward(op, operands, wrt, outs)
        adjoints = {var: self.reverse(op, operands, var, outs) for var in wrt}
        partials = {var: self.partial(op, operands, var) for var in wrt}
        known = {var: piece for var, piece in partials.items() if piece is not None}
        return Local(op, wrt, outs, tangent, adjoints, known)

    def forward(self, op: Op, operands: list[Var], wrt: list[Var], outs: list[Var]) -> Piece:
        alone = Function("op", operands, Region(operands, [op], list(outs)))
        with self.lowering.builder.at(op.place):
            made = Forward(self.lowering, alone, wrt, False).run()
        stmts = [stmt for stmt in made.body.stmts if stmt is not op]
        dots = made.params[len(operands) :]
        return Piece(Region([], stmts, made.results[len(outs) :]), dots)

    def reverse(self, op: Op, operands: list[Var], of: Var, outs: list[Var]) -> Piece:
        alone = Function("op", operands, Region(operands, [op], list(outs)))
        with self.lowering.builder.at(op.place):
            made = Reverse(self.lowering, alone, [of], list(range(len(outs))))
            made.guards = self.guards
            _, region = made.apart()
        return Piece(Region([], region.stmts, region.results), region.params)

    def partial(self, op: Op, operands: list[Var], of: Var) -> Piece | None:
        """Of a number, its derivative by the operand; of an array, element by element."""
        out = op.outs[0]
        if len(op.outs) > 1 or not isinstance(out.type, Scalar | Array):
            return None
        builder = self.lowering.builder
        region = Region()
        alone = Function("op", operands, Region(operands, [op], [out]))
        made = Reverse(self.lowering, alone, [of], [0])
        builder.simplify = True
        try:
            with builder.at(op.place), builder.block(region):
                if not isinstance(out.type, Array) or not out.type.ndim:
                    one = Const(1.0, Scalar(out.type.dtype, True))
                    region.results = made.sweep(alone.body, {0: one})
                else:
                    found = self.elementwise(op, of)
                    if found is None:
                        return None
                    region.results = [found]
        finally:
            builder.simplify = False
        return Piece(region, [])

    def elementwise(self, op: Op, of: Var) -> Any:
        rule = None if isinstance(op.fn, Prim) else REGISTRY.find(op.fn)
        if rule is None or rule.form != "elementwise":
            return None
        calls = RuleCalls(self.lowering)
        bindings = calls.named_arguments(rule, op)
        found = calls.call(rule, rule.partials, {**bindings, "y": op.outs[0]})
        each = found if isinstance(found, tuple) else (found,)
        total = None
        for name, partial in zip(rule.operands, each, strict=True):
            if bindings[name] is of and partial is not None:
                total = partial if total is None else self.lowering.builder.add(total, partial)
        return total


def _variables(op: Op) -> list[Var]:
    return list(dict.fromkeys(x for x in n.operands(op) if isinstance(x, Var)))


def _reads(region: Region, given: list[Var]) -> list[Var]:
    """What a region reads from outside, in order."""
    made = {*given, *(out for stmt in n.walk(region) for out in stmt.outs)}
    inner = [each for stmt in n.walk(region) for each in n.regions(stmt)]
    made.update(param for each in inner for param in each.params)
    lists = [region.results, *(each.results for each in inner)]
    lists += [list(n.operands(stmt)) for stmt in n.walk(region)]
    reads: dict[Var, None] = {}
    for atoms in lists:
        reads.update(dict.fromkeys(x for x in atoms if isinstance(x, Var) and x not in made))
    return list(reads)


def _without_unread(region: Region) -> None:
    """Drop what only an operand that is not asked for would need."""
    needed = {x for x in region.results if isinstance(x, Var)}
    kept = []
    for stmt in reversed(region.stmts):
        if not any(out in needed for out in stmt.outs):
            continue
        kept.append(stmt)
        for each in n.walk(Region([], [stmt], [])):
            needed.update(x for x in n.operands(each) if isinstance(x, Var))
            for inner in n.regions(each):
                needed.update(x for x in inner.results if isinstance(x, Var))
    region.stmts[:] = reversed(kept)


def _counted(region: Region, tally: Count) -> Region:
    """The same statements, which add to ``tally`` what they cost."""

    def counting(fn: Any) -> Any:
        run = evaluator.PRIMITIVES[fn] if isinstance(fn, Prim) else fn

        def counted(*args: Any, **kwargs: Any) -> Any:
            result = run(*args, **kwargs)
            tally.add(cost(fn, args, result))
            return result

        return counted

    def visit(region: Region) -> Region:
        stmts: list[Any] = []
        for stmt in region.stmts:
            if isinstance(stmt, Op):
                stmt = Op(stmt.outs, stmt.place, counting(stmt.fn), stmt.args, stmt.kwargs)
            elif isinstance(stmt, n.If):
                then, orelse = visit(stmt.then), visit(stmt.orelse)
                stmt = replace(stmt, then=then, orelse=orelse)
            elif isinstance(stmt, n.For):
                bounds = (stmt.start, stmt.stop, stmt.step)
                body = visit(stmt.body)
                stmt = n.For(stmt.outs, stmt.place, *bounds, stmt.inits, body, stmt.until)
            stmts.append(stmt)
        return Region(region.params, stmts, region.results)

    return visit(region)
