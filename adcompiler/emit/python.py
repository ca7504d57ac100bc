"""A function of the IR as the text of a Python function."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from adcompiler import runtime
from adcompiler.analyses.liveness import Liveness
from adcompiler.emit.expressions import Expressions, attribute, call, name
from adcompiler.emit.fold import fold
from adcompiler.emit.names import sanitised
from adcompiler.emit.naming import Naming
from adcompiler.emit.printer import Comment, print_module
from adcompiler.emit.statements import Statements, copied_unbound, lengths, maybe_none
from adcompiler.ir.nodes import Function, Var
from adcompiler.optimise.buffers import place_buffers


@dataclass
class Parameter:
    """A parameter of the emitted function; its value may be taken apart on entry."""

    name: str
    annotation: str | None = None
    vars: list[tuple[Var, tuple[Any, ...]]] = field(default_factory=list)


@dataclass
class Layout:
    """What the emitted function looks like from outside.

    ``returns`` and ``pullback_returns`` are functions from the printed results to an expression.
    """

    name: str
    docstring: str
    parameters: list[Parameter]
    returns: Any
    owned: list[int]
    returns_annotation: str | None = None
    pullback_returns: Any = None
    pullback_takes: Any = None
    every_line: bool = False
    sweeps: bool = False
    returned_at: Any = None  # the place of the only return
    label: str = ""
    reserved: set[str] = field(default_factory=set)  # names of other functions in the text


@dataclass
class Emitted:
    name: str
    text: str
    modules: dict[str, str]
    objects: dict[str, Any]


Companion = tuple[Function, Layout]


def emit(function: Function, layout: Layout, companions: Sequence[Companion] = ()) -> Emitted:
    """The text of ``function``, below that of the functions it calls, ready to be executed or
    written to a file.
    """
    shared = Expressions({})
    texts = [_printed(*each, shared) for each in (*companions, (function, layout))]
    helpers = "".join(
        inspect.getsource(getattr(runtime, helper)) + "\n\n" for helper in sorted(shared.helpers)
    )
    if helpers:
        shared.module("numpy")
    text = helpers + "\n\n".join(texts)
    return Emitted(layout.name, text, shared.modules, shared.objects)


def _printed(function: Function, layout: Layout, shared: Expressions) -> str:
    """One function; ``shared`` learns what the text has to import and define."""
    function, aliases = place_buffers(function, layout.owned)
    fold(function, aliases)
    fixed: dict[Var, str] = {}
    taken = {p.name for p in layout.parameters}
    for parameter in layout.parameters:
        for var, steps in parameter.vars:
            if not steps:
                fixed[var] = parameter.name
    for parameter in layout.parameters:
        for var, steps in parameter.vars:
            if steps:
                base = sanitised(var.hint or parameter.name)
                chosen, k = base, 0
                while chosen in taken:
                    k += 1
                    chosen = f"{base}_{k}"
                taken.add(chosen)
                fixed[var] = chosen
    reserved = {p.name for p in layout.parameters if not any(not s for _, s in p.vars)}
    reserved |= layout.reserved | {layout.name, "unbroadcast", "winners", "rebuilt", "each"}
    naming = Naming(function, aliases, fixed, reserved)
    expressions = Expressions(naming.names)
    expressions.modules, expressions.helpers = shared.modules, shared.helpers
    expressions.objects = shared.objects
    statements = Statements(expressions, aliases, layout.every_line, layout.label)
    statements.lengths = lengths(function)
    statements.filled = copied_unbound(function, naming.names)
    expressions.optional = maybe_none(function)
    if layout.sweeps:
        statements.sweep = ""
        statements.returned_at = layout.returned_at
    if layout.pullback_returns is not None:
        statements.pullback_result = lambda results: layout.pullback_returns(
            expressions, [expressions.arg(each) for each in results]
        )
    live = Liveness(function)
    body: list[ast.stmt] = [ast.Expr(ast.Constant(layout.docstring))]
    for parameter in layout.parameters:
        for var, steps in parameter.vars:
            if steps and live.uses(var):
                value: ast.expr = name(parameter.name)
                for step in steps:
                    if step.kind == "attr":
                        value = attribute(value, step.key)
                    else:
                        value = ast.Subscript(value, ast.Constant(step.key), ast.Load())
                body.append(ast.Assign([ast.Name(fixed[var], ast.Store())], value))
    body += statements.returned(
        function.body.stmts,
        function.body.results,
        lambda printed: layout.returns(expressions, printed),
    )
    args = [ast.arg(p.name, _annotation(p.annotation)) for p in layout.parameters]
    made = ast.FunctionDef(
        layout.name, ast.arguments([], args, None, [], [], None, []), body, [],
        _annotation(layout.returns_annotation),
    )  # fmt: skip
    return print_module(ast.Module([made], []))


def _annotation(text: str | None) -> ast.expr | None:
    return ast.parse(text, mode="eval").body if text else None


__all__ = ["Comment", "Emitted", "Layout", "Parameter", "call", "emit"]
