"""The IR's printer and verifier, on functions built by hand."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const, Function, Op, Place, Region, Slice, Undef, Var
from adcompiler.ir.printer import show
from adcompiler.ir.types import BOOL, FLOAT, INT, Array, Dim, List, Opaque
from adcompiler.ir.verifier import verify

VECTOR = Array("float64", (Dim("n"),))
MATRIX = Array("float64", (Dim("m"), Dim("n")))
DOTS = Const(Ellipsis, Opaque("..."))


def op(out: Var, fn: Any, *args: Any, line: int | None = None, **kwargs: Any) -> Op:
    return Op((out,), None if line is None else Place(line, ""), fn, args, kwargs)


def function(params: list[Var], stmts: list[n.Stmt], results: list[Any]) -> Function:
    made = Function("f", params, Region([], stmts, results))
    verify(made, "the test")
    return made


def power(until: bool = False) -> Function:
    """``x ** k`` by repeated multiplication; with ``until``, only while it is at most 10."""
    x, k, i, p = Var(FLOAT, "x", True), Var(INT, "k", True), Var(INT, "i"), Var(FLOAT, "p")
    big0, big, q = Var(BOOL, "big"), Var(BOOL, "big"), Var(FLOAT)
    outs: tuple[Var, ...] = (Var(FLOAT, "p"),)
    stmts: list[n.Stmt] = [op(q, operator.mul, p, x, line=3)]
    params, inits, results = [i, p], [const(1.0)], [q]
    if until:
        stmts.append(op(big, operator.gt, q, const(10.0), line=4))
        params.append(big0)
        inits.append(const(False))
        results.append(big)
        outs += (Var(BOOL),)
    loop = n.For(
        outs, Place(2, ""), const(0), k, const(1), inits, Region(params, stmts, results),
        1 if until else None,
    )  # fmt: skip
    return function([x, k], [loop], [outs[0]])


def halve() -> Function:
    """Halves ``x`` while it is above one, counting."""
    x, s, c = Var(FLOAT, "x"), Var(FLOAT, "x"), Var(INT, "count")
    s2, c2, go, half, more = Var(FLOAT, "x"), Var(INT, "count"), Var(BOOL), Var(FLOAT), Var(INT)
    last, count = Var(FLOAT, "x"), Var(INT, "count")
    test = Region([s, c], [op(go, operator.gt, s, const(1.0))], [go])
    body_stmts: list[n.Stmt] = [
        op(half, operator.truediv, s2, const(2.0)),
        op(more, operator.add, c2, const(1)),
    ]
    body = Region([s2, c2], body_stmts, [half, more])
    return function([x], [n.While((last, count), None, [x, const(0)], test, body)], [last, count])


# ---- printer


def test_show_for() -> None:
    assert show(power(until=True)) == (
        "fn f(%x: float64, %k: int64) {\n"
        "  %p: float64, %t: bool = for %i: int64 in range(0, %k, 1)"
        " carry(%p.1: float64 = 1.0, %big: bool = False) {\n"
        "    %t.1: float64 = call operator.mul(%p.1, %x)  # L3\n"
        "    %big.1: bool = call operator.gt(%t.1, 10.0)  # L4\n"
        "    yield %t.1, %big.1\n"
        "  } until %big  # L2\n"
        "  return %p\n"
        "}"
    )


def test_show_while_if_and_calls() -> None:
    assert "while carry(%x.2: float64 = %x, %count.1: int64 = 0) {" in show(halve())
    assert "} do (%x.3: float64, %count.2: int64) {" in show(halve())
    x, y, c = Var(VECTOR, "x"), Var(VECTOR, "y"), Var(BOOL, "c")
    branch = Region([], [op(y, np.linalg.norm, x, axis=const(None))], [y])
    made = n.If((Var(VECTOR, "y"),), Place(7, "if c:"), c, branch, Region([], [], [Undef(VECTOR)]))
    assert show(made) == (
        "%y: float64[n] = if %c {\n"
        "  %y.1: float64[n] = call np.linalg.norm(%x, axis=None)\n"
        "  yield %y.1\n"
        "} else {\n"
        "  yield undef\n"
        "}  # L7"
    )
    stores = op(y, n.UPDATE, x, ((Slice(const(1), None, None), DOTS),), c)
    assert show(stores) == "%y: float64[n] = call update(%x, ((slice(1, None, None), ...),), %c)"
    pi = Const(np.pi, FLOAT, "np.pi")
    assert show(op(c, np.sin, pi)) == "%c: bool = call np.sin(np.pi)"
    assert show(op(c, max, const("a"))) == "%c: bool = call max('a')"
    assert show(n.Effect((), None, print, (c,), {})) == "effect print(%c)"
    assert show(n.Raise((), None, ValueError, ())) == "raise ValueError()"
    assert show(n.Apply((c,), None, "fib", (c, y))) == "%c: bool = apply fib(%c, %y)"
    assert show(Region([c], [], [c])) == "(%c: bool) {\n  yield %c\n}"


# ---- verifier


def rejects(what: str, fn: Function) -> None:
    with pytest.raises(AssertionError, match=what):
        verify(fn, "a pass")


def bare(params: list[Var], stmts: list[n.Stmt], results: list[Any]) -> Function:
    return Function("f", params, Region([], stmts, results))


def test_verifier_scopes() -> None:
    x, y, z = Var(FLOAT, "x"), Var(FLOAT, "y"), Var(FLOAT, "z")
    sin, cos = op(y, np.sin, x), op(z, np.cos, y)
    verify(bare([x], [sin, cos], [z]))
    rejects(r"f after a pass: %y is read, but not defined yet\n%z.* call np.cos\(%y\)",
            bare([x], [cos, sin], [z]))  # fmt: skip
    rejects("%y is defined twice", bare([x], [sin, sin], [y]))
    inner = n.If((), None, const(True), Region([], [sin]), Region())
    rejects("%y is read, but not visible here", bare([x], [inner, cos], []))
    rejects("%y is read, but not visible here", bare([x], [inner], [y]))
    crossed = n.If((), None, const(True), Region([], [sin]), Region([], [cos]))
    rejects("not visible here", bare([x], [crossed], []))
    rejects("has no type", bare([Var(None, "x")], [], []))  # type: ignore[arg-type]
    rejects("a float, no atom", bare([x], [op(y, operator.add, x, 1.0)], [y]))


def test_verifier_shapes_of_statements() -> None:
    c, x = Var(BOOL, "c"), Var(FLOAT, "x")
    rejects("0 results of a branch, not 1",
            bare([c], [n.If((x,), None, c, Region([], [], [c]), Region())], []))  # fmt: skip

    def loop(
        body: Region, inits: list[Any], until: int | None = None, stop: Any = None
    ) -> Function:
        outs = tuple(Var(FLOAT) for _ in inits)
        stop = stop or const(3)
        return bare([], [n.For(outs, None, const(0), stop, const(1), inits, body, until)], [])

    i, p = Var(INT, "i"), Var(FLOAT, "p")
    verify(loop(Region([i, p], [], [p]), [const(1.0)]))
    rejects("2 parameters of the body, not 3", loop(Region([i, p], [], [p, p]), [const(1.0)] * 2))
    rejects("0 results of the body, not 1", loop(Region([i, p], [], []), [const(1.0)]))
    rejects("the flag of until is no bool", loop(Region([i, p], [], [p]), [const(1.0)], 0))
    rejects("until 1 is no carried value", loop(Region([i, p], [], [p]), [const(1.0)], 1))
    rejects("a bound is no integer", loop(Region([i], [], []), [], None, const(2.5)))
    q = Var(FLOAT, "q")
    shared = n.While((q,), None, [const(1.0)], Region([p], [], [const(True)]), Region([p], [], [p]))
    verify(bare([], [shared], [q]))
    shared.test.results = []
    rejects("0 results of the test, not 1", bare([], [shared], [q]))


def test_verifier_indices() -> None:
    a, items, out = Var(MATRIX, "a"), Var(List(VECTOR), "l"), Var(FLOAT, "out")
    zero, everything = const(0), Slice(None, None, None)

    def read(v: Any, index: Any) -> Function:
        return bare([a, items], [op(out, n.READ, v, index)], [])

    def update(v: Any, path: Any) -> Function:
        return bare([a, items], [op(out, n.UPDATE, v, path, const(1.0))], [])

    for fine in (read(a, (zero,)), read(a, (everything, None, zero)), read(items, zero),
                 read(a, (DOTS, zero, zero)), read(items, Slice(zero, None, None)),
                 update(items, (zero, (zero,))), update(a, ((zero,), (zero,))),
                 update(a, ((None,), (zero, zero, zero)))):  # fmt: skip
        verify(fine)
    rejects("an array's index is a tuple", read(a, zero))
    rejects("3 indices for 2 dimension", read(a, (zero, zero, zero)))
    rejects("two ellipses", read(a, (DOTS, DOTS)))
    rejects("an index is no integer", read(a, (const(1.0),)))
    rejects("a list's index is", read(items, (zero,)))
    rejects("has no elements", read(const(1.0), (zero,)))
    rejects("a path is a tuple", update(a, everything))
    rejects("a path is a tuple", update(a, ()))
    rejects("2 indices for 1 dimension", update(a, ((zero,), (zero, zero))))
    rejects("1 operands of read", bare([a], [op(out, n.READ, a)], []))
