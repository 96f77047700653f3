"""Users start a model with what another one has learnt."""

import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.train.saving.checkpoint_assignment import assign_from_checkpoint, assign_from_checkpoint_fn

TABLE = np.arange(10, dtype=np.float32).reshape(5, 2)


@pytest.fixture
def path(tmp_path: pathlib.Path) -> str:
    """A checkpoint with `old/w`, `old/b`, `old/in/count`, and the partitioned `table`."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("old/w", initializer=[1.0, 2.0])
        tf.get_variable("old/b", initializer=5.0)
        tf.get_variable("old/in/count", initializer=3)
        tf.get_variable("table", initializer=tf.constant(TABLE), partitioner=tf.fixed_size_partitioner(2))
        session.run(tf.global_variables_initializer())
        return tf.train.Saver().save(session, str(tmp_path / "model.ckpt"))


def initialized(*variables: Any) -> list[Any]:
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(list(variables))


def new_model(use_resource: bool = False) -> tuple[Any, Any]:
    with tf.variable_scope("new", use_resource=use_resource):
        return tf.get_variable("w", [2]), tf.get_variable("b", [], initializer=tf.zeros_initializer())


def table(parts: int, name: str = "mine", rows: int = 5) -> Any:
    return tf.get_variable(name, [rows, 2], partitioner=tf.fixed_size_partitioner(parts))


@pytest.mark.parametrize("use_resource", [False, True])
def test_a_scope(path: str, use_resource: bool, tier: str) -> None:
    w, b = new_model(use_resource)
    tf.train.init_from_checkpoint(path, {"old/": "new/"})
    values = initialized(w, b)
    np.testing.assert_array_equal(values[0], [1.0, 2.0])
    assert values[1] == 5.0


def test_nodes_are_tensorflows(path: str) -> None:
    w, _ = new_model()
    tf.train.init_from_checkpoint(path, {"old/w": w})
    assert w.initializer.name == "Assign" and w.initial_value.name == "checkpoint_initializer:0"
    assert w.initial_value.op.type == "RestoreV2" and w.initial_value.device == "/device:CPU:0"
    assert w.initial_value.shape.as_list() == [2]
    assert [tensor.name for tensor in w.initial_value.op.inputs] == [
        f"checkpoint_initializer/{name}:0" for name in ("prefix", "tensor_names", "shape_and_slices")
    ]


@pytest.mark.parametrize(
    "assignment_map",
    [
        lambda w, b: {"old/w": w},
        lambda w, b: {"old/w": "new/w"},
        lambda w, b: [("old/w", "new/w")],
    ],
)
def test_one_variable_leaves_the_others(path: str, assignment_map: Callable[..., Any]) -> None:
    w, b = new_model()
    tf.train.init_from_checkpoint(path, assignment_map(w, b))
    values = initialized(w, b)
    np.testing.assert_array_equal(values[0], [1.0, 2.0])
    assert values[1] == 0.0


def test_no_scope_on_either_side(path: str) -> None:
    w, inside = tf.get_variable("w", [2]), tf.get_variable("copy/old/w", [2])
    with pytest.raises(ValueError, match="copy/old/w"):
        tf.train.init_from_checkpoint(path, {"old/": "/"})
    tf.train.init_from_checkpoint(path, {"/": "copy/"})
    np.testing.assert_array_equal(initialized(w, inside)[1], [1.0, 2.0])
    with tf.Graph().as_default():
        w = tf.get_variable("w", [2])
        tf.train.init_from_checkpoint(path, {"old/": "/"})
        np.testing.assert_array_equal(initialized(w)[0], [1.0, 2.0])


def test_a_folder_means_its_latest_checkpoint(path: str) -> None:
    w, _ = new_model()
    tf.train.init_from_checkpoint(str(pathlib.Path(path).parent), {"old/w": w})
    np.testing.assert_array_equal(initialized(w)[0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("name", "assignment_map"),
    [
        ("mine", lambda v: {"table": "mine"}),
        ("mine", lambda v: {"table": v}),
        ("mine", lambda v: {"table": list(v)}),
        ("my/table", lambda v: {"/": "my/"}),
    ],
)
def test_partitioned_in_another_way(path: str, name: str, assignment_map: Callable[..., Any]) -> None:
    variable = table(3, name)
    tf.train.init_from_checkpoint(path, assignment_map(variable))
    assert [part.tolist() for part in initialized(*variable)] == [
        [[0, 1], [2, 3]],
        [[4, 5], [6, 7]],
        [[8, 9]],
    ]


def test_other_initial_values_see_it(path: str) -> None:
    w, _ = new_model()
    tf.train.init_from_checkpoint(path, {"old/w": w})
    twice = tf.get_variable("twice", initializer=w.initialized_value() * 2.0)
    np.testing.assert_array_equal(initialized(twice)[0], [2.0, 4.0])


@pytest.mark.parametrize(
    ("assignment_map", "message"),
    [
        ({"old/W": "new/w"}, r"Tensor old/W is not found in .*model.ckpt checkpoint.*Nearest names: .*old/w"),
        ({"older/": "new/"}, r"Tensor older/b \(b in older/\) is not found"),
        ({"old/w": "new/ww"}, "Assignment map with scope only name new should map to scope only old/w.*new/w"),
        ({"old": "new"}, "Should be 'scope/': 'other_scope/'"),
        ({"old/b": "new/w"}, r"Shape of variable new/w:0 \(\(2,\)\) doesn't match .* tensor old/b \(\[\]\)"),
        ({"table": "short"}, r"Shape of variable short \(\(4, 2\)\) doesn't match"),
    ],
)
def test_what_does_not_fit_is_named_and_changes_nothing(path: str, assignment_map: Any, message: str) -> None:
    w, _ = new_model()
    table(2, "short", rows=4)
    before = w.initializer, len(tf.get_default_graph().get_operations())
    with pytest.raises(ValueError, match=message):
        tf.train.init_from_checkpoint(path, {"old/w": w} | assignment_map)
    assert (w.initializer, len(tf.get_default_graph().get_operations())) == before


def test_a_scope_without_variables_changes_nothing(path: str) -> None:
    w, _ = new_model()
    before = w.initializer
    tf.train.init_from_checkpoint(path, {"old/": "elsewhere/"})
    assert w.initializer is before


def test_what_is_no_variable(path: str) -> None:
    w, b = new_model()
    with pytest.raises(TypeError, match="not to 3"):
        tf.train.init_from_checkpoint(path, {"old/w": 3})
    with pytest.raises(TypeError, match="parts of one partitioned variable"):
        tf.train.init_from_checkpoint(path, {"old/w": [w, b]})


def test_another_dtype_is_told_when_it_is_read(path: str) -> None:
    count = tf.get_variable("count", [], tf.int64, tf.zeros_initializer())
    tf.train.init_from_checkpoint(path, {"old/in/count": count})
    with pytest.raises(tf.errors.InvalidArgumentError, match="old/in/count; expected dtype int64 .* int32"):
        initialized(count)


def test_no_checkpoint(path: str) -> None:
    with pytest.raises(tf.errors.NotFoundError, match="nowhere"):
        tf.train.init_from_checkpoint(path + "nowhere", {"old/": "new/"})


# Warm starting.


def old_model_again() -> tuple[Any, Any, Any]:
    return (
        tf.get_variable("old/w", [2]),
        tf.get_variable("old/b", [], trainable=False),
        table(3, "table"),
    )


def started(variables: Any) -> list[str]:
    flat = [*variables[:2], *variables[2]]
    return [v.op.name for v in flat if v.initial_value.op.type == "RestoreV2"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (".*", ["old/w", "table/part_0", "table/part_1", "table/part_2"]),
        ("w", []),
        (["old/b", "tab"], ["old/b", "table/part_0", "table/part_1", "table/part_2"]),
        ([], []),
        (None, []),
    ],
)
def test_warm_start_chooses(path: str, chosen: Any, expected: list[str]) -> None:
    variables = old_model_again()
    tf.train.warm_start(path, chosen)
    assert started(variables) == expected


def test_warm_start_of_given_variables(path: str) -> None:
    variables = old_model_again()
    tf.train.warm_start(path, [variables[0], variables[1]])
    values = initialized(*variables[:2])
    assert values[0].tolist() == [1.0, 2.0] and values[1] == 5.0


def test_warm_start_under_an_earlier_name(path: str) -> None:
    v = tf.get_variable("v", [2])
    tf.train.warm_start(path, var_name_to_prev_var_name={"v": "old/w"})
    assert initialized(v)[0].tolist() == [1.0, 2.0]


def test_warm_start_refuses(path: str) -> None:
    variables = old_model_again()
    with pytest.raises(ValueError, match=r"var_name_to_prev_var_name that were not used: \['nope'\].*old/w"):
        tf.train.warm_start(path, var_name_to_prev_var_name={"nope": "old/w"})
    with pytest.raises(ValueError, match="must be a `list` or `str`.*int"):
        tf.train.warm_start(path, 3)
    with pytest.raises(ValueError, match="must be all `Variable` or all `str`"):
        tf.train.warm_start(path, ["old", variables[0]])
    vocabulary = tf.train.VocabInfo("new.txt", 3, 0, "old.txt")
    assert vocabulary.old_vocab_size == -1 and vocabulary.axis == 0
    with pytest.raises(NotImplementedError, match="tf.train.VocabInfo"):
        tf.train.warm_start(path, var_name_to_vocab_info={"old/w": vocabulary})


# Assigning to a running session.


def test_assign_from_checkpoint_reshapes_and_slices(path: str) -> None:
    w, whole = tf.get_variable("v", [1, 2]), table(3)
    op, feeds = assign_from_checkpoint(path, {"old/w": w, "table": whole})
    with tf.Session() as session:
        session.run(op, feeds)
        assert session.run(w).tolist() == [[1.0, 2.0]]
        assert [session.run(part).shape for part in whole] == [(2, 2), (2, 2), (1, 2)]
        np.testing.assert_array_equal(session.run(whole.as_tensor()), TABLE)


def test_assign_from_checkpoint_refuses(path: str) -> None:
    other = tf.get_variable("other", [3])
    with pytest.raises(ValueError, match=r"Checkpoint is missing variable \[other\]"):
        assign_from_checkpoint(path, [other])
    with pytest.raises(ValueError, match="Total size of new array must be unchanged for old/w"):
        assign_from_checkpoint(path, {"old/w": other})
    op, feeds = assign_from_checkpoint(path, [other], ignore_missing_vars=True)
    assert feeds == {} and op.type == "NoOp"


def test_assign_from_checkpoint_fn(path: str) -> None:
    w = tf.get_variable("old/w", [2, 1])
    other = tf.get_variable("other", [3])
    init = assign_from_checkpoint_fn(path, [w, other], ignore_missing_vars=True, reshape_variables=True)
    assert init is not None
    with tf.Session() as session:
        init(session)
        assert session.run(w).tolist() == [[1.0], [2.0]]
    assert assign_from_checkpoint_fn(path, [other], ignore_missing_vars=True) is None
    with pytest.raises(ValueError, match="var_list cannot be empty"):
        assign_from_checkpoint_fn(path, [])
