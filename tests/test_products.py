"""Sums of products are computed as products of matrices, whatever is broadcast and summed."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad
from tests.oracles import reference_gradient


def lengths(d):
    return np.sum(np.sqrt(np.sum(d**2, axis=-1)))


def cosines(a, b):
    return np.sum(np.exp(np.sum(a * b, axis=2)))


def by_row(d, w):
    return np.sum(np.tanh(w[:, None] * d))


def by_column(d, w):
    return np.sum(np.tanh(w[None, :] * d))


def by_pair(d, w):
    return np.sum(np.tanh(w[:, :, None] * d))


def pairs(x, m):
    d = x[:, None, :] - x[None, :, :]
    r = np.sqrt(np.sum(d**2, axis=-1) + 0.1)
    return np.sum(m[:, None] * m[None, :] / r)


def mixture(x, means, L):
    z = (x[None, :, :] - means[:, None, :]) @ L.transpose(0, 2, 1)
    return np.sum(np.log(np.sum(np.exp(-0.5 * np.sum(z**2, axis=2)), axis=0)))


def shifted(x, b):
    return np.sum(np.sin((x + b[None, :]) @ x.T))


def array(*shape: int) -> np.ndarray:
    return np.cos(np.arange(1.0, 1.0 + np.prod(shape))).reshape(shape)


PROGRAMS = [
    (lengths, (array(4, 3),)),
    (lengths, (array(2, 4, 3),)),
    (lengths, (array(4, 1),)),
    (cosines, (array(2, 4, 3), array(2, 4, 3))),
    (cosines, (array(2, 4, 3), array(1, 4, 3))),
    (cosines, (array(2, 4, 3), array(2, 4, 1))),
    (cosines, (array(2, 1, 3), array(1, 4, 3))),
    (by_row, (array(4, 3), array(4))),
    (by_row, (array(1, 3), array(4))),
    (by_row, (array(4, 1), array(4))),
    (by_column, (array(4, 3), array(3))),
    (by_column, (array(1, 3), array(3))),
    (by_column, (array(4, 1), array(3))),
    (by_pair, (array(2, 4, 3), array(2, 4))),
    (by_pair, (array(1, 4, 3), array(2, 4))),
    (by_pair, (array(2, 1, 3), array(2, 4))),
    (pairs, (array(5, 3), array(5))),
    (pairs, (array(5, 1), array(5))),
    (mixture, (array(6, 3), array(2, 3), array(2, 3, 3))),
    (mixture, (array(6, 1), array(2, 1), array(2, 1, 1))),
    (mixture, (array(1, 3), array(2, 3), array(2, 3, 3))),
    (shifted, (array(4, 3), array(3))),
    (shifted, (array(4, 1), array(1))),
]


@pytest.mark.parametrize(
    ("program", "args"), PROGRAMS, ids=[f"{f.__name__}-{a[0].shape}" for f, a in PROGRAMS]
)
def test_gradient(program, args):
    wrt = tuple(range(len(args)))
    expected = reference_gradient(program, args, wrt)
    for found, true in zip(ad.grad(program, wrt)(*args), expected, strict=True):
        np.testing.assert_allclose(found, true, rtol=1e-12, atol=1e-13)


def test_what_is_written():
    """No array of the products is made: no sum over an axis is left."""
    for program, args in ((pairs, (array(5, 3), array(5))), (by_row, (array(4, 3), array(4)))):
        text = ad.grad(program, (0, 1)).source_for(*args)
        code = "\n".join(line for line in text.splitlines() if "#" not in line)
        assert "np.sum(" not in code, text
    assert " @ " in ad.grad(pairs, 1).source_for(array(5, 3), array(5))
    assert "np.vecdot(d, d)" in ad.grad(lengths).source_for(array(4, 3))


DECIDING = [
    lambda d: np.max(np.sum(d**2, axis=1)),
    lambda d: np.sum(np.sqrt(np.abs(1.0 - np.sum(d**2, axis=1)))),
    lambda d: np.sum(np.sqrt(2.0 - np.sum(d**2, axis=1))),
    lambda d: np.sum(1.0 / np.sum(d * d[::-1], axis=1)),
    lambda d: np.sum(np.where(np.sum(d**2, axis=1) > 1.0, d[:, 0], d[:, 1])),
    lambda d: np.sum(d) if np.sum(d**2, axis=1)[0] > 1.0 else np.sum(d**3),
    lambda d: np.sum(d[int(np.sum(d**2, axis=1)[0])]),
    lambda d: np.sum(np.sum(d**2, axis=1) ** 0.5 - 1.0) ** -1.0,
]


@pytest.mark.parametrize("program", DECIDING)
def test_where_the_last_digit_decides(program):
    """The order of a sum is the user's, where its rounding may choose a path or a tie."""
    assert "vecdot" not in ad.grad(program).source_for(array(4, 3))


def test_not_finite():
    """What is infinite, or not a number, in one row stays there."""
    d = array(3, 2)
    d[1, 0], d[2, 1] = np.inf, np.nan
    with np.errstate(invalid="ignore"):
        found = ad.grad(lambda d: np.sum(np.sqrt(np.sum(d * d, axis=1))))(d)
    np.testing.assert_allclose(found[0], d[0] / np.sqrt(d[0] @ d[0]), rtol=1e-14)
    assert np.isnan(found[1, 0]) and found[1, 1] == 0.0 and np.isnan(found[2]).all()


def test_the_value_is_the_functions_own():
    """With the value, the user's statements are computed as the user wrote them."""
    d = array(400, 3)
    value, _ = ad.value_and_grad(lengths)(d)
    assert value == lengths(d)
