"""Names for values: the user's own wherever it is free.

Values are named in program order. A value gets the name it would like if whatever else holds that
name is not read any more; so the versions of one variable share its name, a loop's carried value
keeps one name before, in and after the loop, and only where two versions are needed at a time does
one become ``x_1``. An update in place keeps the name of what it updates.
"""

from __future__ import annotations

from typing import Any

from adcompiler.analyses.liveness import Liveness
from adcompiler.emit.names import RESERVED, sanitised
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import For, Function, If, Op, Pullback, Region, Stmt, Var, While
from adcompiler.optimise.buffers import Aliases, destroys


class Naming:
    """``names`` of all the values of a function."""

    def __init__(
        self,
        function: Function,
        aliases: Aliases,
        fixed: dict[Var, str],
        reserved: set[str],
        constants: set[str],
    ) -> None:
        self.live = Liveness(function)
        self.aliases = aliases
        self.names: dict[Var, str] = {}
        self.reserved = set(RESERVED) | reserved
        self.constants = constants  # of the module: a function that binds one hides it
        self.holders: dict[str, list[Var]] = {}
        self.preferred: dict[Var, str] = {}
        self.outer: list[set[str]] = []
        self.bounds: set[str] = set()  # read where a loop begins: its targets have other names
        self.numbered: dict[str, int] = {}
        self.depth = 0
        self.users = {out.hint for s in n.walk(function.body) for out in s.outs if out.user}
        self.users |= {s.body.params[0].hint for s in n.walk(function.body) if isinstance(s, For)}
        for var, name in fixed.items():
            self.take(var, name)
        self.region(function.body)

    def take(self, var: Var, name: str) -> None:
        self.names[var] = name
        self.holders.setdefault(name, []).append(var)

    # ---- choosing

    def free(self, name: str, stmt: Stmt, whole: bool) -> bool:
        """Whether no value of that name is read after ``stmt`` (nor, with ``whole``, inside it)."""
        if name in self.constants or name in self.bounds:
            return False
        held = self.holders.get(name)
        if not held:
            return True
        if not self.depth:  # what is not read any more outside of loops never is again
            first = self.live.position[id(stmt)]
            held[:] = [x for x in held if self.live.uses(x) and self.live.uses(x)[-1] > first]
        for var in held:
            if self.live.live_after(var, stmt):
                return False
            if whole:
                first, last = self.live.position[id(stmt)], self.live.end[id(stmt)]
                if any(first < use < last for use in self.live.uses(var)):
                    return False
        return True

    def choose(
        self, var: Var, stmt: Stmt, taken: set[str], whole: bool = False, hint: str | None = None
    ) -> str:
        wish = self.preferred.get(var)
        if wish is not None and wish not in taken and self.free(wish, stmt, whole):
            return wish
        wanted = hint or var.hint
        base = sanitised(wanted or self.invent(stmt))
        name, k = base, 0
        if wanted is None and base in self.users:  # the user's names are the user's
            name, k = f"{base}_1", 1
        later = self.numbered.get(base, 0)
        while (
            name in taken
            or (name in self.reserved and name not in self.holders)
            or any(name in names for names in self.outer)
            or not self.free(name, stmt, whole)
        ):
            k = max(k + 1, later)
            name = f"{base}_{k}"
        if k > 8:  # many versions at a time: don't ask for each again
            self.numbered[base] = k
        return name

    def invent(self, stmt: Stmt) -> str:
        """A name for a temporary, after what it holds."""
        if isinstance(stmt, Op) and stmt.fn in n.IMPLICIT:
            return "solution" if stmt.fn is n.SOLVED else stmt.fn.name
        if isinstance(stmt, Op) and not isinstance(stmt.fn, n.Prim):
            word = getattr(stmt.fn, "__name__", "t")
            if word in ("lt", "le", "gt", "ge", "eq", "ne") and len(stmt.args) == 2:
                return self.comparison(word, stmt.args)
            hints = [self.names.get(a) for a in n.flatten(stmt.args) if isinstance(a, Var)]
            short = [h for h in hints if h is not None and len(h) <= 12]
            if len(hints) == len(short) == 1 and word.isidentifier() and len(word) <= 8:
                if word not in ("mul", "add", "sub", "truediv", "pow", "neg", "getitem"):
                    return f"{word}_{short[0]}".replace("__", "_")
                if word == "neg":
                    return f"minus_{short[0]}"
            direct = all(isinstance(a, Var) for a in stmt.args)
            if word == "mul" and direct and len(hints) == len(short) == 2:
                return f"{short[0]}_{short[1]}" if len(short[0] + short[1]) <= 12 else "t"
        return "t"

    def comparison(self, word: str, args: Any) -> str:
        """``a_gt_1`` for ``a > 1.0``."""
        sides = [
            self.names.get(a, "") if isinstance(a, Var) else str(getattr(a, "value", ""))
            for a in args
        ]
        text = f"{sides[0]}_{word}_{sides[1].removesuffix('.0')}"
        return text if all(sides) and text.isidentifier() and len(text) <= 20 else "cond"

    # ---- walking

    def region(self, region: Region) -> None:
        for stmt in region.stmts:
            self.stmt(stmt)

    def inside(self, region: Region) -> None:
        self.depth += 1
        self.region(region)
        self.depth -= 1

    def stmt(self, stmt: Stmt) -> None:
        if isinstance(stmt, If):
            self.branch(stmt)
        elif isinstance(stmt, For | While):
            self.loop(stmt)
        elif isinstance(stmt, Pullback):
            self.pullback(stmt)
        else:
            base = destroys(stmt, self.aliases)
            taken: set[str] = set()
            for out in stmt.outs:
                name = self.names.get(base) if base is not None else None
                if name is None and isinstance(stmt, n.Apply) and not self.live.uses(out):
                    self.names[out] = "_"
                    continue
                if name is None:
                    name = self.choose(out, stmt, taken)
                taken.add(name)
                self.take(out, name)

    def branch(self, stmt: If) -> None:
        taken: set[str] = set()
        chosen = []
        for k, out in enumerate(stmt.outs):
            for side in (stmt.then, stmt.orelse):
                atom = side.results[k]
                if out.hint is None and isinstance(atom, Var):
                    out.hint = atom.hint
            name = self.choose(out, stmt, taken)
            taken.add(name)
            chosen.append(name)
            for side in (stmt.then, stmt.orelse):
                atom = side.results[k]
                if isinstance(atom, Var) and atom not in self.names:
                    self.preferred.setdefault(atom, name)
        self.region(stmt.then)
        self.region(stmt.orelse)
        for out, name in zip(stmt.outs, chosen, strict=True):
            self.take(out, name)

    def loop(self, stmt: For | While) -> None:
        shift = 1 if isinstance(stmt, For) else 0
        taken: set[str] = set()
        chosen = []
        bounds: set[str] = set()  # read after the carried values have got their first ones
        if isinstance(stmt, For):
            atoms = n.flatten((stmt.start, stmt.stop, stmt.step))
            bounds = {self.names[a] for a in atoms if isinstance(a, Var)}
        for k, out in enumerate(stmt.outs):
            param = stmt.body.params[k + shift]
            init = stmt.inits[k]
            hint = param.hint or out.hint or (init.hint if isinstance(init, Var) else None)
            if isinstance(init, Var) and init in self.names:
                self.preferred.setdefault(param, self.names[init])
            wish = self.preferred.get(out)
            if wish is not None:
                self.preferred[param] = wish
            own = {self.names[init]} if isinstance(init, Var) and init in self.names else set()
            name = self.choose(param, stmt, taken | (bounds - own), whole=True, hint=hint)
            taken.add(name)
            chosen.append(name)
            self.take(param, name)
            if isinstance(stmt, While):
                self.take(stmt.test.params[k], name)
            result = stmt.body.results[k]
            if isinstance(result, Var) and result not in self.names:
                self.preferred.setdefault(result, name)
        if isinstance(stmt, For):
            index = stmt.body.params[0]
            self.take(index, self.choose(index, stmt, taken, whole=True, hint=index.hint or "k"))
        if isinstance(stmt, While):
            self.inside(stmt.test)
        before, self.bounds = self.bounds, self.bounds | bounds
        self.inside(stmt.body)
        self.bounds = before
        for out, name in zip(stmt.outs, chosen, strict=True):
            self.take(out, name)

    def pullback(self, stmt: Pullback) -> None:
        """Inside, nothing may take a name of the function around it: it would hide it."""
        self.outer.append(set(self.holders))
        held, self.holders = self.holders, {k: list(x) for k, x in self.holders.items()}
        taken: set[str] = set()
        for param in stmt.body.params:
            name = self.choose(param, stmt, taken, whole=True)
            taken.add(name)
            self.take(param, name)
        self.inside(stmt.body)
        self.outer.pop()
        used = self.holders.keys() | held.keys() | self.reserved
        self.holders = held
        for out in stmt.outs:  # no name that its body reads: the function would hide it
            wish = sanitised(out.hint or "pullback")
            name, k = wish, 0
            while name in used:
                k += 1
                name = f"{wish}_{k}"
            self.take(out, name)
