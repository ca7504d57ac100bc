"""Well-formedness of the IR, checked after every pass: valid in, valid out.

Every value is defined once, before it is read, in a region that encloses the reader; regions take
and yield as many values as their statement says; operands are atoms; indices and paths have the
structure of what they index. A violation is a bug of the pass before, so it is an AssertionError;
it shows the statement. One walk, linear, and not recursive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Function, Prim, Region, Slice, Stmt, Undef, Var
from adcompiler.ir.printer import Printer
from adcompiler.ir.types import Array, List, Opaque, Scalar, Type, dtype_of

_ARITY = {
    n.READ: 2,
    n.UPDATE: 3,
    n.ADD_AT: 3,
    n.CAST: 2,
    n.COPY: 1,
    n.ZEROS_LIKE: 1,
    n.MATCH: 2,
    n.FIT: 2,
    n.DIM: 2,
    n.LENGTH: 1,
    n.APPEND: 2,
    n.DROP: 1,
    n.WINNERS: 2,
    n.ITEM: 2,
}


def verify(function: Function, stage: str = "") -> None:
    """Checks ``function``; ``stage`` (the pass it comes from) is named when something is wrong.

    Raises:
        AssertionError: with what is wrong, and the statement.
    """
    _Verifier(function, stage).run()


class _Verifier:
    def __init__(self, function: Function, stage: str) -> None:
        self.function = function
        self.stage = stage
        self.stmt: Stmt | None = None
        self.defined: set[Var] = set()
        self.visible: set[Var] = set()
        self.scopes: list[list[Var]] = []

    def fail(self, what: str, var: Var | None = None) -> NoReturn:
        printer = Printer()  # names everything as a dump of the whole function does
        shown = printer.text(self.function)
        if self.stmt is not None:
            shown = printer.text(self.stmt)
        subject = f"{printer.name(var)} " if var is not None else ""
        where = f" after {self.stage}" if self.stage else ""
        raise AssertionError(f"{self.function.name}{where}: {subject}{what}\n{shown}")

    def check(self, holds: bool, what: str) -> None:
        if not holds:
            self.fail(what)

    def run(self) -> None:
        body = self.function.body
        self.check(
            not body.params or body.params == self.function.params,
            "the body's parameters are not the function's",
        )
        todo: list[Stmt | Callable[[], None]] = []
        self._push(todo, None, body, self.function.params)
        while todo:
            item = todo.pop()
            if not isinstance(item, Stmt):
                item()
                continue
            self.stmt = item
            self._statement(item)
            todo.append(lambda stmt=item: self._define(stmt.outs, stmt))  # type: ignore[misc]
            for region in reversed(n.regions(item)):
                self._push(todo, item, region, region.params)

    # ---- scopes

    def _push(
        self,
        todo: list[Stmt | Callable[[], None]],
        owner: Stmt | None,
        region: Region,
        params: list[Var],
    ) -> None:
        again = params if isinstance(owner, n.While) and region is owner.body else ()
        shared = again and owner.test.params == params  # type: ignore[union-attr]

        def enter() -> None:
            self.scopes.append([])
            if shared:  # a while may name its carried values alike in its test and its body
                self.scopes[-1].extend(params)
                self.visible.update(params)
            else:
                self._define(params, owner)

        def leave() -> None:
            self.stmt = owner
            self._read(region.results)
            self.visible.difference_update(self.scopes.pop())

        todo.append(leave)
        todo.extend(reversed(region.stmts))
        todo.append(enter)

    def _define(self, outs: Iterable[Var], stmt: Stmt | None) -> None:
        self.stmt = stmt
        for var in outs:
            if var in self.defined:
                self.fail("is defined twice", var)
            if not isinstance(var.type, Scalar | Array | List | Opaque):
                self.fail("has no type", var)
            self.defined.add(var)
            self.visible.add(var)
            self.scopes[-1].append(var)

    def _read(self, args: Iterable[Any]) -> None:
        for arg in n.flatten(tuple(args)):
            if isinstance(arg, Var):
                if arg not in self.visible:
                    known = "visible here" if arg in self.defined else "defined yet"
                    self.fail(f"is read, but not {known}", arg)
            elif not isinstance(arg, Const | Undef):
                self.fail(f"an operand is a {type(arg).__name__}, no atom")

    # ---- statements

    def _statement(self, stmt: Stmt) -> None:
        self.check(isinstance(stmt.outs, tuple), "outs are not a tuple")
        self._read(n.operands(stmt))
        if isinstance(stmt, n.Op):
            self._op(stmt)
        elif isinstance(stmt, n.Effect):
            self.check(len(stmt.outs) <= 1, "an effect defines several values")
            self.check(callable(stmt.fn), "the effect is not callable")
        elif isinstance(stmt, n.If):
            self._atoms((stmt.cond,))
            for region in (stmt.then, stmt.orelse):
                self.check(not region.params, "a branch has parameters")
                self._count("results of a branch", region.results, len(stmt.outs))
        elif isinstance(stmt, n.For):
            self._for(stmt)
        elif isinstance(stmt, n.While):
            self._while(stmt)
        elif isinstance(stmt, n.Raise):
            self.check(not stmt.outs, "raise defines a value")
            self.check(callable(stmt.fn), "the exception is not callable")
        else:
            known = isinstance(stmt, n.Apply | n.Pullback)
            self.check(known, f"{type(stmt).__name__} is no statement")

    def _op(self, stmt: n.Op) -> None:
        fn, args = stmt.fn, stmt.args
        self.check(isinstance(args, tuple) and not isinstance(args, Slice), "args are no tuple")
        self.check(all(isinstance(key, str) for key in stmt.kwargs), "a key is not a str")
        if not isinstance(fn, Prim):
            self.check(callable(fn), f"{type(fn).__name__} is not callable")
            return
        self._count(f"results of {fn}", stmt.outs, 1)
        if fn in _ARITY:
            self._count(f"operands of {fn}", args, _ARITY[fn])
        if fn in (n.READ, n.WINNERS):
            self._atoms(args[:1])
            self._index(args[0].type, args[1])
        elif fn in (n.UPDATE, n.ADD_AT):
            self._atoms((args[0], args[2]))
            self._path(args[0].type, args[1])
        else:
            self._atoms(args)

    def _for(self, stmt: n.For) -> None:
        carried = len(stmt.inits)
        self._atoms((stmt.start, stmt.stop, stmt.step, *stmt.inits))
        for bound in (stmt.start, stmt.stop, stmt.step):
            if not isinstance(bound, Undef):
                self.check((dtype_of(bound.type) or "?")[0] in "iub", "a bound is no integer")
        self._count("parameters of the body", stmt.body.params, carried + 1)
        self._count("results of the body", stmt.body.results, carried)
        self._count("outs", stmt.outs, carried)
        self._until(stmt.until, stmt.body.params[1:], stmt.body.results)

    def _while(self, stmt: n.While) -> None:
        carried = len(stmt.inits)
        self._atoms(stmt.inits)
        self._count("parameters of the test", stmt.test.params, carried)
        self._count("parameters of the body", stmt.body.params, carried)
        self._count("results of the test", stmt.test.results, 1)
        self._count("results of the body", stmt.body.results, carried)
        self._count("outs", stmt.outs, carried)
        self._until(stmt.until, stmt.body.params, stmt.body.results)

    def _until(self, until: int | None, carried: list[Var], results: list[Any]) -> None:
        if until is None:
            return
        self.check(0 <= until < len(carried), f"until {until} is no carried value")
        for flag in (carried[until], results[until]):
            ok = isinstance(flag, Var | Const) and dtype_of(flag.type) == "bool"
            self.check(ok, "the flag of until is no bool")

    # ---- parts

    def _count(self, what: str, given: Any, wanted: int) -> None:
        if len(given) != wanted:
            self.fail(f"{len(given)} {what}, not {wanted}")

    def _atoms(self, args: Iterable[Any]) -> None:
        for arg in args:
            if not isinstance(arg, Var | Const | Undef):
                self.fail(f"an operand is a {type(arg).__name__}, no atom")

    def _path(self, base: Type, path: Any) -> None:
        """``path``, a tuple of indices, leads into ``base``."""
        is_path = isinstance(path, tuple) and not isinstance(path, Slice) and bool(path)
        self.check(is_path, "a path is a tuple of one or more indices")
        at: Type | None = base
        for index in path:
            if at is None:  # of an unknown type
                return
            self._index(at, index)
            if isinstance(at, Array):
                at = _selected(at, index)
            elif isinstance(at, List) and not isinstance(index, Slice):
                at = at.elem

    def _index(self, base: Type, index: Any) -> None:
        """A list takes an atom or a slice; an array a tuple of atoms, slices and None."""
        if isinstance(base, List):
            single = isinstance(index, Slice | Var | Const | Undef)
            self.check(single, "a list's index is an atom or a slice")
            self._subscripts((index,))
            return
        self.check(isinstance(base, Array), f"{base} has no elements")
        plain = isinstance(index, tuple) and not isinstance(index, Slice)
        self.check(plain, "an array's index is a tuple")
        self._subscripts(index)
        assert isinstance(base, Array)
        self.check(sum(map(_is_dots, index)) <= 1, "an index has two ellipses")
        used = sum(map(_consumed, index))
        self.check(used <= base.ndim, f"{used} indices for {base.ndim} dimension(s)")

    def _subscripts(self, items: tuple[Any, ...]) -> None:
        for item in items:
            if isinstance(item, Slice):
                bounds = [each for each in item if each is not None]
                self._atoms(bounds)
                self.check(not any(map(_is_floating, bounds)), "a bound of a slice is no integer")
            elif item is not None:
                self._atoms((item,))
                self.check(not _is_floating(item), "an index is no integer")


def _is_floating(atom: Any) -> bool:
    return (dtype_of(atom.type) or "?")[0] in "fc"


def _is_dots(item: Any) -> bool:
    return isinstance(item, Const) and item.value is Ellipsis


def _consumed(item: Any) -> int:
    """How many axes one item of an array's index takes."""
    if item is None or (isinstance(item, Const) and (item.value is None or item.value is Ellipsis)):
        return 0
    if not isinstance(item, Slice) and isinstance(item.type, Array) and item.type.dtype == "bool":
        return item.type.ndim
    return 1


def _selected(base: Array, index: tuple[Any, ...]) -> Array | None:
    """An array of the rank of ``base[index]``; None where new axes or gathers change it."""
    rank = base.ndim
    for item in index:
        is_none = item is None or (isinstance(item, Const) and item.value is None)
        if is_none or (not isinstance(item, Slice) and isinstance(item.type, Array)):
            return None
        if not isinstance(item, Slice) and not _is_dots(item):
            rank -= 1
    return Array(base.dtype, base.dims[:rank])
