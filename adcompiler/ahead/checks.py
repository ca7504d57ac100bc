"""What a shipped function checks of its arguments, once, before it computes anything.

Ahead of time nothing looks at the arguments before the function is called, and a derivative that is
right for one kind of them may be silently wrong for another: an array where a number was meant, an
axis of length one that broadcasts, two arrays that share the memory that is written to.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from adcompiler.emit.layout import WIDTH
from adcompiler.frontend.signature import (
    ArraySpec,
    DictSpec,
    ListSpec,
    LongListSpec,
    ObjectSpec,
    ScalarSpec,
    StaticSpec,
    TupleSpec,
)


@dataclass
class Checks:
    """The tests of one function's arguments, as text of Python."""

    function: str
    kinds: list[str] = field(default_factory=list)
    expected: dict[str, list[str]] = field(default_factory=dict)  # by kind
    dtypes: dict[str, list[str]] = field(default_factory=dict)
    arrays: list[tuple[str, ArraySpec]] = field(default_factory=list)
    tangents: list[tuple[str, str]] = field(default_factory=list)

    def argument(self, expression: str, spec: Any, shape_of: str | None = None) -> None:
        """Check an argument, and what is in it; a tangent has the shapes of `shape_of`."""
        if isinstance(spec, ScalarSpec):
            self.kinds.append(f"isinstance({expression}, {_class(spec)})")
            self.expect(expression, _word(spec))
        elif isinstance(spec, ArraySpec):
            self.dtypes.setdefault(_dtype(spec), []).append(expression)
            self.expect(expression, f"{spec.dtype} array")
            if shape_of is None:
                self.arrays.append((expression, spec))
            else:
                self.tangents.append((expression, shape_of))
        elif isinstance(spec, StaticSpec) and shape_of is None:
            value = spec.value
            test = "is" if value is None or isinstance(value, bool) else "=="
            shown = ast.unparse(ast.Constant(value))
            self.kinds.append(f"{expression} {test} {shown}")
            self.expect(expression, shown)
        elif isinstance(spec, LongListSpec):
            self.kinds.append(
                f"all(isinstance(each, {_class(spec.elem)}) for each in {expression})"
            )
            self.expect(expression, f"list of {_word(spec.elem)}")
        else:
            self.container(expression, spec, shape_of)

    def expect(self, expression: str, kind: str) -> None:
        self.expected.setdefault(kind, []).append(expression)

    def container(self, expression: str, spec: Any, shape_of: str | None) -> None:
        if isinstance(spec, TupleSpec | ListSpec) and shape_of is None:
            self.kinds.append(f"len({expression}) == {len(spec.items)}")
            self.expect(expression, f"length {len(spec.items)}")
        for step, part in parts(spec):
            self.argument(expression + step, part, None if shape_of is None else shape_of + step)

    def statements(self, mutated: list[str]) -> list[ast.stmt]:
        """The tests as statements; arrays in `mutated` are written to by the user's function."""
        text = [*self.kind_test(), *self.shape_test(), *self.memory_tests(mutated)]
        return ast.parse("\n".join(text)).body

    def kind_test(self) -> Iterator[str]:
        chains = [f"{' == '.join(f'{x}.dtype' for x in each)} == np.{dtype}"
                  for dtype, each in self.dtypes.items()]  # fmt: skip
        tests = [*self.kinds, *chains]
        if tests:
            yield f"if not ({' and '.join(tests)}):"
            wanted = "; ".join(f"{kind}: {', '.join(x)}" for kind, x in self.expected.items())
            yield f"    raise TypeError({self.message(wanted, 'wrong kinds of arguments')})"

    def shape_test(self) -> Iterator[str]:
        tests = [*shape_tests(self.arrays), *(f"{x}.shape != {y}.shape" for x, y in self.tangents)]
        if not tests:
            return
        axes = ", ".join(f"{name} {_shape(spec)}" for name, spec in self.arrays)
        names = [name for name, _ in self.arrays] + [name for name, _ in self.tangents]
        got = " ".join(f"{{{name}.shape}}" for name in names)
        message = f"f{_text(f'{self.function}: {axes} expected; got {got}')}"
        if len(message) > _ROOM or set('{}\\"') & set("".join(names)):
            message = self.message(f"{axes} expected", "wrong shapes of arguments")
        yield f"if {' or '.join(tests)}:"
        yield f"    raise ValueError({message})"

    def memory_tests(self, mutated: list[str]) -> Iterator[str]:
        for name, spec in self.arrays:
            if spec.order == "C":
                text = self.message(f"{name} in C order expected", "C order expected")
                yield f"if not {name}.flags.c_contiguous:"
                yield f"    raise ValueError({text})"
        every = [name for name, _ in self.arrays]
        written = [x for x in every if _root(x) in mutated]
        pairs = [(x, y) for x in written for y in every if x != y and not (y in written and y < x)]
        if pairs:
            tests = " or ".join(f"np.may_share_memory({x}, {y})" for x, y in pairs)
            named = ", ".join(written)
            text = self.message(f"{named} shares memory with another", "arguments share memory")
            yield f"if {tests}:"
            yield f"    raise ValueError({text})"

    def message(self, text: str, short: str) -> str:
        """A string for an error, on one line: where there is no room, the short text."""
        for each in (f"{self.function}: {text}", f"{self.function}: {short}", short):
            literal = _text(each)
            if len(literal) <= _ROOM:
                return literal
        raise AssertionError


def parts(spec: Any) -> list[tuple[str, Any]]:
    """What is in a container, with the text that selects it."""
    if isinstance(spec, TupleSpec | ListSpec):
        return [(f"[{k}]", each) for k, each in enumerate(spec.items)]
    if isinstance(spec, DictSpec):
        return [(f"[{_text(k) if isinstance(k, str) else k}]", x) for k, x in spec.entries]
    if isinstance(spec, ObjectSpec):
        return [(f".{k}", x) for k, x in spec.fields]
    return []


_ROOM = WIDTH - 12  # for the text of a message, on a line of its own


class _Axis(NamedTuple):
    """Which axis of which array says how long a named axis is."""

    array: str
    at: int
    rank: int

    def __str__(self) -> str:
        return f"{self.array}.shape[{self.at}]"


def shape_tests(arrays: list[tuple[str, ArraySpec]]) -> list[str]:
    """Tests that are true where the shapes are not as named.

    The array with most names defines them, and others are compared with it.
    """
    known: dict[str, _Axis] = {}
    ranks, others = [], []
    waiting = list(arrays)
    while waiting:
        most = max(waiting, key=lambda each: len(_new(each[1], known)))
        waiting.remove(most)
        name, axes = most[0], most[1].axes
        if axes is None:  # of a captured array it is known which axes have length one
            ranks.append(f"{name}.ndim != {len(most[1].ones)}")
            others += [f"{name}.shape[{k}] {'!=' if one else '=='} 1"
                       for k, one in enumerate(most[1].ones)]  # fmt: skip
            continue
        if axes and all(isinstance(a, int) or a in known for a in axes):
            others.append(f"{name}.shape != {_expected(axes, known)}")
            continue
        ranks.append(f"{name}.ndim != {len(axes)}")
        for k, axis in enumerate(axes):
            if isinstance(axis, int):
                others.append(f"{name}.shape[{k}] != {axis}")
            elif axis is not None and axis in known:
                others.append(f"{name}.shape[{k}] != {known[axis]}")
            elif axis is not None:
                known[axis] = _Axis(name, k, len(axes))
    return ranks + others


def _new(spec: ArraySpec, known: dict[str, Any]) -> set[str]:
    return {axis for axis in spec.axes or () if isinstance(axis, str) and axis not in known}


def _expected(axes: tuple[Any, ...], known: dict[str, _Axis]) -> str:
    """The shape that an array must have, in terms of others': a stretch of one, or a tuple."""
    places = [known.get(axis) if isinstance(axis, str) else None for axis in axes]
    first = places[0]
    run = first is not None and all(
        a is not None and b is not None and a.array == b.array and b.at == a.at + 1
        for a, b in pairwise(places)
    )
    if first is not None and run:
        stop = first.at + len(axes)
        if len(axes) == first.rank:
            return f"{first.array}.shape"
        return f"{first.array}.shape[{first.at or ''}:{'' if stop == first.rank else stop}]"
    items = [
        str(axis if place is None else place) for axis, place in zip(axes, places, strict=True)
    ]
    return f"({', '.join(items)},)" if len(items) == 1 else f"({', '.join(items)})"


def _shape(spec: ArraySpec) -> str:
    axes = [":" if axis is None else str(axis) for axis in _axes(spec)]
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


def _axes(spec: ArraySpec) -> tuple[int | str | None, ...]:
    return spec.axes if spec.axes is not None else tuple(1 if one else None for one in spec.ones)


def _class(spec: ScalarSpec) -> str:
    plain = {"float64": "float", "complex128": "complex", "int64": "(int, np.integer)"}
    return plain.get(spec.type.dtype, f"np.{spec.type.dtype}")


def _word(spec: ScalarSpec) -> str:
    return {"float64": "float", "complex128": "complex", "int64": "int"}.get(
        spec.type.dtype, spec.type.dtype
    )


def _dtype(spec: ArraySpec) -> str:
    return "bool_" if spec.dtype == "bool" else spec.dtype


def _root(expression: str) -> str:
    return expression.partition("[")[0].partition(".")[0]


def _text(text: str) -> str:
    return ast.unparse(ast.Constant(text))
