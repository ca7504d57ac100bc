"""The text a code object came from, compiled again and searched for that very code object.

`inspect.getsource` trusts line numbers, and returns another function once the file was edited. Here
the whole *current* text is compiled, and a function counts as found only if the text yields a code
object of the same qualified name and bytecode. Each text is compiled once: files, notebook cells,
REPL inputs and doctest examples are kept by name and content.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import os
import threading
import tokenize
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, Final

from adcompiler.errors import SourceNotFound, printable

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_FUTURES: Final[int] = sum(
    {getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}
)
_KEPT: Final = 64  # texts; a long notebook session must not keep all of its cells


@dataclass(frozen=True)
class SourceFile:
    """One text, with the code objects and the definitions found in it."""

    filename: str
    lines: tuple[str, ...]
    codes: Mapping[str, list[CodeType]]  # by qualified name
    defs: Mapping[tuple[str, int], Definition]  # by name and first line, decorators counted
    lambdas: Mapping[int, list[ast.Lambda]]  # by line


_cache: OrderedDict[tuple[str, str, int], SourceFile] = OrderedDict()
_lock = threading.Lock()


def split_lines(text: str) -> tuple[str, ...]:
    """The lines of `text` as the parser counts them (form feeds and the like are no line ends)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return tuple(lines[:-1] if lines[-1] == "" else lines)


def current_text(function: FunctionType) -> str:
    """The text of the file, cell or input that `function` was defined in, as it is now; or ''."""
    filename = function.__code__.co_filename
    if os.path.isfile(filename):
        try:  # what is on disk, not what `linecache` remembers
            with tokenize.open(filename) as file:
                return file.read()
        except (OSError, SyntaxError, UnicodeError):
            return ""
    lines = linecache.getlines(filename, function.__globals__)
    if not lines:
        try:  # knows of further places, depending on Python's version
            lines = inspect.findsource(function)[0]
        except (OSError, TypeError, IndexError, SyntaxError):
            return ""
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def load(filename: str, text: str, flags: int) -> SourceFile:
    """Compile `text` as `filename`, once per content. Raises SyntaxError as `compile` does."""
    flags &= _FUTURES
    key = (filename, text, flags)
    with _lock:
        found = _cache.get(key)
        if found is not None:
            _cache.move_to_end(key)
            return found
    try:
        tree, code = _compile(filename, text, flags)
    except SyntaxError:  # a notebook cell may await at its top level
        tree, code = _compile(filename, text, flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    codes: dict[str, list[CodeType]] = {}
    for each in _nested(code):
        codes.setdefault(each.co_qualname, []).append(each)
    defs: dict[tuple[str, int], Definition] = {}
    lambdas: dict[int, list[ast.Lambda]] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            defs[node.name, first] = node
        elif isinstance(node, ast.Lambda):
            lambdas.setdefault(node.lineno, []).append(node)
    loaded = SourceFile(filename, split_lines(text), codes, defs, lambdas)
    with _lock:
        for old in [old for old in _cache if old[0] == filename and old[1] != text]:
            del _cache[old]
        _cache[key] = loaded
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    return loaded


def _compile(filename: str, text: str, flags: int) -> tuple[ast.Module, CodeType]:
    tree = compile(text, filename, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    return tree, compile(text, filename, "exec", flags, dont_inherit=True)


def _nested(code: CodeType) -> Iterator[CodeType]:
    """All code objects inside `code`."""
    waiting = [code]
    while waiting:
        for const in waiting.pop().co_consts:
            if isinstance(const, CodeType):
                yield const
                waiting.append(const)


def find(file: SourceFile, code: CodeType) -> Definition | None:
    """The definition in `file` that compiles to `code`; None where there is none.

    A function that an edit elsewhere in the file has moved is still found, if only one fits.
    Raises `SourceNotFound` where several definitions on one line cannot be told apart.
    """
    named = file.codes.get(code.co_qualname, [])
    same = _rewritten_from if _is_rewritten(code) else same_code
    here = [each for each in named if each.co_firstlineno == code.co_firstlineno]
    fitting = [each for each in here if same(each, code)]
    if len(fitting) > 1:
        positions = list(code.co_positions())
        fitting = [each for each in fitting if list(each.co_positions()) == positions] or fitting
    elif not fitting and same is same_code:
        fitting = [each for each in named if same(each, code)]
        if len(fitting) > 1:
            return None
    if not fitting:
        return None
    nodes = {id(node): node for each in fitting for node in _definitions(file, each)}
    if len(nodes) > 1 and len({ast.dump(node) for node in nodes.values()}) > 1:
        raise SourceNotFound(
            f"{len(nodes)} functions on line {fitting[0].co_firstlineno} of "
            f"{printable(file.filename)} cannot be told apart",
            remedy="write each on a line of its own, or give it a name with `def`",
            code="AD103",
        )
    return next(iter(nodes.values()), None)


def _definitions(file: SourceFile, code: CodeType) -> list[Definition]:
    """The definitions that `code`, compiled from `file` itself, may have come from."""
    if code.co_name != "<lambda>":
        found = file.defs.get((code.co_name, code.co_firstlineno))
        return [] if found is None else [found]
    nodes: list[ast.Lambda] = file.lambdas.get(code.co_firstlineno, [])
    if len(nodes) < 2:
        return [*nodes]
    spans = [
        ((line, col), (end_line, end_col))
        for line, end_line, col, end_col in code.co_positions()
        if line is not None and end_line is not None and col is not None and end_col is not None
        if (line, col) != (end_line, end_col)  # no source of its own: the start of the function
    ]
    if not spans:  # Python was told to keep no columns
        return [*nodes]
    start, stop = min(span[0] for span in spans), max(span[1] for span in spans)
    around = [node for node in nodes if _start(node.body) <= start and stop <= _stop(node.body)]
    # of lambdas inside lambdas, the innermost around everything that `code` computes
    innermost = max(around, key=lambda node: _start(node.body), default=None)
    return [] if innermost is None else [innermost]


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _stop(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def same_code(a: CodeType, b: CodeType) -> bool:
    """Whether two code objects compute the same; file names and line numbers may differ."""
    return (
        a.co_code == b.co_code
        and a.co_qualname == b.co_qualname
        and a.co_names == b.co_names
        and a.co_varnames == b.co_varnames
        and a.co_freevars == b.co_freevars
        and a.co_cellvars == b.co_cellvars
        and a.co_flags == b.co_flags
        and a.co_argcount == b.co_argcount
        and a.co_posonlyargcount == b.co_posonlyargcount
        and a.co_kwonlyargcount == b.co_kwonlyargcount
        and a.co_exceptiontable == b.co_exceptiontable
        and _same_consts(a.co_consts, b.co_consts)
    )


def _same_consts(a: Any, b: Any) -> bool:
    """Equality that tells 1, 1.0 and True, and 0.0 and -0.0, apart."""
    if type(a) is not type(b):
        return False
    if isinstance(a, CodeType):
        return same_code(a, b)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_same_consts, a, b))
    if isinstance(a, (float, complex)):
        return repr(a) == repr(b)
    return bool(a == b)


def _is_rewritten(code: CodeType) -> bool:
    """Whether pytest rewrote the function's asserts, so that its bytecode is not the file's."""
    return any(name.startswith("@py") for name in (*code.co_names, *code.co_varnames))


def _rewritten_from(plain: CodeType, rewritten: CodeType) -> bool:
    """Whether `rewritten` may be pytest's version of `plain`: as much as can be compared fits."""
    arguments = plain.co_argcount + plain.co_kwonlyargcount
    lines = {line for _, _, line in plain.co_lines() if line is not None}
    return (
        plain.co_argcount == rewritten.co_argcount
        and plain.co_kwonlyargcount == rewritten.co_kwonlyargcount
        and plain.co_varnames[:arguments] == rewritten.co_varnames[:arguments]
        and set(plain.co_varnames) <= set(rewritten.co_varnames)
        and set(plain.co_names) - {"AssertionError"} <= set(rewritten.co_names)
        and plain.co_freevars == rewritten.co_freevars
        and {line for _, _, line in rewritten.co_lines() if line is not None} <= lines
    )
