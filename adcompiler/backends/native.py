"""``backend="native"``: a derivative as loops over scalars, compiled by Numba.

A derivative is lowered whole or not at all; else it runs as NumPy text, and `lowering` says why.
A kernel gives up where NumPy would raise or where the loop form relies on something that does not
hold at run time; then the NumPy text, which has the last word, computes the result.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler import runtime
from adcompiler.analyses.liveness import Liveness
from adcompiler.backends.compiled import load, numba
from adcompiler.backends.loops import Kernel, verify
from adcompiler.backends.lower import Unlowered, lower
from adcompiler.backends.passes import improve
from adcompiler.backends.text import text_of
from adcompiler.emit.expressions import Expressions, attribute, name
from adcompiler.emit.names import NameAllocator
from adcompiler.emit.python import Layout
from adcompiler.ir.nodes import Function, Region, Var
from adcompiler.ir.rewrite import cloned
from adcompiler.ir.types import Array, List, Scalar
from adcompiler.optimise.buffers import place_buffers

DECORATOR = '@numba.njit(error_model="numpy", cache=True{options})'


@dataclass
class Native:
    """A derivative with a kernel, or the reason why it has none. ``gave_up`` says why the latest
    call that was left to the NumPy text was; ``bug`` that a reason is a mistake of ours.
    """

    function: Callable[..., Any]
    source: str | None
    lowering: str
    bug: bool = False
    gave_up: Exception | None = None


def nativized(
    copy: Copy, layout: Layout, fallback: Callable[..., Any], options: str = ""
) -> Native:
    """``fallback``, made faster; ``copy`` (see `copied`) is of what it was emitted from."""
    jit = numba()
    try:
        return _Driver(copy, layout).built(fallback, options, jit.core.errors.NumbaError)
    except Unlowered as refusal:
        return Native(fallback, None, _reason(refusal, layout))
    except Exception as problem:  # what NumPy mode can do must not fail here
        reason = f"NumPy: {type(problem).__name__} while lowering: {problem}"
        return Native(fallback, None, reason, bug=True)


def _package(module: str) -> Any:
    return importlib.import_module(module.partition(".")[0])


def _as_list(items: Any) -> list[Any]:
    return items.tolist() if isinstance(items, np.ndarray) else list(items)


def _reason(refusal: Unlowered, layout: Layout) -> str:
    place = refusal.place
    if place is None or not place.line:
        return f"NumPy: {refusal.reason}"
    where = "" if place.function in ("", layout.label) else f"{place.function} "
    return f"NumPy: {refusal.reason} ({where}L{place.line}  {place.text})"


@dataclass
class Copy:
    """A function with variables of its own, and which variable stands for which parameter."""

    function: Function
    params: dict[Var, Var]


def copied(function: Function) -> Copy:
    """A copy of what is about to be printed, which changes it."""
    env: dict[Any, Any] = {}
    for old in function.params:
        env[old] = Var(old.type, old.hint, old.user)
    params = dict(env)
    stmts = cloned(function.body.stmts, env)
    results = [env.get(r, r) if isinstance(r, Var) else r for r in function.body.results]
    copy = Function(function.name, list(params.values()), Region([], stmts, results))
    return Copy(copy, params)


class _Driver:
    """The Python function around a kernel: takes arguments apart, puts results together."""

    def __init__(self, copy: Copy, layout: Layout) -> None:
        self.layout = layout
        if layout.pullback_returns is not None:
            raise Unlowered("a pullback")
        self.function, self.aliases = place_buffers(copy.function, layout.owned)
        self.arguments: list[str] = []
        self.params: dict[Var, str] = {}
        if not self.function.results:
            raise Unlowered("a derivative without results")
        live = Liveness(self.function)
        taken = NameAllocator({layout.name})
        for parameter in layout.parameters:
            for old, steps in parameter.vars:
                var = copy.params.get(old)
                if var is None or not (live.uses(var) or var in self.function.body.results):
                    continue
                self.params[var] = taken.fresh(parameter.name if not steps else old.hint or "x")
                self.arguments.append(self.argument(parameter.name, steps, var))

    def argument(self, parameter: str, steps: tuple[Any, ...], var: Var) -> str:
        """A leaf of a parameter, as the kernel takes it."""
        value: ast.expr = name(parameter)
        for step in steps:
            if step.kind == "attr":
                value = attribute(value, step.key)
            else:
                value = ast.Subscript(value, ast.Constant(step.key), ast.Load())
        text = ast.unparse(value)
        if isinstance(var.type, List):
            elem = var.type.elem
            dtype = elem.dtype if isinstance(elem, Scalar) else "float64"
            return f"np.array({text}, dtype=np.{dtype if dtype != 'bool' else 'bool_'})"
        if isinstance(var.type, Array) and not var.type.ndim:
            return f"np.asarray({text})"
        return text

    def built(self, fallback: Callable[..., Any], options: str, jit_error: type) -> Native:
        layout = self.layout
        kernel = lower(self.function, self.aliases, self.params, layout.name)
        kernel.doc = f"Native form of ``{layout.name}``: raises ValueError where it gives up."
        verify(kernel)
        improve(kernel)
        verify(kernel)
        source = self.module(kernel, options)
        native = Native(fallback, source, "whole")

        def broken(error: Exception) -> None:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            native.lowering = f"NumPy: Numba says {lines[0] if lines else type(error).__name__}"
            native.function, native.bug = fallback, True

        def gave_up(error: Exception) -> None:
            native.gave_up = error

        given = {
            "kernel": load(source, layout.name),
            "fallback": fallback,
            "jit_error": jit_error,
            "broken": broken,
            "gave_up": gave_up,
            "as_list": _as_list,
        }
        native.function = self.driver(given)
        return native

    def module(self, kernel: Kernel, options: str) -> str:
        text = text_of(kernel, DECORATOR.format(options=options))
        head = ["import numba", "import numpy as np"]
        if "math." in text:
            head.insert(0, "import math")
            head.insert(1, "")
        return "\n".join(head) + "\n\n\n" + text

    def driver(self, given: dict[str, Any]) -> Callable[..., Any]:
        """The function that users call: the kernel, or where that gives up the NumPy text."""
        layout = self.layout
        names = NameAllocator({"np", *(p.name for p in layout.parameters)})
        parameters = ", ".join(p.name for p in layout.parameters)
        called = {key: names.fresh(key) for key in given}
        results = [names.fresh(f"r{k}") for k in range(len(self.function.results))]
        error = names.fresh("error")
        texts = [
            _result(result, atom.type, called["as_list"])
            for result, atom in zip(results, self.function.results, strict=True)
        ]
        expressions = Expressions({})
        printed = [ast.parse(text, mode="eval").body for text in texts]
        returned = ast.unparse(layout.returns(expressions, printed))
        direct = returned == (results[0] if len(results) == 1 else f"({', '.join(results)})")
        call = f"{called['kernel']}({', '.join(self.arguments)})"
        again = f"        return {called['fallback']}({parameters})"
        lines = [
            f"def driver({parameters}):",
            "    try:",
            f"        return {call}" if direct else f"        {', '.join(results)} = {call}",
            f"    except {called['jit_error']} as {error}:",
            f"        {called['broken']}({error})",
            again,
            f"    except Exception as {error}:",
            f"        {called['gave_up']}({error})",
            again,
        ]
        if not direct:
            lines.append(f"    return {returned}")
        space: dict[str, Any] = {"__name__": "adcompiler.native", **expressions.objects}
        for module, alias in expressions.modules.items():
            found = importlib.import_module(module)
            space[alias.partition(".")[0]] = found if "." not in alias else _package(module)
        space |= {helper: getattr(runtime, helper) for helper in expressions.helpers}
        space |= {"np": np} | {called[key]: value for key, value in given.items()}
        exec(compile("\n".join(lines), f"<driver of {layout.name}>", "exec"), space)
        made: Callable[..., Any] = space["driver"]
        return made


def _result(result: str, t: Any, as_list: str) -> str:
    """A result of the kernel as NumPy text would give it."""
    if isinstance(t, List):
        return f"{as_list}({result})"
    if isinstance(t, Array) and not t.ndim:
        return f"np.asarray({result}, dtype=np.{t.dtype if t.dtype != 'bool' else 'bool_'})"
    if isinstance(t, Scalar) and t.dtype not in ("float64", "int64", "bool", "complex128"):
        return f"np.{t.dtype}({result})"
    return result
