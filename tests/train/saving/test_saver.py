"""A program saves its variables, stops, and goes on from where it was."""

import os
import pathlib
import shutil

import numpy as np
import pytest

import millpond as tf
from millpond.formats import bundle
from millpond.formats.bundle import BundleWriter

TENSORFLOW_RUN = pathlib.Path(__file__).parents[2] / "data" / "tensorflow" / "saved"


def initialized(*variables: tf.Variable) -> tf.Session:
    session = tf.Session()
    session.run([variable.initializer for variable in variables])
    return session


def test_values_come_back(tmp_path: pathlib.Path, tier: str) -> None:
    values = {
        "float": np.float32([[1, 2], [3, 4]]),
        "half": np.float16([1.5]),
        "int": np.int64(2**40),
        "flag": np.array([True, False]),
        "complex": np.complex64(1 + 2j),
        "empty": np.zeros([0, 3], np.float64),
    }
    variables = {name: tf.Variable(value, name=name) for name, value in values.items()}
    zeros = [variable.assign(np.zeros_like(values[name])) for name, variable in variables.items()]
    session = initialized(*variables.values())
    saver = tf.train.Saver()
    path = saver.save(session, str(tmp_path / "model.ckpt"))
    assert path == str(tmp_path / "model.ckpt")
    session.run(zeros)
    saver.restore(session, path)
    for name, variable in variables.items():
        restored = session.run(variable)
        assert restored.dtype == values[name].dtype
        np.testing.assert_array_equal(restored, values[name])


def test_strings_and_bfloat16_come_back(tmp_path: pathlib.Path) -> None:
    words = tf.Variable([b"one", b"", b"\x00\xff"], name="words")
    brain = tf.Variable(tf.cast([1.5, 2.0], tf.bfloat16), name="brain")
    session = initialized(words, brain)
    path = tf.train.Saver().save(session, tmp_path / "m")
    with tf.Session() as other:
        tf.train.Saver().restore(other, path)
        assert list(other.run(words)) == [b"one", b"", b"\x00\xff"]
        assert other.run(brain).astype(np.float32).tolist() == [1.5, 2.0]


def test_training_goes_on_after_saving(tmp_path: pathlib.Path, tier: str) -> None:
    w = tf.Variable([1.0, 2.0], name="w")
    step = w.assign_add([1.0, 1.0])
    session = initialized(w)
    saver = tf.train.Saver()
    for number in range(1, 4):
        session.run(step)
        saver.save(session, tmp_path / "m", global_step=number)
        session.run(step.op)
        session.run(w.assign_sub([1.0, 1.0]).op)
    assert session.run(w).tolist() == [4.0, 5.0]
    for number in range(1, 4):
        saver.restore(session, tmp_path / f"m-{number}")
        assert session.run(w).tolist() == [1.0 + number, 2.0 + number]


def test_names_in_the_checkpoint(tmp_path: pathlib.Path) -> None:
    with tf.name_scope("layer"):
        a = tf.Variable(1.0, name="a")
    b = tf.Variable(2.0, name="b")
    session = initialized(a, b)
    everything = tf.train.Saver().save(session, tmp_path / "all")
    renamed = tf.train.Saver({"other/a": a}).save(session, tmp_path / "renamed")
    assert tf.train.list_variables(everything) == [("b", []), ("layer/a", [])]
    assert tf.train.list_variables(renamed) == [("other/a", [])]
    session.run(b.assign(5.0))
    tf.train.Saver({"layer/a": b}).restore(session, everything)
    assert session.run(b) == 1.0


def test_parts_of_a_variable_are_saved_under_the_name_of_the_whole(tmp_path: pathlib.Path) -> None:
    values = np.arange(10, dtype=np.float32).reshape(5, 2)
    whole = tf.get_variable("p", initializer=values, partitioner=tf.fixed_size_partitioner(2))
    session = initialized(*whole)
    path = tf.train.Saver().save(session, tmp_path / "m")
    np.testing.assert_array_equal(tf.train.load_variable(path, "p"), values)
    with tf.Graph().as_default(), tf.Session() as other:
        otherwise = tf.get_variable("p", [5, 2], partitioner=tf.fixed_size_partitioner(5))
        tf.train.Saver().restore(other, path)
        np.testing.assert_array_equal(other.run(tf.convert_to_tensor(otherwise)), values)
    with tf.Graph().as_default(), tf.Session() as other:
        one = tf.get_variable("p", [5, 2])
        tf.train.Saver().restore(other, path)
        np.testing.assert_array_equal(other.run(one), values)


def test_resource_variables(tmp_path: pathlib.Path) -> None:
    v = tf.Variable([1.0, 2.0], name="v", use_resource=True)
    session = initialized(v)
    saver = tf.train.Saver()
    path = saver.save(session, tmp_path / "m")
    session.run(v.assign([0.0, 0.0]))
    saver.restore(session, path)
    assert session.run(v).tolist() == [1.0, 2.0]


def test_reshape_restores_another_shape(tmp_path: pathlib.Path) -> None:
    tf.Variable([1.0, 2.0, 3.0, 4.0], name="v")
    path = tf.train.Saver().save(initialized(*tf.global_variables()), tmp_path / "m")
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable([[0.0, 0.0], [0.0, 0.0]], name="v")
        with pytest.raises(
            tf.errors.InvalidArgumentError,
            match=r"expected shape \[2, 2\] does not equal original shape \[4\]",
        ):
            tf.train.Saver().restore(session, path)
        tf.train.Saver(reshape=True).restore(session, path)
        assert session.run(v).tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_each_device_writes_a_shard(tmp_path: pathlib.Path) -> None:
    with tf.device("/cpu:0"):
        a = tf.Variable([1.0], name="a")
    b = tf.Variable([2.0], name="b")
    session = initialized(a, b)
    saver = tf.train.Saver(sharded=True)
    path = saver.save(session, tmp_path / "m")
    assert sorted(os.listdir(tmp_path)) == [
        "checkpoint",
        "m.data-00000-of-00002",
        "m.data-00001-of-00002",
        "m.index",
        "m.meta",
    ]
    session.run([a.assign([0.0]), b.assign([0.0])])
    saver.restore(session, path)
    assert session.run([a, b]) == [[1.0], [2.0]]


def test_nodes_are_tensorflows_for_reshape_and_shards() -> None:
    with tf.device("/cpu:0"):
        tf.Variable([1.0], name="v")
    before = len(tf.get_default_graph().get_operations())
    tf.train.Saver(reshape=True)
    made = tf.get_default_graph().get_operations()[before:]
    assert [(op.name, op.type) for op in made[-4:]] == [
        ("save/Reshape/shape", "Const"),
        ("save/Reshape", "Reshape"),
        ("save/Assign", "Assign"),
        ("save/restore_all", "NoOp"),
    ]
    definition = tf.train.Saver(sharded=True).as_saver_def()
    assert (definition.save_tensor_name, definition.restore_op_name) == (
        "save_1/Identity:0",
        "save_1/restore_all",
    )
    graph = {node.name: list(node.input) for node in tf.get_default_graph().as_graph_def().node}
    assert graph["save_1/SaveV2"] == [
        "save_1/ShardedFilename",
        "save_1/SaveV2/tensor_names",
        "save_1/SaveV2/shape_and_slices",
        "v",
    ]
    assert graph["save_1/MergeV2Checkpoints/checkpoint_prefixes"] == [
        "save_1/ShardedFilename",
        "^save_1/control_dependency",
    ]
    assert graph["save_1/MergeV2Checkpoints"] == [
        "save_1/MergeV2Checkpoints/checkpoint_prefixes",
        "save_1/Const",
    ]
    assert graph["save_1/restore_shard"] == ["^save_1/Assign"]


# Which checkpoints there are.


def test_old_checkpoints_are_removed(tmp_path: pathlib.Path) -> None:
    v = tf.Variable(0, name="v")
    session = initialized(v)
    saver = tf.train.Saver(max_to_keep=2, pad_step_number=True)
    paths = [saver.save(session, tmp_path / "m", global_step=step) for step in (1, 2, 3)]
    assert saver.last_checkpoints == paths[1:] == [str(tmp_path / "m-00000002"), str(tmp_path / "m-00000003")]
    assert sorted(os.listdir(tmp_path)) == ["checkpoint"] + [
        f"m-0000000{step}.{kind}" for step in (2, 3) for kind in ("data-00000-of-00001", "index", "meta")
    ]
    state = tf.train.get_checkpoint_state(tmp_path)
    assert state.model_checkpoint_path == paths[2]
    assert list(state.all_model_checkpoint_paths) == paths[1:]
    assert tf.train.latest_checkpoint(tmp_path) == paths[2]


def test_one_checkpoint_of_every_hour_is_kept(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("millpond.train.saving.saver.time.time", lambda: now)
    session = initialized(tf.Variable(0, name="v"))
    saver = tf.train.Saver(max_to_keep=1, keep_checkpoint_every_n_hours=1)
    for minutes in range(0, 200, 20):
        now = 1_000_000.0 + 60 * minutes + 1
        saver.save(session, tmp_path / "m", global_step=minutes, write_meta_graph=False)
    kept = sorted(
        int(name.split("-")[1].split(".")[0]) for name in os.listdir(tmp_path) if name.endswith(".index")
    )
    assert kept == [60, 120, 180]


def test_all_are_kept_without_a_limit(tmp_path: pathlib.Path) -> None:
    session = initialized(tf.Variable(0, name="v"))
    saver = tf.train.Saver(max_to_keep=None)
    for step in range(7):
        saver.save(session, tmp_path / "m", global_step=step, write_meta_graph=False)
    assert len([name for name in os.listdir(tmp_path) if name.endswith(".index")]) == 7
    assert saver.last_checkpoints == []
    assert tf.train.latest_checkpoint(tmp_path) == str(tmp_path / "m-6")


def test_a_folder_with_relative_paths_can_be_moved(tmp_path: pathlib.Path) -> None:
    v = tf.Variable(3, name="v")
    session = initialized(v)
    saver = tf.train.Saver(save_relative_paths=True)
    saver.save(session, tmp_path / "here" / "m", global_step=1)
    assert (tmp_path / "here" / "checkpoint").read_text() == (
        'model_checkpoint_path: "m-1"\nall_model_checkpoint_paths: "m-1"\n'
    )
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert tf.train.latest_checkpoint(tmp_path / "there") == str(tmp_path / "there" / "m-1")
    with tf.Session() as other:
        saver.restore(other, tf.train.latest_checkpoint(tmp_path / "there"))
        assert other.run(v) == 3


def test_paths_relative_to_where_the_program_runs(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = initialized(tf.Variable(3, name="v"))
    assert tf.train.Saver().save(session, "model") == "model"
    assert tf.train.latest_checkpoint("") == "model"
    assert tf.train.latest_checkpoint(".") == "./model"
    assert tf.train.Saver().save(session, "folder/model") == "folder/model"
    assert tf.train.latest_checkpoint("folder") == "folder/model"


def test_a_new_process_takes_over_the_checkpoints(tmp_path: pathlib.Path) -> None:
    session = initialized(tf.Variable(3, name="v"))
    old = tf.train.Saver(max_to_keep=2)
    paths = [old.save(session, tmp_path / "m", global_step=step) for step in (1, 2)]
    new = tf.train.Saver(max_to_keep=2)
    new.recover_last_checkpoints([*paths, str(tmp_path / "gone")])
    assert new.last_checkpoints == paths
    new.save(session, tmp_path / "m", global_step=3)
    assert not tf.train.checkpoint_exists(paths[0])
    new.set_last_checkpoints([paths[1]])
    assert new.last_checkpoints == [paths[1]]
    new.set_last_checkpoints_with_time([(paths[1], 5.0)])
    assert new.last_checkpoints == [paths[1]]


def test_step_may_be_a_variable(tmp_path: pathlib.Path) -> None:
    step = tf.Variable(41, name="global_step", trainable=False)
    session = initialized(step)
    saver = tf.train.Saver()
    assert saver.save(session, tmp_path / "m", global_step=step).endswith("m-41")
    assert saver.save(session, tmp_path / "m", global_step=step + 1).endswith("m-42")
    assert saver.save(session, tmp_path / "m", global_step=np.int64(43)).endswith("m-43")


# Graph and saver as messages.


def test_graph_is_written_beside(tmp_path: pathlib.Path) -> None:
    v = tf.Variable([1.0], name="v")
    tf.add_to_collection("names", "text")
    tf.add_to_collection("losses", v + 1.0)
    tf.add_to_collection("numbers", 3)
    tf.add_to_collection("objects", object())
    saver = tf.train.Saver()
    path = saver.save(initialized(v), tmp_path / "m", meta_graph_suffix="graph")
    message = tf.MetaGraphDef.FromString(pathlib.Path(f"{path}.graph").read_bytes())
    assert message.saver_def == saver.as_saver_def()
    assert [node.name for node in message.graph_def.node][:4] == [
        "v/initial_value",
        "v",
        "v/Assign",
        "v/read",
    ]
    assert len(message.collection_def["variables"].bytes_list.value) == 1
    assert list(message.collection_def["names"].bytes_list.value) == [b"text"]
    assert list(message.collection_def["losses"].node_list.value) == ["add:0"]
    assert list(message.collection_def["numbers"].int64_list.value) == [3]
    assert "objects" not in message.collection_def
    saver.save(initialized(v), tmp_path / "bare", write_meta_graph=False, write_state=False)
    assert not (tmp_path / "bare.meta").exists()
    assert tf.train.latest_checkpoint(tmp_path) == path


def test_export_meta_graph_as_text(tmp_path: pathlib.Path) -> None:
    with tf.device("/cpu:0"):
        tf.Variable(1.0, name="v")
    message = tf.train.export_meta_graph(
        tmp_path / "deep" / "graph.txt",
        as_text=True,
        clear_devices=True,
        collection_list=["trainable_variables"],
    )
    assert {node.device for node in message.graph_def.node} == {""}
    assert list(message.collection_def) == ["trainable_variables"]
    assert 'op: "VariableV2"' in (tmp_path / "deep" / "graph.txt").read_text()
    with pytest.raises(NotImplementedError, match="save_debug_info"):
        tf.train.export_meta_graph(save_debug_info=True)


def test_saver_of_nodes_that_exist(tmp_path: pathlib.Path) -> None:
    v = tf.Variable(1.0, name="v")
    session = initialized(v)
    with tf.name_scope("outer"):
        definition = tf.train.Saver(max_to_keep=3).to_proto()
    count = len(tf.get_default_graph().get_operations())
    again = tf.train.Saver.from_proto(definition)
    path = again.save(session, tmp_path / "m")
    again.restore(session, path)
    assert len(tf.get_default_graph().get_operations()) == count
    assert again.to_proto() == definition
    inner = again.to_proto(export_scope="outer")
    assert inner.restore_op_name == "save/restore_all"
    assert tf.train.Saver.from_proto(inner, import_scope="outer").to_proto() == definition


def test_build_later() -> None:
    saver = tf.train.Saver(defer_build=True)
    with pytest.raises(RuntimeError, match="build"):
        saver.save(tf.Session(), "m")
    tf.Variable(1.0, name="v")
    saver.build()
    assert saver.as_saver_def().save_tensor_name == "save/control_dependency:0"
    with pytest.raises(ValueError, match="cannot be deferred"):
        tf.train.Saver([tf.Variable(1.0)], defer_build=True)


def test_a_graph_without_variables(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="No variables to save"):
        tf.train.Saver()
    saver = tf.train.Saver(allow_empty=True)
    with tf.Session() as session:
        assert saver.save(session, tmp_path / "m") is None
        saver.restore(session, tmp_path / "nothing")
    assert os.listdir(tmp_path) == ["m.meta"]


# Files that TensorFlow wrote.


def test_a_run_of_tensorflow_is_restored() -> None:
    path = tf.train.latest_checkpoint(TENSORFLOW_RUN)
    assert path == str(TENSORFLOW_RUN / "model.ckpt-8")
    with tf.name_scope("layer"):
        weights = tf.Variable(tf.zeros([2, 2]), name="weights")
    step = tf.Variable(0, name="global_step")
    parts = tf.Variable(tf.zeros([5, 2]), name="parts")
    words = tf.Variable(["", ""], name="words")
    with tf.Session() as session:
        tf.train.Saver().restore(session, path)
        assert session.run(weights).tolist() == [[100.0, 200.0], [300.0, 400.0]]
        assert session.run(step) == 8
        assert session.run(parts).tolist() == [[1.0, 1.0]] * 5
        assert list(session.run(words)) == [b"one", b"two"]


def test_reading_without_a_graph() -> None:
    assert tf.train.list_variables(TENSORFLOW_RUN) == [
        ("global_step", []),
        ("layer/weights", [2, 2]),
        ("parts", [5, 2]),
        ("words", [2]),
    ]
    assert tf.train.load_variable(TENSORFLOW_RUN, "global_step:0") == 8
    reader = tf.train.NewCheckpointReader(TENSORFLOW_RUN / "model.ckpt-7")
    assert reader.get_variable_to_shape_map()["layer/weights"] == [2, 2]
    assert reader.get_variable_to_dtype_map()["words"] is tf.string
    assert reader.has_tensor("parts") and not reader.has_tensor("part")
    assert type(reader.get_tensor("global_step")) is np.int32
    assert reader.get_tensor("layer/weights").tolist() == [[10.0, 20.0], [30.0, 40.0]]
    assert reader.debug_string().splitlines()[:2] == [
        b"global_step (DT_INT32) []",
        b"layer/weights (DT_FLOAT) [2,2]",
    ]
    with pytest.raises(tf.errors.NotFoundError, match="Key nope not found"):
        reader.get_tensor("nope")
    with pytest.raises(tf.errors.NotFoundError, match="Failed to find any matching files"):
        tf.train.load_checkpoint("/no/such/checkpoint")


def test_looking_into_an_empty_folder(tmp_path: pathlib.Path) -> None:
    assert tf.train.latest_checkpoint(tmp_path) is None
    assert tf.train.get_checkpoint_state(tmp_path) is None
    assert not tf.train.checkpoint_exists(tmp_path / "m")
    assert tf.train.get_checkpoint_mtimes([str(tmp_path / "m")]) == []
    with pytest.raises(ValueError, match="Couldn't find 'checkpoint' file"):
        tf.train.load_checkpoint(tmp_path)
    (tmp_path / "checkpoint").write_text("no: message {")
    assert tf.train.latest_checkpoint(tmp_path) is None
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "gone"')
    assert tf.train.latest_checkpoint(tmp_path) is None


# What goes wrong.


@pytest.fixture
def saved(tmp_path: pathlib.Path) -> str:
    """A checkpoint of `weights` and `bias`."""
    with tf.Graph().as_default():
        variables = [
            tf.Variable(np.arange(500, dtype=np.float32), name="weights"),
            tf.Variable([7.0], name="bias"),
        ]
        return tf.train.Saver().save(initialized(*variables), tmp_path / "m")


def assert_restoring_fails_and_changes_nothing(
    path: str, error: type[Exception], message: str, **others: object
) -> None:
    values = {"bias": np.float32([0.0]), "weights": np.zeros(500, np.float32), **others}
    variables = [tf.Variable(value, name=name) for name, value in values.items()]
    session = initialized(*variables)
    with pytest.raises(error, match=message):
        tf.train.Saver().restore(session, path)
    for variable, value in zip(variables, values.values(), strict=True):
        np.testing.assert_array_equal(session.run(variable), value)


def test_missing_name(saved: str) -> None:
    assert_restoring_fails_and_changes_nothing(
        saved,
        tf.errors.NotFoundError,
        "Key weight not found in checkpoint.*Nearest names: weights",
        weight=np.float32([1]),
    )


def test_wrong_shape(saved: str) -> None:
    assert_restoring_fails_and_changes_nothing(
        saved,
        tf.errors.InvalidArgumentError,
        r"weights; expected shape \[3\] does not equal original shape \[500\]",
        weights=np.zeros(3, np.float32),
    )


def test_wrong_dtype(saved: str) -> None:
    assert_restoring_fails_and_changes_nothing(
        saved,
        tf.errors.InvalidArgumentError,
        "weights; expected dtype int32 does not equal original dtype float",
        weights=np.zeros(500, np.int32),
    )


def test_damaged_data(saved: str) -> None:
    data = pathlib.Path(f"{saved}.data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[1000] ^= 1
    data.write_bytes(content)
    assert_restoring_fails_and_changes_nothing(saved, tf.errors.DataLossError, "tensor 'weights'.*checksum")


def test_data_that_breaks_off(saved: str) -> None:
    data = pathlib.Path(f"{saved}.data-00000-of-00001")
    data.write_bytes(data.read_bytes()[:1000])
    assert_restoring_fails_and_changes_nothing(saved, tf.errors.DataLossError, "tensor 'weights'")


def test_damaged_index(saved: str) -> None:
    index = pathlib.Path(f"{saved}.index")
    index.write_bytes(index.read_bytes()[:-10])
    assert_restoring_fails_and_changes_nothing(saved, tf.errors.DataLossError, r"m\.index: not a table")


def test_names_that_are_no_text(saved: str) -> None:
    v = tf.Variable([1.0, 2.0], name="v")
    saver = tf.train.Saver()
    names = tf.get_default_graph().get_tensor_by_name("save/RestoreV2/tensor_names:0")
    names.op.attributes["value"][0] = b"\x97"
    with tf.Session() as session:
        session.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"UTF-8, got b'\\x97'"):
            saver.restore(session, saved)


def test_no_checkpoint(saved: str) -> None:
    assert_restoring_fails_and_changes_nothing(saved + "-9", ValueError, "not a valid checkpoint: .*m-9")
    with pytest.raises(ValueError, match="save_path when it is None"):
        tf.train.Saver().restore(tf.Session(), None)


def test_failed_save_leaves_the_last_one(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    v = tf.Variable(1.0, name="v")
    session = initialized(v)
    saver = tf.train.Saver(max_to_keep=1)
    first = saver.save(session, tmp_path / "m", global_step=1)
    files = sorted(os.listdir(tmp_path))

    def full(*_: object) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(bundle, "write_index", full)
    with pytest.raises(tf.errors.ResourceExhaustedError, match="No space left"):
        saver.save(session, tmp_path / "m", global_step=2)
    assert sorted(os.listdir(tmp_path)) == files
    assert tf.train.latest_checkpoint(tmp_path) == first
    monkeypatch.undo()
    saver.save(session, tmp_path / "m", global_step=2)
    assert saver.last_checkpoints == [str(tmp_path / "m-2")]


def test_uninitialized_variable(tmp_path: pathlib.Path) -> None:
    tf.Variable(1.0, name="v")
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"),
    ):
        tf.train.Saver().save(session, tmp_path / "m")
    assert os.listdir(tmp_path) == []
    with (  # it is no fault of a folder that is still to be made
        tf.Session() as session,
        pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"),
    ):
        tf.train.Saver().save(session, tmp_path / "new" / "m")


def test_mistakes_in_var_list() -> None:
    v = tf.Variable(1.0, name="v")
    c = tf.constant(1.0)
    for var_list, error, message in [
        ([v, v], ValueError, "same name: v"),
        ({"a": v, "b": v}, ValueError, "restored with two names: b"),
        ([c], TypeError, "not a Variable"),
        ({"a": c}, TypeError, "not a Variable"),
        (3, TypeError, "dict or a list"),
        ("v", TypeError, "dict or a list"),
        ([v, "x"], TypeError, "not a Variable: 'x'"),
        ({1: v}, TypeError, "not a string: 1"),
    ]:
        with pytest.raises(error, match=message):
            tf.train.Saver(var_list)


def test_mistakes_in_save(tmp_path: pathlib.Path) -> None:
    session = initialized(tf.Variable(1.0, name="v"))
    saver = tf.train.Saver()
    with pytest.raises(TypeError, match="'sess' must be a Session"):
        saver.save(None, tmp_path / "m")
    with pytest.raises(ValueError, match="must not contain path components"):
        saver.save(session, tmp_path / "m", latest_filename="a/b")
    with pytest.raises(ValueError, match="collides with 'save_path'"):
        saver.save(session, tmp_path / "checkpoint")
    with pytest.raises(ValueError, match="must end in the name of a checkpoint"):
        saver.save(session, f"{tmp_path}/")
    assert os.listdir(tmp_path) == []
    with pytest.raises(NotImplementedError, match="V1"):
        tf.train.Saver(write_version=tf.train.SaverDef.V1)
    with pytest.raises(ValueError, match="restore_op_name"):
        tf.train.Saver(saver_def=tf.train.SaverDef(save_tensor_name="x"))


def test_old_format_is_read() -> None:
    matrix = tf.Variable(tf.zeros([2, 3], tf.int64), name="matrix")
    partitioned = tf.Variable(tf.zeros([5, 4]), name="partitioned")
    with tf.Session() as session:
        tf.train.Saver().restore(session, TENSORFLOW_RUN.parent / "v1")
        assert session.run(matrix).tolist() == [[0, 1, 2], [3, 4, 5]]
        assert session.run(partitioned).ravel().tolist() == list(range(20))


def test_state_file_functions(tmp_path: pathlib.Path) -> None:
    with BundleWriter(tmp_path / "a") as writer:
        writer.add("x", np.float32(1))
    tf.train.update_checkpoint_state(
        tmp_path, "a", ["old"], all_model_checkpoint_timestamps=[1.0, 2.0], last_preserved_timestamp=0.5
    )
    state = tf.train.get_checkpoint_state(tmp_path)
    assert list(state.all_model_checkpoint_paths) == [str(tmp_path / "old"), str(tmp_path / "a")]
    assert list(state.all_model_checkpoint_timestamps) == [1.0, 2.0]
    assert state.last_preserved_timestamp == 0.5
    with pytest.raises(ValueError, match="must match checkpoint paths"):
        tf.train.update_checkpoint_state(tmp_path, "a", ["old"], all_model_checkpoint_timestamps=[1.0])
    with pytest.raises(RuntimeError, match="conflicts with path"):
        tf.train.update_checkpoint_state(tmp_path, str(tmp_path / "checkpoint"))
    assert len(tf.train.get_checkpoint_mtimes([str(tmp_path / "a")])) == 1
    tf.train.remove_checkpoint(tmp_path / "a")
    assert os.listdir(tmp_path) == ["checkpoint"]
