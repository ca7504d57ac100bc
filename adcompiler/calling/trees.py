"""Arguments, tangents and results as trees: numbers and arrays inside containers and objects.

A *leaf* is a floating number or a floating array. What is neither a leaf nor a container has no
derivative; in a tangent or a gradient None stands in its place.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adcompiler.errors import SignatureError, printable
from adcompiler.frontend.signature import is_function

Children = list[tuple[str, Any]]


def is_leaf(x: Any) -> bool:
    if isinstance(x, np.ndarray):
        return x.dtype.kind in "fc"
    return isinstance(x, float | complex | np.inexact)


def children(x: Any) -> Children | None:
    """The parts of a container with the text that selects each; None where there are none.

    >>> children({"k": 1.0})
    [("['k']", 1.0)]
    """
    if isinstance(x, list | tuple):
        return [(f"[{k}]", each) for k, each in enumerate(x)]
    if isinstance(x, dict):
        return [(f"[{k!r}]", each) for k, each in x.items()]
    if isinstance(x, np.ndarray | np.generic | types.ModuleType | type) or is_function(x):
        return None
    names = _fields(x)
    return None if names is None else [(f".{name}", getattr(x, name)) for name in names]


def _fields(x: Any) -> list[str] | None:
    if hasattr(x, "__dict__"):
        return list(vars(x))
    if dataclasses.is_dataclass(x):
        return [field.name for field in dataclasses.fields(x)]
    slots = [name for base in type(x).__mro__ for name in getattr(base, "__slots__", ())]
    return [name for name in slots if hasattr(x, name)] or None


def leaves(x: Any) -> Iterator[Any]:
    """The leaves of a tree, in order."""
    if is_leaf(x):
        yield x
        return
    for _, child in children(x) or ():
        yield from leaves(child)


def size(x: Any) -> int:
    """How many numbers the leaves hold."""
    return sum(np.size(leaf) for leaf in leaves(x))


def mapped(change: Callable[[Any], Any], x: Any) -> Any:
    """The structure of `x` with ``change(leaf)`` for each leaf, and None for what is no leaf."""
    if is_leaf(x):
        return change(x)
    below = children(x)
    return None if below is None else like(x, [mapped(change, child) for _, child in below])


def filled(x: Any, values: Iterator[Any]) -> Any:
    """The structure of `x` with its leaves taken from `values`, in order."""
    return mapped(lambda leaf: next(values), x)


def like(x: Any, parts: list[Any]) -> Any:
    """A container as `x`, with other parts; an object is built without calling ``__init__``."""
    if isinstance(x, tuple):
        return type(x)._make(parts) if hasattr(x, "_make") else tuple(parts)
    if isinstance(x, list):
        return parts
    if isinstance(x, dict):
        return dict(zip(x, parts, strict=True))
    made = object.__new__(type(x))
    for name, part in zip(_fields(x) or (), parts, strict=True):
        object.__setattr__(made, name, part)
    return made


def unit_vectors(x: Any) -> Iterator[Any]:
    """For each number in the leaves of `x`: the tree that is one there and zero elsewhere."""
    zeros = [np.zeros(np.shape(leaf), _dtype(leaf)) for leaf in leaves(x)]
    for k, zero in enumerate(zeros):
        for place in range(zero.size):
            unit = np.zeros(zero.size, zero.dtype)
            unit[place] = 1.0
            vectors = [each.copy() for each in zeros]
            vectors[k] = unit.reshape(zero.shape)
            yield filled(x, map(as_kind, vectors, leaves(x)))


def as_kind(value: Any, leaf: Any) -> Any:
    """`value` as what `leaf` is: an array of its dtype, a NumPy scalar, or a number of Python's."""
    if isinstance(leaf, np.ndarray):
        return np.asarray(value, dtype=leaf.dtype)
    if isinstance(leaf, np.generic):
        return leaf.dtype.type(value)
    return type(leaf)(value) if type(leaf) in (float, complex) else value


def _dtype(leaf: Any) -> Any:
    return leaf.dtype if isinstance(leaf, np.ndarray | np.generic) else np.dtype(type(leaf))


def matching(x: Any, tangent: Any, what: str, path: str) -> Any:
    """`tangent` checked against `x`, with leaves of its dtypes; zeros where a leaf has None.

    `what` names it in messages (``tangent``), `path` names `x` (``y``). Raises `SignatureError`
    (AD505) where structure, shape or kind of number differ.
    """
    if is_leaf(x):
        return _matching_leaf(x, tangent, what, path)
    below = children(x)
    if below is None:
        return None
    if tangent is None:
        return mapped(lambda leaf: _zero(leaf), x)
    others = children(tangent)
    if others is None or [name for name, _ in others] != [name for name, _ in below]:
        raise SignatureError(
            f"the {what} of {path} is {_shown(tangent)}, and {path} is {_shown(x)}",
            remedy=f"give the {what} the structure of {path}, with None for what has no {what}",
            code="AD505",
        )
    made = [
        matching(child, other, what, path + name)
        for (name, child), (_, other) in zip(below, others, strict=True)
    ]
    return like(x, made)


def _zero(leaf: Any) -> Any:
    return as_kind(np.zeros(np.shape(leaf), _dtype(leaf)), leaf)


def _matching_leaf(x: Any, tangent: Any, what: str, path: str) -> Any:
    if type(tangent) is type(x) and not isinstance(x, np.ndarray):
        return tangent
    if tangent is None:
        return _zero(x)
    try:
        array = np.asarray(tangent)
    except (ValueError, TypeError):
        array = np.asarray(None)
    reason = ""
    if array.dtype.kind not in "fciub":
        reason = f"is {_shown(tangent)}"
    elif array.shape != np.shape(x):
        reason = f"has the shape {array.shape}, and {path} has the shape {np.shape(x)}"
    elif array.dtype.kind == "c" and _dtype(x).kind != "c":
        reason = f"is complex, and {path} is real"
    if reason:
        raise SignatureError(
            f"the {what} of {path} {reason}",
            remedy=f"give a {what} of the shape and dtype of {path}",
            code="AD505",
        )
    return as_kind(tangent if isinstance(tangent, np.ndarray) else array[()], x)


def _shown(x: Any) -> str:
    if isinstance(x, np.ndarray):
        return f"an array of shape {x.shape}"
    if isinstance(x, list | tuple | dict):
        return f"a {type(x).__name__} of {len(x)}"
    text = f"a {type(x).__name__}"
    return "None" if x is None else printable(text)
