"""Program: straight-line code over numbered registers, the form that both tiers run.

Every value has a register: the inputs, the variables at the start, the constants, and what the operations give. The
interpreter fills registers with NumPy arrays, the lowering with XLA's tracers.

A program is made from a stage, from a subgraph (`of_subgraph`), or from a body of a branch or loop (`BodyProgram`), and
is then a function of its own: `(state, inputs) -> (state, outputs, ok)`, where the state is the values of `variables`
and the streams of `random_ops`, and `ok` says that no guard refused. `interpret` runs it; `lower` makes it part of an
XLA program. An instruction that has bodies holds their programs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.compiler.host_bodies import HostBody
from millpond.compiler.plan import make_plan
from millpond.compiler.schedule import schedule
from millpond.compiler.stage import HOST, Key, Stage, computes
from millpond.compiler.variable_order import VariableOrder, Version
from millpond.compiler.wiring import Wiring
from millpond.graph.effects import Body, effects_of
from millpond.graph.opdef import Guard, attrs_for, sections
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.shapes import TensorShape

# Larger constants are arguments that stay on the device, not literals in the program.
MAX_LITERAL_BYTES = 64 * 1024
# Stands for "no value": a reference that is written and not read.
NOTHING = -1


class Instruction:
    """One operation: which rule to call, on which registers, and where its results go.

    Where it `is_plain`, it is a kernel of single arrays that gives one array, and nothing besides.
    """

    __slots__ = ("op", "kernel", "lower", "kwargs", "lower_kwargs", "operands", "sections", "results",
                 "result_dtypes", "guard", "guard_kwargs", "on_host", "random_index", "single", "written_shapes",
                 "wants_lowering", "last_uses", "bodies", "written_operands", "is_plain")

    def __init__(self, op: Operation, operands: list[int], results: list[int], result_dtypes: list[np.dtype],
                 written_shapes: list[TensorShape]) -> None:
        definition = op.definition
        self.op = op
        self.kernel = definition.kernel
        self.lower = definition.lower
        self.kwargs = attrs_for(definition, self.kernel, op.attributes) if self.kernel else {}
        self.lower_kwargs = attrs_for(definition, self.lower, op.attributes) if self.lower else {}
        self.operands = operands
        self.sections = _sections(op)
        self.results = results
        self.result_dtypes = result_dtypes
        # The declared shapes of the variables that are set anew, which come first among the results. What updates a
        # value keeps that value's shape by its own rules: it may have been set to another than the declared one.
        self.written_shapes = written_shapes
        self.guard = _guard_of(op)
        self.guard_kwargs = attrs_for(definition, self.guard.ok, op.attributes) if self.guard else {}
        self.on_host = definition.host
        self.wants_lowering = definition.wants_lowering
        # Registers that nothing after this instruction looks at.
        self.last_uses: list[int] = []
        # Of a branch or loop: its bodies, and the positions of the operands that it sets.
        self.bodies: list[BodyProgram] = []
        self.written_operands: tuple[int, ...] = ()
        self.random_index = -1
        self.single = len(results) == 1
        self.is_plain = (self.single and self.kernel is not None and self.guard is None and self.sections is None
                         and not written_shapes and definition.random is None and not definition.host
                         and definition.bodies is None and definition.role != "unused")

    @property
    def needs_xla(self) -> bool:
        """Whether only XLA can run it, or an operation in its bodies."""
        if self.bodies:
            return any(body.program.needs_xla for body in self.bodies)
        return self.kernel is None and self.op.definition.role != "unused"

    def arguments(self, registers: list[Any]) -> list[Any]:
        """The operands in the structure of the op's signature."""
        values = [registers[i] for i in self.operands]
        if self.sections is None:
            return values
        return [values[section] for section in self.sections]

    def samples(self, arguments: list[Any]) -> int:
        """How far one execution advances the op's random stream."""
        rule = self.op.definition.random
        assert rule is not None
        return rule(*arguments, **attrs_for(self.op.definition, rule, self.op.attributes))


class BodyProgram:
    """A body as code, and how it hangs together with the operands of the instruction that runs it.

    Attributes:
      program: The code.
      inputs: For each input of the program the position of the operand that it stands for.
      variables: The same for each variable of the program.
      results: Where each thing that the body gives comes from: ("operand", position) for an argument that is handed on,
        or ("register", number).
      draws: The operations that draw when it runs, in the order of the program's `random_ops`.
      requires: The positions of the operands that are variables which it reads whenever it runs.
      host: What runs it where the instruction runs from the host, or None.
    """

    __slots__ = ("program", "inputs", "variables", "results", "draws", "requires", "host")

    def __init__(self, body: Body, on_host: bool) -> None:
        self.host = HostBody(body) if on_host else None
        position = dict(zip(body.inputs, body.positions, strict=True))
        fed = frozenset(tensor for tensor in body.inputs if tensor.op.definition.role != "variable")
        order = schedule(list(body.operations), fed)
        variables = VariableOrder(order, fed)
        stage = Stage(0, HOST if on_host else "")
        stage.ops = [op for op in order if computes(op, fed)]
        keys: list[Key] = [variables.fetched(tensor) or tensor for tensor in body.outputs]
        Wiring([stage], fed, variables, lambda op: (), [key for key in keys if key not in fed]).connect()
        self.program = program = Program(stage)
        self.inputs = [position[tensor] for tensor in stage.inputs if isinstance(tensor, Tensor)]
        references = {tensor.op: position[tensor] for tensor in body.inputs if tensor not in fed}
        self.variables = [references[variable] for variable in program.variables]
        self.results = [self._source(tensor, key, position, references)
                        for tensor, key in zip(body.outputs, keys, strict=True)]
        self.draws = program.random_ops
        self.requires = {references[v] for v in program.variables if v in stage.reads and v not in program.may_lack}
        self.requires.update(references[key.variable] for key, tensor in zip(keys, body.outputs, strict=True)
                             if isinstance(key, Version) and key.number == 0 and not tensor.dtype.is_ref_dtype
                             and tensor.dtype.name != "resource")
        program.keep([register for kind, register in self.results if kind == "register"])

    def _source(self, tensor: Tensor, key: Key, position: dict[Tensor, int],
                references: dict[Operation, int]) -> tuple[str, int]:
        source = tensor
        while source not in position and source.op.definition.role == "identity":
            source = source.op._inputs[0]
        if source in position and (source is tensor or source.op.definition.role != "variable"):
            return "operand", position[source]
        if isinstance(key, Tensor) and key in position:
            return "operand", position[key]
        if isinstance(key, Version) and key.number == 0:
            return "operand", references[key.variable]  # as it is when the body starts
        return "register", self.program.register_of(key)


def _guard_of(op: Operation) -> Guard | None:
    guard = op.definition.guard
    if guard is None or guard.when is None or guard.when(**attrs_for(op.definition, guard.when, op.attributes)):
        return guard
    return None


def _sections(op: Operation) -> list[int | slice] | None:
    """Indexes that cut the flat operands into the signature's arguments, or None if each argument is one operand."""
    args = op.definition.inputs
    return sections(args, op.attributes) if any(arg.is_list for arg in args) else None


class Program:
    """The code of a stage, or of a subgraph.

    Attributes:
      stage: What is run, and how its values are called.
      variables: The variables of the state; those that are written come first.
      random_ops: The operations whose streams are part of the state.
      instructions: In execution order.
      inputs, entries: Registers of the inputs and of the variables at the start.
      constants: Register and value of each constant.
      outputs: Registers of `stage.outputs`.
      writes: Registers of the values that `stage.writes` leave behind.
      preserved: Registers of `stage.preserved`.
      may_lack: Variables that it reads in bodies alone: where none of these runs, they need no value.
      registers: The register of each value.
      size: Number of registers; the last one always holds None.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.registers: dict[Key, int] = {}
        self.constants: list[tuple[int, np.ndarray]] = []
        self.variables = stage.variables
        self.random_ops = stage.random_ops
        self.inputs = [self._new(key) for key in stage.inputs]
        self.entries = [self._new(Version(v, stage.entry.get(v, 0))) for v in self.variables]
        random_index = {op: i for i, op in enumerate(stage.random_ops)}
        self.instructions = []
        for op in stage.ops:
            instruction = self._instruction(op)
            instruction.random_index = random_index.get(op, -1)
            self.instructions.append(instruction)
        self.outputs = [self.registers[tensor] for tensor in stage.outputs]
        self.writes = [self.registers[Version(variable, number)] for variable, number in stage.writes.items()]
        self.preserved = [self.registers[version] for version in stage.preserved]
        used = {*self.outputs, *self.preserved, *(register for instruction in self.instructions
                                                  if not instruction.bodies for register in instruction.operands)}
        self.may_lack = frozenset(variable for variable, register in zip(self.variables, self.entries, strict=True)
                                  if variable in stage.reads and register not in used)
        self.size = len(self.registers) + 1
        # What is not made by the stage itself: storing one of these as a variable's value needs a copy.
        self.sources = {*self.inputs, *self.entries, *(register for register, _ in self.constants)}
        self._note_last_uses(())

    @property
    def needs_xla(self) -> bool:
        """Whether it holds operations that only XLA can run."""
        return any(instruction.needs_xla for instruction in self.instructions)

    @property
    def large_constants(self) -> list[np.ndarray]:
        """Its constants, and those of bodies in it, that are arguments of a compiled program and no literals."""
        found = {id(value): value for _, value in self.constants if value.nbytes > MAX_LITERAL_BYTES}
        for instruction in self.instructions:
            for body in instruction.bodies:
                found.update((id(value), value) for value in body.program.large_constants)
        return list(found.values())

    def list_operations(self, register: int) -> int:
        """How many operations a list of tensors has gone through in it, those in bodies included."""
        producers = {made: one for one in self.instructions for made in one.results}
        found: set[Instruction] = set()
        stack = [register]
        while stack:
            made = producers.get(stack.pop())
            if made is not None and made not in found:
                found.add(made)
                stack.extend(operand for operand, tensor in zip(made.operands, made.op._inputs, strict=True)
                             if tensor.dtype is dtypes.variant)
        return sum(1 + sum(body.program.op_count for body in made.bodies) for made in found)

    @property
    def op_count(self) -> int:
        """How many operations there are in it, those in bodies included."""
        return sum(1 + sum(body.program.op_count for body in instruction.bodies) for instruction in self.instructions)

    @property
    def has_loops(self) -> bool:
        """Whether there is a loop in it, or in a body of its branches."""
        return any("body" in instruction.op.attributes or any(body.program.has_loops for body in instruction.bodies)
                   for instruction in self.instructions if instruction.bodies)

    def unused_results(self, results: Sequence[tuple[str, int]]) -> set[int]:
        """Which of a body's results are values that nobody looks at."""
        unused = {register for instruction in self.instructions if instruction.op.definition.role == "unused"
                  for register in instruction.results}
        return {i for i, (kind, register) in enumerate(results) if kind == "register" and register in unused}

    def filled(self, inputs: Sequence[Any], entries: Sequence[Any]) -> list[Any]:
        """Registers that hold the inputs, the variables at the start, and the constants."""
        registers: list[Any] = [None] * self.size
        for register, value in zip(self.inputs, inputs, strict=True):
            registers[register] = value
        for register, value in zip(self.entries, entries, strict=True):
            registers[register] = value
        for register, value in self.constants:
            registers[register] = value
        return registers

    def register_of(self, key: Key) -> int:
        """The register of a value; a constant that nothing takes gets one."""
        register = self._operand(key)
        self.size = len(self.registers) + 1
        return register

    def keep(self, registers: Sequence[int]) -> None:
        """Has these registers hold their values to the end."""
        self._note_last_uses(registers)

    @staticmethod
    def of_subgraph(inputs: list[Tensor], outputs: list[Tensor], targets: Sequence[Operation] = ()) -> Program:
        """The code that makes `outputs` of `inputs`, and runs `targets` (writes, for example) besides.

        The inputs of the program are those of `inputs` that are needed, as `program.stage.inputs` lists them; its
        outputs stand in the order of `program.stage.outputs` (each output once).

        Raises:
          NotImplementedError: If part of it runs on the host, or on several devices.
        """
        plan = make_plan(outputs, targets, inputs, lambda op: "")
        if len(plan.stages) != 1 or plan.stages[0].on_host:
            on_host = [op.name for stage in plan.stages if stage.on_host for op in stage.ops]
            raise NotImplementedError(f"a subgraph of {len(plan.stages)} stages as one program; on the host run: "
                                      f"{', '.join(on_host[:4]) or 'none, but shapes depend on computed values'}")
        return Program(plan.stages[0])

    def _note_last_uses(self, results: Sequence[int]) -> None:
        """Tells each instruction which registers it is the last to look at."""
        kept = {*self.outputs, *self.writes, *self.preserved, *results, NOTHING}
        if self.writes:
            # What is written is compared with what came from outside (`interpret`), which has to be there then.
            kept.update(self.sources)
        for instruction in reversed(self.instructions):
            instruction.last_uses = []
            for register in (*instruction.operands, *instruction.results):
                if register not in kept:
                    kept.add(register)
                    instruction.last_uses.append(register)

    def _new(self, key: Key) -> int:
        if key not in self.registers:
            self.registers[key] = len(self.registers)
        return self.registers[key]

    def _operand(self, key: Key | None) -> int:
        if key is None:
            return NOTHING
        if key not in self.registers and isinstance(key, Tensor) and key.op.definition.role == "constant":
            self.constants.append((self._new(key), np.asarray(key.op.attributes["value"])))
        return self.registers[key]

    def _instruction(self, op: Operation) -> Instruction:
        operands = [self._operand(key) for key in self.stage.operands[op]]
        results, result_dtypes, written_shapes = [], [], []
        effects = effects_of(op)
        updates = set(effects.writes) <= set(effects.reads)
        for position in effects.writes:
            tensor = op._inputs[position]
            version = self.stage.written_version[op, tensor]
            results.append(self._new(version))
            result_dtypes.append(version.variable.attributes["dtype"].np_dtype)
            if not updates and op.attributes.get("validate_shape", True):
                written_shapes.append(version.variable.attributes["shape"])
        for tensor in op._outputs:
            if not tensor.dtype.is_ref_dtype:
                # What is fed stays what it is, though its operation may run for others that wait for it.
                results.append(self._new(Version(op, -1 - tensor.value_index) if tensor in self.registers else tensor))
                result_dtypes.append(tensor.dtype.np_dtype)
        instruction = Instruction(op, operands, results, result_dtypes, written_shapes)
        if op.definition.bodies is not None:
            instruction.bodies = [BodyProgram(body, self.stage.on_host) for body in op.definition.bodies(op)]
            instruction.written_operands = effects.writes
        return instruction


def wrap_results(instruction: Instruction, result: Any, as_array: Callable[[Any], Any]) -> list[Any]:
    """What a kernel returned, as a list of arrays with the declared dtypes.

    Raises:
      TypeError: If a kernel breaks its own declaration; this is a defect of the op, not of the program.
      ValueError: If the shape is not that of the variable which is set.
    """
    if instruction.written_shapes:
        _check_written(instruction, result)
    if instruction.single and not isinstance(result, (tuple, list)):
        array = as_array(result)
        if array.dtype == instruction.result_dtypes[0]:
            return [array]
    values = [result] if instruction.single and not isinstance(result, (tuple, list)) else list(result)
    if len(values) != len(instruction.results):
        raise TypeError(f"kernel of {instruction.op.type} gave {len(values)} results, declared "
                        f"{len(instruction.results)}")
    for i, (value, dtype) in enumerate(zip(values, instruction.result_dtypes, strict=True)):
        array = _as_string(value) if isinstance(value, bytes) else as_array(value)
        if array.dtype != dtype:
            raise TypeError(f"kernel of {instruction.op.type} gave {array.dtype} for result {i}, declared {dtype}")
        values[i] = array
    return values


def _as_string(value: bytes) -> np.ndarray:
    """A string that was taken out of an array of them: NumPy by itself would make one of a fixed width of it."""
    array = np.empty((), object)
    array[()] = value
    return array


def _check_written(instruction: Instruction, result: Any) -> None:
    values = result if isinstance(result, (tuple, list)) else [result]
    for declared, value in zip(instruction.written_shapes, values, strict=False):
        if not declared.is_compatible_with(np.shape(value)):
            raise ValueError(f"{instruction.op.type} requires a value of the variable's shape {declared}, got "
                             f"{list(np.shape(value))}; a variable made with validate_shape=False takes any")
