"""Operations of the IR as Python expressions."""

from __future__ import annotations

import ast
import builtins
import operator
import sys
import types
from typing import Any

import numpy as np

from adcompiler import runtime
from adcompiler.emit.names import RESERVED, sanitised
from adcompiler.errors import InternalError
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Op, Slice, Undef, Var
from adcompiler.ir.types import Array, List, Scalar, is_complex
from adcompiler.rules.contract import REGISTRY, Held
from adcompiler.rules.markers import stop_gradient

BINARY: dict[Any, type[ast.operator]] = {
    operator.add: ast.Add, operator.sub: ast.Sub, operator.mul: ast.Mult,
    operator.truediv: ast.Div, operator.floordiv: ast.FloorDiv, operator.mod: ast.Mod,
    operator.pow: ast.Pow, operator.matmul: ast.MatMult, operator.and_: ast.BitAnd,
    operator.or_: ast.BitOr, operator.xor: ast.BitXor, operator.lshift: ast.LShift,
    operator.rshift: ast.RShift,
}  # fmt: skip
COMPARE: dict[Any, type[ast.cmpop]] = {
    operator.lt: ast.Lt, operator.le: ast.LtE, operator.gt: ast.Gt, operator.ge: ast.GtE,
    operator.eq: ast.Eq, operator.ne: ast.NotEq, operator.is_: ast.Is,
}  # fmt: skip
UNARY: dict[Any, type[ast.unaryop]] = {
    operator.neg: ast.USub, operator.pos: ast.UAdd, operator.invert: ast.Invert,
}  # fmt: skip
_LITERALS = (bool, int, float, complex, str, bytes)
ATTRIBUTES = {np.transpose: "T", np.size: "size", np.real: "real", np.imag: "imag"}


def name(identifier: str) -> ast.Name:
    return ast.Name(identifier, ast.Load())


def call(fn: ast.expr, *args: ast.expr, **kwargs: ast.expr) -> ast.Call:
    return ast.Call(fn, list(args), [ast.keyword(k, x) for k, x in kwargs.items()])


def attribute(value: ast.expr, attr: str) -> ast.Attribute:
    return ast.Attribute(value, attr, ast.Load())


class Expressions:
    """Turns arguments into expressions; remembers what the text has to import and define."""

    def __init__(self, names: dict[Var, str]) -> None:
        self.names = names
        self.modules: dict[str, str] = {}  # module: name in the text
        self.helpers: set[str] = set()
        self.objects: dict[str, Any] = {}  # what can't be imported by name
        self.optional: set[Var] = set()  # arrays that may be None

    # ---- arguments

    def arg(self, arg: Any) -> ast.expr:
        if isinstance(arg, Var):
            return name(self.names[arg])
        if isinstance(arg, Op):
            return self.op(arg)
        if isinstance(arg, Const):
            return self.constant(arg)
        if isinstance(arg, Slice):
            parts = [None if _absent(each) else self.arg(each) for each in arg]
            return ast.Slice(*parts)
        if isinstance(arg, tuple):
            return ast.Tuple([self.arg(each) for each in arg], ast.Load())
        if isinstance(arg, list):
            return ast.List([self.arg(each) for each in arg], ast.Load())
        if arg is None or isinstance(arg, Undef):
            return ast.Constant(None)
        raise InternalError(f"{arg!r} can't be printed")

    def constant(self, const: Const) -> ast.expr:
        if const.name is not None:
            head, _, rest = const.name.partition(".")
            if head.lstrip("-") in ("np", "math") and rest:
                module = "numpy" if head.lstrip("-") == "np" else "math"
                found = attribute(name(self.module(module)), rest)
                return ast.UnaryOp(ast.USub(), found) if head.startswith("-") else found
        value = const.value
        if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType | np.dtype):
            return self.callee(value.type if isinstance(value, np.dtype) else value)
        if isinstance(value, float) and (value != value or value in (np.inf, -np.inf)):
            self.module("numpy")
        if isinstance(value, tuple | list):
            kind = ast.Tuple if isinstance(value, tuple) else ast.List
            return kind([self.constant(Const(x, const.type)) for x in value], ast.Load())
        if not (value is None or value is Ellipsis or isinstance(value, _LITERALS)):
            return self.callee(value)
        return ast.Constant(value)

    def index(self, index: Any) -> ast.expr:
        """What stands in the brackets."""
        if isinstance(index, tuple) and not isinstance(index, Slice):
            items = [self.arg(each) for each in index]
            if len(items) == 1:
                return items[0]
            return ast.Tuple(items, ast.Load())
        return self.arg(index)

    def target(self, base: Any, path: tuple[Any, ...]) -> ast.expr:
        """``base[i][j]``."""
        made = self.arg(base)
        for index in path:
            made = ast.Subscript(made, self.index(index), ast.Load())
        return made

    # ---- names of functions

    def module(self, module: str) -> str:
        found = self.modules.get(module)
        if found is None:
            found = {"numpy": "np"}.get(module, module)
            self.modules[module] = found
        return found

    def callee(self, fn: Any) -> ast.expr:
        """How the text reaches a function or a class."""
        named = "abs" if fn is np.abs else getattr(fn, "__name__", None)
        if named is not None and getattr(builtins, named, None) is fn:
            return name(named)
        if getattr(fn, "__module__", None) == runtime.__name__:
            self.helpers.add(fn.__name__)
            self.module("numpy")
            return name(fn.__name__)
        if isinstance(fn, type) and issubclass(fn, np.generic):
            return attribute(
                name(self.module("numpy")), np.dtype(fn).name if fn is not np.bool_ else "bool_"
            )
        for module in ("numpy", "numpy.linalg", "numpy.fft", "numpy.random", "math", "cmath"):
            space = _import(module)
            if named is not None and getattr(space, named, None) is fn:
                if module.startswith("numpy."):
                    head = attribute(name(self.module("numpy")), module.partition(".")[2])
                    return attribute(head, named)
                return attribute(name(self.module(module)), named)
        fn = fn.fn if isinstance(fn, Held) else fn
        found = _where(fn)
        if found is None:
            return name(self.held(named or type(fn).__name__, fn))
        public, path = found
        head = public.partition(".")[0]
        if head in self.names.values():  # a variable of the user's has the module's name
            self.modules[public] = f"{head}_module"
            return _dotted(f"{head}_module.{path}")
        self.modules[public] = public
        return _dotted(f"{public}.{path}")

    def held(self, wish: str, fn: Any) -> str:
        """The name of what can't be imported: it is put into the text's namespace."""
        taken = {*self.names.values(), *RESERVED}
        base = key = sanitised(wish)
        k = 0
        while key in taken or self.objects.get(key, fn) is not fn:
            k += 1
            key = f"{base}_{k}"
        self.objects[key] = fn
        return key

    # ---- operations

    def op(self, op: Op) -> ast.expr:
        fn, args = op.fn, op.args
        if fn is stop_gradient:
            return self.arg(args[0])
        if fn in BINARY and len(args) == 2:
            return ast.BinOp(self.arg(args[0]), BINARY[fn](), self.arg(args[1]))
        if fn in COMPARE:
            return ast.Compare(self.arg(args[0]), [COMPARE[fn]()], [self.arg(args[1])])
        if fn in UNARY:
            return ast.UnaryOp(UNARY[fn](), self.arg(args[0]))
        if isinstance(fn, n.Prim):
            return getattr(self, f"op_{fn.name}")(op)
        if fn in ATTRIBUTES and len(args) == 1 and not op.kwargs and _is_array(args[0]):
            return attribute(self.arg(args[0]), ATTRIBUTES[fn])
        if fn is operator.getitem:
            return ast.Subscript(self.arg(args[0]), self.arg(args[1]), ast.Load())
        if isinstance(fn, type(str.join)):  # a method, called unbound
            return call(attribute(self.arg(args[0]), fn.__name__), *map(self.arg, args[1:]))
        if fn is np.expand_dims and (op.place is None or op.place.derived):
            widened = self.widened(op)
            if widened is not None:
                return widened
        if fn is np.transpose and _is_array(args[0]) and isinstance(op.kwargs.get("axes"), tuple):
            order = [self.arg(each) for each in op.kwargs["axes"]]
            return call(attribute(self.arg(args[0]), "transpose"), *order)
        if fn is dict:
            (pairs,) = args
            return ast.Dict([self.arg(k) for k, _ in pairs], [self.arg(x) for _, x in pairs])
        made = [self.arg(each) for each in args]
        kwargs = {k: self.arg(each) for k, each in op.kwargs.items()}
        if isinstance(fn, n.Method):
            return call(attribute(made[0], fn.__name__), *made[1:], **kwargs)
        if fn is operator.contains:
            return ast.Compare(made[1], [ast.In()], [made[0]])
        return call(self.callee(fn), *made, **kwargs)

    def widened(self, op: Op) -> ast.expr | None:
        """``np.expand_dims(x, k)`` as people write it: ``x[:, None]``."""
        array, axis = op.args if len(op.args) == 2 else (None, None)
        if not _is_array(array) or not isinstance(axis, Const) or not isinstance(axis.value, int):
            return None
        if _type(array).loose:
            return None
        rank = _type(array).ndim
        at = axis.value % (rank + 1)
        items: list[ast.expr] = [ast.Slice() for _ in range(at)]
        if at == rank > 1:
            items = [ast.Constant(Ellipsis)]
        items.append(ast.Constant(None))
        if at == 0 and rank == 1:
            items.append(ast.Slice())
        index = items[0] if len(items) == 1 else ast.Tuple(items, ast.Load())
        return ast.Subscript(self.arg(array), index, ast.Load())

    def effect(self, stmt: n.Effect, kwargs: dict[str, ast.expr]) -> ast.expr:
        args = [self.arg(each) for each in stmt.args]
        if isinstance(stmt.fn, n.Method):
            return call(attribute(args[0], stmt.fn.__name__), *args[1:], **kwargs)
        return call(self.callee(stmt.fn), *args, **kwargs)

    def numpy(self, attr: str, *args: ast.expr, **kwargs: ast.expr) -> ast.expr:
        return call(attribute(name(self.module("numpy")), attr), *args, **kwargs)

    def op_solved(self, op: Op) -> ast.expr:
        return self.arg(op.args[0])

    op_integral = op_trajectory = op_solved

    def op_attribute(self, op: Op) -> ast.expr:
        return attribute(self.arg(op.args[0]), op.args[1].value)

    def op_read(self, op: Op) -> ast.expr:
        base, index = op.args
        if index == ():
            index_expr: ast.expr = ast.Tuple([], ast.Load())
        else:
            index_expr = self.index(index)
        return ast.Subscript(self.arg(base), index_expr, ast.Load())

    def op_copy(self, op: Op) -> ast.expr:
        (source,) = op.args
        if isinstance(source, Op) and source.fn is n.COPY:
            return self.op_copy(source)  # its own already
        if (
            isinstance(source, Op)
            and source.fn is np.broadcast_to
            and not _is_array(source.args[0])
        ):
            value, shape = source.args
            return self.numpy("full", self.arg(shape), self.arg(value))
        t = op.outs[0].type
        if isinstance(t, Array) and t.loose:
            return self.numpy("copy", self.arg(source))
        copied = call(attribute(self.arg(source), "copy"))
        if isinstance(t, List):
            given_away = op.place is None or op.place.line  # else it is only kept apart
            copied = call(name("list"), self.arg(source))
            if given_away and isinstance(t.elem, Array):
                copied = _comprehension(call(attribute(name("each"), "copy")), self.arg(source))
        if source in self.optional and isinstance(t, Array | List):
            missing = ast.Compare(self.arg(source), [ast.Is()], [ast.Constant(None)])
            return ast.IfExp(missing, ast.Constant(None), copied)
        return copied

    def op_zeros_like(self, op: Op) -> ast.expr:
        (source,) = op.args
        made = self.zeros(op.outs[0].type, self.arg(source))
        if source in self.optional and isinstance(op.outs[0].type, Array | List):
            missing = ast.Compare(self.arg(source), [ast.Is()], [ast.Constant(None)])
            return ast.IfExp(missing, ast.Constant(None), made)
        return made

    def zeros(self, t: Any, like: ast.expr) -> ast.expr:
        if isinstance(t, List):
            if isinstance(t.elem, Array | List):
                return _comprehension(self.zeros(t.elem, name("each")), like)
            zeros = ast.List([ast.Constant(0.0)], ast.Load())
            return ast.BinOp(zeros, ast.Mult(), call(name("len"), like))
        return self.numpy("zeros_like", like)

    def op_cast(self, op: Op) -> ast.expr:
        source, dtype = op.args
        if isinstance(op.outs[0].type, Array):
            return call(attribute(self.arg(source), "astype"), self.arg(dtype))
        plain = {float: "float", complex: "complex", np.int64: "int", np.bool_: "bool"}
        if dtype.value in plain:
            return call(name(plain[dtype.value]), self.arg(source))
        return call(self.callee(np.dtype(dtype.value).type), self.arg(source))

    def op_match(self, op: Op) -> ast.expr:
        bar, like = op.args
        into, t = like.type, _type(bar)
        made = self.arg(bar)
        if isinstance(into, Scalar):
            if isinstance(t, Array):
                made = self.numpy("sum", made)
            if is_complex(t) and not is_complex(into):
                made = attribute(made, "real")
            if (
                into.dtype not in ("float64", "complex128")
                and getattr(t, "dtype", "") != into.dtype
            ):
                made = call(self.callee(np.dtype(into.dtype).type), made)
            return made
        self.helpers.add("unbroadcast")
        self.module("numpy")
        return call(name("unbroadcast"), made, self.arg(like))

    def op_fit(self, op: Op) -> ast.expr:
        dot, like = op.args
        shape: ast.expr = attribute(self.arg(like), "shape")
        if "extra" in op.kwargs:
            tail = ast.Subscript(
                attribute(self.arg(dot), "shape"),
                ast.Slice(ast.UnaryOp(ast.USub(), ast.Constant(1)), None, None),
                ast.Load(),
            )
            shape = ast.BinOp(shape, ast.Add(), tail)
        return self.numpy("broadcast_to", self.arg(dot), shape)

    def op_dim(self, op: Op) -> ast.expr:
        source, axis = op.args
        shape = attribute(self.arg(source), "shape")
        return ast.Subscript(shape, ast.Constant(axis.value), ast.Load())

    def op_length(self, op: Op) -> ast.expr:
        return call(name("len"), self.arg(op.args[0]))

    def op_trips(self, op: Op) -> ast.expr:
        return call(name("len"), self.range(*op.args))

    def range(self, start: Any, stop: Any, step: Any) -> ast.expr:
        args = [self.arg(stop)]
        plain_step = isinstance(step, Const) and step.value == 1
        if not (isinstance(start, Const) and start.value == 0) or not plain_step:
            args.insert(0, self.arg(start))
        if not plain_step:
            args.append(self.arg(step))
        return call(name("range"), *args)

    def op_list(self, op: Op) -> ast.expr:
        return ast.List([self.arg(each) for each in op.args], ast.Load())

    def op_pack(self, op: Op) -> ast.expr:
        return ast.Tuple([self.arg(each) for each in op.args], ast.Load())

    def op_item(self, op: Op) -> ast.expr:
        record, k = op.args
        return ast.Subscript(self.arg(record), ast.Constant(k.value), ast.Load())

    def op_repeat(self, op: Op) -> ast.expr:
        return ast.BinOp(self.arg(op.args[0]), ast.Mult(), self.arg(op.args[1]))

    def op_concat(self, op: Op) -> ast.expr:
        return ast.BinOp(self.arg(op.args[0]), ast.Add(), self.arg(op.args[1]))

    def op_zip_add(self, op: Op) -> ast.expr:
        pair = ast.Tuple([ast.Name("a", ast.Store()), ast.Name("b", ast.Store())], ast.Store())
        both = call(name("zip"), *(self.arg(each) for each in op.args))
        total = ast.BinOp(name("a"), ast.Add(), name("b"))
        return ast.ListComp(total, [ast.comprehension(pair, both, [], 0)])

    def op_winners(self, op: Op) -> ast.expr:
        like, index = op.args
        self.helpers.add("winners")
        self.module("numpy")
        shape = attribute(self.arg(like), "shape")
        items = [self.slice_call(each) for each in index]
        index_expr = items[0] if len(items) == 1 else ast.Tuple(items, ast.Load())
        return call(name("winners"), shape, index_expr)

    def slice_call(self, item: Any) -> ast.expr:
        """An index item outside of brackets."""
        if isinstance(item, Slice):
            return call(name("slice"), *(self.arg(each) for each in item))
        return self.arg(item)

    def op_not(self, op: Op) -> ast.expr:
        (value,) = op.args
        opposite = {
            operator.eq: operator.ne, operator.ne: operator.eq, operator.is_: None,
        }  # fmt: skip
        if isinstance(value, Op) and opposite.get(value.fn) is not None:
            left, right = value.args
            made = ast.Compare(self.arg(left), [COMPARE[opposite[value.fn]]()], [self.arg(right)])
            return made
        return ast.UnaryOp(ast.Not(), self.arg(value))

    def op_choose(self, op: Op) -> ast.expr:
        cond, a, b = op.args
        if _is_const(b, False) or b is cond:
            return self.bool_op(ast.And(), cond, a)
        if _is_const(a, True) or a is cond:
            return self.bool_op(ast.Or(), cond, b)
        return ast.IfExp(self.arg(cond), self.arg(a), self.arg(b))

    def bool_op(self, op: ast.boolop, left: Any, right: Any) -> ast.expr:
        values: list[ast.expr] = []
        for each in (self.arg(left), self.arg(right)):
            same = isinstance(each, ast.BoolOp) and type(each.op) is type(op)
            for value in each.values if isinstance(each, ast.BoolOp) and same else [each]:
                joins = values and isinstance(op, ast.And)
                chained = _chained(values[-1], value) if joins else None
                if chained is None:
                    values.append(value)
                else:
                    values[-1] = chained
        return ast.BoolOp(op, values) if len(values) > 1 else values[0]

    def op_format(self, op: Op) -> ast.expr:
        values: list[ast.expr] = []
        for each in op.args:
            if isinstance(each, Const) and isinstance(each.value, str):
                values.append(ast.Constant(each.value))
            elif isinstance(each, Op) and each.fn is n.FORMATTED:
                values.append(self.field(each))
            else:
                values.append(ast.FormattedValue(self.arg(each), -1, None))
        return ast.JoinedStr(values)

    def op_formatted(self, op: Op) -> ast.expr:
        return ast.JoinedStr([self.field(op)])

    def field(self, op: Op) -> ast.FormattedValue:
        value, conversion, spec = op.args
        code = {"": -1, "!s": 115, "!r": 114, "!a": 97}[conversion.value]
        inner = ast.JoinedStr([ast.Constant(spec.value)]) if spec.value else None
        return ast.FormattedValue(self.arg(value), code, inner)


def _type(arg: Any) -> Any:
    return arg.type


def _is_array(arg: Any) -> bool:
    return isinstance(arg, Var | Op) and isinstance(_type(arg), Array)


def _absent(arg: Any) -> bool:
    return arg is None or (isinstance(arg, Const) and arg.value is None)


def _is_const(arg: Any, value: Any) -> bool:
    return isinstance(arg, Const) and arg.value is value


def _comprehension(element: ast.expr, over: ast.expr) -> ast.expr:
    return ast.ListComp(element, [ast.comprehension(ast.Name("each", ast.Store()), over, [], 0)])


def _import(module: str) -> Any:
    return sys.modules.get(module)


def _dotted(path: str) -> ast.expr:
    head, *rest = path.split(".")
    made: ast.expr = name(head)
    for part in rest:
        made = attribute(made, part)
    return made


def _where(fn: Any) -> tuple[str, str] | None:
    """The module from which ``fn`` can be had, and its name there."""
    path = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", None)
    module = getattr(fn, "__module__", None)
    if isinstance(path, str) and isinstance(module, str):
        parts = [p for p in module.split(".") if not p.startswith("_")]
        for candidate in [".".join(parts[:k]) for k in range(len(parts), 0, -1)] + [module]:
            if _reached(candidate, path) is fn and candidate != "__main__":
                return candidate, path
    if isinstance(fn, np.ufunc) and _reached("scipy.special", fn.__name__) is fn:
        return "scipy.special", fn.__name__
    rule = REGISTRY.find(fn)
    if rule is not None:  # an object: a variable of the module that declares its rule
        for each in (rule.partials, rule.transpose, *rule.jvp.values()):
            home = getattr(each, "__module__", None)
            if home is not None and home != "__main__":
                for key, value in vars(_import(home) or object).items():
                    if value is fn:
                        return home, key
    return None


def _chained(first: ast.expr, second: ast.expr) -> ast.Compare | None:
    """``a < b and b < c`` as ``a < b < c``."""
    if not (isinstance(first, ast.Compare) and isinstance(second, ast.Compare)):
        return None
    middle = first.comparators[-1]
    if not isinstance(middle, ast.Name) or ast.dump(middle) != ast.dump(second.left):
        return None
    ops, comparators = [*first.ops, *second.ops], [*first.comparators, *second.comparators]
    return ast.Compare(first.left, ops, comparators)


def _reached(module: str, path: str) -> Any:
    found = _import(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return found
