"""Subscripts: reading, storing and deleting items of arrays, lists, tuples and dicts."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.frontend import attributes, calls, iteration
from adcompiler.frontend import values as v
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const, Slice, Var
from adcompiler.ir.types import Array, Opaque, Scalar

ELLIPSIS = Const(Ellipsis, Opaque("ellipsis"))


def key(lw: Any, value: Any) -> Any:
    """A dict's key as a Python object."""
    if v.known(value):
        return v.constant(value)
    leaves = lw.param_leaves(value) if isinstance(value, Var) else ()
    if leaves:
        lw.static_int(value, "a dict's key")
    raise lw.refuse(
        "a dict's key has to be known when the derivative is compiled",
        "use a list or an array indexed by integers",
        code="AD211",
    )


def array_index(lw: Any, index: Any) -> tuple[Any, ...]:
    """An index expression as the items of the IR's index."""
    items = index.items if isinstance(index, v.TupleV) else (index,)
    return tuple(_index_item(lw, each) for each in items)


def _index_item(lw: Any, item: Any) -> Any:
    if isinstance(item, v.OptV):
        item = item.value
    if isinstance(item, v.Static):
        if item.value is None:
            return const(None)
        if item.value is Ellipsis:
            return ELLIPSIS
        if isinstance(item.value, slice):
            return Slice(
                *(lw.atom(lw.lift(e)) for e in (item.value.start, item.value.stop, item.value.step))
            )
    if isinstance(item, v.SliceV):
        return Slice(*(_bound(lw, each) for each in (item.start, item.stop, item.step)))
    if isinstance(item, v.ListV | v.TupleV):
        made = lw.atom(calls.call_value(lw, v.Static(np.array), (item,), {}))
        return _checked(lw, made)
    return _checked(lw, lw.atom(item))


def _bound(lw: Any, value: Any) -> Any:
    if isinstance(value, v.Static) and value.value is None:
        return None
    return lw.atom(value)


def _checked(lw: Any, atom: Any) -> Any:
    t = atom.type
    if isinstance(t, Scalar | Array):
        if t.dtype[0] in "fc":
            raise lw.refuse(
                "an index has to be an integer", "convert it with int(...)", code="AD213"
            )
        if isinstance(t, Scalar) and t.dtype == "bool":
            raise lw.refuse("a single boolean can't be an index here", code="AD213")
        return atom
    raise lw.refuse("this can't be an index", code="AD213")


def is_basic(index: tuple[Any, ...]) -> bool:
    """Whether indexing gives a view (no integer or boolean array in it)."""
    return not any(isinstance(each, Var | Const) and isinstance(each.type, Array) for each in index)


def get_item(lw: Any, owner: Any, index: Any) -> Any:
    if isinstance(owner, v.OptV):
        owner = owner.value
    if isinstance(owner, v.Ref):
        items = array_index(lw, index)
        if not is_basic(items):
            return lw.wrap(lw.builder.raw(n.READ, (lw.atom(owner), items)))
        made = v.Ref(owner.cell, (*owner.path, items))
        t = lw.type_of(made)
        if isinstance(t, Scalar):
            return lw.builder.raw(n.READ, (lw.atom(owner), items))
        lw.atom(made)
        return made
    if isinstance(owner, v.TupleV):
        return _sequence_item(lw, list(owner.items), index, lambda items: v.TupleV(tuple(items)))
    if isinstance(owner, v.ListV):
        return list_item(lw, owner, index)
    if isinstance(owner, v.ObjV) and issubclass(owner.cls, dict) and v.known(index):
        return attributes.get(lw, owner, v.constant(index))  # of SciPy's results, fields are items
    if isinstance(owner, v.DictV):
        entries = lw.content(owner.cell)
        wanted = key(lw, index)
        found = entries.get(wanted)
        if found is None:
            raise lw.refuse(f"the key {wanted!r} is not in this dict", code="AD213")
        return found
    if isinstance(owner, v.RangeV):
        items = iteration.items(lw, owner, None)
        return _sequence_item(lw, items, index, None)
    if isinstance(owner, v.Static) and v.known(index):
        try:
            return lw.lift(owner.value[v.constant(index)])
        except (KeyError, IndexError, TypeError) as error:
            raise lw.refuse(f"this can't be read: {error}", code="AD213") from None
    if isinstance(owner, v.MethodV) and owner.name in ("r_", "c_"):
        return calls.index_trick(lw, owner.name, index)
    if isinstance(owner, v.ObjV) and hasattr(owner.cls, "__getitem__"):
        return calls.call_value(lw, attributes.get(lw, owner, "__getitem__"), (index,), {})
    if v.is_number(owner) and isinstance(owner.type, Scalar):
        t = index.value if isinstance(index, v.Static) else None
        if t is Ellipsis or (isinstance(index, v.TupleV) and not index.items):
            return owner
    if isinstance(owner, v.Static) and hasattr(owner.value, "__getitem__"):
        said = f"an index into a {type(owner.value).__name__}"
        raise lw.refuse(f"{said} has to be known when the derivative is compiled", code="AD211")
    raise lw.refuse(f"{calls.describe(owner)} can't be indexed", code="AD213")


def _sequence_item(lw: Any, items: list[Any], index: Any, rebuild: Any) -> Any:
    if isinstance(index, v.SliceV):
        bounds = [
            None
            if isinstance(e, v.Static) and e.value is None
            else lw.static_int(e, "a slice of a tuple")
            for e in (index.start, index.stop, index.step)
        ]
        return rebuild(items[slice(*bounds)])
    if isinstance(index, Const) and isinstance(index.value, int):
        if not -len(items) <= index.value < len(items):
            raise lw.refuse(
                f"index {index.value} is out of range for {len(items)} items", code="AD213"
            )
        return items[index.value]
    dynamic = lw.as_dynamic_items(items)
    if dynamic is None:
        lw.static_int(index, "an index into a tuple of different kinds of values")
    return read_dynamic(lw, dynamic, lw.atom(index), None)


def list_item(lw: Any, owner: v.ListV, index: Any) -> Any:
    content = lw.content(owner.cell)
    if isinstance(content, v.Items):

        def rebuild(items: list[Any]) -> Any:
            return v.ListV(lw.cell(v.Items(tuple(items))))

        return _sequence_item(lw, list(content.items), index, rebuild)
    if isinstance(index, v.SliceV):
        atom = Slice(*(_bound(lw, e) for e in (index.start, index.stop, index.step)))
        lists = tuple(lw.builder.raw(n.READ, (each, atom)) for each in content.lists)
        made = lw.cell(v.DynList(content.shape, lists))
        if any(isinstance(each.type.elem, Array) for each in lists):
            lw.link(made, owner.cell)
        return v.ListV(made)
    return read_dynamic(lw, content, lw.atom(index), owner.cell)


def read_dynamic(lw: Any, content: v.DynList, index: Any, owner: int | None) -> Any:
    if any(each.type.elem is None for each in content.lists):
        raise lw.refuse("this list is empty", code="AD213")
    leaves = [lw.builder.raw(n.READ, (each, index)) for each in content.lists]
    return lw.rebuild_element(content.shape, leaves, owner)


def set_item(lw: Any, owner: Any, index: Any, value: Any) -> None:
    if isinstance(owner, v.OptV):
        owner = owner.value
    if isinstance(value, v.OptV):
        value = value.value
    if isinstance(owner, v.Ref):
        items = array_index(lw, index)
        lw.store(v.Ref(owner.cell, (*owner.path, items)), value)
    elif isinstance(owner, v.ListV):
        _set_list_item(lw, owner, index, value)
    elif isinstance(owner, v.DictV):
        entries = lw.content(owner.cell)
        lw.mutate(owner.cell, entries.put(key(lw, index), value))
    elif isinstance(owner, v.ObjV) and hasattr(owner.cls, "__setitem__"):
        calls.call_value(lw, attributes.get(lw, owner, "__setitem__"), (index, value), {})
    else:
        raise lw.refuse(f"items of {calls.describe(owner)} can't be stored", code="AD213")


def _set_list_item(lw: Any, owner: v.ListV, index: Any, value: Any) -> None:
    content = lw.content(owner.cell)
    if isinstance(content, v.Items) and isinstance(index, Const):
        items = list(content.items)
        if not -len(items) <= index.value < len(items):
            raise lw.refuse(
                f"index {index.value} is out of range for {len(items)} items", code="AD213"
            )
        items[index.value] = value
        lw.mutate(owner.cell, v.Items(tuple(items)))
        return
    if isinstance(index, v.SliceV):
        raise lw.refuse(
            "a slice of a list can't be assigned to", "assign its items one by one", code="AD210"
        )
    if isinstance(content, v.Items):
        content = lw.as_dynamic_items(list(content.items))
        if content is None:
            lw.static_int(index, "an index into a list of different kinds of values")
    leaves: list[Any] = []
    shape = lw.element_leaves(value, leaves)
    if shape is False or shape != content.shape:
        raise lw.refuse(
            "this value doesn't have the structure of the list's other elements", code="AD210"
        )
    atom = lw.atom(index)
    lists = tuple(
        lw.builder.raw(n.UPDATE, (each, (atom,), leaf))
        for each, leaf in zip(content.lists, leaves, strict=True)
    )
    for made, each in zip(lists, content.lists, strict=True):
        made.hint, made.user = each.hint, each.user
    if isinstance(value, v.Ref):
        lw.link(owner.cell, value.cell)
    lw.mutate(owner.cell, v.DynList(content.shape, lists))


def delete_item(lw: Any, owner: Any, index: Any) -> None:
    if isinstance(owner, v.DictV):
        wanted = key(lw, index)
        entries = lw.content(owner.cell)
        if entries.get(wanted) is None:
            raise lw.refuse(f"the key {wanted!r} is not in this dict", code="AD213")
        lw.mutate(owner.cell, entries.drop(wanted))
        return
    if isinstance(owner, v.ListV):
        content = lw.content(owner.cell)
        if isinstance(content, v.Items) and isinstance(index, Const):
            items = list(content.items)
            del items[index.value]
            lw.mutate(owner.cell, v.Items(tuple(items)))
            return
    raise lw.refuse("this item can't be deleted here", "build a new list without it", code="AD210")
