"""Roots, fixed points and minima that a solver finds: derivatives against closed forms."""

import math
import types

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import BadRule, Unsupported
from adcompiler.rules import implicit, solvers

optimize = pytest.importorskip("scipy.optimize")

A = np.array([[3.0, 1.0, 0.2], [0.5, 2.0, -0.4], [0.1, -0.3, 4.0]])
B = np.array([0.7, -0.4, 1.1])
T = np.linspace(0.0, 1.0, 5)


def cubic(p):
    """The real root of x³ + x = p, and its first two derivatives."""
    x = next(z.real for z in np.roots([1.0, 0.0, 1.0, -p]) if abs(z.imag) < 1e-9)
    slope = 1.0 / (3.0 * x**2 + 1.0)
    return x, slope, -6.0 * x * slope**3


# ---- one unknown


def by_brentq(p):
    return optimize.brentq(lambda x: x**3 + x - p, 0.0, 9.0, xtol=1e-14)


def by_brenth(p):
    return optimize.brenth(lambda x: x**3 + x - p, 0.0, 9.0, xtol=1e-14)


def by_ridder(p):
    return optimize.ridder(lambda x: x**3 + x - p, 0.0, 9.0, xtol=1e-14)


def by_toms748(p):
    return optimize.toms748(lambda x: x**3 + x - p, 0.0, 9.0, xtol=1e-14)


def by_bisect(p):
    return optimize.bisect(lambda x, c, q: c * x**3 + x - q, 0.0, 9.0, args=(1.0, p), xtol=1e-14)


def by_newton(p):
    slope = lambda x, q: 3.0 * x**2 + 1.0  # noqa: E731
    return optimize.newton(lambda x, q: x**3 + x - q, 1.0, fprime=slope, args=(p,), tol=1e-14)


def by_secants(p):
    return optimize.newton(lambda x: x**3 + x - p, 1.0, tol=1e-14)


def by_root_scalar(p):
    return optimize.root_scalar(lambda x: x**3 + x - p, bracket=[0.0, 9.0], xtol=1e-14).root


def by_fsolve(p):
    return optimize.fsolve(lambda x: x**3 + x - p, 1.0, xtol=1e-14)[0]


def by_root(p):
    return optimize.root(lambda x: [x[0] ** 3 + x[0] - p], [1.0], tol=1e-14).x[0]


def by_fixed_point(p):
    return optimize.fixed_point(lambda x: p / (1.0 + x * x), 1.0, xtol=1e-14)


def by_minimize_scalar(p):
    return optimize.minimize_scalar(lambda x: x**4 / 4.0 + x * x / 2.0 - p * x, tol=1e-14).x


ONE = [
    by_brentq, by_brenth, by_ridder, by_toms748, by_bisect, by_newton, by_secants,
    by_root_scalar, by_fsolve, by_root, by_fixed_point, by_minimize_scalar,
]  # fmt: skip


@pytest.mark.parametrize("solve", ONE, ids=lambda f: f.__name__)
def test_one_unknown(solve):
    x, slope, second = cubic(2.5)
    accurate = 1e-6 if solve is by_minimize_scalar else 1e-12
    value, grad = ad.value_and_grad(solve)(2.5)
    assert value == solve(2.5) == pytest.approx(x, rel=accurate)
    assert grad == pytest.approx(slope, rel=accurate)
    assert ad.jvp(solve, (2.5,), (2.0,))[1] == pytest.approx(2.0 * slope, rel=accurate)
    assert ad.jacfwd(solve)(2.5) == pytest.approx(slope, rel=accurate)
    assert ad.hvp(solve)(2.5, 1.0) == pytest.approx(second, rel=10 * accurate)
    assert ad.hessian(solve)(2.5) == pytest.approx(second, rel=10 * accurate)
    assert ad.grad(ad.grad(solve))(2.5) == pytest.approx(second, rel=10 * accurate)


def test_nothing_of_the_iteration_is_recorded():
    f = ad.differentiate(by_brentq)
    f.grad(2.5)
    assert f.grad.source.endswith(
        '''(reverse mode; records nothing)."""
    # forward sweep
    def residual(x):
        return x ** 3 + x - p
    solution = scipy.optimize.brentq(residual, 0.0, 9.0, xtol=1e-14)
    # reverse sweep
    # L2  return optimize.brentq(lambda x: x**3 + x - p, 0.0, 9.0, xtol=1e-14)
    p_bar = 1.0 / (3.0 * solution ** 2 + 1.0)
    return p_bar
'''
    )


def test_brackets_and_starting_values_have_no_derivative():
    def f(p, a):
        bracketed = optimize.brentq(lambda x: x * x - p, a, 9.0, xtol=1e-14)
        return bracketed * optimize.newton(lambda x: x * x - p, a, tol=1e-14)

    by_p, by_a = ad.grad(f, argnums=(0, 1))(2.0, 1.0)
    assert by_p == pytest.approx(1.0) and by_a == 0.0


# ---- several unknowns


def test_a_linear_system_by_fsolve():
    def f(A, b):
        x = optimize.fsolve(lambda x: A @ x - b, np.zeros_like(b), xtol=1e-13)
        return np.sum(x**2)

    x = np.linalg.solve(A, B)
    lam = np.linalg.solve(A.T, 2.0 * x)
    by_a, by_b = ad.grad(f, argnums=(0, 1))(A, B)
    np.testing.assert_allclose(by_b, lam, rtol=1e-10)
    np.testing.assert_allclose(by_a, -np.outer(lam, x), rtol=1e-10)
    inverse = np.linalg.inv(A)
    np.testing.assert_allclose(ad.hessian(lambda b: f(A, b))(B), 2.0 * inverse.T @ inverse)
    ad.check_grads(f, (A, B), order=2)


def test_the_jacobian_of_a_solution():
    solve = lambda b: optimize.root(lambda x: A @ x - b, np.zeros(3), tol=1e-13).x  # noqa: E731
    np.testing.assert_allclose(ad.jacfwd(solve)(B), np.linalg.inv(A), rtol=1e-10)
    np.testing.assert_allclose(ad.jacrev(solve)(B), np.linalg.inv(A), rtol=1e-10)


def residual(x, p, q):
    return [x[0] ** 2 + p * x[1] - 1.0, x[1] ** 3 - q + x[0]]


def test_equations_in_a_list_with_args_and_a_jacobian():
    def slope(x, p, q):
        return np.array([[2.0 * x[0], p], [1.0, 3.0 * x[1] ** 2]])

    def f(p, q):
        x = optimize.fsolve(residual, [1.0, 1.0], args=(p, q), fprime=slope, xtol=1e-14)
        return x[0] * x[1]

    p, q = 0.3, 2.0
    x, y = optimize.fsolve(residual, [1.0, 1.0], args=(p, q), xtol=1e-14)
    jacobian = slope((x, y), p, q)
    by_p, by_q = -np.linalg.solve(jacobian, [[y, 0.0], [0.0, -1.0]]).T @ [y, x]
    np.testing.assert_allclose(ad.grad(f, argnums=(0, 1))(p, q), (by_p, by_q), rtol=1e-9)
    ad.check_grads(f, (p, q), order=2)


def test_a_residual_with_a_loop_and_a_branch():
    def f(p, weights):
        def g(x):
            total = np.zeros_like(x)
            for k in range(3):
                total = total + weights[k] * x ** (k + 1)
            return total - p if p > 0.0 else total + p

        return np.sum(optimize.root(g, np.ones(2), tol=1e-13).x)

    w = np.array([1.0, 0.5, 0.25])
    x = next(z.real for z in np.roots([0.25, 0.5, 1.0, -2.0]) if abs(z.imag) < 1e-9)
    slope = 2.0 / (1.0 + x + 0.75 * x * x)
    by_p, by_w = ad.grad(f, argnums=(0, 1))(2.0, w)
    assert by_p == pytest.approx(slope)
    np.testing.assert_allclose(by_w, [-slope * x, -slope * x**2, -slope * x**3], rtol=1e-9)
    ad.check_grads(f, (2.0, w), order=2)


@pytest.mark.parametrize("solver", ["newton_krylov", "broyden1", "broyden2", "anderson"])
def test_large_scale_solvers(solver):
    programs = {
        "newton_krylov": lambda b: np.sum(
            optimize.newton_krylov(lambda x: A @ x + x**3 - b, np.zeros(3), f_tol=1e-12)
        ),
        "broyden1": lambda b: np.sum(
            optimize.broyden1(lambda x: A @ x + x**3 - b, np.zeros(3), f_tol=1e-12)
        ),
        "broyden2": lambda b: np.sum(
            optimize.broyden2(lambda x: A @ x + x**3 - b, np.zeros(3), f_tol=1e-12)
        ),
        "anderson": lambda b: np.sum(
            optimize.anderson(lambda x: A @ x + x**3 - b, np.zeros(3), f_tol=1e-12)
        ),
    }
    x = optimize.fsolve(lambda x: A @ x + x**3 - B, np.zeros(3), xtol=1e-14)
    expected = np.linalg.solve((A + np.diag(3.0 * x**2)).T, np.ones(3))
    np.testing.assert_allclose(ad.grad(programs[solver])(B), expected, rtol=1e-9)


def test_newton_for_a_vector():
    f = lambda p: np.sum(optimize.newton(lambda x: x * x - p, np.ones(3), tol=1e-14))  # noqa: E731
    p = np.array([2.0, 3.0, 5.0])
    np.testing.assert_allclose(ad.grad(f)(p), 0.5 / np.sqrt(p), rtol=1e-10)


def test_a_fixed_point_of_a_vector():
    def f(b):
        x = optimize.fixed_point(lambda x: np.cos(x) / 2.0 + b, np.zeros(3), xtol=1e-14)
        return np.sum(x * B)

    x = optimize.fixed_point(lambda x: np.cos(x) / 2.0 + B, np.zeros(3), xtol=1e-14)
    np.testing.assert_allclose(ad.grad(f)(B), B / (1.0 + np.sin(x) / 2.0), rtol=1e-10)
    ad.check_grads(f, (B,), order=2)


# ---- minima


def test_ridge_regression():
    """argmin |A w - b|² + λ |w|² is (AᵀA + λ)⁻¹ Aᵀ b."""

    def f(b, lam):
        loss = lambda w: np.sum((A @ w - b) ** 2) + lam * np.sum(w**2)  # noqa: E731
        slope = lambda w: 2.0 * A.T @ (A @ w - b) + 2.0 * lam * w  # noqa: E731
        sol = optimize.minimize(loss, np.zeros(3), jac=slope, options={"gtol": 1e-10})
        return np.sum(sol.x * B)

    normal = A.T @ A + 0.3 * np.eye(3)
    w = np.linalg.solve(normal, A.T @ B)
    by_b, by_lam = ad.grad(f, argnums=(0, 1))(B, 0.3)
    np.testing.assert_allclose(by_b, A @ np.linalg.solve(normal, B), rtol=1e-8)
    assert by_lam == pytest.approx(-B @ np.linalg.solve(normal, w), rel=1e-8)
    f_lam = lambda lam: f(B, lam)  # noqa: E731
    second = 2.0 * B @ np.linalg.solve(normal, np.linalg.solve(normal, w))
    assert ad.hessian(f_lam)(0.3) == pytest.approx(second, rel=1e-7)
    tangent = ad.jvp(f_lam, (0.3,), (1.0,))[1]
    assert tangent == pytest.approx(by_lam, rel=1e-10)


@pytest.mark.parametrize("minimiser", ["fmin", "fmin_powell", "fmin_bfgs", "fmin_cg"])
def test_older_minimisers(minimiser):
    programs = {
        "fmin": lambda p: optimize.fmin(lambda x: np.sum((x * x - p) ** 2), [1.0], disp=0)[0],
        "fmin_powell": lambda p: optimize.fmin_powell(
            lambda x: np.sum((x * x - p) ** 2), [1.0], disp=0
        )[0],
        "fmin_bfgs": lambda p: optimize.fmin_bfgs(
            lambda x: np.sum((x * x - p) ** 2), [1.0], disp=0
        )[0],
        "fmin_cg": lambda p: optimize.fmin_cg(lambda x: np.sum((x * x - p) ** 2), [1.0], disp=0)[0],
    }
    assert ad.grad(programs[minimiser])(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-3)


def test_the_value_at_a_minimum():
    """By the envelope theorem, d/dp min f = ∂f/∂p."""

    def f(p, q):
        objective = lambda x: (x[0] - p) ** 2 + q * (x[1] - x[0] ** 2) ** 2 + x[1] ** 4  # noqa: E731
        return optimize.minimize(objective, np.zeros(2), options={"gtol": 1e-8}).fun

    x, y = optimize.minimize(
        lambda x: (x[0] - 1.3) ** 2 + 0.7 * (x[1] - x[0] ** 2) ** 2 + x[1] ** 4, np.zeros(2),
        options={"gtol": 1e-8},
    ).x  # fmt: skip
    by_p, by_q = ad.grad(f, argnums=(0, 1))(1.3, 0.7)
    assert by_p == pytest.approx(-2.0 * (x - 1.3), rel=1e-6)
    assert by_q == pytest.approx((y - x * x) ** 2, rel=1e-6)


def test_a_nonlinear_fit():
    """The derivative of the parameters by the data, by the exact Hessian of the sum of squares."""

    def fit(y):
        model = lambda th: th[0] * np.exp(th[1] * T) - y  # noqa: E731
        return optimize.least_squares(model, np.ones(2), xtol=1e-15, ftol=1e-15, gtol=1e-15).x

    y = np.array([1.0, 1.2, 1.7, 2.1, 2.6])
    a, b = fit(y)
    e = np.exp(b * T)
    slope = np.stack([e, a * T * e], axis=1)
    r = a * e - y
    hessian = slope.T @ slope
    hessian[0, 1] += np.sum(r * T * e)
    hessian[1, 0] += np.sum(r * T * e)
    hessian[1, 1] += np.sum(r * a * T * T * e)
    expected = np.linalg.solve(hessian, slope.T)
    np.testing.assert_allclose(ad.jacfwd(fit)(y), expected, rtol=1e-6)
    np.testing.assert_allclose(ad.jacrev(fit)(y), expected, rtol=1e-6)


def test_a_least_squares_fit_with_args_and_kwargs():
    def f(y):
        def model(th, t, scale=1.0):
            return scale * (th[0] + th[1] * t) - y

        sol = optimize.least_squares(model, np.zeros(2), args=(T,), kwargs={"scale": 2.0})
        return np.sum(sol.x)

    design = 2.0 * np.stack([np.ones(5), T], axis=1)
    np.testing.assert_allclose(ad.grad(f)(T**2), np.linalg.pinv(design).sum(0), atol=1e-9)


# ---- in programs


def test_implicit_time_steps():
    """Backward Euler for x' = -k x³: every step solves an equation."""

    def f(x, k):
        for _ in range(4):
            old = x
            x = optimize.brentq(lambda z, old: z - old + 0.1 * k * z**3, 0.0, 5.0, (old,), 1e-14)
        return x

    def by_hand(x, k):
        by_x, by_k = 1.0, 0.0
        for _ in range(4):
            old = x
            x = optimize.brentq(lambda z, o=old: z - o + 0.1 * k * z**3, 0.0, 5.0, xtol=1e-14)
            slope = 1.0 + 0.3 * k * x * x
            by_x, by_k = by_x / slope, (by_k - 0.1 * x**3) / slope
        return by_x, by_k

    np.testing.assert_allclose(ad.grad(f, argnums=(0, 1))(1.5, 2.0), by_hand(1.5, 2.0), rtol=1e-11)
    ad.check_grads(f, (1.5, 2.0), order=2)


def test_on_one_branch_and_in_a_helper():
    def root_of(p):
        return optimize.brentq(lambda x: math.exp(x) - p, -5.0, 5.0, xtol=1e-14)

    def f(p):
        return root_of(p) * 2.0 if p > 1.0 else p * p

    assert ad.grad(f)(3.0) == pytest.approx(2.0 / 3.0)
    assert ad.grad(f)(0.5) == 1.0


def steps(x, p, n):
    if n == 0:
        return x
    return steps(optimize.brentq(lambda z: z**3 + z - x * p, -9.0, 9.0, xtol=1e-15), p, n - 1)


def test_in_a_recursive_function():
    slope, twice, x = 0.0, 0.0, 2.0
    for _ in range(3):
        y = optimize.brentq(lambda z, q: z**3 + z - q, -9.0, 9.0, (x * 1.5,), 1e-15)
        inner = 1.0 / (3.0 * y * y + 1.0)
        new = inner * (slope * 1.5 + x)
        twice = inner * (twice * 1.5 + 2.0 * slope) - 6.0 * y * inner * new * new
        slope, x = new, y
    assert ad.grad(steps, argnums=1)(2.0, 1.5, 3) == pytest.approx(slope)
    assert ad.hessian(steps, argnums=1)(2.0, 1.5, 3) == pytest.approx(twice)


def test_a_captured_array_that_changes_afterwards():
    def f(p):
        a = np.array([p, 1.0])
        x = optimize.brentq(lambda x: a[0] * x - 2.0, 0.0, 50.0, xtol=1e-14)
        a[0] = 5.0
        y = optimize.brentq(lambda x: a[0] * x - p, 0.0, 50.0, xtol=1e-14)
        return x * y + a[0]

    assert ad.grad(f)(3.0) == pytest.approx(0.0, abs=1e-12)
    assert ad.value_and_grad(f)(3.0)[0] == pytest.approx(5.4)


def test_a_name_that_is_bound_anew():
    def f(p):
        p = optimize.brentq(lambda x: x * x - p, 0.0, 50.0, xtol=1e-14)
        p = optimize.brentq(lambda x: x * x - p, 0.0, 50.0, xtol=1e-14)
        return p * p

    assert ad.grad(f)(16.0) == pytest.approx(0.5 / 4.0)


def test_one_solve_within_another():
    def f(p):
        def inner(x):
            return optimize.brentq(lambda y: y**3 - x * p, 0.0, 50.0, xtol=1e-15)

        return optimize.brentq(lambda x: inner(x) - 2.0, 0.1, 50.0, xtol=1e-14)

    assert ad.grad(f)(4.0) == pytest.approx(-8.0 / 16.0)
    assert ad.hessian(f)(4.0) == pytest.approx(16.0 / 64.0)


def test_a_method_and_a_solution_that_is_asked_for_more():
    class Model:
        def __init__(self, k):
            self.k = k

        def balance(self, x, p):
            return x**3 + self.k * x - p

        def solve(self, p):
            sol = optimize.root(self.balance, [1.0], args=(p,), tol=1e-12)
            return sol["x"][0] if sol.success else 0.0 * p

    assert ad.grad(lambda p: Model(1.0).solve(p))(2.5) == pytest.approx(cubic(2.5)[1])
    by_k = ad.grad(lambda k: Model(k).solve(2.5))(1.0)
    x, slope, _ = cubic(2.5)
    assert by_k == pytest.approx(-x * slope)


def test_float_array_of_no_dimensions():
    f = lambda p: optimize.brentq(lambda x: x**3 + x - p, 0.0, 9.0, xtol=1e-14)  # noqa: E731
    grad = ad.grad(lambda p: f(p[()]))(np.array(2.5))
    assert grad.shape == () and grad == pytest.approx(cubic(2.5)[1])


# ---- a solver of the user's own


def newton_of_ours(g, z0, args=(), steps=50):
    raise AssertionError("stands for one in C")


def fixed_of_ours(T, z0):
    raise AssertionError("stands for one in C")


@pytest.fixture
def solvers_of_ours(monkeypatch):
    monkeypatch.setattr(solvers, "_declared", {})
    implicit(newton_of_ours, function="g", start="z0")
    implicit(fixed_of_ours, function="T", start="z0", condition="fixed", field="value")

    def newton(g, z0, args=(), steps=50):
        for _ in range(steps):
            h = 1e-6
            z0 = z0 - 2 * h * g(z0, *args) / (g(z0 + h, *args) - g(z0 - h, *args))
        return z0

    def fixed(T, z0):
        for _ in range(100):
            z0 = T(z0)
        return types.SimpleNamespace(value=z0)

    monkeypatch.setattr(newton_of_ours, "__code__", newton.__code__)
    monkeypatch.setattr(fixed_of_ours, "__code__", fixed.__code__)


@pytest.mark.usefixtures("solvers_of_ours")
def test_a_declared_solver():
    f = lambda p: newton_of_ours(lambda x, q: x**3 + x - q, 1.0, (p,), steps=30)  # noqa: E731
    x, slope, second = cubic(2.5)
    assert ad.value_and_grad(f)(2.5) == pytest.approx((x, slope))
    assert ad.hessian(f)(2.5) == pytest.approx(second)
    source = ad.differentiate(f).grad.source_for(2.5)
    assert "tests.test_implicit.newton_of_ours(" in source
    vector = lambda p: np.sum(newton_of_ours(lambda x: x**3 + x - p, np.ones(2)))  # noqa: E731
    both = ad.grad(vector)(np.array([2.5, 1.0]))
    np.testing.assert_allclose(both, [slope, cubic(1.0)[1]])
    point = lambda p: np.sum(fixed_of_ours(lambda x: np.cos(x) / 2.0 + p, np.zeros(3)).value)  # noqa: E731
    x = fixed_of_ours(lambda x: np.cos(x) / 2.0 + B, np.zeros(3)).value
    np.testing.assert_allclose(ad.grad(point)(B), 1.0 / (1.0 + np.sin(x) / 2.0), rtol=1e-10)


def test_a_solver_that_is_declared_wrongly():
    with pytest.raises(BadRule, match="no parameter 'f': it has g, z0, args, steps"):
        implicit(newton_of_ours, function="f")
    with pytest.raises(BadRule, match="condition='least' is none of"):
        implicit(newton_of_ours, function="g", condition="least")


# ---- refused


@pytest.mark.parametrize(
    "f, message",
    [
        (lambda p: optimize.fsolve(lambda x: x - p, 1.0, full_output=True)[0][0], "full_output"),
        (
            lambda p: optimize.minimize(lambda x: (x[0] - p) ** 2, [0.0], bounds=[(0.0, 1.0)]).x[0],
            "bounds= is not supported: where a bound holds",
        ),
        (
            lambda p: optimize.minimize(lambda x: (x[0] - p) ** 2, [0.0], jac=True).x[0],
            "jac=True is not supported",
        ),
        (
            lambda p: optimize.fsolve(lambda x: x - p, np.ones((2, 2)))[0],
            "for a vector of unknowns",
        ),
        (lambda p: optimize.brentq(lambda x: print(x) or x - p, 0.0, 9.0), "prints, draws"),
        (lambda p: optimize.root(lambda x: x - p, [1.0]).hess_inv, "hess_inv"),
        (lambda p: optimize.brentq(lambda x: "no", 0.0, 9.0) * p, "has to return floats"),
        (lambda p: optimize.brentq(lambda x: x - p, 0.0), "missing a required argument: 'b'"),
        (lambda p: optimize.brentq(lambda x: np.array([x, p]), 0.0, 9.0), "return a number"),
    ],
)
def test_refused(f, message):
    with pytest.raises(Unsupported, match=message) as caught:
        ad.grad(f)(2.0)
    assert caught.value.place is not None and caught.value.place.filename == __file__


def test_a_solver_is_not_explained_step_by_step():
    with pytest.raises(Unsupported, match="passed to a solver can't be followed") as caught:
        str(ad.differentiate(by_brentq).explain(2.5))
    assert caught.value.place.filename == __file__


def test_compiled_code_leaves_solvers_to_numpy():
    pytest.importorskip("numba")
    f = lambda p: optimize.brentq(lambda x: x**3 + x - p, 0.0, 9.0, xtol=1e-14)  # noqa: E731
    assert ad.grad(f, backend="native")(2.5) == pytest.approx(cubic(2.5)[1])


def test_a_function_that_changes_what_it_captures_is_refused():
    def f(p):
        seen = np.zeros(1)

        def g(x):
            seen[0] = x
            return x - p

        return optimize.brentq(g, 0.0, 9.0) + seen[0]

    with pytest.raises(Unsupported, match="changes an array or a list from outside"):
        ad.grad(f)(2.0)


def test_a_singular_equation_raises():
    f = lambda p: optimize.brentq(lambda x: x**3 - p, -1.0, 1.0, xtol=1e-14)  # noqa: E731
    with pytest.raises(ZeroDivisionError):
        ad.grad(f)(0.0)
