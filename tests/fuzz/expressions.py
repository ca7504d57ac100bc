"""Random expressions of a wanted shape, with a bound on their magnitude.

Every method returns (text, bound). Nominally variables stay within `CAP`; what would leave it is
squashed. Constants of comparisons have four digits, so that equality is practically excluded.
"""

from __future__ import annotations

import random

from .scope import Helper, Scope, Shape, Var
from .weights import ARRAYS, CONDITIONS, SCALARS

CAP = 2.0
Bounded = tuple[str, float]

SMOOTH = (  # form, bound as a function of the operand's
    ("np.tanh({})", lambda b: 1.0),
    ("np.sin({})", lambda b: 1.0),
    ("np.cos({})", lambda b: 1.0),
    ("np.arctan({})", lambda b: 1.6),
    ("np.exp(-({}) ** 2)", lambda b: 1.0),
    ("np.sqrt(1.3 + ({}) ** 2)", lambda b: 1.2 + b),
    ("np.log(1.7 + ({}) ** 2)", lambda b: 0.6 + b),
    ("np.log1p(np.square({}))", lambda b: b + 0.1),
    ("np.abs({} - 7.31)", lambda b: b + 7.4),
    ("-({})", lambda b: b),
    ("(1.0 / (1.4 + ({}) ** 2))", lambda b: 0.8),
    ("np.exp(0.3 * ({}))", lambda b: 2.0 if b <= 2.0 else 9.0),
    ("np.arcsinh({})", lambda b: b),
)
SMOOTH_SCALAR = (
    ("math.sin({})", lambda b: 1.0),
    ("math.cos({})", lambda b: 1.0),
    ("math.tanh({})", lambda b: 1.0),
    ("math.atan({})", lambda b: 1.6),
    ("math.exp(-({}) ** 2)", lambda b: 1.0),
    ("math.sqrt(1.1 + ({}) ** 2)", lambda b: 1.1 + b),
    ("math.log(2.1 + ({}) ** 2)", lambda b: 0.8 + b),
    ("abs({} + 6.43)", lambda b: b + 6.5),
)
SQUASHING = ("np.tanh({})", "np.sin({})", "np.cos({})")


class Expressions:
    """The part of a function's writer that makes expressions."""

    rng: random.Random
    scope: Scope
    helpers: list[Helper]
    arrays_global: list[Var]
    scalars_global: list[str]
    in_loop: int
    dims: tuple[int, ...]

    # -- drawing -----------------------------------------------------------------------------------

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def draw(self, table: dict[str, float], prefix: str, *args: object) -> Bounded | str:
        """The result of a method drawn by weight; those that return None cannot serve here."""
        names, weights = list(table), list(table.values())
        while True:
            name = self.rng.choices(names, weights)[0]
            result = getattr(self, f"{prefix}_{name}")(*args)
            if result is not None:
                return result

    def constant(self, low: float = -1.5, high: float = 1.5) -> str:
        number = round(self.rng.uniform(low, high), self.rng.choice((1, 2, 3)))
        return repr(number if number else 0.7)

    def threshold(self) -> str:
        return repr(round(self.rng.uniform(-1.2, 1.2), 3) + 0.0007)[:7]

    def squashed(self, e: Bounded, cap: float = CAP) -> str:
        """The text, squashed if it may exceed `cap`; in loops always, but for contractions."""
        text, bound = e
        if bound <= cap:
            return text
        form = self.rng.choice(SQUASHING)
        inner = form.format(text)
        return inner if cap >= 1.0 else f"{cap} * {inner}"

    # -- numbers -----------------------------------------------------------------------------------

    def number(self, cap: float = CAP, depth: int = 3) -> str:
        return self.squashed(self.scalar(depth), cap)

    def scalar(self, depth: int) -> Bounded:
        if depth <= 0:
            return self.scalar_leaf(depth)
        return self.draw(SCALARS, "scalar", depth)

    def scalar_leaf(self, depth: int) -> Bounded:
        choices = []
        for v in self.scope.all():
            if v.kind == "float":
                choices += [v.name] * 4
            elif v.kind == "zerod":
                choices += [f"float({v.name})", f"{v.name}[()]", f"({v.name} * 1.1)"]
            elif v.kind == "array" and 0 not in v.shape:
                choices += [self.element(v)] * 2
            elif v.kind == "list" and v.item is None and v.length:
                choices += [f"{v.name}[{self.index(v.length)}]"] * 2
            elif v.kind == "int":
                choices.append(f"(0.2 * {v.name})")
        choices += self.scalars_global
        if not choices or self.chance(0.1):
            return self.constant(), 1.5
        return self.rng.choice(choices), CAP

    def scalar_binary(self, depth: int) -> Bounded:
        return self.combine(self.scalar(depth - 1), self.scalar(depth - 1))

    def combine(self, left: Bounded, right: Bounded) -> Bounded:
        (a, p), (b, q) = left, right
        op = self.rng.choice("++--**/")
        if op == "/":
            return f"({a}) / (1.6 + ({b}) ** 2)", p
        if op == "*":
            return f"({a}) * ({b})", p * q
        return f"({a}) {op} ({b})", p + q

    def scalar_elementwise(self, depth: int) -> Bounded:
        text, bound = self.scalar(depth - 1)
        form, grow = self.rng.choice(SMOOTH + SMOOTH_SCALAR)
        return form.format(text), grow(bound)

    def scalar_power(self, depth: int) -> Bounded:
        text = self.number(CAP, depth - 1)
        form, bound = self.rng.choice(
            (
                ("({}) ** 2", 4.0),
                ("({}) ** 3", 8.0),
                ("(1.5 + ({}) ** 2) ** 0.7", 3.4),
                ("(1.2 + ({}) ** 2) ** -1", 1.0),
                ("1.3 ** ({})", 2.0),
                ("math.pow(1.2 + ({}) ** 2, 0.4)", 2.0),
                ("math.hypot({}, 1.7)", 3.0),
                ("np.hypot(0.9, {})", 3.0),
                ("np.arctan2({}, 2.3)", 1.0),
            )
        )
        return form.format(text), bound

    def scalar_reduction(self, depth: int) -> Bounded:
        shape = self.some_shape(scalar_ok=False)
        a, bound = self.array(shape, depth - 1)
        n = 1
        for d in shape:
            n *= d
        form, scale = self.rng.choice(
            (
                ("np.sum({})", n),
                ("({}).sum()", n),
                ("np.mean({})", 1),
                ("({}).mean()", 1),
                ("np.max({})", 1),
                ("({}).min()", 1),
                ("np.prod({})", 1),
            )
        )
        if "prod" in form:
            return form.format(self.squashed((a, bound), 1.0)), 1.0
        return form.format(a), bound * scale

    def scalar_product(self, depth: int) -> Bounded:
        n = self.rng.choice(self.dims)
        (a, p), (b, q) = self.array((n,), depth - 1), self.array((n,), depth - 1)
        form = self.rng.choice(
            ("np.dot({}, {})", "({}) @ ({})", "np.sum(({}) * ({}))", "np.inner({}, {})")
        )
        return form.format(a, b), n * p * q

    def scalar_conditional(self, depth: int) -> Bounded:
        (a, p), (b, q) = self.scalar(depth - 1), self.scalar(depth - 1)
        return f"({a} if {self.condition(1)} else {b})", max(p, q)

    def scalar_builtin(self, depth: int) -> Bounded:
        (a, p), (b, q) = self.scalar(depth - 1), self.scalar(depth - 1)
        c = self.threshold()
        form, bound = self.rng.choice(
            (
                (f"abs({a} - 5.37)", p + 5.4),
                (f"max({a}, {c})", max(p, 1.2)),
                (f"min({c}, {a})", max(p, 1.2)),
                (f"max({a}, {b} + 0.0137)", max(p, q + 0.1)),
                (f"sum([{a}, {b}, {c}])", p + q + 1.2),
                (f"sum(({a}, {b}))", p + q),
                (f"pow({a}, 2)", p * p),
                (f"max([{a}, {c}])", max(p, 1.2)),
            )
        )
        return form, bound

    def scalar_call(self, depth: int) -> Bounded | None:
        return self.call_returning("float", None, depth)

    def scalar_comprehension(self, depth: int) -> Bounded | None:
        lists = [v for v in self.scope.of("list") if v.item is None and v.length]
        arrays = [v for v in self.scope.of("array") if len(v.shape) == 1]
        n = self.rng.randint(0, 3)
        name = self.bound_name()
        c = self.constant()
        options = [
            (f"sum({c} * {name} * {self.scalar_leaf(0)[0]} for {name} in range({n}))", CAP * 4)
        ]
        for v in lists + arrays:
            options += [
                (f"sum({name} * {c} for {name} in {v.name})", 8.0),
                (f"sum([{name} ** 2 for {name} in {v.name} if {name} > {self.threshold()}])", 9.0),
                (f"max({name} * {c} for {name} in {v.name})", 3.0),
                (f"sum(map(lambda {name}: {name} * {c}, {v.name}))", 8.0),
            ]
        return self.rng.choice(options)

    def scalar_masked_sum(self, depth: int) -> Bounded | None:
        arrays = self.scope.of("array")
        if not arrays:
            return None
        v = self.rng.choice(arrays)
        return f"{v.name}[{v.name} > {self.threshold()}].sum()", 8.0

    def scalar_where(self, depth: int) -> Bounded:
        (a, p), (b, q) = self.scalar(depth - 1), self.scalar(depth - 1)
        return f"float(np.where({self.compare(1)}, {a}, {b}))", max(p, q)

    def scalar_coerced(self, depth: int) -> Bounded:
        text, bound = self.scalar(depth - 1)
        form = self.rng.choice(("float({})", "np.float64({})", "float(np.asarray({}))"))
        return form.format(text), bound

    def scalar_solve(self, depth: int) -> Bounded | None:
        if self.in_loop:
            return None
        n = self.rng.choice((1, 2, 3))
        return f"np.linalg.det({self.dominant(n, depth)}) * {10.0**-n}", 2.0

    # -- arrays ------------------------------------------------------------------------------------

    def some_shape(self, scalar_ok: bool = False) -> Shape:
        """A shape of the program, seen in scope more often than not."""
        seen = [v.shape for v in self.scope.of("array")]
        if seen and self.chance(0.7):
            return self.rng.choice(seen)
        n, m = self.rng.choice(self.dims), self.rng.choice(self.dims)
        return self.rng.choice(((n,), (n,), (n,), (n, m), (n, 1), (1, m)))

    def array_text(self, shape: Shape, cap: float = CAP, depth: int = 2) -> str:
        return self.squashed(self.array(shape, depth), cap)

    def array(self, shape: Shape, depth: int) -> Bounded:
        if depth <= 0:
            return self.array_leaf(shape, depth)
        return self.draw(ARRAYS, "array", shape, depth)

    def array_leaf(self, shape: Shape, depth: int) -> Bounded:
        choices = [v.name for v in self.scope.of("array", shape=shape)] * 4
        for v in self.scope.of("array"):
            choices += self.parts_of_shape(v, shape)
        choices += [
            f"{v.name}[{self.index(v.length)}]"
            for v in self.scope.of("list")
            if v.item == shape and v.length
        ]
        choices += [f"(1.0 * {v.name})" for v in self.arrays_global if v.shape == shape]
        if not choices or self.chance(0.05):
            return self.array_constant(shape), 1.5
        return self.rng.choice(choices), CAP

    def parts_of_shape(self, v: Var, shape: Shape) -> list[str]:
        """Views of a variable that have this shape."""
        found = []
        if len(v.shape) == 1 and len(shape) == 1 and v.shape[0] > shape[0]:
            start = self.rng.randint(0, v.shape[0] - shape[0])
            stop = start + shape[0]
            found.append(f"{v.name}[{start}:{stop}]")
            if stop == v.shape[0]:
                found.append(f"{v.name}[{start}:]")
            if start == 0:
                found.append(f"{v.name}[:{stop - v.shape[0]}]")
        if len(v.shape) == 1 and len(shape) == 1 and (v.shape[0] + 1) // 2 == shape[0]:
            found += [f"{v.name}[::2]"]
        if len(v.shape) == 1 and v.shape == shape:
            found.append(f"{v.name}[::-1]")
        if len(v.shape) == 1 and len(shape) == 2 and shape == (v.shape[0], 1):
            found += [f"{v.name}[:, None]", f"{v.name}.reshape(-1, 1)"]
        if len(v.shape) == 1 and shape == (1, *v.shape):
            found += [f"{v.name}[np.newaxis]", f"{v.name}[None, :]"]
        if len(v.shape) == 2:
            rows, cols = v.shape
            if shape == (cols,):
                found += [f"{v.name}[{self.index(rows)}]", f"{v.name}[{self.index(rows)}, ...]"]
            if shape == (rows,):
                found += [f"{v.name}[:, {self.index(cols)}]"]
            if shape == (rows * cols,):
                found += [f"{v.name}.ravel()", f"{v.name}.reshape(-1)", f"{v.name}.T.ravel()"]
            if shape == (cols, rows):
                found += [f"{v.name}.T"]
            if len(shape) == 2 and shape[1] == cols and shape[0] < rows:
                found.append(f"{v.name}[:{shape[0]}]")
            if len(shape) == 2 and shape[0] == rows and shape[1] < cols:
                found.append(f"{v.name}[:, {cols - shape[1]}:]")
            if shape == v.shape:
                found.append(f"{v.name}[:, ::-1]")
        return found

    def array_constant(self, shape: Shape) -> str:
        def nested(dims: Shape) -> str:
            if not dims:
                return self.constant()
            return "[" + ", ".join(nested(dims[1:]) for _ in range(dims[0])) + "]"

        return f"np.array({nested(shape)})"

    def array_binary(self, shape: Shape, depth: int) -> Bounded:
        if self.chance(0.4):
            pair = [self.array(shape, depth - 1), self.scalar(depth - 1)]
            self.rng.shuffle(pair)
            return self.combine(pair[0], pair[1])
        return self.combine(self.array(shape, depth - 1), self.array(shape, depth - 1))

    def array_elementwise(self, shape: Shape, depth: int) -> Bounded:
        text, bound = self.array(shape, depth - 1)
        form, grow = self.rng.choice(SMOOTH)
        return form.format(text), grow(bound)

    def array_power(self, shape: Shape, depth: int) -> Bounded:
        text = self.array_text(shape, CAP, depth - 1)
        form, bound = self.rng.choice(
            (("({}) ** 2", 4.0), ("({}) ** 3", 8.0), ("(1.5 + ({}) ** 2) ** 0.7", 3.4))
        )
        return form.format(text), bound

    def array_broadcast(self, shape: Shape, depth: int) -> Bounded:
        """Two operands that broadcast to the shape, or to what a sum brings back to it."""
        smaller: list[Shape] = [shape[1:]] if len(shape) == 2 else []
        for axis in range(len(shape)):
            smaller.append((*shape[:axis], 1, *shape[axis + 1 :]))
        one, other = self.rng.choice(smaller), shape
        if len(shape) == 2 and self.chance(0.4):
            one, other = (shape[0], 1), self.rng.choice(((1, shape[1]), (shape[1],)))
        (a, p), (b, q) = self.array(one, depth - 1), self.array(other, depth - 1)
        pair = [(a, p), (b, q)]
        self.rng.shuffle(pair)
        return self.combine(pair[0], pair[1])

    def array_outer(self, shape: Shape, depth: int) -> Bounded | None:
        if len(shape) != 2:
            return None
        (a, p), (b, q) = self.array(shape[:1], depth - 1), self.array(shape[1:], depth - 1)
        return f"np.outer({a}, {b})", p * q

    def array_matrix_vector(self, shape: Shape, depth: int) -> Bounded:
        k = self.rng.choice(self.dims)
        if len(shape) == 2:
            left, right = self.array((shape[0], k), depth - 1), self.array((k, shape[1]), depth - 1)
        elif self.chance(0.5):
            left, right = self.array((shape[0], k), depth - 1), self.array((k,), depth - 1)
        else:
            left, right = self.array((k,), depth - 1), self.array((k, shape[0]), depth - 1)
        form = self.rng.choice(("({}) @ ({})", "np.dot({}, {})", "({}).dot({})"))
        return form.format(left[0], right[0]), k * left[1] * right[1]

    def array_where(self, shape: Shape, depth: int) -> Bounded:
        a, p = self.array(shape, depth - 1)
        b, q = self.array(shape, depth - 1) if self.chance(0.5) else self.scalar(depth - 1)
        test = f"{self.array(shape, 1)[0]} > {self.threshold()}"
        return f"np.where({test}, {a}, {b})", max(p, q)

    def array_maximum(self, shape: Shape, depth: int) -> Bounded:
        text, bound = self.array(shape, depth - 1)
        name = self.rng.choice(("np.maximum", "np.minimum"))
        return f"{name}({text}, {self.threshold()})", max(bound, 1.2)

    def array_clip(self, shape: Shape, depth: int) -> Bounded:
        text, _ = self.array(shape, depth - 1)
        return f"np.clip({text}, -0.8373, 0.9219)", 1.0

    def array_roll(self, shape: Shape, depth: int) -> Bounded:
        text, bound = self.array(shape, depth - 1)
        axis = f", axis={self.rng.randrange(len(shape))}" if self.chance(0.4) else ""
        return f"np.roll({text}, {self.rng.choice((1, -1, 2))}{axis})", bound

    def array_flip(self, shape: Shape, depth: int) -> Bounded:
        text, bound = self.array(shape, depth - 1)
        return self.rng.choice(("({})[::-1]", "np.flip({})")).format(text), bound

    def array_cumsum(self, shape: Shape, depth: int) -> Bounded | None:
        if len(shape) != 1:
            return None
        text, bound = self.array(shape, depth - 1)
        return f"np.cumsum({text})", bound * shape[0]

    def array_transpose(self, shape: Shape, depth: int) -> Bounded:
        text, bound = self.array(shape[::-1], depth - 1)
        return self.rng.choice(("({}).T", "np.transpose({})")).format(text), bound

    def array_reshape(self, shape: Shape, depth: int) -> Bounded:
        if len(shape) == 2:
            text, bound = self.array((shape[0] * shape[1],), depth - 1)
            order = self.rng.choice(("", "", ", order='F'"))
            return f"np.reshape({text}, {shape}{order})", bound
        text, bound = self.array(self.rng.choice(((shape[0], 1), (1, shape[0]))), depth - 1)
        form = self.rng.choice(("({}).reshape(-1)", "({}).ravel()", "np.squeeze({}).reshape(-1)"))
        return form.format(text), bound

    def array_concatenate(self, shape: Shape, depth: int) -> Bounded | None:
        if shape[0] < 2:
            return None
        k = self.rng.randint(1, shape[0] - 1)
        (a, p), (b, q) = (
            self.array((k, *shape[1:]), depth - 1),
            self.array((shape[0] - k, *shape[1:]), depth - 1),
        )
        name = self.rng.choice(("concatenate", "hstack") if len(shape) == 1 else ("vstack",))
        return f"np.{name}([{a}, {b}])", max(p, q)

    def array_stack(self, shape: Shape, depth: int) -> Bounded:
        if len(shape) == 1:
            parts = [self.scalar(min(depth - 1, 1)) for _ in range(shape[0])]
        else:
            parts = [self.array(shape[1:], min(depth - 1, 1)) for _ in range(shape[0])]
        inside = ", ".join(text for text, _ in parts)
        name = "np.array" if len(shape) == 1 else self.rng.choice(("np.array", "np.stack"))
        return f"{name}([{inside}])", max(bound for _, bound in parts)

    def array_axis_reduction(self, shape: Shape, depth: int) -> Bounded:
        k = self.rng.choice(self.dims)
        if len(shape) == 1:
            axis = self.rng.choice((0, 1, -1))
            inner = (k, shape[0]) if axis == 0 else (shape[0], k)
            form = self.rng.choice(
                ("np.sum({}, axis={a})", "({}).mean(axis={a})", "np.max({}, axis={a})")
            )
        else:
            ones = [i for i, d in enumerate(shape) if d == 1]
            if not ones:
                return self.array_elementwise(shape, depth)
            axis = ones[0]
            inner = (*shape[:axis], k, *shape[axis + 1 :])
            form = self.rng.choice(
                ("np.sum({}, axis={a}, keepdims=True)", "({}).max(axis={a}, keepdims=True)")
            )
        text, bound = self.array(inner, depth - 1)
        return form.replace("{a}", str(axis)).replace("{}", text), bound * k

    def array_gather(self, shape: Shape, depth: int) -> Bounded | None:
        arrays = [v for v in self.scope.of("array") if v.shape[1:] == shape[1:] and v.shape[0] > 0]
        if not arrays:
            return None
        v = self.rng.choice(arrays)
        return f"{v.name}[{self.index_list(shape[0], v.shape[0])}]", CAP

    def array_creation(self, shape: Shape, depth: int) -> Bounded:
        x = self.number(CAP, 1)
        size = shape[0] if len(shape) == 1 else shape
        forms = [
            f"np.zeros({size}) + {x}",
            f"np.full({size}, {x})",
            f"np.ones({size}) * {x}",
        ]
        if len(shape) == 1:
            forms += [
                f"np.arange({shape[0]}) * 0.3 + {x}",
                f"np.linspace(-0.5, 0.8, {shape[0]}) * {x}",
                f"np.repeat({x}, {shape[0]})",
            ]
        elif shape[0] == shape[1]:
            forms += [f"np.eye({shape[0]}) * {x}", f"np.diag({self.array(shape[:1], 1)[0]})"]
        return self.rng.choice(forms), 4.0

    def array_comprehension(self, shape: Shape, depth: int) -> Bounded | None:
        if len(shape) != 1:
            return None
        name = self.bound_name()
        self.scope.open()
        self.scope.define(Var(name, "int", low=0, high=shape[0]))
        text, bound = self.scalar(min(depth, 2))
        self.scope.close()
        return f"np.array([{text} for {name} in range({shape[0]})])", bound

    def array_call(self, shape: Shape, depth: int) -> Bounded | None:
        return self.call_returning("array", shape, depth)

    def array_item(self, shape: Shape, depth: int) -> Bounded | None:
        lists = [v for v in self.scope.of("list") if v.item == shape and v.length]
        if lists:
            v = self.rng.choice(lists)
            return f"{v.name}[{self.index(v.length)}]", CAP
        lists = [v for v in self.scope.of("list") if v.item is None and not v.resizable]
        lists = [v for v in lists if shape == (v.length,)]
        return (f"np.array({self.rng.choice(lists).name})", CAP) if lists else None

    def array_solve(self, shape: Shape, depth: int) -> Bounded | None:
        if self.in_loop or shape[0] > 3:
            return None
        b = self.array_text(shape, CAP, depth - 1)
        return f"np.linalg.solve({self.dominant(shape[0], depth)}, {b})", CAP

    def dominant(self, n: int, depth: int) -> str:
        """A well-conditioned matrix."""
        return f"{self.array_text((n, n), 1.0, depth - 1)} + {n + 3.5} * np.eye({n})"

    def array_slice_difference(self, shape: Shape, depth: int) -> Bounded | None:
        longer = [
            v for v in self.scope.of("array") if len(v.shape) == 1 and v.shape[0] == shape[0] + 1
        ]
        if len(shape) != 1 or not longer:
            return None
        v = self.rng.choice(longer).name
        return self.rng.choice((f"({v}[1:] - {v}[:-1])", f"np.diff({v})")), 2 * CAP

    def array_conditional(self, shape: Shape, depth: int) -> Bounded:
        (a, p), (b, q) = self.array(shape, depth - 1), self.array(shape, depth - 1)
        return f"({a} if {self.condition(1)} else {b})", max(p, q)

    def array_coerced(self, shape: Shape, depth: int) -> Bounded:
        text, bound = self.array(shape, depth - 1)
        form = self.rng.choice(
            ("np.asarray({}, dtype=float)", "({}).astype(float)", "np.asarray({})", "({}).copy()")
        )
        return form.format(text), bound

    # -- calls -------------------------------------------------------------------------------------

    def call_returning(self, kind: str, shape: Shape | None, depth: int) -> Bounded | None:
        fitting = [
            f
            for f in self.callables()
            if f.result and f.result.kind == kind and (shape is None or f.result.shape == shape)
        ]
        if not fitting:
            return None
        return self.call_text(self.rng.choice(fitting), depth), CAP

    def callables(self) -> list[Helper]:
        local = [Helper(v.name, v.params, v.result) for v in self.scope.of("callable")]
        methods = [
            Helper(f"{v.name}.{m.name}", m.params, m.result)
            for v in self.scope.of("object")
            for m in v.methods
        ]
        return [f for f in self.helpers + local * 3 + methods * 3 if self.feasible(f)]

    def feasible(self, helper: Helper) -> bool:
        """Whether its list parameters can be given."""
        return all(p.kind != "list" or self.lists_like(p) for p in helper.params)

    def lists_like(self, p: Var) -> list[Var]:
        return [v for v in self.scope.of("list") if v.item == p.item and v.length >= p.length]

    def call_text(self, helper: Helper, depth: int) -> str:
        given = []
        for p in helper.params:
            if p.kind == "float":
                given.append(self.number(CAP, min(depth - 1, 1)))
            elif p.kind == "int":
                given.append(str(self.rng.randint(0, 3)))
            elif p.kind == "list":
                given.append(self.rng.choice(self.lists_like(p)).name)
            else:
                given.append(self.array_text(p.shape, CAP, self.rng.choice((0, 0, 1))))
        if helper.keyword and self.chance(0.6):
            given.append(f"{helper.keyword}={self.number(CAP, 1)}")
        return f"{helper.name}({', '.join(given)})"

    # -- indices -----------------------------------------------------------------------------------

    def index(self, n: int) -> str:
        """An index into an axis of length n > 0."""
        ints = [v for v in self.scope.of("int") if v.low >= -n and v.high <= n]
        if ints and self.chance(0.6):
            return self.rng.choice(ints).name
        others = self.scope.of("int")
        if others and self.chance(0.4):
            v = self.rng.choice(others).name
            return self.rng.choice((f"{v} % {n}", f"({v} + 1) % {n}"))
        return str(self.rng.randint(-n, n - 1))

    def index_list(self, count: int, n: int) -> str:
        """Indices into an axis of length n, repeated ones likely."""
        items = ", ".join(str(self.rng.randint(-n, n - 1)) for _ in range(count))
        return f"[{items}]" if self.chance(0.5) else f"np.array([{items}])"

    def element(self, v: Var) -> str:
        return f"{v.name}[{', '.join(self.index(d) for d in v.shape)}]"

    # -- conditions --------------------------------------------------------------------------------

    def condition(self, depth: int) -> str:
        return self.draw(CONDITIONS, "condition", depth)

    def compare(self, depth: int) -> str:
        op = self.rng.choice(("<", ">", "<=", ">="))
        return f"{self.scalar(depth)[0]} {op} {self.threshold()}"

    condition_compare = compare

    def condition_chained(self, depth: int) -> str:
        return f"-0.7319 < {self.scalar(depth)[0]} < 0.8613"

    def condition_boolean(self, depth: int) -> str | None:
        if depth <= 0:
            return None
        op = self.rng.choice(("and", "or"))
        return f"({self.condition(depth - 1)} {op} {self.condition(depth - 1)})"

    def condition_negated(self, depth: int) -> str | None:
        return f"not ({self.condition(depth - 1)})" if depth > 0 else None

    def condition_option(self, depth: int) -> str | None:
        options = self.scope.of("option")
        if not options:
            return None
        name = self.rng.choice(options).name
        return self.rng.choice(
            (f"{name} is None", f"{name} is not None", f"{name} == 'fast'", f"{name} != 'exact'")
        )

    def condition_integer(self, depth: int) -> str | None:
        ints = self.scope.of("int")
        if not ints:
            return None
        name = self.rng.choice(ints).name
        return self.rng.choice(
            (f"{name} % 2 == 0", f"{name} == 1", f"{name} > 1", f"{name} != 2", f"{name}")
        )

    def condition_any_all(self, depth: int) -> str:
        name = self.rng.choice(("np.any", "np.all"))
        return f"{name}({self.array(self.some_shape(), 1)[0]} < {self.threshold()})"

    def condition_length(self, depth: int) -> str | None:
        lists = self.scope.of("list")
        return f"len({self.rng.choice(lists).name}) > 2" if lists else None

    def condition_membership(self, depth: int) -> str | None:
        ints = self.scope.of("int")
        return f"{self.rng.choice(ints).name} in (0, 2, 3)" if ints else None

    def bound_name(self) -> str:
        raise NotImplementedError
