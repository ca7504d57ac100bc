"""`ad.debug_nans`: a NaN in a derivative is reported with the user's line."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import adcompiler as ad


def distance(x, y):
    d = x - y
    r = np.sqrt(np.sum(d * d))
    s = 2.0 * r
    return s + np.sum(x)


def looped(x, n):
    for _ in range(n):
        x = x * np.log(x)
    return x


def masked(x):
    y = np.log(x)
    return np.sum(np.where(x > 0.0, y, 0.0))


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


def said(call, *args, infs=False) -> str:
    with ad.debug_nans(infs=infs), pytest.raises(FloatingPointError) as caught:
        call(*args)
    return str(caught.value)


POINT = np.array([1.0, 2.0])


def test_the_line_is_named():
    gradient = ad.grad(distance)
    assert np.isnan(gradient(POINT, POINT)).all()
    text = said(gradient, POINT, POINT)
    assert text.startswith("nan in ") and "in distance: r = np.sqrt(np.sum(d * d))" in text
    assert f"line {distance.__code__.co_firstlineno + 2} of {__file__}" in text
    assert np.isnan(gradient(POINT, POINT)).all()  # the block is over


@pytest.mark.parametrize(
    "call",
    [
        lambda x, y: ad.value_and_grad(distance)(x, y),
        lambda x, y: ad.jvp(distance, (x, y), (np.ones(2), None)),
        lambda x, y: ad.vjp(distance, x, y)[1](1.0),
        lambda x, y: ad.jacfwd(distance)(x, y),
        lambda x, y: ad.jacrev(distance)(x, y),
        lambda x, y: ad.hvp(distance)(x, np.ones(2), y),
        lambda x, y: ad.hessian(distance)(x, y),
        lambda x, y: ad.laplacian(distance)(x, y),
        lambda x, y: ad.derivative(distance)(x, y),
        lambda x, y: ad.jacobian(ad.grad(distance))(x, y),
    ],
)
def test_every_derivative(call):
    assert "np.sqrt" in said(call, POINT, POINT)
    with ad.debug_nans():
        call(POINT, 2.0 * POINT)


def test_a_loop():
    text = said(ad.grad(looped), 0.0, 2)
    assert text.startswith("nan in x_bar") and "x = x * np.log(x)" in text
    with ad.debug_nans():
        assert ad.grad(looped)(2.0, 3) == pytest.approx(ad.jvp(looped, (2.0, 3), (1.0, None))[1])


def test_infinities_only_if_asked_for():
    gradient = ad.grad(lambda x: np.sqrt(x) + 1.0)
    with ad.debug_nans():
        assert gradient(0.0) == np.inf
    assert "inf in " in said(gradient, 0.0, infs=True)


def test_nans_of_the_function_itself_are_not_looked_for():
    x = np.array([-1.0, 2.0])
    with ad.debug_nans():
        assert ad.grad(masked)(x).tolist() == [0.0, 0.5]


def test_text_and_results_are_those_without():
    f = ad.differentiate(distance)
    expected, source = f.grad(POINT, 2.0 * POINT), f.grad.source
    with ad.debug_nans(), ad.debug_nans(infs=True):
        assert f.grad(POINT, 2.0 * POINT).tolist() == expected.tolist()
        assert f.grad.source == source


def test_other_threads_are_not_affected():
    found = []
    with ad.debug_nans():
        thread = threading.Thread(target=lambda: found.append(ad.grad(distance)(POINT, POINT)))
        thread.start()
        thread.join()
    assert np.isnan(found[0]).all()
