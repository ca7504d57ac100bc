"""A helper called four times a step, on a pair."""


def slope(x, y, a, b):
    return a * x - b * x * y, b * x * y - y


def lotka_volterra(x, y, a, b, dt, n):
    for i in range(n):
        kx1, ky1 = slope(x, y, a, b)
        kx2, ky2 = slope(x + 0.5 * dt * kx1, y + 0.5 * dt * ky1, a, b)
        x, y = x + dt * kx2, y + dt * ky2
    return x + y


FUNCTION = lotka_volterra
ARGS = (1.0, 0.5, 1.1, 0.4, 0.1, 3)
WRT = ("a", "b")
KINDS = ("grad",)
