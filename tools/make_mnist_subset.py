"""Makes the subset of MNIST that ships with the package, from the four full files.

Keeps the first images of each digit, in their original order. The result is the same, byte for byte, whenever
it runs with the same zlib.

    python tools/make_mnist_subset.py FOLDER_OF_ALL_OF_MNIST src/millpond/examples/data/mnist
"""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

import numpy as np

from millpond.formats import idx

KEPT_PER_DIGIT = {"train": 1000, "t10k": 200}


def write_gzipped_idx(path: Path, array: np.ndarray) -> None:
    """Writes a uint8 array: magic number with type 8 and the rank, big-endian sizes, then the bytes."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(header + array.tobytes(), 9, mtime=0))
    print(f"{path}: {array.shape}, {path.stat().st_size:,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, help="folder of the four full files")
    parser.add_argument("target", type=Path, help="folder to write the four small files to")
    arguments = parser.parse_args()
    arguments.target.mkdir(parents=True, exist_ok=True)

    for part, kept in KEPT_PER_DIGIT.items():
        images_name, labels_name = f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"
        images = idx.read_idx(arguments.source / images_name)
        labels = idx.read_idx(arguments.source / labels_name)
        rows = np.sort(np.concatenate([np.flatnonzero(labels == digit)[:kept] for digit in range(10)]))
        write_gzipped_idx(arguments.target / images_name, images[rows])
        write_gzipped_idx(arguments.target / labels_name, labels[rows])


if __name__ == "__main__":
    main()
