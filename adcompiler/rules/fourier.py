"""``numpy.fft``: linear. ``fft`` and ``ifft`` have symmetric matrices: their own transposes."""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import excuse, linear, static, zero

# ---- complex transforms


def fitted(bar, a, axis):
    """The adjoint of cutting ``a``, or filling it up with zeros, to the length of ``bar``."""
    if np.shape(bar)[axis] == np.shape(a)[axis]:
        return bar
    moved = np.zeros(np.shape(np.moveaxis(a, axis, 0)), dtype=complex)
    n = min(np.shape(bar)[axis], np.shape(a)[axis])
    moved[:n] = np.moveaxis(bar, axis, 0)[:n]
    return np.moveaxis(moved, 0, axis)


def along_one_axis(transform):
    """The matrix of ``transform`` is symmetric."""
    linear(
        transform,
        lambda y_bar, a, n, axis, norm: (
            transform(y_bar, axis=axis, norm=norm)
            if n is None
            else fitted(transform(y_bar, axis=axis, norm=norm), a, axis)
        ),
        args="a, n=None, axis=-1, norm=None",
    )


along_one_axis(np.fft.fft)
along_one_axis(np.fft.ifft)


def whole(s):
    assert s is None, "derivatives of transforms along several axes need s=None"


def several_back(transform, y_bar, s, axes, norm):
    whole(s)
    return transform(y_bar, axes=axes, norm=norm)


def along_several_axes(transform, same, axes):
    linear(
        transform,
        lambda y_bar, s, axes, norm: several_back(same, y_bar, s, axes, norm),
        args=f"a, s=None, axes={axes}, norm=None",
    )


along_several_axes(np.fft.fft2, np.fft.fftn, (-2, -1))
along_several_axes(np.fft.ifft2, np.fft.ifftn, (-2, -1))
along_several_axes(np.fft.fftn, np.fft.fftn, None)
along_several_axes(np.fft.ifftn, np.fft.ifftn, None)

# ---- real transforms: of the spectrum only one half is there


def rfft_back(y_bar, a, n, axis, norm):
    length = np.shape(a)[axis] if n is None else n
    bar = np.real(np.fft.fft(y_bar, n=length, axis=axis, norm=norm))
    return bar if n is None else fitted(bar, a, axis)


@static
def swapped(norm):
    """The scaling of the opposite direction."""
    return {None: "forward", "backward": "forward", "forward": "backward"}.get(norm, norm)


def irfft_back(y_bar, a, n, axis, norm):
    """Every frequency stands for two, but for the first and, of an even length, the last."""
    length = np.shape(y_bar)[axis]
    bar = np.conj(np.moveaxis(np.fft.rfft(y_bar, axis=axis, norm=swapped(norm)), axis, -1))
    k = np.arange(length // 2 + 1)
    bar = bar * np.where((k == 0) | (2 * k == length), 1.0, 2.0)
    return fitted(np.moveaxis(bar, -1, axis), a, axis)


linear(
    np.fft.rfft,
    lambda y_bar, a, n, axis, norm: rfft_back(y_bar, a, n, axis, norm),
    args="a, n=None, axis=-1, norm=None",
)
linear(
    np.fft.irfft,
    lambda y_bar, a, n, axis, norm: irfft_back(y_bar, a, n, axis, norm),
    args="a, n=None, axis=-1, norm=None",
)


# ---- real transforms along several axes: a real one along the last, complex ones along the others


def axes_of(a, axes):
    return tuple(range(np.ndim(a))) if axes is None else axes


def rfftn_back(y_bar, a, s, axes, norm):
    whole(s)
    along = axes_of(a, axes)
    for axis in along[:-1]:
        y_bar = np.fft.fft(y_bar, axis=axis, norm=norm)
    return rfft_back(y_bar, a, None, along[-1], norm)


def irfftn_back(y_bar, a, s, axes, norm):
    whole(s)
    along = axes_of(a, axes)
    bar = irfft_back(y_bar, a, None, along[-1], norm)
    for axis in along[:-1]:
        bar = np.fft.ifft(bar, axis=axis, norm=norm)
    return bar


def along_several_real_axes(transform, back, axes):
    linear(
        transform,
        lambda y_bar, a, s, axes, norm: back(y_bar, a, s, axes, norm),
        args=f"a, s=None, axes={axes}, norm=None",
    )


along_several_real_axes(np.fft.rfft2, rfftn_back, (-2, -1))
along_several_real_axes(np.fft.irfft2, irfftn_back, (-2, -1))
along_several_real_axes(np.fft.rfftn, rfftn_back, None)
along_several_real_axes(np.fft.irfftn, irfftn_back, None)

# ---- Hermitian transforms: hfft is irfft of the conjugate, ihfft the conjugate of rfft

linear(
    np.fft.hfft,
    lambda y_bar, a, axis, norm: np.conj(irfft_back(y_bar, a, None, axis, swapped(norm))),
    args="a, n=None, axis=-1, norm=None",
)
linear(
    np.fft.ihfft,
    lambda y_bar, a, n, axis, norm: rfft_back(np.conj(y_bar), a, n, axis, swapped(norm)),
    args="a, n=None, axis=-1, norm=None",
)

# ---- order of frequencies

linear(
    np.fft.fftshift,
    lambda y_bar, axes: np.fft.ifftshift(y_bar, axes),
    operands=("x",),
    args="x, axes=None",
)
linear(
    np.fft.ifftshift,
    lambda y_bar, axes: np.fft.fftshift(y_bar, axes),
    operands=("x",),
    args="x, axes=None",
)
zero((np.fft.fftfreq, np.fft.rfftfreq), args="n, d=1.0")

excuse(np.fft.irfft, "empty", "NumPy's own transform of nothing is whatever was in memory")
