"""The computational graph as SVG, to stand in a page: colours are the page's."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from adcompiler.explain.graph import Edge, Graph, Vertex
from adcompiler.explain.layout import Layered, Point
from adcompiler.explain.notation import width

MOST = 240  # vertices that are drawn
LETTER = 7.4  # width of a letter
LINE = 18.0
MARGIN = 14.0
MOST_LABELS = 40  # edges that carry their partial


def svg(graph: Graph) -> str | None:
    """The drawing; None for a graph too large to be read."""
    if not graph.vertices or len(graph.vertices) > MOST:
        return None
    sizes = [_size(vertex) for vertex in graph.vertices]
    gap = (94.0 if len(graph.edges) <= MOST_LABELS else 56.0, 20.0)
    layout = Layered(sizes, [(edge.tail, edge.head) for edge in graph.edges], gap).run()
    parts = []
    for edge, route in zip(graph.edges, layout.routes, strict=True):
        ends = sizes[edge.tail][0] / 2, sizes[edge.head][0] / 2
        labelled = len(graph.edges) <= MOST_LABELS
        parts.append(_edge(graph, edge, route, ends, labelled))
    for vertex, size, centre in zip(graph.vertices, sizes, layout.centres, strict=False):
        parts.append(_vertex(vertex, size, centre))
    wide, high = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    box = f"{-MARGIN:g} {-MARGIN:g} {wide:g} {high:g}"
    body = "\n".join(parts)
    return (
        f'<svg class="graph" role="img" aria-label="computational graph of {escape(graph.name)}" '
        f'width="{wide:g}" height="{high:g}" viewBox="{box}" xmlns="http://www.w3.org/2000/svg">\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto-start-reverse"><path d="M0 0.8 L7.5 4 L0 7.2 z"/>'
        f"</marker></defs>\n{body}\n</svg>"
    )


def _size(vertex: Vertex) -> Point:
    lines = [each for each in (vertex.title, vertex.value, vertex.adjoint) if each]
    return max(width(each) for each in lines) * LETTER + 24.0, LINE * len(lines) + 14.0


def _vertex(vertex: Vertex, size: Point, centre: Point) -> str:
    (w, h), (x, y) = size, centre
    about = " ".join(map(str, vertex.about))
    rect = (
        f'<rect x="{x - w / 2:.1f}" y="{y - h / 2:.1f}" width="{w:.1f}" height="{h:.1f}" rx="7"/>'
    )
    lines = [("title", vertex.title), ("value", vertex.value), ("bar", vertex.adjoint)]
    lines = [(kind, text) for kind, text in lines if text]
    top = y - LINE * (len(lines) - 1) / 2 + 4.5
    texts = "".join(
        f'<text class="{kind}" x="{x:.1f}" y="{top + LINE * k:.1f}">{escape(text)}</text>'
        for k, (kind, text) in enumerate(lines)
    )
    return f'<g class="vertex {vertex.kind}" data-v="{about}">{rect}{texts}</g>'


def _edge(graph: Graph, edge: Edge, route: list[Point], ends: Point, labelled: bool) -> str:
    points = [
        (route[0][0] + ends[0], route[0][1]),
        *route[1:-1],
        (route[-1][0] - ends[1] - 1, route[-1][1]),
    ]
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        bend = (x1 - x0) / 2
        path += f" C{x0 + bend:.1f} {y0:.1f} {x1 - bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    tail, head = graph.vertices[edge.tail], graph.vertices[edge.head]
    about = (
        f'data-from="{" ".join(map(str, tail.about))}" data-to="{" ".join(map(str, head.about))}"'
    )
    told = f"partial: {edge.partial}" + (f" = {edge.value}" if edge.value else "")
    title = f"<title>{escape(told)}</title>" if edge.partial else ""
    label = ""
    if labelled and edge.value and width(edge.value) <= 10:
        # near the head, where edges of one tail have parted
        (x0, y0), (x1, y1) = points[-2], points[-1]
        x, y = x0 + 0.5 * (x1 - x0), y0 + 0.5 * (y1 - y0)
        label = f'<text class="partial" x="{x:.1f}" y="{y - 4:.1f}">{escape(edge.value)}</text>'
    return f'<g class="edge" {about}>{title}<path d="{path}" marker-end="url(#tip)"/>{label}</g>'


__all__ = ["svg"]
