"""What adcompiler says when it cannot differentiate something, and when it is itself at fault.

Everything on the user's side derives from `AdcompilerError` and prints in one form: the place, a
stable code, the reason, the source line with a caret under the expression, and a remedy::

    model.py:12:9: AD201: `yield` makes f a generator, which has no derivative
        yield x * v
        ^^^^^^^^^^^
      in f, line 3 of it
    Remedy: collect the values in a list and return it.

User text is shown with control characters escaped, so that no source file can steer a terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CODES: Final[dict[str, str]] = {
    # where the source comes from
    "AD101": "the function's source cannot be found",
    "AD102": "the file was edited after the function was imported",
    "AD103": "several functions on one line cannot be told apart",
    "AD104": "not a function written in Python: a built-in, a ufunc, a class, compiled code",
    "AD105": "the text given as `source=` is not the source of this function",
    "AD106": "the source does not parse",
    # the language
    "AD200": "a construct of the language that is not supported",
    "AD201": "a generator",
    "AD202": "an asynchronous function, or something awaited",
    "AD203": "a write to a global or nonlocal name",
    "AD204": "code that is itself made at run time: exec, eval, a class or import in a wrong place",
    "AD205": "a try statement that cannot be followed: several clauses, arrays changed in it",
    "AD206": "a context manager that is not known to leave values alone",
    "AD207": "a pattern match",
    "AD208": "a name, or a result, that is bound on some paths only",
    "AD209": "nesting or recursion deeper than Python allows",
    "AD210": "a container used in a way that is not supported where active values are in it",
    "AD211": "something that has to be known when the derivative is compiled",
    "AD212": "a value of another kind on another path, or in another trip of a loop",
    "AD213": "something that Python or NumPy would reject too",
    "AD214": "a kind of value that can't be returned",
    "AD215": "a recursion that cannot be followed",
    # what is called
    "AD300": "a library function that is not supported",
    "AD301": "no rule says how to differentiate this call",
    "AD302": "the function has no derivative",
    "AD303": "a rule that is declared as still to be written",
    "AD304": "the callee is known only at run time",
    "AD305": "a captured variable, global or default that the function changes or is built on",
    "AD306": "an attribute or a method that is not supported",
    "AD307": "a rule that was declared does not fit its function, or cannot be read",
    # memory
    "AD400": "two names for one piece of memory, one of which is written through",
    "AD401": "arguments that overlap in memory, one of which is written to",
    "AD403": "a value stored or cast where it loses its fraction or its imaginary part",
    # the call
    "AD500": "the arguments or the result do not suit this derivative",
    "AD501": "`argnums` names no argument, or one twice",
    "AD502": "an argument to differentiate by is not floating, or not complex where it has to be",
    "AD503": "the result is not a real scalar",
    "AD504": "arguments do not match the function's signature",
    "AD505": "tangents or cotangents do not match in structure, shape or dtype",
    "AD506": "a type of argument that is not supported",
    "AD507": "the result is complex",
    "AD508": "the result does not suit `has_aux`",
    "AD509": "a derivative that is not available for these arguments",
    # files and the command line
    "AD600": "a generated file or a setting is not as expected",
    "AD601": "a file that adcompiler did not generate would be overwritten",
    "AD602": "a command line or a setting that cannot be understood",
    # ours
    "AD900": "a bug in adcompiler",
}
"""Every code, with the one line that the documentation prints for it."""

_REMEDIES: Final[dict[str, str]] = {
    "AD200": "write it in another way, or move it out of the function",
    "AD201": "build a list and return it",
    "AD202": "differentiate the part that computes, as an ordinary function",
    "AD204": "move it out of the function, and pass in what it gives",
    "AD205": "test the condition beforehand instead of catching its exception",
    "AD208": "give it a value on every path",
    "AD210": "use an array, or build a new list",
    "AD211": "pass it as an argument of its own, or write it out as a constant",
    "AD212": "give it one kind of value on every path, before and in the loop",
    "AD213": "call the function itself with these arguments: it should raise there too; correct it",
    "AD214": "return numbers, arrays, or tuples, lists, dicts and dataclasses of them",
    "AD215": "write the recursion as a loop",
    "AD300": "write it with other NumPy functions, or declare a rule for a function of your own",
    "AD302": "if it is meant to be constant, wrap its argument in ad.stop_gradient(...)",
    "AD303": "write it with other NumPy functions, or declare a rule for a function of your own",
    "AD304": "call a function that is known by its name",
    "AD305": "pass it as an argument",
    "AD306": "read it before the call and pass it as an argument, or use the NumPy function",
    "AD307": "declare it in a file, with the names of the function's arguments",
    "AD400": "copy it before the change, for example with .copy()",
    "AD508": "return (value, aux), a real scalar and anything else",
    "AD509": "use vjp or jvp",
}
"""What to do where the refusal itself has nothing better to say."""


def printable(text: str) -> str:
    r"""`text` with control, format and other unprintable characters escaped.

    >>> printable("a\rb\tc")
    'a\\rb c'
    """
    text = text.replace("\t", " ")
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def _columns(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


@dataclass(frozen=True)
class Place:
    """A stretch of the user's source.

    Lines count from 1 in the file; columns count *characters* from 1, and `end_col` is the column
    after the last character. `text` is the whole line `line`; `def_line` is the line of the
    function's ``def`` (decorators not counted), from which emitted comments count.
    """

    filename: str
    line: int
    col: int
    end_line: int
    end_col: int
    text: str
    function: str
    def_line: int

    def __str__(self) -> str:
        return f"{printable(self.filename)}:{self.line}:{self.col}"

    @property
    def relative_line(self) -> int:
        """The line counted from the function's ``def``, which is line 1."""
        return self.line - self.def_line + 1

    def excerpt(self) -> str:
        """The source line, with carets under the expression."""
        text = self.text.rstrip("\r\n")
        indent = len(text) - len(text.lstrip())
        start = min(max(self.col - 1, indent), len(text))
        stop = len(text.rstrip()) if self.end_line > self.line else min(self.end_col - 1, len(text))
        before, marked = printable(text[indent:start]), printable(text[start:stop])
        carets = "^" * max(1, _columns(marked))
        return f"    {printable(text[indent:].rstrip())}\n    {' ' * _columns(before)}{carets}"


class AdcompilerError(Exception):
    """The base of all errors on the user's side."""

    default_code = "AD200"

    def __init__(
        self, reason: str, *, place: Place | None = None, remedy: str = "", code: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place
        self.code = code if code is not None else self.default_code
        self.remedy = remedy or _REMEDIES.get(self.code, "")

    def __str__(self) -> str:
        place = self.place
        lines = [f"{self.code}: {_escaped(self.reason)}"]
        if place is not None:
            lines[0] = f"{place}: {lines[0]}"
            if place.text.strip():
                lines.append(place.excerpt())
            if place.function:
                lines.append(f"  in {printable(place.function)}, line {place.relative_line} of it")
        if self.remedy:
            lines.append(f"Remedy: {_escaped(self.remedy)}")
        return "\n".join(lines)


def _escaped(text: str) -> str:
    """As `printable`, keeping line breaks."""
    return "\n".join(printable(line) for line in text.split("\n"))


class Unsupported(AdcompilerError):
    """A construct of the language or of a library that is refused."""


class SourceNotFound(AdcompilerError):
    """The source of a function cannot be found, or is not what is running."""

    default_code = "AD101"


class SignatureError(AdcompilerError, TypeError):
    """Arguments, `argnums` or results that do not suit a derivative."""

    default_code = "AD500"


class UsageError(AdcompilerError):
    """A command line, a signature or a setting that cannot be understood."""

    default_code = "AD602"


class FileRefused(AdcompilerError):
    """A file that will not be written, or is not as it should be."""

    default_code = "AD600"


class UnsafeAlias(Unsupported):
    """Two names for one piece of memory, in a way that could give a wrong derivative."""

    default_code = "AD400"


class NoRule(Unsupported):
    """An active value reaches a function that no rule differentiates.

    `callee` is the function as the user writes it (``np.foo``), `operands` its argument names: from
    them the message prints the declaration to fill in.
    """

    default_code = "AD301"

    def __init__(
        self,
        reason: str,
        *,
        callee: str = "",
        operands: Sequence[str] = ("x",),
        place: Place | None = None,
        remedy: str = "",
        code: str | None = None,
    ) -> None:
        super().__init__(reason, place=place, remedy=remedy, code=code)
        self.callee = callee
        self.operands = tuple(operands)

    @property
    def snippet(self) -> str:
        """The declaration of a rule for `callee`, to be completed."""
        names = self.operands or ("x",)
        partials = "..." if len(names) == 1 else f"({', '.join('...' for _ in names)})"
        what = f"d y / d {names[0]}" if len(names) == 1 else "the partials of y"
        parameters = ", ".join((*names, "y"))
        return (
            f"ad.rules.elementwise({self.callee}, lambda {parameters}: {partials})"
            f"  # {what}; y is the result"
        )

    def __str__(self) -> str:
        text = super().__str__()
        if not self.callee:
            return text
        lead = "Or declare" if self.remedy else "Remedy: declare"
        return (
            f"{text}\n{lead} a rule, before the first derivative is asked for:\n"
            f"    {printable(self.snippet)}"
        )


class BadRule(AdcompilerError, TypeError):
    """A rule that does not fit the function it is declared for, or whose source can't be read."""

    default_code = "AD307"


class InternalError(RuntimeError):
    """A bug in adcompiler. Nothing that a user writes should lead here."""

    def __init__(self, reason: str, *, place: Place | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place
        self.code = "AD900"

    def __str__(self) -> str:
        lines = [f"AD900: a bug in adcompiler, not in your code: {_escaped(self.reason)}"]
        if self.place is not None:
            lines[0] = f"{self.place}: {lines[0]}"
            if self.place.text.strip():
                lines.append(self.place.excerpt())
        lines.append(
            "Please report it, with the function's source, the call, this traceback and what "
            "`adcompiler doctor` prints."
        )
        return "\n".join(lines)
