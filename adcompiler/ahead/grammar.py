"""Signatures as text: ``x: float64[n], A: float64[n, n], t: float``.

A parameter is followed by what stands for it:

    float  int  complex          a number of Python's; ``float32`` and the like, one of NumPy's
    float64[n, 3, :]             an array: axes of a named, a fixed, an unknown length
    (float, float64[n])          a tuple; ``[float, float]`` a list; ``{"W": float64[n]}`` a dict
    list[float]                  a list of any length
    Model(rate=float)            an object with these fields
    3  True  "fast"  None        a value that is compiled in

The text is read as Python, and nothing in it is executed.
"""

from __future__ import annotations

import ast
import inspect
import keyword
from collections.abc import Mapping
from typing import Any

import numpy as np

from adcompiler.errors import UsageError, printable
from adcompiler.frontend.signature import (
    ArraySpec,
    DictSpec,
    ListSpec,
    LongListSpec,
    ObjectSpec,
    ScalarSpec,
    StaticSpec,
    TupleSpec,
    spec_of,
)

_PLAIN: dict[str, Any] = {"float": 1.0, "int": 1, "complex": 1j}
_DTYPES = {
    **{name: np.dtype(name) for name in ("float32", "float64", "complex64", "complex128")},
    **{f"{sign}int{bits}": np.dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16)},
    **{f"{sign}int{bits}": np.dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (32, 64)},
    "float": np.dtype("float64"),
    "int": np.dtype("int64"),
    "complex": np.dtype("complex128"),
    "bool": np.dtype("bool"),
}
_GRAMMAR = "write it as in \"x: float64[n], A: float64[n, n], t: float, k: int, mode: 'fast'\""


def parsed(text: str, names: Mapping[str, Any]) -> dict[str, Any]:
    """The specs that a signature gives, by parameter; `names` has the classes it may mention.

    Raises `UsageError` for what is not of the grammar.

    >>> parsed("x: float64[n, 3], k: 2", {})["x"].axes
    ('n', 3)
    """
    try:
        (made,) = ast.parse(f"def _({text}\n): pass").body
    except (SyntaxError, ValueError):  # null characters
        raise _wrong(f"the signature {text!r} does not parse") from None
    if not isinstance(made, ast.FunctionDef) or made.returns is not None:
        raise _wrong(f"the signature {text!r} does not parse")
    args = made.args
    if args.defaults or args.kw_defaults or args.vararg or args.kwarg or args.posonlyargs:
        raise _wrong(f"the signature {text!r} has more than names and what stands for them")
    found: dict[str, Any] = {}
    for arg in args.args:
        if arg.annotation is None:
            raise _wrong(f"the signature says nothing of {arg.arg}")
        found[arg.arg] = read(arg.annotation, names)
    return found


def read_text(text: str, names: Mapping[str, Any]) -> Any:
    """The spec of one parameter, as in a string that annotates it."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise _wrong(f"{text!r} does not parse") from None
    return read(node, names)


def read(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The spec that an expression of the grammar stands for."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        if node.value.id in ("np", "numpy"):
            node = ast.Name(node.attr, ast.Load())
    if isinstance(node, ast.Name):
        return _number(node)
    if isinstance(node, ast.Subscript):
        return _subscripted(node, names)
    if isinstance(node, ast.Tuple):
        return TupleSpec(tuple(read(each, names) for each in node.elts))
    if isinstance(node, ast.List):
        return ListSpec(tuple(read(each, names) for each in node.elts))
    if isinstance(node, ast.Dict):
        keys = [_key(key) for key in node.keys]
        values = [read(each, names) for each in node.values]
        return DictSpec(tuple(zip(keys, values, strict=True)))
    if isinstance(node, ast.Call):
        return _object(node, names)
    return _static(node)


def _number(node: ast.Name) -> Any:
    if node.id in _PLAIN:
        return spec_of(_PLAIN[node.id])
    if node.id == "bool":
        raise _wrong("a bool is compiled in: write True or False, the value it is to have")
    dtype = _DTYPES.get(node.id)
    if dtype is None:
        raise _wrong(f"{_shown(node)} is no kind of number")
    return spec_of(dtype.type(0))


def _subscripted(node: ast.Subscript, names: Mapping[str, Any]) -> Any:
    base, inner = node.value, node.slice
    if isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name):
        base = ast.Name(base.attr, ast.Load()) if base.value.id in ("np", "numpy") else base
    if not isinstance(base, ast.Name):
        raise _wrong(f"{_shown(node)} is no array")
    if base.id == "list":
        elem = read(inner, names)
        if not isinstance(elem, ScalarSpec):
            raise _wrong(f"{_shown(node)}: a list of any length holds numbers")
        return LongListSpec(elem)
    if base.id == "tuple":
        items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        return TupleSpec(tuple(read(each, names) for each in items))
    dtype = _DTYPES.get(base.id)
    if dtype is None:
        raise _wrong(f"{_shown(node)}: {_shown(base)} is no kind of number")
    items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    axes = tuple(_axis(each, node) for each in items)
    return ArraySpec(str(dtype), tuple(axis == 1 for axis in axes), None, axes)


def _axis(node: ast.expr, whole: ast.expr) -> int | str | None:
    if isinstance(node, ast.Name) and not keyword.iskeyword(node.id):
        return node.id
    if isinstance(node, ast.Constant) and type(node.value) is int and node.value >= 0:
        return node.value
    if isinstance(node, ast.Slice) and not (node.lower or node.upper or node.step):
        return None
    raise _wrong(f"{_shown(whole)}: an axis is a name, a number or a colon, not {_shown(node)}")


def _key(node: ast.expr | None) -> str | int:
    if isinstance(node, ast.Constant) and type(node.value) in (str, int):
        return node.value  # type: ignore[return-value]
    raise _wrong("the keys of a dict are strings or integers")


def _object(node: ast.Call, names: Mapping[str, Any]) -> Any:
    cls = names.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if not inspect.isclass(cls):
        raise _wrong(f"{_shown(node)}: {_shown(node.func)} is no class of the function's module")
    if node.args or any(each.arg is None for each in node.keywords):
        raise _wrong(f"{_shown(node)}: fields are given by name")
    fields = [(str(each.arg), read(each.value, names)) for each in node.keywords]
    if hasattr(cls, "_fields"):
        given = dict(fields)
        if tuple(given) != tuple(cls._fields):
            raise _wrong(f"{_shown(node)}: {cls.__name__} has the fields {', '.join(cls._fields)}")
        return TupleSpec(tuple(given.values()), cls)
    return ObjectSpec(cls, tuple(fields))


def _static(node: ast.expr) -> Any:
    minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    inner = node.operand if isinstance(node, ast.UnaryOp) and minus else node
    if isinstance(inner, ast.Constant):
        value = inner.value
        if type(value) is int:
            return StaticSpec(int, -value if minus else value)
        if not minus and (value is None or type(value) in (bool, str)):
            return StaticSpec(type(value), value)
    raise _wrong(f"{_shown(node)} cannot stand for an argument")


def _shown(node: ast.AST) -> str:
    return printable(f"`{ast.unparse(node)}`")


def _wrong(reason: str) -> UsageError:
    return UsageError(reason, remedy=_GRAMMAR)
