"""Records graphs with control flow of TensorFlow 1, and what TensorFlow makes of them, for `tests/graph/frames`.

Run it in an environment with TensorFlow (`make interop` makes one), from the root of the project:

    .venv-interop/bin/python tests/interop/record_frames.py

For each program below it writes `tests/graph/frames/recorded/NAME.pb.gz`, the GraphDef, and into
`tests/graph/frames/recorded/values.json` what is fetched and fed, and the values that TensorFlow gives. That the
functional form of the same graphs gives these values in TensorFlow too is what `test_frames_interop.py` shows.
"""

import gzip
import json
import pathlib

import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.python.framework import function
from tensorflow.python.ops import control_flow_ops

FOLDER = pathlib.Path(__file__).parents[1] / "graph" / "frames" / "recorded"
PROGRAMS = {}


def program(build):
    """Registers a program: it gives what to fetch, and the feeds of each run."""
    PROGRAMS[build.__name__] = build
    return build


def scalar():
    return tf.placeholder(tf.float32, [], name="x")


def gradients(ys, *xs):
    return [tf.convert_to_tensor(dx) for dx in tf.gradients(ys, list(xs))]


def value_index(name):
    return tf.get_default_graph().get_tensor_by_name(name)


# Branches.


@program
def cond():
    x = scalar()
    y = tf.cond(x > 1.0, lambda: tf.sin(x) * x, lambda: x * x * x)
    (dx,) = gradients(y, x)
    return [y, value_index("cond/Merge:1"), dx, *gradients(dx, x)], [{x: 2.0}, {x: 0.5}]


@program
def cond_in_cond():
    x, z = scalar(), tf.placeholder(tf.float32, [], name="z")
    y = tf.cond(
        x > 1.0,
        lambda: tf.cond(x > 2.0, lambda: x * z, lambda: x + z * z),
        lambda: tf.cond(x > 0.0, lambda: x / z, lambda: z),
    )
    return [y, *gradients(y, x, z)], [{x: v, z: 4.0} for v in (3.0, 1.5, 0.5, -1.0)]


@program
def cond_of_several_outputs():
    x = scalar()
    a, b, c = tf.cond(
        x > 1.0, lambda: (x * 2.0, tf.sin(x), tf.constant(3)), lambda: (x - 3.0, x, tf.constant(4))
    )
    return [a, b, c, *gradients([a, b], x)], [{x: 2.0}, {x: 0.0}]


@program
def case():
    x = scalar()
    pairs = [(x < 1.0, lambda: x * 2.0), (x < 2.0, lambda: x * 3.0), (x < 3.0, lambda: tf.exp(x))]
    y = tf.case(pairs, default=lambda: -x, exclusive=False)
    return [y, *gradients(y, x)], [{x: v} for v in (0.5, 1.5, 2.5, 3.5)]


@program
def exclusive_case():
    x = scalar()
    y = tf.case([(x < 1.0, lambda: x * 2.0), (x > 2.0, lambda: x * 3.0)], default=lambda: -x, exclusive=True)
    return [y], [{x: v} for v in (0.5, 1.5, 2.5)]


@program
def conds_in_a_row():
    x = scalar()
    a = tf.cond(x > 1.0, lambda: x * 2.0, lambda: x - 3.0)
    b = tf.cond(x > 1.0, lambda: a * x, lambda: a - x)
    c = tf.cond(a > b, lambda: a, lambda: b * a)
    return [a, b, c, *gradients(c, x)], [{x: 2.0}, {x: 0.0}, {x: -1.0}]


@program
def cond_that_assigns():
    x = scalar()
    v = tf.Variable(0.0, use_resource=False)
    step = tf.cond(x > 1.0, lambda: tf.group(v.assign_add(x)), tf.no_op)
    with tf.control_dependencies([step]):
        after = tf.identity(v + 0.0)
    tf.global_variables_initializer()
    return [after], [{x: 2.0}, {x: 0.0}, {x: 5.0}]


@program
def cond_that_assigns_in_both_branches():
    x = scalar()
    v = tf.Variable(1.0, use_resource=False)
    y = tf.cond(x > 1.0, lambda: v.assign(x), lambda: v.assign_sub(x))
    z = y * 10.0
    tf.global_variables_initializer()
    return [z], [{x: 2.0}, {x: 0.5}, {x: 5.0}]


@program
def cond_whose_effect_is_not_asked_for():
    x = scalar()
    v = tf.Variable(0.0, use_resource=True)
    a, _ = tf.cond(x > 1.0, lambda: (x + 1.0, v.assign_add(x)), lambda: (x - 1.0, tf.constant(7.0)))
    tf.global_variables_initializer()
    return [a, v.read_value()], [{x: 2.0}, {x: 0.0}, {x: 5.0}]


@program
def assertion():
    x = scalar()
    with tf.control_dependencies([tf.Assert(x > 0.0, [x])]):
        y = x * 2.0
    return [y], [{x: 2.0}]


@program
def switches_by_hand():
    x = scalar()
    small, large = control_flow_ops.switch(x, x > 1.0)
    negative, positive = control_flow_ops.switch(small, small > 0.0)
    two = control_flow_ops.merge([large * 2.0, tf.sin(small)])
    three = control_flow_ops.merge([positive * 3.0, large * 2.0, negative - 1.0])
    return [*two, *three], [{x: 3.0}, {x: 0.5}, {x: -3.0}]


@program
def random_numbers_in_a_branch():
    x = scalar()
    training = tf.placeholder_with_default(False, [], name="training")
    y = tf.cond(training, lambda: x * tf.random_uniform([], seed=3), lambda: x)
    return [y, *gradients(y, x)], [{x: 3.0}, {x: 3.0, training: True}, {x: 3.0, training: True}]


# Loops.


@program
def while_loop():
    x = scalar()
    i, a = tf.while_loop(lambda i, a: i < 5, lambda i, a: (i + 1, tf.sin(a) * x), [0, x])
    return [i, a, *gradients(a, x), *gradients(a * 2.0, x)], [{x: 2.0}, {x: 0.3}]


@program
def loop_of_no_turn():
    x = scalar()
    _, a = tf.while_loop(lambda i, a: i < 0, lambda i, a: (i + 1, tf.sin(a) * x), [0, x])
    return [a, *gradients(a, x)], [{x: 3.0}]


@program
def loop_with_a_limit():
    x = scalar()
    a = tf.while_loop(lambda a: a < 100.0, lambda a: a * x, [x], maximum_iterations=3)
    return [a, *gradients(a, x)], [{x: 3.0}, {x: 50.0}]


@program
def loop_that_gives_a_constant():
    x = scalar()
    c = x * 2.0
    _, a = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, c), [0, x])
    return [a, *gradients(a, x)], [{x: 3.0}]


@program
def loop_whose_variable_grows():
    x = tf.placeholder(tf.float32, [None], name="x")
    shapes = [tf.TensorShape([]), tf.TensorShape([None])]
    _, a = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.concat([a, a * 2.0], 0)), [0, x], shapes)
    return [a, *gradients(a, x)], [{x: [1.0, 2.0]}]


@program
def loops_in_each_other():
    x = scalar()

    def innermost(k, c):
        return k + 1, tf.cos(c) * x

    def inner(j, b):
        _, c = tf.while_loop(lambda k, c: k < 2, innermost, [0, b])
        return j + 1, c + b

    def outer(i, a):
        _, b = tf.while_loop(lambda j, b: j < i + 1, inner, [0, a])
        return i + 1, tf.sin(b)

    _, a = tf.while_loop(lambda i, a: i < 3, outer, [0, x])
    return [a, *gradients(a, x)], [{x: 2.0}, {x: 0.3}]


@program
def conds_in_a_loop():
    x = scalar()

    def body(i, a):
        b = tf.cond(a > 1.0, lambda: tf.sin(a) * x, lambda: tf.tanh(a) + x)
        c = tf.cond(b > 0.5, lambda: tf.cond(a > 0.2, lambda: b * b * a, lambda: tf.tanh(b)), lambda: b - a)
        return i + 1, tf.tanh(c)

    _, a = tf.while_loop(lambda i, a: i < 4, body, [0, x])
    return [a, *gradients(a, x)], [{x: 2.0}, {x: 0.3}, {x: -1.0}]


@program
def loop_in_a_cond_in_a_loop():
    x = scalar()

    def inner(i, b):
        return i + 1, tf.sin(b) * x

    def body(i, a):
        y = tf.cond(a > 0.0, lambda: tf.while_loop(lambda i, b: i < 3, inner, [0, a])[1], lambda: x * x * a)
        return i + 1, y

    _, a = tf.while_loop(lambda i, a: i < 4, body, [0, x])
    return [a, *gradients(a, x)], [{x: 2.0}, {x: -0.3}]


@program
def loop_in_a_cond():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.cond(x[0, 0] > 0.0, lambda: tf.scan(lambda a, row: tf.sin(a) * row, x), lambda: x * 2.0)
    return [y, *gradients(y, x)], [{x: [[1.0, 2.0], [3.0, 4.0]]}, {x: [[-1.0, 2.0]]}]


@program
def loop_that_assigns():
    x = scalar()
    v = tf.Variable(1.0, use_resource=False)

    def body(i, a):
        with tf.control_dependencies([v.assign_add(x)]):
            a = a + tf.identity(v + 0.0)
        with tf.control_dependencies([a]):
            return i + 1, a

    _, a = tf.while_loop(lambda i, a: i < 4, body, [0, x])
    tf.global_variables_initializer()
    return [a], [{x: 2.0}, {x: 3.0}]


@program
def loop_over_a_resource():
    x = scalar()
    v = tf.Variable(1.0, use_resource=True)

    def body(i, a):
        step = tf.cond(a > 3.0, lambda: v.assign_add(x), lambda: v.assign_sub(1.0))
        with tf.control_dependencies([step]):
            a = a + v.read_value()
        with tf.control_dependencies([a]):
            return i + 1, a

    _, a = tf.while_loop(lambda i, a: i < 4, body, [0, x])
    tf.global_variables_initializer()
    return [a], [{x: 2.0}, {x: 3.0}]


@program
def rows_gathered_in_a_loop():
    x = tf.placeholder(tf.float32, [5, 2], name="x")
    _, a = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a + tf.gather(x, [i, i + 1])), [0, x[:2]])
    return [a, *gradients(a, x)], [{x: np.arange(10.0).reshape(5, 2)}]


# Tensor arrays.


@program
def functional_loops():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    ys = [
        tf.map_fn(lambda row: tf.reduce_sum(row * row) * row, x),
        tf.scan(lambda a, row: tf.sin(a) * row, x, initializer=tf.ones([2]), reverse=True),
        tf.foldl(lambda a, row: tf.sin(a) * row, x),
        tf.foldr(lambda a, row: tf.sin(a) * row, x),
    ]
    return [*ys, *gradients(ys, x)], [{x: [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]}, {x: [[0.5, 0.5]]}]


@program
def scan_in_a_map():
    x = tf.placeholder(tf.float32, [None, 2, 3], name="x")
    y = tf.map_fn(lambda m: tf.scan(lambda a, row: a * tf.sin(row), m), x)
    return [y, *gradients(y, x)], [{x: np.arange(18.0).reshape(3, 2, 3) / 9.0}]


@program
def array_that_grows():
    x = scalar()
    array = tf.TensorArray(tf.float32, 0, dynamic_size=True)
    _, array, _ = tf.while_loop(
        lambda i, t, s: s < 20.0, lambda i, t, s: (i + 1, t.write(i, s * x), s + x), [0, array, x]
    )
    y = array.stack()
    return [y, array.size(), *gradients(y, x)], [{x: 3.0}, {x: 7.0}]


@program
def array_read_and_written_in_many_ways():
    x = tf.placeholder(tf.float32, [6, 2], name="x")
    array = tf.TensorArray(tf.float32, 3, infer_shape=False).split(x, [1, 3, 2])
    other = tf.TensorArray(tf.float32, 2, infer_shape=False).write(0, tf.sin(array.read(1))).write(1, x)
    third = tf.TensorArray(tf.float32, 6, clear_after_read=False).unstack(x)
    ys = [other.concat(), third.gather([1, 4]) * third.read(4), third.stack() ** 2, third.read(0)]
    return [*ys, *gradients(ys, x)], [{x: np.arange(12.0).reshape(6, 2)}]


@program
def array_of_which_one_element_counts():
    x = tf.placeholder(tf.float32, [3], name="x")
    given = tf.TensorArray(tf.float32, 3).unstack(x)
    made = tf.TensorArray(tf.float32, 3, clear_after_read=False)
    _, made = tf.while_loop(
        lambda i, t: i < 3, lambda i, t: (i + 1, t.write(i, tf.sin(given.read(i)) * x)), [0, made]
    )
    y = made.read(2)
    return [y, *gradients(y, x)], [{x: [1.0, 2.0, 3.0]}]


@program
def array_in_a_branch():
    x = tf.placeholder(tf.float32, [2], name="x")
    array = tf.TensorArray(tf.float32, 2, clear_after_read=False).write(0, x[0])
    flow = tf.cond(x[0] > 0.0, lambda: array.write(1, x[1] * x[1]).flow, lambda: array.write(1, x[1]).flow)
    array = tf.TensorArray(tf.float32, handle=array.handle, flow=flow)
    y = tf.cond(x[1] > 0.0, lambda: array.read(1) * 2.0, lambda: array.read(0))
    return [y, *gradients(y, x)], [{x: [1.0, 2.0]}, {x: [-1.0, 2.0]}, {x: [1.0, -2.0]}]


@program
def recurrent_network():
    x = tf.placeholder(tf.float32, [4, 2, 3], name="x")
    w = tf.get_variable("w", [5, 2], initializer=tf.constant_initializer(0.3), use_resource=False)
    lengths = tf.constant([2, 4])
    given, made = tf.TensorArray(tf.float32, 4).unstack(x), tf.TensorArray(tf.float32, 4)

    def body(t, h, array):
        new = tf.tanh(tf.matmul(tf.concat([given.read(t), h], 1), w))
        all_here = t < tf.reduce_min(lengths)
        new = tf.cond(all_here, lambda: new, lambda: tf.where(t < lengths, new, h))
        return t + 1, new, array.write(t, new)

    _, h, made = tf.while_loop(lambda t, *_: t < 4, body, [0, tf.zeros([2, 2]), made], parallel_iterations=32)
    y = made.stack()
    loss = tf.reduce_sum(y * y) + tf.reduce_sum(h)
    step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.control_dependencies([step]):
        after = tf.identity(w + 0.0)
    tf.global_variables_initializer()
    return [y, h, *gradients(loss, x), after], [{x: np.random.RandomState(0).randn(4, 2, 3).round(2)}] * 3


@program
def function_of_the_library():
    x = scalar()
    v = tf.Variable(1.0, use_resource=True)

    @function.Defun(tf.float32, tf.float32, func_name="choose")
    def choose(a, b):
        y = tf.cond(a > b, lambda: tf.sin(a) * b, lambda: a - b)
        turn = lambda i, z: (i + 1, tf.cond(z > 0.0, lambda: z * a, lambda: -z))  # noqa: E731
        _, z = tf.while_loop(lambda i, z: i < 3, turn, [0, y])
        with tf.control_dependencies([tf.Assert(a < 10.0, [a])]):
            return y, tf.map_fn(lambda row: row * z, tf.stack([a, b]))

    y, rows = choose(x, tf.constant(1.0))
    z = tf.cond(y > 0.0, lambda: choose(y, x)[0], lambda: y)
    step = v.assign_add(z)
    with tf.control_dependencies([step]):
        after = v.read_value()
    tf.global_variables_initializer()
    return [y, rows, z, after], [{x: 2.0}, {x: 0.5}, {x: -3.0}]


def record(build):
    """The GraphDef of a program, and what it gives: `{"initializer", "fetches", "runs"}`."""
    with tf.Graph().as_default() as graph:
        fetches, feeds = build()
        names = [tensor.name for tensor in fetches]
        has_variables = any(op.name == "init" for op in graph.get_operations())
        runs = []
        with tf.Session() as sess:
            if has_variables:
                sess.run("init")
            for feed in feeds:
                fed = {tensor.name: np.asarray(value).tolist() for tensor, value in feed.items()}
                runs.append([fed, [np.asarray(value).tolist() for value in sess.run(names, fed)]])
        return graph.as_graph_def(), {"initializer": has_variables, "fetches": names, "runs": runs}


def main():
    FOLDER.mkdir(exist_ok=True)
    values = {}
    for name, build in PROGRAMS.items():
        graph_def, values[name] = record(build)
        (FOLDER / f"{name}.pb.gz").write_bytes(gzip.compress(graph_def.SerializeToString(deterministic=True), mtime=0))
    lines = (f" {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items())
    (FOLDER / "values.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    tf.disable_v2_behavior()
    tf.disable_control_flow_v2()
    main()
