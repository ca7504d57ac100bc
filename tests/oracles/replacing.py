"""How NumPy's names are replaced: float types, universal functions, other functions."""

from __future__ import annotations

import numpy as np

from .arrays import (
    Array,
    apply_ufunc,
    base,
    cast,
    has_dual,
    to_array,
    wrap,
)
from .dual import Dual, OracleGap, mp, raw


class _Castlike(type):
    """The metaclass of stand-ins for float types: duals are instances, calling keeps them."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, (Dual, cls.real_type))

    def __subclasscheck__(cls, other):
        return getattr(other, "real_type", other) in (Dual, cls.real_type) or issubclass(
            getattr(other, "real_type", other), cls.real_type
        )

    def __call__(cls, x=0.0, *rest):
        if isinstance(x, Array):
            return cast(x, cls.real_type) if cls.real_type is not float else base(x).item()
        if isinstance(x, Dual):
            return x
        if has_dual(x):
            return cast(x, cls.real_type)
        return cls.real_type(x, *rest)

    def __getattr__(cls, name):
        return getattr(cls.real_type, name)

    def __eq__(cls, other):
        return getattr(other, "real_type", other) in (cls.real_type, Dual)

    def __hash__(cls):
        return hash(cls.real_type)


def float_type(real_type):
    return _Castlike(real_type.__name__, (), {"real_type": real_type})


FLOATS = {
    t: float_type(t) for t in (float, np.float64, np.float32, np.floating, np.inexact, np.number)
}


class _ComplexLike(_Castlike):
    def __instancecheck__(cls, instance):
        return isinstance(instance, complex) or (
            isinstance(instance, Dual) and isinstance(raw(instance), mp.mpc)
        )

    def __call__(cls, re=0.0, im=0.0):
        return re + im * 1j if has_dual((re, im)) else complex(re, im)


class ComplexType(metaclass=_ComplexLike):
    real_type = complex


def plain(x):
    """An argument as real NumPy should see it."""
    if isinstance(x, type) and hasattr(x, "real_type"):
        return x.real_type
    if isinstance(x, (Array, Dual)):
        return base(x)
    if type(x) in (list, tuple) and has_dual(x):
        return type(x)(item if isinstance(item, Dual) else base(item) for item in x)
    return x


def movement(real):
    """A function of NumPy's that only moves, compares, adds or multiplies elements runs on object
    arrays as it is.
    """

    def call(*args, **kwargs):
        result = real(*(plain(a) for a in args), **{k: plain(v) for k, v in kwargs.items()})
        return wrap(result)

    call.__name__ = real.__name__
    return call


def refuse_duals(name, real):
    """Any other function: run by NumPy itself when no dual is involved."""

    def call(*args, **kwargs):
        if has_dual(args) or has_dual(kwargs):
            raise OracleGap(f"no oracle for {name}")
        result = real(*(plain(a) for a in args), **{k: plain(v) for k, v in kwargs.items()})
        return wrap(result)

    call.__name__ = name
    return call


class UfuncShim:
    """A universal function that also takes lists of duals."""

    def __init__(self, real):
        self.real = real
        self.__name__ = real.__name__

    def __call__(self, *args, **kwargs):
        return self._run("__call__", args, kwargs)

    def _run(self, method, args, kwargs):
        args = [to_array(a) if isinstance(a, (list, tuple)) and has_dual(a) else a for a in args]
        if self.real.nin < len(args):
            kwargs = {**kwargs, "out": args[self.real.nin]}
            args = args[: self.real.nin]
        if has_dual(args) or has_dual(kwargs.get("out")):
            return apply_ufunc(self.real, method, *args, **kwargs)
        kwargs = {k: plain(v) for k, v in kwargs.items()}
        return wrap(getattr(self.real, method)(*args, **kwargs))

    def reduce(self, *args, **kwargs):
        return self._run("reduce", args, kwargs)

    def accumulate(self, *args, **kwargs):
        return self._run("accumulate", args, kwargs)

    def outer(self, *args, **kwargs):
        return self._run("outer", args, kwargs)

    def at(self, target, *args):
        if isinstance(target, Array):
            apply_ufunc(self.real, "at", target, *args)
        else:
            self.real.at(target, *args)


OVERRIDES: dict[str, object] = {}


def override(function):
    OVERRIDES[function.__name__.rstrip("_")] = function
    return function
