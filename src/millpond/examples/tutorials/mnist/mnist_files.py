"""Where the four MNIST files come from: a folder of the user's, the cache, the network, or the subset that ships.

The cache holds what was downloaded before for any program: `$XDG_CACHE_HOME/millpond/mnist`, by default
`~/.cache/millpond/mnist`; files can be put there by hand as well.

The digests are those of the *uncompressed* contents, so a mirror may have compressed the files in its own
way. Nothing is written before it was verified, and what is written appears under its name in one step.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

from millpond import errors
from millpond.formats.files import AtomicFile, file_errors
from millpond.formats.inflate import GZIP_WINDOW, InflateReader

DEFAULT_SOURCE_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"
SHIPPED_SUBSET = Path(__file__).parents[2] / "data" / "mnist"

TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"
TEST_IMAGES = "t10k-images-idx3-ubyte.gz"
TEST_LABELS = "t10k-labels-idx1-ubyte.gz"

# Where the files no longer are, though many programs say so.
_MOVED = {"http://yann.lecun.com/exdb/mnist", "https://yann.lecun.com/exdb/mnist"}
_TIMEOUT_SECONDS = 30
_GZIP_OVERHEAD = 1 << 16


class Contents(NamedTuple):
    """What a downloaded file must hold once it is uncompressed."""

    size: int
    sha256: str


CONTENTS = {
    TRAIN_IMAGES: Contents(47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    TRAIN_LABELS: Contents(60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    TEST_IMAGES: Contents(7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    TEST_LABELS: Contents(10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}


class Location(NamedTuple):
    """Where the four files are, by name; `problem` says why they are the shipped subset, or is None."""

    paths: dict[str, Path]
    problem: str | None


def cache() -> Path:
    """The folder of what was downloaded for any program."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "millpond" / "mnist"


def _present(name: str, *folders: Path) -> Path | None:
    """A file in the first of the folders that has it, compressed or not, under the names that people give it."""
    plain = name.removesuffix(".gz")
    for folder in folders:
        for spelling in (name, plain, plain.replace("-idx", ".idx"), name.replace("-idx", ".idx")):
            if (folder / spelling).is_file():
                return folder / spelling
    return None


def locate(train_dir: str | os.PathLike[str], source_url: str) -> Location:
    """Finds the four files: in `train_dir`, in the cache, or by downloading them into both.

    Args:
      train_dir: The user's folder; it is made when something is downloaded. Files that are there are taken as
        they are, so other data in MNIST's format can be put there.
      source_url: The address in front of the file names. What it serves must be MNIST.

    Returns:
      Where they are; the shipped subset together with the reason if the network cannot be reached.

    Raises:
      DataLossError: If what was downloaded is not the file it should be. Nothing is left in `train_dir`.
      NotFoundError: If the server was reached and does not serve the file.
    """
    directory = Path(train_dir)
    source = source_url.rstrip("/")
    source = DEFAULT_SOURCE_URL.rstrip("/") if source in _MOVED else source
    paths: dict[str, Path] = {}
    for name in CONTENTS:
        found = _present(name, directory, cache())
        paths[name] = found or directory / name
        if found is not None:
            continue
        url = f"{source}/{name}"
        try:
            data = _fetch(url, limit=CONTENTS[name].size)
        except urllib.error.HTTPError as error:
            raise errors.NotFoundError(
                None,
                None,
                f"{url} answered {error.code} ({error.reason}). Put {name} into {str(directory)!r} by hand, "
                "or pass the source_url of a mirror that has it.",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            shipped = {file: SHIPPED_SUBSET / file for file in CONTENTS}
            return Location(shipped, f"could not download {url} ({error})")
        _verify(name, data, url)
        _install(directory / name, data)
        _keep(name, data)
        print(f"Successfully downloaded {name} {len(data)} bytes.")
    return Location(paths, None)


def _fetch(url: str, limit: int) -> bytes:
    # More than the contents and gzip's own overhead is not the file we want; reading on would prove nothing.
    with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response:
        return response.read(limit + _GZIP_OVERHEAD)


def _verify(name: str, data: bytes, url: str) -> None:
    expected = CONTENTS[name]
    try:
        # The bound keeps a hostile file from filling the memory.
        contents = InflateReader(io.BytesIO(data), GZIP_WINDOW, url).read(expected.size + 1)
    except errors.DataLossError as error:
        raise _not_mnist(name, url, error.message.rstrip(".")) from None
    digest = hashlib.sha256(contents).hexdigest()
    if len(contents) != expected.size or digest != expected.sha256:
        found = f"{len(contents)} bytes" if len(contents) <= expected.size else "more"
        raise _not_mnist(name, url, f"it holds {found}, with sha256 {digest}")


def _not_mnist(name: str, url: str, found: str) -> errors.DataLossError:
    expected = CONTENTS[name]
    return errors.DataLossError(
        None,
        None,
        f"{url} is not MNIST's {name}: expected {expected.size} bytes with sha256 {expected.sha256} after "
        f"decompression; {found}. Nothing was saved. If the download was damaged, try again; if you want "
        "another data set of this format, put its four files into the folder by hand.",
    )


def _keep(name: str, data: bytes) -> None:
    try:
        _install(cache() / name, data)
    except errors.OpError as error:  # a home that cannot be written to: the next program downloads again
        print(f"{name} is not kept for other programs: {error.message}")


def _install(path: Path, data: bytes) -> None:
    with file_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    with AtomicFile(path) as file:
        file.write(data)
        file.publish()
