"""Tuples, lists, dicts, comprehensions, generator expressions."""

import math
from collections import namedtuple

import numpy as np

from . import program

Point = namedtuple("Point", "x y")


@program(args=(1.2, 0.7), wrt=(0, 1))
def tuple_of_results(a, b):
    pair = (a * b, a / b)
    return pair[0] ** 2 + pair[-1]


@program(args=(0.8, 5))
def list_append(x, n):
    history = [x]
    for i in range(n):
        history.append(history[-1] * x + i)
    return history[2] * history[-1] + len(history)


@program(args=(0.8,))
def list_item_store(x):
    values = [0.0] * 4
    values[0] = x
    for i in range(1, 4):
        values[i] = values[i - 1] * x + 1.0
    values[0] = 2.0 * values[0]
    return values[3] * values[0]


@program(args=(np.array([0.2, 0.6, 1.0]),))
def list_comprehension(u):
    squares = [x * x for x in u]
    return squares[0] * squares[2] + sum(squares)


@program(args=(np.array([0.2, 0.6, 1.0, -0.4]),))
def filtered_comprehension(u):
    return sum([np.sqrt(x) for x in u if x > 0.3])


@program(args=(np.array([0.2, 0.6]), np.array([1.1, 0.3])), wrt=(0, 1))
def nested_comprehension(u, w):
    table = [[a * b + i for b in w] for i, a in enumerate(u)]
    return table[0][1] * table[1][0]


@program(args=(np.array([0.2, 0.6, 1.0]),))
def generator_in_sum(u):
    return sum(x**2 * i for i, x in enumerate(u)) + sum(math.sin(x) for x in u)


@program(args=(np.array([0.2, 0.6, 1.0]),))
def generator_in_max(u):
    return max(x * (1.5 - x) for x in u) + min(math.exp(x) for x in u)


@program(args=(np.array([0.2, 0.6, 1.0]),))
def generator_in_any_all(u):
    if any(x > 0.9 for x in u) and all(x > 0.0 for x in u):
        return u[0] * u[1] * u[2]
    return u[0]


@program(args=(1.5, 0.5), wrt=(0, 1))
def dict_of_parameters(a, b):
    params = {"mass": a, "drag": b}
    params["energy"] = 0.5 * params["mass"] * params["drag"] ** 2
    return params["energy"] + params["mass"]


@program(args=({"w": np.array([0.4, 0.9]), "b": 0.3}, np.array([1.0, 2.0])))
def dict_argument(params, x):
    return np.tanh(params["w"] @ x + params["b"])


@program(args=(({"a": 0.4}, [1.2, (0.5, 2.0)]),))
def nested_structure(tree):
    first, (second, third) = tree
    return first["a"] * second + third[0] ** 2 * third[1]


@program(args=(0.4, {"scale": 2.0}))
def dict_get_with_default(x, options):
    scale = options.get("scale", 1.0)
    shift = options.get("shift", 0.5)
    if "offset" in options:
        shift = options["offset"]
    return scale * x**2 + shift * x


@program(args=(0.4,))
def dict_update_and_items(x):
    d = dict(a=x, b=2.0)
    d["a"] *= 3.0
    d.update(c=x * x)
    return sum(v * v for v in d.values())


@program(args=(1.1,))
def shared_list_element(x):
    row = [x, 1.0]
    table = [row, row]
    table[0][1] = x * x
    return table[1][1] * table[1][0]


@program(args=(np.array([0.3, 0.7]),))
def same_array_twice_in_list(u):
    a = u * 2.0
    pair = [a, a]
    pair[0][0] = 5.0 * u[1]
    return pair[1][0] * pair[1][1]


@program(args=(0.6,))
def list_concatenation_and_repeat(x):
    items = [x, 2.0] + [x * x] * 2
    items += [1.0]
    return sum(items) * items[-2]


@program(args=(0.6,))
def list_extend_aliased(x):
    a = [x]
    b = a
    b += [x * x]
    return len(a) * a[1]


@program(args=(0.6,))
def list_pop(x):
    stack = [x, x * x, x**3]
    top = stack.pop()
    first = stack.pop(0)
    return top * first + stack[0]


@program(args=([0.5, 1.5, 2.5, 3.5],))
def list_slicing(xs):
    head, tail = xs[:2], xs[-2:]
    return sum(a * b for a, b in zip(head, tail[::-1]))


@program(args=([0.5, 1.5],))
def list_argument_appended(xs):
    xs.append(xs[0] * xs[1])
    xs[0] = 2.0
    return xs[0] * xs[2] + xs[1]


@program(args=(Point(0.5, 1.5),))
def named_tuple_argument(p):
    q = Point(p.x * p.y, p.x + p.y)
    return q.x * q.y + p[0]


@program(args=(0.5,))
def named_tuple_replace(x):
    p = Point(x, 2.0)
    p = p._replace(y=x * x)
    return p.x * p.y


@program(args=(np.array([0.2, 0.6, 1.0]),), tags=("refusable",))
def dict_comprehension(u):
    table = {i: x * x for i, x in enumerate(u)}
    return table[0] * table[2] + table[1]


@program(args=(np.array([0.2, 0.6, 1.0]),))
def list_of_arrays(u):
    layers = [u, np.sin(u)]
    for _ in range(2):
        layers.append(layers[-1] * layers[-2])
    return np.sum(layers[-1])


@program(
    args=(
        [np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[0.5, -0.2], [0.1, 0.7]])],
        np.array([1.0, 0.5]),
    ),
    wrt=(0, 1),
)
def list_of_weights(weights, x):
    for w in weights:
        x = np.tanh(w @ x)
    return np.sum(x**2)


@program(args=(1.2,))
def empty_list_then_filled(x):
    out = []
    for i in range(3):
        if i != 1:
            out.append(x**i)
    return np.sum(np.array(out)) * x


@program(args=(1.2,))
def set_and_string_tests(x):
    seen = set()
    s = 0.0
    for name in ("a", "b", "a", "c"):
        if name in seen:
            continue
        seen.add(name)
        s += x ** len(seen)
    return s
