"""`tf.contrib.lookup`: tables from keys to values."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.lookup.initializers import (
    KeyValueTensorInitializer,
    TableInitializer as TableInitializerBase,
    TextFileIdTableInitializer,
    TextFileIndex,
    TextFileInitializer,
    TextFileStringTableInitializer,
)
from millpond.ops.lookup.lookup_tables import (
    FastHashSpec,
    HashTable,
    HasherSpec,
    IdTableWithHashBuckets,
    LookupInterface,
    MutableHashTable,
    StrongHashSpec,
    index_table_from_file,
    index_table_from_tensor,
    index_to_string_table_from_file,
    index_to_string_table_from_tensor,
)

__all__ = [
    "FastHashSpec",
    "HashTable",
    "HasherSpec",
    "IdTableWithHashBuckets",
    "KeyValueTensorInitializer",
    "LookupInterface",
    "MutableHashTable",
    "StrongHashSpec",
    "TableInitializerBase",
    "TextFileIdTableInitializer",
    "TextFileIndex",
    "TextFileInitializer",
    "TextFileStringTableInitializer",
    "index_table_from_file",
    "index_table_from_tensor",
    "index_to_string_table_from_file",
    "index_to_string_table_from_tensor",
]
