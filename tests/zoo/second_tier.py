"""Constructs that may be refused, with a located error, but never differentiated wrongly."""

import contextlib

import numpy as np

from . import program

TIER2 = ("tier2",)
counter = 0
memory = [0.0]


@program(args=(1.3,), tags=TIER2)
def try_finally_active(x):
    y = x
    try:
        y = y * x
    finally:
        y = y + 1.0
    return y * y


@program(args=(1.3,), tags=TIER2)
def try_except_not_raised(x):
    try:
        y = x * x
        if y > 100.0:
            raise ValueError("large")
    except ValueError:
        y = x
    return y + x


@program(args=(13.0,), tags=TIER2)
def try_except_raised(x):
    try:
        y = x * x
        if y > 100.0:
            raise ValueError("large")
    except ValueError:
        y = 3.0 * x
    return y * x


@program(args=(0.0, 2.0), wrt=(0, 1), tags=(*TIER2, "kinks"), second_order=False)
def try_division_by_zero(x, y):
    try:
        z = y / x
    except ZeroDivisionError:
        z = y * y
    return z + x


@program(args=(1.3,), tags=TIER2)
def try_else_and_bound_exception(x):
    try:
        scale = int("2")
    except ValueError as error:
        return float(len(str(error)))
    else:
        y = scale * x
    return y * y


@program(args=(np.array([0.4, 1.1]),), tags=TIER2)
def store_before_raise(u):
    v = u.copy()
    try:
        v[0] = v[1] ** 2
        raise KeyError("stop")
    except KeyError:
        v[1] = v[0] * 2.0
    return np.sum(v**2)


def is_even(x, n):
    return x if n == 0 else x * is_odd(x, n - 1)


def is_odd(x, n):
    return x + 1.0 if n == 0 else x + is_even(x, n - 1)


@program(args=(0.7, 5), tags=TIER2)
def mutual_recursion(x, n):
    return is_even(x, n)


@program(args=(0.7, ["a", "b", "a"]), tags=TIER2)
def dynamic_dict_keys(x, names):
    totals = {}
    for name in names:
        totals[name] = totals.get(name, 0.0) + x * len(totals)
    return totals["a"] + x * totals["b"]


@program(args=(0.7, ["a", "b", "a"]), tags=TIER2)
def setdefault_lists(x, names):
    groups = {}
    for i, name in enumerate(names):
        groups.setdefault(name, []).append(x**i)
    return sum(groups["a"]) * groups["b"][0]


@program(args=([0.7, 0.2, 1.4],), tags=TIER2)
def list_sorted_in_place(xs):
    ys = [x * x for x in xs]
    ys.sort()
    return ys[0] + 2.0 * ys[1] * ys[2]


@program(args=([0.7, 0.2, 1.4],), tags=TIER2)
def list_insert_and_delete(xs):
    ys = list(xs)
    ys.insert(1, xs[0] * xs[2])
    del ys[0]
    return ys[0] * ys[1]


@program(args=([0.7, 0.2, 1.4],), tags=TIER2)
def list_reverse_and_remove(xs):
    ys = [x * 2.0 for x in xs]
    ys.reverse()
    ys.remove(ys[1])
    return ys[0] ** 2 * ys[1]


def powers_of(x, n):
    p = 1.0
    for _ in range(n):
        yield p
        p = p * x


@program(args=(0.7,), tags=TIER2)
def generator_function(x):
    s = 0.0
    for p in powers_of(x, 4):
        s += p * x
    return s


@program(args=(0.7,), tags=TIER2)
def generator_with_next(x):
    g = powers_of(x, 3)
    next(g)
    return next(g) * next(g)


@program(args=(0.7, "quadratic"), tags=TIER2)
def match_on_string(x, kind):
    match kind:
        case "linear":
            return x
        case "quadratic":
            return x * x
        case _:
            return 0.0


@program(args=((0.7, 1.2),), tags=TIER2)
def match_on_sequence(pair):
    match pair:
        case (a, b) if a > b:
            return a * b
        case (a, b):
            return a + b * b
    return 0.0


class Scale:
    def __init__(self, factor):
        self.factor = factor
        self.closed = False

    def __enter__(self):
        return self.factor * 2.0

    def __exit__(self, *info):
        self.closed = True
        return False


@program(args=(0.7,), tags=TIER2)
def user_context_manager(x):
    scale = Scale(x)
    with scale as s:
        y = s * x
    return y + (1.0 if scale.closed else 0.0) * x


@contextlib.contextmanager
def doubled(x):
    yield 2.0 * x


@program(args=(0.7,), tags=TIER2)
def context_manager_from_generator(x):
    with doubled(x) as d:
        y = d * x
    return y


@program(args=(0.7,), tags=TIER2)
def nonlocal_write(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total + v * x

    add(x)
    add(2.0)
    return total


@program(args=(0.7,), tags=TIER2)
def captured_variable_rebound_later(x):
    k = 1.0

    def f(t):
        return k * t

    first = f(x)
    k = x
    return first + f(x) * 2.0


@program(args=(0.7,), tags=TIER2)
def global_write(x):
    global counter
    counter = 0
    counter += 1
    return x * x * counter


@program(args=(0.7,), tags=TIER2)
def global_container_mutated(x):
    memory[0] = x * x
    return memory[0] + x


@program(args=(0.7,), tags=TIER2)
def mutable_default(x):
    return remember(x) + remember(x * x)


def remember(x, seen=[]):  # noqa: B006  (the habit under test)
    seen.append(x)
    last = seen[-1]
    seen.clear()
    return last * 2.0


@program(args=(0.7,), tags=TIER2)
def late_bound_closures(x):
    fs = []
    for k in range(3):
        fs.append(lambda t: t**k)  # noqa: B023  (the habit under test)
    return sum(f(x) for f in fs)


@program(args=(0.7,), tags=TIER2)
def executed_string(x):
    scope = {"x": x}
    exec("y = x * x", scope)
    return scope["y"] + x


@program(args=(0.7,), tags=TIER2)
def setattr_and_vars(x):
    scale = Scale(x)
    for name in ("a", "b"):
        setattr(scale, name, x * 2.0)
    return scale.a * vars(scale)["b"]


@program(args=(0.7,), tags=TIER2)
def iterator_protocol(x):
    items = iter([x, x * x, 3.0])
    s = next(items)
    for item in items:
        s += item * s
    return s


@program(args=([0.7, 0.2],), tags=TIER2)
def while_list_not_empty(xs):
    stack = list(xs)
    s = 1.0
    while stack:
        top = stack.pop()
        s = s * top + 1.0
        if top > 0.5:
            stack.append(top * 0.5)
    return s


@program(args=(0.7,), tags=TIER2)
def class_defined_inside(x):
    class Local:
        def __init__(self, v):
            self.v = v * x

    return Local(2.0).v * x


@program(args=(0.7,), tags=TIER2)
def decorated_helper_inside(x):
    def twice(f):
        def wrapper(t):
            return f(f(t))

        return wrapper

    @twice
    def g(t):
        return t * t + x

    return g(x)


@program(args=(np.array([0.7, 0.2, 0.9]),), tags=TIER2)
def iterate_while_mutating(u):
    v = u.copy()
    for i, x in enumerate(v):
        if i + 1 < len(v):
            v[i + 1] += x * v[i]
    return np.sum(v**2)


@program(args=(0.7,), tags=TIER2)
def return_in_finally_order(x):
    y = x
    try:
        return y * 2.0
    finally:
        y = 100.0


@program(args=(0.7,), tags=TIER2)
def try_in_loop_with_continue(x):
    s = 0.0
    for text in ("1", "no", "3"):
        try:
            n = int(text)
        except ValueError:
            continue
        s += x**n
    return s


@program(args=(np.array([0.7, 0.2]),), tags=TIER2)
def vectorized_function(u):
    f = np.vectorize(lambda t: t * t if t > 0.5 else 3.0 * t)
    return np.sum(f(u))
