"""Names of what a model is run for, and of what a SavedModel keeps of each."""

from __future__ import annotations

from millpond.saved_model import signature_constants, tag_constants


class EstimatorModeKeys:
    """What an estimator's model function is called for.

    Example:
      >>> import millpond as tf
      >>> tf.estimator.ModeKeys.TRAIN, tf.estimator.ModeKeys.EVAL, tf.estimator.ModeKeys.PREDICT
      ('train', 'eval', 'infer')
    """

    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"


class KerasModeKeys:
    """What a Keras model is called for."""

    TRAIN = "train"
    TEST = "test"
    PREDICT = "predict"


_KINDS = {EstimatorModeKeys.TRAIN: "train", KerasModeKeys.TEST: "eval", EstimatorModeKeys.EVAL: "eval",
          KerasModeKeys.PREDICT: "predict", EstimatorModeKeys.PREDICT: "predict"}
_SIGNATURES = {"train": "train", "eval": "eval", "predict": signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY}
_TAGS = {"train": [tag_constants.TRAINING], "eval": ["eval"], "predict": [tag_constants.SERVING]}

# Mode: the key of its signature, and the tags of its graph.
SIGNATURE_KEY_MAP = {mode: _SIGNATURES[kind] for mode, kind in _KINDS.items()}
EXPORT_TAG_MAP = {mode: _TAGS[kind] for mode, kind in _KINDS.items()}
