"""Small functions in the language of real code: lowered and emitted, they do what they did."""

from __future__ import annotations

import copy
import dataclasses
import functools
import inspect
import itertools
import math
from collections import namedtuple

import numpy as np
import pytest

from adcompiler.errors import AdcompilerError
from tests.oracles.compare import identical
from tests.test_zoo_identity import bound, compiled, plain

U = np.array([0.4, 1.3, -0.2, 0.9])
M = np.array([[0.4, 1.3, -0.2], [0.9, 2.1, 0.5]])
Pair = namedtuple("Pair", "x y")
TABLE = {"a": 1.5, "b": (2.0, 3.0)}
WEIGHTS = np.array([1.0, 2.0, 3.0, 4.0])
CASES = []
REFUSED = []


def same(*args):
    """The function is understood: its emitted text gives exactly its result."""

    def register(fn):
        CASES.append((fn, args))
        return fn

    return register


def refused(*args):
    """Right, or refused with a place; never anything else."""

    def register(fn):
        REFUSED.append((fn, args))
        return fn

    return register


def run(fn, args):
    arguments = bound(fn, copy.deepcopy(args))
    made = compiled(fn, arguments)
    captured = [each.current() for each in made.captures]
    return made, made.function(*bound(fn, copy.deepcopy(args)).values(), *captured)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_understood(case):
    fn, args = case
    expected = fn(*copy.deepcopy(args))
    made, found = run(fn, args)
    assert identical(plain(found), plain(expected)), f"{found!r} is not {expected!r}\n{made.source}"


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0].__name__)
def test_right_or_refused(case):
    fn, args = case
    try:
        expected = fn(*copy.deepcopy(args))
    except Exception as error:
        with pytest.raises((type(error), AdcompilerError)):
            run(fn, args)
        return
    try:
        made, found = run(fn, args)
    except AdcompilerError as error:
        assert error.place is not None, "a refusal names its place"
        return
    assert identical(plain(found), plain(expected)), f"{found!r} is not {expected!r}\n{made.source}"


@dataclasses.dataclass
class Body:
    mass: float
    position: np.ndarray
    name: str = "body"
    history: list = dataclasses.field(default_factory=list)

    @property
    def weight(self):
        return 9.81 * self.mass

    def move(self, dt):
        self.position = self.position + dt * self.mass
        self.history.append(self.weight)
        return self

    @staticmethod
    def scale(x, by=2.0):
        return x * by

    @classmethod
    def of(cls, mass):
        return cls(mass, np.zeros(2))


class Stack:
    depth = 3

    def __init__(self, *items):
        self.items = list(items)
        self.calls = 0

    def __len__(self):
        return len(self.items)

    def __getitem__(self, k):
        self.calls += 1
        return self.items[k]

    def __call__(self, x):
        self.calls += 1
        return sum(self.items) * x + self.calls

    def __add__(self, other):
        return Stack(*self.items, *other.items)

    def __eq__(self, other):
        return self.items == other.items


class Deeper(Stack):
    depth = 4

    def __init__(self, x):
        super().__init__(x, 2 * x)
        self.extra = x


def helper(a, *rest, scale=1.0, **options):
    return a * scale + sum(rest) + options.get("shift", 0.0) * len(options)


# ---- strings, prints, and choosing by them


@same(1.2, "linear")
def method_by_name(x, method):
    method = method.lower().strip()
    if method not in ("linear", "cubic"):
        raise ValueError(f"unknown method {method!r}")
    return x if method.startswith("lin") else x**3


@same(1.2)
def label_of_parts(x):
    label = "-".join(["a", "b"]) + "%d" % 3 + "{:>4}".format("q") + f"{2:03d}"
    return x * len(label)


@same(1.2)
def formatted_at_run_time(x):
    text = f"{x:.2f}" + str(x) + "x" * 2
    return x * len(text) + text.count("2") + text.find(".")


@same(1.2)
def percent_formatted(x):
    return "%.3f and %d%%" % (x, 3), x


@same(1.2)
def repr_of_a_number(x):
    return repr(x * 2.0), f"{x!r}", format(x, ".1f"), x


@same(1.2)
def dynamic_width(x):
    width = 3 if x > 1 else 5
    return len(f"{x:{width}.1f}") * x


@same("abc", 0.5)
def iterate_string(word, x):
    for k, letter in enumerate(word):
        if letter == "b":
            x = x * (k + 2)
    return x


# ---- containers


@same(0.5)
def dict_of_functions(x):
    table = {"sin": math.sin, "double": lambda t: 2 * t}
    return sum(table[k](x) for k in sorted(table))


@same(0.5)
def nested_dict(x):
    state = {"p": {"q": x}, "r": [x, 2 * x]}
    state["p"]["q"] += 1.0
    state["r"][1] *= state["p"]["q"]
    return {k: v for k, v in state["p"].items()}, state["r"][-1]


@same(0.5)
def dict_methods(x):
    d = dict(a=x, b=2 * x)
    d.update(c=3 * x)
    last = d.pop("a")
    d.setdefault("e", 7.0)
    return last + sum(d.values()) * len(d) + ("b" in d), list(d.keys())


@same(0.5)
def merged_dicts(x):
    first = {"a": x}
    second = {**first, "b": 2 * x}
    first["a"] = 0.0
    return second["a"] * second["b"] + first["a"]


@same(0.5)
def list_methods(x):
    items = [x, 2 * x]
    items.insert(1, 5.0)
    items.extend([x * x, 1.0])
    items += [3.0]
    popped = items.pop(0)
    items.reverse()
    del items[0]
    return popped, items, len(items)


@same(0.5, [3.0, 1.0, 2.0])
def sorted_pairs(x, values):
    pairs = sorted(((v * x, k) for k, v in enumerate(values)), key=lambda p: -p[0])
    return [k for _, k in pairs], sorted(values, reverse=True)[0] * x


@same(U)
def sorted_array(u):
    s = sorted(u)
    return s[0] + 2.0 * s[-1] + len(s + [1.0])


@same(0.5, 4)
def list_of_tuples(x, n):
    pairs = [(k * x, x**k) for k in range(n)]
    firsts, seconds = zip(*pairs)
    return sum(firsts) * max(seconds) + len(firsts)


@same(0.5)
def nested_lists(x):
    grid = [[0.0] * 3 for _ in range(2)]
    grid[1][2] = x
    grid[0][1] += 2 * x
    return sum(sum(row) for row in grid), grid


@refused(0.5)
def shared_rows(x):
    grid = [[0.0] * 2] * 2
    grid[0][1] = x
    return grid[1][1] + sum(grid[0])


@same(0.5, 3)
def powers_until(x, n):
    seen = []
    k = 0
    while len(seen) < n:
        k += 1
        if k % 2:
            continue
        seen.append(x**k)
    return sum(seen), k


@same((0.5, 2.0))
def star_everything(pair):
    first, *rest = pair
    values = (*rest, first, *pair)
    return helper(*values, scale=first, **{"shift": 2.0, "other": 1.0})


@same(0.5)
def sets_of_names(x):
    known = {"a", "b"} | {"c"}
    known.discard("a")
    known.update(("d",))
    return x * len(known) + ("a" in known) - ("d" in known), sorted(known)


@same(0.5)
def set_of_numbers_in_order(x):
    y = 0.0
    for k in {5, 1, 3} - {1}:
        y = y * x + k
    return y


@same(0.5)
def named_tuples(x):
    p = Pair(x, y=2.0)._replace(x=3 * x)
    q = Pair._make([1.0, p.y])
    a, b = p
    return p._asdict()["x"] + a * b + q.x, q, p == q


@same(0.5)
def slices_of_lists(x):
    items = [x * k for k in range(6)]
    return items[1:4], items[::-2], items[-1], len(items[4:])


# ---- functions


@same(0.5, 2)
def closures_in_a_loop(x, n):
    fns = []
    for k in range(3):
        fns.append(lambda t, k=k: t * k + x)
    return sum(f(2.0) for f in fns) * n


@same(0.5)
def partials_and_reduce(x):
    add = functools.partial(helper, scale=3.0)
    return functools.reduce(lambda a, b: a * b, [add(x), add(x, 1.0), 2.0], 1.0)


@same(U, 2)
def callable_argument(u, k):
    def norm(w, power=k):
        return np.sum(np.abs(w) ** power) ** (1.0 / power)

    return norm(u) + norm(u, 3) + norm(power=1, w=u)


@same(0.5)
def generator_arguments(x):
    return (
        max(x * k for k in (1, 2, 3)),
        min((x - k) ** 2 for k in range(3)),
        any(x > k for k in (1, 2)),
        all(x < k for k in (1, 2)),
        sum(x for _ in range(3)),
    )


@same(0.5)
def itertools_of_few(x):
    total = 0.0
    for a, b in itertools.combinations([x, 2.0, 3.0], 2):
        total += a * b
    for i, j in itertools.product(range(2), repeat=2):
        total += x ** (i + j)
    return total + sum(itertools.chain([x], (1.0, 2.0)))


@same(0.5)
def walrus_and_chain(x):
    if (y := x * 2) > 0.5 and (z := y + 1) < 3:
        return 0 < x <= y < z
    return x


@same(0.5)
def conditional_defaults(x):
    scale = None
    scale = scale or 2.0
    other = TABLE.get("zz") or TABLE["a"]
    return x * scale * other + TABLE["b"][1]


# ---- objects


@same(2.0)
def objects_and_properties(m):
    body = Body(m, np.ones(2)).move(0.1).move(0.2)
    light = dataclasses.replace(body, mass=1.0)
    return body.weight + Body.scale(m) + body.position.sum() + len(body.history) + light.weight


@same(2.0)
def shared_field_of_a_copy(m):
    body = Body.of(m)
    other = copy.copy(body)
    other.history.append(m)
    other.mass = 1.0
    deep = copy.deepcopy(body)
    deep.history.append(1.0)
    return len(body.history) + body.mass * len(deep.history) + other.mass


@same(0.5)
def special_methods(x):
    s = Stack(x, 1.0) + Deeper(x)
    total = s(2.0) + s[0] + len(s) + s.depth + Deeper(x).depth
    return total + s.calls, s == s, isinstance(Deeper(x), Stack)


@same(Stack(0.5, 2.0), 3.0)
def counts_in_an_argument(stack, x):
    y = stack(x) + stack(x)
    return y * stack.calls + getattr(stack, "missing", 1.0) + hasattr(stack, "items")


@same([Body(1.0, np.array([0.1, 0.2])), Body(2.0, np.array([1.0, 0.5]))])
def bodies(items):
    total = 0.0
    for a, b in itertools.combinations(items, 2):
        total += a.mass * b.mass / np.linalg.norm(a.position - b.position)
    return total


# ---- arrays


@same(U)
def shapes_and_sizes(u):
    (n,) = u.shape
    m = u.reshape(2, -1)
    return n * u.size + len(m) + m.ndim + m.shape[-1], m.T.shape, u.dtype.kind


@same(M)
def transposed_store(m):
    a = m.copy()
    a.T[1] = 7.0
    a.T[0, 1] += a[0, 0]
    np.swapaxes(a, 0, 1)[2] = a[:, 0]
    np.moveaxis(a, 0, 1)[1:] *= 2.0
    return a


@same(M)
def flipped_store(m):
    a = m.copy()
    np.flip(a)[0, 0] = 9.0
    np.flipud(a)[0] += 1.0
    np.fliplr(a)[:, 0] *= 2.0
    np.expand_dims(a, 0)[0, 0] = a[1]
    np.atleast_2d(a[0])[0, 1] = 3.0
    return a


@same(M)
def reshaped_store(m):
    a = m.copy()
    flat = a.reshape(-1)
    flat[1:3] = flat[4:6] * 2.0
    a[0, 0] = 5.0
    flat += flat[0]
    b = np.zeros((2, 3))
    b.ravel()[[0, 5]] = a[0, :2]
    return a, b, flat


@same(M)
def transposed_in_a_loop(m):
    a = m.copy()
    t = a.T
    for k in range(3):
        t[k] *= k + a[0, 0]
        if t[k, 1] > 1.0:
            t[k] = t[k][::-1]
    return a, t


@refused(M)
def ravel_of_a_parameter(m):
    flat = m.ravel()
    flat[0] = 3.0
    return m


@refused(np.asfortranarray(M))
def copy_in_fortran_order(m):
    a = np.copy(m)
    a.reshape(-1)[1] = 9.0
    return a


@refused(np.asfortranarray(M))
def contiguous_copy(m):
    c = np.ascontiguousarray(m)
    c[0, 0] = 9.0
    return m, c


@refused(M)
def view_by_branch(m):
    a = m.copy()
    v = a.T if m[0, 0] > 0 else a[0]
    v[0] = 5.0
    return a


@same(U)
def masks_and_where(u):
    mask = (u > 0) & ~(u > 1)
    v = np.where(mask, u, -u)
    v[mask] *= 2.0
    (index,) = np.nonzero(u > 0.5)
    v[index] += 1.0
    return v, np.count_nonzero(mask), u[np.where(u < 0)]


@same(U)
def add_at_and_indices(u):
    bins = np.zeros(3)
    index = np.array([0, 2, 0, 1])
    np.add.at(bins, index, u)
    np.subtract.at(bins, [1, 1], 0.5)
    return bins


@same(U)
def copies_of_all_kinds(u):
    a, b, c = u.copy(), np.array(u), np.copy(u)
    d = np.asarray(u)
    a[0] = b[1] = c[2] = 0.0
    d = d * 2.0
    d[3] = 1.0
    return a, b, c, d, u


@same(U)
def parameter_in_place(u):
    w = np.asarray(u, dtype=float)
    w += 1.0
    w[1:] -= w[:-1]
    return u * w


@same(M, U)
def assorted_numpy(m, u):
    a = np.concatenate(([0.0], u[1:], [1, 2]))
    b = np.stack([m[0], m[1]], axis=1)
    c = np.linspace(0, u[1], 3)[:, None] * np.arange(3)
    return a, b, c, np.dot([1.0, 2.0], m), np.maximum(m, 0.5).max(axis=0), np.max([u[0], u[1]])


@same(U)
def dtype_questions(u):
    eps = np.finfo(u.dtype).eps if np.issubdtype(u.dtype, np.floating) else 0.0
    z = np.zeros(2, dtype=np.result_type(u, np.float32))
    return eps, z, np.isscalar(u[0]), np.ndim(u)


@same(U)
def global_array(u):
    return np.sum(WEIGHTS * u) + WEIGHTS[0]


@refused(0.5)
def global_array_changed(x):
    WEIGHTS[0] = x
    return WEIGHTS.sum()


@refused(0.5)
def view_of_a_global_changed(x):
    w = WEIGHTS[1:]
    w[0] = x
    return w.sum()


@same(U, 3)
def loops_with_else(u, n):
    for k in range(n):
        if u[k] > 100.0:
            break
    else:
        k = -1
    total, i = 0.0, 0
    while i < n:
        i += 1
        if u[i] < 0:
            continue
        total += u[i] * i
    return total, k, i


@same(U)
def early_returns(u):
    for i, a in enumerate(u):
        for b in u[i + 1 :]:
            if a * b < -0.05:
                return a - b, i
    return 0.0, -1


@same(0.5, 7)
def integer_arithmetic(x, n):
    q, r = divmod(n, 3)
    return x * (n // 2) + r ** q + (-n) % 4 + (n << 1) + round(x * n) + int(x * 10), n & 3


@same(0.3)
def finally_without_handlers(x):
    y = x
    try:
        y = y * 2.0
    finally:
        y = y + 1.0
    return y


@refused(0.0)
def handler_that_runs(x):
    try:
        y = 1.0 / x
    except ZeroDivisionError:
        y = -1.0
    return y


@refused(0.3)
def seeded_draws(x):
    rng = np.random.default_rng(3)
    a, b = rng.normal(), rng.uniform(0.0, 1.0)
    c = rng.integers(0, 10, size=2)
    return x * a - b, c, rng.standard_normal((2, 2)), rng.random(3)


@refused(0.3)
def always_raises(x):
    raise ValueError("never")


@refused(0.3)
def wrong_number_of_arguments(x):
    return helper(x, scale=1.0, nothing=2.0) + len(x, 2)


def unbound_name(x):
    if x > 1:
        y = x
    return y


@pytest.mark.xfail(strict=True, reason="emission returns None for a name that is not bound")
def test_an_unbound_name_is_an_error():
    with pytest.raises((UnboundLocalError, AdcompilerError)):
        run(unbound_name, (0.3,))


@same(M)
def sorted_and_flattened(m):
    a, b = m.copy(), m.copy()
    a.sort(axis=0)
    b.sort()
    c = m.astype(float, copy=False)
    rows = m.tolist()
    rows[0] = [1.0]
    return a, b, m.flatten(order="F"), c is m, m.ravel()[1], rows[1][1] * m[0, 0]


@same(0.5)
def prints_structures(x):
    print({"a": x, "b": [1, 2 * x]}, (x,), [None, "s"], sep="|")
    return x


@same(0.5)
def stored_while_iterating(x):
    items = [x, 2.0, 3.0]
    total = 0.0
    for k, item in enumerate(items):
        total += item
        items[-1] = total * k
    return total, items


# ---- one memory, several names


@refused(U)
def list_of_views(u):
    a = u.copy()
    parts = [a[:2], a[2:]]
    for p in parts:
        p *= 2.0
    parts[0][0] = 7.0
    return a, parts[1]


@refused(U)
def dict_of_one_array(u):
    a = u * 1.0
    d = {"p": a, "q": a}
    d["p"][0] = 5.0
    d["q"] += 1.0
    return a, d["p"] is d["q"]


@refused(U)
def object_keeps_a_view(u):
    b = Body(1.0, u)
    b.position[0] = 3.0
    return u, b.position


@refused(U)
def returned_view_changes(u):
    def head(w):
        return w[:2]

    a = u.copy()
    h = head(a)
    a[0] = 9.0
    h[1] = 8.0
    return a, h


@refused(U)
def appended_then_changed(u):
    a = u.copy()
    kept = []
    for k in range(3):
        a[k] = k
        kept.append(a)
        kept.append(a.copy())
    return kept[0], kept[1], len(kept)


@refused(U)
def swapped_in_a_loop(u):
    a, b = u.copy(), 2.0 * u
    for k in range(3):
        a, b = b, a
        a[k] = 10.0 * k
    return a, b


@refused(U)
def alias_made_in_a_branch(u):
    a = u.copy()
    b = np.zeros(4)
    if u[0] > 0:
        b = a
    a[1] = 5.0
    return b


@refused(U)
def alias_made_in_a_loop(u):
    a = u.copy()
    b = np.zeros(4)
    for k in range(2):
        b[0] += 1.0
        b = a
    return a, b


@refused(U)
def tuple_of_the_array(u):
    a = u.copy()
    t = (a, a[1:])
    a += 1.0
    t[1][0] = 4.0
    return t, a


@refused(U)
def default_of_a_closure(u):
    a = u.copy()

    def f(w=a):
        w[0] += 1.0
        return w[0]

    return f() + f(), a


@refused(U)
def reshaped_and_back(u):
    a = u.reshape(2, 2)
    b = a.reshape(4)
    b[0] = 3.0
    a[1] = a[0]
    return u, b


@refused(M)
def split_parts_changed(m):
    a = m.copy()
    p, q, r = np.split(a, 3, axis=1)
    q[:] = 0.0
    return a


@refused(M)
def diagonal_changed(m):
    a = m[:, :2].copy()
    d = np.diagonal(a)
    a[0, 0] = 9.0
    np.fill_diagonal(a, 4.0)
    return a, d


@refused(M)
def rows_in_a_list(m):
    rows = [row for row in m]
    rows[0][0] = 1.0
    rows[1] *= 2.0
    return m, rows


@refused(M)
def iterated_rows_changed(m):
    for row, other in zip(m, m[::-1]):
        row += other[0]
    return m


@refused(U)
def broadcast_written(u):
    b = np.broadcast_to(u, (2, 4)).copy()
    b[0] = 1.0
    return b, u


@refused(U)
def out_argument_is_an_operand(u):
    a = u.copy()
    np.add(a[1:], a[:-1], out=a[1:])
    np.multiply(a, 2.0, out=a)
    return a


@refused(U)
def overlapping_assignment(u):
    a = u.copy()
    a[1:] = a[:-1]
    a[::2], a[1::2] = a[1::2], a[::2]
    return a


@refused(U)
def real_of_a_complex(u):
    z = u + 1j * u[::-1]
    r = z.real
    z.real[0] = 5.0
    z[1] = 2.0
    return z, r


@refused(U)
def where_of_itself(u):
    a = u.copy()
    b = np.clip(a, 0, 1)
    c = np.squeeze(a[None])
    a[2] = 9.0
    return b, c


@refused([1.0, 2.0, 3.0])
def argument_list_changed(xs):
    ys = xs
    ys.append(xs[0])
    zs = xs[:]
    zs[0] = 9.0
    return xs, ys is xs, zs


@refused([1.0, 2.0], {"k": [0.5]})
def nested_argument_changed(xs, d):
    d["k"].append(xs[0])
    d["n"] = xs
    xs[0] = 7.0
    return d


@refused(0.5, 3)
def list_of_lists_of_unknown_length(x, n):
    rows = []
    for k in range(n):
        row = []
        for j in range(k):
            row.append(x * j)
        rows.append(row)
    rows[-1].append(7.0)
    return rows, len(rows[-1])


@refused(0.5, 3)
def list_alias_in_a_loop(x, n):
    row = [x]
    rows = []
    for k in range(n):
        rows.append(row)
        row.append(k * x)
    return len(rows[0]), rows[0][-1]


@refused(0.5)
def reads_a_list_while_it_grows(x):
    items = [x]
    for item in items:
        if len(items) < 4:
            items.append(item * 2)
    return items


@refused(0.5)
def number_of_calls(x):
    count = [0]

    def f(t):
        count[0] += 1
        return t * count[0]

    return f(x) + f(x) + count[0]


@refused(0.5, True)
def type_changes(x, flag):
    y = 1
    if flag and x > 0:
        y = x
    z = [1, 2] if x > 1 else (1, 2)
    return y, z


@refused(0.5)
def integers_and_floats(x):
    a = np.array([1, 2, 3])
    a[0] = 2.9
    b = a / 2
    b[1] += x
    return a, b


@refused(0.5)
def chained_views_of_zero_d(x):
    a = np.array(x)
    b = a
    b += 1.0
    c = a[()]
    a *= 2.0
    return a, b, c


@refused(U, 0)
def negative_and_none_indices(u, k):
    return u[-1], u[None, k], u[..., k], u[k:][0], u[-2:].sum(), u[[-1, k]]


def test_every_signature_binds():
    for fn, args in CASES + REFUSED:
        inspect.signature(fn).bind(*args)
