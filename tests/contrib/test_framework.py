"""`tf.contrib.framework` and `tf.contrib.util`: shapes that are promised, nested structures, deprecation, messages."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

import millpond as tf


def test_a_promised_shape_is_checked_where_it_is_known() -> None:
    x = tf.placeholder(tf.float32)
    known = tf.contrib.framework.with_shape([2, None], tf.ones([2, 3]))
    assert known.shape.as_list() == [2, 3]
    promised = tf.contrib.framework.with_shape([2, 3], x)
    assert promised.shape.as_list() == [2, 3]
    sizes = tf.placeholder(tf.int64, [None])
    by_tensor = tf.contrib.framework.with_shape(sizes, x)
    like = tf.contrib.framework.with_same_shape(tf.placeholder_with_default(np.ones([2, 3], np.float32), None), x)
    with pytest.raises(ValueError, match=r"should be \(2, 4\), but it is \(2, 3\)"):
        tf.contrib.framework.with_shape([2, 4], tf.ones([2, 3]))
    with tf.Session() as sess:
        right, wrong = np.ones([2, 3]), np.ones([3, 2])
        for tensor in (promised, by_tensor, like):
            np.testing.assert_array_equal(sess.run(tensor, {x: right, sizes: [2, 3]}), right)
            with pytest.raises(tf.errors.InvalidArgumentError, match="Wrong shape of Placeholder"):
                sess.run(tensor, {x: wrong, sizes: [2, 3]})


def test_structures_of_the_old_module() -> None:
    nest = tf.contrib.framework.nest
    assert nest.map_structure is tf.nest.map_structure
    assert nest.is_sequence([1]) and nest.is_sequence({"a": 1}) and not nest.is_sequence("ab")
    assert nest.flatten_dict_items({"a": [1, 2], ("b", ("c",)): (3, [4])}) == {"a": [1, 2], "b": 3, "c": 4}
    with pytest.raises(ValueError, match="Key had 2 elements, but value had 1"):
        nest.flatten_dict_items({("a", "b"): 1})
    with pytest.raises(ValueError, match="key a is not unique"):
        nest.flatten_dict_items({"a": 1, ("a", "b"): [1, 2]})
    with pytest.raises(TypeError, match="same sequence type"):
        nest.assert_shallow_structure([0, 0], (1, 2))
    structure = {"b": [1, (2,)], "a": 0}
    assert nest.flatten_with_tuple_paths(structure) == [(("a",), 0), (("b", 0), 1), (("b", 1, 0), 2)]
    assert nest.map_structure_with_paths(lambda path, x: f"{path}={x}", structure) == {
        "a": "a=0", "b": ["b/0=1", ("b/1/0=2",)]}


@pytest.fixture
def warnings_logged(caplog: pytest.LogCaptureFixture) -> Any:
    logger = logging.getLogger("millpond")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def test_a_deprecated_function_warns_once_for_each_place(warnings_logged: Any) -> None:
    @tf.contrib.framework.deprecated("2019-01-31", "Use new().")
    def old(x: int) -> int:
        """Adds one."""
        return x + 1

    assert [old(i) for i in range(3)] == [1, 2, 3]
    assert old(5) == 6
    texts = [record.getMessage() for record in warnings_logged.records]
    assert len(texts) == 2
    assert "old" in texts[0] and "after 2019-01-31" in texts[0] and texts[0].endswith("Use new().")
    assert "test_framework.py" in texts[0]
    assert old.__name__ == "old" and old.__doc__ is not None and old.__doc__.endswith("Adds one.")
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        tf.contrib.framework.deprecated("tomorrow", "Use new().")


def test_deprecated_arguments_warn_when_given(warnings_logged: Any) -> None:
    @tf.contrib.framework.deprecated_args(None, "Leave it out.", "old", ("unused", None))
    def f(x: Any, old: Any = None, unused: Any = None) -> Any:
        return x

    @tf.contrib.framework.deprecated_arg_values(None, "Give False.", flag=True)
    def g(x: Any, flag: bool = True) -> Any:
        return x

    f(np.ones(2)), f(1, unused=None), g(1), g(1, False)
    assert not warnings_logged.records
    f(1, np.ones(2)), f(1, unused=3), g(1, flag=True)
    assert [("argument old" in text, "argument unused" in text, "argument flag" in text) for text in
            (record.getMessage() for record in warnings_logged.records)] == [
                (True, False, False), (False, True, False), (False, False, True)]


def test_sums_and_values_known_while_building() -> None:
    total = tf.contrib.framework.reduce_sum_n([tf.ones([2, 3]), tf.constant(4.0), tf.ones([5])])
    assert float(tf.Session().run(total)) == 15.0
    with pytest.raises(ValueError, match="none in it"):
        tf.contrib.framework.reduce_sum_n([])
    assert tf.contrib.util.constant_value(tf.constant([1, 2])).tolist() == [1, 2]
    assert tf.contrib.util.constant_value(tf.placeholder(tf.float32)) is None
    proto = tf.contrib.util.make_tensor_proto([1.5, 2.0])
    assert tf.contrib.util.make_ndarray(proto).tolist() == [1.5, 2.0]
    graph_def = tf.get_default_graph().as_graph_def()
    used = tf.contrib.util.ops_used_by_graph_def(graph_def)
    assert {"AddN", "Sum", "Const", "Placeholder"} <= set(used)
    assert [op.name for op in tf.contrib.util.stripped_op_list_for_graph(graph_def).op] == used
