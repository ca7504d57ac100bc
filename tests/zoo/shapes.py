"""Arrays taken apart and put together: reshape, transpose, concatenate, stack, repeat, pad."""

import numpy as np

from . import program

U = np.array([0.4, 1.3, -0.2, 0.9])
M = np.array([[0.4, 1.3, -0.2], [0.9, 2.1, 0.5]])
T = np.linspace(0.1, 1.3, 12).reshape(2, 3, 2)


@program(args=(M,))
def reshape_and_transpose(m):
    a = m.reshape(3, 2)
    return np.sum(a @ m) + np.sum(m.T * a) + np.sum(m.reshape(-1)[::2] ** 2)


@program(args=(T,))
def transpose_axes(t):
    return np.sum(t.transpose(2, 0, 1)[0] * t[:, :, 1]) + np.sum(np.moveaxis(t, 0, -1)[..., 0] ** 2)


@program(args=(U,))
def reshape_by_shape_of_other(u):
    rows = u.shape[0] // 2
    a = u.reshape((rows, -1))
    return np.sum(a[0] * a[1]) * a.shape[1] + a.size * a.ndim


@program(args=(U, 0.3), wrt=(0, 1))
def concatenated(u, x):
    v = np.concatenate(([x], u[1:], np.array([x * x]), u))
    return np.sum(v * np.arange(float(v.size))) + v @ v


@program(args=(M,))
def concatenated_along_axis(m):
    a = np.concatenate((m, 2.0 * m[:, :1]), axis=1)
    b = np.concatenate([m, m[::-1]], axis=0)
    return np.sum(a[0] * a[1]) + np.sum(b[1:3] ** 2)


@program(args=(U,))
def stacked(u):
    a = np.stack([u, u**2, np.ones(4)])
    b = np.stack((u, a[1]), axis=-1)
    return np.sum(a[0] * a[1]) + np.sum(b[:, 0] * b[:, 1] ** 2)


@program(args=(U,))
def hstack_vstack_column_stack(u):
    a = np.vstack([u, u[::-1]])
    b = np.hstack([u, u[:2] ** 2])
    c = np.column_stack((u, np.sin(u)))
    return np.sum(a[0] * a[1]) + b @ b + np.sum(c[:, 0] * c[:, 1])


@program(args=(U,))
def split_and_joined(u):
    left, right = np.split(u, 2)
    return left @ right + np.sum(np.array_split(u, 3)[0] ** 2)


@program(args=(U,))
def tile_and_repeat(u):
    return np.sum(np.tile(u, 2) ** 2) + np.sum(np.repeat(u, 3) * np.arange(12.0))


@program(args=(M,))
def flips_and_rolls(m):
    return (
        np.sum(np.flip(m) * m) + np.sum(np.fliplr(m) ** 2 * m) + np.sum(np.roll(m, 1, axis=0) * m)
    )


@program(args=(U,))
def expand_and_squeeze(u):
    a = np.expand_dims(u, 0)
    return np.sum(np.squeeze(a) * u) + np.sum(a.squeeze() ** 3) + np.sum(a * u[:, None])


@program(args=(M[:, :2],))
def triangles_and_diagonal(m):
    return (
        np.sum(np.tril(m) ** 2)
        + np.sum(np.triu(m, 1) * 3.0)
        + np.sum(np.diag(m) ** 2)
        + np.trace(m) ** 2
    )


@program(args=(U,))
def diagonal_matrix(u):
    d = np.diag(u)
    return np.sum(d @ d) + np.sum(d[0]) + np.sum((d + np.eye(4)) ** 2)


@program(args=(U,))
def padded(u):
    p = np.pad(u, 1)
    e = np.pad(u, (1, 2), mode="edge")
    return np.sum(p[:-2] * p[2:]) + np.sum(e**2)


@program(args=(U,))
def appended_one_by_one(u):
    out = np.zeros(0)
    for x in u:
        out = np.append(out, x * x)
    return np.sum(out * np.arange(4.0))


@program(args=(T,))
def swapaxes_and_sum(t):
    return np.sum(np.swapaxes(t, 0, 2).sum(axis=0) ** 2)


@program(args=(U,))
def ravel_of_product(u):
    return np.sum(np.ravel(np.outer(u, u))[::3] ** 2)


@program(args=(0.3, 1.7), wrt=(0, 1))
def linspace_between_active(a, b):
    t = np.linspace(a, b, 5)
    return np.sum(t**3)


@program(args=(0.3,))
def arange_scaled(x):
    t = np.arange(6) * x
    return np.sum(np.cos(t)) + np.sum(x ** np.arange(3))


@program(args=(np.array([[[0.7]]]),))
def many_axes_of_length_one(t):
    return t.reshape(()) ** 2 + t[0, 0, 0] * t.squeeze() + t.ravel()[0] + np.sum(t.T * t)


@program(args=(np.zeros((0, 2)), 0.6), wrt=(0, 1))
def empty_reshaped(e, x):
    a = e.reshape(2, 0)
    b = np.concatenate([e, np.array([[x, x * x]])])
    return np.sum(a) + np.sum(b**2)


@program(args=(2.1, 9, 1, np.array([0.4, -0.3, 0.8])), wrt=(0, 3))
def range_whose_step_is_an_argument(width, stop, step, weights):
    n = np.arange(0, stop, step, dtype=np.float64)
    window = np.exp(-(n**2) / width) * width
    return np.sum(np.convolve(window, weights, "same") * window)
