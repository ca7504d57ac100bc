"""Operations on numbers, with what Python would raise as requirements.

Python's float and NumPy's are one kind to the compiler, and where the two differ (Python raises on
a division by zero, NumPy gives inf) the kernel gives up and the NumPy text decides.
"""

from __future__ import annotations

import builtins
import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.backends.exprs import INT, cast, constant, minus, num, operation, plus
from adcompiler.backends.loops import Call, Expr, Name, Num
from adcompiler.backends.tables import (
    ABSOLUTE,
    DIVISIONS,
    LOGICAL,
    MATH,
    NUMPY,
    OF_TWO,
    OPERATORS,
    POWERS,
    TESTS,
)
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Op
from adcompiler.ir.types import Scalar

if TYPE_CHECKING:
    from adcompiler.backends.lower import Lower

ADD = operator.add
_LARGE = 4.6e18  # 2**62
_SQUARE = 1e154  # squares of what is smaller are finite


def lowered(lo: Lower, op: Op) -> None:
    """Lower an operation on numbers; raises `Unlowered` for one that has no loop form."""
    (out, *others) = op.outs
    if others or not isinstance(out.type, Scalar):
        raise lo.refuse(f"{_name(op.fn)} on {', '.join(str(a.type) for a in n.flatten(op.args))}")
    value = number(lo, op, out.type.dtype)
    if isinstance(value, Num | Name) or (value.dtype == INT and _is_linear(value) and not out.user):
        lo.env[out] = value
    else:
        lo.env[out] = checked(lo, lo.assign(value, out.hint), value, op)


def _is_linear(e: Expr) -> bool:
    return isinstance(e, Call) and e.fn in "+-" and all(isinstance(a, Name | Num) for a in e.args)


def checked(lo: Lower, made: Name, value: Expr, op: Op) -> Expr:
    """``made``, which holds ``value``, unless Python would have raised."""
    if value.dtype == INT and lo.bits_of(value) > 62:
        if isinstance(value, Call) and value.fn == "*":
            a, b = (cast(each, "float64") for each in value.args)
            size = Call("abs", (Call("*", (a, b), "float64"),), "float64")
            lo.require(Call("<", (size, Num(_LARGE, "float64")), "bool"), "a large integer")
        elif isinstance(value, Call) and value.fn in ("+", "-", "neg"):
            size = Call("abs", (made,), INT)
            lo.require(Call("<", (size, num(1 << 62)), "bool"), "a large integer")
    if op.fn in MATH or (op.fn in POWERS and isinstance(value, Call) and value.fn == "**"):
        if made.dtype[0] == "f":
            finite = Call("math.isfinite", (made,), "bool")
            lo.require(finite, "a domain or range error")
    return made


def number(lo: Lower, op: Op, dtype: str) -> Expr:
    fn = op.fn
    if op.kwargs:
        raise lo.refuse(f"{_name(fn)} with {', '.join(op.kwargs)}")
    if fn is n.CAST or fn in (float, int, bool) or fn is n.FIT or fn is n.MATCH or fn is n.COPY:
        return converted(lo, lo.scalar(op.args[0]), dtype)
    if fn is n.ZEROS_LIKE or fn is np.zeros_like:
        return constant(0, dtype)
    if fn is np.ones_like:
        return constant(1, dtype)
    if fn is n.TRIPS:
        return trips(lo, op)
    if fn in (builtins.min, builtins.max) or fn is n.CHOOSE:
        return chosen(lo, op, dtype)
    args = tuple(lo.scalar(each) for each in op.args)
    if fn is n.NOT:
        return operation("not", args, "bool")
    if fn is np.where:
        return operation("where", args, dtype)
    return elementary(lo, fn, args, dtype, strict=True)


def elementary(
    lo: Lower, fn: Any, args: tuple[Expr, ...], dtype: str, strict: bool = False
) -> Expr:
    """A function of numbers. ``strict``: of Python's, which raise where NumPy's do not."""
    if fn in OPERATORS:
        text = OPERATORS[fn]
        if text in "+-*neg" and dtype == "bool":
            raise lo.refuse("arithmetic on booleans")
        if text == "/" and strict:
            nonzero(lo, args[1])
        return operation(text, args, dtype)
    if fn in LOGICAL:
        if any(each.dtype != "bool" for each in args):
            raise lo.refuse("bitwise operations on integers")
        return operation(LOGICAL[fn], args, "bool")
    if fn in NUMPY or fn in MATH or fn in TESTS:
        return named(lo, fn, args, dtype)
    if fn in ABSOLUTE:
        if args[0].dtype == "bool":
            raise lo.refuse("abs of a boolean")
        return Call("abs", args, dtype)
    if fn in POWERS:
        return power(lo, fn, args, dtype, strict)
    if fn is np.square:
        return operation("*", (args[0], args[0]), dtype)
    if fn is np.reciprocal:
        return operation("/", (constant(1, dtype), args[0]), dtype)
    if fn in DIVISIONS:
        if any(each.dtype[0] not in "if" for each in args):
            raise lo.refuse(f"{_name(fn)} of {args[0].dtype}")
        nonzero(lo, args[1])
        return operation(DIVISIONS[fn], args, dtype)
    if fn in (np.conjugate, np.real, np.imag, np.positive, operator.pos):
        return part(fn, args[0], dtype)
    if fn in (np.floor, math.floor, math.ceil, math.trunc):
        found = Call(f"np.{fn.__name__}", args, "float64")
        return converted(lo, found, dtype)
    if fn is np.clip and len(args) == 3:
        low = Call("np.maximum", (args[0], cast(args[1], dtype)), dtype)
        return Call("np.minimum", (low, cast(args[2], dtype)), dtype)
    raise lo.refuse(_name(fn))


def named(lo: Lower, fn: Any, args: tuple[Expr, ...], dtype: str) -> Expr:
    if fn in TESTS:
        return Call(TESTS[fn], tuple(cast(each, "float64") for each in args), "bool")
    text = NUMPY.get(fn) or MATH[fn]
    if len(args) != (2 if text.partition(".")[2] in OF_TWO else 1):
        raise lo.refuse(f"{text} of {len(args)} arguments")
    if dtype == "bool":
        if any(each.dtype[0] != "f" for each in args):
            raise lo.refuse(f"{text} of {args[0].dtype}")
        return Call(text, args, dtype)
    if dtype[0] == "c" and fn not in (np.exp, np.log, np.sqrt, np.sin, np.cos, np.tanh):
        raise lo.refuse(f"{text} of a complex number")
    if dtype[0] in "ib" and text not in ("np.maximum", "np.minimum", "np.sign"):
        raise lo.refuse(f"{text} of an integer")
    if any(each.dtype[0] == "c" for each in args) and dtype[0] != "c":
        raise lo.refuse(f"{text} of a complex number")
    return Call(text, tuple(cast(each, dtype) for each in args), dtype)


def part(fn: Any, arg: Expr, dtype: str) -> Expr:
    if arg.dtype[0] != "c":
        return constant(0, dtype) if fn is np.imag else arg
    if fn is np.conjugate:
        return Call("np.conj", (arg,), dtype)
    if fn in (np.real, np.imag):
        return Call(f".{fn.__name__}", (arg,), dtype)
    return arg


def power(lo: Lower, fn: Any, args: tuple[Expr, ...], dtype: str, strict: bool) -> Expr:
    base, exponent = args
    if isinstance(exponent, Num) and exponent.value == 2 and exponent.dtype != "complex128":
        base = cast(base, dtype)
        if strict and dtype[0] == "f":
            size = Call("abs", (base,), dtype)
            lo.require(Call("<", (size, Num(_SQUARE, dtype)), "bool"), "an overflow")
        return operation("*", (base, base), dtype)
    if dtype[0] not in "fc":
        raise lo.refuse("a power of integers")
    if dtype[0] == "c" and strict:
        raise lo.refuse("a power of a complex number")
    base = cast(base, dtype)
    if exponent.dtype[0] != "i" or dtype[0] == "c":
        exponent = cast(exponent, dtype)
    return Call("**", (base, exponent), dtype)


def nonzero(lo: Lower, divisor: Expr) -> None:
    if not (isinstance(divisor, Num) and divisor.value):
        lo.require(Call("!=", (divisor, constant(0, divisor.dtype)), "bool"), "a division by zero")


def converted(lo: Lower, value: Expr, dtype: str) -> Expr:
    if dtype == INT and value.dtype[0] == "f" and not isinstance(value, Num):
        size = Call("abs", (value,), value.dtype)
        lo.require(Call("<", (size, Num(_LARGE, value.dtype)), "bool"), "a large integer")
    if value.dtype[0] == "c" and dtype[0] != "c":
        value = Call(".real", (value,), "float64" if value.dtype == "complex128" else "float32")
    return cast(value, dtype)


def chosen(lo: Lower, op: Op, dtype: str) -> Expr:
    """``min`` and ``max`` of numbers: the first of the least."""
    values = [lo.scalar(each) for each in n.flatten(op.args)]
    if op.fn is n.CHOOSE:
        return operation("where", tuple(values), dtype)
    if len(op.args) == 1 and not isinstance(op.args[0], tuple | list):
        raise lo.refuse("min or max of a list")
    sign = "<" if op.fn is builtins.min else ">"
    found = values[0]
    for each in values[1:]:
        if not isinstance(found, Num | Name):
            found = lo.assign(found)
        found = operation("where", (operation(sign, (each, found), "bool"), each, found), dtype)
    return found


def trips(lo: Lower, op: Op) -> Expr:
    start, stop, step = (cast(lo.scalar(each), INT) for each in op.args)
    if not isinstance(step, Num):
        raise lo.refuse("a range whose step is not a constant")
    count = minus(stop, start) if step.value > 0 else minus(start, stop)
    size = abs(step.value)
    if size == 1 and only_counts_down(lo, op.outs[0]):
        return count  # a negative number of trips is none, too
    if size > 1:
        count = Call("//", (plus(count, size - 1), num(size)), INT)
    if isinstance(count, Num):
        return num(max(0, count.value))
    return Call("max", (count, num(0)), INT)


def only_counts_down(lo: Lower, out: n.Var) -> bool:
    """Whether a number of trips is read as the start of loops downwards only."""
    for use in lo.uses.get(out, []):
        if not (isinstance(use, Op) and use.fn is operator.sub and use.args[0] is out):
            return False
        if not (isinstance(use.args[1], n.Const) and use.args[1].value == 1):
            return False
        for loop in lo.uses.get(use.outs[0], []):
            if not (isinstance(loop, n.For) and loop.start is use.outs[0]):
                return False
            if not (isinstance(loop.stop, n.Const) and loop.stop.value == -1):
                return False
    return True


def _name(fn: Any) -> str:
    from_numpy = isinstance(fn, np.ufunc) or getattr(fn, "__module__", "") == "numpy"
    name = getattr(fn, "__name__", None) or getattr(fn, "name", None) or str(fn)
    return f"np.{name}" if from_numpy else str(name)


named_of = _name
