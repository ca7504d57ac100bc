"""The one seam for packages that need not be installed."""

from __future__ import annotations

import importlib
from types import ModuleType


def optional(name: str) -> ModuleType | None:
    """The module ``name``, or None where its package is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
