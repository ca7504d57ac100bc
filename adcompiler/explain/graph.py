"""The computational graph: values as vertices, an edge from each operand to what is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adcompiler.explain.notation import shown
from adcompiler.explain.steps import Fold, Node
from adcompiler.explain.tables import Writing, folded, leaf_name

if TYPE_CHECKING:
    from adcompiler.explain.trace import Trace


@dataclass(frozen=True)
class Vertex:
    """``kind`` is "input", "value", "fold" or "result". ``about`` has the k of the v_k it stands
    for: several for trips that are folded.
    """

    kind: str
    title: str
    value: str = ""
    adjoint: str = ""
    about: tuple[int, ...] = ()


@dataclass(frozen=True)
class Edge:
    """From the vertex of an operand to that of the child, by position; with ∂child/∂operand."""

    tail: int
    head: int
    partial: str = ""
    value: str = ""


@dataclass(frozen=True)
class Graph:
    """``vertices`` are in an order in which every edge points forward."""

    name: str
    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]

    @staticmethod
    def of(trace: Trace) -> Graph:
        return _Reading(trace).graph()

    def dot(self) -> str:
        """The graph in the DOT language of Graphviz."""
        lines = [f"digraph {_quoted(self.name)} {{", "  rankdir=LR;", "  node [shape=box];"]
        for k, vertex in enumerate(self.vertices):
            parts = [vertex.title, vertex.value, vertex.adjoint]
            label = "\\n".join(_escaped(each) for each in parts if each)
            style = ", style=rounded" if vertex.kind == "input" else ""
            style = ", style=dashed" if vertex.kind == "fold" else style
            lines.append(f'  n{k} [label="{label}"{style}];')
        for edge in self.edges:
            label = f" [label={_quoted(edge.value)}]" if edge.value else ""
            lines.append(f"  n{edge.tail} -> n{edge.head}{label};")
        return "\n".join([*lines, "}"]) + "\n"


class _Reading:
    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.writing = Writing(trace)
        self.vertices: list[Vertex] = []
        self.at: dict[Node | Fold, int] = {}

    def graph(self) -> Graph:
        trace = self.trace
        for leaf, node in zip(trace.leaves, trace.execution.inputs, strict=True):
            self.add(node, "input", f"{trace.label(node)} = {leaf_name(leaf)}")
        for step in trace.execution.steps:
            for out in step.outs:
                if not out.active:
                    continue
                if step.fold is None:
                    kind = "result" if out is trace.result else "value"
                    self.add(out, kind, f"{trace.label(out)} = {self.writing.value(step)}")
                else:
                    self.fold(step.fold, out)
        return Graph(trace.function.name, tuple(self.vertices), self.edges())

    def add(self, node: Node, kind: str, title: str) -> None:
        assert node.number is not None
        adjoint = f"{self.writing.adjoint(node)} = {shown(self.trace.adjoint(node))}"
        self.at[node] = len(self.vertices)
        self.vertices.append(Vertex(kind, title, shown(node.value), adjoint, (node.number,)))

    def fold(self, fold: Fold, node: Node) -> None:
        if fold not in self.at:
            outs = [out for step in fold.steps for out in step.outs if out.active]
            about = tuple(out.number for out in outs if out.number is not None)
            self.at[fold] = len(self.vertices)
            self.vertices.append(Vertex("fold", folded(fold).partition("→ ")[2], "", "", about))
        self.at[node] = self.at[fold]

    def edges(self) -> tuple[Edge, ...]:
        found: dict[tuple[int, int], Edge] = {}
        for step, out, var, parent in self.trace.edges():
            tail, head = self.at[parent], self.at[out]
            if tail == head or (tail, head) in found:
                continue
            if step.fold is not None:
                found[tail, head] = Edge(tail, head)
                continue
            partial = self.trace.partial(step, var)
            value = "" if partial is None else shown(partial)
            formula = self.writing.partial(step, var)
            found[tail, head] = Edge(tail, head, formula, value)
        return tuple(found.values())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


__all__ = ["Edge", "Graph", "Vertex"]
