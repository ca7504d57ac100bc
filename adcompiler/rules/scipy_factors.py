"""``scipy.linalg``: factors that are kept to solve with them.

``cho_factor`` leaves the other triangle of its operand in the result, ``lu_factor`` both triangular
factors in one matrix. Real matrices only; ``lu_solve`` with ``trans=0``.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from adcompiler.rules.contract import structural
from adcompiler.rules.linalg_ import cholesky_adjoint, cholesky_tangent
from adcompiler.rules.linalg_solving import columns

# ---- Cholesky's factor


def cho_tangent(a_dot, lower, c):
    if lower:
        return cholesky_tangent(a_dot, np.tril(c)) + np.triu(a_dot, 1)
    return cholesky_tangent(a_dot.T, np.triu(c).T).T + np.tril(a_dot, -1)


def cho_adjoint(c_bar, lower, c):
    if lower:
        return cholesky_adjoint(np.tril(c_bar), np.tril(c)) + np.triu(c_bar, 1)
    return cholesky_adjoint(np.triu(c_bar).T, np.triu(c).T).T + np.tril(c_bar, -1)


structural(
    linalg.cho_factor,
    args="a, lower=False, *, check_finite=True",
    jvp={"a": lambda a_dot, lower, y: (cho_tangent(a_dot, lower, y[0]), 0)},
    vjp={"a": lambda y_bar, lower, y: cho_adjoint(y_bar[0], lower, y[0])},
)


def product_tangent(c_dot, c, lower):
    """Of the matrix that was factored."""
    if lower:
        half = np.tril(c_dot) @ np.tril(c).T
    else:
        half = np.triu(c_dot).T @ np.triu(c)
    return half + half.T


def factor_adjoint(matrix_bar, c, lower):
    both = matrix_bar + matrix_bar.T
    return np.tril(both @ np.tril(c)) if lower else np.triu(np.triu(c) @ both)


structural(
    linalg.cho_solve,
    args="c_and_lower, b, *, check_finite=True",
    jvp={
        "c_and_lower": lambda c_and_lower_dot, c_and_lower, y: (
            -linalg.cho_solve(c_and_lower, product_tangent(c_and_lower_dot[0], *c_and_lower) @ y)
        ),
        "b": lambda b_dot, c_and_lower: linalg.cho_solve(c_and_lower, b_dot),
    },
    vjp={
        "c_and_lower": lambda y_bar, c_and_lower, y: (
            factor_adjoint(
                -columns(linalg.cho_solve(c_and_lower, y_bar)) @ columns(y).T, *c_and_lower
            ),
            None,
        ),
        "b": lambda y_bar, c_and_lower: linalg.cho_solve(c_and_lower, y_bar),
    },
)

# ---- triangular factors with exchanged rows


def exchanged(piv):
    """The rows of the operand in the order of its factors."""
    rows = np.arange(piv.size)
    for k in range(piv.size):
        kept = rows[k]
        rows[k] = rows[piv[k]]
        rows[piv[k]] = kept
    return rows


def unit_lower(lu):
    return np.tril(lu, -1) + np.eye(lu.shape[0])


def left_solved(lu, b):
    return linalg.solve_triangular(unit_lower(lu), b, lower=True)


def right_solved(lu, b):
    """``b @ inv(U)``."""
    return linalg.solve_triangular(np.triu(lu), b.T, trans=1).T


def lu_tangent(a_dot, lu, piv):
    f = right_solved(lu, left_solved(lu, a_dot[exchanged(piv)]))
    return unit_lower(lu) @ np.tril(f, -1) + np.triu(f) @ np.triu(lu)


def lu_adjoint(lu_bar, lu, piv):
    lower, upper = unit_lower(lu), np.triu(lu)
    inner = np.tril(lower.T @ np.tril(lu_bar, -1), -1) + np.triu(np.triu(lu_bar) @ upper.T)
    left = linalg.solve_triangular(lower, inner, trans=1, lower=True)
    bar = linalg.solve_triangular(upper, left.T).T
    return bar[np.argsort(exchanged(piv))]


structural(
    linalg.lu_factor,
    args="a, *, check_finite=True",
    jvp={"a": lambda a_dot, y: (lu_tangent(a_dot, y[0], y[1]), 0 * y[1])},
    vjp={"a": lambda y_bar, y: lu_adjoint(y_bar[0], y[0], y[1])},
)


def lu_solve_tangent(lu_dot, lu, x):
    turned = np.tril(lu_dot, -1) @ (np.triu(lu) @ x)
    through = left_solved(lu, turned) + np.triu(lu_dot) @ x
    return -linalg.solve_triangular(np.triu(lu), through)


def lu_solve_adjoint(x_bar, lu, x):
    lower, upper = unit_lower(lu), np.triu(lu)
    w = linalg.solve_triangular(upper, columns(x_bar), trans=1)
    matrix_bar = -linalg.solve_triangular(lower, w, trans=1, lower=True) @ columns(x).T
    return np.tril(matrix_bar @ upper.T, -1) + np.triu(lower.T @ matrix_bar)


def transposed_lu_solve(y_bar, lu, piv):
    w = linalg.solve_triangular(np.triu(lu), y_bar, trans=1)
    back = linalg.solve_triangular(unit_lower(lu), w, trans=1, lower=True)
    return back[np.argsort(exchanged(piv))]


structural(
    linalg.lu_solve,
    args="lu_and_piv, b, *, check_finite=True",
    jvp={
        "lu_and_piv": lambda lu_and_piv_dot, lu_and_piv, y: lu_solve_tangent(
            lu_and_piv_dot[0], lu_and_piv[0], y
        ),
        "b": lambda b_dot, lu_and_piv: linalg.lu_solve(lu_and_piv, b_dot),
    },
    vjp={
        "lu_and_piv": lambda y_bar, lu_and_piv, y: (
            lu_solve_adjoint(y_bar, lu_and_piv[0], y),
            None,
        ),
        "b": lambda y_bar, lu_and_piv: transposed_lu_solve(y_bar, *lu_and_piv),
    },
)
