"""Branches and loops in the hot tier: an `If` or `Case` becomes XLA's conditional, a `While` XLA's loop.

What a body does besides giving values goes in and out of it as part of its state: the variables that it sets, its
random streams, and whether a guard has refused. A loop ends at the first iteration in which one does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from millpond.compiler import xla
from millpond.compiler.bodies import branch_number, is_loop
from millpond.compiler.program import BodyProgram, Instruction
from millpond.graph.operation import Operation
from millpond.ops.control import list_values
from millpond.ops.control.list_values import DeviceList

if TYPE_CHECKING:
    from millpond.compiler.lower import Tracing


# So often a loop is looked at for the layouts of the lists that it carries.
MAX_LAYOUTS = 5


class CannotCompile(Exception):
    """A branch or loop has no form as one XLA program for these shapes; it runs from the host.

    Attributes:
      op: The branch or loop.
      reason: Why.
    """

    def __init__(self, op: Operation, reason: str) -> None:
        super().__init__(f"'{op.name}' ({op.type}) cannot be compiled as a whole: {reason}")
        self.op = op
        self.reason = reason


class _Unused:
    """A result that nobody looks at, and whose shape is that of another branch's."""

    dtype = np.dtype(object)
    shape = ()
    size = 0


UNUSED = _Unused()


class Ran(NamedTuple):
    """What running a body, a branch or a loop gave.

    Attributes:
      written: The new value of each operand that is set, by position.
      results: What it gives; None for a reference.
      streams: The states of random streams after it.
      ok: A traced bool, false where a guard refused; None where there is no guard.
    """

    written: dict[int, Any]
    results: list[Any]
    streams: dict[Operation, Any]
    ok: Any


def lower(tracing: Tracing, instruction: Instruction, operands: list[Any], streams: dict[Operation, Any]) -> Ran:
    """Traces a branch or loop.

    Args:
      tracing: The trace that the instruction stands in.
      instruction: A branch or loop.
      operands: Its operands, flat: traced arrays, or NumPy arrays where the value is known.
      streams: The states of the random streams that it draws from.

    Raises:
      CannotCompile: If there is no XLA program for it.
    """
    if is_loop(instruction):
        return _Loop(tracing, instruction, operands, streams).lower()
    choice = operands[0]
    if isinstance(choice, np.ndarray):
        return tracing.run_body(instruction, instruction.bodies[branch_number(instruction, choice)], operands, streams)
    return _lower_branch(tracing, instruction, operands, streams)


def _lower_branch(tracing: Tracing, instruction: Instruction, operands: list[Any],
                  streams: dict[Operation, Any]) -> Ran:
    jnp, lax = xla.jnp, xla.lax
    choice = operands[0]
    if choice.shape:
        raise CannotCompile(instruction.op, "its predicate has dimensions")
    drawing = list(streams)
    guarded = []
    kinds: list[Any] = []
    shapes = _shapes_of_unused(tracing, instruction, operands, streams)

    def of(body: BodyProgram) -> Callable[[], Any]:
        def branch() -> Any:
            ran = tracing.run_body(instruction, body, operands, streams)
            guarded.append(ran.ok is not None)
            outcome = ([_array(ran.written[i] if i in ran.written else operands[i])
                        for i in instruction.written_operands],
                       [_zeros(shapes[i]) if value is UNUSED else _array(value) for i, value in enumerate(ran.results)],
                       [ran.streams[op] for op in drawing], jnp.bool_(True) if ran.ok is None else ran.ok)
            _check_alike(instruction, kinds, outcome)
            return outcome
        return branch

    branches = [of(body) for body in instruction.bodies]
    if "then_branch" in instruction.op.attributes:
        written, results, rows, ok = lax.cond(choice != 0 if choice.dtype != np.bool_ else choice, *branches)
    else:
        count = len(branches)
        number = jnp.where((choice < 0) | (choice >= count), count - 1, choice)
        written, results, rows, ok = lax.switch(number, branches)
    return Ran(dict(zip(instruction.written_operands, written, strict=True)), results,
               dict(zip(drawing, rows, strict=True)), ok if any(guarded) else None)


def _shapes_of_unused(tracing: Tracing, instruction: Instruction, operands: list[Any],
                      streams: dict[Operation, Any]) -> dict[int, Any]:
    """The shapes of results that some branch leaves out, as another gives them."""
    outputs = [body.program.unused_results(body.results) for body in instruction.bodies]
    wanted = set().union(*outputs)
    shapes: dict[int, Any] = {}
    for body, unused in zip(instruction.bodies, outputs, strict=True):
        given = sorted(wanted - unused - set(shapes))
        if given:
            def of(body: BodyProgram = body, given: list[int] = given) -> list[Any]:
                results = tracing.run_body(instruction, body, operands, streams).results
                return [_array(results[i]) for i in given]
            shapes.update(zip(given, xla.jax.eval_shape(of), strict=True))
    return shapes


def _zeros(shape: Any) -> Any:
    return xla.jax.tree_util.tree_map(lambda leaf: xla.jnp.zeros(leaf.shape, leaf.dtype), shape)


def _check_alike(instruction: Instruction, kinds: list[Any], outcome: Any) -> None:
    """XLA's branches give the same shapes, where TensorFlow's may differ."""
    leaves, structure = xla.jax.tree_util.tree_flatten(outcome)
    kind = [(leaf.shape, leaf.dtype) for leaf in leaves], structure
    if kinds and kinds[0] != kind:
        raise CannotCompile(instruction.op, "its branches give different shapes")
    kinds.append(kind)


def _array(value: Any) -> Any:
    """A value that can leave a body: known ones become part of the program."""
    return xla.jnp.asarray(value) if isinstance(value, np.ndarray) else value


class _Loop:
    """One trace of a loop."""

    def __init__(self, tracing: Tracing, instruction: Instruction, operands: list[Any],
                 streams: dict[Operation, Any]) -> None:
        self._tracing = tracing
        self._instruction = instruction
        self._operands = operands
        self._streams = streams
        self._condition, self._body = instruction.bodies
        written = set(instruction.written_operands)
        # What each iteration hands on as it is need not be carried.
        self._carried = [i for i, source in enumerate(self._body.results)
                         if source != ("operand", i) and i not in written and operands[i] is not None]
        self._is_pure = not self._condition.program.writes and not self._condition.draws
        self._guarded = False

    def lower(self) -> Ran:
        jnp, lax = xla.jnp, xla.lax
        state = ([_array(self._operands[i]) for i in self._instruction.written_operands],
                 [_array(self._operands[i]) for i in self._carried],
                 list(self._streams.values()), jnp.bool_(True))
        if any(isinstance(value, DeviceList) for value in state[1]):
            state = self._with_settled_lists(state)
        if self._is_pure:
            written, carried, rows, ok = lax.while_loop(self._goes_on, self._turn, state)
        else:
            state, going = self._tested(state)
            (written, carried, rows, ok), _ = lax.while_loop(
                lambda pair: pair[1] & pair[0][3], lambda pair: self._tested(self._turn(pair[0])), (state, going))
        results = list(self._operands)
        for i, value in zip(self._carried, carried, strict=True):
            results[i] = value
        outputs = [results[tensor.value_index] for tensor in self._instruction.op._outputs
                   if not tensor.dtype.is_ref_dtype]
        return Ran(dict(zip(self._instruction.written_operands, written, strict=True)), outputs,
                   dict(zip(self._streams, rows, strict=True)), ok if self._guarded else None)

    def _run(self, body: BodyProgram, state: Any) -> tuple[Ran, Any]:
        """Runs a body on the state, and gives what it gave, and the state with what it set."""
        written, carried, rows, ok = state
        operands = list(self._operands)
        for positions, values in ((self._instruction.written_operands, written), (self._carried, carried)):
            for i, value in zip(positions, values, strict=True):
                operands[i] = value
        ran = self._tracing.run_body(self._instruction, body, operands, dict(zip(self._streams, rows, strict=True)))
        if ran.ok is not None:
            self._guarded = True
            ok = ok & ran.ok
        written = [_array(ran.written.get(i, operands[i])) for i in self._instruction.written_operands]
        return ran, (written, carried, list(ran.streams.values()), ok)

    def _goes_on(self, state: Any) -> Any:
        ran, (_, _, _, ok) = self._run(self._condition, state)
        return self._truth(ran.results[0]) & ok

    def _tested(self, state: Any) -> tuple[Any, Any]:
        ran, state = self._run(self._condition, state)
        return state, self._truth(ran.results[0])

    def _truth(self, value: Any) -> Any:
        if value.shape:
            raise CannotCompile(self._instruction.op, "its condition has dimensions")
        return xla.jnp.asarray(value) != 0 if value.dtype != np.bool_ else xla.jnp.asarray(value)

    def _with_settled_lists(self, state: Any) -> Any:
        """The state at the start with its lists in the layout that they keep: an iteration tells the shape of elements
        that none was written of yet."""
        written, carried, rows, ok = state
        for _ in range(MAX_LAYOUTS):
            layouts = xla.jax.eval_shape(self._list_layouts, (written, carried, rows, ok))
            before = [value.shape for value in carried]
            carried = [value if layout is None else list_values.fitted(xla.jax, value, layout)
                       for value, layout in zip(carried, layouts, strict=True)]
            if before == [value.shape for value in carried]:
                return written, carried, rows, ok
        raise CannotCompile(self._instruction.op, "a list of tensors among its variables does not keep its layout")

    def _list_layouts(self, state: Any) -> list[Any]:
        """For each list that is carried one in a layout that serves before and after an iteration."""
        results = self._run(self._body, state)[0].results
        return [list_values.alike(xla.jax, [value, results[i]])[0] if isinstance(value, DeviceList) else None
                for i, value in zip(self._carried, state[1], strict=True)]

    def _turn(self, state: Any) -> Any:
        before = state
        ran, (written, _, rows, ok) = self._run(self._body, state)
        carried = [list_values.fitted(xla.jax, ran.results[i], value) if isinstance(value, DeviceList)
                   else _array(ran.results[i]) for i, value in zip(self._carried, before[1], strict=True)]
        state = (written, carried, rows, ok)
        self._check_shapes(before, state)
        return state

    def _check_shapes(self, before: Any, after: Any) -> None:
        places = [*self._instruction.written_operands, *self._carried]
        for i, old, new in zip(places, [*before[0], *before[1]], [*after[0], *after[1]], strict=True):
            if old.shape != new.shape:
                name = self._instruction.op._inputs[i].name
                raise CannotCompile(self._instruction.op, f"the loop variable {name} changes its shape from "
                                                          f"{list(old.shape)} to {list(new.shape)}")
