"""The IR: structured SSA over *values*. Nothing in it has an address.

::

    fn      ::= fn name(param*) body
    region  ::= (param*) stmt* yield atom*
    stmt    ::= v* = call fn(arg*, key=arg*)          # a callable with a rule, or a primitive
              | v* = if atom region region            # or ``try`` region ``except`` region
              | v* = for p in range(atom, atom, atom) carry(p = atom, ...) region [until flag]
              | v* = while carry(p = atom, ...) region{test} region{body} [until flag]
              | v* = apply fn(atom*)                  # a recursive function of the program
              | v? = effect fn(arg*)                  # print, a random draw: once, and in order
              | raise arg
    arg     ::= atom | (arg*) | slice(arg, arg, arg)
    atom    ::= v | constant | undef

A store into an array is ``v' = update(v, path, e)``: a new value, equal to the old one but at
``path``. The frontend resolves which array a name, a view or an object's field stands for, and
refuses where it cannot; from there on, no transform can go wrong over an alias. Which updates may
be done in the operand's own memory is decided once, at the end, by ``optimise/buffers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from adcompiler.ir.types import Type

_serial = count()


class Var:
    """An SSA value. ``hint`` is the name it would like; ``user`` marks a name of the user's own."""

    __slots__ = ("hint", "serial", "type", "user")

    def __init__(self, type: Type, hint: str | None = None, user: bool = False) -> None:
        self.type = type
        self.hint = hint
        self.user = user
        self.serial = next(_serial)

    def __repr__(self) -> str:
        return f"%{self.hint or 't'}.{self.serial}"


class Const:
    """A constant: a number, None, a string, a dtype. ``name`` is how it was written (``np.pi``)."""

    __slots__ = ("name", "type", "value")

    def __init__(self, value: Any, type: Type, name: str | None = None) -> None:
        self.value = value
        self.type = type
        self.name = name

    def __repr__(self) -> str:
        return repr(self.value)


class Undef:
    """A name that is bound on other paths only. Reading it is the user's UnboundLocalError."""

    __slots__ = ("type",)

    def __init__(self, type: Type) -> None:
        self.type = type

    def __repr__(self) -> str:
        return "undef"


class Slice(NamedTuple):
    """``start:stop:step`` within an index."""

    start: Any
    stop: Any
    step: Any


class Prim:
    """An operation of the IR itself, which no user function stands for."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


class Method:
    """A method by its name: called with the object first."""

    __slots__ = ("__name__",)

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, owner: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(owner, self.__name__)(*args, **kwargs)

    def __repr__(self) -> str:
        return f".{self.__name__}"


READ = Prim("read")  # read(v, index): one element, a slice, a gather; of an array or a list
UPDATE = Prim("update")  # update(v, path, e): v with e at path; path is a tuple of indices
ADD_AT = Prim("add_at")  # add_at(v, path, e): v with e added at path, repeats adding up
CAST = Prim("cast")  # cast(v, dtype): v.astype(dtype), or a scalar's conversion
COPY = Prim("copy")  # copy(v): equal, in memory of its own
ZEROS_LIKE = Prim("zeros_like")  # zeros_like(v): the zero of v's type and shape
MATCH = Prim("match")  # match(bar, like): summed over broadcast axes, real part, dtype
FIT = Prim("fit")  # fit(dot, like): broadcast to like's shape (a tangent takes its primal's)
DIM = Prim("dim")  # dim(v, axis): one length
LENGTH = Prim("length")  # length(l): of a list
LIST = Prim("list")  # list(e, ...): a new list
APPEND = Prim("append")  # append(l, e): l with e at its end
REPEAT = Prim("repeat")  # repeat(l, k): l, k times over
CONCAT = Prim("concat")  # concat(l, m): a list, and another behind it
TRIPS = Prim("trips")  # trips(start, stop, step): len(range(start, stop, step))
ZIP_ADD = Prim("zip_add")  # zip_add(l, m): two lists of one length, added item by item
DROP = Prim("drop")  # drop(l): l without its last element
WINNERS = Prim("winners")  # winners(like, index): which writes of a repeated index stay
ITEM = Prim("item")  # item(r, i, of=n): one of the n values in a companion's record
PACK = Prim("pack")  # pack(e, ...): a record (a tuple)


ATTRIBUTE = Prim("attribute")  # attribute(o, name): of an opaque object
SOLVED = Prim("solved")  # solved(v, f, p, ...): v, that makes the closure f of p, ... zero
INTEGRAL = Prim("integral")  # integral(v, f, a, b, p, ...): v, the integral of the closure f of p
TRAJECTORY = Prim("trajectory")  # trajectory(v, f, t, y, ..., p, ...): v, where y' is the closure f
IMPLICIT = (SOLVED, INTEGRAL, TRAJECTORY)  # by their argument ``operands``, where p, ... begin

NOT = Prim("not")  # not v
CHOOSE = Prim("choose")  # choose(cond, a, b): a if cond else b (made by emission only)
FORMATTED = Prim("formatted")  # formatted(v, conversion, spec): one field of an f-string
FORMAT = Prim("format")  # format(part, ...): an f-string


@dataclass(slots=True, eq=False)
class Place:
    """The user's line a statement came from. ``line`` counts from the ``def``."""

    line: int
    text: str
    function: str = ""
    node: Any = field(default=None, repr=False)
    source: Any = field(default=None, repr=False)
    derived: bool = False  # a tangent or adjoint statement of that line
    reverse: bool = False  # of the reverse sweep


@dataclass(slots=True, eq=False)
class Stmt:
    outs: tuple[Var, ...]
    place: Place | None


@dataclass(slots=True, eq=False)
class Op(Stmt):
    fn: Callable[..., Any] | Prim
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @property
    def type(self) -> Type:
        """Of the only result: an operation may stand where its result would (``emit/fold``)."""
        return self.outs[0].type


@dataclass(slots=True, eq=False)
class Region:
    params: list[Var] = field(default_factory=list)
    stmts: list[Stmt] = field(default_factory=list)
    results: list[Any] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class If(Stmt):
    cond: Any
    then: Region
    orelse: Region
    expression: bool = False  # written as an expression: ``a if c else b``, ``a and b``
    catches: tuple[type[BaseException], ...] = ()
    """Where there are any, ``orelse`` takes over once one of these is raised in ``then``. Nothing
    may be moved into ``then``, and the first of ``outs`` tells whether it came to its end."""


@dataclass(slots=True, eq=False)
class For(Stmt):
    """``body.params[0]`` is the index; the rest are carried. ``until`` is the position among the
    carried values of the flag that ends the loop early, or None."""

    start: Any
    stop: Any
    step: Any
    inits: list[Any]
    body: Region
    until: int | None = None


@dataclass(slots=True, eq=False)
class While(Stmt):
    """``test`` and ``body`` take the same parameters, the carried values; ``test`` yields one."""

    inits: list[Any]
    test: Region
    body: Region
    until: int | None = None


@dataclass(slots=True, eq=False)
class Apply(Stmt):
    """A call of another function of the program, by name (recursion). What it returns is the
    caller's own, but for records; ``effects``: it is called even where no result is read."""

    callee: str
    args: tuple[Any, ...]
    effects: bool = False


@dataclass(slots=True, eq=False)
class Effect(Stmt):
    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(slots=True, eq=False)
class Raise(Stmt):
    """``fn(*args)`` is raised; ``fn`` is an exception class."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]


@dataclass(slots=True, eq=False)
class Function:
    """``params`` are leaves: what ``paths`` says of the Python-level arguments."""

    name: str
    params: list[Var]
    body: Region

    @property
    def results(self) -> list[Any]:
        return self.body.results


def flatten(arg: Any) -> Iterator[Any]:
    """The atoms of an argument; expressions may be nested as deep as a sum has terms."""
    todo = [arg]
    while todo:
        each = todo.pop()
        if isinstance(each, (tuple, list)):
            todo.extend(reversed(each))
        elif isinstance(each, Op):  # folded into the expression that reads it
            todo.extend(reversed(each.kwargs.values()))
            todo.extend(reversed(each.args))
        elif each is not None:
            yield each


def map_atoms(arg: Any, fn: Callable[[Any], Any]) -> Any:
    """``arg`` with ``fn`` applied to every atom."""
    if isinstance(arg, Slice):
        return Slice(*(map_atoms(each, fn) for each in arg))
    if isinstance(arg, (tuple, list)):
        return type(arg)(map_atoms(each, fn) for each in arg)
    return fn(arg) if arg is not None else None


def regions(stmt: Stmt) -> tuple[Region, ...]:
    """The regions nested directly in a statement."""
    if isinstance(stmt, If):
        return (stmt.then, stmt.orelse)
    if isinstance(stmt, For):
        return (stmt.body,)
    if isinstance(stmt, While):
        return (stmt.test, stmt.body)
    if isinstance(stmt, Pullback):
        return (stmt.body,)
    return ()


def operands(stmt: Stmt) -> Iterator[Any]:
    """The atoms a statement reads itself (not in its regions)."""
    if isinstance(stmt, (Op, Effect)):
        yield from flatten(stmt.args)
        for each in stmt.kwargs.values():
            yield from flatten(each)
    elif isinstance(stmt, If):
        yield from flatten(stmt.cond)
    elif isinstance(stmt, For):
        yield from flatten((stmt.start, stmt.stop, stmt.step))
        yield from flatten(stmt.inits)
    elif isinstance(stmt, While):
        yield from flatten(stmt.inits)
    elif isinstance(stmt, (Apply, Raise)):
        yield from flatten(stmt.args)


def walk(region: Region) -> Iterator[Stmt]:
    """Every statement, outer before inner, in program order."""
    todo = list(reversed(region.stmts))
    while todo:
        stmt = todo.pop()
        yield stmt
        for inner in reversed(regions(stmt)):
            todo.extend(reversed(inner.stmts))


@dataclass(slots=True, eq=False)
class Pullback(Stmt):
    """A function that is handed out: its region may run any number of times, from outside."""

    body: Region


@dataclass(slots=True, eq=False)
class Closure(Pullback):
    """A function for a callee, which runs it in the next statement only."""
