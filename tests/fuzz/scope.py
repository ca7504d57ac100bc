"""Variables of a program under construction: what is known of each, and where it may be used."""

from __future__ import annotations

from dataclasses import dataclass

Shape = tuple[int, ...]


@dataclass
class Var:
    """A variable, or an access path such as ``self.x`` or ``d["k"]``; its text is `name`.

    `kind` is float, int, zerod (a 0-d array), array, list, callable, object or option (None or a
    string). `length` is how many items a list has at least; `item` the shape of its items, None for
    numbers.
    """

    name: str
    kind: str
    shape: Shape = ()
    low: int = 0
    high: int = 0  # of an int: low <= value < high
    length: int = 0
    item: Shape | None = None
    rebindable: bool = True
    resizable: bool = True
    parent: str = ""
    params: tuple[Var, ...] = ()  # of a callable
    result: Var | None = None
    methods: tuple[Helper, ...] = ()


@dataclass(frozen=True)
class Helper:
    """A function that generated code may call: parameters by kind, and what it returns."""

    name: str
    params: tuple[Var, ...]
    result: Var | None
    keyword: str = ""  # a last parameter with a default, passed by name or left out


class Scope:
    """Nested blocks of variables; leaving a block forgets what it defined."""

    def __init__(self) -> None:
        self.blocks: list[dict[str, Var]] = [{}]

    def open(self) -> None:
        self.blocks.append({})

    def close(self) -> None:
        self.blocks.pop()

    def define(self, var: Var) -> Var:
        self.forget(var.name)
        self.blocks[-1][var.name] = var
        return var

    def forget(self, name: str) -> None:
        """Drop a name and the access paths that start from it."""
        for block in self.blocks:
            for other in [k for k, v in block.items() if name in (k, v.parent)]:
                del block[other]

    def all(self) -> list[Var]:
        return [var for block in self.blocks for var in block.values()]

    def of(self, *kinds: str, shape: Shape | None = None) -> list[Var]:
        return [v for v in self.all() if v.kind in kinds and (shape is None or v.shape == shape)]
