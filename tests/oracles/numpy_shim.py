"""A stand-in for NumPy: creation makes object arrays, functions accept duals."""

from __future__ import annotations

import types

import numpy as np

from . import creation, functions, reductions  # noqa: F401  (each registers its functions in OVERRIDES)
from .replacing import FLOATS, OVERRIDES, ComplexType, UfuncShim, movement, refuse_duals

MOVEMENT = """
    reshape ravel transpose swapaxes moveaxis rollaxis squeeze expand_dims concatenate
    concat stack vstack hstack dstack column_stack split array_split hsplit vsplit dsplit
    tile repeat roll flip fliplr flipud rot90 take take_along_axis delete insert append
    broadcast_to broadcast_arrays diag diagonal diagflat tril triu atleast_1d atleast_2d
    atleast_3d ndim shape size choose compress extract resize argmax argmin argsort sort
    nonzero flatnonzero argwhere count_nonzero searchsorted shares_memory may_share_memory
    isscalar tensordot inner outer kron cumsum cumprod cross convolve polyval ediff1d
    permute_dims matrix_transpose pad vander trapezoid diff meshgrid lexsort
    broadcast_shapes result_type issubdtype iterable copyto put putmask place fill_diagonal
    digitize partition unique
""".split()  # noqa: SIM905  (a word list reads better)


class Shim(types.ModuleType):
    """A module whose attributes are overrides, wrapped universal functions, or wrapped functions of
    the real one.
    """

    def __init__(self, real, overrides, movement_names=()):
        super().__init__(real.__name__)
        self._real, self._overrides, self._movement = real, overrides, frozenset(movement_names)

    def __getattr__(self, name):
        found = self._find(name)
        self.__dict__[name] = found
        return found

    def _find(self, name):
        if name in self._overrides:
            return self._overrides[name]
        real = getattr(self._real, name)
        if isinstance(real, np.ufunc) and self._real is np:
            return UfuncShim(real)
        if name in self._movement:
            return movement(real)
        if isinstance(real, type):
            return FLOATS.get(real, ComplexType if real is np.complex128 else real)
        return refuse_duals(f"{self._real.__name__}.{name}", real) if callable(real) else real


shim = Shim(np, OVERRIDES, MOVEMENT)
