"""`tf.gfile`: files and folders, local or remote."""

from millpond.formats.filesystem import copy as Copy
from millpond.formats.filesystem import exists as Exists
from millpond.formats.filesystem import glob as Glob
from millpond.formats.filesystem import is_directory as IsDirectory
from millpond.formats.filesystem import list_directory as ListDirectory
from millpond.formats.filesystem import make_directories as MakeDirs
from millpond.formats.filesystem import make_directory as MkDir
from millpond.formats.filesystem import remove as Remove
from millpond.formats.filesystem import remove_tree as DeleteRecursively
from millpond.formats.filesystem import rename as Rename
from millpond.formats.filesystem import stat as Stat
from millpond.formats.filesystem import walk as Walk
from millpond.formats.gfile import GFile
from millpond.formats.gfile import GFile as FastGFile
from millpond.formats.gfile import GFile as Open

__all__ = [
    "Copy", "DeleteRecursively", "Exists", "FastGFile", "GFile", "Glob", "IsDirectory", "ListDirectory", "MakeDirs",
    "MkDir", "Open", "Remove", "Rename", "Stat", "Walk",
]
