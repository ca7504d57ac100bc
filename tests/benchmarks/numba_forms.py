"""Hand-written adjoints of the kernels as fused loops under Numba, as fast as we could write them.

Same rules as for the kernels' NumPy adjoints: the adjoint of that algorithm, no knowledge that the
primal's text does not show. States are saved, intermediates recomputed, stencils gathered.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

jit = numba.njit(error_model="numpy", cache=True)


@jit
def rk4(x, y, a, b, c, d, dt, steps):
    half, sixth = 0.5 * dt, dt / 6.0
    xs, ys = np.empty(steps), np.empty(steps)
    for n in range(steps):
        xs[n] = x
        ys[n] = y
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
    for n in range(steps - 1, -1, -1):
        x = xs[n]
        y = ys[n]
        g1 = a - b * y
        e1 = d * x - c
        x2 = x + half * x * g1
        y2 = y + half * y * e1
        g2 = a - b * y2
        e2 = d * x2 - c
        x3 = x + half * x2 * g2
        y3 = y + half * y2 * e2
        g3 = a - b * y3
        e3 = d * x3 - c
        x4 = x + dt * x3 * g3
        y4 = y + dt * y3 * e3
        k = sixth * x_bar
        m = sixth * y_bar
        kx = k * x4
        my = m * y4
        x4_bar = k * (a - b * y4) + d * my
        y4_bar = m * (d * x4 - c) - b * kx
        a_bar += kx
        b_bar -= kx * y4
        c_bar -= my
        d_bar += my * x4
        k3 = 2.0 * k + dt * x4_bar
        m3 = 2.0 * m + dt * y4_bar
        kx = k3 * x3
        my = m3 * y3
        x3_bar = k3 * g3 + d * my
        y3_bar = m3 * e3 - b * kx
        a_bar += kx
        b_bar -= kx * y3
        c_bar -= my
        d_bar += my * x3
        k2 = 2.0 * k + half * x3_bar
        m2 = 2.0 * m + half * y3_bar
        kx = k2 * x2
        my = m2 * y2
        x2_bar = k2 * g2 + d * my
        y2_bar = m2 * e2 - b * kx
        a_bar += kx
        b_bar -= kx * y2
        c_bar -= my
        d_bar += my * x2
        k += half * x2_bar
        m += half * y2_bar
        kx = k * x
        my = m * y
        x_bar += x4_bar + x3_bar + x2_bar + k * g1 + d * my
        y_bar += y4_bar + y3_bar + y2_bar + m * e1 - b * kx
        a_bar += kx
        b_bar -= kx * y
        c_bar -= my
        d_bar += my * x
    return x_bar, y_bar, a_bar, b_bar, c_bar, d_bar


@jit
def rosenbrock(x):
    n = x.shape[0]
    x_bar = np.empty(n)
    if n == 0:
        return (x_bar,)
    x_bar[n - 1] = 0.0
    before = 0.0
    for i in range(n - 1):
        valley = 200.0 * (x[i + 1] - x[i] * x[i])
        x_bar[i] = before - 2.0 * x[i] * valley - 2.0 * (1.0 - x[i])
        before = valley
    x_bar[n - 1] += before
    return (x_bar,)


@jit
def burgers(u, nu, dx, dt, steps):
    n = u.shape[0]
    advect = dt / (2.0 * dx)
    diffuse = dt * nu / dx**2
    saved = np.empty((steps + 1, n))
    for i in range(n):
        saved[0, i] = u[i]
    for s in range(steps):
        saved[s + 1, 0] = saved[s, 0]
        saved[s + 1, n - 1] = saved[s, n - 1]
        for i in range(1, n - 1):
            left, here, right = saved[s, i - 1], saved[s, i], saved[s, i + 1]
            saved[s + 1, i] = (
                here - advect * here * (right - left) + diffuse * (right - 2.0 * here + left)
            )
    u_bar = np.empty(n)
    for i in range(n):
        u_bar[i] = 2.0 * saved[steps, i]
    new = np.empty(n)
    for s in range(steps - 1, -1, -1):
        for i in range(2, n - 2):  # what each cell gives its neighbours is gathered
            w, e = u_bar[i - 1], u_bar[i + 1]
            new[i] = (
                u_bar[i] * (1.0 - 2.0 * diffuse - advect * (saved[s, i + 1] - saved[s, i - 1]))
                + diffuse * (w + e)
                + advect * (e * saved[s, i + 1] - w * saved[s, i - 1])
            )
        for i in (0, 1, n - 2, n - 1):
            inner = 0 < i < n - 1
            total = u_bar[i]
            if inner:
                slope = advect * (saved[s, i + 1] - saved[s, i - 1])
                total *= 1.0 - 2.0 * diffuse - slope
            if i >= 2:
                total += u_bar[i - 1] * (diffuse - advect * saved[s, i - 1])
            if i <= n - 3:
                total += u_bar[i + 1] * (diffuse + advect * saved[s, i + 1])
            new[i] = total
        u_bar, new = new, u_bar
    return (u_bar,)


@jit
def heat(u, alpha, steps):
    n, m = u.shape
    a, b = u.copy(), u.copy()
    keep = 1.0 - 4.0 * alpha
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                b[i, j] = keep * a[i, j] + alpha * (
                    a[i + 1, j] + a[i - 1, j] + a[i, j + 1] + a[i, j - 1]
                )
        a, b = b, a
    for i in range(n):
        for j in range(m):
            a[i, j] *= 2.0
    given = np.zeros((n + 2, m + 2))
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                given[i + 1, j + 1] = alpha * a[i, j]
                a[i, j] *= keep
        for i in range(n):
            for j in range(m):
                a[i, j] += (
                    given[i + 2, j + 1] + given[i, j + 1] + given[i + 1, j + 2] + given[i + 1, j]
                )
    return (a,)


@jit
def nbody(x, m, softening):
    n, dims = x.shape
    x_bar = np.zeros((n, dims))
    m_bar = np.zeros(n)
    for i in range(n):
        own = 0.0
        for j in range(n):
            squares = softening * softening
            for k in range(dims):
                d = x[i, k] - x[j, k]
                squares += d * d
            inverse = 1.0 / np.sqrt(squares)
            own += m[j] * inverse
            m_bar[j] -= 0.5 * m[i] * inverse
            pull = 0.5 * m[i] * m[j] * inverse / squares
            for k in range(dims):
                force = pull * (x[i, k] - x[j, k])
                x_bar[i, k] += force
                x_bar[j, k] -= force
        m_bar[i] -= 0.5 * own
    return x_bar, m_bar


@jit
def logistic(w, b, X, y, ridge):
    margin = np.dot(X, w)
    n = y.shape[0]
    b_bar = 0.0
    for i in range(n):
        z_bar = -y[i] / ((1.0 + np.exp(y[i] * (margin[i] + b))) * n)
        margin[i] = z_bar
        b_bar += z_bar
    w_bar = np.dot(margin, X)
    for j in range(w.shape[0]):
        w_bar[j] += 2.0 * ridge * w[j]
    return w_bar, b_bar


@jit
def mlp(W1, b1, W2, b2, X, labels):
    hidden = np.dot(X, W1)
    batch, width = hidden.shape
    for i in range(batch):
        for j in range(width):
            hidden[i, j] = np.tanh(hidden[i, j] + b1[j])
    logits = np.dot(hidden, W2)
    classes = logits.shape[1]
    b2_bar = np.zeros(classes)
    for i in range(batch):
        top = -np.inf
        weight = 0.0
        for j in range(classes):
            logits[i, j] += b2[j]
            top = max(top, logits[i, j])
            weight += labels[i, j]
        total = 0.0
        for j in range(classes):
            logits[i, j] = np.exp(logits[i, j] - top)
            total += logits[i, j]
        scale = weight / total
        for j in range(classes):
            logits[i, j] = (logits[i, j] * scale - labels[i, j]) / batch
            b2_bar[j] += logits[i, j]
    W2_bar = np.dot(hidden.T, logits)
    hidden_bar = np.dot(logits, W2.T)
    b1_bar = np.zeros(width)
    for i in range(batch):
        for j in range(width):
            hidden_bar[i, j] *= 1.0 - hidden[i, j] * hidden[i, j]
            b1_bar[j] += hidden_bar[i, j]
    return np.dot(X.T, hidden_bar), b1_bar, W2_bar, b2_bar


@jit
def gauss_seidel(u, f, sweeps):
    u = u.copy()
    rows, columns = u.shape
    for _ in range(sweeps):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] + f[i, j])
    for i in range(rows):
        for j in range(columns):
            u[i, j] *= 2.0
    f_bar = np.zeros_like(f)
    for _ in range(sweeps):
        for i in range(rows - 2, 0, -1):
            for j in range(columns - 2, 0, -1):
                share = 0.25 * u[i, j]
                u[i, j] = 0.0
                u[i - 1, j] += share
                u[i + 1, j] += share
                u[i, j - 1] += share
                u[i, j + 1] += share
                f_bar[i, j] += share
    return u, f_bar


@jit
def _newton(numbers):
    out = np.empty(numbers.shape[0])
    for k in range(numbers.shape[0]):
        a = numbers[k]
        x = a if a > 1.0 else 1.0
        dx = x
        saved = [x]
        saved.clear()
        while abs(dx) > 1e-12 * x:
            saved.append(x)
            dx = 0.5 * (x - a / x)
            x -= dx
        x_bar = 1.0
        a_bar = 0.0
        for i in range(len(saved) - 1, -1, -1):
            x = saved[i]
            x_bar *= 0.5
            share = x_bar / x
            a_bar += share
            x_bar -= share * a / x
        out[k] = a_bar + x_bar if a > 1.0 else a_bar
    return out


def newton(numbers: list[float]) -> tuple[Any, ...]:
    return (_newton(np.array(numbers)).tolist(),)


@jit
def gmm(alpha, means, log_diagonal, lower, x, prior):
    n, d = x.shape
    count = alpha.shape[0]
    diagonal = np.exp(log_diagonal)
    offset = np.empty(count)
    for k in range(count):
        offset[k] = alpha[k]
        for i in range(d):
            offset[k] += log_diagonal[k, i]
    z = np.empty((count, d))
    density = np.empty(count)
    component = np.zeros(count)
    means_sum = np.zeros((count, d))  # of share * z
    L_bar = np.zeros((count, d, d))
    for p in range(n):
        top = -np.inf
        for k in range(count):
            squares = 0.0
            for i in range(d):
                total = diagonal[k, i] * (x[p, i] - means[k, i])
                for j in range(i):
                    total += lower[k, i, j] * (x[p, j] - means[k, j])
                z[k, i] = total
                squares += total * total
            density[k] = offset[k] - 0.5 * squares
            top = max(top, density[k])
        total = 0.0
        for k in range(count):
            density[k] = np.exp(density[k] - top)
            total += density[k]
        for k in range(count):
            share = density[k] / total
            component[k] += share
            for i in range(d):
                z_share = share * z[k, i]
                means_sum[k, i] += z_share
                for j in range(i + 1):
                    L_bar[k, i, j] -= z_share * (x[p, j] - means[k, j])
    top = np.max(alpha)
    weights = np.exp(alpha - top)
    alpha_bar = component - n / np.sum(weights) * weights
    means_bar = np.zeros((count, d))
    log_diagonal_bar = np.empty((count, d))
    lower_bar = np.zeros((count, d, d))
    for k in range(count):
        for i in range(d):
            for j in range(i):
                lower_bar[k, i, j] = L_bar[k, i, j] - prior * prior * lower[k, i, j]
                means_bar[k, j] += means_sum[k, i] * lower[k, i, j]
            means_bar[k, i] += means_sum[k, i] * diagonal[k, i]
            own = L_bar[k, i, i] - prior * prior * diagonal[k, i]
            log_diagonal_bar[k, i] = own * diagonal[k, i] + component[k] + 1.0
    return alpha_bar, means_bar, log_diagonal_bar, lower_bar


@jit
def _sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


@jit
def lstm(weights, biases, ends, hidden, cell, text):
    steps = text.shape[0] - 1
    layers, _, width = weights.shape
    hiddens = np.empty((steps + 1, layers, width))
    cells = np.empty((steps + 1, layers, width))
    gates = np.empty((steps, layers, 4, width))  # four activations, as exp and tanh are dear
    tanhs = np.empty((steps, layers, width))
    hiddens[0] = hidden
    cells[0] = cell
    for t in range(steps):
        for layer in range(layers):
            for i in range(width):
                x = hiddens[t + 1, layer - 1, i] if layer else text[t, i] * ends[0, i]
                h = hiddens[t, layer, i]
                f = _sigmoid(x * weights[layer, 0, i] + biases[layer, 0, i])
                g = _sigmoid(h * weights[layer, 1, i] + biases[layer, 1, i])
                o = _sigmoid(x * weights[layer, 2, i] + biases[layer, 2, i])
                c = np.tanh(h * weights[layer, 3, i] + biases[layer, 3, i])
                new = cells[t, layer, i] * f + g * c
                cells[t + 1, layer, i] = new
                r = np.tanh(new)
                hiddens[t + 1, layer, i] = o * r
                gates[t, layer, 0, i] = f
                gates[t, layer, 1, i] = g
                gates[t, layer, 2, i] = o
                gates[t, layer, 3, i] = c
                tanhs[t, layer, i] = r
    weights_bar = np.zeros_like(weights)
    biases_bar = np.zeros_like(biases)
    ends_bar = np.zeros_like(ends)
    hidden_bar = np.zeros((layers, width))
    cell_bar = np.zeros((layers, width))
    x_bar = np.empty(width)
    powers = np.empty(width)
    for t in range(steps - 1, -1, -1):
        total = 0.0
        target = 0.0
        for i in range(width):
            powers[i] = np.exp(hiddens[t + 1, layers - 1, i] * ends[1, i] + ends[2, i])
            total += powers[i]
            target += text[t + 1, i]
        for i in range(width):
            logits_bar = (powers[i] * target / total - text[t + 1, i]) / steps
            ends_bar[2, i] += logits_bar
            ends_bar[1, i] += logits_bar * hiddens[t + 1, layers - 1, i]
            x_bar[i] = logits_bar * ends[1, i]
        for layer in range(layers - 1, -1, -1):
            for i in range(width):
                x = hiddens[t + 1, layer - 1, i] if layer else text[t, i] * ends[0, i]
                h = hiddens[t, layer, i]
                f = gates[t, layer, 0, i]
                g = gates[t, layer, 1, i]
                o = gates[t, layer, 2, i]
                c = gates[t, layer, 3, i]
                r = tanhs[t, layer, i]
                h_bar = hidden_bar[layer, i] + x_bar[i]
                c_bar = cell_bar[layer, i] + h_bar * o * (1.0 - r * r)
                f_bar = c_bar * cells[t, layer, i] * f * (1.0 - f)
                g_bar = c_bar * c * g * (1.0 - g)
                o_bar = h_bar * r * o * (1.0 - o)
                change_bar = c_bar * g * (1.0 - c * c)
                cell_bar[layer, i] = c_bar * f
                biases_bar[layer, 0, i] += f_bar
                biases_bar[layer, 1, i] += g_bar
                biases_bar[layer, 2, i] += o_bar
                biases_bar[layer, 3, i] += change_bar
                weights_bar[layer, 0, i] += f_bar * x
                weights_bar[layer, 1, i] += g_bar * h
                weights_bar[layer, 2, i] += o_bar * x
                weights_bar[layer, 3, i] += change_bar * h
                x_bar[i] = f_bar * weights[layer, 0, i] + o_bar * weights[layer, 2, i]
                hidden_bar[layer, i] = (
                    g_bar * weights[layer, 1, i] + change_bar * weights[layer, 3, i]
                )
        for i in range(width):
            ends_bar[0, i] += x_bar[i] * text[t, i]
    return weights_bar, biases_bar, ends_bar


FORMS = {
    "rk4": rk4,
    "rosenbrock": rosenbrock,
    "burgers": burgers,
    "heat": heat,
    "nbody": nbody,
    "logistic": logistic,
    "mlp": mlp,
    "gauss_seidel": gauss_seidel,
    "newton": newton,
    "gmm": gmm,
    "lstm": lstm,
}
