"""Joining arrays: the adjoint of each is its part of the result's. Splitting: the other way."""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import excuse, linear, not_yet, structural
from adcompiler.rules.selection import flat_positions, scatter


def part(y_bar, start, stop, axis):
    """``y_bar[start:stop]`` along an axis."""
    if axis == 0:
        return y_bar[start:stop]
    if axis == -1 or axis == y_bar.ndim - 1:
        return y_bar[..., start:stop]
    return np.moveaxis(np.moveaxis(y_bar, axis, 0)[start:stop], 0, axis)


def concatenate_back(y_bar, arrays, axis):
    bars = []
    start = 0
    for a in arrays:
        if axis is None:
            stop = start + np.size(a)
            bars.append(np.reshape(y_bar[start:stop], np.shape(a)))
        else:
            stop = start + np.shape(a)[axis]
            bars.append(part(y_bar, start, stop, axis))
        start = stop
    return bars


def stack_back(y_bar, arrays, axis):
    if axis == 0:
        return [y_bar[k] for k in range(len(arrays))]
    if axis == -1:
        return [y_bar[..., k] for k in range(len(arrays))]
    return [np.moveaxis(y_bar, axis, 0)[k] for k in range(len(arrays))]


def vstack_back(y_bar, arrays):
    bars = []
    start = 0
    for a in arrays:
        if np.ndim(a) < 2:
            bars.append(y_bar[start])
            start = start + 1
        else:
            bars.append(y_bar[start : start + a.shape[0]])
            start = start + a.shape[0]
    return bars


def hstack_back(y_bar, arrays):
    bars = []
    start = 0
    for a in arrays:
        if np.ndim(a) == 0:
            bars.append(y_bar[start])
            start = start + 1
        elif np.ndim(a) == 1:
            bars.append(y_bar[start : start + a.shape[0]])
            start = start + a.shape[0]
        else:
            bars.append(y_bar[:, start : start + a.shape[1]])
            start = start + a.shape[1]
    return bars


def column_stack_back(y_bar, arrays):
    bars = []
    start = 0
    for a in arrays:
        if np.ndim(a) < 2:
            bars.append(y_bar[:, start])
            start = start + 1
        else:
            bars.append(y_bar[:, start : start + a.shape[1]])
            start = start + a.shape[1]
    return bars


def dstack_back(y_bar, arrays):
    bars = []
    start = 0
    for a in arrays:
        if np.ndim(a) < 3:
            bars.append(np.reshape(y_bar[:, :, start], np.shape(a)))
            start = start + 1
        else:
            bars.append(y_bar[:, :, start : start + a.shape[2]])
            start = start + a.shape[2]
    return bars


# ---- sequences of arrays

linear(
    np.concatenate,
    lambda y_bar, arrays, axis: concatenate_back(y_bar, arrays, axis),
    operands=("arrays",),
    args="arrays, /, axis=0",
)
linear(
    np.stack,
    lambda y_bar, arrays, axis: stack_back(y_bar, arrays, axis),
    operands=("arrays",),
    args="arrays, axis=0",
)
linear(
    np.vstack,
    lambda y_bar, tup: vstack_back(y_bar, tup),
    operands=("tup",),
    args="tup",
)
linear(
    np.hstack,
    lambda y_bar, tup: hstack_back(y_bar, tup),
    operands=("tup",),
    args="tup",
)
linear(
    np.column_stack,
    lambda y_bar, tup: column_stack_back(y_bar, tup),
    operands=("tup",),
    args="tup",
)
linear(
    np.dstack,
    lambda y_bar, tup: dstack_back(y_bar, tup),
    operands=("tup",),
    args="tup",
)

# ---- appending

linear(
    np.append,
    lambda y_bar, arr, values, axis: concatenate_back(y_bar, (arr, values), axis),
    operands=("arr", "values"),
    args="arr, values, axis=None",
)

# ---- inserting and deleting


def place(arr, obj, axis):
    assert np.ndim(obj) == 0, "derivatives of np.insert need a single position"
    return obj + (obj < 0) * length(arr, axis)


def length(arr, axis):
    return arr.size if axis is None else arr.shape[axis]


def insert_values(y_bar, arr, obj, axis):
    at = np.arange(length(arr, axis) + 1) == place(arr, obj, axis)
    bar = np.compress(at, y_bar, axis=axis)
    return bar if axis is None else np.moveaxis(bar, axis, 0)


def insert_rest(y_bar, arr, obj, axis):
    others = np.arange(length(arr, axis) + 1) != place(arr, obj, axis)
    return np.reshape(np.compress(others, y_bar, axis=axis), arr.shape)


structural(
    np.insert,
    args="arr, obj, values, axis=None",
    jvp={
        "arr": lambda arr_dot, obj, axis: np.insert(arr_dot, obj, 0.0, axis=axis),
        "values": lambda values_dot, arr, obj, axis: np.insert(
            np.zeros(arr.shape), obj, values_dot, axis=axis
        ),
    },
    vjp={
        "arr": lambda y_bar, arr, obj, axis: insert_rest(y_bar, arr, obj, axis),
        "values": lambda y_bar, arr, obj, axis: insert_values(y_bar, arr, obj, axis),
    },
)
linear(
    np.delete,
    lambda y_bar, arr, obj, axis: scatter(
        y_bar, np.delete(flat_positions(arr), obj, axis=axis), arr
    ),
    operands=("arr",),
    args="arr, obj, axis=None",
)

# ---- splitting: several results

structural(
    (np.split, np.array_split),
    args="ary, indices_or_sections, axis=0",
    jvp={
        "ary": lambda ary_dot, indices_or_sections, axis: np.array_split(
            ary_dot, indices_or_sections, axis
        )
    },
    vjp={"ary": lambda y_bar, axis: np.concatenate(y_bar, axis=axis)},
    result="view",
)


def splitting(split, join):
    """Along one axis; ``join`` is its inverse."""
    structural(
        split,
        args="ary, indices_or_sections",
        jvp={"ary": lambda ary_dot, indices_or_sections: split(ary_dot, indices_or_sections)},
        vjp={"ary": lambda y_bar: join(y_bar)},
        result="view",
    )


splitting(np.hsplit, np.hstack)
splitting(np.vsplit, np.vstack)
splitting(np.dsplit, np.dstack)
if hasattr(np, "unstack"):  # since NumPy 2.1
    not_yet(np.unstack, "use indices", args="x, /, *, axis=0")
excuse(np.delete, "empty", "np.bincount of nothing counts in integers")
