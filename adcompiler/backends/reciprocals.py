"""Many divisions by one number are multiplications by its reciprocal.

Before::

    for i in range(n):
        y[i] = x[i] / h

After, as a division takes as long as ten multiplications::

    if not (abs(h) > 1e-300 and abs(h) < 1e+300):
        raise ValueError("a divisor too small or too large")
    h_inverse = 1.0 / h
    for i in range(n):
        y[i] = x[i] * h_inverse
"""

from __future__ import annotations

from adcompiler.backends import loops as lp
from adcompiler.backends.loops import Assign, Call, Expr, Kernel, Name, Nest, Num, Require

_SMALLEST, _LARGEST = 1e-300, 1e300  # between them reciprocals are as exact as any number


def reciprocals(kernel: Kernel) -> None:
    """In place."""
    todo = [kernel.body]
    while todo:
        block = todo.pop()
        out: list[lp.Stmt] = []
        for stmt in block:
            if isinstance(stmt, Nest):
                out += _before(kernel, stmt)
            else:
                todo.extend(lp.blocks(stmt))
            out.append(stmt)
        block[:] = out


def _before(kernel: Kernel, nest: Nest) -> list[lp.Stmt]:
    """What has to stand before a nest, whose divisions are changed."""
    inner = list(lp.walk(nest.body))
    assigned = {s.target for s in inner if isinstance(s, Assign | lp.Whole)}
    made: dict[str, Name] = {}

    def change(e: Expr) -> Expr:
        if not (isinstance(e, Call) and e.fn == "/" and e.dtype == "float64"):
            return e
        divisor = e.args[1]
        if not isinstance(divisor, Name) or divisor.id in assigned:
            return e
        if divisor.id not in made:
            made[divisor.id] = Name(kernel.names.fresh(f"{divisor.id}_inverse"), e.dtype)
        return Call("*", (e.args[0], made[divisor.id]), e.dtype)

    lp.rewrite(nest.body, change)
    out: list[lp.Stmt] = []
    for name, inverse in made.items():
        divisor = Name(name, "float64")
        size = Call("abs", (divisor,), "float64")
        small = Call(">", (size, Num(_SMALLEST, "float64")), "bool")
        large = Call("<", (size, Num(_LARGEST, "float64")), "bool")
        what = "a divisor too small or too large"
        out.append(Require(nest.place, Call("and", (small, large), "bool"), what))
        one = Num(1.0, "float64")
        out.append(Assign(nest.place, inverse.id, Call("/", (one, divisor), "float64")))
    return out
