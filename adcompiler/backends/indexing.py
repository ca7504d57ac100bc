"""Reads and stores of slices, gathers and masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adcompiler.backends.arrays import ArrayValue, Axis, Fixed, Lazy, View, composed, fixed
from adcompiler.backends.broadcasting import aligned, broadcast, fits, kept_apart
from adcompiler.backends.exprs import INT, ONE, ZERO, cast, minus, num, operation, plus
from adcompiler.backends.loops import (
    Assign,
    Call,
    Expr,
    If,
    Load,
    Name,
    Num,
    Require,
    Store,
)
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Op, Slice
from adcompiler.ir.types import Array, List, Scalar

if TYPE_CHECKING:
    from adcompiler.backends.lower import Lower


def items_of(index: Any, ndim: int) -> list[Any]:
    """The parts of an index, an ellipsis written out."""
    items = list(index) if isinstance(index, tuple) and not isinstance(index, Slice) else [index]
    found = [k for k, each in enumerate(items) if _is_value(each, Ellipsis)]
    taken = sum(not _is_newaxis(each) for each in items) - len(found)
    full = [Slice(None, None, None)] * (ndim - taken)
    if found:
        return items[: found[0]] + full + items[found[0] + 1 :]
    return items + full


def _is_value(atom: Any, value: Any) -> bool:
    return isinstance(atom, Const) and atom.value is value


def _is_newaxis(atom: Any) -> bool:
    return atom is None or _is_value(atom, None)


def is_array(atom: Any) -> bool:
    return isinstance(atom, n.Var | Const) and isinstance(atom.type, Array | List)


def viewed(lo: Lower, base: ArrayValue, index: Any) -> ArrayValue:
    """Basic indexing: another map onto the same memory."""
    maps: list[Fixed | Axis] = []  # for each axis of base
    lens: list[Expr] = []
    axis = 0
    for item in items_of(index, len(base.lens)):
        if _is_newaxis(item):
            lens.append(ONE)
            continue
        if axis >= len(base.lens):
            raise lo.refuse("an index with too many parts")
        length = base.lens[axis]
        if isinstance(item, Slice):
            start, step, count = bounds(lo, item, length)
            maps.append(Axis(len(lens), start, num(step)))
            lens.append(count)
        elif is_array(item):
            raise lo.refuse("a gather within an index")
        else:
            at = lo.scalar(item)
            if at.dtype == "bool":
                raise lo.refuse("a boolean as an index")
            maps.append(Fixed(lo.checked_index(at, length)))
        axis += 1

    def change(old: Axis) -> Fixed | Axis:
        new = maps[old.k]
        if isinstance(new, Fixed):
            return fixed(old, new.at)
        return composed(old, new.k, new.offset, new.step)

    return base.mapped(tuple(lens), change)


def bounds(lo: Lower, part: Slice, length: Expr) -> tuple[Expr, int, Expr]:
    """Start, step and count of a slice that is within its axis."""
    start, stop, step = (None if _absent(each) else cast(lo.scalar(each), INT) for each in part)
    if step is not None and not isinstance(step, Num):
        raise lo.refuse("a slice whose step is not a constant")
    stride = step.value if step is not None else 1
    if stride < 0:
        if start is not None or stop is not None:
            raise lo.refuse("a slice backwards from or to somewhere")
        first, last = plus(length, -1), num(-1)
        count = length
        if stride < -1:
            count = Call("//", (plus(length, -stride - 1), num(-stride)), INT)
        return first, stride, count
    first = ZERO if start is None else within(lo, start, length)
    last = length if stop is None else within(lo, stop, length)
    span = minus(last, first)
    lo.at_least(last, first, "a slice of fewer than no elements")
    if stride > 1:
        span = Call("//", (plus(span, stride - 1), num(stride)), INT)
    return first, stride, span


def _absent(atom: Any) -> bool:
    return atom is None or _is_value(atom, None)


def within(lo: Lower, bound: Expr, length: Expr) -> Expr:
    """A bound of a slice that NumPy would not clip."""
    what = "a slice beyond the ends"
    if isinstance(bound, Num):
        lo.at_least(length, num(abs(bound.value)), what)
        return bound if bound.value >= 0 else plus(length, bound.value)
    low, high = lo.extremes(bound)
    lo.at_least(low, ZERO, what)
    lo.at_least(length, high, what)
    return bound


# ---- gathers and masks


class Gather:
    """An index with arrays of integers: elements of a base at indices read from arrays."""

    def __init__(self, lo: Lower, base: ArrayValue, index: Any) -> None:
        items = items_of(index, len(base.lens))
        kept = [Slice(None, None, None) if _by_number(each) else each for each in items]
        self.base = viewed(lo, base, tuple(kept))
        self.arrays: list[ArrayValue] = []
        self.axes: list[int] = []
        for axis, item in enumerate(items):
            if _by_number(item):
                value = lo.array(item)
                if value.dtype[0] != "i":
                    raise lo.refuse("an index that is no integer")
                self.arrays.append(value)
                self.axes.append(axis)
        self.count = broadcast(lo, self.arrays)
        rest = [k for k in range(len(self.base.lens)) if k not in self.axes]
        together = self.axes == list(range(self.axes[0], self.axes[-1] + 1))
        self.first = self.axes[0] if together else 0
        lens = [self.base.lens[k] for k in rest]
        self.lens = (*lens[: self.first], *self.count, *lens[self.first :])
        self.rest = rest
        for value, axis in zip(self.arrays, self.axes, strict=True):
            self.check(lo, value, self.base.lens[axis])

    def check(self, lo: Lower, value: ArrayValue, length: Expr) -> None:
        """Indices in range, looked at before anything is read or stored."""

        def body(at: tuple[Expr, ...]) -> list[Any]:
            each = value.element(at)
            low = Call(">=", (each, Call("neg", (length,), INT)), "bool")
            high = Call("<", (each, length), "bool")
            both = Call("and", (low, high), "bool")
            return [Require(lo.place, both, "an index out of range")]

        lo.nest(value.lens, body)

    def index(self, at: tuple[Expr, ...]) -> tuple[Expr, ...]:
        many = len(self.count)
        here = at[self.first : self.first + many]
        others = (*at[: self.first], *at[self.first + many :])
        found: dict[int, Expr] = dict(zip(self.rest, others, strict=True))
        for value, axis in zip(self.arrays, self.axes, strict=True):
            found[axis] = cast(aligned(value, here), INT)
        return tuple(found[k] for k in range(len(self.base.lens)))


def _by_number(item: Any) -> bool:
    return not (isinstance(item, Slice | tuple | list) or _is_newaxis(item))


def is_gather(index: Any) -> bool:
    items = index if isinstance(index, tuple) and not isinstance(index, Slice) else (index,)
    return any(is_array(each) for each in items)


def mask_of(lo: Lower, index: Any, base: ArrayValue) -> ArrayValue | None:
    """The mask that an index is, if it is one."""
    items = index if isinstance(index, tuple) and not isinstance(index, Slice) else (index,)
    masks = [each for each in items if is_array(each) and each.type.dtype == "bool"]
    if not masks:
        return None
    if len(items) != 1:
        raise lo.refuse("a mask beside other indices")
    mask = lo.array(masks[0])
    if len(mask.lens) != len(base.lens):
        raise lo.refuse("a mask over some axes only")
    for a, b in zip(mask.lens, base.lens, strict=True):
        lo.same(a, b)
    return mask


# ---- reads


def read(lo: Lower, op: Op) -> Any:
    base, index = op.args
    out = op.outs[0]
    value = lo.array(base)
    if not is_gather(index):
        found = viewed(lo, value, index)
        if isinstance(out.type, Scalar) or not found.lens:
            return found.element(())
        return found
    mask = mask_of(lo, index, value)
    root = lo.root_of(out)
    if mask is not None:
        return compressed(lo, value, mask, out.hint, root)
    gather = Gather(lo, value, index)
    return lo.filled(
        gather.lens, value.dtype, out.hint, root, lambda at: gather.base.element(gather.index(at))
    )


def compressed(lo: Lower, value: ArrayValue, mask: ArrayValue, hint: str | None, root: Any) -> View:
    count = counted(lo, mask)
    made = lo.new_array((count,), value.dtype, hint, root)
    k = lo.assign(ZERO, "k")
    lo.bits[k.id] = 50

    def body(at: tuple[Expr, ...]) -> list[Any]:
        then = [
            Store(lo.place, made.array, (k,), value.element(at)),
            Assign(lo.place, k.id, plus(k, 1)),
        ]
        return [If(lo.place, mask.element(at), then, [])]

    lo.nest(mask.lens, body)
    return made


def counted(lo: Lower, mask: ArrayValue) -> Name:
    count = lo.fresh("count")
    lo.bits[count] = 50
    name = Name(count, INT)
    lo.emit(Assign(lo.place, count, ZERO))

    def body(at: tuple[Expr, ...]) -> list[Any]:
        return [If(lo.place, mask.element(at), [Assign(lo.place, count, plus(name, 1))], [])]

    lo.nest(mask.lens, body)
    return name


# ---- stores


def store(lo: Lower, op: Op) -> Any:
    base, path, item = op.args
    out = op.outs[0]
    value = lo.array(base)
    if not value.lens:
        raise lo.refuse("a store into an array without axes")
    if isinstance(value, Lazy):
        value = lo.materialised(value, out.hint, lo.root_of(out))
    adding = op.fn is n.ADD_AT
    target: ArrayValue = value
    for index in path[:-1]:
        target = viewed(lo, target, index)
    last = path[-1] if path else ()
    element = lo.array(item)
    assert isinstance(target, View)
    element = kept_apart(lo, element, target) if is_gather(last) else element
    if not is_gather(last):
        view = viewed(lo, target, last)
        assert isinstance(view, View)
        into(lo, view, kept_apart(lo, element, view), adding)
    else:
        mask = mask_of(lo, last, target)
        if mask is not None:
            masked(lo, target, mask, element, adding)
        else:
            scattered(lo, target, last, element, adding)
    lo.env[out] = value
    return None


def changed(view: View, index: tuple[Expr, ...], value: Expr, adding: bool) -> Expr:
    value = cast(value, view.dtype)
    if adding:
        value = operation("+", (Load(view.array, index, view.dtype), value), view.dtype)
    return value


def into(lo: Lower, view: View, value: ArrayValue, adding: bool) -> None:
    value = fits(lo, value, view.lens)

    def body(at: tuple[Expr, ...]) -> list[Any]:
        index = view.index(at)
        element = changed(view, index, aligned(value, at), adding)
        return [Store(lo.place, view.array, index, element)]

    lo.nest(view.lens, body)


def scattered(lo: Lower, target: View, index: Any, value: ArrayValue, adding: bool) -> None:
    gather = Gather(lo, target, index)
    value = fits(lo, value, gather.lens)
    assert isinstance(gather.base, View)
    view = gather.base

    def body(at: tuple[Expr, ...]) -> list[Any]:
        where = view.index(gather.index(at))
        return [
            Store(lo.place, view.array, where, changed(view, where, aligned(value, at), adding))
        ]

    lo.nest(gather.lens, body)


def masked(lo: Lower, target: View, mask: ArrayValue, value: ArrayValue, adding: bool) -> None:
    if value.lens:
        if len(value.lens) != 1:
            raise lo.refuse("a store through a mask of more than a vector")
        count = counted(lo, mask)
        lo.same(count, value.lens[0])
    k = lo.assign(ZERO, "k")
    lo.bits[k.id] = 50

    def body(at: tuple[Expr, ...]) -> list[Any]:
        index = target.index(at)
        element = value.element((k,)) if value.lens else value.element(())
        then: list[Any] = [
            Store(lo.place, target.array, index, changed(target, index, element, adding))
        ]
        if value.lens:
            then.append(Assign(lo.place, k.id, plus(k, 1)))
        return [If(lo.place, mask.element(at), then, [])]

    lo.nest(mask.lens, body)


HANDLERS: dict[Any, Any] = {n.READ: read, n.UPDATE: store, n.ADD_AT: store}
