"""A list that grows in a loop, and is read afterwards."""


def path_of_states(x, r, n):
    states = []
    for i in range(n):
        x = r * x * (1.0 - x)
        states.append(x)
    return sum(state * state for state in states)


FUNCTION = path_of_states
ARGS = (0.3, 2.9, 4)
WRT = ("x", "r")
KINDS = ("primal", "grad")
