"""Every program of the zoo as a module that is shipped: it computes what the derivative in memory
does, with axes of which only ranks and equal lengths are known, and linters and mypy accept it.
"""

import ast
import contextlib
import importlib.util
import io
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.ahead.declared import Axes, check_shippable
from adcompiler.ahead.derivation import Names, derive
from adcompiler.ahead.module import module_text
from adcompiler.ahead.target import Target
from adcompiler.calling.derivatives import USUAL
from adcompiler.calling.parameters import Parameters
from adcompiler.errors import AdcompilerError, UnsafeAlias
from adcompiler.frontend.unwrap import unwrap
from tests.oracles.compare import assert_same
from tests.zoo import PROGRAMS


def shipped(program, modes):
    """The text of a module with these derivatives of a program, and what they read from around."""
    function = unwrap(program.fn).function
    names = Parameters(function).names
    axes = Axes(names)
    arguments = Parameters(function).bind(program.args(), {})
    specs = {n: axes.spec(x) for n, x in zip(names, arguments, strict=True)}
    for name, spec in specs.items():
        check_shippable(spec, name)
    module = function.__module__
    target = Target(function, function.__name__, module, function.__name__, None, 0, USUAL)
    wrt = tuple(names[k] for k in program.wrt)
    known = Names()
    made = [derive(target, mode, wrt, False, specs, known) for mode in modes]
    return module_text(made, known, "adcompiler codegen"), made


def loaded(text, path):
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outside(one):
    """The keyword arguments of a shipped function."""
    found = {}
    for name, (module, attribute) in one.captured.items():
        space = vars(sys.modules[module]) if module else inner_names(one.target.function)
        found[name] = space[attribute]
    return found


def inner_names(function):
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    return dict(zip(function.__code__.co_freevars, cells, strict=True))


def quietly(function, *args, **kwargs):
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **kwargs)


@pytest.fixture(scope="module")
def modules():
    """The texts of all shipped modules, by program; what is refused has none."""
    found = {}
    for program in PROGRAMS:
        try:
            if Parameters(unwrap(program.fn).function).var_positional is None:
                found[program.name] = quietly(shipped, program, ["reverse"])
        except AdcompilerError as error:
            assert "AD9" not in error.code
    return found


def test_shipped_modules_compute_the_same(modules, tmp_path):
    assert len(modules) > 0.9 * len(PROGRAMS)
    for program in (each for each in PROGRAMS if each.name in modules):
        text, (one,) = modules[program.name]
        module = loaded(text, tmp_path / f"{program.name.replace('.', '_')}.py")
        gradient = ad.grad(program.fn, program.wrt)
        function = getattr(module, one.name)
        np.random.seed(0)
        try:
            expected = quietly(gradient, *program.args())
        except UnsafeAlias:
            with pytest.raises(ValueError, match="memory"):
                quietly(function, *program.args(), **outside(one))
            continue
        if "c_contiguous" in text and program.name == "views_aliases.fortran_input":
            with pytest.raises(ValueError, match="C order"):
                quietly(function, *program.args(), **outside(one))
            continue
        np.random.seed(0)
        found = quietly(function, *program.args(), **outside(one))
        assert_same(found, expected, 1e-12, program.name)


def test_shipped_modules_are_short_lint_clean_and_typed(modules, tmp_path):
    for name, (text, _) in modules.items():
        assert max(map(len, text.splitlines())) < 100, name
        assert imported(text) <= {"numpy", "math", "cmath", "scipy", "tests"}, name
        (tmp_path / f"{name.replace('.', '_')}.py").write_text(text, encoding="utf-8")
    ruff = run_tool("ruff", "check", "--isolated", "--select", "E4,E7,E9,F", ".", at=tmp_path)
    assert ruff.returncode == 0, ruff.stdout
    options = ["--follow-imports=silent", "--ignore-missing-imports", "--cache-dir", os.devnull]
    mypy = run_tool("mypy", *options, ".", at=tmp_path)
    assert mypy.returncode == 0, mypy.stdout


def imported(text):
    """The packages that a module imports."""
    nodes = list(ast.walk(ast.parse(text)))
    plain = {a.name.split(".")[0] for x in nodes if isinstance(x, ast.Import) for a in x.names}
    return plain | {x.module.split(".")[0] for x in nodes if isinstance(x, ast.ImportFrom)}


def run_tool(name, *options, at):
    return subprocess.run(
        [sys.executable, "-m", name, *options],
        cwd=at,
        env=os.environ | {"MYPYPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=300,
    )
