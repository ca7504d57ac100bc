"""``scipy.special``: distribution functions of statistics, and their inverses.

The slope of a distribution function is its density; that of an inverse is one over it, at the
result. Shape parameters have a derivative where it has a closed form. Counts (``k``, ``n`` of the
discrete distributions) are rounded down, as the functions do. Singular points: ``voigt_profile``
has NaN slopes where ``sigma`` is 0.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from adcompiler.rules.contract import elementwise, not_yet, zero
from adcompiler.rules.special import beta_density, gamma_density

# ---- discrete distributions


def binomial_slope(k, n, p):
    """Of ``bdtrc`` in ``p``; ``bdtrc(k, n, p)`` is a beta distribution function."""
    return beta_density(np.floor(k) + 1.0, n - np.floor(k), p)


def negative_binomial_slope(k, n, p):
    return beta_density(n, np.floor(k) + 1.0, p)


def poisson_slope(k, m):
    return gamma_density(np.floor(k) + 1.0, m)


elementwise(special.bdtr, lambda k, n, p, y: (None, None, -binomial_slope(k, n, p)))
elementwise(special.bdtrc, lambda k, n, p, y: (None, None, binomial_slope(k, n, p)))
elementwise(special.bdtri, lambda k, n, p, y: (None, None, -1.0 / binomial_slope(k, n, y)))
elementwise(special.nbdtr, lambda k, n, p, y: (None, None, negative_binomial_slope(k, n, p)))
elementwise(special.nbdtrc, lambda k, n, p, y: (None, None, -negative_binomial_slope(k, n, p)))
elementwise(special.nbdtri, lambda k, n, p, y: (None, None, 1.0 / negative_binomial_slope(k, n, y)))
elementwise(special.pdtr, lambda k, m, y: (None, -poisson_slope(k, m)))
elementwise(special.pdtrc, lambda k, m, y: (None, poisson_slope(k, m)))
elementwise(special.pdtri, lambda k, p, y: (None, -1.0 / poisson_slope(k, y)))

# ---- beta, gamma and chi-squared distributions

elementwise(special.betaincc, lambda a, b, x, y: (None, None, -beta_density(a, b, x)))
elementwise(special.betainccinv, lambda a, b, p, y: (None, None, -1.0 / beta_density(a, b, y)))
elementwise(
    special.gdtr,
    lambda a, b, x, y: (x * gamma_density(b, a * x), None, a * gamma_density(b, a * x)),
)
elementwise(
    special.gdtrc,
    lambda a, b, x, y: (-x * gamma_density(b, a * x), None, -a * gamma_density(b, a * x)),
)
elementwise(
    special.gdtria,
    lambda p, b, x, y: (1.0 / (x * gamma_density(b, y * x)), None, -y / x),
)
elementwise(
    special.gdtrix,
    lambda a, b, p, y: (-y / a, None, 1.0 / (a * gamma_density(b, a * y))),
)
elementwise(special.chdtr, lambda v, x, y: (None, 0.5 * gamma_density(0.5 * v, 0.5 * x)))
elementwise(special.chdtrc, lambda v, x, y: (None, -0.5 * gamma_density(0.5 * v, 0.5 * x)))
elementwise(special.chdtri, lambda v, p, y: (None, -2.0 / gamma_density(0.5 * v, 0.5 * y)))

# ---- F and Student's t distributions


def f_density(dfn, dfd, x):
    """With s = dfn x / (dfd + dfn x), of a beta distribution: ds/dx = dfn dfd / (dfd + dfn x)²."""
    total = dfd + dfn * x
    return beta_density(0.5 * dfn, 0.5 * dfd, dfn * x / total) * dfn / total * dfd / total


def t_density(df, t):
    return np.exp(-0.5 * (df + 1.0) * np.log1p(t * t / df) - special.betaln(0.5, 0.5 * df)) / (
        np.sqrt(df)
    )


elementwise(special.fdtr, lambda dfn, dfd, x, y: (None, None, f_density(dfn, dfd, x)))
elementwise(special.fdtrc, lambda dfn, dfd, x, y: (None, None, -f_density(dfn, dfd, x)))
elementwise(special.fdtri, lambda dfn, dfd, p, y: (None, None, 1.0 / f_density(dfn, dfd, y)))
elementwise(special.stdtr, lambda df, t, y: (None, t_density(df, t)))
elementwise(special.stdtrit, lambda df, p, y: (None, 1.0 / t_density(df, y)))

# ---- normal distribution, Voigt profile

elementwise(
    special.ndtri_exp, lambda p, y: np.sqrt(2.0 * np.pi) * np.exp(p + 0.5 * y * y), args="p"
)
elementwise(
    special.nrdtrimn,
    lambda p, std, x, y: (
        -std * np.sqrt(2.0 * np.pi) * np.exp(0.5 * special.ndtri(p) ** 2),
        -special.ndtri(p),
        1.0,
    ),
)
elementwise(
    special.nrdtrisd,
    lambda mn, p, x, y: (
        -1.0 / special.ndtri(p),
        -y / special.ndtri(p) * np.sqrt(2.0 * np.pi) * np.exp(0.5 * special.ndtri(p) ** 2),
        1.0 / special.ndtri(p),
    ),
)


def voigt_partials(x, sigma, gamma, y):
    """The profile is the real part of w(z) / (sigma sqrt(2 pi)), z = (x + i gamma) / scale."""
    scale = np.sqrt(2.0) * sigma
    z = (x + 1j * gamma) / scale
    slope = 2j / np.sqrt(np.pi) - 2.0 * z * special.wofz(z)
    unit = scale * sigma * np.sqrt(2.0 * np.pi)
    in_sigma = -y / sigma - np.real(slope * z) * np.sqrt(2.0) / unit
    return np.real(slope) / unit, in_sigma, -np.imag(slope) / unit


elementwise(special.voigt_profile, lambda x, sigma, gamma, y: voigt_partials(x, sigma, gamma, y))

# ---- noncentral chi-squared distribution, Tukey's lambda distribution


def noncentral_density(x, df, nc):
    """Through the scaled Bessel function: exp(-(sqrt(x) - sqrt(nc))² / 2) ive(...)."""
    root = np.sqrt(nc * x)
    away = np.sqrt(x) - np.sqrt(nc)
    order = 0.5 * df - 1.0
    ratio = (x / np.where(nc == 0, 1.0, nc)) ** (0.5 * order)
    density = 0.5 * np.exp(-0.5 * away * away) * ratio * special.ive(order, root)
    return np.where(nc == 0, 0.5 * gamma_density(0.5 * df, 0.5 * x), density)


elementwise(
    special.chndtr,
    lambda x, df, nc, y: (
        noncentral_density(x, df, nc),
        None,
        -noncentral_density(x, df + 2.0, nc),
    ),
)
elementwise(
    special.chndtrix,
    lambda p, df, nc, y: (
        1.0 / noncentral_density(y, df, nc),
        None,
        noncentral_density(y, df + 2.0, nc) / noncentral_density(y, df, nc),
    ),
)


def tukey_density(lmbda, y):
    inside = (y > 0.0) & (y < 1.0)
    p = np.where(inside, y, 0.5)
    return np.where(inside, 1.0 / (p ** (lmbda - 1.0) + (1.0 - p) ** (lmbda - 1.0)), 0.0)


elementwise(special.tklmbda, lambda x, lmbda, y: (tukey_density(lmbda, y), None))

# ---- what has no closed form

not_yet(
    (special.kolmogorov, special.kolmogi, special.smirnov, special.smirnovi),
    "write its series with np.exp",
    args="x",
)
not_yet(
    (
        special.ncfdtr, special.ncfdtri, special.ncfdtridfd, special.ncfdtridfn,
        special.ncfdtrinc, special.nctdtr, special.nctdtridf, special.nctdtrinc,
        special.nctdtrit,
    ),
    "no density of a noncentral F or t distribution is in scipy.special",
)  # fmt: skip
not_yet(
    (
        special.bdtrik, special.bdtrin, special.btdtria, special.btdtrib, special.chdtriv,
        special.chndtridf, special.chndtrinc, special.fdtridfd, special.gdtrib, special.nbdtrik,
        special.nbdtrin, special.pdtrik, special.stdtridf,
    ),
    "solve for the parameter: a derivative by it has no closed form",
)  # fmt: skip
zero(special.gammasgn, args="x")
