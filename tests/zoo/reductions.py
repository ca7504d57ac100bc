"""Sums, products, means, extremes, cumulative forms, along any axes."""

import numpy as np

from . import program

U = np.array([0.4, 1.3, -0.2, 0.9])
M = np.array([[0.4, 1.3, -0.2], [0.9, 2.1, 0.5]])
T = np.linspace(0.1, 1.3, 12).reshape(2, 3, 2)


@program(args=(U,))
def sum_and_mean(u):
    return np.sum(u) ** 2 * np.mean(u) + u.mean() * u.sum()


@program(args=(M,))
def sums_along_axes(m):
    return np.sum(m.sum(axis=0) ** 2) + np.sum(np.sum(m, axis=-1) ** 3) + m.sum(axis=(0, 1)) ** 2


@program(args=(T,))
def sums_over_two_axes(t):
    return np.sum(np.sum(t, axis=(0, 2)) ** 2) + np.sum(t.sum(axis=1, keepdims=True) * t)


@program(args=(U,))
def product(u):
    return np.prod(u) + u[1:].prod() ** 2


@program(args=(np.array([0.4, 0.0, 1.2]),))
def product_with_a_zero(u):
    return np.prod(u) + np.sum(u**2)


@program(args=(np.array([0.4, 0.0, 0.0]),))
def product_with_two_zeros(u):
    return np.prod(u) + np.sum(u**2)


@program(args=(M,))
def product_along_axis(m):
    return np.sum(np.prod(m, axis=1) ** 2) + np.sum(m.prod(axis=0))


@program(args=(U,))
def variance_and_deviation(u):
    return np.var(u) * np.std(u) + u.std(ddof=1) + u.var()


@program(args=(M,))
def variance_along_axis(m):
    z = (m - m.mean(axis=0)) / m.std(axis=0)
    return np.sum(z * M**2) + np.sum(np.var(m, axis=1) ** 2)


@program(args=(M,))
def extremes(m):
    return np.max(m) * np.min(m) + np.sum(m.max(axis=0) ** 2) + np.sum(np.amin(m, axis=1))


@program(args=(U,))
def argmax_gather(u):
    return u[np.argmax(u)] * u[u.argmin()] + np.ptp(u)


@program(args=(U,))
def cumulative_sum_and_product(u):
    return np.sum(np.cumsum(u) ** 2) + np.sum(np.cumprod(u)) + np.cumsum(u[::-1])[-2]


@program(args=(M,))
def cumulative_along_axis(m):
    return np.sum(np.cumsum(m, axis=1)[:, 1] ** 2) + np.sum(m.cumsum(axis=0)[-1] ** 3)


@program(args=(U,))
def differences(u):
    return np.sum(np.diff(u) ** 2) + np.sum(np.diff(u, n=2) ** 2)


@program(args=(U, np.array([0.1, 0.4, 0.3, 0.2])), wrt=(0, 1))
def weighted_average(u, w):
    return np.average(u, weights=w) ** 2 + np.sum(w * u) / np.sum(w)


@program(args=(np.zeros(0), 0.5), wrt=(0, 1))
def empty_sum_and_product(e, x):
    return np.sum(e) + np.prod(e) * x + e.sum() * x


@program(args=(M,))
def norm_by_hand(m):
    return np.sqrt(np.sum(m**2)) + np.sqrt((m * m).sum(axis=1)).max() + np.abs(m).sum()


@program(args=(U,))
def log_sum_exp(u):
    top = np.max(u)
    return top + np.log(np.sum(np.exp(u - top)))


@program(args=(M,))
def softmax_cross_entropy(m):
    shifted = m - np.max(m, axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(2), [2, 0]])


@program(args=(U,))
def counts_are_inactive(u):
    return np.sum(u) * np.sum(u > 0.5) / np.count_nonzero(u) + u.size * u[0]


@program(args=(np.array([1.5, 0.5, 1.5]),), tags=("kinks",), second_order=False)
def tie_of_array_max(u):
    return np.max(u) * 2.0 + np.sum(u**2)


@program(
    args=(np.array([1.5, 0.5]), np.array([1.5, 2.0])),
    wrt=(0, 1),
    tags=("kinks",),
    second_order=False,
)
def tie_of_maximum(u, v):
    return np.sum(np.maximum(u, v) * np.array([2.0, 3.0])) + np.sum(np.minimum(u, v))


@program(args=(np.array([0.0, -1.0]),), tags=("kinks",), second_order=False)
def absolute_at_zero(u):
    return np.sum(np.abs(u)) + np.sum(u)


@program(args=(U,))
def clip_and_sign(u):
    return (
        np.sum(np.clip(u, 0.0, 1.0) ** 2)
        + np.sum(np.sign(u) * u**2)
        + np.sum(np.floor(3.0 * u) * u)
    )


@program(args=(U,))
def select_and_where(u):
    s = np.select([u < 0.0, u < 1.0], [u**2, 2.0 * u], default=1.0)
    return np.sum(s * u) + np.sum(np.where(u > 0.5, np.exp(u), u**3))


@program(args=(np.array([0.5, -0.5, 0.0]),), tags=("kinks",), second_order=False)
def where_guards_singular(u):
    safe = np.where(u > 0.0, u, 1.0)
    return np.sum(np.where(u > 0.0, np.sqrt(safe), 2.0 * u))


@program(args=(np.array([0.5, 2.5, 4.0]),), second_order=False)
def where_hides_singular_lane(u):
    with np.errstate(all="ignore"):
        return np.sum(np.where(u > 1.0, np.log(u - 1.0), u**2))


@program(args=(np.array([0.3, 0.6]),))
def elementwise_functions(u):
    return np.sum(
        np.sin(u) * np.cos(u)
        + np.tan(u)
        + np.exp(-u)
        + np.log(u) * np.sqrt(u)
        + np.sinh(u) / np.cosh(u)
        + np.arcsin(u)
        + np.arccos(u) * np.arctan(u)
    )


@program(args=(np.array([0.3, 0.6]),))
def more_elementwise_functions(u):
    return np.sum(
        np.log1p(u)
        + np.expm1(u) * np.square(u)
        + np.reciprocal(u)
        + np.cbrt(u)
        + np.log10(u)
        + np.log2(u)
        + np.arcsinh(u)
        + np.arctanh(u)
        + np.arccosh(1.0 + u)
        + np.exp2(u)
        + np.deg2rad(u)
    )


@program(args=(np.array([7.3, -5.2]), 2.1), wrt=(0, 1))
def array_remainders(u, x):
    return np.sum(np.mod(u, x) * u) + np.sum(u // x * u) + np.sum(np.fmod(u, x) ** 2)


@program(args=(M,))
def any_all_masks(m):
    rows = np.all(m > 0.0, axis=1)
    columns = (m > 1.0).any(axis=0)
    return np.sum(m[rows] ** 2) + np.sum(m[:, columns])


@program(args=(U,))
def median_by_sorting(u):
    s = np.sort(u)
    return 0.5 * (s[1] + s[2]) * s[0] + np.sum(u[np.argsort(u)] * np.arange(4.0))
