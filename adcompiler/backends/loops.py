"""The loop IR: scalars, arrays with lengths, loops, loads and stores. What `native` text says.

::

    kernel  ::= kernel name(param*) stmt*
    stmt    ::= v = expr                              # a scalar
              | a[expr*] = expr                       # one element
              | alloc a: dtype[expr*] (fill)?         # fresh memory, C order
              | nest (i < expr)* { stmt* }            # a rectangle of trips, in order
              | for i in range(expr, expr, expr) { stmt* } | while { stmt* } expr { stmt* }
              | if expr { stmt* } else { stmt* } | break
              | require expr                          # else the kernel gives up
              | v = whole "text" | do "text"          # whole arrays and lists, as text
              | return v*
    expr    ::= number | v | a[expr*] | operation(expr*)

Arrays of different *roots* never share memory. A requirement that fails ends the kernel; whoever
called it computes the result in another way. So a requirement may be checked earlier than needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adcompiler.emit.names import NameAllocator
from adcompiler.errors import InternalError


@dataclass(frozen=True)
class Num:
    value: Any
    dtype: str


@dataclass(frozen=True)
class Name:
    id: str
    dtype: str


@dataclass(frozen=True)
class Load:
    array: str
    index: tuple[Expr, ...]
    dtype: str


@dataclass(frozen=True)
class Call:
    """``fn`` is an operator (``+``), ``neg``, ``not``, ``where``, ``.real``, or a function."""

    fn: str
    args: tuple[Expr, ...]
    dtype: str


Expr = Num | Name | Load | Call


@dataclass(frozen=True)
class Array:
    """What is known of a name that holds an array. ``temporary``: made here, with ``Alloc``."""

    dtype: str
    ndim: int
    root: Any


@dataclass(eq=False)
class Stmt:
    place: Any


@dataclass(eq=False)
class Assign(Stmt):
    target: str
    value: Expr


@dataclass(eq=False)
class Store(Stmt):
    array: str
    index: tuple[Expr, ...]
    value: Expr


@dataclass(eq=False)
class Alloc(Stmt):
    array: str
    lens: tuple[Expr, ...]
    dtype: str
    fill: bool = False  # with zeros


@dataclass(eq=False)
class Nest(Stmt):
    indices: tuple[str, ...]
    lens: tuple[Expr, ...]
    body: list[Stmt]


@dataclass(eq=False)
class For(Stmt):
    index: str
    start: Expr
    stop: Expr
    step: Expr
    body: list[Stmt]


@dataclass(eq=False)
class While(Stmt):
    test: list[Stmt]
    cond: Expr
    body: list[Stmt]


@dataclass(eq=False)
class If(Stmt):
    cond: Expr
    then: list[Stmt]
    orelse: list[Stmt]


@dataclass(eq=False)
class Break(Stmt):
    pass


@dataclass(eq=False)
class Require(Stmt):
    cond: Expr
    what: str


@dataclass(eq=False)
class Whole(Stmt):
    """``target = template`` with operands: names of arrays and lists, or scalars."""

    target: str
    template: str
    operands: tuple[str | Expr, ...]


@dataclass(eq=False)
class Do(Stmt):
    """A statement that changes a list: its first operand."""

    template: str
    operands: tuple[str | Expr, ...]


@dataclass(eq=False)
class Return(Stmt):
    values: tuple[str | Expr, ...]


@dataclass
class Kernel:
    name: str
    params: list[str]
    body: list[Stmt]
    arrays: dict[str, Array]
    doc: str = ""
    names: NameAllocator = field(default_factory=NameAllocator)


# ---- looking through expressions and statements


def inside(expr: Expr) -> Iterator[Expr]:
    """An expression and all in it."""
    todo = [expr]
    while todo:
        each = todo.pop()
        yield each
        if isinstance(each, Call):
            todo.extend(each.args)
        elif isinstance(each, Load):
            todo.extend(each.index)


def blocks(stmt: Stmt) -> tuple[list[Stmt], ...]:
    """The blocks nested directly in a statement."""
    if isinstance(stmt, Nest | For):
        return (stmt.body,)
    if isinstance(stmt, While):
        return (stmt.test, stmt.body)
    if isinstance(stmt, If):
        return (stmt.then, stmt.orelse)
    return ()


def walk(block: list[Stmt]) -> Iterator[Stmt]:
    """Every statement, in order."""
    todo = list(reversed(block))
    while todo:
        stmt = todo.pop()
        yield stmt
        for inner in reversed(blocks(stmt)):
            todo.extend(reversed(inner))


def own_exprs(stmt: Stmt) -> Iterator[Expr]:
    """The expressions that a statement evaluates itself."""
    if isinstance(stmt, Assign):
        yield stmt.value
    elif isinstance(stmt, Store):
        yield from stmt.index
        yield stmt.value
    elif isinstance(stmt, Alloc | Nest):
        yield from stmt.lens
    elif isinstance(stmt, For):
        yield from (stmt.start, stmt.stop, stmt.step)
    elif isinstance(stmt, While | If | Require):
        yield stmt.cond
    elif isinstance(stmt, Whole | Do):
        yield from (each for each in stmt.operands if not isinstance(each, str))
    elif isinstance(stmt, Return):
        yield from (each for each in stmt.values if not isinstance(each, str))


def whole_names(stmt: Stmt) -> tuple[str, ...]:
    """The names of arrays and lists that a statement uses as a whole."""
    if isinstance(stmt, Whole | Do):
        return tuple(each for each in stmt.operands if isinstance(each, str))
    if isinstance(stmt, Return):
        return tuple(each for each in stmt.values if isinstance(each, str))
    return ()


def mapped(expr: Expr, change: Any) -> Expr:
    """``expr`` with ``change`` applied to every part, inner first."""
    if isinstance(expr, Call):
        args = tuple(mapped(each, change) for each in expr.args)
        expr = expr if args == expr.args else Call(expr.fn, args, expr.dtype)
    elif isinstance(expr, Load):
        index = tuple(mapped(each, change) for each in expr.index)
        expr = expr if index == expr.index else Load(expr.array, index, expr.dtype)
    return change(expr)


def rewrite(block: list[Stmt], change: Any) -> None:
    """Every expression in a block changed, in place."""
    for stmt in walk(block):
        rewrite_own(stmt, change)


def rewrite_own(stmt: Stmt, change: Any) -> None:
    if isinstance(stmt, Assign):
        stmt.value = mapped(stmt.value, change)
    elif isinstance(stmt, Store):
        stmt.index = tuple(mapped(each, change) for each in stmt.index)
        stmt.value = mapped(stmt.value, change)
    elif isinstance(stmt, Alloc | Nest):
        stmt.lens = tuple(mapped(each, change) for each in stmt.lens)
    elif isinstance(stmt, For):
        stmt.start, stmt.stop, stmt.step = (
            mapped(each, change) for each in (stmt.start, stmt.stop, stmt.step)
        )
    elif isinstance(stmt, While | If | Require):
        stmt.cond = mapped(stmt.cond, change)
    elif isinstance(stmt, Whole | Do):
        stmt.operands = tuple(
            each if isinstance(each, str) else mapped(each, change) for each in stmt.operands
        )
    elif isinstance(stmt, Return):
        stmt.values = tuple(
            each if isinstance(each, str) else mapped(each, change) for each in stmt.values
        )


# ---- verifier


def verify(kernel: Kernel) -> None:
    """Names are defined before they are read, indices have the array's rank, stores its kind."""
    _Verifier(kernel).run()


class _Verifier:
    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def fail(self, why: str) -> None:
        raise InternalError(f"{self.kernel.name}: the loop form is not valid: {why}")

    def run(self) -> None:
        self.block(self.kernel.body, set(self.kernel.params), in_loop=False)

    def block(self, block: list[Stmt], known: set[str], in_loop: bool) -> set[str]:
        """The names known after the block; a name bound on some paths only counts as known."""
        for stmt in block:
            for expr in () if isinstance(stmt, While) else own_exprs(stmt):
                self.expr(expr, known)
            for name in whole_names(stmt):
                if name not in known:
                    self.fail(f"{name} is used before it is defined")
            if isinstance(stmt, Break) and not in_loop:
                self.fail("break outside a loop")
            if isinstance(stmt, Store):
                self.store(stmt, known)
            elif isinstance(stmt, Alloc):
                if len(stmt.lens) != self.array(stmt.array).ndim:
                    self.fail(f"{stmt.array} is allocated with another rank")
                known = known | {stmt.array}
            elif isinstance(stmt, Assign | Whole):
                known = known | {stmt.target}
            elif isinstance(stmt, Nest):
                if len(stmt.indices) != len(stmt.lens) or not stmt.indices:
                    self.fail("a nest with an index too many")
                known = known | self.block(stmt.body, known | set(stmt.indices), False)
            elif isinstance(stmt, For):
                known = known | self.block(stmt.body, known | {stmt.index}, True)
            elif isinstance(stmt, While):
                inner = self.block(stmt.test, known, True)
                self.expr(stmt.cond, inner)
                known = known | self.block(stmt.body, inner, True)
            elif isinstance(stmt, If):
                then = self.block(stmt.then, known, in_loop)
                known = then | self.block(stmt.orelse, known, in_loop)
        return known

    def array(self, name: str) -> Array:
        found = self.kernel.arrays.get(name)
        if found is None:
            self.fail(f"{name} is no array")
            raise AssertionError
        return found

    def store(self, stmt: Store, known: set[str]) -> None:
        array = self.array(stmt.array)
        if stmt.array not in known:
            self.fail(f"{stmt.array} is stored to before it is made")
        if len(stmt.index) != array.ndim:
            self.fail(f"{stmt.array} has {array.ndim} axes, and {len(stmt.index)} indices")
        if array.dtype != stmt.value.dtype:
            self.fail(f"{stmt.array} holds {array.dtype}, and {stmt.value.dtype} is stored")

    def expr(self, expr: Expr, known: set[str]) -> None:
        for each in inside(expr):
            if isinstance(each, Name) and each.id not in known:
                self.fail(f"{each.id} is read before it is defined")
            if isinstance(each, Load):
                array = self.array(each.array)
                if each.array not in known:
                    self.fail(f"{each.array} is read before it is made")
                if len(each.index) != array.ndim:
                    self.fail(f"{each.array} has {array.ndim} axes, and {len(each.index)} indices")
                if array.dtype != each.dtype:
                    self.fail(f"{each.array} holds {array.dtype}, and is read as {each.dtype}")
