"""Traces of a function at the arguments of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adcompiler.calling.dispatch import PlainOperand
from adcompiler.calling.kinds import Vjp
from adcompiler.calling.parameters import Argnums
from adcompiler.calling.trees import filled, leaves
from adcompiler.calling.variants import Variant
from adcompiler.errors import SignatureError, Unsupported
from adcompiler.explain.counts import Emitted
from adcompiler.explain.trace import Point, Trace
from adcompiler.pipeline import Compilation, Request, deep_recursion

Found = tuple[Variant, list[Any], list[Any]]


def traced(
    of: Any,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    wrt: Argnums | None,
    seeds: Sequence[Any] | None,
    output: int,
    limit: int,
) -> Trace:
    """The trace of a differentiable function; see `Differentiable.trace`."""
    return Call(of, args, kwargs, wrt).trace(seeds, output, limit)


class Traced(Vjp[Any]):
    """What a trace differentiates by, checked as derivatives check it."""

    kind = "trace"


class Call:
    """A function with arguments, and what is differentiated by."""

    def __init__(
        self, of: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], wrt: Argnums | None
    ) -> None:
        self.subject = of.subject
        operand = self.subject.operand
        if not isinstance(operand, PlainOperand):
            raise Unsupported(
                f"{self.subject.name} is a derivative; functions written in Python are traced",
                remedy="trace the function that it is the derivative of",
            )
        self.operand = operand
        self.values = self.subject.parameters.bind(args, kwargs)
        named = Traced(of, self._floating() if wrt is None else wrt, of.options)
        self.names = named._names()
        bare = named._wanted[1] and named._whole
        self.of = Traced(of, self.names[0] if bare else self.names, of.options)

    def _floating(self) -> Argnums:
        """The parameters that have floating numbers, or, where there are none, the first."""
        named = zip(self.subject.parameters.names, self.values, strict=True)
        found = tuple(name for name, value in named if any(True for _ in leaves(value)))
        return found or (0,)

    def trace(self, seeds: Sequence[Any] | None, output: int, limit: int) -> Trace:
        main = self.operand.dispatcher(self.of._request("vjp"))
        variant, _, _ = main.chosen(self.values, self.of._check)
        specs = variant.specs

        def again() -> Compilation:
            request = self.of._request("vjp")
            with deep_recursion():
                return Compilation(self.operand.function, specs, request, self.operand.source)

        return Trace(Point(again, self._leaves, output, seeds, limit, self.emitted, self._arranged))

    def _leaves(self, compilation: Compilation) -> list[Any]:
        """The values of the compiled function's parameters: of arguments, then of captures."""
        named = dict(zip(self.operand.names, self.values, strict=True))
        captures = compilation.lowered.program.captures
        return [
            leaf.get(named[leaf.root] if leaf.root in named else captures[leaf.root].current())
            for leaf in compilation.lowered.leaves
        ]

    def _arranged(self, tangents: list[Any]) -> list[Any]:
        """Tangents of the inputs, in the structure of the arguments."""
        rest = iter(tangents)
        named = dict(zip(self.operand.names, self.values, strict=True))
        return [filled(named[name], rest) for name in self.names]

    # ---- what is emitted

    def emitted(self, which: str) -> Emitted:
        """The emitted function for "primal", "forward" or "reverse", ready to be called."""
        request, (variant, inner, captured) = self._compiled(which)
        compiled = variant.compiled
        function: Any = compiled.text
        before = [*self.values, *inner]
        pulls = request.mode == "vjp"
        return Emitted(
            compiled.source, compiled.name, function.__globals__, before, captured, pulls
        )

    def _compiled(self, which: str) -> tuple[Request, Found]:
        if which == "reverse":
            bare, options = self.of._wanted[1], self.of.options
            kind = Request("value_and_grad", self.names, bare, options.has_aux)
            try:
                return self._found(kind)
            except SignatureError:  # the result is no number
                return self._found(self.of._request("vjp"))
        if which == "forward":
            return self._found(Request("jvp", self.names))
        return self._found(Request("primal", ()))

    def _found(self, request: Request) -> tuple[Request, Found]:
        return request, self.operand.dispatcher(request).chosen(self.values)
