"""``numpy.fft``: linear. ``fft`` and ``ifft`` have symmetric matrices: their own transposes."""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import linear, not_yet, zero

# ---- complex transforms


def fitted(bar, a, axis):
    """The adjoint of cutting ``a``, or filling it up with zeros, to the length of ``bar``."""
    if np.shape(bar)[axis] == np.shape(a)[axis]:
        return bar
    moved = np.zeros(np.shape(np.moveaxis(a, axis, 0)), dtype=complex)
    n = min(np.shape(bar)[axis], np.shape(a)[axis])
    moved[:n] = np.moveaxis(bar, axis, 0)[:n]
    return np.moveaxis(moved, 0, axis)


linear(
    np.fft.fft,
    lambda y_bar, a, n, axis, norm: (
        np.fft.fft(y_bar, axis=axis, norm=norm)
        if n is None
        else fitted(np.fft.fft(y_bar, axis=axis, norm=norm), a, axis)
    ),
    args="a, n=None, axis=-1, norm=None",
)
linear(
    np.fft.ifft,
    lambda y_bar, a, n, axis, norm: (
        np.fft.ifft(y_bar, axis=axis, norm=norm)
        if n is None
        else fitted(np.fft.ifft(y_bar, axis=axis, norm=norm), a, axis)
    ),
    args="a, n=None, axis=-1, norm=None",
)


def whole(s):
    assert s is None, "derivatives of transforms along several axes need s=None"


def fftn_back(y_bar, s, axes, norm):
    whole(s)
    return np.fft.fftn(y_bar, axes=axes, norm=norm)


def ifftn_back(y_bar, s, axes, norm):
    whole(s)
    return np.fft.ifftn(y_bar, axes=axes, norm=norm)


linear(
    np.fft.fft2,
    lambda y_bar, s, axes, norm: fftn_back(y_bar, s, axes, norm),
    args="a, s=None, axes=(-2, -1), norm=None",
)
linear(
    np.fft.ifft2,
    lambda y_bar, s, axes, norm: ifftn_back(y_bar, s, axes, norm),
    args="a, s=None, axes=(-2, -1), norm=None",
)
linear(
    np.fft.fftn,
    lambda y_bar, s, axes, norm: fftn_back(y_bar, s, axes, norm),
    args="a, s=None, axes=None, norm=None",
)
linear(
    np.fft.ifftn,
    lambda y_bar, s, axes, norm: ifftn_back(y_bar, s, axes, norm),
    args="a, s=None, axes=None, norm=None",
)

# ---- real transforms: of the spectrum only one half is there


def rfft_back(y_bar, a, n, axis, norm):
    length = np.shape(a)[axis] if n is None else n
    bar = np.real(np.fft.fft(y_bar, n=length, axis=axis, norm=norm))
    return bar if n is None else fitted(bar, a, axis)


def irfft_back(y_bar, a, n, axis, norm):
    """Every frequency stands for two, but for the first and, of an even length, the last."""
    length = np.shape(y_bar)[axis]
    other = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}[norm]
    bar = np.conj(np.moveaxis(np.fft.rfft(y_bar, axis=axis, norm=other), axis, -1))
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
not_yet((np.fft.rfft2, np.fft.rfftn, np.fft.irfft2, np.fft.irfftn), "transform axis by axis")
not_yet((np.fft.hfft, np.fft.ihfft), "use np.fft.irfft and np.fft.rfft of the conjugate")

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
