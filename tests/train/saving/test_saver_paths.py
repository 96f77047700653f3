"""Where a program saves, and in which spelling: paths, steps, folders that cannot be."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import numpy as np
import pytest

import millpond as tf


@pytest.fixture
def session() -> tf.Session:
    tf.Variable(1.0, name="v")
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


@pytest.mark.parametrize("below", ["file/model", "file/deeper/model"])
@pytest.mark.parametrize("sharded", [False, True])
def test_no_folder_can_be_below_a_file(tmp_path: pathlib.Path, session: tf.Session, below: str, sharded: bool) -> None:
    (tmp_path / "file").write_text("")
    saver = tf.train.Saver(sharded=sharded)
    with pytest.raises(ValueError, match=f"Parent directory of .*{below} doesn't exist, can't save. .*not a directory"):
        saver.save(session, str(tmp_path / below))
    with pytest.raises(ValueError, match="not a valid checkpoint: .*file/model"):
        saver.restore(session, str(tmp_path / "file" / "model"))
    assert os.listdir(tmp_path) == ["file"]


def test_everything_that_writes_says_that_a_folder_is_a_file(tmp_path: pathlib.Path, session: tf.Session) -> None:
    (tmp_path / "file").write_text("")
    path = str(tmp_path / "file" / "x")
    for write in (
        lambda: tf.gfile.MakeDirs(path),
        lambda: tf.gfile.MakeDirs(tmp_path / "file"),
        lambda: tf.summary.FileWriter(path),
        lambda: tf.summary.FileWriter(tmp_path / "file"),
        lambda: tf.train.write_graph(tf.get_default_graph(), path, "g"),
        lambda: tf.train.export_meta_graph(path),
        lambda: session.run(tf.write_file(path, "a")),
        lambda: tf.saved_model.builder.SavedModelBuilder(path),
    ):
        with pytest.raises(tf.errors.FailedPreconditionError, match="file(/x)? is not a directory"):
            write()
    with pytest.raises(tf.errors.NotFoundError, match="Could not find directory .*file"):
        tf.saved_model.builder.SavedModelBuilder(tmp_path / "file")


@pytest.mark.parametrize(("step", "name"), [(3, "m-3"), (True, "m-1"), (-1, "m--1"), (2**40, "m-1099511627776"),
                                            (np.int64(4), "m-4"), (np.uint8(5), "m-5")])
def test_steps_that_are_whole_numbers(tmp_path: pathlib.Path, session: tf.Session, step: Any, name: str) -> None:
    assert tf.train.Saver().save(session, tmp_path / "m", global_step=step) == str(tmp_path / name)


@pytest.mark.parametrize("step", [1.5, 2.0, np.float32(2), [1], np.array(3)])
def test_steps_that_are_not(tmp_path: pathlib.Path, session: tf.Session, step: Any) -> None:
    with pytest.raises(TypeError, match="Fetch argument"):
        tf.train.Saver().save(session, tmp_path / "m", global_step=step)
    assert os.listdir(tmp_path) == []


def test_steps_that_a_graph_has(tmp_path: pathlib.Path, session: tf.Session) -> None:
    saver = tf.train.Saver()
    step = tf.constant(7, name="step")
    for given in (step, "step:0"):
        assert saver.save(session, tmp_path / "m", global_step=given) == str(tmp_path / "m-7")
    with pytest.raises(ValueError, match="'5' cannot be interpreted"):
        saver.save(session, tmp_path / "m", global_step="5")


@pytest.mark.parametrize("spell", [str, os.fsencode, pathlib.Path, lambda path: f"file://{path}"])
def test_a_path_may_be_spelled_in_many_ways(tmp_path: pathlib.Path, session: tf.Session, spell: Any) -> None:
    folder = str(tmp_path / "größe [1] *")
    saver = tf.train.Saver(max_to_keep=2)
    for step in range(3):
        path = saver.save(session, spell(f"{folder}/m"), global_step=step)
    assert path == f"{folder}/m-2"
    assert sorted(name for name in os.listdir(folder) if name.endswith(".index")) == ["m-1.index", "m-2.index"]
    assert tf.train.latest_checkpoint(spell(folder)) == path
    assert tf.train.get_checkpoint_state(spell(folder)).all_model_checkpoint_paths == [f"{folder}/m-1", path]
    assert tf.train.checkpoint_exists(spell(path))
    saver.restore(session, spell(path))
    assert tf.train.list_variables(spell(folder)) == [("v", [])]
    assert tf.train.load_variable(spell(path), "v") == 1.0
    with tf.Graph().as_default(), tf.Session() as other:
        tf.train.import_meta_graph(spell(f"{path}.meta")).restore(other, spell(path))
        assert other.run("v:0") == 1.0
    with tf.summary.FileWriter(spell(f"{folder}/log")) as writer:
        writer.add_summary(tf.Summary(), 1)
    (name,) = os.listdir(f"{folder}/log")
    assert [event.step for event in tf.train.summary_iterator(spell(f"{folder}/log/{name}"))] == [0, 1]
    with tf.python_io.TFRecordWriter(spell(f"{folder}/records")) as records:
        records.write(b"one")
    assert list(tf.python_io.tf_record_iterator(spell(f"{folder}/records"))) == [b"one"]
    tf.saved_model.simple_save(session, spell(f"{folder}/model"), {"x": tf.constant(1.0)}, {"y": tf.constant(2.0)})
    with tf.Graph().as_default(), tf.Session() as other:
        tf.saved_model.loader.load(other, ["serve"], spell(f"{folder}/model"))
        assert other.run("v:0") == 1.0
    tf.train.remove_checkpoint(spell(path))
    assert not tf.train.checkpoint_exists(spell(path))


def test_files_of_other_machines_are_refused(tmp_path: pathlib.Path, session: tf.Session,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    url = "memory://folder/m"
    for use in (
        lambda: tf.train.Saver().save(session, url),
        lambda: tf.train.Saver().restore(session, url),
        lambda: tf.train.latest_checkpoint(url),
        lambda: tf.train.NewCheckpointReader(url),
        lambda: tf.train.import_meta_graph(url),
        lambda: tf.train.export_meta_graph(url),
        lambda: tf.train.write_graph(tf.get_default_graph(), url, "g"),
        lambda: tf.summary.FileWriter(url),
        lambda: tf.python_io.TFRecordWriter(url),
        lambda: list(tf.python_io.tf_record_iterator(url)),
        lambda: list(tf.train.summary_iterator(url)),
        lambda: tf.saved_model.loader.load(session, ["serve"], url),
        lambda: tf.saved_model.builder.SavedModelBuilder(url),
        lambda: session.run(tf.read_file(url)),
        lambda: session.run(tf.write_file(url, "a")),
    ):
        with pytest.raises(tf.errors.UnimplementedError, match="scheme 'memory' not implemented .*tf.gfile.Copy"):
            use()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("latest_filename", [None, "foo"])
def test_a_sharded_saver_may_use_the_name_of_the_state_file_unless_it_writes_one(
        tmp_path: pathlib.Path, session: tf.Session, latest_filename: str | None) -> None:
    name = latest_filename or "checkpoint"
    saver = tf.train.Saver(sharded=True)
    path = saver.save(session, tmp_path / name, write_state=False, latest_filename=latest_filename)
    assert path == str(tmp_path / name)
    saver.restore(session, path)
    assert saver.save(session, tmp_path / "b" / name, 3, latest_filename) == str(tmp_path / "b" / f"{name}-3")
    with pytest.raises(RuntimeError, match="conflicts with path used for checkpoint state"):
        saver.save(session, tmp_path / name, latest_filename=latest_filename)
    with pytest.raises(ValueError, match="collides with 'save_path'"):
        tf.train.Saver().save(session, tmp_path / name, latest_filename=latest_filename)


def test_what_is_saved_may_be_any_iterable(tmp_path: pathlib.Path, session: tf.Session) -> None:
    v = tf.global_variables()[0]
    for variables in ({"x": v}.values(), (v for _ in range(1)), {v}, (v,), map(lambda item: item, [v]), iter([v])):
        path = tf.train.Saver(variables).save(session, tmp_path / "m")
        assert tf.train.list_variables(path) == [("v", [])]
    for nothing in ({}.values(), iter([])):
        with pytest.raises(ValueError, match="No variables to save"):
            tf.train.Saver(nothing)
    assert tf.train.Saver(iter([]), allow_empty=True).save(session, tmp_path / "empty") is None
    for one in (v, "v", 5, tf.constant(1.0)):
        with pytest.raises(TypeError, match="should be passed in a dict or a list"):
            tf.train.Saver(one)
