"""Ops that turn tensors into serialized `Summary` messages, for event files. All of them run on the host."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorboard.compat.proto import summary_pb2

from millpond import dtypes
from millpond.errors import InvalidArgumentError
from millpond.formats import tensors
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import REALS
from millpond.ops.io import pillow

# Pixels of an image that are no finite numbers are drawn in this colour.
BAD_COLOR = np.array([255, 0, 0, 255], np.uint8)


def _serialized(summary: Any) -> np.ndarray:
    return np.array(summary.SerializeToString(), dtype=object)


def _one_tag(tag: np.ndarray) -> str:
    if tag.size != 1:
        raise InvalidArgumentError(None, None, f"tags must be scalar, got the shape {list(tag.shape)}")
    return tag.item().decode("utf-8", "replace")


# Scalars.


def _scalar_summary_kernel(context: HostContext, tags: Array, values: Array) -> Array:
    if tags.shape != values.shape:
        tag = f" (tag '{_one_tag(tags)}')" if tags.size == 1 else ""
        raise InvalidArgumentError(
            None,
            None,
            f"tags and values are not the same shape: {list(tags.shape)} != {list(values.shape)}{tag}. "
            "Reduce the values to one number, or use tf.summary.histogram.",
        )
    summary = summary_pb2.Summary()
    for tag, value in zip(tags.ravel(), values.astype(np.float32).ravel(), strict=True):
        summary.value.add(tag=tag.decode("utf-8", "replace"), simple_value=value)
    return _serialized(summary)


SCALAR_SUMMARY = define_op(
    "ScalarSummary",
    inputs="tags: string, values: T",
    outputs="summary: string",
    attrs=f"T: {REALS}",
    shape=shape_rules.scalar,
    kernel=_scalar_summary_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


# Histograms.


def _bucket_limits() -> np.ndarray:
    """Upper limits of the buckets: a tenth more from one to the next, on both sides of zero."""
    limits, limit = [], 1e-12
    while limit < 1e20:
        limits.append(limit)
        limit *= 1.1
    positive = np.array([*limits, np.finfo(np.float64).max])
    return np.concatenate([-positive[::-1], [0.0], positive])


BUCKET_LIMITS = _bucket_limits()


def histogram_proto(values: np.ndarray) -> Any:
    """A `HistogramProto` of finite numbers, in TensorFlow's buckets; a run of empty ones is told once.

    Example:
      >>> message = histogram_proto(np.array([0.0, 1.0]))
      >>> message.num, message.max, list(message.bucket)
      (2.0, 1.0, [0.0, 1.0, 0.0, 1.0, 0.0])
    """
    values = values.astype(np.float64).ravel()
    biggest = np.finfo(np.float64).max
    message = summary_pb2.HistogramProto(min=biggest, max=-biggest)
    if values.size:
        message.min, message.max, message.num = values.min(), values.max(), values.size
        # One after another, as TensorFlow adds them: the last digits agree.
        message.sum = np.add.accumulate(values)[-1]
        message.sum_squares = np.add.accumulate(values * values)[-1]
    places = np.searchsorted(BUCKET_LIMITS, values, side="right")
    counts = np.bincount(np.minimum(places, len(BUCKET_LIMITS) - 1), minlength=len(BUCKET_LIMITS))
    empty = counts == 0
    # Of neighbouring empty buckets the last stands for all.
    told = ~empty | ~np.append(empty[1:], False)
    message.bucket_limit.extend(BUCKET_LIMITS[told].tolist())
    message.bucket.extend(counts[told].tolist())
    return message


def _histogram_summary_kernel(context: HostContext, tag: Array, values: Array) -> Array:
    name = _one_tag(tag)
    finite = np.isfinite(values)
    if not finite.all():
        kind = "Nan" if np.isnan(values).any() else "Infinity"
        raise InvalidArgumentError(
            None,
            None,
            f"{kind} in summary histogram for: {context.op.name}: {values.size - finite.sum()} of "
            f"{values.size} values are not finite.",
        )
    return _serialized(
        summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=name, histo=histogram_proto(values))])
    )


HISTOGRAM_SUMMARY = define_op(
    "HistogramSummary",
    inputs="tag: string, values: T",
    outputs="summary: string",
    attrs=f"T: {REALS} = float",
    shape=shape_rules.scalar,
    kernel=_histogram_summary_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


# Images.


def to_pixels(image: np.ndarray, bad_color: np.ndarray) -> np.ndarray:
    """Float pixels, `[height, width, channels]`, as uint8.

    The finite values are scaled: where all are positive, so that the largest becomes 255; else so that 0
    becomes 128 and the largest in size 1 or 255. A pixel with a value that is not finite gets `bad_color`. As
    in TensorFlow, all is computed in the image's own dtype.
    """
    finite = np.isfinite(image).all(axis=-1)
    good, real = image[finite], image.dtype.type
    low, high = (good.min(), good.max()) if good.size else (real(0), real(0))
    if low < 0:
        largest, full, offset = max(abs(low), abs(high)), real(127), real(128)
    else:
        largest, full, offset = high, real(255), real(0)
    scale = full / largest if largest >= 1e-6 else real(0)
    pixels = np.empty(image.shape, np.uint8)
    pixels[...] = bad_color[: image.shape[-1]]
    pixels[finite] = (good * scale + offset).astype(np.uint8)
    return pixels


def encode_png(pixels: np.ndarray) -> bytes:
    """A PNG file of uint8 pixels, `[height, width, channels]` with 1, 3 or 4 channels."""
    file = io.BytesIO()
    pillow.Image.fromarray(pixels[:, :, 0] if pixels.shape[-1] == 1 else pixels).save(file, "PNG")
    return file.getvalue()


def _media_tag(base: str, kind: str, index: int, limit: int) -> str:
    return f"{base}/{kind}" if limit == 1 else f"{base}/{kind}/{index}"


def _image_summary_kernel(context: HostContext, tag: Array, tensor: Array, *, max_images: int,
                          bad_color: Array) -> Array:
    base = _one_tag(tag)
    if tensor.ndim != 4 or tensor.shape[-1] not in (1, 3, 4):
        raise InvalidArgumentError(
            None,
            None,
            f"Tensor must be 4-D with last dim 1, 3, or 4, not {list(tensor.shape)}: an image summary "
            "takes [batch, height, width, channels].",
        )
    color = BAD_COLOR if bad_color is None else bad_color
    _, height, width, channels = tensor.shape
    if color.ndim != 1 or color.size < channels:
        raise InvalidArgumentError(
            None,
            None,
            f"bad_color must have a value for each of the {channels} channels, "
            f"got the shape {list(color.shape)}",
        )
    summary = summary_pb2.Summary()
    for index, image in enumerate(tensor[:max_images]):
        pixels = image if image.dtype == np.uint8 else to_pixels(image, color)
        value = summary.value.add(tag=_media_tag(base, "image", index, max_images))
        value.image.height, value.image.width, value.image.colorspace = height, width, channels
        value.image.encoded_image_string = encode_png(pixels)
    return _serialized(summary)


IMAGE_SUMMARY = define_op(
    "ImageSummary",
    inputs="tag: string, tensor: T",
    outputs="summary: string",
    attrs="max_images: int >= 1 = 3, T: {uint8, float, half, double} = float, bad_color: tensor = [255, 0, 0, 255]",
    shape=shape_rules.scalar,
    kernel=_image_summary_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


# Audio.


def encode_wav(samples: np.ndarray, rate: int) -> bytes:
    """A WAV file of float samples in [-1, 1], `[frames, channels]`, as 16-bit integers.

    "RIFF" size "WAVE"
    "fmt " 16: format 1, channels, rate, bytes a second, bytes a frame, bits
    "data" size samples
    """
    frames, channels = samples.shape
    scaled = np.nan_to_num(samples, nan=0.0).astype(np.float32) * np.float32(1 << 15)
    # Halves go away from zero.
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))
    data = np.clip(rounded, -(1 << 15), (1 << 15) - 1).astype("<i2").tobytes()
    frame_bytes = 2 * channels
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(data),
        b"WAVE",
        b"fmt ",
        16,
        1,
        channels,
        rate,
        rate * frame_bytes,
        frame_bytes,
        16,
        b"data",
        len(data),
    )
    return head + data


def _audio_summary(tag: np.ndarray, tensor: np.ndarray, sample_rate: float, max_outputs: int) -> np.ndarray:
    base = _one_tag(tag)
    if tensor.ndim not in (2, 3):
        raise InvalidArgumentError(
            None,
            None,
            f"Tensor must be 3-D or 2-D, got: {list(tensor.shape)}; an audio summary takes "
            "[batch, frames] or [batch, frames, channels].",
        )
    if not sample_rate > 0:
        raise InvalidArgumentError(None, None, f"sample_rate must be > 0, got {sample_rate}")
    summary = summary_pb2.Summary()
    for index, samples in enumerate(tensor[:max_outputs]):
        if samples.ndim == 1:
            samples = samples[:, np.newaxis]
        audio = summary.value.add(tag=_media_tag(base, "audio", index, max_outputs)).audio
        audio.sample_rate, audio.content_type = sample_rate, "audio/wav"
        audio.length_frames, audio.num_channels = samples.shape
        audio.encoded_audio_string = encode_wav(samples, int(sample_rate))
    return _serialized(summary)


def _audio_summary_kernel(context: HostContext, tag: Array, tensor: Array, *, sample_rate: float,
                          max_outputs: int) -> Array:
    return _audio_summary(tag, tensor, sample_rate, max_outputs)


AUDIO_SUMMARY = define_op(
    "AudioSummary",
    inputs="tag: string, tensor: float",
    outputs="summary: string",
    attrs="sample_rate: float, max_outputs: int >= 1 = 3",
    shape=shape_rules.scalar,
    kernel=_audio_summary_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


def _audio_summary_v2_kernel(context: HostContext, tag: Array, tensor: Array, sample_rate: Array, *,
                             max_outputs: int) -> Array:
    if sample_rate.size != 1:
        raise InvalidArgumentError(
            None,
            None,
            f"sample_rate must be rank-0 or contain a single value, got the shape {list(sample_rate.shape)}",
        )
    return _audio_summary(tag, tensor, float(sample_rate.reshape(())), max_outputs)


AUDIO_SUMMARY_V2 = define_op(
    "AudioSummaryV2",
    inputs="tag: string, tensor: float, sample_rate: float",
    outputs="summary: string",
    attrs="max_outputs: int >= 1 = 3",
    shape=shape_rules.scalar,
    kernel=_audio_summary_v2_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


# Tensors.


def _set_tensor(message: Any, tensor: np.ndarray) -> None:
    """Strings in their own field, everything else as bytes."""
    enum = dtypes.from_numpy(tensor.dtype).as_datatype_enum
    if enum == tensors.DT_STRING:
        message.CopyFrom(tensors.to_tensor_proto(tensor, enum))
        return
    message.dtype = enum
    message.tensor_shape.CopyFrom(tensors.shape_to_proto(tensor.shape))
    message.tensor_content = tensor.tobytes()


def _tensor_summary_kernel(context: HostContext, tensor: Array) -> Array:
    summary = summary_pb2.Summary()
    value = summary.value.add(node_name=context.op.name)
    _set_tensor(value.tensor, tensor)
    return _serialized(summary)


TENSOR_SUMMARY = define_op(
    "TensorSummary",
    inputs="tensor: T",
    outputs="summary: string",
    attrs="T: type, description: string = '', labels: list(string) = [], display_name: string = ''",
    shape=shape_rules.scalar,
    kernel=_tensor_summary_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


def _tensor_summary_v2_kernel(context: HostContext, tag: Array, tensor: Array,
                              serialized_summary_metadata: Array) -> Array:
    summary = summary_pb2.Summary()
    value = summary.value.add(tag=_one_tag(tag))
    value.metadata.ParseFromString(serialized_summary_metadata.item())
    value.metadata.SetInParent()
    _set_tensor(value.tensor, tensor)
    return _serialized(summary)


TENSOR_SUMMARY_V2 = define_op(
    "TensorSummaryV2",
    inputs="tag: string, tensor: T, serialized_summary_metadata: string",
    outputs="summary: string",
    attrs="T: type",
    shape=shape_rules.scalar,
    kernel=_tensor_summary_v2_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


# Several in one.


def _merge_summary_kernel(context: HostContext, inputs: Sequence[Array]) -> Array:
    merged = summary_pb2.Summary()
    tags: set[str] = set()
    for data in inputs:
        for serialized in data.ravel():
            for value in summary_pb2.Summary.FromString(serialized).value:
                if value.tag in tags:
                    raise InvalidArgumentError(
                        None,
                        None,
                        f"Duplicate tag {value.tag} found in summary inputs: give each summary a name "
                        "of its own.",
                    )
                if value.tag:
                    tags.add(value.tag)
                merged.value.append(value)
    return _serialized(merged)


MERGE_SUMMARY = define_op(
    "MergeSummary",
    inputs="inputs: N * string",
    outputs="summary: string",
    attrs="N: int >= 1",
    shape=shape_rules.scalar,
    kernel=_merge_summary_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)
