"""Calls of every rule's function, in every shape and dtype that it can be called with.

A case starts from a sample call (``rule_samples*.py``) and varies it: for elementwise functions the
shapes are made up, for others the sample's own arrays are cut, strided and cast. A variant that the
function itself refuses is no case.
"""

from __future__ import annotations

import importlib
import inspect
import linecache
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

import adcompiler.rules  # noqa: F401
from adcompiler.rules.contract import REGISTRY, Rule
from tests import rule_samples

for _path in sorted(Path(__file__).parent.glob("rule_samples_*.py")):
    importlib.import_module(f"tests.{_path.stem}")

DERIVED = [r for r in REGISTRY if r.form in ("elementwise", "linear", "structural")]
_number = count()


def samples(rule: Rule) -> list[Any]:
    found = rule_samples.SAMPLES.get(rule.fn)
    if found is None and rule.form == "elementwise":
        found = rule_samples.default_samples(rule)
    return found or []


def quietly(fn: Callable[..., Any], *args: Any) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return fn(*args)


def is_float(value: Any) -> bool:
    if isinstance(value, bool | int | str | type) or value is None:
        return False
    return isinstance(value, float | complex | np.ndarray | np.generic) and (
        np.asarray(value).dtype.kind in "fc"
    )


def map_leaves(value: Any, fn: Callable[[Any], Any]) -> Any:
    """``fn`` applied to the numbers and arrays of nested tuples and lists."""
    if isinstance(value, tuple | list) and not hasattr(value, "_fields"):
        return type(value)(map_leaves(each, fn) for each in value)
    return fn(value)


def parts(result: Any) -> list[Any]:
    """The results that can have a derivative."""
    found = list(result) if isinstance(result, tuple | list) else [result]
    return [each for each in found if is_float(each)]


@dataclass
class Case:
    """One call, as a function of the operands that are differentiated."""

    rule: Rule
    shape: str
    dtype: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    primals: list[Any] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)  # the operand that a primal belongs to
    space: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.space |= {"fn": self.rule.fn, "np": np}
        active = differentiable(self.rule, self.args, self.kwargs)
        given = self.rule.signature.bind(*self.args, **self.kwargs)
        names = []
        for name, value in given.arguments.items():
            kind = self.rule.signature.parameters[name].kind
            names += [name] * (len(value) if kind is inspect.Parameter.VAR_POSITIONAL else 1)
        call = [
            self.text(each, name if name in active else "")
            for each, name in zip(self.args, names, strict=False)
        ]
        call += [f"{k}={self.text(x, k if k in active else '')}" for k, x in self.kwargs.items()]
        self.call = f"fn({', '.join(call)})"
        self.parameters = ", ".join(f"x{k}" for k in range(len(self.primals)))
        self.fn = self.compiled(f"return {self.call}")
        self.value = quietly(self.fn, *self.primals)

    def text(self, value: Any, owner: str) -> str:
        """A value as the function's text has it: a parameter, a literal or a global."""
        if owner and is_float(value):
            self.primals.append(value)
            self.owners.append(owner)
            return f"x{len(self.primals) - 1}"
        if isinstance(value, tuple | list):
            inner = ", ".join(self.text(each, owner) for each in value)
            if isinstance(value, list):
                return f"[{inner}]"
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if value is None or isinstance(value, bool | int | str):
            return repr(value)
        if type(value) is float:
            return repr(value) if np.isfinite(value) else f"float('{value}')"
        name = f"k{len(self.space)}"
        self.space[name] = value
        return name

    def compiled(self, line: str, parameters: str = "") -> Callable[..., Any]:
        """A function of the primals whose source can be read."""
        text = f"def f({parameters or self.parameters}):\n    {line}\n"
        file = f"<case {next(_number)} of {self.rule.name}>"
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        space = dict(self.space)
        exec(compile(text, file, "exec"), space)
        return space["f"]

    def paired(self, weights: list[Any]) -> Callable[..., Any]:
        """The real scalar ``Re sum(w * y)``, a function of the tuple of primals."""
        several = isinstance(self.value, tuple | list)
        found = list(self.value) if several else [self.value]
        terms = []
        for k, each in enumerate(found):
            if is_float(each):
                self.space[f"w{k}"] = weights[len(terms)]
                y = f"y[{k}]" if several else "y"
                total = f"np.sum({y} * w{k})"
                terms.append(f"np.real({total})" if np.iscomplexobj(each) else total)
        unpack = f"{self.parameters}, = xs"
        line = f"{unpack}; y = {self.call}; return {' + '.join(terms)}"
        return self.compiled(line, "xs")

    def __str__(self) -> str:
        return f"{self.rule.name} [{self.shape}, {self.dtype}] {self.call} at {self.primals}"


def differentiable(rule: Rule, args: Any, kwargs: Any) -> set[str]:
    """The operands that the rule has a derivative for in this call."""
    given = rule.signature.bind(*args, **kwargs)
    names = {name for name in rule.operands if given.arguments.get(name) is not None}
    if rule.form != "elementwise":
        return names
    given.apply_defaults()
    known = given.arguments | {"y": quietly(lambda: rule.fn(*args, **kwargs))}
    assert rule.partials is not None
    wanted = inspect.signature(rule.partials).parameters
    partials = quietly(lambda: rule.partials(**{name: known[name] for name in wanted}))
    if len(rule.operands) == 1:
        partials = (partials,)
    missing = {n for n, p in zip(rule.operands, partials, strict=True) if p is None}
    return names - missing


# ---- variants

Variant = Callable[[Rule, tuple[Any, ...], dict[str, Any]], Any]


def strided(x: Any) -> Any:
    """Equal, with gaps in memory and its last axis backwards."""
    if not isinstance(x, np.ndarray) or not x.ndim:
        return x
    return np.repeat(x[..., ::-1], 2, axis=-1)[..., ::-2]


def fortran(x: Any) -> Any:
    return np.asfortranarray(x) if isinstance(x, np.ndarray) else x


def first(x: Any) -> Any:
    return x[:1] if isinstance(x, np.ndarray) and x.ndim else x


def none(x: Any) -> Any:
    return x[:0] if isinstance(x, np.ndarray) and x.ndim else x


def zero_d(x: Any) -> Any:
    return np.asarray(x) if type(x) in (float, complex) else x


def single(x: Any) -> Any:
    """In half the precision; Python's own numbers have none."""
    if not is_float(x) or type(x) in (float, complex):
        return x
    kind = np.complex64 if np.iscomplexobj(x) else np.float32
    return x.astype(kind)


def each_leaf(change: Callable[[Any], Any]) -> Variant:
    def variant(rule: Rule, args: Any, kwargs: Any) -> Any:
        changed = tuple(map_leaves(x, change) for x in args)
        return changed, {k: map_leaves(x, change) for k, x in kwargs.items()}

    return variant


def keepdims(rule: Rule, args: Any, kwargs: Any) -> Any:
    if "keepdims" not in rule.signature.parameters:
        return args, kwargs
    return args, kwargs | {"keepdims": True}


def negative_axis(rule: Rule, args: Any, kwargs: Any) -> Any:
    axis = kwargs.get("axis")
    if axis is None and "axis" in rule.signature.parameters and len(args) == 1:
        return args, kwargs | {"axis": -1}
    rank = max((np.ndim(x) for x in args if isinstance(x, np.ndarray)), default=0)
    if isinstance(axis, tuple):
        return args, kwargs | {"axis": tuple(k - rank if k >= 0 else k for k in axis)}
    if isinstance(axis, int) and axis >= 0:
        return args, kwargs | {"axis": axis - rank}
    return args, kwargs


STRUCTURAL: dict[str, Variant] = {
    "as given": lambda rule, args, kwargs: (args, kwargs),
    "0-d": lambda rule, args, kwargs: (tuple(map_leaves(x, zero_d) for x in args), kwargs),
    "empty": each_leaf(none),
    "size-1 axes": each_leaf(first),
    "keepdims": keepdims,
    "negative axis": negative_axis,
    "non-contiguous": each_leaf(strided),
    "Fortran order": each_leaf(fortran),
}

SHAPES: dict[str, tuple[Any, ...]] = {
    "scalar": (None,),
    "0-d": ((),),
    "vector": ((4,),),
    "empty": ((0,), (0,)),
    "empty rows": ((0, 3), (1, 3)),
    "broadcast right": ((3, 4), None),
    "broadcast left": (None, (3, 4)),
    "broadcast both": ((3, 1), (4,)),
    "broadcast 0-d": ((), (4,)),
    "size-1 axes": ((1, 4), (3, 4)),
    "size-1 axes right": ((3, 4), (3, 1)),
    "one element": ((1,), (1, 1)),
    "non-contiguous": ((3, 4), (3, 4)),
}
_UNARY = ("scalar", "0-d", "vector", "empty", "size-1 axes", "one element", "non-contiguous")


def reshaped(shape: str) -> Variant:
    """Operands of made-up shapes, filled with the sample's values."""

    def variant(rule: Rule, args: Any, kwargs: Any) -> Any:
        shapes = SHAPES[shape]
        k = 0

        def one(x: Any) -> Any:
            nonlocal k
            if not isinstance(x, np.ndarray | float | complex):
                return x
            wanted = shapes[min(k, len(shapes) - 1)]
            k += 1
            flat = np.ravel(x)
            if wanted is None:
                return flat[0].item() if flat.size else x
            made = np.resize(np.roll(flat, k), wanted)
            return strided(made) if shape == "non-contiguous" else made

        return tuple(map(one, args)), kwargs

    return variant


def variants(rule: Rule) -> dict[str, Variant]:
    """The shapes in which a rule's function is called."""
    if rule.form != "elementwise":
        return STRUCTURAL
    as_given = {"as given": STRUCTURAL["as given"]}
    if rule.raises and rule.fn.__module__ in ("math", "cmath"):
        return as_given
    wanted = _UNARY if len(rule.operands) == 1 else SHAPES
    return as_given | {name: reshaped(name) for name in wanted}


def signature_of(args: Any, kwargs: Any) -> str:
    """What tells two cases apart."""
    seen: list[str] = []

    def one(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            seen.append(f"{x.dtype}{x.shape}{x.strides}{x.tobytes()!r}")
        else:
            seen.append(f"{type(x).__name__} {x!r}")
        return x

    map_leaves([list(args), list(kwargs), list(kwargs.values())], one)
    return " ".join(seen)


def cases(rule: Rule) -> Iterator[Case]:
    """All cases of a rule; those that the function itself refuses are left out."""
    seen: set[str] = set()
    for args, kwargs in samples(rule):
        for shape, vary in variants(rule).items():
            for half in (False, True) if "float32" not in rule.excused else (False,):
                try:
                    varied = vary(rule, args, kwargs)
                    if half:
                        varied = each_leaf(single)(rule, *varied)
                    key = signature_of(*varied)
                    if key in seen:
                        continue
                    seen.add(key)
                    case = Case(rule, shape, "", *varied)
                except Exception:  # of whatever kind the function raises
                    if shape == "as given" and not half:
                        raise
                    continue
                if not case.primals or not parts(case.value):
                    continue
                kinds = {np.asarray(x).dtype.name for x in case.primals}
                case.dtype = "+".join(sorted(kinds))
                yield case


def operands_without_samples(rule: Rule) -> set[str]:
    """Operands that the rule has a derivative for, and that no sample differentiates."""
    seen: set[str] = set()
    never: set[str] = set(rule.operands)
    for args, kwargs in samples(rule):
        given = rule.signature.bind(*args, **kwargs).arguments
        active = differentiable(rule, args, kwargs)
        seen |= active
        never -= {name for name in given if name not in active}  # declared to have none
    return never - seen
