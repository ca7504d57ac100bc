"""The evaluation trace of a function at a point: values, tangents, partials, adjoints.

Notation and layout are those of Griewank & Walther, *Evaluating Derivatives* (SIAM, second edition
2008), section 1.3 and chapter 3: inputs are v₋₁, v₀, ..., intermediate values v₁, v₂, ...; v̇ is
the derivative of v along a seed direction p, and v̄ that of the result by v. A *child* of v is a
value that is computed from it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from adcompiler import errors
from adcompiler.explain import tables, vectors
from adcompiler.explain.arithmetic import Count, cost
from adcompiler.explain.counts import Counts, Emitted, Totals
from adcompiler.explain.document import Table
from adcompiler.explain.execution import Execution
from adcompiler.explain.graph import Graph
from adcompiler.explain.local import Local, Locals
from adcompiler.explain.notation import numbered
from adcompiler.explain.steps import Node, Step
from adcompiler.ir import evaluator
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Var
from adcompiler.ir.types import Array, Scalar, is_float
from adcompiler.pipeline import Compilation, deep_recursion

MOST_DIRECTIONS = 6  # that are taken where no seeds are given: of numbers,
MOST_OF_ARRAYS = 3  # and where arrays are among the inputs


@dataclass(frozen=True)
class Point:
    """What is traced. ``again`` compiles it (anew at each call: reverse mode changes what it
    reads), ``values`` are those of a compilation's leaves, arguments and captures. Beside which
    result, which directions and how many trips are shown, there is what gives the emitted functions
    ("primal", "forward", "reverse"); ``arranged`` puts tangents into the structure of arguments.
    """

    again: Callable[[], Compilation]
    values: Callable[[Compilation], Sequence[Any]]
    output: int
    seeds: Sequence[Any] | None
    limit: int
    emitted: Callable[[str], Emitted]
    arranged: Callable[[list[Any]], list[Any]]


@dataclass(frozen=True, eq=False)
class Contribution:
    """What a child adds to the adjoint of a value: the ``k``-th of ``of`` additions."""

    step: Step
    to: Node
    var: Var  # the operand of the child's operation
    value: Any
    total: Any
    k: int
    of: int


class ByName(Mapping[str, Any]):
    """Things about values: by the user's name, or by ``"v1"``, ``"v-1"``, ``"v₁"``.

    A name that is bound several times means its last value.
    """

    def __init__(self, trace: Trace, get: Callable[[Node], Any]) -> None:
        self._trace = trace
        self._get = get

    def __getitem__(self, name: str) -> Any:
        return self._get(self._trace.node(name))

    def __iter__(self) -> Iterator[str]:
        return (f"v{node.number}" for node in self._trace.nodes)

    def __len__(self) -> int:
        return len(self._trace.nodes)

    def __repr__(self) -> str:
        return f"<of {', '.join(self)} and the names {', '.join(self._trace.names)}>"


class Trace:
    """The evaluation of a function at a point, operation by operation, in both modes.

    `values`, `tangents` (a tuple, one for each direction), `adjoints` and `accumulated` (the
    adjoint after each contribution) are looked up by the user's names or by ``"v1"``; `partials`
    by two of them, child first. `table`, `partials_table`, `reverse_table` and `adjoints_table`
    print as textbooks do. `str` gives the forward and the reverse trace.
    """

    def __init__(self, point: Point) -> None:
        self.point = point
        compilation = point.again()
        self.lowered = lowered = compilation.lowered
        self.function = compilation.primal()
        self.leaves = compilation.wrt_leaves()
        self.leaf_values = list(point.values(compilation))
        self._locals = Locals(lowered.lowering)
        wrt = [leaf.var for leaf in self.leaves]
        program = lowered.program.functions
        self.execution = Execution(self.function, program, wrt, point.limit, self._locals)
        with deep_recursion():
            self.execution.run(self.leaf_values)
            self.result, self.value, self._seed = self._selected()
            self.seeds = self._directions()
            self._tangents: dict[Node, list[Any]] = {}
            self._adjoints: dict[Node, Any] = {}
            self.contributions: list[Contribution] = []
            self._forward = self._push()
            self._reverse = self._pull()

    # ---- what is looked up

    @property
    def nodes(self) -> list[Node]:
        """Inputs, then active intermediate values in the order of execution."""
        steps = self.execution.steps
        return [
            *self.execution.inputs, *(out for each in steps for out in each.outs if out.active)
        ]  # fmt: skip

    @property
    def names(self) -> list[str]:
        """The user's names of active values."""
        return [name for name, node in self.execution.named.items() if node.number is not None]

    def node(self, name: str) -> Node:
        found = self.execution.named.get(name)
        if found is not None and found.number is not None:
            return found
        for node in self.nodes:
            if name in (f"v{node.number}", f"v_{node.number}", self.label(node)):
                return node
        why = "does not depend on what is differentiated by" if found else "is not in the trace"
        raise KeyError(f"'{name}' {why}: there are v{self.nodes[0].number} to "
                       f"v{self.nodes[-1].number}, {', '.join(self.names)}")  # fmt: skip

    def label(self, node: Node, letter: str = "v") -> str:
        assert node.number is not None
        return numbered(letter, node.number)

    @property
    def values(self) -> ByName:
        return ByName(self, lambda node: node.value)

    @property
    def tangents(self) -> ByName:
        return ByName(self, lambda node: tuple(self._tangents[node]))

    @property
    def adjoints(self) -> ByName:
        """∇ᵥf: the derivative of the result by every value, inputs among them."""
        return ByName(self, self.adjoint)

    @property
    def accumulated(self) -> ByName:
        return ByName(self, lambda node: [c.total for c in self.contributions if c.to is node])

    def adjoint(self, node: Node) -> Any:
        found = self._adjoints.get(node)
        return vectors.zero(node.value) if found is None else found

    @cached_property
    def partials(self) -> dict[tuple[str, str], Any]:
        """∂child/∂parent of every edge, as ``partials["v1", "v0"]``: a number, or for arrays one
        for each element; None where a derivative is no such thing (a matrix product).
        """
        return {
            (f"v{out.number}", f"v{node.number}"): self.partial(step, var)
            for step, out, var, node in self.edges()
        }

    def partial(self, step: Step, var: Var) -> Any:
        piece = self.local(step).partials.get(var)
        return None if piece is None else piece.run(self.around(step), [])[0][0]

    def edges(self) -> Iterator[tuple[Step, Node, Var, Node]]:
        """Step, child, operand and parent of each edge of the graph."""
        for step in self.execution.steps:
            for out in step.outs:
                if out.active:
                    for var in self.local(step).wrt:
                        yield step, out, var, step.reads[var]

    @property
    def gradient(self) -> tuple[Any, ...]:
        """∇ₓf: the adjoints of the inputs."""
        return tuple(map(self.adjoint, self.execution.inputs))

    # ---- as tables

    @cached_property
    def table(self) -> Table:
        return tables.forward(self)

    @cached_property
    def duals(self) -> Table:
        """The forward trace in dual numbers, z = v + v̇ε."""
        return tables.forward(self, duals=True)

    @cached_property
    def partials_table(self) -> Table:
        return tables.partials(self)

    @cached_property
    def reverse_table(self) -> Table:
        return tables.reverse(self)

    @cached_property
    def adjoints_table(self) -> Table:
        return tables.adjoints(self)

    def __str__(self) -> str:
        return f"{self.table}\n\n{self.partials_table}\n\n{self.reverse_table}"

    def __repr__(self) -> str:
        return f"<trace of {self.function.name}: {len(self.nodes)} values>"

    @cached_property
    def graph(self) -> Graph:
        """The computational graph, folded as the tables are."""
        return Graph.of(self)

    def to_dot(self) -> str:
        """The computational graph in the DOT language of Graphviz."""
        return self.graph.dot()

    @cached_property
    def counts(self) -> Counts:
        """Operations in the textbook's convention and as emitted; see `explain.counts`."""
        primal = Count()
        for step in self.execution.steps:
            args = evaluator.operand(step.op.args, _values(step))
            found = step.outs[0].value if len(step.outs) == 1 else step.outs
            primal.add(cost(step.op.fn, args, found))
        textbook = Totals.of(primal, self._forward, self._reverse, self.passes)
        return Counts(textbook, self.passes, self._measured)

    @property
    def passes(self) -> int:
        """Forward passes: one for each seed, or as many as a gradient takes."""
        if self.point.seeds is not None:
            return len(self.seeds)
        return sum(int(np.size(node.value)) for node in self.execution.inputs)

    def _measured(self) -> Totals:
        """Operations of the emitted functions, executed at the point."""
        emitted = self.point.emitted
        _, primal = emitted("primal").measured()
        _, forward = emitted("forward").measured(*self.point.arranged(self.seeds[0]))
        backward = emitted("reverse")
        found, reverse = backward.measured()
        if backward.pulls:
            reverse.add(backward.pulled(found[1], self._cotangents()))
        return Totals(primal, forward, forward * self.passes, reverse)

    def _cotangents(self) -> list[Any]:
        pairs = zip(self.function.results, self.execution.results, strict=True)
        floating = [node for atom, node in pairs if is_float(atom.type)]
        return [
            self._seed if node is self.result else vectors.zero(node.value) for node in floating
        ]

    # ---- both modes

    def local(self, step: Step) -> Local:
        return self._locals.at(step)

    def around(self, step: Step) -> dict[Var, Any]:
        """What the derivatives of a step may read."""
        outs = zip(step.op.outs, step.outs, strict=True)
        return {var: node.value for var, node in (*step.around.items(), *step.reads.items(), *outs)}

    @property
    def outputs(self) -> int:
        """How many floating numbers the result has."""
        pairs = zip(self.function.results, self.execution.results, strict=True)
        return sum(int(np.size(node.value)) for atom, node in pairs if is_float(atom.type))

    @property
    def source(self) -> str:
        """The user's function, from its ``def``."""
        found = self.lowered.source
        last = found.node.end_lineno or found.def_line
        return textwrap.dedent("\n".join(found.lines[found.def_line - 1 : last]))

    def _selected(self) -> tuple[Node, Any, Any]:
        """The result that is differentiated, its value, and the adjoint that it starts with."""
        sizes = []
        for atom, node in zip(self.function.results, self.execution.results, strict=True):
            if is_float(atom.type) and isinstance(atom.type, Scalar | Array):
                sizes.append((node, int(np.size(node.value))))
        at = self.point.output
        for node, size in sizes:
            if at < size and np.iscomplexobj(node.value):
                raise errors.SignatureError(
                    "a trace has real adjoints, and this result is complex",
                    remedy="return its real part, or abs of it",
                    code="AD507",
                )
            if at < size:
                return node, np.asarray(node.value).flat[at], vectors.unit(node.value, at)
            at -= size
        total = self.outputs
        raise errors.SignatureError(
            f"output {self.point.output} is asked for, and the result has {total or 'no'} "
            "floating numbers",
            remedy=f"give an output from 0 to {total - 1}" if total else "",
        )

    def _directions(self) -> list[list[Any]]:
        """Each seed direction as one tangent for each input."""
        values = [node.value for node in self.execution.inputs]
        if self.point.seeds is not None:
            return [self._direction(seed, values) for seed in self.point.seeds]
        sizes = [int(np.size(x)) for x in values]
        plain = all(np.ndim(x) == 0 for x in values)
        if sum(sizes) > (MOST_DIRECTIONS if plain else MOST_OF_ARRAYS):
            return [[vectors.ones(x) for x in values]]
        return [
            [vectors.unit(x, k) if m == j else vectors.zero(x) for m, x in enumerate(values)]
            for j, size in enumerate(sizes)
            for k in range(size)
        ]

    def _direction(self, seed: Any, values: list[Any]) -> list[Any]:
        given = list(seed) if isinstance(seed, tuple | list) else [seed]
        if len(given) != len(values):
            raise errors.SignatureError(
                f"a seed has {len(given)} tangents, and there are {len(values)} inputs",
                remedy="give one tangent for each input, as seeds=[(1.0, 0.0)]",
                code="AD505",
            )
        made = []
        for tangent, value in zip(given, values, strict=True):
            if np.shape(tangent) != np.shape(value):
                raise errors.SignatureError(
                    f"a tangent of shape {np.shape(tangent)} is given for an input of shape "
                    f"{np.shape(value)}",
                    code="AD505",
                )
            made.append(vectors.like(tangent, value))
        return made

    def _push(self) -> Count:
        """Tangents, by forward mode; returns what one pass costs beside the values."""
        spent = Count()
        for k, node in enumerate(self.execution.inputs):
            self._tangents[node] = [seed[k] for seed in self.seeds]
        for step in self.execution.steps:
            if not step.active:
                continue
            local, around = self.local(step), self.around(step)
            dots: list[list[Any]] = []
            for k in range(len(self.seeds)):
                given = [self._tangents[step.reads[var]][k] for var in local.wrt]
                found, cost_of = local.tangent.run(around, given)
                dots.append(found)
                if k == 0:
                    spent.add(cost_of)
            for out, each in zip(_floating(step), zip(*dots, strict=True), strict=True):
                self._tangents[out] = list(each)
        return spent

    def _pull(self) -> Count:
        """Adjoints, by reverse mode; returns what the reverse sweep costs."""
        spent = Count()
        bars = self._adjoints
        if self.result.active:
            bars[self.result] = self._seed
        for step in reversed(self.execution.steps):
            if not any(out in bars for out in step.outs):
                continue
            local, around = self.local(step), self.around(step)
            given = [self.adjoint(out) for out in _floating(step)]
            for var in local.wrt:
                node = step.reads[var]
                (value,), cost_of = local.adjoints[var].run(around, given)
                if isinstance(var.type, Array) and var.type.loose and not np.ndim(node.value):
                    value = np.sum(value)  # it was a number on this trip
                spent.add(cost_of)
                spent.add(_addition(step, var, value, local, cost_of))
                bars[node] = vectors.sum_of(bars[node], value) if node in bars else value
                self.contributions.append(Contribution(step, node, var, value, bars[node], 0, 0))
        self.contributions = _ordered(self.contributions)
        return spent


def _ordered(contributions: list[Contribution]) -> list[Contribution]:
    """Which of how many contributions each one is."""
    of: dict[Node, int] = {}
    for each in contributions:
        of[each.to] = of.get(each.to, 0) + 1
    seen: dict[Node, int] = {}
    made = []
    for c in contributions:
        seen[c.to] = seen.get(c.to, 0) + 1
        made.append(Contribution(c.step, c.to, c.var, c.value, c.total, seen[c.to], of[c.to]))
    return made


def _addition(step: Step, var: Var, value: Any, local: Local, spent: Count) -> Count:
    """The addition to an adjoint that starts at zero; −v̄ is subtracted, and was counted so."""
    op = step.op
    if isinstance(value, list | tuple):
        return Count()
    if op.fn is n.READ:
        return Count(additions=int(np.size(step.outs[0].value)))
    if op.fn is n.UPDATE and var is op.args[0]:
        return Count()
    if local.adjoints[var].negates:
        return Count()
    return Count(additions=int(np.size(value)))


def _values(step: Step) -> dict[Var, Any]:
    return {var: node.value for var, node in step.reads.items()}


def _floating(step: Step) -> list[Node]:
    return [
        node for var, node in zip(step.op.outs, step.outs, strict=True) if is_float(var.type)
    ]  # fmt: skip


__all__ = ["ByName", "Contribution", "Point", "Trace"]
