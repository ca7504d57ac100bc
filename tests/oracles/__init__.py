"""Independent references for derivatives; nothing here shares code with the compiler.

The first choice is dual numbers (`evaluate`): the unmodified program runs at 50 digits on nested
perturbations, so the derivative is that of the path executed, exact to rounding. Conventions: ties
of max and min share equally, abs has derivative 0 at 0. Where the stand-in for NumPy can't run a
program, or computes another value than the program does, eighth-order central differences take
over (about 1e-9 relative for a gradient, 1e-6 for a Hessian product; meaningless at kinks and
ties). ``oracle="dual"`` or ``"differences"`` insists on one; `which_oracle` says which would be
used.

Arguments are copied for every run, so a program may mutate them. The same array passed as two
arguments is one object to the program unless it is differentiated by one of them: then the
positions are independent.
"""

from __future__ import annotations

import contextlib
import io
import math
import warnings

import numpy as np

from . import differences, evaluate
from .differences import complex_step, hessian, jacobian
from .dual import OracleGap
from .trees import leaves, rebuild

__all__ = [
    "OracleGap",
    "complex_step",
    "differences",
    "evaluate",
    "hessian",
    "jacobian",
    "leaves",
    "rebuild",
    "reference_gradient",
    "reference_hvp",
    "reference_jvp",
    "which_oracle",
]


def _quietly(function, *args):
    with (
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        return function(*args)


def which_oracle(fn, args, rtol=1e-6):
    """ "dual" where the stand-in reproduces the program's value, else "differences"."""
    expected = float(np.real(_quietly(differences.primal, fn, args)))
    try:
        found = float(np.real(_quietly(evaluate.value, fn, args)))
    except Exception:  # whatever the stand-in can't do
        return "differences"
    same = math.isclose(found, expected, rel_tol=rtol, abs_tol=rtol) or (
        math.isnan(found) and math.isnan(expected)
    )
    return "dual" if same else "differences"


def _choose(name, oracle, fn, args, *rest):
    oracle = oracle or which_oracle(fn, args)
    if oracle == "dual":
        return _quietly(getattr(evaluate, name), fn, args, *rest)
    return _quietly(getattr(differences, name), fn, args, *rest)


def reference_gradient(fn, args, argnums=0, oracle=None):
    """The gradient by ``argnums``: bare for an int, a tuple for a tuple; None at leaves that are
    not floating.
    """
    return _choose("gradient", oracle, fn, tuple(args), argnums)


def reference_jvp(fn, args, tangents, oracle=None):
    """(value, directional derivative) along tangents structured as the arguments, None for no
    tangent.
    """
    return _choose("jvp", oracle, fn, tuple(args), tuple(tangents))


def reference_hvp(fn, args, argnum, v, oracle=None):
    """The Hessian by argument number ``argnum`` times ``v``."""
    return _choose("hvp", oracle, fn, tuple(args), argnum, v)
