"""Looking for NaNs in derivatives while a ``with`` block runs."""

from __future__ import annotations

import threading
from contextvars import ContextVar, Token
from types import TracebackType

wanted: ContextVar[bool | None] = ContextVar("debug_nans", default=None)
"""None: no checks. Else whether infinities are looked for too."""

_lock = threading.Lock()
blocks = 0  # how many run, in all threads: calls ask no further where none does


class debug_nans:
    """Within the block, a derivative in which a NaN appears raises FloatingPointError.

    The message names the variable, and the line of the user's function that it is the derivative
    of. Every tangent and adjoint is looked at when it is computed, and what is returned; NaNs in
    other intermediate values are none of its business. With `infs`, infinities count too. Calls are
    slower: they run another version of the emitted text. Other threads are not affected.

    >>> import numpy as np
    >>> import adcompiler as ad
    >>> def f(x):
    ...     r = np.sum(x * x)
    ...     return np.sqrt(r)
    >>> with np.errstate(invalid="ignore", divide="ignore"), ad.debug_nans():
    ...     try:
    ...         ad.grad(f)(np.zeros(2))
    ...     except FloatingPointError as error:
    ...         print(str(error).partition(",")[0])
    nan in x_bar
    """

    def __init__(self, *, infs: bool = False) -> None:
        self._infs = infs
        self._tokens: list[Token[bool | None]] = []

    def __enter__(self) -> None:
        global blocks
        with _lock:
            blocks += 1
        self._tokens.append(wanted.set(self._infs))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        global blocks
        with _lock:
            blocks -= 1
        wanted.reset(self._tokens.pop())
