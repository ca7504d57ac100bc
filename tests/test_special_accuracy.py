"""Partials of special functions against mpmath's derivative of mpmath's function."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from adcompiler.optional import optional
from adcompiler.rules.contract import REGISTRY
from tests.test_rules_numeric import Call

special = optional("scipy.special")
if special is None:
    pytest.skip("needs SciPy", allow_module_level=True)


def power(base):
    """``base**l - 1`` over ``l``."""
    return lambda l: (mp.mpf(base) ** l - 1) / l


def t_distribution(t):
    constant = mp.gamma(2.0) / mp.sqrt(3 * mp.pi) / mp.gamma(1.5)
    return constant * mp.quad(lambda u: (1 + u * u / 3) ** -2, [-mp.inf, t])


CASES = [  # function, arguments, the one that is differentiated by, the function of it
    ("boxcox", (0.7, 0.3), 1, power(0.7)),
    ("boxcox", (0.7, 1e-9), 1, power(0.7)),
    ("boxcox1p", (0.7, -0.2), 1, power(1.7)),
    ("inv_boxcox", (0.7, 0.01), 1, lambda l: (1 + l * mp.mpf(0.7)) ** (1 / l)),
    ("inv_boxcox", (0.7, 0.5), 1, lambda l: (1 + l * mp.mpf(0.7)) ** (1 / l)),
    ("powm1", (0.7, 1e-8), 1, lambda b: mp.mpf(0.7) ** b - 1),
    ("agm", (0.7, 1.9), 0, lambda a: mp.agm(a, mp.mpf(1.9))),
    ("agm", (1.0, 1.0000001), 1, lambda b: mp.agm(1, b)),
    ("elliprf", (0.3, 0.9, 1.7), 0, lambda x: mp.elliprf(x, mp.mpf(0.9), mp.mpf(1.7))),
    ("elliprg", (0.3, 0.9, 1.7), 1, lambda y: mp.elliprg(mp.mpf(0.3), y, mp.mpf(1.7))),
    ("elliprc", (0.3, 0.9), 1, lambda y: mp.elliprc(mp.mpf(0.3), y)),
    ("elliprc", (0.3, -0.9), 1, lambda y: mp.elliprc(mp.mpf(0.3), y)),
    ("stdtr", (3.0, -40.0), 1, t_distribution),
    ("fdtr", (3.0, 5.0, 0.7), 2, lambda x: mp.betainc(1.5, 2.5, 0, 3 * x / (5 + 3 * x), True)),
    ("chdtr", (3.0, 0.7), 1, lambda x: mp.gammainc(1.5, 0, x / 2, True)),
    ("eval_legendre", (7, 0.3), 1, lambda x: mp.legendre(7, x)),
    ("eval_jacobi", (5, 1.5, 0.5, 0.3), 3, lambda x: mp.jacobi(5, 1.5, 0.5, x)),
    ("eval_gegenbauer", (4, 0.7, 0.3), 2, lambda x: mp.gegenbauer(4, mp.mpf(0.7), x)),
    ("eval_hermite", (6, 0.3), 1, lambda x: mp.hermite(6, x)),
    ("eval_genlaguerre", (4, 0.7, 0.3), 2, lambda x: mp.laguerre(4, mp.mpf(0.7), x)),
    ("struve", (1.5, 2.3), 1, lambda x: mp.struveh(1.5, x)),
    ("modstruve", (1.5, 2.3), 1, lambda x: mp.struvel(1.5, x)),
    ("ber", (1.3,), 0, lambda x: mp.ber(0, x)),
    ("kei", (1.3,), 0, lambda x: mp.kei(0, x)),
    ("berp", (1.3,), 0, lambda x: mp.diff(lambda t: mp.ber(0, t), x)),
    ("wrightomega", (0.7,), 0, lambda x: mp.lambertw(mp.exp(x))),
    ("hyperu", (0.7, 1.8, 0.9), 2, lambda x: mp.hyperu(mp.mpf(0.7), mp.mpf(1.8), x)),
    ("spherical_jn", (2, 1.7), 1, lambda z: mp.sqrt(mp.pi / 2 / z) * mp.besselj(2.5, z)),
    ("lpmv", (1, 2, 0.4), 2, lambda x: mp.legenp(2, 1, x, type=2)),
]


@pytest.mark.parametrize(("name", "args", "position", "exact"), CASES)
def test_partial(name, args, position, exact):
    rule = REGISTRY.find(getattr(special, name))
    partial = Call(rule, args, {}).partial(list(rule.signature.parameters)[position])
    with mp.workdps(40):
        slope = mp.re(mp.diff(exact, mp.mpf(args[position])))
        assert abs(mp.mpf(float(np.real(partial))) / slope - 1) < 8e-15


def test_no_noncentrality_is_a_limit():
    rule = REGISTRY.find(special.chndtr)
    at_zero = Call(rule, (2.0, 3.0, 0.0), {})
    near = Call(rule, (2.0, 3.0, 1e-12), {})
    for name in ("x", "nc"):
        assert at_zero.partial(name) == pytest.approx(near.partial(name), rel=1e-11)
