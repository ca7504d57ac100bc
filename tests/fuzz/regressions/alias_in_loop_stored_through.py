"""A list's alias bound in a loop, beside one that an inner loop binds, then stored through."""


def f(z):
    for step in range(len(z)):
        a = z
        for j in range(1, 4, 2):
            r = z
        a[0] = 0.5
    return z[1] ** 2


def args():
    return ([-0.77, -0.45],)


WRT = (0,)
