"""A loop with carried state, of which one variable is recorded."""


def oscillator(x, v, k, dt, n):
    for i in range(n):
        v = v - dt * k * x
        x = x + dt * v
    return x


FUNCTION = oscillator
ARGS = (1.0, 0.3, 4.0, 0.1, 5)
WRT = ("x", "v", "k")
KINDS = ("primal", "grad", "jvp")
