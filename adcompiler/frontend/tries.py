"""``try`` statements: what is guarded is compiled, and the handler that goes on where it raises."""

from __future__ import annotations

import ast
from typing import Any

from adcompiler import errors
from adcompiler.frontend import values as v
from adcompiler.frontend.exits import JUMPS
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import If, Region, Var
from adcompiler.ir.types import BOOL


def try_(lw: Any, stmt: ast.Try) -> None:
    """Where a handler goes on with other values, both ways are compiled; where all that is
    guarded is done when compiling, or every handler raises, the body is what remains."""
    if any(isinstance(e, JUMPS) for part in stmt.finalbody for e in ast.walk(part)):
        raise lw.refuse("a finally block that leaves is not supported", code="AD205")
    handlers = [each for each in stmt.handlers if not _only_raises(each)]
    if handlers and not _done_when_compiling(lw, stmt.body):
        _guarded(lw, stmt, handlers)
    else:
        if not handlers:
            lw.block(stmt.body)
        lw.block(stmt.orelse)
    made = Region()
    with lw.builder.block(made):
        lw.block(stmt.finalbody)
    if any(isinstance(each, n.Effect) for each in n.walk(made)):
        raise lw.refuse(
            "a finally block that prints or draws random numbers is not supported", code="AD205"
        )
    lw.builder.blocks[-1].extend(made.stmts)


def _done_when_compiling(lw: Any, body: list[ast.stmt]) -> bool:
    """Run ``body`` if nothing of it is left to be done when the derivative is called."""
    before, made = lw.state, Region()
    lw.state = before.copy()
    try:
        with lw.builder.block(made):
            lw.block(body)
    except errors.AdcompilerError:
        made.stmts.append(None)  # type: ignore[arg-type]
    if not made.stmts and not lw.state.dead:
        return True
    lw.state = before
    return False


def _guarded(lw: Any, stmt: ast.Try, handlers: list[ast.ExceptHandler]) -> None:
    """A body that may raise, and the one handler that goes on where it does."""
    if len(handlers) > 1:
        raise lw.refuse(
            "several except clauses that go on with values are not supported",
            "write one clause, or test the conditions beforehand",
            node=handlers[1],
            code="AD205",
        )
    (handler,) = handlers
    catches = _caught(lw, handler)
    before, body, other = lw.state, Region(), Region()
    lw.state = before.copy()
    with lw.builder.block(body):
        lw.block(stmt.body)
    after = lw.state
    _unchanged_memory(lw, before, after, stmt)
    lw.state = before.copy()
    for key, value in after.vars.items():
        if key in before.vars and before.vars[key] is value:
            continue
        if not key[1].startswith("%") and not _bound_last(stmt.body, key[1]):
            lw.state.vars[key] = v.Poison(
                f"'{key[1]}' is assigned before something that may raise",
                "assign it in the handler too",
                "AD205",
            )
    if handler.name is not None:
        lw.state.vars[(lw.frame.id, handler.name)] = v.Poison(
            "the exception that was caught is known only at run time", "", "AD205"
        )
    with lw.builder.block(other):
        lw.block(handler.body)
    made = If((), lw.builder.place, const(True), body, other, False, catches)
    lw.state = lw.join_states(before, body, after, other, lw.state, made)
    completed = Var(BOOL, "completed")
    made.outs = (completed, *made.outs)
    body.results.insert(0, const(True))
    other.results.insert(0, const(False))
    lw.builder.add_stmt(made)
    if stmt.orelse:
        lw.branch(completed, lambda: lw.block(stmt.orelse), lambda: None)


def _caught(lw: Any, handler: ast.ExceptHandler) -> tuple[type[BaseException], ...]:
    if handler.type is None:
        return (Exception,)
    found = lw.expr(handler.type)
    items = found.items if isinstance(found, v.TupleV) else (found,)
    classes = [each.value if isinstance(each, v.Static) else None for each in items]
    if not all(isinstance(each, type) and issubclass(each, Exception) for each in classes):
        raise lw.refuse(
            "only classes of exceptions can be caught here", node=handler.type, code="AD205"
        )
    return tuple(classes)  # type: ignore[arg-type]


def _unchanged_memory(lw: Any, before: v.State, after: v.State, stmt: ast.Try) -> None:
    for cell, content in before.heap.items():
        if after.heap.get(cell) is not content:
            name = lw.cell_hint(cell)
            raise lw.refuse(
                f"'{name}' is changed in place before something that may raise",
                "change a copy of it, and take that over behind the try statement",
                node=stmt,
                code="AD205",
            )


def _only_raises(handler: ast.ExceptHandler) -> bool:
    """Whether a handler does nothing but raise, whatever it says: the derivative raises, too."""
    *others, last = handler.body
    quiet = (ast.Assign, ast.AnnAssign, ast.Expr)
    return isinstance(last, ast.Raise) and all(isinstance(each, quiet) for each in others)


def _bound_last(body: list[ast.stmt], name: str) -> bool:
    """Whether nothing that may raise follows the only assignment of a name."""
    bound = [
        stmt
        for stmt in body
        for each in ast.walk(stmt)
        if isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Store)
    ]
    if len(bound) != 1 or not isinstance(bound[0], ast.Assign):
        return False
    behind = body[body.index(bound[0]) + 1 :]
    return all(isinstance(s, ast.Assign) and isinstance(s.value, ast.Constant) for s in behind)
