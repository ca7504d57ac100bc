"""Making a failing program small: the smallest found that fails in the same way.

Candidates are made on the syntax tree, the large cuts first: chunks of statements, then a block in
place of the statement around it, then a part of an expression, or a number, in place of the whole,
then parameters that nothing uses. The number of candidates is bounded, so that shrinking is
deterministic.
"""

from __future__ import annotations

import ast
import copy
import itertools
import warnings
from collections.abc import Callable, Iterator
from functools import partial

from .check import check
from .verdicts import Verdict

CANDIDATES = 1500

Test = Callable[[str], bool]
Edit = Callable[[], ast.Module]


def shrink(text: str, verdict: Verdict, second_order: bool = False, limit: int = CANDIDATES) -> str:
    """The text of a small program with the same verdict."""

    def fails(candidate: str) -> bool:
        found = check(candidate, second_order, verdict.what, seconds=10)
        return found.same_failure(verdict)

    return reduce(text, fails, limit)


def reduce(text: str, fails: Test, limit: int = CANDIDATES) -> str:
    """The smallest text found for which `fails` still holds."""
    tried: set[str] = {text}
    left = limit
    progress = True
    while progress:
        progress = False
        for edits in (blocks, statements, unwrapped, parameters, expressions):
            position = 0  # go on where the last cut was, instead of from the start
            while position is not None and left > 0:
                candidates = enumerate(itertools.islice(edits(ast.parse(text)), position, None))
                start, position = position, None
                for offset, edit in candidates:
                    candidate = printed(edit())
                    if candidate is None or len(candidate) >= len(text) or candidate in tried:
                        continue
                    tried.add(candidate)
                    left -= 1
                    if left <= 0:
                        return text
                    if fails(candidate):
                        text, position, progress = candidate, start + offset, True
                        break
    return text


def bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Every list of statements, the outer ones first."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            part = getattr(node, name, None)
            if isinstance(part, list) and part:
                yield part


def printed(tree: ast.Module) -> str | None:
    """The text, or None where the tree is no program any more."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the kind "'float' object is not callable"
            text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
            compile(text, "shrunk", "exec")
    except (SyntaxError, ValueError):
        return None
    return text if "WRT = ()" not in text else None


def cut(tree: ast.Module, sizes: Callable[[int], list[int]]) -> Iterator[Edit]:
    """The tree without some consecutive statements of one block."""

    def without(number: int, start: int, size: int) -> ast.Module:
        fresh = copy.deepcopy(tree)
        part = list(bodies(fresh))[number]
        part[start : start + size] = [] if len(part) > size else [ast.Pass()]
        return drop_empty(fresh)

    for number, body in enumerate(bodies(tree)):
        for size in sizes(len(body)):
            for start in range(len(body) - size, -1, -1):
                if not (len(body) == size and isinstance(body[0], ast.Pass)):
                    yield partial(without, number, start, size)


def drop_empty(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        orelse = getattr(node, "orelse", None)
        if isinstance(orelse, list) and len(orelse) == 1 and isinstance(orelse[0], ast.Pass):
            node.orelse = []  # type: ignore[attr-defined]
    return tree


def blocks(tree: ast.Module) -> Iterator[Edit]:
    """Large cuts: all, half, a quarter and an eighth of a block."""
    return cut(tree, lambda n: [n // k for k in (1, 2, 4, 8) if n // k > 1])


def statements(tree: ast.Module) -> Iterator[Edit]:
    return cut(tree, lambda n: [1])


def unwrapped(tree: ast.Module) -> Iterator[Edit]:
    """A block in place of the statement around it."""

    def inside(number: int, position: int, name: str) -> ast.Module:
        fresh = copy.deepcopy(tree)
        target = list(bodies(fresh))[number]
        target[position : position + 1] = getattr(target[position], name)
        return fresh

    for number, body in enumerate(bodies(tree)):
        for position, statement in enumerate(body):
            if isinstance(statement, (ast.ClassDef, ast.FunctionDef)):
                continue
            for name in ("body", "orelse"):
                if isinstance(getattr(statement, name, None), list) and getattr(statement, name):
                    yield partial(inside, number, position, name)


def spots(tree: ast.Module) -> Iterator[tuple[ast.AST, str, int | None, ast.expr]]:
    """Every place that holds an expression that is read, but for what the checker reads."""
    kept = {id(n) for statement in tree.body for n in frame(statement)}
    for node in ast.walk(tree):
        if id(node) in kept:
            continue
        for name, value in ast.iter_fields(node):
            parts = value if isinstance(value, list) else [value]
            for i, part in enumerate(parts):
                context = getattr(part, "ctx", None)
                if isinstance(part, ast.expr) and not isinstance(context, (ast.Store, ast.Del)):
                    yield node, name, i if isinstance(value, list) else None, part


def frame(statement: ast.stmt) -> list[ast.AST]:
    """The nodes of a module's statement that keep their form: ``WRT`` and what ``args`` returns."""
    if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "WRT":
        return [statement, *ast.walk(statement.value)]
    if isinstance(statement, ast.FunctionDef) and statement.name == "args":
        return [statement.body[-1]]
    return []


def put(spot: tuple[ast.AST, str, int | None, ast.expr], new: ast.expr) -> None:
    node, name, i, _ = spot
    if i is None:
        setattr(node, name, new)
    else:
        getattr(node, name)[i] = new


def expressions(tree: ast.Module) -> Iterator[Edit]:
    """A part of an expression, or a number, in place of the whole."""

    def replaced(number: int, new: ast.expr) -> ast.Module:
        fresh = copy.deepcopy(tree)
        put(list(spots(fresh))[number], copy.deepcopy(new))
        return fresh

    for number, (_, field, _, part) in enumerate(spots(tree)):
        if field == "func" or isinstance(part, (ast.Constant, ast.Name, ast.Slice)):
            continue
        if isinstance(part, ast.UnaryOp) and isinstance(part.operand, ast.Constant):
            continue
        inside = [n for n in ast.iter_child_nodes(part) if isinstance(n, ast.expr)]
        inside += [
            m
            for n in inside
            if isinstance(n, (ast.Tuple, ast.List, ast.BinOp))
            for m in ast.iter_child_nodes(n)
            if isinstance(m, ast.expr)
        ]
        truth = isinstance(part, (ast.Compare, ast.BoolOp)) or (
            isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not)
        )
        for new in [*inside, ast.Constant(True if truth else 0.5)]:
            module = isinstance(new, ast.Name) and new.id in ("np", "math")
            if not module and not isinstance(new, (ast.Slice, ast.Starred)):
                yield partial(replaced, number, new)


def parameters(tree: ast.Module) -> Iterator[Edit]:
    """One parameter of ``f`` less, with its argument; or one less to differentiate by."""

    def change_wrt(fresh: ast.Module, change: Callable[[tuple[int, ...]], tuple[int, ...]]) -> None:
        for node in fresh.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "WRT":
                kept = change(ast.literal_eval(node.value))
                node.value = ast.parse(repr(kept), mode="eval").body

    def without(position: int) -> ast.Module:
        fresh = copy.deepcopy(tree)
        for node in fresh.body:
            if isinstance(node, ast.FunctionDef) and node.name == "f":
                del node.args.args[position]
            elif isinstance(node, ast.FunctionDef) and node.name == "args":
                returned = node.body[-1]
                if isinstance(returned, ast.Return) and isinstance(returned.value, ast.Tuple):
                    del returned.value.elts[position]
        change_wrt(fresh, lambda wrt: tuple(i - (i > position) for i in wrt if i != position))
        return fresh

    def not_by(position: int) -> ast.Module:
        fresh = copy.deepcopy(tree)
        change_wrt(fresh, lambda wrt: tuple(i for i in wrt if i != position))
        return fresh

    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and function.name == "f":
            for position in range(len(function.args.args) - 1, -1, -1):
                yield partial(without, position)
                yield partial(not_by, position)
