"""Annotations of an emitted function: as a person would write them, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adcompiler.frontend import values as v
from adcompiler.frontend.program import Slot
from adcompiler.frontend.signature import (
    ArraySpec,
    DictSpec,
    ListSpec,
    LongListSpec,
    SameSpec,
    ScalarSpec,
    TupleSpec,
)
from adcompiler.ir.types import Array, List, Scalar, is_float

_NUMBERS = {"f": "float", "i": "int", "c": "complex", "b": "bool", "u": "int"}


def of_spec(spec: Any) -> str | None:
    """Of an argument."""
    if isinstance(spec, ScalarSpec):
        return _NUMBERS[spec.type.dtype[0]]
    if isinstance(spec, ArraySpec):
        return _array(spec.dtype)
    if isinstance(spec, SameSpec):
        return of_spec(spec.spec)
    if isinstance(spec, LongListSpec):
        return f"list[{of_spec(spec.elem)}]"
    if isinstance(spec, ListSpec):
        return "list"
    if isinstance(spec, TupleSpec):
        return "tuple"
    if isinstance(spec, DictSpec):
        return "dict"
    return None


def of_gradients(specs: dict[str, Any], wrt: Sequence[Any], bare: bool) -> str | None:
    """Of the gradients: what the arguments have."""
    parts = [of_spec(specs[root]) for root in wrt]
    return parts[0] if bare and len(parts) == 1 else of_tuple(parts)


def of_result(template: Any, results: Sequence[Any], tangent: bool = False) -> str | None:
    """Of what the user's function returns, or of its tangent."""
    if isinstance(template, Slot):
        found = results[template.k].type
        return "None" if tangent and not is_float(found) else of_type(found)
    if isinstance(template, v.TupleV) and template.cls is None and template.items:
        return of_tuple([of_result(each, results, tangent) for each in template.items])
    if isinstance(template, v.Static) and template.value is None:
        return "None"
    return {v.Items: "list", v.Entries: "dict"}.get(type(template))


def of_type(t: Any) -> str | None:
    """Of a value of the IR."""
    if isinstance(t, Scalar):
        return _NUMBERS.get(t.dtype[0])
    if isinstance(t, Array):
        return _array(t.dtype)
    if isinstance(t, List):
        inner = of_type(t.elem)
        return f"list[{inner}]" if inner else "list"
    return None


def of_tuple(parts: Sequence[str | None]) -> str | None:
    """Of a tuple of these; none, where one has none."""
    known = [each for each in parts if each is not None]
    return f"tuple[{', '.join(known)}]" if known and len(known) == len(parts) else None


def _array(dtype: str) -> str:
    return f"NDArray[np.{dtype if dtype != 'bool' else 'bool_'}]"
