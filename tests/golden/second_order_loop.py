"""Forward over reverse, through a loop with records."""


def decay(x, k, n):
    for i in range(n):
        x = x - k * x * x
    return x


FUNCTION = decay
ARGS = (0.9, 0.1, 4)
WRT = "x"
KINDS = ("grad", "hvp")
