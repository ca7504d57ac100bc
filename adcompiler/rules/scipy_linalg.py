"""``scipy.linalg``: by the rules of ``numpy.linalg``.

``cholesky`` reads one triangle only: the upper one unless ``lower=True``.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from adcompiler.rules.contract import not_yet, structural
from adcompiler.rules.linalg_ import (
    cholesky_adjoint,
    cholesky_tangent,
    mt,
    on_matrix,
    solve_again,
    solve_matrix,
    solve_vector,
    times,
)


def directional(a, a_dot):
    """The derivative of ``expm`` at ``a`` along ``a_dot``: a block of a larger ``expm``."""
    n = a.shape[0]
    top = np.concatenate((a, a_dot), axis=1)
    bottom = np.concatenate((np.zeros_like(a), a), axis=1)
    return linalg.expm(np.concatenate((top, bottom)))[:n, n:]


structural(
    linalg.solve,
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
    linalg.inv,
    args="a",
    jvp={"a": lambda a_dot, y: -y @ a_dot @ y},
    vjp={"a": lambda y_bar, y: -mt(y) @ y_bar @ mt(y)},
)
structural(
    linalg.det,
    args="a",
    jvp={
        "a": lambda a_dot, a, y: y * np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)
    },
    vjp={"a": lambda y_bar, a, y: on_matrix(y_bar * y) * mt(np.linalg.inv(a))},
)
structural(
    linalg.cholesky,
    args="a, lower=False",
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
structural(
    linalg.expm,
    args="A",
    jvp={"A": lambda A_dot, A: directional(A, A_dot)},
    vjp={"A": lambda y_bar, A: directional(A.T, y_bar)},
)
not_yet(linalg.solve_triangular, "use np.linalg.solve", args="a, b, trans=0, lower=False")
not_yet((linalg.logm, linalg.sqrtm), "declare a rule of your own with adcompiler.rules")
