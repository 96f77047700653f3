"""Texts as rows of numbers, as programs that classify sentences make them."""

from __future__ import annotations

import pathlib
import pickle

import numpy as np
import pytest

import millpond as tf

VocabularyProcessor = tf.contrib.learn.preprocessing.VocabularyProcessor
TEXTS = ["the mill turns", "the pond holds the water still", "don't stop"]


def test_rows_have_one_length_and_unknown_words_are_0() -> None:
    processor = VocabularyProcessor(max(len(text.split(" ")) for text in TEXTS))
    rows = np.array(list(processor.fit_transform(TEXTS)))
    assert rows.dtype == np.int64
    assert rows.tolist() == [[1, 2, 3, 0, 0, 0], [1, 4, 5, 1, 6, 7], [8, 9, 0, 0, 0, 0]]
    assert len(processor.vocabulary_) == 10 and processor.vocabulary_._mapping["pond"] == 4
    assert next(processor.transform(["the sea turns"])).tolist() == [1, 0, 3, 0, 0, 0]
    assert list(processor.reverse(rows[:1])) == ["the mill turns <UNK> <UNK> <UNK>"]
    short = VocabularyProcessor(2)
    assert np.array(list(short.fit_transform(TEXTS))).shape == (3, 2)


def test_rare_words_are_left_out_and_the_most_frequent_come_first() -> None:
    processor = VocabularyProcessor(4, min_frequency=1)
    rows = list(processor.fit_transform(["b a a", "c b a", "d"], []))
    assert processor.vocabulary_._mapping == {"<UNK>": 0, "a": 1, "b": 2}
    assert [row.tolist() for row in rows] == [[2, 1, 1, 0], [0, 2, 1, 0], [0, 0, 0, 0]]


def test_words_are_written_and_read(tmp_path: pathlib.Path) -> None:
    processor = VocabularyProcessor(6)
    rows = np.array(list(processor.fit_transform(TEXTS)))
    processor.save(str(tmp_path / "vocabulary"))
    again = VocabularyProcessor.restore(str(tmp_path / "vocabulary"))
    np.testing.assert_array_equal(np.array(list(again.transform(TEXTS))), rows)
    assert again.max_document_length == 6 and next(again.transform(["lake"])).tolist() == [0] * 6
    (tmp_path / "pickled").write_bytes(pickle.dumps({"words": ["a"]}))
    with pytest.raises(ValueError, match="make it anew"):
        VocabularyProcessor.restore(str(tmp_path / "pickled"))


def test_keys_of_modes() -> None:
    keys = tf.contrib.learn.ModeKeys
    assert (keys.TRAIN, keys.EVAL, keys.INFER) == ("train", "eval", "infer")
    keys.validate("infer")
    with pytest.raises(ValueError, match="Invalid mode test"):
        keys.validate("test")
