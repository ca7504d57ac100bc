"""``numpy.linalg``: least squares, tensor equations, products of many matrices, eigenvalues.

``lstsq`` is differentiated at constant rank. ``eig`` has simple eigenvalues; its vectors have unit
length and their largest component real, as LAPACK makes them. The compiler gives both a real
matrix as a complex one, since whether its eigenvalues are real depends on values.
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import structural
from adcompiler.rules.elementary import nonzero
from adcompiler.rules.linalg_ import diagonal, mt, over_gaps
from adcompiler.rules.products import tensordot_left, tensordot_right

# ---- least squares (Golub & Pereyra 1973)


def columns(b):
    return b[:, None] if b.ndim == 1 else b


def solution_tangent(a_dot, a, b, x):
    """As columns."""
    inverse = np.linalg.pinv(a)
    lost = a_dot.T @ (inverse.T @ x)
    turned = inverse @ (inverse.T @ (a_dot.T @ (b - a @ x)))
    return turned + lost - inverse @ (a @ lost) - inverse @ (a_dot @ x)


def residual_tangent(change, a, b, y):
    """Of the sums of squares, which are left out of the result at low rank."""
    residual = columns(b) - a @ columns(y[0])
    return (2.0 * np.sum(residual * columns(change), axis=0))[: y[1].size]


def singular_tangent(a_dot, a):
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum(u * (a_dot @ vt.T), axis=0)


def by_matrix(a_dot, a, b, y):
    x = columns(y[0])
    solution = np.reshape(solution_tangent(a_dot, a, columns(b), x), y[0].shape)
    return solution, residual_tangent(-a_dot @ x, a, b, y), 0, singular_tangent(a_dot, a)


def by_right_side(b_dot, a, b, y):
    return np.linalg.pinv(a) @ b_dot, residual_tangent(b_dot, a, b, y), 0, 0.0 * y[3]


def of_residuals(y_bar, residual):
    """Twice the residuals times the adjoints of their sums of squares."""
    missing = residual.shape[1] - y_bar[1].size
    return 2.0 * residual * np.pad(y_bar[1], (0, missing))


def matrix_adjoint(y_bar, a, b, y):
    x = columns(y[0])
    x_bar = columns(y_bar[0])
    residual = columns(b) - a @ x
    inverse = np.linalg.pinv(a)
    g = inverse.T @ x_bar
    kept = x_bar - a.T @ g
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    solution = residual @ (inverse @ g).T + (inverse.T @ x) @ kept.T - g @ x.T
    return solution - of_residuals(y_bar, residual) @ x.T + (u * y_bar[3]) @ vt


def right_side_adjoint(y_bar, a, b, y):
    residual = columns(b) - a @ columns(y[0])
    through = np.linalg.pinv(a).T @ y_bar[0]
    return through + np.reshape(of_residuals(y_bar, residual), b.shape)


structural(
    np.linalg.lstsq,
    args="a, b, rcond=None",
    jvp={
        "a": lambda a_dot, a, b, y: by_matrix(a_dot, a, b, y),
        "b": lambda b_dot, a, b, y: by_right_side(b_dot, a, b, y),
    },
    vjp={
        "a": lambda y_bar, a, b, y: matrix_adjoint(y_bar, a, b, y),
        "b": lambda y_bar, a, b, y: right_side_adjoint(y_bar, a, b, y),
    },
)

# ---- tensor equations


def as_matrix(a, ind):
    n = 1
    for k in range(ind):
        n = n * a.shape[k]
    return np.reshape(a, (n, -1))


def tensorinv_tangent(a_dot, ind, y):
    inverse = as_matrix(y, y.ndim - ind)
    return np.reshape(-inverse @ as_matrix(a_dot, ind) @ inverse, y.shape)


def tensorinv_adjoint(y_bar, a, ind, y):
    inverse = as_matrix(y, y.ndim - ind).T
    return np.reshape(-inverse @ as_matrix(y_bar, y.ndim - ind) @ inverse, a.shape)


structural(
    np.linalg.tensorinv,
    args="a, ind=2",
    jvp={"a": lambda a_dot, ind, y: tensorinv_tangent(a_dot, ind, y)},
    vjp={"a": lambda y_bar, a, ind, y: tensorinv_adjoint(y_bar, a, ind, y)},
)


def square(a, b):
    return np.reshape(a, (b.size, b.size))


def tensorsolve_back(y_bar, a, b):
    return np.linalg.solve(square(a, b).T, np.ravel(y_bar))


structural(
    np.linalg.tensorsolve,
    args="a, b",
    jvp={
        "a": lambda a_dot, a, b, y: np.reshape(
            -np.linalg.solve(square(a, b), square(a_dot, b) @ np.ravel(y)), y.shape
        ),
        "b": lambda b_dot, a: np.linalg.tensorsolve(a, b_dot),
    },
    vjp={
        "a": lambda y_bar, a, b, y: np.reshape(
            -np.outer(tensorsolve_back(y_bar, a, b), y), a.shape
        ),
        "b": lambda y_bar, a, b: np.reshape(tensorsolve_back(y_bar, a, b), b.shape),
    },
)

# ---- products of many matrices


def with_one(arrays, k, other):
    return np.linalg.multi_dot([other if j == k else arrays[j] for j in range(len(arrays))])


def multi_dot_tangent(arrays_dot, arrays):
    total = with_one(arrays, 0, arrays_dot[0])
    for k in range(1, len(arrays)):
        total = total + with_one(arrays, k, arrays_dot[k])
    return total


def multi_dot_factor(y_bar, arrays, k):
    """The transposed product of the factors before, ``y_bar``, and of those after."""
    last = len(arrays) - 1
    matrices = [np.atleast_2d(arrays[0]), *arrays[1:last], columns(arrays[last])]
    bar = np.reshape(y_bar, (matrices[0].shape[0], matrices[last].shape[1]))
    for j in range(k):
        bar = matrices[j].T @ bar
    for j in range(last, k, -1):
        bar = bar @ matrices[j].T
    return np.reshape(bar, arrays[k].shape)


def multi_dot_adjoint(y_bar, arrays):
    return [multi_dot_factor(y_bar, arrays, k) for k in range(len(arrays))]


structural(
    np.linalg.multi_dot,
    args="arrays",
    jvp={"arrays": lambda arrays_dot, arrays: multi_dot_tangent(arrays_dot, arrays)},
    vjp={"arrays": lambda y_bar, arrays: multi_dot_adjoint(y_bar, arrays)},
)

# ---- eigenvalues and eigenvectors of complex matrices


def largest(v):
    """Where each column has its largest component: made real by LAPACK."""
    size = np.abs(v)
    return size == np.max(size, axis=-2, keepdims=True)


def eig_tangent(a_dot, y):
    w, v = y
    p = np.linalg.solve(v, a_dot @ v)
    free = v @ over_gaps(p, w)
    longer = np.sum(np.real(np.conj(v) * free), axis=-2, keepdims=True)
    hit = largest(v)
    turned = np.sum(np.imag(np.where(hit, free / nonzero(v), 0.0)), axis=-2, keepdims=True)
    return diagonal(p), free - v * (longer + 1j * turned)


def eig_adjoint(y_bar, y):
    w, v = y
    bar = y_bar[1]
    along = np.sum(bar * v, axis=-2, keepdims=True)
    hit = largest(v)
    free_bar = (
        bar
        - np.conj(v) * np.real(along)
        - np.where(hit, 1j * np.real(-1j * along) / nonzero(v), 0.0)
    )
    inner = over_gaps(mt(v) @ free_bar, w) + y_bar[0][..., None] * np.eye(w.shape[-1])
    return np.linalg.solve(mt(v), inner @ mt(v))


structural(
    np.linalg.eig,
    args="a",
    jvp={"a": lambda a_dot, y: eig_tangent(a_dot, y)},
    vjp={"a": lambda y_bar, y: eig_adjoint(y_bar, y)},
)


def eigvals_tangent(a_dot, a):
    v = np.linalg.eig(a)[1]
    return diagonal(np.linalg.solve(v, a_dot @ v))


def eigvals_adjoint(y_bar, a):
    v = np.linalg.eig(a)[1]
    return np.linalg.solve(mt(v), y_bar[..., None] * mt(v))


structural(
    np.linalg.eigvals,
    args="a",
    jvp={"a": lambda a_dot, a: eigvals_tangent(a_dot, a)},
    vjp={"a": lambda y_bar, a: eigvals_adjoint(y_bar, a)},
)

# ---- contractions

structural(
    np.linalg.tensordot,
    args="a, b, /, *, axes=2",
    jvp={
        "a": lambda a_dot, b, axes: np.tensordot(a_dot, b, axes),
        "b": lambda b_dot, a, axes: np.tensordot(a, b_dot, axes),
    },
    vjp={
        "a": lambda y_bar, a, b, axes: tensordot_left(y_bar, a, b, axes),
        "b": lambda y_bar, a, b, axes: tensordot_right(y_bar, a, b, axes),
    },
)
