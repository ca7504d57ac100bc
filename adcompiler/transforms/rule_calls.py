"""A rule's lambdas, read as source and inlined where a derivative statement needs them."""

from __future__ import annotations

from typing import Any

from adcompiler.errors import AdcompilerError, BadRule, NoRule, SourceNotFound
from adcompiler.frontend import calls
from adcompiler.frontend import values as v
from adcompiler.frontend.context import Frame
from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Const, Op, Var
from adcompiler.ir.types import Opaque
from adcompiler.rules.contract import Rule, place_of


class RuleCalls:
    """Inlines rules' functions through the lowering that made the primal."""

    def __init__(self, lowering: Any) -> None:
        self.lw = lowering

    def named_arguments(self, rule: Rule, op: Op) -> dict[str, Any]:
        """The call's arguments by the names of the rule's signature."""
        bound: dict[str, Any] = {}
        names = list(rule.signature.parameters.values())
        args = list(op.args)
        for parameter in names:
            if parameter.kind is parameter.VAR_POSITIONAL:
                bound[parameter.name] = tuple(args)
                args = []
            elif args:
                bound[parameter.name] = args.pop(0)
            elif parameter.name in op.kwargs:
                bound[parameter.name] = op.kwargs[parameter.name]
            elif parameter.default is not parameter.empty:
                bound[parameter.name] = parameter.default
        return bound

    def call(self, rule: Rule, fn: Any, bindings: dict[str, Any]) -> Any:
        """Inline ``fn``, one of ``rule``'s functions, with parameters bound by name.

        Returns atoms (tuples of them).
        """
        lw = self.lw
        try:
            source = lw.program.source_of(fn)
        except SourceNotFound as error:
            raise BadRule(
                f"a rule's function can't be read: {error.reason}",
                place=self.user_place() or place_of(fn),
                remedy="define the rule in a file or a notebook cell",
            ) from error
        node = source.node
        saved_state, saved_frames = lw.state, lw.frames
        lw.state = v.State({}, v.Heap(), {}, {})
        lw.frames = []
        reading = lw.reading_rule, lw.never_raises
        lw.reading_rule, lw.never_raises = True, self.precision(rule, bindings)
        place = lw.builder.place
        cells = dict(zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True))
        frame = Frame(
            lw.new_id(),
            _Silent(source),
            fn,
            None,
            fn.__globals__,
            cells,
            calls._stored(node),
            None,
            fn.__name__,
        )
        try:
            wanted = [
                p.arg for p in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            ]
            defaults = dict(zip(wanted[::-1], (fn.__defaults__ or ())[::-1], strict=False))
            kwargs = {}
            for name in wanted:
                if name in bindings:
                    kwargs[name] = self.value(bindings[name])
                elif name in defaults:
                    kwargs[name] = self.value(defaults[name])
                else:
                    raise BadRule(
                        f"a rule's function reads '{name}', which this call doesn't give",
                        remedy="give it a default in the rule's args=",
                    )
            result = calls.run_body(lw, frame, node, (), kwargs, (), {})
            return self.atoms(result)
        except AdcompilerError as error:
            raise self.located(error, fn, place) from error
        finally:
            lw.state, lw.frames = saved_state, saved_frames
            lw.reading_rule, lw.never_raises = reading
            lw.builder.place = place

    def precision(self, rule: Rule, bindings: dict[str, Any]) -> str | None:
        """In which of NumPy's floats a rule computes; None where Python's own raise as the
        function does."""
        y = bindings.get("y")
        if rule.raises and not self.lw.builder.is_numpys(y):
            return None
        dtype = getattr(getattr(y, "type", None), "dtype", "float64")
        return dtype if dtype in ("float16", "float32") else "float64"

    def partials(self, rule: Rule, op: Op, bindings: dict[str, Any]) -> tuple[Any, ...]:
        """The partial derivatives of an elementwise call, one for each operand."""
        assert rule.partials is not None
        found = self.call(rule, rule.partials, {**bindings, "y": op.outs[0]})
        made = found if isinstance(found, tuple) else (found,)
        self.check(rule, rule.partials, len(made), len(rule.operands), "partial derivative(s)")
        return made

    def check(self, rule: Rule, fn: Any, given: int, wanted: int, what: str) -> None:
        if given != wanted:
            raise BadRule(
                f"the rule of {rule.name} returns {given} {what}; it has to return {wanted}",
                place=place_of(fn),
            )

    def user_place(self) -> Any:
        """Where the user calls the function whose rule is read."""
        place = self.lw.builder.place
        if place is None or place.source is None or place.node is None:
            return None
        return place.source.place(place.node)

    def located(self, error: AdcompilerError, fn: Any, place: Any) -> AdcompilerError:
        """What a rule refuses is refused where the user calls the function."""
        if place is None or place.source is None or place.node is None:
            return error
        at = place.source.place(place.node)
        kind = BadRule if isinstance(error, BadRule) else NoRule
        return kind(error.reason, place=at, remedy=error.remedy, code=error.code)

    def value(self, arg: Any) -> Any:
        """An IR argument as the value that lowering works with."""
        lw = self.lw
        if isinstance(arg, Var):
            return lw.wrap(arg)
        if isinstance(arg, Const):
            if isinstance(arg.type, Opaque):
                return v.Static(arg.value)
            return arg
        if isinstance(arg, list):
            return v.ListV(lw.cell(v.Items(tuple(self.value(each) for each in arg))))
        if isinstance(arg, tuple) and not isinstance(arg, n.Slice):
            return v.TupleV(tuple(self.value(each) for each in arg))
        if arg is None or isinstance(arg, str | type):
            return v.Static(arg)
        if isinstance(arg, bool | int | float | complex):
            return lw.lift(arg)
        return arg

    def atoms(self, value: Any) -> Any:
        """What a lambda returned: an atom, None, or a tuple of these."""
        if isinstance(value, v.Static) and value.value is None:
            return None
        if isinstance(value, v.TupleV):
            return tuple(self.atoms(each) for each in value.items)
        if isinstance(value, v.ListV):
            content = self.lw.content(value.cell)
            if isinstance(content, v.Items):
                return tuple(self.atoms(each) for each in content.items)
            return content.lists[0]
        return self.lw.atom(value)


class _Silent:
    """A rule's source: its places are not the user's, so its statements keep the user's place."""

    def __init__(self, source: Any) -> None:
        self.node = source.node

    def place(self, node: Any) -> None:
        return None
