"""What users call: arguments, argnums, modes, methods, nesting, caching, refusals of the call."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import pickle
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose

import adcompiler as ad
from adcompiler.calling import dispatch
from adcompiler.errors import SignatureError, SourceNotFound, UnsafeAlias

pytestmark = pytest.mark.sample

X = np.array([1.0, 2.0, 3.0])


@ad.differentiate
def f(x, y=3.0):
    """x²y."""
    return x * x * y


def product(x, y, *rest, scale=2.0, **more):
    total = x * y * scale
    for each in rest:
        total = total * each
    return total


def cubes(x, y):
    return np.sum(x**3) * y


# ----- what `differentiate` returns -----


def test_the_object_is_called_and_looks_like_the_function():
    assert f(2.0) == 12.0 and f(2.0, y=1.0) == 4.0
    assert f.__name__ == "f" and f.__doc__ == "x²y." and f.__module__ == __name__
    assert str(inspect.signature(f)) == "(x, y=3.0)"
    assert "grad" in repr(f.grad) and len(repr(f.grad)) < 80
    assert f.primal(2.0) == 12.0


def test_defaults_and_keywords():
    assert f.grad(2.0) == 12.0
    assert f.grad(2.0, y=1.0) == 4.0
    assert f.grad(y=1.0, x=2.0) == 4.0


def test_defaults_are_read_at_each_call():
    def g(x, y=3.0):
        return x * y

    derivative = ad.grad(g)
    assert derivative(2.0) == 3.0
    g.__defaults__ = (5.0,)
    assert derivative(2.0) == 5.0


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (lambda: f.grad(), "misses a value for 'x'"),
        (lambda: f.grad(1.0, 2.0, 3.0), "takes 2 positional arguments, 3 given"),
        (lambda: f.grad(1.0, x=2.0), "two values for 'x'"),
        (lambda: f.grad(1.0, z=2.0), "no parameter 'z'"),
    ],
)
def test_arguments_that_do_not_fit(call, part):
    with pytest.raises(SignatureError, match=part) as caught:
        call()
    assert caught.value.code == "AD504"


# ----- argnums -----


def test_bare_and_tuple_results():
    assert f.grad(2.0, 3.0) == 12.0
    assert f.grad.wrt("y")(2.0, 3.0) == 4.0
    assert f.grad.wrt("x", "y")(2.0, 3.0) == (12.0, 4.0)
    assert f.grad.wrt(("y",))(2.0, 3.0) == (4.0,)
    assert ad.grad(f, argnums=(1,))(2.0, 3.0) == (4.0,)
    assert ad.grad(f, argnums=-1)(2.0, 3.0) == 4.0
    assert ad.value_and_grad(f, argnums=("y", "x"))(2.0, 3.0) == (12.0, (4.0, 12.0))


@pytest.mark.parametrize("argnums", [2, "z", (0, 0), (0, "x"), (), 1.5, True])
def test_argnums_that_name_nothing_or_one_twice(argnums):
    with pytest.raises(SignatureError) as caught:
        ad.grad(f, argnums=argnums)(1.0, 2.0)
    assert caught.value.code == "AD501"


def test_items_of_variable_arguments():
    assert ad.grad(product, argnums=2)(2.0, 3.0, 5.0, 7.0) == 2.0 * 2 * 3 * 7
    assert ad.grad(product, argnums=(0, 3))(2.0, 3.0, 5.0, 7.0) == (210.0, 60.0)
    assert ad.grad(product, argnums="scale")(2.0, 3.0, 5.0, scale=1.0) == 30.0
    assert ad.grad(product, argnums="rest")(2.0, 3.0, 5.0, 7.0) == (84.0, 60.0)
    value, pullback = ad.vjp(product, 2.0, 3.0, 5.0)
    assert (value, pullback(1.0)) == (60.0, (30.0, 20.0, 12.0))


# ----- arguments that do not suit -----


@pytest.mark.parametrize(
    ("call", "correct"),
    [
        (lambda: f.grad(2, 3), "f.grad(2.0, 3)"),
        (lambda: f.grad(True), "f.grad(1.0, 3.0)"),
        (lambda: f.grad.wrt("y")(2.0, np.int64(3)), "f.grad(2.0, 3.0)"),
        (lambda: f.value_and_grad(np.arange(3), 1.0), "f.value_and_grad(x.astype(float), 1.0)"),
        (
            lambda: ad.grad(product, argnums=2)(1.0, 2.0, 3),
            "product.grad(1.0, 2.0, 3.0, scale=2.0)",
        ),
    ],
)
def test_an_integer_is_refused_with_the_corrected_call(call, correct):
    with pytest.raises(SignatureError) as caught:
        call()
    assert caught.value.code == "AD502"
    assert correct in str(caught.value)


@pytest.mark.parametrize("value", ["text", None, object(), [], {"n": 1}, np.array(["a"])])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(SignatureError) as caught:
        f.grad(value, 1.0)
    assert caught.value.code == "AD502"


def test_holomorphic_needs_complex_arguments():
    with pytest.raises(SignatureError, match="real"):
        ad.grad(lambda z: z * z, holomorphic=True)(1.0)
    assert ad.grad(lambda z: z * z, holomorphic=True)(1.0 + 2.0j) == 2.0 + 4.0j


def test_unknown_modes_and_backends():
    with pytest.raises(SignatureError, match="sideways"):
        ad.differentiate(mode="sideways")
    with pytest.raises(SignatureError, match="fortran"):
        ad.grad(f, backend="fortran")


def test_what_is_no_python_function_is_refused_at_the_call():
    derivative = ad.grad(np.sin)
    with pytest.raises(SourceNotFound):
        derivative(1.0)


# ----- modes -----


@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
def test_gradients_in_each_mode(mode):
    g = ad.differentiate(cubes, argnums=(0, "y"), mode=mode)
    dx, dy = g.grad(X, 2.0)
    assert_allclose(dx, 6.0 * X**2)
    assert dy == 36.0
    value, (dx, dy) = g.value_and_grad(X, 2.0)
    assert value == 72.0 and dy == 36.0
    assert_allclose(dx, 6.0 * X**2)


def test_forward_mode_of_containers_and_of_complex_numbers():
    def g(p):
        return p["a"] * p["b"][0] + p["b"][1] * 2.0

    point = {"a": 2.0, "b": [3.0, 4.0], "n": 1}
    expected = {"a": 3.0, "b": [2.0, 2.0], "n": None}
    assert ad.grad(g)(point) == expected
    assert ad.grad(g, mode="forward")(point) == expected

    def square(z):
        return (z * z.conjugate()).real

    assert ad.grad(square, mode="forward")(1.0 + 2.0j) == ad.grad(square)(1.0 + 2.0j)


def test_forward_mode_refuses_what_is_no_scalar():
    with pytest.raises(SignatureError) as caught:
        ad.grad(lambda x: x * 2.0, mode="forward")(X)
    assert caught.value.code == "AD503"


def test_aux():
    def g(x):
        y = x * x
        return y, {"y": y}

    assert ad.grad(g, has_aux=True)(3.0) == (6.0, {"y": 9.0})
    assert ad.value_and_grad(g, has_aux=True)(3.0) == ((9.0, {"y": 9.0}), 6.0)


# ----- products -----


def test_jvp():
    assert f.jvp((2.0, 3.0), (1.0, 0.0)) == (12.0, 12.0)
    assert f.jvp((2.0, 3.0), (1.0, None)) == (12.0, 12.0)
    assert f.jvp((2.0,), (1,)) == (12.0, 12.0)
    assert ad.jvp(lambda x, n: x**n, (2.0, 3), (1.0, None)) == (8.0, 12.0)


@pytest.mark.parametrize(
    ("primals", "tangents"),
    [
        ((X, 2.0), (1.0, 0.0)),
        ((X, 2.0), (X[:2], 0.0)),
        ((X, 2.0), (X * 1j, 0.0)),
        ((X, 2.0), (X,)),
        ((X, 2.0), (None, None)),
        ((X, 2.0), ("text", None)),
        (X, X),
    ],
)
def test_tangents_that_do_not_match(primals, tangents):
    with pytest.raises(SignatureError) as caught:
        ad.jvp(cubes, primals, tangents)
    assert caught.value.code == "AD505"


def test_vjp():
    value, pullback = ad.vjp(lambda x, n: x**n, 2.0, 3)
    assert (value, pullback(1.0), pullback(2)) == (8.0, (12.0, None), (24.0, None))
    value, pullback = f.vjp(2.0, 3.0)
    assert (value, pullback(1.0)) == (12.0, 12.0)
    value, pullback = f.vjp.wrt(("y",))(2.0, 3.0)
    assert pullback(1.0) == (4.0,)
    value, pullback = ad.vjp(lambda x: x * 2.0, X)
    assert pullback(np.ones(3))[0].tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(SignatureError) as caught:
        pullback(np.ones(2))
    assert caught.value.code == "AD505"


def test_linearize():
    value, push = ad.linearize(lambda x, y: x * y, 2.0, 3.0)
    assert value == 6.0
    assert push(1.0, 0.0) == 3.0 and push(0.0, 1.0) == 2.0


def test_hvp_takes_the_vector_after_its_argument():
    v = np.array([1.0, 0.0, -1.0])
    g = ad.differentiate(cubes)
    assert_allclose(g.hvp(X, v, 2.0), 12.0 * X * v)
    swapped = ad.hvp(lambda y, x: np.sum(x**3) * y, argnums=1)
    assert_allclose(swapped(2.0, X, v), 12.0 * X * v)
    assert ad.hvp(lambda *xs: xs[0] ** 2 * xs[1] ** 3, argnums=1)(1.0, 2.0, 10.0) == 120.0
    with pytest.raises(SignatureError, match="vector"):
        g.hvp(X)


# ----- matrices -----


def test_the_text_of_a_jacobian_grows_with_the_function():
    """A tangent in many directions is fitted to the shape of its value, and named before that."""

    def halves(y):
        n = y.size // 2
        u, v = y[:n], y[n:]
        return u * v + u * v + u * v + u * v + u * v + u * v

    y = np.array([1.0, 2.0, 3.0, 4.0])
    J = ad.jacfwd(halves)
    assert_allclose(J(y), [[18.0, 0.0, 6.0, 0.0], [0.0, 24.0, 0.0, 12.0]], rtol=1e-15)
    assert len(J.source) < 2500


def test_an_augmented_store_is_one_store():
    """``u[i:j] += e`` changes the part in place and then stores it where it is."""

    def smoothed(u):
        u[1:-1] += 0.25 * (u[2:] - u[:-2])
        u[0] *= 2.0
        return np.sum(u**2)

    u = np.array([1.0, 2.0, 4.0, 8.0])
    gradient = ad.grad(smoothed)
    assert_allclose(gradient(u), [2.0 * 4.0 - 0.5 * 2.75, 2 * 2.75 - 0.5 * 5.5, 12.375, 18.75])
    assert gradient.source.count("u_1[1:-1] = ") == 1
    assert "u_bar[1:-1] = " not in gradient.source
    ad.check_grads(smoothed, (u,), order=1)


def test_jacobians_choose_their_mode_by_sizes():
    A = np.arange(6.0).reshape(2, 3)
    wide, tall = ad.jacobian(lambda x: A @ x), ad.jacobian(lambda x: A.T @ x)
    for _ in range(2):
        assert_allclose(wide(X), A)
        assert wide.mode == "reverse"
        assert_allclose(tall(X[:2]), A.T)
        assert tall.mode == "forward"
    assert_allclose(ad.jacfwd(lambda x: A @ x)(X), A)
    assert_allclose(ad.jacrev(lambda x: A.T @ x)(X[:2]), A.T)


@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev, ad.jacobian])
def test_jacobians_of_containers(jacobian):
    def g(p, x):
        return {"sum": p["a"] * x, "a": p["a"] * 2.0}

    J = jacobian(g, argnums=(0, 1))({"a": 2.0}, X)
    assert list(J) == ["sum", "a"]
    assert_allclose(J["sum"][0]["a"], X)
    assert_allclose(J["sum"][1], 2.0 * np.eye(3))
    assert J["a"][0] == {"a": 2.0}
    assert_allclose(J["a"][1], np.zeros(3))


def test_hessians():
    assert_allclose(ad.hessian(cubes)(X, 2.0), np.diag(12.0 * X))
    (xx, xy), (yx, yy) = ad.hessian(cubes, argnums=(0, 1))(X, 2.0)
    assert_allclose(xx, np.diag(12.0 * X))
    assert_allclose(xy, 3.0 * X**2)
    assert_allclose(yx, 3.0 * X**2)
    assert yy == 0.0
    assert ad.hessian(lambda x: x**3)(2.0) == 12.0


def test_laplacians():
    assert_allclose(ad.laplacian(cubes)(X, 2.0), 72.0)
    assert_allclose(ad.laplacian(cubes, argnums=(0, 1))(X, 2.0), 72.0)


def test_the_elementwise_derivative():
    assert_allclose(ad.derivative(lambda x: x**3)(X), 3.0 * X**2)
    assert ad.derivative(lambda x: x**3)(2.0) == 12.0
    assert ad.derivative(lambda y, x: y * x**3, argnums="x")(2.0, 2.0) == 24.0


# ----- methods and what is bound -----


@dataclasses.dataclass
class Spring:
    k: float
    length: float = 1.0

    @ad.differentiate
    def energy(self, x, scale=1.0):
        return 0.5 * scale * self.k * (x - self.length) ** 2

    @ad.differentiate(argnums="self")
    def by_fields(self, x):
        return 0.5 * self.k * (x - self.length) ** 2

    def plain(self, x):
        return 0.5 * self.k * (x - self.length) ** 2

    def __call__(self, x):
        return self.k * x


def test_methods():
    spring = Spring(2.0)
    assert spring.energy(3.0) == 4.0
    assert spring.energy.grad(3.0) == 4.0
    assert Spring.energy.grad(spring, 3.0) == 4.0
    assert spring.energy.grad.wrt("scale")(3.0) == 4.0
    assert str(inspect.signature(spring.energy)) == "(x, scale=1.0)"
    gradient = spring.by_fields.grad(3.0)
    assert type(gradient) is Spring and gradient == Spring(2.0, -4.0)
    assert ad.grad(spring.plain)(3.0) == 4.0
    assert ad.grad(spring.plain, argnums="self")(3.0) == Spring(2.0, -4.0)
    assert ad.grad(spring)(3.0) == 2.0
    assert spring.energy.hvp(3.0, 1.0) == 2.0
    assert spring.energy.jvp((3.0,), (1.0,)) == (4.0, 4.0)
    spring.k = 4.0
    assert spring.energy.grad(3.0) == 8.0


def test_methods_share_what_was_compiled(monkeypatch):
    compiled = counted(monkeypatch)
    for k in (1.0, 2.0, 3.0):
        assert Spring(k).energy.grad(2.0) == k
    assert len(compiled) <= 1


def test_partials():
    assert ad.grad(functools.partial(cubes, y=2.0))(2.0) == 24.0
    assert ad.grad(functools.partial(product, 2.0))(3.0) == 4.0
    assert ad.grad(functools.partial(f, 2.0))(3.0) == 4.0
    assert ad.grad(functools.partial(Spring(2.0).energy, scale=2.0))(3.0) == 8.0


def test_wrapped_is_not_followed():
    def inner(x):
        return x

    @functools.wraps(inner)
    def outer(x):
        return 2.0 * inner(x)

    assert ad.grad(inner)(1.0) == 1.0
    assert ad.grad(outer)(1.0) == 2.0


# ----- nesting -----


def test_derivatives_of_derivatives():
    cube = ad.differentiate(lambda x: x**3)
    assert ad.grad(cube.grad)(2.0) == 12.0
    assert ad.grad(ad.grad(ad.grad(cube)))(2.0) == 6.0
    assert ad.grad(ad.jacfwd(cube))(2.0) == 12.0
    assert ad.grad(ad.derivative(cube))(2.0) == 12.0
    assert_allclose(ad.derivative(ad.derivative(lambda x: x**3))(X), 6.0 * X)
    assert_allclose(ad.jacrev(ad.grad(cubes))(X, 2.0), np.diag(12.0 * X))
    assert ad.jvp(cube.grad, (2.0,), (1.0,)) == (12.0, 12.0)

    def sines(x):
        return np.sin(x) * x[0]

    assert_allclose(ad.jacfwd(ad.jacfwd(sines))(X), ad.jacrev(ad.jacfwd(sines))(X))
    assert ad.jacfwd(ad.jacfwd(lambda x: np.sin(x)))(np.ones((2, 3))).shape == (2, 3) * 3


def test_nested_derivatives_read_captures_anew():
    a = 2.0

    def g(x):
        return a * x**3

    second = ad.grad(ad.grad(g))
    assert second(1.0) == 12.0
    a = 3.0
    assert second(1.0) == 18.0


# ----- caching -----


def counted(monkeypatch):
    calls = []
    compile_derivative = dispatch.compile_derivative

    def counting(fn, specs, request, source=None):
        calls.append(specs)
        return compile_derivative(fn, specs, request, source)

    monkeypatch.setattr(dispatch, "compile_derivative", counting)
    return calls


def test_one_compilation_for_each_signature(monkeypatch):
    def g(x, y):
        return np.sum(x * y)

    compiled = counted(monkeypatch)
    derivative = ad.grad(g)
    for x in (1.0, 2.0, X, X + 1.0, X[:2], X[:1], np.float32(1.0), X.astype(np.float32)):
        derivative(x, 2.0)
        ad.grad(g)(x, 2.0)
    assert len(compiled) == 5
    assert len(derivative.sources) == len({id(s) for s in derivative.sources})


def test_captures_are_read_at_each_call_and_may_change_their_type(monkeypatch):
    a = 2.0

    def g(x):
        return np.sum(x * a)

    compiled = counted(monkeypatch)
    derivative = ad.grad(g)
    assert derivative(1.0) == 2.0
    a = 3.0
    assert derivative(1.0) == 3.0
    assert len(compiled) == 1
    a = X
    assert derivative(1.0) == 6.0
    a = 4.0
    assert derivative(1.0) == 4.0
    assert len(compiled) == 2


def twice(x):
    return x * 2.0


def triple(x):
    return x * 3.0


def test_a_function_that_was_exchanged_is_noticed():
    inner = twice

    def g(x):
        return inner(x)

    derivative = ad.grad(g)
    assert derivative(1.0) == 2.0

    inner = triple
    assert derivative(1.0) == 3.0


def test_integers_that_are_axes_are_compiled_in():
    def g(x, axis):
        return np.sum(np.sum(x, axis=axis) ** 2)

    derivative = ad.grad(g)
    x = np.arange(6.0).reshape(2, 3)
    for _ in range(3):
        assert_allclose(derivative(x, 0), np.broadcast_to(2.0 * x.sum(0), (2, 3)))
        assert_allclose(derivative(x, 1), np.broadcast_to(2.0 * x.sum(1)[:, None], (2, 3)))
    assert len(derivative.sources) == 2


def test_many_threads_compile_once(monkeypatch):
    def g(x, y):
        return x * np.sin(y) + np.sum(x * y)

    compiled = counted(monkeypatch)
    derivative = ad.grad(g, argnums=(0, 1))
    barrier, results = threading.Barrier(32), []

    def run():
        barrier.wait()
        results.append(derivative(2.0, 3.0))

    threads = [threading.Thread(target=run) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(compiled) == 1
    assert len(results) == 32 and len(set(results)) == 1


# ----- memory -----


def test_arguments_that_overlap_are_refused_where_one_is_written_to():
    def fill(x, y):
        x[0] = y[1] * 2.0
        return np.sum(x * y)

    derivative = ad.grad(fill, argnums=(0, 1))
    a = np.ones(4)
    derivative(a[:2], a[2:])
    for x, y in ((a, a), (a[:3], a[1:]), (a, a[::-1])):
        with pytest.raises(UnsafeAlias) as caught:
            derivative(x, y)
        assert caught.value.code == "AD401"
        assert caught.value.place.filename == __file__
    assert a.tolist() == [1.0] * 4


def test_one_array_as_two_arguments_of_a_function_that_writes_to_it():
    def fill(p, x, y):
        x[0] = p * y[1]
        return np.sum(x * y)

    a = np.array([1.0, 2.0, 3.0])
    value = ad.value_and_grad(fill)(0.5, a, a)
    assert value == (14.0, 4.0)  # x[0] is y[0]: (2p)² + 4 + 9
    assert ad.differentiate(fill).jvp((0.5, a, a), (1.0, None, None)) == (14.0, 4.0)
    assert ad.value_and_grad(fill)(0.5, a, a.copy()) == (14.0, 2.0)
    assert ad.grad(ad.grad(fill))(0.5, a, a) == 8.0
    assert ad.hvp(fill)(0.5, 1.0, a, a) == 8.0
    assert a.tolist() == [1.0, 2.0, 3.0]


# ----- source -----


def test_source():
    def g(x: float, n: int):
        return x**n

    derivative = ad.grad(g)
    assert "def g_grad_x(x: float, n: int)" in derivative.source
    text = derivative.source_for(X[0:1][0], 2)
    assert "def g_grad_x" in text
    derivative(2.0, 3)
    assert derivative.source == derivative.source_for(2.0, 3)
    assert derivative.compiled(2.0, 3)(2.0, 3) == 12.0
    assert "<pre" in derivative._repr_html_() and "g_grad_x" in derivative._repr_html_()
    for name in ("jvp", "vjp", "jacobian", "hessian", "laplacian", "hvp", "value_and_grad"):
        assert "def g_" in getattr(ad.differentiate(g), name).source


def test_source_is_that_of_the_latest_call():
    def g(x):
        return np.sum(x * x)

    derivative = ad.grad(g)
    derivative(1.0)
    scalar = derivative.source
    derivative(X)
    assert derivative.source != scalar
    derivative(1.0)
    assert derivative.source == scalar


def test_source_given_as_text():
    namespace = {}
    text = "def g(x):\n    return x * x\n"
    exec(text, namespace)
    with pytest.raises(SourceNotFound):
        ad.grad(namespace["g"])(1.0)
    assert ad.differentiate(namespace["g"], source=text).grad(3.0) == 6.0


def test_check():
    def generator(x):
        yield x

    g = ad.differentiate(generator)
    with pytest.raises(ad.errors.AdcompilerError):
        g.check()
    with pytest.raises(ad.errors.AdcompilerError):
        g.check(1.0)
    f.check()
    f.check(1.0, 2.0)
    ad.differentiate(lambda x: x * 2.0).check(X)


def test_pickling():
    assert pickle.loads(pickle.dumps(f)) is f
    assert pickle.loads(pickle.dumps(f.grad))(2.0) == 12.0
    again = pickle.loads(pickle.dumps(ad.grad(product, argnums=(1,))))
    assert again(2.0, 3.0) == (4.0,)
    assert b"total = total * each" in pickle.dumps(ad.grad(product))
    assert pickle.loads(pickle.dumps(ad.grad(f.grad)))(2.0) == 6.0
    assert pickle.loads(pickle.dumps(Spring(2.0).energy.grad))(3.0) == 4.0


# ----- checks -----


def test_check_grads():
    ad.check_grads(cubes, (X, 2.0))
    ad.check_grads(lambda x: np.sin(x) * x[0], (X,))


def test_check_grads_notices_a_wrong_derivative():
    with pytest.raises(AssertionError, match="against"):
        ad.check_grads(lambda x: x * ad.stop_gradient(x), (3.0,), order=1)


def test_stop_gradient():
    assert ad.stop_gradient(X) is X
    assert ad.grad(lambda x: x * ad.stop_gradient(x))(3.0) == 3.0
