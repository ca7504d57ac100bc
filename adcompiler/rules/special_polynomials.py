"""``scipy.special``: orthogonal polynomials, harmonics, combinatorics.

A derivative by the argument is a polynomial of the next lower degree (DLMF 18.9). Degrees and
parameters have none. ``lpmv`` has a NaN slope at 1 and -1.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from adcompiler.rules.contract import elementwise, not_yet, undefined, zero

# ---- polynomials


def below(n):
    """The next lower degree; of a constant any, since its factor is 0."""
    return np.where(n == 0, 0, n - 1)


elementwise(
    special.eval_legendre,
    lambda n, x, y: (None, 0.5 * (n != 0) * (n + 1) * special.eval_jacobi(below(n), 1, 1, x)),
)
elementwise(
    special.eval_sh_legendre,
    lambda n, x, y: (None, (n != 0) * (n + 1) * special.eval_jacobi(below(n), 1, 1, 2.0 * x - 1.0)),
)
elementwise(
    special.eval_jacobi,
    lambda n, alpha, beta, x, y: (
        None,
        None,
        None,
        0.5
        * (n != 0)
        * (n + alpha + beta + 1)
        * special.eval_jacobi(below(n), alpha + 1, beta + 1, x),
    ),
)
elementwise(
    special.eval_sh_jacobi,
    lambda n, p, q, x, y: (None, None, None, n * special.eval_sh_jacobi(below(n), p + 2, q + 1, x)),
)
elementwise(special.eval_chebyt, lambda n, x, y: (None, n * special.eval_chebyu(below(n), x)))
elementwise(special.eval_chebyc, lambda n, x, y: (None, n * special.eval_chebys(below(n), x)))
elementwise(
    special.eval_sh_chebyt,
    lambda n, x, y: (None, 2.0 * n * special.eval_sh_chebyu(below(n), x)),
)
elementwise(
    special.eval_chebyu,
    lambda n, x, y: (None, 2.0 * (n != 0) * special.eval_gegenbauer(below(n), 2, x)),
)
elementwise(
    special.eval_chebys,
    lambda n, x, y: (None, (n != 0) * special.eval_gegenbauer(below(n), 2, 0.5 * x)),
)
elementwise(
    special.eval_sh_chebyu,
    lambda n, x, y: (None, 4.0 * (n != 0) * special.eval_gegenbauer(below(n), 2, 2.0 * x - 1.0)),
)
elementwise(
    special.eval_gegenbauer,
    lambda n, alpha, x, y: (
        None,
        None,
        2.0 * (n != 0) * alpha * special.eval_gegenbauer(below(n), alpha + 1, x),
    ),
)
elementwise(
    special.eval_laguerre,
    lambda n, x, y: (None, -(n != 0) * special.eval_genlaguerre(below(n), 1, x)),
)
elementwise(
    special.eval_genlaguerre,
    lambda n, alpha, x, y: (
        None,
        None,
        -1.0 * (n != 0) * special.eval_genlaguerre(below(n), alpha + 1, x),
    ),
)
elementwise(
    special.assoc_laguerre,
    lambda x, n, k, y: (
        -1.0 * (n != 0) * special.eval_genlaguerre(below(n), k + 1, x),
        None,
        None,
    ),
    args="x, n, k=0.0",
)
elementwise(
    special.eval_hermite, lambda n, x, y: (None, 2.0 * n * special.eval_hermite(below(n), x))
)
elementwise(
    special.eval_hermitenorm,
    lambda n, x, y: (None, n * special.eval_hermitenorm(below(n), x)),
)

# ---- Legendre functions, spherical harmonics

elementwise(
    special.lpmv,
    lambda m, v, x, y: (
        None,
        None,
        (v * x * y - (v + m) * special.lpmv(m, v - 1.0, x)) / (x * x - 1.0),
    ),
)


def harmonic_slope(n, m, theta, phi):
    """By the polar angle: half the difference of the ladder operators, 0 off their ends."""
    rising = np.sqrt(np.maximum((n - m) * (n + m + 1.0), 0.0))
    falling = np.sqrt(np.maximum((n + m) * (n - m + 1.0), 0.0))
    up = rising * special.sph_harm_y(n, m + 1, theta, phi)
    down = falling * special.sph_harm_y(n, m - 1, theta, phi)
    return 0.5 * (np.exp(-1j * phi) * up - np.exp(1j * phi) * down)


if hasattr(special, "sph_harm_y"):  # SciPy 1.15
    elementwise(
        special.sph_harm_y,
        lambda n, m, theta, phi, y: (None, None, harmonic_slope(n, m, theta, phi), 1j * m * y),
    )
    not_yet(
        (
            special.legendre_p, special.legendre_p_all, special.assoc_legendre_p,
            special.assoc_legendre_p_all, special.sph_legendre_p, special.sph_legendre_p_all,
            special.sph_harm_y_all,
        ),
        "use special.eval_legendre, special.lpmv or special.sph_harm_y",
    )  # fmt: skip
not_yet((special.lqn, special.lqmn), "declare a rule of your own with adcompiler.rules")
not_yet(
    (special.ellip_harm, special.ellip_harm_2, special.ellip_normal),
    "declare a rule of your own with adcompiler.rules",
)

# ---- combinatorics


def known(exact):
    assert exact is False, "derivatives of combinatorial functions need exact=False"
    return 1.0


elementwise(
    special.comb,
    lambda N, k, exact, y: (
        known(exact) * y * (special.digamma(N + 1.0) - special.digamma(N - k + 1.0)),
        y * (special.digamma(N - k + 1.0) - special.digamma(k + 1.0)),
        None,
    ),
    args="N, k, *, exact=False",
)
elementwise(
    special.perm,
    lambda N, k, exact, y: (
        known(exact) * y * (special.digamma(N + 1.0) - special.digamma(N - k + 1.0)),
        y * special.digamma(N - k + 1.0),
        None,
    ),
    args="N, k, *, exact=False",
)
undefined(
    (
        special.factorial, special.factorial2, special.factorialk, special.stirling2,
        special.bernoulli, special.euler,
    ),
    "it is defined on integers: special.gamma is smooth",
)  # fmt: skip

# ---- nodes, zeros: functions of integers

zero(
    (
        special.roots_legendre, special.roots_chebyc, special.roots_chebys, special.roots_chebyt,
        special.roots_chebyu, special.roots_hermite, special.roots_hermitenorm,
        special.roots_laguerre, special.roots_sh_chebyt, special.roots_sh_chebyu,
        special.roots_sh_legendre,
    ),
    args="n",
)  # fmt: skip
not_yet(
    (
        special.roots_gegenbauer, special.roots_genlaguerre, special.roots_jacobi,
        special.roots_sh_jacobi,
    ),
    "nodes have no rule by their parameters: pass them in as arguments",
)  # fmt: skip
zero((special.ai_zeros, special.bi_zeros, special.erf_zeros), args="nt")
zero((special.y0_zeros, special.y1_zeros, special.y1p_zeros), args="nt")
zero((special.jn_zeros, special.jnp_zeros, special.yn_zeros, special.ynp_zeros), args="n, nt")
zero((special.jnjnp_zeros, special.fresnel_zeros, special.fresnelc_zeros), args="nt")
zero((special.fresnels_zeros, special.ber_zeros, special.bei_zeros, special.ker_zeros), args="nt")
zero((special.kei_zeros, special.berp_zeros, special.beip_zeros, special.kerp_zeros), args="nt")
zero((special.keip_zeros, special.kelvin_zeros), args="nt")
zero(special.jnyn_zeros, args="n, nt")
undefined(
    (
        special.chebyc, special.chebys, special.chebyt, special.chebyu, special.gegenbauer,
        special.genlaguerre, special.hermite, special.hermitenorm, special.jacobi,
        special.laguerre, special.legendre, special.sh_chebyt, special.sh_chebyu,
        special.sh_jacobi, special.sh_legendre, special.seterr, special.geterr,
    ),
    "it returns no array: use special.eval_legendre and its like",
)  # fmt: skip
