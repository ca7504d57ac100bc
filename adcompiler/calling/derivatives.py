"""Derivative objects: what `f.grad`, `ad.grad(f)` and their like are.

Each is called as its function is and compiles itself for the arguments. What one emitted function
cannot give alone (Jacobians by reverse mode, Hessians by several arguments) is put together here
and in `assembled`.
"""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Generic, ParamSpec

import numpy as np

from adcompiler.backends.native import Native
from adcompiler.calling import assembled, debugging
from adcompiler.calling.dispatch import Dispatcher
from adcompiler.calling.nesting import NestedOperand
from adcompiler.calling.parameters import Argnums, Wanted
from adcompiler.calling.requirements import check_floating
from adcompiler.calling.subject import Subject, subject_of
from adcompiler.calling.variants import Ready, Variant
from adcompiler.emit.lines import explain
from adcompiler.errors import SignatureError
from adcompiler.frontend.signature import ScalarSpec
from adcompiler.optional import optional
from adcompiler.pipeline import Request

P = ParamSpec("P")

_NUMBERS = frozenset(
    {float, int, complex, np.float64, np.float32, np.int64, np.int32, np.complex128}
)
_CONSTANTS = frozenset({bool, str, type(None)})


@dataclass(frozen=True)
class Options:
    """How a derivative is computed; see `adcompiler.api.differentiate`."""

    mode: str = "auto"
    has_aux: bool = False
    holomorphic: bool = False
    backend: str = "numpy"


USUAL = Options()


class Derivative(ABC, Generic[P]):
    """A derivative of a function, compiled for each signature that it is called with.

    `of` is the function (or a derivative), `argnums` says what it is differentiated by.
    """

    __adcompiler__ = True
    kind: ClassVar[str]

    def __init__(
        self,
        of: Any,
        argnums: Argnums = 0,
        options: Options = USUAL,
    ) -> None:
        self.of = of
        self.argnums = argnums
        self.options = options
        self._ready: dict[tuple[Any, ...], Ready] = {}
        self._used: Dispatcher | None = None

    # ---- calls

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        kinds: list[Any] = []
        add = kinds.append
        x: Any
        for x in args:
            kind = type(x)
            if kind in _NUMBERS:
                add(kind)
            elif kind is np.ndarray:
                add(x.dtype)
                shape = x.shape
                add(len(shape) if 1 not in shape else tuple([n == 1 for n in shape]))
            elif kind in _CONSTANTS:
                add(x)
            else:
                return self._call(args, kwargs, None)
        if kwargs or debugging.blocks:
            return self._call(args, kwargs, None)
        key = tuple(kinds)
        found = self._ready.get(key)
        if found is None:
            return self._call(args, kwargs, key)
        if found.integers:
            found = self._ready.get((key, *[args[k] for k in found.integers]))
            if found is None:
                return self._call(args, kwargs, key)
        for namespace, name, expected in found.names:
            if namespace.get(name) is not expected:
                return self._call(args, kwargs, key)
        self._emitting.latest = found.variant
        captured: Sequence[Any] | None = ()
        if found.captures is not None:
            captured = found.captures()
            if captured is None:
                return self._call(args, kwargs, key)
        try:
            return found.function(*args, *captured) if captured else found.function(*args)
        except Exception as error:
            explain(error)
            raise

    def _call(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], kinds: tuple[Any, ...] | None
    ) -> Any:
        return self._compute(self._bound(args, kwargs))

    def _bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        return self._subject.parameters.bind(args, kwargs)

    @cached_property
    def _emitting(self) -> Dispatcher:
        return self._dispatcher(self._request())

    @abstractmethod
    def _compute(self, values: tuple[Any, ...]) -> Any:
        """The derivative for a value of each parameter."""

    # ---- what it is a derivative of

    @cached_property
    def _subject(self) -> Subject:
        return subject_of(self.of)

    @cached_property
    def _wanted(self) -> tuple[tuple[Wanted, ...], bool]:
        return self._subject.parameters.wanted(self.argnums)

    @property
    def _whole(self) -> bool:
        """Whether whole parameters are differentiated by, not items of ``*args``."""
        return all(each.item is None for each in self._wanted[0])

    def _names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.name for each in self._wanted[0]))

    def _request(self, mode: str | None = None, names: Sequence[str] | None = None) -> Request:
        bare = self._wanted[1] and self._whole
        wrt = self._names() if names is None else tuple(names)
        options = self.options
        return Request(
            mode or self.kind, wrt, bare, options.has_aux, options.holomorphic, options.backend
        )

    def _jvp_request(self, names: tuple[str, ...]) -> Request:
        return Request("jvp", names, backend=self.options.backend)

    def _main(self) -> Dispatcher:
        """What gives the source of this derivative."""
        return self._subject.operand.dispatcher(self._request())

    def _dispatcher(self, request: Request) -> Dispatcher:
        self._used = found = self._subject.operand.dispatcher(request)
        return found

    def _value(self, values: Sequence[Any], wanted: Wanted) -> Any:
        value = values[self._subject.operand.names.index(wanted.name)]
        if wanted.item is None:
            return value
        try:
            return value[wanted.item]
        except (IndexError, KeyError):
            raise SignatureError(
                f"`argnums={self.argnums!r}` asks for an argument that the call does not give",
                remedy=f"give it, or differentiate by another: {self.label}.wrt(...)",
                code="AD501",
            ) from None

    def _check(self, values: Sequence[Any]) -> None:
        check_floating(self, values)

    # ---- for the user

    @property
    def label(self) -> str:
        """How the derivative is named in messages: ``f.grad``."""
        name = self._subject.name
        return f"{'f' if name == '<lambda>' else name}.{self.kind}"

    @property
    def subject(self) -> Subject:
        """This derivative as something to be differentiated again."""
        if not self._whole:
            raise SignatureError(
                f"{self.label} by items of *args or **kwargs can't be differentiated again",
                remedy="name the parameter itself in `argnums`",
                code="AD509",
            )
        inner = self._subject
        request = self._request(self._nested_mode())
        known = inner.operand.nested
        operand = known.setdefault(request, NestedOperand(inner.operand, request))
        return Subject(operand, inner.parameters, f"{inner.name}.{self.kind}")

    def _nested_mode(self) -> str:
        return self.kind

    def wrt(self, *names: int | str) -> Derivative[P]:
        """The same derivative by other arguments: one name or position gives a bare result,
        several give a tuple; ``wrt(("x",))`` gives a tuple of one.

        >>> import adcompiler as ad
        >>> ad.grad(lambda x, y: x * y).wrt("y")(2.0, 3.0)
        2.0
        """
        argnums = names[0] if len(names) == 1 else names
        return type(self)(self.of, argnums, self.options)

    @property
    def source(self) -> str:
        """The emitted text for the latest call; before any call, for what annotations say, with
        parameters without one taken as float.
        """
        used = self._used or self._main()
        if used.latest is not None:
            return used.latest.compiled.source
        main = self._main()
        return main.for_annotations(self._known_specs()).compiled.source

    def _known_specs(self) -> dict[str, Any]:
        known = self._subject.known_specs()
        wrt = self._names()
        return {k: s for k, s in known.items() if k not in wrt or not _is_integer(s)}

    @property
    def lowering(self) -> str:
        """How the latest call was computed: "whole" for a kernel in machine code, else "NumPy" and
        the first thing that has no native form, with the user's line.

        Raises `SignatureError` where the backend is not native.
        """
        return self._native().lowering

    @property
    def native_source(self) -> str | None:
        """The text that the JIT compiles, for the latest call; None where it was not lowered."""
        return self._native().source

    def _native(self) -> Native:
        used = self._used or self._main()
        latest = used.latest or self._main().for_annotations(self._known_specs())
        if latest.compiled.native is None:
            raise SignatureError(
                f"{self.label} has no native form", remedy="give backend='native'", code="AD500"
            )
        return latest.compiled.native

    def source_for(self, *args: Any, **kwargs: Any) -> str:
        """The emitted text for these arguments, which are not computed with."""
        return self._variant(args, kwargs)[0].compiled.source

    @property
    def sources(self) -> tuple[str, ...]:
        """The emitted text of every signature so far, in the order of compiling."""
        return tuple(dict.fromkeys(each.compiled.source for each in self._main().made))

    def compiled(self, *args: Any, **kwargs: Any) -> Any:
        """The emitted function that serves these arguments; it takes them all, by position."""
        variant, inner, captured = self._variant(args, kwargs)
        function = variant.compiled.function
        if not inner and not captured:
            return function
        return lambda *values: function(*values, *inner, *captured)

    def _variant(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Variant, list[Any], list[Any]]:
        return self._main().find(self._bound(args, kwargs), self._check)

    def __repr__(self) -> str:
        return f"<{self.kind} of {_name_of(self.of)} by {self.argnums!r}>"

    def _repr_html_(self) -> str:
        return highlighted(self.source)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.of, self.argnums, self.options)


class Direct(Derivative[P]):
    """A derivative that one emitted function gives as it is."""

    def _call(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], kinds: tuple[Any, ...] | None
    ) -> Any:
        values = self._bound(args, kwargs)
        if not self._direct:
            return self._compute(values)
        dispatcher = self._emitting
        if self._ready is not dispatcher.ready and values is args:
            self._ready = dispatcher.ready
        return dispatcher.call(values, (), self._check, kinds if values is args else None)

    @cached_property
    def _direct(self) -> bool:
        """Whether the emitted function gives the result as it is, whatever the arguments."""
        return self._whole


class Grad(Direct[P]):
    """The gradient of a function with a real scalar result."""

    kind = "grad"

    def _main(self) -> Dispatcher:
        if self.options.mode == "forward":
            return self._subject.operand.dispatcher(self._jvp_request(self._names()))
        return super()._main()

    @cached_property
    def _direct(self) -> bool:
        return self._whole and self.options.mode != "forward"

    def _compute(self, values: tuple[Any, ...]) -> Any:
        if self.options.mode == "forward":
            return self._arranged(*assembled.forward_gradient(self, values))
        for each in self._wanted[0]:
            self._value(values, each)
        found = self._dispatcher(replace(self._request(), bare=False)).call(values, (), self._check)
        first, gradients = self._split(found)
        by_name = dict(zip(self._names(), gradients, strict=True))
        parts = []
        for each in self._wanted[0]:
            whole = by_name[each.name]
            parts.append(whole if each.item is None else whole[each.item])
        return self._arranged(first, parts)

    def _split(self, found: Any) -> tuple[Any, Any]:
        """Aux (or None) and gradients of what the emitted function returns."""
        return (found[1], found[0]) if self.options.has_aux else (None, found)

    def _arranged(self, first: Any, parts: Sequence[Any]) -> Any:
        gradients = parts[0] if self._wanted[1] else tuple(parts)
        return (gradients, first) if self.options.has_aux else gradients


class ValueAndGrad(Grad[P]):
    """The value and the gradient, computed together."""

    kind = "value_and_grad"

    def _split(self, found: Any) -> tuple[Any, Any]:
        return found[0], found[1]

    def _arranged(self, first: Any, parts: Sequence[Any]) -> Any:
        return first, parts[0] if self._wanted[1] else tuple(parts)


def _is_integer(spec: Any) -> bool:
    return isinstance(spec, ScalarSpec) and spec.type.dtype[0] in "iub"


def _name_of(of: Any) -> str:
    return getattr(of, "__name__", None) or repr(of)


def highlighted(source: str) -> str:
    """Source text as HTML, in colours where Pygments is installed."""
    pygments = optional("pygments")
    lexers, formatters = optional("pygments.lexers"), optional("pygments.formatters")
    if pygments is None or lexers is None or formatters is None:
        return f"<pre>{html.escape(source)}</pre>"
    formatter = formatters.HtmlFormatter(noclasses=True)
    return str(pygments.highlight(source, lexers.PythonLexer(), formatter))
