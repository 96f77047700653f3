"""LSTMs in time and frequency: they run over the frequencies of an input, too.

An input is cut along its columns into windows of `feature_size`, each `frequency_skip` further than the one before.
"""

from __future__ import annotations

import collections
from collections.abc import Sequence
from typing import Any, NamedTuple

from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import zeros_like
from millpond.ops.array.join import concat, split
from millpond.ops.array.pad import pad
from millpond.ops.array.slicing import slice_
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.elementwise import sigmoid
from millpond.ops.math.trigonometry import tanh
from millpond.ops.nn.bias_dropout import bias_add
from millpond.rnn.cell_parts import clipped, known_size, lstm_step, peepholes, sharded
from millpond.rnn.cells_basic import warn_of_concatenated_state
from millpond.rnn.cells_gated import OneSizeCell
from millpond.variables.initializers import Zeros
from millpond.variables.scope import get_variable, get_variable_scope, variable_scope


def _windows(inputs: Tensor, begin: int, count: int, size: int, skip: int) -> list[Tensor]:
    return [slice_(inputs, [0, begin + i * skip], [-1, size]) for i in range(count)]


def _count(length: int, size: int, skip: int) -> int:
    """How many windows of a size lie in a length."""
    return int((length - size) / skip) + 1


def _columns(x: Tensor, index: int, size: int) -> Tensor:
    return slice_(x, [0, index * size], [-1, size])


class TimeFreqLSTMCell(OneSizeCell):
    """An LSTM that sees what it gave for the frequency below (T. Sainath and B. Li, 2016).

    The state is one tensor: c and m of each window, side by side. Its variables are `W_0` and so on, the parts of the
    kernel, `B`, and `W_F_diag`, `W_I_diag` and `W_O_diag` where there are peepholes.

    Args:
      num_units: The size of the output for one window.
      use_peepholes: Whether the gates see c.
      cell_clip: A bound for the absolute value of c.
      initializer: The initializer of kernel and peepholes.
      num_unit_shards: Into how many parts the kernel is cut.
      forget_bias: What is added to the forget gate, so that it stands open in the beginning.
      feature_size: The size of a window.
      frequency_skip: The distance from one window to the next.
      reuse: Whether the variables exist already in the scope.

    Raises:
      ValueError: When called, if the size of the inputs is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.TimeFreqLSTMCell(3, feature_size=2, frequency_skip=2)
      ...     output, state = cell(tf.ones([2, 4]), tf.zeros([2, 12]))
      ...     print(output.shape, state.shape)
      (2, 6) (2, 12)
    """

    def __init__(self, num_units: int, use_peepholes: bool = False, cell_clip: float | None = None,
                 initializer: Any = None, num_unit_shards: int = 1, forget_bias: float = 1.0,
                 feature_size: int | None = None, frequency_skip: int = 1, reuse: bool | None = None) -> None:
        super().__init__(num_units, reuse)
        self._use_peepholes, self._cell_clip, self._initializer = use_peepholes, cell_clip, initializer
        self._num_unit_shards, self._forget_bias = num_unit_shards, forget_bias
        self._feature_size, self._frequency_skip = feature_size, frequency_skip

    @property
    def state_size(self) -> Any:
        return 2 * self._num_units

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        units, size = self._num_units, self._feature_size or known_size(inputs)
        windows = _windows(inputs, 0, _count(known_size(inputs), size, self._frequency_skip), size,
                           self._frequency_skip)
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            kernel = sharded("W", [size + 2 * units, 4 * units], inputs.dtype, self._num_unit_shards)
            bias = get_variable("B", [4 * units], inputs.dtype, Zeros())
            diagonals = peepholes(units, inputs.dtype, ("W_F_diag", "W_I_diag", "W_O_diag")) \
                if self._use_peepholes else None
        below = zeros_like(_columns(state, 0, units))
        outputs, states = [], []
        for index, window in enumerate(windows):
            c, m = _columns(state, 2 * index, units), _columns(state, 2 * index + 1, units)
            gates = split(bias_add(matmul(concat([window, m, below], 1), kernel), bias), 4, axis=1)
            c, below = lstm_step(gates, c, self._forget_bias, tanh, diagonals, self._cell_clip)
            outputs.append(below)
            states += [c, below]
        return concat(outputs, 1), concat(states, 1)


class _Direction(NamedTuple):
    """What one of the two LSTMs of a grid has: kernel, bias, and peepholes for the c below and the c before.

    The peepholes are dictionaries from `"i"`, `"f"` and `"o"` to pairs; None without peepholes.
    """

    kernel: Any
    bias: Any
    diagonals: dict[str, tuple[Any, Any]] | None


class GridLSTMCell(OneSizeCell):
    """An LSTM in time and one in frequency, which see each other (N. Kalchbrenner et al., 2016, arXiv:1507.01526).

    The state is a named tuple, with fields `state_f00_b00_c` and `state_f00_b00_m` for each window and block. Its
    variables are, for each block, `W_f_0_0` and so on (the parts of the kernel in frequency), `B_f_0`, `W_t_0_0`,
    `B_t_0`, and the peepholes `W_F_diag_freqf_0`, `W_F_diag_freqt_0`, ..., `W_O_diag_timet_0`.

    Args:
      num_units: The size of c and m of one window.
      use_peepholes: Whether the gates see c.
      share_time_frequency_weights: Whether both LSTMs share their variables.
      cell_clip: A bound for the absolute value of c.
      initializer: The initializer of kernels and peepholes.
      num_unit_shards: Into how many parts the kernels are cut.
      forget_bias: What is added to the forget gates, so that they stand open in the beginning.
      feature_size: The size of a window.
      frequency_skip: The distance from one window to the next.
      num_frequency_blocks: A list with the number of windows of each block.
      start_freqindex_list, end_freqindex_list: Where the blocks begin and end; one block of all columns by default.
      couple_input_forget_gates: Whether as much is let in as is forgotten.
      state_is_tuple: Whether the state is a named tuple; otherwise it is one tensor.
      reuse: Whether the variables exist already in the scope.

    Raises:
      ValueError: If `num_frequency_blocks` is missing; when called, if it does not fit the inputs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.GridLSTMCell(3, feature_size=2, frequency_skip=2, num_frequency_blocks=[2])
      ...     output, state = cell(tf.ones([5, 4]), cell.zero_state(5, tf.float32))
      ...     print(output.shape, state._fields)
      (5, 12) ('state_f00_b00_c', 'state_f00_b00_m', 'state_f01_b00_c', 'state_f01_b00_m')
    """

    _prefixes: tuple[str, ...] = ("state",)
    _tuple_name = "GridLSTMStateTuple"

    def __init__(self, num_units: int, use_peepholes: bool = False, share_time_frequency_weights: bool = False,
                 cell_clip: float | None = None, initializer: Any = None, num_unit_shards: int = 1,
                 forget_bias: float = 1.0, feature_size: int | None = None, frequency_skip: int | None = None,
                 num_frequency_blocks: Sequence[int] | None = None, start_freqindex_list: Sequence[int] | None = None,
                 end_freqindex_list: Sequence[int] | None = None, couple_input_forget_gates: bool = False,
                 state_is_tuple: bool = True, reuse: bool | None = None) -> None:
        super().__init__(num_units, reuse)
        warn_of_concatenated_state(self, state_is_tuple)
        if num_frequency_blocks is None:
            raise ValueError("Must specify num_frequency_blocks")
        self._use_peepholes, self._is_shared = use_peepholes, share_time_frequency_weights
        self._cell_clip, self._initializer, self._num_unit_shards = cell_clip, initializer, num_unit_shards
        self._forget_bias, self._is_coupled = forget_bias, couple_input_forget_gates
        self._feature_size, self._frequency_skip = feature_size, frequency_skip
        self._blocks = [int(count) for count in num_frequency_blocks]
        self._starts, self._ends = list(start_freqindex_list or ()), list(end_freqindex_list or ())
        self._state_is_tuple = state_is_tuple
        fields = [f"{prefix}_f{window:02d}_b{block:02d}_{part}" for prefix in self._prefixes
                  for block, count in enumerate(self._blocks) for window in range(count) for part in "cm"]
        self._state_tuple_type: Any = collections.namedtuple(self._tuple_name, fields)  # type: ignore[misc]

    @property
    def state_tuple_type(self) -> Any:
        """The class of the state; None where it is one tensor."""
        return self._state_tuple_type if self._state_is_tuple else None

    @property
    def state_size(self) -> Any:
        count = len(self._state_tuple_type._fields)
        return self._state_tuple_type(*[self._num_units] * count) if self._state_is_tuple else self._num_units * count

    @property
    def output_size(self) -> Any:
        return self._num_units * len(self._state_tuple_type._fields)

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step; see `RNNCell`."""
        outputs, states = [], []
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            for block, windows in enumerate(self._windows_of(inputs)):
                found = self._run(windows, block, state, "state")
                outputs += found[0]
                states += found[1]
        return concat(outputs, 1), self._state_tuple_type(*states) if self._state_is_tuple else concat(states, 1)

    def _windows_of(self, inputs: Tensor, offset: int = 0) -> list[list[Tensor]]:
        """The windows of each block, moved by an offset; beyond the inputs there are zeros."""
        length = known_size(inputs)
        starts, ends = (self._starts, self._ends) if self._starts else ([0], [length])
        if not len(starts) == len(ends) == len(self._blocks):
            raise ValueError(f"There are {len(self._blocks)} blocks in num_frequency_blocks of the cell {self.name}, "
                             f"but {len(starts)} in start_freqindex_list and {len(ends)} in end_freqindex_list")
        size, skip = self._feature_size or length, self._frequency_skip or 1
        if offset:
            inputs = pad(inputs, [[0, 0], [max(-offset, 0), max(offset, 0)]])
        blocks = []
        for start, end, wanted in zip(starts, ends, self._blocks, strict=True):
            count = _count(end - start, size, skip)
            if count != wanted:
                raise ValueError(f"Invalid num_frequency_blocks, requires {wanted} but gets {count} in the cell "
                                 f"{self.name}: {end - start} columns hold {count} windows of {size} at distances of "
                                 f"{skip}.")
            blocks.append(_windows(inputs, start + max(offset, 0), count, size, skip))
        return blocks

    def _direction(self, block: int, direction: str, input_size: int, dtype: Any) -> _Direction:
        units, gates = self._num_units, 3 if self._is_coupled else 4
        short = direction[0]
        kernel = sharded(f"W_{short}_{block}", [input_size + 2 * units, gates * units], dtype, self._num_unit_shards)
        bias = get_variable(f"B_{short}_{block}", [gates * units], dtype, Zeros())
        diagonals = {}
        if self._use_peepholes:
            for gate in "io" if self._is_coupled else "fio":
                below, before = [get_variable(f"W_{gate.upper()}_diag_{direction}{seen}_{block}", [units], dtype)
                                 for seen in "ft"]
                diagonals[gate] = below, before
        return _Direction(kernel, bias, diagonals or None)

    def _run(self, windows: list[Tensor], block: int, state: Any, prefix: str) -> tuple[list[Tensor], list[Tensor]]:
        """The outputs of a block, those in time and in frequency in turn, and its new state."""
        dtype = windows[0].dtype
        frequency = self._direction(block, "freq", known_size(windows[0]), dtype)
        time = frequency if self._is_shared else self._direction(block, "time", known_size(windows[0]), dtype)
        outputs: list[Tensor] = []
        states: list[Tensor] = []
        c_below = m_below = zeros_like(self._parts(state, prefix, 0, block)[0])
        for index, window in enumerate(windows):
            c_before, m_before = self._parts(state, prefix, index, block)
            seen = concat([window, m_before, m_below], 1)
            gates_f = self._gates(seen, frequency)
            gates_t = gates_f if self._is_shared else self._gates(seen, time)
            c_f = self._memory(gates_f, frequency, c_below, c_before, c_below)
            c_t = self._memory(gates_t, time, c_below, c_before, c_before)
            m_f = sigmoid(_seeing(gates_f[-1], frequency, "o", c_f, c_t)) * tanh(c_f)
            m_t = sigmoid(_seeing(gates_t[-1], time, "o", c_f, c_t)) * tanh(c_t)
            c_below, m_below = c_f, m_f
            outputs += [m_t, m_f]
            states += [c_t, m_t]
        return outputs, states

    def _parts(self, state: Any, prefix: str, window: int, block: int) -> tuple[Tensor, Tensor]:
        """The c and m of a window."""
        if self._state_is_tuple:
            name = f"{prefix}_f{window:02d}_b{block:02d}"
            return getattr(state, f"{name}_c"), getattr(state, f"{name}_m")
        index = sum(self._blocks[:block]) + window
        return _columns(state, 2 * index, self._num_units), _columns(state, 2 * index + 1, self._num_units)

    def _gates(self, seen: Tensor, direction: _Direction) -> list[Tensor]:
        return split(bias_add(matmul(seen, direction.kernel), direction.bias), 3 if self._is_coupled else 4, axis=1)

    def _memory(self, gates: list[Tensor], direction: _Direction, c_below: Tensor, c_before: Tensor,
                c: Tensor) -> Tensor:
        """The new c of one direction."""
        i = sigmoid(_seeing(gates[0], direction, "i", c_below, c_before))
        if self._is_coupled:
            forget = 1.0 - i
        else:
            forget = sigmoid(_seeing(gates[2] + self._forget_bias, direction, "f", c_below, c_before))
        return clipped(forget * c + i * tanh(gates[1]), self._cell_clip)


def _seeing(gate: Tensor, direction: _Direction, name: str, c_below: Tensor, c_before: Tensor) -> Tensor:
    """The input of a gate with what it sees through its peepholes."""
    if direction.diagonals is None:
        return gate
    below, before = direction.diagonals[name]
    return gate + below * c_below + before * c_before


class BidirectionalGridLSTMCell(GridLSTMCell):
    """`tf.contrib.rnn.GridLSTMCell` that runs over the frequencies in both directions.

    The variables of the directions lie in the scopes `fwd` and `bwd`; the fields of the state begin with `fwd_state`
    and `bwd_state`.

    Args:
      num_units, use_peepholes, share_time_frequency_weights, cell_clip, initializer, num_unit_shards, forget_bias,
        feature_size, frequency_skip, num_frequency_blocks, start_freqindex_list, end_freqindex_list,
        couple_input_forget_gates, reuse: See `tf.contrib.rnn.GridLSTMCell`.
      backward_slice_offset: By how many columns the windows of the backward direction are moved.

    Raises:
      ValueError: If `num_frequency_blocks` is missing; when called, if it does not fit the inputs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.BidirectionalGridLSTMCell(3, feature_size=2, frequency_skip=2,
      ...                                                     num_frequency_blocks=[2])
      ...     output, state = cell(tf.ones([5, 4]), cell.zero_state(5, tf.float32))
      ...     print(output.shape, state._fields[-1])
      (5, 24) bwd_state_f01_b00_m
    """

    _prefixes = ("fwd_state", "bwd_state")
    _tuple_name = "BidirectionalGridLSTMStateTuple"

    def __init__(self, num_units: int, use_peepholes: bool = False, share_time_frequency_weights: bool = False,
                 cell_clip: float | None = None, initializer: Any = None, num_unit_shards: int = 1,
                 forget_bias: float = 1.0, feature_size: int | None = None, frequency_skip: int | None = None,
                 num_frequency_blocks: Sequence[int] | None = None, start_freqindex_list: Sequence[int] | None = None,
                 end_freqindex_list: Sequence[int] | None = None, couple_input_forget_gates: bool = False,
                 backward_slice_offset: int = 0, reuse: bool | None = None) -> None:
        super().__init__(num_units, use_peepholes, share_time_frequency_weights, cell_clip, initializer,
        num_unit_shards,
                         forget_bias, feature_size, frequency_skip, num_frequency_blocks, start_freqindex_list,
                         end_freqindex_list, couple_input_forget_gates, True, reuse)
        self._offset = int(backward_slice_offset)

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step; see `RNNCell`."""
        outputs, states = [], []
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            for scope, blocks in (("fwd", self._windows_of(inputs)),
                                  ("bwd", [block[::-1] for block in self._windows_of(inputs, self._offset)])):
                with variable_scope(scope):
                    for block, windows in enumerate(blocks):
                        found = self._run(windows, block, state, f"{scope}_state")
                        outputs += found[0]
                        states += found[1]
        return concat(outputs, 1), self._state_tuple_type(*states)
