"""What a derivative is taken of: a function, with what is bound to it, or another derivative."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import MethodType
from typing import Any

from adcompiler.calling.dispatch import Operand, operand_of
from adcompiler.calling.parameters import Parameters
from adcompiler.frontend.signature import spec_of
from adcompiler.frontend.unwrap import unwrap


@dataclass(frozen=True)
class Subject:
    """An operand, the parameters that a call still gives, and a name for messages."""

    operand: Operand
    parameters: Parameters
    name: str

    def bound(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Subject:
        """With `args` bound to the first parameters, as ``functools.partial`` does."""
        old = self.parameters
        merged = {**old.keywords, **keywords}
        new = Parameters(old.function, old.prefix + args, merged)
        return Subject(self.operand, new, self.name)

    def known_specs(self) -> dict[str, Any]:
        """Specs of what is bound, and of defaults of parameters without an annotation."""
        parameters = self.parameters
        function = parameters.function
        bound = dict(zip(parameters.positional, parameters.prefix, strict=False))
        bound |= {k: x for k, x in parameters.keywords.items() if k in self.operand.names}
        defaults = function.__defaults__ or ()
        first = len(parameters.positional) - len(defaults)
        given = dict(zip(parameters.positional[first:], defaults, strict=True))
        given |= function.__kwdefaults__ or {}
        free = {k: x for k, x in given.items() if k not in function.__annotations__}
        return {name: spec_of(x) for name, x in {**free, **bound}.items()}


def subject_of(fn: Any, source: str | None = None, *, method: bool = False) -> Subject:
    """The subject that a callable stands for; raises `SourceNotFound` for what is not Python.

    Objects of ours have theirs as ``subject``; partials and methods of them are opened here, all
    other callables by `unwrap`.
    """
    own = getattr(fn, "subject", None) if getattr(type(fn), "__adcompiler__", False) else None
    if isinstance(own, Subject):
        return own
    if isinstance(fn, functools.partial) and _ours(fn.func):
        return subject_of(fn.func, source).bound(fn.args, fn.keywords)
    if isinstance(fn, MethodType) and _ours(fn.__func__):
        return subject_of(fn.__func__, source).bound((fn.__self__,), {})
    opened = unwrap(fn)
    prefix = opened.bound_args
    if opened.bound_self is not None:
        prefix = (opened.bound_self, *prefix)
    parameters = Parameters(opened.function, prefix, opened.bound_kwargs, method=method)
    return Subject(operand_of(opened.function, source), parameters, opened.function.__name__)


def _ours(fn: Any) -> bool:
    if isinstance(fn, functools.partial):
        return _ours(fn.func)
    return bool(getattr(type(fn), "__adcompiler__", False))
