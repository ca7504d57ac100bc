"""The README and the pages of docs/: the Python in them runs and prints what they say it prints.

``pytest --update-golden`` rewrites the emitted sources on the pages.
"""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.sample

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```([\w{}-]*)\s*$")
over_pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def python_only(text: str) -> str:
    """`text` with every line outside of Python blocks blank, so that line numbers stay right.

    (Doctest alone would take the closing fence for output.) A blank line within an output, which
    doctest wants marked, may stand in a block as it is.
    """
    kept, language = [], None
    lines = text.splitlines()
    for k, line in enumerate(lines):
        fence = FENCE.match(line)
        if fence:
            language = fence[1] if language is None else None
        inside = language == "python" and not fence
        if inside and not line:
            following = next(each for each in lines[k:] if each)
            if not following.startswith((">>> ", "```")):
                line = "<BLANKLINE>"
        kept.append(line if inside else "")
    assert language is None, "a block is not closed"
    return "\n".join(kept) + "\n"


class Checker(doctest.OutputChecker):
    """Blank lines at the end of an output do not count: an emitted source ends with one."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return super().check_output(want.rstrip("\n"), got.rstrip("\n"), optionflags)


class Runner(doctest.DocTestRunner):
    """Keeps what printed sources have become."""

    def __init__(self) -> None:
        super().__init__(Checker(), optionflags=doctest.ELLIPSIS)
        self.changed: list[tuple[str, str]] = []

    def report_failure(self, out, test, example, got):
        super().report_failure(out, test, example, got)
        if re.fullmatch(r"print\(.*\.source\)\n", example.source):
            self.changed.append((example.want.replace("<BLANKLINE>", ""), got.rstrip("\n") + "\n"))


def run(text: str, page: Path) -> tuple[Runner, str]:
    """The examples of a page, run; and what went wrong."""
    test = doctest.DocTestParser().get_doctest(python_only(text), {}, page.name, str(page), 0)
    report: list[str] = []
    runner = Runner()
    with np.printoptions(precision=8, suppress=False):
        runner.run(test, out=report.append)
    return runner, "".join(report)


@over_pages
def test_code_on_the_page(page, request):
    text = page.read_text(encoding="utf-8")
    runner, report = run(text, page)
    if runner.changed and request.config.getoption("--update-golden"):
        for before, after in runner.changed:
            assert text.count(before) == 1
            text = text.replace(before, after)
        page.write_text(text, encoding="utf-8")
        runner, report = run(text, page)
    assert runner.failures == 0, report


@over_pages
def test_every_python_block_is_an_example_that_runs(page):
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert [block for block in blocks if not block.startswith(">>> ")] == []


@over_pages
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_a_wrong_output_is_noticed():
    runner, report = run("text\n```python\n>>> 1 + 1\n3\n```\n", Path("page.md"))
    assert runner.failures == 1
    assert "line 3" in report
    runner, _ = run('```python\n>>> print("a\\n\\nb\\n")\na\n\nb\n```\n', Path("page.md"))
    assert runner.failures == 0
    runner, _ = run('```python\n>>> print("a\\n\\nb")\na\n\nc\n\n>>> 1\n1\n```\n', Path("page.md"))
    assert runner.failures == 1
