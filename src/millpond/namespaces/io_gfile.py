"""`tf.io.gfile`: what `tf.gfile` has, under later names."""

from millpond.formats.filesystem import copy, exists, glob, join, remove, rename, stat, walk
from millpond.formats.filesystem import is_directory as isdir
from millpond.formats.filesystem import list_directory as listdir
from millpond.formats.filesystem import make_directories as makedirs
from millpond.formats.filesystem import make_directory as mkdir
from millpond.formats.filesystem import remove_tree as rmtree
from millpond.formats.gfile import GFile

__all__ = [
    "GFile", "copy", "exists", "glob", "isdir", "join", "listdir", "makedirs", "mkdir", "remove", "rename", "rmtree",
    "stat", "walk",
]
