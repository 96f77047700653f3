"""Executable: a compiled stage, with all that calling it needs to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.compiler import xla
from millpond.compiler.handover import Box
from millpond.compiler.host_checks import HostCheck
from millpond.compiler.program import Instruction
from millpond.graph.tensor import Tensor

# How many elements a list has room for at first, where a loop does not tell how many iterations it has.
FIRST_ROOM = 16


class Executable:
    """A compiled stage.

    Attributes:
      function: The compiled program. It gives new values of written variables, outputs, and the flags of guards.
      box: Where it leaves them, if it writes variables (`handover.py`); otherwise None, and it returns them.
      bytes: What the program keeps in memory, without its large constants, as far as the compiler tells.
      shapes: The shapes of its largest tensors.
      donated: How many of its first arguments are given to XLA.
      dynamic_inputs: Positions of the stage's inputs that are passed (static ones are part of the program).
      constants: Large constants, on the device.
      known_outputs: Position and value of outputs that were folded away.
      handed_on: Position of outputs that are inputs, and the position of each of these among `dynamic_inputs`.
      samples: How far each random op's stream advances.
      room: How much room lists have whose length is not known while compiling.
      has_room: Whether there are such: how long the longest became for which there was no room (or 0) is then the last
        result before the flags.
      takes_number: Whether it is told the number of the run (`watch.py`), after its large constants.
      endless: Whether a loop in it may never end: it is called so that it can be stopped.
      moves_streams: Whether the program itself tells how far they have (branches and loops draw in it): the states
        that it leaves come before that.
      host_checks: Guards to run before dispatch.
      output_positions: Where the returned outputs belong among outputs and preserved versions.
      guarded: The operations whose guard's flag the program returns, in order.
      keeps_layout: Whether the variables that are written keep their shapes and dtypes.
      selects: Whether a failed guard keeps the old values; otherwise its flag is awaited before installing.
      structures: How the outputs are put together where there are lists among them, else None.
    """

    __slots__ = ("function", "dynamic_inputs", "constants", "known_outputs", "handed_on", "samples", "host_checks",
                 "guarded", "output_positions", "selects", "keeps_layout", "box", "bytes", "shapes", "donated",
                 "structures", "moves_streams", "room", "has_room", "takes_number", "endless")

    def __init__(self) -> None:
        self.function: Any = None
        self.dynamic_inputs: list[int] = []
        self.constants: list[Any] = []
        self.output_positions: list[int] = []
        self.known_outputs: list[tuple[int, np.ndarray]] = []
        self.handed_on: list[tuple[int, int]] = []
        self.samples: list[int] = []
        self.moves_streams = False
        self.room = FIRST_ROOM
        self.has_room = False
        self.takes_number = False
        self.endless = False
        self.host_checks: list[HostCheck] = []
        self.guarded: list[Instruction] = []
        self.selects = True
        self.keeps_layout = False
        self.box: Box | None = None
        self.bytes = 0
        self.shapes: dict[Tensor, tuple[int, ...]] = {}
        self.donated = 0
        self.structures: Any = None

    def whole(self, outputs: Sequence[Any]) -> Sequence[Any]:
        """What a call gave as outputs, lists put together again."""
        return outputs if self.structures is None else xla.jax.tree.unflatten(self.structures, outputs)
