"""From a callable to the Python function that runs when it is called.

A callable is differentiated as what it *is*: partials, bound methods, objects with ``__call__`` and
Numba dispatchers are opened, because calling them calls the function inside with known arguments.
``__wrapped__`` is never followed: a decorator that sets it may compute something else.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from adcompiler.errors import SourceNotFound, printable

_DEEPEST = 50  # levels of wrapping; more is a cycle


@dataclass(frozen=True)
class Unwrapped:
    """Calling the callable with ``*args, **kwargs`` runs
    ``function(bound_self?, *bound_args, *args, **{**bound_kwargs, **kwargs})``.

    `bound_self` is None where no object is bound in first place.
    """

    function: FunctionType
    bound_self: object | None
    bound_args: tuple[Any, ...]
    bound_kwargs: Mapping[str, Any]


def unwrap(fn: object) -> Unwrapped:
    """Open `fn` down to a Python function, collecting what is bound on the way.

    >>> def f(a, b): return a * b
    >>> unwrap(functools.partial(f, 2.0)).bound_args
    (2.0,)
    """
    target = fn
    positional: list[Any] = []
    has_self = False
    keywords: dict[str, Any] = {}
    for _ in range(_DEEPEST):
        if isinstance(target, FunctionType):
            bound_self = positional.pop(0) if has_self else None
            return Unwrapped(target, bound_self, tuple(positional), keywords)
        if isinstance(target, functools.partial):
            has_self = has_self and not target.args
            positional[:0] = target.args
            keywords = {**target.keywords, **keywords}
            target = target.func
        elif isinstance(target, MethodType):
            has_self = True
            positional.insert(0, target.__self__)
            target = target.__func__
        elif isinstance(target, (staticmethod, classmethod)):
            target = target.__func__
        elif isinstance(target, type):
            raise _refused(fn, "a class", "differentiate a function that builds the object")
        elif isinstance(getattr(target, "py_func", None), FunctionType):
            target = target.py_func  # type: ignore[attr-defined]
        else:
            target = _call_method(target, fn)
    raise _refused(fn, "wrapped in itself without end", "pass the function inside")


def _call_method(target: object, fn: object) -> object:
    """What runs when the object `target` is called, bound to it."""
    method = _attribute(type(target), "__call__")
    if not callable(target):
        raise _refused(fn, "nothing that can be called", "pass a function")
    if isinstance(target, np.vectorize):
        remedy = "differentiate the function inside, or call this in a function of yours"
        raise _refused(fn, "a numpy.vectorize object", remedy)
    if isinstance(method, FunctionType):
        return MethodType(method, target)
    bound = _attribute(target, "__call__")
    if isinstance(bound, (FunctionType, MethodType, functools.partial)):
        return bound
    if hasattr(target, "__wrapped__"):
        remedy = "pass the function inside it (its `__wrapped__`), if that is what you mean"
        raise _refused(fn, "a wrapper in compiled code", remedy)
    remedy = (
        "call it inside a Python function and differentiate that; if no rule is known for it, "
        "declare one with `ad.rules`"
    )
    raise _refused(fn, "compiled code, which has no Python source", remedy)


def _attribute(target: object, name: str) -> object:
    return getattr(target, name, None)


def _refused(fn: object, what: str, remedy: str) -> SourceNotFound:
    name = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", None)
    kind = printable(type(fn).__name__)
    article = "an" if kind[0] in "aeiou" else "a"
    shown = printable(name) if isinstance(name, str) else f"{article} {kind} object"
    return SourceNotFound(f"{shown} is {what}", remedy=remedy, code="AD104")
