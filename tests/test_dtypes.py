"""Element types: the names, numbers and rules that programs and files written for TensorFlow rely on."""

import copy
import pickle

import ml_dtypes
import numpy as np
import pytest

from millpond import dtypes as tf

# name, wire number, NumPy type, bytes of an element, what it is
TYPES = [
    ("float32", 1, np.float32, 4, "floating"),
    ("float64", 2, np.float64, 8, "floating"),
    ("int32", 3, np.int32, 4, "integer"),
    ("uint8", 4, np.uint8, 1, "integer unsigned"),
    ("int16", 5, np.int16, 2, "integer"),
    ("int8", 6, np.int8, 1, "integer"),
    ("string", 7, object, 0, ""),
    ("complex64", 8, np.complex64, 8, "complex"),
    ("int64", 9, np.int64, 8, "integer"),
    ("bool", 10, np.bool_, 1, "bool"),
    ("qint8", 11, np.dtype([("qint8", np.int8)]), 1, "quantized"),
    ("quint8", 12, np.dtype([("quint8", np.uint8)]), 1, "quantized"),
    ("qint32", 13, np.dtype([("qint32", np.int32)]), 4, "quantized"),
    ("bfloat16", 14, ml_dtypes.bfloat16, 2, "floating"),
    ("qint16", 15, np.dtype([("qint16", np.int16)]), 2, "quantized"),
    ("quint16", 16, np.dtype([("quint16", np.uint16)]), 2, "quantized"),
    ("uint16", 17, np.uint16, 2, "integer unsigned"),
    ("complex128", 18, np.complex128, 16, "complex"),
    ("float16", 19, np.float16, 2, "floating"),
    ("resource", 20, None, 0, ""),
    ("variant", 21, None, 0, ""),
    ("uint32", 22, np.uint32, 4, "integer unsigned"),
    ("uint64", 23, np.uint64, 8, "integer unsigned"),
]
TYPE_IDS = [row[0] for row in TYPES]
QUANTIZED = [row[0] for row in TYPES if "quantized" in row[4]]


@pytest.mark.parametrize(("name", "number", "numpy_type", "size", "kinds"), TYPES, ids=TYPE_IDS)
def test_each_type_has_tensorflows_name_number_numpy_type_and_nature(name, number, numpy_type, size, kinds):
    dtype = getattr(tf, name)
    assert (dtype.name, int(dtype), dtype.as_datatype_enum, dtype.size) == (name, number, number, size)
    assert repr(dtype) == f"tf.{name}"
    assert str(dtype) == f"<dtype: '{name}'>"
    properties = ["floating", "integer", "unsigned", "complex", "bool", "quantized"]
    assert " ".join(p for p in properties if getattr(dtype, f"is_{p}")) == kinds
    assert dtype.base_dtype is dtype
    assert dtype.is_numpy_compatible is (numpy_type is not None)
    assert dtype.np_dtype == np.dtype(numpy_type or object)
    if numpy_type is None:
        with pytest.raises(TypeError, match=f"'{name}'.*has no NumPy type"):
            _ = dtype.as_numpy_dtype
    else:
        assert dtype.as_numpy_dtype is numpy_type or dtype.as_numpy_dtype == numpy_type


@pytest.mark.parametrize(("name", "number", "numpy_type", "size", "kinds"), TYPES, ids=TYPE_IDS)
def test_each_type_has_a_reference_twin(name, number, numpy_type, size, kinds):
    dtype, ref = getattr(tf, name), getattr(tf, name + "_ref")
    assert (ref.name, ref.as_datatype_enum, ref.size) == (name + "_ref", number + 100, size)
    assert repr(ref) == f"tf.{name}_ref"
    assert ref.is_ref_dtype and ref._is_ref_dtype and not dtype.is_ref_dtype and not dtype._is_ref_dtype
    assert dtype._as_ref is ref and ref._as_ref is ref and ref.base_dtype is dtype
    assert dtype != ref
    assert ref.np_dtype == dtype.np_dtype
    assert (ref.is_floating, ref.is_quantized) == (dtype.is_floating, dtype.is_quantized)
    # A variable's reference can be read where a value is wanted, not the other way round.
    assert dtype.is_compatible_with(ref) and not ref.is_compatible_with(dtype)


@pytest.mark.parametrize("row", TYPES, ids=TYPE_IDS)
def test_a_type_is_one_object_however_it_is_asked_for(row):
    name, number, numpy_type = row[:3]
    dtype = getattr(tf, name)
    forms = [dtype, name, number, np.int64(number)]
    if numpy_type is not None:
        forms += [numpy_type, np.dtype(numpy_type), np.zeros(2, numpy_type)]
    for form in forms:
        assert tf.as_dtype(form) is dtype
        assert dtype == form
    assert tf.DType(number) is dtype
    assert tf.as_dtype(name + "_ref") is tf.as_dtype(number + 100) is dtype._as_ref
    for copied in (copy.copy(dtype), copy.deepcopy([dtype])[0], pickle.loads(pickle.dumps(dtype))):
        assert copied is dtype


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("float", "float32"), ("double", "float64"), ("half", "float16"), ("float_ref", "float32_ref"),
        ("double_ref", "float64_ref"), ("half_ref", "float16_ref"), (float, "float32"), (bool, "bool"),
        (object, "string"), (np.str_, "string"), (np.bytes_, "string"), (np.dtype("S3"), "string"),
        (np.dtype("U3"), "string"), (np.dtype(">f4"), "float32"), (np.intc, "int32"),
        (np.longlong, "int64"), (np.ulonglong, "uint64"), (np.float32(1), "float32"), (True, "float32"),
    ],
)  # fmt: skip
def test_other_spellings_of_types(form, name):
    assert tf.as_dtype(form).name == name


def test_the_recorded_cases_of_as_dtype():
    forms = ["float32", np.int32, np.dtype("uint8"), tf.bool, 1, "string"]
    assert [tf.as_dtype(f).name for f in forms] == ["float32", "int32", "uint8", "bool", "float32", "string"]
    ref = tf.as_dtype("float32_ref")
    answers = [ref.base_dtype, ref._is_ref_dtype, tf.float32.real_dtype, tf.complex64.real_dtype]
    assert answers == [tf.float32, True, tf.float32, tf.float32]


@pytest.mark.parametrize(
    ("form", "advice"),
    [
        ("float33", "'float33'.*names float32, float64"),
        ("f4", "'f4'"),
        (int, "Write tf.int32 or tf.int64"),
        (complex, "Write tf.complex64 or tf.complex128"),
        (str, "Write tf.string"),
        (bytes, "Write tf.string"),
        (0, "numbers 1 to 23, their references 101 to 123"),
        (99, "Cannot convert 99"),
        (None, "None"),
        (3.5, "3.5"),
        ([1], r"\[1\]"),
        ({}, "{}"),
        (dict, "dict"),
        (np.floating, "floating"),
        (np.longdouble, "longdouble"),
        (np.dtype("M8[s]"), r"M8\[s\].*array.astype"),
        (np.dtype([("a", np.int8)]), "'a'"),
    ],
)
def test_what_is_no_type_is_refused_with_advice(form, advice):
    with pytest.raises(TypeError, match=advice):
        tf.as_dtype(form)
    assert tf.float32 != form


@pytest.mark.parametrize("number", [0, 24, 100, 999, "x", None])
def test_a_type_number_that_does_not_exist_is_refused(number):
    with pytest.raises(TypeError, match="does not exist.*numbers 1 to 23"):
        tf.DType(number)


def test_types_compare_with_whatever_names_them_from_both_sides():
    assert tf.float32 == "float" and tf.float32 == np.float32 and tf.float32 == float
    assert np.float32 == tf.float32 and np.dtype("float32") == tf.float32
    assert tf.string == object and tf.string != str
    assert tf.float32 in ["float32"] and tf.float32 not in [None, "int32", np.float64, object()]
    assert (tf.float32 != "float32") is False
    with pytest.raises(TypeError):
        _ = tf.float32 < tf.float64


def test_types_are_keys_of_dicts_with_a_hash_that_is_the_same_in_every_process():
    table = {tf.float32: "f", tf.float32_ref: "r", tf.int32: "i"}
    assert table[tf.as_dtype("float")] == "f" and table[tf.as_dtype(101)] == "r"
    assert hash(tf.float32) == 1 and hash(tf.float32_ref) == 101


def test_aliases_are_the_same_objects():
    assert tf.half is tf.float16 and tf.double is tf.float64
    assert tf.half_ref is tf.float16_ref and tf.double_ref is tf.float64_ref


def test_real_type_of_complex_numbers_and_of_all_others():
    assert tf.complex64.real_dtype is tf.float32 and tf.complex128.real_dtype is tf.float64
    assert tf.complex64_ref.real_dtype is tf.float32
    assert tf.string.real_dtype is tf.string and tf.float32_ref.real_dtype is tf.float32_ref


def test_finite_range_of_numbers():
    assert (tf.int8.min, tf.int8.max) == (-128, 127)
    assert (tf.uint64.min, tf.uint64.max) == (0, 18446744073709551615)
    assert type(tf.int32.max) is int
    assert tf.float32.max == np.finfo(np.float32).max and type(tf.float32.max) is np.float32
    assert (float(tf.float16.min), float(tf.float16.max)) == (-65504.0, 65504.0)
    assert float(tf.bfloat16.max) == float.fromhex("0x1.FEp127") == -float(tf.bfloat16.min)
    assert type(tf.bfloat16.max) is ml_dtypes.bfloat16
    assert tf.float64_ref.min == np.finfo(np.float64).min


@pytest.mark.parametrize("name", ["bool", "complex64", "string", "resource", *QUANTIZED])
def test_types_without_a_range_say_so(name):
    dtype = tf.as_dtype(name)
    with pytest.raises(TypeError, match=f"minimum value of <dtype: '{name}'>"):
        _ = dtype.min
    with pytest.raises(TypeError, match=f"maximum value of <dtype: '{name}'>"):
        _ = dtype.max


def test_limits_are_the_range_of_image_intensities():
    assert tf.float32.limits == tf.float64.limits == tf.float32_ref.limits == (0, 1)
    assert tf.uint8.limits == (0, 255) and tf.int8.limits == (0, 127)
    assert tf.int64.limits == (0, 9223372036854775807)
    assert tf.bool.limits == (0, True)
    for name in ["float16", "bfloat16", "complex64", "string", "variant", "qint8"]:
        with pytest.raises(ValueError, match=f"'{name}'> does not have defined limits"):
            _ = tf.as_dtype(name).limits


def test_compatibility_is_about_the_base_type():
    assert tf.float32.is_compatible_with("float32") and tf.float32.is_compatible_with(np.float32)
    assert not tf.float32.is_compatible_with(tf.int32)
    with pytest.raises(TypeError, match="'nope'"):
        tf.float32.is_compatible_with("nope")


def test_the_type_of_a_numpy_array():
    arrays = {
        "float64": np.zeros(2), "int64": np.arange(3), "bool": np.array([True]), "string": np.array(["a"]),
        "complex128": np.array([1j]), "int32": np.zeros(1, ">i4"),
        "bfloat16": np.zeros(1, ml_dtypes.bfloat16), "qint8": np.zeros(1, tf.qint8.as_numpy_dtype),
    }  # fmt: skip
    assert {name: tf.from_numpy(a.dtype).name for name, a in arrays.items()} == {
        name: name for name in arrays
    }
    assert tf.from_numpy(np.array([b"x"]).dtype) is tf.from_numpy(np.array([None]).dtype) is tf.string
    with pytest.raises(TypeError, match=r"timedelta64|m8"):
        tf.from_numpy(np.dtype("m8[s]"))


def test_quantized_types_are_listed_with_their_references():
    assert {d.name for d in tf.QUANTIZED_DTYPES} == {n + ref for n in QUANTIZED for ref in ("", "_ref")}
