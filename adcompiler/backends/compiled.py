"""Text to a compiled function: a real file, so that the JIT's own cache works, and Numba.

The directory is the user's own: ``ADCOMPILER_CACHE``, else ``adcompiler`` below the user's cache
directory. It holds text that this package wrote, and next to it what Numba keeps. If it is another
user's, or writable by others, a directory for this process alone takes its place.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from adcompiler.errors import SignatureError
from adcompiler.optional import optional


def numba() -> Any:
    """Numba, or the error that says how to get it."""
    found = optional("numba")
    if found is None:
        raise SignatureError(
            "backend='native' needs Numba, which is not installed",
            remedy="pip install adcompiler[native]",
        )
    return found


@cache
def directory() -> Path:
    """Where texts are kept."""
    given = os.environ.get("ADCOMPILER_CACHE")
    base = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"))
    path = base.expanduser() / ("native" if given else "adcompiler/native")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_ours(path):
            return path
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="adcompiler-"))


def _is_ours(path: Path) -> bool:
    """Whether nobody else can put a file there."""
    if not hasattr(os, "getuid"):
        return os.access(path, os.W_OK)
    found = path.lstat()
    private = not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and private


def load(text: str, name: str) -> Callable[..., Any]:
    """The function ``name`` of a module with this text, ready to be compiled at its first call."""
    numba()
    digest = hashlib.sha256(text.encode()).hexdigest()[:20]
    module_name = f"adcompiler_native_{digest}"
    module = sys.modules.get(module_name)
    if module is None:
        path = directory() / f"{module_name}.py"
        if not _holds(path, text):
            _write(path, text)
        spec = importlib.util.spec_from_file_location(module_name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module
        exec(compile(text, str(path), "exec"), module.__dict__)
    found: Callable[..., Any] = getattr(module, name)
    return found


def _holds(path: Path, text: str) -> bool:
    try:
        return not path.is_symlink() and path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeError):
        return False


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)
