"""One derivative for a file: compiled for the kinds of arguments that are declared, and dressed as
a function of a module.

What the user's function reads from around it has a place in the file: numbers become constants of
the module, arrays and objects become keyword arguments.
"""

from __future__ import annotations

import ast
import hashlib
import textwrap
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import numpy as np

from adcompiler.ahead.checks import Checks, parts
from adcompiler.ahead.target import Target
from adcompiler.calling.parameters import Parameters
from adcompiler.emit.annotations import of_type
from adcompiler.emit.expressions import attribute, call, name
from adcompiler.emit.layout import WIDTH
from adcompiler.emit.printer import print_module
from adcompiler.emit.python import Emitted, Layout, Parameter, signature
from adcompiler.errors import AdcompilerError, SignatureError, Unsupported, UsageError
from adcompiler.frontend.program import Capture, Lowered, Slot
from adcompiler.frontend.signature import (
    ArraySpec,
    DictSpec,
    ListSpec,
    LongListSpec,
    ScalarSpec,
    TupleSpec,
    pinned,
    spec_of,
)
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Function, Var
from adcompiler.ir.types import Array, is_float
from adcompiler.pipeline import Request, StaticNeeded, compile_derivative

MODES = ("reverse", "forward", "jacobian", "hessian", "hvp", "value_and_grad")
_ALONG = {"jacobian": "jvp", "hessian": "hvp"}
_REQUESTS = {"forward": "jvp", "jacobian": "jacfwd"}
NO_SCALAR = ("AD500", "AD503", "AD507")


@dataclass
class Names:
    """The names of one module, and what stands behind those of constants."""

    functions: set[str] = field(default_factory=set)
    constants: dict[str, str] = field(default_factory=dict)

    def constant(self, wish: str, text: str, taken: set[str]) -> str:
        """A name for a constant: a known one of the same value, or a free one."""
        for k in count():
            chosen = f"{wish}_{k}" if k else wish
            if (chosen in taken and k) or chosen in self.functions:
                continue
            if self.constants.setdefault(chosen, text) == text:
                return chosen
        raise AssertionError


@dataclass
class Derived:
    """A derivative as text, with all that its module has to know."""

    mode: str  # one of MODES; "vjp" for reverse mode of a function whose result is no number
    name: str
    target: Target
    wrt: tuple[str, ...]
    bare: bool
    specs: dict[str, Any]
    functions: list[str]
    emitted: Emitted
    digests: dict[str, str]
    captured: dict[str, tuple[str | None, str]]  # keyword arguments: the module's name, and theirs
    primal: Any  # what is known of the user's function: `Lowered`


def request_for(target: Target, mode: str, wrt: tuple[str, ...], bare: bool) -> Request:
    """What the compiler is asked for."""
    options = target.options
    aux = options.has_aux and mode in ("reverse", "value_and_grad")
    kind = "grad" if mode == "reverse" else _REQUESTS.get(mode, mode)
    return Request(kind, wrt, bare, aux, options.holomorphic)


def derive(
    target: Target, mode: str, wrt: tuple[str, ...], bare: bool, specs: dict[str, Any], names: Names
) -> Derived:
    """Compile `mode` of a function by `wrt`. Raises `AdcompilerError` for what is refused."""
    _check_wrt(target, wrt, specs)
    if mode in ("hessian", "hvp") and len(wrt) > 1:
        raise UsageError(
            f"{mode} is by one argument, and {', '.join(wrt)} were given",
            remedy="list one entry for each of them",
        )
    request = request_for(target, mode, wrt, bare)
    if mode in _ALONG:  # of a matrix the columns are computed, or the only one
        alone = len(wrt) == 1 and isinstance(specs[wrt[0]], ScalarSpec)
        request = replace(request, mode=_ALONG[mode] if alone else request.mode, bare=True)
    try:
        return _compiled(target, mode, request, bare, specs, names)
    except SignatureError as error:
        if mode != "reverse" or error.code not in NO_SCALAR or request.has_aux:
            raise
        return _compiled(target, "vjp", replace(request, mode="vjp"), bare, specs, names)


def _check_wrt(target: Target, wrt: tuple[str, ...], specs: dict[str, Any]) -> None:
    for each in wrt:
        if each not in specs:
            raise UsageError(
                f"{target.name} has no parameter {each} to differentiate by",
                remedy=f"its parameters are {', '.join(specs)}",
            )
        if not _is_floating(specs[each]):
            raise SignatureError(
                f"{target.name} is differentiated by {each}, which holds no floating number",
                remedy="declare it as floating, or leave it out: --wrt names the others",
                code="AD502",
            )


def _compiled(
    target: Target,
    mode: str,
    request: Request,
    bare: bool,
    specs: dict[str, Any],
    names: Names,
) -> Derived:
    while True:
        shipped = _Dress(target, mode, request, bare, specs, names)
        try:
            compiled = compile_derivative(target.function, specs, request, shipped=shipped)
        except StaticNeeded as needed:
            specs = with_order(target, specs, needed)
            continue
        break
    emitted = compiled.emitted
    assert emitted is not None
    if emitted.objects:
        missing = ", ".join(sorted(emitted.objects))
        raise Unsupported(
            f"the code for {target.name} needs {missing}, which cannot be imported by name",
            remedy="define it in a module, under its own name, not inside a function",
        )
    functions = [_with_short_docstring(each) for each in emitted.functions]
    if mode in ("jacobian", "hessian"):
        functions.append(shipped.seeded())
    return Derived(
        mode, shipped.name, target, request.wrt, bare, specs, functions, emitted,
        shipped.digests, shipped.captured, shipped.lowered,
    )  # fmt: skip


def with_order(target: Target, specs: dict[str, Any], needed: StaticNeeded) -> dict[str, Any]:
    """Arrays whose memory order decides are in C order; an integer has to be given."""
    specs = dict(specs)
    for root, steps in needed.paths:
        spec = specs.get(root)
        for step in steps:
            spec = dict(getattr(spec, "fields", None) or getattr(spec, "entries", None) or
                        enumerate(getattr(spec, "items", ()))).get(step.key)  # fmt: skip
        if not isinstance(spec, ArraySpec) or spec.order is not None:
            raise SignatureError(
                f"{target.name} uses {root} as an axis, a rank or a length",
                remedy=f'compile its value in: --signature "{root}: 3", with the number it is',
            )
        specs[root] = pinned(specs[root], steps, None)
    return specs


class _Dress:
    """Changes how one derivative looks: see `adcompiler.pipeline.Shipped`."""

    def __init__(
        self,
        target: Target,
        mode: str,
        request: Request,
        bare: bool,
        specs: dict[str, Any],
        names: Names,
    ) -> None:
        self.bare = bare
        self.label = target.name
        self.target, self.mode, self.request, self.specs = target, mode, request, specs
        self.names = names
        self.captured: dict[str, tuple[str | None, str]] = {}
        self.outside: dict[str, Any] = {}  # specs of keyword arguments
        self.digests: dict[str, str] = {}

    def dress(self, layout: Layout, lowered: Lowered, made: Function, mutated: list[str]) -> None:
        self.layout, self.lowered = layout, lowered
        self.digests = digests(lowered)
        self.name = layout.name
        self.place_captures(made)
        self.add_defaults()
        wrt = "_".join(self.request.wrt)
        if self.mode in _ALONG:
            head = layout.name
            for suffix in (f"_hvp_{wrt}", f"_jacobian_{wrt}", "_jvp"):
                head = head.removesuffix(suffix)
            self.name = f"{head}_{self.mode}_{wrt}"
            self.inner(layout)
        layout.docstring = self.described(layout.docstring)
        self.claim(self.name, layout.name)
        checks = Checks(self.name)
        for each, spec in (*self.specs.items(), *self.outside.items()):
            checks.argument(each, spec)
        self.entry = checks.statements(mutated)
        if self.mode in ("jacobian", "hessian"):
            return
        for dot in layout_dots(self):
            root = self.roots[dot.name]
            checks.argument(dot.name, self.specs[root], root)
        layout.entry = checks.statements(mutated)
        if self.request.mode == "vjp":
            layout.returns_annotation = None  # it would need an import for its pullback

    def inner(self, layout: Layout) -> None:
        """How the function looks that computes the columns of a matrix, or the only one."""
        if self.request.mode in _ALONG.values():
            layout.name = f"{self.name}_along"
            return
        layout.name = f"{self.name}_columns"
        dots = layout_dots(self)
        for dot in dots:
            dot.annotation = _columns_annotation(self.specs[self.roots[dot.name]])
        if self.mode == "hessian":
            layout.docstring = (
                f"Hessian of ``{self.label}`` times many vectors at once, the last axis of "
                f"``{dots[0].name}`` and of the result."
            )

    def claim(self, *wanted: str) -> None:
        for each in wanted:
            if each in self.names.functions or each in self.names.constants:
                raise UsageError(
                    f"two functions of one file would be called {each}",
                    remedy="write them to two files",
                )
        self.names.functions.update(wanted)

    # ---- parameters

    @property
    def roots(self) -> dict[str, str]:
        """The parameter that each tangent belongs to."""
        dots = layout_dots(self)
        wrt = self.request.wrt if self.mode != "hessian" else self.request.wrt[:1]
        return dict(zip((dot.name for dot in dots), wrt, strict=False))

    def place_captures(self, made: Function) -> None:
        roots = {leaf.var: leaf.root for leaf in self.lowered.leaves}
        read = _read(made)
        kept: list[Parameter] = []
        only: list[Parameter] = []
        taken = {p.name for p in self.layout.parameters}
        for each in self.layout.parameters:
            capture = self.capture_of(each, roots)
            if capture is None:
                kept.append(each)
            elif any(var in read for var, _ in each.vars):
                value = capture.current()
                if _is_plain(capture.spec):
                    text = ast.unparse(_literal(value))
                    each.name = self.names.constant(each.name, text, taken)
                    each.constant = True
                else:
                    each.keyword_only = True
                    self.outside[each.name] = capture.spec
                    self.captured[each.name] = _where(capture)
                only.append(each)
        self.layout.parameters = [*kept, *only]

    def capture_of(self, parameter: Parameter, roots: dict[Var, Any]) -> Capture | None:
        captures = self.lowered.program.captures
        if parameter.name in self.specs:
            return None
        for var, _ in parameter.vars:
            return captures.get(roots.get(var)) if var in roots else None
        # a capture without a number in it is never read
        return Capture(("object", None), parameter.name, None)

    def add_defaults(self) -> None:
        """The defaults of the user's function that are plain values, unless tangents follow."""
        own = [p for p in self.layout.parameters if not (p.constant or p.keyword_only)]
        if len(own) > len(self.specs) and self.mode not in ("jacobian", "hessian"):
            return
        given = Parameters(self.target.function).signature().parameters
        for each in own:
            if each.name not in given:
                continue
            default = given[each.name].default
            plain = type(default) in (bool, int, float, str) or default is None
            if plain and spec_of(default) == self.specs[each.name]:
                each.default = ast.Constant(default)

    # ---- texts

    def described(self, text: str) -> str:
        paragraphs = [text]
        if self.captured and self.layout.name == self.name:
            paragraphs += self.keywords()
        return wrapped(paragraphs, 4)

    def keywords(self) -> list[str]:
        found = []
        for name_, (module, attr) in self.captured.items():
            where = f"{module}.{attr}" if module else attr
            found.append(f"``{name_}`` is what ``{self.label}`` reads as ``{where}``.")
        return found

    # ---- Jacobians and Hessians: the columns, seeded with unit vectors

    def seeded(self) -> str:
        """The function that calls the one of columns: all directions, and the last axis apart."""
        wrt, specs = self.request.wrt, self.specs
        out = self.result_type()
        inner, dots = self.layout, layout_dots(self)
        public = replace(
            inner,
            parameters=[p for p in inner.parameters if p not in dots],
        )
        body: list[str] = []
        alone = len(wrt) == 1
        sizes = [f"{root}.size" if isinstance(specs[root], ArraySpec) else "1" for root in wrt]
        if not alone:
            body.append(f"size = {_sum(sizes)}")
        seeds = []
        for k, root in enumerate(wrt):
            if self.request.mode in _ALONG.values():
                seeds.append(_one(specs[root]))
            else:
                seeds.append(_seed(root, specs[root], alone, _sum(sizes[:k])))
        taken = [p for p in inner.parameters if not p.constant and p not in dots]
        given = [p.name for p in taken if not p.keyword_only]
        given += seeds
        given += [f"{p.name}={p.name}" for p in taken if p.keyword_only]
        part = "[1]" if self.request.mode == "jvp" else ""
        body.append(f"columns = {inner.name}({', '.join(given)}){part}")
        shape = "columns.shape[:-1]" if out.ndim else ""
        results = []
        for k, root in enumerate(wrt):
            if self.request.mode in _ALONG.values():
                results.append("columns")
                continue
            start, stop = _sum(sizes[:k]), _sum(sizes[: k + 1])
            results.append(_block(root, specs[root], alone, start, stop, shape))
        result = results[0] if self.bare else f"({', '.join(results)},)"
        if body[-1].startswith("columns") and alone and result == "columns":
            body[-1] = body[-1].removeprefix("columns = ")
            result = body.pop()
        body.append(f"return {result}")
        word = "Hessian" if self.mode == "hessian" else "Jacobian"
        how = "forward over reverse mode" if self.mode == "hessian" else "forward mode"
        if self.request.mode not in _ALONG.values():
            how += ", all directions at once"
        doc = [f"{word} of ``{self.label}`` with respect to {', '.join(wrt)} ({how})."]
        doc += self.keywords() if self.captured else []
        made = ast.FunctionDef(
            self.name,
            signature(public),
            [
                ast.Expr(ast.Constant(wrapped(doc, 4))),
                *self.entry,
                *ast.parse("\n".join(body)).body,
            ],
            [],
            ast.parse(self.matrix(out), mode="eval").body,
        )
        return print_module(ast.Module([made], []))

    def result_type(self) -> Any:
        if self.mode == "hessian":
            spec = self.specs[self.request.wrt[0]]
            dims = spec.dims("x") if isinstance(spec, ArraySpec) else ()
            return Array("float64", dims)
        template = self.lowered.result
        found = (
            self.lowered.function.results[template.k].type if isinstance(template, Slot) else None
        )
        if isinstance(found, Array):
            return found
        if found is None or not hasattr(found, "dtype"):
            raise SignatureError(
                f"{self.label} returns a container, of which the Jacobian is no single array",
                remedy="return one array, as np.concatenate makes it, or take forward mode",
            )
        return Array(found.dtype, ())

    def matrix(self, out: Array) -> str:
        kinds = []
        for root in self.request.wrt:
            spec = self.specs[root]
            if isinstance(spec, ArraySpec):
                kinds.append(of_type(Array(str(np.result_type(out.dtype, spec.dtype)), ())))
            elif out.ndim:
                kinds.append(of_type(out))
            else:
                kinds.append(of_type(spec.type))
        return str(kinds[0]) if self.bare else f"tuple[{', '.join(map(str, kinds))}]"


def layout_dots(dress: _Dress) -> list[Parameter]:
    """The parameters that are tangents."""
    leaves = {leaf.var for leaf in dress.lowered.leaves}
    return [
        p for p in dress.layout.parameters
        if p.vars and p.name not in dress.specs and p.vars[0][0] not in leaves
    ]  # fmt: skip


def _sum(sizes: list[str]) -> str:
    """Sizes added up, with the ones counted."""
    ones = sizes.count("1")
    return " + ".join([each for each in sizes if each != "1"] + [str(ones)] * bool(ones))


def _columns_annotation(spec: Any) -> str | None:
    dtype = spec.type.dtype if isinstance(spec, ScalarSpec) else getattr(spec, "dtype", None)
    return f"NDArray[np.{dtype}]" if dtype else None


def _seed(root: str, spec: Any, alone: bool, start: str) -> str:
    """Unit vectors, one for each number of an argument, along a last axis."""
    if not isinstance(spec, ScalarSpec | ArraySpec):
        raise SignatureError(
            f"a matrix is taken with respect to numbers and arrays; {root} is a container",
            remedy="use reverse or forward mode",
        )
    dtype = spec.type.dtype if isinstance(spec, ScalarSpec) else spec.dtype
    more = "" if dtype == "float64" else f", dtype=np.{dtype}"
    place = ("" if alone else ", size") + (f", {start}" if start else "")
    if isinstance(spec, ScalarSpec):
        return f"np.ones(1{more})" if alone else f"np.eye(1{place}{more})[0]"
    eye = f"np.eye({root}.size{place}{more})"
    if len(spec.ones) == 1:
        return eye
    return f"{eye}.reshape(*{root}.shape, {f'{root}.size' if alone else 'size'})"


def _one(spec: ScalarSpec) -> str:
    return "1.0" if spec.type.dtype == "float64" else f"np.{spec.type.dtype}(1.0)"


def _block(root: str, spec: Any, alone: bool, start: str, stop: str, shape: str) -> str:
    """The part of the columns that belongs to one argument, in its shape."""
    if isinstance(spec, ScalarSpec):
        at = start or "0"
        return f"columns[..., {at}]" if shape else f"columns[{at}]"
    part = "columns" if alone else f"columns[..., {start}:{stop}]"
    if len(spec.ones) == 1:
        return part
    return f"{part}.reshape({f'*{shape}, ' if shape else ''}*{root}.shape)"


def wrapped(paragraphs: list[str], indent: int) -> str:
    """A docstring's text, in lines that leave room for its indentation and quotes."""
    width = WIDTH - indent - 3
    lines = [textwrap.wrap(each, width, break_long_words=False, break_on_hyphens=False)
             for each in paragraphs]  # fmt: skip
    head = " " * indent
    if len(lines) == 1 and len(lines[0]) == 1 and len(lines[0][0]) <= width - 3:
        return lines[0][0]
    return (
        f"\n{head}".join("\n\n".join("\n".join(each) for each in lines).split("\n")).replace(
            f"\n{head}\n", "\n\n"
        )
        + f"\n{head}"
    )


def _with_short_docstring(text: str) -> str:
    """The text of a function; the docstring of one that it calls may be a long line."""
    lines = text.split("\n")
    for k, line in enumerate(lines):
        if len(line) > WIDTH and line.startswith('    """') and line.endswith('"""'):
            lines[k] = f'    """{wrapped([line[7:-3]], 4)}"""'
    return "\n".join(lines)


def digests(lowered: Lowered) -> dict[str, str]:
    """A short digest of the text of every function of the user's that went into a derivative."""
    found: dict[str, str] = {}
    for function, captured in lowered.program.sources.items():
        module = getattr(function, "__module__", None) or ""
        if module.partition(".")[0] == "adcompiler":
            continue
        last = captured.node.end_lineno or captured.def_line
        text = "\n".join(captured.lines[captured.def_line - 1 : last])
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        found[f"{module}.{captured.qualname}"] = digest
    return found


def _read(function: Function) -> set[Any]:
    found = {atom for stmt in n.walk(function.body) for atom in n.operands(stmt)
             if isinstance(atom, Var)}  # fmt: skip
    return found | {atom for atom in function.results if isinstance(atom, Var)}


def _is_floating(spec: Any) -> bool:
    if isinstance(spec, ScalarSpec):
        return is_float(spec.type)
    if isinstance(spec, ArraySpec):
        return spec.dtype[0] in "fc"
    if isinstance(spec, LongListSpec):
        return _is_floating(spec.elem)
    return any(_is_floating(part) for _, part in parts(spec))


def _is_plain(spec: Any) -> bool:
    """Whether a captured value is made of numbers alone."""
    if isinstance(spec, ScalarSpec):
        return True
    if isinstance(spec, TupleSpec):
        return spec.cls is None and all(map(_is_plain, spec.items))
    if isinstance(spec, ListSpec):
        return all(map(_is_plain, spec.items))
    return isinstance(spec, DictSpec) and all(_is_plain(x) for _, x in spec.entries)


def _literal(value: Any) -> ast.expr:
    """A captured value as an expression, of kinds from a list of allowed ones."""
    if isinstance(value, np.generic):
        return call(attribute(name("np"), value.dtype.name), ast.Constant(value.item()))
    if type(value) in (tuple, list):
        kind = ast.Tuple if type(value) is tuple else ast.List
        return kind([_literal(each) for each in value], ast.Load())
    if type(value) is dict and all(type(k) in (str, int) for k in value):
        return ast.Dict([ast.Constant(k) for k in value], [_literal(x) for x in value.values()])
    if type(value) in (int, float, complex):
        return ast.Constant(value)
    raise Unsupported(
        f"a {type(value).__name__} cannot be written into a file as a constant",
        remedy="pass it as an argument",
    )


def _where(capture: Capture) -> tuple[str | None, str]:
    if capture.where[0] == "global":
        return capture.where[1].get("__name__"), capture.where[2]
    return None, capture.name


__all__ = ["MODES", "AdcompilerError", "Derived", "Names", "derive"]
