"""Loops over ranges, arrays, lists, pairs; while loops; loops that never run."""

import math

import numpy as np

from . import program


@program(args=(1.02, 6))
def compound(x, n):
    total = 0.0
    for k in range(n):
        total = total * x + math.sin(k * x)
    return total


@program(args=(1.3, 0))
def zero_trips(x, n):
    y = x * x
    for i in range(n):
        y = y * x + i
    return y


@program(args=(1.3, 0))
def zero_trips_integer_start(x, n):
    total = 0
    for i in range(n):
        total += x**i
    return total + x


@program(args=(0.9,))
def range_with_step(x):
    s = 0.0
    for i in range(1, 10, 3):
        s += x**i / i
    for j in range(8, 0, -2):
        s -= x * j * s * 0.01
    return s


@program(args=(1.1, 4, 2), wrt=(0,))
def empty_range_in_between(x, start, stop):
    y = x
    for i in range(start, stop):
        y = y * i
    for i in range(start, stop, -1):
        y = y * x / i
    return y


@program(args=(np.array([0.1, 0.5, -0.3]),))
def over_array(u):
    s = 0.0
    for value in u:
        s = s + value * np.exp(s)
    return s


@program(args=(np.array([[0.1, 0.5], [0.7, -0.3], [0.2, 0.9]]),))
def over_rows(m):
    acc = np.zeros(2)
    for row in m:
        acc = np.tanh(acc + row) * row
    return acc.sum()


@program(args=([0.4, 1.2, 0.7],))
def over_list(xs):
    p = 1.0
    for x in xs:
        p *= 1.0 + x * x
    return p


@program(args=((0.4, 1.2, 0.7),))
def over_tuple(xs):
    s = 0.0
    for x in xs:
        s += s * x + x
    return s


@program(args=(np.array([0.4, 1.2, 0.7]),))
def enumerated(u):
    s = 0.0
    for i, x in enumerate(u):
        s += (i + 1) * x ** (i + 1)
    return s


@program(args=(np.array([0.4, 1.2, 0.7]),))
def enumerated_from_one(u):
    s = 0.0
    for i, x in enumerate(u, start=1):
        s += x**2 / i
    return s


@program(args=(np.array([0.4, 1.2, 0.7]), np.array([2.0, 0.1, 0.3])), wrt=(0, 1))
def zipped(u, w):
    s = 0.0
    for a, b in zip(u, w):
        s = s * a + np.sin(a * b)
    return s


@program(args=(np.array([0.4, 1.2, 0.7]), [1.0, 2.0]), wrt=(0, 1))
def zip_of_unequal_lengths(u, w):
    s = 0.0
    for i, (a, b) in enumerate(zip(u, w)):
        s += a * b * (i + 1)
    return s**2


@program(args=(np.array([0.4, 1.2, 0.7]),))
def reversed_loop(u):
    y = 0.0
    for c in reversed(u):
        y = y * 0.5 + c**2
    for i in reversed(range(2)):
        y = y * u[i]
    return y


@program(args=({"a": 0.5, "b": 1.5, "c": 2.0},))
def over_dict_items(params):
    s = 0.0
    for name, value in params.items():
        s += value**2 if name != "b" else 3.0 * value * s
    return s


@program(args=({"a": 0.5, "b": 1.5},))
def over_dict_keys_and_values(params):
    s = 0.0
    for name in params:
        s += params[name] ** 2
    for value in params.values():
        s *= value
    for name in sorted(params.keys()):
        s += params[name]
    return s


@program(args=(7.0,))
def newton_while(a):
    x = a if a > 1.0 else 1.0
    dx = x
    while abs(dx) > 1e-12 * x:
        dx = 0.5 * (x - a / x)
        x = x - dx
    return x


@program(args=(0.7,))
def while_never_true(x):
    n = 5
    while n < 3:
        x = x * x
        n += 1
    return x**3


@program(args=(0.9, 5))
def while_counter(x, n):
    y = x
    while n > 0:
        y = y * x + 1.0 / n
        n -= 1
    return y


@program(args=(1.5,))
def while_data_dependent(x):
    steps = 0
    while x < 20.0:
        x = x * 1.7 + steps
        steps += 1
    return x * steps


@program(args=(0.3, 3, 2))
def nested_loops(x, n, m):
    s = 0.0
    for i in range(n):
        row = 1.0
        for j in range(m):
            row = row * x + i - j
        s += row * row
    return s


@program(args=(np.array([[0.2, 0.7], [1.3, 0.4]]),))
def triangular_loop(a):
    s = 0.0
    for i in range(a.shape[0]):
        for j in range(i + 1):
            s += a[i, j] * a[j, i] ** 2
    return s


@program(args=(0.5, 0.1, 1.2, 0.05, 12), wrt=(0, 1, 2))
def oscillator(x, v, k, dt, n):
    for i in range(n):
        v = v - dt * k * x
        x = x + dt * v
    return x


@program(args=(1.2,))
def overwritten_in_loop(x):
    y = x
    for _ in range(4):
        x = np.sin(y)
        y = x * y + 0.1
    return x + y


@program(args=(0.8,))
def loop_variable_after_loop(x):
    for i in range(1, 4):
        y = x**i
    return y * i


@program(args=(0.8, 5))
def loop_variable_rebound(x, n):
    s = 0.0
    for i in range(n):
        i = i * 2 + 1
        s += x**i
    return s


@program(args=(1.4,))
def swapped_in_loop(x):
    a, b = x, 1.0
    for _ in range(6):
        a, b = b, a * b + 0.1
    return a


@program(args=(np.zeros(0), 0.3), wrt=(0, 1))
def over_empty_array(u, x):
    s = x
    for value in u:
        s = s + value * x
    return s * s


@program(args=(0.3, 4))
def branch_in_loop(x, n):
    s = 0.0
    for i in range(n):
        if i % 2 == 0:
            s += x**i
        elif x > 1.0:
            s -= 1.0
        else:
            s *= 1.0 + x
    return s


@program(args=(0.4, 3))
def loop_dependent_step(x, n):
    t = 0.0
    h = 0.1
    while t < 1.0:
        x += h * (1.0 - x) * x
        t += h
        h = h * (1.0 + 0.1 * n)
    return x


@program(args=([[0.3, 0.5], [1.0], []],))
def ragged_lists(rows):
    s = 1.0
    for row in rows:
        for value in row:
            s *= 1.0 + value
    return s


@program(args=(np.array([0.3, -0.7, 1.2, 0.4]),))
def shorter_than_an_array_named_like_a_record(x_saved):
    total = 1.0
    for i in range(2):
        total = total * x_saved[i] ** 3
    return total


@program(args=(np.array([[0.3, -0.2], [0.5, 0.1], [0.2, 0.4]]), np.array([0.9, 0.4])))
def states_of_layers(w, x):
    state = np.zeros((3, 2))
    for step in range(3):
        for layer in range(len(w)):
            state[layer] = np.tanh(state[layer] * w[layer] + x)
            x = x * state[layer]
        x = x + state[step]
    return np.sum(x**2)


@program(args=(np.array([0.3, -0.7, 1.2]), 4))
def sum_of_arrays_from_zero(x, n):
    total = 0.0
    for k in range(1, n):
        total = total + np.sin(k * x) / k
    return np.sum(total * x)


@program(args=(np.array([0.3, -0.7, 1.2]), np.array([[0.1, 0.4, -0.2], [1.0, 0.3, 0.2]])))
def sum_of_rows_in_place_from_an_integer(x, rows):
    total = 0
    for row in rows:
        total += row * np.exp(x)
        total -= 0.1
    return np.sum(total**2)


@program(args=(0.6, np.array([0.3, -0.7, 1.2]), 3), wrt=(0, 1))
def product_of_arrays_from_a_number(w, x, n):
    p = w
    for k in range(n):
        q = p * w + k
        p = q * np.cos(x) - p
    return np.sum(p * p)


@program(args=(np.array([0.3, -0.2]), np.array([0.1, 0.5, -0.3, 0.2])))
def chebyshev_by_clenshaw(x, c):
    c0, c1 = c[-2], c[-1]
    for i in range(3, len(c) + 1):
        c0, c1 = c[-i] - c1, c0 + c1 * 2 * x
    return np.sum(c0 + c1 * x)


@program(args=(np.array([0.3, -0.7, 1.2]), 0.4))
def number_or_array_that_is_broadcast(x, strength):
    penalty = 0.0
    if strength > 0.2:
        penalty = strength * x**2
    y = np.sin(x) + penalty
    return np.sum(y * y)


@program(args=(np.array([[0.3, -0.7], [1.2, 0.1]]), 3))
def nested_sum_of_arrays(m, n):
    total = 0.0
    for i in range(n):
        for j in range(1, 3):
            total = total + np.tanh(m[i % 2] * j)
    return np.sum(total)
