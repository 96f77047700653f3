"""The hot tier: a program for XLA, for one signature.

Requires: a program, the values of its static operands, and the shapes of what enters. Ensures: an `Executable` whose
function takes (written variables, read variables, inputs, large constants, the run's number, random states) and leaves
in its box (new values of written variables, outputs and preserved versions, states of streams, room, guard flags).

`as_function` gives the same code as a pure function, for use within another XLA program.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from millpond.compiler import debug, xla
from millpond.compiler.executable import FIRST_ROOM, Executable
from millpond.compiler.handover import boxed
from millpond.compiler.lowering import Lowering
from millpond.compiler.program import Program
from millpond.compiler.tracing import Tracing, entering
from millpond.errors import OpError
from millpond.ops.control import list_layouts
from millpond.ops.control.list_values import DeviceList
from millpond.ops.random import philox

# A random stream's state: two words of key, four of counter (ops/random/philox.py).
STATE_WORDS = 6


def lower(program: Program, known: Mapping[int, np.ndarray], variable_specs: list[Any], inputs: list[Any],
          donate: bool, lowering: Lowering, room: int = FIRST_ROOM) -> Executable:
    """Traces and compiles a program.

    Args:
      program: What to compile.
      known: The values of static operands, by register.
      variable_specs: (shape, dtype) of each variable, None for one that has no value yet.
      inputs: Arrays of the shapes and dtypes that the program is for.
      donate: Whether the old values of written variables are given to XLA.
      lowering: The device that the program is for.
      room: How much room lists have whose length is not known.
    """
    stage = program.stage
    executable = Executable()
    executable.room = room
    executable.takes_number = program.has_loops
    # A failed guard keeps the old values, where there are any.
    executable.selects = all(spec is not None for spec in variable_specs[:len(stage.writes)])
    executable.dynamic_inputs = [i for i in range(len(stage.inputs)) if program.inputs[i] not in known]
    executable.constants = program.large_constants
    # A variable that may change its shape has a buffer that its new value may not fit into.
    fixed = all(variable.attributes["shape"].is_fully_defined() for variable in stage.writes)
    executable.donated = len(stage.writes) if donate and executable.selects and fixed else 0
    trace = _tracer(program, executable, known, lowering, stage.fed_inputs)
    jax = xla.jax
    specs = [None if spec is None else jax.ShapeDtypeStruct(*spec) for spec in variable_specs]
    with xla.x64(), jax.default_device(lowering.device):
        specs.extend(_spec(inputs[i]) for i in executable.dynamic_inputs)
        specs.extend(_spec(value) for value in executable.constants)
        if executable.takes_number:
            specs.append(jax.ShapeDtypeStruct((), np.int32))
        if program.random_ops:
            specs.append(jax.ShapeDtypeStruct((len(program.random_ops), STATE_WORDS), np.uint32))
        written: list[Any] = []

        def run(*arguments: Any) -> Any:
            writes, outputs, moved, flags = trace(*arguments)
            written.extend((tuple(value.shape), np.dtype(value.dtype)) for value in writes)
            results = (*writes, *_laid_flat(executable, outputs), *moved, flags)
            if not writes:
                return results
            executable.box = boxed(results)
            return executable.box

        run.__name__ = f"stage_{stage.index}"
        try:
            lowered = jax.jit(run, donate_argnums=tuple(range(executable.donated))).lower(*specs)
        except OpError as error:
            error.__notes__ = []  # JAX's word on the frames that it has taken out
            raise
        text = lowered.as_text()
        if debug.enabled("hlo"):
            debug.write(f"stage {stage.index}:\n{text}")
        executable.keeps_layout = written == variable_specs[:len(stage.writes)]
        if executable.endless and executable.donated:
            executable.donated = 0  # what is stopped leaves the variables as they were
            written.clear()
            lowered = jax.jit(run).lower(*specs)
        executable.function = lowered.compile()
        # The CPU's compiler does not tell how large its code is; the program's text grows with it.
        executable.bytes = executable.function.memory_analysis().generated_code_size_in_bytes or len(text)
    return executable


def _tracer(program: Program, executable: Executable, known: Mapping[int, np.ndarray], lowering: Lowering,
            fed_inputs: set[int]) -> Callable[..., Any]:
    """The program as a function of (variables, dynamic inputs, large constants, random states) for JAX to trace.

    It gives a tuple of new values of written variables, one of outputs, one of what `Executable` says of
    `moves_streams` and `has_room`, and the flags of guards (or None).
    """
    large = program.large_constants

    def trace(*arguments: Any) -> Any:
        registers: list[Any] = [None] * program.size
        passed = [*program.entries, *(program.inputs[i] for i in executable.dynamic_inputs)]
        for register, value in zip(passed, arguments, strict=False):
            registers[register] = entering(value)
        behind = len(passed) + len(large)
        constants = {id(value): given for value, given in
                     zip(large, arguments[len(passed):behind], strict=True)}
        for register, value in program.constants:
            registers[register] = constants.get(id(value), value)
        for register, value in known.items():
            registers[register] = value
        states = arguments[-1] if program.random_ops else None
        executable.samples = [0] * len(program.random_ops)
        executable.guarded, executable.host_checks = [], []
        tracing = Tracing(program, executable, registers, states, lowering, fed_inputs)
        tracing.constants = constants
        if executable.takes_number:
            tracing.run_number = arguments[behind]
        tracing.run()
        tracing.remember_largest()
        return _results(tracing, arguments)

    return trace


class State(NamedTuple):
    """What a program reads and leaves behind: the values of its variables, and a row for each random stream."""

    variables: list[Any]
    streams: Any = None


def as_function(program: Program, lowering: Lowering) -> Callable[[State, list[Any]], tuple[State, list[Any], Any]]:
    """A program as a pure function `(state, inputs) -> (state, outputs, ok)` on traced or concrete arrays.

    It can be traced into a larger XLA program: the body of a loop, a branch. Where a guard refuses, `ok` is false and
    the variables keep their values. Static operands must be foldable within the program.
    """
    executable = Executable()
    executable.dynamic_inputs = list(range(len(program.inputs)))
    large = program.large_constants
    trace = _tracer(program, executable, {}, lowering, set())

    def function(state: State, inputs: list[Any]) -> tuple[State, list[Any], Any]:
        jnp = xla.jnp
        streams = [state.streams] if program.random_ops else []
        writes, outputs, moved, flags = trace(*state.variables, *inputs, *large, *streams)
        found: list[Any] = [None] * len(program.outputs)
        for position, value in zip(executable.output_positions, outputs, strict=True):
            found[position] = value
        for position, value in executable.known_outputs:
            found[position] = jnp.asarray(value)
        for position, i in executable.handed_on:
            found[position] = inputs[i]
        advanced = None
        if streams:
            advanced = moved[0] if moved else jnp.stack([
                philox.advance(row, samples, jnp) for row, samples in
                zip(state.streams, executable.samples, strict=True)])
        variables = [*writes, *state.variables[len(writes):]]
        return State(variables, advanced), found, jnp.bool_(True) if flags is None else jnp.all(flags)

    return function


def pure_function(program: Program, variables: list[np.ndarray], lowering: Lowering) -> Callable[..., list[Any]]:
    """A program that writes nothing and draws nothing, as a function of its inputs alone: variables become constants.

    Raises:
      NotImplementedError: If the program sets variables or draws random numbers.
    """
    if program.writes or program.random_ops:
        raise NotImplementedError("a computation that sets variables or draws random numbers as a pure function")
    function = as_function(program, lowering)
    return lambda *inputs: function(State(list(variables)), list(inputs))[1]


def _spec(value: Any) -> Any:
    if isinstance(value, DeviceList):
        return xla.jax.tree.map(_spec, value)
    return xla.jax.ShapeDtypeStruct(value.shape, value.dtype)


def _laid_flat(executable: Executable, outputs: Sequence[Any]) -> Sequence[Any]:
    """Outputs with the arrays of lists in the place of the lists. They are put together again by `whole`, after a call:
    nothing in Python may come between a program that was given buffers and what it gives."""
    executable.structures = None
    if not any(isinstance(value, DeviceList) for value in outputs):
        return outputs
    jax = xla.jax
    leaves, executable.structures = jax.tree.flatten(
        [list_layouts.settled(jax, value) if isinstance(value, DeviceList) and value.spot is not None else value
         for value in outputs])
    return leaves


def _results(tracing: Tracing, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """New values of written variables, outputs, and flags. Each has a buffer of its own when the program has been
    compiled ahead of time, also where it is an argument, or the same value twice."""
    jnp, program, registers = xla.jnp, tracing.program, tracing.registers
    executable = tracing.executable
    executable.output_positions, executable.known_outputs, executable.handed_on = [], [], []
    given = {id(registers[program.inputs[i]]): position for position, i in enumerate(executable.dynamic_inputs)}
    ok = jnp.stack(tracing.flags) if tracing.flags else None
    room = tracing.missing_room()
    conditions = [*([] if ok is None else [jnp.all(ok)]), *([] if room is None else [room == 0])]
    writes = []
    for i, register in enumerate(program.writes):
        new = registers[register]
        if conditions and executable.selects:
            new = jnp.where(functools.reduce(jnp.logical_and, conditions), new, arguments[i])
        writes.append(jnp.asarray(new))
    outputs = []
    for i, register in enumerate([*program.outputs, *program.preserved]):
        value = registers[register]
        if isinstance(value, np.ndarray):
            executable.known_outputs.append((i, value))
        elif id(value) in given and not isinstance(value, DeviceList):
            executable.handed_on.append((i, given[id(value)]))
        else:
            executable.output_positions.append(i)
            outputs.append(value)
    executable.has_room = room is not None
    executable.moves_streams = bool(program.random_ops) and (bool(tracing.moved) or executable.has_room)
    moved = [jnp.stack(list(tracing.streams_after().values()))] if executable.moves_streams else []
    return tuple(writes), tuple(outputs), (*moved, *([] if room is None else [room])), ok
