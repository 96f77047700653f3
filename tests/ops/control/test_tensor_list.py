"""Lists of tensors: what each op gives in both tiers, its gradients, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor

COVERS = {
    "EmptyTensorList", "TensorListReserve", "TensorListSetItem", "TensorListGetItem", "TensorListPushBack",
    "TensorListPopBack", "TensorListStack", "TensorListFromTensor", "TensorListGather", "TensorListScatter",
    "TensorListScatterV2", "TensorListScatterIntoExistingList", "TensorListConcat", "TensorListConcatV2",
    "TensorListSplit", "TensorListLength", "TensorListResize", "TensorListElementShape", "TensorListConcatLists",
    "TensorListPushBackBatch",
}

pytestmark = pytest.mark.usefixtures("tier")
FLOAT = tf.float32


def op(type: str, *inputs: Any, **attrs: Any) -> Any:
    return lookup(type)(*inputs, **attrs)


def reserve(count: Any, shape: Any = -1, dtype: Any = FLOAT) -> Tensor:
    return op("TensorListReserve", tf.constant(shape, tf.int32), count, element_dtype=dtype)


def empty(shape: Any = -1) -> Tensor:
    return op("EmptyTensorList", tf.constant(shape, tf.int32), -1, element_dtype=FLOAT)


def from_tensor(value: Any, shape: Any = -1) -> Tensor:
    return op("TensorListFromTensor", value, tf.constant(shape, tf.int32))


def stack(handle: Tensor, shape: Any = -1, **attrs: Any) -> Tensor:
    return op("TensorListStack", handle, tf.constant(shape, tf.int32), element_dtype=FLOAT, **attrs)


def get(handle: Tensor, index: Any, shape: Any = -1) -> Tensor:
    return op("TensorListGetItem", handle, index, tf.constant(shape, tf.int32), element_dtype=FLOAT)


def gather(handle: Tensor, indices: Any, shape: Any = -1) -> Tensor:
    return op("TensorListGather", handle, tf.constant(indices, tf.int32), tf.constant(shape, tf.int32),
              element_dtype=FLOAT)


def scatter(rows: Any, indices: Any, count: int, shape: Any = -1) -> Tensor:
    return op("TensorListScatterV2", rows, indices, tf.constant(shape, tf.int32), count)


def concat(handle: Tensor, shape: Any = -1, leading: Any = ()) -> Any:
    return op("TensorListConcatV2", handle, tf.constant(shape, tf.int32), tf.constant(list(leading), tf.int64),
              element_dtype=FLOAT)


def split(value: Any, lengths: Any, shape: Any = -1) -> Tensor:
    return op("TensorListSplit", value, tf.constant(shape, tf.int32), tf.constant(lengths, tf.int64))


def length(handle: Tensor) -> Tensor:
    return op("TensorListLength", handle)


def value_of(tensor: Any, feeds: Any = None) -> Any:
    with tf.Session() as sess:
        return sess.run(tensor, feeds)


def test_elements_are_set_read_and_stacked() -> None:
    index = tf.placeholder(tf.int32, [])
    x = tf.placeholder(FLOAT, [3, 2])
    handle = op("TensorListSetItem", reserve(3, [2]), 0, 2.0 * x[0])
    handle = op("TensorListSetItem", handle, index, 3.0 * x[1])
    rows = np.arange(6.0).reshape(3, 2)
    stacked, item, count = value_of([stack(handle, [2]), get(handle, index, [2]), length(handle)],
                                    {index: 2, x: rows})
    np.testing.assert_array_equal(stacked, [[0, 2], [0, 0], [6, 9]])
    np.testing.assert_array_equal(item, [6, 9])
    assert count == 3


def test_a_list_is_a_value_that_stays_as_it_is() -> None:
    before = from_tensor([1.0, 2.0])
    after = op("TensorListSetItem", before, 0, 5.0)
    assert [list(value) for value in value_of([stack(before), stack(after)])] == [[1, 2], [5, 2]]


def test_what_is_pushed_is_popped_in_reverse() -> None:
    handle = empty()
    for i in range(3):
        handle = op("TensorListPushBack", handle, tf.constant([float(i), 1.0]))
    popped = []
    for _ in range(3):
        handle, item = op("TensorListPopBack", handle, [2], element_dtype=FLOAT)
        popped.append(item)
    items, count = value_of([tf.stack(popped), length(handle)])
    np.testing.assert_array_equal(items, [[2, 1], [1, 1], [0, 1]])
    assert count == 0


def test_a_list_that_is_full_takes_no_more() -> None:
    full = "Tried to push item into a full list: list size: 2 max_num_elements: 2"
    made = op("EmptyTensorList", tf.constant(-1), 2, element_dtype=FLOAT)
    n, taken = tf.placeholder(tf.int32, []), tf.placeholder(tf.bool, [])
    twice = op("TensorListPushBack", op("TensorListPushBack", made, 1.0), 2.0)
    thrice = op("TensorListPushBack", twice, 3.0)
    looped = tf.while_loop(lambda i, held: i < n, lambda i, held: (i + 1, op("TensorListPushBack", held, 1.0)),
                           [0, made])[1]
    either = tf.cond(taken, lambda: op("TensorListPushBack", twice, 3.0), lambda: twice)
    with tf.Session() as sess:
        assert sess.run([op("TensorListLength", looped), stack(twice)[1]], {n: 2})[0] == 2
        assert sess.run(op("TensorListLength", either), {taken: False}) == 2
        for fetch, feeds in ((thrice, {}), (looped, {n: 3}), (either, {taken: True})):
            with pytest.raises(tf.errors.InvalidArgumentError, match=full):
                sess.run(op("TensorListLength", fetch), feeds)


def test_a_row_is_appended_to_each_of_many_lists() -> None:
    x = tf.placeholder(FLOAT, [2, 3])
    lists = tf.stack([empty([3]), op("TensorListPushBack", empty([3]), [1.0, 2.0, 3.0])])
    longer = op("TensorListPushBackBatch", lists, x)
    assert longer.shape.as_list() == [2]
    first, second = tf.unstack(longer)
    turned = tf.while_loop(lambda i, held: i < 2, lambda i, held: (i + 1, op("TensorListPushBackBatch", held, x)),
                           [0, longer])[1]
    with tf.Session() as sess:
        found = sess.run([stack(first), stack(second), op("TensorListLength", turned[1])], {x: [[4, 5, 6], [7, 8, 9]]})
    np.testing.assert_array_equal(found[0], [[4, 5, 6]])
    np.testing.assert_array_equal(found[1], [[1, 2, 3], [7, 8, 9]])
    assert found[2] == 4


def test_rows_that_do_not_fit_many_lists_are_refused() -> None:
    x = tf.placeholder(FLOAT, None)
    longer = op("TensorListPushBackBatch", tf.stack([empty([3]), empty([3])]), x)
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match="a row for each of the 2 lists, but it has 1"):
            sess.run(stack(longer[0]), {x: [[1, 2, 3]]})
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"list shape: \[3\]"):
            sess.run(stack(longer[0]), {x: [[1, 2], [3, 4]]})


def test_missing_elements_are_zeros_of_the_shape_of_the_others() -> None:
    handle = op("TensorListSetItem", reserve(3), 1, [1.0, 2.0])
    stacked, item, gathered, joined = value_of([
        stack(handle), get(handle, 0), gather(handle, [1, 2]), concat(handle, [-1], [1, 2, 3])[0]])
    np.testing.assert_array_equal(stacked, [[0, 0], [1, 2], [0, 0]])
    np.testing.assert_array_equal(item, [0, 0])
    np.testing.assert_array_equal(gathered, [[1, 2], [0, 0]])
    np.testing.assert_array_equal(joined, [0, 1, 2, 0, 0, 0])


def test_rows_are_scattered_and_gathered() -> None:
    x = tf.placeholder(FLOAT, [2])
    scattered = [scatter(x, [3, 1], 5), scatter(x, [3, 1], -1),
                 op("TensorListScatter", x, [3, 1], tf.constant([], tf.int32)),
                 op("TensorListScatterIntoExistingList", from_tensor([9.0, 9.0, 9.0, 9.0]), x, [3, 1])]
    values = value_of([stack(handle, []) for handle in scattered], {x: [1, 2]})
    assert [list(value) for value in values] == [[0, 2, 0, 1, 0], [0, 2, 0, 1], [0, 2, 0, 1], [9, 2, 9, 1]]
    assert list(value_of(gather(scattered[0], [3, 1, 3], []), {x: [1, 2]})) == [1, 2, 1]


def test_of_equal_indices_the_last_counts() -> None:
    assert list(value_of(stack(scatter(tf.range(3.0) + 1.0, [1, 0, 1], 2), []))) == [2, 3]


def test_indices_that_are_computed_write_and_read() -> None:
    x = tf.placeholder(FLOAT, [2])
    indices = tf.cast(x, tf.int32)
    handle = op("TensorListScatterV2", [5.0, 7.0], indices, tf.constant([], tf.int32), 4)
    chosen = op("TensorListGather", handle, indices, tf.constant([], tf.int32), element_dtype=FLOAT)
    stacked, found = value_of([stack(handle, []), chosen], {x: [2, 0]})
    assert list(stacked) == [7, 0, 5, 0] and list(found) == [5, 7]


@pytest.mark.parametrize("lengths", [[1, 3], [2, 2]], ids=["unequal", "equal"])
def test_pieces_are_split_and_joined(lengths: list[int]) -> None:
    x = tf.placeholder(FLOAT, [4, 2])
    handle = split(x, lengths)
    joined, found = concat(handle, [-1, 2])
    rows = np.arange(8.0).reshape(4, 2)
    whole, sizes, first = value_of([joined, found, get(handle, 0)], {x: rows})
    np.testing.assert_array_equal(whole, rows)
    assert list(sizes) == lengths
    np.testing.assert_array_equal(first, rows[:lengths[0]])


def test_a_concat_of_the_first_release_tells_the_shape_in_an_attribute() -> None:
    handle = split([1.0, 2.0, 3.0], [1, 2])
    joined, sizes = op("TensorListConcat", handle, element_dtype=FLOAT, element_shape=[None])
    assert joined.shape.as_list() == [None]
    whole, found = value_of([joined, sizes])
    assert list(whole) == [1, 2, 3] and list(found) == [1, 2]


def test_lists_become_longer_and_shorter() -> None:
    handle = from_tensor([1.0, 2.0])
    longer = op("TensorListResize", handle, 4)
    shorter = op("TensorListResize", op("TensorListResize", handle, 1), 2)
    beyond = op("TensorListSetItem", handle, 3, 8.0, resize_if_index_out_of_bounds=True)
    both = op("TensorListConcatLists", handle, beyond, element_dtype=FLOAT)
    found = value_of([stack(one, []) for one in (longer, shorter, beyond, both)])
    assert [list(value) for value in found] == [[1, 2, 0, 0], [1, 0], [1, 2, 0, 8], [1, 2, 1, 2, 0, 8]]


def test_the_element_shape_is_what_is_known() -> None:
    shapes = [op("TensorListElementShape", handle, shape_type=tf.int32)
              for handle in (reserve(2), reserve(2, [-1, 3]), from_tensor([[1.0, 2.0]]))]
    found = value_of(shapes)
    assert found[0] == -1
    assert [list(shape) for shape in found[1:]] == [[-1, 3], [2]]


def test_sums_of_lists_add_element_by_element() -> None:
    x = tf.placeholder(FLOAT, [3])
    index = tf.placeholder(tf.int32, [])
    one = op("TensorListSetItem", reserve(3, []), index, 10.0)
    other = op("TensorListSetItem", reserve(3, []), 1, 100.0)
    sums = [tf.add_n([from_tensor(x), one]), tf.add_n([one, from_tensor(x)]), tf.add_n([one, other]),
            tf.add_n([from_tensor(x), other, one]), tf.add_n([reserve(3, []), other]),
            tf.add_n([from_tensor(x), from_tensor(x)]), tf.zeros_like(from_tensor(x))]
    found = value_of([stack(total, []) for total in sums], {x: [1, 2, 3], index: 2})
    assert [list(value) for value in found] == [
        [1, 2, 13], [1, 2, 13], [0, 100, 10], [1, 102, 13], [0, 100, 0], [2, 4, 6], [0, 0, 0]]


def _lists_of(*handles: Tensor) -> Tensor:
    lists = op("EmptyTensorList", tf.constant([], tf.int32), -1, element_dtype=tf.variant)
    for handle in handles:
        lists = op("TensorListPushBack", lists, handle)
    return lists


def _list_at(lists: Tensor, index: Any) -> Tensor:
    return op("TensorListGetItem", lists, index, [], element_dtype=tf.variant)


def test_lists_are_elements_of_lists() -> None:
    x, index = tf.placeholder(FLOAT, [3]), tf.placeholder(tf.int32, [])
    lists = _lists_of(from_tensor(x), from_tensor(x[:2] * 10.0), reserve(3, []))
    written = op("TensorListSetItem", lists, index, from_tensor(-x))
    doubled = tf.add_n([lists, written])
    rest, last = op("TensorListPopBack", lists, [], element_dtype=tf.variant)
    found = value_of([stack(_list_at(lists, 0), []), stack(_list_at(lists, 1), []), stack(_list_at(written, index), []),
                      stack(_list_at(doubled, 0), []), stack(last, []), length(rest)], {x: [1, 2, 3], index: 1})
    assert [list(value) for value in found[:5]] == [[1, 2, 3], [10, 20], [-1, -2, -3], [2, 4, 6], [0, 0, 0]]
    assert found[5] == 2


def test_zeros_like_lists_are_as_long_as_they() -> None:
    x, index = tf.placeholder(FLOAT, [3]), tf.placeholder(tf.int32, [])
    lists = _lists_of(from_tensor(x), from_tensor(x * 2.0))
    deep = _lists_of(lists, lists)
    batch = op("TensorListSetItem", lists, index, from_tensor(x))
    nothing = [_list_at(tf.zeros_like(handle), index) for handle in (lists, batch, tf.zeros_like(batch))]
    nothing.append(_list_at(_list_at(tf.zeros_like(deep), 1), index))
    written = op("TensorListSetItem", tf.zeros_like(lists), index, from_tensor(x))
    both = tf.add_n([written, tf.zeros_like(batch)])
    feeds = {x: [1, 2, 3], index: 1}
    assert [list(value) for value in value_of([stack(handle) for handle in nothing], feeds)] == [[0, 0, 0]] * 4
    assert [list(value) for value in value_of([stack(_list_at(both, i)) for i in range(2)], feeds)] == [
        [0, 0, 0], [1, 2, 3]]


def test_lists_of_lists_behind_each_other() -> None:
    x, index = tf.placeholder(FLOAT, [3]), tf.placeholder(tf.int32, [])
    lists = _lists_of(from_tensor(x), from_tensor(x[:2]))
    batch = op("TensorListSetItem", lists, index, from_tensor(-x))
    feeds = {x: [1, 2, 3], index: 1}
    for a, b in ((lists, lists), (lists, batch), (batch, lists), (batch, batch)):
        whole = op("TensorListConcatLists", a, b, element_dtype=tf.variant)
        found = value_of([get(_list_at(whole, i), 1) for i in range(4)] + [length(whole)], feeds)
        assert found == [2, 2 if a is lists else -2, 2, 2 if b is lists else -2, 4]


def test_a_loop_keeps_a_list_of_each_iteration() -> None:
    lists, inner = op("EmptyTensorList", tf.constant([], tf.int32), -1, element_dtype=tf.variant), [3]
    _, lists = tf.while_loop(lambda i, _: i < 4, lambda i, lists: (i + 1, op(
        "TensorListPushBack", lists, from_tensor(tf.fill(inner, tf.cast(i, FLOAT))))), [0, lists])
    second = value_of([stack(_list_at(lists, 2), []), length(lists)])
    assert list(second[0]) == [2, 2, 2] and second[1] == 4


# Gradients.


def _through_items(x: Tensor) -> Tensor:
    handle = op("TensorListSetItem", from_tensor(x), 1, x[0] * x[2])
    return get(handle, 0) * get(handle, 1) * get(handle, 2, [2]) + stack(handle)[2] ** 2


def _through_ends(x: Tensor) -> Tensor:
    handle = empty()
    for i in range(3):
        handle = op("TensorListPushBack", handle, x[i] ** 2)
    rest, last = op("TensorListPopBack", handle, [2], element_dtype=FLOAT)
    return last * tf.reduce_prod(stack(rest, [2]), 0)


def _through_rows(x: Tensor) -> Tensor:
    handle = scatter(x * x, [2, 0, 1], 4)
    handle = op("TensorListScatterIntoExistingList", handle, x[:2] * 3.0, [1, 3])
    return tf.reduce_sum(gather(handle, [0, 1, 1, 3], [2]) ** 3, 0)


def _through_pieces(x: Tensor) -> Tensor:
    handle = split(x, [1, 2])
    whole, _ = concat(handle, [-1, 2])
    return tf.reduce_sum(whole ** 3, 0) * get(handle, 0)[0]


def _through_sizes(x: Tensor) -> Tensor:
    handle = op("TensorListResize", from_tensor(x * x), 5)
    return tf.reduce_sum(stack(handle, [2]) ** 2, 0) * get(handle, 1)


@pytest.mark.parametrize("function", [_through_items, _through_ends, _through_rows, _through_pieces, _through_sizes])
def test_gradients_of_both_orders_are_the_slopes(function: Callable[[Tensor], Tensor]) -> None:
    x = tf.placeholder(FLOAT, [3, 2])
    loss = tf.reduce_sum(function(x) * [1.0, 0.5])
    first, = tf.gradients(loss, x)
    second, = tf.gradients(tf.reduce_sum(first * first), x)
    point = np.array([[0.8, 1.1], [0.6, 0.9], [1.2, 0.7]])
    with tf.Session() as sess:
        for graded, of in ((first, loss), (second, tf.reduce_sum(first * first))):
            slopes = np.zeros_like(point)
            for place in np.ndindex(*point.shape):
                step = np.zeros_like(point)
                step[place] = 1e-2
                up, down = (sess.run(of, {x: point + sign * step}) for sign in (1, -1))
                slopes[place] = (up - down) / 2e-2
            np.testing.assert_allclose(sess.run(graded, {x: point}), slopes, rtol=2e-2, atol=2e-2)


def test_an_element_whose_index_is_computed_gives_its_gradient_there() -> None:
    x, index = tf.placeholder(FLOAT, [3, 2]), tf.placeholder(tf.int32, [])
    handle = from_tensor(x)
    loss = tf.reduce_sum(get(handle, index) ** 2) + tf.reduce_sum(get(handle, 0))
    np.testing.assert_array_equal(value_of(tf.gradients(loss, x)[0], {x: np.ones([3, 2]), index: 2}),
                                  [[1, 1], [0, 0], [2, 2]])


# What is refused.

REFUSED = {
    "write outside": (lambda i: length(op("TensorListSetItem", reserve(3), i + 5, 1.0)),
                      "Trying to modify element 5 in a list with 3 elements"),
    "write before": (lambda i: length(op("TensorListSetItem", reserve(3), i - 1, 1.0)),
                     "Trying to modify element -1 in a list with 3 elements"),
    "read outside": (lambda i: get(from_tensor([1.0, 2.0]), i + 2),
                     "Trying to access element 2 in a list with 2 elements"),
    "unknown shape": (lambda i: get(reserve(3), i), "uninitialized"),
    "another shape": (lambda i: stack(op("TensorListSetItem", reserve(3, [2]), i, [1.0, 2.0, 3.0])), "incompatible"),
    "another dtype": (lambda i: stack(op("TensorListSetItem", reserve(3, dtype=tf.int32), i, 1.0)),
                      "Invalid data types; op elements float32 but list elements int32"),
    "pop of nothing": (lambda i: op("TensorListPopBack", empty(), -1, element_dtype=FLOAT)[1],
                       "Trying to pop from an empty list"),
    "stack of nothing": (lambda i: stack(empty()), "Tried to stack elements of an empty list"),
    "stack of the missing": (lambda i: stack(reserve(3)), "only contains uninitialized tensors"),
    "stack of others": (lambda i: stack(op("TensorListPushBack", op("TensorListPushBack", empty(), [1.0]),
                                           [1.0, 2.0])), "Incompatible shapes during merge"),
    "stack of more": (lambda i: stack(from_tensor([1.0, 2.0]), num_elements=3),
                      "expected a list with 3 elements but got a list with 2 elements"),
    "gather outside": (lambda i: gather(from_tensor([1.0, 2.0]), [0, 2]),
                       "Trying to gather element 2 in a list with 2 elements"),
    "scatter outside": (lambda i: length(scatter([1.0, 2.0], [3, 1], 2)),
                        "Trying to scatter at index 3 in list with size 2"),
    "scatter before": (lambda i: length(scatter([1.0, 2.0], [-3, 1], -1)), "must all be non-negative"),
    "rows and indices": (lambda i: length(scatter([1.0, 2.0], [1], 3)),
                         "Invalid number of rows in input tensor. Expected: 1 Actual: 2"),
    "scalars side by side": (lambda i: concat(from_tensor([1.0, 2.0]))[0], "Concat saw a scalar shape at index 0"),
    "pieces too few": (lambda i: length(split(tf.ones([4]), [2, 1])), "Unused values in tensor"),
    "pieces too many": (lambda i: length(split(tf.ones([4]), [2, 3])),
                        r"Attempting to slice \[2, 5\] from tensor with length 4"),
    "negative size": (lambda i: length(reserve(i - 1)), "must be a non negative number, but got -1"),
    "negative resize": (lambda i: length(op("TensorListResize", from_tensor([1.0]), i - 1)),
                        "expects size to be non-negative. Got: -1"),
}


@pytest.mark.parametrize("build, message", REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_with_the_node(build: Callable[[Tensor], Tensor], message: str) -> None:
    index = tf.placeholder(tf.int32, [])
    tensor = build(index)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message) as caught:
        value_of(tensor, {index: 0})
    assert caught.value.op is not None


@pytest.mark.parametrize("count", [5, None])
def test_what_is_appended_and_taken_off_in_one_iteration_has_room(tier, count):
    limit = tf.constant(count) if count else tf.placeholder(tf.int32, [])
    shape = np.zeros([0], np.int32)

    def body(i, items, total):
        for factor in (1.0, 10.0, 100.0):
            items = op("TensorListPushBack", items, tf.cast(i, tf.float32) * factor)
        items, last = op("TensorListPopBack", items, shape, element_dtype=tf.float32)
        items, before = op("TensorListPopBack", items, shape, element_dtype=tf.float32)
        return i + 1, items, total + last + before

    start = op("EmptyTensorList", shape, -1, element_dtype=tf.float32)
    _, items, total = tf.while_loop(lambda i, *_: i < limit, body, [0, start, 0.0])
    with tf.Session() as sess:
        for number in (5, 5) if count else (5, 16, 17, 40):
            feeds = {} if count else {limit: number}
            assert sess.run(total, feeds) == 110.0 * sum(range(number))
            assert sess.run(op("TensorListLength", items), feeds) == number
