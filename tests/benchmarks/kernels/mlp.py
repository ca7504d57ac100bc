"""A perceptron with one hidden layer and softmax cross-entropy."""

import numpy as np

from tests.benchmarks.kernels.contract import Array, Size

title = "MLP 64-128-10"
kind = "vectorised"
wrt = (0, 1, 2, 3)


def arguments(size: Size = "full") -> tuple[Array, ...]:
    """Weights and biases of two layers, inputs, one-hot labels."""
    batch, inputs, hidden, classes = (128, 64, 128, 10) if size == "full" else (3, 4, 5, 2)
    rng = np.random.default_rng(5)
    return (
        rng.standard_normal((inputs, hidden)) / np.sqrt(inputs),
        0.1 * rng.standard_normal(hidden),
        rng.standard_normal((hidden, classes)) / np.sqrt(hidden),
        0.1 * rng.standard_normal(classes),
        rng.standard_normal((batch, inputs)),
        np.eye(classes)[rng.integers(classes, size=batch)],
    )


def primal(W1: Array, b1: Array, W2: Array, b2: Array, X: Array, labels: Array) -> float:
    """Mean cross-entropy over the batch."""
    hidden = np.tanh(X @ W1 + b1)
    logits = hidden @ W2 + b2
    logits = logits - np.max(logits, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(logits), axis=1)) - np.sum(labels * logits, axis=1))


def gradient(
    W1: Array, b1: Array, W2: Array, b2: Array, X: Array, labels: Array
) -> tuple[Array, ...]:
    """Records nothing; the logits become their own adjoint."""
    hidden = X @ W1
    hidden += b1
    np.tanh(hidden, out=hidden)
    logits = hidden @ W2
    logits += b2
    logits -= logits.max(axis=1, keepdims=True)
    logits_bar = np.exp(logits, out=logits)
    # one-hot labels are not taken for granted: each row may have any total weight
    logits_bar *= labels.sum(axis=1, keepdims=True) / logits_bar.sum(axis=1, keepdims=True)
    logits_bar -= labels
    logits_bar *= 1.0 / len(X)
    W2_bar = hidden.T @ logits_bar
    hidden_bar = logits_bar @ W2.T
    hidden *= hidden
    np.subtract(1.0, hidden, out=hidden)
    hidden_bar *= hidden
    return X.T @ hidden_bar, hidden_bar.sum(axis=0), W2_bar, logits_bar.sum(axis=0)
