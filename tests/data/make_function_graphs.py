"""Makes `tests/data/functions`: graphs with functions, written by the real TensorFlow, and what they give.

Run it, in an environment that has TensorFlow 2, from any folder: `python make_function_graphs.py`. Each graph is a
GraphDef with a placeholder `x`; `values.json` says what its initializer and outputs are called, and their values where
`x` is `X`. `saved_model` is a SavedModel of TensorFlow 2 whose signature takes `X2`.
"""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import tensorflow as tf2
import tensorflow.compat.v1 as tf
from tensorflow.python.framework import function

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "functions")
X = [0.5, -2.0, 3.0]
X2 = [[1.0, 2.0], [3.0, 4.0]]


def branches(x):
    """Branches of two results, and their gradients, which look at what only one branch computed."""
    y = tf.cond(x[0] > 0, lambda: (tf.sqrt(tf.abs(x)), tf.split(x, 3)[1]), lambda: (tf.exp(x), x[:1]))
    z = tf.cond(x[1] > 0, lambda: (tf.sqrt(tf.abs(x)), tf.split(x, 3)[1]), lambda: (tf.exp(x), x[:1]))
    return [*y, *z, *tf.gradients([*y, *z], x)]


def loops(x):
    """A branch and a loop in a loop, and their gradients."""

    def inner(a):
        return tf.while_loop(lambda j, b: j < 2, lambda j, b: (j + 1, b * x + a), [0, a])[1]

    def body(i, a):
        return i + 1, tf.cond(tf.equal(i, 1), lambda: tf.sin(a * x), lambda: inner(a))

    y = tf.while_loop(lambda i, a: i < 3, body, [0, x])
    return [*y, *tf.gradients(y[1], x)]


def variables(x):
    """A variable that a loop and a branch read and set."""
    v = tf.get_variable("v", [3], use_resource=True, initializer=tf.ones_initializer())

    def body(i, a):
        with tf.control_dependencies([v.assign_add(x)]):
            read = v.read_value()
        with tf.control_dependencies([read]):
            return i + 1, a * read

    y = tf.while_loop(lambda i, a: i < 3, body, [0, x])
    dx = tf.gradients(y[1], x)
    with tf.control_dependencies([*y, *dx]):
        z = tf.cond(x[0] > 0, lambda: tf.identity(v.assign(x * 2.0)), lambda: v.read_value())
    return [*y, *dx, z]


def cases(x):
    return [tf.switch_case(tf.constant(k), [lambda: x, lambda: x * 2.0, lambda: tf.exp(x)]) for k in (0, 1, 7)]


def arrays(x):
    """Loops over lists of tensors."""
    y = tf.map_fn(lambda a: a * a + 1.0, x)
    z = tf.scan(lambda a, b: a * b, x)
    return [y, z, *tf.gradients([y, z], x)]


def calls(x):
    """Functions that are called: by their own name, and by `PartitionedCall`; in each other and in a loop."""

    @function.Defun(tf.float32)
    def named(a):
        return a * a + 1.0, tf.reduce_sum(a)

    @function.Defun(tf.float32)
    def twice(a):
        return named(named(a)[0])[0]

    @tf.function
    def inner(a):
        return tf.sin(a) * 2.0, tf.cond(a[0] > 0.0, lambda: a, lambda: -a)

    @tf.function
    def outer(a):
        return inner(inner(a)[0])

    v = tf.get_variable("v", [3], use_resource=True, initializer=tf.ones_initializer())

    @tf.function
    def updating(a):
        v.assign_add(a)
        w = tf.while_loop(lambda i, b: i < 3, lambda i, b: (i + 1, inner(b * v)[0]), [0, a])
        return w[1], v.read_value()

    updated = updating(x)
    with tf.control_dependencies(updated):
        last = v.read_value()
    return [*named(x), *outer(x), *tf.gradients(outer(x)[0], x), *updated, last, twice(x)]


def make_graphs():
    values = {}
    for build in (branches, loops, variables, cases, arrays, calls):
        with tf.Graph().as_default() as graph, tf.Session() as sess:
            x = tf.placeholder(tf.float32, [3], name="x")
            outputs = build(x)
            initializer = tf.global_variables_initializer()
            sess.run(initializer)
            found = sess.run(outputs, {x: X})
            with open(os.path.join(FOLDER, f"{build.__name__}.pb"), "wb") as file:
                file.write(graph.as_graph_def().SerializeToString(deterministic=True))
            values[build.__name__] = {
                "initializer": initializer.name,
                "outputs": {tensor.name: np.asarray(value).tolist()
                            for tensor, value in zip(outputs, found, strict=True)},
            }
    with open(os.path.join(FOLDER, "values.json"), "w") as file:
        json.dump(values, file, indent=1)


def make_saved_model():
    """With variables, a loop, a branch, and a string, as `tf.saved_model.save` writes it."""
    class Model(tf2.Module):
        def __init__(self):
            super().__init__()
            self.weights = tf2.Variable(np.arange(6, dtype=np.float32).reshape(2, 3), name="weights")
            self.count = tf2.Variable(0, name="count")

        @tf2.function(input_signature=[tf2.TensorSpec([None, 2], tf2.float32)])
        def __call__(self, x):
            self.count.assign_add(1)
            y = tf2.matmul(x, self.weights)
            for i in tf2.range(3):
                if tf2.reduce_sum(y) > 10.0:
                    y = y * 0.5
                else:
                    y = y + tf2.cast(i, tf2.float32)
            return {"y": y, "count": self.count.read_value(), "name": tf2.strings.join(["a", "b"])}

    model = Model()
    print(model(np.array(X2, np.float32)))
    tf2.saved_model.save(model, os.path.join(FOLDER, "saved_model"), signatures=model.__call__)


if __name__ == "__main__":
    if sys.argv[1:] == ["saved_model"]:
        make_saved_model()
    else:
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.makedirs(FOLDER)
        subprocess.run([sys.executable, __file__, "saved_model"], check=True)
        tf.disable_v2_behavior()
        tf.enable_control_flow_v2()
        make_graphs()
