"""`tf.lookup`: tables from keys to values."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.lookup.initializers import (
    KeyValueTensorInitializer,
    TextFileIndex,
    TextFileInitializer,
)
from millpond.ops.lookup.lookup_tables import (
    StaticHashTable,
    StaticVocabularyTable,
)

__all__ = [
    "KeyValueTensorInitializer",
    "StaticHashTable",
    "StaticVocabularyTable",
    "TextFileIndex",
    "TextFileInitializer",
]
