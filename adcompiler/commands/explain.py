"""``adcompiler explain pkg.module:f --at "1.0, 2.0" -o report.html``"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from adcompiler.ahead.target import found
from adcompiler.errors import SignatureError
from adcompiler.explain.report import KINDS
from adcompiler.objects import Differentiable

FORMATS = tuple(dict.fromkeys(KINDS.values()))


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser = commands.add_parser(
        "explain",
        help="show how derivatives are computed at a point",
        description="Trace tables, graph and counts of a function at a point. The function's "
        "module is imported, and so runs.",
    )
    parser.add_argument("target", metavar="TARGET", help="pkg.module:f or path/to/file.py:f")
    add_arguments(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    sys.path.insert(0, str(Path.cwd()))
    return run(args, found(args.target, Path.cwd())[0])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes beside the function."""
    parser.add_argument(
        "--at",
        required=True,
        metavar="ARGUMENTS",
        help='arguments as they stand in a call, with np for NumPy: "1.0, 2.0", "np.ones(3), n=4"',
    )
    parser.add_argument("--wrt", metavar="NAMES", help="what to differentiate by, with commas")
    parser.add_argument(
        "--output", type=int, default=0, metavar="I", help="which number of the result"
    )
    parser.add_argument("--limit", type=int, default=3, help="trips of a loop that are shown")
    parser.add_argument("--duals", action="store_true", help="show dual numbers, too")
    parser.add_argument("--format", choices=FORMATS, help="what is written; text if not given")
    parser.add_argument(
        "-o", dest="file", default="-", metavar="FILE", help=f"a name with {', '.join(KINDS)}; or -"
    )


def run(args: argparse.Namespace, function: Any) -> int:
    """Explain a function, or an object of `differentiate`; returns the exit code.

    Raises `AdcompilerError` for arguments that do not suit, and what the function raises.
    """
    f = function if isinstance(function, Differentiable) else Differentiable(function)
    given, named = arguments(args.at, getattr(f.primal, "__globals__", {}))
    wrt = tuple(each.strip() for each in args.wrt.split(",")) if args.wrt else None
    report = f.explain(
        *given, wrt=wrt, output=args.output, limit=args.limit, duals=args.duals, **named
    )
    if args.file != "-" and args.format is None:
        report.save(args.file)
        return 0
    text = report.written(args.format or "text")
    if args.file == "-":
        sys.stdout.write(text)
    else:
        with open(args.file, "w", encoding="utf-8") as out:
            out.write(text)
    return 0


def arguments(text: str, names: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call, evaluated with the names of the function's module.

    >>> arguments("1.0, n=2", {})
    ((1.0,), {'n': 2})
    """

    def call(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return args, kwargs

    try:
        found: tuple[tuple[Any, ...], dict[str, Any]] = eval(
            f"__call__({text})", {"np": np, **names, "__call__": call}
        )
    except Exception as error:
        raise SignatureError(
            f"--at {text!r} gives no arguments: {type(error).__name__}: {error}",
            remedy='write them as in a call: --at "1.0, 2.0"',
            code="AD504",
        ) from error
    return found
