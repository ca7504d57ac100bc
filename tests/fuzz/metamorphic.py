"""Changes of a program that leave what it computes as it is: the derivative must stay, too.

Each takes a module's text and returns another, or None where there is nothing to change in ``f``.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable

from .weights import COLLIDING, UNICODE

MOST_TRIPS = 4  # of a loop that is written out


def renamed(text: str) -> str | None:
    """Every name that ``f`` binds becomes another."""
    tree = ast.parse(text)
    f = function_of(tree)
    bound = {n.id for n in ast.walk(f) if isinstance(n, ast.Name) and stores(n)}
    bound |= {n.arg for n in ast.walk(f) if isinstance(n, ast.arg)}
    bound |= {n.name for n in ast.walk(f) if isinstance(n, ast.FunctionDef)} - {"f"}
    seen = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | bound
    pool = [name for name in (*COLLIDING, *UNICODE) if name not in seen]
    pool += [f"x{k}_bar_" for k in range(len(bound))]
    new = dict(zip(sorted(bound), pool, strict=False))
    for node in ast.walk(f):
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = new[node.arg]
        elif isinstance(node, ast.FunctionDef):
            node.name = new.get(node.name, node.name)
    return printed(tree)


def with_dead_code(text: str) -> str | None:
    """Statements whose results nothing reads, among those of ``f``."""
    tree = ast.parse(text)
    f = function_of(tree)
    first = f.args.args[0].arg
    places = blocks(f.body)
    for number, block in enumerate(places):
        at = len(block) if not leaves(block[-1]) else len(block) - 1
        block[at:at] = ast.parse(
            f"dead_{number} = np_of_dead.sin(dead) * {number + 2}.0\n"
            f"dead_array[{number % 3}] += dead_{number}\n"
        ).body
    f.body[:0] = ast.parse(
        f"dead = np_of_dead.sum(np_of_dead.abs({first})) * 0.5\ndead_array = np_of_dead.zeros(3)\n"
        "if dead > 0.1237:\n    dead = dead * dead\n    dead_array[0] = dead\n"
    ).body
    tree.body.insert(after_docstring(tree), ast.parse("import numpy as np_of_dead").body[0])
    return printed(tree)


def unrolled(text: str) -> str | None:
    """Loops over a few constant trips, trip by trip."""
    tree = ast.parse(text)
    f = function_of(tree)
    changed = False
    for block in blocks(f.body):
        for position in range(len(block) - 1, -1, -1):
            trips = constant_trips(block[position])
            if trips is not None:
                loop = block[position]
                assert isinstance(loop, ast.For)
                block[position : position + 1] = written_out(loop, trips)
                changed = True
    return printed(tree) if changed else None


def written_out(loop: ast.For, trips: range) -> list[ast.stmt]:
    made: list[ast.stmt] = []
    for k in trips:
        made.append(ast.Assign([copy.deepcopy(loop.target)], ast.Constant(k)))
        made += copy.deepcopy(loop.body)
    return [*made, *loop.orelse] or [ast.Pass()]


def constant_trips(statement: ast.stmt) -> range | None:
    """The trips of a loop that can be written out."""
    if not isinstance(statement, ast.For) or not isinstance(statement.iter, ast.Call):
        return None
    call = statement.iter
    if not isinstance(call.func, ast.Name) or call.func.id != "range":
        return None
    try:
        trips = range(*(ast.literal_eval(each) for each in call.args))
    except (ValueError, TypeError):
        return None
    defines = any(isinstance(n, ast.FunctionDef | ast.Lambda) for n in ast.walk(statement))
    if len(trips) > MOST_TRIPS or defines or leaves_loop(statement.body):
        return None
    return trips


def leaves_loop(body: list[ast.stmt]) -> bool:
    """Whether a `break` or `continue` is of the loop with this body."""
    for statement in body:
        if isinstance(statement, ast.Break | ast.Continue):
            return True
        loop = isinstance(statement, ast.For | ast.While)
        parts = [statement.orelse] if loop else inner_blocks(statement)
        if any(leaves_loop(part) for part in parts):
            return True
    return False


def leaves(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Return | ast.Break | ast.Continue | ast.Raise)


def inner_blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return []
    parts = [getattr(statement, name, None) for name in ("body", "orelse", "finalbody")]
    return [part for part in parts if part]


def blocks(body: list[ast.stmt]) -> list[list[ast.stmt]]:
    """A function's blocks, the inner ones first; not those of functions in it."""
    found = [each for s in body for part in inner_blocks(s) for each in blocks(part)]
    return [*found, body]


def stores(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store | ast.Del)


def function_of(tree: ast.Module) -> ast.FunctionDef:
    return next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "f")


def after_docstring(tree: ast.Module) -> int:
    return 0 if ast.get_docstring(tree) is None else 1


def printed(tree: ast.Module) -> str:
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


CHANGES: dict[str, Callable[[str], str | None]] = {
    "renamed": renamed,
    "dead code": with_dead_code,
    "unrolled": unrolled,
}
