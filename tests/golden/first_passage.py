"""Returning out of a loop."""


def first_passage(x, rate, limit, n):
    for i in range(n):
        x = x + rate * x
        if x > limit:
            return x * x
    return x


FUNCTION = first_passage
ARGS = (1.0, 0.3, 2.0, 10)
WRT = ("x", "rate")
KINDS = ("primal", "grad", "jvp")
