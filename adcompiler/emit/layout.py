"""How a statement that is too long for one line is broken.

Works on what the printer writes: a list of short strings, in which brackets, commas and operators
stand alone. The layout is black's where it matters: what is inside a bracket goes one indent in,
the closing bracket returns, operators lead their line. Unlike black's, short items share lines.
Line breaks are only put inside brackets, so that they cannot change what the text means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 99
INDENT: Final = 4

_OPENING: Final = {"(": ")", "[": "]", "{": "}"}
_LEVELS: Final = {
    piece: level
    for level, pieces in enumerate(
        (
            (", ",),
            (" if ", " else ", " for ", " async for ", " := "),
            (" or ",),
            (" and ",),
            (" == ", " > ", " >= ", " in ", " is ", " != ", " < ", " <= ", " not in ", " is not "),
            (" | ",),
            (" ^ ",),
            (" & ",),
            (" << ", " >> "),
            (" + ", " - "),
            (" * ", " / ", " % ", " // ", " @ "),
        )
    )
    for piece in pieces
}
_OPERATORS: Final = ("+", "-", "*", "/", "//", "%", "@", "**", "&", "|", "^", "<<", ">>")
_ASSIGNING: Final = frozenset(f" {operator}= " for operator in ("", *_OPERATORS))
_BEFORE_EXPRESSION: Final = {"return": 2, "if ": 1, "elif ": 1, "while ": 1}
_NEVER_WRAPPED: Final = frozenset(
    ("del", "assert", "raise", "import", "global", "nonlocal", "with", "async", "except", "class")
)


@dataclass
class Group:
    """A pair of brackets and what is inside."""

    opening: str
    items: list[Item]
    closing: str
    width: int = 0
    one_per_line: bool = False


Item = str | Group


def _width(item: Item) -> int:
    return len(item) if isinstance(item, str) else item.width


def _group(pieces: Sequence[str]) -> list[Item]:
    """The pieces as a tree of brackets."""
    top: list[Item] = []
    open_groups: list[Group] = []
    items = top
    for piece in pieces:
        if piece in _OPENING:
            group = Group(piece, [], _OPENING[piece], 2)
            items.append(group)
            open_groups.append(group)
            items = group.items
        elif open_groups and piece == open_groups[-1].closing:
            done = open_groups.pop()
            items = open_groups[-1].items if open_groups else top
            if open_groups:
                open_groups[-1].width += done.width
        else:
            items.append(piece)
            if open_groups:
                open_groups[-1].width += len(piece)
    return top


class _Page:
    """The text under construction, and the column it has reached."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.column = 0

    def put(self, text: str) -> None:
        self.text.append(text)
        self.column += len(text)

    def newline(self, indent: int) -> None:
        self.text.append("\n" + " " * indent)
        self.column = indent

    def flat(self, items: Sequence[Item]) -> None:
        """Write items on this line."""
        waiting = list(reversed(items))
        while waiting:
            item = waiting.pop()
            if isinstance(item, str):
                self.put(item)
            else:
                self.put(item.opening)
                waiting.append(item.closing)
                waiting.extend(reversed(item.items))

    def lay(self, items: Sequence[Item], indent: int, tail: int = 0) -> None:
        """Write items from this column on, further lines at `indent`; leave room for `tail`."""
        if self.column + sum(map(_width, items)) + tail <= WIDTH:
            self.flat(items)
            return
        level = _lowest_level(items)
        if level is None:
            self.open_a_group(items, indent, tail)
            return
        chunks = _chunks(items, level)
        for index, (before, chunk, after) in enumerate(chunks):
            room = tail if index == len(chunks) - 1 else len(after.rstrip())
            width = sum(map(_width, chunk))
            if index and self.column + len(before) + width + room > WIDTH:
                self._strip()
                self.newline(indent)
                before = before.lstrip()
            self.put(before)
            if self.column + width + room > WIDTH:
                self.lay(chunk, indent + INDENT if len(chunks) > 1 else indent, room)
            else:
                self.flat(chunk)
            self.put(after)

    def open_a_group(self, items: Sequence[Item], indent: int, tail: int) -> None:
        """Break inside brackets only: the last that holds something, or the widest."""
        fits = self.column + sum(map(_width, items)) + tail <= WIDTH
        index = None if fits else _breakable(items)
        if index is None:
            self.flat(items)
            return
        self.flat(items[:index])
        group = items[index]
        assert isinstance(group, Group)
        self.inside(group, indent)
        self.open_a_group(items[index + 1 :], indent, tail)

    def inside(self, group: Group, indent: int) -> None:
        """Write a bracket with its contents on lines of their own, one indent in."""
        self.put(group.opening)
        self.newline(indent + INDENT)
        if group.one_per_line and indent + INDENT + group.width - 2 > WIDTH:
            for _, chunk, _ in _chunks(group.items, 0):
                if self.column > indent + INDENT:
                    self.newline(indent + INDENT)
                self.lay(chunk, indent + INDENT, 1)
                self.put(",")
        else:
            self.lay(group.items, indent + INDENT)
        self._strip()
        self.newline(indent)
        self.put(group.closing)

    def _strip(self) -> None:
        if self.text and self.text[-1].endswith(" ") and not self.text[-1].startswith("\n"):
            stripped = self.text[-1].rstrip(" ")
            self.column -= len(self.text[-1]) - len(stripped)
            self.text[-1] = stripped


def _lowest_level(items: Sequence[Item]) -> int | None:
    return min((_LEVELS[i] for i in items if isinstance(i, str) and i in _LEVELS), default=None)


def _chunks(items: Sequence[Item], level: int) -> list[tuple[str, list[Item], str]]:
    """What stands between the delimiters of a level, with the delimiter before or after it:
    a comma ends its line, an operator begins one.
    """
    chunks: list[tuple[str, list[Item], str]] = []
    before, chunk = "", list[Item]()
    for item in items:
        if isinstance(item, str) and _LEVELS.get(item) == level:
            chunks.append((before, chunk, "" if level else item))
            before, chunk = item if level else "", []
        else:
            chunk.append(item)
    chunks.append((before, chunk, ""))
    return chunks


def _breakable(items: Sequence[Item]) -> int | None:
    found = [i for i, item in enumerate(items) if isinstance(item, Group) and item.items]
    if not found:
        return None
    widest = max(found, key=lambda i: _width(items[i]))
    return widest if _width(items[widest]) > 2 * _width(items[found[-1]]) else found[-1]


def lay_out(pieces: Sequence[str], indent: int) -> str:
    """The text of one logical line, without its indentation; broken where it is too long."""
    text = "".join(pieces)
    if indent + len(text) <= WIDTH or "\n" in text:
        return text
    items = _group([piece for piece in pieces if piece])
    page = _Page()
    page.column = indent
    start = _expression_start(items)
    if isinstance(items[0], str) and items[0].startswith(("def ", "async def ")):
        signature = next(i for i, item in enumerate(items) if isinstance(item, Group))
        group = items[signature]
        assert isinstance(group, Group)
        group.one_per_line = True
        page.flat(items[:signature])
        if group.items:
            page.inside(group, indent)
        else:
            page.flat([group])
        page.open_a_group(items[signature + 1 :], indent, 0)
    elif start is None:
        page.open_a_group(items, indent, 0)
    else:
        suffix = [":"] if items[-1] == ":" else []
        expression = items[start : len(items) - len(suffix)]
        head = items[:start]
        if items[0] == "for " and indent + sum(map(_width, head)) >= WIDTH:
            page.put("for ")
            page.inside(Group("(", list(head[1:-1]), ")"), indent)
            head = head[-1:]
        if head.count(" = ") == 1 and indent + sum(map(_width, head)) >= WIDTH:
            page.inside(Group("(", list(head[:-1]), ")"), indent)
            head = head[-1:]
        page.flat(head)
        if _lowest_level(expression) is None:
            page.lay(expression, indent, len(suffix))
        else:
            page.inside(Group("(", list(expression), ")"), indent)
        page.flat(suffix)
    return "".join(page.text)


def _expression_start(items: Sequence[Item]) -> int | None:
    """Where the expression begins that may be put into parentheses; None where none may."""
    first = items[0]
    if first in ("for ", "async for "):
        return 1 + items.index(" in ")
    if first == "from ":
        return 1 + items.index(" import ")
    if isinstance(first, str):
        if first in _BEFORE_EXPRESSION:
            return _BEFORE_EXPRESSION[first]
        if first.startswith("@") or first.rstrip(":").split(" ")[0] in _NEVER_WRAPPED:
            return None
    assigned = [i for i, item in enumerate(items) if isinstance(item, str) and item in _ASSIGNING]
    if assigned:
        return assigned[-1] + 1
    return None if ": " in items else 0
