"""Object arrays of dual numbers that behave as float64 arrays do: views, in-place stores, 0-d
results, reductions.
"""

from __future__ import annotations

import functools

import numpy as np

from .dual import (
    BINARY,
    BY_CASES,
    HALF,
    SELECTING,
    UNARY,
    ZERO,
    Dual,
    OracleGap,
    binary,
    lift,
    mp,
    raw,
    unary,
)

SUPPORTED_UFUNCS = {**UNARY, **BINARY, **BY_CASES, **SELECTING}


class Array(np.ndarray):
    """An ndarray of `Dual`; `dtype` answers what the program's array would answer."""

    logical = np.dtype(float)

    def __array_finalize__(self, parent):
        self.logical = getattr(parent, "logical", np.dtype(float))

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return apply_ufunc(ufunc, method, *inputs, **kwargs)

    @property
    def dtype(self):
        return self.logical

    @property
    def real(self):
        return wrap(elementwise("real", self))

    @property
    def imag(self):
        return wrap(elementwise("imag", self))

    def __float__(self):
        raise OracleGap("an array of duals reached float()")

    def __setitem__(self, key, value):
        np.ndarray.__setitem__(
            base(self), plain_index(key), base(value) if isinstance(value, list) else value
        )

    def __getitem__(self, key):
        return np.ndarray.__getitem__(self, plain_index(key))

    def __reduce__(self):
        raise OracleGap("arrays of duals do not pickle")

    def astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
        return cast(self, dtype, copy=copy, order=order)

    def item(self, *index):
        return base(self).item(*index)

    def tolist(self):
        return base(self).tolist()

    def fill(self, value):
        self[...] = value

    def copy(self, order="C"):
        return base(self).copy(order).view(Array)

    def conj(self):
        return wrap(elementwise("conjugate", self))

    conjugate = conj

    def round(self, decimals=0, out=None):
        return from_function("round")(self, decimals)

    def dot(self, other, out=None):
        return from_function("dot")(self, other)

    def trace(self, offset=0):
        return from_function("trace")(self, offset)

    def clip(self, min=None, max=None, out=None):
        return from_function("clip")(self, min, max)


def _method(name):
    def method(self, *args, **kwargs):
        return from_function(name)(self, *args, **kwargs)

    return method


for _name in (
    "sum",
    "prod",
    "mean",
    "std",
    "var",
    "max",
    "min",
    "ptp",
    "cumsum",
    "cumprod",
    "any",
    "all",
    "argsort",
    "argmax",
    "argmin",
):
    setattr(Array, _name, _method(_name))


def from_function(name):
    """The oracle's version of a NumPy function (looked up late: it is built on this module)."""
    from .numpy_shim import shim

    return getattr(shim, name)


# -- to and fro ------------------------------------------------------------------------------------


def base(x):
    """`x` as NumPy itself should see it: an object ndarray (same memory), or nested sequences made
    into one.
    """
    if isinstance(x, Array):
        return x.view(np.ndarray)
    if isinstance(x, (list, tuple)) and has_dual(x):
        return nested(x)
    if isinstance(x, Dual):
        out = np.empty((), dtype=object)
        out[()] = x
        return out
    return x


def nested(x):
    """An object array from nested sequences of numbers and arrays."""
    if isinstance(x, (list, tuple)):
        parts = [nested(item) for item in x]
        out = np.empty((len(parts), *(parts[0].shape if parts else ())), dtype=object)
        for i, part in enumerate(parts):
            if part.shape != out.shape[1:]:
                raise ValueError("inhomogeneous shape")
            out[i] = part[()] if part.ndim == 0 else part
        return out
    if isinstance(x, np.ndarray):
        return x.view(np.ndarray).astype(object)
    out = np.empty((), dtype=object)
    out[()] = x
    return out


def has_dual(x):
    if isinstance(x, (Dual, Array)):
        return True
    if isinstance(x, dict):
        return any(has_dual(item) for item in x.values())
    return isinstance(x, (list, tuple)) and any(has_dual(item) for item in x)


def lifted(x):
    """An object array whose every element is a `Dual`."""
    out = np.empty(np.shape(x), dtype=object)
    flat = out.reshape(-1)
    for i, item in enumerate(np.asarray(base(x), dtype=object).reshape(-1)):
        flat[i] = lift(item)
    return out


def to_array(x, logical=float):
    """An `Array` of constants, or of the duals in `x`; always fresh."""
    out = lifted(x).view(Array)
    out.logical = np.dtype(logical)
    return out


def wrap(result):
    """A result as the program should see it: floats become duals, object arrays become `Array`."""
    if isinstance(result, Array):
        return result
    if isinstance(result, np.ndarray):
        if result.dtype == object:
            return result.view(Array)
        return to_array(result, result.dtype) if result.dtype.kind in "fc" else result
    if isinstance(result, (np.floating, np.complexfloating, float, complex)):
        return lift(result)
    if isinstance(result, (tuple, list)) and type(result) in (tuple, list):
        return type(result)(wrap(item) for item in result)
    return result


def cast(x, dtype, copy=True, order="K"):
    """`x` as an array of this dtype; a dual stays one unless the type is integer or boolean."""
    dtype = plain_dtype(dtype)
    kind = "f" if dtype is None else dtype.kind
    if kind in "iub":
        numbers = np.asarray(base(x), dtype=object)
        convert = bool if kind == "b" else int
        return np.array([convert(item) for item in numbers.reshape(-1)], dtype=dtype).reshape(
            numbers.shape
        )
    if isinstance(x, Array) and (not copy) and (dtype is None or dtype == x.logical):
        return x
    out = (base(x).copy(order) if isinstance(x, Array) else to_array(x)).view(Array)
    out.logical = dtype or np.dtype(float)
    return out


def plain_dtype(dtype):
    return None if dtype is None else np.dtype(getattr(dtype, "real_type", dtype))


def plain_index(key):
    """An index without duals or `Array` (masks and integer arrays are ordinary arrays already)."""
    if isinstance(key, tuple):
        return tuple(plain_index(k) for k in key)
    return key


# -- universal functions ---------------------------------------------------------------------------


def _raw_function(function, kind):
    return lambda *args: kind(function(*(raw(a) if isinstance(a, Dual) else a for a in args)))


PREDICATES = {
    "equal": lambda a, b: a == b,
    "not_equal": lambda a, b: a != b,
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
    "logical_and": lambda a, b: bool(a) and bool(b),
    "logical_or": lambda a, b: bool(a) or bool(b),
    "logical_xor": lambda a, b: bool(a) != bool(b),
    "logical_not": lambda a: not a,
    "isnan": mp.isnan,
    "isinf": mp.isinf,
    "isfinite": lambda a: not (mp.isnan(a) or mp.isinf(a)),
    "signbit": lambda a: a < 0,
}


def scalar_function(name):
    if name in UNARY or name in BY_CASES:
        return (lambda x: unary(name, x)), 1
    if name in BINARY or name in SELECTING:
        return (lambda a, b: binary(name, a, b)), 2
    if name in PREDICATES:
        arity = 1 if name in ("logical_not", "isnan", "isinf", "isfinite", "signbit") else 2
        return _raw_function(PREDICATES[name], bool), arity
    raise OracleGap(f"no oracle for np.{name}")


def elementwise(name, *operands):
    """Broadcast a scalar function over operands; an object array, or a scalar for 0-d results."""
    function, arity = scalar_function(name)
    result = np.frompyfunc(function, arity, 1)(*(base(x) for x in operands))
    if name in PREDICATES:
        return result.astype(bool) if isinstance(result, np.ndarray) else np.bool_(result)
    return result


def result_dtype(operands):
    kinds = [
        x.logical if isinstance(x, Array) else x.dtype
        for x in operands
        if isinstance(x, np.ndarray)
    ]
    dtype = np.result_type(*kinds) if kinds else np.dtype(float)
    return dtype if dtype.kind in "fc" else np.dtype(float)


def apply_ufunc(
    ufunc,
    method,
    *inputs,
    out=None,
    where=True,
    axis=0,
    keepdims=False,
    initial=None,
    dtype=None,
    **_,
):
    name = ufunc.__name__
    if method == "at":
        target, index, *values = inputs
        if not isinstance(target, Array):
            raise OracleGap("np.ufunc.at into an array that holds no duals")
        ufunc.at(base(target), index, *(base(v) for v in values))
        return None
    if method == "reduce":
        reduction = {
            "add": "sum",
            "multiply": "prod",
            "maximum": "max",
            "minimum": "min",
            "logical_and": "all",
            "logical_or": "any",
        }.get(name)
        if reduction is None:
            fold = scalar_function(name)[0]
            return wrap(
                reduce_over(inputs[0], axis, keepdims, lambda items: functools.reduce(fold, items))
            )
        extra = {} if initial is None else {"initial": initial}
        return from_function(reduction)(inputs[0], axis=axis, keepdims=keepdims, **extra)
    if method == "accumulate":
        return wrap(
            np.frompyfunc(scalar_function(name)[0], 2, 1).accumulate(base(inputs[0]), axis=axis)
        )
    if method == "outer":
        a, b = (np.asarray(base(x)) for x in inputs)
        return wrap(elementwise(name, a.reshape(a.shape + (1,) * b.ndim), b))
    if name == "matmul":
        result = matmul(*inputs)
    elif name == "modf":
        whole = apply_ufunc(np.trunc, "__call__", inputs[0])
        return binary_any("subtract", inputs[0], whole), whole
    elif name == "divmod":
        return binary_any("floor_divide", *inputs), binary_any("remainder", *inputs)
    elif name == "ldexp":
        result = elementwise("multiply", inputs[0], 2.0 ** np.asarray(inputs[1]))
    else:
        result = elementwise(name, *inputs)
    if out is not None:
        target = out[0] if isinstance(out, tuple) else out
        if not isinstance(target, Array) and name not in PREDICATES:
            raise OracleGap(f"np.{name} into an array that holds no duals")
        np.copyto(base(target), result, where=where)
        return target
    if where is not True:
        raise OracleGap("where= without out= leaves lanes undefined")
    wrapped = wrap(result)
    if isinstance(wrapped, Array):
        wrapped.logical = plain_dtype(dtype) or result_dtype(inputs)
    return wrapped


def binary_any(name, a, b):
    return wrap(elementwise(name, a, b))


# -- contractions and reductions -------------------------------------------------------------------


def total(items):
    """The sum of some duals."""
    items = list(items)
    result = items[0] if items else ZERO
    for item in items[1:]:
        result = binary("add", result, item)
    return lift(result)


def matmul(a, b):
    a, b = np.asarray(base(a), dtype=object), np.asarray(base(b), dtype=object)
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError("matmul: 0-d operands are not allowed")
    left = a[None, :] if a.ndim == 1 else a
    right = b[:, None] if b.ndim == 1 else b
    if left.shape[-1] != right.shape[-2]:
        raise ValueError("matmul: mismatch in its core dimension")
    product = elementwise(
        "multiply", left[..., :, None, :], np.swapaxes(right, -1, -2)[..., None, :, :]
    )
    result = reduce_over(product, -1, False, total)
    if a.ndim == 1:
        result = np.asarray(result, dtype=object)[..., 0, :]
    if b.ndim == 1:
        result = np.asarray(result, dtype=object)[..., 0]
    return result[()] if isinstance(result, np.ndarray) and result.ndim == 0 else result


def reduce_over(x, axis, keepdims, function, where=True):
    """`function` of the list of elements along the axes; a scalar where no axis is left."""
    x = np.asarray(base(x), dtype=object)
    axes = (
        range(x.ndim) if axis is None else (axis,) if isinstance(axis, (int, np.integer)) else axis
    )
    axes = tuple(a % x.ndim for a in axes) if x.ndim else ()
    kept = tuple(a for a in range(x.ndim) if a not in axes)
    mask = np.broadcast_to(np.asarray(where, dtype=bool), x.shape)
    shape = tuple(x.shape[a] for a in kept)
    count = int(np.prod([x.shape[a] for a in axes], dtype=int))
    rows = np.transpose(x, kept + axes).reshape((*shape, count))
    masks = np.transpose(mask, kept + axes).reshape((*shape, count))
    out = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        out[index] = function(
            [item for item, keep in zip(rows[index], masks[index], strict=True) if keep]
        )
    if keepdims:
        out = out.reshape(tuple(1 if a in axes else n for a, n in enumerate(x.shape)))
    return out[()] if out.ndim == 0 else out


def product(items):
    result = Dual(mp.mpf(1))
    for item in items:
        result = binary("multiply", result, item)
    return result


def largest(items):
    """The maximum; ties share equally."""
    if not items:
        raise ValueError("zero-size array to reduction operation maximum which has no identity")
    for item in items:
        if mp.isnan(raw(item)):
            return lift(item)
    top = max(raw(item) for item in items)
    ties = [lift(item) for item in items if raw(item) == top]
    return total(ties) / len(ties) if len(ties) > 1 else ties[0]


def smallest(items):
    return -largest([-lift(item) for item in items])


def average(items):
    return binary("divide", total(items), len(items))


def middle(items):
    ordered = sorted(items)
    half = len(ordered) // 2
    return (
        lift(ordered[half])
        if len(ordered) % 2
        else HALF * (lift(ordered[half - 1]) + ordered[half])
    )
