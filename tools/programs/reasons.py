"""Why something fails, in few words: the same for all that fails for the same reason."""

from __future__ import annotations

import re

# What an error says: what is missing.
_KNOWN = (
    (r"planned with ([^(;\n]+?) \(see docs", r"\1, planned"),
    (r"GradientTape|eager execution", "eager execution, left out"),
    (r"Saver\(write_version=V1\)", "writing checkpoints of the first format"),
    (r"tf\.(\S+) is part of TensorFlow 1 and left out", r"tf.\1, left out"),
    (r"'?((?:tensorflow|tf)\.(?:python|core)\.[\w.]+?)'?(?: has no attribute '(\w+)'| was inside)", r"\1 \2, inside"),
    (r"No module named '?([\w.]+)'?", r"no module \1"),
    (r"cannot import name '(\w+)' from '([\w.]+)'", r"\2.\1"),
)


def short(message: str) -> str:
    """The reason in an error's message.

    Example:
      >>> short("AttributeError: tf.data is part of TensorFlow 1 and not in Millpond yet; it is planned with queues, "
      ...       "readers, and tf.data (see docs/compatibility.md).")
      'queues, readers, and tf.data, planned'
      >>> short("AssertionError: 1 != 2 : the\\nnumbers differ")
      'AssertionError: 1 != 2 : the'
    """
    for pattern, reason in _KNOWN:
        found = re.search(pattern, message)
        if found is not None:
            return found.expand(reason).replace(" ,", ",").strip()
    lines = [line for line in message.strip().splitlines() if line.strip()]
    first = lines[0] if lines else "no message"
    return re.sub(r"0x[0-9a-f]+|/\S+", "...", first)[:100]
