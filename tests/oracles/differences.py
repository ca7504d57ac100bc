"""Differences of the program itself: eighth-order central, and the complex step."""

from __future__ import annotations

import numpy as np

from .trees import children, duplicate, is_float_leaf, leaves, mirror, positions, rebuild

# f'(x) h = sum of w_k (f(x + k h) - f(x - k h)), exact for polynomials of degree 8
WEIGHTS = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
STEP = 2e-3
STEP_SECOND = 2e-3


def primal(fn, args):
    """The program's value at a copy of its arguments."""
    return fn(*duplicate(args))


def moved(args, direction, step):
    """The arguments plus ``step`` times a direction given as {path: number or array}; float32
    becomes float64.
    """
    seeded = {path[0] for path in direction}

    def change(path, leaf):
        if path not in direction:
            return leaf
        amount = step * np.asarray(direction[path])
        if not isinstance(leaf, np.ndarray):
            return (leaf + amount).item()
        if np.iscomplexobj(amount) and not np.iscomplexobj(leaf):
            return leaf + amount
        writeable = leaf.flags.writeable
        leaf.flags.writeable = True
        leaf += amount
        leaf.flags.writeable = writeable
        return leaf

    copied = duplicate(args, seeded, widen=True)
    return tuple(rebuild(arg, change, (i,)) if i in seeded else arg for i, arg in enumerate(copied))


def directional(fn, args, direction, step=STEP):
    """The derivative of ``fn`` along a direction, by eighth-order central differences."""
    total = 0.0
    for k, weight in WEIGHTS:
        above, below = fn(*moved(args, direction, k * step)), fn(*moved(args, direction, -k * step))
        total = total + weight * (np.asarray(above) - np.asarray(below))
    result = total / step
    return (
        complex(result)
        if result.ndim == 0 and np.iscomplexobj(result)
        else result
        if result.ndim
        else float(result)
    )


def unit_directions(args, argnums):
    """(path, index, unit direction) of every floating element of the differentiated arguments."""
    for i in positions(argnums):
        for path, leaf in leaves(args[i], (i,)):
            for index in np.ndindex(*np.shape(leaf)):
                unit = np.zeros(
                    np.shape(leaf), dtype=np.result_type(np.asarray(leaf).dtype, np.float64)
                )
                unit[index] = 1.0
                yield path, index, {path: unit}


def _assemble(args, argnums, slope):
    values = {
        path: np.zeros(np.shape(leaf))
        for i in positions(argnums)
        for path, leaf in leaves(args[i], (i,))
    }
    for path, index, unit in unit_directions(args, argnums):
        values[path] = values[path].astype(np.result_type(values[path], np.asarray(slope(unit))))
        values[path][index] = slope(unit)
    return mirror(args, argnums, {path: v if v.ndim else v.item() for path, v in values.items()})


def gradient(fn, args, argnums=0, step=STEP):
    """The gradient of a real scalar program."""
    return _assemble(args, argnums, lambda unit: directional(fn, args, unit, step))


def jacobian(fn, args, argnum=0, step=STEP):
    """The Jacobian by one argument, number or array: the result's axes, then the argument's."""
    shape = np.shape(args[argnum])
    columns = [directional(fn, args, unit, step) for _, _, unit in unit_directions(args, argnum)]
    result = np.stack([np.asarray(c) for c in columns], axis=-1)
    return result.reshape(result.shape[:-1] + shape)


def tangent_direction(args, tangents):
    """{path: tangent} from tangents structured as the arguments, None for no tangent."""
    direction = {}

    def collect(path, arg, tangent):
        if tangent is None:
            return
        if is_float_leaf(arg):
            direction[path] = tangent
            return
        tangent_parts = children(tangent) or {}
        for name, part in (children(arg) or {}).items():
            collect((*path, name), part, tangent_parts.get(name))

    for i, (arg, tangent) in enumerate(zip(args, tangents, strict=True)):
        collect((i,), arg, tangent)
    return direction


def jvp(fn, args, tangents, step=STEP):
    """(value, directional derivative) along tangents structured as the arguments."""
    return primal(fn, args), directional(fn, args, tangent_direction(args, tangents), step)


def hvp(fn, args, argnum, v, step=STEP_SECOND):
    """The Hessian times ``v`` by one argument: a difference of differences."""
    along = tangent_direction(args, tuple(v if i == argnum else None for i in range(len(args))))

    def slope_along(*moved_args):
        return directional(fn, moved_args, along, step)

    return _assemble(args, argnum, lambda unit: directional(slope_along, args, unit, step))


def hessian(fn, args, argnum=0, step=STEP_SECOND):
    """The Hessian by one argument, a number or an array."""
    leaf = args[argnum]
    rows = []
    for _, _, unit in unit_directions(args, argnum):
        rows.append(np.asarray(hvp(fn, args, argnum, unit[(argnum,)], step)))
    return np.stack(rows).reshape(np.shape(leaf) * 2)


def complex_step(fn, args, argnums=0, step=1e-30):
    """The gradient by the complex step: only for programs that are analytic and keep complex
    numbers.
    """

    def slope(unit):
        result = fn(*moved(args, unit, complex(0.0, step)))
        return np.imag(result) / step

    return _assemble(args, argnums, slope)
