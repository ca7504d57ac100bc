"""Products of vectors, matrices and tensors. Complex ones are transposed, not conjugated."""

from __future__ import annotations

import operator

import numpy as np

from adcompiler.rules.contract import structural

# ---- matmul


def matmul_left(y_bar, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return y_bar * b
    if b.ndim == 1:
        return np.outer(y_bar, b) if a.ndim == 2 else y_bar[..., None] * b
    if a.ndim == 1:
        return b @ y_bar if b.ndim == 2 else (b @ y_bar[..., None])[..., 0]
    return y_bar @ (b.T if b.ndim == 2 else np.swapaxes(b, -1, -2))


def matmul_right(y_bar, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return y_bar * a
    if a.ndim == 1:
        return np.outer(a, y_bar) if b.ndim == 2 else a[:, None] * y_bar[..., None, :]
    if b.ndim == 1:
        return a.T @ y_bar if a.ndim == 2 else (np.swapaxes(a, -1, -2) @ y_bar[..., None])[..., 0]
    return (a.T if a.ndim == 2 else np.swapaxes(a, -1, -2)) @ y_bar


structural(
    (operator.matmul, np.matmul, np.linalg.matmul),
    args="a, b",
    jvp={
        "a": lambda a_dot, b: a_dot @ b,
        "b": lambda b_dot, a: a @ b_dot,
    },
    vjp={
        "a": lambda y_bar, a, b: matmul_left(y_bar, a, b),
        "b": lambda y_bar, a, b: matmul_right(y_bar, a, b),
    },
)

# ---- dot, inner, outer


def dot_left(y_bar, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return y_bar * b
    if a.ndim <= 2 and b.ndim <= 2:
        return matmul_left(y_bar, a, b)
    others = tuple(k for k in range(b.ndim) if k != max(b.ndim - 2, 0))
    return np.tensordot(y_bar, b, (tuple(range(a.ndim - 1, a.ndim + b.ndim - 2)), others))


def dot_right(y_bar, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return y_bar * a
    if a.ndim <= 2 and b.ndim <= 2:
        return matmul_right(y_bar, a, b)
    others = tuple(range(a.ndim - 1))
    bar = np.tensordot(a, y_bar, (others, others))
    return np.moveaxis(bar, 0, max(b.ndim - 2, 0))


structural(
    np.dot,
    args="a, b",
    jvp={
        "a": lambda a_dot, b: np.dot(a_dot, b),
        "b": lambda b_dot, a: np.dot(a, b_dot),
    },
    vjp={
        "a": lambda y_bar, a, b: dot_left(y_bar, a, b),
        "b": lambda y_bar, a, b: dot_right(y_bar, a, b),
    },
)


def inner_left(y_bar, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0 or (a.ndim == 1 and b.ndim == 1):
        return y_bar * b
    axes = tuple(range(a.ndim - 1, a.ndim + b.ndim - 2)), tuple(range(b.ndim - 1))
    return np.tensordot(y_bar, b, axes)


def inner_right(y_bar, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0 or (a.ndim == 1 and b.ndim == 1):
        return y_bar * a
    axes = tuple(range(a.ndim - 1))
    return np.tensordot(y_bar, a, (axes, axes))


structural(
    np.inner,
    args="a, b",
    jvp={
        "a": lambda a_dot, b: np.inner(a_dot, b),
        "b": lambda b_dot, a: np.inner(a, b_dot),
    },
    vjp={
        "a": lambda y_bar, a, b: inner_left(y_bar, a, b),
        "b": lambda y_bar, a, b: inner_right(y_bar, a, b),
    },
)
structural(
    (np.outer, np.linalg.outer),
    args="a, b",
    jvp={
        "a": lambda a_dot, b: np.outer(a_dot, b),
        "b": lambda b_dot, a: np.outer(a, b_dot),
    },
    vjp={
        "a": lambda y_bar, a, b: np.reshape(y_bar @ np.ravel(b), np.shape(a)),
        "b": lambda y_bar, a, b: np.reshape(np.ravel(a) @ y_bar, np.shape(b)),
    },
)


def conjugate(a):
    return np.conj(a) if np.iscomplexobj(a) else a


structural(
    np.vdot,
    args="a, b",
    jvp={
        "a": lambda a_dot, b: np.vdot(a_dot, b),
        "b": lambda b_dot, a: np.vdot(a, b_dot),
    },
    vjp={
        "a": lambda y_bar, a, b: np.reshape(conjugate(y_bar * b), np.shape(a)),
        "b": lambda y_bar, a, b: np.reshape(y_bar * conjugate(a), np.shape(b)),
    },
)
if hasattr(np, "vecdot"):
    structural(
        (np.vecdot, np.linalg.vecdot),
        args="a, b, /, *, axis=-1",
        jvp={
            "a": lambda a_dot, b, axis: np.vecdot(a_dot, b, axis=axis),
            "b": lambda b_dot, a, axis: np.vecdot(a, b_dot, axis=axis),
        },
        vjp={
            "a": lambda y_bar, b, axis: conjugate(np.expand_dims(y_bar, axis) * b),
            "b": lambda y_bar, a, axis: np.expand_dims(y_bar, axis) * conjugate(a),
        },
    )

if hasattr(np, "matvec"):
    structural(
        np.matvec,
        args="a, b, /",
        jvp={
            "a": lambda a_dot, b: np.matvec(a_dot, b),
            "b": lambda b_dot, a: np.matvec(a, b_dot),
        },
        vjp={
            "a": lambda y_bar, b: y_bar[..., None] * b[..., None, :],
            "b": lambda y_bar, a: np.matvec(np.swapaxes(a, -1, -2), y_bar),
        },
    )
    structural(
        np.vecmat,
        args="a, b, /",
        jvp={
            "a": lambda a_dot, b: np.vecmat(a_dot, b),
            "b": lambda b_dot, a: np.vecmat(a, b_dot),
        },
        vjp={
            "a": lambda y_bar, b: conjugate(np.matvec(b, y_bar)),
            "b": lambda y_bar, a: conjugate(a)[..., None] * y_bar[..., None, :],
        },
    )

# ---- cross and Kronecker products

structural(
    np.cross,
    args="a, b, *, axis=None",
    jvp={
        "a": lambda a_dot, b, axis: (
            np.cross(a_dot, b) if axis is None else np.cross(a_dot, b, axis=axis)
        ),
        "b": lambda b_dot, a, axis: (
            np.cross(a, b_dot) if axis is None else np.cross(a, b_dot, axis=axis)
        ),
    },
    vjp={
        "a": lambda y_bar, b, axis: (
            np.cross(b, y_bar) if axis is None else np.cross(b, y_bar, axis=axis)
        ),
        "b": lambda y_bar, a, axis: (
            np.cross(y_bar, a) if axis is None else np.cross(y_bar, a, axis=axis)
        ),
    },
)


structural(
    np.linalg.cross,
    args="a, b, /, *, axis=-1",
    jvp={
        "a": lambda a_dot, b, axis: np.cross(a_dot, b, axis=axis),
        "b": lambda b_dot, a, axis: np.cross(a, b_dot, axis=axis),
    },
    vjp={
        "a": lambda y_bar, b, axis: np.cross(b, y_bar, axis=axis),
        "b": lambda y_bar, a, axis: np.cross(y_bar, a, axis=axis),
    },
)


def kron_blocks(y_bar, a, b):
    """The result's adjoint with axes (a0, b0, a1, b1, ...)."""
    n = max(np.ndim(a), np.ndim(b))
    p = (1,) * (n - np.ndim(a)) + np.shape(a)
    q = (1,) * (n - np.ndim(b)) + np.shape(b)
    return np.reshape(y_bar, tuple((q if k % 2 else p)[k // 2] for k in range(2 * n)))


def kron_left(y_bar, a, b):
    blocks = kron_blocks(y_bar, a, b)
    n = np.ndim(b)
    axes = tuple(range(blocks.ndim - 2 * n + 1, blocks.ndim, 2)), tuple(range(n))
    return np.reshape(np.tensordot(blocks, b, axes), np.shape(a))


def kron_right(y_bar, a, b):
    blocks = kron_blocks(y_bar, a, b)
    n = np.ndim(a)
    axes = tuple(range(blocks.ndim - 2 * n, blocks.ndim, 2)), tuple(range(n))
    return np.reshape(np.tensordot(blocks, a, axes), np.shape(b))


structural(
    np.kron,
    args="a, b",
    jvp={
        "a": lambda a_dot, b: np.kron(a_dot, b),
        "b": lambda b_dot, a: np.kron(a, b_dot),
    },
    vjp={
        "a": lambda y_bar, a, b: kron_left(y_bar, a, b),
        "b": lambda y_bar, a, b: kron_right(y_bar, a, b),
    },
)

# ---- tensordot


def axes_of_left(axes):
    if isinstance(axes, (tuple, list)):
        return tuple(axes[0]) if isinstance(axes[0], (tuple, list)) else (axes[0],)
    return tuple(range(-axes, 0))


def axes_of_right(axes):
    if isinstance(axes, (tuple, list)):
        return tuple(axes[1]) if isinstance(axes[1], (tuple, list)) else (axes[1],)
    return tuple(range(axes))


def tensordot_left(y_bar, a, b, axes):
    """The adjoint contracted with ``b``: ``a``'s free axes are left, then its contracted ones."""
    k = len(axes_of_left(axes))
    last = tuple(range(-k, 0))
    moved = np.moveaxis(b, axes_of_right(axes), last)
    free = tuple(range(b.ndim - k))
    bar = np.tensordot(y_bar, moved, (tuple(range(a.ndim - k, a.ndim + b.ndim - 2 * k)), free))
    return np.moveaxis(bar, last, axes_of_left(axes))


def tensordot_right(y_bar, a, b, axes):
    k = len(axes_of_left(axes))
    first = tuple(range(k))
    moved = np.moveaxis(a, axes_of_left(axes), first)
    bar = np.tensordot(moved, y_bar, (tuple(range(k, a.ndim)), tuple(range(a.ndim - k))))
    return np.moveaxis(bar, first, axes_of_right(axes))


structural(
    np.tensordot,
    args="a, b, axes=2",
    jvp={
        "a": lambda a_dot, b, axes: np.tensordot(a_dot, b, axes),
        "b": lambda b_dot, a, axes: np.tensordot(a, b_dot, axes),
    },
    vjp={
        "a": lambda y_bar, a, b, axes: tensordot_left(y_bar, a, b, axes),
        "b": lambda y_bar, a, b, axes: tensordot_right(y_bar, a, b, axes),
    },
)
