"""`np.linalg` by textbook elimination on duals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .arrays import Array, base, elementwise, lifted, matmul, reduce_over, to_array, total, wrap
from .dual import Dual, OracleGap, binary, lift, mp, raw, unary
from .numpy_shim import Shim, shim
from .replacing import OVERRIDES


class SignAndLog(NamedTuple):
    """What slogdet returns."""

    sign: object
    logabsdet: object


def _eliminate(a, b):
    """Solve by Gauss with partial pivoting; returns (x, determinant)."""
    a, b = lifted(a), lifted(b)
    n = len(a)
    determinant = Dual(mp.mpf(1))
    for k in range(n):
        pivot = max(range(k, n), key=lambda i, k=k: abs(raw(a[i, k])))
        if raw(a[pivot, k]) == 0:
            raise np.linalg.LinAlgError("Singular matrix")
        if pivot != k:
            a[[k, pivot]], b[[k, pivot]] = a[[pivot, k]], b[[pivot, k]]
            determinant = -determinant
        determinant = determinant * a[k, k]
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            a[i, k:] = a[i, k:] - factor * a[k, k:]
            b[i] = b[i] - factor * b[k]
    x = np.empty_like(b)
    for i in reversed(range(n)):
        x[i] = (b[i] - sum((a[i, j] * x[j] for j in range(i + 1, n)), 0 * b[i])) / a[i, i]
    return x, determinant


def solve(a, b):
    a, b = np.asarray(base(a)), np.asarray(base(b))
    if a.ndim == 2:
        return wrap(_eliminate(a, b)[0])
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2] if b.ndim > 1 else ())
    a = np.broadcast_to(a, batch + a.shape[-2:])
    b = (
        np.broadcast_to(b, batch + b.shape[-2:])
        if b.ndim > 1
        else np.broadcast_to(b, batch + b.shape)
    )
    return to_array([_eliminate(p, q)[0].view(Array) for p, q in zip(a, b, strict=True)])


def inv(a):
    return solve(a, np.broadcast_to(np.eye(np.shape(a)[-1]), np.shape(a)))


def det(a):
    a = np.asarray(base(a))
    if a.ndim > 2:
        return to_array([det(m) for m in a])
    try:
        return _eliminate(a, np.zeros((len(a), 0)))[1]
    except np.linalg.LinAlgError:
        raise OracleGap("determinant of a singular matrix") from None


def slogdet(a):
    determinant = det(a)
    sign = 1.0 if raw(determinant) > 0 else -1.0
    return SignAndLog(lift(sign), unary("log", determinant * sign))


def cholesky(a):
    a = lifted(a)
    n = len(a)
    out = lifted(np.zeros((n, n)))
    for i in range(n):
        for j in range(i + 1):
            rest = a[i, j] - sum((out[i, k] * out[j, k] for k in range(j)), lift(0))
            out[i, j] = unary("sqrt", rest) if i == j else rest / out[j, j]
    return out.view(Array)


def norm(x, ord=None, axis=None, keepdims=False):
    x = base(x) if isinstance(x, Array) else lifted(x)
    size = elementwise("absolute", x)
    if ord in (None, "fro") or (ord == 2 and (x.ndim == 1 or isinstance(axis, int))):
        return wrap(
            elementwise(
                "sqrt", reduce_over(elementwise("multiply", size, size), axis, keepdims, total)
            )
        )
    if ord == 1 and (x.ndim == 1 or isinstance(axis, int)):
        return wrap(reduce_over(size, axis, keepdims, total))
    if ord == np.inf and (x.ndim == 1 or isinstance(axis, int)):
        return shim.max(wrap(size), axis, keepdims=keepdims)
    if isinstance(ord, (int, float)) and x.ndim == 1:
        powers = elementwise("power", size, float(ord))
        return binary("power", reduce_over(powers, None, False, total), 1.0 / ord)
    raise OracleGap(f"norm of order {ord}")


def matrix_power(a, n):
    a = inv(a) if n < 0 else a
    out = lifted(np.eye(np.shape(a)[0]))
    for _ in range(abs(n)):
        out = matmul(out, a)
    return wrap(out)


def lstsq(a, b, rcond=None):
    a = np.asarray(base(a))
    x = solve(matmul(a.T, a), matmul(a.T, base(b)))
    return (
        x,
        None,
        np.linalg.matrix_rank(a.astype(float)) if a.dtype != object else a.shape[1],
        None,
    )


def pinv(a):
    a = np.asarray(base(a))
    if a.shape[0] >= a.shape[1]:
        return solve(matmul(a.T, a), a.T)
    return wrap(matmul(a.T, base(inv(matmul(a, a.T)))))


def multi_dot(arrays):
    out = arrays[0]
    for item in arrays[1:]:
        out = matmul(out, item)
    return wrap(out)


LINALG = {
    f.__name__: f
    for f in (solve, inv, det, slogdet, cholesky, norm, matrix_power, lstsq, pinv, multi_dot)
}
LINALG["matmul"] = OVERRIDES["matmul"]
linalg = Shim(np.linalg, LINALG, ("outer", "cross", "trace", "diagonal"))
OVERRIDES["linalg"] = linalg
