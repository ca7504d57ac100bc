"""Attributes: of arrays, objects, classes and modules."""

from __future__ import annotations

import inspect
import types
from typing import Any

import numpy as np

from adcompiler.frontend import calls, random_draws, sets, text
from adcompiler.frontend import values as v
from adcompiler.ir import nodes as n
from adcompiler.ir.builder import const
from adcompiler.ir.nodes import Const
from adcompiler.ir.types import Array, Scalar, is_complex

ARRAY_METHODS = {
    "sum": np.sum, "prod": np.prod, "mean": np.mean, "var": np.var, "std": np.std,
    "max": np.max, "min": np.min, "cumsum": np.cumsum, "cumprod": np.cumprod,
    "argmax": np.argmax, "argmin": np.argmin, "argsort": np.argsort, "any": np.any,
    "all": np.all, "dot": np.dot, "reshape": np.reshape, "ravel": np.ravel,
    "transpose": np.transpose, "swapaxes": np.swapaxes, "squeeze": np.squeeze,
    "repeat": np.repeat, "take": np.take, "clip": np.clip, "round": np.round,
    "conj": np.conj, "conjugate": np.conj, "trace": np.trace, "diagonal": np.diagonal,
    "ptp": np.ptp, "searchsorted": np.searchsorted, "nonzero": np.nonzero,
    "compress": np.compress, "choose": np.choose,
}  # fmt: skip
OTHER_METHODS = (
    "copy",
    "astype",
    "fill",
    "item",
    "tolist",
    "flatten",
    "sort",
    "put",
    "itemset",
    "conjugate",
    "is_integer",
    "resize",
    "view",
)
LIST_METHODS = (
    "append",
    "extend",
    "pop",
    "insert",
    "copy",
    "clear",
    "index",
    "count",
    "reverse",
    "sort",
    "remove",
)
DICT_METHODS = ("get", "keys", "values", "items", "copy", "update", "setdefault", "pop")
TUPLE_METHODS = ("index", "count")


def get(lw: Any, owner: Any, name: str) -> Any:
    if isinstance(owner, v.OptV):
        owner = owner.value
    if isinstance(owner, v.Poison):
        raise lw.lost(owner)
    if isinstance(owner, v.Ref) or v.is_number(owner):
        return _numeric(lw, owner, name)
    if isinstance(owner, v.ObjV):
        return _field(lw, owner, name)
    if isinstance(owner, v.SuperV):
        return _super(lw, owner, name)
    if isinstance(owner, v.ListV) and name in LIST_METHODS:
        return v.MethodV(name, owner)
    if isinstance(owner, v.SetV) and name in sets.METHODS:
        return v.MethodV(name, owner)
    if isinstance(owner, v.DictV) and name in DICT_METHODS and not isinstance(owner, v.SetV):
        return v.MethodV(name, owner)
    if isinstance(owner, v.TupleV):
        fields = getattr(owner.cls, "_fields", ())
        if name in fields:
            return owner.items[fields.index(name)]
        if name in TUPLE_METHODS:
            return v.MethodV(name, owner)
        if name in ("_replace", "_asdict") and owner.cls is not None:
            return v.MethodV(name, owner)
        found = inspect.getattr_static(owner.cls, name, None) if owner.cls else None
        if isinstance(found, property):
            return calls.call_value(lw, v.Static(found.fget), (owner,), {})
        if isinstance(found, types.FunctionType):
            return v.BoundV(v.Static(found), owner)
    if isinstance(owner, v.Static):
        return _static(lw, owner, name)
    if isinstance(owner, v.SliceV) and name in ("start", "stop", "step"):
        return getattr(owner, name)
    if isinstance(owner, v.RangeV) and name in ("start", "stop", "step"):
        return getattr(owner, name)
    if isinstance(owner, v.MethodV) and owner.name == "exception" and name == "args":
        return v.TupleV(tuple(owner.self[1]))
    raise lw.refuse(
        f"{calls.describe(owner)} has no attribute '{name}' that can be used here", code="AD306"
    )


def _static(lw: Any, owner: v.Static, name: str) -> Any:
    if isinstance(owner.value, str) and not hasattr(str, name):
        raise lw.refuse(f"strings have no attribute '{name}'", code="AD306")
    if name == "_make" and inspect.isclass(owner.value) and hasattr(owner.value, "_fields"):
        return v.MethodV("_make", owner)
    if owner.value is np and name in ("r_", "c_"):
        return v.MethodV(name, owner)
    try:
        found = getattr(owner.value, name)
    except AttributeError:
        raise lw.refuse(
            f"{calls.describe(owner)} has no attribute '{name}'", code="AD306"
        ) from None
    if isinstance(owner.value, types.ModuleType):
        if isinstance(found, float | int | complex) and not isinstance(found, bool):
            made = lw.lift(found, calls.constant_name(owner.value, name))
            return made
        if isinstance(found, np.ndarray | list | dict):
            where = ("global", owner.value.__dict__, name)
            return lw.program.capture(lw, where, found, name)
    if inspect.isclass(owner.value) and isinstance(found, float | int | np.ndarray | list | dict):
        if not isinstance(found, bool):
            return lw.program.capture(lw, ("attribute", owner.value, name), found, name)
    return lw.lift(found)


def _numeric(lw: Any, owner: Any, name: str) -> Any:
    t = lw.type_of(owner)
    if isinstance(t, Array | Scalar):
        dims = t.dims if isinstance(t, Array) else ()
        if name == "shape":
            return v.TupleV(tuple(lw.dim(owner, axis) for axis in range(len(dims))))
        if name == "ndim":
            return const(len(dims))
        if name == "size":
            if not dims:
                return const(1)
            return lw.dim(owner, 0) if len(dims) == 1 else lw.call(np.size, owner)
        if name == "dtype":
            return v.Static(np.dtype(t.dtype))
        if name == "T":
            return (
                owner
                if len(dims) < 2
                else calls.call_value(lw, v.Static(np.transpose), (owner,), {})
            )
        if name == "real":
            return calls.call_value(lw, v.Static(np.real), (owner,), {}) if is_complex(t) else owner
        if name == "imag":
            return calls.call_value(lw, v.Static(np.imag), (owner,), {})
        if name == "flat":
            return calls.call_value(lw, v.Static(np.ravel), (owner,), {})
        if name == "nbytes" or name == "itemsize":
            return const(np.dtype(t.dtype).itemsize)
        if name in ARRAY_METHODS or name in OTHER_METHODS:
            return v.MethodV(name, owner)
    if isinstance(owner, Const) and isinstance(owner.value, str):
        return _static(lw, v.Static(owner.value), name)
    if text.is_text(owner) and hasattr(str, name):
        return v.MethodV(name, owner)
    if getattr(t, "what", "") in random_draws.GENERATORS and name in random_draws.DRAWS:
        return v.MethodV(name, owner)
    raise lw.refuse(
        f"the attribute '{name}' of {calls.describe(owner)} is not supported", code="AD306"
    )


def _field(lw: Any, owner: v.ObjV, name: str) -> Any:
    fields = lw.content(owner.cell)
    found = fields.get(name)
    in_class = inspect.getattr_static(owner.cls, name, None)
    if isinstance(in_class, property):
        return calls.call_value(lw, v.Static(in_class.fget), (owner,), {})
    if found is not None and not isinstance(found, v.Unbound):
        if isinstance(found, v.Poison):
            raise lw.lost(found)
        return found
    if name == "__class__":
        return v.Static(owner.cls)
    if name == "__dict__":
        return v.DictV(lw.cell(v.Entries(fields.entries)))
    if isinstance(in_class, staticmethod):
        return lw.lift(in_class.__func__)
    if isinstance(in_class, classmethod):
        return v.BoundV(v.Static(in_class.__func__), v.Static(owner.cls))
    if isinstance(in_class, types.FunctionType):
        return v.BoundV(v.Static(in_class), owner)
    if in_class is not None and not hasattr(in_class, "__get__"):
        if isinstance(in_class, float | int | np.ndarray | list | dict) and not isinstance(
            in_class, bool
        ):
            return lw.program.capture(lw, ("attribute", owner.cls, name), in_class, name)
        return lw.lift(in_class)
    unwrapped = calls.differentiable_primal(in_class)
    if unwrapped is not None:
        return v.BoundV(v.Static(unwrapped), owner)
    if (
        in_class is not None
        and callable(getattr(in_class, "func", None))
        and hasattr(in_class, "attrname")
    ):
        value = calls.call_value(lw, v.Static(in_class.func), (owner,), {})  # cached_property
        set_(lw, owner, name, value)
        return value
    raise lw.refuse(
        f"objects of class {owner.cls.__name__} have no attribute '{name}' here", code="AD306"
    )


def _super(lw: Any, owner: v.SuperV, name: str) -> Any:
    instance = owner.self
    cls = instance.cls if isinstance(instance, v.ObjV) else instance.value
    order = cls.__mro__
    for base in order[order.index(owner.cls) + 1 :]:
        if name in base.__dict__:
            found = base.__dict__[name]
            if isinstance(found, types.FunctionType):
                return v.BoundV(v.Static(found), instance)
            if isinstance(found, property):
                return calls.call_value(lw, v.Static(found.fget), (instance,), {})
            if isinstance(found, classmethod):
                return v.BoundV(v.Static(found.__func__), v.Static(cls))
            if isinstance(found, staticmethod):
                return lw.lift(found.__func__)
            if base is object and name == "__init__":
                return v.MethodV("no_op", owner)
    raise lw.refuse(f"super() has no attribute '{name}' here", code="AD306")


def set_(lw: Any, owner: Any, name: str, value: Any) -> None:
    if isinstance(owner, v.OptV):
        owner = owner.value
    if not isinstance(owner, v.ObjV):
        if isinstance(owner, v.Ref) and name == "shape":
            raise lw.refuse(
                "an array's shape can't be assigned to", "use x = x.reshape(...)", code="AD306"
            )
        raise lw.refuse(f"attributes of {calls.describe(owner)} can't be set", code="AD306")
    in_class = inspect.getattr_static(owner.cls, name, None)
    if isinstance(in_class, property):
        if in_class.fset is None:
            raise lw.refuse(f"the property '{name}' can't be set", code="AD306")
        calls.call_value(lw, v.Static(in_class.fset), (owner, value), {})
        return
    params = getattr(owner.cls, "__dataclass_params__", None)
    if params is not None and params.frozen and not calls.constructing(lw, owner):
        raise lw.refuse(f"{owner.cls.__name__} is frozen: its fields can't be set", code="AD213")
    lw.name_value(value, name)
    lw.mutate(owner.cell, lw.content(owner.cell).put(name, value))


__all__ = ["get", "n", "set_"]
