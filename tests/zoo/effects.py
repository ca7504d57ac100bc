"""Assertions, exceptions, printing, f-strings, errstate, globals, imports."""

import math
import warnings

import numpy as np

from . import program

LIMIT = 10.0


class ModelError(ValueError):
    pass


@program(args=(1.2,))
def asserted(x):
    """A docstring, which is not a statement."""
    assert x > 0.0, "x must be positive"
    assert isinstance(x, float)
    return np.log(x) * x


@program(args=(1.2,))
def raises_when_bad(x):
    if x < 0:
        raise ModelError(f"negative value {x}")
    return math.sqrt(x) + x


@program(args=(1.2,))
def printed(x):
    y = x * x
    print("y is", y, f"{y:.3f}")
    return y + 1.0


@program(args=(1.2,))
def formatted_label(x):
    label = f"{'big' if x > 1 else 'small'}-{1 + 1}"
    if label.startswith("big"):
        return x**3
    return x


@program(args=(np.array([0.5, 0.0, 2.0]),))
def errstate_block(u):
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(u[::2])
        s = np.sum(logs * u[::2])
    return s


@program(args=(np.array([0.5, 0.0, 2.0]),), tags=("kinks",), second_order=False)
def errstate_with_where(u):
    with np.errstate(all="ignore"):
        ratio = np.where(u > 0.0, u * np.log(np.where(u > 0.0, u, 1.0)), 0.0)
    return ratio.sum()


@program(args=(1.2,))
def local_import(x):
    import math as m
    from math import sin

    return m.exp(-x) * sin(x)


@program(args=(1.2,))
def global_constant(x):
    return min(x, LIMIT) * LIMIT


@program(args=(1.2,))
def statement_expressions(x):
    x * 2.0
    "a string"
    ...
    pass
    return x * x


@program(args=(0.4,))
def seeded_random(x):
    rng = np.random.default_rng(7)
    noise = rng.normal(size=3)
    return np.sum(np.exp(x * noise))


@program(args=(0.4, 3))
def check_shapes_then_work(x, n):
    u = np.full(n, x)
    if u.ndim != 1 or u.shape != (n,):
        raise ModelError("a vector is needed")
    if not np.all(np.isfinite(u)):
        raise ModelError("finite values are needed")
    return np.sum(u**2)


@program(args=(0.4,))
def warning_suppressed(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = x * x
    return y * x


@program(args=(0.4,))
def deleted_item(x):
    values = {"a": x, "b": x * x}
    del values["a"]
    return values["b"] * len(values)


@program(args=(0.4,))
def try_around_inactive_code(x):
    try:
        n = int("3")
    except ValueError:
        n = 1
    return x**n


@program(args=(0.4, [1, 2, 3]))
def integer_bookkeeping(x, orders):
    counts = {}
    for order in orders:
        counts[order] = counts.get(order, 0) + 1
    return sum(n * x**order for order, n in counts.items())
