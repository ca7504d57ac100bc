"""NumPy's creation functions, making arrays of duals."""

from __future__ import annotations

import numpy as np

from .arrays import (
    Array,
    base,
    cast,
    has_dual,
    plain_dtype,
    to_array,
    wrap,
)
from .dual import Dual, binary, lift, raw
from .replacing import OVERRIDES, override, plain


def _order_of(x, order):
    return (
        "F"
        if order == "F" or (order == "K" and x.flags.f_contiguous and not x.flags.c_contiguous)
        else "C"
    )


@override
def array(obj, dtype=None, copy=True, order="K", ndmin=0):
    dtype = plain_dtype(dtype)
    if dtype is not None and dtype.kind in "iub":
        out = cast(obj, dtype) if has_dual(obj) else np.array(plain(obj), dtype=dtype, order=order)
    elif isinstance(obj, Array):
        if not copy and dtype in (None, obj.logical) and order in ("K", "A", None):
            out = obj
        else:
            out = base(obj).copy(order or "K").view(Array)
            out.logical = dtype or obj.logical
    elif has_dual(obj) or isinstance(obj, Dual):
        out = to_array(obj, dtype or float)
    else:
        real = np.array(obj, dtype=dtype, order=order)
        out = (
            obj
            if real.dtype.kind not in "fc" and not copy and isinstance(obj, np.ndarray)
            else wrap(real)
        )
    if out.ndim < ndmin:
        out = out.reshape((1,) * (ndmin - out.ndim) + out.shape)
    return out


@override
def asarray(obj, dtype=None, order="K"):
    return array(obj, dtype, copy=False, order=order)


OVERRIDES["asanyarray"] = asarray
OVERRIDES["asarray_chkfinite"] = asarray


@override
def ascontiguousarray(obj, dtype=None):
    obj = asarray(obj, dtype)
    obj = obj if obj.ndim else obj.reshape(1)
    return obj if obj.flags.c_contiguous else obj.copy()


@override
def asfortranarray(obj, dtype=None):
    obj = asarray(obj, dtype)
    return obj if obj.flags.f_contiguous else obj.copy("F")


@override
def copy(obj, order="K", subok=False):
    return array(obj, order=order)


def _filled(shape, value, dtype, order="C"):
    dtype = plain_dtype(dtype) or np.dtype(float)
    if dtype.kind not in "fc":
        return np.full(shape, value, dtype=dtype, order=order)
    out = np.empty(shape, dtype=object, order=order)
    out[...] = lift(value)
    out = out.view(Array)
    out.logical = dtype
    return out


@override
def zeros(shape, dtype=None, order="C"):
    return _filled(shape, 0, dtype, order)


@override
def ones(shape, dtype=None, order="C"):
    return _filled(shape, 1, dtype, order)


@override
def empty(shape, dtype=None, order="C"):
    return _filled(
        shape,
        float("nan") if (plain_dtype(dtype) or np.dtype(float)).kind in "fc" else 0,
        dtype,
        order,
    )


@override
def full(shape, fill_value, dtype=None, order="C"):
    if not has_dual(fill_value):
        return wrap(np.full(shape, fill_value, dtype=plain_dtype(dtype), order=order))
    out = zeros(shape, dtype, order)
    out[...] = fill_value
    return out


def _like(make):
    def like(x, *args, dtype=None, order="K", shape=None):
        x = asarray(x)
        dtype = dtype if dtype is not None else x.dtype
        return make(
            x.shape if shape is None else shape, *args, dtype=dtype, order=_order_of(x, order)
        )

    return like


for _make in (zeros, ones, empty, full):
    OVERRIDES[f"{_make.__name__}_like"] = _like(_make)


@override
def fromiter(items, dtype=None, count=-1):
    return array(list(items), dtype)


@override
def linspace(start, stop, num=50, endpoint=True, dtype=None):
    step = binary("divide", lift(stop) - lift(start), max(num - 1 if endpoint else num, 1))
    return to_array([lift(start) + i * step for i in range(num)])


@override
def arange(*args, dtype=None):
    if not has_dual(args):
        return wrap(np.arange(*args, dtype=plain_dtype(dtype)))
    start, stop, step = (
        (lift(0), args[0], 1)
        if len(args) == 1
        else (args[0], args[1], args[2] if len(args) > 2 else 1)
    )
    count = int(np.ceil(float(raw(lift(stop) - start) / raw(step))))
    return to_array([lift(start) + i * lift(step) for i in range(max(count, 0))])
