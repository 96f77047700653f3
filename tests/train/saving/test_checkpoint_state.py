"""The state file of a folder of checkpoints, whole and damaged."""

from __future__ import annotations

import pathlib

import pytest

import millpond as tf


@pytest.mark.parametrize("content", [b"", b"\n", b'all_model_checkpoint_paths: "a"\n', b"\xff\xfe garbage",
                                     b'model_checkpoint_path: "a\xff"'])
def test_a_state_file_that_names_no_checkpoint(tmp_path: pathlib.Path, content: bytes) -> None:
    (tmp_path / "checkpoint").write_bytes(content)
    for read in (tf.train.get_checkpoint_state, tf.train.latest_checkpoint, tf.train.list_variables):
        with pytest.raises(ValueError, match=f"Invalid checkpoint state loaded from {tmp_path}: ") as caught:
            read(tmp_path)
        assert not isinstance(caught.value, UnicodeError)


@pytest.mark.parametrize("content", [b"garbage", b'model_checkpoint_path: "a', b'model_checkpoint_path: "\\377"',
                                     b'model_checkpoint_path: "a"\x00'])
def test_a_state_file_that_is_no_message_counts_as_none(tmp_path: pathlib.Path, content: bytes) -> None:
    (tmp_path / "checkpoint").write_bytes(content)
    assert tf.train.get_checkpoint_state(tmp_path) is None
    assert tf.train.latest_checkpoint(tmp_path) is None


def test_a_folder_that_cannot_be_looked_into_has_no_state(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "checkpoint").mkdir()
    for folder in (tmp_path, tmp_path / "file", tmp_path / "nothing"):
        assert tf.train.get_checkpoint_state(folder) is None
        assert tf.train.latest_checkpoint(folder) is None


def test_a_path_with_a_zero_byte_leads_nowhere(tmp_path: pathlib.Path) -> None:
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "a\\000b"')
    assert tf.train.get_checkpoint_state(tmp_path).model_checkpoint_path == f"{tmp_path}/a\0b"
    assert tf.train.latest_checkpoint(tmp_path) is None
