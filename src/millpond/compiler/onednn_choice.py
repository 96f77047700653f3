"""Where oneDNN is faster than XLA, by shape alone, so that the same program gives the same bits in every run.

The rules were read off what `bench/onednn_choice.py` printed on two cores of an AMD EPYC with AVX-512: 291 products and
608 convolutions, each in CPU time. In each class below that goes to oneDNN it won by the factor given (quartiles).
"""

from __future__ import annotations

import math

# Multiplications of a product below which XLA computes it within a loop of its own (0.8 to 1.1); above: 1.9 to 4.9.
_FEWEST = 1000
# Vectors of 16 channels are half empty with so few of them, which only pays against a window of few channels.
_FEW_CHANNELS = 8
# Operations of a convolution that are worth a second thread. oneDNN's work is cut along the batch, XLA's is not.
_WORTH_THREADS = 1 << 24

# What is computed: the output of a convolution, the gradient of its input, that of its filter.
TO_OUTPUT, TO_INPUT, TO_FILTER = range(3)


def product(count: int, rows: int, columns: int, inner: int) -> bool:
    """Whether oneDNN is to compute `count` products of matrices."""
    return count * rows * columns * inner >= _FEWEST


def convolution(kind: int, groups: int, batch: int, inputs: int, outputs: int, window: tuple[int, ...],
                strides: tuple[int, ...], out: tuple[int, ...]) -> bool:
    """Whether oneDNN is to compute a convolution or one of its gradients; see `onednn.convolution`."""
    if groups > 1 or len(window) == 3 or kind == TO_FILTER:
        return True  # 3 to 60; the filter's gradient of grouped ones up to 2,800; other filters' gradients 1.5 to 8
    if batch == 1 and 2 * math.prod(out) * math.prod(window) * inputs * outputs > _WORTH_THREADS:
        return False  # 1.0 to 1.2, but on one thread
    if kind == TO_OUTPUT:
        return outputs > _FEW_CHANNELS or inputs <= _FEW_CHANNELS  # 1.2 to 4.6; otherwise 0.7 to 1.2
    if math.prod(window) == 1 and math.prod(strides) > 1:
        return False  # 0.5 to 0.9
    return inputs > _FEW_CHANNELS or outputs <= _FEW_CHANNELS  # 1.2 to 2.5; otherwise 0.6 to 1.1
