"""Arguments that share memory, one of which the function writes to: refused at the call.

Emitted code copies what the function mutates, one argument at a time; what two arguments share
would come apart in the copies, and the derivative would be that of another program.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy as np

from adcompiler.calling.trees import children
from adcompiler.errors import Place, UnsafeAlias, printable

_WORK = 10_000  # candidates tried to prove that two strided views do not meet


def check_overlaps(
    function: str,
    names: Sequence[str],
    values: Sequence[Any],
    mutated: Sequence[int],
    place: Callable[[], Place | None],
    defaults: Collection[int] = (),
) -> None:
    """Refuse values of which one of the `mutated` shares memory with another, or with itself.

    Raises `UnsafeAlias` (AD401), or AD305 for what a default value holds: the next call would see
    the change. `names` are those of `values`, `defaults` the positions of default values, and
    `place` tells where the function stands, for the message.
    """
    memory = [list(_memory(value, name)) for value, name in zip(values, names, strict=True)]
    for k in mutated:
        for i, (path, x) in enumerate(memory[k]):
            for j, others in enumerate(memory):
                if j in mutated and j < k:
                    continue
                for other, y in others[i + 1 :] if j == k else others:
                    if _meet(x, y) and j in defaults:
                        raise _changes_default(function, path, place())
                    if _meet(x, y):
                        raise _refused(function, path, other, x is y, place())


def _memory(x: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Arrays and containers that can be written to, within `x`."""
    if isinstance(x, np.ndarray):
        yield path, x
        return
    below = children(x)
    if below is None:
        return
    if not isinstance(x, tuple):
        yield path, x
    for name, child in below:
        yield from _memory(child, path + name)


def _meet(x: Any, y: Any) -> bool:
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray)):
        return x is y
    if not np.may_share_memory(x, y):
        return False
    try:
        return np.shares_memory(x, y, max_work=_WORK)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def _changes_default(function: str, path: str, place: Place | None) -> UnsafeAlias:
    return UnsafeAlias(
        f"{printable(function)} writes to the default value of {printable(path)}: its next call "
        "would see the change",
        remedy=f"pass {printable(path)}, or copy it in the function",
        place=place,
        code="AD305",
    )


def _refused(function: str, path: str, other: str, same: bool, place: Place | None) -> UnsafeAlias:
    how = "are the same object" if same else "overlap in memory"
    path, other = printable(path), printable(other)
    return UnsafeAlias(
        f"{path} and {other} {how}, and {printable(function)} writes to {path}",
        remedy=f"pass a copy of one of them (`{other}.copy()`), or copy {path} in the function",
        place=place,
        code="AD401",
    )
