"""Strings: folded where they are known, else computed when the derivative runs."""

from __future__ import annotations

import operator
from typing import Any

from adcompiler.frontend import values as v
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const, Var
from adcompiler.ir.types import BOOL, INT, STR

_NUMBERS = ("find", "rfind", "index", "rindex", "count")
_LISTS = ("split", "rsplit", "splitlines", "partition", "rpartition", "encode", "maketrans")


def is_text(value: Any) -> bool:
    """Whether this is a string, known or not."""
    if isinstance(value, v.Static):
        return isinstance(value.value, str)
    if isinstance(value, Const):
        return isinstance(value.value, str)
    return isinstance(value, Var) and value.type == STR


def operation(lw: Any, fn: Any, left: Any, right: Any) -> Any:
    """``+``, ``*``, ``%`` and ``in`` of strings."""
    if v.known(left) and v.known(right):
        try:
            return lw.lift(fn(v.constant(left), v.constant(right)))
        except (TypeError, ValueError) as error:
            raise lw.refuse(f"this can't be done with a string: {error}", code="AD213") from None
    t = BOOL if fn is operator.contains else STR
    return lw.builder.raw(fn, (lw.atom(left), lw.atom(right)), types=(t,))


def method(lw: Any, name: str, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    args = tuple(_fixed(lw, each) for each in args)
    if all(v.known(each) for each in (owner, *args, *kwargs.values())):
        try:
            made = getattr(v.constant(owner), name)(
                *map(v.constant, args), **{k: v.constant(x) for k, x in kwargs.items()}
            )
        except Exception as error:
            raise lw.refuse(f"{name}() can't be used here: {error}", code="AD213") from None
        if isinstance(made, list):
            return v.ListV(lw.cell(v.Items(tuple(lw.lift(each) for each in made))))
        return lw.lift(made)
    if name in _LISTS:
        raise lw.refuse(
            f"{name}() of a string that is known only at run time is not supported", code="AD211"
        )
    if name in _NUMBERS:
        t: Any = INT
    else:
        t = BOOL if name.startswith("is") or name.endswith("with") else STR
    named = {k: lw.atom(x) for k, x in kwargs.items()}
    atoms = (lw.atom(owner), *(lw.atom(each) for each in args))
    return lw.builder.raw(n.Method(name), atoms, named, types=(t,))


def _fixed(lw: Any, value: Any) -> Any:
    """A list of known strings as a tuple of them: ``", ".join(names)``."""
    content = lw.content(value.cell) if isinstance(value, v.ListV) else None
    if isinstance(content, v.Items) and all(v.known(each) for each in content.items):
        return v.TupleV(content.items)
    return value


def formatted(lw: Any, value: Any, conversion: str, spec: Any) -> Any:
    """One field of an f-string; ``spec`` is a string or a value that is one."""
    spec = v.Static(spec) if isinstance(spec, str) else spec
    if v.known(value) and v.known(spec):
        try:
            shown = f"{{{conversion}:{v.constant(spec)}}}".format(v.constant(value))
        except (TypeError, ValueError) as error:
            raise lw.refuse(f"this can't be formatted: {error}", code="AD213") from None
        return v.Static(shown)
    if not v.known(spec):
        if conversion:
            value = lw.builder.raw(
                n.FORMATTED, (lw.message_atom(value), const(conversion), const(""))
            )
        return lw.builder.raw(format, (lw.message_atom(value), lw.atom(spec)), types=(STR,))
    parts = (lw.message_atom(value), const(conversion), const(v.constant(spec)))
    return lw.builder.raw(n.FORMATTED, parts)
