"""What was compiled for one signature, and what must hold for it to be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MethodType
from typing import Any, NamedTuple

from adcompiler.frontend.program import Capture, read_capture
from adcompiler.frontend.signature import spec_of
from adcompiler.pipeline import Compiled

Guard = tuple[Any, object]


@dataclass(frozen=True, eq=False)
class Made:
    """What an operand compiles to; `mutated` and `guards` include those of what it is made from."""

    compiled: Compiled
    guards: tuple[Guard, ...]
    mutated: tuple[str, ...]
    inner: tuple[Capture, ...] = ()


@dataclass(frozen=True, eq=False)
class Variant:
    """An emitted function with what must hold for it to be used.

    It is called with the parameters, the current values of inner captures, what the kind of
    derivative adds (tangents), and the current values of captures. `names` are globals that must
    be what they were: (namespace, name, object). `static` says that integers were compiled in,
    `ordered` that arrays' memory orders were. `specs` are those of the parameters.
    """

    compiled: Compiled
    made: Made
    names: tuple[tuple[dict[str, Any], str, object], ...]
    guards: tuple[Guard, ...]
    mutated: tuple[int, ...]
    static: bool
    ordered: bool
    specs: dict[str, Any]

    def captured(self) -> tuple[list[Any], list[Any]] | None:
        """The values of inner captures and of captures; None where the variant does not fit."""
        for namespace, name, expected in self.names:
            if namespace.get(name) is not expected:
                return None
        return self._read()

    def added(self) -> list[Any] | None:
        """As `captured`, in one list; `names` are taken as checked."""
        found = self._read()
        return None if found is None else found[0] + found[1]

    def _read(self) -> tuple[list[Any], list[Any]] | None:
        for where, expected in self.guards:
            if not _same(where, expected):
                return None
        inner = _current(self.made.inner) if self.made.inner else []
        captures = self.compiled.captures
        values = _current(captures) if captures else []
        return None if inner is None or values is None else (inner, values)


def _same(where: Any, expected: object) -> bool:
    try:
        now = read_capture(where)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        return False
    if now is expected:
        return True
    # equal numbers and strings need not be one object, nor are bound methods, at each access
    return type(now) is type(expected) in (int, str, bytes, MethodType) and now == expected


def _current(captures: tuple[Capture, ...]) -> list[Any] | None:
    values = []
    for capture in captures:
        try:
            value = capture.current()
        except (AttributeError, KeyError, IndexError, TypeError, ValueError):
            return None
        spec = spec_of(value)
        if spec is not capture.spec and spec != capture.spec:
            return None
        values.append(value)
    return values


class Ready(NamedTuple):
    """What the fast path of a call needs to know of a variant: see `Derivative.__call__`.

    `captures` gives what is added to the arguments, None where a guard fails. Where `integers` are
    compiled in, their values are looked up next.
    """

    function: Callable[..., Any]
    names: tuple[tuple[dict[str, Any], str, object], ...]
    captures: Callable[[], list[Any] | None] | None
    integers: tuple[int, ...]
    variant: Variant
