"""The four forms in which a derivative is declared, and the three ways to say no.

A rule is data: its lambdas are read as source and become IR, they are never called. What a
partial reads is therefore exactly what the reverse sweep has to keep. Parameters of a lambda are
bound *by name*: the function's own arguments, ``y`` for the result, ``y_bar`` for the result's
adjoint and ``<argument>_dot`` for an argument's tangent.

Shapes, dtypes and real parts are no business of a rule: what it returns for an operand is summed
over broadcast axes, and cast, by one operation (``match``) for all rules.
"""

from __future__ import annotations

import importlib
import inspect
import linecache
import sys
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy

from adcompiler.errors import BadRule, Place
from adcompiler.optional import optional

Form = Literal["elementwise", "linear", "structural", "zero", "undefined", "not_yet"]
Result = Literal["fresh", "view", "maybe view"]


@dataclass(frozen=True)
class Rule:
    """What the compiler knows of one callable."""

    fn: Callable[..., Any]
    name: str
    form: Form
    signature: inspect.Signature
    operands: tuple[str, ...] = ()
    partials: Callable[..., Any] | None = None
    transpose: Callable[..., Any] | None = None
    jvp: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    vjp: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    result: Result = "fresh"
    shape: Callable[..., Any] | None = None
    reason: str = ""
    bounded: bool | Callable[..., bool] = False
    excused: Mapping[str, str] = field(default_factory=dict)

    @property
    def raises(self) -> bool:
        """Whether the function is one of Python's own, which raise where NumPy's return inf."""
        return getattr(self.fn, "__module__", None) in _PYTHONS_OWN


_PYTHONS_OWN = ("builtins", "_operator", "operator", "math", "cmath")


class Held:
    """Stands for a callable that can't be hashed (a function of ctypes, say), by its identity."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.fn = fn
        self.__name__ = getattr(fn, "__name__", type(fn).__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)


class Registry:
    """Rules by the callable they are for. Later declarations replace earlier ones."""

    def __init__(self) -> None:
        self._rules: dict[Callable[..., Any], Rule] = {}
        self._deferred: dict[str, list[str]] = {}
        self._held: dict[int, Held] = {}  # by the id of what they hold

    def add(self, rule: Rule) -> None:
        self._declare(sys.modules)
        self._rules[rule.fn] = rule

    def key(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """What stands for ``fn`` in a rule: ``fn`` itself if it can be hashed."""
        try:
            hash(fn)
        except TypeError:
            return self._held.setdefault(id(fn), Held(fn))
        return fn

    def find(self, fn: object) -> Rule | None:
        try:
            rule = self._rules.get(fn)  # type: ignore[call-overload]
        except TypeError:
            held = self._held.get(id(fn))
            return self._rules.get(held) if held is not None else None
        if rule is None and self._declare(sys.modules):
            return self._rules.get(fn)  # type: ignore[call-overload]
        return rule

    def defer(self, library: str, files: list[str]) -> None:
        """Import ``files``, which declare the rules of a library, once that is imported."""
        self._deferred[library] = files

    def _declare(self, libraries: Container[str]) -> bool:
        """Declare what was deferred of these libraries; whether there was anything."""
        due = [each for each in self._deferred if each in libraries]
        for files in [self._deferred.pop(each) for each in due]:
            for each in files:
                importlib.import_module(each)
        return bool(due)

    def __iter__(self) -> Iterator[Rule]:
        """Every rule, those of all libraries that are installed included."""
        self._declare([each for each in self._deferred if optional(each) is not None])
        return iter(list(self._rules.values()))

    def __len__(self) -> int:
        return len(self._rules)


REGISTRY = Registry()


def _parse_signature(args: str) -> inspect.Signature:
    """``"a, axis=None"`` as a signature; defaults are literals."""
    namespace: dict[str, Any] = {}
    try:
        exec(f"def declared({args}): ...", {}, namespace)  # text of a rule's author, at import
    except (SyntaxError, NameError) as error:
        raise BadRule(f"args={args!r} can't be read as parameters: {error}") from error
    return inspect.signature(namespace["declared"])


def _own_signature(fn: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(fn)
    except (TypeError, ValueError):
        return None


def _signature(fn: Callable[..., Any], args: str | None) -> inspect.Signature:
    if args is not None:
        return _parse_signature(args)
    own = _own_signature(fn)
    if own is None:
        raise BadRule(
            f"{dotted_name(fn)} has no signature to be read", remedy="pass args='a, b, axis=None'"
        )
    return own


def _signature_of_partials(
    fn: Callable[..., Any], partials: Callable[..., Any]
) -> inspect.Signature:
    """What the partials take but for ``y``, with the defaults of ``fn`` for keywords."""
    own = _own_signature(fn)
    known = own.parameters if own is not None else {}
    empty = inspect.Parameter.empty
    made = []
    for each in inspect.signature(partials).parameters.values():
        if each.kind is each.KEYWORD_ONLY and each.name in known and each.default is empty:
            each = each.replace(default=known[each.name].default)
        if each.name != "y":
            made.append(each)
    return inspect.Signature(made)


def _check(
    fn: Any, signature: inspect.Signature, lambdas: Mapping[str, Callable[..., Any]]
) -> None:
    """Refuse a rule that names what the function or the compiler doesn't have.

    ``lambdas`` are the rule's functions, by the name of the argument that each is for ('' for one
    that is for all).
    """
    arguments = set(signature.parameters)
    for name, each in lambdas.items():
        place = place_of(each)
        if name and name not in arguments:
            raise BadRule(
                f"the rule of {dotted_name(fn)} has a derivative for '{name}', which is none of "
                f"its arguments {signature}",
                place=place,
            )
        given = arguments | {"y", "y_bar"} | {f"{x}_dot" for x in arguments}
        for parameter in inspect.signature(each).parameters.values():
            if parameter.name not in given and parameter.default is parameter.empty:
                raise BadRule(
                    f"the rule of {dotted_name(fn)} reads '{parameter.name}', which is none of its "
                    f"arguments {signature}",
                    place=place,
                    remedy="a rule's functions take arguments by their names; y is the result, "
                    "y_bar its adjoint, x_dot the tangent of x",
                )


def place_of(fn: Any) -> Place | None:
    """Where a rule's function stands, as far as its code object tells."""
    code = getattr(fn, "__code__", None)
    if code is None:
        return None
    line = code.co_firstlineno
    text = linecache.getline(code.co_filename, line)
    start, end = 1, len(text.rstrip()) + 1
    return Place(code.co_filename, line, start, line, end, text, "", line)


def dotted_name(fn: Any) -> str:
    """The name under which emitted code reaches ``fn``: ``numpy.exp``, ``math.sin``."""
    if isinstance(fn, _METHOD_TYPES):
        return f"{fn.__objclass__.__name__}.{fn.__name__}"
    module = getattr(fn, "__module__", None) or ""
    if type(fn).__name__ == "ufunc" and not module:
        module = "numpy" if getattr(numpy, fn.__name__, None) is fn else "scipy.special"
    name = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", None) or repr(fn)
    return f"{module}.{name}" if module else str(name)


_METHOD_TYPES = (type(str.join), type(float.real))


def _each(fn: Any) -> tuple[Any, ...]:
    return fn if isinstance(fn, tuple) else (fn,)


def static(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a rule's helper that is called when compiling, on static values, and not read."""
    fn.__adcompiler_static__ = True  # type: ignore[attr-defined]
    return fn


def elementwise(
    fn: Any,
    partials: Callable[..., Any],
    *,
    args: str | None = None,
    bounded: bool | Callable[..., bool] = False,
) -> None:
    """Declare a function that acts element by element, with broadcasting.

    ``partials`` takes the operands in order and then ``y``; it returns the partial derivative for
    the only operand, or a tuple with one for each (``None``: no derivative for that operand).
    Behind a ``*`` it takes, by name, arguments that are no operands: ``lambda x, y, *, order: …``.
    ``bounded`` says that result and partials are finite wherever the operands are: in a lane of
    ``np.where`` nothing has to be masked then. It may be a function of the operands that are
    constants (``None`` for the others).

    >>> def decay(x, rate): ...  # wraps a C function, say
    >>> elementwise(decay, lambda x, rate, y: (-rate * y, -x * y))
    """
    parameters = inspect.signature(partials).parameters.values()
    names = tuple(p.name for p in parameters if p.name != "y" and p.kind is not p.KEYWORD_ONLY)
    for each in _each(fn):
        signature = (
            _signature_of_partials(each, partials) if args is None else _parse_signature(args)
        )
        _check(each, signature, {"": partials})
        REGISTRY.add(
            Rule(
                REGISTRY.key(each),
                dotted_name(each),
                "elementwise",
                signature,
                operands=names,
                partials=partials,
                bounded=bounded,
            )
        )


def linear(
    fn: Any,
    transpose: Callable[..., Any],
    *,
    operands: tuple[str, ...] = ("a",),
    args: str | None = None,
    result: Result = "fresh",
    shape: Callable[..., Any] | None = None,
) -> None:
    """Declare a function that is linear in ``operands`` jointly: its tangent applies it again.

    ``transpose`` takes, by name, ``y_bar`` and any of the arguments, and returns the adjoint of
    the operand (a tuple, one for each, where there are several; a list where the operand is a
    sequence of arrays). ``shape`` is as for ``structural``.
    """
    for each in _each(fn):
        signature = _signature(each, args)
        _check(each, signature, {**dict.fromkeys(operands, transpose), "": transpose})
        REGISTRY.add(
            Rule(
                REGISTRY.key(each),
                dotted_name(each),
                "linear",
                signature,
                operands=operands,
                transpose=transpose,
                result=result,
                shape=shape,
            )
        )


def structural(
    fn: Any,
    *,
    jvp: Mapping[str, Callable[..., Any]],
    vjp: Mapping[str, Callable[..., Any]],
    args: str | None = None,
    result: Result = "fresh",
    shape: Callable[..., Any] | None = None,
) -> None:
    """Declare a function by its tangent and adjoint, one pair for each differentiable argument.

    ``jvp={"a": lambda a_dot, ...}`` returns that argument's share of the tangent of ``y``;
    ``vjp={"a": lambda y_bar, ...}`` returns the adjoint of ``a``. Both take, by name, what they
    read of the arguments and of ``y``; where the function returns several values, ``y``, ``y_bar``
    and what ``jvp`` returns are tuples.

    To learn the types of its results, ``fn`` is called on small arrays when a derivative is
    compiled, or ``shape`` is, if given: any function of the same arguments whose results have the
    same shapes and dtypes (``shape=lambda A, b: np.zeros_like(b)`` for a solver).
    """
    for each in _each(fn):
        signature = _signature(each, args)
        if set(jvp) != set(vjp):
            raise BadRule(
                f"the rule of {dotted_name(each)} has jvp for {_listed(jvp)} and vjp for "
                f"{_listed(vjp)}: both are needed",
                place=place_of(next(iter((*jvp.values(), *vjp.values())), None)),
            )
        _check(each, signature, jvp)
        _check(each, signature, vjp)
        REGISTRY.add(
            Rule(
                REGISTRY.key(each),
                dotted_name(each),
                "structural",
                signature,
                operands=tuple(vjp),
                jvp=dict(jvp),
                vjp=dict(vjp),
                result=result,
                shape=shape,
            )
        )


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(f"'{each}'" for each in names) or "nothing"


def zero(fn: Any, *, args: str | None = None, shape: Callable[..., Any] | None = None) -> None:
    """Declare a function whose derivative is zero wherever it has one."""
    _say_no("zero", fn, "", args, shape)


def undefined(fn: Any, reason: str, *, args: str | None = None) -> None:
    """Declare a function that has no derivative, and why."""
    _say_no("undefined", fn, reason, args, None)


def not_yet(fn: Any, remedy: str, *, args: str | None = None) -> None:
    """Declare a function that has a derivative nobody has written yet, and what to do meanwhile."""
    _say_no("not_yet", fn, remedy, args, None)


def _say_no(form: Form, fn: Any, reason: str, args: str | None, shape: Any) -> None:
    for each in _each(fn):
        try:
            signature = _signature(each, args)
        except BadRule:
            signature = _parse_signature("*args, **kwargs")
        REGISTRY.add(
            Rule(REGISTRY.key(each), dotted_name(each), form, signature, shape=shape, reason=reason)
        )


def excuse(fn: Any, checks: str | tuple[str, ...], reason: str) -> None:
    """Declare that checks of the test of all rules do not apply to a function, and why.

    A check is named by its mode (``"second order"``), shape (``"empty"``) or dtype (``"float32"``).
    """
    for each in _each(fn):
        rule = REGISTRY.find(each)
        assert rule is not None, each
        excused = {**rule.excused, **dict.fromkeys(_each(checks), reason)}
        REGISTRY.add(replace(rule, excused=excused))
