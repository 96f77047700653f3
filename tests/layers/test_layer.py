"""A program makes layers of its own: what they are called, which variables they keep, and what they tell of themselves.

Names, shapes and collections are what TensorFlow gives for the same programs.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest

import millpond as tf


class Matrix(tf.layers.Layer):
    """`x W`, with a regularizer of W."""

    def build(self, input_shape: Any) -> None:
        self.seen_shape = input_shape
        self.w = self.add_weight("w", [input_shape[-1], 2], regularizer=lambda w: 2.0 * tf.reduce_sum(w))
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return tf.matmul(inputs, self.w)


@pytest.fixture
def x() -> Any:
    return tf.placeholder(tf.float32, [None, 4], name="x")


# Names and scopes.


def test_layers_of_one_class_are_numbered(x: Any) -> None:
    first, second = Matrix(), Matrix()
    assert [first.name, second.name] == ["matrix_1", "matrix_2"]
    y = second(x)
    first(x)
    assert [second.scope_name, first.scope_name] == ["matrix", "matrix_1"]
    assert [second.w.name, first.w.name, y.name] == ["matrix/w:0", "matrix_1/w:0", "matrix/MatMul:0"]
    with tf.Graph().as_default():
        assert Matrix().name == "matrix_1"  # each graph counts anew


def test_names_in_snake_case() -> None:
    kinds = [type(name, (tf.layers.Layer,), {}) for name in ("HTTPLayer2D", "_Own", "BasicLSTMCell", "Conv2DLSTMCell")]
    assert [kind().name for kind in kinds] == [
        "http_layer2d_1", "private__own_1", "basic_lstm_cell_1", "conv2dlstm_cell_1"]


def test_a_name_is_made_unique_among_scopes(x: Any) -> None:
    layers = [Matrix(name="abc") for _ in range(2)]
    for layer in layers:
        layer(x)
    assert [layer.name for layer in layers] == ["abc", "abc"]
    assert [layer.w.name for layer in layers] == ["abc/w:0", "abc_1/w:0"]


def test_reuse_finds_the_variables(x: Any) -> None:
    first = Matrix(name="abc")
    first(x)
    second = Matrix(name="abc", _reuse=True)
    second(x)
    assert second.w is first.w and second.weights == [first.w]
    with tf.variable_scope("r"):
        third = Matrix(name="k")
        third(x)
    for reuse in (True, tf.AUTO_REUSE):
        with tf.variable_scope("r", reuse=reuse):
            fourth = Matrix(name="k")
            fourth(x)
        assert fourth.w is third.w
    with tf.variable_scope("r", reuse=tf.AUTO_REUSE):  # two layers of one name in one scope are two
        names = []
        for _ in range(2):
            layer = Matrix(name="k")
            layer(x)
            names.append(layer.w.name)
    assert names == ["r/k/w:0", "r/k_1/w:0"]


def test_a_scope_around_the_first_call(x: Any) -> None:
    layer, second = Matrix(), Matrix()
    with tf.variable_scope("outer"):
        assert layer(x).name == "outer/matrix/MatMul:0"
        with tf.name_scope("inner"):
            assert second(x).name == "outer/inner/matrix/MatMul:0"
    assert [layer.w.name, second.w.name] == ["outer/matrix/w:0", "outer/matrix_1/w:0"]
    with tf.variable_scope("elsewhere"):
        assert layer(x).name == "outer/matrix/MatMul_1:0"


def test_a_scope_that_is_given(x: Any) -> None:
    layer = Matrix()
    layer(x, scope="given")
    layer(x, scope="another")
    assert layer.scope_name == "given" and layer.w.name == "given/w:0"
    early = Matrix(_scope="early")
    assert early.scope_name == "early"
    early(x)
    assert early.w.name == "early/w:0"
    with tf.variable_scope("held") as scope:
        pass
    named = Matrix(name=scope)
    named(x)
    assert [named.name, named.w.name] == ["matrix_3", "held_1/w:0"]


def test_the_scope_is_not_known_before_the_first_call() -> None:
    with pytest.raises(ValueError, match='No name available for layer scope because the layer "matrix_1" has not'):
        _ = Matrix().scope_name


# Calls.


def test_build_is_called_once_with_shapes_in_the_structure_of_the_inputs(x: Any) -> None:
    class Many(tf.layers.Layer):
        shapes: list[Any] = []

        def build(self, input_shape: Any) -> None:
            self.shapes.append(input_shape)

        def call(self, inputs: Any) -> Any:
            return inputs

    layer = Many()
    layer([x, x])
    layer([x, x])
    assert layer.built and layer.shapes == [[tf.TensorShape([None, 4])] * 2]
    Many()({"a": x})
    Many()((x, [x]))
    shape = tf.TensorShape([None, 4])
    assert Many.shapes[1:] == [{"a": shape}, (shape, [shape])]


def test_numbers_and_arrays_become_tensors() -> None:
    layer = Matrix()
    y = layer(np.ones([3, 4], np.float32))
    assert isinstance(layer.input, tf.Tensor) and y.shape.as_list() == [3, 2]


def test_dtype_is_that_of_the_first_input_or_the_one_given() -> None:
    layer = Matrix()
    assert layer.dtype is None
    layer(tf.zeros([1, 4], tf.float64))
    assert layer.dtype == tf.float64 and layer.w.dtype.base_dtype is tf.float64
    assert Matrix(dtype=tf.float64).dtype == "float64"
    with pytest.raises((TypeError, ValueError)):
        Matrix(dtype="float64")(tf.zeros([1, 4]))


def test_call_is_given_the_scope_if_it_asks(x: Any) -> None:
    seen = []

    class Scoped(tf.layers.Layer):
        def call(self, inputs: Any, more: Any = None, scope: Any = None, training: bool = False) -> Any:
            seen.append((more, scope.name, training))
            return inputs

    layer = Scoped()
    layer(x, 3, training=True)
    layer.apply(x)
    assert seen == [(3, "scoped", True), (None, "scoped", False)]


def test_a_call_that_gives_nothing(x: Any) -> None:
    class Nothing(tf.layers.Layer):
        def call(self, inputs: Any) -> None:
            return None

    with pytest.raises(ValueError, match=r"should return a Tensor or a list of Tensors, not None \(layer: nothing_1\)"):
        Nothing()(x)


def test_a_first_call_that_fails_is_none(x: Any) -> None:
    class InCall(tf.layers.Layer):
        def call(self, inputs: Any) -> Any:
            if inputs.dtype is not tf.float32:
                raise TypeError("float32 is needed")
            return inputs * self.add_weight("v", [])

    layer = InCall()
    with pytest.raises(TypeError, match="float32 is needed"):
        layer(tf.zeros([2, 4], tf.int32))
    assert not layer.built
    layer(x)
    assert layer.dtype == "float32" and [v.name for v in tf.global_variables()] == ["in_call/v:0"]


def test_a_layer_of_another_graph(x: Any) -> None:
    layer = Matrix()
    layer(x)
    with tf.Graph().as_default(), pytest.raises(ValueError, match="graph|does not exist"):
        layer(tf.zeros([2, 4]))


def test_unknown_arguments() -> None:
    with pytest.raises(TypeError, match="Keyword argument not understood: 'colour', of the layer Matrix"):
        Matrix(colour="red")
    with pytest.raises(TypeError, match="Unknown keyword argument: 'colour', of add_weight of the layer matrix_"):
        Matrix().add_weight("w", [2], colour="red")


# Variables.


def test_the_weights_that_are_trained_come_first(x: Any) -> None:
    class Two(tf.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.still = self.add_weight("still", [2], trainable=False)
            self.moving = self.add_variable("moving", [3], initializer="zeros")

    layer = Two()
    layer(x)
    assert layer.weights == layer.variables == [layer.moving, layer.still]
    assert layer.trainable_weights == layer.trainable_variables == tf.trainable_variables() == [layer.moving]
    assert layer.non_trainable_weights == layer.non_trainable_variables == [layer.still]
    assert layer.count_params() == 5
    layer.trainable = False
    assert layer.trainable_weights == [] and layer.non_trainable_weights == [layer.moving, layer.still]
    frozen = Two(trainable=False)
    frozen(x)
    assert frozen.trainable_weights == [] and frozen.moving not in tf.trainable_variables()


def test_a_getter_decides_what_is_trained(x: Any) -> None:
    def frozen(getter: Any, *args: Any, **kwargs: Any) -> Any:
        return getter(*args, **{**kwargs, "trainable": False})

    with tf.variable_scope("frozen", custom_getter=frozen):
        layer = Matrix()
        layer(x)
    assert layer.trainable_weights == [] and layer.non_trainable_weights == [layer.w]


def test_defaults_of_the_scope_hold(x: Any) -> None:
    def double(w: Any) -> Any:
        return 2.0 * tf.reduce_sum(w)

    with tf.variable_scope("s", initializer=tf.constant_initializer(3.0), regularizer=double, use_resource=True):
        layer = Matrix()
        layer(x)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(layer.w).tolist() == [[3.0] * 2] * 4
    assert len(tf.losses.get_regularization_losses()) == 2  # the scope's and the layer's
    assert layer.w.op.type == "VarHandleOp"


def test_parts_of_a_partitioned_variable(x: Any) -> None:
    with tf.variable_scope("s", partitioner=tf.fixed_size_partitioner(2)):
        layer = Matrix()
        y = layer(x)
    assert [w.name for w in layer.trainable_weights] == ["s/matrix/w/part_0:0", "s/matrix/w/part_1:0"]
    assert len(layer.losses) == 2 and layer.count_params() == 8
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        whole = np.concatenate(sess.run(list(layer.w)))
        np.testing.assert_allclose(sess.run(y, {x: np.eye(4)}), whole, rtol=1e-6)


def test_variables_before_the_first_call() -> None:
    class Early(tf.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.w = self.add_weight("w", [2])

    layer = Early()
    assert [layer.scope_name, layer.w.name] == ["early", "early/w:0"]
    with tf.variable_scope("elsewhere"):
        layer(tf.zeros([2]))
    assert layer.scope_name == "early"


@pytest.mark.parametrize("base, arguments", [(tf.layers.Layer, ()), (tf.nn.rnn_cell.RNNCell, (0.0,))])
def test_variables_that_call_makes(x: Any, base: Any, arguments: Any) -> None:
    class InCall(base):
        def call(self, inputs: Any, *state: Any) -> Any:
            y = inputs * self.add_weight("own", [], trainable=False) * tf.get_variable("scopes", [])
            return (y, y) if state else y

    layer = InCall()
    layer(x, *arguments)
    layer(x, *arguments)
    assert [v.name for v in tf.global_variables()] == ["in_call/own:0", "in_call/scopes:0"]
    assert [v.name for v in layer.non_trainable_weights] == ["in_call/own:0"]


@pytest.mark.parametrize("dtype", [tf.int32, tf.bool, tf.string])
def test_what_is_no_float_starts_as_zeros(dtype: Any) -> None:
    v = tf.layers.Layer().add_weight("v", [2], dtype=dtype, trainable=False)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert not any(sess.run(v))


def test_initializers_by_name_and_value() -> None:
    layer = tf.layers.Layer()
    ones, also, value = (layer.add_weight("a", [2], initializer="ones"), layer.add_weight("b", [2], initializer="Ones"),
                         layer.add_weight("c", [2], initializer=tf.constant_initializer([4.0, 5.0])))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert [v.tolist() for v in sess.run([ones, also, value])] == [[1.0, 1.0], [1.0, 1.0], [4.0, 5.0]]
    with pytest.raises(ValueError, match="Unknown initializer function: 'oness'. The names are"):
        layer.add_weight("d", [2], initializer="oness")


def test_on_read_variables_are_not_trained() -> None:
    layer = tf.layers.Layer()
    on_read = tf.VariableSynchronization.ON_READ
    assert not layer.add_weight("v", [], synchronization=on_read).trainable
    with pytest.raises(ValueError, match="ON_READ only for non-trainable variables"):
        layer.add_weight("w", [], trainable=True, synchronization=on_read)


def test_count_params_before_building() -> None:
    with pytest.raises(ValueError, match="You tried to call `count_params` on matrix_1, but the layer isn't built"):
        Matrix().count_params()


def test_values_of_the_weights(x: Any) -> None:
    layer = Matrix()
    layer(x)
    with pytest.raises(ValueError, match="Cannot read the weights of the layer matrix_1: no default session"):
        layer.get_weights()
    with tf.Session():
        layer.set_weights([np.arange(8.0).reshape([4, 2])])
        assert layer.get_weights()[0].tolist() == np.arange(8.0).reshape([4, 2]).tolist()
        with pytest.raises(ValueError, match="weight list of length 2, but the layer was expecting 1 weights"):
            layer.set_weights([1.0, 2.0])
        with pytest.raises(ValueError, match=r"Layer weight shape \(4, 2\) not compatible with .* shape \(3,\)"):
            layer.set_weights([np.zeros([3])])


# Losses and updates.


def test_a_regularizer_makes_one_loss(x: Any) -> None:
    layer = Matrix()
    layer(x)
    layer(x)
    assert [loss.name for loss in layer.losses] == ["matrix/w/Regularizer/mul:0"]
    assert layer.losses == tf.losses.get_regularization_losses()
    assert layer.get_losses_for(None) == layer.losses and layer.get_losses_for(x) == []
    sharing = Matrix(name="matrix", _reuse=True)
    sharing(x)
    assert sharing.losses == [] and sharing.w is layer.w


class Telling(tf.layers.Layer):
    """Adds a loss and an update, both of its input and not."""

    def build(self, input_shape: Any) -> None:
        self.v = self.add_weight("v", [], trainable=False)
        self.u = self.add_weight("u", [], trainable=False)

    def call(self, inputs: Any) -> Any:
        self.add_update([tf.assign(self.v, 1.0), tf.assign(self.u, tf.reduce_sum(inputs))])
        self.add_loss(tf.reduce_sum(inputs), inputs=inputs)
        self.add_loss(lambda: tf.constant(1.0))
        return inputs * 1.0


def test_losses_and_updates_of_calls(x: Any) -> None:
    layer = Telling()
    y = layer(x)
    assert [op.name for op in layer.updates] == ["telling/Assign", "telling/Assign_1"]
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == layer.updates
    assert [loss.name for loss in layer.losses] == ["telling/Sum_1:0", "telling/Const_2:0"]
    assert tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) == layer.losses
    assert layer.get_losses_for(x) == layer.losses[:1] and layer.get_losses_for(None) == layer.losses[1:]
    assert layer.get_updates_for(x) == layer.updates[1:] and layer.get_updates_for(None) == layer.updates[:1]
    assert layer.get_losses_for(y) == [] and layer.get_updates_for([y]) == []
    layer(x)
    assert len(layer.losses) == len(layer.updates) == 4 == len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    layer.trainable = False
    assert layer.updates == layer.get_updates_for(x) == []
    layer.add_loss(tf.reduce_sum(x))  # what is added without inputs counts as depending on none
    assert layer.losses[-1] in layer.get_losses_for(None) and layer.losses[-1] not in layer.get_losses_for(x)


def test_an_activity_regularizer_is_divided_by_the_batch_size(tier: Any) -> None:
    layer = Matrix(activity_regularizer=lambda y: tf.reduce_sum(tf.square(y)))
    x = tf.placeholder(tf.float32, [None, 4])
    y = layer(x)
    loss = layer.get_losses_for(x)[0]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        activity, values = sess.run([loss, y], {x: np.ones([5, 4])})
    np.testing.assert_allclose(activity, np.sum(values ** 2) / 5, rtol=1e-5)
    assert loss.name.startswith("matrix/ActivityRegularizer/") and loss in tf.losses.get_regularization_losses()


# What it was called with.


def test_input_and_output(x: Any) -> None:
    layer = Matrix()
    for what in ("input", "output", "input_shape", "output_shape"):
        with pytest.raises(AttributeError, match="Layer matrix_1 is not connected, no (input|output) to return"):
            getattr(layer, what)
    y = layer(x)
    assert layer.input is x and layer.output is y
    assert layer.input_shape == (None, 4) and layer.output_shape == (None, 2)
    layer(x)
    assert layer.input is x
    with pytest.raises(AttributeError, match='multiple inbound nodes: the notion of "layer output" is ill-defined'):
        _ = layer.output
    other = tf.zeros([3, 4])
    layer(other)
    with pytest.raises(AttributeError, match="Use `get_input_at"):
        _ = layer.input
    assert layer.get_input_at(2) is other and layer.get_output_shape_at(2) == (3, 2)
    with pytest.raises(ValueError, match="Asked for call 3 of the layer matrix_1, but it has been called 3 times"):
        layer.get_input_at(3)


# The rest.


def test_a_copy_of_a_new_layer_has_variables_of_its_own(x: Any) -> None:
    layer = Matrix()
    twin = copy.deepcopy(layer)
    layer(x)
    twin(x)
    assert twin.name == layer.name and [layer.w.name, twin.w.name] == ["matrix/w:0", "matrix_1/w:0"]


def test_a_copy_of_a_used_layer_shares_its_variables(x: Any) -> None:
    layer = Matrix()
    layer(x)
    twin = copy.deepcopy(layer)
    twin(x)
    assert twin.w is layer.w and twin.weights == [layer.w] and twin.graph is layer.graph
    twin.add_loss(tf.constant(1.0))
    assert len(layer.losses) == 1 and len(twin.losses) == 2


def test_config() -> None:
    layer = Matrix(name="m", dtype=tf.float64, trainable=False)
    assert layer.get_config() == {"name": "m", "trainable": False, "dtype": "float64"}
    assert Matrix.from_config(layer.get_config()).get_config() == layer.get_config()


def test_the_shape_of_the_output_is_not_guessed() -> None:
    with pytest.raises(NotImplementedError, match="Matrix.compute_output_shape: the layer matrix_1 does not say"):
        Matrix().compute_output_shape([2, 3])


def test_a_checkpoint_of_objects_holds_the_weights_by_name(x: Any, tmp_path: Any) -> None:
    layer = Matrix()
    layer(x)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = tf.train.Checkpoint(model=layer).save(str(tmp_path / "c"), sess)
        before = sess.run(layer.w)
    names = [name for name, _ in tf.train.list_variables(path)]
    assert "model/w/.ATTRIBUTES/VARIABLE_VALUE" in names
    with tf.Graph().as_default(), tf.Session() as sess:
        twin = Matrix(name="another")
        twin(tf.zeros([1, 4]))
        tf.train.Checkpoint(model=twin).restore(path).assert_consumed().run_restore_ops(sess)
        np.testing.assert_array_equal(sess.run(twin.w), before)


# Layers that keep variables of their own.

def test_layers_in_keras_style_share_nothing_by_name() -> None:
    x = tf.ones([2, 3])
    with tf.layers.experimental.keras_style_scope():
        first, second = tf.layers.Dense(2, name="same"), tf.layers.Dense(2, name="same")
        y, again = first(x), first(x)
        second(x)
        with tf.variable_scope("outer"):
            third = tf.layers.Dense(2, kernel_regularizer=tf.reduce_sum)
            third(x)
        norm = tf.layers.BatchNormalization()
        norm(x, training=True)
    plain = tf.layers.Dense(2, name="plain")
    plain(x)
    assert [layer.kernel.op.name for layer in (first, second, third, plain)] == [
        "same/kernel", "same_2/kernel", "outer/dense_1/kernel", "plain/kernel"]
    assert [y.op.name, again.op.name] == ["same/BiasAdd", "same_1/BiasAdd"]
    assert first.name == second.name == "same" and third.name == "dense_1"
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == [] and len(norm.updates) == 2
    assert tf.losses.get_regularization_losses() == third.losses
    with pytest.raises(ValueError, match="No name available for layer scope"):
        assert first.scope_name
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        one, other = sess.run([y, again])
        np.testing.assert_array_equal(one, other)
        sess.run(norm.updates)
        np.testing.assert_allclose(sess.run(norm.moving_mean), [0.01] * 3, rtol=1e-5)


def test_two_networks_of_cells_in_keras_style_have_variables_of_their_own() -> None:
    """Without the style, the second network finds that its variables exist already."""
    def step(cell: Any) -> tf.Tensor:
        return cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))[0]

    with tf.layers.experimental.keras_style_scope():
        cells = [tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.LSTMCell(4) for _ in range(2)]) for _ in range(2)]
        outputs = [step(cell) for cell in cells]
    assert len(tf.global_variables()) == 8 and not set(cells[0].weights) & set(cells[1].weights)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        one, other = sess.run(outputs)
    assert np.all(one != other)


@pytest.mark.parametrize("arguments", [{"_scope": "taken"}, {"_reuse": True}])
def test_a_layer_in_keras_style_takes_no_scope(arguments: dict[str, Any]) -> None:
    with tf.layers.experimental.keras_style_scope():
        with pytest.raises(ValueError, match="argument not allowed when keras style layers are enabled"):
            tf.layers.Dense(2, **arguments)
        layer = tf.layers.Dense(2)
        with pytest.raises(ValueError, match="scope argument not allowed"):
            layer(tf.ones([2, 3]), scope="taken")
    assert tf.layers.Dense(2, **arguments).name == "dense_2"


def test_the_style_may_be_set_for_a_whole_program(run_program: Any) -> None:
    done = run_program("""
        import millpond as tf
        tf.layers.experimental.set_keras_style()
        for _ in range(2):
            tf.layers.Dense(2, name="same")(tf.ones([1, 3]))
        print([v.name for v in tf.global_variables()])
    """)
    assert "['same/kernel:0', 'same/bias:0', 'same_1/kernel:0', 'same_1/bias:0']" in done


# Configurations.

CONFIGURED: dict[str, Any] = {
    "dense": lambda: tf.layers.Dense(2, activation="tanh", kernel_initializer=tf.ones_initializer(), use_bias=False),
    "conv1d": lambda: tf.layers.Conv1D(2, 2, padding="causal", bias_initializer="ones", kernel_initializer="zeros"),
    "conv2d": lambda: tf.layers.Conv2D(2, (1, 2), strides=2, data_format="channels_first", name="own",
                                       kernel_initializer=tf.constant_initializer(0.5)),
    "conv3d_transpose": lambda: tf.layers.Conv3DTranspose(2, 2, kernel_regularizer=tf.nn.l2_loss, trainable=False,
                                                          kernel_initializer=tf.constant_initializer(0.5)),
    "separable_conv2d": lambda: tf.layers.SeparableConv2D(
        2, 2, depth_multiplier=3, depthwise_initializer=tf.ones_initializer(), bias_constraint=tf.nn.relu,
        pointwise_initializer=tf.random_uniform_initializer(seed=3)),
    "pooling": lambda: tf.layers.MaxPooling2D(2, None, padding="same"),
    "flatten": lambda: tf.layers.Flatten(data_format="channels_first"),
    "dropout": lambda: tf.layers.Dropout(0.25, noise_shape=[None, 1], seed=4),
    "batch_normalization": lambda: tf.layers.BatchNormalization(axis=[1, -1], scale=False, dtype=tf.float64),
    "virtual batches": lambda: tf.layers.BatchNormalization(virtual_batch_size=2, name="virtual"),
}
_SHAPES = {"conv1d": [4, 5, 2], "conv3d_transpose": [2, 3, 3, 3, 2], "dense": [4, 3], "dropout": [4, 3]}


@pytest.mark.parametrize("name", CONFIGURED)
def test_a_layer_is_made_again_from_its_configuration(name: str) -> None:
    """Before and after it was built, and computes the same."""
    layer = CONFIGURED[name]()
    x = tf.constant(np.random.RandomState(0).normal(size=_SHAPES.get(name, [4, 3, 3, 2])).astype(np.float32))
    if layer.dtype == "float64":
        x = tf.cast(x, tf.float64)
    first = type(layer).from_config(layer.get_config())
    training = {"training": True} if name in ("dropout", "batch_normalization", "virtual batches") else {}
    outputs = [made(x, **training) for made in (layer, first)]
    second = type(layer).from_config(layer.get_config())
    outputs.append(second(x, **training))
    assert first.get_config() | {"name": ""} == layer.get_config() | {"name": ""}
    assert second.name == layer.name and second.trainable == layer.trainable
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        wanted, *others = sess.run(outputs)
        for found in others:
            np.testing.assert_array_equal(found, wanted)


def test_a_configuration_is_plain() -> None:
    layer = tf.layers.Conv2D(3, 2, kernel_initializer=tf.truncated_normal_initializer(stddev=0.5))
    assert json.loads(json.dumps(layer.get_config())) == {
        "name": "conv2d_1", "trainable": True, "dtype": None, "filters": 3, "kernel_size": [2, 2], "strides": [1, 1],
        "padding": "valid", "data_format": "channels_last", "dilation_rate": [1, 1], "activation": "linear",
        "use_bias": True, "bias_initializer": {"class_name": "Zeros", "config": {"dtype": "float32"}},
        "kernel_initializer": {"class_name": "TruncatedNormal", "config": {
            "mean": 0.0, "stddev": 0.5, "seed": None, "dtype": "float32"}},
        "kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None,
        "bias_constraint": None}


def test_inputs_that_a_call_gives_for_its_updates_are_found_out() -> None:
    """Programs of several releases pass `inputs=True` or the inputs: what depends on them is what the graph shows."""
    class Counted(tf.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.sum = self.add_weight("sum", [], initializer="zeros", trainable=False)
            self.calls = self.add_weight("calls", [], initializer="zeros", trainable=False)
            super().build(input_shape)

        def call(self, inputs: tf.Tensor) -> tf.Tensor:
            self.add_update(tf.assign_add(self.sum, tf.reduce_sum(inputs)), inputs=True)
            self.add_update(tf.assign_add(self.calls, 1.0), inputs=inputs)
            return inputs

    x = tf.placeholder(tf.float32, [None])
    layer = Counted()
    layer(x)
    assert [op.name for op in layer.get_updates_for(x)] == ["counted/AssignAdd"]
    assert [op.name for op in layer.get_updates_for(None)] == ["counted/AssignAdd_1"]
