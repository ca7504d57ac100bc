"""The benchmark kernels: one module each, described in ``contract.Kernel``."""

from tests.benchmarks.kernels import (
    burgers,
    gauss_seidel,
    gmm,
    heat,
    logistic,
    lstm,
    mlp,
    nbody,
    newton,
    rk4,
    rosenbrock,
)
from tests.benchmarks.kernels.contract import Kernel

KERNELS: dict[str, Kernel] = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        rk4,
        rosenbrock,
        burgers,
        heat,
        nbody,
        logistic,
        mlp,
        gauss_seidel,
        newton,
        gmm,
        lstm,
    )
}
