"""`tf.resource_loader`: files that lie beside the module that asks for them."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.namespaces.resource_loader import (
    get_data_files_path,
    get_path_to_datafile,
    get_root_dir_with_all_resources,
    load_resource,
    readahead_file_path,
)

__all__ = [
    "get_data_files_path",
    "get_path_to_datafile",
    "get_root_dir_with_all_resources",
    "load_resource",
    "readahead_file_path",
]
