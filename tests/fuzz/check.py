"""Whether the compiler gets one program right.

The reference is the dual-number oracle; a mismatch counts as wrong only where central differences
side with it, so that an error of the oracle, or a kink nearby, is told apart ("doubtful"). Where
the stand-in for NumPy cannot run a program, differences are the reference, at their accuracy.
"""

from __future__ import annotations

import contextlib
import re
import signal
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from tests.oracles import _quietly as quietly
from tests.oracles import differences, evaluate, leaves, reference_gradient
from tests.oracles.compare import differences_between, direction, identical
from tests.oracles.trees import duplicate

from .loading import loaded

RTOL, RTOL_DIFFERENCES, RTOL_SECOND = 1e-9, 1e-6, 1e-8
STEP = 1e-4  # of the differences that confirm
LARGEST = 1e6  # a value or slope beyond is no use as a test
SECONDS = 30

# Refusals that are right: what is asked has no answer, or the design says it is refused.
SOUND = re.compile(r"AD(208|302|305|401|403|502|503|507)\b")


class Timeout(BaseException):
    """A program, or its compilation, took too long."""


@dataclass(frozen=True)
class Verdict:
    """What became of a program.

    `status` is ok, refused, WRONG, CRASH, SLOW, doubtful, unfit (the program fails) or broken
    (the checker does);
    `what` says in which check, `why` is a short and stable reason, by which failures are grouped.
    """

    status: str
    what: str = ""
    why: str = ""
    detail: str = ""

    @property
    def is_failure(self) -> bool:
        return self.status in ("WRONG", "CRASH", "SLOW")

    def same_failure(self, other: Verdict) -> bool:
        return (self.status, self.what, self.why) == (other.status, other.what, other.why)


def largest(x: Any) -> float:
    return float(np.max(np.abs(x), initial=0.0))


def scaled(x: Any, factor: float) -> Any:
    """An argument times a number; a 0-d array stays one."""
    return np.asarray(x * factor) if isinstance(x, np.ndarray) else x * factor


class Found(Exception):
    """Ends a check with a verdict."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict


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
        with time_limit(seconds), loaded(text) as module:
            try:
                return Checker(module, second_order, only).verdict()
            except Exception as error:
                return Verdict("broken", "checker", f"{type(error).__name__}: {error}")
    except Timeout:
        return Verdict("SLOW", why=f"more than {seconds} s")
    except Exception as error:  # the module itself does not load
        return Verdict("unfit", why=f"{type(error).__name__}: {error}")


class Checker:
    """All checks of one loaded program."""

    def __init__(self, module: ModuleType, second_order: bool, only: str) -> None:
        self.module, self.f, self.wrt = module, module.f, module.WRT
        self.second_order, self.only = second_order, only

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
        if hasattr(self.module, "change"):
            checks.append(("after change", self.after_change))
        for name, run in checks:
            if self.only and name != self.only:
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
        value = quietly(self.f, *self.module.args())
        self.value = float(value)
        if not abs(self.value) < LARGEST:
            raise ArithmeticError("the value is not a moderate number")
        args = self.module.args()
        self.rtol = RTOL
        try:
            self.expected = reference_gradient(self.f, args, self.wrt, oracle="dual")
            self.oracle = "dual"
        except Exception as error:
            self.oracle = f"differences ({type(error).__name__}: {error})"
            self.expected = quietly(differences.gradient, self.f, args, self.wrt, STEP)
            self.rtol = RTOL_DIFFERENCES
        for _, leaf in leaves(self.expected):
            if not np.all(np.abs(leaf) < LARGEST):
                raise ArithmeticError("the gradient is not of moderate size")

    def conditioned(self) -> float:
        """The tolerance, wider where rounding of the arguments alone moves the gradient."""
        args = self.module.args()
        nearby = tuple(
            scaled(a, 1.0 + 2e-14) if i in self.wrt else a for i, a in enumerate(duplicate(args))
        )
        if self.oracle != "dual":
            return self.rtol
        moved = reference_gradient(self.f, nearby, self.wrt, oracle="dual")
        pairs = zip(leaves(self.expected), leaves(moved), strict=True)
        shift = max(largest(np.subtract(a, b)) / max(1.0, largest(a)) for (_, a), (_, b) in pairs)
        return max(self.rtol, 1e3 * shift)

    def compare(self, actual: Any, expected: Any, rtol: float) -> None:
        places = list(differences_between(actual, expected, rtol))
        if not places:
            return
        if not list(differences_between(actual, expected, max(rtol, self.conditioned()))):
            return
        detail = "; ".join(places)[:2000]
        if self.oracle == "dual":
            checked = quietly(differences.gradient, self.f, self.module.args(), self.wrt, STEP)
            if list(differences_between(checked, self.expected, 1e-5)):
                raise Found(Verdict("doubtful", self.what, "the oracles disagree", detail))
        raise Found(Verdict("WRONG", self.what, "derivative", detail))

    def demand(self, truth: bool, why: str) -> None:
        if not truth:
            raise Found(Verdict("WRONG", self.what, why))

    def demand_value(self, value: Any) -> None:
        same = np.shape(value) == () and bool(np.isclose(value, self.value, 1e-12, 1e-12))
        self.demand(same, "value")

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

    def reverse(self) -> None:
        """Value and gradient; called twice; arguments left alone; results owned by the caller."""
        import adcompiler as ad

        args = self.module.args()
        derivative = self.derivative = ad.value_and_grad(self.f, argnums=self.wrt)
        value, gradients = self.ask(derivative, *args)
        self.demand(identical(args, self.module.args()), "the arguments were changed")
        self.demand(
            np.shape(value) == () and bool(np.isclose(value, self.value, 1e-12, 1e-12)), "value"
        )
        self.compare(gradients, self.expected, self.rtol)
        kept = [np.array(leaf) for _, leaf in leaves(gradients)]
        for _, leaf in leaves(gradients):
            if isinstance(leaf, np.ndarray):
                self.demand(leaf.flags.writeable, "the gradient is read-only")
                leaf += 1.0
        self.demand(
            identical(args, self.module.args()), "the gradient shares memory with arguments"
        )
        _, again = self.ask(derivative, *args)
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
        expected = sum(
            float(np.sum(np.multiply(g, tangents[i])))
            for i, g in zip(self.wrt, self.expected, strict=True)
        )
        self.demand(identical(args, self.module.args()), "the arguments were changed")
        self.demand(identical(tangents, self.tangents()), "the tangents were changed")
        self.demand(
            np.shape(value) == () and bool(np.isclose(value, self.value, 1e-12, 1e-12)), "value"
        )
        scale = sum(
            float(np.sum(np.abs(np.multiply(g, tangents[i]))))
            for i, g in zip(self.wrt, self.expected, strict=True)
        )
        self.compare(np.float64(slope), np.float64(expected), self.rtol * max(1.0, scale))

    def pullback(self) -> None:
        """Pulled back twice: the same; linear in the cotangent; cotangents left alone."""
        import adcompiler as ad

        args = self.module.args()
        shared = self.shared(args)
        of_wrt = ad.differentiate(self.f, argnums=self.wrt)
        value, pull = self.ask(of_wrt.vjp, *args) if shared else self.ask(ad.vjp, self.f, *args)
        cotangent = np.array(0.7) if isinstance(value, np.ndarray) else 0.7
        one, two = self.ask(pull, cotangent), self.ask(pull, cotangent)
        double = self.ask(pull, 2.0 * cotangent)
        self.demand(float(cotangent) == 0.7, "the cotangent was changed")
        self.demand(identical(args, self.module.args()), "the arguments were changed")
        mine = one if shared else tuple(one[i] for i in self.wrt)
        expected = tuple(0.7 * np.asarray(g) if np.ndim(g) else 0.7 * g for g in self.expected)
        self.compare(mine, expected, self.rtol)
        for a, b, c in zip(one, two, double, strict=True):
            if a is not None:
                self.demand(np.array_equal(a, b), "a second pullback differs")
                linear = np.allclose(np.multiply(2.0, a), c, 1e-12, 1e-12)
                self.demand(linear, "not linear in the cotangent")

    def shared(self, args: tuple[Any, ...]) -> bool:
        """Whether one array is two arguments: by both of them, nothing can be differentiated."""
        arrays = [id(a) for a in args if isinstance(a, np.ndarray)]
        return len(set(arrays)) < len(arrays)

    def second(self) -> None:
        import adcompiler as ad

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
        import adcompiler as ad

        derivative = ad.value_and_grad(self.f, argnums=self.wrt)
        args = self.module.args()
        self.ask(derivative, *args)
        self.module.change()
        try:
            self.refresh()
        except Exception:
            return
        value, gradients = self.ask(derivative, *args)
        self.demand_value(value)
        self.compare(gradients, self.expected, self.rtol)


def refused(refusal: Any, what: str) -> Verdict:
    """A refusal, its reason without the names of the program."""
    reason = re.sub(r"`[^`]*`|'[^']*'", "…", refusal.reason.split("\n")[0])
    reason = re.sub(r"\w+ and \w+ (are the same object), and .*", r"two arguments \1", reason)
    reason = re.sub(r"float[0-9]+\[[^]]*\]", "float[…]", reason)
    status = f"{refusal.code}: {re.sub(r'[0-9]+', 'N', reason)[:140]}"
    return Verdict("refused", what, status, str(refusal))


def crash(error: Exception, what: str) -> Verdict:
    """An exception of the compiler's, by the place in the compiler that raised it."""
    detail = "".join(traceback.format_exception(error))[-3000:]
    error = error.__cause__ if isinstance(error.__cause__, Exception) else error
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/adcompiler/" in f.filename.replace("\\", "/")]
    where = "emitted code"
    if ours:
        name = ours[-1].filename.replace("\\", "/").rpartition("/adcompiler/")[2]
        where = f"{name}:{ours[-1].name}"
        if frames[-1] is not ours[-1] and frames[-1].filename.startswith("<"):
            where = "emitted code"
    message = re.sub(r"[0-9]+", "N", re.sub(r"['\"`][^'\"`]*['\"`]", "…", str(error)))
    message = message.split("\n")[0][:100]
    why = f"{type(error).__name__} in {where}: {message}"
    return Verdict("CRASH", what, why, detail)
