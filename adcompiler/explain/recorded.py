"""Which inputs are active, what the reverse sweep reads of the forward sweep, and why it is kept.

The choices are those of `transforms.recording`, which makes them loop by loop; here they get their
reasons in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.explain.document import Row, Table
from adcompiler.explain.notation import ATOM, Formula
from adcompiler.explain.tables import SHORT, leaf_name
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Op, Var
from adcompiler.ir.printer import function_name
from adcompiler.ir.types import Array, is_float
from adcompiler.pipeline import deep_recursion
from adcompiler.transforms.recording import CHEAP, Kept, lines_reading, needed_by
from adcompiler.transforms.reverse import Reverse

if TYPE_CHECKING:
    from adcompiler.explain.trace import Trace


def inputs(trace: Trace) -> Table:
    """Every number and array that the function is given: whether it is active, and why."""
    numbers = dict(zip(trace.leaves, trace.execution.inputs, strict=True))
    rows = []
    for leaf, value in zip(trace.lowered.leaves, trace.leaf_values, strict=True):
        node = numbers.get(leaf)
        name = leaf_name(leaf)
        if node is not None and node.number is not None and leaf.var in trace.execution.active:
            rows.append(Row((name, _kind(leaf, value), "yes", trace.label(node)), (node.number,)))
        else:
            why = _inactive(trace, leaf, node is not None)
            rows.append(Row((name, _kind(leaf, value), "no", why)))
    return Table(("input", "type", "active", "why"), rows, (), "Inputs")


def _kind(leaf: Any, value: Any) -> str:
    """``float64``, ``float64 (3, 4)``."""
    if not isinstance(leaf.var.type, Array):
        return str(leaf.var.type)
    return f"{leaf.var.type.dtype} ({', '.join(map(str, np.shape(value)))})"


def _inactive(trace: Trace, leaf: Any, asked: bool) -> str:
    if not is_float(leaf.var.type):
        return "not floating: it has no derivative"
    if asked:
        return "the result does not depend on it, on any path: its derivative is zero"
    if leaf.root in trace.lowered.program.captures:
        return "captured from outside the function: held fixed"
    return "not differentiated by: held fixed"


def kept(trace: Trace) -> tuple[list[Kept], dict[Var, list[int]], dict[Var, Any]]:
    """The choices of reverse mode for each loop, and what is read of what stands outside loops,
    with the lines that read it, and the definitions. From a compilation of its own: reverse mode
    changes what it reads.
    """
    compilation = trace.point.again()
    primal = compilation.primal()
    wrt = [leaf.var for leaf in compilation.wrt_leaves()]
    outputs = [k for k, atom in enumerate(primal.results) if is_float(atom.type)]
    made = Reverse(compilation.lowered.lowering, primal, wrt, outputs)
    with deep_recursion():
        whole = compilation.tidy(made.run(pullback=True), "reverse")
    defs = {out: stmt for stmt in whole.body.stmts for out in stmt.outs}
    (sweep,) = (stmt for stmt in whole.body.stmts if type(stmt) is n.Pullback)
    read = needed_by(sweep.body, {*whole.params, *defs})
    lines = lines_reading(sweep.body, read)
    outside = {var: at for var, at in lines.items() if at and not _is_record(var)}
    return made.recording.kept, outside, defs


def _is_record(var: Var) -> bool:
    return var.hint is not None and "_saved" in var.hint


def values(trace: Trace) -> Table:
    """What the reverse sweep reads: recorded, computed again, or there anyway."""
    loops, outside, made = kept(trace)
    rows = []
    if outside:
        rows.append(Row(("outside loops",)))
    shown = {}
    for var, lines in outside.items():
        readers = ", ".join(f"L{line}" for line in lines)
        name = _name(made, var)
        shown[name, readers] = Row((name, readers, "there", "outside loops each value stays"))
    rows += shown.values()
    for each in loops:
        if not each.readers:
            continue
        place = each.stmt.place
        loop = f"L{place.line}  {place.text.strip()}" if place is not None else "a loop"
        rows.append(Row((loop,)))
        for var, lines in each.readers.items():
            rows.append(Row(_decision(each, var, lines)))
    return Table(("value", "for", "is", "why"), rows, (), "What the reverse sweep reads")


def _decision(kept: Kept, var: Var, lines: list[int]) -> tuple[str, ...]:
    name = _name(kept.made, var)
    readers = ", ".join(f"L{line}" for line in lines)
    if var in kept.recorded:
        return name, readers, "recorded", _why(kept, var)
    if var is kept.index:
        return name, readers, "counted back", "a loop's counter follows from the trip's number"
    if var in kept.invariant:
        return name, readers, "computed once", "the same on every trip"
    return name, readers, "computed again", "cheap, and made of values that are there"


def _why(kept: Kept, var: Var) -> str:
    body = kept.stmt.body
    made = kept.made.get(var)
    if var in body.params:
        if not kept.readers[var]:
            return "the next trip overwrites it; other values are computed again from it"
        return "the next trip overwrites it"
    if _is_record(var):
        return "what an inner loop records, once for each trip of this one"
    if not isinstance(made, Op):
        return "a branch or an inner loop makes it: not run again"
    if made.fn not in CHEAP:
        return f"{function_name(made.fn)} is not run again: it costs more than a record"
    if made.fn is n.READ and made.args[0] in kept.destroyed:
        return "the array it is read from is overwritten"
    return "to compute it again, more than one other value would have to be recorded"


def _name(made: dict[Var, Any], var: Var) -> str:
    """The user's name for a value; else its formula, in the user's names."""
    if var.user and var.hint is not None:
        return var.hint
    formula = Formula(lambda inner: (_inner(made, inner), ATOM))
    step = made.get(var)
    return formula.text(step) if isinstance(step, Op) else var.hint or "a value"


def _inner(made: dict[Var, Any], var: Var) -> str:
    text = _name(made, var)
    return text if len(text) <= SHORT else "…"


__all__ = ["inputs", "kept", "values"]
