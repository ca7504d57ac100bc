"""A branch, and a loop whose number of trips depends on the data."""


def sqrt_newton(a):
    x = a if a > 1.0 else 1.0
    dx = x
    while abs(dx) > 1e-12 * x:
        dx = 0.5 * (x - a / x)
        x = x - dx
    return x


FUNCTION = sqrt_newton
ARGS = (2.0,)
WRT = "a"
KINDS = ("primal", "grad", "jvp")
