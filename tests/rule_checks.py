"""A case's derivatives in every mode, against references that share nothing with the rules.

First derivatives are compared with central differences of the function itself, of sixth order, and
second derivatives with second differences, ``u'Hv`` being had from two of the quadratic form.
Adjoints are compared through the pairing ``Re(sum(y_bar * y_dot))``, JAX's convention for complex
numbers. Derivatives in single precision are compared with those in double precision.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import adcompiler as ad
from adcompiler.rules.contract import Rule
from tests.rule_cases import Case, cases, is_float, map_leaves, parts, quietly

MODES = {
    "forward": "forward", "reverse": "reverse", "many directions": "many", "second order": "second",
}  # fmt: skip
FIRST, SECOND, SINGLE, SAME = 1e-7, 3e-6, 2e-3, 1e-10
Failure = tuple[str, str]  # the mode, and what is wrong


def random_like(x: Any, rng: np.random.Generator) -> Any:
    shape = np.shape(x)
    d = rng.uniform(0.3, 1.0, shape) * rng.choice([-1.0, 1.0], shape)
    if np.iscomplexobj(x):
        d = d + 1j * rng.uniform(0.3, 1.0, shape)
    if isinstance(x, np.ndarray):
        return np.asarray(d, dtype=x.dtype)
    return type(x)(d)


def kind(x: Any) -> str:
    return np.asarray(x).dtype.name if is_float(x) else ""


def wide(x: Any) -> Any:
    """In double precision."""
    if isinstance(x, np.ndarray | np.generic) and is_float(x):
        return x.astype(complex if np.iscomplexobj(x) else float)
    return x


def moved(primals: list[Any], direction: list[Any], t: float) -> list[Any]:
    return [x + t * d for x, d in zip(primals, direction, strict=True)]


def slope(fn: Callable[..., Any], primals: list[Any], d: list[Any], h: float = 1e-3) -> list[Any]:
    """The directional derivative of each result."""
    at = [parts(fn(*moved(primals, d, k * h))) for k in (-3, -2, -1, 1, 2, 3)]
    return [
        (45.0 * (y1 - y_1) - 9.0 * (y2 - y_2) + (y3 - y_3)) / (60 * h)
        for y_3, y_2, y_1, y1, y2, y3 in zip(*(map(np.asarray, y) for y in at), strict=True)
    ]


def curvature(fn: Callable[..., Any], primals: list[Any], d: list[Any], h: float = 2e-3) -> float:
    """The second derivative of a scalar along a direction."""
    y = [float(fn(*moved(primals, d, k * h))) for k in range(-3, 4)]
    c = (2.0, -27.0, 270.0, -490.0, 270.0, -27.0, 2.0)
    return sum(p * q for p, q in zip(c, y, strict=True)) / (180 * h * h)


def pair(a: list[Any], b: list[Any]) -> float:
    return sum(float(np.sum(np.real(np.asarray(p) * q))) for p, q in zip(a, b, strict=True))


def size(a: list[Any], b: list[Any]) -> float:
    found = sum(float(np.sum(np.abs(np.asarray(p) * q))) for p, q in zip(a, b, strict=True))
    return max(1e-2, found)


def error(found: Any, expected: Any) -> float:
    scale = max(1e-2, float(np.max(np.abs(expected), initial=0.0)))
    return float(np.max(np.abs(np.asarray(found) - expected), initial=0.0)) / scale


class Check:
    """One case in these modes; ``failures`` are what is wrong."""

    def __init__(self, case: Case, modes: tuple[str, ...] = tuple(MODES)) -> None:
        self.case = case
        self.modes = modes
        self.failures: list[Failure] = []
        rng = np.random.default_rng(0)
        self.primals = case.primals
        self.d = [random_like(x, rng) for x in self.primals]
        self.e = [random_like(x, rng) for x in self.primals]
        self.results = parts(case.value)
        self.bars = [random_like(y + 0.0, rng) for y in self.results]
        self.weights = [random_like(np.asarray(wide(y)), rng) for y in self.results]
        dtypes: set[str] = set()
        map_leaves(
            [*case.args, *case.kwargs.values(), *self.results], lambda x: dtypes.add(kind(x))
        )
        self.half = bool(dtypes & {"float32", "complex64"})
        self.finite = all(np.all(np.isfinite(y)) for y in self.results)
        self.slopes: list[Any] = []
        self.found: list[Any] = []  # derivatives, as they were computed
        self.checked: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        nearest = min((abs(x) for p in self.primals for x in np.ravel(wide(p)) if x), default=1.0)
        self.scale = float(np.clip(5.0 * nearest, 0.05, 1.0))  # of steps: nothing passes through 0

    def run(self, first: str = "") -> list[Failure]:
        """What is wrong, in its modes; with ``first``, from that mode on until something is."""
        if self.half:
            self.tolerance, self.reference = SINGLE, self.wider()
        else:
            self.tolerance, self.reference = FIRST, self.case
        primals, d = [list(map(wide, each)) for each in (self.primals, self.d)]
        if self.finite:
            self.slopes = quietly(lambda: slope(self.reference.fn, primals, d, 1e-3 * self.scale))
            self.finite = all(np.all(np.isfinite(s)) for s in self.slopes)
        for mode in sorted(self.modes, key=lambda mode: mode != first):
            check = getattr(self, MODES[mode])
            if first and self.failures:
                break
            reason = self.excused(mode)
            if reason:
                self.skipped[f"{self.case.rule.name}: {reason}"] += 1
                continue
            self.checked[mode] += 1
            try:
                wrong = quietly(check)
            except Exception as raised:
                wrong = f"{type(raised).__name__}: {raised}"
            if wrong:
                self.failures.append((mode, wrong))
        return self.failures

    def digest(self) -> list[float]:
        """What all derivatives of the case come to, as numbers to be compared."""
        return [float(np.real(np.sum(np.asarray(each)))) for each in self.found]

    def excused(self, mode: str) -> str:
        """Why a check doesn't apply, as the rule declares it."""
        dtypes = self.case.dtype.split("+")
        names = [mode, self.case.shape, *dtypes, *(f"{mode}, {each}" for each in dtypes)]
        return next((self.case.rule.excused[x] for x in names if x in self.case.rule.excused), "")

    def wider(self) -> Case:
        """The same case in double precision, at the same numbers."""
        args = tuple(map_leaves(x, wide) for x in self.case.args)
        kwargs = {k: map_leaves(x, wide) for k, x in self.case.kwargs.items()}
        return Case(self.case.rule, self.case.shape, "double", args, kwargs)

    def like(self, found: Any, wanted: Any, what: str) -> str:
        """Shape and dtype, and whether it is an array."""
        if np.shape(found) != np.shape(wanted):
            return f"{what} has shape {np.shape(found)} for {np.shape(wanted)}"
        if type(wanted) in (float, complex):  # Python's own take part in any precision
            return ""
        a, b = np.asarray(found).dtype, np.asarray(wanted).dtype
        if a != b:
            return f"{what} has dtype {a} for {b}"
        if isinstance(wanted, np.ndarray) and not isinstance(found, np.ndarray):
            return f"{what} is {type(found).__name__}, no array"
        return ""

    def forward(self) -> str:
        _, dots = ad.jvp(self.case.fn, tuple(self.primals), tuple(self.d))
        found = parts(dots)
        self.found += found
        for dot, y in zip(found, self.results, strict=True):
            wrong = self.like(dot, y, "tangent") if np.ndim(y) else ""
            if wrong:
                return wrong
        if self.finite:
            for dot, expected in zip(found, self.slopes, strict=True):
                if not error(dot, expected) <= self.tolerance:
                    return f"tangent {dot}, differences {expected}"
        return ""

    def reverse(self) -> str:
        value, pullback = ad.vjp(self.case.fn, *self.primals)
        given = iter(self.bars)

        def cotangent(y: Any) -> Any:
            return next(given) if is_float(y) else None

        several = isinstance(value, tuple | list)
        bars = pullback(
            type(value)(map(cotangent, value)) if type(value) in (tuple, list)
            else type(value)(*map(cotangent, value)) if several
            else cotangent(value)
        )  # fmt: skip
        self.found += bars
        for bar, x in zip(bars, self.primals, strict=True):
            wrong = self.like(bar, x, "adjoint")
            if wrong:
                return wrong
        if self.finite:
            p, q = pair(self.bars, self.slopes), pair(bars, self.d)
            if not abs(p - q) <= self.tolerance * size(self.bars, self.slopes):
                return f"adjoint {bars} of {self.bars}: {q}, differences give {p}"
        return ""

    def many(self) -> str:
        """All columns of the Jacobian at once, combined along the direction."""
        if any(map(np.iscomplexobj, self.primals)) and not self.holomorphic():
            return ""
        total: list[Any] = [0.0] * len(self.results)
        for k, (x, d) in enumerate(zip(self.primals, self.d, strict=True)):
            jacobian = ad.jacfwd(self.case.fn, argnums=k, holomorphic=np.iscomplexobj(x))
            for j, block in enumerate(parts(jacobian(*self.primals))):
                if np.shape(block) != np.shape(self.results[j]) + np.shape(x):
                    return f"Jacobian has shape {np.shape(block)}"
                if np.size(x):
                    total[j] = total[j] + np.tensordot(block, np.asarray(d), np.ndim(x))
        if self.finite:
            for found, expected in zip(total, self.slopes, strict=True):
                if not error(found, expected) <= self.tolerance:
                    return f"Jacobian times direction {found}, differences {expected}"
        return ""

    def holomorphic(self) -> bool:
        """Whether it is differentiable as a complex function, by differences."""
        if not all(map(np.iscomplexobj, [*self.primals, *self.results])) or not self.finite:
            return False
        primals, turned = list(map(wide, self.primals)), [1j * wide(d) for d in self.d]
        along = slope(self.reference.fn, primals, turned, 1e-3 * self.scale)
        return all(error(p, 1j * q) <= 1e-6 for p, q in zip(along, self.slopes, strict=True))

    def second(self) -> str:
        if any(map(np.iscomplexobj, self.primals)):
            return ""
        weights = [
            np.asarray(w, dtype=np.asarray(y).dtype)
            for w, y in zip(self.weights, self.results, strict=True)
        ]
        found = ad.hvp(self.case.paired(weights))(tuple(self.primals), tuple(self.d))
        self.found += found
        for product, x in zip(found, self.primals, strict=True):
            wrong = self.like(product, x, "Hessian product")
            if wrong:
                return wrong
        if not self.finite:
            return ""
        function = self.reference.paired(self.weights)
        primals, d, e = [list(map(wide, each)) for each in (self.primals, self.d, self.e)]

        def along(direction: list[Any]) -> float:
            return curvature(lambda *xs: function(xs), primals, direction, 2e-3 * self.scale)

        plus, minus = along(moved(e, d, 1.0)), along(moved(e, d, -1.0))
        expected, scale = (plus - minus) / 4, max(abs(plus), abs(minus), 0.1)
        tolerance = max(self.tolerance, SECOND)
        if np.isfinite(expected) and not abs(pair(found, e) - expected) <= tolerance * scale:
            return f"u'Hv is {pair(found, e)}, differences give {expected}"
        return ""


def sampled(rule: Rule) -> Iterator[Check]:
    """Some of the checks, always the same ones.

    What the samples give in double precision is checked forward and in reverse, the first of them
    and one in eight of the others in all modes; of the other shapes and dtypes one in twelve is, in
    one mode.
    """
    modes = tuple(MODES)
    began = False
    for k, case in enumerate(cases(rule)):
        lot = zlib.crc32(f"{rule.name} {k}".encode())
        if case.shape == "as given" and not {"float32", "complex64"} & set(case.dtype.split("+")):
            yield Check(case, modes[:2] if began and lot % 8 else modes)
            began = True
        elif lot % 12 == 0:
            yield Check(case, (modes[lot // 12 % len(modes)],))
