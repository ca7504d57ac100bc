"""What has a derivative, callable by callable: the table in ``docs/rules.md``, and a comparison.

Run it for the callables and what autograd and JAX have under the same name::

    python -m tests.rule_coverage
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from adcompiler.frontend import builtin_calls, integrators, solvers
from adcompiler.optional import optional
from adcompiler.rules.contract import REGISTRY, Rule

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "rules.md"
NAMESPACES = (
    "numpy",
    "numpy.linalg",
    "numpy.fft",
    "math",
    "cmath",
    "scipy.special",
    "scipy.linalg",
    "scipy.integrate",
    "scipy.optimize",
    "scipy.signal",
    "scipy.ndimage",
)
COMPLETE = ("numpy", "numpy.linalg", "numpy.fft", "math", "cmath")
"""Every public callable of these is classified."""
SAME = {
    "numpy.amax": "numpy.max",
    "numpy.amin": "numpy.min",
    "numpy.around": "numpy.round",
} | {
    f"numpy.linalg.{name}": f"numpy.{name}"
    for name in (
        *("cross", "diagonal", "matmul", "matrix_transpose", "outer", "tensordot", "trace"),
        "vecdot",
    )
}
"""Other names for a function that are no aliases in Python: counted once."""
DERIVED = ("elementwise", "linear", "structural")
LOWERED = "lowered"


@dataclass(frozen=True)
class Entry:
    """A public callable and what the rule library says of it."""

    name: str
    form: str
    file: str = ""
    reason: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def namespace(self) -> str:
        return self.name.rpartition(".")[0]


def public(namespace: str) -> list[tuple[str, Any]]:
    """The public callables of a module, by name."""
    module = importlib.import_module(namespace)
    found = []
    for name in dir(module):
        value = getattr(module, name) if not name.startswith("_") else None
        wanted = callable(value) and not inspect.ismodule(value)
        if isinstance(value, type) and namespace != "numpy":
            wanted = False  # exceptions, and classes of objects
        if wanted and name != "test":  # which runs the library's own tests
            found.append((name, value))
    return found


@cache
def entries() -> tuple[Entry, ...]:
    """Every callable once, under its own name, in the first namespace that has it."""
    list(REGISTRY)  # those of libraries too
    seen: set[int] = set()
    made = []
    for namespace in (each for each in NAMESPACES if optional(each) is not None):
        aliases: dict[int, list[str]] = {}
        values = public(namespace)
        for name, value in values:
            aliases.setdefault(id(value), []).append(name)
        for name, value in values:
            own = getattr(value, "__name__", name)
            known = aliases[id(value)]
            first = own if own in known else known[0]
            full = f"{namespace}.{name}"
            if name == first and id(value) not in seen and full not in SAME:
                seen.add(id(value))
                made.append(classified(full, value, tuple(known)))
    order = {namespace: k for k, namespace in enumerate(NAMESPACES)}
    return tuple(sorted(made, key=lambda each: (order[each.namespace], each.name)))


def classified(name: str, fn: Any, aliases: tuple[str, ...] = ()) -> Entry:
    rule = REGISTRY.find(fn)
    if rule is not None and rule.form in DERIVED:
        return Entry(name, rule.form, file_of(rule), aliases=aliases)
    if rule is not None and rule.form == "zero":
        return Entry(name, "zero")
    if isinstance(fn, type) and fn is not np.vectorize:
        return Entry(name, "undefined", reason="it is a class")
    if any(each.find(fn) is not None for each in (builtin_calls, solvers, integrators)):
        return Entry(name, LOWERED, reason="the compiler writes what it stands for")
    if rule is not None:
        return Entry(name, rule.form, reason=rule.reason)
    return Entry(name, "unclassified")


def file_of(rule: Rule) -> str:
    """The file of the library that declares a rule."""
    lambdas = (rule.partials, rule.transpose, *rule.vjp.values())
    return Path(next(each for each in lambdas if each is not None).__code__.co_filename).name


def counted(forms: tuple[str, ...] = (*DERIVED, LOWERED)) -> int:
    """How many callables have a derivative: by a rule, or as the compiler writes them out."""
    return sum(each.form in forms for each in entries())


# ---- the conventions at singular points, which the rules' files tell in their docstrings


@cache
def clauses(file: str) -> tuple[str, ...]:
    """What the docstring of a rules' file says of single functions, clause by clause."""
    path = ROOT / "adcompiler" / "rules" / file
    module = importlib.import_module(f"adcompiler.rules.{path.stem}")
    text = " ".join((module.__doc__ or "").split("\n\n", 1)[-1].split())
    text = text.replace("Singular points:", ";")
    return tuple(each.strip() for each in re.split(r";|\.(?: |$)", text) if "``" in each)


def convention(entry: Entry) -> str:
    """The clauses that name a function."""
    own = (entry.name, entry.name.rpartition(".")[2], *entry.aliases)
    named = {f"``{prefix}{name}``" for name in own for prefix in ("", "np.")}
    found = [each for each in clauses(entry.file) if any(one in each for one in named)]
    return "; ".join(found).replace("``", "`").replace("|", "\\|")


# ---- the page

INTRODUCTION = """\
# Rules

Generated by `pytest tests/test_rule_table.py --update-golden`. With NumPy {numpy} and SciPy
{scipy}, {count} functions have a derivative, aliases counted once; {ruled} of them have it by a
rule, and so in every mode. Operators and array methods follow from the same rules.

A rule has one of four forms. *elementwise*: one partial derivative for each operand. *linear*: the
tangent applies the function again, the adjoint its transpose. *structural*: tangent and adjoint
written out. *lowered*: the compiler writes out what the call stands for. Arguments that a rule does
not take are refused, with the place of the call; so are calls that would need a derivative by an
argument that has none. The files are in `adcompiler/rules`.
"""
HEADINGS = {
    "zero": "Derivative zero, wherever there is one",
    "undefined": "No derivative",
    "not_yet": "No derivative yet: refused",
}


def page() -> str:
    """The text of ``docs/rules.md``."""
    scipy = optional("scipy")
    text = INTRODUCTION.format(
        numpy=np.__version__, scipy=scipy.__version__, count=counted(), ruled=counted(DERIVED)
    )
    for namespace in NAMESPACES:
        here = [each for each in entries() if each.namespace == namespace]
        text += f"\n## `{namespace}`\n"
        if any(each.form in DERIVED for each in here):
            text += "\n| | form | file | convention |\n|---|---|---|---|\n"
        for each in here:
            if each.form in DERIVED:
                row = f"| `{each.name}` | {each.form} | `{each.file}` | {convention(each)} |"
                text += row.replace("|  |", "| |") + "\n"
        lowered = [each.name for each in here if each.form == LOWERED]
        if lowered:
            text += f"\n*Lowered by the compiler.* {names(lowered)}.\n"
        for form, heading in HEADINGS.items():
            text += grouped(heading, [each for each in here if each.form == form])
    return text


def names(found: list[str]) -> str:
    return ", ".join(f"`{each.rpartition('.')[2]}`" for each in found)


def grouped(heading: str, found: list[Entry]) -> str:
    """One paragraph, the callables with one reason together."""
    if not found:
        return ""
    reasons: dict[str, list[str]] = {}
    for each in found:
        reasons.setdefault(each.reason, []).append(each.name)
    if list(reasons) == [""]:
        return f"\n*{heading}.* {names(reasons[''])}.\n"
    parts = [
        f"- {names(each)}: {reason}" if reason else f"- {names(each)}"
        for reason, each in reasons.items()
    ]
    return f"\n*{heading}.*\n\n" + "\n".join(parts) + "\n"


# ---- the same names elsewhere


def in_autograd(name: str) -> str:
    """Whether autograd has a gradient of a function; '' where it is not installed."""
    if optional("autograd") is None:
        return ""
    namespace, _, own = name.rpartition(".")
    module = optional(f"autograd.{namespace}")
    fn = getattr(module, own, None) if module is not None else None
    return "yes" if fn in optional("autograd.core").primitive_vjps else "no"


def in_jax(name: str) -> str:
    """Whether JAX has a function of this name; '' where it is not installed."""
    if optional("jax") is None:
        return ""
    namespace, _, own = name.rpartition(".")
    module = optional(f"jax.{namespace}")
    return "yes" if hasattr(module, own) else "no"


def main() -> None:
    forms: Counter[tuple[str, str]] = Counter()
    elsewhere: Counter[str] = Counter()
    for each in entries():
        forms[each.namespace, each.form] += 1
        autograd, jax = in_autograd(each.name), in_jax(each.name)
        mine = each.form in (*DERIVED, LOWERED)
        elsewhere["autograd"] += autograd == "yes" and each.form in DERIVED
        elsewhere["JAX"] += jax == "yes" and each.form in DERIVED
        if not mine and each.form != "zero" and "yes" in (autograd, jax):
            elsewhere["elsewhere only"] += 1
        what = each.file or each.reason
        print(f"{each.name:42} {each.form:12} {what[:60]:60} {autograd:4} {jax:4}")
    print()
    for (namespace, form), count in sorted(forms.items()):
        print(f"{namespace:18} {form:12} {count:4}")
    print(f"\n{counted()} functions with a derivative, {counted(DERIVED)} of them by a rule;")
    print(f"of these autograd has {elsewhere['autograd']} and JAX has {elsewhere['JAX']};")
    print(f"{elsewhere['elsewhere only']} are in autograd or JAX and have none here.")


if __name__ == "__main__":
    main()
