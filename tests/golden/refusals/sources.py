"""Functions whose source is not there, or not that of what runs."""

import functools
import importlib.util
import math
import tempfile
from pathlib import Path

import numpy as np

import adcompiler as ad


def square(x):
    return x * x


class Point:
    def __init__(self, x):
        self.x = x


def edited(text):
    """Import a file, then write `text` into it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edited.py"
        path.write_text("def f(x):\n    return x * x\n")
        spec = importlib.util.spec_from_file_location("edited", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        path.write_text(text)
        return ad.grad(module.f)(2.0)


def executed():
    found = {}
    exec("def f(x):\n    return x * x\n", found)
    return found["f"]


CASES = {
    "a built-in function": lambda: ad.grad(abs)(2.0),
    "a ufunc": lambda: ad.grad(np.sin)(2.0),
    "a function written in C": lambda: ad.grad(functools.partial(math.pow, 2.0))(2.0),
    "a class": lambda: ad.grad(Point)(2.0),
    "np.vectorize": lambda: ad.grad(np.vectorize(square))(2.0),
    "a decorator whose wrapper is C code": lambda: ad.grad(functools.lru_cache(square))(2.0),
    "nothing that can be called": lambda: ad.grad(3)(2.0),
    "a function made by exec": lambda: ad.grad(executed())(2.0),
    "a file edited after import": lambda: edited("def f(x):\n    return x * x * x\n"),
    "a file that no longer compiles": lambda: edited("def f(x:\n"),
    "the text of another function": lambda: ad.differentiate(
        executed(), source="def g(y): return y"
    ).grad(2.0),
    "a text that does not parse": lambda: ad.differentiate(
        executed(), source="def f(x): return ("
    ).grad(2.0),
}
