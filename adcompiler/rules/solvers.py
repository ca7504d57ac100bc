"""Functions that solve an equation given as a function: SciPy's by name, and the users' own.

Their result is differentiated by the equation it solves: see ``transforms/implicit.py``.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from adcompiler.errors import BadRule
from adcompiler.rules.contract import dotted_name

Condition = Literal["zero", "fixed", "stationary", "squares"]


@dataclass(frozen=True)
class Solver:
    """How a solver is called, by the names of its parameters.

    ``condition`` says what holds at the solution: the function is zero, or equals its argument
    (``fixed``), is stationary, or its sum of squares is. ``start`` is the parameter that has the
    unknown's shape; '' where the unknown is a number. ``field`` is the result's attribute with the
    solution; '' where it is the result. ``also`` are parameters that take further functions of the
    unknown.
    """

    condition: Condition
    function: str
    start: str = ""
    field: str = ""
    also: tuple[str, ...] = ()
    scalar: bool = False  # the unknown is a number where the start is one


_BRACKETED = Solver("zero", "f")
_DESCENT = Solver("stationary", "f", "x0", also=("fprime",))
_NONLINEAR = Solver("zero", "F", "xin")
_SCIPY = {
    "root": Solver("zero", "fun", "x0", "x", also=("jac",)),
    "fsolve": Solver("zero", "func", "x0", also=("fprime",)),
    "brentq": _BRACKETED,
    "brenth": _BRACKETED,
    "bisect": _BRACKETED,
    "ridder": _BRACKETED,
    "toms748": _BRACKETED,
    "newton": Solver("zero", "func", "x0", also=("fprime", "fprime2"), scalar=True),
    "root_scalar": Solver("zero", "f", "", "root", also=("fprime", "fprime2")),
    "fixed_point": Solver("fixed", "func", "x0", scalar=True),
    "newton_krylov": _NONLINEAR,
    "broyden1": _NONLINEAR,
    "broyden2": _NONLINEAR,
    "anderson": _NONLINEAR,
    "minimize": Solver("stationary", "fun", "x0", "x", also=("jac", "hess")),
    "minimize_scalar": Solver("stationary", "fun", "", "x"),
    "fmin": Solver("stationary", "func", "x0"),
    "fmin_powell": Solver("stationary", "func", "x0"),
    "fmin_bfgs": _DESCENT,
    "fmin_cg": _DESCENT,
    "least_squares": Solver("squares", "fun", "x0", "x", also=("jac",)),
}
_declared: dict[Callable[..., Any], Solver] = {}


def implicit(
    fn: Callable[..., Any],
    *,
    function: str,
    condition: Condition = "zero",
    start: str = "",
    field: str = "",
) -> None:
    """Declare a solver, which is differentiated by the equation it solves and not by its steps.

    ``fn`` takes, as its parameter ``function``, a function of the unknown, and returns the unknown
    at which ``condition`` holds: that function is ``"zero"``, equals its argument (``"fixed"``),
    is ``"stationary"``, or its sum of ``"squares"`` is. The unknown has the shape of the parameter
    ``start``, or is a number if none is named. Further arguments of the function are passed on in
    ``fn``'s parameter ``args``, if it has one. ``field`` is the result's attribute with the
    solution, if the result is not the solution itself.

    Raises `BadRule` if ``fn`` has no such parameters. Griewank & Walther (2008), section 15.1.

    >>> def halve(g, low, high): ...  # bisection
    >>> implicit(halve, function="g")
    """
    try:
        known = inspect.signature(fn).parameters
    except (TypeError, ValueError) as error:
        raise BadRule(
            f"{dotted_name(fn)} has no signature to be read", remedy="wrap it in a Python function"
        ) from error
    for name in filter(None, (function, start)):
        if name not in known:
            raise BadRule(f"{dotted_name(fn)} has no parameter '{name}': it has {', '.join(known)}")
    if condition not in ("zero", "fixed", "stationary", "squares"):
        raise BadRule(
            f"condition={condition!r} is none of 'zero', 'fixed', 'stationary', 'squares'"
        )
    _declared[fn] = Solver(condition, function, start, field, scalar=True)


def solver_of(fn: Any) -> Solver | None:
    """What is known of a solver; None for any other function."""
    module = getattr(fn, "__module__", None)
    if isinstance(module, str) and module.startswith("scipy.optimize"):
        name = getattr(fn, "__name__", "")
        if getattr(sys.modules["scipy.optimize"], name, None) is fn:
            return _SCIPY.get(name)
    try:
        return _declared.get(fn)
    except TypeError:  # unhashable
        return None
