"""Results and gradients in the structure that the user gave them: tuples, dicts, objects."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from adcompiler.emit.expressions import attribute, call, name
from adcompiler.frontend import values as v
from adcompiler.frontend.program import Slot
from adcompiler.frontend.signature import DictSpec, Leaf, ListSpec, ObjectSpec, Step, TupleSpec
from adcompiler.ir.nodes import Const
from adcompiler.ir.types import Scalar

Found = dict[tuple[str, tuple[Any, ...]], ast.expr]


def gradients(
    ex: Any,
    wrt: Sequence[Any],
    bare: bool,
    specs: dict[str, Any],
    leaves: Sequence[Leaf],
    printed: Sequence[ast.expr],
) -> ast.expr:
    """The gradients of the arguments ``wrt``, from those of their leaves."""
    found = {(leaf.root, leaf.steps): x for leaf, x in zip(leaves, printed, strict=True)}
    parts = [_gradient(ex, root, specs[root], (), found) for root in wrt]
    return parts[0] if bare and len(parts) == 1 else ast.Tuple(parts, ast.Load())


def _gradient(ex: Any, root: str, spec: Any, steps: tuple[Any, ...], found: Found) -> ast.expr:
    """The gradient of an argument, in the argument's structure."""

    def part(inner: Any, kind: str, key: Any) -> ast.expr:
        return _gradient(ex, root, inner, (*steps, Step(kind, key)), found)

    from_leaf = found.get((root, steps))
    if from_leaf is not None:
        return from_leaf
    if isinstance(spec, TupleSpec | ListSpec):
        parts = [part(each, "item", k) for k, each in enumerate(spec.items)]
        if isinstance(spec, ListSpec):
            return ast.List(parts, ast.Load())
        if spec.cls is not None:
            return call(ex.callee(spec.cls), *parts)
        return ast.Tuple(parts, ast.Load())
    if isinstance(spec, DictSpec):
        keys: list[ast.expr | None] = [ast.Constant(k) for k, _ in spec.entries]
        return ast.Dict(keys, [part(x, "item", k) for k, x in spec.entries])
    if isinstance(spec, ObjectSpec):
        ex.helpers.add("rebuilt")
        like: ast.expr = name(root)
        for each in steps:
            if each.kind == "attr":
                like = attribute(like, each.key)
            else:
                like = ast.Subscript(like, ast.Constant(each.key), ast.Load())
        return call(name("rebuilt"), like, **{k: part(x, "attr", k) for k, x in spec.fields})
    return ast.Constant(None)


def rebuilt_result(ex: Any, template: Any, printed: Sequence[ast.expr], tangent: bool) -> ast.expr:
    """The expression that rebuilds a result from its numbers and arrays."""

    def part(each: Any) -> ast.expr:
        return rebuilt_result(ex, each, printed, tangent)

    if isinstance(template, Slot):
        return printed[template.k]
    if isinstance(template, v.TupleV):
        parts = [part(each) for each in template.items]
        if template.cls is not None:
            return call(ex.callee(template.cls), *parts)
        return ast.Tuple(parts, ast.Load())
    if isinstance(template, v.Items):
        return ast.List([part(each) for each in template.items], ast.Load())
    if isinstance(template, v.Entries):
        keys: list[ast.expr | None] = [ast.Constant(k) for k, _ in template.entries]
        return ast.Dict(keys, [part(each) for _, each in template.entries])
    if isinstance(template, tuple):
        cls, fields = template
        ex.helpers.add("rebuilt")
        like = call(attribute(name("object"), "__new__"), ex.callee(cls))
        return call(name("rebuilt"), like, **{k: part(each) for k, each in fields.entries})
    if tangent:
        return ast.Constant(None)
    assert isinstance(template, v.Static)
    return ex.constant(Const(template.value, Scalar("object")))
