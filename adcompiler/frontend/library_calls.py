"""Functions of the standard library that work on structure: copies, combinations of items."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import operator
import typing
from typing import Any

from numpy.lib.array_utils import normalize_axis_index

from adcompiler.frontend import attributes, calls, iteration
from adcompiler.frontend import values as v
from adcompiler.frontend.builtin_calls import handles
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.types import Scalar


@handles(dataclasses.replace)
def _replace(lw: Any, obj: Any, **changes: Any) -> Any:
    if not isinstance(obj, v.ObjV) or not dataclasses.is_dataclass(obj.cls):
        raise lw.refuse("dataclasses.replace() needs an object of a dataclass", code="AD213")
    given = {}
    for each in dataclasses.fields(obj.cls):
        if each.init:
            name = each.name
            given[name] = changes[name] if name in changes else attributes.get(lw, obj, name)
        elif each.name in changes:
            raise lw.refuse(f"the field '{each.name}' can't be replaced", code="AD213")
    return calls.construct(lw, obj.cls, (), {**changes, **given})


@handles(typing.cast)
def _cast(lw: Any, cls: Any, value: Any) -> Any:
    return value


@handles(operator.index)
def _index(lw: Any, value: Any) -> Any:
    if v.known(value):
        return const(operator.index(v.constant(value)))
    t = lw.type_of(value)
    if not isinstance(t, Scalar) or t.dtype[0] not in "iub":
        raise lw.refuse(f"{calls.describe(value)} is no integer", code="AD213")
    return value


@handles(normalize_axis_index)
def _axis(lw: Any, axis: Any, ndim: Any, msg_prefix: Any = None) -> Any:
    rank, k = lw.static_int(ndim, "a rank"), lw.static_int(axis, "an axis")
    if not -rank <= k < rank:
        raise lw.refuse(f"there is no axis {k} in {rank} dimension(s)", code="AD213")
    return const(k % rank)


@handles(copy.copy)
def _copy(lw: Any, value: Any) -> Any:
    if isinstance(value, v.Ref):
        return lw.wrap(lw.builder.raw(n.COPY, (lw.atom(value),)))
    if isinstance(value, v.ListV):
        return calls.list_copy(lw, value)
    if isinstance(value, v.DictV):
        return type(value)(lw.cell(lw.content(value.cell)))
    if isinstance(value, v.ObjV) and not hasattr(value.cls, "__copy__"):
        return v.ObjV(lw.cell(lw.content(value.cell)), value.cls)
    if isinstance(value, v.ObjV):
        raise lw.refuse(f"{value.cls.__name__} has a way of its own to be copied", code="AD300")
    return value


@handles(copy.deepcopy)
def _deepcopy(lw: Any, value: Any) -> Any:
    done: dict[int, Any] = {}

    def go(value: Any) -> Any:
        if isinstance(value, v.Ref) and value.path:
            return _copy(lw, value)
        cell = getattr(value, "cell", None)
        if cell is not None and cell in done:
            return done[cell]
        if isinstance(value, v.Ref):
            made: Any = _copy(lw, value)
        elif isinstance(value, v.TupleV):
            return v.TupleV(tuple(go(each) for each in value.items), value.cls)
        elif isinstance(value, v.ListV):
            content = lw.content(value.cell)
            if not isinstance(content, v.Items):
                raise lw.refuse(
                    "deepcopy() of a list of unknown length is not supported", code="AD300"
                )
            made = v.ListV(lw.cell(v.Items(())))
            done[value.cell] = made
            lw.state.heap[made.cell] = v.Items(tuple(go(each) for each in content.items))
        elif isinstance(value, v.DictV | v.ObjV):
            if isinstance(value, v.ObjV) and hasattr(value.cls, "__deepcopy__"):
                raise lw.refuse(
                    f"{value.cls.__name__} has a way of its own to be copied", code="AD300"
                )
            content = lw.content(value.cell)
            made = dataclasses.replace(value, cell=lw.cell(type(content)(())))
            done[value.cell] = made
            lw.state.heap[made.cell] = type(content)(tuple((k, go(x)) for k, x in content.entries))
        else:
            return value
        done[cell] = made
        return made

    return go(value)


def _combining(fn: Any) -> None:
    @handles(fn)
    def handler(lw: Any, *args: Any, **kwargs: Any) -> Any:
        named = {k: lw.static_int(x, f"'{k}'") for k, x in kwargs.items()}
        given = []
        for each in args:
            if v.is_number(each):
                given.append(lw.static_int(each, "the length"))
            else:
                given.append(iteration.items(lw, each, None))
        try:
            found = list(fn(*given, **named))
        except TypeError as error:
            raise lw.refuse(f"{fn.__name__}(): {error}", code="AD213") from None
        return v.TupleV(tuple(v.TupleV(each) for each in found))


for _fn in (
    itertools.product,
    itertools.combinations,
    itertools.permutations,
    itertools.pairwise,
    itertools.combinations_with_replacement,
):
    _combining(_fn)


@handles(itertools.chain)
def _chain(lw: Any, *parts: Any) -> Any:
    return v.TupleV(tuple(x for each in parts for x in iteration.items(lw, each, None)))


@handles(itertools.accumulate)
def _accumulate(lw: Any, value: Any, func: Any = None) -> Any:
    combine = v.Static(operator.add) if func is None else func
    out: list[Any] = []
    for each in iteration.items(lw, value, None):
        out.append(each if not out else calls.call_value(lw, combine, (out[-1], each), {}))
    return v.TupleV(tuple(out))


@handles(itertools.repeat)
def _repeat(lw: Any, value: Any, times: Any) -> Any:
    return v.TupleV((value,) * lw.static_int(times, "the number of repetitions"))
