"""How often a value is read, and what one that paths pass on may be."""

from __future__ import annotations

from typing import Any

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import For, If, Region, Var, While

Slot = tuple[list[Any], int]


def incoming(made: Any, var: Var) -> list[Slot]:
    """What ``var`` may be, as places in lists of atoms, where ``made`` is the statement that it is
    a result of, or the loop that it is a parameter of. Empty for what a statement makes itself, a
    loop's counter among it.

    An ``if``'s result is what either branch yields; what a loop carries, in and after it, is what
    it starts with or what a trip yields.
    """
    if isinstance(made, If) and var in made.outs:
        k = made.outs.index(var)
        return [(made.then.results, k), (made.orelse.results, k)]
    if isinstance(made, For | While):
        params = made.body.params[1:] if isinstance(made, For) else made.body.params
        for own in (params, made.outs):
            if var in own:
                k = list(own).index(var)
                return [(made.inits, k), (made.body.results, k)]
    return []


def carried(loop: For | While) -> list[Var]:
    """The parameters and results of a loop that `incoming` tells of."""
    params = loop.body.params[1:] if isinstance(loop, For) else loop.body.params
    return [*params, *loop.outs]


def read_counts(body: Region) -> dict[Var, int]:
    """How often each value is read."""
    counts: dict[Var, int] = {}
    todo = [body]
    while todo:
        region = todo.pop()
        atoms = [*n.flatten(region.results)]
        for stmt in region.stmts:
            atoms += n.operands(stmt)
            todo += n.regions(stmt)
        for atom in atoms:
            if isinstance(atom, Var):
                counts[atom] = counts.get(atom, 0) + 1
    return counts
