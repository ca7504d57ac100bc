"""Calls with every kind of keyword argument, through gradients and tangents of whole programs."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import AdcompilerError
from adcompiler.optional import optional

A = np.array([[0.93, 1.41, 0.37, 0.78], [1.62, 0.55, 1.17, 0.46], [0.69, 1.09, 1.33, 0.84]])
M = np.array([[2.7, 0.2, 0.5], [0.3, 2.4, 0.4], [0.6, 0.1, 3.1]])
ARGUMENTS = {
    "matrix": A,
    "cube": np.stack([A, 1.7 - A * A * 0.5]),
    "square": M,
    "squares": np.stack([M, M + M.T * 0.3]),
}
MASK = A > 0.7
NEWER = np.lib.NumpyVersion(np.__version__) >= "2.1.0"

REDUCTIONS = [
    f"np.{fn}(x, {keywords})"
    for fn in ("sum", "prod", "mean", "std", "var", "max", "min", "ptp", "median")
    for keywords in ("axis=None", "axis=-1", "axis=(0, 2)", "axis=(-1,), keepdims=True")
]
QUANTILES = [
    f"np.{fn}(x, {arguments})"
    for fn, q in (("quantile", 0.3), ("nanquantile", 0.3), ("percentile", 30))
    for arguments in (
        f"{q}, axis=(0, 2)",
        f"{q}, -1, keepdims=True",
        f"[{q}, {2 * q}], axis=1",
        f"{q}, method='lower'",
        f"{q}, axis=1, method='midpoint'",
    )
]
CALLS = {
    "cube": [
        *REDUCTIONS,
        *QUANTILES,
        *[f"np.{fn}(x, axis=(0, 2))" for fn in ("nansum", "nanmean", "nanstd", "nanmax")],
        "np.diff(x, 2, axis=1)",
        "np.gradient(x)[1]",
        "np.trapezoid(x, [0.0, 0.3, 0.5], axis=1)",
        "np.linalg.norm(x, 'nuc', axis=(1, 2))",
    ],
    "matrix": [
        *[f"np.{fn}(x, where=x > 0.8)" for fn in ("sum", "prod", "mean", "nansum")],
        *[f"np.{fn}(x, axis=1, where=MASK)" for fn in ("sum", "prod", "mean")],
        *[f"np.{fn}(x, axis=1, where=MASK, initial=0.9)" for fn in ("sum", "max", "min")],
        "np.sum(x, initial=2.0)",
        "np.prod(x, axis=0, initial=2.0)",
        "np.max(x, axis=0, initial=1.0)",
        "np.sum(x, 0, np.float64)",
        "x.std(ddof=1, axis=-1)",
        "x.sum(axis=1, where=MASK)",
        "np.exp(x, np.empty((3, 4)))",
        "np.exp(x, out=np.empty((3, 4)))",
        "np.exp(x, where=MASK, out=np.zeros((3, 4)))",
        "np.divide(1.0, x, where=x > 0.8, out=np.zeros_like(x))",
        "np.add.reduce(x, axis=1)",
        "np.maximum.reduce(x)",
        "np.multiply.accumulate(x, axis=1)",
        "np.subtract.outer(x[0], x)",
        "np.reshape(x, (4, 3), order='F')",
        "x.flatten('F')",
        "np.concatenate([x, x], axis=None)",
        "np.stack([x, x], -2)",
        "np.repeat(x, [1, 2, 0], axis=0)",
        "np.roll(x, (1, 2), axis=(0, 1))",
        "np.pad(x, ((1, 2), (0, 1)), mode='edge')",
        "np.pad(x, 1, constant_values=(1.0, 2.0))",
        "np.take(x, [0, 5, -1], mode='wrap')",
        "np.take(x, [0, 7], mode='clip', axis=1)",
        "np.choose([0, 1, 2, 0], [x[0], x[1], x[2]])",
        "np.choose([0, 1, 4, 0], [x[0], x[1], x[2]], mode='wrap')",
        "np.select([x > 1.0, x > 0.5], [x, x * x], default=3.0)",
        "np.sort(x, axis=0, kind='stable')",
        "np.partition(x, [0, 2], axis=1)",
        "np.cumsum(x, axis=1)",
        "np.gradient(x, 0.1, axis=0)",
        "np.gradient(x, 0.1, 0.3)[1]",
        "np.convolve(x[0], [1.0, 0.5], mode='same')",
        "np.correlate(x[0], x[1, :2], 'full')",
        "np.cov(x, rowvar=False, bias=True)",
        "np.corrcoef(x[0], x[1])",
        "np.average(x, weights=x, axis=1)",
        "np.histogram(x, bins=3, weights=x)[0]",
        "np.histogram(x, bins=3)[1]",
        "np.bincount([0, 1, 1, 2], weights=x[0], minlength=6)",
        "np.interp([0.4, 3.0], [0.0, 0.5, 1.0], x[0, :3], left=0.0, right=0.0)",
        "np.diff(x, prepend=0.5)",
        *(["np.clip(x, min=0.5, max=1.2)"] if NEWER else []),
        "x.clip(0.5)",
        "x.clip(max=1.0)",
        "x.compress([True, False, True], axis=0)",
        "np.linspace(x[0, 0], 2.0, 5, retstep=True)[1]",
        "np.meshgrid(x[0], x[:, 0], indexing='ij')[0]",
        "np.unwrap(x * 5.0, axis=0, period=4.0)",
        "np.tensordot(x, x, axes=([0, 1], [0, 1]))",
        "np.einsum('ij,jk,kl->il', x, x.T, x, optimize=True)",
        "np.abs(np.fft.rfft(x, axis=0, norm='ortho'))",
        "np.linalg.svd(x)[1]",
        "np.linalg.norm(x, ord=1, axis=1, keepdims=True)",
    ],
    "square": [
        "np.linalg.cholesky(x @ x.T, upper=True)",
        "np.linalg.eigh(x + x.T, UPLO='U').eigenvalues",
        "np.linalg.norm(x, -2)",
        "np.linalg.lstsq(x[:, :2], x[:, 2], rcond=None)[0]",
        "np.abs(np.linalg.eigvals(x))",
    ],
    "squares": [
        "np.linalg.inv(x)",
        "np.linalg.slogdet(x)[1]",
        "np.linalg.cholesky(x @ np.swapaxes(x, 1, 2))",
        "np.linalg.qr(x)[1]",
        "np.linalg.svd(x, full_matrices=False)[1]",
        "np.linalg.matrix_power(x, 2)",
        "np.linalg.cond(x)",
    ],
}
REFUSED = [
    "np.log(x, where=x > 0.8)",
    "np.max(x, where=x > 0.8)",
    "np.exp(x, dtype=np.float32)",
    "np.std(x, where=MASK)",
    "np.quantile(x, 0.3, method='weibull')",
    "np.take(x, [0, 1], out=None, mode=3)",
    "np.pad(x, 1, mode='mean')",
    "np.pad(x, 1, mode='reflect', reflect_type='odd')",
    "np.gradient(x[0], edge_order=2)",
    "np.cov(x, fweights=[1, 2, 1, 1])",
    "np.histogram(x, bins=3, density=True)[0]",
    "np.interp(x[0], [0.0, 0.5, 1.0], [1.0, 2.0, 0.5], period=1.0)",
    "np.reshape(x, (4, 3), order='A')",
    "np.linalg.svd(x)[0]",
    "np.fft.fft2(x, s=(4, 4)).real",
]


def program(expression):
    """A function of ``x`` with one number as its result."""
    text = f"def f(x):\n    y = {expression}\n    return np.sum(y * y)\n"
    namespace = {"np": np, "MASK": MASK}
    exec(text, namespace)
    return ad.differentiate(namespace["f"], source=text)


def differences(f, x, d, h=1e-4):
    at = {k: f(x + k * h * d) for k in (-2, -1, 1, 2)}
    return (8.0 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12.0 * h)


@pytest.mark.parametrize(
    ("kind", "expression"), [(kind, each) for kind, calls in CALLS.items() for each in calls]
)
def test_call(kind, expression):
    f, x = program(expression), ARGUMENTS[kind]
    d = np.cos(np.arange(x.size)).reshape(x.shape)
    slope = differences(f, x, d)
    assert np.sum(f.grad(x) * d) == pytest.approx(slope, rel=1e-6, abs=1e-7)
    value, tangent = f.jvp((x,), (d,))
    assert value == pytest.approx(f(x), rel=1e-12)
    assert tangent == pytest.approx(slope, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("expression", REFUSED)
def test_what_no_rule_takes_is_refused_at_the_call(expression):
    with pytest.raises(AdcompilerError) as caught:
        program(expression).grad(A)
    assert caught.value.place.relative_line in (2, 3)


def test_an_image_filter_under_every_boundary():
    if optional("scipy") is None:
        pytest.skip("needs SciPy")
    ndimage = optional("scipy.ndimage")
    for mode in ("reflect", "nearest", "wrap", "constant"):
        text = (
            "def f(x):\n"
            f"    y = ndimage.gaussian_filter(x, 1.1, mode={mode!r})\n"
            "    return np.sum(y * y * y)\n"
        )
        namespace = {"np": np, "ndimage": ndimage}
        exec(text, namespace)
        f = ad.differentiate(namespace["f"], source=text)
        d = np.cos(np.arange(12.0)).reshape(3, 4)
        assert np.sum(f.grad(A) * d) == pytest.approx(differences(f, A, d), rel=1e-7)


def test_the_length_of_a_range_between_numbers_is_not_told_from_a_sample():
    def f(x, stop, step):
        y = np.arange(x, stop, step)
        return np.sum(y * y)

    y = np.arange(0.3, 1.75, 0.2)
    tangent = ad.jvp(f, (0.3, 1.75, 0.2), (1.0, 0.0, 0.0))[1]
    assert tangent == pytest.approx(np.sum(2.0 * y))


@pytest.mark.parametrize(
    "expression",
    [
        "np.diff(x, axis=0)",
        "np.diff(x, 2)",
        "np.ediff1d(x)",
        "np.trapezoid(x, axis=0)",
        "np.histogram(x, 3)[1]",
    ],
)
@pytest.mark.parametrize("shape", [(0,), (1,), (0, 3)])
def test_a_gradient_has_the_shape_of_what_is_empty(expression, shape):
    assert program(expression).grad(np.zeros(shape)).shape == shape
