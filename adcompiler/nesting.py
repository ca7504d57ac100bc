"""Derivatives of derivatives: the emitted text of one is read in and differentiated again.

The emitted function of the inner derivative takes the parameters of the user's function, then what
that captured. For the outer one those are parameters too, given anew at each call.
"""

from __future__ import annotations

import linecache
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

from adcompiler import errors
from adcompiler.dispatch import Dispatcher, Operand
from adcompiler.frontend.program import Capture
from adcompiler.frontend.signature import ArraySpec, ScalarSpec
from adcompiler.parameters import Parameters
from adcompiler.pipeline import Request, StaticNeeded, compile_derivative
from adcompiler.variants import Made


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

    def compile(self, specs: dict[str, Any], request: Request) -> Made:
        emitted = self.emitted(specs)
        names = Parameters(emitted.function).names
        captured = [capture.spec for capture in emitted.captures]
        renamed = dict(zip(self.names, names, strict=False))
        outer = replace(request, wrt=tuple(renamed[name] for name in request.wrt))
        try:
            compiled = compile_derivative(
                emitted.function,
                dict(zip(names, [*specs.values(), *captured], strict=True)),
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
                return self._slope(specs, "1.0")
            if isinstance(spec, ArraySpec):  # of a scalar, the Jacobian is the gradient
                gradient = replace(self.request, mode="grad")
                return self._text_of(self.inner.dispatcher(gradient), specs)
        if mode == "derivative" and isinstance(spec, ScalarSpec):
            return self._slope(specs, "1.0")
        if mode == "derivative" and isinstance(spec, ArraySpec):
            return self._slope(specs, f"np.ones_like({self.request.wrt[0]})")
        raise errors.Unsupported(
            f"{mode} of {self.inner.name} by {', '.join(self.request.wrt)} can't be differentiated "
            "again for these arguments",
            remedy="nest grad, or a Jacobian by one number; or take the derivative in a function",
        )

    def _text_of(self, dispatcher: Dispatcher, specs: dict[str, Any]) -> Emitted:
        variant = dispatcher.for_specs(specs)
        function = variant.compiled.function
        assert isinstance(function, FunctionType)
        captures = (*variant.made.inner, *variant.compiled.captures)
        return Emitted(function, variant.compiled.source, variant.made, captures)

    def _slope(self, specs: dict[str, Any], tangent: str) -> Emitted:
        """The directional derivative along `tangent`, as a function of the parameters alone."""
        request = Request("jvp", self.request.wrt)
        variant = self.inner.dispatcher(request).for_specs(specs)
        compiled = variant.compiled
        assert isinstance(compiled.function, FunctionType)
        code = compiled.function.__code__
        order = code.co_varnames[: code.co_argcount]
        at = len(self.names) + len(variant.made.inner)
        taken = (*order[:at], *order[at + 1 :])  # all but the tangent
        given = ", ".join((*order[:at], tangent, *order[at + 1 :]))
        name = f"{self.inner.name}_slope_{self.request.wrt[0]}"
        if not name.isidentifier():
            name = "slope"
        text = f"def {name}({', '.join(taken)}):\n    return {compiled.name}({given})[1]\n"
        filename = f"<{name} of {code.co_filename}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        namespace = {**compiled.function.__globals__, compiled.name: compiled.function}
        exec(compile(text, filename, "exec"), namespace)
        function = namespace[name]
        assert isinstance(function, FunctionType)
        captures = (*variant.made.inner, *compiled.captures)
        return Emitted(function, text, variant.made, captures)
