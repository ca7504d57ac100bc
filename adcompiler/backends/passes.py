"""What is done to a kernel between lowering and printing."""

from __future__ import annotations

from adcompiler.backends.loops import Kernel


def improve(kernel: Kernel) -> None:
    pass
