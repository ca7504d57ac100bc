"""Writes: elements, slices, masks, repeated indices, augmented stores, growing arrays."""

import numpy as np

from . import program

U = np.array([0.4, 1.3, -0.2, 0.9])
M = np.array([[0.4, 1.3, -0.2], [0.9, 2.1, 0.5]])


@program(args=(U,))
def element_store(u):
    v = np.zeros(4)
    v[0] = u[1] * u[2]
    v[3] = u[0]
    v[-1] = v[0] * u[3]
    return np.sum(v**2) + v[3]


@program(args=(U,))
def store_overwrites_copy(u):
    v = u.copy()
    v[1] = v[0] * v[2]
    v[0] = 3.0
    return v[0] * v[1] + np.sum(v**2)


@program(args=(U,))
def slice_store(u):
    v = np.ones(6)
    v[1:5] = u
    v[::3] = u[1]
    return np.sum(v * np.arange(6.0)) + v[4] ** 2


@program(args=(U, 0.1), wrt=(0, 1))
def overlapping_slice_update(u, dt):
    u = u.copy()
    for _ in range(3):
        u[1:-1] = u[1:-1] + dt * (u[2:] - 2.0 * u[1:-1] + u[:-2]) * u[1:-1]
    return np.sum(u**2)


@program(args=(U,))
def shifted_slice_store(u):
    v = u.copy()
    v[1:] = v[:-1]
    v[:2] *= v[2:]
    return v @ v


@program(args=(U,))
def recurrence_by_index(u):
    v = np.empty_like(u)
    v[0] = u[0]
    for i in range(1, len(u)):
        v[i] = v[i - 1] * u[i] + 1.0
    return v[-1]


@program(args=(U,))
def augmented_element_store(u):
    v = np.zeros(2)
    for i in range(4):
        v[i % 2] += u[i] ** 2
    v[0] *= v[1]
    v[1] /= u[1]
    return v[0] + v[1]


@program(args=(U, 2.0), wrt=(0, 1))
def augmented_slice_store(u, x):
    v = u.copy()
    v[1:] += x
    v[:2] *= v[2:]
    v[::2] -= x * u[::2]
    v **= 2
    return v.sum()


@program(args=(U, 0.5), wrt=(0, 1))
def mask_store(u, x):
    v = u.copy()
    v[v < 0.5] = x
    v[u > 1.0] *= x
    return np.sum(v**2)


@program(args=(U,))
def mask_store_of_array(u):
    v = u * 2.0
    mask = u > 0.5
    v[mask] = u[mask] ** 3
    v[~mask] += u[mask]
    return np.sum(v * u)


@program(args=(U,))
def repeated_index_store(u):
    v = np.zeros(3)
    v[np.array([0, 2, 0, 1])] = u
    return np.sum(v**2)


@program(args=(U,))
def repeated_index_augmented(u):
    v = np.ones(3)
    index = np.array([0, 2, 0, 2])
    v[index] += u
    v[index] *= u
    return np.sum(v**2)


@program(args=(U,))
def add_at(u):
    v = np.zeros(3)
    np.add.at(v, np.array([0, 2, 0, 2]), u**2)
    return np.sum(v * v)


@program(args=(M, 2.0), wrt=(0, 1))
def two_d_stores(m, x):
    a = m.copy()
    a[0, 1] = x * x
    a[:, 0] = a[:, 2]
    a[1] *= x
    a[..., -1] += 1.0
    return np.sum(a * m)


@program(args=(M,))
def two_d_integer_store(m):
    a = np.zeros((3, 3))
    a[[0, 2, 0], [1, 1, 1]] = m[0]
    a[np.arange(3), np.arange(3)] = m[1]
    return np.sum(a @ a)


@program(args=(2.0,))
def scalar_broadcast_into_slice(x):
    v = np.zeros((2, 3))
    v[:] = x
    v[1, :] = x**2
    v[:, 1:2] = 3.0 * x
    return np.sum(v**2)


@program(args=(np.array([[0.5, 1.5, 2.5]]),))
def broadcast_row_into_rows(r):
    v = np.ones((2, 3))
    v[:, :] = r
    v *= r
    return np.sum(v * v)


@program(args=(U,))
def parameter_modified_in_place(u):
    u += 1.0
    u[0] = u[1] * u[0]
    u *= u
    return np.sum(u)


@program(args=(U,))
def parameter_rebound(u):
    u = u + 1.0
    u[0] = u[1] * u[0]
    return np.sum(u**2)


@program(args=(np.array(1.5),))
def zero_d_in_place(z):
    y = z
    z += 1.0
    y *= 2.0
    return float(z) * 1.0 + y**2


@program(args=(np.array(1.5),))
def zero_d_becomes_scalar(z):
    y = z * 2.0
    x = y
    y += 1.0
    return x * y


@program(args=(1.5,))
def zero_d_created_and_filled(x):
    z = np.zeros(())
    z[...] = x
    z[()] = z * x
    w = z
    w += x
    return z**2


@program(args=(U,))
def out_argument(u):
    v = np.empty(4)
    np.multiply(u, u, out=v)
    np.add(v, u, out=v)
    np.exp(v, out=v)
    return v.sum()


@program(args=(U,))
def fill_and_copyto(u):
    v = np.empty(4)
    v.fill(u[0])
    w = np.zeros(4)
    np.copyto(w, u)
    w[1] = v[1]
    return np.sum(v * w)


@program(args=(U,))
def list_then_array(u):
    rows = []
    for x in u:
        rows.append([x, x * x])
    a = np.array(rows)
    a[0] = a[1]
    return np.sum(a[:, 0] * a[:, 1])


@program(args=(U, 0.3), wrt=(0, 1))
def gauss_seidel_sweep(u, w):
    v = u.copy()
    for _ in range(2):
        for i in range(1, len(v) - 1):
            v[i] = (1.0 - w) * v[i] + w * 0.5 * (v[i - 1] + v[i + 1])
    return np.sum(v**2)


@program(args=(U,))
def value_read_then_overwritten(u):
    v = u.copy()
    old = v[0]
    v[0] = 5.0 * v[1]
    return old * v[0]


@program(args=(U,))
def store_in_branch(u):
    v = u.copy()
    for i in range(4):
        if v[i] > 0.5:
            v[i] = v[i] ** 2
        elif i > 0:
            v[i] += v[i - 1]
    return np.sum(v * u)


@program(args=(U, 2), wrt=(0,))
def dynamic_index_store(u, k):
    v = np.zeros(4)
    for i in range(4):
        v[(i * k + 1) % 4] = u[i]
    return v[1] * v[3] + v[0]


@program(args=(U,))
def zero_trips_store(u):
    v = u.copy()
    for i in range(len(u), 3):
        v[i] = 0.0
    v[4:] = 7.0
    return np.sum(v**2)


@program(args=(U,))
def swap_slices(u):
    v = u.copy()
    v[:2], v[2:] = v[2:].copy(), v[:2].copy()
    return np.sum(v * np.array([1.0, 2.0, 3.0, 4.0]) * u)


@program(args=(U,))
def swap_slices_without_copy(u):
    v = u.copy()
    v[:2], v[2:] = v[2:], v[:2]
    return np.sum(v**2 * u)


@program(args=(U,))
def reverse_in_place(u):
    v = u.copy()
    v[:] = v[::-1]
    return np.sum(v**2 * u)


@program(args=(U,))
def maximum_into_slice(u):
    v = np.zeros(5)
    v[1:] = np.maximum(u, 0.1)
    np.maximum(v, 0.2, out=v)
    return np.sum(v**3)


@program(args=(U,))
def putmask_and_where_store(u):
    v = u.copy()
    np.putmask(v, u < 0, u**2)
    v[np.where(u > 1.0)] = u[0]
    return v @ v


@program(args=(np.array([[0.3, -0.2], [0.5, 0.1]]), np.array([0.9, 0.4])))
def adjoints_used_up(w, b):
    hidden = np.tanh(w @ b + b)
    slope = np.sqrt(hidden + 2.0)
    other = np.exp(slope) + w
    kept = other[0]
    kept = np.sin(kept)
    return np.sum(other * slope) + kept @ b + np.sum(hidden * b)
