"""Real arguments, complex numbers in between."""


def response(omega, damping):
    h = 1.0 / (1.0 - omega**2 + 2.0j * damping * omega)
    return abs(h) ** 2


FUNCTION = response
ARGS = (0.8, 0.1)
WRT = ("omega", "damping")
KINDS = ("grad",)
