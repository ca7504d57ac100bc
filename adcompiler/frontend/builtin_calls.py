"""Built-in functions and methods that the compiler itself knows."""

from __future__ import annotations

import ast
import builtins
import cmath
import functools
import math
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.frontend import (
    arithmetic, attributes, calls, indexing, iteration, random_draws, sets, text,
)
from adcompiler.frontend import values as v
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const, Effect, Var
from adcompiler.ir.types import Array, Opaque, Scalar, is_float
from adcompiler.rules.contract import REGISTRY

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
        raise lw.refuse("this has to be an integer")
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
    holder = (lw.frame.id, f"%list{lw.node.col_offset}_{len(lw.frames)}")
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
        raise lw.refuse("the order of sorted() has to be known when the derivative is compiled")
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
                raise lw.refuse(f"sorted(): {error}") from None
            return v.ListV(lw.cell(v.Items(tuple(parts[k] for k in order))))
        columns = lw.as_dynamic_items(parts)
        if columns is None:
            raise lw.refuse("items of different kinds can't be sorted by what is known at run time only")
        if key is None and isinstance(parts[0], v.TupleV):
            raise lw.refuse("tuples can't be sorted here", "sort by a key of theirs")
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
    return _collected(lw, lw.dim(order, 0), lambda k: indexing.get_item(lw, listed, indexing.get_item(lw, order, k)))


def _order(lw: Any, keys: Any, backwards: bool) -> Any:
    """Indices that sort by these keys; equal ones stay in order, as Python's sort does."""
    array = op(lw, np.array, keys)
    if lw.type_of(array).ndim != 1:
        raise lw.refuse("only numbers can be keys to sort by here")
    if backwards:
        array = arithmetic.unary(lw, ast.USub(), array)
    return op(lw, np.argsort, array, kind=v.Static("stable"))


def _collected(lw: Any, count: Any, item: Any) -> Any:
    """``[item(k) for k in range(count)]``."""
    made = v.ListV(lw.cell(v.Items(())))
    holder = (lw.frame.id, f"%list{made.cell}")
    lw.state.vars[holder] = made

    def body(k: Any) -> None:
        calls.list_append(lw, lw.state.vars[holder], item(k))

    lw.for_range(("collected", lw.node), const(0), count, const(1), body, "k")
    return lw.state.vars.pop(holder)


@handles(filter)
def _filter(lw: Any, fn: Any, value: Any) -> Any:
    made = v.ListV(lw.cell(v.Items(())))
    holder = (lw.frame.id, f"%list{made.cell}")
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


def _add_at(subtract: bool) -> Any:
    def handler(lw: Any, array: Any, index: Any, value: Any) -> Any:
        if not isinstance(array, v.Ref):
            raise lw.refuse("the first argument has to be an array")
        if subtract:
            value = arithmetic.unary(lw, ast.USub(), as_array(lw, value) if isinstance(value, v.ListV) else value)
        items = indexing.array_index(lw, index)
        lw.store(v.Ref(array.cell, (*array.path, items)), value, add=True)
        return v.Static(None)

    return handler


_HANDLERS[np.add.at] = _add_at(False)
_HANDLERS[np.subtract.at] = _add_at(True)


@handles(np.nonzero)
def _nonzero(lw: Any, a: Any) -> Any:
    a = as_array(lw, a)
    if lw.type_of(a).ndim < 2:  # a tuple of one array
        return v.TupleV((op(lw, np.flatnonzero, a),))
    return calls.apply_rule(lw, REGISTRY.find(np.nonzero), (a,), {})


@handles(np.where)
def _where(lw: Any, condition: Any, *branches: Any, **kwargs: Any) -> Any:
    if not branches and not kwargs:
        return _nonzero(lw, condition)
    return calls.apply_rule(lw, REGISTRY.find(np.where), (condition, *branches), kwargs)


def as_array(lw: Any, value: Any) -> Any:
    if isinstance(value, v.Ref):
        return value
    if isinstance(value, v.LazyV):
        value = _list(lw, value)
    return op(lw, np.array, value)


@handles(sum)
def _sum(lw: Any, value: Any, start: Any = None) -> Any:
    if isinstance(value, v.LazyV):
        return _accumulate(lw, value, lambda a, b: arithmetic.binary(lw, ast.Add(), a, b), const(0) if start is None else start)
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
    holder = (lw.frame.id, f"%total{lw.node.col_offset}_{len(lw.frames)}")
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
                return fold(lw, [const(is_all), *(_truth_atom(lw, seq.item(k)) for k in range(seq.length))], step)
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
                first = arithmetic.compare(lw, compare, calls.call_value(lw, key, (b,), {}), calls.call_value(lw, key, (a,), {}))
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
                    raise lw.refuse(f"{fn.__name__}() of an empty sequence")
                return default
            return fold(lw, items, pick)
        if key is None:
            return op(lw, np.max if fn is max else np.min, op(lw, np.array, value))
        raise lw.refuse(f"{fn.__name__}() with a key needs a sequence of known length")

    return handler


_HANDLERS[max] = _extremum(max, ast.Gt())
_HANDLERS[min] = _extremum(min, ast.Lt())


# ---- numbers


@handles(float, np.float64)
def _float(lw: Any, value: Any = None) -> Any:
    return _number(lw, const(0.0) if value is None else value, "float64")


@handles(complex, np.complex128)
def _complex(lw: Any, value: Any = None, imag: Any = None) -> Any:
    if imag is not None:
        scaled = arithmetic.binary(lw, ast.Mult(), imag, const(1j))
        return arithmetic.binary(lw, ast.Add(), value, scaled)
    return _number(lw, const(0j) if value is None else value, "complex128")


@handles(np.float32)
def _float32(lw: Any, value: Any) -> Any:
    return _number(lw, value, "float32")


def _number(lw: Any, value: Any, dtype: str) -> Any:
    if isinstance(value, v.OptV):
        value = value.value
    if isinstance(value, v.Static) and isinstance(value.value, str):
        try:
            return const(float(value.value))
        except ValueError as error:
            raise lw.refuse(f"float(): {error}") from None
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
        raise lw.refuse(f"{calls.describe(value)} can't be made a number")
    if t.dtype == dtype:
        return value
    if isinstance(value, Const):
        made = const(np.dtype(dtype).type(value.value).item())
        return made if dtype in ("float64", "complex128") else Const(made.value, Scalar(dtype))
    return lw.call(n.CAST, value, dtype_const(dtype))


def dtype_const(dtype: Any) -> Const:
    return calls.dtype_constant(dtype)


@handles(int, np.int64, np.intp)
def _int(lw: Any, value: Any = None) -> Any:
    if value is None:
        return const(0)
    if isinstance(value, v.OptV):
        value = value.value
    if isinstance(value, Const) or text.is_text(value) and v.known(value):
        try:
            return const(int(v.constant(value)))
        except (ValueError, OverflowError) as error:
            raise lw.refuse(f"int(): {error}") from None
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
    return v.TupleV((arithmetic.binary(lw, ast.FloorDiv(), a, b), arithmetic.binary(lw, ast.Mod(), a, b)))


@handles(pow)
def _pow(lw: Any, a: Any, b: Any, mod: Any = None) -> Any:
    if mod is not None:
        raise lw.refuse("pow() with a modulus is not supported")
    return arithmetic.binary(lw, ast.Pow(), a, b)


@handles(math.prod)
def _prod(lw: Any, value: Any, start: Any = None) -> Any:
    return _accumulate(lw, value, lambda a, b: arithmetic.binary(lw, ast.Mult(), a, b), const(1) if start is None else start)


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
        raise lw.refuse("isinstance() needs classes that are known")
    if isinstance(value, v.OptV):
        inner = _isinstance(lw, value.value, classes)
        none = isinstance(None, wanted)
        if inner.value == none:
            return inner
        return lw.call(n.NOT, value.is_none) if inner.value else value.is_none
    return const(_is_a(lw, value, wanted))


def _is_a(lw: Any, value: Any, wanted: Any) -> bool:
    cls = class_of(lw, value)
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
    raise lw.refuse(f"the type of {calls.describe(value)} is not known here")


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
        raise lw.refuse("the name given to getattr() has to be known")
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
    raise lw.refuse("this built-in function can't be used in code that is differentiated")


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
    items = iteration.items(lw, value, None)
    if first is not None:
        items = [first, *items]
    return fold(lw, items, lambda a, b: calls.call_value(lw, fn, (a, b), {}))


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


# ---- NumPy, where a rule is not enough


@handles(np.shape)
def _shape(lw: Any, value: Any) -> Any:
    if v.is_number(value) and isinstance(value.type, Scalar):
        return v.TupleV(())
    return attributes.get(lw, as_array(lw, value), "shape")


@handles(np.ndim)
def _ndim(lw: Any, value: Any) -> Any:
    t = lw.type_of(value)
    return const(t.ndim if isinstance(t, Array) else 0) if t is not None else attributes.get(lw, as_array(lw, value), "ndim")


@handles(np.isscalar)
def _isscalar(lw: Any, value: Any) -> Any:
    return const(isinstance(lw.type_of(value), Scalar))


@handles(np.iscomplexobj)
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
                raise lw.refuse(f"np.{fn.__name__} needs arguments that are known when compiling")
            return v.constant(value)

        try:
            found = fn(*map(given, args), **{k: given(x) for k, x in kwargs.items()})
        except (TypeError, ValueError) as error:
            raise lw.refuse(f"np.{fn.__name__}: {error}") from None
        return lw.lift(found)

    return handler


for _fn in (np.issubdtype, np.result_type, np.promote_types, np.can_cast, np.finfo, np.iinfo):
    _HANDLERS[_fn] = _when_compiling(_fn)


@handles(np.dtype)
def _dtype(lw: Any, value: Any) -> Any:
    return v.Static(np.dtype(v.constant(value)))


@handles(np.asarray, np.asanyarray)
def _asarray(lw: Any, value: Any, dtype: Any = None, order: Any = None) -> Any:
    made = _to_array(lw, value, dtype, copy=False)
    return made if order is None else _maybe_same(lw, made)


@handles(np.ascontiguousarray, np.asfortranarray)
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


@handles(np.array)
def _array(lw: Any, value: Any, dtype: Any = None, copy: Any = None, ndmin: Any = None, order: Any = None) -> Any:
    if order is not None and not (v.known(order) and v.constant(order) in ("C", "K")):
        raise lw.refuse("np.array with this memory order is not supported", "leave out order=")
    fresh = copy is None or lw.truth(copy) is not False
    made = _to_array(lw, value, dtype, copy=fresh)
    if ndmin is not None:
        t = lw.type_of(made)
        wanted = lw.static_int(ndmin, "ndmin")
        if isinstance(t, Array) and t.ndim < wanted:
            index = v.TupleV((*(v.Static(None) for _ in range(wanted - t.ndim)), v.Static(Ellipsis)))
            made = indexing.get_item(lw, made, index)
    return made


def _to_array(lw: Any, value: Any, dtype: Any, copy: bool) -> Any:
    if isinstance(value, v.OptV):
        value = value.value
    if isinstance(value, v.LazyV):
        value = _list(lw, value)
    wanted = None
    if dtype is not None and not (isinstance(dtype, v.Static) and dtype.value is None):
        wanted = str(np.dtype(v.constant(dtype)))
        if wanted == "object":
            raise lw.refuse("arrays of objects are not supported")
    t = lw.type_of(value)
    if isinstance(t, Array):
        if wanted is not None and wanted != t.dtype:
            return _cast(lw, value, wanted)
        return lw.wrap(lw.builder.raw(n.COPY, (lw.atom(value),))) if copy else value
    if isinstance(value, v.ListV | v.TupleV):
        value = _nested(lw, value)
    atom = lw.atom(value)
    made = lw.wrap(lw.builder.raw(np.array, (atom,)))
    t = lw.type_of(made)
    if not isinstance(t, Array):
        raise lw.refuse("an array can't be made of this")
    return _cast(lw, made, wanted) if wanted is not None and wanted != t.dtype else made


def _nested(lw: Any, value: Any) -> Any:
    """Lists of lists of known length, as tuples; lists of unknown length stay."""
    if isinstance(value, v.ListV):
        content = lw.content(value.cell)
        if isinstance(content, v.DynList):
            if content.shape is not None:
                columns = [lw.wrap(lw.builder.raw(np.array, (each,))) for each in content.lists]
                return op(lw, np.stack, v.TupleV(tuple(columns)), axis=const(-1))
            return value
        items = tuple(_nested(lw, each) for each in content.items)
        return v.ListV(lw.cell(v.Items(items)))
    if isinstance(value, v.TupleV):
        return v.TupleV(tuple(_nested(lw, each) for each in value.items))
    return value


def _cast(lw: Any, value: Any, dtype: str) -> Any:
    t = lw.type_of(value)
    if is_float(t) and dtype[0] in "fc" and t.dtype[0] == "c" and dtype[0] == "f":
        raise lw.refuse("casting complex to real drops the imaginary part", "use .real")
    return lw.wrap(lw.builder.raw(n.CAST, (lw.atom(value), dtype_const(dtype))))


@handles(np.copy)
def _copy(lw: Any, value: Any, order: Any = None) -> Any:
    return lw.wrap(lw.builder.raw(n.COPY, (lw.atom(as_array(lw, value)),)))


@handles(np.vectorize)
def _vectorize(lw: Any, fn: Any, **kwargs: Any) -> Any:
    return v.MethodV("vectorized", fn)


def vectorized(lw: Any, fn: Any, args: Any, kwargs: Any) -> Any:
    """``np.vectorize(fn)(*args)``: a loop over the elements."""
    call_fn = fn if not callable(fn) else v.Static(fn)
    types = [lw.type_of(each) for each in args]
    arrays = [k for k, t in enumerate(types) if isinstance(t, Array) and t.ndim]
    if not arrays:
        return calls.call_value(lw, call_fn, args, kwargs)
    if any(types[k].ndim != 1 for k in arrays):
        raise lw.refuse("np.vectorize is supported over arrays of one dimension", "write the loop")
    first = args[arrays[0]]
    made = v.ListV(lw.cell(v.Items(())))
    holder = (lw.frame.id, f"%list{lw.node.col_offset}_{len(lw.frames)}")
    lw.state.vars[holder] = made

    def body(k: Any) -> None:
        item = tuple(
            indexing.get_item(lw, each, k) if j in arrays else each for j, each in enumerate(args)
        )
        calls.list_append(lw, lw.state.vars[holder], calls.call_value(lw, call_fn, item, kwargs))

    lw.for_range(lw.node, const(0), lw.dim(first, 0), const(1), body, "k")
    return op(lw, np.array, lw.state.vars.pop(holder))


@handles(np.fill_diagonal)
def _fill_diagonal(lw: Any, array: Any, value: Any) -> Any:
    index = op(lw, np.arange, lw.dim(array, 0))
    indexing.set_item(lw, array, v.TupleV((index, index)), value)
    return v.Static(None)


@handles(np.copyto)
def _copyto(lw: Any, target: Any, value: Any) -> Any:
    lw.overwrite(target, lw.atom(value))
    return v.Static(None)


@handles(np.putmask)
def _putmask(lw: Any, array: Any, mask: Any, value: Any) -> Any:
    t, into = lw.type_of(value), lw.type_of(array)
    if isinstance(t, Array) and t.ndim:
        if not isinstance(into, Array) or t.ndim != into.ndim or any(d.one is not False for d in t.dims):
            raise lw.refuse("np.putmask repeats values of another shape, which is not supported", "use np.where")
        value = indexing.get_item(lw, value, mask)
    indexing.set_item(lw, array, mask, value)
    return v.Static(None)


# ---- methods


def method(lw: Any, name: str, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if name in ("identity", "no_op"):
        return args[0] if args and name == "identity" else v.Static(None)
    if name == "_make":
        items = tuple(iteration.items(lw, args[0], len(owner.value._fields)))
        return calls.construct(lw, owner.value, items, {})
    if name == "vectorized":
        return vectorized(lw, owner, args, kwargs)
    if text.is_text(owner):
        return text.method(lw, name, owner, args, kwargs)
    if v.is_number(owner) and getattr(owner.type, "what", "") in random_draws.GENERATORS:
        return random_draws.method(lw, name, owner, args, kwargs)
    if isinstance(owner, v.Ref) or v.is_number(owner):
        return _array_method(lw, name, owner, args, kwargs)
    if isinstance(owner, v.ListV):
        handler = _LIST.get(name)
        if handler is not None:
            return calls.handled(lw, handler, name, (owner, *args), kwargs)
    if isinstance(owner, v.SetV):
        return sets.method(lw, name, owner, args, kwargs)
    if isinstance(owner, v.DictV):
        handler = _DICT.get(name)
        if handler is not None:
            return calls.handled(lw, handler, name, (owner, *args), kwargs)
    if isinstance(owner, v.TupleV):
        if name == "_replace":
            fields = owner.cls._fields
            if args or not set(kwargs) <= set(fields):
                raise lw.refuse(f"_replace() takes fields of {owner.cls.__name__} by keyword")
            items = [kwargs.get(f, item) for f, item in zip(fields, owner.items, strict=True)]
            return v.TupleV(tuple(items), owner.cls)
        if name == "_asdict":
            pairs = zip(owner.cls._fields, owner.items, strict=True)
            return v.DictV(lw.cell(v.Entries(tuple(pairs))))
        if all(v.known(each) for each in (*owner.items, *args)):
            return const(getattr(v.constant(owner), name)(*(v.constant(e) for e in args)))
    raise lw.refuse(f"the method '{name}' of {calls.describe(owner)} is not supported")


def _array_method(lw: Any, name: str, owner: Any, args: Any, kwargs: Any) -> Any:
    if name == "copy":
        if v.is_number(owner):
            return owner
        made = lw.wrap(lw.builder.raw(n.COPY, (lw.atom(owner),)))
        if not args and not kwargs:
            lw.contiguous.add(made.cell)
        return made
    if name == "astype":
        dtype = str(np.dtype(v.constant(args[0] if args else kwargs["dtype"])))
        if v.is_number(owner):
            return _number(lw, owner, dtype) if dtype[0] in "fc" else lw.call(n.CAST, owner, dtype_const(dtype))
        t = lw.type_of(owner)
        if t.dtype == dtype:
            if "copy" in kwargs and lw.truth(kwargs["copy"]) is False:
                return owner
            return lw.wrap(lw.builder.raw(n.COPY, (lw.atom(owner),)))
        return _cast(lw, owner, dtype)
    if name == "item":
        if args:
            return indexing.get_item(lw, op(lw, np.ravel, owner) if len(args) == 1 else owner, v.TupleV(args) if len(args) > 1 else args[0])
        t = lw.type_of(owner)
        return owner if isinstance(t, Scalar) else lw.builder.raw(n.READ, (lw.atom(owner), tuple(const(0) for _ in t.dims)))
    if name == "flatten":
        flat = lw.wrap(lw.builder.raw(n.COPY, (lw.atom(op(lw, np.ravel, owner, *args, **kwargs)),)))
        lw.contiguous.add(flat.cell)
        return flat
    if name == "fill":
        lw.overwrite(owner, lw.atom(args[0]))
        return v.Static(None)
    if name == "tolist":
        t = lw.type_of(owner)
        if not isinstance(t, Array):
            return owner
        if t.ndim == 0:
            return lw.builder.raw(n.READ, (lw.atom(owner), ()))
        if t.ndim == 1:
            return _list(lw, owner)

        def row(k: Any) -> Any:
            return _array_method(lw, "tolist", indexing.get_item(lw, owner, k), (), {})

        known = t.dims[0].known
        if known is not None:
            return v.ListV(lw.cell(v.Items(tuple(row(const(k)) for k in range(known)))))
        return _collected(lw, lw.dim(owner, 0), row)
    if name == "is_integer":
        return arithmetic.compare(lw, ast.Eq(), owner, op(lw, np.floor, owner))
    if name == "sort":
        lw.overwrite(owner, lw.atom(op(lw, np.sort, owner, *args, **kwargs)))
        return v.Static(None)
    if name == "reshape" and (len(args) > 1 or (args and v.is_number(args[0]))):
        args = (v.TupleV(args),)
    if name == "transpose" and len(args) > 1:
        args = (v.TupleV(args),)
    if name == "transpose" and args:
        kwargs = {"axes": args[0]}
        args = ()
    fn = attributes.ARRAY_METHODS.get(name)
    if fn is None:
        raise lw.refuse(f"the array method '{name}' is not supported")
    return op(lw, fn, owner, *args, **kwargs)


def _list_pop(lw: Any, owner: Any, index: Any = None) -> Any:
    content = lw.content(owner.cell)
    if isinstance(content, v.Items):
        k = -1 if index is None else lw.static_int(index, "the index given to pop()")
        items = list(content.items)
        if not items:
            raise lw.refuse("pop() from an empty list")
        item = items.pop(k)
        lw.mutate(owner.cell, v.Items(tuple(items)))
        return item
    if index is not None and not (isinstance(index, Const) and index.value == -1):
        raise lw.refuse("pop() is supported at the end of a list only")
    item = indexing.list_item(lw, owner, const(-1))
    lists = []
    for each in content.lists:
        made = lw.builder.raw(n.DROP, (each,))
        made.hint, made.user = each.hint, each.user
        lists.append(made)
    lw.mutate(owner.cell, v.DynList(content.shape, tuple(lists)))
    return item


def _static_items(lw: Any, owner: Any, what: str) -> list[Any]:
    content = lw.content(owner.cell)
    if not isinstance(content, v.Items):
        raise lw.refuse(f"{what}() is not supported on a list whose length is known at run time only")
    return list(content.items)


def _list_insert(lw: Any, owner: Any, index: Any, item: Any) -> Any:
    items = _static_items(lw, owner, "insert")
    items.insert(lw.static_int(index, "the index given to insert()"), item)
    lw.mutate(owner.cell, v.Items(tuple(items)))
    return v.Static(None)


def _list_reverse(lw: Any, owner: Any) -> Any:
    lw.mutate(owner.cell, v.Items(tuple(reversed(_static_items(lw, owner, "reverse")))))
    return v.Static(None)


def _none(fn: Any) -> Any:
    def handler(*args: Any, **kwargs: Any) -> Any:
        fn(*args, **kwargs)
        return v.Static(None)

    return handler


def _list_clear(lw: Any, owner: Any) -> None:
    lw.mutate(owner.cell, v.Items(()))


def _list_lookup(name: str) -> Any:
    def handler(lw: Any, owner: Any, item: Any) -> Any:
        items = _static_items(lw, owner, name)
        if all(v.known(each) for each in (*items, item)):
            return const(getattr([v.constant(e) for e in items], name)(v.constant(item)))
        raise lw.refuse(f"{name}() is supported on lists of fixed items only")

    return handler


def _list_sort(lw: Any, owner: Any, **kwargs: Any) -> Any:
    raise lw.refuse("sorting a list in place is not supported", "use np.sort of an array")


_LIST = {
    "append": _none(lambda *a: calls.list_append(*a)),
    "extend": _none(lambda *a: calls.list_extend(*a)),
    "pop": _list_pop,
    "insert": _list_insert,
    "copy": lambda *a: calls.list_copy(*a),
    "clear": _none(_list_clear),
    "reverse": _list_reverse,
    "index": _list_lookup("index"),
    "count": _list_lookup("count"),
    "sort": _list_sort,
    "remove": lambda lw, *a: _list_sort(lw, None),
}


def _dict_get(lw: Any, owner: Any, key: Any, default: Any = None) -> Any:
    found = lw.content(owner.cell).get(indexing.key(lw, key))
    if found is not None:
        return found
    return v.Static(None) if default is None else default


def _dict_pop(lw: Any, owner: Any, key: Any, default: Any = None) -> Any:
    entries = lw.content(owner.cell)
    wanted = indexing.key(lw, key)
    found = entries.get(wanted)
    if found is None:
        if default is None:
            raise lw.refuse(f"the key {wanted!r} is not in this dict")
        return default
    lw.mutate(owner.cell, entries.drop(wanted))
    return found


def _dict_setdefault(lw: Any, owner: Any, key: Any, default: Any = None) -> Any:
    wanted = indexing.key(lw, key)
    found = lw.content(owner.cell).get(wanted)
    if found is None:
        found = v.Static(None) if default is None else default
        lw.mutate(owner.cell, lw.content(owner.cell).put(wanted, found))
    return found


def _dict_update(lw: Any, owner: Any, other: Any = None, **kwargs: Any) -> Any:
    entries = lw.content(owner.cell)
    if other is not None:
        for key, value in lw.content(_dict(lw, other).cell).entries:
            entries = entries.put(key, value)
    for key, value in kwargs.items():
        entries = entries.put(key, value)
    lw.mutate(owner.cell, entries)
    return v.Static(None)


_DICT = {
    "get": _dict_get,
    "pop": _dict_pop,
    "setdefault": _dict_setdefault,
    "update": _dict_update,
    "copy": lambda lw, owner: v.DictV(lw.cell(lw.content(owner.cell))),
    "keys": lambda lw, owner: v.TupleV(tuple(lw.lift(k) for k, _ in lw.content(owner.cell).entries)),
    "values": lambda lw, owner: v.TupleV(tuple(x for _, x in lw.content(owner.cell).entries)),
    "items": lambda lw, owner: v.TupleV(
        tuple(v.TupleV((lw.lift(k), x)) for k, x in lw.content(owner.cell).entries)
    ),
}

__all__ = ["builtins", "find", "method", "operator", "vectorized", "Var"]
