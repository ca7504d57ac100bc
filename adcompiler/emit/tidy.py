"""The tree as it will be printed: a copy, with every constant in a form that has a text.

Trees made by a compiler share nodes, hold NumPy scalars, and write minus two as one constant. The
printer stores things on nodes, ``np.float64(0.1)`` is no text for a number, and ``-2.0 ** x`` is
another number than minus two to a power.
"""

from __future__ import annotations

import ast
import cmath
import keyword
import math
import unicodedata
from typing import Any

import numpy as np


class Comment(ast.stmt):
    """A comment on a line of its own, at the indentation of the body that holds it."""

    _fields = ("text",)
    text: str

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


_IDENTIFIERS = frozenset(("id", "arg", "attr", "name", "asname", "rest"))
_LISTS = frozenset(  # that a tree may leave out where they are empty
    (
        *("args", "bases", "decorator_list", "defaults", "finalbody", "generators", "handlers"),
        *("ifs", "keywords", "kw_defaults", "kwonlyargs", "orelse", "posonlyargs", "type_params"),
    )
)
_NOT_IN_THE_TEXT = frozenset(("ctx", "kind", "type_comment", "type_ignores"))
_BODIES = frozenset(("body", "orelse", "finalbody"))


def tidied(tree: ast.Module) -> ast.Module:
    """A copy of `tree` that shares nothing with it, ready to be printed."""
    copy = ast.Module(body=[], type_ignores=[])
    waiting: list[tuple[ast.AST, ast.AST]] = [(tree, copy)]
    while waiting:
        source, target = waiting.pop()
        for name in source._fields:
            if not hasattr(source, name):
                if name in _LISTS:
                    setattr(target, name, [])
                continue
            value = getattr(source, name)
            if isinstance(value, ast.AST):
                value = _begun(value, waiting)
            elif isinstance(value, list):
                value = [_begun(v, waiting) if isinstance(v, ast.AST) else v for v in value]
                if isinstance(source, ast.JoinedStr):
                    value = _merged(value)
                elif name == "names" and not isinstance(source, (ast.Import, ast.ImportFrom)):
                    for each in value:
                        _check_identifier(each)
            elif name in _IDENTIFIERS and value is not None:
                _check_identifier(value, module=name == "name" and isinstance(source, ast.alias))
            setattr(target, name, value)
    return copy


def _begun(node: ast.AST, waiting: list[tuple[ast.AST, ast.AST]]) -> ast.AST:
    """The copy of `node`, whose fields are still to be filled in."""
    if isinstance(node, ast.Constant):
        return constant(node.value)
    if isinstance(node, ast.expr_context):
        return node
    if isinstance(node, Comment):
        return Comment(node.text)
    copy: ast.AST = node.__class__.__new__(node.__class__)
    waiting.append((node, copy))
    return copy


def _check_identifier(name: Any, module: bool = False) -> None:
    """Refuse what Python would not read back as this very name; of imports, as dotted names."""
    for part in name.split(".") if module and name != "*" else [name]:
        valid = isinstance(part, str) and part.isidentifier() and not keyword.iskeyword(part)
        if not (valid or (module and part == "*")) or unicodedata.normalize("NFKC", part) != part:
            raise AssertionError(f"not an identifier: {name!r}")


def _merged(values: list[Any]) -> list[Any]:
    """The parts of an f-string with neighbouring texts joined, as the parser gives them."""
    merged: list[Any] = []
    for value in values:
        if isinstance(value, ast.Constant):
            if not value.value:
                continue
            if merged and isinstance(merged[-1], ast.Constant):
                merged[-1] = ast.Constant(str(merged[-1].value) + str(value.value))
                continue
        merged.append(value)
    return merged


def constant(value: object) -> ast.expr:
    """An expression whose value is `value`, and whose text Python reads back as that value.

    >>> ast.unparse(constant(np.float64(-0.5))), ast.unparse(constant(float("inf")))
    ('-0.5', 'np.inf')
    >>> ast.unparse(constant(complex(-0.0, 1.0)))
    'complex(-0.0, 1.0)'
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is Ellipsis or isinstance(value, (bool, bytes)):
        return ast.Constant(value)
    if isinstance(value, str):
        return ast.Constant(str(value))
    if isinstance(value, int):
        value = int(value)
        return ast.Constant(value) if value >= 0 else _minus(ast.Constant(-value))
    if isinstance(value, float):
        return _float(float(value))
    if isinstance(value, complex):
        return _complex(complex(value))
    if isinstance(value, tuple):
        return ast.Tuple([constant(each) for each in value], ast.Load())
    raise AssertionError(f"a {type(value).__name__} cannot be written as a constant")


def _float(value: float) -> ast.expr:
    if math.copysign(1.0, value) < 0 and not math.isnan(value):
        return _minus(_float(-value))
    if math.isfinite(value):
        return ast.Constant(value)
    name = "nan" if math.isnan(value) else "inf"
    return ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())


def _complex(value: complex) -> ast.expr:
    real, imag = value.real, value.imag
    if cmath.isfinite(value):
        if math.copysign(1.0, imag) > 0 and real == 0 and math.copysign(1.0, real) > 0:
            return ast.Constant(value)
        if real != 0 and imag != 0:
            sign = ast.Add() if imag > 0 else ast.Sub()
            return ast.BinOp(_float(real), sign, ast.Constant(complex(0.0, abs(imag))))
    name = ast.Name("complex", ast.Load())
    return ast.Call(name, [_float(real), _float(imag)], [])


def _minus(operand: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), operand)


def without_comments(tree: ast.Module) -> None:
    """Remove the comments from a tree of one's own; a body of comments only becomes ``pass``."""
    for node in walk(tree):
        for name in _BODIES & set(node._fields):
            body = getattr(node, name)
            if isinstance(body, list) and any(isinstance(each, Comment) for each in body):
                kept = [each for each in body if not isinstance(each, Comment)]
                setattr(node, name, kept or ([] if node is tree else [ast.Pass()]))


def walk(tree: ast.AST) -> list[ast.AST]:
    """All nodes, without recursion; a node before what is in it."""
    found = [tree]
    for node in found:
        found.extend(ast.iter_child_nodes(node))
    return found


def same_tree(a: ast.AST, b: ast.AST) -> bool:
    """Whether two trees are the same but for places and contexts: as `ast.dump`, but iterative."""
    waiting: list[tuple[Any, Any]] = [(a, b)]
    while waiting:
        x, y = waiting.pop()
        if isinstance(x, ast.AST):
            if type(x) is not type(y):
                return False
            if isinstance(x, ast.Constant) and isinstance(y, ast.Constant):
                waiting.append((x.value, y.value))
            elif isinstance(x, ast.JoinedStr) and isinstance(y, ast.JoinedStr):
                # Python 3.12 may leave empty parts in them
                waiting.append((_merged(x.values), _merged(y.values)))
            else:
                for name in x._fields:
                    if name not in _NOT_IN_THE_TEXT:
                        # a list or number left out is the same as an empty one
                        pair = getattr(x, name, None) or None, getattr(y, name, None) or None
                        waiting.append(pair)
        elif isinstance(x, list):
            if not isinstance(y, list) or len(x) != len(y):
                return False
            waiting.extend(zip(x, y, strict=True))
        elif type(x) is not type(y) or repr(x) != repr(y):
            return False
    return True
