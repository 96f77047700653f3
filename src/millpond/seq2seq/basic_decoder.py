"""BasicDecoder: a cell whose outputs a helper samples from, and makes the next inputs of."""

from __future__ import annotations

from typing import Any, NamedTuple

from millpond import nested
from millpond.graph.tensor import Tensor
from millpond.layers.base import Layer
from millpond.ops.scoping import name_scope
from millpond.rnn.cells_base import check_is_cell
from millpond.seq2seq.decoder import Decoder
from millpond.seq2seq.sampling import Helper
from millpond.shapes import TensorShape


class BasicDecoderOutput(NamedTuple):
    """What a step of a `BasicDecoder` gives.

    Attributes:
      rnn_output: [batch, ...], the output of the cell, after the output layer if there is one.
      sample_id: What the helper sampled, often int32 [batch].
    """

    rnn_output: Any
    sample_id: Any


def check_output_layer(output_layer: Any) -> None:
    """Raises a `TypeError` for what is neither None nor a layer."""
    if output_layer is not None and not isinstance(output_layer, Layer):
        raise TypeError(f"output_layer must be a Layer, received: {type(output_layer)}")


def output_size_of(cell: Any, output_layer: Any) -> Any:
    """The size of a cell's output, after a layer if there is one."""
    if output_layer is None:
        return cell.output_size
    with_batch = nested.map_structure(lambda size: TensorShape([None]).concatenate(size), cell.output_size)
    return nested.map_structure(lambda shape: shape[1:], output_layer.compute_output_shape(with_batch))


class BasicDecoder(Decoder):
    """A decoder that samples: each step runs the cell, and asks the helper for samples and for the next inputs.

    Args:
      cell: A recurrent cell.
      helper: A `Helper`: where inputs come from.
      initial_state: The state of the cell before the first step.
      output_layer: A `tf.layers.Layer` that the cell's outputs go through, such as `tf.layers.Dense`; or None.

    Raises:
      TypeError: If one of them is of another type.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     helper = tf.contrib.seq2seq.TrainingHelper(tf.zeros([2, 5, 3]), sequence_length=[5, 4])
      ...     cell = tf.nn.rnn_cell.GRUCell(4)
      ...     decoder = tf.contrib.seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32))
      ...     outputs, state, lengths = tf.contrib.seq2seq.dynamic_decode(decoder)
      ...     print(outputs.rnn_output.shape, outputs.sample_id.dtype, state.shape)
      (2, ?, 4) <dtype: 'int32'> (2, 4)
    """

    def __init__(self, cell: Any, helper: Helper, initial_state: Any, output_layer: Any = None) -> None:
        check_is_cell("cell", cell)
        if not isinstance(helper, Helper):
            raise TypeError(f"helper must be a Helper, received: {type(helper)}")
        check_output_layer(output_layer)
        self._cell = cell
        self._helper = helper
        self._initial_state = initial_state
        self._output_layer = output_layer

    @property
    def batch_size(self) -> Any:
        """That of the helper."""
        return self._helper.batch_size

    def _rnn_output_size(self) -> Any:
        return output_size_of(self._cell, self._output_layer)

    @property
    def output_size(self) -> BasicDecoderOutput:
        """The sizes of the fields of `BasicDecoderOutput`."""
        return BasicDecoderOutput(rnn_output=self._rnn_output_size(), sample_id=self._helper.sample_ids_shape)

    @property
    def output_dtype(self) -> BasicDecoderOutput:
        """Their dtypes: outputs are taken to be of the dtype of the state."""
        dtype = nested.flatten(self._initial_state)[0].dtype
        return BasicDecoderOutput(nested.map_structure(lambda _: dtype, self._rnn_output_size()),
                                  self._helper.sample_ids_dtype)

    def initialize(self, name: str | None = None) -> Any:
        """`(finished, inputs, state)` before the first step."""
        finished, inputs = self._helper.initialize()
        return finished, inputs, self._initial_state

    def step(self, time: Tensor, inputs: Any, state: Any, name: str | None = None) -> Any:
        """`(outputs, next_state, next_inputs, finished)` of a step."""
        with name_scope(name, "BasicDecoderStep", nested.flatten((time, inputs, state))):
            cell_outputs, cell_state = self._cell(inputs, state)
            if self._output_layer is not None:
                cell_outputs = self._output_layer(cell_outputs)
            sample_ids = self._helper.sample(time=time, outputs=cell_outputs, state=cell_state)
            finished, next_inputs, next_state = self._helper.next_inputs(
                time=time, outputs=cell_outputs, state=cell_state, sample_ids=sample_ids)
        return BasicDecoderOutput(cell_outputs, sample_ids), next_state, next_inputs, finished

    def planned_steps(self) -> Tensor | None:
        """What the helper knows of it; nothing where a subclass makes steps of its own."""
        own = type(self).step is BasicDecoder.step and type(self).initialize is BasicDecoder.initialize
        return self._helper.planned_steps() if own else None
