"""`tf.compat`: text and bytes."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

import millpond as tf


def test_text_and_bytes_become_each_other() -> None:
    for given in ("h\u00e9", "h\u00e9".encode(), bytearray("h\u00e9".encode())):
        assert tf.compat.as_bytes(given) == "h\u00e9".encode()
        assert tf.compat.as_text(given) == tf.compat.as_str(given) == "h\u00e9"
    assert tf.compat.as_bytes("\u00e9", "latin-1") == b"\xe9" and tf.compat.as_text(b"\xe9", "latin-1") == "\u00e9"


@pytest.mark.parametrize("convert", [tf.compat.as_bytes, tf.compat.as_text, tf.compat.as_str])
def test_anything_else_is_refused(convert: object) -> None:
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
        convert(3)


def test_any_value_can_be_printed() -> None:
    assert [tf.compat.as_str_any(value) for value in (3, b"a", "a", None)] == ["3", "a", "a", "None"]
    assert tf.compat.path_to_str(pathlib.Path("a") / "b") == str(pathlib.Path("a") / "b")
    assert tf.compat.path_to_str(3) == 3


def test_types_for_isinstance() -> None:
    assert isinstance(np.int64(1), tf.compat.integral_types) and not isinstance(1.5, tf.compat.integral_types)
    assert isinstance(np.float32(1), tf.compat.real_types) and not isinstance(1j, tf.compat.real_types)
    assert isinstance(1j, tf.compat.complex_types) and isinstance(b"", tf.compat.bytes_or_text_types)
    assert tf.compat.dimension_value(tf.Dimension(3)) == 3
    assert tf.compat.dimension_at_index(tf.TensorShape([2, 5]), 1).value == 5
