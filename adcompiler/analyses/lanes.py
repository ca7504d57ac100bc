"""Values that reach the results through one lane of ``np.where`` only.

Both lanes are computed everywhere, and so are their adjoints: where a lane is not chosen, its
partials may be infinite, and ``0 * inf`` is not a number. In ``where(c, f(x), g)`` every value of
``f`` that is read nowhere else is *guarded* by ``c``: the reverse sweep lets its adjoint be what it
is, and masks by ``c`` what leaves the lane. It is a mask and not a product with zero, so that a NaN
in a chosen element is not hidden.

A lane all of whose operations are bounded (finite wherever their operands are, and their partials
too) needs no guard.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.ir import nodes as n
from adcompiler.ir.builder import same_shape
from adcompiler.ir.nodes import Const, Function, Op, Region, Var
from adcompiler.ir.types import Array, Scalar
from adcompiler.rules.contract import REGISTRY

Lane = tuple[Var, bool]  # a condition, and whether it chooses what is in the lane
Guards = tuple[Lane, ...]


def guards(function: Function, active: set[Var]) -> dict[Var, Guards]:
    """The lanes in which each value is; values in none are left out."""
    found: dict[Var, Guards] = {}
    made: dict[Var, Op] = {}
    todo = [function.body]
    while todo:
        region = todo.pop()
        _in_region(region, active, found, made)
        for stmt in region.stmts:
            todo.extend(n.regions(stmt))
    needed = {lane for var, lanes in found.items() if not _bounded(made[var]) for lane in lanes}
    kept = {var: tuple(each for each in found[var] if each in needed) for var in found}
    return {var: lanes for var, lanes in kept.items() if lanes}


def lane_of(op: Op, operand: Any) -> Guards:
    """The lane of ``np.where`` that an operand is; empty if it is both, or not masked by it."""
    condition, a, b = op.args
    if (operand is a) == (operand is b) or not isinstance(condition, Var):
        return ()
    return ((condition, operand is a),) if _fits(condition.type, operand.type) else ()


def _in_region(
    region: Region, active: set[Var], found: dict[Var, Guards], made: dict[Var, Op]
) -> None:
    uses: dict[Var, Guards] = {}  # by a value's readers so far

    def read(var: Any, lanes: Guards) -> None:
        if isinstance(var, Var):
            before = uses.get(var)
            uses[var] = lanes if before is None else tuple(x for x in before if x in lanes)

    for atom in region.results:
        read(atom, ())
    for stmt in reversed(region.stmts):
        out = stmt.outs[0] if isinstance(stmt, Op) and len(stmt.outs) == 1 else None
        passes = out is not None and _passes(stmt)
        lanes = uses.get(out, ()) if passes and out is not None else ()
        if passes and lanes:
            found[out], made[out] = lanes, stmt
        if not any(each in active for each in stmt.outs):
            continue
        if passes and stmt.fn is np.where:
            for operand in stmt.args[1:]:
                read(operand, (*lane_of(stmt, operand), *lanes))
        elif passes:
            for operand in stmt.args:
                shared = isinstance(operand, Var) and same_shape(operand.type, out.type)
                read(operand, lanes if shared else ())
        else:
            for atom in _all_reads(stmt):
                read(atom, ())


def _passes(op: Op) -> bool:
    """Whether each element of the result comes from the elements of the operands at its place."""
    rule = None if isinstance(op.fn, n.Prim) else REGISTRY.find(op.fn)
    if rule is None or op.kwargs:
        return False
    return rule.form == "elementwise" or (op.fn is np.where and len(op.args) == 3)


def _bounded(op: Op) -> bool:
    if op.fn is np.where:
        return True
    bounded = REGISTRY.find(op.fn).bounded  # type: ignore[union-attr]
    if not callable(bounded):
        return bounded
    return bounded(*(each.value if isinstance(each, Const) else None for each in op.args))


def _fits(condition: Any, value: Any) -> bool:
    """Whether choosing by a condition leaves a value its shape."""
    if isinstance(condition, Scalar):
        return isinstance(value, Scalar | Array)
    if not isinstance(condition, Array) or not isinstance(value, Array):
        return False
    if condition.ndim > value.ndim:
        return False
    shared = value.dims[value.ndim - condition.ndim :]
    return all(
        p.one or p.same(q) or (p.one is False and q.one is False)
        for p, q in zip(condition.dims, shared, strict=True)
    )


def _all_reads(stmt: Any) -> Any:
    yield from n.operands(stmt)
    for region in n.regions(stmt):
        yield from n.flatten(region.results)
        for inner in n.walk(region):
            yield from n.operands(inner)
            for each in n.regions(inner):
                yield from n.flatten(each.results)
