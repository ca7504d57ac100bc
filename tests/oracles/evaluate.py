"""Derivatives by running the program itself on dual numbers."""

from __future__ import annotations

import numpy as np

from .arrays import Array
from .differences import tangent_direction
from .dual import Dual, lift, number, raw
from .trees import in_same_memory, is_float_leaf, is_object, leaves, mirror, positions
from .world import World, attributes

ALONG = "along"


class Arguments:
    """Arguments rebuilt in a world: every float a dual, memory shared as before, `seed(path, index,
    x)` at each.
    """

    def __init__(self, world, seed, seeded):
        self.world, self.seed, self.seeded = world, seed, seeded
        self.shared = {}
        self.alias_of = {}

    def __call__(self, args):
        converted = []
        for i, arg in enumerate(args):
            memo = {} if i in self.seeded else self.shared
            converted.append(self._convert(arg, (i,), memo))
        return converted

    def _convert(self, x, path, memo):
        if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
            if id(x) in memo:
                self.alias_of[path] = memo[id(x)][1]
                return memo[id(x)][0]
            result = self._array(x, path, memo)
            memo[id(x)] = (result, path)
            return result
        if is_float_leaf(x):
            return self.seed(path, (), number(x))
        if id(x) in memo:
            return memo[id(x)][0]
        result = self._container(x, path, memo)
        memo[id(x)] = (result, path)
        return result

    def _container(self, x, path, memo):
        if isinstance(x, tuple):
            parts = [self._convert(part, (*path, i), memo) for i, part in enumerate(x)]
            return tuple(parts) if type(x) is tuple else tuple.__new__(self.world(type(x)), parts)
        if type(x) is list:
            return [self._convert(part, (*path, i), memo) for i, part in enumerate(x)]
        if type(x) is dict:
            return {name: self._convert(part, (*path, name), memo) for name, part in x.items()}
        if is_object(x):
            cls = self.world(type(x))
            result = cls.__new__(cls)
            memo[id(x)] = (result, path)
            for name, part in attributes(x).items():
                object.__setattr__(result, name, self._convert(part, (*path, name), memo))
            return result
        return self.world(x)

    def _array(self, x, path, memo):
        result = in_same_memory(x, memo, object, lambda item: Dual(number(item))).view(Array)
        writeable = x.flags.writeable
        plain = result.view(np.ndarray)
        for index in np.ndindex(*x.shape):
            plain[index] = self.seed(path, index, number(x[index]))
        result.setflags(write=writeable)
        result.logical = x.dtype
        return result


def run(fn, args, seed, seeded):
    """The program's result on seeded duals, and which paths are aliases of others."""
    world = World()
    arguments = Arguments(world, seed, frozenset(seeded))
    converted = arguments(args)
    return world(fn)(*converted), arguments.alias_of


def scalar(result):
    """A program's result as one dual."""
    if isinstance(result, np.ndarray):
        if result.size != 1 or result.ndim:
            raise ValueError("the program's result is not a scalar")
        result = result.item()
    return lift(result)


def _number(x):
    x = raw(x)
    return complex(x) if hasattr(x, "imag") and x.imag != 0 else float(x.real)


def _directions(args, argnums):
    """{(path, index): [(key, coefficient)]}: one direction for each real element, two for a complex
    one.
    """
    table = {}
    for i in positions(argnums):
        for path, leaf in leaves(args[i], (i,)):
            is_complex = np.asarray(leaf).dtype.kind == "c"
            for index in np.ndindex(*np.shape(leaf)):
                where = (path, index)
                table[where] = [
                    ((where, part), unit) for part, unit in ((0, 1), (1, 1j))[: 1 + is_complex]
                ]
    return table


def _collect(args, argnums, table, aliases, derivative):
    values = {}
    for i in positions(argnums):
        for path, leaf in leaves(args[i], (i,)):
            source = aliases.get(path, path)
            out = np.zeros(
                np.shape(leaf), dtype=complex if np.asarray(leaf).dtype.kind == "c" else float
            )
            for index in np.ndindex(*np.shape(leaf)):
                parts = [derivative(key) for key, _ in table[source, index]]
                out[index] = parts[0] - 1j * parts[1] if len(parts) == 2 else parts[0]
            values[path] = out if out.ndim else out.item()
    return mirror(args, argnums, values)


def value(fn, args):
    """The program's value at 50 digits, as a float; every number active, so that a leak raises."""

    def seed(path, index, x):
        return Dual(x, {ALONG: number(1)}, 1)

    return _number(scalar(run(fn, args, seed, ())[0]))


def gradient(fn, args, argnums=0):
    """The gradient of a real program (for complex arguments d/dre - 1j d/dim, as in JAX)."""
    table = _directions(args, argnums)

    def seed(path, index, x):
        return Dual(x, dict(table[path, index]), 1) if (path, index) in table else Dual(x)

    result, aliases = run(fn, args, seed, positions(argnums))
    tangents = scalar(result).tangents
    return _collect(args, argnums, table, aliases, lambda key: _number(tangents.get(key, 0)))


def jvp(fn, args, tangents):
    """(value, directional derivative); tangents are structured as the arguments, None for no
    tangent.
    """
    direction = tangent_direction(args, tangents)

    def seed(path, index, x):
        if path not in direction:
            return Dual(x)
        return Dual(x, {ALONG: number(np.asarray(direction[path])[index])}, 1)

    result = scalar(run(fn, args, seed, [i for i, t in enumerate(tangents) if t is not None])[0])
    return _number(result), _number(result.tangents.get(ALONG, 0))


def hvp(fn, args, argnum, v):
    """The Hessian by one argument times ``v``, which is structured as that argument: two nested
    perturbations.
    """
    table = _directions(args, argnum)
    direction = tangent_direction(args, tuple(v if i == argnum else None for i in range(len(args))))

    def seed(path, index, x):
        if (path, index) not in table:
            return Dual(x)
        step = number(np.asarray(direction[path])[index]) if path in direction else number(0)
        return Dual(Dual(x, {ALONG: step}, 1), dict(table[path, index]), 2)

    result, aliases = run(fn, args, seed, (argnum,))
    tangents = scalar(result).tangents if scalar(result).level == 2 else {}

    def mixed(key):
        slope = lift(tangents.get(key, 0))
        return _number(slope.tangents.get(ALONG, 0)) if slope.level == 1 else 0.0

    return _collect(args, argnum, table, aliases, mixed)
