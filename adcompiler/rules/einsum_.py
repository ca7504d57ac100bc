"""``np.einsum`` of one to three operands: each adjoint is an einsum again.

An index that only one operand has, and that is summed over, is told its length by ones in that
operand's place. An index repeated within one operand has its adjoint on that diagonal.
"""

from __future__ import annotations

import string

import numpy as np

from adcompiler.rules.contract import excuse, static, structural


@static
def explicit(subscripts: str, ndims: tuple[int, ...]) -> str:
    """Subscripts with an output and without an ellipsis: ``"ij,jk"`` as ``"ij,jk->ik"``."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    free = [x for x in string.ascii_letters if x not in subscripts]
    dotted = [(t, n) for t, n in zip(terms, ndims, strict=True) if "..." in t]
    extra = max((n - len(t.replace("...", "")) for t, n in dotted), default=0)
    dots = "".join(free[:extra])
    if not arrow:
        letters = sorted(set(inputs) - set(",."))
        output = "..." if "..." in inputs else ""
        output += "".join(x for x in letters if inputs.count(x) == 1)
    filled = []
    for term, n in zip(terms, ndims, strict=True):
        own = n - len(term.replace("...", ""))
        filled.append(term.replace("...", dots[extra - own :]))
    return ",".join(filled) + "->" + output.replace("...", dots)


@static
def adjoint_subscripts(subscripts: str, k: int) -> str:
    """What takes ``(y_bar, the other operands, ones like operand k)`` to operand k's adjoint."""
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    rest = [t for j, t in enumerate(terms) if j != k]
    return ",".join([output, *rest, terms[k]]) + "->" + "".join(dict.fromkeys(terms[k]))


@static
def needs_ones(subscripts: str, k: int) -> bool:
    """Whether operand k has an index that nothing else tells the length of."""
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    others = output + "".join(t for j, t in enumerate(terms) if j != k)
    return any(x not in others for x in terms[k])


@static
def repeats(subscripts: str, k: int) -> tuple[tuple[str, int], ...]:
    """For each index of operand k that came before, how to spread an adjoint over a diagonal.

    ``"ijij"`` gives ``("ij,ia->ija", 2), ("ija,jb->ijab", 3)``, with the axis of the diagonal.
    """
    term = subscripts.split("->")[0].split(",")[k]
    distinct = "".join(dict.fromkeys(term))
    free = iter(x for x in string.ascii_letters if x not in subscripts)
    steps, before, names = [], distinct, []
    for axis, x in enumerate(term):
        names.append(next(free) if x in term[:axis] else x)
    for axis, (x, name) in enumerate(zip(term, names, strict=True)):
        if name != x:
            after = "".join(y for y in names if y in before + name)
            steps.append((f"{before},{x}{name}->{after}", axis))
            before = after
    return tuple(steps)


@static
def without_ones(subscripts: str) -> str:
    inputs, output = subscripts.split("->")
    return inputs.rpartition(",")[0] + "->" + output


def full_subscripts(subscripts, a, b, c):
    if b is None:
        return explicit(subscripts, (np.ndim(a),))
    if c is None:
        return explicit(subscripts, (np.ndim(a), np.ndim(b)))
    return explicit(subscripts, (np.ndim(a), np.ndim(b), np.ndim(c)))


def contract(subscripts, y_bar, others, x, k):
    back = adjoint_subscripts(subscripts, k)
    if needs_ones(subscripts, k):
        bar = np.einsum(back, y_bar, *others, np.ones_like(x))
    else:
        bar = np.einsum(without_ones(back), y_bar, *others)
    for step in repeats(subscripts, k):
        bar = np.einsum(step[0], bar, np.eye(x.shape[step[1]]))
    return bar


def others_than_a(b, c):
    return () if b is None else (b,) if c is None else (b, c)


def others_than_b(a, c):
    return (a,) if c is None else (a, c)


structural(
    np.einsum,
    args="subscripts, a, b=None, c=None, /, *, optimize=False",
    jvp={
        "a": lambda a_dot, subscripts, b, c: np.einsum(subscripts, a_dot, *others_than_a(b, c)),
        "b": lambda b_dot, subscripts, a, c: (
            np.einsum(subscripts, a, b_dot) if c is None else np.einsum(subscripts, a, b_dot, c)
        ),
        "c": lambda c_dot, subscripts, a, b: np.einsum(subscripts, a, b, c_dot),
    },
    vjp={
        "a": lambda y_bar, subscripts, a, b, c: contract(
            full_subscripts(subscripts, a, b, c), y_bar, others_than_a(b, c), a, 0
        ),
        "b": lambda y_bar, subscripts, a, b, c: contract(
            full_subscripts(subscripts, a, b, c), y_bar, others_than_b(a, c), b, 1
        ),
        "c": lambda y_bar, subscripts, a, b, c: contract(
            full_subscripts(subscripts, a, b, c), y_bar, (a, b), c, 2
        ),
    },
)
excuse(np.einsum, "size-1 axes", "axes of length one are not stretched")
excuse(np.einsum, "empty", "NumPy's own diagonal of nothing is whatever was in memory")
