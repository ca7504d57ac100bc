"""Arguments, `argnums`, tangents and results that do not suit a derivative."""

import functools

import numpy as np

import adcompiler as ad

X = np.array([1.0, 2.0, 3.0])


def square(x):
    return x * x


def product(x, y):
    return x * y


def total(*values):
    return values[0] * values[1]


def doubled(x):
    return x * 2.0


def nothing(x):
    pass


def pair(x):
    return x, x * x


def text(x):
    return "x"


def positive(x):
    return x > 0.0


def chosen(x):
    if x > 1.0:
        return np.array([x])
    return np.array([x * x])


def three(x):
    return x, x, x


def itself():
    values = [1.0]
    values.append(values)
    return ad.grad(lambda items: items[0])(values)


def dict_of_lists(x):
    return [{"a": x}, "b"]


CASES = {
    "an integer": lambda: ad.grad(product)(2, 3.0),
    "a boolean": lambda: ad.grad(square)(True),
    "a string": lambda: ad.grad(square)("2.0"),
    "None": lambda: ad.grad(square)(None),
    "an array of integers": lambda: ad.grad(square)(np.array([1, 2])),
    "an array of objects": lambda: ad.grad(square)(np.array([1.0, None])),
    "a list of integers": lambda: ad.grad(lambda v: v[0] * v[1])([1, 2]),
    "a masked array": lambda: ad.grad(square)(np.ma.array([1.0])),
    "a list that contains itself": itself,
    "a complex argument": lambda: ad.jacfwd(square)(2.0j),
    "a real argument with holomorphic": lambda: ad.grad(square, holomorphic=True)(2.0),
    "argnums out of range": lambda: ad.grad(product, 2)(2.0, 3.0),
    "argnums unknown": lambda: ad.grad(product, "z")(2.0, 3.0),
    "argnums twice": lambda: ad.grad(product, (0, "x"))(2.0, 3.0),
    "argnums empty": lambda: ad.grad(product, ())(2.0, 3.0),
    "argnums that are no position": lambda: ad.grad(product, 1.0)(2.0, 3.0),
    "argnums beyond the call": lambda: ad.grad(total, 5)(2.0, 3.0),
    "too few arguments": lambda: ad.grad(product)(2.0),
    "an unknown keyword": lambda: ad.grad(product)(2.0, 3.0, z=1.0),
    "an array as the result": lambda: ad.grad(doubled)(X),
    "no result": lambda: ad.grad(nothing)(2.0),
    "a tuple as the result": lambda: ad.grad(pair)(2.0),
    "arrays as the result of two paths": lambda: ad.grad(chosen)(2.0),
    "a string as the result": lambda: ad.jacobian(text)(2.0),
    "a boolean as the result": lambda: ad.grad(positive)(2.0),
    "a list as the result": lambda: ad.hessian(dict_of_lists)(2.0),
    "a complex result": lambda: ad.grad(square)(2.0 + 1.0j),
    "has_aux without a pair": lambda: ad.grad(three, has_aux=True)(2.0),
    "has_aux in a Jacobian": lambda: ad.differentiate(pair, has_aux=True).jacobian(2.0),
    "an unknown mode": lambda: ad.grad(square, mode="backward")(2.0),
    "an unknown backend": lambda: ad.grad(square, backend="jax")(2.0),
    "a tangent of another shape": lambda: ad.jvp(doubled, (X,), (np.ones(2),)),
    "a tangent of an integer": lambda: ad.jvp(product, (2, 3.0), (1.0, 1.0)),
    "one tangent for two arguments": lambda: ad.jvp(product, (2.0, 3.0), (1.0,)),
    "a cotangent of another structure": lambda: ad.vjp(pair, 2.0)[1](1.0),
    "no vector for a product": lambda: ad.hvp(square)(2.0),
    "a Laplacian by a list": lambda: ad.laplacian(lambda v: v[0] * v[1])([1.0, 2.0]),
    "a gradient of a gradient of an array": lambda: ad.grad(ad.grad(lambda x: np.sum(x * x)))(X),
    "a report of an unknown kind": (
        lambda: ad.differentiate(square).explain(2.0).save("report.docx")
    ),
    "a partial with an unknown name": lambda: ad.grad(functools.partial(product, z=1.0))(2.0),
}
