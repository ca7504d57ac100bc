"""What is printed, asserted and raised is printed, asserted and raised once."""


def checked(x, name):
    assert x > 0.0, f"{name} is {x}"
    y = x * x
    print(f"{name}: {y:.3f}")
    if y > 100.0:
        raise ValueError(f"{name} is too large")
    return y * x


FUNCTION = checked
ARGS = (1.5, "height")
WRT = "x"
KINDS = ("primal", "grad")
