"""What a derivative is specialised for: the kinds of its arguments.

A *spec* says of an argument what the compiler may rely on: a number's precision, an array's dtype,
rank and which axes have length one, a container's structure and the specs in it, a fixed value.
Specs of numbers and arrays are made once each, so that comparing signatures compares identities.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from adcompiler.frontend import values as v
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const, Var
from adcompiler.ir.types import Array, Dim, List, Opaque, Scalar, Type
from adcompiler.rules import shipped
from adcompiler.rules.contract import REGISTRY

_DEPTH = 6


class ScalarSpec:
    __slots__ = ("type",)

    def __init__(self, dtype: str, weak: bool) -> None:
        self.type = Scalar(dtype, weak)

    def __repr__(self) -> str:
        return str(self.type)


class ArraySpec:
    """``order`` is compiled in only where it decides whether two names share memory: "C", "F", or
    "" for any other. Ahead of time it is not known which axes have length one; ``axes`` has what
    is: a length, a name that is the same wherever the length is, or None."""

    __slots__ = ("axes", "dtype", "ones", "order")

    def __init__(
        self,
        dtype: str,
        ones: tuple[bool, ...],
        order: str | None = None,
        axes: tuple[int | str | None, ...] | None = None,
    ) -> None:
        self.dtype = dtype
        self.ones = ones
        self.order = order
        self.axes = axes

    def dims(self, hint: str) -> tuple[Dim, ...]:
        """The dimensions that an argument called ``hint`` starts with."""
        if self.axes is None:
            return tuple(
                Dim.number(1) if one else Dim(f"{hint}.{axis}", 0, False)
                for axis, one in enumerate(self.ones)
            )
        return tuple(
            Dim.number(each) if isinstance(each, int) else Dim(f"@{each or f'{hint}.{axis}'}")
            for axis, each in enumerate(self.axes)
        )

    def __repr__(self) -> str:
        axes = ", ".join("1" if one else ":" for one in self.ones)
        return f"{self.dtype}[{axes}]" + (f" in {self.order} order" if self.order else "")


@dataclasses.dataclass(frozen=True)
class TupleSpec:
    items: tuple[Any, ...]
    cls: type | None = None


@dataclasses.dataclass(frozen=True)
class ListSpec:
    items: tuple[Any, ...]


@dataclasses.dataclass(frozen=True)
class LongListSpec:
    """A list of numbers of one kind, too long to be worth unrolling: its length is not fixed."""

    elem: Any


@dataclasses.dataclass(frozen=True)
class DictSpec:
    entries: tuple[tuple[Any, Any], ...]


@dataclasses.dataclass(frozen=True)
class ObjectSpec:
    cls: type
    fields: tuple[tuple[str, Any], ...]


@dataclasses.dataclass(frozen=True)
class StaticSpec:
    """A value that the derivative is compiled for: None, a bool, a string, a function, ..."""

    kind: type
    value: Any


@dataclasses.dataclass(frozen=True)
class OpaqueSpec:
    """An object that may be passed on but not looked into."""

    cls: type


@dataclasses.dataclass(frozen=True)
class SameSpec:
    """The very array that another parameter stands for; ``spec`` is its own."""

    name: str
    spec: ArraySpec


_FLOAT = ScalarSpec("float64", True)
_SCALARS: dict[type, ScalarSpec] = {
    float: _FLOAT,
    int: ScalarSpec("int64", True),
    complex: ScalarSpec("complex128", True),
}
_ARRAYS: dict[Any, ArraySpec] = {}
_ORDERED: dict[tuple[ArraySpec, str], ArraySpec] = {}
LONG_LIST = 16


def spec_of(value: Any, depth: int = 0) -> Any:
    """The spec of an argument, a capture or a field."""
    cls = type(value)
    scalar = _SCALARS.get(cls)
    if scalar is not None:
        return scalar
    if cls is np.ndarray:
        return array_spec(value)
    return _other_spec(value, cls, depth)


def array_spec(value: np.ndarray) -> Any:
    shape = value.shape
    key = (
        (value.dtype, shape[0] == 1)
        if len(shape) == 1
        else (value.dtype, tuple([k == 1 for k in shape]))
    )
    found = _ARRAYS.get(key)
    if found is None:
        if value.dtype.kind not in "fciub":
            return OpaqueSpec(np.ndarray)
        ones = tuple(bool(k == 1) for k in shape)
        found = _ARRAYS[key] = ArraySpec(value.dtype.name, ones)  # in whatever byte order
    return found


def at_end(value: Any, steps: Sequence[Step]) -> Any:
    """What a way of steps leads to."""
    for step in steps:
        value = step.get(value)
    return value


def pinned(spec: Any, steps: Sequence[Step], value: Any) -> Any:
    """``spec`` where, at the end of a way of steps, ``value`` is compiled in: an integer, or the
    memory order of an array."""
    if not steps:
        if isinstance(spec, ArraySpec):
            key = (spec, _order(value))
            return _ORDERED.setdefault(key, ArraySpec(spec.dtype, spec.ones, key[1], spec.axes))
        return StaticSpec(int, int(value))
    key, rest = steps[0].key, steps[1:]
    if isinstance(spec, TupleSpec | ListSpec):
        items = [pinned(x, rest, value) if k == key else x for k, x in enumerate(spec.items)]
        return dataclasses.replace(spec, items=tuple(items))
    if isinstance(spec, DictSpec):
        entries = [(k, pinned(x, rest, value) if k == key else x) for k, x in spec.entries]
        return dataclasses.replace(spec, entries=tuple(entries))
    assert isinstance(spec, ObjectSpec), spec
    parts = [(k, pinned(x, rest, value) if k == key else x) for k, x in spec.fields]
    return dataclasses.replace(spec, fields=tuple(parts))


def _order(value: Any) -> str:
    """Of an array's memory; of anything else, "C"."""
    flags = getattr(value, "flags", None)
    if flags is None or flags.c_contiguous:
        return "C"
    return "F" if flags.f_contiguous else ""


def _other_spec(value: Any, cls: type, depth: int) -> Any:
    if isinstance(value, np.bool_ | bool):
        return StaticSpec(bool, bool(value))
    if isinstance(value, enum.Enum):
        return StaticSpec(cls, value)
    if isinstance(value, np.number):
        return _SCALARS.setdefault(cls, ScalarSpec(str(value.dtype), False))
    if value is None or isinstance(value, str | bytes | types.ModuleType | type | np.dtype):
        return StaticSpec(cls, value)
    if isinstance(value, slice | range) or value is Ellipsis:
        return StaticSpec(cls, value)
    if cls in (set, frozenset) and all(isinstance(x, str | int | float | None) for x in value):
        return StaticSpec(cls, frozenset(value))
    if depth > _DEPTH:
        return OpaqueSpec(cls)
    if isinstance(value, tuple):
        named = cls if hasattr(cls, "_fields") else None
        return TupleSpec(tuple(spec_of(each, depth + 1) for each in value), named)
    if cls is list:
        items = tuple(spec_of(each, depth + 1) for each in value)
        if len(items) > LONG_LIST and all(each is items[0] for each in items):
            if isinstance(items[0], ScalarSpec):
                return LongListSpec(items[0])
        return ListSpec(items)
    if isinstance(value, dict):
        return DictSpec(tuple((k, spec_of(x, depth + 1)) for k, x in value.items()))
    if isinstance(value, np.ndarray):  # a subclass: np.matrix, a masked array, ...
        return OpaqueSpec(cls)
    if is_function(value):
        return StaticSpec(cls, REGISTRY.key(value))
    if hasattr(value, "__dict__") and not isinstance(value, types.ModuleType):
        fields = vars(value).items()
        return ObjectSpec(cls, tuple((k, spec_of(x, depth + 1)) for k, x in fields))
    if dataclasses.is_dataclass(value):
        names = [f.name for f in dataclasses.fields(value)]
        return ObjectSpec(cls, tuple((k, spec_of(getattr(value, k), depth + 1)) for k in names))
    slots = [s for base in cls.__mro__ for s in getattr(base, "__slots__", ())]
    if slots:
        return ObjectSpec(
            cls,
            tuple((k, spec_of(getattr(value, k), depth + 1)) for k in slots if hasattr(value, k)),
        )
    return OpaqueSpec(cls)


def is_function(value: Any) -> bool:
    """Whether ``value`` is called and not looked into: an object with a rule or in C is, too."""
    if not callable(value):
        return False
    if isinstance(value, types.FunctionType | types.MethodType):
        return True
    written = isinstance(inspect.getattr_static(type(value), "__call__", None), types.FunctionType)
    known = type(value).__name__ in ("vectorize", "Differentiable", "CPUDispatcher")
    return not written or known or shipped.find(value) is not None


def spec_of_annotation(annotation: Any) -> Any:
    """A parameter's spec from its annotation; a float where there is none."""
    if annotation in (float, int, complex):
        return _SCALARS[annotation]
    if annotation is bool:
        return StaticSpec(bool, False)
    if isinstance(annotation, str):
        plain = {"float": float, "int": int, "complex": complex}.get(annotation.strip())
        if plain is not None:
            return _SCALARS[plain]
        if "ndarray" in annotation or "NDArray" in annotation:
            return array_spec(np.empty(2))
    if annotation is np.ndarray or "ndarray" in repr(annotation):
        return array_spec(np.empty(2))
    return _FLOAT


# ---- leaves


@dataclasses.dataclass(frozen=True)
class Step:
    """One step of the way from an argument to a leaf: an attribute or an item."""

    kind: str  # "attr" or "item"
    key: Any

    def get(self, value: Any) -> Any:
        return getattr(value, self.key) if self.kind == "attr" else value[self.key]


@dataclasses.dataclass(eq=False)
class Leaf:
    """A number or an array that an argument or a capture provides."""

    var: Var
    root: Any  # a parameter's name, or a capture's key
    steps: tuple[Step, ...]
    spec: Any
    cell: int | None = None

    def get(self, value: Any) -> Any:
        return at_end(value, self.steps)


class Entry:
    """Makes the values that parameters start with, and remembers their leaves."""

    def __init__(self, lowering: Any) -> None:
        self.lw = lowering
        self.leaves: list[Leaf] = []

    def value(self, spec: Any, root: Any, hint: str, steps: tuple[Step, ...] = ()) -> Any:
        lw = self.lw
        if isinstance(spec, ScalarSpec):
            return self._leaf(spec.type, spec, root, hint, steps).var
        if isinstance(spec, ArraySpec):
            leaf = self._leaf(Array(spec.dtype, spec.dims(hint)), spec, root, hint, steps)
            leaf.cell = lw.cell(leaf.var)
            lw.layouts.argument(leaf, spec.order)
            return v.Ref(leaf.cell)
        if isinstance(spec, StaticSpec):
            if isinstance(spec.value, bool | int | float):
                return const(spec.value)
            return v.Static(spec.value)
        if isinstance(spec, TupleSpec):
            return v.TupleV(tuple(self._items(spec.items, root, hint, steps)), spec.cls)
        if isinstance(spec, ListSpec):
            return v.ListV(lw.cell(v.Items(tuple(self._items(spec.items, root, hint, steps)))))
        if isinstance(spec, LongListSpec):
            leaf = self._leaf(List(spec.elem.type), spec, root, hint, steps)
            return v.ListV(lw.cell(v.DynList(None, (leaf.var,))))
        if isinstance(spec, DictSpec):
            entries = tuple(
                (k, self.value(x, root, f"{hint}_{k}", (*steps, Step("item", k))))
                for k, x in spec.entries
            )
            return v.DictV(lw.cell(v.Entries(entries)))
        if isinstance(spec, ObjectSpec):
            fields = tuple(
                (k, self.value(x, root, f"{hint}_{k}", (*steps, Step("attr", k))))
                for k, x in spec.fields
            )
            return v.ObjV(lw.cell(v.Fields(fields)), spec.cls)
        return self._leaf(Opaque(spec.cls.__name__), spec, root, hint, steps).var

    def _items(self, items: Any, root: Any, hint: str, steps: Any) -> Iterator[Any]:
        for k, each in enumerate(items):
            yield self.value(each, root, f"{hint}_{k}", (*steps, Step("item", k)))

    def _leaf(self, t: Type, spec: Any, root: Any, hint: str, steps: tuple[Step, ...]) -> Leaf:
        leaf = Leaf(Var(t, hint, True), root, steps, spec)
        self.leaves.append(leaf)
        return leaf


__all__ = ["Const", "Entry", "Leaf", "spec_of", "spec_of_annotation"]
