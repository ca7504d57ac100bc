"""A job: one generated file, with its test, from what a command line or a table asks for."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from adcompiler.ahead import testfile
from adcompiler.ahead.declared import specs_for
from adcompiler.ahead.derivation import MODES, Derived, Names, derive
from adcompiler.ahead.files import existing
from adcompiler.ahead.module import command, module_text
from adcompiler.ahead.target import Target, resolve
from adcompiler.calling.parameters import Parameters
from adcompiler.errors import UsageError


@dataclass(frozen=True)
class Entry:
    """Derivatives of one function. `wrt` is a tuple for a tuple of derivatives."""

    target: str
    modes: tuple[str, ...] = ("reverse",)
    wrt: str | tuple[str, ...] | None = None
    signature: str | None = None
    example: str | None = None


@dataclass(frozen=True)
class Job:
    """A file to generate: `output` None means the terminal; `test` is the file of its test.

    Paths are taken from `root`; `regenerate` is what the file says of how to write it anew.
    """

    root: Path
    entries: tuple[Entry, ...]
    output: str | None
    test: str | None = None
    regenerate: str | None = None


@dataclass(frozen=True)
class Text:
    """What a file is to hold; `path` None means the terminal."""

    path: Path | None
    shown: str
    text: str
    derived: tuple[Derived, ...] = ()

    @property
    def fresh(self) -> bool:
        """Whether the file holds just this."""
        return self.path is not None and existing(self.path) == self.text

    def difference(self) -> str:
        """What would change in the file, as a unified diff."""
        old = existing(self.path) if self.path is not None else None
        lines = difflib.unified_diff(
            (old or "").splitlines(True),
            self.text.splitlines(True),
            f"a/{self.shown}" if old is not None else "/dev/null",
            f"b/{self.shown}",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


Progress = Callable[[str], None]


def generate(job: Job, progress: Progress) -> list[Text]:
    """The texts of a job's files. Raises `AdcompilerError` for what is refused."""
    names = Names()
    made: list[Derived] = []
    examples: dict[str, str] = {}
    for entry in job.entries:
        target = resolve(entry.target, job.root)
        specs = specs_for(target.function, entry.signature, entry.example)
        wrt, bare = wanted(target, entry.wrt)
        for mode in entry.modes:
            if mode not in MODES:
                raise UsageError(
                    f"there is no mode {mode!r}", remedy=f"give one of {', '.join(MODES)}"
                )
            progress(f"{entry.target} {mode}")
            made.append(derive(target, mode, wrt, bare, specs, names))
            if entry.example:
                examples[made[-1].name] = entry.example
    text = module_text(made, names, job.regenerate or command(words(job)))
    path = job.root / job.output if job.output is not None else None
    found = [Text(path, shown(job.root, job.output or "-"), text, tuple(made))]
    if job.test is not None:
        assert path is not None
        where = job.root / job.test
        again = job.regenerate or command(words(job))
        test = testfile.test_text(made, path, where, examples, again)
        found.append(Text(where, shown(job.root, job.test), test))
    return found


def wanted(target: Target, wrt: str | tuple[str, ...] | None) -> tuple[tuple[str, ...], bool]:
    """What to differentiate by, and whether a result for it is bare; else as decorated."""
    if isinstance(wrt, tuple):
        return wrt, False
    if wrt is not None:
        return (wrt,), True
    found, bare = Parameters(target.function).wanted(target.argnums)
    return tuple(each.name for each in found), bare


def words(job: Job) -> list[str]:
    """The command line that generates a job's files, without a path of this machine."""
    found = ["adcompiler", "codegen", *(shown(job.root, each.target) for each in job.entries)]
    first = job.entries[0]
    if first.modes != ("reverse",):
        found += ["--mode", ",".join(first.modes)]
    if first.wrt is not None:
        found += ["--wrt", first.wrt if isinstance(first.wrt, str) else ",".join(first.wrt)]
    for option in ("signature", "example"):
        given = [getattr(each, option) for each in job.entries]
        same = given[:1] if len(set(given)) == 1 else given
        for each in same:
            if each is not None:
                found += [f"--{option}", each]
    found += ["-o", shown(job.root, job.output) if job.output is not None else "-"]
    if job.test is not None:
        found.append("--with-test")
    return found


def shown(root: Path, text: str) -> str:
    """A path from `root`, if it is below that, else the file's name; anything else as it is."""
    path, colon, attribute = text.partition(":") if ":" in text else (text, "", "")
    if not path.endswith(".py") and "/" not in path:
        return text
    whole = (root / path).resolve()
    inside = whole.is_relative_to(root.resolve())
    name = whole.relative_to(root.resolve()).as_posix() if inside else whole.name
    return f"{name}{colon}{attribute}"


def stale(text: Text) -> str:
    """Why a file is not as it would be generated."""
    old = existing(text.path) if text.path is not None else None
    if old is None:
        return "is missing"
    if not text.derived:
        return "is out of date"
    changed = [
        name
        for one in text.derived
        for name, digest in one.digests.items()
        if f"{name} {digest}" not in " ".join(old.split())
    ]
    if changed:
        return f"is out of date: {', '.join(dict.fromkeys(changed))} changed"
    return "is out of date, or was edited: the functions it was made from have not changed"


def changed(texts: Sequence[Text]) -> list[Text]:
    return [each for each in texts if not each.fresh]
