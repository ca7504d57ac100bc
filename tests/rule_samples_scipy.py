"""Sample calls of functions of ``scipy.linalg``, ``integrate``, ``signal`` and ``ndimage``."""

# ruff: noqa: E501 (a table)
# fmt: off

from __future__ import annotations

import numpy as np
import scipy.integrate as si
import scipy.linalg as sl
import scipy.ndimage as sn
import scipy.signal as ss

from tests.rule_samples import SPD, A, C, M, N, R, T, add, c

add((sl.svdvals,), c(R), c(R.T))
add((sl.svd,), c(R, full_matrices=False), c(R.T, full_matrices=False))
add((sl.qr,), c(R.T, mode="economic"), c(M, mode="economic"))
add((sl.pinv,), c(R), c(R.T), c(M))
add((sl.norm,), c(A), c(R), c(R, "nuc"), c(R, ord=1), c(R, axis=0), c(A, ord=np.inf))
add((sl.eigh, sl.eigvalsh), c(np.array([[2.0, 0.3], [0.3, 0.5]])), c(M, lower=False))
add((sl.solve_triangular,), c(M, A), c(M, R, lower=True), c(M, A, trans=1), c(M, R, trans="T", lower=True), c(M, A, 0, True))
SMALL = 0.3 * N
add((sl.cosm, sl.sinm, sl.tanm, sl.coshm, sl.sinhm, sl.tanhm), c(SMALL), c(0.2 * M))
add((sl.expm_frechet,), c(SMALL, M))
add((sl.sqrtm,), c(SPD), c(M))
add((sl.solve_sylvester,), c(M, SPD, R[:, :3]), c(M, np.array([[1.3]]), A[:, None]))
add((sl.solve_continuous_lyapunov,), c(M, N), c(M, SPD))
add((sl.solve_discrete_lyapunov,), c(SMALL, SPD), c(SMALL, N))
add((sl.circulant,), c(A))
add((sl.toeplitz, sl.hankel), c(A), c(A, C), c(C, A))
add((sl.convolution_matrix,), c(A, 4), c(A, 4, "same"), c(A, 4, "valid"))
add((sl.companion,), c(A), c(C))
add((sl.block_diag,), c(M, R), c(A, R, 0.7), c(R))
add((sl.khatri_rao,), c(R, M @ R), c(R, R[:2]))

# ---- sampled integrals

ODD = np.array([0.3, 0.9, -0.2, 0.55, 0.7])
X5 = np.array([0.0, 0.2, 0.5, 0.6, 1.0])
add((si.trapezoid,), c(A), c(R, dx=0.3), c(R, C), c(R, A, axis=0), c(R, np.cumsum(np.abs(R), 1)))
add((si.cumulative_trapezoid,), c(A), c(R, dx=0.3), c(R, C), c(R, A, axis=0), c(R, np.cumsum(np.abs(R), 1), initial=0), c(T, axis=1, initial=0))
add((si.simpson,), c(A), c(C, dx=0.3), c(ODD, X5), c(C, X5[:4]), c(A[:2]), c(R, C), c(R, axis=0, dx=0.7), c(T, axis=1))

# ---- filters

MODES = ["full", "same", "valid"]
add((ss.convolve, ss.fftconvolve, ss.oaconvolve, ss.correlate), *[c(C, A, mode) for mode in MODES], *[c(A, C, mode) for mode in MODES],
    c(R, R[:2, :2]), c(R, R[:2, :3], "same"))
add((ss.convolve, ss.correlate), c(T, T[:1, :2, :3], mode="valid"))
add((ss.convolve2d, ss.correlate2d), *[c(R, R[:2, :2], mode) for mode in MODES], c(R[:2], R, "same"), c(R[:2, :2], R, "valid"))
add((ss.lfilter,), c(A, np.array([1.3, -0.4]), ODD), c(ODD, np.array([1.0]), C), c(np.array([0.7]), np.array([2.0, 0.3, 0.1, -0.2, 0.1]), A))
add((ss.detrend,), c(ODD), c(R, axis=0), c(R, type="constant"))
add((ss.hilbert,), c(C), c(ODD), c(R, axis=0))

# ---- images

BOUNDS = [{"mode": mode} for mode in ("reflect", "mirror", "nearest", "wrap", "constant", "grid-wrap")]
add((sn.gaussian_filter,), *[c(R, 0.7, **each) for each in BOUNDS], c(R, 0.6, 1), c(A, 1.5, truncate=2.0), c(R, 0.7, radius=2), c(R, 0.6, mode="constant", cval=2.0))
add((sn.gaussian_filter1d,), *[c(R, 0.7, **each) for each in BOUNDS], c(R, 0.6, 0, 1), c(R, 0.5, axis=0, order=2))
K3, K4 = np.array([0.3, 0.5, -0.7]), np.array([0.3, 0.5, -0.7, 0.2])
add((sn.correlate1d, sn.convolve1d), *[c(R, K3, **each) for each in BOUNDS], c(R, K4, 0), c(R, K4, origin=1), c(R, K3, origin=-1, mode="nearest"))
add((sn.correlate, sn.convolve), *[c(R, N, **each) for each in BOUNDS], c(R, R[:2, :3]), c(ODD, K4, origin=-1), c(R, N, origin=1), c(ODD, K3, mode="constant", cval=1.5))
add((sn.uniform_filter1d,), c(R, 3), c(R, 2, 0), c(R, 4, mode="wrap", origin=1))
add((sn.uniform_filter,), *[c(R, 3, **each) for each in BOUNDS], c(T, 2), c(ODD))
add((sn.sobel, sn.prewitt), *[c(R, **each) for each in BOUNDS], c(R, 0))
add((sn.laplace,), *[c(R, **each) for each in BOUNDS], c(T))

# ---- factors

add((sl.cho_factor,), c(SPD + 0.1 * N), c(SPD + 0.1 * N, True))
add((sl.lu_factor,), c(M), c(N), c(M[::-1]))
add((sl.cho_solve,), c((M, False), A), c((M, True), R))
add((sl.lu_solve,), c(sl.lu_factor(N), A), c(sl.lu_factor(M[::-1]), R))
