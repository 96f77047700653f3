"""Where oneDNN is faster than XLA, by shape alone, so that the same program gives the same bits in every run.

The rules were read off what `bench/onednn_choice.py` printed on two cores of an AMD EPYC with AVX-512: 99 products and
608 convolutions of two dimensions, each in CPU time. Of three dimensions a few were measured (10 to 12), of one none:
they follow those of two. Factors by which oneDNN won over XLA's own form are medians of a class, or ranges of them.
"""

from __future__ import annotations

import math

# Multiplications from which oneDNN computes a product of two matrices: 1.2 to 1.3 from there on where the first is
# transposed (the gradient of a layer's weights), 1.3 where none is. Where the second is, it is 0.9 to 1.1 everywhere.
_TRANSPOSED_FIRST, _PLAIN = 1 << 20, 1 << 26
# Rows and columns below which XLA is faster, with any number of multiplications.
_NARROW = 16
# Vectors of 16 channels are half empty with so few of them, which only pays against a window of few channels.
_FEW_CHANNELS = 8
# Operations of a convolution that are worth a second thread. oneDNN's work is cut along the batch, XLA's is not.
_WORTH_THREADS = 1 << 24

# What is computed: the output of a convolution, the gradient of its input, that of its filter.
TO_OUTPUT, TO_INPUT, TO_FILTER = range(3)


def product(count: int, rows: int, columns: int, inner: int, transpose_a: bool, transpose_b: bool) -> bool:
    """Whether oneDNN is to compute `count` products of two matrices."""
    if count > 1 or transpose_b or min(rows, columns) < _NARROW:
        return False
    return rows * columns * inner >= (_TRANSPOSED_FIRST if transpose_a else _PLAIN)


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
