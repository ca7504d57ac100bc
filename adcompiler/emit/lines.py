"""Which of the user's lines each line of an emitted text came from, and exceptions that say so.

An exception in a derivative shows the emitted line, from `linecache`, and gets a note::

    ZeroDivisionError: float division by zero
    from line 12 of model.py, in f: y = 1.0 / x
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from adcompiler.emit.tidy import Comment
from adcompiler.errors import printable
from adcompiler.ir.nodes import Op, Place, flatten

_BODIES = ("body", "orelse", "finalbody", "handlers")


@dataclass(frozen=True)
class UserLine:
    """A line of the user's file, counted from 1; `derived` if it is about a derivative of it."""

    filename: str
    line: int
    function: str
    text: str
    derived: bool

    def __str__(self) -> str:
        where = f"line {self.line} of {printable(self.filename)}, in {printable(self.function)}"
        return f"from {where}: {self.text}"


Lines = dict[int, UserLine]
_loaded: dict[str, Lines] = {}  # of every emitted text that was executed, by its file name


def placed(made: list[ast.stmt], place: Place | None) -> list[ast.stmt]:
    """The statements, told where they come from if nothing in them has said so."""
    if place is not None and place.source is not None:
        for each in made:
            if not hasattr(each, "place"):
                each.place = place  # type: ignore[attr-defined]
    return made


def place_of(results: list[Any]) -> Place | None:
    """Where what is returned is computed, as far as it is computed there."""
    folded = [each for each in results if isinstance(each, Op)]
    inner = [each for op in folded for each in flatten(op.args) if isinstance(each, Op)]
    return next((op.place for op in (*folded, *inner) if op.place is not None), None)


def user_lines(tree: ast.Module, parsed: ast.Module) -> Lines:
    """The user's line for each line of a text; `tree` is what was printed, `parsed` what was read
    back, without the comments.
    """
    found: Lines = {}
    todo: list[tuple[Any, Any]] = [(tree, parsed)]
    while todo:
        made, read = todo.pop()
        for name in _BODIES:
            inner = getattr(made, name, ())
            if not isinstance(inner, list):
                continue
            statements = [each for each in inner if not isinstance(each, Comment)]
            for each, there in zip(statements, getattr(read, name), strict=False):
                todo.append((each, there))
                place = getattr(each, "place", None)
                if place is not None:
                    found.update(dict.fromkeys(_header(there), _user_line(place)))
    return found


def _header(statement: ast.stmt) -> range:
    """The lines of a statement, without those of its body."""
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(last, statement.lineno) + 1)


def _user_line(place: Place) -> UserLine:
    """The place, followed through texts of ours that were differentiated again."""
    source = place.source
    line = source.def_line + place.line - 1
    known = line_of(source.function.__code__.co_filename, line)
    if known is None:
        return UserLine(source.filename, line, source.qualname, place.text, place.derived)
    return replace(known, derived=known.derived or place.derived)


def loaded(filename: str, text: str, lines: Lines) -> None:
    """Let tracebacks and debuggers show an emitted text, as long as the process lives."""
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    _loaded[filename] = lines


def line_of(filename: str, line: int) -> UserLine | None:
    """Where a line of an emitted text came from; the text goes by its code's file name."""
    return _loaded.get(filename, {}).get(line)


def explain(error: BaseException) -> None:
    """Add a note with the user's line to an exception that came out of emitted code."""
    found = [line for line in map(_line_at, _frames(error)) if line is not None]
    if found:
        note = str(found[-1])
        if note not in getattr(error, "__notes__", ()) and note not in str(error):
            error.add_note(note)


def _frames(error: BaseException) -> Iterator[Any]:
    at = error.__traceback__
    while at is not None:
        yield at
        at = at.tb_next


def _line_at(at: Any) -> UserLine | None:
    return line_of(at.tb_frame.f_code.co_filename, at.tb_lineno)


class explaining:
    """``with explaining():`` around a call of emitted code."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if error is not None:
            explain(error)
