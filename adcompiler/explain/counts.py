"""Operations of the function, of forward mode and of reverse mode, counted in two ways.

*Textbook*: the function once costs what its operations cost. A forward pass costs that and, for
each operation, its tangent statement (v̇ = b·ȧ + a·ḃ: two multiplications, one addition). Reverse
mode costs the function once and, for each child and operand, the partial times the adjoint and
the addition to an adjoint that was initialised to zero (v̄ += v̄ₖ·∂vₖ/∂v: one multiplication, one
addition). Multiplying by one is free.

*As emitted*: the emitted functions are executed at the point with every operation on floating
numbers counted, so that loops count as often as they run.

What counts as which operation is in `explain.arithmetic`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from adcompiler.explain.arithmetic import KINDS, Count, cost
from adcompiler.explain.document import Row, Table


@dataclass(frozen=True)
class Totals:
    """Of the function alone, one forward pass, all of them, and forward and reverse sweep."""

    primal: Count
    forward_pass: Count
    forward: Count
    reverse: Count

    @staticmethod
    def of(primal: Count, tangents: Count, adjoints: Count, directions: int) -> Totals:
        once = primal + tangents
        return Totals(primal, once, once * directions, primal + adjoints)


class Counts:
    """`textbook` and `emitted` totals, and a `table` of both."""

    def __init__(self, textbook: Totals, directions: int, measure: Callable[[], Totals]) -> None:
        self.textbook = textbook
        self.directions = directions
        self._measure = measure

    @cached_property
    def emitted(self) -> Totals:
        return self._measure()

    @cached_property
    def table(self) -> Table:
        passes = "one forward pass", f"{self.directions} forward passes", "reverse mode"
        names = ("function", *(passes if self.directions > 1 else passes[::2]))
        rows = []
        for title, totals in (("textbook", self.textbook), ("as emitted", self.emitted)):
            each = [totals.primal, totals.forward_pass, totals.forward, totals.reverse]
            if self.directions == 1:
                del each[2]
            rows.append(Row((title,)))
            rows += [
                Row((name, *(str(getattr(count, kind)) for kind in KINDS), _others(count)))
                for name, count in zip(names, each, strict=True)
            ]
        heads: tuple[str, ...] = ("", "+", "−", "×", "÷", "functions", "others")
        full = [row for row in rows if not row.spans]
        if not any(row.cells[-1] for row in full):
            heads = heads[:-1]
            rows = [row if row.spans else Row(row.cells[:-1]) for row in rows]
        return Table(heads, rows, numeric=heads[1:6])

    def __str__(self) -> str:
        return str(self.table)


def _others(count: Count) -> str:
    return ", ".join(f"{k} {name}" for name, k in count.others.items())


# ---- as emitted


class Emitted:
    """An emitted function and the arguments of a call; ``source`` is its text. Tangents stand
    between ``before`` and ``after``; with ``pulls`` a pullback is returned beside the value.
    """

    def __init__(
        self,
        source: str,
        name: str,
        namespace: dict[str, Any],
        before: Sequence[Any],
        after: Sequence[Any],
        pulls: bool = False,
    ) -> None:
        self.source = source
        self.name = name
        self.namespace = namespace
        self.before = before
        self.after = after
        self.pulls = pulls
        self._spent = Count()

    def measured(self, *tangents: Any) -> tuple[Any, Count]:
        """The result of a call, and what it cost."""
        return self._run(self._counting, *self.before, *tangents, *self.after)

    def pulled(self, pullback: Any, cotangents: Sequence[Any]) -> Count:
        """What a call of the pullback that `measured` returned costs."""
        return self._run(pullback, *cotangents)[1]

    def _run(self, fn: Any, *args: Any) -> tuple[Any, Count]:
        self._spent.clear()
        found = fn(*args)
        return found, self._spent + Count()

    @cached_property
    def _counting(self) -> Any:
        tree = _Counting().visit(ast.parse(self.source))
        space = dict(self.namespace) | {_BINARY: self._binary, _CALL: self._call}
        exec(compile(ast.fix_missing_locations(tree), f"<{self.name}, counting>", "exec"), space)
        return space[self.name]

    def _binary(self, name: str, *operands: Any) -> Any:
        fn = getattr(operator, name)
        result = fn(*operands)
        self._spent.add(cost(fn, operands, result))
        return result

    def _call(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        result = fn(*args, **kwargs)
        owner = getattr(fn, "__self__", None)
        if fn == np.add.at:
            self._spent.add(Count(additions=int(np.size(args[2]))))
        elif isinstance(owner, np.ndarray):
            same = getattr(np, fn.__name__, None)
            if same is not None:
                self._spent.add(cost(same, (owner, *args), result))
        elif not isinstance(owner, list) and getattr(fn, "__globals__", None) is None:
            # not emitted code, which counts itself
            self._spent.add(cost(fn, args, result))
        return result


_BINARY, _CALL = "__counted_operation__", "__counted_call__"
_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.Pow: "pow",
    ast.MatMult: "matmul", ast.USub: "neg", ast.FloorDiv: "floordiv", ast.Mod: "mod",
}  # fmt: skip


class _Counting(ast.NodeTransformer):
    """Sends every operation and call through a function that counts it."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        name = _OPERATORS.get(type(node.op))
        return (
            node if name is None else _through(_BINARY, ast.Constant(name), node.left, node.right)
        )

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if isinstance(node.operand, ast.Constant) or not isinstance(node.op, ast.USub):
            return self.generic_visit(node)
        self.generic_visit(node)
        return _through(_BINARY, ast.Constant("neg"), node.operand)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        made = _through(_CALL, node.func, *node.args)
        made.keywords = node.keywords
        return made

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """``x += e`` stays: it may store in place. Its cost is that of the new value."""
        self.generic_visit(node)
        name = _OPERATORS.get(type(node.op))
        if name is None:
            return node
        target = ast.parse(ast.unparse(node.target), mode="eval").body
        again = _through(_BINARY, ast.Constant(name), target, node.value)
        kept = ast.Name("__kept__", ast.Store())
        before = ast.Assign([kept], node.value)
        again.args[2] = ast.Name("__kept__", ast.Load())
        node.value = ast.Name("__kept__", ast.Load())
        return [before, ast.Expr(again), node]


def _through(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


__all__ = ["Counts", "Emitted", "Totals"]
