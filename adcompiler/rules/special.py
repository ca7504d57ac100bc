"""``scipy.special``: error functions, gamma, beta, elementary ones and Bessel functions.

``None`` stands where no closed form is known (most derivatives by an order or a parameter).
Singular points: ``xlogy`` and ``xlog1py`` have slope 0 in the second operand where the first is 0.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from adcompiler.rules.arithmetic import power_in_base
from adcompiler.rules.contract import elementwise, excuse, not_yet, structural, zero
from adcompiler.rules.elementary import finite_below
from adcompiler.rules.reductions import expand


def nonzero_where(a, b):
    """``b``, or 1 where ``a`` is 0: the denominator of ``a / b``."""
    return np.where(a == 0, 1.0, b)


def exprel_partial(x, y):
    """(exp(x) - exprel(x)) / x; near 0, where that cancels, its Taylor series."""
    tail = 1.0 / 144.0 + x * (1.0 / 840.0 + x * (1.0 / 5760.0 + x * (1.0 / 45360.0 + x / 403200.0)))
    near = 0.5 + x * (1.0 / 3.0 + x * (1.0 / 8.0 + x * (1.0 / 30.0 + x * tail)))
    far = (np.exp(x) - y) / np.where(x == 0, 1.0, x)
    return np.where(np.abs(x) < 0.1, near, far)


def sinhc(x):
    return np.sinh(x) / np.where(x == 0, 1.0, x) + (x == 0)


def gamma_density(a, x):
    return np.exp(special.xlogy(a - 1.0, x) - x - special.gammaln(a))


def beta_density(a, b, x):
    return np.exp(
        special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b)
    )


def expn_partial(n, x, y):
    """-expn(n - 1, x), where that is defined; expn(0, x) is exp(-x) / x."""
    return np.where(n == 0, -y - y / x, -special.expn(np.maximum(n - 1, 0), x))


def weights(a, y, axis, b, keepdims):
    p = np.exp(a - finite_below(expand(y, axis, keepdims)))
    return p if b is None else b * p


# ---- error functions and normal distribution

elementwise(special.erf, lambda x, y: 2.0 / np.sqrt(np.pi) * np.exp(-x * x))
elementwise(special.erfc, lambda x, y: -2.0 / np.sqrt(np.pi) * np.exp(-x * x))
elementwise(special.erfcx, lambda x, y: 2.0 * x * y - 2.0 / np.sqrt(np.pi))
elementwise(special.erfi, lambda x, y: 2.0 / np.sqrt(np.pi) * np.exp(x * x))
elementwise(special.dawsn, lambda x, y: 1.0 - 2.0 * x * y)
elementwise(special.erfinv, lambda x, y: 0.5 * np.sqrt(np.pi) * np.exp(y * y))
elementwise(special.erfcinv, lambda x, y: -0.5 * np.sqrt(np.pi) * np.exp(y * y))
elementwise(special.wofz, lambda z, y: 2j / np.sqrt(np.pi) - 2.0 * z * y)
elementwise(special.ndtr, lambda x, y: np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi))
elementwise(special.log_ndtr, lambda x, y: np.exp(-0.5 * x * x - y) / np.sqrt(2.0 * np.pi))
elementwise(special.ndtri, lambda p, y: np.sqrt(2.0 * np.pi) * np.exp(0.5 * y * y))
elementwise(
    special.owens_t,
    lambda h, a, y: (
        -special.erf(a * h / np.sqrt(2.0))
        * np.exp(-0.5 * h * h)
        / (2.0 * np.sqrt(2.0 * np.pi)),
        np.exp(-0.5 * h * h * (1.0 + a * a)) / (2.0 * np.pi * (1.0 + a * a)),
    ),
)

# ---- logistic function, entropies, losses

elementwise(special.expit, lambda x, y: y * special.expit(-x))
elementwise(special.logit, lambda p, y: 1.0 / (p * (1.0 - p)))
elementwise(special.log_expit, lambda x, y: special.expit(-x))
if hasattr(special, "softplus"):  # SciPy 1.15
    elementwise(special.softplus, lambda x, y: special.expit(x), args="x")
elementwise(special.xlogy, lambda a, b, y: (np.log(b), a / nonzero_where(a, b)))
elementwise(
    special.xlog1py, lambda a, b, y: (np.log1p(b), a / nonzero_where(a, 1.0 + b))
)
elementwise(special.entr, lambda x, y: -np.log(x) - 1.0)
elementwise(special.rel_entr, lambda a, b, y: (np.log(a / b) + 1.0, -a / b))
elementwise(special.kl_div, lambda a, b, y: (np.log(a / b), 1.0 - a / b))
elementwise(
    special.huber,
    lambda delta, r, y: (
        np.maximum(np.abs(r) - delta, 0.0),
        np.minimum(np.maximum(r, -delta), delta),
    ),
)
elementwise(
    special.pseudo_huber,
    lambda delta, r, y: (
        2.0 * y / delta - r / delta * r / np.hypot(1.0, r / delta),
        r / np.hypot(1.0, r / delta),
    ),
)


def boxcox_in_lmbda(log_x, lmbda):
    """boxcox is log(x) exprel(lmbda log(x)), also where lmbda is 0."""
    u = lmbda * log_x
    return log_x * log_x * exprel_partial(u, special.exprel(u))


def inv_boxcox_in_lmbda(x, lmbda, value):
    """value x² (1 / (u (1 + u)) - log1p(u) / u²), u = lmbda x; near 0 by its Taylor series."""
    u = lmbda * x
    tail = 5.0 / 6.0 - u * (6.0 / 7.0 - u * (7.0 / 8.0 - u * (8.0 / 9.0 - u * 0.9)))
    near = -0.5 + u * (2.0 / 3.0 - u * (0.75 - u * (0.8 - u * tail)))
    v = np.where(u == 0, 1.0, u)
    far = (1.0 / (1.0 + v) - np.log1p(v) / v) / v
    return value * x * x * np.where(np.abs(u) < 0.02, near, far)


elementwise(
    special.boxcox,
    lambda x, lmbda, y: (x ** (lmbda - 1.0), boxcox_in_lmbda(np.log(x), lmbda)),
)
elementwise(
    special.boxcox1p,
    lambda x, lmbda, y: ((1.0 + x) ** (lmbda - 1.0), boxcox_in_lmbda(np.log1p(x), lmbda)),
)
elementwise(
    special.inv_boxcox,
    lambda x, lmbda, y: (y ** (1.0 - lmbda), inv_boxcox_in_lmbda(x, lmbda, y)),
)
elementwise(
    special.inv_boxcox1p,
    lambda x, lmbda, y: ((1.0 + y) ** (1.0 - lmbda), inv_boxcox_in_lmbda(x, lmbda, 1.0 + y)),
)


def powm1_in_exponent(a, y):
    return (1.0 + y) * np.log(np.where(a == 0, 1.0, a))


elementwise(
    special.powm1, lambda a, b, y: (power_in_base(a, b), powm1_in_exponent(a, y))
)

# ---- convenience functions

elementwise(special.exp2, lambda x, y: y * np.log(2.0))
elementwise(special.exp10, lambda x, y: y * np.log(10.0))
elementwise(special.expm1, lambda x, y: np.exp(x))
elementwise(special.log1p, lambda x, y: 1.0 / (1.0 + x))
elementwise(special.cosm1, lambda x, y: -np.sin(x))
elementwise(special.exprel, lambda x, y: exprel_partial(x, y))
elementwise(special.cbrt, lambda x, y: 1.0 / (3.0 * y * y))
elementwise(special.sindg, lambda x, y: np.pi / 180.0 * special.cosdg(x))
elementwise(special.cosdg, lambda x, y: -np.pi / 180.0 * special.sindg(x))
elementwise(special.tandg, lambda x, y: np.pi / 180.0 * (1.0 + y * y))
elementwise(special.cotdg, lambda x, y: -np.pi / 180.0 * (1.0 + y * y))
elementwise(
    special.radian, lambda d, m, s, y: (np.pi / 180.0, np.pi / 10800.0, np.pi / 648000.0)
)
zero(special.round, args="x")
not_yet(special.diric, "write np.sin(n * x / 2) / (n * np.sin(x / 2))", args="x, n")

# ---- gamma and beta functions

elementwise(special.gamma, lambda x, y: y * special.digamma(x))
elementwise((special.gammaln, special.loggamma), lambda x, y: special.digamma(x))
elementwise(special.rgamma, lambda x, y: -y * special.digamma(x))
elementwise(special.digamma, lambda x, y: special.polygamma(1, x))
elementwise(special.polygamma, lambda n, x, y: (None, special.polygamma(n + 1, x)))
elementwise(
    special.beta,
    lambda a, b, y: (
        y * (special.digamma(a) - special.digamma(a + b)),
        y * (special.digamma(b) - special.digamma(a + b)),
    ),
)
elementwise(
    special.betaln,
    lambda a, b, y: (
        special.digamma(a) - special.digamma(a + b),
        special.digamma(b) - special.digamma(a + b),
    ),
)
elementwise(
    special.poch,
    lambda z, m, y: (
        y * (special.digamma(z + m) - special.digamma(z)),
        y * special.digamma(z + m),
    ),
)
elementwise(
    special.binom,
    lambda n, k, y: (
        y * (special.digamma(n + 1.0) - special.digamma(n - k + 1.0)),
        y * (special.digamma(n - k + 1.0) - special.digamma(k + 1.0)),
    ),
)
elementwise(special.gammainc, lambda a, x, y: (None, gamma_density(a, x)))
elementwise(special.gammaincc, lambda a, x, y: (None, -gamma_density(a, x)))
elementwise(special.gammaincinv, lambda a, p, y: (None, 1.0 / gamma_density(a, y)))
elementwise(special.gammainccinv, lambda a, p, y: (None, -1.0 / gamma_density(a, y)))
elementwise(special.betainc, lambda a, b, x, y: (None, None, beta_density(a, b, x)))
elementwise(special.betaincinv, lambda a, b, p, y: (None, None, 1.0 / beta_density(a, b, y)))



def multidigamma(a, d):
    total = special.digamma(a)
    for j in range(1, d):
        total = total + special.digamma(a - 0.5 * j)
    return total


elementwise(special.multigammaln, lambda a, d, y: (multidigamma(a, d), None))

# ---- integrals of exponentials and logarithms

elementwise(special.exp1, lambda x, y: -np.exp(-x) / x)
elementwise(special.expi, lambda x, y: np.exp(x) / x)
elementwise(special.expn, lambda n, x, y: (None, expn_partial(n, x, y)))
elementwise(special.spence, lambda x, y: -1.0 / special.exprel(np.log(x)))
elementwise(special.wrightomega, lambda z, y: y / (1.0 + y))
elementwise(
    special.lambertw, lambda z, y: 1.0 / (z + np.exp(y)), args="z, k=0, tol=1e-08"
)

# ---- Bessel functions

elementwise(special.j0, lambda x, y: -special.j1(x))
elementwise(special.j1, lambda x, y: 0.5 * (special.j0(x) - special.jv(2, x)))
elementwise(
    special.jv, lambda v, z, y: (None, 0.5 * (special.jv(v - 1, z) - special.jv(v + 1, z)))
)
elementwise(special.y0, lambda x, y: -special.y1(x))
elementwise(special.y1, lambda x, y: special.y0(x) - y / x)
elementwise(
    (special.yv, special.yn),
    lambda v, z, y: (None, 0.5 * (special.yv(v - 1, z) - special.yv(v + 1, z))),
)
elementwise(special.i0, lambda x, y: special.i1(x))
elementwise(special.i0e, lambda x, y: special.i1e(x) - np.sign(x) * y)
elementwise(special.i1, lambda x, y: 0.5 * (special.i0(x) + special.iv(2, x)))
elementwise(
    special.i1e,
    lambda x, y: 0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * y,
)
elementwise(
    special.iv, lambda v, z, y: (None, 0.5 * (special.iv(v - 1, z) + special.iv(v + 1, z)))
)
elementwise(
    special.ive,
    lambda v, x, y: (
        None,
        0.5 * (special.ive(v - 1, x) + special.ive(v + 1, x)) - np.sign(x) * y,
    ),
)
elementwise(special.k0, lambda x, y: -special.k1(x))
elementwise(special.k0e, lambda x, y: y - special.k1e(x))
elementwise(special.k1, lambda x, y: -0.5 * (special.k0(x) + special.kv(2, x)))
elementwise(special.k1e, lambda x, y: y - 0.5 * (special.k0e(x) + special.kve(2, x)))
elementwise(
    (special.kv, special.kn),
    lambda v, z, y: (None, -0.5 * (special.kv(v - 1, z) + special.kv(v + 1, z))),
)
elementwise(
    special.kve,
    lambda v, z, y: (None, y - 0.5 * (special.kve(v - 1, z) + special.kve(v + 1, z))),
)
elementwise(
    special.hankel1,
    lambda v, z, y: (None, 0.5 * (special.hankel1(v - 1, z) - special.hankel1(v + 1, z))),
)
elementwise(
    special.hankel2,
    lambda v, z, y: (None, 0.5 * (special.hankel2(v - 1, z) - special.hankel2(v + 1, z))),
)

# ---- along axes

structural(
    special.logsumexp,
    args="a, axis=None, b=None, keepdims=False",
    jvp={
        "a": lambda a_dot, a, y, axis, b, keepdims: np.sum(
            a_dot * weights(a, y, axis, b, keepdims), axis=axis, keepdims=keepdims
        ),
        "b": lambda b_dot, a, y, axis, keepdims: np.sum(
            b_dot * weights(a, y, axis, None, keepdims), axis=axis, keepdims=keepdims
        ),
    },
    vjp={
        "a": lambda y_bar, a, y, axis, b, keepdims: (
            expand(y_bar, axis, keepdims) * weights(a, y, axis, b, keepdims)
        ),
        "b": lambda y_bar, a, y, axis, keepdims: (
            expand(y_bar, axis, keepdims) * weights(a, y, axis, None, keepdims)
        ),
    },
)
structural(
    special.softmax,
    args="x, axis=None",
    jvp={"x": lambda x_dot, y, axis: y * (x_dot - np.sum(y * x_dot, axis=axis, keepdims=True))},
    vjp={"x": lambda y_bar, y, axis: y * (y_bar - np.sum(y * y_bar, axis=axis, keepdims=True))},
)
structural(
    special.log_softmax,
    args="x, axis=None",
    jvp={
        "x": lambda x_dot, y, axis: (
            x_dot - np.sum(np.exp(y) * x_dot, axis=axis, keepdims=True)
        )
    },
    vjp={
        "x": lambda y_bar, y, axis: (
            y_bar - np.exp(y) * np.sum(y_bar, axis=axis, keepdims=True)
        )
    },
)

# ---- several results

structural(
    special.airy,
    args="z",
    jvp={
        "z": lambda z_dot, z, y: (
            z_dot * y[1], z_dot * z * y[0], z_dot * y[3], z_dot * z * y[2]
        )
    },
    vjp={
        "z": lambda y_bar, z, y: (
            y_bar[0] * y[1] + y_bar[1] * z * y[0] + y_bar[2] * y[3] + y_bar[3] * z * y[2]
        )
    },
)
structural(
    special.fresnel,
    args="z",
    jvp={
        "z": lambda z_dot, z: (
            z_dot * np.sin(0.5 * np.pi * z * z), z_dot * np.cos(0.5 * np.pi * z * z)
        )
    },
    vjp={
        "z": lambda y_bar, z: (
            y_bar[0] * np.sin(0.5 * np.pi * z * z) + y_bar[1] * np.cos(0.5 * np.pi * z * z)
        )
    },
)
structural(
    special.sici,
    args="x",
    jvp={"x": lambda x_dot, x: (x_dot * np.sinc(x / np.pi), x_dot * np.cos(x) / x)},
    vjp={"x": lambda y_bar, x: y_bar[0] * np.sinc(x / np.pi) + y_bar[1] * np.cos(x) / x},
)
structural(
    special.shichi,
    args="x",
    jvp={"x": lambda x_dot, x: (x_dot * sinhc(x), x_dot * np.cosh(x) / x)},
    vjp={"x": lambda y_bar, x: y_bar[0] * sinhc(x) + y_bar[1] * np.cosh(x) / x},
)
# ---- zeta function

elementwise(special.zeta, lambda x, q, y: (None, -x * special.zeta(x + 1.0, q)))
not_yet(special.zetac, "its derivative is not in scipy.special", args="x")
excuse(special.beta, "accuracy", "psi(a) - psi(a + b) cancels where b is much smaller than a")
excuse(special.erfcx, "accuracy", "2 x y - 2 / sqrt(pi) cancels far out")
excuse(special.log_ndtr, "second order, float32", "far out, it is what is left of two large terms")
