"""Gradients of other people's functions: those of an installed package, at the calls that their
docstrings show, compared with differences.

    python -m tests.survey fluids chemicals ht

The functions of one package that return a float are differentiated by the first float of the call.
One line says how many agree, are refused, differ or fail; `--show` lists all but those that agree.
"""

from __future__ import annotations

import argparse
import ast
import doctest
import importlib
import inspect
import pkgutil
import signal
import warnings
from collections import Counter
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

import adcompiler as ad
from adcompiler.errors import AdcompilerError

SECONDS = 20  # for one function
SKIPPED = ("numba", "vectorized", "test")  # modules that say the same again, or are no library


def modules(name: str) -> Iterator[ModuleType]:
    package = importlib.import_module(name)
    yield package
    for found in pkgutil.walk_packages(getattr(package, "__path__", ()), name + "."):
        if not any(word in found.name for word in SKIPPED):
            try:
                yield importlib.import_module(found.name)
            except Exception:  # it needs what is not installed
                continue


def example(module: ModuleType, fn: FunctionType) -> dict[str, Any] | None:
    """The arguments of the first call of ``fn`` in its docstring."""
    names = {**vars(module), "np": np, "numpy": np}
    try:
        shown = doctest.DocTestParser().get_examples(inspect.getdoc(fn) or "")
        for each in shown:
            tree = ast.parse(each.source)
            call = tree.body[0].value if isinstance(tree.body[0], ast.Expr) else None
            if isinstance(call, ast.Call) and ast.unparse(call.func) == fn.__name__:
                args = [eval(ast.unparse(x), names) for x in call.args]
                given = {k.arg: eval(ast.unparse(k.value), names) for k in call.keywords if k.arg}
                bound = inspect.signature(fn).bind(*args, **given)
                bound.apply_defaults()
                return dict(bound.arguments)
            exec(each.source, names)
    except TimeoutError:
        raise
    except Exception:  # an example that does not run
        return None
    return None


def stop(*_: object) -> None:
    raise TimeoutError


def slope(fn: FunctionType, given: dict[str, Any], name: str) -> tuple[float, float]:
    """By differences at two steps: Richardson's extrapolation, and how far they are apart."""
    h = 1e-5 * max(abs(given[name]), 1e-3)

    def at(x: float) -> float:
        return float(fn(**{**given, name: x}))

    x = given[name]
    fine, coarse = ((at(x + k * h) - at(x - k * h)) / (2 * k * h) for k in (1, 2))
    return (4 * fine - coarse) / 3, abs(fine - coarse)


def verdict(module: ModuleType, fn: FunctionType) -> tuple[str, str] | None:
    """What became of one function; None where it has no fitting example."""
    given = example(module, fn)
    name = next((k for k, x in (given or {}).items() if type(x) is float), None)
    if given is None or name is None:
        return None
    try:
        value = fn(**given)
        expected, doubt = slope(fn, given, name)
    except TimeoutError:
        raise
    except Exception:
        return None
    if not isinstance(value, float | np.floating):
        return None
    try:
        found = ad.grad(fn, argnums=name)(**given)
    except AdcompilerError as refusal:
        return "refused", str(refusal).partition("\n")[0]
    except TimeoutError:
        raise
    except Exception as error:
        return "failed", f"{type(error).__name__}: {error}"
    rounding = 1e-9 * abs(value) / max(abs(given[name]), 1e-3)
    if abs(found - expected) <= 1e-5 * abs(expected) + 20 * doubt + rounding:
        return "agrees", ""
    return "differs", f"by {name}: {found}, differences {expected}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("packages", nargs="+")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    signal.signal(signal.SIGALRM, stop)
    for package in options.packages:
        counts: Counter[str] = Counter()
        done = set()
        for module in modules(package):
            for name, fn in sorted(vars(module).items()):
                if not inspect.isfunction(fn) or fn.__module__ != module.__name__ or fn in done:
                    continue
                done.add(fn)
                signal.alarm(SECONDS)
                try:
                    found = verdict(module, fn)
                except TimeoutError:
                    found = "failed", f"more than {SECONDS} s"
                signal.alarm(0)
                if found is not None:
                    counts[found[0]] += 1
                    if options.show and found[0] != "agrees":
                        print(f"{module.__name__}.{name}: {found[0]}: {found[1]}")
        print(package, dict(counts))


if __name__ == "__main__":
    main()
