"""``scipy.ndimage``: filters, linear in the image.

The adjoint of a filter under a boundary mode: the filter's own adjoint without boundaries, on a
wider image, whose margins are then added to the elements that the mode filled them from. Weights,
widths and the value outside are constants.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from adcompiler.rules.contract import excuse, not_yet, static, structural
from adcompiler.rules.selection import flat_positions, scatter

# ---- boundaries


@static
def padding(mode):
    """What ``np.pad`` calls a boundary mode."""
    known = {
        "reflect": "symmetric", "grid-mirror": "symmetric", "nearest": "edge",
        "mirror": "reflect", "wrap": "wrap", "grid-wrap": "wrap",
        "constant": "constant", "grid-constant": "constant",
    }  # fmt: skip
    return known.get(mode)


def margins(a, width, axis):
    """``width`` at both ends of one axis, or of all."""
    if axis is None:
        return tuple((width, width) for _ in range(a.ndim))
    return tuple((width, width) if k == axis % a.ndim else (0, 0) for k in range(a.ndim))


def folded(z, a, around, mode):
    """The adjoint of an image from that of the wider one."""
    how = padding(mode)
    assert how is not None, "derivatives of filters need one of SciPy's boundary modes"
    if how == "constant":
        return np.reshape(z[np.pad(np.ones(a.shape, dtype=bool), around)], a.shape)
    return scatter(z, np.pad(flat_positions(a), around, mode=how), a)


# ---- filters by weights: a correlation is the adjoint of the convolution with the same weights


def along_axis(function, other):
    structural(
        function,
        args="input, weights, axis=-1, *, mode='reflect', cval=0.0, origin=0",
        jvp={
            "input": lambda input_dot, weights, axis, mode, origin: function(
                input_dot, weights, axis, mode=mode, origin=origin
            )
        },
        vjp={
            "input": lambda y_bar, input, weights, axis, mode, origin: along_axis_back(
                other, y_bar, input, weights, axis, mode, origin
            )
        },
    )


def along_axis_back(other, y_bar, a, weights, axis, mode, origin):
    around = margins(a, np.size(weights), axis)
    z = other(np.pad(y_bar, around), weights, axis, mode="constant", origin=origin)
    return folded(z, a, around, mode)


along_axis(ndimage.correlate1d, ndimage.convolve1d)
along_axis(ndimage.convolve1d, ndimage.correlate1d)


def in_all_axes(function, other):
    structural(
        function,
        args="input, weights, *, mode='reflect', cval=0.0, origin=0",
        jvp={
            "input": lambda input_dot, weights, mode, origin: function(
                input_dot, weights, mode=mode, origin=origin
            )
        },
        vjp={
            "input": lambda y_bar, input, weights, mode, origin: in_all_axes_back(
                other, y_bar, input, weights, mode, origin
            )
        },
    )


def in_all_axes_back(other, y_bar, a, weights, mode, origin):
    around = tuple((n, n) for n in np.shape(weights))
    z = other(np.pad(y_bar, around), weights, mode="constant", origin=origin)
    return folded(z, a, around, mode)


in_all_axes(ndimage.correlate, ndimage.convolve)
in_all_axes(ndimage.convolve, ndimage.correlate)

# ---- means


def mean_weights(size):
    return np.full(size, 1.0 / size)


structural(
    ndimage.uniform_filter1d,
    args="input, size, axis=-1, *, mode='reflect', cval=0.0, origin=0",
    jvp={
        "input": lambda input_dot, size, axis, mode, origin: ndimage.uniform_filter1d(
            input_dot, size, axis, mode=mode, origin=origin
        )
    },
    vjp={
        "input": lambda y_bar, input, size, axis, mode, origin: along_axis_back(
            ndimage.convolve1d, y_bar, input, mean_weights(size), axis, mode, origin
        )
    },
)


def uniform_back(y_bar, a, size, mode):
    assert np.ndim(size) == 0, "derivatives of ndimage.uniform_filter need a single size"
    around = margins(a, size, None)
    z = np.pad(y_bar, around)
    for axis in range(a.ndim):
        z = ndimage.convolve1d(z, mean_weights(size), axis, mode="constant")
    return folded(z, a, around, mode)


structural(
    ndimage.uniform_filter,
    args="input, size=3, *, mode='reflect', cval=0.0",
    jvp={"input": lambda input_dot, size, mode: ndimage.uniform_filter(input_dot, size, mode=mode)},
    vjp={"input": lambda y_bar, input, size, mode: uniform_back(y_bar, input, size, mode)},
)

# ---- Gaussians: even orders are symmetric, odd ones antisymmetric


def reach(sigma, truncate, radius):
    assert np.ndim(sigma) == 0, "derivatives of Gaussian filters need a single sigma"
    return int(truncate * sigma + 0.5) if radius is None else radius


def gaussian_back(y_bar, a, sigma, axis, order, mode, truncate, radius):
    around = margins(a, reach(sigma, truncate, radius), axis)
    z = ndimage.gaussian_filter1d(
        np.pad(y_bar, around), sigma, axis, order, mode="constant", truncate=truncate,
        radius=radius,
    )  # fmt: skip
    return folded(z if order % 2 == 0 else -z, a, around, mode)


def gaussian_back_everywhere(y_bar, a, sigma, order, mode, truncate, radius):
    assert np.ndim(order) == 0, "derivatives of ndimage.gaussian_filter need a single order"
    around = margins(a, reach(sigma, truncate, radius), None)
    z = ndimage.gaussian_filter(
        np.pad(y_bar, around), sigma, order, mode="constant", truncate=truncate, radius=radius
    )
    return folded(z if order * a.ndim % 2 == 0 else -z, a, around, mode)


structural(
    ndimage.gaussian_filter1d,
    args="input, sigma, axis=-1, order=0, *, mode='reflect', cval=0.0, truncate=4.0, radius=None",
    jvp={
        "input": lambda input_dot, sigma, axis, order, mode, truncate, radius: (
            ndimage.gaussian_filter1d(
                input_dot, sigma, axis, order, mode=mode, truncate=truncate, radius=radius
            )
        )
    },
    vjp={
        "input": lambda y_bar, input, sigma, axis, order, mode, truncate, radius: gaussian_back(
            y_bar, input, sigma, axis, order, mode, truncate, radius
        )
    },
)
structural(
    ndimage.gaussian_filter,
    args="input, sigma, order=0, *, mode='reflect', cval=0.0, truncate=4.0, radius=None",
    jvp={
        "input": lambda input_dot, sigma, order, mode, truncate, radius: ndimage.gaussian_filter(
            input_dot, sigma, order, mode=mode, truncate=truncate, radius=radius
        )
    },
    vjp={
        "input": lambda y_bar, input, sigma, order, mode, truncate, radius: (
            gaussian_back_everywhere(y_bar, input, sigma, order, mode, truncate, radius)
        )
    },
)

# ---- differences


def edge_filter(function):
    """A difference along one axis, smoothed along the others: antisymmetric."""
    structural(
        function,
        args="input, axis=-1, *, mode='reflect', cval=0.0",
        jvp={"input": lambda input_dot, axis, mode: function(input_dot, axis, mode=mode)},
        vjp={
            "input": lambda y_bar, input, axis, mode: folded(
                -function(np.pad(y_bar, margins(input, 1, None)), axis, mode="constant"),
                input,
                margins(input, 1, None),
                mode,
            )
        },
    )


edge_filter(ndimage.sobel)
edge_filter(ndimage.prewitt)
structural(
    ndimage.laplace,
    args="input, *, mode='reflect', cval=0.0",
    jvp={"input": lambda input_dot, mode: ndimage.laplace(input_dot, mode=mode)},
    vjp={
        "input": lambda y_bar, input, mode: folded(
            ndimage.laplace(np.pad(y_bar, margins(input, 1, None)), mode="constant"),
            input,
            margins(input, 1, None),
            mode,
        )
    },
)

# ---- others

not_yet(
    (
        ndimage.gaussian_laplace, ndimage.gaussian_gradient_magnitude, ndimage.generic_laplace,
        ndimage.generic_gradient_magnitude,
    ),
    "use ndimage.gaussian_filter with order=1 or order=2",
)  # fmt: skip
not_yet(
    (
        ndimage.maximum_filter, ndimage.minimum_filter, ndimage.median_filter,
        ndimage.percentile_filter, ndimage.rank_filter, ndimage.maximum_filter1d,
        ndimage.minimum_filter1d, ndimage.generic_filter, ndimage.generic_filter1d,
    ),
    "reduce over shifted slices",
)  # fmt: skip
not_yet(
    (
        ndimage.shift, ndimage.zoom, ndimage.rotate, ndimage.affine_transform,
        ndimage.map_coordinates, ndimage.geometric_transform, ndimage.spline_filter,
        ndimage.spline_filter1d,
    ),
    "interpolate with np.interp or with indices",
)  # fmt: skip
excuse(
    (
        ndimage.correlate1d, ndimage.convolve1d, ndimage.correlate, ndimage.convolve,
        ndimage.uniform_filter1d, ndimage.uniform_filter, ndimage.gaussian_filter1d,
        ndimage.gaussian_filter, ndimage.sobel, ndimage.prewitt, ndimage.laplace,
    ),
    "empty",
    "no edge of nothing can be extended: np.pad raises",
)  # fmt: skip
