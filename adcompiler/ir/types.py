"""Types of IR values: scalars, arrays with symbolic dimensions, lists, opaque values.

A dimension is ``base + add``: a number when ``base`` is empty, else a symbol with an offset
(``x.0 - 2`` is the length of ``x[1:-1]``). ``one`` says whether it is known to be one. Equal
dimensions need no unbroadcasting, and neither do two that are both known not to be one; equal
rank alone is not enough (``(3, 1) * (3, 4)``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Dim(NamedTuple):
    """One axis' length."""

    base: str
    add: int = 0
    one: bool | None = None

    @staticmethod
    def number(n: int) -> Dim:
        return Dim("", n, n == 1)

    @property
    def known(self) -> int | None:
        return self.add if not self.base else None

    def same(self, other: Dim) -> bool:
        return self.base == other.base and self.add == other.add

    def __str__(self) -> str:
        if not self.base:
            return str(self.add)
        offset = f"{self.add:+d}" if self.add else ""
        return f"{self.base}{offset}" + ("" if self.one is None else "!")


@dataclass(frozen=True)
class Scalar:
    """A number. ``weak`` scalars (Python's own) don't widen float32 arrays."""

    dtype: str
    weak: bool = False

    def __str__(self) -> str:
        return self.dtype


@dataclass(frozen=True)
class Array:
    """An ndarray, 0-d ones included. A ``loose`` one may be a number when the text runs, the same
    everywhere as if it were broadcast: a sum before its first term."""

    dtype: str
    dims: tuple[Dim, ...]
    loose: bool = False

    @property
    def ndim(self) -> int:
        return len(self.dims)

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join(map(str, self.dims))}]" + ("?" if self.loose else "")


@dataclass(frozen=True)
class List:
    """A homogeneous list whose length is known at run time only. ``elem`` None: always empty."""

    elem: Type | None

    def __str__(self) -> str:
        return f"list[{self.elem}]"


class Saved(List):
    """What a loop appends one value a trip to, for the reverse sweep."""


@dataclass(frozen=True)
class Opaque:
    """Anything else: legal while inactive."""

    what: str = "object"

    def __str__(self) -> str:
        return self.what


Type = Scalar | Array | List | Opaque

BOOL = Scalar("bool", True)
INT = Scalar("int64", True)
FLOAT = Scalar("float64", True)
COMPLEX = Scalar("complex128", True)
NONE = Opaque("None")
STR = Opaque("str")
FUNCTION = Opaque("function")  # a closure
RECORD = Opaque("record")  # what a companion's forward sweep leaves for its reverse sweep


def is_float(t: Type | None) -> bool:
    """Whether values of this type can carry a derivative."""
    if isinstance(t, Scalar | Array):
        return t.dtype[0] in "fc"
    if isinstance(t, List):
        return t.elem is None or is_float(t.elem)
    return t == RECORD


def is_complex(t: Type) -> bool:
    return isinstance(t, Scalar | Array) and t.dtype[0] == "c"


def worded(t: Type) -> str:
    """A type in the user's words."""
    if isinstance(t, Array):
        return f"an array of {t.dtype} with {t.ndim} dimension{'' if t.ndim == 1 else 's'}"
    if isinstance(t, Scalar):
        return f"a number of type {t.dtype}"
    return "a list of unknown length" if isinstance(t, List) else "an object"


def dtype_of(t: Type) -> str | None:
    if isinstance(t, Scalar | Array):
        return t.dtype
    if isinstance(t, List) and t.elem is not None:
        return dtype_of(t.elem)
    return None


def broadcast_dim(a: Dim, b: Dim) -> Dim | None:
    """The length of two broadcast axes; None where it can't be told."""
    if a.same(b):
        return a if a.one is not None else b
    if a.one:
        return b
    if b.one:
        return a
    if a.one is False and b.one is False:
        return a if not a.base or b.base else b
    if a.one is False:
        return a
    if b.one is False:
        return b
    return None


def needs_no_unbroadcast(operand: Dim, result: Dim) -> bool:
    """Whether an operand's axis is certainly as long as the result's."""
    return operand.same(result) or operand.one is False


def join_dtype(a: str, b: str) -> str:
    if a == b:
        return a
    return str(np.promote_types(a, b))


def join(a: Type, b: Type, fresh_dim) -> Type | None:
    """The least type that holds both, None where there is none."""
    if a == b:
        return a
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return Scalar(join_dtype(a.dtype, b.dtype), a.weak and b.weak)
    if isinstance(a, Array) and isinstance(b, Array) and a.ndim == b.ndim:
        dims = tuple(
            p if p == q else (Dim(p.base, p.add) if p.same(q) else fresh_dim(p, q))
            for p, q in zip(a.dims, b.dims, strict=True)
        )
        return Array(join_dtype(a.dtype, b.dtype), dims, a.loose or b.loose)
    if isinstance(a, List) and isinstance(b, List):
        if a.elem is None or b.elem is None:
            return List(a.elem or b.elem)
        elem = join(a.elem, b.elem, fresh_dim)
        return List(elem) if elem is not None else None
    if isinstance(a, Opaque) and isinstance(b, Opaque):
        return Opaque()
    return None
