"""FileWriter: event files of a run, for TensorBoard."""

from __future__ import annotations

import threading
import time
import warnings
import weakref
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import numpy as np
from tensorboard.compat.proto import event_pb2, graph_pb2, meta_graph_pb2, summary_pb2

from millpond.formats.events import EventFile, read_events
from millpond.formats.files import PathLike
from millpond.graph import metagraph, stacks
from millpond.graph.graph import Graph
from millpond.summary.event_queue import EventQueue


class FileWriter:
    """Writes summaries, graphs and other events to an event file in a folder, from a thread of its own.

    A context manager, which closes it. What was added is written at the latest when the program ends.

    Args:
      logdir: The folder; made if it does not exist.
      graph: A graph to write at once, so that TensorBoard shows it.
      max_queue: So many events may wait to be written before the `add` methods do.
      flush_secs: The file is brought up to date at least so often.
      graph_def: A `GraphDef` in place of `graph` (deprecated).
      filename_suffix: End of the file's name.
      session: Not supported: summaries that are written by ops of the graph.

    Raises:
      NotImplementedError: If there is a `session`.
      ValueError: If there are both a `graph` and a `graph_def`.
      TypeError: If the graph is none.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tempfile.TemporaryDirectory() as folder, tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.summary.scalar("loss", 0.5)
      ...     with tf.summary.FileWriter(folder, sess.graph) as writer:
      ...         writer.add_summary(sess.run(loss), global_step=7)
      ...         writer.flush()
      ...         *_, last = tf.train.summary_iterator(writer.event_file)
      ...     print(last.step, last.summary.value[0].simple_value)
      7 0.5
    """

    def __init__(
        self,
        logdir: PathLike,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ) -> None:
        if session is not None:
            raise NotImplementedError("FileWriter(session=...): summaries written by ops of the graph")
        self._logdir = logdir
        self._max_queue, self._flush_secs = max_queue, flush_secs
        self._suffix = filename_suffix or ""
        self._lock = threading.Lock()
        self._plugins_seen: set[str] = set()
        self._run_tags: set[str] = set()
        self._open()
        if graph is not None or graph_def is not None:
            self.add_graph(graph, graph_def=graph_def)
            given = graph_def if graph_def is not None else graph
            definition = given.as_graph_def(add_shapes=True) if isinstance(given, Graph) else given
            self.add_meta_graph(metagraph.create(graph_def=definition))

    def _open(self) -> None:
        self._queue = EventQueue(EventFile(self._logdir, self._suffix), self._max_queue, self._flush_secs)
        # Programs that never close their writer find everything in the file all the same.
        self._finalizer = weakref.finalize(self, self._queue.close)

    @property
    def _closed(self) -> bool:
        return not self._finalizer.alive

    @property
    def event_file(self) -> str:
        """Name of the event file."""
        return self._queue.path

    def get_logdir(self) -> PathLike:
        """The folder that the writer was made for."""
        return self._logdir

    def add_summary(self, summary: Any, global_step: int | None = None) -> None:
        """Writes a summary.

        Args:
          summary: A `Summary` message, or its bytes (what `sess.run` of a summary gives). Metadata of a tag
            is written with its first summary only.
          global_step: The step that it belongs to.
        """
        event = event_pb2.Event()
        if isinstance(summary, bytes):
            event.summary.ParseFromString(summary)
        elif isinstance(summary, summary_pb2.Summary):
            event.summary.CopyFrom(summary)
        else:
            raise TypeError(
                f"add_summary takes a Summary message or its bytes, got {type(summary).__name__}: fetch "
                "the summary tensor with sess.run first."
            )
        for value in event.summary.value:
            if value.HasField("metadata"):
                if value.tag in self._plugins_seen:
                    value.ClearField("metadata")
                else:
                    self._plugins_seen.add(value.tag)
        event.summary.SetInParent()
        self._add(event, global_step)

    def add_event(self, event: Any) -> None:
        """Writes an `Event` message as it is."""
        if self._closed:
            warnings.warn(
                "Attempting to use a closed FileWriter. The operation will be a noop unless the FileWriter "
                "is explicitly reopened.",
                stacklevel=2,
            )
            return
        self._queue.put(event.SerializeToString())

    def add_graph(self, graph: Any, global_step: int | None = None, graph_def: Any = None) -> None:
        """Writes a graph.

        Args:
          graph: A `Graph`, or (deprecated) a `GraphDef`.
          graph_def: A `GraphDef` in place of `graph` (deprecated).

        Raises:
          ValueError: If both or none are given.
          TypeError: If it is neither.
        """
        if (graph is None) == (graph_def is None):
            raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
        given = graph if graph is not None else graph_def
        if isinstance(given, Graph):
            given = given.as_graph_def(add_shapes=True)
        if not isinstance(given, graph_pb2.GraphDef):
            raise TypeError(
                "The passed graph must be an instance of `Graph` or the deprecated `GraphDef`, got "
                f"{type(given).__name__}: {given!r:.200}."
            )
        self._add(event_pb2.Event(graph_def=given.SerializeToString()), global_step)

    def add_meta_graph(self, meta_graph_def: Any, global_step: int | None = None) -> None:
        """Writes a `MetaGraphDef` message."""
        if not isinstance(meta_graph_def, meta_graph_pb2.MetaGraphDef):
            raise TypeError(
                f"meta_graph_def must be type MetaGraphDef, saw type: {type(meta_graph_def).__name__}"
            )
        self._add(event_pb2.Event(meta_graph_def=meta_graph_def.SerializeToString()), global_step)

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: int | None = None) -> None:
        """Writes a `RunMetadata` message under a tag of its own.

        Raises:
          ValueError: If the tag was used before.
        """
        if tag in self._run_tags:
            raise ValueError(f"The provided tag was already used for this event type: {tag!r}")
        self._run_tags.add(tag)
        tagged = event_pb2.TaggedRunMetadata(tag=tag, run_metadata=run_metadata.SerializeToString())
        self._add(event_pb2.Event(tagged_run_metadata=tagged), global_step)

    def add_session_log(self, session_log: Any, global_step: int | None = None) -> None:
        """Writes a `SessionLog` message."""
        self._add(event_pb2.Event(session_log=session_log), global_step)

    def _add(self, event: Any, step: int | None) -> None:
        event.wall_time = time.time()
        if step is not None:
            # A global step of shape [1], say, is fetched as an array.
            event.step = int(np.asarray(step).item())
        self.add_event(event)

    def flush(self) -> None:
        """Waits until all that was added is in the file."""
        if not self._closed:
            self._queue.flush()

    def close(self) -> None:
        """Writes everything and closes the file. Further calls do nothing."""
        with self._lock:
            self._finalizer()

    def reopen(self) -> None:
        """Opens a new event file in the same folder, after `close`; does nothing if the writer is open."""
        with self._lock:
            if self._closed:
                self._open()

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class FileWriterCache:
    """One `FileWriter` for each folder, shared by all parts of a program.

    State: the writers by folder, guarded by `_lock`.
    """

    _lock = threading.RLock()
    _writers: dict[Any, FileWriter] = {}

    @staticmethod
    def get(logdir: PathLike) -> FileWriter:
        """The writer of a folder, made at the first call, which also writes the default graph."""
        with FileWriterCache._lock:
            if logdir not in FileWriterCache._writers:
                FileWriterCache._writers[logdir] = FileWriter(logdir, stacks.default_graph())
            return FileWriterCache._writers[logdir]

    @staticmethod
    def clear() -> None:
        """Closes and forgets all writers."""
        with FileWriterCache._lock:
            for writer in FileWriterCache._writers.values():
                writer.close()
            FileWriterCache._writers.clear()


def summary_iterator(path: PathLike) -> Iterator[Any]:
    """Iterates over the `Event` messages of an event file.

    Raises:
      NotFoundError: If there is no such file.
      DataLossError: Where the file is damaged or breaks off.
    """
    return read_events(path)
