"""Native gradients against hand-written loops under Numba. From the repository's root:

    python -m tests.benchmarks.native [--only NAME ...] [--json raw.json]

Everything runs in one process, on one core, in turns; all gradients are compared first.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from functools import partial
from statistics import geometric_mean, median
from time import perf_counter
from typing import Any

import numba
import numpy as np

import adcompiler as ad
from tests.benchmarks.kernels import KERNELS
from tests.benchmarks.numba_forms import FORMS
from tests.benchmarks.numpy_mode import Call, interval, row
from tests.benchmarks.timing import Spread, interleaved, ratios, run_on_one_core, seconds


def ready(name: str) -> tuple[dict[str, Call], dict[str, float]]:
    """What there is to time for a kernel, each called once, and how long that first call took."""
    kernel = KERNELS[name]
    arguments = kernel.arguments("full")
    calls: dict[str, Call] = {
        "native": ad.grad(kernel.primal, argnums=kernel.wrt, backend="native"),
        "hand": FORMS[name],
    }
    calls["primal"] = compiled_primal(kernel)
    calls["numpy"] = ad.grad(kernel.primal, argnums=kernel.wrt)
    expected = kernel.gradient(*arguments)
    first: dict[str, float] = {}
    for key, call in list(calls.items()):
        start = perf_counter()
        try:
            found = call(*arguments)
        except Exception as problem:  # one that fails must not hide the others
            print(f"{kernel.title}, {key}: {type(problem).__name__}", file=sys.stderr)
            del calls[key]
            continue
        first[key] = perf_counter() - start
        if key != "primal":
            for a, b in zip(expected, found, strict=True):
                scale = np.max(np.abs(a), initial=0.0)
                np.testing.assert_allclose(b, a, rtol=1e-8, atol=1e-9 * scale)
    native = calls["native"]
    if native.lowering != "whole" or native._native().gave_up:
        print(f"{kernel.title}: {native.lowering} {native._native().gave_up or ''}")
    return {key: partial(call, *arguments) for key, call in calls.items()}, first


def compiled_primal(kernel: Any) -> Call:
    """The user's function under Numba, and what it calls of its own module."""
    function = kernel.primal
    space = dict(vars(kernel))
    if "sigmoid" in space:
        space["sigmoid"] = numba.njit(error_model="numpy")(space["sigmoid"])
    copy = type(function)(function.__code__, space, function.__name__)
    jitted = numba.njit(error_model="numpy")(copy)
    if kernel.__name__.endswith("newton"):
        return lambda numbers: jitted(np.array(numbers))
    return jitted


def kernels(names: list[str], rounds: int) -> dict[str, Any]:
    """Print the table; return all times."""
    others = ["hand", "primal", "numpy"]
    titles = [f"{c}, ms" for c in ("native", *others)] + [f"native/{c}" for c in others]
    print(row("kernel", titles))
    report: dict[str, Any] = {}
    for name in names:
        calls, first = ready(name)
        slow = max(seconds(call) for call in calls.values())
        times = interleaved(calls, max(3, min(rounds, int(8.0 / slow))))
        relative = {c: Spread.of(ratios(times["native"], times[c])) for c in others if c in times}
        spreads = {c: Spread.of(each) for c, each in times.items()}
        cells = [interval(spreads.get(c), 1e3) for c in ("native", *others)]
        cells += [interval(relative.get(c)) for c in others]
        print(row(KERNELS[name].title, cells), flush=True)
        report[name] = {
            "seconds": times,
            "first call": first,
            "ratios": {c: s.median for c, s in relative.items()},
        }
    for other in others:
        found = {n: r["ratios"][other] for n, r in report.items() if other in r["ratios"]}
        if found:
            worst = max(found, key=found.__getitem__)
            mean = geometric_mean(found.values())
            print(
                f"native/{other}: geometric mean {mean:.3g}, median {median(found.values()):.3g}, "
                f"worst {found[worst]:.3g} ({worst})"
            )
    return report


def overhead(rounds: int) -> dict[str, list[float]]:
    """Times of a call of a native gradient of three numbers, dispatch included."""
    derivative = ad.grad(product, argnums=(0, 1, 2), backend="native")
    times = interleaved({"native": partial(derivative, 0.5, 1.5, 2.5)}, rounds)
    print(f"\na call with three numbers: {interval(Spread.of(times['native']), 1e6)} µs")
    return times


def product(x: float, y: float, z: float) -> float:
    return x * y + np.sin(z) * x


def main() -> None:
    """Time the kernels asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition(".")[0])
    parser.add_argument("--only", nargs="+", choices=KERNELS, default=list(KERNELS))
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", help="file for the raw numbers")
    options = parser.parse_args()
    run_on_one_core()
    machine = (
        f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"Numba {numba.__version__}, one core"
    )
    print(machine)
    report: dict[str, Any] = {"machine": machine}
    report["kernels"] = kernels(options.only, options.rounds)
    report["overhead"] = overhead(options.rounds)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
