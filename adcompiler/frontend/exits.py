"""``break``, ``continue``, early ``return`` and loop ``else`` without jumps.

What follows an ``if`` that leaves becomes its other branch. Where a loop or a nested ``if`` only
*may* leave, it says so in a flag (a name that no user can write), and what follows asks the flag;
an expression returned out of a loop is evaluated after it, once::

    for i in range(n):             %exit1 = False
        x = x + rate * x           for i in range(n):
        if x > limit:                  x = x + rate * x
            return x * x               if x > limit: %exit1 = True; break
    return x                       if %exit1: return x * x
                                   else: return x

Afterwards ``return`` and ``break`` stand in tail position only, and no loop has an ``else``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

Leave = Callable[[ast.stmt], list[ast.stmt]]
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_LOOPS = (ast.For, ast.While)
JUMPS = (ast.Return, ast.Break, ast.Continue)


def without_jumps(body: list[ast.stmt], end: ast.stmt) -> list[ast.stmt]:
    """The statements of a function's body, equal in meaning, with exits in tail position only.

    Where control can fall off the end of a function that returns values, it comes to ``end``.
    """
    if _returns(body) and not always_leaves(body):
        body = [*body, ast.fix_missing_locations(ast.copy_location(end, body[-1]))]
    return _Desugar().sequence(body, lambda stmt: [stmt])


def _returns(body: list[ast.stmt]) -> bool:
    """Whether a value is returned somewhere in ``body``."""
    todo: list[ast.AST] = list(body)
    while todo:
        each = todo.pop()
        if isinstance(each, ast.Return) and each.value is not None:
            return True
        if not isinstance(each, (*_SCOPES, ast.expr)):
            todo.extend(ast.iter_child_nodes(each))
    return False


def leaves(stmt: ast.AST, in_loop: bool = False) -> bool:
    """Whether a ``return``, or an enclosing loop's ``break`` or ``continue``, is in ``stmt``."""
    returns, jumps = _exits(stmt)
    return returns or (jumps and not in_loop)


def _exits(stmt: ast.AST) -> tuple[bool, bool]:
    """Whether there is a ``return`` in ``stmt``, and a ``break`` or ``continue`` of a loop around;
    kept with the statement, since every level of a nest asks again.
    """
    found: tuple[bool, bool] | None = getattr(stmt, "_exits", None)
    if found is None:
        if isinstance(stmt, (*_SCOPES, ast.expr)):
            return False, False
        inner = [_exits(child) for child in ast.iter_child_nodes(stmt)]
        returns = isinstance(stmt, ast.Return) or any(each[0] for each in inner)
        jumps = isinstance(stmt, ast.Break | ast.Continue) or any(each[1] for each in inner)
        found = returns, jumps and not isinstance(stmt, _LOOPS)
        stmt._exits = found  # type: ignore[attr-defined]
    return found


def always_leaves(body: list[ast.stmt]) -> bool:
    """Whether control never falls off the end of ``body``."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, ast.Return | ast.Break | ast.Continue | ast.Raise):
        return True
    if isinstance(last, ast.If):
        return always_leaves(last.body) and always_leaves(last.orelse)
    if isinstance(last, ast.With):
        return always_leaves(last.body)
    if isinstance(last, ast.Try):
        body = always_leaves(last.body) or always_leaves(last.orelse)
        return body and all(always_leaves(handler.body) for handler in last.handlers)
    if isinstance(last, ast.While):
        return _endless(last) and not _breaks(last.body)
    return False


def _endless(loop: ast.stmt) -> bool:
    return (
        isinstance(loop, ast.While)
        and isinstance(loop.test, ast.Constant)
        and bool(loop.test.value)
    )


def _breaks(body: list[ast.stmt]) -> bool:
    for stmt in body:
        if isinstance(stmt, ast.Break):
            return True
        if isinstance(stmt, _SCOPES):
            continue
        if isinstance(stmt, _LOOPS):
            if _breaks(stmt.orelse):
                return True
            continue
        for name in ("body", "orelse", "finalbody"):
            if _breaks(getattr(stmt, name, [])):
                return True
        for handler in getattr(stmt, "handlers", []):
            if _breaks(handler.body):
                return True
    return False


def _binds(test: ast.expr) -> bool:
    return any(isinstance(each, ast.NamedExpr) for each in ast.walk(test))


def _test_inside(loop: ast.While) -> ast.While:
    """``while (x := f()) > 0: ...`` with the test as the body's first statement."""
    negated = ast.copy_location(ast.UnaryOp(ast.Not(), loop.test), loop.test)
    leave = _if(negated, [ast.copy_location(ast.Break(), loop.test)], [], loop.test)
    always = ast.copy_location(ast.Constant(True), loop.test)
    return ast.copy_location(ast.While(always, [leave, *loop.body], loop.orelse), loop)


class _Flag:
    """A flag and the exits it tells apart; 0 is none. With one exit only it is a boolean."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.exits: list[ast.stmt] = []
        self._codes: list[ast.Constant] = []

    def set(self, stmt: ast.stmt) -> ast.stmt:
        self.exits.append(stmt)
        return self.assign(len(self.exits), stmt)

    def assign(self, code: int, at: ast.AST) -> ast.stmt:
        constant = ast.Constant(code)
        self._codes.append(constant)
        node = ast.Assign([ast.Name(self.name, ast.Store())], constant)
        return ast.fix_missing_locations(ast.copy_location(node, at))

    def test(self, code: int, at: ast.AST) -> ast.expr:
        name: ast.expr = ast.Name(self.name, ast.Load())
        if len(self.exits) == 1:
            node = name if code else ast.UnaryOp(ast.Not(), name)
        else:
            node = ast.Compare(name, [ast.Eq()], [ast.Constant(code)])
        return ast.fix_missing_locations(ast.copy_location(node, at))

    def settle(self) -> None:
        """All exits are known: one alone makes the flag a boolean."""
        if len(self.exits) == 1:
            for constant in self._codes:
                constant.value = bool(constant.value)


def _if(test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt], at: ast.AST) -> ast.If:
    return ast.copy_location(ast.If(test, body or [ast.Pass()], orelse), at)


class _Desugar:
    def __init__(self) -> None:
        self.flags = 0

    def flag(self) -> _Flag:
        self.flags += 1
        return _Flag(f"%exit{self.flags}")

    def sequence(self, stmts: list[ast.stmt], leave: Leave) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for k, stmt in enumerate(stmts):
            rest = stmts[k + 1 :]
            if isinstance(stmt, JUMPS):
                return out + leave(stmt)
            if isinstance(stmt, ast.Raise):
                return [*out, stmt]
            if isinstance(stmt, _LOOPS):
                made, done = self.loop(stmt, rest, leave)
                out += made
                if done:
                    return out
            elif isinstance(stmt, ast.If | ast.With | ast.Try) and leaves(stmt):
                return out + self.leaving(stmt, rest, leave)
            elif isinstance(stmt, ast.If):
                body = self.sequence(stmt.body, leave)
                orelse = self.sequence(stmt.orelse, leave)
                out.append(_if(stmt.test, body, orelse, stmt))
            elif isinstance(stmt, ast.With):
                out.append(self.with_body(stmt, self.sequence(stmt.body, leave)))
            elif isinstance(stmt, ast.Try):
                out.append(self.tried(stmt, leave, leave))
            else:
                out.append(stmt)
        return out

    def tried(self, stmt: ast.Try, leave: Leave, inside: Leave) -> ast.Try:
        """``inside`` is how the body leaves: what it returns is computed where it is caught."""
        handlers = [
            ast.copy_location(
                ast.ExceptHandler(each.type, each.name, self.sequence(each.body, leave)), each
            )
            for each in stmt.handlers
        ]
        body, orelse = self.sequence(stmt.body, inside), self.sequence(stmt.orelse, leave)
        final = self.sequence(stmt.finalbody, leave)
        return ast.copy_location(ast.Try(body or [ast.Pass()], handlers, orelse, final), stmt)

    def with_body(self, stmt: ast.With, body: list[ast.stmt]) -> ast.With:
        return ast.copy_location(ast.With(stmt.items, body or [ast.Pass()]), stmt)

    def leaving(self, stmt: ast.stmt, rest: list[ast.stmt], leave: Leave) -> list[ast.stmt]:
        """``stmt`` has an exit in it somewhere; what follows it goes where it can be reached."""
        if isinstance(stmt, ast.If):
            if always_leaves(stmt.body):
                orelse = self.sequence(stmt.orelse + rest, leave)
                return [_if(stmt.test, self.sequence(stmt.body, leave), orelse, stmt)]
            if always_leaves(stmt.orelse):
                body = self.sequence(stmt.body + rest, leave)
                return [_if(stmt.test, body, self.sequence(stmt.orelse, leave), stmt)]
        elif isinstance(stmt, ast.With) and always_leaves(stmt.body):
            return [self.with_body(stmt, self.sequence(stmt.body, leave))]
        flag = self.flag()

        def mark(exit: ast.stmt) -> list[ast.stmt]:
            return [flag.set(exit)]

        def mark_inside(exit: ast.stmt) -> list[ast.stmt]:
            if not isinstance(exit, ast.Return) or exit.value is None:
                return mark(exit)
            name = f"{flag.name}%result"
            value = ast.Assign([ast.Name(name, ast.Store())], exit.value)
            again = ast.Return(ast.Name(name, ast.Load()))
            for each in (value, again):
                ast.fix_missing_locations(ast.copy_location(each, exit))
            return [value, *mark(again)]

        if isinstance(stmt, ast.Try):
            made: ast.stmt = self.tried(stmt, mark, mark_inside)
            never_falls = always_leaves([stmt])
            before = flag.assign(0, stmt)
            flag.settle()
            ends = self.dispatch(flag, flag.exits, rest, leave, never_falls)
            return [before, made, *ends]
        if isinstance(stmt, ast.If):
            body = self.sequence(stmt.body, mark)
            made = _if(stmt.test, body, self.sequence(stmt.orelse, mark), stmt)
        else:
            assert isinstance(stmt, ast.With)
            made = self.with_body(stmt, self.sequence(stmt.body, mark))
        before = flag.assign(0, stmt)
        flag.settle()
        return [before, made, *self.dispatch(flag, flag.exits, rest, leave)]

    def dispatch(
        self,
        flag: _Flag,
        exits: list[ast.stmt],
        rest: list[ast.stmt],
        leave: Leave,
        never_falls: bool = False,
    ) -> list[ast.stmt]:
        """Leave as the flag says, else go on with ``rest``."""
        if never_falls:
            *exits, last = exits
            out = leave(last)
        else:
            out = self.sequence(rest, leave)
        for exit in reversed(exits):
            code = flag.exits.index(exit) + 1
            out = [_if(flag.test(code, exit), leave(exit), out, exit)]
        return out

    def loop(
        self, stmt: ast.stmt, rest: list[ast.stmt], leave: Leave
    ) -> tuple[list[ast.stmt], bool]:
        """The loop and what depends on how it ended; whether ``rest`` is taken care of."""
        assert isinstance(stmt, _LOOPS)
        if isinstance(stmt, ast.While) and _binds(stmt.test):
            stmt = _test_inside(stmt)
        flag = self.flag()

        def leave_loop(exit: ast.stmt) -> list[ast.stmt]:
            if isinstance(exit, ast.Continue):
                return []
            if isinstance(exit, ast.Return) or stmt.orelse:
                return [flag.set(exit), ast.copy_location(ast.Break(), exit)]
            return [exit]

        body = self.sequence(stmt.body, leave_loop) or [ast.Pass()]
        made: ast.stmt
        if isinstance(stmt, ast.For):
            made = ast.For(stmt.target, stmt.iter, body, [])
        else:
            made = ast.While(stmt.test, body, [])
        ast.copy_location(made, stmt)
        if not flag.exits:
            return [made, *self.sequence(stmt.orelse + rest, leave)], True
        returns = [exit for exit in flag.exits if isinstance(exit, ast.Return)]
        after = list(rest)
        if stmt.orelse:
            after.insert(0, _if(flag.test(0, stmt), stmt.orelse, [], stmt))
        never_falls = bool(returns) and _endless(stmt) and not _breaks(stmt.body)
        before = flag.assign(0, stmt)
        flag.settle()
        tail = self.dispatch(flag, returns, after, leave, never_falls)
        return [before, made, *tail], True
