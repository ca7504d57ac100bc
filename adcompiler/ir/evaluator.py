"""The oracle of every pass: the IR, executed as it reads, by the plainest means.

Values are values: whatever changes an array or a list makes a new one, so that no result depends
on who else holds the operand. Slow on purpose, and not recursive in Python: neither a deep nest
of branches nor a deep recursion of the program's functions meets an interpreter's limit.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

import numpy as np

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Function, Prim, Region, Slice, Stmt, Undef, Var

Env = dict[Var, Any]
Task = Generator[Any, Any, list[Any]]  # yields the task it waits for, returns results


class _Unbound:
    """What an unbound name holds: it may be passed on, never read."""

    def __repr__(self) -> str:
        return "undef"


UNBOUND = _Unbound()


def evaluate(
    function: Function, args: Sequence[Any], program: Mapping[str, Function] | None = None
) -> list[Any]:
    """The results of ``function`` at ``args``, which are left as they are.

    ``program`` holds the functions that ``apply`` calls. Raises what the program raises;
    UnboundLocalError where an undefined value is read.
    """
    stack: list[Task] = [_call(function, args, program or {})]
    value: Any = None
    while True:
        try:
            stack.append(stack[-1].send(value))
            value = None
        except StopIteration as done:
            stack.pop()
            value = done.value
            if not stack:
                return value


def _call(function: Function, args: Sequence[Any], program: Mapping[str, Function]) -> Task:
    env: Env = dict(zip(function.params, args, strict=True))
    return (yield _region(function.body, env, program))


def _region(region: Region, env: Env, program: Mapping[str, Function]) -> Task:
    for stmt in region.stmts:
        if isinstance(stmt, n.Op):
            result = execute(stmt, env)
            results = [result] if len(stmt.outs) == 1 else list(result)
        elif isinstance(stmt, n.If) and stmt.catches:
            try:
                results = yield _region(stmt.then, env, program)
            except stmt.catches:
                results = yield _region(stmt.orelse, env, program)
        elif isinstance(stmt, n.If):
            branch = stmt.then if operand(stmt.cond, env) else stmt.orelse
            results = yield _region(branch, env, program)
        elif isinstance(stmt, n.For):
            results = yield _for(stmt, env, program)
        elif isinstance(stmt, n.While):
            results = yield _while(stmt, env, program)
        elif isinstance(stmt, n.Apply):
            results = yield _call(program[stmt.callee], operand(stmt.args, env), program)
        elif isinstance(stmt, n.Closure):
            results = [_closure(stmt, env, program)]
        else:
            results = effect(stmt, env)
        env.update(zip(stmt.outs, results, strict=True))
    return [moved(each, env) for each in region.results]


def _closure(stmt: n.Closure, env: Env, program: Mapping[str, Function]) -> Any:
    """What a solver calls."""
    free = [each for each in env if each not in stmt.body.params]
    made = Function("closure", [*free, *stmt.body.params], stmt.body)
    held = [env[each] for each in free]

    def called(*args: Any) -> Any:
        (result,) = evaluate(made, [*held, *args], program)
        return result

    return called


def _for(stmt: n.For, env: Env, program: Mapping[str, Function]) -> Task:
    carried = [moved(each, env) for each in stmt.inits]
    for i in range(*operand((stmt.start, stmt.stop, stmt.step), env)):
        env.update(zip(stmt.body.params, [i, *carried], strict=True))
        carried = yield _region(stmt.body, env, program)
        if stmt.until is not None and _known(carried[stmt.until]):
            break
    return carried


def _while(stmt: n.While, env: Env, program: Mapping[str, Function]) -> Task:
    carried = [moved(each, env) for each in stmt.inits]
    while True:
        env.update(zip(stmt.test.params, carried, strict=True))
        (go_on,) = yield _region(stmt.test, env, program)
        if not _known(go_on):
            return carried
        env.update(zip(stmt.body.params, carried, strict=True))
        carried = yield _region(stmt.body, env, program)
        if stmt.until is not None and _known(carried[stmt.until]):
            return carried


def effect(stmt: Stmt, env: Env) -> list[Any]:
    if isinstance(stmt, n.Raise):
        raise stmt.fn(*operand(stmt.args, env))
    assert isinstance(stmt, n.Effect), stmt
    kwargs = {key: operand(each, env) for key, each in stmt.kwargs.items()}
    result = stmt.fn(*operand(stmt.args, env), **kwargs)
    return [result] if stmt.outs else []


def execute(stmt: n.Op, env: Env) -> Any:
    if stmt.fn in (n.COPY, n.ZEROS_LIKE) and moved(stmt.args[0], env) is UNBOUND:
        return UNBOUND  # the adjoint of what this path does not bind
    args = operand(stmt.args, env)
    kwargs = {key: operand(each, env) for key, each in stmt.kwargs.items()}
    fn = PRIMITIVES[stmt.fn] if isinstance(stmt.fn, Prim) else stmt.fn
    return fn(*args, **kwargs)


# ---- operands


def moved(atom: Any, env: Env) -> Any:
    """The value of an atom that is only passed on."""
    if isinstance(atom, Undef):
        return UNBOUND
    return env[atom] if isinstance(atom, Var) else atom.value


def _known(value: Any) -> Any:
    if value is UNBOUND:
        raise UnboundLocalError("an undefined value is read")
    return value


def operand(arg: Any, env: Env) -> Any:
    """The value of an argument: of an atom, a slice, or a tuple or list of arguments."""
    if isinstance(arg, Var):
        return _known(env[arg])
    if isinstance(arg, Const):
        return arg.value
    if arg is None:
        return None
    if isinstance(arg, Slice):
        return slice(*(operand(each, env) for each in arg))
    if isinstance(arg, tuple | list):
        return type(arg)(operand(each, env) for each in arg)
    assert isinstance(arg, Undef), f"{arg!r} is no operand"
    return _known(UNBOUND)


# ---- primitives


def _copy(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    return list(value) if isinstance(value, list) else value


def _get(base: Any, index: Any) -> Any:
    return _copy(base[index])


def _update(base: Any, path: tuple[Any, ...], value: Any) -> Any:
    index, *rest = path
    if rest:
        value = _update(_get(base, index), tuple(rest), value)
    assert isinstance(base, np.ndarray | list), f"{type(base).__name__} can't be updated"
    made = _copy(base)
    made[index] = value
    return made


def _add_at(base: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Nested paths add up too: the transpose of reading through them, one index after another."""
    index, *rest = path
    if rest:
        value = _add_at(_zeros_like(_get(base, index)), tuple(rest), value)
    assert isinstance(base, np.ndarray | list), f"{type(base).__name__} can't be updated"
    made = _copy(base)
    if isinstance(made, np.ndarray):
        np.add.at(made, index, value)
    else:
        made[index] = _plus(made[index], value)
    return made


def _plus(a: Any, b: Any) -> Any:
    if isinstance(a, list | tuple):
        return type(a)(_plus(p, q) for p, q in zip(a, b, strict=True))
    return a + b


def _cast(value: Any, dtype: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.astype(dtype)
    return np.asarray(value).astype(dtype)[()]


def _zeros_like(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_zeros_like(each) for each in value)
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    return type(value)(0)


def _match(bar: Any, like: Any) -> Any:
    """The adjoint of broadcasting ``like`` to the shape of ``bar``."""
    shape = np.shape(like)
    made = np.asarray(bar)
    made = made.sum(axis=tuple(range(made.ndim - len(shape))))
    axes = [k for k, length in enumerate(shape) if length == 1 and made.shape[k] != 1]
    made = made.sum(axis=tuple(axes), keepdims=True)
    assert made.shape == shape, f"an adjoint of shape {np.shape(bar)} for a value of shape {shape}"
    if not np.iscomplexobj(like):
        made = made.real
    dtype = np.asarray(like).dtype
    if dtype.kind in "fc":  # after zero trips a float may hold an integer: its adjoint does not
        made = made.astype(dtype)
    return np.array(made) if isinstance(like, np.ndarray) else made[()]


def _fit(dot: Any, like: Any, extra: int = 0) -> Any:
    """``dot`` broadcast to ``like``'s shape; with ``extra``, but for its last axis (directions)."""
    shape = np.shape(like) + (np.shape(dot)[-1:] if extra else ())
    made = np.broadcast_to(dot, shape).copy()
    return made if extra or isinstance(like, np.ndarray) else made[()]


def _winners(like: Any, index: Any) -> Any:
    """Every write stores its number; the numbers found there afterwards won."""
    cells = np.full(np.shape(like), -1)
    numbers = np.arange(np.size(cells[index])).reshape(np.shape(cells[index]))
    cells[index] = numbers
    return cells[index] == numbers


def _drop(items: list[Any]) -> list[Any]:
    assert items, "drop from an empty list"
    return items[:-1]


PRIMITIVES: dict[Prim, Any] = {
    n.READ: _get,
    n.UPDATE: _update,
    n.ADD_AT: _add_at,
    n.CAST: _cast,
    n.COPY: _copy,
    n.ZEROS_LIKE: _zeros_like,
    n.MATCH: _match,
    n.FIT: _fit,
    n.DIM: lambda value, axis: value.shape[axis],
    n.LENGTH: len,
    n.ATTRIBUTE: getattr,
    **dict.fromkeys(n.IMPLICIT, lambda value, *_, **__: value),
    n.LIST: lambda *items: list(items),
    n.APPEND: lambda items, item: [*items, item],
    n.DROP: _drop,
    n.REPEAT: lambda items, k: items * k,
    n.CONCAT: lambda items, more: [*items, *more],
    n.ZIP_ADD: lambda items, more: [a + b for a, b in zip(items, more, strict=True)],
    n.TRIPS: lambda start, stop, step: len(range(start, stop, step)),
    n.NOT: lambda value: not value,
    n.FORMATTED: lambda value, conversion, spec: f"{{{conversion}:{spec}}}".format(value),
    n.FORMAT: lambda *parts: "".join(map(str, parts)),
    n.WINNERS: _winners,
    n.ITEM: lambda record, k, of=None: record[k],
    n.PACK: lambda *items: items,
}
