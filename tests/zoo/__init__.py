"""Whole functions in plain Python and NumPy, one habit of real code each, to be differentiated by
every mode.

A program returns a real scalar and lies away from kinks, unless tagged "kinks". It is registered
by `program`, which returns it unchanged. `PROGRAMS` holds them all, in the order of the files.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_registered: list[Program] = []


@dataclass(frozen=True)
class Program:
    """A function, arguments for it, and the positions it is differentiated by."""

    name: str
    fn: Callable[..., Any]
    given: tuple[Any, ...] | Callable[[], tuple[Any, ...]]
    wrt: tuple[int, ...]
    tags: tuple[str, ...]
    second_order: bool

    def args(self) -> tuple[Any, ...]:
        """Fresh arguments: from the factory where memory layout or sharing matters, else a deep
        copy.
        """
        return self.given() if callable(self.given) else copy.deepcopy(self.given)


def program(
    args: tuple[Any, ...] | Callable[[], tuple[Any, ...]],
    wrt: tuple[int, ...] = (0,),
    tags: tuple[str, ...] = (),
    second_order: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function and return it as it is."""

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        topic = fn.__module__.rpartition(".")[2].rstrip("_")
        _registered.append(
            Program(f"{topic}.{fn.__name__}", fn, args, wrt, (topic, *tags), second_order)
        )
        return fn

    return register


from . import (  # noqa: E402  (the topics register themselves through `program`)
    assignment,
    branches,
    broadcasting,
    builtins_,
    calls,
    closures,
    coercions,
    containers,
    dtypes,
    effects,
    exits,
    indexing,
    linalg,
    loops,
    numerics,
    objects,
    reductions,
    second_tier,
    shapes,
    stores,
    views_aliases,
)

PROGRAMS: tuple[Program, ...] = tuple(_registered)


def spread(programs: tuple[Program, ...], step: int) -> tuple[Program, ...]:
    """The first program of every topic, and each one `step` further on."""
    counted: Counter[str] = Counter()
    kept = []
    for each in programs:
        topic = each.tags[0]
        if counted[topic] % step == 0:
            kept.append(each)
        counted[topic] += 1
    return tuple(kept)


SAMPLE = spread(PROGRAMS, 10)
"""What runs on every supported Python, and not only on the one that runs everything."""
TOPICS = (
    branches,
    loops,
    exits,
    assignment,
    containers,
    closures,
    calls,
    objects,
    effects,
    builtins_,
    coercions,
    indexing,
    stores,
    views_aliases,
    broadcasting,
    shapes,
    reductions,
    linalg,
    dtypes,
    numerics,
    second_tier,
)
