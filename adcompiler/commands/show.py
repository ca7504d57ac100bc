"""``adcompiler show``: the emitted source of a derivative, and what each pass leaves."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from adcompiler.ahead.declared import specs_for
from adcompiler.ahead.derivation import NO_SCALAR, request_for, with_order
from adcompiler.ahead.jobs import wanted
from adcompiler.ahead.target import Target, resolve
from adcompiler.commands.codegen import absolute, add_target_options, entries_of
from adcompiler.errors import SignatureError, UsageError, printable
from adcompiler.frontend.capture import capture
from adcompiler.frontend.signature import spec_of
from adcompiler.optional import optional
from adcompiler.pipeline import PASSES, Request, StaticNeeded, Stopped, Watch, compile_derivative

_LINE = re.compile(r"( *)# (?:(\w+) )?L(\d+)  ")
_SWEEP = re.compile(r" *# (?:forward|reverse) sweep$")
_NARROWEST = 20


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser = commands.add_parser(
        "show",
        help="print the emitted source of a derivative",
        description="Print the emitted source of a derivative. Parameters of which nothing is "
        "known are taken as float. The function's module is imported, and so runs.",
    )
    add_target_options(parser, None)
    parser.add_argument(
        "--side-by-side",
        action="store_true",
        help="each line of the function beside the statements that derive from it",
    )
    passes = ", ".join(PASSES)
    parser.add_argument("--dump", metavar="PASS,…", help=f"print what passes leave: {passes}; all")
    parser.add_argument("--stop-after", metavar="PASS", choices=PASSES, help="go no further")
    parser.add_argument("--time-passes", action="store_true", help="print how long each takes")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit status 0. Raises `AdcompilerError` for what is refused or not understood."""
    sys.path.insert(0, str(Path.cwd()))
    (entry,) = entries_of(args, [args.target])
    dump = args.dump.split(",") if args.dump else []
    for each in dump:
        if each not in (*PASSES, "all"):
            raise UsageError(f"there is no pass {each!r}", remedy=f"passes are {', '.join(PASSES)}")
    target = resolve(absolute(args.target), Path.cwd())
    specs = specs_for(target.function, entry.signature, entry.example, spec_of(1.0))
    wrt, bare = wanted(target, entry.wrt)
    for mode in entry.modes:
        watch = Watch([*dump, args.stop_after] if args.stop_after else dump, args.stop_after)
        try:
            source = _source(target, specs, request_for(target, mode, wrt, bare), watch)
        except Stopped:
            source = None
        if source is not None:
            print(side_by_side(target, source) if args.side_by_side else highlighted(source))
        if args.time_passes:
            for stage, seconds in watch.times.items():
                print(f"{stage:<16} {1e3 * seconds:9.2f} ms", file=sys.stderr)
    return 0


def _source(target: Target, specs: dict[str, Any], request: Request, watch: Watch) -> str:
    while True:
        try:
            return compile_derivative(target.function, specs, request, watch=watch).source.rstrip()
        except StaticNeeded as needed:
            specs = with_order(target, specs, needed)
        except SignatureError as error:
            if request.mode != "grad" or error.code not in NO_SCALAR:
                raise
            request = Request("vjp", request.wrt, request.bare, False, request.holomorphic)


def highlighted(source: str) -> str:
    """Source with colours, where Pygments is installed and a terminal shows it."""
    pygments, lexers = optional("pygments"), optional("pygments.lexers")
    formatters = optional("pygments.formatters")
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or pygments is None:
        return source
    if lexers is None or formatters is None:
        return source
    made = pygments.highlight(source, lexers.PythonLexer(), formatters.TerminalFormatter())
    return str(made).rstrip("\n")


# ----- the function beside its derivative -----


def side_by_side(target: Target, source: str) -> str:
    """Each line of the function, and on its right the statements that derive from it."""
    found = capture(target.function)
    last = found.node.end_lineno or found.def_line
    lines = [printable(line.rstrip()) for line in found.lines[found.def_line - 1 : last]]
    indent = min((len(x) - len(x.lstrip()) for x in lines if x.strip()), default=0)
    derived = blocks(source)
    left = [f"L{k:<3} {line[indent:]}" for k, line in enumerate(lines, 1)]
    width = max(map(len, left))
    if sys.stdout.isatty():
        width = max(_NARROWEST, min(width, shutil.get_terminal_size().columns // 2 - 3))
    rows = []
    for k, text in enumerate(left, 1):
        right = derived.pop(("", k), [])
        parts = [text[at : at + width] for at in range(0, len(text), width)]
        for row in range(max(len(parts), len(right))):
            shown = parts[row] if row < len(parts) else ""
            beside = right[row] if row < len(right) else ""
            rows.append(f"{shown:<{width}} │ {beside}".rstrip())
    for (function, line), right in derived.items():
        rows.append(f"{f'{function} L{line}':<{width}} │ {right[0]}")
        rows += [f"{'':<{width}} │ {each}" for each in right[1:]]
    return "\n".join(rows)


def blocks(source: str) -> dict[tuple[str, int], list[str]]:
    """The statements of emitted text by the line they derive from: (function, line)."""
    found: dict[tuple[str, int], list[str]] = {}
    current: list[str] | None = None
    depth = 0
    for line in source.splitlines():
        match = _LINE.match(line)
        if match:
            depth = len(match.group(1))
            current = found.setdefault((match.group(2) or "", int(match.group(3))), [])
        elif _SWEEP.match(line) or (line.strip() and len(line) - len(line.lstrip()) < depth):
            current = None
        elif current is not None and line.strip():
            current.append(line[depth:])
    return found
