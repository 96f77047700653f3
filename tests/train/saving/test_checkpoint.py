"""A program saves objects with `tf.train.Checkpoint` and finds them again by how they are reached."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.protos.trackable_object_graph import TrackableObjectGraph
from millpond.train.saving import checkpoint_manager

TENSORFLOW_OBJECTS = pathlib.Path(__file__).parents[2] / "data" / "tensorflow" / "objects"
VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"


@pytest.fixture
def sess() -> Any:
    with tf.Session() as session:
        yield session


def keys_of(path: str) -> list[str]:
    return [name.removesuffix(VALUE) for name, _ in tf.train.list_variables(path) if name.endswith(VALUE)]


def graph_of(path: str) -> Any:
    return TrackableObjectGraph.FromString(
        tf.train.NewCheckpointReader(path).get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))


def trained(sess: tf.Session, optimizer: Any) -> tuple[tf.Variable, tf.Variable, Any]:
    w = tf.get_variable("w", initializer=[1.0, 2.0])
    b = tf.get_variable("b", initializer=3.0, use_resource=True)
    step = optimizer.minimize(tf.reduce_sum(w * w) + b * b)
    sess.run(tf.global_variables_initializer())
    sess.run(step)
    return w, b, step


def test_training_goes_on_where_it_was(tmp_path: pathlib.Path, tier: str) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        optimizer = tf.train.AdamOptimizer(0.1)
        w, b, step = trained(sess, optimizer)
        checkpoint = tf.train.Checkpoint(weights=w, bias=b, optimizer=optimizer)
        path = checkpoint.save(tmp_path / "model", session=sess)
        sess.run(step)
        expected = sess.run([w, b])
    assert path == str(tmp_path / "model-1")
    # The same objects under other names of variables.
    with tf.Graph().as_default(), tf.Session() as sess:
        optimizer = tf.train.AdamOptimizer(0.1)
        with tf.variable_scope("other"):
            w, b, step = trained(sess, optimizer)
        checkpoint = tf.train.Checkpoint(weights=w, bias=b, optimizer=optimizer)
        checkpoint.restore(path).assert_consumed().run_restore_ops(session=sess)
        sess.run(step)
        np.testing.assert_allclose(sess.run(w), expected[0])
        np.testing.assert_allclose(sess.run(b), expected[1])
        assert checkpoint.save(tmp_path / "model", session=sess) == str(tmp_path / "model-2"), "the counter goes on"


def test_keys_and_graph_are_those_of_tensorflow(tmp_path: pathlib.Path, sess: tf.Session) -> None:
    optimizer = tf.train.AdamOptimizer(0.1)
    w, b, _ = trained(sess, optimizer)
    inner = tf.train.Checkpoint(weights=w)
    checkpoint = tf.train.Checkpoint(weights=w, bias=b, optimizer=optimizer, inner=inner)
    path = checkpoint.save(tmp_path / "m", session=sess)
    assert keys_of(path) == [
        "bias", "bias/.OPTIMIZER_SLOT/optimizer/m", "bias/.OPTIMIZER_SLOT/optimizer/v", "optimizer/beta1_power",
        "optimizer/beta2_power", "save_counter", "weights", "weights/.OPTIMIZER_SLOT/optimizer/m",
        "weights/.OPTIMIZER_SLOT/optimizer/v"]
    nodes = graph_of(path).nodes
    assert [[(child.node_id, child.local_name) for child in node.children] for node in nodes[:4]] == [
        [(1, "bias"), (2, "inner"), (3, "optimizer"), (4, "weights"), (5, "save_counter")], [], [(4, "weights")],
        [(6, "beta1_power"), (7, "beta2_power")]]
    assert [(slot.original_variable_node_id, slot.slot_name, slot.slot_variable_node_id)
            for slot in nodes[3].slot_variables] == [(1, "m", 8), (4, "m", 9), (1, "v", 10), (4, "v", 11)]
    (value,) = nodes[4].attributes
    assert (value.name, value.full_name, value.checkpoint_key) == ("VARIABLE_VALUE", "w", f"weights{VALUE}")
    assert [node.attributes[0].full_name for node in nodes[8:]] == ["b/Adam", "w/Adam", "b/Adam_1", "w/Adam_1"]


def test_objects_in_lists_and_dicts_and_names_with_slashes(tmp_path: pathlib.Path, sess: tf.Session) -> None:
    a, b, c = (tf.Variable(float(i), name=f"v{i}") for i in range(3))
    layers: list[Any] = [a]
    checkpoint = tf.train.Checkpoint(layers=layers, table={"x/y.z": (b, 5)}, empty=[], numbers=[1, 2])
    checkpoint.note = "no state"
    layers.append({"deep": c, 7: "no variable"})
    sess.run(tf.global_variables_initializer())
    path = checkpoint.write(tmp_path / "m", session=sess)
    assert path == str(tmp_path / "m")
    assert keys_of(path) == ["layers/0", "layers/1/deep", "table/x.Sy..z/0"]
    assert not (tmp_path / "checkpoint").exists(), "write names no latest checkpoint"
    sess.run([v.assign(9.0) for v in (a, b, c)])
    checkpoint.restore(path).run_restore_ops(sess)
    assert sess.run([a, b, c]) == [0.0, 1.0, 2.0]
    checkpoint.wrong = {1: a}
    with pytest.raises(ValueError, match="its key 1 is no string"):
        checkpoint.write(tmp_path / "m", session=sess)


def test_attributes_come_and_go(tmp_path: pathlib.Path, sess: tf.Session) -> None:
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    sess.run(tf.global_variables_initializer())
    checkpoint = tf.train.Checkpoint(one=a)
    assert checkpoint.one is a
    assert keys_of(checkpoint.write(tmp_path / "m", sess)) == ["one"]
    checkpoint.one = b
    checkpoint.two = a
    assert tf.train.load_variable(checkpoint.write(tmp_path / "m", sess), f"one{VALUE}") == 2.0
    checkpoint.two = None
    del checkpoint.one
    checkpoint.itself = checkpoint
    path = checkpoint.write(tmp_path / "m", sess)
    assert (keys_of(path), [child.local_name for child in graph_of(path).nodes[0].children]) == ([], ["itself"])
    assert not hasattr(checkpoint, "one")


def test_restoring_before_the_objects_are_there(tmp_path: pathlib.Path, sess: tf.Session) -> None:
    v = tf.Variable([1.0, 2.0], name="v")
    sess.run(v.initializer)
    path = tf.train.Checkpoint(v=v).save(tmp_path / "m", session=sess)
    late = tf.train.Checkpoint()
    status = late.restore(path)
    with pytest.raises(AssertionError, match=r"Unresolved object in checkpoint \(root\).v: "):
        status.assert_consumed()
    late.v = tf.Variable([0.0, 0.0], name="late")
    status.assert_consumed().run_restore_ops(sess)
    assert sess.run(late.v).tolist() == [1.0, 2.0]


def test_what_is_not_found_is_said(tmp_path: pathlib.Path, sess: tf.Session) -> None:
    v, new = tf.Variable([1.0], name="v"), tf.Variable([9.0], name="new")
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    optimizer.minimize(v * v)
    sess.run(tf.variables_initializer(set(tf.global_variables()) - {new}))
    path = tf.train.Checkpoint(v=v, optimizer=optimizer).save(tmp_path / "m", session=sess)

    only = tf.train.Checkpoint(v=v).restore(path)
    only.assert_existing_objects_matched().assert_nontrivial_match().expect_partial()
    with pytest.raises(AssertionError, match="Unresolved object .*optimizer's state 'momentum' for .*root.*v"):
        only.assert_consumed()

    more = tf.train.Checkpoint(v=v, optimizer=optimizer, new=new).restore(path)
    for check in (more.assert_consumed, more.assert_existing_objects_matched):
        with pytest.raises(AssertionError, match="Found 1 Python objects that were not bound .*'new:0'"):
            check()
    more.run_restore_ops(sess)
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value new"):
        sess.run(new)
    sess.run(v.assign([5.0]))
    more.initialize_or_restore(sess)
    assert sess.run([v, new]) == [[1.0], [9.0]]

    other = tf.train.Checkpoint(other=v)
    other.write(tmp_path / "other", sess)
    strange = tf.train.Checkpoint(v=new).restore(tmp_path / "other")
    with pytest.raises(AssertionError, match=r"Nothing except the root .*has \['other'\], the program \['v', 'save_"):
        strange.assert_nontrivial_match()


def test_no_checkpoint_at_all(sess: tf.Session, tmp_path: pathlib.Path) -> None:
    v = tf.Variable(1.0, name="v")
    checkpoint = tf.train.Checkpoint(v=v)
    status = checkpoint.restore(None)
    for check in (status.assert_consumed, status.assert_existing_objects_matched, status.assert_nontrivial_match):
        with pytest.raises(AssertionError, match="No checkpoint specified"):
            check()
    with pytest.raises(AssertionError, match="no restore ops are available"):
        status.run_restore_ops(sess)
    status.expect_partial().initialize_or_restore(sess)
    assert sess.run([v, checkpoint.save_counter]) == [1.0, 0]
    with pytest.raises(tf.errors.NotFoundError, match="Failed to find any matching files for .*nothing"):
        checkpoint.restore(tmp_path / "nothing")


def test_values_that_do_not_fit_change_nothing(tmp_path: pathlib.Path, sess: tf.Session) -> None:
    first, second = tf.Variable([1.0], name="first"), tf.Variable([2.0, 3.0], name="second")
    sess.run(tf.global_variables_initializer())
    path = tf.train.Checkpoint(a=first, b=second).write(tmp_path / "m", sess)
    for wrong, what in ((tf.Variable([0.0], name="wrong"), "expected shape"),
                        (tf.Variable([0, 0], name="wrong"), "expected dtype")):
        kept = tf.Variable([7.0], name="kept")
        sess.run([kept.initializer, wrong.initializer])
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"b{VALUE}; {what}"):
            tf.train.Checkpoint(a=kept, b=wrong).restore(path).run_restore_ops(sess)
        assert sess.run(kept) == [7.0]


def test_checkpoints_of_a_saver_are_read_by_name(tmp_path: pathlib.Path, sess: tf.Session) -> None:
    v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
    sess.run(tf.global_variables_initializer())
    path = tf.train.Saver().save(sess, tmp_path / "m")
    sess.run([v.assign(0.0), w.assign(0.0)])
    status = tf.train.Checkpoint(x=v, y=[w]).restore(path)
    status.assert_consumed().assert_existing_objects_matched().assert_nontrivial_match().run_restore_ops(sess)
    assert sess.run([v, w]) == [1.0, 2.0]
    status.initialize_or_restore(sess)
    with pytest.raises(AssertionError, match=r"Unresolved variables in checkpoint .*m: \['w'\]"):
        tf.train.Checkpoint(x=v).restore(path).assert_consumed()
    missing = tf.train.Checkpoint(x=v, z=tf.Variable(0.0, name="z")).restore(path)
    with pytest.raises(AssertionError, match="Object not restored: .*'z:0'"):
        missing.assert_existing_objects_matched()
    with pytest.raises(tf.errors.NotFoundError, match="Key z not found"):
        missing.run_restore_ops(sess)


def test_a_saver_reads_checkpoints_of_objects_by_the_names_of_variables(
        tmp_path: pathlib.Path, sess: tf.Session) -> None:
    v = tf.Variable(1.0, name="v")
    r = tf.get_variable("r", initializer=[2.0], use_resource=True)
    sess.run(tf.global_variables_initializer())
    path = tf.train.Checkpoint(a=v, b={"c": r}).save(tmp_path / "m", session=sess)
    sess.run([v.assign(0.0), r.assign([0.0])])
    tf.train.Saver([v, r]).restore(sess, path)
    assert sess.run([v, r]) == [1.0, [2.0]]
    with pytest.raises(tf.errors.NotFoundError, match="Key u not found"):
        tf.train.Saver([v, tf.Variable(0.0, name="u")]).restore(sess, path)


def test_a_checkpoint_of_tensorflow(sess: tf.Session) -> None:
    w, b = tf.Variable([0.0, 0.0], name="mine"), tf.get_variable("yours", initializer=0.0)
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    optimizer.minimize(tf.reduce_sum(w * w) + b * b)
    checkpoint = tf.train.Checkpoint(layers=[tf.train.Checkpoint(**{"w": w, "a/b.c": b})], optimizer=optimizer)
    path = tf.train.latest_checkpoint(TENSORFLOW_OBJECTS)
    checkpoint.restore(path).assert_consumed().run_restore_ops(sess)
    np.testing.assert_allclose(sess.run(w), [0.46, 0.92], rtol=1e-6)
    np.testing.assert_allclose(sess.run(optimizer.get_slot(w, "momentum")), [3.4, 6.8], rtol=1e-6)
    np.testing.assert_allclose(sess.run([b, optimizer.get_slot(b, "momentum")]), [1.38, 10.2], rtol=1e-6)
    assert sess.run(checkpoint.save_counter) == 2


def test_saving_adds_nodes_once(tmp_path: pathlib.Path, sess: tf.Session) -> None:
    v = tf.Variable(1.0, name="v")
    sess.run(v.initializer)
    checkpoint = tf.train.Checkpoint(v=v)
    path = checkpoint.save(tmp_path / "m", session=sess)
    checkpoint.restore(path).run_restore_ops(sess)
    sess.graph.finalize()
    for number in range(2, 5):
        path = checkpoint.save(tmp_path / "m", session=sess)
        assert path == str(tmp_path / f"m-{number}")
        checkpoint.restore(path).run_restore_ops(sess)
    assert tf.train.latest_checkpoint(tmp_path) == path
    assert tf.train.get_checkpoint_state(tmp_path).all_model_checkpoint_paths == [path]


def test_mistakes(tmp_path: pathlib.Path, default_graph: tf.Graph) -> None:
    v = tf.Variable(1.0, name="v")
    parts = tf.get_variable("parts", [4], partitioner=tf.fixed_size_partitioner(2))
    for wrong in (5, "text", None, tf.constant(1.0), object(), parts, lambda: v):
        with pytest.raises(ValueError, match="expecting a trackable object, got .* for x"):
            tf.train.Checkpoint(x=wrong)
    with pytest.raises(ValueError, match="no default session is registered"):
        tf.train.Checkpoint(v=v).save(tmp_path / "m")
    with tf.Session(graph=tf.Graph()) as sess, pytest.raises(ValueError, match="'v' .* is of another graph"):
        tf.train.Checkpoint(v=v).write(tmp_path / "m", sess)
    with tf.Session() as sess, pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"):
        tf.train.Checkpoint(v=v).save(tmp_path / "m")
    with tf.Session() as sess, pytest.raises(TypeError, match="Expected a path"):
        tf.train.Checkpoint(v=v).save(5)  # type: ignore[arg-type]
    (tmp_path / "file").write_text("")
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.raises(tf.errors.FailedPreconditionError, match="file is not a directory"):
            tf.train.Checkpoint(v=v).save(tmp_path / "file" / "m")
        optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
        optimizer.minimize(v * v)
        slot = optimizer.get_slot(v, "momentum")
        with pytest.raises(NotImplementedError, match="slot variable 'v/Momentum'"):
            tf.train.Checkpoint(v=v, optimizer=optimizer, slot=slot).save(tmp_path / "m")


@pytest.mark.parametrize("data", [b"\xff\xff", b"", b"\x0a\x04\x0a\x02\x08\x07"])
def test_a_damaged_object_graph_is_named(tmp_path: pathlib.Path, sess: tf.Session, data: bytes) -> None:
    v = tf.Variable(data, name="v")
    sess.run(v.initializer)
    path = tf.train.Saver({"_CHECKPOINTABLE_OBJECT_GRAPH": v}).save(sess, tmp_path / "m")
    with pytest.raises(tf.errors.DataLossError, match="m: _CHECKPOINTABLE_OBJECT_GRAPH: "):
        tf.train.Checkpoint(v=v).restore(path)


# The manager.


def test_a_manager_keeps_the_latest(tmp_path: pathlib.Path, sess: tf.Session) -> None:
    v = tf.Variable(0, name="v")
    sess.run(v.initializer)
    checkpoint = tf.train.Checkpoint(v=v)
    manager = tf.train.CheckpointManager(checkpoint, tmp_path, max_to_keep=2)
    assert (manager.latest_checkpoint, manager.checkpoints) == (None, [])
    paths = []
    for _ in range(4):
        sess.run(v.assign_add(1))
        paths.append(manager.save())
    assert paths == [str(tmp_path / f"ckpt-{number}") for number in (1, 2, 3, 4)]
    assert (manager.checkpoints, manager.latest_checkpoint) == (paths[2:], paths[3])
    assert sorted(os.listdir(tmp_path)) == ["checkpoint", "ckpt-3.data-00000-of-00001", "ckpt-3.index",
                                            "ckpt-4.data-00000-of-00001", "ckpt-4.index"]
    assert tf.train.latest_checkpoint(tmp_path) == paths[3]
    # A new process goes on.
    manager = tf.train.CheckpointManager(checkpoint, tmp_path, max_to_keep=2)
    assert (manager.checkpoints, manager.latest_checkpoint) == (paths[2:], paths[3])
    checkpoint.restore(manager.latest_checkpoint).run_restore_ops()
    assert sess.run(v) == 4
    assert manager.save(checkpoint_number=17) == str(tmp_path / "ckpt-17")
    assert manager.save(checkpoint_number=v) == str(tmp_path / "ckpt-4")
    assert manager.checkpoints == [str(tmp_path / "ckpt-17"), str(tmp_path / "ckpt-4")], "written again, it is youngest"
    assert (manager.directory, manager.checkpoint) == (str(tmp_path), checkpoint)


def test_a_manager_keeps_one_of_every_hour(tmp_path: pathlib.Path, sess: tf.Session,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    v = tf.Variable(0, name="v")
    sess.run(v.initializer)
    hours = [0.0]
    monkeypatch.setattr(checkpoint_manager.time, "time", lambda: 1e9 + 3600 * hours[0])
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(v=v), tmp_path, 1, keep_checkpoint_every_n_hours=2,
                                         checkpoint_name="model")
    for hours[0] in range(1, 8):
        manager.save()
    kept = sorted(name.removesuffix(".index") for name in os.listdir(tmp_path) if name.endswith(".index"))
    assert kept == ["model-2", "model-4", "model-6", "model-7"]
    assert manager.checkpoints == [str(tmp_path / "model-7")]
    assert tf.train.get_checkpoint_state(tmp_path).last_preserved_timestamp == 1e9 + 3600 * 6
    hours[0] = -5.0  # the clock is set back: what is there counts as made now
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(v=v), tmp_path, 1, keep_checkpoint_every_n_hours=2)
    manager.save()
    assert not (tmp_path / "model-7.index").exists()


def test_mistakes_with_a_manager(tmp_path: pathlib.Path) -> None:
    checkpoint = tf.train.Checkpoint(v=tf.Variable(0, name="v"))
    for count in (0, -1):
        with pytest.raises(ValueError, match=f"Expected a positive integer or `None` .*got {count}"):
            tf.train.CheckpointManager(checkpoint, tmp_path, max_to_keep=count)
    with pytest.raises(ValueError, match="no default session"):
        tf.train.CheckpointManager(checkpoint, tmp_path, max_to_keep=None).save()
