"""The writer of one function: every statement, and the functions and objects inside it."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import replace

from .bindings import Bindings
from .complexes import Complexes
from .containers import Containers
from .control import Control
from .scope import Helper, Var
from .stores import Stores


class Writer(Bindings, Stores, Control, Containers, Complexes):
    """Writes one function; the calls are here, since a nested function needs a writer too."""

    def make_call_for_effect(self) -> bool | None:
        fitting = [
            f
            for f in self.callables()
            if f.result is None or any(p.kind in ("array", "list") for p in f.params)
        ]
        if not fitting:
            return False
        helper = self.rng.choice(fitting)
        given = []
        for p in helper.params:
            v = self.pick(p.kind, shape=p.shape) if p.kind == "array" else None
            if v is not None:
                given.append(v.name)
            else:
                given.append(self.call_text(Helper("", (p,), None), 1)[1:-1])
        self.emit(f"{helper.name}({', '.join(given)})")
        return None

    def make_nested_function(self) -> bool | None:
        if self.depth or self.nested:
            return False
        name = self.fresh(("inner", "local_f", "rate_of", "f_inner"))
        params = [Var(self.fresh(), "float")]
        if self.chance(0.4):
            shape = self.some_shape()
            params.append(Var(self.fresh(), "array", shape=shape))
        result = self.rng.choice((Var("", "float"), Var("", "float"), None))
        if result is None and len(params) == 1:
            shape = self.some_shape()
            result = Var("", "array", shape=shape)
        inner = Writer(
            self.rng,
            self.dims,
            self.helpers,
            [],
            self.scalars_global,
            self.arrays_global,
            self.used,
            result,
            min(4, self.budget),
        )
        inner.nested, inner.functional = True, self.functional
        for v in self.scope.all():
            if v.kind in ("float", "array", "zerod", "int", "option", "callable"):
                inner.scope.define(replace(v, rebindable=False))
        inner.scope.open()
        for p in params:
            inner.scope.define(p)
        inner.depth = 1
        self.budget -= 1
        inner.statements(self.rng.randint(1, 3))
        if result is not None:
            inner.emit(f"return {inner.returned()}")
        self.emit(f"def {name}({', '.join(p.name for p in params)}):")
        self.lines += inner.lines
        self.freeze("\n".join(inner.lines))
        self.define(
            name,
            "callable",
            params=tuple(replace(p, name="") for p in params),
            result=result,
            rebindable=False,
        )
        return None

    def freeze(self, text: str) -> None:
        """Captured variables are not bound again, which would be refused."""
        names = {
            n.id for n in ast.walk(ast.parse(textwrap.dedent(text))) if isinstance(n, ast.Name)
        }
        for v in self.scope.all():
            if v.name.partition(".")[0].partition("[")[0] in names:
                v.rebindable = False

    def make_lambda_(self) -> bool | None:
        if self.depth or self.nested:
            return False
        name, param = self.fresh(("lam", "g_", "phi", "op_")), self.fresh()
        self.scope.open()
        self.define(param, "float")
        self.define(param, "float")
        text = self.number()
        self.scope.close()
        line = f"{name} = lambda {param}: {text}"
        self.emit(line)
        self.freeze(line)
        self.define(
            name, "callable", params=(Var("", "float"),), result=Var("", "float"), rebindable=False
        )
        return None

    def make_local_object(self) -> bool | None:
        if not self.classes or self.depth or self.nested:
            return False
        cls = self.rng.choice(self.classes)
        name = self.fresh(("state", "body_", "model", "sys_"))
        self.emit(f"{name} = {self.call_text(Helper(cls.name, cls.params, None), 2)}")
        self.define(name, "object", methods=cls.methods, rebindable=False)
        for p in cls.params:
            field = replace(p, name=f"{name}.{p.name}", parent=name)
            self.scope.define(field)
        return None

    def make_call_method(self) -> bool | None:
        v = self.pick("object")
        if v is None or not v.methods:
            return False
        m = self.rng.choice(v.methods)
        text = self.call_text(Helper(f"{v.name}.{m.name}", m.params, m.result), 1)
        if m.result is None or self.chance(0.4):
            self.emit(text)
        else:
            name = self.fresh()
            self.emit(f"{name} = {text}")
            self.define(name, m.result.kind, shape=m.result.shape)
        return None
