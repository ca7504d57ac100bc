"""Functions of NumPy and functools that take functions: the calls they make are lowered.

``np.vectorize(f)(x)`` becomes the loop that stores ``f(x[i])`` into ``out[i]``, ``np.piecewise`` a
masked store for each piece, ``functools.reduce`` a loop that carries its value. So they need no
rules, and the derivative reads as that of the loop.
"""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from adcompiler.frontend import arithmetic, builtin_calls, calls, indexing, iteration
from adcompiler.frontend import values as v
from adcompiler.frontend.builtin_calls import as_array, handles, op
from adcompiler.frontend.inference import broadcast
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import If, Region, Var
from adcompiler.ir.types import INT, Array, Scalar

_ALL = v.SliceV(v.Static(None), v.Static(None), v.Static(None))


# ---- loops that store what a function returns


def _trial(lw: Any, make: Any) -> tuple[Any, Region]:
    """What ``make()`` would return, and the statements that it would make: none is kept."""
    before, region = lw.state, Region()
    lw.state = before.copy()
    try:
        with lw.builder.block(region):
            return make(), region
    finally:
        lw.state = before


def _sampled(lw: Any, make: Any) -> list[Any]:
    """The types of what ``make(k)`` returns for an index: one, or those of a tuple's items."""

    def types() -> list[Any]:
        made = make(Var(INT))
        items = made.items if isinstance(made, v.TupleV) else (made,)
        found = []
        for each in items:
            if isinstance(each, v.ListV):
                each = as_array(lw, each)
            atom = lw.atom(each)
            t = getattr(atom, "type", None)
            if not isinstance(t, Scalar | Array):
                raise lw.refuse(
                    "a function that is mapped over an array has to return numbers", code="AD300"
                )
            if _kinds_differ(lw, atom):
                raise lw.refuse(
                    "the dtype of the result is that of the first element, which is an integer on "
                    "some paths",
                    "let the function return floats on every path, or pass otypes=[float]",
                    code="AD300",
                )
            found.append(t)
        return [isinstance(made, v.TupleV), *found]

    return _trial(lw, types)[0]


def _kinds_differ(lw: Any, atom: Any) -> bool:
    made = lw.builder.defs.get(atom) if isinstance(atom, Var) else None
    if not isinstance(made, If):
        return False
    k = made.outs.index(atom)
    sides = (made.then.results[k], made.orelse.results[k])
    kinds = {getattr(getattr(x, "type", None), "dtype", "f")[0] for x in sides}
    return len(kinds) > 1 or any(_kinds_differ(lw, x) for x in sides)


def _empty(lw: Any, shape: tuple[Any, ...], dtype: str) -> Any:
    kwargs = {} if dtype == "float64" else {"dtype": builtin_calls.dtype_const(dtype)}
    made = op(lw, np.empty, v.TupleV(shape) if len(shape) != 1 else shape[0], **kwargs)
    lw.name_value(made, "out")
    return made


class _Axes:
    """Keys of the loops over an array's axes: a loop is known by the object that is its key."""

    def __init__(self, node: Any) -> None:
        self.keys = node.__dict__.setdefault("_axis_keys", {})

    def key(self, axis: int) -> Any:
        return self.keys.setdefault(axis, object())


def _nested(lw: Any, lengths: list[Any], body: Any) -> None:
    """``for i ...: for j ...: body((i, j))``."""
    axes = _Axes(lw.node)
    names = {1: ("n",), 2: ("rows", "columns")}.get(len(lengths))
    for axis, length in enumerate(lengths):
        lw.name_value(length, names[axis] if names else f"n_{axis}")

    def level(indices: tuple[Any, ...]) -> None:
        axis = len(indices)
        if axis == len(lengths):
            body(indices)
            return
        name = "ijklmn"[axis] if axis < 6 else "k"
        lw.for_range(
            axes.key(axis), const(0), lengths[axis], const(1), lambda k: level((*indices, k)), name
        )

    level(())


# ---- np.vectorize, np.frompyfunc


@handles(np.vectorize)
def _vectorize(
    lw: Any, fn: Any, otypes: Any = None, doc: Any = None, excluded: Any = None,
    cache: Any = None, signature: Any = None,
) -> Any:  # fmt: skip
    def given(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, v.ListV):
            return [v.constant(each) for each in iteration.items(lw, value, None)]
        return v.constant(value)

    made = given(otypes)
    if isinstance(made, list):
        made = "".join(np.dtype(each).char for each in made)
    return v.MethodV("vectorized", (fn, made, given(excluded) or (), given(signature)))


@handles(np.frompyfunc)
def _frompyfunc(lw: Any, fn: Any, nin: Any, nout: Any, *, identity: Any = None) -> Any:
    return v.MethodV("vectorized", (fn, None, (), None))


def vectorized(lw: Any, given: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``np.vectorize(fn, ...)(*args, **kwargs)``: a loop over the elements."""
    fn, otypes, excluded, signature = given
    if signature is not None:
        raise lw.refuse(
            "np.vectorize with a signature is not supported", "write the loop", code="AD300"
        )
    whole = {k for k in range(len(args)) if k in excluded}
    whole |= {k for k in kwargs if k in excluded}
    operands = {k: x for k, x in (*enumerate(args), *kwargs.items()) if k not in whole}
    operands = {
        k: as_array(lw, x) if isinstance(x, v.ListV | v.TupleV) else x for k, x in operands.items()
    }
    arrays = {k: x for k, x in operands.items() if _rank(lw, x)}

    def called(item: dict[Any, Any]) -> Any:
        positional = tuple(item.get(k, x) for k, x in enumerate(args))
        named = {k: item.get(k, x) for k, x in kwargs.items()}
        return calls.call_value(lw, fn, positional, named)

    if not arrays:
        return called({})
    arrays = _aligned(lw, arrays)
    types = {k: lw.type_of(x) for k, x in arrays.items()}
    dims = broadcast(*(t.dims for t in types.values()))
    lengths = [_length(lw, arrays, axis - len(dims)) for axis in range(len(dims))]

    def item(indices: tuple[Any, ...]) -> Any:
        read = {}
        for k, x in arrays.items():
            own = types[k].dims
            at = indices[len(indices) - len(own) :]
            at = tuple(
                const(0) if one.one and not all_.one else i
                for i, one, all_ in zip(at, own, dims[len(dims) - len(own) :], strict=True)
            )
            read[k] = indexing.get_item(lw, x, v.TupleV(at) if len(at) > 1 else at[0])
        return called(read)

    several, *found = _sampled_with(lw, otypes, lambda k: item((k,) * len(dims)))
    dtypes = list(otypes) if otypes else [t.dtype for t in found]
    if any(isinstance(t, Array) and t.ndim for t in found):
        raise lw.refuse(
            "np.vectorize needs a function that returns numbers", "write the loop", code="AD300"
        )
    outs = [_empty(lw, tuple(lengths), str(np.dtype(each))) for each in dtypes]

    def store(indices: tuple[Any, ...]) -> None:
        made = item(indices)
        for out, each in zip(outs, made.items if several else (made,), strict=True):
            indexing.set_item(lw, out, v.TupleV(indices) if len(indices) > 1 else indices[0], each)

    _nested(lw, lengths, store)
    return v.TupleV(tuple(outs)) if several else outs[0]


def _sampled_with(lw: Any, otypes: str | None, make: Any) -> list[Any]:
    if otypes is None:
        return _sampled(lw, make)
    several = len(otypes) > 1
    return [several, *(Scalar(str(np.dtype(each))) for each in otypes)]


def _rank(lw: Any, value: Any) -> int:
    t = lw.type_of(value)
    return t.ndim if isinstance(t, Array) else 0


def _aligned(lw: Any, arrays: dict[Any, Any]) -> dict[Any, Any]:
    """Arrays whose axes are known to be as long as the result's, or one."""
    dims = broadcast(*(lw.type_of(x).dims for x in arrays.values()))

    def fits(x: Any) -> bool:
        own = lw.type_of(x).dims
        pairs = zip(own, dims[len(dims) - len(own) :], strict=True)
        return all(a.same(b) or a.one is not None for a, b in pairs)

    if all(fits(x) for x in arrays.values()):
        return arrays
    made = op(lw, np.broadcast_arrays, *arrays.values())
    return dict(zip(arrays, made.items, strict=True))


def _length(lw: Any, arrays: dict[Any, Any], axis: int) -> Any:
    """The length of an axis, counted from the last, of the arrays broadcast together."""
    there = [x for x in arrays.values() if len(lw.type_of(x).dims) >= -axis]
    longest = next((x for x in there if lw.type_of(x).dims[axis].one is not True), there[0])
    return lw.dim(longest, axis + lw.type_of(longest).ndim)


# ---- np.piecewise


@handles(np.piecewise)
def _piecewise(lw: Any, x: Any, condlist: Any, funclist: Any, *args: Any, **kwargs: Any) -> Any:
    if isinstance(x, v.ListV | v.TupleV):
        x = as_array(lw, x)
    conditions = _conditions(lw, x, condlist)
    pieces = iteration.items(lw, funclist, None)
    if len(pieces) == len(conditions) + 1:
        rest = op(lw, np.logical_not, _any_of(lw, conditions))
        conditions, pieces = [rest, *conditions], [pieces[-1], *pieces[:-1]]
    if len(pieces) != len(conditions):
        raise lw.refuse(
            f"np.piecewise gets {len(conditions)} conditions and {len(pieces)} functions",
            code="AD213",
        )

    def value(piece: Any, at: Any) -> Any:
        if v.is_number(piece) or isinstance(piece, v.Ref):
            return piece
        return calls.call_value(lw, piece, (at, *args), kwargs)

    if not _rank(lw, x):
        made: Any = const(0.0)
        for condition, piece in zip(conditions, pieces, strict=True):
            before = made
            made = lw.choose(lw.truth(condition), lambda p=piece: value(p, x), lambda b=before: b)
        return made
    out = op(lw, np.zeros_like, x)
    for condition, piece in zip(conditions, pieces, strict=True):
        plain = v.is_number(piece) or isinstance(piece, v.Ref)
        at = None if plain else indexing.get_item(lw, x, condition)
        indexing.set_item(lw, out, condition, value(piece, at))
    return out


def _conditions(lw: Any, x: Any, condlist: Any) -> list[Any]:
    if _rank(lw, condlist) == _rank(lw, x) and (
        isinstance(condlist, v.Ref) or v.is_number(condlist)
    ):
        return [condlist]
    return list(iteration.items(lw, condlist, None))


def _any_of(lw: Any, conditions: list[Any]) -> Any:
    return builtin_calls.fold(lw, conditions, lambda a, b: arithmetic.binary(lw, ast.BitOr(), a, b))


# ---- along axes


@handles(np.apply_along_axis)
def _apply_along_axis(lw: Any, func1d: Any, axis: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    arr = as_array(lw, arr)
    t = lw.type_of(arr)
    along = lw.static_int(axis, "'axis'") % t.ndim
    others = [k for k in range(t.ndim) if k != along]

    def called(indices: tuple[Any, ...]) -> Any:
        at = list(indices)
        at.insert(along, _ALL)
        line = indexing.get_item(lw, arr, v.TupleV(tuple(at))) if indices else arr
        made = calls.call_value(lw, func1d, (line, *args), kwargs)
        return as_array(lw, made) if isinstance(made, v.ListV | v.TupleV) else made

    if not others:
        return called(())
    several, *found = _sampled(lw, lambda k: called((k,) * len(others)))
    (kind,) = found if not several else (None,)
    if kind is None or (isinstance(kind, Array) and kind.ndim > 1):
        raise lw.refuse(
            "np.apply_along_axis needs a function that returns a number or a vector",
            "write the loop",
            code="AD300",
        )
    lengths = [lw.dim(arr, k) for k in others]
    shape, inner = list(lengths), isinstance(kind, Array) and kind.ndim == 1
    if inner:
        (dim,) = kind.dims
        if dim.known is None and not dim.same(t.dims[along]):
            raise lw.refuse(
                "the length of what the function given to np.apply_along_axis returns is not known "
                "here",
                "write the loop",
                code="AD300",
            )
        shape.insert(along, const(dim.known) if dim.known is not None else lw.dim(arr, along))
    out = _empty(lw, tuple(shape), kind.dtype)

    def store(indices: tuple[Any, ...]) -> None:
        at = list(indices)
        if inner:
            at.insert(along, _ALL)
        index = v.TupleV(tuple(at)) if len(at) > 1 else at[0]
        indexing.set_item(lw, out, index, called(indices))

    _nested(lw, lengths, store)
    return out


@handles(np.apply_over_axes)
def _apply_over_axes(lw: Any, func: Any, a: Any, axes: Any) -> Any:
    a = as_array(lw, a)
    rank = _rank(lw, a)
    each_axis = (axes,) if v.is_number(axes) else iteration.items(lw, axes, None)
    for each in each_axis:
        axis = const(lw.static_int(each, "an axis") % rank)
        made = calls.call_value(lw, func, (a, axis), {})
        a = made if _rank(lw, made) == rank else op(lw, np.expand_dims, made, axis)
        if _rank(lw, a) != rank:
            raise lw.refuse(
                "the function given to np.apply_over_axes has to remove one axis", code="AD213"
            )
    return a


@handles(np.fromfunction)
def _fromfunction(lw: Any, function: Any, shape: Any, *, dtype: Any = None, **kwargs: Any) -> Any:
    kind = v.Static(float) if dtype is None else dtype
    rank = len(iteration.items(lw, shape, None))
    grid = op(lw, np.indices, shape, dtype=kind)
    parts = tuple(indexing.get_item(lw, grid, const(k)) for k in range(rank))
    return calls.call_value(lw, function, parts, kwargs)


__all__ = ["vectorized"]
