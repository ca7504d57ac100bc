"""Activity: which values depend on an active input and reach the output.

*Varied* spreads forward from the inputs that are differentiated, *useful* backward from the
results; a value is active if it is both (Griewank & Walther 2008, section 6.2). Both follow one
graph of reads, in which a value that a loop carries is read by the next trip, so no fixed point
over loops is iterated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Apply, For, Function, If, Op, Region, Var, While
from adcompiler.ir.types import is_float
from adcompiler.rules.contract import REGISTRY

_NOTHING = frozenset(
    {n.ZEROS_LIKE, n.DIM, n.LENGTH, n.TRIPS, n.WINNERS, n.NOT, n.FORMAT, n.FORMATTED}
)


def active_values(function: Function, inputs: Iterable[Var], outputs: Iterable[Any]) -> set[Var]:
    """The active values of ``function`` from ``inputs`` to ``outputs``."""
    reads: dict[Var, list[Var]] = {}
    _edges(function.body, reads)
    feeds: dict[Var, list[Var]] = {}
    for reader, sources in reads.items():
        for source in sources:
            feeds.setdefault(source, []).append(reader)
    varied = _reach([v for v in inputs if is_float(v.type)], feeds)
    useful = _reach([v for v in outputs if isinstance(v, Var) and is_float(v.type)], reads)
    return varied & useful


def _reach(start: list[Var], edges: dict[Var, list[Var]]) -> set[Var]:
    seen = set(start)
    todo = list(seen)
    while todo:
        for each in edges.get(todo.pop(), ()):
            if each not in seen:
                seen.add(each)
                todo.append(each)
    return seen


def _edges(body: Region, reads: dict[Var, list[Var]]) -> None:
    """For each value that can carry a derivative, the values it is differentiably made of."""

    def edge(out: Any, sources: Iterable[Any]) -> None:
        if isinstance(out, Var) and is_float(out.type):
            found = [s for s in sources if isinstance(s, Var) and is_float(s.type)]
            reads.setdefault(out, []).extend(found)

    for stmt in n.walk(body):
        if isinstance(stmt, Op):
            for out in stmt.outs:
                edge(out, differentiable_operands(stmt))
        elif isinstance(stmt, If):
            for k, out in enumerate(stmt.outs):
                edge(out, (stmt.then.results[k], stmt.orelse.results[k]))
        elif isinstance(stmt, For | While):
            shift = 1 if isinstance(stmt, For) else 0
            for k, out in enumerate(stmt.outs):
                param = stmt.body.params[k + shift]
                edge(param, (stmt.inits[k], stmt.body.results[k]))
                edge(out, (stmt.inits[k], stmt.body.results[k]))
                if isinstance(stmt, While):
                    edge(stmt.test.params[k], (param,))
        elif isinstance(stmt, Apply):
            for out in stmt.outs:
                edge(out, stmt.args)


def differentiable_operands(op: Op) -> list[Any]:
    """The operands through which a derivative of ``op`` can flow."""
    if isinstance(op.fn, n.Prim):
        if op.fn in _NOTHING:
            return []
        if op.fn in n.IMPLICIT:
            return list(op.args[2:])
        if op.fn in (n.READ, n.COPY, n.CAST, n.DROP, n.REPEAT, n.MATCH, n.FIT):
            return [op.args[0]]
        if op.fn in (n.UPDATE, n.ADD_AT):
            return [op.args[0], *n.flatten(op.args[2])]
        return list(n.operands(op))
    rule = REGISTRY.find(op.fn)
    if rule is not None and rule.form == "zero":
        return []
    return list(n.operands(op))
