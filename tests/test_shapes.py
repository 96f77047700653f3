"""Static shapes and dimensions, with TensorFlow 1's rules for what is unknown."""

import copy
import operator
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from millpond.dimensions import Dimension, as_dimension, dimension_value
from millpond.shapes import (
    TensorShape,
    as_shape,
    broadcast_sizes,
    broadcast_static_shape,
    dimension_at_index,
    matrix,
    scalar,
    unknown_shape,
    vector,
)


def proto(*sizes, unknown_rank=False):
    """What a GraphDef stores for a shape."""
    return SimpleNamespace(unknown_rank=unknown_rank, dim=[SimpleNamespace(size=s) for s in sizes])


# --- dimensions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [3, np.int64(3), np.array(3), Dimension(3), 3.0, np.float32(3)])
def test_a_dimension_holds_a_plain_int(form):
    assert Dimension(form).value == 3 and type(Dimension(form).value) is int
    assert repr(Dimension(form)) == "Dimension(3)" and str(Dimension(form)) == "3"


def test_an_unknown_dimension():
    unknown = Dimension(None)
    assert unknown.value is None and repr(unknown) == "Dimension(None)" and str(unknown) == "?"
    assert not unknown and not Dimension(0) and Dimension(2)


@pytest.mark.parametrize(
    ("form", "error", "says"),
    [
        (-1, ValueError, "Dimension -1 must be >= 0; an unknown dimension is None"),
        (3.7, ValueError, "Ambiguous dimension: 3.7.*use //"),
        (float("inf"), ValueError, "Ambiguous"),
        ("3", TypeError, "got '3' of type str"),
        ([1], TypeError, r"got \[1\] of type list"),
    ],
)
def test_what_is_no_dimension_is_refused(form, error, says):
    with pytest.raises(error, match=says):
        Dimension(form)


def test_comparing_with_something_unknown_gives_none():
    assert Dimension(3) == 3 and Dimension(3) != 4 and Dimension(3) == Dimension(3)
    assert (
        Dimension(3) < 4 and Dimension(3) <= 3 and Dimension(3) > 2 and Dimension(3) >= 3 and 3 < Dimension(4)
    )
    for compare in (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge):
        assert compare(Dimension(None), 3) is None
        assert compare(Dimension(3), None) is None
        assert compare(Dimension(None), Dimension(None)) is None


def test_a_dimension_differs_from_what_is_no_size():
    assert Dimension(3) != "3" and Dimension(3) != [1] and Dimension(None) != "a" and Dimension(3) != -3
    with pytest.raises(TypeError):
        _ = Dimension(3) < "a"


@pytest.mark.parametrize(
    ("operation", "left", "right", "value"),
    [
        (operator.add, 3, 4, 7), (operator.sub, 7, 4, 3), (operator.mul, 3, 4, 12),
        (operator.floordiv, 7, 2, 3), (operator.mod, 7, 4, 3),
    ],
)  # fmt: skip
def test_arithmetic_gives_dimensions_and_the_unknown_spreads(operation, left, right, value):
    for a, b in [(Dimension(left), right), (left, Dimension(right)), (Dimension(left), Dimension(right))]:
        result = operation(a, b)
        assert isinstance(result, Dimension) and result.value == value
    for a, b in [
        (Dimension(None), right),
        (left, Dimension(None)),
        (Dimension(left), None),
        (None, Dimension(right)),
    ]:
        result = operation(a, b)
        assert isinstance(result, Dimension) and result.value is None


def test_arithmetic_that_has_no_meaning_is_refused():
    with pytest.raises(ValueError, match="Dimension -1 must be >= 0"):
        _ = Dimension(3) - 4
    with pytest.raises(TypeError, match=r"Dimension\(7\) / 2.*please use // instead"):
        _ = Dimension(7) / 2
    with pytest.raises(TypeError, match=r"7 / Dimension\(2\).*please use // instead"):
        _ = 7 / Dimension(2)
    with pytest.raises(ZeroDivisionError):
        _ = Dimension(7) // 0
    for wrong in ("a", 2.5):
        with pytest.raises(TypeError, match="unsupported operand"):
            _ = Dimension(3) + wrong


def test_a_known_dimension_is_an_index_an_unknown_one_is_not():
    assert int(Dimension(3)) == 3 and float(Dimension(3)) == 3.0
    assert list("abc")[Dimension(2)] == "c" and list(range(Dimension(2))) == [0, 1]
    assert np.zeros([Dimension(2), 3]).shape == (2, 3)
    for use in (int, operator.index, range, lambda size: np.zeros([size])):
        with pytest.raises(TypeError, match=r"Dimension\(None\) is not known yet; tf.shape"):
            use(Dimension(None))


def test_merging_dimensions():
    assert Dimension(3).merge_with(None).value == 3 and Dimension(None).merge_with(3).value == 3
    assert Dimension(None).merge_with(None).value is None
    assert Dimension(3).is_compatible_with(None) and not Dimension(3).is_compatible_with(4)
    Dimension(3).assert_is_compatible_with(3)
    with pytest.raises(ValueError, match="Dimensions 3 and 4 are not compatible"):
        Dimension(3).merge_with(4)


def test_dimensions_cannot_be_hashed_but_copied():
    with pytest.raises(TypeError, match="unhashable"):
        hash(Dimension(3))
    assert pickle.loads(pickle.dumps(Dimension(3))).value == 3
    assert copy.deepcopy(Dimension(None)).value is None


def test_dimension_functions_accept_what_may_be_no_dimension():
    dimension = Dimension(3)
    assert (
        as_dimension(dimension) is dimension
        and as_dimension(3).value == 3
        and as_dimension(None).value is None
    )
    assert dimension_value(dimension) == 3 and dimension_value(3) == 3 and dimension_value(None) is None
    assert dimension_at_index(TensorShape([2, 3]), 1).value == 3
    assert dimension_at_index(TensorShape(None), 1).value is None


# --- making shapes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "sizes", "representation", "text"),
    [
        (None, None, "TensorShape(None)", "<unknown>"),
        ([], (), "TensorShape([])", "()"),
        (2, (2,), "TensorShape([Dimension(2)])", "(2,)"),
        ([2, None], (2, None), "TensorShape([Dimension(2), Dimension(None)])", "(2, ?)"),
        ([None], (None,), "TensorShape([Dimension(None)])", "(?,)"),
    ],
)
def test_how_shapes_print(form, sizes, representation, text):
    shape = TensorShape(form)
    assert (shape.sizes, repr(shape), str(shape)) == (sizes, representation, text)


@pytest.mark.parametrize(
    ("form", "sizes"),
    [
        ((2, 3), (2, 3)), (np.int64(2), (2,)), (np.array(2), (2,)), (Dimension(2), (2,)),
        (Dimension(None), (None,)), ([Dimension(2), None], (2, None)), (np.array([2, 3]), (2, 3)),
        (range(3), (0, 1, 2)), (True, (1,)),
        ((n for n in (1, 2)), (1, 2)), (TensorShape([1, None]), (1, None)), ([2.0, np.int32(3)], (2, 3)),
        ([2**40], (2**40,)), (proto(2, -1), (2, None)), (proto(), ()), (proto(unknown_rank=True), None),
    ],
)  # fmt: skip
def test_what_can_be_a_shape(form, sizes):
    shape = TensorShape(form)
    assert shape.sizes == sizes
    assert sizes is None or all(size is None or type(size) is int for size in shape.sizes)


@pytest.mark.parametrize(
    ("form", "error", "says"),
    [
        ([2, -1], ValueError, "Dimension -1 must be >= 0"),
        ([2, 3.5], ValueError, "Ambiguous dimension: 3.5"),
        (proto(-2), ValueError, "Dimension -2"),
        ([2, "a"], TypeError, "got 'a' of type str"),
        ([[1]], TypeError, r"got \[1\] of type list"),
        ("23", TypeError, "Cannot convert '23' to a shape"),
        (object(), TypeError, "must be an integer, a Dimension or None"),
    ],
)
def test_what_cannot_be_a_shape(form, error, says):
    with pytest.raises(error, match=says):
        TensorShape(form)


def test_shape_functions():
    shape = TensorShape([2])
    assert as_shape(shape) is shape and as_shape(5).sizes == (5,) and as_shape(None).sizes is None
    assert unknown_shape().sizes is None and unknown_shape(2).sizes == unknown_shape(ndims=2).sizes == (
        None,
        None,
    )
    assert scalar().sizes == () and vector(3).sizes == (3,) and matrix(Dimension(2), None).sizes == (2, None)
    assert TensorShape.of((2, None)) == [2, None] and TensorShape.of(None) == TensorShape(None)


# --- what shapes know ---------------------------------------------------------------------------------------


def test_what_a_program_reads_from_a_placeholders_shape():
    shape = TensorShape([None, 3])
    assert (shape.as_list(), shape.ndims, shape.rank, shape[0].value, shape[1].value) == (
        [None, 3],
        2,
        2,
        None,
        3,
    )
    assert [d.value for d in shape] == [d.value for d in shape.dims] == [None, 3]
    assert len(shape) == 2 and not shape.is_fully_defined() and shape.num_elements() is None
    assert TensorShape([2, 3]).num_elements() == 6 and TensorShape([]).num_elements() == 1
    assert TensorShape([0, None]).num_elements() is None
    assert np.zeros(TensorShape([2, 2])).shape == (2, 2)
    assert int(np.prod(TensorShape([2, 3]))) == 6


def test_a_shape_of_unknown_rank_knows_nothing():
    shape = TensorShape(None)
    assert (shape.ndims, shape.rank, shape.dims, shape.num_elements()) == (None, None, None, None)
    assert not shape.is_fully_defined() and not shape and TensorShape([])
    assert shape[7].value is None
    with pytest.raises(ValueError, match=r"as_list\(\) is not defined on an unknown TensorShape"):
        shape.as_list()
    with pytest.raises(ValueError, match="length of a shape with unknown rank"):
        len(shape)
    with pytest.raises(ValueError, match="iterate over a shape with unknown rank"):
        list(shape)


def test_indexing_gives_dimensions_and_slicing_shapes():
    shape = TensorShape([1, None, 3])
    assert isinstance(shape[0], Dimension) and shape[-1].value == 3 and shape[np.int64(1)].value is None
    assert shape[1:].sizes == (None, 3) and shape[::2].sizes == (1, 3) and shape[:-1].sizes == (1, None)
    with pytest.raises(IndexError, match=r"Shape \(1, \?, 3\) has no dimension 5: its rank is 3"):
        _ = shape[5]
    with pytest.raises(TypeError, match="indices must be integers"):
        _ = shape["a"]


@pytest.mark.parametrize(
    ("start", "stop", "sizes"),
    [
        (None, None, None), (1, None, None), (-2, None, None), (None, -1, None), (None, 2, (None, None)),
        (1, 3, (None, None)), (None, 0, ()), (3, 1, ()),
    ],
)  # fmt: skip
def test_slicing_an_unknown_rank(start, stop, sizes):
    assert TensorShape(None)[start:stop].sizes == sizes


def test_slicing_an_unknown_rank_in_steps_is_refused():
    with pytest.raises(ValueError, match="steps of 2"):
        _ = TensorShape(None)[0:4:2]


def test_equality_is_about_what_is_known():
    assert TensorShape([1]) == [1] == TensorShape((1,)) and TensorShape([1]) == 1
    assert TensorShape([None]) == [None] and TensorShape(None) == TensorShape(None) == None
    assert TensorShape([1]) != [2] and TensorShape([1]) != [1, 2] and TensorShape([1]) != None
    assert TensorShape([1]) != "a" and TensorShape([1]) != object() and TensorShape([1]) != [-1]
    assert (TensorShape([None]) != [None]) is False
    assert {TensorShape([1, None]): "known"}[TensorShape([1, None])] == "known"
    assert hash(TensorShape(None)) == hash(TensorShape(None))


def test_shapes_can_be_copied_and_sent():
    for shape in (TensorShape([1, None]), TensorShape([]), TensorShape(None)):
        assert pickle.loads(pickle.dumps(shape)) == copy.deepcopy(shape) == shape


# --- combining shapes ---------------------------------------------------------------------------------------


def test_compatible_shapes():
    assert TensorShape([2, None]).is_compatible_with([None, 3])
    assert TensorShape([2]).is_compatible_with(None) and TensorShape(None).is_compatible_with([2])
    assert not TensorShape([2]).is_compatible_with([3]) and not TensorShape([2]).is_compatible_with([2, 3])
    TensorShape([2]).assert_is_compatible_with([None])
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(3,\) are incompatible"):
        TensorShape([2]).assert_is_compatible_with([3])


def test_merging_shapes():
    assert TensorShape([None, 3]).merge_with([2, None]).sizes == (2, 3)
    assert TensorShape(None).merge_with([2]).sizes == (2,) and TensorShape([2]).merge_with(None).sizes == (2,)
    assert TensorShape([None]).merge_with(n for n in (4,)).sizes == (4,)
    with pytest.raises(ValueError, match=r"Shapes \(2, 3\) and \(2, 4\) are not compatible"):
        TensorShape([2, 3]).merge_with([2, 4])
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(3, 4\) are not compatible"):
        TensorShape([2]).merge_with([3, 4])


def test_most_specific_compatible_shape():
    shape = TensorShape([2, 3])
    assert shape.most_specific_compatible_shape([2, 4]).sizes == (2, None)
    assert shape.most_specific_compatible_shape([2, None]).sizes == (2, None)
    assert shape.most_specific_compatible_shape([2, 3]).sizes == (2, 3)
    assert shape.most_specific_compatible_shape([2]).sizes is None
    assert shape.most_specific_compatible_shape(None).sizes is None


def test_concatenating_shapes():
    shape = TensorShape([2])
    assert shape.concatenate([3]).sizes == shape.concatenate(3).sizes == (2, 3)
    assert shape.concatenate(Dimension(None)).sizes == (2, None)
    assert shape.concatenate(None).sizes is None and TensorShape(None).concatenate([3]).sizes is None
    assert (shape + [3]).sizes == (shape + (3,)).sizes == (shape + TensorShape([3])).sizes == (2, 3)
    assert ([1] + shape).sizes == ((1,) + shape).sizes == (1, 2)


def test_demanding_a_rank():
    shape = TensorShape([1, 2])
    assert shape.with_rank(2) == shape.with_rank_at_least(1) == shape.with_rank_at_most(2) == shape
    assert TensorShape(None).with_rank(2).sizes == (None, None)
    assert (
        TensorShape(None).with_rank_at_least(3).sizes is TensorShape(None).with_rank_at_most(3).sizes is None
    )
    TensorShape(None).assert_has_rank(2)
    TensorShape(None).assert_same_rank([2, 3])
    shape.assert_same_rank([5, 5])
    shape.assert_same_rank(None)
    refusals = {
        r"Shape \(1, 2\) must have rank 3": lambda: shape.with_rank(3),
        r"Shape \(1, 2\) must have rank at least 3": lambda: shape.with_rank_at_least(3),
        r"Shape \(1, 2\) must have rank at most 1": lambda: shape.with_rank_at_most(1),
        r"Shapes \(1, 2\) and \(7,\) must have the same rank": lambda: shape.assert_same_rank([7]),
        r"Shape \(\?,\) is not fully defined": lambda: TensorShape([None]).assert_is_fully_defined(),
    }
    for says, refused in refusals.items():
        with pytest.raises(ValueError, match=says):
            refused()
    shape.assert_is_fully_defined()


# --- broadcasting -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "result"),
    [
        ([2, 1], [3], (2, 3)), ([2, 1], [1, 3], (2, 3)), ([2, 1], None, None), ([None, 2], [3, 1], (3, 2)),
        ([None], [1], (None,)), ([None], [None], (None,)), ([None], [5], (5,)), ([None], [0], (0,)),
        ([0], [1], (0,)), ([], [2, 3], (2, 3)), ([], [], ()), ([None, 2, 1], [4], (None, 2, 4)),
    ],
)  # fmt: skip
def test_broadcasting(x, y, result):
    assert broadcast_static_shape(TensorShape(x), TensorShape(y)).sizes == result
    assert broadcast_static_shape(y, x).sizes == result
    assert broadcast_sizes(TensorShape(x).sizes, TensorShape(y).sizes) == result


@pytest.mark.parametrize(("x", "y"), [([2], [3]), ([0], [3]), ([2, 2], [3])])
def test_shapes_that_do_not_broadcast(x, y):
    with pytest.raises(ValueError, match=f"Incompatible shapes.*dimension -1 is {x[-1]} and 3"):
        broadcast_static_shape(TensorShape(x), TensorShape(y))


def test_the_message_names_the_dimension_that_does_not_broadcast():
    with pytest.raises(ValueError, match=r"\(4, \?, 2\) and \(5, 1, 2\).*dimension -3 is 4 and 5"):
        broadcast_static_shape([4, None, 2], [5, 1, 2])
    with pytest.raises(ValueError, match=r"\(3,\) and \(5, 2\).*dimension -1 is 3 and 2"):
        broadcast_static_shape([3], [5, 2])
