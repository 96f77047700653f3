"""The store of a session's variables: layouts, holds, what a failed run puts back."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.compiler.handover import HandOver
from millpond.compiler.services import Cancellation, RunState, Slot
from millpond.session.variable_store import VariableStore


def write(store: VariableStore, state: RunState, slots: list[Slot], values: list[Any], final: bool = False) -> HandOver:
    """What a stage does that sets variables."""
    made = HandOver(slots, [slot.value for slot in slots], final)
    state.written.append(made)
    store.note_change(made.old, values)
    made.install(values)
    return made


@pytest.fixture
def store() -> VariableStore:
    return VariableStore()


@pytest.fixture
def state() -> RunState:
    return RunState({}, Cancellation())


@pytest.fixture
def slot(store: VariableStore) -> Slot:
    return store.slot(tf.Variable(1.0, name="v").op)


ONE, TWO, THREE = (np.float32(value) for value in (1.0, 2.0, 3.0))


def test_a_variable_has_one_slot_by_its_name_or_its_shared_name(store: VariableStore) -> None:
    v, w = tf.Variable(1.0, name="v"), tf.Variable(1.0, name="w")
    assert store.slot(v.op) is store.slot(v.op) is not store.slot(w.op)
    assert store.slot(v.op).value is None and store.slot(v.op).holds == 0
    with tf.Graph().as_default():
        assert store.slot(tf.Variable(2.0, name="v").op) is store.slot(v.op)
    shared = types.SimpleNamespace(name="other", attributes={"shared_name": "w"})
    assert store.slot(shared) is store.slot(w.op)  # type: ignore[arg-type]


@pytest.mark.parametrize("old, new, changes", [
    (np.zeros(3, np.float32), np.ones(3, np.float32), False),
    (np.zeros(3, np.float32), np.zeros(4, np.float32), True),
    (np.zeros((3, 1), np.float32), np.zeros(3, np.float32), True),
    (np.zeros(3, np.float32), np.zeros(3, np.int32), True),
    (np.zeros(3, np.float32), np.zeros(3, np.float64), True),
    (None, np.zeros(3, np.float32), True),
    (np.zeros(3, np.float32), None, True),
    (np.zeros(3, np.float32), types.SimpleNamespace(shape=(3,), dtype=np.dtype("float32")), True),
    (types.SimpleNamespace(shape=(3,), dtype=np.dtype("float32"), committed=True),
     types.SimpleNamespace(shape=(3,), dtype=np.dtype("float32"), committed=False), True),
    (types.SimpleNamespace(shape=(3,), dtype=np.dtype("float32"), committed=True),
     types.SimpleNamespace(shape=(3,), dtype=np.dtype("float32"), committed=True), False),
])
def test_what_changes_the_layout(store: VariableStore, old: Any, new: Any, changes: bool) -> None:
    before = store.layout
    same = np.zeros(2, np.float32)
    store.note_change([same, old], [same, new])
    assert (store.layout > before) == changes


def test_holds_are_counted_for_the_slot_and_for_all(store: VariableStore, slot: Slot) -> None:
    other = store.slot(tf.Variable(1.0, name="other").op)
    store.hold(slot)
    store.hold(slot)
    store.hold(other)
    assert (slot.holds, other.holds, store.held) == (2, 1, 3)
    store.release(slot)
    store.release(other)
    assert (slot.holds, other.holds, store.held) == (1, 0, 1)


def test_a_failed_run_puts_back_what_it_wrote_the_last_first(store: VariableStore, state: RunState, slot: Slot) -> None:
    slot.value = ONE
    write(store, state, [slot], [TWO])
    write(store, state, [slot], [THREE])
    store.undo(state)
    assert slot.value is ONE


def test_a_failed_run_leaves_what_others_have_written_since(store: VariableStore, state: RunState, slot: Slot) -> None:
    other = store.slot(tf.Variable(1.0, name="other").op)
    slot.value = other.value = ONE
    write(store, state, [slot, other], [TWO, TWO])
    write(store, RunState({}, Cancellation()), [slot], [THREE])
    store.undo(state)
    assert slot.value is THREE and other.value is ONE


def test_putting_back_another_shape_changes_the_layout(store: VariableStore, state: RunState, slot: Slot) -> None:
    slot.value = ONE
    write(store, state, [slot], [np.zeros(3, np.float32)])
    layout = store.layout
    store.undo(state)
    assert slot.value is ONE and store.layout == layout + 1
    write(store, state, [slot], [TWO])
    layout = store.layout
    store.undo(state)
    assert slot.value is ONE and store.layout == layout


def test_an_update_whose_old_values_were_given_away_stays_whole(
        store: VariableStore, state: RunState, slot: Slot) -> None:
    other = store.slot(tf.Variable(1.0, name="other").op)
    slot.value = other.value = ONE
    write(store, state, [slot], [TWO])
    write(store, state, [other], [THREE], final=True)
    store.undo(state)
    assert slot.value is TWO and other.value is THREE


def test_a_refused_update_keeps_its_copies_unless_the_run_itself_had_written(
        store: VariableStore, state: RunState, slot: Slot) -> None:
    """The guard's program gave back copies of what it found; what an earlier stage wrote goes back further."""
    other = store.slot(tf.Variable(1.0, name="other").op)
    slot.value = other.value = ONE
    write(store, state, [slot], [TWO])
    copies = [np.float32(2.0), np.float32(1.0)]
    write(store, state, [slot, other], copies, final=True)
    state.refused = True
    store.undo(state)
    assert slot.value is ONE and other.value is copies[1]


def test_losing_and_clearing_leave_no_value_and_another_layout(store: VariableStore, slot: Slot) -> None:
    slot.value = ONE
    layout = store.layout
    store.lose(slot)
    assert slot.value is None and store.layout == layout + 1
    v = tf.Variable(1.0, name="again").op
    store.slot(v).value = ONE
    kept = store.slot(v)
    store.clear()
    assert kept.value is None and store.slot(v) is not kept and store.layout == layout + 2


class Result:
    """An array on a device whose program ends as it is told."""

    shape, dtype = (), np.dtype("float32")

    def __init__(self, error: str | None = None, deleted: bool = False) -> None:
        self.error, self.deleted, self.waited = error, deleted, 0

    def block_until_ready(self) -> None:
        self.waited += 1
        if self.error:
            raise RuntimeError(self.error)

    def is_deleted(self) -> bool:
        return self.deleted


def writes_of(*variables: tf.Variable) -> Any:
    return types.SimpleNamespace(writes={v.op: 1 for v in variables}, ops=[])


def test_programs_that_end_well_are_waited_for_once(store: VariableStore, state: RunState) -> None:
    v = tf.Variable(1.0, name="v")
    result = Result()
    made = write(store, state, [store.slot(v.op)], [result])
    store.note_unproven(writes_of(v), made, {})
    store.prove()
    store.prove()
    assert result.waited == 1 and store.slot(v.op).value is result and store.unproven == []


def test_a_program_that_failed_is_undone_or_its_variables_are_named(store: VariableStore, state: RunState) -> None:
    kept, lost, later = (tf.Variable(1.0, name=name) for name in ("kept", "lost", "later"))
    store.slot(kept.op).value = store.slot(lost.op).value = store.slot(later.op).value = ONE
    first = write(store, state, [store.slot(kept.op)], [Result("INTERNAL: it broke\nand more")])
    second = write(store, state, [store.slot(lost.op), store.slot(later.op)], [Result("INTERNAL: too"), Result()],
                   final=True)
    store.note_unproven(writes_of(kept), first, {})
    store.note_unproven(writes_of(lost, later), second, {})
    write(store, state, [store.slot(later.op)], [THREE])
    layout = store.layout
    with pytest.raises(tf.errors.InternalError, match=r"it broke\. The variables \['lost'\] .* are lost"):
        store.prove()
    assert store.slot(kept.op).value is ONE
    assert store.slot(lost.op).value is None and store.slot(later.op).value is THREE
    assert store.layout == layout + 2  # another kind of array, and no value
    store.prove()


def test_a_first_value_that_failed_is_no_value(store: VariableStore, state: RunState) -> None:
    v = tf.Variable(1.0, name="v")
    made = write(store, state, [store.slot(v.op)], [Result("RESOURCE_EXHAUSTED: no room")])
    store.note_unproven(writes_of(v), made, {})
    with pytest.raises(tf.errors.ResourceExhaustedError, match=r"\['v'\] .* are lost"):
        store.prove()
    assert store.slot(v.op).value is None


def test_a_result_that_was_given_on_is_anothers_to_prove(store: VariableStore, state: RunState) -> None:
    v = tf.Variable(1.0, name="v")
    made = write(store, state, [store.slot(v.op)], [Result("INTERNAL: deleted", deleted=True)])
    store.note_unproven(writes_of(v), made, {})
    store.prove()
    assert store.unproven == []


def test_reading_what_has_no_value_names_the_variable_and_the_fix(store: VariableStore) -> None:
    v = tf.Variable(1.0, name="v")
    error = store.missing(v.op)
    assert isinstance(error, tf.errors.FailedPreconditionError) and error.op is v.op
    assert error.message.startswith("Attempting to use uninitialized value v: run its initializer first")
