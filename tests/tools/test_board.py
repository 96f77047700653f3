"""`millpond board`: the real TensorBoard, which shows embeddings without TensorFlow."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.summary import projector

pytestmark = pytest.mark.slow


class Board:
    """A running board: asks for pages, and tells afterwards what it wrote to the terminal."""

    def __init__(self, process: subprocess.Popen[bytes], address: str) -> None:
        self._process = process
        self._address = address
        self.said = ""

    def ask(self, page: str, **query: str) -> bytes:
        url = f"{self._address}/data/{page}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=300) as answer:
            return answer.read()

    def ask_json(self, page: str, **query: str) -> Any:
        return json.loads(self.ask(page, **query))

    def wait(self) -> None:
        deadline = time.monotonic() + 300
        while True:
            with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(self._address, timeout=300):
                return
            assert self._process.poll() is None and time.monotonic() < deadline, "the board did not start"
            time.sleep(0.1)

    def stop(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        try:
            self.said = self._process.communicate(timeout=300)[0].decode()
        finally:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def board_on_free_port(logdir: Path) -> Iterator[Board]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "millpond.tools.command_line", "board", "--logdir", str(logdir), "--port", str(port),
         "--host", "127.0.0.1"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    board = Board(process, f"http://127.0.0.1:{port}")
    try:
        board.wait()
        yield board
    finally:
        board.stop()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def write_run(folder: Path, words: np.ndarray) -> None:
    """A run with a checkpoint of word vectors, and their configuration for the projector."""
    table = tf.Variable(words, name="words")
    tf.Variable([0.0, 0.0, 0.0], name="bias")  # no matrix: nothing that the projector could show
    with tf.Session() as sess, tf.summary.FileWriter(folder) as writer:
        sess.run(tf.global_variables_initializer())
        (folder / "words.tsv").write_text("".join(f"word {i}\n" for i in range(len(words))))
        config = projector.ProjectorConfig()
        config.embeddings.add(tensor_name=table.name, metadata_path="words.tsv")
        projector.visualize_embeddings(writer, config)
        tf.train.Saver().save(sess, folder / "model.ckpt", global_step=7)


def test_board_is_the_real_tensorboard(tmp_path: Path) -> None:
    with board_on_free_port(tmp_path) as board:
        environment = board.ask_json("environment")
        plugins = board.ask_json("plugins_listing")
    assert environment["data_location"] == str(tmp_path)
    assert "version" in environment
    assert {"scalars", "graphs", "histograms", "projector"} <= set(plugins)
    assert "at http://127.0.0.1:" in board.said
    assert "TensorFlow" not in board.said.replace("github.com/tensorflow", "")


def test_the_projector_shows_the_embeddings_of_a_checkpoint(tmp_path: Path) -> None:
    words = np.arange(20, dtype=np.float32).reshape(5, 4) / 8
    write_run(tmp_path, words)
    with board_on_free_port(tmp_path) as board:
        assert board.ask_json("plugin/projector/runs") == ["."]
        info = board.ask_json("plugin/projector/info", run=".")
        vectors = board.ask("plugin/projector/tensor", run=".", name="words")
        labels = board.ask("plugin/projector/metadata", run=".", name="words")
        assert board.ask("plugin/projector/tensor", run=".", name="words", num_rows="2") == words[:2].tobytes()
        with pytest.raises(urllib.error.HTTPError, match="400") as refused:
            board.ask("plugin/projector/tensor", run=".", name="wrods")
        assert b'Tensor "wrods" not found' in refused.value.read()
    assert info["modelCheckpointPath"] == str(tmp_path / "model.ckpt-7")
    assert info["embeddings"] == [{"tensorName": "words", "tensorShape": [5, 4], "metadataPath": "words.tsv"}]
    np.testing.assert_array_equal(np.frombuffer(vectors, np.float32).reshape(5, 4), words)
    assert labels.decode().splitlines() == [f"word {i}" for i in range(5)]


def test_a_damaged_checkpoint_leaves_the_board_running(tmp_path: Path) -> None:
    write_run(tmp_path, np.ones([3, 2], np.float32))
    (tmp_path / "model.ckpt-7.index").write_bytes(b"no table")
    with board_on_free_port(tmp_path) as board:
        assert board.ask_json("plugin/projector/runs") == ["."]
        assert "projector" in board.ask_json("plugins_listing")
    assert "Failed reading" in board.said
