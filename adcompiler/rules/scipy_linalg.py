"""``scipy.linalg``: by the rules of ``numpy.linalg``, where it has the function.

``cholesky`` and ``eigh`` read one triangle only, by default the upper and the lower one.
Functions of matrices are differentiated through one function of a larger matrix (Najfeld & Havel
1995), of which their adjoints are the transposes.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from adcompiler.rules.contract import excuse, not_yet, static, structural, undefined, zero
from adcompiler.rules.linalg_ import (
    DETERMINANT,
    INVERTING,
    PSEUDOINVERTING,
    SOLVING,
    SVDVALS,
    cholesky_adjoint,
    cholesky_tangent,
    eigh_adjoint,
    eigh_tangent,
    eigvalsh_adjoint,
    eigvalsh_tangent,
    mt,
    qr_adjoint,
    qr_tangent,
    svd_adjoint,
    svd_tangent,
)
from adcompiler.rules.linalg_norms import norm_slope
from adcompiler.rules.linalg_solving import columns
from adcompiler.rules.reductions import expand, real_part

# ---- as in NumPy

structural(linalg.solve, args="a, b, *, check_finite=True", **SOLVING)
structural(linalg.inv, args="a, *, check_finite=True", **INVERTING)
structural(linalg.det, args="a, *, check_finite=True", **DETERMINANT)
structural(linalg.svdvals, args="x, /, *, check_finite=True", **SVDVALS)


def reduced(full_matrices):
    assert full_matrices is False, "derivatives of linalg.svd need full_matrices=False"
    return 1.0


structural(
    linalg.svd,
    args="a, full_matrices=True, *, check_finite=True",
    jvp={"a": lambda a_dot, y, full_matrices: svd_tangent(reduced(full_matrices) * a_dot, y)},
    vjp={"a": lambda y_bar, y, full_matrices: reduced(full_matrices) * svd_adjoint(y_bar, y)},
)


def economic(mode):
    assert mode == "economic", "derivatives of linalg.qr need mode='economic'"
    return 1.0


structural(
    linalg.qr,
    args="a, *, mode='full', check_finite=True",
    jvp={"a": lambda a_dot, y, mode: qr_tangent(economic(mode) * a_dot, y)},
    vjp={"a": lambda y_bar, y, mode: economic(mode) * qr_adjoint(y_bar, y)},
)
structural(linalg.pinv, args="a, *, check_finite=True", **PSEUDOINVERTING)
structural(
    linalg.norm,
    args="x, ord=None, axis=None, keepdims=False, *, check_finite=True",
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
not_yet(linalg.lstsq, "use np.linalg.lstsq")

# ---- of one triangle

structural(
    linalg.cholesky,
    args="a, lower=False, *, check_finite=True",
    jvp={
        "a": lambda a_dot, y, lower: (
            cholesky_tangent(a_dot, y) if lower else mt(cholesky_tangent(mt(a_dot), mt(y)))
        )
    },
    vjp={
        "a": lambda y_bar, y, lower: (
            cholesky_adjoint(y_bar, y) if lower else mt(cholesky_adjoint(mt(y_bar), mt(y)))
        )
    },
)


@static
def triangle(lower):
    return "L" if lower else "U"


structural(
    linalg.eigh,
    args="a, *, lower=True, check_finite=True",
    jvp={"a": lambda a_dot, y, lower: eigh_tangent(a_dot, y, triangle(lower))},
    vjp={"a": lambda y_bar, y, lower: eigh_adjoint(y_bar, y, triangle(lower))},
)
structural(
    linalg.eigvalsh,
    args="a, *, lower=True, check_finite=True",
    jvp={"a": lambda a_dot, a, lower: eigvalsh_tangent(a_dot, a, triangle(lower))},
    vjp={"a": lambda y_bar, a, lower: eigvalsh_adjoint(y_bar, a, triangle(lower))},
)


def half(a, lower):
    return np.tril(a) if lower else np.triu(a)


def operator(a, trans):
    """The matrix that is solved with."""
    return a if trans == 0 or trans == "N" else a.T


def triangular_tangent(a_dot, a, trans, lower, y):
    right = operator(half(a_dot, lower), trans) @ y
    return -linalg.solve_triangular(a, right, trans=trans, lower=lower)


def triangular_back(y_bar, a, trans, lower):
    """Solved with the transposed matrix."""
    assert not np.iscomplexobj(a), "derivatives of solve_triangular need real matrices"
    other = 1 if trans == 0 or trans == "N" else 0
    return linalg.solve_triangular(a, y_bar, trans=other, lower=lower)


def triangular_adjoint(y_bar, a, trans, lower, y):
    product = columns(triangular_back(y_bar, a, trans, lower)) @ columns(y).T
    return -half(operator(product, trans), lower)


structural(
    linalg.solve_triangular,
    args="a, b, trans=0, lower=False, *, check_finite=True",
    jvp={
        "a": lambda a_dot, a, trans, lower, y: triangular_tangent(a_dot, a, trans, lower, y),
        "b": lambda b_dot, a, trans, lower: linalg.solve_triangular(
            a, b_dot, trans=trans, lower=lower
        ),
    },
    vjp={
        "a": lambda y_bar, a, trans, lower, y: triangular_adjoint(y_bar, a, trans, lower, y),
        "b": lambda y_bar, a, trans, lower: triangular_back(y_bar, a, trans, lower),
    },
)

# ---- functions of matrices


def enlarged(a, a_dot):
    top = np.concatenate((a, a_dot), axis=1)
    bottom = np.concatenate((np.zeros_like(a), a), axis=1)
    return np.concatenate((top, bottom))


def directional(function, a, a_dot):
    """The derivative of a function at ``a`` along ``a_dot``: a block of that of a larger matrix."""
    n = a.shape[0]
    return function(enlarged(a, a_dot))[:n, n:]


def of_matrix(function):
    structural(
        function,
        args="A",
        jvp={"A": lambda A_dot, A: directional(function, A, A_dot)},
        vjp={"A": lambda y_bar, A: directional(function, A.T, y_bar)},
    )


for _function in (
    linalg.expm,
    linalg.cosm,
    linalg.sinm,
    linalg.tanm,
    linalg.coshm,
    linalg.sinhm,
    linalg.tanhm,
):
    of_matrix(_function)


def directional_twice(A, E, A_dot):
    """The second derivative of ``expm`` along both: symmetric in them."""
    n = 2 * A.shape[0]
    both = np.concatenate(
        (
            np.concatenate((A_dot, np.zeros_like(A)), axis=1),
            np.concatenate((np.zeros_like(A), A_dot), axis=1),
        )
    )
    found = directional(linalg.expm, enlarged(A, E), both)
    return found[: n // 2, n // 2 :]


structural(
    linalg.expm_frechet,
    args="A, E",
    jvp={
        "A": lambda A_dot, A, E, y: (
            directional(linalg.expm, A, A_dot),
            directional_twice(A, E, A_dot),
        ),
        "E": lambda E_dot, A, y: (0.0 * y[0], directional(linalg.expm, A, E_dot)),
    },
    vjp={
        "A": lambda y_bar, A, E: (
            directional(linalg.expm, A.T, y_bar[0]) + directional_twice(A.T, E.T, y_bar[1])
        ),
        "E": lambda y_bar, A: directional(linalg.expm, A.T, y_bar[1]),
    },
)


structural(
    linalg.sqrtm,
    args="A",
    jvp={"A": lambda A_dot, y: linalg.solve_sylvester(y, y, A_dot)},
    vjp={"A": lambda y_bar, y: linalg.solve_sylvester(y.T, y.T, y_bar)},
)
zero(linalg.signm, args="A")
not_yet(
    (linalg.logm, linalg.fractional_matrix_power, linalg.funm, linalg.expm_cond),
    "whether its result is complex depends on values: use linalg.sqrtm or linalg.expm",
)

# ---- matrix equations


def sylvester_back(y_bar, a, b):
    return linalg.solve_sylvester(a.T, b.T, y_bar)


structural(
    linalg.solve_sylvester,
    args="a, b, q",
    jvp={
        "a": lambda a_dot, a, b, y: -linalg.solve_sylvester(a, b, a_dot @ y),
        "b": lambda b_dot, a, b, y: -linalg.solve_sylvester(a, b, y @ b_dot),
        "q": lambda q_dot, a, b: linalg.solve_sylvester(a, b, q_dot),
    },
    vjp={
        "a": lambda y_bar, a, b, y: -sylvester_back(y_bar, a, b) @ y.T,
        "b": lambda y_bar, a, b, y: -y.T @ sylvester_back(y_bar, a, b),
        "q": lambda y_bar, a, b: sylvester_back(y_bar, a, b),
    },
)


def lyapunov_adjoint(y_bar, a, y):
    w = linalg.solve_sylvester(a.T, a, y_bar)
    return -w @ y.T - w.T @ y


structural(
    linalg.solve_continuous_lyapunov,
    args="a, q",
    jvp={
        "a": lambda a_dot, a, y: -linalg.solve_sylvester(a, a.T, a_dot @ y + y @ a_dot.T),
        "q": lambda q_dot, a: linalg.solve_sylvester(a, a.T, q_dot),
    },
    vjp={
        "a": lambda y_bar, a, y: lyapunov_adjoint(y_bar, a, y),
        "q": lambda y_bar, a: linalg.solve_sylvester(a.T, a, y_bar),
    },
)


def discrete_adjoint(y_bar, a, y):
    w = linalg.solve_discrete_lyapunov(a.T, y_bar)
    return w @ a @ y.T + w.T @ a @ y


structural(
    linalg.solve_discrete_lyapunov,
    args="a, q",
    jvp={
        "a": lambda a_dot, a, y: linalg.solve_discrete_lyapunov(
            a, a_dot @ y @ a.T + a @ y @ a_dot.T
        ),
        "q": lambda q_dot, a: linalg.solve_discrete_lyapunov(a, q_dot),
    },
    vjp={
        "a": lambda y_bar, a, y: discrete_adjoint(y_bar, a, y),
        "q": lambda y_bar, a: linalg.solve_discrete_lyapunov(a.T, y_bar),
    },
)
not_yet(
    (linalg.solve_continuous_are, linalg.solve_discrete_are),
    "solve its linearisation, linalg.solve_continuous_lyapunov, in a rule of your own",
)

# ---- the rest


not_yet(
    (
        linalg.eig, linalg.eigvals, linalg.eig_banded, linalg.eigvals_banded,
        linalg.eigh_tridiagonal, linalg.eigvalsh_tridiagonal, linalg.cholesky_banded,
        linalg.cho_solve_banded, linalg.solve_banded, linalg.solveh_banded, linalg.pinvh,
    ),
    "use numpy.linalg's eig, eigh, solve or pinv of the full matrix",
)  # fmt: skip
not_yet(
    (
        linalg.lu, linalg.ldl, linalg.polar, linalg.qr_multiply, linalg.rq, linalg.schur,
        linalg.hessenberg,
        linalg.qz, linalg.ordqz, linalg.cossin, linalg.null_space, linalg.orth,
        linalg.orthogonal_procrustes, linalg.qr_delete, linalg.qr_insert, linalg.qr_update,
        linalg.matrix_balance, linalg.cdf2rdf, linalg.rsf2csf, linalg.subspace_angles,
    ),
    "use linalg.solve, linalg.cholesky, linalg.qr or linalg.svd",
)  # fmt: skip
undefined(
    (
        linalg.get_blas_funcs, linalg.get_lapack_funcs, linalg.find_best_blas_type,
        linalg.clarkson_woodruff_transform,
    ),
    "it is no function of numbers",
)  # fmt: skip
zero((linalg.bandwidth, linalg.issymmetric, linalg.ishermitian), args="a")
zero((linalg.hilbert, linalg.invhilbert, linalg.pascal, linalg.invpascal), args="n")
zero((linalg.hadamard, linalg.helmert, linalg.dft), args="n")
excuse(linalg.eigh, "second order", "LAPACK may turn a vector's sign between the differences")
