"""String literals: in double quotes where that needs no escapes, and with everything escaped that
could end the literal or steer a terminal.
"""

from __future__ import annotations

import ast


def quoted(text: str) -> str:
    """A string literal, in double quotes unless that needs escapes."""
    literal = repr(text)
    if literal[0] == "'" and '"' not in literal:
        return '"' + literal[1:-1].replace("\\'", "'") + '"'
    return literal


def docstring(text: str) -> str:
    """A string literal in triple quotes; any other literal where the text could break out of it."""
    lines = text.split("\n")
    if not all(line.isprintable() for line in lines) or '"""' in text or not text:
        return quoted(text)
    escaped = text.replace("\\", "\\\\")
    if escaped.endswith('"'):
        escaped = escaped[:-1] + '\\"'
    return f'"""{escaped}"""'


def fstring(node: ast.JoinedStr) -> str:
    """An f-string that every supported Python reads: no quote is used twice."""
    texts, codes = _fstring_parts(node)
    quotes = ['"', "'", '"""', "'''"]
    if any(literal and '"' in text for literal, text in texts):
        quotes[:2] = ["'", '"']
    for quote in quotes:
        if any(quote in code or "\\" in code or "\n" in code for code in codes):
            continue
        escaped = [_escaped_for(text, quote) if literal else text for literal, text in texts]
        return f"f{quote}{''.join(escaped)}{quote}"
    return ast.unparse(node)


def _fstring_parts(node: ast.JoinedStr) -> tuple[list[tuple[bool, str]], list[str]]:
    """The pieces of an f-string, each marked as literal text or not; and the code among them."""
    texts: list[tuple[bool, str]] = []
    codes: list[str] = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            text = str(value.value).replace("{", "{{").replace("}", "}}")
            texts.append((True, text))
        elif isinstance(value, ast.FormattedValue):
            code = ast.unparse(value.value)
            if isinstance(value.value, (ast.Lambda, ast.NamedExpr, ast.Yield, ast.YieldFrom)):
                code = f"({code})"
            codes.append(code)
            texts.append((False, ("{ " if code.startswith("{") else "{") + code))
            if value.conversion != -1:
                texts.append((False, "!" + chr(value.conversion)))
            if isinstance(value.format_spec, ast.JoinedStr):
                inner_texts, inner_codes = _fstring_parts(value.format_spec)
                texts += [(False, ":"), *inner_texts]
                codes += inner_codes
            texts.append((False, "}"))
    return texts, codes


def _escaped_for(text: str, quote: str) -> str:
    literal = repr(text + "'\"")[1:-1]  # with both quotes in it, only the single one is escaped
    body = literal[: -len("\\'\"")].replace("\\'", "'")
    return body.replace(quote[0], "\\" + quote[0])
