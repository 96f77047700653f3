"""The same computations by hand as donated `jax.jit` functions: the peers that Millpond is measured against."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def _adam(params: Any, moments: Any, powers: Any, grads: Any, rate: float) -> Any:
    first, second = moments
    scale = rate * jnp.sqrt(1 - powers[1]) / (1 - powers[0])
    first = [BETA1 * m + (1 - BETA1) * g for m, g in zip(first, grads, strict=True)]
    second = [BETA2 * v + (1 - BETA2) * g * g for v, g in zip(second, grads, strict=True)]
    params = [p - scale * m / (jnp.sqrt(v) + EPSILON) for p, m, v in zip(params, first, second, strict=True)]
    return params, (first, second), (powers[0] * BETA1, powers[1] * BETA2)


def _state(params: list[np.ndarray]) -> list[Any]:
    zeros = [np.zeros_like(p) for p in params]
    return jax.device_put([params, (zeros, [z.copy() for z in zeros]), (np.float32(BETA1), np.float32(BETA2))])


def scalars() -> Callable[[], Any]:
    """`(a + b) + (a * b)` of two fed scalars."""
    step = jax.jit(lambda a, b: (a + b) + (a * b))
    a, b = np.float32(5), np.float32(3)
    return lambda: np.asarray(step(a, b))


def regression(x: np.ndarray, y: np.ndarray, rate: float) -> Callable[[], Any]:
    """One Adam step of the Advertising regression."""

    def loss(params: Any, x: Any, y: Any) -> Any:
        w, b = params
        return jnp.sum((x * w + b - y) ** 2) / (2 * len(x))

    @functools.partial(jax.jit, donate_argnums=0)
    def step(state: Any, x: Any, y: Any) -> Any:
        params, moments, powers = state
        return list(_adam(params, moments, powers, jax.grad(loss)(params, x, y), rate))

    return _stepper(step, _state([np.float32(0.1), np.float32(0.0)]), x, y)


def mnist(images: np.ndarray, labels: np.ndarray, keep: float, rate: float = 0.001) -> Callable[[], Any]:
    """One Adam step of the three-layer network with two dropouts."""
    generator = np.random.default_rng(0)
    params = [generator.normal(0, 0.1, size).astype(np.float32)
              for size in ((784, 500), (500,), (500, 100), (100,), (100, 10), (10,))]

    def loss(params: Any, x: Any, y: Any, keep: Any, key: Any) -> Any:
        w1, b1, w2, b2, w3, b3 = params
        k1, k2 = jax.random.split(key)
        h = jax.nn.softmax(x @ w1 + b1)
        h = h / keep * jnp.floor(keep + jax.random.uniform(k1, h.shape))
        h = jax.nn.relu(h @ w2 + b2)
        h = h / keep * jnp.floor(keep + jax.random.uniform(k2, h.shape))
        logits = h @ w3 + b3
        return -jnp.sum(jax.nn.log_softmax(logits) * y)

    @functools.partial(jax.jit, donate_argnums=0)
    def step(state: Any, x: Any, y: Any, keep: Any) -> Any:
        params, moments, powers, key = state
        key, used = jax.random.split(key)
        grads = jax.grad(loss)(params, x, y, keep, used)
        return [*_adam(params, moments, powers, grads, rate), key]

    return _stepper(step, [*_state(params), jax.random.key(0)], images, labels, np.float32(keep))


def recurrent(rows: np.ndarray, labels: np.ndarray, units: int, rate: float = 0.001) -> Callable[[], Any]:
    """One Adam step of an LSTM that reads images row by row, as a scan, and classifies them by its last output."""
    generator = np.random.default_rng(0)
    columns = rows.shape[2]
    params = [generator.normal(0, 0.1, size).astype(np.float32)
              for size in ((columns + units, 4 * units), (4 * units,), (units, 10), (10,))]

    def loss(params: Any, x: Any, y: Any) -> Any:
        kernel, bias, w, b = params

        def turn(state: Any, row: Any) -> Any:
            c, h = state
            i, j, f, o = jnp.split(jnp.concatenate([row, h], 1) @ kernel + bias, 4, axis=1)
            c = c * jax.nn.sigmoid(f + 1) + jax.nn.sigmoid(i) * jnp.tanh(j)
            return (c, jnp.tanh(c) * jax.nn.sigmoid(o)), None

        nothing = jnp.zeros((x.shape[0], units))
        (_, h), _ = jax.lax.scan(turn, (nothing, nothing), jnp.swapaxes(x, 0, 1))
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(h @ w + b) * y, axis=1))

    @functools.partial(jax.jit, donate_argnums=0)
    def step(state: Any, x: Any, y: Any) -> Any:
        params, moments, powers = state
        return list(_adam(params, moments, powers, jax.grad(loss)(params, x, y), rate))

    return _stepper(step, _state(params), rows, labels)


def convnet(images: np.ndarray, labels: np.ndarray, rate: float = 0.001) -> Callable[[], Any]:
    """One Adam step of the convolutional network of the MNIST tutorials."""
    generator = np.random.default_rng(0)
    params = [generator.normal(0, 0.1, size).astype(np.float32)
              for size in ((5, 5, 1, 32), (32,), (5, 5, 32, 64), (64,), (3136, 1024), (1024,), (1024, 10), (10,))]

    def layer(x: Any, w: Any, b: Any) -> Any:
        y = jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        return jax.lax.reduce_window(jax.nn.relu(y + b), -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "SAME")

    def loss(params: Any, x: Any, y: Any) -> Any:
        w1, b1, w2, b2, w3, b3, w4, b4 = params
        pooled = layer(layer(x.reshape(-1, 28, 28, 1), w1, b1), w2, b2).reshape(-1, 3136)
        logits = jax.nn.relu(pooled @ w3 + b3) @ w4 + b4
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * y, axis=1))

    @functools.partial(jax.jit, donate_argnums=0)
    def step(state: Any, x: Any, y: Any) -> Any:
        params, moments, powers = state
        return list(_adam(params, moments, powers, jax.grad(loss)(params, x, y), rate))

    return _stepper(step, _state(params), images, labels)


def many_variables(count: int) -> Callable[[], Any]:
    """Adds one to each of many small arrays."""
    step = jax.jit(lambda *values: [value + 1.0 for value in values], donate_argnums=tuple(range(count)))
    state = jax.device_put([np.zeros(10, np.float32) for _ in range(count)])

    def call() -> Any:
        nonlocal state
        state = step(*state)
        return jax.block_until_ready(state)

    return call


def _stepper(step: Any, state: Any, *batch: np.ndarray) -> Callable[[], Any]:
    def call() -> Any:
        nonlocal state
        state = step(state, *batch)
        return jax.block_until_ready(state)

    return call
