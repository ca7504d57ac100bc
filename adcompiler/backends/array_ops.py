"""Operations on arrays: which nests of loops they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.backends import indexing, products, reductions, scalar_ops, shaping
from adcompiler.backends.arrays import Lazy, View, splat
from adcompiler.backends.broadcasting import (
    aligned,
    broadcast,
    cast_array,
    kept_apart,
    stores_into,
)
from adcompiler.backends.exprs import cast, constant, operation
from adcompiler.backends.loops import Expr
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Op
from adcompiler.ir.types import Array, Scalar

if TYPE_CHECKING:
    from adcompiler.backends.lower import Lower


def lowered(lo: Lower, op: Op) -> bool:
    """Lower an operation on arrays; whether it is one."""
    atoms = [*n.flatten(op.args)]
    types = [each.type for each in atoms if isinstance(each, n.Var | n.Const)]
    if not any(isinstance(t, Array) for t in (*types, op.outs[0].type)):
        return False
    fn = op.fn
    for module in (indexing, reductions, products, shaping):
        handler = module.HANDLERS.get(fn)
        if handler is not None:
            define(lo, op, handler(lo, op))
            return True
    if fn is n.ZEROS_LIKE or fn is np.zeros_like:
        lens = lo.array(op.args[0]).lens
        define(lo, op, splat(constant(0, op.outs[0].type.dtype), lens), fresh=True)
    elif fn in (np.ones_like, np.empty_like):
        lens = lo.array(op.args[0]).lens
        define(lo, op, splat(constant(1, op.outs[0].type.dtype), lens), fresh=True)
    else:
        elementwise(lo, op)
    return True


def define(lo: Lower, op: Op, value: Any, fresh: bool = False) -> None:
    """Give the result a value; memory of its own where it is to be written to."""
    (out,) = op.outs
    if value is None:  # the handler did it
        return
    t = out.type
    if isinstance(value, View | Lazy):
        if isinstance(t, Scalar):
            value = lo.assign(cast(value.element(()), t.dtype), out.hint)
        elif isinstance(value, Lazy) and (fresh or written(lo, out)):
            value = lo.materialised(cast_array(value, t.dtype), out.hint, lo.root_of(out))
    elif isinstance(t, Array):
        value = splat(lo.assign(cast(value, t.dtype), out.hint), ())
    else:
        value = lo.assign(cast(value, t.dtype), out.hint)
    lo.env[out] = value


def written(lo: Lower, out: n.Var) -> bool:
    return any(
        isinstance(use, Op) and use.fn in (n.UPDATE, n.ADD_AT) and use.args[0] is out
        for use in lo.uses.get(out, ())
    )


# ---- elementwise


def elementwise(lo: Lower, op: Op) -> None:
    (out,) = op.outs
    fn = op.fn
    t = out.type
    atoms = op.args
    if op.kwargs and not (fn is n.CAST and set(op.kwargs) <= {"dtype"}):
        raise lo.refuse(f"{scalar_ops.named_of(fn)} with {', '.join(op.kwargs)}")
    if fn is n.CAST or fn in (n.COPY, np.array, np.asarray, np.copy):
        atoms = op.args[:1]
        if isinstance(atoms[0], tuple | list):
            shaping.from_items(lo, op, atoms[0])
            return
    if len(op.outs) != 1 or not isinstance(t, Array | Scalar):
        raise lo.refuse(scalar_ops.named_of(fn))
    if any(isinstance(each, tuple | list | n.Slice) or each is None for each in atoms):
        raise lo.refuse(scalar_ops.named_of(fn))
    values = [lo.array(each) for each in atoms]
    weak = [isinstance(each.type, Scalar) and each.type.weak for each in atoms]
    lens = broadcast(lo, values)

    def element(at: tuple[Expr, ...]) -> Expr:
        args = [aligned(each, at) for each in values]
        return computed(lo, fn, args, weak, t.dtype)

    if id(op) in lo.aliases.in_place and isinstance(values[0], View):
        target = values[0]
        if lens == target.lens and target.dtype == t.dtype:
            values = [target, *(kept_apart(lo, each, target) for each in values[1:])]
            stores_into(lo, target, element)
            lo.env[out] = target
            return
    if not lens:
        define(lo, op, element(()))
        return
    lo.env[out] = lo.filled(lens, t.dtype, out.hint, lo.root_of(out), element)


def computed(lo: Lower, fn: Any, args: list[Expr], weak: list[bool], dtype: str) -> Expr:
    """One element of an elementwise function."""
    if fn is n.CAST or fn in (n.COPY, np.array, np.asarray, np.copy, np.positive):
        return cast(args[0], dtype)
    if fn is np.where:
        return operation("where", tuple(args), dtype)
    if any(weak) and not all(weak):
        strong = {a.dtype for a, w in zip(args, weak, strict=True) if not w}
        if strong == {"float32"}:
            args = [
                cast(a, "float32") if w and a.dtype in ("float64", "int64") else a
                for a, w in zip(args, weak, strict=True)
            ]
    return scalar_ops.elementary(lo, fn, tuple(args), dtype)
