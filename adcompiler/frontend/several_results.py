"""Functions of NumPy that return several arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.frontend import calls, indexing, iteration
from adcompiler.frontend import values as v
from adcompiler.frontend.builtin_calls import as_array, dtype_const, handles, op
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.types import Array, is_complex
from adcompiler.rules.contract import REGISTRY


def _ruled(lw: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return calls.apply_rule(lw, REGISTRY.find(fn), args, kwargs)


def _whole(lw: Any, array: Any) -> Any:
    """A view of all of an array."""
    return indexing.get_item(lw, array, v.Static(Ellipsis))


def _splitting(fn: Any) -> Any:
    def handler(lw: Any, ary: Any, indices_or_sections: Any, axis: Any = None) -> Any:
        ary = as_array(lw, ary)
        given = indices_or_sections
        if isinstance(given, v.TupleV | v.ListV):
            given = v.TupleV(tuple(iteration.items(lw, given, None)))
            count = len(given.items) + 1
        else:
            given = const(lw.static_int(given, "the number of parts"))
            count = given.value
        if count == 1:
            return v.ListV(lw.cell(v.Items((_whole(lw, ary),))))
        kwargs = {} if axis is None else {"axis": axis}
        parts = _ruled(lw, fn, (ary, given), kwargs).items
        return v.ListV(lw.cell(v.Items(parts)))

    return handler


for _fn in (np.split, np.array_split):
    handles(_fn)(_splitting(_fn))


def _splitting_along(fn: Any) -> Any:
    split = _splitting(fn)
    return lambda lw, ary, indices_or_sections: split(lw, ary, indices_or_sections)


for _fn in (np.hsplit, np.vsplit, np.dsplit):
    handles(_fn)(_splitting_along(_fn))


@handles(np.broadcast_arrays)
def _broadcast_arrays(lw: Any, *args: Any) -> Any:
    arrays = tuple(as_array(lw, each) for each in args)
    if len(arrays) == 1:
        return v.TupleV((_whole(lw, arrays[0]),))
    return _ruled(lw, np.broadcast_arrays, arrays, {})


@handles(np.meshgrid)
def _meshgrid(lw: Any, *xi: Any, copy: Any = None, sparse: Any = None, indexing: Any = None) -> Any:
    arrays = tuple(
        as_array(lw, each) if _rank(lw, each) == 1 else op(lw, np.ravel, as_array(lw, each))
        for each in xi
    )
    order = "xy" if indexing is None else v.constant(indexing)
    if copy is not None and lw.truth(copy) is not True:
        raise lw.refuse(
            "np.meshgrid(..., copy=False) is not supported", "leave it out", code="AD300"
        )
    if sparse is not None and lw.truth(sparse) is True:
        made = []
        for k, each in enumerate(arrays):
            own = 1 - k if order == "xy" and k < 2 and len(arrays) > 1 else k
            shape = tuple(const(-1 if j == own else 1) for j in range(len(arrays)))
            made.append(op(lw, np.copy, op(lw, np.reshape, as_array(lw, each), v.TupleV(shape))))
        return v.TupleV(tuple(made))
    if len(arrays) == 1:
        return v.TupleV((op(lw, np.copy, arrays[0]),))
    kwargs = {} if order == "xy" else {"indexing": v.Static(order)}
    return _ruled(lw, np.meshgrid, arrays, kwargs)


def _rank(lw: Any, value: Any) -> int:
    t = lw.type_of(as_array(lw, value))
    return t.ndim if isinstance(t, Array) else 0


def _named(fn: Any, cls: type) -> Any:
    """A function that returns a named tuple."""

    def handler(lw: Any, *args: Any, **kwargs: Any) -> Any:
        return v.TupleV(_ruled(lw, fn, args, kwargs).items, cls)

    return handler


_HERE = np.eye(2)
_EIG = np.linalg.eig(_HERE)
for _fn in (np.linalg.slogdet, np.linalg.eigh):
    handles(_fn)(_named(_fn, type(_fn(_HERE))))


def _as_complex(lw: Any, a: Any) -> Any:
    """Whether a real matrix has complex eigenvalues depends on its values: as a complex one, it
    always has.
    """
    a = as_array(lw, a)
    t = lw.type_of(a)
    if is_complex(t):
        return a
    return lw.call(n.CAST, a, dtype_const("complex64" if t.dtype == "float32" else "complex128"))


@handles(np.linalg.eig)
def _eig(lw: Any, a: Any) -> Any:
    return v.TupleV(_ruled(lw, np.linalg.eig, (_as_complex(lw, a),), {}).items, type(_EIG))


@handles(np.linalg.eigvals)
def _eigvals(lw: Any, a: Any) -> Any:
    return _ruled(lw, np.linalg.eigvals, (_as_complex(lw, a),), {})


@handles(np.linalg.svd)
def _svd(lw: Any, a: Any, full_matrices: Any = None, compute_uv: Any = None) -> Any:
    if compute_uv is not None and lw.truth(compute_uv) is False:
        return op(lw, np.linalg.svdvals, a)
    if full_matrices is None or lw.truth(full_matrices) is not False:
        t = lw.type_of(as_array(lw, a))
        square = isinstance(t, Array) and t.ndim > 1 and t.dims[-1] == t.dims[-2]
        if not square:
            vectors = v.Poison(
                "the vectors of np.linalg.svd are supported with full_matrices=False",
                "give full_matrices=False",
                "AD300",
            )
            values = op(lw, np.linalg.svdvals, a)
            return v.TupleV((vectors, values, vectors), type(np.linalg.svd(_HERE)))
    made = _ruled(lw, np.linalg.svd, (a,), {"full_matrices": v.Static(False)})
    return v.TupleV(made.items, type(np.linalg.svd(_HERE)))


@handles(np.linalg.qr)
def _qr(lw: Any, a: Any, mode: Any = None) -> Any:
    if mode is not None and v.constant(mode) != "reduced":
        raise lw.refuse("np.linalg.qr is supported in mode 'reduced'", code="AD300")
    t = lw.type_of(as_array(lw, a))
    rows, columns = (d.known for d in t.dims[-2:])
    if rows is not None and columns is not None and rows < columns:
        raise lw.refuse("np.linalg.qr is supported for matrices with rows >= columns", code="AD300")
    return v.TupleV(_ruled(lw, np.linalg.qr, (a,), {}).items, type(np.linalg.qr(_HERE)))
