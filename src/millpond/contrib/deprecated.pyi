"""`tf.contrib.deprecated`: summaries under the names of releases before 1.0."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.compat.pre_one import (
    audio_summary,
    histogram_summary,
    image_summary,
    merge_all_summaries,
    merge_summary,
    scalar_summary,
)

__all__ = [
    "audio_summary",
    "histogram_summary",
    "image_summary",
    "merge_all_summaries",
    "merge_summary",
    "scalar_summary",
]
