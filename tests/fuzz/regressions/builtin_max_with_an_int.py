"""The built-in max and min of a number and an int literal."""


def f(x):
    return min(2, 3 * x) + max(0, x) ** 2 + max([0, x]) * max(sum(-0.3 for j in range(0)), x)


def args():
    return (1.3,)


WRT = (0,)
