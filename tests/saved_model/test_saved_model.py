"""SavedModels: written and loaded here, and those that TensorFlow wrote."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pytest

import millpond as tf

FILES = pathlib.Path(__file__).parents[1] / "data" / "tensorflow"
SERVE = [tf.saved_model.tag_constants.SERVING]


def model() -> tuple[Any, Any, Any]:
    x = tf.placeholder(tf.float32, [None], name="x")
    v = tf.Variable(3.0, name="v")
    return x, v, tf.multiply(x, v, name="y")


def files_in(folder: pathlib.Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def save_simple(folder: pathlib.Path) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x, v, y = model()
        sess.run(v.initializer)
        tf.saved_model.simple_save(sess, folder, {"x": x}, {"y": y})


# Saving and loading.


def test_simple_save_and_load(tmp_path: pathlib.Path, tier: str) -> None:
    save_simple(tmp_path / "m")
    assert files_in(tmp_path / "m") == ["saved_model.pb", "variables/variables.data-00000-of-00001",
                                        "variables/variables.index"]
    assert tf.saved_model.loader.maybe_saved_model_directory(tmp_path / "m")
    with tf.Session() as sess:
        message = tf.saved_model.loader.load(sess, SERVE, tmp_path / "m")
        signature = message.signature_def["serving_default"]
        assert signature.method_name == tf.saved_model.signature_constants.PREDICT_METHOD_NAME
        y = tf.saved_model.utils.get_tensor_from_tensor_info(signature.outputs["y"])
        assert sess.run(y, {signature.inputs["x"].name: [1.0, 2.0]}).tolist() == [3.0, 6.0]
    assert [v.name for v in tf.trainable_variables()] == ["v:0"]


def test_a_model_is_loaded_twice_under_scopes(tmp_path: pathlib.Path) -> None:
    save_simple(tmp_path / "m")
    with tf.Session() as sess:
        for _ in range(2):
            message = tf.saved_model.loader.load(sess, SERVE, tmp_path / "m", import_scope="copy")
        assert message.signature_def["serving_default"].outputs["y"].name == "y:0", "names are those of the file"
        assert sess.run("copy/y:0", {"copy/x:0": [2.0]}).tolist() == [6.0]
        assert sess.run("copy_1/y:0", {"copy_1/x:0": [2.0]}).tolist() == [6.0]


@pytest.mark.parametrize("as_text", [False, True])
def test_several_graphs_share_their_variables(tmp_path: pathlib.Path, as_text: bool) -> None:
    folder = tmp_path / "m"
    builder = tf.saved_model.builder.SavedModelBuilder(folder)
    with tf.Graph().as_default(), tf.Session() as sess:
        _, v, _ = model()
        sess.run(v.assign(5.0))
        builder.add_meta_graph_and_variables(sess, ["train"])
    with tf.Graph().as_default():
        x, v, y = model()
        signature = tf.saved_model.signature_def_utils.predict_signature_def({"x": x}, {"y": y + 1.0})
        builder.add_meta_graph(["serve", "gpu"], {"plus": signature}, strip_default_attrs=True)
    assert builder.save(as_text) == str(folder / f"saved_model.pb{'txt' if as_text else ''}").encode()
    with tf.Session() as sess:
        message = tf.saved_model.loader.load(sess, ["gpu", "serve"], folder)
        assert sess.run(message.signature_def["plus"].outputs["y"].name, {"x:0": [2.0]}).tolist() == [11.0]
    with tf.Session() as sess, pytest.raises(RuntimeError, match=r"tags 'serve' could not be found .*'train'"):
        tf.saved_model.loader.load(sess, ["serve"], folder)


def test_assets_and_the_main_op(tmp_path: pathlib.Path) -> None:
    source = tmp_path / "words.txt"
    source.write_text("one\ntwo\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "words.txt").write_text("three\n")
    with tf.Graph().as_default(), tf.Session() as sess:
        first = tf.constant(str(source), name="first")
        second = tf.constant(str(tmp_path / "other" / "words.txt"), name="second")
        path = tf.Variable("", name="path", trainable=False)
        tf.read_file(path, name="content")
        main_op = tf.group(path.assign(first), name="main")
        sess.run(path.initializer)
        builder = tf.saved_model.builder.SavedModelBuilder(tmp_path / "m")
        builder.add_meta_graph_and_variables(sess, SERVE, assets_collection=[first, second], main_op=main_op)
        builder.save()
    source.unlink()
    assert files_in(tmp_path / "m")[:2] == ["assets/words.txt", "assets/words.txt_1"]
    with tf.Session() as sess:
        message = tf.saved_model.loader.load(sess, SERVE, tmp_path / "m")
        assert sess.run("content:0") == b"one\ntwo\n", "the path is that of the model's copy"
        assert [file.filename for file in message.asset_file_def] == ["words.txt", "words.txt_1"]
        assert tf.get_collection("saved_model_main_op") == [sess.graph.get_operation_by_name("main")]


def test_a_model_without_variables(tmp_path: pathlib.Path) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.identity(1.0, name="one")
        builder = tf.saved_model.builder.SavedModelBuilder(tmp_path / "m")
        builder.add_meta_graph_and_variables(sess, SERVE)
        builder.save()
    assert files_in(tmp_path / "m") == ["saved_model.pb"]
    with tf.Session() as sess:
        tf.saved_model.loader.load(sess, SERVE, tmp_path / "m")
        assert sess.run("one:0") == 1.0


def test_main_op_initializes_everything(default_graph: tf.Graph) -> None:
    global_one = tf.Variable(1.0)
    local = tf.Variable(2.0, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    with tf.Session() as sess:
        sess.run(tf.saved_model.main_op.main_op_with_restore(global_one.assign(7.0).op))
        assert sess.run([global_one, local]) == [7.0, 2.0]


# What is refused.


def test_the_folder_must_be_empty(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AssertionError, match="already exists, and isn't empty"):
        tf.saved_model.builder.SavedModelBuilder(tmp_path)


def test_variables_come_first_and_once(tmp_path: pathlib.Path) -> None:
    _, v, _ = model()
    builder = tf.saved_model.builder.SavedModelBuilder(tmp_path / "m")
    with pytest.raises(AssertionError, match="not been saved yet"):
        builder.add_meta_graph(["a"])
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"):
            builder.add_meta_graph_and_variables(sess, ["a"])
        sess.run(v.initializer)
        builder.add_meta_graph_and_variables(sess, ["a"])
        with pytest.raises(AssertionError, match="already been saved"):
            builder.add_meta_graph_and_variables(sess, ["a"])


def test_bad_signatures_and_operations(tmp_path: pathlib.Path) -> None:
    x, v, _ = model()
    builder = tf.saved_model.builder.SavedModelBuilder(tmp_path / "m")
    unnamed = tf.saved_model.signature_def_utils.build_signature_def(
        {"x": type(tf.saved_model.utils.build_tensor_info(x))()}, {}, "m")
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.raises(TypeError, match="must be a SignatureDef"):
            builder.add_meta_graph_and_variables(sess, ["a"], {"s": 3})
        with pytest.raises(AssertionError, match="`tensor_info` 'x' of the signature 's'"):
            builder.add_meta_graph_and_variables(sess, ["a"], {"s": unnamed})
        with pytest.raises(TypeError, match="Expected main_op to be an Operation"):
            builder.add_meta_graph_and_variables(sess, ["a"], main_op=x)
        with pytest.raises(tf.errors.NotFoundError, match="missing.txt; the file of the asset 'asset:0'"):
            builder.add_meta_graph_and_variables(
                sess, ["a"], assets_collection=[tf.constant(str(tmp_path / "missing.txt"), name="asset")])
        with pytest.raises(TypeError, match="tf.constant of one string"):
            builder.add_meta_graph_and_variables(sess, ["a"], assets_collection=[x])
    assert files_in(tmp_path / "m") == []


def test_missing_and_damaged_models_are_named(tmp_path: pathlib.Path, default_graph: tf.Graph) -> None:
    with tf.Session() as sess:
        with pytest.raises(OSError, match="SavedModel file does not exist at: .*none"):
            tf.saved_model.loader.load(sess, SERVE, tmp_path / "none")
        (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff\xff")
        with pytest.raises(OSError, match="Cannot parse file .*saved_model.pb: neither bytes"):
            tf.saved_model.loader.load(sess, SERVE, tmp_path)
    assert default_graph.get_operations() == []


def test_an_asset_cannot_lead_out_of_the_model(tmp_path: pathlib.Path) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        asset = tf.constant(str(FILES / "example.pb"), name="asset")
        builder = tf.saved_model.builder.SavedModelBuilder(tmp_path / "m")
        builder.add_meta_graph_and_variables(sess, SERVE, assets_collection=[asset], main_op=tf.no_op())
        builder.save()
    path = tmp_path / "m" / "saved_model.pb"
    path.write_bytes(path.read_bytes().replace(b"example.pb", b"../../x/yz"))
    with tf.Session() as sess, pytest.raises(OSError, match="saved_model.pb: .*'../../x/yz' is not the name of a file"):
        tf.saved_model.loader.load(sess, SERVE, tmp_path / "m")


# Signatures.


def test_tensor_infos(default_graph: tf.Graph) -> None:
    x, v, _ = model()
    info = tf.saved_model.utils.build_tensor_info(x)
    assert (info.name, info.dtype, [d.size for d in info.tensor_shape.dim]) == ("x:0", 1, [-1])
    assert tf.saved_model.utils.build_tensor_info(v).name == "v:0"
    sparse = tf.SparseTensor([[0, 1]], [5.0], [2, 3])
    info = tf.saved_model.utils.build_tensor_info(sparse)
    again = tf.saved_model.utils.get_tensor_from_tensor_info(info)
    assert (again.values, again.indices, again.dense_shape) == (sparse.values, sparse.indices, sparse.dense_shape)
    assert tf.saved_model.utils.get_tensor_from_tensor_info(tf.saved_model.utils.build_tensor_info(x)) is x
    with pytest.raises(ValueError, match="Expected a Tensor, SparseTensor or Variable, got int"):
        tf.saved_model.utils.build_tensor_info(3)
    with pytest.raises(ValueError, match="Invalid TensorInfo.encoding"):
        tf.saved_model.utils.get_tensor_from_tensor_info(type(info)())


def test_signatures_of_servers() -> None:
    signatures = tf.saved_model.signature_def_utils
    text, scores = tf.placeholder(tf.string, name="t"), tf.placeholder(tf.float32, name="s")
    made = [signatures.regression_signature_def(text, scores),
            signatures.classification_signature_def(text, text, None),
            signatures.classification_signature_def(text, None, scores),
            signatures.predict_signature_def({"a": text}, {"b": scores})]
    assert [m.method_name.rpartition("/")[2] for m in made] == ["regress", "classify", "classify", "predict"]
    assert all(map(signatures.is_valid_signature, made))
    assert sorted(made[2].outputs) == ["scores"] and made[0].inputs["inputs"].name == "t:0"
    made[1].outputs["more"].name = "t:0"
    empty = signatures.build_signature_def()
    assert not any(map(signatures.is_valid_signature, (made[1], empty, None)))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda s, t, f: s.classification_signature_def(None, t, f), "`examples` cannot be None"),
        (lambda s, t, f: s.classification_signature_def(t, None, None), "cannot both be None"),
        (lambda s, t, f: s.classification_signature_def(t, f, None), "classes must be of type string. .* float"),
        (lambda s, t, f: s.classification_signature_def(t, None, t), "scores must be of type float. .* string"),
        (lambda s, t, f: s.regression_signature_def(f, f), "input tensors must be of type string"),
        (lambda s, t, f: s.regression_signature_def(t, None), "`predictions` cannot be None"),
        (lambda s, t, f: s.predict_signature_def({}, {"a": t}), "`inputs` cannot be None or empty"),
        (lambda s, t, f: s.predict_signature_def({"a": t}, {}), "`outputs` cannot be None or empty"),
    ],
)
def test_wrong_signatures_are_value_errors(build: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(tf.saved_model.signature_def_utils, tf.placeholder(tf.string), tf.placeholder(tf.float32))


# Models that TensorFlow wrote.


@pytest.mark.parametrize("kind", ["references", "resources"])
def test_a_model_of_tensorflow_runs(kind: str, tier: str) -> None:
    values = np.load(FILES / "mlp" / "values.npz")
    with tf.Session() as sess:
        signature = tf.saved_model.loader.load(sess, SERVE, FILES / "mlp" / kind).signature_def["serving_default"]
        found = sess.run(signature.outputs["probabilities"].name, {signature.inputs["x"].name: values["x"]})
    np.testing.assert_allclose(found, values["probabilities"], rtol=1e-5)


def test_assets_of_tensorflow_are_found() -> None:
    with tf.Session() as sess:
        tf.saved_model.loader.load(sess, ["words", "serve"], FILES / "asset_model")
        assert sess.run("content:0") == b"one\ntwo\n"


def test_a_model_of_tensorflow_is_saved_again(tmp_path: pathlib.Path) -> None:
    """Its nodes are exported as they came, its saver's too."""
    values = np.load(FILES / "mlp" / "values.npz")
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.saved_model.loader.load(sess, SERVE, FILES / "mlp" / "references")
        graph = sess.graph
        tf.saved_model.simple_save(sess, tmp_path / "m", {"x": graph.get_tensor_by_name("x:0")},
                                   {"p": graph.get_tensor_by_name("probabilities:0")})
    with tf.Session() as sess:
        tf.saved_model.loader.load(sess, SERVE, tmp_path / "m")
        found = sess.run("probabilities:0", {"x:0": values["x"]})
        np.testing.assert_allclose(found, values["probabilities"], rtol=1e-5)
        # The saver that TensorFlow built works here as well.
        sess.run("save/Identity:0", {"save/Const:0": str(tmp_path / "again")})
    assert sorted(path.name for path in tmp_path.glob("again*")) == ["again.data-00000-of-00001", "again.index"]


# Assets and main operations.


def saved_with(folder: pathlib.Path, *paths: pathlib.Path) -> list[str]:
    """Saves a model with some files as assets; gives their names in it."""
    with tf.Graph().as_default(), tf.Session() as sess:
        builder = tf.saved_model.builder.SavedModelBuilder(folder)
        assets = [tf.constant(str(path), name=f"asset{number}") for number, path in enumerate(paths)]
        builder.add_meta_graph_and_variables(sess, SERVE, assets_collection=assets)
        builder.save()
    with tf.Graph().as_default(), tf.Session() as sess:
        return [asset.filename for asset in tf.saved_model.loader.load(sess, SERVE, folder).asset_file_def]


def test_assets_are_copied_once(tmp_path: pathlib.Path) -> None:
    contents = {"1/a": "one", "2/a": "two", "3/a": "one", "1/b": "one"}
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    names = saved_with(tmp_path / "m", *(tmp_path / name for name in ("1/a", "1/a", "2/a", "3/a", "2/a", "1/b")))
    assert names == ["a", "a", "a_1", "a", "a_1", "b"]
    copied = {path.name: path.read_text() for path in (tmp_path / "m" / "assets").iterdir()}
    assert copied == {"a": "one", "a_1": "two", "b": "one"}


def test_a_second_graph_with_another_file_of_the_same_name(tmp_path: pathlib.Path) -> None:
    paths = [tmp_path / name / "words" for name in ("first", "second")]
    for path in paths:
        path.parent.mkdir()
        path.write_text(path.parent.name)
    builder = tf.saved_model.builder.SavedModelBuilder(tmp_path / "m")
    with tf.Session() as sess:
        builder.add_meta_graph_and_variables(sess, ["a"], assets_collection=[tf.constant(str(paths[0]))])
        builder.add_meta_graph(["b"], assets_collection=[tf.constant(str(paths[1]))])
        builder.save()
    for tag, path in zip("ab", paths, strict=True):
        with tf.Graph().as_default(), tf.Session() as sess:
            (asset,) = tf.saved_model.loader.load(sess, [tag], tmp_path / "m").asset_file_def
            assert (tmp_path / "m" / "assets" / asset.filename).read_text() == path.read_text()


def test_assets_that_are_none(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").write_text("a")
    for wrong, error in ((tmp_path / "missing", tf.errors.NotFoundError), ("", ValueError)):
        with pytest.raises(error, match="asset|Asset"):
            saved_with(tmp_path / "m", tmp_path / "a", wrong)  # type: ignore[arg-type]
        assert files_in(tmp_path / "m") == [], "nothing is copied unless all are there"
    assert saved_with(tmp_path / "m") == []


@pytest.mark.parametrize("argument", ["main_op", "legacy_init_op"])
def test_a_graph_has_one_main_operation(tmp_path: pathlib.Path, argument: str) -> None:
    builder = tf.saved_model.builder.SavedModelBuilder(tmp_path / "m")
    with tf.Session() as sess:
        builder.add_meta_graph_and_variables(sess, ["a"], **{argument: tf.no_op(name="first")})
        with pytest.raises(ValueError, match="already contains one or more main ops under .*saved_model_main_op"):
            builder.add_meta_graph(["b"], **{argument: tf.no_op(name="second")})
        builder.add_meta_graph(["c"])
        assert [op.name for op in tf.get_collection("saved_model_main_op")] == ["first"], "it stays the graph's"
        builder.save()
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.add_to_collection("legacy_init_op", tf.no_op())
        with pytest.raises(ValueError, match="one or more main ops under the collection legacy_init_op"):
            tf.saved_model.builder.SavedModelBuilder(tmp_path / "n").add_meta_graph_and_variables(
                sess, ["a"], **{argument: tf.no_op()})


def test_two_main_operations_in_a_file(tmp_path: pathlib.Path) -> None:
    for _ in range(2):
        tf.add_to_collection("saved_model_main_op", tf.no_op())
    builder = tf.saved_model.builder.SavedModelBuilder(tmp_path / "m")
    with tf.Session() as sess:
        builder.add_meta_graph_and_variables(sess, SERVE)
    builder.save()
    with tf.Graph().as_default(), tf.Session() as sess, pytest.raises(RuntimeError, match="Expected exactly one"):
        tf.saved_model.loader.load(sess, SERVE, tmp_path / "m")


def test_tensors_of_signatures_have_a_name_and_a_dtype(tmp_path: pathlib.Path) -> None:
    _, _, y = model()
    whole = tf.saved_model.utils.build_tensor_info(y)
    builder = tf.saved_model.builder.SavedModelBuilder(tmp_path / "m")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for field, missing in (("dtype", "the dtype field"), ("name", "one of the 'encoding' fields")):
            part = type(whole)()
            part.CopyFrom(whole)
            part.ClearField(field)
            for inputs, outputs in (({"x": part}, {"y": whole}), ({"x": whole}, {"y": part})):
                signature = tf.saved_model.signature_def_utils.build_signature_def(inputs, outputs, "method")
                with pytest.raises(AssertionError, match=f"Invalid `tensor_info`[^$]*must have {missing}"):
                    builder.add_meta_graph_and_variables(sess, SERVE, {"mine": signature})
        signature = tf.saved_model.signature_def_utils.build_signature_def({"x": whole}, {"y": whole}, "method")
        for key in ("__saved_model_init_op", "__saved_model_train_op"):
            with pytest.raises(KeyError, match=f"{key}.* is reserved"):
                builder.add_meta_graph_and_variables(sess, SERVE, {key: signature})
        whole.ClearField("tensor_shape")
        builder.add_meta_graph_and_variables(sess, SERVE, {"mine": signature})


@pytest.mark.parametrize("lost", ["variables/variables.index", "variables"])
def test_a_model_whose_variables_are_lost_is_refused(tmp_path: pathlib.Path, lost: str) -> None:
    folder = tmp_path / "model"
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(2.0)
        sess.run(v.initializer)
        tf.saved_model.simple_save(sess, str(folder), {"x": v + 0.0}, {"y": v * 2.0})
    (folder / lost).rename(tmp_path / "elsewhere")
    with tf.Graph().as_default(), tf.Session() as sess, pytest.raises(ValueError, match="not a valid checkpoint"):
        tf.saved_model.loader.load(sess, ["serve"], str(folder))
