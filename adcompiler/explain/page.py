"""The report as one HTML file: no other file, no network, light and dark."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Sequence
from html import escape
from typing import Any

from adcompiler.explain.document import Code, Row, Section, Table
from adcompiler.explain.graph import Graph
from adcompiler.explain.picture import MOST, svg
from adcompiler.explain.style import SCRIPT, STYLE

_NUMBERED = re.compile("([vpe])([\u0304\u0307]?)([₋₀-₉]+|ₖ)")
_MARKED = re.compile("([vz])([\u0304\u0307])")
_QUOTED = re.compile("``([^`]+)``")
_PLAIN = str.maketrans("₋₀₁₂₃₄₅₆₇₈₉ₖ", "−0123456789k")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def page(title: str, lead: Sequence[tuple[str, str]], sections: Sequence[Section]) -> str:
    """The whole file. ``lead`` are the few numbers that a reader wants first."""
    name, at, point = title.partition(" at ")
    links = "".join(f'<a href="#{_anchor(s)}">{escape(s.title)}</a>' for s in sections)
    numbers = "".join(f"<div><dt>{math(k)}</dt><dd>{math(x)}</dd></div>" for k, x in lead)
    body = "\n".join(_section(each) for each in sections)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1><code>{escape(name)}</code>{f" <span>at {math(point)}</span>" if at else ""}</h1>
<dl>{numbers}</dl>
<nav>{links}</nav>
</header>
<main>
{body}
</main>
<footer>Written by adcompiler. v̇ is a tangent, v̄ an adjoint: the notation of
Griewank &amp; Walther, <cite>Evaluating Derivatives</cite> (SIAM, 2008).</footer>
<script>{SCRIPT}</script>
</body>
</html>
"""


def _anchor(section: Section) -> str:
    return re.sub(r"\W+", "-", section.title.lower()).strip("-")


def _section(section: Section) -> str:
    parts = "\n".join(_part(each) for each in section.parts)
    return (
        f'<section id="{_anchor(section)}">\n<h2>{escape(section.title)}</h2>\n{parts}\n</section>'
    )


def _part(part: Any) -> str:
    if isinstance(part, str):
        return f"<p>{math(part)}</p>"
    if isinstance(part, Code):
        head = f"<h3>{escape(part.title)}</h3>" if part.title else ""
        return f"{head}<pre><code>{highlighted(part.text)}</code></pre>"
    if isinstance(part, Graph):
        drawn = svg(part)
        if drawn is None:
            many = len(part.vertices)
            return (
                f"<p>The graph has {many} vertices, and is drawn up to {MOST}. Fold more trips of "
                "loops, or draw its text in the DOT language with Graphviz.</p>"
            )
        return f'<figure class="scroll">{drawn}</figure>'
    assert isinstance(part, Table)
    return _table(part)


def _table(table: Table) -> str:
    head = "".join(f"<th{_kind(table, name)} scope=col>{math(name)}</th>" for name in table.columns)
    rows = "\n".join(_row(table, row) for row in table.rows)
    title = f"<h3>{math(table.title)}</h3>" if table.title else ""
    return (
        f'{title}<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _row(table: Table, row: Row) -> str:
    about = f' data-v="{" ".join(map(str, row.about))}"' if row.about else ""
    depth = f' style="--depth:{row.depth}"' if row.depth else ""
    if row.spans:
        text = math(row.cells[0])
        return f'<tr class="where"{about}{depth}><td colspan={len(table.columns)}>{text}</td></tr>'
    cells = "".join(
        f"<td{_kind(table, name)}>{math(cell)}</td>"
        for name, cell in zip(table.columns, row.cells, strict=True)
    )
    return f"<tr{about}{depth}>{cells}</tr>"


def _kind(table: Table, name: str) -> str:
    return ' class="n"' if name in table.numeric else ""


def math(text: str) -> str:
    """Text as HTML, with v₋₁ and v̄₃ set as in print.

    >>> math("v₋₁ < 2")
    '<i>v</i><sub>−1</sub> &lt; 2'
    """
    made = _NUMBERED.sub(
        lambda found: f"{_letter(found[1], found[2])}<sub>{found[3].translate(_PLAIN)}</sub>",
        escape(text),
    )
    made = _MARKED.sub(lambda found: _letter(found[1], found[2]), made)
    return _QUOTED.sub(r"<code>\1</code>", made)


def _letter(letter: str, mark: str) -> str:
    kind = {"\u0304": ' class="bar"', "\u0307": ' class="dot"'}.get(mark, "")
    return f"<i{kind}>{letter}</i>"


# ---- code

_WORDS = frozenset(keyword.kwlist) - {"True", "False", "None"}


def highlighted(source: str) -> str:
    """Python text with its keywords, numbers, strings, comments and definitions marked.

    >>> highlighted("return 2.0")
    '<b>return</b> <var>2.0</var>'
    """
    lines = source.splitlines(keepends=True)
    out: list[str] = []
    row, col, before = 1, 0, ""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return escape(source)
    for token in tokens:
        if token.start < (row, col) or not token.string.strip():
            continue
        while row < token.start[0]:
            out.append(escape(lines[row - 1][col:]))
            row, col = row + 1, 0
        out.append(escape(lines[row - 1][col : token.start[1]]))
        tag = _tag(token, before)
        text = escape(token.string)
        out.append(f"<{tag}>{text}</{tag}>" if tag else text)
        row, col = token.end
        before = token.string
    out += [escape(lines[row - 1][col:] if row <= len(lines) else ""), *map(escape, lines[row:])]
    return "".join(out).rstrip("\n")


def _tag(token: tokenize.TokenInfo, before: str) -> str:
    if token.type == tokenize.COMMENT:
        return "em"
    if token.type == tokenize.STRING:
        return "q"
    if token.type == tokenize.NUMBER:
        return "var"
    if token.type == tokenize.NAME:
        if token.string in _WORDS:
            return "b"
        if before in ("def", "class"):
            return "dfn"
    return ""


__all__ = ["highlighted", "math", "page"]
