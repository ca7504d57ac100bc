"""Lists: of numbers in arrays where their length is known, else as lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adcompiler.backends.arrays import Axis, Fixed, Fixedlist, Growing, Lazy, View, fixed
from adcompiler.backends.exprs import INT, cast, minus, names_in, num, split
from adcompiler.backends.loops import (
    Alloc,
    Call,
    Do,
    Expr,
    Load,
    Name,
    Num,
    Store,
    Whole,
    inside,
)
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Op
from adcompiler.ir.types import Array, List, Scalar

if TYPE_CHECKING:
    from adcompiler.backends.lower import Lower


@dataclass(frozen=True)
class Recording:
    """A list to which each trip of a loop appends one number: an array, written at ``at``."""

    array: str
    dtype: str
    length: Expr
    root: Any
    at: Expr


class Rows:
    """A list to which each trip of a loop appends an array, or a list of one length: an array with
    one more axis, made before the loop once the first item shows its lengths.
    """

    def __init__(self, var: n.Var, size: Expr, depth: int) -> None:
        self.var = var
        self.length = size
        self.depth = depth  # of the block that it is made in
        self.view: View | None = None

    def row(self, at: Expr) -> View:
        assert self.view is not None
        return row_of(self.view, at)


@dataclass(frozen=True)
class RowRecording:
    """`Rows`, inside the loop, on the trip that writes row ``at``."""

    rows: Rows
    at: Expr


@dataclass(frozen=True)
class Stack:
    """A list out of a list, or a copy of one, that is only read."""

    view: View

    @property
    def length(self) -> Expr:
        return self.view.lens[0]

    def row(self, at: Expr) -> View:
        return row_of(self.view, at)


class Regrow(Exception):
    """A list that has to grow after all: its items differ in length."""

    def __init__(self, var: n.Var) -> None:
        super().__init__()
        self.var = var


def row_of(view: View, at: Expr) -> View:
    def change(axis: Axis) -> Fixed | Axis:
        return fixed(axis, at) if axis.k == 0 else Axis(axis.k - 1, axis.offset, axis.step)

    return view.mapped(view.lens[1:], change)


def lowered(lo: Lower, op: Op) -> bool:
    """Lower an operation on lists; whether it is one."""
    fn, args = op.fn, op.args
    out = op.outs[0]
    first = args[0] if args else None
    of_list = isinstance(getattr(first, "type", None), List)
    if fn is n.LIST:
        made_list(lo, op)
    elif fn is n.LENGTH:
        lo.env[out] = length(lo, lo.value(first))
    elif fn is n.APPEND:
        append(lo, op)
    elif fn is n.DROP:
        value = growing(lo, first)
        lo.emit(Do(lo.place, "{0}.pop()", (value.name,)))
        lo.env[out] = value
    elif fn is n.REPEAT:
        repeat(lo, op)
    elif fn is n.READ and of_list:
        read(lo, op)
    elif fn in (n.UPDATE, n.ADD_AT) and of_list:
        update(lo, op)
    elif fn in (n.ZEROS_LIKE, n.COPY) and of_list:
        copy(lo, op)
    elif isinstance(out.type, List) or (of_list and isinstance(fn, n.Prim)):
        raise lo.refuse(f"{fn} of lists")
    else:
        return False
    return True


def growing(lo: Lower, atom: Any) -> Growing:
    value = lo.value(atom)
    if not isinstance(value, Growing):
        raise lo.refuse("a list that changes its length")
    return value


def length(lo: Lower, value: Any) -> Expr:
    if isinstance(value, Growing):
        name = lo.fresh("length")
        lo.bits[name] = 48
        lo.emit(Whole(lo.place, name, "len({0})", (value.name,)))
        return Name(name, INT)
    return value.length


def empty(t: Any) -> str:
    """An empty list whose kind the JIT can tell."""
    if isinstance(t, Scalar):
        item = _zero(t)
    elif isinstance(t, Array):
        item = f"np.empty(({'0, ' * t.ndim}), dtype=np.{t.dtype})"
    else:
        item = empty(t.elem)
    return f"[{item} for _ in range(0)]"


def kind_is_known(t: Any) -> bool:
    if isinstance(t, List):
        return kind_is_known(t.elem)
    if isinstance(t, Array):
        return t.ndim > 0 and t.dtype != "bool"
    return isinstance(t, Scalar)


def made_list(lo: Lower, op: Op) -> None:
    out = op.outs[0]
    t = out.type
    uses = lo.uses.get(out, ())
    if len(uses) == 1 and not op.args and isinstance(uses[0], n.For):
        lo.env[out] = _Later(t)  # the loop decides how it is kept
        return
    if len(uses) == 1 and len(op.args) == 1 and getattr(uses[0], "fn", None) is n.REPEAT:
        if isinstance(t.elem, Scalar):
            lo.env[out] = cast(lo.scalar(op.args[0]), t.elem.dtype)
            return
    made = start_list(lo, t, out)
    for each in op.args:
        push(lo, made, each)
    lo.env[out] = made


@dataclass(frozen=True)
class _Later:
    """An empty list that is not made yet."""

    type: Any


def start_list(lo: Lower, t: Any, var: n.Var) -> Growing:
    if not kind_is_known(t.elem):
        raise lo.refuse(f"a {t}")
    name = lo.fresh(var.hint)
    lo.emit(Whole(lo.place, name, empty(t.elem), ()))
    return Growing(name, t.elem, lo.root_of(var))


def item_of(lo: Lower, elem: Any, atom: Any) -> str | Expr:
    """What is put into a list, as an operand."""
    if isinstance(elem, Scalar):
        return cast(lo.scalar(atom), elem.dtype)
    value = lo.value(atom)
    if isinstance(elem, Array):
        return lo.plain(lo.array(atom)).array
    if isinstance(value, Rows | Fixedlist) and value.var is not None:
        raise Regrow(value.var)
    if not isinstance(value, Growing):
        raise lo.refuse("a list of another kind in a list")
    return value.name


def push(lo: Lower, target: Growing, atom: Any) -> None:
    item = item_of(lo, target.elem, atom)
    lo.emit(Do(lo.place, "{0}.append({1})", (target.name, item)))


def append(lo: Lower, op: Op) -> None:
    base, item = op.args
    value = lo.value(base)
    if isinstance(value, Recording):
        element = cast(lo.scalar(item), value.dtype)
        lo.emit(Store(lo.place, value.array, (value.at,), element))
        lo.env[op.outs[0]] = value
        return
    if isinstance(value, RowRecording):
        append_row(lo, value, item)
        lo.env[op.outs[0]] = value
        return
    value = growing(lo, base)
    push(lo, value, item)
    lo.env[op.outs[0]] = value


def append_row(lo: Lower, recording: RowRecording, item: Any) -> None:
    rows = recording.rows
    value = lo.value(item)
    if isinstance(value, Rows | Stack):
        value = value.view
    elif isinstance(value, Fixedlist):
        value = View(value.array, value.dtype, (value.length,), (Axis(0),), value.root)
    if not isinstance(value, View | Lazy) or not value.lens:
        raise Regrow(rows.var)
    for length in value.lens:
        if any(isinstance(each, Load) for each in inside(length)):
            raise Regrow(rows.var)
        if any(lo.depth.get(name, 0) > rows.depth for name in names_in(length)):
            raise Regrow(rows.var)
    lens = (rows.length, *value.lens)
    name = lo.names.fresh(rows.var.hint or "t")
    lo.depth[name] = rows.depth
    root = lo.own_root()
    lo.declare(name, value.dtype, len(lens), root)
    lo.scopes[rows.depth].block.append(Alloc(lo.place, name, lens, value.dtype))
    rows.view = View(name, value.dtype, lens, tuple(Axis(k) for k in range(len(lens))), root)
    lo.nest(
        value.lens,
        lambda at: [Store(lo.place, name, (recording.at, *at), value.element(at))],
    )


def repeat(lo: Lower, op: Op) -> None:
    """``[0.0] * k``."""
    out = op.outs[0]
    value, count = (lo.value(each) for each in op.args)
    if isinstance(value, Growing | Fixedlist | View):
        raise lo.refuse("a list, repeated")
    count = Call("max", (cast(count, INT), num(0)), INT)
    root = lo.root_of(out)
    size = lo.assign(count, "count")
    made = lo.filled((size,), value.dtype, out.hint, root, lambda at: value)
    lo.env[out] = Fixedlist(made.array, value.dtype, size, root)


def read(lo: Lower, op: Op) -> None:
    base, index = op.args
    out = op.outs[0]
    if isinstance(index, tuple) and len(index) == 1:
        (index,) = index
    if isinstance(index, n.Slice | tuple):
        raise lo.refuse("a slice of a list")
    value = lo.value(base)
    at = cast(lo.scalar(index), INT)
    if isinstance(value, Fixedlist):
        at = lo.checked_index(at, value.length)
        lo.env[out] = lo.assign(Load(value.array, (at,), value.dtype), out.hint)
        return
    if isinstance(value, Rows | Stack):
        row = value.row(lo.checked_index(at, value.length))
        if isinstance(out.type, Scalar):
            lo.env[out] = lo.assign(row.element(()), out.hint)
        else:
            lo.env[out] = row if isinstance(out.type, Array) else Stack(row)
        return
    value = growing(lo, base)
    operands: tuple[str | Expr, ...] = (value.name, at)
    if isinstance(value.elem, Scalar):
        name = lo.fresh(out.hint)
        lo.emit(Whole(lo.place, name, "{0}[{1}]", operands))
        lo.env[out] = Name(name, value.elem.dtype)
    elif isinstance(value.elem, Array):
        name = lo.fresh(out.hint)
        lo.declare(name, value.elem.dtype, value.elem.ndim, lo.root_of(out))
        lo.emit(Whole(lo.place, name, "{0}[{1}]", operands))
        lo.env[out] = known_lengths(lo, name, out.type)
    else:
        name = lo.fresh(out.hint)
        lo.emit(Whole(lo.place, name, "{0}[{1}]", operands))
        lo.env[out] = Growing(name, value.elem.elem, lo.root_of(out))


def known_lengths(lo: Lower, name: str, t: Array) -> View:
    """An array out of a list: its lengths are those the type says, checked."""
    lens = []
    for k, dim in enumerate(t.dims):
        found = lo.length_of(name, k, f"{name}_size" if t.ndim == 1 else f"{name}_dim{k}")
        known = lo.dimension(dim)
        if known is None:
            lens.append(found)
        else:
            lo.same(found, known)
            lens.append(known)
    root = lo.arrays[name].root
    return View(name, t.dtype, tuple(lens), tuple(Axis(k) for k in range(t.ndim)), root)


def update(lo: Lower, op: Op) -> None:
    base, path, item = op.args
    out = op.outs[0]
    value = lo.value(base)
    if len(path) != 1:
        raise lo.refuse("a store into an array in a list")
    index = path[0][0] if isinstance(path[0], tuple) and len(path[0]) == 1 else path[0]
    if isinstance(index, tuple):
        raise lo.refuse("a slice of a list")
    at = cast(lo.scalar(index), INT)
    if isinstance(value, Fixedlist):
        at = lo.checked_index(at, value.length)
        element = cast(lo.scalar(item), value.dtype)
        if op.fn is n.ADD_AT:
            element = Call("+", (Load(value.array, (at,), value.dtype), element), value.dtype)
        lo.emit(Store(lo.place, value.array, (at,), element))
    else:
        value = growing(lo, base)
        if op.fn is n.ADD_AT and not isinstance(value.elem, Scalar):
            raise lo.refuse("arrays in a list, added to")
        sign = "+=" if op.fn is n.ADD_AT else "="
        operand = item_of(lo, value.elem, item)
        lo.emit(Do(lo.place, f"{{0}}[{{1}}] {sign} {{2}}", (value.name, at, operand)))
    lo.env[out] = value


def copy(lo: Lower, op: Op) -> None:
    """A copy of a list, or its zero."""
    out = op.outs[0]
    value = lo.value(op.args[0])
    root = lo.root_of(out)
    zero = op.fn is n.ZEROS_LIKE
    if isinstance(value, Growing):
        lo.env[out] = copied(lo, value, out, zero)
        return
    if isinstance(value, Rows | Stack | RowRecording | Recording) and not zero:
        lo.env[out] = value  # it is only read
        return
    if not isinstance(value, Fixedlist):
        raise lo.refuse("a copy of a list of another kind")
    made = lo.new_array((value.length,), value.dtype, out.hint, root, fill=zero)
    if not zero:
        source = View(value.array, value.dtype, (value.length,), (Axis(0),), value.root)
        lo.nest(
            made.lens,
            lambda at: [Store(lo.place, made.array, at, source.element(at))],
        )
    lo.env[out] = Fixedlist(made.array, value.dtype, value.length, root)


def copied(lo: Lower, value: Growing, out: n.Var, zero: bool) -> Growing:
    template = "{0}.copy()"
    if zero:
        if isinstance(value.elem, Scalar):
            template = f"[{_zero(value.elem)} for _ in range(len({{0}}))]"
        elif isinstance(value.elem, Array):
            template = "[np.zeros_like(each) for each in {0}]"
        else:
            raise lo.refuse("the zero of a list of lists")
    name = lo.fresh(out.hint)
    lo.emit(Whole(lo.place, name, template, (value.name,)))
    return Growing(name, value.elem, lo.root_of(out))


def _zero(t: Scalar) -> str:
    return {"float64": "0.0", "int64": "0", "bool": "False"}.get(t.dtype, f"np.{t.dtype}(0)")


# ---- records of known length


def recorded(lo: Lower, loop: n.For, start: Expr, stop: Expr, step: int) -> list[int]:
    """The positions of the lists that get one number on each trip; made, as arrays."""
    found = []
    for k, init in enumerate(loop.inits):
        value = lo.env.get(init) if isinstance(init, n.Var) else None
        if not isinstance(value, _Later):
            continue
        lo.env[init] = value = _Later(loop.body.params[k + 1].type)  # knows what it will hold
        if loop.until is None and abs(step) == 1 and one_append(lo, loop, k, value):
            found.append(k)
            continue
        lo.env[init] = start_list(lo, value.type, init)
    count = minus(stop, start) if step > 0 else minus(start, stop)
    base, more = split(count)
    if not isinstance(count, Num) and not (base in lo.lengths and more >= 0):
        count = Call("max", (count, num(0)), INT)
    size = lo.assign_early(count, "trips") if found and isinstance(count, Call) else count
    for k in found:
        init = loop.inits[k]
        t = lo.env[init].type
        if not isinstance(t.elem, Scalar):
            lo.env[init] = Rows(init, size, len(lo.scopes) - 1)
            continue
        name = lo.fresh(loop.outs[k].hint)
        root = lo.root_of(init)
        lo.declare(name, t.elem.dtype, 1, root)
        lo.emit(Alloc(lo.place, name, (size,), t.elem.dtype))
        lo.env[init] = Fixedlist(name, t.elem.dtype, size, root, init)
    return found


def one_append(lo: Lower, loop: n.For, k: int, value: _Later) -> bool:
    """Whether a carried list is appended to once a trip, and is only read afterwards."""
    if loop.inits[k] in lo.regrown or not kind_is_known(value.type.elem):
        return False
    param = loop.body.params[k + 1]
    result = loop.body.results[k]
    op = only_use(lo, param)
    if op is not None and op.fn is n.COPY:  # the list was empty before the loop: it is ours
        op = only_use(lo, op.outs[0])
    if op is None or op.fn is not n.APPEND or op not in loop.body.stmts:
        return False
    if op.outs[0] is not result or only_use(lo, op.outs[0]) is not None:
        return False
    return len(lo.uses.get(op.outs[0], ())) == 1 and only_read(lo, loop.outs[k])


def only_use(lo: Lower, var: n.Var) -> Op | None:
    """The operation that is the only one to read a value, if there is one."""
    uses = lo.uses.get(var, ())
    return uses[0] if len(uses) == 1 and isinstance(uses[0], Op) else None


def only_read(lo: Lower, var: n.Var) -> bool:
    """Whether nothing changes a list or passes it on, but into another list that is only read."""
    if any(atom is var for atom in lo.function.body.results):
        return False
    for use in lo.uses.get(var, ()):
        if not isinstance(use, Op):
            return False
        out = use.outs[0]
        inner = isinstance(out.type, List) and use.fn in (n.READ, n.COPY)
        if use.fn not in (n.READ, n.LENGTH, n.COPY, n.APPEND) or (use.fn is n.COPY and not inner):
            return False
        if use.fn is n.APPEND and use.args[0] is var:
            return False
        if inner and not only_read(lo, out):
            return False
    return True


def start_recording(lo: Lower, loop: n.For, k: int, index: Expr, start: Expr, step: int) -> None:
    """Inside a loop: its list is an array with a place for this trip."""
    param = loop.body.params[k + 1]
    value = lo.env[loop.inits[k]]
    if isinstance(value, Rows):
        value_at = minus(index, start) if step > 0 else minus(start, index)
        lo.env[param] = RowRecording(value, value_at)
        return
    at = minus(index, start) if step > 0 else minus(start, index)
    lo.env[param] = Recording(value.array, value.dtype, value.length, value.root, at)
