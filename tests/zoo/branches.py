"""Decisions: if, elif, conditional expressions, boolean operators, membership, strings, None."""

import numpy as np

from . import program


@program(args=(1.7,))
def piecewise_cubic(x):
    if x < 0.0:
        y = x * x
    elif x < 1.0:
        y = x**3
    else:
        y = 3.0 * x - 2.0 + (x - 1.0) ** 3
    return y * x


@program(args=(0.4,))
def nested_branches(x):
    if x > 0.0:
        if x > 1.0:
            return np.log(x)
        else:
            y = np.sin(x)
    else:
        y = -x
    return y * x


@program(args=(0.6, 1.9), wrt=(0, 1))
def conditional_expression(a, b):
    small, large = (a, b) if a < b else (b, a)
    return small**2 / large + (small if large > 10.0 else 3.0 * large)


@program(args=(0.3,))
def branch_without_else(x):
    y = np.exp(x)
    if y > 1.0:
        y = y * x
    return y


@program(args=(-1.2,))
def branch_not_taken(x):
    scale = 2.0
    if x > 0.0:
        scale = x
    return scale * x * x


@program(args=(0.5, 2.0), wrt=(0, 1))
def boolean_operators(x, y):
    if x > 0.0 and y > 1.0 or x * y < -4.0:
        return x * y**2
    if not (x < y):
        return x - y
    return x


@program(args=(0.5,))
def chained_comparison(x):
    if 0.0 < x <= 1.0 < 2.0 * x + 1.0:
        return x**4
    return 1.0 - x


@program(args=(1.5, None))
def optional_argument(x, scale=None):
    if scale is None:
        scale = x + 1.0
    return scale * np.cos(x)


@program(args=(1.5, 0.25), wrt=(0, 1))
def optional_given(x, scale=None):
    if scale is not None:
        x = x * scale
    return x**2 + np.sin(x)


@program(args=(0.8, "tanh"))
def string_choice(x, kind):
    if kind == "relu":
        return x if x > 0 else 0.0
    if kind in ("tanh", "sigmoid"):
        return np.tanh(x) if kind == "tanh" else 1.0 / (1.0 + np.exp(-x))
    raise ValueError(f"unknown activation {kind!r}")


@program(args=(0.8, 3))
def integer_membership(x, order):
    if order in [1, 3, 5]:
        return x**order
    if order not in {2, 4}:
        return 0.0
    return -(x**order)


@program(args=(0.7,))
def or_default_value(x):
    count = 0 or 3
    weight = x and 2.0 * x
    return count * weight**2


@program(args=(2.0, 3.0), wrt=(0, 1))
def and_or_of_values(a, b):
    chosen = (a > b and a) or b
    return chosen * chosen + a


@program(args=(np.array([0.2, -0.4, 1.1]),))
def branch_on_array_element(u):
    if u[1] < 0.0 and u.sum() > 0.0:
        return u[0] * u[2]
    return u[1]


@program(args=(np.array([0.2, 0.4]), True))
def flag_argument(u, normalise):
    if normalise:
        u = u / np.sqrt(np.sum(u**2))
    return u[0] ** 2 * u[1]


@program(args=(np.array([0.3, 2.0, 0.9]),))
def truth_of_size(u):
    total = 0.0
    if len(u):
        total = u[-1] ** 2
    if not u.shape[0] == 2:
        total += u[0] * u[1]
    return total


@program(args=(0.9,))
def undefined_on_one_path(x):
    if x > 0.5:
        y = x * x
        flag = True
    else:
        flag = False
    if flag:
        return y + x
    return x


@program(args=(1.1,))
def is_comparison_and_else(x):
    previous = None
    for value in (x, x**2, x**3):
        if previous is None:
            previous = value
        else:
            previous = previous * 0.5 + value
    return previous


@program(args=(0.25, 1.5), wrt=(0, 1))
def huber(r, delta):
    a = abs(r)
    if a <= delta:
        return 0.5 * r * r
    return delta * (a - 0.5 * delta)


@program(args=(2.5, 1.5), wrt=(0, 1))
def huber_outside(r, delta):
    a = abs(r)
    if a <= delta:
        return 0.5 * r * r
    return delta * (a - 0.5 * delta)


@program(args=(np.array([1.5, -0.2, 0.0, 3.0]),))
def any_and_all_conditions(u):
    if np.any(u < 0.0) and not np.all(u > 1.0):
        return np.sum(u**2)
    return np.sum(u)


GROWING = frozenset({"square", "cube"})


@program(args=(1.3, "cube"), wrt=(0,))
def member_of_a_set(x, kind):
    if kind in GROWING:
        return x**3 if kind == "cube" else x * x
    return x
