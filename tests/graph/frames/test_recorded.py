"""Graphs that TensorFlow wrote with the control flow of its first version give the values that it gave."""

from __future__ import annotations

import numpy as np
import pytest
from recorded_graphs import RECORDED, graph_def_of

import millpond as tf


@pytest.mark.parametrize("name", RECORDED)
def test_graphs_of_tensorflow_1_give_its_values(name: str, tier: str, default_graph: tf.Graph) -> None:
    recorded = RECORDED[name]
    tf.import_graph_def(graph_def_of(name), name="")
    with tf.Session() as sess:
        if recorded["initializer"]:
            sess.run("init")
        for feeds, expected in recorded["runs"]:
            found = sess.run(recorded["fetches"], feeds)
            for tensor, one, other in zip(recorded["fetches"], found, expected, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5, err_msg=tensor)
