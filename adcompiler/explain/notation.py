"""How values, names and formulas are written: v₋₁, v̇₁ = v₀·v̇₋₁, [1, 2, …, 9] (100)."""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.ir import evaluator
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Op, Region, Slice, Undef, Var
from adcompiler.ir.printer import constant, function_name

_SUBSCRIPT = str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
DOT, BAR = "\u0307", "\u0304"  # combining: they follow the letter
SHOWN = 4  # elements of an array that are shown


def numbered(letter: str, k: int) -> str:
    """``v₋₁``, ``v̄₃``."""
    return letter + str(k).translate(_SUBSCRIPT)


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(not unicodedata.combining(char) for char in text)


# ---- values


def number(value: Any, digits: int = 6) -> str:
    """Six digits are enough to recognise a number, and four in an array.

    >>> number(7.38905609893065), number(2.0), number(-0.5)
    ('7.38906', '2', '-0.5')
    """
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, complex | np.complexfloating):
        return f"{value.real:.{digits}g}{value.imag:+.{digits}g}j"
    if isinstance(value, float | np.floating):
        return f"{value:.{digits}g}" if value else "0"
    return str(value)


def shown(value: Any, digits: int = 6) -> str:
    """A value, abbreviated.

    >>> shown(np.arange(9.0)), shown(np.zeros((2, 2))), shown([1.0 / 3.0, 2.0])
    ('[0, 1, 2, …, 8] (9)', '[[0, 0], [0, 0]]', '[0.3333, 2]')
    """
    if value is evaluator.UNBOUND:
        return "unbound"
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return number(value[()], digits)
        shape = ", ".join(map(str, value.shape))
        if value.size > SHOWN and value.ndim > 1:
            return f"[{_listed(list(value.flat))[0]}] ({shape})"
        text, whole = _listed(list(value))
        return f"[{text}]" + ("" if whole else f" ({shape})")
    if isinstance(value, list | tuple):
        text, whole = _listed(list(value))
        return f"[{text}]" + ("" if whole else f" ({len(value)})")
    return number(value, digits)


def _listed(items: list[Any]) -> tuple[str, bool]:
    if len(items) <= SHOWN:
        return ", ".join(shown(each, 4) for each in items), True
    head = ", ".join(shown(each, 4) for each in items[: SHOWN - 1])
    return f"{head}, …, {shown(items[-1], 4)}", False


def dual(value: Any, tangent: Any) -> str:
    """``2 + 1ε``, the dual number z = v + v̇ε.

    >>> dual(2.0, -1.0)
    '2 - 1ε'
    """
    text = shown(tangent)
    if text.startswith("-"):
        return f"{shown(value)} - {text[1:]}ε"
    return f"{shown(value)} + {text}ε"


# ---- formulas

_SIGNS: dict[Any, tuple[str, int]] = {
    operator.add: (" + ", 1), np.add: (" + ", 1),
    operator.sub: (" − ", 1), np.subtract: (" − ", 1),
    operator.mul: ("·", 3), np.multiply: ("·", 3),
    operator.truediv: (" / ", 2), np.divide: (" / ", 2),
    operator.matmul: (" @ ", 3), np.matmul: (" @ ", 3),
    operator.floordiv: (" // ", 2), operator.mod: (" % ", 2),
    operator.lt: (" < ", 0), operator.le: (" ≤ ", 0), operator.gt: (" > ", 0),
    operator.ge: (" ≥ ", 0), operator.eq: (" = ", 0), operator.ne: (" ≠ ", 0),
    operator.and_: (" and ", 0), operator.or_: (" or ", 0),
}  # fmt: skip
_NEGATIVE = (operator.neg, np.negative)
_POWER = (operator.pow, pow, np.power)
_AS_IT_IS = (n.FIT, n.MATCH, n.CAST, n.COPY)
ATOM = 9
LONGEST = 60

Naming = Callable[[Var], tuple[str, int]]  # a value's text, and how tightly it binds


class Formula:
    """Writes operations as formulas; ``naming`` says how values from outside are called."""

    def __init__(self, naming: Naming, region: Region | None = None) -> None:
        self.naming = naming
        self.defs: dict[Var, Any] = {}
        if region is not None:
            self.defs = {out: stmt for stmt in region.stmts for out in stmt.outs}

    def text(self, what: Any, tight: int = 0) -> str:
        text, binds = self.op(what) if isinstance(what, Op) else self.arg(what)
        return f"({text})" if binds < tight else text

    def arg(self, arg: Any) -> tuple[str, int]:
        if isinstance(arg, Var):
            made = self.defs.get(arg)
            if made is None:
                return self.naming(arg)
            if isinstance(made, Op) and len(made.outs) == 1:
                return self.op(made)
            return "…", ATOM
        if isinstance(arg, Const):
            return _constant(arg)
        if isinstance(arg, Slice):
            return self.slice(arg), ATOM
        if isinstance(arg, tuple | list):
            inner = ", ".join(self.text(each) for each in arg)
            return (f"({inner})" if isinstance(arg, tuple) else f"[{inner}]"), ATOM
        return ("unbound" if isinstance(arg, Undef) else str(arg)), ATOM

    def op(self, op: Op) -> tuple[str, int]:
        fn, args = op.fn, op.args
        sign = _SIGNS.get(fn) if _hashable(fn) else None
        if sign is not None and len(args) == 2 and not op.kwargs:
            word, binds = sign
            right = {" + ": 1, " − ": 2, "·": 3}.get(word, 4 if binds else 1)
            return f"{self.text(args[0], binds)}{word}{self.text(args[1], right)}", binds
        if _is(fn, *_NEGATIVE):
            return f"−{self.text(args[0], 2)}", 1
        if _is(fn, *_POWER) and len(args) == 2:
            return self.power(*args), 5
        if isinstance(fn, n.Prim):
            return self.primitive(op)
        if fn is np.transpose and len(args) == 1 and not op.kwargs:
            return f"{self.text(args[0], ATOM)}ᵀ", ATOM
        if fn is np.broadcast_to:
            return f"broadcast({self.text(args[0])})", ATOM
        given = [self.text(each) for each in args]
        given += [f"{key}={self.text(each)}" for key, each in op.kwargs.items()]
        return f"{short_name(fn)}({', '.join(given)})", ATOM

    def power(self, base: Any, exponent: Any) -> str:
        text = self.text(exponent, ATOM)
        if text.removeprefix("-").isdigit():
            return self.text(base, 6) + text.translate(_SUPERSCRIPT)
        return f"{self.text(base, 6)}^{text}"

    def primitive(self, op: Op) -> tuple[str, int]:
        fn, args = op.fn, op.args
        assert isinstance(fn, n.Prim)
        if fn in _AS_IT_IS:
            return self.arg(args[0])
        if fn is n.READ:
            return f"{self.text(args[0], ATOM)}[{self.index(args[1])}]", ATOM
        if fn in (n.UPDATE, n.ADD_AT):
            path = "".join(f"[{self.index(each)}]" for each in args[1])
            becomes = "=" if fn is n.UPDATE else "+="
            return f"{self.text(args[0], 1)} with {path} {becomes} {self.text(args[2])}", 0
        if fn in (n.DIM, n.LENGTH):
            return f"len({self.text(args[0])})", ATOM
        if fn is n.ZEROS_LIKE:
            return "0", ATOM
        if fn is n.LIST:
            return f"[{', '.join(self.text(each) for each in args)}]", ATOM
        if fn is n.APPEND:
            return f"{self.text(args[0], 1)} + [{self.text(args[1])}]", 1
        given = ", ".join(self.text(each) for each in args)
        return f"{fn.name}({given})", ATOM

    def index(self, index: Any) -> str:
        if isinstance(index, tuple):
            return ", ".join(self.text(each) for each in index)
        return self.text(index)

    def slice(self, part: Slice) -> str:
        start, stop, step = ("" if each is None else _bound(self.text(each)) for each in part)
        return f"{start}:{stop}" + (f":{step}" if step else "")


def _bound(text: str) -> str:
    return "" if text == "None" else text


def _constant(const: Const) -> tuple[str, int]:
    if const.name is not None:
        return const.name.removeprefix("np.").removeprefix("math."), ATOM
    value = const.value
    if isinstance(value, bool) or not isinstance(value, int | float | complex):
        return constant(const), ATOM
    text = number(value)
    return text, 1 if text.startswith("-") else ATOM


def short_name(fn: Any) -> str:
    """``exp`` for np.exp and math.exp, ``linalg.solve``, ``special.gamma``."""
    name = function_name(fn)
    for prefix in ("np.", "math.", "scipy.", "operator.", "builtins."):
        name = name.removeprefix(prefix)
    return name


def _hashable(fn: Any) -> bool:
    try:
        hash(fn)
    except TypeError:
        return False
    return True


def _is(fn: Any, *choices: Any) -> bool:
    return any(fn is each for each in choices)


__all__ = ["ATOM", "BAR", "DOT", "LONGEST", "Formula", "dual", "number", "numbered", "shown"]
