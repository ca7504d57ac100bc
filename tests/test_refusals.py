"""What is refused, with its whole message: place, caret, code, reason and remedy, as golden text.

`pytest --update-golden` rewrites what is expected; the difference is then to be read.
"""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

import adcompiler
from adcompiler import errors
from adcompiler.errors import CODES, AdcompilerError

FOLDER = Path(__file__).parent / "golden" / "refusals"
THEMES = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))
BANNER = "########## {}\n"
DOCS = Path(__file__).parents[1] / "docs" / "errors.md"


def cases(theme: str) -> ModuleType:
    return importlib.import_module(f"tests.golden.refusals.{theme}")


def message(theme: str, name: str) -> str:
    with pytest.raises(AdcompilerError) as caught:
        cases(theme).CASES[name]()
    return re.sub(r"/\S*/(?=[^\s/]+\.py)", "", str(caught.value))


@pytest.mark.parametrize("theme", THEMES)
def test_messages(theme: str, request: pytest.FixtureRequest) -> None:
    found = "\n\n".join(
        BANNER.format(name) + message(theme, name) + "\n" for name in cases(theme).CASES
    )
    path = FOLDER / f"{theme}.expected"
    if request.config.getoption("--update-golden"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_no_expected_text_is_left_over() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.expected")) == THEMES


def test_each_has_its_parts() -> None:
    """A place with a caret under less than the line where there is one, and always a remedy."""
    found = [(theme, name) for theme in THEMES for name in cases(theme).CASES]
    assert len(found) >= 60
    for theme, name in found:
        with pytest.raises(AdcompilerError) as caught:
            cases(theme).CASES[name]()
        error = caught.value
        assert error.reason and (error.remedy or isinstance(error, errors.NoRule)), name
        if theme in ("language", "memory"):
            assert error.place is not None or name in ("a generator",), name
            assert error.place.text.strip()


# ----- codes -----


def codes_used() -> set[str]:
    """The codes that the package's source gives to errors."""
    found = set()
    for path in Path(adcompiler.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name == "errors.py":  # which has the table of all
            found |= set(re.findall(r'default_code = "(\w+)"', text))
            continue
        for each in ast.walk(ast.parse(text)):
            if isinstance(each, ast.Constant) and re.fullmatch(r"AD\d{3}", str(each.value)):
                found.add(each.value)
    return found


def test_codes_are_documented() -> None:
    rows = re.findall(r"^\| (AD\d{3}) \| (.*?) \| (.+) \| (.+) \|$", DOCS.read_text(), re.M)
    assert [(code, meaning) for code, meaning, *_ in rows] == list(CODES.items())
    assert codes_used() <= set(CODES)


def test_every_code_is_tested() -> None:
    golden = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.expected"))
    tests = "".join(path.read_text(encoding="utf-8") for path in FOLDER.parents[1].glob("*.py"))
    tested = set(re.findall(r"\b(AD\d{3}): ", golden)) | set(re.findall(r"\b(AD\d{3})\b", tests))
    assert codes_used() <= tested


# ----- bugs of ours -----


def test_a_bug_of_ours_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise KeyError("x_bar")

    for name in ("prune", "reverse", "emit", "lower"):
        with monkeypatch.context() as patch:
            patch.setattr(f"adcompiler.pipeline.{name}", broken)
            with pytest.raises(errors.InternalError) as caught:
                adcompiler.grad(lambda x: x * x)(2.0)
        said = str(caught.value)
        assert said.startswith("AD900: a bug in adcompiler, not in your code: KeyError")
        assert "x: float64" in said and "Please report it" in said
        assert isinstance(caught.value.__cause__, KeyError)
    assert adcompiler.grad(lambda x: x * x)(2.0) == 4.0
