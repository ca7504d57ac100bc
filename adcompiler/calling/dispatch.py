"""From a call of a derivative to the emitted function for its arguments.

A derivative is compiled once for each *signature*: the specs of the arguments, and the values of
integers that had to be compiled in. Of one signature there may be several variants, since what
the function captured may change its type or identity between calls; a variant is used only while
its guards hold. All compiling goes through one lock, so that many threads compile once.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from types import FunctionType
from typing import Any

import numpy as np

from adcompiler import errors
from adcompiler.calling import debugging
from adcompiler.calling.overlaps import check_overlaps
from adcompiler.calling.parameters import Parameters
from adcompiler.calling.variants import Made, Ready, Variant
from adcompiler.emit.lines import explaining
from adcompiler.frontend.capture import capture
from adcompiler.frontend.program import Capture
from adcompiler.frontend.signature import (
    ArraySpec,
    DictSpec,
    SameSpec,
    StaticSpec,
    TupleSpec,
    at_end,
    pinned,
    spec_of,
    spec_of_annotation,
)
from adcompiler.pipeline import Request, StaticNeeded, compile_derivative

MOST_VARIANTS = 32  # of one signature; beyond, the oldest goes
MOST_READY = 10_000  # ways to the fast path; strings and integers in calls may be without end
_lock = threading.RLock()
_NONE: Mapping[int, int] = {}


def _new_lock() -> None:
    """A forked child must not wait for a thread that it does not have."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)

Specs = tuple[Any, ...]
Check = Callable[[Sequence[Any]], None]


class Operand(ABC):
    """What is differentiated: a Python function, or a derivative. Keeps a dispatcher a request."""

    name: str
    names: tuple[str, ...]

    def __init__(self) -> None:
        self._dispatchers: dict[Request, Dispatcher] = {}
        self.nested: dict[Request, Operand] = {}  # its derivatives

    @abstractmethod
    def compile(self, specs: dict[str, Any], request: Request) -> Made:
        """Compile for parameters of these specs; may raise `StaticNeeded`."""

    @abstractmethod
    def annotated(self) -> dict[str, Any]:
        """Specs from annotations, for source that is asked for before any call."""

    @abstractmethod
    def place(self) -> errors.Place | None:
        """Where the function stands."""

    def dispatcher(self, request: Request) -> Dispatcher:
        found = self._dispatchers.get(request)
        if found is None:
            found = self._dispatchers.setdefault(request, Dispatcher(self, request))
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        """What was compiled stays behind when the function it belongs to is sent elsewhere."""
        return type(None), ()


class PlainOperand(Operand):
    """A Python function; with `source`, its text where none can be found."""

    def __init__(self, function: FunctionType, source: str | None) -> None:
        super().__init__()
        self.function = function
        self.code = function.__code__
        self.source = source
        self.name = function.__name__
        self.parameters = Parameters(function)
        self.names = self.parameters.names

    def belongs_to(self, function: FunctionType) -> bool:
        return self.function is function and self.code is function.__code__

    def compile(self, specs: dict[str, Any], request: Request) -> Made:
        compiled = compile_derivative(self.function, specs, request, self.source)
        return Made(compiled, compiled.guards, compiled.mutated)

    def place(self) -> errors.Place | None:
        try:
            found = capture(self.function, self.source)
        except errors.SourceNotFound:
            return None
        return found.place(found.node)

    def annotated(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in self.names:
            if name == self.parameters.var_positional:
                found[name] = TupleSpec(())
            elif name == self.parameters.var_keyword:
                found[name] = DictSpec(())
            else:
                found[name] = spec_of_annotation(self.function.__annotations__.get(name, float))
        return found


_ATTRIBUTE = "__adcompiler__"


def operand_of(function: FunctionType, source: str | None = None) -> PlainOperand:
    """The operand of a function: one for as long as the function lives, so that
    ``ad.grad(f)(x)`` in a loop compiles once. It is kept as an attribute of the function.
    """
    found = _known(function, source)
    if found is None:
        with _lock:
            found = _known(function, source)
            if found is None:
                found = PlainOperand(function, source)
                others = function.__dict__.get(_ATTRIBUTE)
                kept = others if isinstance(others, dict) else {}
                function.__dict__[_ATTRIBUTE] = {**kept, source: found}
    return found


def _known(function: FunctionType, source: str | None) -> PlainOperand | None:
    known = function.__dict__.get(_ATTRIBUTE)
    found = known.get(source) if isinstance(known, dict) else None
    # `functools.wraps` copies the attribute to wrappers
    return found if isinstance(found, PlainOperand) and found.belongs_to(function) else None


class Dispatcher:
    """All that was compiled of one operand for one request."""

    def __init__(self, operand: Operand, request: Request) -> None:
        self.operand = operand
        self.request = request
        self.latest: Variant | None = None  # of the latest call
        self.made: list[Variant] = []  # in the order of compiling
        self._variants: dict[Specs, list[Variant]] = {}
        self._static: dict[Specs, tuple[Any, ...]] = {}
        self.ready: dict[tuple[Any, ...], Ready] = {}

    # ---- calls

    def call(
        self,
        values: Sequence[Any],
        extra: Sequence[Any] = (),
        check: Check | None = None,
        kinds: tuple[Any, ...] | None = None,
    ) -> Any:
        """Call the derivative: `values` of all parameters, then what its kind adds.

        `check` looks at the values before anything is compiled for them. Under `kinds`, those of a
        call with plain arguments, the function is noted in `ready`.
        """
        variant, inner, captured = self.chosen(values, check)
        self.latest = variant
        infs = debugging.wanted.get()
        function = variant.compiled.function if infs is None else variant.compiled.checked(infs)
        if kinds is not None:
            self._note(kinds, variant, values)
        with explaining():
            return function(*values, *inner, *extra, *captured)

    def chosen(
        self, values: Sequence[Any], check: Check | None = None
    ) -> tuple[Variant, list[Any], list[Any]]:
        """As `find`, for these very objects: arrays that share memory which is written to are
        compiled for, or refused.
        """
        variant, inner, captured = self.find(values, check)
        if variant.mutated:
            same = self._same_arrays(values, variant.mutated)
            if same:
                variant, inner, captured = self.find(values, check, same)
            captures = [*variant.made.inner, *variant.compiled.captures]
            names = [*self.operand.names, *(capture.name for capture in captures)]
            everything = [
                None if k in same else value for k, value in enumerate([*values, *inner, *captured])
            ]
            operand = self.operand
            defaults = _defaults(names, captures)
            check_overlaps(
                operand.name, names, everything, variant.mutated, operand.place, defaults
            )
        return variant, inner, captured

    def _note(self, kinds: tuple[Any, ...], variant: Variant, values: Sequence[Any]) -> None:
        more = variant.guards or variant.made.inner or variant.compiled.captures
        arrays = sum(isinstance(value, np.ndarray) for value in values)
        if variant.ordered or (variant.mutated and (more or arrays > 1)):
            return  # memory is looked at in each call
        captures = variant.added if more else None
        integers: tuple[int, ...] = ()
        if variant.static:
            generic = tuple([spec_of(value) for value in values])
            paths = self._static.get(_hashable(generic), ())
            integers = tuple(self.operand.names.index(name) for name, _ in paths)
        ready = Ready(variant.compiled.function, variant.names, captures, (), variant)
        if len(self.ready) >= MOST_READY:
            return
        if not integers:
            self.ready[kinds] = ready
        else:
            self.ready[kinds] = ready._replace(integers=integers)
            self.ready[(kinds, *[values[k] for k in integers])] = ready

    def _same_arrays(self, values: Sequence[Any], mutated: Sequence[int]) -> dict[int, int]:
        """The positions of arrays that are an earlier argument too, of which one is written to; not
        of those that are differentiated by, since what changes with one of them changes with both.
        """
        names = self.operand.names
        found: dict[int, int] = {}
        for k in range(1, len(values)):
            for j in range(k):
                if values[j] is not values[k] or not isinstance(values[k], np.ndarray):
                    continue
                if {j, k}.isdisjoint(mutated) or {names[j], names[k]} & set(self.request.wrt):
                    continue
                found[k] = j
                break
        return found

    def find(
        self, values: Sequence[Any], check: Check | None = None, same: Mapping[int, int] = _NONE
    ) -> tuple[Variant, list[Any], list[Any]]:
        """The variant for these arguments, and what it has captured; compiles if need be.

        ``same`` are the positions of arrays that are an earlier argument, and of that.
        """
        names = self.operand.names
        specs = [spec_of(value) for value in values]
        for k, j in same.items():
            specs[k] = SameSpec(names[j], specs[k])
        generic = tuple(specs)
        found = self._fitting(self._with_static(generic, values))
        if found is None and check is not None:
            check(values)
        return found if found is not None else self._compile_for(generic, values)

    def _with_static(self, generic: Specs, values: Sequence[Any]) -> Specs:
        paths = self._static.get(_hashable(generic)) if self._static else None
        if not paths:
            return generic
        specs = dict(zip(self.operand.names, generic, strict=True))
        arguments = dict(zip(self.operand.names, values, strict=True))
        for name, steps in paths:
            specs[name] = pinned(specs[name], steps, at_end(arguments[name], steps))
        return tuple(specs.values())

    def _fitting(self, specs: Specs) -> tuple[Variant, list[Any], list[Any]] | None:
        for variant in self._variants.get(_hashable(specs), ()):
            captured = variant.captured()
            if captured is not None:
                return variant, *captured
        return None

    # ---- compiling

    def _compile_for(
        self, generic: Specs, values: Sequence[Any]
    ) -> tuple[Variant, list[Any], list[Any]]:
        with _lock:
            while True:
                specs = self._with_static(generic, values)
                found = self._fitting(specs)
                if found is not None:
                    return found
                try:
                    variant = self._compile(specs)
                except StaticNeeded as needed:
                    self._note_static(generic, needed.paths)
                else:
                    inner = [capture.current() for capture in variant.made.inner]
                    captured = [capture.current() for capture in variant.compiled.captures]
                    return variant, inner, captured

    def _note_static(self, generic: Specs, paths: tuple[Any, ...]) -> None:
        key = _hashable(generic)
        known = self._static.get(key, ())
        if any(name not in self.operand.names for name, _ in paths):
            raise errors.Unsupported(
                f"{self.operand.name} uses a captured integer as an axis, a rank or a length",
                remedy="pass it as an argument, or write the number itself",
                place=self.operand.place(),
                code="AD305",
            )
        if not paths or set(paths) <= set(known):
            raise errors.InternalError(f"the compiler asks for {paths} to be static, and it is")
        self._static[key] = tuple(dict.fromkeys((*known, *paths)))

    def for_specs(self, specs: dict[str, Any]) -> Variant:
        """The variant for parameters of these specs; may raise `StaticNeeded`."""
        each = tuple(specs.values())
        with _lock:
            found = self._fitting(each)
            return found[0] if found is not None else self._compile(each)

    def for_annotations(self, known: dict[str, Any]) -> Variant:
        """The variant for what annotations say, but for the `known` specs; integers that must be
        compiled in are taken as 1.
        """
        specs = self.operand.annotated()
        specs |= known
        while True:
            try:
                return self.for_specs(specs)
            except StaticNeeded as needed:
                for name, steps in needed.paths:
                    specs[name] = pinned(specs[name], steps, 1)

    def _compile(self, each: Specs) -> Variant:
        specs = dict(zip(self.operand.names, each, strict=True))
        try:
            made = self.operand.compile(specs, self.request)
        except (errors.AdcompilerError, errors.InternalError, StaticNeeded, MemoryError):
            raise
        except Exception as error:
            text = f"{type(error).__name__} while compiling {self.request.mode} of "
            shown = ", ".join(f"{name}: {spec}" for name, spec in specs.items())
            raise errors.InternalError(f"{text}{self.operand.name}({shown}): {error}") from error
        names = [(w[1], w[2], obj) for w, obj in made.guards if w[0] == "global"]
        others = tuple(guard for guard in made.guards if guard[0][0] != "global")
        order = self.operand.names
        mutated = tuple(order.index(name) for name in made.mutated if name in order)
        static = any(isinstance(spec, StaticSpec) and spec.kind is int for spec in each)
        ordered = any(isinstance(spec, ArraySpec) and spec.order is not None for spec in each)
        variant = Variant(
            made.compiled, made, _unique(names), others, mutated, static, ordered, specs
        )
        key = _hashable(each)
        kept = self._variants.get(key, [])[: MOST_VARIANTS - 1]
        self._variants[key] = [variant, *kept]
        self.made.append(variant)
        return variant


def _defaults(names: Sequence[str], captures: Sequence[Capture]) -> frozenset[int]:
    """The positions in `names`, whose last are those of `captures`, of default values."""
    first = len(names) - len(captures)
    kinds = ("default", "kwdefault")
    return frozenset(first + k for k, each in enumerate(captures) if each.where[0] in kinds)


def _unique(names: list[tuple[dict[str, Any], str, object]]) -> tuple[Any, ...]:
    return tuple({(id(guard[0]), guard[1]): guard for guard in names}.values())


def _hashable(spec: Any) -> Any:
    """`spec`, or a key in its place: before Python 3.12, slices have no hash."""
    try:
        hash(spec)
    except TypeError:
        if isinstance(spec, tuple):
            return tuple(_hashable(each) for each in spec)
        if not isinstance(spec, StaticSpec):
            return (type(spec), *(_hashable(getattr(spec, f.name)) for f in fields(spec)))
        value = spec.value
        if isinstance(value, slice):
            return slice, value.start, value.stop, value.step
        return spec.kind, id(value)
    return spec
