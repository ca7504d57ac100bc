"""Shapes that stretch: scalars, rows, columns, axes of length one, new axes."""

import numpy as np

from . import program

ROW = np.array([0.4, 1.3, -0.2])
M = np.array([[0.4, 1.3, -0.2], [0.9, 2.1, 0.5]])


@program(args=(0.7, ROW), wrt=(0, 1))
def scalar_and_vector(x, u):
    return np.sum((u - x) ** 2) + np.sum(x / (2.0 + u))


@program(args=(M, ROW), wrt=(0, 1))
def matrix_and_row(m, u):
    return np.sum((m * u) ** 2) + np.sum(m - u)


@program(args=(M, np.array([[0.3], [0.8]])), wrt=(0, 1))
def matrix_and_column(m, c):
    return np.sum(m**2 * c) + np.sum(np.exp(c) / (3.0 + m))


@program(args=(np.array([[0.3], [0.8]]), np.array([[0.4, 1.3, -0.2]])), wrt=(0, 1))
def column_and_row(c, r):
    return np.sum(np.sin(c * r)) + np.sum(c + r**2)


@program(args=(np.array([[0.7]]), M), wrt=(0, 1))
def one_by_one_and_matrix(s, m):
    return np.sum(s * m) ** 2 + np.sum(m / s)


@program(args=(np.array([0.7]), ROW), wrt=(0, 1))
def length_one_vector(s, u):
    return np.sum(s * u**2) + np.sum(s)


@program(args=(np.array([[0.3], [0.5], [0.8]]), np.ones((3, 4)) * 0.7), wrt=(0, 1))
def three_one_times_three_four(a, b):
    return np.sum((a * b) ** 2)


@program(args=(np.array(0.7), ROW), wrt=(0, 1))
def zero_d_and_vector(z, u):
    return np.sum(z * u) + z**2


@program(args=(ROW,))
def pairwise_differences(u):
    d = u[:, None] - u[None, :]
    return np.sum(d**2) + np.sum(np.exp(-(d**2)))


@program(args=(np.arange(6.0).reshape(2, 1, 3) * 0.2, np.array([[0.3], [0.8]])), wrt=(0, 1))
def three_d_and_two_d(t, c):
    return np.sum((t + c) ** 2 * t)


@program(args=(np.array([[0.5, 1.5]]), np.array([[0.2], [0.4]]), 1.1), wrt=(0, 1, 2))
def three_way(a, b, x):
    return np.sum((a + b * x) ** 2) + np.sum(np.where(a > b, a * x, b))


@program(args=(M, ROW), wrt=(0, 1))
def in_place_broadcast(m, u):
    a = m.copy()
    a += u
    a *= u[0]
    a -= a[:, :1]
    return np.sum(a**2)


@program(args=(np.array([[1.0, 0.4]]), np.array([0.3, 0.6])), wrt=(0, 1))
def row_matrix_at_vector_plus(x, w):
    r = x @ w + np.array([1.0, 2.0, 3.0])
    return np.mean(r**2)


@program(args=(np.zeros((0, 3)), ROW), wrt=(0, 1))
def empty_and_row(e, u):
    return np.sum(e * u) + np.sum(u**2)


@program(args=(np.zeros((3, 0)), np.array([[0.1], [0.2], [0.3]])), wrt=(0, 1))
def empty_columns(e, c):
    return np.sum(e + c) + c[0, 0] ** 2


@program(args=(ROW,))
def broadcast_to_explicit(u):
    a = np.broadcast_to(u, (4, 3))
    b, c = np.broadcast_arrays(u, np.ones((2, 1)))
    return np.sum(a**2) + np.sum(b * c * u)


@program(args=(ROW, ROW[::-1].copy()), wrt=(0, 1))
def outer_and_meshgrid(u, v):
    x, y = np.meshgrid(u, v)
    return np.sum(np.outer(u, v) ** 2) + np.sum(x * y**2)


@program(args=(0.7, 1.2), wrt=(0, 1))
def scalars_into_where(a, b):
    w = np.where(np.array([True, False, True]), a, b)
    return np.sum(w**2) + np.sum(np.full(3, a) * w)


@program(args=(M,))
def keepdims_normalised(m):
    e = np.exp(m - m.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return np.sum(p * np.array([1.0, 2.0, 4.0]))


@program(args=(ROW, 0.3), wrt=(0, 1))
def power_broadcast(u, x):
    return np.sum((1.0 + u**2) ** x) + np.sum(x ** np.abs(u)) + np.sum(np.power(2.0, u))


@program(args=(M, np.array([[2.0, 3.0, 1.5]])), wrt=(0, 1))
def binary_functions(m, r):
    return (
        np.maximum(m, r - 1.5).sum() * np.hypot(m, r).sum()
        + np.arctan2(m, r).sum()
        + np.logaddexp(m, r).sum()
        + np.minimum(m**2, r).sum()
    )
