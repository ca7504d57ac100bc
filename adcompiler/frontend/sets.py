"""Sets of values that are known when the derivative is compiled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adcompiler.frontend import values as v

METHODS = ("add", "discard", "remove", "copy", "clear", "union", "intersection", "difference",
           "symmetric_difference", "update", "issubset", "issuperset", "isdisjoint")  # fmt: skip
_CHANGING = ("add", "discard", "remove", "clear", "update")


def made(lw: Any, items: Iterable[Any]) -> v.SetV:
    """A set of values, all of which have to be known."""
    items = list(items)
    if not all(v.known(each) for each in items):
        raise lw.refuse(
            "sets of values that are computed are not supported",
            "use a list or an array",
            code="AD210",
        )
    return _of(lw, [v.constant(each) for each in items])


def _of(lw: Any, found: Iterable[Any]) -> v.SetV:
    try:
        unique = dict.fromkeys(found)
    except TypeError as error:
        raise lw.refuse(f"this can't be in a set: {error}", code="AD213") from None
    return v.SetV(lw.cell(v.Entries(tuple((each, v.Static(None)) for each in unique))))


def is_set(value: Any) -> bool:
    if isinstance(value, v.SetV):
        return True
    return isinstance(value, v.Static) and isinstance(value.value, frozenset | set)


def objects(lw: Any, value: Any) -> Any:
    """The Python objects in a set, inserted in the program's order."""
    if isinstance(value, v.Static):
        return value.value
    found: set[Any] = set()
    for key, _ in lw.content(value.cell).entries:
        found.add(key)
    return found


def in_order(found: Any) -> list[Any]:
    """A set's items as Python iterates over them; by name where that depends on the hash seed."""
    if all(isinstance(each, int | float) for each in found):
        return list(found)
    return sorted(found, key=repr)


def operation(lw: Any, fn: Any, left: Any, right: Any) -> Any:
    try:
        found = fn(objects(lw, left), objects(lw, right))
    except TypeError as error:
        raise lw.refuse(f"this is not supported on sets: {error}", code="AD213") from None
    return _of(lw, in_order(found))


def method(lw: Any, name: str, owner: v.SetV, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    found = set(objects(lw, owner))
    given = []
    for each in args:
        if is_set(each):
            given.append(objects(lw, each))
        elif v.known(each) and (name in ("add", "discard", "remove") or isinstance(each, v.TupleV)):
            given.append(v.constant(each))
        else:
            raise lw.refuse(
                "sets of values that are computed are not supported", "use a list", code="AD210"
            )
    try:
        result = getattr(found, name)(*given, **kwargs)
    except (TypeError, KeyError) as error:
        raise lw.refuse(f"{name}() can't be used here: {error!r}", code="AD213") from None
    if name in _CHANGING:
        before = [key for key, _ in lw.content(owner.cell).entries if key in found]
        keys = [*before, *(each for each in in_order(found) if each not in before)]
        lw.mutate(owner.cell, v.Entries(tuple((each, v.Static(None)) for each in keys)))
        return v.Static(None)
    return _of(lw, in_order(result)) if isinstance(result, set) else lw.lift(result)
