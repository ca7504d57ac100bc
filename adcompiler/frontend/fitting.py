"""The types of a recursive function's parameters, and what it returns in the words of a caller.

A function has symbols of its own for the dimensions of its parameters; two axes of one length have
one symbol, and a call has to keep to that. What its symbols mean in a call is found by matching.
"""

from __future__ import annotations

from typing import Any

from adcompiler.frontend.inference import fresh_dim
from adcompiler.frontend.joining import fits
from adcompiler.ir.nodes import Const
from adcompiler.ir.types import Array, Dim, List, Type, join


def accepts(types: list[Any], atoms: list[Any], dims: dict[str, Dim]) -> bool:
    """Whether the arguments have the parameters' types; ``dims`` gets what their symbols mean."""
    for t, atom in zip(types, atoms, strict=True):
        if isinstance(t, Const):
            same = isinstance(atom, Const) and type(atom.value) is type(t.value)
            if not same or repr(atom.value) != repr(t.value):
                return False
        elif isinstance(t, Array) and isinstance(atom.type, Array):
            given = atom.type
            if given.loose and not t.loose:
                return False
            if t.ndim != given.ndim or join(t, given, fresh_dim).dtype != t.dtype:  # type: ignore[union-attr]
                return False
            for wanted, dim in zip(t.dims, given.dims, strict=True):
                if wanted.one is not None and wanted.one is not dim.one:
                    return False
                if not wanted.base:
                    if not wanted.same(dim):
                        return False
                elif not dims.setdefault(wanted.base, dim).same(dim):
                    return False
        elif not fits(atom.type, t):
            return False
    return True


def parameter_types(name: str, atoms: list[Any]) -> list[Any]:
    """Arrays with symbols of their own for their dimensions: equal ones stay equal."""
    own: dict[Any, Dim] = {}

    def renamed(t: Type) -> Type:
        if isinstance(t, List) and t.elem is not None:
            return List(renamed(t.elem))
        if not isinstance(t, Array):
            return t
        dims = []
        for dim in t.dims:
            key = (dim.base, dim.add)
            if key not in own:
                own[key] = own_dim(name, dim)
            dims.append(own[key])
        return Array(t.dtype, tuple(dims), t.loose)

    return [a if isinstance(a, Const) else renamed(a.type) for a in atoms]


def own_dim(name: str, dim: Dim) -> Dim:
    if not dim.base:
        return dim
    return Dim(f"{name}:{fresh_dim().base[1:]}", 0, dim.one)


def outside(t: Type, dims: dict[str, Dim], renamed: dict[str, Dim]) -> Type:
    """A result's type in the words of the caller."""
    if isinstance(t, List):
        return List(outside(t.elem, dims, renamed) if t.elem is not None else None)
    if not isinstance(t, Array):
        return t
    made = []
    for dim in t.dims:
        if not dim.base:
            made.append(dim)
            continue
        base = dims.get(dim.base) or renamed.setdefault(dim.base, fresh_dim())
        one = base.one if not dim.add and base.one is not None else dim.one
        if not base.base:
            made.append(Dim.number(base.add + dim.add))
        else:
            made.append(Dim(base.base, base.add + dim.add, one))
    return Array(t.dtype, tuple(made), t.loose)


__all__ = ["accepts", "outside", "own_dim", "parameter_types"]
