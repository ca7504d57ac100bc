"""Where to draw the vertices of a directed graph: in layers, from left to right.

The method is Sugiyama's (Sugiyama, Tagawa & Toda 1981): layers by the longest path, edges over
several layers broken by invisible vertices, the order in each layer by barycentres of the
neighbours, then positions that pull a vertex towards its neighbours. Deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
SWEEPS = 12


@dataclass(frozen=True)
class Layout:
    """Centres of the vertices, the points that each edge passes, and the size of it all."""

    centres: list[Point]
    routes: list[list[Point]]
    width: float
    height: float


class Layered:
    """``sizes`` are widths and heights of vertices, ``edges`` pairs (tail, head), tail < head."""

    def __init__(
        self,
        sizes: Sequence[Point],
        edges: Sequence[tuple[int, int]],
        gap: Point = (64.0, 18.0),
    ) -> None:
        self.sizes = list(sizes)
        self.gap = gap
        self.layer = [0] * len(sizes)
        for tail, head in sorted(edges, key=lambda edge: edge[1]):
            self.layer[head] = max(self.layer[head], self.layer[tail] + 1)
        self.chains = [self.chain(tail, head) for tail, head in edges]
        self.before: list[list[int]] = [[] for _ in self.sizes]
        self.after: list[list[int]] = [[] for _ in self.sizes]
        for chain in self.chains:
            for tail, head in pairwise(chain):
                self.after[tail].append(head)
                self.before[head].append(tail)
        self.layers: list[list[int]] = [[] for _ in range(max(self.layer, default=0) + 1)]
        for k, layer in enumerate(self.layer):
            self.layers[layer].append(k)

    def chain(self, tail: int, head: int) -> list[int]:
        """The vertices that an edge passes: invisible ones in the layers between."""
        chain = [tail]
        for layer in range(self.layer[tail] + 1, self.layer[head]):
            chain.append(len(self.sizes))
            self.sizes.append((0.0, 0.0))
            self.layer.append(layer)
        return [*chain, head]

    def run(self) -> Layout:
        self.order()
        y = self.rows()
        x: list[float] = [0.0] * len(self.sizes)
        left = 0.0
        for layer in self.layers:
            wide = max((self.sizes[k][0] for k in layer), default=0.0)
            for k in layer:
                x[k] = left + wide / 2
            left += wide + self.gap[0]
        top = min((y[k] - self.sizes[k][1] / 2 for k in range(len(y))), default=0.0)
        low = max((y[k] + self.sizes[k][1] / 2 for k in range(len(y))), default=0.0)
        at = [(each_x, each_y - top) for each_x, each_y in zip(x, y, strict=True)]
        routes = [self.route(chain, at) for chain in self.chains]
        return Layout(at, routes, max(0.0, left - self.gap[0]), low - top)

    def route(self, chain: list[int], at: list[Point]) -> list[Point]:
        """The points of an edge: it crosses the layers between its ends straight."""
        points = [at[chain[0]]]
        for k in chain[1:-1]:
            wide = max(self.sizes[each][0] for each in self.layers[self.layer[k]])
            x, y = at[k]
            points += [(x - wide / 2, y), (x + wide / 2, y)]
        return [*points, at[chain[-1]]]

    def order(self) -> None:
        """Order each layer by the mean position of neighbours in the layer beside it."""
        place = {k: float(j) for layer in self.layers for j, k in enumerate(layer)}
        for sweep in range(SWEEPS):
            forward = sweep % 2 == 0
            near = self.before if forward else self.after
            for layer in self.layers[1:] if forward else self.layers[-2::-1]:
                layer.sort(key=lambda k: _mean([place[j] for j in near[k]], place[k]))
                for j, k in enumerate(layer):
                    place[k] = float(j)

    def rows(self) -> list[float]:
        """Heights: as near to the neighbours' mean as the order and the sizes allow."""
        y = [0.0] * len(self.sizes)
        for layer in self.layers:
            self.spread(layer, y, dict.fromkeys(layer, 0.0))
        for sweep in range(SWEEPS):
            forward = sweep % 2 == 0
            for layer in self.layers if forward else reversed(self.layers):
                near = self.before if forward else self.after
                wish = {k: _mean([y[j] for j in near[k]], y[k]) for k in layer}
                self.spread(layer, y, wish)
        return y

    def spread(self, layer: list[int], y: list[float], wish: dict[int, float]) -> None:
        """Give a layer's vertices the heights they wish for, but in order and not overlapping:
        blocks of vertices that touch move together, to the mean of their wishes.
        """
        blocks: list[tuple[list[int], list[float], float]] = []  # members, offsets, position
        for k in layer:
            members, offsets, at = [k], [0.0], wish[k]
            while (
                blocks
                and blocks[-1][2] + blocks[-1][1][-1] + self.apart(blocks[-1][0][-1], members[0])
                > at + offsets[0]
            ):
                before, old, _ = blocks.pop()
                shift = old[-1] + self.apart(before[-1], members[0])
                members = before + members
                offsets = old + [shift + offset for offset in offsets]
                wishes = [wish[m] - o for m, o in zip(members, offsets, strict=True)]
                at = sum(wishes) / len(wishes)
            blocks.append((members, offsets, at))
        for members, offsets, at in blocks:
            for k, offset in zip(members, offsets, strict=True):
                y[k] = at + offset

    def apart(self, a: int, b: int) -> float:
        return (self.sizes[a][1] + self.sizes[b][1]) / 2 + self.gap[1]


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


__all__ = ["Layered", "Layout"]
