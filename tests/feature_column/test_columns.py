"""Stories of `tf.feature_column`: values and variables are TensorFlow's, and models of columns learn."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import pytest
from column_cases import CASES, RECORDED, Columns, described

import millpond as tf

EXPECTED = json.loads(RECORDED.read_text())
fc = tf.feature_column


@pytest.mark.parametrize("name", CASES)
def test_values_and_variables_are_those_of_tensorflow(name: str, tier: str) -> None:
    found, expected = described(tf, CASES[name]), EXPECTED[name]
    np.testing.assert_allclose(found.pop("values"), expected["values"], rtol=1e-5)
    assert found == {key: value for key, value in expected.items() if key != "values"}


def test_dictionaries_tell_variables_and_parts_of_columns() -> None:
    c = Columns(tf)
    word, parts = fc.embedding_column(c.word, 2), {}
    to_vars: dict[Any, Any] = {}
    fc.input_layer(c.features, [word, c.price], cols_to_vars=to_vars, cols_to_output_tensors=parts)
    assert to_vars == {word: tf.global_variables(), c.price: []}
    assert [parts[column].shape.as_list() for column in (word, c.price)] == [[3, 2], [3, 1]]
    linear: dict[Any, Any] = {}
    fc.linear_model(c.features, [c.price, word], cols_to_vars=linear, weight_collections=["mine"])
    assert {str(getattr(key, "name", key)): [v.name for v in found] for key, found in linear.items()} == {
        "price": ["linear_model/price/weights:0"], "bias": ["linear_model/bias_weights:0"],
        "word_embedding": ["linear_model/word_embedding/weights:0",
                           "linear_model/word_embedding/embedding_weights:0"]}
    assert len(tf.get_collection("mine")) == 4
    assert len(tf.get_collection(tf.GraphKeys.MODEL_VARIABLES)) == 5


def test_a_network_of_columns_learns(tier: str) -> None:
    """The batch size is known in the run only; the loss falls through the lookups."""
    words, prices = tf.placeholder(tf.string, [None]), tf.placeholder(tf.float32, [None])
    wanted = tf.placeholder(tf.float32, [None, 1])
    features = {"word": words, "price": prices}
    word = fc.categorical_column_with_vocabulary_list("word", ["good", "bad"], num_oov_buckets=1)
    price = fc.numeric_column("price")
    tf.set_random_seed(3)
    deep = fc.input_layer(features, [fc.embedding_column(word, 3), price])
    wide = fc.linear_model(features, [word, fc.bucketized_column(price, [2.0])])
    loss = tf.reduce_mean(tf.square(tf.layers.dense(deep, 1) + wide - wanted))
    train = tf.train.AdagradOptimizer(0.3).minimize(loss)
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        feeds = {words: ["good", "bad", "good", "odd"], prices: [1.0, 3.0, 3.0, 1.0],
                 wanted: [[2.0], [0.0], [3.0], [1.0]]}
        first = sess.run(loss, feeds)
        for _ in range(30):
            sess.run(train, feeds)
        assert sess.run(loss, feeds) < first / 20
        assert sess.run(wide, {words: ["bad"], prices: [5.0]}).shape == (1, 1)


def test_a_table_starts_with_a_checkpoint(tmp_path: pathlib.Path) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        table = tf.get_variable("trained", initializer=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        sess.run(table.initializer)
        path = tf.train.Saver().save(sess, str(tmp_path / "model"))
    number = fc.categorical_column_with_identity("id", 3)
    column = fc.embedding_column(number, 2, ckpt_to_load_from=path, tensor_name_in_ckpt="trained")
    shared = fc.shared_embedding_columns([number, fc.categorical_column_with_identity("other", 3)], 2,
                                         ckpt_to_load_from=path, tensor_name_in_ckpt="trained")
    layer = fc.input_layer({"id": [[2], [0]], "other": [[1], [1]]}, [column, *shared])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(layer).tolist() == [[5, 6, 5, 6, 3, 4], [1, 2, 1, 2, 3, 4]]


def test_a_vocabulary_in_a_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("x\ny\nz\n")
    column = fc.categorical_column_with_vocabulary_file("word", str(path), num_oov_buckets=1)
    assert column.num_buckets == 4
    layer = fc.input_layer({"word": [["z"], ["q"]]}, fc.indicator_column(column))
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        assert sess.run(layer).tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]
    with pytest.raises(ValueError, match="does not exist"):
        fc.categorical_column_with_vocabulary_file("word", str(path) + "x")


def test_features_whose_rank_only_the_run_knows(tier: str) -> None:
    prices, words = tf.placeholder(tf.float32), tf.sparse.reorder(tf.SparseTensor(
        tf.placeholder_with_default(np.array([[0], [2]]), None), ["a", "b"],
        tf.placeholder_with_default(np.array([3]), None)))
    layer = fc.input_layer({"price": prices, "word": words}, [
        fc.numeric_column("price"),
        fc.indicator_column(fc.categorical_column_with_vocabulary_list("word", ["a", "b"]))])
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        for fed in ([1.0, 2.0, 3.0], [[1.0], [2.0], [3.0]]):
            assert sess.run(layer, {prices: fed}).tolist() == [[1, 1, 0], [2, 0, 0], [3, 0, 1]]


def test_names_of_columns() -> None:
    c = Columns(tf)
    assert [column.name for column in (
        c.price, c.bucket, fc.crossed_column([c.bucket, "word"], 3), fc.crossed_column([c.word, "a"], 3),
        fc.indicator_column(c.word), fc.embedding_column(c.word, 2), c.weighted,
        *fc.shared_embedding_columns([c.word, c.multi], 2))] == [
        "price", "price_bucketized", "price_bucketized_X_word", "a_X_word", "word_indicator", "word_embedding",
        "multi_weighted_by_weight", "word_shared_embedding", "multi_shared_embedding"]
    assert c.price == fc.numeric_column("price") and len({c.price, fc.numeric_column("price")}) == 1


def test_what_columns_read_from_examples() -> None:
    c = Columns(tf)
    price = fc.numeric_column("price", default_value=2.0)
    found = fc.make_parse_example_spec([
        price, fc.numeric_column("grid", shape=(2, 3)), fc.embedding_column(c.word, 2),
        fc.weighted_categorical_column(c.multi, "weight"), fc.crossed_column([c.id, "city"], 5)])
    assert found == {
        "price": tf.FixedLenFeature((1,), tf.float32, (2.0,)), "grid": tf.FixedLenFeature((2, 3), tf.float32),
        "word": tf.VarLenFeature(tf.string), "multi": tf.VarLenFeature(tf.string),
        "weight": tf.VarLenFeature(tf.float32), "id": tf.VarLenFeature(tf.int64), "city": tf.VarLenFeature(tf.string)}
    with pytest.raises(ValueError, match="different parse_spec for key price"):
        fc.make_parse_example_spec([price, c.bucket])


WORD = fc.categorical_column_with_vocabulary_list("word", ["x"])
PRICE = fc.numeric_column("price")


def layer(*columns: Any, **features: Any) -> Any:
    return lambda: fc.input_layer({key: tf.constant(value) for key, value in features.items()}, list(columns))


@pytest.mark.parametrize(("error", "words", "make"), [
    (ValueError, "must be a _DenseColumn", layer(WORD, word=["x"])),
    (ValueError, "Duplicate feature column name", layer(PRICE, PRICE, price=[1.0])),
    (ValueError, "must not be empty", layer()),
    (ValueError, "Feature price is not in features", layer(PRICE, other=[1.0])),
    (ValueError, "must be a _FeatureColumn", layer("price", price=[1.0])),
    (ValueError, "cannot have rank 0", layer(PRICE, price=1.0)),
    (ValueError, "Cannot reshape", layer(fc.numeric_column("price", shape=3), price=[[1.0, 2.0]])),
    (ValueError, "Batch size", layer(PRICE, fc.numeric_column("b"), price=[1.0], b=[1.0, 2.0])),
    (ValueError, "dtype must be compatible", layer(fc.indicator_column(WORD), word=[1])),
    (ValueError, "not integer", layer(fc.indicator_column(fc.categorical_column_with_identity("a", 2)), a=[1.0])),
    (ValueError, "combiner must be one of", layer(fc.embedding_column(WORD, 2, "x"), word=["x"])),
    (ValueError, "boundaries must be a sorted list", lambda: fc.bucketized_column(PRICE, [3, 1])),
    (ValueError, "must be a column generated with numeric_column", lambda: fc.bucketized_column(WORD, [1])),
    (ValueError, "one-dimensional", lambda: fc.bucketized_column(fc.numeric_column("a", (1, 2)), [1])),
    (ValueError, "Unsupported key type", lambda: fc.crossed_column([PRICE, "a"], 3)),
    (ValueError, "Unsupported key type",
     lambda: fc.crossed_column([fc.categorical_column_with_hash_bucket("b", 2), "a"], 3)),
    (ValueError, "length > 1", lambda: fc.crossed_column(["a"], 3)),
    (ValueError, "hash_bucket_size must be at least 1", lambda: fc.categorical_column_with_hash_bucket("a", 0)),
    (ValueError, "not in range", lambda: fc.categorical_column_with_identity("a", 3, default_value=5)),
    (ValueError, "Duplicate keys", lambda: fc.categorical_column_with_vocabulary_list("a", ["x", "x"])),
    (ValueError, "must be non-empty", lambda: fc.categorical_column_with_vocabulary_list("a", [])),
    (ValueError, "both num_oov_buckets",
     lambda: fc.categorical_column_with_vocabulary_list("a", ["x"], default_value=0, num_oov_buckets=2)),
    (ValueError, "do not match", lambda: fc.categorical_column_with_vocabulary_list("a", ["x"], dtype=tf.int64)),
    (ValueError, "shape of default_value", lambda: fc.numeric_column("a", shape=2, default_value=[1.0])),
    (ValueError, "convertible to float", lambda: fc.numeric_column("a", dtype=tf.string)),
    (ValueError, "greater than 0", lambda: fc.numeric_column("a", shape=0)),
    (TypeError, "must be integer", lambda: fc.numeric_column("a", shape=(1.5,))),
    (TypeError, "must be a callable", lambda: fc.numeric_column("a", normalizer_fn=3)),
    (ValueError, "key must be a string", lambda: fc.numeric_column(3)),
    (ValueError, "Invalid dimension", lambda: fc.embedding_column(WORD, 0)),
    (ValueError, "both `ckpt_to_load_from`", lambda: fc.embedding_column(WORD, 2, ckpt_to_load_from="x")),
    (ValueError, "initializer must be callable", lambda: fc.embedding_column(WORD, 2, initializer=3)),
    (ValueError, "same number of buckets",
     lambda: fc.shared_embedding_columns([WORD, fc.categorical_column_with_identity("a", 3)], 2)),
    (ValueError, "same type",
     lambda: fc.shared_embedding_columns([WORD, fc.categorical_column_with_identity("a", 1)], 2)),
])
def test_what_does_not_fit_is_refused(error: type, words: str, make: Any) -> None:
    with pytest.raises(error, match=words):
        make()


def test_weights_of_another_dtype_and_crosses_of_weights_are_refused() -> None:
    weighted = fc.weighted_categorical_column(WORD, "w")
    with pytest.raises(ValueError, match="Bad dtype"):
        layer(fc.indicator_column(weighted), word=["x"], w=[1])()
    with pytest.raises(ValueError, match="does not support weight_tensor"):
        layer(fc.indicator_column(fc.crossed_column([weighted, "a"], 3)), word=["x"], w=[1.0], a=["y"])()
