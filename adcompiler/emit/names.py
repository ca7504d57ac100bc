"""Names for emitted code: plain, deterministic, and never one that is taken.

A name is the hint itself if it is free, else the hint with a number: ``x``, ``x_1``, ``x_2``. Never
given out are keywords and what emitted code refers to by itself: modules, and the built-ins below.
(Other built-ins are free: a user's variable ``id`` or ``input`` keeps its name, as does ``_``.) The
set is written out, not asked of the running Python, since emitted text must not depend on it.
"""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterable
from typing import Final

RESERVED: Final[frozenset[str]] = frozenset(
    """
    False None True and as assert async await break class continue def del elif else except finally
    for from global if import in is lambda nonlocal not or pass raise return try while with yield
    case match type
    abs all any bool bytes complex dict divmod enumerate float frozenset getattr hasattr int
    isinstance len list map max min object pow print property range reversed round set setattr
    slice sorted str sum super tuple zip
    ArithmeticError AssertionError AttributeError Exception FloatingPointError IndexError KeyError
    NotImplementedError OverflowError RuntimeError StopIteration TypeError ValueError
    ZeroDivisionError
    np numpy math scipy NDArray __name__ __debug__
    """.split()  # noqa: SIM905 (a list of one hundred strings reads worse)
)
"""Names that no allocator gives out."""


def sanitised(hint: str) -> str:
    """A valid identifier that resembles `hint`, in the form in which Python compares names.

    >>> sanitised("a[0].b")
    'a_0_b'
    >>> sanitised("2nd")
    '_2nd'
    """
    text = unicodedata.normalize("NFKC", hint)
    kept = "".join(char if ("_" + char).isidentifier() else " " for char in text)
    name = "_".join(kept.split())
    if not name:
        return "t"
    return name if name.isidentifier() or keyword.iskeyword(name) else "_" + name


class NameAllocator:
    """Gives out the names of one emitted function or module.

    >>> names = NameAllocator({"y"})
    >>> [names.fresh("x"), names.fresh("x"), names.fresh("y"), names.fresh("lambda")]
    ['x', 'x_1', 'y_1', 'lambda_1']
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = set(RESERVED)
        self._next: dict[str, int] = {}
        for name in reserved:
            self.reserve(name)

    def __contains__(self, name: object) -> bool:
        """Whether `name` can no longer be given out."""
        return name in self._taken

    def reserve(self, name: str) -> None:
        """Never give out `name` (a name of the user's, or one used otherwise)."""
        self._taken.add(unicodedata.normalize("NFKC", name))

    def fresh(self, hint: str) -> str:
        """A free name like `hint`, from now on taken."""
        base = sanitised(hint)
        name, number = base, self._next.get(base, 1)
        while name in self._taken:
            name = f"{'' if base == '_' else base}_{number}"
            number += 1
            self._next[base] = number
        self._taken.add(name)
        return name
