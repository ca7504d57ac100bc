"""Methods of arrays, lists, dicts and tuples."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from adcompiler.frontend import (
    arithmetic,
    attributes,
    builtin_calls,
    calls,
    functional,
    indexing,
    iteration,
    random_draws,
    sets,
    text,
)
from adcompiler.frontend import values as v
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const
from adcompiler.ir.types import Array, Scalar


def method(lw: Any, name: str, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if name in ("identity", "no_op"):
        return args[0] if args and name == "identity" else v.Static(None)
    if name == "_make":
        items = tuple(iteration.items(lw, args[0], len(owner.value._fields)))
        return calls.construct(lw, owner.value, items, {})
    if name == "vectorized":
        return functional.vectorized(lw, owner, args, kwargs)
    if text.is_text(owner):
        return text.method(lw, name, owner, args, kwargs)
    if v.is_number(owner) and getattr(owner.type, "what", "") in random_draws.GENERATORS:
        return random_draws.method(lw, name, owner, args, kwargs)
    if isinstance(owner, v.Ref) or v.is_number(owner):
        return _array_method(lw, name, owner, args, kwargs)
    if isinstance(owner, v.ListV):
        handler = _LIST.get(name)
        if handler is not None:
            return calls.handled(lw, handler, name, (owner, *args), kwargs)
    if isinstance(owner, v.SetV):
        return sets.method(lw, name, owner, args, kwargs)
    if isinstance(owner, v.DictV):
        handler = _DICT.get(name)
        if handler is not None:
            return calls.handled(lw, handler, name, (owner, *args), kwargs)
    if isinstance(owner, v.TupleV):
        if name == "_replace":
            fields = owner.cls._fields
            if args or not set(kwargs) <= set(fields):
                raise lw.refuse(
                    f"_replace() takes fields of {owner.cls.__name__} by keyword", code="AD213"
                )
            items = [kwargs.get(f, item) for f, item in zip(fields, owner.items, strict=True)]
            return v.TupleV(tuple(items), owner.cls)
        if name == "_asdict":
            pairs = zip(owner.cls._fields, owner.items, strict=True)
            return v.DictV(lw.cell(v.Entries(tuple(pairs))))
        if all(v.known(each) for each in (*owner.items, *args)):
            return const(getattr(v.constant(owner), name)(*(v.constant(e) for e in args)))
    raise lw.refuse(
        f"the method '{name}' of {calls.describe(owner)} is not supported", code="AD306"
    )


def _array_method(lw: Any, name: str, owner: Any, args: Any, kwargs: Any) -> Any:
    if name == "copy":
        if v.is_number(owner):
            return owner
        made = lw.wrap(lw.builder.raw(n.COPY, (lw.atom(owner),)))
        if not args and not kwargs:
            lw.layouts.c_order.add(made.cell)
        return made
    if name == "astype":
        dtype = str(np.dtype(v.constant(args[0] if args else kwargs["dtype"])))
        if v.is_number(owner):
            return (
                builtin_calls._number(lw, owner, dtype)
                if dtype[0] in "fc"
                else lw.call(n.CAST, owner, builtin_calls.dtype_const(dtype))
            )
        t = lw.type_of(owner)
        if t.dtype == dtype:
            if "copy" in kwargs and lw.truth(kwargs["copy"]) is False:
                return owner
            return lw.wrap(lw.builder.raw(n.COPY, (lw.atom(owner),)))
        return builtin_calls._cast(lw, owner, dtype)
    if name == "item":
        if args:
            return indexing.get_item(
                lw,
                builtin_calls.op(lw, np.ravel, owner) if len(args) == 1 else owner,
                v.TupleV(args) if len(args) > 1 else args[0],
            )
        t = lw.type_of(owner)
        return (
            owner
            if isinstance(t, Scalar)
            else lw.builder.raw(n.READ, (lw.atom(owner), tuple(const(0) for _ in t.dims)))
        )
    if name == "flatten":
        flat = lw.wrap(
            lw.builder.raw(
                n.COPY, (lw.atom(builtin_calls.op(lw, np.ravel, owner, *args, **kwargs)),)
            )
        )
        lw.layouts.c_order.add(flat.cell)
        return flat
    if name == "fill":
        lw.overwrite(owner, lw.atom(args[0]))
        return v.Static(None)
    if name == "tolist":
        t = lw.type_of(owner)
        if not isinstance(t, Array):
            return owner
        if t.ndim == 0:
            return lw.builder.raw(n.READ, (lw.atom(owner), ()))
        if t.ndim == 1:
            return builtin_calls._list(lw, owner)

        def row(k: Any) -> Any:
            return _array_method(lw, "tolist", indexing.get_item(lw, owner, k), (), {})

        known = t.dims[0].known
        if known is not None:
            return v.ListV(lw.cell(v.Items(tuple(row(const(k)) for k in range(known)))))
        return builtin_calls._collected(lw, lw.dim(owner, 0), row)
    if name == "is_integer":
        return arithmetic.compare(lw, ast.Eq(), owner, builtin_calls.op(lw, np.floor, owner))
    if name == "sort":
        lw.overwrite(owner, lw.atom(builtin_calls.op(lw, np.sort, owner, *args, **kwargs)))
        return v.Static(None)
    if name == "reshape" and (len(args) > 1 or (args and v.is_number(args[0]))):
        args = (v.TupleV(args),)
    if name == "transpose" and len(args) > 1:
        args = (v.TupleV(args),)
    if name == "transpose" and args:
        kwargs = {"axes": args[0]}
        args = ()
    fn = attributes.ARRAY_METHODS.get(name)
    if name == "compress" and args:
        return builtin_calls.op(lw, fn, args[0], owner, *args[1:], **kwargs)
    if fn is None:
        raise lw.refuse(f"the array method '{name}' is not supported", code="AD306")
    return builtin_calls.op(lw, fn, owner, *args, **kwargs)


def _list_pop(lw: Any, owner: Any, index: Any = None) -> Any:
    content = lw.content(owner.cell)
    if isinstance(content, v.Items):
        k = -1 if index is None else lw.static_int(index, "the index given to pop()")
        items = list(content.items)
        if not items:
            raise lw.refuse("pop() from an empty list", code="AD213")
        item = items.pop(k)
        lw.mutate(owner.cell, v.Items(tuple(items)))
        return item
    if index is not None and not (isinstance(index, Const) and index.value == -1):
        raise lw.refuse("pop() is supported at the end of a list only", code="AD210")
    item = indexing.list_item(lw, owner, const(-1))
    lists = []
    for each in content.lists:
        made = lw.builder.raw(n.DROP, (each,))
        made.hint, made.user = each.hint, each.user
        lists.append(made)
    lw.mutate(owner.cell, v.DynList(content.shape, tuple(lists)))
    return item


def _static_items(lw: Any, owner: Any, what: str) -> list[Any]:
    content = lw.content(owner.cell)
    if not isinstance(content, v.Items):
        raise lw.refuse(
            f"{what}() is not supported on a list whose length is known at run time only",
            code="AD210",
        )
    return list(content.items)


def _list_insert(lw: Any, owner: Any, index: Any, item: Any) -> Any:
    items = _static_items(lw, owner, "insert")
    items.insert(lw.static_int(index, "the index given to insert()"), item)
    lw.mutate(owner.cell, v.Items(tuple(items)))
    return v.Static(None)


def _list_reverse(lw: Any, owner: Any) -> Any:
    lw.mutate(owner.cell, v.Items(tuple(reversed(_static_items(lw, owner, "reverse")))))
    return v.Static(None)


def _none(fn: Any) -> Any:
    def handler(*args: Any, **kwargs: Any) -> Any:
        fn(*args, **kwargs)
        return v.Static(None)

    return handler


def _list_clear(lw: Any, owner: Any) -> None:
    lw.mutate(owner.cell, v.Items(()))


def _list_lookup(name: str) -> Any:
    def handler(lw: Any, owner: Any, item: Any) -> Any:
        items = _static_items(lw, owner, name)
        if all(v.known(each) for each in (*items, item)):
            return const(getattr([v.constant(e) for e in items], name)(v.constant(item)))
        raise lw.refuse(f"{name}() is supported on lists of fixed items only", code="AD210")

    return handler


def _list_sort(lw: Any, owner: Any, **kwargs: Any) -> Any:
    raise lw.refuse(
        "sorting a list in place is not supported", "use np.sort of an array", code="AD210"
    )


_LIST = {
    "append": _none(lambda *a: calls.list_append(*a)),
    "extend": _none(lambda *a: calls.list_extend(*a)),
    "pop": _list_pop,
    "insert": _list_insert,
    "copy": lambda *a: calls.list_copy(*a),
    "clear": _none(_list_clear),
    "reverse": _list_reverse,
    "index": _list_lookup("index"),
    "count": _list_lookup("count"),
    "sort": _list_sort,
    "remove": lambda lw, *a: _list_sort(lw, None),
}


def _dict_get(lw: Any, owner: Any, key: Any, default: Any = None) -> Any:
    found = lw.content(owner.cell).get(indexing.key(lw, key))
    if found is not None:
        return found
    return v.Static(None) if default is None else default


def _dict_pop(lw: Any, owner: Any, key: Any, default: Any = None) -> Any:
    entries = lw.content(owner.cell)
    wanted = indexing.key(lw, key)
    found = entries.get(wanted)
    if found is None:
        if default is None:
            raise lw.refuse(f"the key {wanted!r} is not in this dict", code="AD213")
        return default
    lw.mutate(owner.cell, entries.drop(wanted))
    return found


def _dict_setdefault(lw: Any, owner: Any, key: Any, default: Any = None) -> Any:
    wanted = indexing.key(lw, key)
    found = lw.content(owner.cell).get(wanted)
    if found is None:
        found = v.Static(None) if default is None else default
        lw.mutate(owner.cell, lw.content(owner.cell).put(wanted, found))
    return found


def _dict_update(lw: Any, owner: Any, other: Any = None, **kwargs: Any) -> Any:
    entries = lw.content(owner.cell)
    if other is not None:
        for key, value in lw.content(builtin_calls._dict(lw, other).cell).entries:
            entries = entries.put(key, value)
    for key, value in kwargs.items():
        entries = entries.put(key, value)
    lw.mutate(owner.cell, entries)
    return v.Static(None)


_DICT = {
    "get": _dict_get,
    "pop": _dict_pop,
    "setdefault": _dict_setdefault,
    "update": _dict_update,
    "copy": lambda lw, owner: v.DictV(lw.cell(lw.content(owner.cell))),
    "keys": lambda lw, owner: v.TupleV(
        tuple(lw.lift(k) for k, _ in lw.content(owner.cell).entries)
    ),
    "values": lambda lw, owner: v.TupleV(tuple(x for _, x in lw.content(owner.cell).entries)),
    "items": lambda lw, owner: v.TupleV(
        tuple(v.TupleV((lw.lift(k), x)) for k, x in lw.content(owner.cell).entries)
    ),
}
