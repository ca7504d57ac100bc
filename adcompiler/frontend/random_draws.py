"""Calls that are not differentiated but executed: random draws, clocks, unknown constructors.

They are effects with a result: each happens once, in order, and nothing active may go in. What
they return has a type only where it is listed here; everything else is opaque.
"""

from __future__ import annotations

import ast
import inspect
import time
from typing import Any

import numpy as np

from adcompiler import errors
from adcompiler.frontend import values as v
from adcompiler.frontend.inference import dim_of, fresh_dim
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Effect, Var
from adcompiler.ir.types import FLOAT, INT, NONE, Array, Opaque, Scalar, is_float

GENERATORS = ("Generator", "RandomState")
_FLOATS = frozenset(
    {"normal", "uniform", "standard_normal", "random", "exponential", "gamma", "beta", "laplace",
     "lognormal", "standard_exponential", "standard_gamma", "chisquare", "standard_t", "rayleigh",
     "random_sample", "weibull", "logistic", "gumbel", "triangular", "pareto", "rand", "randn"}
)  # fmt: skip
_INTEGERS = frozenset({"integers", "randint", "poisson", "binomial", "geometric"})
_POSITIONAL_SIZE = {
    "standard_normal": 0, "random": 0, "random_sample": 0, "standard_exponential": 0,
    "exponential": 1, "standard_gamma": 1, "chisquare": 1, "standard_t": 1, "rayleigh": 1,
    "poisson": 1, "weibull": 1, "pareto": 1, "geometric": 1, "triangular": 3,
}  # fmt: skip
_CLOCKS = {getattr(time, k): FLOAT for k in ("time", "perf_counter", "monotonic", "process_time")}
DRAWS = _FLOATS | _INTEGERS


def executed(
    lw: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any], name: str, t: Any = None
) -> Any:
    """``fn(*args, **kwargs)``, once and in order, as it stands."""
    for each in (*args, *kwargs.values()):
        for part in _parts(each):
            if isinstance(part, v.Ref | v.ListV | v.DictV | v.ObjV):
                raise without_rule(
                    lw, fn, name, "has no derivative rule, and could change what it is given", args
                )
    positional = tuple(lw.atom(each) for each in args)
    named = {k: lw.atom(each) for k, each in kwargs.items()}
    for atom in n.flatten((positional, tuple(named.values()))):
        if isinstance(atom, Var) and is_float(atom.type):
            raise without_rule(
                lw, fn, name, "has no derivative rule and no Python source to translate", args
            )
    if fn is np.random.default_rng:
        t = Opaque("Generator")
    if t is None:
        t = _CLOCKS.get(fn) or Opaque(fn.__name__ if isinstance(fn, type) else "object")
    out = Var(t)
    lw.builder.add_stmt(Effect((out,), lw.builder.place, fn, positional, named))
    return v.Static(None) if t == NONE else lw.wrap(out)


def without_rule(lw: Any, fn: Any, name: str, why: str, args: Any) -> errors.NoRule:
    """The refusal of a call that a rule would allow; it prints the rule to be completed."""
    operands = [f"x{k + 1}" for k in range(len(args))] if len(args) > 1 else ["x"]
    try:
        known = list(inspect.signature(fn).parameters)
    except (TypeError, ValueError):
        known = []
    if len(known) >= len(args) and "y" not in known[: len(args)]:
        operands = known[: len(args)] or operands
    place = lw.place_of(lw.node)
    name = name.removeprefix("__main__.")
    called = lw.node.func if isinstance(lw.node, ast.Call) else ast.Name("f")
    callee = name if all(map(str.isidentifier, name.split("."))) else ast.unparse(called)
    return errors.NoRule(f"{name} {why}", place=place, callee=callee, operands=operands)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, v.TupleV):
        return [x for each in value.items for x in _parts(each)]
    return [value]


def draw(
    lw: Any, fn: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], skip: int = 0
) -> Any:
    """A draw from a generator; ``skip`` arguments of ``args`` are the generator itself."""
    shown = f"the random draw '{name}'"
    given = args[skip:]
    if name in ("rand", "randn"):
        size: Any = v.TupleV(given) if given else None
    else:
        at = _POSITIONAL_SIZE.get(name, 2)
        size = kwargs.get("size", given[at] if len(given) > at else None)
    if isinstance(size, v.Static) and size.value is None:
        size = None
    if "dtype" in kwargs or "out" in kwargs:
        raise lw.refuse(
            f"{shown} with dtype= or out= is not supported", "use .astype", code="AD300"
        )
    for each in (*given, *kwargs.values()):
        if isinstance(each, v.Ref):
            raise lw.refuse(
                f"{shown} with arrays of parameters is not supported",
                "scale a standard draw",
                code="AD300",
            )
    dtype = "float64" if name in _FLOATS else "int64"
    if size is None:
        t: Any = FLOAT if dtype == "float64" else INT
    else:
        if isinstance(size, v.ListV):
            size = v.TupleV(lw.content(size.cell).items)
        sizes = size.items if isinstance(size, v.TupleV) else (size,)
        t = Array(dtype, tuple(_dim(lw, each) for each in sizes))
    if size is not None and "size" in kwargs:
        kwargs = {**kwargs, "size": size}
    return executed(lw, fn, args, kwargs, shown, t)


def _dim(lw: Any, value: Any) -> Any:
    atom = lw.atom(value)
    if (
        isinstance(atom, Const | Var)
        and isinstance(atom.type, Scalar)
        and atom.type.dtype[0] in "iu"
    ):
        return dim_of(atom, lw.builder.defs)
    return fresh_dim()


def method(lw: Any, name: str, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return draw(lw, n.Method(name), name, (owner, *args), kwargs, skip=1)


def of_module(fn: Any) -> str | None:
    """The name of a draw from NumPy's global generator: ``np.random.normal``."""
    name = getattr(fn, "__name__", "")
    own = getattr(fn, "__self__", None)
    return name if isinstance(own, np.random.RandomState) and name in DRAWS else None
