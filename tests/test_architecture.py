"""The package keeps its shape: which part imports which, where imports stand, how long files get.

Everything here reads source and imports nothing, so that it holds for code no other test reaches.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.sample

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "adcompiler"
LONGEST = 1000  # lines
SEAM = "optional"  # the one module that may import inside a function: SciPy and Numba, if there

# A part may import from its own row and from those above it.
ROWS = (
    {"errors", "version"},
    {SEAM},
    {"runtime"},
    {"ir"},
    {"rules"},
    {"frontend"},
    {"analyses"},
    {"transforms"},
    {"optimise"},
    {"emit"},
    {"backends"},
    {"pipeline"},
    {"explain"},
    {"calling"},
    {"api", "objects"},
    {"ahead"},
    {"commands"},
    {"cli"},
    {"__init__", "__main__"},
)
ROW = {part: number for number, row in enumerate(ROWS) for part in row}

FILES = sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyi")])


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def part_of(path: Path) -> str:
    """The part that a file belongs to: the first name under the package.

    >>> part_of(PACKAGE / "ir" / "nodes.py"), part_of(PACKAGE / "api.py")
    ('ir', 'api')
    """
    return path.relative_to(PACKAGE).parts[0].partition(".")[0]


def imported_parts(tree: ast.Module, path: Path) -> Iterator[tuple[int, str]]:
    """Line and part of everything of the package that a file imports; `__init__` is the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{absolute(node, path)}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, *rest = name.split(".")
            if package == PACKAGE.name:
                yield node.lineno, rest[0] if rest and is_part(rest[0]) else "__init__"


def absolute(node: ast.ImportFrom, path: Path) -> str:
    """The module that ``from … import`` names, without leading dots."""
    if node.level == 0:
        return node.module or ""
    package = path.relative_to(ROOT).parts[: -node.level]
    return ".".join((*package, *filter(None, [node.module])))


def is_part(name: str) -> bool:
    return name in ROW or any(
        (PACKAGE / tail).exists() for tail in (name, f"{name}.py", f"{name}.pyi")
    )


def violations(tree: ast.Module, path: Path) -> list[str]:
    part = part_of(path)
    return [
        f"{path.relative_to(ROOT)}:{line}: {part} imports {target}, which stands below it"
        for line, target in imported_parts(tree, path)
        if ROW.get(target, 0) > ROW.get(part, 0)
    ]


def hidden_imports(tree: ast.Module) -> list[int]:
    """Lines of imports inside functions."""
    return sorted(
        {
            inner.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for inner in ast.walk(node)
            if isinstance(inner, ast.Import | ast.ImportFrom)
            or (
                isinstance(inner, ast.Call)
                and isinstance(inner.func, ast.Name)
                and inner.func.id == "__import__"
            )
        }
    )


def test_every_file_belongs_to_a_part():
    assert [str(path) for path in FILES if part_of(path) not in ROW] == []


def test_imports_point_upward():
    found = [line for path in FILES for line in violations(parsed(path), path)]
    assert not found, "\n".join(found)


def test_no_import_inside_a_function():
    found = {
        str(path.relative_to(ROOT)): hidden_imports(parsed(path))
        for path in FILES
        if part_of(path) != SEAM
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_nothing_imports_the_whole_package():
    """``from adcompiler import x`` of a public name would tie a part to everything."""
    inner = [path for path in FILES if part_of(path) not in ("__init__", "__main__")]
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in inner
        for line, target in imported_parts(parsed(path), path)
        if target == "__init__"
    ]
    assert found == []


def test_the_runtime_needs_numpy_only():
    """It is copied into generated files, which must run where adcompiler is not installed."""
    for path in (path for path in FILES if part_of(path) == "runtime"):
        tree = parsed(path)
        assert list(imported_parts(tree, path)) == []
        modules = {
            name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
            )
        }
        assert modules <= {"__future__", "collections", "numpy", "typing"}, path


def test_no_file_is_too_long():
    files = [*FILES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "examples").rglob("*.py")]
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in files
    }
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


# ----- the tests above would notice -----


@pytest.mark.parametrize(
    ("file", "source", "caught"),
    [
        ("ir/nodes.py", "from adcompiler.transforms import reverse", True),
        ("ir/nodes.py", "from adcompiler.transforms.reverse import reverse", True),
        ("ir/nodes.py", "import adcompiler.transforms.reverse", True),
        ("ir/nodes.py", "from adcompiler import transforms", True),
        ("ir/nodes.py", "from ..transforms import reverse", True),
        ("ir/nodes.py", "from .. import transforms", True),
        ("ir/nodes.py", "if TYPE_CHECKING:\n    import adcompiler.emit.names", True),
        ("ir/nodes.py", "from . import types", False),
        ("ir/nodes.py", "from .types import Array", False),
        ("ir/nodes.py", "from adcompiler import errors", False),
        ("ir/nodes.py", "import numpy", False),
        ("transforms/reverse.py", "from adcompiler.ir.nodes import Stmt", False),
    ],
)
def test_a_wrong_import_is_noticed(file, source, caught):
    assert bool(violations(ast.parse(source), PACKAGE / file)) == caught


def test_a_hidden_import_is_noticed():
    assert hidden_imports(ast.parse("import a\ndef f():\n    if x:\n        import b")) == [4]
    assert hidden_imports(ast.parse("f = lambda: __import__('b')")) == [1]
    assert hidden_imports(ast.parse("try:\n    import a\nexcept ImportError:\n    a = None")) == []
