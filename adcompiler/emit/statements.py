"""Statements of the IR as Python statements: loops, branches and exits as people write them."""

from __future__ import annotations

import ast
import operator
from typing import Any

from adcompiler.analyses.flow import carried, incoming
from adcompiler.emit.expressions import BINARY, Expressions, attribute, call, name
from adcompiler.emit.lines import place_of, placed
from adcompiler.emit.printer import Comment
from adcompiler.emit.records import items_from, unpacked
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import (
    Const,
    For,
    If,
    Op,
    Place,
    Pullback,
    Raise,
    Region,
    Stmt,
    Undef,
    Var,
    While,
)
from adcompiler.ir.types import Array, List, Saved, Scalar
from adcompiler.optimise.buffers import Aliases

Assignments = list[tuple[str, Any]]
_AUGMENTED = {operator.add, operator.sub, operator.mul, operator.truediv}


class Statements:
    """Prints one function's regions."""

    def __init__(
        self, expressions: Expressions, aliases: Aliases, every_line: bool, label: str
    ) -> None:
        self.ex = expressions
        self.names = expressions.names
        self.aliases = aliases
        self.every_line = every_line  # forward mode: a comment for each of the user's lines
        self.label = label
        self.filled: set[str] = set()  # names that get None where they are not bound
        self.lengths: dict[Var, Op] = {}
        self.returned_at: Place | None = None  # told above the seeds that a loop starts from
        self.line: tuple[str, int] | None = None
        self.sweep: str | None = None

    # ---- regions

    def body(self, stmts: list[Stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        read = 0
        for k, stmt in enumerate(stmts):
            if isinstance(stmt, Op) and stmt.fn is n.ITEM:
                if k >= read:
                    read = k + items_from(stmts, k)
                    out += unpacked(self.ex, stmts[k:read])
                continue
            self.comment(stmt, out)
            if isinstance(stmt, Op) and stmt.fn is n.DROP and self.popped(out, stmt):
                continue
            out += placed(self.stmt(stmt), stmt.place)
        return out

    def popped(self, out: list[ast.stmt], drop: Op) -> bool:
        """``e = l[-1]`` just before makes it ``e = l.pop()``."""
        last = out[-1] if out else None
        if not isinstance(last, ast.Assign | ast.AugAssign):
            return False
        element = ast.Subscript(self.ex.arg(drop.args[0]), ast.Constant(-1), ast.Load())
        if ast.dump(last.value) != ast.dump(element):
            return False
        last.value = call(attribute(self.ex.arg(drop.args[0]), "pop"))
        return True

    def returned(self, stmts: list[Stmt], results: list[Any], give: Any) -> list[ast.stmt]:
        """The end of a function; a branch that decides the result returns it."""
        last = stmts[-1] if stmts else None
        apart = self.sweep is None  # a reverse sweep has one way out
        if (
            apart
            and isinstance(last, If)
            and not last.expression
            and not last.catches
            and last.outs
            and all(isinstance(r, Const) or r in last.outs for r in results)
        ):
            out = self.body(stmts[:-1])
            sides = []
            for region in (last.then, last.orelse):
                swap = dict(zip(last.outs, region.results, strict=True))
                inner = [_swapped(value, swap) for value in results]
                sides.append(self.returned(region.stmts, inner, give))
            then, orelse = sides
            return [*out, ast.If(self.ex.arg(last.cond), then, []), *orelse]
        out = self.body(stmts)
        if out and isinstance(out[-1], ast.Raise):
            return out
        end: list[ast.stmt] = [ast.Return(give([self.ex.arg(each) for each in results]))]
        out += placed(end, place_of(results))
        return out

    def nested(self, make: Any) -> list[ast.stmt]:
        """What a region is printed as; inside, each line is named anew."""
        before, self.line = self.line, None
        made = make()
        self.line = before
        return made

    def comment(self, stmt: Stmt, out: list[ast.stmt]) -> None:
        place = stmt.place
        if place is None or not place.line:
            return
        if self.sweep is not None:
            sweep = "reverse" if place.reverse else "forward"
            if sweep != self.sweep:
                self.sweep = sweep
                self.line = None
                out.append(Comment(f"{sweep} sweep"))
        if isinstance(stmt, For | While):
            if self.sweep == "reverse" and self.returned_at is not None:
                self.told(self.returned_at, out)
            return
        if not (place.derived or self.every_line) or (place.derived and _starts_loop(stmt)):
            return
        if isinstance(stmt, If) and isinstance(place.node, ast.If | ast.Return):
            return
        if isinstance(stmt, Op) and stmt.fn is n.LIST and not place.derived:
            return
        self.told(place, out)

    def told(self, place: Place, out: list[ast.stmt]) -> None:
        """The user's line, once for all that follows from it."""
        at = (place.function, place.line)
        if self.sweep == "reverse":
            self.returned_at = None
        if at != self.line:
            self.line = at
            where = "" if place.function in ("", self.label) else f"{place.function} "
            out.append(Comment(f"{where}L{place.line}  {place.text}"))

    def stmt(self, stmt: Stmt) -> list[ast.stmt]:
        if isinstance(stmt, Op):
            return self.op(stmt)
        if isinstance(stmt, If):
            return self.branch(stmt)
        if isinstance(stmt, For):
            return self.for_(stmt)
        if isinstance(stmt, While):
            return self.while_(stmt)
        if isinstance(stmt, n.Closure):
            return self.closure(stmt)
        if isinstance(stmt, Pullback):
            return self.pullback(stmt)
        if isinstance(stmt, n.Effect):
            kwargs = {k: self.ex.arg(each) for k, each in stmt.kwargs.items()}
            made = self.ex.effect(stmt, kwargs)
            if not stmt.outs:
                return [ast.Expr(made)]
            return [ast.Assign([ast.Name(self.names[stmt.outs[0]], ast.Store())], made)]
        if isinstance(stmt, n.Apply):
            called = call(name(stmt.callee), *map(self.ex.arg, stmt.args))
            if not stmt.outs:
                return [ast.Expr(called)]
            targets: list[ast.expr] = [ast.Name(self.names[x], ast.Store()) for x in stmt.outs]
            target = targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())
            return [ast.Assign([target], called)]
        assert isinstance(stmt, Raise), stmt
        exc = self.ex.callee(stmt.fn)
        if stmt.args:
            exc = call(exc, *map(self.ex.arg, stmt.args))
        return [ast.Raise(exc, None)]

    # ---- operations

    def op(self, op: Op) -> list[ast.stmt]:
        if op.fn in (n.UPDATE, n.ADD_AT):
            return [self.store(op)]
        if op.fn is n.APPEND:
            base, item = op.args
            return [ast.Expr(call(attribute(self.ex.arg(base), "append"), self.ex.arg(item)))]
        if op.fn is n.DROP:
            return [ast.Expr(call(attribute(self.ex.arg(op.args[0]), "pop")))]
        targets = [self.names[out] for out in op.outs]
        if len(targets) == 1:
            return [self.assign(targets[0], op, op.place)]
        target = ast.Tuple([ast.Name(t, ast.Store()) for t in targets], ast.Store())
        return [ast.Assign([target], self.ex.op(op))]

    def assign(self, target: str, value: Any, place: Place | None) -> ast.stmt:
        """``target = value``, or ``target += ...`` where that is what it is."""
        if isinstance(value, Op) and value.fn in _AUGMENTED and len(value.args) == 2:
            first, second = value.args
            if (
                isinstance(first, Var)
                and self.names[first] == target
                and self.augments(value, place)
            ):
                return self.augmented(ast.Name(target, ast.Store()), value.fn, second)
            rest = self.added_to(value, target, place)
            if rest is not None:
                return self.augmented(ast.Name(target, ast.Store()), *rest)
        return ast.Assign([ast.Name(target, ast.Store())], self.ex.arg(value))

    def added_to(self, value: Op, target: str, place: Place | None) -> tuple[Any, Any] | None:
        """``x_bar + a - b`` as what is added to ``x_bar``."""
        if not isinstance(value.outs[0].type, Scalar) or not self.augments(value, place):
            return None
        terms: list[tuple[Any, Any]] = []
        each: Any = value
        while isinstance(each, Op) and each.fn in (operator.add, operator.sub):
            terms.insert(0, (each.fn, each.args[1]))
            each = each.args[0]
        if not (isinstance(each, Var) and self.names[each] == target):
            return None
        fn, total = terms[0]
        for sign, term in terms[1:]:
            joined = operator.add if sign is fn else operator.sub
            if joined is operator.add and term is total:
                joined, total = operator.mul, const(2.0)
            total = Op(value.outs, value.place, joined, (total, term), {})
        return fn, total

    def augmented(self, target: ast.expr, fn: Any, value: Any) -> ast.stmt:
        if fn in (operator.add, operator.sub) and isinstance(value, Op):
            opposite = operator.sub if fn is operator.add else operator.add
            if value.fn is operator.neg:
                fn, value = opposite, value.args[0]
            elif value.fn is operator.mul and _negative(value.args[0]):
                factor = Const(-value.args[0].value, value.args[0].type)
                positive = Op(value.outs, value.place, operator.mul, (factor, value.args[1]), {})
                fn, value = opposite, positive
            elif value.fn is operator.sub and _negative_product(value.args[0]):
                fn, value = opposite, _opposite(value)
        return ast.AugAssign(target, BINARY[fn](), self.ex.arg(value))

    def augments(self, op: Op, place: Place | None) -> bool:
        if isinstance(op.outs[0].type, Scalar):
            derived = place is not None and place.derived
            return derived or (place is not None and isinstance(place.node, ast.AugAssign))
        return id(op) in self.aliases.in_place

    def store(self, op: Op) -> ast.stmt:
        base, path, value = op.args
        whole = _is_whole(path)
        target = self.ex.arg(base) if whole else self.ex.target(base, path)
        last = path[-1]
        if op.fn is n.ADD_AT:
            if _gathers(last):
                items = last if isinstance(last, tuple) else (last,)
                parts = [self.ex.slice_call(each) for each in items]
                index = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())
                array = self.ex.target(base, path[:-1])
                add_at = attribute(attribute(name(self.ex.module("numpy")), "add"), "at")
                return ast.Expr(call(add_at, array, index, self.ex.arg(value)))
            if isinstance(base.type, List) and isinstance(base.type.elem, Array | List):
                total = ast.BinOp(target, ast.Add(), self.ex.arg(value))
                return ast.Assign([_stored(target)], total)
            return self.augmented(_stored(target), operator.add, value)
        if isinstance(value, Op) and value.fn in BINARY and len(value.args) == 2:
            first, second = value.args
            derived = op.place is not None and op.place.derived
            written = op.place is not None and isinstance(op.place.node, ast.AugAssign)
            if (derived or written) and self.is_element(first, base, path):
                return ast.AugAssign(_stored(target), BINARY[value.fn](), self.ex.arg(second))
        if whole:
            target = ast.Subscript(target, ast.Constant(Ellipsis), ast.Load())
        return ast.Assign([_stored(target)], self.ex.arg(value))

    def is_element(self, atom: Any, base: Any, path: tuple[Any, ...]) -> bool:
        """Whether an expression is ``base[path]``."""
        if _is_whole(path):
            return atom is base
        for index in reversed(path):
            if not (isinstance(atom, Op) and atom.fn is n.READ):
                return False
            if ast.dump(self.ex.index(atom.args[1])) != ast.dump(self.ex.index(index)):
                return False
            atom = atom.args[0]
        return atom is base

    # ---- assignments together

    def together(self, pairs: Assignments, place: Place | None) -> list[ast.stmt]:
        """Assign as if at once: what one of them overwrites, none of the others may read later."""
        todo = []
        for target, value in pairs:
            if isinstance(value, Undef):
                if target in self.filled:
                    todo.append((target, Const(None, value.type)))
                continue
            if isinstance(value, Var) and self.names[value] == target:
                continue
            todo.append((target, value))
        if place is not None and len(todo) > 1:
            todo.sort(key=lambda each: isinstance(each[1], Var))
        written: set[str] = set()
        clash = False
        for target, value in todo:
            reads = {self.names[a] for a in n.flatten([value]) if isinstance(a, Var)}
            if reads & written:
                clash = True
            written.add(target)
        if clash:
            targets = ast.Tuple([ast.Name(t, ast.Store()) for t, _ in todo], ast.Store())
            return [ast.Assign([targets], ast.Tuple([self.ex.arg(x) for _, x in todo], ast.Load()))]
        return [self.assign(target, value, place) for target, value in todo]

    # ---- branches

    def branch(self, stmt: If) -> list[ast.stmt]:
        outs = [self.names[out] for out in stmt.outs]

        def side(region: Region) -> list[ast.stmt]:
            pairs = list(zip(outs, region.results, strict=True))
            return self.body(region.stmts) + self.together(pairs, stmt.place)

        line = self.line
        then = side(stmt.then)
        self.line = line
        orelse = side(stmt.orelse)
        self.line = line
        if stmt.catches:
            kinds = [self.ex.callee(each) for each in stmt.catches]
            caught = kinds[0] if len(kinds) == 1 else ast.Tuple(kinds, ast.Load())
            handler = ast.ExceptHandler(caught, None, orelse or [ast.Pass()])
            return [ast.Try(then or [ast.Pass()], [handler], [], [])]
        return self.if_(stmt.cond, then, orelse)

    def if_(self, cond: Any, then: list[ast.stmt], orelse: list[ast.stmt]) -> list[ast.stmt]:
        then_code, else_code = _has_code(then), _has_code(orelse)
        if not then_code and not else_code:
            return []
        if not then_code:
            negated = Op((), None, n.NOT, (cond,), {})
            return [ast.If(self.ex.op(negated), orelse, [])]
        return [ast.If(self.ex.arg(cond), then, orelse if else_code else [])]

    # ---- loops

    def for_(self, stmt: For) -> list[ast.stmt]:
        carried = [self.names[out] for out in stmt.outs]
        before = self.together(list(zip(carried, stmt.inits, strict=True)), stmt.place)
        index = stmt.body.params[0]
        stmts = list(stmt.body.stmts)
        reads: list[Op] = []
        while stmts and self.is_header(stmts[0], stmt):
            reads.append(stmts.pop(0))  # type: ignore[arg-type]
        rest = Region(stmt.body.params, stmts, stmt.body.results)
        used = _reads(rest, index)
        down = _is_const(stmt.step, -1) and _is_const(stmt.stop, -1)
        counter = stmts[0] if stmts and down else None
        if not any(_reads(Region([], [s], []), index) for s in stmts[1:]):
            bounds = self.counted(stmt, counter, index)
            if bounds is not None and not any(a is index for a in n.flatten(stmt.body.results)):
                assert isinstance(counter, Op)
                return [*before, self.backwards(stmt, reads, counter, bounds, stmts[1:], carried)]
        target, iterable = self.header(stmt, reads, index, used, down)
        body = self.nested(
            lambda: self.loop_body(stmts, carried, stmt.body.results, stmt.until, stmt.place)
        )
        loop = ast.For(target, iterable, body if _has_code(body) else [*body, ast.Pass()], [])
        return [*before, loop]

    def counted(self, loop: For, first: Stmt | None, k: Var) -> tuple[Any, Any, Any] | None:
        """The bounds of the user's loop, where a loop backwards computes its counter from ``k``."""
        start = loop.start
        if not (isinstance(start, Op) and start.fn is operator.sub and _is_const(start.args[1], 1)):
            return None
        trips = start.args[0]
        if not (isinstance(trips, Op) and trips.fn is n.TRIPS and isinstance(first, Op)):
            return None
        low, high, step = trips.args
        if first.fn is not operator.add or not _equal(first.args[0], low):
            return None
        scaled = first.args[1]
        if _is_const(step, 1):
            return (low, high, step) if scaled is k else None
        if isinstance(scaled, Op) and scaled.fn is operator.mul and scaled.args[1] is k:
            return (low, high, step) if _equal(scaled.args[0], step) else None
        return None

    def backwards(
        self,
        stmt: For,
        reads: list[Op],
        counter: Op,
        bounds: Any,
        rest: list[Stmt],
        carried: list[str],
    ) -> ast.stmt:
        """``for i in reversed(range(start, stop, step))``, with what was recorded beside it."""
        targets: list[ast.expr] = [ast.Name(self.names[counter.outs[0]], ast.Store())]
        sources: list[ast.expr] = [call(name("reversed"), self.ex.range(*bounds))]
        for each in reads:
            targets.append(ast.Name(self.names[each.outs[0]], ast.Store()))
            sources.append(call(name("reversed"), self.ex.arg(each.args[0])))
        body = self.nested(
            lambda: self.loop_body(rest, carried, stmt.body.results, stmt.until, stmt.place)
        )
        if len(targets) == 1:
            return ast.For(targets[0], sources[0], body, [])
        target = ast.Tuple(targets, ast.Store())
        return ast.For(target, call(name("zip"), *sources), body, [])

    def is_header(self, each: Stmt, loop: For) -> bool:
        """Whether a statement reads the next element of something the loop goes over."""
        if not (isinstance(each, Op) and each.fn is n.READ):
            return False
        base, index = each.args
        k = loop.body.params[0]
        if not isinstance(base, Var) or base in loop.body.params:
            return False
        if isinstance(base.type, List):
            if index is not k:
                return False
        elif not (isinstance(index, tuple) and len(index) == 1 and index[0] is k):
            return False
        if isinstance(base.type, Saved):
            return True
        if _is_const(loop.start, 0) and _is_const(loop.step, 1):
            return self.is_length(loop.stop, base)
        trips = _counted_down(loop)
        return trips is not None and self.is_length(trips, base)

    def is_length(self, atom: Any, base: Var) -> bool:
        """Whether an expression, or the value of a name, is the length of ``base``."""
        op = self.lengths.get(atom) if isinstance(atom, Var) else atom
        if not isinstance(op, Op):
            return False
        if op.fn is n.LENGTH:
            return op.args[0] is base
        return op.fn is n.DIM and op.args[0] is base and op.args[1].value == 0

    def header(
        self, stmt: For, reads: list[Op], index: Var, used: bool, down: bool
    ) -> tuple[ast.expr, ast.expr]:
        targets: list[ast.expr] = []
        sources: list[ast.expr] = []
        if used or not reads:
            targets.append(ast.Name(self.names[index], ast.Store()))
            if down and not used:
                sources.append(call(name("range"), self.trips(stmt)))
            elif down:
                counted = call(name("range"), self.trips(stmt))
                sources.append(call(name("reversed"), counted))
            else:
                sources.append(self.ex.range(stmt.start, stmt.stop, stmt.step))
        for each in reads:
            targets.append(ast.Name(self.names[each.outs[0]], ast.Store()))
            source = self.ex.arg(each.args[0])
            sources.append(call(name("reversed"), source) if down else source)
        if len(targets) == 1:
            return targets[0], sources[0]
        if used and not down and len(targets) == 2:
            return ast.Tuple(targets, ast.Store()), call(name("enumerate"), sources[1])
        return ast.Tuple(targets, ast.Store()), call(name("zip"), *sources)

    def trips(self, stmt: For) -> ast.expr:
        """The number of trips of a loop that counts down to zero."""
        start = stmt.start
        if isinstance(start, Op) and start.fn is operator.sub and _is_const(start.args[1], 1):
            return self.ex.arg(start.args[0])
        if isinstance(start, Const):
            return ast.Constant(start.value + 1)
        return ast.BinOp(self.ex.arg(start), ast.Add(), ast.Constant(1))

    def while_(self, stmt: While) -> list[ast.stmt]:
        carried = [self.names[out] for out in stmt.outs]
        before = self.together(list(zip(carried, stmt.inits, strict=True)), stmt.place)
        body = self.nested(
            lambda: self.loop_body(
                stmt.body.stmts, carried, stmt.body.results, stmt.until, stmt.place
            )
        )
        (cond,) = stmt.test.results
        if not stmt.test.stmts:
            return [
                *before,
                ast.While(self.ex.arg(cond), body if _has_code(body) else [*body, ast.Pass()], []),
            ]
        test = self.nested(lambda: self.body(stmt.test.stmts))
        leave = ast.If(self.ex.op(Op((), None, n.NOT, (cond,), {})), [ast.Break()], [])
        return [*before, ast.While(ast.Constant(True), [*test, leave, *body], [])]

    def loop_body(
        self,
        stmts: list[Stmt],
        carried: list[str],
        results: list[Any],
        until: int | None,
        place: Place | None,
    ) -> list[ast.stmt]:
        flag = results[until] if until is not None else None
        pairs = list(zip(carried, results, strict=True))
        return self.tail(stmts, pairs, flag, place)

    def tail(
        self, stmts: list[Stmt], pairs: Assignments, flag: Any, place: Place | None
    ) -> list[ast.stmt]:
        """The end of a loop's body: assign what is carried, and ``break`` where the flag is set."""
        last = stmts[-1] if stmts else None
        decides = isinstance(last, If) and flag in last.outs and not last.catches
        if isinstance(flag, Var) and isinstance(last, If) and decides:
            out = self.body(stmts[:-1])
            self.comment(last, out)
            sides = []
            for region in (last.then, last.orelse):
                swap = dict(zip(last.outs, region.results, strict=True))
                inner = [(target, _swapped(value, swap)) for target, value in pairs]
                sides.append(
                    self.nested(
                        lambda region=region, inner=inner, swap=swap: self.tail(
                            region.stmts, inner, swap[flag], place
                        )
                    )
                )
            then, orelse = sides
            if _leaves(then):
                return [*out, *self.if_(last.cond, then, []), *orelse]
            if _leaves(orelse):
                negated = Op((), None, n.NOT, (last.cond,), {})
                return [*out, ast.If(self.ex.op(negated), orelse, []), *then]
            return out + self.if_(last.cond, then, orelse)
        stays = [
            (target, value)
            for target, value in pairs
            if not (value is flag and isinstance(flag, Const) and flag.value is False)
        ]
        out = self.body(stmts) + self.together(stays, place)
        if isinstance(flag, Const) and flag.value is True:
            out.append(ast.Break())
        elif isinstance(flag, Var | Op):
            out.append(ast.If(self.ex.arg(flag), [ast.Break()], []))
        return out

    # ---- a pullback

    def closure(self, stmt: n.Closure) -> list[ast.stmt]:
        before = self.line, self.sweep
        self.sweep = None
        body = self.body(stmt.body.stmts)
        (result,) = stmt.body.results
        body.append(ast.Return(self.ex.arg(result)))
        self.line, self.sweep = before
        params = [ast.arg(self.names[p]) for p in stmt.body.params]
        args = ast.arguments([], params, None, [], [], None, [])
        return [ast.FunctionDef(self.names[stmt.outs[0]], args, body, [], None)]

    def pullback(self, stmt: Pullback) -> list[ast.stmt]:
        params = [ast.arg(self.names[p]) for p in stmt.body.params]
        args = ast.arguments([], params, None, [], [], None, [])
        before = self.line, self.sweep
        self.line, self.sweep = None, "reverse" if self.sweep is not None else None
        body = [Comment("reverse sweep"), *self.body(stmt.body.stmts)]
        body.append(ast.Return(self.pullback_result(stmt.body.results)))
        self.line, self.sweep = before
        return [ast.FunctionDef(self.names[stmt.outs[0]], args, body, [], None)]

    def pullback_result(self, results: list[Any]) -> ast.expr:
        return ast.Tuple([self.ex.arg(each) for each in results], ast.Load())


def _starts_loop(stmt: Stmt) -> bool:
    """Whether a value is made only for a loop to add to, or to append to."""
    if not isinstance(stmt, Op) or stmt.place is None:
        return False
    bookkeeping = stmt.fn in (n.ZEROS_LIKE, n.REPEAT, n.LIST, n.COPY)
    return bookkeeping and isinstance(stmt.place.node, ast.For | ast.While)


def _operations(stmt: Stmt) -> list[Op]:
    """The operations folded into a statement."""
    found: list[Op] = []
    todo: list[Any] = [getattr(stmt, "args", ()), *getattr(stmt, "kwargs", {}).values()]
    todo += [inner.results for inner in n.regions(stmt)]
    while todo:
        each = todo.pop()
        if isinstance(each, Op):
            found.append(each)
            todo += [each.args, *each.kwargs.values()]
        elif isinstance(each, tuple | list):
            todo += each
    return found


def _sources(function: n.Function) -> dict[Var, list[Any]]:
    """For each value that paths pass on, what it may be."""
    sources: dict[Var, list[Any]] = {}
    for stmt in n.walk(function.body):
        if isinstance(stmt, If | For | While):
            for var in stmt.outs if isinstance(stmt, If) else carried(stmt):
                sources[var] = [atoms[k] for atoms, k in incoming(stmt, var)]
        elif isinstance(stmt, Op) and stmt.fn in (n.COPY, n.ZEROS_LIKE):
            sources[stmt.outs[0]] = [stmt.args[0]]
    return sources


def _spread(sources: dict[Var, list[Any]], start: Any) -> set[Var]:
    """The values that may be something for which ``start`` holds."""
    found: set[Var] = set()
    grown = True
    while grown:
        grown = False
        for var, atoms in sources.items():
            if var not in found and any(start(a) or a in found for a in atoms):
                found.add(var)
                grown = True
    return found


def maybe_none(function: n.Function) -> set[Var]:
    """Arrays that are None on a path that does not need them."""
    return _spread(
        _sources(function),
        lambda a: isinstance(a, Undef) or (isinstance(a, Const) and a.value is None),
    )


def copied_unbound(function: n.Function, names: dict[Var, str]) -> set[str]:
    """Names that may be unbound where they are copied under another name: the user's program does
    not read them there, so neither may the copy fail."""
    sources = _sources(function)
    unbound = _spread(sources, lambda atom: isinstance(atom, Undef))
    todo = [
        source
        for var, found in sources.items()
        for source in found
        if isinstance(source, Var)
        and source in unbound
        and (names[source] != names[var] or len(found) == 1)
    ]
    todo += [
        op.args[0]
        for stmt in n.walk(function.body)
        for op in _operations(stmt)
        if op.fn in (n.COPY, n.ZEROS_LIKE) and op.args[0] in unbound
    ]
    filled: set[Var] = set()
    while todo:
        var = todo.pop()
        if var not in filled:
            filled.add(var)
            todo += [s for s in sources.get(var, ()) if isinstance(s, Var) and s in unbound]
    return {names[var] for var in filled}


def _swapped(value: Any, swap: dict[Any, Any]) -> Any:
    return swap.get(value, value) if isinstance(value, Var) else value


def _stored(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Subscript):
        return ast.Subscript(target.value, target.slice, ast.Store())
    assert isinstance(target, ast.Name)
    return ast.Name(target.id, ast.Store())


def _is_whole(path: tuple[Any, ...]) -> bool:
    if len(path) != 1 or not isinstance(path[0], tuple) or len(path[0]) != 1:
        return False
    (item,) = path[0]
    return isinstance(item, Const) and item.value is Ellipsis


def _gathers(index: Any) -> bool:
    items = index if isinstance(index, tuple) and not isinstance(index, n.Slice) else (index,)
    return any(
        isinstance(each, Var | Const | Op)
        and isinstance(each.type, Array)
        and each.type.dtype != "bool"
        for each in items
    )


def _is_const(atom: Any, value: int) -> bool:
    return isinstance(atom, Const) and atom.value == value


def _equal(a: Any, b: Any) -> bool:
    return a is b or (
        isinstance(a, Const)
        and isinstance(b, Const)
        and type(a.value) is type(b.value)
        and a.value == b.value
    )


def _counted_down(loop: For) -> Any:
    """The trips of a loop that counts down to zero, where they are there under a name."""
    if not (_is_const(loop.step, -1) and _is_const(loop.stop, -1)):
        return None
    start = loop.start
    if isinstance(start, Op) and start.fn is operator.sub and _is_const(start.args[1], 1):
        return start.args[0]
    return None


def lengths(function: n.Function) -> dict[Var, Op]:
    """The names of lengths."""
    return {
        stmt.outs[0]: stmt
        for stmt in n.walk(function.body)
        if isinstance(stmt, Op) and stmt.fn in (n.LENGTH, n.DIM)
    }


def _reads(region: Region, var: Var) -> bool:
    if any(a is var for a in n.flatten(region.results)):
        return True
    for stmt in n.walk(region):
        if any(a is var for a in n.operands(stmt)):
            return True
        for inner in n.regions(stmt):
            if any(a is var for a in n.flatten(inner.results)):
                return True
    return False


def _negative(atom: Any) -> bool:
    return isinstance(atom, Const) and isinstance(atom.value, int | float) and atom.value < 0


def _negative_product(atom: Any) -> bool:
    return isinstance(atom, Op) and atom.fn is operator.mul and _negative(atom.args[0])


def _opposite(difference: Op) -> Op:
    """``-2.0 * a - b`` with the other sign: ``2.0 * a + b``."""
    product, other = difference.args
    number = Const(-product.args[0].value, product.args[0].type)
    positive = Op(product.outs, product.place, operator.mul, (number, product.args[1]), {})
    return Op(difference.outs, difference.place, operator.add, (positive, other), {})


def _has_code(stmts: list[ast.stmt]) -> bool:
    return any(not isinstance(each, Comment) for each in stmts)


def _leaves(stmts: list[ast.stmt]) -> bool:
    return bool(stmts) and isinstance(stmts[-1], ast.Break | ast.Raise | ast.Return)
