"""Leaves of arguments: numbers and arrays inside tuples, lists, dicts, dataclasses and plain
objects.
"""

from __future__ import annotations

import copy

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .world import attributes, is_library

FLOATING = (float, complex, np.inexact)


def is_float_leaf(x):
    return isinstance(x, FLOATING) or (isinstance(x, np.ndarray) and x.dtype.kind in "fc")


def is_object(x):
    """An instance of a class of the program's own."""
    return not isinstance(x, type) and not callable(x) and not is_library(type(x).__module__)


def children(x):
    """The named parts of a container, or None for a leaf."""
    if isinstance(x, (list, tuple)):
        return dict(enumerate(x))
    if isinstance(x, dict):
        return dict(x)
    return attributes(x) if is_object(x) else None


def leaves(x, path=()):
    """(path, leaf) of every floating leaf, in order."""
    if is_float_leaf(x):
        yield path, x
        return
    for name, part in (children(x) or {}).items():
        yield from leaves(part, (*path, name))


def rebuild(x, change, path=()):
    """A copy of the structure with `change(path, leaf)` at every leaf; other leaves too get
    `change`.
    """
    if isinstance(x, tuple):
        parts = [rebuild(part, change, (*path, i)) for i, part in enumerate(x)]
        return tuple(parts) if type(x) is tuple else type(x)._make(parts)
    if isinstance(x, list):
        return [rebuild(part, change, (*path, i)) for i, part in enumerate(x)]
    if isinstance(x, dict):
        return {name: rebuild(part, change, (*path, name)) for name, part in x.items()}
    if is_object(x) and not is_float_leaf(x):
        result = object.__new__(type(x))
        for name, part in attributes(x).items():
            object.__setattr__(result, name, rebuild(part, change, (*path, name)))
        return result
    return change(path, x)


def positions(argnums):
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


def mirror(args, argnums, values):
    """The result of a derivative: for each differentiated argument its structure, with
    `values[path]` at float leaves.
    """

    def change(path, leaf):
        return values[path] if is_float_leaf(leaf) else None

    results = tuple(rebuild(args[i], change, (i,)) for i in positions(argnums))
    return results[0] if isinstance(argnums, int) else results


def in_same_memory(x, memo, dtype, convert=lambda item: item):
    """An array laid out as `x` is, in a converted copy of the memory that `x` is a view of; views
    keep sharing it.
    """
    owner = x
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    dtype = np.dtype(dtype)
    if (
        owner.dtype != x.dtype
        or owner.size == 0
        or not (owner.flags.c_contiguous or owner.flags.f_contiguous)
    ):
        result = np.empty_like(x, dtype=dtype)
        result[...] = x
        return result
    size, unit = x.itemsize, dtype.itemsize
    key = ("memory of", id(owner))
    if key not in memo:
        buffer = np.empty(owner.size, dtype=dtype)
        for i, item in enumerate(as_strided(owner, (owner.size,), (size,))):
            buffer[i] = convert(item)
        memo[key] = (buffer, owner)
    start = (x.__array_interface__["data"][0] - owner.__array_interface__["data"][0]) // size
    strides = tuple(s // size * unit for s in x.strides)
    if dtype.kind == "O":  # NumPy builds no object array over a buffer
        return as_strided(memo[key][0][start:], x.shape, strides)
    return np.ndarray(x.shape, dtype, memo[key][0], start * unit, strides)


def duplicate(args, seeded=(), widen=False):
    """A deep copy of arguments that keeps layouts, aliases and overlaps; ``seeded`` positions share
    nothing with others.
    """
    shared = {}
    return tuple(
        _duplicate(arg, {} if i in seeded else shared, widen) for i, arg in enumerate(args)
    )


def _duplicate(x, memo, widen):
    if not isinstance(x, type) and id(x) in memo:
        return memo[id(x)][0]
    if isinstance(x, np.ndarray):
        wide = np.result_type(x.dtype, np.float64) if widen and x.dtype.kind in "fc" else x.dtype
        result = in_same_memory(x, memo, wide)
        if result.flags.writeable != x.flags.writeable:
            result.flags.writeable = x.flags.writeable
    elif isinstance(x, tuple):
        parts = [_duplicate(part, memo, widen) for part in x]
        result = tuple(parts) if type(x) is tuple else type(x)._make(parts)
    elif isinstance(x, list):
        result = [_duplicate(part, memo, widen) for part in x]
    elif isinstance(x, dict):
        result = {name: _duplicate(part, memo, widen) for name, part in x.items()}
    elif is_float_leaf(x):
        return (
            (complex(x) if isinstance(x, (complex, np.complexfloating)) else float(x))
            if widen
            else x
        )
    elif is_object(x):
        result = object.__new__(type(x))
        memo[id(x)] = (result, x)
        for name, part in attributes(x).items():
            object.__setattr__(result, name, _duplicate(part, memo, widen))
    else:
        return copy.deepcopy(x)
    memo[id(x)] = (result, x)
    return result
