"""Functions that call themselves to a depth known only at run time.

Calls are inlined, and a recursion on what is known while compiling (the length of a tuple, a
constant depth) ends by itself. Where a function is reached again with nothing known that tells the
two calls apart, ``Found`` is raised: lowering starts again, and from then on that function is a
function of the IR, specialised for the types of its arguments, and called with ``apply``.

Its result's type is a fixed point. At first nothing is known of what a recursive call returns, and
a path that makes one is given up, as one that raises; so the type comes from the paths that don't.
The body is lowered again with that type, and with wider types of its parameters where a call needs
them, until neither changes. Values of the surrounding function that the body reads become further
parameters at the end ("lambda lifting", Johnsson 1985).
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from adcompiler import errors
from adcompiler.frontend import values as v
from adcompiler.frontend.fitting import accepts, outside, own_dim, parameter_types
from adcompiler.frontend.freshness import fresh_results
from adcompiler.frontend.inference import fresh_dim
from adcompiler.frontend.joining import fits
from adcompiler.frontend.lifting import has_effects, lift
from adcompiler.frontend.structure import array_cells, put_together, shape_of, take_apart
from adcompiler.ir.nodes import Apply, Const, Function, Region, Var
from adcompiler.ir.types import Array, Dim, Type, join, worded

_DEPTH = 40  # of calls that differ in what is known
_CALLS = 400  # of functions within themselves, all in all
_ROUNDS = 16
_SPECIALISATIONS = 8  # of one function


class Found(Exception):
    """``fn`` calls itself to a depth that isn't known."""

    def __init__(self, fn: Any) -> None:
        super().__init__(fn)
        self.fn = fn


class Unknown(Exception):
    """The path being lowered makes a recursive call of which no result is known yet."""


class _Wider(Exception):
    """A recursive call's arguments don't fit the parameters' types, which are wider now."""

    def __init__(self, spec: Specialisation) -> None:
        super().__init__(spec.name)
        self.spec = spec


@dataclass(eq=False)
class Specialisation:
    """A function of the IR in the making: ``types`` has a constant for what is always the same."""

    name: str
    fn: Any
    structure: Any
    types: list[Any]
    hints: list[str | None]
    around: Any
    result: Any = None
    result_types: list[Type] | None = None
    fresh: list[bool] = field(default_factory=list)  # results in memory of their own, as claimed
    function: Function | None = None
    free: list[Var] = field(default_factory=list)
    building: bool = True


@dataclass(eq=False)
class Recursions:
    """All that one compilation knows of recursive functions."""

    functions: list[Any] = field(default_factory=list)
    made: list[Specialisation] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    unrolled: int = 0


def call(lw: Any, frame: Any, node: Any, bound: dict[str, Any], run: Callable[..., Any]) -> Any:
    """The value of a call of a recursive function; None if it is to be inlined.

    ``run(lw, frame, node, bound)`` lowers the function's body.
    """
    if lw.reading_rule:
        return None
    known = lw.program.recursions
    if frame.fn in known.functions:
        return _apply(lw, frame, node, bound, run)
    frame.known = tuple(shape_of(lw, each) for each in bound.values())
    within = [each for each in lw.frames if each.fn is frame.fn]
    known.unrolled += bool(within)
    if within and (
        known.unrolled > _CALLS
        or len(within) > _DEPTH
        or any(each.known == frame.known for each in within)
    ):
        raise Found(frame.fn)
    return None


# ---- calls


def _apply(lw: Any, frame: Any, node: Any, bound: dict[str, Any], run: Any) -> Any:
    atoms: list[Any] = []
    structure = take_apart(lw, v.TupleV(tuple(bound.values())), atoms)
    spec = _matching(lw, frame, node, structure, atoms)
    if spec is None:
        spec = _specialised(lw, frame, node, bound, structure, atoms, run)
    dims: dict[str, Dim] = {}
    if not accepts(spec.types, atoms, dims):
        assert spec.building
        _widen(lw, spec, atoms)
        raise _Wider(spec)
    if spec.result_types is None:
        raise Unknown
    renamed: dict[str, Dim] = {}
    outs = tuple(Var(outside(t, dims, renamed)) for t in spec.result_types)
    args = [a for a, t in zip(atoms, spec.types, strict=True) if not isinstance(t, Const)]
    made = Apply(outs, lw.builder.place, spec.name, (*args, *spec.free), False)
    if spec.function is not None:
        made.effects = has_effects(spec.function)
    lw.builder.add_stmt(made)
    value = put_together(lw, spec.result, list(outs))
    fresh = {out for out, is_fresh in zip(outs, spec.fresh, strict=True) if is_fresh}
    shared = [c for c in array_cells(lw, value) if lw.state.heap[c] not in fresh]
    for k, each in enumerate(shared):
        for source in [cell for x in bound.values() for cell in array_cells(lw, x)] + shared[:k]:
            lw.link(each, source)
    return value


def _matching(lw: Any, frame: Any, node: Any, structure: Any, atoms: Any) -> Any:
    """A function that was made already, or is being made, for such arguments."""
    made = [spec for spec in lw.program.recursions.made if spec.fn is frame.fn]
    alike = [spec for spec in made if spec.structure == structure]
    for spec in alike:
        if spec.building or not accepts(spec.types, atoms, {}):
            continue
        if _same_around(lw, spec, frame, node):
            return spec
    return next((spec for spec in alike if spec.building), None)


def _around(lw: Any, frame: Any, node: Any, structure: Any) -> dict[Any, Any]:
    """What the names that a nested function may look up outside stand for."""
    if frame.parent is None and not _functions(structure):
        return {}
    todo = [node, *_functions(structure)]
    todo += [x.node for x in lw.state.vars.values() if isinstance(x, v.FuncV)]
    names = {each.id for tree in todo for each in ast.walk(tree) if isinstance(each, ast.Name)}
    found = {}
    for key, value in lw.state.vars.items():
        if key[1] in names and not isinstance(value, v.FuncV):
            cell = getattr(value, "cell", None)
            found[key] = (value, lw.state.heap.get(cell))
    return found


def _functions(structure: Any) -> list[Any]:
    if isinstance(structure, v.FuncV):
        return [structure.node]
    if isinstance(structure, tuple):
        return [each for part in structure for each in _functions(part)]
    return []


def _same_around(lw: Any, spec: Specialisation, frame: Any, node: Any) -> bool:
    held = [x for x in lw.state.heap.values() if isinstance(x, Var)]
    for var in spec.free:
        if isinstance(var.type, Array) and not any(x is var for x in held):
            return False
    now = _around(lw, frame, node, spec.structure)
    return all(now.get(key) == each for key, each in spec.around.items() if key in now)


def _widen(lw: Any, spec: Specialisation, atoms: list[Any]) -> None:
    """Parameters that take these arguments, too."""
    dims: dict[str, Dim] = {}
    for k, (old, atom) in enumerate(zip(spec.types, atoms, strict=True)):
        if isinstance(old, Array) and accepts([old], [atom], dims):
            continue
        if not isinstance(old, Array) and accepts([old], [atom], {}):
            continue
        was = old.type if isinstance(old, Const) else old
        wide = join(was, atom.type, fresh_dim)
        if wide is None:
            raise lw.refuse(
                f"'{spec.hints[k]}' is {worded(was)} in one call of {spec.name} and "
                f"{worded(atom.type)} in another",
                "give it one kind of value in every call",
                code="AD212",
            )
        if isinstance(wide, Array):
            wide = Array(wide.dtype, tuple(own_dim(spec.name, d) for d in wide.dims))
        spec.types[k] = wide
    spec.result_types = None


# ---- functions


def _specialised(
    lw: Any, frame: Any, node: Any, bound: dict[str, Any], structure: Any, atoms: Any, run: Any
) -> Specialisation:
    known = lw.program.recursions
    if sum(1 for each in known.made if each.fn is frame.fn) >= _SPECIALISATIONS:
        raise _refused(
            frame, node, f"{_label(node)} calls itself with ever other kinds of arguments",
            "write the recursion as a loop",
        )  # fmt: skip
    spec = Specialisation(
        _name(lw, _label(node)), frame.fn, structure, [], _hints(lw, bound),
        _around(lw, frame, node, structure),
    )  # fmt: skip
    spec.types = parameter_types(spec.name, atoms)
    outermost = not any(each.building for each in known.made)
    first = len(known.made)
    known.made.append(spec)
    try:
        _settle(lw, spec, frame, node, list(bound), run)
    finally:
        spec.building = False
        if spec.function is None:
            del known.made[first:]
    if outermost:
        lift(known.made[first:], lw.program.functions)
    return spec


def _settle(
    lw: Any, spec: Specialisation, frame: Any, node: Any, names: list[str], run: Any
) -> None:
    """Lower the body until the types of parameters and results are those it needs itself."""
    known = lw.program.recursions
    after = known.made.index(spec) + 1
    for _ in range(_ROUNDS):
        del known.made[after:]
        try:
            made = _lowered(lw, spec, frame, node, names, run)
        except _Wider as wider:
            if wider.spec is not spec:
                raise
            continue
        except Unknown:
            if any(s.building and s.result_types is None for s in known.made if s is not spec):
                raise
            raise _refused(
                frame, node, f"{_label(node)} calls itself on every path",
                "let one path return without a call",
            ) from None  # fmt: skip
        function, result, types = made
        if spec.result_types is not None:
            if result != spec.result:
                raise _refused(frame, node, f"{_label(node)} returns values of different structure")
            if all(map(fits, types, spec.result_types)):
                claimed = {each.name: each.fresh for each in known.made}
                holds = fresh_results(function, claimed)
                if all(map(operator.le, spec.fresh, holds)):
                    spec.function = function
                    return
                spec.fresh = fresh_results(function, {})
                continue
            joined = [join(a, b, fresh_dim) for a, b in zip(types, spec.result_types, strict=True)]
            if any(t is None for t in joined):
                raise _refused(frame, node, f"{_label(node)} returns values of different kinds")
            types = joined
        spec.result, spec.result_types = result, types
        spec.fresh = [True] * len(types)
    raise _refused(
        frame, node, f"the types of what {_label(node)} takes and returns don't settle",
        "give each parameter and the result one kind of value",
    )  # fmt: skip


def _lowered(
    lw: Any, spec: Specialisation, frame: Any, node: Any, names: list[str], run: Any
) -> tuple[Function, Any, list[Type]]:
    """The body as a function, the result's structure, the types of the result's atoms."""
    before, frames, place, at = lw.state, lw.frames, lw.builder.place, lw.node
    lw.state = before.copy()
    lw.state.views = {}
    lw.frames = [replace(frame, id=lw.new_id())]
    params: list[Var] = []
    atoms: list[Any] = []
    for t, hint in zip(spec.types, spec.hints, strict=True):
        if isinstance(t, Const):
            atoms.append(t)
        else:
            params.append(Var(t, hint, hint is not None))
            atoms.append(params[-1])
    cells = set(lw.state.heap)
    values = put_together(lw, spec.structure, atoms).items
    given = dict(lw.state.heap)
    body = Region()
    found: list[Any] = []
    try:
        with lw.builder.block(body):
            inner = replace(frame, id=lw.new_id())
            lw.all_frames[inner.id] = inner
            result = run(lw, inner, node, dict(zip(names, values, strict=True)))
            if lw.state.dead:
                raise Unknown
            structure = take_apart(lw, result, found)
        changed = [c for c, x in given.items() if not _same_content(lw.state.heap.get(c), x)]
        if changed:
            what = "an argument" if not set(changed) <= cells else "what is defined outside of it"
            raise _refused(
                frame, node, f"{_label(node)} calls itself and changes {what}",
                "return a new value instead",
            )  # fmt: skip
    finally:
        lw.state, lw.frames, lw.builder.place, lw.node = before, frames, place, at
    for each in found:
        if isinstance(each, Var) and each.hint is None:
            each.hint = "result"
    body.results = found
    return Function(spec.name, params, body), structure, [each.type for each in found]


def _same_content(now: Any, before: Any) -> bool:
    return now is before or (not isinstance(before, Var) and now == before)


def _hints(lw: Any, bound: dict[str, Any]) -> list[str | None]:
    hints: list[str | None] = []
    for name, value in bound.items():
        atoms: list[Any] = []
        take_apart(lw, value, atoms)
        hints += [name] if len(atoms) == 1 else [f"{name}_{k}" for k in range(len(atoms))]
    return hints


def _refused(frame: Any, node: Any, reason: str, remedy: str = "") -> errors.AdcompilerError:
    """The refusal of a whole function."""
    place = frame.source.place(node)
    return errors.Unsupported(reason, place=place, remedy=remedy, code="AD215")


def _label(node: Any) -> str:
    return getattr(node, "name", "recursive")


def _name(lw: Any, label: str) -> str:
    names = lw.program.recursions.names
    name, k = label, 0
    while name in names:
        k += 1
        name = f"{label}_{k}"
    names.add(name)
    return name


__all__ = ["Found", "Recursions", "Unknown", "call"]
