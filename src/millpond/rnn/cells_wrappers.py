"""Cells around a cell: dropout, residual connections, devices."""

from __future__ import annotations

import hashlib
import numbers
from collections.abc import Callable
from typing import Any

from millpond import nested
from millpond.graph import stacks
from millpond.graph.argument_types import DeviceLike, DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.layers.base import Layer
from millpond.ops.control.tensor_array import TensorArray
from millpond.ops.math.division import div
from millpond.ops.math.elementwise import floor
from millpond.ops.nn.bias_dropout import dropout
from millpond.ops.random.random_ops import random_uniform
from millpond.ops.scoping import name_scope
from millpond.rnn.cells_base import RNNCell, check_is_cell
from millpond.rnn.cells_basic import LSTMStateTuple
from millpond.shapes import as_shape


class CellWrapper(RNNCell):
    """A cell around another one, whose sizes, variables and scope are those of the other.

    Args:
      cell: The other cell.

    Raises:
      TypeError: If it is no cell.
    """

    def __init__(self, cell: Any) -> None:
        super().__init__()
        check_is_cell("cell", cell)
        self._cell = cell
        if isinstance(cell, Layer):
            self._track(cell, "cell")

    @property
    def wrapped_cell(self) -> Any:
        return self._cell

    @property
    def state_size(self) -> Any:
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        return self._cell.output_size

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables of the cell that are trained: none, where this one is not `trainable`."""
        return list(getattr(self._cell, "trainable_weights", ())) if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables of the cell that are not trained."""
        rest = [] if self.trainable else getattr(self._cell, "trainable_weights", ())
        return [*rest, *getattr(self._cell, "non_trainable_weights", ())]

    def zero_state(self, batch_size: TensorLike, dtype: DTypeLike) -> Any:
        """A state of zeros; see `RNNCell`."""
        with self._zero_state_scope(batch_size):
            return self._cell.zero_state(batch_size, dtype)


def _drops_by_default(state: Any) -> Any:
    """What of a state is dropped: all but what an LSTM remembers, and arrays of tensors."""
    return LSTMStateTuple(c=False, h=True) if isinstance(state, LSTMStateTuple) else not isinstance(state, TensorArray)


class DropoutWrapper(CellWrapper):
    """A cell with dropout on its inputs, its states, and its outputs.

    Args:
      cell: The cell.
      input_keep_prob, output_keep_prob, state_keep_prob: The probability that an element is kept, a number or a scalar
        tensor (a placeholder, to keep all when testing).
      variational_recurrent: Whether the same elements are dropped in each step and each row of a batch, chosen anew by
        each run (Y. Gal and Z. Ghahramani, 2016, https://arxiv.org/abs/1512.05287).
      input_size: The size of the inputs, a number, a shape, or a structure of these: needed where
        `variational_recurrent`, and inputs are dropped.
      dtype: The dtype of inputs, states and outputs: needed where `variational_recurrent`.
      seed: The seed from which those of the single operations are derived; see `tf.set_random_seed`.
      dropout_state_filter_visitor: A function that is called with the parts of a state, from the outermost on, and says
        what
        to drop: True or False for a part with all that is in it, or a structure of these. By default all but the c of
        an `LSTMStateTuple`.

    Raises:
      TypeError: If `cell` is no cell, or the visitor no function.
      ValueError: If a probability is not in [0, 1], or something is missing that `variational_recurrent` needs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     cell = tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.BasicRNNCell(8), output_keep_prob=0.5, seed=1)
      ...     output, state = cell(tf.ones([1, 2]), tf.ones([1, 8]))
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(tf.count_nonzero(output)), sess.run(tf.count_nonzero(state)))
      5 8
    """

    def __init__(self, cell: Any, input_keep_prob: TensorLike = 1.0, output_keep_prob: TensorLike = 1.0,
                 state_keep_prob: TensorLike = 1.0, variational_recurrent: bool = False, input_size: Any = None,
                 dtype: DTypeLike | None = None, seed: int | None = None,
                 dropout_state_filter_visitor: Callable[[Any], Any] | None = None) -> None:
        super().__init__(cell)
        if dropout_state_filter_visitor is not None and not callable(dropout_state_filter_visitor):
            raise TypeError(f"dropout_state_filter_visitor must be callable, got {dropout_state_filter_visitor!r}")
        self._drops = dropout_state_filter_visitor or _drops_by_default
        with name_scope("DropoutWrapperInit"):
            self._input_keep_prob = _probability(input_keep_prob, "input_keep_prob")
            self._state_keep_prob = _probability(state_keep_prob, "state_keep_prob")
            self._output_keep_prob = _probability(output_keep_prob, "output_keep_prob")
        self._seed = seed
        self._variational_recurrent = variational_recurrent
        self._noise: dict[str, Any] = {}
        if variational_recurrent:
            self._draw_noise(input_size, dtype)

    def _draw_noise(self, input_size: Any, dtype: Any) -> None:
        if dtype is None:
            raise ValueError("When variational_recurrent=True, dtype must be provided")
        sizes = {"state": self._cell.state_size, "output": self._cell.output_size}
        if _may_drop(self._input_keep_prob):
            if input_size is None:
                raise ValueError("When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, input_size "
                                 "must be provided")
            sizes = {"input": input_size, **sizes}
        for what, size in sizes.items():
            leaves = [random_uniform([1, *as_shape(leaf).as_list()], seed=self._seed_of(what, i), dtype=dtype)
                      for i, leaf in enumerate(nested.flatten(size))]
            self._noise[what] = nested.pack_sequence_as(size, leaves)

    def _seed_of(self, what: str, index: int) -> int | None:
        """The seed of one operation; TensorFlow derives the same."""
        if self._seed is None:
            return None
        return int(hashlib.md5(f"{self._seed}{what}_{index}".encode()).hexdigest()[:8], 16) & 0x7FFFFFFF

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; see `RNNCell`. The scope is that of the cell inside."""
        if _may_drop(self._input_keep_prob):
            inputs = self._dropped(inputs, "input", self._input_keep_prob)
        output, new_state = self._cell(inputs, state, scope=scope)
        if _may_drop(self._state_keep_prob):
            chosen = _choice(self._drops, new_state)
            new_state = self._dropped(new_state, "state", self._state_keep_prob, chosen)
        if _may_drop(self._output_keep_prob):
            output = self._dropped(output, "output", self._output_keep_prob)
        return output, new_state

    def _dropped(self, values: Any, what: str, keep_prob: Any, chosen: Any = None) -> Any:
        """Drops elements of the leaves of a structure, all of them or those that are `chosen`."""
        if chosen is None:
            chosen = nested.map_structure(lambda _: True, values)
        parts = nested.flatten_up_to(chosen, values)
        noises = nested.flatten_up_to(chosen, self._noise[what]) if self._noise else [None] * len(parts)
        kept = []
        for i, (choice, part, noise) in enumerate(zip(nested.flatten(chosen), parts, noises, strict=True)):
            if not choice:
                kept.append(part)
            elif self._variational_recurrent:
                kept.append(_masked(part, noise, keep_prob))
            else:
                kept.append(dropout(part, keep_prob=keep_prob, seed=self._seed_of(what, i)))
        return nested.pack_sequence_as(chosen, kept)


def _probability(value: Any, name: str) -> Any:
    """A probability as a number, or as a tensor where it is not known.

    Raises:
      ValueError: If it is not in [0, 1].
    """
    tensor = convert_to_tensor(value)
    known = constant_value(tensor)
    if known is None:
        return tensor
    if not 0 <= known <= 1:
        raise ValueError(f"Parameter {name} must be between 0 and 1: {known}")
    return float(known)


def _may_drop(keep_prob: Any) -> bool:
    return not isinstance(keep_prob, numbers.Real) or float(keep_prob) < 1.0


def _masked(value: Tensor, noise: Tensor, keep_prob: Any) -> Tensor:
    result = div(value, keep_prob) * floor(keep_prob + noise)
    result.set_shape(value.shape)
    return result


def _choice(visitor: Callable[[Any], Any], state: Any) -> Any:
    """What a visitor chooses of a state: its answers, as a structure that is as deep as they go.

    Raises:
      TypeError: If an answer is neither a bool nor a structure of bools.
      ValueError: If an answer does not fit the part of the state.
    """
    answer = visitor(state)
    if not nested.is_nested(state) or answer is False:
        if not isinstance(answer, bool):
            raise TypeError("dropout_state_filter_visitor must say True or False of what is no structure, but of "
                            f"{state} it said {answer!r}")
        return answer
    if answer is True:
        return nested.map_level(lambda part: _choice(visitor, part), state)
    if not nested.is_nested(answer):
        raise TypeError("dropout_state_filter_visitor must give a bool, or a structure of bools, but for "
                        f"{state} it gave {answer!r}")
    nested.flatten_up_to(answer, state)

    def choice(chosen: Any, part: Any) -> Any:
        if not isinstance(chosen, bool):
            raise TypeError(f"dropout_state_filter_visitor must choose by bools, but for {state} it gave {answer!r}")
        return chosen and _choice(visitor, part)

    return nested.map_level(choice, answer, state)


class ResidualWrapper(CellWrapper):
    """A cell whose inputs are added to its outputs (Y. Wu et al., 2016, https://arxiv.org/abs/1609.08144).

    Args:
      cell: The cell.
      residual_fn: A function of inputs and outputs in place of the sum.

    Raises:
      TypeError: If `cell` is no cell.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     inner = tf.nn.rnn_cell.BasicRNNCell(2)
      ...     x, state = tf.constant([[1.0, 2.0]]), inner.zero_state(1, tf.float32)
      ...     output, _ = tf.nn.rnn_cell.ResidualWrapper(inner)(x, state)
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(tf.reduce_all(tf.abs(output - inner(x, state)[0] - x) < 1e-6)))
      True
    """

    def __init__(self, cell: Any, residual_fn: Callable[[Any, Any], Any] | None = None) -> None:
        super().__init__(cell)
        self._residual_fn = residual_fn

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; see `RNNCell`.

        Raises:
          TypeError: If inputs and outputs are structures of different types.
          ValueError: If they are of different shapes.
        """
        outputs, new_state = self._cell(inputs, state, scope=scope)
        return (self._residual_fn or _sum)(inputs, outputs), new_state


def _sum(inputs: Any, outputs: Any) -> Any:
    def added(x: Tensor, y: Tensor) -> Tensor:
        x.shape.assert_is_compatible_with(y.shape)
        return x + y

    return nested.map_structure(added, inputs, outputs)


class DeviceWrapper(CellWrapper):
    """A cell that runs on a device.

    Args:
      cell: The cell.
      device: The device, as `tf.device` takes it.

    Raises:
      TypeError: If `cell` is no cell.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.DeviceWrapper(tf.nn.rnn_cell.GRUCell(2), "/cpu:0")
      ...     output, state = cell(tf.ones([1, 2]), cell.zero_state(1, tf.float32))
      ...     print(output.device)
      /device:CPU:0
    """

    def __init__(self, cell: Any, device: DeviceLike) -> None:
        super().__init__(cell)
        self._device = device

    def zero_state(self, batch_size: TensorLike, dtype: DTypeLike) -> Any:
        """A state of zeros on the device; see `RNNCell`."""
        with self._zero_state_scope(batch_size), stacks.default_graph().device(self._device):
            return self._cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; see `RNNCell`."""
        with stacks.default_graph().device(self._device):
            return self._cell(inputs, state, scope=scope)
