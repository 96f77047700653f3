"""What the framework tells the user: Python's logger `millpond`.

Lines look as TensorFlow 1 prints them (`INFO:tensorflow:...`), on stderr, from INFO on; programs and log filters
written for it keep working. Configure it as any logger: `logging.getLogger("millpond").setLevel("ERROR")`.
"""

import logging

LOGGER = logging.getLogger("millpond")


def _attach() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s:tensorflow:%(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


if not LOGGER.handlers:
    _attach()

info = LOGGER.info
warning = LOGGER.warning
