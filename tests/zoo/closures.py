"""Lambdas, nested functions, captured values, functions as values."""

import functools
import operator

import numpy as np

from . import program

GAIN = 1.75
TABLE = np.array([0.5, 1.5, 2.5])


@program(args=(0.7,))
def lambda_local(x):
    square = lambda t: t * t  # noqa: E731
    return square(x) + square(x + 1.0)


@program(args=(0.7, 1.9), wrt=(0, 1))
def nested_function_captures(x, k):
    def force(t):
        return -k * t + x

    return force(0.5) * force(x)


@program(args=(0.7,))
def captured_then_rebound_name(x):
    y = x * 2.0

    def g(t):
        return t * x

    z = g(y)
    return z * y


@program(args=(0.7,))
def function_returning_function(x):
    def make(power):
        def apply(t):
            return t**power * x

        return apply

    cube, square = make(3), make(2)
    return cube(x) + square(2.0)


@program(args=(0.7,))
def composed_lambdas(x):
    f = lambda t: np.sin(t)  # noqa: E731
    g = lambda t, a=2.0: a * f(t) + t  # noqa: E731
    return g(g(x), a=x)


@program(args=(0.7, np.array([0.1, 0.2, 0.3])), wrt=(0, 1))
def captured_array(x, u):
    def weighted(i):
        return x * u[i] ** 2

    return sum(weighted(i) for i in range(3))


@program(args=(0.7,))
def reads_module_globals(x):
    return GAIN * x**2 + np.sum(TABLE * x)


@program(args=(0.7,))
def function_argument(x):
    return integrate(lambda t: np.exp(-t * x), 0.0, 1.0, 8)


def integrate(f, a, b, n):
    h = (b - a) / n
    return h * (0.5 * f(a) + 0.5 * f(b) + sum(f(a + i * h) for i in range(1, n)))


@program(args=(0.7,))
def functions_in_a_tuple(x):
    y = x
    for f in (np.sin, np.exp, lambda t: t * t):
        y = f(y)
    return y


@program(args=(0.7, "cube"))
def functions_in_a_dict(x, name):
    table = {"square": lambda t: t * t, "cube": lambda t: t**3}
    return table[name](x) + table["square"](x)


@program(args=(0.7, 3.0), wrt=(0, 1))
def partial_application(x, y):
    f = functools.partial(weighted_power, power=3, weight=y)
    return f(x) + f(x, power=2)


def weighted_power(t, power, weight=1.0):
    return weight * t**power


@program(args=(0.7,))
def reduce_over_list(x):
    return functools.reduce(operator.mul, [x, x + 1.0, x + 2.0]) + functools.reduce(
        lambda a, b: a * x + b, [1.0, 2.0]
    )


@program(args=(0.7,))
def captured_list_mutated(x):
    trace = []

    def record(t):
        trace.append(t * x)
        return t + x

    y = record(record(x))
    return y * trace[0] + trace[1]


@program(args=(np.array([0.4, 0.8]),))
def captured_buffer_filled(u):
    buffer = np.zeros(2)

    def fill(i, value):
        buffer[i] = value

    fill(0, u[0] * u[1])
    fill(1, u[1] ** 2)
    return buffer[0] * buffer[1]


@program(args=(0.9, 4))
def local_recursion(x, n):
    def power(k):
        if k == 0:
            return 1.0
        return x * power(k - 1)

    return power(n) + power(2)


@program(args=(0.9,))
def late_binding_in_loop(x):
    fs = []
    for k in range(3):
        fs.append(lambda t, k=k: t**k)
    return sum(f(x) for f in fs)


@program(args=(0.9, lambda t: t * t + 1.0))
def user_function_as_argument(x, f):
    return f(x) * f(f(x))


@program(args=(1.1,))
def immediately_called(x):
    return (lambda a, b: a * b**2)(x, x + 1.0)


DIRECTION = 1


@program(args=(np.arange(6.0).reshape(2, 3),))
def captured_integer_as_an_axis(x):
    return np.sum(np.sum(x, axis=DIRECTION) ** 2)
