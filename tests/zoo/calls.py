"""Calls: defaults, keywords, stars, helpers, recursion, callees that fill their argument."""

import math

import numpy as np

from . import program


def scaled(x, factor=2.0, *, offset=0.0):
    return factor * x + offset


def fill_squares(out, u):
    for i in range(len(u)):
        out[i] = u[i] ** 2


def add_in_place(target, amount):
    target += amount


def statistics_of(u):
    centre = np.mean(u)
    return centre, np.mean((u - centre) ** 2)


@program(args=(0.6,))
def default_and_keyword(x):
    return scaled(x) * scaled(x, 3.0) + scaled(offset=x, x=2.0)


@program(args=(0.6, 1.4, 2.2), wrt=(0, 1, 2))
def star_arguments(*xs):
    s = 0.0
    for i, x in enumerate(xs):
        s += x ** (i + 1)
    return s


@program(args=(0.6,))
def star_call(x):
    pair = (x, x + 1.0)
    return math.hypot(*pair) + total_of(*pair, 3.0, scale=x)


def total_of(*values, scale=1.0):
    return scale * sum(values)


@program(args=(0.6,))
def double_star_call(x):
    options = {"factor": x, "offset": 1.0}
    return scaled(x, **options) + describe(a=x, b=2.0)


def describe(**parts):
    s = 0.0
    for name, value in parts.items():
        s += value * (2.0 if name == "a" else value)
    return s


@program(args=(np.array([0.5, 1.5, 0.2]),))
def tuple_returning_helper(u):
    centre, spread = statistics_of(u)
    return centre * spread


@program(args=(np.array([0.5, 1.5, 0.2]),))
def callee_fills_argument(u):
    out = np.empty(3)
    fill_squares(out, u)
    return out[0] * out[1] + out[2]


@program(args=(np.array([0.5, 1.5, 0.2]),))
def callee_fills_view(u):
    out = np.zeros((2, 3))
    fill_squares(out[1], u)
    fill_squares(out[0, ::2], u[:2])
    return np.sum(out**2)


@program(args=(np.array([0.5, 1.5, 0.2]), 0.3), wrt=(0, 1))
def callee_adds_in_place(u, x):
    add_in_place(u, x)
    add_in_place(u[1:], u[0])
    return np.sum(u**2)


@program(args=(0.5, 2.0), wrt=(0, 1))
def callee_augments_scalar(x, y):
    add_in_place(x, y)
    return x * y


@program(args=(0.8, 5))
def recursion(x, n):
    if n == 0:
        return 1.0
    return 1.0 + x * recursion(x, n - 1) / n


@program(args=(0.4, 6))
def double_recursion(x, n):
    if n < 2:
        return x + n
    return double_recursion(x, n - 1) * x + double_recursion(x, n - 2)


@program(args=(0.3, 0.0, 1.0), wrt=(0,))
def adaptive_recursion(k, a, b, depth=0):
    middle = 0.5 * (a + b)
    coarse = (b - a) * math.exp(-k * middle)
    if depth >= 3:
        return coarse
    return adaptive_recursion(k, a, middle, depth + 1) + adaptive_recursion(k, middle, b, depth + 1)


@program(args=(np.array([0.5, 1.5, 0.2, 0.7]),))
def recursion_on_slices(u):
    if u.size == 1:
        return u[0] ** 2
    half = u.size // 2
    left, right = recursion_on_slices(u[:half]), recursion_on_slices(u[half:])
    return left * right + left


@program(args=(0.7, 0.2), wrt=(0, 1))
def positional_only_and_keyword_only(x, /, y, *, z=1.5):
    return x * y**2 * z


@program(args=(0.7,))
def helper_called_in_loop(x):
    for _ in range(3):
        x = logistic_step(x, rate=2.5)
    return x


def logistic_step(x, rate):
    return rate * x * (1.0 - x)


@program(args=(0.7,))
def helper_of_helper(x):
    return outer_helper(x) + outer_helper(2.0 * x)


def outer_helper(x):
    return logistic_step(x, 1.5) ** 2


@program(args=(np.array([0.4, 0.9]),))
def same_array_as_two_arguments(u):
    v = u * 1.0
    return mix(v, v)


def mix(a, b):
    a[0] = a[0] * b[1]
    return b[0] + b[1] ** 2


@program(args=(np.array([0.4, 0.9]), np.array([0.4, 0.9])), wrt=(0, 1))
def product_of_two_arguments(u, v):
    return np.sum(u * v) + u[0] ** 2


def _shared():
    a = np.array([0.4, 0.9])
    return a, a


@program(args=_shared, wrt=(0, 1))
def one_array_given_twice(u, v):
    return np.sum(u**2 * v)


@program(args=(np.array([0.4, 0.9]), 1.5), wrt=(0, 1))
def returned_argument(u, x):
    v = identity(u)
    w = identity(x)
    return v[0] * w + v[1]


def identity(x):
    return x


@program(args=(0.4, (1.5, 2.5)), wrt=(0, 1))
def star_in_the_middle(x, rest):
    return polynomial(x, *rest, x)


def polynomial(x, c0, c1, c2):
    return c0 + c1 * x + c2 * x * x


@program(args=(0.4,))
def default_list_and_none(x):
    return accumulate(x) + accumulate(x, [1.0, x])


def accumulate(x, items=None):
    items = [] if items is None else items
    items.append(x * x)
    return sum(items)
