"""What a user sees in a terminal when a program fails: one traceback, of the user's frames, and a last line that
says which node failed and where the program made it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # each test is a process of its own

HEADER = "Traceback (most recent call last):"


def shown(tmp_path: Path, program: str, **environment: str) -> str:
    """What `python program.py` writes to its terminal before it fails."""
    file = tmp_path / "program.py"
    file.write_text("import numpy as np\nimport millpond as tf\n" + textwrap.dedent(program).lstrip())
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "NO_COLOR": "1", **environment})
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    return done.stderr


def single_traceback(output: str) -> list[str]:
    """The lines of the message below the only traceback."""
    assert output.startswith(HEADER) and output.count(HEADER) == 1, output
    assert "During handling" not in output and "direct cause" not in output, output
    first_frame = output.splitlines()[1]
    assert "program.py" in first_frame, first_frame
    lines = output.rstrip("\n").splitlines()
    start = next(i for i, line in enumerate(lines) if re.match(r"[\w.]*(Error|Exception): ", line))
    return lines[start:]


IN_A_SESSION = [
    ("a placeholder that is not fed", """
        def build():
            return tf.placeholder(tf.float32, [None, 3], name="images")
        y = build() * 2.0
        with tf.Session() as sess:
            sess.run(y)
        """, "InvalidArgumentError: You must feed a value for placeholder tensor 'images' with dtype float32 and shape "
             r"\(\?, 3\): pass it in feed_dict", "images", "Placeholder",
     'program.py:4, in build: return tf.placeholder(tf.float32, [None, 3], name="images")'),
    ("an index out of range", """
        table = tf.Variable([1.0, 2.0, 3.0], name="table")
        i = tf.placeholder(tf.int32, [None], name="i")
        rows = tf.gather(table, i * i + 1, name="rows")
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            sess.run(rows, {i: [0, 7]})
        """, r"InvalidArgumentError: indices\[1\] = 50 is not in \[0, 3\)", "rows", "GatherV2",
     'program.py:5, in <module>: rows = tf.gather(table, i * i + 1, name="rows")'),
    ("division by zero", """
        a = tf.placeholder(tf.int32, name="a")
        share = 7 // a
        with tf.Session() as sess:
            sess.run(share, {a: [1, 0]})
        """, "InvalidArgumentError: Integer division by zero", "floordiv", "FloorDiv",
     "program.py:4, in <module>: share = 7 // a"),
    ("an uninitialized variable", """
        w = tf.Variable(1.0, name="weights")
        with tf.Session() as sess:
            sess.run(w * 2.0)
        """, "FailedPreconditionError: Attempting to use uninitialized value weights: run its initializer first",
     "weights", "VariableV2", 'program.py:3, in <module>: w = tf.Variable(1.0, name="weights")'),
    ("an assertion", """
        x = tf.placeholder(tf.float32, name="x")
        positive = tf.Assert(tf.reduce_all(x > 0), ["x must be positive", x])
        with tf.Session() as sess:
            sess.run(positive, {x: [1.0, -1.0]})
        """, r"InvalidArgumentError: assertion failed: \[x must be positive\] \[1 -1\]", "Assert/Assert", "Assert",
     'program.py:4, in <module>: positive = tf.Assert(tf.reduce_all(x > 0), ["x must be positive", x])'),
]


@pytest.mark.parametrize("program, told, name, op_type, line", [case[1:] for case in IN_A_SESSION],
                         ids=[case[0] for case in IN_A_SESSION])
def test_what_fails_in_a_session_names_its_node_last(
    tmp_path: Path, tier: str, program: str, told: str, name: str, op_type: str, line: str
) -> None:
    message = single_traceback(shown(tmp_path, program))
    assert re.match(r"millpond\.errors\." + told, message[0]), message[0]
    assert message[-1].startswith(f"  at node '{name}' ({op_type}), created at ")
    assert line in message[-1]


MISUSE = [
    ("a closed session", "sess = tf.Session(); sess.close(); sess.run(tf.constant(1.0))",
     "RuntimeError: Attempted to use a closed Session. Make a new one with tf.Session()."),
    ("a feed of the wrong shape",
     'x = tf.placeholder(tf.float32, [None, 3], name="images"); tf.Session().run(x, {x: np.zeros([4, 5])})',
     "ValueError: Cannot feed value of shape (4, 5) for Tensor 'images:0', which has shape '(?, 3)'"),
    ("a name that is not there", 'tf.constant(1.0, name="loss"); tf.Session().run("lss:0")',
     "ValueError: Fetch argument 'lss:0' cannot be interpreted as a Tensor. (The name 'lss:0' refers to a Tensor which "
     "does not exist. The operation, 'lss', does not exist in the graph.)"),
    ("no default session", "tf.constant(1.0).eval()",
     "ValueError: Cannot evaluate a tensor: no default session is registered."),
    ("a tensor of another graph",
     'x = tf.constant(1.0, name="loss"); tf.reset_default_graph(); tf.constant(2.0); tf.Session().run(x)',
     "ValueError: Fetch argument <tf.Tensor 'loss:0' shape=() dtype=float32> cannot be interpreted as a Tensor. "
     "(Tensor <tf.Tensor 'loss:0' shape=() dtype=float32> is not an element of this graph. It belongs to another"),
]


@pytest.mark.parametrize("program, told", [case[1:] for case in MISUSE], ids=[case[0] for case in MISUSE])
def test_misuse_is_told_in_a_line(tmp_path: Path, program: str, told: str) -> None:
    message = single_traceback(shown(tmp_path, program))
    assert message[0].startswith(told)
    assert len(message) == 1


def test_dtypes_that_do_not_match_name_both_tensors_and_their_lines(tmp_path: Path) -> None:
    message = single_traceback(shown(tmp_path, """\
        a = tf.constant([1, 2], name="counts")
        b = tf.constant([1.0, 2.0], name="rates")
        c = a + b
        """))
    assert message[0].startswith("TypeError: Input 'y' of 'AddV2' Op has type float32 that does not match type int32")
    assert message[0].endswith("Use tf.cast to make them the same.")
    assert re.fullmatch(r"  x = 'counts:0' \(int32, shape \(2,\)\), created at .*program\.py:3, in <module>: a = .*",
                        message[1])
    assert re.fullmatch(r"  y = 'rates:0' \(float32, shape \(2,\)\), created at .*program\.py:4, in <module>: b = .*",
                        message[2])
    assert re.fullmatch(r"  at node 'add' \(AddV2\), being created at .*program\.py:5, in <module>: c = a \+ b",
                        message[3])
    assert len(message) == 4


def test_a_python_number_of_a_wider_kind_says_whose_dtype_it_has_to_take(tmp_path: Path) -> None:
    message = single_traceback(shown(tmp_path, """\
        counts = tf.placeholder(tf.int32, [3], name="counts")
        halves = counts * 0.5
        """))
    assert message[0] == "TypeError: Expected int32, got 0.5 of type 'float' instead."
    assert message[2] == "  y = 0.5, which takes the dtype of x: use tf.cast on x to have another"
    assert message[-1].startswith("  at node 'mul' (Mul), being created at ")
    assert message[-1].endswith("program.py:4, in <module>: halves = counts * 0.5")


def test_shapes_that_do_not_fit_name_the_node_and_what_it_was_given(tmp_path: Path) -> None:
    message = single_traceback(shown(tmp_path, """\
        def layer(x):
            w = tf.Variable(tf.zeros([500, 10]), name="weights")
            return tf.matmul(x, w)

        layer(tf.placeholder(tf.float32, [None, 784], name="images"))
        """))
    assert message[0] == ("ValueError: Dimensions must be equal, but are 784 and 500 for 'MatMul' (op: 'MatMul') with "
                          "input shapes: [?, 784], [500, 10].")
    assert "'images:0'" in message[1] and "program.py:7" in message[1]
    assert "'weights/read:0'" in message[2] and "program.py:4" in message[2]
    assert message[3].endswith("program.py:5, in layer: return tf.matmul(x, w)")


def test_a_node_of_many_inputs_lists_the_first_of_them(tmp_path: Path) -> None:
    message = single_traceback(shown(tmp_path, """\
        tf.concat([tf.zeros([2, 2])] * 40 + [tf.zeros([3])], 0, name="all")
        """))
    assert len(message) == 1 + 6 + 1
    assert message[1] == "  values[0] = 'zeros:0' (float32, shape (2, 2))"  # its line is that of the node
    assert message[-2] == "  and 37 more inputs"
    assert message[-1].startswith("  at node 'all' (ConcatV2), being created at ")


def test_an_attribute_that_is_not_allowed_names_the_node(tmp_path: Path) -> None:
    message = single_traceback(shown(tmp_path, """\
        x = tf.placeholder(tf.float32, [None, 28, 28, 1], name="images")
        y = tf.nn.conv2d(x, tf.zeros([5, 5, 1, 32]), [1, 1, 1, 1], "same", name="first")
        """))
    assert message[0].startswith("ValueError: Value for attr 'padding' of Conv2D is 'same', not one of: ")
    assert message[1].startswith("  input = 'images:0' (float32, shape (?, 28, 28, 1)), created at ")
    assert message[-1].startswith("  at node 'first' (Conv2D), being created at ")


def test_tensors_of_two_graphs_are_shown_with_the_lines_that_made_them(tmp_path: Path) -> None:
    message = single_traceback(shown(tmp_path, """\
        with tf.Graph().as_default():
            x = tf.constant(1.0, name="x")
        y = tf.constant(2.0, name="y")
        z = x + y
        """))
    assert 'must be from the same graph as Tensor("x:0"' in message[0]
    assert "`with graph.as_default():`" in message[0]
    assert message[1].startswith("  'x:0'") and "program.py:4" in message[1]
    assert message[2].startswith("  'y:0'") and "program.py:5" in message[2]


def test_a_shape_that_contradicts_what_is_known_names_the_tensor(tmp_path: Path) -> None:
    message = single_traceback(shown(tmp_path, """\
        images = tf.placeholder(tf.float32, [2, 3], name="images")
        images.set_shape([3, 3])
        """))
    assert message[0] == "ValueError: Shapes (2, 3) and (3, 3) are not compatible"
    assert message[1].startswith("  in set_shape of 'images:0', created at ")


def test_a_name_without_its_scope_is_answered_with_the_whole_name(tmp_path: Path) -> None:
    message = single_traceback(shown(tmp_path, """\
        with tf.name_scope("train"):
            loss = tf.constant(1.0, name="loss")
        with tf.Session() as sess:
            sess.run("loss:0")
        """))
    assert "'loss', does not exist in the graph. Did you mean 'train/loss'?" in message[0]


@pytest.mark.parametrize("wanted, told", [
    ('tf.Variable(1.0, name="w")', "Key w not found in checkpoint"),
    ('tf.Variable([1.0, 2.0], name="v")', "expected shape [2] does not equal original shape []"),
])
def test_a_checkpoint_that_does_not_fit_gives_one_traceback(tmp_path: Path, wanted: str, told: str) -> None:
    output = shown(tmp_path, f"""\
        tf.logging.set_verbosity(tf.logging.ERROR)
        v = tf.Variable(1.0, name="v")
        with tf.Session() as sess:
            sess.run(v.initializer)
            path = tf.train.Saver().save(sess, {str(tmp_path / "model")!r})
        tf.reset_default_graph()
        {wanted}
        with tf.Session() as sess:
            tf.train.Saver().restore(sess, path)
        """)
    message = single_traceback(output)
    assert "Restoring from checkpoint failed" in message[0]
    assert told in message[0]


def test_a_file_that_is_not_there_gives_one_traceback(tmp_path: Path) -> None:
    message = single_traceback(shown(tmp_path, """\
        next(tf.python_io.tf_record_iterator("nowhere.tfrecord"))
        """))
    assert message == ["millpond.errors.NotFoundError: nowhere.tfrecord; No such file or directory"]


MISFITS = [
    ("matrices that do not fit", """
        a = tf.placeholder(tf.float32, name="a")
        b = tf.placeholder(tf.float32, name="b")
        product = tf.matmul(a, b, name="product")
        with tf.Session() as sess:
            sess.run(product, {a: np.ones([2, 3]), b: np.ones([4, 5])})
        """, r"Matrix size-incompatible: In\[0\]: \[2, 3\], In\[1\]: \[4, 5\].*\[given float32\[2,3\], "
             r"float32\[4,5\]\]", "product", "BatchMatMulV2"),
    ("shapes that do not broadcast", """
        a = tf.placeholder(tf.float32, name="a")
        b = tf.placeholder(tf.float32, name="b")
        total = a + b
        with tf.Session() as sess:
            sess.run(total, {a: np.ones([2, 3]), b: np.ones([4, 5])})
        """, r"Incompatible shapes for broadcasting: \(2, 3\) and \(4, 5\)\..*\[given float32\[2,3\], float32\[4,5\]\]",
     "add", "AddV2"),
    ("a step whose labels have another width", """
        w = tf.Variable(tf.zeros([3, 2]), name="w")
        x = tf.placeholder(tf.float32, name="x")
        t = tf.placeholder(tf.float32, name="t")
        train = tf.train.AdamOptimizer(0.01).minimize(tf.reduce_mean(tf.square(tf.matmul(x, w) - t)))
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            sess.run(train, {x: np.ones([4, 3]), t: np.ones([4, 3])})
        """, r"Incompatible shapes for broadcasting: \(4, 2\) and \(4, 3\)\.", "sub", "Sub"),
]


@pytest.mark.parametrize("program, told, name, op_type", [case[1:] for case in MISFITS],
                         ids=[case[0] for case in MISFITS])
def test_shapes_that_do_not_fit_at_run_time_are_told_alike_in_both_tiers(
    tmp_path: Path, tier: str, program: str, told: str, name: str, op_type: str
) -> None:
    output = shown(tmp_path, program)
    message = single_traceback(output)
    assert re.match(r"millpond\.errors\.InvalidArgumentError: " + told, message[0]), message[0]
    assert message[-1].startswith(f"  at node '{name}' ({op_type}), created at ") and len(message) == 2
    assert "JAX" not in output


@pytest.mark.parametrize("program", [case[1] for case in [*IN_A_SESSION, *MISFITS]],
                         ids=[case[0] for case in [*IN_A_SESSION, *MISFITS]])
def test_of_our_own_frames_only_the_call_of_the_user_is_shown(tmp_path: Path, tier: str, program: str) -> None:
    frames = re.findall(r'^  File "(.*)", line \d+, in (.*)$', shown(tmp_path, program), re.MULTILINE)
    assert [Path(file).name for file, _ in frames] == ["program.py", "session.py"]
    assert frames[-1][1] == "run"


def test_with_the_debug_topic_frames_all_are_shown(tmp_path: Path) -> None:
    output = shown(tmp_path, IN_A_SESSION[1][1], MILLPOND_DEBUG="frames", MILLPOND_TIER="interpreted")
    assert "interpret.py" in output and output.count(HEADER) == 1


@pytest.mark.parametrize("raised, told", [
    ('FileNotFoundError(f"no such record: {name}")', "UnknownError: FileNotFoundError: no such record: b'a.rec'"),
    ('ValueError("bad record")', "InvalidArgumentError: ValueError: bad record"),
])
def test_what_a_py_func_raises_is_shown_with_the_frames_of_the_user(
    tmp_path: Path, tier: str, raised: str, told: str
) -> None:
    output = shown(tmp_path, f"""\
        def load(name):
            return read(name)
        def read(name):
            raise {raised}
        y = tf.py_func(load, ["a.rec"], tf.float32, name="loader")
        with tf.Session() as sess:
            sess.run(y * 2.0)
        """)
    run, message = output.split(f"millpond.errors.{told}\n")
    assert run.startswith(HEADER) and run.count(HEADER) == 1 and "direct cause" not in run
    assert message.startswith(HEADER) and message.count(HEADER) == 1
    frames = re.findall(r'^  File ".*/(.*)", line (\d+), in (.*)$', message, re.MULTILINE)
    assert frames == [("program.py", "4", "load"), ("program.py", "6", "read")]
    assert message.rstrip().splitlines()[-1].startswith("  at node 'loader' (PyFunc), created at ")
    assert "program.py:7, in <module>: y = tf.py_func(" in message
