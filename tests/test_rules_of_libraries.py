"""Rules of libraries are declared when the library is there: SciPy is not imported for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from adcompiler.optional import optional

pytestmark = pytest.mark.skipif(optional("scipy") is None, reason="needs SciPy")
ROOT = Path(__file__).parents[1]


def run(tmp_path, text):
    """What a program prints, run by a fresh interpreter."""
    program = tmp_path / "program.py"
    program.write_text(text)
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_no_rule_imports_scipy(tmp_path):
    found = run(
        tmp_path,
        "import sys\n"
        "import adcompiler as ad\n"
        "def f(x):\n"
        "    return x * x\n"
        "ad.grad(f)(2.0)\n"
        "print(*[m for m in sys.modules if m.partition('.')[0] == 'scipy'])\n",
    )
    assert found == []


def test_rules_are_there_once_the_library_is(tmp_path):
    found = run(
        tmp_path,
        "import adcompiler as ad\n"
        "import math\n"
        "from scipy import special\n"
        "def f(x):\n"
        "    return special.expit(x)\n"
        "def g(x):\n"
        "    return math.gamma(x)\n"
        "print(ad.grad(f)(0.0), round(ad.grad(g)(1.0), 12))\n",
    )
    assert found == ["0.25", "-0.577215664902"]


def test_a_rule_of_the_users_own_is_not_replaced(tmp_path):
    found = run(
        tmp_path,
        "import adcompiler as ad\n"
        "from scipy import special\n"
        "ad.rules.elementwise(special.expit, lambda x, y: 7.0)\n"
        "def f(x):\n"
        "    return special.expit(x)\n"
        "print(ad.grad(f)(0.0))\n",
    )
    assert found == ["7.0"]
