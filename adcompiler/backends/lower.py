"""From the differentiated IR, its copies placed, to the loop form.

Statements are lowered one by one: a scalar operation to an assignment, an operation on arrays to a
nest of its own that fills fresh memory. Views are maps of indices and cost nothing. `fuse` and
`contract` make one loop of many afterwards. What NumPy would refuse or raise (lengths that differ,
an index out of range, a division by zero) becomes a *requirement*; where one fails the caller runs
the NumPy text, which does whatever it does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from adcompiler.backends import array_ops, list_ops, loops, scalar_ops
from adcompiler.backends.arrays import ArrayValue, Axis, Fixedlist, Growing, Lazy, View
from adcompiler.backends.exprs import (
    INT,
    ONE,
    ZERO,
    cast,
    constant,
    minus,
    names_in,
    num,
    plus,
    split,
    truth,
)
from adcompiler.backends.loops import (
    Alloc,
    Assign,
    Break,
    Call,
    Expr,
    Kernel,
    Load,
    Name,
    Nest,
    Num,
    Require,
    Return,
    Store,
    Whole,
    inside,
)
from adcompiler.backends.tables import DTYPES
from adcompiler.emit.names import NameAllocator
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Function, Op, Region, Undef, Var
from adcompiler.ir.types import Array, List, Scalar
from adcompiler.optimise.buffers import Aliases

LARGEST = 62  # bits of an integer: more is not for the loop form


class Unlowered(Exception):
    """Something that the loop form does not say; ``place`` is the user's line."""

    def __init__(self, reason: str, place: n.Place | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


@dataclass
class Maybe:
    """A value that is bound on some paths only: where ``bound`` holds; None: nowhere."""

    value: Any
    bound: Name | None


@dataclass
class Scope:
    """An open block. ``kind``: function, for, while, if."""

    kind: str
    block: list[loops.Stmt]
    index: str = ""
    start: Expr = ZERO
    stop: Expr = ZERO
    step: int = 1
    known: set[Expr] = field(default_factory=set)


def lower(function: Function, aliases: Aliases, params: dict[Var, str], name: str) -> Kernel:
    """The kernel of a function; ``params`` names those parameters that it takes.

    Raises `Unlowered` with the first thing that has no loop form.
    """
    regrown: set[Var] = set()
    while True:
        try:
            return Lower(function, aliases, params, name, regrown).run()
        except list_ops.Regrow as again:
            regrown.add(again.var)


class Lower:
    def __init__(
        self,
        function: Function,
        aliases: Aliases,
        params: dict[Var, str],
        name: str,
        regrown: set[Var],
    ) -> None:
        self.regrown = regrown  # lists that cannot be kept as arrays
        self.function = function
        self.aliases = aliases
        self.params = params
        self.names = NameAllocator({*params.values(), name})
        self.arrays: dict[str, loops.Array] = {}
        self.env: dict[Var, Any] = {}
        self.scopes = [Scope("function", [])]
        self.depth: dict[str, int] = {}
        self.bits: dict[str, int] = {}
        self.place: n.Place | None = None
        self.kernel = Kernel(
            name, list(params.values()), self.scopes[0].block, self.arrays, names=self.names
        )
        self.uses: dict[Var, list[Any]] = {}
        self.counted_roots = 0
        self.dims: dict[str, Expr] = {}
        self.lengths: set[Expr] = set()
        self.least: dict[Expr, Require] = {}
        self.maybe = unbound_somewhere(function)
        for stmt in n.walk(function.body):
            for atom in n.operands(stmt):
                if isinstance(atom, Var):
                    self.uses.setdefault(atom, []).append(stmt)
            for region in n.regions(stmt):
                for atom in region.results:
                    if isinstance(atom, Var):
                        self.uses.setdefault(atom, []).append(stmt)

    def run(self) -> Kernel:
        for var, name in self.params.items():
            self.parameter(var, name)
        self.region(self.function.body)
        results = [self.result(each) for each in self.function.body.results]
        self.emit(Return(None, tuple(results)))
        return self.kernel

    # ---- what everything uses

    def refuse(self, reason: str) -> Unlowered:
        return Unlowered(reason, self.place)

    def emit(self, stmt: loops.Stmt) -> None:
        self.scopes[-1].block.append(stmt)

    def fresh(self, hint: str | None) -> str:
        name = self.names.fresh(hint or "t")
        self.depth[name] = len(self.scopes) - 1
        return name

    def assign(self, value: Expr, hint: str | None = None) -> Name:
        """``value`` under a name."""
        name = self.fresh(hint)
        self.emit(Assign(self.place, name, value))
        if value.dtype == INT:
            self.bits[name] = min(self.bits_of(value), LARGEST)
        return Name(name, value.dtype)

    def assign_early(self, value: Expr, hint: str) -> Name:
        """``value`` under a name, in the outermost block that knows what it is made of."""
        depth = max((self.depth.get(name, 0) for name in names_in(value)), default=0)
        name = self.names.fresh(hint)
        self.depth[name] = depth
        self.bits[name] = min(self.bits_of(value), LARGEST)
        self.scopes[depth].block.append(Assign(self.place, name, value))
        return Name(name, value.dtype)

    def bits_of(self, e: Expr) -> int:
        if isinstance(e, Num):
            return int(e.value).bit_length()
        if isinstance(e, Name):
            return self.bits.get(e.id, LARGEST)
        if isinstance(e, Call) and e.fn in ("+", "-"):
            return max(map(self.bits_of, e.args)) + 1
        if isinstance(e, Call) and e.fn == "*":
            return sum(map(self.bits_of, e.args))
        if isinstance(e, Call) and e.fn in ("neg", "max", "min", "//", "%"):
            return max(map(self.bits_of, e.args))
        if isinstance(e, Call) and e.fn == "where":
            return max(map(self.bits_of, e.args[1:]))
        return LARGEST

    def dimension(self, dim: Any) -> Expr | None:
        """The length that a dimension of the IR is known to be, everywhere in the kernel."""
        if not dim.base:
            return num(dim.add)
        found = self.dims.get(dim.base)
        return None if found is None else plus(found, dim.add)

    def root_of(self, var: Var) -> Any:
        return self.aliases.key(var)

    def own_root(self) -> Any:
        self.counted_roots += 1
        return ("own", self.counted_roots)

    def declare(self, name: str, dtype: str, ndim: int, root: Any) -> None:
        if dtype not in DTYPES:
            raise self.refuse(f"arrays of {dtype}")
        self.arrays[name] = loops.Array(dtype, ndim, root)

    # ---- requirements

    def require(self, cond: Expr, what: str) -> None:
        """Give up unless ``cond`` holds: told as early as its names and the branches allow."""
        known = _decided(cond)
        if known is True or any(cond in scope.known for scope in self.scopes):
            return
        depth = len(self.scopes) - 1
        if not any(isinstance(each, Load) for each in inside(cond)):
            lowest = max((k for k, s in enumerate(self.scopes) if s.kind == "if"), default=0)
            used = max((self.depth.get(name, 0) for name in names_in(cond)), default=0)
            depth = max(lowest, used)
            self.scopes[depth].known.add(cond)
        self.scopes[depth].block.append(Require(self.place, cond, what))

    def same(self, a: Expr, b: Expr, what: str = "lengths differ") -> None:
        if a != b:
            self.require(Call("==", (a, b), "bool"), what)

    def at_least(self, a: Expr, b: Expr, what: str) -> None:
        """``a >= b``, for all trips of the loops around."""
        base, more = split(minus(a, b))
        if base == ZERO and more >= 0:
            return
        if base in self.lengths and more >= 0:
            return
        if isinstance(base, Name) and self.depth.get(base.id, 0) == 0 and self.top_level():
            found = self.least.get(base)
            if found is not None:  # one requirement for all
                cond = found.cond
                assert isinstance(cond, Call) and isinstance(cond.args[1], Num)
                found.cond = Call(">=", (base, num(max(cond.args[1].value, -more))), "bool")
                return
            self.least[base] = found = Require(
                self.place, Call(">=", (base, num(-more)), "bool"), f"{base.id} is too small"
            )
            self.scopes[0].block.append(found)
            return
        self.require(Call(">=", (a, b), "bool"), what)

    def top_level(self) -> bool:
        """Whether no branch decides if this is reached."""
        return all(scope.kind != "if" for scope in self.scopes)

    def extremes(self, e: Expr) -> tuple[Expr, Expr]:
        """The least and the greatest value of an index over the loops around, as early as can be
        told.
        """
        low = high = e
        lowest = max((k for k, s in enumerate(self.scopes) if s.kind == "if"), default=0)
        for scope in reversed(self.scopes[lowest + 1 :]):
            if scope.kind != "for":
                continue
            index = Name(scope.index, INT)
            first, last = scope.start, plus(scope.stop, -1 if scope.step > 0 else 1)
            if scope.step < 0:
                first, last = last, first
            base, more = split(low)
            if base == index:
                low = plus(first, more)
            base, more = split(high)
            if base == index:
                high = plus(last, more)
        return low, high

    def checked_index(self, e: Expr, length: Expr, what: str = "an index out of range") -> Expr:
        """An index that is certainly in range, negative ones counted from the end."""
        e = cast(e, INT)
        if isinstance(e, Num):
            if e.value < 0:
                self.at_least(length, num(-e.value), what)
                return plus(length, e.value)
            self.at_least(length, num(e.value + 1), what)
            return e
        low, high = self.extremes(e)
        if low == e:  # says nothing about its sign
            wrapped = Call("neg", (length,), INT)
            self.require(Call(">=", (e, wrapped), "bool"), what)
            self.require(Call("<", (e, length), "bool"), what)
            return e
        if isinstance(low, Num) and low.value < 0:  # counts from the end on the first trips
            self.at_least(length, num(-low.value), what)
        else:
            self.at_least(low, ZERO, what)
        self.at_least(length, plus(high, 1), what)
        return e

    # ---- parameters and results

    def parameter(self, var: Var, name: str) -> None:
        t = var.type
        if isinstance(t, Scalar):
            if t.dtype not in DTYPES:
                raise self.refuse(f"a number of type {t.dtype}")
            self.env[var] = Name(name, t.dtype)
            if t.dtype == INT:
                self.bits[name] = LARGEST - 10
                size = Call("abs", (Name(name, INT),), INT)
                bound = num(1 << (LARGEST - 10))
                self.require(Call("<", (size, bound), "bool"), f"{name} is too large")
        elif isinstance(t, Array):
            self.declare(name, t.dtype, t.ndim, self.root_of(var))
            self.env[var] = view = self.whole_of(name, t)
            for dim, length in zip(t.dims, view.lens, strict=True):
                if dim.base and dim.base not in self.dims:
                    self.dims[dim.base] = plus(length, -dim.add)
        elif isinstance(t, List) and isinstance(t.elem, Scalar):
            self.declare(name, t.elem.dtype, 1, self.root_of(var))
            length = self.length_of(name, 0, f"{name}_length")
            self.env[var] = Fixedlist(name, t.elem.dtype, length, self.root_of(var))
        else:
            raise self.refuse(f"a parameter that is {t}")

    def length_of(self, array: str, axis: int, hint: str) -> Name:
        name = self.fresh(hint)
        self.bits[name] = 48
        self.emit(Whole(None, name, f"{{0}}.shape[{axis}]", (array,)))
        found = Name(name, INT)
        self.lengths.add(found)
        return found

    def whole_of(self, name: str, t: Array) -> View:
        """All of an array that is known by its name only."""
        hints = {1: ["size"], 2: ["rows", "columns"]}.get(t.ndim)
        hints = hints or [f"dim{k}" for k in range(t.ndim)]
        lens: list[Expr] = []
        for k, dim in enumerate(t.dims):
            if dim.known is not None and not dim.base:
                length: Expr = num(dim.known)
                self.same(self.length_of(name, k, f"{name}_{hints[k]}"), length)
            elif dim.one:
                length = ONE
                self.same(self.length_of(name, k, f"{name}_{hints[k]}"), length)
            else:
                length = self.length_of(name, k, f"{name}_{hints[k]}")
            lens.append(length)
        axes = tuple(Axis(k) for k in range(t.ndim))
        root = self.arrays[name].root
        return View(name, t.dtype, tuple(lens), axes, root)

    def result(self, atom: Any) -> str | Expr:
        """A result as it is returned: numbers, names of arrays and of lists."""
        if isinstance(atom, Undef):
            raise self.refuse("a result that is bound on some paths only")
        value = self.value(atom)
        if isinstance(value, View | Lazy):
            if not value.lens:
                return value.element(())
            if isinstance(value, View) and value.plain:
                return value.array
            return self.materialised(value, "t").array
        if isinstance(value, Fixedlist):
            return value.array
        if isinstance(value, Growing):
            return value.name
        if not isinstance(value, Num | Name | Load | Call):
            raise self.refuse("a list as a result")
        return value

    # ---- values

    def value(self, atom: Any) -> Any:
        """What an atom is here."""
        if isinstance(atom, Var):
            found = self.env.get(atom)
            if found is None:
                raise self.refuse(f"a value that is {atom.type}")
            if isinstance(found, Maybe):
                assert found.bound is not None
                self.require(found.bound, "a name without a value")
                return found.value
            return found
        if isinstance(atom, Const):
            t = atom.type
            if isinstance(t, Scalar) and t.dtype in DTYPES:
                return constant(atom.value, t.dtype)
            raise self.refuse(f"the constant {atom!r}")
        raise self.refuse(f"{atom!r} as an operand")

    def scalar(self, atom: Any) -> Expr:
        """A number; that of an array without axes, too."""
        value = self.value(atom)
        if isinstance(value, View | Lazy) and not value.lens:
            return value.element(())
        if not isinstance(value, Num | Name | Load | Call):
            raise self.refuse("an array or a list where a number is expected")
        return value

    def array(self, atom: Any) -> ArrayValue:
        """An array; a number is one without axes, a list of numbers one with one axis."""
        value = self.value(atom)
        if isinstance(value, View | Lazy):
            return value
        if isinstance(value, Fixedlist):
            return View(value.array, value.dtype, (value.length,), (Axis(0),), value.root)
        if not isinstance(value, Num | Name | Load | Call):
            raise self.refuse("a list where an array is expected")
        return Lazy(value.dtype, (), lambda at: value)

    def new_array(
        self, lens: tuple[Expr, ...], dtype: str, hint: str | None, root: Any = None, fill=False
    ) -> View:
        name = self.fresh(hint)
        root = root if root is not None else self.own_root()
        self.declare(name, dtype, len(lens), root)
        self.emit(Alloc(self.place, name, lens, dtype, fill))
        return View(name, dtype, lens, tuple(Axis(k) for k in range(len(lens))), root)

    def nest(self, lens: tuple[Expr, ...], body: Any) -> None:
        """``body`` is called with the indices, and gives the statements."""
        names = tuple(f"#{self.nests + k}" for k in range(len(lens)))
        self.nests += len(lens)
        stmts = body(tuple(Name(name, INT) for name in names))
        if lens:
            self.emit(Nest(self.place, names, lens, stmts))
        else:
            for stmt in stmts:
                self.emit(stmt)

    nests = 0

    def filled(
        self, lens: tuple[Expr, ...], dtype: str, hint: str | None, root: Any, element: Any
    ) -> View:
        """A new array with ``element(indices)`` at each place."""
        made = self.new_array(lens, dtype, hint, root)
        self.nest(
            lens,
            lambda at: [Store(self.place, made.array, at, cast(element(at), dtype))],
        )
        return made

    def materialised(self, value: ArrayValue, hint: str | None, root: Any = None) -> View:
        """The elements in fresh memory."""
        return self.filled(value.lens, value.dtype, hint, root, value.element)

    def plain(self, value: ArrayValue, hint: str | None = "t") -> View:
        """An array that has a name."""
        if isinstance(value, View) and value.plain:
            return value
        return self.materialised(value, hint)

    # ---- regions and statements

    def region(self, region: Region) -> None:
        for stmt in region.stmts:
            self.stmt(stmt)

    def stmt(self, stmt: n.Stmt) -> None:
        if stmt.place is not None:
            self.place = stmt.place
        if isinstance(stmt, Op):
            self.op(stmt)
        elif isinstance(stmt, n.If):
            self.branch(stmt)
        elif isinstance(stmt, n.For):
            self.for_(stmt)
        elif isinstance(stmt, n.While):
            self.while_(stmt)
        elif isinstance(stmt, n.Raise):
            self.emit(Require(self.place, Num(False, "bool"), "an exception of the function's own"))
        elif isinstance(stmt, n.Apply):
            raise self.refuse(f"the call of {stmt.callee} (recursion)")
        elif isinstance(stmt, n.Closure):
            raise self.refuse("a function that is passed to another")
        elif isinstance(stmt, n.Pullback):
            raise self.refuse("a pullback")
        else:
            raise self.refuse("an effect")

    def op(self, op: Op) -> None:
        if len(op.outs) != 1:
            raise self.refuse(scalar_ops.named_of(op.fn))
        for out in op.outs:
            t = out.type
            if isinstance(t, Scalar | Array) and t.dtype not in DTYPES:
                raise self.refuse(f"numbers of type {t.dtype}")
        if list_ops.lowered(self, op) or array_ops.lowered(self, op):
            return
        scalar_ops.lowered(self, op)

    # ---- control flow

    def open(self, scope: Scope) -> list[loops.Stmt]:
        self.scopes.append(scope)
        return scope.block

    def close(self) -> None:
        self.scopes.pop()

    def branch(self, stmt: n.If) -> None:
        if stmt.catches:
            raise self.refuse("a try statement")
        place = self.place
        cond = truth(self.scalar(stmt.cond))
        both: list[list[loops.Stmt]] = []
        sides: list[Scope] = []
        values: list[list[Any]] = []
        for region in (stmt.then, stmt.orelse):
            scope = Scope("if", [])
            self.open(scope)
            self.region(region)
            if not any(isinstance(s, n.Raise) for s in region.stmts):
                values.append([self.passed(stmt.outs[k], e) for k, e in enumerate(region.results)])
                sides.append(scope)
            self.close()
            both.append(scope.block)
        joins: list[_Join | None] = []
        for k, out in enumerate(stmt.outs):
            each = [side[k] for side in values]
            if any(x is None for x in each) or not each:
                joins.append(None)
            elif isinstance(each[0], View | Growing | Fixedlist) and all(
                x == each[0] for x in each
            ):
                self.env[out] = each[0]
                joins.append(None)
            else:
                bare = [x.value if isinstance(x, Maybe) else x for x in each]
                join = self.joining(self.fresh(out.hint), out.type, out, bare[0])
                if all(isinstance(x, View | Lazy) and x.lens == each[0].lens for x in each):
                    join.lens = each[0].lens
                joins.append(join)
        for scope, side in zip(sides, values, strict=True):
            self.open(scope)
            self.together([(j, x) for j, x in zip(joins, side, strict=True) if j is not None])
            self.close()
        self.place = place
        self.emit(loops.If(place, cond, *both))
        self.settle_outs(stmt.outs, joins)

    def passed(self, out: Var, atom: Any) -> Any:
        """What a branch passes on; None where nobody reads it."""
        if not self.uses.get(out) and out not in self.function.body.results:
            return None
        return self.moved(atom, out.type)

    def moved(self, atom: Any, t: Any) -> Any:
        """The value of an atom that is only passed on: it may be unbound."""
        if isinstance(atom, Undef):
            return Maybe(self.placeholder(t), None)
        found = self.env.get(atom) if isinstance(atom, Var) else None
        return found if isinstance(found, Maybe) else self.value(atom)

    def placeholder(self, t: Any) -> Any:
        """What a name holds that is not bound: nobody reads it."""
        if isinstance(t, Scalar) and t.dtype in DTYPES:
            return constant(0, t.dtype)
        if isinstance(t, Array) and t.dtype in DTYPES:
            return Lazy(t.dtype, (ZERO,) * t.ndim, lambda at: constant(0, t.dtype))
        raise self.refuse("a name that is bound on some paths only")

    def joining(self, name: str, t: Any, var: Var, like: Any = None) -> _Join:
        """What paths are joined into; ``like`` is what a loop starts from."""
        if isinstance(t, Scalar):
            if t.dtype not in DTYPES:
                raise self.refuse(f"numbers of type {t.dtype}")
            return self.flagged(_Join(name, t, Name(name, t.dtype)), var)
        if isinstance(t, Array):
            if not t.ndim:
                return self.flagged(_Join(name, t, Name(name, t.dtype)), var)
            self.declare(name, t.dtype, t.ndim, self.root_of(var))
            return self.flagged(_Join(name, t, None), var)
        if isinstance(like, Growing):
            return _Join(name, t, Growing(name, like.elem, like.root))
        if isinstance(like, Fixedlist):
            self.declare(name, like.dtype, 1, like.root)
            return _Join(name, t, Fixedlist(name, like.dtype, like.length, like.root))
        raise self.refuse(f"a value that is {t} and depends on the path")

    def flagged(self, join: _Join, var: Var) -> _Join:
        if var in self.maybe:
            join.bound = self.fresh(f"{join.name}_bound")
        return join

    def known_as(self, join: _Join, value: Any) -> Any:
        """What a name stands for that paths have assigned to."""
        if join.bound is None:
            return value
        self.depth[join.bound] = len(self.scopes) - 1
        return Maybe(value, Name(join.bound, "bool"))

    def settle_outs(self, outs: tuple[Var, ...], joins: list[Any]) -> None:
        for out, join in zip(outs, joins, strict=True):
            if join is None:
                continue
            self.depth[join.name] = len(self.scopes) - 1
            self.bits.pop(join.name, None)
            whole = isinstance(join.type, Array) and join.type.ndim
            self.env[out] = self.known_as(join, self.rebound(join) if whole else join.value)

    def rebound(self, join: _Join) -> View:
        """An array whose lengths may be others on each path."""
        axes = tuple(Axis(k) for k in range(join.type.ndim))
        if join.lens is not None:
            return View(join.name, join.type.dtype, join.lens, axes, self.arrays[join.name].root)
        return self.whole_of(join.name, join.type)

    def with_bounds(self, pairs: list[tuple[_Join, Any]]) -> list[tuple[_Join, Any]]:
        """The pairs, and for names that may be unbound whether they are bound."""
        found = []
        for join, value in pairs:
            bound: Expr = Num(True, "bool")
            if isinstance(value, Maybe):
                bound = value.bound or Num(False, "bool")
                value = value.value
            found.append((join, value))
            if join.bound is not None:
                flag_of = _Join(join.bound, Scalar("bool"), Name(join.bound, "bool"))
                found.append((flag_of, bound))
        return found

    def together(self, pairs: list[tuple[_Join, Any]]) -> None:
        """Assign values to joins as if at once."""
        todo: list[tuple[_Join, Any]] = []
        for join, value in self.with_bounds(pairs):
            ndim = join.type.ndim if isinstance(join.type, Array) else 0
            if ndim != len(getattr(value, "lens", ())):
                raise self.refuse("a number on one path and an array on another")
            if isinstance(value, View | Lazy) and isinstance(join.type, Array) and join.type.ndim:
                value = self.plain(value, join.name)
                for length, kept in zip(value.lens, join.lens or value.lens, strict=True):
                    self.same(length, kept)
                if value.array != join.name:
                    todo.append((join, value))
                continue
            if isinstance(value, Fixedlist | Growing):
                name = value.array if isinstance(value, Fixedlist) else value.name
                if type(value) is not type(join.value):
                    raise self.refuse("a list that depends on the path")
                if name != join.name:
                    todo.append((join, value))
                continue
            if isinstance(value, View | Lazy):
                value = value.element(())
            value = cast(value, join.type.dtype)
            if value != Name(join.name, join.type.dtype):
                todo.append((join, value))
        written = set()
        clash = False
        for join, value in todo:
            reads = _reads(value)
            if reads & written:
                clash = True
            written.add(join.name)
        if clash:
            todo = [(join, self.kept(value)) for join, value in todo]
        for join, value in todo:
            if isinstance(value, View | Fixedlist):
                self.emit(Whole(self.place, join.name, "{0}", (value.array,)))
            elif isinstance(value, Growing):
                self.emit(Whole(self.place, join.name, "{0}", (value.name,)))
            else:
                self.emit(Assign(self.place, join.name, value))

    def kept(self, value: Any) -> Any:
        """A value under a name that the assignments do not touch."""
        if isinstance(value, View):
            name = self.fresh("t")
            self.declare(name, value.dtype, len(value.lens), value.root)
            self.emit(Whole(self.place, name, "{0}", (value.array,)))
            return View(name, value.dtype, value.lens, value.axes, value.root)
        if isinstance(value, Fixedlist | Growing):
            raise self.refuse("lists that change places")
        return value if isinstance(value, Num) else self.assign(value)

    def carried(
        self, stmt: n.For | n.While, params: list[Var], recorded: list[int] | None = None
    ) -> list[_Join | None]:
        """The variables of a loop, set to what they start from; None for what is changed in place,
        which keeps its name.
        """
        joins: list[_Join | None] = []
        pairs = []
        for k, param in enumerate(params):
            init = stmt.inits[k]
            t = stmt.outs[k].type if isinstance(param.type, Scalar) else param.type
            like = self.moved(init, t)
            if param in self.maybe:
                bare = like.value if isinstance(like, Maybe) else like
                name = self.fresh(param.hint or stmt.outs[k].hint)
                joins.append(self.joining(name, t, param, bare))
                pairs.append((joins[-1], like))
                continue
            if isinstance(like, Lazy) and like.lens:
                like = self.materialised(like, param.hint, self.root_of(param))
            aliased = isinstance(like, View | Growing | Fixedlist)
            first = len(stmt.body.params) - len(params)
            if k in (recorded or ()) or (
                aliased and self.in_place(stmt, k, stmt.body.params[first + k])
            ):
                self.env[param] = self.env[stmt.outs[k]] = like
                joins.append(None)
                continue
            name = self.fresh(param.hint or stmt.outs[k].hint)
            join = self.joining(name, t, param, like)
            if isinstance(t, Array) and t.ndim:
                if not isinstance(like, View | Lazy) or not like.lens:
                    raise self.refuse("a number that becomes an array")
                if _same_dims(t, init.type):
                    join.lens = like.lens
            joins.append(join)
            pairs.append((join, like))
        self.together(pairs)
        return joins

    def in_place(self, stmt: Any, k: int, param: Var) -> bool:
        """Whether a carried array or list is the same memory on every trip."""
        atom: Any = stmt.body.results[k]
        made = {out: s for s in n.walk(stmt.body) for out in s.outs}
        return self.flows(atom, param, made)

    def flows(self, atom: Any, param: Var, made: dict[Var, Any]) -> bool:
        """Whether ``atom`` is ``param``, changed in place."""
        while isinstance(atom, Var) and atom is not param:
            source = made.get(atom)
            if isinstance(source, Op) and (
                source.fn in (n.UPDATE, n.ADD_AT, n.APPEND, n.DROP)
                or id(source) in self.aliases.in_place
            ):
                atom = source.args[0]
            elif isinstance(source, n.For | n.While):
                k = source.outs.index(atom)
                shift = 1 if isinstance(source, n.For) else 0
                if not self.flows(source.body.results[k], source.body.params[k + shift], made):
                    return False
                atom = source.inits[k]
            elif isinstance(source, n.If):
                k = source.outs.index(atom)
                if not self.flows(source.then.results[k], param, made):
                    return False
                atom = source.orelse.results[k]
            else:
                return False
        return atom is param

    def bind(self, params: list[Var], joins: list[_Join | None], inits: list[Var]) -> None:
        """Inside a loop: its variables change from trip to trip."""
        for param, join, first in zip(params, joins, inits, strict=True):
            if join is None:
                self.env[param] = self.env[first]
                continue
            self.depth[join.name] = len(self.scopes) - 1
            whole = isinstance(join.type, Array) and join.type.ndim
            self.env[param] = self.known_as(join, self.rebound(join) if whole else join.value)

    def for_(self, stmt: n.For) -> None:
        place = self.place
        step = self.scalar(stmt.step)
        if not isinstance(step, Num) or step.value == 0:
            raise self.refuse("a range whose step is not a constant")
        start, stop = cast(self.scalar(stmt.start), INT), cast(self.scalar(stmt.stop), INT)
        index, *params = stmt.body.params
        recorded = list_ops.recorded(self, stmt, start, stop, step.value)
        joins = self.carried(stmt, params, recorded)
        shift, shifted = self.shift(stmt, index)
        start, stop = plus(start, shift), plus(stop, shift)
        name = self.fresh(index.hint if shifted is None else shifted.hint)
        self.depth[name] = len(self.scopes)
        self.bits[name] = max(self.bits_of(start), 50) + 1
        block = self.open(Scope("for", [], name, start, stop, step.value))
        self.env[index] = plus(Name(name, INT), minus(ZERO, shift))
        self.bind(params, joins, params)
        for k in recorded:
            list_ops.start_recording(self, stmt, k, Name(name, INT), start, step.value)
        self.region(stmt.body)
        self.end_of_trip(stmt, joins)
        self.close()
        self.place = place
        self.emit(loops.For(place, name, start, stop, num(step.value), block))
        self.settle_outs(stmt.outs, joins)

    def shift(self, stmt: n.For, index: Var) -> tuple[Expr, Var | None]:
        """``i = 1 + k`` as all that is made of a counter ``k``: then ``i`` is the counter."""
        uses = self.uses.get(index, [])
        if len(uses) == 1 and isinstance(uses[0], Op) and uses[0].fn in _ADDITIONS:
            (op,) = uses
            if op in stmt.body.stmts and index not in stmt.body.results:
                other = [a for a in op.args if a is not index]
                if len(other) == 1 and isinstance(other[0], Const):
                    return cast(self.scalar(other[0]), INT), op.outs[0]
        return ZERO, None

    def end_of_trip(self, stmt: n.For | n.While, joins: list[_Join | None]) -> None:
        pairs = []
        for join, atom in zip(joins, stmt.body.results, strict=True):
            if join is not None:
                pairs.append((join, self.moved(atom, join.type)))
        self.together(pairs)
        if stmt.until is not None:
            join = joins[stmt.until]
            assert join is not None
            self.emit(loops.If(self.place, truth(join.value), [Break(self.place)], []))

    def while_(self, stmt: n.While) -> None:
        place = self.place
        joins = self.carried(stmt, stmt.test.params)
        test = self.open(Scope("while", []))
        self.bind(stmt.test.params, joins, stmt.test.params)
        self.region(stmt.test)
        cond = truth(self.scalar(stmt.test.results[0]))
        self.close()
        body = self.open(Scope("while", []))
        self.bind(stmt.body.params, joins, stmt.test.params)
        self.region(stmt.body)
        self.end_of_trip(stmt, joins)
        self.close()
        self.place = place
        self.emit(loops.While(place, test, cond, body))
        self.settle_outs(stmt.outs, joins)


@dataclass
class _Join:
    """A name that paths assign to. ``lens``: those of an array that keeps its lengths."""

    name: str
    type: Any
    value: Any
    lens: tuple[Expr, ...] | None = None
    bound: str | None = None  # what says whether it is bound, if it need not be


def unbound_somewhere(function: Function) -> set[Var]:
    """The values that are unbound on some path."""
    found: set[Var] = set()

    def may_be(atom: Any) -> bool:
        return isinstance(atom, Undef) or atom in found

    changed = True
    while changed:
        before = len(found)
        for stmt in n.walk(function.body):
            if isinstance(stmt, n.If):
                for k, out in enumerate(stmt.outs):
                    if may_be(stmt.then.results[k]) or may_be(stmt.orelse.results[k]):
                        found.add(out)
            elif isinstance(stmt, n.For | n.While):
                params = stmt.body.params[isinstance(stmt, n.For) :]
                for k, out in enumerate(stmt.outs):
                    same = [out, params[k], stmt.inits[k], stmt.body.results[k]]
                    if isinstance(stmt, n.While):
                        same.append(stmt.test.params[k])
                    if any(may_be(each) for each in same):
                        found.update(each for each in (*same[:2], *same[4:]))
        changed = len(found) > before
    return found


def _same_dims(a: Array, b: Any) -> bool:
    return isinstance(b, Array) and all(p.same(q) for p, q in zip(a.dims, b.dims, strict=True))


_ADDITIONS = (scalar_ops.ADD,)


def _reads(value: Any) -> set[str]:
    if isinstance(value, View | Fixedlist):
        return {value.array}
    if isinstance(value, Growing):
        return {value.name}
    return names_in(value)


def _decided(cond: Expr) -> bool | None:
    """Whether a comparison of integers holds whatever they are."""
    if isinstance(cond, Num):
        return bool(cond.value)
    if isinstance(cond, Call) and len(cond.args) == 2 and cond.args[0].dtype == INT:
        difference = minus(*cond.args)
        if isinstance(difference, Num):
            d = difference.value
            return {"==": d == 0, ">=": d >= 0, ">": d > 0, "<": d < 0, "<=": d <= 0}.get(cond.fn)
    return None
