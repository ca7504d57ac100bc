"""The derivative of every supported function, as data. Users declare theirs with the same forms."""

from __future__ import annotations

from typing import Any

from adcompiler.rules import (  # noqa: F401  (importing a file declares its rules)
    arithmetic,
    complexes,
    creation,
    einsum_,
    elementary,
    extrema,
    fourier,
    interpolation,
    joining,
    linalg_,
    markers,
    mathematics,
    order_statistics,
    outside,
    predicates,
    products,
    reductions,
    scipy_linalg,
    selection,
    shaping,
    special,
)
from adcompiler.rules.contract import (
    REGISTRY,
    Rule,
    elementwise,
    linear,
    not_yet,
    static,
    structural,
    undefined,
    zero,
)

__all__ = [
    "elementwise",
    "linear",
    "lookup",
    "not_yet",
    "static",
    "structural",
    "undefined",
    "zero",
]


def lookup(fn: Any) -> Rule | None:
    """The rule declared for a callable; None where there is none."""
    return REGISTRY.find(fn)
