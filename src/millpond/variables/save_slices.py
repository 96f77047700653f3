"""Where a part of a partitioned variable belongs in the whole, as a saver writes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tensorboard.compat.proto.variable_pb2 import SaveSliceInfoDef


class SaveSliceInfo:
    """A part of a larger variable.

    Args:
      full_name: Name of the whole.
      full_shape: Shape of the whole.
      var_offset: Where the part begins, in each dimension.
      var_shape: Shape of the part.
      save_slice_info_def: The same as a message, in place of the four.
      import_scope: Name scope to put before the name in the message.

    Raises:
      AttributeError: If `save_slice_info_def` is no such message.

    Example:
      >>> import millpond as tf
      >>> from millpond.variables.save_slices import SaveSliceInfo
      >>> SaveSliceInfo("w", [4, 2], [2, 0], [2, 2]).spec
      '4 2 2,2:0,2'
    """

    def __init__(self, full_name: str | None = None, full_shape: Sequence[int] | None = None,
                 var_offset: Sequence[int] | None = None, var_shape: Sequence[int] | None = None,
                 save_slice_info_def: Any = None, import_scope: str | None = None) -> None:
        if save_slice_info_def is not None:
            message = save_slice_info_def
            full_name = with_scope(message.full_name, import_scope)
            full_shape, var_offset, var_shape = message.full_shape, message.var_offset, message.var_shape
        self.full_name = full_name
        self.full_shape = list(full_shape or ())
        self.var_offset = list(var_offset or ())
        self.var_shape = list(var_shape or ())

    @property
    def spec(self) -> str:
        """The slice as checkpoints spell it: `4 6 0,4:3,3` is the last three of six columns of four rows."""
        sizes = " ".join(str(size) for size in self.full_shape)
        places = ":".join(f"{start},{size}" for start, size in zip(self.var_offset, self.var_shape, strict=True))
        return f"{sizes} {places}"

    def to_proto(self, export_scope: str | None = None) -> Any:
        """A `SaveSliceInfoDef` message; None where the name is not in `export_scope`."""
        if export_scope and not str(self.full_name).startswith(export_scope):
            return None
        return SaveSliceInfoDef(full_name=without_scope(str(self.full_name), export_scope),
                                full_shape=[int(n) for n in self.full_shape],
                                var_offset=[int(n) for n in self.var_offset],
                                var_shape=[int(n) for n in self.var_shape])


def with_scope(name: str, scope: str | None) -> str:
    """A name inside a name scope."""
    return f"{scope.rstrip('/')}/{name}" if scope else name


def without_scope(name: str, scope: str | None) -> str:
    """A name seen from inside a name scope."""
    return re.sub(f"^{re.escape(scope.rstrip('/'))}/+", "", name) if scope else name
