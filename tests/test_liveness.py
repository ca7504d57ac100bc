"""Liveness: each rule by hand, then random functions against data-flow equations."""

from __future__ import annotations

import operator
from random import Random
from typing import Any

import pytest

from adcompiler.analyses.liveness import Liveness
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Function, Op, Region, Stmt, Var, operands, regions, walk
from adcompiler.ir.types import BOOL, FLOAT, INT
from adcompiler.ir.verifier import verify


def use(*reads: Var) -> Op:
    return Op((Var(FLOAT),), None, max, reads, {})


def for_loop(stmts: list[Stmt], inits: list[Any] = (), results: list[Any] = ()) -> n.For:  # type: ignore[assignment]
    params = [Var(INT, "i"), *(Var(FLOAT, "p") for _ in inits)]
    outs = tuple(Var(FLOAT) for _ in inits)
    body = Region(params, stmts, list(results))
    return n.For(outs, None, const(0), const(3), const(1), list(inits), body)


def facts(params: list[Var], stmts: list[Stmt], results: list[Any] = ()) -> Liveness:  # type: ignore[assignment]
    made = Function("f", params, Region([], stmts, list(results)))
    verify(made)
    return Liveness(made)


def test_straight_line() -> None:
    x, z = Var(FLOAT, "x"), Var(FLOAT, "z")
    first, second = use(x, x), use(x)
    live = facts([x, z], [first, second], [second.outs[0]])
    assert live.position[id(first)] < live.position[id(second)]
    assert live.uses(x) == [live.position[id(first)], live.position[id(second)]]
    assert live.uses(z) == [] and live.defined_at(x) < live.position[id(first)]
    assert live.live_after(x, first) and not live.live_after(x, second)
    assert not live.live_after(z, first)
    assert live.live_after(second.outs[0], second)
    assert live.live_at_end(second.outs[0], live.function.body)
    assert not live.live_at_end(x, live.function.body)


def test_branches_exclude_each_other() -> None:
    x, z, c = Var(FLOAT, "x"), Var(FLOAT, "z"), Var(BOOL, "c")
    then, orelse, inner = use(x), use(x), use(z)
    nested = n.If((), None, c, Region([], [inner]), Region([], [use(z)]))
    branch = n.If((), None, c, Region([], [then, nested]), Region([], [orelse]))
    after = use(c)
    live = facts([x, z, c], [branch, after])
    assert not live.live_after(x, then) and not live.live_after(x, inner)
    assert not live.live_after(x, branch) and live.live_after(c, branch)
    assert not live.live_after(z, inner) and live.live_after(z, then)
    assert live.live_after(c, then) and live.live_after(c, orelse)
    assert not live.live_at_end(x, branch.then)


def test_a_loop_reads_again_what_is_defined_outside() -> None:
    x, c = Var(FLOAT, "x"), Var(BOOL, "c")
    early = use(x)
    late = use(early.outs[0])
    chosen, other = use(c), use(x)
    branch = n.If((), None, c, Region([], [chosen]), Region([], [other]))
    loop = for_loop([early, late, branch])
    live = facts([x, c], [loop])
    assert live.live_after(x, late) and live.live_after(x, early)
    assert live.live_after(x, chosen)  # on the next trip the other branch may be taken
    assert not live.live_after(early.outs[0], late)  # made anew on the next trip
    assert not live.live_after(x, loop)
    assert live.live_at_end(x, loop.body) and not live.live_at_end(early.outs[0], loop.body)


def test_inits_are_read_before_and_yields_at_the_end() -> None:
    x, y = Var(FLOAT, "x"), Var(FLOAT, "y")
    step = use(y)
    loop = for_loop([step], [x], [y])
    carried = loop.body.params[1]
    live = facts([x, y], [loop], [loop.outs[0]])
    assert live.uses(x) == [live.position[id(loop)]]
    assert not live.live_after(x, step)
    assert live.live_after(y, step) and not live.live_after(carried, step)
    assert live.live_after(loop.outs[0], loop)
    assert live.defined_at(loop.outs[0]) > live.position[id(step)] > live.defined_at(carried)
    outer = for_loop([for_loop([use(y)], [x], [y])])
    again = facts([x, y], [outer])
    innermost = outer.body.stmts[0].body.stmts[0]  # type: ignore[attr-defined]
    assert again.live_after(x, innermost)


def test_a_while_tests_again() -> None:
    x, p, q, out = Var(FLOAT, "x"), Var(FLOAT, "p"), Var(FLOAT, "q"), Var(FLOAT)
    test, body = use(p, x), use(q)
    loop = n.While((out,), None, [x], Region([p], [test], [test.outs[0]]), Region([q], [body], [q]))
    live = facts([x], [loop], [out])
    assert live.position[id(test)] < live.position[id(body)]
    assert live.live_after(x, body) and live.live_at_end(x, loop.body)
    assert not live.live_after(p, test) and live.live_after(q, body)
    assert not live.live_after(x, loop)


# ---- against data-flow equations


def random_function(seed: int) -> Function:
    rng = Random(seed)
    x, c = Var(FLOAT, "x"), Var(FLOAT, "c")

    def block(visible: list[Var], depth: int) -> tuple[list[Stmt], list[Var]]:
        stmts, seen = [], list(visible)
        for _ in range(rng.randint(1, 4)):
            kind = rng.choice(("op", "if", "for", "while")) if depth < 3 else "op"
            stmts.append(make(kind, seen, depth))
            seen += stmts[-1].outs
        return stmts, seen

    def region(params: list[Var], results: int, seen: list[Var], depth: int) -> Region:
        stmts, inner = block(seen + params, depth + 1)
        return Region(params, stmts, rng.choices(inner, k=results))

    def make(kind: str, seen: list[Var], depth: int) -> Stmt:
        if kind == "op":
            return use(*rng.choices(seen, k=rng.randint(1, 2)))
        k = rng.randint(0, 2)
        outs, inits = tuple(Var(FLOAT) for _ in range(k)), rng.choices(seen, k=k)
        a, b = [Var(FLOAT) for _ in range(k)], [Var(FLOAT) for _ in range(k)]
        if kind == "if":
            branches = (region([], k, seen, depth), region([], k, seen, depth))
            return n.If(outs, None, rng.choice(seen), *branches)
        if kind == "for":
            body = region([Var(INT), *a], k, seen, depth)
            return n.For(outs, None, const(0), const(2), const(1), inits, body)
        test = region(a, 1, seen, depth)
        b = a if rng.random() < 0.3 else b
        return n.While(outs, None, inits, test, region(b, k, seen, depth))

    stmts, seen = block([x, c], 0)
    return Function("f", [x, c], Region([], stmts, rng.choices(seen, k=2)))


class Flow:
    """The control-flow graph: nodes read, then define; live sets are the least fixed point."""

    def __init__(self, function: Function) -> None:
        self.reads: list[set[Var]] = []
        self.writes: list[set[Var]] = []
        self.next: list[set[int]] = []
        self.after: dict[int, int] = {}  # by statement: the node that defines its outs
        last = self.region(function.body, self.node((), function.params))
        self.live = self.solve()
        assert not self.next[last]

    def node(self, reads: Any, writes: Any, *before: int) -> int:
        self.reads.append({a for a in reads if isinstance(a, Var)})
        self.writes.append(set(writes))
        self.next.append(set())
        for b in before:
            self.next[b].add(len(self.next) - 1)
        return len(self.next) - 1

    def region(self, region: Region, before: int) -> int:
        for stmt in region.stmts:
            before = self.stmt(stmt, before)
        return self.node(region.results, (), before)

    def stmt(self, stmt: Stmt, before: int) -> int:
        at = self.node(operands(stmt), () if regions(stmt) else stmt.outs, before)
        if isinstance(stmt, n.If):
            ends = [self.region(r, at) for r in regions(stmt)]
            at = self.node((), stmt.outs, *ends)
        elif isinstance(stmt, n.For):
            end = self.region(stmt.body, self.node((), stmt.body.params, at))
            for b in self.next[at]:
                self.next[end].add(b)
            at = self.node((), stmt.outs, at, end)
        elif isinstance(stmt, n.While):
            head = self.node((), stmt.test.params, at)
            tested = self.region(stmt.test, head)
            shared = stmt.body.params == stmt.test.params
            enter = self.node((), () if shared else stmt.body.params, tested)
            end = self.region(stmt.body, enter)
            self.next[end].add(head)
            at = self.node((), stmt.outs, tested)
        self.after[id(stmt)] = at
        return at

    def solve(self) -> list[set[Var]]:
        into: list[set[Var]] = [set() for _ in self.next]
        out: list[set[Var]] = [set() for _ in self.next]
        changed = True
        while changed:
            changed = False
            for k in reversed(range(len(into))):
                out[k] = set().union(*(into[j] for j in self.next[k]))
                made = self.reads[k] | (out[k] - self.writes[k])
                changed |= made != into[k]
                into[k] = made
        return out


@pytest.mark.parametrize("seed", range(150))
def test_agrees_with_data_flow(seed: int) -> None:
    function = random_function(seed)
    verify(function)
    live, flow = Liveness(function), Flow(function)
    stmts = list(walk(function.body))
    values = [*function.params, *(out for stmt in stmts for out in stmt.outs)]
    values += [p for stmt in stmts for region in regions(stmt) for p in region.params]
    for stmt in stmts:
        expected = flow.live[flow.after[id(stmt)]]
        for var in values:
            if live.defined_at(var) <= live.end[id(stmt)]:
                assert live.live_after(var, stmt) == (var in expected)


def test_long_and_deep_functions() -> None:
    x = Var(FLOAT, "x")
    stmts: list[Stmt] = []
    for _ in range(5_000):
        stmts = [n.If((), None, x, Region(), Region([], [*stmts, use(x)]))]
    live = Liveness(Function("f", [x], Region([], stmts, [])))
    assert len(live.uses(x)) == 10_000
    chain = [Op((Var(FLOAT),), None, operator.neg, (x,), {}) for _ in range(20_000)]
    live = Liveness(Function("f", [x], Region([], list(chain), [])))
    assert [live.live_after(x, stmt) for stmt in chain[-2:]] == [True, False]
