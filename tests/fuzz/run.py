"""``python -m tests.fuzz.run --count 1000 --seed 0``: fuzz the compiler.

Each seed gives one program. What is printed depends on the seeds only, not on ``--jobs``. With
``--resume FILE`` verdicts are appended to the file as they come, and seeds found there are not run
again. The exit code is 1 if anything failed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path

from .check import check
from .generate import generate
from .shrink import shrink
from .verdicts import SOUND, Verdict


def examine(seed: int, second_order: bool) -> tuple[int, Verdict]:
    try:
        text = generate(seed)
    except Exception as error:
        return seed, Verdict("unfit", "generator", f"{type(error).__name__}: {error}")
    return seed, check(text, second_order)


def verdicts(seeds: list[int], second_order: bool, jobs: int) -> Iterable[tuple[int, Verdict]]:
    """(seed, verdict) in the order of the seeds."""
    work = partial(examine, second_order=second_order)
    if jobs <= 1:
        yield from map(work, seeds)
        return
    # a program's functions and what is compiled from them stay in memory: renew the workers
    with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=200) as pool:
        yield from pool.imap(work, seeds, chunksize=4)


def resumed(path: str) -> dict[int, Verdict]:
    found: dict[int, Verdict] = {}
    if path and Path(path).exists():
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            found[entry.pop("seed")] = Verdict(**entry)
    return found


def collect(options: argparse.Namespace) -> dict[int, Verdict]:
    known = resumed(options.resume)
    wanted = range(options.seed, options.seed + options.count)
    todo = [s for s in wanted if s not in known]
    log = open(options.resume, "a", encoding="utf-8") if options.resume else None  # noqa: SIM115
    try:
        for seed, verdict in verdicts(todo, options.second_order, options.jobs):
            known[seed] = verdict
            if log:
                log.write(json.dumps({"seed": seed, **asdict(verdict)}) + "\n")
                log.flush()
    finally:
        if log:
            log.close()
    return {s: known[s] for s in wanted}


def report(found: dict[int, Verdict], options: argparse.Namespace) -> None:
    counts = Counter(v.status for v in found.values())
    fit = len(found) - counts["unfit"]
    print(f"{len(found)} programs, seeds {options.seed} to {options.seed + options.count - 1}")
    for status, count in sorted(counts.items()):
        print(f"  {status:9} {count:6}")
    refusals = [(s, v) for s, v in found.items() if v.status == "refused"]
    unsupported = [(s, v) for s, v in refusals if not SOUND.match(v.why)]
    if fit:
        print(
            f"refused: {len(refusals) / fit:.1%}; unsupported {len(unsupported) / fit:.1%}, "
            f"sound {(len(refusals) - len(unsupported)) / fit:.1%}"
        )
    for title in ("refused", "unfit", "broken", "doubtful", "WRONG", "CRASH", "SLOW"):
        grouped: dict[tuple[str, str], list[int]] = {}
        for seed, v in found.items():
            if v.status == title:
                grouped.setdefault((v.what, v.why), []).append(seed)
        for (what, why), seeds in sorted(grouped.items(), key=lambda kv: (-len(kv[1]), kv[0])):
            sound = " (sound)" if title == "refused" and SOUND.match(why) else ""
            print(f"{title}{sound} {len(seeds):4}  {what}: {why}  seeds {seeds[:5]}")
    shrunk = 0
    seen: set[tuple[str, str, str]] = set()
    for seed, v in found.items():
        key = (v.status, "" if v.status == "CRASH" else v.what, v.why)
        if not v.is_failure or (v.status == "CRASH" and key in seen) or shrunk >= options.shrink:
            continue
        seen.add(key)
        shrunk += 1
        print(f"\n# seed {seed}: {v.status} in {v.what}: {v.why}\n# {v.detail[-1500:]!r}")
        print(shrink(generate(seed), v, options.second_order), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--second-order", action="store_true")
    parser.add_argument("--resume", default="", metavar="FILE")
    parser.add_argument("--shrink", type=int, default=20, metavar="N", help="failures to shrink")
    parser.add_argument("--show", action="store_true", help="print the program of --seed and stop")
    options = parser.parse_args()
    if options.show:
        print(generate(options.seed))
        return 0
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("ADCOMPILER_VERIFY", "1")  # what every pass leaves is looked at
    start = time.perf_counter()
    found = collect(options)
    report(found, options)
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    return int(any(v.is_failure for v in found.values()))


if __name__ == "__main__":
    sys.exit(main())
