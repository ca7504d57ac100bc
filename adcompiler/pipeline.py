"""From a function and the types of its arguments to a compiled derivative.

``PASSES`` below is read aloud. What each leaves is verified when ``ADCOMPILER_VERIFY`` is set (the
tests set it), and printed when ``ADCOMPILER_DUMP`` names the pass.
"""

from __future__ import annotations

import ast
import functools
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import count
from types import FunctionType
from typing import Any, Protocol

import numpy as np

from adcompiler import errors
from adcompiler.backends.native import Native, copied, nativized
from adcompiler.emit import annotations, lines
from adcompiler.emit.companions import with_calls
from adcompiler.emit.names import NameAllocator, sanitised
from adcompiler.emit.nan_checks import checked
from adcompiler.emit.notes import saved
from adcompiler.emit.printer import is_nested_too_deep, nested_too_deep
from adcompiler.emit.python import Emitted, Layout, Parameter, emit
from adcompiler.emit.structure import gradients, rebuilt_result
from adcompiler.frontend import values as v
from adcompiler.frontend.context import NeedStatic
from adcompiler.frontend.program import Capture, Lowered, Slot, lower
from adcompiler.frontend.signature import (
    Leaf,
)
from adcompiler.ir.nodes import Function, Var
from adcompiler.ir.printer import show
from adcompiler.ir.types import Array, Scalar, is_complex, is_float, worded
from adcompiler.ir.verifier import verify
from adcompiler.optimise.cse import cse
from adcompiler.optimise.products import products
from adcompiler.optimise.prune import prune
from adcompiler.optimise.refine import refine
from adcompiler.optimise.simplify import simplify
from adcompiler.transforms.companions import Companions, name_calls
from adcompiler.transforms.forward import forward
from adcompiler.transforms.reverse import reverse


@dataclass(frozen=True)
class Request:
    """Which derivative of which parameters."""

    mode: str
    wrt: tuple[str, ...]
    bare: bool = True
    has_aux: bool = False
    holomorphic: bool = False
    backend: str = "numpy"


class StaticNeeded(Exception):
    """Integers that must be compiled in: ``paths`` are (parameter, steps)."""

    def __init__(self, paths: tuple[Any, ...]) -> None:
        super().__init__(paths)
        self.paths = paths


@dataclass
class Compiled:
    """An emitted derivative and what it relies on."""

    function: Callable[..., Any]
    source: str
    name: str
    captures: tuple[Capture, ...] = ()
    guards: tuple[tuple[Any, Any], ...] = ()
    mutated: tuple[str, ...] = ()
    ir: Function | None = field(default=None, repr=False)
    native: Native | None = None
    emitted: Emitted | None = field(default=None, repr=False)
    text: FunctionType | None = field(default=None, repr=False)  # what the source defines
    around: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None  # what calls it
    looking: dict[bool, Callable[..., Any]] = field(default_factory=dict, repr=False)

    def wrapped(self, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Compiled:
        """Called through another function, which `around` makes of it."""
        before = self.around
        self.around = around if before is None else lambda inner: around(before(inner))
        self.function = around(self.function)
        return self

    def checked(self, infs: bool) -> Callable[..., Any]:
        """As `function`, with a look at each derivative that it computes."""
        if infs not in self.looking:
            assert self.text is not None
            made: Callable[..., Any] = checked(self.text, self.source, infs)
            self.looking[infs] = made if self.around is None else self.around(made)
        return self.looking[infs]


class Shipped(Protocol):
    """How a derivative that is written to a file differs from one that is run at once."""

    @property
    def label(self) -> str:
        """What the function is called in the text."""

    def dress(self, layout: Layout, lowered: Lowered, made: Function, mutated: list[str]) -> None:
        """Change the layout before the text is printed."""


PASSES = ("lower", "reverse", "prune-reverse", "forward", "prune-forward", "emit")
"""In this order: a second derivative is forward mode over what reverse mode made. Companions of
recursive functions, made on demand, pass by the same names."""

_numbers = count(1)
_DUMP = frozenset(filter(None, os.environ.get("ADCOMPILER_DUMP", "").split(",")))
_VERIFY = bool(os.environ.get("ADCOMPILER_VERIFY"))


class Stopped(Exception):
    """Compiling ended after the pass that was asked for."""


class Watch:
    """What is told of the passes: called after each, it verifies, prints, takes the time, and stops
    after the pass that ``stop_after`` names by raising `Stopped`.
    """

    def __init__(self, dump: Iterable[str] = (), stop_after: str | None = None) -> None:
        self.dump = _DUMP | frozenset(dump)
        self.stop_after = stop_after
        self.times: dict[str, float] = {}
        self.began = time.perf_counter()

    def after(self, stage: str, function: Function | None = None, text: str = "") -> None:
        now = time.perf_counter()
        self.times[stage] = self.times.get(stage, 0.0) + now - self.began
        if stage in self.dump or "all" in self.dump:
            shown = text if function is None else show(function)
            print(f"# after {stage}\n{shown}", file=sys.stderr)
        if _VERIFY and function is not None:
            verify(function, stage)
        if stage == self.stop_after:
            raise Stopped
        self.began = time.perf_counter()


def compile_derivative(
    fn: Any,
    specs: dict[str, Any],
    request: Request,
    source: str | None = None,
    shipped: Shipped | None = None,
    watch: Watch | None = None,
) -> Compiled:
    """The derivative that ``request`` asks for, for arguments of these specs.

    Raises:
        AdcompilerError: something in the function can't be differentiated; tells where.
        StaticNeeded: an integer argument has to be compiled in.
    """
    with deep_recursion():
        compiled = Compilation(fn, specs, request, source, shipped, watch).run()
        native = compiled.native
        if native is not None and native.source is None:  # then the text is written for NumPy
            request = replace(request, backend="numpy")
            compiled = Compilation(fn, specs, request, source, shipped, watch).run()
            compiled.native = replace(native, function=compiled.function)
        return compiled


class Compilation:
    def __init__(
        self,
        fn: Any,
        specs: Any,
        request: Request,
        source: str | None,
        shipped: Shipped | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.watch = watch if watch is not None else Watch()
        self.fn = fn
        self.shipped = shipped
        self.specs = specs
        self.request = request
        self.lowered = self.lower(source)
        program = self.lowered.program
        for key, each in program.functions.items():
            program.functions[key] = self.checked(prune(name_calls(each)), "lower")
        name_calls(self.lowered.function)
        self.companions = Companions(self.lowered.lowering, self.tidied)
        program.companions = self.companions
        named = sanitised(shipped.label if shipped is not None else fn.__name__)
        self.label = "lambda" if fn.__name__ == "<lambda>" and shipped is None else named

    def lower(self, source: str | None) -> Lowered:
        try:
            return lower(
                self.fn,
                self.specs,
                source=source,
                simplifier=simplify,
                strict_rules=self.request.mode != "primal",
            )
        except NeedStatic as needed:
            entry = needed.program.entry if hasattr(needed, "program") else None
            leaves = [leaf for leaf in (entry.leaves if entry else []) if leaf.var in needed.leaves]
            raise StaticNeeded(tuple((leaf.root, leaf.steps) for leaf in leaves)) from None

    def checked(self, function: Function, stage: str) -> Function:
        self.watch.after(stage, function)
        return function

    def wrt_suffix(self) -> str:
        return "_".join(map(str, self.request.wrt))

    def tidy(self, function: Function, stage: str) -> Function:
        """What a transform made, without what nobody reads, and simplified."""
        self.companions.complete()
        return self.tidied(function, stage)

    def tidied(self, function: Function, stage: str) -> Function:
        self.checked(function, stage)
        builder = self.lowered.lowering.builder
        function = refine(builder, cse(prune(function)))
        primal = stage == "reverse" and self.request.mode == "grad"  # no value is given back
        if self.request.backend == "numpy":  # loops make no array of the products
            function = prune(cse(products(builder, function, primal)))
        return self.checked(function, f"prune-{stage}")

    # ---- the passes

    def run(self) -> Compiled:
        build = getattr(self, f"mode_{self.request.mode}")
        return build(self.primal())

    def primal(self) -> Function:
        return self.checked(prune(self.lowered.function), "lower")

    def wrt_leaves(self) -> list[Leaf]:
        return [
            leaf
            for root in self.request.wrt
            for leaf in self.lowered.leaves
            if leaf.root == root and is_float(leaf.var.type)
        ]

    def mode_primal(self, primal: Function) -> Compiled:
        label = self.label if self.label != "lambda" else "lambda_"
        layout = self.layout(label, f"``{label}``, as it was understood.", self.value_result)
        layout.returns_annotation = self.value_annotation()
        layout.owned = []
        return self.finish(primal, layout)

    def mode_grad(self, primal: Function) -> Compiled:
        return self.gradient(primal, with_value=False)

    def mode_value_and_grad(self, primal: Function) -> Compiled:
        return self.gradient(primal, with_value=True)

    def gradient(self, primal: Function, with_value: bool) -> Compiled:
        (output,) = self.outputs(scalar=True)
        leaves = self.wrt_leaves()
        made = reverse(self.lowered.lowering, primal, [leaf.var for leaf in leaves], [output])
        results = len(primal.results)
        aux = self.request.has_aux
        if not with_value and not aux:
            made.body.results = made.body.results[results:]
            results = 0
        elif not with_value:
            pass
        made = self.tidy(made, "reverse")
        label = self.label
        word = "value_and_grad" if with_value else "grad"
        wrt = self.wrt_suffix()
        what = f"Value of ``{label}`` and its derivative" if with_value else "Derivative"
        doc = self.docstring(what, made, f" of ``{label}``" if not with_value else "")

        def returns(ex: Any, printed: list[ast.expr]) -> ast.expr:
            grads = self.gradients(ex, leaves, printed[results:])
            if not with_value and not aux:
                return grads
            value = self.value_result(ex, printed[:results])
            if aux:
                assert isinstance(value, ast.Tuple)
                if with_value:
                    return ast.Tuple([value, grads], ast.Load())
                return ast.Tuple([grads, value.elts[1]], ast.Load())
            return ast.Tuple([value, grads], ast.Load())

        layout = self.layout(f"{label}_{word}_{wrt}", doc, returns)
        layout.sweeps = True
        returns = [*self.lowered.lowering.returns.values()]
        layout.returned_at = returns[0] if len(returns) == 1 else None
        layout.owned = list(range(results + len(leaves)))
        layout.returns_annotation = self.gradient_annotation()
        if with_value or aux:
            value = self.value_annotation()
            parts = [value, layout.returns_annotation] if with_value else []
            layout.returns_annotation = annotations.of_tuple(parts)
        compiled = self.finish(made, layout)
        return compiled if with_value else self.shaped(compiled, leaves, made.results[results:])

    def shaped(self, compiled: Compiled, leaves: list[Leaf], results: list[Any]) -> Compiled:
        """Where an adjoint has the shape of an argument only if the function accepts the shapes of
        its arguments: compare, and let the function say what is wrong.

        The derivative may not compute what would raise: that of ``np.sum(x * u)`` by x is ``u``.
        """
        names = list(self.specs)
        unsure = [
            (names.index(leaf.root), self.request.wrt.index(leaf.root), leaf)
            for leaf, result in zip(leaves, results, strict=True)
            if not _same_axes(leaf.var.type, result.type)
        ]
        if not unsure:
            return compiled
        primal, bare, aux = self.fn, self.request.bare, self.request.has_aux
        captured = len(names)

        def around(inner: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(inner)
            def shaped(*args: Any) -> Any:
                found = inner(*args)
                gradients = found[0] if aux else found
                for at, which, leaf in unsure:
                    shape = leaf.get(args[at]).shape
                    other = leaf.get(gradients if bare else gradients[which]).shape
                    if other[: len(shape)] != shape:
                        primal(*args[:captured])
                        raise errors.InternalError(
                            f"a gradient of shape {other} for {leaf.root} of shape {shape}"
                        )
                return found

            return shaped

        return compiled.wrapped(around)

    def mode_vjp(self, primal: Function) -> Compiled:
        outputs = self.outputs(scalar=False)
        leaves = self.wrt_leaves()
        made = reverse(
            self.lowered.lowering, primal, [leaf.var for leaf in leaves], outputs, pullback=True
        )
        made = self.tidy(made, "reverse")
        label = self.label
        wrt = ", ".join(map(str, self.request.wrt))
        doc = f"Value of ``{label}`` and its pullback with respect to {wrt} (reverse mode)."

        def returns(ex: Any, printed: list[ast.expr]) -> ast.expr:
            value = self.value_result(ex, printed[:-1])
            return ast.Tuple([value, printed[-1]], ast.Load())

        layout = self.layout(f"{label}_vjp_{self.wrt_suffix()}", doc, returns)
        layout.owned = list(range(len(made.results) - 1))
        cotangent = annotations.of_tuple([self.gradient_annotation()])
        pullback = f"Callable[..., {self.gradient_annotation()}]" if cotangent else None
        layout.returns_annotation = annotations.of_tuple([self.value_annotation(), pullback])
        layout.pullback_returns = lambda ex, printed: self.gradients(ex, leaves, printed)
        compiled = self.finish(made, layout)
        return self.structured_pullback(compiled, outputs)

    def structured_pullback(self, compiled: Compiled, outputs: list[int]) -> Compiled:
        """The emitted pullback takes one cotangent for each number or array of the result."""
        template = self.lowered.result
        if isinstance(template, Slot):
            return compiled

        def around(inner: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(inner)
            def vjp(*args: Any) -> Any:
                value, pullback = inner(*args)

                def structured(cotangent: Any) -> Any:
                    return pullback(*_leaves_of(template, cotangent, outputs))

                return value, structured

            return vjp

        return compiled.wrapped(around)

    def mode_jvp(self, primal: Function) -> Compiled:
        return self.tangent(primal, many=False)

    def tangent(self, primal: Function, many: bool) -> Compiled:
        self.outputs(scalar=False)
        leaves = self.wrt_leaves()
        made = forward(self.lowered.lowering, primal, [leaf.var for leaf in leaves], many=many)
        made = self.tidy(made, "forward")
        label = self.label
        results = len(primal.results)

        def returns(ex: Any, printed: list[ast.expr]) -> ast.expr:
            value = self.value_result(ex, printed[:results])
            dots = iter(printed[results:])
            order = [
                next(dots) if is_float(atom.type) else ast.Constant(None) for atom in primal.results
            ]
            return ast.Tuple([value, self.value_result(ex, order, tangent=True)], ast.Load())

        doc = f"Value of ``{label}`` and its directional derivative (forward mode)."
        layout = self.layout(f"{label}_jvp", doc, returns, dots=(leaves, made))
        parts = [self.value_annotation(), self.value_annotation(tangent=True)]
        layout.returns_annotation = annotations.of_tuple(parts)
        layout.every_line = True
        layout.owned = list(range(len(made.results)))
        return self.finish(made, layout)

    def mode_jacfwd(self, primal: Function) -> Compiled:
        """One pass of many directions; the directions are the unit vectors."""
        self.outputs(scalar=False)
        leaves = self.wrt_leaves()
        self.plain(leaves)
        made = forward(self.lowered.lowering, primal, [leaf.var for leaf in leaves], many=True)
        results = len(primal.results)
        made.body.results = made.body.results[results:]
        made = self.tidy(made, "forward")
        label = self.label
        wrt = self.wrt_suffix()
        doc = f"Tangents of ``{label}`` in many directions at once, the last axis of each tangent."

        def returns(ex: Any, printed: list[ast.expr]) -> ast.expr:
            dots = iter(printed)
            order = [
                next(dots) if is_float(atom.type) else ast.Constant(None) for atom in primal.results
            ]
            return self.value_result(ex, order, tangent=True)

        layout = self.layout(f"{label}_jacobian_{wrt}", doc, returns, dots=(leaves, made))
        layout.every_line = True
        layout.owned = list(range(len(made.results)))
        compiled = self.finish(made, layout)
        return self.seeded(compiled, leaves)

    def seeded(self, compiled: Compiled, leaves: list[Leaf]) -> Compiled:
        """The Jacobian: unit vectors in, the last axis taken apart by argument."""
        params = list(self.specs)
        wrt = self.request.wrt
        bare = self.request.bare
        positions = [params.index(root) for root in wrt]
        here = len(params)

        def around(inner: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(inner)
            def jacobian(*args: Any) -> Any:
                primals = [np.asarray(args[k]) for k in positions]
                total = sum(x.size for x in primals)
                directions = max(total, 1)  # tangents in no direction could not be stacked
                seeds = []
                at = 0
                for x in primals:
                    seed = np.zeros((x.size, directions), dtype=x.dtype)
                    seed[:, at : at + x.size] = np.eye(x.size, dtype=x.dtype)
                    seeds.append(seed.reshape((*x.shape, directions)))
                    at += x.size
                dots = inner(*args[:here], *seeds, *args[here:])
                return _split(dots, primals, bare)

            return jacobian

        return compiled.wrapped(around)

    def plain(self, leaves: list[Leaf]) -> None:
        for leaf in leaves:
            if leaf.steps:
                raise errors.SignatureError(
                    "this derivative is taken with respect to numbers and arrays; "
                    f"'{errors.printable(leaf.root)}' is a container",
                    remedy="use vjp, jvp or hvp",
                    code="AD509",
                )

    def mode_hvp(self, primal: Function) -> Compiled:
        """Forward over reverse: the directional derivative of the gradient."""
        (output,) = self.outputs(scalar=True)
        leaves = self.wrt_leaves()
        variables = [leaf.var for leaf in leaves]
        made = reverse(self.lowered.lowering, primal, variables, [output])
        made.body.results = made.body.results[len(primal.results) :]
        made = self.tidy(made, "reverse")
        gradients = len(made.results)
        first = self.request.wrt[0]
        seeded = [leaf for leaf in leaves if leaf.root == first]
        many = self.request_many
        made = forward(self.lowered.lowering, made, [leaf.var for leaf in seeded], many=many)
        made.body.results = made.body.results[gradients:]
        made = self.tidy(made, "forward")
        label = self.label
        doc = f"Hessian of ``{label}`` times a vector (forward over reverse mode)."

        def returns(ex: Any, printed: list[ast.expr]) -> ast.expr:
            return self.gradients(ex, leaves, printed)

        wrt = self.wrt_suffix()
        layout = self.layout(f"{label}_hvp_{wrt}", doc, returns, dots=(seeded, made))
        layout.returns_annotation = self.gradient_annotation()
        layout.sweeps = True
        returns = [*self.lowered.lowering.returns.values()]
        layout.returned_at = returns[0] if len(returns) == 1 else None
        layout.owned = list(range(len(made.results)))
        return self.shaped(self.finish(made, layout), leaves, made.results)

    request_many = False

    def mode_hessian(self, primal: Function) -> Compiled:
        self.plain(self.wrt_leaves())
        self.request_many = True
        compiled = self.mode_hvp(primal)
        return self.seeded(compiled, self.wrt_leaves())

    def mode_laplacian(self, primal: Function) -> Compiled:
        """Σ ∂²f/∂x_i², in chunks of directions: no Hessian is formed."""
        self.plain(self.wrt_leaves())
        (leaf,) = self.wrt_leaves()
        compiled = self.mode_hvp(primal)
        at = list(self.specs).index(leaf.root)
        here = len(self.specs)

        def around(inner: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(inner)
            def laplacian(*args: Any) -> Any:
                x = np.asarray(args[at])
                total = 0.0
                for k in range(x.size):
                    seed = np.zeros(x.size, dtype=x.dtype)
                    seed[k] = 1.0
                    dot = seed.reshape(x.shape) if isinstance(args[at], np.ndarray) else 1.0
                    found = inner(*args[:here], dot, *args[here:])
                    found = found if self.request.bare else found[0]
                    total += np.asarray(found).reshape(-1)[k]
                return total

            return laplacian

        return compiled.wrapped(around)

    # ---- what is differentiated

    def outputs(self, scalar: bool) -> list[int]:
        """The positions of the results that are differentiated."""
        template = self.lowered.result
        results = self.lowered.function.results
        if self.request.has_aux:
            if not isinstance(template, v.TupleV) or len(template.items) != 2:
                raise self.refuse(
                    "has_aux needs a function that returns (value, aux)", code="AD508"
                )
            template = template.items[0]
        if not scalar:
            floating = [k for k in _slots(template) if is_float(results[k].type)]
            if not floating:
                slot = results[template.k].type if isinstance(template, Slot) else None
                raise self.refuse(
                    f"there is no floating number in the result, {_described(template, slot)}",
                    "return what is to be differentiated",
                    code="AD503",
                )
            return floating
        t = results[template.k].type if isinstance(template, Slot) else None
        number = isinstance(t, Scalar) or (isinstance(t, Array) and not t.ndim)
        if not number or t.dtype == "bool":
            raise self.refuse(
                f"{self.request.mode} needs a function that returns a real scalar; this one "
                f"returns {_described(template, t)}",
                "use jacobian or vjp; for an elementwise derivative, derivative",
                code="AD503",
            )
        if is_complex(t) and not self.request.holomorphic:
            raise self.refuse(
                f"{self.request.mode} needs a real result; this one is complex",
                "pass holomorphic=True, or use vjp",
                code="AD507",
            )
        return [template.k]

    def refuse(self, reason: str, remedy: str = "", *, code: str) -> errors.AdcompilerError:
        source = self.lowered.source
        place = source.place(source.result_node())
        return errors.SignatureError(reason, place=place, remedy=remedy, code=code)

    # ---- how it looks from outside

    def layout(
        self, label: str, doc: str, returns: Any, dots: tuple[list[Leaf], Function] | None = None
    ) -> Layout:
        names = NameAllocator()
        parameters: dict[Any, Parameter] = {}
        for root, spec in self.specs.items():
            parameters[root] = Parameter(root, annotations.of_spec(spec))
            names.reserve(root)
        out = list(parameters.values())
        if dots is not None:
            leaves, made = dots
            dot_vars = made.params[len(self.lowered.leaves) :]
            by_root: dict[str, Parameter] = {}
            for leaf, var in zip(leaves, dot_vars, strict=True):
                if leaf.root not in by_root:
                    chosen = names.fresh(f"{leaf.root}_dot")
                    by_root[leaf.root] = Parameter(chosen, parameters[leaf.root].annotation)
                    out.append(by_root[leaf.root])
                by_root[leaf.root].vars.append((var, leaf.steps))
        for leaf in self.lowered.leaves:
            if leaf.root not in parameters:
                capture = self.lowered.program.captures[leaf.root]
                made_name = names.fresh(capture.name)
                parameters[leaf.root] = Parameter(made_name, annotations.of_spec(capture.spec))
                out.append(parameters[leaf.root])
            parameters[leaf.root].vars.append((leaf.var, leaf.steps))
        for key, capture in self.lowered.program.captures.items():
            if key not in parameters:
                parameters[key] = Parameter(names.fresh(capture.name))
                out.append(parameters[key])
        return Layout(label, doc, out, returns, [], label=self.fn.__name__)

    def docstring(self, what: str, made: Function, of: str = "") -> str:
        wrt = ", ".join(map(str, self.request.wrt))
        many = "s" if len(self.request.wrt) > 1 else ""
        saved_note = saved(made)
        return f"{what}{many}{of} with respect to {wrt} (reverse mode; {saved_note})."

    def gradient_annotation(self) -> str | None:
        return annotations.of_gradients(self.specs, self.request.wrt, self.request.bare)

    def value_annotation(self, tangent: bool = False) -> str | None:
        results = self.lowered.function.results
        return annotations.of_result(self.lowered.result, results, tangent)

    def value_result(self, ex: Any, printed: list[ast.expr], tangent: bool = False) -> ast.expr:
        return rebuilt_result(ex, self.lowered.result, printed, tangent)

    def gradients(self, ex: Any, leaves: list[Leaf], printed: list[ast.expr]) -> ast.expr:
        return gradients(ex, self.request.wrt, self.request.bare, self.specs, leaves, printed)

    def finish(self, function: Function, layout: Layout) -> Compiled:
        companions = self.companions
        if self.shipped is not None:
            self.shipped.dress(layout, self.lowered, function, self.mutated())
        function, called = with_calls(function, layout, companions.functions, companions.about)
        native_form = copied(function) if self.request.backend == "native" else None
        try:
            emitted = emit(function, layout, called)
            self.watch.after("emit", text=emitted.text)
            text = _load(emitted)
        except errors.Unsupported as error:
            error.place = self.lowered.source.place(self.lowered.source.node)
            raise
        made: Callable[..., Any] = text
        native = None
        if native_form is not None:
            native = nativized(native_form, layout, text)
            made = native.function
        program = self.lowered.program
        order = [p for p in program.captures]
        by_name = [key for key in order]
        return Compiled(
            function=made,
            source=_with_imports(emitted),
            name=emitted.name,
            captures=tuple(program.captures[key] for key in _capture_order(self.lowered, by_name)),
            guards=tuple(program.guards),
            mutated=tuple(self.mutated()),
            ir=function,
            native=native,
            emitted=emitted,
            text=text,
        )

    def mutated(self) -> list[str]:
        cells = self.lowered.program.mutated
        return list(dict.fromkeys(leaf.root for leaf in self.lowered.leaves if leaf.cell in cells))


def _same_axes(argument: Any, adjoint: Any) -> bool:
    """Whether an adjoint of this type certainly has the shape of its argument."""
    if not isinstance(argument, Array) or not isinstance(adjoint, Array):
        return True
    return all(p.same(q) for p, q in zip(argument.dims, adjoint.dims, strict=False))


def _capture_order(lowered: Lowered, keys: list[Any]) -> list[Any]:
    """Captures in the order in which the emitted function takes them."""
    seen = [leaf.root for leaf in lowered.leaves if leaf.root in lowered.program.captures]
    ordered = list(dict.fromkeys(seen))
    return ordered + [key for key in keys if key not in ordered]


def _described(template: Any, t: Any) -> str:
    """A result in the user's words; `t` is its type where it is a number or an array."""
    if t is not None:
        return worded(t)
    if isinstance(template, v.Static):
        value = template.value
        return "None" if value is None else f"the {type(value).__name__} {value!r:.40}"
    if isinstance(template, v.TupleV):
        return f"a tuple of {len(template.items)}"
    if isinstance(template, tuple):
        return f"an object of class {template[0].__name__}"
    return "a dict" if isinstance(template, v.Entries) else "a list"


def _slots(template: Any) -> list[int]:
    if isinstance(template, Slot):
        return [template.k]
    if isinstance(template, v.TupleV | v.Items):
        return [k for each in template.items for k in _slots(each)]
    if isinstance(template, v.Entries):
        return [k for _, each in template.entries for k in _slots(each)]
    if isinstance(template, tuple):
        return [k for _, each in template[1].entries for k in _slots(each)]
    return []


def _leaves_of(template: Any, value: Any, outputs: list[int]) -> list[Any]:
    if isinstance(template, Slot):
        return [value] if template.k in outputs else []
    if isinstance(template, v.TupleV | v.Items):
        return [
            x
            for part, each in zip(template.items, value, strict=True)
            for x in _leaves_of(part, each, outputs)
        ]
    if isinstance(template, v.Entries):
        return [x for k, part in template.entries for x in _leaves_of(part, value[k], outputs)]
    if isinstance(template, tuple):
        return [
            x
            for k, part in template[1].entries
            for x in _leaves_of(part, getattr(value, k), outputs)
        ]
    return []


def _split(dots: Any, primals: list[Any], bare: bool) -> Any:
    """The last axis of directions, back into the shapes of the arguments."""
    if dots is None:
        return None
    if isinstance(dots, tuple):
        return tuple(_split(each, primals, bare) for each in dots)
    if isinstance(dots, list):
        return [_split(each, primals, bare) for each in dots]
    if isinstance(dots, dict):
        return {k: _split(each, primals, bare) for k, each in dots.items()}
    parts = []
    at = 0
    for x in primals:
        part = dots[..., at : at + x.size].reshape((*dots.shape[:-1], *x.shape))
        parts.append(part if part.ndim else part[()])
        at += x.size
    return parts[0] if bare and len(parts) == 1 else tuple(parts)


def _with_imports(emitted: Emitted) -> str:
    lines = []
    for module, alias in sorted(emitted.modules.items()):
        lines.append(f"import {module}" if alias == module else f"import {module} as {alias}")
    if "Callable[" in emitted.text:
        lines.append("from collections.abc import Callable")
    if "NDArray[" in emitted.text:
        lines.append("from numpy.typing import NDArray")
        if "numpy" not in emitted.modules:
            lines.insert(0, "import numpy as np")
    head = "\n".join(lines)
    return f"{head}\n\n\n{emitted.text}" if head else emitted.text


def _load(emitted: Emitted) -> FunctionType:
    """Execute the text in a namespace of its own; tracebacks show it."""
    text = _with_imports(emitted)
    filename = f"<adcompiler {next(_numbers)}: {emitted.name}>"
    above = text.count("\n") - emitted.text.count("\n")
    lines.loaded(filename, text, {above + k: line for k, line in emitted.lines.items()})
    namespace: dict[str, Any] = {"__name__": "adcompiler.emitted", **emitted.objects}
    try:
        code = compile(text, filename, "exec")
    except SyntaxError as error:
        if is_nested_too_deep(error):
            raise nested_too_deep() from error
        raise
    exec(code, namespace)
    made = namespace[emitted.name]
    assert isinstance(made, FunctionType)
    return made


class deep_recursion:
    """Regions nest as deep as the user's ``elif`` chains; visitors are recursive there."""

    def __enter__(self) -> None:
        self.limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self.limit, 60_000))

    def __exit__(self, *_: Any) -> None:
        sys.setrecursionlimit(self.limit)


__all__ = ["Compilation", "Compiled", "Request", "StaticNeeded", "Var", "compile_derivative"]
