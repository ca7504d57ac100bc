"""The second sweep over a record that is kept on one path only."""


def f(value):
    p = value
    if p > 1.05969:
        while p < 6.7:
            p *= value
    return p


def args():
    return (-0.88,)


WRT = (0,)
