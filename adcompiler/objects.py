"""What `ad.differentiate` returns: the function, with its derivatives as attributes."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Sequence
from functools import cached_property
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from adcompiler.calling.derivatives import (
    USUAL,
    Derivative,
    Grad,
    Options,
    ValueAndGrad,
    highlighted,
)
from adcompiler.calling.kinds import Hessian, Hvp, Jacobian, Jvp, Laplacian, Vjp
from adcompiler.calling.parameters import Argnums
from adcompiler.calling.subject import Subject, subject_of
from adcompiler.calling.variants import Variant
from adcompiler.errors import SignatureError, SourceNotFound
from adcompiler.frontend.capture import capture
from adcompiler.frontend.unwrap import unwrap
from adcompiler.optional import part

if TYPE_CHECKING:
    from adcompiler.explain.report import Explanation
    from adcompiler.explain.trace import Trace

__all__ = ["Derivative", "Differentiable"]

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R", covariant=True)

_OF_FUNCTIONS = frozenset(("__name__", "__qualname__", "__self__", "__func__"))


class Differentiable(Generic[P, R]):
    """A function with its derivatives.

    It is called like the function, has its name, docstring and signature, and binds as a method.
    In methods, positions in `argnums` count after ``self``, and ``"self"`` means its fields.
    """

    __adcompiler__ = True
    __adcompiler_primal__ = True

    def __init__(
        self,
        fn: Any,
        argnums: Argnums = 0,
        options: Options = USUAL,
        source: str | None = None,
    ) -> None:
        self._fn = fn
        self.argnums = argnums
        self.options = options
        self._source = source
        self._method = False
        functools.update_wrapper(self, fn, updated=())

    @property
    def primal(self) -> Any:
        """The user's function as it was given."""
        return self._fn

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        result: R = self._fn(*args, **kwargs)
        return result

    # ---- methods

    def __set_name__(self, owner: type, name: str) -> None:
        self._method = True

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Differentiable[P, R]: ...
    @overload
    def __get__(
        self: Differentiable[Concatenate[Any, Q], R], instance: object, owner: type | None = None
    ) -> Differentiable[Q, R]: ...
    def __get__(self, instance: object | None, owner: type | None = None) -> Any:
        if instance is None or not hasattr(type(self._fn), "__get__"):
            return self
        bound = Differentiable.__new__(Differentiable)
        bound._fn = MethodType(self._fn, instance)
        bound.argnums, bound.options = self.argnums, self.options
        bound._source, bound._method = self._source, False
        bound.__doc__, bound.__module__ = self.__doc__, self.__module__
        bound.__dict__["subject"] = self.subject.bound((instance,), {})
        return bound

    def __getattr__(self, name: str) -> Any:
        if name == "__wrapped__":  # for `inspect`; no derivative follows it
            return self._fn
        if name in _OF_FUNCTIONS:
            return getattr(self._fn, name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @cached_property
    def subject(self) -> Subject:
        """What its derivatives are taken of."""
        return subject_of(self._fn, self._source, method=self._method)

    # ---- derivatives

    @cached_property
    def grad(self) -> Grad[P]:
        """The gradient; see `adcompiler.grad`."""
        return Grad(self, self.argnums, self.options)

    @cached_property
    def value_and_grad(self) -> ValueAndGrad[P]:
        """Value and gradient; see `adcompiler.value_and_grad`."""
        return ValueAndGrad(self, self.argnums, self.options)

    @cached_property
    def jacobian(self) -> Jacobian[P]:
        """The Jacobian; see `adcompiler.jacobian`."""
        return Jacobian(self, self.argnums, self.options)

    @cached_property
    def hessian(self) -> Hessian[P]:
        """The Hessian; see `adcompiler.hessian`."""
        return Hessian(self, self.argnums, self.options)

    @cached_property
    def laplacian(self) -> Laplacian[P]:
        """The Laplacian; see `adcompiler.laplacian`."""
        return Laplacian(self, self.argnums, self.options)

    @cached_property
    def hvp(self) -> Hvp:
        """A Hessian times a vector, ``f.hvp(x, v, ...)``; see `adcompiler.hvp`."""
        return Hvp(self, self.argnums, self.options)

    @cached_property
    def jvp(self) -> Jvp:
        """Value and directional derivative, ``f.jvp((x,), (x_dot,))``; see `adcompiler.jvp`."""
        return Jvp(self, self.argnums, self.options)

    @cached_property
    def vjp(self) -> Vjp[P]:
        """Value and pullback, ``f.vjp(x, ...)``; see `adcompiler.vjp`."""
        return Vjp(self, self.argnums, self.options)

    def check(self, *args: Any, **kwargs: Any) -> None:
        """Compile for these arguments, or for what annotations say, without computing anything.

        Raises what a derivative would raise: `AdcompilerError` with the place of what is refused.
        A result that is no real scalar is accepted.

        >>> import adcompiler as ad
        >>> ad.differentiate(lambda x, y: x * y).check(2.0, 3.0)
        """
        try:
            self._compiled_for(self.grad, args, kwargs)
        except SignatureError as error:
            if error.code not in ("AD503", "AD507"):
                raise
            kind: Any = self.jvp if self.options.mode == "forward" else self.vjp
            self._compiled_for(kind, args, kwargs)

    # ---- explanations

    def trace(
        self,
        *args: Any,
        wrt: Argnums | None = None,
        seeds: Sequence[Any] | None = None,
        output: int = 0,
        limit: int = 3,
        **kwargs: Any,
    ) -> Trace:
        """The evaluation trace at these arguments: every value with its tangents and its adjoint.

        `wrt` says what is differentiated by, as `argnums` does; left out, it is `argnums` where
        that names several, else every argument with floating numbers. `seeds` are the directions
        of the tangents, each a tuple with a tangent for every number and array of `wrt`; left out,
        they are the unit vectors, or one direction of ones where those would be many. Of a result
        with several numbers, `output` is the position of the one that is differentiated. Of each
        loop, `limit` trips are shown and the rest is folded.

        The function runs once, and what it prints or draws at random it prints and draws. Raises
        what a derivative would raise; `Unsupported` for more than 100,000 operations.

        The notation is that of Griewank & Walther, *Evaluating Derivatives* (SIAM, 2008).

        >>> import adcompiler as ad
        >>> t = ad.differentiate(lambda x, y: x * y + x).trace(3.0, 2.0)
        >>> print(t.table)
        v    name  formula   value  tangent v̇        p = (1, 0)  p = (0, 1)  line
        ───  ────  ────────  ─────  ───────────────  ──────────  ──────────  ────
        v₋₁  x     x             3  p₁                        1           0
        v₀   y     y             2  p₂                        0           1
        v₁         v₋₁·v₀        6  v₀·v̇₋₁ + v₋₁·v̇₀           2           3  L1
        v₂         v₁ + v₋₁      9  v̇₁ + v̇₋₁                  3           3  L1
        >>> t.adjoints["x"], t.adjoints["v1"]
        (3.0, 1.0)
        """
        if wrt is None and not isinstance(self.argnums, int | str):
            wrt = self.argnums
        found: Trace = part("calling.traced").traced(self, args, kwargs, wrt, seeds, output, limit)
        return found

    def explain(self, *args: Any, duals: bool = False, **options: Any) -> Explanation:
        """A report on the function at these arguments: graph, trace tables, counts of operations,
        what is recorded and why, emitted code; as `text`, `markdown` and one file of `html`.

        Takes what `trace` takes; with `duals` the forward trace is shown in dual numbers, too.

        >>> import adcompiler as ad
        >>> report = ad.differentiate(lambda x, y: x * y + x).explain(3.0, 2.0)
        >>> print(report.text.partition("Function")[0].rstrip())
        <lambda> at x = 3, y = 2
        ════════════════════════
        <BLANKLINE>
        value = 9
        ∂/∂x = 3
        ∂/∂y = 3
        """
        trace = self.trace(*args, **options)
        made: Explanation = part("explain.report").Explanation(trace, duals)
        return made

    def _compiled_for(
        self, derivative: Derivative[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Variant:
        if args or kwargs:
            return derivative._variant(args, kwargs)[0]
        return derivative._main().for_annotations(derivative._known_specs())

    # ---- how it looks and travels

    def __repr__(self) -> str:
        name = getattr(self._fn, "__qualname__", None) or repr(self._fn)
        return f"<differentiable {name}>"

    def _repr_html_(self) -> str:
        return highlighted(self.grad.source)

    def __reduce__(self) -> tuple[Any, ...]:
        module, name = self.__module__, getattr(self, "__qualname__", "<>")
        if "<" not in name and _named(module, name) is self:
            return _named, (module, name)
        return _restored, (self._fn, self.argnums, self.options, self._source, self._text())

    def _text(self) -> str | None:
        """The function's source, to go where its file may not be."""
        try:
            function = unwrap(self._fn).function
            found = capture(function)
        except SourceNotFound:
            return None
        last = found.node.end_lineno or found.def_line
        return "\n".join(found.lines[found.def_line - 1 : last])


def _named(module: str, name: str) -> Any:
    """What a module has under a qualified name; None where there is nothing."""
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return None
    return found


def _restored(
    fn: Any, argnums: Argnums, options: Options, source: str | None, text: str | None
) -> Any:
    """A decorated function that was sent; its text serves where the source is not found."""
    if isinstance(fn, Differentiable):
        fn = fn.primal
    if source is None and text is not None and isinstance(fn, FunctionType):
        try:
            capture(fn)
        except SourceNotFound:
            source = text
    return Differentiable(fn, argnums, options, source)
