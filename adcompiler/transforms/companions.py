"""The derivatives of functions that are called: recursion is differentiated call by call.

Forward mode calls ``g_jvp``, which takes and returns tangents beside values. Reverse mode splits
``g`` where its reverse sweep begins (Griewank & Walther 2008, section 12.2): ``g_forward`` returns
``g``'s results and a *record*, a tuple of what the reverse sweep reads, the records of inner calls
among it; ``g_reverse`` takes it and the results' adjoints, and returns the arguments'. So records
are trees, of the shape of the calls. There is one companion for each pattern of active arguments
and results; a companion that calls itself finds its name in the table.

Before::

    fn g(%x, %n) { ... %t = apply g(%x, %m); %y = call operator.mul(%x, %t) ... return %y }

After::

    fn g_forward(%x, %n) { ... %t, %r = apply g_forward(%x, %m) ... return %y, pack(%x, %t, %r) }
    fn g_reverse(%record, %y_bar) { ... %x_bar = apply g_reverse(%r, %t_bar) ... return %x_bar.1 }

Forward mode over these two is an ordinary ``jvp`` of each: a record's tangent is a record, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Apply, Function, If, Op, Region, Undef, Var
from adcompiler.ir.rewrite import cloned
from adcompiler.ir.types import INT, RECORD
from adcompiler.transforms.forward import Forward
from adcompiler.transforms.implicit import Implicit
from adcompiler.transforms.recording import defined_in, filler, needed_by, planned
from adcompiler.transforms.reverse import Reverse
from adcompiler.transforms.sensitivities import Sensitivities

Pattern = tuple[bool, ...]


@dataclass
class About:
    """What emission tells of a companion."""

    docstring: str
    of: str
    every_line: bool = False


class Companions:
    """The derived functions of one program, made on demand."""

    def __init__(self, lowering: Any, tidy: Callable[[Function, str], Function]) -> None:
        self.lw = lowering
        self.b = lowering.builder
        self.tidy = tidy
        self.functions: dict[str, Function] = lowering.program.functions
        self.about: dict[str, About] = {
            name: About(f"``{name}``, as it was understood.", name) for name in self.functions
        }
        self.taken = set(self.functions)
        self.made: dict[Any, tuple[str, ...]] = {}
        self.waiting: list[Callable[[], None]] = []
        self.implicit = Implicit(lowering, tidy)
        self.sensitivities = Sensitivities(self.implicit)

    def jvp(self, callee: str, active: Pattern, many: bool) -> str:
        """The name of ``callee``'s forward mode; its tangents follow arguments and results.

        With ``many``, the number of directions is its last argument.
        """
        key = ("jvp", callee, active, many)
        if key not in self.made:
            name = self.name(f"{callee}_jvp")
            self.made[key] = (name,)
            self.waiting.append(lambda: self.forward(callee, name, active, many))
        return self.made[key][0]

    def sweeps(self, callee: str, active: Pattern, seeded: Pattern) -> tuple[str, str]:
        """The names of ``callee``'s two sweeps: for adjoints of the arguments that are active,
        from those of the results that are seeded.
        """
        key = ("sweeps", callee, active, seeded)
        if key not in self.made:
            forward, reverse = self.name(f"{callee}_forward"), self.name(f"{callee}_reverse")
            self.made[key] = (forward, reverse)
            self.waiting.append(lambda: self.split(callee, forward, reverse, active, seeded))
        forward, reverse = self.made[key]
        return forward, reverse

    def hints(self, callee: str, active: Pattern) -> list[str | None]:
        """The names of the active parameters."""
        params = self.functions[callee].params
        return [p.hint for p, each in zip(params, active, strict=True) if each]

    def complete(self) -> None:
        """Make what has been asked for, and what that asks for."""
        while self.waiting:
            self.waiting.pop(0)()

    def name(self, wish: str) -> str:
        name, k = wish, 0
        while name in self.taken:
            k += 1
            name = f"{wish}_{k}"
        self.taken.add(name)
        return name

    def copy(self, name: str) -> Function:
        """A function with variables of its own: a transform may change its statements."""
        function = self.functions[name]
        env: dict[Any, Any] = {p: Var(p.type, p.hint, p.user) for p in function.params}
        params = list(env.values())
        stmts = cloned(function.body.stmts, env)
        results = [env.get(x, x) if isinstance(x, Var) else x for x in function.results]
        body = Region([], stmts, results)
        for stmt in n.walk(body):
            for out in stmt.outs:
                self.b.defs[out] = stmt
        return Function(name, params, body)

    # ---- forward mode

    def forward(self, callee: str, name: str, active: Pattern, many: bool) -> None:
        source = self.copy(callee)
        wrt = [p for p, each in zip(source.params, active, strict=True) if each]
        transform = Forward(self.lw, source, wrt, many)
        if many:
            transform.directions = Var(INT, "directions", True)
        made = transform.run()
        if many:
            made.params.append(transform.directions)
        self.functions[name] = self.tidy(Function(name, made.params, made.body), "forward")
        of = self.about[callee].of
        doc = f"Value of ``{callee}`` and its directional derivative (forward mode)."
        self.about[name] = About(doc, of, every_line=True)

    # ---- reverse mode

    def split(
        self, callee: str, forward: str, reverse: str, active: Pattern, seeded: Pattern
    ) -> None:
        source = self.copy(callee)
        wrt = [p for p, each in zip(source.params, active, strict=True) if each]
        outputs = [k for k, each in enumerate(seeded) if each]
        transform = Reverse(self.lw, source, wrt, outputs)
        stmts, sweep = transform.apart()
        record = Var(RECORD, "record", True)
        fields = self.fields(transform, Region(source.params, stmts, []), sweep, record)
        params = [record, *sweep.params]
        body = Region([], sweep.stmts, sweep.results)
        back = self.tidy(Function(reverse, params, body), "reverse")
        reads = [s for s in n.walk(back.body) if isinstance(s, Op) and s.fn is n.ITEM]
        reads = [s for s in reads if s.args[0] is record]
        kept = tuple(fields[read.args[1].value] for read in reads)
        for k, read in enumerate(reads):  # what is not read after all is not saved
            read.args, read.kwargs = (record, const(k)), {"of": const(len(reads))}
        pack = Op((Var(RECORD, "record"),), None, n.PACK, kept, {})
        results = [*source.results, pack.outs[0]]
        made = Function(forward, source.params, Region([], [*stmts, pack], results))
        made = self.tidy(made, "forward-sweep")
        _without_undef(made.body)
        self.functions[forward], self.functions[reverse] = made, back
        of = self.about[callee].of
        names = [p.hint for p in source.params if p in wrt and p.hint]
        self.about[forward] = About(
            f"Forward sweep of ``{callee}``: its value, and a record for ``{reverse}``.", of
        )
        self.about[reverse] = About(
            f"Reverse sweep of ``{callee}``: adjoints of {', '.join(names)}.", of
        )

    def fields(self, transform: Reverse, source: Region, sweep: Region, record: Var) -> list[Var]:
        """What the record holds; the sweep reads it from there."""
        needed = needed_by(sweep, defined_in(source))
        plan = planned(transform.recording, source, needed)
        env: dict[Any, Any] = {}
        head = Region()
        size = {"of": const(len(plan.recorded))}
        with self.b.block(head):
            for k, var in enumerate(plan.recorded):
                read = self.b.raw(n.ITEM, (record, const(k)), size, var.hint, (var.type,))
                read.user = var.user
                env[var] = read
        transform.recording.rebuild(sweep, plan, env)
        sweep.stmts[:0] = head.stmts
        return list(plan.recorded)


def name_calls(function: Function) -> Function:
    """Names for what calls return where the user gave none."""
    for stmt in n.walk(function.body):
        if isinstance(stmt, Apply):
            for out in stmt.outs:
                out.hint = out.hint or f"{stmt.callee}_value"
    return function


def _without_undef(body: Region) -> None:
    """A record is made on every path: what a path leaves unbound gets some value."""

    def filled(atom: Any) -> Any:
        return filler(atom.type) if isinstance(atom, Undef) else atom

    for stmt in n.walk(body):
        if isinstance(stmt, If):
            for region in (stmt.then, stmt.orelse):
                if not any(isinstance(each, n.Raise) for each in region.stmts):
                    region.results[:] = map(filled, region.results)
        elif isinstance(stmt, n.For | n.While):
            stmt.inits[:] = map(filled, stmt.inits)


__all__ = ["About", "Companions", "name_calls"]
