"""The IR as text: what a dump, a failed verification and a fixture of a pass show.

The form follows the grammar of ``nodes.py``. It depends on the program alone: values are numbered
in order of appearance (``%x``, ``%x.1``; ``%t`` where no name is wanted), functions are shown by
name, and no address, hash or serial number appears. Types stand where a value is defined, and
``# L4`` after a statement is the user's line it came from::

    fn f(%x: float64, %n: int64) {
      %s: float64 = for %i: int64 in range(0, %n, 1) carry(%s.1: float64 = 0.0) {
        %t: float64 = call operator.mul(%s.1, %x)  # L3
        yield %t
      }  # L2
      return %s
    }
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Function, Prim, Region, Slice, Stmt, Undef, Var

Line = Callable[[], str]  # made when its turn comes: values are numbered as they appear


def show(what: Function | Region | Stmt) -> str:
    """The text of a function, a region or one statement, without a final newline."""
    return Printer().text(what)


def function_name(fn: Any) -> str:
    """How a callable is called: ``np.linalg.solve``, ``math.sin``, ``read``."""
    if isinstance(fn, Prim):
        return fn.name
    name = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", None)
    if name is None:
        return f"<{type(fn).__name__}>"
    if isinstance(fn, np.ufunc):
        return f"np.{name}"
    module = (getattr(fn, "__module__", None) or "").lstrip("_")
    if module in ("", "builtins"):
        return str(name)
    return ("np" + module[5:] if module.split(".")[0] == "numpy" else module) + f".{name}"


def constant(const: Const) -> str:
    """A constant as it was written, else its value on one line."""
    value = const.value
    if const.name is not None:
        return const.name
    if isinstance(value, np.ndarray):
        return f"<{value.dtype}{list(value.shape)}>"
    if value is Ellipsis:
        return "..."
    if value is None or isinstance(value, bool | int | float | complex | str | np.generic):
        return repr(value)
    if isinstance(value, np.dtype):
        return str(value)
    return function_name(value) if callable(value) else f"<{type(value).__name__}>"


class Printer:
    """Keeps the names it has given: a statement can be shown as it reads in its function."""

    def __init__(self) -> None:
        self.names: dict[Var, str] = {}
        self.taken: dict[str, int] = {}
        self.todo: list[tuple[int, Stmt | Line]] = []

    def text(self, what: Function | Region | Stmt) -> str:
        if isinstance(what, Function):
            head = f"fn {what.name}({self.defined(what.params)}) {{"
            self.todo = [(0, lambda: "}")]
            self.push(1, what.body, "return")
        elif isinstance(what, Region):
            head = f"({self.defined(what.params)}) {{"
            self.todo = [(0, lambda: "}")]
            self.push(1, what)
        else:
            head = ""
            self.todo = [(0, what)]
        lines = [head] if head else []
        while self.todo:  # not recursive: nesting follows the user's program (a long elif chain)
            depth, item = self.todo.pop()
            line = self.stmt(item, depth) if isinstance(item, Stmt) else item()
            lines.append("  " * depth + line)
        return "\n".join(lines)

    def push(self, depth: int, region: Region, word: str = "yield") -> None:
        """To be written next: the statements of ``region`` and what it yields."""
        if region.results:
            self.todo.append((depth, lambda: f"{word} {self.args(region.results)}"))
        self.todo.extend((depth, stmt) for stmt in reversed(region.stmts))

    # ---- statements

    def stmt(self, stmt: Stmt, depth: int) -> str:
        """The (first) line of a statement; its regions are pushed."""
        left = f"{self.defined(stmt.outs)} = " if stmt.outs else ""
        place = f"  # L{stmt.place.line}" if stmt.place is not None else ""
        if isinstance(stmt, n.Op):
            return f"{left}call {self.call(stmt.fn, stmt.args, stmt.kwargs)}{place}"
        if isinstance(stmt, n.Apply):
            return f"{left}apply {stmt.callee}({self.args(stmt.args)}){place}"
        if isinstance(stmt, n.Effect):
            return f"{left}effect {self.call(stmt.fn, stmt.args, stmt.kwargs)}{place}"
        if isinstance(stmt, n.Raise):
            return f"{left}raise {self.call(stmt.fn, stmt.args, {})}{place}"
        if isinstance(stmt, n.If):
            self.todo.append((depth, lambda: "}" + place))
            self.push(depth + 1, stmt.orelse)
            caught = ", ".join(each.__name__ for each in stmt.catches)
            between = f"}} except ({caught}) {{" if caught else "} else {"
            self.todo.append((depth, lambda: between))
            self.push(depth + 1, stmt.then)
            return f"{left}try {{" if caught else f"{left}if {self.arg(stmt.cond)} {{"
        if isinstance(stmt, n.For):
            carried = stmt.body.params[1:]
            bounds = self.args((stmt.start, stmt.stop, stmt.step))
            index = self.defined(stmt.body.params[:1])
            self.close_loop(depth, carried, stmt.until, place)
            self.push(depth + 1, stmt.body)
            return f"{left}for {index} in range({bounds}) {self.carry(carried, stmt.inits)} {{"
        if isinstance(stmt, n.While):
            test, body = stmt.test, stmt.body
            self.close_loop(depth, body.params, stmt.until, place)
            self.push(depth + 1, body)
            params = "" if body.params == test.params else "({}) "
            self.todo.append((depth, lambda: f"}} do {params.format(self.defined(body.params))}{{"))
            self.push(depth + 1, test)
            return f"{left}while {self.carry(test.params, stmt.inits)} {{"
        if isinstance(stmt, n.Pullback):
            self.todo.append((depth, lambda: "}" + place))
            self.push(depth + 1, stmt.body)
            word = type(stmt).__name__.lower()
            return f"{left}{word} ({self.defined(stmt.body.params)}) {{"
        return f"{left}<{type(stmt).__name__}>{place}"

    def close_loop(self, depth: int, carried: list[Var], until: int | None, place: str) -> None:
        def line() -> str:
            if until is None:
                return "}" + place
            flag = self.arg(carried[until]) if 0 <= until < len(carried) else f"<{until}>"
            return f"}} until {flag}{place}"

        self.todo.append((depth, line))

    def carry(self, params: list[Var], inits: list[Any]) -> str:
        both = zip(params, inits, strict=False)
        pairs = [f"{self.defined([p])} = {self.arg(e)}" for p, e in both]
        unpaired = [self.defined(params[len(inits) :])] if len(params) > len(inits) else []
        extra = [f"= {self.arg(e)}" for e in inits[len(params) :]]  # malformed, but to be shown
        return f"carry({', '.join(pairs + unpaired + extra)})"

    # ---- parts of a statement

    def call(self, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        given = [self.arg(each) for each in args]
        given += [f"{key}={self.arg(each)}" for key, each in kwargs.items()]
        return f"{function_name(fn)}({', '.join(given)})"

    def args(self, args: Iterable[Any]) -> str:
        return ", ".join(self.arg(each) for each in args)

    def arg(self, arg: Any) -> str:
        if arg is None:
            return "None"
        if isinstance(arg, Var):
            return self.name(arg)
        if isinstance(arg, Const):
            return constant(arg)
        if isinstance(arg, Undef):
            return "undef"
        if isinstance(arg, Slice):
            return f"slice({self.args(arg)})"
        if isinstance(arg, tuple):
            return f"({self.args(arg)}{',' if len(arg) == 1 else ''})"
        if isinstance(arg, list):
            return f"[{self.args(arg)}]"
        return f"<not an atom: {type(arg).__name__}>"

    def defined(self, outs: Iterable[Var]) -> str:
        return ", ".join(f"{self.name(v)}: {getattr(v, 'type', None)}" for v in outs)

    def name(self, var: Var) -> str:
        if var not in self.names:
            hint = getattr(var, "hint", None) or "t"
            seen = self.taken.get(hint, 0)
            self.taken[hint] = seen + 1
            self.names[var] = f"%{hint}.{seen}" if seen else f"%{hint}"
        return self.names[var]
