"""What a user is told of a node that could not be added: its name and type, what it was given, and the user's lines.

The sentence that says what is wrong stays TensorFlow's; the rest stands below it, as notes of the exception.
"""

from __future__ import annotations

from typing import Any

from millpond.graph import creation_site
from millpond.graph.opdef import OpDefinition
from millpond.graph.tensor import Tensor

# A node of many inputs (concat of a hundred tensors) is not listed to its end.
MAX_INPUTS_SHOWN = 6


def note_node(error: Exception, definition: OpDefinition, name: str, inputs: Any) -> None:
    """Adds to `error` the node that is being added and what it is given, unless a node inside it has said so."""
    if hasattr(error, "__notes__"):
        return
    place = creation_site.describe(creation_site.capture())
    lines = [f"  {label} = {_described(value, place)}{_adopted_dtype(definition, label, value, inputs)}"
             for label, value in _labelled(definition, inputs)]
    if len(lines) > MAX_INPUTS_SHOWN:
        lines[MAX_INPUTS_SHOWN - 1:] = [f"  and {len(lines) - MAX_INPUTS_SHOWN + 1} more inputs"]
    lines.append(f"  at node '{name}' ({definition.type})" + (f", being created at {place}" if place else ""))
    error.add_note("\n".join(lines))


def note_origins(error: Exception, *values: Any) -> None:
    """Adds to `error` where tensors and variables were created."""
    for value in values:
        error.add_note(f"  {_described(value)}")


def _labelled(definition: OpDefinition, inputs: Any) -> list[tuple[str, Any]]:
    labelled: list[tuple[str, Any]] = []
    for arg, value in zip(definition.inputs, inputs, strict=False):
        if isinstance(value, (list, tuple)) and arg.is_list:
            labelled.extend((f"{arg.name}[{i}]", item) for i, item in enumerate(value))
        else:
            labelled.append((arg.name, value))
    return labelled


def _adopted_dtype(definition: OpDefinition, label: str, value: Any, inputs: Any) -> str:
    """For a Python value: the input whose dtype it has to take."""
    if _is_symbolic(value):
        return ""
    arg = next((arg for arg in definition.inputs if arg.name == label and arg.type_attr), None)
    for other, given in zip(definition.inputs, inputs, strict=False):
        if arg is not None and other.type_attr == arg.type_attr and _is_symbolic(given):
            return f", which takes the dtype of {other.name}: use tf.cast on {other.name} to have another"
    return ""


def _is_symbolic(value: Any) -> bool:
    return isinstance(value, Tensor) or hasattr(value, "_as_graph_element")


def _described(value: Any, here: str = "") -> str:
    """`'a:0' (int32, shape (2,)), created at program.py:3, ...`, or the value itself, shortened.

    Args:
      value: A tensor, a variable, or anything else.
      here: The line that is told anyway: it is not repeated.
    """
    if _is_symbolic(value):
        site = value.op.creation_site
        return (f"'{value.name}' ({value.dtype.base_dtype.name}, shape {value.get_shape()})"
                + (f", created at {site}" if site and site != here else ""))
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."
