"""The state of one lowering: values into atoms and back, cells, stores, refusals."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler import errors
from adcompiler.frontend import values as v
from adcompiler.frontend.inference import (
    MaybeNumber,
    Untypable,
    check_loose,
    fresh_dim,
    index_type,
    result_types,
)
from adcompiler.frontend.layouts import Layouts
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import Builder, const, same_shape
from adcompiler.ir.nodes import Const, If, Op, Place, Region, Slice, Undef, Var
from adcompiler.ir.types import Array, List, Opaque, Scalar, is_float


class NeedChoice(Exception):
    """Compile again with the two arrays that a name may stand for after a branch kept apart."""

    def __init__(self, site: Any) -> None:
        super().__init__(site)
        self.site = site


class NeedStatic(Exception):
    """Compile again with more known of arguments: the value of an integer that is used as an axis
    or a rank, or an array's memory order."""

    def __init__(self, leaves: tuple[Var, ...]) -> None:
        super().__init__(leaves)
        self.leaves = leaves
        self.program: Any = None


@dataclass
class Frame:
    """One function being inlined."""

    id: int
    source: Any  # frontend.capture.Captured
    fn: Any
    parent: int | None  # the frame a nested function was defined in
    globals: dict[str, Any]
    cells: dict[str, Any]
    stored: frozenset[str]
    cls: type | None = None
    label: str = ""
    declared: frozenset[str] = frozenset()  # global or nonlocal
    known: Any = None  # what is known of its arguments, to tell recursive calls apart
    site: Any = None  # the node that calls it


class Context:
    """What all of lowering shares."""

    def __init__(self, program: Any, simplifier: Any = None) -> None:
        self.program = program
        self.builder = Builder(self._types, simplifier)
        self.state = v.State({}, v.Heap(), {}, {})
        self.frames: list[Frame] = []
        self.returns: dict[int, Any] = {}  # the places of the function's own returns, by line
        self.all_frames: dict[int, Frame] = {}
        self.node: Any = None
        self._ids = 0
        self.loop_memory: dict[Any, Any] = {}
        self.reading_rule = False
        self.never_raises: str | None = None  # reading a rule of a function that doesn't: dtype
        self.strict_rules = True
        self.embedded: set[int] = set()  # lists that are items of lists of unknown length, by value
        self.named: tuple[Any, str] = (None, "")  # an expression, and what its value is assigned to
        self.raised: Any = None  # the latest statement that raises
        self.layouts = Layouts(self)
        self.joins: dict[int, Any] = {}  # cells of what a branch decides, and the place of it

    # ---- refusals and places

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def place_of(self, node: Any) -> errors.Place | None:
        for frame in reversed(self.frames):
            if frame.source is None:
                continue
            if frame is self.frames[-1]:
                return frame.source.place(frame.source.node if node is None else node)
        return None

    def refuse(
        self,
        reason: str,
        remedy: str = "",
        node: Any = None,
        kind: Any = errors.Unsupported,
        code: str | None = None,
    ) -> errors.AdcompilerError:
        return kind(reason, place=self.place_of(node or self.node), remedy=remedy, code=code)

    def lost(self, value: v.Poison, node: Any = None) -> errors.AdcompilerError:
        """The refusal to read what the compiler lost track of."""
        kind = errors.UnsafeAlias if value.code == "AD400" else errors.Unsupported
        return self.refuse(value.reason, value.remedy, node, kind, value.code)

    def _types(self, fn: Any, args: Any, kwargs: Any, defs: Any) -> Any:
        try:
            if self.builder.place is None or not self.builder.place.derived:
                check_loose(fn, args, kwargs)
            return result_types(fn, args, kwargs, defs)
        except MaybeNumber as error:
            shown = f"'{error.args[0].hint}'" if error.args[0].hint else "this"
            raise self.refuse(
                f"{shown} is an array here or, on another path, a number",
                "let it be an array from the start, for example np.zeros_like(...)",
                code="AD212",
            ) from error
        except Untypable as error:
            name = getattr(fn, "__name__", None) or getattr(fn, "name", "the call")
            raise self.refuse(f"{name} cannot be applied here: {error}", code="AD213") from error

    @contextlib.contextmanager
    def at(self, node: Any):
        """Statements made inside come from ``node``'s line."""
        source = self.frame.source
        place = self.builder.place
        if (
            not self.reading_rule
            and hasattr(source, "line_text")
            and getattr(node, "lineno", None) is not None
        ):
            line = source.relative_line(node)
            place = Place(line, source.line_text(line), self.frame.label, node, source)
        before, self.node = self.node, node
        try:
            with self.builder.at(place):
                yield
        finally:
            self.node = before

    def new_id(self) -> int:
        self._ids += 1
        return self._ids

    # ---- cells

    def cell(self, content: Any) -> int:
        cell = self.new_id()
        self.state.heap[cell] = content
        self.layouts.made(cell, content)
        return cell

    def content(self, cell: int) -> Any:
        content = self.state.heap[cell]
        if isinstance(content, v.Poison):
            if content.ask is not None:
                raise content.ask
            raise self.lost(content)
        if isinstance(content, v.Choice):
            return self.chosen(content)
        return content

    def chosen(self, choice: v.Choice) -> Var:
        """The value of the array that was chosen, as it is now."""
        views = self.state.views
        sides = []
        for ref in (choice.then, choice.orelse):
            region = Region()
            self.state.views = dict(views)
            with self.builder.block(region):
                region.results.append(self.read_ref(ref))
            sides.append(region)
        self.state.views = views
        key = (*(side.results[0] for side in sides), choice.cond)
        seen = views.get(key) if not any(side.stmts for side in sides) else None
        if seen is None:
            seen = Var(choice.type, choice.hint, True)
            self.builder.add_stmt(If((seen,), self.builder.place, choice.cond, *sides))
            views[key] = seen
        return seen

    def link(self, new: int, old: int) -> None:
        """From here on, ``new`` may share memory with ``old``, and with all that ``old`` does."""
        content = self.state.heap.get(old)
        if isinstance(content, v.Choice):
            self.link(new, content.then.cell)
            self.link(new, content.orelse.cell)
            return
        alias = self.state.alias
        for other in (alias.get(old, frozenset()) | {old}) - {new}:
            alias[new] = alias.get(new, frozenset()) | {other}
            alias[other] = alias.get(other, frozenset()) | {new}

    def mutate(self, cell: int, content: Any) -> None:
        """``cell`` holds ``content`` now; what may share its memory can't be trusted any more.

        A change of an array reaches the lists that hold it; a change of which items a list holds
        reaches other names of that list only.
        """
        choice = self.state.heap[cell]
        if isinstance(choice, v.Choice):
            self.branch(
                choice.cond,
                lambda: self._replace(choice.then, content),
                lambda: self._replace(choice.orelse, content),
            )
            return
        is_array = isinstance(content, Var)
        others = self.state.alias.get(cell, frozenset())
        for each in (cell, *sorted(others)):
            self._keep_outside(each, is_array)
        if cell in self.embedded:
            raise self.refuse(
                "a list that is an item of a list of unknown length is changed here",
                "finish it before it is stored there, or keep an array",
                kind=errors.UnsafeAlias,
                code="AD400",
            )
        self.state.heap[cell] = content
        line = f" in line {self.builder.place.line}" if self.builder.place else ""
        for other in sorted(others):
            if is_array or not isinstance(self.state.heap.get(other), Var):
                self.state.heap[other] = v.Poison(
                    f"what this holds may share memory with something that was changed{line}",
                    "copy it before the change, for example with .copy()",
                    "AD400",
                    self.asked(cell, other),
                )
        self.program.note_mutation(cell)

    def _replace(self, ref: v.Ref, content: Any) -> None:
        now = self.type_of(ref)
        if not ref.path and now.dtype == content.type.dtype and same_shape(now, content.type):
            self.mutate(ref.cell, content)
        else:
            self.overwrite(ref, content)

    def asked(self, *cells: int) -> Exception | None:
        """What would tell of the memory that these cells may share."""
        leaf = self.layouts.asked(*cells)
        if leaf is not None:
            return NeedStatic((leaf,))
        site = next((self.joins[cell] for cell in cells if cell in self.joins), None)
        return NeedChoice(site) if site is not None else None

    def _keep_outside(self, cell: int, is_array: bool) -> None:
        """Refuse to change a global, a default value or a captured variable's object."""
        kind, name = self.program.outside.get(cell, ("", ""))
        if kind and (is_array or not isinstance(self.state.heap.get(cell), Var)):
            word = {"default": "a default value", "kwdefault": "a default value"}.get(
                kind, f"'{name}', which was made outside of the function,"
            )
            raise self.refuse(
                f"{word} is changed here: its next call would see the change",
                "pass it as an argument, or copy it first",
                kind=errors.UnsafeAlias,
                code="AD305",
            )

    # ---- values to atoms

    def atom(self, value: Any) -> Any:
        """The IR argument for a value."""
        if v.is_number(value):
            return value
        if isinstance(value, v.Ref):
            return self.read_ref(value)
        if isinstance(value, v.Static):
            return const(value.value)
        if isinstance(value, v.TupleV):
            return tuple(self.atom(each) for each in value.items)
        if isinstance(value, v.ListV):
            content = self.content(value.cell)
            if isinstance(content, v.Items):
                return [self.atom(each) for each in content.items]
            if content.shape is None:
                return content.lists[0]
        if isinstance(value, v.SliceV):
            return Slice(*(self.atom(each) for each in (value.start, value.stop, value.step)))
        if isinstance(value, v.RangeV) and all(
            isinstance(each, Const) for each in (value.start, value.stop, value.step)
        ):
            return [
                const(k) for k in range(*(e.value for e in (value.start, value.stop, value.step)))
            ]
        if isinstance(value, v.OptV):
            return self.atom(value.value)
        if isinstance(value, v.Poison):
            raise self.lost(value)
        if isinstance(value, v.Unbound):
            raise self.refuse("this name is not bound here", code="AD208")
        raise self.refuse(
            f"{describe(value)} can't be used as a number or an array here", code="AD213"
        )

    def read_ref(self, ref: v.Ref) -> Any:
        """The value of an array, or of a view of one, as it is now."""
        current = self.content(ref.cell)
        for k, index in enumerate(ref.path):
            key = (current, _index_key(ref.path[k]))
            seen = self.state.views.get(key)
            if seen is None:
                if isinstance(index, v.View):
                    seen = self.builder.raw(
                        index.fn, (current, *index.args), dict(index.kwargs), types=(index.type,)
                    )
                else:
                    seen = self.builder.raw(n.READ, (current, index))
                self.state.views[key] = seen
            current = seen
        self.layouts.read(ref, current)
        return current

    def type_of(self, value: Any) -> Any:
        """The IR type of a number or array; None for others. Makes no statement."""
        if v.is_number(value):
            return value.type
        if isinstance(value, v.Ref):
            content = self.state.heap[value.cell]
            if not isinstance(content, v.Choice):
                content = self.content(value.cell)
            t = content.type
            for index in value.path:
                if isinstance(index, v.View):
                    t = index.type
                else:
                    t = index_type(t, index, self.builder.defs)
            return t
        if isinstance(value, v.OptV):
            return self.type_of(value.value)
        return None

    # ---- atoms to values

    def wrap(self, result: Any) -> Any:
        """The value for what a call returned."""
        if isinstance(result, tuple):
            return v.TupleV(tuple(self.wrap(each) for each in result))
        if isinstance(result, Var | Undef):
            if isinstance(result.type, Array):
                return v.Ref(self.cell(result))
            if isinstance(result.type, List):
                return v.ListV(self.cell(v.DynList(None, (result,))))
        return result

    def call(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        """A rule's function or primitive on values; the value of its result."""
        made = self.builder.call(
            fn, *(self.atom(each) for each in args), **{k: self.atom(e) for k, e in kwargs.items()}
        )
        return self.wrap(made)

    def name_value(self, value: Any, name: str) -> None:
        """``name`` is the first name that the value of a temporary gets."""
        if name.startswith("%"):
            name = "left_early"
        var = value
        if isinstance(value, v.Ref):
            var = self.state.heap.get(value.cell)
            if value.path:
                var = self.read_ref(value)
        elif isinstance(value, v.ListV):
            content = self.state.heap.get(value.cell)
            if isinstance(content, v.DynList) and content.shape is None:
                var = content.lists[0]
        elif isinstance(value, v.TupleV):
            for k, each in enumerate(value.items):
                self.name_value(each, f"{name}_{k}")
            return
        if isinstance(var, Var) and var.hint is None:
            var.hint = name
            var.user = True

    # ---- stores

    def store(self, ref: v.Ref, value: Any, *, add: bool = False) -> None:
        """``ref[...] = value`` at the end of its path."""
        base = self.content(ref.cell)
        atom = self.atom(value)
        if isinstance(atom, list):
            atom = self.builder.raw(np.array, (atom,))
        self._check_dtype(base.type, atom)
        ref, atom, add = self.through_views(ref, atom, add)
        base = self.content(ref.cell)
        if not add and self._holds(base, ref.path, atom):
            return
        hint, user = base.hint, base.user
        fn = n.ADD_AT if add else n.UPDATE
        made = self.builder.raw(fn, (base, ref.path, atom))
        made.hint, made.user = hint, user
        self.mutate(ref.cell, made)

    def _holds(self, base: Any, path: Any, atom: Any) -> bool:
        """Whether ``atom`` was read of ``base`` there: ``u[i:j] += e`` ends with such a store."""
        for index in reversed(path):
            made = self.builder.defs.get(atom) if isinstance(atom, Var) else None
            if not isinstance(made, Op) or made.fn is not n.READ or made.args[1] != index:
                return False
            atom = made.args[0]
        return atom is base

    def through_views(self, ref: v.Ref, atom: Any, add: bool) -> Any:
        """A store through reshaped or transposed views as one through indices only."""
        path = tuple(
            each.index if isinstance(each, v.View) and each.index is not None else each
            for each in ref.path
        )
        while any(isinstance(each, v.View) for each in path):
            last = max(k for k, each in enumerate(path) if isinstance(each, v.View))
            prefix, view, rest = path[:last], path[last], path[last + 1 :]
            permuted = _permuted(view, rest, atom)
            if permuted is not None:
                path = (*prefix, permuted)
                continue
            before = self.read_ref(v.Ref(ref.cell, prefix))
            seen = self.read_ref(v.Ref(ref.cell, (*prefix, view)))
            fn = n.ADD_AT if add else n.UPDATE
            whole = self.builder.raw(fn, (seen, rest or (_WHOLE,), atom))
            add = False
            if view.perm is not None:
                back = tuple(const(k) for k in np.argsort(view.perm).tolist())
                kwargs = (
                    {} if view.perm == tuple(reversed(range(len(view.perm)))) else {"axes": back}
                )
                atom = self.builder.raw(np.transpose, (whole,), kwargs)
            else:
                shape = tuple(self.dim(before, k) for k in range(before.type.ndim))
                order = {"order": const("F")} if view.in_f_order else {}
                atom = self.builder.raw(np.reshape, (whole, shape), order, types=(before.type,))
            path = prefix or (_WHOLE,)
        return v.Ref(ref.cell, path), atom, add

    def _check_dtype(self, base: Any, atom: Any) -> None:
        t = getattr(atom, "type", None)
        if isinstance(base, Array) and base.dtype[0] in "iub" and is_float(t):
            raise self.refuse(
                "a floating-point value is stored into an integer array: its fraction, and its "
                "derivative, would be lost",
                "make the array a floating-point one, for example with dtype=float",
                code="AD403",
            )

    def overwrite(self, ref: v.Ref, atom: Any) -> None:
        """The array's whole value is ``atom`` now (in-place operation on a name)."""
        self.store(v.Ref(ref.cell, ref.path or (_WHOLE,)), atom)

    # ---- compile-time integers

    def static_int(self, value: Any, what: str) -> int:
        if isinstance(value, Const) and isinstance(value.value, int):
            return value.value
        if isinstance(value, v.Static) and isinstance(value.value, int | np.integer):
            return int(value.value)
        leaves = self.param_leaves(value)
        if leaves:
            raise NeedStatic(leaves)
        raise self.refuse(f"{what} has to be known when the derivative is compiled", code="AD211")

    def param_leaves(self, value: Any) -> tuple[Var, ...]:
        """The integer parameters that an integer value is computed from."""
        found: list[Var] = []
        todo = [value]
        while todo:
            atom = todo.pop()
            if not isinstance(atom, Var):
                continue
            op = self.builder.defs.get(atom)
            if op is None:
                if self.program.is_parameter(atom) and not is_float(atom.type):
                    found.append(atom)
            elif isinstance(op, Op):
                todo.extend(n.operands(op))
            else:
                return ()
        return tuple(dict.fromkeys(found))

    def dim(self, value: Any, axis: int) -> Any:
        """``value.shape[axis]`` as an atom."""
        t = self.type_of(value)
        assert isinstance(t, Array)
        known = t.dims[axis].known
        if known is not None:
            return const(known)
        return self.builder.call(n.DIM, self.atom(value), const(axis % t.ndim))


_WHOLE = (Const(Ellipsis, Opaque("...")),)


def _permuted(view: v.View, rest: tuple[Any, ...], atom: Any) -> Any:
    """An index into what is transposed for one into the transposed view, or None."""
    if view.perm is None or len(rest) != 1:
        return None
    given = list(rest[0])
    rank = len(view.perm)
    dots = [k for k, x in enumerate(given) if isinstance(x, Const) and x.value is Ellipsis]
    full = Slice(None, None, None)
    if dots:
        given[dots[0] : dots[0] + 1] = [full] * (rank - len(given) + 1)
    given += [full] * (rank - len(given))
    if len(given) != rank:
        return None
    kept = 0
    for item in given:
        if isinstance(item, Slice):
            kept += 1
        elif not (isinstance(getattr(item, "type", None), Scalar) and item.type.dtype[0] in "iu"):
            return None
    value_rank = atom.type.ndim if isinstance(getattr(atom, "type", None), Array) else 0
    if value_rank > (1 if kept <= 1 else 0):
        return None
    items: list[Any] = [full] * rank
    for axis, item in zip(view.perm, given, strict=True):
        items[axis] = item
    return tuple(items)


def _index_key(index: Any) -> Any:
    """An index, comparable: constants by value."""
    if isinstance(index, tuple) and not isinstance(index, Slice):
        return tuple(_index_key(each) for each in index)
    if isinstance(index, Slice):
        return ("slice", *(_index_key(each) for each in index))
    if isinstance(index, Const):
        return ("const", type(index.value), index.value)
    return index


def describe(value: Any) -> str:
    """What a value is, in the user's words."""
    if isinstance(value, v.Static):
        return (
            "None" if value.value is None else f"{type(value.value).__name__} {value.value!r:.40}"
        )
    if v.is_number(value):
        return "a number" if isinstance(value.type, Scalar) else f"an object ({value.type})"
    return {
        v.Ref: "an array",
        v.TupleV: "a tuple",
        v.ListV: "a list",
        v.DictV: "a dict",
        v.FuncV: "a function",
        v.BoundV: "a method",
        v.MethodV: "a method",
        v.RangeV: "a range",
        v.SliceV: "a slice",
        v.Unbound: "an unbound name",
    }.get(
        type(value),
        f"an object of class {value.cls.__name__}" if isinstance(value, v.ObjV) else "this object",
    )


__all__ = ["Context", "Frame", "NeedChoice", "NeedStatic", "describe", "fresh_dim"]
