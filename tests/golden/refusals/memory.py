"""Memory that is reached under two names, and stores that lose something."""

import numpy as np

import adcompiler as ad

WEIGHTS = np.ones(3)


def writes(x, y):
    x[0] = x[0] * y[1]
    return np.sum(x * y)


def integer_buffer(x):
    counts = np.zeros(3, dtype=int)
    counts[0] = x
    return x * counts[0]


def integer_argument(x, counts):
    counts[0] = x * x
    return counts[0] * x


def drops_the_imaginary_part(x):
    z = np.array([x * 1j, x])
    return np.sum(z.astype(float))


def changes_a_global(x):
    WEIGHTS[0] = x
    return np.sum(WEIGHTS)


def changes_a_default(x, buffer=np.zeros(2)):  # noqa: B008
    buffer[0] = x
    return np.sum(buffer)


def maybe_a_copy(u):
    v = (u * 2.0).T.reshape(-1)
    w = u * 3.0
    flat = w.T.ravel()
    flat[0] = v[0]
    return np.sum(w)


def list_within_a_list(x, n):
    rows = []
    for k in range(n):
        row = [x, x * k]
        rows.append(row)
        row[0] = x * x
    return rows[0][0]


def overlapping():
    u = np.ones(4)
    return ad.grad(writes)(u[:3], u[1:])


def the_same_twice():
    u = np.ones(3)
    return ad.grad(writes, "y")(u, u)


CASES = {
    "one array given twice": the_same_twice,
    "arguments that overlap": overlapping,
    "a float stored into an array of integers": lambda: ad.grad(integer_buffer)(2.0),
    "a float stored into an integer argument": (
        lambda: ad.grad(integer_argument)(2.0, np.zeros(2, dtype=int))
    ),
    "a cast that drops the imaginary part": lambda: ad.grad(drops_the_imaginary_part)(2.0),
    "a global that is changed": lambda: ad.grad(changes_a_global)(2.0),
    "a default that is changed": lambda: ad.grad(changes_a_default)(2.0),
    "a view that may be a copy": lambda: ad.grad(maybe_a_copy)(np.ones((2, 2))),
    "a list changed within a list": lambda: ad.grad(list_within_a_list)(2.0, 3),
}
