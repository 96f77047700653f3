"""What several cells are made of: an LSTM's memory, linear maps that keep their matrix, and layer normalization.

Functions that make variables do it by `tf.get_variable` in the variable scope that is open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from millpond import dtypes, nested
from millpond.graph.tensor import Tensor
from millpond.ops.array.join import concat
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.clip import clip_by_value
from millpond.ops.math.elementwise import sigmoid
from millpond.ops.nn.bias_dropout import bias_add
from millpond.ops.nn.normalization import batch_normalization, moments
from millpond.variables.initializers import Constant
from millpond.variables.partitioning import cut
from millpond.variables.scope import get_variable, get_variable_scope, variable_scope

KERNEL, BIAS = "kernel", "bias"


class Peepholes(NamedTuple):
    """The weights by which the gates of an LSTM see its memory."""

    f: Any
    i: Any
    o: Any


def peepholes(num_units: int, dtype: Any, names: Sequence[str] = ("w_f_diag", "w_i_diag", "w_o_diag")) -> Peepholes:
    """New peepholes, by the names of f, i and o."""
    return Peepholes(*[get_variable(name, [num_units], dtype) for name in names])


def lstm_step(gates: Sequence[Tensor], c: Tensor, forget_bias: float, activation: Callable[[Any], Any],
              peepholes: Peepholes | None = None, cell_clip: float | None = None,
              normalize: Callable[[Tensor], Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The new memory of an LSTM, and its output.

    Args:
      gates: The inputs of the gates: i, j, f, o.
      c: The memory.
      forget_bias: What is added to the forget gate.
      activation: What is applied to the new input, and to the memory that is put out.
      peepholes: The weights by which the gates see the memory.
      cell_clip: A bound for the absolute value of the memory.
      normalize: What is done to the new memory before it is clipped.
    """
    i, j, f, o = gates
    if peepholes is not None:
        new_c = (sigmoid(f + forget_bias + peepholes.f * c) * c + sigmoid(i + peepholes.i * c) * activation(j))
    else:
        new_c = sigmoid(f + forget_bias) * c + sigmoid(i) * activation(j)
    if normalize is not None:
        new_c = normalize(new_c)
    new_c = clipped(new_c, cell_clip)
    if peepholes is not None:
        return new_c, sigmoid(o + peepholes.o * new_c) * activation(new_c)
    return new_c, sigmoid(o) * activation(new_c)


def clipped(x: Tensor, bound: float | None) -> Tensor:
    """A tensor, cut to ±bound if there is one."""
    return x if bound is None else clip_by_value(x, -bound, bound)


def known_size(inputs: Tensor) -> int:
    """The size of a matrix of inputs along its columns.

    Raises:
      ValueError: If it is not known, or the inputs are no matrix.
    """
    size = inputs.shape.with_rank(2).as_list()[1]
    if size is None:
        raise ValueError(f"Could not infer input size from inputs.get_shape()[-1] of {inputs}: give it a shape with "
                         "set_shape.")
    return size


def kernel_for(args: Sequence[Tensor], output_size: int, initializer: Any = None) -> Any:
    """A matrix for the columns of several matrices.

    Raises:
      ValueError: If one of them is no matrix, or has a size that is not known.
    """
    for arg in args:
        if arg.shape.ndims != 2:
            raise ValueError(f"linear is expecting 2D arguments: {[one.shape for one in args]}")
    return get_variable(KERNEL, [sum(map(known_size, args)), output_size], args[0].dtype, initializer)


def bias_for(size: int, dtype: Any, initializer: Any = None) -> Any:
    """A bias for the columns of a matrix: whole, even where the scope cuts its variables."""
    with variable_scope(get_variable_scope(), auxiliary_name_scope=False) as scope:
        scope.set_partitioner(None)
        return get_variable(BIAS, [size], dtype, Constant(0.0) if initializer is None else initializer)


class Linear:
    """A map `[args] W + b`, with the variables `kernel` and `bias` of the scope in which it is made.

    Args:
      args: A matrix, or a list of matrices, such as it will be applied to.
      output_size: The number of columns of W.
      build_bias: Whether there is a bias.
      bias_initializer, kernel_initializer: The initializers; a bias starts as zeros by default.

    Raises:
      ValueError: If there is no argument, or one of another rank or with an unknown size.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x, h = tf.ones([2, 3]), tf.ones([2, 4])
      ...     print(Linear([x, h], 5, True)([x, h]).shape)
      (2, 5)
    """

    def __init__(self, args: Any, output_size: int, build_bias: bool, bias_initializer: Any = None,
                 kernel_initializer: Any = None) -> None:
        if args is None or (nested.is_nested(args) and not args):
            raise ValueError("`args` must be specified")
        matrices = nested.as_list(args)
        self._kernel = kernel_for(matrices, output_size, kernel_initializer)
        self._bias = bias_for(output_size, matrices[0].dtype, bias_initializer) if build_bias else None

    def __call__(self, args: Any) -> Tensor:
        """Applies the map to a matrix, or a list of matrices, which lie side by side."""
        matrices = nested.as_list(args)
        result = matmul(matrices[0] if len(matrices) == 1 else concat(matrices, 1), self._kernel)
        return result if self._bias is None else bias_add(result, self._bias)


def linear(args: Any, output_size: int, bias: bool, bias_initializer: Any = None, kernel_initializer: Any = None,
           bias_start: float = 0.0, scope: Any = None) -> Tensor:
    """`[args] W + b`, with the variables `kernel` and `bias` of the scope that is open.

    Args:
      args: A matrix, or a list of matrices, which lie side by side.
      output_size: The number of columns of W.
      bias: Whether there is a bias.
      bias_initializer, kernel_initializer: The initializers; a number stands for a bias of that value.
      bias_start: What the bias starts as, in programs of the first releases.
      scope: A variable scope for the variables, or its name.

    Raises:
      ValueError: If there is no argument, or one of another rank or with an unknown size.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(linear([tf.ones([2, 3]), tf.ones([2, 4])], 5, True).shape)
      (2, 5)
    """
    if scope is not None:
        with variable_scope(scope):
            return linear(args, output_size, bias, bias_initializer, kernel_initializer, bias_start)
    if not callable(bias_initializer):
        bias_initializer = Constant(bias_start if bias_initializer is None else bias_initializer)
    return Linear(args, output_size, bias, bias_initializer, kernel_initializer)(args)


def sharded(name: str, shape: list[int], dtype: Any, num_shards: int) -> Any:
    """A matrix in parts, each a variable of its own: `name_0`, `name_1` and so on.

    Raises:
      ValueError: If there are more parts than rows.
    """
    if num_shards > shape[0]:
        raise ValueError(f"Too many shards: shape={shape}, num_shards={num_shards}, of the variable {name}")
    parts = [get_variable(f"{name}_{i}", size, dtype)
             for i, (_, size) in enumerate(cut(shape, [num_shards] + [1] * (len(shape) - 1)))]
    return parts[0] if len(parts) == 1 else concat(parts, 0)


def layer_norm(x: Tensor, scope: str, gain: float = 1.0, shift: float = 0.0) -> Tensor:
    """Layer normalization (J. Ba et al., 2016, https://arxiv.org/abs/1607.06450): each row with mean 0 and variance 1.

    Args:
      x: A matrix.
      scope: The scope of its variables `gamma` and `beta`.
      gain, shift: What gamma and beta start as.
    """
    dtype = x.dtype.base_dtype
    with variable_scope(scope):
        size = [x.shape.as_list()[-1]]
        gamma = get_variable("gamma", size, dtype, Constant(gain))
        beta = get_variable("beta", size, dtype, Constant(shift))
        mean, variance = moments(x, [1], keep_dims=True)
        # float16 has no number as small as the usual epsilon.
        result = batch_normalization(x, mean, variance, beta, gamma, 1e-3 if dtype is dtypes.float16 else 1e-12)
    result.set_shape(x.shape)
    return result
