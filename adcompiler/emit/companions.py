"""How calls of the program's own functions are printed, and what surrounds them.

A record is unpacked at once, ``x, n, record = record``. A function whose whole body is the call of
a companion with the same arguments and results *is* that companion.
"""

from __future__ import annotations

import ast
from typing import Any

from adcompiler.emit.expressions import Expressions, name
from adcompiler.emit.python import Layout, Parameter
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Apply, Function, Var
from adcompiler.ir.rewrite import substituted
from adcompiler.ir.types import RECORD


def companions_of(function: Function, functions: dict[str, Function]) -> list[str]:
    """The functions that are called, directly or not, those that others call first."""
    found: dict[str, None] = {}

    def visit(each: Function) -> None:
        for stmt in n.walk(each.body):
            if isinstance(stmt, Apply) and stmt.callee not in found:
                found[stmt.callee] = None
                visit(functions[stmt.callee])

    visit(function)
    order = list(functions)
    return sorted(found, key=order.index)


def with_calls(
    function: Function, layout: Layout, functions: dict[str, Function], about: dict[str, Any]
) -> tuple[Function, list[tuple[Function, Layout]]]:
    """``function``, as it is to be printed, and what has to be printed above it."""
    called = {key: functions[key] for key in companions_of(function, functions)}
    same = _same_as(function, layout, called)
    if same is not None:
        swap = dict(zip(called[same].params, function.params, strict=True))
        body = substituted(called[same].body, swap)
        function = Function(function.name, function.params, body)
        layout.sweeps = False
        layout.owned = _owned(function)
        del called[same]
        _rename([function, *called.values()], same, layout.name)
    if layout.name in called:
        other = f"{layout.name}_inner"
        called = {other if key == layout.name else key: f for key, f in called.items()}
        about = {**about, other: about[layout.name]}
        _rename([function, *called.values()], layout.name, other)
    layouts = [(each, companion_layout(key, each, about[key])) for key, each in called.items()]
    names = {layout.name, *called}
    for each in (layout, *(made for _, made in layouts)):
        each.reserved = names - {each.name}
    return function, layouts


def _same_as(function: Function, layout: Layout, called: dict[str, Function]) -> str | None:
    """The companion that ``function`` only hands its arguments to."""
    stmts = function.body.stmts
    if len(stmts) != 1 or not isinstance(stmts[0], Apply):
        return None
    stmt = stmts[0]
    plain = not layout.entry and all(
        len(p.vars) == 1 and not p.vars[0][1] and not p.constant and not p.keyword_only
        for p in layout.parameters
    )
    given = [p.vars[0][0] for p in layout.parameters] if plain else []
    if given != list(stmt.args) or list(stmt.outs) != function.results:
        return None
    printed: list[ast.expr] = [name(f"r{k}") for k in range(len(stmt.outs))]
    returned = layout.returns(Expressions({}), list(printed))
    flat = _flat(printed)
    return stmt.callee if ast.dump(returned) == ast.dump(flat) else None


def _flat(printed: list[ast.expr]) -> ast.expr:
    return printed[0] if len(printed) == 1 else ast.Tuple(printed, ast.Load())


def _rename(functions: list[Function], old: str, new: str) -> None:
    for function in functions:
        for stmt in n.walk(function.body):
            if isinstance(stmt, Apply) and stmt.callee == old:
                stmt.callee = new


def companion_layout(key: str, function: Function, about: Any) -> Layout:
    """A companion takes and returns numbers, arrays and records as they are."""
    parameters = []
    taken: set[str] = {key}
    for var in function.params:
        base = chosen = var.hint or "x"
        k = 0
        while chosen in taken:
            k += 1
            chosen = f"{base}_{k}"
        taken.add(chosen)
        parameters.append(Parameter(chosen, None, [(var, ())]))
    return Layout(
        key, about.docstring, parameters, lambda ex, printed: _flat(printed), _owned(function),
        every_line=about.every_line, label=about.of,
    )  # fmt: skip


def _owned(function: Function) -> list[int]:
    """What a function that is called returns is the caller's, but for records."""
    return [
        k
        for k, each in enumerate(function.results)
        if not (isinstance(each, Var) and each.type == RECORD)
    ]


__all__ = ["companions_of", "with_calls"]
