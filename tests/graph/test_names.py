"""Names and scopes, exactly as TensorFlow gives them."""

from __future__ import annotations

import pytest

import millpond as tf


def test_a_second_use_gets_a_number() -> None:
    assert [tf.constant(1).name for _ in range(3)] == ["Const:0", "Const_1:0", "Const_2:0"]


def test_names_differ_without_regard_to_case() -> None:
    assert tf.constant(1, name="Loss").name == "Loss:0"
    assert tf.constant(1, name="loss").name == "loss_1:0"


def test_a_number_that_is_taken_is_skipped() -> None:
    tf.constant(1, name="a_1")
    assert [tf.constant(1, name="a").name for _ in range(2)] == ["a:0", "a_2:0"]


def test_scopes_nest_and_count() -> None:
    with tf.name_scope("outer") as scope:
        assert scope == "outer/"
        assert tf.constant(1, name="c").name == "outer/c:0"
        with tf.name_scope("inner"):
            assert tf.constant(1, name="c").name == "outer/inner/c:0"
    with tf.name_scope("outer") as scope:
        assert scope == "outer_1/"


def test_a_trailing_slash_enters_a_scope_again() -> None:
    with tf.name_scope("model") as scope:
        tf.constant(1, name="a")
    with tf.name_scope(scope):
        assert tf.constant(1, name="b").name == "model/b:0"
    with tf.name_scope("elsewhere"), tf.name_scope("model/"):
        assert tf.constant(1, name="a").name == "model/a_1:0"


def test_no_name_leads_to_the_root() -> None:
    with tf.name_scope("deep"), tf.get_default_graph().name_scope(None):
        assert tf.constant(1, name="top").name == "top:0"


def test_literals_are_named_after_the_argument() -> None:
    x = tf.placeholder(tf.float32, name="x")
    tf.add(x, 1.0)
    tf.add(x, 1.0)
    names = [op.name for op in tf.get_default_graph().get_operations()]
    assert names == ["x", "Add/y", "Add", "Add_1/y", "Add_1"]


@pytest.mark.parametrize("name", ["_hidden", "has space", "-dash", "ü"])
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a valid"):
        tf.constant(1, name=name)
    with pytest.raises(ValueError, match="not a valid"), tf.name_scope(name):
        pass


def test_values_choose_the_graph() -> None:
    other = tf.Graph()
    with other.as_default():
        x = tf.constant(1.0)
    with tf.name_scope("s", values=[x]):
        assert tf.constant(2.0).graph is other
    assert tf.add(x, 1.0).graph is other


def test_names_of_python_2_are_bytes() -> None:
    graph = tf.get_default_graph()
    assert tf.constant(1, name=b"a").op.name == "a"
    assert tf.constant(1, name=b"a").op.name == "a_1"
    assert tf.add(1, 2, name=b"exactly/").op.name == "exactly"
    with tf.name_scope(b"s") as scope:
        assert scope == "s/" and tf.placeholder(tf.float32, name=b"x").op.name == "s/x"
    with tf.name_scope(b"s/"):
        assert tf.constant(1, name="y").op.name == "s/y"
    with graph.container(b"box") as container:
        assert container == "box"
    assert graph.unique_name(b"a") == "a_2"
    assert tf.Variable(1, name=b"v").op.name == "v"
    with tf.variable_scope("deep"):
        assert tf.get_variable(b"w", [1]).op.name == "deep/w"


@pytest.mark.parametrize("name", [5, 1.5, ["a"]])
def test_a_name_that_is_no_text_is_refused(name: object) -> None:
    with pytest.raises(TypeError, match="Expected a name as str or bytes"):
        tf.constant(1, name=name)
    with pytest.raises(TypeError, match="Expected a name as str or bytes"), tf.name_scope(name):
        pass


def test_a_scope_is_opened_in_the_graph_of_its_values() -> None:
    elsewhere = tf.Graph()
    with elsewhere.as_default():
        x = tf.constant(1.0, name="x")
        v = tf.Variable(1.0, name="v")
        slices = tf.IndexedSlices(x, tf.constant([0]))
        sparse = tf.SparseTensor([[0]], [1.0], [1])
    for value in (x, x.op, v, slices, sparse):
        for kind in (list, tuple, iter, lambda values: dict(enumerate(values)).values()):
            with tf.name_scope("s", values=kind([value])):
                assert tf.get_default_graph() is elsewhere
            with tf.variable_scope("s", values=kind([value])):
                assert tf.get_default_graph() is elsewhere


@pytest.mark.parametrize("values", [[], (), [1.0]])
def test_values_without_a_name_are_refused(values: object) -> None:
    with pytest.raises(ValueError, match="At least one of name"), tf.name_scope(None, values=values):
        pass
    with tf.name_scope("outer"), tf.name_scope(None) as scope:
        assert scope == "" and tf.constant(1, name="root").op.name == "root"


@pytest.mark.parametrize("name", ["has space", "\u00fc", "a:0", "a//b c"])
def test_bad_names_are_refused_inside_of_a_scope_too(name: str) -> None:
    with tf.name_scope("s"), pytest.raises(ValueError, match="not a valid"):
        tf.constant(1, name=name)


def test_a_name_in_a_scope_may_begin_with_anything_a_name_may_hold() -> None:
    with tf.name_scope("s"):
        assert [tf.constant(1, name=name).op.name for name in ("_a", "-b", "c/d")] == ["s/_a", "s/-b", "s/c/d"]


def test_a_slash_alone_is_no_name() -> None:
    with pytest.raises(ValueError, match="not a valid"):
        tf.constant(1, name="/")
