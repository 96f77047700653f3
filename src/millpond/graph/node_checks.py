"""A node that came from outside, checked against the definition of its op: inputs, constants, numbers of outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.formats import tensors
from millpond.graph.node_reading import Node
from millpond.graph.opdef import Arg, OpDefinition
from millpond.graph.tensor import Tensor

# A few bytes can ask for any number of outputs.
MAX_OUTPUTS = 1 << 20
# What all constants together may grow to that repeat a value.
MAX_FILLED_BYTES = 1 << 31


def check_constant(node: Node, definition: OpDefinition, attrs: dict[str, Any]) -> None:
    if definition.role == "constant" and dtypes.from_numpy(attrs["value"].dtype) is not attrs["dtype"]:
        raise ValueError(f"{node}: the attribute 'dtype' is {attrs['dtype'].name}, but 'value' is a tensor of "
                         f"{dtypes.from_numpy(attrs['value'].dtype).name}.")


class FillingLimit:
    """Counts what the constants of a GraphDef grow to whose values are not all listed in it, and ends it in time.

    A few bytes can ask for any amount of memory, if not while they are read then when the graph runs.
    """

    def __init__(self, max_bytes: int = MAX_FILLED_BYTES) -> None:
        self._left = max_bytes

    def count(self, node: Node, attrs: dict[str, Any]) -> None:
        """Raises ValueError where a node asks for more than is left."""
        for value in attrs.values():
            if isinstance(value, np.ndarray) and tensors.listed(value) is not value:
                self._left -= value.nbytes
                if self._left < 0:
                    raise ValueError(f"{node}: its constant repeats {tensors.listed(value).size} value(s) in the shape "
                                     f"{list(value.shape)}; with it, the constants of the GraphDef grow to more than "
                                     f"the {MAX_FILLED_BYTES} bytes that are allowed.")


def check_output_count(node: Node, definition: OpDefinition, attrs: dict[str, Any]) -> None:
    for arg in definition.outputs:
        if arg.number_attr and attrs[arg.number_attr] > MAX_OUTPUTS:
            raise ValueError(f"{node}: attribute '{arg.number_attr}' asks for {attrs[arg.number_attr]} outputs; at "
                             f"most {MAX_OUTPUTS} are allowed.")


def grouped(node: Node, definition: OpDefinition, attrs: dict[str, Any], inputs: list[Tensor]) -> list[Any]:
    """The inputs in the structure of the signature, their number and dtypes checked.

    Raises:
      ValueError: If they do not fit.
    """
    counts = [arg.count(attrs) for arg in definition.inputs]
    if sum(counts) != len(inputs):
        raise ValueError(f"{node}: NodeDef expected {sum(counts)} inputs "
                         f"({', '.join(arg.name for arg in definition.inputs) or 'none'}), but {len(inputs)} are "
                         f"specified: {[tensor.name for tensor in inputs[:10]]}.")
    result: list[Any] = []
    position = 0
    for arg, count in zip(definition.inputs, counts, strict=True):
        group = inputs[position:position + count]
        for i, tensor in enumerate(group):
            _check_input(node, position + i, tensor, _dtype_of(arg, i, attrs), arg.is_ref)
        result.append(group if arg.is_list else group[0])
        position += count
    return result


def _dtype_of(arg: Arg, index: int, attrs: dict[str, Any]) -> DType:
    if arg.list_attr:
        return attrs[arg.list_attr][index]
    dtype = arg.dtype_in(attrs)
    assert dtype is not None
    return dtype


def _check_input(node: Node, position: int, tensor: Tensor, dtype: DType, is_ref: bool) -> None:
    if tensor.dtype.base_dtype is not dtype or (is_ref and not tensor.dtype.is_ref_dtype):
        expected = f"{dtype.name}_ref" if is_ref else dtype.name
        raise ValueError(f"Input {position} of node '{node.name}' ({node.type}) was passed {tensor.dtype.name} from "
                         f"{tensor.name} incompatible with expected {expected}.")
