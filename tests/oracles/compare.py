"""Comparing structures of derivatives, and deterministic directions to differentiate along."""

from __future__ import annotations

import numpy as np

from .trees import children, is_float_leaf, rebuild


def direction(tree, start=0):
    """A tangent of this structure with fixed, unequal entries of both signs; None at leaves that
    are not floating.
    """
    count = start

    def change(path, leaf):
        nonlocal count
        if not is_float_leaf(leaf):
            return None
        size = int(np.size(leaf))
        values = np.array([np.cos(1.7 * (count + k)) + 0.25 for k in range(size)])
        count += size
        dtype = np.asarray(leaf).dtype
        if isinstance(leaf, np.ndarray):
            return values.reshape(leaf.shape).astype(dtype)
        return dtype.type(values[0]) if isinstance(leaf, np.generic) else type(leaf)(values[0])

    return rebuild(tree, change)


def differences_between(actual, expected, rtol, path="result"):
    """The places where two structures differ by more than ``rtol`` of the leaf's largest entry (at
    least of 1).
    """
    if expected is None:
        return
    if is_float_leaf(expected):
        if actual is None or np.shape(actual) != np.shape(expected):
            yield f"{path}: {actual!r} where shape {np.shape(expected)} is expected"
            return
        a, e = np.asarray(actual), np.asarray(expected)
        scale = max(1.0, float(np.max(np.abs(e[np.isfinite(e)]), initial=0.0)))
        if not np.allclose(a, e, rtol=rtol, atol=rtol * scale, equal_nan=True):
            yield f"{path}: {actual!r} is not {expected!r}"
        return
    parts = children(expected) or {}
    found = children(actual)
    if found is None or set(found) < set(parts):
        yield f"{path}: {actual!r} has not the structure of {expected!r}"
        return
    for name, part in parts.items():
        yield from differences_between(found[name], part, rtol, f"{path}[{name!r}]")


def same(actual, expected, rtol):
    return not list(differences_between(actual, expected, rtol))


def assert_same(actual, expected, rtol, what):
    """Fail with every place where a derivative is wrong."""
    wrong = list(differences_between(actual, expected, rtol))
    assert not wrong, f"{what}\n  " + "\n  ".join(wrong)


def identical(a, b):
    """Whether two argument structures hold exactly the same values, of the same types."""
    if isinstance(a, np.ndarray):
        return (
            isinstance(b, np.ndarray)
            and a.dtype == b.dtype
            and a.shape == b.shape
            and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        )
    parts = children(a)
    if parts is None:
        return a is b or (type(a) is type(b) and (callable(a) or a == b))
    others = children(b)
    return (
        type(a) is type(b)
        and set(parts) == set(others)
        and all(identical(parts[k], others[k]) for k in parts)
    )
