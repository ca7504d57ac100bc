"""Every rule's lambdas, read by the compiler, compute what they compute in Python.

What they call has a rule in its turn, so that second derivatives exist.
"""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import pytest

from adcompiler.frontend.lower import Lowerer
from adcompiler.frontend.program import Program
from adcompiler.frontend.signature import Entry
from adcompiler.ir.evaluator import evaluate
from adcompiler.ir.nodes import Const, Function, Region, Var, flatten
from adcompiler.ir.types import Array, Dim, Scalar
from adcompiler.rules.contract import REGISTRY
from adcompiler.transforms.rule_calls import RuleCalls
from tests import rule_samples_numpy, rule_samples_scipy, rule_samples_special  # noqa: F401
from tests.rule_samples import SAMPLES, default_samples
from tests.test_rules_numeric import Call, adjoint_of, direction

DERIVED = [r for r in REGISTRY if r.form in ("elementwise", "linear", "structural")]


class Reading:
    """One lambda, lowered for values of given types."""

    def __init__(self) -> None:
        self.params: list[Var] = []
        self.args: list[Any] = []
        program = Program(lambda: None)
        self.lw = Lowerer(program)
        self.lw.strict_rules = True
        program.entry = Entry(self.lw)
        self.calls = RuleCalls(self.lw)

    def bind(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(self.bind(each) for each in value)
        if isinstance(value, bool | int | str | type) or value is None:
            return value
        if isinstance(value, np.ndarray):
            dims = tuple(
                Dim(f"n{k}", 0, False) if k != 1 else Dim.number(1) for k in value.shape
            )
            var = Var(Array(str(value.dtype), dims))
        else:
            var = Var(Scalar(str(np.asarray(value).dtype), not isinstance(value, np.generic)))
        self.params.append(var)
        self.args.append(value)
        return var

    def run(self, rule: Any, fn: Any, bindings: dict[str, Any]) -> list[Any]:
        body = Region()
        with self.lw.builder.block(body):
            result = self.calls.call(rule, fn, {k: self.bind(x) for k, x in bindings.items()})
        atoms = [a for a in flatten((result,)) if isinstance(a, Var | Const)]
        body.results = atoms
        return evaluate(Function("rule", self.params, body), self.args)


def values(result: Any) -> list[Any]:
    if isinstance(result, list | tuple):
        return [x for each in result for x in values(each)]
    return [] if result is None else [result]


def readings(call: Call):
    """The lambdas of a rule with the tangents and adjoint that they read."""
    rule, rng = call.rule, np.random.default_rng(1)
    y_bar = adjoint_of(call.y, rng)
    if rule.form == "elementwise":
        yield rule.partials, {}
    elif rule.form == "linear":
        yield rule.transpose, {"y_bar": y_bar}
    else:
        for name in rule.operands:
            d = direction(call.named[name], rng) if name in call.given.arguments else None
            if call.named[name] is not None and d is not None:
                yield rule.jvp[name], {f"{name}_dot": d}
                yield rule.vjp[name], {"y_bar": y_bar}


@pytest.mark.parametrize("rule", DERIVED, ids=lambda rule: rule.name)
def test_lambdas_are_read_as_they_run(rule):
    samples = SAMPLES.get(rule.fn) or default_samples(rule)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for args, kwargs in samples:
            call = Call(rule, args, kwargs)
            for fn, more in readings(call):
                known = call.named | {"y": call.y} | more
                bindings = {name: known[name] for name in inspect.signature(fn).parameters}
                found = Reading().run(rule, fn, bindings)
                expected = values(fn(**bindings))
                assert len(found) == len(expected)
                for p, q in zip(found, expected, strict=True):
                    np.testing.assert_allclose(p, q, rtol=1e-12, atol=1e-12)

