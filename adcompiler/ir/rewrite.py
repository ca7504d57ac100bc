"""Statements with other atoms in them: substitution, and copies with variables of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Region, Stmt, Var

AtomMap = Callable[[Any], Any]


def mapped(stmt: Stmt, atom: AtomMap, var: AtomMap | None = None) -> Stmt:
    """A new statement with ``atom`` applied to what it reads and ``var`` to what it defines."""
    define = var or (lambda v: v)

    def region(old: Region) -> Region:
        params = [define(p) for p in old.params]
        stmts = [mapped(each, atom, var) for each in old.stmts]
        return Region(params, stmts, [atom(each) for each in old.results])

    if isinstance(stmt, n.If):
        cond = atom(stmt.cond)
        then, orelse = region(stmt.then), region(stmt.orelse)
        outs = tuple(define(v) for v in stmt.outs)
        return n.If(outs, stmt.place, cond, then, orelse, stmt.expression, stmt.catches)
    if isinstance(stmt, n.For):
        bounds = [atom(each) for each in (stmt.start, stmt.stop, stmt.step)]
        inits = [atom(each) for each in stmt.inits]
        body = region(stmt.body)
        outs = tuple(define(v) for v in stmt.outs)
        return n.For(outs, stmt.place, *bounds, inits, body, stmt.until)
    if isinstance(stmt, n.While):
        inits = [atom(each) for each in stmt.inits]
        test, body = region(stmt.test), region(stmt.body)
        outs = tuple(define(v) for v in stmt.outs)
        return n.While(outs, stmt.place, inits, test, body, stmt.until)
    if isinstance(stmt, n.Pullback):
        body = region(stmt.body)
        return type(stmt)(tuple(define(v) for v in stmt.outs), stmt.place, body)
    if isinstance(stmt, n.Op):
        args = n.map_atoms(stmt.args, atom)
        kwargs = {k: n.map_atoms(each, atom) for k, each in stmt.kwargs.items()}
        return n.Op(tuple(define(v) for v in stmt.outs), stmt.place, stmt.fn, args, kwargs)
    if isinstance(stmt, n.Effect):
        args = n.map_atoms(stmt.args, atom)
        kwargs = {k: n.map_atoms(each, atom) for k, each in stmt.kwargs.items()}
        return n.Effect(tuple(define(v) for v in stmt.outs), stmt.place, stmt.fn, args, kwargs)
    if isinstance(stmt, n.Raise):
        return n.Raise((), stmt.place, stmt.fn, n.map_atoms(stmt.args, atom))
    assert isinstance(stmt, n.Apply)
    args = n.map_atoms(stmt.args, atom)
    outs = tuple(define(v) for v in stmt.outs)
    return n.Apply(outs, stmt.place, stmt.callee, args, stmt.effects)


def substituted(region: Region, swap: dict[Any, Any]) -> Region:
    """``region`` reading other atoms; it defines the same variables."""

    def atom(each: Any) -> Any:
        return swap.get(each, each) if isinstance(each, Var) else each

    stmts = [mapped(stmt, atom) for stmt in region.stmts]
    return Region(list(region.params), stmts, [atom(each) for each in region.results])


def cloned(stmts: list[Stmt], env: dict[Any, Any]) -> list[Stmt]:
    """The statements again, defining variables of their own, which ``env`` tells of."""

    def atom(each: Any) -> Any:
        return env.get(each, each) if isinstance(each, Var) else each

    def var(old: Var) -> Var:
        new = env[old] = Var(old.type, old.hint, old.user)
        return new

    return [mapped(stmt, atom, var) for stmt in stmts]
