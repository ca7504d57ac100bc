"""Constructs of the language that are refused where active values go through them."""

import contextlib

import numpy as np

import adcompiler as ad

TOTAL = 0.0


def generator(x):
    for k in range(3):
        yield x * k


def calls_a_generator(x):
    return sum(generator(x))


async def asynchronous(x):
    return x * x


async def source():
    return 1.0


def awaits(x):
    async def inner(y):
        return y * await source()

    return inner(x)


def writes_a_global(x):
    global TOTAL
    TOTAL = TOTAL + x
    return TOTAL * x


def writes_a_nonlocal(x):
    total = 0.0

    def add(y):
        nonlocal total
        total = total + y

    add(x)
    return total * x


def evaluates(x):
    return eval("x * x") + x


def executes(x):
    exec("y = x * x")
    return x


def reads_locals(x):
    return locals()["x"] * x


def defines_a_class(x):
    class Point:
        y = x

    return Point.y


def catches(x):
    v = np.zeros(2)
    try:
        v[0] = x
        y = np.log(x) * v[0]
    except ValueError:
        y = 0.0
    return y * x


@contextlib.contextmanager
def doubled():
    yield 2.0


def own_context(x):
    with doubled() as two:
        return x * two


def matches(x, key):
    match key:
        case "up":
            return x + 1.0
    return x


def used_before_it_is_bound(x):
    y = y * x  # noqa: F821
    return y


def lambdas_that_share_a_name(x):
    functions = [lambda y: y * k for k in range(3)]  # noqa: B023
    return functions[0](x)


def none_on_some_paths(x):
    if x > 1.0:
        return x * x
    return None


def other_kind_on_another_path(x, u):
    if x > 1.0:
        y = u
    else:
        y = {"u": x}
    return y["u"] * x


def rank_on_another_path(x, u):
    if x > 1.0:
        y = u
    else:
        y = u[0]
    return np.sum(y * x)


def kind_changes_in_a_loop(x, n):
    y = x
    for _ in range(n):
        y = [y]
    return y[0]


def length_that_depends_on_values(x, n):
    parts = (x,)
    for _ in range(n):
        parts = (*parts, x)
    return parts[0]


def key_at_run_time(x, u):
    table = {"a": x, "b": x * x}
    return table["ab"[int(u[0])]]


def sorts_in_place(x):
    values = [x, x * x, 1.0]
    values.sort()
    return values[0]


def slice_of_a_list(x, n):
    values = [x * k for k in range(n)]
    values[1:2] = [x]
    return values[0]


def set_of_computed(x):
    return sum({x, x * x})


def item_missing(x):
    return {"a": x}["b"]


def index_out_of_range(x):
    return (x, x * x)[2]


def unknown_name(x):
    return x * undefined_name  # noqa: F821


def unpacks_too_many(x):
    a, b = x, x * x, 1.0
    return a * b


def raises_always(x):
    raise ValueError("not yet")


def loops_while_popping(x):
    values = [x, x * x]
    while values.pop() > 1.0:
        x = x * x
    return x


def recursion_without_end(x):
    return x * recursion_without_end(x - 1.0)


def compares_identity(x, y):
    return x if x is y else y


def walrus_in_a_default(x):
    return [y := x, y * x][1].real.hex()


CASES = {
    "a generator": lambda: ad.grad(generator)(2.0),
    "a generator called": lambda: ad.grad(calls_a_generator)(2.0),
    "an asynchronous function": lambda: ad.grad(asynchronous)(2.0),
    "an asynchronous function inside": lambda: ad.grad(awaits)(2.0),
    "a write to a global": lambda: ad.grad(writes_a_global)(2.0),
    "a write to a nonlocal": lambda: ad.grad(writes_a_nonlocal)(2.0),
    "eval": lambda: ad.grad(evaluates)(2.0),
    "exec": lambda: ad.grad(executes)(2.0),
    "locals": lambda: ad.grad(reads_locals)(2.0),
    "a class inside": lambda: ad.grad(defines_a_class)(2.0),
    "try around active code": lambda: ad.grad(catches)(2.0),
    "a context manager of one's own": lambda: ad.grad(own_context)(2.0),
    "match": lambda: ad.grad(matches)(2.0, "up"),
    "a name that is not bound yet": lambda: ad.grad(used_before_it_is_bound)(2.0),
    "a name of a comprehension that is over": lambda: ad.grad(lambdas_that_share_a_name)(2.0),
    "None on some paths": lambda: ad.grad(none_on_some_paths)(2.0),
    "a dict on one path": lambda: ad.grad(other_kind_on_another_path)(2.0, np.ones(2)),
    "another rank on another path": lambda: ad.grad(rank_on_another_path)(2.0, np.ones((2, 2))),
    "a kind that changes in a loop": lambda: ad.grad(kind_changes_in_a_loop)(2.0, 3),
    "a tuple that grows in a loop": lambda: ad.grad(length_that_depends_on_values)(2.0, 3),
    "a dict's key known at run time only": lambda: ad.grad(key_at_run_time)(2.0, np.zeros(1)),
    "a list sorted in place": lambda: ad.grad(sorts_in_place)(2.0),
    "a slice of a list stored": lambda: ad.grad(slice_of_a_list)(2.0, 3),
    "a set of computed values": lambda: ad.grad(set_of_computed)(2.0),
    "a key that is missing": lambda: ad.grad(item_missing)(2.0),
    "an index out of range": lambda: ad.grad(index_out_of_range)(2.0),
    "a name that is not defined": lambda: ad.grad(unknown_name)(2.0),
    "too many values to unpack": lambda: ad.grad(unpacks_too_many)(2.0),
    "a function that always raises": lambda: ad.grad(raises_always)(2.0),
    "a loop's condition that changes a list": lambda: ad.grad(loops_while_popping)(2.0),
    "recursion without end": lambda: ad.grad(recursion_without_end)(2.0),
    "identity of numbers": lambda: ad.grad(compares_identity)(2.0, 3.0),
    "an attribute of numbers": lambda: ad.grad(walrus_in_a_default)(2.0),
}
