"""Real algorithms, written the way people write them."""

import math

import numpy as np

from . import program


@program(args=(2.0, 0.5), wrt=(0, 1))
def newton_root_of_cubic(a, b):
    x = 1.0
    for _ in range(30):
        f = x**3 + a * x - b
        step = f / (3.0 * x * x + a)
        x -= step
        if abs(step) < 1e-13:
            break
    return x


@program(args=(0.5, 1.2), wrt=(0, 1))
def kepler_equation(mean_anomaly, scale):
    e = 0.3
    anomaly = mean_anomaly
    for _ in range(8):
        anomaly = anomaly - (anomaly - e * math.sin(anomaly) - mean_anomaly) / (
            1.0 - e * math.cos(anomaly)
        )
    return scale * math.cos(anomaly)


def lotka_volterra(state, alpha, beta):
    x, y = state
    return np.array([alpha * x - beta * x * y, 0.4 * beta * x * y - 0.5 * y])


@program(args=(np.array([1.0, 0.8]), 0.9, 0.7), wrt=(0, 1, 2))
def rk4_lotka_volterra(state, alpha, beta):
    h = 0.1
    for _ in range(6):
        k1 = lotka_volterra(state, alpha, beta)
        k2 = lotka_volterra(state + 0.5 * h * k1, alpha, beta)
        k3 = lotka_volterra(state + 0.5 * h * k2, alpha, beta)
        k4 = lotka_volterra(state + h * k3, alpha, beta)
        state = state + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return state[0] * state[1]


@program(args=(1.0, 0.8, 0.9), wrt=(0, 1, 2))
def rk2_scalars(x, y, alpha):
    h = 0.2
    for _ in range(5):
        dx, dy = alpha * x - x * y, x * y - 0.5 * y
        xm, ym = x + 0.5 * h * dx, y + 0.5 * h * dy
        x, y = x + h * (alpha * xm - xm * ym), y + h * (xm * ym - 0.5 * ym)
    return x + y**2


@program(args=([1.0, -0.5, 0.25, 2.0], 0.7), wrt=(0, 1))
def horner(coefficients, x):
    result = 0.0
    for c in reversed(coefficients):
        result = result * x + c
    return result


@program(args=(np.array([1.0, -0.5, 0.25, 2.0]), 0.7), wrt=(0, 1))
def horner_with_derivative(c, x):
    p, dp = c[-1], 0.0
    for k in range(len(c) - 2, -1, -1):
        dp = dp * x + p
        p = p * x + c[k]
    return p * dp


@program(args=(np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]]),))
def cholesky_by_loops(a):
    n = a.shape[0]
    low = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j]
            for k in range(j):
                s -= low[i, k] * low[j, k]
            if i == j:
                low[i, j] = math.sqrt(s)
            else:
                low[i, j] = s / low[j, j]
    return np.sum(np.log(np.diag(low))) + low[2, 0]


@program(
    args=(
        np.array([0.3, 0.2, 0.4]),
        np.array([2.0, 2.5, 1.8, 2.2]),
        np.array([1.0, 0.5, -0.3, 0.8]),
    ),
    wrt=(0, 1, 2),
)
def thomas_solver(off, diagonal, rhs):
    n = len(diagonal)
    d, r = diagonal.copy(), rhs.copy()
    for i in range(1, n):
        w = off[i - 1] / d[i - 1]
        d[i] -= w * off[i - 1]
        r[i] -= w * r[i - 1]
    x = np.empty(n)
    x[-1] = r[-1] / d[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (r[i] - off[i] * x[i + 1]) / d[i]
    return x @ x


@program(
    args=(np.array([[2.0, 1.0, 0.3], [0.4, 1.8, 0.2], [0.1, 0.5, 3.0]]), np.array([1.0, 2.0, 0.5])),
    wrt=(0, 1),
)
def gaussian_elimination(a, b):
    a = a.copy()
    b = b.copy()
    n = len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            m = a[i, k] / a[k, k]
            a[i, k:] -= m * a[k, k:]
            b[i] -= m * b[k]
    for i in reversed(range(n)):
        b[i] = (b[i] - a[i, i + 1 :] @ b[i + 1 :]) / a[i, i]
    return np.sum(b**2)


@program(args=(0.8, 2.0), wrt=(0, 1))
def simpson(k, b):
    n = 8
    h = b / n
    total = math.exp(0.0) + math.exp(-k * b)
    for i in range(1, n):
        total += (4.0 if i % 2 else 2.0) * math.exp(-k * i * h)
    return total * h / 3.0


@program(args=(np.linspace(0.0, 1.0, 7), np.linspace(0.0, 1.0, 7) ** 2 + 0.1), wrt=(0, 1))
def trapezoid_by_slices(x, y):
    return np.sum(0.5 * (y[1:] + y[:-1]) * (x[1:] - x[:-1]))


@program(args=(1.3, 0.2), wrt=(0, 1))
def secant(a, x0):
    x1 = x0 + 1.0
    f0 = math.exp(x0) - a
    for _ in range(5):
        f1 = math.exp(x1) - a
        x0, x1, f0 = x1, x1 - f1 * (x1 - x0) / (f1 - f0), f1
    return x1**2


@program(args=(2.0,), tags=("kinks",), second_order=False)
def bisection(a):
    low, high = 0.0, 2.0 * a
    for _ in range(20):
        middle = 0.5 * (low + high)
        if middle * middle > a:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


@program(args=(np.array([[2.0, 0.5], [0.5, 1.0]]),))
def power_iteration(a):
    v = np.array([1.0, 0.3])
    for _ in range(8):
        v = a @ v
        v /= np.sqrt(np.sum(v**2))
    return v @ (a @ v)


@program(args=(np.array([0.0, 0.5, 1.0, 0.4, 0.1, 0.0]), 0.2), wrt=(0, 1))
def heat_1d(u, alpha):
    u = u.copy()
    for _ in range(4):
        u[1:-1] = u[1:-1] + alpha * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@program(args=(np.linspace(0.0, 1.0, 16).reshape(4, 4) ** 2, 0.1), wrt=(0, 1))
def heat_2d(u, alpha):
    u = u.copy()
    for _ in range(2):
        lap = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
        u[1:-1, 1:-1] += alpha * lap
    return np.sum(u**3)


@program(args=(np.array([0.0, 0.5, 1.0, 0.4, 0.0]), 0.6), wrt=(0, 1))
def wave_1d(u, c):
    previous = u.copy()
    current = u.copy()
    for _ in range(4):
        following = np.zeros_like(u)
        following[1:-1] = (
            2.0 * current[1:-1]
            - previous[1:-1]
            + c**2 * (current[2:] - 2.0 * current[1:-1] + current[:-2])
        )
        previous, current = current, following
    return np.sum(current**2) + current[2]


@program(args=(np.array([0.2, 0.8, 1.0, 0.6, 0.3]), 0.05), wrt=(0, 1))
def burgers_periodic(u, nu):
    dx, dt = 0.5, 0.05
    for _ in range(3):
        left, right = np.roll(u, 1), np.roll(u, -1)
        u = u - dt * u * (u - left) / dx + dt * nu * (right - 2.0 * u + left) / dx**2
    return u @ u


@program(
    args=(np.array([[0.0, 0.0], [1.0, 0.2], [0.1, 1.1]]), np.array([1.0, 0.5, 0.8])), wrt=(0, 1)
)
def n_body_energy(positions, masses):
    energy = 0.0
    n = len(masses)
    for i in range(n):
        for j in range(i + 1, n):
            d = positions[i] - positions[j]
            energy -= masses[i] * masses[j] / math.sqrt(d @ d)
    return energy


@program(
    args=(np.array([[0.0, 0.0], [1.0, 0.2], [0.1, 1.1]]), np.array([1.0, 0.5, 0.8])), wrt=(0, 1)
)
def n_body_broadcast(positions, masses):
    d = positions[:, None, :] - positions[None, :, :]
    r2 = np.sum(d**2, axis=-1) + 0.01
    return -0.5 * np.sum(np.outer(masses, masses) * (1.0 / np.sqrt(r2) - 10.0 * np.eye(3)))


@program(args=(np.array([1.0, 0.0]), np.array([0.1, 0.9]), 0.1), wrt=(0, 1, 2))
def leapfrog_orbit(q, p, dt):
    for _ in range(4):
        p = p - 0.5 * dt * q / np.sum(q**2) ** 1.5
        q = q + dt * p
        p = p - 0.5 * dt * q / np.sum(q**2) ** 1.5
    return q[0] * p[1] - 0.3 * q[1]


FEATURES = np.array([[0.5, 1.2], [-0.3, 0.8], [1.5, -0.4], [0.1, 0.2]])
LABELS = np.array([1.0, 0.0, 1.0, 0.0])


@program(args=(np.array([0.3, -0.2]), 0.1), wrt=(0, 1))
def logistic_regression(w, b):
    z = FEATURES @ w + b
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(LABELS * np.log(p) + (1.0 - LABELS) * np.log(1.0 - p)) + 0.1 * np.sum(w**2)


@program(args=(np.array([0.3, -0.2]),))
def logistic_regression_by_loops(w):
    loss = 0.0
    for x, y in zip(FEATURES, LABELS):
        z = 0.0
        for j in range(len(w)):
            z += w[j] * x[j]
        loss += math.log1p(math.exp(-z)) if y == 1.0 else math.log1p(math.exp(z))
    return loss / len(LABELS)


@program(
    args=(
        np.array([[0.3, -0.2], [0.5, 0.1], [0.2, 0.4]]),
        np.array([0.1, 0.2, -0.1]),
        np.array([0.4, -0.3, 0.6]),
    ),
    wrt=(0, 1, 2),
)
def small_perceptron(w1, b1, w2):
    hidden = np.tanh(FEATURES @ w1.T + b1)
    out = hidden @ w2
    return np.mean((out - LABELS) ** 2)


@program(args=(np.array([0.8, -0.3, 1.1, 0.5]),))
def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


@program(args=(np.array([0.8, -0.3, 1.1]),))
def rosenbrock_loop(x):
    s = 0.0
    for i in range(len(x) - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


@program(args=(100.0, 95.0, 0.2, 0.03), wrt=(0, 1, 2, 3))
def black_scholes(spot, strike, volatility, rate):
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2)) / volatility
    d2 = d1 - volatility
    cdf = lambda z: 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))  # noqa: E731
    return spot * cdf(d1) - strike * math.exp(-rate) * cdf(d2)


@program(args=(100.0, 0.2), wrt=(0, 1))
def binomial_tree_option(spot, volatility):
    n, strike, rate = 4, 98.0, 0.01
    up = math.exp(volatility * math.sqrt(1.0 / n))
    p = (math.exp(rate / n) - 1.0 / up) / (up - 1.0 / up)
    values = [max(spot * up ** (2 * j - n) - strike, 0.0) for j in range(n + 1)]
    for step in range(n, 0, -1):
        values = [
            math.exp(-rate / n) * (p * values[j + 1] + (1.0 - p) * values[j]) for j in range(step)
        ]
    return values[0]


@program(args=(np.array([0.3, 0.9, -0.4, 1.2, 0.1]), 0.3, 0.5), wrt=(0, 1, 2))
def kalman_filter(observations, q, r):
    mean, variance = 0.0, 1.0
    log_likelihood = 0.0
    for y in observations:
        variance = variance + q
        innovation = y - mean
        s = variance + r
        gain = variance / s
        mean = mean + gain * innovation
        variance = (1.0 - gain) * variance
        log_likelihood -= 0.5 * (innovation**2 / s + math.log(2.0 * math.pi * s))
    return log_likelihood


@program(
    args=(np.array([0.1, 0.5, 0.9, 1.6, 2.1]), np.array([0.5, 1.8]), np.array([0.4, 0.6])),
    wrt=(0, 1, 2),
)
def gaussian_mixture(x, means, weights):
    z = (x[:, None] - means) ** 2
    terms = np.log(weights / np.sum(weights)) - 0.5 * z - 0.5 * np.log(2.0 * np.pi)
    top = np.max(terms, axis=1, keepdims=True)
    return np.sum(top[:, 0] + np.log(np.sum(np.exp(terms - top), axis=1)))


@program(args=(np.array([[0.7, 0.3], [0.2, 0.8]]), np.array([[0.6, 0.4], [0.1, 0.9]])), wrt=(0, 1))
def hidden_markov_forward(transition, emission):
    alpha = np.array([0.5, 0.5]) * emission[:, 0]
    log_scale = 0.0
    for symbol in [1, 1, 0]:
        alpha = (alpha @ transition) * emission[:, symbol]
        total = alpha.sum()
        log_scale += math.log(total)
        alpha = alpha / total
    return log_scale


@program(args=(np.array([0.5, 1.0, 0.2, 0.8]), np.array([0.6, 0.1, 0.9])), wrt=(0, 1))
def dynamic_time_warping(a, b):
    n, m = len(a), len(b)
    cost = np.full((n + 1, m + 1), 1e6)
    cost[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d = (a[i - 1] - b[j - 1]) ** 2
            cost[i, j] = d + min(cost[i - 1, j], cost[i, j - 1], cost[i - 1, j - 1])
    return cost[n, m]


@program(args=(np.array([1.0, 0.5, -0.3, 0.8]), np.array([0.2, 0.6, 0.2])), wrt=(0, 1))
def convolution_by_loops(signal, kernel):
    out = np.zeros(len(signal) + len(kernel) - 1)
    for i, s in enumerate(signal):
        for j, k in enumerate(kernel):
            out[i + j] += s * k
    return np.sum(out**2)


@program(args=(np.array([1.0, 0.5, -0.3, 0.8]), 0.3), wrt=(0, 1))
def exponential_smoothing(u, a):
    smooth = np.zeros_like(u)
    smooth[0] = u[0]
    for t in range(1, u.size):
        smooth[t] = a * u[t] + (1.0 - a) * smooth[t - 1]
    return np.sum((u - smooth) ** 2)


@program(args=(np.array([0.0, 1.0, 2.0, 3.5]), np.array([1.0, 0.5, 2.0, 1.5]), 1.4), wrt=(1, 2))
def linear_interpolation(xs, ys, x):
    i = 0
    while i < len(xs) - 2 and xs[i + 1] <= x:
        i += 1
    t = (x - xs[i]) / (xs[i + 1] - xs[i])
    return (1.0 - t) * ys[i] + t * ys[i + 1]


@program(args=(np.array([0.0, 1.0, 2.5]), np.array([1.0, 0.5, 2.0]), 1.4), wrt=(0, 1, 2))
def lagrange_polynomial(xs, ys, x):
    total = 0.0
    for i in range(len(xs)):
        term = ys[i]
        for j in range(len(xs)):
            if j == i:
                continue
            term = term * (x - xs[j]) / (xs[i] - xs[j])
        total += term
    return total


@program(args=(np.array([0.8, 0.4]),))
def gradient_descent_inside(start):
    x = start.copy()
    for _ in range(4):
        gradient = np.array([2.0 * x[0] + x[1], x[0] + 4.0 * x[1]])
        x -= 0.1 * gradient
    return np.sum(x**2)


@program(args=(np.array([[4.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])), wrt=(0, 1))
def conjugate_gradients(a, b):
    x = np.zeros_like(b)
    r = b - a @ x
    p = r.copy()
    rs = r @ r
    for _ in range(2):
        ap = a @ p
        step = rs / (p @ ap)
        x += step * p
        r -= step * ap
        new = r @ r
        if new < 1e-20:
            break
        p = r + new / rs * p
        rs = new
    return x[0] * 2.0 + x[1]


@program(
    args=(np.array([1.0, 2.0, 4.0]), np.array([[4.0, 1.0, 0.2], [1.0, 5.0, 0.3], [0.1, 0.2, 6.0]])),
    wrt=(0, 1),
)
def jacobi_iteration(b, a):
    x = np.zeros(3)
    d = np.diag(a)
    off = a - np.diag(d)
    for _ in range(5):
        x = (b - off @ x) / d
    return x @ x


@program(args=(0.3, 0.02), wrt=(0, 1))
def sir_epidemic(beta, gamma):
    s, i, r = 0.99, 0.01, 0.0
    peak = 0.0
    for day in range(10):
        new = beta * s * i
        recovered = gamma * i
        s, i, r = s - new, i + new - recovered, r + recovered
        peak = max(peak, i)
    return peak + r


@program(args=(1.0, 9.4), wrt=(0, 1))
def projectile_until_ground(drag, g):
    x, y, vx, vy = 0.0, 0.0, 10.0, 12.0
    dt = 0.05
    while True:
        speed = math.sqrt(vx * vx + vy * vy)
        vx -= dt * drag * speed * vx * 0.01
        vy -= dt * (g + drag * speed * vy * 0.01)
        x += dt * vx
        y += dt * vy
        if y < 0.0:
            return x - y * vx / vy


@program(args=(np.array([1.0, 0.5]), np.array([0.3, 0.9])), wrt=(0, 1))
def complex_step_free_rotation(v, angles):
    for angle in angles:
        c, s = math.cos(angle), math.sin(angle)
        v = np.array([c * v[0] - s * v[1], s * v[0] + c * v[1]])
    return v[0] ** 3 + v[1]


@program(args=(np.array([0.2, 0.1, 0.4]), 0.7), wrt=(0, 1))
def robot_arm(angles, length):
    x = y = heading = 0.0
    for a in angles:
        heading += a
        x += length * math.cos(heading)
        y += length * math.sin(heading)
    return (x - 1.0) ** 2 + (y - 0.5) ** 2


@program(args=(0.7,))
def gamma_by_continued_product(x):
    result = 1.0
    while x < 4.0:
        result /= x
        x += 1.0
    return result * (x - 0.5) ** (x - 0.5) * math.exp(-x)


@program(args=(0.8,))
def arithmetic_geometric_mean(x):
    a, g = 1.0, x
    while abs(a - g) > 1e-12:
        a, g = 0.5 * (a + g), math.sqrt(a * g)
    return a


@program(args=(np.array([0.5, 0.25, 0.125]),))
def continued_fraction(c):
    value = 0.0
    for coefficient in c[::-1]:
        value = 1.0 / (coefficient + value + 1.0)
    return value


@program(args=(0.3, 2.0), wrt=(0, 1))
def bessel_like_series(x, scale):
    total = term = 1.0
    for k in range(1, 8):
        term *= -(x * x) / (4.0 * k * k)
        total += term
    return scale * total


@program(args=(np.array([[1.0, 0.5], [0.25, 2.0], [0.3, 0.1]]),))
def gram_schmidt(a):
    q = np.zeros_like(a)
    r = np.zeros((2, 2))
    for j in range(a.shape[1]):
        v = a[:, j].copy()
        for i in range(j):
            r[i, j] = q[:, i] @ a[:, j]
            v -= r[i, j] * q[:, i]
        r[j, j] = np.linalg.norm(v)
        q[:, j] = v / r[j, j]
    return np.sum(r**3) + q[0, 1]


@program(args=(np.array([0.9, 0.3, 0.5, 0.7]),))
def haar_wavelet(u):
    out = u.copy()
    n = len(out)
    while n > 1:
        half = n // 2
        averages = (out[0:n:2] + out[1:n:2]) / math.sqrt(2.0)
        details = (out[0:n:2] - out[1:n:2]) / math.sqrt(2.0)
        out[:half] = averages
        out[half:n] = details
        n = half
    return np.sum(out**2 * np.arange(1.0, 5.0))


@program(args=(np.array([0.9, 0.3, 0.5]), 0.4), wrt=(0, 1))
def recurrent_cell(inputs, w):
    h, c = 0.0, 0.0
    for x in inputs:
        gate = 1.0 / (1.0 + math.exp(-(w * x + h)))
        c = gate * c + (1.0 - gate) * math.tanh(x + w * h)
        h = gate * math.tanh(c)
    return h


@program(args=(np.array([0.5, 1.5, 2.5]), np.array([0.2, 0.1, 0.4])), wrt=(0, 1))
def attention(keys, values):
    scores = np.outer(keys, keys) / np.sqrt(3.0)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.sum((weights @ values) ** 2)


@program(args=(0.05, 0.3), wrt=(0, 1))
def colebrook_friction(roughness, guess):
    f = guess
    for _ in range(6):
        f = -2.0 * math.log10(roughness / 3.7 + 2.51 * f / 1e4)
    return 1.0 / f**2


@program(args=(300.0, 1.5), wrt=(0, 1))
def van_der_waals(temperature, volume):
    gas, a, b = 0.0821, 1.39, 0.0391
    return gas * temperature / (volume - b) - a / volume**2


@program(args=(np.array([1.0, 2.0, 4.0, 3.0]), 1.5), wrt=(0, 1))
def lennard_jones_chain(x, sigma):
    energy = 0.0
    for i in range(len(x)):
        for j in range(i):
            r = abs(x[i] - x[j])
            s6 = (sigma / (r + 1.0)) ** 6
            energy += 4.0 * (s6 * s6 - s6)
    return energy
