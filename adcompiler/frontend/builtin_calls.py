"""Built-in functions and methods that the compiler itself knows."""

from __future__ import annotations

import ast
import builtins
import cmath
import functools
import math
import operator
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.frontend import (
    arithmetic,
    attributes,
    calls,
    indexing,
    iteration,
    sets,
    text,
)
from adcompiler.frontend import values as v
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const, Effect, Var
from adcompiler.ir.types import Array, Opaque, Scalar, is_float

_HANDLERS: dict[Any, Callable[..., Any]] = {}


def handles(*fns: Any) -> Callable[[Any], Any]:
    def register(handler: Any) -> Any:
        for fn in fns:
            _HANDLERS[fn] = handler
        return handler

    return register


def find(fn: Any) -> Callable[..., Any] | None:
    try:
        return _HANDLERS.get(fn)
    except TypeError:
        return None


def op(lw: Any, fn: Any, *args: Any, **kwargs: Any) -> Any:
    """A call of a function with a rule."""
    return calls.call_value(lw, v.Static(fn), args, kwargs)


def fold(lw: Any, items: list[Any], combine: Any) -> Any:
    result = items[0]
    for each in items[1:]:
        result = combine(result, each)
    return result


# ---- sequences


@handles(len)
def _len(lw: Any, value: Any) -> Any:
    return iteration.length(lw, value)


@handles(range)
def _range(lw: Any, *bounds: Any) -> Any:
    parts = [_integer(lw, each) for each in bounds]
    if len(parts) == 1:
        return v.RangeV(const(0), parts[0], const(1))
    return v.RangeV(parts[0], parts[1], parts[2] if len(parts) == 3 else const(1))


def _integer(lw: Any, value: Any) -> Any:
    if isinstance(value, v.OptV):
        value = value.value
    t = lw.type_of(value)
    if t is None or not isinstance(t, Scalar | Array) or t.dtype[0] in "fc":
        raise lw.refuse("this has to be an integer", code="AD213")
    return lw.atom(value)


@handles(enumerate)
def _enumerate(lw: Any, value: Any, start: Any = None) -> Any:
    return v.LazyV("enumerate", (value, const(0) if start is None else start))


@handles(zip)
def _zip(lw: Any, *values: Any, strict: Any = None) -> Any:
    return v.LazyV("zip", values)


@handles(reversed)
def _reversed(lw: Any, value: Any) -> Any:
    return v.LazyV("reversed", (value,))


@handles(map)
def _map(lw: Any, fn: Any, *values: Any) -> Any:
    return v.LazyV("map", (fn, *values))


@handles(iter)
def _iter(lw: Any, value: Any) -> Any:
    return value


@handles(list)
def _list(lw: Any, value: Any = None) -> Any:
    made = v.ListV(lw.cell(v.Items(())))
    if value is None:
        return made
    if isinstance(value, v.ListV):
        return calls.list_copy(lw, value)
    if isinstance(value, v.LazyV) and value.kind == "generator":
        node, frame = value.parts
        return iteration.in_frame(lw, frame, lambda: iteration.comprehension(lw, node))
    seq = iteration.sequence(lw, value)
    if isinstance(seq.length, int):
        return v.ListV(lw.cell(v.Items(tuple(seq.item(k) for k in range(seq.length)))))
    holder = (lw.frame.id, f"%{lw.node.col_offset}_{len(lw.frames)}%items")
    lw.state.vars[holder] = made
    iteration.run(
        lw, lw.node, seq, lambda item: calls.list_append(lw, lw.state.vars[holder], item), None
    )
    return lw.state.vars.pop(holder)


@handles(tuple)
def _tuple(lw: Any, value: Any = None) -> Any:
    if value is None:
        return v.TupleV(())
    if isinstance(value, v.ListV) and isinstance(lw.content(value.cell), v.DynList):
        return _list(lw, value)  # of unknown length: a list that nobody else changes
    if isinstance(value, v.LazyV):
        made = _list(lw, value)
        content = lw.content(made.cell)
        return v.TupleV(content.items) if isinstance(content, v.Items) else made
    return v.TupleV(tuple(iteration.items(lw, value, None)))


@handles(dict)
def _dict(lw: Any, value: Any = None, **kwargs: Any) -> Any:
    entries = v.Entries(())
    if isinstance(value, v.DictV):
        entries = lw.content(value.cell)
    elif value is not None:
        for pair in iteration.items(lw, value, None):
            key, item = iteration.items(lw, pair, 2)
            entries = entries.put(indexing.key(lw, key), item)
    for name, item in kwargs.items():
        entries = entries.put(name, item)
    return v.DictV(lw.cell(entries))


@handles(set)
def _set(lw: Any, value: Any = None) -> Any:
    return sets.made(lw, [] if value is None else iteration.items(lw, value, None))


@handles(frozenset)
def _frozenset(lw: Any, value: Any = None) -> Any:
    return v.Static(frozenset(sets.objects(lw, _set(lw, value))))


@handles(sorted)
def _sorted(lw: Any, value: Any, *, key: Any = None, reverse: Any = None) -> Any:
    backwards = reverse is not None and lw.truth(reverse)
    if not isinstance(backwards, bool):
        raise lw.refuse(
            "the order of sorted() has to be known when the derivative is compiled", code="AD211"
        )
    if isinstance(key, v.Static) and key.value is None:
        key = None
    seq = iteration.sequence(lw, value)
    if isinstance(seq.length, int) and seq.fixed:
        parts = [seq.item(k) for k in range(seq.length)]
        keys = parts if key is None else [calls.call_value(lw, key, (e,), {}) for e in parts]
        if all(v.known(each) for each in keys):
            found = [v.constant(each) for each in keys]
            try:
                order = sorted(range(len(parts)), key=found.__getitem__, reverse=backwards)
            except TypeError as error:
                raise lw.refuse(f"sorted(): {error}", code="AD213") from None
            return v.ListV(lw.cell(v.Items(tuple(parts[k] for k in order))))
        columns = lw.as_dynamic_items(parts)
        if columns is None:
            raise lw.refuse(
                "items of different kinds can't be sorted by what is known at run time only",
                code="AD210",
            )
        if key is None and isinstance(parts[0], v.TupleV):
            raise lw.refuse("tuples can't be sorted here", "sort by a key of theirs", code="AD210")
        order = _order(lw, v.ListV(lw.cell(v.Items(tuple(keys)))), backwards)
        items = []
        for k in range(len(parts)):
            at = indexing.get_item(lw, order, const(k))
            items.append(indexing.read_dynamic(lw, columns, at, None))
        return v.ListV(lw.cell(v.Items(tuple(items))))
    listed = value if isinstance(value, v.Ref) else _list(lw, value)
    if key is None:
        result = op(lw, np.sort, as_array(lw, listed))
        return _list(lw, op(lw, np.flip, result) if backwards else result)
    order = _order(lw, _list(lw, _map(lw, key, listed)), backwards)
    return _collected(
        lw,
        lw.dim(order, 0),
        lambda k: indexing.get_item(lw, listed, indexing.get_item(lw, order, k)),
    )


def _order(lw: Any, keys: Any, backwards: bool) -> Any:
    """Indices that sort by these keys; equal ones stay in order, as Python's sort does."""
    array = op(lw, np.array, keys)
    if lw.type_of(array).ndim != 1:
        raise lw.refuse("only numbers can be keys to sort by here", code="AD210")
    if backwards:
        array = arithmetic.unary(lw, ast.USub(), array)
    return op(lw, np.argsort, array, kind=v.Static("stable"))


def _collected(lw: Any, count: Any, item: Any) -> Any:
    """``[item(k) for k in range(count)]``."""
    made = v.ListV(lw.cell(v.Items(())))
    holder = (lw.frame.id, f"%{made.cell}%items")
    lw.state.vars[holder] = made

    def body(k: Any) -> None:
        calls.list_append(lw, lw.state.vars[holder], item(k))

    lw.for_range(("collected", lw.node), const(0), count, const(1), body, "k")
    return lw.state.vars.pop(holder)


@handles(filter)
def _filter(lw: Any, fn: Any, value: Any) -> Any:
    made = v.ListV(lw.cell(v.Items(())))
    holder = (lw.frame.id, f"%{made.cell}%items")
    lw.state.vars[holder] = made
    plain = isinstance(fn, v.Static) and fn.value is None

    def add(item: Any) -> None:
        truth = lw.truth(item if plain else calls.call_value(lw, fn, (item,), {}))
        keep = lambda: calls.list_append(lw, lw.state.vars[holder], item)  # noqa: E731
        lw.branch(truth, keep, lambda: None)

    iteration.run(lw, lw.node, iteration.sequence(lw, value), add, None)
    return lw.state.vars.pop(holder)


@handles(slice)
def _slice(lw: Any, *bounds: Any) -> Any:
    none = v.Static(None)
    parts = (none, *bounds) if len(bounds) == 1 else bounds
    return v.SliceV(*(*parts, none, none)[:3])


def as_array(lw: Any, value: Any) -> Any:
    if isinstance(value, v.Ref):
        return value
    if isinstance(value, v.LazyV):
        value = _list(lw, value)
    return op(lw, np.array, value)


@handles(sum)
def _sum(lw: Any, value: Any, start: Any = None) -> Any:
    if isinstance(value, v.LazyV):
        return _accumulate(
            lw,
            value,
            lambda a, b: arithmetic.binary(lw, ast.Add(), a, b),
            const(0) if start is None else start,
        )
    seq = iteration.sequence(lw, value)
    first = const(0) if start is None else start
    if isinstance(seq.length, int) and seq.fixed:
        items = [seq.item(k) for k in range(seq.length)]
        if start is not None or not items:
            items = [first, *items]
        return fold(lw, items, lambda a, b: arithmetic.binary(lw, ast.Add(), a, b))
    return _accumulate(lw, value, lambda a, b: arithmetic.binary(lw, ast.Add(), a, b), first)


def _accumulate(lw: Any, value: Any, combine: Any, first: Any) -> Any:
    """Combine the items of a sequence one by one, in a loop where its length is unknown."""
    holder = (lw.frame.id, f"%{lw.node.col_offset}_{len(lw.frames)}%total")
    lw.state.vars[holder] = first
    key = lw.node

    def add(item: Any) -> None:
        lw.state.vars[holder] = combine(lw.state.vars[holder], item)

    if isinstance(value, v.LazyV) and value.kind == "generator":
        node, frame = value.parts
        iteration.in_frame(
            lw, frame, lambda: iteration.collect(lw, node, lambda: add(lw.expr(node.elt)))
        )
    else:
        iteration.run(lw, key, iteration.sequence(lw, value), add, None)
    result = lw.state.vars.pop(holder)
    lw.name_value(result, "total")
    return result


def _quantifier(is_all: bool) -> Any:
    def handler(lw: Any, value: Any) -> Any:
        def step(a: Any, b: Any) -> Any:
            truth = lw.truth(a)
            if isinstance(truth, bool):
                return b if truth is is_all else a
            if is_all:
                return lw.choose(truth, lambda: b, lambda: const(False))
            return lw.choose(truth, lambda: const(True), lambda: b)

        if isinstance(value, v.Ref):
            return op(lw, np.all if is_all else np.any, value)
        if not isinstance(value, v.LazyV):
            seq = iteration.sequence(lw, value)
            if isinstance(seq.length, int) and seq.fixed:
                return fold(
                    lw,
                    [const(is_all), *(_truth_atom(lw, seq.item(k)) for k in range(seq.length))],
                    step,
                )
        return _accumulate(lw, value, lambda a, b: step(a, _truth_atom(lw, b)), const(is_all))

    return handler


def _truth_atom(lw: Any, value: Any) -> Any:
    truth = lw.truth(value)
    return const(truth) if isinstance(truth, bool) else truth


_HANDLERS[all] = _quantifier(True)
_HANDLERS[any] = _quantifier(False)


def _extremum(fn: Any, compare: Any) -> Any:
    def handler(lw: Any, *args: Any, key: Any = None, default: Any = None) -> Any:
        def pick(a: Any, b: Any) -> Any:
            if key is not None:
                first = arithmetic.compare(
                    lw,
                    compare,
                    calls.call_value(lw, key, (b,), {}),
                    calls.call_value(lw, key, (a,), {}),
                )
                return lw.choose(lw.truth(first), lambda: b, lambda: a)
            if v.known(a) and v.known(b):
                return lw.lift(fn(v.constant(a), v.constant(b)))
            return lw.call(fn, a, b)

        if len(args) > 1:
            return fold(lw, list(args), pick)
        value = args[0]
        if isinstance(value, v.Ref) and key is None:
            return op(lw, np.max if fn is max else np.min, value)
        if isinstance(value, v.LazyV):
            value = _list(lw, value)
        seq = iteration.sequence(lw, value)
        if isinstance(seq.length, int):
            items = [seq.item(k) for k in range(seq.length)]
            if not items:
                if default is None:
                    raise lw.refuse(f"{fn.__name__}() of an empty sequence", code="AD213")
                return default
            return fold(lw, items, pick)
        if key is None:
            return op(lw, np.max if fn is max else np.min, op(lw, np.array, value))
        raise lw.refuse(
            f"{fn.__name__}() with a key needs a sequence of known length", code="AD211"
        )

    return handler


_HANDLERS[max] = _extremum(max, ast.Gt())
_HANDLERS[min] = _extremum(min, ast.Lt())


# ---- numbers


@handles(float)
def _float(lw: Any, value: Any = None) -> Any:
    return _number(lw, const(0.0) if value is None else value, "float64", float)


@handles(np.float64)
def _float64(lw: Any, value: Any = None) -> Any:
    return numpy_float(lw, _number(lw, const(0.0) if value is None else value, "float64"))


def numpy_float(lw: Any, value: Any, dtype: str = "float64") -> Any:
    """A number as one of NumPy's: it divides by zero, and overflows, without raising."""
    t = lw.type_of(value)
    if not isinstance(t, Scalar) or lw.builder.is_numpys(lw.atom(value)):
        return value
    return lw.call(n.CAST, value, dtype_const("complex128" if t.dtype[0] == "c" else dtype))


@handles(complex, np.complex128)
def _complex(lw: Any, value: Any = None, imag: Any = None) -> Any:
    if imag is not None:
        scaled = arithmetic.binary(lw, ast.Mult(), imag, const(1j))
        return arithmetic.binary(lw, ast.Add(), value, scaled)
    return _number(lw, const(0j) if value is None else value, "complex128", complex)


@handles(np.float32)
def _float32(lw: Any, value: Any) -> Any:
    return _number(lw, value, "float32")


def _number(lw: Any, value: Any, dtype: str, kind: type | None = None) -> Any:
    """A scalar of ``dtype``; with ``kind``, one of Python's (``float``, ``complex``)."""
    if isinstance(value, v.OptV):
        value = value.value
    if isinstance(value, v.Static) and isinstance(value.value, str):
        try:
            return const(float(value.value))
        except ValueError as error:
            raise lw.refuse(f"float(): {error}", code="AD213") from None
    t = lw.type_of(value)
    if isinstance(t, Array) and t.ndim:
        if dtype == "float32":
            return lw.call(n.CAST, value, dtype_const(dtype))
        index = tuple(const(0) for _ in range(t.ndim))
        value = lw.builder.raw(n.READ, (lw.atom(value), index))
        t = value.type
    if isinstance(t, Array):
        value = lw.builder.raw(n.READ, (lw.atom(value), ()))
        t = value.type
    if not isinstance(t, Scalar):
        raise lw.refuse(f"{calls.describe(value)} can't be made a number", code="AD213")
    if t.dtype == dtype:
        return value
    if isinstance(value, Const):
        made = const(np.dtype(dtype).type(value.value).item())
        return made if dtype in ("float64", "complex128") else Const(made.value, Scalar(dtype))
    return lw.call(n.CAST, value, dtype_const(dtype) if kind is None else Const(kind, DTYPE))


DTYPE = Opaque("dtype")


def dtype_const(dtype: Any) -> Const:
    return calls.dtype_constant(dtype)


@handles(int, np.int64, np.intp)
def _int(lw: Any, value: Any = None) -> Any:
    if value is None:
        return const(0)
    if isinstance(value, v.OptV):
        value = value.value
    if isinstance(value, Const) or (text.is_text(value) and v.known(value)):
        try:
            return const(int(v.constant(value)))
        except (ValueError, OverflowError) as error:
            raise lw.refuse(f"int(): {error}", code="AD213") from None
    t = lw.type_of(value)
    if isinstance(t, Scalar) and t.dtype.startswith("int"):
        return value
    if isinstance(t, Array):
        index = tuple(const(0) for _ in range(t.ndim))
        value = lw.builder.raw(n.READ, (lw.atom(value), index))
    return lw.call(n.CAST, value, dtype_const("int64"))


@handles(bool)
def _bool(lw: Any, value: Any = None) -> Any:
    return const(False) if value is None else _truth_atom(lw, value)


@handles(divmod)
def _divmod(lw: Any, a: Any, b: Any) -> Any:
    return v.TupleV(
        (arithmetic.binary(lw, ast.FloorDiv(), a, b), arithmetic.binary(lw, ast.Mod(), a, b))
    )


@handles(pow)
def _pow(lw: Any, a: Any, b: Any, mod: Any = None) -> Any:
    if mod is not None:
        raise lw.refuse("pow() with a modulus is not supported", code="AD300")
    return arithmetic.binary(lw, ast.Pow(), a, b)


@handles(math.prod)
def _prod(lw: Any, value: Any, start: Any = None) -> Any:
    return _accumulate(
        lw,
        value,
        lambda a, b: arithmetic.binary(lw, ast.Mult(), a, b),
        const(1) if start is None else start,
    )


@handles(math.fsum)
def _fsum(lw: Any, value: Any) -> Any:
    return _sum(lw, value)


_COMPLEX = {
    cmath.sqrt: np.sqrt, cmath.exp: np.exp, cmath.log10: np.log10, cmath.sin: np.sin,
    cmath.cos: np.cos, cmath.tan: np.tan, cmath.sinh: np.sinh, cmath.cosh: np.cosh,
    cmath.tanh: np.tanh, cmath.asin: np.arcsin, cmath.acos: np.arccos, cmath.atan: np.arctan,
    cmath.asinh: np.arcsinh, cmath.acosh: np.arccosh, cmath.atanh: np.arctanh,
}  # fmt: skip


def _of_complex(fn: Any) -> Any:
    return lambda lw, value: op(lw, fn, _complex(lw, value))


for _fn, _like in _COMPLEX.items():
    _HANDLERS[_fn] = _of_complex(_like)


@handles(cmath.log)
def _complex_log(lw: Any, value: Any, base: Any = None) -> Any:
    found = op(lw, np.log, _complex(lw, value))
    if base is None:
        return found
    return arithmetic.binary(lw, ast.Div(), found, op(lw, np.log, _complex(lw, base)))


@handles(cmath.phase)
def _phase(lw: Any, value: Any) -> Any:
    return op(lw, np.angle, _complex(lw, value))


@handles(cmath.polar)
def _polar(lw: Any, value: Any) -> Any:
    return v.TupleV((op(lw, abs, _complex(lw, value)), _phase(lw, value)))


@handles(cmath.rect)
def _rect(lw: Any, r: Any, phi: Any) -> Any:
    turn = op(lw, np.exp, arithmetic.binary(lw, ast.Mult(), phi, const(1j)))
    return arithmetic.binary(lw, ast.Mult(), r, turn)


# ---- objects and types


@handles(isinstance)
def _isinstance(lw: Any, value: Any, classes: Any) -> Any:
    wanted = v.constant(classes) if v.known(classes) else None
    if wanted is None:
        raise lw.refuse("isinstance() needs classes that are known", code="AD211")
    if isinstance(value, v.OptV):
        inner = _isinstance(lw, value.value, classes)
        none = isinstance(None, wanted)
        if inner.value == none:
            return inner
        return lw.call(n.NOT, value.is_none) if inner.value else value.is_none
    return const(_is_a(lw, value, wanted))


def _is_a(lw: Any, value: Any, wanted: Any) -> bool:
    cls = class_of(lw, value)
    if isinstance(wanted, types.UnionType):
        wanted = wanted.__args__
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    if issubclass(cls, wanted):
        return True
    t = lw.type_of(value)
    if isinstance(t, Scalar) and cls in (float, complex, int, bool):
        # Python's numbers and NumPy's are one kind: ask for either
        return any(issubclass(np.dtype(t.dtype).type, each) and not t.weak for each in wanted)
    return False


def class_of(lw: Any, value: Any) -> type:
    if isinstance(value, v.Static):
        return type(value.value)
    t = lw.type_of(value)
    if isinstance(t, Array):
        return np.ndarray
    if isinstance(t, Scalar):
        if t.weak:
            return {"f": float, "c": complex, "i": int, "b": bool}.get(t.dtype[0], float)
        return np.dtype(t.dtype).type
    if isinstance(t, Opaque) and t.what == "str":
        return str
    if isinstance(value, v.TupleV):
        return value.cls or tuple
    if isinstance(value, v.ObjV):
        return value.cls
    simple = {v.ListV: list, v.DictV: dict, v.RangeV: range, v.SliceV: slice}
    if type(value) in simple:
        return simple[type(value)]
    if isinstance(value, v.FuncV):
        return type(lambda: None)
    raise lw.refuse(f"the type of {calls.describe(value)} is not known here", code="AD211")


@handles(type)
def _type(lw: Any, value: Any) -> Any:
    return v.Static(class_of(lw, value))


@handles(issubclass)
def _issubclass(lw: Any, cls: Any, classes: Any) -> Any:
    return const(issubclass(v.constant(cls), v.constant(classes)))


@handles(callable)
def _callable(lw: Any, value: Any) -> Any:
    if isinstance(value, v.Static):
        return const(callable(value.value))
    return const(isinstance(value, v.FuncV | v.BoundV | v.MethodV | v.PartialV))


@handles(getattr)
def _getattr(lw: Any, owner: Any, name: Any, default: Any = None) -> Any:
    if not v.known(name):
        raise lw.refuse("the name given to getattr() has to be known", code="AD211")
    if default is not None and not _has(lw, owner, v.constant(name)):
        return default
    return attributes.get(lw, owner, v.constant(name))


@handles(setattr)
def _setattr(lw: Any, owner: Any, name: Any, value: Any) -> Any:
    attributes.set_(lw, owner, v.constant(name), value)
    return v.Static(None)


@handles(hasattr)
def _hasattr(lw: Any, owner: Any, name: Any) -> Any:
    return const(_has(lw, owner, v.constant(name)))


def _has(lw: Any, owner: Any, name: str) -> bool:
    if isinstance(owner, v.ObjV):
        return lw.content(owner.cell).get(name) is not None or hasattr(owner.cls, name)
    if isinstance(owner, v.Static):
        return hasattr(owner.value, name)
    return hasattr(class_of(lw, owner), name)


@handles(id, hash, input, open, eval, exec, compile, globals, locals, vars, __import__)
def _no(lw: Any, *args: Any, **kwargs: Any) -> Any:
    raise lw.refuse(
        "this built-in function can't be used in code that is differentiated", code="AD204"
    )


@handles(str)
def _str(lw: Any, value: Any = None) -> Any:
    if value is None:
        return v.Static("")
    return text.formatted(lw, value, "", "") if not text.is_text(value) else value


@handles(repr)
def _repr(lw: Any, value: Any) -> Any:
    return text.formatted(lw, value, "!r", "")


@handles(format)
def _format(lw: Any, value: Any, spec: Any = None) -> Any:
    return text.formatted(lw, value, "", v.Static("") if spec is None else spec)


def _shown(lw: Any, value: Any) -> Any:
    """What is printed, exactly; refused where the IR can't hold it."""
    if isinstance(value, v.DictV) and not isinstance(value, v.SetV):
        entries = lw.content(value.cell).entries
        pairs = [(lw.atom(lw.lift(k)), _shown(lw, x)) for k, x in entries]
        return lw.builder.raw(dict, (pairs,), types=(Opaque("dict"),))
    return lw.atom(value)


def _effect(lw: Any, fn: Any, args: Any, kwargs: Any) -> Any:
    named = {k: _shown(lw, e) for k, e in kwargs.items()}
    atoms = tuple(_shown(lw, each) for each in args)
    lw.builder.add_stmt(Effect((), lw.builder.place, fn, atoms, named))
    return v.Static(None)


@handles(print)
def _print(lw: Any, *args: Any, **kwargs: Any) -> Any:
    return _effect(lw, print, args, kwargs)


@handles(warnings.warn)
def _warn(lw: Any, *args: Any, **kwargs: Any) -> Any:
    return _effect(lw, warnings.warn, args, kwargs)


@handles(functools.partial)
def _partial(lw: Any, fn: Any, *args: Any, **kwargs: Any) -> Any:
    return v.PartialV(fn, args, tuple(kwargs.items()))


@handles(functools.reduce)
def _reduce(lw: Any, fn: Any, value: Any, first: Any = None) -> Any:
    def combine(a: Any, b: Any) -> Any:
        return calls.call_value(lw, fn, (a, b), {})

    if isinstance(value, v.LazyV):
        value = _list(lw, value)
    seq = iteration.sequence(lw, value)
    if isinstance(seq.length, int):
        items = [seq.item(k) for k in range(seq.length)]
        return fold(lw, items if first is None else [first, *items], combine)
    if first is not None:
        return _accumulate(lw, value, combine, first)
    holder = (lw.frame.id, f"%{lw.node.col_offset}_{len(lw.frames)}%total")
    lw.state.vars[holder] = seq.item(const(0))

    def step(k: Any) -> None:
        lw.state.vars[holder] = combine(lw.state.vars[holder], seq.item(k))

    lw.for_range(lw.node, const(1), seq.length, const(1), step, "k")
    return lw.state.vars.pop(holder)


@handles(functools.wraps)
def _wraps(lw: Any, fn: Any, *args: Any, **kwargs: Any) -> Any:
    return v.MethodV("identity", fn)


@handles(np.errstate, warnings.catch_warnings)
def _errstate(lw: Any, **kwargs: Any) -> Any:
    return v.MethodV("errstate", v.Static(None))


@handles(warnings.simplefilter, warnings.filterwarnings, np.seterr)
def _ignored(lw: Any, *args: Any, **kwargs: Any) -> Any:
    return v.Static(None)


@handles(property, staticmethod)
def _as_is(lw: Any, fn: Any) -> Any:
    return fn


def _cast(lw: Any, value: Any, dtype: str) -> Any:
    t = lw.type_of(value)
    if is_float(t) and dtype[0] in "fc" and t.dtype[0] == "c" and dtype[0] == "f":
        raise lw.refuse(
            "casting complex to real drops the imaginary part", "use .real", code="AD403"
        )
    return lw.wrap(lw.builder.raw(n.CAST, (lw.atom(value), dtype_const(dtype))))


__all__ = ["Var", "builtins", "find", "operator"]
