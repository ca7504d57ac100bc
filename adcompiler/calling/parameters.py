"""The parameters of a function: what a call binds to them, and which of them `argnums` means."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from adcompiler.errors import SignatureError, printable

Argnums = int | str | tuple[int | str, ...]


@dataclass(frozen=True)
class Wanted:
    """A parameter to differentiate by; with `item`, one item of ``*args`` or ``**kwargs``."""

    name: str
    item: int | str | None = None


class Parameters:
    """The parameters of a function, of which some may be bound.

    `names` has all of them in the order in which emitted code takes them, that of the signature:
    ``*args`` is one parameter, a tuple, and ``**kwargs`` one, a dict. Values in `prefix` are bound
    to the first, those in `keywords` by name. With `method`, positions count after the first.
    Defaults are read from the function at each call.
    """

    def __init__(
        self,
        function: FunctionType,
        prefix: tuple[Any, ...] = (),
        keywords: Mapping[str, Any] | None = None,
        *,
        method: bool = False,
    ) -> None:
        code = function.__code__
        count, only = code.co_argcount, code.co_kwonlyargcount
        local = code.co_varnames
        self.function = function
        self.prefix = prefix
        self.keywords = dict(keywords or {})
        self.positional = local[:count]
        self.positional_only = frozenset(local[: code.co_posonlyargcount])
        self.keyword_only = local[count : count + only]
        rest = local[count + only :]
        self.var_positional = rest[0] if code.co_flags & inspect.CO_VARARGS else None
        after = rest[1:] if self.var_positional else rest
        self.var_keyword = after[0] if code.co_flags & inspect.CO_VARKEYWORDS else None
        self.names: tuple[str, ...] = (
            *self.positional,
            *([self.var_positional] if self.var_positional else ()),
            *self.keyword_only,
            *([self.var_keyword] if self.var_keyword else ()),
        )
        self.plain = len(self.names) == count and not self.keywords
        self.skipped = max(len(prefix), int(method))

    # ---- calls

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        """A value for each of `names`. Raises `SignatureError` (AD504)."""
        given = self.prefix + args if self.prefix else args
        if self.plain and not kwargs and len(given) == len(self.names):
            return given
        named = {**self.keywords, **kwargs}
        values = dict(zip(self.positional, given, strict=False))
        extra = given[len(self.positional) :]
        if self.var_positional:
            values[self.var_positional] = extra
        elif extra:
            raise self._mismatch(
                f"takes {len(self.positional) - len(self.prefix)} positional arguments, "
                f"{len(given) - len(self.prefix)} given"
            )
        others: dict[str, Any] = {}
        for name, value in named.items():
            known = name in self.keyword_only or (
                name in self.positional and name not in self.positional_only
            )
            if known and name in values:
                raise self._mismatch(f"got two values for '{printable(name)}'")
            if known:
                values[name] = value
            elif self.var_keyword:
                others[name] = value
            else:
                raise self._mismatch(f"has no parameter '{printable(name)}'")
        if self.var_keyword:
            values[self.var_keyword] = others
        if len(values) < len(self.names):
            self._default(values)
        return tuple([values[name] for name in self.names])

    def _default(self, values: dict[str, Any]) -> None:
        defaults = self.function.__defaults__ or ()
        with_default = self.positional[len(self.positional) - len(defaults) :]
        found = {
            **dict(zip(with_default, defaults, strict=True)),
            **(self.function.__kwdefaults__ or {}),
        }
        for name in self.names:
            if name not in values:
                if name not in found:
                    raise self._mismatch(f"misses a value for '{name}'")
                values[name] = found[name]

    def _mismatch(self, reason: str) -> SignatureError:
        name = printable(self.function.__name__)
        remedy = f"its signature is {name}{printable(str(self.signature()))}"
        return SignatureError(f"{name} {reason}", remedy=remedy, code="AD504")

    def signature(self) -> inspect.Signature:
        """The signature without what is bound in first place."""
        whole = inspect.signature(self.function, follow_wrapped=False)
        visible = list(whole.parameters.values())[len(self.prefix) :]
        return whole.replace(parameters=visible)

    # ---- argnums

    def wanted(self, argnums: Argnums | list[int | str]) -> tuple[tuple[Wanted, ...], bool]:
        """The parameters that `argnums` means, and whether a result for them is bare.

        Raises `SignatureError` (AD501) for what is unknown or given twice.
        """
        bare = isinstance(argnums, int | str)
        each: Iterable[int | str] = (argnums,) if isinstance(argnums, int | str) else argnums
        if not isinstance(argnums, int | str | tuple | list) or isinstance(argnums, bool):
            raise self._unknown(argnums)
        found = tuple(self._one(one) for one in each)
        if not found:
            raise SignatureError(
                "`argnums` is empty: there is nothing to differentiate by",
                remedy=self._choices(),
                code="AD501",
            )
        if len(set(found)) < len(found):
            raise SignatureError(
                f"`argnums={printable(repr(argnums))}` names a parameter twice",
                remedy="name each once",
                code="AD501",
            )
        return found, bare

    def _one(self, one: Any) -> Wanted:
        if isinstance(one, str):
            if one in self.names:
                return Wanted(one)
            if one == "self" and self.skipped:
                return Wanted(self.positional[0])
            if self.var_keyword and one.isidentifier():
                return Wanted(self.var_keyword, one)
            raise self._unknown(one)
        if hasattr(one, "__index__") and not isinstance(one, bool):
            positions = [n for n in self.positional[self.skipped :] if n not in self.keywords]
            index = one.__index__()
            if not self.var_positional and -len(positions) <= index < 0:
                index += len(positions)
            if 0 <= index < len(positions):
                return Wanted(positions[index])
            if self.var_positional and index >= 0:
                return Wanted(self.var_positional, index - len(positions))
        raise self._unknown(one)

    def _unknown(self, given: object) -> SignatureError:
        return SignatureError(
            f"`argnums={printable(repr(given))}` names no parameter of "
            f"{printable(self.function.__name__)}",
            remedy=self._choices(),
            code="AD501",
        )

    def _choices(self) -> str:
        names = ", ".join(f"'{name}'" for name in self.names[len(self.prefix) :])
        shown = f"its parameters are {names}" if names else "it has no parameters"
        return f"give a position, a name, or a tuple of them; {shown}"
