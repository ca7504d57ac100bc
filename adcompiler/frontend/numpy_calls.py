"""NumPy functions for which a rule is not enough: conversions, dtypes, stores, positions."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from adcompiler.frontend import (
    arithmetic,
    attributes,
    builtin_calls,
    calls,
    indexing,
    iteration,
)
from adcompiler.frontend import values as v
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const
from adcompiler.ir.types import Array, Scalar
from adcompiler.rules.contract import REGISTRY


def _add_at(subtract: bool) -> Any:
    def handler(lw: Any, array: Any, index: Any, value: Any) -> Any:
        if not isinstance(array, v.Ref):
            raise lw.refuse("the first argument has to be an array", code="AD213")
        if subtract:
            value = arithmetic.unary(
                lw,
                ast.USub(),
                builtin_calls.as_array(lw, value) if isinstance(value, v.ListV) else value,
            )
        items = indexing.array_index(lw, index)
        lw.store(v.Ref(array.cell, (*array.path, items)), value, add=True)
        return v.Static(None)

    return handler


builtin_calls._HANDLERS[np.add.at] = _add_at(False)
builtin_calls._HANDLERS[np.subtract.at] = _add_at(True)


@builtin_calls.handles(np.nonzero)
def _nonzero(lw: Any, a: Any) -> Any:
    a = builtin_calls.as_array(lw, a)
    if lw.type_of(a).ndim < 2:  # a tuple of one array
        return v.TupleV((builtin_calls.op(lw, np.flatnonzero, a),))
    return calls.apply_rule(lw, REGISTRY.find(np.nonzero), (a,), {})


@builtin_calls.handles(np.where)
def _where(lw: Any, condition: Any, *branches: Any, **kwargs: Any) -> Any:
    if not branches and not kwargs:
        return _nonzero(lw, condition)
    return calls.apply_rule(lw, REGISTRY.find(np.where), (condition, *branches), kwargs)


@builtin_calls.handles(np.shape)
def _shape(lw: Any, value: Any) -> Any:
    if v.is_number(value) and isinstance(value.type, Scalar):
        return v.TupleV(())
    return attributes.get(lw, builtin_calls.as_array(lw, value), "shape")


@builtin_calls.handles(np.ndim)
def _ndim(lw: Any, value: Any) -> Any:
    t = lw.type_of(value)
    return (
        const(t.ndim if isinstance(t, Array) else 0)
        if t is not None
        else attributes.get(lw, builtin_calls.as_array(lw, value), "ndim")
    )


@builtin_calls.handles(np.sign)
def _sign(lw: Any, x: Any, **kwargs: Any) -> Any:
    if getattr(lw.type_of(x), "dtype", "f")[0] == "c":
        raise lw.refuse(
            "np.sign of complex numbers is not supported", "write z / np.abs(z)", code="AD300"
        )
    return calls.apply_rule(lw, REGISTRY.find(np.sign), (x,), kwargs)


@builtin_calls.handles(np.isscalar)
def _isscalar(lw: Any, value: Any) -> Any:
    return const(isinstance(lw.type_of(value), Scalar))


@builtin_calls.handles(np.iscomplexobj)
def _iscomplexobj(lw: Any, value: Any) -> Any:
    return const(getattr(lw.type_of(value), "dtype", "f")[0] == "c")


def _when_compiling(fn: Any) -> Any:
    """A function of dtypes: called when compiling."""

    def handler(lw: Any, *args: Any, **kwargs: Any) -> Any:
        def given(value: Any) -> Any:
            t = lw.type_of(value)
            if isinstance(t, Array | Scalar) and not isinstance(value, Const):
                return np.dtype(t.dtype)
            if not v.known(value):
                raise lw.refuse(
                    f"np.{fn.__name__} needs arguments that are known when compiling", code="AD211"
                )
            return v.constant(value)

        try:
            found = fn(*map(given, args), **{k: given(x) for k, x in kwargs.items()})
        except (TypeError, ValueError) as error:
            raise lw.refuse(f"np.{fn.__name__}: {error}", code="AD213") from None
        return lw.lift(found)

    return handler


for _fn in (np.issubdtype, np.result_type, np.promote_types, np.can_cast, np.finfo, np.iinfo):
    builtin_calls._HANDLERS[_fn] = _when_compiling(_fn)


@builtin_calls.handles(np.dtype)
def _dtype(lw: Any, value: Any) -> Any:
    return v.Static(np.dtype(v.constant(value)))


@builtin_calls.handles(np.asarray, np.asanyarray)
def _asarray(lw: Any, value: Any, dtype: Any = None, order: Any = None) -> Any:
    made = _to_array(lw, value, dtype, copy=False)
    return made if order is None else _maybe_same(lw, made)


@builtin_calls.handles(np.ascontiguousarray, np.asfortranarray)
def _in_order(lw: Any, value: Any, dtype: Any = None) -> Any:
    made = _to_array(lw, value, dtype, copy=False)
    if lw.type_of(made).ndim == 0:
        made = indexing.get_item(lw, made, v.Static(None))
    return _maybe_same(lw, made)


def _maybe_same(lw: Any, array: Any) -> Any:
    """The array, or a copy in another memory order: only NumPy can tell."""
    made = lw.wrap(lw.builder.raw(n.READ, (lw.atom(array), (indexing.ELLIPSIS,))))
    lw.link(made.cell, array.cell)
    return made


@builtin_calls.handles(np.array)
def _array(
    lw: Any, value: Any, dtype: Any = None, copy: Any = None, ndmin: Any = None, order: Any = None
) -> Any:
    if order is not None and not (v.known(order) and v.constant(order) in ("C", "K")):
        raise lw.refuse(
            "np.array with this memory order is not supported", "leave out order=", code="AD300"
        )
    if copy is not None and not v.known(copy):
        raise lw.refuse("np.array's copy= has to be known when the derivative is compiled")
    fresh = copy is None or v.constant(copy) is True  # None and IF_NEEDED: only if it must be
    made = _to_array(lw, value, dtype, copy=fresh)
    if ndmin is not None:
        t = lw.type_of(made)
        wanted = lw.static_int(ndmin, "ndmin")
        if isinstance(t, Array) and t.ndim < wanted:
            index = v.TupleV(
                (*(v.Static(None) for _ in range(wanted - t.ndim)), v.Static(Ellipsis))
            )
            made = indexing.get_item(lw, made, index)
    return made


def _to_array(lw: Any, value: Any, dtype: Any, copy: bool) -> Any:
    if isinstance(value, v.OptV):
        value = value.value
    if isinstance(value, v.LazyV):
        value = builtin_calls._list(lw, value)
    wanted = None
    if dtype is not None and not (isinstance(dtype, v.Static) and dtype.value is None):
        wanted = str(np.dtype(v.constant(dtype)))
        if wanted == "object":
            raise lw.refuse("arrays of objects are not supported", code="AD506")
    t = lw.type_of(value)
    if isinstance(t, Array):
        if wanted is not None and wanted != t.dtype:
            return builtin_calls._cast(lw, value, wanted)
        return lw.wrap(lw.builder.raw(n.COPY, (lw.atom(value),))) if copy else value
    if isinstance(value, v.ListV | v.TupleV):
        value = _nested(lw, value)
    atom = lw.atom(value)
    made = lw.wrap(lw.builder.raw(np.array, (atom,)))
    t = lw.type_of(made)
    if not isinstance(t, Array):
        raise lw.refuse("an array can't be made of this", code="AD213")
    return (
        builtin_calls._cast(lw, made, wanted) if wanted is not None and wanted != t.dtype else made
    )


def _nested(lw: Any, value: Any) -> Any:
    """Lists of lists of known length, as tuples; lists of unknown length stay."""
    if isinstance(value, v.ListV):
        content = lw.content(value.cell)
        if isinstance(content, v.DynList):
            if content.shape is not None:
                columns = [lw.wrap(lw.builder.raw(np.array, (each,))) for each in content.lists]
                return builtin_calls.op(lw, np.stack, v.TupleV(tuple(columns)), axis=const(-1))
            return value
        items = tuple(_nested(lw, each) for each in content.items)
        return v.ListV(lw.cell(v.Items(items)))
    if isinstance(value, v.TupleV):
        return v.TupleV(tuple(_nested(lw, each) for each in value.items))
    return value


@builtin_calls.handles(np.copy)
def _copy(lw: Any, value: Any, order: Any = None) -> Any:
    return lw.wrap(lw.builder.raw(n.COPY, (lw.atom(builtin_calls.as_array(lw, value)),)))


@builtin_calls.handles(np.block)
def _block(lw: Any, arrays: Any) -> Any:
    """Nested lists joined along the last axis, the lists of these along the one before, ..."""

    def depth(value: Any) -> int:
        inner = parts(value)
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    def parts(value: Any) -> list[Any] | None:
        return list(iteration.items(lw, value, None)) if isinstance(value, v.ListV) else None

    def joined(value: Any, axis: int) -> Any:
        inner = parts(value)
        if inner is None:
            return _array(lw, value, ndmin=const(ndim))
        joined_parts = v.TupleV(tuple(joined(each, axis + 1) for each in inner))
        return builtin_calls.op(lw, np.concatenate, joined_parts, axis=const(axis))

    def rank(value: Any) -> int:
        inner = parts(value)
        if inner is not None:
            return max(map(rank, inner), default=0)
        t = lw.type_of(builtin_calls.as_array(lw, value))
        return t.ndim if isinstance(t, Array) else 0

    levels = depth(arrays)
    ndim = max(levels, rank(arrays))
    return joined(arrays, -levels)


@builtin_calls.handles(np.fill_diagonal)
def _fill_diagonal(lw: Any, array: Any, value: Any) -> Any:
    index = builtin_calls.op(lw, np.arange, lw.dim(array, 0))
    indexing.set_item(lw, array, v.TupleV((index, index)), value)
    return v.Static(None)


@builtin_calls.handles(np.copyto)
def _copyto(lw: Any, target: Any, value: Any) -> Any:
    lw.overwrite(target, lw.atom(value))
    return v.Static(None)


@builtin_calls.handles(np.putmask)
def _putmask(lw: Any, array: Any, mask: Any, value: Any) -> Any:
    t, into = lw.type_of(value), lw.type_of(array)
    if isinstance(t, Array) and t.ndim:
        if (
            not isinstance(into, Array)
            or t.ndim != into.ndim
            or any(d.one is not False for d in t.dims)
        ):
            raise lw.refuse(
                "np.putmask repeats values of another shape, which is not supported",
                "use np.where",
                code="AD300",
            )
        value = indexing.get_item(lw, value, mask)
    indexing.set_item(lw, array, mask, value)
    return v.Static(None)
