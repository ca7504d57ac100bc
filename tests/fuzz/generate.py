"""A random program from a seed: the text of a module.

The module defines ``f``, the function to differentiate; ``args()``, its arguments, fresh each time;
``WRT``, the positions to differentiate by; and, in some, ``change()``, which changes the globals
and closure cells that ``f`` reads. Whatever surrounds them (helpers, classes) is what ``f`` uses.
"""

from __future__ import annotations

import ast
import random
from dataclasses import replace

from .scope import Helper, Shape, Var
from .statements import Writer
from .weights import ARGUMENTS, ARRAY_RESULT, FUNCTIONAL, OVERLAP, SINGLE

HEADER = "import math\n\nimport numpy as np\n\n"
NAMES = "x y z u v w a b theta params n1 x_bar x_dot t1 exp_v α type_ data A B x0 seed value grad"


class Module:
    """A module under construction."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.functional = self.chance(FUNCTIONAL / 100)
        sizes = self.rng.sample((1, 2, 3, 4), 2)
        if self.rng.random() < 0.5:
            sizes[0] = self.rng.choice((2, 3))
        self.dims = tuple(sizes)
        self.parts: list[str] = []
        self.helpers: list[Helper] = []
        self.classes: list[Var] = []
        self.scalars: list[str] = []
        self.arrays: list[Var] = []
        self.change: list[str] = []

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def number(self) -> str:
        return repr(round(self.rng.uniform(-1.4, 1.4), 2) or 0.3)

    def shape(self) -> Shape:
        n, m = self.rng.choice(self.dims), self.rng.choice(self.dims)
        return self.rng.choice(((n,), (n,), (n, m), (n, 1), (1, m)))

    def writer(self, taken: set[str], result: Var | None, budget: int) -> Writer:
        reserved = {h.name for h in self.helpers} | {c.name for c in self.classes}
        writer = Writer(
            self.rng,
            self.dims,
            list(self.helpers),
            self.classes,
            self.scalars,
            self.arrays,
            taken | reserved | set(self.scalars) | {a.name for a in self.arrays},
            result,
            budget,
        )
        writer.functional = self.functional
        return writer

    # -- globals, closures -------------------------------------------------------------------------

    def add_globals(self) -> None:
        if self.chance(0.4):
            name = self.rng.choice(("GAIN", "dt_bar", "RATE", "t2"))
            self.parts.append(f"{name} = {self.number()}\n")
            self.scalars.append(name)
            self.change.append(f"global {name}\n    {name} = {self.number()}")
        if self.chance(0.25):
            shape = self.shape()
            self.parts.append(f"TABLE = {self.array(shape)}\n")
            self.arrays.append(Var("TABLE", "array", shape=shape))

    def array(self, shape: Shape) -> str:
        def nested(dims: Shape) -> str:
            if not dims:
                return self.number()
            return "[" + ", ".join(nested(dims[1:]) for _ in range(dims[0])) + "]"

        return f"np.array({nested(shape)})"

    def add_closure(self) -> None:
        """A function over a cell that `change` rebinds."""
        name = self.rng.choice(("scaled", "closure_f", "damped"))
        cell = self.rng.choice(("k", "gain_bar", "t1"))
        w = self.writer({cell, "x"}, Var("", "float"), 2)
        w.define("x", "float")
        w.define(cell, "float", rebindable=False)
        w.scope.open()
        w.depth = 1
        w.nested = True
        w.statements(self.rng.randint(0, 2))
        body = "\n".join(w.lines)
        value = w.number()
        self.parts.append(
            f"def make_{name}({cell}):\n    def {name}(x):\n{body}\n        return {value} + {cell}"
            f" * x\n\n    def put(value):\n        nonlocal {cell}\n        {cell} = value\n\n"
            f"    return {name}, put\n\n\n{name}, put_{name} = make_{name}({self.number()})\n"
        )
        self.helpers.append(Helper(name, (Var("", "float"),), Var("", "float")))
        self.change.append(f"put_{name}({self.number()})")

    # -- helpers, classes --------------------------------------------------------------------------

    def add_helper(self) -> None:
        number = len(self.helpers)
        base = self.rng.choice(("helper", "fill", "update", "rate", "f_reverse", "energy"))
        name = f"{base}_{number}"
        kinds = self.rng.choices(("float", "array"), (5, 5), k=self.rng.randint(1, 3))
        result = self.rng.choices(
            (Var("", "float"), "array", None, Var("", "pair")),
            (8, 5, 5 if "array" in kinds else 0, 3),
        )[0]
        w = self.writer(set(), None, self.rng.randint(2, 6))
        params = []
        for kind in kinds:
            shape = self.shape() if kind == "array" else ()
            params.append(w.define(w.fresh(), kind, shape=shape))
        if result == "array":
            shapes = [p.shape for p in params if p.kind == "array"] or [self.shape()]
            result = Var("", "array", shape=self.rng.choice(shapes))
        w.result = result
        keyword, default = "", ""
        if self.chance(0.25):
            keyword = w.fresh()
            w.define(keyword, "float")
            default = f", {keyword}={self.number()}"
        w.statements(self.rng.randint(1, 5))
        if result is not None:
            arrays = [p.name for p in params if result.kind == "array" and p.shape == result.shape]
            returned = self.rng.choice(arrays) if arrays and self.chance(0.4) else w.returned()
            w.emit(f"return {returned}")
        head = f"def {name}({', '.join(p.name for p in params)}{default}):"
        self.parts.append("\n".join([head, *w.lines]) + "\n")
        plain = tuple(replace(p, name="") for p in params)
        self.helpers.append(Helper(name, plain, result, keyword))

    def add_recursion(self) -> None:
        w = self.writer({"x", "depth"}, Var("", "float"), 3)
        w.define("x", "float")
        w.define("depth", "int", low=0, high=4, rebindable=False)
        w.emit("if depth <= 0:")
        w.emit(f"    return {w.number()}")
        w.statements(self.rng.randint(0, 2))
        w.emit(f"y_rec = recurse(depth - 1, {w.number(1.0)})")
        w.define("y_rec", "float")
        w.emit(f"return {w.number()} + 0.3 * y_rec")
        self.parts.append("\n".join(["def recurse(depth, x):", *w.lines]) + "\n")
        self.helpers.append(Helper("recurse", (Var("", "int"), Var("", "float")), Var("", "float")))

    def add_class(self) -> None:
        name = self.rng.choice(("State", "Body", "Model"))
        shape = self.shape()
        fields = [Var("x", "float"), Var("data", "array", shape=shape)]
        if self.chance(0.5):
            fields.append(Var("n_bar", "float"))
        lines = [f"class {name}:"]
        if self.chance(0.25):
            lines[0] = f"@dataclasses.dataclass\nclass {name}:"
            lines += [f"    {v.name}: {'float' if v.kind == 'float' else 'object'}" for v in fields]
        else:
            lines.append(f"    def __init__(self, {', '.join(v.name for v in fields)}):")
            lines += [f"        self.{v.name} = {v.name}" for v in fields]
        methods = []
        for method in self.rng.sample(("step", "energy", "reset", "force"), self.rng.randint(1, 2)):
            result = self.rng.choice((Var("", "float"), Var("", "float"), None))
            w = self.writer(set(), result, 4)
            w.depth = 1
            for v in fields:
                w.scope.define(replace(v, name=f"self.{v.name}"))
            for m in methods:
                if self.chance(0.5):
                    w.helpers.append(replace(m, name=f"self.{m.name}"))
            params = [w.define(w.fresh(), "float")] if self.chance(0.6) else []
            w.scope.open()
            w.statements(self.rng.randint(1, 4))
            if result is not None:
                w.emit(f"return {w.returned()}")
            lines.append("")
            names = ", ".join(["self", *(p.name for p in params)])
            lines += [f"    def {method}({names}):", *w.lines]
            plain = tuple(replace(p, name="") for p in params)
            methods.append(Helper(method, plain, result))
        self.parts.append("\n".join(lines) + "\n")
        self.classes.append(Var(name, "class", params=tuple(fields), methods=tuple(methods)))

    # -- the function itself -----------------------------------------------------------------------

    def add_function(self) -> None:
        rng = self.rng
        result = Var("", "float")
        if rng.random() < ARRAY_RESULT / 100:
            result = Var("", "array", shape=self.shape())
        self.single = rng.random() < SINGLE / 100
        w = self.writer(set(), result, rng.randint(5, 40))
        names = [n for n in NAMES.split() if n not in w.used]
        texts, heads, wrt = [], [], []
        count = rng.randint(1, 4)
        for position in range(count):
            kind = rng.choices(list(ARGUMENTS), list(ARGUMENTS.values()))[0]
            if position == 0 and kind in ("int", "option", "complex"):
                kind = "float"
            name = names.pop(rng.randrange(len(names)))
            w.used.add(name)
            text, known = self.argument(kind)
            w.define(name, kind, **known)
            heads.append(name)
            texts.append(text)
            if kind in ("float", "zerod", "array", "complex"):
                wrt.append(position)
        if len(wrt) > 1 and self.chance(0.25):
            wrt.remove(rng.choice(wrt))
        setup = self.sharing(w, heads, texts, wrt)
        self.wrt = tuple(wrt)
        self.parameters = frozenset(heads)
        w.statements(w.budget)
        w.emit(f"return {self.result(w) if result.kind == 'float' else self.array_result(w)}")
        self.parts.append("\n".join([f"def f({', '.join(heads)}):", *w.lines]) + "\n")
        self.parts.append(f"def args():\n{setup}    return ({', '.join(texts)},)\n")
        self.parts.append(f"WRT = {self.wrt!r}\n")

    def sharing(self, w: Writer, heads: list[str], texts: list[str], wrt: list[int]) -> str:
        """Lines of ``args`` for an array that is two arguments, or overlaps with another."""
        setup = ""
        arrays = [v.kind == "array" for v in w.scope.all()]
        plain = [i for i, t in enumerate(texts) if arrays[i] and t.startswith("np.array([")]
        twice = [i for i in plain if i not in wrt[:1]]
        overlapping = [i for i in plain if w.scope.all()[i].shape[0] > 1]
        if len(texts) == 4:
            return setup
        if twice and self.chance(0.3):
            position = self.rng.choice(twice)
            setup = f"    shared = {texts[position]}\n"
            texts[position] = "shared"
            texts.append("shared")
            wrt[:] = [i for i in wrt if i != position]  # neither position is independent
        elif overlapping and self.chance(OVERLAP / 100):
            position = self.rng.choice(overlapping)
            n = w.scope.all()[position].shape[0]
            setup = f"    base = np.repeat({texts[position]}, 2, axis=0)\n"
            texts[position] = f"base[:{n}]"
            texts.append(f"base[1:{n + 1}]")
        if setup:
            v = next(v for v in w.scope.all() if v.name == heads[position])
            heads.append(w.fresh())
            w.define(heads[-1], "array", shape=v.shape)
        return setup

    def argument(self, kind: str) -> tuple[str, dict[str, object]]:
        if kind == "float":
            number = self.number()
            return f"np.float32({number})" if self.single and self.chance(0.3) else number, {}
        if kind == "zerod":
            return f"np.array({self.number()})", {}
        if kind == "complex":
            if self.chance(0.5):
                return f"{self.number()} + {self.number()} * 1j", {}
            shape = self.shape()
            return f"{self.array(shape)} + 1j * {self.array(shape)}", {"shape": shape}
        if kind == "int":
            n = self.rng.randint(0, 3)
            return str(n), {"low": n, "high": n + 1}
        if kind == "option":
            return self.rng.choice(("None", "'fast'", "'exact'")), {}
        shape = self.shape()
        text = self.array(shape)
        layout = self.rng.random()
        if layout < 0.1 and len(shape) == 2:
            text = text[:-1] + ", order='F')"
        elif layout < 0.2:
            text = f"np.repeat({text}, 2, axis=0)[::2]"
        if self.single and self.chance(0.7):
            text = f"{text}.astype(np.float32)"
        return text, {"shape": shape}

    def result(self, w: Writer) -> str:
        """A sum over most of what is alive at the end."""
        terms = []
        for v in w.scope.all():
            if v.name not in self.parameters and self.chance(0.15):
                continue
            c = self.number()
            if v.kind in ("float", "zerod"):
                terms.append(f"{c} * {v.name}")
            elif v.kind == "array":
                terms.append(
                    self.rng.choice((f"np.sum({v.name} * {c})", f"{c} * ({v.name} ** 2).sum()"))
                )
            elif v.kind == "complex":
                terms.append(w.complex_sum(v))
            elif v.kind == "list" and v.item is None:
                terms.append(f"{c} * sum({v.name})")
            elif v.kind == "list" and v.length:
                terms.append(f"np.sum({v.name}[0])")
        self.rng.shuffle(terms)
        return " + ".join(terms[:12]) or w.number()

    def array_result(self, w: Writer) -> str:
        """An array; sometimes one that has a name, which may be an argument or a view of it."""
        assert w.result is not None
        named = w.pick("array", shape=w.result.shape)
        if named is not None and self.chance(0.3):
            return named.name
        return f"{w.array_text(w.result.shape)} + np.tanh({self.result(w)})"

    def text(self) -> str:
        self.add_globals()
        if self.chance(0.25):
            self.add_closure()
        for _ in range(self.rng.choice((0, 1, 1, 2, 3))):
            self.add_helper()
        if self.chance(0.12):
            self.add_recursion()
        if self.chance(0.3) and not self.functional:
            self.add_class()
        self.add_function()
        if self.change:
            self.parts.append("def change():\n    " + "\n    ".join(self.change) + "\n")
        header = HEADER
        if any("@dataclasses" in p for p in self.parts):
            header = "import dataclasses\n" + header
        return header + "\n\n".join(self.parts)


def generate(seed: int) -> str:
    """The module's text for a seed, in normal form: as `ast.unparse` prints it."""
    text = Module(seed).text()
    return ast.unparse(ast.parse(text)) + "\n"
