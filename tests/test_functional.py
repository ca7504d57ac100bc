"""Functions that take functions: what they compute and its derivatives, against hand formulas."""

import functools

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import Unsupported

V = np.array([1.1, -2.0, 3.0])
W = np.array([0.4, -0.3])
X = np.array([[1.3, -2.0, 0.7], [0.5, -0.25, 0.8]])


def bent(t):
    return t * t if t > 0.0 else 3.0 * t


def two(a, b):
    return a * b + np.sin(a)


bent_everywhere = np.vectorize(bent)
two_everywhere = np.vectorize(two)


def gradient(f, *args, value=None):
    """The gradients of ``f``, checked in both modes and twice."""
    ad.check_grads(f, args, order=2)
    found, grads = ad.value_and_grad(f, argnums=tuple(range(len(args))))(*args)
    assert found == pytest.approx(float(f(*args)))
    return grads if len(args) > 1 else grads[0]


# ---- np.vectorize


@pytest.mark.parametrize("x", [V, X, X[:, :1], X[:1], X[None], X.T])
def test_vectorize(x):
    found = gradient(lambda x: np.sum(bent_everywhere(x) ** 2), x)
    np.testing.assert_allclose(found, np.where(x > 0.0, 4.0 * x**3, 18.0 * x))


def test_vectorize_of_an_empty_array():
    grad = ad.grad(lambda x: np.sum(bent_everywhere(x)))(np.zeros((0, 2)))
    assert grad.shape == (0, 2)


def test_vectorize_of_a_number():
    assert gradient(lambda x: bent_everywhere(x) * 2.0, 1.5) == 6.0


@pytest.mark.parametrize("pair", [(X, V), (V, X), (X, X[:, :1]), (X[:1], X), (X, X)])
def test_vectorize_broadcasts(pair):
    by_a, by_b = gradient(lambda a, b: np.sum(two_everywhere(a, b)), *pair)
    a, b = np.broadcast_arrays(*pair)
    for found, of, full in zip((by_a, by_b), pair, (b + np.cos(a), a), strict=True):
        extra = full.ndim - of.ndim
        summed = full.sum(axis=tuple(range(extra))) if extra else full
        ones = tuple(k for k in range(of.ndim) if of.shape[k] == 1)
        np.testing.assert_allclose(found, summed.sum(axis=ones, keepdims=True) if ones else summed)


def test_vectorize_with_a_number_and_a_list():
    by_x, by_k = gradient(lambda x, k: np.sum(two_everywhere(x, k)), V, 2.0)
    np.testing.assert_allclose(by_x, 2.0 + np.cos(V))
    assert by_k == pytest.approx(np.sum(V))
    by_k = gradient(lambda k: np.sum(two_everywhere([1.0, 2.0], k)), 2.0)
    assert by_k == pytest.approx(3.0)


def test_vectorize_between_what_may_have_length_one():
    def f(x, y):
        return np.sum(two_everywhere(x[x > 0.0], y))

    by_x, by_y = gradient(f, V, np.array([2.0]))
    np.testing.assert_allclose(by_x, np.where(V > 0.0, 2.0 + np.cos(V), 0.0))
    np.testing.assert_allclose(by_y, [4.1])


def test_vectorize_with_several_results_and_whole_arguments():
    def f(x, k):
        norms = np.vectorize(lambda t, w: (t**3, t * np.sum(w)), excluded=["w"])
        cubes, scaled = norms(x, w=k)
        return np.sum(cubes) + np.sum(scaled)

    by_x, by_k = gradient(f, X, W)
    np.testing.assert_allclose(by_x, 3.0 * X**2 + np.sum(W))
    np.testing.assert_allclose(by_k, np.sum(X) * np.ones(2))


def test_vectorize_with_a_closure_and_an_otype():
    def f(x, rate):
        return np.sum(np.vectorize(lambda t: np.exp(rate * t) if t > 0 else 0, otypes=[float])(x))

    by_x, by_rate = gradient(f, W, 0.5)
    slope = np.where(W > 0.0, 0.5 * np.exp(0.5 * W), 0.0)
    np.testing.assert_allclose(by_x, slope)
    assert by_rate == pytest.approx(0.4 * np.exp(0.2))


def test_vectorize_refuses_a_dtype_that_depends_on_the_first_element():
    with pytest.raises(Unsupported, match="dtype of the result is that of the first element"):
        ad.grad(lambda x: np.sum(np.vectorize(lambda t: t if t > 0 else 0)(x)))(V)


def test_vectorize_refuses_a_signature():
    fn = np.vectorize(lambda t: np.sum(t**2), signature="(n)->()")
    with pytest.raises(Unsupported, match="signature"):
        ad.grad(lambda x: np.sum(fn(x)))(X)


def test_vectorize_reads_as_a_loop():
    f = ad.differentiate(lambda x: np.sum(two_everywhere(x, x)))
    f.value_and_grad(X)
    for line in ("for i in range(", "for j in range(", "out[i, j] = a * b + np.sin(a)"):
        assert line in f.value_and_grad.source


def test_frompyfunc():
    def f(x):
        return np.sum(np.frompyfunc(two, 2, 1)(x, x).astype(float))

    np.testing.assert_allclose(gradient(f, X), 2.0 * X + np.cos(X))


# ---- np.piecewise


@pytest.mark.parametrize("x", [V, X, X[:, None]])
def test_piecewise(x):
    def f(x, k):
        pieces = [lambda t, k: -t * t * k, lambda t, k: t**3 + k, lambda t, k: k * t]
        return np.sum(np.piecewise(x, [x < 0.0, x > 1.0], pieces, k))

    by_x, by_k = gradient(f, x, 2.0)
    np.testing.assert_allclose(by_x, np.where(x < 0, -4.0 * x, np.where(x > 1, 3.0 * x**2, 2.0)))
    assert by_k == pytest.approx(np.sum(np.where(x < 0, -x * x, np.where(x > 1, 1.0, x))))


def test_piecewise_with_constants_and_later_conditions_winning():
    def f(x):
        return np.sum(np.piecewise(x, [x < 1.0, x < 0.0], [lambda t: t**3, 7.0]) * x)

    expected = np.where(V < 0.0, 7.0, np.where(V < 1.0, 4.0 * V**3, 0.0))
    np.testing.assert_allclose(gradient(f, V), expected)


def test_piecewise_of_one_condition():
    f = lambda x: np.sum(np.piecewise(x, x < 0.0, [lambda t: t**2]))  # noqa: E731
    np.testing.assert_allclose(gradient(f, V), np.where(V < 0.0, 2.0 * V, 0.0))


@pytest.mark.parametrize("x, slope", [(-2.0, 4.0), (0.5, 0.0), (2.0, 12.0)])
def test_piecewise_of_a_number(x, slope):
    def f(x):
        return np.piecewise(x, [x < 0, x > 1], [lambda t: -t * t, lambda t: t**3, 7.0])

    assert gradient(f, x) == pytest.approx(slope)


# ---- along axes


def scaled_norm(r):
    return np.sum(r**2) * r[0]


@pytest.mark.parametrize(
    "axis, f",
    [
        (0, lambda x: np.sum(np.apply_along_axis(scaled_norm, 0, x))),
        (1, lambda x: np.sum(np.apply_along_axis(scaled_norm, 1, x))),
        (-1, lambda x: np.sum(np.apply_along_axis(scaled_norm, axis=-1, arr=x))),
    ],
)
def test_apply_along_axis_to_numbers(axis, f):
    expected = 2.0 * X * np.take(X, [0], axis)
    first = (slice(0, 1), slice(None)) if axis == 0 else (slice(None), slice(0, 1))
    expected[first] += np.sum(X**2, axis, keepdims=True)
    np.testing.assert_allclose(gradient(f, X), expected)


def summed(r, k):
    return np.cumsum(r) * k


@pytest.mark.parametrize(
    "axis, f",
    [
        (0, lambda x, k: np.sum(np.apply_along_axis(summed, 0, x, k) * x)),
        (1, lambda x, k: np.sum(np.apply_along_axis(summed, 1, x, k=k) * x)),
        (2, lambda x, k: np.sum(np.apply_along_axis(summed, 2, x, k) * x)),
    ],
)
def test_apply_along_axis_to_vectors(axis, f):
    cube = np.arange(1.0, 13.0).reshape(2, 3, 2) / 7.0
    by_x, by_k = gradient(f, cube, 0.5)
    sums = np.cumsum(cube, axis) + np.flip(np.cumsum(np.flip(cube, axis), axis), axis)
    np.testing.assert_allclose(by_x, 0.5 * sums)
    assert by_k == pytest.approx(np.sum(np.cumsum(cube, axis) * cube))


def test_apply_along_axis_to_other_lengths():
    pair = lambda r: np.array([r[0] * r[1], r[1]])  # noqa: E731
    f = lambda x: np.sum(np.apply_along_axis(pair, 1, x) * W)  # noqa: E731
    expected = np.zeros_like(X)
    expected[:, 0], expected[:, 1] = 0.4 * X[:, 1], 0.4 * X[:, 0] - 0.3
    np.testing.assert_allclose(gradient(f, X), expected)
    with pytest.raises(Unsupported, match="length of what the function"):
        ad.grad(lambda x: np.sum(np.apply_along_axis(lambda r: r[r > 0.0], 1, x)))(X)


def test_apply_along_the_only_axis():
    f = lambda x: np.apply_along_axis(lambda r: np.sum(r**3), 0, x)  # noqa: E731
    np.testing.assert_allclose(gradient(f, V), 3.0 * V**2)


def test_apply_over_axes():
    found = gradient(lambda x: np.sum(np.apply_over_axes(np.sum, x, [0, 1]) ** 2), X)
    np.testing.assert_allclose(found, np.full(X.shape, 2.0 * np.sum(X)))
    found = gradient(lambda x: np.sum(np.apply_over_axes(np.sum, x, 0) ** 2), X)
    np.testing.assert_allclose(found, np.broadcast_to(2.0 * X.sum(0), X.shape))


def test_fromfunction():
    f = lambda x: np.sum(np.fromfunction(lambda i, j: x * i + j * x**2, (2, 3)))  # noqa: E731
    assert gradient(f, 2.0) == pytest.approx(3.0 + 6.0 * 4.0)


# ---- Python's own


def test_reduce():
    product = lambda x: functools.reduce(lambda a, b: a * b, x)  # noqa: E731
    np.testing.assert_allclose(gradient(product, V), np.prod(V) / V)
    horner = lambda x, y: functools.reduce(lambda a, b: a * y + b, x, 2.0)  # noqa: E731
    by_x, by_y = gradient(horner, V, 0.5)
    np.testing.assert_allclose(by_x, [0.25, 0.5, 1.0])
    assert by_y == pytest.approx(6.0 * 0.25 + 2.0 * 1.1 * 0.5 - 2.0)
    listed = lambda x, y: functools.reduce(lambda a, b: a * b, [x, y, x])  # noqa: E731
    assert gradient(listed, 2.0, 3.0) == (12.0, 4.0)


def test_reduce_over_rows_and_what_map_gives():
    rows = lambda x: np.sum(functools.reduce(lambda a, b: a * b, x))  # noqa: E731
    np.testing.assert_allclose(gradient(rows, X), X[::-1])
    mapped = lambda x: functools.reduce(lambda a, b: a + b, map(lambda t: t**3, x))  # noqa: E731
    np.testing.assert_allclose(gradient(mapped, V), 3.0 * V**2)


def test_map_and_filter():
    f = lambda x, y: sum(map(lambda t, u: t**3 * u, x, y))  # noqa: E731
    by_x, by_y = gradient(f, V, V + 1.0)
    np.testing.assert_allclose(by_x, 3.0 * V**2 * (V + 1.0))
    np.testing.assert_allclose(by_y, V**3)
    kept = lambda x: sum(filter(lambda t: t > 0, x)) ** 2  # noqa: E731
    np.testing.assert_allclose(gradient(kept, V), np.where(V > 0, 8.2, 0.0))
    squares = lambda x: np.sum(np.array(list(filter(lambda t: t > 0, x))) ** 2)  # noqa: E731
    np.testing.assert_allclose(gradient(squares, V), np.where(V > 0, 2.0 * V, 0.0))
