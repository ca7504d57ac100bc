"""``adcompiler codegen``: write derivatives to files, or check the files that are there."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path
from typing import Any

from adcompiler.ahead.derivation import MODES
from adcompiler.ahead.files import check_writable, write
from adcompiler.ahead.jobs import Entry, Job, Text, changed, generate, stale
from adcompiler.ahead.project import beside, jobs_of, project_root, table_file
from adcompiler.errors import UsageError

_PATIENCE = 1.0  # seconds before a terminal is told what takes so long


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser = commands.add_parser(
        "codegen",
        help="write derivatives to files that need no adcompiler",
        description="Write derivatives to a module that imports NumPy only. Without a target, "
        "everything that pyproject.toml lists under [tool.adcompiler]. The modules of the "
        "functions are imported, and so run.",
    )
    add_target_options(parser, "*")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write; - is the terminal")
    parser.add_argument(
        "--with-test", action="store_true", help="write a pytest file beside it that checks it"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    how.add_argument("--diff", action="store_true", help="write nothing; print what would change")
    parser.add_argument(
        "--force", action="store_true", help="overwrite files that adcompiler did not generate"
    )
    parser.set_defaults(run=run)


def add_target_options(parser: argparse.ArgumentParser, count: str | None) -> None:
    """The options that say what is differentiated, how, and for which arguments."""
    parser.add_argument(
        "targets" if count else "target",
        nargs=count,
        metavar="TARGET",
        help="pkg.module:f, path/to/file.py:f or pkg.module:Class.f",
    )
    parser.add_argument(
        "--mode", default="reverse", help=f"one of {', '.join(MODES)}, or several with commas"
    )
    parser.add_argument("--wrt", help="differentiate by x, or by x,y (a tuple of derivatives)")
    many = "; once for all targets or once for each" if count else ""
    parser.add_argument(
        "--signature", action="append", help=f'"x: float64[n], A: float64[n, n], t: float"{many}'
    )
    parser.add_argument(
        "--example", action="append", help=f'arguments of a call: "np.ones(3), 2.0"{many}'
    )


def entries_of(args: argparse.Namespace, targets: list[str]) -> tuple[Entry, ...]:
    """What a command line asks for."""
    wrt: Any = None
    if args.wrt is not None:
        names = [each.strip() for each in args.wrt.split(",")]
        wrt = names[0] if len(names) == 1 else tuple(each for each in names if each)
    modes = tuple(each.strip() for each in args.mode.split(","))
    for each in modes:
        if each not in MODES:
            raise UsageError(f"there is no mode {each!r}", remedy=f"give one of {', '.join(MODES)}")
    signatures = _each(args.signature, targets, "--signature")
    examples = _each(args.example, targets, "--example")
    return tuple(
        Entry(target, modes, wrt, signature, example)
        for target, signature, example in zip(targets, signatures, examples, strict=True)
    )


def absolute(target: str) -> str:
    """A target whose file, if it names one, is found from anywhere."""
    where, colon, attribute = target.rpartition(":")
    if colon and (where.endswith(".py") or "/" in where):
        return f"{Path(where).absolute()}:{attribute}"
    return target


def _each(given: list[str] | None, targets: list[str], option: str) -> list[str | None]:
    if given is None:
        return [None] * len(targets)
    if len(given) == 1:
        return [given[0]] * len(targets)
    if len(given) != len(targets):
        raise UsageError(f"{option} is given {len(given)} times for {len(targets)} targets")
    return list(given)


def run(args: argparse.Namespace) -> int:
    """Exit status 0: done, or nothing differs; 1: a file differs. Raises `AdcompilerError`."""
    sys.path.insert(0, str(Path.cwd()))
    jobs = _jobs(args)
    progress = Progress()
    try:
        texts = [text for job in jobs for text in generate(job, progress)]
    finally:
        progress.done()
    if args.check:
        return _check(texts)
    if args.diff:
        differing = changed(texts)
        sys.stdout.writelines(text.difference() for text in differing)
        return int(bool(differing))
    return _write(texts, args.force)


def _jobs(args: argparse.Namespace) -> list[Job]:
    if not args.targets:
        given = [args.wrt, args.signature, args.example, args.output, args.with_test or None]
        if any(each is not None for each in given) or args.mode != "reverse":
            raise UsageError("options for a derivative are given without a target")
        return jobs_of(table_file(Path.cwd()))
    output = None if args.output in (None, "-") else Path(args.output).absolute()
    if output is None and (args.check or args.diff or args.with_test):
        raise UsageError("--check, --diff and --with-test need a file", remedy="give -o FILE")
    root = project_root(output.parent if output is not None else Path.cwd())
    entries = entries_of(args, [absolute(each) for each in args.targets])
    test = beside(str(output)) if args.with_test else None
    return [Job(root, entries, str(output) if output is not None else None, test)]


def _check(texts: list[Text]) -> int:
    differing = changed(texts)
    for text in differing:
        print(f"{text.shown} {stale(text)}", file=sys.stderr)
    if not differing:
        print(f"{len(texts)} file{'s are' if len(texts) > 1 else ' is'} up to date")
    return int(bool(differing))


def _write(texts: list[Text], force: bool) -> int:
    files = [(text, text.path) for text in texts if text.path is not None]
    for text, path in files:
        if not text.fresh:
            check_writable(path, force)  # all, before the first is written
    for text in texts:
        if text.path is None:
            sys.stdout.write(text.text)
    for text, path in files:
        if text.fresh:
            print(f"{text.shown} is up to date")
        else:
            write(path, text.text, force)
            print(f"wrote {text.shown}")
    return 0


class Progress:
    """Tells a terminal what is worked on, once it takes longer than a second."""

    def __init__(self) -> None:
        self.shown = False
        self.timer: threading.Timer | None = None

    def __call__(self, what: str) -> None:
        if not sys.stderr.isatty():
            return
        if self.shown:
            self.show(what)
            return
        self.stop()
        self.timer = threading.Timer(_PATIENCE, self.show, (what,))
        self.timer.daemon = True
        self.timer.start()

    def show(self, what: str) -> None:
        self.shown = True
        sys.stderr.write(f"\r\x1b[K{what} ...")
        sys.stderr.flush()

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def done(self) -> None:
        self.stop()
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
