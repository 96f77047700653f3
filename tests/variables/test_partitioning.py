"""Variables in parts."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf
from millpond.variables.partitioning import PartitionedVariable, PartitionInfo


def started():
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


def test_a_variable_is_cut_and_put_together(tier):
    whole = np.arange(10.0, dtype=np.float32).reshape(5, 2)
    with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(2)):
        v = tf.get_variable("v", initializer=tf.constant(whole))
    assert [part.name for part in v] == ["p/v/part_0:0", "p/v/part_1:0"]
    assert [part.shape.as_list() for part in v] == [[3, 2], [2, 2]]
    assert [part._get_save_slice_info().spec for part in v] == ["5 2 0,3:0,2", "5 2 3,2:0,2"]
    assert (v.name, v.shape.as_list(), v.dtype, len(v)) == ("p/v", [5, 2], tf.float32, 2)
    assert repr(v) == "<PartitionedVariable 'p/v' shape=(5, 2) dtype=float32 partitions=[2, 1]>"
    sess = started()
    assert sess.run(tf.convert_to_tensor(v)).tolist() == whole.tolist()
    assert sess.run(tf.add(v, 1.0)).tolist() == (whole + 1).tolist()
    sess.run(v.assign(tf.zeros([5, 2])))
    sess.run(v.assign_add(v))
    sess.run(v.assign_sub(tf.ones([5, 2])))
    assert sess.run(v.as_tensor()).tolist() == (-np.ones((5, 2))).tolist()


def test_it_may_be_cut_along_another_axis(tier):
    v = tf.get_variable("v", initializer=tf.constant([[1, 2, 3]]), partitioner=tf.fixed_size_partitioner(2, axis=1))
    assert [part.shape.as_list() for part in v] == [[1, 2], [1, 1]]
    assert started().run(tf.convert_to_tensor(v)).tolist() == [[1, 2, 3]]


def test_it_is_shared_as_a_whole():
    make = {"shape": [4, 2], "partitioner": tf.fixed_size_partitioner(2)}
    v = tf.get_variable("v", **make)
    with tf.variable_scope("", reuse=True):
        assert tf.get_variable("v", **make) is v
        assert tf.get_variable("v") is v
        with pytest.raises(ValueError, match=r"specified partitions \[3, 1\] and found partitions \[2, 1\]"):
            tf.get_variable("v", [4, 2], partitioner=tf.fixed_size_partitioner(3))
        with pytest.raises(ValueError, match="specified shape"):
            tf.get_variable("v", [2, 4], partitioner=tf.fixed_size_partitioner(2))
        with pytest.raises(ValueError, match="PartitionedVariable missing does not exist"):
            tf.get_variable("missing", **make)
    with pytest.raises(ValueError, match="Partitioned variable with name v already exists"):
        tf.get_variable("v", **make)
    with pytest.raises(ValueError, match="No partitioner was provided, but a partitioned version"):
        tf.get_variable("v", [4, 2])


def test_an_initializer_is_told_which_part_it_fills(tier):
    offsets = []

    def initializer(shape, dtype, partition_info):
        offsets.append((partition_info.full_shape, partition_info.var_offset, partition_info.single_offset(shape)))
        return tf.ones(shape, dtype)

    tf.get_variable("v", [4, 2], initializer=initializer, partitioner=tf.fixed_size_partitioner(2))
    assert offsets == [([4, 2], [0, 0], 0), ([4, 2], [2, 0], 2)]


def test_the_identity_of_a_cut_matrix_is_a_whole_identity(tier):
    v = tf.get_variable("v", [3, 3], initializer=tf.initializers.identity(), partitioner=tf.fixed_size_partitioner(3))
    assert started().run(tf.convert_to_tensor(v)).tolist() == np.eye(3).tolist()


def test_scalars_stay_whole():
    v = tf.get_variable("v", [], partitioner=tf.fixed_size_partitioner(2))
    assert not isinstance(v, PartitionedVariable)


@pytest.mark.parametrize("partitioner, shape, expected", [
    (tf.fixed_size_partitioner(3), [100, 4], [3, 1]),
    (tf.variable_axis_size_partitioner(64), [100, 4], [25, 1]),
    (tf.variable_axis_size_partitioner(64, axis=1, max_shards=2), [100, 4], [1, 2]),
    (tf.variable_axis_size_partitioner(1024), [256, 2], [2, 1]),
    (tf.variable_axis_size_partitioner(1024, axis=1), [2, 256], [1, 2]),
    (tf.variable_axis_size_partitioner(1024, max_shards=3), [4096, 2], [3, 1]),
    (tf.min_max_variable_partitioner(), [1], [1]),
    (tf.min_max_variable_partitioner(0), [100000, 10], [1, 1]),
    (tf.min_max_variable_partitioner(3), [100, 4], [1, 1]),
    (tf.min_max_variable_partitioner(3, min_slice_size=64), [100, 4], [3, 1]),
    (tf.min_max_variable_partitioner(max_partitions=4, min_slice_size=1024), [1024, 1], [4, 1]),
    (tf.min_max_variable_partitioner(max_partitions=4, min_slice_size=2048), [1024, 1], [2, 1]),
    (tf.min_max_variable_partitioner(max_partitions=2, axis=1, min_slice_size=1024), [2, 1024], [1, 2]),
])
def test_partitioners_count_bytes(partitioner, shape, expected):
    assert partitioner(shape=tf.TensorShape(shape), dtype=tf.float32) == expected


@pytest.mark.parametrize("partitions, message", [
    ([2], "does not match the Variable's rank"),
    ([2, 2], "only slice a variable along one dimension"),
    ([0, 1], "zero partitions"),
    ([8, 1], "Cannot cut axis 0"),
    (["2", 1], "list of integers"),
])
def test_a_partitioner_that_does_not_fit(partitions, message):
    with pytest.raises(ValueError, match=message):
        tf.get_variable("v", [4, 4], partitioner=lambda shape, dtype: partitions)


def test_what_is_no_partitioner():
    with pytest.raises(ValueError, match="Partitioner must be callable, but received: 3"):
        tf.get_variable("v", [4], partitioner=3)
    with pytest.raises(ValueError, match="positive"):
        tf.variable_axis_size_partitioner(0)
    with pytest.raises(ValueError, match="positive"):
        tf.min_max_variable_partitioner(min_slice_size=0)


def test_partition_info_checks_what_it_is_told():
    info = PartitionInfo([4, 6], [0, 3])
    assert info.single_slice_dim([4, 3]) == 1
    assert info.single_slice_dim([4, 3]) == 1
    assert PartitionInfo([4], [0]).single_slice_dim([4]) is None
    with pytest.raises(ValueError, match="sticks out"):
        info.single_slice_dim([4, 6])
    with pytest.raises(ValueError, match="along axes"):
        info.single_slice_dim([2, 3])
    with pytest.raises(ValueError, match="outside"):
        PartitionInfo([4], [4])


def test_the_old_way_gives_a_list_of_parts(tier):
    parts = tf.create_partitioned_variables([4, 2], [2, 1], tf.ones_initializer(), name="pp")
    assert [part.name for part in parts] == ["pp/part_0:0", "pp/part_1:0"]
    assert started().run(tf.concat(parts, 0)).tolist() == np.ones((4, 2)).tolist()
    unnamed = tf.create_partitioned_variables([4], [2], tf.constant([1.0, 2.0, 3.0, 4.0]))
    assert [part.name for part in unnamed] == ["PartitionedVariable/part_0:0", "PartitionedVariable/part_1:0"]


def test_a_part_is_not_the_whole_and_the_whole_is_no_part() -> None:
    halves = tf.fixed_size_partitioner(2)
    cut = tf.get_variable("cut", [4], partitioner=halves)
    whole = tf.get_variable("whole", [4])
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        assert tf.get_variable("cut", [4], partitioner=halves) is cut
        assert tf.get_variable("cut", [4]) is cut  # found by its name
        with pytest.raises(ValueError):
            tf.get_variable("whole", [4], partitioner=halves)
        with pytest.raises(ValueError, match="missing"):
            tf.get_variable("missing", [4], partitioner=halves)
        assert tf.get_variable("whole", [4]) is whole
    with pytest.raises(ValueError, match="cut"):
        tf.get_variable("cut", [4], partitioner=halves)


def test_a_scalar_is_not_cut_and_values_are_cut_with_the_variable(tier: str) -> None:
    halves = tf.fixed_size_partitioner(2)
    assert tf.get_variable("scalar", [], partitioner=halves).shape.as_list() == []
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    cut = tf.get_variable("array", initializer=tf.constant(values), partitioner=halves)
    assert [part.shape.as_list() for part in cut] == [[2, 2], [1, 2]]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        with tf.variable_scope(tf.get_variable_scope(), reuse=True):
            array = tf.get_variable("array", partitioner=halves)
        np.testing.assert_array_equal(sess.run(tf.convert_to_tensor(array)), values)
