"""Structures of values are taken apart in one order everywhere."""

import collections
from typing import Any

import pytest

import millpond as tf
from millpond.nested import (
    assert_same_structure,
    flatten,
    flatten_up_to,
    map_structure,
    map_structure_up_to,
    pack_sequence_as,
)

Point = collections.namedtuple("Point", "x y")


def test_dictionaries_are_read_by_sorted_keys_and_strings_are_leaves() -> None:
    assert flatten({"b": [Point(1, 2), ()], "a": "text", "c": None}) == ["text", 1, 2, None]


def test_a_group_and_an_optimizer_take_nested_structures() -> None:
    w, b = tf.Variable(1.0, name="w"), tf.Variable(2.0, name="b")
    both = tf.group({"w": w.assign_add(1.0), "b": [b.assign_add(1.0)]})
    step = tf.train.GradientDescentOptimizer(0.5).minimize(w + b, var_list={"w": w})
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(both)
        sess.run(step)
        assert sess.run([w, b]) == [1.5, 3.0]


def test_leaves_are_packed_into_a_structure_of_the_same_types() -> None:
    like = collections.OrderedDict([("b", Point(0, [0])), ("a", (0,))])
    packed = pack_sequence_as(like, [1, 2, 3])
    assert packed == collections.OrderedDict([("b", Point(2, [3])), ("a", (1,))]) and list(packed) == ["b", "a"]
    assert type(packed["b"]) is Point and flatten(packed) == [1, 2, 3]
    counted = pack_sequence_as(collections.defaultdict(int, k=0), [5])
    assert counted["k"] == 5 and counted["missing"] == 0
    assert pack_sequence_as("leaf", [7]) == 7


def test_what_does_not_fit_into_a_structure_is_refused() -> None:
    with pytest.raises(ValueError, match="Structure had 3 atoms, but flat_sequence had 2 items"):
        pack_sequence_as([0, (0, 0)], [1, 2])
    with pytest.raises(TypeError, match="not 5 of type int"):
        pack_sequence_as([0], 5)


@pytest.mark.parametrize("first, second, error, text", [
    ([1, 2], (1, 2), TypeError, "has type list, while second structure type=tuple"),
    (Point(1, 2), (1, 2), TypeError, "has type Point, while"),
    ([1, 2], [1, 2, 3], ValueError, "the same number of elements"),
    ([1, 2], [1, [2]], ValueError, r'Substructure "type=list str=\[2\]" is a sequence'),
    ({"a": 1}, {"b": 1}, ValueError, r"First structure has keys \['a'\]"),
])
def test_structures_that_differ_are_told_apart(first: Any, second: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        assert_same_structure([0, first], [0, second])
    with pytest.raises(error, match=text):
        map_structure(lambda a, b: a, [0, first], [0, second])


def test_types_of_sequences_need_not_agree_where_that_is_said() -> None:
    assert_same_structure([1, (2,)], (1, [2]), check_types=False)
    assert map_structure(lambda a, b: a + b, [1, (2,)], (1, [2]), check_types=False) == [2, (4,)]
    assert_same_structure(collections.OrderedDict(a=1), {"a": 1})


def test_a_shallow_structure_says_how_deep_to_go() -> None:
    assert flatten_up_to(Point(0, 0), Point([1, 2], {"k": 3})) == [[1, 2], {"k": 3}]
    assert map_structure_up_to([0, (0,)], lambda a, b: (a, b), [[1], (2,)], [3, ([4],)]) == [([1], 3), ((2, [4]),)]
    with pytest.raises(TypeError, match="input must also be a sequence"):
        flatten_up_to([0, [0]], [1, 2])
    with pytest.raises(ValueError, match="Input structure has length 1, while shallow structure has length 2"):
        flatten_up_to([0, 0], [1])
    with pytest.raises(ValueError, match="the same keys"):
        flatten_up_to({"a": 0}, {"b": 0})
