"""Two names for one memory: aliases, views of views, views in containers and objects, copies that
look like views.
"""

import numpy as np

from . import program

U = np.array([0.4, 1.3, -0.2, 0.9])
M = np.array([[0.4, 1.3, -0.2], [0.9, 2.1, 0.5]])


class Holder:
    def __init__(self, data):
        self.data = data
        self.first = data[:2]


def scale_first(a, x):
    a[0] = a[0] * x
    return a


@program(args=(U,))
def second_name(u):
    a = u * 2.0
    b = a
    b[0] = b[1] ** 2
    return a[0] * a[1] + np.sum(b)


@program(args=(U,))
def second_name_in_place(u):
    a = u * 2.0
    b = a
    a += 1.0
    return np.sum(a * b)


@program(args=(U,))
def second_name_rebound(u):
    a = u * 2.0
    b = a
    a = a + 1.0
    a[0] = 0.0
    return np.sum(a * b)


@program(args=(U,))
def store_through_view(u):
    a = u.copy()
    v = a[1:3]
    v[0] = u[3] * v[1]
    return np.sum(a**2)


@program(args=(U, 1.7), wrt=(0, 1))
def in_place_through_view(u, w):
    a = u.copy()
    inner = a[1:-1]
    inner *= w
    return np.sum(a**2) + inner[0]


@program(args=(U,))
def view_of_view_store(u):
    a = u.copy()
    v = a[::-1]
    w = v[1:]
    w[::2] = u[0] * w[1]
    return np.sum(a**2 * u)


@program(args=(U,))
def view_sees_later_store(u):
    a = u.copy()
    v = a[:2]
    a[0] = a[3] * 3.0
    return v[0] * v[1]


@program(args=(M,))
def row_view_modified(m):
    a = m.copy()
    for row in a:
        row *= row[0]
    return np.sum(a)


@program(args=(M,))
def transposed_view_modified(m):
    a = m.copy()
    t = a.T
    t[0] = t[2] * t[1]
    t[1, 1] += 1.0
    return np.sum(a * m)


@program(args=(M,))
def reshaped_view_modified(m):
    a = m.copy()
    flat = a.reshape(-1)
    flat[2] = flat[0] * flat[5]
    return np.sum(a**2)


@program(args=(M,))
def ravel_view_modified(m):
    a = m.copy()
    a.ravel()[1] = a[1, 1] ** 2
    return np.sum(a**2)


@program(args=(M,))
def ravel_of_transpose_is_a_copy(m):
    a = m.copy()
    flat = a.T.ravel()
    flat[1] = 100.0 * a[0, 0]
    return np.sum(a**2) + flat[1] * flat[0]


@program(args=(M,))
def flatten_is_a_copy(m):
    a = m.copy()
    flat = a.flatten()
    flat *= 2.0
    return np.sum(a) + np.sum(flat**2)


@program(args=(U,))
def fancy_read_is_a_copy(u):
    a = u.copy()
    v = a[[0, 1]]
    v[0] = 10.0 * u[2]
    return a[0] * v[0] + v[1]


@program(args=(U,))
def mask_read_is_a_copy(u):
    a = u.copy()
    v = a[a > 0]
    v *= 3.0
    return np.sum(a**2) + np.sum(v * v)


@program(args=(U,))
def array_in_a_list_modified(u):
    a = u * 1.0
    parts = [a, a[1:]]
    parts[1][0] = 4.0 * u[0]
    parts[0][3] *= 2.0
    return np.sum(a**2)


@program(args=(U,))
def array_in_a_dict_modified(u):
    a = u * 1.0
    state = {"x": a, "v": np.zeros(4)}
    state["v"] += state["x"]
    state["x"][0] += state["v"][1]
    return a[0] * state["v"][0]


@program(args=(U,))
def array_in_an_object_modified(u):
    h = Holder(u * 1.0)
    h.first[1] = u[3] ** 2
    h.data[0] += h.first[1]
    return np.sum(h.data * h.data)


@program(args=(U, 1.5), wrt=(0, 1))
def view_passed_to_filler(u, x):
    a = u.copy()
    scale_first(a[2:], x)
    b = scale_first(a, x)
    b[3] = x
    return np.sum(a**2)


@program(args=(U, 1.5), wrt=(0, 1))
def argument_modified_by_callee(u, x):
    scale_first(u, x)
    scale_first(u[1:], u[0])
    return u[0] * u[1] + u[3]


@program(args=(U,))
def loop_over_views(u):
    a = np.outer(u, u)
    for i in range(1, 4):
        previous, current = a[i - 1], a[i]
        current -= 0.1 * previous
        previous[i] = current[0]
    return np.sum(a * a)


@program(args=(U,))
def double_buffer(u):
    new, old = np.zeros(4), u.copy()
    for _ in range(3):
        new[1:-1] = 0.5 * (old[2:] + old[:-2] * old[1:-1])
        new[0], new[-1] = old[0], old[-1]
        new, old = old, new
    return np.sum(old**2)


@program(args=(U,), tags=("refusable",))
def alias_chosen_by_branch(u):
    a, b = u * 1.0, u * 2.0
    target = a if u[0] < 1.0 else b
    target[0] = u[1] ** 2
    return a[0] * b[0] + target[1]


@program(args=(U,))
def alias_from_where_copy(u):
    a = u.copy()
    v = np.where(a > 0, a, 0.0)
    v[0] = a[1] * 2.0
    return a[0] + v[0] * v[3]


@program(args=(U,))
def history_of_one_array(u):
    state = u.copy()
    history = []
    for _ in range(3):
        state *= 0.5
        history.append(state)
    return history[0][1] ** 2 + np.sum(history[2])


@program(args=(U,))
def history_of_copies(u):
    state = u.copy()
    history = []
    for _ in range(3):
        state *= state
        history.append(state.copy())
    return history[0][1] * history[2][1] + np.sum(history[1])


@program(args=(M,))
def diagonal_through_strides(m):
    a = np.zeros((3, 3))
    a[:2] = m
    flat = a.reshape(9)
    flat[::4] = m[0] * m[1]
    return np.sum(a @ a)


@program(args=(U,))
def asarray_alias_modified(u):
    a = u.copy()
    b = np.asarray(a)
    b[0] = u[1] * u[2]
    c = np.atleast_1d(a)
    c[1] = 2.0 * u[0]
    return np.sum(a**2)


@program(args=(M,))
def swapaxes_and_newaxis_views(m):
    a = m.copy()
    np.swapaxes(a, 0, 1)[2, 0] = m[1, 1] ** 2
    a[None][0, 1] = a[0]
    a[:, :, None][0, 0, 0] = 3.0 * m[0, 1]
    return np.sum(a * a)


def _read_only():
    a = np.array([0.4, 1.3, -0.2, 0.9])
    a.setflags(write=False)
    return (a,)


def _strided():
    return (np.linspace(0.1, 2.3, 12)[1::3],)


def _fortran():
    return (np.asfortranarray(np.array([[0.4, 1.3, -0.2], [0.9, 2.1, 0.5]])),)


def _overlapping_list():
    a = np.array([0.4, 1.3, -0.2, 0.9])
    return ([a[:3], a[1:]], 1.5)


def _reversed_view():
    return (np.array([0.4, 1.3, -0.2, 0.9])[::-1], 0.7)


def _transposed():
    return (np.array([[0.4, 1.3, -0.2], [0.9, 2.1, 0.5]]).T,)


@program(args=_read_only)
def read_only_input(u):
    v = u[1:]
    return np.sum(v * u[:-1]) + np.sum(np.sort(u) * u)


@program(args=_strided)
def non_contiguous_input(u):
    a = u.reshape(2, 2)
    a[0, 0] = a[1, 1] ** 2
    return np.sum(u**2) + a[0, 0] * a[0, 1]


@program(args=_fortran, tags=("refusable",))
def fortran_input(m):
    flat = m.ravel()
    flat[1] = 9.0 * m[1, 1]
    return np.sum(m**2) + flat[1] * flat[2]


@program(args=_fortran, tags=("refusable",))
def fortran_order_ravel(m):
    flat = m.ravel(order="F")
    flat[1] = 9.0 * m[1, 1]
    return np.sum(m**2) + flat[1] * flat[2] + np.sum(m.reshape(3, 2, order="F")[0])


@program(args=_transposed)
def transposed_input(m):
    m[0] = m[1] * m[2]
    copy = m.copy()
    copy[0, 0] = 1.0
    return np.sum(m**2) + np.sum(copy)


@program(args=_reversed_view, wrt=(0, 1))
def reversed_input(u, x):
    u[1:] += x * u[:-1]
    return np.sum(u**2)


@program(args=_overlapping_list, wrt=(1,), tags=("refusable",))
def overlapping_views_in_argument(parts, x):
    parts[0][1] *= x
    parts[1][0] += x
    return np.sum(parts[0] ** 2) + np.sum(parts[1])


@program(args=(0.8, np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.7, -0.2])), wrt=(0, 1, 2))
def one_of_two_arrays_is_changed(x, a, b):
    y = a if x > 0.5 else b
    y[0] = x * x
    y *= 2.0
    return a.sum() * x + (b**2).sum() + y[1] * x


@program(args=(0.7, np.array([[0.62, -1.29, 0.93], [1.25, 1.23, 0.3]])), wrt=(0, 1))
def view_on_one_path(x, v):
    rate = v
    if x > 0.5:
        rate = v[:, 1:]
    for r in rate:
        v[v < 0.2] += x
        r[0] *= x
    return (v**2).sum() + rate.sum() * x


@program(args=(0.7, np.array([[0.6, -1.2], [0.9, 1.2], [1.2, 0.3]])), wrt=(0, 1))
def flattened_argument_is_changed(x, v):
    flat = v.ravel()
    flat[1] = x * flat[0]
    again = (v.T * x).ravel()
    again[2] += v[1, 1]
    return (v**2).sum() + again[2] * x
