"""Stories of lookup tables: what is found, what unknown keys get, and what is refused. Values are TensorFlow's."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pytest

import millpond as tf

COVERS = {"HashTableV2", "MutableHashTableV2", "MutableHashTableOfTensorsV2", "LookupTableFindV2", "LookupTableSizeV2",
          "LookupTableInsertV2", "LookupTableImportV2", "LookupTableRemoveV2", "LookupTableExportV2",
          "InitializeTableV2", "InitializeTableFromTextFileV2"}

lookup = tf.contrib.lookup


@pytest.fixture
def words(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "words.txt"
    path.write_text("x\ny\nz\n")
    return str(path)


def run(*fetches: Any) -> list[Any]:
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        return [value.tolist() for value in sess.run(fetches)]


def test_words_of_a_list_and_buckets_for_others(tier: str) -> None:
    table = lookup.index_table_from_tensor(["a", "b"], num_oov_buckets=2)
    assert run(table.lookup(tf.constant(["b", "z", "q"])), table.size()) == [[1, 3, 3], 4]
    plain = lookup.index_table_from_tensor(["a", "b"], default_value=7)
    assert run(plain.lookup(tf.constant([["b"], ["z"]]))) == [[[1], [7]]]


def test_whole_numbers_are_hashed_as_text() -> None:
    table = lookup.index_table_from_tensor([5, 7], dtype=tf.int64, num_oov_buckets=3)
    assert run(table.lookup(tf.constant([7, 9, 10, -4], tf.int64))) == [[1, 4, 4, 3]]


def test_lines_of_a_file(words: str, tier: str) -> None:
    table = lookup.index_table_from_file(words, vocab_size=2, num_oov_buckets=1)
    back = lookup.index_to_string_table_from_file(words)
    numbers = table.lookup(tf.constant(["x", "z"]))
    assert run(numbers, table.size(), back.lookup(tf.constant([0, 9], tf.int64))) == [[0, 2], 3, [b"x", b"UNK"]]
    assert [tensor.name for tensor in tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS)][0].endswith("asset_filepath:0")
    assert len(tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS)) == 2


def test_columns_of_a_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("red,1.5\r\nblue,2.5\r\n")
    lines = tf.lookup.TextFileInitializer(str(path), tf.string, 0, tf.float32, 1, delimiter=",")
    table = tf.lookup.StaticHashTable(lines, 0.0)
    assert run(table.lookup(tf.constant(["blue", "x"])), *table.export()) == [
        [2.5, 0.0], [b"red", b"blue"], [1.5, 2.5]]


def test_a_sparse_tensor_of_keys_gives_one_of_values() -> None:
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), -1)
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        found = sess.run(table.lookup(tf.SparseTensor([[0], [1]], ["b", "z"], [2])))
    assert found.values.tolist() == [2, -1] and found.dense_shape.tolist() == [2]


def test_names_of_nodes_are_those_of_tensorflow() -> None:
    table = tf.lookup.StaticVocabularyTable(
        tf.lookup.KeyValueTensorInitializer(["a"], tf.constant([0], tf.int64)), num_oov_buckets=3)
    table.lookup(tf.constant(["b"]))
    table.size()
    found = [op.name for op in tf.get_default_graph().get_operations() if op.type != "Const"]
    assert found == [
        "hash_table", "key_value_init/LookupTableImportV2", "hash_table_Lookup/hash_bucket",
        "hash_table_Lookup/hash_table_Lookup/LookupTableFindV2", "hash_table_Lookup/hash_table_Size/LookupTableSizeV2",
        "hash_table_Lookup/Add", "hash_table_Lookup/NotEqual", "hash_table_Lookup/SelectV2",
        "hash_table_Size/hash_table_Size/LookupTableSizeV2", "hash_table_Size/add"]


def test_a_table_belongs_to_its_session_and_may_be_filled_again() -> None:
    table = lookup.HashTable(lookup.KeyValueTensorInitializer(["a"], [1]), -1)
    found = table.lookup(tf.constant(["a"]))
    with tf.Session() as first, tf.Session() as second:
        first.run(table.init)
        first.run(table.init)
        assert first.run(found).tolist() == [1]
        with pytest.raises(tf.errors.FailedPreconditionError, match="Table not initialized"):
            second.run(found)


def test_entries_come_and_go_in_a_table_that_changes(tier: str) -> None:
    table = lookup.MutableHashTable(tf.string, tf.float32, [0.0, 0.0])
    insert, remove = table.insert(["a", "b"], [[1.0, 2.0], [3.0, 4.0]]), table.remove(["a", "q"])
    found, size, (keys, values) = table.lookup(["b", "z"]), table.size(), table.export()
    assert found.shape == [2, 2] and values.shape.as_list() == [None, 2]
    with tf.Session() as sess:
        assert sess.run(size) == 0
        sess.run(insert)
        assert sess.run(found).tolist() == [[3, 4], [0, 0]]
        sess.run(remove)
        assert sess.run(keys).tolist() == [b"b"] and sess.run(values).tolist() == [[3, 4]] and sess.run(size) == 1


def test_a_table_in_a_branch(tier: str) -> None:
    table = lookup.index_table_from_tensor(["a", "b"])
    asked = tf.placeholder(tf.bool)
    found = tf.cond(asked, lambda: table.lookup(tf.constant(["b"])), lambda: tf.constant([9], tf.int64))
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        assert [sess.run(found, {asked: choice}).tolist() for choice in (True, False)] == [[1], [9]]


def test_the_older_op_that_fills_a_table(words: str) -> None:
    """Graphs of releases before 1.14 hold it; it came by `import_graph_def` then."""
    graph_def = tf.GraphDef()
    table = lookup.HashTable(lookup.KeyValueTensorInitializer(["a"], [1]), -1)
    table.lookup(tf.constant(["a", "b"]))
    graph_def.CopyFrom(tf.get_default_graph().as_graph_def())
    for node in graph_def.node:
        if node.op == "LookupTableImportV2":
            node.op = "InitializeTableV2"
            for new, old in (("Tkey", "Tin"), ("Tval", "Tout")):
                node.attr[new].CopyFrom(node.attr[old])
                del node.attr[old]
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.import_graph_def(graph_def, name="")
        sess.run(graph.get_operation_by_name("key_value_init/LookupTableImportV2"))
        assert sess.run("hash_table_Lookup/LookupTableFindV2:0").tolist() == [1, -1]


@pytest.mark.parametrize(("error", "words_of_error", "make"), [
    (tf.errors.FailedPreconditionError, "different value for same key",
     lambda path: lookup.HashTable(lookup.KeyValueTensorInitializer(["a", "a"], [1, 2]), -1).init),
    (tf.errors.InvalidArgumentError, "Invalid vocab_size", lambda path: lookup.index_table_from_file(path, 0, 9).init),
    (tf.errors.NotFoundError, "nowhere.txt", lambda path: lookup.index_table_from_file(path + "nowhere.txt").init),
    (tf.errors.InvalidArgumentError, "Invalid number of columns", lambda path: tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(path, tf.string, 0, tf.int64, 1), -1).initializer),
    (tf.errors.InvalidArgumentError, "not a valid int64", lambda path: tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(path, tf.string, -2, tf.int64, 0), -1).initializer),
])
def test_what_cannot_be_filled_is_refused_in_the_run(error: type, words_of_error: str, make: Any, words: str) -> None:
    fill = make(words)
    with tf.Session() as sess, pytest.raises(error, match=words_of_error):
        sess.run(fill)


@pytest.mark.parametrize(("error", "words_of_error", "make"), [
    (TypeError, "Dtype of argument `keys`", lambda: lookup.index_table_from_tensor(["a"]).lookup(tf.constant([1]))),
    (ValueError, "vocabulary_list must be specified", lambda: lookup.index_table_from_tensor(None)),
    (ValueError, "num_oov_buckets", lambda: lookup.index_table_from_tensor(["a"], -1)),
    (ValueError, "vocab_size", lambda: lookup.index_table_from_file("f", vocab_size=0)),
    (ValueError, "must not be empty", lambda: lookup.index_table_from_file("")),
    (ValueError, "oov_buckets must be > 0", lambda: tf.lookup.StaticVocabularyTable(None, 0)),
    (TypeError, "string keys", lambda: lookup.index_table_from_tensor([1.0], dtype=tf.float32)),
    (ValueError, "must be dtype int64", lambda: tf.lookup.TextFileInitializer("f", tf.string, -1, tf.int64, 0)),
    (ValueError, "key must be two", lambda: lookup.StrongHashSpec([1])),
])
def test_what_does_not_fit_is_refused_while_building(error: type, words_of_error: str, make: Any) -> None:
    with pytest.raises(error, match=words_of_error):
        make()


def test_strong_hashes_need_their_key() -> None:
    table = lookup.index_table_from_tensor(["a"], 5, hasher_spec=lookup.StrongHashSpec([1, 2]))
    expected = 1 + tf.string_to_hash_bucket_strong(["q"], 5, [1, 2])
    assert run(table.lookup(tf.constant(["q"])))[0] == run(expected)[0]
    assert np.all(np.array(run(table.lookup(tf.constant(["a"])))[0]) == 0)
