"""Derivatives go where SciPy wants them, without a wrapper, and its solvers find what they should.

Every oracle is a closed form, an independent solver, or a matrix of central differences.
"""

import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import integrate, optimize
from scipy.sparse.linalg import LinearOperator, cg, gmres, lsqr

import adcompiler as ad
from adcompiler import optional
from adcompiler.errors import SignatureError

pytestmark = pytest.mark.sample


@ad.differentiate
def rosenbrock(x, a, b):
    return np.sum(b * (x[1:] - x[:-1] ** 2) ** 2 + (a - x[:-1]) ** 2)


START = np.array([-1.2, 1.0, 0.5])


# ----- minimize -----


@pytest.mark.parametrize("method", ["BFGS", "CG", "L-BFGS-B", "SLSQP", "TNC"])
def test_grad_as_jac(method):
    found = optimize.minimize(
        rosenbrock, START, args=(1.0, 10.0), jac=rosenbrock.grad, method=method, tol=1e-10
    )
    assert_allclose(found.x, 1.0, atol=1e-4)


def test_value_and_grad_with_jac_true():
    found = optimize.minimize(rosenbrock.value_and_grad, START, args=(1.0, 10.0), jac=True)
    assert_allclose(found.x, 1.0, atol=1e-5)


@pytest.mark.parametrize("method", ["trust-ncg", "trust-krylov", "Newton-CG", "trust-constr"])
def test_hvp_as_hessp(method):
    found = optimize.minimize(
        rosenbrock,
        START,
        args=(1.0, 10.0),
        jac=rosenbrock.grad,
        hessp=rosenbrock.hvp,
        method=method,
    )
    assert_allclose(found.x, 1.0, atol=1e-3)


@pytest.mark.parametrize("method", ["trust-exact", "dogleg"])
def test_hessian_as_hess(method):
    start = np.array([0.9, 0.8])  # dogleg wants a positive definite Hessian
    found = optimize.minimize(
        rosenbrock,
        start,
        args=(1.0, 10.0),
        jac=rosenbrock.grad,
        hess=rosenbrock.hessian,
        method=method,
    )
    assert_allclose(found.x, 1.0, atol=1e-6)


def test_check_grad_of_scipy_agrees():
    assert optimize.check_grad(rosenbrock, rosenbrock.grad, START, 1.0, 10.0) < 1e-4


def test_a_constraint_with_its_jacobian():
    circle = ad.differentiate(lambda x: x[0] ** 2 + x[1] ** 2 - 2.0)
    line = ad.differentiate(lambda x: x[0] + x[1])
    constraint = {"type": "eq", "fun": circle, "jac": circle.grad}
    found = optimize.minimize(
        line, [-1.5, -0.5], jac=line.grad, constraints=[constraint], method="SLSQP", tol=1e-12
    )
    assert_allclose(found.x, -1.0, atol=1e-6)


# ----- least squares, roots -----


@ad.differentiate(argnums=("a", "k"))
def decay(t, a, k):
    return a * np.exp(-k * t)


@ad.differentiate
def misfit(p, t, y):
    return decay(t, p[0], p[1]) - y


TIMES = np.linspace(0.0, 4.0, 30)
DATA = decay(TIMES, 2.0, 0.7)


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_jacobian_in_least_squares(method):
    found = optimize.least_squares(
        misfit, [1.0, 1.0], jac=misfit.jacobian, args=(TIMES, DATA), method=method
    )
    assert_allclose(found.x, [2.0, 0.7], rtol=1e-7)


@pytest.mark.parametrize("method", ["lm", "trf"])
def test_jacobian_in_curve_fit(method):
    def columns(t, a, k):
        return np.stack(decay.jacobian(t, a, k), axis=1)

    found, _ = optimize.curve_fit(decay, TIMES, DATA, p0=[1.0, 1.0], jac=columns, method=method)
    assert_allclose(found, [2.0, 0.7], rtol=1e-7)


@ad.differentiate
def circle_and_parabola(x, c):
    return np.array([x[0] ** 2 + x[1] ** 2 - c, x[1] - x[0] ** 2])


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_jacobian_in_root(method):
    found = optimize.root(
        circle_and_parabola,
        [1.0, 0.5],
        args=(2.0,),
        jac=circle_and_parabola.jacobian,
        method=method,
        tol=1e-12,
    )
    assert_allclose(found.x, [1.0, 1.0], rtol=1e-9)


def test_jacobian_in_fsolve():
    found = optimize.fsolve(
        circle_and_parabola, [1.0, 0.5], args=(2.0,), fprime=circle_and_parabola.jacobian
    )
    assert_allclose(found, [1.0, 1.0], rtol=1e-9)


def test_derivatives_in_scalar_newton():
    cube = ad.differentiate(lambda x, c: x**3 - c)
    found = optimize.root_scalar(
        cube, args=(8.0,), x0=3.0, fprime=cube.grad, fprime2=cube.hessian, method="halley"
    )
    assert_allclose(found.root, 2.0, rtol=1e-12)


# ----- stiff systems -----


@ad.differentiate
def van_der_pol(t, y, mu):
    return np.array([y[1], mu * (1.0 - y[0] ** 2) * y[1] - y[0]])


@pytest.mark.parametrize("method", ["BDF", "Radau", "LSODA"])
def test_jacobian_by_the_state_in_solve_ivp(method):
    calls = []

    def counted(t, y, mu):
        calls.append(t)
        return van_der_pol(t, y, mu)

    options = {"args": (100.0,), "method": method, "rtol": 1e-8, "atol": 1e-10}
    exact = integrate.solve_ivp(
        counted, (0.0, 50.0), [2.0, 0.0], jac=van_der_pol.jacobian.wrt(1), **options
    )
    assert exact.success
    with_jacobian = len(calls)
    plain = integrate.solve_ivp(counted, (0.0, 50.0), [2.0, 0.0], **options)
    assert with_jacobian < len(calls) - with_jacobian
    assert_allclose(exact.y[:, -1], plain.y[:, -1], rtol=1e-5)


# ----- linear_operator -----


def matrix(f, x, h=1e-6):
    """The Jacobian of flattened arrays by central differences."""
    columns = []
    for k in range(x.size):
        step = np.zeros(x.size)
        step[k] = h
        step = step.reshape(x.shape)
        columns.append((np.ravel(f(x + step)) - np.ravel(f(x - step))) / (2.0 * h))
    return np.stack(columns, axis=1)


def wave(x, k):
    return np.sin(k * x[1:]) * x[:-1]


@pytest.mark.parametrize("shape", [(4,), (3, 2), (3, 1)])
def test_products_with_the_jacobian_and_its_transpose(shape):
    x = np.random.default_rng(0).uniform(0.5, 1.5, shape)
    A = ad.linear_operator(wave, x, 2.0)
    J = matrix(lambda x: wave(x, 2.0), x)
    assert isinstance(A, LinearOperator)
    assert A.shape == J.shape
    assert A.dtype == np.float64
    rng = np.random.default_rng(1)
    v, w = rng.standard_normal(J.shape[1]), rng.standard_normal(J.shape[0])
    assert_allclose(A @ v, J @ v, atol=1e-8)
    assert_allclose(A.T @ w, J.T @ w, atol=1e-8)
    assert_allclose(
        A @ np.stack([v, 2.0 * v], axis=1), J @ np.stack([v, 2.0 * v], axis=1), atol=1e-8
    )
    assert_allclose(A @ v[:, None], (J @ v)[:, None], atol=1e-8)
    assert_allclose(w @ (A @ v), (A.T @ w) @ v, rtol=1e-12)


def test_by_another_argument_and_with_keywords():
    x = np.array([1.0, 2.0, 0.5])
    for argnums in (1, "k"):
        A = ad.linear_operator(wave, x, 2.0, argnums=argnums)
        assert A.shape == (2, 1)
        exact = np.cos(2.0 * x[1:]) * x[1:] * x[:-1]
        assert_allclose(A @ [3.0], 3.0 * exact, rtol=1e-14)
        assert_allclose(A.T @ [1.0, 2.0], [exact @ [1.0, 2.0]], rtol=1e-14)
    assert_allclose(ad.linear_operator(wave, x, k=2.0, argnums="k") @ [1.0], exact, rtol=1e-14)


def test_of_a_scalar_function_it_is_the_gradient():
    A = ad.linear_operator(rosenbrock, START, 1.0, 10.0)
    assert A.shape == (1, 3)
    assert_allclose(
        A.T @ [1.0], optimize.approx_fprime(START, rosenbrock, 1e-8, 1.0, 10.0), rtol=1e-5
    )


def test_of_a_gradient_it_is_the_hessian():
    A = ad.linear_operator(rosenbrock.grad, START, 1.0, 10.0)
    H = matrix(lambda x: rosenbrock.grad(x, 1.0, 10.0), START)
    assert_allclose(A @ np.eye(3), H, rtol=1e-6, atol=1e-6)
    assert_allclose(A.T @ np.eye(3), H, rtol=1e-6, atol=1e-6)


def test_single_precision_stays_so():
    A = ad.linear_operator(lambda x: x * x, np.ones(3, dtype=np.float32))
    assert A.dtype == np.float32
    assert (A @ np.ones(3, dtype=np.float32)).dtype == np.float32
    assert (A.T @ np.ones(3, dtype=np.float32)).dtype == np.float32


def test_the_point_is_kept():
    x = np.array([1.0, 2.0])
    A = ad.linear_operator(lambda x: x**2, x)
    x[:] = 100.0
    assert_array_equal(A @ np.ones(2), [2.0, 4.0])
    assert_array_equal(A.T @ np.ones(2), [2.0, 4.0])


def test_a_function_that_writes_to_its_argument():
    def squared(x):
        x *= x
        return x

    A = ad.linear_operator(squared, np.array([1.0, 2.0]))
    for _ in range(2):
        assert_array_equal(A @ np.ones(2), [2.0, 4.0])
        assert_array_equal(A.T @ np.ones(2), [2.0, 4.0])


def test_from_several_threads():
    A = ad.linear_operator(wave, np.linspace(0.5, 1.5, 50), 2.0)
    w = np.ones(49)
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: found.append(A.T @ w)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(np.array_equal(each, found[0]) for each in found)


def test_in_krylov_solvers():
    def gravity(x):
        return x + 0.1 * np.roll(x, 1) ** 2

    x = np.linspace(0.0, 1.0, 20)
    b = np.cos(np.arange(20.0))
    A = ad.linear_operator(gravity, x)
    J = matrix(gravity, x)
    assert_allclose(gmres(A, b, rtol=1e-12)[0], np.linalg.solve(J, b), rtol=1e-6)
    assert_allclose(lsqr(A, b, atol=1e-14, btol=1e-14)[0], np.linalg.solve(J, b), rtol=1e-6)
    energy = ad.differentiate(lambda x: np.sum(np.cosh(x)) + 0.5 * np.sum(x) ** 2)
    H = ad.linear_operator(energy.grad, x)
    exact = np.diag(np.cosh(x)) + 1.0
    assert_allclose(cg(H, b, rtol=1e-12)[0], np.linalg.solve(exact, b), rtol=1e-8)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: ad.linear_operator(lambda x: (x, x), np.ones(2)), "AD509"),
        (lambda: ad.linear_operator(lambda x: x[0] * x[1], [1.0, 2.0]), "AD509"),
        (lambda: ad.linear_operator(lambda x: x * x, np.array([1j])), "AD507"),
        (lambda: ad.linear_operator(lambda x: x * 1j, np.ones(1)), "AD509"),
        (lambda: ad.linear_operator(lambda x: x * x, np.array([1, 2])), "AD502"),
        (lambda: ad.linear_operator(lambda x, y: x * y, 1.0, 2.0, argnums=(0, 1)), "AD501"),
        (lambda: ad.linear_operator(lambda x: x * x, np.ones(1)) @ np.array([1j]), "AD505"),
    ],
)
def test_refused(call, code):
    with pytest.raises(SignatureError) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.remedy


def test_without_scipy(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(optional.importlib, "import_module", missing)
    with pytest.raises(SignatureError, match="needs SciPy"):
        ad.linear_operator(lambda x: x * x, np.ones(2))
