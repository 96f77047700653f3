"""Stacks of recurrent layers with one vector of parameters, as cuDNN has them; they run on every device."""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import DTypeLike, ShapeLike, TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.layers.base import Layer
from millpond.layers.input_spec import InputSpec
from millpond.ops.array.constant import constant
from millpond.ops.array.fill import fill, zeros
from millpond.ops.array.join import stack
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.math.cast import cast
from millpond.ops.nn.cudnn_parameters import CANONICAL_TO_PARAMS
from millpond.ops.nn.cudnn_rnn import CUDNN_RNN, CUDNN_RNN_V3, GATES, Kind, directions_of
from millpond.ops.random.random_seed import seed_attributes
from millpond.rnn.cudnn_saveables import (
    CudnnGRUSaveable,
    CudnnLSTMSaveable,
    CudnnOpaqueParamsSaveable,
    CudnnRNNReluSaveable,
    CudnnRNNTanhSaveable,
)
from millpond.shapes import as_shape
from millpond.variables.initializers import Constant, GlorotUniform
from millpond.variables.scope import get_variable, get_variable_scope, variable_scope

_DIRECTIONS = ("unidirectional", "bidirectional")
_INPUT_MODES = ("linear_input", "skip_input", "auto_select")


class _CudnnRNN(Layer):
    """A stack of recurrent layers whose parameters are one variable, `opaque_kernel`.

    `ops/nn/cudnn_rnn.py` has the formulas, and says where each parameter lies. Checkpoints hold the parameters under
    the names, and in the form, of cells that compute the same, in a scope of the layer's name:
    `rnn/multi_rnn_cell/cell_0/...` for one direction, and for two
    `stack_bidirectional_rnn/cell_0/bidirectional_rnn/fw/...`. For a layer whose `build` is called first, there is no
    such scope around them.

    Args:
      num_layers: How many layers.
      num_units: The units of each layer in each direction.
      input_mode: `"linear_input"`: the first layer multiplies its inputs with weights. `"skip_input"`: it does not,
        which needs inputs of the size of the units. `"auto_select"`: it does not where that is so.
      direction: `"unidirectional"` or `"bidirectional"`.
      dropout: The rate at which outputs between two layers are dropped while training.
      seed: Of the dropout and the initial weights; see `tf.set_random_seed`.
      dtype: float16, float32 or float64.
      kernel_initializer: The initializer of each matrix; `tf.glorot_uniform_initializer` by default.
      bias_initializer: That of each bias; zeros by default.
      name: Name of the layer, and of its variable scope.

    Raises:
      ValueError: If an argument is none of these.
    """

    _rnn_mode: str
    _saveable_cls: type[CudnnOpaqueParamsSaveable]

    def __init__(self, num_layers: int, num_units: int, input_mode: str = "linear_input",
                 direction: str = "unidirectional", dropout: float = 0.0, seed: int | None = None,
                 dtype: DTypeLike = dtypes.float32, kernel_initializer: Any = None, bias_initializer: Any = None,
                 name: str | None = None) -> None:
        super().__init__(dtype=dtype, name=name)
        if direction not in _DIRECTIONS:
            raise ValueError(f"Invalid direction: {direction}, expecting {_DIRECTIONS[0]} or {_DIRECTIONS[1]}")
        if input_mode not in _INPUT_MODES:
            raise ValueError(f"Invalid input_mode: {input_mode}, expect one of {', '.join(_INPUT_MODES)}")
        self._plain_dtype = dtypes.as_dtype(dtype)
        if self._plain_dtype not in (dtypes.float16, dtypes.float32, dtypes.float64):
            raise ValueError(f"Only support float16, float32, float64, provided {self._plain_dtype.name}")
        self._num_layers = num_layers
        self._num_units = num_units
        self._input_mode = input_mode
        self._direction = direction
        self._dropout = dropout
        self._seed = seed
        self._kernel_initializer = kernel_initializer
        self._bias_initializer = bias_initializer
        self._input_size: int | None = None
        self._saveable: CudnnOpaqueParamsSaveable | None = None

    @property
    def num_layers(self) -> int:
        return self._num_layers

    @property
    def num_units(self) -> int:
        return self._num_units

    @property
    def input_mode(self) -> str:
        return self._input_mode

    @property
    def direction(self) -> str:
        return self._direction

    @property
    def num_dirs(self) -> int:
        return directions_of(self._direction)

    @property
    def rnn_mode(self) -> str:
        """`lstm`, `gru`, `rnn_tanh` or `rnn_relu`."""
        return self._rnn_mode

    @property
    def saveable(self) -> CudnnOpaqueParamsSaveable | None:
        """What a `Saver` saves of the layer; None until it is built."""
        return self._saveable

    @property
    def input_size(self) -> int:
        """The size of the inputs.

        Raises:
          ValueError: Before the layer is built.
        """
        if self._input_size is None:
            raise ValueError("'input_size' is unknown since layer has not been built.")
        return self._input_size

    def _kind(self) -> Kind:
        if self._input_size is None:
            raise RuntimeError(f"{type(self).__name__}: the shapes of its parameters are not known before the shape of "
                               "its inputs is")
        return Kind(self._rnn_mode, self._num_layers, self._num_units, self._input_size, self.num_dirs)

    @property
    def canonical_weight_shapes(self) -> list[tuple[int, int]]:
        """The shapes of all matrices, in the order in which they lie in the parameters.

        Raises:
          RuntimeError: Before the layer is built.
        """
        return self._kind().weight_shapes()

    @property
    def canonical_bias_shapes(self) -> list[list[int]]:
        """The shapes of all biases, in the order in which they lie in the parameters."""
        return [[self._num_units]] * (2 * GATES[self._rnn_mode] * self._num_layers * self.num_dirs)

    def build(self, input_shape: Any) -> None:
        """Makes the variable, for inputs of a shape of three dimensions whose last is known.

        Raises:
          ValueError: If the shape is another.
        """
        if self.built:
            return
        sizes = as_shape(input_shape)
        if sizes.ndims != 3:
            raise ValueError(f"Expecting input_shape with 3 dims, got {sizes.ndims}")
        self._input_size = sizes.as_list()[2]
        if self._input_size is None:
            raise ValueError("The last dimension of the inputs to `CudnnRNN` should be defined. Found `None`.")
        self.input_spec = InputSpec(ndim=3, axes={-1: self._input_size})
        self._set_scope(None)
        with variable_scope(self._scope, reuse=self.built):
            kernel = self._kernel_initializer or GlorotUniform(seed=self._seed, dtype=self._plain_dtype)
            bias = self._bias_initializer or Constant(0.0, dtype=self._plain_dtype)
            kind = self._kind()
            params = CANONICAL_TO_PARAMS(
                kind.layers, kind.units, kind.inputs,
                [kernel(shape, dtype=self._plain_dtype) for shape in self.canonical_weight_shapes],
                [bias(shape, dtype=self._plain_dtype) for shape in self.canonical_bias_shapes],
                dropout=self._dropout, **self._attributes())
            self.kernel = get_variable("opaque_kernel", dtype=self._plain_dtype, initializer=params)
        self._remember(self.kernel)
        # In the scope that is open: the layer's own when it is called, the one around when it is built by hand.
        if not get_variable_scope().reuse:
            self._saveable = self._saveable_cls(
                self.kernel, self._num_layers, self._num_units, self.input_size, self._input_mode, self._direction,
                scope=get_variable_scope(), name=f"{self.kernel.op.name}_saveable")
            default_graph().add_to_collection(GraphKeys.SAVEABLE_OBJECTS, self._saveable)
        self.built = True

    def _attributes(self) -> dict[str, Any]:
        return {"rnn_mode": self._rnn_mode, "input_mode": self._input_mode, "direction": self._direction}

    def call(self, inputs: Tensor, initial_state: Any = None, sequence_lengths: TensorLike | None = None,
             time_major: bool = True, training: bool = True) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Runs over all time steps.

        Args:
          inputs: `[time, batch_size, input_size]`, or `[batch_size, time, input_size]` if not `time_major`.
          initial_state: A tuple of h, and c of an LSTM, each `[num_layers * num_dirs, batch_size, num_units]`, or with
            the first two dimensions swapped if not `time_major`; zeros if omitted.
          sequence_lengths: An int32 vector `[batch_size]`. A sequence that has ended gives zeros, and keeps its state.
          time_major: Whether time is the first dimension of inputs and outputs.
          training: Whether outputs between layers are dropped, and gradients may be asked for.

        Returns:
          The outputs, `[time, batch_size, num_dirs * num_units]`, and the last states as a tuple of h (and c).

        Raises:
          TypeError: If the initial state is no tuple.
        """
        if initial_state is not None and not isinstance(initial_state, tuple):
            raise TypeError(f"Invalid initial_state type: {initial_state}, expecting tuple.")
        sizes = shape_of(inputs)
        batch_size, time = (sizes[1], sizes[0]) if time_major else (sizes[0], sizes[1])
        if initial_state is None:
            initial_state = tuple(self._zeros(shape, time_major) for shape in self.state_shape(batch_size))
        states = [convert_to_tensor(state, dtype=self._plain_dtype) for state in initial_state]
        has_c = self._rnn_mode == "lstm"
        if len(states) != 1 + has_c:
            raise ValueError(f"initial_state must be a tuple of {1 + has_c} tensors, not of {len(states)}")
        h, c = states if has_c else (states[0], constant([], dtype=self._plain_dtype))
        attributes = {**self._attributes(), "dropout": self._dropout, "is_training": training,
                      **seed_attributes(self._seed)}
        if sequence_lengths is None and time_major:
            made = CUDNN_RNN(inputs, h, c, self.kernel, **attributes)
        else:
            lengths = fill([batch_size], time) if sequence_lengths is None else sequence_lengths
            made = CUDNN_RNN_V3(inputs, h, c, self.kernel, cast(lengths, dtypes.int32), time_major=time_major,
                                **attributes)
        return made.output, (made.output_h, made.output_c) if has_c else (made.output_h,)

    def _zeros(self, shape: list[Any], time_major: bool) -> Tensor:
        return zeros(stack(shape if time_major else [shape[1], shape[0], shape[2]]), self._plain_dtype)

    def state_shape(self, batch_size: Any) -> tuple[list[Any], ...]:
        """The shapes of the states, of an LSTM h and c, of others h alone.

        Args:
          batch_size: A number, or a scalar tensor.
        """
        shape = [self._num_layers * self.num_dirs, batch_size, self._num_units]
        return (shape, list(shape)) if self._rnn_mode == "lstm" else (shape,)

    def compute_output_shape(self, input_shape: ShapeLike) -> Any:
        """The shape of the outputs for inputs of a shape."""
        sizes = as_shape(input_shape).as_list()
        return as_shape([*sizes[:2], self._num_units * self.num_dirs])


class CudnnLSTM(_CudnnRNN):
    """Long short-term memory as cuDNN has it.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     lstm = tf.contrib.cudnn_rnn.CudnnLSTM(2, 5, direction="bidirectional")
      ...     outputs, (h, c) = lstm(tf.zeros([7, 3, 4]))
      ...     print(outputs.shape, h.shape, lstm.kernel.name)
      (7, 3, 10) (4, 3, 5) cudnn_lstm/opaque_kernel:0
    """

    _rnn_mode = "lstm"
    _saveable_cls = CudnnLSTMSaveable


class CudnnGRU(_CudnnRNN):
    """Gated recurrent units as cuDNN has them."""

    _rnn_mode = "gru"
    _saveable_cls = CudnnGRUSaveable


class CudnnRNNTanh(_CudnnRNN):
    """Plain recurrent layers with the activation tanh."""

    _rnn_mode = "rnn_tanh"
    _saveable_cls = CudnnRNNTanhSaveable


class CudnnRNNRelu(_CudnnRNN):
    """Plain recurrent layers with the activation relu."""

    _rnn_mode = "rnn_relu"
    _saveable_cls = CudnnRNNReluSaveable
