"""The explanation of a function at a point, as text, as Markdown and as a page."""

from __future__ import annotations

import ast
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from adcompiler import errors
from adcompiler.explain import recorded
from adcompiler.explain.document import Code, Section, as_markdown, as_text
from adcompiler.explain.notation import number, shown
from adcompiler.explain.page import page
from adcompiler.explain.tables import leaf_name
from adcompiler.explain.trace import Trace

KINDS = {".html": "html", ".htm": "html", ".md": "markdown", ".txt": "text", ".dot": "dot"}


class Explanation:
    """A trace with everything that explains it: `text`, `markdown`, `html`; `save` writes one.

    `trace` is the trace; with `duals`, the forward table has dual numbers.
    """

    def __init__(self, trace: Trace, duals: bool = False) -> None:
        self.trace = trace
        self.duals = duals

    @cached_property
    def text(self) -> str:
        return as_text(self.title, self.lead, self.sections)

    @cached_property
    def markdown(self) -> str:
        return as_markdown(self.title, self.lead, self.sections)

    @cached_property
    def html(self) -> str:
        """One file that needs no other, and no network."""
        return page(self.title, self.lead, self.sections)

    def save(self, path: Any) -> Path:
        """Write the kind of report that the name ends with: .html, .md, .txt, or .dot.

        Raises `AdcompilerError` (AD600) for another ending.
        """
        target = Path(path)
        kind = KINDS.get(target.suffix)
        if kind is None:
            raise errors.AdcompilerError(
                f"no kind of report is known for '{target.name}'",
                remedy=f"give a name that ends with {', '.join(KINDS)}",
                code="AD600",
            )
        target.write_text(self.written(kind), encoding="utf-8")
        return target

    def written(self, kind: str) -> str:
        """The report as "text", "markdown" or "html"; or the graph as "dot"."""
        text: str = self.trace.to_dot() if kind == "dot" else getattr(self, kind)
        return text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<explanation of {self.title}>"

    def _repr_html_(self) -> str:
        """In a notebook: in a frame, so that its style stays its own."""
        style = "width: 100%; height: 48rem; border: 0"
        return f'<iframe style="{style}" srcdoc="{escape(self.html)}"></iframe>'

    # ---- what it says

    @property
    def title(self) -> str:
        """``f at x = 1, y = 2``."""
        trace = self.trace
        given = [
            f"{leaf_name(leaf)} = {shown(value)}"
            for leaf, value in zip(trace.lowered.leaves, trace.leaf_values, strict=True)
        ]
        return f"{trace.function.name} at {', '.join(given)}" if given else trace.function.name

    @property
    def lead(self) -> list[tuple[str, str]]:
        """The result and its gradient."""
        trace = self.trace
        of = f" {trace.point.output} of {trace.outputs}" if trace.outputs > 1 else ""
        found = [(f"output{of}" if of else "value", number(trace.value))]
        for leaf, gradient in zip(trace.leaves, trace.gradient, strict=True):
            found.append((f"∂/∂{leaf_name(leaf)}", shown(gradient)))
        return found

    @cached_property
    def sections(self) -> list[Section]:
        trace = self.trace
        made = [
            Section("Function", [Code(trace.source)]),
            Section("Computational graph", [trace.graph]),
            self._forward(),
            self._reverse(),
            Section("Operation counts", [_COUNTS, trace.counts.table]),
            self._activity(),
        ]
        reverse, forward = trace.point.emitted("reverse"), trace.point.emitted("forward")
        made.append(
            Section(
                "Emitted code",
                [Code(reverse.source, "Reverse mode"), Code(forward.source, "Forward mode")],
            )
        )
        return made

    def _forward(self) -> Section:
        trace = self.trace
        parts: list[Any] = ["Inputs, then each operation as it was executed. v̇ is the derivative "
                            "of v along the seed direction p."]  # fmt: skip
        if self.duals:
            parts[0] += (
                " A dual number z = v + v̇ε holds both: φ(z) = φ(v) + φ′(v)·v̇ε, since ε² = 0."
            )
        if trace.point.seeds is None and trace.passes > len(trace.seeds):
            parts[0] += (
                f" One direction is shown; the gradient takes {trace.passes} forward passes."
            )
        again = sum(step.times - 1 for step in trace.execution.steps if step.active)
        if again:
            word = "operation is" if again == 1 else "operations are"
            parts[0] += f" {again} {word} written again on the same values, and shown once."
        parts.append(trace.table)
        if self.duals:
            parts.append(trace.duals)
        return Section("Forward trace", parts)

    def _reverse(self) -> Section:
        trace = self.trace
        if not trace.contributions:
            said = "The result depends on no input on the path that was executed."
            if trace.result.number is None:
                return Section("Reverse trace", [said])
        note = (
            "The forward sweep finds the partial of each child by its operands; the reverse sweep "
            "goes from the last child to the first and adds v̄ₖ·∂vₖ/∂v to the adjoint of each "
            "operand v. An adjoint is complete when all children have contributed."
        )
        all_of_them = trace.adjoints_table
        parts = [note, trace.partials_table, trace.reverse_table, all_of_them]
        return Section("Reverse trace", parts)

    def _activity(self) -> Section:
        trace = self.trace
        parts: list[Any] = [recorded.inputs(trace), recorded.values(trace)]
        note = _docstring(trace.point.emitted("reverse").source)
        if note:
            parts.insert(1, f"What the emitted code says: {note}")
        return Section("What is active, and what is recorded", parts)


_COUNTS = (
    "Arithmetic on floating numbers, element by element. Textbook: a forward pass costs the "
    "function and its tangent statements; reverse mode costs the function once, and for each edge "
    "of the graph the partial times the adjoint, and the addition to an adjoint that was zero. As "
    "emitted: the emitted functions, executed at this point and counted."
)


def _docstring(source: str) -> str:
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return (ast.get_docstring(functions[-1]) or "") if functions else ""


__all__ = ["Explanation"]
