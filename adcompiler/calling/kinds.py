"""The derivatives beyond gradients: products with Jacobians and Hessians, and whole matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, ParamSpec

import numpy as np

from adcompiler.calling import assembled
from adcompiler.calling.derivatives import USUAL, Derivative, Direct, Grad, Options
from adcompiler.calling.dispatch import Dispatcher
from adcompiler.calling.parameters import Argnums, Wanted
from adcompiler.calling.requirements import (
    check_floating,
    has_complex,
    needs_holomorphic,
    refuse_aux,
)
from adcompiler.calling.trees import children, leaves, mapped, matching, size
from adcompiler.calling.variants import Variant
from adcompiler.emit.lines import explaining
from adcompiler.errors import AdcompilerError, SignatureError
from adcompiler.pipeline import Request

P = ParamSpec("P")


class Jvp(Derivative[...]):
    """Value and directional derivative: ``f.jvp((x, y), (x_dot, y_dot))``.

    A tangent has the structure, shape and dtype of its argument; None stands for zero, and for
    arguments without a floating number. Further arguments may be given by keyword.
    """

    kind = "jvp"

    def __call__(
        self, primals: Sequence[Any], tangents: Sequence[Any], /, **kwargs: Any
    ) -> tuple[Any, Any]:
        refuse_aux(self)
        values, request, extra = self._seeded(primals, tangents, kwargs)
        found: tuple[Any, Any] = self._dispatcher(request).call(values, extra)
        return found

    def _seeded(
        self, primals: Sequence[Any], tangents: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], Request, list[Any]]:
        if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
            raise SignatureError(
                f"{self.label} takes a tuple of arguments and a tuple of tangents",
                remedy=f"write {self.label}((x, ...), (x_dot, ...))",
                code="AD505",
            )
        if len(primals) != len(tangents):
            raise SignatureError(
                f"{len(primals)} arguments and {len(tangents)} tangents were given",
                remedy="give a tangent for each argument, None for zero",
                code="AD505",
            )
        values = self._bound(tuple(primals), kwargs)
        parameters = self._subject.parameters
        given = (None,) * len(parameters.prefix) + tuple(tangents)
        count = len(parameters.positional)
        by_name = dict(zip(parameters.positional, given[:count], strict=False))
        if parameters.var_positional and any(each is not None for each in given[count:]):
            by_name[parameters.var_positional] = given[count:]
        names, extra = [], []
        for name, value in zip(parameters.names, values, strict=True):
            tangent = by_name.get(name)
            if tangent is not None:
                names.append(name)
                extra.append(matching(value, tangent, "tangent", name))
        if not names:
            raise SignatureError(
                f"{self.label} got no tangent of a floating argument",
                remedy="give a tangent for one of them; a zero will do",
                code="AD505",
            )
        check_floating(self, values, tuple(map(Wanted, names)))
        return values, self._jvp_request(tuple(names)), extra

    def _main(self) -> Dispatcher:
        return self._subject.operand.dispatcher(self._jvp_request(self._names()))

    def _variant(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Variant, list[Any], list[Any]]:
        if len(args) == 2 and all(isinstance(each, tuple | list) for each in args):
            values, request, _ = self._seeded(*args, kwargs)
            return self._dispatcher(request).find(values)
        return super()._variant(args, kwargs)  # the arguments alone: tangents as `argnums` says

    def _compute(self, values: tuple[Any, ...]) -> Any:
        raise NotImplementedError


class Vjp(Derivative[P]):
    """Value and pullback: ``f.vjp(x, y)``. The pullback takes a cotangent of the structure, shape
    and dtype of the result, any number of times, and returns one for each of `argnums`.
    """

    kind = "vjp"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> tuple[Any, Callable[[Any], Any]]:
        refuse_aux(self)
        values = self._bound(args, kwargs)
        value, pull = self.pulled(values)
        shape = mapped(_hollow, value)
        names, (wanted, bare) = self._names(), self._wanted

        def pullback(cotangent: Any) -> Any:
            given = matching(shape, cotangent, "cotangent", "the result")
            with explaining():
                found = pull(given)
            by_name = dict(zip(names, found, strict=True))
            parts = [assembled.item_of(by_name[each.name], each) for each in wanted]
            return parts[0] if bare else tuple(parts)

        return value, pullback

    def pulled(self, values: tuple[Any, ...]) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        """The value and the emitted pullback, which returns a tuple by parameter."""
        found = self._dispatcher(self._request("vjp")).call(values, (), self._check)
        return found  # type: ignore[no-any-return]

    def _request(self, mode: str | None = None, names: Sequence[str] | None = None) -> Request:
        wrt = self._names() if names is None else tuple(names)
        return Request("vjp", wrt, False, False, self.options.holomorphic, self.options.backend)

    def _compute(self, values: tuple[Any, ...]) -> Any:
        raise NotImplementedError


def _hollow(leaf: Any) -> Any:
    """An array of a leaf's shape and dtype that takes no memory."""
    return np.broadcast_to(leaf.dtype.type(0), leaf.shape) if isinstance(leaf, np.ndarray) else leaf


class Jacobian(Direct[P]):
    """The Jacobian: for a result of shape s by an argument of shape n, an array of shape s + n.

    `mode` is "forward" or "reverse"; with "auto", the numbers in arguments and result decide at
    each call: forward mode where the arguments hold no more of them. Until it is known how large
    the result is for arguments of these shapes, reverse mode tells, and where forward mode turns
    out to be the better one the function runs a second time.
    """

    kind = "jacobian"

    def __init__(self, of: Any, argnums: Argnums = 0, options: Options = USUAL) -> None:
        super().__init__(of, argnums, options)
        self._modes: dict[tuple[Any, ...], str] = {}
        self._latest = options.mode

    @property
    def mode(self) -> str:
        """ "forward" or "reverse", as the latest call was; "auto" before any call."""
        return self._latest

    @cached_property
    def _direct(self) -> bool:
        return False

    def _request(self, mode: str | None = None, names: Sequence[str] | None = None) -> Request:
        wanted = "vjp" if self._latest == "reverse" else "jacfwd"
        return super()._request(mode or wanted, names)

    def _nested_mode(self) -> str:
        return "jacfwd"

    def _compute(self, values: tuple[Any, ...]) -> Any:
        refuse_aux(self)
        self._check(values)
        mode = self.options.mode
        sizes = tuple(_extent(value) for value in values)
        if mode == "auto":
            mode = self._modes.get(sizes, "")
        inputs = sum(size(self._value(values, each)) for each in self._wanted[0])
        if mode != "forward" and has_complex(self, values):
            mode = "reverse"
        if mode == "forward" or (not mode and inputs <= 1):
            return self._forward(values)
        try:
            request = Request(
                "vjp",
                self._names(),
                False,
                False,
                self.options.holomorphic,
                self.options.backend,
            )
            value, pullback = self._dispatcher(request).call(values)
        except AdcompilerError:
            if mode == "reverse":
                raise
            found = self._forward(values)  # not every program can be reversed
            self._remember(sizes, "forward")
            return found
        if not self.options.holomorphic and any(map(np.iscomplexobj, leaves(value))):
            if mode == "reverse":
                raise needs_holomorphic(self, "result")
            mode = "forward"
            self._remember(sizes, mode)
            return self._forward(values)
        if not mode:
            mode = "forward" if inputs <= size(value) else "reverse"
            self._remember(sizes, mode)
            if mode == "forward":
                return self._forward(values)
        self._latest = "reverse"
        return assembled.jacobian_by_rows(self, values, value, pullback)

    def _remember(self, sizes: tuple[Any, ...], mode: str) -> None:
        if len(self._modes) >= 1000:
            self._modes.clear()
        self._modes[sizes] = mode

    def _forward(self, values: tuple[Any, ...]) -> Any:
        if has_complex(self, values):
            raise needs_holomorphic(self, "argument")
        self._latest = "forward"
        inputs = [self._value(values, each) for each in self._wanted[0]]
        if self._whole and not any(children(x) for x in inputs):
            return self._dispatcher(self._request("jacfwd")).call(values)
        return assembled.jacobian_by_columns(self, values)


def _extent(value: Any) -> Any:
    """What of an argument may decide how large the result is."""
    if isinstance(value, np.ndarray):
        return value.shape
    if isinstance(value, int | str) or value is None:
        return value
    return tuple(np.shape(leaf) for leaf in leaves(value))


class Hvp(Derivative[...]):
    """A Hessian times a vector: ``f.hvp(x, v, y)``, forward over reverse mode.

    `v` follows the argument that is differentiated by (the first of `argnums`), as in
    ``scipy.optimize``'s ``hessp(x, p, *args)``, and has its structure, as the result has.
    """

    kind = "hvp"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        refuse_aux(self)
        values, v = self._separated(args, kwargs)
        first = self._wanted[0][0]
        tangent = assembled.placed(self, values, first, v)
        found = self._dispatcher(self._request()).call(values, (tangent,), self._check)
        return assembled.item_of(found, first)

    def _request(self, mode: str | None = None, names: Sequence[str] | None = None) -> Request:
        first = self._wanted[0][0]
        return replace(super()._request("hvp", (first.name,)), bare=True, has_aux=False)

    def _separated(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], Any]:
        parameters = self._subject.parameters
        first = self._wanted[0][0]
        if isinstance(first.item, int):
            at = len(parameters.positional) + first.item
        elif first.item is None and first.name in parameters.positional:
            at = parameters.positional.index(first.name)
        else:
            raise SignatureError(
                f"{self.label} differentiates by an argument given by position, not by "
                f"'{first.name}'",
                remedy="pass a lambda that has it first",
                code="AD501",
            )
        at += 1 - len(parameters.prefix)
        if at < 0 or len(args) <= at:
            raise SignatureError(
                f"{self.label} takes a vector after '{first.name}', and none was given",
                remedy=f"write {self.label}(..., {first.name}, v, ...)",
                code="AD504",
            )
        values = self._bound((*args[:at], *args[at + 1 :]), kwargs)
        x = self._value(values, first)
        return values, matching(x, args[at], "vector", first.name)

    def _variant(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Variant, list[Any], list[Any]]:
        values, _ = self._separated(args, kwargs)
        return self._main().find(values, self._check)

    def _compute(self, values: tuple[Any, ...]) -> Any:
        raise NotImplementedError


class Hessian(Direct[P]):
    """The Hessian of a function with a real scalar result: an array of shape x.shape + x.shape;
    by several arguments, a tuple of tuples of such blocks.
    """

    kind = "hessian"

    def _call(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], kinds: tuple[Any, ...] | None
    ) -> Any:
        if kinds is None:
            return self._compute(self._bound(args, kwargs))
        return super()._call(args, kwargs, kinds)

    @cached_property
    def _direct(self) -> bool:
        return self._whole and self._wanted[1]

    def _check(self, values: Sequence[Any]) -> None:
        refuse_aux(self)
        super()._check(values)
        if has_complex(self, values):
            raise needs_holomorphic(self, "argument")

    def _compute(self, values: tuple[Any, ...]) -> Any:
        self._check(values)
        wanted, bare = self._wanted
        if bare and self._whole and not children(self._value(values, wanted[0])):
            return self._dispatcher(self._request()).call(values)
        rows = tuple(self._row(each, values) for each in wanted)
        return rows[0] if bare else rows

    def _row(self, wanted: Wanted, values: tuple[Any, ...]) -> Any:
        gradient: Grad[Any] = Grad(self.of, wanted.name, self.options)
        jacobian: Jacobian[Any] = Jacobian(gradient, self.argnums, Options("forward"))
        return jacobian._compute(values)

    def _main(self) -> Dispatcher:
        return self._subject.operand.dispatcher(self._request(names=self._names()[:1]))


class Laplacian(Direct[P]):
    """The Laplacian Σ ∂²f/∂xᵢ² over all numbers of the arguments, without forming the Hessian.

    By several arguments, their sum: one number whatever `argnums`.
    """

    kind = "laplacian"

    @cached_property
    def _direct(self) -> bool:
        return self._whole and len(self._wanted[0]) == 1

    def _request(self, mode: str | None = None, names: Sequence[str] | None = None) -> Request:
        wrt = self._names()[:1] if names is None else tuple(names)
        return replace(super()._request("laplacian", wrt), bare=True, has_aux=False)

    def _check(self, values: Sequence[Any]) -> None:
        refuse_aux(self)
        super()._check(values)
        if has_complex(self, values):
            raise needs_holomorphic(self, "argument")

    def _compute(self, values: tuple[Any, ...]) -> Any:
        self._check(values)
        return sum(
            self._dispatcher(self._request(names=(name,))).call(values) for name in self._names()
        )


class Elementwise(Derivative[P]):
    """The derivative of a function that acts on each element: f'(x), of the shape of the result.

    It is the directional derivative along ones, in forward mode.
    """

    kind = "derivative"

    def _compute(self, values: tuple[Any, ...]) -> Any:
        self._check(values)
        (wanted, *others), _ = self._wanted
        if others:
            raise SignatureError(
                "derivative is by one argument", remedy="take one at a time", code="AD501"
            )
        x = self._value(values, wanted)
        ones = mapped(np.ones_like, x)
        return assembled.pushed(self, values, wanted, matching(x, ones, "tangent", wanted.name))[1]

    def _main(self) -> Dispatcher:
        return self._subject.operand.dispatcher(self._jvp_request(self._names()))
