"""The exceptions that ops and sessions raise.

    Exception
    └── OpError                        error_code
        ├── CancelledError              1   the work was cancelled
        ├── UnknownError                2   an error of no other class
        ├── InvalidArgumentError        3   a value, shape or type that the op cannot use
        ├── DeadlineExceededError       4   a time limit passed
        ├── NotFoundError               5   a file, variable or device that is not there
        ├── AlreadyExistsError          6   something to be created is there already
        ├── PermissionDeniedError       7   the operating system refused
        ├── ResourceExhaustedError      8   memory, disk or a limit is used up
        ├── FailedPreconditionError     9   uninitialized variable, closed session, wrong state
        ├── AbortedError               10   interrupted by a concurrent action; can be retried
        ├── OutOfRangeError            11   the end of a dataset, queue or file
        ├── UnimplementedError         12   not supported here
        ├── InternalError              13   a bug in the system itself
        ├── UnavailableError           14   a service that cannot be reached now
        ├── DataLossError              15   stored bytes that are damaged
        └── UnauthenticatedError       16   no valid credentials

Every class but `OpError` is made with `(node_def, op, message)` and knows its code. What is
wrong while a graph is built, before any op runs, is a `ValueError`, `TypeError` or
`NotImplementedError` instead.
"""

from __future__ import annotations

from typing import Any

from millpond.public.modules import publish

publish(__name__)

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OpError(Exception):
    """An error of a running op: the base of all exceptions of `tf.errors`.

    `str` of it is the message, followed by a line that names the node, its type, and the line of the
    user's program that created it, as far as they are known.

    Args:
        node_def: NodeDef of the node, or None.
        op: the `tf.Operation` that failed, or None where no node of the graph is to blame (an op that
            the system itself added, an error of the session).
        message: what is wrong: what was expected, what came, and the fix where one is known.
        error_code: one of the codes above. The subclasses have their own.

    Example:
        >>> error = NotFoundError(None, None, "no checkpoint in 'model/'")
        >>> print(error, error.error_code == NOT_FOUND)
        no checkpoint in 'model/' True
    """

    _CODE = UNKNOWN

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int | None = None) -> None:
        super().__init__(message)
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = self._CODE if error_code is None else error_code
        self._origin: str | None = None

    @property
    def message(self) -> str:
        """What is wrong, without the node and its place in the program."""
        return self._message

    @property
    def op(self) -> Any:
        """The `tf.Operation` that failed, or None."""
        return self._op

    @property
    def node_def(self) -> Any:
        """NodeDef of the node that failed, or None."""
        return self._node_def

    @property
    def error_code(self) -> int:
        """The code of the class, such as `tf.errors.NOT_FOUND`."""
        return self._error_code

    def __str__(self) -> str:
        origin = self._origin or _describe_origin(self._node_def, self._op)
        return f"{self._message}\n{origin}" if origin else self._message

    def __reduce__(self) -> tuple[Any, ...]:
        # An op would drag its whole graph along, so only its description travels.
        origin = self._origin or _describe_origin(self._node_def, self._op)
        arguments = (self._node_def, None, self._message, self._error_code)
        return type(self), arguments, {**self.__dict__, "_op": None, "_origin": origin}


def _describe_origin(node_def: Any, op: Any) -> str:
    """The line below the message: which node failed, and where the user created it."""
    if op is not None:
        line = f"  at node '{op.name}' ({op.type})"
        site = getattr(op, "creation_site", "")
        return f"{line}, created at {site}" if site else line
    if node_def is not None:
        return f"  at node '{node_def.name}' ({node_def.op})"
    return ""


class CancelledError(OpError):
    """The work was cancelled: a session was closed, or a queue with pending enqueues was."""

    _CODE = CANCELLED


class UnknownError(OpError):
    """An error that fits no other class, such as an exception inside a `tf.py_func`."""

    _CODE = UNKNOWN


class InvalidArgumentError(OpError):
    """An op got a value, shape or type that it cannot use."""

    _CODE = INVALID_ARGUMENT


class DeadlineExceededError(OpError):
    """A time limit passed before the work was done, such as `RunOptions.timeout_in_ms`."""

    _CODE = DEADLINE_EXCEEDED


class NotFoundError(OpError):
    """Something asked for is not there: a file, a key of a checkpoint, a variable, a device."""

    _CODE = NOT_FOUND


class AlreadyExistsError(OpError):
    """Something that was to be created is there already."""

    _CODE = ALREADY_EXISTS


class PermissionDeniedError(OpError):
    """The operating system refused access, usually to a file."""

    _CODE = PERMISSION_DENIED


class ResourceExhaustedError(OpError):
    """Memory, disk space or a fixed limit is used up."""

    _CODE = RESOURCE_EXHAUSTED


class FailedPreconditionError(OpError):
    """The system is not in the state that the op needs: a variable that was never initialized, say."""

    _CODE = FAILED_PRECONDITION


class AbortedError(OpError):
    """A concurrent action interrupted the work, which can be tried again."""

    _CODE = ABORTED


class OutOfRangeError(OpError):
    """The end of a dataset, a queue or a file: how an input pipeline says that it is done."""

    _CODE = OUT_OF_RANGE


class UnimplementedError(OpError):
    """The op cannot do this with these types or on this device."""

    _CODE = UNIMPLEMENTED


class InternalError(OpError):
    """The system broke a promise to itself: a bug."""

    _CODE = INTERNAL


class UnavailableError(OpError):
    """A server cannot be reached now; it may come back."""

    _CODE = UNAVAILABLE


class DataLossError(OpError):
    """Stored bytes are damaged: a checksum differs or a file is cut short."""

    _CODE = DATA_LOSS


class UnauthenticatedError(OpError):
    """The request carries no valid credentials."""

    _CODE = UNAUTHENTICATED


_TYPE_OF_CODE: dict[int, type[OpError]] = {
    cls._CODE: cls
    for cls in (
        CancelledError, UnknownError, InvalidArgumentError, DeadlineExceededError, NotFoundError,
        AlreadyExistsError, PermissionDeniedError, ResourceExhaustedError, FailedPreconditionError,
        AbortedError, OutOfRangeError, UnimplementedError, InternalError, UnavailableError,
        DataLossError, UnauthenticatedError,
    )
}  # fmt: skip


def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """The exception class of an error code.

    Raises:
        KeyError: no class has the code; `OK` has none.

    Example:
        >>> exception_type_from_error_code(OUT_OF_RANGE).__name__
        'OutOfRangeError'
    """
    if error_code not in _TYPE_OF_CODE:
        raise KeyError(f"no exception has the error code {error_code!r}; the codes are 1 to 16")
    return _TYPE_OF_CODE[error_code]


def error_code_from_exception_type(cls: type[BaseException]) -> int:
    """The error code of an exception class; `UNKNOWN` for a class that is not of this tree.

    Example:
        >>> error_code_from_exception_type(DataLossError)
        15
    """
    return cls._CODE if issubclass(cls, OpError) else UNKNOWN
