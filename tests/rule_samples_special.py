"""Sample calls of the functions of ``scipy.special`` whose domain is not the default's."""

# ruff: noqa: E501 (a table)
# fmt: off

from __future__ import annotations

import numpy as np
from scipy import special as sp

from tests.rule_samples import A, B, Z, add, c

POSITIVE = A * 3
# Bessel functions and their kin
add((sp.jve, sp.yve, sp.hankel1e, sp.hankel2e), c(1.5, POSITIVE), c(2.0, 0.7))
add((sp.hankel1e, sp.hankel2e), c(1.5, Z), c(2.0, 0.7))
add((sp.jvp, sp.yvp, sp.ivp, sp.kvp, sp.h1vp, sp.h2vp), c(1.5, POSITIVE), c(2, 0.7, 2))
add((sp.spherical_jn, sp.spherical_yn, sp.spherical_in, sp.spherical_kn),
    c(2, POSITIVE), c(0, 0.7), c(1, 0.7, derivative=True))
add((sp.ber, sp.bei, sp.ker, sp.kei, sp.berp, sp.beip, sp.kerp, sp.keip, sp.kelvin), c(POSITIVE), c(0.7))
add((sp.struve, sp.modstruve), c(1.5, POSITIVE), c(0, 0.7), c(2, 1.4))
add((sp.besselpoly,), c(0.7, 1.5, 2.0), c(A, 0.3, 1.0))
add((sp.airye,), c(A), c(0.7), c(2.4))
add((sp.itairy,), c(A), c(0.7))
add((sp.itj0y0, sp.iti0k0, sp.it2j0y0, sp.it2i0k0), c(POSITIVE), c(0.7))
add((sp.modfresnelp, sp.modfresnelm), c(A), c(0.7))
add((sp.pbdv, sp.pbvv), c(1.5, A), c(0.3, 0.7))
add((sp.pbwa,), c(0.8, A), c(0.3, 0.7))
add((sp.mathieu_cem, sp.mathieu_sem), c(2, 0.7, 30.0 * A), c(1, 1.4, 25.0))
add((sp.mathieu_modcem1, sp.mathieu_modcem2, sp.mathieu_modsem1, sp.mathieu_modsem2), c(1, 0.7, 0.5), c(2, 1.4, A))
add((sp.mathieu_a, sp.mathieu_b), c(2, A), c(1, 3.4))
add((sp.pro_cv, sp.obl_cv), c(1, 2, A), c(0, 1, 2.3))
ANG, RAD = c(1, 2, 0.7, A), c(1, 2, 0.7, A + 1.5)
add((sp.pro_ang1, sp.obl_ang1), ANG, c(0, 2, 1.3, 0.4))
add((sp.pro_rad1,), RAD, c(0, 1, 1.3, 2.4))
add((sp.obl_rad1,), c(1, 2, 0.7, A + 0.2), c(0, 1, 1.3, 0.9))
PRO, OBL = float(sp.pro_cv(1, 2, 0.7)), float(sp.obl_cv(1, 2, 0.7))
add((sp.pro_ang1_cv,), c(1, 2, 0.7, PRO, A))
add((sp.obl_ang1_cv, sp.obl_rad1_cv), c(1, 2, 0.7, OBL, A))
add((sp.pro_rad1_cv,), c(1, 2, 0.7, PRO, A + 1.5))

# distributions
K = np.array([1.0, 2.0, 3.0])
add((sp.bdtr, sp.bdtrc, sp.bdtri), c(K, 7, A), c(2.0, 5, 0.3))
add((sp.nbdtr, sp.nbdtrc, sp.nbdtri), c(2, 5, A), c(3, 4, 0.3))
add((sp.pdtr, sp.pdtrc), c(K, POSITIVE), c(2.0, 1.3))
add((sp.pdtri,), c(2, A))
add((sp.betaincc, sp.betainccinv), c(1.7, 0.8, A))
add((sp.gdtr, sp.gdtrc, sp.gdtrix), c(1.3, 0.9, A), c(B, 2.1, 0.6))
add((sp.gdtria,), c(A, 1.7, 0.9))
add((sp.chdtr, sp.chdtrc, sp.chdtri), c(3.0, A), c(1.5, 0.7))
add((sp.fdtr, sp.fdtrc, sp.fdtri), c(3.0, 5.0, A), c(1.5, 2.5, 0.7))
add((sp.stdtr,), c(3.0, A - 0.5), c(1.5, 0.7))
add((sp.stdtrit,), c(3.0, A), c(1.5, 0.7))
add((sp.ndtri_exp,), c(-POSITIVE), c(-30.0))
add((sp.nrdtrimn,), c(A, B, 0.3), c(0.7, 1.3, 2.0))
add((sp.nrdtrisd,), c(0.3, A, B), c(0.2, 0.8, 2.0))
add((sp.chndtr,), c(POSITIVE, 3.0, B), c(2.0, 1.5, 0.9))
add((sp.chndtrix,), c(A, 3.0, 0.9))
add((sp.tklmbda,), c(A - 0.5, 0.7), c(0.3, -0.4))
add((sp.voigt_profile,), c(A - 0.5, 0.7, B), c(0.3, 1.2, 0.4))

# polynomials
DEGREES = [c(3, A), c(0, A), c(1, 0.3), c(2.5, 0.4)]
add((sp.eval_legendre, sp.eval_sh_legendre, sp.eval_chebyt, sp.eval_chebyu, sp.eval_chebyc, sp.eval_chebys,
     sp.eval_sh_chebyt, sp.eval_sh_chebyu, sp.eval_laguerre), *DEGREES)
add((sp.eval_hermite, sp.eval_hermitenorm), *DEGREES[:3])
add((sp.eval_jacobi, sp.eval_sh_jacobi), c(3, 2.5, 1.5, A), c(0, 2.5, 1.5, A), c(2.5, 2.5, 1.5, 0.4))
add((sp.eval_gegenbauer, sp.eval_genlaguerre), c(3, 0.7, A), c(0, 0.7, A), c(2.5, 0.7, 0.4))
add((sp.assoc_laguerre,), c(A, 3), c(0.3, 0, 0.7), c(0.4, 2, 1.5))
add((sp.lpmv,), c(1, 2, A), c(0, 0, 0.3), c(2, 3, 0.4), c(1, 2.5, 0.4))
if hasattr(sp, "sph_harm_y"):
    add((sp.sph_harm_y,), c(2, 1, A, B), c(0, 0, 0.3, 0.4), c(3, -3, 0.7, 0.1), c(2, 2, 0.7, 0.1))
add((sp.comb, sp.perm), c(5.3, A), c(7.0, 2.5, exact=False))

# elliptic, hypergeometric and others
add((sp.agm,), c(A, B + 1.0), c(2.0, 0.3))
add((sp.elliprc,), c(A, B), c(0.7, -0.4), c(0.5, 0.5))
add((sp.elliprf, sp.elliprg), c(A, B, 0.7), c(0.5, 0.5, 0.5))
add((sp.ellipj,), c(A, 0.7), c(3.4, B))
add((sp.hyperu,), c(0.7, 1.8, A))
add((sp.wright_bessel,), c(0.7, 1.8, A))
if hasattr(sp, "log_wright_bessel"):
    add((sp.log_wright_bessel,), c(0.7, 1.8, A))
add((sp.multigammaln,), c(A + 2.0, 3), c(1.3, 1))
add((sp.wrightomega,), c(A), c(Z), c(-0.7))
add((sp.radian, ), c(A, B, 0.3))
add((sp.powm1,), c(A, B), c(0.7, -1.3))
add((sp.boxcox, sp.boxcox1p, sp.inv_boxcox, sp.inv_boxcox1p), c(A, 0.3), c(A, 1.4), c(0.5, 0.0), c(0.5, 0.01), c(0.5, -0.3))
