"""Printed text parses to the tree it was printed from, and reads as if written by hand."""

from __future__ import annotations

import ast
import math
import os
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from adcompiler.emit import printer
from adcompiler.emit.layout import WIDTH
from adcompiler.emit.printer import Comment, print_module
from adcompiler.emit.tidy import constant, same_tree

ROOT = Path(__file__).parents[1]


def printed(source: str) -> str:
    return print_module(ast.parse(textwrap.dedent(source)))


def expression(node: ast.expr) -> str:
    return print_module(ast.Module([ast.Expr(node)], [])).strip()


def name(text: str) -> ast.Name:
    return ast.Name(text, ast.Load())


# ----- as written --------------------------------------------------------------------------------

AS_WRITTEN = [
    "x = -a * b",
    "x = -a ** b, (-a) ** b, a ** -b, (a ** b) ** c, a ** b ** c",
    "x = a - (b - c) - d, a / (b / c), (a + b) * c, -(a + b)",
    "x = ~-a, --a, not not a, not a == b, (not a) == b",
    "x = a < b < c, (a < b) < c, a and b or c, a and (b or c), a and not b",
    "x = a if b else c if d else e",
    "x = (a if b else c) if d else e",
    "a, b = b, a",
    "a, *b = c",
    "(a, b), c = d",
    "x = (a, b)[0], (a,), (), [], {}, {a}, {**a, b: c}",
    "x: int = 3",
    "x += 2.0 * r / r.size",
    "u[1:-1] = u[2:] + u[:-2] - u[::2] + u[::-1] + u[a + 1:b * 2:c]",
    "x = a[i, j] + a[..., None] + a[:, np.newaxis] + a[(i, j), k] + a[i,]",
    "x = f(a)(b).c.d(*args, k=1, **kwargs)",
    "x = sum(v for v in y if v > 0.0)",
    "x = sum((v for v in y), 2)",
    "x = [v * w for v in y for w in z], {v: w for v, w in y}, {v for v in (a, b)}",
    "x = lambda: 0, lambda a, /, b=1, *c, d, **e: a",
    "x = (lambda: 0)()",
    "x = 1e-12 + 1e+22 + 0.1 + 5e-324 + 12345678901234567890 + 1j + 2.5j",
    "x = (2.0).real + (1).real + x.real",
    'x = "it\'s", \'say "no"\', "\\n\\x00", b"b"'.replace('b"b"', "b'b'"),
    'x = f"{a!r:>{w}} {{}} {b:.2f}" + f"{d[\'k\']}"',
    "x = await_ @ y",
    "for a, b in zip(c, d):\n    pass",
    "for i in (a, b):\n    pass\nelse:\n    pass",
    "for x in reversed(x_saved):\n    break",
    "while (n := n - 1) > 0 and x:\n    continue",
    "while n := f():\n    pass",
    "if a:\n    pass\nelif b:\n    pass\nelse:\n    if c:\n        pass\n    x = 1",
    "with np.errstate(divide='ignore'), open(x) as y:\n    pass".replace("'", '"'),
    "try:\n    pass\nexcept (A, B) as e:\n    raise C from e\nfinally:\n    pass",
    "raise ValueError(x) from None",
    'assert x > 0.0, "no"',
    "del a, b[0]",
    "x = y = z = 0.0",
    "x = yield",
    "def f(a, /, b: int = 2, *c: float, d=1, **e) -> tuple[float, float]:\n    return a, b",
    "def f(*, a):\n    return",
    "@dec\n@dec(1)\nclass A(B, metaclass=C):\n    x: int\n\n    y = 1".replace("\n\n", "\n"),
    "async def f():\n    await g()\n    async for x in y:\n        pass",
    "match x:\n    case [1, *_] | {'a': A(b=2)} if y:\n        pass",
    "global x, y",
    'def f():\n    """One line."""\n    def g():\n        pass\n    return g',
]


@pytest.mark.parametrize("source", AS_WRITTEN)
def test_text_in_good_style_is_kept(source):
    assert printed(source) == source + "\n"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new in 3.12")
def test_type_parameters():
    source = "type A = list[int]\n\n\ndef f[T](x: T) -> T:\n    return x\n"
    assert printed(source) == source


def test_redundant_parentheses_go():
    assert printed("x = ((a * b)) + (c)\nreturn_ = (a, b)\n") == "x = a * b + c\nreturn_ = a, b\n"


def test_strings_prefer_double_quotes():
    assert printed("x = 'a', 'say \"no\"'\n") == 'x = "a", \'say "no"\'\n'
    assert printed("x = f'{a}'\n") == 'x = f"{a}"\n'
    assert printed('x = f\'{a["k"]} "q"\'\n') == 'x = f"{a[\'k\']} \\"q\\""\n'
    assert "\n" not in printed(r"x = f'{a}\n\r\\ \'{b}\' {c:{d}}'").strip()


# ----- blank lines and comments ------------------------------------------------------------------


def test_blank_lines_of_a_module():
    source = '''\
"""Docstring.

More.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

a = 1
b = 2


def f():
    pass


def g():
    pass


c = 3
'''
    assert printed(source) == source


def module_with_comments() -> ast.Module:
    tree = ast.parse(
        "a = 1\ndef f(x):\n    if x:\n        return x\n    else:\n        return -x\n"
    )
    f = tree.body[1]
    f.body.insert(0, Comment("forward sweep"))
    f.body[1].body.insert(0, Comment("L2  if x:"))
    f.body[1].orelse.append(Comment("last"))
    tree.body.insert(1, Comment("about f"))
    return tree


COMMENTED = """\
a = 1


# about f
def f(x):
    # forward sweep
    if x:
        # L2  if x:
        return x
    else:
        return -x
        # last
"""


def test_comments():
    tree = module_with_comments()
    before = ast.dump(tree)
    assert print_module(tree) == COMMENTED
    assert ast.dump(tree) == before


def test_comments_survive_the_standard_librarys_printer(monkeypatch):
    monkeypatch.setattr(printer, "_generated", lambda statement: "not Python")
    assert print_module(module_with_comments()) == COMMENTED


def test_a_tree_that_nothing_prints_is_our_bug():
    wrong = ast.Expr(ast.BoolOp(ast.And(), [name("a")]))
    with pytest.raises(AssertionError):
        print_module(ast.Module([wrong], []))


@pytest.mark.parametrize("char", list("\r\n\x0b\x0c\x1c\x00\x85\u2028\u202e\ud800"))
def test_nothing_breaks_out_of_a_comment(char):
    tree = ast.Module([Comment(f"a{char}import os"), ast.Pass()], [])
    text = print_module(tree)
    assert text.count("\n") == 2 and same_tree(ast.parse(text), ast.parse("pass"))
    assert text.isascii() and text.startswith("# a")


def test_long_comments_are_cut_and_empty_bodies_filled():
    text = print_module(ast.Module([Comment("x " * 100), Comment(""), ast.Pass()], []))
    assert text.split("\n")[0].endswith("x...") and len(text.split("\n")[0]) <= WIDTH
    assert text.split("\n")[1] == "#"


@pytest.mark.parametrize(
    "text",
    [
        'a"',
        "a\\",
        'a"""b',
        "a\rb",
        "a\x00",
        "",
        "\\",
        '"',
        "a\n\n    b\n    ",
        "é\u202e",
        "\\N{DASH}",
    ],
)
def test_docstrings_are_escaped(text):
    tree = ast.parse("def f():\n    0\n    return 1")
    tree.body[0].body[0] = ast.Expr(ast.Constant(text))
    shown = print_module(tree)
    assert ast.get_docstring(ast.parse(shown).body[0], clean=False) == text
    assert "\r" not in shown and "\u202e" not in shown
    if text.isprintable() and text and '"""' not in text:
        assert '    """' in shown


# ----- trees made by a compiler ------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, text",
    [
        (-2.0, "-2.0"),
        (np.float64(0.1), "0.1"),
        (np.float32(0.5), "0.5"),
        (np.int64(-3), "-3"),
        (np.bool_(True), "True"),
        (np.str_("a"), '"a"'),
        (-0.0, "-0.0"),
        (math.inf, "np.inf"),
        (-math.inf, "-np.inf"),
        (math.nan, "np.nan"),
        (2j, "2j"),
        (1 + 2j, "1.0 + 2j"),
        (-1 - 2j, "-1.0 - 2j"),
        (complex(-0.0, 1.0), "complex(-0.0, 1.0)"),
        (complex(1.0, -0.0), "complex(1.0, -0.0)"),
        (complex(0.0, math.inf), "complex(0.0, np.inf)"),
        (np.complex128(3j), "3j"),
        ((1, -2.0), "1, -2.0"),
        (None, "None"),
        (..., "..."),
    ],
)
def test_constants(value, text):
    assert expression(ast.Constant(value)).strip('"') == text.strip('"')
    result = eval(text, {"np": np})
    assert repr(result) == repr(value.item() if isinstance(value, np.generic) else value) or (
        isinstance(value, np.float32)
    )


def test_constants_in_operations():
    two = ast.Constant(-2.0)
    assert expression(ast.BinOp(two, ast.Pow(), name("x"))) == "(-2.0) ** x"
    assert expression(ast.BinOp(name("x"), ast.Pow(), two)) == "x ** -2.0"
    assert expression(ast.BinOp(name("x"), ast.Mult(), ast.Constant(1 + 2j))) == "x * (1.0 + 2j)"
    assert expression(ast.Attribute(ast.Constant(2.0), "real", ast.Load())) == "(2.0).real"


@pytest.mark.parametrize("value", [object(), [1], {1}, frozenset((1,)), np.arange(2), lambda: 0])
def test_other_constants_are_refused(value):
    with pytest.raises(AssertionError, match="cannot be written"):
        constant(value)


def test_shared_nodes():
    part = ast.BinOp(name("a"), ast.Add(), name("b"))
    assert expression(ast.BinOp(part, ast.Sub(), part)) == "a + b - (a + b)"
    assert expression(ast.BinOp(part, ast.Mult(), part)) == "(a + b) * (a + b)"


@pytest.mark.parametrize(
    "text",
    ["a b", "", "1a", "a\rb", "if", "None", "x;import os", "\U0001d431", "\ufb01", "a.b", "*"],
)
def test_identifiers_are_checked(text):
    load = ast.Load()
    arguments = ast.parse("def f(x): pass").body[0].args
    arguments.args[0].arg = text
    trees = [
        ast.Expr(ast.Name(text, load)),
        ast.Expr(ast.Attribute(name("x"), text, load)),
        ast.Expr(ast.Call(name("f"), [], [ast.keyword(text, name("x"))])),
        ast.Expr(ast.Lambda(arguments, name("x"))),
        ast.Global([text]),
        ast.Import([ast.alias("x", text)]),
    ]
    for tree in trees:
        with pytest.raises(AssertionError, match="not an identifier"):
            print_module(ast.Module([tree], []))


def test_lists_may_be_left_out():
    arguments = ast.arguments(args=[ast.arg("x")])
    f = ast.FunctionDef(name="f", args=arguments, body=[ast.Return(name("x"))])
    loop = ast.For(ast.Name("i", ast.Store()), ast.Call(name("f")), [ast.Pass()])
    text = print_module(ast.Module([f, loop]))
    assert text == "def f(x):\n    return x\n\n\nfor i in f():\n    pass\n"


def test_parts_of_f_strings_are_joined():
    parts = [ast.Constant("a"), ast.Constant("{b}"), ast.FormattedValue(name("x"), -1)]
    assert expression(ast.JoinedStr(parts)) == 'f"a{{b}}{x}"'


def test_trees_are_told_apart():
    for a, b in [("1", "1.0"), ("1", "True"), ("a", "b"), ("0.0", "-0.0"), ("f(a)", "f(a, b)")]:
        assert not same_tree(ast.parse(a), ast.parse(b)) and same_tree(ast.parse(a), ast.parse(a))


# ----- long lines --------------------------------------------------------------------------------

LONG = """\
alpha_bar = (
    beta_bar * gamma_bar + delta_bar * epsilon_bar - zeta_bar / eta_bar * theta_bar + iota_bar ** 2
    - kappa_bar[1:-1]
)
some_long_result_bar = np.concatenate(
    [alpha_bar_one, beta_bar_two, gamma_bar_three, delta_bar_four], axis=0
)
x_bar, y_bar = value_and_grad_of_something(
    argument_number_one, argument_number_two, argument_number_three, argument_number_four,
    argument_number_five
)
(
    record.create_version, record.create_system, record.extract_version, record.reserved_bytes,
    record.flag_bits
) = values[1]
if (
    some_condition_a > 1.0 and some_other_condition < 4.0
    or third_condition_name >= 5.0 and fourth_condition_n == 1
):
    raise ValueError(
        f"loss_grad_w_b: w (d,), X (n, d), y (n,) expected; got {w.shape}, {X.shape}, {y.shape}"
    )
for alpha, beta, gamma in zip(
    reversed(alpha_saved_values), reversed(beta_saved_values), reversed(gamma_saved_values)
):
    pass
for (
    alpha_of_the_first_layer, beta_of_the_first_layer, gamma_of_the_first_layer,
    delta_of_the_first_layer
) in zip(reversed(alpha_saved_values), reversed(beta_saved_values), gammas, deltas):
    pass


def oscillator_grad_x_v_k(
    position: float, velocity: float, stiffness: float, dt: float, n: int
) -> tuple[float, float, float]:
    return (
        alpha_argument_bar, beta_argument_bar, gamma_argument_bar, delta_argument_bar,
        epsilon_arguments_bar
    )


def with_many_parameters(
    alpha_argument: NDArray[np.float64],
    beta_argument: NDArray[np.float64],
    gamma_argument: NDArray[np.float64],
) -> None:
    pass
"""


def test_long_lines():
    assert printed(LONG) == LONG


def test_a_tuple_of_one_stands_in_parentheses():
    source = "def f():\n    return (alpha, )\n"
    assert printed(source) == "def f():\n    return (alpha,)\n"


def test_no_line_is_too_long():
    draw = random.Random(0)

    def term(depth: int) -> str:
        kind = draw.randrange(2 if depth > 5 else 8)
        inner = [term(depth + 1) for _ in range(draw.randrange(1, 4))] if kind > 1 else ["x"]
        return (
            "alpha_value",
            "beta[1:-1]",
            f"({' + '.join(inner)})",
            f"f({', '.join(inner)})",
            f"({' * '.join(inner)})",
            f"({' and '.join(inner)})",
            f"[{', '.join(inner)}]",
            f"(gamma if {inner[0]} else {inner[-1]})",
        )[kind]

    for _ in range(150):
        source = (
            f"def f():\n    while x:\n        result = {term(0)}\n    return {term(0)}, {term(0)}\n"
        )
        text = printed(source)
        assert max(map(len, text.split("\n"))) <= WIDTH < 100
        assert not any(line != line.rstrip() for line in text.split("\n"))
        assert same_tree(ast.parse(text), ast.parse(source))


# ----- size, libraries, determinism --------------------------------------------------------------


def test_long_and_deep_programs():
    sums = "y = " + " + ".join(f"x{i}" for i in range(2000))
    chain = "if x == 0:\n    pass\n" + "".join(
        f"elif x == {i}:\n    y = 1\n" for i in range(1, 1000)
    )
    loops = "".join("    " * i + "for i in x:\n" for i in range(15)) + "    " * 15 + "x = 1\n"
    dots = "y = x" + ".f(1)" * 300
    flat = "def f(x):\n" + "    x = x * 2.0 + np.sin(y[1:-1])\n" * 3000
    for source in (sums, chain, loops, dots, flat):
        assert same_tree(ast.parse(printed(source)), ast.parse(source))
    assert printed(chain) == chain


def library() -> list[Path]:
    files = sorted(Path(os.__file__).parent.glob("*.py"))
    assert len(files) > 120
    return files[::3][:60]


@pytest.mark.parametrize("path", library(), ids=lambda path: path.stem)
def test_the_standard_library_comes_back(path, monkeypatch):
    def none_needed(statements: list[ast.stmt]) -> str:
        known = (
            ast.Match,
            getattr(ast, "TryStar", ast.Match),
            getattr(ast, "TypeAlias", ast.Match),
        )
        assert all(isinstance(each, known) or each.type_params for each in statements)
        return unparsed(statements)

    unparsed = printer._unparsed
    monkeypatch.setattr(printer, "_unparsed", none_needed)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    text = print_module(tree)
    assert same_tree(ast.parse(text), tree)
    assert print_module(ast.parse(text)) == text


def test_no_warning_at_import_and_the_same_text_whatever_the_hash_seed():
    program = (
        "import ast, pathlib, textwrap\n"
        "from adcompiler.emit.printer import print_module\n"
        "print(print_module(ast.parse(pathlib.Path(textwrap.__file__).read_text())))"
    )
    shown = set()
    for seed in ("0", "1", "2"):
        done = subprocess.run(
            [sys.executable, "-W", "error::DeprecationWarning:astor", "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        shown.add(done.stdout)
    assert len(shown) == 1
