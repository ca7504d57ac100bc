"""Python's built-ins and `math` on active values."""

import math
from math import cos, exp, sqrt

import numpy as np

from . import program


@program(args=(-1.3, 2.2), wrt=(0, 1))
def abs_min_max(a, b):
    return abs(a) * max(a, b) + min(a, b, 0.5 * b) ** 2


@program(args=([0.4, 1.9, 1.1],))
def min_and_max_of_list(xs):
    return max(xs) * min(xs) + max(xs[:2])


@program(args=([0.4, 1.9, 1.1],))
def min_max_with_key_and_default(xs):
    far = max(xs, key=lambda x: abs(x - 1.0))
    return far**2 + min([], default=3.0) * xs[0]


@program(args=([0.4, 1.9, 1.1],))
def sum_with_start(xs):
    return sum(xs) * sum((x * x for x in xs), xs[0])


@program(args=(1.4, 2.3), wrt=(0, 1))
def pow_builtin(x, y):
    return pow(x, y) + pow(x, 2) + 2.0**x


@program(args=(1.72,))
def round_and_int(x):
    return round(x) * x + int(x) * x**2 + round(x, 1) * x


@program(args=(7.3, 2.1), wrt=(0, 1))
def divmod_builtin(x, y):
    q, r = divmod(x, y)
    return q * r + r * r


@program(args=(7.3, 2.1), wrt=(0, 1))
def modulo_and_floor_division(x, y):
    return (x % y) * (x // y) + (-x % y)


@program(args=([1.4, 0.3, 2.2],))
def sorted_values(xs):
    a, b, c = sorted(xs)
    return a + 2.0 * b * c


@program(args=([1.4, 0.3, 2.2],))
def sorted_descending_with_key(xs):
    s = sorted(xs, key=lambda x: -x)
    t = sorted(xs, reverse=True)
    return s[0] * t[1] + s[2]


@program(args=([1.4, 0.3, 2.2],))
def map_and_list(xs):
    squares = list(map(lambda x: x * x, xs))
    return sum(map(math.sin, squares)) + squares[1]


@program(args=([1.4, 0.3, 2.2],))
def filter_and_zip_star(xs):
    big = [x for x in filter(lambda x: x > 1.0, xs)]
    ups, downs = zip(*[(x, -x) for x in big])
    return ups[0] * downs[1]


@program(args=(1.4,))
def isinstance_checks(x):
    if isinstance(x, (list, tuple)):
        return sum(x)
    if isinstance(x, np.ndarray):
        return x.sum()
    return x * x


@program(args=([1.4, 0.3],))
def len_range_and_tuple(xs):
    return sum(xs[i] ** (i + 1) for i in range(len(xs))) + tuple(xs)[1]


@program(args=(0.6,))
def math_elementary(x):
    return (
        math.exp(x) * math.log(x)
        + math.sqrt(x) / math.cos(x)
        + math.tan(x)
        - math.sinh(x) * math.tanh(x)
    )


@program(args=(0.6,))
def math_inverse(x):
    return (
        math.asin(x)
        + math.acos(x) * math.atan(x)
        + math.asinh(x)
        + math.acosh(1.0 + x)
        + math.atanh(x)
    )


@program(args=(0.6, 1.7), wrt=(0, 1))
def math_two_operands(x, y):
    return (
        math.atan2(x, y)
        + math.hypot(x, y) * math.pow(x, y)
        + math.fmod(2.0 * y, x)
        + math.copysign(x, -y)
    )


@program(args=(0.6,))
def math_logarithms(x):
    return math.log10(x) + math.log2(x) * math.log1p(x) + math.expm1(x) + math.log(x, 3.0)


@program(args=(0.6,))
def math_special(x):
    return math.erf(x) * math.gamma(x + 1.0) + math.lgamma(x + 2.0) + math.erfc(x)


@program(args=(0.6,))
def math_angles_and_rounding(x):
    return (
        math.radians(50.0 * x)
        + math.degrees(x) * math.floor(3.0 * x)
        + math.ceil(x) * math.fabs(-x)
        + math.pi * x
    )


@program(args=(0.6,))
def math_imported_by_name(x):
    return sqrt(1.0 + exp(x)) * cos(x)


@program(args=(0.6,))
def math_predicates(x):
    if math.isnan(x) or math.isinf(x) or not math.isfinite(x):
        return 0.0
    return x if math.isclose(x, 1.0) else x**2


@program(args=([0.6, 1.1], [0.2, 0.4]), wrt=(0, 1))
def math_sums(p, q):
    return math.dist(p, q) + math.fsum(p) * math.prod(q)


@program(args=(0.6,))
def powers(x):
    return x**2 + x**-1 + x**0.5 + (1.0 + x) ** x + x**0 + (-x) ** 3


@program(args=(1.5,))
def nested_min_max_clamp(x):
    return max(0.0, min(1.0, 0.5 * x)) ** 2 + max(2.0, x)


@program(args=(1.5,))
def all_any_builtins(x):
    tests = [x > 1.0, x < 2.0]
    return x * all(tests) + x**2 * any(tests) + True * x


@program(args=(2.0, 2.0), wrt=(0, 1), tags=("kinks",), second_order=False)
def tie_of_max(a, b):
    return max(a, b) * 3.0 + min(a, b)


@program(args=(0.0,), tags=("kinks",), second_order=False)
def abs_at_zero(x):
    return abs(x) + 2.0 * x
