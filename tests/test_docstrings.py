"""The examples in the package's docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import adcompiler
from adcompiler.rules.contract import REGISTRY

MODULES = [
    module.name
    for module in pkgutil.walk_packages(adcompiler.__path__, "adcompiler.")
    if not module.name.endswith("__main__")
]


@pytest.fixture
def rules_as_they_were():
    """The examples that declare a rule declare it for the whole process."""
    before = list(REGISTRY)
    yield
    for rule in before:
        REGISTRY.add(rule)


@pytest.mark.parametrize("name", ["adcompiler", *MODULES])
@pytest.mark.usefixtures("rules_as_they_were")
def test_docstrings(name):
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name)):
        runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)
