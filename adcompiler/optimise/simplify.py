"""Local algebra on derivative statements, applied as they are built.

A partial is declared for readers (``(1.0 / b, -y / b)``); multiplied by an adjoint it should read
as an expert would write it (``x_bar / b``). Only what is exact in floating point, or differs in
rounding alone, is done; a zero is never multiplied away at run time, for ``0 * inf`` is real.
"""

from __future__ import annotations

import operator
from functools import partial
from typing import Any

import numpy as np

from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const, is_const, same_shape
from adcompiler.ir.nodes import Const, Op, Var
from adcompiler.ir.types import (
    Array,
    List,
    Scalar,
    Type,
    is_complex,
    is_float,
    needs_no_unbroadcast,
)

_ADD = (operator.add, np.add)
_SUB = (operator.sub, np.subtract)
_MUL = (operator.mul, np.multiply)
_DIV = (operator.truediv, np.divide)
_NEG = (operator.neg, np.negative)
_POW = (operator.pow, np.power)
_KEPT = frozenset({*_MUL, *_DIV})


def simplify(b: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``fn(*args)`` is made instead, or None."""
    rule = _RULES.get(fn)
    return rule(b, args, kwargs) if rule is not None else None


def definition(b: Any, atom: Any, *fns: Any, opened: bool = False) -> Op | None:
    """The statement that made ``atom``, if it is a call of one of ``fns``.

    What is read under a name is not multiplied out; nor, but with ``opened``, are a product of the
    user's and an adjoint that goes to several operands.
    """
    op = b.defs.get(atom) if isinstance(atom, Var) else None
    if not isinstance(op, Op) or op.fn not in fns:
        return None
    if op.fn in _KEPT:
        derived = op.place is None or op.place.derived
        if atom.user or not (opened or (derived and atom not in b.shared)):
            return None
    return op


def _constant(b: Any, atom: Any) -> Any:
    """The number that an array holds everywhere, as a numerator may; else None."""
    if _number(atom):
        return atom
    spread = definition(b, atom, np.broadcast_to)
    return spread.args[0] if spread and isinstance(spread.args[0].type, Scalar) else None


def _share(b: Any, atom: Any) -> Op | None:
    """``atom`` as a number, the same everywhere, over another: the adjoint of a mean's elements.
    It may go to several operands, and is nothing to be computed once.
    """
    quotient = definition(b, atom, *_DIV, opened=True)
    if quotient and isinstance(quotient.args[1].type, Scalar):
        if definition(b, quotient.args[0], np.broadcast_to) and _constant(b, quotient.args[0]):
            return quotient
    return None


def _numerator(b: Any, atom: Any) -> Any:
    """What stands above all the lines of ``a / b / c``."""
    while (quotient := _share(b, atom) or definition(b, atom, *_DIV)) is not None:
        atom = quotient.args[0]
    return atom


def _fits(part: Type, whole: Type) -> bool:
    """Whether ``part`` broadcast against ``whole`` certainly has the shape of ``whole``."""
    if not isinstance(part, Array) or not isinstance(whole, Array) or part.ndim > whole.ndim:
        return False
    if whole.loose:
        return False
    dims = whole.dims[whole.ndim - part.ndim :]
    return all(
        p.one or p.same(q) or (p.one is False and q.one is False)
        for p, q in zip(part.dims, dims, strict=True)
    )


def _keeps(result: Any, other: Any) -> bool:
    """Whether ``result`` alone has the type that it has together with ``other``."""
    t, u = result.type, other.type
    if not is_float(t):
        return False
    if isinstance(u, Scalar):
        if is_complex(u) and not is_complex(t):
            return False
        return isinstance(t, Scalar | Array) and (
            u.weak or u.dtype == t.dtype or t.dtype == "float64"
        )
    return same_shape(t, u) and getattr(t, "dtype", None) == getattr(u, "dtype", None)


def _number(atom: Any) -> bool:
    return (
        isinstance(atom, Const)
        and isinstance(atom.value, int | float)
        and not isinstance(atom.value, bool)
    )


def _add(b: Any, args: Any, kwargs: Any) -> Any:
    x, y = args
    if is_const(x, 0) and _keeps(y, x):
        return y
    if is_const(y, 0) and _keeps(x, y):
        return x
    if _number(x) and _number(y):
        return const(x.value + y.value)
    if x is y and isinstance(x, Var):
        return b.call(operator.mul, const(2.0), x)
    for p, q in ((x, y), (y, x)):
        spread = definition(b, q, np.broadcast_to)
        if spread and isinstance(p.type, Array) and same_shape(p.type, q.type):
            return b.call(operator.add, p, spread.args[0])
    negated = definition(b, y, *_NEG)
    if negated:
        return b.call(operator.sub, x, negated.args[0])
    scaled = definition(b, y, *_MUL)
    if scaled and _number(scaled.args[0]) and scaled.args[0].value < 0:
        return b.call(operator.sub, x, b.call(operator.neg, y))
    negated = definition(b, x, *_NEG)
    if negated:
        return b.call(operator.sub, y, negated.args[0])
    return _factored(b, operator.add, x, y)


def _factored(b: Any, fn: Any, x: Any, y: Any) -> Any:
    """``2.0 * a - 2.0 * b`` of arrays as ``2.0 * (a - b)``: a pass over them less."""
    left, right = definition(b, x, *_MUL), definition(b, y, *_MUL)
    if not left or not right or not isinstance(x.type, Array) or not same_shape(x.type, y.type):
        return None
    (c, p), (d, q) = left.args, right.args
    if not _number(c) or not _number(d) or abs(c.value) != abs(d.value):
        return None
    if not isinstance(p.type, Array) or not isinstance(q.type, Array):
        return None
    opposite = operator.sub if fn is operator.add else operator.add
    return b.call(operator.mul, c, b.call(fn if c.value == d.value else opposite, p, q))


def _sub(b: Any, args: Any, kwargs: Any) -> Any:
    x, y = args
    if is_const(y, 0) and _keeps(x, y):
        return x
    if is_const(x, 0) and _keeps(y, x):
        return b.call(operator.neg, y)
    if _number(x) and _number(y):
        return const(x.value - y.value)
    negated = definition(b, y, *_NEG)
    if negated:
        return b.call(operator.add, x, negated.args[0])
    return _factored(b, operator.sub, x, y)


def _neg(b: Any, args: Any, kwargs: Any) -> Any:
    (x,) = args
    if _number(x):
        return const(-x.value)
    inner = definition(b, x, *_NEG)
    if inner:
        return inner.args[0]
    product = definition(b, x, *_MUL)
    if product and _number(product.args[0]):
        return b.call(operator.mul, const(-product.args[0].value), product.args[1])
    spread = definition(b, x, np.broadcast_to)
    if spread and isinstance(spread.args[0].type, Scalar):
        return b.call(np.broadcast_to, b.call(operator.neg, spread.args[0]), spread.args[1])
    quotient = _share(b, x) or definition(b, x, *_DIV)
    if quotient and _has_sign(b, _numerator(b, x)):
        return b.call(quotient.fn, b.call(operator.neg, quotient.args[0]), quotient.args[1])
    return None


def _has_sign(b: Any, atom: Any) -> bool:
    """Whether a minus is taken up by ``atom``: a number, one times something, or a minus."""
    if _constant(b, atom) is not None or definition(b, atom, *_NEG):
        return True
    product = definition(b, atom, *_MUL)
    return product is not None and _number(product.args[0])


def _mul(b: Any, args: Any, kwargs: Any) -> Any:
    x, y = args
    if _number(x) and _number(y):
        return const(x.value * y.value)
    if _number(y) and not _number(x):
        x, y = y, x
    if isinstance(x, Const) and isinstance(x.value, int) and is_float(getattr(y, "type", None)):
        x = const(float(x.value))
    if is_const(x, 1) and _keeps(y, x):
        return y
    if is_const(x, -1) and _keeps(y, x):
        return b.call(operator.neg, y)
    if _number(x):
        product = definition(b, y, *_MUL, opened=isinstance(y.type, Scalar))
        if (
            product
            and isinstance(product.args[0].type, Scalar)
            and isinstance(product.args[1].type, Array)
        ):
            return b.call(operator.mul, b.call(operator.mul, x, product.args[0]), product.args[1])
        if product and _number(product.args[0]):
            return b.call(operator.mul, const(x.value * product.args[0].value), product.args[1])
        wide = product and definition(b, product.args[0], np.expand_dims)
        if product and wide and not wide.kwargs:  # the smaller array is multiplied
            part = b.call(operator.mul, x, wide.args[0])
            part = b.call(np.expand_dims, part, wide.args[1])
            return b.call(operator.mul, part, product.args[1])
        quotient = definition(b, y, *_DIV)
        if quotient and _number(quotient.args[0]):
            numerator = const(x.value * quotient.args[0].value)
            return b.call(quotient.fn, numerator, quotient.args[1])
        spread = definition(b, y, np.broadcast_to)
        if spread:
            return b.call(np.broadcast_to, b.call(operator.mul, x, spread.args[0]), spread.args[1])
    negated = definition(b, y, *_NEG)
    if negated:
        return b.call(operator.neg, b.call(operator.mul, x, negated.args[0]))
    negated = definition(b, x, *_NEG)
    if negated:
        return b.call(operator.neg, b.call(operator.mul, negated.args[0], y))
    for p, q in ((x, y), (y, x)):
        spread = definition(b, p, np.broadcast_to)
        if spread and isinstance(q, Var) and _fits(p.type, q.type):
            if isinstance(spread.args[0].type, Scalar) or same_shape(p.type, q.type):
                return b.call(operator.mul, spread.args[0], q)
    for p, q in ((x, y), (y, x)):
        spread = definition(b, p, np.broadcast_to)
        if spread and isinstance(q.type, Scalar) and isinstance(spread.args[0].type, Scalar):
            return b.call(np.broadcast_to, b.call(operator.mul, spread.args[0], q), spread.args[1])
    factored = _scalars_together(b, x, y)
    if factored is not None:
        return factored
    quotient = _share(b, y) or definition(b, y, *_DIV)
    if quotient and x in b.shared and not _number(quotient.args[0]):
        whole = b.call(quotient.fn, x, quotient.args[1])  # as another operand's adjoint is
        b.shared.add(whole)
        return b.call(operator.mul, whole, quotient.args[0])
    if quotient:
        return b.call(quotient.fn, b.call(operator.mul, x, quotient.args[0]), quotient.args[1])
    for p, q in ((x, y), (y, x)):
        product = definition(b, q, *_MUL)
        if isinstance(q.type, Scalar) and isinstance(p.type, Array):
            continue  # numbers first, then one pass over the array
        if product and _number(product.args[0]) and not _number(p):
            return b.call(operator.mul, product.args[0], b.call(operator.mul, p, product.args[1]))
    quotient = _share(b, x) or definition(b, x, *_DIV)
    if quotient and (
        (isinstance(quotient.outs[0].type, Scalar) and isinstance(y.type, Scalar))
        or (isinstance(quotient.outs[0].type, Array) and _constant(b, _numerator(b, x)) is not None)
    ):
        return b.call(quotient.fn, b.call(operator.mul, quotient.args[0], y), quotient.args[1])
    if isinstance(y.type, Scalar) and isinstance(x.type, Array) and not definition(b, x, *_MUL):
        x, y = y, x
    if x is not args[0]:
        return b.raw(operator.mul, (x, y))
    return None


def _scalars_together(b: Any, x: Any, y: Any) -> Any:
    """``(array * s) * t`` as ``array * (s * t)``: one pass over the array."""
    for array, scalar in ((x, y), (y, x)):
        if not isinstance(array.type, Array) or not isinstance(scalar.type, Scalar):
            continue
        product = definition(b, array, *_MUL)
        if product:
            for p, q in (product.args, product.args[::-1]):
                if isinstance(p.type, Scalar) and isinstance(q.type, Array) and not _number(scalar):
                    if not _number(p):
                        return b.call(operator.mul, b.call(operator.mul, scalar, p), q)
    return None


def _div(fn: Any, b: Any, args: Any, kwargs: Any) -> Any:
    x, y = args
    if is_const(y, 1) and _keeps(x, y):
        return x
    made = definition(b, y, n.CAST)
    if made and same_dtype(made.args[0].type, y.type) and b.is_numpys(x):
        return b.call(fn, x, made.args[0])  # enough that one of them is NumPy's
    negated = definition(b, x, *_NEG)
    if negated:
        return b.call(operator.neg, b.call(fn, negated.args[0], y))
    spread = _constant(b, x)
    if spread is not None and not _number(x) and _fits(x.type, y.type):
        return b.call(fn, spread, y)
    share = _share(b, x)
    if share and _fits(x.type, y.type):
        whole = b.call(fn, _constant(b, share.args[0]), y)
        return b.call(fn, whole, share.args[1])
    return None


def _expand(b: Any, args: Any, kwargs: Any) -> Any:
    """What is the same everywhere, is so with an axis more."""
    if kwargs or len(args) != 2:
        return None
    x, axis = args
    if not isinstance(axis, Const) or not isinstance(axis.value, int):
        return None
    share = _share(b, x)
    if share:
        return b.call(operator.truediv, b.call(np.expand_dims, share.args[0], axis), share.args[1])
    spread = definition(b, x, np.broadcast_to)
    if spread and isinstance(spread.args[1], tuple) and _constant(b, x) is not None:
        at = axis.value % x.type.ndim + 1 if axis.value < 0 else axis.value
        shape = (*spread.args[1][:at], const(1), *spread.args[1][at:])
        return b.call(np.broadcast_to, spread.args[0], shape)
    return None


def same_dtype(a: Type, b: Type) -> bool:
    return getattr(a, "dtype", None) == getattr(b, "dtype", "")


def _pow(b: Any, args: Any, kwargs: Any) -> Any:
    x, y = args
    if is_const(y, 1):
        return x
    if is_const(y, 0.5) and isinstance(x.type, Array):
        return b.raw(np.sqrt, (x,))
    return None


def _broadcast(b: Any, args: Any, kwargs: Any) -> Any:
    """A constant of lower precision keeps it: it is printed as one of Python's."""
    value, shape = args
    if kwargs or not isinstance(value, Const):
        return None
    made = b.exact(value, value.type)
    return None if made is value else b.raw(np.broadcast_to, (made, shape))


def _match(b: Any, args: Any, kwargs: Any) -> Any:
    """An adjoint that has its operand's type already needs nothing done to it."""
    bar, like = args
    if kwargs:
        return None
    t, into = bar.type, like.type
    if isinstance(t, List) or isinstance(into, List):
        return bar
    if is_complex(t) and not is_complex(into):
        return None
    if isinstance(t, Scalar) and isinstance(into, Scalar):
        return bar if into.dtype not in ("float32", "complex64") or t.dtype == into.dtype else None
    if isinstance(into, Array) and isinstance(t, Array) and t.loose and not into.loose:
        return None
    if isinstance(into, Array) and isinstance(t, Array) and t.ndim == into.ndim:
        sums = [k for k, d in enumerate(into.dims) if not needs_no_unbroadcast(d, t.dims[k])]
        if not sums and t.dtype == into.dtype:
            return bar
        ones = [k for k in sums if into.dims[k].one]
        if sums and ones == sums and t.dtype == into.dtype:
            return b.call(np.sum, bar, axis=_axes(ones), keepdims=const(True))
        return None
    if isinstance(into, Array) and isinstance(t, Array) and t.dtype == into.dtype:
        extra = t.ndim - into.ndim
        if extra > 0 and into.ndim:
            tail = t.dims[extra:]
            if all(needs_no_unbroadcast(d, r) for d, r in zip(into.dims, tail, strict=True)):
                return b.call(np.sum, bar, axis=_axes(range(extra)))
        return None
    if isinstance(into, Scalar) and isinstance(t, Array) and _same_precision(t, into):
        return b.call(np.sum, bar)
    if isinstance(into, Array) and isinstance(t, Scalar) and into.ndim == 0:
        return None
    return None


def _same_precision(t: Type, into: Scalar) -> bool:
    return getattr(t, "dtype", None) == into.dtype or (into.weak and t.dtype == "float64")  # type: ignore[union-attr]


def _axes(axes: Any) -> Any:
    made = tuple(const(k) for k in axes)
    return made[0] if len(made) == 1 else made


def _fit(b: Any, args: Any, kwargs: Any) -> Any:
    """A tangent that has its primal's shape already."""
    dot, like = args
    extra = kwargs.get("extra")
    more = 1 if extra is not None and extra.value else 0
    t, into = dot.type, like.type
    if is_complex(t) and not is_complex(into):
        return b.call(n.FIT, b.call(np.real, dot), like, **kwargs)
    if not isinstance(into, Array):
        return dot
    if isinstance(t, Array) and t.ndim == into.ndim + more:
        if all(
            p.same(q) or p.one is False for p, q in zip(t.dims[: into.ndim], into.dims, strict=True)
        ):
            return dot
        if all(
            p.same(q) or (p.one is False and q.one is False)
            for p, q in zip(t.dims[: into.ndim], into.dims, strict=True)
        ):
            return dot
    return None


def _turned(fn: Any, b: Any, args: Any, kwargs: Any) -> Any:
    """An array whose axes are put back."""
    inner = definition(b, args[0], np.transpose, np.swapaxes)
    if not inner or not isinstance(args[0].type, Array):
        return None
    rank = args[0].type.ndim
    first = _order(inner.fn, inner.args, inner.kwargs, rank)
    then = _order(fn, args, kwargs, rank)
    if first is None or then is None or [first[k] for k in then] != list(range(rank)):
        return None
    return inner.args[0]


def _order(fn: Any, args: Any, kwargs: Any, rank: int) -> list[int] | None:
    """Where the axes of a transposed array come from."""
    order = list(range(rank))
    if fn is np.transpose and len(args) == 1 and not kwargs:
        return order[::-1]
    axes = kwargs.get("axes") if fn is np.transpose else args[1:]
    if not isinstance(axes, tuple) or not all(isinstance(k, Const) for k in axes):
        return None
    if fn is np.transpose:
        return [k.value % rank for k in axes]
    if len(axes) != 2 or kwargs:
        return None
    i, j = (k.value % rank for k in axes)
    order[i], order[j] = j, i
    return order


def _sum(b: Any, args: Any, kwargs: Any) -> Any:
    (x,) = args[:1]
    if isinstance(x, tuple | list):
        return None
    if len(args) == 1 and not kwargs and isinstance(x.type, Scalar):
        return x
    negated = definition(b, x, *_NEG)
    if negated and len(args) == 1:
        return b.call(operator.neg, b.call(np.sum, negated.args[0], **kwargs))
    return None


def _dim(b: Any, args: Any, kwargs: Any) -> Any:
    """A length, read off the value with a name that has it, not off an expression."""
    value, axis = args[0], args[1].value
    while isinstance(value, Var) and not value.user and isinstance(value.type, Array):
        op = b.defs.get(value)
        if not isinstance(op, Op) or isinstance(op.fn, n.Prim):
            break
        wanted = value.type.dims[axis]
        for operand in n.operands(op):
            if isinstance(operand, Var) and isinstance(operand.type, Array):
                same = [k for k, d in enumerate(operand.type.dims) if d.same(wanted)]
                if same:
                    value, axis = operand, same[0]
                    break
        else:
            break
    if value is args[0]:
        return None
    return b.raw(n.DIM, (value, const(axis)))


def _read(b: Any, args: Any, kwargs: Any) -> Any:
    """``np.sum(x, axis=k, keepdims=True)`` read where the kept axes are: without keeping them."""
    base, index = args
    negated = definition(b, base, *_NEG)
    if negated and isinstance(base.type, Array) and definition(b, negated.args[0], np.sum):
        return b.call(operator.neg, b.call(n.READ, negated.args[0], index))
    total = definition(b, base, np.sum)
    if not total or "keepdims" not in total.kwargs or len(total.args) != 1:
        return None
    axis = total.kwargs.get("axis")
    axes = {a.value for a in (axis if isinstance(axis, tuple) else (axis,)) if a is not None}
    if not isinstance(index, tuple) or not isinstance(base.type, Array):
        return None
    zeros = {k for k, item in enumerate(index) if is_const(item, 0)}
    rest = [item for k, item in enumerate(index) if k not in zeros]
    if (
        zeros == axes
        and len(index) == base.type.ndim
        and all(isinstance(item, n.Slice) and item == n.Slice(None, None, None) for item in rest)
    ):
        return b.call(np.sum, total.args[0], axis=total.kwargs["axis"])
    return None


_RULES: dict[Any, Any] = {
    **dict.fromkeys(_ADD, _add),
    **dict.fromkeys(_SUB, _sub),
    **dict.fromkeys(_NEG, _neg),
    **dict.fromkeys(_MUL, _mul),
    **{fn: partial(_div, fn) for fn in _DIV},
    **dict.fromkeys(_POW, _pow),
    n.MATCH: _match,
    n.FIT: _fit,
    n.READ: _read,
    n.DIM: _dim,
    np.broadcast_to: _broadcast,
    np.expand_dims: _expand,
    **{fn: partial(_turned, fn) for fn in (np.transpose, np.swapaxes)},
    np.sum: _sum,
}
