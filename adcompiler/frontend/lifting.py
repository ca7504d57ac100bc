"""What functions of the IR read of the functions around them becomes parameters of theirs.

Before, with ``%c`` of the function around::

    fn f(%x) { %y = apply f(%t); return %y * %c }

After::

    fn f(%x, %c.1) { %y = apply f(%t, %c.1); return %y * %c.1 }

("Lambda lifting", Johnsson 1985.)
"""

from __future__ import annotations

from typing import Any

from adcompiler.ir import nodes as n
from adcompiler.ir.nodes import Apply, Function, Var
from adcompiler.ir.rewrite import substituted


def lift(made: list[Any], functions: dict[str, Function]) -> None:
    """Give the functions their free values as further parameters, and their calls these."""
    free = {spec.name: dict.fromkeys(_free(spec.function)) for spec in made}
    own = {s.name: _defined(s.function) for s in made}
    inside = {s.name: [c for c in _calls(s.function) if c.callee in free] for s in made}
    grown = True
    while grown:
        grown = False
        for spec in made:
            for each in inside[spec.name]:
                for var in free[each.callee]:
                    if var not in free[spec.name] and var not in own[spec.name]:
                        free[spec.name][var] = None
                        grown = True
    effects = _effects(made, inside)
    for spec in made:
        assert spec.function is not None
        spec.free = list(free[spec.name])
        for each in inside[spec.name]:
            each.args = (*each.args, *free[each.callee])
            each.effects = effects[each.callee]
        swap = {var: Var(var.type, var.hint, var.user) for var in spec.free}
        body = substituted(spec.function.body, swap)
        params = [*spec.function.params, *swap.values()]
        spec.function = functions[spec.name] = Function(spec.name, params, body)


def _effects(made: list[Any], inside: Any) -> dict[str, bool]:
    effects = {spec.name: has_effects(spec.function) for spec in made}
    for _ in made:
        for spec in made:
            effects[spec.name] |= any(effects[each.callee] for each in inside[spec.name])
    return effects


def has_effects(function: Any) -> bool:
    return any(
        isinstance(each, n.Effect | n.Raise) or (isinstance(each, Apply) and each.effects)
        for each in n.walk(function.body)
    )


def _calls(function: Any) -> list[Apply]:
    return [each for each in n.walk(function.body) if isinstance(each, Apply)]


def _defined(function: Any) -> set[Var]:
    return _bound(function.params, function.body)


def _bound(params: list[Var], body: Any) -> set[Var]:
    found = set(params)
    for stmt in n.walk(body):
        found.update(stmt.outs)
        for region in n.regions(stmt):
            found.update(region.params)
    return found


def _free(function: Any) -> list[Var]:
    return free_values(function.params, function.body)


def free_values(params: list[Var], body: Any) -> list[Var]:
    """What a region reads and doesn't define, in order."""
    defined = _bound(params, body)
    read: dict[Var, None] = {}

    def see(atoms: Any) -> None:
        for atom in n.flatten(list(atoms)):
            if isinstance(atom, Var) and atom not in defined:
                read[atom] = None

    for stmt in n.walk(body):
        see(n.operands(stmt))
        for region in n.regions(stmt):
            see(region.results)
    see(body.results)
    return list(read)


__all__ = ["free_values", "has_effects", "lift"]
