"""``numpy.linalg``, on stacks of matrices too.

Singular points: a norm has slope 0 at 0. ``cholesky`` reads the lower triangle only, and so its
adjoint has nothing above the diagonal; ``eigh`` reads one triangle likewise. The vectors of equal
eigenvalues or singular values, and those of a singular value 0, have no slope: LinAlgError, unless
nothing depends on them. ``qr`` needs full column rank and rows >= columns. ``det`` of a singular
matrix has a NaN slope.
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import excuse, structural, zero
from adcompiler.runtime import finite_quotient


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


SOLVING = {
    "jvp": {
        "a": lambda a_dot, a, b, y: -solve_again(a, times(a_dot, y, b), b),
        "b": lambda b_dot, a: np.linalg.solve(a, b_dot),
    },
    "vjp": {
        "a": lambda y_bar, a, b, y: solve_matrix(y_bar, a, b, y),
        "b": lambda y_bar, a, b: solve_vector(y_bar, a, b),
    },
}
structural(np.linalg.solve, args="a, b", **SOLVING)
INVERTING = {
    "jvp": {"a": lambda a_dot, y: -y @ a_dot @ y},
    "vjp": {"a": lambda y_bar, y: -mt(y) @ y_bar @ mt(y)},
}
structural(np.linalg.inv, args="a", **INVERTING)


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


PSEUDOINVERTING = {
    "jvp": {"a": lambda a_dot, a, y: pinv_tangent(a_dot, a, y)},
    "vjp": {"a": lambda y_bar, a, y: pinv_adjoint(y_bar, a, y)},
}
structural(np.linalg.pinv, args="a, rcond=None", **PSEUDOINVERTING)

# ---- determinants

DETERMINANT = {
    "jvp": {
        "a": lambda a_dot, a, y: y * np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)
    },
    "vjp": {"a": lambda y_bar, a, y: on_matrix(y_bar * y) * mt(np.linalg.inv(a))},
}
structural(np.linalg.det, args="a", **DETERMINANT)


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
    args="a, /, *, upper=False",
    jvp={
        "a": lambda a_dot, y, upper: (
            mt(cholesky_tangent(mt(a_dot), mt(y))) if upper else cholesky_tangent(a_dot, y)
        )
    },
    vjp={
        "a": lambda y_bar, y, upper: (
            mt(cholesky_adjoint(mt(y_bar), mt(y))) if upper else cholesky_adjoint(y_bar, y)
        )
    },
)


# ---- eigenvalues and singular values (Giles 2008, sections 3.1 and 3.2)


def symmetric(a, UPLO):
    """What ``eigh`` takes ``a`` for: it reads one triangle only."""
    assert not np.iscomplexobj(a), "derivatives of eigenvectors need real matrices"
    assert UPLO in ("L", "U"), "derivatives need UPLO='L' or UPLO='U'"
    return np.tril(a) + mt(np.tril(a, -1)) if UPLO == "L" else np.triu(a) + mt(np.triu(a, 1))


def one_triangle(a, UPLO):
    """The transpose of ``symmetric``."""
    assert not np.iscomplexobj(a), "derivatives of eigenvectors need real matrices"
    assert UPLO in ("L", "U"), "derivatives need UPLO='L' or UPLO='U'"
    return np.tril(a) + np.tril(mt(a), -1) if UPLO == "L" else np.triu(a) + np.triu(mt(a), 1)


structural(
    finite_quotient,
    args="p, d",
    jvp={
        "p": lambda p_dot, d: finite_quotient(p_dot, d),
        "d": lambda d_dot, d, y: -finite_quotient(y * d_dot, d),
    },
    vjp={
        "p": lambda y_bar, d: finite_quotient(y_bar, d),
        "d": lambda y_bar, d, y: -finite_quotient(y_bar * y, d),
    },
)


def over_gaps(p, w):
    """p[i, j] / (w[j] - w[i]), and 0 on the diagonal."""
    p = p * (1.0 - np.eye(w.shape[-1]))
    return finite_quotient(p, w[..., None, :] - w[..., :, None])


def diagonal(a):
    return np.diagonal(a, axis1=-2, axis2=-1)


def eigh_tangent(a_dot, y, UPLO):
    w, v = y
    p = mt(v) @ symmetric(a_dot, UPLO) @ v
    return diagonal(p), v @ over_gaps(p, w)


def eigh_adjoint(y_bar, y, UPLO):
    w, v = y
    inner = over_gaps(mt(v) @ y_bar[1], w) + y_bar[0][..., None] * np.eye(w.shape[-1])
    return one_triangle(v @ inner @ mt(v), UPLO)


structural(
    np.linalg.eigh,
    args="a, UPLO='L'",
    jvp={"a": lambda a_dot, y, UPLO: eigh_tangent(a_dot, y, UPLO)},
    vjp={"a": lambda y_bar, y, UPLO: eigh_adjoint(y_bar, y, UPLO)},
)


def eigvalsh_tangent(a_dot, a, UPLO):
    v = np.linalg.eigh(a, UPLO)[1]
    return diagonal(mt(v) @ symmetric(a_dot, UPLO) @ v)


def eigvalsh_adjoint(y_bar, a, UPLO):
    v = np.linalg.eigh(a, UPLO)[1]
    return one_triangle((v * y_bar[..., None, :]) @ mt(v), UPLO)


structural(
    np.linalg.eigvalsh,
    args="a, UPLO='L'",
    jvp={"a": lambda a_dot, a, UPLO: eigvalsh_tangent(a_dot, a, UPLO)},
    vjp={"a": lambda y_bar, a, UPLO: eigvalsh_adjoint(y_bar, a, UPLO)},
)


def svd_tangent(a_dot, y):
    """Of the reduced factors; what leaves their spans is divided by the singular values."""
    assert not np.iscomplexobj(a_dot), "derivatives of singular vectors need real matrices"
    u, s, vt = y
    row = s[..., None, :]
    p = mt(u) @ a_dot @ mt(vt)
    left = a_dot @ mt(vt)
    right = mt(a_dot) @ u
    scaled = mt(row) * p
    turn_u = over_gaps(p * row + mt(p * row), s * s)
    turn_v = over_gaps(scaled + mt(scaled), s * s)
    u_dot = u @ turn_u + finite_quotient(left - u @ (mt(u) @ left), row)
    v_dot = mt(vt) @ turn_v + finite_quotient(right - mt(vt) @ (vt @ right), row)
    return u_dot, diagonal(p), mt(v_dot)


def svd_adjoint(y_bar, y):
    """Townsend (2016), "Differentiating the singular value decomposition"."""
    u, s, vt = y
    assert not np.iscomplexobj(u), "derivatives of singular vectors need real matrices"
    u_bar, s_bar, vt_bar = y_bar
    row = s[..., None, :]
    of_u = mt(u) @ u_bar
    of_v = vt @ mt(vt_bar)
    inner = over_gaps(of_u - mt(of_u), s * s) * row
    inner = inner + mt(row) * over_gaps(of_v - mt(of_v), s * s)
    inner = inner + s_bar[..., None] * np.eye(s.shape[-1])
    out_of_u = finite_quotient(u_bar - u @ of_u, row) @ vt
    out_of_v = u @ finite_quotient(vt_bar - mt(of_v) @ vt, mt(row))
    return u @ inner @ vt + out_of_u + out_of_v


structural(
    np.linalg.svd,
    args="a, *, full_matrices",
    jvp={"a": lambda a_dot, y: svd_tangent(a_dot, y)},
    vjp={"a": lambda y_bar, y: svd_adjoint(y_bar, y)},
)


def svdvals_tangent(x_dot, x):
    assert not np.iscomplexobj(x), "derivatives of singular values need real matrices"
    u, _, vt = np.linalg.svd(x, full_matrices=False)
    return diagonal(mt(u) @ x_dot @ mt(vt))


def svdvals_adjoint(y_bar, x):
    assert not np.iscomplexobj(x), "derivatives of singular values need real matrices"
    u, _, vt = np.linalg.svd(x, full_matrices=False)
    return (u * y_bar[..., None, :]) @ vt


SVDVALS = {
    "jvp": {"x": lambda x_dot, x: svdvals_tangent(x_dot, x)},
    "vjp": {"x": lambda y_bar, x: svdvals_adjoint(y_bar, x)},
}
structural(np.linalg.svdvals, args="x, /", **SVDVALS)

# ---- orthogonal factors


def over_triangle(a, r):
    """``a @ inv(r)``."""
    return mt(np.linalg.solve(mt(r), mt(a)))


def qr_tangent(a_dot, y):
    q, r = y
    assert not np.iscomplexobj(q), "derivatives of np.linalg.qr need real matrices"
    d = over_triangle(a_dot, r)
    p = mt(q) @ d
    turn = np.tril(p, -1) - mt(np.tril(p, -1))
    return d - q @ (p - turn), (p - turn) @ r


def qr_adjoint(y_bar, y):
    """Walter & Lehmann (2010), for matrices of full column rank."""
    q, r = y
    assert not np.iscomplexobj(q), "derivatives of np.linalg.qr need real matrices"
    m = np.triu(r) @ mt(np.triu(y_bar[1])) - mt(y_bar[0]) @ q
    return mt(np.linalg.solve(r, mt(y_bar[0] + q @ (np.tril(m) + mt(np.tril(m, -1))))))


structural(
    np.linalg.qr,
    args="a",
    jvp={"a": lambda a_dot, y: qr_tangent(a_dot, y)},
    vjp={"a": lambda y_bar, y: qr_adjoint(y_bar, y)},
)

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

# ---- ranks

zero(np.linalg.matrix_rank, args="A, tol=None, hermitian=False")

excuse(np.linalg.qr, ("empty", "size-1 axes"), "its derivative needs rows >= columns")
