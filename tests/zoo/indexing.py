"""Reads: slices, steps, ellipsis, new axes, masks, integer arrays."""

import numpy as np

from . import program

U = np.array([0.4, 1.3, -0.2, 0.9, 2.1])
M = np.array([[0.4, 1.3, -0.2], [0.9, 2.1, 0.5]])


@program(args=(U,))
def element_and_negative(u):
    return u[0] * u[-1] + u[-2] ** 2


@program(args=(U,))
def slices(u):
    return np.sum(u[1:3] * u[-2:]) + u[:2].sum() * u[3:].sum()


@program(args=(U,))
def steps_and_reversal(u):
    return np.sum(u[::2] ** 2) + np.sum(u[::-1] * u) + np.sum(u[3:0:-2])


@program(args=(M,))
def rows_and_columns(m):
    return np.sum(m[0] * m[1]) + np.sum(m[:, 1]) * m[1, 2]


@program(args=(M,))
def two_d_slices(m):
    return np.sum(m[:, ::-1] * m) + np.sum(m[1:, :2]) + m[-1][0]


@program(args=(np.arange(12.0).reshape(2, 3, 2) * 0.1,))
def ellipsis_and_three_d(t):
    return np.sum(t[..., 0] * t[..., 1]) + np.sum(t[1, ...] ** 2) + np.sum(t[:, 1])


@program(args=(U,))
def new_axis(u):
    table = u[:, None] * u[None, :]
    return np.sum(np.sin(table)) + np.sum(u[np.newaxis, 1:] ** 2)


@program(args=(U,))
def mask_read(u):
    positive = u[u > 0.5]
    return np.sum(positive**2) * positive[0]


@program(args=(M,))
def mask_read_two_d(m):
    return np.sum(m[m > 0.45] ** 3) + np.sum(m[:, np.array([True, False, True])])


@program(args=(U,))
def integer_array_with_repeats(u):
    index = np.array([0, 2, 2, 4, 0])
    return np.sum(u[index] * np.arange(5.0)) + np.sum(u[index] ** 2)


@program(args=(U,))
def list_index(u):
    return np.prod(u[[0, 1, 3]]) + np.sum(u[[1, 1]])


@program(args=(M,))
def pairs_of_integer_arrays(m):
    rows, columns = np.array([0, 1, 1]), np.array([2, 0, 0])
    return np.sum(m[rows, columns] ** 2) + np.sum(m[rows][:, columns])


@program(args=(M,))
def mixed_slice_and_integers(m):
    return np.sum(m[:, [0, 2]] * m[:, [1, 1]]) + np.sum(m[[1, 0], 1:])


@program(args=(M,))
def open_mesh(m):
    return np.sum(m[np.ix_([0, 1], [0, 2])] ** 2)


@program(args=(U, 2))
def index_from_argument(u, i):
    return u[i] * u[i - 1] * u[i + 1]


@program(args=(U,))
def index_from_data(u):
    i = np.argmax(u)
    j = int(np.argmin(u))
    return u[i] ** 2 * u[j]


@program(args=(U,))
def where_indices(u):
    index = np.where(u > 0.5)[0]
    s = 0.0
    for i in index:
        s += u[i] * u[i - 1]
    return s


@program(args=(U,))
def take_and_compress(u):
    return np.sum(np.take(u, [0, 3, 3]) ** 2) + np.sum(np.compress(u > 0, u))


@program(args=(U,))
def empty_slice(u):
    return np.sum(u[3:3]) + u[0] + np.sum(u[10:])


@program(args=(U,))
def view_of_view(u):
    v = u[1:]
    w = v[::2]
    return np.sum(w * w) + v[0] * w[-1]


@program(args=(U,))
def slice_object(u):
    inner = slice(1, -1)
    return np.sum(u[inner] ** 2) - u[slice(None, None, 2)].sum()


@program(args=(M,))
def transpose_then_index(m):
    return m.T[2, 0] * m.T[0, 1] + np.sum(m.T[1:])


@program(args=(M,))
def row_by_row(m):
    s = 1.0
    for i in range(m.shape[0]):
        row = m[i]
        s += row[0] * row @ m[i - 1]
    return s


@program(args=(U,))
def neighbours_by_roll(u):
    return np.sum(u * np.roll(u, 1)) + np.sum(np.roll(u, -2)[:2] ** 2)


@program(args=(U, np.array([3, 0, 3])))
def index_array_argument(u, index):
    return np.sum(np.exp(u[index]))


@program(args=(U, np.array([True, False, True, True, False])))
def mask_argument(u, mask):
    return np.sum(u[mask] ** 2) + np.sum(u[~mask])


@program(args=(np.array([0.3]),))
def length_one_array(u):
    return u[0] * u[-1] + np.sum(u[:-1]) + np.sum(u[::-1])


@program(args=(np.cos(np.arange(24.0)).reshape(2, 3, 4), np.array([True, False, True])))
def parts_of_parts(a, mask):
    s = 0.0
    for k in range(len(a)):
        block = a[k]
        row = block[1]
        chosen = block[mask]
        s += row[0] * row[-1] * np.sum(block[:, 1] ** 2) + chosen[1, 0] * chosen[0][2]
        s += np.sum(row * s) + block[None, 0, ...][0, 3] ** 2
    return s
