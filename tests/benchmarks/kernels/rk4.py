"""Lotka-Volterra by the classical Runge-Kutta method, in plain Python floats."""

from tests.benchmarks.kernels.contract import Size

title = "RK4 Lotka-Volterra"
kind = "scalar"
wrt = (0, 1, 2, 3, 4, 5)


def arguments(size: Size = "full") -> tuple[float | int, ...]:
    """Initial populations, the four rates, the time step and the number of steps."""
    return 1.0, 0.7, 1.1, 0.4, 0.4, 0.1, 0.01, 1000 if size == "full" else 10


def primal(
    x: float, y: float, a: float, b: float, c: float, d: float, dt: float, steps: int
) -> float:
    """Sum of squares of prey ``x`` and predators ``y`` after ``steps`` steps."""
    for _ in range(steps):
        k1 = x * (a - b * y)
        l1 = y * (d * x - c)
        x2 = x + 0.5 * dt * k1
        y2 = y + 0.5 * dt * l1
        k2 = x2 * (a - b * y2)
        l2 = y2 * (d * x2 - c)
        x3 = x + 0.5 * dt * k2
        y3 = y + 0.5 * dt * l2
        k3 = x3 * (a - b * y3)
        l3 = y3 * (d * x3 - c)
        x4 = x + dt * k3
        y4 = y + dt * l3
        k4 = x4 * (a - b * y4)
        l4 = y4 * (d * x4 - c)
        x = x + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        y = y + dt / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4)
    return x * x + y * y


def gradient(
    x: float, y: float, a: float, b: float, c: float, d: float, dt: float, steps: int
) -> tuple[float, ...]:
    """Saves x and y once a step; the stages and their slopes are recomputed."""
    half = 0.5 * dt
    sixth = dt / 6.0
    saved = []
    for _ in range(steps):
        saved.append((x, y))
        k1 = x * (a - b * y)
        l1 = y * (d * x - c)
        x2 = x + half * k1
        y2 = y + half * l1
        k2 = x2 * (a - b * y2)
        l2 = y2 * (d * x2 - c)
        x3 = x + half * k2
        y3 = y + half * l2
        k3 = x3 * (a - b * y3)
        l3 = y3 * (d * x3 - c)
        x4 = x + dt * k3
        y4 = y + dt * l3
        x += sixth * (k1 + 2.0 * (k2 + k3) + x4 * (a - b * y4))
        y += sixth * (l1 + 2.0 * (l2 + l3) + y4 * (d * x4 - c))
    x_bar = 2.0 * x
    y_bar = 2.0 * y
    a_bar = b_bar = c_bar = d_bar = 0.0
    for x, y in reversed(saved):
        # growth and decline: dk/dx and dl/dy of each stage
        growth1 = a - b * y
        decline1 = d * x - c
        x2 = x + half * x * growth1
        y2 = y + half * y * decline1
        growth2 = a - b * y2
        decline2 = d * x2 - c
        x3 = x + half * x2 * growth2
        y3 = y + half * y2 * decline2
        growth3 = a - b * y3
        decline3 = d * x3 - c
        x4 = x + dt * x3 * growth3
        y4 = y + dt * y3 * decline3
        k_bar = sixth * x_bar
        l_bar = sixth * y_bar
        # fourth stage; kx = k_bar * x, ly = l_bar * y: the two products that every partial shares
        kx = k_bar * x4
        ly = l_bar * y4
        x4_bar = k_bar * (a - b * y4) + d * ly
        y4_bar = l_bar * (d * x4 - c) - b * kx
        a_bar += kx
        b_bar -= kx * y4
        c_bar -= ly
        d_bar += ly * x4
        # third
        k3_bar = 2.0 * k_bar + dt * x4_bar
        l3_bar = 2.0 * l_bar + dt * y4_bar
        kx = k3_bar * x3
        ly = l3_bar * y3
        x3_bar = k3_bar * growth3 + d * ly
        y3_bar = l3_bar * decline3 - b * kx
        a_bar += kx
        b_bar -= kx * y3
        c_bar -= ly
        d_bar += ly * x3
        # second
        k2_bar = 2.0 * k_bar + half * x3_bar
        l2_bar = 2.0 * l_bar + half * y3_bar
        kx = k2_bar * x2
        ly = l2_bar * y2
        x2_bar = k2_bar * growth2 + d * ly
        y2_bar = l2_bar * decline2 - b * kx
        a_bar += kx
        b_bar -= kx * y2
        c_bar -= ly
        d_bar += ly * x2
        # first
        k_bar += half * x2_bar
        l_bar += half * y2_bar
        kx = k_bar * x
        ly = l_bar * y
        x_bar += x4_bar + x3_bar + x2_bar + k_bar * growth1 + d * ly
        y_bar += y4_bar + y3_bar + y2_bar + l_bar * decline1 - b * kx
        a_bar += kx
        b_bar -= kx * y
        c_bar -= ly
        d_bar += ly * x
    return x_bar, y_bar, a_bar, b_bar, c_bar, d_bar
