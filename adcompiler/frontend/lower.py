"""Lowering: a Python function and the types of its arguments become IR.

One abstract execution of the source does name resolution, type inference and functionalisation at
once: which function a call means is known only from types, and types only from which function is
called. A branch whose condition is known is taken; every other branch and loop becomes one of the
IR, with what its paths leave in names and cells joined where they meet.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import replace
from typing import Any

import numpy as np

from adcompiler import errors
from adcompiler.frontend import (
    arithmetic,
    calls,
    indexing,
    iteration,
    keywords,
    library_calls,
    numpy_calls,
    several_results,
    tries,
    views,
)
from adcompiler.frontend import values as v
from adcompiler.frontend.context import Context, Frame, NeedStatic, describe
from adcompiler.frontend.exits import without_jumps
from adcompiler.frontend.expressions import Expressions
from adcompiler.frontend.joining import Deciding, Joiner, Mismatch, Template
from adcompiler.frontend.recursion import Unknown
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const, is_const
from adcompiler.ir.nodes import Const, For, If, Raise, Region, Undef, Var, While
from adcompiler.ir.rewrite import substituted
from adcompiler.ir.types import BOOL, INT, Array, List, Opaque

_MAX_TRIALS = 12


class Lowerer(Expressions, Context):
    """One compilation: lowers a function and everything it calls into one region."""

    def __init__(self, program: Any, simplifier: Any = None) -> None:
        Context.__init__(self, program, simplifier)
        self.joiner = Joiner(self)
        self.joiner.links = []
        self.body_cache: dict[Any, list[ast.stmt]] = {}

    # ---- statements

    def block(self, stmts: list[ast.stmt]) -> None:
        for stmt in stmts:
            if self.state.dead:
                return
            method = getattr(self, f"stmt_{type(stmt).__name__}", None)
            if method is None:
                word = type(stmt).__name__.lower()
                raise self.refuse(f"{word} statements are not supported", node=stmt, code="AD200")
            with self.at(stmt):
                method(stmt)

    def stmt_Expr(self, stmt: ast.Expr) -> None:
        if isinstance(stmt.value, ast.Constant):
            return
        if isinstance(stmt.value, ast.Yield | ast.YieldFrom | ast.Await):
            raise self.refuse(
                "generators and coroutines are not supported", "return a list instead", code="AD201"
            )
        self.expr(stmt.value)

    def stmt_Pass(self, stmt: ast.Pass) -> None:
        pass

    def stmt_Assign(self, stmt: ast.Assign) -> None:
        target = stmt.targets[0]
        self.named = (stmt.value, target.id) if isinstance(target, ast.Name) else (None, "")
        value = self.expr(stmt.value)
        for target in stmt.targets:
            self.assign(target, value)

    def stmt_AnnAssign(self, stmt: ast.AnnAssign) -> None:
        if stmt.value is not None:
            self.assign(stmt.target, self.expr(stmt.value))

    def stmt_AugAssign(self, stmt: ast.AugAssign) -> None:
        target = stmt.target
        if isinstance(target, ast.Name):
            old = self.lookup(target.id, target)
            new = self.in_place(old, stmt.op, self.expr(stmt.value))
            if new is not old:
                self.bind(target.id, new)
        elif isinstance(target, ast.Attribute):
            owner = self.expr(target.value)
            old = self.attribute(owner, target.attr)
            new = self.in_place(old, stmt.op, self.expr(stmt.value))
            if new is not old:
                self.set_attribute(owner, target.attr, new)
        elif isinstance(target, ast.Subscript):
            owner = self.expr(target.value)
            index = self.expr(target.slice)
            old = indexing.get_item(self, owner, index)
            new = self.in_place(old, stmt.op, self.expr(stmt.value))
            indexing.set_item(self, owner, index, new)
        else:
            raise self.refuse(
                "this target of an augmented assignment is not supported", code="AD200"
            )

    def in_place(self, old: Any, op: ast.operator, value: Any) -> Any:
        """``old op= value``: ``old`` itself where it was changed in place."""
        if isinstance(old, v.OptV):
            old = old.value
        if isinstance(old, v.Ref):
            result = arithmetic.binary(self, op, old, value)
            t, into = self.type_of(result), self.type_of(old)
            if isinstance(into, Array) and into.loose and not self.state.alias.get(old.cell):
                return result  # rebound where it is a number; else nobody else sees the change
            if isinstance(t, Array) and isinstance(into, Array) and t.ndim != into.ndim:
                raise self.refuse(
                    "the result doesn't have the shape of the array it goes into", code="AD213"
                )
            self.overwrite(old, self.atom(result))
            return old
        if isinstance(old, v.ListV) and isinstance(op, ast.Add):
            calls.list_extend(self, old, value)
            return old
        if isinstance(old, v.ObjV):
            made = arithmetic.in_place_method(self, old, op, value)
            if made is not None:
                return made
        return arithmetic.binary(self, op, old, value)

    def assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            self.unpack(target, value)
        elif isinstance(target, ast.Subscript):
            owner = self.expr(target.value)
            indexing.set_item(self, owner, self.expr(target.slice), value)
        elif isinstance(target, ast.Attribute):
            self.set_attribute(self.expr(target.value), target.attr, value)
        else:
            raise self.refuse(
                "this target of an assignment is not supported", node=target, code="AD200"
            )

    def unpack(self, target: ast.Tuple | ast.List, value: Any) -> None:
        if isinstance(value, v.OptV):
            value = value.value
        stars = [k for k, each in enumerate(target.elts) if isinstance(each, ast.Starred)]
        wanted = len(target.elts)
        if stars and isinstance(value, v.Ref | v.ListV):
            value = self.cut(value, stars[0], wanted)
        items = iteration.items(self, value, None if stars else wanted)
        if stars:
            before, after = stars[0], wanted - stars[0] - 1
            if len(items) < wanted - 1:
                raise self.refuse(
                    f"{len(items)} values can't be unpacked into {wanted - 1} or more", code="AD213"
                )
            middle = items[before : len(items) - after]
            starred = target.elts[before]
            assert isinstance(starred, ast.Starred)
            if (
                isinstance(value, v.TupleV)
                and len(items) == wanted
                and isinstance(middle[0], v.ListV)
            ):
                for each, item in zip(target.elts, items, strict=True):
                    self.assign(each.value if each is starred else each, item)
                return
            for each, item in zip(target.elts[:before], items[:before], strict=True):
                self.assign(each, item)
            self.assign(starred.value, v.ListV(self.cell(v.Items(tuple(middle)))))
            tail = items[len(items) - after :] if after else []
            for each, item in zip(target.elts[before + 1 :], tail, strict=True):
                self.assign(each, item)
            return
        if len(items) != wanted:
            raise self.refuse(
                f"{len(items)} values can't be unpacked into {wanted} names", code="AD213"
            )
        for each, item in zip(target.elts, items, strict=True):
            self.assign(each, item)

    def cut(self, value: Any, before: int, wanted: int) -> Any:
        """A sequence of unknown length as its items, those of the starred name as a list."""
        after = wanted - before - 1
        if isinstance(iteration.sequence(self, value).length, int):
            return value
        end = v.Static(None) if not after else const(-after)
        middle = indexing.get_item(self, value, v.SliceV(const(before), end, v.Static(None)))
        head = [indexing.get_item(self, value, const(k)) for k in range(before)]
        tail = [indexing.get_item(self, value, const(k - after)) for k in range(after)]
        starred = calls.call_value(self, v.Static(list), (middle,), {})
        return v.TupleV((*head, starred, *tail))

    def bind(self, name: str, value: Any) -> None:
        frame = self.frame
        if name in frame.declared:
            raise self.refuse(
                f"'{name}' is declared global or nonlocal and assigned to here",
                "return the new value instead",
                code="AD203",
            )
        if not self.reading_rule:
            self.name_value(value, name)
        self.state.vars[(frame.id, name)] = value

    def stmt_Delete(self, stmt: ast.Delete) -> None:
        for target in stmt.targets:
            if isinstance(target, ast.Name):
                self.lookup(target.id, target)
                self.state.vars[(self.frame.id, target.id)] = v.UNBOUND
            elif isinstance(target, ast.Subscript):
                owner = self.expr(target.value)
                indexing.delete_item(self, owner, self.expr(target.slice))
            elif isinstance(target, ast.Attribute):
                owner = self.expr(target.value)
                if not isinstance(owner, v.ObjV):
                    raise self.refuse("this attribute can't be deleted here", code="AD200")
                fields = self.content(owner.cell)
                kept = tuple((k, x) for k, x in fields.entries if k != target.attr)
                self.mutate(owner.cell, v.Fields(kept))
            else:
                raise self.refuse("this can't be deleted here", code="AD200")

    def stmt_Global(self, stmt: ast.Global) -> None:
        pass  # reading is allowed; ``bind`` refuses writing

    stmt_Nonlocal = stmt_Global

    def stmt_Import(self, stmt: ast.Import) -> None:
        for alias in stmt.names:
            module = self.import_module(alias.name)
            if alias.asname:
                self.bind(alias.asname, v.Static(module))
            else:
                top = alias.name.partition(".")[0]
                self.bind(top, v.Static(self.import_module(top)))

    def stmt_ImportFrom(self, stmt: ast.ImportFrom) -> None:
        package = self.frame.globals.get("__package__")
        name = "." * stmt.level + (stmt.module or "")
        module = self.import_module(name, package)
        for alias in stmt.names:
            if not hasattr(module, alias.name):
                raise self.refuse(f"{name} has no attribute {alias.name}", code="AD213")
            self.bind(alias.asname or alias.name, self.lift(getattr(module, alias.name)))

    def stmt_FunctionDef(self, stmt: ast.FunctionDef) -> None:
        fn: Any = self.function_value(stmt, stmt.name)
        for decorator in reversed(stmt.decorator_list):
            fn = calls.call_value(self, self.expr(decorator), (fn,), {})
        self.state.vars[(self.frame.id, stmt.name)] = fn

    def function_value(self, node: Any, name: str) -> v.FuncV:
        defaults = tuple(self.expr(each) for each in node.args.defaults)
        kw_defaults = tuple(None if e is None else self.expr(e) for e in node.args.kw_defaults)
        return v.FuncV(node, self.frame.id, self.frame.source, defaults, kw_defaults, name)

    def stmt_Return(self, stmt: ast.Return) -> None:
        value = v.Static(None) if stmt.value is None else self.expr(stmt.value)
        if len(self.frames) == 2 and self.builder.place is not None and not self.reading_rule:
            self.returns[self.builder.place.line] = self.builder.place
        self.state.vars[(self.frame.id, "%return")] = value

    def stmt_Break(self, stmt: ast.Break) -> None:
        self.state.vars[(self.frame.id, "%break")] = const(True)

    def stmt_Raise(self, stmt: ast.Raise) -> None:
        exc: Any = self.expr(stmt.exc) if stmt.exc is not None else v.Static(RuntimeError)
        args: tuple[Any, ...] = ()
        if isinstance(exc, v.ObjV):
            args, exc = (), v.Static(exc.cls)
        elif isinstance(exc, v.MethodV) and exc.name == "exception":
            exc, args = v.Static(exc.self[0]), tuple(exc.self[1])
        if not (isinstance(exc, v.Static) and isinstance(exc.value, type)):
            raise self.refuse(
                "only an exception class, or a call of one, can be raised here", code="AD200"
            )
        self.raise_(exc.value, args)

    def raise_(self, cls: type, args: tuple[Any, ...]) -> None:
        if self.reading_rule:
            said = args[0].value if args and isinstance(args[0], v.Static) else "not supported"
            raise self.refuse(str(said), code="AD300")
        self.raised = self.node
        atoms = tuple(self.message_atom(each) for each in args)
        self.builder.add_stmt(Raise((), self.builder.place, cls, atoms))
        self.state.dead = True

    def message_atom(self, value: Any) -> Any:
        """What an exception or a print is given; anything the IR can't hold is described."""
        try:
            return self.atom(value)
        except errors.AdcompilerError:
            return const(f"<{describe(value)}>")

    def stmt_Assert(self, stmt: ast.Assert) -> None:
        def fails() -> None:
            args = () if stmt.msg is None else (self.expr(stmt.msg),)
            self.raise_(AssertionError, args)

        self.branch(self.truth(self.expr(stmt.test)), lambda: None, fails)

    def stmt_With(self, stmt: ast.With) -> None:
        from_np = []
        for item in stmt.items:
            manager = self.expr(item.context_expr)
            if not (isinstance(manager, v.MethodV) and manager.name == "errstate"):
                raise self.refuse(
                    "this context manager is not supported",
                    "only np.errstate (and warnings.catch_warnings) can be used here",
                    node=item.context_expr,
                    code="AD206",
                )
            from_np.append(manager)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, v.Static(None))
        self.block(stmt.body)

    def stmt_Try(self, stmt: ast.Try) -> None:
        tries.try_(self, stmt)

    stmt_TryStar = stmt_Try

    def stmt_Match(self, stmt: Any) -> None:
        raise self.refuse(
            "match statements are not supported", "write if/elif instead", code="AD207"
        )

    def stmt_ClassDef(self, stmt: ast.ClassDef) -> None:
        raise self.refuse(
            "classes defined inside a differentiated function are not supported",
            "move the class out of the function",
            code="AD204",
        )

    def stmt_AsyncFunctionDef(self, stmt: Any) -> None:
        raise self.refuse("async functions are not supported", code="AD202")

    stmt_AsyncFor = stmt_AsyncWith = stmt_AsyncFunctionDef

    # ---- branches

    def stmt_If(self, stmt: ast.If) -> None:
        self.branch(
            self.truth(self.expr(stmt.test)),
            lambda: self.block(stmt.body),
            lambda: self.block(stmt.orelse),
        )

    def branch(self, cond: Any, then: Any, orelse: Any) -> None:
        """Run the branch that ``cond`` (a bool, or an atom) chooses, or both and join them."""
        if isinstance(cond, bool):
            (then if cond else orelse)()
            return
        before = self.state
        sides = []
        unknown = False
        for body in (then, orelse):
            self.state = before.copy()
            region = Region()
            with self.builder.block(region):
                try:
                    body()
                except Unknown:
                    unknown = self.state.dead = True
            sides.append((region, self.state))
        (r1, s1), (r2, s2) = sides
        if unknown and s1.dead and s2.dead:
            raise Unknown
        stmt = If((), self.builder.place, cond, r1, r2)
        self.state = self.join_states(before, r1, s1, r2, s2, stmt)
        self.builder.add_stmt(stmt)

    def join_states(
        self, before: v.State, r1: Region, s1: v.State, r2: Region, s2: v.State, stmt: If
    ) -> v.State:
        if s1.dead and s2.dead:
            return s1
        after = before.copy()
        if s1.dead or s2.dead:
            return self._one_side(before, r1, s1, r2, s2, stmt)
        outs: list[Var] = []

        def take(template: Template, in1: Any, in2: Any, contents: bool) -> Any:
            pick = self.joiner.content_pieces if contents else self.joiner.pieces
            self.joiner.links = links = []
            for region, state, value in ((r1, s1, in1), (r2, s2, in2)):
                self.state = state
                with self.builder.block(region):
                    region.results += pick(template, value)
            self.state = after
            outs.extend(template.vars)
            for cell, (content, linked) in template.new_cells.items():
                after.heap[cell] = content
                links += [(cell, other) for other in linked]
            for a, b in links:
                self.link(a, b)
            return template.value

        self.state = after
        after.alias = _merge_alias(s1.alias, s2.alias)
        for cell in sorted(s1.heap.keys() | s2.heap.keys()):
            a, b = s1.heap.get(cell), s2.heap.get(cell)
            if a is None or b is None:
                after.heap[cell] = a if b is None else b
            elif a is not b:
                hint = self.cell_hint(cell)
                template = self.joiner.content(a, b, s1, s2, hint)
                after.heap[cell] = take(template, a, b, True)
        for key in dict.fromkeys([*s1.vars, *s2.vars]):
            a, b = s1.vars.get(key, v.UNBOUND), s2.vars.get(key, v.UNBOUND)
            if a is b:
                after.vars[key] = a
                continue
            hint = _hint(key[1])
            if not stmt.catches:
                self.joiner.deciding = Deciding((id(self.node), hint), stmt, before)
            template = self.joiner.generalise(a, b, s1, s2, hint)
            self.joiner.deciding = None
            after.vars[key] = take(template, a, b, False)
        after.views = {k: x for k, x in s1.views.items() if s2.views.get(k) is x}
        stmt.outs = tuple(outs)
        return after

    def _one_side(
        self, before: v.State, r1: Region, s1: v.State, r2: Region, s2: v.State, stmt: If
    ) -> v.State:
        """One branch raises: the state is the other's, its values handed out of the region."""
        live_region, live = (r2, s2) if s1.dead else (r1, s1)
        made: dict[Var, Var] = {}
        own = {out for each in n.walk(live_region) for out in each.outs}

        def out(atom: Any) -> Any:
            if isinstance(atom, Var) and atom in own:
                if atom not in made:
                    made[atom] = Var(atom.type, atom.hint, atom.user)
                return made[atom]
            return atom

        state = map_state(live, out)
        state.views = {k: x for k, x in before.views.items() if live.views.get(k) is x}
        for atom in made:
            (r2 if s1.dead else r1).results.append(atom)
            (r1 if s1.dead else r2).results.append(Undef(atom.type))
        stmt.outs = tuple(made.values())
        return state

    def cell_hint(self, cell: int) -> str:
        for (_, name), value in self.state.vars.items():
            if getattr(value, "cell", None) == cell:
                return _hint(name)
        return "value"

    # ---- loops

    def stmt_For(self, stmt: ast.For) -> None:
        iteration.for_loop(self, stmt)

    def stmt_While(self, stmt: ast.While) -> None:
        def test() -> Any:
            return self.truth(self.expr(stmt.test))

        self.loop(stmt, None, None, lambda: self.block(stmt.body), test)

    def for_range(self, key: Any, start: Any, stop: Any, step: Any, body: Any, hint: str) -> None:
        """``for index in range(start, stop, step): body(index)``."""
        self.loop(key, (start, stop, step), hint, body, None)

    def loop(self, key: Any, bounds: Any, hint: str | None, body: Any, test: Any) -> None:
        """Carry what the body changes. Which names and cells those are is found by trying."""
        memory_key = (id(key), tuple(id(frame.site) for frame in self.frames))
        before = self.state
        pairs: set[Any] = set()
        aliased: set[tuple[int, int]] = set()
        samples = self._recall(memory_key, before)
        slots = self._templates(before, samples)
        for _ in range(_MAX_TRIALS):
            trial = self._try_loop(before, slots, pairs, aliased, bounds, hint, body, test)
            if trial is None:
                return  # the test is known to be false at the start
            wrong, after, more = trial
            found = _outer_aliases(before, after)
            if not wrong and more <= pairs and found <= aliased:
                self._accept(before, slots, pairs, aliased)
                self._remember(memory_key, slots)
                return
            pairs |= more
            aliased |= found
            for slot in wrong:
                samples.setdefault(slot, []).append((_slot(after, slot), after))
            slots = self._templates(before, samples)
        raise self.refuse("the types of what this loop carries don't settle", code="AD212")

    def _remember(self, key: Any, slots: dict[Any, Template]) -> None:
        """Where the same loop is lowered again (inside another), start from what was found."""
        named = {}
        for slot, template in slots.items():
            heap = {cell: content for cell, (content, _) in template.new_cells.items()}
            if not set(_cells(template.value)) <= heap.keys():
                continue  # of a cell that this lowering alone knows
            seen = (template.value, v.State({}, v.Heap(heap), {}, {}))
            if slot[0] == "var" and slot[1][0] == self.frame.id:
                named["var", slot[1][1]] = seen
            elif slot[0] == "heap":
                for (frame, name), value in self.state.vars.items():
                    if frame == self.frame.id and getattr(value, "cell", None) == slot[1]:
                        named["heap", name] = seen
        self.loop_memory[key] = named

    def _recall(self, key: Any, before: v.State) -> dict[Any, Any]:
        samples: dict[Any, Any] = {}
        for (kind, name), seen in self.loop_memory.get(key, {}).items():
            var = (self.frame.id, name)
            if not _is_there(seen, before):
                continue  # it was of an attempt at the outer loop that was given up
            seen = (seen[0], _merged_view(before, seen[1]))
            if kind == "var":
                samples["var", var] = [seen]
            else:
                cell = getattr(before.vars.get(var), "cell", None)
                if cell is not None:
                    samples["heap", cell] = [seen]
        return samples

    def _templates(self, before: v.State, samples: dict[Any, Any]) -> dict[Any, Template]:
        """A template for each carried slot, wide enough for all that was seen in it."""
        out: dict[Any, Template] = {}
        for slot, seen in samples.items():
            value: Any = _slot(before, slot)
            value = v.UNBOUND if value is None else value
            state = before
            template: Template | None = None
            hint = _hint(slot[1][1]) if slot[0] == "var" else self.cell_hint(slot[1])
            generalise = self.joiner.generalise if slot[0] == "var" else self.joiner.content
            linked: tuple[int, ...] = ()
            for each, end in seen:
                each = v.UNBOUND if each is None else each
                both = _merged_view(state, end)
                template = generalise(value, each, state, end, hint)
                for cell, (content, cells) in template.new_cells.items():
                    both.heap[cell] = content
                    linked += cells
                    template.new_cells[cell] = (content, linked)
                value, state = template.value, both
            assert template is not None
            out[slot] = template
        return out

    def _try_loop(
        self,
        before: v.State,
        slots: dict[Any, Template],
        pairs: set[Any],
        aliased: set[tuple[int, int]],
        bounds: Any,
        hint: str | None,
        body: Any,
        test: Any,
    ) -> Any:
        """Lower the loop once, carrying ``slots``; tell what else it changes."""
        inits: list[Any] = []
        self.state = before
        for slot, template in slots.items():
            inits += self._pieces(slot, template, _slot(before, slot), None)
        region, test_region = Region(), Region()
        index: Var | None = None
        if bounds is not None:
            index = Var(INT, hint, hint is not None)
            region.params.append(index)
        self.state = before.copy()
        region.params += self._enter(slots, pairs, aliased, before)
        broke = (self.frame.id, "%break")
        self.state.vars[broke] = const(False)
        entered = self.state.copy()
        if test is not None:
            test_region.params = list(region.params)
            with self.builder.block(test_region):
                cond = test()
            if cond is False and not slots:
                self.state = before
                return None
            if _changed_slots(before, entered, self.state):
                raise self.refuse(
                    "the condition of this loop changes an object",
                    "compute it in the loop's body and leave with break",
                    code="AD200",
                )
            test_region.results = [const(cond) if isinstance(cond, bool) else cond]
            self.state = entered.copy()
        with self.builder.block(region):
            if bounds is not None:
                body(index)
            else:
                body()
        end = self.state
        if end.dead:
            end = entered
        flag = end.vars.pop(broke, const(False))
        wrong = [slot for slot in _changed_slots(before, entered, end) if slot not in slots]
        yields: list[Any] = []
        for slot, template in slots.items():
            with self.builder.block(region):
                try:
                    yields += self._pieces(slot, template, _slot(end, slot), template)
                except Mismatch:
                    wrong.append(slot)
        more = _aliased_pairs(slots, before) | _aliased_pairs(slots, end)
        self._pending = (bounds, inits, region, test_region, yields, flag)
        return wrong, end, more

    def _pieces(self, slot: Any, template: Template, value: Any, inside: Any) -> list[Any]:
        value = v.UNBOUND if value is None else value
        pick = self.joiner.pieces if slot[0] == "var" else self.joiner.content_pieces
        if inside is not None:
            return pick(template, value)
        try:
            return pick(template, value)
        except Mismatch:
            raise self.refuse(
                f"'{_slot_name(slot)}' changes its kind in this loop",
                "give it one kind of value before and in the loop",
                code="AD212",
            ) from None

    def _enter(
        self, slots: dict[Any, Template], pairs: set[Any], aliased: Any, outer: v.State
    ) -> list[Var]:
        """New variables for all that is carried, put into the state."""
        made: list[Var] = []
        for a, b in sorted(aliased):
            self.state.alias[a] = self.state.alias.get(a, frozenset()) | {b}
        for slot, template in slots.items():
            new = [Var(x.type, x.hint, x.user) for x in template.vars]
            value, cells = self.joiner.instantiate(template, new)
            for cell, (content, linked) in cells.items():
                self.state.heap[cell] = content
                for other in linked:
                    if other in outer.heap:
                        self.link(cell, other)
            _set_slot(self.state, slot, value)
            made += new
        for one, two in pairs:
            for a in _cells(_slot(self.state, one)):
                for b in _cells(_slot(self.state, two)):
                    self.link(a, b)
        return made

    def _accept(
        self, before: v.State, slots: dict[Any, Template], pairs: set[Any], aliased: Any
    ) -> None:
        bounds, inits, region, test_region, yields, flag = self._pending
        for init, param in zip(inits, region.params[bounds is not None :], strict=True):
            if isinstance(init, Var) and init.hint is None:
                init.hint = param.hint
        self.state = before.copy()
        outs = self._enter(slots, pairs, aliased, before)
        until = None
        region.results = yields
        if not (isinstance(flag, Const) and flag.value is False):
            until = len(yields)
            region.results = [*yields, flag]
            inits = [*inits, const(False)]
            region.params.append(Var(BOOL, "stop"))
            test_region.params.append(Var(BOOL, "stop"))
            outs.append(Var(BOOL, "stop"))
        place = self.builder.place
        if bounds is not None:
            start, stop, step = bounds
            self.builder.add_stmt(For(tuple(outs), place, start, stop, step, inits, region, until))
        else:
            test_region = _with_own_params(test_region)
            self.builder.add_stmt(While(tuple(outs), place, inits, test_region, region, until))
        if bounds is not None and until is None:
            self._arrays_after(outs, inits, yields, bounds)

    def _arrays_after(self, outs: list[Var], inits: Any, yields: Any, bounds: Any) -> None:
        """What is a number before the loop and an array after each trip is an array behind it."""
        made = [
            out
            for out, result in zip(outs, yields, strict=True)
            if isinstance(out.type, Array)
            and out.type.loose
            and isinstance(getattr(result, "type", None), Array)
            and not result.type.loose
        ]
        if not made:
            return
        for out in made:
            out.type = replace(out.type, loose=False)
        start, stop, step = bounds
        if all(isinstance(each, Const) for each in bounds):
            return
        none = self.builder.call(operator.le, stop, start)
        if not is_const(step, 1):
            none = self.builder.call(operator.eq, self.builder.call(n.TRIPS, *bounds), const(0))

        def fails() -> None:
            names = " and ".join(str(out.hint) for out in made)
            line = f" in line {self.builder.place.line}" if self.builder.place else ""
            reason = f"the loop{line} makes no trip, and leaves {names} a number, not an array"
            self.raise_(ValueError, (v.Static(reason),))

        self.branch(none, fails, lambda: None)

    # ---- lists of unknown length

    def as_dynamic(self, content: Any, width: int, shape: Any) -> v.DynList | None:
        """A list's content as IR lists."""
        if isinstance(content, v.DynList):
            return content
        columns: list[list[Any]] = [[] for _ in range(width)]
        seen: Any = shape
        for item in content.items:
            leaves: list[Any] = []
            got = self.element_leaves(item, leaves)
            if got is False or len(leaves) != width or got != shape:
                return None
            seen = got
            for column, leaf in zip(columns, leaves, strict=True):
                column.append(leaf)
        return v.DynList(seen, tuple(self.builder.raw(n.LIST, tuple(c)) for c in columns))

    def as_dynamic_items(self, items: list[Any]) -> v.DynList | None:
        """Items of one kind as IR lists; None where they differ."""
        if not items:
            return None
        leaves: list[Any] = []
        shape = self.element_leaves(items[0], leaves)
        if shape is False:
            return None
        return self.as_dynamic(v.Items(tuple(items)), len(leaves), shape)

    def element_leaves(self, item: Any, leaves: list[Any]) -> Any:
        """The structure of a list's element; its atoms are added to ``leaves``."""
        if isinstance(item, v.TupleV):
            shapes = []
            for each in item.items:
                inner = self.element_leaves(each, leaves)
                if inner is False:
                    return False
                shapes.append(inner)
            return tuple(shapes)
        if isinstance(item, v.ListV):
            content = self.content(item.cell)
            dynamic = self.as_dynamic(content, 1, None)
            if dynamic is None or dynamic.shape is not None:
                return False
            leaves.append(dynamic.lists[0])
            self.embedded.add(item.cell)
            return "list"
        if v.is_number(item) or isinstance(item, v.Ref):
            leaves.append(self.atom(item))
            return None
        if isinstance(item, v.Static) and isinstance(item.value, bool | int | float | complex):
            leaves.append(const(item.value))
            return None
        return False

    def rebuild_element(self, shape: Any, leaves: list[Any], owner: int | None) -> Any:
        """A list's element from the values read out of its IR lists."""
        if shape is None:
            value = self.wrap(leaves.pop(0))
            if isinstance(value, v.Ref) and owner is not None:
                self.link(value.cell, owner)
            return value
        if shape == "list":
            cell = self.cell(v.DynList(None, (leaves.pop(0),)))
            self.embedded.add(cell)
            return v.ListV(cell)
        return v.TupleV(tuple(self.rebuild_element(each, leaves, owner) for each in shape))


def _cells(value: Any) -> list[int]:
    cell = getattr(value, "cell", None)
    if cell is not None:
        return [cell]
    if isinstance(value, v.TupleV):
        return [cell for each in value.items for cell in _cells(each)]
    return []


def _is_there(seen: tuple[Any, v.State], before: v.State) -> bool:
    """Whether the cells that a remembered value stands for exist."""
    value, state = seen
    todo, done = [value], set()
    while todo:
        each = todo.pop()
        for cell in _cells(each):
            if cell in done:
                continue
            done.add(cell)
            content = state.heap.get(cell, before.heap.get(cell))
            if content is None:
                return False
            todo.append(content)
        if isinstance(each, v.Items):
            todo += each.items
        elif isinstance(each, v.Entries | v.Fields):
            todo += [x for _, x in each.entries]
        elif isinstance(each, v.OptV):
            todo.append(each.value)
    return True


def _outer_aliases(before: v.State, end: v.State) -> set[tuple[int, int]]:
    """What came to share memory in the loop, among cells that outlive a trip."""
    return {
        (a, b)
        for a, others in end.alias.items()
        if a in before.heap
        for b in others
        if b in before.heap and b not in before.alias.get(a, frozenset())
    }


def _aliased_pairs(slots: Any, state: v.State) -> set[Any]:
    """Carried names that may share memory at this point."""
    named = [(s, c) for s in slots if s[0] == "var" for c in _cells(_slot(state, s))]
    return {
        (s1, s2)
        for k, (s1, c1) in enumerate(named)
        for s2, c2 in named[k + 1 :]
        if s1 != s2 and (c1 == c2 or c2 in state.alias.get(c1, frozenset()))
    }


def _with_own_params(test: Region) -> Region:
    """A test region that has parameters of its own instead of the body's."""
    swap = {p: Var(p.type, p.hint, p.user) for p in test.params}
    copied = substituted(test, swap)
    copied.params = [swap[p] for p in test.params]
    return copied


def _hint(name: str) -> str:
    if name == "%return":
        return "result"
    if name.startswith("%exit"):
        return "left_early"
    return name.rpartition("%")[2]


def _slot_name(slot: Any) -> str:
    return slot[1][1] if slot[0] == "var" else "an array or list"


def _slot(state: v.State, slot: Any) -> Any:
    return state.vars.get(slot[1]) if slot[0] == "var" else state.heap.get(slot[1])


def _set_slot(state: v.State, slot: Any, value: Any) -> None:
    if slot[0] == "var":
        state.vars[slot[1]] = value
    else:
        state.heap[slot[1]] = value


def _changed_slots(before: v.State, entered: v.State, end: v.State) -> list[Any]:
    frames = {frame for frame, _ in before.vars}
    changed: list[Any] = []
    for key, value in end.vars.items():
        if key[0] in frames and key[1] != "%break" and not same(entered.vars.get(key), value):
            changed.append(("var", key))
    for cell, content in entered.heap.items():
        if cell in before.heap and not same(end.heap.get(cell), content):
            changed.append(("heap", cell))
    return changed


def same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(a, Const) and isinstance(b, Const):
        return type(a.value) is type(b.value) and a.value == b.value
    if isinstance(a, Const | Var) or isinstance(b, Const | Var):
        return False
    if isinstance(a, v.TupleV) and isinstance(b, v.TupleV):
        return len(a.items) == len(b.items) and all(map(same, a.items, b.items))
    if isinstance(a, v.Items) and isinstance(b, v.Items):
        return len(a.items) == len(b.items) and all(map(same, a.items, b.items))
    if isinstance(a, v.Entries | v.Fields) and type(a) is type(b):
        return [k for k, _ in a.entries] == [k for k, _ in b.entries] and all(
            same(p, q) for (_, p), (_, q) in zip(a.entries, b.entries, strict=True)
        )
    return type(a) is type(b) and bool(a == b)


def _merge_alias(a: Any, b: Any) -> Any:
    out = dict(a)
    for cell, others in b.items():
        out[cell] = out.get(cell, frozenset()) | others
    return out


def _merged_view(a: v.State, b: v.State) -> v.State:
    return v.State({**a.vars, **b.vars}, v.Heap({**a.heap, **b.heap}, a.heap.outside), {}, {})


def map_state(state: v.State, fn: Any) -> v.State:
    """A state with ``fn`` applied to every atom in it."""
    out = state.copy()
    for key, value in state.vars.items():
        out.vars[key] = map_value(value, fn)
    for cell, content in state.heap.items():
        out.heap[cell] = map_value(content, fn)
    return out


def map_value(value: Any, fn: Any) -> Any:
    if isinstance(value, Var):
        return fn(value)
    if isinstance(value, v.Ref) and value.path:
        steps = (x.mapped(fn) if isinstance(x, v.View) else n.map_atoms(x, fn) for x in value.path)
        return v.Ref(value.cell, tuple(steps))
    if isinstance(value, v.TupleV):
        items = tuple(map_value(x, fn) for x in value.items)
        return value if all(map(_is, items, value.items)) else v.TupleV(items, value.cls)
    if isinstance(value, v.Items):
        items = tuple(map_value(x, fn) for x in value.items)
        return value if all(map(_is, items, value.items)) else v.Items(items)
    if isinstance(value, v.DynList):
        lists = tuple(fn(x) for x in value.lists)
        return value if all(map(_is, lists, value.lists)) else v.DynList(value.shape, lists)
    if isinstance(value, v.Entries | v.Fields):
        entries = tuple((k, map_value(x, fn)) for k, x in value.entries)
        if all(p[1] is q[1] for p, q in zip(entries, value.entries, strict=True)):
            return value
        return type(value)(entries)
    if isinstance(value, v.OptV):
        return v.OptV(map_value(value.is_none, fn), map_value(value.value, fn))
    if isinstance(value, v.Choice):
        sides = (map_value(value.then, fn), map_value(value.orelse, fn))
        return v.Choice(map_value(value.cond, fn), *sides, value.type, value.hint)
    if isinstance(value, v.RangeV | v.SliceV):
        return type(value)(*(map_value(x, fn) for x in (value.start, value.stop, value.step)))
    return value


def _is(a: Any, b: Any) -> bool:
    return a is b


__all__ = [
    "Frame",
    "List",
    "Lowerer",
    "NeedStatic",
    "Opaque",
    "keywords",
    "library_calls",
    "np",
    "numpy_calls",
    "several_results",
    "views",
    "without_jumps",
]
