"""The examples in the package's docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import adcompiler

MODULES = [
    module.name
    for module in pkgutil.walk_packages(adcompiler.__path__, "adcompiler.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", ["adcompiler", *MODULES])
def test_docstrings(name):
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name)):
        runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)
