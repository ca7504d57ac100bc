"""``numpy.linalg``, on stacks of matrices too.

Singular points: a norm has slope 0 at 0. ``cholesky`` reads the lower triangle only, and so
its adjoint has nothing above the diagonal. ``det`` of a singular matrix has a NaN slope.
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import not_yet, structural, undefined, zero
from adcompiler.rules.elementary import nonzero
from adcompiler.rules.reductions import expand, real_part


def mt(a):
    return a.T if a.ndim == 2 else np.swapaxes(a, -1, -2)


def on_matrix(y_bar):
    return y_bar[..., None, None] if np.ndim(y_bar) > 0 else y_bar


# ---- solving and inverting


def solve_right(y_bar, a):
    return np.linalg.solve(mt(a), y_bar)


def solve_matrix(y_bar, a, b, y):
    right = np.linalg.solve(mt(a), y_bar if b.ndim > 1 else y_bar[..., None])
    if b.ndim > 1:
        return -right @ mt(y)
    return -right * (y if y.ndim == 1 else y[..., None, :])


def solve_vector(y_bar, a, b):
    if b.ndim > 1 or a.ndim == 2:
        return np.linalg.solve(mt(a), y_bar)
    return np.linalg.solve(mt(a), y_bar[..., None])[..., 0]


def times(a_dot, y, b):
    if b.ndim > 1 or a_dot.ndim == 2:
        return a_dot @ y
    return (a_dot @ y[..., None])[..., 0]


def solve_again(a, rhs, b):
    if b.ndim > 1 or a.ndim == 2:
        return np.linalg.solve(a, rhs)
    return np.linalg.solve(a, rhs[..., None])[..., 0]


structural(
    np.linalg.solve,
    args="a, b",
    jvp={
        "a": lambda a_dot, a, b, y: -solve_again(a, times(a_dot, y, b), b),
        "b": lambda b_dot, a: np.linalg.solve(a, b_dot),
    },
    vjp={
        "a": lambda y_bar, a, b, y: solve_matrix(y_bar, a, b, y),
        "b": lambda y_bar, a, b: solve_vector(y_bar, a, b),
    },
)
structural(
    np.linalg.inv,
    args="a",
    jvp={"a": lambda a_dot, y: -y @ a_dot @ y},
    vjp={"a": lambda y_bar, y: -mt(y) @ y_bar @ mt(y)},
)

def pinv_tangent(a_dot, a, y):
    """Golub & Pereyra (1973), for real matrices of constant rank."""
    yt = mt(y)
    at_dot = mt(a_dot)
    left = y @ yt @ (at_dot - at_dot @ a @ y)
    right = (at_dot - y @ a @ at_dot) @ yt @ y
    return left + right - y @ a_dot @ y


def pinv_adjoint(y_bar, a, y):
    yt = mt(y)
    bt = mt(y_bar)
    left = (bt - a @ y @ bt) @ y @ yt
    right = yt @ y @ (bt - bt @ y @ a)
    return left + right - yt @ y_bar @ yt


structural(
    np.linalg.pinv,
    args="a, rcond=None",
    jvp={"a": lambda a_dot, a, y: pinv_tangent(a_dot, a, y)},
    vjp={"a": lambda y_bar, a, y: pinv_adjoint(y_bar, a, y)},
)

# ---- determinants

structural(
    np.linalg.det,
    args="a",
    jvp={
        "a": lambda a_dot, a, y: y * np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)
    },
    vjp={"a": lambda y_bar, a, y: on_matrix(y_bar * y) * mt(np.linalg.inv(a))},
)


def slogdet_tangent(a_dot, a, y):
    """Of the sign and of ``log(abs(det(a)))``: the imaginary and real part of one trace."""
    trace = np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)
    if np.iscomplexobj(a):
        return 1j * y[0] * np.imag(trace), np.real(trace)
    return np.zeros_like(trace), trace


def slogdet_adjoint(y_bar, a, y):
    if np.iscomplexobj(a):
        return on_matrix(y_bar[1] - 1j * np.real(1j * y_bar[0] * y[0])) * mt(np.linalg.inv(a))
    return on_matrix(y_bar[1]) * mt(np.linalg.inv(a))


structural(
    np.linalg.slogdet,
    args="a",
    jvp={"a": lambda a_dot, a, y: slogdet_tangent(a_dot, a, y)},
    vjp={"a": lambda y_bar, a, y: slogdet_adjoint(y_bar, a, y)},
)

# ---- factorisations


def lower_half(a):
    """The lower triangle, its diagonal halved."""
    return np.tril(a) - 0.5 * a * np.eye(a.shape[-1])


def cholesky_tangent(a_dot, y):
    symmetric = np.tril(a_dot) + mt(np.tril(a_dot, -1))
    left = np.linalg.solve(y, symmetric)
    return y @ lower_half(mt(np.linalg.solve(y, mt(left))))


def cholesky_adjoint(y_bar, y):
    """Murray (2016), "Differentiation of the Cholesky decomposition", eq. 10."""
    p = lower_half(mt(y) @ y_bar)
    half = np.linalg.solve(mt(y), mt(np.linalg.solve(mt(y), mt(p))))
    return lower_half(half + mt(half))


structural(
    np.linalg.cholesky,
    args="a",
    jvp={"a": lambda a_dot, y: cholesky_tangent(a_dot, y)},
    vjp={"a": lambda y_bar, y: cholesky_adjoint(y_bar, y)},
)
not_yet((np.linalg.eigh, np.linalg.eigvalsh), "several results", args="a, UPLO='L'")
not_yet((np.linalg.eig, np.linalg.eigvals), "several results", args="a")
not_yet(np.linalg.qr, "several results", args="a, mode='reduced'")
not_yet(np.linalg.svd, "several results", args="a, full_matrices=True")
not_yet(np.linalg.svdvals, "take the square roots of the eigenvalues of a.T @ a", args="x")
not_yet(np.linalg.lstsq, "solve the normal equations: np.linalg.solve(a.T @ a, a.T @ b)")
not_yet((np.linalg.tensorinv, np.linalg.tensorsolve), "reshape and use solve")
undefined((np.linalg.cond,), "it is not smooth: write the ratio of singular values")

# ---- powers


def matrix_power_tangent(a_dot, a, n):
    """The product rule, one term for each factor; a power of the inverse below 0."""
    if n < 0:
        b = np.linalg.inv(a)
        return matrix_power_tangent(-b @ a_dot @ b, b, -n)
    total = np.zeros_like(a_dot)
    for k in range(n):
        left = np.linalg.matrix_power(a, k)
        total = total + left @ a_dot @ np.linalg.matrix_power(a, n - 1 - k)
    return total


def matrix_power_adjoint(y_bar, a, n):
    if n < 0:
        b = np.linalg.inv(a)
        return -mt(b) @ matrix_power_adjoint(y_bar, b, -n) @ mt(b)
    total = np.zeros_like(y_bar)
    for k in range(n):
        left = np.linalg.matrix_power(mt(a), k)
        total = total + left @ y_bar @ np.linalg.matrix_power(mt(a), n - 1 - k)
    return total


structural(
    np.linalg.matrix_power,
    args="a, n",
    jvp={"a": lambda a_dot, a, n: matrix_power_tangent(a_dot, a, n)},
    vjp={"a": lambda y_bar, a, n: matrix_power_adjoint(y_bar, a, n)},
)

# ---- norms


def norm_slope(x, ord, axis, keepdims, y):
    """Slopes of vector norms and of the Frobenius norm."""
    of_matrix = isinstance(axis, tuple) or (axis is None and x.ndim > 1)
    assert ord in (None, "fro") or not of_matrix, "of matrix norms, only 'fro' has a derivative yet"
    return vector_norm_slope(x, ord, axis, keepdims, y)


def vector_norm_slope(x, ord, axis, keepdims, y):
    conj = np.conj(x) if np.iscomplexobj(x) else x
    size = expand(y, axis, keepdims)
    if ord is None or ord == 2 or ord == "fro":
        return conj / nonzero(size)
    if ord == 1:
        return conj / nonzero(np.abs(x))
    if ord == np.inf or ord == -np.inf:
        hit = np.abs(x) == size
        return conj / nonzero(np.abs(x)) * hit / np.sum(hit, axis=axis, keepdims=True)
    return conj * np.abs(x) ** (ord - 2) / nonzero(size) ** (ord - 1)


structural(
    np.linalg.norm,
    args="x, ord=None, axis=None, keepdims=False",
    jvp={
        "x": lambda x_dot, x, ord, axis, keepdims, y: np.sum(
            real_part(x_dot * norm_slope(x, ord, axis, keepdims, y)), axis=axis, keepdims=keepdims
        )
    },
    vjp={
        "x": lambda y_bar, x, ord, axis, keepdims, y: (
            expand(y_bar, axis, keepdims) * norm_slope(x, ord, axis, keepdims, y)
        )
    },
)
structural(
    np.linalg.vector_norm,
    args="x, /, *, axis=None, keepdims=False, ord=2",
    jvp={
        "x": lambda x_dot, x, ord, axis, keepdims, y: np.sum(
            real_part(x_dot * vector_norm_slope(x, ord, axis, keepdims, y)),
            axis=axis,
            keepdims=keepdims,
        )
    },
    vjp={
        "x": lambda y_bar, x, ord, axis, keepdims, y: (
            expand(y_bar, axis, keepdims) * vector_norm_slope(x, ord, axis, keepdims, y)
        )
    },
)
not_yet(np.linalg.matrix_norm, "use np.linalg.norm", args="x, /, *, keepdims=False, ord='fro'")

# ---- ranks

zero(np.linalg.matrix_rank, args="A, tol=None, hermitian=False")
