"""Run an unmodified function in another world: its own code, with NumPy, `math` and `float`
replaced.

Functions, classes, closures, defaults, globals and containers reachable from the function are
rebuilt over a fresh namespace each time, so nothing the program does is seen outside. Only names
its code mentions are followed.
"""

from __future__ import annotations

import builtins
import cmath
import contextlib
import enum
import functools
import math
import sys
import sysconfig
import types

import numpy as np

from .arrays import to_array
from .dual import Dual
from .fft_shim import fft_module
from .linalg_shim import linalg
from .math_shim import builtin_max, builtin_min, cmath_shim, math_shim, special_shim
from .numpy_shim import shim
from .replacing import FLOATS, ComplexType

_LIBRARIES = tuple(sysconfig.get_paths()[k] for k in ("stdlib", "purelib", "platlib"))
_FIXED = (
    types.BuiltinFunctionType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    property.__class__,
)


def is_library(module_name):
    """Whether this module is Python's or installed, so that its code is left alone."""
    if module_name is None or module_name == "builtins":
        return True
    if module_name.partition(".")[0] in sys.stdlib_module_names:
        return module_name != "__main__"
    path = getattr(sys.modules.get(module_name), "__file__", None) or ""
    return path.startswith(_LIBRARIES)


def names_in(code):
    """Every global or attribute name that a code object and the ones inside it mention."""
    names, todo = set(), [code]
    while todo:
        item = todo.pop()
        names.update(item.co_names)
        todo.extend(c for c in item.co_consts if isinstance(c, types.CodeType))
    return names


class World:
    """One rebuilt copy of the program's surroundings."""

    def __init__(self):
        self.memo = {}
        self.keep = []
        self.todo = []
        self.namespaces = {}
        self.builtins = dict(vars(builtins))
        self.builtins.update(
            {
                "float": FLOATS[float],
                "complex": ComplexType,
                "max": builtin_max,
                "min": builtin_min,
                "__import__": self.import_,
            }
        )

    def import_(self, name, globals_=None, locals_=None, fromlist=(), level=0):
        module = builtins.__import__(name, globals_, locals_, fromlist, level)
        return self.module(module)

    def module(self, module):
        if module is np:
            return shim
        if module is np.linalg:
            return linalg
        if module is np.fft:
            return fft_module
        if module is math:
            return math_shim
        if module is cmath:
            return cmath_shim
        if module.__name__ == "scipy.special":
            return special_shim()
        if module.__name__ == "scipy":
            return types.SimpleNamespace(special=special_shim())
        if is_library(module.__name__):
            return module
        return _LazyModule(self, module)

    def __call__(self, thing):
        """`thing` rebuilt, with everything it refers to."""
        result = self.convert(thing)
        while self.todo:
            self.todo.pop()()
        return result

    def convert(self, thing):
        if id(thing) in self.memo:
            return self.memo[id(thing)]
        result = self._build(thing)
        self.memo[id(thing)] = result
        self.keep.append(thing)
        return result

    def _build(self, thing):
        kind = type(thing)
        if (
            thing is None
            or kind in (bool, int, str, bytes, float, complex, slice, range)
            or thing is Ellipsis
        ):
            return thing
        if isinstance(thing, types.ModuleType):
            return self.module(thing)
        if isinstance(thing, type):
            return self._class(thing)
        if isinstance(thing, types.FunctionType):
            return self._function(thing)
        if isinstance(thing, np.ndarray):
            return to_array(thing, thing.dtype) if thing.dtype.kind in "fc" else thing.copy()
        if isinstance(thing, (np.ufunc, types.BuiltinFunctionType)) or type(
            thing
        ).__module__.startswith("numpy"):
            return self._library_object(thing)
        if isinstance(thing, types.MethodType):
            return types.MethodType(self.convert(thing.__func__), self.convert(thing.__self__))
        if isinstance(thing, functools.partial):
            return functools.partial(
                self.convert(thing.func),
                *map(self.convert, thing.args),
                **{k: self.convert(v) for k, v in thing.keywords.items()},
            )
        if isinstance(thing, (staticmethod, classmethod)):
            return kind(self.convert(thing.__func__))
        if isinstance(thing, property):
            return property(*(f and self.convert(f) for f in (thing.fget, thing.fset, thing.fdel)))
        if isinstance(thing, functools.cached_property):
            result = functools.cached_property(self.convert(thing.func))
            result.attrname = thing.attrname
            return result
        if kind in (list, set):
            result = kind()
            self.memo[id(thing)] = result
            (result.extend if kind is list else result.update)(
                [self.convert(item) for item in thing]
            )
            return result
        if kind is dict:
            result = {}
            self.memo[id(thing)] = result
            result.update((k, self.convert(v)) for k, v in thing.items())
            return result
        if isinstance(thing, tuple):
            items = [self.convert(item) for item in thing]
            return tuple(items) if kind is tuple else tuple.__new__(self.convert(kind), items)
        if isinstance(thing, (Dual, _FIXED, enum.Enum)) or is_library(kind.__module__):
            return thing
        return self._instance(thing)

    def _library_object(self, thing):
        """A function imported by name: find it in the stand-in for its module."""
        if isinstance(thing, np.floating):
            return float(thing)
        name = getattr(thing, "__name__", None)
        for real, stand_in in (
            (np, shim),
            (math, math_shim),
            (np.linalg, linalg),
            (cmath, cmath_shim),
        ):
            if name and getattr(real, name, None) is thing:
                return getattr(stand_in, name)
        if type(thing).__module__.startswith("scipy.special") or isinstance(thing, np.ufunc):
            return getattr(special_shim(), name)
        return {id(max): builtin_max, id(min): builtin_min}.get(id(thing), thing)

    def _instance(self, thing):
        cls = self.convert(type(thing))
        result = cls.__new__(cls)
        self.memo[id(thing)] = result
        for name, value in attributes(thing).items():
            object.__setattr__(result, name, self.convert(value))
        return result

    def _function(self, function):
        module = function.__globals__.get("__name__")
        stand_in = self._named_in_library(function)
        if stand_in is not None:
            return stand_in
        library = is_library(module)
        if library and not function.__closure__:
            return function
        cells = tuple(self._cell(c) for c in function.__closure__) if function.__closure__ else None
        namespace = function.__globals__ if library else self._namespace(function)
        result = types.FunctionType(function.__code__, namespace, function.__name__, None, cells)
        self.memo[id(function)] = result
        result.__dict__.update({k: v for k, v in function.__dict__.items() if k != "__wrapped__"})
        result.__qualname__, result.__module__, result.__doc__ = (
            function.__qualname__,
            function.__module__,
            function.__doc__,
        )

        def finish():
            if function.__defaults__:
                result.__defaults__ = tuple(self.convert(d) for d in function.__defaults__)
            if function.__kwdefaults__:
                result.__kwdefaults__ = {
                    k: self.convert(v) for k, v in function.__kwdefaults__.items()
                }

        self.todo.append(finish)
        return result

    def _named_in_library(self, function):
        module = function.__module__ or ""
        if module.startswith("numpy.linalg"):
            return getattr(linalg, function.__name__)
        if module.startswith("numpy"):
            return getattr(shim, function.__name__, None)
        if module.startswith("scipy.special"):
            return getattr(special_shim(), function.__name__)
        return None

    def _cell(self, cell):
        if id(cell) in self.memo:
            return self.memo[id(cell)]
        result = types.CellType()
        self.memo[id(cell)] = result
        self.keep.append(cell)

        def fill():
            with contextlib.suppress(ValueError):  # an empty cell stays empty
                result.cell_contents = self.convert(cell.cell_contents)

        self.todo.append(fill)
        return result

    def _namespace(self, function):
        source = function.__globals__
        namespace = self.namespaces.setdefault(
            id(source), {"__name__": source.get("__name__"), "__builtins__": self.builtins}
        )

        def fill():
            for name in sorted(names_in(function.__code__)):
                if name in source and name not in namespace:
                    namespace[name] = self.convert(source[name])

        self.todo.append(fill)
        return namespace

    def _class(self, cls):
        if cls in FLOATS:
            return FLOATS[cls]
        if cls in (complex, np.complex128):
            return ComplexType
        if cls is np.vectorize:
            return shim.vectorize
        if is_library(cls.__module__) or issubclass(cls, (enum.Enum, BaseException)):
            return cls
        bases = tuple(self.convert(b) for b in cls.__bases__)
        slots = cls.__dict__.get("__slots__", ())
        skip = {"__dict__", "__weakref__", *([slots] if isinstance(slots, str) else slots)}
        body = {k: self.convert(v) for k, v in cls.__dict__.items() if k not in skip}
        result = type(cls)(cls.__name__, bases, body)
        self.memo[id(cls)] = result
        return result


class _LazyModule(types.ModuleType):
    """A module of the program's own, converted attribute by attribute."""

    def __init__(self, world, module):
        super().__init__(module.__name__)
        self.__dict__["_world"], self.__dict__["_module"] = world, module

    def __getattr__(self, name):
        value = self._world(getattr(self._module, name))
        self.__dict__[name] = value
        return value


def attributes(thing):
    """The instance attributes of an object, slots included."""
    found = dict(getattr(thing, "__dict__", {}))
    for cls in type(thing).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(thing, name):
                found[name] = getattr(thing, name)
    return found
