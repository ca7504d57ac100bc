"""Making scalar expressions: small simplifications that keep lengths and indices canonical."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.backends.loops import Call, Expr, Load, Name, Num

INT = "int64"
COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})


def num(value: int) -> Num:
    return Num(value, INT)


ZERO, ONE = num(0), num(1)


def plus(a: Expr, b: Expr | int) -> Expr:
    """The sum of integers; ``x + 2 - 2`` is ``x``."""
    if isinstance(b, int):
        b = num(b)
    if isinstance(a, Num) and isinstance(b, Num):
        return num(a.value + b.value)
    if isinstance(a, Num):
        a, b = b, a
    if isinstance(b, Num):
        base, more = split(a)
        total = more + b.value
        if total == 0:
            return base
        if total < 0:
            return Call("-", (base, num(-total)), INT)
        return Call("+", (base, num(total)), INT)
    a, more = split(a)
    b, further = split(b)
    return plus(Call("+", (a, b), INT), more + further)


def split(e: Expr) -> tuple[Expr, int]:
    """An integer as what varies and a constant."""
    if isinstance(e, Num):
        return ZERO, e.value
    if isinstance(e, Call) and e.fn in "+-" and isinstance(e.args[-1], Num) and len(e.args) == 2:
        sign = 1 if e.fn == "+" else -1
        return e.args[0], sign * e.args[1].value
    return e, 0


def minus(a: Expr, b: Expr | int) -> Expr:
    if isinstance(b, int):
        return plus(a, -b)
    if isinstance(b, Num):
        return plus(a, -b.value)
    base, more = split(a)
    other, less = split(b)
    if base == other:
        return num(more - less)
    if base == ZERO:
        return plus(Call("neg", (other,), INT), more - less)
    return plus(Call("-", (base, other), INT), more - less)


def times(a: Expr, b: Expr | int) -> Expr:
    if isinstance(b, int):
        b = num(b)
    if isinstance(a, Num) and isinstance(b, Num):
        return num(a.value * b.value)
    if a == ONE:
        return b
    if b == ONE:
        return a
    if isinstance(b, Num) and b.value == -1:
        return Call("neg", (a,), INT)
    if isinstance(a, Num):
        a, b = b, a
    return Call("*", (a, b), INT)


def cast(e: Expr, dtype: str) -> Expr:
    """``e`` as a number of another dtype."""
    if e.dtype == dtype:
        return e
    if isinstance(e, Num):
        value = np.dtype(dtype).type(e.value).item()
        return Num(value, dtype)
    if dtype == "bool":
        return Call("!=", (e, Num(0, e.dtype)), "bool")
    if dtype[0] in "fi" and e.dtype[0] == "c":
        e = Call(".real", (e,), {"complex128": "float64", "complex64": "float32"}[e.dtype])
        return cast(e, dtype)
    return Call(f"np.{dtype}", (e,), dtype)


def operation(fn: str, args: tuple[Expr, ...], dtype: str) -> Expr:
    """An operation, its operands brought to the dtype it is done in."""
    if fn in COMPARISONS:
        kinds = {each.dtype for each in args}
        if len(kinds) > 1:
            common = str(np.result_type(*kinds))
            args = tuple(cast(each, common) for each in args)
    elif fn == "where":
        args = (cast(args[0], "bool"), *(cast(each, dtype) for each in args[1:]))
    elif fn in ("and", "or", "not"):
        args = tuple(cast(each, "bool") for each in args)
    elif fn == "/" or dtype[0] in "fc":
        if fn != "abs" and fn not in (".real", ".imag"):
            args = tuple(cast(each, dtype) for each in args)
    elif dtype[0] == "i":
        args = tuple(cast(each, dtype) for each in args)
    if fn in ("+", "-") and dtype == INT and len(args) == 2:
        return plus(args[0], args[1]) if fn == "+" else minus(args[0], args[1])
    if fn == "neg" and isinstance(args[0], Num):
        return Num(-args[0].value, dtype)
    return Call(fn, args, dtype)


def truth(e: Expr) -> Expr:
    return cast(e, "bool")


def constant(value: Any, dtype: str) -> Num:
    return Num(np.dtype(dtype).type(value).item(), dtype)


def names_in(e: Expr) -> set[str]:
    """The names, of scalars and arrays, that an expression reads."""
    found: set[str] = set()
    todo = [e]
    while todo:
        each = todo.pop()
        if isinstance(each, Name):
            found.add(each.id)
        elif isinstance(each, Call):
            todo.extend(each.args)
        elif isinstance(each, Load):
            found.add(each.array)
            todo.extend(each.index)
    return found
