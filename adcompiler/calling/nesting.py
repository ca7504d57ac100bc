"""Derivatives of derivatives: the emitted text of one is read in and differentiated again.

The emitted function of the inner derivative takes the parameters of the user's function, then what
that captured. For the outer one those are parameters too, given anew at each call.
"""

from __future__ import annotations

import linecache
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

import numpy as np

from adcompiler import errors
from adcompiler.calling.dispatch import Dispatcher, Operand
from adcompiler.calling.parameters import Parameters
from adcompiler.calling.variants import Made
from adcompiler.frontend.program import Capture
from adcompiler.frontend.signature import ArraySpec, SameSpec, ScalarSpec
from adcompiler.pipeline import Request, StaticNeeded, compile_derivative


@dataclass(frozen=True)
class Emitted:
    """A function that computes a derivative: Python text, called with parameters and captures."""

    function: FunctionType
    text: str
    made: Made
    captures: tuple[Capture, ...]


class NestedOperand(Operand):
    """The derivative of an operand, as something to be differentiated.

    The request's mode says which derivative it is; of Jacobians any mode computes the same.
    """

    def __init__(self, inner: Operand, request: Request) -> None:
        super().__init__()
        self.inner = inner
        self.request = request
        self.name = f"{inner.name}_{request.mode}"
        self.names = inner.names

    def annotated(self) -> dict[str, Any]:
        return self.inner.annotated()

    def place(self) -> errors.Place | None:
        return self.inner.place()

    def compile(self, specs: dict[str, Any], request: Request) -> Made:
        emitted = self.emitted(specs)
        names = Parameters(emitted.function).names
        captured = [capture.spec for capture in emitted.captures]
        renamed = dict(zip(self.names, names, strict=False))
        own = [spec.spec if isinstance(spec, SameSpec) else spec for spec in specs.values()]
        outer = replace(request, wrt=tuple(renamed[name] for name in request.wrt))
        try:
            compiled = compile_derivative(
                emitted.function,
                dict(zip(names, [*own, *captured], strict=True)),
                outer,
                emitted.text,
            )
        except StaticNeeded as needed:
            back = {new: old for old, new in renamed.items()}
            paths = tuple((back.get(name, name), steps) for name, steps in needed.paths)
            raise StaticNeeded(paths) from None
        inner = emitted.made
        again = dict(zip(names, self.names, strict=False))
        mutated = dict.fromkeys((*inner.mutated, *(again.get(n, n) for n in compiled.mutated)))
        guards = (*inner.guards, *compiled.guards)
        return Made(compiled, guards, tuple(mutated), emitted.captures)

    def emitted(self, specs: dict[str, Any]) -> Emitted:
        """The derivative as one function with text, for parameters of these specs."""
        mode = self.request.mode
        if mode in ("grad", "value_and_grad"):
            return self._text_of(self.inner.dispatcher(self.request), specs)
        if mode == "hessian":
            first = replace(self.request, mode="grad")
            inner = NestedOperand(self.inner, first)
            return NestedOperand(inner, replace(self.request, mode="jacfwd")).emitted(specs)
        spec = specs[self.request.wrt[0]]
        if mode == "jacfwd" and len(self.request.wrt) == 1 and self.request.bare:
            if isinstance(spec, ScalarSpec):
                return self._seeded("jvp", specs, "1.0", "{}[1]")
            if isinstance(spec, ArraySpec):
                return self._matrix(specs, len(spec.ones))
        if mode == "derivative" and isinstance(spec, ScalarSpec):
            return self._seeded("jvp", specs, "1.0", "{}[1]")
        if mode == "derivative" and isinstance(spec, ArraySpec):
            ones = f"np.ones_like({self.request.wrt[0]})"
            return self._seeded("jvp", specs, ones, "{}[1]")
        raise errors.Unsupported(
            f"{mode} of {self.inner.name} by {', '.join(self.request.wrt)} can't be differentiated "
            "again for these arguments",
            remedy="nest grad, or a Jacobian by one number; or take the derivative in a function",
            code="AD509",
        )

    def _text_of(self, dispatcher: Dispatcher, specs: dict[str, Any]) -> Emitted:
        variant = dispatcher.for_specs(specs)
        function = variant.compiled.text
        assert isinstance(function, FunctionType)
        captures = (*variant.made.inner, *variant.compiled.captures)
        return Emitted(function, variant.compiled.source, variant.made, captures)

    def _matrix(self, specs: dict[str, Any], ndim: int) -> Emitted:
        """The Jacobian by an array: of a scalar the gradient, else one pass of all unit vectors."""
        try:
            gradient = replace(self.request, mode="grad")
            return self._text_of(self.inner.dispatcher(gradient), specs)
        except errors.SignatureError:
            x = self.request.wrt[0]
            if ndim == 1:
                return self._seeded("jacfwd", specs, f"np.eye({x}.size)", "{}")
            shape = ", ".join(f"{x}.shape[{k}]" for k in range(ndim))
            seeds = f"np.eye({x}.size).reshape(({shape}, {x}.size))"
            columns = "columns.reshape(columns.shape[:-1] + " + f"{x}.shape)"
            return self._seeded("jacfwd", specs, seeds, "{}", columns)

    def _seeded(
        self, mode: str, specs: dict[str, Any], seed: str, form: str, then: str = ""
    ) -> Emitted:
        """A forward pass along `seed`, as a function of the parameters alone: it returns `form` of
        the call, or, with `then`, that expression in it, which is called ``columns``.
        """
        variant = self.inner.dispatcher(Request(mode, self.request.wrt)).for_specs(specs)
        compiled = variant.compiled
        function = compiled.text  # below what seeds it with unit vectors
        assert isinstance(function, FunctionType)
        code = function.__code__
        order = code.co_varnames[: code.co_argcount]
        at = len(self.names) + len(variant.made.inner)
        call = f"{compiled.name}({', '.join((*order[:at], seed, *order[at + 1 :]))})"
        body = [f"return {form.format(call)}"]
        if then:
            body = [f"columns = {form.format(call)}", f"return {then}"]
        name = f"{self.inner.name}_{self.request.mode}_{self.request.wrt[0]}"
        name = name if name.isidentifier() else self.request.mode
        taken = ", ".join((*order[:at], *order[at + 1 :]))  # all but the tangent
        text = f"def {name}({taken}):\n" + "".join(f"    {line}\n" for line in body)
        filename = f"<{name} of {code.co_filename}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        namespace = {**function.__globals__, "np": np, compiled.name: function}
        exec(compile(text, filename, "exec"), namespace)
        made = namespace[name]
        assert isinstance(made, FunctionType)
        captures = (*variant.made.inner, *compiled.captures)
        return Emitted(made, text, variant.made, captures)
