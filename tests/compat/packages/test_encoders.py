"""Texts become vectors by a table that is learned; the names are TensorFlow's."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

TABLE = np.arange(12, dtype=np.float32).reshape(6, 2)


@pytest.mark.parametrize("unique", [False, True])
def test_words_of_a_sequence_are_rows_of_one_table(unique: bool, tier: str) -> None:
    ids = tf.placeholder(tf.int32, [None, 3])
    found = tf.contrib.layers.embed_sequence(ids, 6, 2, unique, tf.constant_initializer(TABLE), scope="words")
    again = tf.contrib.layers.embed_sequence(ids, scope="words", reuse=True)
    assert found.shape.as_list() == [None, 3, 2]
    assert [v.op.name for v in tf.model_variables()] == ["words/embeddings"]
    gradient = tf.gradients(found, tf.trainable_variables())[0]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        feed = {ids: [[1, 1, 5], [0, 1, 2]]}
        values, same = session.run([found, again], feed)
        assert values.tolist() == TABLE[[[1, 1, 5], [0, 1, 2]]].tolist() == same.tolist()
        assert session.run(tf.convert_to_tensor(gradient), feed)[:, 0].tolist() == [1, 3, 1, 0, 0, 1]
    with pytest.raises(ValueError, match="when not reusing. Got vocab_size=None and embed_dim=4"):
        tf.contrib.layers.embed_sequence(ids, embed_dim=4)


def test_a_bag_of_words_is_their_mean(tier: str) -> None:
    ids = np.array([[1, 3, 0], [5, 0, 0]])
    values = [tf.contrib.layers.bow_encoder(given, 6, 2, lookup, tf.constant_initializer(TABLE), scope=f"s{i}")
              for i, (given, lookup) in enumerate([
                  (tf.constant(ids), True), (tf.constant(ids), False),
                  (tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([1, 3, 5], tf.int64), [2, 3]), True)])]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        words, all_places, sparse = session.run(values)
    assert words.tolist() == sparse.tolist() == [[4.0, 5.0], [10.0, 11.0]]
    np.testing.assert_allclose(all_places, TABLE[ids].mean(1))
    with pytest.raises(TypeError, match="ids are expected to be dense Tensor"):
        tf.contrib.layers.bow_encoder(tf.SparseTensor([[0, 0]], [1], [1, 1]), 6, 2, sparse_lookup=False)
