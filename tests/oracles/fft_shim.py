"""`np.fft` in one dimension, by the definition."""

from __future__ import annotations

import numpy as np

from .arrays import to_array, total
from .dual import Dual, lift, mp
from .numpy_shim import Shim
from .replacing import OVERRIDES


def _transform(x, sign, count):
    n = len(x)
    roots = [Dual(mp.expjpi(mp.mpf(sign * 2 * k) / n)) for k in range(n)]
    sums = [total(lift(x[j]) * roots[j * k % n] for j in range(n)) for k in range(count)]
    return to_array(sums, complex)


def fft(x):
    return _transform(x, -1, len(x))


def ifft(x):
    return _transform(x, 1, len(x)) / len(x)


def rfft(x):
    return _transform(x, -1, len(x) // 2 + 1)


fft_module = Shim(np.fft, {f.__name__: f for f in (fft, ifft, rfft)})
OVERRIDES["fft"] = fft_module
