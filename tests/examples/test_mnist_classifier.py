"""`millpond demo` as a newcomer runs it: what it says, and what it leaves for TensorBoard."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import millpond as tf
from millpond.examples.tutorials.mnist import input_data

pytestmark = pytest.mark.slow

LAYERS = ("fc1", "fc2", "fc3")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A short run of the command, and the folder that it wrote."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "millpond.tools.command_line", "demo", "--steps", "101", "--logdir", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True), folder


def values_of(folder: Path) -> dict[str, list[Any]]:
    """The summary values of the only event file, by tag."""
    (file,) = (folder / "summary").iterdir()
    found: dict[str, list[Any]] = {}
    for event in tf.train.summary_iterator(str(file)):
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value))
    return found


def test_it_says_which_data_it_uses_and_how_far_all_of_mnist_would_get(
    demo: tuple[subprocess.CompletedProcess[str], Path]
) -> None:
    said = demo[0].stdout
    assert "Data: the subset of MNIST that ships with Millpond: 9,000 training and 2,000 test images." in said
    assert "All 55,000 training images of MNIST get further: 2,000 steps to about 0.92, 20,000 steps to 0.96." in said
    assert "demo --data-dir MNIST_data --steps 20000" in said


def test_the_bar_says_that_it_compiles_before_the_first_step(
    demo: tuple[subprocess.CompletedProcess[str], Path]
) -> None:
    drawn = demo[0].stderr.replace("\r", "\n").splitlines()
    compiling = [i for i, line in enumerate(drawn) if line.endswith("compiling]")]
    measured = [i for i, line in enumerate(drawn) if "test accuracy" in line]
    assert compiling and measured and compiling[-1] < measured[0]
    assert all(" 0/101 " in drawn[i] for i in compiling)


def test_its_log_has_curves_histograms_and_images_of_digits(
    demo: tuple[subprocess.CompletedProcess[str], Path]
) -> None:
    values = values_of(demo[1])
    for tag in ("accuracy", "loss"):
        assert [step for step, _ in values[tag]] == [0, 100]
    for layer, rows in zip(LAYERS, (28 * 28, 500, 100), strict=True):
        for kind, count in ((f"weights/{layer}", rows * {"fc1": 500, "fc2": 100, "fc3": 10}[layer]),
                            (f"biases/{layer}", {"fc1": 500, "fc2": 100, "fc3": 10}[layer])):
            assert [step for step, _ in values[kind]] == [0, 100]
            assert values[kind][-1][1].histo.num == count
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, validation_size=1000).test.images
    for i in range(10):
        ((_, value),) = values[f"test_digits/image/{i}"]
        with Image.open(io.BytesIO(value.image.encoded_image_string)) as picture:
            shown = np.asarray(picture)
        # A summary stretches an image to the whole range of grey: the brightest pixel is white.
        expected = digits[i].reshape(28, 28) / digits[i].max() * 255
        assert np.abs(shown.astype(float) - expected).max() <= 1
