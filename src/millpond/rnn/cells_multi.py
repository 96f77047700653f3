"""MultiRNNCell: cells one upon another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond import nested
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.layers.base import Layer
from millpond.logs import LOGGER
from millpond.ops.array.join import concat
from millpond.ops.array.slicing import slice_
from millpond.rnn.cells_base import RNNCell, check_is_cell
from millpond.variables.scope import variable_scope


class MultiRNNCell(RNNCell):
    """Cells one upon another: the output of each is the input of the next.

    The variables of the cells lie in the scopes `multi_rnn_cell/cell_0`, `multi_rnn_cell/cell_1` and so on.

    Args:
      cells: The cells, the lowest first; each an object of its own, or they share their variables.
      state_is_tuple: Whether the state is a tuple of the cells' states; otherwise it is one tensor, in which they lie
        side by side.

    Raises:
      ValueError: If there is no cell, or a cell has a state in parts though `state_is_tuple` is False.
      TypeError: If `cells` is no list or tuple, or something in it is no cell.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.GRUCell(n) for n in (3, 2)])
      ...     output, state = cell(tf.ones([5, 4]), cell.zero_state(5, tf.float32))
      ...     print(output.shape, cell.state_size, cell.weights[0].name)
      (5, 2) (3, 2) multi_rnn_cell/cell_0/gru_cell/gates/kernel:0
    """

    def __init__(self, cells: Sequence[Any], state_is_tuple: bool = True) -> None:
        super().__init__()
        if not nested.is_nested(cells):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        for cell in cells:
            check_is_cell("cells", cell)
        if len({id(cell) for cell in cells}) < len(cells):
            LOGGER.warning("At least two cells provided to MultiRNNCell are the same object and will share weights: "
                           "write [make_cell() for _ in range(n)] in place of [cell] * n.")
        self._cells = cells
        self._state_is_tuple = state_is_tuple
        for number, cell in enumerate(cells):
            if isinstance(cell, Layer):
                self._track(cell, f"cell-{number}")
        if not state_is_tuple and any(nested.is_nested(cell.state_size) for cell in cells):
            raise ValueError("Some cells return tuples of states, but the flag state_is_tuple is not set. State sizes "
                             f"are: {[cell.state_size for cell in cells]}")

    @property
    def state_size(self) -> Any:
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        return self._cells[-1].output_size

    def zero_state(self, batch_size: TensorLike, dtype: DTypeLike) -> Any:
        """A state of zeros; see `RNNCell`."""
        if not self._state_is_tuple:
            return super().zero_state(batch_size, dtype)
        with self._zero_state_scope(batch_size):
            return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables of the cells that are trained: none, where this cell is not `trainable`."""
        return self._of_cells("trainable_weights") if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables of the cells that are not trained."""
        rest = [] if self.trainable else self._of_cells("trainable_weights")
        return rest + self._of_cells("non_trainable_weights")

    def _of_cells(self, attribute: str) -> list[Any]:
        found: dict[int, Any] = {}
        for cell in self._cells:
            found |= {id(variable): variable for variable in getattr(cell, attribute, ())}
        return list(found.values())

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        """One step; see `RNNCell`."""
        states = self._states(state)
        new_states = []
        for number, cell in enumerate(self._cells):
            with variable_scope(f"cell_{number}"):
                if not self._state_is_tuple:
                    begin = sum(below.state_size for below in self._cells[:number])
                    states.append(slice_(state, [0, begin], [-1, cell.state_size]))
                inputs, new_state = cell(inputs, states[number])
                new_states.append(new_state)
        return inputs, tuple(new_states) if self._state_is_tuple else concat(new_states, 1)

    def _states(self, state: Any) -> list[Any]:
        if not self._state_is_tuple:
            return []
        if not isinstance(state, (list, tuple)) or len(state) < len(self._cells):
            raise ValueError(f"Expected state to be a tuple of length {len(self._cells)}, but received: {state}, for "
                             f"the cell {self.name}. Start from cell.zero_state(batch_size, dtype).")
        return list(state)
