"""`tf.io.gfile`: what `tf.gfile` has, under later names."""

from millpond.formats.filesystem import (
    copy, exists, glob, is_directory as isdir, list_directory as listdir, make_directories as makedirs,
    make_directory as mkdir, remove, remove_tree as rmtree, rename, stat,
)
from millpond.formats.filesystem import walk as _walk
from millpond.formats.gfile import GFile

__all__ = [
    "GFile", "copy", "exists", "glob", "isdir", "listdir", "makedirs", "mkdir", "remove", "rename", "rmtree", "stat",
    "walk",
]


def walk(top, topdown=True, onerror=None):
    """Goes through a folder and all below it; yields its path, the names of its folders and of its files."""
    return _walk(top, topdown, onerror)
