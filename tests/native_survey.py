"""Every program of the zoo, natively: how many are lowered whole, and whether they agree.

python -m tests.native_survey [grad|jvp|hvp ...] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

import adcompiler as ad
from tests.oracles import leaves
from tests.oracles.compare import direction
from tests.test_zoo import quietly, tangents_for
from tests.zoo import PROGRAMS, Program

MODES = ("grad", "jvp", "hvp")


def both(program: Program, mode: str) -> Iterator[tuple[Any, Any]]:
    """What a program's derivative is in NumPy mode, then natively; and the derivative object."""
    for backend in ("numpy", "native"):
        f = ad.differentiate(program.fn, argnums=program.wrt, backend=backend)
        args = program.args()
        if mode == "grad":
            yield f.grad, quietly(f.grad, *args)
        elif mode == "jvp":
            yield f.jvp, quietly(f.jvp, args, tangents_for(program))
        else:
            first = program.wrt[0]
            g = ad.differentiate(program.fn, argnums=first, backend=backend).hvp
            v = direction(args[first], start=5)
            yield g, quietly(g, *args[: first + 1], v, *args[first + 1 :])


def difference(expected: Any, found: Any) -> float:
    """The largest difference of two results, relative to the largest number in either."""
    first, second = list(leaves(expected)), list(leaves(found))
    assert [path for path, _ in first] == [path for path, _ in second], "another structure"
    numbers = [np.asarray(x) for _, x in first]
    scale = max((float(np.max(np.abs(x[np.isfinite(x)]), initial=0.0)) for x in numbers), default=0)
    worst = 0.0
    for a, (_, b) in zip(numbers, second, strict=True):
        b = np.asarray(b)
        assert a.dtype == b.dtype, f"{b.dtype} for {a.dtype}"
        assert a.shape == b.shape, f"shape {b.shape} for {a.shape}"
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        if not np.all(same):
            apart = np.abs(np.where(same, 0, a - b))
            worst = max(worst, float(np.max(apart)) / (scale or 1.0))
    return worst


def survey(programs: list[Program], modes: list[str]) -> int:
    """Print a line for each program that is not lowered or wrong, and the counts."""
    wrong = 0
    for mode in modes:
        counts: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        for program in programs:
            if mode == "hvp" and not program.second_order:
                continue
            try:
                pair = both(program, mode)
                _, expected = next(pair)
            except ad.errors.AdcompilerError:
                counts["refused"] += 1
                continue
            try:
                derivative, found = next(pair)
                worst = difference(expected, found)
            except Exception as problem:
                counts["failed"] += 1
                wrong += 1
                print(f"{mode} {program.name}: FAILED {type(problem).__name__}: {problem}"[:300])
                continue
            single = "float32" in program.tags
            if not worst <= (1e-5 if single else 1e-12):
                wrong += 1
                counts["wrong"] += 1
                print(f"{mode} {program.name}: WRONG by {worst:.1e}, {derivative.lowering}")
            lowering = derivative.lowering
            native = derivative._native()
            word = "bug" if native.bug else lowering.partition(":")[0]
            counts[word + (" (gave up)" if native.gave_up else "")] += 1
            wrong += native.bug
            if native.bug or native.gave_up:
                print(f"{mode} {program.name}: {lowering} {native.gave_up or ''}"[:300])
            if word == "NumPy":
                reasons[lowering.partition(" (L")[0]] += 1
        print(mode, dict(counts))
        for reason, count in reasons.most_common():
            print(f"  {count:4} {reason}")
        sys.stdout.flush()
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(".")[0])
    parser.add_argument("modes", nargs="*", default=list(MODES))
    parser.add_argument("--only", nargs="+")
    options = parser.parse_args()
    chosen = [p for p in PROGRAMS if not options.only or p.name in options.only]
    raise SystemExit(bool(survey(chosen, options.modes or list(MODES))))


if __name__ == "__main__":
    main()
