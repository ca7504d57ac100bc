"""Functions that mean something to the compiler itself."""

from __future__ import annotations

import inspect
from typing import TypeVar

from adcompiler.rules.contract import REGISTRY, Rule

T = TypeVar("T")


def stop_gradient(x: T) -> T:
    """``x`` itself, as a constant: no derivative passes through it.

    >>> stop_gradient(2.0)
    2.0
    """
    return x


REGISTRY.add(
    Rule(
        stop_gradient,
        "adcompiler.stop_gradient",
        "zero",
        inspect.signature(stop_gradient),
        result="view",
    )
)
