"""`tf.contrib.learn.ModeKeys`."""

from __future__ import annotations


class ModeKeys:
    """What a model function is called for."""

    TRAIN = "train"
    EVAL = "eval"
    INFER = "infer"

    @classmethod
    def validate(cls, key: str) -> None:
        """Raises ValueError unless a text is one of the keys."""
        if key not in (cls.TRAIN, cls.EVAL, cls.INFER):
            raise ValueError(f"Invalid mode {key}: use one of {cls.TRAIN}, {cls.EVAL}, {cls.INFER}.")
