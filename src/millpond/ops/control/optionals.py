"""`OptionalFromValue`, `OptionalNone`, `OptionalGetValue`: a value that only one branch has.

TensorFlow writes them where the gradient of a branch looks at what the branch computed: what was not taken has nothing
to give. Here they are lists of one element (`list_values.py`), so that branches and loops know how to hand them on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import DType
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.tensor import Tensor
from millpond.ops.control.list_values import DeviceList, HostList
from millpond.ops.control.tensor_list import element_at, host_element_at
from millpond.shapes import TensorShape


def _from_value_shape(components: list[TensorShape]) -> TensorShape:
    if len(components) != 1:
        raise NotImplementedError(f"OptionalFromValue of {len(components)} components: only of one is supported.")
    return TensorShape([])


def _from_value_kernel(xp: ArrayModule, components: list[Array]) -> HostList:
    return HostList({0: components[0]}, 1, components[0].dtype)


def _from_value_lower(jax: Jax, components: list[Array]) -> DeviceList:
    return DeviceList(np.dtype(components[0].dtype), 1, items={0: components[0]})


def _from_value_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    value = op.inputs[0]
    return [g.OptionalGetValue(dy, output_types=[value.dtype.base_dtype], output_shapes=[value.shape])[0]]


OPTIONAL_FROM_VALUE = define_op(
    "OptionalFromValue", inputs="components: Toutput_types", outputs="optional: variant",
    attrs="Toutput_types: list(type) >= 1", shape=_from_value_shape, kernel=_from_value_kernel,
    lower=_from_value_lower, gradient=_from_value_gradient)


def _none_shape() -> TensorShape:
    return TensorShape([])


OPTIONAL_NONE = define_op("OptionalNone", outputs="optional: variant", shape=_none_shape,
                          gradient=NOT_DIFFERENTIABLE, stateful=True, role="unused")


def _get_value_shape(optional: TensorShape, *, output_types: list[DType],
                     output_shapes: list[TensorShape]) -> tuple[TensorShape, ...]:
    if len(output_types) != 1 or len(output_shapes) != 1:
        raise NotImplementedError(f"OptionalGetValue of {len(output_types)} components: only of one is supported.")
    return tuple(output_shapes)


def _get_value_kernel(xp: ArrayModule, optional: HostList, *, output_types: list[DType]) -> list[Any]:
    # Of the zeros of an optional nothing but the shape is known.
    return [host_element_at(optional, 0, None)]


def _get_value_lower(jax: Jax, optional: DeviceList, *, output_types: list[DType]) -> list[Any]:
    return [element_at(jax, optional, 0, None)]


def _get_value_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.OptionalFromValue([dy])]


OPTIONAL_GET_VALUE = define_op(
    "OptionalGetValue", inputs="optional: variant", outputs="components: output_types",
    attrs="output_types: list(type) >= 1, output_shapes: list(shape) >= 1", shape=_get_value_shape,
    kernel=_get_value_kernel, lower=_get_value_lower, gradient=_get_value_gradient)
