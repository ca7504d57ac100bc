"""What a derivative's docstring says of the values that it saves, and for which line."""

from __future__ import annotations

from typing import Any

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Apply, For, Function, Op, Region, Var, While
from adcompiler.ir.types import Saved


def saved(function: Function) -> str:
    """``saves x once a step, for L3``; ``records nothing``."""
    if any(isinstance(stmt, Apply) for stmt in n.walk(function.body)):
        return "a record of each call"
    loops: dict[Var, str] = {}
    for stmt in n.walk(function.body):
        if isinstance(stmt, For | While):
            word = "a step" if isinstance(stmt, For) else "an iteration"
            loops.update((out, word) for out in stmt.outs if _is_record(out))
    names: list[str] = []
    lines: set[int] = set()
    often: list[str] = []
    regions = [inner for stmt in n.walk(function.body) for inner in n.regions(stmt)]
    for region in regions:
        saved_here: list[Var] = []
        for stmt in region.stmts:
            if not (isinstance(stmt, Op) and stmt.fn is n.READ and _is_record(stmt.args[0])):
                continue
            var = stmt.outs[0]
            if _is_record(var):
                continue  # the records of an inner loop: named there
            shown = stmt.args[0].hint.rpartition("_saved")[0]
            if shown not in names:
                names.append(shown)
            saved_here.append(var)
            often.append(loops.get(stmt.args[0], "a step"))
        if saved_here:
            lines |= _readers(region, saved_here)
    if not names:
        return "records nothing"
    what = ", ".join(names)
    where = ", ".join(f"L{line}" for line in sorted(lines)[:4])
    return f"saves {what} once {often[0]}" + (f", for {where}" if where else "")


def _is_record(atom: Any) -> bool:
    return isinstance(atom, Var) and isinstance(atom.type, Saved)


def _readers(region: Region, wanted: list[Var]) -> set[int]:
    """The user's lines whose adjoints read one of these, directly or through what is computed
    again.
    """
    values = set(wanted)
    found: set[int] = set()
    for stmt in n.walk(region):
        if any(atom in values for atom in n.operands(stmt) if isinstance(atom, Var)):
            if stmt.place is None or not stmt.place.line:
                values.update(stmt.outs)
            elif isinstance(stmt, Op):
                found.add(stmt.place.line)
    return found
