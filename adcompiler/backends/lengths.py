"""Lengths that have to agree are one length, and loops over one place are no loops.

Two arrays whose lengths must be equal get one name for them, checked on entry; then their loops
have the same bounds, and can be fused.
"""

from __future__ import annotations

from adcompiler.backends import loops as lp
from adcompiler.backends.exprs import ZERO, minus, plus
from adcompiler.backends.loops import Call, Expr, Kernel, Name, Nest, Num, Require, Whole


def settle(kernel: Kernel) -> None:
    """In place: equal lengths by one name, no loops over one place."""
    _unify(kernel)
    _without_unit_loops(kernel.body)


def _unify(kernel: Kernel) -> None:
    """``if n != m: raise`` stands where both are known; from there on m is n."""
    body = kernel.body
    known = {
        s.target: k
        for k, s in enumerate(body)
        if isinstance(s, Whole) and ".shape[" in s.template and s.operands[0] in kernel.params
    }
    first = [s for s in body if isinstance(s, Whole) and s.target in known]
    rest = [s for s in body if not (isinstance(s, Whole) and s.target in known)]
    checks: list[lp.Stmt] = []
    swap: dict[str, Name] = {}
    for stmt in rest:
        pair = _equal_names(stmt, set(known))
        if pair is None:
            continue
        a, b = (_end(name, swap) for name in pair)
        if a != b:
            swap[b.id] = a
        checks.append(stmt)
    body[:] = [*first, *checks, *(s for s in rest if not any(s is c for c in checks))]
    if not swap:
        return

    def change(e: Expr) -> Expr:
        if isinstance(e, Name):
            return _end(e, swap)
        if isinstance(e, Call) and e.fn in ("+", "-") and e.dtype == "int64":
            return plus(*e.args) if e.fn == "+" else minus(*e.args)
        return e

    lp.rewrite([s for s in body if not any(s is c for c in checks)], change)
    _without_decided(body)


def _equal_names(stmt: lp.Stmt, known: set[str]) -> tuple[Name, Name] | None:
    if isinstance(stmt, Require) and isinstance(stmt.cond, Call) and stmt.cond.fn == "==":
        a, b = stmt.cond.args
        if isinstance(a, Name) and isinstance(b, Name) and {a.id, b.id} <= known:
            return a, b
    return None


def _end(name: Name, swap: dict[str, Name]) -> Name:
    while name.id in swap:
        name = swap[name.id]
    return name


def _without_decided(block: list[lp.Stmt]) -> None:
    """Requirements that now hold of themselves are gone."""
    todo = [block]
    while todo:
        each = todo.pop()
        each[:] = [s for s in each if not _holds(s)]
        for stmt in each:
            todo.extend(lp.blocks(stmt))


def _holds(stmt: lp.Stmt) -> bool:
    if not (isinstance(stmt, Require) and isinstance(stmt.cond, Call)):
        return False
    if stmt.cond.fn not in ("==", ">=") or stmt.cond.args[0].dtype != "int64":
        return False
    difference = minus(*stmt.cond.args)
    if not isinstance(difference, Num):
        return False
    return difference.value == 0 if stmt.cond.fn == "==" else difference.value >= 0


def _without_unit_loops(block: list[lp.Stmt]) -> None:
    for stmt in block:
        for inner in lp.blocks(stmt):
            _without_unit_loops(inner)
    out: list[lp.Stmt] = []
    for stmt in block:
        if not isinstance(stmt, Nest):
            out.append(stmt)
            continue
        unit = [k for k, e in enumerate(stmt.lens) if isinstance(e, Num) and e.value == 1]
        if unit:
            gone = {stmt.indices[k] for k in unit}

            def change(e: Expr, gone: set[str] = gone) -> Expr:
                if isinstance(e, Name) and e.id in gone:
                    return ZERO
                if isinstance(e, Call) and e.fn == "+" and e.dtype == "int64":
                    return plus(*e.args)
                return e

            lp.rewrite(stmt.body, change)
            kept = [k for k in range(len(stmt.lens)) if k not in unit]
            stmt.indices = tuple(stmt.indices[k] for k in kept)
            stmt.lens = tuple(stmt.lens[k] for k in kept)
        if stmt.indices:
            out.append(stmt)
        else:
            out.extend(stmt.body)
    block[:] = out
