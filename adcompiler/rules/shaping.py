"""Shapes: reshaping, permuting axes, flipping, repeating, padding, triangles and diagonals."""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import excuse, linear, not_yet, structural
from adcompiler.rules.selection import flat_positions, scatter

# ---- shape


def reshape_back(y_bar, a, order):
    assert order in ("C", "F"), "derivatives need order='C' or order='F'"
    if order == "C":
        return np.reshape(y_bar, a.shape)
    return np.reshape(y_bar, a.shape, order=order)


linear(
    np.reshape,
    lambda y_bar, a, order: reshape_back(y_bar, a, order),
    args="a, shape, order='C', *, copy=None",
    result="maybe view",
)
linear(
    np.ravel,
    lambda y_bar, a, order: reshape_back(y_bar, a, order),
    args="a, order='C'",
    result="maybe view",
)
linear(
    np.expand_dims,
    lambda y_bar, a: np.reshape(y_bar, np.shape(a)),
    args="a, axis",
    result="view",
)
linear(
    np.squeeze, lambda y_bar, a: np.reshape(y_bar, a.shape), args="a, axis=None", result="view"
)
linear((np.atleast_1d, np.atleast_2d), lambda y_bar: y_bar, args="a", result="maybe view")
linear(
    np.atleast_3d,
    lambda y_bar, a: np.reshape(y_bar, np.shape(a)),
    args="a",
    result="maybe view",
)
linear(np.broadcast_to, lambda y_bar: y_bar, args="a, shape", result="view")
structural(
    np.broadcast_arrays,
    args="*args",
    jvp={"args": lambda args_dot: np.broadcast_arrays(*args_dot)},
    vjp={"args": lambda y_bar: y_bar},
    result="view",
)
linear(
    np.resize,
    lambda y_bar, a, new_shape: scatter(y_bar, np.resize(flat_positions(a), new_shape), a),
    args="a, new_shape",
)

# ---- axes

linear(
    np.transpose,
    lambda y_bar, a, axes: (
        y_bar.T if axes is None else np.moveaxis(y_bar, tuple(range(a.ndim)), axes)
    ),
    args="a, axes=None",
    result="view",
)
linear(
    (np.swapaxes,),
    lambda y_bar, axis1, axis2: np.swapaxes(y_bar, axis1, axis2),
    args="a, axis1, axis2",
    result="view",
)
linear(
    np.moveaxis,
    lambda y_bar, source, destination: np.moveaxis(y_bar, destination, source),
    args="a, source, destination",
    result="view",
)
linear(
    (np.matrix_transpose, np.linalg.matrix_transpose),
    lambda y_bar: np.swapaxes(y_bar, -1, -2),
    operands=("x",),
    args="x",
    result="view",
)


def rolled_to(axis, start, ndim):
    """Where ``np.rollaxis`` puts an axis."""
    to = start % ndim if start < 0 else start
    return to - 1 if axis % ndim < to else to


linear(
    np.rollaxis,
    lambda y_bar, axis, start: np.moveaxis(y_bar, rolled_to(axis, start, y_bar.ndim), axis),
    args="a, axis, start=0",
    result="view",
)

# ---- order along axes

linear(
    np.flip,
    lambda y_bar, axis: np.flip(y_bar, axis),
    operands=("m",),
    args="m, axis=None",
    result="view",
)
linear(np.fliplr, lambda y_bar: np.fliplr(y_bar), operands=("m",), args="m", result="view")
linear(np.flipud, lambda y_bar: np.flipud(y_bar), operands=("m",), args="m", result="view")
linear(
    np.rot90,
    lambda y_bar, k, axes: np.rot90(y_bar, -k, axes),
    operands=("m",),
    args="m, k=1, axes=(0, 1)",
    result="view",
)


def opposite(shift):
    return tuple(-s for s in shift) if isinstance(shift, tuple) else -shift


linear(
    np.roll,
    lambda y_bar, shift, axis: np.roll(y_bar, opposite(shift), axis),
    args="a, shift, axis=None",
)

# ---- repetition


def tile_back(y_bar, a, reps):
    reps = reps if isinstance(reps, tuple) else (reps,)
    shape = np.shape(a)
    reps = (1,) * (len(shape) - len(reps)) + reps
    shape = (1,) * (len(reps) - len(shape)) + shape
    blocks = tuple(
        reps[k // 2] if k % 2 == 0 else shape[k // 2] for k in range(2 * len(reps))
    )
    summed = np.sum(np.reshape(y_bar, blocks), axis=tuple(range(0, 2 * len(reps), 2)))
    return np.reshape(summed, np.shape(a))


linear(np.tile, lambda y_bar, a, reps: tile_back(y_bar, a, reps), args="a, reps")


def repeat_back(y_bar, a, repeats, axis):
    if np.ndim(repeats) > 0:
        positions = np.reshape(np.arange(a.size), a.shape)
        return scatter(y_bar, np.repeat(positions, repeats, axis), a)
    if axis is None:
        return np.reshape(np.sum(np.reshape(y_bar, (-1, repeats)), axis=1), a.shape)
    last = np.moveaxis(y_bar, axis, -1)
    moved = np.moveaxis(a, axis, -1)
    return np.moveaxis(np.sum(np.reshape(last, (*moved.shape, repeats)), axis=-1), -1, axis)


linear(
    np.repeat,
    lambda y_bar, a, repeats, axis: repeat_back(y_bar, a, repeats, axis),
    args="a, repeats, axis=None",
)

# ---- padding


def pad_forward(a_dot, pad_width, mode):
    assert mode in ("constant", "edge", "wrap", "reflect", "symmetric"), "unsupported np.pad mode"
    if mode == "constant":
        return np.pad(a_dot, pad_width)
    return np.pad(a_dot, pad_width, mode=mode)


def pad_back(y_bar, a, pad_width, mode):
    assert mode in ("constant", "edge", "wrap", "reflect", "symmetric"), "unsupported np.pad mode"
    positions = np.reshape(np.arange(a.size), a.shape)
    if mode == "constant":
        where = np.pad(positions, pad_width, constant_values=-1)
        return np.reshape(y_bar[where >= 0], a.shape)
    return scatter(y_bar, np.pad(positions, pad_width, mode=mode), a)


structural(
    np.pad,
    args="a, pad_width, mode='constant', *, constant_values=0.0",
    jvp={"a": lambda a_dot, pad_width, mode: pad_forward(a_dot, pad_width, mode)},
    vjp={"a": lambda y_bar, a, pad_width, mode: pad_back(y_bar, a, pad_width, mode)},
)

# ---- triangles and diagonals

linear(np.tril, lambda y_bar, k: np.tril(y_bar, k), operands=("m",), args="m, k=0")
linear(np.triu, lambda y_bar, k: np.triu(y_bar, k), operands=("m",), args="m, k=0")


def diagonal_back(y_bar, a, offset, axis1, axis2):
    bar = np.zeros_like(np.moveaxis(a, (axis1, axis2), (0, 1)))
    i = np.arange(y_bar.shape[-1])
    bar[i + max(-offset, 0), i + max(offset, 0)] = np.moveaxis(y_bar, -1, 0)
    return np.moveaxis(bar, (0, 1), (axis1, axis2))


linear(
    np.diag,
    lambda y_bar, v, k: np.diag(y_bar, k) if v.ndim == 1 else diagonal_back(y_bar, v, k, 0, 1),
    operands=("v",),
    args="v, k=0",
)
linear(
    np.diagflat,
    lambda y_bar, v, k: np.reshape(np.diag(y_bar, k), v.shape),
    operands=("v",),
    args="v, k=0",
)
linear(
    np.diagonal,
    lambda y_bar, a, offset, axis1, axis2: diagonal_back(y_bar, a, offset, axis1, axis2),
    args="a, offset=0, axis1=0, axis2=1",
    result="view",
)
linear(
    np.linalg.diagonal,
    lambda y_bar, x, offset: diagonal_back(y_bar, x, offset, -2, -1),
    operands=("x",),
    args="x, /, *, offset=0",
    result="view",
)


def trace_back(y_bar, a, offset, axis1, axis2):
    eye = np.eye(a.shape[axis1], a.shape[axis2], offset)
    if a.ndim == 2:
        return y_bar * eye
    return np.moveaxis(
        np.expand_dims(y_bar, (-2, -1)) * eye, (-2, -1), (axis1 % a.ndim, axis2 % a.ndim)
    )


linear(
    np.trace,
    lambda y_bar, a, offset, axis1, axis2: trace_back(y_bar, a, offset, axis1, axis2),
    args="a, offset=0, axis1=0, axis2=1",
)
linear(
    np.linalg.trace,
    lambda y_bar, x, offset: np.expand_dims(y_bar, (-2, -1))
    * np.eye(x.shape[-2], x.shape[-1], offset),
    operands=("x",),
    args="x, /, *, offset=0",
)
not_yet(np.fill_diagonal, "assign to a[i, i], where i = np.arange(n)", args="a, val, wrap=False")

excuse(
    np.repeat,
    ("empty", "size-1 axes"),
    "np.bincount of nothing counts in integers: repeated no times, a gradient is of integers",
)
