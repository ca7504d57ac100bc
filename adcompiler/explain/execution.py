"""A function of the IR executed at a point, with every operation noted.

What comes out is the computational graph of the path that was taken: a node for each value, a
step for each operation. Loops are unrolled, branches and calls followed. An operation that is
written twice on the same values is one node, as on paper; a copy is the value that it copies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adcompiler import errors
from adcompiler.analyses.activity import active_values, differentiable_operands
from adcompiler.analyses.lanes import guards
from adcompiler.explain.local import Locals
from adcompiler.explain.steps import Fold, Mark, Node, Step
from adcompiler.ir import evaluator
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Function, Op, Place, Region, Var
from adcompiler.ir.rewrite import mapped
from adcompiler.ir.types import is_float

MOST_STEPS = 100_000


Env = dict[Var, Node]


class Execution:
    """Runs a function; see the module. ``limit`` is how many trips of a loop are shown."""

    def __init__(
        self,
        function: Function,
        program: Mapping[str, Function],
        wrt: Sequence[Var],
        limit: int,
        locals_: Locals,
    ) -> None:
        self.program = program
        self.limit = limit
        self.locals = locals_
        self.active: set[Var] = set()
        self.know(function, wrt)
        self.known: set[str] = set()
        self.unsettled: list[Step] = []
        self.wrt = set(wrt)
        self.function = function
        self.events: list[Step | Mark | Fold] = []
        self.steps: list[Step] = []
        self.seen: dict[Any, Step] = {}
        self.merged: dict[Any, Op] = {}
        self.named: dict[str, Node] = {}
        self.own: set[str] = set()  # names in the function itself
        self.inputs: list[Node] = []
        self.results: list[Node] = []
        self.fold: Fold | None = None
        self.depth = 0
        self.calls = 0

    def know(self, function: Function, inputs: Sequence[Var]) -> None:
        """The facts of a function whose operations are to be executed."""
        active = active_values(function, inputs, function.results)
        self.active |= active
        self.locals.guards.update(guards(function, active))

    def run(self, values: Sequence[Any]) -> None:
        env: Env = {}
        for var, value in zip(self.function.params, values, strict=True):
            env[var] = Node(value, name=var.hint, active=var in self.wrt)
            self.bind(var, env[var])
            if var in self.wrt:
                self.inputs.append(env[var])
        self.results = self.region(self.function.body, env)
        self.number()

    def number(self) -> None:
        """Inputs are v_{1-m}, ..., v_0; then each active value in the order of execution."""
        for k, node in enumerate(self.inputs):
            node.number = k + 1 - len(self.inputs)
        active = (out for step in self.steps for out in step.outs if out.active)
        for k, node in enumerate(active):
            node.number = k + 1

    # ---- control

    def region(self, region: Region, env: Env) -> list[Node]:
        here = len(self.unsettled)
        for stmt in region.stmts:
            outs = self.stmt(stmt, env)
            for var, node in zip(stmt.outs, outs, strict=True):
                env[var] = node
                self.bind(var, node, stmt.place)
        for step in self.unsettled[here:]:  # what masks an adjoint may stand behind the operation
            step.around = {var: env[var] for var in self.locals.at(step).around}
        del self.unsettled[here:]
        return [self.atom(each, env) for each in region.results]

    def stmt(self, stmt: Any, env: Env) -> Sequence[Node]:
        if isinstance(stmt, Op):
            return self.op(stmt, env)
        if isinstance(stmt, n.If):
            return self.branch(stmt, env)
        if isinstance(stmt, n.For | n.While):
            return self.loop(stmt, env)
        if isinstance(stmt, n.Apply):
            return self.apply(stmt, env)
        if isinstance(stmt, n.Closure):
            place = stmt.place
            raise errors.Unsupported(
                "a function that is passed to a solver can't be followed step by step",
                place=None if place is None else place.source.place(place.node),
                remedy="explain the function that is passed by itself",
                code="AD300",
            )
        reads = (atom for atom in n.operands(stmt) if isinstance(atom, Var))
        return [Node(x) for x in evaluator.effect(stmt, {a: env[a].value for a in reads})]

    def branch(self, stmt: n.If, env: Env) -> Sequence[Node]:
        if stmt.catches:
            try:
                return self.region(stmt.then, env)
            except stmt.catches as error:
                if stmt.place is not None:
                    self.mark(f"except {type(error).__name__}", stmt.place)
                return self.region(stmt.orelse, env)
        taken = bool(self.value(stmt.cond, env))
        if stmt.place is not None:
            self.mark(f"{stmt.place.text.strip()}  → {'true' if taken else 'false'}", stmt.place)
        return self.region(stmt.then if taken else stmt.orelse, env)

    def loop(self, stmt: n.For | n.While, env: Env) -> Sequence[Node]:
        carried = [self.atom(each, env) for each in stmt.inits]
        outer = self.fold
        self.depth += 1
        try:
            for k, index in enumerate(self.trips(stmt, carried, env)):
                first = [] if index is None else [Node(index, name=stmt.body.params[0].hint)]
                env.update(zip(stmt.body.params, [*first, *carried], strict=True))
                self.trip(stmt, k, index)
                carried[:] = self.region(stmt.body, env)
                if stmt.until is not None and self.known_value(carried[stmt.until]):
                    break
        finally:
            self.depth -= 1
            self.fold = outer
        return carried

    def trips(self, stmt: Any, carried: list[Node], env: Env) -> Any:
        """The counter of each trip of a ``for``; None for each of a ``while``."""
        if isinstance(stmt, n.For):
            yield from range(*(self.value(x, env) for x in (stmt.start, stmt.stop, stmt.step)))
            return
        while True:
            env.update(zip(stmt.test.params, carried, strict=True))
            (go_on,) = self.region(stmt.test, env)
            if not self.known_value(go_on):
                return
            yield None

    def trip(self, stmt: Any, k: int, index: Any) -> None:
        place = stmt.place
        text = place.text.strip() if place is not None else "loop"
        line = place.line if place is not None else None
        if self.fold is not None:
            if self.fold.text == text and self.fold.line == line and k >= self.limit:
                self.fold.trips += 1
            return
        if k < self.limit:
            self.events.append(Mark(f"{text}  → trip {k + 1}", line, self.depth - 1))
            return
        self.fold = Fold(text, line, self.depth - 1, k + 1, 1)
        self.events.append(self.fold)

    def apply(self, stmt: n.Apply, env: Env) -> Sequence[Node]:
        callee = self.program[stmt.callee]
        if stmt.callee not in self.known:
            self.known.add(stmt.callee)
            self.know(callee, callee.params)
        outer = self.fold
        if outer is None and self.calls >= self.limit:
            line = stmt.place.line if stmt.place is not None else None
            self.fold = Fold(f"call of {stmt.callee}", line, self.depth, 0)
            self.events.append(self.fold)
        self.mark(f"call of {stmt.callee}", stmt.place)
        inner = dict(zip(callee.params, (self.atom(x, env) for x in stmt.args), strict=True))
        self.depth, self.calls = self.depth + 1, self.calls + 1
        try:
            return self.region(callee.body, inner)
        finally:
            self.depth, self.calls = self.depth - 1, self.calls - 1
            self.fold = outer

    def mark(self, text: str, place: Place | None) -> None:
        if self.fold is None:
            self.events.append(Mark(text, place.line if place is not None else None, self.depth))

    # ---- operations

    def op(self, op: Op, env: Env) -> Sequence[Node]:
        if op.fn is n.COPY:
            return (env[op.args[0]],)
        op = self.once(op, env)
        reads = {atom: env[atom] for atom in n.operands(op) if isinstance(atom, Var)}
        key = (op.fn, _key(op.args, env), _key(tuple(sorted(op.kwargs.items())), env))
        masked = any(out in self.locals.guards for out in op.outs)
        step = None if masked else self.seen.get(key)
        if step is not None:
            step.times += 1
        else:
            step = self.seen[key] = self.executed(op, reads)
        if not step.active:  # it may be read where it matters now
            step.op, step.reads = op, reads
        varied = any(isinstance(x, Var) and reads[x].active for x in differentiable_operands(op))
        for var, out in zip(op.outs, step.outs, strict=True):
            if varied and var in self.active and is_float(var.type) and not out.active:
                out.active = True
                self.unsettled.append(step)
        return step.outs

    def once(self, op: Op, env: Env) -> Op:
        """The operation with one variable for each value: ``a·b`` is ``a·a`` where b is a."""
        first: dict[Node, Var] = {}
        swap: dict[Any, Var] = {}
        for atom in n.operands(op):
            if isinstance(atom, Var) and env[atom].active:
                known = first.setdefault(env[atom], atom)
                if known is not atom:
                    swap[atom] = known
        if not swap:
            return op
        key = (id(op), tuple(swap.items()))
        if key not in self.merged:
            made = mapped(op, lambda atom: swap.get(atom, atom) if isinstance(atom, Var) else atom)
            assert isinstance(made, Op)
            self.merged[key] = made
        return self.merged[key]

    def executed(self, op: Op, reads: dict[Var, Node]) -> Step:
        step = Step(op, reads, fold=self.fold, depth=self.depth)
        found = evaluator.execute(op, {var: node.value for var, node in reads.items()})
        values = (found,) if len(op.outs) == 1 else found
        step.outs = tuple(Node(x, step) for x in values)
        self.note(step)
        return step

    def note(self, step: Step) -> None:
        if len(self.steps) >= MOST_STEPS:
            place = step.place
            at = place.source.place(place.node) if place is not None and place.source else None
            raise errors.Unsupported(
                f"more than {MOST_STEPS:,} operations are executed: no table would be readable",
                place=at,
                remedy="trace at a point where loops make fewer trips",
                code="AD506",
            )
        self.steps.append(step)
        if self.fold is not None:
            self.fold.steps.append(step)
        else:
            self.events.append(step)

    # ---- values

    def atom(self, atom: Any, env: Env) -> Node:
        if isinstance(atom, Var):
            return env[atom]
        return Node(evaluator.moved(atom, {}))

    def value(self, atom: Any, env: Env) -> Any:
        return self.known_value(self.atom(atom, env))

    def known_value(self, node: Node) -> Any:
        if node.value is evaluator.UNBOUND:
            raise UnboundLocalError("an undefined value is read")
        return node.value

    def bind(self, var: Var, node: Node, place: Place | None = None) -> None:
        """A name of the user's now means this node. Names in functions that are called show, but
        don't hide those of the function itself.
        """
        if not var.user or var.hint is None or self.calls:
            return
        if node.name is None:
            node.name = var.hint
        if place is None or place.function == self.function.name:
            self.own.add(var.hint)
        elif var.hint in self.own:
            return
        self.named[var.hint] = node


def _plain(value: Any, holder: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | complex | str):
        return (type(value), repr(value))
    return id(holder)


def _key(arg: Any, env: Env) -> Any:
    if isinstance(arg, Var):
        node = env[arg]
        # numbers that are not part of the graph are told apart by what they are
        return id(node) if node.active else _plain(node.value, node)
    if isinstance(arg, Const):
        return _plain(arg.value, arg.value)
    if isinstance(arg, tuple | list):
        return (type(arg), *(_key(each, env) for each in arg))
    return arg if isinstance(arg, str) else id(arg)
