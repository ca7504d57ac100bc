"""Lowering expressions."""

from __future__ import annotations

import ast
import builtins
import importlib
import types
from typing import Any

import numpy as np

from adcompiler.frontend import arithmetic, attributes, calls, indexing, iteration, sets, text
from adcompiler.frontend import values as v
from adcompiler.frontend.context import Context, Frame
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const, Var
from adcompiler.ir.types import BOOL, Scalar

_NUMBERS = (bool, int, float, complex)


class Expressions(Context):
    """``expr`` and what it is made of; mixed into the lowerer."""

    def expr(self, node: ast.expr) -> Any:
        method = getattr(self, f"expr_{type(node).__name__}", None)
        if method is None:
            raise self.refuse(
                f"this expression ({type(node).__name__}) is not supported", node=node, code="AD200"
            )
        before, self.node = self.node, node
        try:
            return method(node)
        finally:
            self.node = before

    def expr_Constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, _NUMBERS):
            return const(node.value)
        return v.Static(node.value)

    def expr_Name(self, node: ast.Name) -> Any:
        return self.lookup(node.id, node)

    def expr_NamedExpr(self, node: ast.NamedExpr) -> Any:
        value = self.expr(node.value)
        self.bind(node.target.id, value)
        return value

    def expr_Attribute(self, node: ast.Attribute) -> Any:
        return self.attribute(self.expr(node.value), node.attr)

    def attribute(self, owner: Any, name: str) -> Any:
        return attributes.get(self, owner, name)

    def set_attribute(self, owner: Any, name: str, value: Any) -> None:
        attributes.set_(self, owner, name, value)

    def expr_Tuple(self, node: ast.Tuple) -> Any:
        return v.TupleV(tuple(self.elements(node.elts)))

    def expr_List(self, node: ast.List) -> Any:
        if any(isinstance(each, ast.Starred) for each in node.elts):
            made = v.ListV(self.cell(v.Items(())))
            for each in node.elts:
                if isinstance(each, ast.Starred):
                    calls.list_extend(self, made, self.expr(each.value))
                else:
                    calls.list_append(self, made, self.expr(each))
            return made
        return v.ListV(self.cell(v.Items(tuple(self.elements(node.elts)))))

    def expr_Set(self, node: ast.Set) -> Any:
        return sets.made(self, [self.expr(each) for each in node.elts])

    def elements(self, nodes: list[ast.expr]) -> list[Any]:
        out: list[Any] = []
        for each in nodes:
            if isinstance(each, ast.Starred):
                out += iteration.items(self, self.expr(each.value), None)
            else:
                out.append(self.expr(each))
        return out

    def expr_Dict(self, node: ast.Dict) -> Any:
        entries = v.Entries(())
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                other = self.expr(value)
                if not isinstance(other, v.DictV):
                    raise self.refuse("** needs a dict with known keys here", code="AD211")
                for k, x in self.content(other.cell).entries:
                    entries = entries.put(k, x)
            else:
                entries = entries.put(indexing.key(self, self.expr(key)), self.expr(value))
        return v.DictV(self.cell(entries))

    def expr_Slice(self, node: ast.Slice) -> Any:
        parts = (node.lower, node.upper, node.step)
        return v.SliceV(*(v.Static(None) if e is None else self.expr(e) for e in parts))

    def expr_Subscript(self, node: ast.Subscript) -> Any:
        owner = self.expr(node.value)
        return indexing.get_item(self, owner, self.expr(node.slice))

    def expr_Starred(self, node: ast.Starred) -> Any:
        raise self.refuse("a starred expression is not supported here", code="AD200")

    def expr_Lambda(self, node: ast.Lambda) -> Any:
        return self.function_value(node, "<lambda>")  # type: ignore[attr-defined]

    def expr_JoinedStr(self, node: ast.JoinedStr) -> Any:
        parts = []
        for each in node.values:
            if isinstance(each, ast.Constant):
                parts.append(v.Static(each.value))
            else:
                assert isinstance(each, ast.FormattedValue)
                parts.append(self.formatted(each))
        if all(isinstance(each, v.Static) for each in parts):
            return v.Static("".join(each.value for each in parts))
        return self.builder.raw(n.FORMAT, tuple(self.message_atom(p) for p in parts))

    def formatted(self, node: ast.FormattedValue) -> Any:
        value = self.expr(node.value)
        conversion = {-1: "", 115: "!s", 114: "!r", 97: "!a"}[node.conversion]
        spec = v.Static("") if node.format_spec is None else self.expr(node.format_spec)
        return text.formatted(self, value, conversion, spec)

    # ---- operators

    def expr_BinOp(self, node: ast.BinOp) -> Any:
        # a left-deep chain is as long as the user's sum: walk it without recursion
        chain: list[ast.BinOp] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            chain.append(left)
            left = left.left
        value = self.expr(left)
        for each in reversed(chain):
            right = self.expr(each.right)
            self.node = each
            value = arithmetic.binary(self, each.op, value, right)
        return value

    def expr_UnaryOp(self, node: ast.UnaryOp) -> Any:
        value = self.expr(node.operand)
        if isinstance(node.op, ast.Not):
            truth = self.truth(value)
            if isinstance(truth, bool):
                return const(not truth)
            return self.call(n.NOT, truth)
        return arithmetic.unary(self, node.op, value)

    def expr_Compare(self, node: ast.Compare) -> Any:
        left = self.expr(node.left)
        if len(node.ops) == 1:
            return arithmetic.compare(self, node.ops[0], left, self.expr(node.comparators[0]))

        def chain(left: Any, ops: list[ast.cmpop], rest: list[ast.expr]) -> Any:
            right = self.expr(rest[0])
            first = arithmetic.compare(self, ops[0], left, right)
            if len(ops) == 1:
                return first
            return self.both(first, lambda: chain(right, ops[1:], rest[1:]))

        return chain(left, node.ops, node.comparators)

    def both(self, first: Any, second: Any) -> Any:
        """``first and second()``."""
        truth = self.truth(first)
        if isinstance(truth, bool):
            return second() if truth else first
        decided = const(False) if _is_bool(first) else first
        return self.choose(truth, second, lambda: decided)

    def expr_BoolOp(self, node: ast.BoolOp) -> Any:
        is_and = isinstance(node.op, ast.And)

        def chain(rest: list[ast.expr]) -> Any:
            first = self.expr(rest[0])
            if len(rest) == 1:
                return first
            truth = self.truth(first)
            if isinstance(truth, bool):
                return chain(rest[1:]) if truth is is_and else first
            decided = const(not is_and) if _is_bool(first) else first
            if is_and:
                return self.choose(truth, lambda: chain(rest[1:]), lambda: decided)
            return self.choose(truth, lambda: decided, lambda: chain(rest[1:]))

        return chain(node.values)

    def expr_IfExp(self, node: ast.IfExp) -> Any:
        truth = self.truth(self.expr(node.test))
        return self.choose(truth, lambda: self.expr(node.body), lambda: self.expr(node.orelse))

    def choose(self, cond: Any, then: Any, orelse: Any) -> Any:
        """``then() if cond else orelse()``."""
        if isinstance(cond, bool):
            return then() if cond else orelse()
        key = (self.frame.id, f"%{self.new_id()}%choice")

        def run(make: Any) -> Any:
            def body() -> None:
                self.state.vars[key] = make()

            return body

        self.branch(cond, run(then), run(orelse))  # type: ignore[attr-defined]
        made = self.builder.blocks[-1][-1]
        if isinstance(made, n.If):
            made.expression = True
        value = self.state.vars.pop(key)
        for var in _leaf_vars(value, self.state):
            if var.hint is not None and var.hint.startswith("choice"):
                var.hint, var.user = None, False
        return value

    def truth(self, value: Any) -> Any:
        """A condition as a bool where it is known, else as an atom."""
        if isinstance(value, Const):
            return bool(value.value)
        if isinstance(value, v.Static):
            return bool(value.value)
        if isinstance(value, Var):
            return value
        if isinstance(value, v.Ref):
            return self.atom(value)
        if isinstance(value, v.TupleV):
            return bool(value.items)
        if isinstance(value, v.OptV):
            inner = self.truth(value.value) if not isinstance(value.value, v.Unbound) else False
            flag = self.call(n.NOT, value.is_none)
            return (
                flag
                if inner is True
                else self.choose(flag, lambda: value.value, lambda: const(False))
            )
        if isinstance(value, v.ListV):
            content = self.content(value.cell)
            if isinstance(content, v.Items):
                return bool(content.items)
            return arithmetic.compare(self, ast.Gt(), iteration.length(self, value), const(0))
        if isinstance(value, v.DictV):
            return bool(self.content(value.cell).entries)
        if isinstance(value, v.Poison):
            raise self.lost(value)
        if isinstance(value, v.ObjV):
            return self.object_truth(value)
        return True

    def object_truth(self, value: v.ObjV) -> Any:
        for name in ("__bool__", "__len__"):
            if hasattr(value.cls, name):
                return self.truth(calls.call_value(self, self.attribute(value, name), (), {}))
        return True

    # ---- comprehensions

    def expr_ListComp(self, node: ast.ListComp) -> Any:
        return iteration.comprehension(self, node)

    def expr_GeneratorExp(self, node: ast.GeneratorExp) -> Any:
        return v.LazyV("generator", (node, self.frame.id))

    def expr_SetComp(self, node: ast.SetComp) -> Any:
        listed = iteration.comprehension(self, node)
        return sets.made(self, iteration.items(self, listed, None))

    def expr_DictComp(self, node: ast.DictComp) -> Any:
        return iteration.dict_comprehension(self, node)

    def expr_Call(self, node: ast.Call) -> Any:
        return calls.call_node(self, node)

    def expr_Yield(self, node: Any) -> Any:
        raise self.refuse("generators are not supported", "return a list instead", code="AD201")

    expr_YieldFrom = expr_Yield

    def expr_Await(self, node: Any) -> Any:
        raise self.refuse("coroutines are not supported", code="AD202")

    # ---- names

    def lookup(self, name: str, node: Any = None) -> Any:
        frame: Frame | None = self.frame
        while frame is not None:
            value = self.state.vars.get((frame.id, name))
            if value is not None and not isinstance(value, v.Unbound):
                if isinstance(value, v.Poison):
                    raise self.lost(value, node)
                return value
            local = name in frame.stored and name not in frame.declared
            if local and frame is self.frame:
                raise self.refuse(
                    f"'{name}' is not bound here",
                    "give it a value on every path before",
                    node=node,
                    code="AD208",
                )
            if name in frame.cells:
                return self.captured(frame, name, frame.cells[name])
            if frame.parent is None:
                break
            frame = self.all_frames[frame.parent]
        assert frame is not None
        if name in frame.globals:
            return self.captured(frame, name, frame.globals[name])
        if hasattr(builtins, name):
            return self.lift(getattr(builtins, name))
        if any(
            isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Store)
            for each in ast.walk(frame.source.node)
        ):
            raise self.refuse(
                f"'{name}' belongs to a comprehension or a function that is over",
                f"keep its value as a default: lambda ..., {name}={name}: ...",
                node=node,
                code="AD208",
            )
        raise self.refuse(f"the name '{name}' is not defined", node=node, code="AD213")

    def captured(self, frame: Frame, name: str, obj: Any) -> Any:
        """A global or a closure's variable: live if it is data, guarded by identity if not."""
        if name in frame.cells:
            try:
                obj = frame.cells[name].cell_contents
            except ValueError:
                raise self.refuse(f"'{name}' is not bound yet", code="AD208") from None
            where: Any = ("cell", frame.cells[name], name)
        else:
            where = ("global", frame.globals, name)
        return self.program.capture(self, where, obj, name)

    def lift(self, obj: Any, name: str | None = None) -> Any:
        """A Python object known at compile time, as a value."""
        if isinstance(obj, bool | int | float | complex) and not isinstance(obj, np.generic):
            made = const(obj)
            made.name = name
            return made
        if isinstance(obj, np.bool_ | np.number):
            return Const(obj.item(), Scalar(str(obj.dtype)), name)
        if type(obj) is tuple:
            return v.TupleV(tuple(self.lift(each) for each in obj))
        return v.Static(obj)

    def import_module(self, name: str, package: str | None = None) -> types.ModuleType:
        try:
            return importlib.import_module(name, package)
        except ImportError as error:
            raise self.refuse(f"{name} can't be imported: {error}", code="AD213") from error


def _leaf_vars(value: Any, state: v.State) -> list[Var]:
    if isinstance(value, Var):
        return [value]
    if isinstance(value, v.Ref):
        content = state.heap.get(value.cell)
        return [content] if isinstance(content, Var) else []
    if isinstance(value, v.TupleV):
        return [x for each in value.items for x in _leaf_vars(each, state)]
    if isinstance(value, v.OptV):
        return [*_leaf_vars(value.is_none, state), *_leaf_vars(value.value, state)]
    return []


def _is_bool(value: Any) -> bool:
    return v.is_number(value) and value.type == BOOL
