"""SciPy's quadrature and solvers of differential equations, called with a function of the user's.

As with solvers of equations, the function becomes a closure and the call stays as it is; its result
is marked as an integral or a trajectory, which is what derivatives are written for
(``transforms/sensitivities.py``).
"""

from __future__ import annotations

import inspect
import operator
import sys
from typing import Any

from adcompiler.frontend import builtin_calls, iteration
from adcompiler.frontend import values as v
from adcompiler.frontend.closures import as_number, as_vector, closure
from adcompiler.frontend.inference import fresh_dim
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.types import BOOL, FLOAT, INT, STR, Array, Opaque, Scalar

_REFUSED = {
    "quad": ("full_output", "weight", "wvar", "wopts", "complex_func"),
    "odeint": ("Dfun", "full_output"),
    "solve_ivp": ("dense_output", "events", "vectorized", "jac", "jac_sparsity", "lband", "uband"),
}
_FIELDS = {"success": BOOL, "status": INT, "nfev": INT, "njev": INT, "nlu": INT, "message": STR}


def find(fn: Any) -> Any:
    """The handler of a call of an integrator of SciPy's; None for anything else."""
    module = getattr(fn, "__module__", None)
    if not isinstance(module, str) or not module.startswith("scipy.integrate"):
        return None
    handler = {"quad": _quad, "odeint": _odeint, "solve_ivp": _solve_ivp}.get(fn.__name__)
    if handler is None or getattr(sys.modules["scipy.integrate"], fn.__name__, None) is not fn:
        return None
    return lambda lw, *args, **kwargs: handler(lw, fn, _bound(lw, fn, args, kwargs))


def _bound(lw: Any, fn: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    try:
        given = inspect.signature(fn).bind(*args, **kwargs).arguments
    except TypeError as error:
        raise lw.refuse(f"{fn.__name__}(): {error}", code="AD213") from None
    given.update(given.pop("options", {}))
    for name in _REFUSED[fn.__name__]:
        value = given.get(name, v.Static(None))
        if not (v.known(value) and not v.constant(value)):
            raise lw.refuse(
                f"{fn.__name__} with {name}= is not supported", "leave it out", code="AD300"
            )
        given.pop(name, None)
    return given


def _extra(lw: Any, given: dict[str, Any]) -> tuple[Any, ...]:
    value = given.pop("args", None)
    if value is None or (isinstance(value, v.Static) and value.value is None):
        return ()
    if isinstance(value, v.TupleV | v.ListV):
        return tuple(iteration.items(lw, value, None))
    return (value,)


def _options(lw: Any, fn: Any, given: dict[str, Any]) -> dict[str, Any]:
    """What is left of the arguments, by keyword."""
    made = {}
    for name, value in given.items():
        t = lw.type_of(value)
        if name in ("rtol", "atol") and isinstance(t, Array) and t.ndim:
            raise lw.refuse(
                f"{fn.__name__} with a tolerance for each component is not supported",
                "give one number",
                code="AD300",
            )
        made[name] = builtin_calls._shown(lw, value)
    return made


def _quad(lw: Any, fn: Any, given: dict[str, Any]) -> Any:
    b = lw.builder
    low, high = (_number(lw, given.pop(name)) for name in ("a", "b"))
    body = closure(lw, given.pop("func"), [FLOAT], _extra(lw, given), "integrand")
    as_number(lw, body)
    options = _options(lw, fn, given)
    b.add_stmt(body)
    function = body.outs[0]
    pair = b.raw(fn, (function, low, high), options, types=(Opaque("tuple"),))
    value, error = (b.raw(operator.getitem, (pair, const(k)), types=(FLOAT,)) for k in (0, 1))
    kwargs = {"operands": const(4)}
    made = b.raw(n.INTEGRAL, (value, function, low, high), kwargs, types=(FLOAT,))
    return v.TupleV((made, error))


def _number(lw: Any, value: Any) -> Any:
    t = lw.type_of(value)
    if not isinstance(t, Scalar) and not (isinstance(t, Array) and not t.ndim):
        raise lw.refuse("the limits of an integral have to be numbers", code="AD213")
    return lw.atom(value) if isinstance(t, Scalar) else builtin_calls._float(lw, value)


def _start(lw: Any, value: Any) -> Any:
    """The initial state as a vector of floats."""
    t = lw.type_of(value)
    if isinstance(t, Scalar):
        value = v.ListV(lw.cell(v.Items((value,))))
    value = builtin_calls.as_array(lw, value)
    t = lw.type_of(value)
    if t.ndim == 1 and t.dtype[0] in "iu":
        value = builtin_calls._cast(lw, value, "float64")
        t = lw.type_of(value)
    if t.ndim != 1 or t.dtype != "float64":
        raise lw.refuse(
            "the initial state has to be a vector of floats", "use .ravel()", code="AD300"
        )
    return lw.atom(value)


def _odeint(lw: Any, fn: Any, given: dict[str, Any]) -> Any:
    b = lw.builder
    start = _start(lw, given.pop("y0"))
    times = lw.atom(builtin_calls.as_array(lw, given.pop("t")))
    first = given.get("tfirst")
    t_first = first is not None and lw.truth(first)
    if not isinstance(t_first, bool):
        raise lw.refuse("tfirst= has to be known when the derivative is compiled", code="AD211")
    types = [FLOAT, start.type] if t_first else [start.type, FLOAT]
    body = closure(lw, given.pop("func"), types, _extra(lw, given), "rhs")
    as_vector(lw, body)
    options = _options(lw, fn, given)
    b.add_stmt(body)
    function = body.outs[0]
    t = Array("float64", (*times.type.dims, *start.type.dims))
    raw = b.raw(fn, (function, start, times), options, types=(t,))
    kwargs = {"operands": const(4)}
    return lw.wrap(b.raw(n.TRAJECTORY, (raw, function, times, start), kwargs, types=(t,)))


def _solve_ivp(lw: Any, fn: Any, given: dict[str, Any]) -> Any:
    b = lw.builder
    span = tuple(lw.atom(each) for each in iteration.items(lw, given.pop("t_span"), 2))
    start = _start(lw, given.pop("y0"))
    body = closure(lw, given.pop("fun"), [FLOAT, start.type], _extra(lw, given), "rhs")
    as_vector(lw, body)
    asked = given.pop("t_eval", v.Static(None))
    options = _options(lw, fn, given)
    dim = fresh_dim()
    if not (isinstance(asked, v.Static) and asked.value is None):
        options["t_eval"] = lw.atom(builtin_calls.as_array(lw, asked))
        (dim,) = options["t_eval"].type.dims
    b.add_stmt(body)
    function = body.outs[0]
    solution = b.raw(
        fn, (function, span, start), options, hint="solution", types=(Opaque("OdeResult"),)
    )
    t = Array("float64", (*start.type.dims, dim))
    raw = b.raw(n.ATTRIBUTE, (solution, const("y")), types=(t,))
    reached = b.raw(n.ATTRIBUTE, (solution, const("t")), types=(Array("float64", (dim,)),))
    times = options.get("t_eval", reached)
    args = (raw, function, times, start, *span)
    kwargs = {"operands": const(len(args))}
    y = lw.wrap(b.raw(n.TRAJECTORY, args, kwargs, types=(t,)))
    entries = [("t", lw.wrap(reached)), ("y", y)]
    for name, kind in _FIELDS.items():
        entries.append((name, b.raw(n.ATTRIBUTE, (solution, const(name)), types=(kind,))))
    return v.ObjV(lw.cell(v.Fields(tuple(entries))), fn.__globals__["OdeResult"])


__all__ = ["find"]
