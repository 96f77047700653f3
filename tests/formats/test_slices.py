"""Parts of partitioned tensors."""

import itertools

import numpy as np
import pytest

from millpond.errors import DataLossError, InvalidArgumentError
from millpond.formats.slices import (
    assemble,
    parse_shape_and_slice,
    part_from_proto,
    part_key,
    part_to_proto,
    region_of,
)


@pytest.mark.parametrize(
    "text, shape, part",
    [
        ("5 2 0,2:-", (5, 2), ((0, 2), (0, -1))),
        ("10 3,0", (10,), ((3, 0),)),
        ("4 4 4 -:1,3:0,4", (4, 4, 4), ((0, -1), (1, 3), (0, 4))),
        ("", (), ()),
    ],
)
def test_the_text_of_the_save_ops_is_read(text, shape, part):
    assert parse_shape_and_slice(text) == (shape, part)


@pytest.mark.parametrize(
    "text", ["5", "5 0,2:-", "5 2 0,2", "5 4,2", "5 -1,2", "five 0,1", "5  0,1", "5 0,1 ", "5 0-1"]
)
def test_malformed_text_is_refused(text):
    with pytest.raises(InvalidArgumentError, match=repr(text)):
        parse_shape_and_slice(text)


def test_parts_round_trip_through_their_message():
    part = ((0, 2), (0, -1), (3, 0))
    assert part_from_proto(part_to_proto(part)) == part
    assert part_to_proto(part).SerializeToString().hex() == "0a0210020a000a0408031000"


def test_keys_sort_as_names_and_numbers_do():
    numbers = sorted(
        {sign * (2**bits + more) for bits in range(62) for more in (-1, 0, 1) for sign in (1, -1)}
    )
    keys = [part_key("v", ((start, 1),)) for start in numbers]
    assert keys == sorted(keys) and len(set(keys)) == len(numbers)
    names = ["", "\0", "\0\0", "\0a", "\1", "a", "a\0", "a/b", "b", "ÿ"]
    keys = [part_key(name, part) for name in names for part in ((), ((0, 1),), ((0, 1), (0, 1)))]
    assert keys == sorted(keys) and len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "part", [((0, 1),), ((0, 1), (0, 1), (0, 1)), ((-1, 2), (0, 1)), ((4, 2), (0, 1)), ((0, -2), (0, 1))]
)
def test_parts_must_be_inside_the_whole(part):
    with pytest.raises(DataLossError, match=r"weights: .*shape \[5, 2\]"):
        region_of(part, (5, 2), "weights")


def test_any_region_of_any_partition_is_put_together():
    whole = np.arange(5 * 4).reshape(5, 4)
    rows, columns = [(0, 2), (2, 1), (3, 2)], [(0, 3), (3, 1)]
    parts = [region_of(part, whole.shape, "w") for part in itertools.product(rows, columns)]
    loaded = []

    def load(number):
        loaded.append(number)
        return whole[parts[number]]

    for wanted in [((0, 5), (0, 4)), ((1, 3), (2, 2)), ((2, 1), (0, 3)), ((4, 0), (0, 4))]:
        region = region_of(wanted, whole.shape, "w")
        np.testing.assert_array_equal(assemble(9, region, parts, load, "w"), whole[region])
    assert loaded == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 2], "parts are loaded only if they share values"


@pytest.mark.parametrize(
    "parts", [[((0, 2),)], [((0, 2),), ((3, 2),)], [((0, 3),), ((2, 3),)], [((0, 2),), ((0, 2),), ((4, 1),)]]
)
def test_gaps_and_overlaps_are_refused(parts):
    regions = [region_of(part, (5,), "w") for part in parts]
    with pytest.raises(DataLossError, match="w: the stored parts"):
        assemble(1, (slice(0, 5),), regions, lambda number: np.zeros(parts[number][0][1], np.float32), "w")
