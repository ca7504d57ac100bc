"""How many additions, multiplications and so on a computation takes.

Counted is arithmetic on floating numbers, element by element: an operation on arrays counts once
for each element of its result. Not counted are comparisons and selections (``abs``, ``max``,
``where``), moving data, and arithmetic on integers. A change of sign is counted as a subtraction, a
power as an elementary function, a remainder as a division, `np.sum` of n numbers as n - 1
additions, a matrix product as its multiplications and additions. What a library function does
within (a solver, a Fourier transform) is not known: such calls are counted under ``others``.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from math import isqrt
from typing import Any

import numpy as np

from adcompiler.ir import nodes as n
from adcompiler.ir.printer import function_name
from adcompiler.rules.contract import REGISTRY

KINDS = ("additions", "subtractions", "multiplications", "divisions", "functions")


@dataclass
class Count:
    """Numbers of operations; ``functions`` are elementary functions, ``others`` calls by name."""

    additions: int = 0
    subtractions: int = 0
    multiplications: int = 0
    divisions: int = 0
    functions: int = 0
    others: dict[str, int] = field(default_factory=dict)

    def add(self, more: Count, times: int = 1) -> None:
        for name in KINDS:
            setattr(self, name, getattr(self, name) + times * getattr(more, name))
        for name, k in more.others.items():
            self.others[name] = self.others.get(name, 0) + times * k

    def clear(self) -> None:
        for name in KINDS:
            setattr(self, name, 0)
        self.others.clear()

    def __add__(self, more: Count) -> Count:
        made = self * 1
        made.add(more)
        return made

    def __mul__(self, times: int) -> Count:
        made = Count()
        made.add(self, times)
        return made

    def __str__(self) -> str:
        shown = [(getattr(self, name), name) for name in KINDS]
        shown += [(k, name) for name, k in self.others.items()]
        return ", ".join(f"{k} {name}" for k, name in shown if k) or "nothing"


_KIND: dict[Any, str] = {
    operator.add: "additions", np.add: "additions",
    operator.sub: "subtractions", np.subtract: "subtractions",
    operator.neg: "subtractions", np.negative: "subtractions",
    operator.mul: "multiplications", np.multiply: "multiplications", np.square: "multiplications",
    operator.truediv: "divisions", np.divide: "divisions", np.reciprocal: "divisions",
    operator.floordiv: "divisions", np.floor_divide: "divisions",
    operator.mod: "divisions", np.remainder: "divisions", np.fmod: "divisions",
    operator.pow: "functions", pow: "functions",
}  # fmt: skip
_FREE = {
    operator.pos, np.positive, abs, np.abs, np.fabs, max, min, np.maximum, np.minimum, np.fmax,
    np.fmin, np.where, np.clip, np.sign, np.copysign, np.real, np.imag, np.conj, np.heaviside,
    np.floor, np.ceil, np.rint, np.trunc, np.nan_to_num, np.copy, np.asarray, np.arange,
    np.max, np.min, np.amax, np.amin, np.sort, np.pad,
}  # fmt: skip
_SUMS = {np.sum, sum, np.nansum}
_PRODUCTS = {operator.matmul, np.matmul, np.dot, np.inner, np.vdot, np.outer, np.tensordot}


def cost(fn: Any, args: tuple[Any, ...], result: Any) -> Count:
    """What one call costs.

    >>> print(cost(np.add, (1.0, np.ones(3)), np.ones(3)))
    3 additions
    >>> print(cost(operator.matmul, (np.ones((2, 5)), np.ones(5)), np.ones(2)))
    8 additions, 10 multiplications
    """
    if isinstance(fn, n.Prim):
        return _primitive(fn, args, result)
    if not _floating(result):
        return Count()
    size = int(np.size(result))
    try:
        kind = _KIND.get(fn)
        if kind is not None:
            made = Count()
            setattr(made, kind, size)
            return made
        if fn in _FREE or isinstance(fn, type):
            return Count()
        if fn in _SUMS:
            return Count(additions=_shrunk(args[0], size))
        if fn is np.trace:
            return Count(additions=size * max(0, min(np.shape(args[0])) - 1))
        if fn in (np.cumsum, np.cumprod) and np.ndim(args[0]) == 1:
            steps = max(0, size - 1)
            return Count(additions=steps) if fn is np.cumsum else Count(multiplications=steps)
        if fn is np.mean:
            return Count(additions=_shrunk(args[0], size), divisions=size)
        if fn is np.prod:
            return Count(multiplications=_shrunk(args[0], size))
        if fn in _PRODUCTS:
            return _product(fn, args, size)
    except TypeError:  # unhashable: an object of the user's
        pass
    rule = REGISTRY.find(fn)
    if rule is None or rule.form == "elementwise":
        known = rule is not None or isinstance(fn, np.ufunc)
        return Count(functions=size) if known else Count(others={function_name(fn): 1})
    moves = rule.form == "linear" or rule.form == "zero"
    return Count() if moves else Count(others={function_name(fn): 1})


def _primitive(fn: n.Prim, args: tuple[Any, ...], result: Any) -> Count:
    if fn is n.MATCH:
        return Count(additions=_shrunk(args[0], int(np.size(result))))
    if fn is n.ADD_AT and not isinstance(result, list):
        return Count(additions=int(np.size(args[2])))
    return Count()


def _floating(result: Any) -> bool:
    if isinstance(result, float | complex | np.inexact):
        return True
    return isinstance(result, np.ndarray) and result.dtype.kind in "fc"


def _shrunk(operand: Any, size: int) -> int:
    whole = len(operand) if isinstance(operand, list | tuple) else int(np.size(operand))
    return max(0, whole - size)


def _product(fn: Any, args: tuple[Any, ...], size: int) -> Count:
    """Each number of a product of matrices is a sum of ``length`` products."""
    a, b = args[:2]
    if fn is np.outer or not np.ndim(a) or not np.ndim(b) or not size:
        length = 1
    elif fn in (np.tensordot, np.vdot):
        length = isqrt(int(np.size(a)) * int(np.size(b)) // size)
    else:
        length = int(np.shape(a)[-1])
    return Count(multiplications=size * length, additions=size * max(0, length - 1))


__all__ = ["KINDS", "Count", "cost"]
