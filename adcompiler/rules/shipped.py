"""Rules that other packages ship, loaded when a function of theirs is first met.

A package names a module of its own in the entry point group ``adcompiler.rules``, under the name
of the package whose functions it has rules for (its own, as a rule)::

    [project.entry-points."adcompiler.rules"]
    fastode = "fastode.derivatives"

Importing the module declares the rules.
"""

from __future__ import annotations

import functools
import sys
from importlib import metadata
from typing import Any

from adcompiler.errors import BadRule
from adcompiler.rules.contract import REGISTRY, Rule

GROUP = "adcompiler.rules"
_met: set[str] = set()


def find(fn: Any) -> Rule | None:
    """The rule declared for ``fn``, in this process or by a package that is installed."""
    rule = REGISTRY.find(fn)
    if rule is not None:
        return rule
    module = getattr(fn, "__module__", None) or type(fn).__module__
    package = module.partition(".")[0] if isinstance(module, str) else ""
    if package in _met:
        return None
    _met.add(package)
    loaded = [_load(each) for each in _entry_points(tuple(sys.path)) if each.name == package]
    return REGISTRY.find(fn) if loaded else None


@functools.lru_cache(maxsize=1)
def _entry_points(path: tuple[str, ...]) -> tuple[metadata.EntryPoint, ...]:
    """What is installed along ``sys.path``, which is as given."""
    return tuple(metadata.entry_points(group=GROUP))


def _load(point: metadata.EntryPoint) -> None:
    try:
        point.load()
    except Exception as error:
        _met.discard(point.name)
        raise BadRule(
            f"the rules for '{point.name}' can't be loaded from {point.value}: {error}",
            remedy=f"repair or uninstall the package that has this entry point of {GROUP}",
        ) from error
