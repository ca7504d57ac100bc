"""Callables are opened down to the Python function that runs, with what is bound on the way."""

from __future__ import annotations

import functools
import math
import operator

import numpy as np
import pytest

from adcompiler.errors import SourceNotFound
from adcompiler.frontend.capture import capture, unwrap


def plain(x, y):
    return x * y


def keeping(fn):
    @functools.wraps(fn)
    def wrapper(*args):
        return 2.0 * fn(*args)

    return wrapper


@keeping
def decorated(x):
    return x


def test_partials_methods_and_callable_objects():
    class Model:
        def __init__(self):
            self.k = 2.0

        def __call__(self, x, y=1.0):
            return self.k * x * y

        def method(self, x, y):
            return x

        @classmethod
        def of_class(cls, x):
            return x

        @staticmethod
        def free(x):
            return x

    model = Model()
    opened = unwrap(functools.partial(model.method, 1.0, y=3.0))
    assert opened.function is Model.method and opened.bound_self is model
    assert opened.bound_args == (1.0,) and opened.bound_kwargs == {"y": 3.0}
    opened = unwrap(functools.partial(model, 1.0))
    assert opened.function is Model.__call__ and opened.bound_self is model
    assert unwrap(model.of_class).bound_self is Model
    assert unwrap(model.free).bound_self is None
    assert unwrap(Model.__dict__["free"]).function is unwrap(Model.free).function
    assert unwrap(Model.__dict__["of_class"]).bound_self is None
    opened = unwrap(functools.partial(functools.partial(plain, 1.0, y=2.0), y=3.0))
    assert opened.bound_args == (1.0,) and opened.bound_kwargs == {"y": 3.0}
    assert unwrap(plain).bound_args == () and unwrap(plain).function is plain


def test_numba_functions():
    numba = pytest.importorskip("numba")
    assert unwrap(numba.njit(plain)).function is plain


def test_wrapped_is_not_followed():
    assert unwrap(decorated).function.__name__ == "decorated"
    assert unwrap(decorated).function.__code__.co_name == "wrapper"
    with pytest.raises(SourceNotFound, match="wrapper in compiled code") as caught:
        unwrap(functools.lru_cache(plain))
    assert "__wrapped__" in caught.value.remedy


@pytest.mark.parametrize(
    "fn", [math.sin, np.exp, np.add, len, "".join, operator.itemgetter(1), int, 3.0, None, np.dot]
)
def test_what_has_no_python_source_is_refused(fn):
    for refuse in (unwrap, capture):
        with pytest.raises(SourceNotFound) as caught:
            refuse(fn)
        assert caught.value.code == "AD104" and caught.value.remedy
