"""Integrals and differential equations that SciPy solves: derivatives against closed forms."""

import math

import mpmath
import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import Unsupported

integrate = pytest.importorskip("scipy.integrate")
linalg = pytest.importorskip("scipy.linalg")

T = np.linspace(0.0, 1.5, 4)
Y0 = np.array([1.0, 2.0])
A = np.array([[-0.3, 1.1], [-0.8, -0.2]])


def gaussian(p, b):
    """∫ exp(-p x²) from 0 to b."""
    return mpmath.quad(lambda x: mpmath.exp(-p * x * x), [0, b])


# ---- integrals


def test_the_derivative_of_an_integral():
    f = lambda p, b: integrate.quad(lambda x: np.exp(-p * x * x), 0.0, b)[0]  # noqa: E731
    value, (by_p, by_b) = ad.value_and_grad(f, argnums=(0, 1))(0.7, 1.5)
    assert value == pytest.approx(float(gaussian(0.7, 1.5)))
    assert by_p == pytest.approx(float(mpmath.diff(lambda p: gaussian(p, 1.5), 0.7)))
    assert by_b == pytest.approx(math.exp(-0.7 * 2.25))
    ad.check_grads(f, (0.7, 1.5), order=2)
    second = float(mpmath.diff(lambda p: gaussian(p, 1.5), 0.7, 2))
    assert ad.hessian(lambda p: f(p, 1.5))(0.7) == pytest.approx(second)
    mixed = ad.grad(ad.grad(f, argnums=1), argnums=0)(0.7, 1.5)
    assert mixed == pytest.approx(-2.25 * math.exp(-0.7 * 2.25))


def test_both_limits():
    f = lambda b: integrate.quad(lambda x: np.exp(-x * x), -b, 2.0 * b)[0]  # noqa: E731
    assert ad.grad(f)(0.7) == pytest.approx(2.0 * math.exp(-1.96) + math.exp(-0.49))
    ad.check_grads(f, (0.7,), order=2)


def test_args_infinite_limits_and_options():
    def f(p):
        value, error = integrate.quad(
            lambda x, q, k: k * q * np.exp(-x * q), 0.0, np.inf, args=(p, p), epsabs=1e-12
        )
        return value if error < 1e-6 else 0.0 * p

    assert ad.value_and_grad(f)(0.7) == pytest.approx((0.7, 1.0))


def test_an_array_of_parameters():
    p = np.array([[0.7, 1.1], [0.2, -0.5]])
    f = lambda p: integrate.quad(lambda x: np.sum(np.sin(p * x)), 0.0, 1.0)[0]  # noqa: E731
    expected = (np.cos(p) - 1.0) / p**2 + np.sin(p) / p
    np.testing.assert_allclose(ad.grad(f)(p), expected, rtol=1e-10)
    np.testing.assert_allclose(ad.jacfwd(f)(p), expected, rtol=1e-10)


def test_integrals_of_integrals():
    def inner(x, p):
        return integrate.quad(lambda y: p * p * x * y, 0.0, x)[0]

    f = lambda p: integrate.quad(inner, 0.0, 1.0, args=(p,))[0]  # noqa: E731
    assert ad.value_and_grad(f)(3.0) == pytest.approx((9.0 / 8.0, 6.0 / 8.0))
    assert ad.hessian(f)(3.0) == pytest.approx(2.0 / 8.0)


def test_integrals_in_a_loop_and_on_a_branch():
    def f(p):
        total = 0.0
        for k in range(3):
            if k != 1:
                power = lambda x, n, q: np.exp(q * x * n)  # noqa: E731
                total = total + integrate.quad(power, 0.0, 1.0, (k, p))[0]
            p = p * 1.1
        return total

    def slope(k, p):
        return math.exp(k * p) / p - (math.exp(k * p) - 1.0) / (k * p * p)

    assert ad.grad(f)(0.5) == pytest.approx(1.21 * slope(2, 0.5 * 1.21))


# ---- differential equations


def decay_by_odeint(p, y0):
    return integrate.odeint(lambda y, t: -p * y, y0, T, rtol=1e-11, atol=1e-11)


def decay_by_odeint_t_first(p, y0):
    rhs = lambda t, y, q: -q * y  # noqa: E731
    return integrate.odeint(rhs, y0, T, args=(p,), tfirst=True, rtol=1e-11, atol=1e-11)


def decay_by_ivp(p, y0):
    sol = integrate.solve_ivp(lambda t, y: -p * y, (0.0, 1.5), y0, t_eval=T, rtol=1e-11, atol=1e-11)
    return sol.y.T


def decay_by_radau(p, y0):
    sol = integrate.solve_ivp(
        lambda t, y, q: -q * y, [0.0, 1.5], y0, "Radau", T, args=(p,), rtol=1e-9, atol=1e-9
    )
    return sol.y.T


@pytest.mark.parametrize(
    "solve, accuracy",
    [
        (decay_by_odeint, 1e-8),
        (decay_by_odeint_t_first, 1e-8),
        (decay_by_ivp, 1e-8),
        (decay_by_radau, 1e-6),
    ],
)
def test_decay(solve, accuracy):
    """y = y₀ exp(-p t): ∂y/∂p = -t y, ∂²y/∂p² = t² y."""
    w = np.arange(8.0).reshape(4, 2)
    f = lambda p, y0: np.sum(w * solve(p, y0))  # noqa: E731
    y = Y0 * np.exp(-0.7 * T)[:, None]
    value, (by_p, by_y0) = ad.value_and_grad(f, argnums=(0, 1))(0.7, Y0)
    assert value == pytest.approx(np.sum(w * y), rel=accuracy)
    assert by_p == pytest.approx(np.sum(-w * T[:, None] * y), rel=accuracy)
    np.testing.assert_allclose(by_y0, np.sum(w * y / Y0, axis=0), rtol=accuracy)
    tangent = ad.jvp(f, (0.7, Y0), (1.0, np.ones(2)))[1]
    assert tangent == pytest.approx(by_p + np.sum(by_y0), rel=accuracy)
    second = ad.hessian(lambda p: f(p, Y0))(0.7)
    assert second == pytest.approx(np.sum(w * (T**2)[:, None] * y), rel=10 * accuracy)
    jacobian = ad.jacfwd(lambda p: solve(p, Y0))(0.7)
    np.testing.assert_allclose(jacobian, -T[:, None] * y, rtol=accuracy, atol=accuracy)


def test_the_last_step_of_an_oscillator():
    """y'' = -ω² y, by adaptive steps: y = a cos ωt + (b / ω) sin ωt."""

    def f(w, y0):
        rhs = lambda t, y: [y[1], -w * w * y[0]]  # noqa: E731
        sol = integrate.solve_ivp(rhs, (0.0, 2.0), y0, rtol=1e-11, atol=1e-11)
        return sol.y[0, -1] if sol.success else 0.0

    w, (a, b) = 1.3, Y0
    c, s = math.cos(2.0 * w), math.sin(2.0 * w)
    by_w, by_y0 = ad.grad(f, argnums=(0, 1))(w, Y0)
    assert by_w == pytest.approx(-2.0 * a * s - b / w**2 * s + 2.0 * b / w * c, rel=1e-8)
    np.testing.assert_allclose(by_y0, [c, s / w], rtol=1e-8)
    ad.check_grads(f, (w, Y0), order=2)


def test_a_matrix_of_parameters():
    """y' = A y: y(t) = exp(t A) y₀, its derivative Fréchet's."""

    def f(A):
        sol = integrate.solve_ivp(lambda t, y: A @ y, (0.0, 1.5), Y0, rtol=1e-11, atol=1e-11)
        return np.sum(sol.y[:, -1])

    expected = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            unit = np.zeros((2, 2))
            unit[i, j] = 1.5
            expected[i, j] = np.sum(linalg.expm_frechet(1.5 * A, unit, compute_expm=False) @ Y0)
    np.testing.assert_allclose(ad.grad(f)(A), expected, rtol=1e-8)


def test_a_right_hand_side_with_time_and_a_branch():
    """y' = k sin t while t < 1, else -k y."""

    def f(k):
        def rhs(t, y):
            slope = np.zeros_like(y)
            for i in range(2):
                slope[i] = k * np.sin(t) if t < 1.0 else -k * y[i]
            return slope

        sol = integrate.solve_ivp(rhs, (0.0, 1.0), Y0, rtol=1e-10, atol=1e-10, max_step=0.1)
        later = integrate.solve_ivp(rhs, (1.0, 2.0), sol.y[:, -1], rtol=1e-10, atol=1e-10)
        return np.sum(later.y[:, -1])

    def exact(k):
        return np.sum(Y0 + k * (1.0 - math.cos(1.0))) * math.exp(-k)

    h = 1e-6
    assert ad.grad(f)(0.5) == pytest.approx((exact(0.5 + h) - exact(0.5 - h)) / (2 * h), rel=1e-7)


def test_a_scalar_state():
    f = lambda y0: integrate.odeint(lambda y, t: -y, y0, T, rtol=1e-11, atol=1e-11)[-1, 0]  # noqa: E731
    assert ad.grad(f)(2.0) == pytest.approx(math.exp(-1.5), rel=1e-8)


def test_in_a_loop():
    def f(p):
        y = np.array([1.0, 2.0])
        for k in range(3):
            y = integrate.odeint(lambda y, t, q: -q * y, y, T, (p * (k + 1),), rtol=1e-11)[-1]
        return np.sum(y)

    assert ad.grad(f)(0.1) == pytest.approx(-9.0 * 3.0 * math.exp(-0.9), rel=1e-7)


def test_fitting_a_model():
    """The gradient of a sum of squares of residuals of a predator-prey model."""

    def loss(p, data):
        def rhs(t, y, a, b):
            return np.array([a * y[0] - b * y[0] * y[1], -y[1] + y[0] * y[1]])

        sol = integrate.solve_ivp(
            rhs, (0.0, 1.5), [1.0, 0.5], t_eval=T, args=(p[0], p[1]), rtol=1e-11, atol=1e-11
        )
        return np.sum((sol.y - data) ** 2)

    data = np.ones((2, 4))
    p = np.array([0.7, 1.3])
    h = 1e-4
    steps = [np.array([h, 0.0]), np.array([0.0, h])]
    expected = [
        (
            8 * (loss(p + e, data) - loss(p - e, data))
            - loss(p + 2 * e, data)
            + loss(p - 2 * e, data)
        )
        / (12 * h)
        for e in steps
    ]
    np.testing.assert_allclose(ad.grad(loss)(p, data), expected, rtol=1e-7)


def test_the_text_solves_the_variational_equation():
    f = ad.differentiate(lambda p, y0: np.sum(integrate.odeint(lambda y, t: -p * y, y0, T)))
    f.grad(0.7, Y0)
    assert "def rhs_and_tangent(z, " in f.grad.source
    assert f.grad.source.count("scipy.integrate.odeint(") == 1


# ---- refused


@pytest.mark.parametrize(
    "f, message",
    [
        (
            lambda p: integrate.solve_ivp(lambda t, y: -y, (0.0, p), Y0).y[0, -1],
            "with respect to its times",
        ),
        (
            lambda p: integrate.odeint(lambda y, t: -y, Y0, p * T)[-1, 0],
            "with respect to its times",
        ),
        (
            lambda p: integrate.solve_ivp(lambda t, y: -p * y, (0.0, 1.0), Y0, events=len).y[0, -1],
            "events= is not supported",
        ),
        (lambda p: integrate.quad(lambda x: p * x, 0.0, 1.0, weight="cos", wvar=1.0)[0], "weight="),
        (lambda p: integrate.quad(lambda x: p * x, 0.0)[0], "missing a required argument"),
        (lambda p: integrate.quad(lambda x: np.array([p, x]), 0.0, 1.0)[0], "return a number"),
        (
            lambda p: integrate.solve_ivp(
                lambda t, y: -p * y, (0.0, 1.0), Y0, atol=np.array([1e-3, 1e-4])
            ).y[0, -1],
            "tolerance for each component",
        ),
    ],
)
def test_refused(f, message):
    with pytest.raises(Unsupported, match=message):
        ad.grad(f)(1.0)
