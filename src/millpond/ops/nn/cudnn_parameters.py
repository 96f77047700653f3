"""Between the parameters of a cuDNN layer as one vector and the matrices and biases in it; `cudnn_rnn.py` says where
each lies."""

from __future__ import annotations

from typing import Any

from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import DType
from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import INDEX
from millpond.ops.nn.cudnn_rnn import FLOATS, KIND_ATTRS, Kind, check_projection, directions_of
from millpond.shapes import TensorShape

_SIZES = "num_layers: int32, num_units: int32, input_size: int32"
_STATIC = ("num_layers", "num_units", "input_size")


def _kind(sizes: tuple[Any, ...], rnn_mode: str, direction: str, num_proj: int) -> Kind:
    check_projection(rnn_mode, num_proj)
    layers, units, inputs = (int(size) for size in sizes)
    if min(layers, units, inputs) < 1:
        raise ValueError("num_layers, num_units and input_size must be positive, but are "
                         f"{layers}, {units} and {inputs}")
    return Kind(rnn_mode, layers, units, inputs, directions_of(direction), num_proj)


def _static_kind(sizes: tuple[StaticInput, ...], rnn_mode: str, direction: str, num_proj: int) -> Kind | None:
    """The kind, where the sizes are known while building."""
    check_projection(rnn_mode, num_proj)
    values = tuple(size.value for size in sizes)
    return None if any(value is None for value in values) else _kind(values, rnn_mode, direction, num_proj)


def _params_size_shape(*sizes: StaticInput, rnn_mode: str, direction: str, num_proj: int) -> TensorShape:
    _static_kind(sizes, rnn_mode, direction, num_proj)
    return TensorShape([1])


def _params_size_kernel(xp: ArrayModule, *sizes: Array, rnn_mode: str, direction: str, num_proj: int,
                        S: DType) -> Array:
    return xp.asarray([_kind(sizes, rnn_mode, direction, num_proj).size()], dtype=S.np_dtype)


PARAMS_SIZE = define_op(
    "CudnnRNNParamsSize", inputs=_SIZES, outputs="params_size: S",
    attrs=f"T: {FLOATS}, S: {INDEX}, {KIND_ATTRS}, num_proj: int = 0", static_inputs=_STATIC,
    shape=_params_size_shape, kernel=_params_size_kernel, gradient=NOT_DIFFERENTIABLE)


def _to_canonical_shape(*inputs: Any, rnn_mode: str, direction: str, num_params_weights: int, num_params_biases: int,
                        num_proj: int) -> tuple[TensorShape, ...]:
    shape_rules.with_rank(inputs[3], 1)
    kind = _static_kind(inputs[:3], rnn_mode, direction, num_proj)
    if kind is None:
        return (*[TensorShape([None, None])] * num_params_weights, *[TensorShape([None])] * num_params_biases)
    shapes = kind.weight_shapes()
    _check_count("weights", num_params_weights, len(shapes), kind)
    _check_count("biases", num_params_biases, kind.bias_count(), kind)
    return (*map(TensorShape, shapes), *[TensorShape([kind.units])] * num_params_biases)


def _check_count(what: str, given: int, wanted: int, kind: Kind) -> None:
    if given != wanted:
        raise ValueError(f"{kind} has {wanted} {what}, not {given}")


def _to_canonical_kernel(xp: ArrayModule, *inputs: Array, rnn_mode: str, direction: str,
                         num_proj: int = 0) -> tuple[Array, ...]:
    weights, biases = _kind(inputs[:3], rnn_mode, direction, num_proj).parts(xp, inputs[3])
    return (*weights, *biases)


def _to_canonical_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> Cotangents:
    return [None, None, None, g.ConcatV2([g.Reshape(dy, [-1]) for dy in dys], 0)]


def _to_params_shape(*inputs: Any, rnn_mode: str, direction: str, num_proj: int) -> TensorShape:
    kind = _static_kind(inputs[:3], rnn_mode, direction, num_proj)
    if kind is None:
        return TensorShape([None])
    weights, biases = inputs[3], inputs[4]
    _check_count("weights", len(weights), len(kind.weight_shapes()), kind)
    _check_count("biases", len(biases), kind.bias_count(), kind)
    for found, wanted in zip(weights, kind.weight_shapes(), strict=True):
        count = found.num_elements()
        if count is not None and count != wanted[0] * wanted[1]:
            raise ValueError(f"{kind} has a weight of shape {list(wanted)} where one of shape {found} is given")
    for found in biases:
        if found.num_elements() not in (None, kind.units):
            raise ValueError(f"{kind} has biases of shape [{kind.units}], not of shape {found}")
    return TensorShape([kind.size()])


def _to_params_kernel(xp: ArrayModule, num_layers: Array, num_units: Array, input_size: Array, weights: list[Array],
                      biases: list[Array]) -> Array:
    return xp.concatenate([xp.reshape(part, (-1,)) for part in (*weights, *biases)], axis=0)


def _to_params_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    parts = op.inputs[3:]
    sizes = [g.size(part) for part in parts]
    pieces = g.SplitV(dy, g.Pack(sizes), 0, num_split=len(parts))
    return [None, None, None, *(g.Reshape(piece, g.shape(part)) for piece, part in zip(pieces, parts, strict=True))]


def _conversions(version: str) -> tuple[OpDefinition, OpDefinition]:
    """The op from the vector to its parts and the one back: of one count for weights and biases, or of two (V2)."""
    weights, biases = ("num_params_weights", "num_params_biases") if version else ("num_params", "num_params")
    counts = f"{weights}: int >= 1, {biases}: int >= 1, " if version else f"{weights}: int >= 1, "
    attrs = f"T: {FLOATS}, {counts}{KIND_ATTRS}" + (", num_proj: int = 0" if version else "")
    lists = f"weights: {weights} * T, biases: {biases} * T"

    def to_canonical_shape(*inputs: Any, rnn_mode: str, direction: str, num_params: int = 0,
                           num_params_weights: int = 0, num_params_biases: int = 0,
                           num_proj: int = 0) -> tuple[TensorShape, ...]:
        return _to_canonical_shape(
            *inputs, rnn_mode=rnn_mode, direction=direction, num_params_weights=num_params or num_params_weights,
            num_params_biases=num_params or num_params_biases, num_proj=num_proj)

    def to_params_shape(*inputs: Any, rnn_mode: str, direction: str, num_proj: int = 0) -> TensorShape:
        return _to_params_shape(*inputs, rnn_mode=rnn_mode, direction=direction, num_proj=num_proj)

    to_canonical = define_op(
        f"CudnnRNNParamsToCanonical{version}", inputs=f"{_SIZES}, params: T", outputs=lists, attrs=attrs,
        static_inputs=_STATIC, shape=to_canonical_shape, kernel=_to_canonical_kernel, gradient=_to_canonical_gradient)
    to_params = define_op(
        f"CudnnRNNCanonicalToParams{version}", inputs=f"{_SIZES}, {lists}", outputs="params: T", attrs=attrs,
        static_inputs=_STATIC, shape=to_params_shape, kernel=_to_params_kernel, gradient=_to_params_gradient)
    return to_canonical, to_params


PARAMS_TO_CANONICAL, CANONICAL_TO_PARAMS = _conversions("")
PARAMS_TO_CANONICAL_V2, CANONICAL_TO_PARAMS_V2 = _conversions("V2")
