"""Arrays and TensorProto: TensorFlow's encoding of every dtype, and nothing believed that does not add up."""

import ml_dtypes
import numpy as np
import pytest
from tensorboard.compat.proto import tensor_pb2, types_pb2

from millpond.errors import DataLossError
from millpond.formats.records import RecordReader
from millpond.formats.tensors import (
    enum_of_dtype,
    from_tensor_proto,
    numpy_dtype,
    shape_to_proto,
    to_tensor_proto,
)

FLOATS = [1, -2.5, 3]
VALUES = {
    "float32": FLOATS, "float64": FLOATS, "float16": FLOATS, "bfloat16": FLOATS,
    "complex64": [1 + 2j, -2.5, 3j], "complex128": [1 + 2j, -2.5, 3j],
    "int8": [1, -(2**7), 3], "int16": [1, -(2**15), 3], "int32": [1, -(2**31), 3], "int64": [1, -(2**63), 3],
    "uint8": [1, 2**8 - 1, 3], "uint16": [1, 2**16 - 1, 3], "uint32": [1, 2**32 - 1, 3],
    "uint64": [1, 2**64 - 1, 3],
    "qint8": [1, -(2**7), 3], "quint8": [1, 2**8 - 1, 3], "qint16": [1, -(2**15), 3],
    "quint16": [1, 2**16 - 1, 3], "qint32": [1, -(2**31), 3],
    "bool": [True, False, True], "string": [b"one", b"", b"\x00\xff" * 100],
}  # fmt: skip
PROTO_NAMES = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}


def enum_of(name):
    return types_pb2.DataType.Value(f"DT_{PROTO_NAMES.get(name, name.upper())}")


def array_of(name):
    dtype = numpy_dtype(enum_of(name))
    return np.array(VALUES[name], dtype[0] if dtype.fields else dtype).view(dtype)


def proto(dtype, shape=(), **fields):
    return tensor_pb2.TensorProto(dtype=dtype, tensor_shape=shape_to_proto(shape), **fields)


@pytest.fixture(scope="module")
def tensorflow_protos(tensorflow_files):
    records = [
        record.decode("latin-1") for record in RecordReader(tensorflow_files / "tensors.tfrecord", "ZLIB")
    ]
    return dict(zip(records[::2], (record.encode("latin-1") for record in records[1::2]), strict=True))


FORMS = {  # the values' indices, and the shape asked for, if it is another one
    "vector": ([0, 1, 2], None),
    "scalar": (1, None),
    "empty": ([], None),
    "fill": (1, [2, 3]),
    "short": ([0, 1], [2, 2]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", VALUES)
def test_the_encoding_is_that_of_tensorflow(tensorflow_protos, name, form):
    indices, shape = FORMS[form]
    array, enum = array_of(name), enum_of(name)
    given = array[np.array(indices, int)] if isinstance(indices, list) else array[1:2].reshape(())
    encoded = to_tensor_proto(given, enum, shape)
    recorded = tensor_pb2.TensorProto.FromString(tensorflow_protos[f"{name}.{form}"])
    if name in ("float16", "bfloat16") and recorded.tensor_content:
        # A later release wrote the file; TensorFlow 1.15 lists the 16 bits of each.
        recorded.half_val.extend(np.frombuffer(recorded.tensor_content, np.uint16).tolist())
        recorded.ClearField("tensor_content")
    assert encoded == recorded

    decoded = from_tensor_proto(tensor_pb2.TensorProto.FromString(tensorflow_protos[f"{name}.{form}"]))
    expected = (
        given if shape is None else np.resize([*given.reshape(-1), *[given.reshape(-1)[-1]] * 9], shape)
    )
    expected = np.asarray(expected, numpy_dtype(enum)).reshape(given.shape if shape is None else shape)
    assert decoded.dtype == expected.dtype and decoded.shape == expected.shape
    assert decoded.tolist() == expected.tolist()
    assert decoded.flags.writeable


def test_every_dtype_of_tensorflow_1_has_a_row():
    assert sorted(enum_of(name) for name in VALUES) == [*range(1, 20), 22, 23]
    for name in VALUES:
        assert enum_of_dtype(numpy_dtype(enum_of(name))) == enum_of(name)
    assert enum_of_dtype(np.dtype("U7")) == enum_of("string")


def test_arrays_of_any_layout_are_encoded_by_value():
    matrix = np.arange(6, dtype=np.float32).reshape(2, 3)
    expected = to_tensor_proto(matrix, 1).SerializeToString()
    for same in (np.asfortranarray(matrix), matrix.astype(">f4"), np.repeat(matrix, 2, axis=1)[:, ::2]):
        assert to_tensor_proto(same, 1).SerializeToString() == expected
    assert to_tensor_proto(np.array([1, 2], np.int8), enum_of("qint8")).tensor_content == b"\x01\x02"
    assert list(to_tensor_proto(np.array(["é", b"x"], object), 7).string_val) == ["é".encode(), b"x"]
    assert list(to_tensor_proto(np.array([b"ab", b"c"]), 7).string_val) == [b"ab", b"c"]


def test_nan_infinity_and_signed_zero_keep_their_bits():
    for dtype in (np.float16, np.float32, np.float64, ml_dtypes.bfloat16):
        special = np.array([np.nan, np.inf, -np.inf, -0.0]).astype(dtype)
        for array in (special, special[:1], special[3]):
            decoded = from_tensor_proto(to_tensor_proto(array, enum_of_dtype(special.dtype)))
            assert decoded.tobytes() == array.tobytes()


def test_lists_that_are_short_repeat_their_last_value_and_empty_ones_are_zero():
    assert from_tensor_proto(proto(1, [2, 2], float_val=[1, 2])).tolist() == [[1, 2], [2, 2]]
    assert from_tensor_proto(proto(3, [3])).tolist() == [0, 0, 0]
    assert from_tensor_proto(proto(14, [2])).tolist() == [0, 0]
    assert from_tensor_proto(proto(11, [2])).tolist() == [(0,), (0,)]
    assert from_tensor_proto(proto(7, [2])).tolist() == [b"", b""]
    assert from_tensor_proto(proto(7, [3], string_val=[b"a", b"b"])).tolist() == [b"a", b"b", b"b"]


def test_values_too_many_are_ignored_and_too_wide_are_cut_as_in_tensorflow():
    assert from_tensor_proto(proto(1, [2], float_val=[1, 2, 3])).tolist() == [1, 2]
    assert from_tensor_proto(proto(6, [1], int_val=[300])).tolist() == [44]


def test_strings_may_be_in_tensor_content():
    content = proto(7, [2], tensor_content=b"\x01\x02abc")
    assert from_tensor_proto(content).tolist() == [b"a", b"bc"]


@pytest.mark.parametrize(
    "hostile, reason",
    [
        (proto(1, [2], tensor_content=b"1234567"), "2 values of float32 take 8 bytes, got 7"),
        (proto(1, [2**40], tensor_content=b"1234"), "4398046511104 bytes, got 4"),
        (proto(1, [2**40], float_val=[1]), "more than the 2147483647 that may be filled"),
        (proto(7, [2**30], string_val=[b"x"]), "more than the 2147483647 that may be filled"),
        (proto(1, [2**62, 2**62]), "larger than any memory"),
        (proto(2, [0, 2**60]), "larger than any memory"),
        (proto(1, [-1]), r"expected sizes of zero or more, got the shape \[-1\]"),
        (proto(1, [1] * 65), "65 dimensions"),
        (proto(8, [2], scomplex_val=[1, 2, 3]), "3 floats are no whole number of complex values"),
        (proto(10, [2], tensor_content=b"\x01\x02"), "a bool of value 2"),
        (proto(7, [2**40], tensor_content=b"\x01a"), "cannot be in 2 bytes"),
        (proto(7, [1], tensor_content=b"\x05a"), "strings of 5 bytes, but 1 are there"),
        (proto(7, [2], tensor_content=b"\x80\x80"), "no whole number at byte 0"),
        (proto(0, [1]), "there is no DataType 0"),
        (proto(99, [1]), "there is no DataType 99"),
    ],
)
def test_hostile_messages_are_refused_and_allocate_nothing(hostile, reason, little_memory):
    with little_memory(), pytest.raises(DataLossError, match=f"graph.pb, node c: .*{reason}"):
        from_tensor_proto(hostile, "graph.pb, node c")


def test_an_unknown_shape_is_refused():
    unknown = proto(1)
    unknown.tensor_shape.unknown_rank = True
    with pytest.raises(DataLossError, match="expected sizes"):
        from_tensor_proto(unknown)


def test_mistakes_of_the_caller_are_explained():
    with pytest.raises(ValueError, match="Too many elements provided. Takes at most 2, but got 3."):
        to_tensor_proto(np.float32([1, 2, 3]), 1, [2])
    with pytest.raises(TypeError, match=r"Expected an array of float32 \(DataType 1\), got one of int64"):
        to_tensor_proto(np.int64([1, 2, 3]), 1)
    with pytest.raises(TypeError, match="Expected bytes or str in a string tensor, got int: 5"):
        to_tensor_proto(np.array([b"a", 5], object), 7)
    with pytest.raises(TypeError, match="array of bytes"):
        to_tensor_proto(np.array([1.0]), 7)
    with pytest.raises(ValueError, match="larger than 2GB; got 2147483648 bytes"):
        to_tensor_proto(np.broadcast_to(np.uint8([0, 1]), [2**30, 2]), 4)
    with pytest.raises(NotImplementedError, match="DataType 21 cannot be stored"):
        to_tensor_proto(np.zeros(1), types_pb2.DT_VARIANT)
    with pytest.raises(NotImplementedError, match="node r: values of DT_RESOURCE cannot be stored"):
        from_tensor_proto(proto(types_pb2.DT_RESOURCE), "node r")
    with pytest.raises(NotImplementedError, match="datetime64"):
        enum_of_dtype(np.dtype("M8[s]"))


def test_halves_are_listed():
    assert list(to_tensor_proto(np.float16([10.0, 20.0]), types_pb2.DT_HALF).half_val) == [18688, 19712]
    assert list(to_tensor_proto(np.array([10.0, 20.0], ml_dtypes.bfloat16), types_pb2.DT_BFLOAT16).half_val) == [
        16672, 16800]


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_filled_array_is_written_as_what_fills_it(name, count):
    values, enum = array_of(name)[:count], enum_of(name)
    message = to_tensor_proto(values, enum, [4, 5])
    filled = from_tensor_proto(message, keeps_filling=True)
    plain = from_tensor_proto(message)
    assert filled.shape == plain.shape == (4, 5) and filled.dtype == plain.dtype
    np.testing.assert_array_equal(filled, plain)
    assert plain.flags.writeable and not filled.flags.writeable
    again = to_tensor_proto(filled, enum)
    assert again == (message if count else to_tensor_proto(plain.reshape(-1)[:1], enum, [4, 5]))
    if count:  # parts and copies are arrays like others
        for other in (filled[1:], filled.T, filled.copy(), filled.reshape(5, 4)[::-1]):
            np.testing.assert_array_equal(from_tensor_proto(to_tensor_proto(other, enum)), other)


def test_one_value_takes_the_memory_of_one():
    message = to_tensor_proto(np.float32([7]), 1, [1 << 16, 1 << 12])
    filled = from_tensor_proto(message, keeps_filling=True)
    assert filled.nbytes == 1 << 30 and not any(filled.strides) and filled[-1, -1] == 7
    assert to_tensor_proto(filled, 1) == message
    with pytest.raises(DataLossError, match="more than 67108864 bytes are not made of a few values"):
        from_tensor_proto(to_tensor_proto(np.float32([7, 8]), 1, [1 << 16, 1 << 12]), keeps_filling=True)
