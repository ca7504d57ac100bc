"""A function that calls itself."""


def horner(x, n):
    if n == 0:
        return 1.0
    return horner(x, n - 1) * x + n


FUNCTION = horner
ARGS = (0.7, 4)
WRT = "x"
KINDS = ("grad", "jvp")
