"""Hyperparameters of `tf.contrib.training`: how they are given, read from text, and kept to their types."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import millpond as tf


def _hparams() -> Any:
    return tf.contrib.training.HParams(rate=0.1, steps=10, layers=[64, 32], name="a", fast=True, nothing=None)


def test_a_command_line_sets_values_of_each_type() -> None:
    hparams = _hparams()
    assert hparams.parse("rate=2, steps=3,layers=[1, 2,3],name=b c,fast=false") is hparams
    assert hparams.values() == {"rate": 2.0, "steps": 3, "layers": [1, 2, 3], "name": "b c", "fast": False,
                                "nothing": None}
    assert type(hparams.rate) is float
    assert hparams.parse("layers[1]=9,layers[0]=8").layers == [8, 9, 3]
    assert hparams.parse("fast=1").fast is True
    assert hparams.parse("").steps == 3


@pytest.mark.parametrize("text, message", [
    ("unknown=1", "Unknown hyperparameter type for unknown"),
    ("steps=1.5", "Could not parse hparam 'steps' of type 'int' with value '1.5'"),
    ("fast=yes", "Could not parse hparam 'fast'"),
    ("steps=1,steps=2", "Multiple assignments to the hyperparameter steps"),
    ("layers[0]=1,layers[0]=2", r"Multiple assignments to the hyperparameter layers\[0\]"),
    ("layers[0]=[1,2]", "A list was assigned to one element"),
    ("layers[7]=1", "has 2 values, so there is none at 7"),
    ("steps", "Malformed hyperparameter value: 'steps'"),
    ("steps=", "No value was assigned"),
    ("steps=[1,2]", "Must not pass a list for single-valued parameter: steps"),
    ("layers=3", "Must pass a list for multi-valued parameter: layers"),
])
def test_what_does_not_fit_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _hparams().parse(text)


@pytest.mark.parametrize("name, value", [
    ("steps", 1.5), ("steps", True), ("fast", 1), ("name", 3), ("rate", "3"), ("layers", [1.5])])
def test_values_keep_their_types(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"Could not cast hparam '{name}'"):
        _hparams().set_hparam(name, value)
    with pytest.raises(KeyError):
        _hparams().set_hparam("unknown", value)


def test_json_goes_both_ways() -> None:
    hparams = _hparams()
    text = hparams.to_json(sort_keys=True)
    assert text == '{"fast": true, "layers": [64, 32], "name": "a", "nothing": null, "rate": 0.1, "steps": 10}'
    other = tf.contrib.training.HParams(rate=0.0, steps=0, layers=[0], name="", fast=False, nothing=None)
    assert other.parse_json(text).values() == hparams.values()
    hparams.add_hparam("function", len)
    assert hparams.to_json(sort_keys=True) == text


def test_hyperparameters_come_and_go() -> None:
    hparams = _hparams()
    assert "steps" in hparams and "other" not in hparams
    assert hparams.get("steps") == 10 and hparams.get("other", 5) == 5
    with pytest.raises(ValueError, match="default of the hyperparameter 'steps'"):
        hparams.get("steps", [1])
    hparams.del_hparam("steps")
    assert "steps" not in hparams
    with pytest.raises(AttributeError, match="no attribute 'steps'. The hyperparameters are fast, "):
        _ = hparams.steps
    for name, value, message in [("rate", 1, "name is reserved: rate"), ("parse", 1, "name is reserved: parse"),
                                 ("empty", [], "cannot be empty: empty")]:
        with pytest.raises(ValueError, match=message):
            hparams.add_hparam(name, value)
    assert repr(tf.contrib.training.HParams(b=1, a="x")) == "HParams([('a', 'x'), ('b', 1)])"


def test_copies_are_their_own() -> None:
    hparams = _hparams()
    for other in (copy.deepcopy(hparams), pickle.loads(pickle.dumps(hparams))):
        other.layers[0] = 1
        other.steps = 2
        assert hparams.layers == [64, 32] and hparams.steps == 10
        assert other.values().keys() == hparams.values().keys()
