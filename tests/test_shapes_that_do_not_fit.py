"""Where the function raises for the shapes of its arguments, so does its derivative.

The derivative need not compute what would raise: the gradient of ``sum(x * u)`` by x is u.
"""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad

ones = np.ones


def bilinear(x, u):
    return np.sum(x * u)


def weighted_squares(x, u):
    return np.sum(x * x * u)


def residuals(w, X, y):
    return np.mean((X @ w - y) ** 2)


def in_a_container(p, u):
    return np.sum(p["a"][0] * u), {"aux": 1}


def printing(x, u):
    print("once")
    return np.sum(x * u)


CALLS = {
    "grad": lambda n: ad.grad(bilinear)(ones(3), ones(n)),
    "both": lambda n: ad.grad(bilinear, (0, 1))(ones(3), ones(n)),
    "by the other": lambda n: ad.grad(bilinear, "u")(ones(3), ones(n)),
    "value_and_grad": lambda n: ad.value_and_grad(bilinear)(ones(3), ones(n)),
    "jvp": lambda n: ad.jvp(bilinear, (ones(3), ones(n)), (ones(3), None)),
    "vjp": lambda n: ad.vjp(bilinear, ones(3), ones(n))[1](1.0),
    "jacfwd": lambda n: ad.jacfwd(bilinear)(ones(3), ones(n)),
    "hvp": lambda n: ad.hvp(weighted_squares)(ones(3), ones(3), ones(n)),
    "hessian": lambda n: ad.hessian(weighted_squares)(ones(3), ones(n)),
    "laplacian": lambda n: ad.laplacian(weighted_squares)(ones(3), ones(n)),
    "jacobian of grad": lambda n: ad.jacobian(ad.grad(weighted_squares))(ones(3), ones(n)),
    "matrix": lambda n: ad.grad(residuals)(ones(n), ones((5, 3)), ones(5)),
    "container": lambda n: ad.grad(in_a_container, has_aux=True)({"a": [ones(3)]}, ones(n)),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_functions_own_exception_is_raised(name: str) -> None:
    CALLS[name](3)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"broadcast|mismatch"):
            CALLS[name](4)
    CALLS[name](3)


def test_effects_of_a_good_call_happen_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert ad.grad(printing)(ones(3), 2.0 * ones(3)).tolist() == [2.0, 2.0, 2.0]
    assert capsys.readouterr().out == "once\n"
