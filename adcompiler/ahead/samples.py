"""Arguments for a generated test, as text: those of an example, or numbers near one."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from adcompiler.ahead.derivation import Derived
from adcompiler.calling.parameters import Parameters
from adcompiler.errors import UsageError
from adcompiler.frontend.signature import (
    ArraySpec,
    DictSpec,
    ListSpec,
    LongListSpec,
    ScalarSpec,
    StaticSpec,
    TupleSpec,
)

_FIRST_LENGTH = 4  # of a named axis; each further one is longer, and none is one
_UNKNOWN = 3


def sample_texts(one: Derived, example: str | None) -> tuple[dict[str, str], list[str]]:
    """The text of each argument, and lines that go before them."""
    if example is not None:
        return _of_example(one, example), []
    lengths: dict[str, int] = {}
    texts = {name: _sample(spec, lengths, name) for name, spec in one.specs.items()}
    lines = []
    if any("rng." in text for text in texts.values()):
        lines.append("rng = np.random.default_rng(0)")
    if lengths:
        names = ", ".join(lengths)
        lines.append(f"{names} = {', '.join(map(str, lengths.values()))}")
    return texts, lines


def _sample(spec: Any, lengths: dict[str, int], name: str) -> str:
    if isinstance(spec, ScalarSpec):
        return _number(spec.type.dtype)
    if isinstance(spec, ArraySpec):
        axes = [_axis(axis, lengths) for axis in spec.axes or ()]
        return _array(spec.dtype, axes[0] if len(axes) == 1 else f"({', '.join(axes)})")
    if isinstance(spec, StaticSpec):
        return repr(spec.value)
    if isinstance(spec, LongListSpec):
        return f"[{', '.join([_number(spec.elem.type.dtype)] * _UNKNOWN)}]"
    if isinstance(spec, TupleSpec) and spec.cls is None:
        items = [_sample(each, lengths, name) for each in spec.items]
        return f"({''.join(f'{each}, ' for each in items)})"
    if isinstance(spec, ListSpec):
        return f"[{', '.join(_sample(each, lengths, name) for each in spec.items)}]"
    if isinstance(spec, DictSpec):
        return f"{{{', '.join(f'{k!r}: {_sample(x, lengths, name)}' for k, x in spec.entries)}}}"
    raise UsageError(
        f"a test cannot make up {name}, an object", remedy="give --example with a whole call"
    )


def _axis(axis: Any, lengths: dict[str, int]) -> str:
    if isinstance(axis, str):
        lengths.setdefault(axis, _FIRST_LENGTH + len(lengths))
        return axis
    return str(_UNKNOWN if axis is None else axis)


def _number(dtype: str) -> str:
    if dtype[0] in "iu":
        return "3" if dtype == "int64" else f"np.{dtype}(3)"
    if dtype[0] == "c":
        return "complex(rng.uniform(0.5, 1.5), rng.uniform(0.5, 1.5))"
    text = "rng.uniform(0.5, 1.5)"
    return text if dtype == "float64" else f"np.{dtype}({text})"


def _array(dtype: str, shape: str) -> str:
    if dtype == "bool":
        return f"rng.uniform(0.5, 1.5, {shape}) < 1.0"
    if dtype[0] in "iu":
        return f"rng.integers(0, 3, {shape}).astype(np.{dtype})"
    text = f"rng.uniform(0.5, 1.5, {shape})"
    return text if dtype == "float64" else f"{text}.astype(np.{dtype})"


class _Qualified(ast.NodeTransformer):
    """Names of the function's module, as they are reached from outside."""

    def __init__(self, module: str, names: dict[str, Any]) -> None:
        self.module, self.names = module, names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id == "np" or node.id not in self.names:
            return node
        whole = ast.parse(f"{self.module}.{node.id}", mode="eval").body
        return whole


def _of_example(one: Derived, example: str) -> dict[str, str]:
    """The arguments of the example, by parameter; what it leaves out has a default."""
    function = one.target.function
    call = ast.parse(f"f({example}\n)", mode="eval").body
    assert isinstance(call, ast.Call)
    parameters = Parameters(function)
    given: dict[str, ast.expr] = dict(zip(parameters.names, call.args, strict=False))
    given |= {str(each.arg): each.value for each in call.keywords}
    own = inspect.signature(function, follow_wrapped=False).parameters
    qualified = _Qualified(one.target.module, function.__globals__)
    texts = {}
    for name in parameters.names:
        if name in given:
            texts[name] = ast.unparse(qualified.visit(given[name]))
        else:
            texts[name] = repr(own[name].default)
    return texts
