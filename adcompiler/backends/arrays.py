"""Array values while lowering: what an element at given indices is.

A view is a map of indices, never an operation: what reads ``x[1:-1]`` at ``i`` reads ``x`` at
``i + 1``. A splat is one number at every place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adcompiler.backends.exprs import ONE, ZERO, plus, times
from adcompiler.backends.loops import Expr, Load, Num


@dataclass(frozen=True)
class Fixed:
    """An axis of the memory at one index."""

    at: Expr


@dataclass(frozen=True)
class Axis:
    """An axis of the memory that follows axis ``k`` of the view."""

    k: int
    offset: Expr = ZERO
    step: Expr = ONE


@dataclass(frozen=True)
class View:
    """Memory, seen through a map of indices; axes the map does not mention are broadcast."""

    array: str
    dtype: str
    lens: tuple[Expr, ...]
    axes: tuple[Fixed | Axis, ...]
    root: Any

    def index(self, at: tuple[Expr, ...]) -> tuple[Expr, ...]:
        return tuple(
            axis.at if isinstance(axis, Fixed) else plus(times(at[axis.k], axis.step), axis.offset)
            for axis in self.axes
        )

    def element(self, at: tuple[Expr, ...]) -> Expr:
        return Load(self.array, self.index(at), self.dtype)

    @property
    def plain(self) -> bool:
        """Whether it is the whole of its memory, as it is."""
        return len(self.axes) == len(self.lens) and all(
            axis == Axis(k) for k, axis in enumerate(self.axes)
        )

    def mapped(self, lens: tuple[Expr, ...], change: Callable[[Axis], Fixed | Axis]) -> View:
        axes = tuple(a if isinstance(a, Fixed) else change(a) for a in self.axes)
        return View(self.array, self.dtype, lens, axes, self.root)


@dataclass(frozen=True)
class Lazy:
    """Elements that are computed where they are read, from no memory: splats, ranges, masks."""

    dtype: str
    lens: tuple[Expr, ...]
    compute: Callable[[tuple[Expr, ...]], Expr]

    def element(self, at: tuple[Expr, ...]) -> Expr:
        return self.compute(at)

    def mapped(self, lens: tuple[Expr, ...], change: Callable[[Axis], Fixed | Axis]) -> Lazy:
        maps = [change(Axis(k)) for k in range(len(self.lens))]

        def compute(at: tuple[Expr, ...]) -> Expr:
            return self.compute(
                tuple(
                    m.at if isinstance(m, Fixed) else plus(times(at[m.k], m.step), m.offset)
                    for m in maps
                )
            )

        return Lazy(self.dtype, lens, compute)


def splat(value: Expr, lens: tuple[Expr, ...]) -> Lazy:
    return Lazy(value.dtype, lens, lambda at: value)


@dataclass(frozen=True)
class Fixedlist:
    """A list whose length does not change: numbers in an array."""

    array: str
    dtype: str
    length: Expr
    root: Any
    var: Any = None  # of the list that a loop records in it, if one does


@dataclass(frozen=True)
class Growing:
    """A list of numbers, arrays or lists, as a list."""

    name: str
    elem: Any  # the IR's type of what it holds
    root: Any


ArrayValue = View | Lazy
Value = Expr | View | Lazy | Fixedlist | Growing


def composed(axis: Axis, k: int, offset: Expr, step: Expr) -> Axis:
    """What follows ``axis`` is at ``offset + step * i`` of it, ``i`` on axis ``k``."""
    return Axis(k, plus(times(offset, axis.step), axis.offset), times(axis.step, step))


def fixed(axis: Axis, at: Expr) -> Fixed:
    return Fixed(plus(times(at, axis.step), axis.offset))


def is_one(length: Expr) -> bool:
    return isinstance(length, Num) and length.value == 1
