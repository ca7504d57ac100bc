"""Loops over sequences, comprehensions, and everything that iterates.

A sequence is what has a length and items. Where both are known the loop is unrolled; else it
becomes a loop over ``range(length)`` that reads one item a trip, which emission turns back into
the loop that the user wrote.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adcompiler.frontend import attributes, calls, indexing, sets, text
from adcompiler.frontend import values as v
from adcompiler.frontend.context import Frame
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const
from adcompiler.ir.types import INT, Array

_UNROLL = (
    16  # literal lists up to this length are unrolled; longer ones of one kind are looped over
)


@dataclass
class Sequence:
    """``length`` is an int where it is known, else an atom; ``item`` takes an index atom or int."""

    length: Any
    item: Callable[[Any], Any]
    fixed: bool = False  # the items differ in kind: only a known index can be read


def sequence(lw: Any, value: Any) -> Sequence:
    """``value`` as something that can be iterated."""
    if isinstance(value, v.OptV):
        value = value.value
    if isinstance(value, v.TupleV):
        items = value.items
        return Sequence(len(items), lambda k: items[k], fixed=True)
    if isinstance(value, v.ListV):
        content = lw.content(value.cell)
        if isinstance(content, v.Items):
            return Sequence(len(content.items), lambda k: _item_now(lw, value, k), fixed=True)
        return Sequence(length(lw, value), lambda k: indexing.list_item(lw, value, _as_index(k)))
    if isinstance(value, v.SetV):
        parts = [lw.lift(each) for each in sets.in_order(sets.objects(lw, value))]
        return Sequence(len(parts), lambda k: parts[k], fixed=True)
    if isinstance(value, v.DictV):
        keys = [lw.lift(k) for k, _ in lw.content(value.cell).entries]
        return Sequence(len(keys), lambda k: keys[k], fixed=True)
    if isinstance(value, v.Ref):
        t = lw.type_of(value)
        if t.ndim == 0:
            raise lw.refuse("a 0-d array can't be iterated over", code="AD213")
        known = t.dims[0].known
        count = known if known is not None else lw.dim(value, 0)
        return Sequence(count, lambda k: indexing.get_item(lw, value, _as_index(k)))
    if isinstance(value, v.RangeV):
        return _range(lw, value)
    if isinstance(value, v.LazyV):
        return _lazy(lw, value)
    if isinstance(value, v.Static) and isinstance(value.value, str | frozenset | set | range):
        objects = value.value
        if isinstance(objects, frozenset | set):
            objects = sets.in_order(objects)
        lifted = [lw.lift(each) for each in objects]
        return Sequence(len(lifted), lambda k: lifted[k], fixed=True)
    if isinstance(value, v.ObjV) and hasattr(value.cls, "__getitem__"):
        if hasattr(value.cls, "__len__"):
            count = calls.call_value(lw, attributes.get(lw, value, "__len__"), (), {})
            get = attributes.get(lw, value, "__getitem__")
            return Sequence(_plain(count), lambda k: calls.call_value(lw, get, (_as_index(k),), {}))
    raise lw.refuse(f"{calls.describe(value)} can't be iterated over here", code="AD213")


def _item_now(lw: Any, value: v.ListV, k: int) -> Any:
    """An item of a list as it is now: a loop's body may have stored into it."""
    content = lw.content(value.cell)
    if isinstance(content, v.Items) and k < len(content.items):
        return content.items[k]
    return indexing.list_item(lw, value, const(k))


class _Unchanged:
    """Refuses a loop whose body makes a list longer or shorter that the loop goes over."""

    def __init__(self, lw: Any, value: Any) -> None:
        self.lw = lw
        self.cells = list(dict.fromkeys(_lists_in(value)))

    def __call__(self, body: Any) -> Any:
        if not self.cells:
            return body

        def watched(item: Any) -> None:
            before = [self.lw.state.heap.get(cell) for cell in self.cells]
            body(item)
            if self.lw.state.dead:
                return
            for cell, content in zip(self.cells, before, strict=True):
                if not self.as_long(self.lw.state.heap.get(cell), content):
                    raise self.lw.refuse(
                        "the list that this loop goes over changes its length in the loop",
                        "loop over a copy of it",
                        code="AD210",
                    )

        return watched

    def as_long(self, now: Any, before: Any) -> bool:
        if now is before or isinstance(now, v.Poison):
            return True
        if isinstance(now, v.Items) and isinstance(before, v.Items):
            return len(now.items) == len(before.items)
        if isinstance(now, v.DynList) and isinstance(before, v.DynList):
            made = now.lists[0]
            while made is not before.lists[0]:
                op = self.lw.builder.defs.get(made)
                if not isinstance(op, n.Op) or op.fn is not n.UPDATE:
                    return False
                made = op.args[0]
            return True
        return False


def _lists_in(value: Any) -> list[int]:
    if isinstance(value, v.ListV):
        return [value.cell]
    if isinstance(value, v.LazyV) and value.kind != "generator":
        return [cell for each in value.parts for cell in _lists_in(each)]
    return []


def _as_index(k: Any) -> Any:
    return const(k) if isinstance(k, int) else k


def _plain(count: Any) -> Any:
    return count.value if isinstance(count, Const) else count


def _range(lw: Any, value: v.RangeV) -> Sequence:
    start, stop, step = value.start, value.stop, value.step
    if all(isinstance(e, Const) for e in (start, stop, step)):
        numbers = range(start.value, stop.value, step.value)

        def at(k: Any) -> Any:
            if isinstance(k, int):
                return const(numbers[k])
            return _affine(lw, k, start, step)

        return Sequence(len(numbers), at)
    return Sequence(
        lw.builder.call(n.TRIPS, start, stop, step), lambda k: _affine(lw, k, start, step)
    )


def _affine(lw: Any, k: Any, start: Any, step: Any) -> Any:
    k = _as_index(k)
    scaled = k if isinstance(step, Const) and step.value == 1 else lw.call(operator.mul, k, step)
    if isinstance(start, Const) and start.value == 0:
        return scaled
    return lw.call(operator.add, start, scaled)


def _lazy(lw: Any, value: v.LazyV) -> Sequence:
    if value.kind == "generator":
        node, frame = value.parts
        made = in_frame(lw, frame, lambda: comprehension(lw, node))
        return sequence(lw, made)
    if value.kind == "map":
        fn, *parts = value.parts
        inner = _shortest(lw, [sequence(lw, each) for each in parts])
        return Sequence(
            inner.length, lambda k: calls.call_value(lw, fn, inner.item(k).items, {}), inner.fixed
        )
    if value.kind == "enumerate":
        inner = sequence(lw, value.parts[0])
        start = value.parts[1]

        def counted(k: Any) -> Any:
            index = _as_index(k)
            if not (isinstance(start, Const) and start.value == 0):
                index = (
                    lw.call(operator.add, start, index)
                    if not isinstance(k, int) or not isinstance(start, Const)
                    else const(start.value + k)
                )
            return v.TupleV((index, inner.item(k)))

        return Sequence(inner.length, counted, inner.fixed)
    if value.kind == "zip":
        return _shortest(lw, [sequence(lw, each) for each in value.parts])
    assert value.kind == "reversed"
    inner = sequence(lw, value.parts[0])

    def backwards(k: Any) -> Any:
        if isinstance(inner.length, int) and isinstance(k, int):
            return inner.item(inner.length - 1 - k)
        last = lw.call(operator.sub, _as_index(inner.length), const(1))
        return inner.item(lw.call(operator.sub, last, _as_index(k)))

    return Sequence(inner.length, backwards, inner.fixed)


def _shortest(lw: Any, parts: list[Sequence]) -> Sequence:
    if not all(isinstance(each.length, int) for each in parts):
        parts = [_indexable(lw, each) for each in parts]
    lengths = [each.length for each in parts]
    if not parts:
        return Sequence(0, lambda k: v.TupleV(()), True)
    if all(isinstance(each, int) for each in lengths):
        count: Any = min(lengths)
    elif all(each is lengths[0] for each in lengths):
        count = lengths[0]
    else:
        count = _as_index(lengths[0])
        for other in lengths[1:]:
            if other is not count:
                count = lw.call(min, count, _as_index(other))
    fixed = any(each.fixed for each in parts)
    return Sequence(count, lambda k: v.TupleV(tuple(each.item(k) for each in parts)), fixed)


def _indexable(lw: Any, part: Sequence) -> Sequence:
    """A sequence of fixed items as one that any index can read."""
    if not part.fixed:
        return part
    columns = lw.as_dynamic_items([part.item(k) for k in range(part.length)])
    if columns is None:
        raise lw.refuse(
            "items of different kinds can't be iterated together with an array", code="AD210"
        )
    return Sequence(part.length, lambda k: indexing.read_dynamic(lw, columns, _as_index(k), None))


def items(lw: Any, value: Any, wanted: int | None) -> list[Any]:
    """All items of a sequence whose length is known (or is the number of names it goes into)."""
    seq = sequence(lw, value)
    count = seq.length
    if not isinstance(count, int):
        if wanted is None:
            leaves = lw.param_leaves(count)
            if leaves:
                lw.static_int(count, "the length")
            raise lw.refuse(
                "the length of this has to be known when the derivative is compiled",
                "loop over it with `for`, or use the NumPy function for arrays",
                code="AD211",
            )
        count = wanted
    return [seq.item(k) for k in range(count)]


def length(lw: Any, value: Any) -> Any:
    """``len(value)``, an atom."""
    if isinstance(value, v.OptV):
        value = value.value
    if isinstance(value, v.ListV):
        content = lw.content(value.cell)
        if isinstance(content, v.DynList):
            return lw.builder.call(n.LENGTH, content.lists[0])
    if isinstance(value, v.Ref):
        if not lw.type_of(value).ndim:
            raise lw.refuse("len() of a 0-d array", code="AD213")
        return lw.dim(value, 0)
    if text.is_text(value) and not v.known(value):
        return lw.builder.raw(len, (value,), types=(INT,))
    if isinstance(value, Const) and isinstance(value.value, str):
        return const(len(value.value))
    if isinstance(value, v.Static) and hasattr(value.value, "__len__"):
        return const(len(value.value))
    if isinstance(value, v.DictV):
        return const(len(lw.content(value.cell).entries))
    if isinstance(value, v.ObjV) and hasattr(value.cls, "__len__"):
        return calls.call_value(lw, attributes.get(lw, value, "__len__"), (), {})
    return _as_index(sequence(lw, value).length)


# ---- for


def for_loop(lw: Any, stmt: ast.For) -> None:
    iterable = lw.expr(stmt.iter)
    hint = stmt.target.id if isinstance(stmt.target, ast.Name) else None
    if isinstance(iterable, v.RangeV):
        bounds = (iterable.start, iterable.stop, iterable.step)
        if all(isinstance(e, Const) for e in bounds) and not range(*(e.value for e in bounds)):
            return

        def body(index: Any) -> None:
            lw.state.vars[(lw.frame.id, stmt.target.id)] = index
            lw.block(stmt.body)

        if isinstance(stmt.target, ast.Name):
            with_fallback(
                lw, stmt, iterable, lambda: lw.for_range(stmt, *bounds, body, hint), stmt.body
            )
            return
    seq = sequence(lw, iterable)

    def trip(item: Any) -> None:
        lw.assign(stmt.target, item)
        lw.block(stmt.body)

    run(lw, stmt, seq, _Unchanged(lw, iterable)(trip), hint, stmt.body)


def with_fallback(lw: Any, key: Any, value: Any, loop: Any, body: list[ast.stmt]) -> None:
    """Keep the loop; where it can't be (a tuple is indexed by its counter), unroll a short one."""
    if not all(isinstance(e, Const) for e in (value.start, value.stop, value.step)):
        loop()
        return
    seq = sequence(lw, value)
    if seq.length > _UNROLL:
        loop()
        return
    saved = lw.state.copy()
    block = lw.builder.blocks[-1]
    count = len(block)
    try:
        loop()
    except calls.errors.AdcompilerError:
        lw.state = saved
        del block[count:]
        unroll(lw, seq, lambda item: (lw.assign(key.target, item), lw.block(body)))


def run(lw: Any, key: Any, seq: Sequence, body: Any, hint: str | None, stmts: Any = ()) -> None:
    """``body(item)`` for every item: unrolled where items are of different kinds."""
    if isinstance(seq.length, int) and seq.fixed:
        if seq.length > _UNROLL:
            columns = lw.as_dynamic_items([seq.item(k) for k in range(seq.length)])
            if columns is not None:

                def item(k: Any) -> Any:
                    return indexing.read_dynamic(lw, columns, k, None)

                lw.for_range(
                    key, const(0), const(seq.length), const(1), lambda k: body(item(k)), "k"
                )
                return
        unroll(lw, seq, body)
        return
    if isinstance(seq.length, int) and seq.length == 0:
        return
    count = _as_index(seq.length)
    lw.for_range(key, const(0), count, const(1), lambda k: body(seq.item(k)), "k")


def unroll(lw: Any, seq: Sequence, body: Any) -> None:
    """One copy of the body for each item; ``break`` skips those behind it."""
    broke = (lw.frame.id, "%break")
    outer = lw.state.vars.get(broke)
    lw.state.vars[broke] = const(False)

    def trip(k: int) -> None:
        if k >= seq.length or lw.state.dead:
            return
        body(seq.item(k))
        left = lw.state.vars.get(broke, const(False))
        truth = lw.truth(left)
        if truth is False:
            trip(k + 1)
        elif truth is not True:
            lw.branch(
                lw.call(n.NOT, truth),
                lambda: (lw.state.vars.__setitem__(broke, const(False)), trip(k + 1))[0],
                lambda: None,
            )

    trip(0)
    if outer is None:
        lw.state.vars.pop(broke, None)
    else:
        lw.state.vars[broke] = outer


# ---- comprehensions


def in_frame(lw: Any, frame_id: int, body: Any) -> Any:
    """Run ``body`` with names looked up where a generator expression was written."""
    if lw.frame.id == frame_id:
        return body()
    lw.frames.append(lw.all_frames[frame_id])
    try:
        return body()
    finally:
        lw.frames.pop()


def comprehension_frame(lw: Any) -> Frame:
    """A scope of its own for a comprehension's variables."""
    outer = lw.frame
    frame = Frame(
        lw.new_id(),
        outer.source,
        None,
        outer.id,
        outer.globals,
        {},
        frozenset(),
        outer.cls,
        outer.label,
    )
    lw.all_frames[frame.id] = frame
    return frame


def collect(lw: Any, node: Any, add: Any) -> None:
    """Run a comprehension's loops; ``add()`` at the innermost point."""

    def level(k: int) -> None:
        if k == len(node.generators):
            add()
            return
        generator = node.generators[k]

        def body(item: Any) -> None:
            lw.assign(generator.target, item)
            conds = list(generator.ifs)

            def guarded(rest: list[Any]) -> None:
                if not rest:
                    level(k + 1)
                    return
                lw.branch(lw.truth(lw.expr(rest[0])), lambda: guarded(rest[1:]), lambda: None)

            guarded(conds)

        hint = generator.target.id if isinstance(generator.target, ast.Name) else None
        iterable = lw.expr(generator.iter)
        seq = sequence(lw, iterable)
        if isinstance(iterable, v.RangeV) and not isinstance(seq.length, int):
            bounds = (iterable.start, iterable.stop, iterable.step)
            lw.for_range(generator, *bounds, body, hint)
        elif isinstance(seq.length, int) and seq.length <= _UNROLL and not seq.fixed:
            unroll(lw, seq, body)
        else:
            run(lw, generator, seq, body, hint)

    frame = comprehension_frame(lw)
    lw.frames.append(frame)
    try:
        level(0)
    finally:
        lw.frames.pop()
        calls.forget_frame(lw, frame.id)


def comprehension(lw: Any, node: Any) -> Any:
    made = v.ListV(lw.cell(v.Items(())))
    name = lw.named[1] if lw.named[0] is node else "items"
    holder = (lw.frame.id, f"%{lw.node.col_offset}_{len(lw.frames)}%{name}")
    lw.state.vars[holder] = made

    def add() -> None:
        calls.list_append(lw, lw.state.vars[holder], lw.expr(node.elt))

    collect(lw, node, add)
    return lw.state.vars.pop(holder)


def dict_comprehension(lw: Any, node: ast.DictComp) -> Any:
    made = v.DictV(lw.cell(v.Entries(())))

    def add() -> None:
        indexing.set_item(lw, made, lw.expr(node.key), lw.expr(node.value))

    collect(lw, node, add)
    return made


def is_array(lw: Any, value: Any) -> bool:
    return isinstance(lw.type_of(value), Array)
