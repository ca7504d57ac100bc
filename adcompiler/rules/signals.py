"""``scipy.signal``: convolutions and filters, linear in each of their operands."""

from __future__ import annotations

import numpy as np
from scipy import signal

from adcompiler.rules.contract import linear, not_yet, structural, zero

# ---- convolutions


def margin(a, b, y_bar, mode, late, axis):
    """How far the result is from the full convolution, at both ends of an axis."""
    m, n, length = np.shape(a)[axis], np.shape(b)[axis], np.shape(y_bar)[axis]
    before = min(m, n) - 1 if mode == "valid" else (m + n - 1 - length + late) // 2
    return before, m + n - 1 - before - length


def convolution_back(convolve, y_bar, a, b, mode, late):
    """The adjoint of ``a`` (and, since convolution commutes, with it exchanged that of ``b``)."""
    if mode == "full":
        return convolve(y_bar, np.flip(b), mode="valid")
    around = tuple(margin(a, b, y_bar, mode, late, axis) for axis in range(np.ndim(a)))
    return convolve(np.pad(y_bar, around), np.flip(b), mode="valid")


def convolution(convolve):
    structural(
        convolve,
        args="in1, in2, mode='full'",
        jvp={
            "in1": lambda in1_dot, in2, mode: convolve(in1_dot, in2, mode=mode),
            "in2": lambda in2_dot, in1, mode: convolve(in1, in2_dot, mode=mode),
        },
        vjp={
            "in1": lambda y_bar, in1, in2, mode: convolution_back(
                convolve, y_bar, in1, in2, mode, 0
            ),
            "in2": lambda y_bar, in1, in2, mode: convolution_back(
                convolve, y_bar, in2, in1, mode, 0
            ),
        },
    )


convolution(signal.convolve)
convolution(signal.fftconvolve)
convolution(signal.oaconvolve)
convolution(signal.convolve2d)

# ---- correlations: convolutions with what is turned round


def turned(b):
    assert not np.iscomplexobj(b), "derivatives of correlations need real arrays"
    return np.flip(b)


def correlation(correlate, convolve, late):
    """``late``: the middle of an even number of offsets is the second of its two."""
    structural(
        correlate,
        args="in1, in2, mode='full'",
        jvp={
            "in1": lambda in1_dot, in2, mode: correlate(in1_dot, in2, mode=mode),
            "in2": lambda in2_dot, in1, mode: correlate(in1, in2_dot, mode=mode),
        },
        vjp={
            "in1": lambda y_bar, in1, in2, mode: convolution_back(
                convolve, y_bar, in1, turned(in2), mode, late
            ),
            "in2": lambda y_bar, in1, in2, mode: turned(
                convolution_back(convolve, y_bar, turned(in2), in1, mode, late)
            ),
        },
    )


correlation(signal.correlate, signal.convolve, 0)
correlation(signal.correlate2d, signal.convolve2d, 1)

# ---- recursive filters: a * y = b * x


def backwards(b, a, y_bar, axis):
    return np.flip(signal.lfilter(b, a, np.flip(y_bar, axis), axis), axis)


def of_taps(y_bar, taps, a, signal_in):
    """The adjoint of coefficients that multiply ``signal_in``, delayed by 0, 1, ..."""
    assert signal_in.ndim == 1, "derivatives by coefficients of lfilter need a single axis"
    v = np.flip(signal.lfilter(np.ones(1), a, np.flip(y_bar)))
    n = signal_in.size
    lags = signal.correlate(np.pad(v, (0, taps.size)), signal_in)
    return lags[n - 1 : n - 1 + taps.size]


structural(
    signal.lfilter,
    args="b, a, x, axis=-1",
    jvp={
        "b": lambda b_dot, a, x, axis: signal.lfilter(b_dot, a, x, axis),
        "a": lambda a_dot, a, y, axis: -signal.lfilter(a_dot, a, y, axis),
        "x": lambda x_dot, b, a, axis: signal.lfilter(b, a, x_dot, axis),
    },
    vjp={
        "b": lambda y_bar, b, a, x: of_taps(y_bar, b, a, x),
        "a": lambda y_bar, a, y: -of_taps(y_bar, a, a, y),
        "x": lambda y_bar, b, a, axis: backwards(b, a, y_bar, axis),
    },
)

# ---- linear transforms

linear(
    signal.detrend,
    lambda y_bar, axis, type: signal.detrend(y_bar, axis, type),
    operands=("data",),
    args="data, axis=-1, type='linear'",
)
linear(
    signal.hilbert,
    lambda y_bar, axis: (
        np.conj(signal.hilbert(np.real(y_bar), axis=axis))
        + 1j * np.conj(signal.hilbert(np.imag(y_bar), axis=axis))
    ),
    operands=("x",),
    args="x, *, axis=-1",
)

# ---- others

zero(signal.square, args="t, duty=0.5")
not_yet(
    (
        signal.sosfilt, signal.filtfilt, signal.sosfiltfilt, signal.lfiltic, signal.upfirdn,
        signal.resample, signal.resample_poly, signal.decimate, signal.savgol_filter,
        signal.deconvolve, signal.sepfir2d, signal.wiener,
    ),
    "use signal.lfilter or signal.convolve",
)  # fmt: skip
not_yet(
    (signal.medfilt, signal.medfilt2d, signal.order_filter),
    "use np.median of windows",
)
not_yet((signal.chirp, signal.sawtooth, signal.gausspulse), "write it with np.cos and np.sin")
