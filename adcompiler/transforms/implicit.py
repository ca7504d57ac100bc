"""Values that a solver found: differentiated by the equation they solve, not by the iteration.

For ``g(x, p) = 0`` with the Jacobian ``J = ∂g/∂x`` at the solution, the implicit function theorem
gives ``J ẋ = -∂g/∂p ṗ``, and so ``p̄ = -(∂g/∂p)ᵀ λ`` with ``Jᵀ λ = x̄`` (Griewank & Walther 2008,
section 15.1; Blondel et al. 2022). Both are one linear solve, whatever the solver did. A minimiser
solves ``∇f = 0``: there ``J`` is the Hessian, and ``(∂g/∂p)ᵀ λ`` the derivative of ``∂f/∂p`` along
``λ``. ``g`` is the body of the closure that the solver was given; what is written for its
derivatives are ordinary statements, so a second derivative needs nothing new.

Before::

    %g = closure (%y) { yield %y * %y - %p }
    %raw = call scipy.optimize.brentq(%g, 0.0, 9.0)
    %x = call solved(%raw, %g, %p)

Reverse mode after::

    %lambda = -(%x_bar / (2.0 * %x))
    %p_bar = -%lambda
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from adcompiler.frontend.lifting import free_values
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import For, Function, Op, Region, Slice, Var
from adcompiler.ir.rewrite import cloned
from adcompiler.ir.types import INT, Array
from adcompiler.transforms.forward import Forward
from adcompiler.transforms.reverse import Reverse

_MINIMA = ("stationary", "squares")  # the conditions that hold for a gradient

Tidy = Callable[[Function, str], Function]


class Implicit:
    """Writes the derivatives of solved values into a function that is being differentiated."""

    def __init__(self, lowering: Any, tidy: Tidy) -> None:
        self.lw = lowering
        self.b = lowering.builder
        self.tidy = tidy

    def complete(self, function: Function) -> None:
        """Let ``solved`` and its like name all that their closures read, as passes left them."""
        closures = {s.outs[0]: s for s in n.walk(function.body) if isinstance(s, n.Closure)}
        for stmt in n.walk(function.body):
            if isinstance(stmt, Op) and stmt.fn in n.IMPLICIT:
                body = closures[stmt.args[1]].body
                own = stmt.args[: stmt.kwargs["operands"].value]
                stmt.args = (*own, *free_values(body.params, body))

    # ---- both modes

    def tangent(self, forward: Forward, op: Op) -> Any:
        """``ẋ = -J⁻¹ ∂g/∂p ṗ``; None where no ``p`` has a tangent."""
        (x,) = op.outs
        frees = frees_of(op)
        active = [k for k, p in enumerate(frees) if forward.dot(p) is not None]
        if not active:
            return None
        source = self.equation(op)
        wrt = [source.params[k + 1] for k in active]
        made = self.forward(source, wrt, forward.many)
        dots = [forward.shaped(frees[k]) for k in active]
        (r_dot,) = self.written(made, [x, *frees, *dots])
        jacobian = self.jacobian(op)
        if not isinstance(x.type, Array):
            return self.b.call(operator.truediv, self.b.neg(r_dot), jacobian)
        return self.b.call(np.linalg.solve, jacobian, self.b.neg(r_dot))

    def adjoint(self, reverse: Reverse, op: Op, bar: Any, bars: Any) -> None:
        """``p̄ = -(∂g/∂p)ᵀ λ`` with ``Jᵀ λ = x̄``."""
        (x,) = op.outs
        frees = frees_of(op)
        active = [k for k, p in enumerate(frees) if reverse.is_active(p)]
        jacobian = self.jacobian(op)
        if isinstance(x.type, Array):
            turned = self.b.call(np.transpose, jacobian)
            found = self.b.call(np.linalg.solve, turned, reverse.shaped(bar, x))
        else:
            found = self.b.call(operator.truediv, bar, jacobian)
        source = self.equation(op, gradient=False)
        if op.kwargs["condition"].value in _MINIMA:
            wrt = [source.params[k + 1] for k in active]
            made = self.forward(self.gradient(source, wrt), source.params[:1], False)
        else:
            made = self.pulled_back(source, [source.params[k + 1] for k in active])
        given = [x, *frees, found]
        for k, each in zip(active, self.written(made, given), strict=True):
            if isinstance(each, Var) and each not in given:
                each.hint = None  # it is named after what it is the adjoint of
            made_by = self.b.defs.get(each) if isinstance(each, Var) else None
            with self.b.at(self.b.place if made_by is None else made_by.place):
                minus = self.b.neg(each)
            reverse.accumulate(bars, frees[k], minus)
        if isinstance(found, Var):
            found.hint = found.hint or "lam"

    def jacobian(self, op: Op) -> Any:
        """``∂g/∂x`` at the solution, column by column."""
        (x,) = op.outs
        source = self.equation(op)
        made = self.forward(source, source.params[:1], False)
        if not isinstance(x.type, Array):
            (found,) = self.written(made, [x, *frees_of(op), const(1.0)])
            return found
        b = self.b
        (dim,) = x.type.dims
        size = const(dim.known) if dim.known is not None else b.call(n.DIM, x, const(0))
        square = Array("float64", (dim, dim))
        k, before = Var(INT, "k"), Var(square, "jac")
        body = Region([k, before])
        with b.block(body):
            zeros = b.raw(np.zeros, (size,), hint="unit", types=(x.type,))
            unit = b.raw(n.UPDATE, (zeros, ((k,),), const(1.0)), hint="unit")
            (column,) = self.written(made, [x, *frees_of(op), unit])
            path = ((Slice(None, None, None), k),)
            body.results = [b.raw(n.UPDATE, (before, path, column), hint="jac")]
        start = b.raw(np.zeros, ((size, size),), hint="jac", types=(square,))
        out = Var(square, "jac")
        b.add_stmt(For((out,), b.place, const(0), size, const(1), [start], body))
        return out

    # ---- functions of the unknown and of what the closure reads

    def equation(self, op: Op, gradient: bool = True) -> Function:
        """The closure's body as a function of its own: ``g``; of a minimum, the gradient."""
        closure = self.b.defs[op.args[1]]
        assert isinstance(closure, n.Closure)
        old = [*closure.body.params, *frees_of(op)]
        env: dict[Any, Any] = {p: Var(p.type, p.hint, p.user) for p in old}
        params = list(env.values())
        stmts = cloned(closure.body.stmts, env)
        results = [env.get(x, x) if isinstance(x, Var) else x for x in closure.body.results]
        made = Function("g", params, Region([], stmts, results))
        self.know(made)
        condition = op.kwargs["condition"].value if op.fn is n.SOLVED else ""
        b = self.b
        with b.block(made.body):
            if condition == "fixed":
                made.body.results = [b.raw(operator.sub, (params[0], results[0]))]
            elif condition == "squares":
                total = b.raw(np.sum, (b.raw(operator.mul, (results[0], results[0])),))
                made.body.results = [b.raw(operator.mul, (const(0.5), total))]
        if gradient and condition in _MINIMA:
            return self.gradient(made, params[:1])
        return made

    def know(self, function: Function) -> None:
        for stmt in n.walk(function.body):
            if stmt.place is not None:
                stmt.place = replace(stmt.place, derived=True)
        self.b.know(function.body)

    def gradient(self, function: Function, wrt: list[Var]) -> Function:
        """The derivative of a function's number, a function of the same parameters."""
        with self.simplifying():
            made = Reverse(self.lw, function, wrt, [0]).run(pullback=False)
            made.body.results = made.body.results[1:]
            return self.tidy(made, "implicit")

    def pulled_back(self, function: Function, wrt: list[Var]) -> Function:
        """The adjoints of ``wrt``; the result's adjoint is one more parameter."""
        with self.simplifying():
            return self.tidy(Reverse(self.lw, function, wrt, [0]).seeded(), "implicit")

    def forward(self, function: Function, wrt: list[Var], many: bool) -> Function:
        """The tangents of the results; tangents of ``wrt`` are further parameters."""
        count = len(function.results)
        with self.simplifying():
            made = Forward(self.lw, function, wrt, many).run()
            made.body.results = made.body.results[count:]
            return self.tidy(made, "implicit")

    def simplifying(self) -> _Kept:
        return _Kept(self.b)

    def written(self, function: Function, atoms: list[Any]) -> list[Any]:
        """The function's statements, here; its results."""
        env: dict[Any, Any] = dict(zip(function.params, atoms, strict=True))
        b, here = self.b, self.b.place
        for old in function.body.stmts:
            (stmt,) = cloned([old], env)
            for each in (stmt, *(s for r in n.regions(stmt) for s in n.walk(r))):
                if each.place is None:
                    each.place = here
                elif here is not None:
                    each.place = replace(each.place, derived=True, reverse=here.reverse)
            simpler = None
            if isinstance(stmt, Op) and len(stmt.outs) == 1 and b.simplifier is not None:
                with b.at(stmt.place):
                    simpler = b.simplifier(b, stmt.fn, stmt.args, stmt.kwargs)
            if simpler is None:
                b.add_stmt(stmt)
                for region in n.regions(stmt):
                    b.know(region)
            else:
                env[old.outs[0]] = simpler
        return [env.get(x, x) if isinstance(x, Var) else x for x in function.results]


def frees_of(op: Op) -> tuple[Any, ...]:
    """What the closure of ``op`` reads."""
    return op.args[op.kwargs["operands"].value :]


class _Kept:
    """Transforms switch the builder's simplification off when they end: it goes on here."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def __enter__(self) -> None:
        self.before = self.builder.simplify

    def __exit__(self, *_: Any) -> None:
        self.builder.simplify = self.before


__all__ = ["Implicit", "frees_of"]
