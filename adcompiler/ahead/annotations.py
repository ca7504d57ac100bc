"""Annotations of results: what a derivative returns, as far as it can be said in a line."""

from __future__ import annotations

from typing import Any

from adcompiler.frontend import values as v
from adcompiler.frontend.program import Slot
from adcompiler.ir.types import Array, Scalar, is_float

_NUMBERS = {"float64": "float", "complex128": "complex", "int64": "int", "bool": "bool"}


def of_type(t: Any) -> str | None:
    if isinstance(t, Scalar):
        return _NUMBERS.get(t.dtype, f"np.{t.dtype}")
    if isinstance(t, Array):
        return f"NDArray[np.{'bool_' if t.dtype == 'bool' else t.dtype}]"
    return None


def of_template(template: Any, results: list[Any], tangent: bool = False) -> str | None:
    """The annotation of a result of this structure; of its tangent."""
    if isinstance(template, Slot):
        t = results[template.k].type
        return "None" if tangent and not is_float(t) else of_type(t)
    if isinstance(template, v.TupleV) and template.cls is None and template.items:
        parts = [of_template(each, results, tangent) for each in template.items]
        return None if None in parts else f"tuple[{', '.join(map(str, parts))}]"
    if isinstance(template, v.Items):
        return "list"
    if isinstance(template, v.Entries):
        return "dict"
    if isinstance(template, v.Static) and (template.value is None or tangent):
        return "None"
    return None
