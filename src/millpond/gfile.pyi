"""`tf.gfile`: files and folders, local or remote."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.formats.gfile import (
    GFile,
    GFile as FastGFile,
    GFile as Open,
)
from millpond.namespaces.gfile import (
    Copy,
    DeleteRecursively,
    Exists,
    Glob,
    IsDirectory,
    ListDirectory,
    MakeDirs,
    MkDir,
    Remove,
    Rename,
    Stat,
    Walk,
)

__all__ = [
    "Copy",
    "DeleteRecursively",
    "Exists",
    "FastGFile",
    "GFile",
    "Glob",
    "IsDirectory",
    "ListDirectory",
    "MakeDirs",
    "MkDir",
    "Open",
    "Remove",
    "Rename",
    "Stat",
    "Walk",
]
