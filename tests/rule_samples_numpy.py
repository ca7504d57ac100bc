"""Sample calls of further functions of NumPy."""

# ruff: noqa: E501 (a table)
# fmt: off

from __future__ import annotations

import math

import numpy as np

from tests.rule_samples import FFT, FP, RZ, SAMPLES, XP, ZM, A, B, C, M, N, R, S, T, W, Z, add, c

add((np.insert,), c(A, 1, 0.7), c(R, 2, A, axis=1), c(R, 0, 0.3, axis=0), c(A, -1, 0.2))
add((np.delete,), c(A, 1), c(R, 2, axis=1), c(R, np.array([0, 2]), axis=0), c(R, 5))
SEVERAL = [c(R), c(R.T), c(T, axes=(0, 2), norm="ortho"), c(T, axes=(2, 1))]
add((np.fft.rfft2,), *SEVERAL, c(T))
add((np.fft.rfftn,), *SEVERAL, c(T, norm="forward"), c(A))
add((np.fft.irfft2, np.fft.irfftn), c(RZ), c(RZ.T), c(RZ, axes=(1, 0), norm="ortho"))
add((np.fft.hfft,), *FFT, c(RZ, n=6, axis=0))
add((np.fft.ihfft,), c(A), c(C), c(R, axis=0), c(R, n=7), c(R, norm="ortho"), c(R, 2, 0, "forward"))
add((np.divmod,), c(2.31, 0.83), c(A * 0.4 + 2.8, B * 0.3 + 1.8), c(-2.31, 0.83), c(A[:, None] * 0.4 + 2.8, B * 0.3 + 1.8))
add((np.modf, np.frexp), c(R * 3.0), c(-2.31))
add((math.modf, math.frexp), c(2.31), c(-0.7))
add((np.i0,), c(A * 3.0), c(R))
add((np.kaiser,), c(5, 1.7), c(4, 8.6), c(1, 2.0))
add((np.vander,), c(A), c(A, 2), c(C, 5, increasing=True), c(np.array([0.0, 0.3])))
add((np.nancumprod,), c(W), c(R), c(np.stack([W, C]), axis=0), c(np.stack([W, C]), axis=-1))
add((np.resize,), c(A, 5), c(R, (2, 3)), c(R, (5, 4)))
add((np.rollaxis,), c(T, 2), c(T, 0, 3), c(T, -1, 1), c(T, 1, -1))
add((np.unique, np.unique_values), c(A), c(R))
add((np.union1d,), c(A, B), c(A, R))
add((np.setdiff1d,), c(A, B[:2]), c(R, A))
add((np.trim_zeros,), c(np.array([0.0, 0.3, 0.0, 0.7, 0.0])[1:4]), c(A))
add((np.histogram,), c(A, 4), c(R, 3, (0.0, 1.0)), c(A, np.array([0.0, 0.4, 0.6, 1.0])), c(R, 4, weights=R + 3.0))
add((np.correlate,), c(C, A), c(A, C), c(C, A, "same"), c(A, C, "same"), c(C, A, "full"), c(A, C, "full"))
add((np.interp,), c(A, XP, FP), c(np.array([-0.5, 0.1, 1.7]), XP, FP), c(0.5, XP, FP), c(np.array([-0.5, 0.1, 1.7]), XP, FP, left=0.0),
    c(np.array([-0.5, 0.1, 1.7]), XP, FP, 0.3, -2.0))
add((np.diff,), c(A), c(R, 2), c(R, axis=0), c(T, 1, 1), c(A, prepend=0.3), c(R, append=R[:, :2]), c(R, prepend=R[:1], append=0.7, axis=0),
    c(A, 2, prepend=B, append=C))
add((np.ediff1d,), c(A), c(R))
add((np.gradient,), c(C), c(C, 0.3), c(R, 0.3, axis=1), c(R, axis=0), c(C, np.array([0.0, 0.2, 0.5, 0.6])), c(R, np.array([0.1, 0.2, 0.5]), axis=0))
add((np.polyint,), c(A))
add((np.polyadd, np.polysub, np.polymul), c(A, C), c(C, A), c(A, B))
add((np.polymul,), c(np.array([0.0, 0.3, 0.4])[1:], A))
add((np.polyfit,), c(XP, FP, 1), c(np.append(XP, 1.3), np.append(FP, 0.2), 2), c(XP, FP, 0))
add((np.cov,), c(A), c(R), c(R, rowvar=False), c(R, bias=True), c(R, ddof=2), c(A, B), c(R, C), c(R, R[:, :2] + 1.0, rowvar=False))
add((np.corrcoef,), c(A), c(R), c(R, rowvar=False), c(A, B), c(R, C), c(C, R))

# ---- linear algebra

G = M + 0.3 * N
add((np.linalg.lstsq,), c(R.T, C), c(R.T, R.T[:, :2] + 1.0), c(R, A), c(M, A))
add((np.linalg.tensorinv,), c(np.reshape(np.eye(6) + 0.1 * np.arange(36.0).reshape(6, 6) % 0.7, (2, 3, 6)), 2), c(M, 1))
add((np.linalg.tensorsolve,), c(np.reshape(np.eye(6) + 0.1 * np.arange(36.0).reshape(6, 6) % 0.7, (2, 3, 6)), R[:2, :3]))
add((np.linalg.multi_dot,), c([M, N]), c([M, N, R]), c([A, M, N, B]), c([A, M, R]), c([M, N, R, C]), c([A, B]))
add((np.linalg.eig, np.linalg.eigvals), c(ZM), c(G + 0j), c(np.stack([ZM, ZM + N])))
add((np.linalg.tensordot,), c(T, R, axes=((2,), (1,))), c(M, N), c(M, N, axes=1))
MATRIX_NORMS = ["nuc", 2, -2, 1, -1, np.inf, -np.inf]
add((np.linalg.norm,), *[c(R, each) for each in MATRIX_NORMS], c(T, "nuc", (0, 2)), c(T, 1, (2, 1), keepdims=True),
    c(T, 2, (-1, 0)), c(A), c(R, axis=0), c(R, axis=1, keepdims=True), c(R - 0.05, ord=1, axis=0), c(A, ord=3.0),
    c(R, ord=np.inf, axis=1), c(Z), c(R), c(R, "fro"), c(T, axis=(0, 1)), c(A, ord=0), c(T))
add((np.linalg.matrix_norm,), c(R), c(T, keepdims=True), *[c(T, ord=each) for each in MATRIX_NORMS], c(ZM))
add((np.linalg.cond,), c(R), c(S), c(M, 2))
add((np.cov,), *SAMPLES[np.cov], c(R[:1]), c(R[:, :1], rowvar=False))
if hasattr(np, "trapz"):
    add((np.trapz,), *SAMPLES[np.trapezoid])
