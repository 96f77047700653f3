"""Names of nodes and the scopes that they lie in, from the inside of TensorFlow's `ops`."""

from __future__ import annotations

import itertools
import re
from typing import Any

from millpond.graph import stacks
from millpond.graph.conversion import convert_to_tensor as internal_convert_to_tensor  # noqa: F401 -- its name inside

_counted = itertools.count()


def get_name_scope() -> str:
    """The name scope that is open, without a slash at its end; empty outside of all.

    Example:
      >>> import millpond as tf
      >>> with tf.name_scope("tower"), tf.name_scope("layer"):
      ...     get_name_scope()
      'tower/layer'
    """
    return stacks.default_graph().get_name_scope()


def prepend_name_scope(name: str, import_scope: str | None) -> str:
    """A name as it is inside of a scope; a control input or a colocation stays one.

    Args:
      name: Name of a node or tensor, `^name`, or `loc:@name`.
      import_scope: The scope; empty or None: none.

    Example:
      >>> prepend_name_scope("w:0", "model"), prepend_name_scope("^train", "model/"), prepend_name_scope("w", "")
      ('model/w:0', '^model/train', 'w')
    """
    if not import_scope:
        return name
    return re.sub(r"^((?:loc:@|\^)?)", lambda mark: f"{mark[1]}{import_scope.rstrip('/')}/", name, count=1)


def strip_name_scope(name: str, export_scope: str | None) -> str:
    """A name without the scope that it lies in; a name outside of it as it is.

    Args:
      name: Name of a node or tensor, `^name`, or `loc:@name`.
      export_scope: The scope; empty or None: none.

    Example:
      >>> [strip_name_scope(name, "model") for name in ("model/w:0", "^model/train", "loc:@model/w", "w")]
      ['w:0', '^train', 'loc:@w', 'w']
    """
    if not export_scope:
        return name
    return re.sub(rf"^((?:loc:@|\^)?){re.escape(export_scope.rstrip('/'))}/", r"\1", name, count=1)


def uid() -> int:
    """A number that no other call in this process gets."""
    return next(_counted)


def set_shapes_for_outputs(op: Any) -> None:
    """Leaves an operation as it is: the shapes of its outputs are known since it was made."""
