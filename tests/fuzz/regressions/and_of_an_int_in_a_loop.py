"""A loop's int in an `and`: its truth value is recorded, or not needed."""


def f(x):
    for i in range(1, 4):
        if i and x < 5.0:
            x = x * x
    return x * (2.0 if i and x < 5.0 else x)


def args():
    return (1.1,)


WRT = (0,)
