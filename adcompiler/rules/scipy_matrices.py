"""``scipy.linalg``: special matrices, linear in what they are made of, and their products."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from adcompiler.rules.contract import linear, not_yet, structural
from adcompiler.rules.selection import gathered


def numbered(a):
    return np.arange(np.size(a))


def hidden_first(r):
    """The first element of a row stands in the column."""
    return np.where(numbered(r) == 0, -1, numbered(r))


linear(
    linalg.circulant,
    lambda y_bar, c: gathered(y_bar, linalg.circulant(numbered(c)), c),
    operands=("c",),
    args="c",
)
structural(
    linalg.toeplitz,
    args="c, r=None",
    jvp={
        "c": lambda c_dot, c, r: linalg.toeplitz(c_dot, c_dot if r is None else np.zeros_like(r)),
        "r": lambda r_dot, c, r: np.triu(linalg.toeplitz(np.zeros_like(c), r_dot), 1),
    },
    vjp={
        "c": lambda y_bar, c, r: gathered(
            y_bar,
            linalg.toeplitz(numbered(c), numbered(c) if r is None else np.full(np.size(r), -1)),
            c,
        ),
        "r": lambda y_bar, c, r: gathered(
            y_bar, linalg.toeplitz(np.full(np.size(c), -1), hidden_first(r)), r
        ),
    },
)


structural(
    linalg.hankel,
    args="c, r=None",
    jvp={
        "c": lambda c_dot, r: linalg.hankel(c_dot, None if r is None else np.zeros_like(r)),
        "r": lambda r_dot, c: linalg.hankel(
            np.zeros_like(c), np.where(numbered(r_dot) == 0, 0.0, r_dot)
        ),
    },
    vjp={
        "c": lambda y_bar, c, r: gathered(
            y_bar,
            linalg.hankel(numbered(c), np.full(np.size(c) if r is None else np.size(r), -1)),
            c,
        ),
        "r": lambda y_bar, c, r: gathered(
            y_bar, linalg.hankel(np.full(np.size(c), -1), hidden_first(r)), r
        ),
    },
)
linear(
    linalg.convolution_matrix,
    lambda y_bar, a, n, mode: gathered(
        y_bar, linalg.convolution_matrix(numbered(a) + 1, n, mode) - 1, a
    ),
    args="a, n, mode='full'",
)


structural(
    linalg.companion,
    args="a",
    jvp={
        "a": lambda a_dot, a, y: np.concatenate(
            (
                (-(a_dot[1:] + y[0] * a_dot[0]) / a[0])[None],
                np.zeros((a.shape[0] - 2, a.shape[0] - 1)),
            )
        )
    },
    vjp={"a": lambda y_bar, a, y: np.append(-np.sum(y_bar[0] * y[0]) / a[0], -y_bar[0] / a[0])},
)


def block_diag_back(y_bar, arrs):
    bars = []
    row = 0
    column = 0
    for a in arrs:
        rows = 1 if np.ndim(a) < 2 else np.shape(a)[0]
        length = np.shape(a)[-1] if np.ndim(a) > 0 else 1
        block = y_bar[row : row + rows, column : column + length]
        bars.append(np.reshape(block, np.shape(a)))
        row = row + rows
        column = column + length
    return bars


structural(
    linalg.block_diag,
    args="*arrs",
    jvp={"arrs": lambda arrs_dot: linalg.block_diag(*arrs_dot)},
    vjp={"arrs": lambda y_bar, arrs: block_diag_back(y_bar, arrs)},
)


def khatri_rao_blocks(y_bar, a, b):
    return np.reshape(y_bar, (a.shape[0], b.shape[0], a.shape[1]))


structural(
    linalg.khatri_rao,
    args="a, b",
    jvp={
        "a": lambda a_dot, b: linalg.khatri_rao(a_dot, b),
        "b": lambda b_dot, a: linalg.khatri_rao(a, b_dot),
    },
    vjp={
        "a": lambda y_bar, a, b: np.sum(khatri_rao_blocks(y_bar, a, b) * b, axis=1),
        "b": lambda y_bar, a, b: np.sum(khatri_rao_blocks(y_bar, a, b) * a[:, None], axis=0),
    },
)

not_yet(
    (linalg.solve_toeplitz, linalg.matmul_toeplitz, linalg.solve_circulant),
    "make the matrix with linalg.toeplitz or linalg.circulant",
)
not_yet(
    (linalg.fiedler, linalg.fiedler_companion, linalg.leslie, linalg.diagsvd),
    "make the matrix with np.diag and indices",
)
