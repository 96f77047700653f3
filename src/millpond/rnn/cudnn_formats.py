"""Between the parameters of a layer of `tf.contrib.cudnn_rnn` and the variables of cells that compute the same.

cuDNN has two biases for each gate, on the inputs and on the state. Where only their sum counts, that is what the cells
have; it is halved between the two.
"""

from __future__ import annotations

from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor
from millpond.ops.array.join import concat, split
from millpond.ops.array.shape import reshape
from millpond.ops.array.transpose import transpose
from millpond.ops.nn.cudnn_parameters import CANONICAL_TO_PARAMS, PARAMS_TO_CANONICAL
from millpond.ops.nn.cudnn_rnn import Kind, directions_of


class CudnnParamsFormatConverter:
    """Converts between the vector of parameters of a cuDNN layer and the variables of cells.

    Args:
      num_layers, num_units, input_size: The sizes of the layer.
      input_mode: `"linear_input"`, `"skip_input"` or `"auto_select"`.
      direction: `"unidirectional"` or `"bidirectional"`.

    Raises:
      NotImplementedError: When it converts, if it is not one of the subclasses.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     converter = tf.contrib.cudnn_rnn.CudnnParamsFormatConverterLSTM(1, 5, 3)
      ...     weights, biases = converter.opaque_to_tf_canonical(tf.zeros([200]))
      ...     print(weights[0].shape, biases[0].shape, converter.tf_canonical_to_opaque(weights + biases).shape)
      (8, 20) (20,) (200,)
    """

    _rnn_mode: str
    # How many kernels a cell has, and how many biases.
    _count = 1

    def __init__(self, num_layers: int, num_units: int, input_size: int, input_mode: str = "linear_input",
                 direction: str = "unidirectional") -> None:
        self.kind = Kind(self._rnn_mode, num_layers, num_units, input_size, directions_of(direction))
        self._attributes = {"rnn_mode": self._rnn_mode, "input_mode": input_mode, "direction": direction}

    def opaque_to_tf_canonical(self, opaque_param: TensorLike) -> tuple[list[Tensor], list[Tensor]]:
        """The kernels and the biases of all cells: by layer, then forward before backward."""
        kind = self.kind
        weights, biases = PARAMS_TO_CANONICAL(kind.layers, kind.units, kind.inputs, opaque_param,
                                              num_params=kind.bias_count(), **self._attributes)
        own = [slice(2 * kind.gates * place, 2 * kind.gates * (place + 1)) for place in range(kind.stacks)]
        return ([kernel for part in own for kernel in self._kernels(weights[part])],
                [bias for part in own for bias in self._sums(biases[part])])

    def tf_canonical_to_opaque(self, tf_canonicals: list[Tensor]) -> Tensor:
        """The vector of parameters, from the kernels of all cells followed by the biases of all."""
        kind, count = self.kind, self._count
        tensors: list[Tensor] = [convert_to_tensor(value) for value in tf_canonicals]
        weights: list[Tensor] = []
        biases: list[Tensor] = []
        for place in range(kind.stacks):
            width = kind.weight_shapes()[2 * kind.gates * place][1]
            weights += self._matrices(tensors[count * place:count * (place + 1)], width)
            first = count * (kind.stacks + place)
            biases += self._halves(tensors[first:first + count])
        params: Tensor = CANONICAL_TO_PARAMS(kind.layers, kind.units, kind.inputs, [reshape(w, [-1]) for w in weights],
                                             biases, **self._attributes)
        return params

    def _kernels(self, weights: list[Tensor]) -> list[Tensor]:
        """The kernels of a cell, from cuDNN's matrices of a layer."""
        raise NotImplementedError(f"{type(self).__name__}._kernels")

    def _matrices(self, kernels: list[Tensor], width: int) -> list[Tensor]:
        """cuDNN's matrices of a layer with inputs of a width, from the kernels of a cell."""
        raise NotImplementedError(f"{type(self).__name__}._matrices")

    def _sums(self, biases: list[Tensor]) -> list[Tensor]:
        """The biases of a cell, from cuDNN's of a layer."""
        raise NotImplementedError(f"{type(self).__name__}._sums")

    def _halves(self, biases: list[Tensor]) -> list[Tensor]:
        """cuDNN's biases of a layer, from those of a cell."""
        raise NotImplementedError(f"{type(self).__name__}._halves")


class _OneKernel(CudnnParamsFormatConverter):
    """Of a cell with one kernel and one bias; `_order` says which of cuDNN's gates comes where in them."""

    _order: tuple[int, ...] = (0,)

    def _kernels(self, weights: list[Tensor]) -> list[Tensor]:
        gates = self.kind.gates
        rows = [concat([weights[gate], weights[gates + gate]], 1) for gate in self._order]
        return [transpose(concat(rows, 0))]

    def _matrices(self, kernels: list[Tensor], width: int) -> list[Tensor]:
        by_place = _split(transpose(kernels[0]), self.kind.gates)
        pairs = [split(by_place[self._order.index(gate)], [width, self.kind.units], axis=1)
                 for gate in range(self.kind.gates)]
        return [pair[0] for pair in pairs] + [pair[1] for pair in pairs]

    def _sums(self, biases: list[Tensor]) -> list[Tensor]:
        gates = self.kind.gates
        return [concat([lookup("AddV2")(biases[gate], biases[gates + gate]) for gate in self._order], 0)]

    def _halves(self, biases: list[Tensor]) -> list[Tensor]:
        by_place = _split(biases[0] * 0.5, self.kind.gates)
        return [by_place[self._order.index(gate)] for gate in range(self.kind.gates)] * 2


def _split(value: Tensor, count: int) -> list[Tensor]:
    return split(value, count, axis=0) if count > 1 else [value]


class CudnnParamsFormatConverterLSTM(_OneKernel):
    __doc__ = CudnnParamsFormatConverter.__doc__

    _rnn_mode = "lstm"
    # The cell has the gates i, c, f, o; cuDNN i, f, c, o.
    _order = (0, 2, 1, 3)


class CudnnParamsFormatConverterTanh(_OneKernel):
    __doc__ = CudnnParamsFormatConverter.__doc__

    _rnn_mode = "rnn_tanh"


class CudnnParamsFormatConverterRelu(_OneKernel):
    __doc__ = CudnnParamsFormatConverter.__doc__

    _rnn_mode = "rnn_relu"


class CudnnParamsFormatConverterGRU(CudnnParamsFormatConverter):
    __doc__ = CudnnParamsFormatConverter.__doc__

    _rnn_mode = "gru"
    _count = 3

    def _kernels(self, weights: list[Tensor]) -> list[Tensor]:
        w_r, w_u, w_n, r_r, r_u, r_n = weights
        gates = concat([concat([w_r, r_r], 1), concat([w_u, r_u], 1)], 0)
        return [transpose(gates), transpose(w_n), transpose(r_n)]

    def _matrices(self, kernels: list[Tensor], width: int) -> list[Tensor]:
        reset, update = (split(part, [width, self.kind.units], axis=1)
                         for part in split(transpose(kernels[0]), 2, axis=0))
        w_n, r_n = transpose(kernels[1]), transpose(kernels[2])
        return [reset[0], update[0], w_n, reset[1], update[1], r_n]

    def _sums(self, biases: list[Tensor]) -> list[Tensor]:
        b_r, b_u, b_n, d_r, d_u, d_n = biases
        return [lookup("AddV2")(concat([b_r, b_u], 0), concat([d_r, d_u], 0)), b_n, d_n]

    def _halves(self, biases: list[Tensor]) -> list[Tensor]:
        reset, update = split(biases[0] * 0.5, 2, axis=0)
        return [reset, update, biases[1], reset, update, biases[2]]
