"""Timing on one core, interleaved, and the statistics of it."""

import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

ENVIRONMENT = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")} | {
    # glibc's allocator returns arrays above 128 KB to the system until a larger one was freed once:
    # what a kernel costs (up to twice the time) would depend on what ran before it
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
}


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of a sample."""

    median: float
    lower: float
    upper: float

    @classmethod
    def of(cls, sample: Sequence[float]) -> "Spread":
        """The spread of two values or more."""
        lower, _, upper = quantiles(sample, method="inclusive")
        return cls(median(sample), lower, upper)


def run_on_one_core() -> None:
    """Pin this process to its last core; start it anew where ``ENVIRONMENT`` isn't set yet.

    These variables are read when a library is loaded, and NumPy already is.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if any(os.environ.get(name) != value for name, value in ENVIRONMENT.items()):
        os.environ.update(ENVIRONMENT)
        os.execv(sys.executable, sys.orig_argv)


def seconds(call: Callable[[], object], repeats: int = 1) -> float:
    """Time of one call, averaged over ``repeats`` in a row."""
    trips = range(repeats)
    start = perf_counter()
    for _ in trips:
        call()
    return (perf_counter() - start) / repeats


def interleaved(
    calls: Mapping[str, Callable[[], object]], rounds: int, at_least: float = 2e-3
) -> dict[str, list[float]]:
    """Seconds per call of every function in every round.

    Parameters
    ----------
    calls : the functions, by name
    rounds : in each of them every function has its turn, the first one changing from round to round
    at_least : how long a turn lasts, in seconds (short functions are called several times)

    Returns
    -------
    ``rounds`` times for each name; the same position in two lists belongs to the same round
    """
    repeats = {}
    for name, call in calls.items():
        call()
        repeats[name] = max(1, round(at_least / max(seconds(call, 3), 1e-9)))
    names = list(calls)
    times: dict[str, list[float]] = {name: [] for name in names}
    collecting = gc.isenabled()
    gc.disable()
    try:
        for turn in range(rounds):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                times[name].append(seconds(calls[name], repeats[name]))
            gc.collect()
    finally:
        if collecting:
            gc.enable()
    return times


def ratios(times: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Round by round, so that what slows down a whole round cancels."""
    return [time / other for time, other in zip(times, reference, strict=True)]
