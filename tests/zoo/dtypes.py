"""float32, complex intermediates, integers and booleans beside active values."""

import cmath

import numpy as np

from . import program

F32 = np.array([0.4, 1.3, -0.2], dtype=np.float32)


@program(args=(F32,), tags=("float32",))
def single_precision_sum(u):
    return np.sum(u * u) + np.sum(np.exp(u))


@program(args=(F32, np.float32(0.7)), wrt=(0, 1), tags=("float32",))
def single_precision_scalar(u, x):
    return np.sum(u * x) ** 2 + x


@program(args=(F32, np.array([0.5, 1.5, 2.5])), wrt=(0, 1), tags=("float32",))
def mixed_precision(u, v):
    return np.sum(u * v) + np.sum(u.astype(np.float64) ** 2)


@program(args=(F32, 0), tags=("float32",))
def single_precision_zero_trips(u, n):
    for _ in range(n):
        u = u * 2.0
    return u.sum()


@program(args=(F32,), tags=("float32",))
def single_precision_in_place(u):
    v = np.zeros(3, dtype=u.dtype)
    v += u
    v[1:] *= 2.0
    return np.sum(v**2)


@program(args=(np.array([0.4, 1.3]),))
def cast_down_and_up(u):
    v = u.astype(np.float64, copy=False)
    return np.sum(v**2)


@program(args=(np.array([0.4, 1.3]), np.array([2, 3])))
def integer_array_exponent(u, n):
    return np.sum(u**n) + np.sum(n * u) + n[0] * u[1]


@program(args=(np.array([0.4, 1.3]), np.array([True, False])))
def boolean_array_weight(u, keep):
    return np.sum(u * keep) + np.sum(u**2 * ~keep)


@program(args=(0.4,))
def integer_accumulator_promoted(x):
    total = np.zeros(3, dtype=int) + x
    total[0] = 2
    return np.sum(total**2)


@program(args=(0.4,))
def integer_powers_of_array(x):
    n = np.arange(1, 5)
    return np.sum(x**n / n)


@program(args=(0.7, 1.9), wrt=(0, 1), tags=("complex",))
def complex_magnitude(a, b):
    z = complex(a, b)
    w = z * z + 1.0
    return abs(w) ** 2 + w.real * w.imag


@program(args=(np.array([0.7, 1.9]),), tags=("complex",))
def complex_array(u):
    z = u * np.exp(1j * u)
    return np.sum(np.abs(z) ** 2) + np.sum(z.real) + np.sum(np.imag(z) * u)


@program(args=(0.7,), tags=("complex",))
def complex_rotation(x):
    z = np.exp(1j * x) * (1.0 + 2.0j)
    return (z * np.conj(z)).real + z.imag


@program(args=(0.7, 2.0), wrt=(0, 1), tags=("complex",))
def impedance(r, w):
    z = r + 1j * w * 0.5 + 1.0 / (1j * w * 0.2)
    return np.abs(1.0 / z) + np.angle(z)


@program(args=(np.array([0.7, 1.9]),), tags=("complex",))
def complex_buffer(u):
    z = np.zeros(2, dtype=complex)
    z[0] = u[0] + 1j * u[1]
    z[1] = z[0] ** 2
    z *= 1j
    return np.sum(z.real * z.imag)


@program(args=(np.array([0.7 + 0.2j, 1.9 - 0.4j]),), tags=("complex",), second_order=False)
def complex_argument(z):
    return np.sum(np.abs(z) ** 2) + np.sum((z * z).real)


@program(args=(0.7,), tags=("complex",))
def complex_roots(x):
    root = cmath.sqrt(-x)
    return root.imag**2 + abs(root) * x


@program(args=(np.array([0.7, 1.9]), np.array([1.0 + 2.0j, 0.5 - 1.0j])), tags=("complex",))
def complex_constant_array(u, c):
    z = u @ c
    return abs(z) + (z * z).real


@program(args=(0.3,))
def numpy_integer_index_arithmetic(x):
    n = np.int64(3)
    k = n // 2
    return x**n + k * x / n


@program(args=(np.array([[0.4, 1.3]]),))
def dtype_tests(u):
    if u.dtype.kind == "f" and np.issubdtype(u.dtype, np.floating):
        return np.sum(u**2)
    return np.sum(u)
