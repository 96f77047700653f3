"""Stage: a run of operations that one device executes as one XLA program, or that the host executes in Python.

Values pass between stages under keys: a `Tensor`, or a `Version` of a variable.
"""

from __future__ import annotations

from collections.abc import Collection

from millpond.compiler.references import is_transparent_read
from millpond.compiler.variable_order import Version
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor

Key = Tensor | Version
HOST = "host"


class Stage:
    """The unit of compilation, placement and transfer.

    Attributes:
      index: Position in the plan.
      device: Name of the device, or HOST.
      ops: Operations in execution order.
      operands: For each operation, the key of each input (None for a reference that is only written).
      inputs: Keys of values that enter from feeds and earlier stages.
      static_inputs: Positions in `inputs` whose values must be known when compiling.
      static_reads: Variables whose entry value must be known when compiling.
      static_operands: The static operands whose values depend on these.
      must_fold: Operations that static operands are worked out from.
      fed_inputs: Positions in `inputs` whose value is at hand before dispatch, because the caller feeds it or a
        host op makes it: guards on these are checked on the host, at no cost to the device.
      borrowed: Positions in `inputs` of arrays that the caller may change when the run is over: what is fed, and what
        a function of the caller's gives.
      outputs: Keys of tensors that later stages and fetches need.
      reads: Variables whose value at the start of the stage is used.
      writes: Variables that the stage sets, with the version it leaves behind.
      written_version: For each operation and reference that it writes, the version it makes.
      preserved: Versions, current when the stage starts or ends, that are needed later in the run.
      entry: For each variable, how many writes of the run came before the stage.
      random_ops: Operations that draw from a random stream.
      donates: Whether the old buffers of written variables may be given to XLA.
      blocks: Whether its one operation may wait for something outside, and gets a thread of its own.
      overlaps: Whether another device may work meanwhile, so that nobody waits for this one before a value is needed.
      waits_for: Indexes of the stages that must have run before.
      last_uses: Keys that no later stage and no fetch needs.
    """

    __slots__ = ("index", "device", "ops", "operands", "inputs", "static_inputs", "outputs", "reads", "writes",
                 "preserved", "entry", "random_ops", "donates", "must_fold", "fed_inputs",
                 "static_reads", "static_operands", "written_version", "borrowed", "blocks", "overlaps", "waits_for",
                 "last_uses")

    def __init__(self, index: int, device: str) -> None:
        self.index = index
        self.device = device
        self.ops: list[Operation] = []
        self.operands: dict[Operation, list[Key | None]] = {}
        self.inputs: list[Key] = []
        self.static_inputs: list[int] = []
        self.static_operands: list[Key] = []
        self.outputs: list[Tensor] = []
        self.reads: list[Operation] = []
        self.writes: dict[Operation, int] = {}
        self.preserved: list[Version] = []
        self.entry: dict[Operation, int] = {}
        self.random_ops: list[Operation] = []
        self.donates = False
        self.must_fold: set[Operation] = set()
        self.static_reads: set[Operation] = set()
        self.written_version: dict[tuple[Operation, Tensor], Version] = {}
        self.fed_inputs: set[int] = set()
        self.borrowed: set[int] = set()
        self.blocks = False
        self.overlaps = False
        self.waits_for: set[int] = set()
        self.last_uses: list[Key] = []

    @property
    def on_host(self) -> bool:
        return self.device == HOST

    @property
    def variables(self) -> list[Operation]:
        """All variables the stage touches: first those it writes."""
        return [*self.writes, *(v for v in self.reads if v not in self.writes)]

    def __repr__(self) -> str:
        return (f"<stage {self.index} on {self.device}: {len(self.ops)} ops, {len(self.inputs)} in, "
                f"{len(self.outputs)} out, reads {len(self.reads)}, writes {len(self.writes)}>")


def computes(op: Operation, fed: Collection[Tensor]) -> bool:
    """Whether an operation stands in a stage."""
    role = op.definition.role
    if role in ("constant", "variable", "group", "placeholder"):
        return False
    return not (role == "identity" and is_transparent_read(op) and op._inputs[0] not in fed)
