"""The command line: ``adcompiler COMMAND``, or ``python -m adcompiler COMMAND``.

Exit status: 0 done, 1 a file differs or a function is refused, 2 the command line is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from adcompiler.commands import codegen, doctor, explain, show
from adcompiler.errors import AdcompilerError, InternalError, UsageError
from adcompiler.version import __version__

COMMANDS = (codegen, show, explain, doctor)
"""Modules with a function ``add(commands)``, which registers a parser and sets ``run``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit status."""
    args = _parser().parse_args(arguments)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
    except (AdcompilerError, InternalError) as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:  # the reader, as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="adcompiler", description="Derivatives of Python and NumPy functions, as source."
    )
    parser.add_argument("--version", action="version", version=f"adcompiler {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for each in COMMANDS:
        each.add(commands)
    return parser
