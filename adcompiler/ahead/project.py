"""What a project generates, as its ``pyproject.toml`` lists it under ``[tool.adcompiler]``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from adcompiler.ahead.jobs import Entry, Job
from adcompiler.ahead.module import TABLE
from adcompiler.errors import UsageError, printable

_ROOTS = ("pyproject.toml", "setup.cfg", "setup.py", ".git")
_KEYS = ("target", "output", "mode", "wrt", "signature", "example", "with-test")


def project_root(folder: Path) -> Path:
    """The nearest directory around `folder` that looks like a project's; else `folder` itself."""
    folder = folder.resolve()
    for each in (folder, *folder.parents):
        if any((each / name).exists() for name in _ROOTS):
            return each
    return folder


def table_file(folder: Path) -> Path:
    """The nearest ``pyproject.toml`` around `folder` that has the table."""
    folder = folder.resolve()
    for each in (folder, *folder.parents):
        path = each / "pyproject.toml"
        if path.is_file() and "adcompiler" in _read(path).get("tool", {}):
            return path
    raise UsageError(
        "no pyproject.toml here or above has a table [tool.adcompiler]",
        remedy="name what to generate: adcompiler codegen pkg.module:f -o FILE",
    )


def jobs_of(path: Path) -> list[Job]:
    """A job for each file that the table lists. Raises `UsageError` for what it should not have."""
    table = _read(path)["tool"]["adcompiler"]
    if not isinstance(table, dict) or set(table) != {"generate"}:
        raise _wrong("it holds a list [[tool.adcompiler.generate]] and nothing else")
    generate = table["generate"]
    if not isinstance(generate, list) or not all(isinstance(each, dict) for each in generate):
        raise _wrong("`generate` is written as [[tool.adcompiler.generate]]")
    entries: dict[str, list[Entry]] = {}
    tests: dict[str, str] = {}
    for number, each in enumerate(generate, 1):
        where = f"entry {number}"
        for key in each:
            if key not in _KEYS:
                raise _wrong(f"{where} has {printable(key)!r}; known are {', '.join(_KEYS)}")
        output = _string(each, "output", where)
        entries.setdefault(output, []).extend(_entries(each, where))
        test = each.get("with-test", False)
        if not isinstance(test, bool | str):
            raise _wrong(f"{where}: with-test is true, or the name of a file")
        if test:
            tests[output] = test if isinstance(test, str) else beside(output)
    return [
        Job(path.parent, tuple(found), output, tests.get(output), TABLE)
        for output, found in entries.items()
    ]


def beside(output: str) -> str:
    """The test of a file: ``test_`` before its name, in the same directory."""
    path = Path(output)
    return str(path.with_name(f"test_{path.name}"))


def _entries(each: dict[str, Any], where: str) -> list[Entry]:
    wrt = each.get("wrt")
    return [
        Entry(
            target,
            tuple(_strings(each.get("mode", "reverse"), "mode", where)),
            wrt if isinstance(wrt, str | None) else tuple(_strings(wrt, "wrt", where)),
            _string(each, "signature", where) if "signature" in each else None,
            _string(each, "example", where) if "example" in each else None,
        )
        for target in _strings(each.get("target"), "target", where)
    ]


def _string(each: dict[str, Any], key: str, where: str) -> str:
    found = each.get(key)
    if not isinstance(found, str) or not found:
        raise _wrong(f"{where}: `{key}` is a string")
    return found


def _strings(found: Any, key: str, where: str) -> list[str]:
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list) or not listed or not all(isinstance(x, str) for x in listed):
        raise _wrong(f"{where}: `{key}` is a string or a list of strings")
    return listed


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{printable(str(path))} cannot be read: {error}") from None


def _wrong(reason: str) -> UsageError:
    return UsageError(
        f"[tool.adcompiler] in pyproject.toml: {reason}",
        remedy="docs/ahead_of_time.md has an example of the table",
    )
