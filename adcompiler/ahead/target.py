"""From ``pkg.module:f`` or ``path/to/file.py:f`` to the function that is meant.

The module is imported, and so runs.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeVar

from adcompiler.calling.derivatives import USUAL, Options
from adcompiler.calling.parameters import Argnums
from adcompiler.errors import AdcompilerError, UsageError, printable
from adcompiler.frontend.unwrap import unwrap

T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """A function, and what its decorator says of its derivatives.

    `name` is what the function is called in generated text; `module` is the name to import it
    from, `attribute` where it is found there; `path` is the file, for a target that names one.
    """

    function: FunctionType
    name: str
    module: str
    attribute: str
    path: Path | None
    argnums: Argnums
    options: Options


def resolve(text: str, root: Path) -> Target:
    """The function that `text` names; modules are looked for in `root` first.

    Raises `UsageError` where there is none.
    """
    function, module, attribute, path = found(text, root)
    return _opened(function, text, module.__name__, attribute, path)


def found(text: str, root: Path) -> tuple[Any, ModuleType, str, Path | None]:
    """What `text` names: the object, its module, where it is in that, and a file that was named."""
    where, colon, attribute = text.rpartition(":")
    if not colon or not where or not attribute:
        raise UsageError(
            f"{text!r} names no function", remedy="write pkg.module:f or path/to/file.py:f"
        )
    path = (root / where) if where.endswith(".py") or "/" in where else None
    module = _from_file(path, where) if path is not None else _imported(where, root)
    named: Any = module
    for part in attribute.split("."):
        try:
            named = getattr(named, part)
        except AttributeError:
            raise UsageError(f"{where} has no {printable(attribute)}") from None
    return named, module, attribute, path


def _opened(found: Any, text: str, module: str, attribute: str, path: Path | None) -> Target:
    argnums: Argnums = 0
    options = USUAL
    if getattr(type(found), "__adcompiler_primal__", False):
        argnums, options, found = found.argnums, found.options, found.primal
    opened = unwrap(found)
    if opened.bound_self is not None or opened.bound_args or opened.bound_kwargs:
        raise UsageError(
            f"{text} has arguments bound to it, as a partial or a bound method has",
            remedy="name a function that takes them all",
        )
    name = attribute.rpartition(".")[2]
    return Target(opened.function, name, module, attribute, path, argnums, options)


def _imported(name: str, root: Path) -> ModuleType:
    _first_on_path(root)
    return _running(name, functools.partial(importlib.import_module, name))


def dotted(path: Path) -> tuple[Path, str]:
    """The directory that a file is imported from, and under which name, packages included."""
    path = path.resolve()
    parts = [] if path.name == "__init__.py" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(parts)


def _from_file(path: Path, shown: str) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"there is no file {shown}")
    folder, name = dotted(path)
    _first_on_path(folder)
    importlib.invalidate_caches()
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None or Path(spec.origin).resolve() != path.resolve():
        return _alone(path, name, shown)
    return _running(shown, functools.partial(importlib.import_module, name))


def _alone(path: Path, name: str, shown: str) -> ModuleType:
    """A file whose name means another module: it is run without taking that name."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    _running(shown, functools.partial(spec.loader.exec_module, module))
    return module


def _first_on_path(folder: Path) -> None:
    text = str(folder.resolve())
    if text not in sys.path:
        sys.path.insert(0, text)


def _running(shown: str, run: Callable[[], T]) -> T:
    try:
        return run()
    except AdcompilerError:
        raise
    except Exception as error:
        raise UsageError(
            f"{shown} cannot be imported: {type(error).__name__}: {error}",
            remedy="run adcompiler where the module can be imported, in the project's directory",
        ) from error
