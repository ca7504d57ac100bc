"""The Jacobian as a linear operator: products with it and with its transpose, no matrix."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from adcompiler.calling import assembled
from adcompiler.calling.kinds import Vjp
from adcompiler.calling.requirements import has_complex, needs_holomorphic, refuse_aux
from adcompiler.calling.trees import as_kind, is_leaf
from adcompiler.errors import SignatureError
from adcompiler.optional import optional


def sparse_linalg() -> Any:
    """SciPy's module of operators and iterative solvers, or the error that says how to get it."""
    found = optional("scipy.sparse.linalg")
    if found is None:
        raise SignatureError(
            "linear_operator needs SciPy, which is not installed",
            remedy="pip install adcompiler[scipy]",
        )
    return found


class Operator(Vjp[Any]):
    """The Jacobian at a point, by one argument, as an operator on flat vectors."""

    kind = "linear_operator"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        linalg = sparse_linalg()
        refuse_aux(self)
        point = _Point(self, copy.deepcopy(self._bound(args, kwargs)))
        return linalg.LinearOperator(
            shape=(np.size(point.value), np.size(point.x)),
            matvec=point.push,
            rmatvec=point.pull,
            dtype=np.result_type(point.value, point.x),
        )


class _Point:
    """The arguments of an operator, kept; reverse mode's forward sweep runs when first needed."""

    def __init__(self, of: Operator, values: tuple[Any, ...]) -> None:
        self.of, self.values = of, values
        of._check(values)
        (self.wanted, *others), _ = of._wanted
        if others:
            raise SignatureError(
                "linear_operator is by one argument",
                remedy="give one position or name as argnums",
                code="AD501",
            )
        self.x = of._value(values, self.wanted)
        if has_complex(of, values):
            raise needs_holomorphic(of, "argument")
        self.value = self._pushed(np.zeros(np.shape(self.x)))[0]
        for what, each in (("argument", self.x), ("result", self.value)):
            if not is_leaf(each) or np.iscomplexobj(each):
                raise SignatureError(
                    f"linear_operator of a function whose {what} is no real number or array",
                    remedy="use jvp and vjp, or put the numbers into one array",
                    code="AD509",
                )
        self._lock = threading.Lock()

    def _pushed(self, tangent: Any) -> tuple[Any, Any]:
        return assembled.pushed(self.of, self.values, self.wanted, as_kind(tangent, self.x))

    def push(self, v: Any) -> Any:
        """J v, by forward mode."""
        return np.ravel(self._pushed(_real(v, self.x))[1])

    def pull(self, w: Any) -> Any:
        """Jᵀ w, by reverse mode."""
        with self._lock:
            pullback = self._pullback
        (found,) = pullback(as_kind(_real(w, self.value), self.value))
        return np.ravel(assembled.item_of(found, self.wanted))

    @cached_property
    def _pullback(self) -> Callable[[Any], tuple[Any, ...]]:
        return self.of.pulled(self.values)[1]


def _real(v: Any, model: Any) -> Any:
    """A vector in the shape of `model`."""
    array = np.asarray(v)
    if array.dtype.kind == "c":
        raise SignatureError(
            "a product of a complex vector with a real Jacobian",
            remedy="apply the operator to its real and its imaginary part",
            code="AD505",
        )
    shaped = array.reshape(np.shape(model))
    return shaped if isinstance(model, np.ndarray) else shaped[()].item()
