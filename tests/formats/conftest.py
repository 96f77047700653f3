"""What the tests of the file formats share: files that TensorFlow wrote, and ways to damage them."""

import pathlib
import random
import tracemalloc
from contextlib import contextmanager

import pytest

from millpond.errors import DataLossError


@pytest.fixture(scope="session")
def tensorflow_files():
    """The folder of files that `tests/data/make_tensorflow_files.py` made."""
    return pathlib.Path(__file__).parent.parent / "data" / "tensorflow"


@pytest.fixture
def little_memory():
    """A context that fails if more than 8 MiB are allocated inside it at once."""

    @contextmanager
    def limit():
        tracemalloc.start()
        try:
            yield
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 8 << 20, f"{peak} bytes were allocated"

    return limit


@pytest.fixture
def refuses_damage(little_memory):
    """Damages a file in many ways: reading it must fail properly, or give the right value all the same."""

    def check(path, read, is_right, flips=400, seed=7):
        """Truncates the file to every length and flips random bits.

        Args:
            path: The file; it is restored at the end.
            read: Reads it.
            is_right: Whether what `read` returned is acceptable (bytes that mean nothing may have changed).
            flips: Number of single bits to flip.
            seed: Of the choice of bits.
        """
        content = path.read_bytes()
        random_bits = random.Random(seed)
        versions = [content[:length] for length in range(len(content))]
        for _ in range(flips):
            flipped = bytearray(content)
            bit = random_bits.randrange(8 * len(content))
            flipped[bit // 8] ^= 1 << bit % 8
            versions.append(bytes(flipped))
        refused = 0
        with little_memory():
            for version in versions:
                path.write_bytes(version)
                try:
                    value = read()
                except DataLossError as error:
                    assert str(path.with_suffix("")) in str(error), f"{error} does not name {path}"
                    assert error.message.endswith("."), error.message
                    refused += 1
                else:
                    assert is_right(value), f"wrong value from {version!r:.300}"
        path.write_bytes(content)
        return refused / len(versions)

    return check
