"""What a report is made of, and how it reads as plain text and as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from adcompiler.explain.notation import width


@dataclass(frozen=True)
class Row:
    """``about`` are the numbers k of the values v_k that a row tells of. A row of one cell spans
    the table: it says where the path of execution goes.
    """

    cells: tuple[str, ...]
    about: tuple[int, ...] = ()
    depth: int = 0

    @property
    def spans(self) -> bool:
        return len(self.cells) == 1


@dataclass
class Table:
    """Columns by name, those in ``numeric`` set flush right; ``str`` is the text of it.

    >>> print(Table(("v", "value"), [Row(("v₁", "2"), (1,))], numeric=("value",)))
    v   value
    ──  ─────
    v₁      2
    """

    columns: tuple[str, ...]
    rows: list[Row]
    numeric: Sequence[str] = ()
    title: str = ""

    def __str__(self) -> str:
        full = [row.cells for row in self.rows if not row.spans]
        widths = [max(map(width, column)) for column in zip(self.columns, *full, strict=True)]
        lines = [self.columns, tuple("─" * w for w in widths)]
        shown = [self._line(cells, widths) for cells in lines]
        for row in self.rows:
            if row.spans:
                shown.append("  " * row.depth + "· " + row.cells[0])
            else:
                shown.append(self._line(row.cells, widths))
        return "\n".join(shown)

    def _line(self, cells: Sequence[str], widths: list[int]) -> str:
        padded = []
        for name, cell, wanted in zip(self.columns, cells, widths, strict=True):
            space = " " * (wanted - width(cell))
            padded.append(space + cell if name in self.numeric else cell + space)
        return "  ".join(padded).rstrip()

    def markdown(self) -> str:
        rule = ("--:" if name in self.numeric else "---" for name in self.columns)
        lines = [self.columns, tuple(rule)]
        empty = ("",) * (len(self.columns) - 1)
        for row in self.rows:
            cells = tuple(each.replace("|", "\\|").replace("*", "\\*") for each in row.cells)
            lines.append((f"*{cells[0]}*", *empty) if row.spans else cells)
        return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


@dataclass
class Code:
    """Python text."""

    text: str
    title: str = ""


@dataclass
class Section:
    """Paragraphs (strings), tables, code and, on pages that can show it, a graph."""

    title: str
    parts: list[Any] = field(default_factory=list)


Lead = Sequence[tuple[str, str]]  # the few numbers that a reader wants first


def as_text(title: str, lead: Lead, sections: Sequence[Section]) -> str:
    """The report for a terminal."""
    rule = "═" * min(100, width(title))
    blocks = [f"{title}\n{rule}", "\n".join(f"{name} = {value}" for name, value in lead)]
    for section in sections:
        parts = [each for each in section.parts if isinstance(each, str | Table | Code)]
        if not parts:
            continue
        blocks.append(f"{section.title}\n{'─' * width(section.title)}")
        for part in parts:
            if isinstance(part, str):
                blocks.append(textwrap.fill(part, 100))
            elif isinstance(part, Code):
                body = "\n".join(f"    {line}".rstrip() for line in part.text.splitlines())
                blocks.append(f"{part.title}\n\n{body}" if part.title else body)
            else:
                blocks.append(f"{part.title}\n\n{part}" if part.title else str(part))
    return "\n\n".join(blocks) + "\n"


def as_markdown(title: str, lead: Lead, sections: Sequence[Section]) -> str:
    """The report as Markdown, with tables of GitHub's kind."""
    blocks = [f"# {title}", "\n".join(f"- {name} = {value}" for name, value in lead)]
    for section in sections:
        parts = [each for each in section.parts if isinstance(each, str | Table | Code)]
        if not parts:
            continue
        blocks.append(f"## {section.title}")
        for part in parts:
            if isinstance(part, str):
                blocks.append(part)
                continue
            if part.title:
                blocks.append(f"### {part.title}")
            if isinstance(part, Code):
                blocks.append(f"```python\n{part.text.rstrip()}\n```")
            else:
                blocks.append(part.markdown())
    return "\n\n".join(blocks) + "\n"


__all__ = ["Code", "Row", "Section", "Table", "as_markdown", "as_text"]
