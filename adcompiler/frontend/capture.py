"""The source of a function that is in memory, as a syntax tree with its places.

Found is only what is really running: see `source_files`. Where there is no source to be found,
``capture(fn, source=text)`` takes the text from the caller.
"""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from dataclasses import dataclass
from functools import cached_property
from types import CodeType, FunctionType

from adcompiler.errors import Place, SourceNotFound, printable
from adcompiler.frontend.source_files import Definition, current_text, find, load, split_lines
from adcompiler.frontend.unwrap import Unwrapped, unwrap

__all__ = ["Captured", "Unwrapped", "capture", "unwrap"]

_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_WIDEST = 88  # of a line quoted in a comment


@dataclass(frozen=True)
class Captured:
    """A function and its definition in `lines`, the whole text it stands in.

    The tree is shared between captures: it must not be changed. `def_line` is the line of the
    ``def`` itself (or of the ``lambda``); decorators do not count.
    """

    node: Definition
    function: FunctionType
    filename: str
    lines: tuple[str, ...]
    def_line: int
    qualname: str

    def place(self, node: ast.AST) -> Place:
        """Where `node`, part of this function, stands; the function itself for a node without.

        Of a ``def`` or a ``class`` it is the name.
        """
        at = node if hasattr(node, "lineno") else self.node
        line: int = at.lineno
        end_line: int = getattr(at, "end_lineno", None) or line
        end_col: int | None = getattr(at, "end_col_offset", None)
        col = self._column(line, at.col_offset)  # type: ignore[attr-defined]
        named = re.compile(r"(?:async\s+)?(?:def|class)\s+(\w+)").match(self._line(line), col - 1)
        if isinstance(at, _NAMED) and named is not None:
            start, end = named.span(1)
            return self._place(line, start + 1, line, end + 1)
        end = col + 1 if end_col is None else self._column(end_line, end_col)
        return self._place(line, col, end_line, end)

    def result_node(self) -> ast.AST:
        """The function's result: what it returns, if that is in one place, else the function."""
        if isinstance(self.node, ast.Lambda):
            return self.node.body
        found: list[ast.Return] = []
        todo: list[ast.AST] = list(self.node.body)
        while todo:
            each = todo.pop()
            if isinstance(each, ast.Return):
                found.append(each)
            elif not isinstance(each, (*_NAMED, ast.Lambda)):
                todo.extend(ast.iter_child_nodes(each))
        return found[0].value or found[0] if len(found) == 1 else self.node

    def _place(self, line: int, col: int, end_line: int, end_col: int) -> Place:
        return Place(
            filename=self.filename,
            line=line,
            col=col,
            end_line=end_line,
            end_col=end_col,
            text=self._line(line),
            function=self.qualname,
            def_line=self.def_line,
        )

    def relative_line(self, node: ast.AST) -> int:
        """The line of `node`, counted from the ``def``, which is line 1."""
        return int(getattr(node, "lineno", self.def_line)) - self.def_line + 1

    def line_text(self, relative_line: int) -> str:
        """The statement that begins on a line (of compound ones the header), on one line, as the
        user wrote it without comments; cut where it is long.
        """
        line = self.def_line + relative_line - 1
        start, end_line, end_col = self._statements.get(line, (None, line, None))
        texts = [self._line(each) for each in range(line, end_line + 1)]
        if end_col is not None:
            texts[-1] = texts[-1].encode()[:end_col].decode(errors="replace")
        if start is not None:
            texts[0] = texts[0].encode()[start:].decode(errors="replace")
        simple = len(texts) == 1 and "#" not in texts[0]
        text = printable(texts[0].strip() if simple else one_line("\n".join(texts)))
        return text if len(text) <= _WIDEST else text[: _WIDEST - 3].rstrip() + "..."

    def _line(self, line: int) -> str:
        return self.lines[line - 1] if 0 < line <= len(self.lines) else ""

    def _column(self, line: int, offset: int) -> int:
        """The column, in characters from 1, for the parser's offset in bytes."""
        text = self._line(line)
        if not text.isascii():
            offset = len(text.encode()[:offset].decode(errors="replace"))
        return offset + 1

    @cached_property
    def _statements(self) -> dict[int, tuple[int | None, int, int | None]]:
        """By first line: start and end of what `line_text` quotes, None for the line's own."""
        node = self.node
        if isinstance(node, ast.Lambda):
            return {node.lineno: (node.col_offset, node.end_lineno or 0, node.end_col_offset)}
        found: dict[int, tuple[int | None, int, int | None]] = {}
        for each in ast.walk(node):
            if not isinstance(each, (ast.stmt, ast.excepthandler, ast.match_case)):
                continue
            body = getattr(each, "body", None)
            if not body:
                last = each.end_lineno or each.lineno  # type: ignore[union-attr]
                end: tuple[int, int | None] = last, None
            elif isinstance(each, ast.match_case):
                continue
            else:
                first = min(
                    [body[0].lineno, *(d.lineno for d in getattr(body[0], "decorator_list", ()))]
                )
                end = self._header_end(each, first)
            assert not isinstance(each, ast.match_case)
            known = found.get(each.lineno)
            if known is None or known[1] < end[0]:  # several on a line: all of it is shown
                found[each.lineno] = (None, *end)
        return found

    def _header_end(self, node: ast.stmt | ast.excepthandler, body_line: int) -> tuple[int, None]:
        """The last line of a header: where its last expression ends, or the line of the body."""
        if body_line == node.lineno:
            return body_line, None
        last = node.lineno
        for field, value in ast.iter_fields(node):
            if field in ("body", "orelse", "handlers", "finalbody", "cases", "decorator_list"):
                continue
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, ast.AST):
                    parts = [each, *ast.walk(each)] if not hasattr(each, "end_lineno") else [each]
                    last = max(last, *(getattr(part, "end_lineno", 0) or 0 for part in parts))
        while last < body_line - 1 and not self._line(last).split("#")[0].rstrip().endswith(":"):
            last += 1
        return last, None


def one_line(text: str) -> str:
    """Source text joined to one line: no comments, no line breaks inside brackets.

    >>> one_line("f(  # called\\n    a,\\n    b,\\n)")
    'f(a, b)'
    """
    lines = text.strip().split("\n")
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column]
    except (tokenize.TokenError, SyntaxError):
        return " ".join(text.split())
    joined = lines[0].strip()
    for line in map(str.strip, lines[1:]):
        joined = joined.removesuffix("\\").rstrip()
        if line.startswith((")", "]", "}")):
            if joined.endswith(",") and joined.count(",") > 1:  # not a tuple of one
                joined = joined[:-1]
        elif line and not joined.endswith(("(", "[", "{")):
            joined += " "
        joined += line
    return joined


def capture(fn: FunctionType, source: str | None = None) -> Captured:
    """The source of the Python function `fn`.

    `source` is the text to use where none can be found; it may be indented, and may hold more than
    the function. Raises `SourceNotFound`: with the reason, and what to do.
    """
    if not isinstance(fn, FunctionType):
        raise SourceNotFound(
            f"{_shown(fn)} is not a function written in Python",
            remedy="call it inside a Python function, or declare a rule for it with `ad.rules`",
            code="AD104",
        )
    if source is not None:
        return _from_text(fn, source)
    code = fn.__code__
    filename, name = code.co_filename, printable(fn.__qualname__)
    text = current_text(fn)
    if not text:
        raise SourceNotFound(
            f"the source of {name} cannot be found (it was defined in {printable(filename)})",
            remedy="define it in a file or a notebook cell, or pass its text as `source=`",
        )
    try:
        file = load(filename, text, code.co_flags)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise SourceNotFound(
            f"{printable(filename)}, where {name} is defined, no longer compiles: {error}",
            remedy="correct the file and import it again, or pass the text as `source=`",
            code="AD106",
        ) from error
    node = find(file, code)
    if node is None:
        raise _not_in_text(fn, filename, name)
    return Captured(node, fn, filename, file.lines, node.lineno, fn.__qualname__)


def _not_in_text(fn: FunctionType, filename: str, name: str) -> SourceNotFound:
    if os.path.isfile(filename):
        return SourceNotFound(
            f"{printable(filename)} was edited after {name} was imported: "
            "its text is not that of the function that runs",
            remedy="import or run the file again, or pass the text as `source=`",
            code="AD102",
        )
    return SourceNotFound(
        f"the text known as {printable(filename)} does not hold {name}",
        remedy="run the cell or input again, or pass the text as `source=`",
    )


def _from_text(fn: FunctionType, source: str) -> Captured:
    """Capture from text given by the caller; its lines count as given."""
    code = fn.__code__
    name = printable(fn.__qualname__)
    lines = split_lines(source)
    try:
        tree = _parse(source, lines)
    except (SyntaxError, ValueError) as error:
        raise SourceNotFound(
            f"the text given as `source=` for {name} does not parse: {error}",
            remedy="pass the text of the whole definition, from its `def` or `lambda`",
            code="AD106",
        ) from error
    found = [node for node in ast.walk(tree) if _fits(node, code)]
    if len(found) > 1 and len({ast.dump(node) for node in found}) > 1:
        raise SourceNotFound(
            f"the text given as `source=` holds {len(found)} definitions that could be {name}",
            remedy="pass the text of the one that is meant",
            code="AD105",
        )
    if not found:
        parameters = ", ".join(_parameters(code))
        raise SourceNotFound(
            f"the text given as `source=` does not define {name}({printable(parameters)})",
            remedy="pass the text of this very function, with the same name and parameters",
            code="AD105",
        )
    node = found[0]
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    filename = f"<source of {fn.__qualname__}>"
    return Captured(node, fn, filename, lines, node.lineno, fn.__qualname__)


def _parse(source: str, lines: tuple[str, ...]) -> ast.Module:
    """Parse text that may be indented as a whole; places are those in `source`."""
    first = next((line for line in lines if line.strip() and line.lstrip()[0] != "#"), "")
    if not first[:1].isspace():
        return ast.parse(source)
    tree = ast.parse("if 1:\n" + source)  # unlike dedenting, leaves strings alone
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno -= 1
            if getattr(node, "end_lineno", None) is not None:
                node.end_lineno -= 1  # type: ignore[attr-defined]
    return tree


def _fits(node: ast.AST, code: CodeType) -> bool:
    if isinstance(node, ast.Lambda):
        named = code.co_name == "<lambda>"
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        named = code.co_name == node.name
    else:
        return False
    arguments = node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    names += [each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return named and names == _parameters(code)


def _parameters(code: CodeType) -> list[str]:
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)  # *args, **kwargs
    return list(code.co_varnames[:count])


def _shown(fn: object) -> str:
    name = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", None)
    return printable(name) if isinstance(name, str) else f"a {type(fn).__name__} object"
