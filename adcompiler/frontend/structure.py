"""Values taken apart into numbers and arrays, and put together again around others.

What crosses the border of a function of the IR is atoms only; the *structure* says what they were
part of: tuples, lists, dicts, objects, with everything that is fixed. Two values can be given to
one function if their structures are equal.
"""

from __future__ import annotations

from typing import Any

from adcompiler.frontend import values as v
from adcompiler.frontend.context import describe
from adcompiler.ir.nodes import Const, Undef, Var

Structure = tuple[Any, ...]


def take_apart(lw: Any, value: Any, atoms: list[Any]) -> Structure:
    """The structure of ``value``; its atoms are added to ``atoms``."""

    def go(each: Any) -> Structure:
        return take_apart(lw, each, atoms)

    def atom(each: Any) -> int:
        atoms.append(each)
        return len(atoms) - 1

    if isinstance(value, Const) and isinstance(value.value, str | None):
        return ("fixed", v.Static(value.value))
    if isinstance(value, Var | Const | Undef):
        return ("number", atom(value))
    if isinstance(value, v.Ref):
        return ("array", atom(lw.atom(value)))
    if isinstance(value, v.Static | v.FuncV | v.SuperV):
        return ("fixed", value)
    if isinstance(value, v.TupleV):
        return ("tuple", value.cls, *map(go, value.items))
    if isinstance(value, v.ListV):
        content = lw.content(value.cell)
        if isinstance(content, v.Items):
            return ("list", *map(go, content.items))
        return ("long list", content.shape, *map(atom, content.lists))
    if isinstance(value, v.DictV):
        return ("dict", *((k, go(x)) for k, x in lw.content(value.cell).entries))
    if isinstance(value, v.ObjV):
        fields = lw.content(value.cell).entries
        return ("object", value.cls, *((k, go(x)) for k, x in fields))
    if isinstance(value, v.BoundV):
        return ("method", go(value.fn), go(value.self))
    if isinstance(value, v.OptV):
        inner = ("unbound",) if isinstance(value.value, v.Unbound) else go(value.value)
        return ("optional", go(value.is_none), inner)
    if isinstance(value, v.RangeV | v.SliceV):
        return (type(value), go(value.start), go(value.stop), go(value.step))
    if isinstance(value, v.Poison):
        raise lw.lost(value)
    raise lw.refuse(
        f"{describe(value)} can't be passed to or from a function that calls itself", code="AD214"
    )


def put_together(lw: Any, structure: Structure, atoms: list[Any]) -> Any:
    """A value of this structure; what can be changed in it is new."""

    def go(each: Structure) -> Any:
        return put_together(lw, each, atoms)

    kind, *parts = structure
    if kind == "number":
        return atoms[parts[0]]
    if kind == "array":
        return v.Ref(lw.cell(atoms[parts[0]]))
    if kind == "fixed":
        return parts[0]
    if kind == "unbound":
        return v.UNBOUND
    if kind == "tuple":
        return v.TupleV(tuple(map(go, parts[1:])), parts[0])
    if kind == "list":
        return v.ListV(lw.cell(v.Items(tuple(map(go, parts)))))
    if kind == "long list":
        return v.ListV(lw.cell(v.DynList(parts[0], tuple(atoms[k] for k in parts[1:]))))
    if kind == "dict":
        return v.DictV(lw.cell(v.Entries(tuple((k, go(x)) for k, x in parts))))
    if kind == "object":
        fields = v.Fields(tuple((k, go(x)) for k, x in parts[1:]))
        return v.ObjV(lw.cell(fields), parts[0])
    if kind == "method":
        return v.BoundV(go(parts[0]), go(parts[1]))
    if kind == "optional":
        return v.OptV(go(parts[0]), go(parts[1]))
    return kind(*map(go, parts))


def shape_of(lw: Any, value: Any) -> Any:
    """What is known of a value while compiling, comparable: equal for two calls of one function,
    the second within the first, if nothing that is known tells them apart."""
    if isinstance(value, Const):
        return ("constant", type(value.value), repr(value.value))
    if isinstance(value, Var | Undef):
        return "number"
    if isinstance(value, v.Ref):
        return ("array", getattr(lw.type_of(value), "ndim", None))
    if isinstance(value, v.TupleV):
        return ("tuple", *(shape_of(lw, each) for each in value.items))
    if isinstance(value, v.ListV | v.DictV | v.ObjV):
        content = lw.state.heap.get(value.cell)
        if isinstance(content, v.Items):
            return ("list", *(shape_of(lw, each) for each in content.items))
        if isinstance(content, v.Entries | v.Fields):
            return ("entries", *((k, shape_of(lw, x)) for k, x in content.entries))
        return "long list"
    if isinstance(value, v.FuncV):
        return ("function", id(value.node))
    if isinstance(value, v.Static):
        return ("static", id(value.value))
    return type(value).__name__


def array_cells(lw: Any, value: Any) -> list[int]:
    """The cells of the arrays in a value."""
    if isinstance(value, v.Ref):
        return [value.cell]
    if isinstance(value, v.TupleV):
        return [cell for each in value.items for cell in array_cells(lw, each)]
    if isinstance(value, v.ListV | v.DictV | v.ObjV):
        content = lw.state.heap.get(value.cell)
        if isinstance(content, v.Items):
            return [cell for each in content.items for cell in array_cells(lw, each)]
        if isinstance(content, v.Entries | v.Fields):
            return [cell for _, each in content.entries for cell in array_cells(lw, each)]
    return []
