"""What the framework tells the user: Python's logger `millpond`.

Lines look as TensorFlow 1 prints them (`INFO:tensorflow:...`), on stderr, from INFO on; programs and log
filters written for it keep working. Configure it as any logger:
`logging.getLogger("millpond").setLevel("ERROR")`, or through `tf.logging`.
"""

import logging
import sys
from typing import TextIO

LOGGER = logging.getLogger("millpond")


class _StandardErrorHandler(logging.StreamHandler[TextIO]):
    """Writes to what `sys.stderr` is at that moment: notebooks and test runners exchange it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def _attach() -> None:
    handler = _StandardErrorHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s:tensorflow:%(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


if not LOGGER.handlers:
    _attach()

debug = LOGGER.debug
info = LOGGER.info
warning = LOGGER.warning
error = LOGGER.error
