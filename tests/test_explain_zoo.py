"""Traces of every program of the zoo: their adjoints against the independent oracles; their counts
against those of the emitted text.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import adcompiler as ad
from adcompiler.explain.arithmetic import KINDS
from tests.oracles import leaves, reference_gradient
from tests.test_zoo import over_programs, quietly, tolerance
from tests.zoo import Program


@over_programs
def test_trace(program: Program):
    """Of every program of the zoo that is differentiated at all."""
    f = ad.differentiate(program.fn, argnums=program.wrt)
    try:
        quietly(f.grad, *program.args())
    except ad.errors.AdcompilerError as refusal:
        pytest.skip(f"no gradient: {str(refusal).splitlines()[0]}")
    trace = quietly(f.trace, *program.args())
    expected = reference_gradient(program.fn, program.args(), program.wrt)
    wanted = [np.ravel(leaf) for _, leaf in leaves(expected)]
    found = [np.ravel(each) for each in trace.gradient]
    rtol = tolerance(program, 1e-9)
    scale = max((np.max(np.abs(x), initial=1.0) for x in wanted), default=1.0)
    assert_allclose(
        np.concatenate(found) if found else [],
        np.concatenate(wanted) if wanted else [],
        rtol=rtol,
        atol=rtol * scale,
    )
    along = sum(
        np.vdot(np.conj(bar), np.ravel(dot)) for bar, dot in zip(found, trace.seeds[0], strict=True)
    )
    if trace.result.number is not None:
        slope = trace.tangents[f"v{trace.result.number}"][0]
        assert_allclose(np.real(along), np.real(np.sum(slope)), rtol=1e-4, atol=1e-6)
    _, text = quietly(trace.point.emitted("primal").measured)
    graph = trace.counts.textbook.primal
    # equal values are one value of the graph, and may be computed twice by the text
    assert all(getattr(graph, kind) <= getattr(text, kind) for kind in KINDS), (graph, text)
