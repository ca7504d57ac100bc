"""Generated modules where adcompiler is not: in a virtual environment with NumPy and pytest only.

They are the committed example, which is as `codegen` would write it today; ``pytest
--update-golden`` writes it anew.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.test_cli import run

EXAMPLE = Path(__file__).parents[1] / "examples" / "generated"


@pytest.mark.sample
def test_the_committed_example_is_up_to_date(request):
    if request.config.getoption("--update-golden"):
        run(EXAMPLE, "codegen")
    found = run(EXAMPLE, "codegen", "--check")
    assert (found.returncode, found.stdout) == (0, "2 files are up to date\n"), found.stderr


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory):
    """A Python with NumPy and pytest, and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    subprocess.run([*install, "numpy>=2.0", "pytest"], check=True, timeout=300)
    return python


def alone(python, folder, *command):
    return subprocess.run(
        [python, "-I", *command], cwd=folder, capture_output=True, text=True, timeout=60
    )


def test_the_example_proves_itself_without_adcompiler(bare_python, tmp_path):
    for path in EXAMPLE.glob("*.py"):
        shutil.copy(path, tmp_path)
    for package in ("adcompiler", "astor", "scipy"):
        assert alone(bare_python, tmp_path, "-c", f"import {package}").returncode != 0
    found = alone(bare_python, tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "12 passed" in found.stdout
