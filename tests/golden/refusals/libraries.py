"""Calls that no rule differentiates, and arguments of library functions that are not supported."""

import itertools
import json
import operator

import numpy as np

import adcompiler as ad

CUBE = np.frompyfunc(lambda x: x**3, 1, 1)


def no_rule(x):
    return CUBE(x)


def compiled_callee(x):
    return json.dumps(x)


def no_derivative(u):
    return np.sum(np.packbits(u))


def not_yet(u):
    return np.sum(np.intersect1d(u, u))


def calls_a_number(x):
    return (x * x)(x)


def captured_length():
    sizes = [3]

    def f(x):
        n = sizes[0]
        return np.sum(np.arange(n) * x) + np.zeros((2,) * n).ndim

    return f


def axis_at_run_time(u, k):
    axis = int(u[0, 0]) + k
    return np.sum(np.sum(u, axis=axis))


def length_at_run_time(u):
    return sum(a * b for a, b in itertools.combinations(u, 2))


def unknown_method(u):
    return u.tobytes()[0] * u[0]


def tuples_sorted(x):
    return sorted([(x, 1.0), (x * x, 2.0)])[0][0]


def wrong_shapes(u):
    return np.sum(u @ np.ones((5, 2)))


def too_few_arguments(x):
    def area(a, b):
        return a * b

    return area(x)


def integer_power_modulo(x):
    return pow(x, 2, 5)


def returns_a_function(x):
    return lambda y: x * y


CASES = {
    "a function without a rule": lambda: ad.grad(no_rule)(2.0),
    "a library function with source": lambda: ad.grad(compiled_callee)(2.0),
    "a rule that does not fit": (
        lambda: ad.rules.structural(
            CUBE, args="x", jvp={"c": lambda c_dot: c_dot}, vjp={"c": lambda y_bar: y_bar}
        )
    ),
    "a function without a derivative": lambda: ad.grad(no_derivative)(np.eye(2)),
    "a function whose rule is not written yet": lambda: ad.grad(not_yet)(np.ones(3)),
    "a number that is called": lambda: ad.grad(calls_a_number)(2.0),
    "an integer in a captured list as a rank": lambda: ad.grad(captured_length())(2.0),
    "an axis known at run time only": lambda: ad.grad(axis_at_run_time)(np.ones((2, 2)), 0),
    "a length known at run time only": lambda: ad.grad(length_at_run_time)(np.ones(3)),
    "a method that is not supported": lambda: ad.grad(unknown_method)(np.ones(2)),
    "tuples sorted": lambda: ad.grad(tuples_sorted)(2.0),
    "shapes that do not fit": lambda: ad.grad(wrong_shapes)(np.ones((1, 1))),
    "a call without an argument": lambda: ad.grad(too_few_arguments)(2.0),
    "pow with a modulus": lambda: ad.grad(integer_power_modulo)(2.0),
    "a function as the result": lambda: ad.grad(returns_a_function)(2.0),
    "a method caller": lambda: ad.grad(operator.methodcaller("sum"))(np.ones(2)),
}
