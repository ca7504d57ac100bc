# SPDX-License-Identifier: 0BSD
"""The few helpers that emitted code may need. Their text is copied into it: it needs NumPy only."""

import numpy as np


def unbroadcast(bar, like):
    """Sum ``bar`` over the axes along which ``like`` was broadcast; ``like``'s shape and dtype."""
    bar, like = np.asarray(bar), np.asarray(like)
    if np.iscomplexobj(bar) and not np.iscomplexobj(like):
        bar = bar.real
    extra = bar.ndim - like.ndim
    if extra > 0:
        bar = np.asarray(bar.sum(axis=tuple(range(extra))))
    elif extra < 0:
        bar = bar.reshape((1,) * -extra + bar.shape)
    ones = tuple(k for k, n in enumerate(like.shape) if n == 1 and bar.shape[k] != 1)
    if ones:
        bar = bar.sum(axis=ones, keepdims=True)
    if bar.shape != like.shape:
        bar = np.broadcast_to(bar, like.shape)
    return bar if bar.dtype == like.dtype else bar.astype(like.dtype)


def winners(shape, index):
    """Which of the elements stored through ``index`` stay: of repeated ones, the last."""
    positions = np.empty(shape, dtype=np.intp)
    order = np.arange(positions[index].size).reshape(positions[index].shape)
    positions[index] = order
    return positions[index] == order


def rebuilt(like, **fields):
    """An object of ``like``'s class with these fields; its ``__init__`` does not run."""
    made = object.__new__(type(like))
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def finite_quotient(p, d):
    """``p / d``, and 0 / 0 is 0: vectors that belong to equal values have no derivative."""
    if np.any((d == 0) & (p != 0)):
        raise np.linalg.LinAlgError(
            "the vectors of equal eigenvalues or singular values, or of a singular value 0, have no"
            " derivative: use eigvalsh or svdvals, or a function of the matrix itself"
        )
    return p / np.where(d == 0, 1, d)
