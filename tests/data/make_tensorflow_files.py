"""Makes `tests/data/tensorflow`: small files written by the real TensorFlow, which tests/formats reads.

Run it, in an environment that has TensorFlow 2, from any folder: `python make_tensorflow_files.py`. What the
files hold is known to the tests by heart; `TENSORS`, `PARTITIONED` and `RECORDS` say it here.
"""

import os
import shutil

import numpy as np
import tensorflow.compat.v1 as tf

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tensorflow")

DTYPES = (
    "float32 float64 int32 uint8 int16 int8 complex64 int64 bool qint8 quint8 qint32 bfloat16 qint16 quint16 "
    "uint16 complex128 float16 uint32 uint64"
).split()


def values_of(name):
    """Three values of every dtype: 1, the largest or a negative number, 3."""
    if name == "string":
        return np.array([b"one", b"", b"\x00\xff" * 100], object)
    numpy_dtype = np.dtype(getattr(tf, name).as_numpy_dtype)
    if numpy_dtype.fields:
        return values_of(numpy_dtype.names[0][1:]).view(numpy_dtype)
    if name == "bool":
        return np.array([True, False, True])
    if name.startswith("complex"):
        return np.array([1 + 2j, -2.5, 3j], numpy_dtype)
    if name.startswith("uint"):
        return np.array([1, np.iinfo(numpy_dtype).max, 3], numpy_dtype)
    if name.startswith("int"):
        return np.array([1, np.iinfo(numpy_dtype).min, 3], numpy_dtype)
    return np.array([1, -2.5, 3], numpy_dtype)


TENSORS = {f"dtype/{name}": values_of(name) for name in [*DTYPES, "string"]}
TENSORS["scalar"] = np.float32(7)
TENSORS["empty"] = np.zeros([0, 3], np.float32)
TENSORS["matrix"] = np.arange(6, dtype=np.int64).reshape(2, 3)
# The old format does not know these.
NOT_IN_V1 = {f"dtype/{name}" for name in ("uint32", "uint64", "bfloat16", "qint16", "quint16", "uint16")}
PARTITIONED = np.arange(20, dtype=np.float32).reshape(5, 4)
PARTS = {"5 4 0,2:0,4": PARTITIONED[:2], "5 4 2,3:0,4": PARTITIONED[2:]}
RECORDS = [b"first", b"", b"\x00\xff" * 50, b"last"]


def path_of(name):
    return os.path.join(FOLDER, name)


def make_records():
    for compression in ("", "ZLIB", "GZIP"):
        with tf.io.TFRecordWriter(path_of(f"records{compression.lower()}.tfrecord"), compression) as writer:
            for record in RECORDS:
                writer.write(record)


def make_events():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant([1.0, 2.0, 2.5, -1.0], name="x")
        tf.summary.scalar("loss", tf.reduce_sum(x))
        tf.summary.histogram("weights", x)
        folder = path_of("events")
        with tf.summary.FileWriter(folder, session.graph) as writer:
            writer.add_summary(session.run(tf.summary.merge_all()), 3)
    (name,) = os.listdir(folder)
    os.rename(os.path.join(folder, name), path_of("events.out.tfevents"))
    os.rmdir(folder)


def save_v2(session, prefix, names, slices, values):
    with session.graph.as_default():
        session.run(
            tf.raw_ops.SaveV2(prefix=prefix, tensor_names=names, shape_and_slices=slices, tensors=values)
        )


def constants(arrays):
    dtypes = [tf.as_dtype(key.removeprefix("dtype/")) if "/" in key else None for key in arrays]
    return [tf.constant(array, dtype) for array, dtype in zip(arrays.values(), dtypes, strict=True)]


def make_checkpoints():
    with tf.Graph().as_default(), tf.Session() as session:
        # V2, two shards: the first part of the partitioned tensor lies in one, the second in the other.
        shards = [path_of(f"part{shard}/v2") for shard in range(2)]
        first = {key: array for index, (key, array) in enumerate(TENSORS.items()) if index % 2 == 0}
        second = {key: array for key, array in TENSORS.items() if key not in first}
        for shard, (arrays, part) in enumerate(zip((first, second), PARTS, strict=True)):
            os.mkdir(os.path.dirname(shards[shard]))
            names = [*arrays, "partitioned"]
            slices = [""] * len(arrays) + [part]
            save_v2(session, shards[shard], names, slices, [*constants(arrays), tf.constant(PARTS[part])])
        session.run(
            tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=shards, destination_prefix=path_of("v2"))
        )

        # V2, many names, so that the index has long shared prefixes and restarts.
        names = [f"layer_{number:03d}/kernel/Adam" for number in range(40)]
        save_v2(session, path_of("many"), names, [""] * 40, [tf.constant(np.int32(n)) for n in range(40)])

        # Parts far from the beginning of a large tensor: keys with numbers of many bytes.
        starts = [0, 63, 64, 8191, 8192, 2**20 - 1, 2**20, 2**34, 2**48, 2**62 - 1]
        save_v2(
            session,
            path_of("far"),
            ["far"] * len(starts),
            [f"{2**62} {start},1" for start in starts],
            [tf.constant([np.uint8(index)]) for index in range(len(starts))],
        )

        arrays = {key: array for key, array in TENSORS.items() if key not in NOT_IN_V1}
        values = [*constants(arrays), *(tf.constant(part) for part in PARTS.values())]
        names = [*arrays, *["partitioned"] * len(PARTS)]
        slices = [""] * len(arrays) + list(PARTS)
        session.run(
            tf.raw_ops.SaveSlices(
                filename=path_of("v1"), tensor_names=names, shapes_and_slices=slices, data=values
            )
        )


def make_tensor_protos():
    """`<dtype>.<form>`: as many values as the shape, one, none, one for a larger shape, two for one."""
    protos = {}
    for name in [*DTYPES, "string"]:
        values, dtype = values_of(name), getattr(tf, name)
        protos[f"{name}.vector"] = tf.make_tensor_proto(values, dtype)
        protos[f"{name}.scalar"] = tf.make_tensor_proto(values[1:2].reshape(()), dtype)
        protos[f"{name}.empty"] = tf.make_tensor_proto(values[:0], dtype)
        protos[f"{name}.fill"] = tf.make_tensor_proto(values[1:2].reshape(()), dtype, [2, 3])
        protos[f"{name}.short"] = tf.make_tensor_proto(values[:2], dtype, [2, 2])
    with tf.io.TFRecordWriter(path_of("tensors.tfrecord"), "ZLIB") as writer:
        for name, proto in protos.items():
            writer.write(name.encode())
            writer.write(proto.SerializeToString())


def make_examples():
    def feature(**kind):
        return tf.train.Feature(**kind)

    context = tf.train.Features(
        feature={
            "image": feature(bytes_list=tf.train.BytesList(value=[b"\x00\x01", b""])),
            "label": feature(int64_list=tf.train.Int64List(value=[-1, 2**40])),
            "weight": feature(float_list=tf.train.FloatList(value=[0.5, -2.0])),
            "nothing": feature(),
        }
    )
    steps = tf.train.FeatureList(
        feature=[feature(int64_list=tf.train.Int64List(value=[n] * n)) for n in range(3)]
    )
    example = tf.train.Example(features=context)
    sequence = tf.train.SequenceExample(
        context=context, feature_lists=tf.train.FeatureLists(feature_list={"steps": steps})
    )
    for name, message in (("example.pb", example), ("sequence_example.pb", sequence)):
        with open(path_of(name), "wb") as file:
            file.write(message.SerializeToString(deterministic=True))


def summary_inputs():
    """What the summaries in `summaries.tfrecord` are of."""
    random = np.random.RandomState(1)
    spread = random.randn(300) * 10.0 ** random.randint(-15, 22, 300)
    red = np.array([[[[1.0], [2.0]], [[np.nan], [-np.inf]]]], np.float32)
    return {
        "histogram": {
            "spread": np.concatenate([spread, [0.0, 1e-12, -1e-12, 1e20, -1e20]]),
            "whole": np.array([3, -7, 0, 3], np.int32),
            "nothing": np.zeros([0], np.float32),
        },
        "image": {
            "positive": (random.rand(2, 3, 4, 3) * 2).astype(np.float32),
            "signed": random.randn(1, 3, 4, 1).astype(np.float32),
            "half": random.randn(1, 3, 4, 3).astype(np.float16),
            "bytes": random.randint(0, 256, (1, 3, 4, 4)).astype(np.uint8),
            "red": red,
            "dark": np.full((1, 2, 2, 1), 1e-7, np.float32),
        },
        "audio": {
            "noise": random.randn(2, 50).astype(np.float32),
            "stereo": random.rand(1, 5, 2).astype(np.float32),
        },
        "text": {"words": np.array([[b"a", b"**b**"]], object), "word": np.array(b"x", object)},
        "tensor_summary": {"numbers": np.array([1.5, 2.5], np.float64), "number": np.array(3, np.int32)},
        "scalar": {"half": np.array(1.1, np.float16), "whole": np.array(-5, np.int64)},
    }


def make_summaries():
    """`<kind>/<name>`, the input as a `TensorProto`, and the `Summary`, in turn."""
    with tf.io.TFRecordWriter(path_of("summaries.tfrecord"), "ZLIB") as writer:
        for kind, inputs in summary_inputs().items():
            for name, value in inputs.items():
                with tf.Graph().as_default(), tf.Session() as session:
                    more = (8000.0,) if kind == "audio" else ()
                    summary = getattr(tf.summary, kind)(name, tf.constant(value), *more)
                    writer.write(f"{kind}/{name}".encode())
                    writer.write(tf.make_tensor_proto(value).SerializeToString())
                    writer.write(session.run(summary))


def make_saved_run():
    """`saved/`: two steps of a Saver, with the graph and the state file."""
    folder = path_of("saved")
    os.mkdir(folder)
    with tf.Graph().as_default(), tf.Session() as session:
        weights = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="layer/weights")
        step = tf.Variable(6, name="global_step", trainable=False)
        partitioner = tf.fixed_size_partitioner(2)
        tf.get_variable("parts", [5, 2], initializer=tf.ones_initializer(), partitioner=partitioner)
        tf.Variable([b"one", b"two"], name="words", trainable=False)
        session.run(tf.global_variables_initializer())
        saver = tf.train.Saver(save_relative_paths=True)
        for _ in range(2):
            session.run([step.assign_add(1), weights.assign(weights * 10.0)])
            saver.save(session, os.path.join(folder, "model.ckpt"), global_step=step)


def build_mlp(use_resource):
    """A small classifier, with what trains it."""
    random = np.random.RandomState(2)

    def layer(name, x, size):
        with tf.variable_scope(name, use_resource=use_resource):
            shape = [int(x.shape[1]), size]
            weights = tf.get_variable("weights", initializer=random.randn(*shape).astype(np.float32) * 0.5)
            biases = tf.get_variable("biases", [size], initializer=tf.constant_initializer(0.1))
            return tf.nn.bias_add(tf.matmul(x, weights), biases)

    x = tf.placeholder(tf.float32, [None, 4], name="x")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    logits = layer("out", tf.nn.relu(layer("hidden", x, 8), name="relu"), 3)
    probabilities = tf.nn.softmax(logits, name="probabilities")
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), name="loss"
    )
    step = tf.train.get_or_create_global_step()
    train = tf.train.AdamOptimizer(0.01).minimize(loss, global_step=step, name="train")
    tf.add_to_collection("train", train)
    return x, labels, probabilities, loss, train


def make_mlp():
    """`mlp/`: the classifier frozen, with a checkpoint of its training, and as SavedModels; what it computes."""
    folder = path_of("mlp")
    os.mkdir(folder)
    random = np.random.RandomState(3)
    values = {"x": random.randn(5, 4).astype(np.float32), "labels": np.array([0, 1, 2, 1, 0])}
    for kind in ("references", "resources"):
        with tf.Graph().as_default() as graph, tf.Session() as session:
            x, labels, probabilities, loss, train = build_mlp(kind == "resources")
            feed = {x: values["x"], labels: values["labels"]}
            session.run(tf.global_variables_initializer())
            session.run(train, feed)
            signature = {"x": x}, {"probabilities": probabilities}
            tf.saved_model.simple_save(session, os.path.join(folder, kind), *signature)
            frozen = tf.graph_util.convert_variables_to_constants(
                session, graph.as_graph_def(), ["probabilities"]
            )
            tf.train.write_graph(frozen, folder, f"frozen_{kind}.pb", as_text=False)
            tf.train.Saver().save(session, os.path.join(folder, f"{kind}.ckpt"), write_state=False)
            values["probabilities"], values["loss"] = session.run([probabilities, loss], feed)
            session.run(train, feed)
            values["trained"], values["trained_loss"] = session.run([probabilities, loss], feed)
    np.savez(os.path.join(folder, "values.npz"), **values)


def make_asset_model():
    """`asset_model/`: a SavedModel whose main operation stores the path of one of its files in a variable."""
    folder = path_of("asset_model")
    os.chdir(FOLDER)  # the model shall not tell where it was made
    vocabulary = "words.txt"
    with open(vocabulary, "w") as file:
        file.write("one\ntwo\n")
    with tf.Graph().as_default(), tf.Session() as session:
        asset = tf.constant(vocabulary, name="asset")
        tf.add_to_collection(tf.GraphKeys.ASSET_FILEPATHS, asset)
        path = tf.Variable("", name="path", trainable=False)
        tf.read_file(path, name="content")
        with tf.control_dependencies([path.assign(asset)]):
            main_op = tf.no_op(name="main")
        session.run(path.initializer)
        builder = tf.saved_model.builder.SavedModelBuilder(folder)
        builder.add_meta_graph_and_variables(session, ["serve", "words"], assets_collection=[asset], main_op=main_op)
        builder.save(as_text=True)
    os.remove(vocabulary)


def make_objects():
    """`objects/`: two checkpoints of objects, a layer in a list and the optimizer that trained it."""
    folder = path_of("objects")
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.get_variable("w", initializer=[1.0, 2.0])
        b = tf.get_variable("b", initializer=3.0, use_resource=True)
        optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
        step = optimizer.minimize(tf.reduce_sum(w * w) + b * b)
        sess.run(tf.global_variables_initializer())
        manager = tf.train.CheckpointManager(
            tf.train.Checkpoint(layers=[tf.train.Checkpoint(**{"w": w, "a/b.c": b})], optimizer=optimizer), folder, 2)
        for _ in range(2):
            sess.run(step)
            manager.save()


def main():
    tf.disable_v2_behavior()
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    make_records()
    make_events()
    make_checkpoints()
    make_tensor_protos()
    make_examples()
    make_summaries()
    make_saved_run()
    make_mlp()
    make_asset_model()
    make_objects()


if __name__ == "__main__":
    main()
