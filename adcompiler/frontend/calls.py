"""Calls: which function is meant, its arguments bound, and it inlined or made an operation."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import os
import types
from typing import Any

import numpy as np

from adcompiler import errors
from adcompiler.frontend import (
    attributes,
    builtin_calls,
    functional,
    integrators,
    iteration,
    methods,
    random_draws,
    recursion,
    solvers,
    text,
)
from adcompiler.frontend import values as v
from adcompiler.frontend.capture import capture
from adcompiler.frontend.context import Frame, describe
from adcompiler.frontend.exits import without_jumps
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const, Var
from adcompiler.ir.types import Array, List, Opaque, is_float
from adcompiler.rules import shipped

STATIC_ARGUMENTS = frozenset(
    {"axis", "axes", "axis1", "axis2", "source", "destination", "keepdims", "ddof", "dtype",
     "order", "ndmin", "indexing", "mode", "full", "offset_axis", "start_axis", "deg", "rowvar",
     "bias", "endpoint", "lower", "side", "kind", "method", "subok", "retstep", "return_index",
     "ord", "n", "offset", "k", "reps", "subscripts", "UPLO", "norm", "full_matrices"}
)  # fmt: skip
_STDLIB = os.path.dirname(os.__file__)


def call_node(lw: Any, node: ast.Call) -> Any:
    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
        frame = lw.frame
        if frame.cls is None:
            raise lw.refuse("super() is supported in methods only", code="AD200")
        first = frame.source.node.args.args[0].arg
        return v.SuperV(frame.cls, lw.lookup(first))
    fn = lw.expr(node.func)
    if isinstance(fn, v.Static) and fn.value is zip and len(node.args) == 1:
        if isinstance(node.args[0], ast.Starred) and not node.keywords:
            columns = _columns(lw, lw.expr(node.args[0].value))
            if columns is not None:
                return columns
    args = tuple(lw.elements(node.args))
    kwargs: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            extra = lw.expr(keyword.value)
            if not isinstance(extra, v.DictV):
                raise lw.refuse("** needs a dict with known keys here", code="AD211")
            for key, value in lw.content(extra.cell).entries:
                kwargs[key] = value
        else:
            kwargs[keyword.arg] = lw.expr(keyword.value)
    lw.node = node
    return call_value(lw, fn, args, kwargs)


def _columns(lw: Any, value: Any) -> Any:
    """``zip(*pairs)`` of a list whose length is not known: one list for each place of the pairs."""
    if isinstance(value, v.LazyV):
        value = call_value(lw, v.Static(list), (value,), {})
    if not isinstance(value, v.ListV):
        return None
    content = lw.content(value.cell)
    if not isinstance(content, v.DynList) or not isinstance(content.shape, tuple):
        return None
    if any(shape is not None for shape in content.shape):
        return None
    if any(isinstance(each.type.elem, Array) for each in content.lists):
        return None
    return v.TupleV(tuple(v.ListV(lw.cell(v.DynList(None, (each,)))) for each in content.lists))


def call_value(lw: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if isinstance(fn, v.OptV):
        fn = fn.value
    if isinstance(fn, v.Static):
        return _call_object(lw, fn.value, args, kwargs)
    if isinstance(fn, v.FuncV):
        return _inline_closure(lw, fn, args, kwargs)
    if isinstance(fn, v.BoundV):
        return call_value(lw, fn.fn, (fn.self, *args), kwargs)
    if isinstance(fn, v.PartialV):
        return call_value(lw, fn.fn, fn.args + args, {**dict(fn.kwargs), **kwargs})
    if isinstance(fn, v.MethodV):
        return methods.method(lw, fn.name, fn.self, args, kwargs)
    if isinstance(fn, v.ObjV) and callable_class(fn.cls):
        return call_value(lw, attributes.get(lw, fn, "__call__"), args, kwargs)
    if isinstance(fn, v.Poison):
        raise lw.lost(fn)
    raise lw.refuse(f"{describe(fn)} can't be called here", code="AD304")


def _call_object(lw: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    special = builtin_calls.find(fn) or solvers.find(fn) or integrators.find(fn)
    if special is not None:
        return handled(lw, special, getattr(fn, "__name__", "this function"), args, kwargs)
    rule = _rule_of(lw, fn)
    if rule is not None:
        return apply_rule(lw, rule, args, kwargs)
    if getattr(fn, "__adcompiler_static__", False) and all(map(v.known, args)) and not kwargs:
        return lw.lift(fn(*map(v.constant, args)))
    primal = differentiable_primal(fn)
    if primal is not None:
        return _call_object(lw, primal, args, kwargs)
    if isinstance(fn, functools._lru_cache_wrapper):
        if all(map(v.known, args)) and not kwargs:
            return lw.lift(fn(*map(v.constant, args)))
        return _call_object(lw, fn.__wrapped__, args, kwargs)  # the same, computed again
    if isinstance(fn, functools.partial):
        bound = tuple(lw.lift_argument(each) for each in fn.args)
        named = {k: lw.lift_argument(each) for k, each in fn.keywords.items()}
        return _call_object(lw, fn.func, (*bound, *args), {**named, **kwargs})
    if isinstance(fn, types.MethodType):
        owner = lw.program.capture(lw, ("object", fn.__self__), fn.__self__, "self")
        return _call_object(lw, fn.__func__, (owner, *args), kwargs)
    if inspect.isclass(fn):
        return construct(lw, fn, args, kwargs)
    if isinstance(fn, np.vectorize):
        given = (v.Static(fn.pyfunc), fn.otypes, fn.excluded, fn.signature)
        return functional.vectorized(lw, given, args, kwargs)
    if getattr(fn, "__adcompiler_static__", False):
        return static_call(lw, fn, args, kwargs)
    if isinstance(fn, types.FunctionType) and not _is_library(fn):
        return inline(lw, fn, args, kwargs)
    owner = getattr(fn, "__self__", None)
    if isinstance(owner, str) and all(v.known(each) for each in args) and not kwargs:
        return lw.lift(fn(*(v.constant(each) for each in args)))
    if isinstance(owner, str):
        return text.method(lw, fn.__name__, v.Static(owner), args, kwargs)
    if not isinstance(fn, types.BuiltinFunctionType | np.ufunc | types.FunctionType) and (
        callable_class(type(fn))
    ):
        call = inspect.getattr_static(type(fn), "__call__")
        if isinstance(call, types.FunctionType) and not _is_library(call):
            owner_value = lw.program.capture(lw, ("object", fn), fn, "self")
            return inline(lw, call, (owner_value, *args), kwargs)
    return opaque_call(lw, fn, args, kwargs)


def _rule_of(lw: Any, fn: Any) -> Any:
    try:
        return shipped.find(fn)
    except errors.BadRule as error:
        raise lw.refuse(error.reason, error.remedy, kind=errors.BadRule) from error


def handled(lw: Any, handler: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A built-in's handler; arguments that it does not take are refused."""
    try:
        inspect.signature(handler).bind(lw, *args, **kwargs)
    except TypeError as error:
        raise lw.refuse(
            f"{name} is not supported with these arguments: {error}", code="AD300"
        ) from None
    return handler(lw, *args, **kwargs)


def static_call(lw: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A rule's helper that is called when compiling."""

    def known(value: Any) -> Any:
        if isinstance(value, v.ListV):
            return [known(each) for each in iteration.items(lw, value, None)]
        if isinstance(value, v.TupleV):
            return tuple(known(each) for each in value.items)
        if not v.known(value):
            raise lw.refuse(
                f"an argument of {fn.__name__} has to be known when compiling", code="AD211"
            )
        return v.constant(value)

    found = fn(*map(known, args), **{k: known(x) for k, x in kwargs.items()})
    return lifted(lw, found)


def lifted(lw: Any, obj: Any) -> Any:
    """A Python object with its lists as values of their own."""
    if isinstance(obj, list):
        return v.ListV(lw.cell(v.Items(tuple(lifted(lw, each) for each in obj))))
    if type(obj) is tuple:
        return v.TupleV(tuple(lifted(lw, each) for each in obj))
    return lw.lift(obj)


def callable_class(cls: type) -> bool:
    """Whether objects of this class can be called."""
    return inspect.getattr_static(cls, "__call__", None) is not None


def _is_library(fn: types.FunctionType) -> bool:
    if (
        fn.__code__.co_filename.startswith(_STDLIB)
        and "site-packages" not in fn.__code__.co_filename
    ):
        return True
    module = fn.__module__ or ""
    return module.partition(".")[0] in ("numpy", "math", "adcompiler") and not module.startswith(
        ("adcompiler.rules", "adcompiler.emitted", "numpy.polynomial")
    )


def differentiable_primal(fn: Any) -> Any:
    """The function behind one of our own decorated objects, or behind a Numba dispatcher."""
    if getattr(type(fn), "__adcompiler_primal__", False):
        return fn.primal
    if type(fn).__module__.startswith("numba.") and hasattr(fn, "py_func"):
        return fn.py_func
    return None


def constant_name(module: types.ModuleType, name: str) -> str | None:
    short = {"numpy": "np", "math": "math"}.get(module.__name__)
    return f"{short}.{name}" if short else None


# ---- functions with a rule


def apply_rule(lw: Any, rule: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    args, kwargs, out, where = _destination(lw, rule, args, kwargs)
    positional, named = bind_rule(lw, rule, args, kwargs)
    if rule.form in ("undefined", "not_yet") and any(
        is_float(getattr(a, "type", None)) and not isinstance(a, Const)
        for a in n.flatten(positional)
    ):
        named_fn = rule.name.replace("numpy.", "np.")
        why = "has no derivative" if rule.form == "undefined" else "has no derivative rule yet"
        if lw.strict_rules:
            code = "AD302" if rule.form == "undefined" else "AD303"
            raise lw.refuse(f"{named_fn} {why}: {rule.reason}", kind=errors.NoRule, code=code)
    made = lw.builder.call(rule.fn, *positional, **named)
    result = lw.wrap(made)
    if rule.result != "fresh":
        sources = [a for a in args if isinstance(a, v.Ref)]
        for each in result.items if isinstance(result, v.TupleV) else (result,):
            if isinstance(each, v.Ref):
                for source in sources[:1] if sources else ():
                    lw.link(each.cell, source.cell)
    if out is not None and not (isinstance(out, v.Static) and out.value is None):
        target = out.items[0] if isinstance(out, v.TupleV) else out
        if where is not None:
            result = call_value(lw, v.Static(np.where), (where, result, target), {})
        lw.overwrite(target, lw.atom(result))
        return target
    return result


def _destination(
    lw: Any, rule: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any], Any, Any]:
    """The arguments, where the result goes, and for which elements only."""
    if "out" in rule.signature.parameters:
        return args, kwargs, None, None
    rest = {k: x for k, x in kwargs.items() if k != "out"}
    out = kwargs.get("out")
    if not isinstance(rule.fn, np.ufunc):
        return args, rest, out, None
    if len(args) == rule.fn.nin + 1 and rule.fn.nout == 1:
        args, out = args[:-1], args[-1]
    where = rest.pop("where", None)
    if where is not None and v.known(where) and v.constant(where) is True:
        where = None
    if where is not None and (out is None or (isinstance(out, v.Static) and out.value is None)):
        raise lw.refuse(
            f"{rule.name} with where= needs out=: other elements would be whatever was in memory",
            "give out=",
        )
    return args, rest, out, where


def bind_rule(
    lw: Any, rule: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments as the IR takes them: operands by position, the rest by keyword."""
    signature = rule.signature
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise lw.refuse(
            f"{rule.name} is supported with the arguments {signature}: {error}", code="AD300"
        ) from None
    positional: list[Any] = []
    named: dict[str, Any] = {}
    by_position = True
    for name, parameter in signature.parameters.items():
        if name not in bound.arguments:
            by_position = False
            continue
        value = bound.arguments[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional += [_rule_argument(lw, rule, name, each) for each in value]
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            named.update({k: _rule_argument(lw, rule, k, e) for k, e in value.items()})
            continue
        atom = _rule_argument(lw, rule, name, value)
        default = parameter.default
        if isinstance(atom, Const) and default is not parameter.empty and atom.value is default:
            if not positional or name not in rule.operands:
                by_position = False
                continue
        keyword_only = parameter.kind is parameter.KEYWORD_ONLY
        as_operand = default is parameter.empty or name in rule.operands
        if by_position and not keyword_only and (as_operand or name not in STATIC_ARGUMENTS):
            positional.append(atom)
        else:
            by_position = False
            named[name] = atom
    return tuple(positional), named


def _rule_argument(lw: Any, rule: Any, name: str, value: Any) -> Any:
    if isinstance(value, v.LazyV | v.DictV):
        value = v.TupleV(tuple(iteration.items(lw, value, None)))
    is_length = name == "n" and rule.name.startswith("numpy.fft.")
    is_static = name in STATIC_ARGUMENTS and name not in rule.operands and not is_length
    if is_static and not (v.is_number(value) and is_float(value.type)):
        return static_argument(lw, value, name)
    if isinstance(value, v.FuncV | v.BoundV | v.MethodV | v.ObjV):
        raise lw.refuse(f"{describe(value)} can't be an argument of {rule.name}", code="AD300")
    if name in rule.operands and isinstance(value, v.TupleV | v.ListV):
        value = _as_arrays(lw, name, value)
    return lw.atom(value)


_SEQUENCES = frozenset(
    {"arrays", "tup", "operands", "choicelist", "choices", "condlist", "seq", "c_and_lower"}
    | {"lu_and_piv"}
)


def _as_arrays(lw: Any, name: str, value: Any) -> Any:
    """Lists that are given for arrays, as arrays."""
    array = v.Static(np.array)
    if name not in _SEQUENCES:
        return call_value(lw, array, (value,), {})
    if isinstance(value, v.ListV) and isinstance(lw.content(value.cell), v.DynList):
        return value
    parts = [
        call_value(lw, array, (each,), {}) if isinstance(each, v.TupleV | v.ListV) else each
        for each in iteration.items(lw, value, None)
    ]
    return (
        v.TupleV(tuple(parts))
        if isinstance(value, v.TupleV)
        else v.ListV(lw.cell(v.Items(tuple(parts))))
    )


def static_argument(lw: Any, value: Any, name: str) -> Any:
    if v.known(value):
        made = v.constant(value)
        if isinstance(made, tuple):
            return _nested_constants(made)
        if name == "dtype" and made is not None:
            return dtype_constant(made)
        return const(made)
    if isinstance(value, v.TupleV | v.ListV):
        items = iteration.items(lw, value, None)
        return tuple(static_argument(lw, each, name) for each in items)
    return const(lw.static_int(value, f"'{name}'"))


def _nested_constants(made: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_nested_constants(x) if isinstance(x, tuple) else const(x) for x in made)


def dtype_constant(dtype: Any) -> Const:
    made = np.dtype(dtype)
    return Const(made.type, Opaque("dtype"))


def opaque_call(lw: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A call of something unknown: legal while nothing active goes in."""
    name = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", repr(fn))
    module = getattr(fn, "__module__", None)
    full = f"{module}.{name}" if module and module != "builtins" else name
    drawn = random_draws.of_module(fn)
    if drawn is not None:
        return random_draws.draw(lw, fn, drawn, args, kwargs)
    return random_draws.executed(lw, fn, args, kwargs, full)


# ---- user functions


def inline(lw: Any, fn: types.FunctionType, args: Any, kwargs: Any) -> Any:
    """The body of a user's function in place of its call."""
    try:
        source = lw.program.source_of(fn)
    except errors.AdcompilerError as error:
        why = f"can't be read: {error.reason}"
        name = f"{fn.__module__}.{fn.__qualname__}"
        raise random_draws.without_rule(lw, fn, name, why, args) from error
    lw.program.guard(fn)
    cells = dict(zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True))
    given = fn.__defaults__ or ()
    names = fn.__code__.co_varnames[: fn.__code__.co_argcount][-len(given) :]
    defaults = tuple(
        lw.program.capture(lw, ("default", fn, k), each, name)
        for k, (name, each) in enumerate(zip(names, given, strict=False))
    )
    kw_defaults = {
        k: lw.program.capture(lw, ("kwdefault", fn, k), each, k)
        for k, each in (fn.__kwdefaults__ or {}).items()
    }
    frame = Frame(
        lw.new_id(),
        source,
        fn,
        None,
        fn.__globals__,
        cells,
        _stored(source.node),
        _defining_class(fn, cells, args),
        fn.__name__,
        _declared(source.node),
    )
    return run_body(lw, frame, source.node, args, kwargs, defaults, kw_defaults)


def _inline_closure(lw: Any, fn: v.FuncV, args: Any, kwargs: Any) -> Any:
    outer = lw.all_frames[fn.frame]
    frame = Frame(
        lw.new_id(),
        fn.source,
        fn.node,
        fn.frame,
        outer.globals,
        {},
        _stored(fn.node),
        outer.cls,
        outer.label,
        _declared(fn.node),
    )
    names = [a.arg for a in fn.node.args.kwonlyargs]
    kw_defaults = {k: d for k, d in zip(names, fn.kw_defaults, strict=True) if d is not None}
    return run_body(lw, frame, fn.node, args, kwargs, fn.defaults, kw_defaults)


def _defining_class(fn: types.FunctionType, cells: Any, args: Any) -> type | None:
    cell = cells.get("__class__")
    if cell is not None:
        return cell.cell_contents
    return None


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _declared(node: Any) -> frozenset[str]:
    """Names that the function itself declares global or nonlocal."""
    names: set[str] = set()
    todo = list(ast.iter_child_nodes(node))
    while todo:
        each = todo.pop()
        if isinstance(each, ast.Global | ast.Nonlocal):
            names.update(each.names)
        elif isinstance(each, ast.stmt) and not isinstance(each, _SCOPES):
            todo.extend(ast.iter_child_nodes(each))
    return frozenset(names)


def _stored(node: Any) -> frozenset[str]:
    """Names that are local because something is stored in them."""
    cached = getattr(node, "_stored_names", None)
    if cached is None:
        names: set[str] = set()
        body = node.body if isinstance(node.body, list) else [node.body]
        todo: list[ast.AST] = list(body)
        while todo:
            each = todo.pop()
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store | ast.Del):
                names.add(each.id)
            if isinstance(each, ast.FunctionDef | ast.ClassDef):
                names.add(each.name)
                continue
            if isinstance(
                each, ast.Lambda | ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp
            ):
                continue
            todo.extend(ast.iter_child_nodes(each))
        cached = node._stored_names = frozenset(names)
    return cached


def run_body(
    lw: Any, frame: Frame, node: Any, args: Any, kwargs: Any, defaults: Any, kw_defaults: Any
) -> Any:
    _check_kind(lw, node)
    bound = bind_parameters(lw, node, args, kwargs, defaults, kw_defaults)
    called = recursion.call(lw, frame, node, bound, run_bound)
    return run_bound(lw, frame, node, bound) if called is None else called


def run_bound(lw: Any, frame: Frame, node: Any, bound: dict[str, Any]) -> Any:
    """The body in place of the call, its parameters bound."""
    lw.all_frames[frame.id] = frame
    frame.site = lw.node
    for name, value in bound.items():
        if not lw.reading_rule:
            lw.name_value(value, name)
        lw.state.vars[(frame.id, name)] = value
    outermost = len(lw.frames) == 1 and not lw.reading_rule
    lw.frames.append(frame)
    try:
        if isinstance(node, ast.Lambda):
            with lw.at(node.body):
                result = lw.expr(node.body)
        else:
            lw.block(_statements(node, outermost))
            result = lw.state.vars.get((frame.id, "%return"), v.Static(None))
    finally:
        lw.frames.pop()
    forget_frame(lw, frame.id, result)
    if isinstance(result, v.Unbound):
        return v.Static(None)
    return result


def _statements(node: Any, outermost: bool) -> list[ast.stmt]:
    """The body without jumps. Falling off its end returns None; what is differentiated itself
    must have a result there.
    """
    known = node.__dict__.setdefault("_without_jumps", {})
    if outermost not in known:
        end: ast.stmt = ast.Return(ast.Constant(None))
        if outermost:
            said = f"{node.name} returns None here, and a derivative needs a number"
            made = ast.Call(ast.Name("TypeError", ast.Load()), [ast.Constant(said)], [])
            end = ast.Raise(made, None)
        known[outermost] = without_jumps(node.body, end)
    found: list[ast.stmt] = known[outermost]
    return found


def forget_frame(lw: Any, frame: int, result: Any = None) -> None:
    """A finished call's names, unless a closure still looks them up."""
    if any(
        isinstance(value, v.FuncV) and value.frame == frame
        for value in (*lw.state.vars.values(), result)
    ) or isinstance(
        result, v.TupleV | v.LazyV | v.ObjV | v.ListV | v.DictV | v.BoundV | v.PartialV
    ):
        return
    for key in [key for key in lw.state.vars if key[0] == frame]:
        del lw.state.vars[key]


def _check_kind(lw: Any, node: Any) -> None:
    if isinstance(node, ast.AsyncFunctionDef):
        raise lw.refuse("async functions are not supported", node=node, code="AD202")
    if isinstance(node, ast.Lambda):
        return
    if getattr(node, "_is_generator", None) is None:
        node._is_generator = _yields(node)
    if node._is_generator:
        raise lw.refuse(
            f"{node.name} is a generator, which is not supported",
            "return a list instead",
            code="AD201",
        )


def _yields(node: ast.AST) -> bool:
    todo: list[ast.AST] = list(ast.iter_child_nodes(node))
    while todo:
        each = todo.pop()
        if isinstance(each, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            todo.extend(ast.iter_child_nodes(each))
    return False


def bind_parameters(
    lw: Any, node: Any, args: Any, kwargs: Any, defaults: Any, kw_defaults: Any
) -> dict[str, Any]:
    """What each parameter of a Python function receives."""
    spec = node.args
    name = getattr(node, "name", "<lambda>")
    positional = [*spec.posonlyargs, *spec.args]
    bound: dict[str, Any] = {}
    for parameter, value in zip(positional, args, strict=False):
        bound[parameter.arg] = value
    extra = args[len(positional) :]
    if extra and spec.vararg is None:
        raise lw.refuse(
            f"{name} takes {len(positional)} arguments, {len(args)} are given", code="AD213"
        )
    if spec.vararg is not None:
        bound[spec.vararg.arg] = v.TupleV(tuple(extra))
    rest: dict[str, Any] = {}
    by_keyword = {p.arg for p in [*spec.args, *spec.kwonlyargs]}
    for key, value in kwargs.items():
        if key in by_keyword:
            if key in bound:
                raise lw.refuse(f"{name} gets the argument '{key}' twice", code="AD213")
            bound[key] = value
        elif spec.kwarg is not None:
            rest[key] = value
        else:
            raise lw.refuse(f"{name} has no parameter '{key}'", code="AD213")
    if spec.kwarg is not None:
        bound[spec.kwarg.arg] = v.DictV(lw.cell(v.Entries(tuple(rest.items()))))
    for parameter, value in zip(
        positional[len(positional) - len(defaults) :], defaults, strict=True
    ):
        bound.setdefault(parameter.arg, value)
    for parameter in spec.kwonlyargs:
        if parameter.arg not in bound and parameter.arg in kw_defaults:
            bound[parameter.arg] = kw_defaults[parameter.arg]
    missing = [p.arg for p in [*positional, *spec.kwonlyargs] if p.arg not in bound]
    if missing:
        raise lw.refuse(f"{name} misses the argument(s) {', '.join(missing)}", code="AD213")
    return bound


# ---- objects


def construct(lw: Any, cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if issubclass(cls, BaseException):
        return v.MethodV("exception", (cls, args))
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        defaults = getattr(cls, "_field_defaults", {})
        values = dict(zip(cls._fields, args, strict=False)) | kwargs
        for name in cls._fields:
            if name not in values:
                if name not in defaults:
                    raise lw.refuse(f"{cls.__name__} misses the field '{name}'", code="AD213")
                values[name] = lw.lift(defaults[name])
        return v.TupleV(tuple(values[name] for name in cls._fields), cls)
    plain = type(cls) is type or hasattr(cls, "_abc_impl")
    if cls.__new__ is not object.__new__ or not plain:
        return opaque_call(lw, cls, args, kwargs)
    made = v.ObjV(lw.cell(v.Fields(())), cls)
    lw.under_construction = [*getattr(lw, "under_construction", []), made.cell]
    try:
        if dataclasses.is_dataclass(cls) and _generated_init(cls):
            _dataclass_init(lw, made, cls, args, kwargs)
        elif isinstance(cls.__init__, types.FunctionType):
            inline(lw, cls.__init__, (made, *args), kwargs)
        elif args or kwargs:
            raise lw.refuse(f"{cls.__name__}() takes no arguments", code="AD213")
    finally:
        lw.under_construction.remove(made.cell)
    return made


def constructing(lw: Any, owner: v.ObjV) -> bool:
    return owner.cell in getattr(lw, "under_construction", [])


def _generated_init(cls: type) -> bool:
    init = cls.__init__
    return init.__code__.co_filename == "<string>"  # how dataclasses make theirs


def _dataclass_init(lw: Any, made: v.ObjV, cls: type, args: Any, kwargs: Any) -> None:
    fields = [f for f in dataclasses.fields(cls) if f.init]
    if len(args) > len(fields):
        raise lw.refuse(
            f"{cls.__name__} takes {len(fields)} arguments, {len(args)} are given", code="AD213"
        )
    values = dict(zip((f.name for f in fields), args, strict=False))
    for key, value in kwargs.items():
        if key in values or key not in {f.name for f in fields}:
            raise lw.refuse(f"{cls.__name__} has no field '{key}' to be given here", code="AD213")
        values[key] = value
    for field in dataclasses.fields(cls):
        if field.name in values:
            value = values[field.name]
        elif field.default is not dataclasses.MISSING:
            value = lw.lift(field.default)
        elif field.default_factory is not dataclasses.MISSING:
            value = call_value(lw, v.Static(field.default_factory), (), {})
        else:
            raise lw.refuse(f"{cls.__name__} misses the field '{field.name}'", code="AD213")
        lw.mutate(made.cell, lw.content(made.cell).put(field.name, value))
    post = getattr(cls, "__post_init__", None)
    if isinstance(post, types.FunctionType):
        inline(lw, post, (made,), {})


# ---- lists


def list_append(lw: Any, owner: v.ListV, item: Any) -> None:
    content = lw.content(owner.cell)
    if isinstance(content, v.Items):
        lw.mutate(owner.cell, v.Items((*content.items, item)))
        return
    leaves: list[Any] = []
    shape = lw.element_leaves(item, leaves)
    empty = all(each.type.elem is None for each in content.lists)
    if shape is False or (shape != content.shape and not empty):
        raise lw.refuse(
            "this element doesn't have the structure of the list's others",
            "keep different kinds of values in different lists",
            code="AD210",
        )
    lists = content.lists
    if empty and len(leaves) != len(lists):
        lists = tuple(lists[0] for _ in leaves)
    made = []
    for each, leaf in zip(lists, leaves, strict=True):
        out = lw.builder.raw(n.APPEND, (each, leaf))
        out.hint, out.user = each.hint, each.user
        made.append(out)
    lw.mutate(owner.cell, v.DynList(shape, tuple(made)))
    _hold(lw, owner.cell, item)


def _hold(lw: Any, cell: int, item: Any) -> None:
    """The list holds these arrays: a change of one is a change of what the list holds."""
    if isinstance(item, v.Ref):
        lw.link(cell, item.cell)
    elif isinstance(item, v.TupleV):
        for each in item.items:
            _hold(lw, cell, each)


def list_extend(lw: Any, owner: v.ListV, more: Any) -> None:
    if isinstance(more, v.OptV):
        more = more.value
    content = lw.content(owner.cell)
    other = lw.content(more.cell) if isinstance(more, v.ListV) else None
    if isinstance(other, v.DynList):
        if isinstance(content, v.Items):
            if not content.items:
                lw.mutate(owner.cell, other)
                return
            content = lw.as_dynamic(content, len(other.lists), other.shape)
        if content is None or content.shape != other.shape:
            raise lw.refuse("these lists hold different kinds of values", code="AD210")
        lists = tuple(
            lw.builder.raw(n.CONCAT, pair) for pair in zip(content.lists, other.lists, strict=True)
        )
        lw.mutate(owner.cell, v.DynList(content.shape, lists))
        return
    seq = iteration.sequence(lw, more)
    if isinstance(seq.length, int):
        for k in range(seq.length):
            list_append(lw, owner, seq.item(k))
        return
    iteration.run(lw, lw.node, seq, lambda item: list_append(lw, owner, item), None)


def list_copy(lw: Any, owner: v.ListV) -> v.ListV:
    made = v.ListV(lw.cell(lw.content(owner.cell)))
    content = lw.content(owner.cell)
    if isinstance(content, v.DynList) and any(
        isinstance(e.type.elem, Array) for e in content.lists
    ):
        lw.link(made.cell, owner.cell)
    return made


def index_trick(lw: Any, name: str, index: Any) -> Any:
    parts = index.items if isinstance(index, v.TupleV) else (index,)
    if any(isinstance(each, v.SliceV | v.Static) for each in parts):
        raise lw.refuse(
            f"np.{name} is supported with arrays and numbers only", "use np.linspace", code="AD300"
        )
    fn = np.hstack if name == "r_" else np.column_stack
    return call_value(lw, v.Static(fn), (v.TupleV(tuple(parts)),), {})


__all__ = ["List", "Var", "capture", "describe", "errors"]
