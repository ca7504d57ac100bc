"""Operators: on numbers and arrays a rule's function, on everything else Python's meaning."""

from __future__ import annotations

import ast
import operator
import types
from typing import Any

from adcompiler.frontend import attributes, builtin_calls, calls, iteration, sets, text
from adcompiler.frontend import values as v
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const, Var
from adcompiler.ir.types import BOOL, Array, Opaque

BINARY = {
    ast.Add: (operator.add, "add"),
    ast.Sub: (operator.sub, "sub"),
    ast.Mult: (operator.mul, "mul"),
    ast.Div: (operator.truediv, "truediv"),
    ast.FloorDiv: (operator.floordiv, "floordiv"),
    ast.Mod: (operator.mod, "mod"),
    ast.Pow: (operator.pow, "pow"),
    ast.MatMult: (operator.matmul, "matmul"),
    ast.BitAnd: (operator.and_, "and"),
    ast.BitOr: (operator.or_, "or"),
    ast.BitXor: (operator.xor, "xor"),
    ast.LShift: (operator.lshift, "lshift"),
    ast.RShift: (operator.rshift, "rshift"),
}
UNARY = {
    ast.USub: (operator.neg, "neg"),
    ast.UAdd: (operator.pos, "pos"),
    ast.Invert: (operator.invert, "invert"),
}
COMPARE = {
    ast.Lt: (operator.lt, "lt", "gt"),
    ast.LtE: (operator.le, "le", "ge"),
    ast.Gt: (operator.gt, "gt", "lt"),
    ast.GtE: (operator.ge, "ge", "le"),
    ast.Eq: (operator.eq, "eq", "eq"),
    ast.NotEq: (operator.ne, "ne", "ne"),
}


def _plain_int(value: Any) -> bool:
    return isinstance(value, Const) and isinstance(value.value, int)


def _is_class(value: Any) -> bool:
    """A class, or a union of classes."""
    return isinstance(value, v.Static) and isinstance(value.value, type | types.UnionType)


def binary(lw: Any, op: ast.operator, left: Any, right: Any) -> Any:
    fn, name = BINARY[type(op)]
    left, right = _settle(left), _settle(right)
    if _plain_int(left) and _plain_int(right) and not isinstance(op, ast.Div):
        try:
            value = fn(left.value, right.value)
        except (ArithmeticError, ValueError):
            value = None  # raised where it is executed, not here
        if isinstance(value, int) and value.bit_length() < 64:
            return const(value)
    for value, own in ((left, f"__{name}__"), (right, f"__r{name}__")):
        if isinstance(value, v.ObjV) and hasattr(value.cls, own):
            other = right if value is left else left
            return calls.call_value(lw, attributes.get(lw, value, own), (other,), {})
    if isinstance(op, ast.BitOr) and _is_class(left) and _is_class(right):
        return v.Static(v.constant(left) | v.constant(right))
    if text.is_text(left) or (text.is_text(right) and isinstance(op, ast.Add | ast.Mult)):
        return text.operation(lw, fn, left, right)
    if sets.is_set(left) and sets.is_set(right):
        return sets.operation(lw, fn, left, right)
    if isinstance(left, v.TupleV) and isinstance(right, v.TupleV) and isinstance(op, ast.Add):
        return v.TupleV(left.items + right.items)
    if isinstance(left, v.ListV) and isinstance(right, v.ListV) and isinstance(op, ast.Add):
        made = calls.list_copy(lw, left)
        calls.list_extend(lw, made, right)
        return made
    if isinstance(op, ast.Mult):
        for sequence, count in ((left, right), (right, left)):
            if isinstance(sequence, v.TupleV | v.ListV) and v.is_number(count):
                return _repeat(lw, sequence, count)
    left, right = _operand(lw, left), _operand(lw, right)
    if lw.never_raises and isinstance(op, ast.Div | ast.FloorDiv | ast.Mod | ast.Pow):
        left, right = _unraising(lw, op, left, right)
    return lw.call(fn, left, right)


def _unraising(lw: Any, op: ast.operator, left: Any, right: Any) -> tuple[Any, Any]:
    """Operands with one of NumPy's among them: Python's own floats raise on division by zero."""
    if isinstance(right, Const) and right.value and not isinstance(op, ast.Pow):
        return left, right
    if any(lw.builder.is_numpys(lw.atom(each)) for each in (left, right)):
        return left, right
    if isinstance(op, ast.Pow):
        return builtin_calls.numpy_float(lw, left, lw.never_raises), right
    return left, builtin_calls.numpy_float(lw, right, lw.never_raises)


def _settle(value: Any) -> Any:
    return value.value if isinstance(value, v.OptV) else value


def _operand(lw: Any, value: Any) -> Any:
    if isinstance(value, v.TupleV | v.ListV | v.DictV | v.FuncV | v.ObjV | v.RangeV):
        raise lw.refuse(f"{calls.describe(value)} can't be an operand of arithmetic", code="AD213")
    if isinstance(value, v.Static) and value.value is None:
        raise lw.refuse("None can't be an operand of arithmetic", code="AD213")
    return value


def _repeat(lw: Any, sequence: Any, count: Any) -> Any:
    if isinstance(sequence, v.TupleV):
        return v.TupleV(sequence.items * lw.static_int(count, "the number of repetitions"))
    content = lw.content(sequence.cell)
    if isinstance(count, Const):
        if isinstance(content, v.Items):
            return v.ListV(lw.cell(v.Items(content.items * count.value)))
    dynamic = content
    if isinstance(content, v.Items):
        leaves: list[Any] = []
        shape = lw.element_leaves(v.TupleV(content.items), leaves)
        if shape is False or len(content.items) != 1 or shape != (None,):
            raise lw.refuse(
                "only a list of one number can be repeated a number of times known at run time",
                code="AD211",
            )
        dynamic = lw.as_dynamic(content, 1, None)
    made = lw.builder.raw(n.REPEAT, (dynamic.lists[0], lw.atom(count)))
    return v.ListV(lw.cell(v.DynList(None, (made,))))


def unary(lw: Any, op: ast.unaryop, value: Any) -> Any:
    fn, name = UNARY[type(op)]
    value = _settle(value)
    if isinstance(value, Const) and isinstance(value.value, int | float | complex):
        folded = fn(value.value)
        made = const(folded)
        made.name = f"-{value.name}" if value.name and name == "neg" else None
        return made
    if isinstance(value, v.ObjV) and hasattr(value.cls, f"__{name}__"):
        return calls.call_value(lw, attributes.get(lw, value, f"__{name}__"), (), {})
    return lw.call(fn, _operand(lw, value))


def in_place_method(lw: Any, old: v.ObjV, op: ast.operator, value: Any) -> Any:
    name = f"__i{BINARY[type(op)][1]}__"
    if hasattr(old.cls, name):
        return calls.call_value(lw, attributes.get(lw, old, name), (value,), {})
    return None


def compare(lw: Any, op: ast.cmpop, left: Any, right: Any) -> Any:
    if isinstance(op, ast.Is | ast.IsNot):
        same = identical(lw, left, right)
        if isinstance(op, ast.IsNot):
            return const(not same) if isinstance(same, bool) else lw.call(n.NOT, same)
        return const(same) if isinstance(same, bool) else same
    if isinstance(op, ast.In | ast.NotIn):
        found = contains(lw, left, right)
        if isinstance(op, ast.NotIn):
            truth = lw.truth(found)
            return const(not truth) if isinstance(truth, bool) else lw.call(n.NOT, truth)
        return found
    fn, name, mirrored = COMPARE[type(op)]
    left, right = _settle(left), _settle(right)
    if v.known(left) and v.known(right):
        try:
            return const(bool(fn(v.constant(left), v.constant(right))))
        except (TypeError, ValueError) as error:
            raise lw.refuse(f"these can't be compared: {error}", code="AD213") from None
    for value, other, own in ((left, right, name), (right, left, mirrored)):
        if isinstance(value, v.ObjV):
            method = f"__{own}__"
            if getattr(value.cls, method, None) is not getattr(object, method, None):
                return calls.call_value(lw, attributes.get(lw, value, method), (other,), {})
    if isinstance(op, ast.Eq | ast.NotEq):
        decided = _structures_equal(lw, left, right)
        if decided is not None:
            truth = lw.truth(decided)
            if isinstance(op, ast.Eq):
                return decided
            return const(not truth) if isinstance(truth, bool) else lw.call(n.NOT, truth)
    if _is_text(left) or _is_text(right):
        return lw.builder.raw(fn, (lw.atom(left), lw.atom(right)), types=(BOOL,))
    return lw.call(fn, left, right)


def _is_text(value: Any) -> bool:
    return isinstance(value, Var) and isinstance(value.type, Opaque)


def _structures_equal(lw: Any, left: Any, right: Any) -> Any:
    """``left == right`` where one of them is no number; None where both are."""
    if isinstance(left, v.TupleV) and isinstance(right, v.TupleV):
        if len(left.items) != len(right.items):
            return const(False)
        result: Any = const(True)
        for p, q in zip(left.items, right.items, strict=True):
            equal = compare(lw, ast.Eq(), p, q)
            result = lw.both(result, lambda equal=equal: equal)
        return result
    if isinstance(left, v.ListV) and isinstance(right, v.ListV):
        contents = lw.content(left.cell), lw.content(right.cell)
        if all(isinstance(each, v.Items) for each in contents):
            p, q = (v.TupleV(each.items) for each in contents)
            return _structures_equal(lw, p, q)
    kinds = (v.Static, v.TupleV, v.ListV, v.DictV, v.FuncV, v.ObjV)
    if isinstance(left, kinds) or isinstance(right, kinds):
        numbers = v.is_number(left) or v.is_number(right) or isinstance(left, v.Ref)
        if isinstance(left, v.Static) and isinstance(right, v.Static):
            return const(left.value == right.value)
        if _is_text(left) or _is_text(right):
            return None
        if isinstance(left, v.Static | v.TupleV) and isinstance(right, v.Static | v.TupleV):
            return const(False)
        if numbers and isinstance(left if not v.is_number(left) else right, v.Static):
            return const(False)
        if isinstance(left, v.ObjV) and isinstance(right, v.ObjV):
            return const(left.cell == right.cell)
        raise lw.refuse("these can't be compared here", code="AD213")
    return None


def identical(lw: Any, left: Any, right: Any) -> Any:
    """``left is right``: a bool, or the flag that says whether an optional value is None."""
    for value, other in ((left, right), (right, left)):
        if isinstance(other, v.Static) and other.value is None:
            if isinstance(value, v.OptV):
                return value.is_none
            if isinstance(value, Var) and isinstance(value.type, Opaque):
                if value.type.what in ("str", "None"):
                    return value.type.what == "None"
                return lw.builder.raw(operator.is_, (value, const(None)), types=(BOOL,))
            return isinstance(value, v.Static) and value.value is None
    if isinstance(left, v.Static) and isinstance(right, v.Static):
        return left.value is right.value
    if isinstance(left, Const) and isinstance(right, Const):
        return type(left.value) is type(right.value) and left.value == right.value
    if type(left) is not type(right):
        if isinstance(left, Const) and isinstance(left.value, bool):
            return False
        if isinstance(right, Const) and isinstance(right.value, bool):
            return False
        if not (v.is_number(left) and v.is_number(right)):
            return False
    if isinstance(left, v.Ref | v.ListV | v.DictV | v.ObjV):
        if left == right:
            return True
        if right.cell in lw.state.alias.get(left.cell, frozenset()) or left.cell == right.cell:
            raise lw.refuse(
                "whether these are the same object is known only at run time", code="AD211"
            )
        return False
    raise lw.refuse("identity of numbers is not defined", "compare them with ==", code="AD211")


def contains(lw: Any, item: Any, container: Any) -> Any:
    """``item in container``."""
    if isinstance(container, Const | Var) and text.is_text(container):
        return text.operation(lw, operator.contains, container, item)
    if isinstance(container, v.DictV):
        keys = [k for k, _ in lw.content(container.cell).entries]
        if v.known(item):
            return const(v.constant(item) in keys)
        items: list[Any] = [const(k) if isinstance(k, int | float) else v.Static(k) for k in keys]
    elif isinstance(container, v.Static):
        if v.known(item):
            return const(v.constant(item) in container.value)
        if isinstance(container.value, str):
            return text.operation(lw, operator.contains, container, item)
        items = [lw.lift(each) for each in sorted(container.value, key=repr)]
    elif isinstance(container, v.ObjV) and hasattr(container.cls, "__contains__"):
        return calls.call_value(lw, attributes.get(lw, container, "__contains__"), (item,), {})
    elif isinstance(container, v.RangeV) and isinstance(item, Const):
        bounds = [
            lw.static_int(e, "this range")
            for e in (container.start, container.stop, container.step)
        ]
        return const(item.value in range(*bounds))
    else:
        items = iteration.items(lw, container, None)
    result: Any = const(False)
    for each in items:
        equal = compare(lw, ast.Eq(), item, each)
        truth = lw.truth(result)
        if isinstance(truth, bool):
            result = result if truth else equal
        else:
            result = lw.choose(truth, lambda: const(True), lambda equal=equal: equal)
    return result


def is_array(lw: Any, value: Any) -> bool:
    return isinstance(lw.type_of(value), Array)
