"""Layers as objects, which tensorflow-estimator uses; sequences; columns of a program's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.feature_column.base import OldDenseColumn
from millpond.feature_column.dense import EmbeddingColumn
from millpond.feature_column.layers import InputLayer, OldLinearModel, is_feature_column_v2, transform_features
from millpond.feature_column.state_layers import DenseFeatures, LinearModel
from millpond.shapes import TensorShape

fc = tf.feature_column
sequence_input_layer = tf.contrib.feature_column.sequence_input_layer
PRICE = fc.numeric_column("price")
WORD = fc.categorical_column_with_vocabulary_list("word", ["x", "y"])
FEATURES = {"price": [1.0, 2.0], "word": [["y"], ["q"]]}


def run(*fetches: Any) -> list[Any]:
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return [value.tolist() for value in sess.run(fetches)]


def test_an_input_layer_uses_its_variables_again() -> None:
    layer = InputLayer([fc.embedding_column(WORD, 2), PRICE], name="inputs")
    first, second = layer(FEATURES), layer(FEATURES)
    assert [v.name for v in tf.global_variables()] == ["inputs/word_embedding/embedding_weights:0"]
    assert layer.variables == layer.trainable_variables == tf.global_variables()
    one, other = run(first, second)
    assert one == other


def test_layers_with_a_state_manager_have_the_names_of_tensorflow() -> None:
    columns = [PRICE, fc.embedding_column(WORD, 2, initializer=tf.ones_initializer())]
    with tf.variable_scope("dnn"), tf.variable_scope("input_from_feature_columns"):
        dense = DenseFeatures(columns, name="input_layer")
        inputs, again = dense(FEATURES), dense(FEATURES)
    linear = LinearModel([PRICE, WORD], units=2, name="linear/linear_model")
    logits = linear(FEATURES)
    assert [v.name for v in tf.global_variables()] == [
        "dnn/input_from_feature_columns/input_layer/word_embedding/embedding_weights:0",
        "linear/linear_model/price/weights:0", "linear/linear_model/word/weights:0",
        "linear/linear_model/bias_weights:0"]
    assert linear.variables == tf.global_variables()[1:] and linear.bias is linear.variables[-1]
    assert run(inputs, again, logits) == [[[1, 1, 1], [2, 0, 0]]] * 2 + [[[0, 0], [0, 0]]]
    assert linear.layer._state_manager.get_variable(PRICE, "weights") is linear.variables[0]


def test_an_old_linear_model_tells_its_variables() -> None:
    model = OldLinearModel([PRICE, WORD], name="linear_model")
    first, second = model(FEATURES), model(FEATURES)
    assert list(model.cols_to_vars()) == [PRICE, WORD, "bias"] and len(tf.global_variables()) == 3
    assert run(first, second) == [[[0], [0]]] * 2


def test_gradients_reach_the_weights_of_linear_models(tier: str) -> None:
    linear = LinearModel([PRICE, WORD])
    slopes = tf.gradients(linear(FEATURES), linear.variables)
    assert run(*[tf.convert_to_tensor(slope) for slope in slopes]) == [[[3]], [[0], [1]], [2]]


def test_which_generation_columns_are_of() -> None:
    shared = fc.shared_embedding_columns([WORD, fc.categorical_column_with_vocabulary_list("b", ["x", "y"])], 2)
    assert is_feature_column_v2([PRICE, WORD]) and not is_feature_column_v2([PRICE, shared[0]])
    assert EmbeddingColumn._fields[:3] == ("categorical_column", "dimension", "combiner")


def test_what_columns_make_of_features_before_it_is_dense() -> None:
    found = transform_features(FEATURES, [PRICE, WORD])
    assert isinstance(found[WORD], tf.SparseTensor)
    assert run(found[PRICE], found[WORD].values) == [[[1], [2]], [1, -1]]


def test_a_column_of_a_programs_own() -> None:
    class Doubled(OldDenseColumn):
        name = "doubled"
        _variable_shape = TensorShape([1])
        _parse_example_spec = {"price": tf.FixedLenFeature((1,), tf.float32)}

        def _transform_feature(self, inputs: Any) -> Any:
            return 2.0 * inputs.get("price")

        def _get_dense_tensor(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> Any:
            return inputs.get(self)

    assert run(fc.input_layer(FEATURES, [Doubled(), PRICE])) == [[[2, 1], [4, 2]]]
    with pytest.raises(ValueError, match="must be a FeatureColumn"):
        DenseFeatures([Doubled()])


def test_sequences(tier: str) -> None:
    steps = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [2, 0, 1], [3, 2])
    numbers = tf.SparseTensor([[0, 0], [0, 1], [0, 2], [0, 3], [1, 0], [1, 1]], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [3, 4])
    category = fc.sequence_categorical_column_with_identity("step", 3)
    layer, lengths = sequence_input_layer({"step": steps, "x": numbers}, [
        fc.indicator_column(category), fc.embedding_column(category, 2, initializer=tf.ones_initializer()),
        fc.sequence_numeric_column("x", shape=2, default_value=-1.0)])
    values, found = run(layer, lengths)
    assert found == [2, 1, 0]
    assert values == [[[1, 1, 0, 0, 1, 1, 2], [1, 1, 1, 0, 0, 3, 4]],
                      [[1, 1, 0, 1, 0, 5, 6], [0, 0, 0, 0, 0, -1, -1]],
                      [[0, 0, 0, 0, 0, -1, -1], [0, 0, 0, 0, 0, -1, -1]]]
    assert [v.name for v in tf.global_variables()] == ["sequence_input_layer/step_embedding/embedding_weights:0"]
    context = tf.contrib.feature_column.concatenate_context_input(tf.constant([[7.0]] * 3), layer)
    assert np.array(run(context)[0])[:, :, -1].tolist() == [[7, 7]] * 3


def test_sequences_of_different_lengths_and_other_columns_are_refused() -> None:
    short = tf.SparseTensor([[0, 0]], [1.0], [1, 2])
    long = tf.SparseTensor([[0, 0], [0, 1]], [1.0, 2.0], [1, 2])
    columns = [fc.sequence_numeric_column("a"), fc.sequence_numeric_column("b")]
    layer, lengths = sequence_input_layer({"a": short, "b": long}, columns)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError):
        sess.run(lengths)
    with pytest.raises(ValueError, match="_SequenceDenseColumn"):
        sequence_input_layer({"price": [1.0]}, [PRICE])
    with pytest.raises(ValueError, match="must not be of type SequenceCategoricalColumn"):
        fc.input_layer({"a": [[1]]}, [fc.indicator_column(fc.sequence_categorical_column_with_identity("a", 3))])
    with pytest.raises(ValueError, match="must be of type SequenceCategoricalColumn"):
        sequence_input_layer({"a": [[1]]}, [fc.indicator_column(fc.categorical_column_with_identity("a", 3))])
