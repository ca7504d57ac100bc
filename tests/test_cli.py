"""The command line, as it is used in a project's directory."""

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import adcompiler.version
from adcompiler.cli import main

ROOT = Path(__file__).parents[1]
MODEL = """\
from dataclasses import dataclass

import numpy as np

g = 9.81
weights = np.linspace(0.5, 1.0, 4)


def fall(t: float, v: float):
    return v * t - 0.5 * g * t**2


def loss(w, b, X, y):
    r = X @ w + b - y
    return np.mean(r**2)


def weighted(x: "float64[n]"):
    return np.sum(weights * np.sin(x))


def polar(p, scale=2.0):
    r, phi = p
    return np.stack([r * np.cos(phi), r * np.sin(phi)]) * scale


def along(x, axis):
    return np.sum(np.sum(x, axis=axis) ** 2)


@dataclass
class Oscillator:
    rate: float
    damping: float = 0.1

    def energy(self, x: float) -> float:
        return 0.5 * self.rate * x**2 * np.exp(-self.damping)


def refused(x: float):
    exec("x = 1")
    return x
"""
LOSS = "w: float64[d], b: float, X: float64[n, d], y: float64[n]"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    return tmp_path


@dataclass
class Run:
    returncode: int
    stdout: str
    stderr: str


def run(project, *arguments, cwd=None):
    """The command line in this process, as if it were a new one."""
    out, err = io.StringIO(), io.StringIO()
    before, path = set(sys.modules), list(sys.path)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(cwd or project)
        patch.setattr(sys, "dont_write_bytecode", True)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = main([str(each) for each in arguments])
            except SystemExit as stopped:
                status = stopped.code
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if str(project) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    return Run(status, out.getvalue(), err.getvalue())


def run_anew(project, *arguments, seed="0", cwd=None, **more):
    """The command line in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, **more}
    return subprocess.run(
        [sys.executable, "-m", "adcompiler", *map(str, arguments)],
        cwd=cwd or project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def assert_passes(project, *files):
    environment = {**os.environ, "PYTHONPATH": str(project)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
    found = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout
    return found.stdout


# ----- codegen -----


def test_codegen_to_the_terminal(project):
    found = run(project, "codegen", "model:fall", "--wrt", "t,v")
    assert (found.returncode, found.stderr) == (0, "")
    assert "def fall_grad_t_v(t: float, v: float) -> tuple[float, float]:" in found.stdout
    assert "\ng = 9.81\n" in found.stdout
    assert "adcompiler codegen model:fall --wrt t,v -o -" in found.stdout
    assert str(project) not in found.stdout


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("model:fall", ["--mode", "reverse,forward,value_and_grad,jacobian", "--wrt", "t,v"]),
        ("model:fall", ["--mode", "hessian,hvp", "--wrt", "t"]),
        ("model:loss", ["--mode", "reverse,forward,hvp", "--wrt", "w", "--signature", LOSS]),
        ("model:loss", ["--mode", "jacobian,value_and_grad", "--wrt", "w,b", "--signature", LOSS]),
        ("model:loss", ["--mode", "hessian", "--wrt", "w", "--signature", LOSS]),
        (
            "model:weighted",
            ["--mode", "reverse,forward,jacobian,hessian", "--example", "np.ones(4)"],
        ),
        ("model:polar", ["--mode", "reverse,forward,jacobian", "--signature", "p: float64[2]"]),
        ("model:along", ["--signature", "x: float64[n, m], axis: 0"]),
        ("model:Oscillator.energy", ["--wrt", "x", "--example", "Oscillator(2.0), 0.7"]),
        ("model.py:polar", ["--example", "np.array([1.0, 0.3]), 1.5"]),
    ],
    ids=lambda each: each if isinstance(each, str) else each[1],
)
def test_generated_module_passes_its_generated_test(project, target, options):
    found = run(project, "codegen", target, *options, "-o", "derived.py", "--with-test")
    assert found.returncode == 0, found.stderr
    assert found.stdout == "wrote derived.py\nwrote test_derived.py\n"
    assert_passes(project, "test_derived.py")
    assert max(map(len, (project / "derived.py").read_text().splitlines())) < 100
    again = run(project, "codegen", target, *options, "-o", "derived.py", "--with-test", "--check")
    assert (again.returncode, again.stdout) == (0, "2 files are up to date\n")


def test_the_generated_test_notices_a_wrong_derivative(project):
    options = ["--mode", "reverse,forward", "--wrt", "t", "-o", "derived.py", "--with-test"]
    assert run(project, "codegen", "model:fall", *options).returncode == 0
    path = project / "derived.py"
    path.write_text(path.read_text().replace("g = 9.81", "g = 9.82"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_derived.py"]
    found = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert found.returncode == 1
    assert "6 failed" in found.stdout  # three directions for each mode; the two still agree


def test_text_does_not_depend_on_process_or_directory(project):
    options = ["--mode", "reverse,forward,jacobian", "--wrt", "w,b", "--signature", LOSS]
    target = project / "model.py"
    inner = project / "inner"
    inner.mkdir()
    texts = set()
    for seed, cwd, name in (
        ("0", project, target),
        ("1", inner, target),
        ("7", inner, "../model.py"),
    ):
        output = project / "derived.py"
        output.unlink(missing_ok=True)
        again = [*options, "-o", output]
        found = run_anew(project, "codegen", f"{name}:loss", *again, seed=seed, cwd=cwd)
        assert found.returncode == 0, found.stderr
        texts.add(output.read_text())
    assert len(texts) == 1
    assert str(project) not in texts.pop()


def test_several_targets_share_a_module(project):
    signatures = ["--signature", "t: float, v: float", "--signature", "p: float64[2]"]
    found = run(project, "codegen", "model:fall", "model:polar", *signatures, "-o", "both.py")
    assert found.returncode == 0, found.stderr
    text = (project / "both.py").read_text()
    assert "def fall_grad_t(" in text and "def polar_vjp_p(" in text
    assert text.count("import numpy as np") == 1


def test_check_and_diff_tell_what_changed(project):
    command = ["codegen", "model:fall", "-o", "derived.py"]
    missing = run(project, *command, "--check")
    assert (missing.returncode, missing.stderr) == (1, "derived.py is missing\n")
    assert run(project, *command).returncode == 0
    assert run(project, *command).stdout == "derived.py is up to date\n"
    assert run(project, *command, "--diff").stdout == ""
    model = project / "model.py"
    model.write_text(model.read_text().replace("0.5 * g", "0.4 * g"))
    before = (project / "derived.py").read_text()
    stale = run(project, *command, "--check")
    assert stale.returncode == 1
    assert stale.stderr == "derived.py is out of date: model.fall changed\n"
    diff = run(project, *command, "--diff")
    assert diff.returncode == 1
    assert "--- a/derived.py\n+++ b/derived.py\n" in diff.stdout
    assert "-    # L2  return v * t - 0.5 * g * t**2" in diff.stdout
    assert (project / "derived.py").read_text() == before
    assert run(project, *command).stdout == "wrote derived.py\n"
    (project / "derived.py").write_text((project / "derived.py").read_text() + "# mine\n")
    edited = run(project, *command, "--check")
    assert "was edited" in edited.stderr


TABLE = """
[[tool.adcompiler.generate]]
output = "loss_grad.py"
target = "model:loss"
mode = ["reverse", "forward"]
wrt = ["w", "b"]
signature = "w: float64[d], b: float, X: float64[n, d], y: float64[n]"
with-test = "tests/test_loss_grad.py"

[[tool.adcompiler.generate]]
output = "fall_grad.py"
target = ["model:fall"]
wrt = "t"

[[tool.adcompiler.generate]]
output = "fall_grad.py"
target = "model:polar"
example = "np.ones(2)"
"""


def test_table_of_a_project(project):
    with (project / "pyproject.toml").open("a") as file:
        file.write(TABLE)
    (project / "tests").mkdir()
    deep = project / "deep" / "inside"
    deep.mkdir(parents=True)
    assert run(project, "codegen", "--check").returncode == 1
    written = run(project, "codegen", cwd=deep)
    assert written.returncode == 0, written.stderr
    assert written.stdout == (
        "wrote loss_grad.py\nwrote tests/test_loss_grad.py\nwrote fall_grad.py\n"
    )
    text = (project / "fall_grad.py").read_text()
    assert "adcompiler codegen            # reads [tool.adcompiler] in pyproject.toml" in text
    assert "def fall_grad_t(" in text and "def polar_vjp_p(" in text
    assert_passes(project, "tests/test_loss_grad.py")
    assert run(project, "codegen", "--check").stdout == "3 files are up to date\n"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("[tool.adcompiler]\nfiles = 1\n", "holds a list [[tool.adcompiler.generate]]"),
        ("[[tool.adcompiler.generate]]\ntarget = 'model:fall'\n", "entry 1: `output` is a string"),
        ("[[tool.adcompiler.generate]]\noutput = 'a.py'\n", "entry 1: `target` is a string"),
        (
            "[[tool.adcompiler.generate]]\noutput = 'a.py'\ntarget = 'model:fall'\nmood = 'x'\n",
            "entry 1 has 'mood'",
        ),
        ("[tool.adcompiler\n", "cannot be read"),
    ],
)
def test_wrong_tables_are_told(project, table, told):
    (project / "pyproject.toml").write_text(table)
    found = run(project, "codegen")
    assert found.returncode == 2 and "AD602: " in found.stderr
    assert told in found.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["codegen", "model"], 2, "names no function"),
        (["codegen", "nowhere:f"], 2, "nowhere cannot be imported"),
        (["codegen", "nowhere.py:f"], 2, "there is no file"),
        (["codegen", "model:missing"], 2, "model has no missing"),
        (["codegen", "model:fall", "--mode", "sideways"], 2, "there is no mode 'sideways'"),
        (["codegen", "model:fall", "--wrt", "z"], 2, "has no parameter z"),
        (["codegen", "model:loss"], 2, "nothing says what w of loss"),
        (["codegen", "model:along", "--signature", "x: float64[n]"], 2, "nothing says what axis"),
        (["codegen", "model:along", "--signature", "x: float64[n], axis: int"], 1, "axis, a rank"),
        (["codegen", "model:fall", "--signature", "t: int", "--wrt", "t"], 1, "AD502"),
        (["codegen", "model:fall", "--signature", "t: flaot"], 2, "`flaot` is no kind of number"),
        (["codegen", "model:fall", "--signature", "t: float) -> (x"], 2, "does not parse"),
        (["codegen", "model:fall", "--signature", "t: float, u: float"], 2, "has u, and"),
        (["codegen", "model:fall", "--example", "1.0, nothing"], 2, "NameError"),
        (["codegen", "model:fall", "--mode", "hvp", "--wrt", "t,v"], 2, "by one argument"),
        (["codegen", "model:refused"], 1, "model.py:"),
        (["codegen", "model:fall", "--check"], 2, "need a file"),
        (["codegen", "--wrt", "x"], 2, "without a target"),
        (["codegen", "model:fall", "--check", "--diff", "-o", "x.py"], 2, "not allowed with"),
        (["codegen", "model:fall", "-o", "nowhere/x.py"], 1, "there is no directory"),
        (["codegen"], 2, "no pyproject.toml here or above has a table"),
        ([], 2, "required"),
        (["show", "model:fall", "--dump", "nothing"], 2, "there is no pass"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else None,
)
def test_mistakes_are_told(project, arguments, status, told):
    found = run(project, *arguments)
    assert (found.returncode, found.stdout) == (status, "")
    assert told in found.stderr
    assert "Traceback" not in found.stderr


def test_calls_that_do_not_suit_are_refused(project):
    options = ["--wrt", "w,b", "--signature", LOSS, "-o", "derived.py"]
    assert run(project, "codegen", "model:loss", *options).returncode == 0
    code = (
        "import numpy as np, derived\n"
        "f = derived.loss_grad_w_b\n"
        "w, X, y = np.ones(3), np.ones((5, 3)), np.ones(5)\n"
        "print(f(w, 1.0, X, y)[1])\n"
        "for args in ((w, 1, X, y), (w, 1.0, X, y[:1]), (w[:2], 1.0, X, y), (w, y, X, y),\n"
        "             (w, 1.0, X.astype(int), y), (w, 1.0, X[0], y)):\n"
        "    try:\n"
        "        f(*args)\n"
        "    except (TypeError, ValueError) as error:\n"
        "        print(error)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True
    )
    kinds = "loss_grad_w_b: float64 array: w, X, y; float: b"
    shapes = "loss_grad_w_b: w (d,), X (n, d), y (n,) expected; got"
    assert found.stdout.splitlines() == [
        "6.0",
        kinds,
        f"{shapes} (3,) (5, 3) (1,)",
        f"{shapes} (2,) (5, 3) (5,)",
        kinds,
        kinds,
        f"{shapes} (3,) (3,) (5,)",
    ]


# ----- show, doctor, the rest -----


def test_show(project):
    found = run(project, "show", "model:fall", "--wrt", "t,v")
    assert found.returncode == 0
    assert found.stdout.startswith("def fall_grad_t_v(t: float, v: float, g: float)")
    both = run(project, "show", "model:fall", "--side-by-side")
    (line,) = [x for x in both.stdout.splitlines() if x.startswith("L2")]
    assert "return v * t - 0.5 * g * t**2 │ t_bar = " in line


def test_show_tells_of_passes(project):
    found = run(project, "show", "model:fall", "--stop-after", "lower", "--time-passes")
    assert found.stdout == ""
    assert "# after lower\nfn fall(" in found.stderr
    assert found.stderr.splitlines()[-1].startswith("lower ")
    dumped = run_anew(project, "show", "model:fall", ADCOMPILER_DUMP="prune-reverse")
    assert dumped.stderr.startswith("# after prune-reverse\nfn fall_grad(")


def test_explain(project):
    found = run(project, "explain", "model:fall", "--at", "1.0, 2.0", "-o", "fall.html")
    assert (found.returncode, found.stderr) == (0, "")
    assert (project / "fall.html").read_text().lstrip().startswith("<!")
    text = run(project, "explain", "model.py:fall", "--at", "1.0, 2.0")
    assert "fall" in text.stdout


def test_doctor(project):
    found = run_anew(project, "doctor", ADCOMPILER_DUMP="x\r\x1b[2Jy")
    assert found.returncode == 0
    lines = dict(line.split(None, 1) for line in found.stdout.splitlines())
    assert lines["adcompiler"].startswith(adcompiler.version.__version__)
    assert {"python", "platform", "numpy", "astor", "scipy", "numba"} <= set(lines)
    assert lines["ADCOMPILER_DUMP"] == r"x\r\x1b[2Jy"


def test_main_is_callable(capsys):
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.startswith("adcompiler ")
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"adcompiler {adcompiler.version.__version__}\n"
