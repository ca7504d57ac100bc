"""Functions that call themselves, with arguments and what they are differentiated by."""

from __future__ import annotations

import math

import numpy as np

RATE = 0.7
WEIGHTS = np.array([0.5, -1.5, 2.0])


def gcd(a, b):
    return a if b == 0 else gcd(b, a % b)


def factorial(n):
    if n <= 1:
        return 1
    return n * factorial(n - 1)


def with_inactive_helpers(x, a, b):
    return x**2 * gcd(a, b) + x / factorial(b)


def simpson(k, a, b, tolerance):
    middle = 0.5 * (a + b)
    fa, fm, fb = math.exp(-k * a), math.exp(-k * middle), math.exp(-k * b)
    whole = (b - a) / 6.0 * (fa + 4.0 * fm + fb)
    left = 0.5 * (fa + fm) * (middle - a)
    right = 0.5 * (fm + fb) * (b - middle)
    if abs(whole - left - right) < tolerance:
        return whole
    return simpson(k, a, middle, tolerance) + simpson(k, middle, b, tolerance)


def adaptive_simpson(k, a, b):
    return simpson(k, a, b, 1e-3) ** 2


def smooth(u, n):
    if n == 0:
        return u
    return smooth(0.5 * (u + u[::-1] * u), n - 1)


def smoothed(u, n):
    v = smooth(u, n)
    v[0] *= 2.0
    return np.sum(v**2)


def matrix_power(a, n):
    if n == 0:
        return np.eye(2)
    half = matrix_power(a, n // 2)
    return half @ half if n % 2 == 0 else half @ half @ a


def trace_of_power(a, n):
    return np.trace(matrix_power(a, n))


def pair(x, n):
    if n == 0:
        return x, 1.0
    a, b = pair(0.9 * x, n - 1)
    return a * b + x, a + b


def of_pair(x, n):
    a, b = pair(x, n)
    return a * b


def one_of_pair(x, n):
    return pair(x, n)[1] * x


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def called_in_loop(x, m):
    s = 0.0
    for k in range(m):
        if k % 2 == 0:
            s = s * x + power(x + k, k)
    return s


def tree(x, depth, width):
    if depth == 0:
        return math.sin(x)
    s = x
    for k in range(width):
        s = s * 0.5 + tree(x * (k + 1) * 0.3, depth - 1, width) * s
    return s


def is_even(x, n):
    return x if n == 0 else is_odd(x * 1.5, n - 1)


def is_odd(x, n):
    return x * x if n == 0 else is_even(x + 0.5, n - 1)


def with_loop_inside(x, n):
    y = x
    while y > 0.5:
        y = y * y * 0.7
    if n == 0:
        return y
    return y + x * with_loop_inside(0.8 * x + 0.3, n - 1)


class Decay:
    def __init__(self, rate):
        self.rate = rate

    def after(self, x, n):
        if n == 0:
            return x
        return self.after(x - self.rate * x * x, n - 1)


def method(x, rate, n):
    return Decay(rate).after(x, n)


def with_captures(x, n):
    if n == 0:
        return np.sum(WEIGHTS * x)
    return RATE * x * with_captures(x, n - 1) + WEIGHTS[n % 3]


def nested_function(x, y, n):
    scale = x * y

    def inner(t, k):
        if k == 0:
            return t * y
        return scale * inner(t + x, k - 1) + t

    return inner(y, n) * inner(x, 2)


def rebound_between_calls(x, n):
    scale = x

    def inner(k):
        return 1.0 if k == 0 else scale * inner(k - 1)

    first = inner(n)
    scale = x * x
    return first + inner(n)


def integer_base(x, n):
    if n == 0:
        return 0
    return x * n + integer_base(x, n - 1) * x


def integer_argument(x, n):
    return widened(1, x, n)


def widened(acc, x, n):
    return acc if n == 0 else widened(acc * x + 1, x, n - 1)


def guarded(x, n):
    if n < 0:
        raise ValueError(f"n is {n}")
    if n == 0:
        return x
    assert x > 0.0
    return x * guarded(x, n - 1)


def several_exits(x, n):
    if n == 0:
        return 1.0
    if x > 2.0:
        return x * several_exits(x - 0.9, n - 1)
    y = several_exits(x + 0.4, n - 1)
    for _ in range(n):
        y = y * 0.5 + x
    return y * y


def halves(u):
    if len(u) == 1:
        return u[0] * u
    half = len(u) // 2
    left, right = halves(u[:half]), halves(u[half:])
    return np.concatenate((left * np.sum(right), right + left[0]))


def of_halves(u):
    return np.sum(halves(u) ** 2)


def horner(coefficients, x):
    if len(coefficients) == 1:
        return coefficients[0]
    return coefficients[0] + x * horner(coefficients[1:], x)


def state(p, n):
    if n == 0:
        return p["x"] * p["v"]
    return state({"x": p["x"] + 0.1 * p["v"], "v": p["v"] - 0.1 * p["x"] ** 2}, n - 1)


def with_dict(x, v, n):
    return state({"x": x, "v": v}, n)


def gradients_unused(x, y, n):
    if n == 0:
        return y
    return gradients_unused(x, y * 1.1, n - 1)


def single_precision(u, n):
    if n == 0:
        return np.sum(u)
    return single_precision(u * u, n - 1) + u[0]


def mixing(u, n):
    return np.sum(u**3) if n == 0 else mixing(u * u[0], n - 1)


def changed_after_the_call(u, n):
    v = u * 1.0
    y = mixing(v, n)
    v[0] = 5.0
    v *= y
    return np.sum(v) + mixing(v, n)


def changed_between_calls(u, n):
    v = u.copy()
    s = 0.0
    for k in range(n):
        s = s + mixing(v, k)
        v[k % 2] *= 0.5
    return s


def vector(u, n):
    return u * u if n == 0 else vector(u * u[0], n - 1) * 0.9


def result_changed(u, n):
    s = 0.0
    for k in range(n):
        y = vector(u, k)
        y[0] *= u[1]
        s = s + np.sum(y * y)
    return s


def changed_inside(u, n):
    if n == 0:
        return np.sum(u * u)
    v = u * 1.5
    a = changed_inside(v, n - 1)
    v[0] = a * v[1]
    b = changed_inside(v, n - 1)
    v[1] = b * v[0]
    return a * b + np.sum(v * v)


def determinant(a):
    n = a.shape[0]
    if n == 1:
        return a[0, 0]
    s = 0.0
    for j in range(n):
        minor = np.concatenate((a[1:, :j], a[1:, j + 1 :]), axis=1)
        s += (-1.0) ** j * a[0, j] * determinant(minor)
    return s


def elimination(a):
    if a.shape[0] == 1:
        return a[0, 0]
    return a[0, 0] * elimination(a[1:, 1:] - np.outer(a[1:, 0], a[0, 1:]) / a[0, 0])


def transform(z):
    n = z.shape[0]
    if n == 1:
        return z
    even, odd = transform(z[::2]), transform(z[1::2])
    turned = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
    return np.concatenate((even + turned, even - turned))


def spectrum(u):
    return np.sum(np.abs(transform(u + 0j)) ** 2 * np.arange(u.size))


def merged(u):
    n = u.size
    if n <= 1:
        return u.copy()
    a, b = merged(u[: n // 2]), merged(u[n // 2 :])
    out = np.empty(n)
    i = j = 0
    for k in range(n):
        if j >= b.size or (i < a.size and a[i] <= b[j]):
            out[k] = a[i]
            i += 1
        else:
            out[k] = b[j]
            j += 1
    return out


def merge_sort(u):
    return np.sum(merged(u) ** 2 * np.arange(u.size))


def broadcasting(u, v, n):
    return np.sum(u * v) if n == 0 else broadcasting(u * v, v, n - 1)


def applied(f, x, n):
    return x if n == 0 else f(applied(f, x, n - 1))


def with_callback(x, y, n):
    return applied(lambda t: math.sin(t * y), x, n)


def optional(x, n, total=None):
    if n == 0:
        return x if total is None else total * x
    return optional(x * 1.1, n - 1, x if total is None else total + x)


def left_by_default(x, n):
    return optional(x, n)


MATRIX = np.array([[2.0, 1.0, 0.3], [0.4, 3.0, 0.1], [0.2, 0.5, 1.5]])
TWO = np.array([0.3, 0.9])

CASES = {
    "inactive_helpers": (with_inactive_helpers, (1.3, 12, 4), (0,)),
    "adaptive_simpson": (adaptive_simpson, (1.3, 0.0, 4.0), (0, 1, 2)),
    "smoothed": (smoothed, (np.array([0.3, 0.9, 0.4]), 3), (0,)),
    "smoothed_not_at_all": (smoothed, (np.array([0.3, 0.9, 0.4]), 0), (0,)),
    "matrix_power": (trace_of_power, (np.array([[0.9, 0.2], [-0.3, 1.1]]), 6), (0,)),
    "of_pair": (of_pair, (0.7, 4), (0,)),
    "one_of_pair": (one_of_pair, (0.7, 4), (0,)),
    "called_in_loop": (called_in_loop, (0.8, 6), (0,)),
    "tree": (tree, (0.9, 3, 2), (0,)),
    "mutual": (is_even, (0.6, 5), (0,)),
    "with_loop_inside": (with_loop_inside, (0.9, 3), (0,)),
    "method": (method, (0.9, 0.3, 4), (0, 1)),
    "with_captures": (with_captures, (0.9, 4), (0,)),
    "nested_function": (nested_function, (0.9, 1.2, 3), (0, 1)),
    "rebound_between_calls": (rebound_between_calls, (0.9, 3), (0,)),
    "integer_base": (integer_base, (0.9, 3), (0,)),
    "integer_argument": (integer_argument, (0.9, 3), (0,)),
    "guarded": (guarded, (0.9, 3), (0,)),
    "several_exits": (several_exits, (1.9, 5), (0,)),
    "of_halves": (of_halves, (np.array([0.5, 1.5, 0.2, 0.7, 1.1]),), (0,)),
    "horner": (horner, (np.array([0.5, 1.5, 0.2]), 0.8), (0, 1)),
    "with_dict": (with_dict, (0.5, 0.3, 3), (0, 1)),
    "changed_after_the_call": (changed_after_the_call, (TWO, 2), (0,)),
    "changed_between_calls": (changed_between_calls, (TWO, 3), (0,)),
    "result_changed": (result_changed, (TWO, 3), (0,)),
    "changed_inside": (changed_inside, (TWO, 2), (0,)),
    "determinant": (determinant, (MATRIX,), (0,)),
    "elimination": (elimination, (MATRIX,), (0,)),
    "spectrum": (spectrum, (np.array([0.3, 0.1, 0.9, 0.5]),), (0,)),
    "merge_sort": (merge_sort, (np.array([0.3, 0.1, 0.9, 0.5, 0.2]),), (0,)),
    "broadcasting": (broadcasting, (TWO, np.array([0.7]), 2), (0, 1)),
    "with_callback": (with_callback, (0.5, 1.2, 3), (0, 1)),
    "optional": (left_by_default, (0.5, 3), (0,)),
    "gradients_unused": (gradients_unused, (0.5, 0.3, 3), (0, 1)),
}
