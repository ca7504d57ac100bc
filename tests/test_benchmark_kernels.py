"""The hand-written gradients that we measure ourselves against are right."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.benchmarks.kernels import KERNELS
from tests.benchmarks.kernels.contract import Kernel, reformulated


def differences(kernel: Kernel, position: int) -> Iterator[float]:
    """The derivatives by the entries of one argument, to fourth order."""
    arguments = kernel.arguments("small")
    value = np.asarray(arguments[position])

    def moved(index: tuple[int, ...], distance: float) -> float:
        neighbour = value.copy()
        neighbour[index] += distance
        # a list stays a list, and a number a number: the primal is plain Python there
        given = neighbour if isinstance(arguments[position], np.ndarray) else neighbour.tolist()
        return kernel.primal(*arguments[:position], given, *arguments[position + 1 :])

    for index in np.ndindex(value.shape):
        h = 1e-3 * abs(value[index].item()) or 1e-3
        near = moved(index, h) - moved(index, -h)
        far = moved(index, 2.0 * h) - moved(index, -2.0 * h)
        yield (8.0 * near - far) / (12.0 * h)


HAND_WRITTEN = {
    f"{name}-{function.__name__}": (kernel, function)
    for name, kernel in KERNELS.items()
    for function in (kernel.gradient, reformulated(kernel))
    if function is not None
}


@pytest.mark.parametrize(("kernel", "function"), HAND_WRITTEN.values(), ids=HAND_WRITTEN)
def test_hand_written_gradient(kernel: Kernel, function: Callable[..., tuple[Any, ...]]) -> None:
    arguments = kernel.arguments("small")
    before = copy.deepcopy(arguments)
    gradient = function(*arguments)
    np.testing.assert_equal(arguments, before)
    for part, position in zip(gradient, kernel.wrt, strict=True):
        expected = list(differences(kernel, position))
        assert np.shape(part) == np.shape(arguments[position])
        np.testing.assert_allclose(np.ravel(part), expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_primal_leaves_its_arguments_alone(kernel: Kernel) -> None:
    arguments = kernel.arguments("small")
    before = copy.deepcopy(arguments)
    kernel.primal(*arguments)
    np.testing.assert_equal(arguments, before)
    np.testing.assert_equal(kernel.arguments("small"), before)
