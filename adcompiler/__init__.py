"""Derivatives of Python and NumPy functions, written out as readable Python source.

>>> import adcompiler as ad
>>> @ad.differentiate
... def f(x, y):
...     return x * y + y
>>> f(2.0, 3.0), f.grad(2.0, 3.0)
(9.0, 3.0)
"""

from adcompiler import errors, rules
from adcompiler.api import (
    check_grads,
    debug_nans,
    derivative,
    differentiate,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    laplacian,
    linear_operator,
    linearize,
    stop_gradient,
    value_and_grad,
    vjp,
)
from adcompiler.objects import Derivative, Differentiable
from adcompiler.version import __version__

__all__ = [
    "Derivative",
    "Differentiable",
    "__version__",
    "check_grads",
    "debug_nans",
    "derivative",
    "differentiate",
    "errors",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "laplacian",
    "linear_operator",
    "linearize",
    "rules",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
