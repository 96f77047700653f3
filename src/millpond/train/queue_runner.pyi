"""`tf.train.queue_runner`: threads that fill queues."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.train.sessions.queue_runner import (
    QueueRunner,
    add_queue_runner,
    start_queue_runners,
)

__all__ = [
    "QueueRunner",
    "add_queue_runner",
    "start_queue_runners",
]
