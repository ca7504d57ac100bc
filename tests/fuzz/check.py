"""Whether the compiler gets one program right.

The reference is the dual-number oracle; a mismatch counts as wrong only where central differences
side with it, so that an error of the oracle, or a kink nearby, is told apart ("doubtful"). Where
the stand-in for NumPy cannot run a program, differences are the reference, at their accuracy.

Of a program whose result is an array, the reference is the gradient of the result's product with a
fixed cotangent, and the compiler is asked for a pullback.
"""

from __future__ import annotations

import contextlib
import copy
import signal
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from tests.oracles import _quietly as quietly
from tests.oracles import differences, evaluate, leaves, reference_gradient
from tests.oracles.compare import differences_between, direction, identical
from tests.oracles.trees import duplicate

from .further import FURTHER, is_functional, reverse_over_reverse
from .loading import loaded
from .verdicts import Found, Verdict, crash, refused

RTOL, RTOL_DIFFERENCES, RTOL_SECOND = 1e-9, 1e-6, 1e-8
RTOL_SINGLE, RTOL_SINGLE_VALUE = 3e-4, 1e-5  # where an argument is in single precision
STEP = 1e-4  # of the differences that confirm
LARGEST = 1e6  # a value or slope beyond is no use as a test
SECONDS = 30
CONTRACTED = """

import numpy as _np


def _contracted(*args):
    return _np.sum(_COTANGENT * f(*args))
"""


class Timeout(BaseException):
    """A program, or its compilation, took too long."""


def largest(x: Any) -> float:
    return float(np.max(np.abs(x), initial=0.0))


def scaled(x: Any, factor: float) -> Any:
    """An argument times a number; a 0-d array stays one."""
    return np.asarray(x * factor) if isinstance(x, np.ndarray) else x * factor


@contextlib.contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    def ring(*_: object) -> None:
        raise Timeout

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(text: str, second_order: bool = False, only: str = "", seconds: int = SECONDS) -> Verdict:
    """The verdict on a program's text; `only` restricts the checks to one."""
    try:
        with time_limit(seconds), loaded(text + CONTRACTED) as module:
            try:
                return Checker(module, text, second_order, only).verdict()
            except Exception as error:
                return Verdict("broken", "checker", f"{type(error).__name__}: {error}")
    except Timeout:
        return Verdict("SLOW", why=f"more than {seconds} s")
    except Exception as error:  # the module itself does not load
        return Verdict("unfit", why=f"{type(error).__name__}: {error}")


class Checker:
    """All checks of one loaded program."""

    def __init__(self, module: ModuleType, text: str, second_order: bool, only: str) -> None:
        self.module, self.f, self.wrt, self.text = module, module.f, module.WRT, text
        self.second_order, self.only = second_order, only
        dtypes = [np.asarray(leaf).dtype for _, leaf in leaves(module.args())]
        self.single = any(t in (np.float32, np.complex64) for t in dtypes)
        self.is_complex = any(t.kind == "c" for t in dtypes)

    def verdict(self) -> Verdict:
        try:
            self.refresh()
        except Exception as error:
            return Verdict("unfit", why=f"{type(error).__name__}: {error}")
        refused = None
        checks: list[tuple[str, Callable[[], None]]] = [
            ("reverse", self.reverse),
            ("forward", self.forward),
            ("pullback", self.pullback),
        ]
        if self.second_order:
            checks.append(("second order", self.second))
            checks.append(("reverse over reverse", partial(reverse_over_reverse, self)))
        chosen = list(FURTHER)[zlib.crc32(self.text.encode()) % len(FURTHER)]
        if is_functional(self.text):
            chosen = "jax"
        for name in FURTHER:
            if name == chosen or self.only.startswith(name):
                checks.append((name, partial(FURTHER[name], self)))
        if hasattr(self.module, "change"):
            checks.append(("after change", self.after_change))
        for name, run in checks:
            if self.only and not self.only.startswith(name):
                continue
            self.what = name
            try:
                run()
            except Found as found:
                if found.verdict.status != "refused":
                    return found.verdict
                refused = refused or found.verdict
        return refused or Verdict("ok")

    # -- the reference -----------------------------------------------------------------------------

    def refresh(self) -> None:
        """The program's value and gradient by the oracle; raises where the program is no use."""
        self.result = copy.deepcopy(quietly(self.f, *self.module.args()))
        self.cotangent = direction(self.result) if np.ndim(self.result) else None
        self.module._COTANGENT = self.cotangent
        self.scalar = self.f if self.cotangent is None else self.module._contracted
        self.value = float(quietly(self.scalar, *self.module.args()))
        if not largest(self.result) < LARGEST or not abs(self.value) < LARGEST:
            raise ArithmeticError("the value is not a moderate number")
        args = self.module.args()
        self.rtol = RTOL_SINGLE if self.single else RTOL
        try:
            self.expected = reference_gradient(self.scalar, args, self.wrt, oracle="dual")
            self.oracle = "dual"
        except Exception as error:
            if self.is_complex:  # differences step along the real axis only
                raise
            self.oracle = f"differences ({type(error).__name__}: {error})"
            self.expected = quietly(differences.gradient, self.scalar, args, self.wrt, STEP)
            self.rtol = max(self.rtol, RTOL_DIFFERENCES)
        for _, leaf in leaves(self.expected):
            if not np.all(np.abs(leaf) < LARGEST):
                raise ArithmeticError("the gradient is not of moderate size")

    def conditioned(self) -> float:
        """The tolerance, wider where rounding of the arguments alone moves the gradient."""
        args = self.module.args()
        step, times = (5e-7, 1e2) if self.single else (2e-14, 1e3)
        nearby = tuple(
            scaled(a, 1.0 + step) if i in self.wrt else a for i, a in enumerate(duplicate(args))
        )
        if self.oracle != "dual":
            return self.rtol
        moved = reference_gradient(self.scalar, nearby, self.wrt, oracle="dual")
        pairs = zip(leaves(self.expected), leaves(moved), strict=True)
        shift = max(largest(np.subtract(a, b)) / max(1.0, largest(a)) for (_, a), (_, b) in pairs)
        return max(self.rtol, times * shift)

    def compare(self, actual: Any, expected: Any, rtol: float) -> None:
        places = list(differences_between(actual, expected, rtol))
        if not places:
            return
        if not list(differences_between(actual, expected, max(rtol, self.conditioned()))):
            return
        detail = "; ".join(places)[:2000]
        if self.oracle == "dual":
            checked = quietly(differences.gradient, self.scalar, self.module.args(), self.wrt, STEP)
            real = tuple(map(np.real, self.expected))
            if list(differences_between(tuple(map(np.real, checked)), real, 1e-5)):
                raise Found(Verdict("doubtful", self.what, "the oracles disagree", detail))
        raise Found(Verdict("WRONG", self.what, "derivative", detail))

    def demand(self, truth: bool, why: str, detail: str = "") -> None:
        if not truth:
            raise Found(Verdict("WRONG", self.what, why, detail))

    def demand_value(self, value: Any) -> None:
        rtol = RTOL_SINGLE_VALUE if self.single else 1e-12
        same = np.shape(value) == np.shape(self.result)
        same = same and np.asarray(value).dtype == np.asarray(self.result).dtype
        same = same and bool(np.allclose(value, self.result, rtol, rtol))
        self.demand(same, "value", f"{value!r} is not {self.result!r}")

    def demand_dtypes(self, gradients: Any) -> None:
        args = self.module.args()
        for i, gradient in zip(self.wrt, gradients, strict=True):
            if isinstance(args[i], np.ndarray):
                self.demand(gradient.dtype == args[i].dtype, "the gradient's dtype")

    # -- the compiler ------------------------------------------------------------------------------

    def ask(self, function: Callable[..., Any], *args: Any) -> Any:
        """The result of a call of the compiler; what it raises is a verdict."""
        import adcompiler as ad

        try:
            return quietly(function, *args)
        except ad.errors.AdcompilerError as refusal:
            raise Found(refused(refusal, self.what)) from None
        except Exception as error:
            raise Found(crash(error, self.what)) from None

    def differentiated(self, f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, Any]:
        """Value and gradient, or pullback of the fixed cotangent, as the compiler has them."""
        import adcompiler as ad

        if self.cotangent is None:
            return self.ask(ad.value_and_grad(f, argnums=self.wrt), *args)
        value, pull = self.ask(ad.differentiate(f, argnums=self.wrt).vjp, *args)
        return value, self.ask(pull, self.cotangent.copy())

    def reverse(self) -> None:
        """Value and gradient; called twice; arguments left alone; results owned by the caller."""
        args = self.module.args()
        value, gradients = self.differentiated(self.f, args)
        self.demand(identical(args, self.module.args()), "the arguments were changed")
        self.demand_value(value)
        self.compare(gradients, self.expected, self.rtol)
        self.demand_dtypes(gradients)
        kept = [np.array(leaf) for _, leaf in leaves(gradients)]
        for _, leaf in leaves((value, gradients)):
            if isinstance(leaf, np.ndarray):
                self.demand(leaf.flags.writeable, "the gradient is read-only")
                leaf += 1.0
        self.demand(identical(args, self.module.args()), "a result shares memory with arguments")
        _, again = self.differentiated(self.f, args)
        for before, (_, leaf) in zip(kept, leaves(again), strict=True):
            self.demand(np.array_equal(before, leaf), "a second call differs")

    def tangents(self) -> tuple[Any, ...]:
        args = self.module.args()
        made = []
        for i, arg in enumerate(args):
            if i in self.wrt:
                made.append(direction(arg, 3 * i))
            else:  # zero, in one of its two forms
                plain = not list(leaves(arg)) or self.shared(args)
                made.append(None if plain else scaled(arg, 0.0))
        return tuple(made)

    def forward(self) -> None:
        import adcompiler as ad

        args, tangents = self.module.args(), self.tangents()
        value, slope = self.ask(ad.jvp, self.f, args, tangents)
        pairs = [(g, tangents[i]) for i, g in zip(self.wrt, self.expected, strict=True)]
        expected = sum(float(np.sum(np.multiply(g, t).real)) for g, t in pairs)
        scale = sum(float(np.sum(np.abs(np.multiply(g, t)))) for g, t in pairs)
        self.demand(identical(args, self.module.args()), "the arguments were changed")
        self.demand(identical(tangents, self.tangents()), "the tangents were changed")
        self.demand_value(value)
        self.demand(np.shape(slope) == np.shape(self.result), "the tangent's shape")
        along = slope if self.cotangent is None else np.sum(self.cotangent * slope)
        self.compare(np.float64(along), np.float64(expected), self.rtol * max(1.0, scale))

    def pullback(self) -> None:
        """Pulled back twice: the same, whatever is done with the results in between; linear in the
        cotangent; cotangents left alone.
        """
        import adcompiler as ad

        args = self.module.args()
        shared = self.shared(args)
        of_wrt = ad.differentiate(self.f, argnums=self.wrt)
        value, pull = self.ask(of_wrt.vjp, *args) if shared else self.ask(ad.vjp, self.f, *args)
        cotangent: Any = self.cotangent
        if cotangent is None:
            cotangent = np.full((), 0.7, np.asarray(value).dtype)
            cotangent = cotangent if isinstance(value, np.ndarray) else cotangent[()]
        before = copy.deepcopy(cotangent)
        owned = self.ask(pull, cotangent)
        one = copy.deepcopy(owned)
        for _, leaf in leaves((value, owned)):  # what the caller does with them is no matter
            if isinstance(leaf, np.ndarray):
                leaf += 1.0
        two = self.ask(pull, cotangent)
        double = self.ask(pull, scaled(cotangent, 2.0))
        self.demand(identical(cotangent, before), "the cotangent was changed")
        self.demand(identical(args, self.module.args()), "the arguments were changed")
        mine = one if shared else tuple(one[i] for i in self.wrt)
        factor = 0.7 if self.cotangent is None else 1.0
        expected = tuple(scaled(np.asarray(g) if np.ndim(g) else g, factor) for g in self.expected)
        self.compare(mine, expected, self.rtol)
        for a, b, c in zip(one, two, double, strict=True):
            if a is not None:
                self.demand(np.array_equal(a, b), "a second pullback differs")
                rtol = RTOL_SINGLE_VALUE if self.single else 1e-12
                linear = np.allclose(np.multiply(2.0, a), c, rtol, rtol)
                self.demand(linear, "not linear in the cotangent")

    def shared(self, args: tuple[Any, ...]) -> bool:
        """Whether one array is two arguments: by both of them, nothing can be differentiated."""
        arrays = [id(a) for a in args if isinstance(a, np.ndarray)]
        return len(set(arrays)) < len(arrays)

    def second(self) -> None:
        import adcompiler as ad

        if self.cotangent is not None or self.single or self.is_complex:
            return
        argnum = self.wrt[0]
        args = self.module.args()
        v = direction(args[argnum], 5)
        given = (*args[: argnum + 1], v, *args[argnum + 1 :])
        try:
            expected = quietly(evaluate.hvp, self.f, args, argnum, v)
        except Exception:
            return
        self.demand_moderate(expected)
        product = self.ask(ad.differentiate(self.f, argnums=argnum).hvp, *given)
        self.demand(identical(args, self.module.args()), "the arguments were changed")
        if not list(differences_between(product, expected, RTOL_SECOND)):
            return
        checked = quietly(differences.hvp, self.f, self.module.args(), argnum, v, 5e-4)
        if list(differences_between(checked, expected, 1e-4)):
            raise Found(Verdict("doubtful", self.what, "the oracles disagree"))
        raise Found(
            Verdict("WRONG", self.what, "second derivative", f"{product!r} is not {expected!r}")
        )

    def demand_moderate(self, tree: Any) -> None:
        for _, leaf in leaves(tree):
            if not np.all(np.abs(leaf) < LARGEST):
                raise Found(Verdict("unfit", self.what, "the second derivative is too large"))

    def after_change(self) -> None:
        """Globals and cells changed after the first call are seen by the next."""
        args = self.module.args()
        self.differentiated(self.f, args)
        self.module.change()
        try:
            self.refresh()
        except Exception:
            return
        value, gradients = self.differentiated(self.f, args)
        self.demand_value(value)
        self.compare(gradients, self.expected, self.rtol)
