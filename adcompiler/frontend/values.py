"""What a Python expression stands for while a function is lowered.

Numbers are IR atoms. Everything with structure (tuples, lists, dicts, objects, functions, views)
is known to the compiler and never reaches the IR: a name bound to ``(a, b)`` is two values, and a
view of an array is the array's *cell* and the path into it. Cells are what can be mutated; the
state says what each holds now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adcompiler.ir.nodes import Const, Undef, Var, map_atoms


@dataclass(frozen=True)
class Ref:
    """An array: a cell, and the indices of a view of it."""

    cell: int
    path: tuple[Any, ...] = ()


@dataclass(frozen=True, eq=False)
class View:
    """A step of a path that is no index: ``fn(a, *args, **kwargs)``, which is a view of ``a``.

    ``index`` selects the same, or ``perm`` tells where its axes come from; else it is ``a`` in
    another shape.
    """

    fn: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    type: Any
    perm: tuple[int, ...] | None = None
    index: tuple[Any, ...] | None = None

    @property
    def in_f_order(self) -> bool:
        """Whether the other shape is filled with the first axis running fastest."""
        order = self.kwargs.get("order")
        return isinstance(order, Const) and order.value == "F"

    def mapped(self, fn: Any) -> View:
        args = map_atoms(self.args, fn)
        return View(self.fn, args, self.kwargs, self.type, self.perm, self.index)


@dataclass(frozen=True)
class TupleV:
    items: tuple[Any, ...]
    cls: type | None = None  # a namedtuple's class


@dataclass(frozen=True)
class ListV:
    cell: int


@dataclass(frozen=True)
class DictV:
    cell: int


@dataclass(frozen=True)
class SetV(DictV):
    """A set of fixed values: its cell holds them as the keys of entries."""


@dataclass(frozen=True)
class ObjV:
    cell: int
    cls: type


@dataclass(frozen=True)
class Static:
    """A Python object known while compiling: a module, a function, a string, None, a dtype."""

    value: Any


@dataclass(frozen=True, eq=False)
class FuncV:
    """A function or lambda defined inside the function being compiled."""

    node: Any
    frame: int
    source: Any
    defaults: tuple[Any, ...]
    kw_defaults: tuple[Any, ...]
    name: str


@dataclass(frozen=True)
class BoundV:
    """A method with its object; ``fn`` is a value that can be called with it first."""

    fn: Any
    self: Any


@dataclass(frozen=True)
class MethodV:
    """A built-in method (``list.append``, ``ndarray.sum``) with its object."""

    name: str
    self: Any


@dataclass(frozen=True)
class PartialV:
    fn: Any
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class SuperV:
    cls: type
    self: Any


@dataclass(frozen=True)
class RangeV:
    start: Any
    stop: Any
    step: Any


@dataclass(frozen=True)
class SliceV:
    start: Any
    stop: Any
    step: Any


@dataclass(frozen=True)
class LazyV:
    """enumerate, zip, reversed, map, a generator expression: iterated, never stored."""

    kind: str
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class OptV:
    """None on some paths: the flag says on which."""

    is_none: Any
    value: Any


@dataclass(frozen=True)
class Unbound:
    """A name that is not bound (yet, or any more)."""


@dataclass(frozen=True)
class Poison:
    """Something whose value the compiler lost track of; reading it is refused."""

    reason: str
    remedy: str = ""
    code: str = "AD212"
    ask: Exception | None = None  # what to raise in place of a refusal, to compile with more known


UNBOUND = Unbound()


# ---- what cells hold


@dataclass(frozen=True)
class Items:
    """A list of known length."""

    items: tuple[Any, ...]


@dataclass(frozen=True)
class Choice:
    """An array that is one or another, as a branch decided: a cell without memory of its own."""

    cond: Any
    then: Ref
    orelse: Ref
    type: Any
    hint: str


@dataclass(frozen=True)
class DynList:
    """A list of unknown length: one IR list for each leaf of its elements' structure."""

    shape: Any  # None for a leaf, else a tuple of shapes
    lists: tuple[Any, ...]


@dataclass(frozen=True)
class Entries:
    """A dict with known keys, in order."""

    entries: tuple[tuple[Any, Any], ...]

    def get(self, key: Any) -> Any:
        for k, v in self.entries:
            if type(k) is type(key) and k == key:
                return v
        return None

    def put(self, key: Any, value: Any) -> Entries:
        kept = []
        found = False
        for k, v in self.entries:
            if type(k) is type(key) and k == key:
                kept.append((k, value))
                found = True
            else:
                kept.append((k, v))
        return Entries(tuple(kept) if found else (*kept, (key, value)))

    def drop(self, key: Any) -> Entries:
        return Entries(tuple((k, v) for k, v in self.entries if k != key))


@dataclass(frozen=True)
class Fields:
    """An object's attributes."""

    entries: tuple[tuple[str, Any], ...]

    def get(self, name: str) -> Any:
        for k, v in self.entries:
            if k == name:
                return v
        return None

    def put(self, name: str, value: Any) -> Fields:
        kept = dict(self.entries)
        kept[name] = value
        return Fields(tuple(kept.items()))


class Heap(dict[int, Any]):
    """What cells hold. ``outside`` are the cells of captures, which every state has from the start,
    wherever the function first reads them."""

    def __init__(self, cells: Any = (), outside: dict[int, Any] | None = None) -> None:
        super().__init__(cells)
        self.outside = outside if outside is not None else {}

    def __missing__(self, cell: int) -> Any:
        return self.outside[cell]

    def get(self, cell: int, default: Any = None) -> Any:
        found = super().get(cell)
        return found if found is not None else self.outside.get(cell, default)

    def copy(self) -> Heap:
        return Heap(self, self.outside)


@dataclass
class State:
    """What names and cells hold at one point of the program. Copied at every branch."""

    vars: dict[tuple[int, str], Any]
    heap: Heap
    alias: dict[int, frozenset[int]]
    views: dict[Any, Any]
    dead: bool = False  # past a raise

    def copy(self) -> State:
        return State(
            dict(self.vars), self.heap.copy(), dict(self.alias), dict(self.views), self.dead
        )


def is_number(value: Any) -> bool:
    """Whether ``value`` is an IR atom."""
    return isinstance(value, Var | Const | Undef)


def known(value: Any) -> bool:
    """Whether a value is a compile-time Python object that ``constant`` can return."""
    if isinstance(value, TupleV):
        return all(known(each) for each in value.items)
    return isinstance(value, Static | Const)


def constant(value: Any) -> Any:
    """The Python object of a known value."""
    if isinstance(value, TupleV):
        return tuple(constant(each) for each in value.items)
    return value.value
