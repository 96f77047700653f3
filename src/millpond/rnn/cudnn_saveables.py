"""Layers of `tf.contrib.cudnn_rnn` in checkpoints.

Their parameters are saved as the variables of the cells that compute the same, under the names that these have in
`tf.nn.dynamic_rnn` and in stacked bidirectional networks; `cudnn_formats.py` converts them.
"""

from __future__ import annotations

from typing import Any

from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity
from millpond.ops.state.assign import ASSIGN
from millpond.rnn.cudnn_formats import (
    CudnnParamsFormatConverter,
    CudnnParamsFormatConverterGRU,
    CudnnParamsFormatConverterLSTM,
    CudnnParamsFormatConverterRelu,
    CudnnParamsFormatConverterTanh,
)
from millpond.train.saving.saveables import SaveableObject, SaveSpec
from millpond.variables.scope import VariableScope


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

    _converter_cls: type[CudnnParamsFormatConverter]
    _rnn_cell_name: str
    # What a cell's kernels and biases are called.
    _parts: tuple[str, ...] = ("",)

    def __init__(self, opaque_params: Any, num_layers: int, num_units: int, input_size: int,
                 input_mode: str = "linear_input", direction: str = "unidirectional", scope: Any = None,
                 name: str = "cudnn_rnn_saveable") -> None:
        self._converter = self._converter_cls(num_layers, num_units, input_size, input_mode, direction)
        self._params = opaque_params
        scope_name = scope.name if isinstance(scope, VariableScope) else scope
        within = f"{scope_name}/" if scope_name else ""
        specs = []
        for word, tensors in zip(("kernel", "bias"), self._converter.opaque_to_tf_canonical(opaque_params),
                                 strict=True):
            names = [f"{within}{self._prefix(place)}/{part}{word}" for place in range(self._converter.kind.stacks)
                     for part in self._parts]
            specs += [SaveSpec(tensor, "", own) for own, tensor in zip(names, tensors, strict=True)]
        super().__init__(identity(opaque_params), specs, name)

    def _prefix(self, place: int) -> str:
        """Where the variables of a layer are, in the networks of cells that compute the same."""
        directions = self._converter.kind.directions
        layer, direction = divmod(place, directions)
        if directions == 1:
            return f"rnn/multi_rnn_cell/cell_{layer}/{self._rnn_cell_name}"
        return (f"stack_bidirectional_rnn/cell_{layer}/bidirectional_rnn/{('fw', 'bw')[direction]}/"
                f"{self._rnn_cell_name}")

    def restore(self, restored_tensors: list[Tensor], restored_shapes: list[Any] | None) -> Any:
        """Adds an operation that sets the parameters."""
        return ASSIGN(self._params, self._converter.tf_canonical_to_opaque(restored_tensors))


class CudnnLSTMSaveable(CudnnOpaqueParamsSaveable):
    """The parameters of a `CudnnLSTM` as those of `CudnnCompatibleLSTMCell`s; see `CudnnOpaqueParamsSaveable`."""

    _converter_cls = CudnnParamsFormatConverterLSTM
    _rnn_cell_name = "cudnn_compatible_lstm_cell"


class CudnnRNNTanhSaveable(CudnnOpaqueParamsSaveable):
    """The parameters of a `CudnnRNNTanh` as those of `BasicRNNCell`s; see `CudnnOpaqueParamsSaveable`."""

    _converter_cls = CudnnParamsFormatConverterTanh
    _rnn_cell_name = "basic_rnn_cell"


class CudnnRNNReluSaveable(CudnnOpaqueParamsSaveable):
    """The parameters of a `CudnnRNNRelu` as those of `BasicRNNCell`s; see `CudnnOpaqueParamsSaveable`."""

    _converter_cls = CudnnParamsFormatConverterRelu
    _rnn_cell_name = "basic_rnn_cell"


class CudnnGRUSaveable(CudnnOpaqueParamsSaveable):
    """The parameters of a `CudnnGRU` as those of `CudnnCompatibleGRUCell`s; see `CudnnOpaqueParamsSaveable`."""

    _converter_cls = CudnnParamsFormatConverterGRU
    _rnn_cell_name = "cudnn_compatible_gru_cell"
    _parts = ("gates/", "candidate/input_projection/", "candidate/hidden_projection/")
