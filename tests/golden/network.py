"""Parameters in a dict; matrix products and a broadcast row."""

import numpy as np


def network(params, X, y):
    hidden = np.tanh(X @ params["W1"] + params["b1"])
    out = hidden @ params["W2"] + params["b2"]
    return np.mean((out - y) ** 2)


FUNCTION = network
ARGS = (
    {
        "W1": np.array([[0.1, -0.3, 0.2], [0.4, 0.5, -0.6]]),
        "b1": np.array([0.1, 0.0, -0.1]),
        "W2": np.array([0.7, -0.2, 0.3]),
        "b2": 0.05,
    },
    np.array([[1.0, 2.0], [0.5, -1.0], [0.3, 0.8], [-0.7, 0.2]]),
    np.array([0.2, 0.7, -0.1, 0.0]),
)
WRT = "params"
KINDS = ("value_and_grad",)
