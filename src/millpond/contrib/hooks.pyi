"""`tf.contrib.hooks`: hooks of monitored sessions."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.train.hooks.basic_hooks import (
    ProfilerHook,
)

__all__ = [
    "ProfilerHook",
]
