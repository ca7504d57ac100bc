"""Trees to text, through astor's code generator, checked by reading the text back.

astor leaves out parameters' ``/``, breaks lines in odd places, writes parentheses that nobody needs
and cannot print everything that Python has. The subclass below puts these right; what neither can
print goes to `ast.unparse`. Whatever is printed must parse to the very tree it was printed from.

Visiting is iterative where depth follows the user's program: sums of many terms, ``elif`` chains.
"""

from __future__ import annotations

import ast
import sys
import threading
import warnings
from typing import Any, Final

from adcompiler.emit.layout import WIDTH, lay_out
from adcompiler.emit.literals import docstring, fstring, quoted
from adcompiler.emit.tidy import Comment, same_tree, tidied, walk, without_comments
from adcompiler.errors import Unsupported, printable

with warnings.catch_warnings():  # astor still looks for classes that `ast` has deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    from astor.code_gen import SourceGenerator, set_precedence
    from astor.op_util import Precedence, get_op_precedence, get_op_symbol

__all__ = ["Comment", "print_module"]

_INDENT: Final = "    "
_POWER_LEFT: Final[int] = Precedence.Pow + 1
_MARK: Final = "_adcompiler_comment_"
_DEEPER: Final = 20_000
_limit_lock = threading.Lock()


class _Generator(SourceGenerator):  # type: ignore[misc]
    """astor's generator, in the style of EMISSION and for the Python of today."""

    def __init__(self) -> None:
        super().__init__(_INDENT)

    # statements

    def visit_Comment(self, node: Comment) -> None:
        room = WIDTH - len(_INDENT) * self.indentation - len("# ")
        text = printable(node.text.replace("\n", " ")).rstrip()
        if len(text) > room:
            text = text[: max(room, 20) - 3].rstrip() + "..."
        self.statement(node, f"# {text}" if text else "#")

    def visit_Expr(self, node: ast.Expr) -> None:
        value = node.value
        set_precedence(node, value)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            self.statement(node, docstring(value.value))
        else:
            self.statement(node, value)

    def visit_FunctionDef(self, node: ast.FunctionDef, is_async: bool = False) -> None:
        if getattr(node, "type_params", None):
            self.as_unparsed(node)
            return
        for decorator in node.decorator_list:
            self.statement(decorator, "@", decorator)
        self.statement(node, f"{'async ' if is_async else ''}def {node.name}", "(")
        self.visit_arguments(node.args)
        self.write(")")
        if node.returns is not None:
            set_precedence(Precedence.Comma, node.returns)
            self.write(" -> ", node.returns)
        self.write(":")
        self.body(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if getattr(node, "type_params", None):
            self.as_unparsed(node)
            return
        for decorator in node.decorator_list:
            self.statement(decorator, "@", decorator)
        self.statement(node, f"class {node.name}")
        if node.bases or node.keywords:
            self.write("(")
            self.call_arguments(node.bases, node.keywords)
            self.write(")")
        self.write(":")
        self.body(node.body)

    def visit_For(self, node: ast.For, is_async: bool = False) -> None:
        set_precedence(node, node.target)
        set_precedence(Precedence.Comma, node.iter)
        start = "async for " if is_async else "for "
        self.statement(node, start, node.target, " in ", node.iter, ":")
        self.body_or_else(node)

    def visit_withitem(self, node: ast.withitem) -> None:
        set_precedence(Precedence.Comma, node.context_expr, node.optional_vars)
        super().visit_withitem(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        set_precedence(Precedence.Comma, node.type)
        super().visit_ExceptHandler(node)

    def visit_Return(self, node: ast.Return) -> None:
        value = node.value
        self.statement(node, "return")
        if isinstance(value, ast.Tuple) and len(value.elts) == 1:
            set_precedence(Precedence.Comma, value.elts[0])
            self.write(" ", "(", value.elts[0], ",", ")")
        else:
            set_precedence(node, value)
            self.conditional_write(" ", value)

    def visit_Raise(self, node: ast.Raise) -> None:
        set_precedence(Precedence.Comma, node.exc, node.cause)
        self.statement(node, "raise")
        self.conditional_write(" ", node.exc)
        self.conditional_write(" from ", node.cause)

    def visit_Assert(self, node: ast.Assert) -> None:
        set_precedence(Precedence.Comma, node.test, node.msg)
        self.statement(node, "assert ", node.test)
        self.conditional_write(", ", node.msg)

    def visit_Delete(self, node: ast.Delete) -> None:
        self.statement(node, "del ")
        self.comma_list(node.targets)

    def as_unparsed(self, node: ast.stmt) -> None:
        """A statement that astor does not know, as the standard library prints it."""
        for line in _unparsed([node]).splitlines():
            self.statement(node, line)

    visit_Match = visit_TryStar = visit_TypeAlias = as_unparsed

    # parameters and arguments

    def visit_arguments(self, node: ast.arguments) -> None:
        positional = [*node.posonlyargs, *node.args]
        defaults = [None] * (len(positional) - len(node.defaults)) + node.defaults
        parts: list[tuple[Any, ...]] = []
        for index, (arg, default) in enumerate(zip(positional, defaults, strict=True)):
            parts.append(self.parameter(arg, default))
            if index + 1 == len(node.posonlyargs):
                parts.append(("/",))
        if node.vararg is not None:
            parts.append(("*", node.vararg))
        elif node.kwonlyargs:
            parts.append(("*",))
        for arg, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            parts.append(self.parameter(arg, default))
        if node.kwarg is not None:
            parts.append(("**", node.kwarg))
        for index, part in enumerate(parts):
            self.write(", " if index else "", *part)

    def parameter(self, arg: ast.arg, default: ast.expr | None) -> tuple[Any, ...]:
        set_precedence(Precedence.Comma, default)
        if default is None:
            return (arg,)
        return arg, "=" if arg.annotation is None else " = ", default

    def visit_arg(self, node: ast.arg) -> None:
        self.write(node.arg)
        if node.annotation is not None:
            set_precedence(Precedence.Comma, node.annotation)
            self.write(": ", node.annotation)

    def visit_Call(self, node: ast.Call) -> None:
        self.visit(node.func)
        self.write("(")
        self.call_arguments(node.args, node.keywords)
        self.write(")")

    def call_arguments(self, args: list[ast.expr], keywords: list[ast.keyword]) -> None:
        alone = len(args) + len(keywords) == 1
        set_precedence(Precedence.call_one_arg if alone else Precedence.Comma, *args)
        for index, arg in enumerate(args):
            self.write(", " if index else "", arg)
        for index, each in enumerate(keywords, len(args)):
            set_precedence(Precedence.Comma, each.value)
            name = "**" if each.arg is None else f"{each.arg}="
            self.write(", " if index else "", name, each.value)

    # expressions

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Down the left operands in a loop: a sum of many terms is as deep as it is long."""
        spine: list[tuple[ast.BinOp, bool]] = []
        left: ast.expr = node
        around = self.get__pp(node)
        while isinstance(left, ast.BinOp):
            own = get_op_precedence(left.op)
            spine.append((left, own < around))
            around = _POWER_LEFT if isinstance(left.op, ast.Pow) else own
            left = left.left
        for _, parenthesised in spine:
            if parenthesised:
                self.write("(")
        set_precedence(around, left)
        self.visit(left)
        for each, parenthesised in reversed(spine):
            power = isinstance(each.op, ast.Pow)
            own = get_op_precedence(each.op)
            set_precedence(Precedence.PowRHS if power else own + 1, each.right)
            self.write(get_op_symbol(each.op, " %s "), each.right)
            if parenthesised:
                self.write(")")

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        bare = self.get__pp(node) in (Precedence.If, Precedence.While, Precedence.call_one_arg)
        set_precedence(Precedence.NamedExpr + 1, node.value)
        self.write("" if bare else "(", node.target, " := ", node.value, "" if bare else ")")

    def visit_Lambda(self, node: ast.Lambda) -> None:
        with self.delimit(node) as delimiters:
            set_precedence(delimiters.p, node.body)
            self.write("lambda ")
            before = len(self.result)
            self.visit_arguments(node.args)
            if len(self.result) == before:
                self.result[-1] = "lambda"
            self.write(": ", node.body)

    def visit_Starred(self, node: ast.Starred) -> None:
        set_precedence(Precedence.BitOr, node.value)
        self.write("*", node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        set_precedence(Precedence.Comma, *node.keys)
        self.write("{")
        for index, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            self.write(", " if index else "")
            set_precedence(Precedence.BitOr if key is None else Precedence.Comma, value)
            if key is None:
                self.write("**", value)
            else:
                self.write(key, ": ", value)
        self.write("}")

    def visit_ListComp(self, node: ast.ListComp) -> None:
        set_precedence(Precedence.Comma, node.elt)
        super().visit_ListComp(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        set_precedence(Precedence.Comma, node.elt)
        super().visit_SetComp(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        set_precedence(Precedence.Comma, node.key, node.value)
        super().visit_DictComp(node)

    def visit_Slice(self, node: ast.Slice) -> None:
        set_precedence(Precedence.Comma, node.lower, node.upper, node.step)
        self.conditional_write(node.lower)
        self.write(":")
        self.conditional_write(node.upper)
        self.conditional_write(":", node.step)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, str):
            self.write(quoted(value))
        elif isinstance(value, (int, float, complex)) and not isinstance(value, bool):
            with self.delimit(node):  # (2.0).real
                self.write(repr(value))
        else:
            self.write("..." if value is Ellipsis else repr(value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.write(fstring(node))


def _logical_lines(pieces: list[str]) -> list[str]:
    """The text of a generated statement, each line laid out."""
    lines: list[str] = []
    current: list[str] = []
    for piece in [*pieces, "\n"]:
        if piece.startswith("\n"):
            if current:
                indent = len(current[0]) if not current[0].strip() else 0
                content = current[1:] if indent or not current[0] else current
                if content and content[0].startswith(("#", '"""')):
                    laid = "".join(content)
                else:
                    laid = lay_out(content, indent)
                lines.append(" " * indent + laid)
                current = []
        elif piece or not current:
            current.append(piece)
    return lines


def _generated(statement: ast.stmt) -> str:
    """The text of a statement of a module."""
    try:
        generator = _Generator()
        generator.visit(statement)
    except RecursionError:
        generator = _Generator()
        with _limit_lock:  # Python calling Python takes no C stack: deeper is safe
            limit = sys.getrecursionlimit()
            sys.setrecursionlimit(limit + _DEEPER)
            try:
                generator.visit(statement)
            finally:
                sys.setrecursionlimit(limit)
    return "\n".join(_logical_lines(generator.result))


def _blank_lines(before: ast.stmt | None, after: ast.stmt, first: bool) -> int:
    """How many lines are left free between two statements of a module."""
    if before is None:
        return 0
    blocks = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if isinstance(before, Comment):
        return 0
    if isinstance(before, blocks) or isinstance(after, blocks):
        return 2
    if first and isinstance(before, ast.Expr) and isinstance(before.value, ast.Constant):
        return 1
    return int(_section(before) != _section(after))


def _section(node: ast.stmt) -> int:
    """Imports are grouped as linters want it; everything else is one group."""
    if isinstance(node, ast.Import):
        module = node.names[0].name
    elif isinstance(node, ast.ImportFrom):
        module = node.module or "."
    else:
        return 3
    top = module.split(".")[0]
    return 0 if top == "__future__" else 1 if top in sys.stdlib_module_names else 2


def print_module(tree: ast.Module) -> str:
    """The text of `tree`, whose bodies may hold `Comment` nodes.

    The text parses to `tree` without its comments, or this raises AssertionError; so it does for
    what can't be an identifier or a constant. `tree` is left as it is, and may share nodes.
    """
    return printed(tree)[0]


def printed(tree: ast.Module) -> tuple[str, ast.Module]:
    """As `print_module`, with the tree that Python reads in the text."""
    own = tidied(tree)
    text = _assembled(own, [_generated(statement) for statement in own.body])
    without_comments(own)
    read = _parsed_to(text, own)
    if read is None:
        own = tidied(tree)
        text = _assembled(own, [_checked(statement) for statement in own.body])
        without_comments(own)
        read = _parsed_to(text, own)
        if read is None:
            raise AssertionError(f"printed text does not parse to its tree:\n{text}")
    return text, read


def _checked(statement: ast.stmt) -> str:
    """The text of one statement, printed by the standard library where the generator fails."""
    module = ast.Module(body=[statement], type_ignores=[])
    expected = tidied(module)
    without_comments(expected)
    text = _generated(tidied(module).body[0])
    return text if _parsed_to(text, expected) is not None else _unparsed([statement])


def _assembled(module: ast.Module, texts: list[str]) -> str:
    """The module's statements, with the blank lines between them."""
    parts: list[str] = []
    before: ast.stmt | None = None
    for index, (statement, text) in enumerate(zip(module.body, texts, strict=True)):
        following = next((s for s in module.body[index:] if not isinstance(s, Comment)), statement)
        parts.append("\n" * _blank_lines(before, following, index == 1) + text + "\n")
        before = statement
    return "".join(parts)


def _parsed_to(text: str, expected: ast.Module) -> ast.Module | None:
    """The tree of `text` if it is as expected."""
    try:
        read = ast.parse(text)
        return read if same_tree(read, expected) else None
    except (SyntaxError, ValueError, RecursionError) as error:
        if is_nested_too_deep(error):
            raise nested_too_deep() from error
        return None


def is_nested_too_deep(error: Exception) -> bool:
    """Whether Python refuses to read a text for its nesting: of blocks, loops or expressions."""
    return isinstance(error, RecursionError) or (
        isinstance(error, SyntaxError) and str(error.msg).startswith("too many ")
    )


def nested_too_deep() -> Unsupported:
    return Unsupported(
        "the emitted code would be nested deeper than Python can read",
        remedy="move the innermost loops or branches into a function that calls itself or is "
        "called in a loop, or split the longest expression into several statements",
        code="AD209",
    )


class _MarkedComments(ast.NodeTransformer):
    """Comments as names, which `ast.unparse` can print."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def visit_Comment(self, node: Comment) -> ast.stmt:
        self.texts.append(printable(node.text.replace("\n", " ")).rstrip())
        return ast.Expr(ast.Name(f"{_MARK}{len(self.texts) - 1}", ast.Load()))


def _unparsed(statements: list[ast.stmt]) -> str:
    """Statements as the standard library prints them, with their comments."""
    marked = _MarkedComments()
    module = marked.visit(tidied(ast.Module(body=list(statements), type_ignores=[])))
    for node in walk(module):
        node.lineno = 1  # type: ignore[attr-defined]  # read by `ast.unparse` of some statements
    lines = ast.unparse(module).split("\n")
    for index, line in enumerate(lines):
        name = line.strip()
        if marked.texts and name.startswith(_MARK):
            lines[index] = line.replace(name, "# " + marked.texts[int(name[len(_MARK) :])])
    return "\n".join(lines)
