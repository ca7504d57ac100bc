"""A list of numbers as an argument: its length is part of the signature."""


def weighted(xs, scale):
    total = 0.0
    for k, x in enumerate(xs):
        total += scale**k * x * x
    return total


FUNCTION = weighted
ARGS = ([0.5, -1.0, 2.0], 0.7)
WRT = ("xs", "scale")
KINDS = ("grad",)
