"""The functions that users call; `import adcompiler as ad` has them all.

Each takes a function and gives a derivative object, or takes arguments too and gives numbers.
Nothing is compiled before the first call, nor twice for the same kinds of arguments. What they may
raise is in `adcompiler.errors`: `SignatureError` for arguments that do not suit, `Unsupported`,
`NoRule` and `SourceNotFound`, each with the place, for functions that cannot be differentiated.

The mathematics is that of Griewank & Walther, *Evaluating Derivatives* (SIAM, second edition 2008):
chapter 3 for the two modes, chapter 5 for second derivatives.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar, overload

from adcompiler.backends.compiled import numba
from adcompiler.calling.debugging import debug_nans
from adcompiler.calling.derivatives import Grad, Options, ValueAndGrad
from adcompiler.calling.gradient_check import check_order
from adcompiler.calling.kinds import Elementwise, Hessian, Hvp, Jacobian, Jvp, Laplacian, Vjp
from adcompiler.calling.operators import Operator
from adcompiler.calling.parameters import Argnums
from adcompiler.calling.trees import leaves, matching
from adcompiler.errors import SignatureError
from adcompiler.objects import Differentiable
from adcompiler.rules.markers import stop_gradient

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_MODES = ("auto", "forward", "reverse")
_BACKENDS = ("numpy", "native")


def _options(mode: str, has_aux: bool, holomorphic: bool, backend: str) -> Options:
    if mode not in _MODES:
        raise SignatureError(
            f"mode={mode!r} is unknown",
            remedy=f"give one of {', '.join(map(repr, _MODES))}",
            code="AD500",
        )
    if backend not in _BACKENDS:
        raise SignatureError(
            f"the backend {backend!r} is not available",
            remedy=f"give one of {', '.join(map(repr, _BACKENDS))}",
            code="AD500",
        )
    if backend == "native":
        numba()
    return Options(mode, has_aux, holomorphic, backend)


def _object(fn: Callable[P, R]) -> Differentiable[P, R]:
    return fn if isinstance(fn, Differentiable) else Differentiable(fn)


@overload
def differentiate(fn: Callable[P, R], /) -> Differentiable[P, R]: ...
@overload
def differentiate(
    fn: Callable[P, R],
    /,
    *,
    argnums: Argnums = ...,
    mode: str = ...,
    has_aux: bool = ...,
    holomorphic: bool = ...,
    backend: str = ...,
    source: str | None = ...,
) -> Differentiable[P, R]: ...
@overload
def differentiate(
    *,
    argnums: Argnums = ...,
    mode: str = ...,
    has_aux: bool = ...,
    holomorphic: bool = ...,
    backend: str = ...,
    source: str | None = ...,
) -> Callable[[Callable[P, R]], Differentiable[P, R]]: ...
def differentiate(
    fn: Any = None,
    /,
    *,
    argnums: Argnums = 0,
    mode: str = "auto",
    has_aux: bool = False,
    holomorphic: bool = False,
    backend: str = "numpy",
    source: str | None = None,
) -> Any:
    """Give a function its derivatives: as a decorator, or called with the function.

    Parameters: `argnums` says what to differentiate by: a position or a name for a bare result, a
    tuple of them for a tuple; in methods, positions count after ``self``, and ``"self"`` means its
    fields. `mode` is "reverse", "forward", or "auto": reverse for gradients, by size for
    Jacobians. With `has_aux` the function returns (value, aux), of which the value is
    differentiated. With `holomorphic`, arguments and result are complex. `source` is the function's
    text, where it cannot be found.

    Returns an object that is called like the function, and has `grad`, `value_and_grad`,
    `jacobian`, `hessian`, `laplacian`, `hvp`, `jvp`, `vjp` and `check`.

    Raises `SignatureError` for an unknown mode or backend. What the language does not allow is
    refused at the first derivative call, or by `check`.

    >>> import adcompiler as ad
    >>> @ad.differentiate(argnums=("x", "y"))
    ... def f(x, y):
    ...     return x * x * y
    >>> f(3.0, 2.0), f.grad(3.0, 2.0)
    (18.0, (12.0, 9.0))
    """
    options = _options(mode, has_aux, holomorphic, backend)

    def decorated(fn: Any) -> Any:
        if isinstance(fn, Differentiable):
            fn = fn.primal
        return Differentiable(fn, argnums, options, source)

    return decorated if fn is None else decorated(fn)


def grad(
    fn: Callable[P, Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    backend: str = "numpy",
    *,
    mode: str = "auto",
) -> Grad[P]:
    """The gradient of a function with a real scalar result, by reverse mode.

    It has the structure, shape and dtype of the argument; with a tuple `argnums` it is a tuple. For
    complex z = x + iy it is ∂f/∂x − i ∂f/∂y. With `has_aux`, calls return (gradient, aux).

    Raises, when called: `SignatureError` for integer arguments and for results that are no real
    scalar; `Unsupported`, `NoRule` or `SourceNotFound` where the function is refused.

    >>> import adcompiler as ad
    >>> ad.grad(lambda x, y: x * y**2, argnums=(0, 1))(2.0, 3.0)
    (9.0, 12.0)
    """
    return Grad(_object(fn), argnums, _options(mode, has_aux, holomorphic, backend))


def value_and_grad(
    fn: Callable[P, Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    backend: str = "numpy",
    *,
    mode: str = "auto",
) -> ValueAndGrad[P]:
    """Value and gradient of a function, its statements run once; raises as `grad` does.

    With `has_aux`, calls return ((value, aux), gradient).

    >>> import adcompiler as ad
    >>> ad.value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    return ValueAndGrad(_object(fn), argnums, _options(mode, has_aux, holomorphic, backend))


def jvp(fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value at `primals` and the directional derivative along `tangents`, by forward mode.

    A tangent has the structure, shape and dtype of its argument; None stands for zero, and for
    arguments without a floating number. Raises `SignatureError` (AD505) where they do not match.

    >>> import adcompiler as ad
    >>> ad.jvp(lambda x, n: x**n, (2.0, 3), (1.0, None))
    (8.0, 12.0)
    """
    return Jvp(_object(fn))(primals, tangents)


def vjp(fn: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value at `primals`, and the pullback of cotangents of the result, by reverse mode.

    The pullback returns a tuple with a cotangent for each argument, None for one without a floating
    number. It can be called any number of times.

    >>> import adcompiler as ad
    >>> value, pullback = ad.vjp(lambda x, n: x**n, 2.0, 3)
    >>> value, pullback(1.0)
    (8.0, (12.0, None))
    """
    active = [any(True for _ in leaves(x)) for x in primals]
    positions = tuple(k for k, each in enumerate(active) if each)
    if not positions:
        raise SignatureError(
            "vjp got no floating argument", remedy="pass a float for an integer", code="AD502"
        )
    value, pull = Vjp(_object(fn), positions)(*primals)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        found = iter(pull(cotangent))
        return tuple(next(found) if each else None for each in active)

    return value, pullback


def linearize(fn: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value at `primals`, and the linear map from tangents to the tangent of the result.

    The map keeps copies of the arguments, and runs the function's forward mode at each call.

    >>> import adcompiler as ad
    >>> value, push = ad.linearize(lambda x: x**3, 2.0)
    >>> value, push(1.0), push(10.0)
    (8.0, 12.0, 120.0)
    """
    point = copy.deepcopy(primals)
    zeros = tuple(matching(x, None, "tangent", "x") for x in point)
    derivative = Jvp(_object(fn))

    def push(*tangents: Any) -> Any:
        return derivative(point, tangents)[1]

    return derivative(point, zeros)[0], push


def linear_operator(
    fn: Callable[..., Any], *primals: Any, argnums: int | str = 0, **keywords: Any
) -> Any:
    """The Jacobian at `primals` as a `scipy.sparse.linalg.LinearOperator`; needs SciPy.

    For a result of m numbers by an argument of n it has the shape (m, n); arrays of more axes are
    flattened in C order. ``A @ v`` is a pass of forward mode. ``A.T @ w`` is a reverse sweep: the
    forward sweep before it runs once, when the first is asked for. No matrix is formed. The
    operator keeps copies of the arguments; `keywords` are arguments of the function.

    For Newton's method with Krylov solvers see Nocedal & Wright, *Numerical Optimization* (2006),
    section 11.1.

    Raises `SignatureError` where SciPy is not installed, and (AD509) where argument or result are
    not one real number or array; else what `jvp` and `vjp` raise.

    >>> import numpy as np
    >>> import adcompiler as ad
    >>> A = ad.linear_operator(lambda x: x[1:] * x[:-1], np.array([1.0, 2.0, 3.0]))
    >>> A.shape, (A @ np.array([1.0, 0.0, 0.0])).tolist(), (A.T @ np.ones(2)).tolist()
    ((2, 3), [2.0, 0.0], [2.0, 4.0, 2.0])
    """
    return Operator(_object(fn), argnums)(*primals, **keywords)


def jacobian(
    fn: Callable[P, Any],
    argnums: Argnums = 0,
    mode: str = "auto",
    holomorphic: bool = False,
    backend: str = "numpy",
) -> Jacobian[P]:
    """The Jacobian: for a result of shape s by an argument of shape n, an array of shape s + n.

    For results and arguments in containers it has the structure of the result, with that of the
    argument in it. "auto" takes forward mode where the arguments hold no more numbers than the
    result, else reverse mode; the attribute `mode` tells what the latest call used. The first call
    for arguments of some shapes may run the function twice, to learn the size of its result.

    >>> import numpy as np
    >>> import adcompiler as ad
    >>> J = ad.jacobian(lambda x: x**2)
    >>> J(np.array([1.0, 2.0])).tolist(), J.mode
    ([[2.0, 0.0], [0.0, 4.0]], 'forward')
    """
    return Jacobian(_object(fn), argnums, _options(mode, False, holomorphic, backend))


def jacfwd(fn: Callable[P, Any], argnums: Argnums = 0, holomorphic: bool = False) -> Jacobian[P]:
    """The Jacobian by forward mode: one pass with a direction for each number of the arguments.

    >>> import adcompiler as ad
    >>> print(ad.jacfwd(lambda x: x**2)(3.0))
    6.0
    """
    return jacobian(fn, argnums, "forward", holomorphic)


def jacrev(fn: Callable[P, Any], argnums: Argnums = 0, holomorphic: bool = False) -> Jacobian[P]:
    """The Jacobian by reverse mode: a reverse sweep for each number of the result.

    >>> import adcompiler as ad
    >>> ad.jacrev(lambda x: x**2)(3.0)
    6.0
    """
    return jacobian(fn, argnums, "reverse", holomorphic)


def hessian(fn: Callable[P, Any], argnums: Argnums = 0) -> Hessian[P]:
    """The Hessian of a function with a real scalar result, of shape x.shape + x.shape.

    With a tuple `argnums` it is a tuple of tuples of blocks. Raises as `grad` does.

    >>> import numpy as np
    >>> import adcompiler as ad
    >>> ad.hessian(lambda x: x[0] * x[1] ** 2)(np.array([1.0, 2.0])).tolist()
    [[0.0, 4.0], [4.0, 2.0]]
    """
    return Hessian(_object(fn), argnums)


def hvp(fn: Callable[..., Any], argnums: Argnums = 0) -> Hvp:
    """The Hessian of a function with a real scalar result times a vector, by forward over reverse.

    Called as ``hvp(f)(x, v, *args)``: the vector follows the argument it belongs to. The result has
    the structure and shape of that argument. The Hessian is not formed.

    >>> import numpy as np
    >>> import adcompiler as ad
    >>> x, v = np.array([1.0, 2.0]), np.array([1.0, 0.0])
    >>> ad.hvp(lambda x: x[0] * x[1] ** 2)(x, v).tolist()
    [0.0, 4.0]
    """
    return Hvp(_object(fn), argnums)


def laplacian(fn: Callable[P, Any], argnums: Argnums = 0) -> Laplacian[P]:
    """The Laplacian Σ ∂²f/∂xᵢ² of a function with a real scalar result; a number.

    >>> import numpy as np
    >>> import adcompiler as ad
    >>> print(ad.laplacian(lambda x: np.sum(x**3))(np.array([1.0, 2.0])))
    18.0
    """
    return Laplacian(_object(fn), argnums)


def derivative(fn: Callable[P, Any], argnums: int | str = 0) -> Elementwise[P]:
    """f'(x), of the shape of the result, for a function that acts on each element of an array.

    For other functions it is the directional derivative along ones: the sum of the Jacobian's
    columns.

    >>> import numpy as np
    >>> import adcompiler as ad
    >>> ad.derivative(lambda x: x**3)(np.array([1.0, 2.0])).tolist()
    [3.0, 12.0]
    """
    return Elementwise(_object(fn), argnums)


def check_grads(
    fn: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    *,
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Compare derivatives up to `order`, in both modes, with differences of the function.

    Along a fixed direction of all floating arguments, forward mode is compared with central
    differences (of fourth order, after Richardson), and reverse mode with forward mode by
    ⟨ȳ, Jẋ⟩ = ⟨Jᵀȳ, ẋ⟩. For the second order the same is done to the first derivative, and so on.

    Raises AssertionError with the two numbers where they differ by more than `rtol` and `atol`
    (1e-6 each; 1e-2 in single precision).

    >>> import numpy as np
    >>> import adcompiler as ad
    >>> ad.check_grads(lambda x: np.sum(np.sin(x)), (np.array([1.0, 2.0]),))
    """
    if not isinstance(args, tuple | list):
        raise SignatureError(
            "check_grads takes a tuple of arguments",
            remedy="write check_grads(f, (x, ...))",
            code="AD504",
        )
    check_order(_object(fn), tuple(args), order, rtol, atol)


__all__ = [
    "check_grads",
    "debug_nans",
    "derivative",
    "differentiate",
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
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
