"""Rules that users declare: for what kind of callable, with what errors, from which package."""

import linecache
import math
import sys

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import BadRule, NoRule
from adcompiler.rules import elementwise, linear, lookup, structural
from adcompiler.rules.contract import REGISTRY
from tests import user_rules
from tests.user_rules import cosine, decay, moments, power, solve, wave

A = np.array([[3.0, 1.0], [0.5, 2.0]])
B = np.array([0.7, -0.4])


@pytest.fixture(autouse=True)
def users_rules():
    before = list(REGISTRY)
    user_rules.declare()
    yield
    REGISTRY._rules.clear()
    for rule in before:
        REGISTRY.add(rule)


def unreadable(text="lambda a, b: a * b"):
    return eval(text, {"np": np})


def gradient_and_second(f, *args):
    ad.check_grads(f, args, order=2)
    return ad.grad(f)(*args)


# ---- kinds of callables


def test_a_function_without_source():
    slope = gradient_and_second(lambda x: decay(x, 2.0) * x, 0.5)
    assert slope == pytest.approx(math.exp(-1.0) * (1 - 1.0))


def test_with_respect_to_every_operand_and_broadcast():
    x = np.array([[0.1], [0.4]])
    rate = np.array([1.0, 2.0, 3.0])
    by_x, by_rate = ad.grad(lambda x, rate: np.sum(decay(x, rate)), argnums=(0, 1))(x, rate)
    y = np.exp(-rate * x)
    np.testing.assert_allclose(by_x, np.sum(-rate * y, axis=1, keepdims=True))
    np.testing.assert_allclose(by_rate, np.sum(-x * y, axis=0))


@pytest.mark.parametrize("f", [lambda x: wave(x), lambda x: user_rules.wave(x)])
def test_a_callable_object(f):
    assert gradient_and_second(f, 0.3) == pytest.approx(3.0 * math.cos(0.9))


def test_a_callable_object_as_a_field_and_as_an_argument():
    class Model:
        def __init__(self):
            self.shape = wave

    model = Model()
    assert ad.grad(lambda x: model.shape(x))(0.3) == pytest.approx(3.0 * math.cos(0.9))
    of = ad.grad(lambda x, fn: fn(x) ** 2)
    assert of(0.3, wave) == pytest.approx(3.0 * math.sin(1.8))
    assert of(0.3, cosine) == pytest.approx(-math.sin(0.6))


def test_a_function_of_ctypes():
    assert gradient_and_second(lambda x: x * cosine(x), 0.3) == pytest.approx(
        math.cos(0.3) - 0.3 * math.sin(0.3)
    )


def test_a_ufunc_of_another_package():
    special = pytest.importorskip("scipy.special")
    before = lookup(special.sici)
    ufunc = np.frompyfunc(lambda x: math.sqrt(x), 1, 1)
    structural(
        ufunc,
        jvp={"x": lambda x, x_dot: 0.5 * x_dot / np.sqrt(x)},
        vjp={"x": lambda x, y_bar: 0.5 * y_bar / np.sqrt(x)},
        args="x",
        shape=lambda x: 1.0 * x,
    )
    assert ad.grad(lambda x: ufunc(x))(4.0) == 0.25
    assert lookup(special.sici) is before


def test_several_results():
    def f(x):
        total, squares = moments(x)
        return total * squares

    x = np.array([0.5, -1.5])
    np.testing.assert_allclose(gradient_and_second(f, x), np.sum(x * x) + 2.0 * np.sum(x) * x)


def test_a_linear_function():
    x = np.array([0.5, -1.5])
    f = ad.differentiate(lambda x: np.sum(user_rules.double(x) ** 2))
    np.testing.assert_allclose(f.grad(x), 8.0 * x)
    np.testing.assert_allclose(f.hvp(x, np.ones(2)), [8.0, 8.0])


def test_a_solver_is_not_called_when_compiling_if_its_shape_is_told():
    del user_rules.STEPS[:]
    value, (by_a, by_b) = ad.value_and_grad(lambda A, b: np.sum(solve(A, b)), argnums=(0, 1))(A, B)
    assert user_rules.STEPS == [2]
    inverse = np.linalg.inv(A)
    assert value == pytest.approx(np.sum(inverse @ B))
    np.testing.assert_allclose(by_b, inverse.T @ np.ones(2))
    np.testing.assert_allclose(by_a, -np.outer(inverse.T @ np.ones(2), inverse @ B))
    ad.check_grads(lambda A, b: np.sum(solve(A, b) ** 2), (A, B), order=2)


def test_static_keywords():
    assert ad.grad(lambda x: power(x))(3.0) == 6.0
    assert ad.grad(lambda x: power(x, order=3, label="cube"))(3.0) == 27.0
    with pytest.raises(NoRule, match="argument 'order'"):
        ad.grad(lambda x: power(x, order=x))(3.0)


def test_zero():
    assert ad.grad(lambda x: x * user_rules.floor(x))(2.5) == 2.0


def test_many_directions():
    x = np.array([0.2, 0.5, 0.9])
    np.testing.assert_allclose(ad.jacfwd(lambda x: wave(x))(x), np.diag(3.0 * np.cos(3.0 * x)))


def test_a_rule_of_a_notebook_cell():
    cell = (
        "import numpy as np\n"
        "from adcompiler.rules import elementwise\n"
        "triple = eval('lambda x: 3.0 * x')\n"
        "elementwise(triple, lambda x, y: 3.0)\n"
        "def f(x): return triple(x) ** 2\n"
    )
    filename = "<ipython-input-7-0123456789ab>"
    linecache.cache[filename] = (len(cell), None, cell.splitlines(True), filename)
    namespace = {"__name__": "__main__"}
    exec(compile(cell, filename, "exec"), namespace)
    f = ad.differentiate(namespace["f"])
    assert f.grad(2.0) == 36.0
    assert "triple(x)" in f.value_and_grad.source_for(2.0)


# ---- the emitted text


def test_the_text_imports_the_function_from_its_module():
    f = ad.differentiate(lambda x: np.sum(solve(A, x)) ** 2)
    f.grad(B)
    assert "import tests.user_rules" in f.grad.source
    assert "tests.user_rules.solve(" in f.grad.source
    g = ad.differentiate(lambda x: wave(x) ** 2)
    g.grad(0.3)
    assert "tests.user_rules.wave(x)" in g.grad.source
    namespace = {}
    exec(g.grad.source, namespace)
    assert namespace[g.grad.source.split("def ")[1].split("(")[0]](0.3) == g.grad(0.3)


def test_a_module_whose_name_a_variable_has():
    def f(x):
        tests = x * x
        return np.sum(wave(tests) ** 2)

    assert ad.grad(f)(0.4) == pytest.approx(2.4 * math.sin(0.96))


def test_two_functions_of_one_name():
    one, other = unreadable("lambda x: 2.0 * x"), unreadable("lambda x: 3.0 * x")
    elementwise(one, lambda x, y: 2.0)
    elementwise(other, lambda x, y: 3.0)
    assert ad.grad(lambda x: one(x) ** 2 + other(x) ** 2)(1.0) == 26.0


# ---- badly declared


def test_too_few_partials():
    fn = unreadable()
    elementwise(fn, lambda a, b, y: b)
    for mode in (ad.grad, ad.jacfwd):
        with pytest.raises(
            BadRule, match=r"returns 1 partial derivative\(s\).*has to return 2"
        ) as e:
            mode(lambda x: fn(x, x))(1.0)
        assert e.value.place.filename == __file__ and "lambda a, b, y: b" in e.value.place.text


def test_too_few_tangents():
    fn = unreadable("lambda x: (x, x)")
    structural(fn, jvp={"x": lambda x_dot: x_dot}, vjp={"x": lambda y_bar: y_bar[0] + y_bar[1]})
    with pytest.raises(BadRule, match=r"returns 1 tangent\(s\)"):
        ad.jvp(lambda x: fn(x)[1], (1.0,), (1.0,))


@pytest.mark.parametrize(
    "declare, message",
    [
        (
            lambda fn: structural(
                fn, jvp={"c": lambda c_dot: c_dot}, vjp={"c": lambda y_bar: y_bar}
            ),
            r"a derivative for 'c', which is none of its arguments \(a, b\)",
        ),
        (
            lambda fn: structural(
                fn, jvp={"a": lambda a_dot, q: q * a_dot}, vjp={"a": lambda y_bar: y_bar}
            ),
            r"reads 'q', which is none of its arguments \(a, b\)",
        ),
        (
            lambda fn: structural(
                fn, jvp={"a": lambda a_dot: a_dot}, vjp={"b": lambda y_bar: y_bar}
            ),
            "jvp for 'a' and vjp for 'b': both are needed",
        ),
        (lambda fn: elementwise(fn, lambda a, c, y: (c, a), args="a, b"), "reads 'c'"),
        (lambda fn: elementwise(fn, lambda a, b, y: (b, a), args="a, b="), "can't be read as"),
        (lambda fn: linear(fn, lambda y_bar: y_bar, operands=("x",)), "a derivative for 'x'"),
        (
            lambda fn: linear(type("C", (), {"__call__": len})(), lambda y_bar: y_bar),
            "pass args=|none of its arguments",
        ),
    ],
)
def test_refused_when_it_is_declared(declare, message):
    with pytest.raises(BadRule, match=message) as caught:
        declare(unreadable())
    place = caught.value.place
    assert place is None or place.filename == __file__


def test_a_lambda_without_source():
    fn = unreadable()
    elementwise(fn, unreadable("lambda a, b, y: (b, a)"))
    with pytest.raises(BadRule, match=r"can't be read.*cannot be found") as caught:
        ad.grad(lambda x: fn(x, x))(1.0)
    assert "fn(x, x)" in caught.value.place.text
    assert "define the rule in a file" in str(caught.value)


def test_what_a_rule_refuses_is_told_at_the_call():
    fn = unreadable()
    elementwise(fn, lambda a, b, y: (b, np.no_such_function(a)))
    with pytest.raises(NoRule) as caught:
        ad.grad(lambda x: fn(1.0, x))(1.0)
    assert caught.value.place.filename == __file__


def test_a_call_without_a_rule_prints_the_declaration():
    fn = unreadable()
    with pytest.raises(NoRule) as caught:
        ad.grad(lambda x: fn(x, 2.0))(1.0)
    assert "ad.rules.elementwise(" in str(caught.value)
    assert "lambda a, b, y: (..., ...)" in caught.value.snippet


# ---- shipped by another package


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with rules of its own, as installed: ``package(text of its rules)``."""

    def make(rules, name="fastode_for_tests"):
        home = tmp_path / name
        home.mkdir()
        (home / "__init__.py").write_text(
            "cube = eval('lambda x: x**3')\ncube.__module__ = __name__\n"
        )
        (home / "derivatives.py").write_text(rules)
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        point = f"[adcompiler.rules]\n{name} = {name}.derivatives\n"
        (info / "entry_points.txt").write_text(point)
        monkeypatch.syspath_prepend(str(tmp_path))
        return __import__(name)

    yield make
    for name in [each for each in sys.modules if each.startswith("fastode_")]:
        del sys.modules[name]


def test_a_rule_that_a_package_ships(package):
    shipped = package(
        "from adcompiler.rules import elementwise\n"
        "import fastode_for_tests\n"
        "elementwise(fastode_for_tests.cube, lambda x, y: 3.0 * x**2)\n"
    )
    assert "fastode_for_tests.derivatives" not in sys.modules
    ad.grad(lambda x: x * x)(2.0)
    assert "fastode_for_tests.derivatives" not in sys.modules
    assert ad.grad(lambda x: shipped.cube(x))(2.0) == 12.0
    assert "fastode_for_tests.derivatives" in sys.modules


def test_rules_that_cannot_be_loaded(package):
    shipped = package("import no_such_module_at_all\n", "fastode_broken")
    with pytest.raises(
        BadRule, match=r"'fastode_broken' can't be loaded.*no_such_module"
    ) as caught:
        ad.grad(lambda x: shipped.cube(x))(2.0)
    assert caught.value.place is not None
