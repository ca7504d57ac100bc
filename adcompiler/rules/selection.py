"""Choosing, sorting and searching.

Equal elements keep the order in which NumPy sorts them: the slope goes to one of them. Positions
(``argsort``, ``argmax``, ``searchsorted``, ...) are locally constant: their derivative is zero.
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import linear, not_yet, structural, undefined, zero


def scatter(y_bar, positions, a):
    """Sums of ``y_bar`` by the flat position in ``a`` that each element was read from."""
    at = np.ravel(positions)
    if np.iscomplexobj(y_bar):
        re = np.bincount(at, np.ravel(np.real(y_bar)), a.size)
        return np.reshape(re + 1j * np.bincount(at, np.ravel(np.imag(y_bar)), a.size), a.shape)
    return np.reshape(np.bincount(at, np.ravel(y_bar), a.size), a.shape)


def flat_positions(a):
    return np.reshape(np.arange(a.size), a.shape)


# ---- choosing by a condition

linear(
    np.where,
    lambda condition, y_bar: (np.where(condition, y_bar, 0.0), np.where(condition, 0.0, y_bar)),
    operands=("a", "b"),
    args="condition, a, b",
)


def select_back(y_bar, condlist):
    bars = [np.where(condlist[0], y_bar, 0.0)]
    rest = ~condlist[0]
    for condition in condlist[1:]:
        bars.append(np.where(rest & condition, y_bar, 0.0))
        rest = rest & ~condition
    return bars, np.where(rest, y_bar, 0.0)


linear(
    np.select,
    lambda y_bar, condlist: select_back(y_bar, condlist),
    operands=("choicelist", "default"),
    args="condlist, choicelist, default=0",
)
linear(
    np.choose,
    lambda y_bar, a, choices: [np.where(a == k, y_bar, 0.0) for k in range(len(choices))],
    operands=("choices",),
    args="a, choices",
)

# ---- choosing by position

linear(
    np.take,
    lambda y_bar, a, indices, axis: scatter(
        y_bar, np.take(flat_positions(a), indices, axis=axis), a
    ),
    args="a, indices, axis=None",
)
linear(
    np.take_along_axis,
    lambda y_bar, arr, indices, axis: scatter(
        y_bar, np.take_along_axis(flat_positions(arr), indices, axis=axis), arr
    ),
    operands=("arr",),
    args="arr, indices, axis=-1",
)
linear(
    np.compress,
    lambda y_bar, condition, a, axis: scatter(
        y_bar, np.compress(condition, flat_positions(a), axis=axis), a
    ),
    args="condition, a, axis=None",
)
linear(
    np.extract,
    lambda y_bar, condition, arr: scatter(
        y_bar, np.extract(condition, flat_positions(arr)), arr
    ),
    operands=("arr",),
    args="condition, arr",
)
linear(
    np.bincount,
    lambda y_bar, at: y_bar[at],
    operands=("weights",),
    args="at, /, weights=None, minlength=0",
)
not_yet((np.put, np.place, np.putmask, np.copyto), "assign to an index or a mask")
not_yet((np.put_along_axis,), "assign to an index")

# ---- sorting


def ordered(a_dot, a, axis):
    return np.take_along_axis(a_dot, np.argsort(a, axis=axis), axis=axis)


def ordered_back(y_bar, a, axis):
    ranks = np.argsort(np.argsort(a, axis=axis), axis=axis)
    return np.take_along_axis(y_bar, ranks, axis=axis)


structural(
    np.sort,
    args="a, axis=-1, kind=None",
    jvp={
        "a": lambda a_dot, a, axis: (
            ordered(np.ravel(a_dot), np.ravel(a), -1)
            if axis is None
            else ordered(a_dot, a, axis)
        )
    },
    vjp={
        "a": lambda y_bar, a, axis: (
            np.reshape(ordered_back(y_bar, np.ravel(a), -1), a.shape)
            if axis is None
            else ordered_back(y_bar, a, axis)
        )
    },
)
structural(
    np.partition,
    args="a, kth, axis=-1",
    jvp={
        "a": lambda a_dot, a, kth, axis: np.take_along_axis(
            a_dot, np.argpartition(a, kth, axis=axis), axis=axis
        )
    },
    vjp={
        "a": lambda y_bar, a, kth, axis: np.take_along_axis(
            y_bar, np.argsort(np.argpartition(a, kth, axis=axis), axis=axis), axis=axis
        )
    },
)


# ---- positions

zero((np.argsort,), args="a, axis=-1, kind=None")
zero((np.argmax, np.argmin), args="a, axis=None, *, keepdims=False")
zero((np.nanargmax, np.nanargmin), args="a, axis=None, *, keepdims=False")
zero(np.argpartition, args="a, kth, axis=-1")
zero((np.nonzero, np.flatnonzero, np.argwhere), args="a")
zero(np.searchsorted, args="a, v, side='left', sorter=None")
zero(np.digitize, args="x, bins, right=False")
zero(np.lexsort, args="keys, axis=-1")
zero(np.histogram, args="a, bins=10, range=None")
undefined(np.histogram_bin_edges, "it depends on the number of elements in a range")
not_yet(np.unique, "the positions np.unique(..., return_index=True) can be read", args="ar")
