"""The gallery: each program learns what it is about within a few steps, and its picture can be drawn."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

REPOSITORY = Path(__file__).parents[2]
PROGRAMS = sorted((REPOSITORY / "examples").glob("*.py"))


def _falls(share: float) -> Callable[[Any], bool]:
    """Whether the loss falls to so much of what it was."""
    return lambda result: np.mean(result.losses[-5:]) < share * np.mean(result.losses[:5])


# How many steps each program takes here, and what it must have learned by then.
LEARNS: dict[str, tuple[int, Callable[[Any], bool]]] = {
    "batch_normalization": (15, _falls(0.8)),
    "character_rnn": (60, _falls(0.5)),
    "convolutional_network": (30, _falls(0.6)),
    "deep_q_network": (110, lambda result: np.mean(result.losses[-10:]) < 0.5 * np.mean(result.losses[:10])),
    "denoising_autoencoder": (100, _falls(0.6)),
    "device_towers": (20, lambda result: _falls(0.5)(result) and np.allclose(result.losses, result.alone, rtol=1e-4)),
    "estimator_classifier": (80, lambda result: result.accuracy > 0.8),
    "fine_tuned_encoder": (100, _falls(0.7)),
    "freeze_and_serve": (100, lambda result: np.allclose(result.frozen, result.served) and _falls(0.5)(result)),
    "gaussian_mixture": (150, lambda result: np.allclose(result.means, [-2, 1, 3.5], atol=0.3)),
    "generative_adversarial_network": (400, lambda result: result.losses[-1] < 0.6 * result.losses[0]),
    "graph_convolution": (40, lambda result: result.accuracy > 0.8),
    "image_augmentation": (60, _falls(0.9)),
    "input_queues": (100, _falls(0.3)),
    "keras_classifier": (2, lambda result: result.accuracy > 0.7 and result.restored == result.accuracy),
    "kmeans": (30, lambda result: result.losses[-1] < 0.2 * result.losses[0] and result.iterations < 30),
    "logistic_regression": (200, lambda result: result.accuracy > 0.8),
    "matrix_factorization": (300, lambda result: result.error < 0.3),
    "multilayer_perceptron": (500, lambda result: result.accuracy > 0.8),
    "policy_gradient": (60, lambda result: np.mean(result.lengths[-10:]) > 1.3 * np.mean(result.lengths[:10])),
    "record_files": (40, _falls(0.8)),
    "recurrent_digits": (40, _falls(0.7)),
    "seq2seq_attention": (60, _falls(0.7)),
    "sequence_tagger": (30, _falls(0.5)),
    "slim_network": (20, _falls(0.7)),
    "style_transfer": (25, _falls(0.8)),
    "support_vector_machine": (100, lambda result: result.accuracy > 0.95),
    "variational_autoencoder": (100, _falls(0.5)),
    "wasserstein_gan": (250, _falls(0.5)),
    "word2vec": (400, lambda result: result.likeness > 0.7),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:A computation has been run with more than")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_of_the_gallery_learns(program: Path, tmp_path: Path) -> None:
    specification = importlib.util.spec_from_file_location(program.stem, program)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    steps, has_learned = LEARNS[program.stem]
    result = module.train(steps)
    assert all(np.isfinite(result.losses)) and has_learned(result), result
    module.draw(result, str(tmp_path / "picture.png"))
    assert np.ptp(np.asarray(Image.open(tmp_path / "picture.png").convert("L"))) > 100


def test_programs_of_the_gallery_are_short_and_shown() -> None:
    assert [program.stem for program in PROGRAMS] == sorted(LEARNS)
    shown = (REPOSITORY / "docs" / "gallery.md").read_text()
    for program in PROGRAMS:
        assert len(program.read_text().splitlines()) < 150, program
        assert f"(../examples/{program.name})" in shown and f"(gallery/{program.stem}.png)" in shown
        assert (REPOSITORY / "docs" / "gallery" / f"{program.stem}.png").exists()
