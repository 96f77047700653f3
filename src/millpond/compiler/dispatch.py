"""Dispatch: running a stage, again and again, with next to nothing done in Python.

A `StageRunner` holds what is known of one stage in one session: its program and, for each signature (shapes of what
enters, values of static operands), how much work the interpreter has done, and the executable once it is hot. A
compiled run goes through three steps: **acquire** (the variables' buffers and random streams, under the store's
lock), **call**, and **commit** (`handover.py`: call and commit are one step).

State: `entries` by signature. Runners are called from many threads; the dictionary only sees single, atomic
operations, an entry is compiled under its own lock, and variables change hands under the store's.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.compiler import debug, failures, lower, lowering, watch, xla
from millpond.compiler.bodies import OverBudget
from millpond.compiler.executable import Executable
from millpond.compiler.executables import Entry, ExecutableCache, Pace, Spec
from millpond.compiler.handover import HandOver
from millpond.compiler.host_bodies import Surroundings
from millpond.compiler.host_side import contains, move_to_host, reason
from millpond.compiler.interpret import Interpreter, interpret
from millpond.compiler.lower_bodies import CannotCompile
from millpond.compiler.program import Program
from millpond.compiler.services import RunState, Services
from millpond.compiler.stage import Key, Stage
from millpond.compiler.static_operands import StaticOperands
from millpond.errors import InvalidArgumentError, OpError
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.control.list_values import HostList, holds_objects
from millpond.ops.random import philox

NEVER, WHEN_HOT, ALWAYS = -1, 0, 1
# So many combinations of static values are remembered with what they come to.
MAX_FOLDED = 4096
# So many signatures of one stage are worth a warning.
MANY_SIGNATURES = 16
# XLA takes arrays at such addresses as they are; it copies others once more.
ALIGNMENT = 64
# Smaller arrays are copied once more in less time than it takes to align them.
ALIGNED_BYTES = 32 * 1024
# Stands in the place of a run's number where nobody asks for it.
NO_NUMBER = np.int32(0)


class StageRunner:
    """Runs one stage in one session."""

    def __init__(self, stage: Stage, services: Services, cache: ExecutableCache, several_devices: bool) -> None:
        self.stage = stage
        self.program = Program(stage)
        self.services = services
        self._store = services.store
        self.entries: dict[Any, Entry] = {}
        self.output_keys: list[Key] = [*stage.outputs, *stage.preserved]
        self.pace = Pace(len(stage.ops), self.program.op_count)
        self._cache = cache
        self._moves_values = several_devices and not stage.on_host
        self._variables = self.program.variables
        self._slots = [self._store.slot(variable) for variable in self._variables]
        self._written_slots = self._slots[:len(stage.writes)]
        self._reads = frozenset(stage.reads)
        self._may_lack = self.program.may_lack
        self._may_lack_slots = [self._store.slot(variable) for variable in self._may_lack]
        self._on_host = stage.on_host
        self._input_keys = stage.inputs
        self._takes_lists = any(isinstance(key, Tensor) and key.dtype is dtypes.variant for key in stage.inputs)
        self._has_static = bool(stage.static_inputs or stage.static_reads)
        self._static_operands = StaticOperands(self.program)
        # What static values come to, by the shapes and the values.
        self._folded: dict[Any, tuple[Any, dict[int, np.ndarray]]] = {}
        self._only_lowers = self.program.needs_xla
        self._warned = False
        if stage.on_host and debug.enabled("stages"):
            for op in stage.ops:
                if op.definition.bodies is not None:
                    debug.write(f"'{op.name}' ({op.type}) runs from the host: {reason(op)}")

    # The way of every run.

    def run(self, state: RunState) -> None:
        """Executes the stage on the values in `state`, and puts its outputs there."""
        inputs = self.inputs(state)
        if state.unsettled and (self._on_host or self.stage.writes):
            state.settle()
        self.publish(state, self.compute(state, inputs))

    def inputs(self, state: RunState) -> list[Any]:
        """The values that enter."""
        values = state.values
        state.taken.use(self._input_keys)
        return [values[key] for key in self._input_keys]

    def publish(self, state: RunState, outputs: list[Any]) -> None:
        """Makes the outputs known, and lets go of what nobody needs any more."""
        values = state.values
        for key, value in zip(self.output_keys, outputs, strict=True):
            values[key] = value
        for key in self.stage.last_uses:
            values.pop(key, None)

    def compute(self, state: RunState, inputs: list[Any]) -> list[Any]:
        """The outputs for some inputs, by the tier that the signature has come to."""
        if self._on_host or (self._may_lack_slots and self._lacks_variables()):
            return self._interpret(state, inputs, None)
        signature: Any = tuple([value.shape for value in inputs])
        known: dict[int, np.ndarray] = {}
        if self._has_static:
            signature, known = self._with_static_operands(signature, inputs)
        entry = self.entries.get(signature)
        if entry is None:
            entry = self._new_entry(signature, known)
        else:
            entry.used = True
        if entry.executable is None:
            tier = self.services.tier
            if tier == NEVER or entry.is_interpreted or (self._takes_lists and any(map(holds_objects, inputs))):
                return self._interpret(state, inputs, entry)
            if tier == WHEN_HOT and not self._only_lowers and (left := self.pace.left(entry)) > 0:
                drawn = len(state.drawn)
                try:
                    return self._interpret(state, inputs, entry, left)
                except OverBudget:  # a loop: what it has done so far is done again, faster
                    self.services.turn_back(state.drawn, drawn)
            if self._takes_lists:
                inputs = _lists_on_device(inputs)
            try:
                self._compile(entry, inputs)
            except CannotCompile as refusal:
                reason = str(refusal)
                debug.note("stages", lambda: f"{self.stage!r} is interpreted: {reason}")
                entry.is_interpreted = True
                move_to_host(next(op for op in self.stage.ops if contains(op, refusal.op)))
                return self._interpret(state, inputs, entry)
            self._cache.note(self.entries, signature)
        elif self._takes_lists:
            inputs = _lists_on_device(inputs)
        return self._execute(state, inputs, entry)

    def _new_entry(self, signature: Any, known: dict[int, np.ndarray]) -> Entry:
        entry = self.entries.setdefault(signature, Entry(known))
        self._cache.note(self.entries, signature)
        self._warn_of_many_signatures()
        return entry

    def _warn_of_many_signatures(self) -> None:
        if len(self.entries) > MANY_SIGNATURES and not self._warned and self.services.tier == WHEN_HOT:
            self._warned = True
            shapes = [key.name for key in self.stage.inputs if isinstance(key, Tensor)][:4]
            warnings.warn(
                f"A computation has been run with more than {MANY_SIGNATURES} combinations of shapes (or of values "
                f"that decide shapes) of {shapes}. Each needs a compilation of its own, so rare ones are "
                "interpreted. Padding batches to a few sizes makes this faster.", stacklevel=8)

    def _with_static_operands(self, shapes: Any, inputs: list[Any]) -> tuple[Any, dict[int, np.ndarray]]:
        """A signature that names the values of static operands, and these values by register."""
        static = self._static_values(inputs)
        given = (shapes, *map(_as_key, static))
        found = self._folded.get(given)
        if found is None:
            found = self._fold(shapes, inputs, static)
            if len(self._folded) >= MAX_FOLDED:
                self._folded.clear()
            self._folded[given] = found
        return found

    def _fold(self, shapes: Any, inputs: list[Any], static: list[np.ndarray]) -> tuple[Any, dict[int, np.ndarray]]:
        operands, stage = self._static_operands, self.stage
        inputs = list(inputs)
        entries: list[Any] = [None] * len(self._variables)
        # Copies: a fed array is the caller's, who may change it before this signature is hot.
        static = [np.array(value) for value in static]
        for i, value in zip(stage.static_inputs, static, strict=False):
            inputs[i] = value
        for variable, value in zip(stage.static_reads, static[len(stage.static_inputs):], strict=True):
            entries[self._variables.index(variable)] = value
        values = operands.fold(inputs, entries)
        known = dict(zip(operands.raw, static, strict=True) if values is None else
                     zip(operands.registers, values, strict=True))
        return (shapes, values is None, *map(_as_key, known.values())), known

    def _static_values(self, inputs: list[Any]) -> list[np.ndarray]:
        """The values of the static inputs, then of the variables that are static."""
        parts = [xla.to_host(inputs[i]) for i in self.stage.static_inputs]
        variables = self._variables
        with self._store.lock:
            parts.extend(xla.to_host(self._value_of(variables.index(v))) for v in self.stage.static_reads)
        return parts

    def _value_of(self, position: int) -> Any:
        value = self._slots[position].value
        if value is None:
            raise self._store.missing(self._variables[position])
        return value

    def _lacks_variables(self) -> bool:
        """Whether variables have no value, and only branches that are not taken may do without: XLA cannot say that."""
        for slot in self._may_lack_slots:
            if slot.value is None:
                return True
        return False

    # The cold tier.

    def _interpret(self, state: RunState, inputs: list[Any], entry: Entry | None,
                   budget: float = math.inf) -> list[Any]:
        services, stage = self.services, self.stage
        interpreter = Interpreter(functools.partial(services.draw, state.drawn),
                                  functools.partial(services.host_context, state=state),
                                  state.cancellation.check, budget, self._surroundings(state))
        try:
            if self._slots and self._store.unproven:
                self._store.prove()
            arrays = [xla.to_host(value) for value in inputs]
            if stage.writes and not stage.blocks:
                with self._store.lock:
                    entries = self._entry_arrays()
                    outcome = interpret(self.program, arrays, entries, interpreter)
                    state.cancellation.check()
                    self._install(state, outcome.writes)
            else:
                with self._store.lock:
                    entries = self._entry_arrays()
                outcome = interpret(self.program, arrays, entries, interpreter)
                if stage.writes:
                    # A function of the caller's runs under no lock: it may run the session.
                    with self._store.lock:
                        state.cancellation.check()
                        self._install(state, outcome.writes)
        except xla.failures() as error:
            raise failures.device_error(stage, {}, error) from None
        if entry is not None:
            self.pace.note(entry, outcome.elements)
        return [*outcome.outputs, *outcome.preserved]

    def _surroundings(self, state: RunState) -> Surroundings | None:
        if not self._on_host:
            return None
        return Surroundings(self.services, lambda stage, services: StageRunner(stage, services, self._cache, False),
                            state.cancellation, state.drawn)

    def _entry_arrays(self) -> list[np.ndarray | None]:
        """The variables as NumPy arrays. Of an array in the memory of the host this is a view, not a copy (saving a
        model needs no second one); XLA does not reuse a buffer while a view of it is alive."""
        arrays: list[np.ndarray | None] = []
        for position, variable in enumerate(self._variables):
            if variable not in self._reads:
                arrays.append(None)
                continue
            may_lack = variable in self._may_lack and self._slots[position].value is None
            arrays.append(None if may_lack else xla.to_host(self._value_of(position)))
        return arrays

    def _install(self, state: RunState, values: Sequence[Any]) -> None:
        """Puts new values into the slots, all or none; the lock is held by the caller."""
        write = HandOver(self._written_slots, [slot.value for slot in self._written_slots])
        state.written.append(write)
        self._store.note_change(write.old, values)
        write.install(values)

    # The hot tier: compiling.

    def _compile(self, entry: Entry, inputs: list[Any]) -> None:
        """Compiles for the variables as they are now, unless somebody just has. The store's lock is not held while
        XLA works, the entry's is: others who want the same wait for it."""
        with entry.lock:
            if entry.executable is None or not self._fits(entry):
                self._compile_anew(entry, inputs)

    def _compile_anew(self, entry: Entry, inputs: list[Any]) -> None:
        stage, services = self.stage, self.services
        last = stage.ops[-1]
        xla.note_use(f"compiling '{last.name}' (created at {last.creation_site or 'an unknown line'})")
        layout = self._store.layout
        specs = self._variable_specs()
        try:
            executable = lower.lower(self.program, entry.known, specs, inputs,
                                     donate=stage.donates, lowering=lowering.for_device(services.device(stage.device)),
                                     room=entry.room)
            executable.constants = [services.constant(value, stage.device) for value in executable.constants]
        except MemoryError as error:
            raise failures.exhausted(stage, {}, error) from None
        except xla.failures() as error:
            raise failures.device_error(stage, {}, error) from None
        debug.note("stages", lambda: f"compiled {stage!r} for {failures.shapes_text(inputs) or 'no inputs'}")
        # The program first: whoever finds the specs fitting sees that the program is another one, and starts anew.
        entry.warm = None
        entry.executable = executable
        entry.specs = specs
        entry.layout = layout
        self.pace.compiled += 1

    def _variable_specs(self) -> list[Spec]:
        """Shape and dtype of each variable of the stage; None for one without a value, which only writing allows."""
        specs: list[Spec] = []
        for position, variable in enumerate(self._variables):
            value = self._value_of(position) if variable in self._reads else self._slots[position].value
            specs.append(None if value is None else (value.shape, value.dtype))
        return specs

    def _fits(self, entry: Entry) -> bool:
        """Whether the executable serves the variables as they are now; looked at only when a layout changed."""
        layout = self._store.layout
        if entry.layout != layout:
            if self._variable_specs() != entry.specs:
                return False
            entry.layout = layout
        return True

    # The hot tier: acquire, call, commit.

    def _execute(self, state: RunState, inputs: list[Any], entry: Entry) -> list[Any]:
        store = self._store
        self.pace.compiled_runs += 1
        if self._moves_values:
            inputs = self._placed(inputs)
        if store.unproven and self._slots:
            store.prove()
        while True:
            executable = entry.executable
            if executable is None or (entry.layout != store.layout and not self._fits(entry)):
                self._compile(entry, inputs)
                continue
            if executable.host_checks:
                for check in executable.host_checks:
                    check.check(inputs)
            passed = self._passed(executable, inputs)
            if not self._slots and not executable.moves_streams and not executable.has_room:
                arguments = self._acquire(state, executable, [], passed)
                results = self._call(state, executable, arguments)
                break
            with store.lock:
                if entry.layout != store.layout or entry.executable is not executable:
                    continue
                if state.cancellation.error is not None:
                    state.cancellation.check()
                entries = [slot.value for slot in self._slots]
                if self._written_slots:
                    arguments, results = self._exchange(state, entry, executable, entries, passed)
                else:
                    if self._moves_values:
                        entries = self._placed(entries)
                    arguments = self._acquire(state, executable, entries, passed)
                    results = self._call(state, executable, arguments)
                if executable.has_room and (missing := int(xla.to_host(results[-2]))):
                    self._make_room(entry, missing)
                    continue
                if executable.moves_streams or executable.has_room:
                    results = self._moved(state, executable, arguments, results)
            break
        return self._outcome(state, executable, inputs, arguments, results)

    def _moved(self, state: RunState, executable: Executable, arguments: list[Any],
               results: Sequence[Any]) -> Sequence[Any]:
        """Moves the random streams on to where the program says; gives the other results. The lock is held: nobody
        draws the same numbers meanwhile."""
        *others, flags = results
        if executable.has_room:
            others.pop()
        if executable.moves_streams:
            self.services.move(state.drawn, self.program.random_ops, arguments[-1], xla.to_host(others.pop()))
        return [*others, flags]

    def _make_room(self, entry: Entry, length: int) -> None:
        """Has a program compiled whose lists have room for `length` elements; what the present one did counts for
        nothing: it has kept the variables as they were."""
        debug.note("stages", lambda: f"{self.stage!r} is compiled anew: a list grew to {length} elements")
        entry.room = 1 << (length - 1).bit_length()
        entry.warm = None
        entry.executable = None

    def _passed(self, executable: Executable, inputs: list[Any]) -> list[Any]:
        """The inputs that are arguments. XLA reads arrays while the run has long returned: what is the caller's is
        copied."""
        borrowed = self.stage.borrowed
        return [value if type(value := inputs[i]) is not np.ndarray or i not in borrowed
                else value.copy() if value.nbytes < ALIGNED_BYTES else _aligned_copy(value)
                for i in executable.dynamic_inputs]

    def _acquire(self, state: RunState, executable: Executable, entries: list[Any],
                 passed: list[Any]) -> list[Any]:
        """All arguments of a call; random streams move on."""
        arguments = [*entries, *passed, *executable.constants]
        if executable.takes_number:
            arguments.append(NO_NUMBER)
        if executable.moves_streams:
            arguments.append(self.services.streams(self.program.random_ops))
        elif executable.samples:
            arguments.append(self.services.draw_all(state.drawn, self.program.random_ops, executable.samples))
        return arguments

    def _placed(self, values: list[Any]) -> list[Any]:
        """Values on the device of the stage."""
        return [None if value is None else self.services.put(value, self.stage.device) for value in values]

    def _exchange(self, state: RunState, entry: Entry, executable: Executable, entries: list[Any],
                  passed: list[Any]) -> tuple[list[Any], Sequence[Any]]:
        """Gives the variables to the program, and installs what it makes of them; the lock is held by the caller."""
        store, count = self._store, len(self._written_slots)
        old = entries[:count]
        kinds = list(map(type, passed))
        warm = entry.warm == (store.layout, kinds)
        if executable.donated:
            # Not before a call is known to stay in C++ are the buffers themselves given away, and then not those
            # that a fetch still looks at.
            if not warm or store.held:
                self._keep(entries, all_of_them=not warm)
        if self._moves_values:
            entries = self._placed(entries)
        arguments = self._acquire(state, executable, entries, passed)
        write = HandOver(self._written_slots, old, final=warm)
        if warm:
            state.written.append(write)
            results = self._call(state, executable, arguments, write)
            write.results = results[:count]  # what is fetched besides is let go with the run
            store.note_unproven(self.stage, write, executable.shapes)
            return arguments, results
        results = self._call(state, executable, arguments, HandOver((), ()))
        if executable.donated:
            self._wait_for(results, executable)
        if results[-1] is not None and not executable.selects:
            return arguments, results  # installed when the guard's flag is known
        state.written.append(write)
        new = results[:count]
        store.note_change(old, new)
        write.install(new)
        if not executable.donated:
            store.note_unproven(self.stage, write, executable.shapes)
        elif executable.keeps_layout and all(map(_alike, old, results)):
            entry.warm = (store.layout, kinds)
        return arguments, results

    def _keep(self, entries: list[Any], all_of_them: bool) -> None:
        """Puts copies in the place of values that are not to be given away: all, or those that are held."""
        with xla.x64():
            for position, slot in enumerate(self._written_slots):
                if (all_of_them or slot.holds) and entries[position] is not None:
                    entries[position] = xla.jnp.array(entries[position], copy=True)

    def _wait_for(self, results: Sequence[Any], executable: Executable) -> None:
        """The first call of a program is the one most likely to find too little memory: nothing is installed before
        it has ended well."""
        try:
            xla.jax.block_until_ready(results)
        except xla.failures() as error:
            raise failures.device_error(self.stage, executable.shapes, error) from None

    def _call(self, state: RunState, executable: Executable, arguments: list[Any],
              handover: HandOver | None = None) -> Sequence[Any]:
        """Runs the program: gives new values of written variables, outputs, and the flags of guards (or None)."""
        if executable.endless:
            return watch.call(functools.partial(self._call_watched, executable, arguments), state.cancellation)
        try:
            with xla.x64():
                if executable.box is None:
                    return executable.function(*arguments)
                assert handover is not None
                return handover.call(executable.function, executable.box, arguments)
        except xla.failures() as error:
            raise self._device_failure(executable, error) from None

    def _call_watched(self, executable: Executable, arguments: list[Any], number: Any) -> Sequence[Any]:
        """Runs a program that may have to be stopped to its end."""
        arguments = list(arguments)
        arguments[-2 if executable.samples else -1] = number
        try:
            with xla.x64():
                results = tuple(executable.function(*arguments))
                if executable.box is not None:
                    executable.box.clear()
                xla.jax.block_until_ready(results)
            return results
        except xla.failures() as error:
            raise self._device_failure(executable, error) from None

    def _device_failure(self, executable: Executable, error: Exception) -> OpError:
        lost = []
        for slot, variable in zip(self._written_slots, self.stage.writes, strict=True):
            if getattr(slot.value, "is_deleted", bool)():
                self._store.lose(slot)
                lost.append(variable.name)
        found = failures.device_error(self.stage, executable.shapes, error)
        return failures.with_note(found, failures.loss_note(lost))

    def _outcome(self, state: RunState, executable: Executable, inputs: list[Any], arguments: list[Any],
                 results: Sequence[Any]) -> list[Any]:
        """The outputs, in order; a guard's flag is looked at, now or where the run next has to know."""
        state.started.append((self.stage, executable.shapes))
        count, flags = len(self._written_slots), results[-1]
        if flags is not None:
            check = functools.partial(self._check_flags, state, executable, inputs, arguments, flags)
            if self.stage.writes or not self.stage.overlaps:
                check()
                if not executable.selects:
                    # There were no old values that a failed guard could keep: installed now that all is well.
                    with self._store.lock:
                        self._install(state, results[:count])
            else:
                state.unsettled.append(check)
        computed = executable.whole(results[count:-1])
        if not executable.known_outputs and not executable.handed_on:
            return list(computed)
        outputs: list[Any] = [None] * len(self.output_keys)
        for position, i in executable.handed_on:
            outputs[position] = arguments[len(self._slots) + i]
        for position, value in zip(executable.output_positions, computed, strict=True):
            outputs[position] = value
        for position, value in executable.known_outputs:
            outputs[position] = value
        return outputs

    def _check_flags(self, state: RunState, executable: Executable, inputs: list[Any], arguments: list[Any],
                     flags: Any) -> None:
        """Finds and raises the error of a guard that failed, by interpreting the stage on the same values."""
        try:
            verdicts = xla.to_host(flags)
        except xla.failures() as error:
            raise failures.device_error(self.stage, executable.shapes, error) from None
        if bool(np.all(verdicts)):
            return
        state.refused = True
        states = np.asarray(arguments[-1]) if executable.samples else ()
        streams = dict(zip(self.program.random_ops, states, strict=True))

        def draw(op: Operation, samples: int) -> np.ndarray:
            before = streams[op]
            streams[op] = philox.advance(before, samples)
            return before

        with self._store.lock:
            entries = [None if variable not in self._reads else np.array(slot.value)
                       for slot, variable in zip(self._slots, self._variables, strict=True)]
        interpret(self.program, [xla.to_host(value) for value in inputs], entries,
                  Interpreter(draw, _no_host_context, state.cancellation.check))
        failed = executable.guarded[int(np.argmin(verdicts))]
        op = failed.op
        kind = failed.guard.error if failed.guard is not None else InvalidArgumentError
        raise kind(op.node_def, op, f"The check of '{op.name}' ({op.type}) failed")


def _as_key(value: np.ndarray) -> tuple[str, tuple[int, ...], bytes]:
    return value.dtype.str, value.shape, value.tobytes()


def _no_host_context(op: Operation) -> Any:
    raise AssertionError(f"'{op.name}' stands in a stage that XLA compiled, and asks for the host")


def _lists_on_device(inputs: list[Any]) -> list[Any]:
    return [value.on_device() if isinstance(value, HostList) else value for value in inputs]


def _aligned_copy(value: np.ndarray) -> np.ndarray:
    """A copy at an address that XLA takes as it is."""
    room = np.empty(value.nbytes + ALIGNMENT, np.uint8)
    start = -room.__array_interface__["data"][0] % ALIGNMENT
    copy = room[start:start + value.nbytes].view(value.dtype).reshape(value.shape)
    copy[...] = value
    return copy


def _alike(old: Any, new: Any) -> bool:
    """Whether two values look the same to JAX's dispatch in C++: then so does every later one."""
    return type(old) is type(new) and getattr(old, "committed", None) == getattr(new, "committed", None)


