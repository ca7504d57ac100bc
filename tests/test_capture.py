"""A function's source is found, or it is said why not; another function's is never returned."""

from __future__ import annotations

import ast
import doctest
import functools
import importlib.util
import linecache
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from adcompiler.errors import SourceNotFound
from adcompiler.frontend.capture import capture, one_line
from adcompiler.frontend.source_files import same_code


def load(path: Path, text: str, name: str = "captured_module") -> ModuleType:
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def run_cell(text: str, filename: str, namespace: dict[str, Any]) -> None:
    """As a notebook does: compile a cell and tell `linecache` its text."""
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), namespace)


def text_of(fn: FunctionType) -> str:
    return ast.unparse(capture(fn).node)


# ----- functions in files ------------------------------------------------------------------------


def plain(x, y):
    z = x * y  # a product
    return z + 1.0


def asserting(x):
    assert x > 0.0, "positive"
    y = x * x
    assert y > 0.0
    return y


def test_a_plain_function():
    found = capture(plain)
    assert found.node.name == "plain" and found.filename == __file__
    assert found.qualname == "plain" and found.function is plain
    assert found.lines[found.def_line - 1] == "def plain(x, y):"
    assert found.line_text(1) == "def plain(x, y):"
    assert found.line_text(2) == "z = x * y"
    assert found.relative_line(found.node.body[1]) == 3


def test_places_point_at_the_expression():
    found = capture(plain)
    place = found.place(found.node.body[0].value)
    assert (place.line, place.relative_line) == (found.def_line + 1, 2)
    assert place.text[place.col - 1 : place.end_col - 1] == "x * y"
    assert place.function == "plain" and str(place).endswith(f":{place.line}:9")
    assert found.place(found.node.args).line == found.def_line  # has no place of its own


def test_columns_count_characters(tmp_path):
    module = load(tmp_path / "m.py", "def f(é, ß):\n    ä = é * ß; ö = ä + 1.0\n    return ö\n")
    found = capture(module.f)
    place = found.place(found.node.body[1].value)
    assert place.text[place.col - 1 : place.end_col - 1] == "ä + 1.0"


def test_functions_whose_asserts_pytest_rewrote():
    assert any(name.startswith("@py") for name in asserting.__code__.co_varnames)
    assert capture(asserting).node.name == "asserting"


def test_nested_functions_methods_and_closures():
    def outer(k):
        def inner(x):
            return k * x

        return inner

    class Model:
        def value(self, x):
            return self.k * x

        @property
        def twice(self):
            return 2.0 * self.k

        @staticmethod
        def free(x):
            return x

    assert text_of(outer(2.0)) == "def inner(x):\n    return k * x"
    assert capture(outer(2.0)).qualname.endswith("outer.<locals>.inner")
    assert text_of(Model.value).startswith("def value(self, x):")
    assert capture(Model.twice.fget).line_text(1) == "def twice(self):"
    assert text_of(Model.free) == "@staticmethod\ndef free(x):\n    return x"


def keeping(fn):
    @functools.wraps(fn)
    def wrapper(*args):
        return 2.0 * fn(*args)

    return wrapper


@keeping
@keeping
def decorated(x):
    return x


def test_a_decorated_function_is_what_it_is():
    assert capture(decorated).node.name == "wrapper"
    inner = decorated.__wrapped__.__wrapped__
    found = capture(inner)
    assert found.node.name == "decorated" and found.line_text(1) == "def decorated(x):"
    assert found.lines[found.def_line - 2] == "@keeping"


def test_two_definitions_of_one_name(tmp_path):
    module = load(
        tmp_path / "m.py",
        """
        def f(x):
            return x
        first = f
        def f(x):
            return -x
        if True:
            def g(x): return x
        else:
            def g(x): return -x
        """,
    )
    assert "return x" in text_of(module.first) and "return -x" in text_of(module.f)
    assert text_of(module.g) == "def g(x):\n    return x"


def test_strings_with_flush_left_lines(tmp_path):
    text = 'class A:\n    def f(self, x):\n        s = """\nflush left\n"""\n        return x\n'
    (tmp_path / "m.py").write_text(text)
    assert len(capture(load(tmp_path / "m.py", text).A.f).node.body) == 2


def test_form_feeds_and_carriage_returns_do_not_shift_lines(tmp_path):
    path = tmp_path / "m.py"
    load(path, "")
    path.write_bytes(
        b"a = 1\n\x0c\r\ndef f(x):\r\n    return x  # \xc2\x85\r\n\r\n"
        b"def g(x):\n    y = x\n    return y\n"
    )
    spec = importlib.util.spec_from_file_location("m", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert capture(module.g).line_text(2) == "y = x"


# ----- lambdas -----------------------------------------------------------------------------------

# fmt: off
pair = (lambda x: x + 1.0), (lambda x: x * 2.0)
twins = (lambda x: x), (lambda x: x)
nested_lambda = lambda x: lambda y: x * y  # noqa: E731
three = [lambda v: v, lambda v: lambda v: v, lambda v, w=lambda v: -v: w]
# fmt: on


def test_two_lambdas_on_a_line():
    assert [text_of(each) for each in pair] == ["lambda x: x + 1.0", "lambda x: x * 2.0"]
    assert [text_of(each) for each in twins] == ["lambda x: x"] * 2
    assert capture(pair[1]).line_text(1) == "lambda x: x * 2.0"


def test_lambdas_in_lambdas():
    assert text_of(nested_lambda) == "lambda x: lambda y: x * y"
    assert text_of(nested_lambda(1.0)) == "lambda y: x * y"
    assert text_of(three[0]) == "lambda v: v"
    assert text_of(three[1]) == "lambda v: lambda v: v"
    assert text_of(three[1](0)) == "lambda v: v"
    assert text_of(three[2]) == "lambda v, w=lambda v: -v: w"
    assert text_of(three[2](0)) == "lambda v: -v"


def test_the_same_lambda_code_at_several_columns():
    here = [lambda x: x, lambda x: x, lambda x: (x)]  # fmt: skip
    columns = [capture(each).node.col_offset for each in here]
    assert columns == sorted(set(columns))


def test_a_lambda_of_several_lines():
    # fmt: off
    fns = [lambda x, y:  # the second
           x
           * y]
    # fmt: on
    assert capture(fns[0]).line_text(1) == "lambda x, y: x * y"


# ----- stale files -------------------------------------------------------------------------------


def test_an_edited_function_is_refused(tmp_path):
    path = tmp_path / "m.py"
    module = load(path, "def f(x):\n    return x + 1.0\n")
    path.write_text("def f(x):\n    return x + 2.0\n")
    with pytest.raises(SourceNotFound, match="edited after f was imported") as caught:
        capture(module.f)
    assert caught.value.code == "AD102" and caught.value.remedy
    path.write_text("def f(x):\n    return x + 1.0\n")
    assert text_of(module.f).endswith("x + 1.0")


@pytest.mark.parametrize("constant", ["1", "True", "-1.0", "1.0j"])
def test_a_constant_of_another_type_is_an_edit(tmp_path, constant):
    path = tmp_path / "m.py"
    module = load(path, "def f(x):\n    return x + 1.0\n")
    path.write_text(f"def f(x):\n    return x + {constant}\n")
    with pytest.raises(SourceNotFound):
        capture(module.f)


def test_another_function_on_the_old_lines_is_not_taken(tmp_path):
    path = tmp_path / "m.py"
    f = "def f(x):\n    return x + 1.0\n"
    module = load(path, f)
    path.write_text("def g(x):\n    return x - 1.0\n\n\n" + f)
    found = capture(module.f)  # moved, but the very same
    assert found.node.name == "f" and found.def_line == 5
    path.write_text("def g(x):\n    return x - 1.0\n")
    with pytest.raises(SourceNotFound, match="edited"):
        capture(module.f)


def test_files_that_vanish_or_no_longer_compile(tmp_path):
    path = tmp_path / "m.py"
    module = load(path, "def f(x):\n    return x\n")
    path.write_text("def f(x:\n")
    with pytest.raises(SourceNotFound, match="no longer compiles") as caught:
        capture(module.f)
    assert caught.value.code == "AD106"
    path.unlink()
    linecache.clearcache()
    with pytest.raises(SourceNotFound, match="cannot be found"):
        capture(module.f)


def test_a_file_is_compiled_once(tmp_path, monkeypatch):
    from adcompiler.frontend import source_files

    compiled: list[str] = []
    real = source_files._compile
    monkeypatch.setattr(
        source_files, "_compile", lambda *args: (compiled.append(args[0]), real(*args))[1]
    )
    text = "\n".join(f"def f{i}(x):\n    return x + {i}.0" for i in range(20))
    module = load(tmp_path / "m.py", text)
    for i in range(20):
        assert capture(getattr(module, f"f{i}")).node.name == f"f{i}"
    assert compiled == [str(tmp_path / "m.py")]


def test_every_function_of_some_modules_is_found():
    import argparse
    import collections
    import dataclasses
    import fractions
    import statistics

    count = 0
    for module in (argparse, collections, dataclasses, fractions, statistics, textwrap):
        owners = [module, *(v for v in vars(module).values() if isinstance(v, type))]
        for owner in owners:
            for value in vars(owner).values():
                if not isinstance(value, FunctionType):
                    continue
                if value.__code__.co_filename == module.__file__:
                    found = getattr(capture(value).node, "name", "<lambda>")
                    assert found == value.__code__.co_name
                    count += 1
    assert count > 150


# ----- cells, doctests, REPL ---------------------------------------------------------------------


def test_a_notebook_cell_run_again_is_fresh():
    space: dict[str, Any] = {}
    run_cell("def f(x):\n    return x\n", "<ipython-input-1-a>", space)
    first = space["f"]
    run_cell("def f(x):\n    return 2.0 * x\n", "<ipython-input-2-b>", space)
    assert text_of(first).endswith("return x") and text_of(space["f"]).endswith("2.0 * x")
    run_cell("y = 3\n", "<ipython-input-1-a>", space)  # another cell under the same name
    with pytest.raises(SourceNotFound, match="does not hold f"):
        capture(first)


def test_a_cell_that_awaits():
    filename, text = "<ipython-input-3-c>", "await g()\ndef f(x):\n    return x\n"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space: dict[str, Any] = {}
    exec(compile("\n" + text.partition("\n")[2], filename, "exec"), space)
    assert capture(space["f"]).def_line == 2


def test_a_cell_under_a_future_import_of_an_earlier_one():
    filename, text = "<ipython-input-4-d>", "def f(x: Unknown):\n    def g(y: Other): pass\n"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space: dict[str, Any] = {}
    exec("from __future__ import annotations\n", space)
    import __future__

    flags = __future__.annotations.compiler_flag
    exec(compile(text, filename, "exec", flags, dont_inherit=True), space)
    assert capture(space["f"]).node.name == "f"


def in_doctest():
    """
    >>> def f(x):
    ...     return x * 3.0
    >>> capture(f).line_text(2)
    'return x * 3.0'
    """


def test_functions_in_doctests():
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder().find(in_doctest, "in_doctest", globs={"capture": capture}):
        assert runner.run(test).failed == 0


def test_functions_without_any_text():
    space: dict[str, Any] = {}
    exec("def f(x):\n    return x\n", space)
    with pytest.raises(SourceNotFound, match="cannot be found") as caught:
        capture(space["f"])
    assert "source=" in caught.value.remedy and "<string>" in caught.value.reason


@pytest.mark.skipif(sys.version_info < (3, 13), reason="`python -c` keeps its text since 3.13")
def test_python_dash_c():
    program = (
        "def f(x):\n    return x\n"
        "from adcompiler.frontend.capture import capture\nprint(capture(f).line_text(2))"
    )
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "return x"


def test_ipython_cells():
    shell_module = pytest.importorskip("IPython.core.interactiveshell")
    shell = shell_module.InteractiveShell.instance()
    try:
        shell.run_cell("def f(x):\n    return x * 5.0\n", store_history=True)
        first = shell.user_ns["f"]
        shell.run_cell("%precision 3\ndef f(x):\n    return x * 6.0\n", store_history=True)
        assert text_of(first).endswith("x * 5.0")
        assert text_of(shell.user_ns["f"]).endswith("x * 6.0")
    finally:
        shell_module.InteractiveShell.clear_instance()


# ----- source= -----------------------------------------------------------------------------------


def made(text: str, name: str = "f") -> FunctionType:
    space: dict[str, Any] = {}
    exec(textwrap.dedent(text), space)
    fn = space[name]
    assert isinstance(fn, FunctionType)
    return fn


def test_source_given_as_text():
    text = (
        '    # a comment\n    def f(x, *, k=1.0):\n        s = """\nflush"""\n'
        "        return x * k\n"
    )
    fn = made("def f(x, *, k=1.0):\n    s = '''\nflush'''\n    return x * k\n")
    found = capture(fn, source=text)
    assert found.def_line == 2 and found.filename == "<source of f>"
    assert found.line_text(1) == "def f(x, *, k=1.0):"
    assert found.place(found.node.body[-1].value).text == "        return x * k"
    assert found.relative_line(found.node.body[-1]) == 4


def test_source_of_a_lambda_and_among_others():
    assert capture(made("f = lambda x: x"), source="g = lambda y: y\nf = lambda x: x").def_line == 2
    assert (
        capture(made("def f(x): return x"), source="def g(x): ...\ndef f(x): return x").def_line
        == 2
    )


@pytest.mark.parametrize(
    "source, code",
    [
        ("def g(x): return x", "AD105"),
        ("def f(y): return y", "AD105"),
        ("def f(x, y): return x", "AD105"),
        ("", "AD105"),
        ("def f(x): return x\nclass A:\n    def f(x): return -x", "AD105"),
        ("def f(x: return x", "AD106"),
        ("def f(x): return '\0'", "AD106"),
    ],
)
def test_source_that_is_not_the_functions(source, code):
    with pytest.raises(SourceNotFound) as caught:
        capture(made("def f(x): return x"), source=source)
    assert caught.value.code == code and caught.value.remedy


# ----- quoting lines -----------------------------------------------------------------------------


# fmt: off
def quoted(x, n,
           k=1.0):
    y = max(  # the larger
        x,
        0.0,
    )
    z = (x
         + y)
    s = "# no comment"  # a comment
    for i in range(
        n
    ):  # counted
        if i > 2: y = y + x; z = z * y  # noqa: E701, E702
        elif i > 1:
            z = \
                z + 1.0
    t = """
    text"""
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb(x) if n else (y, z)  # noqa
    return z, (y,), s, t
# fmt: on


def test_lines_as_they_are_quoted_in_comments():
    found = capture(quoted)
    texts = {
        found.relative_line(node): "" for node in ast.walk(found.node) if isinstance(node, ast.stmt)
    }
    assert [found.line_text(line) for line in sorted(texts)] == [
        "def quoted(x, n, k=1.0):",
        "y = max(x, 0.0)",
        "z = (x + y)",
        's = "# no comment"',
        "for i in range(n):",
        "if i > 2: y = y + x; z = z * y",
        "elif i > 1:",
        "z = z + 1.0",
        't = """ text"""',
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb(...",
        "return z, (y,), s, t",
    ]


def test_one_line():
    assert one_line("f(\n    a,\n    b,\n)") == "f(a, b)"
    assert one_line("(\n    a,\n)") == "(a,)"
    assert one_line("x[\n  'a  b'\n]") == "x['a  b']"
    assert one_line("f(") == "f("


# ----- comparing code ----------------------------------------------------------------------------


def test_lambdas_without_columns(tmp_path):
    text = "from adcompiler.frontend.capture import capture\na, b = lambda x: x, lambda x: -x\n"
    (tmp_path / "m.py").write_text(text + "print(capture(b))\n")
    command = [sys.executable, "-X", "no_debug_ranges", str(tmp_path / "m.py")]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert "AD103: 2 functions on line 2" in done.stderr


def test_code_is_compared_by_all_that_it_computes():
    assert same_code(made("def f(x): return x").__code__, made("\n\ndef f(x): return x").__code__)
    for other in ("def f(y): return y", "def f(x): return -x", "def f(*x): return x"):
        assert not same_code(made("def f(x): return x").__code__, made(other).__code__)
    zero, minus = made("def f(): return (0.0, 1)"), made("def f(): return (-0.0, 1)")
    assert not same_code(zero.__code__, minus.__code__)
