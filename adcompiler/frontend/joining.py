"""Where paths meet: one value for the two that a name or a cell holds on them.

``generalise(a, b)`` makes a *template*: a value of the least common structure, in which every
number that differs is a new variable. ``pieces(template, value)`` then tells which atoms of a
value go into those variables. An ``if`` yields them from its branches; a loop carries them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from adcompiler.frontend import values as v
from adcompiler.frontend.inference import fresh_dim
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const, If, Undef, Var
from adcompiler.ir.types import BOOL, Array, List, Opaque, Scalar, join, worded

_SCALARS = (bool, int, float, complex)


class Mismatch(Exception):
    """The value does not fit the template."""


@dataclass
class Template:
    """A value with new variables in it; ``new_cells`` were made for it."""

    value: Any
    vars: list[Var] = field(default_factory=list)
    new_cells: dict[int, Any] = field(default_factory=dict)


@dataclass
class Deciding:
    """The branch that decides a value, before it is left."""

    site: Any
    stmt: If
    before: v.State

    def lasts(self, ref: Any) -> bool:
        """Whether an array was there before the branch, and is reached by what was."""
        if not isinstance(ref, v.Ref) or ref.cell not in self.before.heap:
            return False
        inside = {x for region in n.regions(self.stmt) for s in n.walk(region) for x in s.outs}
        steps = [(x.args, *x.kwargs.values()) if isinstance(x, v.View) else x for x in ref.path]
        return not any(atom in inside for atom in n.flatten(steps) if isinstance(atom, Var))


class Joiner:
    """Joins values of one lowering context."""

    def __init__(self, context: Any) -> None:
        self.cx = context
        self.deciding: Deciding | None = None

    # ---- generalise

    def generalise(self, a: Any, b: Any, state_a: v.State, state_b: v.State, hint: str) -> Template:
        out = Template(None)
        self._memo: dict[Any, Any] = {}
        out.value = self._join(a, b, state_a, state_b, out, hint)
        return out

    def _var(self, t: Any, out: Template, hint: str | None, user: bool = True) -> Var:
        var = Var(t, hint, user and hint is not None)
        out.vars.append(var)
        return var

    def _type(self, value: Any, state: v.State) -> Any:
        if v.is_number(value):
            return value.type
        if isinstance(value, v.Static) and isinstance(value.value, _SCALARS):
            return const(value.value).type
        if isinstance(value, v.Ref):
            content = state.heap[value.cell]
            if isinstance(content, v.Poison):
                return None
            before, self.cx.state = self.cx.state, state
            try:
                return self.cx.type_of(value)
            finally:
                self.cx.state = before
        return None

    def _join(self, a: Any, b: Any, sa: v.State, sb: v.State, out: Template, hint: str) -> Any:
        if isinstance(a, v.Unbound) or isinstance(b, v.Unbound):
            other, state = (b, sb) if isinstance(a, v.Unbound) else (a, sa)
            return self._with_undef(other, state, out, hint)
        if a is b or (type(a) is type(b) and a == b and not isinstance(a, Const)):
            return a
        if isinstance(a, Const) and isinstance(b, Const) and _same_const(a, b):
            return a
        if isinstance(a, v.Poison) or isinstance(b, v.Poison):
            return a if isinstance(a, v.Poison) else b
        if _is_none(a) or _is_none(b) or isinstance(a, v.OptV) or isinstance(b, v.OptV):
            return self._optional(a, b, sa, sb, out, hint)
        if isinstance(a, v.Static) and isinstance(b, v.Static):
            if isinstance(a.value, str) and isinstance(b.value, str):
                return self._var(Opaque("str"), out, hint)
        if isinstance(a, v.TupleV) and isinstance(b, v.TupleV):
            if len(a.items) == len(b.items) and a.cls is b.cls:
                items = (
                    self._join(p, q, sa, sb, out, f"{hint}_{k}")
                    for k, (p, q) in enumerate(zip(a.items, b.items, strict=True))
                )
                return v.TupleV(tuple(items), a.cls)
            return v.Poison(
                f"'{hint}' is a tuple of {len(a.items)} on one path, of {len(b.items)} on another"
            )
        ta, tb = self._type(a, sa), self._type(b, sb)
        if ta is not None and tb is not None:
            if isinstance(ta, Array) != isinstance(tb, Array):
                ref, state = (a, sa) if isinstance(ta, Array) else (b, sb)
                if not self._type(ref, state).ndim and _names_of(ref, state) > 1:
                    return v.Poison(
                        f"'{hint}' is a number on one path and, on another, an array that has "
                        "other names too",
                        "copy it, for example with float(...)",
                    )
            return self._numbers(a, b, ta, tb, out, hint)
        if isinstance(a, v.ListV) and isinstance(b, v.ListV):
            content = self._content(sa.heap[a.cell], sb.heap[b.cell], sa, sb, out, hint)
            if isinstance(content, v.Poison):
                return content
            return v.ListV(self._new_cell(content, out, (a.cell, b.cell)))
        if isinstance(a, v.DictV) and isinstance(b, v.DictV):
            content = self._content(sa.heap[a.cell], sb.heap[b.cell], sa, sb, out, hint)
            if isinstance(content, v.Poison):
                return content
            return v.DictV(self._new_cell(content, out, (a.cell, b.cell)))
        if isinstance(a, v.ObjV) and isinstance(b, v.ObjV) and a.cls is b.cls:
            content = self._content(sa.heap[a.cell], sb.heap[b.cell], sa, sb, out, hint)
            if isinstance(content, v.Poison):
                return content
            return v.ObjV(self._new_cell(content, out, (a.cell, b.cell)), a.cls)
        from_a, from_b = _word(a), _word(b)
        return v.Poison(
            f"'{hint}' is {from_a} on one path and {from_b} on another",
            "give it one kind of value on every path",
        )

    def _new_cell(self, content: Any, out: Template, linked: tuple[int, ...]) -> int:
        cell = self.cx.new_id()
        out.new_cells[cell] = (content, linked)
        return cell

    def _numbers(self, a: Any, b: Any, ta: Any, tb: Any, out: Template, hint: str) -> Any:
        if isinstance(ta, Array) != isinstance(tb, Array):
            array, number = (ta, tb) if isinstance(ta, Array) else (tb, ta)
            if not isinstance(number, Scalar):
                return v.Poison(
                    f"'{hint}' is an array on one path and {_word(a)} on another",
                    "give it the array's shape on every path",
                )
            dtype = join(Scalar(array.dtype), number, fresh_dim).dtype
            ta = tb = Array(dtype, array.dims, loose=True) if array.ndim else Scalar(dtype)
        t = join(ta, tb, fresh_dim)
        if t is None:
            return v.Poison(
                f"'{hint}' is {worded(ta)} on one path and {worded(tb)} on another",
                "give it one shape of value on every path",
            )
        decided = self.deciding
        kept = decided is not None and decided.lasts(a) and decided.lasts(b)
        if kept and decided is not None and decided.site in self.cx.program.choices:
            name = self.cx.named[1] or hint if hint == "choice" else hint
            return v.Ref(self._new_cell(v.Choice(decided.stmt.cond, a, b, t, name), out, ()))
        var = self._var(t, out, hint)
        if isinstance(t, Array):
            linked = tuple(each.cell for each in (a, b) if isinstance(each, v.Ref))
            made = v.Ref(self._new_cell(var, out, linked))
            if kept and decided is not None:
                self.cx.joins[made.cell] = decided.site
            return made
        return var

    def _with_undef(self, value: Any, state: v.State, out: Template, hint: str) -> Any:
        """Bound on one path only."""
        if v.is_number(value) and not isinstance(value, Const):
            return self._var(value.type, out, hint)
        if isinstance(value, v.Ref):
            t = self._type(value, state)
            if t is None:
                return v.Poison("this array may have changed", code="AD400")
            return v.Ref(self._new_cell(self._var(t, out, hint), out, (value.cell,)))
        if isinstance(value, v.TupleV):
            items = (
                self._with_undef(p, state, out, f"{hint}_{k}") for k, p in enumerate(value.items)
            )
            return v.TupleV(tuple(items), value.cls)
        if isinstance(value, v.OptV):
            return v.OptV(
                self._with_undef(value.is_none, state, out, hint),
                self._with_undef(value.value, state, out, hint),
            )
        if isinstance(value, v.ListV):
            content = state.heap[value.cell]
            if isinstance(content, v.Poison):
                return content
            if isinstance(content, v.DynList):
                lists = tuple(self._var(x.type, out, hint) for x in content.lists)
                return v.ListV(self._new_cell(v.DynList(content.shape, lists), out, (value.cell,)))
            if isinstance(content, v.Items):
                items = tuple(self._with_undef(p, state, out, hint) for p in content.items)
                return v.ListV(self._new_cell(v.Items(items), out, (value.cell,)))
        if isinstance(value, v.ObjV | v.DictV):
            content = state.heap[value.cell]
            if isinstance(content, v.Poison):
                return content
            entries = type(content)(
                tuple(
                    (k, self._with_undef(x, state, out, _leaf_hint(hint, k)))
                    for k, x in content.entries
                )
            )
            cell = self._new_cell(entries, out, (value.cell,))
            return v.ObjV(cell, value.cls) if isinstance(value, v.ObjV) else v.DictV(cell)
        if isinstance(value, Const) and not isinstance(value.value, bool | str | type(None)):
            return self._var(value.type, out, hint)
        return value

    def _optional(self, a: Any, b: Any, sa: v.State, sb: v.State, out: Template, hint: str) -> Any:
        flag = self._var(BOOL, out, f"{hint}_is_none", user=False)
        inner_a = a.value if isinstance(a, v.OptV) else v.UNBOUND if _is_none(a) else a
        inner_b = b.value if isinstance(b, v.OptV) else v.UNBOUND if _is_none(b) else b
        return v.OptV(flag, self._join(inner_a, inner_b, sa, sb, out, hint))

    def content(self, a: Any, b: Any, sa: v.State, sb: v.State, hint: str) -> Template:
        out = Template(None)
        out.value = self._content(a, b, sa, sb, out, hint)
        return out

    def _content(self, a: Any, b: Any, sa: v.State, sb: v.State, out: Template, hint: str) -> Any:
        """What a cell holds on two paths."""
        if a is b or (not isinstance(a, Var) and a == b):
            return a
        if isinstance(a, v.Poison) or isinstance(b, v.Poison):
            return a if isinstance(a, v.Poison) else b
        if isinstance(a, Var | Undef) and isinstance(b, Var | Undef):
            t = join(a.type, b.type, fresh_dim)
            if t is None:
                said = f"'{hint}' is {worded(a.type)} on one path"
                return v.Poison(f"{said} and {worded(b.type)} on another")
            named = getattr(a, "hint", None) or getattr(b, "hint", None) or hint
            return self._var(t, out, named)
        if isinstance(a, v.Items) and isinstance(b, v.Items) and len(a.items) == len(b.items):
            return v.Items(
                tuple(
                    self._join(p, q, sa, sb, out, f"{hint}_{k}")
                    for k, (p, q) in enumerate(zip(a.items, b.items, strict=True))
                )
            )
        if isinstance(a, v.Items | v.DynList) and isinstance(b, v.Items | v.DynList):
            return self._lists(a, b, sa, sb, out, hint)
        if isinstance(a, v.Entries | v.Fields) and type(a) is type(b):
            keys_a, keys_b = [k for k, _ in a.entries], [k for k, _ in b.entries]
            if sorted(map(repr, keys_a)) != sorted(map(repr, keys_b)):
                if isinstance(a, v.Entries):
                    return v.Poison(f"'{hint}' has other keys on one path than on another")
                keys_a = list(dict.fromkeys(keys_a + keys_b))
            joined = []
            for key in keys_a:
                va, vb = a.get(key), b.get(key)
                va = v.UNBOUND if va is None else va
                vb = v.UNBOUND if vb is None else vb
                joined.append((key, self._join(va, vb, sa, sb, out, _leaf_hint(hint, key))))
            return type(a)(tuple(joined))
        return v.Poison(f"'{hint}' holds different things on different paths")

    def _lists(self, a: Any, b: Any, sa: v.State, sb: v.State, out: Template, hint: str) -> Any:
        shape_a, types_a = self._list_types(a, sa)
        shape_b, types_b = self._list_types(b, sb)
        if types_a is None or types_b is None:
            return v.Poison(
                f"the elements of '{hint}' are not all of one kind, and its length varies",
                "keep different kinds of values in different lists",
            )
        if not _empty(a) and not _empty(b) and shape_a != shape_b:
            return v.Poison(f"the elements of '{hint}' have different structures")
        shape = shape_b if _empty(a) else shape_a
        width = max(len(types_a), len(types_b))
        lists = []
        for k in range(width):
            ta = types_a[k] if k < len(types_a) else List(None)
            tb = types_b[k] if k < len(types_b) else List(None)
            t = join(ta, tb, fresh_dim)
            if t is None:
                return v.Poison(f"the elements of '{hint}' differ in shape")
            lists.append(self._var(t, out, hint if width == 1 else f"{hint}_{k}"))
        return v.DynList(shape, tuple(lists))

    def _list_types(self, content: Any, state: v.State) -> tuple[Any, list[Any] | None]:
        if isinstance(content, v.DynList):
            return content.shape, [x.type for x in content.lists]
        if not content.items:
            return None, [List(None)]
        shapes, leaves = [], []
        for each in content.items:
            shape, atoms = self._element(each, state)
            if atoms is None:
                return None, None
            shapes.append(shape)
            leaves.append(atoms)
        if any(s != shapes[0] for s in shapes):
            return None, None
        types: list[Any] = []
        for column in zip(*leaves, strict=True):
            t = column[0]
            for other in column[1:]:
                t = join(t, other, fresh_dim)
                if t is None:
                    return None, None
            types.append(List(t))
        return shapes[0], types

    def _element(self, value: Any, state: v.State) -> tuple[Any, list[Any] | None]:
        """The structure of a list's element, and the types of its leaves."""
        if isinstance(value, v.TupleV):
            shapes, leaves = [], []
            for each in value.items:
                shape, inner = self._element(each, state)
                if inner is None:
                    return None, None
                shapes.append(shape)
                leaves += inner
            return tuple(shapes), leaves
        if isinstance(value, v.ListV):
            content = state.heap[value.cell]
            if isinstance(content, v.DynList) and content.shape is None:
                return "list", [content.lists[0].type]
            if isinstance(content, v.Items):
                shape, types = self._list_types(content, state)
                if types is not None and shape is None and len(types) == 1:
                    return "list", types
            return None, None
        t = self._type(value, state)
        return (None, [t]) if isinstance(t, Scalar | Array) else (None, None)

    # ---- pieces

    def pieces(self, template: Template, value: Any) -> list[Any]:
        """The atoms of ``value`` for the template's variables; may make statements."""
        found: dict[Var, Any] = {}
        self._match(template, template.value, value, found)
        return [found[var] for var in template.vars]

    def content_pieces(self, template: Template, content: Any) -> list[Any]:
        found: dict[Var, Any] = {}
        self._match_content(template, template.value, content, found)
        return [found[var] for var in template.vars]

    def _fill_undef(self, template: Template, t: Any, found: dict[Var, Any]) -> None:
        if isinstance(t, Var):
            if t in template.vars:
                found[t] = Undef(t.type)
        elif isinstance(t, v.Ref | v.ListV | v.DictV | v.ObjV) and t.cell in template.new_cells:
            self._fill_undef(template, template.new_cells[t.cell][0], found)
        elif isinstance(t, v.TupleV | v.Items):
            for each in t.items:
                self._fill_undef(template, each, found)
        elif isinstance(t, v.DynList):
            for each in t.lists:
                self._fill_undef(template, each, found)
        elif isinstance(t, v.Entries | v.Fields):
            for _, each in t.entries:
                self._fill_undef(template, each, found)
        elif isinstance(t, v.OptV):
            self._fill_undef(template, t.is_none, found)
            self._fill_undef(template, t.value, found)

    def _match(self, template: Template, t: Any, value: Any, found: dict[Var, Any]) -> None:
        if isinstance(value, v.Unbound):
            self._fill_undef(template, t, found)
            return
        if isinstance(t, v.Poison):
            return
        if isinstance(t, v.OptV):
            if _is_none(value):
                self._bind(template, t.is_none, const(True), found)
                self._fill_undef(template, t.value, found)
            elif isinstance(value, v.OptV):
                self._bind(template, t.is_none, value.is_none, found)
                self._match(template, t.value, value.value, found)
            else:
                self._bind(template, t.is_none, const(False), found)
                self._match(template, t.value, value, found)
            return
        if isinstance(t, Var) and t in template.vars:
            if isinstance(value, v.Static) and isinstance(value.value, str):
                value = const(value.value)
            if isinstance(value, v.Static) and isinstance(value.value, _SCALARS):
                value = const(value.value)
            if isinstance(value, v.Ref):
                value = self.cx.atom(value)
                if isinstance(t.type, Scalar) and isinstance(value.type, Array):
                    value = self.cx.builder.raw(n.READ, (value, ()))
            if not v.is_number(value):
                raise Mismatch
            self._bind(template, t, value, found)
            return
        if isinstance(t, v.Ref) and t.cell in template.new_cells:
            var, _ = template.new_cells[t.cell]
            if isinstance(var, Var) and isinstance(var.type, Array) and var.type.loose:
                if isinstance(value, v.Static) and isinstance(value.value, _SCALARS):
                    value = const(value.value)
                if v.is_number(value):
                    self._bind(template, var, value, found)
                    return
            if not isinstance(value, v.Ref):
                raise Mismatch
            if isinstance(var, v.Choice):
                return
            self.links.append((t.cell, value.cell))
            self._bind(template, var, self.cx.atom(value), found)
            return
        if isinstance(t, v.TupleV):
            if not isinstance(value, v.TupleV) or len(value.items) != len(t.items):
                raise Mismatch
            for p, q in zip(t.items, value.items, strict=True):
                self._match(template, p, q, found)
            return
        if isinstance(t, v.ListV | v.DictV | v.ObjV) and t.cell in template.new_cells:
            if type(value) is not type(t):
                raise Mismatch
            self.links.append((t.cell, value.cell))
            content = self.cx.content(value.cell)
            self._match_content(template, template.new_cells[t.cell][0], content, found)
            return
        if t is value or t == value:
            return
        if isinstance(t, Const) and isinstance(value, Const) and _same_const(t, value):
            return
        raise Mismatch

    def _match_content(self, template: Template, t: Any, content: Any, found: Any) -> None:
        if isinstance(t, v.Poison):
            return
        if isinstance(t, Var) and t in template.vars:
            if not isinstance(content, Var | Undef):
                raise Mismatch
            self._bind(template, t, content, found)
            return
        if isinstance(t, v.Items) and isinstance(content, v.Items):
            if len(t.items) != len(content.items):
                raise Mismatch
            for p, q in zip(t.items, content.items, strict=True):
                self._match(template, p, q, found)
            return
        if isinstance(t, v.DynList) and isinstance(content, v.Items | v.DynList):
            if not any(x in template.vars for x in t.lists):
                if t != content:
                    raise Mismatch
                return
            dynamic = self.cx.as_dynamic(content, len(t.lists), t.shape)
            if dynamic is None or (dynamic.shape != t.shape and not _empty(content)):
                raise Mismatch
            for p, q in zip(t.lists, dynamic.lists, strict=True):
                self._bind(template, p, q, found)
            return
        if isinstance(t, v.Entries | v.Fields) and type(t) is type(content):
            for key, p in t.entries:
                q = content.get(key)
                self._match(template, p, v.UNBOUND if q is None else q, found)
            if any(t.get(key) is None for key, _ in content.entries):
                raise Mismatch
            return
        if t is content or t == content:
            return
        raise Mismatch

    def _bind(self, template: Template, var: Any, atom: Any, found: dict[Var, Any]) -> None:
        if not (isinstance(var, Var) and var in template.vars):
            if var is not atom and not (
                isinstance(var, Const) and isinstance(atom, Const) and _same_const(var, atom)
            ):
                raise Mismatch
            return
        if not fits(atom.type, var.type):
            raise Mismatch
        found[var] = atom

    links: list[tuple[int, int]]

    # ---- putting a template to use

    def instantiate(self, template: Template, new: list[Var]) -> tuple[Any, dict[int, Any]]:
        """The template's value with other variables, and its cells' contents, new cells renamed."""
        swap = dict(zip(template.vars, new, strict=True))
        cells = {cell: self.cx.new_id() for cell in template.new_cells}
        contents = {
            cells[cell]: (_swap(content, swap, cells), linked)
            for cell, (content, linked) in template.new_cells.items()
        }
        return _swap(template.value, swap, cells), contents


def _swap(value: Any, swap: dict[Var, Var], cells: dict[int, int]) -> Any:
    def go(x: Any) -> Any:
        return _swap(x, swap, cells)

    if isinstance(value, Var):
        return swap.get(value, value)
    if isinstance(value, v.Ref):
        return v.Ref(cells.get(value.cell, value.cell), value.path)
    if isinstance(value, v.TupleV):
        return v.TupleV(tuple(map(go, value.items)), value.cls)
    if isinstance(value, v.ListV | v.DictV):
        return type(value)(cells.get(value.cell, value.cell))
    if isinstance(value, v.ObjV):
        return v.ObjV(cells.get(value.cell, value.cell), value.cls)
    if isinstance(value, v.OptV):
        return v.OptV(go(value.is_none), go(value.value))
    if isinstance(value, v.Items):
        return v.Items(tuple(map(go, value.items)))
    if isinstance(value, v.DynList):
        return v.DynList(value.shape, tuple(map(go, value.lists)))
    if isinstance(value, v.Entries | v.Fields):
        return type(value)(tuple((k, go(x)) for k, x in value.entries))
    return value


def fits(t: Any, into: Any) -> bool:
    """Whether every value of type ``t`` is one of type ``into``."""
    if isinstance(t, Scalar) and isinstance(into, Scalar):
        return join(t, into, fresh_dim) == into
    if isinstance(t, Scalar) and isinstance(into, Array) and into.loose:
        return join(t, Scalar(into.dtype), fresh_dim).dtype == into.dtype  # type: ignore[union-attr]
    if isinstance(t, Array) and isinstance(into, Array):
        return (
            t.ndim == into.ndim
            and (into.loose or not t.loose)
            and join(Scalar(t.dtype), Scalar(into.dtype), fresh_dim) == Scalar(into.dtype)
            and all(_dim_fits(p, q) for p, q in zip(t.dims, into.dims, strict=True))
        )
    if isinstance(t, List) and isinstance(into, List):
        return t.elem is None or (into.elem is not None and fits(t.elem, into.elem))
    return isinstance(into, Opaque) and isinstance(t, Opaque) and into in (t, Opaque())


def _dim_fits(dim: Any, into: Any) -> bool:
    if into.one is not None and into.one is not dim.one:
        return False
    return dim.same(into) or into.base.startswith("?")


def _names_of(ref: Any, state: v.State) -> int:
    """How many names and items stand for this array."""
    cell = getattr(ref, "cell", None)
    return sum(1 for each in state.vars.values() if getattr(each, "cell", None) == cell) + sum(
        1
        for content in state.heap.values()
        if isinstance(content, v.Items)
        and any(getattr(x, "cell", None) == cell for x in content.items)
    )


def _is_none(value: Any) -> bool:
    return (isinstance(value, v.Static) and value.value is None) or (
        isinstance(value, Const) and value.value is None
    )


def _same_const(a: Const, b: Const) -> bool:
    return type(a.value) is type(b.value) and (a.value == b.value or a.value is b.value)


def _empty(content: Any) -> bool:
    if isinstance(content, v.Items):
        return not content.items
    return all(x.type.elem is None for x in content.lists)


def _leaf_hint(hint: str, key: Any) -> str:
    text = str(key)
    return f"{hint}_{text}" if text.isidentifier() or text.isdigit() else hint


def _word(value: Any) -> str:
    from_class = {
        v.TupleV: "a tuple",
        v.ListV: "a list",
        v.DictV: "a dict",
        v.Ref: "an array",
        v.FuncV: "a function",
        v.ObjV: "an object",
        v.Static: "a fixed object",
    }
    return from_class.get(type(value), "a number")


__all__ = ["Joiner", "Mismatch", "Template", "fits"]
