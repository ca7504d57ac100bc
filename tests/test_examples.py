"""Every example runs as a user would run it: as a script, from anywhere, in seconds.

The examples check what they compute and exit with a message when it is wrong.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def test_the_examples_are_found():
    assert "quickstart.py" in [path.name for path in EXAMPLES]


@pytest.fixture(scope="module", autouse=True)
def fonts():
    """Where Matplotlib has never run it says that it looks for fonts."""
    subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], check=True)


def run(path: Path, directory: Path, *python_path: Path) -> str:
    """What the example at `path` prints, run in `directory`."""
    searched = os.pathsep.join(map(str, (*python_path, ROOT)))
    done = subprocess.run(
        [sys.executable, "-W", "error:::__main__", str(path)],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": searched, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert done.stdout
    return done.stdout


@pytest.mark.sample
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, tmp_path):
    printed = run(path, tmp_path)
    left = [each.name for each in tmp_path.iterdir()]
    plot = f"{path.stem}.png"
    assert left == [plot] * (f"plot: {plot}" in printed), "an example leaves files behind"
    assert all(each.stat().st_size > 5000 for each in tmp_path.iterdir())


def test_without_matplotlib_there_is_no_plot(tmp_path):
    absent = tmp_path / "absent"
    absent.mkdir()
    (absent / "matplotlib.py").write_text("raise ImportError('not installed')", encoding="utf-8")
    directory = tmp_path / "run"
    directory.mkdir()
    printed = run(ROOT / "examples" / "stiff_ode.py", directory, absent)
    assert "no plot: matplotlib is not installed" in printed
    assert not list(directory.iterdir())
