"""Rules broken on purpose: how many of them does the test of all rules notice?

    python -m tests.mutate_rules                  # every mutant
    python -m tests.mutate_rules --sample 300     # an even selection, always the same
    python -m tests.mutate_rules numpy.linalg     # of rules whose names contain one of these

A mutant changes one place of one function that a rule consists of: the sign of what it returns, a
thousandth of it, a term or a factor dropped, a call left out (an ``expand_dims``, a transpose, a
sum). Some change what all rules share: the unbroadcasting of adjoints, the real part, the shape of
tangents. It is caught if a check of the sample of ``tests/rule_checks`` fails. One whose
derivatives are those of the original at every sampled case is equivalent as far as can be told, and
listed apart.
"""

from __future__ import annotations

import argparse
import ast
import copy
import linecache
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from types import FunctionType
from typing import Any

from adcompiler.frontend.program import Program
from adcompiler.ir import nodes as n
from adcompiler.optimise import simplify
from adcompiler.rules.contract import REGISTRY, Rule
from tests.rule_cases import DERIVED
from tests.rule_checks import sampled

_numbers = count()
_program = Program(lambda: None)


@dataclass(frozen=True)
class Mutant:
    rule: int  # its place in DERIVED; those that all rules share have -1
    where: str  # partials, transpose, jvp x, vjp x, or the name of a helper
    what: str
    place: int  # which of the function's places
    text: str = ""

    def __str__(self) -> str:
        name = DERIVED[self.rule].name if self.rule >= 0 else "all rules"
        return f"{name}, {self.where}: {self.what}{f' ({self.text})' if self.text else ''}"


# ---- what a rule consists of


def functions(rule: Rule) -> dict[str, Any]:
    """The functions of a rule by where they stand in it, and the helpers that these call."""
    found: dict[str, Any] = {}
    if rule.partials:
        found["partials"] = rule.partials
    if rule.transpose:
        found["transpose"] = rule.transpose
    found |= {f"jvp {name}": fn for name, fn in rule.jvp.items()}
    found |= {f"vjp {name}": fn for name, fn in rule.vjp.items()}
    todo = list(found.values())
    while todo:
        fn = todo.pop()
        for name in fn.__code__.co_names:
            helper = fn.__globals__.get(name)
            if isinstance(helper, FunctionType) and helper.__module__.startswith(
                "adcompiler.rules"
            ):
                if hasattr(helper, "__adcompiler_static__") or helper in found.values():
                    continue
                found[f"helper {helper.__name__}"] = helper
                todo.append(helper)
    return found


# ---- changes


def returned(node: Any) -> list[tuple[Any, str]]:
    """The places that hold a returned value, as (owner, field)."""
    if isinstance(node, ast.Lambda):
        return [(node, "body")]
    return [(x, "value") for x in ast.walk(node) if isinstance(x, ast.Return) and x.value]


def each_value(owner: Any, field: str) -> Iterator[tuple[Any, Any]]:
    """A returned value; of a tuple, its items."""
    value = getattr(owner, field)
    if isinstance(value, ast.Tuple | ast.List):
        for k in range(len(value.elts)):
            yield value.elts, k
    else:
        yield owner, field


def changes(node: Any) -> Iterator[tuple[str, Any, Any, Any]]:
    """(what, owner, field or position, new expression): every change to one place."""
    for owner, field in returned(node):
        for where, key in each_value(owner, field):
            old = where[key] if isinstance(where, list) else getattr(where, key)
            if isinstance(old, ast.Constant) and not old.value:
                continue  # nothing, or zero
            yield "sign", where, key, ast.UnaryOp(ast.USub(), old)
            yield "thousandth", where, key, ast.BinOp(old, ast.Mult(), ast.Constant(1.001))
    for parent in ast.walk(node):
        if isinstance(parent, ast.Subscript | ast.arguments | ast.Assert):
            continue
        for field, value in ast.iter_fields(parent):
            items = list(enumerate(value)) if isinstance(value, list) else [(field, value)]
            for key, old in items:
                where = value if isinstance(value, list) else parent
                if isinstance(old, ast.BinOp) and isinstance(old.op, ast.Add | ast.Sub):
                    yield "term dropped", where, key, old.left
                    yield "term dropped", where, key, old.right
                elif isinstance(old, ast.BinOp) and isinstance(old.op, ast.Mult | ast.Div):
                    yield "factor dropped", where, key, old.left
                elif isinstance(old, ast.Call) and old.args and field != "func":
                    if not isinstance(old.args[0], ast.Constant | ast.Starred):
                        yield "call left out", where, key, old.args[0]


def is_shape(node: ast.AST) -> bool:
    """Whether a change is to lengths and positions only, whose arithmetic is no derivative."""
    return not any(isinstance(x, ast.Name) for x in ast.walk(node))


def mutants_of(k: int, seen: set[Any]) -> Iterator[Mutant]:
    for where, fn in functions(DERIVED[k]).items():
        if fn in seen:
            continue
        seen.add(fn)
        for place, (what, _, _, new) in enumerate(changes(copy.deepcopy(source(fn)))):
            if not is_shape(new):
                yield Mutant(k, where, what, place, ast.unparse(new)[:70])


def source(fn: Any) -> Any:
    return _program.source_of(fn).node


def changed(fn: Any, place: int) -> Any:
    """The function with one change, its source readable."""
    node = copy.deepcopy(source(fn))
    _, where, key, new = list(changes(node))[place]
    if isinstance(where, list):
        where[key] = new
    else:
        setattr(where, key, new)
    if isinstance(node, ast.Lambda):
        text = f"made = {ast.unparse(node)}\n"
    else:
        node.name = "made"
        text = ast.unparse(node) + "\n"
    file = f"<mutant {next(_numbers)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space: dict[str, Any] = {}
    exec(compile(text, file, "exec"), fn.__globals__, space)
    made = space["made"]
    made.__defaults__ = fn.__defaults__
    return made


# ---- a mutant in its place


class InPlace:
    """While it is entered, the compiler reads the mutant instead of the original."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.undo: list[Any] = []

    def __enter__(self) -> None:
        mutant = self.mutant
        if mutant.rule < 0:
            table, key, made = SHARED[mutant.where]
            old = table[key]
            table[key] = made
            self.undo.append(lambda: table.__setitem__(key, old))
            return
        rule = DERIVED[mutant.rule]
        made = changed(functions(rule)[mutant.where], mutant.place)
        kind, _, name = mutant.where.partition(" ")
        if kind == "helper":
            helper = functions(rule)[mutant.where]
            for module in list(sys.modules.values()):
                if getattr(module, "__name__", "").startswith("adcompiler.rules"):
                    for key, value in list(vars(module).items()):
                        if value is helper:
                            setattr(module, key, made)
                            self.undo.append(lambda m=module, k=key: setattr(m, k, helper))
            return
        parts = {"jvp": dict(rule.jvp), "vjp": dict(rule.vjp)}
        if kind in parts:
            parts[kind][name] = made
        else:
            parts[kind] = made
        REGISTRY.add(replace(rule, **parts))
        self.undo.append(lambda: REGISTRY.add(rule))

    def __exit__(self, *_: Any) -> None:
        for each in self.undo:
            each()


def _unmatched(b: Any, args: Any, kwargs: Any) -> Any:
    return args[0]


def _imaginary_kept(b: Any, args: Any, kwargs: Any) -> Any:
    return args[0] if simplify.is_complex(args[0].type) else simplify._match(b, args, kwargs)


SHARED: dict[str, Any] = {
    "unbroadcast dropped": (simplify._RULES, n.MATCH, _unmatched),
    "real part dropped": (simplify._RULES, n.MATCH, _imaginary_kept),
    "tangent not fitted": (simplify._RULES, n.FIT, _unmatched),
}


# ---- is it caught?


def users(mutant: Mutant) -> list[int]:
    """The rules whose checks should notice; a helper has several."""
    if mutant.rule < 0:
        names = (
            "numpy.multiply",
            "numpy.absolute",
            "numpy.full",
            "numpy.sum",
            "numpy.broadcast_to",
        )
        return [k for k, rule in enumerate(DERIVED) if rule.name in names]
    if not mutant.where.startswith("helper "):
        return [mutant.rule]
    helper = functions(DERIVED[mutant.rule])[mutant.where]
    return [k for k, rule in enumerate(DERIVED) if helper in functions(rule).values()][:12]


def judge(mutant: Mutant) -> str:
    """ "caught", "equivalent" or "survived"."""
    wanted = users(mutant)
    adjoint = mutant.where.startswith(("vjp", "transpose", "unbroadcast"))
    first = "reverse" if adjoint else "forward"
    with InPlace(mutant):
        for k in wanted:
            if any(check.run(first) for check in sampled(DERIVED[k])):
                return "caught"
        with_it = [outcome(k) for k in wanted]
    return "equivalent" if with_it == [outcome(k) for k in wanted] else "survived"


def outcome(k: int) -> list[Any]:
    """The derivatives of a rule's sample, rounded to what rounding leaves."""
    found = []
    for check in sampled(DERIVED[k]):
        check.run()
        found.append([f"{x:.9e}" for x in check.digest()])
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="parts of the names of rules")
    parser.add_argument("--sample", type=int, help="how many mutants, evenly chosen")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    begin = time.monotonic()
    seen: set[Any] = set()
    mutants = [Mutant(-1, where, where, 0) for where in SHARED]
    for k, rule in enumerate(DERIVED):
        if not options.names or any(each in rule.name for each in options.names):
            mutants += mutants_of(k, seen)
    total = len(mutants)
    if options.sample and options.sample < total:
        mutants = [mutants[k * total // options.sample] for k in range(options.sample)]
    verdicts: dict[str, list[Mutant]] = {"caught": [], "equivalent": [], "survived": []}
    with ProcessPoolExecutor(options.processes) as pool:
        for mutant, verdict in zip(mutants, pool.map(judge, mutants, chunksize=8), strict=True):
            verdicts[verdict].append(mutant)
    caught, survived = len(verdicts["caught"]), len(verdicts["survived"])
    for name in ("equivalent", "survived"):
        print(f"{name}:")
        for mutant in verdicts[name]:
            print(f"  {mutant}")
    share = 100.0 * caught / max(1, caught + survived)
    print(
        f"{len(mutants)} of {total} mutants: {caught} caught, {survived} survived,"
        f" {len(verdicts['equivalent'])} equivalent: {share:.1f} % caught,"
        f" {time.monotonic() - begin:.0f} s"
    )
    return int(share < 98.0)


if __name__ == "__main__":
    raise SystemExit(main())
