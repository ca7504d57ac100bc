"""Every rule in every mode: a fixed sample of what ``python -m tests.rules_full`` checks."""

from __future__ import annotations

import numpy as np
import pytest

from adcompiler.rules.contract import REGISTRY, Rule
from tests import rule_accuracy, rule_checks
from tests.rule_cases import DERIVED, cases, operands_without_samples
from tests.rule_checks import Check, sampled

POINTS = 12


@pytest.mark.parametrize("rule", DERIVED, ids=lambda rule: rule.name)
def test_rule(rule: Rule) -> None:
    wrong, checked = [], 0
    for check in sampled(rule):
        wrong += [f"{mode}: {check.case}: {what}" for mode, what in check.run()]
        checked += sum(check.checked.values())
    assert checked, "no sample calls of it in rule_samples*.py"
    assert not wrong, "\n".join(wrong)
    missing = operands_without_samples(rule)
    assert not missing, f"operands that no sample differentiates: {missing}"


@pytest.mark.parametrize("rule", rule_accuracy.RULES, ids=lambda rule: rule.name)
def test_partial_is_accurate(rule: Rule) -> None:
    wrong = rule_accuracy.inaccurate(rule, POINTS)
    assert not wrong, "\n".join(wrong)


# ---- the tester is tested (``tests/mutate_rules`` does so for all rules)


@pytest.mark.parametrize("fn", [np.exp, np.multiply, np.linalg.solve, np.concatenate, np.std])
@pytest.mark.parametrize("mode", ["forward", "reverse", "many", "second"])
def test_a_derivative_wrong_by_a_thousandth_is_caught(fn, mode, monkeypatch) -> None:
    """What is compared is put off by a thousandth; the references are not."""
    rule = REGISTRY.find(fn)
    case = next(iter(cases(rule)))
    assert not Check(case).run()
    name = {"forward": "jvp", "reverse": "vjp", "many": "jacfwd", "second": "hvp"}[mode]
    original = getattr(rule_checks.ad, name)

    def off(found):
        if isinstance(found, tuple | list):
            return type(found)(map(off, found))
        return found * 1.001

    def wrong(*args, **kwargs):
        found = original(*args, **kwargs)
        if mode == "forward":
            return found[0], off(found[1])
        if mode == "reverse":
            return found[0], lambda bar: off(found[1](bar))
        return lambda *xs: off(found(*xs))

    monkeypatch.setattr(rule_checks.ad, name, wrong)
    failures = dict(Check(case).run())
    curved = fn in (np.exp, np.multiply, np.linalg.solve, np.std)
    assert any(each.startswith(mode) for each in failures) == (mode != "second" or curved)
