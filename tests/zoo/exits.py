"""Leaving early: break, continue, return inside loops, loop else."""

import math

import numpy as np

from . import program


@program(args=(0.1, 0.5, 0.4, 9), wrt=(0, 1))
def first_passage(x, rate, limit, n):
    for i in range(n):
        x = x + rate * x
        if x > limit:
            return x * x
    return x


@program(args=(0.1, 0.5, 40.0, 4), wrt=(0, 1))
def first_passage_not_reached(x, rate, limit, n):
    for i in range(n):
        x = x + rate * x
        if x > limit:
            return x * x
    return x


@program(args=(1.2,))
def break_out(x):
    s = 0.0
    for i in range(10):
        s += x**i
        if s > 6.0:
            break
        s *= 0.9
    return s * i


@program(args=(1.2,))
def continue_some(x):
    s = 1.0
    for i in range(6):
        if i % 3 == 1:
            continue
        s = s * x + i
    return s


@program(args=(0.7,))
def while_true(x):
    n = 0
    while True:
        x = math.cos(x)
        n += 1
        if n >= 5:
            break
    return x * n


@program(args=(3.0,))
def while_true_return(a):
    x = a
    while True:
        new = 0.5 * (x + a / x)
        if abs(new - x) < 1e-9:
            return new
        x = new


@program(args=(0.5,))
def loop_else_taken(x):
    for i in range(4):
        if x > 10.0:
            break
        x = x * 1.5
    else:
        x = x**2
    return x


@program(args=(5.0,))
def loop_else_skipped(x):
    for i in range(4):
        if x > 10.0:
            break
        x = x * 1.5
    else:
        x = x**2
    return x + i


@program(args=(0.5,))
def while_else(x):
    n = 0
    while n < 3:
        x = x + x * x
        n += 1
        if x > 100.0:
            break
    else:
        x = math.log(x)
    return x


@program(args=(np.array([[0.4, 1.1], [2.5, 0.3]]), 2.0))
def nested_return(a, limit):
    total = 0.0
    for row in a:
        for value in row:
            if value > limit:
                return total * value
            total += value**2
    return total


@program(args=(0.6,))
def inner_break_outer_continues(x):
    s = 0.0
    for i in range(3):
        for j in range(5):
            if j > i:
                break
            s += x ** (i + j)
        s *= x
    return s


@program(args=(0.6,))
def break_and_continue_in_while(x):
    k = 0
    s = 0.0
    while k < 20:
        k += 1
        if k % 2:
            continue
        if k > 8:
            break
        s += x**k
    return s


@program(args=(2.0,))
def guard_clauses(x):
    if x < 0:
        return -x
    if x == 0:
        return 0.0
    y = math.log(x)
    if y > 100.0:
        return y
    return y * x


@program(args=(0.3, 3))
def return_in_while(x, n):
    while n >= 0:
        x = math.exp(-x)
        if n == 1:
            return x * n
        n -= 1
    return 0.0


@program(args=(np.array([0.5, 1.5, 2.5]), 1.0))
def find_first(u, threshold):
    for i, value in enumerate(u):
        if value > threshold:
            break
    else:
        return 0.0
    return value**2 * (i + 1)


@program(args=(0.9,))
def break_before_work(x):
    y = x
    for i in range(5):
        break
        y = y * 100.0
    return y * y


@program(args=(1.5, 1.0), wrt=(0, 1))
def series_to_convergence(x, a):
    term = a
    total = term
    n = 0
    while True:
        n += 1
        term = term * x / n
        total += term
        if abs(term) < 1e-14 * abs(total):
            break
    return total


@program(args=(0.4,))
def continue_then_else(x):
    s = 0.0
    for i in range(4):
        if i == 2:
            continue
        s += x * i
    else:
        s = s * s
    return s


@program(args=(2.2, 0.1))
def bisect_with_early_return(target, tolerance):
    low, high = 0.0, target
    for _ in range(60):
        middle = 0.5 * (low + high)
        if high - low < tolerance:
            return middle * target
        if middle * middle < target:
            low = middle
        else:
            high = middle
    return middle


@program(args=(2.0, 3.0))
def fallback_not_taken(x, z):
    try:
        y = math.log(x) / z
    except (ZeroDivisionError, ValueError):
        y = 3.0 * x
    return y * x


@program(args=(-2.0, 3.0))
def fallback_taken(x, z):
    try:
        return math.sqrt(x) * z
    except ValueError:
        return x * z * z


@program(args=(1.3,))
def tried_on_each_trip(x):
    s = 0.0
    for k in range(-2, 3):
        try:
            t = x / k
            u = t * t
        except ZeroDivisionError:
            u = x
            t = 1.0
        else:
            s += t * x
        s += u * k * t
    return s


@program(args=(1.3,))
def exception_of_another_kind(x):
    try:
        v = math.sqrt(x)
    except ValueError as error:
        raise RuntimeError("a negative number") from error
    finally:
        w = x * 2
    return v * w
