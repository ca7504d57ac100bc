"""Flags that nobody reads, taken out of the text.

How a loop ended is noted for the reverse sweep, which need not ask.

Before::

    if n >= 5:
        stop = True
        break

After::

    if n >= 5:
        break
"""

from __future__ import annotations

import ast

from adcompiler.emit.tidy import walk

_BODIES = ("body", "orelse", "finalbody")


def without_unread(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements but for ``x = True`` and its like, where ``x`` is never read."""
    nodes = [node for stmt in body for node in walk(stmt)]
    read = {each.id for each in nodes if isinstance(each, ast.Name) and _is_load(each)}
    changed = [each.target for each in nodes if isinstance(each, ast.AugAssign)]
    read |= {each.id for each in changed if isinstance(each, ast.Name)}
    for node in nodes:
        for part in _BODIES:
            inner = getattr(node, part, None)
            if isinstance(inner, list) and any(_is_unread(each, read) for each in inner):
                kept = [each for each in inner if not _is_unread(each, read)]
                setattr(node, part, kept or ([ast.Pass()] if part == "body" else []))
    return [each for each in body if not _is_unread(each, read)]


def _is_load(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


def _is_unread(stmt: ast.AST, read: set[str]) -> bool:
    return (
        isinstance(stmt, ast.Assign)
        and isinstance(stmt.value, ast.Constant)
        and all(isinstance(x, ast.Name) and x.id not in read for x in stmt.targets)
    )
