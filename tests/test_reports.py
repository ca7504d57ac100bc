"""Reports as text, as Markdown and as a page that opens in a browser; and the command.

The texts in ``explained/`` are reports but for the emitted code that ends them;
``pytest --update-golden`` rewrites them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.commands import explain as command
from tests.test_explain import heat, named, newton, oscillator

pytestmark = pytest.mark.sample

ROOT = Path(__file__).parents[1]

# ----- the texts -----

REPORTS = {
    "lecture": lambda: named.explain(1.0, 2.0, duals=True),
    "oscillator": lambda: oscillator.explain(1.0, 0.0, 4.0, 0.5, 6, limit=2),
    "newton": lambda: newton.explain(2.0, limit=2),
    "heat": lambda: heat.explain(np.arange(5.0), 0.1, 3, wrt="u", limit=1),
}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("kind", ["txt", "md"])
def test_reports(name, kind, pytestconfig):
    report = REPORTS[name]()
    text = report.written({"txt": "text", "md": "markdown"}[kind])
    told = text.partition("## Emitted code" if kind == "md" else "Emitted code\n───")[0]
    path = Path(__file__).parent / "explained" / f"{name}.{kind}"
    if pytestconfig.getoption("--update-golden"):
        path.write_text(told, encoding="utf-8")
    assert told == path.read_text(encoding="utf-8")
    if kind == "txt":
        assert str(report) == text
    for mode in ("reverse", "forward"):
        emitted = report.trace.point.emitted(mode).source
        assert all(line.strip() in text[len(told) :] for line in emitted.splitlines())


def test_markdown_tables_have_one_number_of_cells():
    lines = REPORTS["heat"]().markdown.splitlines()
    for before, line in pairwise(lines):
        if before.startswith("|") and line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == len(re.findall(r"(?<!\\)\|", before))


# ----- the page -----


class Page(HTMLParser):
    """Asserts that tags are closed in order, and collects attributes that load something."""

    EMPTY = frozenset({"meta", "path", "rect"})

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.loads, self.tags = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.loads += [v for k, v in attrs if k in ("src", "href", "data", "action")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_is_whole_and_alone(name):
    page = Page(REPORTS[name]().html)
    assert {"svg", "table", "pre", "h1"} <= set(page.tags)
    assert all(each.startswith("#") for each in page.loads), page.loads


def test_what_the_user_wrote_does_not_become_markup(tmp_path):
    def f(x, kind):
        """</pre><script>alert(1)</script>"""
        return x * 2.0 if kind == "<b>" else x

    text = ad.differentiate(f).explain(1.0, "<b>").html
    assert Page(text).tags.count("script") == 1
    assert "<script>alert" not in text


def test_a_graph_too_large_to_be_read_is_not_drawn():
    text = oscillator.explain(1.0, 0.0, 4.0, 0.5, 100, limit=100).html
    assert "<svg" not in text and "Fold more trips" in text


def test_a_report_is_the_same_in_every_process():
    script = (
        "from tests.test_reports import REPORTS; import hashlib;"
        "print(hashlib.sha256(REPORTS['oscillator']().html.encode()).hexdigest())"
    )
    found = set()
    for seed in ("0", "77"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        run = [sys.executable, "-c", script]
        found.add(subprocess.run(run, cwd=ROOT, env=env, capture_output=True, check=True).stdout)
    assert len(found) == 1


def test_import_adcompiler_does_not_import_it():
    script = "import sys, adcompiler; print([m for m in sys.modules if 'adcompiler.explain' in m])"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True)
    assert run.stdout.strip() == b"[]"


# ----- in a browser -----

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
WATCH = """<script>
window.errors = [];
window.addEventListener('error', (event) => window.errors.push(event.message));
document.addEventListener('securitypolicyviolation', (e) => window.errors.push(e.blockedURI));
</script>"""
LOOK = """<script>
const row = document.querySelector('table tr[data-v="1"]');
row.dispatchEvent(new Event('mouseenter'));
const lit = document.querySelectorAll('.lit').length;
const litVertices = document.querySelectorAll('.vertex.lit').length;
row.dispatchEvent(new Event('mouseleave'));
const wide = Array.from(document.querySelectorAll('.vertex')).filter((each) => {
  const box = each.querySelector('rect').getBBox();
  return Array.from(each.querySelectorAll('text')).some((t) => t.getBBox().width > box.width);
});
const style = getComputedStyle(document.body);
const report = document.createElement('output');
report.textContent = JSON.stringify({
  errors: window.errors, lit, litVertices, left: document.querySelectorAll('.lit').length,
  overflowing: wide.length, vertices: document.querySelectorAll('.vertex').length,
  paper: style.backgroundColor, ink: style.color,
  dark: matchMedia('(prefers-color-scheme: dark)').matches,
  sideways: document.documentElement.scrollWidth > window.innerWidth,
  svg: document.querySelector('svg').getBoundingClientRect().width,
});
document.body.append(report);
</script>"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["lecture", "heat"])
def test_the_page_in_a_browser(name, scheme, tmp_path):
    html = REPORTS[name]().html
    watched = html.replace("<title>", f"{WATCH}<title>", 1).replace("</body>", f"{LOOK}</body>")
    path = tmp_path / "report.html"
    path.write_text(watched, encoding="utf-8")
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}",
        "--window-size=1200,900",
        "--virtual-time-budget=2000",
        "--dump-dom",
        path.as_uri(),
    ]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    found = json.loads(re.search(r"<output>(.*?)</output>", dom)[1])
    assert found["errors"] == []
    assert found["dark"] == (scheme == "dark")
    lightness = [sum(map(int, re.findall(r"\d+", found[key])[:3])) for key in ("paper", "ink")]
    assert (lightness[0] < lightness[1]) == (scheme == "dark")
    assert abs(lightness[0] - lightness[1]) > 400
    assert found["lit"] > 2 and found["litVertices"] >= 1 and found["left"] == 0
    assert found["vertices"] >= 5 and found["svg"] > 200
    assert found["overflowing"] == 0
    assert not found["sideways"]


# ----- the command -----


def ran(*words):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(list(words)), words and named)


def test_the_command_writes_text(capsys):
    assert ran("--at", "1.0, x2=2.0", "--duals") == 0
    assert capsys.readouterr().out == REPORTS["lecture"]().text


@pytest.mark.parametrize(
    "suffix, begin", [("html", "<!doctype html>"), ("md", "# named at"), ("dot", "digraph")]
)
def test_the_command_writes_what_the_name_says(suffix, begin, tmp_path):
    path = tmp_path / f"report.{suffix}"
    assert ran("--at", "1.0, 2.0", "-o", str(path)) == 0
    assert path.read_text(encoding="utf-8").startswith(begin)


def test_the_command_takes_what_trace_takes(capsys):
    assert ran("--at", "1.0, 2.0", "--wrt", "x2", "--format", "markdown") == 0
    out = capsys.readouterr().out
    assert "- ∂/∂x2 = 8.38906" in out and "∂/∂x1" not in out


def test_the_command_refuses_what_is_no_argument():
    with pytest.raises(ad.errors.AdcompilerError, match=r"--at '1\.0, oops' gives"):
        ran("--at", "1.0, oops")
