"""The tables of a trace, laid out as in textbooks on the subject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.explain.document import Row, Table
from adcompiler.explain.notation import (
    ATOM,
    BAR,
    DOT,
    LONGEST,
    Formula,
    dual,
    number,
    numbered,
    shown,
)
from adcompiler.explain.steps import Fold, Mark, Node, Step
from adcompiler.ir.nodes import Var
from adcompiler.ir.types import is_float

if TYPE_CHECKING:
    from adcompiler.explain.trace import Contribution, Trace

SHORT = 24  # characters of an inactive formula that stands within another,
DEEPEST = 4  # and how many stand within each other


class Writing:
    """Formulas of a trace's steps."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.nested = 0

    def value(self, step: Step) -> str:
        """``v₋₁·v₀``."""
        return _clipped(Formula(self.of(step)).text(step.op))

    def tangent(self, step: Step, out: Node) -> str:
        """``v₀·v̇₋₁ + v₋₁·v̇₀``."""
        local = self.trace.local(step)
        dots = {
            var: numbered("v" + DOT, _k(step.reads[of]))
            for var, of in zip(local.tangent.given, local.wrt, strict=True)
        }
        region = local.tangent.region
        result = region.results[_position(step, out)]
        return _clipped(Formula(self.of(step, dots), region).text(result))

    def partial(self, step: Step, var: Var) -> str:
        piece = self.trace.local(step).partials.get(var)
        if piece is None:
            return ""
        return _clipped(Formula(self.of(step), piece.region).text(piece.region.results[0]))

    def contribution(self, step: Step, var: Var) -> str:
        """``v̄₃·v₂``."""
        piece = self.trace.local(step).adjoints[var]
        outs = _floating(step)
        bars = {bar: self.adjoint(out) for bar, out in zip(piece.given, outs, strict=True)}
        return _clipped(Formula(self.of(step, bars), piece.region).text(piece.region.results[0]))

    def adjoint(self, node: Node) -> str:
        return "0" if node.number is None else numbered("v" + BAR, node.number)

    def of(self, step: Step, more: dict[Var, str] | None = None) -> Any:
        """How the values that a step's derivatives read are written."""
        outs = zip(step.op.outs, step.outs, strict=True)
        nodes = {**step.around, **step.reads, **dict(outs)}

        def naming(var: Var) -> tuple[str, int]:
            if more and var in more:
                return more[var], ATOM
            return self.node(nodes[var])

        return naming

    def node(self, node: Node) -> tuple[str, int]:
        """An active value by its number; others by name, by formula if that is short, by value."""
        if node.number is not None:
            return numbered("v", node.number), ATOM
        value = node.value
        if isinstance(value, bool | int | np.integer | str) or value is None:
            return shown(value), ATOM
        if node.name is not None:
            return node.name, ATOM
        if node.step is not None and len(node.step.outs) == 1 and self.nested < DEEPEST:
            self.nested += 1
            text, binds = Formula(self.of(node.step)).op(node.step.op)
            self.nested -= 1
            if len(text) <= SHORT:
                return text, binds
        text = shown(value)
        return text, 1 if text.startswith("-") else ATOM


def forward(trace: Trace, duals: bool = False) -> Table:
    """Values and tangents, in the order of execution."""
    writing = Writing(trace)
    heads = [direction(trace, k) for k in range(len(trace.seeds))]
    rows = []
    for k, node in enumerate(trace.execution.inputs):
        path = leaf_name(trace.leaves[k])
        dots = trace._tangents[node]
        seeded = _seeded(node, dots, duals)
        rows.append(_row(node, node.name, path, f"p{k + 1}".translate(_SUB), seeded, ""))
    for event in trace.execution.events:
        if not isinstance(event, Step):
            rows.append(_where(event))
            continue
        for out in event.outs:
            if out.active:
                line = f"L{event.place.line}" if event.place is not None else ""
                seeded = _seeded(out, trace._tangents[out], duals)
                formula, tangent = writing.value(event), writing.tangent(event, out)
                name = out.name if trace.execution.named.get(out.name or "") else None
                rows.append(_row(out, name, formula, tangent, seeded, line, event.depth))
    columns = ["v", "name", "formula", "value", "tangent v" + DOT, *heads, "line"]
    if duals:
        del columns[3]
        rows = [r if r.spans else Row(r.cells[:3] + r.cells[4:], r.about, r.depth) for r in rows]
    title = f"In dual numbers, z = v + v{DOT}ε" if duals else ""
    return Table(tuple(columns), rows, ("value", *heads), title)


_SUB = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _row(
    node: Node,
    name: str | None,
    formula: str,
    tangent: str,
    seeded: list[str],
    line: str,
    depth: int = 0,
) -> Row:
    label = numbered("v", _k(node))
    cells = (label, name or "", formula, shown(node.value), tangent, *seeded, line)
    return Row(cells, (_k(node),), depth)


def _seeded(node: Node, dots: list[Any], duals: bool) -> list[str]:
    return [dual(node.value, dot) if duals else shown(dot) for dot in dots]


def _where(event: Mark | Fold) -> Row:
    line = f"L{event.line}  " if event.line else ""
    if isinstance(event, Mark):
        return Row((line + event.text,), (), event.depth)
    return Row((line + folded(event),), _numbers(event.steps), event.depth)


def folded(fold: Fold) -> str:
    last = fold.first + fold.trips - 1
    trips = f"trip {last}" if fold.trips == 1 else f"trips {fold.first} to {last}"
    numbers = _numbers(fold.steps)
    values = ""
    if numbers:
        first, end = numbered("v", numbers[0]), numbered("v", numbers[-1])
        values = f": {first}" if len(numbers) == 1 else f": {first} to {end}"
    if not fold.first:
        return f"{fold.text}  → folded{values}"
    return f"{fold.text}  → {trips}, folded{values}"


def _numbers(steps: list[Step]) -> tuple[int, ...]:
    return tuple(_k(out) for step in steps for out in step.outs if out.active)


def partials(trace: Trace) -> Table:
    """∂child/∂parent for each edge of the graph."""
    writing = Writing(trace)
    rows, folds = [], set()
    for step, out, var, parent in trace.edges():
        if step.fold is not None:
            if step.fold not in folds:
                folds.add(step.fold)
                rows.append(_where(step.fold))
            continue
        child, of = trace.label(out), trace.label(parent)
        partial = trace.partial(step, var)
        shown_partial = "" if partial is None else shown(partial)
        formula = writing.partial(step, var) or "linear map: " + writing.contribution(step, var)
        about = (_k(out), _k(parent))
        rows.append(
            Row((child, writing.value(step), f"∂{child}/∂{of}", formula, shown_partial), about)
        )
    return Table(("child", "formula", "partial", "is", "value"), rows, ("value",), "Partials")


def reverse(trace: Trace) -> Table:
    """Every addition to an adjoint, in the order of the reverse sweep."""
    writing = Writing(trace)
    rows = []
    if trace.result.number is not None:
        k = trace.result.number
        seed = shown(trace._seed)
        rows.append(Row(("result", f"{numbered('v' + BAR, k)} = {seed}", "", seed, "seed"), (k,)))
    last: Any = None
    for c in trace.contributions:
        if c.step.fold is not None:
            if c.step.fold is not last:
                rows.append(_where(c.step.fold))
        else:
            rows.append(_addition(trace, writing, c))
        last = c.step.fold
    columns = ("from", "statement", "adds", "adjoint", "so far")
    return Table(columns, rows, ("adds", "adjoint"), "Reverse trace")


def _addition(trace: Trace, writing: Writing, c: Contribution) -> Row:
    child = next(out for out in c.step.outs if out.active)
    text = writing.contribution(c.step, c.var)
    statement = f"{writing.adjoint(c.to)} += {text}"
    if text.startswith("−") and " " not in text:
        statement = f"{writing.adjoint(c.to)} −= {text[1:]}"
    done = "complete" if c.k == c.of else f"{c.k} of {c.of}"
    about = (_k(child), _k(c.to))
    return Row((trace.label(child), statement, shown(c.value), shown(c.total), done), about)


def adjoints(trace: Trace) -> Table:
    """∇ᵥf: the derivative of the result by every value; for the inputs it is the gradient."""
    rows = []
    hidden = 0
    for k, node in enumerate(trace.nodes):
        if node.step is not None and node.step.fold is not None:
            hidden += 1
            continue
        name = leaf_name(trace.leaves[k]) if node.step is None else node.name or ""
        cells = (trace.label(node), name, shown(node.value), shown(trace.adjoint(node)))
        rows.append(Row(cells, (_k(node),)))
    if hidden:
        rows.append(Row((f"{hidden} more, of folded trips",)))
    title = "Adjoints of all values"
    return Table(("v", "name", "value", "adjoint"), rows, ("value", "adjoint"), title)


def direction(trace: Trace, k: int) -> str:
    """``p = (1, 0)``, or ``p = e₂`` where there are arrays."""
    seed = trace.seeds[k]
    flat = [x for each in seed for x in np.ravel(each)]
    if len(flat) == 1:
        return f"p = {number(flat[0])}"
    if len(flat) <= 5:
        return f"p = ({', '.join(map(number, flat))})"
    if all(x == 1.0 for x in flat):
        return "p = (1, …, 1)"
    ones = [j for j, x in enumerate(flat) if x != 0.0]
    if len(ones) == 1 and flat[ones[0]] == 1.0:
        return f"p = e{str(ones[0] + 1).translate(_SUB)}"
    return f"p ({k + 1})"


def leaf_name(leaf: Any) -> str:
    """``x``, ``p.mass``, ``items[0]``."""
    text = str(leaf.root) if isinstance(leaf.root, str) else str(leaf.var.hint)
    for step in leaf.steps if isinstance(leaf.root, str) else ():
        text += f".{step.key}" if step.kind == "attr" else f"[{step.key!r}]"
    return text


def _floating(step: Step) -> Iterator[Node]:
    for var, node in zip(step.op.outs, step.outs, strict=True):
        if is_float(var.type):
            yield node


def _position(step: Step, out: Node) -> int:
    return next(k for k, node in enumerate(_floating(step)) if node is out)


def _k(node: Node) -> int:
    assert node.number is not None
    return node.number


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


__all__ = ["Writing", "adjoints", "folded", "forward", "leaf_name", "partials", "reverse"]
