"""Building statements: a stack of open blocks, types from inference, local simplification.

``simplify`` is on while derivative statements are built: ``1.0 * x`` is never made, ``x + (-y)``
becomes ``x - y``, and equal pure calls within reach are made once. The user's own statements are
built with it off: they stay as they were written.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import numpy as np

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Op, Place, Region, Stmt, Undef, Var
from adcompiler.ir.types import BOOL, COMPLEX, FLOAT, INT, NONE, STR, Array, Opaque, Scalar, Type

Simplifier = Callable[["Builder", Any, tuple[Any, ...], dict[str, Any]], Any]


_ARITHMETIC = frozenset(
    (
        *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv),
        *(operator.mod, operator.pow, operator.neg, operator.pos),
    )
)


_WIDTHS: dict[str, Any] = {"float32": 32, "complex64": 32, "float64": 64, "complex128": 64}
_OF_WIDTH: dict[Any, str] = {
    ("f", 32): "float32", ("c", 32): "complex64", ("f", 64): "float64", ("c", 64): "complex128",
}  # fmt: skip


def const(value: Any) -> Const:
    """A constant of its Python type."""
    if value is None:
        return Const(None, NONE)
    if isinstance(value, bool):
        return Const(value, BOOL)
    if isinstance(value, int):
        return Const(value, INT)
    if isinstance(value, float):
        return Const(float(value), FLOAT)
    if isinstance(value, complex):
        return Const(complex(value), COMPLEX)
    if isinstance(value, str):
        return Const(value, STR)
    return Const(value, Opaque(type(value).__name__))


class Builder:
    """Appends statements to the innermost open region."""

    def __init__(self, type_of: Any, simplifier: Simplifier | None = None) -> None:
        self.type_of = type_of
        self.simplifier = simplifier
        self.simplify = False
        self.blocks: list[list[Stmt]] = []
        self.defs: dict[Var, Stmt] = {}
        self.shared: set[Var] = set()  # adjoints that go to several operands
        self.place: Place | None = None

    @contextmanager
    def block(self, region: Region):
        """Statements made inside go to ``region``."""
        self.blocks.append(region.stmts)
        try:
            yield region
        finally:
            self.blocks.pop()

    @contextmanager
    def at(self, place: Place | None):
        """Statements made inside come from ``place``."""
        before, self.place = self.place, place
        try:
            yield
        finally:
            self.place = before

    def know(self, region: Region) -> None:
        """Look definitions up in ``region`` from now on: passes make statements anew."""
        for stmt in n.walk(region):
            for out in stmt.outs:
                self.defs[out] = stmt

    def add_stmt(self, stmt: Stmt) -> Stmt:
        self.blocks[-1].append(stmt)
        for out in stmt.outs:
            self.defs[out] = stmt
        return stmt

    def call(
        self, fn: Any, *args: Any, hint: str | None = None, types: Any = None, **kwargs: Any
    ) -> Any:
        """``fn(*args, **kwargs)``; one value, or a tuple where ``fn`` returns several."""
        if self.simplify and self.simplifier is not None:
            made = self.simplifier(self, fn, args, kwargs)
            if made is not None:
                return made
        return self.raw(fn, args, kwargs, hint=hint, types=types)

    def raw(
        self,
        fn: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any] | None = None,
        hint: str | None = None,
        types: Any = None,
    ) -> Any:
        kwargs = kwargs or {}
        if types is None:
            types = self.type_of(fn, args, kwargs, self.defs)
        outs = tuple(Var(t, hint) for t in types)
        self.add_stmt(Op(outs, self.place, fn, args, kwargs))
        return outs[0] if len(outs) == 1 else outs

    def is_numpys(self, value: Any) -> bool:
        """Whether a value is certainly an array or one of NumPy's numbers when the text runs."""
        todo, seen = [value], set()
        while todo:
            each = todo.pop()
            if not isinstance(each, Var):
                continue
            if isinstance(each.type, Array):
                return True
            if each in seen or getattr(each.type, "weak", True):
                continue
            seen.add(each)
            if each.type.dtype not in ("float64", "complex128", "int64", "bool"):
                return True
            made = self.defs.get(each)
            if isinstance(made, Op):
                if isinstance(made.fn, np.ufunc) or made.fn in (n.READ, n.CAST):
                    return True
                if made.fn in _ARITHMETIC:
                    todo += made.args
        return False

    # ---- shorthands for what transforms build most

    def add(self, a: Any, b: Any) -> Any:
        return self.call(operator.add, a, b)

    def sub(self, a: Any, b: Any) -> Any:
        return self.call(operator.sub, a, b)

    def mul(self, a: Any, b: Any) -> Any:
        return self.call(operator.mul, a, b)

    def neg(self, a: Any) -> Any:
        return self.call(operator.neg, a)

    def read(self, v: Any, index: Any, hint: str | None = None) -> Any:
        return self.call(n.READ, v, index, hint=hint)

    def exact(self, atom: Any, like: Type) -> Any:
        """A number of the very precision of ``like``: a constant is printed as one of Python's."""
        dtype = getattr(like, "dtype", "float64")
        plain = dtype in ("float64", "complex128", "int64", "bool")
        if plain or not isinstance(atom.type, Scalar):
            return atom
        if not isinstance(atom, Const) and atom.type.dtype == dtype:
            return atom
        return self.raw(n.CAST, (atom, Const(np.dtype(dtype).type, Opaque("dtype"))))

    def precise(self, atom: Any, like: Type) -> Any:
        """A number or array in the precision of ``like``, real or complex as it is."""
        t = atom.type
        if not (isinstance(t, Scalar | Array) and isinstance(like, Scalar | Array)):
            return atom
        widths = [_WIDTHS.get(each.dtype) for each in (t, like)]
        if None in widths or widths[0] == widths[1] or isinstance(atom, Const):
            return atom
        if getattr(t, "weak", False) or getattr(like, "weak", False):
            return atom
        dtype = _OF_WIDTH[t.dtype[0], widths[1]]
        return self.raw(n.CAST, (atom, Const(np.dtype(dtype).type, Opaque("dtype"))))

    def zeros_like(self, v: Any, hint: str | None = None) -> Any:
        zero = zero_of(v.type)
        made = self.defs.get(v) if isinstance(v, Var) else None
        if isinstance(made, Op) and made.fn is n.ZEROS_LIKE:
            v = made.args[0]
        return zero if zero is not None else self.raw(n.ZEROS_LIKE, (v,), hint=hint)


def zero_of(t: Type) -> Const | None:
    """The zero of a scalar type; None for others."""
    if isinstance(t, Scalar):
        if t.dtype[0] == "c":
            return Const(0j, t)
        return Const(0.0, Scalar(t.dtype if t.dtype[0] == "f" else "float64", True))
    return None


def is_const(atom: Any, *values: Any) -> bool:
    """Whether ``atom`` is a numeric constant equal to one of ``values``."""
    return (
        isinstance(atom, Const)
        and isinstance(atom.value, int | float | complex)
        and not isinstance(atom.value, bool)
        and any(atom.value == v for v in values)
    )


def is_atom(value: Any) -> bool:
    return isinstance(value, Var | Const | Undef)


def same_shape(a: Type, b: Type) -> bool:
    """Whether two types certainly have the same shape."""
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return True
    if isinstance(a, Array) and isinstance(b, Array):
        return not (a.loose or b.loose) and a.ndim == b.ndim and all(
            p.same(q) or (p.one is False and q.one is False)
            for p, q in zip(a.dims, b.dims, strict=True)
        )
    return False
