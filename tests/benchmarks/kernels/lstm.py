"""A character model of LSTM layers with diagonal weights (the shape of ADBench's LSTM problem)."""

import numpy as np

from tests.benchmarks.kernels.contract import Array, Size

title = "LSTM 2 layers"
kind = "vectorised"
wrt = (0, 1, 2)


def arguments(size: Size = "full") -> tuple[Array, ...]:
    """Weights and biases of the gates, of input and output, first states, text (one-hot).

    The gates are forget, input, output, change.
    """
    layers, width, length = (2, 14, 1024) if size == "full" else (2, 3, 5)
    rng = np.random.default_rng(8)
    return (
        rng.standard_normal((layers, 4, width)),
        rng.standard_normal((layers, 4, width)),
        rng.standard_normal((3, width)),
        0.1 * rng.standard_normal((layers, width)),
        0.1 * rng.standard_normal((layers, width)),
        np.eye(width)[rng.integers(width, size=length)],
    )


def sigmoid(x: Array) -> Array:
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-x))


def primal(
    weights: Array, biases: Array, ends: Array, hidden: Array, cell: Array, text: Array
) -> float:
    """Mean negative log-probability of each next character."""
    hidden = hidden.copy()
    cell = cell.copy()
    total = 0.0
    for t in range(len(text) - 1):
        x = text[t] * ends[0]
        for layer in range(len(weights)):
            w = weights[layer]
            b = biases[layer]
            forget_gate = sigmoid(x * w[0] + b[0])
            input_gate = sigmoid(hidden[layer] * w[1] + b[1])
            output_gate = sigmoid(x * w[2] + b[2])
            change = np.tanh(hidden[layer] * w[3] + b[3])
            cell[layer] = cell[layer] * forget_gate + input_gate * change
            x = output_gate * np.tanh(cell[layer])
            hidden[layer] = x
        logits = x * ends[1] + ends[2]
        log_probability = logits - np.log(np.sum(np.exp(logits)))
        total += np.sum(text[t + 1] * log_probability)
    return -total / (len(text) - 1)


def gradient(
    weights: Array, biases: Array, ends: Array, hidden: Array, cell: Array, text: Array
) -> tuple[Array, ...]:
    """Saves hidden and cell states once a step, one row each; gates are recomputed."""
    steps, layers = len(text) - 1, len(weights)
    hiddens = np.empty((steps + 1, *hidden.shape))
    cells = np.empty_like(hiddens)
    hiddens[0] = hidden
    cells[0] = cell
    for t in range(steps):
        x = text[t] * ends[0]
        for layer in range(layers):
            forget_gate, input_gate, output_gate, change = _gates(
                weights[layer], biases[layer], x, hiddens[t, layer]
            )
            c = cells[t, layer] * forget_gate
            c += input_gate * change
            cells[t + 1, layer] = c
            x = hiddens[t + 1, layer] = output_gate * np.tanh(c)
    weights_bar = np.zeros_like(weights)
    biases_bar = np.zeros_like(biases)
    ends_bar = np.zeros_like(ends)
    hidden_bar = np.zeros_like(hidden)
    cell_bar = np.zeros_like(cell)
    gates_bar = np.empty_like(weights[0])
    inputs = np.empty_like(gates_bar)
    for t in range(steps - 1, -1, -1):
        x = hiddens[t + 1, -1]
        logits_bar = _logits_bar(x * ends[1] + ends[2], text[t + 1], steps)
        ends_bar[2] += logits_bar
        ends_bar[1] += logits_bar * x
        x_bar = logits_bar * ends[1]
        for layer in range(layers - 1, -1, -1):
            x = hiddens[t + 1, layer - 1] if layer else text[t] * ends[0]
            h, w = hiddens[t, layer], weights[layer]
            forget_gate, input_gate, output_gate, change = _gates(w, biases[layer], x, h)
            tanh_c = np.tanh(cells[t + 1, layer])
            h_bar = hidden_bar[layer] + x_bar
            h_out_bar = h_bar * output_gate
            c_bar = cell_bar[layer] + h_out_bar * (1.0 - tanh_c * tanh_c)
            cell_bar[layer] = c_bar * forget_gate
            gates_bar[0] = cell_bar[layer] * cells[t, layer] * (1.0 - forget_gate)
            gates_bar[1] = c_bar * change * input_gate * (1.0 - input_gate)
            gates_bar[2] = h_out_bar * tanh_c * (1.0 - output_gate)
            gates_bar[3] = c_bar * input_gate * (1.0 - change * change)
            biases_bar[layer] += gates_bar
            inputs[::2] = x
            inputs[1::2] = h
            inputs *= gates_bar
            weights_bar[layer] += inputs
            gates_bar *= w
            x_bar = gates_bar[0] + gates_bar[2]
            np.add(gates_bar[1], gates_bar[3], out=hidden_bar[layer])
        ends_bar[0] += x_bar * text[t]
    return weights_bar, biases_bar, ends_bar


def reformulated(
    weights: Array, biases: Array, ends: Array, hidden: Array, cell: Array, text: Array
) -> tuple[Array, ...]:
    """Layer by layer: only the recurrences loop over time, everything else takes all times at once.

    Saves the states, and the gates and slopes of all times.
    """
    steps, layers = len(text) - 1, len(weights)
    inputs, saved = text[:-1] * ends[0], []
    for layer in range(layers):
        w, b = weights[layer], biases[layer]
        outer = sigmoid(inputs[:, None, :] * w[::2] + b[::2])
        forget_gates, output_gates = outer[:, 0], outer[:, 1]
        # sigmoid(a) = (1 + tanh(a / 2)) / 2, so that one tanh serves both inner gates
        w_inner = w[1::2] * np.array([[0.5], [1.0]])
        b_inner = b[1::2] * np.array([[0.5], [1.0]])
        inner = np.empty((steps, *w_inner.shape))
        hiddens = np.empty((steps + 1, *hidden[layer].shape))
        cells = np.empty_like(hiddens)
        h, c = hiddens[0], cells[0] = hidden[layer], cell[layer]
        for t, (gates, forget_gate, output_gate) in enumerate(
            zip(inner, forget_gates, output_gates, strict=True), start=1
        ):
            np.multiply(w_inner, h, out=gates)
            gates += b_inner
            np.tanh(gates, out=gates)
            input_gate, change = gates
            input_gate *= 0.5
            input_gate += 0.5
            c = c * forget_gate
            c += input_gate * change
            cells[t] = c
            h = np.tanh(c)
            h *= output_gate
            hiddens[t] = h
        saved.append((inputs, outer, inner, hiddens, cells))
        inputs = hiddens[1:]
    logits = inputs * ends[1] + ends[2]
    probabilities = np.exp(logits)
    probabilities *= (np.sum(text[1:], axis=1) / np.sum(probabilities, axis=1))[:, None]
    logits_bar = (probabilities - text[1:]) / steps
    ends_bar = np.empty_like(ends)
    ends_bar[2] = np.sum(logits_bar, axis=0)
    ends_bar[1] = np.sum(logits_bar * inputs, axis=0)
    outputs_bar = logits_bar * ends[1]
    weights_bar = np.empty_like(weights)
    biases_bar = np.empty_like(biases)
    for layer in range(layers - 1, -1, -1):
        w = weights[layer]
        inputs, outer, inner, hiddens, cells = saved[layer]
        forget_gates, output_gates = outer[:, 0], outer[:, 1]
        input_gates, changes = inner[:, 0], inner[:, 1]
        tanh_c = np.tanh(cells[1:])
        hidden_to_cell = output_gates * (1.0 - tanh_c**2)
        input_slope = changes * input_gates * (1.0 - input_gates)
        change_slope = input_gates * (1.0 - changes**2)
        cell_to_hidden = input_slope * w[1] + change_slope * w[3]
        hiddens_bar, cells_bar = outputs_bar, np.empty_like(tanh_c)
        h_bar = np.zeros_like(hidden[layer])
        c_bar = np.zeros_like(h_bar)
        for t in range(steps - 1, -1, -1):
            hiddens_bar[t] += h_bar
            c_bar += hiddens_bar[t] * hidden_to_cell[t]
            cells_bar[t] = c_bar
            np.multiply(c_bar, cell_to_hidden[t], out=h_bar)
            c_bar *= forget_gates[t]
        gates_bar = np.empty((steps, *w.shape))
        gates_bar[:, 0] = cells_bar * cells[:-1] * forget_gates * (1.0 - forget_gates)
        gates_bar[:, 1] = cells_bar * input_slope
        gates_bar[:, 2] = hiddens_bar * tanh_c * output_gates * (1.0 - output_gates)
        gates_bar[:, 3] = cells_bar * change_slope
        biases_bar[layer] = np.sum(gates_bar, axis=0)
        weights_bar[layer, ::2] = np.sum(gates_bar[:, ::2] * inputs[:, None, :], axis=0)
        weights_bar[layer, 1::2] = np.sum(gates_bar[:, 1::2] * hiddens[:-1, None, :], axis=0)
        outputs_bar = gates_bar[:, 0] * w[0] + gates_bar[:, 2] * w[2]
    ends_bar[0] = np.sum(outputs_bar * text[:-1], axis=0)
    return weights_bar, biases_bar, ends_bar


def _gates(w: Array, b: Array, x: Array, h: Array) -> tuple[Array, Array, Array, Array]:
    """Forget, input and output gate and the change, three sigmoids in one call."""
    gates = np.empty_like(w)
    np.multiply(w[::2], x, out=gates[::2])
    np.multiply(w[1::2], h, out=gates[1::2])
    gates += b
    change = np.tanh(gates[3])
    sigmoids = gates[:3]
    np.negative(sigmoids, out=sigmoids)
    np.exp(sigmoids, out=sigmoids)
    sigmoids += 1.0
    np.divide(1.0, sigmoids, out=sigmoids)
    return sigmoids[0], sigmoids[1], sigmoids[2], change


def _logits_bar(logits: Array, target: Array, steps: int) -> Array:
    """Adjoint of the logits of one step: probabilities minus target, over the number of steps."""
    probabilities = np.exp(logits)
    probabilities *= np.sum(target) / np.sum(probabilities)
    probabilities -= target
    probabilities /= steps
    return probabilities
