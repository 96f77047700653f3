"""Dispatch: running a stage, again and again, with next to nothing done in Python.

A `StageRunner` holds what is known of one stage in one session: its program and, for each signature (shapes of what
enters, values of static operands, layout of the variables), how much work the interpreter has done, and the
executable once it is hot. Runners are called from many threads; their dictionaries only see single, atomic
operations, and variables change hands under the store's lock.
"""

from __future__ import annotations

import collections
import threading
import warnings
from typing import Any, Protocol

import numpy as np

from millpond.compiler import debug, failures, lower, xla
from millpond.compiler.interpret import interpret
from millpond.compiler.plan import Key, Stage
from millpond.compiler.program import Program
from millpond.errors import FailedPreconditionError, InternalError
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor

# Work is counted in elements computed; an operation costs as much as OP_WORK elements (2 us against 1 ns each).
OP_WORK = 2_000
# What calling an executable costs. Only work beyond this counts: a few operations on scalars are quicker interpreted.
DISPATCH_WORK = 8_000
# Compiling pays once the interpreter has done this much work on a signature, and more for each op to compile.
COMPILE_AFTER = 20_000_000
COMPILE_AFTER_PER_OP = 500_000
# A stage may compile so many signatures before it looks whether that pays: each should serve so many runs on the
# average, or the work asked for doubles with each further signature, up to a limit.
FREE_COMPILATIONS = 3
WORTHWHILE_RUNS = 50
MAX_DOUBLINGS = 10
# So many signatures of one stage are worth a warning.
MANY_SIGNATURES = 16

NEVER, WHEN_HOT, ALWAYS = -1, 0, 1


class Slot:
    """Where the value of one variable lies.

    Attributes:
      value: A NumPy array (never changed in place), an array on a device, or None.
      holds: Runs that still look at the value, so that its buffer may not be given away.
    """

    __slots__ = ("value", "holds")

    def __init__(self) -> None:
        self.value: Any = None
        self.holds = 0


class Services(Protocol):
    """What a stage may ask of the session it runs in."""

    tier: int
    lock: threading.RLock

    def slot(self, variable: Operation) -> Slot: ...
    def install(self, slot: Slot, value: Any) -> None: ...
    def hold(self, slot: Slot) -> None: ...
    def missing(self, variable: Operation) -> FailedPreconditionError: ...
    def draw(self, op: Operation, samples: int) -> np.ndarray: ...
    def draw_all(self, ops: list[Operation], samples: list[int]) -> np.ndarray: ...
    def host_context(self, op: Operation) -> Any: ...
    def device(self, name: str) -> Any: ...
    def put(self, value: Any, device: str) -> Any: ...
    @property
    def held(self) -> int: ...
    @property
    def layout(self) -> int: ...


class StageExecutor(Protocol):
    """What a session runs a stage through. `StageRunner` does it on a device of this process; one that sends the
    stage to another process needs no more than this either."""

    stage: Stage
    output_keys: list[Key]

    def run(self, state: RunState) -> None: ...


class RunState:
    """What one run has in hand: values by key, the variables it holds, and what it has written so far."""

    __slots__ = ("values", "held", "written")

    def __init__(self, values: dict[Key, Any]) -> None:
        self.values = values
        self.held: list[Slot] = []
        # (slot, value before this run, value that the run left)
        self.written: list[tuple[Slot, Any, Any]] = []


class Entry:
    """One signature of a stage."""

    __slots__ = ("work", "executable", "specs", "layout", "static")

    def __init__(self, static: list[np.ndarray]) -> None:
        # The values of the static inputs and variables that the signature names.
        self.static = static
        self.work = 0
        self.executable: lower.Executable | None = None
        # The variables the executable was made for, and the store's layout under which they were last seen so.
        self.specs: list[tuple[tuple[int, ...], np.dtype] | None] = []
        self.layout = -1


class ExecutableCache:
    """Bounds the executables of a session: the least recently compiled or looked-up entry goes first."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._entries: collections.OrderedDict[tuple[int, Any], dict[Any, Entry]] = collections.OrderedDict()
        self._lock = threading.Lock()

    def note(self, runner: StageRunner, signature: Any) -> None:
        with self._lock:
            key = (id(runner), signature)
            self._entries[key] = runner.entries
            self._entries.move_to_end(key)
            while len(self._entries) > self.capacity:
                (_, old_signature), entries = self._entries.popitem(last=False)
                entries.pop(old_signature, None)

    def __len__(self) -> int:
        return len(self._entries)


class StageRunner:
    """Runs one stage in one session."""

    def __init__(self, stage: Stage, services: Services, cache: ExecutableCache, several_devices: bool) -> None:
        self.stage = stage
        self.program = Program(stage)
        self.services = services
        self.entries: dict[Any, Entry] = {}
        self._cache = cache
        self._moves_values = several_devices and not stage.on_host
        self._slots = [services.slot(variable) for variable in stage.variables]
        self._written_slots = self._slots[:len(stage.writes)]
        self._reads = frozenset(stage.reads)
        self._op_count = len(stage.ops)
        self._on_host = stage.on_host
        self._input_keys = stage.inputs
        self.output_keys: list[Key] = [*stage.outputs, *stage.preserved]
        self._has_static = bool(stage.static_inputs or stage.static_reads)
        self._only_lowers = any(op.definition.kernel is None for op in stage.ops)
        self._warned = False
        self._compiled = 0
        self._compiled_runs = 0

    # The way of every run.

    def run(self, state: RunState) -> None:
        """Executes the stage on the values in `state`, and puts its outputs there."""
        values = state.values
        inputs = [values[key] for key in self._input_keys]
        if self._on_host:
            self._interpret(state, inputs, None)
            return
        signature: Any = tuple([value.shape for value in inputs])
        static: list[np.ndarray] = []
        if self._has_static:
            static = self._static_values(inputs)
            signature = (signature, tuple([(value.dtype.str, value.shape, value.tobytes()) for value in static]))
        entry = self.entries.get(signature)
        if entry is None:
            entry = self._new_entry(signature, static)
        if entry.executable is None:
            if self._is_cold(entry):
                self._interpret(state, inputs, entry)
                return
            self._cache.note(self, signature)
        self._execute(state, inputs, entry)

    def _new_entry(self, signature: Any, static: list[np.ndarray]) -> Entry:
        # Copies: a fed array is the caller's, who may change it before this signature is hot.
        entry = self.entries.setdefault(signature, Entry([np.array(value) for value in static]))
        self._cache.note(self, signature)
        self._warn_of_many_signatures()
        return entry

    def _is_cold(self, entry: Entry) -> bool:
        tier = self.services.tier
        if tier != WHEN_HOT:
            return tier == NEVER
        if self._only_lowers:
            return False
        return entry.work < (COMPILE_AFTER + COMPILE_AFTER_PER_OP * self._op_count) * self._patience()

    def _patience(self) -> int:
        """How many times the usual work a new signature must have done, where compiling has not paid so far: the
        executables of this stage were few runs old when the next signature came (numbers of distinct rows, say)."""
        if self._compiled < FREE_COMPILATIONS or self._compiled_runs >= WORTHWHILE_RUNS * self._compiled:
            return 1
        return 2 ** min(self._compiled - FREE_COMPILATIONS + 1, MAX_DOUBLINGS)

    def _warn_of_many_signatures(self) -> None:
        if len(self.entries) > MANY_SIGNATURES and not self._warned and self.services.tier == WHEN_HOT:
            self._warned = True
            shapes = [key.name for key in self.stage.inputs if isinstance(key, Tensor)][:4]
            warnings.warn(
                f"A computation has been run with more than {MANY_SIGNATURES} combinations of shapes (or of values "
                f"that decide shapes) of {shapes}. Each needs a compilation of its own, so rare ones are "
                "interpreted. Padding batches to a few sizes makes this faster.", stacklevel=6)

    def _static_values(self, inputs: list[Any]) -> list[np.ndarray]:
        """The values of the static inputs, then of the variables that are static."""
        parts = [np.asarray(inputs[i]) for i in self.stage.static_inputs]
        variables = self.stage.variables
        with self.services.lock:
            parts.extend(np.asarray(self._value_of(variables.index(v))) for v in self.stage.static_reads)
        return parts

    def _value_of(self, position: int) -> Any:
        value = self._slots[position].value
        if value is None:
            raise self.services.missing(self.stage.variables[position])
        return value

    # The cold tier.

    def _interpret(self, state: RunState, inputs: list[Any], entry: Entry | None) -> None:
        services, stage = self.services, self.stage
        inputs = [np.asarray(value) for value in inputs]
        if stage.writes:
            with services.lock:
                outcome = interpret(self.program, inputs, self._entry_arrays(), services.draw, services.host_context)
                self._install(state, outcome.writes)
                self._hold(state)
        else:
            with services.lock:
                entries = self._entry_arrays()
            outcome = interpret(self.program, inputs, entries, services.draw, services.host_context)
        self._publish(state, [*outcome.outputs, *outcome.preserved])
        if entry is not None:
            entry.work += max(0, self._op_count * OP_WORK + outcome.elements - DISPATCH_WORK)

    def _entry_arrays(self) -> list[np.ndarray | None]:
        """The variables as NumPy arrays. Of an array in the memory of the host this is a view, not a copy (saving a
        model needs no second one); XLA does not reuse a buffer while a view of it is alive."""
        arrays: list[np.ndarray | None] = []
        for position, variable in enumerate(self.stage.variables):
            if variable not in self._reads:
                arrays.append(None)
                continue
            arrays.append(np.asarray(self._value_of(position)))
        return arrays

    def _publish(self, state: RunState, results: list[Any]) -> None:
        for key, value in zip(self.output_keys, results, strict=True):
            state.values[key] = value

    # The hot tier.

    def _compile(self, entry: Entry, inputs: list[Any]) -> None:
        """Compiles for the variables as they are now; nobody's lock is held while XLA works."""
        stage, services = self.stage, self.services
        last = stage.ops[-1]
        xla.note_use(f"compiling '{last.name}' (created at {last.creation_site or 'an unknown line'})")
        layout = services.layout
        specs = self._variable_specs()
        variables = stage.variables
        # The values that the signature was made of: a variable may have been written since.
        static = iter(entry.static)
        static_values = dict(zip(stage.static_inputs, static, strict=False))
        static_entries = dict(zip([variables.index(v) for v in stage.static_reads], static, strict=True))
        executable = lower.lower(self.program, static_values, static_entries, specs, inputs,
                                 donate=stage.donates, device=services.device(stage.device))
        executable.constants = [services.put(value, stage.device) for value in executable.constants]
        debug.note("stages", lambda: f"compiled {stage!r} for {failures.shapes_text(inputs) or 'no inputs'}")
        # The program first: whoever finds the specs fitting sees that the program is another one, and starts anew.
        entry.executable = executable
        entry.specs = specs
        entry.layout = layout
        self._compiled += 1

    def _variable_specs(self) -> list[tuple[tuple[int, ...], np.dtype] | None]:
        """Shape and dtype of each variable of the stage; None for one without a value, which only writing allows."""
        specs: list[tuple[tuple[int, ...], np.dtype] | None] = []
        for position, variable in enumerate(self.stage.variables):
            value = self._value_of(position) if variable in self._reads else self._slots[position].value
            specs.append(None if value is None else (value.shape, value.dtype))
        return specs

    def _fits(self, entry: Entry) -> bool:
        """Whether the executable serves the variables as they are now; looked at only when a layout changed."""
        layout = self.services.layout
        if entry.layout != layout:
            if self._variable_specs() != entry.specs:
                return False
            entry.layout = layout
        return True

    def _execute(self, state: RunState, inputs: list[Any], entry: Entry) -> None:
        services = self.services
        rewritten: list[tuple[Slot, Any, Any]] = []
        self._compiled_runs += 1
        if self._moves_values:
            inputs = [services.put(value, self.stage.device) for value in inputs]
        while True:
            executable = entry.executable
            if executable is None or (entry.layout != services.layout and not self._fits(entry)):
                self._compile(entry, inputs)
                continue
            if executable.host_checks:
                for check in executable.host_checks:
                    check.check(inputs)
            if not self._slots:
                arguments = self._arguments(executable, inputs, [])
                writes, outputs, flags = self._call(executable, arguments)
                break
            with services.lock:
                if entry.layout != services.layout or entry.executable is not executable:
                    continue
                entries = [slot.value for slot in self._slots]
                if self.stage.donates and services.held:
                    self._release_held(entries)
                if self._moves_values:
                    entries = [value if value is None else services.put(value, self.stage.device) for value in entries]
                arguments = self._arguments(executable, inputs, entries)
                writes, outputs, flags = self._call(executable, arguments)
                if flags is None or executable.selects:
                    if flags is not None and self.stage.donates and state.written:
                        rewritten = self._rewritten(state, writes)
                    self._install(state, writes, executable.keeps_layout)
                    self._hold(state)
            break
        if flags is not None:
            try:
                self._check_flags(executable, inputs, arguments, flags)
            except BaseException:
                state.written.extend(rewritten)
                raise
            if not executable.selects:
                # There were no old values that a failed guard could keep: installed now that all is well.
                with services.lock:
                    self._install(state, writes)
                    self._hold(state)
        values = state.values
        for position, value in zip(executable.output_positions, outputs, strict=True):
            values[self.output_keys[position]] = value
        for position, value in executable.known_outputs:
            values[self.output_keys[position]] = value

    def _arguments(self, executable: lower.Executable, inputs: list[Any], entries: list[Any]) -> list[Any]:
        arguments = [*entries, *[inputs[i] for i in executable.dynamic_inputs], *executable.constants]
        if executable.samples:
            arguments.append(self.services.draw_all(self.stage.random_ops, executable.samples))
        return arguments

    def _rewritten(self, state: RunState, writes: Any) -> list[tuple[Slot, Any, Any]]:
        """What of this run's own writes the stage replaces. When its guard fails it has put copies in their place,
        which undoing must know to find its way back to what the run found; the lock is held by the caller."""
        newest = {id(slot): new for slot, _, new in state.written}
        return [(slot, slot.value, value) for slot, value in zip(self._written_slots, writes, strict=True)
                if slot.value is not None and newest.get(id(slot)) is slot.value]

    def _release_held(self, entries: list[Any]) -> None:
        """What a fetch still looks at is not given away: its copy is."""
        for position, slot in enumerate(self._written_slots):
            if slot.holds and entries[position] is not None:
                entries[position] = xla.jnp.array(entries[position], copy=True)

    def _call(self, executable: lower.Executable, arguments: list[Any]) -> tuple[Any, Any, Any]:
        try:
            with xla.x64():
                return executable.function(*arguments)
        except xla.jax.errors.JaxRuntimeError as error:
            raise self._device_failure(error) from error

    def _device_failure(self, error: Exception) -> InternalError:
        lost = []
        for slot, variable in zip(self._written_slots, self.stage.writes, strict=True):
            if getattr(slot.value, "is_deleted", bool)():
                self.services.install(slot, None)
                lost.append(variable.name)
        note = f" The variables {lost} had been handed to the device and are lost; restore them." if lost else ""
        return InternalError(None, None, f"The device failed while running {self.stage!r}: {error}{note}")

    def _check_flags(self, executable: lower.Executable, inputs: list[Any], arguments: list[Any], flags: Any) -> None:
        """Finds and raises the error of a guard that failed, by interpreting the stage on the same values."""
        if bool(np.all(np.asarray(flags))):
            return
        states = iter(np.asarray(arguments[-1])) if executable.samples else iter(())
        with self.services.lock:
            entries = [None if variable not in self._reads else np.array(slot.value)
                       for slot, variable in zip(self._slots, self.stage.variables, strict=True)]
        interpret(self.program, [np.asarray(value) for value in inputs], entries, lambda *_: next(states),
                  self.services.host_context)
        failed = executable.guarded[int(np.argmin(np.asarray(flags)))]
        op = failed.op
        guard = failed.guard
        assert guard is not None
        raise guard.error(op.node_def, op, f"The check of '{op.name}' ({op.type}) failed")

    def _install(self, state: RunState, values: Any, keeps_layout: bool = False) -> None:
        if not self.stage.donates:
            state.written.extend((slot, slot.value, value)
                                 for slot, value in zip(self._written_slots, values, strict=True))
        if keeps_layout:
            for slot, value in zip(self._written_slots, values, strict=True):
                slot.value = value
            return
        install = self.services.install
        for slot, value in zip(self._written_slots, values, strict=True):
            install(slot, value)

    def _hold(self, state: RunState) -> None:
        """Keeps the buffers of preserved versions from being given away before the run ends."""
        for version in self.stage.preserved:
            slot = self.services.slot(version.variable)
            self.services.hold(slot)
            state.held.append(slot)
