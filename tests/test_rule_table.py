"""Every public callable has an answer, and ``docs/rules.md`` tells which."""

from __future__ import annotations

import numpy as np
import pytest

from adcompiler.optional import optional
from tests import rule_coverage
from tests.rule_coverage import COMPLETE, DERIVED, LOWERED, PAGE, classified, convention, entries


def test_every_public_callable_is_classified():
    missing = [e.name for e in entries() if e.form == "unclassified" and e.namespace in COMPLETE]
    assert missing == []


def test_reasons_are_given():
    refused = [e for e in entries() if e.form in ("undefined", "not_yet")]
    assert [e.name for e in refused if not e.reason] == []


@pytest.mark.skipif(optional("scipy") is None, reason="needs SciPy")
def test_there_are_enough():
    assert rule_coverage.counted(DERIVED) >= 450


def test_other_names_are_counted_once():
    names = [e.name for e in entries()]
    assert len(names) == len(set(names))
    assert "numpy.absolute" in names and "numpy.abs" not in names
    assert "numpy.amax" not in names and "numpy.linalg.matmul" not in names


def test_what_is_in_no_list_is_noticed():
    assert classified("numpy.new", lambda x: x).form == "unclassified"


def test_conventions_are_those_of_the_file():
    by_name = {e.name: e for e in entries()}
    assert "slope 0 at the origin" in convention(by_name["numpy.hypot"])
    assert convention(by_name["numpy.sin"]) == ""


def test_page_is_up_to_date(request):
    text = rule_coverage.page()
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text)
    stated = PAGE.read_text()
    scipy = optional("scipy")
    versions = (np.__version__, scipy.__version__ if scipy is not None else None)
    if not all(each is not None and each in stated for each in versions):
        pytest.skip(f"the page is of other versions than NumPy {versions[0]}, SciPy {versions[1]}")
    assert stated == text, "run pytest tests/test_rule_table.py --update-golden"


def test_page_names_every_callable():
    page = PAGE.read_text()
    ruled = [e for e in entries() if e.form in (*DERIVED, LOWERED) and e.namespace in COMPLETE]
    assert [e.name for e in ruled if f"`{e.name}`" not in page and e.form != LOWERED] == []
