"""Types of results: what a call returns, told from the types of its operands.

Elementwise functions broadcast symbolically. Of every other function NumPy itself is asked: it is
called on small sample arrays in which each symbolic dimension has a length of its own, twice with
different lengths, and the lengths of the result are read back as symbols. So promotion, reductions
and reshapes are NumPy's own, and no rule states a shape.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Slice, Undef, Var, flatten
from adcompiler.ir.types import (
    BOOL,
    INT,
    STR,
    Array,
    Dim,
    List,
    Opaque,
    Scalar,
    Type,
    broadcast_dim,
    dtype_of,
    is_float,
    join,
)
from adcompiler.rules.contract import REGISTRY


class MaybeNumber(Exception):
    """A loose array is used as an array; the argument is its variable."""


class Untypable(Exception):
    """The call cannot be typed; the argument says why."""


_SAMPLES = (0.75, 1.5, 0.0, 3.0)
_BY_DATA = frozenset({np.linalg.lstsq}) | frozenset(
    getattr(np, each)
    for each in (
        *("compress", "extract", "nonzero", "flatnonzero", "argwhere", "unique", "repeat"),
        *("delete", "trim_zeros", "unique_values", "intersect1d", "union1d", "setdiff1d"),
        "setxor1d",
    )
)
"""Functions whose result's lengths depend on values: no sample tells them."""
_unknown = count()
_sampled: dict[Any, Any] = {}
_FIRST = (7, 10, 14, 19, 25, 32, 40, 49, 59, 70, 82, 95)
_SECOND = (57, 44, 38, 31, 27, 23, 19, 16, 13, 11, 9, 8)  # the other way: min(m, n) is neither


def fresh_dim(*_: Dim, one: bool | None = None) -> Dim:
    return Dim(f"?{next(_unknown)}", 0, one)


def result_types(
    fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any], defs: dict[Var, Any]
) -> tuple[Type, ...]:
    """The types of the results of ``fn(*args, **kwargs)``, one for each."""
    if isinstance(fn, n.Prim):
        return (_primitive(fn, args, kwargs, defs),)
    if fn in (np.reshape, np.broadcast_to) and len(args) == 2:
        return (_to_shape(fn, args, defs),)
    if fn in (np.nonzero, np.flatnonzero, np.argwhere):
        return _positions(fn, args[0].type)
    if fn in _SPLITS:
        return _parts(fn, *args, **kwargs)
    if fn is np.bincount:
        weighted = len(args) > 1 or "weights" in kwargs
        return (Array("float64" if weighted else "int64", (fresh_dim(),)),)
    if fn is np.broadcast_arrays:
        dims = broadcast(*(t.dims for a in args if isinstance(t := a.type, Array)))
        return tuple(Array(a.type.dtype, dims) for a in args)
    rule = REGISTRY.find(fn)
    if rule is not None and rule.shape is not None:
        return _ask(rule.shape, args, kwargs, defs)
    if not kwargs and _is_elementwise(fn, rule) and all(_plain(each) for each in args):
        return (_elementwise(fn, args),)
    found = _ask(fn, args, kwargs, defs)
    if fn in _BY_DATA or (fn is np.arange and any(_runtime_float(each) for each in args)):
        return tuple(
            Array(t.dtype, tuple(fresh_dim() for _ in t.dims)) if isinstance(t, Array) else t
            for t in found
        )
    return found


def _runtime_float(arg: Any) -> bool:
    return isinstance(arg, Var) and is_float(arg.type)


def _positions(fn: Any, t: Any) -> tuple[Type, ...]:
    """How many there are is known at run time only."""
    count = fresh_dim()
    rank = t.ndim if isinstance(t, Array) else 0
    if fn is np.argwhere:
        return (Array("int64", (count, Dim.number(rank))),)
    return (Array("int64", (count,)),) * (1 if fn is np.flatnonzero else rank)


_SPLITS = {np.split: 0, np.array_split: 0, np.hsplit: 1, np.vsplit: 0, np.dsplit: 2}


def _parts(fn: Any, ary: Any, given: Any, axis: Any = None) -> tuple[Type, ...]:
    """Of a split array; parts are as long as each other where their number is given."""
    t = ary.type
    along = (_SPLITS[fn] if t.ndim > 1 else 0) if axis is None else axis.value
    if isinstance(given, tuple | list):
        lengths = [fresh_dim() for _ in range(len(given) + 1)]
    elif fn is np.array_split:
        lengths = [fresh_dim() for _ in range(given.value)]
    else:
        lengths = [fresh_dim()] * given.value
    made = []
    for length in lengths:
        dims = list(t.dims)
        dims[along] = length
        made.append(Array(t.dtype, tuple(dims)))
    return tuple(made)


def _to_shape(fn: Any, args: tuple[Any, ...], defs: dict[Var, Any]) -> Type:
    """The type of what is brought into a given shape."""
    source, shape = args
    items = shape if isinstance(shape, tuple | list) else (shape,)
    dims = []
    for item in items:
        dim = dim_of(item, defs)
        dims.append(fresh_dim() if dim.known is not None and dim.known < 0 else dim)
    if fn is np.reshape and len(dims) == 1 and isinstance(source.type, Array):
        if source.type.ndim == 1 and isinstance(items[0], Const):
            dims = list(source.type.dims)
    return Array(source.type.dtype, tuple(dims))


def _plain(arg: Any) -> bool:
    return isinstance(arg, (Var, Const)) and isinstance(arg.type, (Scalar, Array))


def _is_elementwise(fn: Any, rule: Any) -> bool:
    if isinstance(fn, np.ufunc):
        return fn.signature is None and fn.nout == 1
    return rule is not None and rule.form == "elementwise"


def broadcast(*shapes: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """The shape of operands of these shapes together."""
    rank = max(map(len, shapes), default=0)
    dims: list[Dim] = []
    for axis in range(-rank, 0):
        result: Dim | None = None
        for shape in shapes:
            if len(shape) >= -axis:
                dim = shape[axis]
                result = dim if result is None else (broadcast_dim(result, dim) or fresh_dim())
        assert result is not None
        dims.append(result)
    return tuple(dims)


def _elementwise(fn: Any, args: tuple[Any, ...]) -> Type:
    types = [each.type for each in args]
    if fn in (max, min):  # Python's give back an operand: which one, no sample tells
        return _either(types)
    key = (fn, *(_kind(t) for t in types))
    if key not in _sampled:
        _sampled[key] = _observe(_tried(fn, types))
    observed = _sampled[key]
    dims = broadcast(*(t.dims for t in types if isinstance(t, Array)))
    if isinstance(observed, Scalar | Array) and dims:
        return Array(observed.dtype, dims, _is_loose(types, dims))
    return observed


def _is_loose(types: list[Any], dims: tuple[Dim, ...]) -> bool:
    """Whether none of the operands is sure to have the shape of what is computed of them."""
    arrays = [t for t in types if isinstance(t, Array)]
    return any(t.loose for t in arrays) and not any(
        not t.loose and t.ndim == len(dims) and all(map(Dim.same, t.dims, dims)) for t in arrays
    )


def check_loose(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """A number in place of an array is as good only where it is broadcast. Raises `MaybeNumber`."""
    loose = [
        a
        for a in flatten((args, tuple(kwargs.values())))
        if isinstance(a, Var) and isinstance(a.type, Array) and a.type.loose
    ]
    if not loose:
        return
    if fn is n.READ and args[0] in loose:
        axes = [x for x in args[1] if not (isinstance(x, Const) and x.value is Ellipsis)]
        broadcast = all(x is None or (isinstance(x, Const) and x.value is None) for x in axes)
    elif isinstance(fn, n.Prim):
        broadcast = fn not in (n.DIM, n.UPDATE, n.ADD_AT)
    else:
        broadcast = _is_elementwise(fn, REGISTRY.find(fn)) and not kwargs
    if not broadcast:
        raise MaybeNumber(loose[0])


def _tried(fn: Any, types: list[Any]) -> Any:
    """A value of ``fn``: at the first sample in its domain."""
    for value in _SAMPLES:
        try:
            return _call(fn, [_sample_scalar(t, value) for t in types], {})
        except (ValueError, ArithmeticError):
            continue
        except TypeError as error:
            raise Untypable(str(error)) from error
    raise Untypable("none of its sample values is in its domain")


def _either(types: list[Any]) -> Type:
    """The type of one of several numbers."""
    found = types[0]
    for other in types[1:]:
        joined = join(_as_number(found), _as_number(other), fresh_dim)
        if joined is None:
            raise Untypable("its operands are no numbers")
        found = joined
    return found


def _as_number(t: Any) -> Any:
    return Scalar(t.dtype) if isinstance(t, Array) and not t.ndim else t


def _kind(t: Any) -> tuple[Any, ...]:
    return (t.dtype, getattr(t, "weak", False), isinstance(t, Array))


def _sample_scalar(t: Any, number: float = 0.75) -> Any:
    value = np.dtype(t.dtype).type(1)
    if t.dtype[0] in "fc":
        value = np.dtype(t.dtype).type(number)
    if isinstance(t, Array):
        return np.asarray(value)
    return value.item() if t.weak else value


def _call(fn: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return fn(*args, **kwargs)


def _observe(value: Any) -> Any:
    """The type of a sampled value, dimensions as numbers."""
    if isinstance(value, np.ndarray):
        return Array(str(value.dtype), tuple(Dim.number(k) for k in value.shape))
    if isinstance(value, np.generic):
        return Scalar(str(value.dtype))
    if isinstance(value, bool | int | float | complex):
        return Scalar(str(np.dtype(type(value))), weak=True)
    if isinstance(value, tuple | list):
        return tuple(_observe(each) for each in value)
    return Opaque(type(value).__name__)


class _Sampling:
    """One assignment of lengths to symbols, and the sample values it makes."""

    def __init__(self, lengths: tuple[int, ...], defs: dict[Var, Any], uniform: bool) -> None:
        self.lengths = lengths
        self.size: dict[str, int] = {}
        self.defs = defs
        self.uniform = uniform

    def length(self, dim: Dim) -> int:
        if not dim.base:
            return dim.add
        if dim.base not in self.size:
            k = 0 if self.uniform else len(self.size)
            if k >= len(self.lengths):
                raise Untypable("too many dimensions")
            self.size[dim.base] = self.lengths[k]
        if self.uniform:
            return self.lengths[0]
        length = self.size[dim.base] + dim.add
        if length < 2:
            raise Untypable("dimension too short for its sample")
        return length

    def value(self, arg: Any) -> Any:
        if isinstance(arg, Slice):
            return slice(*(self.value(each) for each in arg))
        if isinstance(arg, tuple | list):
            return type(arg)(self.value(each) for each in arg)
        if arg is None or isinstance(arg, Undef):
            return None
        if isinstance(arg, Const):
            return arg.value
        return self.of_type(arg.type, arg)

    def of_type(self, t: Type, var: Var | None = None) -> Any:
        if isinstance(t, Scalar):
            if t.dtype.startswith("int") and var is not None:
                return self.length(dim_of(var, self.defs))
            return _sample_scalar(t)
        if isinstance(t, Array):
            return _sample_array(t.dtype, tuple(self.length(d) for d in t.dims))
        if isinstance(t, List):
            k = self.length(Dim(f"len.{var.serial}" if var is not None else "len"))
            return [self.of_type(t.elem) for _ in range(k)] if t.elem is not None else []
        raise Untypable(f"a value of unknown type ({t})")


def _sample_array(dtype: str, shape: tuple[int, ...]) -> Any:
    if dtype == "bool":
        return np.ones(shape, bool)
    if dtype[0] in "iu":
        return np.zeros(shape, dtype)
    values = np.full(shape, 0.125)
    if len(shape) >= 2 and shape[-1] == shape[-2]:
        values = values + 2.0 * np.eye(shape[-1])
    return values.astype(dtype)


def dim_of(atom: Any, defs: dict[Var, Any]) -> Dim:
    """An integer value as a dimension."""
    if isinstance(atom, Const):
        return Dim.number(int(atom.value))
    op = defs.get(atom)
    if isinstance(op, n.Op):
        if op.fn is n.DIM:
            source, axis = op.args
            if isinstance(source.type, Array):
                return source.type.dims[axis.value]
        if op.fn is n.LENGTH:
            return Dim(f"len.{op.args[0].serial}")
        if op.fn in (operator.add, operator.sub) and all(_plain(each) for each in op.args):
            left, right = op.args
            sign = 1 if op.fn is operator.add else -1
            if isinstance(right, Const) and isinstance(right.value, int):
                base = dim_of(left, defs)
                return (
                    Dim(base.base, base.add + sign * right.value)
                    if base.base
                    else Dim.number(base.add + sign * right.value)
                )
            if isinstance(left, Const) and sign == 1 and isinstance(left.value, int):
                base = dim_of(right, defs)
                return (
                    Dim(base.base, base.add + left.value)
                    if base.base
                    else Dim.number(base.add + left.value)
                )
    return Dim(f"v{atom.serial}")


def _ask(
    fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any], defs: dict[Var, Any]
) -> tuple[Type, ...]:
    """Sample twice, with lengths that rise and that fall; where the symbols don't fit together,
    once more with all lengths equal."""

    def sampled(lengths: tuple[int, ...], uniform: bool) -> tuple[Any, dict[str, int]]:
        sampling = _Sampling(lengths, defs, uniform)
        values = sampling.value(args)
        named = {key: sampling.value(each) for key, each in kwargs.items()}
        return _observe(_call(fn, values, named)), sampling.size

    atoms = [a for a in flatten((args, tuple(kwargs.values()))) if isinstance(a, Var)]
    symbols: dict[str, Dim] = {}
    for atom in atoms:
        for dim in _dims_in(atom, defs):
            known = symbols.get(dim.base)
            if dim.add == 0 and (known is None or known.one is None):
                symbols[dim.base] = dim
            else:
                symbols.setdefault(dim.base, Dim(dim.base))
    failure: Exception | None = None
    lengths_seen = {d.add for d in _all_dims(atoms) if not d.base and d.add > 1}
    known = [*sorted(lengths_seen | {2, 3}), 1]
    attempts: list[Any] = [(_FIRST, _SECOND), ((12,), (24,))]
    if fn in (np.cross, np.linalg.cross):
        attempts, known = [], [3]
    attempts += [((k,), (k,)) for k in known]
    for first_lengths, second_lengths in attempts:
        uniform = len(first_lengths) == 1
        try:
            pair = [sampled(lengths, uniform) for lengths in (first_lengths, second_lengths)]
        except Untypable as error:
            failure = failure or error
            continue
        except Exception as error:  # whatever NumPy says of these operands
            failure = failure or error
            continue
        (first, sizes1), (second, sizes2) = pair
        exact = all(d.one is False for d in symbols.values())
        if first_lengths == second_lengths:
            return _as_tuple(_ranks(first))
        typed = _symbolic(first, second, sizes1, sizes2, symbols, uniform, exact)
        return _as_tuple(typed)
    raise Untypable(str(failure)) from failure


def _as_tuple(typed: Any) -> tuple[Type, ...]:
    return typed if isinstance(typed, tuple) else (typed,)


def _ranks(observed: Any) -> Any:
    """Only the rank and dtype of what was seen: one length tells nothing of others."""
    if isinstance(observed, tuple):
        return tuple(_ranks(each) for each in observed)
    if not isinstance(observed, Array):
        return observed
    return Array(observed.dtype, tuple(fresh_dim() for _ in observed.dims))


def _all_dims(atoms: list[Var]) -> list[Dim]:
    return [d for atom in atoms if isinstance(atom.type, Array) for d in atom.type.dims]


def _dims_in(atom: Var, defs: dict[Var, Any]) -> list[Dim]:
    t = atom.type
    if isinstance(t, Array):
        return [d for d in t.dims if d.base]
    if isinstance(t, Scalar) and t.dtype.startswith("int"):
        dim = dim_of(atom, defs)
        return [dim] if dim.base else []
    return []


def _symbolic(
    a: Any, b: Any, sizes1: Any, sizes2: Any, symbols: dict[str, Dim], uniform: bool, exact: bool
) -> Any:
    if isinstance(a, tuple):
        if not isinstance(b, tuple) or len(a) != len(b):
            raise Untypable("the number of results depends on the shapes")
        return tuple(
            _symbolic(p, q, sizes1, sizes2, symbols, uniform, exact)
            for p, q in zip(a, b, strict=True)
        )
    if not isinstance(a, Array):
        return a
    if not isinstance(b, Array) or a.ndim != b.ndim:
        raise Untypable("the rank of the result depends on the shapes")
    dims = []
    for p, q in zip(a.dims, b.dims, strict=True):
        if p.add == q.add and uniform and len(sizes1) > 1:
            dims.append(fresh_dim())  # perhaps so only because all lengths are the same
        elif p.add == q.add:
            dims.append(p)
        elif uniform:
            follows = sizes1 and p.add == 12 and q.add == 24
            dims.append(fresh_dim(one=False if follows and exact else None))
        else:
            dims.append(_read_back(p.add, q.add, sizes1, sizes2, symbols))
    return Array(a.dtype, tuple(dims))


def _read_back(p: int, q: int, sizes1: Any, sizes2: Any, symbols: dict[str, Dim]) -> Dim:
    for base, size in sizes1.items():
        offset = p - size
        if q - sizes2[base] == offset and abs(offset) <= 3:
            return symbols[base] if offset == 0 and base in symbols else Dim(base, offset)
    return fresh_dim()


# ---- primitives


def _primitive(
    fn: n.Prim, args: tuple[Any, ...], kwargs: dict[str, Any], defs: dict[Var, Any]
) -> Type:
    if fn in (n.UPDATE, n.ADD_AT, n.COPY, n.ZEROS_LIKE, n.DROP, n.REPEAT, n.ZIP_ADD):
        return args[0].type
    if fn is n.MATCH:
        return args[1].type
    if fn is n.CAST:
        t, dtype = args[0].type, str(np.dtype(args[1].value))
        if isinstance(t, Array):
            return Array(dtype, t.dims)
        return Scalar(dtype, weak=args[1].value in (float, complex))
    if fn is n.FIT:
        dot, like = args
        if isinstance(like.type, Array):
            extra = kwargs.get("extra")
            more = dot.type.dims[-1:] if extra is not None and extra.value else ()
            return Array(dtype_of(dot.type) or like.type.dtype, like.type.dims + more)
        return dot.type
    if fn in (n.DIM, n.LENGTH, n.TRIPS):
        return INT
    if fn is n.READ:
        return index_type(args[0].type, args[1], defs)
    if fn is n.WINNERS:
        selected = index_type(args[0].type, args[1], defs)
        return Array("bool", selected.dims) if isinstance(selected, Array) else BOOL
    if fn is n.NOT:
        return BOOL
    if fn in (n.FORMAT, n.FORMATTED):
        return STR
    if fn is n.LIST:
        return List(args[0].type if args else None)
    if fn is n.CONCAT:
        return args[0].type if args[0].type.elem is not None else args[1].type
    if fn is n.APPEND:
        elem = args[0].type.elem
        return List(elem if elem is not None else args[1].type)
    raise AssertionError(f"no type for {fn}")


def index_type(base: Type, index: Any, defs: dict[Var, Any]) -> Type:
    """The type of ``base[index]``; ``index`` is a tuple of items for an array."""
    if isinstance(base, List):
        if isinstance(index, Slice):
            return base
        assert base.elem is not None
        return base.elem
    assert isinstance(base, Array)
    items = _expand_ellipsis(base, index)
    dims: list[Dim] = []
    advanced: list[tuple[Dim, ...]] = []
    where: list[int] = []
    axis = 0
    for item in items:
        if item is None or (isinstance(item, Const) and item.value is None):
            dims.append(Dim.number(1))
        elif isinstance(item, Slice):
            dims.append(slice_length(base.dims[axis], item, defs))
            axis += 1
        elif isinstance(item.type, Array):
            where.append(len(dims))
            if item.type.dtype == "bool":
                advanced.append((Dim(f"true.{item.serial}"),))
                axis += item.type.ndim
            else:
                advanced.append(item.type.dims)
                axis += 1
        else:
            where.append(len(dims))
            advanced.append(())
            axis += 1
    gathered = broadcast(*advanced) if advanced else ()
    is_gather = any(
        isinstance(i, Var | Const) and isinstance(i.type, Array) for i in items if i is not None
    )
    if gathered:
        contiguous = _adjacent(items)
        at = where[0] if contiguous else 0
        dims[at:at] = gathered
    if not dims and not is_gather and not _has_ellipsis(index):
        return Scalar(base.dtype)
    return Array(base.dtype, tuple(dims))


def _has_ellipsis(index: Any) -> bool:
    return any(isinstance(i, Const) and i.value is Ellipsis for i in index)


def _adjacent(items: list[Any]) -> bool:
    kinds = [
        isinstance(i, Var | Const) and not (isinstance(i, Const) and i.value is None) for i in items
    ]
    positions = [k for k, advanced in enumerate(kinds) if advanced]
    return positions == list(range(positions[0], positions[-1] + 1))


def _expand_ellipsis(base: Array, index: tuple[Any, ...]) -> list[Any]:
    consumed = 0
    for item in index:
        if isinstance(item, Slice):
            consumed += 1
        elif isinstance(item, Const) and (item.value is None or item.value is Ellipsis):
            continue
        elif item is not None:
            t = item.type
            consumed += t.ndim if isinstance(t, Array) and t.dtype == "bool" else 1
    if consumed > base.ndim:
        raise Untypable(f"{consumed} indices for an array of {base.ndim} dimension(s)")
    full = [Slice(None, None, None)] * (base.ndim - consumed)
    items: list[Any] = []
    seen = False
    for item in index:
        if isinstance(item, Const) and item.value is Ellipsis:
            items.extend(full)
            seen = True
        else:
            items.append(item)
    return items if seen else items + full


def slice_length(dim: Dim, item: Slice, defs: dict[Var, Any]) -> Dim:
    """The length of ``[start:stop:step]`` along ``dim``."""
    start, stop, step = (None if _is_none(each) else each for each in item)
    if start is None and stop is None and (step is None or _int(step) in (1, -1)):
        return dim
    if step is None or _int(step) == 1:
        low = 0 if start is None else _int(start)
        high = 0 if stop is None else _int(stop)
        if dim.known is not None and low is not None and (stop is None or high is not None):
            return Dim.number(
                len(range(*slice(low, high if stop is not None else None).indices(dim.known)))
            )
        open_end = stop is None or (high is not None and high < 0)
        if low is not None and low >= 0 and open_end and high is not None:
            return Dim(dim.base, dim.add - low + high)
    key = ":".join("" if e is None else _key(e) for e in (start, stop, step))
    return Dim(f"{dim.base}{dim.add:+d}[{key}]")


def _is_none(atom: Any) -> bool:
    return atom is None or (isinstance(atom, Const) and atom.value is None)


def _int(atom: Any) -> int | None:
    return int(atom.value) if isinstance(atom, Const) else None


def _key(atom: Any) -> str:
    return str(atom.value) if isinstance(atom, Const) else f"v{atom.serial}"


TypeOf = Callable[[Any, tuple[Any, ...], dict[str, Any], dict[Var, Any]], tuple[Type, ...]]
