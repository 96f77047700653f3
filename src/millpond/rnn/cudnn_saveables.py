"""Layers of `tf.contrib.cudnn_rnn` in checkpoints.

Their parameters are saved as the variables of the cells that compute the same, under the names that these have in
`tf.nn.dynamic_rnn` and in stacked bidirectional networks.

cuDNN has two biases for each gate, on the inputs and on the state. Where only their sum counts it is what is saved; a
restored sum is halved between them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity
from millpond.ops.array.join import concat, split
from millpond.ops.array.shape import reshape
from millpond.ops.array.transpose import transpose
from millpond.ops.nn.cudnn_parameters import CANONICAL_TO_PARAMS, PARAMS_TO_CANONICAL
from millpond.ops.nn.cudnn_rnn import Kind, directions_of
from millpond.ops.state.assign import ASSIGN
from millpond.train.saving.saveables import SaveableObject, SaveSpec
from millpond.variables.scope import VariableScope


class _Layer(NamedTuple):
    """A layer's matrices and biases in one direction: by gate those on the inputs, then those on the state."""

    weights: list[Tensor]
    biases: list[Tensor]


class CudnnOpaqueParamsSaveable(SaveableObject):
    """What of the parameters of a cuDNN layer a `Saver` saves, and how it puts them back.

    Args:
      opaque_params: The variable with the parameters.
      num_layers, num_units, input_size: The sizes of the layer.
      input_mode: `"linear_input"`, `"skip_input"` or `"auto_select"`.
      direction: `"unidirectional"` or `"bidirectional"`.
      scope: The variable scope, or its name, in which the cells would have their variables.
      name: Names it among what is saved.
    """

    _rnn_mode: str
    _rnn_cell_name: str
    # The variables of a cell: the kernels, then the biases.
    _variables: tuple[tuple[str, ...], tuple[str, ...]]

    def __init__(self, opaque_params: Any, num_layers: int, num_units: int, input_size: int,
                 input_mode: str = "linear_input", direction: str = "unidirectional", scope: Any = None,
                 name: str = "cudnn_rnn_saveable") -> None:
        self._kind = Kind(self._rnn_mode, num_layers, num_units, input_size, directions_of(direction))
        self._attributes = {"rnn_mode": self._rnn_mode, "input_mode": input_mode, "direction": direction}
        self._params = opaque_params
        scope_name = scope.name if isinstance(scope, VariableScope) else scope
        specs: list[tuple[str, Tensor]] = []
        weights, biases = PARAMS_TO_CANONICAL(num_layers, num_units, input_size, opaque_params,
                                              num_params=self._kind.bias_count(), **self._attributes)
        layers = [self._layer(place, weights, biases) for place in range(self._kind.stacks)]
        for part, names in enumerate(self._variables):
            for place, layer in enumerate(layers):
                tensors = self._kernels(layer.weights) if part == 0 else self._sums(layer.biases)
                specs += [(f"{self._prefix(place)}/{own}", tensor)
                          for own, tensor in zip(names, tensors, strict=True)]
        within = f"{scope_name}/" if scope_name else ""
        super().__init__(identity(opaque_params), [SaveSpec(tensor, "", within + own) for own, tensor in specs], name)

    def _layer(self, place: int, weights: list[Tensor], biases: list[Tensor]) -> _Layer:
        count = 2 * self._kind.gates
        own = slice(count * place, count * (place + 1))
        return _Layer(weights[own], biases[own])

    def _prefix(self, place: int) -> str:
        """Where the variables of a layer are, in the networks of cells that compute the same."""
        layer, direction = divmod(place, self._kind.directions)
        if self._kind.directions == 1:
            return f"rnn/multi_rnn_cell/cell_{layer}/{self._rnn_cell_name}"
        return (f"stack_bidirectional_rnn/cell_{layer}/bidirectional_rnn/{('fw', 'bw')[direction]}/"
                f"{self._rnn_cell_name}")

    def restore(self, restored_tensors: list[Tensor], restored_shapes: list[Any] | None) -> Any:
        """Adds an operation that sets the parameters."""
        kernels, biases = (len(names) for names in self._variables)
        first = kernels * self._kind.stacks
        weights: list[Tensor] = []
        all_biases: list[Tensor] = []
        for place in range(self._kind.stacks):
            width = self._kind.weight_shapes()[2 * self._kind.gates * place][1]
            weights += self._matrices(restored_tensors[kernels * place:kernels * (place + 1)], width)
            all_biases += self._halves(restored_tensors[first + biases * place:first + biases * (place + 1)])
        kind = self._kind
        params = CANONICAL_TO_PARAMS(kind.layers, kind.units, kind.inputs, [reshape(w, [-1]) for w in weights],
                                     all_biases, **self._attributes)
        return ASSIGN(self._params, params)

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


class _OneKernel(CudnnOpaqueParamsSaveable):
    """Of a cell with one kernel and one bias; `_order` says which of cuDNN's gates comes where in them."""

    _variables = (("kernel",), ("bias",))
    _order: tuple[int, ...] = (0,)

    def _kernels(self, weights: list[Tensor]) -> list[Tensor]:
        gates = self._kind.gates
        rows = [concat([weights[gate], weights[gates + gate]], 1) for gate in self._order]
        return [transpose(concat(rows, 0))]

    def _matrices(self, kernels: list[Tensor], width: int) -> list[Tensor]:
        by_place = _split(transpose(kernels[0]), self._kind.gates)
        pairs = [split(by_place[self._order.index(gate)], [width, self._kind.units], axis=1)
                 for gate in range(self._kind.gates)]
        return [pair[0] for pair in pairs] + [pair[1] for pair in pairs]

    def _sums(self, biases: list[Tensor]) -> list[Tensor]:
        gates = self._kind.gates
        return [concat([lookup("AddV2")(biases[gate], biases[gates + gate]) for gate in self._order], 0)]

    def _halves(self, biases: list[Tensor]) -> list[Tensor]:
        by_place = _split(biases[0] * 0.5, self._kind.gates)
        return [by_place[self._order.index(gate)] for gate in range(self._kind.gates)] * 2


def _split(value: Tensor, count: int) -> list[Tensor]:
    return split(value, count, axis=0) if count > 1 else [value]


class CudnnLSTMSaveable(_OneKernel):
    """The parameters of a `CudnnLSTM` as those of `CudnnCompatibleLSTMCell`s; see `CudnnOpaqueParamsSaveable`."""

    _rnn_mode = "lstm"
    _rnn_cell_name = "cudnn_compatible_lstm_cell"
    # The cell has the gates i, c, f, o; cuDNN i, f, c, o.
    _order = (0, 2, 1, 3)


class CudnnRNNTanhSaveable(_OneKernel):
    """The parameters of a `CudnnRNNTanh` as those of `BasicRNNCell`s; see `CudnnOpaqueParamsSaveable`."""

    _rnn_mode = "rnn_tanh"
    _rnn_cell_name = "basic_rnn_cell"


class CudnnRNNReluSaveable(_OneKernel):
    """The parameters of a `CudnnRNNRelu` as those of `BasicRNNCell`s; see `CudnnOpaqueParamsSaveable`."""

    _rnn_mode = "rnn_relu"
    _rnn_cell_name = "basic_rnn_cell"


class CudnnGRUSaveable(CudnnOpaqueParamsSaveable):
    """The parameters of a `CudnnGRU` as those of `CudnnCompatibleGRUCell`s; see `CudnnOpaqueParamsSaveable`."""

    _rnn_mode = "gru"
    _rnn_cell_name = "cudnn_compatible_gru_cell"
    _variables = (
        ("gates/kernel", "candidate/input_projection/kernel", "candidate/hidden_projection/kernel"),
        ("gates/bias", "candidate/input_projection/bias", "candidate/hidden_projection/bias"))

    def _kernels(self, weights: list[Tensor]) -> list[Tensor]:
        w_r, w_u, w_n, r_r, r_u, r_n = weights
        gates = concat([concat([w_r, r_r], 1), concat([w_u, r_u], 1)], 0)
        return [transpose(gates), transpose(w_n), transpose(r_n)]

    def _matrices(self, kernels: list[Tensor], width: int) -> list[Tensor]:
        reset, update = (split(part, [width, self._kind.units], axis=1)
                         for part in split(transpose(kernels[0]), 2, axis=0))
        w_n, r_n = transpose(kernels[1]), transpose(kernels[2])
        return [reset[0], update[0], w_n, reset[1], update[1], r_n]

    def _sums(self, biases: list[Tensor]) -> list[Tensor]:
        b_r, b_u, b_n, d_r, d_u, d_n = biases
        return [lookup("AddV2")(concat([b_r, b_u], 0), concat([d_r, d_u], 0)), b_n, d_n]

    def _halves(self, biases: list[Tensor]) -> list[Tensor]:
        reset, update = split(biases[0] * 0.5, 2, axis=0)
        return [reset, update, biases[1], reset, update, biases[2]]
