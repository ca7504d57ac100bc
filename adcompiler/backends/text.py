"""A kernel as Python text for Numba: loops over scalars, the user's names and lines."""

from __future__ import annotations

from typing import Any

from adcompiler.backends import loops as lp
from adcompiler.backends.exprs import INT
from adcompiler.backends.loops import Call, Expr, Kernel, Load, Name, Num

_LEVELS = {
    "where": 1, "or": 2, "and": 3, "not": 4,
    "<": 5, "<=": 5, ">": 5, ">=": 5, "==": 5, "!=": 5,
    "+": 6, "-": 6, "*": 7, "/": 7, "//": 7, "%": 7, "neg": 8, "**": 9,
}  # fmt: skip
_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_UNCOMMENTED = (lp.Require, lp.For, lp.While, lp.Break, lp.Alloc, lp.Return)
_LETTERS = "ijklmpqrs"


def text_of(kernel: Kernel, decorator: str) -> str:
    """The text of a module with the kernel in it."""
    _named_indices(kernel)
    lines = _Printer().function(kernel, decorator)
    return "\n".join(lines) + "\n"


def _named_indices(kernel: Kernel) -> None:
    """Indices of nests are i, j, k, as far as the user has no such names."""
    taken = set(kernel.params) | set(kernel.arrays)
    for stmt in lp.walk(kernel.body):
        if isinstance(stmt, lp.Assign | lp.Whole):
            taken.add(stmt.target)
        elif isinstance(stmt, lp.For):
            taken.add(stmt.index)
    letters = [each for each in _LETTERS if each not in taken]
    letters += [f"i_{k}" for k in range(1, 100) if f"i_{k}" not in taken]

    def visit(block: list[lp.Stmt], depth: int) -> None:
        for stmt in block:
            if isinstance(stmt, lp.Nest):
                names = letters[depth : depth + len(stmt.indices)]
                swap = dict(zip(stmt.indices, names, strict=True))

                def change(e: Expr, swap: dict[str, str] = swap) -> Expr:
                    return Name(swap[e.id], INT) if isinstance(e, Name) and e.id in swap else e

                lp.rewrite(stmt.body, change)
                stmt.indices = tuple(names)
                visit(stmt.body, depth + len(names))
            else:
                for inner in lp.blocks(stmt):
                    visit(inner, depth)

    visit(kernel.body, 0)


class _Printer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0
        self.line: Any = None
        self.reverse = False

    def function(self, kernel: Kernel, decorator: str) -> list[str]:
        self.lines = [decorator, f"def {kernel.name}({', '.join(kernel.params)}):"]
        self.depth = 1
        if kernel.doc:
            self.put(f'"""{kernel.doc}"""')
        self.block(kernel.body)
        return self.lines

    def put(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def block(self, block: list[lp.Stmt]) -> None:
        for stmt in block:
            self.comment(stmt)
            self.stmt(stmt)
        if not block:
            self.put("pass")

    def inner(self, block: list[lp.Stmt]) -> None:
        self.depth += 1
        before = self.line
        self.block(block)
        self.line = before
        self.depth -= 1

    def comment(self, stmt: lp.Stmt) -> None:
        place = stmt.place
        if isinstance(stmt, _UNCOMMENTED) or place is None:
            return
        if not place.line:
            return
        if place.reverse and not self.reverse and self.depth == 1:
            self.reverse = True
            self.put("# reverse sweep")
        at = (place.function, place.line)
        if at != self.line:
            self.line = at
            shown = "".join(c if c.isprintable() else " " for c in place.text)
            self.put(f"# L{place.line}  {shown}")

    def stmt(self, stmt: lp.Stmt) -> None:
        if isinstance(stmt, lp.Assign):
            self.put(self.assigned(stmt.target, Name(stmt.target, stmt.value.dtype), stmt.value))
        elif isinstance(stmt, lp.Store):
            element = Load(stmt.array, stmt.index, stmt.value.dtype)
            self.put(self.assigned(self.expr(element), element, stmt.value))
        elif isinstance(stmt, lp.Alloc):
            self.put(f"{stmt.array} = {self.allocated(stmt)}")
        elif isinstance(stmt, lp.Nest):
            self.nest(stmt)
        elif isinstance(stmt, lp.For):
            self.put(f"for {stmt.index} in {self.range(stmt)}:")
            self.inner(stmt.body)
        elif isinstance(stmt, lp.While):
            self.while_(stmt)
        elif isinstance(stmt, lp.If):
            self.if_(stmt)
        elif isinstance(stmt, lp.Break):
            self.put("break")
        elif isinstance(stmt, lp.Require):
            self.require(stmt)
        elif isinstance(stmt, lp.Whole):
            self.put(f"{stmt.target} = {self.filled(stmt.template, stmt.operands)}")
        elif isinstance(stmt, lp.Do):
            self.put(self.filled(stmt.template, stmt.operands))
        else:
            assert isinstance(stmt, lp.Return)
            self.put(f"return {', '.join(map(self.operand, stmt.values))}")

    def assigned(self, target: str, element: Expr, value: Expr) -> str:
        """``target = value``, or ``target += ...`` where that is what it is."""
        if isinstance(value, Call) and value.fn in ("+", "-", "*", "/") and len(value.args) == 2:
            first, second = value.args
            if first == element:
                return f"{target} {value.fn}= {self.expr(second)}"
        return f"{target} = {self.expr(value)}"

    def allocated(self, stmt: lp.Alloc) -> str:
        lens = [self.expr(each) for each in stmt.lens]
        shape = lens[0] if len(lens) == 1 else f"({', '.join(lens)})"
        word = "zeros" if stmt.fill else "empty"
        dtype = {"float64": "", "bool": ", dtype=np.bool_"}.get(
            stmt.dtype, f", dtype=np.{stmt.dtype}"
        )
        return f"np.{word}({shape}{dtype})"

    def nest(self, stmt: lp.Nest) -> None:
        for index, length in zip(stmt.indices, stmt.lens, strict=True):
            self.put(f"for {index} in range({self.expr(length)}):")
            self.depth += 1
        self.depth -= 1
        self.inner(stmt.body)
        self.depth -= len(stmt.indices) - 1

    def range(self, stmt: lp.For) -> str:
        parts = [self.expr(each) for each in (stmt.start, stmt.stop, stmt.step)]
        if parts[2] == "1":
            parts.pop()
            if parts[0] == "0":
                parts.pop(0)
        return f"range({', '.join(parts)})"

    def while_(self, stmt: lp.While) -> None:
        if not stmt.test:
            self.put(f"while {self.expr(stmt.cond)}:")
            self.inner(stmt.body)
            return
        self.put("while True:")
        stop = lp.If(None, Call("not", (stmt.cond,), "bool"), [lp.Break(None)], [])
        self.inner([*stmt.test, stop, *stmt.body])

    def if_(self, stmt: lp.If) -> None:
        if not stmt.then and not stmt.orelse:
            return
        if not stmt.then:
            self.put(f"if {self.expr(_negated(stmt.cond))}:")
            self.inner(stmt.orelse)
            return
        self.put(f"if {self.expr(stmt.cond)}:")
        self.inner(stmt.then)
        if stmt.orelse:
            self.put("else:")
            self.inner(stmt.orelse)

    def require(self, stmt: lp.Require) -> None:
        if isinstance(stmt.cond, Num) and not stmt.cond.value:
            self.put(f'raise ValueError("{stmt.what}")')
            return
        self.put(f"if {self.expr(_negated(stmt.cond))}:")
        self.put(f'    raise ValueError("{stmt.what}")')

    # ---- expressions

    def filled(self, template: str, operands: tuple[str | Expr, ...]) -> str:
        return template.format(*map(self.operand, operands))

    def operand(self, operand: str | Expr) -> str:
        return operand if isinstance(operand, str) else self.expr(operand)

    def expr(self, e: Expr, level: int = 0) -> str:
        if isinstance(e, Name):
            return e.id
        if isinstance(e, Num):
            text = number(e)
            return f"({text})" if text.startswith("-") and level >= 8 else text
        if isinstance(e, Load):
            index = ", ".join(map(self.expr, e.index)) if e.index else "()"
            return f"{e.array}[{index}]"
        own = _LEVELS.get(e.fn)
        if own is None:
            return self.called(e)
        text = self.infix(e, own)
        return f"({text})" if own < level else text

    def called(self, e: Call) -> str:
        if e.fn.startswith("."):
            return f"{self.expr(e.args[0], 10)}{e.fn}"
        if e.fn == "np.bool":
            return f"bool({self.expr(e.args[0])})"
        return f"{e.fn}({', '.join(map(self.expr, e.args))})"

    def infix(self, e: Call, own: int) -> str:
        if e.fn == "where":
            cond, a, b = e.args
            return f"{self.expr(a, 2)} if {self.expr(cond, 2)} else {self.expr(b, 1)}"
        if e.fn == "not":
            negated = _negated(e.args[0])
            if not (isinstance(negated, Call) and negated.fn == "not"):
                return self.expr(negated, own)
            return f"not {self.expr(e.args[0], own)}"
        if e.fn == "neg":
            return f"-{self.expr(e.args[0], own)}"
        left, right = e.args
        if own == 5:
            return f"{self.expr(left, 6)} {e.fn} {self.expr(right, 6)}"
        if e.fn == "**":
            return f"{self.expr(left, own + 1)} ** {self.expr(right, own + 1)}"
        if e.fn in ("+", "-", "*", "/") and e.dtype == "float64":
            left, right = _uncast(left, right)
        return f"{self.expr(left, own)} {e.fn} {self.expr(right, own + 1)}"


def _uncast(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """Python makes a float of an integer beside a float by itself."""

    def inner(e: Expr) -> Expr | None:
        if isinstance(e, Call) and e.fn == "np.float64" and e.args[0].dtype == INT:
            return e.args[0]
        return None

    a, b = inner(left), inner(right)
    if a is not None and b is None:
        return a, right
    if b is not None and a is None:
        return left, b
    return left, right


def _negated(cond: Expr) -> Expr:
    """What holds where a condition does not; comparisons of numbers with nan stay as they are."""
    if isinstance(cond, Call) and cond.fn in _NEGATED:
        if all(each.dtype[0] == "i" for each in cond.args) or cond.fn in ("==", "!="):
            return Call(_NEGATED[cond.fn], cond.args, "bool")
    if isinstance(cond, Call) and cond.fn == "not":
        return cond.args[0]
    return Call("not", (cond,), "bool")


def number(e: Num) -> str:
    value = e.value
    if e.dtype == "bool":
        return str(bool(value))
    if e.dtype[0] == "i":
        return str(int(value))
    if e.dtype[0] == "c":
        return f"complex({_real(value.real)}, {_real(value.imag)})"
    if e.dtype == "float32":
        return f"np.float32({_real(value)})"
    return _real(float(value))


def _real(value: float) -> str:
    if value != value:
        return "np.nan"
    if value in (float("inf"), float("-inf")):
        return "np.inf" if value > 0 else "-np.inf"
    return repr(float(value))
