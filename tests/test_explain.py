"""Traces: the lecture's tables with its numbers, counts of operations, what is recorded and why."""

from __future__ import annotations

import ast
import math
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

import adcompiler as ad
from adcompiler.explain import execution, recorded
from adcompiler.explain.layout import Layered
from tests.oracles import reference_gradient

E2 = math.exp(2.0)
CLOSE = {"rtol": 1e-14, "atol": 0.0}


@ad.differentiate
def named(x1, x2):
    v = x1 * x2
    return v + np.exp(v)


@ad.differentiate
def written_out(x1, x2):
    return x1 * x2 + np.exp(x1 * x2)


@ad.differentiate
def product(x1, x2, x3, x4, x5):
    return x1 * x2 * x3 * x4 * x5


@ad.differentiate(argnums=("x", "v", "k"))
def oscillator(x, v, k, dt, n):
    for i in range(n):
        v = v - dt * k * x
        x = x + dt * v
    return x


@ad.differentiate
def heat(u, alpha, steps):
    u = u.copy()
    for step in range(steps):
        u[1:-1] = u[1:-1] + alpha * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@ad.differentiate
def newton(a):
    x = a if a > 1.0 else 1.0
    dx = x
    while abs(dx) > 1e-12 * x:
        dx = 0.5 * (x - a / x)
        x = x - dx
    return x


@ad.differentiate
def fibonacci(x, n):
    return x if n < 2 else fibonacci(x, n - 1) + x * fibonacci(x, n - 2)


@ad.differentiate
def several(x, scale):
    return np.sin(x) * scale, x[0] * x[1]


@ad.differentiate
def piecewise(x, y):
    if x > y:
        return x * x
    return 3.0


# ----- the lecture's example -----

pytestmark = pytest.mark.sample


@pytest.mark.parametrize("f", [named, written_out], ids=["named", "written out"])
def test_the_example_forwards_and_backwards(f):
    t = f.trace(1.0, 2.0)
    assert [t.label(node) for node in t.nodes] == ["v₋₁", "v₀", "v₁", "v₂", "v₃"]
    assert_allclose([t.values[f"v{k}"] for k in range(-1, 4)], [1, 2, 2, E2, 2 + E2], **CLOSE)
    tangents = [t.tangents[f"v{k}"] for k in range(-1, 4)]
    expected = [(1, 0), (0, 1), (2, 1), (2 * E2, E2), (2 + 2 * E2, 1 + E2)]
    assert_allclose(tangents, expected, **CLOSE)
    adjoints = [t.adjoints[f"v{k}"] for k in range(-1, 4)]
    assert_allclose(adjoints, [2 * (1 + E2), 1 + E2, 1 + E2, 1, 1], **CLOSE)
    assert_allclose(t.accumulated["v1"], [1.0, 1.0 + E2], **CLOSE)
    assert_allclose(t.gradient, [2 * (1 + E2), 1 + E2], **CLOSE)


def test_the_partials_of_the_example():
    partials = named.trace(1.0, 2.0).partials
    assert {edge: pytest.approx(x, rel=1e-14) for edge, x in partials.items()} == {
        ("v1", "v-1"): 2.0,
        ("v1", "v0"): 1.0,
        ("v2", "v1"): E2,
        ("v3", "v1"): 1.0,
        ("v3", "v2"): 1.0,
    }


def test_values_are_found_by_the_names_of_the_user():
    t = named.trace(1.0, 2.0)
    assert t.adjoints["v"] == t.adjoints["v1"] == t.adjoints["v₁"] == t.adjoint(t.node("v"))
    assert t.adjoints["x1"] == t.adjoints["v-1"]
    assert list(t.adjoints) == ["v-1", "v0", "v1", "v2", "v3"]
    with pytest.raises(KeyError, match="'w' is not in the trace: there are v-1 to v3, x1, x2, v"):
        t.adjoints["w"]


def test_a_name_that_is_bound_again_means_its_last_value():
    t = oscillator.trace(1.0, 0.0, 4.0, 0.5, 2)
    assert t.adjoints["x"] == 1.0
    assert t.values["x"] == oscillator(1.0, 0.0, 4.0, 0.5, 2)


def test_names_of_functions_that_are_called_hide_none():
    def helper(a):
        v = a * a
        w = v * v
        return w

    def f(x):
        v = 3.0 * x
        return v + helper(x)

    t = ad.differentiate(f).trace(2.0)
    assert (t.values["v"], t.adjoints["v"]) == (6.0, 1.0)
    assert (t.values["w"], t.values["x"]) == (16.0, 2.0)


def test_dual_numbers():
    columns = [row.cells[-3:-1] for row in named.trace(1.0, 2.0).duals.rows]
    assert columns == [
        ("1 + 1ε", "1 + 0ε"),
        ("2 + 0ε", "2 + 1ε"),
        ("2 + 2ε", "2 + 1ε"),
        ("7.38906 + 14.7781ε", "7.38906 + 7.38906ε"),
        ("9.38906 + 16.7781ε", "9.38906 + 8.38906ε"),
    ]


# ----- counts -----


def counted(count):
    return tuple(
        getattr(count, kind)
        for kind in ("additions", "subtractions", "multiplications", "divisions", "functions")
    )


def test_counts_of_the_product_of_five():
    counts = product.trace(2.0, 1.0, 1.0, 1.0, 1.0).counts
    assert counted(counts.textbook.primal) == (0, 0, 4, 0, 0)
    assert counted(counts.textbook.forward_pass) == (4, 0, 12, 0, 0)
    assert counted(counts.textbook.forward) == (20, 0, 60, 0, 0)
    assert counted(counts.textbook.reverse) == (8, 0, 12, 0, 0)


def test_counts_of_the_example():
    """One pass: v̇₁ takes two products and a sum, v̇₂ a product, v̇₃ a sum. Backwards: five edges."""
    counts = named.trace(1.0, 2.0).counts
    assert counted(counts.textbook.primal) == (1, 0, 1, 0, 1)
    assert counted(counts.textbook.forward_pass) == (3, 0, 4, 0, 1)
    assert counted(counts.textbook.forward) == (6, 0, 8, 0, 2)
    assert counted(counts.textbook.reverse) == (1 + 5, 0, 1 + 3, 0, 1)


@pytest.mark.parametrize("f, at", [(named, (1.0, 2.0)), (product, (2.0, 1.0, 1.0, 1.0, 1.0))])
def test_counts_of_straight_code_are_those_of_its_text(f, at):
    names = {ast.Add: "additions", ast.Sub: "subtractions", ast.Mult: "multiplications"}
    trace = f.trace(*at)
    for mode, totals in (
        ("primal", trace.counts.emitted.primal),
        ("forward", trace.counts.emitted.forward_pass),
        ("reverse", trace.counts.emitted.reverse),
    ):
        tree = ast.parse(trace.point.emitted(mode).source)
        operators = [type(node.op) for node in ast.walk(tree) if isinstance(node, ast.BinOp)]
        for operator, name in names.items():
            assert getattr(totals, name) == operators.count(operator), (mode, name)


def test_counts_as_emitted_follow_loops():
    """`oscillator` has 3 products, a sum and a difference a trip."""
    counts = oscillator.trace(1.0, 0.0, 4.0, 0.5, 10).counts
    assert counted(counts.emitted.primal) == (10, 10, 30, 0, 0)
    # dt k is the same on every trip, and one value of the graph
    assert counted(counts.textbook.primal) == (10, 10, 21, 0, 0)


def test_counts_of_arrays_are_by_element():
    @ad.differentiate
    def f(A, x):
        return np.sum(np.exp(A @ x) / 3.0)

    counts = f.trace(np.ones((4, 3)), np.ones(3), wrt="x").counts
    assert counted(counts.textbook.primal) == (4 * 2 + 3, 0, 12, 4, 4)
    assert counted(counts.emitted.primal) == (4 * 2 + 3, 0, 12, 4, 4)


@pytest.mark.parametrize(
    "compute, expected",
    [
        (lambda x: np.sum(np.cumsum(x)), (2 * 5, 0, 0, 0, 0)),
        (lambda x: np.prod(x) / np.mean(x), (5, 0, 5, 2, 0)),
        (lambda x: np.sum(np.outer(x, x)), (35, 0, 36, 0, 0)),
        (lambda x: np.trace(np.outer(x, x)), (5, 0, 36, 0, 0)),
        (lambda x: x @ x - np.dot(x, x) % 2.0, (10, 1, 12, 1, 0)),
        (lambda x: np.max(np.abs(-x)) ** 3, (0, 6, 0, 0, 1)),
    ],
)
def test_what_counts_as_what(compute, expected):
    """For six numbers."""
    counts = ad.differentiate(compute).trace(np.arange(1.0, 7.0)).counts
    assert counted(counts.textbook.primal) == expected
    assert counted(counts.emitted.primal) == expected


def test_calls_that_cannot_be_looked_into_are_counted_by_name():
    f = ad.differentiate(lambda A, b: np.sum(np.linalg.solve(A, b)))
    counts = f.trace(np.eye(3), np.ones(3), wrt="b").counts
    assert counts.textbook.primal.others == {"np.linalg.solve": 1}
    assert "1 np.linalg.solve" in str(counts)


# ----- any program -----


def test_the_adjoint_of_a_value_is_the_gradient_of_what_follows():
    t = oscillator.trace(1.0, 0.5, 4.0, 0.5, 5)
    x, v = (node for node in t.nodes if node.number in (5, 3))  # after the first trip
    assert (x.name, v.name) == ("v", "x")
    rest = reference_gradient(oscillator.primal, (v.value, x.value, 4.0, 0.5, 4), (0, 1))
    assert_allclose([t.adjoint(v), t.adjoint(x)], rest, rtol=1e-10)


def test_the_path_that_is_executed_is_followed():
    assert piecewise.trace(2.0, 1.0).gradient == (4.0, 0.0)
    other = piecewise.trace(1.0, 2.0)
    assert other.gradient == (0.0, 0.0)
    assert "→ false" in str(other.table)
    assert "depends on no input" in piecewise.explain(1.0, 2.0).text


def test_one_value_in_two_operands_is_one_edge():
    f = ad.differentiate(lambda x: (x + 0.0) * (x + 0.0))
    t = f.trace(3.0)
    assert t.partials == {("v1", "v0"): 1.0, ("v2", "v1"): 6.0}
    assert t.gradient == (6.0,)


def test_what_a_test_reads_first_is_active_where_the_result_reads_it():
    def f(x):
        if x * x > 1.0:
            return x * x
        return x

    t = ad.differentiate(f).trace(3.0)
    assert t.gradient == (6.0,)
    assert counted(t.counts.textbook.primal) == (0, 0, 1, 0, 0)


def test_trips_beyond_the_limit_are_folded():
    few, all_of_them = (oscillator.trace(1.0, 0.5, 4.0, 0.5, 6, limit=k) for k in (2, 6))
    assert few.gradient == all_of_them.gradient
    assert len(few.nodes) == len(all_of_them.nodes)
    assert few.adjoints["v20"] == all_of_them.adjoints["v20"]
    assert "→ trips 3 to 6, folded: v₁₀ to v₂₅" in str(few.table)
    assert "folded" not in str(all_of_them.table)
    assert len(few.graph.vertices) == 3 + 9 + 1
    assert len(all_of_them.graph.vertices) == 3 + 25


def test_deep_recursion_is_folded():
    t = fibonacci.trace(1.5, 6, limit=2)
    assert_allclose(t.gradient, reference_gradient(fibonacci.primal, (1.5, 6), (0,)), rtol=1e-10)
    assert "call of fibonacci  → folded" in str(t.table)


def test_one_number_of_several_results():
    x = np.array([1.0, 2.0])
    for k, row in enumerate([[3 * np.cos(1.0), 0.0], [0.0, 3 * np.cos(2.0)], [2.0, 1.0]]):
        t = several.trace(x, 3.0, wrt="x", output=k)
        assert_allclose(t.gradient[0], row, rtol=1e-14, atol=1e-16)
    assert several.explain(x, 3.0, output=2).lead[0] == ("output 2 of 3", "2")


def test_directions():
    assert ad.differentiate(lambda x, y: x * y).trace(2.0, 3.0, seeds=[(1.0, 2.0)]).tangents[
        "v1"
    ] == (7.0,)
    t = heat.trace(np.arange(5.0), 0.1, 2, wrt="u")
    assert len(t.seeds) == 1 and t.passes == 5
    assert "p = (1, 1, 1, 1, 1)" in str(t.table)


def test_what_is_differentiated_by():
    """A single position, as `differentiate` has by default, stands for all floating arguments."""
    assert len(named.trace(1.0, 2.0).gradient) == 2
    assert len(named.trace(1.0, 2.0, wrt="x2").gradient) == 1
    assert len(oscillator.trace(1.0, 0.0, 4.0, 0.5, 2).gradient) == 3


def test_methods_and_objects():
    class Line:
        def __init__(self):
            self.slope = 2.0

        @ad.differentiate
        def at(self, x):
            return self.slope * x

    report = Line().at.explain(3.0)
    assert report.title == "at at self.slope = 2, x = 3"
    assert report.trace.gradient == (3.0, 2.0)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: several.trace(np.ones(2), 3.0, output=3), "the result has 3 floating numbers"),
        (lambda: named.trace(1, 2), r"named.trace\(1.0, 2\)"),
        (lambda: named.trace(1.0, 2.0, seeds=[(1.0,)]), "1 tangents, and there are 2 inputs"),
        (lambda: named.trace(1.0, 2.0, seeds=[(1.0, np.ones(2))]), r"tangent of shape \(2,\)"),
        (lambda: ad.differentiate(lambda z: z * z).trace(1j), "this result is complex"),
        (lambda: ad.differentiate(ad.grad(named)).trace(1.0, 2.0), "is a derivative"),
        (lambda: named.explain(1.0, 2.0).save("report.pdf"), r"ends with \.html"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ad.errors.AdcompilerError, match=message):
        call()


def test_a_trace_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(execution, "MOST_STEPS", 1000)
    with pytest.raises(ad.errors.Unsupported, match="more than 1,000 operations") as refusal:
        oscillator.trace(1.0, 0.0, 1.0, 0.1, 10**9)
    assert refusal.value.place.text.strip() == "x = x + dt * v"


def test_one_array_as_two_arguments():
    """It is written to through one of them: the trace is of what then happens, or is refused."""

    def f(x, a, b):
        a[0] = x * 2.0
        return a[0] * np.sum(b) * x

    same = np.array([1.0, 5.0])
    t = ad.differentiate(f).trace(3.0, same, same, wrt="x")
    assert t.value == 4.0 * 3.0**3 + 10.0 * 3.0**2  # 2x · (2x + 5) · x
    assert t.gradient == (12.0 * 3.0**2 + 20.0 * 3.0,)
    with pytest.raises(ad.errors.UnsafeAlias, match="same object"):
        ad.differentiate(f).trace(3.0, same, same)
    assert same.tolist() == [1.0, 5.0]


# ----- what is recorded, and why -----


def decisions(f, *args):
    table = recorded.values(f.trace(*args))
    return {row.cells[0]: row.cells[1:] for row in table.rows if not row.spans}


def test_why_a_value_is_recorded():
    found = decisions(oscillator, 1.0, 0.0, 4.0, 0.5, 3)
    assert found["x"] == ("L3", "recorded", "the next trip overwrites it")
    assert found["dt·k"] == ("L3", "computed once", "the same on every trip")
    assert "v" not in found

    @ad.differentiate
    def costly(x, n):
        for i in range(n):
            e = np.exp(x)
            x = x + np.sin(e) * i
        return x

    found = decisions(costly, 0.1, 2)
    assert found["e"] == (
        "L3, L4",
        "recorded",
        "np.exp is not run again: it costs more than a record",
    )
    assert found["i"][1] == "counted back"
    found = decisions(newton, 2.0)
    assert found["x"][1] == "recorded"
    assert found["a / x"] == ("L5", "computed again", "cheap, and made of values that are there")


def test_outside_loops_nothing_is_recorded():
    found = decisions(named, 1.0, 2.0)
    assert {key: row[1] for key, row in found.items()} == {
        "exp(v)": "there",
        "x1": "there",
        "x2": "there",
    }


@pytest.mark.parametrize(
    "f, args",
    [
        (oscillator, (1.0, 0.0, 4.0, 0.5, 3)),
        (newton, (2.0,)),
        (heat, (np.arange(5.0), 0.1, 2)),
    ],
    ids=["oscillator", "newton", "heat"],
)
def test_what_is_told_to_be_recorded_is_what_the_emitted_code_records(f, args):
    trace = f.trace(*args)
    source = trace.point.emitted("reverse").source
    emitted = set(re.findall(r"^ *(\w+)_saved = \[\]", source, re.MULTILINE))
    kept, _, _ = recorded.kept(trace)
    assert {var.hint for each in kept for var in each.recorded} == emitted


def test_why_an_input_is_not_active():
    def f(x, unused, n, held):
        return x * n * held + outside

    outside = 2.0
    table = recorded.inputs(ad.differentiate(f).trace(1.0, 2.0, 3, 4.0, wrt=("x", "unused")))
    assert [(row.cells[0], *row.cells[2:]) for row in table.rows] == [
        ("x", "yes", "v₋₁"),
        ("unused", "no", "the result does not depend on it, on any path: its derivative is zero"),
        ("n", "no", "not floating: it has no derivative"),
        ("held", "no", "not differentiated by: held fixed"),
        ("outside", "no", "captured from outside the function: held fixed"),
    ]


# ----- the graph -----


def test_dot():
    text = named.trace(1.0, 2.0).to_dot()
    assert text.startswith('digraph "named" {') and text.endswith("}\n")
    assert len(re.findall(r"^  n\d \[label=", text, re.MULTILINE)) == 5
    assert re.findall(r"n(\d) -> n(\d)", text) == [
        ("0", "2"),
        ("1", "2"),
        ("2", "3"),
        ("2", "4"),
        ("3", "4"),
    ]


def test_vertices_do_not_overlap_and_edges_point_right():
    graph = oscillator.trace(1.0, 0.5, 4.0, 0.5, 4, limit=4).graph
    edges = [(edge.tail, edge.head) for edge in graph.edges]
    sizes = [(80.0 + k % 5, 50.0) for k in range(len(graph.vertices))]
    layout = Layered(sizes, edges).run()
    boxes = list(zip(layout.centres, sizes, strict=False))
    for k, ((x, y), (w, h)) in enumerate(boxes):
        for (other_x, other_y), (other_w, other_h) in boxes[:k]:
            apart = abs(x - other_x) >= (w + other_w) / 2 or abs(y - other_y) >= (h + other_h) / 2
            assert apart
    for tail, head in edges:
        assert layout.centres[tail][0] < layout.centres[head][0]
    assert all(0 <= y <= layout.height and 0 <= x <= layout.width for x, y in layout.centres)


def test_formulas_bind_as_they_are_read():
    def f(a, b, c):
        return (a / b) * c + a / (b * c) - (a - (b + c)) ** 2 / -(a + b)

    formulas = [row.cells[2] for row in ad.differentiate(f).trace(2.0, 3.0, 4.0).table.rows]
    assert "v₁·v₀" in formulas and "v₋₂ / v₃" in formulas
    t = ad.differentiate(lambda a, k: (a / k) * k + k / (k * 2.0) * a).trace(2.0, 3.0, wrt="a")
    assert [row.cells[2] for row in t.table.rows if not row.spans][1:] == [
        "v₀ / k",
        "v₁·k",
        "(k / (k·2))·v₀",
        "v₂ + v₃",
    ]
