"""Solvers of equations and minimisers, called with a function of the user's.

The function becomes a closure of the IR, and the solver is called with it, as the user wrote it;
what it returns is marked as *solved*: zero, or stationary, there. Derivatives come from that
equation (``transforms/implicit.py``) and not from the iteration, so the derivative with respect to
a starting value or a bracket is zero.
"""

from __future__ import annotations

import inspect
import sys
import types
from typing import Any

from adcompiler.frontend import builtin_calls, calls, iteration
from adcompiler.frontend import values as v
from adcompiler.frontend.closures import as_number, as_vector, closure
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.types import BOOL, FLOAT, INT, STR, Array, Dim, Opaque, Scalar
from adcompiler.rules.solvers import Solver, solver_of

_REFUSED = {
    "bounds": "where a bound holds the solution, its derivative is another one",
    "constraints": "where a constraint holds the solution, its derivative is another one",
    "full_output": "only the solution itself has a derivative",
    "retall": "only the solution itself has a derivative",
    "callback": "what it does is not seen",
    "hessp": "it is not needed for the derivative",
    "loss": "only the plain sum of squares has a derivative here",
}
_FIELDS = {
    "success": BOOL, "converged": BOOL, "status": INT, "nit": INT, "nfev": INT, "njev": INT,
    "iterations": INT, "function_calls": INT, "message": STR, "flag": STR,
}  # fmt: skip


def find(fn: Any) -> Any:
    """The handler of a call of a solver; None for anything else."""
    solver = solver_of(fn)
    if solver is None:
        return None
    return lambda lw, *args, **kwargs: _Call(lw, fn, solver, args, kwargs).made()


class _Call:
    """One call of a solver."""

    def __init__(self, lw: Any, fn: Any, solver: Solver, args: Any, kwargs: Any) -> None:
        self.lw, self.fn, self.solver = lw, fn, solver
        try:
            self.given = inspect.signature(fn).bind(*args, **kwargs).arguments
        except TypeError as error:
            raise lw.refuse(f"{fn.__name__}(): {error}", code="AD300") from None
        self.defaults = inspect.signature(fn).parameters
        for name, why in _REFUSED.items():
            if name in self.given and not self.is_default(name):
                raise lw.refuse(f"{fn.__name__} with {name}= is not supported: {why}", code="AD300")

    def is_default(self, name: str) -> bool:
        value = self.given[name]
        if not v.known(value):
            return False
        found, default = v.constant(value), self.defaults[name].default
        return found is None or (type(found) is type(default) and found == default)

    def made(self) -> Any:
        lw, solver = self.lw, self.solver
        function = self.given[solver.function]
        extra = self.extra()
        named = self.named()
        x_type = self.unknown()
        hint = "objective" if solver.condition == "stationary" else "residual"
        body = closure(lw, function, [x_type], extra, hint, named=named)
        vector = isinstance(x_type, Array)
        if solver.condition == "stationary" or not vector:
            as_number(lw, body)
        else:
            as_vector(lw, body)
        functions = {solver.function: body}
        for name in solver.also:
            value = self.given.get(name, v.Static(None))
            if not v.known(value) or callable(v.constant(value)):
                functions[name] = closure(lw, value, [x_type], extra, name, named=named)
            elif v.constant(value) is True:
                raise lw.refuse(
                    f"{self.fn.__name__} with {name}=True is not supported",
                    f"pass the derivative as a function, {name}=...",
                    code="AD300",
                )
        args, kwargs = self.arguments(functions)
        for each in functions.values():
            lw.builder.add_stmt(each)
        raw = self.called(args, kwargs, x_type)
        condition = {"condition": const(solver.condition), "operands": const(2)}
        x = lw.wrap(lw.builder.raw(n.SOLVED, (raw, body.outs[0]), condition, types=(x_type,)))
        return self.result(x, function, extra, named, body) if solver.field else x

    # ---- arguments

    def extra(self) -> tuple[Any, ...]:
        value = self.given.pop("args", v.TupleV(()))
        if isinstance(value, v.TupleV):
            return value.items
        if isinstance(value, v.ListV):
            return tuple(iteration.items(self.lw, value, None))
        return (value,)

    def named(self) -> Any:
        value = self.given.pop("kwargs", None)
        if value is None:
            extra = self.given.pop("kw", None)
            if extra:
                raise self.lw.refuse(
                    f"{self.fn.__name__} has no option {next(iter(extra))!r}", code="AD300"
                )
            return ()
        if not isinstance(value, v.DictV):
            raise self.lw.refuse("kwargs= has to be a dict here", code="AD300")
        return self.lw.content(value.cell).entries

    def unknown(self) -> Any:
        """The type of the unknown, as the function gets it."""
        if not self.solver.start:
            return FLOAT
        lw, name = self.lw, self.solver.start
        start = self.given[name]
        if isinstance(start, v.ListV | v.TupleV):
            start = builtin_calls.as_array(lw, start)
            self.given[name] = start
        t = lw.type_of(start)
        if not isinstance(t, Scalar | Array) or t.dtype[0] not in "fi":
            raise lw.refuse(
                f"the starting value of {self.fn.__name__} has to be real numbers", code="AD300"
            )
        if isinstance(t, Scalar) or not t.ndim:
            return FLOAT if self.solver.scalar else Array("float64", (Dim.number(1),))
        if t.ndim != 1:
            raise lw.refuse(
                f"{self.fn.__name__} is supported for a vector of unknowns",
                "use .ravel()",
                code="AD300",
            )
        return Array("float64", t.dims)

    def arguments(self, functions: dict[str, n.Closure]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Those of the emitted call: by position as far as they stand without a gap."""
        positional: list[Any] = []
        named: dict[str, Any] = {}
        gap = False
        for name in self.defaults:
            if name not in self.given:
                gap = True
                continue
            if name in functions:
                atom: Any = functions[name].outs[0]
            else:
                atom = self.option(name, self.given[name])
            if gap or self.defaults[name].default is not inspect.Parameter.empty:
                gap = True
                named[name] = atom
            else:
                positional.append(atom)
        return tuple(positional), named

    def option(self, name: str, value: Any) -> Any:
        if isinstance(value, v.FuncV | v.BoundV | v.PartialV | v.MethodV):
            raise self.lw.refuse(
                f"{self.fn.__name__} with a function for {name}= is not supported", code="AD300"
            )
        return builtin_calls._shown(self.lw, value)

    # ---- the call and what it returns

    def called(self, args: Any, kwargs: Any, x_type: Any) -> Any:
        b = self.lw.builder
        field = self.solver.field
        if field:
            made = b.raw(self.fn, args, kwargs, hint="solution", types=(Opaque("OptimizeResult"),))
            self.solution = made
            return b.raw(n.ATTRIBUTE, (made, const(field)), types=(x_type,))
        scipys = str(self.fn.__module__).startswith("scipy.")
        if scipys and self.solver.condition == "fixed" and isinstance(x_type, Scalar):
            made = b.raw(self.fn, args, kwargs, types=(Array("float64", ()),))
            return b.raw(n.READ, (made, ()))
        return b.raw(self.fn, args, kwargs, types=(x_type,))

    def result(self, x: Any, function: Any, extra: Any, named: Any, body: Any) -> Any:
        """An object with the solution and what may be asked of it."""
        lw, b = self.lw, self.lw.builder
        entries = [(self.solver.field, x)]
        if not str(self.fn.__module__).startswith("scipy."):
            return v.ObjV(lw.cell(v.Fields(tuple(entries))), types.SimpleNamespace)
        cls = sys.modules["scipy.optimize"].OptimizeResult
        for name, t in _FIELDS.items():
            entries.append((name, b.raw(n.ATTRIBUTE, (self.solution, const(name)), types=(t,))))
        simple = not any(isinstance(each, n.Raise | n.Apply) for each in n.walk(body.body))
        if simple:
            value = calls.call_value(lw, function, (x, *extra), dict(named))
            entries.append(("fun", value))
        return v.ObjV(lw.cell(v.Fields(tuple(entries))), cls)


__all__ = ["find"]
