"""The oracle itself: loops, recursion, undefined values, and each primitive's value semantics."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.evaluator import evaluate
from adcompiler.ir.nodes import Function, Op, Region, Slice, Undef, Var
from adcompiler.ir.types import BOOL, FLOAT, INT
from tests.test_ir import function, halve, op, power


def prim(fn: n.Prim, *values: Any, **kwargs: Any) -> Any:
    """The evaluator's result of one primitive; tuples, lists and slices are taken apart."""
    out = Var(FLOAT)
    given = {key: const(e) for key, e in kwargs.items()}
    stmt = Op((out,), None, fn, tuple(map(atoms, values)), given)
    return evaluate(Function("f", [], Region([], [stmt], [out])), [])[0]


def atoms(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(atoms, value))
    if isinstance(value, slice):
        return Slice(atoms(value.start), atoms(value.stop), atoms(value.step))
    return const(value)


def test_nothing_is_recursive() -> None:
    """Ten thousand branches within each other, as in a long chain of ``elif``."""
    x, c = Var(FLOAT, "x"), Var(BOOL, "c")
    stmts: list[n.Stmt] = []
    result: Any = x
    for _ in range(10_000):
        out = Var(FLOAT)
        stmts = [n.If((out,), None, c, Region([], [], [x]), Region([], stmts, [result]))]
        result = out
    deep = function([x, c], stmts, [result])
    assert evaluate(deep, [2.5, False]) == [2.5]


def test_loops() -> None:
    assert evaluate(power(), [2.0, 5]) == [32.0]
    assert evaluate(power(), [2.0, 0]) == [1.0]
    assert evaluate(power(until=True), [2.0, 9]) == [16.0]
    assert evaluate(power(until=True), [2.0, 2]) == [4.0]
    assert evaluate(halve(), [5.0]) == [0.625, 3]
    assert evaluate(halve(), [0.5]) == [0.5, 0]


def test_recursion_effects_and_raise() -> None:
    k, c, less, rest, product = Var(INT, "k"), Var(BOOL), Var(INT), Var(INT), Var(INT)
    out = Var(INT)
    said: list[int] = []
    more = Region(
        [],
        [
            op(less, operator.sub, k, const(1)),
            n.Apply((rest,), None, "f", (less,)),
            n.Effect((), None, said.append, (k,), {}),
            op(product, operator.mul, k, rest),
        ],
        [product],
    )
    stmts: list[n.Stmt] = [
        op(c, operator.gt, k, const(0)),
        n.If((out,), None, c, more, Region([], [], [const(1)])),
    ]
    factorial = function([k], stmts, [out])
    assert evaluate(factorial, [4], {"f": factorial}) == [24]
    assert said == [1, 2, 3, 4]
    assert evaluate(factorial, [3000], {"f": factorial})[0] > 1
    with pytest.raises(ValueError, match="no 3"):
        evaluate(function([], [n.Raise((), None, ValueError, (const("no 3"),))], []), [])


def test_undefined_values_move_but_are_not_read() -> None:
    c, x, y = Var(BOOL, "c"), Var(FLOAT, "x"), Var(FLOAT, "y")
    made = n.If((x,), None, c, Region([], [], [const(1.0)]), Region([], [], [Undef(FLOAT)]))
    moves = function([c], [made], [x])
    reads = function([c], [made, op(y, operator.neg, x)], [y])
    assert evaluate(reads, [True]) == [-1.0]
    assert repr(evaluate(moves, [False])) == "[undef]"
    with pytest.raises(UnboundLocalError):
        evaluate(reads, [False])


def test_updates_make_new_values() -> None:
    a = np.arange(6.0).reshape(2, 3)
    made = prim(n.UPDATE, a, ((1,), (slice(1, None, None),)), 9.0)
    np.testing.assert_array_equal(made, [[0, 1, 2], [3, 9, 9]])
    np.testing.assert_array_equal(a, np.arange(6.0).reshape(2, 3))
    rows = np.array([0, 0, 1])
    made = prim(n.ADD_AT, a, ((rows, 2),), 1.0)
    np.testing.assert_array_equal(made, [[0, 1, 4], [3, 4, 6]])
    np.testing.assert_array_equal(
        prim(n.ADD_AT, a, ((rows,), (Ellipsis, 0)), np.ones(3)), [[2, 1, 2], [4, 4, 5]]
    )
    single = prim(n.UPDATE, np.zeros(2, "f4"), ((0,),), 0.1)
    assert single.dtype == np.float32
    assert prim(n.ADD_AT, np.zeros((), "f4"), ((Ellipsis,),), 0.5) == 0.5
    view = prim(n.READ, a, (0,))
    assert not np.shares_memory(view, a)
    assert prim(n.READ, a, (0, 1)) == 1.0 and isinstance(prim(n.READ, a, (0, 1)), np.float64)
    items = [1.0, [2.0, 3.0]]
    assert prim(n.UPDATE, items, (1, 0), 5.0) == [1.0, [5.0, 3.0]]
    assert prim(n.ADD_AT, items, (1,), [1.0, 1.0]) == [1.0, [3.0, 4.0]]
    assert prim(n.APPEND, items, 4.0) == [*items, 4.0]
    assert prim(n.DROP, items) == [1.0] and items == [1.0, [2.0, 3.0]]
    assert prim(n.LIST, 1.0, 2.0) == [1.0, 2.0] and prim(n.LENGTH, items) == 2
    assert prim(n.ITEM, prim(n.PACK, 1.0, "a"), 1) == "a"


def test_zeros_casts_and_sizes() -> None:
    assert repr(prim(n.ZEROS_LIKE, 3.0)) == "0.0"
    assert isinstance(prim(n.ZEROS_LIKE, np.float32(3.0)), np.float32)
    zeros = prim(n.ZEROS_LIKE, [np.ones(2, "f4"), [1j]])
    assert zeros[0].dtype == np.float32 and repr(zeros[1]) == "[0j]"
    assert prim(n.CAST, np.ones(2), "float32").dtype == np.float32
    assert isinstance(prim(n.CAST, 1, "float32"), np.float32)
    assert prim(n.DIM, np.zeros((2, 3)), 1) == 3
    base = np.zeros(2)
    assert prim(n.COPY, base) is not base


@pytest.mark.parametrize("shape", [(), (4,), (1,), (1, 4), (3, 1), (3, 4), (1, 1)])
def test_match_is_the_transpose_of_fit(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    like, dot, bar = rng.normal(size=shape), rng.normal(size=shape), rng.normal(size=(3, 4))
    spread = prim(n.FIT, dot, bar)
    matched = prim(n.MATCH, bar, like)
    assert spread.shape == (3, 4) and matched.shape == shape
    np.testing.assert_allclose(np.vdot(spread, bar), np.vdot(dot, matched))


def test_match_and_fit_types() -> None:
    assert isinstance(prim(n.MATCH, np.ones((2, 3)), 1.0), np.float64)
    assert prim(n.MATCH, np.ones(2) * 1j, np.ones(1, "f4")).dtype == np.float32
    assert prim(n.MATCH, 0.5, 3) == 0.5
    assert isinstance(prim(n.MATCH, np.ones(2), np.array(1.0)), np.ndarray)
    with pytest.raises(AssertionError, match="an adjoint of shape"):
        prim(n.MATCH, np.ones(2), np.ones((3, 2)))
    directions = prim(n.FIT, np.ones((3, 5)), np.ones((2, 3)), extra=1)
    assert directions.shape == (2, 3, 5)
    assert prim(n.FIT, np.ones(5), 1.0, extra=1).shape == (5,)
    assert isinstance(prim(n.FIT, 2.0, 1.0), np.float64)


def test_winners_of_repeated_writes() -> None:
    rng = np.random.default_rng(0)
    index: Any = (rng.integers(0, 3, 8), slice(None, None, None))
    like, values = np.zeros((3, 2)), rng.normal(size=(8, 2))
    like[index] = values
    won = prim(n.WINNERS, like, index)
    assert won.shape == values.shape and won.sum() == np.unique(index[0]).size * 2
    again = np.zeros((3, 2))
    np.add.at(again, index, np.where(won, values, 0.0))
    np.testing.assert_array_equal(again, like)
    assert prim(n.WINNERS, like, (1, 1))
