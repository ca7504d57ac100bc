"""What is no mathematical function of numbers, so that every callable of NumPy has an answer."""

from __future__ import annotations

import numpy as np

from adcompiler.rules.contract import not_yet, undefined, zero

# ---- windows: functions of an integer

zero((np.bartlett, np.blackman, np.hamming, np.hanning), args="M")

# ---- sets

not_yet(
    (
        np.intersect1d,
        np.setxor1d,
        np.unique_all,
        np.unique_counts,
        np.unique_inverse,
    ),
    "select elements by positions",
)
not_yet((np.histogram2d, np.histogramdd), "only its edges have a derivative: count by masks")
not_yet(np.sort_complex, "select elements by positions")
if hasattr(np, "row_stack"):  # deprecated
    not_yet(np.row_stack, "use np.vstack", args="tup")
not_yet((np.asmatrix, np.bmat, np.require), "use np.asarray")
not_yet(np.fromiter, "use np.array of a list")

# ---- nodes and weights of quadratures: functions of an integer

zero(
    (
        np.polynomial.legendre.leggauss,
        np.polynomial.chebyshev.chebgauss,
        np.polynomial.laguerre.laggauss,
        np.polynomial.hermite.hermgauss,
        np.polynomial.hermite_e.hermegauss,
    ),
    args="deg",
)
zero((np.polynomial.chebyshev.chebpts1, np.polynomial.chebyshev.chebpts2), args="npts")

# ---- indices and bits

zero((np.diag_indices_from, np.tril_indices_from, np.triu_indices_from, np.mask_indices))
zero((np.ix_, np.unravel_index, np.ravel_multi_index, np.broadcast_shapes))
undefined((np.packbits, np.unpackbits), "bits have no derivative")

# ---- properties of objects

zero((np.isdtype, np.isfortran, np.isnat, np.issubdtype, np.iterable))
zero((np.may_share_memory, np.shares_memory, np.common_type, np.min_scalar_type))
zero((np.mintypecode, np.typename, np.einsum_path, np.get_include))
zero((np.geterr, np.seterr, np.geterrcall, np.seterrcall, np.getbufsize, np.setbufsize))
zero((np.get_printoptions, np.set_printoptions, np.printoptions))

# ---- text, files, dates, memory

undefined(
    (
        np.array2string,
        np.array_repr,
        np.array_str,
        np.base_repr,
        np.binary_repr,
        np.format_float_positional,
        np.format_float_scientific,
    ),
    "text has no derivative",
)
undefined(
    (
        np.fromfile,
        np.fromregex,
        np.fromstring,
        np.genfromtxt,
        np.load,
        np.loadtxt,
        np.save,
        np.savetxt,
        np.savez,
        np.savez_compressed,
    ),
    "it reads or writes a file or text",
)
undefined(
    (
        np.busday_count,
        np.busday_offset,
        np.is_busday,
        np.datetime_as_string,
        np.datetime_data,
    ),
    "dates have no derivative",
)
undefined(
    (np.frombuffer, np.from_dlpack, np.nested_iters), "it reads memory by other means than values"
)
undefined((np.info, np.show_config, np.show_runtime), "it computes nothing")
