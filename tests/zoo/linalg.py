"""Products of vectors and matrices, and solving."""

import numpy as np

from . import program

A = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.2, 0.1, 1.8]])
SPD = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.8]])
B = np.array([[0.4, 1.3], [0.9, -0.7], [0.2, 0.5]])
X = np.array([0.5, -1.2, 0.8])


@program(args=(A, X), wrt=(0, 1))
def quadratic_form(a, x):
    return x @ a @ x


@program(args=(A, B), wrt=(0, 1))
def matrix_product(a, b):
    c = a @ b
    return np.sum(c * c) + np.sum(np.dot(b.T, b))


@program(args=(X, X**2), wrt=(0, 1))
def vector_products(x, y):
    return np.dot(x, y) * (x @ x) + np.inner(x, y) + np.vdot(y, y)


@program(args=(A, X), wrt=(0, 1))
def dot_of_matrix_and_vector(a, x):
    y = np.dot(a, x)
    z = x.dot(a)
    return np.sum(np.tanh(y) * z)


@program(args=(np.stack([A, SPD]), X), wrt=(0, 1))
def batched_product(stack, x):
    return np.sum((stack @ x) ** 2) + np.sum((stack @ stack)[1])


@program(args=(np.stack([A, SPD]), B), wrt=(0, 1))
def batched_times_shared(stack, b):
    return np.sum(np.matmul(stack, b) ** 2) + np.sum(b.T @ stack)


@program(args=(2.0, X), wrt=(0, 1))
def scalar_dot(s, x):
    return np.sum(np.dot(s, x) ** 2)


@program(args=(np.array([[0.7]]), np.array([0.4])), wrt=(0, 1))
def one_by_one_product(a, x):
    return (a @ x)[0] ** 2 + (x @ a @ x)


@program(args=(np.zeros((2, 0)), np.zeros(0), 0.4), wrt=(0, 1, 2))
def empty_product(a, x, s):
    return np.sum(a @ x) + s * s


@program(args=(A, X), wrt=(0, 1))
def solved(a, b):
    x = np.linalg.solve(a, b)
    return x @ x + x[0]


@program(args=(A, B), wrt=(0, 1))
def solved_for_many(a, b):
    return np.sum(np.linalg.solve(a, b) ** 2)


@program(args=(A,))
def inverse_and_determinant(a):
    return np.sum(np.linalg.inv(a) ** 2) + np.linalg.det(a)


@program(args=(SPD, X), wrt=(0, 1))
def gaussian_log_density(s, x):
    sign, logdet = np.linalg.slogdet(s)
    return -0.5 * (x @ np.linalg.solve(s, x) + logdet + len(x) * np.log(2.0 * np.pi))


@program(args=(X,))
def norms(x):
    return np.linalg.norm(x) ** 3 + np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf) ** 2


@program(args=(B,))
def norms_along_axis(b):
    return np.sum(np.linalg.norm(b, axis=1)) + np.linalg.norm(b)


@program(args=(B[:, 0],))
def cholesky_of_built(v):
    s = np.outer(v, v) + np.eye(3) * (1.0 + v[0] ** 2)
    factor = np.linalg.cholesky(s)
    return np.sum(np.log(np.diag(factor))) + factor[2, 0]


@program(args=(A, X), wrt=(0, 1))
def einsum_forms(a, x):
    return (
        np.einsum("i,ij,j->", x, a, x)
        + np.sum(np.einsum("ij,jk->ik", a, a))
        + np.einsum("ii", a) ** 2
    )


@program(args=(A, B), wrt=(0, 1))
def tensordot_and_kron(a, b):
    return np.sum(np.tensordot(a, b, axes=(1, 0)) ** 2) + np.sum(np.kron(a[:2, :2], b)[0] ** 2)


@program(args=(X, X[::-1].copy()), wrt=(0, 1))
def cross_product(x, y):
    c = np.cross(x, y)
    return c @ c + c[0] * x[1]


@program(args=(A,))
def matrix_power_by_loop(a):
    p = np.eye(3)
    for _ in range(3):
        p = p @ a
    return np.trace(p)


@program(args=(A, X), wrt=(0, 1))
def product_in_loop(a, x):
    for _ in range(3):
        x = a @ x
        x = x / np.sqrt(x @ x)
    return x @ a @ x


@program(args=(X,))
def rotation_matrix(x):
    c, s = np.cos(x[0]), np.sin(x[0])
    r = np.array([[c, -s], [s, c]])
    y = r @ x[1:]
    return y[0] * y[1]


@program(args=(A,))
def matmul_in_place(a):
    b = a.copy()
    b[:] = b @ b
    b @= a
    return np.sum(b**2)


@program(args=(B, X), wrt=(0, 1))
def least_squares_normal_equations(b, y):
    w = np.linalg.solve(b.T @ b, b.T @ y)
    r = b @ w - y
    return r @ r + w[0]
