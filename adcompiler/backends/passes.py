"""What is done to a kernel between lowering and printing."""

from __future__ import annotations

from adcompiler.backends.accumulate import accumulate
from adcompiler.backends.contract import contract
from adcompiler.backends.copies import read_copies
from adcompiler.backends.fuse import fuse
from adcompiler.backends.hoist import hoist
from adcompiler.backends.inline import inline
from adcompiler.backends.lengths import settle
from adcompiler.backends.loops import Kernel, verify
from adcompiler.backends.reciprocals import reciprocals
from adcompiler.backends.recompute import recompute

PASSES = (
    settle,  # lengths first: loops are fused where their lengths are the same
    read_copies,
    recompute,
    fuse,
    contract,  # what one loop now writes and reads needs no memory
    hoist,
    accumulate,
    reciprocals,
    inline,
)


def improve(kernel: Kernel) -> None:
    """Make a kernel faster and shorter, in place."""
    for each in PASSES:
        each(kernel)
        verify(kernel)
