"""Derivatives put together from several passes: Jacobians, and gradients in forward mode.

Forward mode gives a column of the Jacobian for each number that is differentiated by, reverse mode
a row for each number of the result (Griewank & Walther 2008, chapter 3). Arguments and results may
be containers: the Jacobian has the structure of the result, with that of the arguments in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.calling.parameters import Wanted
from adcompiler.calling.trees import filled, is_leaf, leaves, mapped, matching, unit_vectors
from adcompiler.errors import SignatureError

if TYPE_CHECKING:
    from adcompiler.calling.derivatives import Derivative


def pushed(
    derivative: Derivative[Any], values: Sequence[Any], wanted: Wanted, tangent: Any
) -> tuple[Any, Any]:
    """Value and directional derivative along a tangent of one argument."""
    dispatcher = derivative._dispatcher(derivative._jvp_request((wanted.name,)))
    seed = placed(derivative, values, wanted, tangent)
    value, slope = dispatcher.call(values, (seed,), derivative._check)
    return value, slope


def placed(derivative: Derivative[Any], values: Sequence[Any], wanted: Wanted, tangent: Any) -> Any:
    """The tangent of a whole parameter, of which `tangent` is that of the wanted item."""
    if wanted.item is None:
        return tangent
    whole = values[derivative._subject.operand.names.index(wanted.name)]
    given = {wanted.item: tangent}
    seed: Any = tuple(given.get(k) for k in range(len(whole)))
    if isinstance(whole, dict):
        seed = {k: given.get(k) for k in whole}
    return matching(whole, seed, "tangent", wanted.name)


def item_of(gradient: Any, wanted: Wanted) -> Any:
    """Of the gradient of a whole parameter, that of the wanted item."""
    return gradient if wanted.item is None else gradient[wanted.item]


def forward_gradient(derivative: Derivative[Any], values: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The value and a gradient for each argument, one pass of forward mode for each number.

    For complex z = x + iy it is ∂f/∂x − i ∂f/∂y, as in reverse mode.
    """
    if derivative.options.has_aux:
        raise SignatureError(
            'has_aux is not supported with mode="forward"',
            remedy='use mode="reverse"',
            code="AD508",
        )
    derivative._check(values)
    holomorphic = derivative.options.holomorphic
    value: Any = None
    gradients = []
    for wanted in derivative._wanted[0]:
        x = derivative._value(values, wanted)
        slopes = []
        for unit, is_complex in _units(x):
            value, slope = _scalar(derivative, *pushed(derivative, values, wanted, unit))
            if is_complex and not holomorphic:
                turned = mapped(lambda leaf: leaf * 1j if np.iscomplexobj(leaf) else leaf, unit)
                slope = slope - 1j * pushed(derivative, values, wanted, turned)[1]
            slopes.append(slope)
        if not slopes:
            zero = matching(x, None, "tangent", wanted.name)
            value, _ = _scalar(derivative, *pushed(derivative, values, wanted, zero))
        gradients.append(_gathered(x, slopes))
    return value, gradients


def _units(x: Any) -> list[tuple[Any, bool]]:
    """The unit vectors, and whether the number that is one there is complex."""
    kinds = [np.iscomplexobj(leaf) for leaf in leaves(x) for _ in range(np.size(leaf))]
    return list(zip(unit_vectors(x), kinds, strict=True))


def _scalar(derivative: Derivative[Any], value: Any, slope: Any) -> tuple[Any, Any]:
    if is_leaf(value) and np.ndim(value) == 0:
        if derivative.options.holomorphic or not np.iscomplexobj(value):
            return value, slope
        code, what = "AD507", "complex"
    else:
        code = "AD503"
        what = "None" if value is None else f"a {type(value).__name__}"
        if isinstance(value, np.ndarray):
            what = f"an array of shape {value.shape}"
    raise SignatureError(
        f"{derivative.label} needs a real scalar result, and this one is {what}",
        remedy="use jacobian or vjp; for a function of each element, derivative",
        code=code,
    )


def _gathered(x: Any, numbers: Sequence[Any]) -> Any:
    """Numbers for each number in `x`, in its structure, shapes and dtypes."""
    at = 0
    parts = []
    for leaf in leaves(x):
        n = np.size(leaf)
        parts.append(_as(np.array(numbers[at : at + n]).reshape(np.shape(leaf)), leaf))
        at += n
    return filled(x, iter(parts))


def _as(array: Any, leaf: Any) -> Any:
    dtype = leaf.dtype if isinstance(leaf, np.ndarray | np.generic) else np.dtype(type(leaf))
    array = array.astype(dtype, copy=False)
    return array if isinstance(leaf, np.ndarray) else _number(array, leaf)


def _number(array: Any, *models: Any) -> Any:
    """A 0-d array as a number: Python's own where the models are."""
    python = all(type(model) in (float, complex) for model in models)
    return array.item() if python else array[()]


# ----- Jacobians -----


def jacobian_by_columns(derivative: Derivative[Any], values: Sequence[Any]) -> Any:
    """The Jacobian by forward mode, one direction at a time: for arguments in containers."""
    derivative._check(values)
    value: Any = None
    inputs, columns = [], []
    for wanted in derivative._wanted[0]:
        x = derivative._value(values, wanted)
        inputs.append(x)
        units = list(unit_vectors(x)) or [matching(x, None, "tangent", wanted.name)]
        tangents = []
        for unit in units:
            value, tangent = pushed(derivative, values, wanted, unit)
            tangents.append(list(leaves(tangent)))
        columns.append(tangents)
    blocks = []
    for k, out in enumerate(leaves(value)):
        row = []
        for x, tangents in zip(inputs, columns, strict=True):
            at, parts = 0, []
            for leaf in leaves(x):
                n = np.size(leaf)
                found = [np.asarray(tangent[k]) for tangent in tangents[at : at + n]]
                stacked = np.stack(found, axis=-1) if n else np.zeros((*np.shape(out), 0))
                parts.append(_block(stacked, out, leaf))
                at += n
            row.append(filled(x, iter(parts)))
        blocks.append(row[0] if derivative._wanted[1] else tuple(row))
    return filled(value, iter(blocks))


def jacobian_by_rows(
    derivative: Derivative[Any], values: Sequence[Any], value: Any, pullback: Any
) -> Any:
    """The Jacobian by reverse mode: the value and its pullback are known; a pull for each number
    of the result.
    """
    names = derivative._names()
    wanted = derivative._wanted[0]
    rows = []
    for unit in unit_vectors(value):
        gradients = dict(zip(names, pullback(unit), strict=True))
        rows.append([item_of(gradients[each.name], each) for each in wanted])
    inputs = [derivative._value(values, each) for each in wanted]
    blocks = []
    at = 0
    for out in leaves(value):
        n = np.size(out)
        row = []
        for k, x in enumerate(inputs):
            found = [list(leaves(each[k])) for each in rows[at : at + n]]
            parts = []
            for j, leaf in enumerate(leaves(x)):
                pulled = [np.asarray(gradient[j]) for gradient in found]
                stacked = np.stack(pulled) if n else np.zeros((0, *np.shape(leaf)))
                parts.append(_block(stacked, out, leaf))
            row.append(filled(x, iter(parts)))
        blocks.append(row[0] if derivative._wanted[1] else tuple(row))
        at += n
    return filled(value, iter(blocks))


def _block(stacked: Any, out: Any, leaf: Any) -> Any:
    shape = (*np.shape(out), *np.shape(leaf))
    if not stacked.size:
        stacked = stacked.astype(np.result_type(out, leaf))
    block = stacked.reshape(shape)
    if isinstance(out, np.ndarray) or isinstance(leaf, np.ndarray):
        return block
    return _number(block, out, leaf)
