"""How values become tensors."""

from __future__ import annotations

import pytest

import millpond as tf


class Celsius:
    def __init__(self, degrees: float) -> None:
        self.degrees = degrees


def test_a_class_of_the_users_own() -> None:
    tf.register_tensor_conversion_function(
        Celsius, lambda value, dtype=None, name=None, as_ref=False: tf.constant(value.degrees, dtype, name=name))
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.add(Celsius(20.0), 2.0)) == 22.0


@pytest.mark.parametrize("base_type", [5, (Celsius, "Celsius")])
def test_a_conversion_is_for_classes(base_type: object) -> None:
    with pytest.raises(TypeError, match="base_type must be a class or a tuple of classes"):
        tf.register_tensor_conversion_function(base_type, lambda value, **_: NotImplemented)


def test_a_conversion_is_a_function() -> None:
    with pytest.raises(TypeError, match="conversion_func must be a function, got 5"):
        tf.register_tensor_conversion_function(Celsius, 5)


@pytest.mark.parametrize("returned", [3.0, None, "text"])
def test_a_conversion_gives_a_tensor(returned: object) -> None:
    class Strange:
        pass

    tf.register_tensor_conversion_function(Strange, lambda value, dtype=None, name=None, as_ref=False: returned)
    with tf.Graph().as_default():
        for use in (tf.convert_to_tensor, tf.identity, lambda value: tf.add(1.0, value)):
            with pytest.raises(RuntimeError, match="for Strange returned a .*must return a Tensor or NotImplemented"):
                use(Strange())
