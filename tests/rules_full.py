"""Every rule in every mode, shape and dtype, against independent references.

    python -m tests.rules_full                     # everything
    python -m tests.rules_full numpy.linalg svd    # rules whose names contain one of these
    python -m tests.rules_full --resume FILE       # skip the rules that FILE says are done

Ends with a summary: what was checked, what rules excuse and why, what failed.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tests.rule_accuracy import inaccurate
from tests.rule_cases import DERIVED, cases
from tests.rule_checks import Check

SHOWN = 4  # failures of one rule
POINTS = 200  # at which each elementwise rule is compared with mpmath


def run(k: int) -> dict[str, Any]:
    """All checks of one rule."""
    rule = DERIVED[k]
    done: Counter[str] = Counter()
    excused: Counter[str] = Counter()
    failures: list[str] = []
    for case in cases(rule):
        check = Check(case)
        for mode, wrong in check.run():
            failures.append(f"{mode}: {case}: {wrong}")
        done.update(check.checked)
        excused.update(check.skipped)
    failures += [f"accuracy: {each}" for each in inaccurate(rule, POINTS)]
    return {"rule": rule.name, "done": done, "excused": excused, "failures": failures}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="parts of the names of rules")
    parser.add_argument("--resume", type=Path, help="a file of results, read and appended to")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    begin = time.monotonic()
    found: dict[str, Any] = {}
    if options.resume and options.resume.exists():
        lines = options.resume.read_text(encoding="utf-8").splitlines()
        found = {each["rule"]: each for each in map(json.loads, lines) if not each["failures"]}
    wanted = [
        k
        for k, rule in enumerate(DERIVED)
        if rule.name not in found
        and (not options.names or any(each in rule.name for each in options.names))
    ]
    with ProcessPoolExecutor(options.processes) as pool:
        for result in pool.map(run, wanted):
            found[result["rule"]] = result
            for each in result["failures"][:SHOWN]:
                print(f"FAILED {each}", flush=True)
            if len(result["failures"]) > SHOWN:
                print(f"... and {len(result['failures']) - SHOWN} more of {result['rule']}")
            if options.resume:
                with options.resume.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(result) + "\n")
    summary(list(found.values()), time.monotonic() - begin)
    return int(any(each["failures"] for each in found.values()))


def summary(results: list[dict[str, Any]], seconds: float) -> None:
    done: Counter[str] = Counter()
    excused: Counter[str] = Counter()
    for each in results:
        done.update(each["done"])
        excused.update(each["excused"])
    failed = [each["rule"] for each in results if each["failures"]]
    print(f"{len(results)} rules, {sum(done.values())} checks in {seconds:.0f} s")
    for what, count in sorted(done.items()):
        print(f"  {count:6d}  {what}")
    print(f"{sum(excused.values())} checks that rules excuse:")
    for reason, count in sorted(excused.items()):
        print(f"  {count:6d}  {reason}")
    print(f"{len(failed)} rules failed" + "".join(f"\n  {each}" for each in failed))


if __name__ == "__main__":
    raise SystemExit(main())
