"""Binding names: unpacking, swaps, chains, walrus, augmented assignment, del."""

import numpy as np

from . import program


@program(args=(1.2, 0.7), wrt=(0, 1))
def swap(a, b):
    a, b = b, a
    return a**2 * b


@program(args=(1.2,))
def chained_assignment(x):
    a = b = x * x
    a = a + 1.0
    return a * b


@program(args=(np.array([0.3, 0.8, 1.7]),))
def unpack_array(u):
    a, b, c = u
    return a * b + c**3


@program(args=(np.array([0.3, 0.8, 1.7, 0.2]),))
def starred_unpacking(u):
    first, *middle, last = u
    s = first * last
    for m in middle:
        s += m**2
    return s


@program(args=((0.4, 1.1, 0.6, 0.9),))
def starred_head(values):
    *head, tail = values
    return sum(head) * tail + len(head)


@program(args=(0.4, 1.3), wrt=(0, 1))
def nested_unpacking(a, b):
    (p, q), r = (a * b, a + b), a - b
    [s, t] = [p * r, q]
    return s * t


@program(args=(0.9,))
def annotated_assignment(x):
    y: float = x**2
    z: float
    z = y + 1.0
    return y * z


@program(args=(1.4,))
def walrus(x):
    if (y := x * x) > 1.0:
        return y * x
    return y


@program(args=(1.4,))
def walrus_in_while(x):
    n = 0
    while (x := x * 0.8) > 0.5:
        n += 1
    return x**2 * n


@program(args=(1.4, 0.3), wrt=(0, 1))
def augmented_operators(x, y):
    x += y
    x *= x
    x -= 2.0 * y
    x /= 1.0 + y
    x **= 2
    return x


@program(args=(7.3, 2.0), wrt=(0, 1))
def augmented_floor_and_remainder(x, y):
    n = 17
    n //= 5
    n %= 2
    x %= y
    return x * x + n


@program(args=(1.3,))
def aliased_scalar(x):
    y = x
    y += 1.0
    return x * y


@program(args=(1.3,))
def rebound_parameter(x):
    x = x * x
    x = x + np.sin(x)
    x = 1.0 / x
    return x


@program(args=(1.3,))
def deleted_name(x):
    t = x * x
    y = t + 1.0
    del t
    return y**2


@program(args=(np.array([0.3, 0.8]),))
def subscript_augmented(u):
    out = np.zeros(2)
    out[0] += u[0] * u[1]
    out[1] -= u[1] ** 2
    out[0] *= out[1]
    return out[0] + out[1]


@program(args=(np.array([0.3, 0.8, 0.5]),))
def swap_elements(u):
    v = u.copy()
    v[0], v[2] = v[2], v[0]
    return v[0] ** 2 + 3.0 * v[2] * v[1]


@program(args=(1.1,))
def swap_list_items(x):
    items = [x, x**2, 3.0]
    i, j = 0, 2
    items[i], items[j] = items[j], items[i]
    return items[0] * items[2] + items[1]


@program(args=(0.5,))
def tuple_target_in_loop(x):
    s = 0.0
    for (a, b), c in [((x, 2.0), 1.0), ((x * x, x), 3.0)]:
        s += a * b * c
    return s


@program(args=(0.5,))
def assigned_but_unused(x):
    waste = np.exp(x) * 100.0
    other = waste + x
    y = x * x
    return y


@program(args=(0.5, 2.0))
def unused_argument(x, unused):
    return np.sin(x)


@program(args=(0.5, 2.0), wrt=(0, 1))
def constant_result(x, y):
    x = 3.0
    return x * 2.0


@program(args=(0.5,))
def order_of_evaluation(x):
    values = [x]
    y = values.append(x * x) or len(values)
    return values[1] * y + values[0]


@program(args=(1.25,))
def names_that_could_collide(x):
    x_bar = x * 2.0
    x_dot = x_bar * x
    x_saved = [x_dot]
    t1 = x_saved[0] * x_bar
    return t1 + x_dot


@program(args=(0.5,))
def shadowed_builtins(x):
    sum = x * x
    max = sum + x
    return sum * max
