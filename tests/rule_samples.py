"""Sample calls of every rule's function, away from kinks and singular points."""

# ruff: noqa: E501 (a table)

from __future__ import annotations

import inspect
import math
import operator
from typing import Any

import numpy as np

from adcompiler.optional import optional
from adcompiler.runtime import finite_quotient

A = np.array([0.31, 0.72, 0.55])
B = np.array([0.83, 0.24, 0.47])
C = np.array([0.6, 0.9, 0.2, 0.75])
M = np.array([[1.7, 0.2, -0.5], [0.3, 1.9, 0.4], [-0.6, 0.1, 2.2]])
N = np.array([[0.3, -1.2, 0.5], [0.7, 0.4, -0.9], [1.1, 0.6, 0.8]])
R = np.array([[0.9, -0.4, 1.3, 0.2], [0.5, 1.1, -0.7, 0.35], [-1.6, 0.8, 0.15, 2.1]])
T = np.arange(24.0).reshape(2, 3, 4) % 7 * 0.37 + np.arange(24.0).reshape(2, 3, 4) * 0.011 + 0.1
S = np.stack([M, M + 0.1 * N])
W = np.array([0.2, np.nan, 0.9, 0.4])
Z = np.array([0.4 + 0.7j, -0.3 + 0.5j, 0.8 - 0.6j])
ZM = M + 0.5j * N

Sample = tuple[tuple[Any, ...], dict[str, Any]]


def c(*args: Any, **kwargs: Any) -> Sample:
    return args, kwargs


def default_samples(rule: Any) -> list[Sample]:
    """Positive operands below one, as scalars and, for NumPy, as arrays that broadcast."""
    k = len([p for p in rule.signature.parameters.values() if p.default is inspect.Parameter.empty])
    scalars = [c(*(0.31, 0.83, 0.57)[:k]), c(*(0.72, 0.24, 0.45)[:k])]
    if getattr(rule.fn, "__module__", None) in ("math", "builtins"):
        return scalars
    return [*scalars, c(*(A, B[:, None], 0.57)[:k]), c(*(0.31, B, A[:, None])[:k])]


COMPLEX = [c(Z)]
PAIRS = [c(A, B), c(A, B[:, None]), c(0.31, 0.83), c(Z, Z[::-1] + 1.0)]
REDUCTION = [c(A), c(R), c(R, axis=0), c(R, axis=-1, keepdims=True), c(T, axis=(0, 2)), c(T, axis=1)]
PAIR_PRODUCTS = [
    c(A, B), c(M, A), c(A, M), c(M, N), c(N, R), c(Z, ZM), c(S, N), c(N, S), c(T, R.T),
    c(A, T), c(T, C), c(S, S[::-1]),
]  # fmt: skip

SAMPLES: dict[Any, list[Sample]] = {}


def add(fns: Any, *samples: Sample) -> None:
    for fn in fns if isinstance(fns, tuple) else (fns,):
        SAMPLES[fn] = list(samples)


# ---- arithmetic and elementary functions

BINARY = (operator.add, operator.sub, operator.mul)
BINARY += (operator.truediv, operator.pow)
BINARY += (np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power)
add(BINARY, *[c(np.array(1.0) * a if isinstance(a, np.ndarray) else a, b) for (a, b), _ in PAIRS[2:]],
    c(A, B), c(np.ones((3, 3)) * A, B[:, None]))
add((pow,), c(0.7, 1.3), c(0.7, -1.3), c(0.7, 0.4), c(1.5, 2.0), c(A, 2.5), c(0.4 + 0.7j, 1.3))
UNARY = (operator.neg, operator.pos, np.negative, np.positive, np.exp, np.log, np.sqrt, np.sin)
UNARY += (np.cos, np.tan, np.sinh, np.cosh, np.tanh, np.arcsin, np.arccos, np.arctan, np.arcsinh)
UNARY += (np.arccosh, np.arctanh, np.square, np.reciprocal, np.expm1, np.log1p, np.log2, np.log10)
UNARY += (np.exp2,)
add(UNARY, c(A), c(0.31), c(-0.0 + R[:, :0]), c(Z))
add((np.arccosh,), c(A + 1.2), c(1.7), c(Z + 2.0))
add((math.acosh,), c(1.7), c(12.0))
add((operator.mod, np.remainder, np.fmod), c(2.31, 0.83), c(A * 0.4 + 2.8, B * 0.3 + 1.8), c(-2.31, 0.83))
add((math.fmod, math.remainder), c(2.31, 0.83), c(-2.31, 0.83))
add((math.log,), c(2.3), c(2.3, 1.7), c(0.3, 10.0))
add((np.ldexp,), c(A, 3), c(0.31, -2))
add((math.ldexp,), c(0.31, 3))
add((np.sinc,), c(A), c(0.05), c(-0.02), c(1.7))
add((np.clip,), c(A * 3 - 1, 0.0, 1.0), c(A * 3 - 1, B - 1.0, B), c(A, 0.5, None), c(A, None, 0.5),
    c(A, B + 0.5, B + 0.1))
add((np.absolute, abs), c(R), c(-0.3), c(0.3), c(Z), c(0.4 - 0.7j))
add((np.fabs,), c(R))
add((np.copysign,), c(A, -B), c(-A, -B), c(-0.3, 0.2))
add((np.nan_to_num,), c(A), c(0.3))
add((np.unwrap,), c(C * 7), c(R * 3, axis=0))
add((math.fsum,), c([0.3, 0.4, 0.5]))
add((math.dist,), c([0.3, 0.4], [0.7, -0.2]))
if hasattr(math, "sumprod"):
    add((math.sumprod,), c([0.3, 0.4], [0.7, -0.2]))

# ---- reductions and extrema

add((np.sum, np.mean), *REDUCTION, c(Z))
SAMPLES[np.sum].append(c(R[:0]))
add((np.prod, np.max, np.min, np.amax, np.amin, np.ptp), *REDUCTION)
add((np.var, np.std), *REDUCTION, c(R, axis=0, ddof=1), c(Z))
NAN = [c(W), c(np.stack([W, C]), axis=1), c(np.stack([W, C + 0.1]), axis=1, keepdims=True), c(R)]
add((np.nansum, np.nanmean, np.nanmax, np.nanmin, np.nanvar, np.nanstd, np.nanprod), *NAN)
add((np.median, np.nanmedian), c(A), c(C), c(R), c(R, axis=0), c(R, axis=1, keepdims=True))
add((np.nanmedian,), *NAN)
add((np.quantile, np.nanquantile), c(A, 0.3), c(R, 0.71, axis=1), c(C, 1.0), c(R, 0.2, axis=0, keepdims=True))
add((np.percentile, np.nanpercentile), c(A, 30.0), c(R, 71, axis=1))
add((np.cov,), c(A), c(R), c(R, rowvar=False), c(R, bias=True), c(R, ddof=2))
add((np.average,), c(R), c(R, axis=1), c(R, axis=0, weights=A), c(R, weights=R + 3.0),
    c(R, axis=-1, weights=R + 3.0, keepdims=True), c(T, axis=1, weights=A))
add((np.cumsum,), c(A), c(R), c(R, axis=0), c(R, axis=-1))
add((np.cumprod,), c(A), c(R), c(R, axis=0), c(R, axis=-1))
if hasattr(np, "cumulative_sum"):
    add((np.cumulative_sum, np.cumulative_prod), c(A), c(R, axis=0), c(R, axis=-1))
add((np.nancumsum,), c(W), c(R), c(R, axis=0))

# ---- shapes

add((np.reshape,), c(R, (4, 3)), c(R, -1), c(R, (2, 6), order="F"), c(R, 12))
add((np.ravel,), c(R), c(R, order="F"))
add((np.expand_dims,), c(A, 0), c(R, (0, -1)), c(0.3, 0))
add((np.squeeze,), c(R[:, :1]), c(T[:1], axis=0))
add((np.atleast_1d, np.atleast_2d, np.atleast_3d), c(0.3), c(A), c(R), c(T))
add((np.broadcast_to,), c(A, (2, 3)), c(0.3, (2, 2)), c(A[:, None], (3, 4)))
add((np.transpose,), c(R), c(T), c(T, (2, 0, 1)), c(T, (-1, 0, 1)))
add((np.swapaxes,), c(T, 0, -1))
add((np.moveaxis,), c(T, 0, -1), c(T, (0, 1), (2, 0)))
add((np.matrix_transpose, np.linalg.matrix_transpose), c(R), c(T))
add((np.flip,), c(T), c(T, 1), c(T, (0, 2)))
add((np.fliplr, np.flipud), c(R))
add((np.rot90,), c(R), c(R, 2), c(T, -1, (1, 2)))
add((np.roll,), c(A, 1), c(R, -2, axis=1), c(R, 5), c(T, (1, 2), axis=(0, 1)))
add((np.tile,), c(A, 2), c(A, (2, 3)), c(R, 2), c(T, (2, 1)))
add((np.repeat,), c(A, 2), c(R, 3, axis=0), c(R, 2, axis=-1), c(R, 2), c(A, np.array([0, 2, 1])),
    c(R, np.array([1, 0, 2]), axis=0))
add((np.pad,), c(A, 2), c(R, ((1, 0), (0, 2))), c(R, 1, mode="edge"), c(A, (1, 2), mode="wrap"),
    c(R, 2, mode="reflect"), c(R, 1, constant_values=3.0))
add((np.tril, np.triu), c(R), c(R, k=1), c(T, k=-1))
add((np.diag,), c(A), c(A, k=1), c(M), c(R, k=1), c(R.T, k=-1), c(R, k=-1))
add((np.diagflat,), c(A), c(R, k=1))
add((np.diagonal,), c(R), c(R, offset=-1), c(T, 1, 0, 2), c(T))
add((np.linalg.diagonal,), c(T), c(T, offset=1))
add((np.trace,), c(R), c(M, offset=1), c(T), c(T, 1, 1, 2), c(T, 0, 2, 0))
add((np.linalg.trace,), c(R), c(T, offset=1))
add((np.concatenate,), c((A, B)), c((R, R[:1])), c((R, R[:, :2]), axis=1), c([T, T[:, :1]], axis=1),
    c((R, A), axis=None))
add((np.stack,), c((A, B)), c((A, B), axis=1), c((R, R), axis=1), c((R, R), axis=-1))
add((np.vstack,), c((A, B)), c((R, R[0])), c((R, R[:2])))
add((np.hstack,), c((A, B)), c((R, R[:, :2])), c((np.array(0.3), A)))
add((np.column_stack,), c((A, B)), c((R, A)))
add((np.dstack,), c((A, B)), c((R, R)), c((T, T[:, :, :1])))
SPLITS = [c(R, 2, axis=1), c(R, (1, 3), axis=-1), c(R, [1]), c(T, 2)]
add((np.split,), *SPLITS, c(A, 3))
add((np.array_split,), *SPLITS, c(A, 2))
add((np.hsplit,), c(C, 2), c(R, 2), c(T, (1,)))
add((np.vsplit,), c(R, 3), c(T, (1,)))
add((np.dsplit,), c(T, 2), c(T, (1,)))
add((np.broadcast_arrays,), c(A, B[:, None]), c(A, R[:, :1], T[:, :, :1]))
add((np.meshgrid,), c(A, C), c(A, C, B[:2]), c(A, C, indexing="ij"))
add((np.append,), c(A, B), c(R, 0.3), c(R, R[:1], axis=0))

# ---- selection

POS = np.array([2, 0, 2, -1])
add((np.where,), c(A > 0.5, A, B), c(R > 0, R, 0.3), c(A > 0.5, Z, B))
add((np.select,), c([A > 0.6, A > 0.4], [A, B], 0.7), c([R > 1, R > 0], [R, R * R]))
SAMPLES[np.select][1] = c([R > 1, R > 0], [R, R * R], R - 1)
add((np.choose,), c(np.array([0, 1, 0]), [A, B]))
add((np.take,), c(A, POS), c(R, POS, axis=0), c(R, POS, axis=-1), c(R, POS), c(A, 1), c(Z, POS))
add((np.take_along_axis,), c(R, np.argsort(R, axis=1), axis=1), c(R, np.argsort(R, axis=0)[:1], axis=0))
add((np.compress,), c([True, False, True], R, axis=0), c([True, False, True], A))
add((np.extract,), c(R > 0, R))
add((np.bincount,), c(np.array([0, 2, 2]), A), c(np.array([0, 2, 2]), A, 6))
add((np.sort,), c(A), c(R), c(R, axis=0), c(R, axis=None))
add((np.partition,), c(A, 1), c(R, 1, axis=0))

# ---- creation

add((np.full,), c((2, 3), 0.3), c((2, 3), A))
add((np.full_like,), c(R, 0.3))
add((np.array, np.asarray, np.asanyarray), c(A), c([0.3, 0.4]), c([[0.3, 0.4], [0.1, 0.2]]), c((A, B)), c(0.3))
add((np.ascontiguousarray, np.asfortranarray, np.asarray_chkfinite), c(R), c([0.3, 0.4]))
add((np.copy,), c(R))
add((np.astype,), c(R, np.float64))
add((np.linspace,), c(0.3, 1.7), c(0.3, 1.7, 5, endpoint=False), c(A, B, 4), c(A, 0.3, 4), c(0.1, 0.4, 1))
add((np.logspace,), c(0.3, 1.7, 5), c(A, B, 4, base=2.0))
add((np.geomspace,), c(0.3, 1.7, 5), c(A, B, 4))
add((np.arange,), c(0.3, 1.75, 0.2), c(2.5))

# ---- products

add((operator.matmul, np.matmul, np.linalg.matmul), *PAIR_PRODUCTS)
add((np.dot,), *PAIR_PRODUCTS[:6], c(0.3, A), c(R, 0.3), c(T, C), c(A, T), c(T, R.T), c(R, np.moveaxis(T, 2, 1)))
add((np.inner,), c(A, B), c(R, C), c(R, R + 1.0), c(T, R), c(0.3, A), c(A, Z))
add((np.outer,), c(A, B), c(R, A), c(A, R), c(Z, A))
add((np.vdot,), c(A, B), c(R, R + 1.0), c(Z, Z + 1.0))
add((np.linalg.cross,), c(A, B), c(M, N, axis=0))
add((np.linalg.outer,), c(A, B))
if hasattr(np, "matvec"):
    add((np.matvec,), c(M, A), c(S, A), c(S, M[:2]), c(ZM, Z))
    add((np.vecmat,), c(A, M), c(A, S), c(Z, ZM))
add((np.cross,), c(A, B), c(M, A), c(M, N, axis=0))
add((np.kron,), c(A, B), c(R, M), c(A, R), c(R, A), c(0.3, A))
add((np.tensordot,), c(T, R, ((2,), (1,))), c(T, T + 1.0, ((0, 2), (0, 2))), c(T, R, ((2, 1), (1, 0))),
    c(M, N), c(M, N, 1), c(A, B, 0), c(T, T + 1.0, 3), c(T, R, (2, 1)))
add(
    (np.einsum,),
    *[c(sub, *ops) for sub, ops in (
        ("i,i", (A, B)), ("ij,jk->ik", (M, R)), ("ij,jk", (M, R)), ("ij->ji", (R,)),
        ("ij->j", (R,)), ("ij->", (R,)), ("ij,j->i", (M, A)), ("i,j->ij", (A, C)),
        ("bij,jk->bik", (S, R)), ("...j,jk->...k", (T, R.T)), ("i,ij,j->", (A, M, B)),
        ("ij,ik->", (M, R)), ("ji,kj,k", (R, M, A)), ("ij,ij->i", (Z[None], ZM[:1])),
        ("ii", (M,)), ("ii->i", (M,)), ("iij,ij->j", (S[:, :2], R[:2, :3])), ("jkk->j", (S,)),
        ("iij,jk->k", (S[:, :2], R)),
    )],
)  # fmt: skip
if hasattr(np, "vecdot"):
    add((np.vecdot, np.linalg.vecdot), c(A, B), c(R, C), c(R, R + 1.0, axis=0), c(Z, Z + 1.0))

# ---- linear algebra

SPD = M @ M.T + np.eye(3)
add((np.linalg.solve,), c(M, A), c(M, R), c(S, A), c(S, R), c(S, np.stack([R, R])), c(ZM, Z))
add((np.linalg.inv,), c(M), c(S), c(ZM))
add((np.linalg.pinv,), c(R), c(R.T), c(M))
add((np.linalg.det,), c(M), c(S), c(ZM))
add((np.linalg.slogdet,), c(M), c(S), c(ZM), c(-M))
add((np.linalg.eigh, np.linalg.eigvalsh), c(SPD), c(M, UPLO="U"), c(S))
add((np.linalg.svd,), c(R, full_matrices=False), c(R.T, full_matrices=False), c(S, full_matrices=False))
add((np.linalg.svdvals,), c(R), c(R.T), c(S))
add((np.linalg.qr,), c(R.T), c(M), c(S))
add((np.linalg.cholesky,), c(SPD), c(np.stack([SPD, SPD + np.eye(3)])))
add((finite_quotient,), c(M, N), c(M, A))
add((np.linalg.matrix_power,), c(M, 3), c(M, 0), c(M, 1), c(M, -2), c(S, 2))
NORMS = [c(A), c(R, axis=0), c(R, axis=1, keepdims=True), c(R - 0.05, ord=1, axis=0), c(A, ord=3.0),
         c(R, ord=np.inf, axis=1), c(Z)]  # fmt: skip
add((np.linalg.norm,), *NORMS, c(R), c(R, "fro"), c(T, axis=(0, 1)))
add((np.linalg.vector_norm,), *[s for s in NORMS], c(R, ord=3.0), c(T, axis=(0, 1), ord=1))

sl = optional("scipy.linalg")
if sl is not None:
    add((sl.solve,), c(M, A), c(M, R))
    add((sl.inv, sl.det), c(M), c(ZM))
    add((sl.cholesky,), c(SPD), c(SPD, lower=True))
    add((sl.expm,), c(M), c(0.3 * N))

# ---- Fourier transforms

RZ = R + 1j * R[::-1] ** 2
FFT = [c(Z), c(A), c(RZ, axis=0), c(RZ, 3), c(RZ, n=7), c(RZ, norm="ortho"), c(RZ, 2, 0, "forward")]
add((np.fft.fft, np.fft.ifft), *FFT)
add((np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn), c(RZ), c(R), c(T, axes=(0, 2), norm="ortho"))
add((np.fft.rfft,), c(A), c(C), c(R, axis=0), c(R, 3), c(R, n=7), c(R, norm="ortho"), c(R, 2, 0, "forward"))
add((np.fft.irfft,), *FFT, c(RZ, n=6, axis=0))
add((np.fft.fftshift, np.fft.ifftshift), c(A), c(R), c(R, axes=0), c(Z))

# ---- complex numbers

add((np.real, np.imag, np.conjugate), c(Z))
add((np.angle,), c(Z), c(Z, deg=True))

# ---- interpolation and the like

XP, FP = np.array([0.0, 0.4, 0.65, 1.0]), np.array([0.3, 1.2, -0.4, 0.9])
add((np.interp,), c(A, XP, FP), c(np.array([-0.5, 0.1, 1.7]), XP, FP), c(0.5, XP, FP))
add((np.convolve,), c(A, C), c(C, A, "same"), c(A, C, "same"), c(C, A, "valid"), c(A, C, "valid"))
add((np.polyval,), c(A, 0.7), c(C, R))
add((np.polyder,), c(C))
add((np.diff,), c(A), c(R, 2), c(R, axis=0), c(T, 1, 1))
add((np.gradient,), c(C), c(C, 0.3), c(R, 0.3, axis=1), c(R, axis=0))
if hasattr(np, "trapezoid"):
    add((np.trapezoid,), c(A), c(R, dx=0.3), c(R, C), c(R, A, axis=0), c(R, np.cumsum(np.abs(R), 1)))

# ---- scipy.special

sp = optional("scipy.special")
if sp is not None:
    add((sp.polygamma, sp.expn, sp.kn, sp.yn), c(2, A), c(1, 0.7))
    add((sp.jv, sp.yv, sp.iv, sp.ive, sp.kv, sp.kve, sp.hankel1, sp.hankel2), c(1.5, A * 3), c(2.0, 0.7))
    add((sp.j1, sp.y1, sp.i0e, sp.i1e, sp.k1e), c(A), c(3.7))
    add((sp.ellipkm1, sp.spence, sp.lambertw), c(A), c(1.2), c(0.02))
    add((sp.airy, sp.fresnel, sp.sici, sp.shichi), c(A), c(0.7))
    add((sp.zeta,), c(2.5, A), c(3.0, 0.7))
    add((sp.exprel,), c(A), c(0.05), c(-0.02), c(2.0))
    add((sp.wofz,), c(Z))
    add((sp.elliprd,), c(A, B + 1.0, C[:3, None] + 2.0))
    add((sp.huber,), c(0.5, A * 3), c(B, A + 0.4))
    add((sp.log_ndtr,), c(A), c(-40.0), c(5.0))
    add((sp.hyp0f1,), c(1.5, A))
    add((sp.gamma, sp.digamma), c(A), c(3.3), c(-0.4))
    add((sp.gammainc, sp.gammaincc, sp.gammaincinv, sp.gammainccinv), c(1.7, A), c(0.8, 0.45))
    add((sp.betainc, sp.betaincinv), c(1.7, 0.8, A))
    add((sp.hyp1f1,), c(0.7, 1.8, A))
    add((sp.hyp2f1,), c(0.7, 1.2, 1.8, A))
    add((sp.logsumexp,), c(A), c(R, axis=0), c(R, axis=1, keepdims=True), c(R, axis=1, b=R**2 + 1.0))
    add((sp.softmax, sp.log_softmax), c(A), c(R, axis=0), c(R), c(T, axis=(0, 2)))
