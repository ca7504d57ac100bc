"""Remove what nobody reads: statements, results of branches, values that loops carry.

Marking starts at what is returned and at effects, and follows reads backwards; a carried value is
kept only if what follows the loop, or the loop itself, needs it. A value that a loop carries
unchanged, and a result that is the same on both branches, is replaced by what it equals.

Before::

    %t = call np.sin(%x)
    %y, %z = for %i in range(0, %n, 1) carry(%a = %x, %b = %x) { ... yield %a, %c }
    return %z

After (``sin`` is not read, ``a`` never changes)::

    %z = for %i in range(0, %n, 1) carry(%b = %x) { ... yield %c }
    return %z
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, For, Function, If, Pullback, Region, Stmt, Undef, Var, While
from adcompiler.ir.rewrite import substituted


def prune(function: Function) -> Function:
    """The function without what its results and effects don't need."""
    body = function.body
    for _ in range(8):
        equal = _equalities(body)
        if not equal:
            break
        body = substituted(body, equal)
    marks = _Marks(body)
    return Function(function.name, function.params, _swept(body, marks))


def _equalities(region: Region) -> dict[Any, Any]:
    """Loop results and branch results that are known under another name already."""
    equal: dict[Any, Any] = {}

    def settle(atom: Any) -> Any:
        while isinstance(atom, Var) and atom in equal:
            atom = equal[atom]
        return atom

    region_of = {out: stmt for stmt in n.walk(region) for out in stmt.outs}
    for stmt in n.walk(region):
        if isinstance(stmt, For | While):
            params = stmt.body.params[1:] if isinstance(stmt, For) else stmt.body.params
            for k, (out, param) in enumerate(zip(stmt.outs, params, strict=True)):
                if k == stmt.until:
                    continue
                result = settle(stmt.body.results[k])
                init = settle(stmt.inits[k])
                if (result is param or result is init) and not isinstance(init, Undef):
                    equal[out] = equal[param] = init
                    if isinstance(stmt, While):
                        equal[stmt.test.params[k]] = init
                elif _is_exit_flag(stmt, k, param, region_of):
                    assert stmt.until is not None
                    equal[out] = stmt.outs[stmt.until]
                    equal[param] = Const(False, out.type)
                    stmt.outs[stmt.until].hint = out.hint
                    stmt.body.params[
                        stmt.until + len(stmt.body.params) - len(stmt.outs)
                    ].hint = out.hint
                    if isinstance(stmt, While):
                        equal[stmt.test.params[k]] = Const(False, out.type)
        elif isinstance(stmt, If):
            for out, a, b in zip(stmt.outs, stmt.then.results, stmt.orelse.results, strict=True):
                a, b = settle(a), settle(b)
                if a is b or _same(a, b):
                    equal[out] = a
    return {var: settle(atom) for var, atom in equal.items()}


def _is_exit_flag(stmt: For | While, k: int, param: Var, made: dict[Var, Stmt]) -> bool:
    """Whether a carried flag is set exactly where the loop is left."""
    init = stmt.inits[k]
    if stmt.until is None or not (isinstance(init, Const) and init.value is False):
        return False

    def agree(flag: Any, leaves: Any) -> bool:
        if isinstance(leaves, Const):
            if leaves.value is False:
                return flag is param or (isinstance(flag, Const) and flag.value is False)
            return isinstance(flag, Const) and flag.value is True
        branch = made.get(leaves)
        if not isinstance(branch, If) or branch is not made.get(flag):
            return False
        i, j = branch.outs.index(flag), branch.outs.index(leaves)
        return agree(branch.then.results[i], branch.then.results[j]) and agree(
            branch.orelse.results[i], branch.orelse.results[j]
        )

    return agree(stmt.body.results[k], stmt.body.results[stmt.until])


def _same(a: Any, b: Any) -> bool:
    return (
        isinstance(a, Const)
        and isinstance(b, Const)
        and type(a.value) is type(b.value)
        and repr(a.value) == repr(b.value)
        and isinstance(a.value, bool | int | float | str)
    )


class _Marks:
    """The variables and statements that are needed."""

    def __init__(self, body: Region) -> None:
        self.vars: set[Var] = set()
        self.stmts: set[int] = set()
        self.todo: list[Any] = []
        self.origin: dict[Var, tuple[Stmt, int]] = {}
        self.around: dict[int, Stmt | None] = {}
        roots: list[Stmt] = []
        stack: list[tuple[Region, Stmt | None]] = [(body, None)]
        while stack:
            region, owner = stack.pop()
            for stmt in region.stmts:
                self.around[id(stmt)] = owner
                for k, out in enumerate(stmt.outs):
                    self.origin[out] = (stmt, k)
                if isinstance(stmt, n.Effect | n.Raise) or getattr(stmt, "effects", False):
                    roots.append(stmt)
                if isinstance(stmt, For):
                    self.origin[stmt.body.params[0]] = (stmt, -1)
                if isinstance(stmt, For | While):
                    shift = 1 if isinstance(stmt, For) else 0
                    for inner in n.regions(stmt):
                        for k, param in enumerate(inner.params[shift:]):
                            self.origin[param] = (stmt, k)
                stack.extend((inner, stmt) for inner in n.regions(stmt))
        for stmt in roots:
            self.need_stmt(stmt)
            self.need(n.operands(stmt))
        self.need(body.results)
        while self.todo:
            self.visit(self.todo.pop())

    def need(self, atoms: Any) -> None:
        for atom in n.flatten(list(atoms)):
            if isinstance(atom, Var) and atom not in self.vars:
                self.vars.add(atom)
                self.todo.append(atom)

    def need_stmt(self, stmt: Stmt | None) -> None:
        """The statement is executed, so what decides whether and how often it is, is needed."""
        while stmt is not None and id(stmt) not in self.stmts:
            self.stmts.add(id(stmt))
            if isinstance(stmt, If):
                self.need([stmt.cond])
                if stmt.catches:  # what it does may raise, and the first of its results tells
                    self.need(stmt.outs[:1])
                    for each in n.walk(stmt.then):
                        if each.place is None or not each.place.derived:
                            self.need_stmt(each)
                            self.need(n.operands(each))
            elif isinstance(stmt, For):
                self.need([stmt.start, stmt.stop, stmt.step])
            elif isinstance(stmt, While):
                self.need(stmt.test.results)
            if isinstance(stmt, For | While) and stmt.until is not None:
                self.carried(stmt, stmt.until)
            if isinstance(stmt, Pullback):
                self.need(stmt.body.results)
            stmt = self.around[id(stmt)]

    def carried(self, stmt: For | While, k: int) -> None:
        shift = 1 if isinstance(stmt, For) else 0
        own = [stmt.outs[k], stmt.body.params[k + shift], stmt.inits[k], stmt.body.results[k]]
        if isinstance(stmt, While):
            own.append(stmt.test.params[k])
        self.need(own)

    def visit(self, var: Var) -> None:
        if var not in self.origin:
            return
        stmt, k = self.origin[var]
        self.need_stmt(stmt)
        if isinstance(stmt, If):
            self.need([stmt.then.results[k], stmt.orelse.results[k]])
        elif isinstance(stmt, For | While):
            if k >= 0:
                self.carried(stmt, k)
        elif not isinstance(stmt, Pullback):
            self.need(n.operands(stmt))


def _swept(region: Region, marks: _Marks) -> Region:
    return Region(region.params, _sweep(region.stmts, marks), region.results)


def _sweep(stmts: list[Stmt], marks: _Marks) -> list[Stmt]:
    kept: list[Stmt] = []
    for stmt in stmts:
        if id(stmt) not in marks.stmts:
            continue
        if isinstance(stmt, If):
            live = [k for k, out in enumerate(stmt.outs) if out in marks.vars]
            then, orelse = (
                Region([], _sweep(r.stmts, marks), [r.results[k] for k in live])
                for r in (stmt.then, stmt.orelse)
            )
            outs = tuple(stmt.outs[k] for k in live)
            if outs or then.stmts or orelse.stmts:
                kept.append(replace(stmt, outs=outs, then=then, orelse=orelse))
        elif isinstance(stmt, For | While):
            kept.append(_loop(stmt, marks))
        elif isinstance(stmt, Pullback):
            kept.append(type(stmt)(stmt.outs, stmt.place, _swept(stmt.body, marks)))
        else:
            kept.append(stmt)
    return kept


def _loop(stmt: For | While, marks: _Marks) -> Stmt:
    shift = 1 if isinstance(stmt, For) else 0
    live = [
        k
        for k, out in enumerate(stmt.outs)
        if out in marks.vars or stmt.body.params[k + shift] in marks.vars
    ]
    outs = tuple(stmt.outs[k] for k in live)
    inits = [stmt.inits[k] for k in live]
    params = stmt.body.params[:shift] + [stmt.body.params[k + shift] for k in live]
    body = Region(params, _sweep(stmt.body.stmts, marks), [stmt.body.results[k] for k in live])
    until = live.index(stmt.until) if stmt.until is not None else None
    if isinstance(stmt, For):
        return For(outs, stmt.place, stmt.start, stmt.stop, stmt.step, inits, body, until)
    test = Region(
        [stmt.test.params[k] for k in live], _sweep(stmt.test.stmts, marks), stmt.test.results
    )
    return While(outs, stmt.place, inits, test, body, until)
