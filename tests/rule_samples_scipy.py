"""Sample calls of functions of ``scipy.linalg``, ``integrate``, ``signal`` and ``ndimage``."""

# ruff: noqa: E501 (a table)

from __future__ import annotations

import numpy as np
import scipy.linalg as sl

from tests.rule_samples import SPD, A, C, M, N, R, add, c

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
