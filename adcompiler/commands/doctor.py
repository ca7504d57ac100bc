"""``adcompiler doctor``: what a bug report should say of the machine."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import adcompiler.version
from adcompiler.errors import printable

_NEEDED = ("numpy", "astor")
_OPTIONAL = ("scipy", "numba", "pygments", "matplotlib", "jax", "autograd")


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser = commands.add_parser(
        "doctor",
        help="print what a bug report needs",
        description="Print versions and settings, for a bug report.",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a line for each thing that may matter; 1 if something that is needed is missing."""
    found = {name: _version(name) for name in _NEEDED}
    lines = [
        (
            "adcompiler",
            f"{adcompiler.version.__version__} in {Path(adcompiler.version.__file__).parent}",
        ),
        (
            "python",
            f"{platform.python_version()} ({platform.python_implementation()}), {sys.executable}",
        ),
        ("platform", f"{platform.platform()}, {platform.machine()}, {os.cpu_count()} processors"),
        *((name, each or "missing") for name, each in found.items()),
        *((name, _version(name) or "not installed") for name in _OPTIONAL),
        ("recursion limit", str(sys.getrecursionlimit())),
        ("encoding", f"{sys.getfilesystemencoding()}, terminal {sys.stdout.encoding}"),
    ]
    settings = sorted(name for name in os.environ if name.startswith("ADCOMPILER_"))
    lines += [(name, os.environ[name]) for name in settings]
    if not settings:
        lines.append(("ADCOMPILER_*", "none set"))
    for name, text in lines:
        print(f"{name:<16} {printable(text)}")
    return 0 if all(found.values()) else 1


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
