"""Emitted names: free, valid, and the same in every run."""

from __future__ import annotations

import keyword
import unicodedata

import pytest

from adcompiler.emit.names import NameAllocator, sanitised


def test_fresh_counts_from_one():
    names = NameAllocator()
    assert [names.fresh("x") for _ in range(4)] == ["x", "x_1", "x_2", "x_3"]
    assert names.fresh("x_2") == "x_2_1" and "x_3" in names and "x_4" not in names


def test_reserved_names_are_never_given_out():
    names = NameAllocator(["x", "x_1"])
    names.reserve("y_bar")
    assert names.fresh("x") == "x_2" and names.fresh("y_bar") == "y_bar_1"
    for name in ("np", "math", "scipy", "sum", "range", "None", "match", "if", "ValueError"):
        assert names.fresh(name) == name + "_1"


def test_names_of_users_are_kept():
    names = NameAllocator()
    for name in ("id", "input", "_", "é", "變數", "x_bar"):
        assert names.fresh(name) == name
    assert names.fresh("_") == "_1"


@pytest.mark.parametrize(
    "hint", ["", "1", "a b", "a[0].b", "\ufb01", "x²", "-", "a\rb", "lambda", "é", "\U0001d431"]
)
def test_any_hint_gives_a_valid_name(hint):
    name = NameAllocator().fresh(hint)
    assert name.isidentifier() and not keyword.iskeyword(name)
    assert unicodedata.normalize("NFKC", name) == name
    assert sanitised(sanitised(hint)) == sanitised(hint)


def test_names_that_python_takes_for_one_are_one():
    names = NameAllocator()
    assert names.fresh("x") != names.fresh("\U0001d431")
    names.reserve("\ufb01")
    assert names.fresh("fi") == "fi_1"


def test_many_names_of_one_hint_are_fast():
    names = NameAllocator()
    assert len({names.fresh("t") for _ in range(20_000)}) == 20_000
