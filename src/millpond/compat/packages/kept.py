"""The packages that are run over Millpond: what serves what, and what today's Python and NumPy ask to be mended.

Each was written for Python 2.7 to 3.7 and NumPy 1. What they use that has gone since is given to them here, and to them
only, so that the installed files stay as their authors published them.
"""

from __future__ import annotations

import collections
import collections.abc
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Kept:
    """A distribution on PyPI whose packages are run over Millpond.

    Attributes:
      distribution: Its name on PyPI.
      release: The beginning of the versions that are known to work: what comes after is another program.
      serves: The public name that it stands for.
      install: What the user installs to have it.
      added: Module of Python or NumPy: the names that it has lost and the package uses.
      used_early: Module of TensorFlow: names in it that the package uses while it is being imported (classes to inherit
        from, defaults), or asks values whether they are of; where Millpond lacks one, a class stands in that raises.
      rewritten: Module of the package: texts in its source, and what stands in their place.
    """

    distribution: str
    release: str
    serves: str
    install: str
    added: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    used_early: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rewritten: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


_NUMPY = {"Inf": np.inf, "string_": np.bytes_, "unicode_": np.str_, "product": np.prod}
_ABSTRACT = {name: getattr(collections.abc, name) for name in collections.abc.__all__}

_SLIM = Kept(
    "tf-slim", "1.1", "tf.contrib.slim", "tf-slim==1.1.0",
    used_early={"tensorflow.python.ops.io_ops": ("ReaderBase",)},
    rewritten={
        "tf_slim.ops.variables": (  # a list of slices is no index in NumPy 2
            ("slice_dims = [slice(*x) for x in slice_dims]", "slice_dims = tuple(slice(*x) for x in slice_dims)"),),
        "tf_slim.metrics.classification": (  # there are no replicas whose values would have to be merged
            ("tf.distribute.get_replica_context().merge_call(\n        f1_across_replicas, args=(values,))",
             "f1_across_replicas(None, values)"),)})
_ESTIMATOR = Kept(
    "tensorflow-estimator", "1.15", "tf.estimator", "tensorflow-estimator==1.15.1", added={"collections": _ABSTRACT},
    used_early={
        "tensorflow.python.data.ops.dataset_ops": ("DatasetV2",),
        "tensorflow.python.keras.engine.training": ("Model",),
        "tensorflow.python.ops.clustering_ops": (
            "SQUARED_EUCLIDEAN_DISTANCE", "COSINE_DISTANCE", "RANDOM_INIT", "KMEANS_PLUS_PLUS_INIT",
            "CLUSTERS_VAR_NAME"),
        "tensorflow.python.ops.lookup_ops": ("LookupInterface",),
        "tensorflow.python.training.saver": ("BaseSaverBuilder",),
        "tensorflow.python.tpu.tpu": ("_TPUInferenceContext",),
        "tensorflow.python.tpu.feature_column": ("_TPUEmbeddingColumn", "_TPUSharedEmbeddingColumn"),
        "tensorflow.python.tpu.feature_column_v2": ("_TPUEmbeddingColumnV2", "_TPUSharedEmbeddingColumnV2"),
        "tensorflow.python.feature_column.feature_column": (
            "_EmbeddingColumn", "_SharedEmbeddingColumn", "_NumericColumn"),
        "tensorflow.python.feature_column.feature_column_lib": ("EmbeddingColumn", "NumericColumn"),
        "tensorflow.python.distribute.distribute_lib": ("ReplicaContext",),
        "tensorflow.python.keras.layers.recurrent_v2": ("LSTM", "GRU"),
        "tensorflow.python.ops.control_flow_ops": ("XLAControlFlowContext", "ControlFlowContext"),
        "tensorflow.python.keras.optimizer_v2.adagrad": ("Adagrad",),
        "tensorflow.python.keras.optimizer_v2.adam": ("Adam",),
        "tensorflow.python.keras.optimizer_v2.ftrl": ("Ftrl",),
        "tensorflow.python.keras.optimizer_v2.gradient_descent": ("SGD",),
        "tensorflow.python.keras.optimizer_v2.rmsprop": ("RMSProp", "RMSprop"),
    },
    rewritten={
        "tensorflow_estimator": (  # what it imports of all estimators, boosted trees and TPUs too, is loaded on demand
            ("from tensorflow_estimator._api.v1 import estimator", "from tensorflow import estimator"),),
        "tensorflow_estimator.python.estimator.canned.dnn": (  # tf.keras is another Keras than TensorFlow's own
            ("from tensorflow.python.keras.engine import training",
             "from millpond.compat.inside import models as training"),)})
# h5py 3 gives texts where h5py 2 gave bytes.
_H5_TEXTS = ("model_weights_group['keras_version']", "model_weights_group['backend']", "f.attrs['keras_version']",
             "f.attrs['backend']")
_KERAS = Kept(
    "Keras", "2.2", "tf.keras", "millpond[keras]", added={"collections": _ABSTRACT, "numpy": _NUMPY},
    rewritten={
        "keras.engine.saving": (
            ("import numpy as np\n", "import numpy as np\n\n\ndef _text(value):\n"
             "    return value.decode('utf8') if isinstance(value, bytes) else value\n"),
            ("model_config.decode('utf-8')", "model_config"), ("training_config.decode('utf-8')", "training_config"),
            *((f"{text}.decode('utf8')", f"_text({text})") for text in (*_H5_TEXTS, "n"))),
        "keras.backend.load_backend": (("sys.stderr.write('Using TensorFlow backend.\\n')", "pass"),)})
_KERAS_APPLICATIONS = Kept("Keras-Applications", "1.0", "tf.keras", "millpond[keras]")
_KERAS_PREPROCESSING = Kept("Keras-Preprocessing", "1.1", "tf.keras", "millpond[keras]", added={"numpy": _NUMPY})

# Name of the package, as programs import it: the distribution that it comes in.
KEPT = {
    "tf_slim": _SLIM,
    "tensorflow_estimator": _ESTIMATOR,
    "keras": _KERAS,
    "keras_applications": _KERAS_APPLICATIONS,
    "keras_preprocessing": _KERAS_PREPROCESSING,
}
