"""Users write their tests with `tf.test.TestCase`, as for TensorFlow."""

import os
import pathlib
import random
import subprocess
import sys
import textwrap
import unittest
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import millpond as tf


def outcome(*tests: Callable[[Any], None]) -> unittest.TestResult:
    """Runs functions as the tests of a case."""
    case = type("Case", (tf.test.TestCase,), {f"test{i}": test for i, test in enumerate(tests)})
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def failure(test: Callable[[Any], None]) -> str:
    """What a failing test says."""
    result = outcome(test)
    assert not result.errors, result.errors[0][1]
    ((_, text),) = result.failures
    return text


def passes(test: Callable[[Any], None]) -> None:
    result = outcome(test)
    assert result.wasSuccessful(), [text for _, text in [*result.errors, *result.failures]]


class Point(NamedTuple):
    a: Any
    b: Any


@pytest.fixture
def case() -> Any:
    """A test case outside a runner, for single assertions."""
    return tf.test.TestCase()


def test_a_failing_and_a_passing_test() -> None:
    def good(self: Any) -> None:
        with self.session() as session:
            self.assertAllClose(session.run(tf.constant([1.0, 2.0])), [1.0, 2.0 + 1e-8])

    def bad(self: Any) -> None:
        self.assertAllClose([1.0, 2.0], [1.0, 2.1])

    result = outcome(good, bad)
    assert (result.testsRun, len(result.failures), len(result.errors)) == (3, 1, 0)
    # The method of that name is found by test runners, too.
    assert [test.id().rsplit(".", 1)[1] for test, _ in result.skipped] == ["test_session"]
    text = result.failures[0][1]
    assert "Not equal to tolerance rtol=1e-06, atol=1e-06" in text
    assert "1 of 2 elements\n  [1]: 2.0 != 2.1" in text


def test_each_test_starts_afresh() -> None:
    seen = []

    def look(self: Any) -> None:
        graph = tf.get_default_graph()
        seen.append((len(graph.get_operations()), graph.seed, np.random.rand(), random.random()))
        tf.constant(1.0)
        tf.reset_default_graph()
        tf.constant(1.0)

    mine = tf.get_default_graph()
    assert outcome(look, look).wasSuccessful()
    assert seen == [(0, 87654321, 0.18463433217903202, 0.3499765785632496)] * 2
    assert tf.get_default_graph() is mine and mine.get_operations() == []


def test_sessions() -> None:
    def use(self: Any) -> None:
        graph = tf.Graph()
        with self.session(graph=graph) as session:
            self.assertIs(tf.get_default_graph(), graph)
            self.assertIs(tf.get_default_session(), session)
            self.assertEqual(tf.constant(1.0).device, "/device:CPU:0")
        with self.assertRaisesRegex(RuntimeError, "closed"):
            session.run("Const:0")
        with self.session(use_gpu=True):
            self.assertEqual(tf.constant(1.0).device, "")
        with self.session(force_gpu=True):
            self.assertEqual(tf.constant(1.0).device, tf.test.gpu_device_name() or "/device:GPU:0")

    passes(use)


def test_cached_session() -> None:
    def use(self: Any) -> None:
        v = tf.Variable(3.0)
        with self.cached_session() as first:
            first.run(v.initializer)
        with self.test_session() as second:
            self.assertIs(first, second)
            self.assertEqual(v.eval(), 3.0)
        with self.test_session(graph=tf.Graph()) as other:
            self.assertIsNot(first, other)
        for what, arguments in {
            "graph": {"graph": tf.Graph()},
            "config": {"config": tf.ConfigProto()},
            "force_gpu value": {"force_gpu": True},
        }.items():
            with (
                self.assertRaisesRegex(ValueError, f"The {what} used to get the cached session is different"),
                self.cached_session(**arguments),
            ):
                pass

    passes(use)


@pytest.mark.parametrize("later", [{"force_gpu": True}, {"use_gpu": True}, {"config": tf.ConfigProto()}])
def test_test_session_overlooks_what_is_not_as_in_the_first_block(later: dict[str, Any]) -> None:
    def use(self: Any) -> None:
        with self.test_session() as first:
            pass
        with self.test_session(**later) as second:
            self.assertIs(first, second)
            self.assertEqual(second.run(tf.constant(2.0)), 2.0)

    passes(use)


def test_tensors_are_evaluated_wherever_arrays_are_expected() -> None:
    def use(self: Any) -> None:
        x = tf.constant([1.0, 2.0])
        self.assertAllEqual(x, [1, 2])
        self.assertAllClose({"a": x, "b": (x, x * 2.0)}, {"a": [1, 2], "b": ([1, 2], [2, 4])})
        self.assertAllGreater(x, 0)
        self.assertEqual(self.evaluate({"x": x[0], "y": [x[1]]}), {"x": 1.0, "y": [2.0]})
        with self.session():
            v = tf.Variable([5])
            v.initializer.run()
            self.assertAllEqual(v, [5])

    passes(use)


def test_errors_of_operations() -> None:
    def use(self: Any) -> None:
        with self.session(), self.assertRaisesOpError("Tensor had NaN"):
            tf.check_numerics(tf.constant(np.nan), "message").eval()
        with self.session(), self.assertRaisesOpError("named_node"):
            tf.check_numerics(tf.constant(np.nan), "message", name="named_node").eval()
        with self.assertRaisesWithPredicateMatch(ValueError, lambda error: error.args == (3,)):
            raise ValueError(3)

    def nothing(self: Any) -> None:
        with self.assertRaisesOpError("bad"):
            pass

    def other(self: Any) -> None:
        with self.assertRaisesWithPredicateMatch(ValueError, "expected"):
            raise ValueError("came")

    passes(use)
    assert "OpError not raised" in failure(nothing)
    assert "Exception of type <class 'ValueError'>: came" in failure(other)


def test_messages(case: Any) -> None:
    node = tf.NodeDef(name="a", op="Const")
    case.assertProtoEquals('name: "a" op: "Const"', node)
    case.assertProtoEquals(tf.NodeDef(name="a", op="Const"), node)
    with pytest.raises(AssertionError, match=r'- name: "b"'):
        case.assertProtoEquals('name: "b" op: "Const"', node)
    with pytest.raises(AssertionError, match="Can't compare protos of type <class 'int'>"):
        case.assertProtoEquals(3, node)


def test_threads_that_fail_fail_the_test() -> None:
    def fails(self: Any) -> None:
        thread = self.checkedThread(self.assertEqual, args=(1, 2))
        thread.start()
        thread.join()

    assert "Error in checkedThread: 1 != 2" in failure(fails)


def test_folders() -> None:
    folders = []

    def use(self: Any) -> None:
        self.assertEqual(self.get_temp_dir(), self.get_temp_dir())
        folders.append(self.get_temp_dir())

    assert outcome(use, use).wasSuccessful()
    assert len(set(folders)) == 2
    assert all(os.path.dirname(folder) == tf.test.get_temp_dir() for folder in folders)


@pytest.mark.parametrize(
    ("name", "right", "wrong", "message"),
    [
        ("assertAllEqual", ([1, 2], [1, 2]), ([1, 2, 3], [1, 5, 3]), r"1 of 3 elements\n  \[1\]: 2 != 5"),
        ("assertAllEqual", ([np.nan], [np.nan]), ([1.0], [np.nan]), r"\[0\]: 1.0 != nan"),
        ("assertAllEqual", ([b"a"], ["a"]), ([b"a"], ["b"]), r"b'a' != b'b'"),
        ("assertAllEqual", ([], []), ([1, 2], [[1, 2]]), r"Shape mismatch: expected \(2,\), got \(1, 2\)"),
        (
            "assertAllEqual",
            ({"x": [1, (2, 3)], "y": Point(1, [2])}, {"x": [1, [2, 3]], "y": (1, np.array([2]))}),
            ({"x": Point(1, [2, 3])}, {"x": Point(1, [2, 4])}),
            r"a\[x\]\[1\] and b\[x\]\[1\].: 1 of 2 elements\n  \[1\]: 3 != 4",
        ),
        ("assertAllEqual", ([{"a": [1]}], [{"a": (1,)}]), ([1, [2]], [1, [2], 3]), r"expected \(2,\), got \(3,\)"),
        ("assertAllEqual", (Point(1, 2), [1, 2]), ({"a": 1}, [1]), r"expected \(\), got \(1,\)"),
        ("assertAllEqual", (["a", [1]], [b"a", [1]]), ({"a": 1}, {"b": 1}), "mismatched keys"),
        ("assertNotAllEqual", ([1, 2], [1, 3]), ([1], [1]), "equal at all elements"),
        ("assertNotAllEqual", ([1, 2], [[1, 2]]), ([1, [2]], [1, [2]]), "equal at all elements"),
        ("assertNotAllEqual", ({"a": 1}, {"b": 1}), (Point(1, [2]), Point(1, [2])), "equal at all elements"),
        ("assertAllClose", ([np.nan], [np.nan]), ([1.0], [1.1]), "a is different from b .largest difference 0.1"),
        ("assertAllClose", ([[1.0], [1.0, 2.0]], [[1.0], [1.0, 2.0]]), ([[1.0], [1, 2]], [[1.0], [1, 3]]), r"a\[1\]"),
        ("assertAllClose", ({"a": 1.0}, {"a": 1.0}), ({"a": [1.0]}, {"a": [2.0]}), r"a\[a\] is different from b\[a\]"),
        ("assertAllClose", (Point(1, [2]), {"a": 1, "b": [2]}), (Point(1, [[2], 3]), Point(1, [[2], 4])), r"a\[b\]"),
        ("assertAllClose", ((), ()), ({"a": 1.0}, {"b": 1.0}), "mismatched keys"),
        ("assertNotAllClose", ([1.0], [1.1]), ([1.0], [1.0]), "close at all elements"),
        (
            "assertAllCloseAccordingToType",
            (np.float16([1.0]), np.float16([1.001])),
            (np.float32([1.0]), np.float32([1.001])),
            "rtol=1e-06",
        ),
        (
            "assertAllCloseAccordingToType",
            ([np.float16([1]), np.ones(2)], (np.float16([1.001]), [1, 1])),
            ([np.ones(1), np.float16([1, 2])], [[1.001], [1, 2]]),
            r"a\[0\]",
        ),
        ("assertNear", (1.0, 1.05, 0.1), (1.0, 2.0, 0.1), r"1.0 != 2.0 \+/- 0.1 \(difference: 1.0\)"),
        ("assertArrayNear", ([1.0], [1.05], 0.1), ([1.0], [2.0], 0.1), r"1.0 != 2.0"),
        ("assertNDArrayNear", (np.ones(2), np.ones(2), 0.1), (np.ones(1), np.zeros(1), 0.1), "norm .* is 1.0"),
        ("assertAllGreater", ([2, 3], 1), ([1, 2], 1), r"Not greater than 1: 1 of 2 elements\n  \[0\]: 1"),
        ("assertAllGreaterEqual", ([1, 2], 1), ([0, 1], 1), "greater than or equal to 1"),
        ("assertAllLess", ([0], 1), ([1], 1), "Not less than 1"),
        ("assertAllLessEqual", ([1], 1), ([2], 1), "less than or equal to 1"),
        ("assertAllInRange", ([1, 5], 1, 5), ([1, 9], 1, 5), r"Outside the range \[1, 5\]: 1 of 2"),
        ("assertAllInSet", ([1, 2], {1, 2}), ([1, 9], {1}), r"not in the set \{1\}: \[9\]"),
        ("assertDeviceEqual", ("/cpu:0", "/device:CPU:0"), ("/cpu:0", "/gpu:0"), "GPU"),
        ("assertDTypeEqual", (np.float32(1), np.float32), (np.float32(1), np.float64), "is float32, not float64"),
    ],
)
def test_assertions(case: Any, name: str, right: tuple[Any, ...], wrong: tuple[Any, ...], message: str) -> None:
    getattr(case, name)(*right)
    with pytest.raises(AssertionError, match=message):
        getattr(case, name)(*wrong)


def test_tensors_anywhere_in_a_structure_are_evaluated_in_one_run(case: Any) -> None:
    draw = tf.random_uniform([2])
    count = tf.Variable(0, use_resource=True)
    with case.session() as session:
        session.run(count.initializer)
        case.assertAllClose({"a": draw, "b": [draw, 0.5]}, {"a": draw, "b": [draw, 0.5]}, atol=1.0)
        values = case._evaluated({"a": draw, "b": Point(draw, (1, [count]))})
        case.assertAllEqual(values["a"], values["b"].a)
        case.assertAllEqual(values["b"].b, (1, [0]))
        case.assertAllEqual([count, [count, 1]], [0, [0, 1]])
        case.assertAllCloseAccordingToType({"x": tf.constant([1.0], tf.float16)}, {"x": [1.001]})


@pytest.mark.parametrize("value", [["a"], "a", [b"a"], [True], [1j], {"a": 1}, None, [[1, 2], [3]], [1, None]])
def test_what_has_no_order_is_in_no_range(case: Any, value: Any) -> None:
    with pytest.raises(AssertionError):
        case.assertAllInRange(value, 0, 9)


@pytest.mark.parametrize("value", [["a"], b"a", None, [1, None], np.array(["2020-01-01"], "M8")])
def test_what_is_no_number_is_not_close(case: Any, value: Any) -> None:
    for name in ("assertAllClose", "assertNotAllClose", "assertAllCloseAccordingToType"):
        with pytest.raises(TypeError, match="holds no numbers"):
            getattr(case, name)(value, value)


def test_a_comparison_that_says_nothing_is_refused(case: Any) -> None:
    for name in ("assertAllGreater", "assertAllGreaterEqual", "assertAllLess", "assertAllLessEqual"):
        with pytest.raises(ValueError, match="without elements"):
            getattr(case, name)([], 0)
        with pytest.raises(ValueError, match="compared with one number"):
            getattr(case, name)([1, 2], [0, 3])


def test_a_set_of_texts(case: Any) -> None:
    case.assertAllInSet(["a"], {"a", "b"})
    case.assertAllInSet([b"a"], {b"a"})
    with pytest.raises(AssertionError, match="not in the set"):
        case.assertAllInSet(["a"], {b"a"})


def test_open_ranges(case: Any) -> None:
    with pytest.raises(AssertionError, match=r"Outside the range \(1, 9\)"):
        case.assertAllInRange([1, 2], 1, 9, open_lower_bound=True, open_upper_bound=True)


def test_shapes_of_arrays_and_tensors(case: Any) -> None:
    case.assertShapeEqual(np.ones((2, 3)), tf.ones([2, 3]))
    with pytest.raises(AssertionError, match=r"\[2, 3\] != \[3, 3\]"):
        case.assertShapeEqual(np.ones((2, 3)), tf.ones([3, 3]))
    with pytest.raises(TypeError, match="input_a must be a Numpy ndarray"):
        case.assertShapeEqual([1], tf.ones([1]))
    case.assertDTypeEqual(tf.constant(1.0), tf.float32)
    with pytest.raises(ValueError, match="Can't compare dict to non-dict"):
        case.assertAllClose({"a": 1.0}, [1.0])


def test_graphs(case: Any) -> None:
    def graph(value: float) -> Any:
        with tf.Graph().as_default() as made:
            tf.constant(value, name="a")
        return made.as_graph_def()

    tf.test.assert_equal_graph_def(graph(1.0), graph(1.0))
    with pytest.raises(AssertionError, match="Node named 'a'"):
        tf.test.assert_equal_graph_def(graph(1.0), graph(2.0))
    with pytest.raises(AssertionError, match=r"expected node 'a' \(Const\)"):
        tf.test.assert_equal_graph_def(tf.GraphDef(), graph(2.0))
    with pytest.raises(AssertionError, match="unexpected node 'a'"):
        tf.test.assert_equal_graph_def(graph(2.0), tf.GraphDef())
    with pytest.raises(TypeError, match="Expected tf.GraphDef for actual, got Graph"):
        tf.test.assert_equal_graph_def(tf.Graph(), tf.GraphDef())


def test_a_graph_without_its_versions(case: Any) -> None:
    with tf.Graph().as_default() as graph:
        tf.no_op(name="nothing")
    case.assertProtoEqualsVersion("node { name: 'nothing' op: 'NoOp' }", graph.as_graph_def())
    with pytest.raises(AssertionError, match="nothing"):
        case.assertProtoEqualsVersion("", graph.as_graph_def())
    with pytest.raises(AssertionError, match="producer"):
        case.assertProtoEqualsVersion("node { name: 'nothing' op: 'NoOp' }", graph.as_graph_def(), producer=1)


def test_what_a_block_writes_is_caught(case: Any, tmp_path: pathlib.Path) -> None:
    with open(tmp_path / "out", "w") as stream:
        stream.write("before,")
        with case.captureWritesToStream(stream) as printed:
            stream.write("python,")
            os.write(stream.fileno(), b"not python,")
        with pytest.raises(KeyError), case.captureWritesToStream(stream) as failing:
            stream.write("failing,")
            raise KeyError
        stream.write("after")
    assert sorted(printed.contents().split(",")) == ["", "not python", "python"]
    assert failing.contents() == "failing,"
    assert (tmp_path / "out").read_text() == "before,after"


def test_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bool(tf.test.gpu_device_name()) == tf.test.is_gpu_available()
    assert not tf.test.is_gpu_available(min_cuda_compute_capability=(99, 0))
    assert tf.test.is_built_with_xla() and tf.test.mock.Mock(return_value=3)() == 3
    monkeypatch.setenv("TEST_SRCDIR", "sources")
    assert tf.test.test_src_dir_path("a/b") == os.path.join("sources", "a/b")
    with pytest.raises(NotImplementedError, match="tf.test.create_local_cluster"):
        tf.test.create_local_cluster(1, 1)
    with pytest.raises(AttributeError, match="'tf.test' has no attribute 'nothing'"):
        tf.test.nothing  # noqa: B018


@pytest.mark.slow
def test_main_runs_the_tests_of_a_program() -> None:
    program = """
    import sys
    import millpond as tf
    assert "unittest" not in sys.modules, "import millpond is to be quick"

    class MyTest(tf.test.TestCase):
        def testSum(self):
            with self.session():
                self.assertEqual((tf.constant(1) + 2).eval(), 3)

    if __name__ == "__main__":
        tf.test.main()
    """
    source = os.path.dirname(os.path.dirname(tf.__file__))
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stderr
    assert "Ran 2 tests" in result.stderr and "OK (skipped=1)" in result.stderr
