"""`tf.compat.v1`: all that `tf` has."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond import *
