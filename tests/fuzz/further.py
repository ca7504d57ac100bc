"""Checks beyond the first: by other oracles, and of the program changed.

Each is a function of the checker and compares with what that expects.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.oracles import _quietly as quietly
from tests.oracles.compare import differences_between, direction

from .loading import loaded
from .metamorphic import CHANGES
from .verdicts import Found, Verdict

if TYPE_CHECKING:
    from .check import Checker


def by_evaluator(checker: Checker) -> None:
    """The derivative's IR, executed as it reads, before it is simplified and after."""
    from adcompiler.calling.dispatch import operand_of
    from adcompiler.ir.evaluator import evaluate
    from adcompiler.ir.nodes import Function
    from adcompiler.pipeline import Compilation, Request, Watch

    if checker.cotangent is not None:
        return
    operand = operand_of(checker.f)
    names = operand.names
    args = checker.module.args()
    request = Request("value_and_grad", tuple(names[i] for i in checker.wrt), bare=False)
    variant, _, _ = checker.ask(operand.dispatcher(request).chosen, args)
    found: dict[str, list[Any]] = {}

    class Evaluating(Watch):
        def after(self, stage: str, function: Function | None = None, text: str = "") -> None:
            lowered = getattr(compilation, "lowered", None)
            if function is None or lowered is None or "reverse" not in stage:
                return
            if list(function.params) != [leaf.var for leaf in lowered.leaves]:
                return  # a companion
            captures = {key: each.current() for key, each in lowered.program.captures.items()}
            roots = {**dict(zip(names, args, strict=True)), **captures}
            values = [leaf.get(roots[leaf.root]) for leaf in lowered.leaves]
            found[stage] = quietly(evaluate, function, values, lowered.program.functions)

    compilation = None
    compilation = Compilation(checker.f, variant.specs, request, None, watch=Evaluating())
    checker.ask(compilation.run)
    for stage, results in found.items():
        checker.what = f"evaluator, {stage}"
        checker.demand_value(results[0])
        checker.compare(tuple(results[1:]), checker.expected, checker.rtol)
    checker.demand(set(found) == {"reverse", "prune-reverse"}, "a pass was not evaluated")


def changed(checker: Checker, change: Callable[[str], str | None]) -> None:
    """The derivative of the program, changed in a way that leaves what it computes."""
    text = change(checker.text)
    if text is None:
        return
    with loaded(text) as module:
        result = quietly(module.f, *module.args())
        if not np.array_equal(np.asarray(result), np.asarray(checker.result)):
            raise AssertionError("the change is none of the kind that leaves the value")
        value, gradients = checker.differentiated(module.f, module.args())
    checker.demand_value(value)
    checker.compare(gradients, checker.expected, checker.rtol)


def by_jax(checker: Checker) -> None:
    """JAX on the same text, where it is installed and the program stays within it."""
    if checker.cotangent is not None or not is_functional(checker.text):
        return
    try:
        import jax
    except ImportError:
        return
    jax.config.update("jax_enable_x64", True)
    text = checker.text.replace("import numpy as np", "import jax.numpy as np")
    text = text.replace("import math\n", "import jax.numpy as math\n")
    text = text.replace("math.atan(", "math.arctan(").replace("float(", "(")
    try:
        with loaded(text) as module:
            derivative = jax.value_and_grad(module.f, argnums=checker.wrt)
            value, gradients = quietly(derivative, *module.args())
            gradients = tuple(np.asarray(each) for each in gradients)
    except Exception:  # it is not within JAX
        return
    if not np.isclose(float(value), checker.value, 1e-10, 1e-10):
        return
    places = list(differences_between(gradients, checker.expected, checker.rtol))
    if places:
        raise Found(Verdict("doubtful", "jax", "the oracles disagree", "; ".join(places)))


def is_functional(text: str) -> bool:
    """Whether nothing is stored through a subscript or an attribute."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg == "out":
            return False
        if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            return False
    return True


def reverse_over_reverse(checker: Checker) -> None:
    """The gradient of the gradient's product with a vector, against forward over reverse."""
    import adcompiler as ad

    if checker.cotangent is not None or checker.single or checker.is_complex:
        return
    argnum = checker.wrt[0]
    args = checker.module.args()
    v = direction(args[argnum], 5)
    given = (*args[: argnum + 1], v, *args[argnum + 1 :])
    forward = checker.ask(ad.differentiate(checker.f, argnums=argnum).hvp, *given)
    gradient = ad.differentiate(ad.grad(checker.f, argnums=argnum), argnums=argnum)
    _, pull = checker.ask(gradient.vjp, *checker.module.args())
    reverse = checker.ask(pull, v)
    reverse = reverse[0] if isinstance(reverse, tuple) else reverse
    if np.all(np.abs(np.asarray(forward)) < 1e6):
        places = list(differences_between(reverse, forward, 1e-7))
        checker.demand(not places, "the orders of modes disagree", "; ".join(places))


FURTHER: dict[str, Callable[[Checker], None]] = {
    "evaluator": by_evaluator,
    "jax": by_jax,
    **{name: partial(changed, change=change) for name, change in CHANGES.items()},
}
"""Of these, every program gets one, chosen by its text."""
