"""`tf.io.gfile`: what `tf.gfile` has, under later names."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.formats.filesystem import (
    copy,
    exists,
    glob,
    is_directory as isdir,
    join,
    list_directory as listdir,
    make_directories as makedirs,
    make_directory as mkdir,
    remove,
    remove_tree as rmtree,
    rename,
    stat,
    walk,
)
from millpond.formats.gfile import (
    GFile,
)

__all__ = [
    "GFile",
    "copy",
    "exists",
    "glob",
    "isdir",
    "join",
    "listdir",
    "makedirs",
    "mkdir",
    "remove",
    "rename",
    "rmtree",
    "stat",
    "walk",
]
