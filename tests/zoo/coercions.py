"""Conversions that keep the derivative where they are continuous."""

import numpy as np

from . import program


@program(args=(1.3,))
def float_of_scalar(x):
    return float(x) ** 2 + float(2) * x


@program(args=(np.array([1.3, 0.4]),))
def float_of_element(u):
    return float(u[0]) * float(u.sum())


@program(args=([1.3, 0.4],))
def asarray_of_list(xs):
    u = np.asarray(xs, dtype=float)
    return u @ u


@program(args=(np.array([1.3, 0.4]),))
def asarray_mutated_is_an_alias(u):
    v = np.asarray(u)
    v[0] = v[1] ** 2
    return u[0] + v[1]


@program(args=(np.array([1.3, 0.4]),))
def array_makes_a_copy(u):
    v = np.array(u)
    v[0] = v[1] ** 2
    return u[0] + v[0]


@program(args=(np.array([1.3, 0.4]),))
def astype_keeps(u):
    return np.sum(u.astype(float) ** 2) + u.astype(np.float64)[0]


@program(args=(np.array([1.3, 0.4]),))
def astype_is_a_copy(u):
    v = u.astype(float)
    v *= 2.0
    return np.sum(u * v)


@program(args=(1.3, 0.4), wrt=(0, 1))
def array_of_scalars(a, b):
    m = np.array([[a, b], [b, 1.0]])
    return np.sum(m @ m)


@program(args=(1.3,))
def zero_d_array_and_item(x):
    z = np.array(x)
    return z.item() ** 2 + float(z) * z[()]


@program(args=(1.3,))
def numpy_scalar_type(x):
    return np.float64(x) * np.sqrt(np.float64(2.0) + x)


@program(args=([[1.3, 0.4], [0.2, 0.9]],))
def nested_lists_to_array(rows):
    m = np.array(rows)
    return np.sum(m.T @ m)


@program(args=(np.array([1.3, 0.4, 2.2]),))
def tolist_round_trip(u):
    values = u.tolist()
    return values[0] * values[1] + sum(values)


@program(args=(1.3,))
def atleast_and_squeeze(x):
    u = np.atleast_1d(x)
    m = np.atleast_2d(u)
    return np.squeeze(m) * u[0]


@program(args=(np.array([1.3, 0.4]),))
def asarray_idiom_with_ndim(x):
    x = np.asarray(x, dtype=float)
    if x.ndim == 0:
        x = x[None]
    return np.sum(x**3)


@program(args=(1.7,))
def int_as_index(x):
    table = np.array([0.5, 1.5, 2.5])
    return table[int(x)] * x


@program(args=(1.7, 3))
def integer_promoted(x, n):
    n = float(n)
    return n * x ** (n - 1.0)


@program(args=(np.array([1.3, 0.4]),))
def zeros_like_and_fill(u):
    v = np.zeros_like(u)
    v[:] = u
    w = np.full_like(u, 2.0)
    return np.sum(v * w * np.ones_like(u))


@program(args=(np.array([1.3, 0.4]),))
def boolean_arithmetic(u):
    mask = u > 1.0
    return np.sum(mask * u**2) + np.sum(mask.astype(float) * u)


@program(args=(np.array(1.3),))
def zero_d_argument(z):
    return float(z) * z + z**2


@program(args=(np.array([0.7]),))
def one_element_array_item(u):
    return u.item() ** 2 + u[0]
