"""Choosing, sorting and searching.

Equal elements keep the order in which NumPy sorts them: the slope goes to one of them. Positions
(``argsort``, ``argmax``, ``searchsorted``, ...) are locally constant: their derivative is zero.
"""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import excuse, linear, not_yet, structural, undefined, zero


def scatter(y_bar, positions, a):
    """Sums of ``y_bar`` by the flat position in ``a`` that each element was read from."""
    at = np.ravel(positions)
    if np.iscomplexobj(y_bar):
        re = np.bincount(at, np.ravel(np.real(y_bar)), a.size)
        return np.reshape(re + 1j * np.bincount(at, np.ravel(np.imag(y_bar)), a.size), a.shape)
    return np.reshape(np.bincount(at, np.ravel(y_bar), a.size), a.shape)


def gathered(y_bar, positions, a):
    """``scatter``, where the position -1 stands for no element."""
    return scatter(np.where(positions < 0, 0.0, y_bar), np.maximum(positions, 0), a)


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


def chosen(a, n, mode):
    """Which of ``n`` choices is meant."""
    which = np.asarray(a)
    if mode == "wrap":
        return which % n
    return np.clip(which, 0, n - 1) if mode == "clip" else which


def choose_back(y_bar, a, choices, mode):
    which = chosen(a, len(choices), mode)
    return [np.where(which == k, y_bar, 0.0) for k in range(len(choices))]


linear(
    np.choose,
    lambda y_bar, a, choices, mode: choose_back(y_bar, a, choices, mode),
    operands=("choices",),
    args="a, choices, *, mode='raise'",
)

# ---- choosing by position

linear(
    np.take,
    lambda y_bar, a, indices, axis, mode: scatter(
        y_bar, np.take(flat_positions(a), indices, axis=axis, mode=mode), a
    ),
    args="a, indices, axis=None, *, mode='raise'",
)
linear(
    np.take_along_axis,
    lambda y_bar, arr, indices, axis: scatter(
        y_bar, np.take_along_axis(flat_positions(arr), indices, axis=axis), arr
    ),
    operands=("arr",),
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
    lambda y_bar, condition, arr: scatter(y_bar, np.extract(condition, flat_positions(arr)), arr),
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
            ordered(np.ravel(a_dot), np.ravel(a), -1) if axis is None else ordered(a_dot, a, axis)
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
undefined(np.histogram_bin_edges, "it depends on the number of elements in a range")

# ---- sets: of equal elements the first is taken


def found_at(a, y):
    """A position in ``a``, flat, of each element of ``y``, which is sorted."""
    order = np.argsort(a, axis=None, kind="stable")
    return order[np.searchsorted(np.ravel(a)[order], y)]


structural(
    (np.unique, np.unique_values),
    args="ar, /",
    jvp={"ar": lambda ar_dot, ar, y: np.ravel(ar_dot)[found_at(ar, y)]},
    vjp={"ar": lambda y_bar, ar, y: scatter(y_bar, found_at(ar, y), ar)},
)


def both(a, b):
    return np.concatenate((np.ravel(a), np.ravel(b)))


structural(
    np.union1d,
    args="ar1, ar2",
    jvp={
        "ar1": lambda ar1_dot, ar1, ar2, y: both(ar1_dot, np.zeros(ar2.shape))[
            found_at(both(ar1, ar2), y)
        ],
        "ar2": lambda ar2_dot, ar1, ar2, y: both(np.zeros(ar1.shape), ar2_dot)[
            found_at(both(ar1, ar2), y)
        ],
    },
    vjp={
        "ar1": lambda y_bar, ar1, ar2, y: np.reshape(
            scatter(y_bar, found_at(both(ar1, ar2), y), both(ar1, ar2))[: ar1.size], ar1.shape
        ),
        "ar2": lambda y_bar, ar1, ar2, y: np.reshape(
            scatter(y_bar, found_at(both(ar1, ar2), y), both(ar1, ar2))[ar1.size :], ar2.shape
        ),
    },
)
structural(
    np.setdiff1d,
    args="ar1, ar2",
    jvp={"ar1": lambda ar1_dot, ar1, y: np.ravel(ar1_dot)[found_at(ar1, y)], "ar2": lambda: 0.0},
    vjp={"ar1": lambda y_bar, ar1, y: scatter(y_bar, found_at(ar1, y), ar1), "ar2": lambda: 0.0},
)


def first_nonzero(filt):
    return np.argmax(filt != 0)


structural(
    np.trim_zeros,
    args="filt",
    jvp={"filt": lambda filt_dot, filt, y: filt_dot[first_nonzero(filt) :][: y.size]},
    vjp={
        "filt": lambda y_bar, filt: scatter(
            y_bar, first_nonzero(filt) + np.arange(y_bar.size), filt
        )
    },
)

# ---- histograms: the counts are constant, the edges move with the extremes they span


def moves(bins, range):
    return np.ndim(bins) == 0 and range is None


def extremes(a):
    """Positions of the least and the largest element; of none, one past the end."""
    return np.argmin(np.append(a, np.inf)), np.argmax(np.append(a, -np.inf))


def edges_tangent(a_dot, a, bins, range, y):
    if not moves(bins, range):
        return np.zeros(y[0].shape), np.zeros(y[1].shape)
    low, high = (np.append(a_dot, 0.0)[k] for k in extremes(a))
    return np.zeros(y[0].shape), np.linspace(low, high, bins + 1)


def edges_adjoint(y_bar, a, bins, range):
    if not moves(bins, range):
        return np.zeros(a.shape)
    t = np.linspace(0.0, 1.0, bins + 1)
    ends = np.array([np.sum(y_bar[1] * (1.0 - t)), np.sum(y_bar[1] * t)])
    return np.reshape(scatter(ends, np.array(extremes(a)), np.append(a, 0.0))[: a.size], a.shape)


def of_bins(y_bar, a, edges):
    """For each element the adjoint of its bin; the last one is closed."""
    last = edges.size - 2
    k = np.searchsorted(edges, a, side="right") - 1
    k = np.where(a == edges[last + 1], last, k)
    return np.where((k >= 0) & (k <= last), y_bar[np.clip(k, 0, last)], 0.0)


structural(
    np.histogram,
    args="a, bins=10, range=None, weights=None",
    jvp={
        "a": lambda a_dot, a, bins, range, y: edges_tangent(a_dot, a, bins, range, y),
        "weights": lambda weights_dot, a, y: (
            np.histogram(a, y[1], weights=weights_dot)[0],
            np.zeros(y[1].shape),
        ),
    },
    vjp={
        "a": lambda y_bar, a, bins, range: edges_adjoint(y_bar, a, bins, range),
        "weights": lambda y_bar, a, y: of_bins(y_bar[0], a, y[1]),
    },
)

COUNTED = "np.bincount of nothing counts in integers: the gradient of nothing is of integers"
excuse((np.take, np.take_along_axis, np.extract, np.compress), "empty", COUNTED)
excuse(np.trim_zeros, "empty", "the compiler asks NumPy for positions that nothing has")
