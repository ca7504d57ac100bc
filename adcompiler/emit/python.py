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
from adcompiler.emit.lines import Lines, user_lines
from adcompiler.emit.names import sanitised
from adcompiler.emit.naming import Naming
from adcompiler.emit.printer import Comment, printed
from adcompiler.emit.statements import Statements, copied_unbound, lengths, maybe_none
from adcompiler.emit.typing import is_plainly_typed
from adcompiler.emit.unread import without_unread
from adcompiler.ir.nodes import Function, Var
from adcompiler.optimise.buffers import place_buffers


@dataclass
class Parameter:
    """A parameter of the emitted function; its value may be taken apart on entry."""

    name: str
    annotation: str | None = None
    vars: list[tuple[Var, tuple[Any, ...]]] = field(default_factory=list)
    default: ast.expr | None = None
    keyword_only: bool = False
    constant: bool = False  # not a parameter of the text: a name of the module it is put into


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
    entry: list[ast.stmt] = field(default_factory=list)  # checks of the arguments


@dataclass
class Emitted:
    """Functions as text, with what they need: helpers of ours, modules, objects without a name to
    import them by.
    """

    name: str
    functions: list[str]
    helpers: list[str]
    modules: dict[str, str]
    objects: dict[str, Any]
    plainly_typed: bool  # each name holds values of one type, which a type checker can infer
    origins: list[Lines]  # of each function, where its lines come from

    @property
    def text(self) -> str:
        return "\n\n".join([*map(helper_text, self.helpers), *self.functions])

    @property
    def lines(self) -> Lines:
        """Where the lines of the text come from."""
        found: Lines = {}
        above = sum(helper_text(helper).count("\n") + 2 for helper in self.helpers)
        for text, origins in zip(self.functions, self.origins, strict=True):
            found.update({above + line: user for line, user in origins.items()})
            above += text.count("\n") + 2
        return found


Companion = tuple[Function, Layout]


def emit(function: Function, layout: Layout, companions: Sequence[Companion] = ()) -> Emitted:
    """The text of ``function``, below that of the functions it calls, ready to be executed or
    written to a file.
    """
    shared = Expressions({})
    typed: list[bool] = []
    made = [_printed(*each, shared, typed) for each in (*companions, (function, layout))]
    if shared.helpers:
        shared.module("numpy")
    helpers = sorted(shared.helpers)
    texts = [text for text, _ in made]
    plainly_typed = all(typed) and not any("np.add.at(" in text for text in texts)
    origins = [lines for _, lines in made]
    return Emitted(
        layout.name, texts, helpers, shared.modules, shared.objects, plainly_typed, origins
    )


def helper_text(helper: str) -> str:
    """The text of a function of `adcompiler.runtime`."""
    return inspect.getsource(getattr(runtime, helper))


def _printed(
    function: Function, layout: Layout, shared: Expressions, typed: list[bool]
) -> tuple[str, Lines]:
    """One function; ``shared`` learns what the text has to import and define, ``typed`` whether a
    type checker will follow it.
    """
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
    constants = {p.name for p in layout.parameters if p.constant}
    naming = Naming(function, aliases, fixed, reserved, constants)
    expressions = Expressions(naming.names)
    expressions.modules, expressions.helpers = shared.modules, shared.helpers
    expressions.objects = shared.objects
    statements = Statements(expressions, aliases, layout.every_line, layout.label)
    statements.lengths = lengths(function)
    statements.filled = copied_unbound(function, naming.names)
    expressions.optional = maybe_none(function)
    typed.append(is_plainly_typed(function, naming.names) and not expressions.optional)
    if layout.sweeps:
        statements.sweep = ""
        statements.returned_at = layout.returned_at
    if layout.pullback_returns is not None:
        statements.pullback_result = lambda results: layout.pullback_returns(
            expressions, [expressions.arg(each) for each in results]
        )
    live = Liveness(function)
    body: list[ast.stmt] = [ast.Expr(ast.Constant(layout.docstring)), *layout.entry]
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
        lambda values: layout.returns(expressions, values),
    )
    body = without_unread(body)
    made = ast.FunctionDef(
        layout.name, signature(layout), body, [], _annotation(layout.returns_annotation)
    )
    tree = ast.Module([made], [])
    text, read = printed(tree)
    return text, user_lines(tree, read)


def signature(layout: Layout) -> ast.arguments:
    """The parameters of the emitted function."""
    taken = [p for p in layout.parameters if not p.constant]
    args = [ast.arg(p.name, _annotation(p.annotation)) for p in taken if not p.keyword_only]
    only = [ast.arg(p.name, _annotation(p.annotation)) for p in taken if p.keyword_only]
    defaults: list[ast.expr] = []
    for each in (p for p in taken if not p.keyword_only):
        defaults = [*defaults, each.default] if each.default is not None else []
    return ast.arguments([], args, None, only, [None] * len(only), None, defaults)


def _annotation(text: str | None) -> ast.expr | None:
    return ast.parse(text, mode="eval").body if text else None


__all__ = ["Comment", "Emitted", "Layout", "Parameter", "call", "emit"]
