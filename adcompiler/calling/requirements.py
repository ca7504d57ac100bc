"""What is asked of arguments before anything is compiled for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.calling.trees import children, leaves
from adcompiler.errors import SignatureError, printable

if TYPE_CHECKING:
    from adcompiler.calling.derivatives import Derivative
    from adcompiler.calling.parameters import Wanted

_LONGEST = 24  # characters of an argument that a message repeats


def check_floating(
    derivative: Derivative[Any],
    values: Sequence[Any],
    active: Sequence[Wanted] | None = None,
) -> None:
    """Refuse active arguments without a floating number. Raises `SignatureError` (AD502); for
    integers it prints the call as it should be. `active` is what `argnums` says, if not given.
    """
    for name, value in zip(derivative._subject.operand.names, values, strict=True):
        _refuse_subclass(name, value)
    for wanted in derivative._wanted[0] if active is None else active:
        value = derivative._value(values, wanted)
        found = _leaves(wanted.name, value)
        name = wanted.name if wanted.item is None else f"{wanted.name}[{wanted.item!r}]"
        if not found:
            raise _not_floating(derivative, values, name, value, active)
        if derivative.options.holomorphic and not all(np.iscomplexobj(leaf) for leaf in found):
            raise SignatureError(
                f"holomorphic=True, and the argument {printable(name)} is real",
                remedy="pass a complex number or array, or leave `holomorphic` out",
                code="AD502",
            )


def _not_floating(
    derivative: Derivative[Any],
    values: Sequence[Any],
    name: str,
    value: Any,
    active: Sequence[Wanted] | None,
) -> SignatureError:
    integer = _is_integer(value)
    if integer and active is not None:
        remedy = f"pass {_argument(value, name, True)} for it, or None as its tangent"
    elif integer:
        remedy = f"{_corrected(derivative, values)}, or differentiate by another argument"
    elif children(value):
        remedy = "make the numbers in it floating, or differentiate by another argument"
    else:
        remedy = f"differentiate by another argument: {derivative.label}.wrt(...)"
    return SignatureError(
        f"{derivative.label} differentiates by {printable(name)}, which is {_kind(value)}",
        remedy=remedy,
        code="AD502",
    )


def _refuse_subclass(name: str, value: Any) -> None:
    """Refuse matrices, masked arrays and the like, whose operations are not those of arrays."""
    if isinstance(value, np.ndarray) and type(value) is not np.ndarray:
        name = printable(name)
        raise SignatureError(
            f"{name} is a {printable(type(value).__name__)}, a class of its own derived from "
            "numpy.ndarray",
            remedy=f"pass np.asarray({name}), if the class adds nothing that the function uses",
            code="AD506",
        )


def _leaves(name: str, value: Any) -> list[Any]:
    try:
        return list(leaves(value))
    except RecursionError:
        raise SignatureError(
            f"{printable(name)} contains itself, or is nested too deep",
            remedy="pass the numbers and arrays that the function uses",
            code="AD506",
        ) from None


def refuse_aux(derivative: Derivative[Any]) -> None:
    """Refuse `has_aux` where only gradients have it. Raises `SignatureError` (AD508)."""
    if derivative.options.has_aux:
        raise SignatureError(
            f"{derivative.label} of a function with has_aux=True",
            remedy="differentiate a function that returns the value alone",
            code="AD508",
        )


def has_complex(derivative: Derivative[Any], values: Sequence[Any]) -> bool:
    """Whether it is differentiated by complex numbers, and the function not holomorphic."""
    return not derivative.options.holomorphic and any(
        np.iscomplexobj(leaf)
        for wanted in derivative._wanted[0]
        for leaf in leaves(derivative._value(values, wanted))
    )


def needs_holomorphic(derivative: Derivative[Any], what: str) -> SignatureError:
    """A matrix of complex derivatives exists for holomorphic functions only."""
    return SignatureError(
        f"{derivative.label} with a complex {what}, and nothing says that the function is "
        "complex differentiable",
        remedy="pass holomorphic=True if it is, or use vjp or jvp",
        code="AD507",
    )


def _is_integer(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "iub"
    return isinstance(value, int | np.integer | np.bool_)


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of dtype {value.dtype}"
    below = children(value)
    if below is not None:
        return f"a {printable(type(value).__name__)} without a floating number in it"
    article = "an" if type(value).__name__[0] in "aeiou" else "a"
    return f"{article} {printable(type(value).__name__)}"


def _corrected(derivative: Derivative[Any], values: Sequence[Any]) -> str:
    """The call with floats in place of the integers that are differentiated by."""
    parameters = derivative._subject.parameters
    wanted = derivative._wanted[0]
    shown = []
    for name, value in list(zip(parameters.names, values, strict=True))[len(parameters.prefix) :]:
        if name == parameters.var_positional:
            active = {each.item for each in wanted if each.name == name}
            shown += [_argument(x, f"{name}[{k}]", k in active) for k, x in enumerate(value)]
        elif name == parameters.var_keyword:
            active = {each.item for each in wanted if each.name == name}
            shown += [f"{k}={_argument(x, k, k in active)}" for k, x in value.items()]
        elif name in parameters.keywords:
            continue
        else:
            text = _argument(value, name, any(each.name == name for each in wanted))
            keyword = name in parameters.keyword_only
            shown.append(f"{name}={text}" if keyword else text)
    return f"{derivative.label}({', '.join(shown)})"


def _argument(value: Any, name: str, active: bool) -> str:
    if active and isinstance(value, np.ndarray) and _is_integer(value):
        return f"{name}.astype(float)"
    if active and _is_integer(value):
        return repr(float(value))
    plain = isinstance(value, int | float | complex | str | np.number) or value is None
    text = repr(value.item() if isinstance(value, np.generic) else value) if plain else ""
    return printable(text) if text and len(text) <= _LONGEST else printable(name)
