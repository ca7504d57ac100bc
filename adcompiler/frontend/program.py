"""A compilation: one user function with everything it calls, lowered on demand.

``Program`` owns what one compilation learns of the world outside: the leaves of arguments and
captures, the functions and globals it relied on (guarded by identity at every call), and which
leaves the function mutates.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adcompiler.frontend import calls
from adcompiler.frontend import values as v
from adcompiler.frontend.capture import Captured, capture
from adcompiler.frontend.context import NeedChoice, NeedStatic
from adcompiler.frontend.lower import Lowerer
from adcompiler.frontend.recursion import Found, Recursions
from adcompiler.frontend.signature import (
    Entry,
    Leaf,
    SameSpec,
    StaticSpec,
    Step,
    is_function,
    spec_of,
)
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Function, Region, Var
from adcompiler.rules.contract import REGISTRY


@dataclass(eq=False)
class Capture:
    """Data from outside the function: read anew at every call of a derivative."""

    where: Any
    name: str
    spec: Any

    def current(self) -> Any:
        return read_capture(self.where)


def read_capture(where: Any) -> Any:
    kind = where[0]
    if kind == "cell":
        return where[1].cell_contents
    if kind == "global":
        return where[1][where[2]]
    if kind == "default":
        return where[1].__defaults__[where[2]]
    if kind == "kwdefault":
        return where[1].__kwdefaults__[where[2]]
    if kind == "attribute":
        return getattr(where[1], where[2])
    assert kind == "object"
    return where[1]


@dataclass
class Lowered:
    """A function in the IR with what connects it to Python: leaves and the result's structure."""

    function: Function
    leaves: list[Leaf]
    result: Any  # a value whose atoms are the function's results, in order
    source: Captured
    program: Any
    lowering: Any


@dataclass
class Program:
    fn: Any
    source_text: str | None = None
    captures: dict[Any, Capture] = field(default_factory=dict)
    capture_values: dict[Any, Any] = field(default_factory=dict)
    capture_cells: dict[Any, Any] = field(default_factory=dict)
    guards: list[Any] = field(default_factory=list)
    mutated: set[int] = field(default_factory=set)
    outside: dict[int, tuple[str, str]] = field(default_factory=dict)  # cells of captures
    entry: Any = None
    parameters: set[Any] = field(default_factory=set)
    sources: dict[Any, Captured] = field(default_factory=dict)
    recursions: Recursions = field(default_factory=Recursions)
    functions: dict[str, Function] = field(default_factory=dict)  # that ``apply`` calls
    companions: Any = None  # their derivatives
    choices: set[Any] = field(default_factory=set)  # branches whose arrays are kept apart
    fixed: set[Any] = field(default_factory=set)  # captured integers that are compiled in

    def source_of(self, fn: Any) -> Captured:
        found = self.sources.get(fn)
        if found is None:
            text = self.source_text if fn is self.fn else None
            found = self.sources[fn] = capture(fn, text)
        return found

    def again(self, *recursive: Any) -> Program:
        """What lowering starts anew with, now that more is known."""
        functions = [*self.recursions.functions, *recursive]
        return Program(
            self.fn,
            self.source_text,
            sources=self.sources,
            recursions=Recursions(functions),
            choices=self.choices,
            fixed=self.fixed,
        )

    def guard(self, fn: Any) -> None:
        pass  # a function is reached through a name, and names are guarded

    def note_mutation(self, cell: int) -> None:
        self.mutated.add(cell)

    def captured_integers(self, leaves: Iterable[Var]) -> set[Any] | None:
        """The captures that these leaves are; None where one is something else."""
        roots = {leaf.var: leaf.root for leaf in self.entry.leaves if not leaf.steps}
        keys = {roots.get(var) for var in leaves}
        return keys if keys <= set(self.captures) else None

    def is_parameter(self, var: Var) -> bool:
        return any(leaf.var is var for leaf in self.entry.leaves)

    def capture(self, lw: Any, where: Any, obj: Any, name: str) -> Any:
        """An object from outside: data becomes a leaf, the rest is known and guarded."""
        if lw.reading_rule:
            return lw.lift(obj)
        key = _key(where)
        if key in self.capture_values:
            for cell, content in self.capture_cells.get(key, {}).items():
                lw.state.heap.setdefault(cell, content)  # it may be new on this path
            return self.capture_values[key]
        if key in self.fixed:
            found = lw.lift(obj)
            self.guards.append((where, obj))
        elif _is_data(obj):
            before = set(lw.state.heap)
            found = self._data(lw, where, key, obj, name)
            heap = lw.state.heap
            self.capture_cells[key] = {cell: heap[cell] for cell in heap if cell not in before}
        else:
            found = lw.lift(obj)
            if where[0] in ("global", "cell", "attribute"):
                self.guards.append((where, obj))
        self.capture_values[key] = found
        return found

    def _data(self, lw: Any, where: Any, key: Any, obj: Any, name: str) -> Any:
        if isinstance(obj, float | int) and not isinstance(obj, bool) and where[0] == "global":
            module = where[1].get("__name__")
            if module in ("math", "numpy"):
                return lw.lift(obj, f"{'np' if module == 'numpy' else 'math'}.{name}")
        spec = spec_of(obj)
        self.captures[key] = Capture(where, name, spec)
        before = set(lw.state.heap)
        value = self.entry.value(spec, key, name)
        for cell in set(lw.state.heap) - before:
            lw.state.heap.outside[cell] = lw.state.heap[cell]
            if where[0] != "object":  # an object's methods are called on it: as good as an argument
                self.outside[cell] = (where[0], name)
        return value


def _key(where: Any) -> Any:
    kind = where[0]
    if kind == "global":
        return ("global", id(where[1]), where[2])
    return (kind, *(id(x) if not isinstance(x, str | int) else x for x in where[1:]))


def _is_data(obj: Any) -> bool:
    if obj is None or isinstance(obj, bool | str | types.ModuleType | type | np.dtype):
        return False
    if is_function(obj) or isinstance(obj, np.bool_):
        return False
    if callable(obj) and (not hasattr(obj, "__dict__") or REGISTRY.find(obj) is not None):
        return False
    if calls.differentiable_primal(obj) is not None or isinstance(
        obj, functools.partial | functools._lru_cache_wrapper
    ):
        return False
    if isinstance(obj, tuple):
        return any(_is_data(each) for each in obj)
    return not inspect.isclass(obj)


def lower(
    fn: Any,
    specs: dict[str, Any],
    *,
    source: str | None = None,
    simplifier: Any = None,
    bound: dict[str, Any] | None = None,
    strict_rules: bool = True,
) -> Lowered:
    """Lower ``fn`` for arguments of these specs (by parameter name, in order).

    ``specs`` of ``*args`` and ``**kwargs`` parameters are a TupleSpec and a DictSpec.
    """
    program = Program(fn, source)
    while True:
        try:
            return _lowered(program, specs, simplifier, strict_rules)
        except Found as found:
            program = program.again(found.fn)
        except NeedChoice as need:
            program.choices.add(need.site)
            program = program.again()
        except NeedStatic as needed:
            keys = program.captured_integers(needed.leaves)
            if keys is None:
                raise
            program.fixed |= keys
            program = program.again()


def _lowered(
    program: Program, specs: dict[str, Any], simplifier: Any, strict_rules: bool
) -> Lowered:
    fn = program.fn
    lw = Lowerer(program, simplifier)
    lw.strict_rules = strict_rules
    lw.lift_argument = lambda obj: program.capture(lw, ("object", obj), obj, "bound")
    program.entry = entry = Entry(lw)
    captured = program.source_of(fn)
    node = captured.node
    values: dict[str, Any] = {}
    for name, each in specs.items():
        same = isinstance(each, SameSpec)
        values[name] = values[each.name] if same else entry.value(each, name, name)
    own_leaves = list(entry.leaves)
    spec = node.args
    positional = [p.arg for p in (*spec.posonlyargs, *spec.args)]
    args = [values[name] for name in positional if name in values]
    if spec.vararg is not None and spec.vararg.arg in values:
        args += values[spec.vararg.arg].items
    kwargs = {p.arg: values[p.arg] for p in spec.kwonlyargs if p.arg in values}
    if spec.kwarg is not None and spec.kwarg.arg in values:
        for key, value in lw.state.heap[values[spec.kwarg.arg].cell].entries:
            kwargs[key] = value
    body = Region()
    try:
        with lw.builder.block(body), _top_level(lw, fn, captured):
            result = calls.inline(lw, fn, tuple(args), kwargs)
            if lw.state.dead:
                raise lw.refuse(
                    f"{fn.__name__} raises for all arguments of these types",
                    node=lw.raised,
                    code="AD213",
                )
            lw.node = captured.result_node()
            result, atoms = _result_atoms(lw, result)
    except NeedStatic as needed:
        needed.program = program
        raise
    body.results = atoms
    leaves = own_leaves + [leaf for leaf in entry.leaves if leaf not in own_leaves]
    function = Function(fn.__name__, [leaf.var for leaf in leaves], body)
    return Lowered(function, leaves, result, captured, program, lw)


class _top_level:
    """A frame for errors that arise before the function's own frame is entered."""

    def __init__(self, lw: Any, fn: Any, captured: Captured) -> None:
        from_frame = calls.Frame(
            lw.new_id(), captured, None, None, fn.__globals__, {}, frozenset(), None, fn.__name__
        )
        self.lw, self.frame = lw, from_frame

    def __enter__(self) -> None:
        self.lw.frames.append(self.frame)
        self.lw.all_frames[self.frame.id] = self.frame

    def __exit__(self, *_: Any) -> None:
        self.lw.frames.pop()


@dataclass(frozen=True)
class Slot:
    """The k-th result, within a result's structure."""

    k: int


def _result_atoms(lw: Any, value: Any) -> tuple[Any, list[Any]]:
    """The structure of a returned value with slots for its atoms, and the atoms."""
    atoms: list[Any] = []

    def go(value: Any) -> Any:
        if isinstance(value, v.OptV):
            raise lw.refuse(
                "the result is None on some paths only",
                "return a value on every path",
                code="AD208",
            )
        if isinstance(value, v.Poison):
            raise lw.lost(value)
        if v.is_number(value) or isinstance(value, v.Ref):
            atoms.append(lw.atom(value))
            return Slot(len(atoms) - 1)
        if isinstance(value, v.TupleV):
            return v.TupleV(tuple(go(each) for each in value.items), value.cls)
        if isinstance(value, v.ListV):
            content = lw.content(value.cell)
            if isinstance(content, v.Items):
                return v.Items(tuple(go(each) for each in content.items))
            if content.shape is None:
                atoms.append(content.lists[0])
                return Slot(len(atoms) - 1)
            raise lw.refuse(
                "a list of tuples of unknown length can't be returned yet", code="AD214"
            )
        if isinstance(value, v.DictV):
            return v.Entries(tuple((k, go(x)) for k, x in lw.content(value.cell).entries))
        if isinstance(value, v.ObjV):
            fields = lw.content(value.cell).entries
            return (value.cls, v.Fields(tuple((k, go(x)) for k, x in fields)))
        if isinstance(value, v.Static):
            return value
        raise lw.refuse(
            f"{calls.describe(value)} can't be returned from a differentiated function",
            code="AD214",
        )

    return go(value), atoms


__all__ = ["Lowered", "Program", "Slot", "StaticSpec", "Step", "const", "lower"]
