"""The derivative of every supported function, as data. Users declare theirs with the same forms."""

from __future__ import annotations

from adcompiler.rules import (  # noqa: F401  (importing a file declares its rules)
    arithmetic,
    complexes,
    creation,
    differences,
    einsum_,
    elementary,
    extrema,
    fourier,
    interpolation,
    joining,
    linalg_,
    linalg_norms,
    linalg_solving,
    markers,
    mathematics,
    order_statistics,
    outside,
    polynomials,
    predicates,
    products,
    reductions,
    selection,
    shaping,
)
from adcompiler.rules.contract import (
    REGISTRY,
    elementwise,
    linear,
    not_yet,
    static,
    structural,
    undefined,
    zero,
)
from adcompiler.rules.shipped import find as lookup
from adcompiler.rules.solvers import implicit

__all__ = [
    "elementwise",
    "implicit",
    "linear",
    "lookup",
    "not_yet",
    "static",
    "structural",
    "undefined",
    "zero",
]

_FILES = {
    "scipy.special": (
        "special",
        "special_bessel",
        "special_distributions",
        "special_elliptic",
        "special_polynomials",
        "special_waves",
    ),
    "scipy.linalg": ("scipy_linalg", "scipy_matrices", "scipy_factors"),
    "scipy.integrate": ("integration",),
    "scipy.signal": ("signals",),
    "scipy.ndimage": ("images",),
}
for _library, _names in _FILES.items():
    REGISTRY.defer(_library, [f"adcompiler.rules.{name}" for name in _names])
