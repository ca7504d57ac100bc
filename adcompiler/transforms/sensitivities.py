"""Integrals and solutions of differential equations, differentiated along a direction.

For ``I = ∫ f(x, p) dx`` from ``a`` to ``b``, Leibniz' rule gives
``İ = ∫ ∂f/∂p ṗ dx + f(b) ḃ - f(a) ȧ``. For ``y' = f(t, y, p)``, ``y(t₀) = y₀``, the tangent
solves the variational equation ``ẏ' = ∂f/∂y ẏ + ∂f/∂p ṗ``, ``ẏ(t₀) = ẏ₀``; it is integrated
together with ``y``, as one system twice as long, so that the solver controls the errors of both
(Hairer, Nørsett & Wanner 1993, section I.14). Both are again an integral and a trajectory: a second
derivative needs nothing new.

Reverse mode takes one such direction for each number that is active, and contracts: its cost
grows with the number of parameters, its accuracy is the solver's. (An adjoint equation would be
integrated backwards, and needs the trajectory there, where a damped system is unstable.)
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import For, Op, Region, Slice, Var
from adcompiler.ir.types import FLOAT, FUNCTION, INT, Array, Dim, Opaque
from adcompiler.transforms.forward import Forward
from adcompiler.transforms.implicit import Implicit, frees_of
from adcompiler.transforms.reverse import Reverse

_FULL = Slice(None, None, None)


class Sensitivities:
    """Writes tangents and adjoints of ``integral`` and ``trajectory``."""

    def __init__(self, implicit: Implicit) -> None:
        self.implicit = implicit
        self.lw, self.b = implicit.lw, implicit.b

    def tangent(self, forward: Forward, op: Op) -> Any:
        operands = [a for a in dict.fromkeys(op.args[2:]) if isinstance(a, Var)]
        dots = {a: forward.shaped(a) for a in operands if forward.dot(a) is not None}
        if not dots:
            return None
        if not forward.many:
            return self.along(op, dots)
        (out,) = op.outs
        return forward.each_direction(
            out, lambda at: self.along(op, {a: at(dot) for a, dot in dots.items()})
        )

    def adjoint(self, reverse: Reverse, op: Op, bar: Any, bars: Any) -> None:
        bar = reverse.shaped(bar, op.outs[0])
        for operand in dict.fromkeys(op.args[2:]):
            if not reverse.is_active(operand):
                continue
            if isinstance(operand.type, Array) and operand.type.ndim:
                found = self.by_components(op, operand, bar)
            else:
                found = self.contracted(bar, self.along(op, {operand: const(1.0)}))
            reverse.accumulate(bars, operand, found)

    def contracted(self, bar: Any, dot: Any) -> Any:
        product = self.b.mul(bar, dot)
        return self.b.call(np.sum, product) if isinstance(product.type, Array) else product

    def by_components(self, op: Op, operand: Var, bar: Any) -> Any:
        """The adjoint of an array, one unit direction after the other."""
        b = self.b
        assert isinstance(operand.type, Array)
        plain = operand.type.ndim == 1
        lengths = [self.length(operand, k) for k in range(operand.type.ndim)]
        size = lengths[0] if plain else b.call(np.size, operand)
        flat = operand.type if plain else Array("float64", (Dim(f"size.{operand.serial}"),))
        k, before = Var(INT, "k"), Var(flat, f"{operand.hint}_bar")
        body = Region([k, before])
        with b.block(body):
            zeros = b.raw(np.zeros, (size,), hint="unit", types=(flat,))
            unit = b.raw(n.UPDATE, (zeros, ((k,),), const(1.0)), hint="unit")
            if not plain:
                unit = b.raw(np.reshape, (unit, tuple(lengths)), types=(operand.type,))
            value = self.contracted(bar, self.along(op, {operand: unit}))
            hint = f"{operand.hint}_bar"
            body.results = [b.raw(n.UPDATE, (before, ((k,),), value), hint=hint)]
        start = b.raw(np.zeros, (size,), hint=f"{operand.hint}_bar", types=(flat,))
        out = Var(flat, f"{operand.hint}_bar")
        b.add_stmt(For((out,), b.place, const(0), size, const(1), [start], body))
        return out if plain else b.raw(np.reshape, (out, tuple(lengths)), types=(operand.type,))

    def length(self, var: Var, axis: int) -> Any:
        assert isinstance(var.type, Array)
        known = var.type.dims[axis].known
        return const(known) if known is not None else self.b.call(n.DIM, var, const(axis))

    # ---- one direction

    def along(self, op: Op, dots: dict[Any, Any]) -> Any:
        """The tangent of the result, for tangents of some operands."""
        if op.fn is n.INTEGRAL:
            return self.integral(op, dots)
        return self.trajectory(op, dots)

    def call_of(self, op: Op) -> Op:
        """The call of SciPy's function that a result comes from."""
        call = self.b.defs[op.args[0]]
        while call.fn in (n.ATTRIBUTE, operator.getitem):
            call = self.b.defs[call.args[0]]
        return call

    def slope(self, op: Op, dots: dict[Any, Any], unknown: list[Any]) -> tuple[Any, list[Any]]:
        """The tangent of the closure's body as a function, and the tangents it takes at last."""
        source = self.implicit.equation(op)
        frees = frees_of(op)
        own = source.params[len(source.params) - len(frees) :]
        pairs = [(source.params[k], dot) for k, dot in unknown]
        pairs += [(p, dots[f]) for p, f in zip(own, frees, strict=True) if f in dots]
        if not pairs:
            return None, []
        return self.implicit.forward(source, [p for p, _ in pairs], False), [d for _, d in pairs]

    def integral(self, op: Op, dots: dict[Any, Any]) -> Any:
        b = self.b
        _, closure, low, high = op.args[:4]
        frees = frees_of(op)
        total: Any = None
        made, given = self.slope(op, dots, [])
        if made is not None:
            x = Var(FLOAT, "x", True)
            body = Region([x])
            with b.block(body):
                body.results = self.implicit.written(made, [x, *frees, *given])
            call = self.call_of(op)
            inner = n.Closure((Var(FUNCTION, f"{closure.hint}_dot", True),), b.place, body)
            b.add_stmt(inner)
            function = inner.outs[0]
            pair = b.raw(
                call.fn, (function, *call.args[1:]), dict(call.kwargs), types=(Opaque("tuple"),)
            )
            value = b.raw(operator.getitem, (pair, const(0)), types=(FLOAT,))
            total = b.raw(n.INTEGRAL, (value, function, low, high), dict(op.kwargs), types=(FLOAT,))
        for end, add in ((high, b.add), (low, b.sub)):
            if end in dots:
                (there,) = self.implicit.written(self.implicit.equation(op), [end, *frees])
                term = b.mul(there, dots[end])
                total = term if total is None and add is b.add else add(total or const(0.0), term)
        return total

    def trajectory(self, op: Op, dots: dict[Any, Any]) -> Any:
        b = self.b
        _, closure, times, start, *span = op.args[: op.kwargs["operands"].value]
        for each in (times, *span):
            if each in dots:
                raise self.lw.refuse(
                    "derivatives of a solution with respect to its times are not supported",
                    "scale the time in the right-hand side",
                )
        (out,) = op.outs
        (dim,) = start.type.dims
        twice = Dim.number(2 * dim.known) if dim.known is not None else Dim(f"twice.{dim}")
        size = self.length(start, 0)
        old = b.defs[closure].body.params
        params = [Var(p.type, p.hint, True) for p in old]
        state = next(k for k, p in enumerate(params) if isinstance(p.type, Array))
        z = params[state] = Var(Array("float64", (twice,)), "z", True)
        body = Region(list(params))
        with b.block(body):
            y = b.raw(n.READ, (z, (Slice(None, size, None),)), hint="y", types=(start.type,))
            y_dot = b.raw(
                n.READ, (z, (Slice(size, None, None),)), hint="y_dot", types=(start.type,)
            )
            given = [y if k == state else p for k, p in enumerate(params)]
            source = self.implicit.equation(op)
            (value,) = self.implicit.written(source, [*given, *frees_of(op)])
            made, more = self.slope(op, dots, [(state, y_dot)])
            (dot,) = self.implicit.written(made, [*given, *frees_of(op), *more])
            both = b.raw(np.concatenate, ((value, dot),), types=(z.type,))
            body.results = [both]
        start_dot = dots.get(start)
        if start_dot is None:
            start_dot = b.zeros_like(start)
        begin = b.raw(np.concatenate, ((start, start_dot),), types=(z.type,))
        inner = n.Closure((Var(FUNCTION, f"{closure.hint}_and_tangent", True),), b.place, body)
        b.add_stmt(inner)
        call = self.call_of(op)
        name = call.fn.__name__
        args = [begin if a is start else a for a in call.args]
        args[0] = inner.outs[0]
        kwargs = dict(call.kwargs)
        along = 0 if name == "solve_ivp" else 1  # the axis of the components
        dims = list(out.type.dims)
        dims[along] = twice
        t = Array("float64", tuple(dims))
        if name == "solve_ivp":
            kwargs["t_eval"] = times
            solution = b.raw(call.fn, tuple(args), kwargs, types=(Opaque("OdeResult"),))
            raw = b.raw(n.ATTRIBUTE, (solution, const("y")), types=(t,))
        else:
            raw = b.raw(call.fn, tuple(args), kwargs, types=(t,))
        given = (raw, inner.outs[0], times, begin, *span)
        found = b.raw(n.TRAJECTORY, given, dict(op.kwargs), types=(t,))
        index: tuple[Any, ...] = (Slice(size, None, None),)
        return b.raw(n.READ, (found, (*(_FULL,) * along, *index)), types=(out.type,))


__all__ = ["Sensitivities"]
