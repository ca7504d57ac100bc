"""Train a small neural network to read handwritten digits, from scratch.

Backpropagation is reverse mode: one sweep back through the network gives the derivative by all its
parameters, kept in a dict. The images are those of scikit-learn (1797 of 8 × 8 points, from the UCI
repository); steps follow Kingma and Ba's *Adam* (2015). Differences would take a call of the loss
for each parameter.
"""

import sys
import time

import numpy as np

import adcompiler as ad

try:
    from sklearn.datasets import load_digits
except ImportError:
    sys.exit("this example needs scikit-learn: pip install adcompiler[examples]")
try:
    from matplotlib.figure import Figure
except ImportError:
    Figure = None


def scores(parameters, images):
    hidden = np.tanh(images @ parameters["W1"] + parameters["b1"])
    return hidden @ parameters["W2"] + parameters["b2"]


@ad.differentiate
def loss(parameters, images, labels):
    """Mean cross entropy of the softmax of the scores, with a little weight decay."""
    z = scores(parameters, images)
    z = z - np.max(z, axis=1, keepdims=True)
    log_sums = np.log(np.sum(np.exp(z), axis=1))
    decay = np.sum(parameters["W1"] ** 2) + np.sum(parameters["W2"] ** 2)
    return np.mean(log_sums - z[np.arange(labels.size), labels]) + 1e-4 * decay


def train(parameters, images, labels, rng, epochs=30, batch=64, rate=3e-3):
    """Adam; returns the parameters and the loss of each batch."""
    mean = {name: np.zeros_like(value) for name, value in parameters.items()}
    square = {name: np.zeros_like(value) for name, value in parameters.items()}
    losses = []
    for _ in range(epochs):
        order = rng.permutation(labels.size)
        for first in range(0, labels.size, batch):
            chosen = order[first : first + batch]
            value, gradient = loss.value_and_grad(parameters, images[chosen], labels[chosen])
            losses.append(value)
            k = len(losses)
            for name, slope in gradient.items():
                mean[name] = 0.9 * mean[name] + 0.1 * slope
                square[name] = 0.999 * square[name] + 0.001 * slope**2
                scale = np.sqrt(square[name] / (1.0 - 0.999**k)) + 1e-8
                parameters[name] = parameters[name] - rate * mean[name] / (1.0 - 0.9**k) / scale
    return parameters, losses


def difference(parameters, name, place, *data, step=1e-6):
    """One number of the gradient, by central differences."""
    values = []
    for sign in (1.0, -1.0):
        moved = {key: value.copy() for key, value in parameters.items()}
        moved[name][place] += sign * step
        values.append(loss(moved, *data))
    return (values[0] - values[1]) / (2.0 * step)


def best_time(call, repeats=20):
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return 1e3 * min(times)


def main():
    digits = load_digits()
    images, labels = digits.data / 16.0, digits.target
    rng = np.random.default_rng(0)
    order = rng.permutation(labels.size)
    seen, unseen = order[:1400], order[1400:]
    parameters = {
        "W1": rng.standard_normal((64, 48)) / 8.0,
        "b1": np.zeros(48),
        "W2": rng.standard_normal((48, 10)) / 7.0,
        "b2": np.zeros(10),
    }
    count = sum(value.size for value in parameters.values())

    data = images[seen[:64]], labels[seen[:64]]
    gradient = loss.grad(parameters, *data)
    places = {"W1": (20, 5), "b1": (3,), "W2": (7, 2), "b2": (9,)}
    distance = max(
        abs(gradient[name][place] - difference(parameters, name, place, *data))
        for name, place in places.items()
    )
    forward = best_time(lambda: loss(parameters, *data))
    backward = best_time(lambda: loss.value_and_grad(parameters, *data))
    print(f"{count} parameters; a few partials, distance from differences: {distance:.1e}")
    print(f"loss of a batch of 64       {forward:9.3f} ms")
    print(f"loss and its gradient       {backward:9.3f} ms")
    print(f"differences, {count + 1} losses {forward * (count + 1):10.1f} ms\n")

    begin = time.perf_counter()
    parameters, losses = train(parameters, images[seen], labels[seen], rng)
    elapsed = time.perf_counter() - begin
    right = np.argmax(scores(parameters, images[unseen]), axis=1) == labels[unseen]
    print(f"{len(losses)} steps in {elapsed:.1f} s: loss {losses[0]:.2f} -> {losses[-1]:.3f}")
    print(f"read correctly, of {unseen.size} images not seen before: {100.0 * right.mean():.1f} %")
    if distance > 1e-8 or right.mean() < 0.95:
        raise SystemExit("the network did not learn")

    if Figure is None:
        print("no plot: matplotlib is not installed")
        return
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.semilogy(losses)
    axes.set(xlabel="step", title="Loss of each batch")
    figure.savefig("neural_network.png", dpi=120)
    print("plot: neural_network.png")


if __name__ == "__main__":
    main()
