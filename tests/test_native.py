"""``backend="native"``: agrees with NumPy mode, never fails where that works, says what it did."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

import adcompiler as ad
from adcompiler.backends import compiled
from adcompiler.backends import loops as lp
from adcompiler.backends.loops import Array, Kernel, Load, Name, Num
from adcompiler.backends.passes import improve
from adcompiler.backends.text import text_of
from adcompiler.errors import InternalError, SignatureError
from tests.benchmarks.kernels import KERNELS
from tests.native_survey import both, difference
from tests.zoo import PROGRAMS

BY_NAME = {program.name: program for program in PROGRAMS}

# one program for each construct that has a loop form of its own; `native_survey` runs them all
LOWERED = (
    "branches.nested_branches",
    "broadcasting.pairwise_differences",
    "containers.list_append",
    "dtypes.complex_array",
    "exits.break_out",
    "indexing.integer_array_with_repeats",
    "indexing.mask_read",
    "linalg.batched_product",
    "loops.while_data_dependent",
    "reductions.sums_along_axes",
    "shapes.concatenated",
    "stores.augmented_slice_store",
    "stores.shifted_slice_store",
    "views_aliases.double_buffer",
    "views_aliases.reshaped_view_modified",
)
REFUSED = ("indexing.neighbours_by_roll", "calls.recursion")


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing compiled before is used, and the user's cache is left alone."""
    before = os.environ.get("ADCOMPILER_CACHE")
    os.environ["ADCOMPILER_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    compiled.directory.cache_clear()
    yield
    compiled.directory.cache_clear()
    if before is None:
        del os.environ["ADCOMPILER_CACHE"]
    else:
        os.environ["ADCOMPILER_CACHE"] = before


def native(f: Callable[..., Any], *args: Any, argnums: Any = 0) -> Any:
    """The gradient object after a call, whose result was that of NumPy mode."""
    derivative = ad.grad(f, argnums, backend="native")
    expected = ad.grad(f, argnums)(*args)
    assert difference(expected, derivative(*args)) <= 1e-12
    return derivative


# ---- programs


@pytest.mark.parametrize("name", LOWERED)
def test_a_program_is_lowered_and_agrees(name: str) -> None:
    (_, expected), (derivative, found) = both(BY_NAME[name], "grad")
    assert derivative.lowering == "whole"
    assert derivative._native().gave_up is None
    assert difference(expected, found) <= 1e-12


@pytest.mark.parametrize("name", REFUSED)
def test_a_program_without_loop_form_runs_and_says_why(name: str) -> None:
    (_, expected), (derivative, found) = both(BY_NAME[name], "grad")
    assert derivative.lowering.startswith("NumPy: ")
    assert not derivative._native().bug
    assert difference(expected, found) == 0.0


@pytest.mark.parametrize("name", ["burgers", "nbody", "newton"])
def test_a_kernel_is_lowered_and_agrees(name: str) -> None:
    kernel = KERNELS[name]
    derivative = native(kernel.primal, *kernel.arguments("small"), argnums=kernel.wrt)
    assert derivative.lowering == "whole"
    assert derivative._native().gave_up is None


# ---- what is not lowered, and what gives up


def sorted_sum(x: Any) -> Any:
    y = np.sin(x)
    return np.sum(np.sort(y) ** 2)


def test_the_reason_names_the_users_line() -> None:
    derivative = native(sorted_sum, np.array([3.0, 1.0, 2.0]))
    assert derivative.native_source is None
    assert "np.argsort" in derivative.lowering or "np.sort" in derivative.lowering
    assert "L3  return np.sum(np.sort(y) ** 2)" in derivative.lowering


def quotient(x: float, y: float) -> float:
    return x / y


def picked(x: Any, i: int) -> Any:
    return x[i] ** 2


def added(x: Any, y: Any) -> Any:
    return np.sum(np.exp(x + y))


def middle(x: Any, k: int) -> Any:
    return np.sum(x[1:k] ** 2)


@pytest.mark.parametrize(
    ("f", "args", "error"),
    [
        (quotient, (1.0, 0.0), ZeroDivisionError),
        (picked, (np.arange(3.0), 3), IndexError),
        (added, (np.ones(3), np.ones(4)), ValueError),
    ],
)
def test_what_numpy_mode_raises_is_raised(f: Any, args: Any, error: type) -> None:
    with pytest.raises(error):
        ad.grad(f)(*args)
    with pytest.raises(error):
        ad.grad(f, backend="native")(*args)


def test_where_the_kernel_gives_up_numpy_mode_computes() -> None:
    x = np.arange(4.0)
    derivative = ad.grad(middle, backend="native")
    np.testing.assert_array_equal(derivative(x, 3), ad.grad(middle)(x, 3))
    assert derivative._native().gave_up is None
    np.testing.assert_array_equal(derivative(x, 9), ad.grad(middle)(x, 9))  # NumPy clips
    assert isinstance(derivative._native().gave_up, ValueError)


def test_negative_indices_count_from_the_end() -> None:
    def last(x: Any, i: int) -> Any:
        return x[i] ** 2

    derivative = native(last, np.arange(4.0), -1)
    assert derivative._native().gave_up is None


def test_a_missing_numba_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "optional", lambda name: None)
    with pytest.raises(SignatureError, match=r"pip install adcompiler\[native\]"):
        ad.grad(quotient, backend="native")


def test_numpy_mode_has_no_native_form() -> None:
    derivative = ad.grad(quotient)
    derivative(1.0, 2.0)
    with pytest.raises(SignatureError, match="backend='native'"):
        derivative.lowering  # noqa: B018


# ---- arguments, results, other derivatives


def relaxed(u: Any, steps: int) -> Any:
    u = u.copy()
    for _ in range(steps):
        u[1:-1] = 0.5 * (u[2:] + u[:-2])
    return np.sum(u**2)


def test_arguments_are_left_alone_and_results_are_the_callers() -> None:
    u = np.linspace(0.0, 1.0, 7) ** 2
    kept = u.copy()
    derivative = native(relaxed, u, 3)
    first = derivative(u, 3)
    again = derivative(u, 3)
    first[:] = 0.0
    np.testing.assert_array_equal(u, kept)
    np.testing.assert_array_equal(again, derivative(u, 3))


def test_float32_stays_float32() -> None:
    u = np.linspace(0.0, 1.0, 7, dtype=np.float32)
    assert ad.grad(relaxed, backend="native")(u, 2).dtype == np.float32


def test_views_of_any_layout_are_taken() -> None:
    u = np.linspace(0.0, 1.0, 20)
    derivative = ad.grad(relaxed, backend="native")
    for each in (u[::2], u[::-1]):
        np.testing.assert_allclose(derivative(each, 2), ad.grad(relaxed)(each, 2), rtol=1e-13)


def test_all_derivatives_of_an_object_are_native() -> None:
    f = ad.differentiate(relaxed, backend="native")
    g = ad.differentiate(relaxed)
    u = np.linspace(0.0, 1.0, 6) ** 2
    v = np.cos(u)
    assert difference(g.hvp(u, v, 2), f.hvp(u, v, 2)) <= 1e-12
    assert f.hvp.lowering == "whole"
    assert difference(g.jvp((u, 2), (v, None)), f.jvp((u, 2), (v, None))) <= 1e-12
    assert f.jvp.lowering == "whole"
    assert difference(g.hessian(u, 2), f.hessian(u, 2)) <= 1e-12
    assert difference(g.jacobian(u, 2), f.jacobian(u, 2)) <= 1e-12


def test_the_text_is_python_that_other_compiled_functions_can_call() -> None:
    derivative = native(relaxed, np.linspace(0.0, 1.0, 6), 2)
    space: dict[str, Any] = {}
    text = derivative.native_source.replace(", cache=True", "")
    exec(compile(text, "<native>", "exec"), space)
    kernel = space["relaxed_grad_u"]

    @numba.njit
    def descend(u: Any) -> Any:
        for _ in range(3):
            u = u - 0.1 * kernel(u, 2)
        return u

    u = np.linspace(0.0, 1.0, 6)
    expected = u
    for _ in range(3):
        expected = expected - 0.1 * ad.grad(relaxed)(expected, 2)
    np.testing.assert_allclose(descend(u), expected, rtol=1e-13)


def test_the_text_names_the_users_lines_and_is_the_same_each_time() -> None:
    source = native(relaxed, np.linspace(0.0, 1.0, 6), 2).native_source
    assert "# L4  u[1:-1] = 0.5 * (u[2:] + u[:-2])" in source

    def again(u: Any, steps: int) -> Any:
        u = u.copy()
        for _ in range(steps):
            u[1:-1] = 0.5 * (u[2:] + u[:-2])
        return np.sum(u**2)

    other = native(again, np.linspace(0.0, 1.0, 6), 2).native_source
    assert other.replace("again", "relaxed") == source


# ---- files


SCRIPT = """
    import sys
    import numpy as np
    import adcompiler as ad

    def f(x):
        return np.sum(np.sin(x) ** 2)

    g = ad.grad(f, backend="native")
    print(g(np.arange(3.0)).tolist(), g.lowering)
"""


def run(script: Path, cache: Path) -> str:
    root = Path(__file__).parents[1]
    environment = {**os.environ, "ADCOMPILER_CACHE": str(cache), "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_what_was_compiled_is_there_in_the_next_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    cache = tmp_path / "cache"
    first = run(script, cache)
    machine_code = sorted(cache.rglob("*.nbc"))
    assert machine_code
    times = [each.stat().st_mtime_ns for each in machine_code]
    assert run(script, cache) == first
    assert sorted(cache.rglob("*.nbc")) == machine_code
    assert [each.stat().st_mtime_ns for each in machine_code] == times
    if hasattr(os, "getuid"):
        assert stat.S_IMODE((cache / "native").stat().st_mode) == 0o700


def test_a_text_that_was_tampered_with_is_written_anew(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    cache = tmp_path / "cache"
    first = run(script, cache)
    (text,) = (cache / "native").glob("*.py")
    good = text.read_text()
    text.write_text("raise SystemExit('not ours')\n")
    assert run(script, cache) == first
    assert text.read_text() == good


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners of files here")
def test_a_directory_that_others_may_write_to_is_not_used(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    shared = tmp_path / "cache" / "native"
    shared.mkdir(parents=True)
    shared.chmod(0o777)
    run(script, tmp_path / "cache")
    assert not list(shared.iterdir())


# ---- the loop form


def load(array: str, *index: Any) -> Load:
    return Load(array, index, "float64")


def kernel_of(*body: lp.Stmt, params: tuple[str, ...] = ("x", "n")) -> Kernel:
    arrays = {name: Array("float64", 1, name) for name in ("x", "y", "t")}
    return Kernel("f", list(params), list(body), arrays)


I, N = Name("i", "int64"), Name("n", "int64")
TWO = Num(2.0, "float64")


def nest(*body: lp.Stmt, index: str = "i") -> lp.Nest:
    return lp.Nest(None, (index,), (N,), list(body))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ([lp.Return(None, (Name("z", "float64"),))], "z is read before"),
        ([lp.Return(None, (load("x", I),))], "i is read before"),
        ([nest(lp.Store(None, "x", (I, I), TWO))], "1 axes, and 2 indices"),
        ([nest(lp.Store(None, "x", (I,), Num(2, "int64")))], "holds float64"),
        ([nest(lp.Store(None, "y", (I,), TWO))], "before it is made"),
        ([lp.Break(None)], "break outside"),
        ([lp.Alloc(None, "y", (N, N), "float64")], "another rank"),
        ([lp.Return(None, ("y",))], "used before"),
        ([lp.Return(None, (Load("n", (), "int64"),))], "no array"),
    ],
)
def test_the_verifier_refuses(body: list[lp.Stmt], why: str) -> None:
    with pytest.raises(InternalError, match=why):
        lp.verify(kernel_of(*body))


def chain(offset: int) -> Kernel:
    """``t[i] = 2 x[i]``, then ``y[i] = t[i + offset] ** 2``."""
    at = lp.Call("+", (I, Num(offset, "int64")), "int64") if offset else I
    square = lp.Call("*", (load("t", at), load("t", at)), "float64")
    return kernel_of(
        lp.Alloc(None, "t", (N,), "float64"),
        lp.Alloc(None, "y", (N,), "float64"),
        nest(lp.Store(None, "t", (I,), lp.Call("exp", (load("x", I),), "float64"))),
        nest(lp.Store(None, "y", (I,), square)),
        lp.Return(None, ("y",)),
    )


def test_loops_over_the_same_places_are_one_without_memory_between() -> None:
    kernel = chain(0)
    improve(kernel)
    assert text_of(kernel, "@jit") == textwrap.dedent(
        """\
        @jit
        def f(x, n):
            y = np.empty(n)
            for i in range(n):
                t = exp(x[i])
                y[i] = t * t
            return y
        """
    )


def test_loops_that_read_other_places_stay_apart() -> None:
    kernel = chain(1)
    improve(kernel)
    assert text_of(kernel, "@jit").count("for i in range(n):") == 2


def test_a_store_that_another_trip_would_read_stays_apart() -> None:
    after = lp.Call("+", (I, Num(1, "int64")), "int64")
    kernel = kernel_of(
        lp.Alloc(None, "t", (N,), "float64"),
        nest(lp.Store(None, "t", (I,), load("x", after))),
        nest(lp.Store(None, "x", (I,), load("t", I))),
        lp.Return(None, ("x",)),
    )
    improve(kernel)
    assert text_of(kernel, "@jit").count("for i in range(n):") == 2
