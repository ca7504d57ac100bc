"""NumPy mode against hand-written adjoints. From the repository's root:

    python -m tests.benchmarks.numpy_mode                      # the kernels
    python -m tests.benchmarks.numpy_mode --compile --overhead --memory [--json raw.json]

Everything runs in one process, on one core. Without adcompiler the other columns are still shown.
"""

import argparse
import json
import linecache
import platform
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from statistics import median
from typing import Any

import numpy as np

from tests.benchmarks.kernels import KERNELS
from tests.benchmarks.kernels.contract import Kernel, reformulated
from tests.benchmarks.timing import Spread, interleaved, ratios, run_on_one_core, seconds

ad: Any = None
try:
    ad = import_module("adcompiler")
    missing = "" if hasattr(ad, "grad") else "adcompiler has no `grad` yet"
except ImportError as problem:
    missing = f"adcompiler cannot be imported: {problem}"

Call = Callable[..., Any]
# how often a kernel's loop runs, and how many floats its state has there
LOOPS = {"rk4": lambda a: (a[-1], 2), "burgers": lambda a: (a[-1], a[0].size)}


def emitted(derivative: Any, arguments: tuple[Any, ...]) -> Call:
    """The emitted function that serves these arguments; it takes them as the user gives them."""
    return derivative.compiled(*arguments)


def kernels(names: Iterable[str], rounds: int) -> dict[str, Any]:
    """Times of primal, hand-written and emitted gradients; prints the table, returns all times."""
    columns = ("primal", "hand", "reformulated", "emitted", "dispatched")
    titles = [f"{c}, ms" for c in columns] + ["emitted/hand", "emitted/primal", "hand/primal"]
    print(row("kernel", titles))
    report: dict[str, Any] = {}
    for name in names:
        kernel = KERNELS[name]
        arguments = kernel.arguments("full")
        calls = gradients(kernel, arguments)
        times = interleaved({k: partial(f, *arguments) for k, f in calls.items()}, rounds)
        spreads = {key: Spread.of(values) for key, values in times.items()}
        relative = {
            f"{key}/{other}": Spread.of(ratios(times[key], times[other]))
            for key, other in (("emitted", "hand"), ("emitted", "primal"), ("hand", "primal"))
            if key in times
        }
        cells = [interval(spreads.get(c), 1e3) for c in columns]
        print(row(kernel.title, cells + [interval(relative.get(t)) for t in titles[5:]]))
        report[name] = {"seconds": times, "ratios": {k: s.median for k, s in relative.items()}}
    for title in titles[5:]:
        found = {n: r["ratios"][title] for n, r in report.items() if title in r["ratios"]}
        if found:
            worst = max(found, key=found.__getitem__)
            print(
                f"{title}: median {median(found.values()):.2f}, worst {found[worst]:.2f} ({worst})"
            )
    return report


def gradients(kernel: Kernel, arguments: tuple[Any, ...]) -> dict[str, Call]:
    """What there is to time for a kernel; says so where an emitted gradient is refused or wrong."""
    calls: dict[str, Call] = {"primal": kernel.primal, "hand": kernel.gradient}
    other = reformulated(kernel)
    if other is not None:
        calls["reformulated"] = other
    if missing:
        return calls
    try:
        derivative = ad.grad(kernel.primal, argnums=kernel.wrt)
        calls["emitted"] = emitted(derivative, arguments)
        calls["dispatched"] = derivative
        for expected, part in zip(kernel.gradient(*arguments), derivative(*arguments), strict=True):
            scale = np.max(np.abs(expected))
            np.testing.assert_allclose(part, expected, rtol=1e-8, atol=1e-9 * scale)
    except Exception as problem:  # one kernel that fails must not hide the others
        reason = " ".join(str(problem).split())[:300]
        print(f"{kernel.title}: {type(problem).__name__}: {reason}", file=sys.stderr)
        calls.pop("emitted", None)
        calls.pop("dispatched", None)
    return calls


def compiling(sizes: Iterable[int] = (100, 1000, 10_000)) -> dict[int, float]:
    """Seconds to compile the gradient of straight-line functions, by their number of statements."""
    compile_gradient(straight_line(10, 2), 2)  # what happens once in a process is not counted
    report = {}
    for size in sizes:
        function = straight_line(size, 2)
        report[size] = seconds(partial(compile_gradient, function, 2))
        print(
            f"{size:6} statements: {report[size]:8.3f} s, {1e3 * report[size] / size:.3f} ms each"
        )
    return report


def overhead(rounds: int) -> dict[int, dict[str, list[float]]]:
    """Times of the dispatched call and of the emitted function, by number of float arguments."""
    report = {}
    for count in (1, 3, 6):
        arguments = (0.5,) * count
        derivative, function = compile_gradient(straight_line(2, count), count)
        calls = {
            "dispatched": partial(derivative, *arguments),
            "emitted": partial(function, *arguments),
        }
        report[count] = times = interleaved(calls, rounds)
        extra = [a - b for a, b in zip(times["dispatched"], times["emitted"], strict=True)]
        print(f"{count} arguments: {interval(Spread.of(extra), 1e6)} µs over the emitted function")
    return report


def memory() -> dict[str, dict[str, float]]:
    """Peak of gradients of loops, in bytes per step and float of state (an array's entry has 8)."""
    report: dict[str, dict[str, float]] = {}
    for name, loop in LOOPS.items():
        kernel = KERNELS[name]
        arguments = kernel.arguments("full")
        steps, state = loop(arguments)
        report[name] = {
            key: peak(call, arguments) / (steps * state)
            for key, call in gradients(kernel, arguments).items()
        }
        found = ", ".join(f"{key} {bytes_:.1f}" for key, bytes_ in report[name].items())
        print(f"{kernel.title}, n = {steps}, s = {state}: {found} bytes per n s")
    return report


def peak(call: Call, arguments: tuple[Any, ...]) -> int:
    """Most bytes that one call held at a time, what was there before not counted."""
    tracemalloc.start()
    try:
        call(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def compile_gradient(function: Call, count: int) -> tuple[Any, Call]:
    """The derivative object of a function of ``count`` floats, and what it emits for them."""
    derivative = ad.grad(function, argnums=tuple(range(count)))
    return derivative, emitted(derivative, (0.5,) * count)


def straight_line(statements: int, count: int) -> Call:
    """A function of ``count`` floats and so many statements, its source known to ``linecache``."""
    names = [f"x{i}" for i in range(count)]
    forms = ("{a} = {a} * 0.9 + {b} * 0.1", "{a} = np.sin({a}) + {b}", "{a} = {a} * {b} + 0.5")
    lines = [f"def straight_line({', '.join(names)}):"]
    for i in range(statements - 1):
        statement = forms[i % len(forms)].format(a=names[i % count], b=names[(i + 1) % count])
        lines.append(f"    {statement}")
    lines.append(f"    return {' * '.join(names)}")
    text = "\n".join(lines) + "\n"
    file = f"<straight line of {statements} statements, {count} arguments>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"np": np, "__name__": __name__}
    exec(compile(text, file, "exec"), namespace)
    return namespace["straight_line"]


def row(title: str, cells: Iterable[str]) -> str:
    """One line of the table of kernels."""
    return f"{title:20}" + "".join(f"{cell:>24}" for cell in cells)


def interval(spread: Spread | None, unit: float = 1.0) -> str:
    """Median and quartiles, as text; a dash where nothing was measured."""
    if spread is None:
        return "-"
    return f"{spread.median * unit:.3g} ({spread.lower * unit:.3g}–{spread.upper * unit:.3g})"


def main() -> None:
    """Run the sections asked for; the kernels, if none is."""
    parser = argparse.ArgumentParser(description=__doc__.partition(".")[0])
    for section in ("kernels", "compile", "overhead", "memory"):
        parser.add_argument(f"--{section}", action="store_true")
    parser.add_argument("--only", nargs="+", choices=KERNELS, default=list(KERNELS))
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", help="file for the raw numbers")
    options = parser.parse_args()
    run_on_one_core()
    sections: Mapping[str, tuple[bool, Callable[[], Any]]] = {
        "kernels": (options.kernels, lambda: kernels(options.only, options.rounds)),
        "compile": (options.compile, compiling),
        "overhead": (options.overhead, lambda: overhead(options.rounds)),
        "memory": (options.memory, memory),
    }
    asked = {name: run for name, (wanted, run) in sections.items() if wanted}
    machine = f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}"
    print(machine, missing, sep="; " if missing else "")
    report: dict[str, Any] = {"machine": machine}
    for name, run in (asked or {"kernels": sections["kernels"][1]}).items():
        print(f"\n{name}")
        if missing and name in ("compile", "overhead"):
            print(missing)
        else:
            report[name] = run()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
