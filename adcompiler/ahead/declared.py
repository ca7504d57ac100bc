"""What is known of a function's parameters ahead of time: from a signature given as text, from an
example of a call, from annotations and from defaults, in this order.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import types
import typing
from collections.abc import Iterable
from typing import Annotated, Any

import numpy as np

from adcompiler.ahead.grammar import parsed, read_text
from adcompiler.calling.parameters import Parameters
from adcompiler.errors import UsageError, printable
from adcompiler.frontend.signature import (
    ArraySpec,
    DictSpec,
    ListSpec,
    LongListSpec,
    ObjectSpec,
    OpaqueSpec,
    StaticSpec,
    TupleSpec,
    spec_of,
)

_AXES = "nmklpqrs"


def specs_for(
    function: types.FunctionType,
    signature: str | None,
    example: str | None,
    otherwise: Any = None,
) -> dict[str, Any]:
    """The spec of every parameter, in order; `otherwise` for those of which nothing is known.

    Raises `UsageError` for a parameter of which nothing is known,
    and for what cannot be understood.
    """
    parameters = Parameters(function)
    named = f"{printable(function.__name__)}{printable(str(parameters.signature()))}"
    if parameters.var_positional or parameters.var_keyword:
        raise UsageError(
            f"{named} takes any number of arguments; code ahead of time has a fixed signature",
            remedy="write a function around it that names them",
        )
    given = parsed(signature, function.__globals__) if signature else {}
    for name in given:
        if name not in parameters.names:
            raise UsageError(f"the signature has {name}, and {named} does not")
    if example:
        values = example_values(function, example)
        axes = Axes(set(parameters.names))
        given = {**{name: axes.spec(x) for name, x in values.items()}, **given}
    for name in parameters.names:
        if name not in given:
            given[name] = _annotated(function, name, named, otherwise)
    for name in parameters.names:
        check_shippable(given[name], name)
    return {name: given[name] for name in parameters.names}


def example_values(function: types.FunctionType, example: str) -> dict[str, Any]:
    """The arguments of a call ``f(example)``, by parameter.

    The text is evaluated with ``np`` and the names of the function's module: it is code, to be
    trusted as that module is.
    """
    space = {**function.__globals__, "np": np}
    try:
        node = ast.parse(f"f({example}\n)", mode="eval").body
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            raise SyntaxError
        args = [_evaluated(each, space) for each in node.args]
        kwargs = {str(each.arg): _evaluated(each.value, space) for each in node.keywords}
    except Exception as error:
        raise UsageError(
            f"the example {example!r} cannot be evaluated: {type(error).__name__}: {error}",
            remedy='write the arguments as in a call: "np.ones(3), 2.0, n=4"',
        ) from None
    parameters = Parameters(function)
    return dict(zip(parameters.names, parameters.bind(tuple(args), kwargs), strict=True))


def _evaluated(node: ast.expr, space: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<example>", "eval"), dict(space))


class Axes:
    """Names for the axes of the arrays in an example: the same name for the same length."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.free = [name for name in _AXES if name not in taken]
        self.names: dict[int, int | str] = {1: 1}

    def axis(self, length: int) -> int | str:
        if length not in self.names:
            self.names[length] = self.free.pop(0) if self.free else f"n_{length}"
        return self.names[length]

    def spec(self, value: Any) -> Any:
        found = spec_of(value)
        if isinstance(found, ArraySpec):
            axes = tuple(self.axis(length) for length in value.shape)
            return ArraySpec(found.dtype, found.ones, None, axes)
        if isinstance(found, TupleSpec | ListSpec):
            return dataclasses.replace(found, items=tuple(map(self.spec, value)))
        if isinstance(found, DictSpec):
            return DictSpec(tuple((k, self.spec(x)) for k, x in value.items()))
        if isinstance(found, ObjectSpec):
            fields = ((k, self.spec(getattr(value, k))) for k, _ in found.fields)
            return ObjectSpec(found.cls, tuple(fields))
        return found


# ----- annotations and defaults -----


def _annotated(function: types.FunctionType, name: str, named: str, otherwise: Any) -> Any:
    annotation = function.__annotations__.get(name)
    found = None
    if annotation is not None:
        found = _of_annotation(annotation, function.__globals__, f"{name} of {named}")
    if found is None:
        default = inspect.signature(function, follow_wrapped=False).parameters[name].default
        if default is not inspect.Parameter.empty:
            return Axes(()).spec(default)
        if otherwise is not None:
            return otherwise
        raise UsageError(
            f"nothing says what {name} of {named} is",
            remedy=f'annotate it, or give --signature "{name}: float"',
        )
    return found


def _of_annotation(annotation: Any, space: dict[str, Any], what: str) -> Any:
    """The spec that an annotation stands for; None where it stands for none."""
    if isinstance(annotation, str):
        try:
            return read_text(annotation, space)
        except UsageError:
            pass
        try:
            annotation = eval(annotation, dict(space))
        except Exception:
            return None
    if annotation in (float, int, complex):
        return spec_of(annotation(1))
    if isinstance(annotation, type) and issubclass(annotation, np.number):
        return None if inspect.isabstract(annotation) else _number(annotation)
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        for each in annotation.__metadata__:
            if isinstance(each, str):
                return read_text(each, space)
        return _of_annotation(annotation.__origin__, space, what)
    if annotation is np.ndarray or origin is np.ndarray:
        raise UsageError(
            f"the annotation of {what} does not say how many axes the array has",
            remedy='give --signature with it as in "x: float64[n]"',
        )
    parts = typing.get_args(annotation)
    if origin is list and len(parts) == 1:
        elem = _of_annotation(parts[0], space, what)
        return LongListSpec(elem) if elem is not None else None
    if origin is tuple:
        items = [_of_annotation(each, space, what) for each in parts]
        return None if None in items else TupleSpec(tuple(items))
    if inspect.isclass(annotation) and (
        dataclasses.is_dataclass(annotation) or hasattr(annotation, "_fields")
    ):
        return _of_class(annotation, what)
    return None


def _number(kind: type) -> Any:
    try:
        return spec_of(kind(0))
    except TypeError:  # np.floating and other families of kinds
        return None


def _of_class(cls: Any, what: str) -> Any:
    """The spec of an object whose class annotates its fields."""
    space = vars(inspect.getmodule(cls))
    names = getattr(cls, "_fields", None) or [field.name for field in dataclasses.fields(cls)]
    fields = []
    for name in names:
        spec = _of_annotation(inspect.get_annotations(cls)[name], space, f"{name} of {what}")
        if spec is None:
            raise UsageError(
                f"nothing says what {cls.__name__}.{name} is, of {what}",
                remedy=f'give --signature with "{cls.__name__}({name}=float)"',
            )
        fields.append((name, spec))
    if hasattr(cls, "_fields"):
        return TupleSpec(tuple(spec for _, spec in fields), cls)
    return ObjectSpec(cls, tuple(fields))


def check_shippable(spec: Any, name: str) -> None:
    if isinstance(spec, OpaqueSpec) or (
        isinstance(spec, StaticSpec)
        and not (spec.value is None or type(spec.value) in (bool, int, str))
    ):
        raise UsageError(
            f"{name} cannot be handed to code ahead of time",
            remedy="write a function around it that takes numbers, arrays and containers of them",
        )
    parts: tuple[Any, ...] = ()
    if isinstance(spec, TupleSpec | ListSpec):
        parts = spec.items
    elif isinstance(spec, DictSpec | ObjectSpec):
        parts = tuple(x for _, x in (spec.entries if isinstance(spec, DictSpec) else spec.fields))
    for each in parts:
        check_shippable(each, name)
