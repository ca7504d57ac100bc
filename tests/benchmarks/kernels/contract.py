"""What every kernel module offers to the harness."""

from collections.abc import Callable
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Size = Literal["full", "small"]


class Kernel(Protocol):
    """A kernel is a module with these names.

    ``primal`` is what an ordinary user would write. ``gradient`` takes the same arguments and
    returns a tuple of derivatives, one for each position in ``wrt``: the adjoint of *that*
    algorithm, as fast as NumPy and plain Python allow (in-place updates, reused buffers, merged
    statements, reordered sums), recording only states. It uses no knowledge that the primal's text
    does not show (a symmetry, another data layout, another order of loops), but for one: the
    shift of a log-sum-exp needs no derivative. Where such knowledge pays, a module has a
    ``reformulated`` gradient too, as a lower bound.
    """

    title: str
    kind: Literal["scalar", "vectorised"]
    wrt: tuple[int, ...]
    primal: Callable[..., Any]
    gradient: Callable[..., tuple[Any, ...]]
    arguments: Callable[[Size], tuple[Any, ...]]


def reformulated(kernel: Kernel) -> Callable[..., tuple[Any, ...]] | None:
    """The kernel's reformulated gradient, where it has one."""
    return getattr(kernel, "reformulated", None)
