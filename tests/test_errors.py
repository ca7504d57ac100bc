"""The one form in which errors are printed, and that no source text can break out of it."""

from __future__ import annotations

import pickle
import re

import pytest

from adcompiler import errors
from adcompiler.errors import (
    CODES,
    AdcompilerError,
    InternalError,
    NoRule,
    Place,
    SignatureError,
    SourceNotFound,
    UnsafeAlias,
    Unsupported,
    printable,
)


def at(text: str, col: int, end_col: int, **changes: object) -> Place:
    fields: dict[str, object] = {
        "filename": "model.py",
        "line": 12,
        "col": col,
        "end_line": 12,
        "end_col": end_col,
        "text": text,
        "function": "Model.f",
        "def_line": 10,
    }
    return Place(**(fields | changes))  # type: ignore[arg-type]


def test_everything_is_in_the_text():
    error = Unsupported(
        "`yield` makes f a generator",
        place=at("    yield x * v\n", 5, 16),
        remedy="collect the values in a list and return it.",
        code="AD201",
    )
    assert str(error) == (
        "model.py:12:5: AD201: `yield` makes f a generator\n"
        "    yield x * v\n"
        "    ^^^^^^^^^^^\n"
        "  in Model.f, line 3 of it\n"
        "Remedy: collect the values in a list and return it."
    )


def test_without_a_place_or_remedy():
    assert str(SignatureError("argnums=5: f has 2 arguments", code="AD501")) == (
        "AD501: argnums=5: f has 2 arguments"
    )


@pytest.mark.parametrize(
    "text, col, end_col, carets",
    [
        ("x = yy + 1", 5, 7, "    ^^"),
        ("\tx = yy", 6, 8, "    ^^"),  # the tab is indentation
        ("x\t= yy", 5, 7, "    ^^"),
        ("x = \x1b[31m + yy", 5, 10, "    ^^^^^^^^"),
        ("変 = yy", 5, 7, "     ^^"),  # two columns wide
        ("x", 9, 9, " ^"),  # beyond the end: still a caret
        ("", 1, 1, "^"),
    ],
)
def test_carets_stand_under_the_expression(text, col, end_col, carets):
    assert at(text, col, end_col).excerpt().split("\n")[1][4:] == carets


def test_an_expression_of_several_lines_is_marked_to_the_end_of_the_first():
    excerpt = at("  y = f(a,  ", 7, 3, end_line=14).excerpt()
    assert excerpt == "    y = f(a,\n        ^^^^"


@pytest.mark.parametrize(
    "char", ["\r", "\x1b", "\x00", "\u202e", "\u2028", "\x85", "\x7f", "\ud800"]
)
def test_control_characters_are_shown_escaped(char):
    place = at(f"x = '{char}'", 1, 2, filename=f"a{char}.py", function=f"f{char}")
    shown = str(NoRule(f"a{char}b", place=place, remedy=f"c{char}d", callee=f"np.{char}"))
    assert char not in shown
    assert len(shown.split("\n")) == 7
    shown.encode("utf-8")


def test_printable():
    assert printable("häß 変 a\tb") == "häß 変 a b"
    assert printable("\n") == "\\n"


def test_a_missing_rule_prints_how_to_declare_one():
    error = NoRule("np.foo has no rule", callee="np.foo", operands=("a", "b"))
    assert error.snippet in str(error)
    assert "ad.rules.elementwise(np.foo, lambda a, b, y: (..., ...))" in error.snippet
    assert "Remedy: declare a rule" in str(error)
    compile(error.snippet, "snippet", "eval")
    assert "Or declare a rule" in str(NoRule("r", callee="f", remedy="stop_gradient"))
    assert "declare" not in str(NoRule("np.foo has no rule"))


def test_kinds():
    assert issubclass(SignatureError, TypeError) and issubclass(UnsafeAlias, Unsupported)
    assert issubclass(NoRule, Unsupported) and not issubclass(InternalError, AdcompilerError)
    for kind in (Unsupported, SourceNotFound, SignatureError, UnsafeAlias, NoRule):
        assert issubclass(kind, AdcompilerError)
        assert kind("why").code == kind.default_code in CODES


def test_codes_are_described():
    for code, line in CODES.items():
        assert re.fullmatch(r"AD\d{3}", code) and line and "\n" not in line and len(line) < 90
    assert list(CODES) == sorted(CODES)


def test_internal_errors_say_whose_they_are():
    shown = str(InternalError("no adjoint for x", place=at("x = y", 1, 2)))
    assert shown.startswith("model.py:12:1: AD900: a bug in adcompiler, not in your code")
    assert "Please report it" in shown and "adcompiler doctor" in shown


def test_errors_survive_pickling():
    error = NoRule("r", callee="np.foo", operands=("a",), place=at("x", 1, 2), code="AD303")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) and again.place == error.place
    internal = pickle.loads(pickle.dumps(InternalError("r", place=at("x", 1, 2))))
    assert "AD900" in str(internal)


def test_public_names_are_documented():
    for value in vars(errors).values():
        if isinstance(value, type) and value.__module__ == errors.__name__:
            assert value.__doc__
