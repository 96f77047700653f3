"""A program finds the files that lie beside it."""

from __future__ import annotations

import os

import pytest

import millpond as tf

HERE = os.path.dirname(os.path.abspath(__file__))


def test_files_beside_the_module() -> None:
    assert tf.resource_loader.get_data_files_path() == HERE
    assert tf.resource_loader.get_root_dir_with_all_resources() == HERE
    assert tf.resource_loader.get_path_to_datafile("data/x.csv") == os.path.join(HERE, "data/x.csv")
    assert b"lie beside it" in tf.resource_loader.load_resource(os.path.basename(__file__))
    assert tf.resource_loader.readahead_file_path("x", "1M") == "x"
    with pytest.raises(tf.errors.NotFoundError, match="missing.txt cannot be read: No such file"):
        tf.resource_loader.load_resource("missing.txt")


def test_versions_of_what_is_written() -> None:
    assert (tf.GRAPH_DEF_VERSION, tf.GRAPH_DEF_VERSION_MIN_CONSUMER, tf.version.GRAPH_DEF_VERSION_MIN_PRODUCER) == (
        tf.Graph().as_graph_def().versions.producer, 0, 0)
    assert isinstance(tf.COMPILER_VERSION, str) and tf.CXX11_ABI_FLAG == tf.MONOLITHIC_BUILD == 0
