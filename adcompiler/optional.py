"""The one seam for imports that wait: packages that need not be installed, parts that few need."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType
from typing import Any


def optional(name: str) -> ModuleType | None:
    """The module ``name``, or None where its package is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


class _Later(ModuleType):
    """A module that is imported when something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


def later(name: str) -> ModuleType | None:
    """The module ``name``, not imported before it is used; None where it is not installed."""
    package = name.partition(".")[0]
    return None if importlib.util.find_spec(package) is None else _Later(name)


def part(name: str) -> ModuleType:
    """A module of adcompiler's own that is imported when it is first asked for, so that
    ``import adcompiler`` stays fast.
    """
    return importlib.import_module(f"adcompiler.{name}")
