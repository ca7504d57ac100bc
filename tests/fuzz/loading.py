"""Making a module of a program's text, with a file of its own so that its source can be found."""

from __future__ import annotations

import importlib.util
import itertools
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

_numbers = itertools.count()


@contextmanager
def loaded(text: str, name: str = "fuzzed") -> Iterator[ModuleType]:
    """The module, importable while the context is open."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        unique = f"{name}_{os.getpid()}_{next(_numbers)}"
        path = Path(folder, f"{unique}.py")
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(unique, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[unique] = module
        try:
            spec.loader.exec_module(module)
            yield module
        finally:
            del sys.modules[unique]
